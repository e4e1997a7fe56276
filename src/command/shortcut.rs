//! A key with its modifiers, as people write it. Knows no window: `ui::frame::keys` says which key of the window it is.

/// A key with its modifiers. `command` is Ctrl, or Cmd on a Mac.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shortcut {
    /// Ctrl or Cmd.
    pub command: bool,
    /// Shift.
    pub shift: bool,
    /// Alt or Option.
    pub alt: bool,
    /// The key's name as egui prints it: `K`, `F5`, `Enter`, `Left`.
    pub key: &'static str,
}

/// The key alone.
pub const fn plain(key: &'static str) -> Option<Shortcut> {
    Some(Shortcut {
        command: false,
        shift: false,
        alt: false,
        key,
    })
}

/// With Shift. Its row stands before that of the key alone, which would take it too.
pub const fn shift(key: &'static str) -> Option<Shortcut> {
    Some(Shortcut {
        command: false,
        shift: true,
        alt: false,
        key,
    })
}

/// With Ctrl or Cmd.
pub const fn ctrl(key: &'static str) -> Option<Shortcut> {
    Some(Shortcut {
        command: true,
        shift: false,
        alt: false,
        key,
    })
}

/// With Shift and Ctrl or Cmd.
pub const fn ctrl_shift(key: &'static str) -> Option<Shortcut> {
    Some(Shortcut {
        command: true,
        shift: true,
        alt: false,
        key,
    })
}

/// With Alt or Option.
pub const fn alt(key: &'static str) -> Option<Shortcut> {
    Some(Shortcut {
        command: false,
        shift: false,
        alt: true,
        key,
    })
}

impl Shortcut {
    /// As people write it: `Ctrl+K`.
    pub fn text(self) -> String {
        let command = if cfg!(target_os = "macos") {
            "Cmd+"
        } else {
            "Ctrl+"
        };
        let modifiers = [
            (self.command, command),
            (self.alt, "Alt+"),
            (self.shift, "Shift+"),
        ];
        let mut text = String::new();
        for (_, name) in modifiers.into_iter().filter(|(held, _)| *held) {
            text.push_str(name);
        }
        text.push_str(match self.key {
            "Slash" => "/",
            "Backslash" => "\\",
            key => key,
        });
        text
    }

    /// A letter or sign alone, which belongs to whatever is typed into.
    pub fn is_typed(self) -> bool {
        let function_key = self.key.len() > 1 && self.key.starts_with('F');
        !self.command && !self.alt && !function_key
    }
}
