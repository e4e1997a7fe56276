//! What Lambda and its runtimes write into a log, understood: START, END and REPORT lines, platform events in JSON,
//! levels and request ids.
//!
//! Reading never fails: what is not understood is plain text.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html> and
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A longer line is not looked into for JSON: it is shown as text.
const JSON_BYTES: usize = 262_144;

/// How grave a line is; ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Level {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

impl Level {
    /// From the words that loggers use, whatever their case.
    pub fn parse(word: &str) -> Option<Self> {
        const WORDS: [(&str, Level); 10] = [
            ("TRACE", Level::Trace),
            ("DEBUG", Level::Debug),
            ("INFO", Level::Info),
            ("INFORMATION", Level::Info),
            ("WARN", Level::Warn),
            ("WARNING", Level::Warn),
            ("ERROR", Level::Error),
            ("CRITICAL", Level::Fatal),
            ("FATAL", Level::Fatal),
            ("NOTICE", Level::Info),
        ];
        WORDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word))
            .map(|(_, level)| *level)
    }

    /// Lambda's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}

/// What REPORT says of an invocation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The invocation's id.
    pub request_id: String,
    /// ms.
    pub duration_ms: Option<f64>,
    /// ms.
    pub billed_ms: Option<f64>,
    /// MB.
    pub memory_size_mb: Option<u32>,
    /// MB.
    pub max_memory_used_mb: Option<u32>,
    /// ms; on a cold start.
    pub init_ms: Option<f64>,
    /// ms; on a start from a SnapStart snapshot.
    pub restore_ms: Option<f64>,
    /// X-Ray's `1-…-…`.
    pub trace_id: Option<String>,
    /// `success`, `error`, `timeout`, `failure`; a text REPORT has it only where it failed.
    pub status: Option<String>,
    /// For example `Runtime.ExitError`.
    pub error_type: Option<String>,
}

impl Report {
    /// Whether the platform says that the invocation failed.
    pub fn failed(&self) -> bool {
        self.status
            .as_deref()
            .is_some_and(|status| status != "success")
    }

    /// The share of the memory that was used, 0–1.
    pub fn memory_share(&self) -> Option<f32> {
        let size = self.memory_size_mb.filter(|size| *size > 0)?;
        Some(self.max_memory_used_mb? as f32 / size as f32)
    }
}

/// A line that the platform wrote, not the function.
#[derive(Debug, Clone, PartialEq)]
pub enum Platform {
    /// An execution environment is being started: what follows is a cold start.
    InitStart,
    /// An invocation begins.
    Start {
        /// Its id.
        request_id: String,
        /// The version that runs.
        version: String,
    },
    /// An invocation has ended.
    End {
        /// Its id.
        request_id: String,
    },
    /// Its numbers.
    Report(Box<Report>),
    /// Anything else of the platform: extensions, restore, runtimeDone.
    Other {
        /// Its id, where it belongs to an invocation.
        request_id: Option<String>,
        /// It tells of a failure.
        failed: bool,
    },
}

