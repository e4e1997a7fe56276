//! A card with lines over time: title, the number that matters, unit on the axis, gaps where there is no data, marks,
//! and a crosshair and a zoom shared with the other plots of the page.
//!
//! Drawn with the painter rather than egui_plot: lines are thinned to the pixels, tessellated once, and the same mesh is
//! shown until data, range or size change. A frame costs what moved, not what is there.

use std::ops::Range;

use egui::{
    Align2, Color32, Key, Modifiers, Pos2, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

use super::plot_lines::{self, Drawn};
use crate::model::csv;
use crate::model::format::{self, Zone};
use crate::model::metric::Series;
use crate::ui::{
    fonts,
    theme::{Theme, size, space},
};

pub use super::plot_group::{PlotGroup, plot_grid};

/// What the values count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Unit {
    /// Things: invocations, errors.
    #[default]
    Count,
    /// From 0 to 100.
    Percent,
    /// Milliseconds.
    Milliseconds,
    /// Bytes.
    Bytes,
    /// Things in a second.
    PerSecond,
}

impl Unit {
    /// The value for people, with its unit.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Count => format::number(value),
            Self::Percent => format::percent(value / 100.0),
            Self::Milliseconds => format::duration(value),
            Self::Bytes => format::bytes(value.max(0.0) as u64),
            Self::PerSecond => format!("{} /s", format::number(value)),
        }
    }

    /// As the head of a column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Percent => "percent",
            Self::Milliseconds => "ms",
            Self::Bytes => "bytes",
            Self::PerSecond => "per second",
        }
    }
}

/// One line.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// As "p99".
    pub name: &'a str,
    /// Its values.
    pub series: &'a Series,
    /// One of [`Theme::series`], or a state's colour.
    pub color: Color32,
}

/// Something that happened: a deployment, a change of configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When, in ms since the epoch.
    pub at: i64,
    /// As "deploy 7f3a".
    pub text: String,
}

/// A plot, built up and then shown.
#[must_use = "a plot does nothing until it is shown"]
#[derive(Debug, Clone, Copy)]
pub struct Plot<'a> {
    title: &'a str,
    value: &'a str,
    subtitle: &'a str,
    unit: Unit,
    lines: &'a [Line<'a>],
    marks: &'a [Mark],
    generation: u64,
    note: &'a str,
}

/// What a person did in a plot.
pub struct PlotOutput {
    /// The plot's area.
    pub response: Response,
    /// The zoom of the group changed: ask for metrics of [`PlotGroup::visible`].
    pub zoomed: bool,
}

/// Where things are within the card.
struct Places {
    head: Rect,
    area: Rect,
}

