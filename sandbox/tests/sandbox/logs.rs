//! CloudWatch Logs through the SDK: written, read, filtered, followed.

use crate::support::{Live, until};
use aws_sdk_cloudwatchlogs::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut,
    },
    error::{BoxError, ProvideErrorMetadata},
    types::{InputLogEvent, OrderBy, StartLiveTailResponseStream},
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as i64
}

fn event(at: i64, message: &str) -> InputLogEvent {
    let event = InputLogEvent::builder().timestamp(at).message(message);
    event.build().unwrap()
}

/// A sandbox with a group `app` and a stream `one` in it.
async fn with_stream() -> (Live, Client) {
    let live = Live::start().await;
    let logs = Client::new(&live.config);
    logs.create_log_group()
        .log_group_name("app")
        .send()
        .await
        .unwrap();
    stream(&logs, "one").await;
    (live, logs)
}

async fn stream(logs: &Client, name: &str) {
    logs.create_log_stream()
        .log_group_name("app")
        .log_stream_name(name)
        .send()
        .await
        .unwrap();
}

async fn put(logs: &Client, stream: &str, events: Vec<InputLogEvent>) {
    logs.put_log_events()
        .log_group_name("app")
        .log_stream_name(stream)
        .set_log_events(Some(events))
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_written_is_read_back_page_by_page() {
    let (live, logs) = with_stream().await;
    let start = now();
    let events = (0..25).map(|at| event(start + at, &format!("line {at}")));
    put(&logs, "one", events.collect()).await;
    let mut token = None;
    let mut read = Vec::new();
    loop {
        let page = logs
            .get_log_events()
            .log_group_name("app")
            .log_stream_name("one")
            .start_from_head(true)
            .limit(10)
            .set_next_token(token.clone())
            .send()
            .await
            .unwrap();
        let messages = page.events().iter().filter_map(|e| e.message());
        read.extend(messages.map(str::to_owned));
        let next = page.next_forward_token().map(str::to_owned);
        if next == token {
            break;
        }
        token = next;
    }
    let expected: Vec<_> = (0..25).map(|at| format!("line {at}")).collect();
    assert_eq!(read, expected);
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn filtering_walks_all_streams_with_the_sdks_own_pages() {
    let (live, logs) = with_stream().await;
    stream(&logs, "two").await;
    let start = now();
    put(
        &logs,
        "one",
        vec![
            event(start, r#"{"level":"ERROR","ms":5}"#),
            event(start + 2, "plain"),
        ],
    )
    .await;
    put(
        &logs,
        "two",
        vec![event(start + 1, r#"{"level":"ERROR","ms":500}"#)],
    )
    .await;
    let found = async |pattern: &str| {
        let pages: Vec<_> = logs
            .filter_log_events()
            .log_group_name("app")
            .filter_pattern(pattern)
            .limit(1)
            .into_paginator()
            .send()
            .try_collect()
            .await
            .unwrap();
        let events = pages.into_iter().flat_map(|page| page.events.unwrap());
        events.collect::<Vec<_>>()
    };
    let errors = found("{ $.level = \"ERROR\" }").await;
    let streams: Vec<_> = errors.iter().filter_map(|e| e.log_stream_name()).collect();
    assert_eq!(streams, ["one", "two"]);
    let slow = found("{ $.level = \"ERROR\" && $.ms > 100 }").await;
    assert_eq!(slow.len(), 1);
    assert_eq!(slow[0].timestamp(), Some(start + 1));
    let error = logs
        .filter_log_events()
        .log_group_name("app")
        .filter_pattern("{ nonsense")
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterException"));
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn errors_arrive_as_the_types_of_the_sdk() {
    let (live, logs) = with_stream().await;
    let error = logs
        .create_log_group()
        .log_group_name("app")
        .send()
        .await
        .unwrap_err();
    assert!(
        error
            .as_service_error()
            .unwrap()
            .is_resource_already_exists_exception()
    );
    let error = logs
        .get_log_events()
        .log_group_name("nope")
        .log_stream_name("one")
        .send()
        .await
        .unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_resource_not_found_exception());
    assert_eq!(
        error.message(),
        Some("The specified log group does not exist.")
    );
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn groups_and_streams_are_described_in_pages() {
    let (live, logs) = with_stream().await;
    for at in 0..60 {
        stream(&logs, &format!("stream-{at:02}")).await;
    }
    let start = now();
    put(&logs, "stream-07", vec![event(start, "newest")]).await;
    let names: Vec<_> = logs
        .describe_log_streams()
        .log_group_name("app")
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(names.len(), 61);
    let newest = logs
        .describe_log_streams()
        .log_group_name("app")
        .order_by(OrderBy::LastEventTime)
        .descending(true)
        .limit(1)
        .send()
        .await
        .unwrap();
    assert_eq!(newest.log_streams()[0].log_stream_name(), Some("stream-07"));
    assert_eq!(newest.log_streams()[0].last_event_timestamp(), Some(start));
    let groups = logs.describe_log_groups().send().await.unwrap();
    assert_eq!(groups.log_groups()[0].log_group_name(), Some("app"));
    live.sandbox.shutdown().await;
}

/// Takes the prefix off the host that the SDK puts before it for StartLiveTail.
#[derive(Debug)]
struct WithoutPrefix;

impl Intercept for WithoutPrefix {
    fn name(&self) -> &'static str {
        "without a prefix"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let uri = request.uri().replacen("//stream-", "//", 1);
        request.set_uri(uri)?;
        Ok(())
    }
}

#[tokio::test]
async fn a_live_tail_starts_and_brings_what_is_written_meanwhile() {
    let (live, _) = with_stream().await;
    let config = aws_sdk_cloudwatchlogs::config::Builder::from(&live.config);
    let logs = Client::from_conf(config.interceptor(WithoutPrefix).build());
    let mut tail = logs
        .start_live_tail()
        .log_group_identifiers("arn:aws:logs:us-east-1:000000000000:log-group:app")
        .log_event_filter_pattern("ERROR")
        .send()
        .await
        .unwrap()
        .response_stream;
    let first = tail.recv().await.unwrap().unwrap();
    assert!(matches!(
        first,
        StartLiveTailResponseStream::SessionStart(_)
    ));
    put(
        &logs,
        "one",
        vec![event(now(), "fine"), event(now(), "ERROR here")],
    )
    .await;
    let found = loop {
        let next = tokio::time::timeout(Duration::from_secs(60), tail.recv()).await;
        if let Some(StartLiveTailResponseStream::SessionUpdate(update)) = next.unwrap().unwrap()
            && !update.session_results().is_empty()
        {
            break update;
        }
    };
    let messages: Vec<_> = found
        .session_results()
        .iter()
        .filter_map(|e| e.message())
        .collect();
    assert_eq!(messages, ["ERROR here"]);
    drop(tail);
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn a_functions_lines_are_in_its_group() {
    let live = Live::start().await;
    let logs = Client::new(&live.config);
    live.create_echo("orders").await;
    live.invoke("orders", serde_json::json!({})).await;
    until(|| async {
        let found = logs
            .filter_log_events()
            .log_group_name("/aws/lambda/orders")
            .filter_pattern("\"hello from orders\"")
            .send()
            .await;
        found.is_ok_and(|found| found.events().len() == 1)
    })
    .await;
    live.sandbox.shutdown().await;
}

#[tokio::test]
async fn a_log_can_be_queried() {
    let (live, logs) = with_stream().await;
    let start = now();
    let lines = [r#"{"ms":10}"#, r#"{"ms":30}"#, "other"];
    let events = lines.iter().map(|line| event(start, line));
    put(&logs, "one", events.collect()).await;
    let started = logs
        .start_query()
        .log_group_name("app")
        .start_time(start / 1000 - 60)
        .end_time(start / 1000 + 60)
        .query_string("filter ispresent(ms) | stats count(*) as n, max(ms) as slowest")
        .send()
        .await
        .unwrap();
    let id = started.query_id().unwrap();
    until(|| async {
        let answer = logs.get_query_results().query_id(id).send().await.unwrap();
        let values = answer
            .results()
            .iter()
            .flatten()
            .filter_map(|field| field.value());
        values.collect::<Vec<_>>() == ["2", "30"]
    })
    .await;
    live.sandbox.shutdown().await;
}

/// Metric filters are there after a start, and what they counted is not counted again when events are read back.
#[tokio::test]
async fn metric_filters_outlive_the_sandbox_and_count_each_event_once() {
    use aws_sdk_cloudwatchlogs::types::MetricTransformation;
    let state = tempfile::tempdir().unwrap();
    let start = || {
        Live::start_with(sekisho_sandbox::Options {
            state: Some(state.path().to_owned()),
            ..sekisho_sandbox::Options::default()
        })
    };
    let counted = async |live: &Live| {
        let metrics = aws_sdk_cloudwatch::Client::new(&live.config);
        let at = |ms: i64| aws_sdk_cloudwatch::primitives::DateTime::from_millis(ms);
        let found = metrics.get_metric_statistics().namespace("Shops");
        let found = found.metric_name("Errors").period(86_400);
        let found = found.statistics(aws_sdk_cloudwatch::types::Statistic::Sum);
        let found = found
            .start_time(at(now() - 3_600_000))
            .end_time(at(now() + 3_600_000));
        let found = found.send().await.unwrap();
        found
            .datapoints()
            .iter()
            .filter_map(|point| point.sum())
            .sum::<f64>()
    };
    let put = async |live: &Live| {
        let put = Client::new(&live.config).put_log_events();
        let put = put.log_group_name("app").log_stream_name("one");
        put.log_events(event(now(), "ERROR one"))
            .send()
            .await
            .unwrap();
    };
    let live = start().await;
    let logs = Client::new(&live.config);
    let group = logs
        .create_log_group()
        .log_group_name("app")
        .kms_key_id("key");
    group.send().await.unwrap();
    stream(&logs, "one").await;
    let metric = MetricTransformation::builder().metric_name("Errors");
    let metric = metric.metric_namespace("Shops").metric_value("1").build();
    let filter = logs
        .put_metric_filter()
        .log_group_name("app")
        .filter_name("errors");
    let filter = filter
        .filter_pattern("ERROR")
        .metric_transformations(metric.unwrap());
    filter.send().await.unwrap();
    put(&live).await;
    assert_eq!(counted(&live).await, 1.0);
    live.sandbox.shutdown().await;
    drop(live);
    let live = start().await;
    let logs = Client::new(&live.config);
    assert_eq!(counted(&live).await, 1.0);
    put(&live).await;
    assert_eq!(counted(&live).await, 2.0);
    let groups = logs.describe_log_groups().send().await.unwrap();
    assert_eq!(groups.log_groups()[0].metric_filter_count(), Some(1));
    assert_eq!(groups.log_groups()[0].kms_key_id(), Some("key"));
    live.sandbox.shutdown().await;
}
