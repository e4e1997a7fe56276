//! PutLogEvents and GetLogEvents.

use serde_json::{Map, Value, json};

use super::store::{self, DAY_MS, Event, Position};
use super::{Logs, input};
use crate::error::AwsError;

/// AWS ignores sequence tokens since 2023 but still answers one.
pub const SEQUENCE_TOKEN: &str = "49039859000000000000000000000000000000000000000000000000";

/// Largest batch in bytes, each event counting 26 bytes more than its message.
const MAX_BATCH_BYTES: usize = 1_048_576;
/// Most events of a batch, and of a page.
const MAX_EVENTS: usize = 10_000;
/// Largest page in bytes.
const MAX_PAGE_BYTES: usize = 1_048_576;
/// How far ahead of time an event may be, in milliseconds.
const MAX_AHEAD_MS: i64 = 2 * 60 * 60 * 1000;
/// How old an event may be when it arrives, in milliseconds.
const MAX_AGE_MS: i64 = 14 * DAY_MS;

/// PutLogEvents. Limits: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>
pub fn put(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let group_name = input::checked_group_name(input)?;
    let stream_name = input::required(input, "logStreamName")?;
    let events = batch(input)?;
    let now = logs.clock.now_ms();
    let mut state = logs.state();
    let group = input::group(&mut state, group_name, now)?;
    if !group.streams.contains_key(stream_name) {
        return Err(input::no_stream());
    }
    let expired = group.retention.map(|days| now - days * DAY_MS);
    let (accepted, rejected) = sift(&events, now, expired);
    logs.append(&mut state, group_name, stream_name, accepted, now)
        .map_err(|error| {
            AwsError::new(
                503,
                "ServiceUnavailableException",
                format!("The events could not be kept: {error}"),
            )
        })?;
    let mut output = json!({"nextSequenceToken": SEQUENCE_TOKEN});
    if !rejected.is_empty() {
        output["rejectedLogEventsInfo"] = Value::Object(rejected);
    }
    Ok(output)
}

