//! What is known about remote things. Pure: `now` is a parameter, nothing here waits, spawns or draws.
//!
//! Panels call [`Store::want`] on every frame and [`Store::submit`] when a person has confirmed. The store answers at
//! once from what it knows and collects the work to be run; `tasks` takes that with [`Store::take_starts`], runs it, and
//! brings its events back to [`Store::apply`].

mod action;
mod entry;
mod event;
pub mod journal;
mod loadable;
mod query;
#[cfg(test)]
mod tests;

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet, VecDeque};
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

pub use action::{Action, ActionId, ActionState, Applied, Progress};
pub use event::{Body, Event, Outbox, Start, TaskId};
pub use loadable::Loadable;
pub use query::{BoxFuture, Pages, Query};

use crate::model::error::{CloudError, ErrorKind};
use crate::model::topic::Topic;
use entry::{AnyEntry, Entry, Slot};

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
}

struct Submitted<C> {
    action: Arc<dyn Action<C>>,
    connection: ConnectionKey,
}

/// How things stand, for the status bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    /// Fetches and actions in flight.
    pub in_flight: usize,
    /// When the oldest value on the screen was fetched, in ms since the epoch.
    pub oldest_shown: Option<i64>,
}

/// The one place that knows what is known.
pub struct Store<C> {
    outbox: Arc<dyn Outbox>,
    wake: Arc<dyn Fn() + Send + Sync>,
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
    jobs: HashMap<u64, Option<Result<Box<dyn Any + Send>, CloudError>>>,
    journal: VecDeque<journal::Record>,
    unwritten: Vec<journal::Record>,
}

