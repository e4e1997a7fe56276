//! Controls at the right end of a row, drawn from left to right: the keyboard and a screen reader come to what is drawn in the
//! order in which it is drawn, and egui's layout from the right turns that round.

use egui::{Align, Layout, Rect, Ui, UiBuilder, Vec2, vec2};

use super::steady::steady_id;
use crate::ui::theme::CONTROL_HEIGHT;

/// Draws `contents` from left to right as one piece of the row, wherever its layout puts that. How wide it is, is known from the
/// pass before; where it isn't, this pass is thrown away. `contents` must not fill the room that there is.
pub fn in_order<R>(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let id = steady_id(ui, name);
    let known: Option<Vec2> = ui.data(|data| data.get_temp(id));
    let (_, place) = ui.allocate_space(known.unwrap_or(vec2(0.0, CONTROL_HEIGHT)));
    // A hair more, so that what was measured to fit is not cut off by rounding.
    let room = match known {
        Some(_) => Rect::from_min_size(place.min, place.size() + vec2(1.0, 0.0)),
        None => Rect::from_min_size(ui.max_rect().min, ui.max_rect().size()),
    };
    let builder = UiBuilder::new()
        .scope_id(id)
        .max_rect(room)
        .layout(Layout::left_to_right(Align::Center));
    let mut child = ui.new_child(builder);
    let inner = contents(&mut child);
    let used = child.min_rect().size();
    let differs = |known: Vec2| (known - used).abs().max_elem() > 0.5;
    if known.is_none_or(differs) {
        ui.data_mut(|data| data.insert_temp(id, used));
        ui.ctx()
            .request_discard("the width of what stands at the end of a row");
    }
    inner
}
