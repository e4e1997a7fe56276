//! The console without its window: what is known, what runs, which connections are open, what was chosen.

use std::path::PathBuf;
use std::sync::Arc;

use directories::ProjectDirs;
use tokio::runtime::Handle;

use crate::cloud::{Cloud, Hooks};
use crate::model::connection::ConnectionSpec;
use crate::session::{Questions, Session};
use crate::settings::Settings;
use crate::store::{Store, journal};
use crate::tasks::{Tasks, Wake};

/// Where a person's files are kept.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    /// The settings; `None` keeps them in memory.
    pub settings: Option<PathBuf>,
    /// The journal; `None` keeps it in memory.
    pub journal: Option<PathBuf>,
}

impl Paths {
    /// The places that the system has for them.
    pub fn of_this_machine() -> Self {
        let Some(folders) = ProjectDirs::from("", "", "sekisho") else {
            return Self::default();
        };
        Self {
            settings: Some(folders.config_dir().join("settings.json")),
            journal: Some(folders.data_dir().join("journal.jsonl")),
        }
    }
}

/// Everything behind the window.
pub struct Core {
    /// What is known.
    pub store: Store<Cloud>,
    /// What runs.
    pub tasks: Tasks,
    /// Which connections are open.
    pub session: Session,
    /// What was chosen.
    pub settings: Settings,
    /// What only the person can answer.
    pub questions: Questions,
    clock: fn() -> i64,
}

impl Core {
    /// Nothing is connected yet. `wake` asks the window for a frame.
    pub fn new(handle: Handle, wake: Wake, paths: &Paths) -> Self {
        let questions = Questions::default();
        let hooks = Hooks::new(Some(questions.ask_fn(wake.clone())), wake.clone());
        let tasks = Tasks::new(handle, wake.clone(), paths.journal.clone());
        let mut store = Store::new(tasks.outbox(), wake);
        if let Some(text) = paths
            .journal
            .as_ref()
            .and_then(|path| std::fs::read_to_string(path).ok())
        {
            let (records, broken) = journal::parse(&text);
            if broken > 0 {
                tracing::warn!(broken, "lines of the journal could not be read");
            }
            store.load_journal(records);
        }
        Self {
            store,
            tasks,
            session: Session::new(hooks),
            settings: paths
                .settings
                .as_deref()
                .map_or_else(Settings::in_memory, Settings::load),
            questions,
            clock: system_clock,
        }
    }

    /// Milliseconds since the epoch.
    pub fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Shows a connection.
    pub fn connect(&mut self, spec: ConnectionSpec) {
        self.session.connect(&mut self.store, spec);
    }

    /// Forgets credentials that failed, and asks for everything on the screen again.
    pub fn sign_in_again(&mut self) {
        if let Some(cloud) = self.store.cloud().cloned() {
            let ticket = self.store.job(false, async move {
                cloud.sign_in_again().await;
                Ok(())
            });
            drop(ticket);
        }
        self.store.refresh();
    }

    /// Before a frame: what running work has said.
    pub fn receive(&mut self) {
        let now = self.now();
        self.tasks.deliver(&mut self.store, now);
    }

    /// After a frame: starts and stops what it asked for. Gives in how many ms the next frame is needed at the latest.
    pub fn dispatch(&mut self) -> Option<i64> {
        let now = self.now();
        self.store.end_frame(now);
        if let Some((path, text)) = self.settings.take_unsaved() {
            self.tasks.save(path, text);
        }
        self.tasks.run(&mut self.store);
        self.store.next_frame_in(now)
    }

    /// The store's clouds, for the sandbox of this process and for tests.
    pub fn cloud(&self) -> Option<&Arc<Cloud>> {
        self.store.cloud()
    }
}

fn system_clock() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
