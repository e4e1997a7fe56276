//! CloudWatch metrics: what is asked, what came, and how both are laid on one grid of time.
//!
//! Knows no plot and no SDK. Times are ms since 1970, periods are seconds as CloudWatch counts them.
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>.

use std::ops::Range;

use serde::{Deserialize, Serialize};

mod span;

pub use span::{Span, began};

/// Periods that a series can have, in seconds; every one divides the next range that uses it.
const PERIODS: [u32; 9] = [60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400];

/// Points of a series at most: one a minute for a day, which is what a plot can show.
pub const MAX_POINTS: i64 = 1_440;

/// Queries in one GetMetricData call.
pub const MAX_QUERIES_A_CALL: usize = 500;

const DAY_S: i64 = 86_400;

/// One metric with one statistic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MetricQuery {
    /// The id in the call: a lower-case letter, then letters, digits and `_`.
    pub id: String,
    /// For example `AWS/Lambda`.
    pub namespace: String,
    /// For example `Invocations`.
    pub name: String,
    /// Names and values, in order.
    pub dimensions: Vec<(String, String)>,
    /// `Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, `p99`…
    pub stat: String,
    /// Seconds.
    pub period_s: u32,
}

impl MetricQuery {
    /// A metric of a function in `AWS/Lambda`.
    pub fn of_function(
        id: impl Into<String>,
        name: &str,
        function: &str,
        stat: &str,
        period_s: u32,
    ) -> Self {
        Self {
            id: id.into(),
            namespace: "AWS/Lambda".to_owned(),
            name: name.to_owned(),
            dimensions: vec![("FunctionName".to_owned(), function.to_owned())],
            stat: stat.to_owned(),
            period_s,
        }
    }
}

/// The range of time of a page of plots.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TimeRange {
    /// The last quarter of an hour.
    QuarterHour,
    /// The last hour.
    Hour,
    /// The last three hours, as CloudWatch begins.
    #[default]
    ThreeHours,
    /// The last twelve hours.
    TwelveHours,
    /// The last day.
    Day,
    /// The last week.
    Week,
    /// From and to, ms since 1970.
    Custom(i64, i64),
}

impl TimeRange {
    /// Those with a button.
    pub const PRESETS: [Self; 6] = [
        Self::QuarterHour,
        Self::Hour,
        Self::ThreeHours,
        Self::TwelveHours,
        Self::Day,
        Self::Week,
    ];

    /// The button's text.
    pub fn title(self) -> &'static str {
        match self {
            Self::QuarterHour => "15 min",
            Self::Hour => "1 h",
            Self::ThreeHours => "3 h",
            Self::TwelveHours => "12 h",
            Self::Day => "1 d",
            Self::Week => "1 w",
            Self::Custom(..) => "Custom",
        }
    }

    /// From and to in ms. A custom range that was given backwards is turned around.
    pub fn bounds(self, now: i64) -> Range<i64> {
        let minutes = match self {
            Self::QuarterHour => 15,
            Self::Hour => 60,
            Self::ThreeHours => 180,
            Self::TwelveHours => 720,
            Self::Day => 1_440,
            Self::Week => 10_080,
            Self::Custom(from, to) => return from.min(to)..from.max(to),
        };
        now.saturating_sub(minutes * 60_000)..now
    }

    /// The period that suits the range, seconds: one minute up to three hours, five minutes up to a day, an hour for a
    /// week, and coarser where CloudWatch keeps no finer data of so long ago or the points would pass [`MAX_POINTS`].
    pub fn period_s(self, now: i64) -> u32 {
        let bounds = self.bounds(now);
        let seconds = bounds.end.saturating_sub(bounds.start) / 1_000;
        let wanted = match seconds {
            ..10_801 => 60,
            10_801..86_401 => 300,
            86_401..172_801 => 900,
            172_801..604_801 => 3_600,
            _ => 10_800,
        };
        let least = wanted.max(retained_period_s(bounds.start, now));
        PERIODS
            .into_iter()
            .find(|period| *period >= least && seconds / i64::from(*period) <= MAX_POINTS)
            .unwrap_or(86_400)
    }

    /// Bounds that lie on the grid of the period: the start is rounded down, the end up, so that two plots of one page
    /// ask for the same points and an answer can be kept for as long as the period lasts.
    pub fn aligned(self, now: i64) -> (Range<i64>, u32) {
        let period_s = self.period_s(now);
        let bounds = self.bounds(now);
        (
            align(bounds.start, period_s)..align_up(bounds.end, period_s),
            period_s,
        )
    }
}

