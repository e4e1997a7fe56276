//! Statistics by name. <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>

use super::distribution::{Bound, Distribution};

/// A statistic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stat {
    SampleCount,
    Sum,
    Average,
    Minimum,
    Maximum,
    /// `p99.9`.
    Percentile(f64),
    /// `tm90`, `TM(10%:90%)`, `IQM`.
    TrimmedMean(Bound, Bound),
    /// `wm90`, `WM(10%:90%)`.
    WinsorizedMean(Bound, Bound),
    /// `tc90`, `TC(0.005:0.03)`.
    TrimmedCount(Bound, Bound),
    /// `ts90`, `TS(80%:)`.
    TrimmedSum(Bound, Bound),
    /// `PR(:300)`, in percent.
    PercentileRank(Bound, Bound),
}

impl Stat {
    /// One of the five that GetMetricStatistics calls `Statistics`.
    pub fn simple(name: &str) -> Option<Self> {
        Some(match name {
            "SampleCount" => Self::SampleCount,
            "Sum" => Self::Sum,
            "Average" => Self::Average,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            _ => return None,
        })
    }

    /// Any statistic.
    pub fn parse(name: &str) -> Option<Self> {
        Self::simple(name).or_else(|| Self::extended(name))
    }

    /// One that GetMetricStatistics calls `ExtendedStatistics`.
    pub fn extended(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        if lower == "iqm" {
            return Some(Self::TrimmedMean(
                Bound::Percent(25.0),
                Bound::Percent(75.0),
            ));
        }
        if let Some(number) = lower.strip_prefix('p')
            && let Some(percent) = percent(number)
        {
            return Some(Self::Percentile(percent));
        }
        let (kind, range) = lower.split_at_checked(2)?;
        let (low, high) = match range.strip_prefix('(') {
            Some(inner) => bounds(inner.strip_suffix(')')?)?,
            None if kind == "pr" => return None,
            None => (Bound::Open, Bound::Percent(percent(range)?)),
        };
        Some(match kind {
            "tm" => Self::TrimmedMean(low, high),
            "wm" => Self::WinsorizedMean(low, high),
            "tc" => Self::TrimmedCount(low, high),
            "ts" => Self::TrimmedSum(low, high),
            // A rank is asked for between values, not between shares.
            "pr" if !matches!((low, high), (Bound::Percent(_), _) | (_, Bound::Percent(_))) => {
                Self::PercentileRank(low, high)
            }
            _ => return None,
        })
    }

    /// Whether it is made of the single values, not only of their count, sum and extremes.
    pub fn needs_values(self) -> bool {
        !matches!(
            self,
            Self::SampleCount | Self::Sum | Self::Average | Self::Minimum | Self::Maximum
        )
    }

    /// The statistic of some values; `None` when it can't be known (percentiles of a statistic set).
    pub fn of(self, values: &Distribution) -> Option<f64> {
        let mean = |(count, sum): (f64, f64)| (count > 0.0).then(|| sum / count);
        match self {
            Self::SampleCount => Some(values.count),
            Self::Sum => Some(values.sum),
            Self::Average => mean((values.count, values.sum)),
            Self::Minimum => Some(values.min),
            Self::Maximum => Some(values.max),
            Self::Percentile(percent) => values.percentile(percent),
            Self::TrimmedMean(low, high) => values.between(low, high).and_then(mean),
            Self::WinsorizedMean(low, high) => values.winsorized(low, high),
            Self::TrimmedCount(low, high) => values.between(low, high).map(|(count, _)| count),
            Self::TrimmedSum(low, high) => values.between(low, high).map(|(_, sum)| sum),
            Self::PercentileRank(low, high) => values
                .between(low, high)
                .map(|(count, _)| count / values.count * 100.0),
        }
    }
}

/// A number from 0 to 100 with at most ten decimals, as AWS takes it.
fn percent(text: &str) -> Option<f64> {
    let digits = text.chars().all(|c| c.is_ascii_digit() || c == '.');
    let value: f64 = digits.then(|| text.parse().ok()).flatten()?;
    (0.0..=100.0).contains(&value).then_some(value)
}

/// `10%:90%`, `:300`, `0.5:`.
fn bounds(text: &str) -> Option<(Bound, Bound)> {
    let (low, high) = text.split_once(':')?;
    let bound = |text: &str| {
        let text = text.trim();
        if text.is_empty() {
            return Some(Bound::Open);
        }
        match text.strip_suffix('%') {
            Some(share) => percent(share).map(Bound::Percent),
            None => text.parse().ok().map(Bound::Value),
        }
    };
    match (bound(low)?, bound(high)?) {
        (Bound::Open, Bound::Open) => None,
        bounds => Some(bounds),
    }
}
