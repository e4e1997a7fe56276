//! One plot for every page: lines, areas, bars, free points and spans over time, a histogram that lies beside them, marks
//! with words, and thresholds that can be dragged.
//!
//! Axes, grid and everything that is made of data are drawn by egui_plot from points that are kept until data, range or
//! size change. What the crate can't do is ours, painted from its transform: the head with the read-out, flags, the
//! crosshair that all plots of a page share, zooming along the time alone, thresholds, keyboard and names.
//! Knows the theme and nothing of AWS.

mod crosshair;
mod data;
mod flags;
mod gallery;
mod group;
mod head;
mod input;
mod items;
mod picture;
mod prepared;
mod reduce;
mod texts;
mod threshold;
mod ticks;

use std::ops::Range;

use egui::{Color32, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

pub use data::{Bin, Dots, Form, Line, Look, Mark, Span, Threshold, Unit, csv_text};
pub use flags::letter;
pub use gallery::gallery;
pub use group::{PlotGroup, plot_columns, plot_grid};
pub use prepared::Scale;

use crate::model::format;
use crate::ui::theme::{Theme, space};

/// From the card's edge to its contents at the sides, in points.
const MARGIN: f32 = space::M;
/// The same above and below.
const TOP: f32 = 10.0;
/// The height of the title's line and of the number's, in points.
const TITLE: f32 = 20.0;
const NUMBER: f32 = 28.0;
/// The height of the time axis, in points.
const FOOT: f32 = 16.0;

/// From this width on the crosshair belongs to the bar below it, and not to the nearest beginning of one, in points.
const WIDE_BAR: f64 = 6.0;

/// What stands in the area in place of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Note<'a> {
    /// The data is shown.
    None,
    /// "No data in this range".
    Plain(&'a str),
    /// Being read for the first time.
    Loading,
    /// The error's title, or the permission that lacks.
    Failed(&'a str),
}

/// A plot, built up and then shown.
#[must_use = "a plot does nothing until it is shown"]
#[derive(Debug, Clone, Copy)]
pub struct Plot<'a> {
    title: &'a str,
    value: &'a str,
    subtitle: &'a str,
    tone: Option<Color32>,
    unit: Unit,
    scale: Scale,
    values: Option<(f64, f64)>,
    /// The axis begins at the least of `values` and not at zero.
    cut: bool,
    lines: &'a [Line<'a>],
    dots: &'a [Dots<'a>],
    bins: &'a [Bin],
    marks: &'a [Mark],
    spans: &'a [Span],
    thresholds: &'a [Threshold],
    generation: u64,
    note: Note<'a>,
    labelled: bool,
    footed: bool,
    chooses: bool,
    chosen: Option<&'a Chosen>,
    dimmed: bool,
    /// A bar is pointed at anywhere over its period.
    wide_bars: bool,
}

/// A box that somebody dragged over free points.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// In ms since the epoch.
    pub times: Range<i64>,
    /// In the plot's unit.
    pub values: Range<f64>,
}

/// What a person did in a plot.
pub struct PlotOutput {
    /// The plot's area.
    pub response: Response,
    /// The zoom of the group changed: ask for metrics of [`PlotGroup::visible`].
    pub zoomed: bool,
    /// The threshold of this position was moved to this value.
    pub threshold: Option<(usize, f64)>,
    /// This was chosen, in a plot that [`Plot::chooses`].
    pub chosen: Option<Chosen>,
}

/// Where things are within the card.
struct Places {
    head: Rect,
    body: Rect,
}

impl<'a> Plot<'a> {
    /// A plot of lines with this title. `generation` is another number whenever the values are others.
    pub fn new(title: &'a str, unit: Unit, lines: &'a [Line<'a>], generation: u64) -> Self {
        Self {
            title,
            value: "",
            subtitle: "",
            tone: None,
            unit,
            scale: Scale::Linear,
            values: None,
            cut: false,
            lines,
            dots: &[],
            bins: &[],
            marks: &[],
            spans: &[],
            thresholds: &[],
            generation,
            note: Note::None,
            labelled: true,
            footed: true,
            chooses: false,
            chosen: None,
            dimmed: false,
            wide_bars: false,
        }
    }

    /// The number that matters, large, and a few words beside it.
    pub fn value(mut self, value: &'a str, subtitle: &'a str) -> Self {
        (self.value, self.subtitle) = (value, subtitle);
        self
    }

    /// The number's colour where it says a state; the words beside it say it too.
    pub fn tone(mut self, color: Color32) -> Self {
        self.tone = Some(color);
        self
    }

    /// Free points.
    pub fn dots(mut self, dots: &'a [Dots<'a>]) -> Self {
        self.dots = dots;
        self
    }

