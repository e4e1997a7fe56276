//! Invoke: which version a call goes to, and how its outcome is answered.
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.

use super::{
    Answer, Call, Lambda, Response, Target,
    error::{Violations, conflict},
    model::{Code, EventInvoke, Function, Status, Version},
    settings::LayerUse,
};
use crate::{
    error::AwsError,
    runtime::{self, FunctionSpec, Outcome},
    store,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// The most that a synchronous call may carry: 6 MB.
const MAX_SYNC_BYTES: usize = 6_291_456;

/// The most that an asynchronous call may carry: 1 MB.
const MAX_ASYNC_BYTES: usize = 1_048_576;

/// A version of a function, ready to be run.
pub struct Prepared {
    pub spec: Arc<FunctionSpec>,
    /// The ARN as the caller named it.
    pub invoked_arn: String,
    /// The function's name with the qualifier that was called.
    pub resource: String,
    pub event_invoke: Option<EventInvoke>,
    /// Keep the packages on disk until the call has ended, even if the function is updated meanwhile.
    _code: Code,
    _layers: Vec<LayerUse>,
}

/// What a caller sent along with the event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sent {
    pub request_id: String,
    /// JSON text.
    pub client_context: Option<String>,
    pub trace_header: Option<String>,
}

impl Lambda {
    pub(super) async fn invoke(self: &Arc<Self>, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let kind = call
            .request
            .header("x-amz-invocation-type")
            .unwrap_or("RequestResponse");
        let event = call.request.body.clone();
        match kind {
            "DryRun" => {
                self.prepare(&target)?;
                Ok(Response::empty(204))
            }
            "Event" => {
                let sent = sent(call)?;
                self.accept(target, event, sent)?;
                Ok(Response::empty(202).with_header(
                    "x-amzn-trace-id",
                    trace_header(None, self.needs.clock.now()),
                ))
            }
            "RequestResponse" => self.invoke_and_wait(call, &target, event).await,
            other => {
                let mut violations = Violations::default();
                violations.add(
                    "invocationType",
                    other,
                    "Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
                );
                violations.check().map(|()| Response::empty(400))
            }
        }
    }

    /// The retired InvokeAsync, which some tools still call.
    pub(super) fn invoke_async(self: &Arc<Self>, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        self.accept(target, call.request.body.clone(), sent(call)?)?;
        Ok(Response::json(202, &json!({"Status": 202})))
    }

    async fn invoke_and_wait(
        self: &Arc<Self>,
        call: &Call<'_>,
        target: &Target,
        event: Bytes,
    ) -> Answer {
        let outcome = self.invoke_once(call, target, event).await?;
        let wants_tail = call.request.header("x-amz-log-type") == Some("Tail");
        let mut response = Response::new(200, "application/json", outcome.payload)
            .with_header("x-amz-executed-version", outcome.executed_version)
            .with_header(
                "x-amzn-trace-id",
                trace_header(outcome.trace_id.as_deref(), self.needs.clock.now()),
            );
        if let Some(error) = outcome.function_error {
            response = response.with_header("x-amz-function-error", error);
        }
        if wants_tail {
            response =
                response.with_header("x-amz-log-result", BASE64_STANDARD.encode(outcome.log_tail));
        }
        Ok(response)
    }

    /// Runs a call and waits for what comes of it.
    pub(super) async fn invoke_once(
        self: &Arc<Self>,
        call: &Call<'_>,
        target: &Target,
        event: Bytes,
    ) -> Result<Outcome, AwsError> {
        store::changes_nothing();
        let prepared = self.prepare(target)?;
        check_event(&event, MAX_SYNC_BYTES, "RequestResponse")?;
        self.run_to_the_end(prepared, event, sent(call)?).await
    }

    /// Calls a function from within the sandbox, as its workload does.
    ///
    /// # Errors
    /// What Invoke would answer.
    pub async fn call(self: &Arc<Self>, name: &str, event: Bytes) -> Result<Outcome, AwsError> {
        let target = Target::parse(name, None, &self.region)?;
        let prepared = self.prepare(&target)?;
        let sent = Sent {
            request_id: uuid::Uuid::new_v4().to_string(),
            client_context: None,
            trace_header: None,
        };
        self.run_to_the_end(prepared, event, sent).await
    }

