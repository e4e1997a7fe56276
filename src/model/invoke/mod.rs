//! An invocation: what is asked, what comes back, and what is remembered of it.
//!
//! Knows no SDK: `cloud` hands over status, headers' values and payload.
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.

use std::collections::VecDeque;

use base64::Engine as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits;
use super::log::Outcome;
use super::log::parse::{Platform, Report};

/// How a function is invoked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InvocationType {
    /// Wait for the result.
    #[default]
    RequestResponse,
    /// Queue it: 202 and no result.
    Event,
    /// Check permission and parameters only: 204.
    DryRun,
}

impl InvocationType {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 3] = [Self::RequestResponse, Self::Event, Self::DryRun];

    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequestResponse => "RequestResponse",
            Self::Event => "Event",
            Self::DryRun => "DryRun",
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InvokeRequest {
    /// The function's name or ARN.
    pub function: String,
    /// `$LATEST`, a version or an alias; `None` for the function's own, which is `$LATEST`.
    pub qualifier: Option<String>,
    /// How.
    pub invocation_type: InvocationType,
    /// The event, as JSON text.
    pub payload: String,
    /// Ask for the last 4 KB of the log; only a synchronous invocation has it.
    pub log_tail: bool,
}

impl InvokeRequest {
    /// Whether it can be sent.
    ///
    /// # Errors
    /// What is wrong with the event, with line and column.
    pub fn check(&self) -> Result<(), String> {
        limits::payload(
            self.payload.len(),
            self.invocation_type == InvocationType::Event,
        )?;
        check_json(&self.payload)
    }
}

/// Whether a text is JSON, without building it: a payload of 6 MB is checked while typing. Empty is allowed.
///
/// # Errors
/// What is wrong, with line and column.
pub fn check_json(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Ok(());
    }
    serde_json::from_str::<serde::de::IgnoredAny>(text)
        .map(|_| ())
        .map_err(|error| format!("The event is not JSON: {error}"))
}

/// What came back, as `cloud` hands it over.
#[derive(Debug, Clone, Default)]
pub struct RawInvokeResult<'a> {
    /// HTTP status: 200, 202 or 204.
    pub status: u16,
    /// `X-Amz-Function-Error`.
    pub function_error: Option<&'a str>,
    /// `X-Amz-Log-Result`, base64.
    pub log_result: Option<&'a str>,
    /// `X-Amz-Executed-Version`.
    pub executed_version: Option<&'a str>,
    /// `x-amzn-RequestId`.
    pub request_id: Option<&'a str>,
    /// `X-Amzn-Trace-Id`.
    pub trace_id: Option<&'a str>,
    /// The body.
    pub payload: &'a [u8],
    /// From sending to the last byte, ms, by this machine's clock.
    pub round_trip_ms: f64,
}

/// The outcome of an invocation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InvokeResult {
    /// HTTP status: 200, 202 or 204.
    pub status: u16,
    /// The function failed.
    pub error: Option<FunctionError>,
    /// The result as text; bytes that are no UTF-8 are replaced.
    pub payload: String,
    /// The last 4 KB of the log.
    pub log_tail: Option<String>,
    /// The version that ran.
    pub executed_version: Option<String>,
    /// The id to find its log by.
    pub request_id: Option<String>,
    /// X-Ray's `1-…-…`.
    pub trace_id: Option<String>,
    /// From sending to the last byte, ms.
    pub round_trip_ms: f64,
    /// What REPORT says, where the tail holds it.
    pub report: Option<Report>,
    /// What became of a queued event, as far as the log has told.
    #[serde(default)]
    pub followed: Option<Followed>,
}

/// What the log tells of an event that was queued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// How its last try went.
    pub outcome: Outcome,
    /// Tries so far: Lambda makes up to two more where one fails.
    pub tries: usize,
}

impl Followed {
    /// In a word or two.
    pub fn words(&self) -> String {
        let word = match self.outcome {
            Outcome::Running => "Running",
            Outcome::Succeeded => "Done",
            Outcome::LoggedAnError => "Done, logged an error",
            Outcome::Failed => "Failed",
            Outcome::TimedOut => "Timed out",
            Outcome::Unknown => "Started",
        };
        match self.tries {
            0 | 1 => word.to_owned(),
            tries => format!("{word}, try {tries}"),
        }
    }

    /// It failed at its last try.
    pub fn failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed | Outcome::TimedOut)
    }
}

