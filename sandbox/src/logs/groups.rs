//! The operations on groups: making, removing, listing, retention.

use std::ops::Bound;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::store::Group;
use super::{Entry, Logs, input};
use crate::error::AwsError;

/// The days that PutRetentionPolicy takes.
const RETENTION_DAYS: [i64; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

pub fn create(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let name = input::required(input, "logGroupName")?;
    input::check_group_name(name)?;
    let mut state = logs.state();
    if state.groups.contains_key(name) {
        return Err(AwsError::new(
            400,
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
        ));
    }
    let mut group = Group::new(name, logs.clock.now_ms());
    if let Some(tags) = input.get("tags").and_then(Value::as_object) {
        let tags = tags.iter();
        group.tags = tags
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect();
    }
    if let Some(class) = input::text(input, "logGroupClass") {
        class.clone_into(&mut group.class);
    }
    state.groups.insert(name.to_owned(), group);
    logs.note_group(&mut state, name);
    Ok(Value::Null)
}

pub fn delete(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let name = input::required(input, "logGroupName")?;
    let mut state = logs.state();
    if state.groups.remove(name).is_none() {
        return Err(input::no_group());
    }
    let entry = Entry::GroupDeleted { group: name.into() };
    logs.note(&mut state, &entry, true);
    Ok(Value::Null)
}

pub fn describe(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let prefix = input::text(input, "logGroupNamePrefix");
    let pattern = input::text(input, "logGroupNamePattern").map(str::to_lowercase);
    if prefix.is_some() && pattern.is_some() {
        return Err(input::invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    let identifiers: Vec<_> = input::texts(input, "logGroupIdentifiers")
        .into_iter()
        .map(input::name_of)
        .collect();
    let limit = input::limit(input, 50, 50)?;
    let start = input::text(input, "nextToken")
        .map(token_name)
        .transpose()?;
    let now = logs.clock.now_ms();
    let mut state = logs.state();
    for group in state.groups.values_mut() {
        group.expire(now);
    }
    let start = match &start {
        Some(name) => Bound::Excluded(name.as_str()),
        None => Bound::Unbounded,
    };
    let mut found = state
        .groups
        .range::<str, _>((start, Bound::Unbounded))
        .map(|(_, group)| group)
        .filter(|group| prefix.is_none_or(|prefix| group.name.starts_with(prefix)))
        .filter(|group| {
            let pattern = pattern.as_deref();
            pattern.is_none_or(|pattern| group.name.to_lowercase().contains(pattern))
        })
        .filter(|group| identifiers.is_empty() || identifiers.contains(&group.name.as_ref()));
    let page: Vec<_> = found.by_ref().take(limit).collect();
    let more = found.next().is_some();
    let mut output = json!({
        "logGroups": page.iter().map(|group| description(logs, group)).collect::<Vec<_>>(),
    });
    if let (true, Some(last)) = (more, page.last()) {
        output["nextToken"] = Value::from(URL_SAFE_NO_PAD.encode(last.name.as_bytes()));
    }
    Ok(output)
}

/// Tokens hold the last name of the page before: a group that comes or goes meanwhile neither repeats nor hides another.
fn token_name(token: &str) -> Result<String, AwsError> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| input::invalid("The specified nextToken is invalid."))
}

fn description(logs: &Logs, group: &Group) -> Value {
    let arn = logs.group_arn(&group.name);
    let mut description = json!({
        "logGroupName": group.name.as_ref(),
        "creationTime": group.created,
        "metricFilterCount": 0,
        "arn": format!("{arn}:*"),
        "storedBytes": group.bytes,
        "logGroupClass": group.class,
        "logGroupArn": arn,
    });
    if let Some(days) = group.retention {
        description["retentionInDays"] = Value::from(days);
    }
    description
}

pub fn put_retention(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let name = input::required(input, "logGroupName")?;
    let days = input::integer(input, "retentionInDays").unwrap_or_default();
    if !RETENTION_DAYS.contains(&days) {
        return Err(input::invalid(
            "Invalid retentionInDays, retention must be one of the valid values: \
             1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653.",
        ));
    }
    let mut state = logs.state();
    let now = logs.clock.now_ms();
    let group = input::group(&mut state, name, now)?;
    group.retention = Some(days);
    group.expire(now);
    logs.note_group(&mut state, name);
    Ok(Value::Null)
}

pub fn delete_retention(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let name = input::required(input, "logGroupName")?;
    let mut state = logs.state();
    input::group(&mut state, name, logs.clock.now_ms())?.retention = None;
    logs.note_group(&mut state, name);
    Ok(Value::Null)
}
