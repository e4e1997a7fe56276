//! Invoke: how the API reads a call, and how its outcome is answered.
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.

use super::{
    Answer, Call, Lambda, Response, Target,
    door::{Caller, Invocation, Sent},
    error::Violations,
    jackson,
};
use crate::{error::AwsError, runtime::Outcome, store};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::json;
use std::sync::Arc;

/// The most that a synchronous call may carry: 6 MB.
const MAX_SYNC_BYTES: usize = 6_291_456;

/// The most that an asynchronous call may carry: 1 MB.
const MAX_ASYNC_BYTES: usize = 1_048_576;

impl Lambda {
    pub(super) async fn invoke(self: &Arc<Self>, call: &Call<'_>, name: &str) -> Answer {
        let kind = call
            .request
            .header("x-amz-invocation-type")
            .unwrap_or("RequestResponse");
        let mut wrong = Violations::default();
        wrong.one_of(
            "invocationType",
            kind,
            &["Event", "RequestResponse", "DryRun"],
        );
        let target = call.checked("Invoke", name, wrong)?;
        let event = call.request.body.clone();
        match kind {
            "DryRun" => {
                self.could_enter(&target)?;
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
            _ => self.invoke_and_wait(call, &target, event).await,
        }
    }

    /// The retired InvokeAsync, which some tools still call.
    pub(super) fn invoke_async(self: &Arc<Self>, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("InvokeAsync", name)?;
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
        let mut response = Response::new(200, "application/json", outcome.payload)
            .with_header("x-amz-executed-version", outcome.executed_version)
            .with_header(
                "x-amzn-trace-id",
                trace_header(outcome.trace_id.as_deref(), self.needs.clock.now()),
            );
        if let Some(error) = outcome.function_error {
            response = response.with_header("x-amz-function-error", error);
        }
        if wants_tail(call) {
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
        if let Err(wrong) = check_event(&event, MAX_SYNC_BYTES, "RequestResponse") {
            // Whether there is such a function comes first.
            self.could_enter(target)?;
            return Err(wrong);
        }
        let invocation = Invocation {
            caller: Caller::Api,
            target: target.clone(),
            payload: event,
            log_tail: wants_tail(call),
            sent: sent(call)?,
        };
        self.enter(invocation).await.map(|ended| ended.outcome)
    }

    /// Takes an event into the queue of asynchronous calls.
    fn accept(self: &Arc<Self>, target: Target, event: Bytes, sent: Sent) -> Result<(), AwsError> {
        self.exists(&target)?;
        check_event(&event, MAX_ASYNC_BYTES, "Event")?;
        self.enqueue(target, event, sent, 0)
    }

    fn exists(&self, target: &Target) -> Result<(), AwsError> {
        let state = self.state();
        let function = state.functions.get(&target.name);
        function
            .and_then(|function| function.resolve(target.qualifier.as_deref()))
            .map(|_| ())
            .ok_or_else(|| self.nothing_to_invoke(target))
    }
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
    jackson::check(event).map_err(|fault| {
        bad_content(format!(
            "Could not parse request body into json: Could not parse payload into json: {fault}"
        ))
    })
}

/// Whether the end of the log is asked for.
pub fn wants_tail(call: &Call<'_>) -> bool {
    call.request.header("x-amz-log-type") == Some("Tail")
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
}
