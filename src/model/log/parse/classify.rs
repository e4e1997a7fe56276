//! What is known of any line: its level, its invocation, whether it tells of a failure. This runs once for every line
//! that comes, so it builds nothing that it does not keep.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{JSON_BYTES, Level, Platform, json};

/// What is known of a line beyond its text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Classified {
    /// Its level, where it says one.
    pub level: Option<Level>,
    /// The invocation it names.
    pub request_id: Option<String>,
    /// It tells that the invocation failed, as opposed to the function having logged an error.
    pub failed: bool,
    /// It is JSON.
    pub json: bool,
    /// It is the platform's.
    pub platform: Option<Platform>,
}

/// Ruby's runtime, before the error of a handler as JSON.
const RUBY: &str = "Error raised from handler method";

/// Understands a line. That a call failed is taken from what platform and runtimes write alone: a function may log any words.
pub fn classify(message: &str) -> Classified {
    let mut found = by_its_start(message);
    if found.level.is_none() && found.platform.is_none() && !found.json {
        found.level = leading_level(message);
    }
    found
}

/// `ERROR: 2026-02-30 is no day`: what scripts and small loggers write.
fn leading_level(message: &str) -> Option<Level> {
    // The longest word is INFORMATION.
    let head = message.as_bytes().iter().take(12);
    let at = head.into_iter().position(|byte| *byte == b':')?;
    Level::parse(message.get(..at)?)
}

fn by_its_start(message: &str) -> Classified {
    match message.as_bytes().first() {
        Some(b'{') => of_json(message),
        Some(b'[') => of_bracket(message),
        Some(b'0'..=b'9') => of_time(message),
        Some(b'E') if message.starts_with(RUBY) => Classified {
            level: Some(Level::Error),
            failed: message[RUBY.len()..].trim_start().starts_with('{'),
            ..Classified::default()
        },
        Some(b'S' | b'E' | b'I') => of_platform(Platform::parse(message)),
        Some(b'R') if message.starts_with("RequestId: ") => of_exit(message),
        Some(b'R') => of_platform(Platform::parse(message)),
        _ => Classified::default(),
    }
}

fn of_platform(platform: Option<Platform>) -> Classified {
    let (request_id, failed) = match &platform {
        Some(Platform::Start { request_id, .. } | Platform::End { request_id }) => {
            (Some(request_id.clone()), false)
        }
        Some(Platform::Report(report)) => (Some(report.request_id.clone()), report.failed()),
        Some(Platform::Other { request_id, failed }) => (request_id.clone(), *failed),
        Some(Platform::InitStart) | None => (None, false),
    };
    let level = failed.then_some(Level::Error);
    Classified {
        level,
        request_id,
        failed,
        json: false,
        platform,
    }
}

/// The keys that say something, read past everything else: a line is classified for a fraction of what building it costs.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Head<'a> {
    #[serde(borrow, alias = "severity", alias = "log_level")]
    level: Scalar<'a>,
    #[serde(
        borrow,
        alias = "requestId",
        alias = "AWSRequestId",
        alias = "function_request_id",
        alias = "aws_request_id"
    )]
    request_id: Scalar<'a>,
    #[serde(borrow, rename = "type")]
    kind: Scalar<'a>,
    #[serde(rename = "errorType")]
    error_type: Option<IgnoredAny>,
    #[serde(rename = "stackTrace")]
    stack_trace: Option<IgnoredAny>,
}

impl<'a> Head<'a> {
    fn of(value: &'a Value) -> Self {
        let scalar = |names: &[&str]| match names.iter().find_map(|name| value.get(name)) {
            Some(Value::String(text)) => Scalar::Text(Cow::Borrowed(text)),
            Some(Value::Number(number)) => number.as_u64().map_or(Scalar::None, Scalar::Number),
            _ => Scalar::None,
        };
        let there = |name: &str| value.get(name).map(|_| IgnoredAny);
        Self {
            level: scalar(&["level", "severity", "log_level"]),
            request_id: scalar(&[
                "requestId",
                "AWSRequestId",
                "function_request_id",
                "aws_request_id",
                "request_id",
            ]),
            kind: scalar(&["type"]),
            error_type: there("errorType"),
            stack_trace: there("stackTrace"),
        }
    }
}

/// A text or a number; anything else is as if it were not there.
#[derive(Debug, Default)]
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    #[default]
    None,
}

impl Scalar<'_> {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("anything")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Scalar::None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Scalar::None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Scalar::None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::None)
    }
}

fn of_json(message: &str) -> Classified {
    if message.len() > JSON_BYTES {
        return Classified::default();
    }
    let head = match serde_json::from_str::<Head<'_>>(message) {
        Ok(head) => head,
        // A key that is there twice, under one name or two, stops the quick way; it is still JSON.
        Err(error) if error.is_data() => {
            let Some(value) = json(message) else {
                return Classified::default();
            };
            return classified(&Head::of(&value), message);
        }
        Err(_) => return Classified::default(),
    };
    classified(&head, message)
}

