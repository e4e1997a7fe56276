//! The Telemetry API of one environment: who wants which of its streams, and the events on their way there.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api.html>. What happened before the first subscription is kept until
//! the function is called: an extension subscribes while the environment is being initialised, and is told of that too.

mod deliver;

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::journal::timestamp;
use deliver::{Buffering, Destination, deliver};

/// Where a subscription is put.
pub(super) const PATH: &str = "/2022-07-01/telemetry";

/// How many events are kept for whoever subscribes, and how many may wait for one subscriber.
const MOST_EARLY: usize = 1_000;
const MOST_WAITING: usize = 10_000;

/// The streams of telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Platform,
    Function,
    Extension,
}

impl Stream {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "platform" => Some(Self::Platform),
            "function" => Some(Self::Function),
            "extension" => Some(Self::Extension),
            _ => None,
        }
    }
}

/// The subscriptions of one environment.
#[derive(Debug, Default)]
pub(super) struct Telemetry {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    early: Vec<(Stream, Value)>,
    closed: bool,
    all: Vec<Subscriber>,
}

#[derive(Debug)]
struct Subscriber {
    streams: Vec<Stream>,
    waiting: mpsc::Sender<Value>,
    /// Events that found no place, and their bytes.
    dropped: (u64, u64),
}

impl Telemetry {
    /// Nobody subscribes from now on.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.early.clear();
    }

    /// An event of the platform: `kind` without `platform.`.
    pub fn platform(&self, kind: &str, record: &Value) {
        self.put(Stream::Platform, &format!("platform.{kind}"), record);
    }

    /// A line that the function or an extension has printed.
    pub fn line(&self, stream: Stream, text: &str) {
        if self.is_idle() {
            return;
        }
        let kind = match stream {
            Stream::Extension => "extension",
            _ => "function",
        };
        self.put(stream, kind, &text.into());
    }

    /// Whether nobody has subscribed, nor can.
    fn is_idle(&self) -> bool {
        let state = self.state();
        state.closed && state.all.is_empty()
    }

    fn put(&self, stream: Stream, kind: &str, record: &Value) {
        let mut state = self.state();
        if state.closed && state.all.is_empty() {
            return;
        }
        let event = json!({"time": timestamp(), "type": kind, "record": record});
        if !state.closed && state.early.len() < MOST_EARLY {
            state.early.push((stream, event.clone()));
        }
        for one in &mut state.all {
            one.put(stream, &event);
        }
    }

    /// Answers a subscription of an extension.
    pub fn subscribe(&self, name: &str, body: &[u8]) -> Response<Full<Bytes>> {
        let Some((streams, destination, buffering)) = read(body) else {
            return answer(
                StatusCode::BAD_REQUEST,
                &json!({
                    "errorMessage": "A subscription has a schemaVersion, types (platform, function, extension) and a destination of HTTP with its URI",
                    "errorType": "ValidationError",
                })
                .to_string(),
            );
        };
        let mut state = self.state();
        if state.closed {
            let wrong = json!({
                "errorMessage": "Telemetry API subscription is closed already",
                "errorType": "Telemetry.SubscriptionClosed",
            });
            return answer(StatusCode::FORBIDDEN, &wrong.to_string());
        }
        let (waiting, events) = mpsc::channel(MOST_WAITING);
        tokio::spawn(deliver(events, destination, buffering));
        let mut subscriber = Subscriber {
            streams: streams.clone(),
            waiting,
            dropped: (0, 0),
        };
        for (stream, event) in &state.early {
            subscriber.put(*stream, event);
        }
        state.all.push(subscriber);
        drop(state);
        let names = streams.iter().map(|stream| match stream {
            Stream::Platform => "platform",
            Stream::Function => "function",
            Stream::Extension => "extension",
        });
        let names: Vec<_> = names.collect();
        self.platform(
            "telemetrySubscription",
            &json!({"name": name, "state": "Subscribed", "types": names}),
        );
        answer(StatusCode::OK, "\"OK\"")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber {
    fn put(&mut self, stream: Stream, event: &Value) {
        if !self.streams.contains(&stream) {
            return;
        }
        if self.dropped.0 > 0 {
            let (records, bytes) = self.dropped;
            let told = json!({
                "time": timestamp(),
                "type": "platform.logsDropped",
                "record": {
                    "reason": "Consumer seems to have fallen behind as it has not acknowledged receipt of logs.",
                    "droppedRecords": records,
                    "droppedBytes": bytes,
                },
            });
            if self.waiting.try_send(told).is_ok() {
                self.dropped = (0, 0);
            }
        }
        if self.waiting.try_send(event.clone()).is_err() {
            self.dropped.0 += 1;
            self.dropped.1 += event.to_string().len() as u64;
        }
    }
}

fn read(body: &[u8]) -> Option<(Vec<Stream>, Destination, Buffering)> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body["schemaVersion"].as_str()?;
    let types = body["types"].as_array().filter(|types| !types.is_empty())?;
    let streams: Option<Vec<_>> = types
        .iter()
        .map(|stream| Stream::parse(stream.as_str()?))
        .collect();
    let destination = Destination::read(&body["destination"])?;
    Some((streams?, destination, Buffering::read(&body["buffering"])))
}

fn answer(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text.to_owned())));
    *response.status_mut() = status;
    response
}
