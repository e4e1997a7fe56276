//! The metrics of the rows on the screen: which functions are asked for together, and what their cells show.
//!
//! Functions are asked for in batches: those that came on the screen and had none when the scrolling stopped. A batch
//! stays as it is, so that its query is the same on every frame and is refreshed as one. What was once read stays shown
//! while it is asked again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::cloud::cloudwatch::{MetricData, Metrics};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::format;
use crate::model::metric::{MAX_QUERIES_A_CALL, MetricQuery, Series, TimeRange};
use crate::ui::cx::{CloudStore, Cx};

use super::columns::Metric;

/// The rows must stand still this long before they are asked for, in ms.
const STILL_MS: i64 = 150;
/// Points of a sparkline: three minutes each.
const BUCKETS: usize = 60;
/// Seconds of the lines' points and of the percentile's.
const PERIOD_S: u32 = 60;
const P99_PERIOD_S: u32 = 3_600;
/// The rate is the mean of so many minutes before now: recent, and not much changed by the minute or two that CloudWatch
/// takes to count.
const RATE_MINUTES: i64 = 15;
/// Lines of a function: invocations and errors.
const QUERIES_A_FUNCTION: usize = 2;
/// Functions of a batch: what one call can hold.
pub const MOST_A_BATCH: usize = MAX_QUERIES_A_CALL / QUERIES_A_FUNCTION;
/// More batches than this behind one screen are made into one.
const MOST_BATCHES_A_SCREEN: usize = 3;

/// What the cells of one function show.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowMetrics {
    /// For the line; `NaN` where nothing was reported.
    pub invocations: Vec<f32>,
    /// For the line.
    pub errors: Vec<f32>,
    /// Over three hours; `None` where nothing was reported.
    pub invocation_count: Option<f64>,
    /// Over three hours; `None` where nothing was reported.
    pub error_count: Option<f64>,
    /// Invocations a second, of late; `None` where nothing was reported in three hours.
    pub rate_per_s: Option<f64>,
    /// In ms.
    pub p99_ms: Option<f64>,
    /// The texts of the cells.
    pub rate: String,
    /// As "829 ms".
    pub p99: String,
    /// What a screen reader says of the lines.
    pub invocations_label: String,
    /// What a screen reader says of the lines.
    pub errors_label: String,
    /// As "3.8 % errors", where that is worth a look.
    pub trouble: Option<String>,
}

impl RowMetrics {
    /// For sorting.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Invocations => self.invocation_count,
            Metric::Rate => self.rate_per_s,
            Metric::Errors => self.error_count,
            Metric::P99 => self.p99_ms,
        }
    }

    fn derive(&mut self) {
        let count = |value: Option<f64>| format::number(value.unwrap_or(0.0));
        self.rate = self.rate_per_s.map_or("–".to_owned(), format::rate);
        self.p99 = self.p99_ms.map_or("–".to_owned(), format::duration);
        self.invocations_label = format!("{} invocations in 3 h", count(self.invocation_count));
        self.errors_label = format!("{} errors in 3 h", count(self.error_count));
        self.trouble = trouble(self.invocation_count, self.error_count);
    }
}

/// One failure in a hundred is worth a look; a single one among few is not.
fn trouble(invocations: Option<f64>, errors: Option<f64>) -> Option<String> {
    let (invocations, errors) = (invocations?, errors?);
    let share = errors / invocations.max(errors).max(1.0);
    (errors >= 2.0 && share >= 0.01).then(|| format!("{} errors", format::percent(share)))
}

struct Batch {
    names: Vec<String>,
    lines: Metrics,
    percentiles: Metrics,
    /// What the cells were made from.
    taken: Option<(Arc<MetricData>, Arc<MetricData>)>,
}

impl Batch {
    /// True when these are others than the cells were made from.
    fn take(&mut self, lines: &Arc<MetricData>, percentiles: &Arc<MetricData>) -> bool {
        let same = self
            .taken
            .as_ref()
            .is_some_and(|(had_lines, had_percentiles)| {
                Arc::ptr_eq(had_lines, lines) && Arc::ptr_eq(had_percentiles, percentiles)
            });
        if !same {
            self.taken = Some((lines.clone(), percentiles.clone()));
        }
        !same
    }
}