    /// A histogram that lies on its side: values upwards, counts to the right. It has no time.
    pub fn bins(mut self, bins: &'a [Bin]) -> Self {
        self.bins = bins;
        self
    }

    /// What happened in the meantime.
    pub fn marks(mut self, marks: &'a [Mark]) -> Self {
        self.marks = marks;
        self
    }

    /// Stretches of time that are something: an alarm that rang, the future.
    pub fn spans(mut self, spans: &'a [Span]) -> Self {
        self.spans = spans;
        self
    }

    /// Values that matter. The axis reaches them.
    pub fn thresholds(mut self, thresholds: &'a [Threshold]) -> Self {
        self.thresholds = thresholds;
        self
    }

    /// How values become heights.
    pub fn scale(mut self, scale: Scale) -> Self {
        self.scale = scale;
        self
    }

    /// The least and the most value of the axis, which two plots side by side share; else what is visible decides.
    pub fn values(mut self, least: f64, most: f64) -> Self {
        self.values = Some((least, most));
        self
    }

    /// The same, and the axis begins at the least value and not at zero: for a share that hardly moves.
    pub fn cut(mut self, least: f64, most: f64) -> Self {
        (self.values, self.cut) = (Some((least, most)), true);
        self
    }

    /// A sentence in place of the lines: "No data in this range"; empty for none.
    pub fn note(mut self, note: &'a str) -> Self {
        if !note.is_empty() {
            self.note = Note::Plain(note);
        }
        self
    }

    /// It is being read for the first time.
    pub fn loading(mut self) -> Self {
        self.note = Note::Loading;
        self
    }

    /// It could not be read: an error's title, or the permission that lacks.
    pub fn failed(mut self, why: &'a str) -> Self {
        self.note = Note::Failed(why);
        self
    }

    /// What is shown is old, and newer can't be read: the last values stay, pale. The age belongs into the subtitle.
    pub fn dimmed(mut self, dimmed: bool) -> Self {
        self.dimmed = dimmed;
        self
    }

    /// Without labels at its value axis, for a plot that stands beside one with the same.
    pub fn unlabelled(mut self) -> Self {
        self.labelled = false;
        self
    }

    /// Without labels at its time axis, for a plot that stands on one with the same.
    pub fn footless(mut self) -> Self {
        self.footed = false;
        self
    }

    /// Dragging chooses a box of free points instead of zooming; `chosen` is what is chosen now.
    pub fn chooses(mut self, chosen: Option<&'a Chosen>) -> Self {
        (self.chooses, self.chosen) = (true, chosen);
        self
    }

    fn is_timed(&self) -> bool {
        self.bins.is_empty()
    }

    /// Whether all that is shown are bars, each wide enough to be pointed at in an area this wide.
    fn has_wide_bars(&self, visible: &Range<i64>, width: f32) -> bool {
        let Some(first) = self.lines.first() else {
            return false;
        };
        let share = reduce::step_of(first.series) as f64 / (visible.end - visible.start) as f64;
        let wide = share * f64::from(width) >= WIDE_BAR;
        wide && self.lines.iter().all(|line| line.look == Look::Bars)
    }

    /// What the time axis takes below the area, in points.
    fn foot(&self) -> f32 {
        if self.footed { FOOT } else { 0.0 }
    }

    /// The time of the point next to `at`, or of the bar that holds it: all lines of a plot are on one grid.
    fn snapped(&self, at: i64) -> i64 {
        let Some(line) = self.lines.first() else {
            return at;
        };
        let step = reduce::step_of(line.series);
        let start = line.series.start;
        let half = if self.wide_bars { 0 } else { step / 2 };
        start + (at - start + half).div_euclid(step) * step
    }