impl Platform {
    /// Reads a line, in text or JSON; `None` for a line that is not the platform's.
    pub fn parse(message: &str) -> Option<Self> {
        match message.as_bytes().first()? {
            b'S' => {
                let rest = message.strip_prefix("START RequestId: ")?;
                let (request_id, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                let version = rest
                    .trim()
                    .strip_prefix("Version:")
                    .unwrap_or_default()
                    .trim();
                Some(Self::Start {
                    request_id: request_id.to_owned(),
                    version: version.to_owned(),
                })
            }
            b'E' if message.starts_with("END RequestId: ") => {
                let request_id = message["END RequestId: ".len()..]
                    .split_whitespace()
                    .next()?;
                Some(Self::End {
                    request_id: request_id.to_owned(),
                })
            }
            b'E' if message.starts_with("EXTENSION\t") => Some(Self::Other {
                request_id: None,
                failed: false,
            }),
            b'R' if message.starts_with("REPORT RequestId: ") => {
                Some(Self::Report(Box::new(text_report(message))))
            }
            b'R' if message.starts_with("RESTORE_") => Some(Self::Other {
                request_id: None,
                failed: false,
            }),
            b'I' if message.starts_with("INIT_START") => Some(Self::InitStart),
            b'I' if message.starts_with("INIT_REPORT") => Some(Self::Other {
                request_id: None,
                failed: message.contains("Status: "),
            }),
            b'{' => Self::of_json(&json(message)?),
            _ => None,
        }
    }

    fn of_json(value: &Value) -> Option<Self> {
        let kind = value.get("type")?.as_str()?.strip_prefix("platform.")?;
        let record = value.get("record")?;
        let text = |name: &str| record[name].as_str().map(str::to_owned);
        Some(match kind {
            "initStart" => Self::InitStart,
            "start" => Self::Start {
                request_id: text("requestId")?,
                version: text("version").unwrap_or_default(),
            },
            "end" => Self::End {
                request_id: text("requestId")?,
            },
            "report" => Self::Report(Box::new(json_report(record)?)),
            _ => Self::Other {
                request_id: text("requestId"),
                failed: record["status"]
                    .as_str()
                    .is_some_and(|status| status != "success"),
            },
        })
    }
}

fn json(message: &str) -> Option<Value> {
    if message.len() > JSON_BYTES || !message.starts_with('{') {
        return None;
    }
    serde_json::from_str(message).ok()
}

fn text_report(message: &str) -> Report {
    let mut report = Report::default();
    for part in message.split(['\t', '\n']) {
        let Some((key, value)) = part.split_once(": ") else {
            continue;
        };
        let value = value.trim();
        let number = || {
            value
                .split(' ')
                .next()
                .and_then(|number| number.parse::<f64>().ok())
        };
        let megabytes = || number().map(|number| number as u32);
        match key.trim() {
            "REPORT RequestId" => value.clone_into(&mut report.request_id),
            "Duration" => report.duration_ms = number(),
            "Billed Duration" => report.billed_ms = number(),
            "Memory Size" => report.memory_size_mb = megabytes(),
            "Max Memory Used" => report.max_memory_used_mb = megabytes(),
            "Init Duration" => report.init_ms = number(),
            "Restore Duration" => report.restore_ms = number(),
            "XRAY TraceId" => report.trace_id = Some(value.to_owned()),
            "Status" => report.status = Some(value.to_owned()),
            "Error Type" => report.error_type = Some(value.to_owned()),
            _ => {}
        }
    }
    report
}

fn json_report(record: &Value) -> Option<Report> {
    let metrics = &record["metrics"];
    let number = |name: &str| metrics[name].as_f64();
    let megabytes = |name: &str| number(name).map(|number| number as u32);
    let text = |name: &str| record[name].as_str().map(str::to_owned);
    let trace = record["tracing"]["value"].as_str().unwrap_or_default();
    Some(Report {
        request_id: text("requestId")?,
        duration_ms: number("durationMs"),
        billed_ms: number("billedDurationMs"),
        memory_size_mb: megabytes("memorySizeMB"),
        max_memory_used_mb: megabytes("maxMemoryUsedMB"),
        init_ms: number("initDurationMs"),
        restore_ms: number("restoreDurationMs"),
        trace_id: trace
            .split(';')
            .find_map(|part| part.strip_prefix("Root="))
            .map(str::to_owned),
        status: text("status"),
        error_type: text("errorType"),
    })
}

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

/// Understands a line.
pub fn classify(message: &str) -> Classified {
    match message.as_bytes().first() {
        Some(b'{') => of_json(message),
        Some(b'[') => of_bracket(message),
        Some(b'0'..=b'9') => of_time(message),
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
    #[serde(borrow, alias = "severity")]
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
            level: scalar(&["level", "severity"]),
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

/// Python: `[INFO]⇥time⇥id⇥message`; an unhandled error is `[ERROR] Type: message` without id.
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
            && request_id.is_none()
            && rest.contains(": "),
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
            .any(|start| text.starts_with(start));
        let request_id = is_request_id(id).then(|| id.to_owned());
        return Classified {
            level,
            request_id,
            failed,
            ..Classified::default()
        };
    }
    let mut words = message.splitn(3, ' ');
    let (_, id, rest) = (words.next(), words.next(), words.next());
    match (id, rest) {
        (Some(id), Some(rest)) if rest.starts_with("Task timed out after") => Classified {
            level: Some(Level::Error),
            request_id: is_request_id(id).then(|| id.to_owned()),
            failed: true,
            ..Classified::default()
        },
        _ => Classified::default(),
    }
}

/// `RequestId: id Error: Runtime exited with error: exit status 1`.
fn of_exit(message: &str) -> Classified {
    let rest = &message["RequestId: ".len()..];
    let (id, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let failed = rest.starts_with("Error:") || rest.starts_with("Process exited");
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const ID: &str = "79104ad7-1f6b-4b3a-8f3e-0c1d2e3f4a5b";

    #[test]
    fn a_report_is_read_with_every_number() {
        let line = format!(
            "REPORT RequestId: {ID}\tDuration: 3000.00 ms\tBilled Duration: 3100 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 99.05 ms\tStatus: timeout\nXRAY TraceId: 1-5e1b4151-43a0\tSegmentId: 6f\tSampled: true\t\n"
        );
        let Some(Platform::Report(report)) = Platform::parse(&line) else {
            panic!("{line}")
        };
        assert_eq!(report.request_id, ID);
        assert_eq!(
            (report.duration_ms, report.billed_ms, report.init_ms),
            (Some(3000.0), Some(3100.0), Some(99.05))
        );
        assert_eq!(
            (report.memory_size_mb, report.max_memory_used_mb),
            (Some(128), Some(36))
        );
        assert_eq!(report.trace_id.as_deref(), Some("1-5e1b4151-43a0"));
        assert!(report.failed());
        assert_eq!(report.memory_share(), Some(0.28125));
    }

    #[test]
    fn platform_events_in_json_say_the_same() {
        let line = format!(
            r#"{{"time":"2024-01-01T00:00:00Z","type":"platform.report","record":{{"requestId":"{ID}","metrics":{{"durationMs":12.5,"billedDurationMs":13,"memorySizeMB":256,"maxMemoryUsedMB":64,"initDurationMs":80.25}},"tracing":{{"type":"X-Amzn-Trace-Id","value":"Root=1-a-b;Parent=c;Sampled=1"}},"status":"success"}}}}"#
        );
        let Some(Platform::Report(report)) = Platform::parse(&line) else {
            panic!("{line}")
        };
        assert_eq!(
            (report.duration_ms, report.init_ms, report.memory_size_mb),
            (Some(12.5), Some(80.25), Some(256))
        );
        assert_eq!(report.trace_id.as_deref(), Some("1-a-b"));
        assert!(!report.failed());
        let start = format!(
            r#"{{"type":"platform.start","record":{{"requestId":"{ID}","version":"$LATEST"}}}}"#
        );
        assert_eq!(
            Platform::parse(&start),
            Some(Platform::Start {
                request_id: ID.into(),
                version: "$LATEST".into()
            })
        );
        let done = format!(
            r#"{{"type":"platform.runtimeDone","record":{{"requestId":"{ID}","status":"timeout"}}}}"#
        );
        assert!(classify(&done).failed);
    }

    #[test]
    fn start_and_end_name_their_invocation() {
        assert_eq!(
            Platform::parse(&format!("START RequestId: {ID} Version: $LATEST\n")),
            Some(Platform::Start {
                request_id: ID.into(),
                version: "$LATEST".into()
            })
        );
        assert_eq!(
            Platform::parse(&format!("END RequestId: {ID}\n")),
            Some(Platform::End {
                request_id: ID.into()
            })
        );
        assert_eq!(
            Platform::parse("INIT_START Runtime Version: python:3.13.v1"),
            Some(Platform::InitStart)
        );
        for line in [
            "START of the day",
            "END",
            "REPORT of sales",
            "Error",
            "",
            "{",
            "{}",
            "Ok",
        ] {
            assert_eq!(Platform::parse(line), None, "{line}");
        }
    }

    #[test]
    fn levels_and_ids_of_each_runtime_are_found() {
        let id = Some(ID.to_owned());
        for (line, level, request_id, failed) in [
            (
                format!("[INFO]\t2024-01-01T00:00:00.000Z\t{ID}\thello"),
                Some(Level::Info),
                id.clone(),
                false,
            ),
            (
                format!("[ERROR]\t2024-01-01T00:00:00.000Z\t{ID}\tlogged: x"),
                Some(Level::Error),
                id.clone(),
                false,
            ),
            (
                "[ERROR] KeyError: 'x'\nTraceback".to_owned(),
                Some(Level::Error),
                None,
                true,
            ),
            (
                format!("2024-01-01T00:00:00.000Z\t{ID}\tWARN\thello"),
                Some(Level::Warn),
                id.clone(),
                false,
            ),
            (
                format!("2024-01-01T00:00:00.000Z\t{ID}\tERROR\tInvoke Error \t{{}}"),
                Some(Level::Error),
                id.clone(),
                true,
            ),
            (
                "2024-01-01T00:00:00.000Z\tundefined\tINFO\tcold".to_owned(),
                Some(Level::Info),
                None,
                false,
            ),
            (
                format!("2024-01-01T00:00:00.000Z {ID} Task timed out after 3.00 seconds"),
                Some(Level::Error),
                id.clone(),
                true,
            ),
            (
                format!("RequestId: {ID} Error: Runtime exited with error: exit status 1"),
                Some(Level::Error),
                id.clone(),
                true,
            ),
            (
                format!(r#"{{"level":"warning","requestId":"{ID}"}}"#),
                Some(Level::Warn),
                id.clone(),
                false,
            ),
            (
                r#"{"level":50,"msg":"pino"}"#.to_owned(),
                Some(Level::Error),
                None,
                false,
            ),
            (
                r#"{"level":{"a":1},"requestId":7}"#.to_owned(),
                None,
                None,
                false,
            ),
            ("[1, 2, 3]".to_owned(), None, None, false),
            ("[".to_owned(), None, None, false),
            ("2024 was a good year".to_owned(), None, None, false),
            ("日本語".to_owned(), None, None, false),
            (String::new(), None, None, false),
        ] {
            let found = classify(&line);
            assert_eq!(
                (found.level, found.request_id, found.failed),
                (level, request_id, failed),
                "{line}"
            );
        }
    }

    #[test]
    fn the_text_of_a_line_leaves_out_what_the_columns_show() {
        assert_eq!(
            text_of(&format!("[INFO]\t2024-01-01T00:00:00Z\t{ID}\thello\tworld")),
            "hello\tworld"
        );
        assert_eq!(
            text_of(&format!("2024-01-01T00:00:00Z\t{ID}\tINFO\thello")),
            "hello"
        );
        for line in ["plain", "[INFO]\ta\tb\tc", "2024\ta\tb\tc", "{}", ""] {
            assert_eq!(text_of(line), line);
        }
    }

    #[test]
    fn a_huge_or_deep_line_is_only_text() {
        assert_eq!(
            classify(&format!("{{\"a\":\"{}\"}}", "x".repeat(JSON_BYTES))),
            Classified::default()
        );
        assert_eq!(classify(&"{\"a\":".repeat(50_000)), Classified::default());
    }

    #[test]
    fn no_text_upsets_the_reader() {
        let pieces = [
            "[",
            "]",
            "{",
            "}",
            "ERROR",
            "\t",
            ": ",
            "REPORT RequestId: ",
            "START RequestId: ",
            "END RequestId: ",
            "RequestId: ",
            "日",
            " ",
            "2",
            ID,
            "\n",
            "Duration: x ms",
            "\"type\":\"platform.report\"",
        ];
        let mut seed = 11u64;
        for _ in 0..20_000 {
            let mut line = String::new();
            for _ in 0..6 {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                line.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
            }
            let _ = (classify(&line), Platform::parse(&line), text_of(&line));
        }
    }

    #[test]
    fn json_is_json_even_where_a_key_is_there_twice() {
        let twice = classify(&format!(
            r#"{{"level":"WARN","severity":"INFO","requestId":"{ID}","request_id":7}}"#
        ));
        assert_eq!(
            (twice.json, twice.level, twice.request_id.as_deref()),
            (true, Some(Level::Warn), Some(ID))
        );
        assert!(
            classify(r#"{"a":1}"#).json && !classify(r#"{"a":1"#).json && !classify("{a}").json
        );
    }
}
