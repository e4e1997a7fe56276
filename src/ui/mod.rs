//! What is drawn. Reads `&Store`, and writes by sending a command or an action.

pub mod activity;
pub mod apis;
pub mod commands;
pub mod connection;
pub mod cx;
pub mod draft;
pub mod fonts;
pub mod frame;
pub mod functions;
pub mod gallery;
pub mod icons;
pub mod keyboard;
pub mod list;
pub mod theme;
pub mod widgets;

/// Fonts, colours and the keyboard, before the first frame.
pub fn dress(ctx: &egui::Context) {
    theme::Theme::apply(ctx);
    keyboard::Keyboard::watch(ctx);
}
