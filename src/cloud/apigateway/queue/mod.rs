//! One queue for the management calls of API Gateway, a queue an account and region.
//!
//! The service throttles them hard and all callers of an account together: ten a second with a burst of forty, and some
//! operations far less. Here every call waits for its turn before it goes out, so that the service is seldom asked too fast; a
//! 429 that comes all the same (somebody else calls too) puts the queue back, and the SDK tries the call again through it.
//! What a person waits for goes before what is worked out in the background. A call that is dropped leaves its place.
//!
//! [`turns`] holds the rules and knows neither clocks nor tasks; this module is the queue's door: the SDK's HTTP client, wrapped.

mod operation;
mod turns;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::cloud::observe::{CallLog, Queued};

pub use turns::Class;

use operation::operation_of;
use turns::{Operation, Turn, Turns};

/// AWS's name of the service, as the call log has it.
const SERVICE: &str = "API Gateway";
/// A wait of less than this is nothing to tell.
const LONG: Duration = Duration::from_secs(1);
/// A signature holds for five minutes: what has waited for nearly as long is signed anew and asks again.
const SIGNED_FOR: Duration = Duration::from_secs(240);

/// The queues of a window, one an account and region; shared by all connections.
#[derive(Debug, Default)]
pub struct Queues {
    all: Mutex<HashMap<String, Arc<Queue>>>,
}

impl Queues {
    /// The queue of `place`, made where there is none. A `paced` one holds to the quotas of AWS; the others only give way when
    /// they are told to.
    pub fn of(&self, place: &str, paced: bool, calls: &Arc<CallLog>) -> Arc<Queue> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{place}{}", if paced { "" } else { " unpaced" });
        let new = || Arc::new(Queue::new(paced, calls.clone()));
        all.entry(key).or_insert_with(new).clone()
    }
}

/// One queue.
#[derive(Debug)]
pub struct Queue {
    turns: Mutex<Turns>,
    /// Somebody went, left or was told to slow down: those who wait look again.
    moved: Notify,
    began: Instant,
    calls: Arc<CallLog>,
}

/// A place in the queue, which is given up when the call is dropped.
struct Waiting<'a> {
    queue: &'a Queue,
    ticket: u64,
    told: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.queue.turns().leave(self.ticket);
        self.queue.moved.notify_waiters();
        if self.told {
            self.queue.tell();
        }
    }
}

impl Queue {
    fn new(paced: bool, calls: Arc<CallLog>) -> Self {
        Self {
            turns: Mutex::new(Turns::new(paced)),
            moved: Notify::new(),
            began: Instant::now(),
            calls,
        }
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Says in the call log who waits, and for how long yet.
    fn tell(&self) {
        let told = self
            .turns()
            .longest(self.now())
            .map(|(operation, waited, count)| Queued {
                operation,
                count,
                since_ms: crate::cloud::observe::now_ms()
                    .saturating_sub(u64::try_from(waited.as_millis()).unwrap_or(u64::MAX)),
            });
        self.calls.queued(SERVICE, told);
    }

    /// Waits until a call may go out; false where it has waited for so long that it must be signed again.
    async fn turn(&self, operation: &Operation, class: Class) -> bool {
        let began = self.now();
        let mut place = Waiting {
            queue: self,
            ticket: self.turns().enter(operation, class, began),
            told: false,
        };
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            // Heard from now on: what moves between the question and the wait is not missed.
            moved.as_mut().enable();
            let now = self.now();
            let turn = self.turns().ask(place.ticket, now);
            let at = match turn {
                Turn::Now => return true,
                Turn::At(at) => at,
            };
            if now.saturating_sub(began) >= SIGNED_FOR {
                return false;
            }
            if !place.told && now.saturating_sub(began) >= LONG {
                place.told = true;
                self.tell();
            }
            let at = match place.told {
                true => at,
                false => at.min(began + LONG),
            };
            let wait = tokio::time::sleep_until(self.began + at.min(began + SIGNED_FOR));
            tokio::select! {
                () = wait => {}
                () = moved => {}
            }
        }
    }

    fn answered(&self, operation: &Operation, answer: &Result<HttpResponse, ConnectorError>) {
        let Ok(answer) = answer else { return };
        if answer.status().as_u16() == 429 {
            let after = answer.headers().get("retry-after");
            let after = after.and_then(|after| after.trim().parse().ok());
            let after = after.map(Duration::from_secs);
            self.turns().put_back(operation, after, self.now());
            self.moved.notify_waiters();
        } else {
            self.turns().went_well();
        }
    }
}

/// The SDK's HTTP client behind the queue.
#[derive(Debug, Clone)]
pub struct Behind {
    inner: SharedHttpClient,
    queue: Arc<Queue>,
    class: Class,
}

impl Behind {
    /// `inner` behind `queue`, for calls of one class.
    pub fn new(inner: SharedHttpClient, queue: Arc<Queue>, class: Class) -> Self {
        Self {
            inner,
            queue,
            class,
        }
    }
}

impl HttpClient for Behind {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Door {
            inner: self.inner.http_connector(settings, components),
            queue: self.queue.clone(),
            class: self.class,
        })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        bag: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, bag)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        bag: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, bag)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

#[derive(Debug)]
struct Door {
    inner: SharedHttpConnector,
    queue: Arc<Queue>,
    class: Class,
}

impl HttpConnector for Door {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, queue, class) = (self.inner.clone(), self.queue.clone(), self.class);
        HttpConnectorFuture::new(async move {
            let operation = operation_of(request.method(), request.uri());
            if !queue.turn(&operation, class).await {
                let words = "it has waited for its turn for too long";
                return Err(ConnectorError::timeout(words.into()));
            }
            let answer = inner.call(request).await;
            queue.answered(&operation, &answer);
            answer
        })
    }
}

#[cfg(test)]
mod tests;
