//! Invocations that wait for their answer, in each kind of runtime.

use crate::support::{Live, code, refusal};
use aws_sdk_lambda::{
    primitives::Blob,
    types::{InvocationType, LogType, Runtime},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

const BOOTSTRAP: &str = r#"#!/bin/bash
api="http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation"
while true; do
  headers=$(mktemp)
  event=$(curl -sS -D "$headers" "$api/next")
  id=$(grep -i '^lambda-runtime-aws-request-id:' "$headers" | tr -d '\r' | cut -d' ' -f2)
  echo "shell got $event"
  curl -sS -X POST "$api/$id/response" -d "{\"shell\": $event}" > /dev/null
done
"#;

#[tokio::test]
async fn python_answers_with_its_log_tail() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let out = live
        .lambda
        .invoke()
        .function_name("orders")
        .log_type(LogType::Tail)
        .payload(Blob::new(json!({"n": 1}).to_string()))
        .send()
        .await
        .unwrap();
    assert_eq!((out.status_code(), out.function_error()), (200, None));
    assert_eq!(out.executed_version(), Some("$LATEST"));
    let answer: Value = serde_json::from_slice(out.payload().unwrap().as_ref()).unwrap();
    assert_eq!(
        answer,
        json!({
            "event": {"n": 1},
            "version": "$LATEST",
            "arn": "arn:aws:lambda:us-east-1:000000000000:function:orders",
            "mode": null,
        })
    );
    let log = BASE64_STANDARD.decode(out.log_result().unwrap()).unwrap();
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("hello from orders"), "{log}");
    assert!(
        log.contains("REPORT RequestId:") && log.contains("Memory Size: 128 MB"),
        "{log}"
    );
    assert!(
        log.contains("Init Duration:"),
        "the first start is a cold one: {log}"
    );
}

#[tokio::test]
async fn node_answers() {
    let live = Live::start().await;
    let source =
        "exports.handler = async (event, context) => ({ got: event, name: context.functionName });";
    live.create(
        "orders",
        Runtime::Nodejs22x,
        "index.handler",
        &[("index.js", source)],
    )
    .await;
    assert_eq!(
        live.invoke("orders", json!([1, 2])).await,
        json!({"got": [1, 2], "name": "orders"})
    );
}

#[tokio::test]
async fn a_bootstrap_in_bash_answers() {
    let live = Live::start().await;
    live.create(
        "orders",
        Runtime::Providedal2023,
        "any",
        &[("bootstrap", BOOTSTRAP)],
    )
    .await;
    assert_eq!(
        live.invoke("orders", json!({"n": 1})).await,
        json!({"shell": {"n": 1}})
    );
}

#[tokio::test]
async fn an_error_of_the_function_has_type_message_and_stack() {
    let live = Live::start().await;
    let source = "def handler(event, context): raise ValueError('no such order')";
    live.create(
        "orders",
        Runtime::Python312,
        "index.handler",
        &[("index.py", source)],
    )
    .await;
    let out = live
        .lambda
        .invoke()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (out.status_code(), out.function_error()),
        (200, Some("Unhandled"))
    );
    let error: Value = serde_json::from_slice(out.payload().unwrap().as_ref()).unwrap();
    assert_eq!(error["errorType"], "ValueError");
    assert_eq!(error["errorMessage"], "no such order");
    assert!(
        error["stackTrace"]
            .as_array()
            .is_some_and(|lines| !lines.is_empty())
    );
}

#[tokio::test]
async fn a_call_without_a_payload_gets_an_empty_object() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let out = live
        .lambda
        .invoke()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let answer: Value = serde_json::from_slice(out.payload().unwrap().as_ref()).unwrap();
    assert_eq!(answer["event"], json!({}));
}

#[tokio::test]
async fn the_client_context_reaches_the_function() {
    let live = Live::start().await;
    let source = "def handler(event, context): return context.client_context.custom['who']";
    live.create(
        "orders",
        Runtime::Python312,
        "index.handler",
        &[("index.py", source)],
    )
    .await;
    let context = BASE64_STANDARD.encode(json!({"custom": {"who": "app"}}).to_string());
    let out = live
        .lambda
        .invoke()
        .function_name("orders")
        .client_context(context)
        .send()
        .await
        .unwrap();
    assert_eq!(out.payload().unwrap().as_ref(), br#""app""#);
    let wrong = live
        .lambda
        .invoke()
        .function_name("orders")
        .client_context("?")
        .send()
        .await;
    assert_eq!(code(wrong), "InvalidRequestContentException");
}

#[tokio::test]
async fn a_dry_run_runs_nothing() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let dry = |name: &str| {
        live.lambda
            .invoke()
            .function_name(name)
            .invocation_type(InvocationType::DryRun)
            .send()
    };
    assert_eq!(dry("orders").await.unwrap().status_code(), 204);
    assert_eq!(code(dry("nope").await), "ResourceNotFoundException");
}

