//! A sign for eyes alone: it stands beside words that say the same, and a screen reader is told nothing of it.

use egui::{Color32, Response, Sense, Ui};

use crate::ui::fonts;

/// Draws an icon of this size, in points. It has no node: what would be read is a letter of no language.
pub fn glyph(ui: &mut Ui, icon: &str, size: f32, color: Color32) -> Response {
    let galley = ui
        .painter()
        .layout_no_wrap(icon.to_owned(), fonts::icon(size), color);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    ui.painter().galley(rect.min, galley, color);
    response
}
