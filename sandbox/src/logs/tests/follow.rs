//! Live tails.

use crate::clock::Clock;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::protocol::eventstream::{Decoder, Message};
use crate::request::Body;

fn tail_request(input: &Value) -> Request {
    let mut headers = http::HeaderMap::new();
    headers.insert(
        "x-amz-target",
        "Logs_20140328.StartLiveTail".parse().unwrap(),
    );
    headers.insert(
        "content-type",
        "application/x-amz-json-1.1".parse().unwrap(),
    );
    Request {
        method: http::Method::POST,
        path: "/".into(),
        query: Vec::new(),
        headers,
        body: input.to_string().into(),
    }
}

fn group_arn() -> String {
    format!("arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}")
}

async fn next(body: &mut Body, decoder: &mut Decoder) -> Message {
    let Body::Stream(receiver) = body else {
        panic!("a stream was expected");
    };
    loop {
        if let Some(message) = decoder.next_message().unwrap() {
            return message;
        }
        decoder.push(&receiver.recv().await.expect("the stream goes on"));
    }
}

fn payload(message: &Message) -> Value {
    serde_json::from_slice(&message.payload).unwrap()
}

/// A service whose live tails hurry.
fn hasty(session_ms: u64) -> Arc<Logs> {
    let mut logs = Logs::new("us-east-1", "000000000000", Clock::system());
    logs.pace = tail::Pace {
        update: std::time::Duration::from_millis(50),
        session: std::time::Duration::from_millis(session_ms),
    };
    logs.ensure(GROUP, "s");
    Arc::new(logs)
}

async fn tail(logs: &Arc<Logs>, input: Value) -> (Body, Decoder) {
    let mut response = logs.handle(&ctx(), &tail_request(&input)).unwrap();
    assert_eq!(response.status, 200);
    let mut decoder = Decoder::default();
    let initial = next(&mut response.body, &mut decoder).await;
    assert_eq!(initial.header(":event-type"), Some("initial-response"));
    let start = next(&mut response.body, &mut decoder).await;
    assert_eq!(start.header(":event-type"), Some("sessionStart"));
    assert_eq!(
        payload(&start)["logGroupIdentifiers"],
        input["logGroupIdentifiers"]
    );
    (response.body, decoder)
}

#[tokio::test]
async fn a_live_tail_says_every_second_what_arrived_and_passes() {
    let logs = hasty(60_000);
    let input = json!({"logGroupIdentifiers": [group_arn()], "logEventFilterPattern": "ERROR", "logStreamNamePrefixes": ["s"]});
    let (mut body, mut decoder) = tail(&logs, input).await;
    logs.put(
        GROUP,
        "s",
        &[
            (2, "ERROR b".into()),
            (1, "fine".into()),
            (1, "ERROR a".into()),
        ],
    );
    logs.put(GROUP, "other stream", &[(3, "ERROR c".into())]);
    logs.put("other group", "s", &[(3, "ERROR d".into())]);
    let update = next(&mut body, &mut decoder).await;
    assert_eq!(update.header(":event-type"), Some("sessionUpdate"));
    let update = payload(&update);
    assert_eq!(update["sessionMetadata"]["sampled"], false);
    let found: Vec<_> = update["sessionResults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["message"].as_str().unwrap())
        .collect();
    assert_eq!(found, ["ERROR b", "ERROR a"], "in the order of arrival");
    assert_eq!(
        payload(&next(&mut body, &mut decoder).await)["sessionResults"],
        json!([])
    );
}

#[tokio::test]
async fn a_live_tail_samples_above_500_events_a_second() {
    let logs = hasty(60_000);
    let (mut body, mut decoder) = tail(&logs, json!({"logGroupIdentifiers": [group_arn()]})).await;
    logs.put(GROUP, "s", &lines(0..5_000));
    let update = payload(&next(&mut body, &mut decoder).await);
    assert_eq!(update["sessionMetadata"]["sampled"], true);
    let results = update["sessionResults"].as_array().unwrap();
    assert_eq!(results.len(), 500);
    let times: Vec<_> = results
        .iter()
        .map(|e| e["timestamp"].as_i64().unwrap())
        .collect();
    assert!(times.is_sorted());
    assert!(
        times.last() > Some(&25_000),
        "the sample is taken from all of them"
    );
    assert_eq!(
        payload(&next(&mut body, &mut decoder).await)["sessionMetadata"]["sampled"],
        false
    );
}

#[tokio::test]
async fn a_live_tail_ends_when_its_time_is_over() {
    let logs = hasty(200);
    let (mut body, mut decoder) = tail(&logs, json!({"logGroupIdentifiers": [group_arn()]})).await;
    let mut updates = 0;
    let last = loop {
        let message = next(&mut body, &mut decoder).await;
        if message.header(":message-type") == Some("exception") {
            break message;
        }
        updates += 1;
    };
    assert_eq!(
        last.header(":exception-type"),
        Some("SessionTimeoutException")
    );
    assert!((2..=4).contains(&updates), "{updates}");
}

#[tokio::test]
async fn a_live_tail_that_nobody_reads_any_more_ends() {
    let logs = hasty(60_000);
    let (body, _) = tail(&logs, json!({"logGroupIdentifiers": [group_arn()]})).await;
    assert_eq!(logs.live.receiver_count(), 1);
    drop(body);
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    assert_eq!(logs.live.receiver_count(), 0);
}

#[test]
fn a_live_tail_refuses_what_aws_refuses() {
    let logs = logs();
    logs.ensure(GROUP, "s");
    let cases = [
        (json!({}), "logGroupIdentifiers"),
        (
            json!({"logGroupIdentifiers": [GROUP]}),
            "not a valid log group ARN",
        ),
        (
            json!({"logGroupIdentifiers": [format!("{}:*", group_arn())]}),
            "not a valid log group ARN",
        ),
        (
            json!({"logGroupIdentifiers": [format!("{}x", group_arn())]}),
            "does not exist",
        ),
        (
            json!({"logGroupIdentifiers": [group_arn()], "logEventFilterPattern": "["}),
            "Invalid filter pattern",
        ),
        (
            json!({"logGroupIdentifiers": [group_arn()], "logStreamNames": ["a"], "logStreamNamePrefixes": ["a"]}),
            "mutually exclusive",
        ),
        (
            json!({"logGroupIdentifiers": [group_arn(), group_arn()], "logStreamNames": ["a"]}),
            "one log group only",
        ),
    ];
    for (input, reason) in cases {
        let response = logs.handle(&ctx(), &tail_request(&input)).unwrap();
        assert_eq!(response.status, 400, "{input}");
        let Body::Full(body) = response.body else {
            panic!("{input}")
        };
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains(reason), "{text}");
    }
}
