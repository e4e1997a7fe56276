//! From values to what is drawn: marks of the axes, lines thinned to the pixels, one mesh for all lines of a plot.

use std::ops::Range;
use std::sync::Arc;

use egui::{
    Mesh, Pos2, Rect, Stroke,
    epaint::{PathShape, Tessellator},
    pos2,
};

use super::plot::{Line, Unit};
use crate::model::format::{self, Zone};
use crate::model::metric::Series;

/// What is drawn of a plot until something changes.
#[derive(Clone, Default)]
pub(super) struct Drawn {
    /// Values and their texts, upwards.
    pub y_marks: Arc<Vec<(f64, String)>>,
    /// Distances from the left in points, and their texts.
    pub x_marks: Arc<Vec<(f32, String)>>,
    /// All lines.
    pub mesh: Arc<Mesh>,
    /// The lowest and the highest value of the area.
    pub range: (f64, f64),
}

impl Drawn {
    /// The height of a value.
    pub fn y_of(&self, value: f64, area: Rect) -> f32 {
        let (low, high) = self.range;
        let share = ((value - low) / (high - low).max(f64::MIN_POSITIVE)) as f32;
        area.bottom() - share * area.height()
    }
}

/// Where a time is, in points.
pub(super) fn x_of(at: i64, visible: &Range<i64>, area: Rect) -> f32 {
    let length = (visible.end - visible.start).max(1) as f64;
    area.left() + ((at - visible.start) as f64 / length) as f32 * area.width()
}

/// Which time is at this place.
pub(super) fn time_of(x: f32, visible: &Range<i64>, area: Rect) -> i64 {
    let length = (visible.end - visible.start) as f64;
    visible.start + (f64::from((x - area.left()) / area.width().max(1.0)) * length) as i64
}

/// The largest round step (1, 2, 2.5 or 5 times a power of ten) that fits three times under `most`, rounded up.
pub(super) fn round_step(most: f64, unit: Unit) -> f64 {
    let whole = unit == Unit::Count && most <= 3.0;
    if whole || most <= 0.0 {
        return 1.0;
    }
    let rough = most / 3.0;
    // Bytes and long durations have steps of their own: 1.5 s reads well, 1.46 MB does not.
    let base = match unit {
        Unit::Bytes => 1024.0_f64.powf(rough.log(1024.0).floor().max(0.0)),
        _ => 1.0,
    };
    let scaled = rough / base;
    let power = 10.0_f64.powf(scaled.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= scaled * 0.999)
        .unwrap_or(10.0 * power);
    // Half a thing is not a thing.
    let step = if unit == Unit::Count {
        step.max(1.0).ceil()
    } else {
        step
    };
    step * base
}

/// The values at the horizontal lines: four at most, from the lowest round one.
pub(super) fn y_marks(least: f64, most: f64, unit: Unit) -> Vec<f64> {
    let step = round_step((most - least.min(0.0)).max(0.0), unit);
    let first = (least.min(0.0) / step).floor();
    let mut last = (most / step).ceil().max(first + 1.0);
    if unit == Unit::Percent && most <= 100.0 {
        last = last.min((100.0 / step).ceil());
    }
    let count = (last - first) as usize;
    (0..=count.min(8))
        .map(|index| (first + index as f64) * step)
        .collect()
}

/// Steps of a time axis that people count in, in ms.
const TIME_STEPS: [i64; 20] = [
    1_000,
    5_000,
    15_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    7_200_000,
    10_800_000,
    21_600_000,
    43_200_000,
    86_400_000,
    172_800_000,
    604_800_000,
    1_209_600_000,
    2_592_000_000,
];

/// Times with room between their labels, on whole steps of the zone's clock.
pub(super) fn x_marks(visible: &Range<i64>, width: f32, zone: &Zone) -> Vec<(f32, String)> {
    let length = (visible.end - visible.start).max(1);
    let most = (width / 84.0).max(1.0);
    let step = TIME_STEPS
        .into_iter()
        .find(|step| length as f32 / *step as f32 <= most)
        .unwrap_or(length);
    let offset = format::utc_offset_ms(visible.start, zone);
    let first = (visible.start + offset + step - 1).div_euclid(step) * step - offset;
    let mut marks = Vec::new();
    let mut at = first;
    while at <= visible.end && marks.len() < 32 {
        let x = (at - visible.start) as f32 / length as f32 * width;
        marks.push((x, format::axis_time(at, step, zone)));
        at += step;
    }
    marks
}

