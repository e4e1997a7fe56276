//! The table of `cases.jsonl`. Each line is a case: `n` its group, `m` the dialect (`v` Velocity's, `a` the gateway's),
//! `t` the template, `b` the body, `o` the output (`ERROR` for none), and `r` whether the output was compared with
//! Apache Velocity 1.7 (`y`) or comes from API Gateway's records and documentation (`n`).

use super::super::{Dialect, Template};
use super::scope;

const CASES: &str = include_str!("cases.jsonl");

fn run(case: &serde_json::Value) -> Result<String, String> {
    let text = |name: &str| case[name].as_str().unwrap_or_default();
    let dialect = if text("m") == "v" {
        Dialect::Velocity
    } else {
        Dialect::Gateway
    };
    let template = Template::parse_as(text("t"), dialect).map_err(|error| error.to_string())?;
    template
        .render(&mut scope(text("b")))
        .map_err(|error| error.to_string())
}

#[test]
fn every_case_prints_what_velocity_prints() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in CASES.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let wanted = case["o"].as_str().unwrap();
        let result = run(&case);
        count += 1;
        let same = match &result {
            Ok(output) => output == wanted,
            Err(_) => wanted == "ERROR",
        };
        if !same {
            wrong.push(format!(
                "{} {}\n   got    {result:?}\n   wanted {wanted:?}",
                case["n"], case["t"]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
