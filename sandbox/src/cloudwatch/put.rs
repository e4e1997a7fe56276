//! PutMetricData. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html>

use serde_json::Value;

use super::Metrics;
use super::distribution::Distribution;
use super::input::{self, combination, invalid, missing};
use super::store::{MetricId, floor};
use crate::error::AwsError;

/// Most metrics of one call.
const MAX_METRICS: usize = 1000;
/// Most values of one metric.
const MAX_VALUES: usize = 150;
/// How old a value may be, in milliseconds.
const MAX_AGE_MS: i64 = 14 * 24 * 60 * 60 * 1000;
/// How far ahead of time a value may be, in milliseconds.
const MAX_AHEAD_MS: i64 = 2 * 60 * 60 * 1000;

/// What one datum adds.
struct Datum<'a> {
    id: MetricId,
    unit: &'a str,
    at_ms: i64,
    values: Distribution,
}

pub fn put(metrics: &Metrics, input: &Value) -> Result<Value, AwsError> {
    let namespace = input::required(input, "Namespace", "Namespace")?;
    check_namespace(namespace)?;
    let now = metrics.clock.now_ms();
    // With an entity, the data sit one level deeper; what they measure is the same.
    let of_entities = input::items(input, "EntityMetricData").iter();
    let all: Vec<&Value> = input::items(input, "MetricData")
        .iter()
        .chain(of_entities.flat_map(|entity| input::items(entity, "MetricData")))
        .collect();
    if all.is_empty() {
        return Err(missing("MetricData"));
    }
    if all.len() > MAX_METRICS {
        return Err(invalid(format!(
            "The collection MetricData must not have a size greater than {MAX_METRICS}."
        )));
    }
    // All of a call is checked before any of it counts.
    let data = all
        .into_iter()
        .enumerate()
        .map(|(at, item)| {
            datum(
                namespace,
                item,
                &format!("MetricData.member.{}.", at + 1),
                now,
            )
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut store = metrics.store();
    for datum in data {
        metrics
            .note(&datum.id, datum.unit, datum.at_ms, &datum.values, now)
            .map_err(|error| {
                AwsError::new(
                    500,
                    "InternalServiceFault",
                    format!("A value could not be kept: {error}"),
                )
            })?;
        store.add(datum.id, datum.unit, datum.at_ms, &datum.values, now);
    }
    metrics.roll(&store);
    Ok(Value::Null)
}

fn check_namespace(namespace: &str) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ".-_/#:".contains(c) || c == ' ';
    let reserved = namespace.starts_with("AWS/");
    if reserved || namespace.len() > 255 || !namespace.chars().all(allowed) {
        return Err(invalid(format!(
            "The value {namespace} for parameter Namespace is invalid."
        )));
    }
    Ok(())
}

fn datum<'a>(
    namespace: &str,
    item: &'a Value,
    path: &str,
    now: i64,
) -> Result<Datum<'a>, AwsError> {
    let name = input::required(item, "MetricName", &format!("{path}MetricName"))?;
    let dimensions = input::dimensions(item, path)?;
    let unit = input::unit(item, &format!("{path}Unit"))?.unwrap_or("None");
    let resolution = input::integer(item, "StorageResolution").unwrap_or(60);
    if resolution != 1 && (resolution < 1 || resolution % 60 != 0) {
        return Err(invalid(format!(
            "The parameter {path}StorageResolution must be 1 or a multiple of 60."
        )));
    }
    let at_ms = timestamp(item, path, now)?;
    Ok(Datum {
        id: MetricId::new(namespace, name, &dimensions),
        unit,
        // Only what is asked to be kept to the second is; all else belongs to its minute.
        at_ms: if resolution == 1 {
            at_ms
        } else {
            floor(at_ms, 60_000)
        },
        values: values(item, path)?,
    })
}

