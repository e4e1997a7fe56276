//! What the queries of one GetMetricData call are: metrics read from the store, expressions worked out over them, each
//! once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::input::validation;
use super::label::{self, Place};
use super::math::{self, Expression, Line, Origin, Outcome, Scope};
use super::search::{MAX_FOUND, Search};
use super::select::Select;
use super::stat::Stat;
use super::store::{MetricId, Range, Store, floor};
use crate::error::AwsError;

/// One of a call's queries.
pub struct Query<'a> {
    pub id: &'a str,
    pub label: Option<&'a str>,
    pub returned: bool,
    /// In seconds; expressions may have none of their own.
    pub period: Option<i64>,
    pub source: Source<'a>,
}

/// Where a query's values come from.
pub enum Source<'a> {
    Metric {
        metric: MetricId,
        stat: Stat,
        /// The statistic as it was written.
        called: &'a str,
        unit: Option<&'a str>,
    },
    Expression(Expression),
    Select(Select),
}

/// A line that is answered.
pub struct Answer {
    pub id: String,
    pub label: String,
    pub points: Vec<(i64, f64)>,
}

/// All queries of a call with what is already known of them.
pub struct Request<'a> {
    queries: &'a [Query<'a>],
    by_id: HashMap<&'a str, &'a Query<'a>>,
    range: Range,
    store: &'a Store,
    place: Place<'a>,
    known: RefCell<HashMap<&'a str, Outcome>>,
    /// Expressions that are being evaluated, to notice one that refers to itself.
    open: RefCell<Vec<&'a str>>,
}

impl<'a> Request<'a> {
    /// The queries of a call, over a time, on a store.
    pub fn new(queries: &'a [Query<'a>], range: Range, store: &'a Store, place: Place<'a>) -> Self {
        Self {
            queries,
            by_id: queries.iter().map(|query| (query.id, query)).collect(),
            range,
            store,
            place,
            known: RefCell::default(),
            open: RefCell::default(),
        }
    }

    /// What a query answers: one line, or several.
    ///
    /// # Errors
    /// `ValidationError` when its expression can't be worked out or is no line.
    pub fn result(&self, query: &Query<'_>) -> Result<Vec<Answer>, AwsError> {
        let outcome = self.value(query.id).map_err(|reason| {
            validation(format!("Error in expression '{}': {reason}", query.id))
        })?;
        let answer = |line: Line, label: String| Answer {
            id: query.id.to_owned(),
            label,
            points: line.points.into_iter().collect(),
        };
        let named = |line: &Line, own: &str| match query.label {
            Some(label) if label::is_dynamic(label) => {
                Some(label::filled(label, own, line, self.place))
            }
            label => label.map(str::to_owned),
        };
        match outcome {
            Outcome::Line(line) => {
                let own = match query.source {
                    Source::Metric { .. } => self.own_label(query),
                    Source::Expression(_) | Source::Select(_) => query.id.to_owned(),
                };
                let label = named(&line, &own).unwrap_or(own);
                Ok(vec![answer(line, label)])
            }
            Outcome::Lines(lines) => Ok(lines
                .into_iter()
                .map(|line| {
                    let label = match named(&line, &line.label) {
                        Some(label) if query.label.is_some_and(label::is_dynamic) => label,
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

    /// What CloudWatch calls a metric: by its name, and by the statistic and the period where those of the call differ.
    fn own_label(&self, query: &Query<'_>) -> String {
        let metrics = || {
            let answered = self.queries.iter().filter(|query| query.returned);
            answered.filter_map(|query| match &query.source {
                Source::Metric { called, .. } => Some((*called, query.period)),
                _ => None,
            })
        };
        let Source::Metric { metric, called, .. } = &query.source else {
            return query.id.to_owned();
        };
        let stats_differ = metrics().any(|(stat, _)| stat != *called);
        let periods_differ = metrics().any(|(_, period)| period != query.period);
        label::of_metric(
            &metric.name,
            stats_differ.then_some(*called),
            query.period.filter(|_| periods_differ),
        )
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
            Source::Metric {
                metric,
                stat,
                called,
                unit,
            } => {
                let period = query.period.unwrap_or(60);
                let stat = (*stat, *called);
                Outcome::Line(line(self.store, metric, stat, period, *unit, self.range))
            }
            Source::Select(select) => {
                let period = query.period.unwrap_or(60);
                let mut lines = select.lines(self.store, self.range, period, self.place.account);
                if select.is_one() && lines.len() == 1 {
                    Outcome::Line(lines.swap_remove(0))
                } else {
                    Outcome::Lines(lines)
                }
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
        let parsed =
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
                    ..line(store, id, (parsed, stat), period, None, *range)
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
    (stat, called): (Stat, &str),
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
        origin: Some(Arc::new(Origin {
            metric: metric.clone(),
            stat: called.to_owned(),
        })),
        period,
        points,
    }
}