#[tokio::test]
async fn what_is_too_large_or_no_json_never_reaches_the_function() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let call = |kind: InvocationType, payload: String| {
        live.lambda
            .invoke()
            .function_name("orders")
            .invocation_type(kind)
            .payload(Blob::new(payload))
            .send()
    };
    let six_megabytes = format!("\"{}\"", "x".repeat(6_291_456));
    let (name, message) = refusal(call(InvocationType::RequestResponse, six_megabytes).await);
    assert_eq!(name, "RequestTooLargeException");
    assert_eq!(
        message,
        "6291458 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)"
    );
    let megabyte = format!("\"{}\"", "x".repeat(1_048_576));
    assert_eq!(
        code(call(InvocationType::Event, megabyte).await),
        "RequestTooLargeException"
    );
    let (name, message) = refusal(call(InvocationType::RequestResponse, "{oops".into()).await);
    assert_eq!(name, "InvalidRequestContentException");
    assert!(
        message.starts_with("Could not parse request body into json"),
        "{message}"
    );
}

#[tokio::test]
async fn a_runtime_that_this_machine_lacks_is_kept_and_tells_so_when_invoked() {
    let live = Live::start().await;
    live.create(
        "orders",
        Runtime::Java21,
        "orders.Handler::handle",
        &[("a.txt", "x")],
    )
    .await;
    let (name, message) = refusal(live.lambda.invoke().function_name("orders").send().await);
    assert_eq!(name, "InvalidRuntimeException");
    assert!(message.contains("java21"), "{message}");
}

#[tokio::test]
async fn several_calls_run_at_once() {
    let live = Live::start().await;
    let source = "import time\ndef handler(event, context):\n    time.sleep(0.6)\n    return event";
    live.create(
        "orders",
        Runtime::Python312,
        "index.handler",
        &[("index.py", source)],
    )
    .await;
    let calls: Vec<_> = (0..4)
        .map(|n| {
            let client = live.lambda.clone();
            tokio::spawn(async move {
                let payload = Blob::new(n.to_string());
                client
                    .invoke()
                    .function_name("orders")
                    .payload(payload)
                    .send()
                    .await
            })
        })
        .collect();
    for (n, call) in calls.into_iter().enumerate() {
        let out = call.await.unwrap().unwrap();
        assert_eq!(out.payload().unwrap().as_ref(), n.to_string().as_bytes());
    }
}

#[tokio::test]
async fn what_a_function_writes_is_in_its_log_group() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    live.invoke("orders", json!({})).await;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&live.config);
    let events = logs
        .filter_log_events()
        .log_group_name("/aws/lambda/orders")
        .filter_pattern("hello")
        .send()
        .await
        .unwrap();
    assert_eq!(events.events().len(), 1);
    assert_eq!(
        events.events()[0].message().unwrap().trim_end(),
        "hello from orders"
    );
}

#[tokio::test]
async fn an_answer_can_be_read_as_a_stream() {
    use aws_sdk_lambda::types::InvokeWithResponseStreamResponseEvent as Event;
    let live = Live::start().await;
    live.create_echo("orders").await;
    let mut out = live
        .lambda
        .invoke_with_response_stream()
        .function_name("orders")
        .payload(Blob::new(json!({"text": "x".repeat(300_000)}).to_string()))
        .log_type(LogType::Tail)
        .send()
        .await
        .unwrap();
    let mut payload = Vec::new();
    let mut complete = None;
    while let Some(event) = out.event_stream.recv().await.unwrap() {
        match event {
            Event::PayloadChunk(chunk) => payload.extend(chunk.payload().unwrap().as_ref()),
            Event::InvokeComplete(end) => complete = Some(end),
            other => panic!("{other:?}"),
        }
    }
    let answer: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(answer["event"]["text"].as_str().unwrap().len(), 300_000);
    let complete = complete.unwrap();
    assert_eq!(complete.error_code(), None);
    assert!(complete.log_result().is_some());
}