/// A failure of the function itself, as the runtimes write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionError {
    /// `Handled`, `Unhandled`.
    pub kind: String,
    /// For example `KeyError`, `Sandbox.Timedout`.
    pub error_type: String,
    /// The message.
    pub message: String,
    /// Frames, outermost as the runtime gives them.
    pub stack_trace: Vec<String>,
}

impl InvokeResult {
    /// Makes sense of what came back. The report is taken from the last REPORT line of the tail.
    pub fn parse(raw: &RawInvokeResult<'_>) -> Self {
        let payload = String::from_utf8_lossy(raw.payload).into_owned();
        let log_tail = raw.log_result.and_then(decode_tail);
        let report = log_tail.as_deref().and_then(|tail| {
            tail.lines()
                .rev()
                .find_map(|line| match Platform::parse(line) {
                    Some(Platform::Report(report)) => Some(*report),
                    _ => None,
                })
        });
        let trace_id = raw.trace_id.map(root_of_trace).map(str::to_owned);
        let trace_id =
            trace_id.or_else(|| report.as_ref().and_then(|report| report.trace_id.clone()));
        let request_id = raw.request_id.map(str::to_owned);
        Self {
            status: raw.status,
            error: raw
                .function_error
                .map(|kind| FunctionError::parse(kind, &payload)),
            log_tail,
            executed_version: raw.executed_version.map(str::to_owned),
            request_id: request_id
                .or_else(|| report.as_ref().map(|report| report.request_id.clone())),
            trace_id,
            round_trip_ms: raw.round_trip_ms,
            report,
            payload,
            followed: None,
        }
    }

    /// It was queued, and its log tells what became of it.
    pub fn is_queued(&self) -> bool {
        self.status == 202 && self.error.is_none()
    }

    /// Takes up what the log tells of the event; false where that was known.
    pub fn follow(&mut self, followed: Followed, report: Option<Report>, lines: &str) -> bool {
        let mut tail = lines.to_owned();
        if tail.len() > HISTORY_PAYLOAD_BYTES {
            let from = tail.ceil_char_boundary(tail.len() - HISTORY_PAYLOAD_BYTES);
            tail.drain(..from);
        }
        let same = self.followed.as_ref() == Some(&followed)
            && self.log_tail.as_deref() == Some(tail.as_str());
        self.followed = Some(followed);
        self.report = report;
        self.log_tail = Some(tail);
        !same
    }

    /// One line: `Succeeded`, `Failed: KeyError`, `Queued` and then what became of it, `Would be permitted`.
    pub fn headline(&self) -> String {
        match (&self.error, self.status) {
            (Some(error), _) if error.error_type.is_empty() => format!("Failed: {}", error.kind),
            (Some(error), _) => format!("Failed: {}", error.error_type),
            (None, 202) => match &self.followed {
                Some(followed) => followed.words(),
                None => "Queued".to_owned(),
            },
            (None, 204) => "Would be permitted".to_owned(),
            (None, 200..=299) => "Succeeded".to_owned(),
            (None, status) => format!("Status {status}"),
        }
    }

    /// The payload indented, where it is JSON; as it came, where it is not.
    pub fn pretty_payload(&self) -> String {
        pretty_json(&self.payload).unwrap_or_else(|| self.payload.clone())
    }
}

/// JSON indented by two spaces, keys in their order; `None` where it is not JSON.
pub fn pretty_json(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    serde_json::to_string_pretty(&value).ok()
}

impl FunctionError {
    /// From `X-Amz-Function-Error` and the payload that came with it. Python gives `stackTrace`, Node `trace`, Java both
    /// a `stackTrace` and a `cause`; a timeout has a message only.
    pub fn parse(kind: &str, payload: &str) -> Self {
        let value: Value = serde_json::from_str(payload).unwrap_or_default();
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let frames = value["stackTrace"]
            .as_array()
            .or_else(|| value["trace"].as_array());
        let message = match value.as_object() {
            Some(_) => text("errorMessage"),
            None => payload.to_owned(),
        };
        let mut error_type = text("errorType");
        if error_type.is_empty() && message.contains("Task timed out after") {
            "Sandbox.Timedout".clone_into(&mut error_type);
        }
        Self {
            kind: kind.to_owned(),
            error_type,
            message,
            stack_trace: frames.into_iter().flatten().map(frame).collect(),
        }
    }
}

