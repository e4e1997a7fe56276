//! Queries over a few lines, each with the rows that it answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::clock::Clock;
use serde_json::{Value, json};

use crate::logs::Logs;
use crate::protocol::{Ctx, RpcService};

/// 2023-11-14 22:13:20.
const BASE: i64 = 1_700_000_000;

fn logs() -> Logs {
    let logs = Logs::new("us-east-1", "000000000000", Clock::system());
    let lines = [
        r#"{"level":"ERROR","ms":120,"user":{"id":"ann"},"tags":["x"]}"#,
        r#"{"level":"INFO","ms":30,"user":{"id":"bob"}}"#,
        r#"{"level":"INFO","ms":50,"user":{"id":"ann"}}"#,
        "plain user=carl, took 7 ms",
        "REPORT RequestId: r-1\tDuration: 3.25 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t",
    ];
    let events: Vec<_> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| ((BASE + at as i64 * 60) * 1000, (*line).to_owned()))
        .collect();
    logs.put("app", "s", &events);
    logs
}

fn call(logs: &Logs, operation: &str, input: Value) -> Result<Value, crate::error::AwsError> {
    let ctx = Ctx {
        region: "us-east-1".into(),
        account: "000000000000".into(),
        request_id: "req".into(),
        endpoint: String::new(),
    };
    logs.call(&ctx, operation, input)
}

fn start(text: &str) -> Value {
    json!({"logGroupName": "app", "startTime": BASE, "endTime": BASE + 600, "queryString": text})
}

fn answer(text: &str) -> Value {
    let logs = logs();
    let started =
        call(&logs, "StartQuery", start(text)).unwrap_or_else(|error| panic!("{text}: {error}"));
    call(&logs, "GetQueryResults", started).unwrap()
}

/// Rows as `a=1 b=2; a=3`, without `@ptr`.
fn rows(text: &str) -> String {
    let rows = answer(text)["results"].as_array().unwrap().clone();
    let row = |row: &Value| {
        let fields = row
            .as_array()
            .unwrap()
            .iter()
            .filter(|field| field["field"] != "@ptr");
        let texts = fields.map(|field| {
            format!(
                "{}={}",
                field["field"].as_str().unwrap(),
                field["value"].as_str().unwrap()
            )
        });
        texts.collect::<Vec<_>>().join(" ")
    };
    rows.iter().map(row).collect::<Vec<_>>().join("; ")
}

#[test]
fn rows_are_filtered_sorted_and_limited() {
    for (text, expected) in [
        ("fields ms | filter level = 'INFO'", "ms=50; ms=30"),
        (
            "fields ms | filter ispresent(ms) | sort ms desc | limit 2",
            "ms=120; ms=50",
        ),
        ("fields ms | filter ms > 30 and ms <= 50", "ms=50"),
        (
            "fields user.id as who, ms/10 as t | filter level = 'ERROR'",
            "who=ann t=12",
        ),
        ("fields tags.0 | filter tags.0 = 'x'", "tags.0=x"),
        ("fields ms | filter user.id in ['bob', 'carl']", "ms=30"),
        (
            "fields ms | filter user.id not in ['bob'] and ispresent(user.id) | sort ms",
            "ms=50; ms=120",
        ),
        (
            "fields @timestamp | filter @message like 'plain'",
            "@timestamp=2023-11-14 22:16:20.000",
        ),
        (
            "fields ms | filter @message like /\"ms\":1\\d\\d/",
            "ms=120",
        ),
        (
            "fields ms | filter @message =~ /ERR/ or ms = 30 | sort ms",
            "ms=30; ms=120",
        ),
        (
            "fields @logStream, @log | limit 1",
            "@logStream=s @log=000000000000:app",
        ),
        (
            "filter level = 'ERROR' | fields ms | display level",
            "level=ERROR",
        ),
        (
            "fields ms | filter not (level = 'INFO') and ms > 0",
            "ms=120",
        ),
        (
            "fields toupper(user.id) as u | filter strlen(user.id) = 3 | dedup u | sort u",
            "u=ANN; u=BOB",
        ),
        ("# a comment\nfields -ms + 1 as n | filter ms = 30", "n=-29"),
    ] {
        assert_eq!(rows(text), expected, "{text}");
    }
}