impl<'a> Plot<'a> {
    /// A plot with this title. `generation` is another number whenever the values are others.
    pub fn new(title: &'a str, unit: Unit, lines: &'a [Line<'a>], generation: u64) -> Self {
        Self {
            title,
            value: "",
            subtitle: "",
            unit,
            lines,
            marks: &[],
            generation,
            note: "",
        }
    }

    /// The number that matters, large, and a few words beside it.
    pub fn value(mut self, value: &'a str, subtitle: &'a str) -> Self {
        (self.value, self.subtitle) = (value, subtitle);
        self
    }

    /// What happened in the meantime.
    pub fn marks(mut self, marks: &'a [Mark]) -> Self {
        self.marks = marks;
        self
    }

    /// A sentence in place of the lines: "No data in this range", or an error's title.
    pub fn note(mut self, note: &'a str) -> Self {
        self.note = note;
        self
    }

    /// Draws it over all of the space that is left; see [`plot_grid`].
    pub fn show(self, ui: &mut Ui, group: &mut PlotGroup) -> PlotOutput {
        let theme = Theme::of(ui);
        let wanted = ui.available_size().max(vec2(160.0, 120.0));
        let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
        let id = ui.make_persistent_id(("plot", self.title));
        let places = self.places(rect, group.labels_width(id));
        let response = ui.interact(places.area, id, Sense::click_and_drag());
        self.tell(ui, &response, group);
        self.head(ui, theme, places.head);
        let visible = group.visible();
        let drawn = group.drawn(ui, id, &self, places.area, theme);
        axes(ui, theme, places.area, &drawn);
        let painter = ui.painter().with_clip_rect(
            places
                .area
                .expand2(vec2(1.0, 2.0))
                .intersect(ui.clip_rect()),
        );
        painter.add(egui::Shape::Mesh(drawn.mesh.clone()));
        self.paint_marks(ui, theme, places.area, &visible);
        if !self.note.is_empty() {
            let font = fonts::body(size::SMALL);
            let middle = places.area.center();
            let align = Align2::CENTER_CENTER;
            ui.painter()
                .text(middle, align, self.note, font, theme.muted);
        }
        let zoomed = interact(ui, &response, places.area, group);
        self.crosshair(ui, theme, &response, places.area, group, &drawn);
        PlotOutput { response, zoomed }
    }

    fn places(&self, rect: Rect, labels: f32) -> Places {
        let inner = rect.shrink2(vec2(space::M, 10.0));
        let head = Rect::from_min_size(inner.min, vec2(inner.width(), 48.0));
        let area = Rect::from_min_max(
            pos2(inner.left() + labels, head.bottom() + 8.0),
            pos2(inner.right(), inner.bottom() - 20.0),
        );
        Places { head, area }
    }

    /// For screen readers, and for tests: the title, the number, and the range in words.
    fn tell(&self, ui: &Ui, response: &Response, group: &PlotGroup) {
        response.widget_info(|| {
            let name = format!("{}: {} {}", self.title, self.value, self.subtitle);
            WidgetInfo::labeled(Role::Figure, ui.is_enabled(), name.trim())
        });
        ui.ctx().accesskit_node_builder(response.id, |node| {
            let visible = group.visible();
            let names: Vec<&str> = self.lines.iter().map(|line| line.name).collect();
            let (from, to) = (
                format::time_exact(visible.start, &group.zone),
                format::time_exact(visible.end, &group.zone),
            );
            node.set_description(format!("{} from {from} to {to}", names.join(", ")));
        });
    }

    fn head(&self, ui: &Ui, theme: &Theme, rect: Rect) {
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        let small = fonts::medium(size::SMALL);
        let left = rect.left();
        let title = painter.text(
            pos2(left, rect.top() + 10.0),
            Align2::LEFT_CENTER,
            self.title,
            small,
            theme.muted,
        );
        let middle = rect.top() + 34.0;
        let big = painter.text(
            pos2(left, middle),
            Align2::LEFT_CENTER,
            self.value,
            fonts::body(size::BIG),
            theme.text,
        );
        painter.text(
            pos2(big.right() + 6.0, middle + 2.0),
            Align2::LEFT_CENTER,
            self.subtitle,
            fonts::body(size::SMALL),
            theme.muted,
        );
        self.legend(&painter, theme, rect, title.right());
    }

    /// The lines' names at the right of the title, where there is more than one.
    fn legend(&self, painter: &egui::Painter, theme: &Theme, rect: Rect, from: f32) {
        if self.lines.len() < 2 {
            return;
        }
        let (mut x, middle) = (rect.right(), rect.top() + 10.0);
        for line in self.lines.iter().rev() {
            let font = fonts::body(size::TINY);
            let galley = painter.layout_no_wrap(line.name.to_owned(), font, theme.muted);
            let start = x - galley.size().x - 14.0;
            if start < from + space::M {
                return;
            }
            let dash = Rect::from_center_size(pos2(start + 5.0, middle), vec2(10.0, 2.0));
            painter.rect_filled(dash, 1, line.color);
            let at = pos2(start + 14.0, middle - galley.size().y / 2.0);
            painter.galley(at, galley, theme.muted);
            x = start - space::S;
        }
    }

    fn paint_marks(&self, ui: &Ui, theme: &Theme, area: Rect, visible: &Range<i64>) {
        let stroke = Stroke::new(1.0, theme.accent);
        for mark in self.marks.iter().filter(|mark| visible.contains(&mark.at)) {
            let x = plot_lines::x_of(mark.at, visible, area).round() + 0.5;
            let ends = [pos2(x, area.top() - 4.0), pos2(x, area.bottom())];
            for dash in egui::Shape::dashed_line(&ends, stroke, 3.0, 3.0) {
                ui.painter().add(dash);
            }
            // The text stands on the side that has room for it.
            let (align, at) = if x > area.right() - 80.0 {
                (Align2::RIGHT_TOP, x - 4.0)
            } else {
                (Align2::LEFT_TOP, x + 4.0)
            };
            let font = fonts::body(size::TINY);
            let at = pos2(at, area.top() - 5.0);
            ui.painter().text(at, align, &mark.text, font, theme.accent);
        }
    }

    fn crosshair(
        &self,
        ui: &mut Ui,
        theme: &Theme,
        response: &Response,
        area: Rect,
        group: &PlotGroup,
        drawn: &Drawn,
    ) {
        let Some(at) = group.hovered() else { return };
        let visible = group.visible();
        let at = self.nearest(at);
        if !visible.contains(&at) {
            return;
        }
        let x = plot_lines::x_of(at, &visible, area);
        ui.painter()
            .vline(x, area.y_range(), Stroke::new(1.0, theme.muted));
        for line in self.lines {
            if let Some(value) = line.series.value_at(at) {
                let y = drawn.y_of(value, area);
                ui.painter().circle_filled(pos2(x, y), 3.0, line.color);
            }
        }
        let has_it = response.hovered() || (response.has_focus() && group.by_keys());
        if has_it && !response.dragged() {
            let corner = pos2(x + space::M, area.top());
            self.tooltip(ui, response, corner, at, &group.zone);
        }
    }

    /// The time of the point next to `at`: all lines of a plot are on one grid.
    fn nearest(&self, at: i64) -> i64 {
        match self.lines.first() {
            Some(line) => {
                let step = (i64::from(line.series.period_s) * 1000).max(1);
                line.series.start + (at - line.series.start + step / 2).div_euclid(step) * step
            }
            None => at,
        }
    }

    fn tooltip(&self, ui: &Ui, response: &Response, at: Pos2, time: i64, zone: &Zone) {
        let theme = Theme::of(ui);
        let layer = ui.layer_id();
        egui::Tooltip::always_open(ui.ctx().clone(), layer, response.id, at).show(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, 2.0);
            ui.spacing_mut().interact_size.y = 18.0;
            let caption = egui::RichText::new(format::time_exact(time, zone));
            ui.label(caption.font(fonts::body(size::SMALL)).color(theme.muted));
            egui::Grid::new("values").num_columns(2).show(ui, |ui| {
                for line in self.lines {
                    ui.horizontal(|ui| {
                        let (dash, _) = ui.allocate_exact_size(vec2(10.0, 12.0), Sense::hover());
                        let dash = Rect::from_center_size(dash.center(), vec2(10.0, 2.0));
                        ui.painter().rect_filled(dash, 1, line.color);
                        ui.label(line.name);
                    });
                    let value = line.series.value_at(time);
                    ui.label(value.map_or("no data".to_owned(), |value| self.unit.text(value)));
                    ui.end_row();
                }
            });
            for mark in self
                .marks
                .iter()
                .filter(|mark| self.nearest(mark.at) == time)
            {
                ui.label(egui::RichText::new(&mark.text).color(theme.accent));
            }
        });
    }

    pub(super) fn lines(&self) -> &'a [Line<'a>] {
        self.lines
    }

    pub(super) fn unit(&self) -> Unit {
        self.unit
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }
}

