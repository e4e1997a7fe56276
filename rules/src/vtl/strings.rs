//! The methods of Java's String. Places count UTF-16 units, as in Java.

use std::rc::Rc;

use super::format::format;
use super::methods::Called;
use super::pattern;
use super::value::{ListKind, Value};

/// Methods that throw when they are given null.
const TEXT_WANTED: [&str; 13] = [
    "contains",
    "startsWith",
    "endsWith",
    "indexOf",
    "lastIndexOf",
    "concat",
    "replace",
    "replaceAll",
    "replaceFirst",
    "split",
    "matches",
    "compareTo",
    "compareToIgnoreCase",
];

pub(super) fn string_method(
    text: &Rc<str>,
    name: &str,
    arguments: &[Value],
    limit: usize,
) -> Called {
    if arguments.iter().any(Value::is_null) && TEXT_WANTED.contains(&name) {
        return Err("java.lang.NullPointerException".to_owned());
    }
    if let Some(found) = looking(text, name, arguments)? {
        return Ok(Some(found));
    }
    making(text, name, arguments, limit)
}

/// The methods that only look at the text.
fn looking(text: &Rc<str>, name: &str, arguments: &[Value]) -> Called {
    let found = match (name, arguments) {
        ("length", []) => Value::int(units(text) as u64),
        ("isEmpty", []) => Value::Bool(text.is_empty()),
        ("isBlank", []) => Value::Bool(text.trim().is_empty()),
        ("contains", [Value::Text(part)]) => Value::Bool(text.contains(part.as_ref())),
        ("startsWith", [Value::Text(part)]) => Value::Bool(text.starts_with(part.as_ref())),
        ("startsWith", [Value::Text(part), Value::Int(from)]) => Value::Bool(
            byte_at(text, *from).is_some_and(|at| tail(text, at).starts_with(part.as_ref())),
        ),
        ("endsWith", [Value::Text(part)]) => Value::Bool(text.ends_with(part.as_ref())),
        ("equalsIgnoreCase", [Value::Text(other)]) => {
            Value::Bool(text.to_lowercase() == other.to_lowercase())
        }
        ("equalsIgnoreCase", [Value::Null]) => Value::Bool(false),
        ("contentEquals", [Value::Text(other)]) => Value::Bool(text == other),
        ("compareTo", [Value::Text(other)]) => Value::Int(ordered(text, other)),
        ("compareToIgnoreCase", [Value::Text(other)]) => {
            Value::Int(ordered(&text.to_lowercase(), &other.to_lowercase()))
        }
        ("indexOf", [part]) => match needle(part) {
            Some(part) => place(text, text.find(&part)),
            None => return Ok(None),
        },
        ("indexOf", [part, Value::Int(from)]) => match needle(part) {
            Some(part) => {
                let start =
                    byte_at(text, (*from).clamp(0, units(text) as i128)).unwrap_or(text.len());
                place(text, tail(text, start).find(&part).map(|at| at + start))
            }
            None => return Ok(None),
        },
        ("lastIndexOf", [part]) => match needle(part) {
            Some(part) => place(text, text.rfind(&part)),
            None => return Ok(None),
        },
        ("charAt", [Value::Int(at)]) => {
            return slice(text, *at, at.saturating_add(1)).map(|c| Some(Value::text(c)));
        }
        ("codePointAt", [Value::Int(at)]) => {
            let start = byte_at(text, *at).ok_or_else(|| outside(text, *at, *at))?;
            Value::int(tail(text, start).chars().next().map_or(0, u32::from))
        }
        ("matches", [Value::Text(pattern)]) => {
            return pattern::matches(text, pattern).map(|it| Some(Value::Bool(it)));
        }
        ("hashCode", []) => return Ok(None),
        _ => return Ok(None),
    };
    Ok(Some(found))
}

