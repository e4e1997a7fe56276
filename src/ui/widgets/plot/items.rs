//! What egui_plot draws: axes, grid, and all that is made of data, from borrowed points. Everything that it would do
//! with the pointer is switched off.

use std::hash::{DefaultHasher, Hash, Hasher};

use egui::{Color32, Id, Rangef, Rect, Response, Stroke, Ui, UiBuilder, pos2};
use egui_plot::{
    AxisHints, Bar, BarChart, FilledArea, GridMark, HLine, Line, LineStyle, PlotItem, PlotPoints,
    PlotTransform, PlotUi, Points, Span,
};

use super::group::Ready;
use super::picture::{Kept, Picture};
use super::prepared::{self, Tick};
use super::{Look, Note, Plot, Scale, reduce};
use crate::ui::fonts;
use crate::ui::theme::{Theme, size};

/// How thick lines are, in points.
const THICK: f32 = 1.5;
/// How thick a line to compare with is, in points.
const THIN: f32 = 1.2;
/// The radius of a point between two gaps, in points.
const ALONE: f32 = 2.0;
/// How near the crosshair's chip a label may stand, in points.
const CHIP: f32 = 38.0;
/// How much of its colour an area keeps, and one that lies on others.
const AREA: f32 = 0.12;
const LAYER: f32 = 0.75;
/// How much of its colour a bar keeps, and a stretch of time.
const BAR: f32 = 0.85;
const SPAN: f32 = 0.22;
/// How much of its colour old data keeps.
const OLD: f32 = 0.45;

/// Draws a plot's data; gives back what the pointer does, and where values are. `at` is the time under the crosshair,
/// whose chip takes the place of the label below it.
pub(super) fn show(
    ui: &mut Ui,
    id: Id,
    plot: &Plot<'_>,
    ready: &Ready,
    theme: &Theme,
    at: Option<i64>,
) -> (Response, PlotTransform) {
    let (axis, points, area) = (&*ready.axis, &*ready.points, ready.area);
    let gutter = ready.gutter;
    let body = Rect::from_min_max(
        pos2(area.left() - gutter, area.top()),
        pos2(area.right(), area.bottom() + plot.foot()),
    );
    let mut child = ui.new_child(UiBuilder::new().id_salt(id).max_rect(body));
    let hints = |hints: AxisHints<'static>| {
        hints
            .label_spacing(Rangef::new(0.0, 0.5))
            .tick_label_color(theme.muted)
            .tick_label_font(fonts::body(size::TINY))
    };
    let (left, right) = points.bounds;
    let a_point = (right - left) / f64::from(area.width().max(1.0));
    let covered = move |mark: GridMark| {
        at.is_some_and(|at| (mark.value - at as f64).abs() < a_point * f64::from(CHIP))
    };
    let times = text_at(&points.ticks);
    let x = hints(AxisHints::new_x())
        .formatter(move |mark, range| {
            if covered(mark) {
                String::new()
            } else {
                times(mark, range)
            }
        })
        .min_thickness(plot.foot());
    let y = hints(AxisHints::new_y())
        .formatter(text_at(if plot.note == Note::None {
            &axis.ticks
        } else {
            // Where there is no data there is no scale.
            &[]
        }))
        .min_thickness(gutter);
    let shown = egui_plot::Plot::new(id)
        .id(id)
        .width(body.width())
        .height(body.height())
        .custom_x_axes(vec![x])
        .custom_y_axes(vec![y])
        .show_axes([plot.footed, plot.labelled])
        .show_grid([!plot.is_timed(), true])
        .x_grid_spacer(|_| marks(&points.ticks, points.apart))
        .y_grid_spacer(|_| marks(&axis.ticks, axis.apart))
        .grid_spacing(Rangef::new(0.0, 0.5))
        .grid_color(theme.line)
        .show_background(false)
        .show_x(false)
        .show_y(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .show(&mut child, |ui| {
            ui.set_plot_bounds_x(left..=right);
            let (low, high) = axis.bounds;
            ui.set_plot_bounds_y(low..=high);
            if plot.note == Note::None {
                let brush = Brush {
                    plot,
                    points,
                    theme,
                    low,
                    a_point,
                };
                brush.add(ui, ready.kept.clone());
            }
        });
    (shown.response, shown.transform)
}

/// The text of a mark, which was written when the axis was made.
fn text_at(ticks: &[Tick]) -> impl Fn(GridMark, &std::ops::RangeInclusive<f64>) -> String + '_ {
    |mark, _| {
        let tick = ticks.iter().find(|tick| tick.at == mark.value);
        tick.map(|tick| tick.text.clone()).unwrap_or_default()
    }
}

fn marks(ticks: &[Tick], apart: f64) -> Vec<GridMark> {
    let mark = |tick: &Tick| GridMark {
        value: tick.at,
        step_size: apart,
    };
    ticks.iter().map(mark).collect()
}

/// What is drawn together.
type Items<'a> = Vec<Box<dyn PlotItem + 'a>>;

/// What items are drawn with.
struct Brush<'p, 'a> {
    plot: &'p Plot<'p>,
    points: &'a prepared::Points,
    theme: &'p Theme,
    /// The lowest height of the area, and how much time (or how many) one of its points is.
    low: f64,
    a_point: f64,
}

