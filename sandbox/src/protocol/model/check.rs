//! AWS's own validation messages: `1 validation error detected: Value '…' at 'roleSessionName' failed to satisfy
//! constraint: Member must have length less than or equal to 64`, several counted and joined. Of one value the pattern comes
//! before the length, as AWS's answers that people quote have it.

use super::{Kind, Model, Shape};
use crate::error::AwsError;
use regex_lite::Regex;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// Checks an input.
///
/// # Errors
/// `ValidationError` with everything that is wrong.
pub fn check(model: &Model, shape: &str, input: &Value) -> Result<(), AwsError> {
    let mut found = Vec::new();
    if let Some(shape) = model.shape(shape) {
        visit(model, shape, input, "", &mut found);
    }
    let noun = match found.len() {
        0 => return Ok(()),
        1 => "error",
        _ => "errors",
    };
    Err(AwsError::new(
        400,
        "ValidationError",
        format!(
            "{} validation {noun} detected: {}",
            found.len(),
            found.join("; ")
        ),
    ))
}

fn visit(model: &Model, shape: &Shape, value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) if shape.kind == Kind::Structure => {
            for member in &shape.members {
                let at = below(at, &lower(member.name()));
                match (members.get(member.name()), model.shape(member.shape())) {
                    (Some(value), Some(shape)) => visit(model, shape, value, &at, found),
                    (None, _) if shape.required.iter().any(|name| name == member.name()) => {
                        found.push(format!(
                            "Value null at '{at}' failed to satisfy constraint: Member must not be null"
                        ));
                    }
                    _ => {}
                }
            }
        }
        Value::Array(items) => {
            let shown = || {
                let items: Vec<_> = items.iter().map(shown).collect();
                format!("[{}]", items.join(", "))
            };
            bounds(shape, items.len() as f64, "length", at, &shown, found);
            if let Some(of) = shape.member.as_deref().and_then(|name| model.shape(name)) {
                for (number, item) in items.iter().enumerate() {
                    let at = below(at, &format!("{}.member", number + 1));
                    visit(model, of, item, &at, found);
                }
            }
        }
        Value::String(text) => {
            if !shape.values.is_empty() && !shape.values.contains(text) {
                let set = shape.values.join(", ");
                let constraint = format!("Member must satisfy enum value set: [{set}]");
                found.push(wrong(shape, text, at, &constraint));
            }
            if let Some(pattern) = shape
                .pattern
                .as_deref()
                .filter(|pattern| !is_like(pattern, text))
            {
                let constraint =
                    format!("Member must satisfy regular expression pattern: {pattern}");
                found.push(wrong(shape, text, at, &constraint));
            }
            if shape.kind == Kind::String {
                let length = text.chars().count() as f64;
                bounds(shape, length, "length", at, &|| text.clone(), found);
            }
        }
        Value::Number(number) => {
            let shown = || number.to_string();
            bounds(
                shape,
                number.as_f64().unwrap_or_default(),
                "value",
                at,
                &shown,
                found,
            );
        }
        _ => {}
    }
}

fn bounds(
    shape: &Shape,
    is: f64,
    what: &str,
    at: &str,
    shown: &dyn Fn() -> String,
    found: &mut Vec<String>,
) {
    if let Some(least) = shape.min.filter(|least| is < *least) {
        let constraint = format!("Member must have {what} greater than or equal to {least}");
        found.push(wrong(shape, &shown(), at, &constraint));
    }
    if let Some(most) = shape.max.filter(|most| is > *most) {
        let constraint = format!("Member must have {what} less than or equal to {most}");
        found.push(wrong(shape, &shown(), at, &constraint));
    }
}

fn wrong(shape: &Shape, value: &str, at: &str, constraint: &str) -> String {
    let value = match shape.sensitive {
        true => String::new(),
        false => format!("'{value}' "),
    };
    format!("Value {value}at '{at}' failed to satisfy constraint: {constraint}")
}

/// A value inside a list, as Java prints it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{}={}", lower(name), shown(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() {
        return name.to_owned();
    }
    format!("{at}.{name}")
}

fn lower(name: &str) -> String {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    name
}

/// What AWS's tags are made of; the smaller regular expressions here know no `\p{L}`.
const TAG: &str = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]";

/// Whether the whole text is of a pattern, which is Java's. One that can't be read here refuses nothing.
fn is_like(pattern: &str, text: &str) -> bool {
    if let Some(count) = pattern.strip_prefix(TAG) {
        let fits =
            |c: char| c.is_alphabetic() || c.is_numeric() || c == ' ' || "_.:/=+-@".contains(c);
        return text.chars().all(fits) && (count == "*" || !text.is_empty());
    }
    static READ: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let mut read = crate::region::lock(&READ);
    let regex = read
        .entry(pattern.to_owned())
        .or_insert_with(|| Regex::new(&format!("^(?:{pattern})$")).ok());
    regex.as_ref().is_none_or(|regex| regex.is_match(text))
}
