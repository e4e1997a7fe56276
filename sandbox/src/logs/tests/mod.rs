//! The operations as a caller sees them, without HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::clock::Clock;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;

mod events;
mod follow;
mod groups;
mod measured;

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
    Arc::new(Logs::new("us-east-1", "000000000000", Clock::system()))
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
    let found = ok(
        &logs,
        "DescribeLogGroups",
        json!({"logGroupNamePrefix": "/aws/lambda/f01", "limit": 10}),
    );
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
    let now = Clock::system().now_ms();
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
