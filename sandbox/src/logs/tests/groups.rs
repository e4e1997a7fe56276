//! What AWS answers about groups and streams, by its own answers.

use super::*;

const BOTH: &str =
    "Invalid LogGroup or LogStream, both must have length less than or equal to 512.";

#[test]
fn names_that_are_too_long_are_refused_in_awss_words() {
    let logs = logs();
    logs.ensure("g", "s");
    let long = "a".repeat(513);
    for (operation, input) in [
        ("CreateLogGroup", json!({"logGroupName": long})),
        ("DeleteLogGroup", json!({"logGroupName": long})),
        (
            "CreateLogStream",
            json!({"logGroupName": "g", "logStreamName": long}),
        ),
        (
            "CreateLogStream",
            json!({"logGroupName": long, "logStreamName": "s"}),
        ),
        (
            "PutLogEvents",
            json!({"logGroupName": long, "logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "x"}]}),
        ),
    ] {
        assert_eq!(
            fails(&logs, operation, input),
            ("InvalidParameterException".into(), BOTH.into()),
            "{operation}"
        );
    }
}

#[test]
fn an_identifier_has_no_asterisk() {
    let logs = logs();
    logs.ensure("g", "s");
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:g";
    for (operation, more) in [
        ("DescribeLogStreams", json!({})),
        ("GetLogEvents", json!({"logStreamName": "s"})),
        ("FilterLogEvents", json!({})),
    ] {
        let with = |identifier: &str| {
            let mut input = more.clone();
            input["logGroupIdentifier"] = identifier.into();
            input
        };
        ok(&logs, operation, with(arn));
        ok(&logs, operation, with("g"));
        assert_eq!(
            fails(&logs, operation, with(&format!("{arn}:*"))),
            (
                "InvalidParameterException".into(),
                format!(
                    "1 validation error detected: Value '{arn}:*' at 'logGroupIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w#+=/:,.@-]*"
                )
            ),
            "{operation}"
        );
    }
    let both = json!({"logGroupName": "g", "logGroupIdentifier": "g"});
    assert_eq!(
        fails(&logs, "DescribeLogStreams", both.clone()),
        (
            "ValidationException".into(),
            "LogGroup name and LogGroup ARN are mutually exclusive parameters.".into()
        )
    );
    assert_eq!(
        fails(&logs, "FilterLogEvents", both).0,
        "InvalidParameterException"
    );
}

#[test]
fn what_a_list_may_hold_is_said_with_what_it_holds() {
    let logs = logs();
    logs.ensure("g", "s");
    let error = |operation: &str, input: Value| fails(&logs, operation, input).1;
    assert_eq!(
        error(
            "DescribeLogStreams",
            json!({"logGroupName": "g", "orderBy": ""})
        ),
        "1 validation error detected: Value '' at 'orderBy' failed to satisfy constraint: Member must satisfy enum value set: [LogStreamName, LastEventTime]"
    );
    let streams: Vec<_> = (0..101).map(|at| format!("s{at}")).collect();
    assert_eq!(
        error(
            "FilterLogEvents",
            json!({"logGroupName": "g", "logStreamNames": streams})
        ),
        format!(
            "1 validation error detected: Value '[{}]' at 'logStreamNames' failed to satisfy constraint: Member must have length less than or equal to 100",
            streams.join(", ")
        )
    );
    let put =
        |events: Value| json!({"logGroupName": "g", "logStreamName": "s", "logEvents": events});
    assert_eq!(
        error("PutLogEvents", put(json!([]))),
        "1 validation error detected: Value '[]' at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1"
    );
    assert_eq!(
        error(
            "PutLogEvents",
            put(json!([{"timestamp": 1, "message": ""}]))
        ),
        "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1"
    );
    assert_eq!(
        error("PutLogEvents", put(json!([{"message": "x"}]))),
        "1 validation error detected: Value null at 'logEvents.1.member.timestamp' failed to satisfy constraint: Member must not be null"
    );
}

#[test]
fn a_group_is_described_as_aws_describes_it() {
    let logs = logs();
    let key = "arn:aws:kms:us-east-1:000000000000:key/k";
    ok(
        &logs,
        "CreateLogGroup",
        json!({"logGroupName": "app", "kmsKeyId": key}),
    );
    let described = |input: Value| {
        let mut found = ok(&logs, "DescribeLogGroups", input)["logGroups"][0].clone();
        found["creationTime"] = 0.into();
        found
    };
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:app";
    let mut expected = json!({
        "logGroupName": "app", "creationTime": 0, "metricFilterCount": 0, "storedBytes": 0, "logGroupClass": "STANDARD",
        "arn": format!("{arn}:*"), "logGroupArn": arn, "deletionProtectionEnabled": false, "kmsKeyId": key,
    });
    assert_eq!(described(json!({"logGroupNamePrefix": "app"})), expected);
    ok(&logs, "DisassociateKmsKey", json!({"logGroupName": "app"}));
    expected.as_object_mut().unwrap().remove("kmsKeyId");
    assert_eq!(described(json!({})), expected);
    // By a pattern, AWS tells less, and always goes on.
    for member in ["storedBytes", "deletionProtectionEnabled"] {
        expected.as_object_mut().unwrap().remove(member);
    }
    assert_eq!(described(json!({"logGroupNamePattern": "PP"})), expected);
    let page = ok(
        &logs,
        "DescribeLogGroups",
        json!({"logGroupNamePattern": "pp"}),
    );
    let next = json!({"logGroupNamePattern": "pp", "nextToken": page["nextToken"]});
    assert_eq!(
        ok(&logs, "DescribeLogGroups", next),
        json!({"logGroups": []})
    );
}

#[test]
fn groups_are_listed_by_a_regular_expression() {
    let logs = logs();
    for name in ["a1", "a2", "b1"] {
        logs.ensure(name, "s");
    }
    let listed = |input: Value| {
        names(
            &ok(&logs, "ListLogGroups", input),
            "logGroups",
            "logGroupName",
        )
        .join(" ")
    };
    assert_eq!(listed(json!({})), "a1 a2 b1");
    assert_eq!(listed(json!({"logGroupNamePattern": "^a"})), "a1 a2");
    assert_eq!(listed(json!({"logGroupNamePattern": "1"})), "a1 b1");
    assert_eq!(
        ok(
            &logs,
            "ListLogGroups",
            json!({"logGroupNamePattern": "no-such-group"})
        ),
        json!({"logGroups": []})
    );
    let first = ok(&logs, "ListLogGroups", json!({"limit": 2}));
    assert_eq!(listed(json!({"nextToken": first["nextToken"]})), "b1");
}

#[test]
fn a_protected_group_is_not_deleted() {
    let logs = logs();
    let name = json!({"logGroupName": "g"});
    ok(
        &logs,
        "CreateLogGroup",
        json!({"logGroupName": "g", "deletionProtectionEnabled": true}),
    );
    assert_eq!(
        fails(&logs, "DeleteLogGroup", name.clone()).0,
        "ValidationException"
    );
    ok(
        &logs,
        "PutLogGroupDeletionProtection",
        json!({"logGroupIdentifier": "g", "deletionProtectionEnabled": false}),
    );
    ok(&logs, "DeleteLogGroup", name);
}
