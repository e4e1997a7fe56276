//! What lines are called: CloudWatch's own labels, and the caller's with what is filled in.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html>

use super::math::Line;

/// Where and when an answer is made, which labels may name.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub account: &'a str,
    pub region: &'a str,
    /// Seconds since the epoch.
    pub now: i64,
}

/// A metric's own label: its name, and what tells it apart from the call's other metrics by statistic and by period.
pub fn of_metric(name: &str, stat: Option<&str>, period: Option<i64>) -> String {
    let mut label = name.to_owned();
    if let Some(stat) = stat {
        label = format!("{label} {stat}");
    }
    if let Some(period) = period {
        label = format!("{label} {period}");
    }
    label
}

/// Whether a label has anything to be filled in.
pub fn is_dynamic(label: &str) -> bool {
    label.contains("${")
}

/// A label with its `${…}` filled in; `own` is what the line is called without it. What CloudWatch does not know stays as it
/// is written.
pub fn filled(label: &str, own: &str, line: &Line, place: Place<'_>) -> String {
    let mut out = String::new();
    let mut rest = label;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inner, behind)) = after.split_once('}') else {
            rest = &rest[before.len()..];
            break;
        };
        match value(inner.trim(), own, line, place) {
            Some(value) => out.push_str(&value),
            None => {
                out.push_str("${");
                out.push_str(inner);
                out.push('}');
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn value(name: &str, own: &str, line: &Line, place: Place<'_>) -> Option<String> {
    if let Some(property) = name.strip_prefix("PROP(") {
        let property = property.strip_suffix(')')?.trim();
        return property_of(property.trim_matches(['\'', '"']), line, place);
    }
    if name == "LABEL" {
        return Some(own.to_owned());
    }
    if !KNOWN.contains(&name) {
        return None;
    }
    // Of no points there is nothing but their number.
    Some(live(name, line, place.now).unwrap_or_else(|| "-".to_owned()))
}

const KNOWN: [&str; 19] = [
    "AVG",
    "DATAPOINT_COUNT",
    "FIRST",
    "FIRST_LAST_RANGE",
    "FIRST_LAST_TIME_RANGE",
    "FIRST_TIME",
    "FIRST_TIME_RELATIVE",
    "LAST",
    "LAST_TIME",
    "LAST_TIME_RELATIVE",
    "MAX",
    "MAX_TIME",
    "MAX_TIME_RELATIVE",
    "MIN",
    "MIN_MAX_RANGE",
    "MIN_MAX_TIME_RANGE",
    "MIN_TIME",
    "MIN_TIME_RELATIVE",
    "SUM",
];

fn live(name: &str, line: &Line, now: i64) -> Option<String> {
    let points = &line.points;
    let count = points.len();
    if name == "DATAPOINT_COUNT" {
        return Some(count.to_string());
    }
    let sum: f64 = points.values().sum();
    let owned = |(at, value): (&i64, &f64)| (*at, *value);
    let by_value = |left: &(&i64, &f64), right: &(&i64, &f64)| left.1.total_cmp(right.1);
    let first = points.first_key_value().map(owned)?;
    let last = points.last_key_value().map(owned)?;
    let least = points.iter().min_by(by_value).map(owned)?;
    let most = points.iter().max_by(by_value).map(owned)?;
    Some(match name {
        "AVG" => number(sum / count as f64),
        "SUM" => number(sum),
        "FIRST" => number(first.1),
        "LAST" => number(last.1),
        "MIN" => number(least.1),
        "MAX" => number(most.1),
        "FIRST_LAST_RANGE" => number(last.1 - first.1),
        "MIN_MAX_RANGE" => number(most.1 - least.1),
        "FIRST_LAST_TIME_RANGE" => duration(last.0 - first.0),
        "MIN_MAX_TIME_RANGE" => duration(most.0 - least.0),
        "FIRST_TIME" => time(first.0),
        "LAST_TIME" => time(last.0),
        "MIN_TIME" => time(least.0),
        "MAX_TIME" => time(most.0),
        "FIRST_TIME_RELATIVE" => duration(now - first.0),
        "LAST_TIME_RELATIVE" => duration(now - last.0),
        "MIN_TIME_RELATIVE" => duration(now - least.0),
        "MAX_TIME_RELATIVE" => duration(now - most.0),
        _ => return None,
    })
}

fn property_of(name: &str, line: &Line, place: Place<'_>) -> Option<String> {
    match name {
        "AccountId" | "AccountLabel" => return Some(place.account.to_owned()),
        "Region" => return Some(place.region.to_owned()),
        "Period" => return Some(line.period.to_string()),
        _ => {}
    }
    let known = name.starts_with("Dim.") || ["MetricName", "Namespace", "Stat"].contains(&name);
    let origin = line.origin.as_deref();
    let found = origin.and_then(|origin| match name {
        "MetricName" => Some(origin.metric.name.as_str()),
        "Namespace" => Some(origin.metric.namespace.as_str()),
        "Stat" => Some(origin.stat.as_str()),
        _ => origin.metric.dimension(name.strip_prefix("Dim.")?),
    });
    // What a line does not have is nothing, not the text that asked for it.
    known.then(|| found.unwrap_or_default().to_owned())
}

/// A number with at most three decimals.
fn number(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    rounded.to_string()
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_second(at).map_or_else(
        |_| at.to_string(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// `1d2h3m4s` without what is nothing.
fn duration(seconds: i64) -> String {
    let seconds = seconds.abs();
    let parts = [
        (seconds / 86_400, 'd'),
        (seconds / 3600 % 24, 'h'),
        (seconds / 60 % 60, 'm'),
        (seconds % 60, 's'),
    ];
    let shown = parts.iter().filter(|(count, _)| *count > 0);
    let text: String = shown
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}
