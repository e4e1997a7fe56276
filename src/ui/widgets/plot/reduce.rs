//! From all values to those that the pixels hold: runs between gaps, the lowest and the highest of each column, the mean
//! of a line to compare with, the peak of bars that touch, and areas on top of each other.
//!
//! Pure: knows no painter. Times are ms since the epoch as `f64`, which holds them exactly.

use std::ops::Range;

use egui_plot::PlotPoint;

use super::data::Line;
use crate::model::metric::Series;

/// How wide a column is that keeps its lowest and its highest point alone, in points: a little more than a line is thick.
pub(super) const COLUMN: f32 = 2.0;
/// How wide a column of a dashed line is, in points.
pub(super) const DASHED_COLUMN: f32 = 5.0;

/// Milliseconds between two values.
pub(super) fn step_of(series: &Series) -> i64 {
    (i64::from(series.period_s) * 1_000).max(1)
}

/// The points of the series that can be seen, with one more on each side so that lines reach the edges.
pub(super) fn indices(series: &Series, visible: &Range<i64>) -> Range<usize> {
    let step = step_of(series);
    let clamp = |index: i64| index.clamp(0, series.values.len() as i64) as usize;
    let first = clamp((visible.start - series.start).div_euclid(step) - 1);
    let end = clamp((visible.end - series.start).div_euclid(step) + 3);
    first..end.max(first)
}

/// The parts of the runs that can be seen, each with whether its run is one point alone.
pub(super) fn runs<'a>(
    series: &'a Series,
    visible: &Range<i64>,
) -> impl Iterator<Item = (Range<usize>, bool)> + 'a {
    let seen = indices(series, visible);
    series.runs().filter_map(move |run| {
        let part = run.start.max(seen.start)..run.end.min(seen.end);
        (!part.is_empty()).then_some((part, run.len() == 1))
    })
}

/// The least and the most of what is visible, with zero. What is not finite is passed over.
pub(super) fn extremes<'a>(
    lines: impl Iterator<Item = &'a Series>,
    visible: &Range<i64>,
) -> (f64, f64) {
    let mut found = (0.0_f64, 0.0_f64);
    for series in lines {
        let range = indices(series, visible);
        for value in series.values.get(range).unwrap_or_default() {
            if value.is_finite() {
                found = (found.0.min(*value), found.1.max(*value));
            }
        }
    }
    found
}

/// The points of a run in the order of time: the lowest and the highest of each column, and the run's first and last.
/// Columns stand at whole multiples of `width`, so that a line does not tremble while time goes on.
pub(super) fn thin(points: impl Iterator<Item = PlotPoint>, width: f64, out: &mut Vec<PlotPoint>) {
    let mut column: Option<[(usize, PlotPoint); 2]> = None;
    let mut last = None;
    for (index, point) in points.enumerate() {
        let here = (index, point);
        if index == 0 {
            out.push(point);
        }
        last = Some(here);
        match &mut column {
            Some([low, high]) if (point.x / width).floor() == (low.1.x / width).floor() => {
                if point.y < low.1.y {
                    *low = here;
                }
                if point.y > high.1.y {
                    *high = here;
                }
            }
            _ => {
                flush(column.take(), out);
                column = Some([here; 2]);
            }
        }
    }
    flush(column, out);
    if let Some((_, point)) = last {
        push(point, out);
    }
}

fn flush(column: Option<[(usize, PlotPoint); 2]>, out: &mut Vec<PlotPoint>) {
    let Some([a, b]) = column else { return };
    let (first, second) = if a.0 <= b.0 { (a, b) } else { (b, a) };
    push(first.1, out);
    push(second.1, out);
}

/// Never the same point twice: a line of no length has no direction.
fn push(point: PlotPoint, out: &mut Vec<PlotPoint>) {
    if out.last() != Some(&point) {
        out.push(point);
    }
}

/// How wide the top of a lone spike is in a band, in points: as a line is thick, and more than the crate takes for one.
const SPIKE: f64 = 1.2;

/// The lowest and the highest of a column, and where it ends.
#[derive(Clone, Copy)]
struct Column {
    place: f64,
    low: f64,
    high: f64,
    last: f64,
}

