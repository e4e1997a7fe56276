//! What events measure: the embedded metric format, and metric filters.

use super::*;

/// Now, in whole minutes, so that values fall where a test says.
fn minute() -> i64 {
    Clock::system().now_ms() / 60_000 * 60_000
}

/// Everything that CloudWatch has of a namespace, as `name{dimension=value} sum/count unit`.
fn measured(logs: &Logs, namespace: &str) -> Vec<String> {
    let call = |operation: &str, input: Value| {
        logs.metrics
            .call(&ctx(), operation, input)
            .unwrap_or_else(|error| panic!("{operation}: {error}"))
    };
    let listed = call("ListMetrics", json!({"Namespace": namespace}));
    let metrics = listed["Metrics"].as_array().unwrap().iter();
    metrics
        .map(|metric| {
            let dimensions = metric["Dimensions"].as_array().unwrap().iter();
            let dimensions: Vec<_> = dimensions
                .map(|one| {
                    format!(
                        "{}={}",
                        one["Name"].as_str().unwrap(),
                        one["Value"].as_str().unwrap()
                    )
                })
                .collect();
            let found = call(
                "GetMetricStatistics",
                json!({
                    "Namespace": namespace, "MetricName": metric["MetricName"],
                    "Dimensions": metric["Dimensions"], "Period": 86_400 * 2,
                    "StartTime": minute() / 1000 - 86_400, "EndTime": minute() / 1000 + 86_400,
                    "Statistics": ["Sum", "SampleCount"],
                }),
            );
            let point = &found["Datapoints"][0];
            format!(
                "{}{{{}}} {}/{} {}",
                metric["MetricName"].as_str().unwrap(),
                dimensions.join(","),
                point["Sum"],
                point["SampleCount"],
                point["Unit"].as_str().unwrap_or("-")
            )
        })
        .collect()
}

fn emf(root: Value) -> String {
    let mut document = json!({"_aws": {
        "Timestamp": minute(),
        "CloudWatchMetrics": [{
            "Namespace": "Shops",
            "Dimensions": [["Shop"], ["Shop", "Till"]],
            "Metrics": [{"Name": "Sold", "Unit": "Count"}, {"Name": "Wait", "Unit": "Milliseconds"}],
        }],
    }, "Shop": "north", "Till": "1", "Sold": 3, "Wait": [10, 20, 30]});
    let members = document.as_object_mut().unwrap();
    for (name, value) in root.as_object().unwrap() {
        match name.strip_prefix("directive.") {
            Some(name) => members["_aws"]["CloudWatchMetrics"][0][name] = value.clone(),
            None if value.is_null() => drop(members.remove(name)),
            None => drop(members.insert(name.clone(), value.clone())),
        }
    }
    document.to_string()
}

/// What a line counts as in the namespace `Shops`.
fn counted(line: &str) -> Vec<String> {
    let logs = logs();
    logs.put(GROUP, "s", &[(minute(), line.to_owned())]);
    let kept = ok(&logs, "FilterLogEvents", json!({"logGroupName": GROUP}));
    assert_eq!(messages(&kept), [line], "the line stays as it is");
    measured(&logs, "Shops")
}

#[test]
fn a_line_in_the_embedded_format_is_measured_in_each_set_of_dimensions() {
    let expected = [
        "Sold{Shop=north} 3.0/1.0 Count",
        "Sold{Shop=north,Till=1} 3.0/1.0 Count",
        "Wait{Shop=north} 60.0/3.0 Milliseconds",
        "Wait{Shop=north,Till=1} 60.0/3.0 Milliseconds",
    ];
    assert_eq!(counted(&emf(json!({}))), expected);
    let line = format!("{}\n", emf(json!({})));
    assert_eq!(counted(&line), expected, "as Lambda keeps it");
    let logs = logs();
    ok(&logs, "CreateLogGroup", json!({"logGroupName": "g"}));
    let stream = json!({"logGroupName": "g", "logStreamName": "s"});
    ok(&logs, "CreateLogStream", stream);
    ok(
        &logs,
        "PutLogEvents",
        json!({"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": minute(), "message": emf(json!({}))}]}),
    );
    assert_eq!(
        measured(&logs, "Shops"),
        expected,
        "by PutLogEvents as well"
    );
    let class = json!({"logGroupName": "cold", "logGroupClass": "INFREQUENT_ACCESS"});
    let logs = super::logs();
    ok(&logs, "CreateLogGroup", class);
    logs.put("cold", "s", &[(minute(), emf(json!({})))]);
    assert!(measured(&logs, "Shops").is_empty());
}