/// Horizontal lines with their values, and times under the area.
fn axes(ui: &Ui, theme: &Theme, area: Rect, drawn: &Drawn) {
    let font = fonts::body(10.0);
    let painter = ui.painter();
    for (value, text) in drawn.y_marks.iter() {
        let y = drawn.y_of(*value, area).round() + 0.5;
        painter.hline(area.x_range(), y, theme.stroke());
        let at = pos2(area.left() - 6.0, y);
        painter.text(at, Align2::RIGHT_CENTER, text, font.clone(), theme.muted);
    }
    for (x, text) in drawn.x_marks.iter() {
        let at = pos2(area.left() + x, area.bottom() + 5.0);
        // Labels at the ends stay within the card.
        let align = if *x < 16.0 {
            Align2::LEFT_TOP
        } else if *x > area.width() - 16.0 {
            Align2::RIGHT_TOP
        } else {
            Align2::CENTER_TOP
        };
        painter.text(at, align, text, font.clone(), theme.muted);
    }
}

/// Zoom by dragging, back by a double click or Esc, the crosshair by the arrows; true when the zoom changed.
fn interact(ui: &Ui, response: &Response, area: Rect, group: &mut PlotGroup) -> bool {
    let visible = group.visible();
    let time_at = |pos: Pos2| plot_lines::time_of(pos.x, &visible, area);
    if response.drag_started()
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        group.drag = Some((response.id, time_at(from)));
    }
    let dragging = group.drag.filter(|(id, _)| *id == response.id);
    let pointer = response.interact_pointer_pos();
    if let (Some((_, from)), Some(pointer)) = (dragging, pointer) {
        let to = time_at(pointer).clamp(visible.start, visible.end);
        let chosen = from.min(to)..from.max(to);
        let x = |at| plot_lines::x_of(at, &visible, area);
        let band = Rect::from_x_y_ranges(x(chosen.start)..=x(chosen.end), area.y_range());
        let color = Theme::of(ui).accent.gamma_multiply(0.18);
        ui.painter().rect_filled(band, 0, color);
        if response.drag_stopped() {
            group.drag = None;
            if band.width() >= 6.0 {
                return group.zoom_to(chosen);
            }
        }
    }
    if response.double_clicked() {
        return group.zoom_out();
    }
    if response.has_focus() {
        return keys(ui, response, group);
    }
    false
}

