//! One query's state, typed inside and without its type outside.

use std::any::Any;
use std::sync::Arc;

use crate::model::error::CloudError;
use crate::model::health::Cause;
use crate::model::topic::Topic;

use super::event::{Body, Event, Outbox, TaskId};
use super::query::{BoxFuture, Heard, Pages, Query};
use super::{ConnectionKey, Loadable};

/// After a failure that may pass by itself, the next try comes no sooner than this.
const RETRY_AFTER_MS: i64 = 30_000;
/// On this machine a try costs nothing: the second comes after this, each further one after twice as long as the one before.
const NEAR_RETRY_MS: i64 = 1_000;
/// And none after more than this.
const NEAR_RETRY_MOST_MS: i64 = 10_000;
/// What holds for this long, such as who one is or which tags there are, does not age on the screen.
const LASTING: std::time::Duration = std::time::Duration::from_secs(120);

/// What the store knows of an entry without knowing its query's type.
pub(super) struct Slot<C> {
    pub connection: ConnectionKey,
    pub topics: Vec<Topic>,
    /// The frame in which somebody wanted it last.
    pub wanted_frame: u64,
    /// Since when nobody has wanted it, in ms, as noticed at the end of a frame.
    pub unwanted_since: Option<i64>,
    pub generation: u64,
    pub fetching: bool,
    /// When the fetch that is under way began, in ms since the epoch.
    pub began: i64,
    pub entry: Box<dyn AnyEntry<C>>,
}

pub(super) trait AnyEntry<C>: Send {
    /// What a page says of the other side.
    fn heard(&self, page: &(dyn Any + Send)) -> Heard;
    fn page(&mut self, page: Box<dyn Any + Send>);
    /// `near`: the other side is on this machine.
    fn done(&mut self, result: Result<(), CloudError>, now: i64, near: bool);
    fn begin(&mut self, task: TaskId, cloud: Arc<C>, outbox: Arc<dyn Outbox>) -> BoxFuture<()>;
    fn cancelled(&mut self);
    fn invalidate(&mut self);
    /// Nobody answered it, and it is tried again.
    fn is_failing(&self) -> bool;
    /// It is a tail that is interrupted and waits.
    fn is_interrupted(&self) -> bool;
    /// When it is to be fetched again, in ms; `None` when not by itself.
    fn due_at(&self) -> Option<i64>;
    fn service(&self) -> &'static str;
    fn blocking(&self) -> bool;
    /// It has what there was and waits for what comes: nobody waits for it.
    fn follows(&self) -> bool;
    /// It never ends by itself.
    fn is_tail(&self) -> bool;
    /// When it was fetched, unless it holds for so long that its age says nothing.
    fn aged_since(&self) -> Option<i64>;
    fn as_any(&self) -> &dyn Any;
}

pub(super) struct Entry<C, Q: Query<C>> {
    query: Q,
    pub loadable: Loadable<Q::Output>,
    /// The pages of a refresh, hidden until they are complete so that rows never shrink meanwhile.
    refreshing: Option<Q::Output>,
    /// When it is tried again after a failure, in ms.
    retry_at: Option<i64>,
    /// Failures in a row.
    failures: u32,
    /// The last page said that the other side does not answer.
    interrupted: bool,
    stale: bool,
}

impl<C, Q: Query<C>> Entry<C, Q> {
    pub fn new(query: Q) -> Self {
        Self {
            query,
            loadable: Loadable::unknown(),
            refreshing: None,
            retry_at: None,
            failures: 0,
            interrupted: false,
            stale: true,
        }
    }

    fn accept(&mut self, page: Q::Output) {
        if self.query.is_live() {
            add::<C, Q>(&mut self.loadable.value, page);
        } else if self.loadable.value.is_some() {
            match &mut self.refreshing {
                Some(so_far) => Q::append(so_far, page),
                None => self.refreshing = Some(page),
            }
        } else {
            add::<C, Q>(&mut self.loadable.partial, page);
        }
    }
}

