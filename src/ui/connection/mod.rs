//! The picker of connections: profiles and regions of this machine, endpoints that were found, recent ones; the question
//! before production is unlocked, and the sign-in of an SSO session. Never holds a secret.

mod list;
mod marks;
mod regions;
mod rows;
mod side;
mod sign_in;
mod unlock;

use egui::{Align2, Context, Id, Key, Modal, Modifiers, Rect, Ui, UiBuilder, pos2, vec2};

use crate::cloud::connection::discover::{self, Found};
use crate::cloud::connection::profiles::{self, Profiles};
use crate::cloud::whoami::{Here, WhoAmI};
use crate::command::Command;
use crate::core::Core;
use crate::model::connection::{ConnColour, ConnectionSpec};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::marks::is_production;
use crate::store::Ticket;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::confirm::Answer;
use regions::Regions;
use rows::{Choice, Does, Line, Own, Sources};
use side::EndpointForm;
use sign_in::{SignIn, Then};
use unlock::Unlock;

const WIDTH: f32 = 900.0;
const HEIGHT: f32 = 620.0;
const FIELD_HEIGHT: f32 = 44.0;
/// Beside the rest the list is so wide at least, in points.
const LEAST_LIST: f32 = 280.0;
/// So high is what belongs to the chosen row at least, in points.
const LEAST_SIDE: f32 = 400.0;

/// The colour of a connection in a theme.
pub fn colour(spec: &ConnectionSpec, theme: &Theme) -> egui::Color32 {
    shade(spec.drawn_colour(), theme)
}

/// A colour by its name; automatic ones step back.
fn shade(colour: ConnColour, theme: &Theme) -> egui::Color32 {
    match colour {
        ConnColour::Red => theme.prod,
        ConnColour::Amber => theme.warn,
        ConnColour::Green => theme.ok,
        ConnColour::Teal => theme.teal,
        ConnColour::Violet => theme.violet,
        ConnColour::Blue | ConnColour::Auto => theme.accent,
    }
}

/// What the picker keeps between frames.
#[derive(Default)]
pub struct Picker {
    open: bool,
    /// The keyboard goes here in the next frame.
    focus: Option<Focus>,
    query: String,
    sources: Sources,
    generation: u64,
    lines: Vec<Line>,
    lines_for: Option<(String, u64)>,
    selected: usize,
    /// The person has chosen a row: it stays chosen when others come in.
    touched: bool,
    moved: bool,
    regions: Regions,
    mark_name: String,
    side_for: Option<ConnectionSpec>,
    form: EndpointForm,
    profiles: Option<Ticket<Profiles>>,
    found: Option<Ticket<Vec<Found>>>,
    unlock: Option<Unlock>,
    sign_in: Option<SignIn>,
    /// The sandbox of this window was chosen.
    sandbox: bool,
    /// The connection that the regions were offered for without being asked.
    offered: Option<ConnectionSpec>,
}

/// Where the keyboard is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Focus {
    Search,
    Regions,
    Trust,
    Url,
}

fn search_id() -> Id {
    Id::unique("connection search")
}

impl Picker {
    /// Opens it; what this machine has is read anew.
    pub fn open(&mut self) {
        self.open = true;
        self.focus = Some(Focus::Search);
        self.query.clear();
        self.lines_for = None;
        self.side_for = None;
        self.selected = 0;
        self.touched = false;
        self.profiles = None;
        self.found = None;
        self.sources = Sources::default();
    }

    /// The sandbox of this window was chosen; once.
    pub fn take_sandbox(&mut self) -> bool {
        std::mem::take(&mut self.sandbox)
    }

    /// Closes it: the connection was chosen elsewhere.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// It, or one of its questions, is on the screen.
    pub fn is_open(&self) -> bool {
        self.open || self.unlock.is_some() || self.sign_in.is_some()
    }

    /// All that it lists has been read.
    pub fn settled(&self) -> bool {
        self.open && self.sources.profiles.is_some() && self.sources.found.is_some()
    }

    /// Starts the sign-in of the connection that is shown.
    pub fn sign_in(&mut self, core: &mut Core) {
        if self.sign_in.is_none() {
            self.sign_in = SignIn::start(core);
        }
    }

