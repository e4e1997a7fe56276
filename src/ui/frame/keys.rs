//! Key presses into commands. The one place that reads shortcuts.

use egui::{Context, Key, Modifiers};

use crate::command::{Command, Shortcut};
use crate::route::Route;

fn key_of(name: &str) -> Option<Key> {
    match name {
        "Left" => Some(Key::ArrowLeft),
        "Right" => Some(Key::ArrowRight),
        "1" => Some(Key::Num1),
        "2" => Some(Key::Num2),
        "3" => Some(Key::Num3),
        "4" => Some(Key::Num4),
        "5" => Some(Key::Num5),
        "6" => Some(Key::Num6),
        name => Key::from_name(name),
    }
}

fn modifiers_of(shortcut: Shortcut) -> Modifiers {
    Modifiers {
        alt: shortcut.alt,
        shift: shortcut.shift,
        command: shortcut.command,
        ..Modifiers::NONE
    }
}

/// The command whose keys were pressed in this frame; the press is then nobody else's. Plain keys are left to whatever
/// is typed into. Keys that several screens use mean what they mean on `route`.
pub fn pressed(ctx: &Context, route: Option<&Route>) -> Option<Command> {
    let typing = ctx.text_edit_focused();
    // The filter's own field listens to its key, wherever there is one.
    let all = || Command::ALL.iter().copied();
    let (here, elsewhere): (Vec<_>, Vec<_>) = all()
        .filter(|command| *command != Command::Filter)
        .partition(|command| command.spec().screen.holds(route));
    let mut commands = here.into_iter().chain(elsewhere);
    commands.find(|command| {
        let Some(shortcut) = command.shortcut() else {
            return false;
        };
        if shortcut.is_typed() && typing {
            return false;
        }
        let Some(key) = key_of(shortcut.key) else {
            return false;
        };
        ctx.input_mut(|input| input.consume_key(modifiers_of(shortcut), key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shortcut_names_a_key_that_exists() {
        for command in Command::ALL {
            if let Some(shortcut) = command.shortcut() {
                assert!(
                    key_of(shortcut.key).is_some(),
                    "{command:?}: {}",
                    shortcut.key
                );
            }
        }
    }
}
