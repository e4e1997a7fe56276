//! How a function does, before anything else is said of it: four small plots, the newest line of an error, and what those get
//! who call it by an alias. As much time is shown as there is data for.

use std::ops::Range;
use std::sync::Arc;

use egui::{Align, Label, Layout, RichText, Ui};

use crate::cloud::cloudwatch::{MetricData, Metrics, Pace};
use crate::cloud::logs::LogSearch;
use crate::model::format::{self, Zone};
use crate::model::function::{Alias, Version};
use crate::model::log::{Level, LogBuffer};
use crate::model::metric::{self, MetricQuery, Series, Span, TimeRange};
use crate::route::{FunctionTab, Route};
use crate::ui::cx::{CloudStore, Cx};
use crate::ui::fonts;
use crate::ui::functions::log_words::{self, level_word};
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, text_width};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::in_order::in_order;
use crate::ui::widgets::plot::{Line, Look, Plot, PlotGroup, Unit, plot_columns};

/// How many plots there are.
const PLOTS: usize = 4;
/// The height of one, in points.
const HEIGHT: f32 = 128.0;
/// From this width on all stand side by side, in points.
const ALL_BESIDE: f32 = 780.0;
/// From this width on two do.
const TWO_BESIDE: f32 = 420.0;
/// Beside its buttons stands so much of an error at least, its sign included, in points.
const LEAST_LINE: f32 = 180.0;
/// Aliases that are named; the table below has all.
const MOST_ALIASES: usize = 4;

/// What an error looks like in a log, whichever runtime wrote it: any of these words.
const PATTERN: &str = r#"?ERROR ?"Task timed out" ?"Runtime exited" ?errorMessage ?"Status: error" ?"Status: timeout""#;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Health {
    asked: Option<Metrics>,
    group: PlotGroup,
    view: Option<View>,
    generation: u64,
    /// The newest error that is known: it stays while a newer one is looked for.
    last: Option<LastError>,
}

/// An answer made ready to be drawn.
struct View {
    data: Arc<MetricData>,
    zone: Zone,
    span: Span,
    bounds: Range<i64>,
    /// By [`queries`].
    series: Vec<Series>,
    heads: [(String, String); PLOTS],
    /// The minute of the last error and how many it had.
    failed: Option<(i64, f64)>,
}

/// The newest line of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LastError {
    at: i64,
    line: String,
}

fn queries(function: &str) -> Vec<MetricQuery> {
    let query =
        |id: &str, name: &str, stat: &str| MetricQuery::of_function(id, name, function, stat, 60);
    vec![
        query("invocations", "Invocations", "Sum"),
        query("errors", "Errors", "Sum"),
        query("p50", "Duration", "p50"),
        query("p99", "Duration", "p99"),
        query("throttles", "Throttles", "Sum"),
    ]
}

