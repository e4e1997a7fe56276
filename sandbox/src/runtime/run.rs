//! One call from beginning to end in one environment, cold or warm, with the log lines around it.
//!
//! It knows the order of Lambda's phases and nothing of how environments are shared.
//! <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::environment::{Answer, Environment};
use super::exit::Failure;
use super::journal::{Journal, Report, record, timestamp};
use super::spec::{Call, FunctionSpec, Outcome};
use super::trace::Trace;
use super::workshop::Workshop;
use crate::error::AwsError;

/// How long the first initialisation may take.
const INIT: Duration = Duration::from_secs(10);

/// A call that has ended, and its environment if that may serve another.
pub(super) struct Run {
    pub outcome: Outcome,
    pub environment: Option<Environment>,
}

/// Runs a call in a new environment.
pub(super) async fn cold(
    workshop: &Arc<Workshop>,
    spec: &Arc<FunctionSpec>,
    event: Bytes,
    call: &Call,
) -> Result<Run, AwsError> {
    let mut environment = match Environment::start(workshop, spec).await? {
        Ok(environment) => environment,
        Err((mut journal, failure)) => {
            let outcome = End::new(spec, call, Instant::now()).failed(&mut journal, &failure, 1);
            return Ok(Run {
                outcome,
                environment: None,
            });
        }
    };
    let began = environment.began();
    match environment.init(INIT).await {
        Ok(()) => {
            environment.init_ms = Some(milliseconds(began));
            warm(environment, event, call).await
        }
        Err(failure) => {
            init_report(&mut environment.journal, began, "init", &failure);
            again(environment, event, call).await
        }
    }
}

/// After a failed initialisation Lambda tries once more, now at the cost of the call and of its timeout. So it does, without a
/// word in the report, for the call that comes after one in which the process ended.
async fn again(mut environment: Environment, event: Bytes, call: &Call) -> Result<Run, AwsError> {
    let spec = Arc::clone(&environment.spec);
    let began = Instant::now();
    let timeout = Duration::from_secs(u64::from(spec.timeout_s));
    let restarted = match environment.restart().await? {
        Ok(()) => environment.init(timeout).await,
        Err(failure) => Err(failure),
    };
    match restarted {
        Ok(()) => Ok(invoke(environment, event, call, began).await),
        Err(failure) => {
            let failure = match failure.status {
                "timeout" => Failure::timeout(timeout.as_secs_f64()),
                _ => failure,
            };
            init_report(&mut environment.journal, began, "invoke", &failure);
            let memory = environment.max_memory_mb();
            let end = End::new(&spec, call, began);
            let outcome = end.failed(&mut environment.journal, &failure, memory);
            environment.leave();
            Ok(Run {
                outcome,
                environment: None,
            })
        }
    }
}

/// Runs a call in an environment that is initialised, or was.
pub(super) async fn warm(
    environment: Environment,
    event: Bytes,
    call: &Call,
) -> Result<Run, AwsError> {
    if environment.needs_restart() {
        return again(environment, event, call).await;
    }
    Ok(invoke(environment, event, call, Instant::now()).await)
}

async fn invoke(mut environment: Environment, event: Bytes, call: &Call, began: Instant) -> Run {
    let spec = Arc::clone(&environment.spec);
    let mut end = End::new(&spec, call, began);
    end.init_ms = environment.init_ms.take();
    environment.journal.line(end.start());
    environment.journal.platform("start", &end.started());
    let deadline = began + Duration::from_secs(u64::from(spec.timeout_s));
    let answer = environment.handle(event, call, &end.trace, deadline).await;
    let memory = environment.max_memory_mb();
    let (payload, error) = match answer {
        Answer::Payload(payload) => (payload, None),
        Answer::Error(payload) => (payload, Some("Unhandled".to_owned())),
        Answer::Failure(failure) => {
            let outcome = end.ended(&mut environment.journal, &failure, memory);
            return Run {
                outcome,
                environment: Some(environment),
            };
        }
    };
    let full = tmp_over(&mut environment);
    let outcome = end.answered(&mut environment.journal, payload, error, memory);
    let reusable = !full && environment.alive();
    let environment = match reusable {
        true => Some(environment),
        false => {
            environment.leave();
            None
        }
    };
    Run {
        outcome,
        environment,
    }
}

/// Lambda would have refused the write; here the call is allowed to end, and the environment ends with it.
fn tmp_over(environment: &mut Environment) -> bool {
    let limit = u64::from(environment.spec.ephemeral_mb) * 1024 * 1024;
    let used = environment.tmp_bytes();
    if limit > 0 && used > limit {
        let (used, limit) = (used.div_ceil(1024 * 1024), environment.spec.ephemeral_mb);
        let line = format!(
            "[WARN]\tSandbox: /tmp holds {used} MB, more than the {limit} MB of EphemeralStorage"
        );
        environment.journal.line(line);
        return true;
    }
    false
}

