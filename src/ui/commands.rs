//! Controls of commands, drawn from their rows in [`crate::command`]: a button, which a toolbar may put into its menu, and
//! the words on hover.
//! Nothing here does a command: a panel does when it was pressed, as when [`Cx::take`](crate::ui::cx::Cx::take) says so.

use crate::command::{Command, Kind};
use crate::ui::icons;
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

/// What is shown on hover: what it does, and its keys.
pub fn hover(command: Command) -> String {
    let tooltip = command.tooltip();
    match command.shortcut() {
        Some(keys) => format!("{tooltip}   {}", keys.text()),
        None => tooltip.to_owned(),
    }
}
