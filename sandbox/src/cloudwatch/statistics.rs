//! GetMetricStatistics.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html>

use serde_json::{Map, Value, json};

use super::Metrics;
use super::distribution::Distribution;
use super::input::{self, combination, invalid};
use super::stat::Stat;
use crate::error::AwsError;

/// Most datapoints of one call.
const MAX_DATAPOINTS: i64 = 1440;

pub fn get(metrics: &Metrics, input: &Value) -> Result<Value, AwsError> {
    let id = input::metric(input, "")?;
    let period = input::period(input, "Period")?;
    let range = input::range(input, period)?;
    let unit = input::unit(input, "Unit")?;
    let (simple, extended) = statistics(input)?;
    // Counted over the time as it was asked for: that the start is rounded down to the minute makes none more.
    let time = |name| input.get(name).and_then(Value::as_f64).unwrap_or_default();
    let datapoints = ((time("EndTime") - time("StartTime")) / period as f64) as i64;
    if datapoints > MAX_DATAPOINTS {
        return Err(combination(format!(
            "You have requested up to {datapoints} datapoints, which exceeds the limit of {MAX_DATAPOINTS}. \
             You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )));
    }
    let store = metrics.store();
    let mut found = Vec::new();
    if let Some(series) = store.get(&id) {
        // Each unit has datapoints of its own here, unlike in GetMetricData.
        for known in series
            .units()
            .filter(|known| unit.is_none_or(|unit| unit == *known))
        {
            for (at, values) in series.stretches(range, period, Some(known), !extended.is_empty()) {
                found.extend(datapoint(at, &values, known, &simple, &extended));
            }
        }
    }
    Ok(json!({"Label": id.name, "Datapoints": found}))
}

type Named<'a> = Vec<(&'a str, Stat)>;

fn statistics(input: &Value) -> Result<(Named<'_>, Named<'_>), AwsError> {
    let simple = input::texts(input, "Statistics");
    let extended = input::texts(input, "ExtendedStatistics");
    if simple.is_empty() && extended.is_empty() {
        return Err(combination(
            "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
        ));
    }
    let simple = simple
        .into_iter()
        .enumerate()
        .map(|(at, name)| {
            let stat = Stat::simple(name).ok_or_else(|| {
                invalid(format!(
                    "The parameter Statistics.member.{} must be a value in the set \
                     [ Minimum, Maximum, Sum, Average, SampleCount ]",
                    at + 1
                ))
            })?;
            Ok((name, stat))
        })
        .collect::<Result<_, AwsError>>()?;
    let extended = extended
        .into_iter()
        .enumerate()
        .map(|(at, name)| {
            let stat = Stat::extended(name).ok_or_else(|| {
                invalid(format!(
                    "The value {name} for parameter ExtendedStatistics.member.{} is invalid.",
                    at + 1
                ))
            })?;
            Ok((name, stat))
        })
        .collect::<Result<_, AwsError>>()?;
    Ok((simple, extended))
}

/// One datapoint; `None` when none of its statistics can be known.
fn datapoint(
    at: i64,
    values: &Distribution,
    unit: &str,
    simple: &Named<'_>,
    extended: &Named<'_>,
) -> Option<Value> {
    let known = |(name, stat): &(&str, Stat)| {
        let value = stat.of(values)?;
        Some(((*name).to_owned(), Value::from(value)))
    };
    let mut datapoint = Map::new();
    datapoint.insert("Timestamp".to_owned(), Value::from(at as f64));
    datapoint.extend(simple.iter().filter_map(known));
    let extended: Map<_, _> = extended.iter().filter_map(known).collect();
    if !extended.is_empty() {
        datapoint.insert("ExtendedStatistics".to_owned(), Value::Object(extended));
    }
    let measured = datapoint.len() > 1;
    datapoint.insert("Unit".to_owned(), Value::from(unit));
    measured.then_some(Value::Object(datapoint))
}
