//! The operations as a caller sees them, without HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::clock::Clock;
use serde_json::{Value, json};

use super::distribution::Distribution;
use super::stat::Stat;
use super::*;

mod labels;
mod select;

fn ctx() -> Ctx {
    Ctx {
        region: "us-east-1".into(),
        account: "000000000000".into(),
        request_id: "req".into(),
        endpoint: String::new(),
    }
}

fn ok(metrics: &Metrics, operation: &str, input: Value) -> Value {
    metrics
        .call(&ctx(), operation, input.clone())
        .unwrap_or_else(|error| panic!("{operation} {input}: {error}"))
}

fn fails(metrics: &Metrics, operation: &str, input: Value) -> (String, String) {
    let error = metrics.call(&ctx(), operation, input).expect_err(operation);
    (error.code, error.message)
}

/// The beginning of the hour before the last, in seconds: young enough for full resolution.
fn base() -> i64 {
    store::floor(Clock::system().now_ms() / 1000, 3600) - 3600
}

const DIMS: [(&str, &str); 1] = [("FunctionName", "f")];

/// Values at seconds after `base`.
fn metrics_with(values: &[(i64, f64)]) -> Metrics {
    let metrics = Metrics::new(Clock::system());
    for (at, value) in values {
        metrics.put(
            "AWS/Lambda",
            "Duration",
            &DIMS,
            "Milliseconds",
            *value,
            (base() + at) * 1000,
        );
    }
    metrics
}

fn metric(period: i64, stat: &str) -> Value {
    json!({
        "Metric": {"Namespace": "AWS/Lambda", "MetricName": "Duration", "Dimensions": [{"Name": "FunctionName", "Value": "f"}]},
        "Period": period, "Stat": stat,
    })
}

fn query(id: &str, period: i64, stat: &str) -> Value {
    json!({"Id": id, "MetricStat": metric(period, stat)})
}

fn data(queries: Value, from: i64, to: i64) -> Value {
    json!({
        "MetricDataQueries": queries, "ScanBy": "TimestampAscending",
        "StartTime": (base() + from) as f64, "EndTime": (base() + to) as f64,
    })
}

