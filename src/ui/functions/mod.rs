//! The functions panel: the list, and one function with its parts.

mod code;
mod condition;
mod configuration;
mod create;
mod guide;
mod header;
mod list;
mod log_words;
mod logs;
mod monitor;
mod overview;
mod samples;
mod save;
mod test;

use std::sync::Arc;

use egui::Ui;

pub use create::CreatePanel;
pub use header::lead;
pub use list::FunctionsPanel;

use crate::cloud::lambda::functions::{FunctionList, ListFunctions};
use crate::command::Command;
use crate::model::metric::TimeRange;
use crate::route::{FunctionTab, Route};
use crate::ui::cx::{CloudStore, Cx, Panel};

/// The functions of the connection, as far as they are known.
pub fn list(store: &CloudStore) -> Option<Arc<FunctionList>> {
    store.peek(&ListFunctions {}).shown().cloned()
}

/// The same, and asks for them: with that they are being read, or why they could not be.
pub fn wanted(store: &mut CloudStore, now: i64) -> (Option<Arc<FunctionList>>, String) {
    let known = store.want(&ListFunctions {}, now);
    let note = match (&known.value, &known.error) {
        (None, Some(error)) => format!("The functions could not be read: {}", error.message),
        (None, None) => "Loading the functions…".to_owned(),
        (Some(_), _) => String::new(),
    };
    (known.shown().cloned(), note)
}

/// How many there are, once all are known; `now` is ms since the epoch.
pub fn known(store: &mut CloudStore, now: i64) -> Option<usize> {
    let known = store.follow(&ListFunctions {}, now).value?;
    Some(known.rows.len())
}

/// One function's screen. Every part keeps its state while another is in front.
#[derive(Default)]
pub struct FunctionPanel {
    header: header::Header,
    overview: overview::Overview,
    test: test::Test,
    configuration: configuration::Configuration,
    code: code::Code,
    monitor: monitor::Monitor,
    logs: logs::Logs,
    /// The route of the last frame was that of the newest failure.
    on_failures: bool,
    /// The run that the route of the last frame was of.
    on_run: Option<String>,
}

/// The function and the part that a route shows; its newest failure is a part of its log.
fn part(route: &Route) -> Option<(&str, FunctionTab)> {
    match route {
        Route::Function { name, tab } => Some((name, *tab)),
        Route::Failures { name } | Route::Run { name, .. } => Some((name, FunctionTab::Logs)),
        _ => None,
    }
}

impl FunctionPanel {
    /// A route of a run leads to its lines once; from there on the log is the person's.
    fn arrive_at_run(&mut self, route: &Route) {
        let run = match route {
            Route::Run { request, at, .. } => Some((request, *at)),
            _ => None,
        };
        if let Some((request, at)) = run
            && self.on_run.as_ref() != Some(request)
        {
            self.logs.show_request(request, at);
        }
        self.on_run = run.map(|(request, _)| request.clone());
    }
}

impl Panel for FunctionPanel {
    fn ui(&mut self, ui: &mut Ui, route: &Route, cx: &mut Cx<'_>) {
        let Some((name, tab)) = part(route) else {
            return;
        };
        let on_failures = matches!(route, Route::Failures { .. });
        if on_failures && !self.on_failures {
            self.logs.failures();
        }
        self.on_failures = on_failures;
        self.arrive_at_run(route);
        if cx.take(Command::NewestFailure) {
            self.logs.failures();
            cx.open(Route::failures(name));
        }
        for other in FunctionTab::ALL {
            if cx.take(Command::FunctionTab(other)) {
                cx.open(Route::function_tab(name, other));
            }
        }
        for command in [Command::UploadZip, Command::DownloadPackage] {
            if tab != FunctionTab::Code && cx.take(command) {
                self.code.later(command);
                cx.open(Route::function_tab(name, FunctionTab::Code));
            }
        }
        if cx.take(Command::FindInLog) {
            self.logs.find();
            if tab != FunctionTab::Logs {
                cx.open(Route::function_tab(name, FunctionTab::Logs));
            }
        }
        if let Some((request, at)) = self.test.take_request() {
            self.logs.show_request(&request, at);
            cx.open(Route::function_tab(name, FunctionTab::Logs));
        }
        self.header.draft = self.configuration.unsaved().is_some();
        self.header.package = self.code.unsaved().is_some();
        self.header.ui(ui, name, tab, cx);
        match tab {
            FunctionTab::Overview => self.overview.ui(ui, name, cx),
            FunctionTab::Test => self.test.ui(ui, name, cx),
            FunctionTab::Configuration => self.configuration.ui(ui, name, cx),
            FunctionTab::Code => self.code.ui(ui, name, cx),
            FunctionTab::Monitor => self.monitor.ui(ui, name, cx),
            FunctionTab::Logs => self.logs.ui(ui, name, cx),
        }
    }

    fn unsaved(&self) -> Option<String> {
        let parts = [
            self.overview.unsaved(),
            self.test.unsaved(),
            self.configuration.unsaved(),
            self.code.unsaved(),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    fn is_worked_in(&self) -> bool {
        self.test.is_worked_in() || self.unsaved().is_some()
    }

    fn arrive(&mut self, route: &Route, range: TimeRange) {
        match part(route) {
            Some((_, FunctionTab::Monitor)) => self.monitor.arrive(range),
            Some((_, FunctionTab::Logs)) => self.logs.arrive(range),
            _ => {}
        }
    }

    fn range(&self, route: &Route, now: i64) -> Option<TimeRange> {
        match part(route)?.1 {
            FunctionTab::Monitor => Some(self.monitor.range()),
            FunctionTab::Logs => Some(self.logs.range(now)),
            _ => None,
        }
    }

    fn settled(&self, route: &Route, store: &CloudStore) -> bool {
        let Some((name, tab)) = part(route) else {
            return true;
        };
        match tab {
            FunctionTab::Overview => self.overview.settled(name, store),
            FunctionTab::Test => self.test.settled(name, store),
            FunctionTab::Configuration => self.configuration.settled(name, store),
            FunctionTab::Code => self.code.settled(name, store),
            FunctionTab::Monitor => self.monitor.settled(name, store),
            FunctionTab::Logs => self.logs.settled(name, store),
        }
    }
}