#[test]
fn records_are_counted_and_measured_in_groups() {
    for (text, expected) in [
        ("stats count(*)", "count(*)=5"),
        (
            "stats count(*) as n by level | sort n desc, level",
            "n=2; level=INFO n=2; level=ERROR n=1",
        ),
        (
            "filter ispresent(level) | stats count(*) as n, avg(ms) as a by level | sort level",
            "level=ERROR n=1 a=120; level=INFO n=2 a=40",
        ),
        (
            "stats sum(ms) as s, min(ms) as lo, max(ms) as hi, pct(ms, 50) as p, count(ms) as n",
            "s=200 lo=30 hi=120 p=50 n=3",
        ),
        ("stats count_distinct(user.id) as users", "users=2"),
        (
            "filter ispresent(ms) | stats count(*) as n by bin(2m) | sort bin(2m)",
            "bin(2m)=2023-11-14 22:12:00.000 n=1; bin(2m)=2023-11-14 22:14:00.000 n=2",
        ),
        (
            "filter @type = 'REPORT' | stats max(@duration) as d, max(@maxMemoryUsed) / 1 as m",
            "",
        ),
        (
            "filter @type = 'REPORT' | fields @requestId, @duration, @billedDuration, @maxMemoryUsed",
            "@requestId=r-1 @duration=3.25 @billedDuration=4 @maxMemoryUsed=40000000",
        ),
        ("stats latest(ms) as l, earliest(ms) as e", "l=50 e=120"),
    ] {
        if expected.is_empty() {
            assert!(super::parse::parse(text).is_err(), "{text}");
        } else {
            assert_eq!(rows(text), expected, "{text}");
        }
    }
}

#[test]
fn messages_are_taken_apart_by_globs_and_regular_expressions() {
    for (text, expected) in [
        (
            "parse @message 'user=*, took * ms' as who, t | filter ispresent(who) | fields who, t",
            "who=carl t=7",
        ),
        (
            "parse @message /user=(?<who>\\w+)/ | filter ispresent(who) | fields who",
            "who=carl",
        ),
        (
            "parse 'plain *' as rest | filter ispresent(rest) | fields rest",
            "rest=user=carl, took 7 ms",
        ),
    ] {
        assert_eq!(rows(text), expected, "{text}");
    }
}

#[test]
fn results_say_what_was_scanned_and_point_at_their_records() {
    let answer = answer("filter level = 'INFO'");
    assert_eq!(answer["status"], "Complete");
    assert_eq!(answer["statistics"]["recordsScanned"], 5.0);
    assert_eq!(answer["statistics"]["recordsMatched"], 2.0);
    let fields: Vec<_> = answer["results"][0]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["@timestamp", "@message", "@ptr"]);
}

#[test]
fn what_is_not_known_is_a_malformed_query() {
    let logs = logs();
    let bad = [
        "",
        "nonsense",
        "fields",
        "fields a,",
        "filter",
        "filter a =",
        "filter a like",
        "filter a like /(/",
        "sort",
        "limit x",
        "stats",
        "stats nope(a)",
        "stats count(*",
        "fields nope(a)",
        "parse @message 'a*'",
        "parse @message 'a*' as x, y",
        "fields a | | limit 1",
        "fields `a",
        "fields 'a",
        "stats count(*) by bin(5)",
        "filter (a = 1",
        "fields a limit 1",
    ];
    for text in bad {
        let error = call(&logs, "StartQuery", start(text)).expect_err(text);
        let expected = if text.is_empty() {
            "InvalidParameterException"
        } else {
            "MalformedQueryException"
        };
        assert_eq!(error.code, expected, "{text}");
    }
    let deep = format!("filter {}a", "(".repeat(3000));
    assert!(call(&logs, "StartQuery", start(&deep)).is_err());
}