/// The finest period that CloudWatch keeps of a time: one minute for 15 days, five for 63, an hour for 455.
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#metrics-retention>.
pub fn retained_period_s(start: i64, now: i64) -> u32 {
    match now.saturating_sub(start) / 1_000 / DAY_S {
        ..15 => 60,
        15..63 => 300,
        _ => 3_600,
    }
}

/// The start of the period that holds a time, ms.
pub fn align(at: i64, period_s: u32) -> i64 {
    let step = i64::from(period_s.max(1)) * 1_000;
    at.saturating_sub(at.rem_euclid(step))
}

fn align_up(at: i64, period_s: u32) -> i64 {
    let down = align(at, period_s);
    if down == at {
        at
    } else {
        down.saturating_add(i64::from(period_s) * 1_000)
    }
}

/// Values on a grid; where CloudWatch sent nothing there is a gap, `NaN`.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// The query's id.
    pub id: String,
    /// CloudWatch's label.
    pub label: String,
    /// The first point's time, ms.
    pub start: i64,
    /// Seconds between points.
    pub period_s: u32,
    /// One for each period; `NaN` for none.
    pub values: Vec<f64>,
}

impl PartialEq for Series {
    /// Two gaps are equal, unlike two `NaN`s.
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && self.label == other.label
            && (self.start, self.period_s) == (other.start, other.period_s)
            && self.values.len() == other.values.len()
            && self
                .values
                .iter()
                .zip(&other.values)
                .all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
    }
}

impl Series {
    /// Lays points that came in any order, and perhaps twice from two pages, on the grid of `bounds`. What lies outside
    /// or is not finite is left out.
    pub fn on_grid(
        id: impl Into<String>,
        label: impl Into<String>,
        bounds: Range<i64>,
        period_s: u32,
        points: impl IntoIterator<Item = (i64, f64)>,
    ) -> Self {
        let step = i64::from(period_s.max(1)) * 1_000;
        let start = align(bounds.start, period_s);
        let count = bounds
            .end
            .saturating_sub(start)
            .max(0)
            .saturating_add(step - 1)
            / step;
        // A grid is bounded whatever a caller or an endpoint says.
        let count = usize::try_from(count)
            .unwrap_or(0)
            .min(MAX_POINTS as usize * 8);
        let mut values = vec![f64::NAN; count];
        for (at, value) in points {
            let slot = usize::try_from(at.saturating_sub(start).div_euclid(step)).ok();
            if let Some(slot) = slot
                .and_then(|slot| values.get_mut(slot))
                .filter(|_| value.is_finite())
            {
                *slot = value;
            }
        }
        Self {
            id: id.into(),
            label: label.into(),
            start,
            period_s,
            values,
        }
    }

    /// The time of a point, ms.
    pub fn time(&self, index: usize) -> i64 {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        self.start
            .saturating_add(index.saturating_mul(i64::from(self.period_s) * 1_000))
    }

