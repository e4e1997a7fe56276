//! Lambda extensions of one environment: who has registered, what each is told, and when all have had enough of it.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>. External extensions are programs of the layers'
//! `extensions` folder, which `family` starts; internal ones register from within the runtime's own process. It knows no call
//! beyond the event that it passes on.

pub(super) mod api;
pub(super) mod family;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::exit::Failure;

/// How long extensions have to end once they are told to.
pub(super) const SHUTDOWN: Duration = Duration::from_secs(2);

/// The function that extensions are told of.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    pub name: String,
    pub version: String,
    pub handler: String,
    pub account: String,
}

/// What an extension can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Invoke,
    Shutdown,
}

impl Kind {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "INVOKE" => Some(Self::Invoke),
            "SHUTDOWN" => Some(Self::Shutdown),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Invoke => "INVOKE",
            Self::Shutdown => "SHUTDOWN",
        }
    }
}

/// The extensions of one environment.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    about: About,
    /// The external ones that were started, by their files' names.
    external: Vec<String>,
    all: Vec<Extension>,
    /// Whether the function has begun to be called, after which nobody registers.
    closed: bool,
    failure: Option<Failure>,
}

#[derive(Debug)]
struct Extension {
    id: String,
    name: String,
    external: bool,
    events: Vec<Kind>,
    /// Whether it has asked for an event that has not come yet.
    waits: bool,
    queue: VecDeque<Value>,
    failed: Option<String>,
}

/// How an extension stands, for the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub name: String,
    pub state: &'static str,
    pub events: Vec<&'static str>,
    pub error: Option<String>,
}

impl Extensions {
    /// Tells whom extensions are with, and which external ones are about to register. What was before is forgotten.
    pub fn open(&self, about: About, external: Vec<String>) {
        *self.state() = State {
            about,
            external,
            ..State::default()
        };
    }

    /// Nobody registers from now on. What the log says of each.
    pub fn close(&self) -> Vec<Standing> {
        let mut state = self.state();
        state.closed = true;
        state.all.iter().map(Extension::standing).collect()
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        let state = self.state();
        state.all.is_empty() && state.external.is_empty()
    }

    /// Waits until every external extension has registered. Cancel-safe.
    pub async fn registered(&self) {
        self.until(|state| {
            let is_there = |name: &String| state.all.iter().any(|one| one.name == *name);
            state.external.iter().all(is_there)
        })
        .await;
    }

    /// Waits until each has done what it was told and asks for more. Cancel-safe.
    pub async fn idle(&self) {
        self.until(|state| {
            state
                .all
                .iter()
                .all(|one| one.waits && one.queue.is_empty())
        })
        .await;
    }

    /// Waits until one says that it can't go on. Cancel-safe.
    pub async fn failed(&self) -> Failure {
        self.until(|state| state.failure.is_some()).await;
        let failure = self.state().failure.clone();
        failure.unwrap_or_else(|| Failure::extension("Extension.Unknown", 1))
    }

    /// Tells those that asked for it of a call.
    pub fn invoke(&self, event: &Value) {
        self.tell(Kind::Invoke, event);
    }

    /// Tells those that asked for it that the environment ends. False when nobody did.
    pub fn shutdown(&self, reason: &str, deadline_ms: u64) -> bool {
        let event = json!({
            "eventType": "SHUTDOWN",
            "shutdownReason": reason,
            "deadlineMs": deadline_ms,
        });
        self.tell(Kind::Shutdown, &event)
    }

    fn tell(&self, kind: Kind, event: &Value) -> bool {
        let mut state = self.state();
        let asked = state
            .all
            .iter_mut()
            .filter(|one| one.events.contains(&kind));
        let mut told = false;
        for one in asked {
            one.queue.push_back(event.clone());
            told = true;
        }
        drop(state);
        self.changed.notify_waiters();
        told
    }

    async fn until(&self, holds: impl Fn(&State) -> bool) {
        loop {
            let changed = self.changed.notified();
            if holds(&self.state()) {
                return;
            }
            changed.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Extension {
    fn standing(&self) -> Standing {
        Standing {
            name: self.name.clone(),
            state: match &self.failed {
                Some(_) => "InitError",
                None if self.waits => "Ready",
                None => "Registered",
            },
            events: self.events.iter().map(|event| event.name()).collect(),
            error: self.failed.clone(),
        }
    }
}

impl Standing {
    /// One that was started and never registered.
    pub fn unregistered(name: &str, state: &'static str, error: &str) -> Self {
        Self {
            name: name.to_owned(),
            state,
            events: Vec::new(),
            error: Some(error.to_owned()),
        }
    }

    /// As Lambda's log says it.
    pub fn line(&self) -> String {
        let events = self.events.join(",");
        let mut line = format!(
            "EXTENSION\tName: {}\tState: {}\tEvents: [{events}]",
            self.name, self.state
        );
        if let Some(error) = &self.error {
            line.push_str("\tError Type: ");
            line.push_str(error);
        }
        line
    }

    /// The same as a record.
    pub fn record(&self) -> Value {
        let mut record = json!({"name": self.name, "state": self.state, "events": self.events});
        if let Some(error) = &self.error {
            record["errorType"] = error.as_str().into();
        }
        record
    }
}
