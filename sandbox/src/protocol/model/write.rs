//! An output as XML, in the order and the form of its shapes.

use super::{Kind, Model, Shape};
use crate::protocol::time;
use crate::protocol::xml::Writer;
use serde_json::Value;

/// The members of an output.
///
/// # Errors
/// Where the output is not of its shape: that is a mistake of the service's.
pub fn members(model: &Model, shape: &str, output: &Value) -> Result<String, String> {
    let mut out = Writer::fragment();
    let shape = model.shape(shape).ok_or("it has no shape")?;
    structure(model, shape, output, "", &mut out)?;
    Ok(out.finish())
}

fn structure(
    model: &Model,
    shape: &Shape,
    value: &Value,
    at: &str,
    out: &mut Writer,
) -> Result<(), String> {
    let empty = serde_json::Map::new();
    let held = match value {
        Value::Object(held) => held,
        Value::Null => &empty,
        other => return Err(format!("{at} should be a structure and is {other}")),
    };
    let known = |name: &str| shape.members.iter().any(|member| member.name() == name);
    if let Some(unknown) = held.keys().find(|name| !known(name)) {
        return Err(format!("{at} has no member {unknown}"));
    }
    for member in &shape.members {
        let at = format!("{at}.{}", member.name());
        match held.get(member.name()) {
            Some(value) if !value.is_null() => {
                let shape = model.shape(member.shape()).ok_or("a member has no shape")?;
                one(model, shape, member.wire(), value, &at, out)?;
            }
            _ if shape.required.iter().any(|name| name == member.name()) => {
                return Err(format!("{at} is required and missing"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn one(
    model: &Model,
    shape: &Shape,
    name: &str,
    value: &Value,
    at: &str,
    out: &mut Writer,
) -> Result<(), String> {
    match (shape.kind, value) {
        (Kind::Structure, _) => {
            out.open(name);
            structure(model, shape, value, at, out)?;
            out.close();
        }
        (Kind::List, Value::Array(items)) => {
            let of = shape.member.as_deref().and_then(|name| model.shape(name));
            let of = of.ok_or("a list has no shape")?;
            out.open(name);
            for item in items {
                one(model, of, "member", item, at, out)?;
            }
            out.close();
        }
        (Kind::Map, Value::Object(entries)) => {
            let of = shape.value.as_deref().and_then(|name| model.shape(name));
            let of = of.ok_or("a map has no shape")?;
            out.open(name);
            for (key, value) in entries {
                out.open("entry");
                out.element("key", key);
                one(model, of, "value", value, at, out)?;
                out.close();
            }
            out.close();
        }
        (Kind::String | Kind::Blob, Value::String(text)) => {
            if !shape.values.is_empty() && !shape.values.contains(text) {
                return Err(format!("{at} is {text}, which is none of its values"));
            }
            out.element(name, text);
        }
        (Kind::Integer | Kind::Long, Value::Number(number))
            if number.is_i64() || number.is_u64() =>
        {
            out.element(name, &number.to_string());
        }
        (Kind::Double | Kind::Float, Value::Number(number)) => {
            out.element(name, &number.to_string())
        }
        (Kind::Boolean, Value::Bool(flag)) => {
            out.element(name, if *flag { "true" } else { "false" })
        }
        (Kind::Timestamp, Value::Number(seconds)) => {
            out.element(name, &time::iso8601(seconds.as_f64().unwrap_or_default()));
        }
        (kind, value) => return Err(format!("{at} should be {kind:?} and is {value}")),
    }
    Ok(())
}