impl<C: Send + Sync + 'static> Store<C> {
    /// An empty store that reports through `outbox`; `wake` asks the window for a frame.
    pub fn new(outbox: Arc<dyn Outbox>, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
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

    // ---- connections -------------------------------------------------------------------------------------------

    /// Makes a connection known under `key`, replacing what was known by that key.
    pub fn connect(&mut self, key: ConnectionKey, cloud: Arc<C>, name: String, read_only: bool) {
        self.disconnect(key);
        let connection = Connection {
            cloud,
            name,
            caller: String::new(),
            read_only,
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

    // ---- reads -------------------------------------------------------------------------------------------------

    /// Says that `query` is wanted in this frame, and gives what is known. `now` is ms since the epoch.
    pub fn want<Q: Query<C>>(&mut self, query: &Q, now: i64) -> Loadable<Q::Output> {
        let Some(key) = self.current else {
            return Loadable::unknown();
        };
        let Some(entry_id) = self.entry_of(key, query) else {
            return Loadable::unknown();
        };
        let frame = self.frame;
        let Some(slot) = self.slots.get_mut(&entry_id) else {
            return Loadable::unknown();
        };
        slot.wanted_frame = frame;
        slot.unwanted_since = None;
        if !slot.fetching && slot.entry.due_at().is_some_and(|due| due <= now) {
            self.begin(entry_id);
        }
        self.peek_entry::<Q>(entry_id)
    }

    /// What is known of `query` without wanting it.
    pub fn peek<Q: Query<C>>(&self, query: &Q) -> Loadable<Q::Output> {
        let found = self.current.and_then(|key| {
            let queries = self.index.get(&(key, TypeId::of::<Q>()))?;
            queries
                .downcast_ref::<HashMap<Q, u64>>()?
                .get(query)
                .copied()
        });
        found.map_or_else(Loadable::unknown, |id| self.peek_entry::<Q>(id))
    }

    fn peek_entry<Q: Query<C>>(&self, entry_id: u64) -> Loadable<Q::Output> {
        self.slots
            .get(&entry_id)
            .and_then(|slot| slot.entry.as_any().downcast_ref::<Entry<C, Q>>())
            .map_or_else(Loadable::unknown, |entry| entry.loadable.clone())
    }

    fn entry_of<Q: Query<C>>(&mut self, key: ConnectionKey, query: &Q) -> Option<u64> {
        let queries = self
            .index
            .entry((key, TypeId::of::<Q>()))
            .or_insert_with(|| Box::new(HashMap::<Q, u64>::new()))
            .downcast_mut::<HashMap<Q, u64>>()?;
        if let Some(id) = queries.get(query)
            && self.slots.contains_key(id)
        {
            return Some(*id);
        }
        let id = self.next;
        self.next += 1;
        queries.insert(query.clone(), id);
        let slot = Slot {
            connection: key,
            topics: query.topics(),
            wanted_frame: 0,
            unwanted_since: None,
            generation: 0,
            fetching: false,
            entry: Box::new(Entry::<C, Q>::new(query.clone())) as Box<dyn AnyEntry<C>>,
        };
        self.slots.insert(id, slot);
        Some(id)
    }

    fn begin(&mut self, entry_id: u64) {
        let Some(slot) = self.slots.get_mut(&entry_id) else {
            return;
        };
        let Some(connection) = self.connections.get(&slot.connection) else {
            return;
        };
        slot.generation += 1;
        slot.fetching = true;
        let task = TaskId::Fetch {
            entry: entry_id,
            generation: slot.generation,
        };
        let future = slot
            .entry
            .begin(task, connection.cloud.clone(), self.outbox.clone());
        self.starts.push(Start {
            task,
            connection: slot.connection,
            service: slot.entry.service(),
            blocking: slot.entry.blocking(),
            future,
        });
    }

    /// Everything that is on the screen is fetched again (F5). What is already being fetched goes on.
    pub fn refresh(&mut self) {
        let shown = self.frame.saturating_sub(1);
        for slot in self.slots.values_mut() {
            if slot.wanted_frame >= shown && !slot.fetching {
                slot.entry.invalidate();
            }
        }
    }

    /// Whatever depends on one of `topics` is stale on the connection; fetches that began before start again.
    fn invalidate_on(&mut self, key: ConnectionKey, topics: &[Topic]) {
        let wanted: HashSet<&Topic> = topics.iter().collect();
        for (entry, slot) in &mut self.slots {
            if slot.connection == key && slot.topics.iter().any(|topic| wanted.contains(topic)) {
                if slot.fetching {
                    cancel(&mut self.cancels, *entry, slot);
                }
                slot.entry.invalidate();
            }
        }
    }

    /// Whatever depends on one of `topics` is stale on the current connection.
    pub fn invalidate(&mut self, topics: &[Topic]) {
        if let Some(key) = self.current {
            self.invalidate_on(key, topics);
        }
    }

    /// Ends a frame: cancels what nobody has wanted for two seconds, and forgets what is long unused.
    pub fn end_frame(&mut self, now: i64) {
        let frame = self.frame;
        for (entry, slot) in &mut self.slots {
            if !slot.fetching || slot.wanted_frame == frame {
                slot.unwanted_since = None;
            } else if now - *slot.unwanted_since.get_or_insert(now) >= UNWANTED_MS {
                cancel(&mut self.cancels, *entry, slot);
            }
        }
        self.frame += 1;
        self.forget_oldest();
    }

    fn forget_oldest(&mut self) {
        if self.slots.len() <= KEPT_ENTRIES {
            return;
        }
        let mut frames: Vec<u64> = self.slots.values().map(|s| s.wanted_frame).collect();
        let middle = frames.len() / 2;
        let (_, oldest, _) = frames.select_nth_unstable(middle);
        let oldest = (*oldest).min(self.frame.saturating_sub(2));
        self.slots
            .retain(|_, slot| slot.fetching || slot.wanted_frame > oldest);
    }

    /// In how many ms the store needs a frame though nothing happens: a value on the screen gets too old, or an
    /// unwanted fetch is to be cancelled. `None`: never.
    pub fn next_frame_in(&self, now: i64) -> Option<i64> {
        let shown = self.frame.saturating_sub(1);
        let due = self.slots.values().filter_map(|slot| {
            if slot.fetching {
                slot.unwanted_since.map(|since| since + UNWANTED_MS)
            } else if slot.wanted_frame >= shown && Some(slot.connection) == self.current {
                slot.entry.due_at()
            } else {
                None
            }
        });
        due.min().map(|at| at.saturating_sub(now).max(0))
    }

    // ---- writes ------------------------------------------------------------------------------------------------

    /// Starts a confirmed action on the current connection.
    ///
    /// # Errors
    /// [`ErrorKind::ReadOnly`] when the connection takes no writes: every action is refused here and nowhere else.
    pub fn submit(&mut self, action: Arc<dyn Action<C>>, now: i64) -> Result<ActionId, CloudError> {
        let plan = action.plan();
        if let Err(reason) = self.may_write() {
            let mut error = CloudError::local(&plan.title, ErrorKind::ReadOnly, reason);
            error.target = plan.target;
            return Err(error);
        }
        let Some((key, connection)) = self
            .current
            .and_then(|key| self.connections.get(&key).map(|c| (key, c)))
        else {
            return Err(CloudError::local(
                &plan.title,
                ErrorKind::Other,
                "Not connected",
            ));
        };
        let id = ActionId(self.next);
        self.next += 1;
        let progress = Arc::new(Progress::new(self.wake.clone()));
        let task = TaskId::Action(id.0);
        let outbox = self.outbox.clone();
        let work = action
            .clone()
            .apply(connection.cloud.clone(), progress.clone());
        self.starts.push(Start {
            task,
            connection: key,
            service: action.service(),
            blocking: false,
            future: Box::pin(async move {
                let result = work.await;
                let body = Body::Done(result.map(|a| Some(Box::new(a) as Box<dyn Any + Send>)));
                outbox.send(Event { task, body }).await;
            }),
        });
        self.actions.push_back(ActionState {
            id,
            plan,
            connection: connection.name.clone(),
            started_at: now,
            finished_at: None,
            progress,
            result: None,
        });
        let submitted = Submitted {
            action,
            connection: key,
        };
        self.submitted.insert(id, submitted);
        if self.actions.len() > KEPT {
            self.actions.pop_front();
        }
        Ok(id)
    }

    /// Stops an action that is running. What AWS has already done stays done.
    pub fn cancel_action(&mut self, id: ActionId, now: i64) {
        if self.action(id).is_some_and(ActionState::is_running) {
            self.cancels.push(TaskId::Action(id.0));
            let error =
                CloudError::local("", ErrorKind::Cancelled, "Stopped before the answer came");
            self.finish_action(id, Err(error), now);
        }
    }

    /// The state of an action of this session.
    pub fn action(&self, id: ActionId) -> Option<&ActionState> {
        self.actions.iter().rev().find(|state| state.id == id)
    }

    /// The actions of this session, oldest first.
    pub fn actions(&self) -> impl DoubleEndedIterator<Item = &ActionState> {
        self.actions.iter()
    }

    /// Actions that have ended since the last call, for toasts.
    pub fn take_ended(&mut self) -> Vec<ActionId> {
        std::mem::take(&mut self.ended)
    }

    fn finish_action(&mut self, id: ActionId, result: Result<Applied, CloudError>, now: i64) {
        let Some(state) = self.actions.iter_mut().rev().find(|state| state.id == id) else {
            return;
        };
        if state.result.is_some() {
            return;
        }
        state.finished_at = Some(now);
        let record = record_of(
            state,
            &result,
            &self.connections,
            self.submitted.get(&id),
            now,
        );
        state.result = Some(result.map_err(Arc::new));
        self.ended.push(id);
        if let Some(submitted) = self.submitted.remove(&id) {
            let topics = submitted.action.invalidates();
            self.invalidate_on(submitted.connection, &topics);
        }
        self.remember(record.clone());
        self.unwritten.push(record);
    }

    // ---- the journal -------------------------------------------------------------------------------------------

    /// The journal, oldest first.
    pub fn journal(&self) -> &VecDeque<journal::Record> {
        &self.journal
    }

    /// Takes up what earlier sessions wrote; it goes before what this one has.
    pub fn load_journal(&mut self, earlier: Vec<journal::Record>) {
        for record in earlier.into_iter().rev() {
            self.journal.push_front(record);
        }
        while self.journal.len() > KEPT {
            self.journal.pop_front();
        }
    }

    fn remember(&mut self, record: journal::Record) {
        self.journal.push_back(record);
        if self.journal.len() > KEPT {
            self.journal.pop_front();
        }
    }

    /// Records that are not on the disk yet.
    pub fn take_unwritten(&mut self) -> Vec<journal::Record> {
        std::mem::take(&mut self.unwritten)
    }

    // ---- jobs --------------------------------------------------------------------------------------------------

    /// Runs something on this machine (a file dialog, a check of a package) whose result is collected with the ticket.
    pub fn job<T: Send + 'static>(
        &mut self,
        blocking: bool,
        work: impl Future<Output = Result<T, CloudError>> + Send + 'static,
    ) -> Ticket<T> {
        let id = self.next;
        self.next += 1;
        let task = TaskId::Job(id);
        let outbox = self.outbox.clone();
        self.jobs.insert(id, None);
        self.starts.push(Start {
            task,
            connection: ConnectionKey(0),
            service: "this machine",
            blocking,
            future: Box::pin(async move {
                let result = work.await;
                let body = Body::Done(result.map(|v| Some(Box::new(v) as Box<dyn Any + Send>)));
                outbox.send(Event { task, body }).await;
            }),
        });
        Ticket {
            id,
            result: PhantomData,
        }
    }

    /// A job's result, once: `None` while it runs.
    pub fn collect<T: Send + 'static>(
        &mut self,
        ticket: &Ticket<T>,
    ) -> Option<Result<T, CloudError>> {
        if !matches!(self.jobs.get(&ticket.id), Some(Some(_))) {
            return None;
        }
        match self.jobs.remove(&ticket.id)?? {
            Ok(value) => value.downcast::<T>().ok().map(|value| Ok(*value)),
            Err(error) => Some(Err(error)),
        }
    }

    /// Stops a job; its result will not come.
    pub fn cancel_job<T>(&mut self, ticket: &Ticket<T>) {
        if self.jobs.remove(&ticket.id).is_some() {
            self.cancels.push(TaskId::Job(ticket.id));
        }
    }

    // ---- events and work ---------------------------------------------------------------------------------------

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
                match event.body {
                    Body::Page(page) => slot.entry.page(page),
                    Body::Done(result) => {
                        slot.fetching = false;
                        slot.entry.done(result.map(drop), now);
                    }
                }
            }
            TaskId::Action(id) => {
                if let Body::Done(result) = event.body {
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
        let fetching = self.slots.values().filter(|slot| slot.fetching).count();
        let running = self.actions.iter().filter(|a| a.is_running()).count();
        let oldest_shown = self
            .slots
            .values()
            .filter(|slot| slot.wanted_frame >= shown && Some(slot.connection) == self.current)
            .filter_map(|slot| slot.entry.aged_since())
            .min();
        Activity {
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

fn record_of<C>(
    state: &ActionState,
    result: &Result<Applied, CloudError>,
    connections: &HashMap<ConnectionKey, Connection<C>>,
    submitted: Option<&Submitted<C>>,
    now: i64,
) -> journal::Record {
    let caller = submitted
        .and_then(|s| connections.get(&s.connection))
        .map(|c| c.caller.clone())
        .unwrap_or_default();
    let (request_id, outcome, undo) = match result {
        Ok(applied) => (
            applied.request_id.clone(),
            "ok".to_owned(),
            applied.undo.clone(),
        ),
        Err(error) => {
            let outcome = format!("{}: {}", error.kind.title(), error.message);
            (error.request_id.clone(), outcome, None)
        }
    };
    journal::Record {
        at: now,
        connection: state.connection.clone(),
        caller,
        title: state.plan.title.clone(),
        target: state.plan.target.clone(),
        differences: state.plan.differences.clone(),
        request_id,
        outcome,
        undo,
    }
}
