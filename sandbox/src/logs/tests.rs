//! The operations as a caller sees them, without HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::protocol::eventstream::{Decoder, Message};
use crate::request::Body;

const GROUP: &str = "/aws/lambda/f";

fn ctx() -> Ctx {
    Ctx {
        region: "us-east-1".into(),
        account: "000000000000".into(),
        request_id: "req".into(),
        endpoint: String::new(),
    }
}

fn logs() -> Arc<Logs> {
    Arc::new(Logs::new("us-east-1", "000000000000"))
}

fn ok(logs: &Logs, operation: &str, input: Value) -> Value {
    logs.call(&ctx(), operation, input.clone())
        .unwrap_or_else(|error| panic!("{operation} {input}: {error}"))
}

fn fails(logs: &Logs, operation: &str, input: Value) -> (String, String) {
    let error = logs.call(&ctx(), operation, input).expect_err(operation);
    (error.code, error.message)
}

fn lines(range: std::ops::Range<i64>) -> Vec<(i64, String)> {
    range.map(|at| (at * 10, format!("line {at}"))).collect()
}

fn messages(output: &Value) -> Vec<&str> {
    let events = output["events"].as_array().unwrap().iter();
    events
        .map(|event| event["message"].as_str().unwrap())
        .collect()
}

fn names<'a>(output: &'a Value, list: &str, name: &str) -> Vec<&'a str> {
    let items = output[list].as_array().unwrap().iter();
    items.map(|item| item[name].as_str().unwrap()).collect()
}

#[test]
fn a_group_is_made_once_found_and_removed() {
    let logs = logs();
    let name = json!({"logGroupName": "g"});
    ok(
        &logs,
        "CreateLogGroup",
        json!({"logGroupName": "g", "tags": {"a": "b"}}),
    );
    assert_eq!(
        fails(&logs, "CreateLogGroup", name.clone()),
        (
            "ResourceAlreadyExistsException".into(),
            "The specified log group already exists".into()
        )
    );
    let listed = ok(&logs, "DescribeLogGroups", json!({}));
    assert_eq!(
        listed["logGroups"][0]["arn"],
        "arn:aws:logs:us-east-1:000000000000:log-group:g:*"
    );
    assert_eq!(listed["logGroups"][0].get("retentionInDays"), None);
    ok(&logs, "DeleteLogGroup", name.clone());
    assert_eq!(
        fails(&logs, "DeleteLogGroup", name),
        (
            "ResourceNotFoundException".into(),
            "The specified log group does not exist.".into()
        )
    );
}

#[test]
fn names_that_aws_refuses_are_refused_in_its_words() {
    let logs = logs();
    let (code, message) = fails(&logs, "CreateLogGroup", json!({"logGroupName": "a b"}));
    assert_eq!(code, "InvalidParameterException");
    assert!(
        message.contains("'logGroupName' failed to satisfy constraint"),
        "{message}"
    );
    let (_, message) = fails(&logs, "CreateLogGroup", json!({}));
    assert!(message.ends_with("Member must not be null"));
    ok(&logs, "CreateLogGroup", json!({"logGroupName": "g"}));
    fails(
        &logs,
        "CreateLogStream",
        json!({"logGroupName": "g", "logStreamName": "a:b"}),
    );
    fails(
        &logs,
        "CreateLogGroup",
        json!({"logGroupName": "x".repeat(513)}),
    );
}

