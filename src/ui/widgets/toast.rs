//! Short messages in the corner, for what has no place of its own on the screen. Errors stay until they are closed.

use std::collections::VecDeque;
use std::time::Duration;

use egui::{
    Align, Align2, Area, Context, Frame, Id, Layout, Margin, Order, RichText, Role, Sense, Ui,
    WidgetInfo, vec2,
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

/// How long a message that needs no answer stays, in seconds.
const STAYS: f64 = 6.0;
/// From this width of the window on the middle of its foot is free, in points.
const ROOMY: f32 = 900.0;
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
    /// The whole, for the clipboard; empty where there is nothing to copy.
    pub report: String,
    /// What can be done about it, as "Undo": its words, and a number that is given back when it is pressed.
    pub action: Option<(&'static str, u64)>,
    until: Option<f64>,
    number: u64,
}

/// The messages that show now.
#[derive(Debug, Default)]
pub struct Toasts {
    list: VecDeque<Toast>,
    count: u64,
}

impl Toasts {
    /// Says that something went well, for a few seconds.
    pub fn done(&mut self, title: impl Into<String>, text: impl Into<String>) {
        self.push(Tone::Ok, title.into(), text.into(), String::new());
    }

    /// The same, with something to press: `number` is given back by [`Toasts::show`].
    pub fn done_with(
        &mut self,
        title: impl Into<String>,
        text: impl Into<String>,
        action: &'static str,
        number: u64,
    ) {
        self.done(title, text);
        if let Some(toast) = self.list.back_mut() {
            toast.action = Some((action, number));
        }
    }

    /// Says something, for a few seconds.
    pub fn note(&mut self, title: impl Into<String>, text: impl Into<String>) {
        self.push(Tone::Accent, title.into(), text.into(), String::new());
    }

    /// Says that something went wrong, until it is closed. `report` is what Copy copies.
    pub fn error(
        &mut self,
        title: impl Into<String>,
        text: impl Into<String>,
        report: impl Into<String>,
    ) {
        self.push(Tone::Err, title.into(), text.into(), report.into());
    }

    fn push(&mut self, tone: Tone, title: String, text: String, report: String) {
        self.count += 1;
        self.list.push_back(Toast {
            tone,
            title,
            text,
            report,
            action: None,
            until: None,
            number: self.count,
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
        for toast in &mut self.list {
            if toast.tone != Tone::Err && toast.until.is_none() {
                // What can be pressed stays until it can have been read and reached.
                let stays = if toast.action.is_some() {
                    2.0 * STAYS
                } else {
                    STAYS
                };
                toast.until = Some(now + stays);
            }
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
                for toast in &self.list {
                    match one(ui, toast) {
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
            self.list.retain(|toast| toast.number != number);
        }
        acted
    }
}

/// What was pressed on a message.
enum Pressed {
    Close,
    Act(u64),
}

/// From left to right; what was pressed.
fn buttons(ui: &mut Ui, toast: &Toast) -> Option<Pressed> {
    let mut pressed = None;
    if !toast.report.is_empty() {
        copy_button(ui, "error", || toast.report.clone());
    }
    if let Some((words, number)) = toast.action {
        let name = format!("{words}: {}", toast.title);
        let button = Button::new(words).icon(Icon::UNDO_2).name(&name);
        if button.show(ui).clicked() {
            pressed = Some(Pressed::Act(number));
        }
    }
    let close = format!("Close: {}", toast.title);
    if icon_button(ui, Icon::X, &close).clicked() {
        pressed = Some(Pressed::Close);
    }
    pressed
}

/// Draws one; what was pressed.
fn one(ui: &mut Ui, toast: &Toast) -> Option<Pressed> {
    let theme = Theme::of(ui);
    let mut pressed = None;
    let frame = Frame::popup(ui.style())
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(space::M as i8, space::S as i8))
        .show(ui, |ui| {
            ui.set_width(360.0_f32.min(ui.ctx().content_rect().width() - 64.0));
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
                        pressed = buttons(ui, toast);
                    });
                    ui.with_layout(Layout::top_down(Align::LEFT), |ui| {
                        ui.add_space(3.0);
                        ui.label(RichText::new(&toast.title).font(fonts::medium(size::BODY)));
                        if !toast.text.is_empty() {
                            ui.label(RichText::new(&toast.text).color(theme.muted));
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
    ui.interact(frame.response.rect, id, Sense::hover())
        .widget_info(|| WidgetInfo::labeled(role, true, &toast.title));
    pressed
}
