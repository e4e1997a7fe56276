//! Reading an operation's input, and CloudWatch's words for what is wrong with it.

use serde_json::Value;

use super::store::{MetricId, Range, floor};
use crate::error::AwsError;

/// CloudWatch's units.
const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

/// The text of a member, unless it is empty.
pub fn text<'a>(input: &'a Value, name: &str) -> Option<&'a str> {
    input.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A member that must be there; `path` is its name in the error, as `MetricData.member.1.MetricName`.
pub fn required<'a>(input: &'a Value, name: &str, path: &str) -> Result<&'a str, AwsError> {
    text(input, name).ok_or_else(|| missing(path))
}

/// The items of a list.
pub fn items<'a>(input: &'a Value, name: &str) -> &'a [Value] {
    let items = input.get(name).and_then(Value::as_array);
    items.map(Vec::as_slice).unwrap_or_default()
}

/// The texts of a list.
pub fn texts<'a>(input: &'a Value, name: &str) -> Vec<&'a str> {
    items(input, name)
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

/// The whole number of a member.
pub fn integer(input: &Value, name: &str) -> Option<i64> {
    let value = input.get(name)?;
    value.as_i64().or_else(|| value.as_f64().map(|v| v as i64))
}

/// `MissingParameter`.
pub fn missing(path: &str) -> AwsError {
    AwsError::new(
        400,
        "MissingParameter",
        format!("The parameter {path} is required."),
    )
}

/// `InvalidParameterValue`.
pub fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidParameterValue", message)
}

/// `InvalidParameterCombination`.
pub fn combination(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidParameterCombination", message)
}

/// `ValidationError`, which GetMetricData answers for whatever is wrong.
pub fn validation(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "ValidationError", message)
}

/// A unit that CloudWatch knows, if one is given.
pub fn unit<'a>(input: &'a Value, path: &str) -> Result<Option<&'a str>, AwsError> {
    match text(input, "Unit") {
        Some(unit) if !UNITS.contains(&unit) => Err(invalid(format!(
            "The parameter {path} must be a value in the set [ {} ]",
            UNITS.join(", ")
        ))),
        unit => Ok(unit),
    }
}

/// Dimensions as name and value; at most 30, each with both.
pub fn dimensions<'a>(input: &'a Value, path: &str) -> Result<Vec<(&'a str, &'a str)>, AwsError> {
    let items = items(input, "Dimensions");
    if items.len() > 30 {
        return Err(invalid(format!(
            "The collection {path}Dimensions must not have a size greater than 30."
        )));
    }
    items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let path = format!("{path}Dimensions.member.{}", at + 1);
            let name = required(item, "Name", &format!("{path}.Name"))?;
            let value = required(item, "Value", &format!("{path}.Value"))?;
            Ok((name, value))
        })
        .collect()
}

/// `Namespace`, `MetricName` and `Dimensions` of a metric.
pub fn metric(input: &Value, path: &str) -> Result<MetricId, AwsError> {
    let namespace = required(input, "Namespace", &format!("{path}Namespace"))?;
    let name = required(input, "MetricName", &format!("{path}MetricName"))?;
    Ok(MetricId::new(namespace, name, &dimensions(input, path)?))
}

/// `StartTime` and `EndTime`, the start before the end, the start rounded down to the minute, or to the period if that
/// is shorter, as AWS does it.
pub fn range(input: &Value, period: i64) -> Result<Range, AwsError> {
    let time = |name| input.get(name).and_then(Value::as_f64);
    let start = time("StartTime").ok_or_else(|| missing("StartTime"))?;
    let end = time("EndTime").ok_or_else(|| missing("EndTime"))?;
    if start >= end {
        return Err(invalid(
            "The parameter StartTime must be less than the parameter EndTime.",
        ));
    }
    Ok(Range {
        start: floor(start.floor() as i64, period.clamp(1, 60)),
        end: end.ceil() as i64,
    })
}

/// A period in seconds: 1, 5, 10, 20, 30 or a multiple of 60.
pub fn period(input: &Value, path: &str) -> Result<i64, AwsError> {
    let period = integer(input, "Period").ok_or_else(|| missing(path))?;
    if matches!(period, 1 | 5 | 10 | 20 | 30) || (period > 0 && period % 60 == 0) {
        Ok(period)
    } else {
        Err(invalid(format!(
            "The parameter {path} must be 1, 5, 10, 20, 30, or any multiple of 60."
        )))
    }
}