fn timestamp(item: &Value, path: &str, now: i64) -> Result<i64, AwsError> {
    let Some(seconds) = item.get("Timestamp").and_then(Value::as_f64) else {
        return Ok(now);
    };
    let at_ms = (seconds * 1000.0) as i64;
    if at_ms < now - MAX_AGE_MS {
        return Err(invalid(format!(
            "The parameter {path}Timestamp must specify a time no more than two weeks in the past."
        )));
    }
    if at_ms > now + MAX_AHEAD_MS {
        return Err(invalid(format!(
            "The parameter {path}Timestamp must specify a time no more than two hours in the future."
        )));
    }
    Ok(at_ms)
}

/// `Value`, `Values` with `Counts`, or `StatisticValues`: one of the three. AWS's page says exactly one, but AWS takes
/// `Values` beside `StatisticValues`; the single values are what is counted.
fn values(item: &Value, path: &str) -> Result<Distribution, AwsError> {
    let given: Vec<&str> = ["Value", "Values", "StatisticValues"]
        .into_iter()
        .filter(|name| item.get(name).is_some_and(|value| !value.is_null()))
        .collect();
    match given[..] {
        ["Value"] => {
            let mut values = Distribution::default();
            values.add(number(item, "Value", path)?, 1.0);
            Ok(values)
        }
        ["Values"] | ["Values", "StatisticValues"] => counted(item, path),
        ["StatisticValues"] => set(item, path),
        [first, second, ..] => Err(combination(format!(
            "The parameters {path}{first} and {path}{second} are mutually exclusive and you have specified both."
        ))),
        _ => Err(missing(&format!("{path}Value"))),
    }
}

fn counted(item: &Value, path: &str) -> Result<Distribution, AwsError> {
    let given = input::items(item, "Values");
    let counts = input::items(item, "Counts");
    if given.len() > MAX_VALUES {
        return Err(invalid(format!(
            "The collection {path}Values must not have a size greater than {MAX_VALUES}."
        )));
    }
    if given.is_empty() {
        return Err(missing(&format!("{path}Values")));
    }
    if !counts.is_empty() && counts.len() != given.len() {
        return Err(invalid(format!(
            "The parameters {path}Values and {path}Counts must be of the same size."
        )));
    }
    let mut values = Distribution::default();
    for (at, value) in given.iter().enumerate() {
        let place = format!("{path}Values.member.{}", at + 1);
        let value = finite(value, &place)?;
        let count = match counts.get(at) {
            Some(count) => finite(count, &format!("{path}Counts.member.{}", at + 1))?,
            None => 1.0,
        };
        if count < 0.0 {
            return Err(invalid(format!(
                "The parameter {path}Counts.member.{} must be greater than or equal to 0.",
                at + 1
            )));
        }
        if count > 0.0 {
            values.add(value, count);
        }
    }
    Ok(values)
}

fn set(item: &Value, path: &str) -> Result<Distribution, AwsError> {
    let set = &item["StatisticValues"];
    let path = format!("{path}StatisticValues.");
    let member = |name: &str| number(set, name, &path);
    let (count, sum) = (member("SampleCount")?, member("Sum")?);
    let (min, max) = (member("Minimum")?, member("Maximum")?);
    if min > max {
        return Err(combination(format!(
            "The parameter {path}Maximum must be greater than or equal to {path}Minimum."
        )));
    }
    if count <= 0.0 {
        return Err(invalid(format!(
            "The parameter {path}SampleCount must be greater than 0."
        )));
    }
    Ok(Distribution::of_set(count, sum, min, max))
}

fn number(item: &Value, name: &str, path: &str) -> Result<f64, AwsError> {
    let place = format!("{path}{name}");
    match item.get(name) {
        Some(value) => finite(value, &place),
        None => Err(missing(&place)),
    }
}

/// NaN and the infinities arrive by name.
fn finite(value: &Value, place: &str) -> Result<f64, AwsError> {
    // AWS's page: values must be in the range of -2^360 to 2^360.
    let largest = 2f64.powi(360);
    value
        .as_f64()
        .filter(|number| number.abs() <= largest)
        .ok_or_else(|| {
            let given = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            invalid(format!(
                "The value {given} for parameter {place} is invalid."
            ))
        })
}