fn add<C, Q: Query<C>>(target: &mut Option<Arc<Q::Output>>, page: Q::Output) {
    match target {
        Some(so_far) => Q::append(Arc::make_mut(so_far), page),
        None => *target = Some(Arc::new(page)),
    }
}

impl<C: Send + Sync + 'static, Q: Query<C>> AnyEntry<C> for Entry<C, Q> {
    fn heard(&self, page: &(dyn Any + Send)) -> Heard {
        page.downcast_ref::<Q::Output>()
            .map_or(Heard::Nothing, Q::heard)
    }

    fn page(&mut self, page: Box<dyn Any + Send>) {
        let heard = self.heard(page.as_ref());
        self.interrupted = matches!(heard, Heard::Failure(_));
        // A tail never ends: that it brings something again is all that is ever heard of its recovery.
        if self.query.is_live() && heard == Heard::Answer {
            self.loadable.error = None;
            self.retry_at = None;
            self.failures = 0;
        }
        if let Ok(page) = page.downcast::<Q::Output>() {
            self.accept(*page);
        }
    }

    fn done(&mut self, result: Result<(), CloudError>, now: i64, near: bool) {
        self.loadable.loading = false;
        self.stale = false;
        match result {
            Ok(()) => {
                if let Some(value) = self.refreshing.take() {
                    self.loadable.value = Some(Arc::new(value));
                } else if let Some(value) = self.loadable.partial.take() {
                    self.loadable.value = Some(value);
                }
                self.loadable.fetched_at = Some(now);
                self.loadable.error = None;
                self.retry_at = None;
                self.failures = 0;
            }
            Err(error) => {
                self.refreshing = None;
                let ttl = i64::try_from(self.query.ttl().as_millis()).unwrap_or(i64::MAX);
                let wait = match near {
                    true => NEAR_RETRY_MS
                        .saturating_mul(1 << self.failures.min(8))
                        .min(NEAR_RETRY_MOST_MS),
                    false => ttl.max(RETRY_AFTER_MS),
                };
                self.failures += 1;
                self.retry_at = error.passes_by_itself().then(|| now.saturating_add(wait));
                self.loadable.error = Some(Arc::new(error));
            }
        }
    }

    fn is_failing(&self) -> bool {
        let error = self.loadable.error.as_deref();
        self.retry_at.is_some() && error.is_some_and(|error| Cause::of(error).is_some())
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    fn is_tail(&self) -> bool {
        self.query.is_live()
    }

    fn follows(&self) -> bool {
        self.query.is_live() && self.loadable.value.is_some()
    }

    fn begin(&mut self, task: TaskId, cloud: Arc<C>, outbox: Arc<dyn Outbox>) -> BoxFuture<()> {
        self.loadable.loading = true;
        self.interrupted = false;
        self.refreshing = None;
        if !self.query.is_live() {
            self.loadable.partial = None;
        }
        let pages = Pages {
            task,
            outbox: outbox.clone(),
            resume: self.loadable.value.clone().filter(|_| self.query.is_live()),
        };
        let query = self.query.clone();
        Box::pin(async move {
            let result = query.fetch(cloud, pages).await;
            let body = Body::Done(result.map(|()| None));
            outbox.send(Event { task, body }).await;
        })
    }

    fn cancelled(&mut self) {
        self.loadable.loading = false;
        self.refreshing = None;
        self.stale = true;
    }

    fn invalidate(&mut self) {
        self.stale = true;
    }

    fn due_at(&self) -> Option<i64> {
        let ttl = i64::try_from(self.query.ttl().as_millis()).unwrap_or(i64::MAX);
        if self.stale {
            return Some(i64::MIN);
        }
        if self.loadable.error.is_some() {
            return self.retry_at;
        }
        self.loadable.fetched_at.map(|at| at.saturating_add(ttl))
    }

    fn service(&self) -> &'static str {
        self.query.service()
    }

    fn blocking(&self) -> bool {
        self.query.is_blocking()
    }

    fn aged_since(&self) -> Option<i64> {
        self.loadable
            .fetched_at
            .filter(|_| self.query.ttl() < LASTING)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
