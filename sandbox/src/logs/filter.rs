//! FilterLogEvents: the events of many streams in one order, through a filter pattern, in pages. TestMetricFilter: a
//! pattern tried on messages.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::pattern::Pattern;
use super::store::{self, Event, Group, Position, Stream};
use super::{Logs, input};
use crate::error::AwsError;

/// Most events of a page.
const MAX_EVENTS: usize = 10_000;
/// Largest page in bytes.
const MAX_PAGE_BYTES: usize = 1_048_576;
/// Events looked at for one page; then the page ends, empty perhaps, with a token, as on AWS.
const MAX_SEARCHED: usize = 100_000;
/// Events taken out of the store at a time: matching them happens without holding up those who write.
const CHUNK: usize = 5_000;

/// Which events are meant.
#[derive(Debug)]
pub struct Selection {
    /// Streams by name; empty means all that `prefix` allows.
    pub streams: Vec<String>,
    pub prefix: Option<String>,
    /// First millisecond, inclusive.
    pub start: i64,
    /// Last millisecond, inclusive.
    pub end: i64,
}

impl Selection {
    fn takes(&self, stream: &Stream) -> bool {
        let name = stream.name.as_ref();
        (self.streams.is_empty() || self.streams.iter().any(|wanted| wanted == name))
            && self
                .prefix
                .as_deref()
                .is_none_or(|prefix| name.starts_with(prefix))
    }
}

/// An event with the stream it came from.
pub type Found = (Arc<str>, Event);

/// The next events of a selection after a position, in order of time; at most `most`.
pub fn next(group: &Group, selection: &Selection, after: Position, most: usize) -> Vec<Found> {
    let streams: Vec<&Stream> = group
        .streams
        .values()
        .filter(|stream| selection.takes(stream))
        .collect();
    let mut heads = BinaryHeap::new();
    for (index, stream) in streams.iter().enumerate() {
        let at = stream.after(after).max(stream.from(selection.start));
        if let Some(event) = stream.events.get(at) {
            heads.push(Reverse((event.position(), index, at)));
        }
    }
    let mut found = Vec::new();
    while let Some(Reverse((position, index, at))) = heads.pop() {
        if position.0 > selection.end || found.len() >= most {
            break;
        }
        let stream = streams[index];
        found.push((stream.name.clone(), stream.events[at].clone()));
        if let Some(event) = stream.events.get(at + 1) {
            heads.push(Reverse((event.position(), index, at + 1)));
        }
    }
    found
}

/// FilterLogEvents.
pub fn filter(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let group_name = input::group_name(input)?;
    let selection = selection(input)?;
    let pattern = Pattern::parse(input::text(input, "filterPattern").unwrap_or_default())?;
    let limit = input::limit(input, MAX_EVENTS, MAX_EVENTS as i64)?;
    let mut after = match input::text(input, "nextToken") {
        Some(token) => store::position(token)
            .ok_or_else(|| input::invalid("The specified nextToken is invalid."))?,
        None => (i64::MIN, 0),
    };
    check_streams(logs, group_name, &selection)?;

    let mut events: Vec<Value> = Vec::new();
    let (mut bytes, mut searched) = (0, 0);
    let complete = 'pages: loop {
        let chunk = {
            let mut state = logs.state();
            let group = input::group(&mut state, group_name, logs.clock.now_ms())?;
            next(group, &selection, after, CHUNK)
        };
        let last_chunk = chunk.len() < CHUNK;
        for (stream, event) in chunk {
            if events.len() >= limit || bytes > MAX_PAGE_BYTES || searched >= MAX_SEARCHED {
                break 'pages false;
            }
            searched += 1;
            after = event.position();
            if pattern.matches(&event.message) {
                bytes += event.message.len() + 26;
                events.push(described(&stream, &event));
            }
        }
        if last_chunk {
            break true;
        }
    };
    let mut output = json!({"events": events, "searchedLogStreams": []});
    if !complete {
        output["nextToken"] = Value::from(store::id(after));
    }
    Ok(output)
}

fn selection(input: &Value) -> Result<Selection, AwsError> {
    let streams = input::texts(input, "logStreamNames");
    let prefix = input::text(input, "logStreamNamePrefix");
    if !streams.is_empty() && prefix.is_some() {
        return Err(input::invalid(
            "logStreamNamePrefix and logStreamNames are mutually exclusive parameters.",
        ));
    }
    if streams.len() > 100 {
        return Err(input::too_many(&streams, "logStreamNames", 100));
    }
    let start = input::integer(input, "startTime");
    let end = input::integer(input, "endTime");
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        return Err(input::invalid(
            "End time should not be less than start time.",
        ));
    }
    Ok(Selection {
        streams: streams.into_iter().map(str::to_owned).collect(),
        prefix: prefix.map(str::to_owned),
        start: start.unwrap_or(i64::MIN),
        end: end.unwrap_or(i64::MAX),
    })
}

/// A stream that is asked for by name must be there.
fn check_streams(logs: &Logs, group: &str, selection: &Selection) -> Result<(), AwsError> {
    let mut state = logs.state();
    let group = input::group(&mut state, group, logs.clock.now_ms())?;
    let mut wanted = selection.streams.iter();
    if wanted.all(|name| group.streams.contains_key(name.as_str())) {
        Ok(())
    } else {
        Err(input::no_stream())
    }
}

fn described(stream: &str, event: &Event) -> Value {
    json!({
        "logStreamName": stream,
        "timestamp": event.timestamp,
        "message": event.message.as_ref(),
        "ingestionTime": event.ingested,
        "eventId": event.id(),
    })
}

/// TestMetricFilter: which of some messages a pattern takes, counted from 1.
pub fn test(input: &Value) -> Result<Value, AwsError> {
    let pattern = input.get("filterPattern").and_then(Value::as_str);
    let pattern = Pattern::parse(pattern.unwrap_or_default())?;
    let messages = input::texts(input, "logEventMessages");
    let matches: Vec<Value> = messages
        .iter()
        .enumerate()
        .filter(|(_, message)| pattern.matches(message))
        .map(|(at, message)| {
            let extracted: serde_json::Map<_, _> = pattern
                .extracted(message)
                .into_iter()
                .map(|(name, text)| (name, Value::from(text)))
                .collect();
            json!({"eventNumber": at + 1, "eventMessage": message, "extractedValues": extracted})
        })
        .collect();
    Ok(json!({"matches": matches}))
}
