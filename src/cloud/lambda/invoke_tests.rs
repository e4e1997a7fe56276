#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use base64::Engine as _;

use super::*;
use crate::cloud::Hooks;
use crate::cloud::connection::machine::Machine;
use crate::cloud::testing::{Reply, Server, apply};
use crate::model::connection::ConnectionSpec;

fn cloud(server: &Server) -> Cloud {
    let spec = ConnectionSpec::of_endpoint("local", &server.endpoint);
    Cloud::on(Machine::of(&[], &[]), spec, Hooks::quiet())
}

fn invoke(invocation_type: InvocationType, payload: &str) -> Invoke {
    Invoke {
        request: InvokeRequest {
            function: "orders".into(),
            qualifier: Some("live".into()),
            invocation_type,
            payload: payload.into(),
            log_tail: true,
        },
        target: "arn:aws:lambda:eu-west-1:123456789012:function:orders".into(),
        context: CliContext::default(),
    }
}

async fn result(server: &Server, invoke: Invoke) -> Result<Arc<InvokeResult>, CloudError> {
    let applied = apply(cloud(server), invoke).await?;
    Ok(applied.output::<InvokeResult>().unwrap())
}

#[tokio::test]
async fn a_result_brings_its_log_its_version_and_its_trace() {
    let tail = "REPORT RequestId: 8f5\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n";
    let tail = base64::engine::general_purpose::STANDARD.encode(tail);
    let server = Server::start(move |_, _| {
        Reply::json(200, r#"{"ok":true}"#)
            .with("x-amz-executed-version", "3")
            .with("x-amz-log-result", tail.clone())
            .with("x-amzn-trace-id", "Root=1-5e1b4151-5ac6c58f;Sampled=0")
    });
    let asked = invoke(InvocationType::RequestResponse, " {\"id\": 1}\n");
    let result = result(&server, asked).await.unwrap();
    assert_eq!(result.payload, r#"{"ok":true}"#);
    assert_eq!(result.executed_version.as_deref(), Some("3"));
    assert_eq!(result.trace_id.as_deref(), Some("1-5e1b4151-5ac6c58f"));
    assert_eq!(result.request_id.as_deref(), Some("11111111-2222"));
    assert_eq!(result.report.as_ref().unwrap().billed_ms, Some(13.0));
    let seen = &server.seen()[0];
    assert!(seen.path.contains("/functions/orders/invocations"));
    assert!(seen.path.contains("Qualifier=live"), "{}", seen.path);
    assert_eq!(seen.header("x-amz-log-type"), Some("Tail"));
    assert_eq!(seen.body, b"{\"id\": 1}");
}

#[tokio::test]
async fn a_function_that_failed_is_a_result_and_not_a_failed_call() {
    let server = Server::start(|_, _| {
        let body = r#"{"errorType":"KeyError","errorMessage":"'id'","stackTrace":["  File \"app.py\", line 1"]}"#;
        Reply::json(200, body).with("x-amz-function-error", "Unhandled")
    });
    let result = result(&server, invoke(InvocationType::RequestResponse, "{}"))
        .await
        .unwrap();
    let error = result.error.clone().unwrap();
    assert_eq!(
        (error.error_type.as_str(), error.message.as_str()),
        ("KeyError", "'id'")
    );
    assert_eq!(result.headline(), "Failed: KeyError");
}

#[tokio::test]
async fn only_a_synchronous_invocation_asks_for_the_log() {
    let server = Server::start(|number, _| Reply::json([202, 204][number], ""));
    let queued = result(&server, invoke(InvocationType::Event, "{}"))
        .await
        .unwrap();
    let checked = result(&server, invoke(InvocationType::DryRun, "{}"))
        .await
        .unwrap();
    assert_eq!((queued.status, checked.status), (202, 204));
    let seen = server.seen();
    assert!(
        seen.iter()
            .all(|seen| seen.header("x-amz-log-type").is_none())
    );
    assert_eq!(seen[0].header("x-amz-invocation-type"), Some("Event"));
    assert_eq!(seen[1].header("x-amz-invocation-type"), Some("DryRun"));
}

#[tokio::test]
async fn a_throttled_invocation_is_not_sent_again() {
    let server =
        Server::start(|_, _| Reply::error(429, "TooManyRequestsException", "Rate Exceeded."));
    let error = result(&server, invoke(InvocationType::RequestResponse, "{}"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Throttled);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_event_that_is_too_long_or_no_json_is_refused_before_anything_is_sent() {
    let server = Server::start(|_, _| Reply::json(200, "null"));
    let long = format!("\"{}\"", "x".repeat(6 * 1_048_576));
    for payload in ["{\"a\":", &long] {
        let asked = invoke(InvocationType::RequestResponse, payload);
        let error = result(&server, asked).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{}", error.message);
    }
    assert!(server.seen().is_empty());
}

#[test]
fn the_plan_names_the_command_and_what_becomes_stale() {
    let mut asked = invoke(InvocationType::Event, "{}");
    asked.context.region = Some("eu-west-1".into());
    let plan = asked.plan();
    assert!(plan.cli.contains("aws lambda invoke"));
    assert!(plan.cli.contains("--invocation-type Event"), "{}", plan.cli);
    assert!(plan.cli.contains("--region eu-west-1"));
    assert_eq!(asked.invalidates(), [Topic::Invocations("orders".into())]);
    asked.request.function = asked.target.clone();
    assert_eq!(asked.invalidates(), [Topic::Invocations("orders".into())]);
    assert!(
        invoke(InvocationType::DryRun, "{}")
            .invalidates()
            .is_empty()
    );
}
