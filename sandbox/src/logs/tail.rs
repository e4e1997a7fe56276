//! StartLiveTail: an event stream that says once a second what arrived, sampled above 500 events a second.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html>

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc};

use super::pattern::Pattern;
use super::store::{Arrival, Event};
use super::{Logs, input};
use crate::clock::Clock;
use crate::error::AwsError;
use crate::protocol::eventstream::{self, Message};
use crate::protocol::{self, Ctx, Protocol};
use crate::request::{Body, Request, Response};

/// Events of one update; beyond it AWS samples.
const MAX_PER_UPDATE: usize = 500;

/// The times of a session.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often updates go out.
    pub update: Duration,
    /// How long a session lasts.
    pub session: Duration,
}

/// AWS's times: an update a second, three hours.
pub const PACE: Pace = Pace {
    update: Duration::from_secs(1),
    session: Duration::from_secs(3 * 60 * 60),
};

/// Which events a session sees.
#[derive(Debug)]
struct Session {
    groups: Vec<String>,
    streams: Vec<String>,
    prefixes: Vec<String>,
    pattern: Pattern,
    arns: Vec<String>,
    pace: Pace,
    clock: Clock,
}

/// Answers a request for a live tail: a stream, or an error in the caller's protocol.
pub fn start(logs: &Arc<Logs>, protocol: &Protocol, ctx: &Ctx, req: &Request) -> Response {
    let opened = protocol::read_input(protocol, req).and_then(|input| {
        let session = Session::open(logs, &input)?;
        let runtime = tokio::runtime::Handle::try_current().map_err(|error| {
            AwsError::new(500, "ServiceUnavailableException", error.to_string())
        })?;
        Ok((session, input, runtime))
    });
    let (session, input, runtime) = match opened {
        Ok(opened) => opened,
        Err(error) => return protocol::respond(protocol, "StartLiveTail", ctx, req, Err(error)),
    };
    let (sender, receiver) = mpsc::channel(16);
    let arrivals = logs.live.subscribe();
    runtime.spawn(session.run(arrivals, sender, start_event(ctx, &input)));
    Response {
        status: 200,
        headers: vec![
            (
                "content-type".to_owned(),
                eventstream::CONTENT_TYPE.to_owned(),
            ),
            ("x-amzn-requestid".to_owned(), ctx.request_id.clone()),
        ],
        body: Body::Stream(receiver),
    }
}

fn start_event(ctx: &Ctx, input: &Value) -> Message {
    let list = |name: &str| input.get(name).cloned().unwrap_or_else(|| json!([]));
    Message::event(
        "sessionStart",
        &json!({
            "requestId": ctx.request_id,
            "sessionId": uuid::Uuid::new_v4().to_string(),
            "logGroupIdentifiers": list("logGroupIdentifiers"),
            "logStreamNames": list("logStreamNames"),
            "logStreamNamePrefixes": list("logStreamNamePrefixes"),
            "logEventFilterPattern": input::text(input, "logEventFilterPattern").unwrap_or_default(),
        }),
    )
}

impl Session {
    fn open(logs: &Logs, input: &Value) -> Result<Self, AwsError> {
        let arns = input::texts(input, "logGroupIdentifiers");
        if arns.is_empty() {
            return Err(input::constraint(
                "[]",
                "logGroupIdentifiers",
                "Member must have length greater than or equal to 1",
            ));
        }
        if arns.len() > 10 {
            return Err(input::too_many(&arns, "logGroupIdentifiers", 10));
        }
        // Unlike everywhere else, a name is not enough here, and neither is an ARN that ends in an asterisk.
        if let Some(bad) = arns
            .iter()
            .find(|arn| !arn.starts_with("arn:") || arn.ends_with('*'))
        {
            return Err(input::invalid(format!(
                "The specified log group identifier {bad} is not a valid log group ARN."
            )));
        }
        let streams = input::texts(input, "logStreamNames");
        let prefixes = input::texts(input, "logStreamNamePrefixes");
        if !streams.is_empty() && !prefixes.is_empty() {
            return Err(input::invalid(
                "logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.",
            ));
        }
        if arns.len() > 1 && !(streams.is_empty() && prefixes.is_empty()) {
            return Err(input::invalid(
                "Log streams can be specified for one log group only.",
            ));
        }
        let groups: Vec<_> = arns
            .iter()
            .map(|arn| input::name_of(arn).to_owned())
            .collect();
        let state = logs.state();
        if !groups.iter().all(|name| state.groups.contains_key(name)) {
            return Err(input::no_group());
        }
        drop(state);
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
        Ok(Self {
            groups,
            streams: owned(streams),
            prefixes: owned(prefixes),
            pattern: Pattern::parse(
                input::text(input, "logEventFilterPattern").unwrap_or_default(),
            )?,
            arns: owned(arns),
            pace: logs.pace,
            clock: logs.clock.clone(),
        })
    }

