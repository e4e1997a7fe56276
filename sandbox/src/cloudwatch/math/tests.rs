//! Expressions over three small lines: each row is an expression and what it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

struct Small;

fn line(label: &str, points: &[(i64, f64)]) -> Line {
    Line {
        label: label.into(),
        origin: None,
        period: 60,
        points: points.iter().copied().collect(),
    }
}

impl Scope for Small {
    fn named(&self, id: &str) -> Result<Outcome, String> {
        let found = self.metrics("").into_iter().find(|line| line.label == id);
        found.map(Outcome::Line).ok_or_else(|| format!("no {id}"))
    }

    fn metrics(&self, id_contains: &str) -> Vec<Line> {
        let all = [
            line("m1", &[(0, 1.0), (60, 2.0), (180, 4.0)]),
            line("m2", &[(0, 10.0), (60, 0.0), (120, 30.0)]),
            line("errors", &[(120, 5.0)]),
            line("none", &[]),
        ];
        all.into_iter()
            .filter(|line| line.label.contains(id_contains))
            .collect()
    }

    fn search(&self, search: &str, stat: &str, period: i64) -> Result<Vec<Line>, String> {
        Ok(vec![line(
            &format!("{search}|{stat}|{period}"),
            &[(0, 1.0)],
        )])
    }

    fn range(&self) -> Range {
        Range { start: 0, end: 240 }
    }

    fn period(&self) -> i64 {
        60
    }
}

fn value(text: &str) -> Result<Outcome, String> {
    evaluate(&parse(text)?, &Small)
}

/// A line as `0:1 60:2`.
fn points(text: &str) -> String {
    match value(text).unwrap_or_else(|error| panic!("{text}: {error}")) {
        Outcome::Line(line) => show(&line),
        other => panic!("{text}: {other:?}"),
    }
}

fn show(line: &Line) -> String {
    let points = line
        .points
        .iter()
        .map(|(at, value)| format!("{at}:{value}"));
    points.collect::<Vec<_>>().join(" ")
}

