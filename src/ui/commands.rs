//! Controls of commands, drawn from their rows in [`crate::command`]: a toolbar's button, a menu's entry, the words on hover.
//! Nothing here does a command: a panel does when it was pressed, as when [`Cx::take`](crate::ui::cx::Cx::take) says so.

use egui::{RichText, Role, Ui, WidgetInfo};

use crate::command::{Command, Kind};
use crate::ui::fonts;
use crate::ui::icons;
use crate::ui::theme::Theme;
use crate::ui::widgets::button::Button;

/// The sign of a command, of the icon font.
pub fn icon(command: Command) -> &'static str {
    icons::named(command.spec().icon).unwrap_or(icons::Icon::COMMAND)
}

/// A button with the command's words, icon, tooltip and keys; red where it destroys. `.available(…)` is for the caller.
pub fn button(command: Command) -> Button<'static> {
    let row = command.spec();
    let button = Button::new(row.text)
        .icon(icon(command))
        .hover(row.tooltip)
        .shortcut(command.keys_text());
    match row.kind {
        Kind::Destroy => button.danger(),
        Kind::Read | Kind::Write => button,
    }
}

/// The same with the icon alone.
pub fn icon_button(command: Command) -> Button<'static> {
    Button::icon_only(icon(command), command.text())
        .hover(command.tooltip())
        .shortcut(command.keys_text())
}

/// An entry of a menu, with its keys at the right; true when it was chosen. One that can't be says why.
pub fn menu_entry(ui: &mut Ui, command: Command, available: Result<(), &str>) -> bool {
    let row = command.spec();
    let theme = Theme::of(ui);
    let color = match (row.kind, available.is_ok()) {
        (_, false) => theme.muted,
        (Kind::Destroy, true) => theme.err,
        _ => theme.text,
    };
    let sign = RichText::new(icon(command)).font(fonts::icon(14.0));
    let text = RichText::new(row.text);
    let entry = egui::Button::new((sign.color(color), text.color(color)))
        .shortcut_text(command.keys_text())
        .wrap_mode(egui::TextWrapMode::Extend);
    let response = ui.add_enabled(available.is_ok(), entry);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, available.is_ok(), row.text));
    let chosen = response.clicked();
    match available {
        Ok(()) => {
            response.on_hover_text(row.tooltip);
        }
        Err(reason) => {
            response.ctx.accesskit_node_builder(response.id, |node| {
                node.set_description(reason);
            });
            response.on_disabled_hover_text(reason);
        }
    }
    chosen
}

/// What is shown on hover: what it does, and its keys.
pub fn hover(command: Command) -> String {
    let tooltip = command.tooltip();
    match command.shortcut() {
        Some(keys) => format!("{tooltip}   {}", keys.text()),
        None => tooltip.to_owned(),
    }
}
