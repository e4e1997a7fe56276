//! The metrics of the rows on the screen: which rows are asked for together, and what their cells show.
//!
//! Rows are asked for in batches: those that came on the screen and had none when the scrolling stopped. A batch stays as it
//! is, so that its query is the same on every frame and is refreshed as one. What was once read stays shown while it is
//! asked again.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::Arc;

use super::Kind;
use crate::cloud::cloudwatch::{MetricData, Metrics, Pace};
use crate::model::error::CloudError;
use crate::model::format;
use crate::model::metric::{self, MAX_QUERIES_A_CALL, MetricQuery, Series, Span, TimeRange};
use crate::store::{ConnectionKey, Query};
use crate::ui::cx::{CloudStore, Cx};
use crate::ui::widgets::table::TableState;
use crate::ui::widgets::table_cell::Cell;

/// The rows must stand still this long before they are asked for, in ms.
const STILL_MS: i64 = 150;
/// Points of a sparkline: three minutes each, or one where less than three hours are shown.
const BUCKETS: usize = 60;
/// A rate is the mean of so much before now, in ms: recent, and not much changed by the minute or two that CloudWatch takes
/// to count.
const RATE_MS: i64 = 15 * 60_000;
/// Rows of a batch that is asked for every few seconds, at most.
const QUICK_ROWS: usize = 60;
/// More batches than this behind one screen are made into one.
const MOST_BATCHES_A_SCREEN: usize = 3;

/// What is read of CloudWatch for a row, over three hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// CloudWatch's name of the metric.
    pub name: &'static str,
    /// As "Sum", "p99".
    pub stat: &'static str,
    /// Seconds of a point.
    pub period_s: u32,
}

impl Measure {
    /// A measure of CloudWatch's `name`.
    pub const fn new(name: &'static str, stat: &'static str, period_s: u32) -> Self {
        Self {
            name,
            stat,
            period_s,
        }
    }

    /// The query for it of an API, in `AWS/ApiGateway`.
    pub fn of_api(&self, id: String, name: &str) -> MetricQuery {
        MetricQuery {
            id,
            namespace: "AWS/ApiGateway".to_owned(),
            name: self.name.to_owned(),
            dimensions: vec![("ApiName".to_owned(), name.to_owned())],
            stat: self.stat.to_owned(),
            period_s: self.period_s,
        }
    }

    /// The query for it of a function.
    pub fn of_function(&self, id: String, function: &str) -> MetricQuery {
        MetricQuery::of_function(id, self.name, function, self.stat, self.period_s)
    }
}

/// What a column shows of a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// The column's id.
    pub column: &'static str,
    /// Which of the kind's measures.
    pub measure: usize,
    /// How it is shown.
    pub show: Show,
    /// The header in CSV, with `{}` for the time that is shown; empty where another column tells the same.
    pub csv: &'static str,
}

/// How a measure is shown, with the word of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Show {
    /// A line, and the sum in words.
    Line(&'static str),
    /// How many failed, which share of another measure that is, and a line; one in a hundred makes it red. Sorted by the
    /// share.
    Failures(&'static str, usize),
    /// A minute, of late; the words tell how many in all.
    Rate(&'static str),
    /// The largest, in ms.
    MostMs,
}

/// What one cell shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// For the line; `NaN` where nothing was reported.
    pub line: Vec<f32>,
    /// The number; `None` where nothing was reported.
    pub value: Option<f64>,
    /// What it is sorted by.
    pub weight: Option<f64>,
    /// As "829 ms", "41 · 6.9 %".
    pub text: String,
    /// What shows on hover, and what a screen reader says of a line.
    pub label: String,
}

/// Over which time rows are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// As much as there is data for.
    pub span: Span,
    /// When the first data are from, ms since 1970.
    pub began: Option<i64>,
    /// ms since 1970.
    pub end: i64,
}

/// What the cells of one row show.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowFigures {
    /// By the kind's figures.
    pub cells: Vec<Known>,
    /// As "3.8 % errors", where that is worth a look.
    pub trouble: Option<String>,
    /// Some failed.
    pub failing: bool,
    /// Over which time that is.
    pub span: Span,
}

impl RowFigures {
    /// The exact number, for CSV.
    pub fn value(&self, figure: usize) -> Option<f64> {
        self.cells.get(figure)?.value
    }

