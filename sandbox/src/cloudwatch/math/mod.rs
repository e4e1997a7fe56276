//! Metric math: expressions over time series.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html>
//!
//! Pure: where series come from is the [`Scope`]'s business.

pub mod arrays;
mod evaluate;
mod functions;
mod parse;
mod times;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use evaluate::evaluate;
pub use parse::{Expression, parse};

use super::store::{MetricId, Range, floor};

/// Most points that FILL and TIME_SERIES make, as many as GetMetricData answers.
const MAX_POINTS: i64 = 100_800;

/// What a time series was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    pub metric: MetricId,
    /// The statistic as the caller wrote it.
    pub stat: String,
}

/// Values by their time in seconds since the epoch.
pub type Points = BTreeMap<i64, f64>;

/// A time series.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub label: String,
    /// The metric that it shows, for labels that name its properties; none where several went into it.
    pub origin: Option<Arc<Origin>>,
    /// Seconds from one point to the next.
    pub period: i64,
    pub points: Points,
}

impl Line {
    /// The same line with other values; what isn't finite (a division by zero) is no datapoint.
    fn with(&self, points: impl Iterator<Item = (i64, f64)>) -> Self {
        Self {
            label: self.label.clone(),
            origin: self.origin.clone(),
            period: self.period,
            points: points.filter(|(_, value)| value.is_finite()).collect(),
        }
    }
}

/// What an expression can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Scalar(f64),
    Line(Line),
    Lines(Vec<Line>),
    Text(String),
}

/// What an expression may refer to.
pub trait Scope {
    /// What another query of the same request is.
    fn named(&self, id: &str) -> Result<Outcome, String>;
    /// The metrics of the request (never its expressions) whose id contains a text.
    fn metrics(&self, id_contains: &str) -> Vec<Line>;
    /// The metrics that a search finds, with a statistic and a period in seconds.
    fn search(&self, search: &str, stat: &str, period: i64) -> Result<Vec<Line>, String>;
    /// The time that is asked for.
    fn range(&self) -> Range;
    /// The period of the query itself, in seconds.
    fn period(&self) -> i64;
}

/// The times at which a line without holes has points.
fn slots(range: Range, period: i64) -> Result<impl Iterator<Item = i64>, String> {
    let period = period.max(1);
    if (range.end - range.start) / period > MAX_POINTS {
        return Err("the time range has too many periods".to_owned());
    }
    Ok((floor(range.start, period)..range.end).step_by(period as usize))
}

#[cfg(test)]
mod tests;