#[test]
fn groups_are_listed_in_pages_by_prefix_and_by_pattern() {
    let logs = logs();
    for at in 0..120 {
        logs.ensure(&format!("/aws/lambda/f{at:03}"), "s");
    }
    logs.ensure("other", "s");
    let mut seen = Vec::new();
    let mut input = json!({"logGroupNamePrefix": "/aws/"});
    loop {
        let page = ok(&logs, "DescribeLogGroups", input.clone());
        let page_names = names(&page, "logGroups", "logGroupName");
        assert!(page_names.len() <= 50);
        seen.extend(page_names.into_iter().map(str::to_owned));
        match page.get("nextToken") {
            Some(token) => input["nextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 120);
    assert!(seen.is_sorted());
    let found = ok(
        &logs,
        "DescribeLogGroups",
        json!({"logGroupNamePattern": "LAMBDA/F01", "limit": 10}),
    );
    assert_eq!(found["logGroups"].as_array().unwrap().len(), 10);
    assert_eq!(
        found.get("nextToken"),
        None,
        "the last page is exactly full"
    );
    fails(
        &logs,
        "DescribeLogGroups",
        json!({"logGroupNamePattern": "a", "logGroupNamePrefix": "a"}),
    );
    fails(&logs, "DescribeLogGroups", json!({"limit": 51}));
    fails(&logs, "DescribeLogGroups", json!({"nextToken": "%%"}));
}

#[test]
fn retention_takes_only_aws_days_and_really_removes() {
    let logs = logs();
    let now = time::now_ms();
    let day = 24 * 60 * 60 * 1000;
    logs.put(
        GROUP,
        "s",
        &[(now - 2 * day, "old".into()), (now, "new".into())],
    );
    let retention = |days: i64| json!({"logGroupName": GROUP, "retentionInDays": days});
    fails(&logs, "PutRetentionPolicy", retention(2));
    ok(&logs, "PutRetentionPolicy", retention(1));
    let read = json!({"logGroupName": GROUP, "logStreamName": "s"});
    assert_eq!(messages(&ok(&logs, "GetLogEvents", read.clone())), ["new"]);
    logs.put(GROUP, "s", &[(now - 2 * day, "too late".into())]);
    assert_eq!(
        messages(&ok(
            &logs,
            "FilterLogEvents",
            json!({"logGroupName": GROUP})
        )),
        ["new"]
    );
    let groups = ok(&logs, "DescribeLogGroups", json!({}));
    assert_eq!(groups["logGroups"][0]["retentionInDays"], 1);
    assert_eq!(groups["logGroups"][0]["storedBytes"], 29);
    ok(
        &logs,
        "DeleteRetentionPolicy",
        json!({"logGroupName": GROUP}),
    );
    logs.put(GROUP, "s", &[(now - 2 * day, "kept".into())]);
    assert_eq!(messages(&ok(&logs, "GetLogEvents", read)), ["kept", "new"]);
}

#[test]
fn streams_are_listed_by_name_and_by_last_event() {
    let logs = logs();
    for (name, time) in [("b", 30), ("a", 10), ("c", 20)] {
        logs.put(GROUP, name, &[(time, "x".into())]);
    }
    logs.ensure(GROUP, "empty");
    let list = |mut input: Value| {
        input["logGroupName"] = GROUP.into();
        ok(&logs, "DescribeLogStreams", input)
    };
    let order = |input: Value| names(&list(input), "logStreams", "logStreamName").join(" ");
    assert_eq!(order(json!({})), "a b c empty");
    assert_eq!(order(json!({"descending": true})), "empty c b a");
    assert_eq!(order(json!({"orderBy": "LastEventTime"})), "empty a c b");
    assert_eq!(
        order(json!({"orderBy": "LastEventTime", "descending": true})),
        "b c a empty"
    );
    assert_eq!(order(json!({"logStreamNamePrefix": "em"})), "empty");
    let first = list(json!({"orderBy": "LastEventTime", "descending": true, "limit": 3}));
    assert_eq!(first["logStreams"][0]["lastEventTimestamp"], 30);
    let token = first["nextToken"].clone();
    assert_eq!(
        order(json!({"orderBy": "LastEventTime", "descending": true, "nextToken": token})),
        "empty"
    );
    let both =
        json!({"logGroupName": GROUP, "orderBy": "LastEventTime", "logStreamNamePrefix": "a"});
    assert_eq!(
        fails(&logs, "DescribeLogStreams", both).1,
        "Cannot order by LastEventTime with a logStreamNamePrefix."
    );
}

#[test]
fn a_stream_is_made_once_and_removed_with_its_bytes() {
    let logs = logs();
    ok(&logs, "CreateLogGroup", json!({"logGroupName": "g"}));
    let stream = json!({"logGroupName": "g", "logStreamName": "s"});
    ok(&logs, "CreateLogStream", stream.clone());
    assert_eq!(
        fails(&logs, "CreateLogStream", stream.clone()).0,
        "ResourceAlreadyExistsException"
    );
    logs.put("g", "s", &[(1, "hello".into())]);
    ok(&logs, "DeleteLogStream", stream.clone());
    let (code, message) = fails(&logs, "DeleteLogStream", stream);
    assert_eq!(
        (code.as_str(), message.as_str()),
        (
            "ResourceNotFoundException",
            "The specified log stream does not exist."
        )
    );
    assert_eq!(
        ok(&logs, "DescribeLogGroups", json!({}))["logGroups"][0]["storedBytes"],
        0
    );
}

#[test]
fn put_log_events_keeps_aws_limits() {
    let logs = logs();
    logs.ensure("g", "s");
    let now = time::now_ms();
    let put =
        |events: Value| json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events});
    let event = |at: i64, message: &str| json!({"timestamp": at, "message": message});
    let error = |events: Value| fails(&logs, "PutLogEvents", put(events)).1;
    assert!(error(json!([])).contains("greater than or equal to 1"));
    assert!(error(json!([event(now, ""),])).contains("at least 1 character"));
    assert!(error(json!([event(now, "a"), event(now - 1, "b")])).contains("chronological order"));
    assert!(error(json!([event(now - 86_400_001, "a"), event(now, "b")])).contains("24 hours"));
    let long = "x".repeat(600_000);
    assert!(error(json!([event(now, &long), event(now, &long)])).contains("1048576"));
    let many: Vec<_> = (0..10_001).map(|_| event(now, "a")).collect();
    assert!(error(json!(many)).contains("10000"));
    let missing =
        json!({"logGroupName": "g", "logStreamName": "t", "logEvents": [event(now, "a")]});
    assert_eq!(
        fails(&logs, "PutLogEvents", missing).0,
        "ResourceNotFoundException"
    );
    let output = ok(&logs, "PutLogEvents", put(json!([event(now, "fine")])));
    assert!(output.get("rejectedLogEventsInfo").is_none());
    assert_eq!(output["nextSequenceToken"].as_str().unwrap().len(), 56);
}

#[test]
fn put_log_events_says_which_events_it_rejected() {
    let logs = logs();
    logs.ensure("g", "s");
    let now = time::now_ms();
    let hour = 3_600_000;
    let put = |times: &[i64]| {
        let events: Vec<_> = times
            .iter()
            .map(|at| json!({"timestamp": at, "message": "m"}))
            .collect();
        let input = json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events});
        ok(&logs, "PutLogEvents", input)["rejectedLogEventsInfo"].clone()
    };
    assert_eq!(
        put(&[now, now + 3 * hour]),
        json!({"tooNewLogEventStartIndex": 1})
    );
    let age = 14 * 24 * hour;
    assert_eq!(
        put(&[now - age - hour, now - age + hour]),
        json!({"tooOldLogEventEndIndex": 1})
    );
    ok(
        &logs,
        "PutRetentionPolicy",
        json!({"logGroupName": "g", "retentionInDays": 1}),
    );
    assert_eq!(
        put(&[now - 25 * hour, now - 23 * hour]),
        json!({"expiredLogEventEndIndex": 1})
    );
    let kept = ok(&logs, "FilterLogEvents", json!({"logGroupName": "g"}));
    assert_eq!(
        kept["events"].as_array().unwrap().len(),
        2,
        "one of the first and one of the last batch"
    );
}