    /// Runs a call. It goes on to its end, and is counted, also when its caller hangs up.
    async fn run_to_the_end(
        self: &Arc<Self>,
        prepared: Prepared,
        event: Bytes,
        sent: Sent,
    ) -> Result<Outcome, AwsError> {
        let lambda = self.clone();
        let work = self
            .needs
            .tasks
            .spawn(async move { lambda.run(&prepared, event, &sent).await });
        work.await.unwrap_or_else(|error| {
            Err(super::error::service(format!(
                "The call ended unexpectedly: {error}"
            )))
        })
    }

    /// Runs a prepared version once and measures it.
    pub(super) async fn run(
        &self,
        prepared: &Prepared,
        event: Bytes,
        sent: &Sent,
    ) -> Result<Outcome, AwsError> {
        let at_work = self.running.begin(&prepared.spec.name);
        // As in AWS: a call without a payload gets an empty object.
        let event = if event.is_empty() {
            Bytes::from_static(b"{}")
        } else {
            event
        };
        let call = runtime::Call {
            request_id: sent.request_id.clone(),
            client_context: sent.client_context.clone(),
            trace_header: sent.trace_header.clone(),
            invoked_arn: prepared.invoked_arn.clone(),
        };
        let outcome = self
            .needs
            .pool
            .invoke(prepared.spec.clone(), event, call)
            .await;
        self.measure(&at_work, &prepared.resource, &outcome);
        outcome
    }

    /// Takes an event into the queue of asynchronous calls.
    fn accept(self: &Arc<Self>, target: Target, event: Bytes, sent: Sent) -> Result<(), AwsError> {
        self.exists(&target)?;
        check_event(&event, MAX_ASYNC_BYTES, "Event")?;
        self.enqueue(target, event, sent, 0)
    }

    fn exists(&self, target: &Target) -> Result<(), AwsError> {
        let state = self.state();
        let function = self.function(&state, target)?;
        self.check_qualifier(function, target)
    }

    /// Finds the version that a call goes to.
    pub(super) fn prepare(&self, target: &Target) -> Result<Prepared, AwsError> {
        let state = self.state();
        let function = self.function(&state, target)?;
        let version = choose(function, target.qualifier.as_deref())
            .ok_or_else(|| self.no_function(target))?;
        if matches!(version.status, Status::Creating(_)) {
            return Err(conflict(
                "The operation cannot be performed at this time. The function is currently in the following state: Pending",
            ));
        }
        let Code::Zip(package) = &version.code else {
            return Err(AwsError::new(
                502,
                "InvalidRuntimeException",
                "The sandbox runs functions from ZIP packages; it does not run container images.",
            ));
        };
        let settings = &version.settings;
        let qualifier = target.qualifier.as_deref();
        let spec = FunctionSpec {
            region: self.region.clone(),
            account: self.account.clone(),
            arn: self.arn(&function.name, Some(&version.number)),
            name: function.name.clone(),
            version: version.number.clone(),
            runtime: settings.runtime.clone().unwrap_or_default(),
            handler: settings.handler.clone().unwrap_or_default(),
            memory_mb: settings.memory_mb,
            timeout_s: settings.timeout_s,
            ephemeral_mb: settings.ephemeral_mb,
            environment: settings.environment.clone(),
            code: package.path.clone(),
            layers: settings
                .layers
                .iter()
                .map(|layer| layer.package.path.clone())
                .collect(),
            log_group: settings.log_group(&function.name),
            log_json: settings.logging.format.as_deref() == Some("JSON"),
            log_level: settings.logging.application_level.clone(),
            tracing_active: settings.tracing == "Active",
            architecture: settings.architecture.clone(),
            code_sha256: package.sha256.clone(),
            revision: version.deployment.clone(),
            max_concurrency: function.reserved,
        };
        Ok(Prepared {
            spec: Arc::new(spec),
            invoked_arn: self.arn(&function.name, qualifier),
            resource: match qualifier {
                Some(qualifier) => format!("{}:{qualifier}", function.name),
                None => function.name.clone(),
            },
            event_invoke: function
                .event_invoke
                .get(qualifier.unwrap_or("$LATEST"))
                .cloned(),
            _code: version.code.clone(),
            _layers: settings.layers.clone(),
        })
    }
}