fn number(text: &str) -> f64 {
    match value(text).unwrap_or_else(|error| panic!("{text}: {error}")) {
        Outcome::Scalar(number) => number,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn numbers_follow_the_rules_of_arithmetic() {
    for (text, expected) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 2 - 3", 5.0),
        ("8 / 2 / 2", 2.0),
        ("-2 + 5", 3.0),
        ("2 ^ 3 * 2", 16.0),
        ("1e3 + .5 + 2.5E-1", 1000.75),
        ("2*-3", -6.0),
        ("1 < 2", 1.0),
        ("1 >= 2 || 3 == 3", 1.0),
        ("1 AND 0 OR 1", 1.0),
        ("1 + 1 > 1 && 2 != 2", 0.0),
        ("ABS(-3)", 3.0),
        ("CEIL(1.2) + FLOOR(1.8)", 3.0),
        ("LOG10(1000)", 3.0),
    ] {
        assert!(
            (number(text) - expected).abs() < 1e-9,
            "{text} = {}",
            number(text)
        );
    }
}

#[test]
fn lines_meet_where_both_have_a_point() {
    for (text, expected) in [
        ("m1 + m2", "0:11 60:2"),
        ("m1 * 2", "0:2 60:4 180:8"),
        ("10 - m1", "0:9 60:8 180:6"),
        ("-m1", "0:-1 60:-2 180:-4"),
        ("m1 / m2", "0:0.1"),
        ("m1 > 1", "0:0 60:1 180:1"),
        ("m1 > 1 && m2 == 0", "0:0 60:1"),
        ("100 * m1 / (m1 + m2)", "0:9.090909090909092 60:100"),
        ("m1 + none", ""),
    ] {
        assert_eq!(points(text), expected, "{text}");
    }
}

#[test]
fn reducing_one_line_gives_a_number_and_many_a_line() {
    assert_eq!(number("SUM(m1)"), 7.0);
    assert_eq!(number("AVG(m2)"), 40.0 / 3.0);
    assert_eq!(number("MIN(m1)"), 1.0);
    assert_eq!(number("MAX(m1) - MIN(m1)"), 3.0);
    assert_eq!(
        number("STDDEV([m1])".replace("[m1]", "errors").as_str()),
        0.0
    );
    assert_eq!(points("SUM([m1, m2])"), "0:11 60:2 120:30 180:4");
    assert_eq!(points("SUM(METRICS())"), "0:11 60:2 120:35 180:4");
    assert_eq!(points("AVG([m1,m2])"), "0:5.5 60:1 120:30 180:4");
    assert_eq!(points("MAX(METRICS(\"m\"))"), "0:10 60:2 120:30 180:4");
    assert_eq!(points("MIN([m1, m2]) + 0"), "0:1 60:0 120:30 180:4");
    assert_eq!(points("m1 / SUM(m1) * 7"), "0:1 60:2 180:4");
    assert_eq!(number("METRIC_COUNT(METRICS())"), 4.0);
    assert_eq!(number("METRIC_COUNT(REMOVE_EMPTY(METRICS()))"), 3.0);
    assert_eq!(number("DATAPOINT_COUNT(m1)"), 3.0);
}

#[test]
fn holes_are_filled_with_a_number_a_line_the_last_value_or_a_slope() {
    for (text, expected) in [
        ("FILL(m1, 0)", "0:1 60:2 120:0 180:4"),
        ("FILL(m1, m2)", "0:1 60:2 120:30 180:4"),
        ("FILL(m1, REPEAT)", "0:1 60:2 120:2 180:4"),
        ("FILL(m1, LINEAR)", "0:1 60:2 120:3 180:4"),
        ("FILL(errors, REPEAT)", "120:5 180:5"),
        ("FILL(errors, LINEAR)", "120:5"),
        ("FILL(none, 0)", "0:0 60:0 120:0 180:0"),
        ("FILL(none, REPEAT)", ""),
        ("SUM(FILL([m1, m2], 0))", "0:11 60:2 120:30 180:4"),
        ("m1 + FILL(errors, 0)", "0:1 60:2 180:4"),
        ("TIME_SERIES(3)", "0:3 60:3 120:3 180:3"),
    ] {
        assert_eq!(points(text), expected, "{text}");
    }
}

#[test]
fn changes_over_time_have_no_first_point() {
    for (text, expected) in [
        ("DIFF(m2)", "60:-10 120:30"),
        ("RATE(m2) * 60", "60:-10 120:30"),
        ("RATE(m1)*120", "60:2 180:2"),
        ("DIFF_TIME(m1)", "60:60 180:120"),
        ("RUNNING_SUM(m1)", "0:1 60:3 180:7"),
        ("m1 / PERIOD(m1) * 60", "0:1 60:2 180:4"),
        ("ABS(DIFF(m2))", "60:10 120:30"),
    ] {
        assert_eq!(points(text), expected, "{text}");
    }
}

#[test]
fn if_chooses_by_time() {
    for (text, expected) in [
        ("IF(m1 > 1, m1, 0)", "0:0 60:2 180:4"),
        ("IF(m1 > 1, m1)", "60:2 180:4"),
        ("IF(m1 > 1, m2, m1)", "0:1 60:0"),
        ("IF(m2, 1, -1)", "0:1 60:-1 120:1"),
        ("IF(1, m1, m2)", "0:1 60:2 180:4"),
        ("IF(0, m1, m2)", "0:10 60:0 120:30"),
        ("IF(SUM(m1) > 5, m1, m2)", "0:1 60:2 180:4"),
    ] {
        assert_eq!(points(text), expected, "{text}");
    }
}

#[test]
fn a_list_meets_each_of_its_lines() {
    let Outcome::Lines(lines) = value("[m1, m2] * 2 + errors").unwrap() else {
        panic!("lines were expected")
    };
    assert_eq!(lines.iter().map(show).collect::<Vec<_>>(), ["", "120:65"]);
    assert_eq!(points("FIRST(METRICS())"), points("m1"));
    assert_eq!(points("LAST([m1, m2])"), points("m2"));
    let Outcome::Lines(found) = value("SEARCH('{A,B} x', 'Sum', 300)").unwrap() else {
        panic!("lines were expected")
    };
    assert_eq!(found[0].label, "{A,B} x|Sum|300");
}

#[test]
fn what_cannot_be_read_or_done_is_said() {
    let deep = "(".repeat(2_000);
    let bad = [
        "",
        "1 +",
        "m1 m2",
        "(m1",
        "[m1",
        "SUM(m1",
        "'x",
        "m9",
        "NOPE(m1)",
        "SUM()",
        "SUM(m1, m2)",
        "'a' + 1",
        "[m1] + [m2]",
        "[1]",
        "FILL(m1)",
        "FILL(1, 0)",
        "RATE(1)",
        "IF(m1)",
        "PERIOD([m1])",
        "METRICS(1)",
        "1..2",
        "IF(0, m1)",
        "SEARCH(1)",
        "m1 $ 2",
        "FIRST([])",
        "TIME_SERIES(m1)",
        deep.as_str(),
    ];
    for text in bad {
        assert!(value(text).is_err(), "{text}");
    }
}
