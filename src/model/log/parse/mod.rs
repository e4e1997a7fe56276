//! What Lambda and its runtimes write into a log, understood: START, END and REPORT lines, platform events in JSON,
//! levels and request ids.
//!
//! Reading never fails: what is not understood is plain text.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html> and
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>.

mod classify;
mod escapes;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use classify::{Classified, classify, is_request_id, text_of, timeout_of};
pub use escapes::without_escapes;

/// A longer line is not looked into for JSON: it is shown as text.
pub(super) const JSON_BYTES: usize = 262_144;

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
    /// An execution environment is being started, or restored from a snapshot: what follows is a cold start.
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
            b'R' if message.starts_with("RESTORE_START") => Some(Self::InitStart),
            b'I' if message.starts_with("INIT_START") => Some(Self::InitStart),
            b'R' | b'I'
                if message.starts_with("RESTORE_REPORT") || message.starts_with("INIT_REPORT") =>
            {
                Some(Self::Other {
                    request_id: None,
                    failed: text_report(message).failed(),
                })
            }
            b'{' => Self::of_json(&json(message)?),
            _ => None,
        }
    }

    fn of_json(value: &Value) -> Option<Self> {
        let kind = value.get("type")?.as_str()?.strip_prefix("platform.")?;
        let record = value.get("record")?;
        let text = |name: &str| record[name].as_str().map(str::to_owned);
        Some(match kind {
            "initStart" | "restoreStart" => Self::InitStart,
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

#[cfg(test)]
mod tests;
