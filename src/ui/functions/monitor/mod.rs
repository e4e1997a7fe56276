//! One function: its metrics over a range of time that all plots share.
//!
//! Knows no client. The range is asked for as it stands ("the last 3 h"), and is refreshed every minute while it is seen.

mod marks;
mod picture;
mod range;
mod view;

use std::sync::Arc;

use egui::{RichText, ScrollArea, Ui};

use crate::cloud::cloudwatch::{MetricData, Metrics};
use crate::model::format;
use crate::model::metric::{self, Span, TimeRange};
use crate::store::Loadable;
use crate::ui::cx::{CloudStore, Cx, Message};
use crate::ui::functions::save::Save;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::form::checkbox;
use crate::ui::widgets::plot::{PlotGroup, plot_grid};
use crate::ui::widgets::state::{self, Empty};
use crate::ui::widgets::toolbar::{Look, Toolbar};

use picture::Picture;
use range::RangeForm;
use view::{STATS, View, queries};

/// The least and the most height of a plot, in points.
const HEIGHTS: std::ops::RangeInclusive<f32> = 190.0..=300.0;
const RANGE: &str = "monitor.range";
const SHOWN_STATS: &str = "monitor.duration";

/// What this part keeps between frames.
#[derive(Default)]
pub struct Monitor {
    begun: bool,
    range: TimeRange,
    /// Nobody has chosen a range: it is as long as there is data.
    finds_range: bool,
    /// What a link asked for and is not shown yet.
    arrived: Option<TimeRange>,
    /// Positions in [`STATS`] of those that are drawn.
    stats: Vec<usize>,
    group: PlotGroup,
    asked: Option<Asked>,
    /// What is shown while the zoom's own points come.
    zoomed: Option<TimeRange>,
    view: Option<View>,
    generation: u64,
    save: Save,
    picture: Picture,
    form: RangeForm,
}

/// The question, made anew only when it changes.
struct Asked {
    name: String,
    range: TimeRange,
    metrics: Metrics,
}

/// What is pressed in the bar.
#[derive(Clone, Copy)]
enum Press {
    Range(TimeRange),
    /// A position in [`STATS`].
    Stat(usize),
    LeaveZoom,
    Csv,
    Png,
}

/// The statistics to tick; gives back the one that was.
fn stat_boxes(ui: &mut Ui, stats: &[usize]) -> Option<Press> {
    let mut toggled = None;
    for (at, stat) in STATS.iter().enumerate() {
        let mut on = stats.contains(&at);
        if checkbox(ui, &mut on, stat.title).changed() {
            toggled = Some(Press::Stat(at));
        }
    }
    toggled
}

/// As far back as there is data, as the list and the overview show it; where there is none, a sandbox is as young as can be.
fn range_of(data: &MetricData, cx: &Cx<'_>) -> TimeRange {
    let began = metric::began(data.series.values());
    let span = match began {
        Some(began) => Span::holding(began, cx.now),
        None if cx.connection.spec.is_local() => Span::Quarter,
        None => Span::ThreeHours,
    };
    match span {
        Span::Quarter => TimeRange::QuarterHour,
        Span::Hour => TimeRange::Hour,
        Span::ThreeHours => TimeRange::ThreeHours,
    }
}

fn span_words(from: i64, to: i64, cx: &Cx<'_>) -> String {
    let [from, to] = [from, to].map(|at| format::axis_time(at, 60_000, cx.zone));
    format!("{from} – {to}")
}