/// The least and the most of what is visible.
pub(super) fn extremes(lines: &[Line<'_>], visible: &Range<i64>) -> (f64, f64) {
    let mut found = (0.0_f64, 0.0_f64);
    for line in lines {
        let range = indices(line.series, visible);
        for value in &line.series.values[range] {
            // `NaN` is no number, and min and max pass it over.
            found = (found.0.min(*value), found.1.max(*value));
        }
    }
    found
}

/// The points of the series that can be seen, with one more on each side so that lines reach the edges.
fn indices(series: &Series, visible: &Range<i64>) -> Range<usize> {
    let step = (i64::from(series.period_s) * 1000).max(1);
    let clamp = |index: i64| index.clamp(0, series.values.len() as i64) as usize;
    let first = clamp((visible.start - series.start).div_euclid(step) - 1);
    let end = clamp((visible.end - series.start).div_euclid(step) + 3);
    first..end.max(first)
}

/// How wide a column is that keeps its lowest and its highest point alone, in points: a little more than a line is thick.
/// Twelve plots of three lines would otherwise be 50,000 points, each of which costs in every frame.
const COLUMN: f32 = 2.0;

/// The points of a run in the order of time: the lowest and the highest of each column, and the run's last.
pub(super) fn thin(points: impl Iterator<Item = Pos2>, width: f32, out: &mut Vec<Pos2>) {
    let mut column: Option<[(usize, Pos2); 2]> = None;
    let mut last = None;
    for (index, point) in points.enumerate() {
        let here = (index, point);
        last = Some(point);
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
    if let Some(last) = last.filter(|last| out.last() != Some(last)) {
        out.push(last);
    }
}

fn flush(column: Option<[(usize, Pos2); 2]>, out: &mut Vec<Pos2>) {
    match column {
        Some([a, b]) if a.0 == b.0 => out.push(a.1),
        Some([a, b]) if a.0 < b.0 => out.extend([a.1, b.1]),
        Some([a, b]) => out.extend([b.1, a.1]),
        None => {}
    }
}

/// Tessellates all lines over `area` into one mesh.
pub(super) fn mesh(
    ctx: &egui::Context,
    lines: &[Line<'_>],
    visible: &Range<i64>,
    area: Rect,
    drawn: &Drawn,
) -> Mesh {
    let pixels_per_point = ctx.pixels_per_point();
    let options = ctx.tessellation_options(|options| *options);
    let mut tessellator = Tessellator::new(pixels_per_point, options, [1, 1], Vec::new());
    let mut mesh = Mesh::default();
    for line in lines {
        let stroke = Stroke::new(1.5, line.color);
        let range = indices(line.series, visible);
        for run in line.series.runs() {
            let seen = run.start.max(range.start)..run.end.min(range.end);
            if seen.is_empty() {
                continue;
            }
            let place = |index: usize| {
                let x = x_of(line.series.time(index), visible, area);
                pos2(x, drawn.y_of(line.series.values[index], area))
            };
            let mut points = Vec::new();
            thin(seen.map(place), COLUMN, &mut points);
            if let [alone] = points.as_slice() {
                dot(&mut mesh, *alone, line.color);
            } else {
                tessellator.tessellate_path(&PathShape::line(points, stroke), &mut mesh);
            }
        }
    }
    mesh
}

/// One value between two gaps.
fn dot(mesh: &mut Mesh, at: Pos2, color: egui::Color32) {
    mesh.add_colored_rect(Rect::from_center_size(at, egui::Vec2::splat(3.0)), color);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn marks_of_values_are_round() {
        assert_eq!(y_marks(0.0, 347.0, Unit::Milliseconds), [0.0, 200.0, 400.0]);
        assert_eq!(y_marks(0.0, 100.0, Unit::Percent), [0.0, 50.0, 100.0]);
        assert_eq!(y_marks(0.0, 119.0, Unit::Count), [0.0, 50.0, 100.0, 150.0]);
        assert_eq!(y_marks(0.0, 0.0, Unit::Count), [0.0, 1.0]);
    }

    #[test]
    fn few_things_are_counted_in_whole_ones() {
        assert_eq!(y_marks(0.0, 2.0, Unit::Count), [0.0, 1.0, 2.0]);
        for value in y_marks(0.0, 7.0, Unit::Count) {
            assert_eq!(value.fract(), 0.0);
        }
    }

    #[test]
    fn bytes_are_marked_in_whole_units() {
        let mb = 1024.0 * 1024.0;
        assert_eq!(
            y_marks(0.0, 9.0 * mb, Unit::Bytes),
            [0.0, 5.0 * mb, 10.0 * mb]
        );
    }

    #[test]
    fn times_are_marked_on_whole_steps_of_the_local_clock() {
        let zone = Zone::Named(jiff::tz::TimeZone::fixed(jiff::tz::offset(9)));
        let start = 1_795_000_000_000 - 1_795_000_000_000 % 3_600_000;
        let marks = x_marks(&(start..start + 3 * 3_600_000), 340.0, &zone);
        assert!(marks.len() >= 3, "{marks:?}");
        assert!(
            marks.iter().all(|(_, text)| text.ends_with(":00")),
            "{marks:?}"
        );
    }

    #[test]
    fn thinning_keeps_the_peaks_and_two_points_a_column() {
        let points = (0..1000).map(|i| {
            let y = if i == 517 { 99.0 } else { (i % 10) as f32 };
            pos2(i as f32 / 100.0, y)
        });
        let mut out = Vec::new();
        thin(points, 1.0, &mut out);
        assert!(out.len() <= 21, "{}", out.len());
        assert!(out.iter().any(|point| point.y == 99.0));
        assert!(out.windows(2).all(|pair| pair[0].x <= pair[1].x));
    }

    #[test]
    fn few_points_are_not_thinned() {
        let points = [pos2(0.0, 1.0), pos2(5.0, 2.0), pos2(9.0, 3.0)];
        let mut out = Vec::new();
        thin(points.into_iter(), 1.0, &mut out);
        assert_eq!(out, points);
    }

    #[test]
    fn only_what_is_visible_says_how_high_a_plot_is() {
        let values = [(0, 1.0), (600_000, 900.0)];
        let series = Series::on_grid("a", "a", 0..660_000, 60, values);
        let line = Line {
            name: "a",
            series: &series,
            color: egui::Color32::PLACEHOLDER,
        };
        assert_eq!(extremes(&[line], &(0..120_000)).1, 1.0);
        assert_eq!(extremes(&[line], &(0..660_000)).1, 900.0);
    }

    #[test]
    fn times_and_places_are_each_others_inverse() {
        let area = Rect::from_min_max(pos2(10.0, 0.0), pos2(110.0, 50.0));
        let visible = 1_000..11_000;
        assert_eq!(time_of(x_of(6_000, &visible, area), &visible, area), 6_000);
    }
}
