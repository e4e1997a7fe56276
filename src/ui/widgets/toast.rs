//! Short messages in the corner, for what has no place of its own on the screen. All go by themselves, errors last; pointing at
//! one keeps it, and while a dialog is open none shows and none goes.

use std::collections::VecDeque;
use std::time::Duration;

use egui::{
    Align, Align2, Area, Color32, Context, Frame, Id, Layout, Margin, Order, RichText, Role, Sense,
    TextStyle, Ui, WidgetInfo, vec2,
};

use super::button::{Button, copy_button, icon_button};
use super::chip::Tone;
use super::glyph::glyph;
use super::in_order::in_order;
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{RADIUS, STATUS_BAR_HEIGHT, Theme, size, space},
};

/// The widest that a message is, in points; longer words wrap.
const MOST_WIDE: f32 = 420.0;
/// How long a message that needs no answer stays, in seconds.
const STAYS: f64 = 6.0;
/// From this width of the window on the middle of its foot is free, in points.
const ROOMY: f32 = 900.0;
/// How long an error stays: it can be read twice, and Activity keeps it.
const ERROR_STAYS: f64 = 20.0;
/// How many show at once; older ones go first.
const MOST: usize = 4;

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    /// How it is: its colour and its icon.
    pub tone: Tone,
    /// What happened, in a few words.
    pub title: String,
    /// More of it; may be empty.
    pub text: String,
    /// What exactly was changed, as "MemorySize 256 MB → 512 MB"; may be empty.
    pub what: String,
    /// The whole, for the clipboard; empty where there is nothing to copy.
    pub report: String,
    /// What can be done about it, as "Undo": its words, and a number that is given back when it is pressed.
    pub action: Option<(&'static str, u64)>,
    until: Option<f64>,
    number: u64,
    /// How wide its buttons were drawn, in points.
    buttons: f32,
}

/// The messages that show now.
#[derive(Debug, Default)]
pub struct Toasts {
    list: VecDeque<Toast>,
    count: u64,
    /// Since when a dialog hides them, in seconds.
    hidden: Option<f64>,
}

impl Toasts {
    /// Says that something went well, for a few seconds.
    pub fn done(&mut self, title: impl Into<String>, text: impl Into<String>) {
        self.push(Tone::Ok, title.into(), text.into(), String::new());
    }