/// A result as `0:1 60:2`, times after `base`.
fn points(result: &Value) -> String {
    let times = result["Timestamps"].as_array().unwrap().iter();
    let values = result["Values"].as_array().unwrap().iter();
    times
        .zip(values)
        .map(|(at, value)| {
            format!(
                "{}:{}",
                at.as_f64().unwrap() as i64 - base(),
                value.as_f64().unwrap()
            )
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn first_points(metrics: &Metrics, input: Value) -> String {
    points(&ok(metrics, "GetMetricData", input)["MetricDataResults"][0])
}

fn dist(values: &[f64]) -> Distribution {
    let mut all = Distribution::default();
    for value in values {
        all.add(*value, 1.0);
    }
    all
}

#[test]
fn statistics_are_exact() {
    let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
    let cases: &[(&[f64], &str, f64)] = &[
        (&[3.0, 1.0, 2.0], "Sum", 6.0),
        (&[3.0, 1.0, 2.0], "SampleCount", 3.0),
        (&[3.0, 1.0, 2.0], "Average", 2.0),
        (&[3.0, 1.0, 2.0], "Minimum", 1.0),
        (&[3.0, 1.0, 2.0], "Maximum", 3.0),
        (&[1.0, 2.0, 3.0, 4.0], "p50", 2.5),
        (&[7.0], "p99", 7.0),
        (&hundred, "p0", 1.0),
        (&hundred, "p90", 90.1),
        (&hundred, "p99", 99.01),
        (&hundred, "p99.9", 99.901),
        (&hundred, "p100", 100.0),
        (&hundred, "tm90", 45.5),
        (&hundred, "TM(10%:90%)", 50.5),
        (&hundred, "TM(:50)", 25.5),
        (&hundred, "IQM", 50.5),
        (&hundred, "tc90", 90.0),
        (&hundred, "TC(80:90)", 10.0),
        (&hundred, "ts50", 1275.0),
        (&hundred, "TS(98%:)", 199.0),
        (&hundred, "PR(:25)", 25.0),
        (&hundred, "PR(90:100)", 10.0),
        (&[1.0, 1.0, 1.0, 101.0], "wm50", 1.0),
        (&[0.0, 10.0], "tm75", 10.0 / 3.0),
    ];
    for (values, name, expected) in cases {
        let stat = Stat::parse(name).unwrap_or_else(|| panic!("{name}"));
        let found = stat.of(&dist(values)).unwrap();
        assert!(
            (found - expected).abs() < 1e-9,
            "{name} of {} values: {found}",
            values.len()
        );
    }
}

#[test]
fn statistics_that_do_not_exist_are_not_read() {
    for name in [
        "",
        "p",
        "p101",
        "p-1",
        "pNaN",
        "sum",
        "Median",
        "tm",
        "tm(10%:90%",
        "TM(:)",
        "TM(a:b)",
        "PR90",
        "PR(1%:2%)",
        "xx50",
        "é",
    ] {
        assert_eq!(Stat::parse(name), None, "{name}");
    }
}

#[test]
fn counted_values_weigh_as_often_as_they_were_measured() {
    let mut all = Distribution::default();
    all.add(1.0, 99.0);
    all.add(1000.0, 1.0);
    assert_eq!(all.percentile(50.0), Some(1.0));
    assert_eq!(all.percentile(100.0), Some(1000.0));
    assert_eq!(all.sum, 1099.0);
    let mut merged = dist(&(0..50).map(f64::from).collect::<Vec<_>>());
    merged.merge(&dist(&(25..75).map(f64::from).collect::<Vec<_>>()));
    assert_eq!((merged.count, merged.min, merged.max), (100.0, 0.0, 74.0));
    assert_eq!(merged.percentile(50.0), Some(37.0));
}

#[test]
fn many_distinct_values_are_thinned_and_percentiles_stay_near() {
    let mut all = Distribution::default();
    // Not in order: 7 has no factor in common with 100,000.
    for at in 0..100_000 {
        all.add(f64::from(at * 7 % 100_000), 1.0);
    }
    assert_eq!((all.count, all.min, all.max), (100_000.0, 0.0, 99_999.0));
    for percent in [0.1, 1.0, 50.0, 90.0, 99.0, 99.9] {
        let found = all.percentile(percent).unwrap();
        assert!(
            (found - percent * 1000.0).abs() < 1_500.0,
            "p{percent}: {found}"
        );
    }
}

#[test]
fn a_statistic_set_has_percentiles_only_when_its_values_must_be_the_same() {
    assert_eq!(
        Distribution::of_set(10.0, 50.0, 1.0, 9.0).percentile(50.0),
        None
    );
    assert_eq!(
        Distribution::of_set(10.0, 50.0, 5.0, 5.0).percentile(50.0),
        Some(5.0)
    );
    let mut mixed = dist(&[1.0]);
    mixed.merge(&Distribution::of_set(2.0, 10.0, 4.0, 6.0));
    assert_eq!(Stat::parse("p50").unwrap().of(&mixed), None);
    assert_eq!(Stat::Average.of(&mixed), Some(11.0 / 3.0));
}

#[test]
fn periods_begin_at_their_multiples_and_only_those_with_data_are_answered() {
    let metrics = metrics_with(&[(0, 1.0), (59, 2.0), (60, 3.0), (300, 4.0), (599, 5.0)]);
    let sum = |period, from, to| {
        first_points(&metrics, data(json!([query("m", period, "Sum")]), from, to))
    };
    assert_eq!(sum(60, 0, 600), "0:3 60:3 300:4 540:5");
    assert_eq!(sum(300, 0, 600), "0:6 300:9");
    assert_eq!(
        sum(300, 130, 600),
        "0:6 300:9",
        "the period that is cut counts whole"
    );
    assert_eq!(sum(60, 60, 300), "60:3", "the end is not included");
    assert_eq!(sum(10, 0, 600), "0:1 50:2 60:3 300:4 590:5");
    assert_eq!(sum(3600, 0, 600), "0:15");
}

#[test]
fn results_come_newest_first_unless_asked_otherwise() {
    let metrics = metrics_with(&[(0, 1.0), (60, 2.0)]);
    let mut input = data(json!([query("m", 60, "Sum")]), 0, 600);
    assert_eq!(first_points(&metrics, input.clone()), "0:1 60:2");
    input.as_object_mut().unwrap().remove("ScanBy");
    assert_eq!(first_points(&metrics, input), "60:2 0:1");
}

#[test]
fn a_metric_without_data_is_answered_empty_and_complete() {
    let output = ok(
        &Metrics::new(Clock::system()),
        "GetMetricData",
        data(json!([query("m", 60, "p99")]), 0, 600),
    );
    assert_eq!(
        output["MetricDataResults"],
        json!([{"Id": "m", "Label": "Duration", "Timestamps": [], "Values": [], "StatusCode": "Complete"}])
    );
    assert_eq!(output.get("NextToken"), None);
}

#[test]
fn expressions_use_other_queries_and_only_what_returns_data_is_answered() {
    let metrics = metrics_with(&[(0, 1.0), (60, 3.0), (61, 5.0)]);
    let queries = json!([
        {"Id": "e2", "Expression": "e1 * 10", "Label": "ten"},
        {"Id": "e1", "Expression": "mx - mn"},
        {"Id": "mx", "MetricStat": metric(60, "Maximum"), "ReturnData": false},
        {"Id": "mn", "MetricStat": metric(60, "Minimum"), "ReturnData": false},
    ]);
    let output = ok(&metrics, "GetMetricData", data(queries, 0, 120));
    let results = output["MetricDataResults"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(
        (points(&results[0]).as_str(), &results[0]["Label"]),
        ("0:0 60:20", &json!("ten"))
    );
    assert_eq!(
        (points(&results[1]).as_str(), &results[1]["Label"]),
        ("0:0 60:2", &json!("e1"))
    );
}

#[test]
fn the_success_rate_of_a_function_can_be_asked_for_in_one_call() {
    let metrics = Metrics::new(Clock::system());
    for at in 0..4 {
        metrics.put(
            "AWS/Lambda",
            "Invocations",
            &DIMS,
            "Count",
            1.0,
            (base() + at) * 1000,
        );
    }
    metrics.put("AWS/Lambda", "Errors", &DIMS, "Count", 1.0, base() * 1000);
    let count = |id: &str, name: &str| {
        let mut query = query(id, 60, "Sum");
        query["MetricStat"]["Metric"]["MetricName"] = name.into();
        query
    };
    let queries = json!([
        {"Id": "rate", "Expression": "100 - 100 * FILL(errors, 0) / invocations"},
        count("errors", "Errors"), count("invocations", "Invocations"),
    ]);
    assert_eq!(first_points(&metrics, data(queries, 0, 60)), "0:75");
}

#[test]
fn a_list_of_series_is_answered_as_several_results_of_one_id() {
    let metrics = Metrics::new(Clock::system());
    for name in ["a", "b"] {
        metrics.put(
            "AWS/Lambda",
            "Errors",
            &[("FunctionName", name)],
            "Count",
            1.0,
            base() * 1000,
        );
    }
    metrics.put("AWS/Lambda", "Errors", &[], "Count", 9.0, base() * 1000);
    let queries = json!([{"Id": "s", "Expression": "SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Errors\"', 'Sum', 60)"}]);
    let output = ok(&metrics, "GetMetricData", data(queries, 0, 60));
    let labels: Vec<_> = output["MetricDataResults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["Label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["a Errors", "b Errors"]);
}

#[test]
fn long_answers_come_in_pages() {
    let values: Vec<(i64, f64)> = (0..10).map(|at| (at * 60, at as f64)).collect();
    let metrics = metrics_with(&values);
    let mut input = data(
        json!([query("a", 60, "Sum"), query("b", 60, "Maximum")]),
        0,
        600,
    );
    input["MaxDatapoints"] = 6.into();
    let mut pages = Vec::new();
    loop {
        let output = ok(&metrics, "GetMetricData", input.clone());
        let results = output["MetricDataResults"].as_array().unwrap().iter();
        let page: Vec<_> = results
            .map(|r| {
                format!(
                    "{}{}{}",
                    r["Id"].as_str().unwrap(),
                    r["Values"].as_array().unwrap().len(),
                    &r["StatusCode"].as_str().unwrap()[..1]
                )
            })
            .collect();
        pages.push(page.join(" "));
        match output.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(pages, ["a6P", "a4C b2P", "b6P", "b2C"]);
}

#[test]
fn get_metric_data_refuses_what_aws_refuses() {
    let metrics = Metrics::new(Clock::system());
    let error = |queries: Value| {
        let (code, message) = fails(&metrics, "GetMetricData", data(queries, 0, 600));
        assert_eq!(code, "ValidationError");
        message
    };
    let expression = |text: &str| json!([{"Id": "e", "Expression": text}]);
    assert!(error(json!([])).contains("MetricDataQueries is required"));
    let many: Vec<_> = (0..501)
        .map(|at| query(&format!("m{at}"), 60, "Sum"))
        .collect();
    assert!(error(json!(many)).contains("greater than 500"));
    assert!(error(json!([query("m", 60, "Sum"), query("m", 60, "Sum")])).contains("not unique"));
    assert!(error(json!([query("M", 60, "Sum")])).contains("^[a-z]"));
    assert!(error(json!([query("m", 61, "Sum")])).contains("any multiple of 60"));
    assert!(error(json!([query("m", 60, "Median")])).contains("Stat is not supported"));
    assert!(error(json!([{"Id": "m"}])).contains("but not both"));
    assert!(
        error(json!([{"Id": "m", "MetricStat": metric(60, "Sum"), "ReturnData": false}]))
            .contains("must return data")
    );
    assert!(error(expression("1 +")).starts_with("Error in expression 'e'"));
    assert!(error(expression("m9")).contains("m9 is not defined"));
    assert!(error(expression("e + 1")).contains("refers to itself"));
    assert!(error(expression("1 + 1")).contains("must return a time series"));
    let mut input = data(json!([query("m", 60, "Sum")]), 600, 0);
    assert!(
        fails(&metrics, "GetMetricData", input.clone())
            .1
            .contains("StartTime must be less")
    );
    input["EndTime"] = input["StartTime"].clone();
    assert_eq!(
        fails(&metrics, "GetMetricData", input.clone()),
        (
            "ValidationError".into(),
            "The parameter StartTime must not equal parameter EndTime.".into()
        )
    );
    input = data(json!([query("m", 60, "Sum")]), 0, 600);
    input["NextToken"] = "x".into();
    assert_eq!(
        fails(&metrics, "GetMetricData", input).0,
        "InvalidNextToken"
    );
}

fn statistics(more: Value) -> Value {
    let mut input = json!({
        "Namespace": "AWS/Lambda", "MetricName": "Duration", "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
        "StartTime": base() as f64, "EndTime": (base() + 600) as f64, "Period": 300,
    });
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    input
}

#[test]
fn get_metric_statistics_answers_both_kinds_of_statistics_and_the_unit() {
    let metrics = metrics_with(&[(0, 1.0), (1, 3.0), (300, 5.0)]);
    let output = ok(
        &metrics,
        "GetMetricStatistics",
        statistics(json!({"Statistics": ["Sum", "Average"], "ExtendedStatistics": ["p50"]})),
    );
    assert_eq!(output["Label"], "Duration");
    assert_eq!(
        output["Datapoints"][0],
        json!({"Timestamp": base() as f64, "Sum": 4.0, "Average": 2.0, "ExtendedStatistics": {"p50": 2.0}, "Unit": "Milliseconds"})
    );
    assert_eq!(output["Datapoints"].as_array().unwrap().len(), 2);
    let other = statistics(json!({"Statistics": ["Sum"], "Unit": "Seconds"}));
    assert_eq!(
        ok(&metrics, "GetMetricStatistics", other)["Datapoints"],
        json!([])
    );
}

#[test]
fn get_metric_statistics_begins_its_periods_at_the_start() {
    let metrics = metrics_with(&[(0, 1.0), (120, 3.0), (430, 5.0)]);
    let input = statistics(json!({"Statistics": ["Sum"], "StartTime": (base() + 125) as f64}));
    let output = ok(&metrics, "GetMetricStatistics", input);
    let times: Vec<_> = output["Datapoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["Timestamp"].as_f64().unwrap() as i64 - base())
        .collect();
    assert_eq!(
        times,
        [120, 420],
        "rounded down to the minute, then every 300 s"
    );
}

/// As AWS answered it: a day in minutes is 1,440 datapoints, also where it does not begin with a minute.
#[test]
fn a_day_in_minutes_is_as_many_datapoints_as_may_be_asked_for() {
    let metrics = Metrics::new(Clock::system());
    let start = base() as f64 + 12.345;
    let day = |period: i64, more: f64| {
        statistics(
            json!({"Statistics": ["SampleCount"], "Period": period, "StartTime": start, "EndTime": start + 86_400.0 + more}),
        )
    };
    ok(&metrics, "GetMetricStatistics", day(60, 0.0));
    assert_eq!(
        fails(&metrics, "GetMetricStatistics", day(1, 0.0)),
        (
            "InvalidParameterCombination".into(),
            "You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.".into()
        )
    );
    assert_eq!(
        fails(&metrics, "GetMetricStatistics", day(60, 60.0)).0,
        "InvalidParameterCombination"
    );
    assert_eq!(
        fails(&metrics, "GetMetricStatistics", day(60, -86_400.0)),
        (
            "InvalidParameterValue".into(),
            "The parameter StartTime must be less than the parameter EndTime.".into()
        )
    );
}

#[test]
fn values_beside_a_statistic_set_are_taken_as_aws_takes_them() {
    let metrics = Metrics::new(Clock::system());
    let set = json!({"SampleCount": 10, "Sum": 55, "Minimum": 1, "Maximum": 10});
    let put = |datum: Value| json!({"Namespace": "App", "MetricData": [datum]});
    ok(
        &metrics,
        "PutMetricData",
        put(json!({"MetricName": "A", "Values": [1, 10], "StatisticValues": set})),
    );
    let both = put(json!({"MetricName": "A", "Value": 1, "StatisticValues": set}));
    assert_eq!(
        fails(&metrics, "PutMetricData", both),
        (
            "InvalidParameterCombination".into(),
            "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive and you have specified both.".into()
        )
    );
}

#[test]
fn get_metric_statistics_refuses_what_aws_refuses() {
    let metrics = Metrics::new(Clock::system());
    let error = |more: Value| fails(&metrics, "GetMetricStatistics", statistics(more));
    let sum = json!(["Sum"]);
    assert_eq!(error(json!({})).0, "InvalidParameterCombination");
    assert_eq!(
        error(json!({"Statistics": sum, "Namespace": null})),
        (
            "MissingParameter".into(),
            "The parameter Namespace is required.".into()
        )
    );
    assert_eq!(
        error(json!({"Statistics": sum, "Period": 7})).0,
        "InvalidParameterValue"
    );
    assert_eq!(
        error(json!({"Statistics": ["p99"]})).0,
        "InvalidParameterValue"
    );
    assert_eq!(
        error(json!({"ExtendedStatistics": ["Sum"]})).0,
        "InvalidParameterValue"
    );
    assert_eq!(
        error(json!({"Statistics": sum, "Unit": "Furlong"})).0,
        "InvalidParameterValue"
    );
    let (code, message) =
        error(json!({"Statistics": sum, "Period": 60, "StartTime": (base() - 86_400) as f64}));
    assert_eq!(code, "InvalidParameterCombination");
    assert!(
        message.starts_with("You have requested up to 1450 datapoints"),
        "{message}"
    );
}

#[test]
fn metrics_are_listed_in_pages_with_filters() {
    let metrics = Metrics::new(Clock::system());
    let now = Clock::system().now_ms();
    for at in 0..1200 {
        metrics.put(
            "App",
            "M",
            &[("Id", &format!("{at:04}")), ("Kind", "k")],
            "None",
            1.0,
            now,
        );
    }
    metrics.put(
        "App",
        "Old",
        &[("Id", "0001")],
        "None",
        1.0,
        now - 4 * 3_600_000,
    );
    metrics.put("Other", "M", &[], "None", 1.0, now);
    let mut sizes = Vec::new();
    let mut input = json!({"Namespace": "App"});
    loop {
        let output = ok(&metrics, "ListMetrics", input.clone());
        sizes.push(output["Metrics"].as_array().unwrap().len());
        match output.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(sizes, [500, 500, 201]);
    let count = |input: Value| {
        ok(&metrics, "ListMetrics", input)["Metrics"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        count(json!({"Dimensions": [{"Name": "Id", "Value": "0001"}]})),
        2
    );
    assert_eq!(
        count(json!({"Dimensions": [{"Name": "Id", "Value": "0001"}], "RecentlyActive": "PT3H"})),
        1
    );
    assert_eq!(count(json!({"MetricName": "Old"})), 1);
    assert_eq!(
        count(json!({"Namespace": "Other", "Dimensions": [{"Name": "Id"}]})),
        0
    );
    let only = ok(&metrics, "ListMetrics", json!({"Namespace": "Other"}));
    assert_eq!(
        only["Metrics"],
        json!([{"Namespace": "Other", "MetricName": "M", "Dimensions": []}])
    );
    assert_eq!(
        fails(&metrics, "ListMetrics", json!({"RecentlyActive": "P1D"})).0,
        "InvalidParameterValue"
    );
    assert_eq!(
        fails(&metrics, "ListMetrics", json!({"NextToken": "?"})).0,
        "InvalidParameterValue"
    );
}

#[test]
fn put_metric_data_takes_values_counts_and_statistic_sets() {
    let metrics = Metrics::new(Clock::system());
    let at = base() as f64;
    ok(
        &metrics,
        "PutMetricData",
        json!({"Namespace": "App", "MetricData": [
            {"MetricName": "A", "Value": 2, "Timestamp": at, "Unit": "Count"},
            {"MetricName": "A", "Values": [1.0, 10.0], "Counts": [3.0, 1.0], "Timestamp": at},
            {"MetricName": "B", "StatisticValues": {"SampleCount": 4.0, "Sum": 8.0, "Minimum": 1.0, "Maximum": 5.0}, "Timestamp": at},
        ]}),
    );
    let ask = |name: &str, stat: &str| {
        let mut query = query("m", 60, stat);
        query["MetricStat"]["Metric"] = json!({"Namespace": "App", "MetricName": name});
        first_points(&metrics, data(json!([query]), 0, 60))
    };
    assert_eq!(ask("A", "Sum"), "0:15", "all units together");
    assert_eq!(ask("A", "p50"), "0:1");
    assert_eq!(ask("B", "Average"), "0:2");
    assert_eq!(ask("B", "Maximum"), "0:5");
    assert_eq!(ask("B", "p50"), "");
}

#[test]
fn put_metric_data_refuses_what_aws_refuses_and_then_takes_nothing() {
    let metrics = Metrics::new(Clock::system());
    let put = |datum: Value| json!({"Namespace": "App", "MetricData": [{"MetricName": "Good", "Value": 1}, datum]});
    let now = Clock::system().now_ms() as f64 / 1000.0;
    let cases = [
        (
            json!({"Value": 1}),
            "MissingParameter",
            "The parameter MetricData.member.2.MetricName is required.",
        ),
        (
            json!({"MetricName": "A"}),
            "MissingParameter",
            "The parameter MetricData.member.2.Value is required.",
        ),
        (
            json!({"MetricName": "A", "Value": 1, "Values": [1]}),
            "InvalidParameterCombination",
            "mutually exclusive",
        ),
        (
            json!({"MetricName": "A", "Values": [1, 2], "Counts": [1]}),
            "InvalidParameterValue",
            "The parameters MetricData.member.2.Values and MetricData.member.2.Counts must be of the same size.",
        ),
        (
            json!({"MetricName": "A", "Values": (0..151).collect::<Vec<_>>()}),
            "InvalidParameterValue",
            "greater than 150",
        ),
        (
            json!({"MetricName": "A", "Value": "NaN"}),
            "InvalidParameterValue",
            "The value NaN for parameter MetricData.member.2.Value is invalid.",
        ),
        (
            json!({"MetricName": "A", "Value": 1e300}),
            "InvalidParameterValue",
            "is invalid",
        ),
        (
            json!({"MetricName": "A", "Value": 1, "Unit": "Furlong"}),
            "InvalidParameterValue",
            "must be a value in the set",
        ),
        (
            json!({"MetricName": "A", "Value": 1, "Timestamp": now - 15.0 * 86_400.0}),
            "InvalidParameterValue",
            "two weeks",
        ),
        (
            json!({"MetricName": "A", "Value": 1, "Timestamp": now + 3.0 * 3600.0}),
            "InvalidParameterValue",
            "two hours",
        ),
        (
            json!({"MetricName": "A", "Value": 1, "StorageResolution": 5}),
            "InvalidParameterValue",
            "StorageResolution",
        ),
        (
            json!({"MetricName": "A", "Value": 1, "Dimensions": [{"Name": "N"}]}),
            "MissingParameter",
            "MetricData.member.2.Dimensions.member.1.Value",
        ),
        (
            json!({"MetricName": "A", "StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 2, "Maximum": 1}}),
            "InvalidParameterCombination",
            "Maximum",
        ),
        (
            json!({"MetricName": "A", "StatisticValues": {"SampleCount": 1}}),
            "MissingParameter",
            "StatisticValues.Sum",
        ),
    ];
    for (datum, code, part) in cases {
        let (found, message) = fails(&metrics, "PutMetricData", put(datum.clone()));
        assert_eq!(found, code, "{datum}");
        assert!(message.contains(part), "{datum}: {message}");
    }
    assert_eq!(ok(&metrics, "ListMetrics", json!({}))["Metrics"], json!([]));
    let good = json!([{"MetricName": "A", "Value": 1}]);
    let error = fails(
        &metrics,
        "PutMetricData",
        json!({"Namespace": "AWS/Mine", "MetricData": good}),
    );
    assert_eq!(
        error.1,
        "The value AWS/Mine for parameter Namespace is invalid."
    );
    assert_eq!(
        fails(&metrics, "PutMetricData", json!({"Namespace": "App"})).0,
        "MissingParameter"
    );
    let many: Vec<_> = (0..1001)
        .map(|_| json!({"MetricName": "A", "Value": 1}))
        .collect();
    assert!(
        fails(
            &metrics,
            "PutMetricData",
            json!({"Namespace": "App", "MetricData": many})
        )
        .1
        .contains("greater than 1000")
    );
}

#[test]
fn values_age_into_minutes_and_are_forgotten_after_15_days() {
    let mut store = Store::default();
    let id = MetricId::new("App", "M", &[]);
    let (hour, day) = (3_600_000, 86_400_000);
    let start = store::floor(Clock::system().now_ms(), day);
    for second in 0..120 {
        store.add(
            id.clone(),
            "None",
            start + second * 1000,
            &dist(&[second as f64]),
            start + hour,
        );
    }
    let all = store::Range {
        start: start / 1000,
        end: start / 1000 + 86_400,
    };
    let stretches = |store: &Store, period| {
        store
            .get(&id)
            .unwrap()
            .stretches(all, period, None, false)
            .len()
    };
    assert_eq!(stretches(&store, 1), 120);
    // A value four hours later turns the seconds into minutes.
    store.add(
        id.clone(),
        "None",
        start + 4 * hour,
        &dist(&[1.0]),
        start + 4 * hour,
    );
    assert_eq!(stretches(&store, 1), 3);
    let minutes = store.get(&id).unwrap().stretches(all, 60, None, true);
    assert_eq!(
        minutes.values().next().unwrap().sum,
        (0..60).sum::<i64>() as f64
    );
    assert_eq!(
        minutes.values().next().unwrap().percentile(50.0),
        Some(29.5)
    );
    store.add(
        id.clone(),
        "None",
        start + 16 * day,
        &dist(&[1.0]),
        start + 16 * day,
    );
    assert_eq!(stretches(&store, 60), 0);
    store.forget_old(start + 40 * day);
    assert!(store.get(&id).is_none());
}

#[test]
fn a_measurement_that_is_no_number_is_left_out() {
    let metrics = Metrics::new(Clock::system());
    metrics.put("App", "M", &[], "None", f64::NAN, Clock::system().now_ms());
    assert_eq!(ok(&metrics, "ListMetrics", json!({}))["Metrics"], json!([]));
}

#[test]
fn searches_find_by_schema_exact_values_and_tokens() {
    let id = MetricId::new(
        "AWS/Lambda",
        "ConcurrentExecutions",
        &[("FunctionName", "orders-prod-2")],
    );
    for (text, found) in [
        ("{AWS/Lambda,FunctionName}", true),
        ("{AWS/Lambda}", false),
        ("{AWS/Lambda,FunctionName,Resource}", false),
        ("{AWS/Other,FunctionName}", false),
        (
            "{AWS/Lambda,FunctionName} MetricName=\"ConcurrentExecutions\"",
            true,
        ),
        ("{AWS/Lambda,FunctionName} MetricName=\"Concurrent\"", false),
        ("{AWS/Lambda,FunctionName} MetricName=concurrent", true),
        ("{AWS/Lambda,FunctionName} prod", true),
        ("{AWS/Lambda,FunctionName} pro", false),
        (
            "{AWS/Lambda,FunctionName} FunctionName=\"orders-prod-2\" executions",
            true,
        ),
        ("{AWS/Lambda,FunctionName} prod AND orders", true),
        ("prod", true),
        ("Namespace=\"AWS/Lambda\" Resource=x", false),
        ("prod OR test", true),
        ("test OR demo", false),
        ("NOT test", true),
        ("prod NOT orders", false),
        ("prod AND NOT test", true),
        ("(test OR prod) AND (orders)", true),
        ("test OR prod orders", true),
        (
            "FunctionName=(\"orders-prod-2\" OR \"orders-prod-3\")",
            true,
        ),
        ("FunctionName=(test OR NOT prod)", false),
        (
            "MetricName=\"ConcurrentExecutions\" NOT FunctionName=prod",
            false,
        ),
        ("ORDERS", true),
    ] {
        let search = search::Search::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(search.finds(&id), found, "{text}");
    }
    for text in [
        "{a", "a OR", "NOT", "(a", "a)", "\"a", "=b", "a=", "OR a", "a=(b",
    ] {
        assert!(search::Search::parse(text).is_err(), "{text}");
    }
}