#[test]
fn get_log_events_walks_forward_and_backward_and_stops_at_the_same_token() {
    let logs = logs();
    logs.put(GROUP, "s", &lines(0..10));
    let get = |more: Value| {
        let mut input = json!({"logGroupName": GROUP, "logStreamName": "s", "limit": 4});
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        ok(&logs, "GetLogEvents", input)
    };
    let newest = get(json!({}));
    assert_eq!(messages(&newest), ["line 6", "line 7", "line 8", "line 9"]);
    let older = get(json!({"nextToken": newest["nextBackwardToken"]}));
    assert_eq!(messages(&older), ["line 2", "line 3", "line 4", "line 5"]);
    let oldest = get(json!({"nextToken": older["nextBackwardToken"]}));
    assert_eq!(messages(&oldest), ["line 0", "line 1"]);
    let none = get(json!({"nextToken": oldest["nextBackwardToken"]}));
    assert!(messages(&none).is_empty());
    assert_eq!(none["nextBackwardToken"], oldest["nextBackwardToken"]);
    // From the end backwards one can turn round without losing or repeating an event.
    assert_eq!(
        messages(&get(json!({"nextToken": none["nextForwardToken"]}))),
        ["line 0", "line 1", "line 2", "line 3"]
    );

    let first = get(json!({"startFromHead": true}));
    assert_eq!(messages(&first), ["line 0", "line 1", "line 2", "line 3"]);
    let end = get(json!({"nextToken": newest["nextForwardToken"]}));
    assert!(messages(&end).is_empty());
    assert_eq!(end["nextForwardToken"], newest["nextForwardToken"]);
    logs.put(GROUP, "s", &lines(10..12));
    assert_eq!(
        messages(&get(json!({"nextToken": end["nextForwardToken"]}))),
        ["line 10", "line 11"]
    );
}

