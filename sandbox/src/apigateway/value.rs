//! Reading the members of a JSON body, with an error in the service's words where one has the wrong type.

use super::{error::serialization, model::Texts};
use crate::error::AwsError;
use serde_json::Value;
use std::collections::BTreeMap;

fn wrong(value: &Value, wanted: &str) -> AwsError {
    let name = match value {
        Value::Bool(_) => "java.lang.Boolean",
        Value::Number(_) => "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
        Value::Array(_) => "java.util.ArrayList",
        Value::Object(_) => "java.util.LinkedHashMap",
        Value::String(_) => "java.lang.String",
        Value::Null => "null",
    };
    serialization(format!("class {name} can not be converted to an {wanted}"))
}

fn as_text(value: &Value) -> Result<String, AwsError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Null => Ok(String::new()),
        other => Err(wrong(other, "String")),
    }
}

/// A text; none when absent or null.
pub fn text(body: &Value, member: &str) -> Result<Option<String>, AwsError> {
    match body.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => as_text(value).map(Some),
    }
}

/// A text that is not empty.
pub fn filled(body: &Value, member: &str) -> Result<Option<String>, AwsError> {
    Ok(text(body, member)?.filter(|text| !text.is_empty()))
}

/// A list of texts.
pub fn texts(body: &Value, member: &str) -> Result<Option<Vec<String>>, AwsError> {
    match body.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => items
            .iter()
            .map(as_text)
            .collect::<Result<_, _>>()
            .map(Some),
        Some(other) => Err(wrong(other, "List")),
    }
}

/// A map of texts.
pub fn map(body: &Value, member: &str) -> Result<Option<Texts>, AwsError> {
    match body.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(all)) => {
            let pairs = all
                .iter()
                .map(|(key, value)| Ok((key.clone(), as_text(value)?)));
            pairs.collect::<Result<_, _>>().map(Some)
        }
        Some(other) => Err(wrong(other, "Map")),
    }
}

/// A map of truth values.
pub fn flags(body: &Value, member: &str) -> Result<Option<BTreeMap<String, bool>>, AwsError> {
    match body.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(all)) => {
            let pairs = all.iter().map(|(key, value)| (key.clone(), is_true(value)));
            Ok(Some(pairs.collect()))
        }
        Some(other) => Err(wrong(other, "Map")),
    }
}

/// A truth value; none when absent.
pub fn flag(body: &Value, member: &str) -> Option<bool> {
    body.get(member)
        .filter(|value| !value.is_null())
        .map(is_true)
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// A whole number, which a text may hold as well.
pub fn number(body: &Value, member: &str) -> Result<Option<i64>, AwsError> {
    match body.get(member) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(text.parse().ok()),
        Some(value) => value
            .as_i64()
            .map(Some)
            .ok_or_else(|| wrong(value, "Integer")),
    }
}