impl Health {
    /// Draws the plots and the newest error of the function `name`, whose log is in `group`.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        name: &str,
        (group, timeout_s): (&str, u32),
        cx: &mut Cx<'_>,
    ) {
        let known = self.want(name, cx);
        if let Some(data) = known.shown() {
            self.derive(data, cx);
        }
        let error = known.error.as_ref().filter(|_| self.view.is_none());
        let why = error.map(|error| error.headline().to_string());
        self.plots(ui, why.as_deref());
        ui.add_space(space::S);
        self.last_error(ui, name, (group, timeout_s), cx);
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, store: &CloudStore) -> bool {
        let asked = self.asked.as_ref();
        asked.is_none_or(|metrics| store.peek(metrics).is_settled())
    }

    fn want(&mut self, name: &str, cx: &mut Cx<'_>) -> crate::store::Loadable<MetricData> {
        let young = self
            .view
            .as_ref()
            .is_none_or(|view| view.span == Span::Quarter);
        let pace = match young && cx.connection.spec.is_local() {
            true => Pace::Quick,
            false => Pace::Usual,
        };
        let asked = self
            .asked
            .get_or_insert_with(|| Metrics::new(queries(name), TimeRange::ThreeHours));
        asked.pace = pace;
        cx.store.want(asked, cx.now)
    }

    fn derive(&mut self, data: &Arc<MetricData>, cx: &Cx<'_>) {
        let same = self
            .view
            .as_ref()
            .is_some_and(|view| Arc::ptr_eq(&view.data, data) && view.zone == *cx.zone);
        if !same {
            self.generation += 1;
            let is_near = cx.connection.spec.is_local();
            self.view = Some(View::new(data.clone(), is_near, cx.now, cx.zone));
        }
    }

    fn plots(&mut self, ui: &mut Ui, failed: Option<&str>) {
        let columns = match ui.available_width() {
            width if width >= ALL_BESIDE => PLOTS,
            width if width >= TWO_BESIDE => 2,
            _ => 1,
        };
        let theme = Theme::of(ui);
        let (group, generation, view) = (&mut self.group, self.generation, self.view.as_ref());
        let bounds = view.map_or(0..1, |view| view.bounds.clone());
        group.begin(ui.ctx(), bounds, 60_000);
        plot_columns(ui, PLOTS, columns, HEIGHT, |ui, at| {
            let (title, unit) = [
                ("Invocations", Unit::Count),
                ("Errors", Unit::Count),
                ("Duration", Unit::Milliseconds),
                ("Throttles", Unit::Count),
            ][at];
            let Some(view) = view else {
                let plot = Plot::new(title, unit, &[], generation);
                let plot = match failed {
                    Some(why) => plot.failed(why),
                    None => plot.loading(),
                };
                plot.show(ui, group);
                return;
            };
            let line = |name, at: usize, color| Line::new(name, &view.series[at], color);
            let lines = match at {
                0 => vec![line("Invocations", 0, theme.series[0])],
                1 => vec![line("Errors", 1, theme.err).look(Look::Bars)],
                2 => vec![
                    line("p50", 2, theme.series[0]),
                    line("p99", 3, theme.series[1]),
                ],
                _ => vec![line("Throttles", 4, theme.warn).look(Look::Bars)],
            };
            let (value, words) = &view.heads[at];
            let note = match lines.iter().all(|line| line.series.is_empty()) {
                true if at == 3 && !view.series[0].is_empty() => "None",
                true => "No invocations",
                false => "",
            };
            let plot = Plot::new(title, unit, &lines, generation)
                .value(value, words)
                .note(note);
            let plot = match at {
                1 if view.failed.is_some() => plot.tone(theme.err),
                3 if !view.series[4].is_empty() && value != "0" => plot.tone(theme.warn),
                _ => plot,
            };
            plot.show(ui, group);
        });
    }

    fn last_error(&mut self, ui: &mut Ui, name: &str, log: (&str, u32), cx: &mut Cx<'_>) {
        let Some(view) = &self.view else { return };
        let theme = Theme::of(ui);
        let Some((minute, count)) = view.failed else {
            let words = match view.series[0].is_empty() {
                true => format!("Not invoked in the last {}", view.span.words()),
                false => format!("No errors in the last {}", view.span.words()),
            };
            let (icon, color) = match view.series[0].is_empty() {
                true => (Icon::INFO, theme.muted),
                false => (Icon::CIRCLE_CHECK, theme.ok),
            };
            ui.horizontal(|ui| {
                sign(ui, icon, color);
                ui.label(RichText::new(words).color(theme.muted));
            });
            return;
        };
        let search = search_of(log, minute, count);
        let found = cx.store.want(&search, cx.now);
        if let Some(newest) = found.shown().and_then(|found| newest_error(&found.buffer)) {
            self.last = Some(newest);
        }
        let pressed = match (&self.last, &found.error) {
            (Some(last), _) => {
                let ago = format::ago(last.at, cx.now, cx.zone);
                row(ui, &format!("Last error, {ago}"), &last.line)
            }
            (None, Some(error)) => {
                let at = format::axis_time(minute, 60_000, cx.zone);
                let why = format!("The log could not be read: {}", error.headline());
                row(ui, &format!("Last error at {at}"), &why)
            }
            (None, None) => {
                let at = format::axis_time(minute, 60_000, cx.zone);
                let words = match found.loading {
                    true => "looking for its line…",
                    false => "no line of the log says why",
                };
                row(ui, &format!("Last error at {at}"), words)
            }
        };
        match pressed {
            Some(Pressed::Failures) => cx.open(Route::failures(name)),
            Some(Pressed::Monitor) => cx.open(Route::function_tab(name, FunctionTab::Monitor)),
            None => {}
        }
    }
}