impl Monitor {
    /// Draws it for the function `name`.
    pub fn ui(&mut self, ui: &mut Ui, name: &str, cx: &mut Cx<'_>) {
        self.begin(cx);
        self.save.show(ui.ctx(), cx);
        self.picture.deliver(&mut self.save, name, cx);
        let mut range = self.zoomed.unwrap_or(self.range);
        let mut metrics = self.metrics(name, range, cx.now);
        let mut known = cx.store.want(&metrics, cx.now);
        if let Some(data) = known.value.as_ref().filter(|_| self.finds_range) {
            self.finds_range = false;
            self.range = range_of(data, cx);
            if self.range != range {
                range = self.range;
                metrics = self.metrics(name, range, cx.now);
                known = cx.store.want(&metrics, cx.now);
            }
        }
        let margin = egui::Margin::symmetric(space::L as i8, space::M as i8);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            self.bar(ui, name, &known, &metrics, cx);
            ui.add_space(space::M);
            self.contents(ui, name, &known, cx);
        });
    }

    /// Shows the range of a link; it does not become the one that is kept.
    pub fn arrive(&mut self, range: TimeRange) {
        self.arrived = Some(range);
    }

    /// The range that is shown, as far as it is zoomed in.
    pub fn range(&self) -> TimeRange {
        self.zoomed.unwrap_or(self.range)
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, _name: &str, store: &CloudStore) -> bool {
        self.asked.as_ref().is_some_and(|asked| {
            let known = store.peek(&asked.metrics);
            known.value.is_some() || known.error.is_some()
        })
    }

    fn begin(&mut self, cx: &Cx<'_>) {
        if self.group.zone != *cx.zone {
            self.group.zone = cx.zone.clone();
        }
        if !std::mem::replace(&mut self.begun, true) {
            self.begin_as_kept(cx);
        }
        if let Some(range) = self.arrived.take() {
            self.leave_zoom();
            self.range = range;
            self.finds_range = false;
        }
    }

    fn begin_as_kept(&mut self, cx: &Cx<'_>) {
        let kept = cx.settings.get(RANGE);
        self.finds_range = kept.is_none();
        self.range = kept.unwrap_or_default();
        self.stats = cx
            .settings
            .get::<Vec<usize>>(SHOWN_STATS)
            .map(|stats| stats.into_iter().filter(|at| *at < STATS.len()).collect())
            .filter(|stats: &Vec<usize>| !stats.is_empty())
            .unwrap_or_else(|| view::FIRST_STATS.to_vec());
    }

    fn metrics(&mut self, name: &str, range: TimeRange, now: i64) -> Metrics {
        match &self.asked {
            Some(asked) if asked.name == name && asked.range == range => asked.metrics.clone(),
            _ => {
                if self.asked.as_ref().is_some_and(|asked| asked.name != name) {
                    self.view = None;
                }
                let metrics = Metrics::new(queries(name, range.period_s(now)), range);
                self.asked = Some(Asked {
                    name: name.to_owned(),
                    range,
                    metrics: metrics.clone(),
                });
                metrics
            }
        }
    }

    // ---- the bar -----------------------------------------------------------------------------------------------

    fn bar(
        &mut self,
        ui: &mut Ui,
        name: &str,
        known: &Loadable<MetricData>,
        metrics: &Metrics,
        cx: &mut Cx<'_>,
    ) {
        let ready = match &self.view {
            Some(_) => Ok(()),
            None => Err("Nothing has been read yet"),
        };
        let names: Vec<&str> = self.stats.iter().map(|at| STATS[*at].title).collect();
        let stats = &self.stats;
        let presets = TimeRange::PRESETS.map(|range| (range, range.title()));
        let is_custom = matches!(self.range, TimeRange::Custom(..));
        let custom = match self.range_words(cx) {
            words if words.is_empty() => "Custom".to_owned(),
            words => words,
        };
        let zoom = self.zoom_words(cx);
        let (now, zone) = (cx.now, cx.zone);
        self.form.begin(self.range.bounds(now), zone);
        let form = &mut self.form;
        let mut bar = Toolbar::new("Above the charts")
            .choice("Time range", &self.range, presets, Press::Range)
            .rank(8)
            .menu("Another time range", custom, move |ui| {
                let chosen = form.ui(ui, now, zone)?;
                Some(Press::Range(chosen))
            })
            .keep_open()
            .lit(is_custom)
            .rank(6)
            .menu("Statistics of the duration", names.join(", "), move |ui| {
                stat_boxes(ui, stats)
            })
            .keep_open();
        if let Some(zoomed) = &zoom {
            let back = Button::new(zoomed).icon(Icon::X).name("Leave the zoom");
            bar = bar
                .button(back.hover("Back to the whole range"), Press::LeaveZoom)
                .rank(7);
        }
        let period = metrics.queries.first().map_or(60, |query| query.period_s);
        let period = format!("{} a point", format::duration(f64::from(period) * 1e3));
        let (age, read) = state::age_words(known, cx.now, cx.zone);
        let png = Button::new("PNG").ghost().icon(Icon::IMAGE);
        let csv = Button::new("CSV").ghost().icon(Icon::DOWNLOAD);
        let output = bar
            .text(period, Look::Muted)
            .space()
            .text(age, Look::Small)
            .rank(2)
            .hover(read)
            .button(png.name("Save as PNG").available(ready), Press::Png)
            .rank(4)
            .button(csv.name("Save as CSV").available(ready), Press::Csv)
            .rank(4)
            .show(ui);
        match output.pressed {
            Some(Press::Range(range)) => {
                self.range = range;
                self.finds_range = false;
                self.leave_zoom();
                cx.settings.set(RANGE, &self.range);
            }
            Some(Press::Stat(at)) => self.toggle(at, cx),
            Some(Press::LeaveZoom) => self.leave_zoom(),
            Some(Press::Csv) => self.save_csv(name, cx),
            Some(Press::Png) => self.picture.take(ui.ctx()),
            None => {}
        }
    }

    /// From and to, of the zoom.
    fn zoom_words(&self, cx: &Cx<'_>) -> Option<String> {
        let visible = self.group.is_zoomed().then(|| self.group.visible())?;
        Some(span_words(visible.start, visible.end, cx))
    }

    /// From and to, where they have no name of their own: a link led there.
    fn range_words(&self, cx: &Cx<'_>) -> String {
        match self.range {
            TimeRange::Custom(from, to) if !self.group.is_zoomed() => span_words(from, to, cx),
            _ => String::new(),
        }
    }

    fn toggle(&mut self, at: usize, cx: &mut Cx<'_>) {
        match self.stats.iter().position(|other| *other == at) {
            Some(place) if self.stats.len() > 1 => {
                self.stats.remove(place);
            }
            Some(_) => return,
            None => self.stats.push(at),
        }
        self.stats.sort_unstable();
        self.view = None;
        cx.settings.set(SHOWN_STATS, &self.stats);
    }

    fn leave_zoom(&mut self) {
        self.group.zoom_out();
        self.zoomed = None;
    }

    fn save_csv(&mut self, name: &str, cx: &mut Cx<'_>) {
        let Some(data) = self.view.as_ref().map(|view| view.data.clone()) else {
            return;
        };
        let make = move || Ok((view::csv(&data).into_bytes(), "the metrics".to_owned()));
        let file = format!("{name}-metrics.csv");
        self.save.open(cx, "CSV", &file, Box::new(make));
    }

    // ---- plots -------------------------------------------------------------------------------------------------

    fn contents(&mut self, ui: &mut Ui, name: &str, known: &Loadable<MetricData>, cx: &mut Cx<'_>) {
        let empty = Empty {
            icon: Icon::CHART_LINE,
            title: "No metrics",
            advice: "Invoke the function: its metrics follow within a minute or two.",
            action: "",
        };
        // While another range is on its way, the plots of the one before stay.
        let stays = known.value.is_none() && known.error.is_none() && self.view.is_some();
        if stays {
            self.plots(ui, name, None, cx);
            return;
        }
        let shown = state::show(
            ui,
            "metrics",
            known,
            &empty,
            |_| false,
            |ui, data| {
                self.plots(ui, name, Some(data), cx);
            },
        );
        if shown.retry {
            cx.store.refresh();
        }
        if shown.sign_in {
            cx.messages.push(Message::SignIn);
        }
    }

    fn plots(&mut self, ui: &mut Ui, name: &str, data: Option<&Arc<MetricData>>, cx: &mut Cx<'_>) {
        if let Some(data) = data {
            let same = self
                .view
                .as_ref()
                .is_some_and(|view| Arc::ptr_eq(&view.data, data) && view.zone == *cx.zone);
            if !same {
                self.generation += 1;
                let view = View::new(data.clone(), &self.stats, cx.zone);
                self.view = Some(view);
            }
        }
        let marks = marks::of(name, cx);
        let Some(view) = &self.view else { return };
        for message in &view.data.messages {
            ui.label(RichText::new(message).color(Theme::of(ui).warn));
        }
        let step = i64::from(view.period_s) * 1_000;
        // The zoom is within the range that was chosen, whose bounds are those of its own answer.
        let bounds = match self.zoomed {
            Some(_) => self.range.aligned(cx.now).0,
            None => view.data.bounds.clone(),
        };
        self.group.begin(ui.ctx(), bounds, step);
        let columns = ((ui.available_width() / 320.0) as usize).clamp(1, 3);
        let lines = view::CARDS.div_ceil(columns) as f32;
        let height = (ui.available_height() / lines)
            .floor()
            .clamp(*HEIGHTS.start(), *HEIGHTS.end());
        let (group, generation) = (&mut self.group, self.generation);
        let mut zoomed = false;
        let scroll = ScrollArea::vertical().id_salt("plots").auto_shrink(false);
        let area = scroll.show(ui, |ui| {
            let top = ui.cursor().min;
            plot_grid(ui, view::CARDS, height, |ui, card| {
                zoomed |= view.plot(ui, card, generation, &marks, group);
            });
            egui::Rect::from_min_max(top, ui.min_rect().max)
        });
        self.picture.area = area.inner.intersect(area.inner_rect);
        if zoomed {
            self.zoomed = self.group.is_zoomed().then(|| {
                let visible = self.group.visible();
                TimeRange::Custom(visible.start, visible.end)
            });
        }
    }
}
