//! CloudWatch metrics: many series in few calls, laid on one grid of time.
//!
//! Knows no plot and no panel. A range that ends now ("the last 3 h") is the key as it stands, and becomes times when it
//! is fetched: so the key stays the same for as long as somebody looks, and a refresh replaces rows that are on the screen.
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy,
};
use aws_smithy_types::DateTime;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::cloud::observe::now_ms;
use crate::model::error::CloudError;
use crate::model::format::number_exact;
use crate::model::metric::{self, MAX_QUERIES_A_CALL, MetricQuery, Series, TimeRange};
use crate::model::topic::Topic;
use crate::store::{Pages, Query};

const OPERATION: &str = "GetMetricData";

/// Points in one answer at most; more come as further pages.
/// Source: the `MaxDatapoints` parameter of GetMetricData.
const MAX_DATAPOINTS: i32 = 100_800;

/// Series of metrics over one range of time. The queries share nothing but the range: each has its own period.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Metrics {
    /// What is asked; ids are unique within it. Shared, so that asking on every frame copies nothing.
    pub queries: Arc<[MetricQuery]>,
    /// Over which time; see [`TimeRange`].
    pub range: TimeRange,
    /// How soon it is asked again.
    pub pace: Pace,
}

/// How soon metrics are asked again while somebody looks at them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Pace {
    /// As the range has it: CloudWatch counts by the minute, and bills every metric that is asked for.
    #[default]
    Usual,
    /// Every few seconds: an endpoint of this machine counts at once and bills nothing.
    Quick,
}

/// How soon [`Pace::Quick`] asks again.
const QUICK: Duration = Duration::from_secs(5);

/// The series that came.
#[derive(Debug, Clone, Default)]
pub struct MetricData {
    /// From and to, ms since 1970: what was asked for, on the grid of the coarsest period.
    pub bounds: Range<i64>,
    /// By the query's id. Every query that was answered has one; without points it is all gaps.
    pub series: HashMap<String, Series>,
    /// What CloudWatch says besides, for example that not all data could be read.
    pub messages: Vec<String>,
}

impl MetricData {
    /// The series of a query.
    pub fn get(&self, id: &str) -> Option<&Series> {
        self.series.get(id)
    }
}

impl Metrics {
    /// The queries over the range.
    pub fn new(queries: impl Into<Arc<[MetricQuery]>>, range: TimeRange) -> Self {
        Self {
            queries: queries.into(),
            range,
            pace: Pace::Usual,
        }
    }

    /// The same, asked again as soon as `pace` says.
    pub fn at(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// From and to on the grid of the coarsest period that is asked, ms since 1970.
    fn bounds(&self, now: i64) -> Range<i64> {
        let coarsest = self.queries.iter().map(|query| query.period_s).max();
        let period_s = coarsest.unwrap_or(60).max(1);
        let bounds = self.range.bounds(now);
        let step = i64::from(period_s) * 1_000;
        let end = metric::align(bounds.end.saturating_add(step - 1), period_s);
        metric::align(bounds.start, period_s)..end
    }
}

impl Query<Cloud> for Metrics {
    type Output = MetricData;

    fn service(&self) -> &'static str {
        "cloudwatch"
    }

    fn ttl(&self) -> Duration {
        if self.pace == Pace::Quick {
            return QUICK;
        }
        match self.range {
            // What is long past does not change any more; it is read again for late data only.
            TimeRange::Custom(..) => Duration::from_secs(600),
            TimeRange::Week => Duration::from_secs(300),
            _ => Duration::from_secs(60),
        }
    }

    fn topics(&self) -> Vec<Topic> {
        let functions: BTreeSet<&str> = self
            .queries
            .iter()
            .flat_map(|query| &query.dimensions)
            .filter(|(name, _)| name == "FunctionName")
            .map(|(_, value)| value.as_str())
            .collect();
        let topic = |name: &str| Topic::Invocations(name.to_owned());
        functions.into_iter().map(topic).collect()
    }

    fn append(so_far: &mut MetricData, page: MetricData) {
        so_far.bounds = page.bounds;
        so_far.series.extend(page.series);
        so_far.messages.extend(page.messages);
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<MetricData>) -> Result<(), CloudError> {
        let bounds = self.bounds(i64::try_from(now_ms()).unwrap_or(i64::MAX));
        if self.queries.is_empty() {
            pages.send(MetricData::of(bounds)).await;
            return Ok(());
        }
        let client = cloud.cloudwatch().await?;
        for batch in self.queries.chunks(MAX_QUERIES_A_CALL) {
            let mut collected = Collected::default();
            let mut answers = client
                .get_metric_data()
                .set_metric_data_queries(Some(batch.iter().map(to_sdk).collect()))
                .start_time(DateTime::from_millis(bounds.start))
                .end_time(DateTime::from_millis(bounds.end))
                .scan_by(ScanBy::TimestampAscending)
                .max_datapoints(MAX_DATAPOINTS)
                .into_paginator()
                .send();
            while let Some(answer) = answers.next().await {
                collected.take(answer.map_err(|error| from_sdk(OPERATION, "", error))?);
            }
            pages.send(collected.lay(batch, bounds.clone())).await;
        }
        Ok(())
    }
}

