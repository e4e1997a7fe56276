//! Asynchronous invocations: the queue, the retries and the destinations.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>.

use super::{
    Lambda, Target,
    door::{Caller, Ended, Invocation, Sent},
    error::too_many,
    keep::EVENT,
    model::EventInvoke,
};
use crate::{
    error::AwsError,
    region::lock,
    runtime::Outcome,
    store::{Record, StateError},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// What the queue may hold, in KB: 256 MB.
const QUEUE_KB: usize = 256 * 1024;

/// How long an event is kept when its function does not say.
const MAX_AGE: Duration = Duration::from_secs(6 * 3600);

/// How often an event may be handed from function to function before it is taken for a loop.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>.
const MAX_HOPS: u32 = 16;

/// The queue: its room, and who waits in it for a function to have time.
#[derive(Debug)]
pub struct Events {
    room: Arc<Semaphore>,
    /// Told when a call of a function has ended, by the function's name.
    ended: Mutex<HashMap<String, Arc<Notify>>>,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(QUEUE_KB)),
            ended: Mutex::default(),
        }
    }
}

impl Events {
    fn ended(&self, function: &str) -> Arc<Notify> {
        let mut all = lock(&self.ended);
        Arc::clone(all.entry(function.to_owned()).or_default())
    }
}

/// An event on its way.
struct Event {
    /// What its record is kept under.
    id: String,
    target: Target,
    payload: Bytes,
    sent: Sent,
    hops: u32,
    received: Timestamp,
    /// Invocations of the function so far.
    invoked: u32,
    /// Those of them that failed.
    failed: u32,
    _room: OwnedSemaphorePermit,
}

/// An event as it is kept until it is done with: it was answered for, so it runs at least once.
#[derive(Serialize, Deserialize)]
struct Kept {
    target: Target,
    payload: String,
    sent: Sent,
    hops: u32,
    received: Timestamp,
    invoked: u32,
    failed: u32,
}

/// Whether an event is done with.
enum Step {
    Done,
    Again(Duration),
    /// The function had no time: after a while, or as soon as a call of it has ended.
    Throttled(Duration),
}

impl Lambda {
    /// Takes an event into the queue.
    ///
    /// # Errors
    /// `TooManyRequestsException` when the queue is full.
    pub(super) fn enqueue(
        self: &Arc<Self>,
        target: Target,
        payload: Bytes,
        sent: Sent,
        hops: u32,
    ) -> Result<(), AwsError> {
        let room = self.room(&payload)?;
        self.count(&target.name, "AsyncEventsReceived", "Count", 1.0);
        let event = Event {
            id: uuid::Uuid::new_v4().to_string(),
            target,
            payload,
            sent,
            hops,
            received: self.needs.clock.now(),
            invoked: 0,
            failed: 0,
            _room: room,
        };
        self.keep_event(&event);
        self.send_off(event);
        Ok(())
    }

    fn room(&self, payload: &Bytes) -> Result<OwnedSemaphorePermit, AwsError> {
        let kilobytes = u32::try_from(payload.len() / 1024 + 1).unwrap_or(u32::MAX);
        let events = self.events.room.clone();
        events
            .try_acquire_many_owned(kilobytes)
            .map_err(|_| too_many("CallerRateLimitExceeded"))
    }

    fn keep_event(&self, event: &Event) {
        if !self.shelf.store().is_kept() {
            return;
        }
        let kept = Kept {
            target: event.target.clone(),
            payload: BASE64_STANDARD.encode(&event.payload),
            sent: event.sent.clone(),
            hops: event.hops,
            received: event.received,
            invoked: event.invoked,
            failed: event.failed,
        };
        self.shelf.put(EVENT, &event.id, &kept);
    }

    /// Takes up an event that another process had accepted and was not done with.
    ///
    /// # Errors
    /// When its record can't be read.
    pub(super) fn take_up(self: &Arc<Self>, record: &Record) -> Result<(), StateError> {
        let kept: Kept = record.read()?;
        let payload = BASE64_STANDARD.decode(&kept.payload);
        let payload = Bytes::from(payload.map_err(|error| record.damaged(error))?);
        // The queue had room for all of them when they were accepted.
        let Ok(room) = self.room(&payload) else {
            tracing::warn!(
                id = record.key,
                "an event finds no room and waits for the next start"
            );
            return Ok(());
        };
        self.send_off(Event {
            id: record.key.clone(),
            target: kept.target,
            payload,
            sent: kept.sent,
            hops: kept.hops,
            received: kept.received,
            invoked: kept.invoked,
            failed: kept.failed,
            _room: room,
        });
        Ok(())
    }

