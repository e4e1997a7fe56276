//! The cards of the monitor: which metrics they draw, the number that matters in each, and all of it as CSV. Made once
//! for each answer, not on every frame.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::Ui;

use crate::cloud::cloudwatch::MetricData;
use crate::model::csv;
use crate::model::format::{self, Zone};
use crate::model::metric::{MetricQuery, Series, success_rate};
use crate::ui::theme::Theme;
use crate::ui::widgets::plot::{Line, Look, Mark, Plot, PlotGroup, Unit};

/// How many cards there are.
pub const CARDS: usize = 6;

/// A statistic of the duration.
pub struct Stat {
    /// In the menu and the legend.
    pub title: &'static str,
    id: &'static str,
    stat: &'static str,
    series: usize,
}

/// Those that can be chosen, least first.
pub const STATS: [Stat; 6] = [
    stat("min", "dmin", "Minimum", 6),
    stat("average", "davg", "Average", 2),
    stat("p50", "d50", "p50", 0),
    stat("p90", "d90", "p90", 3),
    stat("p99", "d99", "p99", 1),
    stat("max", "dmax", "Maximum", 5),
];

/// Those that are shown at first: p50, p90 and p99.
pub const FIRST_STATS: [usize; 3] = [2, 3, 4];

const fn stat(title: &'static str, id: &'static str, stat: &'static str, series: usize) -> Stat {
    Stat {
        title,
        id,
        stat,
        series,
    }
}

/// What is asked of CloudWatch for all cards.
pub fn queries(function: &str, period_s: u32) -> Vec<MetricQuery> {
    let query = |id: &str, name: &str, stat: &str| {
        MetricQuery::of_function(id, name, function, stat, period_s)
    };
    let mut queries = vec![
        query("invocations", "Invocations", "Sum"),
        query("errors", "Errors", "Sum"),
        query("throttles", "Throttles", "Sum"),
        query("concurrent", "ConcurrentExecutions", "Maximum"),
    ];
    queries.extend(
        STATS
            .iter()
            .map(|stat| query(stat.id, "Duration", stat.stat)),
    );
    queries
}

/// An answer made ready to be drawn.
pub struct View {
    /// The answer itself.
    pub data: Arc<MetricData>,
    /// The zone that the words are in.
    pub zone: Zone,
    /// Seconds between points.
    pub period_s: u32,
    success: Series,
    stats: Vec<usize>,
    heads: [Head; CARDS],
}

/// The number that matters, and the words beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Head {
    value: String,
    subtitle: String,
    note: &'static str,
    /// There is something to look at.
    bad: bool,
}

impl View {
    /// From an answer; `stats` are positions in [`STATS`].
    pub fn new(data: Arc<MetricData>, stats: &[usize], zone: &Zone) -> Self {
        let none = Series::default();
        let series = |id: &str| data.get(id).unwrap_or(&none);
        let success = success_rate(series("invocations"), series("errors"));
        let heads = [
            invocations(series("invocations")),
            errors(series("errors"), zone),
            success_head(&success, series("invocations"), series("errors"), zone),
            duration(&data, stats),
            throttles(series("throttles"), series("invocations")),
            concurrent(series("concurrent"), zone),
        ];
        let period_s = data.get("invocations").map_or(60, |series| series.period_s);
        Self {
            success,
            stats: stats.to_vec(),
            heads,
            period_s,
            zone: zone.clone(),
            data,
        }
    }

    /// Draws one card; true when the zoom changed.
    pub fn plot(
        &self,
        ui: &mut Ui,
        card: usize,
        generation: u64,
        marks: &[Mark],
        group: &mut PlotGroup,
    ) -> bool {
        let theme = Theme::of(ui);
        let one = |name, id: &str, color, look| {
            let series = self.data.get(id);
            series
                .map(|series| Line::new(name, series, color).look(look))
                .into_iter()
                .collect::<Vec<_>>()
        };
        let (title, unit, lines) = match card {
            0 => {
                let lines = one("Invocations", "invocations", theme.series[0], Look::Solid);
                ("Invocations", Unit::Count, lines)
            }
            1 => {
                let lines = one("Errors", "errors", theme.err, Look::Solid);
                ("Errors", Unit::Count, lines)
            }
            2 => {
                let line = Line::new("Success rate", &self.success, theme.ok);
                ("Success rate", Unit::Percent, vec![line])
            }
            3 => ("Duration", Unit::Milliseconds, self.durations(theme)),
            4 => {
                let lines = one("Throttles", "throttles", theme.warn, Look::Bars);
                ("Throttles", Unit::Count, lines)
            }
            _ => {
                let name = "Concurrent executions";
                let lines = one(name, "concurrent", theme.series[3], Look::Area);
                (name, Unit::Count, lines)
            }
        };
        let head = &self.heads[card.min(CARDS - 1)];
        let plot = Plot::new(title, unit, &lines, generation)
            .value(&head.value, &head.subtitle)
            .marks(marks)
            .note(head.note);
        let plot = match card {
            1 if head.bad => plot.tone(theme.err),
            2 if !self.success.is_empty() => plot.cut(self.lowest_share(), 100.0),
            4 if head.bad => plot.tone(theme.warn),
            _ => plot,
        };
        plot.show(ui, group).zoomed
    }

