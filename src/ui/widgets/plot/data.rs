//! What a plot draws, as plain values: lines on a grid of time, free points, bins, marks, spans and thresholds.

use std::ops::Range;

use egui::Color32;
use egui_plot::MarkerShape;

use crate::model::csv;
use crate::model::format;
use crate::model::metric::Series;

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

/// How a line is drawn. Dashes tell lines apart without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Look {
    /// A line through every point.
    #[default]
    Solid,
    /// The mean of every few pixels, dashed: what is compared with is not what is looked at, and dashes on a dense line
    /// would be noise.
    Dashed,
    /// The same, dotted.
    Dotted,
    /// A line, and the area under it.
    Area,
    /// An area on top of the stacked ones before it.
    Stacked,
    /// A bar over each period.
    Bars,
}

/// One line.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// As "p99".
    pub name: &'a str,
    /// Its values.
    pub series: &'a Series,
    /// One of [`Theme::series`](crate::ui::theme::Theme::series), or a state's colour.
    pub color: Color32,
    /// How it is drawn.
    pub look: Look,
}

impl<'a> Line<'a> {
    /// A solid line.
    pub fn new(name: &'a str, series: &'a Series, color: Color32) -> Self {
        Self {
            name,
            series,
            color,
            look: Look::Solid,
        }
    }

    /// Drawn like this.
    pub fn look(mut self, look: Look) -> Self {
        self.look = look;
        self
    }
}

/// The form of a free point, which says its state beside the colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Form {
    /// As it should be.
    #[default]
    Dot,
    /// An error.
    Square,
    /// A fault.
    Triangle,
    /// A throttle.
    Diamond,
}

impl Form {
    pub(super) fn marker(self) -> MarkerShape {
        match self {
            Self::Dot => MarkerShape::Circle,
            Self::Square => MarkerShape::Square,
            Self::Triangle => MarkerShape::Up,
            Self::Diamond => MarkerShape::Diamond,
        }
    }

    /// Large enough to be told apart, in points.
    pub(super) fn radius(self) -> f32 {
        match self {
            Self::Dot => 1.8,
            _ => 3.6,
        }
    }
}

/// Free points: the traces of one result, each at its time with its duration.
#[derive(Debug, Clone, Copy)]
pub struct Dots<'a> {
    /// As "fault, 5XX".
    pub name: &'a str,
    /// Time in ms since the epoch, and value; in any order.
    pub points: &'a [(i64, f64)],
    /// A series' colour, or a state's.
    pub color: Color32,
    /// What tells them apart beside the colour.
    pub form: Form,
}

/// One bar of a histogram that lies beside a scatter and shares its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Bin {
    /// The values that it counts.
    pub values: Range<f64>,
    /// How many there are.
    pub count: f64,
    /// A series' colour, or a state's.
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

/// A stretch of time: an alarm that rang, the future.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// From and to in ms since the epoch.
    pub range: Range<i64>,
    /// What its flag shows, as "1"; empty for none.
    pub face: String,
    /// In words, for the flag's tooltip and for screen readers.
    pub text: String,
    /// A state's colour; it is drawn pale.
    pub color: Color32,
}

/// A value that matters: a limit, or the threshold of an alarm that is being made.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// Where it is.
    pub value: f64,
    /// As "limit"; the value is said beside it.
    pub text: String,
    /// The accent for what can be dragged, a state's colour for a limit.
    pub color: Color32,
    /// Can be dragged, and moved by the arrows.
    pub drag: bool,
}

/// The values as CSV: a time and a value for each line in a row, gaps empty. Times are ISO 8601 in UTC.
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
        let line = |name, series| Line::new(name, series, Color32::PLACEHOLDER);
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