    fn send_off(self: &Arc<Self>, event: Event) {
        let (lambda, stop) = (self.clone(), self.needs.stop.clone());
        self.needs.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = lambda.deliver(event) => {}
            }
        });
    }

    async fn deliver(self: &Arc<Self>, mut event: Event) {
        let mut refused = 0;
        let ended = self.events.ended(&event.target.name);
        loop {
            let invoked = event.invoked;
            let step = self.attempt(&mut event, &mut refused).await;
            if event.invoked > invoked {
                // One that was refused meanwhile need not wait for its time.
                ended.notify_one();
                refused = 0;
            }
            match step {
                Step::Done => return self.shelf.remove(EVENT, &event.id),
                Step::Again(after) => {
                    if event.invoked > invoked {
                        self.keep_event(&event);
                    }
                    self.needs.clock.sleep(after).await;
                }
                Step::Throttled(after) => tokio::select! {
                    () = ended.notified() => {}
                    () = self.needs.clock.sleep(after) => {}
                },
            }
        }
    }

    async fn attempt(self: &Arc<Self>, event: &mut Event, refused: &mut u32) -> Step {
        let config = self.event_invoke(&event.target);
        let max_age = config
            .as_ref()
            .and_then(|config| config.max_age)
            .map_or(MAX_AGE, |seconds| Duration::from_secs(seconds.into()));
        let age = self.needs.clock.since(event.received);
        if age > max_age {
            self.send_on(
                event,
                config.as_ref(),
                "OnFailure",
                "EventAgeExceeded",
                None,
            );
            return self.drop_event(event);
        }
        self.count(
            &event.target.name,
            "AsyncEventAge",
            "Milliseconds",
            age.as_secs_f64() * 1000.0,
        );
        let max_retries = config.as_ref().and_then(|config| config.max_retries);
        let invocation = Invocation {
            caller: Caller::Queue,
            target: event.target.clone(),
            payload: event.payload.clone(),
            log_tail: false,
            sent: event.sent.clone(),
        };
        match self.enter(invocation).await {
            Ok(ended) => {
                event.invoked += 1;
                self.ended(event, config.as_ref(), &ended, max_retries.unwrap_or(2))
            }
            Err(error) if error.code == "ResourceConflictException" => {
                Step::Again(self.needs.settle)
            }
            Err(error) if error.status == 429 => {
                *refused += 1;
                Step::Throttled(self.backoff(*refused))
            }
            Err(error) if error.code == "ServiceException" => {
                *refused += 1;
                Step::Again(self.backoff(*refused))
            }
            // No environment can be made from this function, now or later.
            Err(error) => {
                tracing::info!(function = event.target.name, %error, "an event was dropped");
                self.drop_event(event)
            }
        }
    }

    fn ended(
        self: &Arc<Self>,
        event: &mut Event,
        config: Option<&EventInvoke>,
        ended: &Ended,
        max_retries: u32,
    ) -> Step {
        if ended.outcome.function_error.is_none() {
            self.send_on(event, config, "OnSuccess", "Success", Some(ended));
            return Step::Done;
        }
        if event.failed >= max_retries {
            self.send_on(event, config, "OnFailure", "RetriesExhausted", Some(ended));
            return self.drop_event(event);
        }
        let delay = self.needs.retry_delays[usize::from(event.failed > 0)];
        event.failed += 1;
        Step::Again(delay)
    }

    /// The wait after a throttle: from a second, doubling, to five minutes, in proportion to the first retry's delay.
    fn backoff(&self, refused: u32) -> Duration {
        let minute = self.needs.retry_delays[0];
        let doubled = (minute / 60).saturating_mul(1 << refused.saturating_sub(1).min(12));
        doubled.min(minute * 5)
    }

    fn drop_event(&self, event: &Event) -> Step {
        self.count(&event.target.name, "AsyncEventsDropped", "Count", 1.0);
        Step::Done
    }

    /// Hands the result to the destination of its kind, if there is one. Functions are the only destinations here.
    fn send_on(
        self: &Arc<Self>,
        event: &Event,
        config: Option<&EventInvoke>,
        kind: &str,
        condition: &str,
        ended: Option<&Ended>,
    ) {
        let destination =
            config.and_then(|config| config.destinations[kind]["Destination"].as_str());
        let Some(destination) = destination.filter(|arn| !arn.is_empty()) else {
            return;
        };
        let now = self.needs.clock.now();
        let arn = match ended {
            Some(ended) => ended.arn.clone(),
            None => {
                let qualifier = event.target.qualifier.as_deref().unwrap_or("$LATEST");
                self.arn(&event.target.name, Some(qualifier))
            }
        };
        let outcome = ended.map(|ended| &ended.outcome);
        let record = record(event, arn, condition, outcome, now);
        let sent = Sent::anew();
        let handed = if destination.contains(":lambda:") && event.hops < MAX_HOPS {
            Target::within(destination, &self.region, &self.account)
                .and_then(|target| {
                    self.enqueue(target, record.to_string().into(), sent, event.hops + 1)
                })
                .is_ok()
        } else {
            false
        };
        if !handed {
            self.count(
                &event.target.name,
                "DestinationDeliveryFailures",
                "Count",
                1.0,
            );
        }
    }

    /// How events of a version or alias are to be treated.
    fn event_invoke(&self, target: &Target) -> Option<EventInvoke> {
        let state = self.state();
        let function = state.functions.get(&target.name)?;
        let qualifier = target.qualifier.as_deref().unwrap_or("$LATEST");
        function.event_invoke.get(qualifier).cloned()
    }

    fn count(&self, function: &str, metric: &str, unit: &str, value: f64) {
        let now = self.needs.clock.now_ms();
        self.put_metric(function, function, metric, unit, value, now);
    }
}

/// What a destination is told.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>.
fn record(
    event: &Event,
    arn: String,
    condition: &str,
    outcome: Option<&Outcome>,
    now: Timestamp,
) -> Value {
    let payload = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or(Value::Null);
    let mut out = json!({
        "version": "1.0",
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "requestContext": {
            "requestId": event.sent.request_id,
            "functionArn": arn,
            "condition": condition,
            "approximateInvokeCount": event.invoked,
        },
        "requestPayload": payload(&event.payload),
    });
    if let Some(outcome) = outcome {
        out["responseContext"] =
            json!({"statusCode": 200, "executedVersion": outcome.executed_version});
        if let Some(error) = &outcome.function_error {
            out["responseContext"]["functionError"] = error.clone().into();
        }
        out["responsePayload"] = payload(&outcome.payload);
    }
    out
}