#[test]
fn get_log_events_excludes_its_end_and_follows_an_empty_stream() {
    let logs = logs();
    logs.ensure(GROUP, "s");
    let input = json!({"logGroupName": GROUP, "logStreamName": "s", "startFromHead": true});
    let empty = ok(&logs, "GetLogEvents", input.clone());
    logs.put(GROUP, "s", &lines(1..5));
    let mut next = input.clone();
    next["nextToken"] = empty["nextForwardToken"].clone();
    assert_eq!(messages(&ok(&logs, "GetLogEvents", next)).len(), 4);
    let mut range = input.clone();
    range["startTime"] = 20.into();
    range["endTime"] = 40.into();
    assert_eq!(
        messages(&ok(&logs, "GetLogEvents", range)),
        ["line 2", "line 3"]
    );
    let mut bad = input;
    bad["nextToken"] = "f/12".into();
    assert_eq!(
        fails(&logs, "GetLogEvents", bad).1,
        "The specified nextToken is invalid."
    );
}

#[test]
fn a_page_of_events_stays_under_a_megabyte() {
    let logs = logs();
    let long = "x".repeat(400_000);
    logs.put(
        GROUP,
        "s",
        &[(1, long.clone()), (2, long.clone()), (3, long)],
    );
    let page = ok(
        &logs,
        "GetLogEvents",
        json!({"logGroupName": GROUP, "logStreamName": "s"}),
    );
    let times: Vec<_> = page["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["timestamp"].as_i64().unwrap())
        .collect();
    assert_eq!(times, [2, 3]);
}

#[test]
fn groups_may_be_named_by_arn() {
    let logs = logs();
    logs.put(GROUP, "s", &lines(0..1));
    let arn = format!("arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}:*");
    for operation in ["GetLogEvents", "FilterLogEvents", "DescribeLogStreams"] {
        let input = json!({"logGroupIdentifier": arn, "logStreamName": "s"});
        ok(&logs, operation, input);
        fails(
            &logs,
            operation,
            json!({"logGroupIdentifier": arn, "logGroupName": GROUP, "logStreamName": "s"}),
        );
    }
}

#[test]
fn filter_log_events_merges_streams_in_order_of_time() {
    let logs = logs();
    logs.put(
        GROUP,
        "a",
        &[(1, "a1".into()), (4, "a4".into()), (5, "a5".into())],
    );
    logs.put(GROUP, "b", &[(2, "b2".into()), (4, "b4".into())]);
    logs.put(GROUP, "c", &[(3, "c3".into())]);
    let filter = |more: Value| {
        let mut input = json!({"logGroupName": GROUP});
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        ok(&logs, "FilterLogEvents", input)
    };
    let all = |more: Value| messages(&filter(more)).join(" ");
    assert_eq!(all(json!({})), "a1 b2 c3 a4 b4 a5");
    assert_eq!(all(json!({"logStreamNames": ["a", "c"]})), "a1 c3 a4 a5");
    assert_eq!(all(json!({"logStreamNamePrefix": "b"})), "b2 b4");
    assert_eq!(all(json!({"startTime": 2, "endTime": 4})), "b2 c3 a4 b4");
    assert_eq!(all(json!({"filterPattern": "?a4 ?c3"})), "c3 a4");
    let mut pages = Vec::new();
    let mut token = Value::Null;
    loop {
        let page = filter(json!({"limit": 2, "nextToken": token}));
        pages.push(messages(&page).join(" "));
        match page.get("nextToken") {
            Some(next) => token = next.clone(),
            None => break,
        }
    }
    assert_eq!(pages.join("|"), "a1 b2|c3 a4|b4 a5");
    let events = filter(json!({"limit": 1}))["events"].clone();
    assert_eq!(events[0]["logStreamName"], "a");
    assert_eq!(events[0]["eventId"].as_str().unwrap().len(), 56);
}

#[test]
fn filter_log_events_refuses_what_aws_refuses() {
    let logs = logs();
    logs.put(GROUP, "a", &lines(0..1));
    let error = |mut input: Value| {
        input["logGroupName"] = GROUP.into();
        fails(&logs, "FilterLogEvents", input)
    };
    assert_eq!(
        error(json!({"logStreamNames": ["nope"]})).1,
        "The specified log stream does not exist."
    );
    assert!(
        error(json!({"logStreamNames": ["a"], "logStreamNamePrefix": "a"}))
            .1
            .contains("mutually exclusive")
    );
    assert!(
        error(json!({"filterPattern": "{ $.a"}))
            .1
            .starts_with("Invalid filter pattern")
    );
    assert!(
        error(json!({"startTime": 5, "endTime": 4}))
            .1
            .contains("End time")
    );
    assert!(
        error(json!({"limit": 0}))
            .1
            .contains("greater than or equal to 1")
    );
    assert!(error(json!({"nextToken": "x"})).1.contains("nextToken"));
}

#[test]
fn a_long_search_gives_an_empty_page_with_a_token() {
    let logs = logs();
    logs.put(GROUP, "s", &lines(0..120_000));
    let input = json!({"logGroupName": GROUP, "filterPattern": "\"line 119999\""});
    let first = ok(&logs, "FilterLogEvents", input.clone());
    assert!(messages(&first).is_empty());
    let mut next = input;
    next["nextToken"] = first["nextToken"].clone();
    let second = ok(&logs, "FilterLogEvents", next);
    assert_eq!(messages(&second), ["line 119999"]);
    assert_eq!(second.get("nextToken"), None);
}

#[test]
fn events_that_come_late_take_their_place() {
    let logs = logs();
    logs.put(GROUP, "s", &[(5, "5".into()), (1, "1".into())]);
    logs.put(GROUP, "s", &[(3, "3".into()), (5, "5 again".into())]);
    let read = ok(
        &logs,
        "GetLogEvents",
        json!({"logGroupName": GROUP, "logStreamName": "s"}),
    );
    assert_eq!(messages(&read), ["1", "3", "5", "5 again"]);
}

#[test]
fn a_group_is_bounded_and_loses_its_oldest() {
    let logs = logs();
    logs.put(GROUP, "old", &lines(0..50_000));
    logs.put(GROUP, "new", &lines(50_000..200_001));
    let oldest = ok(
        &logs,
        "FilterLogEvents",
        json!({"logGroupName": GROUP, "limit": 1}),
    );
    assert_eq!(messages(&oldest), ["line 10001"]);
    let state = logs.state();
    let group = &state.groups[GROUP];
    assert_eq!(
        group.total,
        group
            .streams
            .values()
            .map(|s| s.events.len())
            .sum::<usize>()
    );
    assert_eq!(group.total, 190_000);
}

#[test]
fn a_bounded_group_survives_events_of_one_millisecond() {
    let logs = logs();
    let same: Vec<_> = (0..200_001).map(|_| (7, "x".to_owned())).collect();
    logs.put(GROUP, "s", &same);
    assert_eq!(logs.state().groups[GROUP].total, 190_000);
}

#[test]
fn tags_are_set_listed_and_removed_by_arn_and_by_name() {
    let logs = logs();
    logs.ensure("g", "s");
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:g";
    ok(
        &logs,
        "TagResource",
        json!({"resourceArn": arn, "tags": {"a": "1", "b": "2"}}),
    );
    ok(
        &logs,
        "TagLogGroup",
        json!({"logGroupName": "g", "tags": {"c": "3"}}),
    );
    ok(
        &logs,
        "UntagResource",
        json!({"resourceArn": arn, "tagKeys": ["a"]}),
    );
    ok(
        &logs,
        "UntagLogGroup",
        json!({"logGroupName": "g", "tags": ["b"]}),
    );
    assert_eq!(
        ok(&logs, "ListTagsForResource", json!({"resourceArn": arn})),
        json!({"tags": {"c": "3"}})
    );
    assert_eq!(
        ok(&logs, "ListTagsLogGroup", json!({"logGroupName": "g"})),
        json!({"tags": {"c": "3"}})
    );
    let many: serde_json::Map<_, _> = (0..51).map(|at| (at.to_string(), "x".into())).collect();
    assert_eq!(
        fails(
            &logs,
            "TagLogGroup",
            json!({"logGroupName": "g", "tags": many})
        )
        .0,
        "TooManyTagsException"
    );
}

#[test]
fn groups_lend_their_tags_to_the_tagging_service() {
    use crate::tagging::TagSource;
    let logs = logs();
    logs.ensure("g", "s");
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:g";
    assert!(logs.owns(arn));
    logs.set_tags(arn, [("a".to_owned(), "1".to_owned())].into())
        .unwrap();
    assert_eq!(
        logs.tagged(),
        [(arn.to_owned(), [("a".to_owned(), "1".to_owned())].into())]
    );
    logs.remove_tags(arn, &["a"]).unwrap();
    assert!(logs.tagged()[0].1.is_empty());
    assert!(
        logs.remove_tags("arn:aws:logs:us-east-1:000000000000:log-group:h", &["a"])
            .is_err()
    );
}

#[test]
fn a_pattern_can_be_tried_on_messages() {
    let input = json!({"filterPattern": "ERROR", "logEventMessages": ["ok", "an ERROR"]});
    let output = ok(&logs(), "TestMetricFilter", input);
    assert_eq!(
        output["matches"],
        json!([{"eventNumber": 2, "eventMessage": "an ERROR", "extractedValues": {}}])
    );
}

#[test]
fn an_unknown_operation_says_so() {
    assert_eq!(
        fails(&logs(), "PutDestination", json!({})).0,
        "UnknownOperationException"
    );
}

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
    let mut logs = Logs::new("us-east-1", "000000000000");
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
