//! Work on this machine whose result is collected with a ticket.

use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;

use super::event::{Body, Event, Start, TaskId};
use super::{ConnectionKey, Store, Ticket};
use crate::model::error::CloudError;

impl<C: Send + Sync + 'static> Store<C> {
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
}
