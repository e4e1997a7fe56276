//! The word of an HTTP method in its colour.

use egui::{Color32, Label, Response, RichText, Ui};

use crate::ui::fonts;
use crate::ui::theme::{Theme, size};

/// The colour of a verb; never that of a state.
pub fn color(theme: &Theme, verb: &str) -> Color32 {
    let [get, post, put, delete] = theme.verbs;
    match verb {
        "GET" => get,
        "POST" => post,
        "PUT" | "PATCH" => put,
        "DELETE" => delete,
        "ANY" => theme.text,
        _ => theme.muted,
    }
}

/// Draws it.
pub fn label(ui: &mut Ui, verb: &str) -> Response {
    let words = RichText::new(verb).font(fonts::mono(size::SMALL));
    let words = words.color(color(Theme::of(ui), verb));
    ui.add(Label::new(words).extend().selectable(false))
}
