//! What is real, and what to try: shown above the list where it holds samples of a sandbox on this machine, until a person has
//! tried all three or puts it away. It then stays away.

use egui::{Align, Frame, Label, Layout, Margin, RichText, Role, Sense, Stroke, Ui, WidgetInfo};
use serde::{Deserialize, Serialize};

use crate::cloud::lambda::functions::FunctionList;
use crate::cloud::lambda::invoke::Invoke;
use crate::model::invoke::{InvocationType, InvokeRequest};
use crate::route::{FunctionTab, Route};
use crate::settings::Settings;
use crate::store::ActionId;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::functions::samples::ORDER;
use crate::ui::functions::test::kept::Kept as Event;
use crate::ui::icons::Icon;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::glyph::glyph;

/// Where the settings keep what was tried.
const KEY: &str = "guide";
/// The sample that is invoked, and the one that is broken.
const INVOKED: &str = "orders-api";
const BROKEN: &str = "session-cleanup";
/// More work than its timeout allows.
const BREAKS: &str = r#"{"source": "aws.events", "detail": {"backlog": 40000}}"#;

/// What is kept between sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    /// It is away for good.
    away: bool,
    /// Which of the three were tried.
    tried: [bool; 3],
}

/// The guide between frames.
#[derive(Default)]
pub struct Guide {
    kept: Option<Kept>,
    /// The invocation that breaks a function, while it runs.
    breaking: Option<ActionId>,
}

/// Whoever was elsewhere when it ended, and comes back later than this, is not led away from what is in front, in ms.
const ELSEWHERE_MS: i64 = 2_000;

enum Pressed {
    Try(usize),
    Away,
}

impl Guide {
    /// Whether it is to be shown at all: cheap, for every frame.
    pub fn is_wanted(&mut self, cx: &Cx<'_>) -> bool {
        cx.connection.spec.is_local() && !self.kept(cx.settings).away
    }

    fn kept(&mut self, settings: &Settings) -> &mut Kept {
        self.kept
            .get_or_insert_with(|| settings.get(KEY).unwrap_or_default())
    }

    fn keep(&mut self, cx: &mut Cx<'_>, change: impl FnOnce(&mut Kept)) {
        let kept = self.kept(cx.settings);
        change(kept);
        kept.away |= kept.tried == [true; 3];
        let kept = kept.clone();
        cx.settings.set(KEY, &kept);
    }

    /// Draws it above `list`.
    pub fn ui(&mut self, ui: &mut Ui, list: &FunctionList, cx: &mut Cx<'_>) {
        self.follow(cx);
        let tried = self.kept(cx.settings).tried;
        let has = |name: &str| list.rows.iter().any(|row| row.name == name);
        let may_break = match (self.breaking, has(BROKEN)) {
            (Some(_), _) => Err("It runs: its failure opens in a moment"),
            (_, false) => Err("The sample session-cleanup is gone"),
            _ => cx.may_write(),
        };
        let may_invoke = match has(INVOKED) {
            true => Ok(()),
            false => Err("The sample orders-api is gone"),
        };
        let steps = [
            (
                "Invoke one",
                "Opens orders-api with an event that is ready",
                may_invoke,
            ),
            (
                "Break one and find why",
                "Gives session-cleanup more than it can do within its timeout, and opens the invocation that failed",
                may_break,
            ),
            (
                "Make your own",
                "A new function with code that runs; a package of your own goes up afterwards",
                Ok(()),
            ),
        ];
        match draw(ui, &tried, &steps, self.breaking.is_some()) {
            Some(Pressed::Away) => self.keep(cx, |kept| kept.away = true),
            Some(Pressed::Try(step)) => self.begin(step, list, cx),
            None => {}
        }
    }