/// The version that a qualifier names; of an alias with weights, one of the two by chance.
fn choose<'a>(function: &'a Function, qualifier: Option<&str>) -> Option<&'a Version> {
    match qualifier.and_then(|qualifier| function.aliases.get(qualifier)) {
        Some(alias) => function.version(alias.choose(chance())),
        None => function.resolve(qualifier),
    }
}

/// A number between 0 and 1.
fn chance() -> f64 {
    let random = uuid::Uuid::new_v4().as_u128() as u32;
    f64::from(random) / (f64::from(u32::MAX) + 1.0)
}

fn check_event(event: &Bytes, most: usize, kind: &str) -> Result<(), AwsError> {
    if event.len() > most {
        return Err(AwsError::new(
            413,
            "RequestTooLargeException",
            format!(
                "{} byte payload is too large for the {kind} invocation type (limit {most} bytes)",
                event.len()
            ),
        )
        .with("Type", "User"));
    }
    if event.is_empty() {
        return Ok(());
    }
    serde_json::from_slice::<serde::de::IgnoredAny>(event)
        .map(|_| ())
        .map_err(|error| {
            bad_content(format!(
                "Could not parse request body into json: Could not parse payload into json: {error}"
            ))
        })
}

fn bad_content(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidRequestContentException", message).with("Type", "User")
}

fn sent(call: &Call<'_>) -> Result<Sent, AwsError> {
    let client_context = call
        .request
        .header("x-amz-client-context")
        .filter(|text| !text.is_empty())
        .map(read_client_context)
        .transpose()?;
    Ok(Sent {
        request_id: call.ctx.request_id.clone(),
        client_context,
        trace_header: call.request.header("x-amzn-trace-id").map(str::to_owned),
    })
}

fn read_client_context(text: &str) -> Result<String, AwsError> {
    let wrong = || bad_content("Client context must be a valid Base64-encoded JSON object.");
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(value) if value.is_object() => Ok(text),
        _ => Err(wrong()),
    }
}

/// The trace of a call as its answer names it. A call that is not traced has an id too, which is not sampled.
pub fn trace_header(traced: Option<&str>, now: Timestamp) -> String {
    match traced {
        Some(id) => format!("Root={id};Sampled=1"),
        None => {
            let seconds = now.as_second();
            let random = uuid::Uuid::new_v4().simple().to_string();
            format!("Root=1-{seconds:08x}-{};Sampled=0", &random[..24])
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_event_is_json_within_its_limit() {
        assert!(check_event(&Bytes::from_static(b"{\"a\": 1}"), 100, "Event").is_ok());
        assert!(check_event(&Bytes::new(), 100, "Event").is_ok());
        let error = check_event(&Bytes::from_static(b"hello"), 100, "Event").unwrap_err();
        assert_eq!(error.code, "InvalidRequestContentException");
        let error = check_event(&Bytes::from(vec![b'1'; 101]), 100, "Event").unwrap_err();
        assert_eq!(
            (error.status, error.message.as_str()),
            (
                413,
                "101 byte payload is too large for the Event invocation type (limit 100 bytes)"
            )
        );
    }

    #[test]
    fn a_client_context_is_base64_of_a_json_object() {
        assert_eq!(
            read_client_context(&BASE64_STANDARD.encode("{}")).unwrap(),
            "{}"
        );
        assert!(read_client_context(&BASE64_STANDARD.encode("1")).is_err());
        assert!(read_client_context("?").is_err());
    }

    #[test]
    fn a_chance_is_between_zero_and_one() {
        assert!(
            (0..1000)
                .map(|_| chance())
                .all(|drawn| (0.0..1.0).contains(&drawn))
        );
    }
}