fn keys(ui: &Ui, response: &Response, group: &mut PlotGroup) -> bool {
    let filter = egui::EventFilter {
        horizontal_arrows: true,
        escape: group.is_zoomed(),
        ..Default::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::ArrowLeft) {
        group.step(-1);
    }
    if pressed(Key::ArrowRight) {
        group.step(1);
    }
    group.is_zoomed() && pressed(Key::Escape) && group.zoom_out()
}

/// The values as CSV: a time and a value for each line in a row, gaps empty. Times are ISO 8601 in the zone's offset.
pub fn csv_text(lines: &[Line<'_>], unit: Unit) -> String {
    let mut out = String::new();
    let heads = lines
        .iter()
        .map(|line| format!("{} ({})", line.name, unit.name()));
    csv::push_row(
        &mut out,
        std::iter::once("time (UTC)".to_owned()).chain(heads),
    );
    let mut times: Vec<i64> = lines
        .iter()
        .flat_map(|line| line.series.points().map(|(at, _)| at))
        .collect();
    times.sort_unstable();
    times.dedup();
    for at in times {
        let time = format::time_iso(at);
        let values = lines.iter().map(|line| match line.series.value_at(at) {
            Some(value) => value.to_string(),
            None => String::new(),
        });
        csv::push_row(&mut out, std::iter::once(time).chain(values));
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn csv_has_a_row_for_each_time_and_leaves_gaps_empty() {
        let a = Series::on_grid("a", "a", 0..180_000, 60, [(0, 1.0), (120_000, 3.0)]);
        let b = Series::on_grid("b", "b", 0..180_000, 60, [(120_000, 4.5)]);
        let line = |name, series| Line {
            name,
            series,
            color: Color32::PLACEHOLDER,
        };
        let text = csv_text(&[line("p50", &a), line("p99", &b)], Unit::Milliseconds);
        let expected = "time (UTC),p50 (ms),p99 (ms)\r\n\
                        1970-01-01T00:00:00Z,1,\r\n\
                        1970-01-01T00:02:00Z,3,4.5\r\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn every_unit_is_written_with_its_value() {
        assert_eq!(Unit::Percent.text(41.2), "41.2 %");
        assert_eq!(Unit::Milliseconds.text(340.0), "340 ms");
        assert_eq!(Unit::Bytes.text(13_002_342.0), "12.4 MB");
        assert_eq!(Unit::PerSecond.text(115.0), "115 /s");
        assert_eq!(Unit::Count.text(1_240_000.0), "1.24 M");
    }
}
