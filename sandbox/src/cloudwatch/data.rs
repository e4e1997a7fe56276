//! GetMetricData. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::{Value, json};

use super::Metrics;
use super::input::{self, validation};
use super::math::{self, Expression, Line, Outcome, Scope};
use super::search::{MAX_FOUND, Search};
use super::stat::Stat;
use super::store::{MetricId, Range, Store, floor};
use crate::error::AwsError;

/// Most queries of one call.
const MAX_QUERIES: usize = 500;
/// Most datapoints of one page.
const MAX_DATAPOINTS: usize = 100_800;

/// One of a call's queries.
struct Query<'a> {
    id: &'a str,
    label: Option<&'a str>,
    returned: bool,
    /// In seconds; expressions may have none of their own.
    period: Option<i64>,
    source: Source<'a>,
}

enum Source<'a> {
    Metric {
        metric: MetricId,
        stat: Stat,
        unit: Option<&'a str>,
    },
    Expression(Expression),
}

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
        let request = Request::new(&queries, range, &store);
        for query in queries.iter().filter(|query| query.returned) {
            results.extend(request.result(query)?);
        }
    }
    Ok(page(results, descending, skip, most))
}

/// A line that is answered.
struct Answer {
    id: String,
    label: String,
    points: Vec<(i64, f64)>,
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
        (None, Some(text)) => Source::Expression(
            math::parse(text)
                .map_err(|reason| validation(format!("Error in expression '{id}': {reason}")))?,
        ),
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
    Ok((Source::Metric { metric, stat, unit }, period))
}

/// All queries of a call with what is already known of them.
struct Request<'a> {
    queries: &'a [Query<'a>],
    by_id: HashMap<&'a str, &'a Query<'a>>,
    range: Range,
    store: &'a Store,
    known: RefCell<HashMap<&'a str, Outcome>>,
    /// Expressions that are being evaluated, to notice one that refers to itself.
    open: RefCell<Vec<&'a str>>,
}

impl<'a> Request<'a> {
    fn new(queries: &'a [Query<'a>], range: Range, store: &'a Store) -> Self {
        Self {
            queries,
            by_id: queries.iter().map(|query| (query.id, query)).collect(),
            range,
            store,
            known: RefCell::default(),
            open: RefCell::default(),
        }
    }

    fn result(&self, query: &Query<'_>) -> Result<Vec<Answer>, AwsError> {
        let outcome = self.value(query.id).map_err(|reason| {
            validation(format!("Error in expression '{}': {reason}", query.id))
        })?;
        let answer = |line: Line, label: String| Answer {
            id: query.id.to_owned(),
            label,
            points: line.points.into_iter().collect(),
        };
        let metric = matches!(query.source, Source::Metric { .. });
        match outcome {
            Outcome::Line(line) => {
                let own = if metric {
                    line.label.as_str()
                } else {
                    query.id
                };
                let label = query.label.unwrap_or(own).to_owned();
                Ok(vec![answer(line, label)])
            }
            Outcome::Lines(lines) => Ok(lines
                .into_iter()
                .map(|line| {
                    let label = match query.label {
                        Some(label) => format!("{label} {}", line.label),
                        None => line.label.clone(),
                    };
                    answer(line, label)
                })
                .collect()),
            Outcome::Scalar(_) | Outcome::Text(_) => Err(validation(format!(
                "Error in expression '{}': the expression must return a time series or an array of time series",
                query.id
            ))),
        }
    }

    /// What a query is, worked out once.
    fn value(&self, id: &str) -> Result<Outcome, String> {
        let query = *self
            .by_id
            .get(id)
            .ok_or_else(|| format!("the id {id} is not defined"))?;
        if let Some(known) = self.known.borrow().get(id) {
            return Ok(known.clone());
        }
        let outcome = match &query.source {
            Source::Metric { metric, stat, unit } => {
                let period = query.period.unwrap_or(60);
                Outcome::Line(line(self.store, metric, *stat, period, *unit, self.range))
            }
            Source::Expression(expression) => {
                if self.open.borrow().contains(&query.id) {
                    return Err(format!("the expression {id} refers to itself"));
                }
                self.open.borrow_mut().push(query.id);
                let within = Within {
                    request: self,
                    period: self.period(query, expression),
                };
                let outcome = math::evaluate(expression, &within);
                self.open.borrow_mut().pop();
                outcome?
            }
        };
        self.known.borrow_mut().insert(query.id, outcome.clone());
        Ok(outcome)
    }

    /// An expression's own period, or the longest of the metrics that it names, or of all metrics, or a minute.
    fn period(&self, query: &Query<'_>, expression: &Expression) -> i64 {
        let mut names = Vec::new();
        expression.names(&mut names);
        let named = names
            .iter()
            .filter_map(|name| self.by_id.get(name)?.period)
            .max();
        let any = || self.queries.iter().filter_map(|query| query.period).max();
        query.period.or(named).or_else(any).unwrap_or(60)
    }
}

/// The scope of one expression.
struct Within<'r, 'a> {
    request: &'r Request<'a>,
    period: i64,
}

impl Scope for Within<'_, '_> {
    fn named(&self, id: &str) -> Result<Outcome, String> {
        self.request.value(id)
    }

    fn metrics(&self, id_contains: &str) -> Vec<Line> {
        let queries = self.request.queries.iter();
        queries
            .filter(|query| matches!(query.source, Source::Metric { .. }))
            .filter(|query| query.id.contains(id_contains))
            .filter_map(|query| match self.request.value(query.id) {
                Ok(Outcome::Line(line)) => Some(Line {
                    label: query.label.unwrap_or(&line.label).to_owned(),
                    ..line
                }),
                _ => None,
            })
            .collect()
    }

    fn search(&self, search: &str, stat: &str, period: i64) -> Result<Vec<Line>, String> {
        let search = Search::parse(search)?;
        let stat =
            Stat::parse(stat).ok_or_else(|| format!("the statistic {stat} is not supported"))?;
        if period < 1 {
            return Err("the period must be at least 1".to_owned());
        }
        let Request { store, range, .. } = self.request;
        Ok(store
            .after(None)
            .filter(|(id, _)| search.finds(id))
            .map(|(id, _)| {
                let values = id.dimensions.iter().map(|(_, value)| value.as_str());
                let label: Vec<&str> = values.chain([id.name.as_str()]).collect();
                Line {
                    label: label.join(" "),
                    ..line(store, id, stat, period, None, *range)
                }
            })
            .filter(|line| !line.points.is_empty())
            .take(MAX_FOUND)
            .collect())
    }

    fn range(&self) -> Range {
        self.request.range
    }

    fn period(&self) -> i64 {
        self.period
    }
}

/// A metric's statistic in whole periods, which begin at multiples of the period, whatever time was asked for.
fn line(
    store: &Store,
    metric: &MetricId,
    stat: Stat,
    period: i64,
    unit: Option<&str>,
    range: Range,
) -> Line {
    let whole = Range {
        start: floor(range.start, period),
        end: floor(range.end + period - 1, period),
    };
    let mut points = math::Points::new();
    if let Some(series) = store.get(metric) {
        for (at, values) in series.stretches(whole, period, unit, stat.needs_values()) {
            points.extend(stat.of(&values).map(|value| (at, value)));
        }
    }
    Line {
        label: metric.name.clone(),
        period,
        points,
    }
}