/// A dense run as the crate draws it quickest: it makes one sample of a band out of points that share a pixel, so that each
/// column gives its lowest and its highest at one time. Columns reach to the one before, so that no step is thinner than
/// a line; and one that stands out from both neighbours by `tall` gets a top, for a band would draw it as a needle.
pub(super) fn band(
    points: impl Iterator<Item = PlotPoint>,
    a_point: f64,
    tall: f64,
    out: &mut Vec<PlotPoint>,
) {
    let width = a_point * f64::from(COLUMN);
    let mut columns: Vec<Column> = Vec::new();
    let (mut first, mut end) = (None, 0.0);
    for point in points {
        let place = (point.x / width).floor();
        (first, end) = (first.or(Some(point.x)), point.x);
        match columns.last_mut() {
            Some(column) if column.place == place => {
                column.low = column.low.min(point.y);
                column.high = column.high.max(point.y);
                column.last = point.y;
            }
            before => {
                let reached = before.map_or(point.y, |column| column.last);
                columns.push(Column {
                    place,
                    low: point.y.min(reached),
                    high: point.y.max(reached),
                    last: point.y,
                });
            }
        }
    }
    let Some(start) = first else { return };
    for (index, column) in columns.iter().enumerate() {
        // The crate moves what it has joined by half a pixel.
        let middle = ((column.place + 0.5) * width - a_point / 2.0).clamp(start, end);
        let mut add = |x: f64| {
            out.push(PlotPoint::new(x, column.low));
            out.push(PlotPoint::new(x, column.high));
        };
        let beside = [index.checked_sub(1), Some(index + 1)];
        let beside = beside
            .into_iter()
            .flatten()
            .filter_map(|at| columns.get(at));
        let (low, high) = beside.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), other| {
            (low.min(other.low), high.max(other.high))
        });
        if index == 0 {
            add(start);
        } else if index + 1 == columns.len() {
            add(end);
        } else if column.high - high > tall || low - column.low > tall {
            add(middle - SPIKE / 2.0 * a_point);
            add(middle + SPIKE / 2.0 * a_point);
        } else {
            add(middle);
        }
    }
}

/// The mean of each column of a run, at the mean of its times.
pub(super) fn mean(points: impl Iterator<Item = PlotPoint>, width: f64, out: &mut Vec<PlotPoint>) {
    let mut column = (f64::NAN, 0.0, 0.0, 0.0);
    let mut flush = |(_, x, y, count): (f64, f64, f64, f64)| {
        if count > 0.0 {
            out.push(PlotPoint::new(x / count, y / count));
        }
    };
    for point in points {
        let here = (point.x / width).floor();
        if here != column.0 {
            flush(column);
            column = (here, 0.0, 0.0, 0.0);
        }
        column = (here, column.1 + point.x, column.2 + point.y, column.3 + 1.0);
    }
    flush(column);
}

/// A bar: where it begins, how long it is in ms, and its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bar {
    pub from: f64,
    pub length: f64,
    pub value: f64,
}

/// A bar for each period, or for each column with its highest value where periods are narrower than `width` ms.
pub(super) fn bars(series: &Series, visible: &Range<i64>, width: f64, out: &mut Vec<Bar>) {
    let step = step_of(series) as f64;
    let start = out.len();
    for index in indices(series, visible) {
        let value = series.values.get(index).copied().unwrap_or(f64::NAN);
        if !value.is_finite() || value == 0.0 {
            continue;
        }
        let at = series.time(index) as f64;
        let (from, length) = if step < width {
            ((at / width).floor() * width, width)
        } else {
            (at, step)
        };
        match out.get_mut(start..).and_then(<[Bar]>::last_mut) {
            Some(bar) if bar.from == from => {
                if value.abs() > bar.value.abs() {
                    bar.value = value;
                }
            }
            _ => out.push(Bar {
                from,
                length,
                value,
            }),
        }
    }
}

/// One run of an area that lies on top of others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Layer {
    pub xs: Vec<f64>,
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