/// The events of a batch that keeps AWS's limits.
fn batch(input: &Value) -> Result<Vec<(i64, String)>, AwsError> {
    let items = input.get("logEvents").and_then(Value::as_array);
    let items = items.map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        let constraint = "Member must have length greater than or equal to 1";
        return Err(input::constraint("[]", "logEvents", constraint));
    }
    if items.len() > MAX_EVENTS {
        let shown: Vec<_> = items.iter().map(shown).collect();
        let shown: Vec<_> = shown.iter().map(String::as_str).collect();
        return Err(input::too_many(&shown, "logEvents", MAX_EVENTS));
    }
    let mut events = Vec::with_capacity(items.len());
    let mut bytes = 0;
    for (at, item) in items.iter().enumerate() {
        let place = |member: &str| format!("logEvents.{}.member.{member}", at + 1);
        let timestamp =
            input::integer(item, "timestamp").ok_or_else(|| input::missing(&place("timestamp")))?;
        let message = item.get("message").and_then(Value::as_str);
        let message = message.ok_or_else(|| input::missing(&place("message")))?;
        if message.is_empty() {
            let constraint = "Member must have length greater than or equal to 1";
            return Err(input::constraint("", &place("message"), constraint));
        }
        bytes += message.len() + 26;
        events.push((timestamp, message.to_owned()));
    }
    if bytes > MAX_BATCH_BYTES {
        return Err(input::invalid(format!(
            "Upload too large: {bytes} bytes exceeds limit of {MAX_BATCH_BYTES}"
        )));
    }
    if !events.is_sorted_by_key(|(timestamp, _)| *timestamp) {
        return Err(input::invalid(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    let span = events.last().map_or(0, |last| last.0) - events.first().map_or(0, |first| first.0);
    if span > DAY_MS {
        return Err(input::invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ));
    }
    Ok(events)
}

/// An event as AWS prints it in its messages.
fn shown(item: &Value) -> String {
    let timestamp = input::integer(item, "timestamp").unwrap_or_default();
    let message = item.get("message").and_then(Value::as_str);
    let message = message.unwrap_or("null");
    format!("InputLogEvent(timestamp={timestamp}, message={message})")
}

/// The part of a batch (it is in order) that is neither too old nor too far ahead, and where the others are.
fn sift(
    events: &[(i64, String)],
    now: i64,
    expired_before: Option<i64>,
) -> (&[(i64, String)], Map<String, Value>) {
    let mut rejected = Map::new();
    let before = |bound: i64| events.partition_point(|(timestamp, _)| *timestamp < bound);
    let too_old = before(now - MAX_AGE_MS);
    let expired = expired_before.map_or(0, before);
    let too_new = before(now + MAX_AHEAD_MS + 1);
    // The ends are exclusive, the start is inclusive.
    if too_old > 0 {
        rejected.insert("tooOldLogEventEndIndex".to_owned(), Value::from(too_old));
    }
    if expired > too_old {
        rejected.insert("expiredLogEventEndIndex".to_owned(), Value::from(expired));
    }
    if too_new < events.len() {
        rejected.insert("tooNewLogEventStartIndex".to_owned(), Value::from(too_new));
    }
    let first = too_old.max(expired);
    (&events[first..too_new.max(first)], rejected)
}

/// Where a token of GetLogEvents goes on.
#[derive(Clone, Copy)]
enum Token {
    Forward(Position),
    Backward(Position),
}

impl Token {
    fn read(text: &str) -> Result<Self, AwsError> {
        let (direction, rest) = text.split_once('/').unwrap_or_default();
        let digits = rest.strip_suffix("/s").unwrap_or(rest);
        match (direction, store::position(digits)) {
            ("f", Some(position)) => Ok(Self::Forward(position)),
            ("b", Some(position)) => Ok(Self::Backward(position)),
            _ => Err(input::invalid("The specified nextToken is invalid.")),
        }
    }

    fn write(self) -> String {
        match self {
            Self::Forward(position) => format!("f/{}/s", store::id(position)),
            Self::Backward(position) => format!("b/{}/s", store::id(position)),
        }
    }
}

/// GetLogEvents. Without a token, the newest events unless `startFromHead`; both tokens always come back, and at the end
/// of the stream the same one that was given.
pub fn get(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let group_name = input::group_name(input)?;
    let stream_name = input::required(input, "logStreamName")?;
    let limit = input::limit(input, MAX_EVENTS, MAX_EVENTS as i64)?;
    let start = input::integer(input, "startTime");
    let end = input::integer(input, "endTime");
    let token = input::text(input, "nextToken")
        .map(Token::read)
        .transpose()?;
    let from_head = input::flag(input, "startFromHead");

    let mut state = logs.state();
    let group = input::group(&mut state, group_name, logs.clock.now_ms())?;
    let stream = group
        .streams
        .get(stream_name)
        .ok_or_else(input::no_stream)?;
    // The end is exclusive here, unlike in FilterLogEvents.
    let first = start.map_or(0, |start| stream.from(start));
    let last = end
        .map_or(stream.events.len(), |end| stream.from(end))
        .max(first);
    let page = match token {
        Some(Token::Forward(position)) => forward(
            &stream.events[stream.after(position).clamp(first, last)..last],
            limit,
        ),
        Some(Token::Backward((timestamp, sequence))) => {
            let before = stream.after((timestamp, sequence.saturating_sub(1)));
            backward(&stream.events[first..before.clamp(first, last)], limit)
        }
        None if from_head => forward(&stream.events[first..last], limit),
        None => backward(&stream.events[first..last], limit),
    };
    let (next_forward, next_backward) = next_tokens(page, token, start.unwrap_or_default());
    Ok(json!({
        "events": page.iter().map(event).collect::<Vec<_>>(),
        "nextForwardToken": next_forward.write(),
        "nextBackwardToken": next_backward.write(),
    }))
}

fn next_tokens(page: &[Event], given: Option<Token>, start: i64) -> (Token, Token) {
    if let (Some(first), Some(last)) = (page.first(), page.last()) {
        return (
            Token::Forward(last.position()),
            Token::Backward(first.position()),
        );
    }
    match given {
        Some(forward @ Token::Forward((timestamp, sequence))) => {
            (forward, Token::Backward((timestamp, sequence + 1)))
        }
        Some(backward @ Token::Backward((timestamp, sequence))) => (
            Token::Forward((timestamp, sequence.saturating_sub(1))),
            backward,
        ),
        None => {
            let start = (start.max(0), 0);
            (Token::Forward(start), Token::Backward(start))
        }
    }
}

/// As many events from the beginning as a page may hold.
fn forward(events: &[Event], limit: usize) -> &[Event] {
    let length = fitting(events.iter(), limit);
    &events[..length]
}

/// As many events up to the end as a page may hold.
fn backward(events: &[Event], limit: usize) -> &[Event] {
    let length = fitting(events.iter().rev(), limit);
    &events[events.len() - length..]
}

fn fitting<'a>(events: impl Iterator<Item = &'a Event>, limit: usize) -> usize {
    let mut bytes = 0;
    events
        .take(limit)
        .take_while(|event| {
            let first = bytes == 0;
            bytes += event.message.len() + 26;
            first || bytes <= MAX_PAGE_BYTES
        })
        .count()
}

fn event(event: &Event) -> Value {
    json!({
        "timestamp": event.timestamp,
        "message": event.message.as_ref(),
        "ingestionTime": event.ingested,
    })
}
