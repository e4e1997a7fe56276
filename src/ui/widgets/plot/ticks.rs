//! Where the axes have their marks, and what stands beside them: round values with their unit, each text only once.
//!
//! Pure: knows no painter.

use std::ops::Range;

use super::data::Unit;
use crate::model::format::{self, Zone};

/// The least distance between two marks of a value axis, in points.
const APART: f32 = 32.0;
/// The room that a time's label takes, in points.
const TIME_ROOM: f32 = 84.0;

/// How many steps a value axis of this height may have.
pub(super) fn most_steps(height: f32) -> usize {
    ((height / APART) as usize).clamp(1, 6)
}

/// The values at the horizontal lines, upwards from the lowest round one, in `steps` steps at most.
///
/// Of the numbers of steps that fit, the one that leaves the least of the area empty is taken.
pub(super) fn values(least: f64, most: f64, unit: Unit, steps: usize) -> Vec<f64> {
    let (least, most) = (finite(least).min(0.0), finite(most).max(0.0));
    let fewest = steps.min(2);
    let candidates = (fewest..=steps.max(fewest)).map(|wanted| {
        let step = round_step(most - least, wanted as f64, unit);
        let first = (least / step).floor();
        let mut last = (most / step - 1e-9).ceil().max(first + 1.0);
        if unit == Unit::Percent && most <= 100.0 {
            last = last.min((100.0 / step).ceil());
        }
        (step, first, last)
    });
    let fits = candidates.filter(|(_, first, last)| last - first <= steps as f64);
    // Of two that are as tight, the one with a mark every second or third possible place.
    let calm = steps as f64 * 0.6;
    let loose = |(step, first, last): &(f64, f64, f64)| {
        (step * (last - first), (last - first - calm).abs())
    };
    let tightest = fits.min_by(|a, b| {
        let (a, b) = (loose(a), loose(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    // Where no number of steps fits, the ends alone stand.
    let (step, first, last) = tightest.unwrap_or_else(|| {
        let step = round_step(most - least, 1.0, unit);
        let first = (least / step).floor();
        (step, first, (most / step).ceil().max(first + 1.0))
    });
    let count = ((last - first) as usize).min(12);
    (0..=count)
        .map(|index| (first + index as f64) * step)
        .collect()
}

/// The same between two values, without zero.
pub(super) fn between(least: f64, most: f64, unit: Unit, steps: usize) -> Vec<f64> {
    let (least, most) = (finite(least), finite(most));
    if least >= most {
        return values(least, most, unit, steps);
    }
    let step = round_step(most - least, steps.max(1) as f64, unit);
    let first = (least / step + 1e-9).floor();
    let last = (most / step - 1e-9).ceil();
    let count = ((last - first) as usize).clamp(1, 12);
    (0..=count)
        .map(|index| (first + index as f64) * step)
        .collect()
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// The smallest round step (1, 2, 2.5 or 5 times a power of ten) of which `steps` reach `most`.
fn round_step(most: f64, steps: f64, unit: Unit) -> f64 {
    if most <= 0.0 {
        return 1.0;
    }
    let rough = most / steps;
    // Bytes and long durations have steps of their own: 1.5 s reads well, 1.46 MB does not.
    let base = match unit {
        Unit::Bytes => 1024.0_f64.powf(rough.log(1024.0).floor().max(0.0)),
        Unit::Milliseconds => [86_400_000.0, 3_600_000.0, 60_000.0]
            .into_iter()
            .find(|base| most >= 2.0 * base)
            .unwrap_or(1.0),
        _ => 1.0,
    };
    let step = round_up(rough / base);
    // Half a thing is not a thing.
    let whole = matches!(unit, Unit::Count);
    base * if whole { step.max(1.0).ceil() } else { step }
}

/// The next of 1, 2, 2.5 and 5 times a power of ten.
pub(super) fn round_up(value: f64) -> f64 {
    let power = 10.0_f64.powf(value.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= value * 0.999)
        .unwrap_or(10.0 * power)
}

/// Marks of a logarithmic axis: 1, 2 and 5 times each power of ten, from one at or below the least to one at or above
/// the most; the powers alone where those would stand too close.
pub(super) fn logarithmic(least: f64, most: f64, height: f32) -> Vec<f64> {
    let least = if least > 0.0 && least.is_finite() {
        least
    } else {
        1.0
    };
    let most = finite(most).max(least);
    let (low, high) = (least.log10().floor() as i32, most.log10().floor() as i32);
    let all = |factors: &'static [f64]| -> Vec<f64> {
        (low..=high + 1)
            .flat_map(|power| {
                factors
                    .iter()
                    .map(move |factor| factor * 10.0_f64.powi(power))
            })
            .collect()
    };
    let within = |marks: Vec<f64>| -> Vec<f64> {
        let first = marks.iter().rposition(|mark| *mark <= least * 1.000_001);
        let last = marks.iter().position(|mark| *mark >= most * 0.999_999);
        let first = first.unwrap_or(0);
        let last = last
            .unwrap_or(marks.len().saturating_sub(1))
            .max(first + 1)
            .min(marks.len().saturating_sub(1));
        marks.get(first..=last).unwrap_or_default().to_vec()
    };
    let fine = within(all(&[1.0, 2.0, 5.0]));
    if fine.len() as f32 * 20.0 <= height {
        fine
    } else {
        within(all(&[1.0]))
    }
}

/// What stands at a mark: as few figures as say it exactly, so that no two marks of an axis read the same.
pub(super) fn text(value: f64, unit: Unit) -> String {
    if value == 0.0 {
        let zero = if unit == Unit::Percent { "0 %" } else { "0" };
        return zero.to_owned();
    }
    let size = value.abs();
    let fits = |(factor, _): &&(f64, &str)| size >= factor * 0.999_999;
    // 100 s, not 1.67 min: the largest unit that says it in two decimals.
    let short = scales(unit)
        .iter()
        .filter(fits)
        .find(|(factor, _)| decimals(size / factor) <= 2);
    let least = scales(unit).last().copied().unwrap_or((1.0, ""));
    let (factor, name) = short.copied().unwrap_or(least);
    let scaled = size / factor;
    let decimals = decimals(scaled);
    let sign = if value < 0.0 { "−" } else { "" };
    let space = if name.is_empty() { "" } else { " " };
    format!("{sign}{scaled:.decimals$}{space}{name}")
}

/// How many decimals say it exactly; six at most.
fn decimals(value: f64) -> usize {
    let exact = |decimals: &i32| {
        let power = 10.0_f64.powi(*decimals);
        ((value * power).round() / power - value).abs() <= value * 1e-6
    };
    (0..6).find(exact).unwrap_or(6) as usize
}

/// What a value is divided by, and the name of that unit; the largest first.
fn scales(unit: Unit) -> &'static [(f64, &'static str)] {
    match unit {
        Unit::Count => &[(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, "")],
        Unit::Percent => &[(1.0, "%")],
        Unit::Milliseconds => &[
            (86_400_000.0, "d"),
            (3_600_000.0, "h"),
            (60_000.0, "min"),
            (1_000.0, "s"),
            (1.0, "ms"),
            (0.001, "µs"),
        ],
        Unit::Bytes => &[
            (1_125_899_906_842_624.0, "PB"),
            (1_099_511_627_776.0, "TB"),
            (1_073_741_824.0, "GB"),
            (1_048_576.0, "MB"),
            (1_024.0, "KB"),
            (1.0, "B"),
        ],
        Unit::PerSecond => &[
            (1e12, "T/s"),
            (1e9, "G/s"),
            (1e6, "M/s"),
            (1e3, "k/s"),
            (1.0, "/s"),
        ],
    }
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

/// Times with room between their labels, on whole steps of the zone's clock, and the step between them in ms. A clock
/// that is put forward or back in between is followed.
pub(super) fn times(visible: &Range<i64>, width: f32, zone: &Zone) -> (Vec<(i64, String)>, i64) {
    let length = (visible.end - visible.start).max(1);
    let most = (width / TIME_ROOM).max(1.0);
    let step = TIME_STEPS
        .into_iter()
        .find(|step| length as f32 / *step as f32 <= most)
        .unwrap_or(length);
    let offset = format::utc_offset_ms(visible.start, zone);
    let first = (visible.start + offset + step - 1).div_euclid(step) * step;
    let at = |index: i64| {
        let local = first + index * step;
        local - format::utc_offset_ms(local - offset, zone)
    };
    let marks = (0..32)
        .map(at)
        .take_while(|at| *at <= visible.end)
        .filter(|at| *at >= visible.start)
        .map(|at| (at, format::axis_time(at, step, zone)))
        .collect();
    (marks, step)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn marks_of_values_are_round() {
        let three = |most, unit| values(0.0, most, unit, 3);
        assert_eq!(three(347.0, Unit::Milliseconds), [0.0, 200.0, 400.0]);
        assert_eq!(three(100.0, Unit::Percent), [0.0, 50.0, 100.0]);
        assert_eq!(three(119.0, Unit::Count), [0.0, 50.0, 100.0, 150.0]);
        assert_eq!(three(0.0, Unit::Count), [0.0, 1.0]);
        assert_eq!(three(f64::NAN, Unit::Count), [0.0, 1.0]);
        assert_eq!(three(f64::INFINITY, Unit::Count), [0.0, 1.0]);
    }

    #[test]
    fn a_share_that_hardly_moves_is_marked_near_where_it_is() {
        assert_eq!(between(99.0, 100.0, Unit::Percent, 2), [99.0, 99.5, 100.0]);
        assert_eq!(between(90.0, 100.0, Unit::Percent, 2), [90.0, 95.0, 100.0]);
        assert_eq!(between(50.0, 100.0, Unit::Percent, 1), [50.0, 100.0]);
        assert_eq!(between(0.0, 0.0, Unit::Count, 3), [0.0, 1.0]);
    }

    #[test]
    fn a_low_area_has_few_marks_and_a_high_one_more() {
        assert_eq!(most_steps(40.0), 1);
        assert_eq!(most_steps(110.0), 3);
        assert_eq!(most_steps(900.0), 6);
        assert_eq!(values(0.0, 31_200.0, Unit::Count, 1), [0.0, 50_000.0]);
        assert_eq!(
            values(0.0, 3_100.0, Unit::Milliseconds, 6),
            [0.0, 1_000.0, 2_000.0, 3_000.0, 4_000.0]
        );
    }

    #[test]
    fn few_things_are_counted_in_whole_ones() {
        assert_eq!(values(0.0, 2.0, Unit::Count, 3), [0.0, 1.0, 2.0]);
        for value in values(0.0, 7.0, Unit::Count, 6) {
            assert_eq!(value.fract(), 0.0);
        }
    }

    #[test]
    fn bytes_and_long_durations_are_marked_in_whole_units() {
        let mb = 1024.0 * 1024.0;
        assert_eq!(
            values(0.0, 9.0 * mb, Unit::Bytes, 3),
            [0.0, 5.0 * mb, 10.0 * mb]
        );
        let marks = values(0.0, 18.0 * 60_000.0, Unit::Milliseconds, 3);
        let texts: Vec<String> = marks
            .iter()
            .map(|mark| text(*mark, Unit::Milliseconds))
            .collect();
        assert_eq!(texts, ["0", "10 min", "20 min"]);
    }

    #[test]
    fn what_is_below_zero_is_seen() {
        let marks = values(-30.0, 50.0, Unit::Count, 4);
        assert!(*marks.first().unwrap() <= -30.0 && *marks.last().unwrap() >= 50.0);
        assert!(marks.contains(&0.0), "{marks:?}");
        assert_eq!(text(-1_500.0, Unit::Count), "−1.5 k");
    }

    #[test]
    fn every_mark_reads_otherwise_than_its_neighbours() {
        let units = [
            Unit::Count,
            Unit::Percent,
            Unit::Milliseconds,
            Unit::Bytes,
            Unit::PerSecond,
        ];
        for unit in units {
            for exponent in -40..120 {
                let most = 10.0_f64.powf(f64::from(exponent) / 10.0);
                for steps in 1..=6 {
                    let marks = values(0.0, most, unit, steps);
                    assert!(
                        *marks.last().unwrap() >= most * 0.999_999,
                        "{most} {marks:?}"
                    );
                    let texts: Vec<String> = marks.iter().map(|mark| text(*mark, unit)).collect();
                    let mut once = texts.clone();
                    once.dedup();
                    assert_eq!(texts, once, "{unit:?} to {most}");
                }
            }
        }
    }

    #[test]
    fn marks_say_their_unit_in_as_few_figures_as_are_exact() {
        assert_eq!(text(1_200.0, Unit::Count), "1.2 k");
        assert_eq!(text(340.0, Unit::Milliseconds), "340 ms");
        assert_eq!(text(2_400.0, Unit::Milliseconds), "2.4 s");
        assert_eq!(text(12.5 * 1024.0 * 1024.0, Unit::Bytes), "12.5 MB");
        assert_eq!(text(0.02, Unit::Percent), "0.02 %");
        assert_eq!(text(2_500.0, Unit::PerSecond), "2.5 k/s");
        assert_eq!(text(100_000.0, Unit::Milliseconds), "100 s");
        assert_eq!(text(0.25, Unit::Milliseconds), "250 µs");
    }

    #[test]
    fn a_logarithmic_axis_is_marked_by_one_two_and_five() {
        let marks = logarithmic(140.0, 8_200.0, 300.0);
        let expected = [100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0];
        assert_eq!(marks, expected);
        assert_eq!(
            logarithmic(140.0, 8_200.0, 80.0),
            [100.0, 1_000.0, 10_000.0]
        );
        assert!(logarithmic(0.0, 0.0, 80.0).len() >= 2);
        assert!(logarithmic(5.0, 5.0, 300.0).len() >= 2);
    }

    #[test]
    fn times_are_marked_on_whole_steps_of_the_local_clock() {
        let zone = Zone::Named(jiff::tz::TimeZone::fixed(jiff::tz::offset(9)));
        let start = 1_795_000_000_000 - 1_795_000_000_000 % 3_600_000;
        let (marks, step) = times(&(start..start + 3 * 3_600_000), 340.0, &zone);
        assert_eq!(step, 3_600_000);
        assert!(marks.len() >= 3, "{marks:?}");
        assert!(
            marks.iter().all(|(_, text)| text.ends_with(":00")),
            "{marks:?}"
        );
    }
}