    pub(super) fn of<'a>(
        figures: &[Figure],
        measured: impl Fn(usize) -> Option<&'a Series>,
        window: Window,
    ) -> Self {
        let shown = |measure: usize| Some(measured(measure)?.since(window.end - window.span.ms()));
        let sum = |measure: usize| Some(shown(measure)?.summary()?.sum);
        let mut row = Self {
            span: window.span,
            ..Self::default()
        };
        let cells = figures.iter().map(|figure| {
            let series = shown(figure.measure);
            let sum_of_it = sum(figure.measure);
            let value = match figure.show {
                Show::Line(..) | Show::Failures(..) => sum_of_it,
                Show::Rate(..) => measured(figure.measure)
                    .filter(|_| sum_of_it.is_some())
                    .map(|series| rate(series, window)),
                Show::MostMs => series.as_ref().and_then(|s| Some(s.summary()?.maximum)),
            };
            let mut share = None;
            if let Show::Failures(_, whole) = figure.show {
                share = self::share(sum(whole), value);
                row.trouble = trouble(share, value);
                row.failing = value.is_some_and(|failed| failed > 0.0);
            }
            Known {
                line: match (figure.show, &series) {
                    (Show::Line(..) | Show::Failures(..), Some(series)) => {
                        series.sparkline(BUCKETS.min(series.values.len().max(1)))
                    }
                    _ => Vec::new(),
                },
                text: figure.text(value, share),
                label: figure.label(value, sum_of_it, window.span),
                // Of equal shares, the one of more counts for more.
                weight: match (share, value) {
                    (Some(share), Some(value)) => Some(share + value.min(1e6) * 1e-12),
                    _ => value,
                },
                value,
            }
        });
        row.cells = cells.collect();
        row
    }
}

impl Figure {
    /// What `column` shows of the measure with this number.
    pub const fn new(column: &'static str, measure: usize, show: Show, csv: &'static str) -> Self {
        Self {
            column,
            measure,
            show,
            csv,
        }
    }

    fn text(&self, value: Option<f64>, share: Option<f64>) -> String {
        let Some(value) = value else {
            return "–".to_owned();
        };
        match (self.show, share) {
            (Show::Failures(..), Some(share)) if value > 0.0 => {
                format!("{} · {}", format::number(value), format::percent(share))
            }
            (Show::Line(..) | Show::Failures(..), _) => format::number(value),
            (Show::Rate(..), _) => format::rate(value),
            (Show::MostMs, _) => format::duration(value),
        }
    }

    fn label(&self, value: Option<f64>, sum: Option<f64>, span: Span) -> String {
        match self.show {
            Show::Line(one) | Show::Failures(one, _) | Show::Rate(one) => {
                let count = format::count_of(sum.unwrap_or(0.0), one);
                format!("{count} in {}", span.words())
            }
            Show::MostMs => format::duration_exact(value.unwrap_or_default()),
        }
    }
}

/// A second, over the last minutes before the end: over as many of them as there is data for.
fn rate(series: &Series, window: Window) -> f64 {
    let since = window.end - RATE_MS;
    let lately = series.points().filter(|(at, _)| *at >= since);
    let sum: f64 = lately.map(|(_, value)| value).sum();
    let known = window.end - since.max(window.began.unwrap_or(since));
    sum / (known.max(60_000) as f64 / 1_000.0)
}

/// Which part of all failed.
fn share(whole: Option<f64>, failed: Option<f64>) -> Option<f64> {
    let (whole, failed) = (whole?, failed?);
    Some(failed / whole.max(failed).max(1.0))
}

/// One failure in a hundred is worth a look; a single one among few is not.
fn trouble(share: Option<f64>, failed: Option<f64>) -> Option<String> {
    let (share, failed) = (share?, failed?);
    (failed >= 2.0 && share >= 0.01).then(|| format!("{} errors", format::percent(share)))
}

/// Which figure a column shows.
pub fn of_column<K: Kind>(column: &str) -> Option<usize> {
    K::FIGURES.iter().position(|figure| figure.column == column)
}

/// Rows can be told by whether they fail.
pub fn can_fail<K: Kind>() -> bool {
    let fails = |figure: &Figure| matches!(figure.show, Show::Failures(..));
    K::FIGURES.iter().any(fails)
}