impl<'a> Brush<'_, 'a> {
    /// Everything in the order in which it lies: spans, areas, bars, lines, points, limits.
    fn add(&self, ui: &mut PlotUi<'a>, kept: Kept) {
        self.spans(ui);
        let mut items = Items::new();
        self.layers(&mut items);
        self.bars(&mut items);
        self.bins(&mut items);
        self.lines(&mut items);
        ui.add(Picture::new(items, self.stamp(), kept));
        self.dots(ui);
        self.thresholds(ui);
    }

    /// What the picture depends on besides its points.
    fn stamp(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.plot.dimmed, self.theme.muted).hash(&mut hasher);
        for line in self.plot.lines {
            line.color.hash(&mut hasher);
        }
        for bin in self.plot.bins {
            bin.color.hash(&mut hasher);
            [bin.values.start, bin.values.end, bin.count]
                .map(f64::to_bits)
                .hash(&mut hasher);
        }
        hasher.finish()
    }

    fn color(&self, color: Color32) -> Color32 {
        if self.plot.dimmed {
            color.gamma_multiply(OLD)
        } else {
            color
        }
    }

    fn color_of(&self, line: usize) -> Color32 {
        let line = self.plot.lines.get(line);
        self.color(line.map_or(self.theme.muted, |line| line.color))
    }

    fn spans(&self, ui: &mut PlotUi<'a>) {
        for span in self.plot.spans {
            let range = span.range.start as f64..=span.range.end as f64;
            let fill = span.color.gamma_multiply(SPAN);
            let none = Stroke::new(0.0, fill);
            ui.span(Span::new("", range).fill(fill).border(none));
        }
    }

    fn layers(&self, items: &mut Items<'a>) {
        for (of, layers) in &self.points.layers {
            let fill = self.color_of(*of).gamma_multiply(LAYER);
            for layer in layers.iter().filter(|layer| !layer.xs.is_empty()) {
                let area = FilledArea::new("", &layer.xs, &layer.low, &layer.high);
                // The crate's areas have hard edges; a line over them is soft.
                let area = area.fill_color(fill).stroke(Stroke::new(1.0, fill));
                items.push(Box::new(area));
            }
        }
    }

    fn bars(&self, items: &mut Items<'a>) {
        for (of, bars) in &self.points.bars {
            let color = self.color_of(*of);
            let bar = |bar: &reduce::Bar| {
                let apart = bar.length >= 4.0 * self.a_point;
                let gap = if apart { self.a_point } else { 0.0 };
                let middle = bar.from + bar.length / 2.0;
                self.bar(middle, bar.value, bar.length - gap, color)
            };
            let bars = bars.iter().map(bar).collect();
            items.push(Box::new(BarChart::new("", bars).color(color)));
        }
    }

    /// A bar that stands on zero, or on the lowest value of a logarithmic axis.
    fn bar(&self, middle: f64, value: f64, width: f64, color: Color32) -> Bar {
        let scale = self.plot.scale;
        let base = if scale == Scale::Linear {
            0.0
        } else {
            self.low
        };
        Bar::new(middle, scale.height(value) - base)
            .base_offset(base)
            .width(width)
            .fill(color.gamma_multiply(BAR))
            .stroke(Stroke::NONE)
    }

    fn bins(&self, items: &mut Items<'a>) {
        for bin in self.plot.bins.iter().filter(|bin| bin.count > 0.0) {
            let height = |value| self.plot.scale.height(value);
            let (from, to) = (height(bin.values.start), height(bin.values.end));
            let fill = self.color(bin.color);
            let bar = Bar::new((from + to) / 2.0, bin.count)
                .width((to - from) * 0.9)
                .fill(fill.gamma_multiply(BAR))
                .stroke(Stroke::NONE);
            let chart = BarChart::new("", vec![bar]).color(fill).horizontal();
            items.push(Box::new(chart));
        }
    }

    fn lines(&self, items: &mut Items<'a>) {
        for run in &self.points.runs {
            let Some(line) = self.plot.lines.get(run.of) else {
                continue;
            };
            let drawn = Line::new("", PlotPoints::Borrowed(self.points.of(run)));
            let drawn = drawn.color(self.color_of(run.of)).allow_band(run.dense);
            items.push(Box::new(match line.look {
                Look::Dashed => drawn.width(THIN).style(LineStyle::Dashed { length: 5.0 }),
                Look::Dotted => drawn.width(0.8).style(LineStyle::Dotted { spacing: 3.5 }),
                Look::Area if self.plot.scale == Scale::Linear => {
                    drawn.width(THICK).fill(0.0).fill_alpha(AREA)
                }
                _ => drawn.width(THICK),
            }));
        }
        for part in &self.points.alone {
            let dot = Points::new("", PlotPoints::Borrowed(self.points.of(part)));
            let dot = dot.radius(ALONE).color(self.color_of(part.of));
            items.push(Box::new(dot));
        }
    }

    fn dots(&self, ui: &mut PlotUi<'a>) {
        for part in &self.points.dots {
            let Some(dots) = self.plot.dots.get(part.of) else {
                continue;
            };
            let drawn = Points::new("", PlotPoints::Borrowed(self.points.of(part)));
            let form = drawn.shape(dots.form.marker()).radius(dots.form.radius());
            ui.points(form.color(self.color(dots.color)));
        }
    }

    fn thresholds(&self, ui: &mut PlotUi<'a>) {
        for threshold in self.plot.thresholds {
            let height = self.plot.scale.height(threshold.value);
            let line = HLine::new("", height).color(threshold.color);
            ui.hline(if threshold.drag {
                line.width(THICK)
            } else {
                line.width(1.0).style(LineStyle::Dashed { length: 5.0 })
            });
        }
    }
}
