//! Metrics Insights, SORT and SLICE, and the functions of the clock.

use super::*;

/// Invocations of four functions: a 1, b 5 and 6, c 3, one of d's version.
fn functions() -> Metrics {
    let metrics = Metrics::new(Clock::system());
    let put = |name: &str, dims: &[(&str, &str)], at: i64, value: f64| {
        metrics.put(
            "AWS/Lambda",
            name,
            dims,
            "Count",
            value,
            (base() + at) * 1000,
        );
    };
    put("Invocations", &[("FunctionName", "a")], 0, 1.0);
    put("Invocations", &[("FunctionName", "b")], 0, 5.0);
    put("Invocations", &[("FunctionName", "b")], 310, 6.0);
    put("Invocations", &[("FunctionName", "c")], 0, 3.0);
    put(
        "Invocations",
        &[("FunctionName", "d"), ("Resource", "d:1")],
        0,
        1.0,
    );
    put("Invocations", &[], 0, 100.0);
    put("Errors", &[("FunctionName", "a")], 0, 1.0);
    metrics
}

/// `label 0:1 300:2` of each line.
fn lines(metrics: &Metrics, expression: &str) -> Vec<String> {
    let queries = json!([{"Id": "e1", "Expression": expression, "Period": 300}]);
    let answer = ok(metrics, "GetMetricData", data(queries, 0, 600));
    let results = answer["MetricDataResults"].as_array().unwrap().iter();
    results
        .map(|result| format!("{} {}", result["Label"].as_str().unwrap(), points(result)))
        .collect()
}

#[test]
fn a_select_answers_the_groups_that_it_asks_for() {
    let metrics = functions();
    let schema = r#"SCHEMA("AWS/Lambda", FunctionName)"#;
    for (query, expected) in [
        (
            format!("SELECT SUM(Invocations) FROM {schema} GROUP BY FunctionName ORDER BY SUM() DESC LIMIT 1"),
            vec!["b 0:5 300:6"],
        ),
        (
            format!("select sum(Invocations) from {schema} group by FunctionName order by max() asc limit 2"),
            vec!["a 0:1", "c 0:3"],
        ),
        (
            format!("SELECT MAX(Invocations) FROM {schema} GROUP BY FunctionName ORDER BY COUNT() DESC"),
            vec!["b 0:5 300:6", "a 0:1", "c 0:3"],
        ),
        (
            format!("SELECT AVG(Invocations) FROM {schema} WHERE FunctionName != 'c'"),
            vec!["e1 0:3 300:6"],
        ),
        (
            format!("SELECT COUNT(Invocations) FROM {schema} WHERE FunctionName = 'b'"),
            vec!["e1 0:1 300:1"],
        ),
        (
            r#"SELECT SUM(Invocations) FROM SCHEMA("AWS/Lambda")"#.to_owned(),
            vec!["e1 0:100"],
        ),
        (
            r#"SELECT MIN(Invocations) FROM "AWS/Lambda" WHERE FunctionName = 'd' AND Resource = 'd:1' GROUP BY FunctionName, "Resource""#.to_owned(),
            vec!["d d:1 0:1"],
        ),
        (
            r#"SELECT SUM(Invocations) FROM "AWS/Lambda" WHERE AWS.AccountId = '000000000000'"#.to_owned(),
            vec!["e1 0:110 300:6"],
        ),
        (
            r#"SELECT SUM(Invocations) FROM "AWS/Lambda" WHERE FunctionName = 'nobody' GROUP BY FunctionName"#.to_owned(),
            vec![],
        ),
    ] {
        assert_eq!(lines(&metrics, &query), expected, "{query}");
    }
}