#[derive(Clone, Copy)]
enum Pressed {
    Failures,
    Monitor,
}

impl Pressed {
    fn of(failures: bool, monitor: bool) -> Option<Self> {
        match (failures, monitor) {
            (true, _) => Some(Self::Failures),
            (false, true) => Some(Self::Monitor),
            (false, false) => None,
        }
    }
}

fn sign(ui: &mut Ui, icon: &'static str, color: egui::Color32) {
    glyph(ui, icon, 15.0, color);
}

/// The newest error in one line, and where it leads; in little room that stands below it.
fn row(ui: &mut Ui, title: &str, line: &str) -> Option<Pressed> {
    let open = Button::new("Show this failure")
        .icon(Icon::LOGS)
        .hover("Its invocation with all its lines");
    let charts = Button::new("Charts").ghost().icon(Icon::CHART_LINE);
    let words = text_width(ui, title, fonts::medium(size::BODY)) + LEAST_LINE;
    let buttons = open.widths(ui).0 + charts.widths(ui).0 + 4.0 * space::S;
    let mut pressed = None;
    if words + buttons <= ui.available_width() {
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                pressed = in_order(ui, "where it leads", |ui| {
                    ui.spacing_mut().item_spacing.x = space::S;
                    let open = open.show(ui).clicked();
                    Pressed::of(open, charts.show(ui).clicked())
                });
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    said(ui, title, line);
                });
            });
        });
        return pressed;
    }
    ui.horizontal(|ui| said(ui, title, line));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let open = open.show(ui).clicked();
        pressed = Pressed::of(open, charts.show(ui).clicked());
    });
    pressed
}

/// When it was and what it says, as far as there is room.
fn said(ui: &mut Ui, title: &str, line: &str) {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.x = space::S;
    sign(ui, Icon::CIRCLE_ALERT, theme.err);
    let title = RichText::new(title).font(fonts::medium(size::BODY));
    ui.add(Label::new(title.color(theme.err)).truncate());
    if ui.available_width() < 24.0 {
        return;
    }
    let words = RichText::new(line).font(fonts::mono(size::SMALL));
    let shown = ui.add(Label::new(words.color(theme.text)).truncate());
    shown.on_hover_text(line);
}

impl View {
    fn new(data: Arc<MetricData>, is_near: bool, now: i64, zone: &Zone) -> Self {
        let ids = ["invocations", "errors", "p50", "p99", "throttles"];
        let known: Vec<Series> = ids
            .into_iter()
            .map(|id| data.get(id).cloned().unwrap_or_default())
            .collect();
        let span = match metric::began(known.iter()) {
            Some(began) => Span::holding(began, now),
            None if is_near => Span::Quarter,
            None => Span::ThreeHours,
        };
        let end = data.bounds.end;
        let start = metric::align(end - span.ms(), 60);
        let series: Vec<Series> = known.iter().map(|series| series.since(start)).collect();
        let failed = series[1].points().filter(|(_, count)| *count > 0.0).last();
        Self {
            heads: heads(&series, span, zone),
            bounds: start..end,
            zone: zone.clone(),
            span,
            series,
            failed,
            data,
        }
    }
}

fn heads(series: &[Series], span: Span, zone: &Zone) -> [(String, String); PLOTS] {
    let sum = |at: usize| series[at].summary().map(|summary| summary.sum);
    let calls = sum(0);
    let none = || ("–".to_owned(), String::new());
    let invocations = calls.map_or_else(none, |calls| {
        (format::number(calls), format!("in {}", span.words()))
    });
    let errors = match (calls, sum(1)) {
        (Some(calls), Some(failed)) if failed > 0.0 => {
            let share = format::percent(failed / calls.max(failed));
            (format::number(failed), format!("{share} of invocations"))
        }
        (Some(_), _) => ("0".to_owned(), String::new()),
        _ => none(),
    };
    let longest = |at: usize| series[at].points().max_by(|(_, a), (_, b)| a.total_cmp(b));
    let duration = longest(3).map_or_else(none, |(at, ms)| {
        let at = format::axis_time(at, 60_000, zone);
        (format::duration(ms), format!("longest p99, at {at}"))
    });
    let throttles = match (calls, sum(4)) {
        (None, None) => none(),
        (_, throttled) => (format::number(throttled.unwrap_or(0.0)), String::new()),
    };
    [invocations, errors, duration, throttles]
}

