//! The console without its window: what is known, what runs, which connections are open, what was chosen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use directories::ProjectDirs;
use tokio::runtime::Handle;

use crate::cloud::connection::machine::Machine;
use crate::cloud::{Cloud, Hooks};
use crate::hosted::{Host, Hosted};
use crate::link::{Link, Place, without_user};
use crate::model::connection::{ConnectionSpec, Recents};
use crate::model::marks::{Mark, Marks, key_of};
use crate::session::{Questions, Session};
use crate::settings::Settings;
use crate::store::{Store, journal};
use crate::tasks::{Tasks, Wake};

/// Regions that are offered first.
const RECENT_REGIONS: usize = 5;
const MARKS: &str = "connection.marks";
const RECENTS: &str = "connection.recent";
const REGIONS: &str = "connection.regions";

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

    /// Where the window's own sandbox keeps its state.
    pub fn sandbox_of_this_machine() -> Option<PathBuf> {
        let folders = ProjectDirs::from("", "", "sekisho")?;
        Some(folders.data_dir().join("sandbox"))
    }
}

/// Where a link leads from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// To a screen of the connection that is shown.
    Here,
    /// To a connection that is open in this window, perhaps in another region.
    To(ConnectionSpec),
    /// To one that is not: whoever made the link may be a stranger, so the person is asked.
    Ask(ConnectionSpec),
    /// Nowhere, for this reason.
    Nowhere(&'static str),
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
    /// Every connection of this window starts locked.
    pub starts_locked: bool,
    /// The connection that was last remembered.
    remembered: Option<ConnectionSpec>,
    /// The endpoint of this process, where it hosts one.
    pub hosted: Option<Arc<dyn Hosted>>,
    /// What can start one in this process.
    pub host: Option<Arc<dyn Host>>,
    clock: fn() -> i64,
}

impl Core {
    /// Nothing is connected yet. `wake` asks the window for a frame.
    pub fn new(handle: Handle, wake: Wake, paths: &Paths) -> Self {
        Self::on(Machine::real(), handle, wake, paths)
    }

    /// The same with another environment and other profiles than this machine's.
    pub fn on(machine: Machine, handle: Handle, wake: Wake, paths: &Paths) -> Self {
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
            session: Session::on(machine, hooks),
            settings: paths
                .settings
                .as_deref()
                .map_or_else(Settings::in_memory, Settings::load)
                .with_data(paths.journal.as_deref().and_then(Path::parent)),
            questions,
            starts_locked: false,
            remembered: None,
            hosted: None,
            host: None,
            clock: system_clock,
        }
    }

    /// Milliseconds since the epoch.
    pub fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Shows a connection, with the person's marks on it.
    pub fn connect(&mut self, spec: ConnectionSpec) {
        let mut spec = self.marks().marked(spec);
        spec.read_only |= self.starts_locked;
        if let Some(region) = &spec.region {
            let mut regions = self.recent_regions();
            regions.retain(|old| old != region);
            regions.insert(0, region.clone());
            regions.truncate(RECENT_REGIONS);
            self.settings.set(REGIONS, &regions);
        }
        self.session.connect(&mut self.store, spec);
    }

    /// Remembers a connection as a recent one, now that it has answered: what was mistyped or is not there is no help later.
    pub fn remember(&mut self, spec: &ConnectionSpec) {
        // What was found by itself is found again while it runs; a dead one would be no help.
        if spec.discovered || self.remembered.as_ref() == Some(spec) {
            return;
        }
        self.remembered = Some(spec.clone());
        let mut recents = self.recents();
        recents.used(spec);
        self.settings.set(RECENTS, &recents);
    }

    /// Where a link leads. `region` is the one that is shown, once known. Asks nothing and connects nothing: a connection that
    /// is open keeps its lock, and any other is the person's to allow, since connecting sends keys and may run what a
    /// profile names.
    pub fn way(&self, link: &Link, region: Option<&str>) -> Way {
        let hosted = self.hosted_endpoint();
        let shown = self.session.spec(&self.store);
        let found = match &link.place {
            None => shown,
            Some(place) => {
                let mut open = shown.into_iter().chain(self.session.specs());
                open.find(|spec| place.is_of(spec, hosted))
            }
        };
        match (found, &link.place) {
            (Some(found), _) => {
                let is_shown = shown == Some(found);
                let same_region = match &link.region {
                    None => true,
                    Some(wanted) => {
                        found.region.as_ref() == Some(wanted)
                            || is_shown && region == Some(wanted.as_str())
                    }
                };
                if is_shown && same_region {
                    return Way::Here;
                }
                let mut spec = found.clone();
                if !same_region {
                    spec.region.clone_from(&link.region);
                }
                Way::To(spec)
            }
            (None, None) => Way::Here,
            (None, Some(place)) => match place.spec(hosted) {
                None => {
                    Way::Nowhere("It leads to the sandbox of a window, and this window has none")
                }
                Some(mut spec) => {
                    spec.region.clone_from(&link.region);
                    Way::Ask(spec)
                }
            },
        }
    }

    /// Where a connection leads, for a link to it.
    pub fn place_of(&self, spec: &ConnectionSpec) -> Place {
        Place::of(spec, self.hosted_endpoint())
    }

    /// Whose what is kept of a connection's screens is, see [`key_at`](crate::settings::key_at): nothing for AWS itself, a word
    /// for this window's own sandbox, else the endpoint. `found` is the endpoint that a profile turned out to name.
    pub fn kept_for(&self, spec: &ConnectionSpec, found: Option<&str>) -> String {
        let endpoint = spec.endpoint.as_deref().or(found);
        match endpoint.map(|url| url.trim_end_matches('/')) {
            None => String::new(),
            Some(url) if self.hosted_endpoint() == Some(url) => "sandbox".to_owned(),
            Some(url) => without_user(url).to_ascii_lowercase(),
        }
    }

    /// The endpoint that this process hosts.
    pub fn hosted_endpoint(&self) -> Option<&str> {
        self.hosted.as_deref().map(Hosted::endpoint)
    }

    /// How the person has marked their connections.
    pub fn marks(&self) -> Marks {
        self.settings.get(MARKS).unwrap_or_default()
    }

    /// Marks a connection, at once where it is the one that is shown.
    pub fn mark(&mut self, spec: &ConnectionSpec, mark: Mark) {
        let mut marks = self.marks();
        marks.set(spec, mark);
        self.settings.set(MARKS, &marks);
        let shown = self.session.spec(&self.store).map(key_of);
        if shown == Some(key_of(spec)) {
            let marked = marks.marked(spec.clone());
            self.session.update(&mut self.store, |open| {
                open.name = marked.name;
                open.colour = marked.colour;
                open.read_only |= marked.read_only;
            });
        }
    }

    /// Connections that were used, latest first.
    pub fn recents(&self) -> Recents {
        self.settings.get(RECENTS).unwrap_or_default()
    }

    /// Regions that were used, latest first.
    pub fn recent_regions(&self) -> Vec<String> {
        self.settings.get(REGIONS).unwrap_or_default()
    }

    /// Forgets credentials that failed, and asks for everything on the screen again.
    pub fn sign_in_again(&mut self) {
        if let Some(cloud) = self.store.cloud().cloned() {
            let _nobody_waits = self.store.job(false, async move {
                cloud.sign_in_again().await;
                Ok(())
            });
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

#[cfg(test)]
#[path = "core_tests.rs"]
mod tests;