#[test]
fn a_select_that_cannot_be_read_is_refused() {
    let metrics = functions();
    for query in [
        "SELECT Invocations FROM X",
        "SELECT MEDIAN(Invocations) FROM X",
        "SELECT SUM(Invocations)",
        "SELECT SUM(Invocations) FROM X WHERE a",
        "SELECT SUM(Invocations) FROM X WHERE a = b",
        "SELECT SUM(Invocations) FROM X WHERE a = 'b",
        "SELECT SUM(Invocations) FROM X GROUP a",
        "SELECT SUM(Invocations) FROM X ORDER BY a",
        "SELECT SUM(Invocations) FROM X LIMIT none",
        "SELECT SUM(Invocations) FROM X LIMIT 1 2",
        "SELECT SUM(Invocations) FROM AWS/Lambda",
    ] {
        let queries = json!([{"Id": "e1", "Expression": query, "Period": 300}]);
        let (code, message) = fails(&metrics, "GetMetricData", data(queries, 0, 600));
        assert_eq!(code, "ValidationError", "{query}: {message}");
        assert!(
            message.starts_with("Error in expression 'e1': "),
            "{message}"
        );
    }
}

#[test]
fn an_array_is_sorted_and_sliced() {
    let metrics = functions();
    let search = r#"SEARCH('{AWS/Lambda,FunctionName} MetricName="Invocations"', 'Sum', 300)"#;
    for (expression, expected) in [
        (format!("SORT({search}, SUM, DESC, 1)"), vec!["b"]),
        (format!("SORT({search}, AVG, ASC)"), vec!["a", "c", "b"]),
        (format!("SORT({search}, MAX, DESC, 2)"), vec!["b", "c"]),
        (
            format!("SLICE(SORT({search}, SUM, DESC), 1)"),
            vec!["c", "a"],
        ),
        (format!("SLICE({search}, 0, 2)"), vec!["a", "b"]),
        (format!("SLICE({search}, 1, 2)"), vec!["b"]),
        (format!("SLICE({search}, 9)"), vec![]),
    ] {
        let found = lines(&metrics, &expression);
        let names: Vec<_> = found
            .iter()
            .map(|line| line.split(' ').next().unwrap())
            .collect();
        assert_eq!(names, expected, "{expression}");
    }
    for expression in [
        format!("SORT({search}, SUM)"),
        format!("SORT({search}, MEDIAN, DESC)"),
        format!("SORT({search}, SUM, DOWN)"),
        "SORT(1, SUM, DESC)".to_owned(),
        "SLICE(1, 0)".to_owned(),
        format!("SLICE({search}, SUM)"),
    ] {
        let queries = json!([{"Id": "e1", "Expression": expression}]);
        let (code, _) = fails(&metrics, "GetMetricData", data(queries, 0, 600));
        assert_eq!(code, "ValidationError", "{expression}");
    }
}

#[test]
fn the_functions_of_the_clock_show_the_points_times_in_utc() {
    use crate::cloudwatch::math::{Line, Outcome, Scope, evaluate, parse};
    struct At;
    impl Scope for At {
        fn named(&self, _: &str) -> Result<Outcome, String> {
            // Friday, 2026-11-27 21:35:00, and Sunday, 2026-11-29 00:00:00.
            Ok(Outcome::Line(Line {
                label: String::new(),
                origin: None,
                period: 60,
                points: [(1_795_815_300, 7.0), (1_795_910_400, 7.0)].into(),
            }))
        }
        fn metrics(&self, _: &str) -> Vec<Line> {
            Vec::new()
        }
        fn search(&self, _: &str, _: &str, _: i64) -> Result<Vec<Line>, String> {
            Ok(Vec::new())
        }
        fn range(&self) -> store::Range {
            store::Range { start: 0, end: 60 }
        }
        fn period(&self) -> i64 {
            60
        }
    }
    for (name, expected) in [
        ("MINUTE", [35.0, 0.0]),
        ("HOUR", [21.0, 0.0]),
        ("DAY", [5.0, 7.0]),
        ("DATE", [27.0, 29.0]),
        ("MONTH", [11.0, 11.0]),
        ("YEAR", [2026.0, 2026.0]),
        ("EPOCH", [1_795_815_300.0, 1_795_910_400.0]),
    ] {
        let found = evaluate(&parse(&format!("{name}(m1)")).unwrap(), &At).unwrap();
        let Outcome::Line(line) = found else {
            panic!("{name} is no line")
        };
        assert!(
            line.points.values().copied().eq(expected),
            "{name} {line:?}"
        );
    }
}
