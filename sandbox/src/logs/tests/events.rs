//! Events written, read and filtered.

use serde_json::{Value, json};

use super::*;

#[test]
fn put_log_events_keeps_aws_limits() {
    let logs = logs();
    logs.ensure("g", "s");
    let now = Clock::system().now_ms();
    let put =
        |events: Value| json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events});
    let event = |at: i64, message: &str| json!({"timestamp": at, "message": message});
    let error = |events: Value| fails(&logs, "PutLogEvents", put(events)).1;
    assert!(error(json!([])).contains("greater than or equal to 1"));
    assert!(error(json!([event(now, ""),])).contains("greater than or equal to 1"));
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
    let now = Clock::system().now_ms();
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
    let arn = format!("arn:aws:logs:us-east-1:000000000000:log-group:{GROUP}");
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
