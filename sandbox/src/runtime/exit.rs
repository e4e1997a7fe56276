//! How a call fails when the runtime itself is gone, in Lambda's words.

use std::process::ExitStatus;

use bytes::Bytes;
use serde_json::json;

/// Why there is no answer from the function.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failure {
    /// `errorType`, for example `Runtime.ExitError`.
    pub kind: String,
    /// The reason in the log and, after `RequestId: … Error: `, in the answer.
    pub reason: String,
    /// What the runtime itself reported, which is then the answer as it is.
    pub payload: Option<Bytes>,
    /// `timeout` or `error`.
    pub status: &'static str,
}

impl Failure {
    fn new(kind: &str, reason: String) -> Self {
        Self {
            kind: kind.to_owned(),
            reason,
            payload: None,
            status: "error",
        }
    }

    /// The function took longer than it may.
    pub fn timeout(seconds: f64) -> Self {
        Self {
            status: "timeout",
            ..Self::new(
                "Sandbox.Timedout",
                format!("Task timed out after {seconds:.2} seconds"),
            )
        }
    }

    /// The function used more memory than it may and was killed.
    pub fn out_of_memory() -> Self {
        Self::new(
            "Runtime.ExitError",
            "Runtime exited with error: signal: killed".to_owned(),
        )
    }

    /// The runtime ended by itself.
    pub fn exit(status: ExitStatus) -> Self {
        Self::new("Runtime.ExitError", describe(status))
    }

    /// An extension can't go on, or has ended.
    pub fn extension(kind: &str, code: i32) -> Self {
        Self::new(kind, format!("exit code {code}"))
    }

    /// An extension could not be started.
    pub fn launch(reason: String) -> Self {
        Self::new("Extension.LaunchError", reason)
    }

    /// There is nothing to start.
    pub fn entrypoint(reason: String) -> Self {
        Self::new("Runtime.InvalidEntrypoint", reason)
    }

    /// The runtime reported why it could not initialise.
    pub fn reported(kind: Option<String>, payload: Bytes) -> Self {
        let kind = kind
            .or_else(|| error_type(&payload))
            .unwrap_or_else(|| "Runtime.Unknown".to_owned());
        Self {
            payload: Some(payload),
            ..Self::new(&kind, String::new())
        }
    }

    /// The answer to the caller.
    pub fn answer(&self, request_id: &str) -> Bytes {
        match &self.payload {
            // As AWS gives it: reported before there was a request, it names none.
            Some(payload) => payload.clone(),
            None => {
                let message = format!("RequestId: {request_id} Error: {}", self.reason);
                Bytes::from(json!({ "errorType": self.kind, "errorMessage": message }).to_string())
            }
        }
    }
}

fn error_type(payload: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(payload).ok()?;
    Some(value.get("errorType")?.as_str()?.to_owned())
}

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("Runtime exited with error: signal: {}", signal_name(signal));
    }
    match status.code() {
        Some(0) | None => "Runtime exited without providing a reason".to_owned(),
        Some(code) => format!("Runtime exited with error: exit status {code}"),
    }
}

/// The names that Lambda's agent, a Go program, gives to signals.
fn signal_name(signal: i32) -> String {
    match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    use super::*;

    #[test]
    fn exits_read_as_lambda_words_them() {
        let reason = |raw| Failure::exit(ExitStatus::from_raw(raw)).reason;
        assert_eq!(reason(0), "Runtime exited without providing a reason");
        assert_eq!(reason(3 << 8), "Runtime exited with error: exit status 3");
        assert_eq!(reason(9), "Runtime exited with error: signal: killed");
        assert_eq!(
            reason(11),
            "Runtime exited with error: signal: segmentation fault"
        );
    }

    #[test]
    fn a_timeout_answers_with_the_request_and_the_seconds() {
        assert_eq!(
            Failure::timeout(3.0).answer("id"),
            r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: id Error: Task timed out after 3.00 seconds"}"#
        );
    }

    #[test]
    fn what_the_runtime_reported_is_the_answer_as_it_is() {
        let failure = Failure::reported(
            None,
            Bytes::from_static(br#"{"errorType":"Runtime.X","requestId":""}"#),
        );
        assert_eq!(failure.kind, "Runtime.X");
        assert_eq!(
            failure.answer("id"),
            r#"{"errorType":"Runtime.X","requestId":""}"#
        );
    }
}