    /// Where the axis of the success rate begins: a little below its lowest point, so that a per cent is seen.
    fn lowest_share(&self) -> f64 {
        let lowest = self.success.points().map(|(_, value)| value);
        let lowest = lowest.fold(100.0, f64::min);
        let steps = [99.0, 95.0, 90.0, 75.0, 50.0];
        steps.into_iter().find(|step| *step < lowest).unwrap_or(0.0)
    }

    fn durations(&self, theme: &Theme) -> Vec<Line<'_>> {
        let line = |at: &usize| {
            let stat = &STATS[*at];
            let series = self.data.get(stat.id)?;
            Some(Line::new(stat.title, series, theme.series[stat.series]))
        };
        self.stats.iter().filter_map(line).collect()
    }
}

const NO_INVOCATIONS: &str = "No invocations in this range";

fn invocations(series: &Series) -> Head {
    let Some(summary) = series.summary() else {
        return nothing(NO_INVOCATIONS);
    };
    let seconds = series.seconds_with_data();
    let rate = format::rate(summary.sum / seconds.max(1.0));
    Head {
        value: format::number(summary.sum),
        subtitle: format!("{rate} on average"),
        ..Head::default()
    }
}

fn errors(series: &Series, zone: &Zone) -> Head {
    let Some(summary) = series.summary() else {
        return nothing(NO_INVOCATIONS);
    };
    let last = series.points().filter(|(_, value)| *value > 0.0).last();
    Head {
        value: format::number(summary.sum),
        subtitle: match last {
            Some((at, _)) => format!("the last at {}", format::axis_time(at, 60_000, zone)),
            None => "none in this range".to_owned(),
        },
        bad: summary.sum > 0.0,
        ..Head::default()
    }
}

fn success_head(series: &Series, invocations: &Series, errors: &Series, zone: &Zone) -> Head {
    let Some(all) = invocations.summary().filter(|all| all.sum > 0.0) else {
        return nothing(NO_INVOCATIONS);
    };
    let failed = errors.summary().map_or(0.0, |errors| errors.sum);
    let worst = series.points().min_by(|(_, a), (_, b)| a.total_cmp(b));
    Head {
        value: format::percent(1.0 - failed / all.sum),
        subtitle: match worst {
            Some((at, value)) if value < 100.0 => format!(
                "lowest {} at {}",
                format::percent(value / 100.0),
                format::axis_time(at, 60_000, zone)
            ),
            _ => "in the whole range".to_owned(),
        },
        ..Head::default()
    }
}

/// The gravest of the chosen statistics, and the one before it.
fn duration(data: &MetricData, stats: &[usize]) -> Head {
    let last = |at: &usize| {
        let stat = &STATS[*at];
        let (_, value) = data.get(stat.id)?.points().last()?;
        Some((stat.title, format::duration(value)))
    };
    let mut shown = stats.iter().rev().filter_map(last);
    let Some((title, value)) = shown.next() else {
        return nothing(NO_INVOCATIONS);
    };
    let subtitle = match shown.next_back() {
        Some((other, value)) => format!("{title} now · {other} {value}"),
        None => format!("{title} now"),
    };
    Head {
        value,
        subtitle,
        ..Head::default()
    }
}

fn throttles(series: &Series, invocations: &Series) -> Head {
    // Lambda reports no throttles at all where there were none.
    match (series.summary(), invocations.is_empty()) {
        (Some(summary), _) => Head {
            value: format::number(summary.sum),
            bad: summary.sum > 0.0,
            ..Head::default()
        },
        (None, false) => Head {
            value: "0".to_owned(),
            note: "No throttles in this range",
            ..Head::default()
        },
        (None, true) => nothing(NO_INVOCATIONS),
    }
}

fn concurrent(series: &Series, zone: &Zone) -> Head {
    let Some(summary) = series.summary() else {
        return nothing("Not reported in this range");
    };
    let most = series.points().max_by(|(_, a), (_, b)| a.total_cmp(b));
    Head {
        value: format::number(summary.last),
        subtitle: most.map_or(String::new(), |(at, value)| {
            let at = format::axis_time(at, 60_000, zone);
            format!("most {} at {at}", format::number(value))
        }),
        ..Head::default()
    }
}

fn nothing(note: &'static str) -> Head {
    Head {
        value: "–".to_owned(),
        note,
        ..Head::default()
    }
}

