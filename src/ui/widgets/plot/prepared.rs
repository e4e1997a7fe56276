//! What a plot hands to egui_plot until data, range or size change: marks of the axes, and the points that the pixels
//! hold in one pool, borrowed on every frame.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use egui::Ui;
use egui_plot::PlotPoint;

use super::Plot;
use super::data::{Line, Look, Unit};
use super::reduce::{self, Bar, Layer};
use super::ticks;
use crate::model::format::Zone;
use crate::ui::{fonts, theme::size};

/// What stands beside labels of the value axis, in points: the crate puts four on each side.
const BESIDE_LABELS: f32 = 8.0;
/// The least room for the labels of the value axis, in points.
pub(super) const LEAST_GUTTER: f32 = 34.0;
/// How far the area goes past its lowest and highest mark, so that a line at zero is not cut in half, in points.
const PAST_ENDS: f32 = 2.0;

/// How much of the area a spike stands out by that keeps the weight of a line.
const OUTSTANDING: f64 = 0.1;

/// How values become heights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scale {
    /// In proportion.
    #[default]
    Linear,
    /// By their logarithm: durations from 1 ms to 10 s on one area. Values that are not above zero lie at the bottom.
    Logarithmic,
}

impl Scale {
    /// The height of a value in the crate's own coordinates.
    pub(super) fn height(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Logarithmic => value.max(1e-9).log10(),
        }
    }

    /// The value at a height.
    pub(super) fn value(self, height: f64) -> f64 {
        match self {
            Self::Linear => height,
            Self::Logarithmic => 10.0_f64.powf(height),
        }
    }
}

/// What the marks of the value axis depend on; a change of any makes everything anew.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    generation: u64,
    visible: Range<i64>,
    height: f32,
    pixels_per_point: f32,
    unit: Unit,
    scale: Scale,
    zone: Zone,
    values: Option<(f64, f64)>,
    /// The highest threshold: the axis reaches it.
    pub highest: f64,
    /// Of lines, free points and bins.
    count: (usize, usize, usize),
    /// Counts, grids and looks, for a caller that forgot to count the generation up.
    parts: u64,
}

impl Key {
    pub fn new(ui: &Ui, plot: &Plot<'_>, visible: Range<i64>, height: f32, zone: &Zone) -> Self {
        let mut hasher = DefaultHasher::new();
        for line in plot.lines {
            let series = line.series;
            (
                line.look,
                series.start,
                series.period_s,
                series.values.len(),
            )
                .hash(&mut hasher);
        }
        for dots in plot.dots {
            (dots.form, dots.points.len()).hash(&mut hasher);
        }
        plot.bins.len().hash(&mut hasher);
        let thresholds = plot.thresholds.iter().map(|threshold| threshold.value);
        Self {
            generation: plot.generation,
            visible,
            height,
            pixels_per_point: ui.pixels_per_point(),
            unit: plot.unit,
            scale: plot.scale,
            zone: zone.clone(),
            values: plot.values,
            highest: thresholds.fold(0.0, f64::max),
            count: (plot.lines.len(), plot.dots.len(), plot.bins.len()),
            parts: hasher.finish(),
        }
    }
}

impl Key {
    /// True when a plot made by this one may be shown for another frame in the place of one made by the other.
    pub fn fits(&self, other: &Self) -> bool {
        self.height == other.height
            && self.pixels_per_point == other.pixels_per_point
            && self.unit == other.unit
            && self.scale == other.scale
            && self.zone == other.zone
            // Lines that came or went are seen at once.
            && self.count == other.count
    }
}

/// A mark of an axis: where it is in the crate's coordinates, and what stands there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub at: f64,
    pub text: String,
}

/// The value axis.
#[derive(Debug, Clone, Default)]
pub(super) struct Axis {
    pub ticks: Vec<Tick>,
    /// The lowest and the highest height of the area.
    pub bounds: (f64, f64),
    /// The least distance between two marks, as a height.
    pub apart: f64,
    /// What its labels need, in points.
    pub gutter: f32,
}

/// A part of the pool that belongs to one line or one kind of points.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub of: usize,
    pub points: Range<usize>,
    /// More values than points of the screen: it is drawn as a band.
    pub dense: bool,
}

