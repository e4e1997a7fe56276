//! Tags of groups, by ARN and, as older callers do it, by name.

use serde_json::{Map, Value, json};

use super::{Logs, input};
use crate::error::AwsError;
use crate::region::after_service;
use crate::tagging::{TagSource, Tags};

/// Most tags of a group.
const MAX_TAGS: usize = 50;

pub fn tag_resource(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let arn = input::required(input, "resourceArn")?;
    tag(logs, input::name_of(arn), input)
}

pub fn untag_resource(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let arn = input::required(input, "resourceArn")?;
    untag(logs, input::name_of(arn), &input::texts(input, "tagKeys"))
}

pub fn list_for_resource(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let arn = input::required(input, "resourceArn")?;
    list(logs, input::name_of(arn))
}

pub fn tag_group(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    tag(logs, input::required(input, "logGroupName")?, input)
}

pub fn untag_group(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    let name = input::required(input, "logGroupName")?;
    untag(logs, name, &input::texts(input, "tags"))
}

pub fn list_group(logs: &Logs, input: &Value) -> Result<Value, AwsError> {
    list(logs, input::required(input, "logGroupName")?)
}

fn tag(logs: &Logs, name: &str, input: &Value) -> Result<Value, AwsError> {
    let added = input.get("tags").and_then(Value::as_object);
    let mut state = logs.state();
    let group = input::group(&mut state, name, logs.clock.now_ms())?;
    let mut tags = group.tags.clone();
    for (key, value) in added.into_iter().flatten() {
        tags.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    if tags.len() > MAX_TAGS {
        return Err(AwsError::new(
            400,
            "TooManyTagsException",
            format!("A log group can have no more than {MAX_TAGS} tags."),
        ));
    }
    group.tags = tags;
    logs.note_group(&mut state, name);
    Ok(Value::Null)
}

fn untag(logs: &Logs, name: &str, keys: &[&str]) -> Result<Value, AwsError> {
    let mut state = logs.state();
    let group = input::group(&mut state, name, logs.clock.now_ms())?;
    group.tags.retain(|key, _| !keys.contains(&key.as_str()));
    logs.note_group(&mut state, name);
    Ok(Value::Null)
}

fn list(logs: &Logs, name: &str) -> Result<Value, AwsError> {
    let mut state = logs.state();
    let group = input::group(&mut state, name, logs.clock.now_ms())?;
    let tags: Map<String, Value> = group
        .tags
        .iter()
        .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
        .collect();
    Ok(json!({"tags": tags}))
}

impl TagSource for Logs {
    fn tagged(&self) -> Vec<(String, Tags)> {
        let state = self.state();
        let groups = state.groups.values();
        groups
            .map(|group| (self.group_arn(&group.name), group.tags.clone()))
            .collect()
    }

    fn owns(&self, arn: &str) -> bool {
        after_service(arn, "logs").is_some()
    }

    fn set_tags(&self, arn: &str, tags: Tags) -> Result<(), AwsError> {
        tag(self, input::name_of(arn), &json!({"tags": tags})).map(drop)
    }

    fn remove_tags(&self, arn: &str, keys: &[&str]) -> Result<(), AwsError> {
        untag(self, input::name_of(arn), keys).map(drop)
    }
}