#[test]
fn what_is_wrong_in_the_embedded_format_is_left_out_and_nothing_else() {
    let wait = "Wait{Shop=north} 60.0/3.0 Milliseconds";
    let one = json!([["Shop"]]);
    let with =
        |name: &str, value: Value| counted(&emf(json!({"directive.Dimensions": one, name: value})));
    for value in [
        json!("three"),
        json!("3"),
        json!(true),
        json!([1, "x"]),
        json!([]),
        json!(vec![1; 101]),
        json!({"Count": 3}),
        Value::Null,
    ] {
        assert_eq!(with("Sold", value.clone()), [wait], "{value}");
    }
    let metrics = |sold: Value| {
        let wait = json!({"Name": "Wait", "Unit": "Milliseconds"});
        with("directive.Metrics", json!([sold, wait]))
    };
    for sold in [
        json!({"Name": "Sold", "Unit": "Furlongs"}),
        json!({"Name": "Sold", "Unit": 3}),
        json!({"Name": "Sold", "StorageResolution": 30}),
        json!({"Name": "Sold", "StorageResolution": "1"}),
        json!({"Name": ""}),
        json!({"Unit": "Count"}),
        json!({"Name": "Nothing"}),
        json!({"Name": "deep.Sold"}),
    ] {
        assert_eq!(metrics(sold.clone()), [wait], "{sold}");
    }
    let without = [
        emf(json!({"directive.Namespace": ""})),
        emf(json!({"directive.Namespace": "AWS/Lambda"})),
        emf(json!({"directive.Metrics": "Sold"})),
        emf(json!({"directive.Dimensions": "Shop"})),
        emf(json!({"_aws": {"CloudWatchMetrics": []}})),
        emf(json!({"_aws": {"Timestamp": minute()}})),
        format!("{} and more", emf(json!({}))),
        format!("INFO {}", emf(json!({}))),
    ];
    for line in without {
        assert!(counted(&line).is_empty(), "{line}");
    }
    // A name that holds dots is a member of the root by that name.
    let dotted = json!({"deep.Sold": 2, "deep": {"Sold": 5}, "directive.Dimensions": one, "directive.Metrics": [{"Name": "deep.Sold"}]});
    assert_eq!(
        counted(&emf(dotted)),
        ["deep.Sold{Shop=north} 2.0/1.0 None"]
    );
}

/// <https://github.com/aws-observability/aws-otel-python-instrumentation/pull/434>,
/// <https://github.com/aws-powertools/powertools-lambda-python/pull/5542>,
/// <https://github.com/open-telemetry/opentelemetry-collector-contrib/pull/2196>
#[test]
fn dimensions_and_distributions_count_as_operators_saw_it() {
    let sold = json!([{"Name": "Sold", "Unit": ""}]);
    let with = |dimensions: Value, shop: &str| {
        counted(&emf(
            json!({"directive.Metrics": sold, "directive.Dimensions": dimensions, "Shop": shop}),
        ))
    };
    let plain = ["Sold{} 3.0/1.0 None"];
    assert_eq!(with(json!([[]]), "north"), plain);
    assert_eq!(
        with(json!([["Till", "Shop"]]), ""),
        plain,
        "one that is empty takes the others along"
    );
    assert_eq!(
        with(json!([null, ["Till"]]), "north"),
        ["Sold{Till=1} 3.0/1.0 None"]
    );
    let mut document: Value = serde_json::from_str(&emf(json!({
        "directive.Metrics": sold,
        "Sold": {"Values": [0.5, 2.0], "Counts": [1, 4], "Count": 5, "Sum": 8.5, "Max": 2.0, "Min": 0.5},
    })))
    .unwrap();
    let directive = document["_aws"]["CloudWatchMetrics"][0].as_object_mut();
    directive.unwrap().remove("Dimensions");
    assert_eq!(counted(&document.to_string()), ["Sold{} 8.5/5.0 None"]);
}