    /// Locks the connection that is shown, or unlocks it: production asks first.
    pub fn toggle_lock(&mut self, core: &mut Core) {
        let Some(spec) = core.session.spec(&core.store) else {
            return;
        };
        if spec.read_only && is_production(spec) {
            self.unlock = Some(Unlock::new(&spec.name));
            return;
        }
        let to = !spec.read_only;
        core.session
            .update(&mut core.store, |spec| spec.read_only = to);
    }

    /// What else can be done where it can't be told who one is; gives the command that was pressed. A connection without a
    /// region is offered them at once.
    pub fn ways_out(&mut self, ui: &mut Ui, core: &Core, error: &CloudError) -> Option<Command> {
        let no_region =
            error.kind == ErrorKind::Configuration && error.message.starts_with("No region is set");
        let spec = core.session.spec(&core.store).cloned();
        if no_region && self.offered != spec && !self.open {
            self.offered = spec;
            self.open();
            self.focus = Some(Focus::Regions);
        }
        let mut pressed = None;
        ui.horizontal(|ui| {
            ui.add_space(space::L);
            let text = if no_region {
                "Choose a region"
            } else {
                "Choose another connection"
            };
            if Button::new(text).show(ui).clicked() {
                pressed = Some(Command::Connect);
            }
            if core.hosted.is_some() || core.host.is_some() {
                let sandbox = Button::new("Open the sandbox").icon(Icon::FLASK_CONICAL);
                let words = "Sample functions that really run on this machine; nothing reaches AWS";
                if sandbox.hover(words).show(ui).clicked() {
                    pressed = Some(Command::OpenSandbox);
                }
            }
        });
        pressed
    }

    /// Draws it where it is open; gives the connection that was chosen.
    pub fn show(&mut self, ctx: &Context, core: &mut Core) -> Option<ConnectionSpec> {
        self.questions(ctx, core);
        if !self.open {
            return None;
        }
        self.read(core);
        self.list_again();
        let theme = Theme::of_ctx(ctx);
        let screen = ctx.content_rect();
        let width = (screen.width() - 2.0 * space::XL).min(WIDTH);
        // What stands below each other needs the height that it saves in width.
        let most = match is_stacked(width) {
            true => HEIGHT + 200.0,
            false => HEIGHT,
        };
        let size = vec2(width, (screen.height() - 4.0 * space::XL).min(most));
        let top = ((screen.height() - size.y) * 0.35).max(space::L);
        let id = Id::unique("connections");
        let area = Modal::default_area(id).anchor(Align2::CENTER_TOP, vec2(0.0, top));
        let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(0);
        let mut chosen = None;
        let modal = Modal::new(id)
            .area(area)
            .frame(frame)
            .backdrop_color(theme.backdrop)
            .show(ctx, |ui| {
                ui.set_min_size(size);
                ui.set_max_size(size);
                chosen = self.contents(ui, core);
            });
        if chosen.is_some() || self.sandbox || modal.should_close() {
            self.open = false;
        }
        // Staying where one is needs no new connection.
        let here = core.session.spec(&core.store);
        chosen.filter(|spec| here.is_none_or(|here| !here.same_place(spec)))
    }

    /// The questions that stand over the window on their own.
    fn questions(&mut self, ctx: &Context, core: &mut Core) {
        if let Some(answer) = self.unlock.as_mut().and_then(|unlock| unlock.show(ctx)) {
            self.unlock = None;
            if answer == Answer::Apply {
                core.session
                    .update(&mut core.store, |spec| spec.read_only = false);
            }
        }
        if let Some(sign_in) = &mut self.sign_in
            && sign_in.show(ctx, core) == Then::Close
        {
            self.sign_in = None;
        }
    }

