//! What is known about remote things. Pure: `now` is a parameter, nothing here waits, spawns or draws.
//!
//! Panels call [`Store::want`] on every frame and [`Store::submit`] when a person has confirmed. The store answers at
//! once from what it knows and collects the work to be run; `tasks` takes that with [`Store::take_starts`], runs it, and
//! brings its events back to [`Store::apply`].

mod action;
#[cfg(test)]
mod down_tests;
mod entry;
mod event;
mod jobs;
pub mod journal;
mod loadable;
mod query;
mod reads;
#[cfg(test)]
mod tests;
mod writes;

use std::any::{Any, TypeId};
use std::collections::{HashMap, VecDeque};
use std::marker::PhantomData;
use std::sync::Arc;

pub use action::{Action, ActionId, ActionState, Applied, Progress};
pub use event::{Body, Event, Outbox, Start, TaskId};
pub use loadable::Loadable;
pub use query::{BoxFuture, Heard, Pages, Query, Wake};

use crate::model::error::{CloudError, ErrorKind};
use crate::model::health::Health;
use entry::Slot;

/// A fetch that nobody has wanted for this long is cancelled.
const UNWANTED_MS: i64 = 2_000;
/// Actions and journal records kept in memory.
const KEPT: usize = 1_000;
/// Entries kept, wanted or not; beyond it the least recently wanted go.
const KEPT_ENTRIES: usize = 2_000;

/// A connection in a region, as the store tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionKey(pub u32);

/// A job's result is collected with this.
pub struct Ticket<T> {
    id: u64,
    result: PhantomData<fn() -> T>,
}

struct Connection<C> {
    cloud: Arc<C>,
    name: String,
    caller: String,
    read_only: bool,
    /// It is on this machine.
    near: bool,
    health: Health,
}

struct Submitted<C> {
    action: Arc<dyn Action<C>>,
    connection: ConnectionKey,
}

/// A job's result before it is collected with its ticket, which knows the type.
type JobResult = Result<Box<dyn Any + Send>, CloudError>;

/// How things stand, for the status bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    /// Fetches and actions in flight, without tails that wait for what comes.
    pub in_flight: usize,
    /// Since when something was asked of this connection without that anything was answered, in ms since the epoch.
    pub unanswered_since: Option<i64>,
    /// When the oldest value on the screen was fetched, in ms since the epoch.
    pub oldest_shown: Option<i64>,
}

/// The one place that knows what is known.
pub struct Store<C> {
    outbox: Arc<dyn Outbox>,
    wake: Wake,
    connections: HashMap<ConnectionKey, Connection<C>>,
    current: Option<ConnectionKey>,
    index: HashMap<(ConnectionKey, TypeId), Box<dyn Any + Send>>,
    slots: HashMap<u64, Slot<C>>,
    next: u64,
    frame: u64,
    starts: Vec<Start>,
    cancels: Vec<TaskId>,
    actions: VecDeque<ActionState>,
    submitted: HashMap<ActionId, Submitted<C>>,
    ended: Vec<ActionId>,
    jobs: HashMap<u64, Option<JobResult>>,
    journal: VecDeque<journal::Record>,
    unwritten: Vec<journal::Record>,
}

