#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

fn answer(header: Option<(&'static str, &'static str)>, body: &'static str) -> HttpResponse {
    let mut response = HttpResponse::new(StatusCode::try_from(400).unwrap(), SdkBody::from(body));
    if let Some((name, value)) = header {
        response.headers_mut().insert(name, value);
    }
    response
}

#[test]
fn the_code_is_found_in_every_protocols_error() {
    let rows = [
        (
            Some((
                "x-amzn-errortype",
                "ResourceNotFoundException:http://internal/",
            )),
            "{}",
            "ResourceNotFoundException",
        ),
        (
            Some(("x-amzn-query-error", "Throttling;Sender")),
            "",
            "Throttling",
        ),
        (
            None,
            r#"{"__type":"com.amazonaws.logs#ThrottlingException","message":"x"}"#,
            "ThrottlingException",
        ),
        (
            None,
            r#"{"__type": "ResourceNotFoundException"}"#,
            "ResourceNotFoundException",
        ),
        (
            None,
            "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code></Error></ErrorResponse>",
            "NoSuchEntity",
        ),
    ];
    for (header, body, code) in rows {
        assert_eq!(
            error_code(&answer(header, body)).as_deref(),
            Some(code),
            "{body}"
        );
    }
    assert_eq!(error_code(&answer(None, "<!doctype html>")), None);
}

#[test]
fn the_prefix_goes_everywhere_but_at_aws() {
    assert_eq!(
        without_prefix("http://stream-127.0.0.1:4566/", "stream-").as_deref(),
        Some("http://127.0.0.1:4566/")
    );
    assert_eq!(
        without_prefix("https://streaming-logs.example.com/x?y", "streaming-").as_deref(),
        Some("https://logs.example.com/x?y")
    );
    for aws in [
        "https://stream-logs.eu-west-1.amazonaws.com/",
        "https://stream-logs.cn-north-1.amazonaws.com.cn/",
        "https://stream-logs.eu-west-1.api.aws/",
    ] {
        assert_eq!(without_prefix(aws, "stream-"), None, "{aws}");
    }
}

#[test]
fn paths_keep_no_query() {
    assert_eq!(
        path_of("https://h/2015-03-31/functions/f?Qualifier=1").as_deref(),
        Some("/2015-03-31/functions/f")
    );
    assert_eq!(path_of("https://h/"), None);
    assert_eq!(path_of("https://h"), None);
}

fn record(operation: &str) -> CallRecord {
    CallRecord {
        number: 0,
        service: "Lambda".into(),
        operation: operation.into(),
        started_ms: 0,
        duration_ms: 0,
        status: Some(200),
        request_id: None,
        attempts: 1,
        error_code: None,
        target: None,
    }
}

#[test]
fn the_log_is_bounded_and_tells_what_came_since() {
    let log = CallLog::new(Arc::new(|| {}));
    for n in 0..CallLog::KEPT + 20 {
        log.finish(record(&n.to_string()), false);
    }
    let all = log.since(0);
    assert_eq!(all.len(), CallLog::KEPT);
    assert_eq!(all[0].number, 21);
    let last = all.last().unwrap().number;
    log.finish(record("fresh"), false);
    let fresh = log.since(last);
    assert_eq!(fresh.len(), 1);
    assert_eq!(fresh[0].operation, "fresh");
}

#[test]
fn a_finished_call_wakes_the_window_and_moves_the_revision() {
    let woken = Arc::new(AtomicU64::new(0));
    let count = woken.clone();
    let log = CallLog::new(Arc::new(move || {
        count.fetch_add(1, Relaxed);
    }));
    let before = log.revision();
    log.finish(record("a"), false);
    assert_eq!(woken.load(Relaxed), 1);
    assert_ne!(log.revision(), before);
}

#[test]
fn only_services_that_were_slowed_down_lately_count_as_throttled() {
    let log = CallLog::new(Arc::new(|| {}));
    log.change("Lambda", |stats| stats.last_throttle_ms = Some(10_000));
    log.change("STS", |_| {});
    let stats = log.stats();
    assert_eq!(
        stats.throttled(12_000, 5_000).collect::<Vec<_>>(),
        ["Lambda"]
    );
    assert_eq!(stats.throttled(20_000, 5_000).count(), 0);
}
