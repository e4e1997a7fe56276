//! The embedded metric format: measurements that an event carries beside what it says.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
//!
//! An event whose whole message is a JSON object with `_aws.CloudWatchMetrics` and `_aws.Timestamp` is one; what is wrong with
//! a measurement leaves it out, and the event stays. Beyond the page, as operators saw CloudWatch do it: a directive without
//! `Dimensions` counts without dimensions, and a value may be a distribution of `Values` with `Counts`
//! (<https://github.com/aws-observability/aws-otel-python-instrumentation/pull/434>); a set with a dimension that has no text
//! counts without any (<https://github.com/aws-powertools/powertools-lambda-python/pull/5542>); a set that is `null` is none, and
//! an empty unit is none (<https://github.com/open-telemetry/opentelemetry-collector-contrib/pull/2196>).

use serde_json::{Map, Value, json};

/// Most measurements of one directive, and most values of one measurement.
const MAX: usize = 100;
/// Most dimensions of a set.
const MAX_DIMENSIONS: usize = 30;

/// The measurements of one directive, as PutMetricData takes them.
#[derive(Debug, PartialEq)]
pub struct Embedded {
    pub namespace: String,
    pub data: Vec<Value>,
}

/// The measurements that a message carries.
pub fn read(message: &str) -> Vec<Embedded> {
    let message = message.trim();
    // Nearly no line is one, so none is read that can't be.
    if !message.starts_with('{') || !message.contains("\"CloudWatchMetrics\"") {
        return Vec::new();
    }
    let Ok(Value::Object(root)) = serde_json::from_str(message) else {
        return Vec::new();
    };
    let about = &root.get("_aws").unwrap_or(&Value::Null);
    let (Some(directives), Some(at_ms)) = (
        about["CloudWatchMetrics"].as_array(),
        about["Timestamp"].as_f64(),
    ) else {
        return Vec::new();
    };
    directives
        .iter()
        .filter_map(|directive| read_directive(directive, &root, at_ms / 1000.0))
        .collect()
}

fn read_directive(directive: &Value, root: &Map<String, Value>, at: f64) -> Option<Embedded> {
    let namespace = directive["Namespace"]
        .as_str()
        .filter(|name| !name.is_empty())?;
    let metrics = directive["Metrics"]
        .as_array()
        .filter(|metrics| metrics.len() <= MAX)?;
    let sets = dimension_sets(directive, root)?;
    let data = metrics
        .iter()
        .filter_map(|metric| measured(metric, root, at))
        .flat_map(|datum| {
            sets.iter().map(move |set| {
                let mut datum = datum.clone();
                datum["Dimensions"] = set.clone();
                datum
            })
        })
        .collect();
    Some(Embedded {
        namespace: namespace.to_owned(),
        data,
    })
}

/// The sets of dimensions with their values; without any there is one that is empty.
fn dimension_sets(directive: &Value, root: &Map<String, Value>) -> Option<Vec<Value>> {
    let sets = match directive.get("Dimensions") {
        None => return Some(vec![json!([])]),
        Some(sets) => sets.as_array()?,
    };
    if sets.is_empty() {
        return Some(vec![json!([])]);
    }
    let read = sets.iter().filter_map(|set| {
        let names = set.as_array().filter(|set| set.len() <= MAX_DIMENSIONS)?;
        let dimensions: Option<Vec<Value>> = names
            .iter()
            .map(|name| {
                let name = name.as_str()?;
                // A name is a member of the root as it stands: dots in it lead nowhere.
                let value = root.get(name)?.as_str().filter(|text| !text.is_empty())?;
                Some(json!({"Name": name, "Value": value}))
            })
            .collect();
        Some(dimensions.unwrap_or_default().into())
    });
    Some(read.collect())
}

/// One measurement without its dimensions.
fn measured(metric: &Value, root: &Map<String, Value>, at: f64) -> Option<Value> {
    let name = metric["Name"].as_str().filter(|name| !name.is_empty())?;
    let mut datum = json!({"MetricName": name, "Timestamp": at});
    match root.get(name)? {
        Value::Number(number) => datum["Value"] = number.clone().into(),
        Value::Array(values) => {
            let fits = values.len() <= MAX && values.iter().all(Value::is_number);
            if !fits || values.is_empty() {
                return None;
            }
            datum["Values"] = values.clone().into();
        }
        Value::Object(distribution) => {
            datum["Values"] = distribution.get("Values")?.clone();
            if let Some(counts) = distribution.get("Counts") {
                datum["Counts"] = counts.clone();
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => return None,
    }
    match metric.get("Unit") {
        None => {}
        Some(Value::String(unit)) => datum["Unit"] = unit.clone().into(),
        Some(_) => return None,
    }
    match metric.get("StorageResolution").map(Value::as_i64) {
        None => {}
        Some(Some(resolution @ (1 | 60))) => datum["StorageResolution"] = resolution.into(),
        Some(_) => return None,
    }
    Some(datum)
}
