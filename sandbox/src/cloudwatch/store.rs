//! Metrics and their values over time: to the second for three hours, to the minute for 15 days.

use std::collections::BTreeMap;

use super::distribution::Distribution;
use serde::{Deserialize, Serialize};

/// How long values are kept to the second, in seconds, as CloudWatch keeps high-resolution ones.
const FINE: i64 = 3 * 60 * 60;
/// How long values are kept to the minute, in seconds, as CloudWatch keeps them.
const COARSE: i64 = 15 * 24 * 60 * 60;
/// Distinct values that a minute keeps once its seconds are gone.
const MINUTE_VALUES: usize = 100;

/// What a metric is called; its dimensions are sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MetricId {
    pub namespace: String,
    pub name: String,
    pub dimensions: Vec<(String, String)>,
}

impl MetricId {
    /// A metric's name from its parts.
    pub fn new(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> Self {
        let mut dimensions: Vec<_> = dimensions
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        dimensions.sort();
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions,
        }
    }

    /// The value of one dimension.
    pub fn dimension(&self, name: &str) -> Option<&str> {
        self.dimensions
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A stretch of time in seconds since the epoch, the end not included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    pub start: i64,
    pub end: i64,
}

/// The values of a metric in one unit.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Timeline {
    /// What records of single values call it by.
    pub number: u32,
    /// Whether a record or a snapshot says what is called so.
    #[serde(skip, default = "yes")]
    pub is_named: bool,
    /// By second since the epoch.
    seconds: BTreeMap<i64, Distribution>,
    /// By the first second of the minute.
    minutes: BTreeMap<i64, Distribution>,
}

fn yes() -> bool {
    true
}

impl Timeline {
    fn add(&mut self, second: i64, values: &Distribution, now: i64) {
        if second < now - COARSE {
            return;
        }
        if second < now - FINE {
            self.add_minute(second, values);
        } else {
            self.seconds.entry(second).or_default().merge(values);
        }
        self.age(now);
    }

    fn add_minute(&mut self, second: i64, values: &Distribution) {
        let minute = self.minutes.entry(floor(second, 60)).or_default();
        minute.merge(values);
        minute.compress(MINUTE_VALUES);
    }

    /// Turns old seconds into minutes and forgets old minutes.
    fn age(&mut self, now: i64) {
        while let Some(entry) = self.seconds.first_entry()
            && *entry.key() < now - FINE
        {
            let (second, values) = entry.remove_entry();
            self.add_minute(second, &values);
        }
        while let Some(entry) = self.minutes.first_entry()
            && *entry.key() < now - COARSE
        {
            entry.remove();
        }
    }

    fn in_range(&self, range: Range) -> impl Iterator<Item = (i64, &Distribution)> {
        // A reversed range would be a panic in BTreeMap.
        let range = range.start..range.end.max(range.start);
        self.minutes
            .range(range.clone())
            .chain(self.seconds.range(range))
            .map(|(at, values)| (*at, values))
    }
}

/// A metric's values, by unit.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Series {
    units: BTreeMap<String, Timeline>,
    /// The newest value's time, in seconds since the epoch.
    pub newest: i64,
}

impl Series {
    /// The units that it was put in.
    pub fn units(&self) -> impl Iterator<Item = &str> {
        self.units.keys().map(String::as_str)
    }

    /// Its values in stretches of `period` seconds that begin at `range.start`, only those that have any; of all units
    /// together when none is named. Percentiles need the single values, which cost time: `values` says whether to keep them.
    pub fn stretches(
        &self,
        range: Range,
        period: i64,
        unit: Option<&str>,
        values: bool,
    ) -> BTreeMap<i64, Distribution> {
        let mut stretches: BTreeMap<i64, Vec<&Distribution>> = BTreeMap::new();
        let wanted = self
            .units
            .iter()
            .filter(|(name, _)| unit.is_none_or(|unit| unit == name.as_str()));
        for (_, timeline) in wanted {
            for (at, part) in timeline.in_range(range) {
                let stretch = range.start + floor(at - range.start, period);
                stretches.entry(stretch).or_default().push(part);
            }
        }
        stretches
            .into_iter()
            .map(|(at, parts)| (at, Distribution::of_all(&parts, values)))
            .collect()
    }
}