/// The methods that make other texts.
fn making(text: &Rc<str>, name: &str, arguments: &[Value], limit: usize) -> Called {
    let found = match (name, arguments) {
        ("substring" | "subSequence", [Value::Int(from), Value::Int(to)]) => {
            slice(text, *from, *to)?
        }
        ("substring", [Value::Int(from)]) => slice(text, *from, units(text) as i128)?,
        ("toLowerCase", []) => text.to_lowercase(),
        ("toUpperCase", []) => text.to_uppercase(),
        ("trim", []) => text.trim_matches(|c| c <= ' ').to_owned(),
        ("strip", []) => text.trim().to_owned(),
        ("concat", [Value::Text(other)]) => format!("{text}{other}"),
        ("intern", []) => return Ok(Some(Value::Text(text.clone()))),
        ("valueOf" | "copyValueOf", [value]) => value.to_text(limit),
        ("replace", [Value::Text(part), Value::Text(other)]) => {
            let count = text.matches(part.as_ref()).count();
            bounded(text.len() + count.saturating_mul(other.len()), limit)?;
            text.replace(part.as_ref(), other)
        }
        ("replaceAll", [Value::Text(pattern), Value::Text(other)]) => {
            pattern::replace(text, pattern, other, usize::MAX, limit)?
        }
        ("replaceFirst", [Value::Text(pattern), Value::Text(other)]) => {
            pattern::replace(text, pattern, other, 1, limit)?
        }
        ("split", [Value::Text(pattern)]) => return parts(text, pattern, 0),
        ("split", [Value::Text(pattern), Value::Int(most)]) => return parts(text, pattern, *most),
        ("toCharArray", []) => {
            let items = text.chars().map(|c| Value::text(c.to_string())).collect();
            return Ok(Some(Value::list(ListKind::Array, items)));
        }
        ("repeat", [Value::Int(count)]) => {
            let count =
                usize::try_from(*count).map_err(|_| format!("count is negative: {count}"))?;
            bounded(count.saturating_mul(text.len()), limit)?;
            text.repeat(count)
        }
        ("join", [Value::Text(between), Value::List(list)]) => {
            let items = list.items.borrow();
            let texts: Option<Vec<&str>> = items.iter().map(as_text).collect();
            let texts = texts.ok_or("java.lang.ClassCastException: an item is no String")?;
            bounded(
                texts.iter().map(|text| text.len() + between.len()).sum(),
                limit,
            )?;
            texts.join(between)
        }
        ("format", [Value::Text(pattern), values @ ..]) => format(pattern, values, limit)?,
        _ => return Ok(None),
    };
    Ok(Some(Value::text(found)))
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn bounded(bytes: usize, limit: usize) -> Result<(), String> {
    if bytes > limit {
        Err("java.lang.OutOfMemoryError: the text is too long".to_owned())
    } else {
        Ok(())
    }
}

fn parts(text: &str, pattern: &str, most: i128) -> Called {
    let parts = pattern::split(text, pattern, most)?;
    Ok(Some(Value::list(
        ListKind::Array,
        parts.into_iter().map(Value::text).collect(),
    )))
}

/// What `indexOf` looks for: a text, or a character by its number.
fn needle(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::Int(code) => u32::try_from(*code)
            .ok()
            .and_then(char::from_u32)
            .map(|c| c.to_string()),
        _ => None,
    }
}

fn units(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.encode_utf16().count()
    }
}

fn tail(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// The byte where a UTF-16 place stands, nothing when it is outside or within a pair.
fn byte_at(text: &str, place: i128) -> Option<usize> {
    let place = usize::try_from(place).ok()?;
    if text.is_ascii() {
        return Some(place).filter(|place| *place <= text.len());
    }
    let mut unit = 0;
    for (at, c) in text.char_indices() {
        if unit == place {
            return Some(at);
        }
        unit += c.len_utf16();
    }
    Some(text.len()).filter(|_| unit == place)
}

fn place(text: &str, found: Option<usize>) -> Value {
    found.map_or(Value::Int(-1), |at| {
        Value::int(units(text.get(..at).unwrap_or_default()) as u64)
    })
}

fn outside(text: &str, from: i128, to: i128) -> String {
    format!(
        "java.lang.StringIndexOutOfBoundsException: begin {from}, end {to}, length {}",
        units(text)
    )
}

fn slice(text: &str, from: i128, to: i128) -> Result<String, String> {
    if let (Some(from), Some(to)) = (byte_at(text, from), byte_at(text, to)) {
        return text
            .get(from..to)
            .map(str::to_owned)
            .ok_or_else(|| outside(text, from as i128, to as i128));
    }
    // A bound within a surrogate pair leaves half a character, which Java prints as a question mark.
    let all: Vec<u16> = text.encode_utf16().collect();
    let bounds = usize::try_from(from).ok().zip(usize::try_from(to).ok());
    bounds
        .and_then(|(from, to)| all.get(from..to))
        .map(|part| String::from_utf16_lossy(part).replace('\u{fffd}', "?"))
        .ok_or_else(|| outside(text, from, to))
}

/// Java's `compareTo`: the difference of the first units that differ, or of the lengths.
fn ordered(text: &str, other: &str) -> i128 {
    let differing = text
        .encode_utf16()
        .zip(other.encode_utf16())
        .find(|(a, b)| a != b);
    match differing {
        Some((a, b)) => i128::from(a) - i128::from(b),
        None => units(text) as i128 - units(other) as i128,
    }
}