#[test]
fn queries_are_listed_and_an_ended_one_cannot_be_stopped() {
    let logs = logs();
    let started = call(&logs, "StartQuery", start("limit 1")).unwrap();
    let listed = call(
        &logs,
        "DescribeQueries",
        json!({"logGroupName": "app", "status": "Complete"}),
    )
    .unwrap();
    assert_eq!(listed["queries"][0]["queryId"], started["queryId"]);
    assert!(call(&logs, "StopQuery", started).is_err());
    let gone = json!({"queryId": "nope"});
    assert_eq!(
        call(&logs, "GetQueryResults", gone).unwrap_err().code,
        "ResourceNotFoundException"
    );
    let mut missing = start("limit 1");
    missing["logGroupName"] = "nope".into();
    assert_eq!(
        call(&logs, "StartQuery", missing).unwrap_err().code,
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn a_query_runs_beside_the_requests() {
    let logs = logs();
    let started = call(&logs, "StartQuery", start("stats count(*) as n")).unwrap();
    for _ in 0..500 {
        let answer = call(&logs, "GetQueryResults", started.clone()).unwrap();
        if answer["status"] == "Complete" {
            assert_eq!(answer["results"][0][0], json!({"field": "n", "value": "5"}));
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the query did not end");
}

/// What Insights finds in what a function of Lambda writes.
#[test]
fn fields_are_found_in_the_lines_of_a_function() {
    let (one, other) = (
        "5f0b9c1e-6a3d-4f0e-9a57-0c1d2e3f4a5b",
        "9aee4065-5d41-4733-bdc5-3513bae278d9",
    );
    let logs = Logs::new("us-east-1", "000000000000", Clock::system());
    let lines = [
        format!("START RequestId: {one} Version: $LATEST\n"),
        format!(
            "2026-01-02T03:04:05.000Z\t{one}\tINFO\torder {{\"orderId\":\"A-1\",\"total\":5}} done\n"
        ),
        format!("ticket {other} closed"),
        format!(
            "REPORT RequestId: {one}\tDuration: 5.00 ms\tBilled Duration: 6 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t\nXRAY TraceId: 1-6a000000-0123456789abcdef01234567\tSegmentId: 0123456789abcdef\tSampled: true\t\n"
        ),
        "{{{ {no json} {\"orderId\":\"A-2\",\"total\":7,\"lines\":[{\"sku\":\"x\"}]} {\"total\":9}"
            .to_owned(),
    ];
    let events: Vec<_> = (0..).map(|at| (BASE + at) * 1000).zip(lines).collect();
    logs.put("/aws/lambda/f", "s", &events);
    let found = |query: &str| {
        let input = json!({"logGroupName": "/aws/lambda/f", "startTime": BASE, "endTime": BASE + 600, "queryString": query});
        let started =
            call(&logs, "StartQuery", input).unwrap_or_else(|error| panic!("{query}: {error}"));
        let answer = call(&logs, "GetQueryResults", started).unwrap();
        let rows = answer["results"].as_array().unwrap().iter();
        let values = rows
            .flat_map(|row| row.as_array().unwrap())
            .filter(|field| field["field"] != "@ptr");
        values
            .map(|field| field["value"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let by_id = format!("filter @requestId = \"{one}\" | stats count(*) as n");
    for (query, expected) in [
        (by_id.as_str(), "3"),
        ("filter orderId = \"A-1\" | fields total", "5"),
        (
            "filter orderId = \"A-2\" | fields total, lines.0.sku",
            "7 x",
        ),
        ("filter @message like /ticket/ | fields @requestId", other),
        (
            "filter ispresent(@xrayTraceId) | fields @xrayTraceId, @xraySegmentId",
            "1-6a000000-0123456789abcdef01234567 0123456789abcdef",
        ),
        (
            "filter @type = \"REPORT\" | fields @duration, @billedDuration",
            "5 6",
        ),
    ] {
        assert_eq!(found(query), expected, "{query}");
    }
}

/// <https://github.com/aws/aws-sdk-js-v3/issues/6928>: what is parsed is shown when no fields are asked for.
#[test]
fn what_is_parsed_is_shown_when_nothing_else_is_asked_for() {
    let memory = r"filter @type = 'REPORT' | parse @message /REPORT (?:.+)Memory Size: (?<memoryLimit>\d+) MB\sMax Memory Used: (?<memoryUsed>\d+) MB/";
    assert_eq!(rows(memory), "memoryLimit=128 memoryUsed=40");
    // The same query as a JavaScript text has it, without its backslashes: nothing matches, and only pointers are left.
    let lost = memory.replace('\\', "");
    assert_eq!(rows(&lost), "");
    let answered = answer(&lost)["results"].clone();
    assert_eq!(answered[0].as_array().unwrap().len(), 1);
    assert_eq!(answered[0][0]["field"], "@ptr");
    assert_eq!(
        rows("filter @message like /plain/ | parse @message 'user=*,' as who | fields @message"),
        "@message=plain user=carl, took 7 ms"
    );
}

#[test]
fn queries_are_described_with_their_groups_and_their_time() {
    let logs = logs();
    let started = call(&logs, "StartQuery", start("fields @message")).unwrap();
    let found = call(&logs, "DescribeQueries", json!({"logGroupName": "app"})).unwrap();
    let query = &found["queries"][0];
    assert_eq!(query["queryId"], started["queryId"]);
    assert_eq!(query["queryLanguage"], "CWLI");
    assert_eq!(
        query["queryString"],
        format!(
            "SOURCE \"app\" START={BASE}000 END={}999 | fields @message",
            BASE + 600
        )
    );
    let mut nowhere = start("fields @message");
    nowhere["logGroupName"] = "nowhere".into();
    let error = call(&logs, "StartQuery", nowhere).unwrap_err();
    assert_eq!(error.code, "ResourceNotFoundException");
    let begins = "Log group 'nowhere' does not exist for account ID '000000000000' (Service: AWSLogs; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: ";
    assert!(error.message.starts_with(begins), "{error}");
}
