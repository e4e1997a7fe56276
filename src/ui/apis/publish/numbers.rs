//! A stage's numbers over a range of time: requests, their failures, how long they take.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html>.

use std::sync::Arc;

use egui::{RichText, Ui};

use super::stages::quiet;
use crate::cloud::cloudwatch::{MetricData, Metrics};
use crate::model::format;
use crate::model::metric::{MetricQuery, Series, TimeRange};
use crate::ui::cx::{Cx, Message};
use crate::ui::theme::Theme;
use crate::ui::widgets::plot::{Line, Look, Plot, PlotGroup, Unit, plot_columns};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::state;

/// Kept: which range is looked at.
const RANGE: &str = "apis.stage.range";
const HEIGHT: f32 = 176.0;
const CARDS: usize = 4;

/// What is asked: the name that the answer has, the metric, the statistic.
const ASKED: [(&str, &str, &str); 5] = [
    ("requests", "Count", "Sum"),
    ("4xx", "4XXError", "Sum"),
    ("5xx", "5XXError", "Sum"),
    ("p50", "Latency", "p50"),
    ("p99", "Latency", "p99"),
];

/// What this part keeps between frames.
#[derive(Default)]
pub struct Numbers {
    range: Option<TimeRange>,
    asked: Option<(String, String, TimeRange, Metrics)>,
    data: Option<Arc<MetricData>>,
    generation: u64,
    group: PlotGroup,
}

fn queries(api: &str, stage: &str, period_s: u32) -> Vec<MetricQuery> {
    let one = |(id, name, stat): (&str, &str, &str)| MetricQuery {
        // An id begins with a letter.
        id: format!("m{id}"),
        namespace: "AWS/ApiGateway".to_owned(),
        name: name.to_owned(),
        dimensions: vec![
            ("ApiName".to_owned(), api.to_owned()),
            ("Stage".to_owned(), stage.to_owned()),
        ],
        stat: stat.to_owned(),
        period_s,
    };
    ASKED.map(one).to_vec()
}

impl Numbers {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, api: &str, stage: &str, cx: &mut Cx<'_>) {
        let kept = || cx.settings.get(RANGE).unwrap_or(TimeRange::Hour);
        let mut range = self.range.unwrap_or_else(kept);
        let presets = TimeRange::PRESETS.map(|range| (range, range.title()));
        if segmented(ui, "Time range", &mut range, &presets) {
            cx.settings.set(RANGE, &range);
            self.group.zoom_out();
        }
        self.range = Some(range);
        if self.group.zone != *cx.zone {
            self.group.zone = cx.zone.clone();
        }
        let metrics = self.metrics(api, stage, range, cx.now);
        let known = cx.store.want(&metrics, cx.now);
        if let Some(error) = &known.error {
            let pressed = state::error_line(ui, error);
            if pressed.retry {
                cx.store.refresh();
            }
            if pressed.sign_in {
                cx.messages.push(Message::SignIn);
            }
        }
        let Some(data) = known.value.or_else(|| self.data.clone()) else {
            if known.error.is_none() {
                state::skeleton(ui, "the stage's numbers", 4);
            }
            return;
        };
        let same = self
            .data
            .as_ref()
            .is_some_and(|old| Arc::ptr_eq(old, &data));
        if !same {
            self.generation += 1;
            self.data = Some(data.clone());
        }
        for message in &data.messages {
            ui.label(RichText::new(message).color(Theme::of(ui).warn));
        }
        if data.series.values().all(Series::is_empty) {
            quiet(ui, "No requests in this range.");
            return;
        }
        let period = data.get("mrequests").map_or(60, |series| series.period_s);
        self.group
            .begin(ui.ctx(), data.bounds.clone(), i64::from(period) * 1_000);
        // As many in each line.
        let columns = match ui.available_width() {
            width if width >= 1_040.0 => 4,
            width if width >= 480.0 => 2,
            _ => 1,
        };
        let (group, generation) = (&mut self.group, self.generation);
        plot_columns(ui, CARDS, columns, HEIGHT, |ui, card| {
            plot(ui, card, &data, generation, group)
        });
    }

    fn metrics(&mut self, api: &str, stage: &str, range: TimeRange, now: i64) -> Metrics {
        match &self.asked {
            Some((of, at, of_range, metrics)) if of == api && at == stage && *of_range == range => {
                metrics.clone()
            }
            _ => {
                let metrics = Metrics::new(queries(api, stage, range.period_s(now)), range);
                self.data = None;
                self.asked = Some((api.to_owned(), stage.to_owned(), range, metrics.clone()));
                metrics
            }
        }
    }
}

fn plot(ui: &mut Ui, card: usize, data: &MetricData, generation: u64, group: &mut PlotGroup) {
    let theme = Theme::of(ui);
    let line = |name, id: &str, color, look| {
        let series = data.get(id)?;
        Some(Line::new(name, series, color).look(look))
    };
    let sum = |id: &str| {
        let summary = data.get(id).and_then(Series::summary);
        summary.map_or(0.0, |summary| summary.sum)
    };
    let all = sum("mrequests");
    let (title, unit, lines) = match card {
        0 => (
            "Requests",
            Unit::Count,
            vec![line("Requests", "mrequests", theme.series[0], Look::Solid)],
        ),
        1 => (
            "4XX",
            Unit::Count,
            vec![line("4XX", "m4xx", theme.warn, Look::Bars)],
        ),
        2 => (
            "5XX",
            Unit::Count,
            vec![line("5XX", "m5xx", theme.err, Look::Bars)],
        ),
        _ => (
            "Latency",
            Unit::Milliseconds,
            vec![
                line("p50", "mp50", theme.series[0], Look::Solid),
                line("p99", "mp99", theme.series[1], Look::Solid),
            ],
        ),
    };
    let lines: Vec<Line<'_>> = lines.into_iter().flatten().collect();
    let share = |part: f64| match all > 0.0 {
        true => format::percent(part / all),
        false => String::new(),
    };
    let last = |id: &str| data.get(id).and_then(|series| series.points().last());
    let (value, subtitle) = match card {
        0 => (format::number(all), String::new()),
        1 => (format::number(sum("m4xx")), share(sum("m4xx"))),
        2 => (format::number(sum("m5xx")), share(sum("m5xx"))),
        _ => (
            last("mp99").map_or("–".to_owned(), |(_, ms)| format::duration(ms)),
            "p99 now".to_owned(),
        ),
    };
    let tone = match card {
        1 if sum("m4xx") > 0.0 => Some(theme.warn),
        2 if sum("m5xx") > 0.0 => Some(theme.err),
        _ => None,
    };
    let mut plot = Plot::new(title, unit, &lines, generation).value(&value, &subtitle);
    if let Some(tone) = tone {
        plot = plot.tone(tone);
    }
    plot.show(ui, group);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_of_the_api_and_the_stage() {
        let all = queries("shop", "prod", 60);
        assert_eq!(all.len(), 5);
        let dimensions = [("ApiName", "shop"), ("Stage", "prod")];
        let dimensions = dimensions.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert!(all.iter().all(|query| query.dimensions == dimensions));
        assert_eq!(all[4].stat, "p99");
        assert!(all.iter().all(|query| query.id.starts_with('m')));
    }
}
