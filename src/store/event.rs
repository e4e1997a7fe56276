//! What running work tells the store. The channel behind `Outbox` is `tasks`' own, and bounded.

use std::any::Any;
use std::fmt;

use crate::model::error::CloudError;

use super::query::BoxFuture;

/// One piece of running work: a generation of a fetch, an action or a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskId {
    /// A fetch of the entry, in its n-th generation.
    Fetch {
        /// The entry in the store.
        entry: u64,
        /// An answer whose generation is not the entry's current one is dropped.
        generation: u64,
    },
    /// An action that was submitted.
    Action(u64),
    /// A job on this machine, such as a file dialog.
    Job(u64),
}

/// Something that running work has to say.
pub struct Event {
    /// Who says it.
    pub task: TaskId,
    /// What it says.
    pub body: Body,
}

/// The content of an event.
pub enum Body {
    /// A page of a fetch, as its query's `Output`.
    Page(Box<dyn Any + Send>),
    /// The work ended; actions and jobs bring their result.
    Done(Result<Option<Box<dyn Any + Send>>, CloudError>),
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = match &self.body {
            Body::Page(_) => "page",
            Body::Done(Ok(_)) => "done",
            Body::Done(Err(_)) => "failed",
        };
        write!(f, "{:?} {body}", self.task)
    }
}

/// Takes events to the store, and wakes the window after each.
pub trait Outbox: Send + Sync {
    /// Waits while the channel is full.
    fn send(&self, event: Event) -> BoxFuture<()>;
}

/// Work that the store wants run. It reports through the outbox it was made with.
pub struct Start {
    /// Its name in events and for cancelling.
    pub task: TaskId,
    /// The connection whose permits it takes.
    pub connection: super::ConnectionKey,
    /// The service whose permits it takes.
    pub service: &'static str,
    /// It blocks its thread.
    pub blocking: bool,
    /// The work.
    pub future: BoxFuture<()>,
}