/// Where the line of an error that was counted in this minute stands: CloudWatch counts an invocation in the minute in which
/// it began, and its last line comes no later than its timeout. Each further error of the minute makes another question.
fn search_of((group, timeout_s): (&str, u32), minute: i64, count: f64) -> LogSearch {
    let longest = i64::from(timeout_s) * 1_000;
    LogSearch {
        group: group.to_owned(),
        pattern: PATTERN.to_owned(),
        start: minute,
        end: minute + 120_000 + longest + count as i64,
    }
}

/// The newest line that says why: of the function or its runtime rather than of the platform, whose REPORT names no reason.
fn newest_error(buffer: &LogBuffer) -> Option<LastError> {
    let lines = buffer.lines();
    let newest = |is: &dyn Fn(&crate::model::log::Line<'_>) -> bool| {
        lines.from(lines.first()).filter(|line| is(line)).last()
    };
    let line = newest(&|line| line.message.contains("Task timed out"))
        .into_iter()
        .chain(newest(&|line| {
            !line.platform && line.level >= Some(Level::Error)
        }))
        .max_by_key(|line| line.number)
        .or_else(|| newest(&|line| !line.platform))
        .or_else(|| newest(&|_| true))?;
    let said = log_words::said(line.message, level_word(line.level).1);
    let first = said.lines().next().unwrap_or_default();
    Some(LastError {
        at: line.time,
        line: first.split_whitespace().collect::<Vec<_>>().join(" "),
    })
}

/// What callers by an alias get now, and whether that is the newest.
pub fn callers(ui: &mut Ui, aliases: &[Alias], versions: Option<&[Version]>) {
    let theme = Theme::of(ui);
    let newest = versions.and_then(newest_version);
    for alias in aliases.iter().take(MOST_ALIASES) {
        let words = serves(alias, newest);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let (icon, color) = match words.behind {
                Some(_) => (Icon::TRIANGLE_ALERT, Tone::Warn.color(theme)),
                None => (Icon::TAG, theme.muted),
            };
            sign(ui, icon, color);
            ui.add(Label::new(RichText::new(&words.now)).extend());
            if let Some(behind) = &words.behind {
                ui.add(Label::new(RichText::new(behind).color(color)).truncate());
            } else if !alias.description.is_empty() {
                let text = RichText::new(&alias.description).color(theme.muted);
                ui.add(Label::new(text).truncate());
            }
        });
    }
    let more = aliases.len().saturating_sub(MOST_ALIASES);
    if more > 0 {
        let text = format!("{more} more below");
        ui.label(RichText::new(text).color(theme.muted));
    }
}

/// An alias in words.
#[derive(Debug, PartialEq, Eq)]
struct Serves {
    now: String,
    /// What its callers do not get.
    behind: Option<String>,
}

fn serves(alias: &Alias, newest: Option<u64>) -> Serves {
    let number = |version: &str| version.parse::<u64>().ok();
    let mut served: Vec<Option<u64>> = vec![number(&alias.version)];
    served.extend(alias.additional.iter().map(|(second, _)| number(second)));
    let behind = newest.filter(|newest| {
        let reached = |version: &Option<u64>| version.is_none_or(|version| version >= *newest);
        !served.iter().any(reached)
    });
    let now = match &alias.additional {
        None => format!("{} points at {}", alias.name, alias.version),
        Some((second, share)) => format!(
            "{} gives {} to {} and {} to {second}",
            alias.name,
            format::percent(1.0 - share),
            alias.version,
            format::percent(*share)
        ),
    };
    Serves {
        now,
        behind: behind.map(|newest| format!("newest is {newest}: its callers do not get that yet")),
    }
}

