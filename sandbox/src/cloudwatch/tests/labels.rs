//! What lines are called: as AWS answered it to the same calls, and as its page on dynamic labels says.

use super::*;

fn labels(metrics: &Metrics, queries: Value) -> Vec<String> {
    let answer = ok(metrics, "GetMetricData", data(queries, 0, 600));
    let results = answer["MetricDataResults"].as_array().unwrap().iter();
    results
        .map(|result| result["Label"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_label_names_the_statistic_and_the_period_where_those_of_a_call_differ() {
    let metrics = metrics_with(&[(0, 1.0)]);
    for (pairs, expected) in [
        (vec![(60, "Sum")], vec!["Duration"]),
        (
            vec![(60, "Sum"), (60, "Minimum")],
            vec!["Duration Sum", "Duration Minimum"],
        ),
        (
            vec![(60, "Sum"), (30, "Sum")],
            vec!["Duration 60", "Duration 30"],
        ),
        (
            vec![(60, "Sum"), (30, "Minimum")],
            vec!["Duration Sum 60", "Duration Minimum 30"],
        ),
        (vec![(60, "Sum"), (60, "Sum")], vec!["Duration", "Duration"]),
    ] {
        let queries = pairs.iter().enumerate();
        let queries = queries.map(|(at, (period, stat))| query(&format!("m{at}"), *period, stat));
        let queries = Value::from(queries.collect::<Vec<_>>());
        assert_eq!(labels(&metrics, queries), expected, "{pairs:?}");
    }
}

#[test]
fn a_label_of_the_callers_own_is_filled_in() {
    let metrics = metrics_with(&[(0, 4.0), (60, 2.0), (180, 9.0)]);
    let labelled = |label: &str| {
        let mut query = query("m1", 60, "Sum");
        query["Label"] = label.into();
        labels(&metrics, json!([query])).remove(0)
    };
    for (label, expected) in [
        ("plain", "plain"),
        ("${LABEL} [max ${MAX}]", "Duration [max 9]"),
        ("${MIN} ${AVG} ${SUM} ${DATAPOINT_COUNT}", "2 5 15 3"),
        ("${FIRST}-${LAST}, ${FIRST_LAST_RANGE}", "4-9, 5"),
        ("${MIN_MAX_RANGE} in ${MIN_MAX_TIME_RANGE}", "7 in 2m"),
        ("${FIRST_LAST_TIME_RANGE}", "3m"),
        (
            "${PROP('Namespace')}/${PROP('MetricName')} ${PROP('Stat')} ${PROP('Period')}",
            "AWS/Lambda/Duration Sum 60",
        ),
        (
            "${PROP('Dim.FunctionName')} ${PROP('Region')} ${PROP('AccountId')}",
            "f us-east-1 000000000000",
        ),
        ("${PROP('Dim.Nothing')}|${PROP(\"Dim.FunctionName\")}", "|f"),
        ("${NOTHING} ${", "${NOTHING} ${"),
    ] {
        assert_eq!(labelled(label), expected, "{label}");
    }
    let empty = json!([{"Id": "m1", "MetricStat": metric(60, "Sum"), "Label": "${MAX} ${DATAPOINT_COUNT}"}]);
    assert_eq!(labels(&Metrics::new(Clock::system()), empty), ["- 0"]);
}

#[test]
fn what_a_search_finds_is_labelled_each_by_its_own_properties() {
    let metrics = Metrics::new(Clock::system());
    for shop in ["north", "south"] {
        let at = base() * 1000;
        metrics.put("Shops", "Sold", &[("Shop", shop)], "Count", 3.0, at);
    }
    let search = "SEARCH('{Shops,Shop} MetricName=\"Sold\"', 'Sum', 60)";
    let found = |label: &str| {
        labels(
            &metrics,
            json!([{"Id": "e1", "Expression": search, "Label": label}]),
        )
    };
    assert_eq!(
        found("shop=${PROP('Dim.Shop')} ${PROP('Stat')}"),
        ["shop=north Sum", "shop=south Sum"]
    );
    assert_eq!(
        found("${LABEL}: ${SUM}"),
        ["north Sold: 3", "south Sold: 3"]
    );
    assert_eq!(found("shop"), ["shop north Sold", "shop south Sold"]);
    let rate = json!([{"Id": "e1", "Expression": format!("RUNNING_SUM({search})"), "Label": "${PROP('Dim.Shop')}"}]);
    assert_eq!(labels(&metrics, rate), ["north", "south"]);
}