    /// Starts reading what this machine has, and takes up what was read.
    fn read(&mut self, core: &mut Core) {
        if self.profiles.is_none() && self.sources.profiles.is_none() {
            let machine = core.session.machine().clone();
            let work = async move { Ok(profiles::list(&machine).await) };
            self.profiles = Some(core.store.job(true, work));
            let machine = core.session.machine().clone();
            let work = async move { Ok(discover::discover(&machine).await) };
            self.found = Some(core.store.job(true, work));
            self.sources.recents = core.recents();
            self.sources.marks = core.marks();
            self.regions.recent = core.recent_regions();
            self.generation += 1;
        }
        let profiles = self.profiles.as_ref().and_then(|t| core.store.collect(t));
        if let Some(result) = profiles {
            self.sources.profiles = Some(result.unwrap_or_default());
            self.profiles = None;
            self.generation += 1;
        }
        let found = self.found.as_ref().and_then(|t| core.store.collect(t));
        if let Some(result) = found {
            self.sources.found = Some(result.unwrap_or_default());
            self.found = None;
            self.generation += 1;
        }
        let own = match (core.hosted_endpoint(), &core.host) {
            (Some(endpoint), _) => Some(Own::At(endpoint.to_owned())),
            (None, Some(_)) => Some(Own::CanStart),
            (None, None) => None,
        };
        if own != self.sources.own {
            self.sources.own = own;
            self.generation += 1;
        }
        let current = core.session.spec(&core.store).map(|spec| {
            let here = core.store.peek(&WhoAmI);
            (
                spec.clone(),
                here.value.as_deref().map(who).unwrap_or_default(),
            )
        });
        if current != self.sources.current {
            self.sources.current = current;
            self.generation += 1;
        }
    }

    /// Makes the lines where something is new; the row that was chosen stays so if it is still there.
    fn list_again(&mut self) {
        let wanted = (self.query.clone(), self.generation);
        if self.lines_for.as_ref() == Some(&wanted) {
            return;
        }
        let typed = self
            .lines_for
            .as_ref()
            .is_some_and(|(query, _)| *query != self.query);
        let before = self.choice().map(|c| (c.does.clone(), c.spec.clone()));
        self.lines = rows::lines(&self.sources, &self.query);
        self.lines_for = Some(wanted);
        let same = |line: &Line| {
            line.choice().is_some_and(|choice| {
                before.as_ref().is_some_and(|(does, spec)| {
                    *does == choice.does && choice.spec.same_place(spec)
                })
            })
        };
        let first = self.lines.iter().position(|line| line.choice().is_some());
        let kept = self
            .lines
            .iter()
            .position(same)
            .filter(|_| self.touched && !typed);
        self.selected = kept.or(first).unwrap_or_default();
        self.moved = true;
    }

    fn choice(&self) -> Option<&Choice> {
        self.lines.get(self.selected).and_then(Line::choice)
    }

    fn contents(&mut self, ui: &mut Ui, core: &mut Core) -> Option<ConnectionSpec> {
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        let whole = ui.max_rect();
        let mut chosen = self.keys(ui);
        self.take_up_choice(core);
        let theme = Theme::of(ui);
        let line = whole.top() + FIELD_HEIGHT;
        let within = |ui: &mut Ui, min: egui::Pos2, max: egui::Pos2| {
            ui.new_child(UiBuilder::new().max_rect(Rect::from_min_max(min, max)))
        };
        let mut top = within(ui, whole.min, pos2(whole.right(), line));
        self.search(&mut top);
        let (list, side) = share(whole.with_min_y(line));
        let mut left = within(ui, list.min, list.max);
        if let Some(double) = self.list(&mut left)
            && double
        {
            chosen = self.choose(None);
        }
        let margin = vec2(space::L, space::M);
        let mut right = within(ui, side.min + margin, side.max - margin);
        right.set_clip_rect(side);
        right.set_width(right.available_width());
        right.push_id("side", |ui| {
            let room = ui.available_size();
            if room.y >= LEAST_SIDE {
                chosen = self.side(ui, core).or(chosen.take());
                return;
            }
            // What has no room below each other is scrolled to.
            egui::ScrollArea::vertical().show(ui, |ui| {
                let place = Rect::from_min_size(ui.cursor().min, vec2(room.x, LEAST_SIDE));
                let mut inner = ui.new_child(UiBuilder::new().max_rect(place));
                chosen = self.side(&mut inner, core).or(chosen.take());
                ui.advance_cursor_after_rect(place);
            });
        });
        ui.painter().hline(whole.x_range(), line, theme.stroke());
        match side.left() > list.left() {
            true => ui
                .painter()
                .vline(side.left(), side.y_range(), theme.stroke()),
            false => ui
                .painter()
                .hline(side.x_range(), side.top(), theme.stroke()),
        };
        ui.advance_cursor_after_rect(whole);
        chosen
    }

