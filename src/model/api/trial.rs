//! Trying a method without a stage: what is sent, what came back, and the service's own log of it, step by step.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html>.

use std::collections::BTreeMap;

/// What is sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrialRequest {
    /// With the values of its parameters, and its query.
    pub path_with_query: String,
    /// Each in the order in which it was given.
    pub headers: BTreeMap<String, Vec<String>>,
    /// None where it is empty.
    pub body: Option<String>,
    /// What `$stageVariables` holds.
    pub variables: BTreeMap<String, String>,
}

/// What came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrialAnswer {
    /// As the caller would get it.
    pub status: i32,
    /// As the caller would get them.
    pub headers: Vec<(String, String)>,
    /// As the caller would get it.
    pub body: String,
    /// As the service measured it.
    pub latency_ms: i64,
    /// What the service did.
    pub steps: Vec<Step>,
}

/// One line of the service's log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Step {
    /// As it stands there: `Sat Nov 28 05:00:00 UTC 2026`; empty where there is none.
    pub at: String,
    /// Before the colon: "Method request path".
    pub title: String,
    /// After it; may have several lines.
    pub detail: String,
}

/// Of a run of stars so many are shown.
const STARS: usize = 6;

impl Step {
    /// What follows the title, with what the service masks in fewer stars.
    pub fn detail_shown(&self) -> String {
        let mut stars = 0;
        let mut keep = |c: &char| {
            stars = if *c == '*' { stars + 1 } else { 0 };
            stars <= STARS
        };
        self.detail.chars().filter(|c| keep(c)).collect()
    }

    /// It says that something went wrong.
    pub fn is_failure(&self) -> bool {
        let status = self.detail.trim().parse::<u32>().unwrap_or_default();
        self.title.contains("failed") || self.title.ends_with("with status") && status >= 500
    }
}

/// The steps of a log.
pub fn steps(log: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in log.lines() {
        let Some((at, words)) = begun(line) else {
            match steps.last_mut() {
                // A body goes on over several lines.
                Some(last) if !last.at.is_empty() => {
                    last.detail.push('\n');
                    last.detail.push_str(line);
                }
                _ if line.is_empty() => {}
                _ => steps.push(Step {
                    title: line.to_owned(),
                    ..Step::default()
                }),
            }
            continue;
        };
        let (title, detail) = words.split_once(": ").unwrap_or((words, ""));
        steps.push(Step {
            at: at.to_owned(),
            title: title.trim_end_matches(':').to_owned(),
            detail: detail.to_owned(),
        });
    }
    steps
}

/// A line that begins a step: `Sat Nov 28 05:00:00 UTC 2026 : Starting execution …`.
fn begun(line: &str) -> Option<(&str, &str)> {
    let (at, words) = line.split_once(" : ")?;
    let parts: Vec<&str> = at.split(' ').filter(|part| !part.is_empty()).collect();
    let [day, _, _, time, "UTC", _] = parts.as_slice() else {
        return None;
    };
    (day.len() == 3 && time.matches(':').count() == 2).then_some((at, words))
}

/// The names of a path's parameters: `id` of `/orders/{id}`, `proxy+` of `/{proxy+}`.
pub fn parameters(path: &str) -> Vec<&str> {
    let parts = path.split('/');
    let inside = |part: &'_ str| part.strip_prefix('{').is_some() && part.ends_with('}');
    parts
        .filter(|part| inside(part))
        .map(|part| &part[1..part.len() - 1])
        .collect()
}

/// The path with values for its parameters, and its query; a parameter without a value stays as it is.
pub fn path_with_query(path: &str, values: &BTreeMap<String, String>, query: &str) -> String {
    let part = |part: &str| {
        let name = part
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let value = name.and_then(|name| Some((name, values.get(name)?)));
        match value {
            Some((name, value)) if !value.is_empty() => encoded(value, name.ends_with('+')),
            _ => part.to_owned(),
        }
    };
    let path: Vec<String> = path.split('/').map(part).collect();
    let path = path.join("/");
    match query.trim().trim_start_matches('?') {
        "" => path,
        query => format!("{path}?{query}"),
    }
}