fn classified(head: &Head<'_>, message: &str) -> Classified {
    if head
        .kind
        .text()
        .is_some_and(|kind| kind.starts_with("platform."))
        && let Some(platform) = Platform::parse(message)
    {
        return Classified {
            json: true,
            ..of_platform(Some(platform))
        };
    }
    let level = match &head.level {
        Scalar::Text(word) => Level::parse(word),
        // Bunyan and Pino count 10, 20, 30…
        Scalar::Number(number) => match number / 10 {
            1 => Some(Level::Trace),
            2 => Some(Level::Debug),
            3 => Some(Level::Info),
            4 => Some(Level::Warn),
            5 => Some(Level::Error),
            6 => Some(Level::Fatal),
            _ => None,
        },
        Scalar::None => None,
    };
    let request_id = head
        .request_id
        .text()
        .filter(|id| is_request_id(id))
        .map(str::to_owned);
    // An unhandled error carries errorType and stackTrace at the top, where a logged one nests them.
    let failed = head.error_type.is_some() && head.stack_trace.is_some();
    Classified {
        level,
        request_id,
        failed,
        json: true,
        platform: None,
    }
}

/// Python: `[INFO]⇥time⇥id⇥message`; its runtime writes an unhandled error as `[ERROR] Type: message` with the traceback
/// below, in one event. A function that prints the same words writes each line as an event of its own.
fn of_bracket(message: &str) -> Classified {
    let Some((word, rest)) = message[1..].split_once(']') else {
        return Classified::default();
    };
    let Some(level) = Level::parse(word.trim()) else {
        return Classified::default();
    };
    let request_id = rest
        .split('\t')
        .take(4)
        .map(str::trim)
        .find(|part| is_request_id(part));
    Classified {
        level: Some(level),
        request_id: request_id.map(str::to_owned),
        failed: level == Level::Error
            && rest.starts_with(' ')
            && rest
                .split(['\n', '\r'])
                .nth(1)
                .is_some_and(|below| below.starts_with("Traceback (most recent call last):")),
        ..Classified::default()
    }
}

/// Node: `time⇥id⇥LEVEL⇥message`; a timeout: `time id Task timed out after 3.00 seconds`.
fn of_time(message: &str) -> Classified {
    let mut parts = message.splitn(4, '\t');
    let (time, id, word, text) = (parts.next(), parts.next(), parts.next(), parts.next());
    if let (Some(_), Some(id), Some(word)) = (time, id, word) {
        let level = Level::parse(word.trim());
        let text = text.unwrap_or_default();
        let failed = level == Some(Level::Error)
            && [
                "Invoke Error",
                "Uncaught Exception",
                "Unhandled Promise Rejection",
            ]
            .iter()
            .any(|start| {
                // The runtime writes the error behind it, with its type.
                let rest = text.strip_prefix(start).unwrap_or_default().trim_start();
                rest.starts_with('{') && rest.contains("\"errorType\"")
            });
        let request_id = is_request_id(id).then(|| id.to_owned());
        return Classified {
            level,
            request_id,
            failed,
            ..Classified::default()
        };
    }
    match timeout_of(message) {
        Some((id, _)) => Classified {
            level: Some(Level::Error),
            request_id: is_request_id(id).then(|| id.to_owned()),
            failed: is_request_id(id),
            ..Classified::default()
        },
        None => Classified::default(),
    }
}

/// The request and the words of `time id Task timed out after 3.00 seconds`.
pub fn timeout_of(message: &str) -> Option<(&str, &str)> {
    let mut words = message.splitn(3, ' ');
    let (_, id, rest) = (words.next()?, words.next()?, words.next()?);
    rest.starts_with("Task timed out after")
        .then_some((id, rest))
}

/// `RequestId: id Error: Runtime exited with error: exit status 1`.
fn of_exit(message: &str) -> Classified {
    let rest = &message["RequestId: ".len()..];
    let (id, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let failed =
        is_request_id(id) && (rest.starts_with("Error:") || rest.starts_with("Process exited"));
    Classified {
        level: failed.then_some(Level::Error),
        request_id: is_request_id(id).then(|| id.to_owned()),
        failed,
        ..Classified::default()
    }
}

/// Lambda's request ids are UUIDs.
pub fn is_request_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The line without the prefix that the columns beside it already show: level, time and id; JSON stays whole.
pub fn text_of(message: &str) -> &str {
    let tabs = match message.as_bytes().first() {
        Some(b'[') => 3,
        Some(b'0'..=b'9') => 3,
        _ => return message,
    };
    let mut parts = message.splitn(tabs + 1, '\t');
    let has_id = parts.clone().take(tabs).any(is_request_id);
    match parts.nth(tabs) {
        Some(rest) if has_id => rest,
        _ => message,
    }
}
