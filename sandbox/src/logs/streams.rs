//! The operations on streams: making, removing, listing.

use std::cmp::Reverse;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::store::{Stream, add_stream};
use super::{Entry, Logs, input};
use crate::error::AwsError;

pub fn create(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let name = input::checked_group_name(input)?;
    let stream = input::required(input, "logStreamName")?;
    input::check_stream_name(stream)?;
    let now = logs.clock.now_ms();
    let mut state = logs.state();
    let group = input::group(&mut state, name, now)?;
    if group.streams.contains_key(stream) {
        return Err(AwsError::new(
            400,
            "ResourceAlreadyExistsException",
            "The specified log stream already exists",
        ));
    }
    add_stream(group, stream, now);
    let entry = Entry::Ensured {
        group: name.into(),
        stream: stream.into(),
        at: now,
    };
    logs.note(&mut state, &entry, true);
    Ok(Value::Null)
}

pub fn delete(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let name = input::checked_group_name(input)?;
    let stream = input::required(input, "logStreamName")?;
    let mut state = logs.state();
    if !input::group(&mut state, name, logs.clock.now_ms())?.remove_stream(stream) {
        return Err(input::no_stream());
    }
    let entry = Entry::StreamDeleted {
        group: name.into(),
        stream: stream.into(),
    };
    logs.note(&mut state, &entry, true);
    Ok(Value::Null)
}

/// What streams are sorted by, and where a page begins: the time of the last event (0 when sorting by name) and the name.
type Place = (i64, String);

pub fn describe(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    // Only here both are a ValidationException.
    let name = input::group_name(input).map_err(|error| {
        let both = input::text(input, "logGroupName").and(input::text(input, "logGroupIdentifier"));
        match both {
            Some(_) => AwsError::new(400, "ValidationException", error.message),
            None => error,
        }
    })?;
    let prefix = input::text(input, "logStreamNamePrefix");
    let by_time = match input.get("orderBy").and_then(Value::as_str) {
        None | Some("LogStreamName") => false,
        Some("LastEventTime") => true,
        Some(other) => {
            return Err(input::constraint(
                other,
                "orderBy",
                "Member must satisfy enum value set: [LogStreamName, LastEventTime]",
            ));
        }
    };
    if by_time && prefix.is_some() {
        return Err(input::invalid(
            "Cannot order by LastEventTime with a logStreamNamePrefix.",
        ));
    }
    let descending = input::flag(input, "descending");
    let limit = input::limit(input, 50, 50)?;
    let start = input::text(input, "nextToken").map(place).transpose()?;

    let mut state = logs.state();
    let group = input::group(&mut state, name, logs.clock.now_ms())?;
    let mut streams: Vec<(Place, &Stream)> = group
        .streams
        .values()
        .filter(|stream| prefix.is_none_or(|prefix| stream.name.starts_with(prefix)))
        .map(|stream| {
            let time = stream.last_event().unwrap_or_default();
            let time = if by_time { time } else { 0 };
            ((time, stream.name.to_string()), stream)
        })
        .collect();
    if descending {
        streams.sort_by(|left, right| Reverse(&left.0).cmp(&Reverse(&right.0)));
    } else {
        streams.sort_by(|left, right| left.0.cmp(&right.0));
    }
    let passed = |place: &Place, start: &Place| {
        if descending {
            place >= start
        } else {
            place <= start
        }
    };
    let from = start.map_or(0, |start| {
        streams.partition_point(|(place, _)| passed(place, &start))
    });
    let page = &streams[from..streams.len().min(from + limit)];
    let arn = logs.group_arn(name);
    let described: Vec<_> = page
        .iter()
        .map(|(_, stream)| description(&arn, stream))
        .collect();
    let mut output = json!({"logStreams": described});
    if let (true, Some((last, _))) = (from + limit < streams.len(), page.last()) {
        let token = URL_SAFE_NO_PAD.encode(format!("{}:{}", last.0, last.1));
        output["nextToken"] = Value::from(token);
    }
    Ok(output)
}

fn place(token: &str) -> Result<Place, AwsError> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            let (time, name) = text.split_once(':')?;
            Some((time.parse().ok()?, name.to_owned()))
        })
        .ok_or_else(|| input::invalid("The specified nextToken is invalid."))
}

fn description(group_arn: &str, stream: &Stream) -> Value {
    let mut description = json!({
        "logStreamName": stream.name.as_ref(),
        "creationTime": stream.created,
        "arn": format!("{group_arn}:log-stream:{}", stream.name),
        // AWS stopped counting bytes per stream in 2019 and answers 0.
        "storedBytes": 0,
    });
    if let (Some(first), Some(last)) = (stream.events.first(), stream.events.last()) {
        description["firstEventTimestamp"] = Value::from(first.timestamp);
        description["lastEventTimestamp"] = Value::from(last.timestamp);
    }
    if let Some(ingested) = stream.last_ingested {
        description["lastIngestionTime"] = Value::from(ingested);
        description["uploadSequenceToken"] = Value::from(super::events::SEQUENCE_TOKEN);
    }
    description
}