/// How far back [`called_lately`] looks, in ms.
const LATELY_MS: i64 = 3 * 3_600_000;

/// How a function was called in the last three hours, in a sentence: for who is about to delete it.
///
/// # Errors
/// Those of `GetMetricData`.
pub async fn called_lately(cloud: &Cloud, name: &str) -> Result<String, CloudError> {
    let now = i64::try_from(now_ms()).unwrap_or(i64::MAX);
    let metric = Metric::builder()
        .namespace("AWS/Lambda")
        .metric_name("Invocations")
        .dimensions(
            Dimension::builder()
                .name("FunctionName")
                .value(name)
                .build(),
        )
        .build();
    let stat = MetricStat::builder().metric(metric).period(60).stat("Sum");
    let query = MetricDataQuery::builder()
        .id("calls")
        .metric_stat(stat.build())
        .build();
    let client = cloud.cloudwatch().await?;
    let answer = client
        .get_metric_data()
        .metric_data_queries(query)
        .start_time(DateTime::from_millis(now - LATELY_MS))
        .end_time(DateTime::from_millis(now + 60_000))
        .send()
        .await
        .map_err(|error| from_sdk(OPERATION, name, error))?;
    let results = answer.metric_data_results().iter();
    let points = results.flat_map(|result| result.timestamps().iter().zip(result.values()));
    let (mut last, mut count) = (i64::MIN, 0.0);
    for (time, calls) in points.filter(|(_, calls)| **calls > 0.0) {
        last = last.max(time.to_millis().unwrap_or(i64::MIN));
        count += calls;
    }
    Ok(lately_words(last, count, now))
}

/// Metrics know the minute and not the second.
fn lately_words(last: i64, count: f64, now: i64) -> String {
    if count <= 0.0 {
        return "It was not called in the last 3 h, as far as CloudWatch knows.".to_owned();
    }
    let minutes = (now - last).max(0) / 60_000;
    let when = match minutes {
        0 => "within the last minute".to_owned(),
        1..60 => format!("{minutes} min ago"),
        _ => format!("{} h ago", minutes / 60),
    };
    let times = match count.round() as i64 {
        1 => "once".to_owned(),
        n => format!("{} times", number_exact(n)),
    };
    format!("It is in use: called {when}, {times} in the last 3 h.")
}

impl MetricData {
    fn of(bounds: Range<i64>) -> Self {
        Self {
            bounds,
            ..Self::default()
        }
    }
}

/// The points of one batch while its pages come: a series may be spread over several.
#[derive(Default)]
struct Collected {
    points: HashMap<String, (String, Vec<(i64, f64)>)>,
    messages: Vec<String>,
}

impl Collected {
    fn take(&mut self, answer: GetMetricDataOutput) {
        for message in answer.messages() {
            self.say(None, message.code(), message.value());
        }
        for result in answer.metric_data_results() {
            self.result(result);
        }
    }

    fn result(&mut self, result: &MetricDataResult) {
        let Some(id) = result.id() else {
            return;
        };
        let (label, points) = self.points.entry(id.to_owned()).or_default();
        if let Some(given) = result.label() {
            given.clone_into(label);
        }
        let times = result.timestamps().iter();
        let pairs = times.zip(result.values()).filter_map(|(time, value)| {
            let time = time.to_millis().ok()?;
            Some((time, *value))
        });
        points.extend(pairs);
        for message in result.messages() {
            self.say(result.label(), message.code(), message.value());
        }
    }

    fn say(&mut self, label: Option<&str>, code: Option<&str>, text: Option<&str>) {
        let parts = [label, code, text];
        let said: Vec<&str> = parts.into_iter().flatten().collect();
        let said = said.join(": ");
        if !said.is_empty() && !self.messages.contains(&said) {
            self.messages.push(said);
        }
    }

    fn lay(mut self, batch: &[MetricQuery], bounds: Range<i64>) -> MetricData {
        let mut data = MetricData::of(bounds.clone());
        data.messages = std::mem::take(&mut self.messages);
        for query in batch {
            let (label, points) = self.points.remove(&query.id).unwrap_or_default();
            let series = Series::on_grid(
                query.id.clone(),
                label,
                bounds.clone(),
                query.period_s,
                points,
            );
            data.series.insert(query.id.clone(), series);
        }
        data
    }
}

fn to_sdk(query: &MetricQuery) -> MetricDataQuery {
    let dimension = |(name, value): &(String, String)| Dimension::builder().name(name).value(value);
    let metric = Metric::builder()
        .namespace(&query.namespace)
        .metric_name(&query.name)
        .set_dimensions(Some(
            query
                .dimensions
                .iter()
                .map(|pair| dimension(pair).build())
                .collect(),
        ))
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(i32::try_from(query.period_s).unwrap_or(i32::MAX))
        .stat(&query.stat)
        .build();
    MetricDataQuery::builder()
        .id(&query.id)
        .metric_stat(stat)
        .return_data(true)
        .build()
}

#[cfg(test)]
#[path = "cloudwatch_tests.rs"]
mod tests;