    /// Times and values, without the gaps.
    pub fn points(&self) -> impl Iterator<Item = (i64, f64)> + '_ {
        let with_time = |(index, value): (usize, &f64)| (self.time(index), *value);
        self.values
            .iter()
            .enumerate()
            .map(with_time)
            .filter(|(_, value)| !value.is_nan())
    }

    /// Runs of points without a gap between them: a line is drawn through each, and never across two.
    pub fn runs(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let start = at
                + self
                    .values
                    .get(at..)?
                    .iter()
                    .position(|value| !value.is_nan())?;
            let length = self.values[start..].iter().position(|value| value.is_nan());
            at = length.map_or(self.values.len(), |length| start + length);
            Some(start..at)
        })
    }

    /// The value of the period that holds a time, for the crosshair.
    pub fn value_at(&self, at: i64) -> Option<f64> {
        let step = i64::from(self.period_s.max(1)) * 1_000;
        let index = usize::try_from(at.saturating_sub(self.start).div_euclid(step)).ok()?;
        self.values
            .get(index)
            .copied()
            .filter(|value| !value.is_nan())
    }

    /// What lies at or after `at` (ms since 1970), with the period that holds it.
    pub fn since(&self, at: i64) -> Self {
        let step = i64::from(self.period_s.max(1)) * 1_000;
        let first = at.saturating_sub(self.start).div_euclid(step).max(0);
        let first = usize::try_from(first).unwrap_or(usize::MAX);
        let first = first.min(self.values.len());
        Self {
            id: self.id.clone(),
            label: self.label.clone(),
            start: self.time(first),
            period_s: self.period_s,
            values: self.values[first..].to_vec(),
        }
    }

    /// From the first point with a value to the end of the last one, in seconds: what a rate is counted over, so that hours
    /// before a function was there do not thin it out. 0 where there is no value.
    pub fn seconds_with_data(&self) -> f64 {
        let known = |value: &f64| !value.is_nan();
        let first = self.values.iter().position(known);
        let last = self.values.iter().rposition(known);
        match (first, last) {
            (Some(first), Some(last)) => (last - first + 1) as f64 * f64::from(self.period_s),
            _ => 0.0,
        }
    }

    /// There is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(|value| value.is_nan())
    }

    /// Statistics of the points, without the gaps; `None` where there are none.
    pub fn summary(&self) -> Option<Summary> {
        Summary::of(self.points().map(|(_, value)| value))
    }

    /// Sums into so many buckets, for a sparkline; a bucket of gaps alone is `NaN`.
    pub fn sparkline(&self, buckets: usize) -> Vec<f32> {
        let length = self.values.len();
        let bucket = |index: usize| {
            let range = index * length / buckets
                ..((index + 1) * length / buckets).max(index * length / buckets + 1);
            let mut values = self.values[range]
                .iter()
                .filter(|value| !value.is_nan())
                .peekable();
            if values.peek().is_none() {
                return f32::NAN;
            }
            values.sum::<f64>() as f32
        };
        if length == 0 {
            return vec![f32::NAN; buckets];
        }
        (0..buckets).map(bucket).collect()
    }
}

/// Statistics over the points of a series (of its values as drawn, not of single invocations).
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Summary {
    pub count: usize,
    pub sum: f64,
    pub average: f64,
    pub minimum: f64,
    pub maximum: f64,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub last: f64,
}

impl Summary {
    /// Of finite values in order of time; `None` where there are none.
    pub fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let last = *values.last()?;
        values.sort_by(f64::total_cmp);
        let sum: f64 = values.iter().sum();
        Some(Self {
            count: values.len(),
            sum,
            average: sum / values.len() as f64,
            minimum: *values.first()?,
            maximum: *values.last()?,
            p50: percentile(&values, 0.50),
            p90: percentile(&values, 0.90),
            p99: percentile(&values, 0.99),
            last,
        })
    }
}

/// The percentile of sorted values, between neighbours in proportion.
fn percentile(sorted: &[f64], fraction: f64) -> f64 {
    let place = fraction * sorted.len().saturating_sub(1) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    match (sorted.get(below), sorted.get(above)) {
        (Some(low), Some(high)) => low + (high - low) * place.fract(),
        _ => f64::NAN,
    }
}

/// Success rate in percent, `100 − 100 · errors ÷ invocations`, as Lambda's Monitor tab draws it: a gap where nothing
/// was invoked; an absent count of errors is none.
pub fn success_rate(invocations: &Series, errors: &Series) -> Series {
    let rate = |(index, count): (usize, &f64)| {
        let failed = errors.value_at(invocations.time(index)).unwrap_or(0.0);
        if count.is_nan() || *count <= 0.0 {
            return f64::NAN;
        }
        (100.0 - 100.0 * failed / count).clamp(0.0, 100.0)
    };
    Series {
        id: "success".to_owned(),
        label: "Success rate".to_owned(),
        values: invocations.values.iter().enumerate().map(rate).collect(),
        ..*invocations
    }
}

/// What reading so many metrics costs in US dollars: GetMetricData is $0.01 for 1,000 metrics requested, and is not in
/// the free tier. Source: <https://aws.amazon.com/cloudwatch/pricing/>.
pub fn get_metric_data_cost(metrics: u64) -> f64 {
    metrics as f64 * 0.01 / 1_000.0
}

#[cfg(test)]
mod tests;