    fn begin(&mut self, step: usize, list: &FunctionList, cx: &mut Cx<'_>) {
        match step {
            0 => {
                self.keep(cx, |kept| kept.tried[0] = true);
                let found = list.rows.iter().find(|row| row.name == INVOKED);
                if let Some(arn) = found.map(|row| cx.connection.key(&row.arn)) {
                    let arn = &arn;
                    // What a person wrote there stays.
                    let mut event = Event::load(cx.settings, arn);
                    if event.draft.is_none() {
                        event.set_draft(ORDER);
                        event.save(cx.settings, arn);
                    }
                }
                cx.open(Route::function_tab(INVOKED, FunctionTab::Test));
            }
            1 => {
                let invoke = Invoke {
                    request: InvokeRequest {
                        function: BROKEN.to_owned(),
                        invocation_type: InvocationType::RequestResponse,
                        payload: BREAKS.to_owned(),
                        ..InvokeRequest::default()
                    },
                    target: BROKEN.to_owned(),
                    context: cx.connection.cli(),
                };
                self.breaking = cx.submit(std::sync::Arc::new(invoke)).ok();
            }
            _ => {
                self.keep(cx, |kept| kept.tried[2] = true);
                cx.open(Route::CreateFunction);
            }
        }
    }

    /// Once the function has failed, shows why.
    fn follow(&mut self, cx: &mut Cx<'_>) {
        let Some(id) = self.breaking else { return };
        let ended = cx.store.action(id).map(|action| action.finished_at);
        if ended == Some(None) {
            return;
        }
        self.breaking = None;
        self.keep(cx, |kept| kept.tried[1] = true);
        if ended.flatten().is_some_and(|at| cx.now - at < ELSEWHERE_MS) {
            cx.open(Route::failures(BROKEN));
        }
    }
}

type Step<'a> = (&'a str, &'a str, Result<(), &'static str>);

fn draw(ui: &mut Ui, tried: &[bool; 3], steps: &[Step<'_>], busy: bool) -> Option<Pressed> {
    let theme = Theme::of(ui);
    let mut pressed = None;
    let frame = Frame::new()
        .fill(theme.sel)
        .stroke(Stroke::new(1.0, theme.line))
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(space::M as i8, space::S as i8))
        .outer_margin(Margin {
            left: space::L as i8,
            right: space::L as i8,
            top: 0,
            bottom: space::S as i8,
        });
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = egui::vec2(space::S, space::XS);
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.add_space(5.0);
                glyph(ui, Icon::FLASK_CONICAL, 16.0, theme.accent);
            });
            ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
                let close = Button::icon_only(Icon::X, "Put this away for good");
                if close.show(ui).clicked() {
                    pressed = Some(Pressed::Away);
                }
                ui.with_layout(Layout::top_down(Align::LEFT), |ui| {
                    // Its first line stands beside the button.
                    ui.add_space(5.0);
                    let title = RichText::new("This is a sandbox on your machine: nothing here reaches AWS.");
                    let title = title.font(fonts::medium(size::BODY)).color(theme.text);
                    ui.add(Label::new(title).wrap());
                });
            });
        });
        let words = "The functions tagged sample really run here, and are called now and then. Three things to try:";
        ui.add(Label::new(RichText::new(words).color(theme.muted)).wrap());
        ui.horizontal_wrapped(|ui| {
            for (at, (text, hover, available)) in steps.iter().enumerate() {
                let icon = match tried[at] {
                    true => Icon::CIRCLE_CHECK,
                    false => [Icon::PLAY, Icon::CIRCLE_ALERT, Icon::PLUS][at],
                };
                let text = match (busy, at) {
                    (true, 1) => "Breaking it…",
                    _ => text,
                };
                let button = Button::new(text).icon(icon).hover(hover);
                if button.available(*available).show(ui).clicked() {
                    pressed = Some(Pressed::Try(at));
                }
            }
        });
    });
    let id = shown.response.id.with("guide");
    let region = ui.interact(shown.response.rect, id, Sense::hover());
    region.widget_info(|| WidgetInfo::labeled(Role::Group, true, "What this is, and what to try"));
    pressed
}
