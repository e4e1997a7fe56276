//! The widgets through the window's own tree: found by role and name, pressed and typed into as a person would.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod controls;
mod data;
mod dialogs;
mod keys;
mod plots;
mod tables;
mod toolbars;
mod trees;

use egui::Ui;
use egui_kittest::Harness;

/// A window of 900 by 600 points in our fonts and theme.
fn window<'a, S: 'a>(state: S, ui: impl FnMut(&mut Ui, &mut S) + 'a) -> Harness<'a, S> {
    let mut harness = Harness::builder()
        .with_size([900.0, 600.0])
        .with_step_dt(1.0 / 60.0)
        .with_max_steps(60)
        .with_context_setup(crate::ui::dress)
        .build_ui_state(ui, state);
    harness.run();
    harness
}