/// Percent-encoded as a part of a path; `whole` leaves `/` as it is.
fn encoded(value: &str, whole: bool) -> String {
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        match plain || (whole && byte == b'/') {
            true => text.push(char::from(byte)),
            false => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

/// Headers as they are typed: `Name: value`, one a line.
///
/// # Errors
/// The line that is none.
pub fn headers(text: &str) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in lines(text, ':', "Name: value")? {
        headers.entry(name).or_default().push(value);
    }
    Ok(headers)
}

/// Variables as they are typed: `name=value`, one a line.
///
/// # Errors
/// The line that is none.
pub fn variables(text: &str) -> Result<BTreeMap<String, String>, String> {
    Ok(lines(text, '=', "name=value")?.into_iter().collect())
}

fn lines(text: &str, sign: char, form: &str) -> Result<Vec<(String, String)>, String> {
    let filled = text.lines().enumerate();
    let filled = filled.filter(|(_, line)| !line.trim().is_empty());
    let pair = |(at, line): (usize, &str)| match line.split_once(sign) {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(format!("Line {} is not {form}", at + 1)),
    };
    filled.map(pair).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LOG: &str = "Execution log for request 1f\nSat Nov 28 05:00:00 UTC 2026 : Starting execution for request: 1f\nSat Nov 28 05:00:00 UTC 2026 : HTTP Method: GET, Resource Path: /pets/123\nSat Nov 28 05:00:00 UTC 2026 : Method request path: {petId=123}\nSat Nov 28 05:00:00 UTC 2026 : Method response body after transformations: {\n  \"a : b\": 1\n}\nSat Nov 28 05:00:00 UTC 2026 : Successfully completed execution\nSat Nov 28 05:00:00 UTC 2026 : Method completed with status: 200\n";

    #[test]
    fn a_log_is_cut_into_steps_and_a_body_of_several_lines_is_one() {
        let steps = steps(LOG);
        let told: Vec<_> = steps
            .iter()
            .map(|step| (step.title.as_str(), step.detail.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("Execution log for request 1f", ""),
                ("Starting execution for request", "1f"),
                ("HTTP Method", "GET, Resource Path: /pets/123"),
                ("Method request path", "{petId=123}"),
                (
                    "Method response body after transformations",
                    "{\n  \"a : b\": 1\n}"
                ),
                ("Successfully completed execution", ""),
                ("Method completed with status", "200"),
            ]
        );
        assert!(steps.iter().all(|step| !step.is_failure()));
    }

    #[test]
    fn what_went_wrong_is_told_from_what_did_not() {
        let failed = "Sat Nov 28 05:00:00 UTC 2026 : Execution failed due to configuration error: Invalid endpoint address\nSat Nov 28 05:00:00 UTC 2026 : Method completed with status: 500";
        assert!(steps(failed).iter().all(Step::is_failure));
        let masked = Step {
            detail: format!("{{Authorization={}A1, X=**}}", "*".repeat(60)),
            ..Step::default()
        };
        assert_eq!(masked.detail_shown(), "{Authorization=******A1, X=**}");
    }

    #[test]
    fn a_path_has_the_values_of_its_parameters() {
        let path = "/orders/{id}/files/{key+}";
        assert_eq!(parameters(path), ["id", "key+"]);
        let values = [("id", "a b/c"), ("key+", "x/y z")];
        let values = values.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        assert_eq!(
            path_with_query(path, &values, "?q=1"),
            "/orders/a%20b%2Fc/files/x/y%20z?q=1"
        );
        assert_eq!(path_with_query("/{id}", &BTreeMap::new(), ""), "/{id}");
        assert_eq!(parameters("/"), [""; 0]);
    }

    #[test]
    fn headers_and_variables_are_read_line_by_line() {
        let read = headers("X-A: 1\n\nAccept: a\nX-A: 2: b").unwrap();
        assert_eq!(read["X-A"], ["1", "2: b"]);
        assert_eq!(headers("X\n").unwrap_err(), "Line 1 is not Name: value");
        assert_eq!(variables("a=b=c").unwrap()["a"], "b=c");
        assert!(variables("\n=b").unwrap_err().contains("Line 2"));
    }
}
