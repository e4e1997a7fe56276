//! Ids that stay. egui numbers what has none by how much was drawn before it: where something appears above (a word, a banner,
//! the first rows), everything below is another thing for it; a press that was begun is lost, and the keyboard leaves the field
//! that somebody types into. What can be pressed or typed into is known by its name here, and by its turn among equal names.

use egui::{Id, Rect, Response, Sense, Ui, UiBuilder, Vec2};

/// The id of what is called `name`, for this pass; asked once for each.
pub fn steady_id(ui: &Ui, name: &str) -> Id {
    let id = ui.make_persistent_id(("called", name));
    let pass = ui.ctx().cumulative_pass_nr();
    let turn = ui.data_mut(|data| {
        let (seen, turn) = data.get_temp_mut_or_default::<(u64, u32)>(id);
        // Passes are counted from 0.
        *turn = if *seen == pass + 1 { *turn + 1 } else { 0 };
        *seen = pass + 1;
        *turn
    });
    match turn {
        0 => id,
        turn => id.with(turn),
    }
}

/// Draws what is called `name`, so that its ids stay.
pub fn steady<R>(ui: &mut Ui, name: &str, draw: impl FnOnce(&mut Ui) -> R) -> R {
    let id = steady_id(ui, name);
    ui.scope_builder(UiBuilder::new().scope_id(id), draw).inner
}

/// Room for something called `name` that is drawn by hand, and what happens to it.
pub fn steady_area(ui: &mut Ui, size: Vec2, name: &str, sense: Sense) -> (Rect, Response) {
    let id = steady_id(ui, name);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    (rect, ui.interact(rect, id, sense))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_before_changes_no_id_and_equal_names_have_two() {
        let ctx = egui::Context::default();
        let draw = |before: usize| {
            let mut ids = Vec::new();
            let mut drawn = ctx.run_ui(egui::RawInput::default(), |ui| {
                ids.clear();
                for _ in 0..before {
                    ui.label("it has come");
                }
                ids.push(steady_id(ui, "Save"));
                ids.push(steady_id(ui, "Save"));
                let inside = steady(ui, "Open", |ui| ui.next_auto_id());
                ids.push(inside);
            });
            drawn.textures_delta.clear();
            ids
        };
        let first = draw(0);
        assert_ne!(first[0], first[1]);
        assert_eq!(first, draw(3));
    }
}