    /// Arrows, pages and Enter, for the list that the keyboard is in: that of the regions while their filter has it.
    fn keys(&mut self, ui: &Ui) -> Option<ConnectionSpec> {
        let focused = ui.memory(|memory| memory.focused());
        let in_regions = focused == Some(Regions::field_id());
        if !in_regions && focused.is_some_and(|id| id != search_id()) {
            return None;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let steps: [(Key, isize); 4] = [
            (Key::ArrowDown, 1),
            (Key::ArrowUp, -1),
            (Key::PageDown, 10),
            (Key::PageUp, -10),
        ];
        for (key, by) in steps {
            if pressed(key) {
                if in_regions {
                    self.regions.step(by);
                } else {
                    self.step(by);
                }
            }
        }
        if !pressed(Key::Enter) {
            return None;
        }
        if in_regions {
            let region = self.regions.current()?;
            return self.choose(Some(region));
        }
        self.choose(None)
    }

    /// The next row that can be chosen, over captions and notes.
    fn step(&mut self, by: isize) {
        let rows: Vec<usize> = (0..self.lines.len())
            .filter(|at| self.lines[*at].choice().is_some())
            .collect();
        let at = rows.iter().position(|row| *row == self.selected);
        let last = rows.len().saturating_sub(1);
        let to = at.unwrap_or_default().saturating_add_signed(by).min(last);
        if let Some(row) = rows.get(to) {
            self.selected = *row;
            self.touched = true;
            self.moved = true;
        }
    }

    /// What choosing the row means, in `region` where one was chosen.
    fn choose(&mut self, region: Option<String>) -> Option<ConnectionSpec> {
        let choice = self.choice()?.clone();
        match choice.does {
            Does::Region(_) => Some(choice.spec),
            Does::Sandbox => {
                self.sandbox = true;
                None
            }
            Does::Trust(_) => {
                self.focus = Some(Focus::Trust);
                None
            }
            Does::Custom => {
                self.focus = Some(Focus::Url);
                None
            }
            Does::Connect => {
                let mut spec = choice.spec;
                if region.is_some() {
                    spec.region = region;
                } else if self.regions.is_needed {
                    self.focus = Some(Focus::Regions);
                    return None;
                }
                Some(spec)
            }
        }
    }

    /// Another row was chosen: the regions and the mark beside it are its own.
    fn take_up_choice(&mut self, core: &Core) {
        let Some(choice) = self.choice() else {
            return;
        };
        let spec = choice.spec.clone();
        if self.side_for.as_ref() == Some(&spec) {
            return;
        }
        let same = self
            .side_for
            .as_ref()
            .is_some_and(|before| before.same_place(&spec));
        self.side_for = Some(spec.clone());
        if same {
            return;
        }
        self.mark_name = core.marks().of(&spec).name;
        let machine = core.session.machine();
        let known = ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .iter()
            .any(|name| machine.var(name).is_some());
        let profile = spec.profile.is_some();
        self.regions.is_needed = profile && spec.region.is_none() && !known;
        self.regions.begin(spec.region.as_deref());
    }
}

/// The places of the list and of what belongs to the chosen row: beside each other, or one below the other where the list
/// would be too narrow to read.
fn share(whole: Rect) -> (Rect, Rect) {
    if is_stacked(whole.width()) {
        let split = whole.top() + (whole.height() * 0.4).round();
        return (whole.with_max_y(split), whole.with_min_y(split));
    }
    let split = whole.right() - side_width(whole.width());
    (whole.with_max_x(split), whole.with_min_x(split))
}

fn side_width(width: f32) -> f32 {
    (width * 0.36).clamp(260.0, 320.0)
}

fn is_stacked(width: f32) -> bool {
    width - side_width(width) < LEAST_LIST
}

/// Account, alias and caller in a line.
fn who(here: &Here) -> String {
    let identity = &here.identity;
    let account = super::frame::grouped(&identity.account);
    let alias = identity.alias.as_deref().map(|alias| format!("{alias} "));
    format!(
        "{}{account} · {} · {}",
        alias.unwrap_or_default(),
        identity.caller(),
        here.region
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_narrow_window_the_list_stands_above_the_rest_and_is_as_wide() {
        let of = |width: f32| share(Rect::from_min_size(pos2(0.0, 44.0), vec2(width, 576.0)));
        let (list, side) = of(900.0);
        assert_eq!((list.width(), side.width()), (580.0, 320.0));
        let (list, side) = of(372.0);
        assert_eq!((list.width(), side.width()), (372.0, 372.0));
        assert_eq!((list.height(), side.top()), (230.0, 274.0));
    }
}
