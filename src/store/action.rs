//! A write: never cached, never deduplicated, never silently retried. Plan, confirm, apply, record.

use std::any::Any;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::error::CloudError;
use crate::model::plan::Plan;
use crate::model::topic::Topic;
use crate::model::undo::Undo;

use super::query::{BoxFuture, Wake};

/// A change to something remote.
pub trait Action<C>: Send + Sync + 'static {
    /// What it would do, for the review and the journal. Holds no secret.
    fn plan(&self) -> Plan;

    /// The same with its secrets, for a review in which the person asked to see them. It goes nowhere else.
    fn revealed(&self) -> Option<Plan> {
        None
    }

    /// What should be known before it is applied: what can't be undone, what stays behind. A sentence each.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Which service's permits it takes.
    fn service(&self) -> &'static str;

    /// What the answer makes stale.
    fn invalidates(&self) -> Vec<Topic>;

    /// Does it: calls, waits until the resource has settled, and says what came of it.
    fn apply(
        self: Arc<Self>,
        cloud: Arc<C>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>>;
}

/// What came of an action.
#[derive(Clone, Default)]
pub struct Applied {
    /// `x-amzn-requestid` of the call that changed something.
    pub request_id: Option<String>,
    /// One sentence for the toast and for Activity; empty when there is nothing to say.
    pub summary: String,
    /// What a panel wants back, for example an invocation's result.
    pub output: Option<Arc<dyn Any + Send + Sync>>,
    /// How to take it back, where that is known.
    pub undo: Option<Undo>,
    /// It was done, and what was done went wrong by itself, as a function that ran and failed; `summary` says how.
    pub failed: bool,
}

impl Applied {
    /// The output as `T`, when it is one.
    pub fn output<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.output.clone().and_then(|any| any.downcast::<T>().ok())
    }
}

/// How far a long piece of work has come, shared between the task and the window.
pub struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    label: Mutex<String>,
    wake: Wake,
}

impl Progress {
    /// Nothing done, total unknown.
    pub fn new(wake: Wake) -> Self {
        Self {
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            label: Mutex::new(String::new()),
            wake,
        }
    }

    /// Says how much of how much is done, in bytes or items; a total of 0 means unknown.
    pub fn set(&self, done: u64, total: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        (self.wake)();
    }

    /// Says what is being done, as in "waiting until the update settles".
    pub fn say(&self, label: &str) {
        if let Ok(mut current) = self.label.lock() {
            label.clone_into(&mut current);
        }
        (self.wake)();
    }

    /// Done and total, in the same unit; a total of 0 means unknown.
    pub fn amount(&self) -> (u64, u64) {
        (
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        )
    }

    /// What is being done.
    pub fn label(&self) -> String {
        self.label.lock().map(|l| l.clone()).unwrap_or_default()
    }
}

/// An action's name in this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionId(pub u64);

/// An action that was submitted: running or finished.
#[derive(Clone)]
pub struct ActionState {
    /// Its name.
    pub id: ActionId,
    /// What it does.
    pub plan: Plan,
    /// The connection it was submitted on, as shown.
    pub connection: String,
    /// Milliseconds since the epoch.
    pub started_at: i64,
    /// Milliseconds since the epoch, once it has ended.
    pub finished_at: Option<i64>,
    /// How far it is.
    pub progress: Arc<Progress>,
    /// How it ended.
    pub result: Option<Result<Applied, Arc<CloudError>>>,
}

impl ActionState {
    /// It has not ended yet.
    pub fn is_running(&self) -> bool {
        self.result.is_none()
    }
}