fn init_report(journal: &mut Journal, began: Instant, phase: &str, failure: &Failure) {
    let duration = milliseconds(began);
    let (status, kind) = (failure.status, &failure.kind);
    let mut fields =
        json!({ "phase": phase, "status": status, "metrics": { "durationMs": duration } });
    if status == "error" {
        fields["errorType"] = kind.as_str().into();
    }
    journal.platform("initReport", &fields);
    if journal.json {
        return journal.line(record("initReport", fields));
    }
    let mut line =
        format!("INIT_REPORT Init Duration: {duration:.2} ms\tPhase: {phase}\tStatus: {status}");
    if status == "error" {
        line.push_str("\tError Type: ");
        line.push_str(kind);
    }
    journal.line(line);
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// How a call ends: its last lines and its outcome.
struct End<'a> {
    spec: &'a FunctionSpec,
    call: &'a Call,
    began: Instant,
    init_ms: Option<f64>,
    trace: Trace,
}

impl<'a> End<'a> {
    fn new(spec: &'a FunctionSpec, call: &'a Call, began: Instant) -> Self {
        Self {
            spec,
            call,
            began,
            init_ms: None,
            trace: Trace::begin(call.trace_header.as_deref(), spec.tracing_active),
        }
    }

    fn start(&self) -> String {
        let (id, version) = (&self.call.request_id, &self.spec.version);
        if self.spec.log_json {
            return record("start", self.started());
        }
        format!("START RequestId: {id} Version: {version}")
    }

    fn started(&self) -> Value {
        json!({ "requestId": self.call.request_id, "version": self.spec.version })
    }

    /// The call failed before the function could be invoked.
    fn failed(&self, journal: &mut Journal, failure: &Failure, memory: u32) -> Outcome {
        journal.line(self.start());
        self.ended(journal, failure, memory)
    }

    /// The function's process is gone.
    fn ended(&self, journal: &mut Journal, failure: &Failure, memory: u32) -> Outcome {
        let id = &self.call.request_id;
        if self.spec.log_json {
            // The report says it all.
        } else if failure.status == "timeout" {
            journal.line(format!("{} {id} {}", timestamp(), failure.reason));
        } else if failure.payload.is_none() {
            journal.line(format!(
                "RequestId: {id} Error: {}\n{}",
                failure.reason, failure.kind
            ));
        }
        let kind = (failure.status == "error").then_some(failure.kind.as_str());
        let payload = failure.answer(id);
        let status = Some((failure.status, kind));
        self.outcome(
            journal,
            payload,
            Some("Unhandled".to_owned()),
            memory,
            status,
        )
    }

    /// The function answered, or its runtime reported an error.
    fn answered(
        &self,
        journal: &mut Journal,
        payload: Bytes,
        error: Option<String>,
        memory: u32,
    ) -> Outcome {
        self.outcome(journal, payload, error, memory, None)
    }

    fn outcome(
        &self,
        journal: &mut Journal,
        payload: Bytes,
        function_error: Option<String>,
        max_memory_mb: u32,
        status: Option<(&str, Option<&str>)>,
    ) -> Outcome {
        let timeout_ms = f64::from(self.spec.timeout_s) * 1000.0;
        let timed_out = status.is_some_and(|(status, _)| status == "timeout");
        let duration_ms = if timed_out {
            timeout_ms
        } else {
            milliseconds(self.began)
        };
        let billed_ms = billed(duration_ms + self.init_ms.unwrap_or(0.0));
        let id = &self.call.request_id;
        let report = Report {
            request_id: id,
            duration_ms,
            billed_ms,
            memory_mb: self.spec.memory_mb,
            max_memory_mb,
            init_ms: self.init_ms,
            status,
            trace: self
                .trace
                .sampled
                .then_some((&self.trace.root, &self.trace.segment)),
        };
        journal.platform("report", &report.record());
        if journal.json {
            journal.line(report.json());
        } else {
            journal.line(format!("END RequestId: {id}"));
            journal.line(report.line());
        }
        journal.flush();
        Outcome {
            payload,
            function_error,
            log_tail: journal.take_tail(),
            executed_version: self.spec.version.clone(),
            duration_ms,
            billed_ms,
            init_ms: self.init_ms,
            max_memory_mb,
            trace_id: self.trace.sampled.then(|| self.trace.root.clone()),
        }
    }
}

/// Whole milliseconds, rounded up. Since August 2025 initialisation is billed for every kind of function.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn billed(duration_ms: f64) -> u64 {
    duration_ms.ceil().max(1.0) as u64
}