/// A frame: text, or `[file, line, function, source]` as Python 2 and early 3 wrote it.
fn frame(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim_end().to_owned(),
        Value::Array(parts) => {
            let part = |index: usize| match parts.get(index) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => String::new(),
            };
            format!("{}:{} {} {}", part(0), part(1), part(2), part(3))
                .trim_end()
                .to_owned()
        }
        other => other.to_string(),
    }
}

/// The tail is cut at 4 KB anywhere, also within a character.
fn decode_tail(base64: &str) -> Option<String> {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(base64.trim())
        .ok()?;
    Some(
        String::from_utf8_lossy(&bytes)
            .trim_start_matches('\u{fffd}')
            .to_owned(),
    )
}

/// `1-…` of `Root=1-…;Parent=…;Sampled=1`.
fn root_of_trace(header: &str) -> &str {
    let root = header
        .split(';')
        .find_map(|part| part.trim().strip_prefix("Root="));
    root.unwrap_or(header)
}

/// An event that was kept under a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedEvent {
    /// The person's name for it.
    pub name: String,
    /// JSON text.
    pub payload: String,
}

/// Events kept for a function, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedEvents {
    /// In order of name.
    pub events: Vec<SavedEvent>,
}

impl SavedEvents {
    /// Keeps an event; one of the same name is replaced and given back.
    ///
    /// # Errors
    /// The name is empty, or the event is not JSON.
    pub fn save(&mut self, name: &str, payload: &str) -> Result<Option<SavedEvent>, String> {
        let name = name.trim();
        if name.is_empty() {
            return Err("A saved event needs a name.".to_owned());
        }
        check_json(payload)?;
        let event = SavedEvent {
            name: name.to_owned(),
            payload: payload.to_owned(),
        };
        match self
            .events
            .binary_search_by(|other| other.name.as_str().cmp(name))
        {
            Ok(at) => Ok(Some(std::mem::replace(&mut self.events[at], event))),
            Err(at) => {
                self.events.insert(at, event);
                Ok(None)
            }
        }
    }

    /// Takes an event out.
    pub fn remove(&mut self, name: &str) -> Option<SavedEvent> {
        let at = self.events.iter().position(|event| event.name == name)?;
        Some(self.events.remove(at))
    }
}

/// Runs that are remembered.
pub const HISTORY: usize = 50;
/// Bytes of a payload that are remembered; a longer one cannot be run again from the history.
pub const HISTORY_PAYLOAD_BYTES: usize = 64 * 1024;

/// One run, as it is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// When it was started, ms since 1970.
    pub at: i64,
    /// What was asked, with the event where it is short enough.
    pub request: InvokeRequest,
    /// The event was too long to be remembered.
    pub payload_dropped: bool,
    /// What came back, or the call's own error.
    pub outcome: Result<InvokeResult, String>,
}

/// The runs of one function, newest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunHistory {
    /// At most [`HISTORY`].
    pub runs: VecDeque<Run>,
}

impl RunHistory {
    /// Remembers a run, forgetting the oldest beyond [`HISTORY`].
    pub fn push(&mut self, at: i64, request: InvokeRequest, outcome: Result<InvokeResult, String>) {
        let payload_dropped = request.payload.len() > HISTORY_PAYLOAD_BYTES;
        let mut run = Run {
            at,
            request,
            payload_dropped,
            outcome,
        };
        if payload_dropped {
            run.request.payload = String::new();
        }
        if let Ok(result) = &mut run.outcome {
            cut(&mut result.payload, HISTORY_PAYLOAD_BYTES);
        }
        self.runs.push_front(run);
        self.runs.truncate(HISTORY);
    }
}

impl RunHistory {
    /// Takes up what became of a queued event; false where it is not here or that was known.
    pub fn follow(&mut self, result: &InvokeResult) -> bool {
        let id = result.request_id.as_deref();
        let run = self.runs.iter_mut().find(|run| {
            let known = run.outcome.as_ref().ok();
            known.is_some_and(|known| known.is_queued() && known.request_id.as_deref() == id)
        });
        match run.map(|run| &mut run.outcome) {
            Some(Ok(known)) if known != result => {
                *known = result.clone();
                true
            }
            _ => false,
        }
    }
}

/// Cuts a text at a character's boundary.
fn cut(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
        text.push('…');
    }
}

#[cfg(test)]
mod tests;
