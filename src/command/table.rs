//! The table: one row a command, with all that is known of it. Adding a command is its variant and a row here; without the row
//! it does not compile.

use super::shortcut::{alt, ctrl, ctrl_shift, plain, shift};
use super::{Command, Kind, Screen, Shortcut, Spec};
use crate::model::api::MethodPart;
use crate::route::FunctionTab;
use Kind::{Destroy, Read, Write};
use Screen::{Anywhere, Api, Function, List, Tab};

const NO_KEYS: Option<Shortcut> = None;

/// `Variant: screen, kind, icon, keys, text, tooltip, words it is also found by;`
macro_rules! table {
    ($($variant:ident $(($of:ident::$part:ident))?: $screen:ident, $kind:ident, $icon:literal, $keys:expr,
       $text:literal, $tooltip:literal, $also:literal;)*) => {
        impl Command {
            /// Every command, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant $(($of::$part))?),*];

            /// Its row.
            pub const fn spec(self) -> &'static Spec {
                match self {
                    $(Self::$variant $(($of::$part))? => {
                        const ROW: &Spec = &Spec {
                            screen: $screen, kind: $kind, icon: $icon, keys: $keys, text: $text, tooltip: $tooltip, also: $also,
                        };
                        ROW
                    })*
                }
            }
        }
    };
}

