//! Pages as Lambda makes them: `Marker` in, `NextMarker` out, `MaxItems` as a wish.

use super::{
    Call,
    error::{Violations, invalid},
};
use crate::error::AwsError;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

/// The most items that Lambda gives in a page, whatever is asked for.
pub const MAX_PAGE: usize = 50;

/// One page of items that come in the order of their keys.
///
/// # Errors
/// `ValidationException` for a `MaxItems` out of bounds, `InvalidParameterValueException` for a marker that no page gave.
pub fn page<T>(
    call: &Call<'_>,
    member: &str,
    items: impl Iterator<Item = (String, T)>,
    show: impl Fn(T) -> Value,
) -> Result<Value, AwsError> {
    let limit = limit(call)?;
    let after = marker(call)?;
    // A key that went away meanwhile does no harm: the page begins at the first one after it.
    let mut rest = items.skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
    let mut shown = Vec::new();
    let mut last = None;
    for (key, item) in rest.by_ref().take(limit) {
        shown.push(show(item));
        last = Some(key);
    }
    let mut out = Map::new();
    out.insert(member.to_owned(), shown.into());
    if let Some(last) = last
        && rest.next().is_some()
    {
        out.insert("NextMarker".into(), BASE64_STANDARD.encode(last).into());
    }
    Ok(out.into())
}

/// The key after which the page begins that a request asks for.
///
/// # Errors
/// `InvalidParameterValueException` for a marker that no page gave.
pub fn marker(call: &Call<'_>) -> Result<Option<String>, AwsError> {
    call.query("Marker").map(decode).transpose()
}

fn limit(call: &Call<'_>) -> Result<usize, AwsError> {
    let Some(text) = call.query("MaxItems") else {
        return Ok(MAX_PAGE);
    };
    let number: i64 = text.parse().map_err(|_| {
        super::error::serialization(format!("{text} can not be converted to an Integer"))
    })?;
    let mut violations = Violations::default();
    violations.range("maxItems", number, 1, 10_000);
    violations.check()?;
    Ok(usize::try_from(number).unwrap_or(MAX_PAGE).min(MAX_PAGE))
}

fn decode(marker: &str) -> Result<String, AwsError> {
    BASE64_STANDARD
        .decode(marker)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| invalid("Invalid marker"))
}

/// Numbers in the order of their size when compared as text.
pub fn number_key(number: u64) -> String {
    format!("{number:020}")
}
