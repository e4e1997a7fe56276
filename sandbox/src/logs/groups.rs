//! The operations on groups: making, removing, listing, retention.

use std::ops::Bound;

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
    let name = input::checked_group_name(input)?;
    if let Some(class) = input::text(input, "logGroupClass") {
        check_class(class)?;
    }
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
    group.kms_key = input::text(input, "kmsKeyId").map(str::to_owned);
    group.is_protected = input::flag(input, "deletionProtectionEnabled");
    state.groups.insert(name.to_owned(), group);
    logs.note_group(&mut state, name);
    Ok(Value::Null)
}

pub fn delete(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let name = input::checked_group_name(input)?;
    let mut state = logs.state();
    let group = state.groups.get(name).ok_or_else(input::no_group)?;
    if group.is_protected {
        return Err(AwsError::new(
            400,
            "ValidationException",
            format!("The log group {name} can't be deleted: its deletion protection is on."),
        ));
    }
    state.groups.remove(name);
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
    let identifiers = input::texts(input, "logGroupIdentifiers");
    if identifiers.len() > 50 {
        return Err(input::too_many(&identifiers, "logGroupIdentifiers", 50));
    }
    for (at, identifier) in identifiers.iter().enumerate() {
        input::check_identifier(
            identifier,
            &format!("logGroupIdentifiers.{}.member", at + 1),
        )?;
    }
    let identifiers: Vec<_> = identifiers.into_iter().map(input::name_of).collect();
    let class = input::text(input, "logGroupClass");
    class.map_or(Ok(()), check_class)?;
    let limit = input::limit(input, 50, 50)?;
    let start = input::text(input, "nextToken")
        .map(input::read_token)
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
        .filter(|group| class.is_none_or(|class| group.class == class))
        .filter(|group| identifiers.is_empty() || identifiers.contains(&group.name.as_ref()));
    let page: Vec<_> = found.by_ref().take(limit).collect();
    let more = found.next().is_some();
    // AWS looks patterns up in an index, which knows less of a group and never says that a page is the last.
    let searched = pattern.is_some();
    let described = page.iter().map(|group| {
        let mut described = description(logs, group);
        if let (true, Some(members)) = (searched, described.as_object_mut()) {
            members.remove("storedBytes");
            members.remove("deletionProtectionEnabled");
        }
        described
    });
    let mut output = json!({"logGroups": described.collect::<Vec<_>>()});
    if let (true, Some(last)) = (more || searched, page.last()) {
        output["nextToken"] = input::write_token(&last.name).into();
    }
    Ok(output)
}

fn check_class(class: &str) -> Result<(), AwsError> {
    if ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"].contains(&class) {
        return Ok(());
    }
    Err(input::constraint(
        class,
        "logGroupClass",
        "Member must satisfy enum value set: [STANDARD, INFREQUENT_ACCESS, DELIVERY]",
    ))
}

/// ListLogGroups, whose pattern is a regular expression.
pub fn list(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let pattern = input::text(input, "logGroupNamePattern").map(regex_lite::Regex::new);
    let pattern = pattern.transpose().map_err(|_| {
        let given = input::text(input, "logGroupNamePattern").unwrap_or_default();
        input::invalid(format!("The pattern {given} is no regular expression."))
    })?;
    let class = input::text(input, "logGroupClass");
    class.map_or(Ok(()), check_class)?;
    let limit = input::limit(input, 50, 1000)?;
    let state = logs.state();
    let rows = state
        .groups
        .values()
        .filter(|group| class.is_none_or(|class| group.class == class))
        .filter(|group| {
            let pattern = pattern.as_ref();
            pattern.is_none_or(|pattern| pattern.is_match(&group.name))
        })
        .map(|group| {
            let row = json!({
                "logGroupName": group.name.as_ref(),
                "logGroupArn": logs.group_arn(&group.name),
                "logGroupClass": group.class,
            });
            (group.name.to_string(), row)
        });
    super::page("logGroups", rows, input::text(input, "nextToken"), limit)
}

fn description(logs: &Logs, group: &Group) -> Value {
    let arn = logs.group_arn(&group.name);
    let mut description = json!({
        "logGroupName": group.name.as_ref(),
        "creationTime": group.created,
        "metricFilterCount": group.filters.len(),
        "arn": format!("{arn}:*"),
        "storedBytes": group.bytes,
        "logGroupClass": group.class,
        "logGroupArn": arn,
        "deletionProtectionEnabled": group.is_protected,
    });
    if let Some(key) = &group.kms_key {
        description["kmsKeyId"] = Value::from(key.as_str());
    }
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

/// AssociateKmsKey: nothing is encrypted here, but which key was said to do it is kept.
pub fn associate_key(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let key = input::required(input, "kmsKeyId")?.to_owned();
    change(logs, input, |group| group.kms_key = Some(key))
}

/// DisassociateKmsKey.
pub fn disassociate_key(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    change(logs, input, |group| group.kms_key = None)
}

/// PutLogGroupDeletionProtection.
pub fn protect(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let protected = input.get("deletionProtectionEnabled");
    let protected = protected.and_then(Value::as_bool);
    let protected = protected.ok_or_else(|| input::missing("deletionProtectionEnabled"))?;
    change(logs, input, |group| group.is_protected = protected)
}

/// Changes the group that is named one way or another.
fn change(logs: &Logs, input: &Value, change: impl FnOnce(&mut Group)) -> Result<Value, AwsError> {
    let identifier = input::text(input, "resourceIdentifier");
    let name = match identifier {
        Some(identifier) => input::name_of(identifier),
        None => input::group_name(input)?,
    };
    let mut state = logs.state();
    change(input::group(&mut state, name, logs.clock.now_ms())?);
    logs.note_group(&mut state, name);
    Ok(Value::Null)
}
