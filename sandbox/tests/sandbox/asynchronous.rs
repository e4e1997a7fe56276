//! Asynchronous invocations: accepted at once, retried, handed to destinations.

use crate::support::{Live, code, until};
use aws_sdk_lambda::{
    primitives::Blob,
    types::{DestinationConfig, InvocationType, OnFailure, OnSuccess, Runtime},
};
use sekisho_sandbox::{Options, clock::Clock};
use std::time::Duration;

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:";

async fn quick() -> Live {
    Live::start_with(Options {
        retry_delays: [Duration::from_millis(20), Duration::from_millis(40)],
        ..Options::default()
    })
    .await
}

async fn send(live: &Live, name: &str, payload: &str) {
    let out = live
        .lambda
        .invoke()
        .function_name(name)
        .invocation_type(InvocationType::Event)
        .payload(Blob::new(payload))
        .send()
        .await
        .unwrap();
    assert_eq!(out.status_code(), 202);
    assert!(
        out.payload()
            .is_none_or(|payload| payload.as_ref().is_empty())
    );
}

/// How many lines of a function's log hold a text.
async fn lines(live: &Live, name: &str, text: &str) -> usize {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&live.config);
    let events = logs
        .filter_log_events()
        .log_group_name(format!("/aws/lambda/{name}"))
        .filter_pattern(format!("\"{text}\""))
        .send()
        .await;
    events.map_or(0, |events| events.events().len())
}

#[tokio::test]
async fn an_event_that_fails_is_tried_twice_more_under_the_same_request_id() {
    let live = quick().await;
    let source = "
def handler(event, context):
    print('attempt of', context.aws_request_id)
    raise RuntimeError('never')
";
    live.create(
        "failing",
        Runtime::Python312,
        "index.handler",
        &[("index.py", source)],
    )
    .await;
    send(&live, "failing", "{}").await;
    until(|| async { lines(&live, "failing", "attempt of").await == 3 }).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(lines(&live, "failing", "attempt of").await, 3);
    let logs = aws_sdk_cloudwatchlogs::Client::new(&live.config);
    let events = logs
        .filter_log_events()
        .log_group_name("/aws/lambda/failing")
        .filter_pattern("\"attempt of\"")
        .send()
        .await
        .unwrap();
    let ids: std::collections::BTreeSet<&str> = events
        .events()
        .iter()
        .map(|event| event.message().unwrap().trim_end())
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[tokio::test]
async fn retries_come_after_one_minute_and_then_after_two() {
    let clock = Clock::manual(jiff::Timestamp::now());
    let live = Live::start_with(Options {
        clock: clock.clone(),
        settle: Duration::ZERO,
        ..Options::default()
    })
    .await;
    let source =
        "def handler(event, context):\n    print('attempt')\n    raise RuntimeError('never')";
    live.create(
        "failing",
        Runtime::Python312,
        "index.handler",
        &[("index.py", source)],
    )
    .await;
    send(&live, "failing", "{}").await;
    let waits = async { [clock.skip().await, clock.skip().await] };
    let waits = tokio::time::timeout(Duration::from_secs(60), waits).await;
    assert_eq!(waits.unwrap().map(|wait| wait.as_secs()), [60, 120]);
    until(|| async { lines(&live, "failing", "attempt").await == 3 }).await;
}

#[tokio::test]
async fn a_function_that_has_reserved_one_execution_takes_ten_requests_a_second() {
    let clock = Clock::manual(jiff::Timestamp::now());
    let live = Live::start_with(Options {
        clock: clock.clone(),
        settle: Duration::ZERO,
        ..Options::default()
    })
    .await;
    live.create_echo("orders").await;
    live.lambda
        .put_function_concurrency()
        .function_name("orders")
        .reserved_concurrent_executions(1)
        .send()
        .await
        .unwrap();
    for _ in 0..10 {
        live.invoke("orders", serde_json::json!({})).await;
    }
    let refused = live.lambda.invoke().function_name("orders").send().await;
    let error = refused.unwrap_err().into_service_error();
    let reason = match &error {
        aws_sdk_lambda::operation::invoke::InvokeError::TooManyRequestsException(error) => {
            error.reason().map(ToString::to_string)
        }
        _ => None,
    };
    assert_eq!(
        reason.as_deref(),
        Some("ReservedFunctionInvocationRateLimitExceeded"),
        "{error:?}"
    );
    clock.advance(Duration::from_millis(100));
    live.invoke("orders", serde_json::json!({})).await;
}

#[tokio::test]
async fn fewer_retries_are_made_when_the_function_says_so() {
    let live = quick().await;
    let source =
        "def handler(event, context):\n    print('attempt')\n    raise RuntimeError('never')";
    live.create(
        "failing",
        Runtime::Python312,
        "index.handler",
        &[("index.py", source)],
    )
    .await;
    live.lambda
        .put_function_event_invoke_config()
        .function_name("failing")
        .maximum_retry_attempts(0)
        .send()
        .await
        .unwrap();
    send(&live, "failing", "{}").await;
    until(|| async { lines(&live, "failing", "attempt").await == 1 }).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(lines(&live, "failing", "attempt").await, 1);
}

#[tokio::test]
async fn results_go_to_the_destination_of_their_kind() {
    let live = quick().await;
    let source = "
def handler(event, context):
    if event.get('fail'): raise RuntimeError('never')
    return 'fine'
";
    let seen = "import json\ndef handler(event, context): print('record', json.dumps(event))";
    live.create(
        "work",
        Runtime::Python312,
        "index.handler",
        &[("index.py", source)],
    )
    .await;
    live.create(
        "seen",
        Runtime::Python312,
        "index.handler",
        &[("index.py", seen)],
    )
    .await;
    live.lambda
        .put_function_event_invoke_config()
        .function_name("work")
        .maximum_retry_attempts(1)
        .destination_config(
            DestinationConfig::builder()
                .on_success(
                    OnSuccess::builder()
                        .destination(format!("{ARN}seen"))
                        .build(),
                )
                .on_failure(
                    OnFailure::builder()
                        .destination(format!("{ARN}seen"))
                        .build(),
                )
                .build(),
        )
        .send()
        .await
        .unwrap();
    send(&live, "work", "{}").await;
    send(&live, "work", r#"{"fail": true}"#).await;
    until(|| async { lines(&live, "seen", "RetriesExhausted").await == 1 }).await;
    until(|| async { lines(&live, "seen", "Success").await == 1 }).await;
    assert_eq!(
        lines(&live, "seen", "approximateInvokeCount\\\": 2").await,
        1
    );
}

#[tokio::test]
async fn an_event_for_nobody_is_refused_at_once() {
    let live = quick().await;
    let out = live
        .lambda
        .invoke()
        .function_name("nope")
        .invocation_type(InvocationType::Event)
        .send()
        .await;
    assert_eq!(code(out), "ResourceNotFoundException");
}
