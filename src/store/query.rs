//! A read: a small value that says what is wanted, with the code that fetches it beside it.

use std::any::Any;
use std::fmt::Debug;
use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::model::error::CloudError;
use crate::model::topic::Topic;

use super::event::{Body, Event, Outbox, TaskId};

/// Asks the window for a frame: cheap, and callable from any thread.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// A future that can be handed to whoever runs it.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What is wanted from `C`, the cloud that answers. Panels ask on every frame; the store fetches once.
pub trait Query<C>: Clone + Eq + Hash + Debug + Send + Sync + 'static {
    /// What a complete answer is; for paged queries, all pages together.
    type Output: Clone + Send + Sync + 'static;

    /// Which service's permits it takes, for example `lambda`.
    fn service(&self) -> &'static str;

    /// How old a value may become before it is fetched again while somebody looks at it.
    fn ttl(&self) -> Duration {
        Duration::from_secs(60)
    }

    /// The things whose change makes this answer stale.
    fn topics(&self) -> Vec<Topic> {
        Vec::new()
    }

    /// Adds a page to those that have come. Queries that answer once need not say how.
    fn append(so_far: &mut Self::Output, page: Self::Output) {
        *so_far = page;
    }

    /// What a page says of the other side: that it answered, that it did not, or nothing, where the page only tells what is
    /// being done here.
    fn heard(_page: &Self::Output) -> Heard {
        Heard::Answer
    }

    /// A tail: it never ends by itself, its rows are shown as they come, and it goes on from them when asked again.
    fn is_live(&self) -> bool {
        false
    }

    /// It computes or reads a disk instead of waiting, and so runs where that holds nobody up.
    fn is_blocking(&self) -> bool {
        false
    }

    /// Fetches, sending every page as it comes.
    ///
    /// # Errors
    /// Whatever the call ended with. Pages sent before stay on the screen.
    fn fetch(
        self,
        cloud: Arc<C>,
        pages: Pages<Self::Output>,
    ) -> impl Future<Output = Result<(), CloudError>> + Send;
}

/// What a page says of the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It answered.
    Answer,
    /// Nothing.
    Nothing,
    /// It did not answer, and it is tried again.
    Failure(Box<CloudError>),
}

/// Where a fetch sends its pages.
pub struct Pages<T> {
    pub(super) task: TaskId,
    pub(super) outbox: Arc<dyn Outbox>,
    pub(super) resume: Option<Arc<T>>,
}

impl<T: Send + Sync + 'static> Pages<T> {
    /// Sends one page; waits while the window has many unread.
    pub async fn send(&self, page: T) {
        let page: Box<dyn Any + Send> = Box::new(page);
        self.outbox
            .send(Event {
                task: self.task,
                body: Body::Page(page),
            })
            .await;
    }

    /// What a live query had before it was cancelled: go on from there.
    pub fn resume(&self) -> Option<&Arc<T>> {
        self.resume.as_ref()
    }

    /// Lets go of it, so that nothing that was dropped meanwhile is kept for as long as the query lives.
    pub fn forget_resume(&mut self) {
        self.resume = None;
    }
}
