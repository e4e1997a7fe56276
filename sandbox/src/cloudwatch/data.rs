//! GetMetricData. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>

use serde_json::{Value, json};

use super::Metrics;
use super::input::{self, validation};
use super::label::Place;
use super::math;
use super::scope::{Answer, Query, Request, Source};
use super::select::{self, Select};
use super::stat::Stat;
use super::store::Range;
use crate::error::AwsError;

/// Most queries of one call.
const MAX_QUERIES: usize = 500;
/// Most datapoints of one page.
const MAX_DATAPOINTS: usize = 100_800;

pub fn get(metrics: &Metrics, input: &Value) -> Result<Value, AwsError> {
    let range = range(input)?;
    let descending = match input::text(input, "ScanBy") {
        None | Some("TimestampDescending") => true,
        Some("TimestampAscending") => false,
        Some(_) => {
            return Err(validation(
                "The parameter ScanBy must be a value in the set [ TimestampDescending, TimestampAscending ]",
            ));
        }
    };
    let most = match input::integer(input, "MaxDatapoints") {
        None => MAX_DATAPOINTS,
        Some(most) if (1..=MAX_DATAPOINTS as i64).contains(&most) => most as usize,
        Some(_) => {
            return Err(validation(format!(
                "The parameter MaxDatapoints must be between 1 and {MAX_DATAPOINTS}."
            )));
        }
    };
    let skip = match input::text(input, "NextToken") {
        None => 0,
        Some(token) => token
            .parse()
            .map_err(|_| AwsError::new(400, "InvalidNextToken", "The next token is not valid."))?,
    };
    let queries = queries(input)?;
    let mut results = Vec::new();
    {
        let store = metrics.store();
        let place = Place {
            account: &metrics.account,
            region: &metrics.region,
            now: metrics.clock.now_ms() / 1000,
        };
        let request = Request::new(&queries, range, &store, place);
        for query in queries.iter().filter(|query| query.returned) {
            results.extend(request.result(query)?);
        }
    }
    Ok(page(results, descending, skip, most))
}

/// The datapoints after the first `skip` of them, at most `most`, each with its line.
fn page(results: Vec<Answer>, descending: bool, skip: usize, most: usize) -> Value {
    let total: usize = results.iter().map(|answer| answer.points.len()).sum();
    let (mut seen, mut shown) = (0, Vec::new());
    for mut answer in results {
        if descending {
            answer.points.reverse();
        }
        let count = answer.points.len();
        let from = skip.saturating_sub(seen).min(count);
        let to = (skip + most).saturating_sub(seen).min(count);
        // A line without datapoints is answered once, with the first page.
        if from < to || (count == 0 && skip == 0) {
            let points = &answer.points[from..to];
            shown.push(json!({
                "Id": answer.id,
                "Label": answer.label,
                "Timestamps": points.iter().map(|(at, _)| *at as f64).collect::<Vec<_>>(),
                "Values": points.iter().map(|(_, value)| *value).collect::<Vec<_>>(),
                "StatusCode": if to < count { "PartialData" } else { "Complete" },
            }));
        }
        seen += count;
    }
    let mut output = json!({"MetricDataResults": shown, "Messages": []});
    if skip + most < total {
        output["NextToken"] = Value::from((skip + most).to_string());
    }
    output
}

/// GetMetricData answers ValidationError where GetMetricStatistics tells its errors apart.
fn as_validation(error: AwsError) -> AwsError {
    validation(error.message)
}

fn range(input: &Value) -> Result<Range, AwsError> {
    let time = |name| input.get(name).and_then(Value::as_f64);
    if let (Some(start), Some(end)) = (time("StartTime"), time("EndTime"))
        && start == end
    {
        return Err(validation(
            "The parameter StartTime must not equal parameter EndTime.",
        ));
    }
    input::range(input, 60).map_err(as_validation)
}

fn queries(input: &Value) -> Result<Vec<Query<'_>>, AwsError> {
    let items = input::items(input, "MetricDataQueries");
    if items.is_empty() {
        return Err(validation("The parameter MetricDataQueries is required."));
    }
    if items.len() > MAX_QUERIES {
        return Err(validation(format!(
            "The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}."
        )));
    }
    let mut queries: Vec<Query> = Vec::with_capacity(items.len());
    let mut ids = std::collections::HashSet::new();
    for (at, item) in items.iter().enumerate() {
        let path = format!("MetricDataQueries.member.{}.", at + 1);
        let query = query(item, &path)?;
        if !ids.insert(query.id) {
            return Err(validation(
                "The values for parameter id in MetricDataQueries are not unique.",
            ));
        }
        queries.push(query);
    }
    if !queries.iter().any(|query| query.returned) {
        return Err(validation(
            "At least one of the queries in MetricDataQueries must return data.",
        ));
    }
    Ok(queries)
}

fn query<'a>(item: &'a Value, path: &str) -> Result<Query<'a>, AwsError> {
    let id = input::required(item, "Id", &format!("{path}Id")).map_err(as_validation)?;
    let valid = id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !valid || id.len() > 255 {
        return Err(validation(format!(
            "The value {id} for parameter {path}Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
        )));
    }
    let mut period = None;
    if item.get("Period").is_some_and(|period| !period.is_null()) {
        let given = input::period(item, &format!("{path}Period")).map_err(as_validation)?;
        period = Some(given);
    }
    let metric = item.get("MetricStat").filter(|metric| metric.is_object());
    let source = match (metric, input::text(item, "Expression")) {
        (Some(metric), None) => {
            let (source, own) = metric_source(metric, &format!("{path}MetricStat."))?;
            period = Some(own);
            source
        }
        (None, Some(text)) => {
            let read = if select::is_select(text) {
                Select::parse(text).map(Source::Select)
            } else {
                math::parse(text).map(Source::Expression)
            };
            read.map_err(|reason| validation(format!("Error in expression '{id}': {reason}")))?
        }
        _ => {
            return Err(validation(format!(
                "Either the parameter {path}MetricStat or {path}Expression must be specified, but not both."
            )));
        }
    };
    Ok(Query {
        id,
        label: input::text(item, "Label"),
        returned: item
            .get("ReturnData")
            .and_then(Value::as_bool)
            .unwrap_or(true),
        period,
        source,
    })
}

fn metric_source<'a>(item: &'a Value, path: &str) -> Result<(Source<'a>, i64), AwsError> {
    let metric = item.get("Metric").unwrap_or(&Value::Null);
    let metric = input::metric(metric, &format!("{path}Metric.")).map_err(as_validation)?;
    let period = input::period(item, &format!("{path}Period")).map_err(as_validation)?;
    let name = input::required(item, "Stat", &format!("{path}Stat")).map_err(as_validation)?;
    let stat = Stat::parse(name).ok_or_else(|| {
        validation(format!(
            "The value {name} for parameter {path}Stat is not supported."
        ))
    })?;
    let unit = input::unit(item, &format!("{path}Unit")).map_err(as_validation)?;
    let source = Source::Metric {
        metric,
        stat,
        called: name,
        unit,
    };
    Ok((source, period))
}
