//! Every command once: text, tooltip, shortcut, where it is available. Menus, palette, toolbars, shortcuts and the help
//! sheet are drawn from it. Knows no window: `ui::keys` turns key presses into commands.

use crate::route::{FunctionTab, Route};

/// Something that a person can have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Opens the palette.
    Palette,
    /// Shows the functions.
    Functions,
    /// Shows work, calls and the journal.
    Activity,
    /// Chooses profile, region or endpoint.
    Connect,
    /// Asks again for everything on the screen.
    Refresh,
    /// The screen before.
    Back,
    /// The screen after.
    Forward,
    /// Closes the tab in front.
    CloseTab,
    /// The tab to the right.
    NextTab,
    /// The tab to the left.
    PreviousTab,
    /// Puts the tab beside the others.
    SplitTab,
    /// Puts the keyboard into the filter of the list.
    Filter,
    /// Locks or unlocks the connection.
    ToggleReadOnly,
    /// System, light, dark.
    ToggleTheme,
    /// Local time or UTC.
    ToggleUtc,
    /// All shortcuts.
    Help,
    /// Runs the function with the event in the editor.
    Invoke,
    /// Shows what Apply would change.
    Review,
    /// Drops the draft.
    Revert,
    /// Chooses a package for the function.
    UploadZip,
    /// Saves the deployed package.
    DownloadPackage,
    /// Puts the ARN on the clipboard.
    CopyArn,
    /// Saves the rows as CSV.
    ExportCsv,
    /// Marks the function as a favourite, or not.
    ToggleFavourite,
    /// Deletes the function.
    DeleteFunction,
    /// Shows a part of the function: the n-th.
    FunctionTab(FunctionTab),
}

/// Where a command is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// Somebody is known to be connected.
    pub connected: bool,
    /// What is in front.
    pub route: Option<Route>,
    /// Why nothing may be written; `None` when it may.
    pub locked: Option<&'static str>,
    /// There is a screen before.
    pub can_go_back: bool,
    /// There is a screen after.
    pub can_go_forward: bool,
}

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

impl Shortcut {
    const fn plain(key: &'static str) -> Self {
        Self {
            command: false,
            shift: false,
            alt: false,
            key,
        }
    }
    const fn ctrl(key: &'static str) -> Self {
        Self {
            command: true,
            ..Self::plain(key)
        }
    }
    const fn ctrl_shift(key: &'static str) -> Self {
        Self {
            shift: true,
            ..Self::ctrl(key)
        }
    }
    const fn alt(key: &'static str) -> Self {
        Self {
            alt: true,
            ..Self::plain(key)
        }
    }

    /// As people write it: `Ctrl+K`.
    pub fn text(self) -> String {
        let mut text = String::new();
        let modifiers = [
            (
                self.command,
                if cfg!(target_os = "macos") {
                    "Cmd+"
                } else {
                    "Ctrl+"
                },
            ),
            (self.alt, "Alt+"),
            (self.shift, "Shift+"),
        ];
        for (_, name) in modifiers.into_iter().filter(|(held, _)| *held) {
            text.push_str(name);
        }
        text.push_str(if self.key == "Slash" { "/" } else { self.key });
        text
    }
}

impl Command {
    /// Every command, in the order of the help sheet.
    pub const ALL: [Self; 31] = [
        Self::Palette,
        Self::Functions,
        Self::Activity,
        Self::Connect,
        Self::Refresh,
        Self::Back,
        Self::Forward,
        Self::NextTab,
        Self::PreviousTab,
        Self::SplitTab,
        Self::CloseTab,
        Self::Filter,
        Self::ToggleReadOnly,
        Self::ToggleTheme,
        Self::ToggleUtc,
        Self::Help,
        Self::FunctionTab(FunctionTab::Overview),
        Self::FunctionTab(FunctionTab::Test),
        Self::FunctionTab(FunctionTab::Configuration),
        Self::FunctionTab(FunctionTab::Code),
        Self::FunctionTab(FunctionTab::Monitor),
        Self::FunctionTab(FunctionTab::Logs),
        Self::Invoke,
        Self::Review,
        Self::Revert,
        Self::UploadZip,
        Self::DownloadPackage,
        Self::CopyArn,
        Self::ExportCsv,
        Self::ToggleFavourite,
        Self::DeleteFunction,
    ];