/// All metrics of a region.
#[derive(Debug, Default)]
pub struct Store {
    metrics: BTreeMap<MetricId, Series>,
    /// The number of the next timeline.
    next: u32,
    /// What numbers mean, while records are being read.
    pub called: BTreeMap<u32, (MetricId, String)>,
}

impl Store {
    /// Says what a number means in the records that follow.
    pub fn call(&mut self, number: u32, id: MetricId, unit: &str) {
        self.next = self.next.max(number.saturating_add(1));
        if let Some(timeline) = self
            .metrics
            .get_mut(&id)
            .and_then(|series| series.units.get_mut(unit))
        {
            timeline.number = number;
            timeline.is_named = true;
        }
        self.called.insert(number, (id, unit.to_owned()));
    }

    /// Adds values that were measured at `at_ms`; both times in milliseconds since the epoch.
    pub fn add(
        &mut self,
        id: MetricId,
        unit: &str,
        at_ms: i64,
        values: &Distribution,
        now_ms: i64,
    ) -> Option<&mut Timeline> {
        let (second, now) = (at_ms.div_euclid(1000), now_ms.div_euclid(1000));
        let series = self.metrics.entry(id).or_default();
        series.newest = series.newest.max(second);
        if !series.units.contains_key(unit) {
            let timeline = Timeline {
                number: self.next,
                ..Timeline::default()
            };
            self.next += 1;
            series.units.insert(unit.to_owned(), timeline);
        }
        let timeline = series.units.get_mut(unit)?;
        timeline.add(second, values, now);
        Some(timeline)
    }

    /// All records have been read: timelines that none of them called by a number get one that no other has.
    pub fn all_read(&mut self) {
        self.called.clear();
        let series = self.metrics.values_mut();
        let timelines = series.flat_map(|series| series.units.values_mut());
        for timeline in timelines.filter(|timeline| !timeline.is_named) {
            timeline.number = self.next;
            self.next += 1;
        }
    }

    /// Adds a value. Gives the number of its timeline, and whether that has not been said yet.
    pub fn add_called(
        &mut self,
        id: MetricId,
        unit: &str,
        at_ms: i64,
        values: &Distribution,
        now_ms: i64,
    ) -> Option<(u32, bool)> {
        let timeline = self.add(id, unit, at_ms, values, now_ms)?;
        let is_new = !std::mem::replace(&mut timeline.is_named, true);
        Some((timeline.number, is_new))
    }

    /// Puts a metric in its place with all its values.
    pub fn set(&mut self, id: MetricId, series: Series) {
        for (unit, timeline) in &series.units {
            self.call(timeline.number, id.clone(), unit);
        }
        self.metrics.insert(id, series);
    }

    /// One metric.
    pub fn get(&self, id: &MetricId) -> Option<&Series> {
        self.metrics.get(id)
    }

    /// Metrics in order, those after `after` when it is given.
    pub fn after<'a>(
        &'a self,
        after: Option<&MetricId>,
    ) -> impl Iterator<Item = (&'a MetricId, &'a Series)> + use<'a> {
        use std::ops::Bound;
        let start = after.cloned().map_or(Bound::Unbounded, Bound::Excluded);
        self.metrics.range((start, Bound::Unbounded))
    }

    /// Forgets metrics that had no value for 15 days.
    pub fn forget_old(&mut self, now_ms: i64) {
        let oldest = now_ms.div_euclid(1000) - COARSE;
        self.metrics.retain(|_, series| series.newest >= oldest);
    }
}

/// The multiple of `step` at or below a number.
pub fn floor(number: i64, step: i64) -> i64 {
    number - number.rem_euclid(step.max(1))
}
