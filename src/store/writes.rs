//! Submitting what a person has confirmed, how it ends, and the journal of it.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::action::{Action, ActionId, ActionState, Applied, Progress};
use super::event::{Body, Event, Start, TaskId};
use super::{Connection, ConnectionKey, KEPT, Store, Submitted, journal};
use crate::model::error::{CloudError, ErrorKind};

impl<C: Send + Sync + 'static> Store<C> {
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

    /// Writes down what changed nothing and is to be known of later all the same, as that a secret was copied.
    pub fn note(&mut self, title: &str, target: &str, now: i64) {
        let connection = self.current.and_then(|key| self.connections.get(&key));
        let Some(connection) = connection else { return };
        let record = journal::Record {
            at: now,
            connection: connection.name.clone(),
            caller: connection.caller.clone(),
            title: title.to_owned(),
            target: target.to_owned(),
            differences: Vec::new(),
            request_id: None,
            outcome: "ok".to_owned(),
            undo: None,
        };
        self.remember(record.clone());
        self.unwritten.push(record);
    }

    /// Actions that have ended since the last call, for toasts.
    pub fn take_ended(&mut self) -> Vec<ActionId> {
        std::mem::take(&mut self.ended)
    }

    pub(super) fn finish_action(
        &mut self,
        id: ActionId,
        result: Result<Applied, CloudError>,
        now: i64,
    ) {
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

    /// What the journal says of an action of this session, once it has ended.
    pub fn record_of(&self, action: &ActionState) -> Option<&journal::Record> {
        let at = action.finished_at?;
        let made = |record: &&journal::Record| {
            record.at == at
                && record.title == action.plan.title
                && record.target == action.plan.target
        };
        self.journal.iter().rev().find(made)
    }

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

    pub(super) fn remember(&mut self, record: journal::Record) {
        self.journal.push_back(record);
        if self.journal.len() > KEPT {
            self.journal.pop_front();
        }
    }

    /// Records that are not on the disk yet.
    pub fn take_unwritten(&mut self) -> Vec<journal::Record> {
        std::mem::take(&mut self.unwritten)
    }
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
            if applied.failed {
                applied.summary.clone()
            } else {
                "ok".to_owned()
            },
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