#[test]
fn only_what_is_stored_to_the_second_is_found_by_the_second() {
    let logs = logs();
    let at = minute() - 60_000 + 20_000;
    for (name, resolution) in [("Fine", 1), ("Coarse", 60)] {
        let document = json!({"_aws": {"Timestamp": at, "CloudWatchMetrics": [
            {"Namespace": "Shops", "Metrics": [{"Name": name, "StorageResolution": resolution}]}]}, name: 1});
        logs.put(GROUP, "s", &[(at, document.to_string())]);
    }
    let start = (minute() - 60_000) / 1000;
    for (name, expected) in [("Fine", start + 20), ("Coarse", start)] {
        let found = logs.metrics.call(
            &ctx(),
            "GetMetricStatistics",
            json!({"Namespace": "Shops", "MetricName": name, "Period": 10, "Statistics": ["Sum"], "StartTime": start, "EndTime": start + 60}),
        );
        assert_eq!(
            found.unwrap()["Datapoints"][0]["Timestamp"],
            json!(expected as f64),
            "{name}"
        );
    }
}

fn put_filter(logs: &Logs, name: &str, pattern: &str, metric: Value) {
    let mut transformation =
        json!({"metricName": name, "metricNamespace": "Shops", "metricValue": "1"});
    let members = transformation.as_object_mut().unwrap();
    members.extend(metric.as_object().unwrap().clone());
    ok(
        logs,
        "PutMetricFilter",
        json!({"logGroupName": GROUP, "filterName": name, "filterPattern": pattern, "metricTransformations": [transformation]}),
    );
}

#[test]
fn metric_filters_count_what_arrives_after_them() {
    let logs = logs();
    let at = minute() - 120_000;
    logs.put(GROUP, "s", &[(at, "ERROR before".into())]);
    put_filter(&logs, "Errors", "ERROR", json!({"unit": "Count"}));
    put_filter(
        &logs,
        "Bytes",
        "{ $.level = \"INFO\" }",
        json!({"metricValue": "$.bytes", "dimensions": {"Kind": "$.kind", "Shop": "$.shop.name"}}),
    );
    put_filter(
        &logs,
        "Size",
        "[ip, status = 2*, size]",
        json!({"metricValue": "$size"}),
    );
    put_filter(&logs, "All", " ", json!({}));
    let lines = [
        "ERROR one",
        "ERROR two",
        r#"{"level": "INFO", "bytes": 5, "kind": "a", "shop": {"name": "north"}}"#,
        r#"{"level": "INFO", "bytes": "7", "kind": "a", "shop": {"name": "north"}}"#,
        r#"{"level": "INFO", "bytes": "many", "kind": "a"}"#,
        r#"{"level": "INFO", "bytes": 2}"#,
        "127.0.0.1 200 340",
        "127.0.0.1 404 9",
    ];
    let events: Vec<_> = lines.iter().map(|line| (at, (*line).to_owned())).collect();
    logs.put(GROUP, "s", &events);
    assert_eq!(
        measured(&logs, "Shops"),
        [
            "All{} 8.0/8.0 None",
            "Bytes{} 2.0/1.0 None",
            "Bytes{Kind=a,Shop=north} 12.0/2.0 None",
            "Errors{} 2.0/2.0 Count",
            "Size{} 340.0/1.0 None",
        ]
    );
    let groups = ok(&logs, "DescribeLogGroups", json!({}));
    assert_eq!(groups["logGroups"][0]["metricFilterCount"], 4);
    ok(
        &logs,
        "DeleteMetricFilter",
        json!({"logGroupName": GROUP, "filterName": "Errors"}),
    );
    logs.put(GROUP, "s", &[(at, "ERROR after".into())]);
    assert_eq!(measured(&logs, "Shops")[3], "Errors{} 2.0/2.0 Count");
    assert_eq!(
        fails(
            &logs,
            "DeleteMetricFilter",
            json!({"logGroupName": GROUP, "filterName": "Errors"})
        )
        .0,
        "ResourceNotFoundException"
    );
}