/// All series in one table: a row for each time at which any of them has a value.
pub fn csv(data: &MetricData) -> String {
    let mut columns = vec![
        ("Invocations", "invocations"),
        ("Errors", "errors"),
        ("Throttles", "throttles"),
        ("ConcurrentExecutions (Maximum)", "concurrent"),
    ];
    let durations = [
        "Duration Minimum (ms)",
        "Duration Average (ms)",
        "Duration p50 (ms)",
        "Duration p90 (ms)",
        "Duration p99 (ms)",
        "Duration Maximum (ms)",
    ];
    columns.extend(
        durations
            .iter()
            .zip(&STATS)
            .map(|(title, stat)| (*title, stat.id)),
    );
    let series: Vec<Option<&Series>> = columns.iter().map(|(_, id)| data.get(id)).collect();
    let mut out = String::new();
    let heads = columns.iter().map(|(title, _)| *title);
    csv::push_row(&mut out, std::iter::once("time (UTC)").chain(heads));
    let times: BTreeSet<i64> = series
        .iter()
        .flatten()
        .flat_map(|series| series.points().map(|(at, _)| at))
        .collect();
    for at in times {
        let value = |series: &Option<&Series>| {
            let value = series.and_then(|series| series.value_at(at));
            value.map_or(String::new(), |value| value.to_string())
        };
        let cells = series.iter().map(value);
        csv::push_row(&mut out, std::iter::once(format::time_iso(at)).chain(cells));
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn data(points: &[(&str, &[(i64, f64)])]) -> Arc<MetricData> {
        let mut data = MetricData {
            bounds: 0..600_000,
            ..MetricData::default()
        };
        for query in queries("orders", 60) {
            let known = points.iter().find(|(id, _)| *id == query.id);
            let points = known.map(|(_, points)| points.to_vec()).unwrap_or_default();
            let series = Series::on_grid(query.id.clone(), "", 0..600_000, 60, points);
            data.series.insert(query.id, series);
        }
        Arc::new(data)
    }

    fn empty() -> Arc<MetricData> {
        data(&[])
    }

    #[test]
    fn a_range_without_invocations_says_so_in_every_card() {
        let view = View::new(data(&[]), &FIRST_STATS, &Zone::Utc);
        assert!(
            view.heads
                .iter()
                .all(|head| !head.note.is_empty() && head.value == "–")
        );
    }

    #[test]
    fn numbers_that_matter_are_taken_from_the_whole_range_or_from_its_end() {
        let data = data(&[
            ("invocations", &[(0, 10.0), (120_000, 20.0)]),
            ("errors", &[(0, 0.0), (120_000, 5.0)]),
            ("d50", &[(120_000, 38.0)]),
            ("d99", &[(0, 900.0), (120_000, 212.0)]),
            ("concurrent", &[(60_000, 7.0), (120_000, 3.0)]),
        ]);
        let view = View::new(data, &FIRST_STATS, &Zone::Utc);
        let values: Vec<&str> = view.heads.iter().map(|head| &*head.value).collect();
        assert_eq!(values, ["30", "5", "83.3 %", "212 ms", "0", "3"]);
        assert_eq!(view.heads[1].subtitle, "the last at 00:02");
        assert_eq!(view.heads[3].subtitle, "p99 now · p50 38 ms");
        assert_eq!(view.heads[4].note, "No throttles in this range");
        assert_eq!(view.heads[5].subtitle, "most 7 at 00:01");
    }

    #[test]
    fn a_rate_is_counted_over_the_time_with_data_and_a_share_is_shown_near_where_it_is() {
        let data = data(&[
            ("invocations", &[(480_000, 10.0), (540_000, 10.0)]),
            ("errors", &[(480_000, 0.0), (540_000, 1.0)]),
        ]);
        let view = View::new(data, &FIRST_STATS, &Zone::Utc);
        assert_eq!(
            view.heads[0].subtitle,
            format!("{} on average", format::rate(20.0 / 120.0))
        );
        assert_eq!(view.lowest_share(), 75.0);
        let quiet = View::new(empty(), &FIRST_STATS, &Zone::Utc);
        assert_eq!(quiet.lowest_share(), 99.0);
    }

    #[test]
    fn csv_has_every_series_and_leaves_gaps_empty() {
        let text = csv(&data(&[
            ("invocations", &[(0, 10.0), (120_000, 20.0)]),
            ("dmax", &[(120_000, 38.5)]),
        ]));
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[1], "1970-01-01T00:00:00Z,10,,,,,,,,,");
        assert_eq!(rows[2], "1970-01-01T00:02:00Z,20,,,,,,,,,38.5");
    }

    #[test]
    fn ids_are_what_cloudwatch_takes() {
        for query in queries("orders", 60) {
            assert!(
                query.id.starts_with(|c: char| c.is_ascii_lowercase()),
                "{}",
                query.id
            );
        }
    }
}
