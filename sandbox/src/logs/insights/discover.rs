//! The fields that Insights finds in a message by itself: those of the first JSON in it, and those of what Lambda writes.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html>

use super::value::Item;
use serde_json::Value;

/// Places that are tried as the beginning of JSON: a message of nothing but braces must not take long.
const MAX_TRIED: usize = 32;

/// The first JSON object in a message, wherever it stands.
pub fn first_json(message: &str) -> Option<Value> {
    let places = message.match_indices('{').take(MAX_TRIED);
    places.into_iter().find_map(|(at, _)| {
        let mut values = serde_json::Deserializer::from_str(&message[at..]).into_iter::<Value>();
        values.next()?.ok()
    })
}

/// `a.b.0.c` in JSON.
pub fn json_field(json: &Value, path: &str) -> Item {
    let found = path.split('.').try_fold(json, |value, part| match value {
        Value::Object(members) => members.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    });
    // A name may itself hold dots.
    match found.or_else(|| json.get(path)) {
        None | Some(Value::Null) => Item::Null,
        Some(Value::Number(number)) => number.as_f64().map_or(Item::Null, Item::Number),
        Some(Value::String(text)) => Item::Text(text.clone()),
        Some(other) => Item::Text(other.to_string()),
    }
}

/// The fields of what Lambda and those who run in it write: `REPORT RequestId: … Duration: 3.25 ms …`.
pub fn lambda_field(message: &str, name: &str) -> Item {
    match name {
        "@requestId" => return request_id(message),
        "@xrayTraceId" => return word_after(message, "XRAY TraceId: "),
        "@xraySegmentId" => return word_after(message, "SegmentId: "),
        _ => {}
    }
    let kinds = ["START", "END", "REPORT", "INIT_START"];
    let kind = kinds.iter().find(|kind| {
        let rest = message.strip_prefix(**kind);
        rest.is_some_and(|rest| rest.starts_with(' '))
    });
    let Some(kind) = kind else {
        return Item::Null;
    };
    let (label, scale) = match name {
        "@type" => return Item::Text((*kind).to_owned()),
        "@duration" => ("\tDuration: ", 1.0),
        "@billedDuration" => ("\tBilled Duration: ", 1.0),
        "@initDuration" => ("\tInit Duration: ", 1.0),
        // Insights answers bytes, in powers of ten.
        "@memorySize" => ("\tMemory Size: ", 1e6),
        "@maxMemoryUsed" => ("\tMax Memory Used: ", 1e6),
        _ => return Item::Null,
    };
    match word_after(message, label).number() {
        Some(number) => Item::Number(number * scale),
        None => Item::Null,
    }
}

/// Any UUID is taken for the request's id, the first of a line
/// (<https://github.com/ASFHyP3/hyp3/issues/1252>).
fn request_id(message: &str) -> Item {
    let bytes = message.as_bytes();
    let found = (0..bytes.len().saturating_sub(35)).find(|at| is_uuid(&bytes[*at..at + 36]));
    match found.and_then(|at| message.get(at..at + 36)) {
        Some(uuid) => Item::Text(uuid.to_owned()),
        None => word_after(message, "RequestId: "),
    }
}

fn is_uuid(bytes: &[u8]) -> bool {
    let mut bytes = bytes.iter().enumerate();
    bytes.all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

fn word_after(message: &str, label: &str) -> Item {
    let word = message.split_once(label);
    let word = word.and_then(|(_, rest)| rest.split_whitespace().next());
    word.map_or(Item::Null, |word| Item::Text(word.to_owned()))
}