    /// The same with what exactly was changed, and perhaps with something to press: its number is given back by
    /// [`Toasts::show`].
    pub fn changed(
        &mut self,
        title: impl Into<String>,
        text: impl Into<String>,
        what: impl Into<String>,
        action: Option<(&'static str, u64)>,
    ) {
        self.done(title, text);
        if let Some(toast) = self.list.back_mut() {
            toast.what = what.into();
            toast.action = action;
        }
    }

    /// Says something, for a few seconds.
    pub fn note(&mut self, title: impl Into<String>, text: impl Into<String>) {
        self.push(Tone::Accent, title.into(), text.into(), String::new());
    }

    /// Says that something went wrong. `report` is what Copy copies. Gives its number, for [`Toasts::close`].
    pub fn error(
        &mut self,
        title: impl Into<String>,
        text: impl Into<String>,
        report: impl Into<String>,
    ) -> u64 {
        self.push(Tone::Err, title.into(), text.into(), report.into());
        self.count
    }

    /// What it says is on the screen by now.
    pub fn close(&mut self, number: u64) {
        self.list.retain(|toast| toast.number != number);
    }

    fn push(&mut self, tone: Tone, title: String, text: String, report: String) {
        self.count += 1;
        self.list.push_back(Toast {
            tone,
            title,
            text,
            what: String::new(),
            report,
            action: None,
            until: None,
            number: self.count,
            buttons: 0.0,
        });
        while self.list.len() > MOST {
            self.list.pop_front();
        }
    }

    /// How many show.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// None shows.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Draws them at the foot of the window, above the status bar, and drops those whose time is over; the number of the one
    /// whose action was pressed.
    pub fn show(&mut self, ctx: &Context) -> Option<u64> {
        let now = ctx.input(|input| input.time);
        if ctx.memory(|memory| memory.top_modal_layer().is_some()) {
            // A dialog is what matters now: they wait behind it.
            self.hidden.get_or_insert(now);
            return None;
        }
        self.age(ctx, now);
        if self.list.is_empty() {
            return None;
        }
        // In the middle, where neither the figures of a table's last columns nor the buttons at a panel's foot are; in a narrow
        // window above those buttons.
        let (place, corner) = match ctx.content_rect().width() >= ROOMY {
            true => (
                Align2::CENTER_BOTTOM,
                vec2(0.0, -space::S - STATUS_BAR_HEIGHT),
            ),
            false => (
                Align2::RIGHT_BOTTOM,
                vec2(-space::L, -space::XL - STATUS_BAR_HEIGHT - 36.0),
            ),
        };
        let (mut closed, mut acted) = (None, None);
        Area::new(Id::unique("toasts"))
            .order(Order::Tooltip)
            .anchor(place, corner)
            .show(ctx, |ui| {
                ui.spacing_mut().item_spacing.y = space::S;
                for toast in &mut self.list {
                    let (pressed, held) = one(ui, toast);
                    if held {
                        toast.until = toast.until.map(|until| until.max(now + STAYS));
                    }
                    match pressed {
                        None => {}
                        Some(Pressed::Close) => closed = Some(toast.number),
                        Some(Pressed::Act(number)) => {
                            closed = Some(toast.number);
                            acted = Some(number);
                        }
                    }
                }
            });
        if let Some(number) = closed {
            self.close(number);
        }
        acted
    }

    /// Drops those whose time is over, and asks for a frame when the next one's is. The time behind a dialog does not count.
    fn age(&mut self, ctx: &Context, now: f64) {
        let waited = self.hidden.take().map_or(0.0, |since| now - since);
        for toast in &mut self.list {
            let stays = match (toast.tone, &toast.action) {
                (Tone::Err, _) => ERROR_STAYS,
                // What can be pressed stays until it can have been read and reached.
                (_, Some(_)) => 2.0 * STAYS,
                _ => STAYS,
            };
            toast.until = Some(toast.until.map_or(now + stays, |until| until + waited));
        }
        self.list
            .retain(|toast| toast.until.is_none_or(|until| until > now));
        let next = self
            .list
            .iter()
            .filter_map(|toast| toast.until)
            .fold(f64::INFINITY, f64::min);
        if next.is_finite() {
            ctx.request_repaint_after(Duration::from_secs_f64((next - now).max(0.0)));
        }
    }
}

/// What was pressed on a message.
enum Pressed {
    Close,
    Act(u64),
}

/// From left to right; what was pressed, and whether one of them has the keyboard.
fn buttons(ui: &mut Ui, toast: &Toast) -> (Option<Pressed>, bool) {
    let (mut pressed, mut held) = (None, false);
    if !toast.report.is_empty() {
        held |= copy_button(ui, "error", || toast.report.clone()).has_focus();
    }
    if let Some((words, number)) = toast.action {
        let name = format!("{words}: {}", toast.title);
        let icon = match words {
            "Redo" => Icon::ROTATE_CCW,
            _ => Icon::UNDO_2,
        };
        let button = Button::new(words).icon(icon).name(&name).show(ui);
        held |= button.has_focus();
        if button.clicked() {
            pressed = Some(Pressed::Act(number));
        }
    }
    let close = format!("Close: {}", toast.title);
    let close = icon_button(ui, Icon::X, &close);
    held |= close.has_focus();
    if close.clicked() {
        pressed = Some(Pressed::Close);
    }
    (pressed, held)
}

/// As wide as its words and buttons are, in points: short words don't float in an empty box.
fn width(ui: &Ui, toast: &Toast) -> f32 {
    let title = ui.painter().layout_no_wrap(
        toast.title.clone(),
        fonts::medium(size::BODY),
        Color32::PLACEHOLDER,
    );
    let body = TextStyle::Body.resolve(ui.style());
    let words = [&toast.text, &toast.what].map(|words| {
        let galley = ui
            .painter()
            .layout_no_wrap(words.clone(), body.clone(), Color32::PLACEHOLDER);
        galley.size().x
    });
    let widest = words.into_iter().fold(title.size().x, f32::max);
    let around = 16.0 + toast.buttons + 3.0 * ui.spacing().item_spacing.x;
    (widest + around).ceil()
}

/// Draws one; what was pressed, and whether somebody points at it or has the keyboard in it.
fn one(ui: &mut Ui, toast: &mut Toast) -> (Option<Pressed>, bool) {
    let theme = Theme::of(ui);
    let (mut pressed, mut held) = (None, false);
    let frame = Frame::popup(ui.style())
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(space::M as i8, space::S as i8))
        .show(ui, |ui| {
            let most = MOST_WIDE.min(ui.ctx().content_rect().width() - 64.0);
            ui.set_width(width(ui, toast).min(most));
            ui.horizontal_top(|ui| {
                let icon = match toast.tone {
                    Tone::Ok => Icon::CIRCLE_CHECK,
                    Tone::Err | Tone::Warn => Icon::CIRCLE_ALERT,
                    _ => Icon::INFO,
                };
                glyph(ui, icon, 16.0, toast.tone.color(theme));
                ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    let name = format!("what can be done with message {}", toast.number);
                    in_order(ui, &name, |ui| {
                        ui.spacing_mut().item_spacing.x = 0.0;
                        (pressed, held) = buttons(ui, toast);
                        toast.buttons = ui.min_rect().width();
                    });
                    ui.with_layout(Layout::top_down(Align::LEFT), |ui| {
                        ui.add_space(3.0);
                        ui.label(RichText::new(&toast.title).font(fonts::medium(size::BODY)));
                        for words in [&toast.text, &toast.what] {
                            if !words.is_empty() {
                                ui.label(RichText::new(words).color(theme.muted));
                            }
                        }
                    });
                });
            });
        });
    let id = Id::unique(("toast", toast.number));
    let role = if toast.tone == Tone::Err {
        Role::Alert
    } else {
        Role::Status
    };
    let whole = ui.interact(frame.response.rect, id, Sense::hover());
    whole.widget_info(|| WidgetInfo::labeled(role, true, &toast.title));
    (pressed, held || whole.contains_pointer())
}
