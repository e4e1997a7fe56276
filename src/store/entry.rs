//! One query's state, typed inside and without its type outside.

use std::any::Any;
use std::sync::Arc;

use crate::model::error::CloudError;
use crate::model::topic::Topic;

use super::event::{Body, Event, Outbox, TaskId};
use super::query::{BoxFuture, Pages, Query};
use super::{ConnectionKey, Loadable};

/// After a failure that may pass by itself, the next try comes no sooner than this.
const RETRY_AFTER_MS: i64 = 30_000;
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
    pub entry: Box<dyn AnyEntry<C>>,
}

pub(super) trait AnyEntry<C>: Send {
    fn page(&mut self, page: Box<dyn Any + Send>);
    fn done(&mut self, result: Result<(), CloudError>, now: i64);
    fn begin(&mut self, task: TaskId, cloud: Arc<C>, outbox: Arc<dyn Outbox>) -> BoxFuture<()>;
    fn cancelled(&mut self);
    fn invalidate(&mut self);
    /// When it is to be fetched again, in ms; `None` when not by itself.
    fn due_at(&self) -> Option<i64>;
    fn service(&self) -> &'static str;
    fn blocking(&self) -> bool;
    /// It has what there was and waits for what comes: nobody waits for it.
    fn follows(&self) -> bool;
    /// When it was fetched, unless it holds for so long that its age says nothing.
    fn aged_since(&self) -> Option<i64>;
    fn as_any(&self) -> &dyn Any;
}

pub(super) struct Entry<C, Q: Query<C>> {
    query: Q,
    pub loadable: Loadable<Q::Output>,
    /// The pages of a refresh, hidden until they are complete so that rows never shrink meanwhile.
    refreshing: Option<Q::Output>,
    failed_at: Option<i64>,
    stale: bool,
}

impl<C, Q: Query<C>> Entry<C, Q> {
    pub fn new(query: Q) -> Self {
        Self {
            query,
            loadable: Loadable::unknown(),
            refreshing: None,
            failed_at: None,
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
    fn page(&mut self, page: Box<dyn Any + Send>) {
        if let Ok(page) = page.downcast::<Q::Output>() {
            self.accept(*page);
        }
    }

    fn done(&mut self, result: Result<(), CloudError>, now: i64) {
        self.loadable.loading = false;
        match result {
            Ok(()) => {
                if let Some(value) = self.refreshing.take() {
                    self.loadable.value = Some(Arc::new(value));
                } else if let Some(value) = self.loadable.partial.take() {
                    self.loadable.value = Some(value);
                }
                self.loadable.fetched_at = Some(now);
                self.loadable.error = None;
                self.failed_at = None;
                self.stale = false;
            }
            Err(error) => {
                self.refreshing = None;
                self.loadable.error = Some(Arc::new(error));
                self.failed_at = Some(now);
                self.stale = false;
            }
        }
    }

    fn follows(&self) -> bool {
        self.query.is_live() && self.loadable.value.is_some()
    }

    fn begin(&mut self, task: TaskId, cloud: Arc<C>, outbox: Arc<dyn Outbox>) -> BoxFuture<()> {
        self.loadable.loading = true;
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
        self.failed_at = None;
    }

    fn due_at(&self) -> Option<i64> {
        let ttl = i64::try_from(self.query.ttl().as_millis()).unwrap_or(i64::MAX);
        if self.stale {
            return Some(i64::MIN);
        }
        if let (Some(failed_at), Some(error)) = (self.failed_at, &self.loadable.error) {
            return error
                .passes_by_itself()
                .then(|| failed_at.saturating_add(ttl.max(RETRY_AFTER_MS)));
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
