//! Asynchronous invocations: the queue, the retries and the destinations.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>.

use super::{
    Lambda, Target,
    error::too_many,
    invoke::{Prepared, Sent},
};
use crate::{error::AwsError, runtime::Outcome};
use bytes::Bytes;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// What the queue may hold, in KB: 256 MB.
const QUEUE_KB: usize = 256 * 1024;

/// How long an event is kept when its function does not say.
const MAX_AGE: Duration = Duration::from_secs(6 * 3600);

/// How often an event may be handed from function to function before it is taken for a loop.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>.
const MAX_HOPS: u32 = 16;

/// The room in the queue.
#[derive(Debug)]
pub struct Events(Arc<Semaphore>);

impl Default for Events {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(QUEUE_KB)))
    }
}

/// An event on its way.
struct Event {
    target: Target,
    payload: Bytes,
    sent: Sent,
    hops: u32,
    received: Instant,
    /// Invocations of the function so far.
    invoked: u32,
    _room: OwnedSemaphorePermit,
}

/// Whether an event is done with.
enum Step {
    Done,
    Again(Duration),
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
        let kilobytes = u32::try_from(payload.len() / 1024 + 1).unwrap_or(u32::MAX);
        let room = self
            .events
            .0
            .clone()
            .try_acquire_many_owned(kilobytes)
            .map_err(|_| too_many("CallerRateLimitExceeded"))?;
        self.count(&target.name, "AsyncEventsReceived", "Count", 1.0);
        let event = Event {
            target,
            payload,
            sent,
            hops,
            received: Instant::now(),
            invoked: 0,
            _room: room,
        };
        let (lambda, stop) = (self.clone(), self.needs.stop.clone());
        self.needs.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = lambda.deliver(event) => {}
            }
        });
        Ok(())
    }

    async fn deliver(self: &Arc<Self>, mut event: Event) {
        let mut refused = 0;
        let mut failed = 0;
        loop {
            match self.attempt(&mut event, &mut failed, &mut refused).await {
                Step::Done => return,
                Step::Again(after) => tokio::time::sleep(after).await,
            }
        }
    }

    async fn attempt(
        self: &Arc<Self>,
        event: &mut Event,
        failed: &mut u32,
        refused: &mut u32,
    ) -> Step {
        let prepared = match self.prepare(&event.target) {
            Ok(prepared) => prepared,
            Err(error) if error.code == "ResourceConflictException" => {
                return Step::Again(self.needs.settle);
            }
            Err(_) => return self.drop_event(event),
        };
        let config = prepared.event_invoke.clone();
        let max_age = config
            .as_ref()
            .and_then(|config| config.max_age)
            .map_or(MAX_AGE, |seconds| Duration::from_secs(seconds.into()));
        let age = event.received.elapsed();
        if age > max_age {
            self.send_on(event, &prepared, "OnFailure", "EventAgeExceeded", None);
            return self.drop_event(event);
        }
        self.count(
            &event.target.name,
            "AsyncEventAge",
            "Milliseconds",
            age.as_secs_f64() * 1000.0,
        );
        let max_retries = config.and_then(|config| config.max_retries).unwrap_or(2);
        match self
            .run(&prepared, event.payload.clone(), &event.sent)
            .await
        {
            Ok(outcome) => {
                event.invoked += 1;
                self.ended(event, &prepared, &outcome, failed, max_retries)
            }
            Err(error) if error.status == 429 || error.code == "ServiceException" => {
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
        event: &Event,
        prepared: &Prepared,
        outcome: &Outcome,
        failed: &mut u32,
        max_retries: u32,
    ) -> Step {
        if outcome.function_error.is_none() {
            self.send_on(event, prepared, "OnSuccess", "Success", Some(outcome));
            return Step::Done;
        }
        if *failed >= max_retries {
            self.send_on(
                event,
                prepared,
                "OnFailure",
                "RetriesExhausted",
                Some(outcome),
            );
            return self.drop_event(event);
        }
        let delay = self.needs.retry_delays[usize::from(*failed > 0)];
        *failed += 1;
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
        prepared: &Prepared,
        kind: &str,
        condition: &str,
        outcome: Option<&Outcome>,
    ) {
        let destination = prepared
            .event_invoke
            .as_ref()
            .and_then(|config| config.destinations[kind]["Destination"].as_str());
        let Some(destination) = destination.filter(|arn| !arn.is_empty()) else {
            return;
        };
        let record = record(event, prepared, condition, outcome);
        let sent = Sent {
            request_id: uuid::Uuid::new_v4().to_string(),
            client_context: None,
            trace_header: None,
        };
        let handed = if destination.contains(":lambda:") && event.hops < MAX_HOPS {
            Target::parse(destination, None, &self.region)
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

    fn count(&self, function: &str, metric: &str, unit: &str, value: f64) {
        let now = jiff::Timestamp::now().as_millisecond();
        self.put_metric(function, function, metric, unit, value, now);
    }
}

/// What a destination is told.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>.
fn record(event: &Event, prepared: &Prepared, condition: &str, outcome: Option<&Outcome>) -> Value {
    let payload = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or(Value::Null);
    let mut out = json!({
        "version": "1.0",
        "timestamp": jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "requestContext": {
            "requestId": event.sent.request_id,
            "functionArn": prepared.spec.arn,
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
