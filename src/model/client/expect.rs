//! What an answer should be: lines that say it, and whether it is so.
//!
//! `status is 200`, `status is 2xx`, `time under 500 ms`, `header content-type contains json`, `body contains paid`,
//! `json $.lines[0].sku is "tea-01"`, `json $.etag exists`.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::answer::Answer;

/// One thing that an answer should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// The status is this one, or of this class: `2xx`.
    Status(String),
    /// The whole took less, ms.
    Time(u64),
    /// A header.
    Header(String, Check),
    /// The body as text.
    Body(Check),
    /// What stands in the JSON body at a path.
    Json(String, Check),
}

/// What a text should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// Exactly this.
    Is(String),
    /// This is in it.
    Contains(String),
    /// It is there.
    Exists,
}

/// Whether it is so, and what there was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// It is so.
    pub holds: bool,
    /// What there was, in short.
    pub was: String,
}

/// How much of what there was is told, in characters.
const SHORT: usize = 60;

impl Expectation {
    /// Looks at an answer.
    pub fn check(&self, answer: &Answer) -> Outcome {
        match self {
            Self::Status(wanted) => {
                let was = answer.status.to_string();
                let class = wanted.strip_suffix("xx").filter(|class| class.len() == 1);
                let holds = match class {
                    Some(class) => was.starts_with(class),
                    None => was == *wanted,
                };
                Outcome { holds, was }
            }
            Self::Time(most) => {
                let took = answer.timings.whole_ms();
                Outcome {
                    holds: took < *most as f64,
                    was: format!("{took:.0} ms"),
                }
            }
            Self::Header(name, check) => {
                let values = answer.headers.iter();
                let values = values.filter(|(known, _)| known.eq_ignore_ascii_case(name));
                let values: Vec<&str> = values.map(|(_, value)| value.as_str()).collect();
                check.of((!values.is_empty()).then(|| values.join(", ")).as_deref())
            }
            Self::Body(check) => check.of(Some(&answer.text())),
            Self::Json(path, check) => {
                let value = match serde_json::from_slice::<Value>(&answer.body) {
                    Ok(value) => value,
                    Err(_) => {
                        return Outcome {
                            holds: false,
                            was: "the body is no JSON".into(),
                        };
                    }
                };
                check.of_value(at(&value, path))
            }
        }
    }
}

impl Check {
    fn of(&self, text: Option<&str>) -> Outcome {
        let Some(text) = text else {
            return Outcome {
                holds: false,
                was: "not there".into(),
            };
        };
        let holds = match self {
            Self::Is(wanted) => text == wanted,
            Self::Contains(wanted) => text.contains(wanted.as_str()),
            Self::Exists => true,
        };
        Outcome {
            holds,
            was: short(text),
        }
    }

    /// A text in JSON is itself; everything else is compared as JSON, so that `12.0` is not `12` and order in objects is none.
    fn of_value(&self, value: Option<&Value>) -> Outcome {
        let Some(value) = value else {
            return self.of(None);
        };
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let holds = match self {
            Self::Is(wanted) => match serde_json::from_str::<Value>(wanted) {
                Ok(wanted) => wanted == *value,
                Err(_) => text == *wanted,
            },
            Self::Contains(wanted) => match value {
                Value::Array(items) => items
                    .iter()
                    .any(|item| Self::Is(wanted.clone()).of_value(Some(item)).holds),
                _ => text.contains(wanted.as_str()),
            },
            Self::Exists => true,
        };
        Outcome {
            holds,
            was: short(&text),
        }
    }
}

fn short(text: &str) -> String {
    let line: String = text
        .chars()
        .take(SHORT + 1)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    match line.chars().count() > SHORT {
        true => format!("{}…", line.chars().take(SHORT).collect::<String>()),
        false => line,
    }
}

/// The steps of a path: `$.lines[0].sku`, `lines[0]`, `$['a.b']`.
fn steps(path: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("{path} is no path; one is $.lines[0].sku");
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, behind) = match inside.strip_prefix(['\'', '"']) {
                Some(quoted) => {
                    let sign = inside.chars().next().unwrap_or_default();
                    let (step, behind) = quoted.split_once(sign).ok_or_else(wrong)?;
                    (step, behind.strip_prefix(']').ok_or_else(wrong)?)
                }
                None => {
                    let (step, behind) = inside.split_once(']').ok_or_else(wrong)?;
                    step.parse::<usize>().map_err(|_| wrong())?;
                    (step, behind)
                }
            };
            steps.push(step.to_owned());
            rest = behind;
            continue;
        }
        let name = match rest.strip_prefix('.') {
            Some(name) => name,
            None if steps.is_empty() => rest,
            None => return Err(wrong()),
        };
        let end = name.find(['.', '[']).unwrap_or(name.len());
        if end == 0 {
            return Err(wrong());
        }
        steps.push(name[..end].to_owned());
        rest = &name[end..];
    }
    Ok(steps)
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    let steps = steps(path).ok()?;
    steps.iter().try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        Value::Object(map) => map.get(step),
        _ => None,
    })
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status is {status}"),
            Self::Time(ms) => write!(f, "time under {ms} ms"),
            Self::Header(name, check) => write!(f, "header {name} {check}"),
            Self::Body(check) => write!(f, "body {check}"),
            Self::Json(path, check) => write!(f, "json {path} {check}"),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(text) => write!(f, "is {text}"),
            Self::Contains(text) => write!(f, "contains {text}"),
            Self::Exists => f.write_str("exists"),
        }
    }
}