    /// Draws it over all of the space that is left; see [`plot_grid`].
    pub fn show(mut self, ui: &mut Ui, group: &mut PlotGroup) -> PlotOutput {
        let theme = Theme::of(ui);
        let wanted = ui.available_size().max(vec2(160.0, 96.0));
        let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
        let id = ui.make_persistent_id(("plot", self.title));
        let places = self.places(rect);
        let ready = group.ready(ui, id, &self, places.body);
        let visible = group.visible();
        self.wide_bars = self.has_wide_bars(&visible, ready.area.width());
        let at = group.hovered().map(|at| self.snapped(at));
        let at = at.filter(|at| self.is_timed() && visible.contains(at));
        let (response, transform) = items::show(ui, id, &self, &ready, theme, at);
        self.tell(ui, &response, group, at);
        group.texts.begin(ui.ctx());
        head::show(ui, theme, id, &self, places.head, at, &mut group.texts);
        let x_of = |at: i64| transform.position_from_point_x(at as f64);
        flags::show(
            ui, &response, ready.area, self.marks, self.spans, group, x_of,
        );
        self.annotate(ui, theme, ready.area);
        if let Some(at) = at {
            crosshair::show(ui, theme, &self, ready.area, &transform, at, group);
        }
        let threshold = threshold::show(ui, theme, &self, &response, &ready, &transform, group);
        let mut output = PlotOutput {
            response,
            zoomed: false,
            threshold,
            chosen: None,
        };
        input::apply(ui, theme, &self, ready.area, &transform, group, &mut output);
        output
    }

    fn places(&self, rect: Rect) -> Places {
        let inner = rect.shrink2(vec2(MARGIN, TOP));
        let number = if self.value.is_empty() { 0.0 } else { NUMBER };
        let head = Rect::from_min_size(inner.min, vec2(inner.width(), TITLE + number));
        let flagged = !self.marks.is_empty() || self.spans.iter().any(|span| !span.face.is_empty());
        let strip = if flagged { flags::STRIP } else { space::XS };
        let top = (head.bottom() + strip).min(inner.bottom() - self.foot() - 8.0);
        let body = Rect::from_min_max(pos2(inner.left(), top), inner.max);
        Places { head, body }
    }

    /// For screen readers, and for tests: the title and the number as the name, what is under the crosshair as the value,
    /// lines, range, marks and thresholds in the description.
    fn tell(&self, ui: &Ui, response: &Response, group: &PlotGroup, at: Option<i64>) {
        response.widget_info(|| {
            let said = format!("{} {}", self.value, self.subtitle);
            let name = match said.trim() {
                "" => self.title.to_owned(),
                said => format!("{}: {said}", self.title),
            };
            WidgetInfo::labeled(Role::Figure, ui.is_enabled(), name)
        });
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_description(self.description(group));
            if let Some(at) = at {
                let time = format::time_exact(at, &group.zone);
                let values = self.lines.iter().map(|line| self.read_out(line, at));
                let here = |mark: &&Mark| self.snapped(mark.at) == at;
                let marks = self.marks.iter().filter(here).map(|mark| mark.text.clone());
                let said: Vec<String> = values.chain(marks).collect();
                node.set_value(format!("{time}: {}", said.join(", ")));
            }
        });
    }

    fn description(&self, group: &PlotGroup) -> String {
        let visible = group.visible();
        let lines = self.lines.iter().map(|line| line.name);
        let names = lines.chain(self.dots.iter().map(|dots| dots.name));
        let mut text = names.collect::<Vec<_>>().join(", ");
        let time = |at| format::time_exact(at, &group.zone);
        if self.is_timed() {
            text += &format!(" from {} to {}", time(visible.start), time(visible.end));
        }
        for threshold in self.thresholds {
            text += &format!("; {} {}", threshold.text, self.unit.text(threshold.value));
        }
        for mark in self.marks.iter().filter(|mark| visible.contains(&mark.at)) {
            text += &format!("; {} at {}", mark.text, time(mark.at));
        }
        match self.note {
            Note::None => {}
            Note::Plain(note) => text += &format!("; {note}"),
            Note::Loading => text += "; loading",
            Note::Failed(why) => text += &format!("; failed: {why}"),
        }
        text
    }

    /// A line's name and its value at a time.
    fn read_out(&self, line: &Line<'_>, at: i64) -> String {
        let (name, value) = self.named(line, at);
        format!("{name}{value}")
    }

    /// The name with a space, empty for a line that is named as its plot; and the value at a time.
    fn named(&self, line: &Line<'_>, at: i64) -> (String, String) {
        let value = line.series.value_at(at);
        let value = value.map_or("no data".to_owned(), |value| self.unit.text(value));
        if line.name == self.title {
            (String::new(), value)
        } else {
            (format!("{} ", line.name), value)
        }
    }
}