/// All that is known of the rows' metrics.
#[derive(Default)]
pub struct RowsMetrics {
    rows: HashMap<String, Arc<RowMetrics>>,
    batches: HashMap<u64, Batch>,
    batch_of: HashMap<String, u64>,
    next: u64,
    still: Option<(u64, std::ops::Range<usize>, i64)>,
    wanted: Vec<u64>,
    /// Why the last batch could not be read.
    pub error: Option<Arc<CloudError>>,
    /// Grows with every change of what is known.
    pub version: u64,
    connection: Option<crate::store::ConnectionKey>,
}

impl RowsMetrics {
    /// What is known of a function.
    pub fn get(&self, name: &str) -> Option<&Arc<RowMetrics>> {
        self.rows.get(name)
    }

    /// Says which rows are on the screen (in which version of the order) and asks for what they lack. Gives the time in ms
    /// after which a frame is needed, while rows move.
    pub fn ask<'a>(
        &mut self,
        cx: &mut Cx<'_>,
        order: u64,
        visible: std::ops::Range<usize>,
        names: impl Fn() -> Vec<&'a str>,
    ) -> Option<i64> {
        if self.connection != cx.store.current() {
            *self = Self {
                connection: cx.store.current(),
                ..Self::default()
            };
        }
        let wait = self.settle(order, &visible, cx.now);
        if wait == Some(0) {
            self.arrange(&names());
        }
        self.want(cx);
        wait.filter(|ms| *ms > 0)
    }

    /// `Some(0)` when the rows have just stood still for long enough, the rest of the time while they have not.
    fn settle(&mut self, order: u64, visible: &std::ops::Range<usize>, now: i64) -> Option<i64> {
        match &self.still {
            Some((version, range, since)) if *version == order && range == visible => {
                if *since == i64::MAX {
                    return None;
                }
                let left = STILL_MS - (now - since);
                if left > 0 {
                    return Some(left);
                }
            }
            _ => {
                self.still = Some((order, visible.clone(), now));
                return Some(STILL_MS);
            }
        }
        self.still = Some((order, visible.clone(), i64::MAX));
        Some(0)
    }

    /// Makes batches for these functions where they have none, and decides which batches are asked.
    fn arrange(&mut self, names: &[&str]) {
        let broken = self
            .error
            .as_ref()
            .is_some_and(|error| !passes_by_itself(error));
        let known = |name: &&str| self.batch_of.contains_key(*name);
        let batches: HashSet<u64> = names
            .iter()
            .filter_map(|name| self.batch_of.get(*name).copied())
            .collect();
        let lacking: Vec<&str> = if batches.len() > MOST_BATCHES_A_SCREEN && !broken {
            names.to_vec()
        } else {
            names.iter().copied().filter(|name| !known(name)).collect()
        };
        // While the endpoint refuses, it is not asked about ever more rows.
        if !broken || self.batches.is_empty() {
            for part in lacking.chunks(MOST_A_BATCH) {
                self.add(part);
            }
        }
        let mut wanted: Vec<u64> = names
            .iter()
            .filter_map(|name| self.batch_of.get(*name).copied())
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() && broken {
            wanted.extend(self.batches.keys().max());
        }
        self.wanted = wanted;
        let used: HashSet<u64> = self.batch_of.values().copied().collect();
        self.batches.retain(|id, _| used.contains(id));
    }

    fn add(&mut self, names: &[&str]) {
        if names.is_empty() {
            return;
        }
        let id = self.next;
        self.next += 1;
        for name in names {
            self.batch_of.insert((*name).to_owned(), id);
        }
        let (lines, percentiles) = queries(names);
        let batch = Batch {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            lines: Metrics::new(lines, TimeRange::ThreeHours),
            percentiles: Metrics::new(percentiles, TimeRange::ThreeHours),
            taken: None,
        };
        self.batches.insert(id, batch);
    }

    fn want(&mut self, cx: &mut Cx<'_>) {
        let mut error = None;
        let mut answered = self.wanted.is_empty();
        for id in &self.wanted {
            let Some(batch) = self.batches.get_mut(id) else {
                continue;
            };
            let lines = cx.store.want(&batch.lines, cx.now);
            let percentiles = cx.store.want(&batch.percentiles, cx.now);
            answered |= lines.value.is_some() && !lines.loading;
            let (shown_lines, shown_percentiles) = (lines.shown(), percentiles.shown());
            if let (Some(lines), Some(percentiles)) = (shown_lines, shown_percentiles)
                && batch.take(lines, percentiles)
            {
                self.version += 1;
                for (index, name) in batch.names.iter().enumerate() {
                    let row = row_of(index, lines, percentiles);
                    self.rows.insert(name.clone(), Arc::new(row));
                }
            }
            error = error.or(lines.error).or(percentiles.error);
        }
        // While it is asked again, what it said last still holds.
        if error.is_some() {
            self.error = error;
        } else if answered && self.error.take().is_some() {
            // It is well again: rows that were not asked for meanwhile are due.
            self.still = None;
        }
    }

    /// Asks again at once, after an error.
    pub fn retry(&mut self, store: &mut CloudStore) {
        use crate::model::topic::Topic;
        let names = self.wanted.iter().filter_map(|id| self.batches.get(id));
        let topics: Vec<Topic> = names
            .flat_map(|batch| &batch.names)
            .map(|name| Topic::Invocations(name.clone()))
            .collect();
        store.invalidate(&topics);
    }

    /// Everything that was asked for has come, or has failed.
    pub fn settled(&self, store: &CloudStore) -> bool {
        !self.wanted.is_empty()
            && self.wanted.iter().all(|id| {
                self.batches.get(id).is_none_or(|batch| {
                    let lines = store.peek(&batch.lines);
                    lines.value.is_some() || lines.error.is_some()
                })
            })
    }
}

