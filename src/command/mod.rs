//! Every command once. What is known of each stands in one row of [`table`]: text, tooltip, keys, icon, the words it is also
//! found by, the screen it belongs to, and whether it reads, writes or destroys. Palette, toolbars, menus, shortcuts and the
//! help sheet are drawn from it, and where it is available follows from it. Knows no window: `ui::frame::keys` turns key
//! presses into commands, `ui::commands` makes buttons and menu entries of them.
//!
//! To add one: its variant below, its row in `table.rs`, and where it is done (`ui::cx::Cx::take` in a panel).

mod shortcut;
mod table;

pub use shortcut::Shortcut;

use crate::model::api::MethodPart;
use crate::route::{FunctionTab, Route};

/// Something that a person can have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Opens the palette.
    Palette,
    /// Shows the functions.
    Functions,
    /// Shows the APIs.
    Apis,
    /// Shows API keys and usage plans.
    Keys,
    /// Shows why a request is answered as it is.
    Why,
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
    /// The keyboard goes to the pane after this one.
    NextPane,
    /// The keyboard goes to the pane before this one.
    PreviousPane,
    /// Puts the keyboard into the filter of the list.
    Filter,
    /// Locks or unlocks the connection.
    ToggleReadOnly,
    /// System, light, dark.
    ToggleTheme,
    /// Local time or UTC.
    ToggleUtc,
    /// Puts a link to what is in front on the clipboard.
    CopyLink,
    /// Connects to the sandbox of this window, and starts it before where it does not run.
    OpenSandbox,
    /// Saves the sandbox of this window to a file.
    SaveSandbox,
    /// Replaces the sandbox of this window by one from a file.
    LoadSandbox,
    /// Forgets what is in the sandbox of this window.
    ResetSandbox,
    /// All shortcuts.
    Help,
    /// Puts the keyboard into the filter of the function's log.
    FindInLog,
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
    /// Shows the form of a function that is not there yet.
    CreateFunction,
    /// Shows the form of an API that is not there yet.
    CreateApi,
    /// Shows what an OpenAPI document would make of an API.
    ImportApi,
    /// Shows the newest invocation of the function that failed.
    NewestFailure,
    /// Marks the function as a favourite, or not.
    ToggleFavourite,
    /// Deletes the function.
    DeleteFunction,
    /// Shows a part of the function: the n-th.
    FunctionTab(FunctionTab),
    /// Puts the keyboard into the URL of the request that is edited.
    GoToUrl,
    /// Opens a box of the method's flow: the n-th.
    MethodPart(MethodPart),
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
    /// The window has a sandbox of its own.
    pub hosts: bool,
    /// It has none yet, and can start one.
    pub can_host: bool,
}

/// Why a command can't be done now, as shown on its disabled control.
pub type Reason = &'static str;

/// What is known of a command.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// What has to be in front for it.
    pub screen: Screen,
    /// What it may do to remote things.
    pub kind: Kind,
    /// Its icon, by Lucide's name; `ui::icons::named` has the sign.
    pub icon: &'static str,
    /// Its keys.
    pub keys: Option<Shortcut>,
    /// Its words in menus and the palette.
    pub text: &'static str,
    /// One sentence on what it does.
    pub tooltip: &'static str,
    /// Other words for it, in small letters: the palette finds it by them and doesn't show them.
    pub also: &'static str,
}

/// What has to be in front for a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Screen {
    /// Nothing: it belongs to the window.
    Anywhere,
    /// Any tab.
    Tab,
    /// A screen with a list.
    List,
    /// A part of a function.
    Function,
    /// A part of an API.
    Api,
}

impl Screen {
    /// All, in the order of the help sheet.
    pub const ALL: [Self; 5] = [
        Self::Anywhere,
        Self::Tab,
        Self::List,
        Self::Function,
        Self::Api,
    ];

    /// Whether `route` is such a screen.
    pub fn holds(self, route: Option<&Route>) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Tab => route.is_some(),
            Self::List => matches!(route, Some(Route::Functions | Route::Activity)),
            Self::Function => route.is_some_and(|route| route.function_name().is_some()),
            Self::Api => route.is_some_and(|route| route.api_id().is_some()),
        }
    }

    /// Its heading in the help sheet.
    pub fn title(self) -> &'static str {
        match self {
            Self::Anywhere => "Everywhere",
            Self::Tab => "Tabs",
            Self::List => "Lists",
            Self::Function => "Functions",
            Self::Api => "APIs",
        }
    }

    /// What is said where it isn't in front.
    pub fn lacks(self) -> Reason {
        match self {
            Self::Anywhere | Self::Tab => "No tab is open",
            Self::List => "This screen has no list",
            Self::Function => "Open a function first",
            Self::Api => "Open an API first",
        }
    }

    /// One route can be both, so that their keys must differ.
    pub fn overlaps(self, other: Self) -> bool {
        let wide = |screen: Self| matches!(screen, Self::Anywhere | Self::Tab);
        self == other || wide(self) || wide(other)
    }
}