fn newest_version(versions: &[Version]) -> Option<u64> {
    versions
        .iter()
        .filter_map(|version| version.version.parse().ok())
        .max()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::log::LogEvent;

    fn buffer(messages: &[&str]) -> LogBuffer {
        let mut buffer = LogBuffer::default();
        buffer.extend(messages.iter().enumerate().map(|(at, message)| LogEvent {
            time: at as i64,
            stream: "s",
            message,
            ..LogEvent::default()
        }));
        buffer
    }

    #[test]
    fn the_line_that_says_why_is_told_and_not_the_platforms_report() {
        let id = "00000001-1f6b-4b3a-8f3e-0c1d2e3f4a5b";
        let report = format!("REPORT RequestId: {id}\tDuration: 5.00 ms\tStatus: error");
        let python = buffer(&[
            r#"{"level": "ERROR", "message": "The payment failed", "orderId": "o-1"}"#,
            "[ERROR] PaymentDeclined: card ending in 0000 was declined\nTraceback (most recent call last):",
            &report,
        ]);
        let newest = newest_error(&python).unwrap();
        assert!(
            newest
                .line
                .contains("PaymentDeclined: card ending in 0000 was declined")
        );
        assert!(!newest.line.contains("Traceback"), "{}", newest.line);
        let logged =
            buffer(&[r#"{"level": "ERROR", "message": "The payment failed", "orderId": "o-1"}"#]);
        assert_eq!(
            newest_error(&logged).unwrap().line,
            "The payment failed orderId=o-1"
        );
        let late = format!("2026-11-27T10:00:02.000Z {id} Task timed out after 2.00 seconds");
        let timeout = buffer(&["[ERROR] an earlier one", &late, &report]);
        // What happened comes first; time and request are told elsewhere.
        let said = newest_error(&timeout).unwrap().line;
        assert_eq!(said, "Task timed out after 2.00 seconds");
        assert_eq!(newest_error(&buffer(&[])), None);
    }

    #[test]
    fn an_alias_that_does_not_serve_the_newest_version_says_so() {
        let alias = |version: &str, second: Option<&str>| Alias {
            name: "live".to_owned(),
            version: version.to_owned(),
            additional: second.map(|second| (second.to_owned(), 0.1)),
            ..Alias::default()
        };
        let told = |alias, newest| {
            let Serves { now, behind } = serves(&alias, newest);
            (now, behind)
        };
        let (now, behind) = told(alias("2", None), Some(4));
        assert_eq!(now, "live points at 2");
        assert_eq!(
            behind.as_deref(),
            Some("newest is 4: its callers do not get that yet")
        );
        assert_eq!(told(alias("4", None), Some(4)).1, None);
        // A part of them gets it.
        let (now, behind) = told(alias("3", Some("4")), Some(4));
        assert_eq!(now, "live gives 90.0 % to 3 and 10.0 % to 4");
        assert_eq!(behind, None);
        assert_eq!(told(alias("$LATEST", None), Some(4)).1, None);
        assert_eq!(told(alias("2", None), None).1, None);
    }

    #[test]
    fn health_is_told_of_the_time_that_there_is_data_for() {
        let minute = 60_000;
        let end = 180 * minute;
        let mut data = MetricData {
            bounds: 0..end,
            ..MetricData::default()
        };
        let points = |values: [f64; 2]| {
            let times = [178 * minute, 179 * minute];
            times.into_iter().zip(values).collect::<Vec<_>>()
        };
        for (id, values) in [
            ("invocations", [300.0, 294.0]),
            ("errors", [41.0, 0.0]),
            ("p50", [20.0, 30.0]),
            ("p99", [120.0, 829.0]),
        ] {
            let series = Series::on_grid(id, "", 0..end, 60, points(values));
            data.series.insert(id.to_owned(), series);
        }
        let view = View::new(Arc::new(data), true, end, &Zone::Utc);
        assert_eq!(view.span, Span::Quarter);
        assert_eq!(view.bounds, 165 * minute..end);
        let told: Vec<_> = view.heads.iter().map(|(a, b)| format!("{a} {b}")).collect();
        assert_eq!(
            told,
            [
                "594 in 15 min",
                "41 6.9 % of invocations",
                "829 ms longest p99, at 02:59",
                "0 "
            ]
        );
        assert_eq!(view.failed, Some((178 * minute, 41.0)));
    }
}