    /// Its words in menus and the palette.
    pub fn text(self) -> &'static str {
        match self {
            Self::Palette => "Search and commands",
            Self::Functions => "Go to functions",
            Self::Activity => "Go to activity",
            Self::Connect => "Switch connection",
            Self::Refresh => "Refresh",
            Self::Back => "Back",
            Self::Forward => "Forward",
            Self::CloseTab => "Close tab",
            Self::NextTab => "Next tab",
            Self::PreviousTab => "Previous tab",
            Self::SplitTab => "Split tab to the side",
            Self::Filter => "Filter the list",
            Self::ToggleReadOnly => "Lock or unlock the connection",
            Self::ToggleTheme => "Switch light and dark",
            Self::ToggleUtc => "Switch local time and UTC",
            Self::Help => "Keyboard shortcuts",
            Self::Invoke => "Invoke the function",
            Self::Review => "Review changes",
            Self::Revert => "Revert changes",
            Self::UploadZip => "Upload a ZIP",
            Self::DownloadPackage => "Download the package",
            Self::CopyArn => "Copy ARN",
            Self::ExportCsv => "Export CSV",
            Self::ToggleFavourite => "Mark as favourite",
            Self::DeleteFunction => "Delete the function",
            Self::FunctionTab(tab) => match tab {
                FunctionTab::Overview => "Function: overview",
                FunctionTab::Test => "Function: test",
                FunctionTab::Configuration => "Function: configuration",
                FunctionTab::Code => "Function: code",
                FunctionTab::Monitor => "Function: monitor",
                FunctionTab::Logs => "Function: logs",
            },
        }
    }

    /// One sentence on what it does.
    pub fn tooltip(self) -> &'static str {
        match self {
            Self::Palette => "Jump to a function by name, or run any command",
            Self::Functions => "Every function of the region",
            Self::Activity => "Running and finished work, calls, and the journal with Undo",
            Self::Connect => "Choose a profile, region or endpoint",
            Self::Refresh => "Ask again for everything on the screen",
            Self::Back => "The screen before this one",
            Self::Forward => "The screen after this one",
            Self::CloseTab => "Close the tab in front",
            Self::NextTab => "The tab to the right",
            Self::PreviousTab => "The tab to the left",
            Self::SplitTab => "Put this tab beside the others",
            Self::Filter => "Put the keyboard into the list's filter",
            Self::ToggleReadOnly => "A locked connection refuses every change",
            Self::ToggleTheme => "System, light, dark",
            Self::ToggleUtc => "Show times in this machine's zone or in UTC",
            Self::Help => "Every command with its keys",
            Self::Invoke => "Run the function with the event in the editor",
            Self::Review => "See field by field what Apply would change",
            Self::Revert => "Drop the draft and show what is deployed",
            Self::UploadZip => "Choose a package; it is checked before it goes up",
            Self::DownloadPackage => "Save the deployed package",
            Self::CopyArn => "Put the ARN on the clipboard",
            Self::ExportCsv => "Save the rows that are shown as CSV",
            Self::ToggleFavourite => "Favourites stand first",
            Self::DeleteFunction => "Asks for the function's name first",
            Self::FunctionTab(_) => "Show this part of the function",
        }
    }

    /// Its keys.
    pub fn shortcut(self) -> Option<Shortcut> {
        Some(match self {
            Self::Palette => Shortcut::ctrl("K"),
            Self::Functions => Shortcut::ctrl_shift("F"),
            Self::Activity => Shortcut::ctrl_shift("A"),
            Self::Connect => Shortcut::ctrl_shift("P"),
            Self::Refresh => Shortcut::plain("F5"),
            Self::Back => Shortcut::alt("Left"),
            Self::Forward => Shortcut::alt("Right"),
            Self::CloseTab => Shortcut::ctrl("W"),
            Self::NextTab => Shortcut {
                command: true,
                ..Shortcut::plain("PageDown")
            },
            Self::PreviousTab => Shortcut {
                command: true,
                ..Shortcut::plain("PageUp")
            },
            Self::SplitTab => Shortcut::ctrl("Backslash"),
            Self::Filter => Shortcut::plain("Slash"),
            Self::ToggleReadOnly => Shortcut::ctrl_shift("L"),
            Self::ToggleTheme => Shortcut::ctrl_shift("T"),
            Self::ToggleUtc => Shortcut::ctrl_shift("U"),
            Self::Help => Shortcut::plain("F1"),
            Self::Invoke => Shortcut::ctrl("Enter"),
            Self::Review => Shortcut::ctrl("S"),
            Self::UploadZip => Shortcut::ctrl("U"),
            Self::ExportCsv => Shortcut::ctrl("E"),
            Self::ToggleFavourite => Shortcut::ctrl("D"),
            Self::FunctionTab(FunctionTab::Overview) => Shortcut::alt("1"),
            Self::FunctionTab(FunctionTab::Test) => Shortcut::alt("2"),
            Self::FunctionTab(FunctionTab::Configuration) => Shortcut::alt("3"),
            Self::FunctionTab(FunctionTab::Code) => Shortcut::alt("4"),
            Self::FunctionTab(FunctionTab::Monitor) => Shortcut::alt("5"),
            Self::FunctionTab(FunctionTab::Logs) => Shortcut::alt("6"),
            Self::Revert | Self::DownloadPackage | Self::CopyArn | Self::DeleteFunction => {
                return None;
            }
        })
    }

    /// It destroys: the resource's name is typed before it is done.
    pub fn is_dangerous(self) -> bool {
        matches!(self, Self::DeleteFunction)
    }

    /// It changes something remote, so that a locked connection refuses it.
    pub fn is_write(self) -> bool {
        matches!(self, Self::Invoke | Self::UploadZip | Self::DeleteFunction)
    }

    /// Whether it can be done now.
    ///
    /// # Errors
    /// Why not, as shown on the disabled control.
    pub fn available(self, environment: &Environment) -> Result<(), &'static str> {
        let on_function = matches!(environment.route, Some(Route::Function { .. }));
        match self {
            Self::Back if !environment.can_go_back => {
                return Err("There is no screen before this one");
            }
            Self::Forward if !environment.can_go_forward => {
                return Err("There is no screen after this one");
            }
            Self::CloseTab | Self::SplitTab | Self::NextTab | Self::PreviousTab
                if environment.route.is_none() =>
            {
                return Err("No tab is open");
            }
            Self::Filter | Self::ExportCsv if environment.route != Some(Route::Functions) => {
                return Err("This screen has no list");
            }
            Self::Invoke
            | Self::Review
            | Self::Revert
            | Self::UploadZip
            | Self::DownloadPackage
            | Self::CopyArn
            | Self::ToggleFavourite
            | Self::DeleteFunction
            | Self::FunctionTab(_)
                if !on_function =>
            {
                return Err("Open a function first");
            }
            _ => {}
        }
        if self.is_write() {
            if !environment.connected {
                return Err("Not connected");
            }
            if let Some(reason) = environment.locked {
                return Err(reason);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_shortcuts_clash() {
        let mut seen = HashSet::new();
        for command in Command::ALL {
            if let Some(shortcut) = command.shortcut() {
                assert!(seen.insert(shortcut), "{command:?} has the keys of another");
            }
        }
    }

    #[test]
    fn every_command_has_words_of_its_own() {
        let texts: HashSet<_> = Command::ALL.iter().map(|c| c.text()).collect();
        assert_eq!(texts.len(), Command::ALL.len());
        assert!(Command::ALL.iter().all(|c| !c.tooltip().is_empty()));
    }

    #[test]
    fn every_dangerous_command_is_a_write_and_a_locked_connection_refuses_every_write() {
        let environment = Environment {
            connected: true,
            route: Some(Route::function("f")),
            locked: Some("locked"),
            ..Environment::default()
        };
        for command in Command::ALL {
            assert!(!command.is_dangerous() || command.is_write());
            if command.is_write() {
                assert_eq!(command.available(&environment), Err("locked"));
            }
        }
    }

    #[test]
    fn commands_of_a_function_say_that_none_is_open() {
        let environment = Environment {
            route: Some(Route::Functions),
            ..Environment::default()
        };
        assert_eq!(
            Command::Invoke.available(&environment),
            Err("Open a function first")
        );
    }
}