/// The sum of the stacked lines at a position of the first one's grid, without those that have nothing there.
fn height(lines: &[&Line<'_>], index: usize) -> f64 {
    let value = |line: &&Line<'_>| line.series.values.get(index).copied();
    let values = lines.iter().filter_map(value).filter(|v| v.is_finite());
    values.sum()
}

/// The highest sum of stacked lines that is visible.
pub(super) fn stack_height(lines: &[&Line<'_>], visible: &Range<i64>) -> f64 {
    let Some(first) = lines.first() else {
        return 0.0;
    };
    indices(first.series, visible)
        .map(|index| height(lines, index))
        .fold(0.0, f64::max)
}

/// The runs of the last of `lines` on top of the others; all lines are on one grid. Of each column the time is taken
/// at which the whole stack (`all`) is highest, so that no layer shows through another.
pub(super) fn layers(
    lines: &[&Line<'_>],
    all: &[&Line<'_>],
    visible: &Range<i64>,
    width: f64,
) -> Vec<Layer> {
    let (Some(top), Some((_, below))) = (lines.last(), lines.split_last()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (run, _) in runs(top.series, visible) {
        let mut layer = Layer::default();
        let mut best: Option<(f64, usize, f64)> = None;
        let mut add = |index: usize| {
            let (low, high) = (height(below, index), height(lines, index));
            layer.xs.push(top.series.time(index) as f64);
            layer.low.push(low);
            layer.high.push(high);
        };
        for index in run {
            let column = (top.series.time(index) as f64 / width).floor();
            let total = height(all, index);
            best = match best {
                Some((known, _, most)) if known == column && total <= most => best,
                Some((known, _, _)) if known == column => Some((column, index, total)),
                before => {
                    if let Some((_, at, _)) = before {
                        add(at);
                    }
                    Some((column, index, total))
                }
            };
        }
        if let Some((_, at, _)) = best {
            add(at);
        }
        found.push(layer);
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use egui::Color32;

    fn minutes(values: &[f64]) -> Series {
        let points = values.iter().enumerate();
        let points: Vec<(i64, f64)> = points.map(|(i, v)| (i as i64 * 60_000, *v)).collect();
        let end = values.len() as i64 * 60_000;
        Series::on_grid("a", "a", 0..end, 60, points)
    }

    const GAP: f64 = f64::NAN;

    #[test]
    fn thinning_keeps_the_peaks_and_two_points_a_column() {
        let points = (0..1000).map(|i| {
            let y = if i == 517 { 99.0 } else { f64::from(i % 10) };
            PlotPoint::new(f64::from(i) / 100.0, y)
        });
        let mut out = Vec::new();
        thin(points, 1.0, &mut out);
        assert!(out.len() <= 22, "{}", out.len());
        assert!(out.iter().any(|point| point.y == 99.0));
        assert!(out.windows(2).all(|pair| pair[0].x <= pair[1].x));
        assert_eq!((out[0].x, out.last().unwrap().x), (0.0, 9.99));
    }

    #[test]
    fn a_band_keeps_every_extreme_and_gives_a_lone_spike_the_width_of_a_line() {
        let value = |i: i32| if i == 517 { 99.0 } else { f64::from(i % 10) };
        // Ten values to a point, so twenty to a column.
        let points = (0..1000).map(|i| PlotPoint::new(f64::from(i) * 0.1, value(i)));
        let mut out = Vec::new();
        band(points, 1.0, 20.0, &mut out);
        assert!(out.len() <= 104, "{}", out.len());
        assert!(out.windows(2).all(|pair| pair[0].x <= pair[1].x));
        let top: Vec<f64> = out.iter().filter(|p| p.y == 99.0).map(|p| p.x).collect();
        assert!(top.len() == 2 && top[1] - top[0] > 1.0, "{top:?}");
        assert_eq!((out[0].x, out.last().unwrap().x), (0.0, 99.9));
    }

    #[test]
    fn the_columns_of_a_band_touch_where_the_values_step() {
        let points = (0..1000).map(|i| {
            let y = if i < 500 { 1.0 } else { 90.0 };
            PlotPoint::new(f64::from(i) * 0.1, y)
        });
        let mut out = Vec::new();
        band(points, 1.0, 20.0, &mut out);
        let columns: Vec<(f64, f64)> = out.chunks(2).map(|c| (c[0].y, c[1].y)).collect();
        let touch = |pair: &[(f64, f64)]| pair[0].1 >= pair[1].0 && pair[1].1 >= pair[0].0;
        assert!(columns.windows(2).all(touch), "{columns:?}");
    }

    #[test]
    fn few_points_are_not_thinned_and_none_stands_twice() {
        let points = [(0.0, 1.0), (5.0, 2.0), (9.0, 3.0)].map(|(x, y)| PlotPoint::new(x, y));
        let mut out = Vec::new();
        thin(points.into_iter(), 1.0, &mut out);
        assert_eq!(out, points);
        let mut out = Vec::new();
        thin(std::iter::repeat_n(points[0], 9), 1.0, &mut out);
        assert_eq!(out, [points[0]]);
    }

    #[test]
    fn thinned_columns_stay_where_they_are_when_the_range_moves_on() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i * 7919 % 97)).collect();
        let series = minutes(&values);
        let thinned = |from: usize| {
            let mut out = Vec::new();
            let points =
                (from..400).map(|i| PlotPoint::new(series.time(i) as f64, series.values[i]));
            thin(points, 600_000.0, &mut out);
            out.into_iter().map(|point| point.x as i64)
        };
        let (early, late): (Vec<i64>, Vec<i64>) = (thinned(0).collect(), thinned(13).collect());
        let after = |times: &[i64]| -> Vec<i64> {
            times.iter().copied().filter(|at| *at > 1_200_000).collect()
        };
        assert_eq!(after(&early), after(&late));
    }

    #[test]
    fn a_gap_ends_a_run_and_a_value_between_two_gaps_is_alone() {
        let series = minutes(&[1.0, 2.0, GAP, 4.0, GAP, 6.0, 7.0]);
        let all: Vec<_> = runs(&series, &(0..600_000)).collect();
        assert_eq!(all, [(0..2, false), (3..4, true), (5..7, false)]);
    }

    #[test]
    fn a_long_run_of_which_one_point_is_seen_is_not_alone() {
        let series = minutes(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, GAP, 9.0]);
        let (run, alone) = runs(&series, &(0..60_000)).next().unwrap();
        assert!(!alone && run.start == 0, "{run:?}");
    }

    #[test]
    fn only_what_is_visible_says_how_high_a_plot_is() {
        let mut values = vec![1.0; 11];
        values[10] = 900.0;
        values[0] = f64::INFINITY;
        let series = minutes(&values);
        let most = |visible| extremes(std::iter::once(&series), &visible).1;
        assert_eq!(most(0..120_000), 1.0);
        assert_eq!(most(0..660_000), 900.0);
    }

    #[test]
    fn a_line_to_compare_with_is_the_mean_of_its_columns() {
        let series = minutes(&[1.0, 3.0, 5.0, 7.0]);
        let points = (0..4).map(|i| PlotPoint::new(series.time(i) as f64, series.values[i]));
        let mut out = Vec::new();
        mean(points, 120_000.0, &mut out);
        let values: Vec<f64> = out.iter().map(|point| point.y).collect();
        assert_eq!(values, [2.0, 6.0]);
    }

    #[test]
    fn bars_that_would_be_thinner_than_a_column_share_its_highest() {
        let series = minutes(&[1.0, 9.0, 0.0, GAP, 2.0, 3.0]);
        let mut out = Vec::new();
        bars(&series, &(0..360_000), 120_000.0, &mut out);
        let found: Vec<(f64, f64)> = out.iter().map(|bar| (bar.from, bar.value)).collect();
        assert_eq!(found, [(0.0, 9.0), (240_000.0, 3.0)]);
        out.clear();
        bars(&series, &(0..360_000), 1_000.0, &mut out);
        assert_eq!(out.len(), 4, "nothing is drawn for a zero or a gap");
        assert_eq!(out[0].length, 60_000.0);
    }

    #[test]
    fn stacked_areas_stand_on_each_other_and_stop_at_their_gaps() {
        let (a, b) = (minutes(&[1.0, 2.0, 3.0]), minutes(&[GAP, 10.0, 20.0]));
        let line = |series| Line::new("x", series, Color32::PLACEHOLDER);
        let (a, b) = (line(&a), line(&b));
        let (one, both) = ([&a], [&a, &b]);
        assert_eq!(stack_height(&both, &(0..180_000)), 23.0);
        let below = layers(&one, &both, &(0..180_000), 1.0);
        assert_eq!(below[0].high, [1.0, 2.0, 3.0]);
        let top = layers(&both, &both, &(0..180_000), 1.0);
        assert_eq!(top.len(), 1);
        assert_eq!(
            (&top[0].low, &top[0].high),
            (&vec![2.0, 3.0], &vec![12.0, 23.0])
        );
    }
}