/// Whether any column that is chosen needs metrics.
pub fn are_shown<K: Kind>(table: &TableState) -> bool {
    let mut columns = K::COLUMNS.iter().filter(|column| table.shows(column));
    columns.any(|column| of_column::<K>(column.id).is_some())
}

/// Rows of a batch: what one call can hold.
pub fn most_a_batch<K: Kind>() -> usize {
    let of = |period| K::MEASURES.iter().filter(|m| m.period_s == period).count();
    let most = periods::<K>().into_iter().map(of).max();
    MAX_QUERIES_A_CALL / most.unwrap_or(1).max(1)
}

/// Measures of one period are asked for together, so that the finer ones end now and not on the coarsest one's grid.
fn periods<K: Kind>() -> BTreeSet<u32> {
    K::MEASURES.iter().map(|measure| measure.period_s).collect()
}

/// Where the line of failures begins, in points from the left of the cell: after the longest of their usual words.
const AFTER_WORDS: f32 = 82.0;
/// A narrower line says nothing.
const LEAST_LINE: f32 = 28.0;

/// Draws a figure's cell; true where its failures are pressed. `of` is whose they are; none where they lead nowhere.
pub fn draw<K: Kind>(
    at: usize,
    known: Option<&RowFigures>,
    of: Option<&str>,
    cell: &mut Cell<'_>,
) -> bool {
    let found = known.and_then(|known| Some((known.cells.get(at)?, &known.trouble)));
    let Some((known, trouble)) = found.filter(|(known, _)| known.value.is_some()) else {
        cell.muted("–");
        return false;
    };
    let theme = cell.theme();
    let mut pressed = false;
    match K::FIGURES[at].show {
        Show::Line(..) => cell.sparkline(&known.line, theme.accent, &known.label),
        Show::Failures(..) if known.value <= Some(0.0) => cell.muted(&known.text),
        Show::Failures(..) => {
            let (words, line) = match trouble {
                Some(_) => (theme.err, theme.err),
                None => (theme.text, theme.muted),
            };
            let left = cell.rect.left();
            pressed = match of {
                Some(of) => cell.link(&known.text, words, || {
                    format!("{} of {of}, show the newest", known.label)
                }),
                None => {
                    cell.colored(&known.text, words);
                    false
                }
            };
            cell.rect.min.x = cell.rect.min.x.max(left + AFTER_WORDS);
            if cell.rect.width() >= LEAST_LINE {
                cell.sparkline(&known.line, line, &known.label);
            }
        }
        Show::Rate(..) | Show::MostMs => cell.text(&known.text),
    }
    cell.hover(|| known.label.clone());
    pressed
}

pub(super) struct Batch {
    pub(super) keys: Vec<String>,
    /// One a period.
    pub(super) metrics: Vec<Metrics>,
    /// What the cells were made from.
    taken: Vec<Arc<MetricData>>,
    /// When the first of its data are from.
    began: Option<i64>,
}

impl Batch {
    /// True when these are others than the cells were made from.
    fn take(&mut self, data: &[Arc<MetricData>]) -> bool {
        let mut both = self.taken.iter().zip(data);
        let same = self.taken.len() == data.len() && both.all(|(had, has)| Arc::ptr_eq(had, has));
        if !same {
            self.taken = data.to_vec();
            let series = data.iter().flat_map(|data| data.series.values());
            self.began = metric::began(series);
        }
        !same
    }
}

/// All that is known of the rows' metrics.
pub struct Figures<K: Kind> {
    rows: HashMap<String, Arc<RowFigures>>,
    pub(super) batches: HashMap<u64, Batch>,
    batch_of: HashMap<String, u64>,
    next: u64,
    still: Option<(u64, Range<usize>, i64)>,
    pub(super) wanted: Vec<u64>,
    /// Why the last batch could not be read.
    pub error: Option<Arc<CloudError>>,
    /// Grows with every change of what is known.
    pub version: u64,
    /// How much is shown; `None` before anything is known.
    pub span: Option<Span>,
    connection: Option<ConnectionKey>,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Default for Figures<K> {
    fn default() -> Self {
        Self {
            rows: HashMap::new(),
            batches: HashMap::new(),
            batch_of: HashMap::new(),
            next: 0,
            still: None,
            wanted: Vec::new(),
            error: None,
            version: 0,
            span: None,
            connection: None,
            kind: PhantomData,
        }
    }
}

impl<K: Kind> Figures<K> {
    /// What is known of a row.
    pub fn get(&self, key: &str) -> Option<&RowFigures> {
        self.rows.get(key).map(Arc::as_ref)
    }