#[test]
fn a_default_counts_once_in_a_minute_in_which_events_came_and_none_matched() {
    let logs = logs();
    logs.ensure(GROUP, "s");
    put_filter(&logs, "Errors", "ERROR", json!({"defaultValue": 0}));
    let at = minute() - 600_000;
    let put =
        |minutes: i64, line: &str| logs.put(GROUP, "s", &[(at + minutes * 60_000, line.into())]);
    put(0, "fine");
    put(0, "fine");
    assert_eq!(measured(&logs, "Shops"), ["Errors{} 0.0/1.0 None"]);
    put(1, "ERROR");
    put(1, "fine");
    assert_eq!(measured(&logs, "Shops"), ["Errors{} 1.0/2.0 None"]);
    put(2, "fine");
    assert_eq!(measured(&logs, "Shops"), ["Errors{} 1.0/3.0 None"]);
}

#[test]
fn metric_filters_are_described_in_order_and_refused_in_awss_words() {
    let logs = logs();
    logs.ensure(GROUP, "s");
    logs.ensure("other", "s");
    put_filter(
        &logs,
        "b",
        "{$.message = \"test\"}",
        json!({"defaultValue": 0}),
    );
    put_filter(&logs, "a", " ", json!({}));
    let other = json!({"logGroupName": "other", "filterName": "a2", "filterPattern": "x", "metricTransformations": [
        {"metricName": "m", "metricNamespace": "A.B-c_d/1#2:metricNamespace", "metricValue": "1"}]});
    ok(&logs, "PutMetricFilter", other);
    let names_of = |input: Value| {
        let found = ok(&logs, "DescribeMetricFilters", input);
        names(&found, "metricFilters", "filterName").join(" ")
    };
    assert_eq!(names_of(json!({})), "a a2 b");
    assert_eq!(names_of(json!({"logGroupName": GROUP})), "a b");
    assert_eq!(names_of(json!({"filterNamePrefix": "a"})), "a a2");
    assert_eq!(
        names_of(json!({"metricName": "m", "metricNamespace": "A.B-c_d/1#2:metricNamespace"})),
        "a2"
    );
    let first = ok(&logs, "DescribeMetricFilters", json!({"limit": 1}));
    assert_eq!(names_of(json!({"nextToken": first["nextToken"]})), "a2 b");
    let found = ok(
        &logs,
        "DescribeMetricFilters",
        json!({"filterNamePrefix": "b"}),
    );
    let mut found = found["metricFilters"][0].clone();
    found["creationTime"] = 0.into();
    assert_eq!(
        found,
        json!({
            "filterName": "b", "filterPattern": "{$.message = \"test\"}", "logGroupName": GROUP, "creationTime": 0,
            "applyOnTransformedLogs": false,
            "metricTransformations": [{"metricName": "b", "metricNamespace": "Shops", "metricValue": "1", "defaultValue": 0.0}],
        })
    );
    let long = "X".repeat(513);
    let input = |more: Value| {
        let mut input = json!({"logGroupName": GROUP, "filterName": "f", "filterPattern": "p", "metricTransformations": [
            {"metricName": "metric1", "metricNamespace": "namespace1", "metricValue": "1"}]});
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    let error = |operation: &str, input: Value| {
        let (code, message) = fails(&logs, operation, input);
        assert_eq!(code, "InvalidParameterException");
        message
    };
    let too_long = |value: &str, member: &str, most: usize| {
        format!(
            "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must have length less than or equal to {most}"
        )
    };
    assert_eq!(
        error("PutMetricFilter", input(json!({"filterName": long}))),
        too_long(&long, "filterName", 512)
    );
    let pattern = "X".repeat(1025);
    assert_eq!(
        error("PutMetricFilter", input(json!({"filterPattern": pattern}))),
        too_long(&pattern, "filterPattern", 1024)
    );
    let two = json!([
        {"metricName": "metric1", "metricNamespace": "namespace1", "metricValue": "1"},
        {"metricName": "metric2", "metricNamespace": "namespace2", "metricValue": "1"},
    ]);
    assert_eq!(
        error(
            "PutMetricFilter",
            input(json!({"metricTransformations": two}))
        ),
        "1 validation error detected: Value '[MetricTransformation(metricName=metric1, metricNamespace=namespace1, metricValue=1, defaultValue=null, unit=null, dimensions=null), MetricTransformation(metricName=metric2, metricNamespace=namespace2, metricValue=1, defaultValue=null, unit=null, dimensions=null)]' at 'metricTransformations' failed to satisfy constraint: Member must have length less than or equal to 1"
    );
    let both = json!([{"metricName": "m", "metricNamespace": "n", "metricValue": "1", "defaultValue": 0, "dimensions": {"A": "$.a"}}]);
    assert!(
        error(
            "PutMetricFilter",
            input(json!({"metricTransformations": both}))
        )
        .contains("mutually exclusive")
    );
    assert_eq!(
        error(
            "DeleteMetricFilter",
            json!({"logGroupName": GROUP, "filterName": long})
        ),
        too_long(&long, "filterName", 512)
    );
    assert_eq!(
        error(
            "DeleteMetricFilter",
            json!({"logGroupName": long, "filterName": "f"})
        ),
        "Invalid LogGroup or LogStream, both must have length less than or equal to 512."
    );
    assert_eq!(
        error("DescribeMetricFilters", json!({"filterNamePrefix": long})),
        too_long(&long, "filterNamePrefix", 512)
    );
    let name = "X".repeat(256);
    assert_eq!(
        error(
            "DescribeMetricFilters",
            json!({"metricName": name, "metricNamespace": "valid"})
        ),
        too_long(&name, "metricName", 255)
    );
    assert_eq!(
        fails(
            &logs,
            "PutMetricFilter",
            input(json!({"logGroupName": "nowhere"}))
        )
        .0,
        "ResourceNotFoundException"
    );
}

#[test]
fn a_pattern_that_is_tried_shows_the_fields_that_it_names() {
    let logs = logs();
    let tried = |pattern: &str, message: &str| {
        let found = ok(
            &logs,
            "TestMetricFilter",
            json!({"filterPattern": pattern, "logEventMessages": [message]}),
        );
        found["matches"][0]["extractedValues"].clone()
    };
    assert_eq!(
        tried("[ip, ..., status = 2*, size]", "127.0.0.1 - frank 200 340"),
        json!({"$ip": "127.0.0.1", "$status": "200", "$size": "340"})
    );
    assert_eq!(
        tried(
            r#"{ $.a = 1 && $.b[0].c = "x" }"#,
            r#"{"a": 1, "b": [{"c": "x"}], "d": 2}"#
        ),
        json!({"$.a": "1", "$.b[0].c": "x"})
    );
    assert_eq!(tried("ERROR", "ERROR 1"), json!({}));
}