/// What a command may do to remote things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing.
    Read,
    /// It changes something, so that a locked connection refuses it.
    Write,
    /// It takes something away: the resource's name is typed before it is done.
    Destroy,
}

impl Command {
    /// Its words in menus and the palette.
    pub fn text(self) -> &'static str {
        self.spec().text
    }

    /// One sentence on what it does.
    pub fn tooltip(self) -> &'static str {
        self.spec().tooltip
    }

    /// Its keys.
    pub fn shortcut(self) -> Option<Shortcut> {
        self.spec().keys
    }

    /// Its keys as people write them; empty where it has none.
    pub fn keys_text(self) -> String {
        self.shortcut().map(Shortcut::text).unwrap_or_default()
    }

    /// It destroys: the resource's name is typed before it is done.
    pub fn is_dangerous(self) -> bool {
        self.spec().kind == Kind::Destroy
    }

    /// It changes something remote, so that a locked connection refuses it.
    pub fn is_write(self) -> bool {
        self.spec().kind != Kind::Read
    }

    /// Whether it can be done now. It follows from the row; what does not is written out here.
    ///
    /// # Errors
    /// Why not, as shown on the disabled control.
    pub fn available(self, environment: &Environment) -> Result<(), Reason> {
        let screen = self.spec().screen;
        // Forms and tests of an API are reviewed and run by the same keys.
        let shared = matches!(self, Self::Review | Self::Revert | Self::Invoke);
        let on_api = shared && Screen::Api.holds(environment.route.as_ref());
        if !screen.holds(environment.route.as_ref()) && !on_api {
            return Err(screen.lacks());
        }
        match self {
            Self::Back if !environment.can_go_back => {
                return Err("There is no screen before this one");
            }
            Self::Forward if !environment.can_go_forward => {
                return Err("There is no screen after this one");
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
        let on_hosted = matches!(
            self,
            Self::SaveSandbox | Self::LoadSandbox | Self::ResetSandbox
        );
        if self == Self::OpenSandbox && !environment.hosts && !environment.can_host {
            return Err("This window can't start a sandbox");
        }
        if matches!(
            self,
            Self::CreateFunction | Self::CreateApi | Self::ImportApi | Self::Why
        ) && !environment.connected
        {
            return Err("Not connected");
        }
        if on_hosted && !environment.hosts {
            return Err("This window has no sandbox of its own");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn on(route: Route) -> Environment {
        Environment {
            connected: true,
            route: Some(route),
            ..Environment::default()
        }
    }

    #[test]
    fn no_two_shortcuts_clash_on_one_screen() {
        for (n, one) in Command::ALL.iter().enumerate() {
            for other in &Command::ALL[n + 1..] {
                let together = one.spec().screen.overlaps(other.spec().screen);
                let same = one.shortcut().is_some() && one.shortcut() == other.shortcut();
                assert!(
                    !(together && same),
                    "{one:?} and {other:?} have the same keys"
                );
            }
        }
    }

    #[test]
    fn every_row_is_complete() {
        let texts: HashSet<_> = Command::ALL.iter().map(|c| c.text()).collect();
        assert_eq!(
            texts.len(),
            Command::ALL.len(),
            "a text says which command it is"
        );
        for command in Command::ALL {
            let row = command.spec();
            for words in [row.text, row.tooltip, row.also, row.icon] {
                assert!(
                    !words.is_empty() && words.trim() == words,
                    "{command:?}: {words:?}"
                );
            }
            assert!(row.text.starts_with(char::is_uppercase), "{command:?}");
            assert!(
                !row.tooltip.ends_with('.'),
                "{command:?}: labels have no full stop"
            );
            assert_eq!(row.also, row.also.to_lowercase(), "{command:?}");
            let known = row.text.to_lowercase();
            for word in row.also.split(' ') {
                let told = known.split([' ', ':']).any(|w| w == word);
                assert!(!told, "{command:?} is found by {word} anyway");
            }
        }
    }

    #[test]
    fn a_locked_connection_refuses_every_write() {
        let environment = Environment {
            locked: Some("locked"),
            ..on(Route::function("f"))
        };
        for command in Command::ALL.iter().filter(|c| c.is_write()) {
            assert_eq!(
                command.available(&environment),
                Err("locked"),
                "{command:?}"
            );
        }
        let writes = |c: &&Command| c.is_dangerous() && !c.is_write();
        assert_eq!(Command::ALL.iter().find(writes), None);
    }

    #[test]
    fn a_command_is_available_on_its_screen_and_says_elsewhere_what_lacks() {
        let function = on(Route::function("f"));
        assert_eq!(Command::Invoke.available(&function), Ok(()));
        let list = on(Route::Functions);
        assert_eq!(
            Command::Invoke.available(&list),
            Err("Open a function first")
        );
        assert_eq!(Command::ExportCsv.available(&list), Ok(()));
        assert_eq!(
            Command::ExportCsv.available(&function),
            Err("This screen has no list")
        );
        let nothing = Environment::default();
        assert_eq!(Command::CloseTab.available(&nothing), Err("No tab is open"));
        assert_eq!(Command::Palette.available(&nothing), Ok(()));
    }
}