/// The points, and the time axis.
#[derive(Debug, Clone, Default)]
pub(super) struct Points {
    pub ticks: Vec<Tick>,
    /// The distance between two marks in the crate's coordinates.
    pub apart: f64,
    /// The bounds of the horizontal axis.
    pub bounds: (f64, f64),
    pool: Vec<PlotPoint>,
    /// Runs of lines, each to be drawn through.
    pub runs: Vec<Part>,
    /// Points between two gaps.
    pub alone: Vec<Part>,
    /// Free points.
    pub dots: Vec<Part>,
    pub bars: Vec<(usize, Vec<Bar>)>,
    pub layers: Vec<(usize, Vec<Layer>)>,
}

impl Points {
    /// The points of a part.
    pub fn of(&self, part: &Part) -> &[PlotPoint] {
        self.pool.get(part.points.clone()).unwrap_or_default()
    }

    /// The runs of a line: as a band where there are more values than points of the screen, by its mean where it is
    /// compared with, else by what each column holds.
    fn add_runs(
        &mut self,
        of: usize,
        line: &Line<'_>,
        visible: &Range<i64>,
        scale: Scale,
        a_point: f64,
        tall: f64,
    ) {
        let at = |index: usize| {
            let value = line.series.values.get(index).copied().unwrap_or(f64::NAN);
            PlotPoint::new(line.series.time(index) as f64, scale.height(value))
        };
        let dashed = matches!(line.look, Look::Dashed | Look::Dotted);
        let dense = !dashed && reduce::step_of(line.series) as f64 <= a_point;
        for (run, alone) in reduce::runs(line.series, visible) {
            let from = self.pool.len();
            let points = run.map(at);
            if dense {
                reduce::band(points, a_point, tall, &mut self.pool);
            } else if dashed {
                let column = a_point * f64::from(reduce::DASHED_COLUMN);
                reduce::mean(points, column, &mut self.pool);
            } else {
                let column = a_point * f64::from(reduce::COLUMN);
                reduce::thin(points, column, &mut self.pool);
            }
            let part = Part {
                of,
                points: from..self.pool.len(),
                dense,
            };
            if alone {
                self.alone.push(part);
            } else {
                self.runs.push(part);
            }
        }
    }
}

/// The stacked lines of a plot, from below.
fn stacked<'l, 'a>(lines: &'l [Line<'a>]) -> Vec<&'l Line<'a>> {
    lines
        .iter()
        .filter(|line| line.look == Look::Stacked)
        .collect()
}

/// The value axis of a plot.
pub(super) fn axis(ui: &Ui, plot: &Plot<'_>, key: &Key) -> Axis {
    let (least, most) = plot
        .values
        .unwrap_or_else(|| extremes(plot, &key.visible, key.highest));
    let values = match plot.scale {
        Scale::Linear => {
            let steps = ticks::most_steps(key.height);
            match plot.cut {
                true => ticks::between(least, most, plot.unit, steps),
                false => ticks::values(least, most, plot.unit, steps),
            }
        }
        Scale::Logarithmic => ticks::logarithmic(least, most, key.height),
    };
    let heights: Vec<f64> = values.iter().map(|v| plot.scale.height(*v)).collect();
    let low = heights.first().copied().unwrap_or(0.0);
    let high = heights.last().copied().unwrap_or(1.0);
    let past = (high - low) * f64::from(PAST_ENDS / key.height.max(1.0));
    let apart = heights
        .windows(2)
        .filter_map(|pair| Some(pair.last()? - pair.first()?))
        .fold(f64::INFINITY, f64::min);
    let ticks: Vec<Tick> = values
        .iter()
        .zip(heights)
        .map(|(value, at)| Tick {
            at,
            text: ticks::text(*value, plot.unit),
        })
        .collect();
    let gutter = ticks
        .iter()
        .map(|tick| label_width(ui, &tick.text) + BESIDE_LABELS)
        .fold(LEAST_GUTTER, f32::max)
        .ceil();
    Axis {
        ticks,
        bounds: (low - past, high + past),
        apart,
        gutter: if plot.labelled { gutter } else { 0.0 },
    }
}

fn label_width(ui: &Ui, text: &str) -> f32 {
    let font = fonts::body(size::TINY);
    let color = ui.visuals().text_color();
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    galley.size().x
}