table! {
    Palette: Anywhere, Read, "search", ctrl("K"),
        "Search and commands", "Jump to a function by name, or run any command", "find quick open palette";
    Functions: Anywhere, Read, "square-function", ctrl_shift("F"),
        "Go to functions", "Every function of the region", "lambda list home";
    Apis: Anywhere, Read, "network", ctrl_shift("I"),
        "Go to APIs", "Every REST API of the region", "api gateway rest apigateway";
    Keys: Anywhere, Read, "key-round", NO_KEYS,
        "Go to keys and plans", "API keys, usage plans, their limits and their use", "api key usage plan quota throttle rate limit";
    Why: Anywhere, Read, "circle-question-mark", NO_KEYS,
        "Why this answer?", "Which API, stage, method, authorizer and key take a request, and which first thing fails", "explain 403 forbidden missing authentication token denied 401 429 500 502 504 gateway error";
    Activity: Anywhere, Read, "activity", ctrl_shift("A"),
        "Go to activity", "Running and finished work, calls, and the journal with Undo", "history journal jobs audit undo";
    Connect: Anywhere, Read, "plug", ctrl_shift("P"),
        "Switch connection", "Choose a profile, region or endpoint", "account environment region profile sign in login sso sandbox";
    Refresh: Anywhere, Read, "refresh-cw", plain("F5"),
        "Refresh", "Ask again for everything on the screen", "reload update retry";
    Back: Anywhere, Read, "arrow-left", alt("Left"),
        "Back", "The screen before this one", "previous history";
    Forward: Anywhere, Read, "arrow-right", alt("Right"),
        "Forward", "The screen after this one", "next history";
    NextTab: Tab, Read, "chevron-right", ctrl("PageDown"),
        "Next tab", "The tab to the right", "switch right";
    PreviousTab: Tab, Read, "chevron-left", ctrl("PageUp"),
        "Previous tab", "The tab to the left", "switch left";
    SplitTab: Tab, Read, "columns-2", ctrl("Backslash"),
        "Split tab to the side", "Put this tab beside the others", "pane view compare";
    PreviousPane: Tab, Read, "arrow-left", shift("F6"),
        "Previous pane", "The keyboard goes to the part of a split window before this one", "side focus switch";
    NextPane: Tab, Read, "arrow-right", plain("F6"),
        "Next pane", "The keyboard goes to the next part of a split window", "side focus switch";
    CloseTab: Tab, Read, "x", ctrl("W"),
        "Close tab", "Close the tab in front", "quit leave";
    Filter: List, Read, "list-filter", plain("Slash"),
        "Filter the list", "Put the keyboard into the list's filter", "search find narrow";
    ToggleReadOnly: Anywhere, Read, "lock", ctrl_shift("L"),
        "Lock or unlock the connection", "A locked connection refuses every change", "read-only readonly protect safe writable unprotect";
    ToggleTheme: Anywhere, Read, "moon", ctrl_shift("T"),
        "Switch light and dark", "System, light, dark", "theme appearance colours night settings";
    ToggleUtc: Anywhere, Read, "clock", ctrl_shift("U"),
        "Switch local time and UTC", "Show times in this machine's zone or in UTC", "timezone clock settings";
    CopyLink: Tab, Read, "link", NO_KEYS,
        "Copy a link to this screen", "A sekisho: link to this connection, region, screen and time", "share url deep permalink";
    OpenSandbox: Anywhere, Read, "flask-conical", NO_KEYS,
        "Open the sandbox of this machine", "Sample functions that really run here; nothing reaches AWS", "start demo samples local offline try playground";
    SaveSandbox: Anywhere, Read, "save", NO_KEYS,
        "Save the sandbox to a file…", "All that is in the sandbox of this window, for another day or a colleague", "export backup state snapshot";
    LoadSandbox: Anywhere, Destroy, "folder-open", NO_KEYS,
        "Load a sandbox from a file…", "Replaces what is in the sandbox of this window; asks first", "import restore state snapshot";
    ResetSandbox: Anywhere, Destroy, "rotate-ccw", NO_KEYS,
        "Reset the sandbox…", "Forgets what is in the sandbox of this window; asks first", "fresh clear forget wipe";
    Help: Anywhere, Read, "keyboard", plain("F1"),
        "Keyboard shortcuts", "Every command with its keys", "help keys bindings hotkeys";
    FunctionTab(FunctionTab::Overview): Function, Read, "info", alt("1"),
        "Function: overview", "Triggers, permissions, destinations and facts of the function", "show summary policy tags";
    FunctionTab(FunctionTab::Test): Function, Read, "flask-conical", alt("2"),
        "Function: test", "Events to invoke the function with", "show event payload try";
    FunctionTab(FunctionTab::Configuration): Function, Read, "settings-2", alt("3"),
        "Function: configuration", "General settings and environment of the function", "show settings memory timeout variables env environment vpc layers";
    FunctionTab(FunctionTab::Code): Function, Read, "code-xml", alt("4"),
        "Function: code", "The package of the function and its versions", "show source files zip package";
    FunctionTab(FunctionTab::Monitor): Function, Read, "chart-line", alt("5"),
        "Function: monitor", "Charts of the function", "show metrics graphs errors duration throttles health";
    FunctionTab(FunctionTab::Logs): Function, Read, "logs", alt("6"),
        "Function: logs", "Invocations and log lines of the function", "show tail cloudwatch lines";
    FindInLog: Function, Read, "list-filter", ctrl("F"),
        "Find in the log", "Show the log with the keyboard in its filter", "search filter lines";
    Invoke: Function, Write, "play", ctrl("Enter"),
        "Invoke the function", "Run the function with the event in the editor", "run call execute start";
    Review: Function, Read, "diff", ctrl("S"),
        "Review changes", "See field by field what Apply would change", "save apply deploy";
    Revert: Function, Read, "undo-2", NO_KEYS,
        "Revert changes", "Drop the draft and show what is deployed", "discard reset cancel";
    UploadZip: Function, Write, "upload", ctrl("U"),
        "Upload a ZIP", "Choose a package; it is checked before it goes up", "deploy update code publish jar";
    DownloadPackage: Function, Read, "download", NO_KEYS,
        "Download the package", "Save the deployed package", "get code zip export";
    CopyArn: Function, Read, "copy", NO_KEYS,
        "Copy ARN", "Put the ARN on the clipboard", "clipboard identifier name";
    ExportCsv: List, Read, "table", ctrl("E"),
        "Export CSV", "Save the rows that are shown as CSV", "spreadsheet excel download save";
    CreateFunction: Anywhere, Read, "plus", ctrl("N"),
        "Create a function…", "Name, runtime, code that runs, and a role; reviewed before it is made", "new add make lambda";
    CreateApi: Anywhere, Read, "plus", NO_KEYS,
        "Create an API…", "A REST API, empty but for its root; reviewed before it is made", "new add make gateway rest";
    ImportApi: Anywhere, Read, "upload", NO_KEYS,
        "Import OpenAPI…", "A REST API from a document: a new one, or into one that is there; reviewed before it is sent", "swagger yaml json merge overwrite gateway put";
    NewestFailure: Tab, Read, "circle-alert", plain("E"),
        "Show the newest failure", "The newest invocation that failed, with its lines", "errors failing failed exception why log";
    ToggleFavourite: Function, Read, "star", ctrl("D"),
        "Mark as favourite", "Favourites stand first", "bookmark star pin favorite";
    DeleteFunction: Function, Destroy, "trash-2", NO_KEYS,
        "Delete function…", "Asks for the function's name first", "remove destroy drop";
    GoToUrl: Api, Read, "link", ctrl("L"),
        "Client: go to the URL", "Put the keyboard into the URL of the request", "request address send http curl";
    MethodPart(MethodPart::Request): Api, Read, "log-in", alt("1"),
        "Method: request", "What a call of the method must have", "authorization authorizer scopes validator parameters flow box";
    MethodPart(MethodPart::Integration): Api, Read, "arrow-right", alt("2"),
        "Method: integration request", "What is sent to the method's backend", "lambda proxy uri timeout mapping template passthrough flow box";
    MethodPart(MethodPart::Backend): Api, Read, "server", alt("3"),
        "Method: backend", "What answers the method, and whether it may be called", "function permission policy flow box";
    MethodPart(MethodPart::IntegrationResponse): Api, Read, "arrow-left", alt("4"),
        "Method: integration response", "What an answer of the backend becomes", "selection pattern mapping template headers flow box";
    MethodPart(MethodPart::Response): Api, Read, "log-out", alt("5"),
        "Method: response", "What a caller of the method may get", "status models headers cors flow box";
}