impl<C: Send + Sync + 'static> Store<C> {
    /// An empty store that reports through `outbox`; `wake` asks the window for a frame.
    pub fn new(outbox: Arc<dyn Outbox>, wake: Wake) -> Self {
        Self {
            outbox,
            wake,
            connections: HashMap::new(),
            current: None,
            index: HashMap::new(),
            slots: HashMap::new(),
            next: 1,
            frame: 1,
            starts: Vec::new(),
            cancels: Vec::new(),
            actions: VecDeque::new(),
            submitted: HashMap::new(),
            ended: Vec::new(),
            jobs: HashMap::new(),
            journal: VecDeque::new(),
            unwritten: Vec::new(),
        }
    }

    /// Makes a connection known under `key`, replacing what was known by that key.
    pub fn connect(&mut self, key: ConnectionKey, cloud: Arc<C>, name: String, read_only: bool) {
        self.disconnect(key);
        let connection = Connection {
            cloud,
            name,
            caller: String::new(),
            read_only,
            near: false,
            health: Health::default(),
        };
        self.connections.insert(key, connection);
    }

    /// Forgets a connection, cancels its fetches and drops its rows.
    pub fn disconnect(&mut self, key: ConnectionKey) {
        self.connections.remove(&key);
        self.index.retain(|(connection, _), _| *connection != key);
        let cancels = &mut self.cancels;
        self.slots.retain(|entry, slot| {
            if slot.connection == key && slot.fetching {
                cancels.push(TaskId::Fetch {
                    entry: *entry,
                    generation: slot.generation,
                });
            }
            slot.connection != key
        });
        if self.current == Some(key) {
            self.current = None;
        }
    }

    /// From now on panels ask `key`. Fetches of the connection before are cancelled, its rows kept.
    pub fn switch(&mut self, key: ConnectionKey) {
        if self.current == Some(key) {
            return;
        }
        self.current = Some(key);
        for (entry, slot) in &mut self.slots {
            if slot.connection != key && slot.fetching {
                cancel(&mut self.cancels, *entry, slot);
            }
        }
    }

    /// The connection that panels ask.
    pub fn current(&self) -> Option<ConnectionKey> {
        self.current
    }

    /// Whether the current connection answers.
    pub fn health(&self) -> Option<&Health> {
        self.connections.get(&self.current?).map(|c| &c.health)
    }

    /// Says whether the current connection's endpoint is on this machine: it is then tried again sooner.
    pub fn set_near(&mut self, near: bool) {
        if let Some(connection) = self.current.and_then(|key| self.connections.get_mut(&key)) {
            connection.near = near;
        }
    }

    /// The cloud behind the current connection.
    pub fn cloud(&self) -> Option<&Arc<C>> {
        self.connections.get(&self.current?).map(|c| &c.cloud)
    }

    /// Who the caller is, for the journal, once that is known.
    pub fn set_caller(&mut self, arn: &str) {
        if let Some(connection) = self.current.and_then(|key| self.connections.get_mut(&key))
            && connection.caller != arn
        {
            arn.clone_into(&mut connection.caller);
        }
    }

    /// Locks or unlocks the current connection for writing.
    pub fn set_read_only(&mut self, read_only: bool) {
        if let Some(connection) = self.current.and_then(|key| self.connections.get_mut(&key)) {
            connection.read_only = read_only;
        }
    }

    /// Whether a write would be taken now, and if not, why: the one place that refuses.
    ///
    /// # Errors
    /// The reason, as shown on a disabled control.
    pub fn may_write(&self) -> Result<(), &'static str> {
        match self.current.and_then(|key| self.connections.get(&key)) {
            None => Err("Not connected"),
            Some(connection) if connection.read_only => {
                Err("The connection is read-only; unlock it in the top bar")
            }
            Some(_) => Ok(()),
        }
    }

    /// Takes up what running work says. Answers of earlier generations are dropped.
    pub fn apply(&mut self, event: Event, now: i64) {
        match event.task {
            TaskId::Fetch { entry, generation } => {
                let Some(slot) = self.slots.get_mut(&entry) else {
                    return;
                };
                if slot.generation != generation || !slot.fetching {
                    return;
                }
                let key = slot.connection;
                let heard = match &event.body {
                    Body::Page(page) => slot.entry.heard(page.as_ref()),
                    Body::Done(Err(error)) => Heard::Failure(Box::new(error.clone())),
                    // A tail that ends has told all it had to say by its pages.
                    Body::Done(Ok(_)) if slot.entry.is_tail() => Heard::Nothing,
                    Body::Done(Ok(_)) => Heard::Answer,
                };
                let was_failing = slot.entry.is_failing();
                let mut back = false;
                let mut near = false;
                // What reads the disk says nothing of the other side.
                if !slot.entry.blocking()
                    && let Some(connection) = self.connections.get_mut(&key)
                {
                    near = connection.near;
                    let service = slot.entry.service();
                    let health = &mut connection.health;
                    let was_down = health.down().is_some();
                    match &heard {
                        Heard::Answer => health.ended(service, Ok(()), now),
                        Heard::Failure(error) => health.ended(service, Err(error), now),
                        Heard::Nothing if matches!(event.body, Body::Done(_)) => {
                            health.listens(service);
                        }
                        Heard::Nothing => {}
                    }
                    back = was_down && health.down().is_none();
                }
                match event.body {
                    Body::Page(page) => slot.entry.page(page),
                    Body::Done(result) => {
                        back |= was_failing && result.is_ok();
                        slot.fetching = false;
                        slot.entry.done(result.map(drop), now, near);
                    }
                }
                if back {
                    self.try_again(key);
                }
            }
            TaskId::Action(id) => {
                if let Body::Done(result) = event.body {
                    if let Some(submitted) = self.submitted.get(&ActionId(id))
                        && let Some(connection) = self.connections.get_mut(&submitted.connection)
                    {
                        let ended = result.as_ref().map(|_| ());
                        let service = submitted.action.service();
                        connection.health.ended(service, ended, now);
                    }
                    let applied = result.map(|any| {
                        any.and_then(|any| any.downcast::<Applied>().ok())
                            .map(|applied| *applied)
                            .unwrap_or_default()
                    });
                    self.finish_action(ActionId(id), applied, now);
                }
            }
            TaskId::Job(id) => {
                if let (Some(slot), Body::Done(result)) = (self.jobs.get_mut(&id), event.body) {
                    *slot = Some(result.and_then(|value| {
                        value.ok_or_else(|| {
                            CloudError::local(
                                "",
                                ErrorKind::Other,
                                "The job ended without a result",
                            )
                        })
                    }));
                }
            }
        }
    }

    /// The work that is to be started.
    pub fn take_starts(&mut self) -> Vec<Start> {
        std::mem::take(&mut self.starts)
    }

    /// The work that is to be stopped.
    pub fn take_cancels(&mut self) -> Vec<TaskId> {
        std::mem::take(&mut self.cancels)
    }

    /// How things stand, for the status bar.
    pub fn activity(&self) -> Activity {
        let shown = self.frame.saturating_sub(1);
        let waited = |slot: &&Slot<C>| slot.fetching && !slot.entry.follows();
        let fetching = self.slots.values().filter(waited).count();
        let running = self.actions.iter().filter(|a| a.is_running()).count();
        let oldest_shown = self
            .slots
            .values()
            .filter(|slot| slot.wanted_frame >= shown && Some(slot.connection) == self.current)
            .filter_map(|slot| slot.entry.aged_since())
            .min();
        let answered = self.health().and_then(Health::answered);
        let unanswered_since = self
            .slots
            .values()
            .filter(|slot| waited(slot) && Some(slot.connection) == self.current)
            .map(|slot| slot.began)
            .filter(|began| answered.is_none_or(|at| at < *began))
            .min();
        Activity {
            unanswered_since,
            in_flight: fetching + running,
            oldest_shown,
        }
    }
}

fn cancel<C>(cancels: &mut Vec<TaskId>, entry: u64, slot: &mut Slot<C>) {
    cancels.push(TaskId::Fetch {
        entry,
        generation: slot.generation,
    });
    slot.fetching = false;
    slot.unwanted_since = None;
    slot.entry.cancelled();
}
