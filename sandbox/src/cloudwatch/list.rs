//! ListMetrics. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html>

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::Metrics;
use super::input::{self, invalid};
use super::store::MetricId;
use crate::error::AwsError;

/// Metrics of one page.
const PAGE: usize = 500;
/// What `RecentlyActive` means, in seconds.
const RECENT: i64 = 3 * 60 * 60;

pub fn list(metrics: &Metrics, input: &Value) -> Result<Value, AwsError> {
    let namespace = input::text(input, "Namespace");
    let name = input::text(input, "MetricName");
    let filters = filters(input)?;
    let now = metrics.clock.now_ms();
    let newest = match input::text(input, "RecentlyActive") {
        None => i64::MIN,
        Some("PT3H") => now / 1000 - RECENT,
        Some(_) => {
            return Err(invalid(
                "The parameter RecentlyActive must be a value in the set [ PT3H ]",
            ));
        }
    };
    let after = input::text(input, "NextToken")
        .map(read_token)
        .transpose()?;
    let mut store = metrics.store();
    store.forget_old(now);
    let mut found = store
        .after(after.as_ref())
        .filter(|(id, series)| {
            namespace.is_none_or(|namespace| id.namespace == namespace)
                && name.is_none_or(|name| id.name == name)
                && series.newest >= newest
                && filters.iter().all(|(name, value)| {
                    let held = id.dimension(name);
                    held.is_some_and(|held| value.is_none_or(|value| value == held))
                })
        })
        .map(|(id, _)| id);
    let page: Vec<&MetricId> = found.by_ref().take(PAGE).collect();
    let more = found.next().is_some();
    let mut output = json!({"Metrics": page.iter().map(|id| described(id)).collect::<Vec<_>>()});
    if let (true, Some(last)) = (more, page.last()) {
        output["NextToken"] = Value::from(write_token(last));
    }
    Ok(output)
}

/// Dimensions to look for, each with a value or with any.
fn filters(input: &Value) -> Result<Vec<(&str, Option<&str>)>, AwsError> {
    let items = input::items(input, "Dimensions");
    if items.len() > 10 {
        return Err(invalid(
            "The collection Dimensions must not have a size greater than 10.",
        ));
    }
    items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let path = format!("Dimensions.member.{}.Name", at + 1);
            Ok((
                input::required(item, "Name", &path)?,
                input::text(item, "Value"),
            ))
        })
        .collect()
}

/// A metric as ListMetrics shows it.
pub fn described(id: &MetricId) -> Value {
    let dimensions: Vec<_> = id
        .dimensions
        .iter()
        .map(|(name, value)| json!({"Name": name, "Value": value}))
        .collect();
    json!({"Namespace": id.namespace, "MetricName": id.name, "Dimensions": dimensions})
}

/// Tokens hold the last metric of the page before: one that comes or goes meanwhile neither repeats nor hides another.
fn write_token(id: &MetricId) -> String {
    URL_SAFE_NO_PAD.encode(json!([id.namespace, id.name, id.dimensions]).to_string())
}

fn read_token(token: &str) -> Result<MetricId, AwsError> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .map(|(namespace, name, dimensions)| MetricId {
            namespace,
            name,
            dimensions,
        })
        .ok_or_else(|| invalid("The value for parameter NextToken is invalid."))
}
