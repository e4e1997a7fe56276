//! A button with a menu under it.

use egui::text::{LayoutJob, TextFormat};
use egui::{Response, RichText, Ui};

use super::button::Button;
use super::steady::steady;
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{Theme, size},
};

/// A button that opens a menu. `name` is what a screen reader says before the text.
pub fn drop_down(ui: &mut Ui, name: &str, text: &str, menu: impl FnOnce(&mut Ui)) -> Response {
    let button = button(ui, name, text, None, false, false);
    super::menu::menu(&button, |ui| {
        ui.set_min_width(180.0);
        menu(ui);
    });
    button
}

/// The button alone: with an icon, and of that nothing else where it is compact; lit where its choice hides something.
pub fn button(
    ui: &mut Ui,
    name: &str,
    text: &str,
    icon: Option<&'static str>,
    compact: bool,
    lit: bool,
) -> Response {
    let shown = shown(text);
    let said = words(name, text);
    let mut button = Button::new(&shown).name(&said).known_as(name);
    if let Some(icon) = icon {
        button = button.icon(icon);
    }
    if lit {
        button = button.selected(true);
    }
    button.compact(compact).show(ui)
}

/// How wide that button is, in points: with its words, and as an icon.
pub fn widths(ui: &Ui, text: &str, icon: Option<&'static str>) -> (f32, f32) {
    let shown = shown(text);
    let mut button = Button::new(&shown);
    if let Some(icon) = icon {
        button = button.icon(icon);
    }
    button.widths(ui)
}

/// What a screen reader says: what it is, and what is chosen.
pub fn words(name: &str, text: &str) -> String {
    if text.starts_with(name) {
        text.to_owned()
    } else {
        format!("{name}: {text}")
    }
}

fn shown(text: &str) -> String {
    format!("{text} {}", Icon::CHEVRON_DOWN)
}

/// A button that opens a small form, which stays open until it is left or closes itself.
pub fn pop_over(button: &Response, form: impl FnOnce(&mut Ui)) {
    super::menu::staying(button, form);
}

/// How wide the sign of what is chosen is, and how far its words stand from it, in points.
const SIGN: f32 = 13.0;
const SIGN_GAP: f32 = 6.0;

/// An entry of a menu: its text, and muted words beside it. True when it was chosen.
pub fn entry(ui: &mut Ui, on: bool, text: &str, detail: &str) -> bool {
    let theme = Theme::of(ui);
    // The sign keeps its place, so that words don't move when it comes.
    let mut job = LayoutJob::default();
    let words = TextFormat::simple(fonts::body(size::BODY), theme.text);
    if on {
        let sign = TextFormat::simple(fonts::icon(SIGN), theme.accent);
        job.append(Icon::CHECK, 0.0, sign);
        job.append(text, SIGN_GAP, words);
    } else {
        job.append(text, SIGN + SIGN_GAP, words);
    }
    let detail = RichText::new(detail)
        .font(fonts::body(size::SMALL))
        .color(theme.muted);
    let button = egui::Button::selectable(false, job).right_text(detail);
    let response = steady(ui, text, |ui| ui.add(button));
    super::menu::lead(&response, on);
    let words = text;
    response
        .widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, ui.is_enabled(), on, words));
    let chosen = response.clicked();
    if chosen {
        ui.close();
    }
    chosen
}
