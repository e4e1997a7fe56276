//! A form as an input, typed by its shapes.

use super::{Kind, Model, Shape};
use crate::error::AwsError;
use crate::protocol::query::Params;
use crate::protocol::time;
use serde_json::{Map, Value};

/// The structure of a shape. Parameters that are no member are left out, as AWS ignores them.
///
/// # Errors
/// `MalformedInput` when a parameter can't be read as what its shape says.
pub fn structure(model: &Model, shape: &str, params: &Params) -> Result<Value, AwsError> {
    let mut out = Map::new();
    for member in model.shape(shape).map_or(&[][..], |shape| &shape.members) {
        if let Some(shape) = model.shape(member.shape())
            && let Some(value) = value(model, member.shape(), shape, &params.under(member.wire()))?
        {
            out.insert(member.name().to_owned(), value);
        }
    }
    Ok(Value::Object(out))
}

/// What the parameters of one member hold; its own text stands under the empty name. None when there is nothing.
fn value(
    model: &Model,
    name: &str,
    shape: &Shape,
    params: &Params,
) -> Result<Option<Value>, AwsError> {
    if params.is_empty() {
        return Ok(None);
    }
    match shape.kind {
        Kind::Structure => structure(model, name, params).map(Some),
        Kind::List => {
            let items = params.numbered(if shape.flattened { "" } else { "member" });
            let of = shape.member.as_deref().unwrap_or_default();
            let list = items
                .iter()
                .filter_map(|item| one(model, of, item).transpose());
            list.collect::<Result<_, _>>()
                .map(|list| Some(Value::Array(list)))
        }
        Kind::Map => {
            let mut out = Map::new();
            for entry in params.numbered(if shape.flattened { "" } else { "entry" }) {
                let of = shape.value.as_deref().unwrap_or_default();
                let key = entry.under("key");
                if let (Some(key), Some(held)) =
                    (key.get(""), one(model, of, &entry.under("value"))?)
                {
                    out.insert(key.to_owned(), held);
                }
            }
            Ok(Some(Value::Object(out)))
        }
        kind => params.get("").map(|text| scalar(kind, text)).transpose(),
    }
}

fn one(model: &Model, name: &str, params: &Params) -> Result<Option<Value>, AwsError> {
    match model.shape(name) {
        Some(shape) => value(model, name, shape, params),
        None => Ok(None),
    }
}

fn scalar(kind: Kind, text: &str) -> Result<Value, AwsError> {
    let read = match kind {
        Kind::Integer | Kind::Long => text.parse::<i64>().ok().map(Value::from),
        Kind::Double | Kind::Float => text.parse::<f64>().ok().map(Value::from),
        Kind::Boolean => match text {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => None,
        },
        Kind::Timestamp => time::parse(text).map(Value::from),
        _ => Some(Value::from(text)),
    };
    read.ok_or_else(|| {
        AwsError::new(
            400,
            "MalformedInput",
            format!("{text} can't be read as {kind:?}").to_lowercase(),
        )
    })
}