impl FromStr for Check {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match (word, rest.trim()) {
            ("exists", "") => Ok(Self::Exists),
            ("is" | "contains", "") => Err(format!("{word} what?")),
            ("is", rest) => Ok(Self::Is(rest.to_owned())),
            ("contains", rest) => Ok(Self::Contains(rest.to_owned())),
            _ => Err("It goes on with is, contains or exists".into()),
        }
    }
}

impl FromStr for Expectation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let rest = rest.trim();
        let named = || -> Result<(String, Check), String> {
            let (name, check) = rest
                .split_once(' ')
                .ok_or_else(|| format!("{word}: which, and what of it?"))?;
            Ok((name.to_owned(), check.trim().parse()?))
        };
        match word {
            "status" => {
                let status = rest.strip_prefix("is ").unwrap_or(rest).trim();
                let digits =
                    status.len() == 3 && status.starts_with(|c: char| ('1'..='5').contains(&c));
                let tail = status.get(1..).unwrap_or_default();
                match digits && (tail == "xx" || tail.bytes().all(|of| of.is_ascii_digit())) {
                    true => Ok(Self::Status(status.to_owned())),
                    false => Err("A status is 200 or 2xx".into()),
                }
            }
            "time" => {
                let ms = rest.strip_prefix("under ").unwrap_or(rest);
                let ms = ms.trim().trim_end_matches("ms").trim();
                ms.parse()
                    .map(Self::Time)
                    .map_err(|_| "A time is under 500 ms".to_owned())
            }
            "header" => named().map(|(name, check)| Self::Header(name, check)),
            "body" => rest.parse().map(Self::Body),
            "json" => {
                let (path, check) = named()?;
                steps(&path)?;
                Ok(Self::Json(path, check))
            }
            "" => Err("Nothing is expected here".into()),
            _ => Err("An expectation begins with status, time, header, body or json".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::client::answer::Timings;

    fn answer() -> Answer {
        Answer {
            status: 201,
            headers: vec![("Content-Type".into(), "application/json".into()), ("Vary".into(), "a".into()), ("vary".into(), "b".into())],
            body: r#"{"status": "paid", "total": 12800, "ok": true, "none": null, "lines": [{"sku": "tea-01"}], "a.b": 1, "tags": ["x", 2]}"#.as_bytes().into(),
            timings: Timings { wait: Some(180.0), ..Timings::default() },
            ..Answer::default()
        }
    }

    #[test]
    fn what_an_answer_should_be_is_looked_at() {
        for (line, holds, was) in [
            ("status is 201", true, "201"),
            ("status is 2xx", true, "201"),
            ("status is 200", false, "201"),
            ("time under 500 ms", true, "180 ms"),
            ("time under 100 ms", false, "180 ms"),
            (
                "header content-type contains json",
                true,
                "application/json",
            ),
            ("header content-type is json", false, "application/json"),
            ("header vary is a, b", true, "a, b"),
            ("header x exists", false, "not there"),
            (
                "body contains paid",
                true,
                r#"{"status": "paid", "total": 12800, "ok": true, "none": null,…"#,
            ),
            ("json $.status is paid", true, "paid"),
            ("json $.status is \"paid\"", true, "paid"),
            ("json total is 12800", true, "12800"),
            ("json $.total is \"12800\"", false, "12800"),
            ("json $.ok is true", true, "true"),
            ("json $.none exists", true, "null"),
            ("json $.gone exists", false, "not there"),
            ("json $.lines[0].sku contains tea", true, "tea-01"),
            ("json $.lines[1] exists", false, "not there"),
            ("json $['a.b'] is 1", true, "1"),
            ("json $.tags contains x", true, r#"["x",2]"#),
            ("json $.tags contains 2", true, r#"["x",2]"#),
        ] {
            let expectation: Expectation = line.parse().unwrap();
            assert_eq!(expectation.to_string(), line);
            let outcome = expectation.check(&answer());
            assert_eq!(
                (outcome.holds, outcome.was.as_str()),
                (holds, was),
                "{line}"
            );
        }
    }

    #[test]
    fn a_body_that_is_no_json_is_told() {
        let other = Answer {
            body: b"<html>"[..].into(),
            ..Answer::default()
        };
        let outcome = "json $.a is 1"
            .parse::<Expectation>()
            .unwrap()
            .check(&other);
        assert_eq!(outcome.was, "the body is no JSON");
    }

    #[test]
    fn a_line_that_is_none_says_what_lacks() {
        for (line, why) in [
            ("status is fine", "200 or 2xx"),
            ("status", "200 or 2xx"),
            ("time under soon", "under 500 ms"),
            ("header content-type", "which"),
            ("json $.a[x] is 1", "is no path"),
            ("json $..a is 1", "is no path"),
            ("body is", "is what?"),
            ("body has x", "is, contains or exists"),
            ("colour is red", "begins with"),
        ] {
            let said = line.parse::<Expectation>().unwrap_err();
            assert!(said.contains(why), "{line}: {said}");
        }
    }
}