    /// Writes until the caller goes away or the session's time is over.
    async fn run(
        self,
        mut arrivals: broadcast::Receiver<Arc<Arrival>>,
        sender: mpsc::Sender<Bytes>,
        start: Message,
    ) {
        let initial = Message::initial_response(&json!({}));
        for message in [initial, start] {
            if sender.send(message.encode()).await.is_err() {
                return;
            }
        }
        let end = self.clock.after(self.pace.session);
        let mut next = Box::pin(self.clock.sleep(self.pace.update));
        let mut sample = Sample::default();
        loop {
            tokio::select! {
                () = sender.closed() => return,
                arrival = arrivals.recv() => match arrival {
                    Ok(arrival) => self.take(&arrival, &mut sample),
                    Err(broadcast::error::RecvError::Lagged(_)) => sample.sampled = true,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                () = &mut next => {
                    next.set(self.clock.sleep(self.pace.update));
                    if sender.send(sample.take_update().encode()).await.is_err() {
                        return;
                    }
                    if self.clock.now() >= end {
                        let error = AwsError::new(400, "SessionTimeoutException", "The session has timed out.");
                        let message = Message::exception("SessionTimeoutException", &error);
                        // The caller may be gone already, and then nobody needs to be told.
                        let _ = sender.send(message.encode()).await;
                        return;
                    }
                }
            }
        }
    }

    fn take(&self, arrival: &Arrival, sample: &mut Sample) {
        let group = self.groups.iter().position(|name| **name == *arrival.group);
        let Some(arn) = group.and_then(|at| self.arns.get(at)) else {
            return;
        };
        let stream = arrival.stream.as_ref();
        let named = self.streams.is_empty() || self.streams.iter().any(|name| name == stream);
        let prefixed = self.prefixes.is_empty()
            || self
                .prefixes
                .iter()
                .any(|prefix| stream.starts_with(prefix.as_str()));
        if !(named && prefixed) {
            return;
        }
        for event in &arrival.events {
            if self.pattern.matches(&event.message) {
                sample.add(arn, stream, event);
            }
        }
    }
}

/// What arrived since the last update: all of it, or 500 that any of it had the same chance to be.
#[derive(Debug, Default)]
pub struct Sample {
    kept: Vec<(u64, Value)>,
    seen: u64,
    sampled: bool,
    random: u64,
}

impl Sample {
    fn add(&mut self, arn: &str, stream: &str, event: &Event) {
        self.seen += 1;
        let slot = if self.kept.len() < MAX_PER_UPDATE {
            self.kept.push((0, Value::Null));
            self.kept.len() - 1
        } else {
            self.sampled = true;
            // Any spread-out number will do: splitmix64.
            self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.random;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) % self.seen) as usize
        };
        if let Some(kept) = self.kept.get_mut(slot) {
            *kept = (
                event.sequence,
                json!({
                    "logStreamName": stream,
                    "logGroupIdentifier": arn,
                    "message": event.message.as_ref(),
                    "timestamp": event.timestamp,
                    "ingestionTime": event.ingested,
                }),
            );
        }
    }

    /// The update, sent even when nothing arrived: AWS does so too, and a silent stream would look dead.
    fn take_update(&mut self) -> Message {
        self.kept.sort_by_key(|(sequence, _)| *sequence);
        let results: Vec<Value> = self.kept.drain(..).map(|(_, value)| value).collect();
        let sampled = std::mem::take(&mut self.sampled);
        self.seen = 0;
        Message::event(
            "sessionUpdate",
            &json!({"sessionMetadata": {"sampled": sampled}, "sessionResults": results}),
        )
    }
}
