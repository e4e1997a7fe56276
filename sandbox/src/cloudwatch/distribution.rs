//! The values that were measured in one stretch of time, with how often each was, and every statistic of them.

use serde::{Deserialize, Deserializer, Serialize};

/// Distinct values that are kept exactly; beyond twice as many, neighbours are merged.
const MAX_VALUES: usize = 500;

/// Measured values. Percentiles are exact as long as there are at most 1,000 distinct ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    pub count: f64,
    pub sum: f64,
    // JSON has no infinity: nothing stands for the bounds of no values at all.
    #[serde(deserialize_with = "least")]
    pub min: f64,
    #[serde(deserialize_with = "most")]
    pub max: f64,
    /// Values with their counts, sorted by value.
    values: Vec<(f64, f64)>,
    /// Some of it came as a statistic set: its single values are not known, so it has no percentiles.
    opaque: bool,
}

fn least<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Option::deserialize(deserializer).map(|min| min.unwrap_or(f64::INFINITY))
}

fn most<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Option::deserialize(deserializer).map(|max| max.unwrap_or(f64::NEG_INFINITY))
}

impl Default for Distribution {
    fn default() -> Self {
        Self {
            count: 0.0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            values: Vec::new(),
            opaque: false,
        }
    }
}

/// An end of a range of values, for trimmed statistics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// Nothing is cut off on this side.
    Open,
    /// A share of all values, in percent.
    Percent(f64),
    /// A value.
    Value(f64),
}

impl Distribution {
    /// A statistic set. AWS has percentiles of it only when all its values must be the same.
    pub fn of_set(count: f64, sum: f64, min: f64, max: f64) -> Self {
        let same = count == 1.0 || min == max;
        Self {
            count,
            sum,
            min,
            max,
            values: if same { vec![(min, count)] } else { Vec::new() },
            opaque: !same,
        }
    }

    /// Adds a value that was measured `count` times.
    pub fn add(&mut self, value: f64, count: f64) {
        self.count += count;
        self.sum += value * count;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.insert(value, count);
    }

    /// All of some together; without `values` only count, sum, minimum and maximum, which is much quicker.
    pub fn of_all(parts: &[&Self], values: bool) -> Self {
        let mut all = Self::default();
        for part in parts {
            all.add_numbers(part);
            if values {
                all.values.extend_from_slice(&part.values);
            }
        }
        if values {
            all.settle();
        } else {
            all.opaque = true;
        }
        all
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        self.add_numbers(other);
        match other.values[..] {
            // A single measurement is what nearly always comes.
            [(value, count)] => self.insert(value, count),
            _ => {
                self.values.extend_from_slice(&other.values);
                self.settle();
            }
        }
    }

    fn add_numbers(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.opaque |= other.opaque;
    }

    /// Puts values in order that were added at the end.
    fn settle(&mut self) {
        self.values
            .sort_by(|left, right| left.0.total_cmp(&right.0));
        self.values.dedup_by(|right, left| {
            let same = left.0 == right.0;
            if same {
                left.1 += right.1;
            }
            same
        });
        self.compress(MAX_VALUES);
    }

    fn insert(&mut self, value: f64, count: f64) {
        let at = self.values.partition_point(|(known, _)| *known < value);
        match self.values.get_mut(at) {
            Some(known) if known.0 == value => known.1 += count,
            _ => self.values.insert(at, (value, count)),
        }
        self.compress(MAX_VALUES);
    }

    /// Merges neighbours into their mean until about `most` values are left, when there are more than twice as many.
    /// Those near the ends stay finer: they are what p99.9 is made of.
    pub fn compress(&mut self, most: usize) {
        if self.values.len() <= most * 2 {
            return;
        }
        let share = self.count / most as f64;
        let mut merged: Vec<(f64, f64)> = Vec::with_capacity(most * 2);
        let mut seen = 0.0;
        for (value, count) in &self.values {
            let place = (seen / self.count).clamp(0.0, 1.0);
            let heaviest = share * (16.0 * place * (1.0 - place)).clamp(0.05, 2.0);
            seen += count;
            match merged.last_mut() {
                Some((mean, weight)) if *weight + count <= heaviest => {
                    *weight += count;
                    *mean += (value - *mean) * count / *weight;
                }
                _ => merged.push((*value, *count)),
            }
        }
        self.values = merged;
    }

    /// Whether single values are known.
    pub fn has_values(&self) -> bool {
        !self.opaque && !self.values.is_empty()
    }

    /// The value below which `percent` of all values lie, between two values by linear interpolation.
    pub fn percentile(&self, percent: f64) -> Option<f64> {
        if !self.has_values() {
            return None;
        }
        let rank = (percent / 100.0).clamp(0.0, 1.0) * (self.count - 1.0).max(0.0);
        let low = self.at_rank(rank.floor())?;
        let high = self.at_rank(rank.ceil())?;
        Some(low + (high - low) * rank.fract())
    }

    /// The value of the sample of this rank, counted from 0.
    fn at_rank(&self, rank: f64) -> Option<f64> {
        let mut seen = 0.0;
        for (value, count) in &self.values {
            seen += count;
            if rank < seen {
                return Some(*value);
            }
        }
        self.values.last().map(|(value, _)| *value)
    }

    /// Count and sum of what lies between two bounds. Shares are cut exactly: a value may count in part.
    pub fn between(&self, low: Bound, high: Bound) -> Option<(f64, f64)> {
        if !self.has_values() {
            return None;
        }
        let rank = |bound, open| match bound {
            Bound::Percent(percent) => percent / 100.0 * self.count,
            _ => open,
        };
        let (from, to) = (rank(low, 0.0), rank(high, self.count));
        let (mut seen, mut count, mut sum) = (0.0, 0.0, 0.0);
        for (value, times) in &self.values {
            let start = f64::max(seen, from);
            seen += times;
            let part = (seen.min(to) - start).max(0.0);
            // AWS's page: the lower bound is exclusive, the upper one is inclusive.
            let above = !matches!(low, Bound::Value(bound) if *value <= bound);
            let below = !matches!(high, Bound::Value(bound) if *value > bound);
            if above && below {
                count += part;
                sum += value * part;
            }
        }
        Some((count, sum))
    }

    /// The mean with values outside the bounds taken as the bounds themselves.
    pub fn winsorized(&self, low: Bound, high: Bound) -> Option<f64> {
        if !self.has_values() {
            return None;
        }
        let bound = |bound, open| match bound {
            Bound::Open => Some(open),
            Bound::Value(value) => Some(value),
            Bound::Percent(percent) => self.percentile(percent),
        };
        let low = bound(low, self.min)?;
        let high = bound(high, self.max)?.max(low);
        let sum: f64 = self
            .values
            .iter()
            .map(|(value, count)| value.clamp(low, high) * count)
            .sum();
        Some(sum / self.count)
    }
}
