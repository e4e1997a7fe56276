//! The log of one environment: its stream, the lines in Lambda's own words, and the tail that a caller may ask for.
//!
//! It knows no process. <https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html> shows the lines.

use std::fmt::Write as _;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::spec::{FunctionSpec, LogSink};
use super::telemetry::{Stream, Telemetry};

/// How much of a call's log `LogType=Tail` returns, in bytes.
const TAIL: usize = 4096;

/// The log stream of one environment.
pub(super) struct Journal {
    sink: Arc<dyn LogSink>,
    region: String,
    group: String,
    /// `2026/11/23/[$LATEST]` and 32 hexadecimal digits.
    pub stream: String,
    /// Whether Lambda's own lines are JSON.
    pub json: bool,
    pending: Vec<(i64, String)>,
    tail: String,
    telemetry: Option<Arc<Telemetry>>,
}

impl Journal {
    /// A new stream, named as Lambda names them.
    pub fn new(sink: Arc<dyn LogSink>, spec: &FunctionSpec) -> Self {
        let day = Timestamp::now().strftime("%Y/%m/%d");
        Self {
            sink,
            region: spec.region.clone(),
            group: spec.log_group.clone(),
            stream: format!("{day}/[{}]{}", spec.version, uuid::Uuid::new_v4().simple()),
            json: spec.log_json,
            pending: Vec::new(),
            tail: String::new(),
            telemetry: None,
        }
    }

    /// Tells subscribers from now on of what is written here.
    pub fn tell(&mut self, telemetry: &Arc<Telemetry>) {
        self.telemetry = Some(Arc::clone(telemetry));
    }

    /// An event of the platform, for subscribers alone.
    pub fn platform(&self, kind: &str, record: &Value) {
        if let Some(telemetry) = &self.telemetry {
            telemetry.platform(kind, record);
        }
    }

    /// A line that the function or one of its extensions has printed.
    pub fn printed(&mut self, stream: Stream, text: String) {
        if let Some(telemetry) = &self.telemetry {
            telemetry.line(stream, &text);
        }
        self.line(text);
    }

    /// A line that belongs to the call and to its tail.
    pub fn line(&mut self, text: String) {
        self.tail.push_str(&text);
        self.tail.push('\n');
        // Cut now and then, so that a function which prints much costs no memory.
        if self.tail.len() > 4 * TAIL {
            self.tail = last(&self.tail).to_owned();
        }
        self.untailed(text);
    }

    /// A line of the environment that no call's tail shows. An event ends as the line did, with its line feed.
    pub fn untailed(&mut self, mut text: String) {
        text.push('\n');
        self.pending.push((now_ms(), text));
    }

    /// Hands the lines so far to CloudWatch Logs.
    pub fn flush(&mut self) {
        if !self.pending.is_empty() {
            self.sink
                .put(&self.region, &self.group, &self.stream, &self.pending);
            self.pending.clear();
        }
    }

    /// The tail of the call that ends here.
    pub fn take_tail(&mut self) -> String {
        let tail = last(&self.tail).to_owned();
        self.tail.clear();
        tail
    }
}

/// The last 4 KB, from the beginning of a character on.
fn last(text: &str) -> &str {
    let mut from = text.len().saturating_sub(TAIL);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// A time as Lambda writes it in a log: `2026-11-23T15:00:00.000Z`.
pub(super) fn timestamp() -> String {
    Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S.%3fZ")
        .to_string()
}

/// A line of Lambda's own where the function's log is JSON.
/// <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>
pub(super) fn record(kind: &str, record: Value) -> String {
    json!({ "time": timestamp(), "type": format!("platform.{kind}"), "record": record }).to_string()
}

/// What the line REPORT says.
pub(super) struct Report<'a> {
    pub request_id: &'a str,
    pub duration_ms: f64,
    pub billed_ms: u64,
    pub memory_mb: u32,
    pub max_memory_mb: u32,
    pub init_ms: Option<f64>,
    /// `timeout`, or `error` with its type; `None` when the function answered.
    pub status: Option<(&'a str, Option<&'a str>)>,
    /// Trace id and segment id of a sampled call.
    pub trace: Option<(&'a str, &'a str)>,
}

impl Report<'_> {
    /// The line.
    pub fn line(&self) -> String {
        let mut line = format!(
            "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
            self.request_id, self.duration_ms, self.billed_ms, self.memory_mb, self.max_memory_mb
        );
        // Writing to a String cannot fail.
        if let Some(init) = self.init_ms {
            let _ = write!(line, "Init Duration: {init:.2} ms\t");
        }
        if let Some((status, kind)) = self.status {
            let _ = write!(line, "Status: {status}\t");
            if let Some(kind) = kind {
                let _ = write!(line, "Error Type: {kind}\t");
            }
        }
        if let Some((trace, segment)) = self.trace {
            let _ = write!(
                line,
                "\nXRAY TraceId: {trace}\tSegmentId: {segment}\tSampled: true\t"
            );
        }
        line
    }

    /// The same as a record of a log in JSON.
    pub fn json(&self) -> String {
        record("report", self.record())
    }

    /// What that record holds.
    pub fn record(&self) -> Value {
        let mut metrics = json!({
            "durationMs": hundredths(self.duration_ms),
            "billedDurationMs": self.billed_ms,
            "memorySizeMB": self.memory_mb,
            "maxMemoryUsedMB": self.max_memory_mb,
        });
        if let Some(init) = self.init_ms {
            metrics["initDurationMs"] = hundredths(init).into();
        }
        let (status, kind) = self.status.unwrap_or(("success", None));
        let mut fields =
            json!({ "requestId": self.request_id, "metrics": metrics, "status": status });
        if let Some(kind) = kind {
            fields["errorType"] = kind.into();
        }
        if let Some((trace, segment)) = self.trace {
            let value = format!("Root={trace};Parent={segment};Sampled=1");
            fields["tracing"] =
                json!({ "spanId": segment, "type": "X-Amzn-Trace-Id", "value": value });
        }
        fields
    }
}

fn hundredths(ms: f64) -> f64 {
    (ms * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report<'a>() -> Report<'a> {
        Report {
            request_id: "id",
            duration_ms: 1.234,
            billed_ms: 2,
            memory_mb: 128,
            max_memory_mb: 36,
            init_ms: None,
            status: None,
            trace: None,
        }
    }

    #[test]
    fn a_report_reads_as_lambda_writes_it() {
        let line = "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t";
        assert_eq!(report().line(), line);
        let cold = Report {
            init_ms: Some(80.123),
            ..report()
        };
        assert_eq!(cold.line(), format!("{line}Init Duration: 80.12 ms\t"));
        let failed = Report {
            status: Some(("error", Some("Runtime.ExitError"))),
            ..report()
        };
        assert_eq!(
            failed.line(),
            format!("{line}Status: error\tError Type: Runtime.ExitError\t")
        );
        let traced = Report {
            trace: Some(("1-2-3", "abc")),
            ..report()
        };
        assert_eq!(
            traced.line(),
            format!("{line}\nXRAY TraceId: 1-2-3\tSegmentId: abc\tSampled: true\t")
        );
    }

    #[test]
    fn the_tail_is_the_last_4_kb_and_cuts_no_character() {
        let text = "関".repeat(3000);
        let tail = last(&text);
        assert!(tail.len() <= TAIL && tail.len() > TAIL - 3 && tail.chars().all(|c| c == '関'));
        assert_eq!(last("short"), "short");
    }
}
