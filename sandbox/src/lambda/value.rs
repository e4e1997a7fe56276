//! Reading the members of a JSON body, with an error in AWS's words where one has the wrong type.

use super::error::serialization;
use crate::error::AwsError;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// A text member; none when absent or null.
pub fn text<'a>(body: &'a Value, member: &str) -> Result<Option<&'a str>, AwsError> {
    match body.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(serialization(format!(
            "{} can not be converted to a String",
            type_name(other)
        ))),
    }
}

/// A whole number.
pub fn number(body: &Value, member: &str) -> Result<Option<i64>, AwsError> {
    match body.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().map(Some).ok_or_else(|| {
            serialization(format!(
                "{} can not be converted to an Integer",
                type_name(value)
            ))
        }),
    }
}

/// A truth value; false when absent.
pub fn flag(body: &Value, member: &str) -> bool {
    body.get(member).and_then(Value::as_bool).unwrap_or(false)
}

/// A list of texts.
pub fn texts(body: &Value, member: &str) -> Result<Option<Vec<String>>, AwsError> {
    match body.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| {
                item.as_str().map(str::to_owned).ok_or_else(|| {
                    serialization(format!(
                        "{} can not be converted to a String",
                        type_name(item)
                    ))
                })
            })
            .collect::<Result<_, _>>()
            .map(Some),
        Some(other) => Err(serialization(format!(
            "{} can not be converted to a List",
            type_name(other)
        ))),
    }
}

/// A map of texts.
pub fn text_map(body: &Value, member: &str) -> Result<Option<BTreeMap<String, String>>, AwsError> {
    match body.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(members)) => members
            .iter()
            .map(|(key, value)| match value {
                Value::String(text) => Ok((key.clone(), text.clone())),
                other => Err(serialization(format!(
                    "{} can not be converted to a String",
                    type_name(other)
                ))),
            })
            .collect::<Result<_, _>>()
            .map(Some),
        Some(other) => Err(serialization(format!(
            "{} can not be converted to a Map",
            type_name(other)
        ))),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    }
}

/// Seconds since 1970 with milliseconds, as rest-json writes timestamps.
pub fn epoch(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

/// `2026-11-23T15:32:00.123+0000`, as Lambda writes dates in text.
pub fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}