fn passes_by_itself(error: &CloudError) -> bool {
    matches!(
        error.kind,
        ErrorKind::Throttled | ErrorKind::Timeout | ErrorKind::Network
    )
}

/// The queries of a batch: two lines a function, and its percentile.
pub fn queries(names: &[&str]) -> (Vec<MetricQuery>, Vec<MetricQuery>) {
    let mut lines = Vec::with_capacity(names.len() * QUERIES_A_FUNCTION);
    let mut percentiles = Vec::with_capacity(names.len());
    let of = MetricQuery::of_function;
    for (index, name) in names.iter().enumerate() {
        lines.push(of(
            format!("i{index}"),
            "Invocations",
            name,
            "Sum",
            PERIOD_S,
        ));
        lines.push(of(format!("e{index}"), "Errors", name, "Sum", PERIOD_S));
        percentiles.push(of(
            format!("d{index}"),
            "Duration",
            name,
            "p99",
            P99_PERIOD_S,
        ));
    }
    (lines, percentiles)
}

fn row_of(index: usize, lines: &MetricData, percentiles: &MetricData) -> RowMetrics {
    let line = |prefix: char| lines.get(&format!("{prefix}{index}"));
    let sparkline = |prefix| line(prefix).map_or_else(Vec::new, |series| series.sparkline(BUCKETS));
    let sum = |prefix| Some(line(prefix)?.summary()?.sum);
    let since = lines.bounds.end - RATE_MINUTES * 60_000;
    let lately = |series: &Series| -> f64 {
        let points = series.points().filter(|(at, _)| *at >= since);
        points.map(|(_, value)| value).sum()
    };
    let invocation_count = sum('i');
    let lately = line('i').map(lately).filter(|_| invocation_count.is_some());
    let p99 = percentiles.get(&format!("d{index}"));
    let mut row = RowMetrics {
        invocations: sparkline('i'),
        errors: sparkline('e'),
        invocation_count,
        rate_per_s: lately.map(|count| count / (RATE_MINUTES as f64 * 60.0)),
        error_count: sum('e'),
        p99_ms: p99.and_then(|series| Some(series.summary()?.maximum)),
        ..RowMetrics::default()
    };
    row.derive();
    row
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn names(range: std::ops::Range<usize>) -> Vec<String> {
        range.map(|n| format!("f{n}")).collect()
    }

    fn arrange(metrics: &mut RowsMetrics, range: std::ops::Range<usize>) {
        let names = names(range);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        metrics.arrange(&names);
    }

    #[test]
    fn a_screen_of_rows_is_one_batch_and_stays_the_same_one() {
        let mut metrics = RowsMetrics::default();
        arrange(&mut metrics, 0..30);
        let first = metrics.batches[&0].lines.clone();
        assert_eq!((metrics.wanted.len(), first.queries.len()), (1, 60));
        arrange(&mut metrics, 0..30);
        assert_eq!(
            (metrics.batches.len(), &metrics.batches[&0].lines),
            (1, &first)
        );
    }

    #[test]
    fn rows_that_come_later_join_with_a_batch_of_their_own() {
        let mut metrics = RowsMetrics::default();
        arrange(&mut metrics, 0..30);
        arrange(&mut metrics, 10..40);
        assert_eq!(metrics.wanted, [0, 1]);
        assert_eq!(metrics.batches[&1].names, names(30..40));
    }

    #[test]
    fn no_call_holds_more_than_five_hundred_metrics() {
        let mut metrics = RowsMetrics::default();
        arrange(&mut metrics, 0..600);
        assert_eq!(metrics.wanted.len(), 3);
        for batch in metrics.batches.values() {
            assert!(batch.lines.queries.len() <= MAX_QUERIES_A_CALL);
        }
    }

    #[test]
    fn a_screen_that_is_patched_together_of_many_batches_is_made_one() {
        let mut metrics = RowsMetrics::default();
        for step in 0..8 {
            arrange(&mut metrics, step * 10..step * 10 + 10);
        }
        arrange(&mut metrics, 0..80);
        assert_eq!(metrics.wanted.len(), 1);
        assert_eq!(metrics.batches.len(), 1, "those that nobody needs are gone");
    }

    #[test]
    fn rows_are_asked_for_only_when_they_stand_still() {
        let mut metrics = RowsMetrics::default();
        assert_eq!(metrics.settle(1, &(0..30), 0), Some(150));
        assert_eq!(metrics.settle(1, &(5..35), 100), Some(150));
        assert_eq!(metrics.settle(1, &(5..35), 200), Some(50));
        assert_eq!(metrics.settle(1, &(5..35), 250), Some(0));
        assert_eq!(metrics.settle(1, &(5..35), 260), None);
        assert_eq!(metrics.settle(2, &(5..35), 270), Some(150), "other rows");
    }

    #[test]
    fn an_endpoint_that_refuses_is_not_asked_about_ever_more_rows() {
        let mut metrics = RowsMetrics::default();
        arrange(&mut metrics, 0..30);
        let refused = CloudError::local("GetMetricData", ErrorKind::NotServed, "404");
        metrics.error = Some(Arc::new(refused));
        arrange(&mut metrics, 100..130);
        assert_eq!(metrics.batches.len(), 1);
        assert_eq!(
            metrics.wanted,
            [0],
            "so that its refresh can tell that it is well again"
        );
    }

    #[test]
    fn a_row_shows_rate_percentile_and_trouble() {
        let series = |values: &[f64]| Series {
            period_s: 60,
            values: values.to_vec(),
            ..Series::default()
        };
        let mut lines = MetricData {
            bounds: 0..180_000,
            ..MetricData::default()
        };
        lines
            .series
            .insert("i0".into(), series(&[500.0, f64::NAN, 580.0]));
        lines
            .series
            .insert("e0".into(), series(&[0.0, f64::NAN, 41.0]));
        let mut percentiles = MetricData::default();
        percentiles
            .series
            .insert("d0".into(), series(&[120.0, 829.0]));
        let row = row_of(0, &lines, &percentiles);
        assert_eq!((row.rate.as_str(), row.p99.as_str()), ("1.2 /s", "829 ms"));
        assert_eq!(row.trouble.as_deref(), Some("3.8 % errors"));
        let none = row_of(1, &lines, &percentiles);
        assert_eq!((none.rate.as_str(), none.p99.as_str()), ("–", "–"));
        assert_eq!(none.trouble, None);
    }
}
