//! Reading an operation's input, and CloudWatch Logs' words for what is wrong with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::store::{Group, State};
use crate::error::AwsError;

/// The text of a member; an empty text counts as none, as AWS's own clients never send one on purpose.
pub fn text<'a>(input: &'a Value, name: &str) -> Option<&'a str> {
    input.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// The text of a member that must be there.
pub fn required<'a>(input: &'a Value, name: &str) -> Result<&'a str, AwsError> {
    text(input, name).ok_or_else(|| missing(name))
}

/// A member that must be there and is not.
pub fn missing(name: &str) -> AwsError {
    invalid(format!(
        "1 validation error detected: Value null at '{name}' failed to satisfy constraint: \
         Member must not be null"
    ))
}

/// A value that is not what its member may be.
pub fn constraint(value: &str, name: &str, constraint: &str) -> AwsError {
    invalid(format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {constraint}"
    ))
}

/// A list with more items than it may have.
pub fn too_many(items: &[&str], name: &str, most: usize) -> AwsError {
    constraint(
        &format!("[{}]", items.join(", ")),
        name,
        &format!("Member must have length less than or equal to {most}"),
    )
}

/// A text of at most so many characters.
pub fn length(text: &str, name: &str, most: usize) -> Result<(), AwsError> {
    if text.chars().count() <= most {
        return Ok(());
    }
    Err(constraint(
        text,
        name,
        &format!("Member must have length less than or equal to {most}"),
    ))
}

/// The whole number of a member.
pub fn integer(input: &Value, name: &str) -> Option<i64> {
    let value = input.get(name)?;
    value.as_i64().or_else(|| value.as_f64().map(|v| v as i64))
}

/// The flag of a member; absent is `false`.
pub fn flag(input: &Value, name: &str) -> bool {
    input.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// The texts of a list.
pub fn texts<'a>(input: &'a Value, name: &str) -> Vec<&'a str> {
    let items = input.get(name).and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// `limit`, which must lie between 1 and `most`.
pub fn limit(input: &Value, default: usize, most: i64) -> Result<usize, AwsError> {
    let Some(limit) = integer(input, "limit") else {
        return Ok(default);
    };
    let (word, bound) = if limit < 1 {
        ("greater", 1)
    } else if limit > most {
        ("less", most)
    } else {
        return Ok(limit as usize);
    };
    Err(constraint(
        &limit.to_string(),
        "limit",
        &format!("Member must have value {word} than or equal to {bound}"),
    ))
}

/// The name of the group that `logGroupName` or `logGroupIdentifier` (a name or an ARN) means.
pub fn group_name(input: &Value) -> Result<&str, AwsError> {
    match (
        text(input, "logGroupName"),
        text(input, "logGroupIdentifier"),
    ) {
        (Some(_), Some(_)) => Err(invalid(
            "LogGroup name and LogGroup ARN are mutually exclusive parameters.",
        )),
        (Some(name), None) => Ok(name),
        (None, Some(identifier)) => {
            check_identifier(identifier, "logGroupIdentifier")?;
            Ok(name_of(identifier))
        }
        (None, None) => required(input, "logGroupName"),
    }
}

/// An identifier of a group has no asterisk: `…:*` is the ARN of its streams.
pub fn check_identifier(identifier: &str, member: &str) -> Result<(), AwsError> {
    length(identifier, member, 2048)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_#+=/:,.@-".contains(c);
    if identifier.chars().all(allowed) {
        return Ok(());
    }
    Err(constraint(
        identifier,
        member,
        r"Member must satisfy regular expression pattern: [\w#+=/:,.@-]*",
    ))
}

/// The name in a group's ARN, with or without the `:*` behind it; a name stays as it is.
pub fn name_of(identifier: &str) -> &str {
    let name = identifier
        .strip_prefix("arn:")
        .and_then(|arn| arn.split_once(":log-group:"))
        .map_or(identifier, |(_, name)| name);
    name.strip_suffix(":*").unwrap_or(name)
}

/// `logGroupName`, which must be there and be a name.
pub fn checked_group_name(input: &Value) -> Result<&str, AwsError> {
    let name = required(input, "logGroupName")?;
    check_group_name(name)?;
    Ok(name)
}

/// A name that AWS's pattern allows for a group: 1–512 of `. - _ / #` and alphanumerics.
pub fn check_group_name(name: &str) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
    check_name(name, "logGroupName", allowed, r"[\.\-_/#A-Za-z0-9]+")
}

/// A name that AWS's pattern allows for a stream: 1–512 characters but `:` and `*`.
pub fn check_stream_name(name: &str) -> Result<(), AwsError> {
    check_name(name, "logStreamName", |c| c != ':' && c != '*', "[^:*]*")
}

fn check_name(
    name: &str,
    member: &str,
    allowed: impl Fn(char) -> bool,
    pattern: &str,
) -> Result<(), AwsError> {
    if name.chars().count() > 512 {
        return Err(invalid(
            "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
        ));
    }
    if name.chars().all(allowed) {
        return Ok(());
    }
    Err(constraint(
        name,
        member,
        &format!("Member must satisfy regular expression pattern: {pattern}"),
    ))
}

/// A token that stands for a key.
pub fn write_token(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The key that a token stands for.
pub fn read_token(token: &str) -> Result<String, AwsError> {
    URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| invalid("The specified nextToken is invalid."))
}

/// `InvalidParameterException`.
pub fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidParameterException", message)
}

/// `ResourceNotFoundException` for a group.
pub fn no_group() -> AwsError {
    AwsError::new(
        400,
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )
}

/// `ResourceNotFoundException` for a stream.
pub fn no_stream() -> AwsError {
    AwsError::new(
        400,
        "ResourceNotFoundException",
        "The specified log stream does not exist.",
    )
}

/// A group that must be there, with what is too old for it removed.
pub fn group<'a>(state: &'a mut State, name: &str, now: i64) -> Result<&'a mut Group, AwsError> {
    let group = state.groups.get_mut(name).ok_or_else(no_group)?;
    group.expire(now);
    Ok(group)
}