    /// The same, to be held.
    pub fn shared(&self, key: &str) -> Option<&Arc<RowFigures>> {
        self.rows.get(key)
    }

    /// For sorting.
    pub fn weight(&self, key: &str, figure: usize) -> Option<f64> {
        self.get(key)?.cells.get(figure)?.weight
    }

    /// Says which rows are on the screen (in which version of the order) and asks for what they lack. Gives the time in ms
    /// after which a frame is needed, while rows move.
    pub fn ask<'a>(
        &mut self,
        cx: &mut Cx<'_>,
        order: u64,
        visible: Range<usize>,
        rows: impl Fn() -> Vec<&'a K::Row>,
    ) -> Option<i64> {
        if self.connection != cx.store.current() {
            *self = Self {
                connection: cx.store.current(),
                ..Self::default()
            };
        }
        let wait = self.settle(order, &visible, cx.now);
        if wait == Some(0) {
            self.arrange(&rows());
        }
        self.want(cx);
        wait.filter(|ms| *ms > 0)
    }

    /// `Some(0)` when the rows have just stood still for long enough, the rest of the time while they have not.
    pub(super) fn settle(&mut self, order: u64, visible: &Range<usize>, now: i64) -> Option<i64> {
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

    /// Makes batches for these rows where they have none, and decides which batches are asked.
    pub(super) fn arrange(&mut self, rows: &[&K::Row]) {
        let broken = self
            .error
            .as_ref()
            .is_some_and(|error| !error.passes_by_itself());
        let batch = |row: &&K::Row| self.batch_of.get(K::key(row).as_ref()).copied();
        let batches: HashSet<u64> = rows.iter().filter_map(batch).collect();
        let lacking: Vec<&K::Row> = if batches.len() > MOST_BATCHES_A_SCREEN && !broken {
            rows.to_vec()
        } else {
            let lacks = |row: &&K::Row| batch(row).is_none();
            rows.iter().copied().filter(lacks).collect()
        };
        // While the endpoint refuses, it is not asked about ever more rows.
        if !broken || self.batches.is_empty() {
            for part in lacking.chunks(most_a_batch::<K>()) {
                self.add(part);
            }
        }
        let batch = |row: &&K::Row| self.batch_of.get(K::key(row).as_ref()).copied();
        let mut wanted: Vec<u64> = rows.iter().filter_map(batch).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() && broken {
            wanted.extend(self.batches.keys().max());
        }
        self.wanted = wanted;
        let used: HashSet<u64> = self.batch_of.values().copied().collect();
        self.batches.retain(|id, _| used.contains(id));
    }

    fn add(&mut self, rows: &[&K::Row]) {
        if rows.is_empty() {
            return;
        }
        let id = self.next;
        self.next += 1;
        let keys: Vec<String> = rows.iter().map(|row| K::key(row).into_owned()).collect();
        for key in &keys {
            self.batch_of.insert(key.clone(), id);
        }
        let batch = Batch {
            keys,
            metrics: queries::<K>(rows),
            taken: Vec::new(),
            began: None,
        };
        self.batches.insert(id, batch);
    }

    fn want(&mut self, cx: &mut Cx<'_>) {
        let mut error = None;
        let mut answered = self.wanted.is_empty();
        let mut fresh = Vec::new();
        let is_near = cx.connection.spec.is_local();
        let young = is_near && self.span.is_none_or(|span| span == Span::Quarter);
        for id in &self.wanted {
            let Some(batch) = self.batches.get_mut(id) else {
                continue;
            };
            // What has just begun on this machine moves within seconds; anything else is asked as seldom as it costs.
            let pace = match young && batch.keys.len() <= QUICK_ROWS {
                true => Pace::Quick,
                false => Pace::Usual,
            };
            batch.metrics.iter_mut().for_each(|m| m.pace = pace);
            let want = |metrics: &Metrics| cx.store.want(metrics, cx.now);
            let known: Vec<_> = batch.metrics.iter().map(want).collect();
            answered |= known
                .first()
                .is_some_and(|k| k.value.is_some() && !k.loading);
            let shown: Vec<_> = known.iter().filter_map(|k| k.shown().cloned()).collect();
            if shown.len() == known.len() && batch.take(&shown) {
                fresh.push(*id);
            }
            error = known
                .into_iter()
                .fold(error, |error, known| error.or(known.error));
        }
        if !fresh.is_empty() {
            self.lay_out(fresh, is_near, cx.now);
        }
        // While it is asked again, what it said last still holds.
        if error.is_some() {
            self.error = error;
        } else if answered && self.error.take().is_some() {
            // It is well again: rows that were not asked for meanwhile are due.
            self.still = None;
        }
    }

    /// Makes the cells of these batches, and of all where another span of time is shown from now on.
    fn lay_out(&mut self, mut fresh: Vec<u64>, is_near: bool, now: i64) {
        let began = self.batches.values().filter_map(|batch| batch.began).min();
        let span = match began {
            Some(began) => Span::holding(began, now),
            // Where nothing has happened yet, it will within minutes, and not hours ago.
            None if is_near => Span::Quarter,
            None => Span::ThreeHours,
        };
        if self.span != Some(span) {
            self.span = Some(span);
            let known = self.batches.iter().filter(|(_, b)| !b.taken.is_empty());
            fresh = known.map(|(id, _)| *id).collect();
        }
        self.version += 1;
        for id in fresh {
            let Some(batch) = self.batches.get(&id) else {
                continue;
            };
            // The finest period ends latest.
            let end = batch.taken.first().map_or(now, |data| data.bounds.end);
            let window = Window {
                span,
                began,
                end: end.min(now),
            };
            for (row, key) in batch.keys.iter().enumerate() {
                let figures = Arc::new(figures_of::<K>(row, &batch.taken, window));
                self.rows.insert(key.clone(), figures);
            }
        }
    }

    /// Asks again at once, after an error.
    pub fn retry(&mut self, store: &mut CloudStore) {
        let batches = self.wanted.iter().filter_map(|id| self.batches.get(id));
        let metrics = batches.flat_map(|batch| &batch.metrics);
        let topics: Vec<_> = metrics.flat_map(Query::topics).collect();
        store.invalidate(&topics);
    }

    /// Everything that was asked for has come, or has failed.
    pub fn settled(&self, store: &CloudStore) -> bool {
        let came = |metrics: &Metrics| {
            let known = store.peek(metrics);
            known.value.is_some() || known.error.is_some()
        };
        let mut batches = self.wanted.iter().filter_map(|id| self.batches.get(id));
        !self.wanted.is_empty() && batches.all(|batch| batch.metrics.iter().all(came))
    }
}

fn id_of(measure: usize, row: usize) -> String {
    format!("m{measure}r{row}")
}

/// The queries of a batch, one for each period: every measure of every row.
fn queries<K: Kind>(rows: &[&K::Row]) -> Vec<Metrics> {
    let of = |period| {
        let mut queries = Vec::with_capacity(rows.len() * K::MEASURES.len());
        for (at, row) in rows.iter().enumerate() {
            let measures = K::MEASURES.iter().enumerate();
            let measures = measures.filter(|(_, measure)| measure.period_s == period);
            queries.extend(
                measures
                    .filter_map(|(number, measure)| K::measured(row, measure, id_of(number, at))),
            );
        }
        Metrics::new(queries, TimeRange::ThreeHours)
    };
    periods::<K>().into_iter().map(of).collect()
}

pub(super) fn figures_of<K: Kind>(
    row: usize,
    data: &[Arc<MetricData>],
    window: Window,
) -> RowFigures {
    let series = |measure| {
        let id = id_of(measure, row);
        data.iter().find_map(|data| data.get(&id))
    };
    RowFigures::of(K::FIGURES, series, window)
}

/// What is known of these rows.
#[cfg(test)]
pub fn figures_for_tests<K: Kind, const N: usize>(rows: [(&str, RowFigures); N]) -> Figures<K> {
    let rows = rows.map(|(key, row)| (key.to_owned(), Arc::new(row)));
    Figures {
        rows: rows.into(),
        ..Figures::default()
    }
}