/// The least and the most value that is visible, thresholds included.
fn extremes(plot: &Plot<'_>, visible: &Range<i64>, highest: f64) -> (f64, f64) {
    let plain = plot.lines.iter().filter(|line| line.look != Look::Stacked);
    let (mut least, mut most) = reduce::extremes(plain.map(|line| line.series), visible);
    most = most
        .max(reduce::stack_height(&stacked(plot.lines), visible))
        .max(highest);
    let dots = plot.dots.iter().flat_map(|dots| dots.points);
    let seen = dots.filter(|(at, value)| visible.contains(at) && value.is_finite());
    let mut lowest = f64::INFINITY;
    for (_, value) in seen {
        lowest = lowest.min(*value);
        most = most.max(*value);
    }
    for bin in plot.bins.iter().filter(|bin| bin.count > 0.0) {
        lowest = lowest.min(bin.values.start);
        most = most.max(bin.values.end);
    }
    if plot.scale == Scale::Logarithmic {
        let lines = plot.lines.iter();
        let values = lines.flat_map(|line| {
            let range = reduce::indices(line.series, visible);
            line.series.values.get(range).unwrap_or_default()
        });
        lowest = values.filter(|v| **v > 0.0).fold(lowest, |a, v| a.min(*v));
        least = lowest;
    }
    (least.min(lowest), most)
}

/// The points of a plot over an area this wide.
pub(super) fn points(ui: &Ui, plot: &Plot<'_>, key: &Key, axis: &Axis, width: f32) -> Points {
    let visible = &key.visible;
    let mut points = Points::default();
    if plot.bins.is_empty() {
        time_axis(ui, key, width, &mut points);
    } else {
        count_axis(ui, plot, width, &mut points);
    }
    let a_point = (visible.end - visible.start) as f64 / f64::from(width.max(1.0));
    for (of, line) in plot.lines.iter().enumerate() {
        let column = a_point * f64::from(reduce::COLUMN);
        match line.look {
            Look::Bars => {
                let mut bars = Vec::new();
                reduce::bars(line.series, visible, column * 1.5, &mut bars);
                points.bars.push((of, bars));
            }
            Look::Stacked => {
                let all = stacked(plot.lines);
                let below = stacked(plot.lines.get(..=of).unwrap_or_default());
                let layers = reduce::layers(&below, &all, visible, column);
                points.layers.push((of, layers));
            }
            _ => {
                let tall = (axis.bounds.1 - axis.bounds.0) * OUTSTANDING;
                points.add_runs(of, line, visible, plot.scale, a_point, tall);
            }
        }
    }
    for (of, dots) in plot.dots.iter().enumerate() {
        let from = points.pool.len();
        let seen = dots.points.iter().filter(|(at, _)| visible.contains(at));
        let placed = seen.map(|(at, value)| PlotPoint::new(*at as f64, plot.scale.height(*value)));
        points.pool.extend(placed);
        points.dots.push(Part {
            of,
            points: from..points.pool.len(),
            dense: false,
        });
    }
    points
}

/// A label below the area neither runs past `end` points behind it nor into the lowest value at its start.
fn fits(ui: &Ui, text: &str, x: f32, width: f32, end: f32) -> bool {
    let half = label_width(ui, text) / 2.0;
    x - half >= -2.0 && x + half <= width + end
}

/// Times that fit under the area.
fn time_axis(ui: &Ui, key: &Key, width: f32, points: &mut Points) {
    let visible = &key.visible;
    let length = (visible.end - visible.start).max(1) as f64;
    let (times, step) = ticks::times(visible, width, &key.zone);
    points.apart = step as f64;
    points.bounds = (visible.start as f64, visible.start as f64 + length);
    points.ticks = times
        .into_iter()
        .filter(|(at, text)| {
            let x = ((at - visible.start) as f64 / length) as f32 * width;
            fits(ui, text, x, width, 0.0)
        })
        .map(|(at, text)| Tick {
            at: at as f64,
            text,
        })
        .collect();
}

/// How many there are in a bin, for a histogram that lies.
fn count_axis(ui: &Ui, plot: &Plot<'_>, width: f32, points: &mut Points) {
    let most = plot.bins.iter().map(|bin| bin.count).fold(0.0, f64::max);
    let steps = ((width / 60.0) as usize).clamp(1, 4);
    let values = ticks::values(0.0, most, Unit::Count, steps);
    let last = values.last().copied().unwrap_or(1.0);
    points.apart = values.get(1).copied().unwrap_or(1.0);
    points.bounds = (0.0, last);
    points.ticks = values
        .into_iter()
        .map(|at| Tick {
            at,
            text: ticks::text(at, Unit::Count),
        })
        .filter(|tick| {
            fits(
                ui,
                &tick.text,
                (tick.at / last) as f32 * width,
                width,
                super::MARGIN - 2.0,
            )
        })
        .collect();
}
