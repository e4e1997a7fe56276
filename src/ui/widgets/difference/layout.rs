//! Where things stand in a difference: columns by width, and the height of every row by how long its values are.
//! Pure, and done once for each width: values are set in letters of one width and broken between words.

use crate::model::difference::{Difference, Row, What};

/// A row with one line, in points.
pub const ROW: f32 = 24.0;
/// A line of a value.
pub const LINE: f32 = 16.0;
/// Longer values are cut off here, and shown whole on hover.
pub const MOST_LINES: usize = 6;
/// Before and after each other below this width.
const NARROW: f32 = 520.0;
/// How far each level is set in.
const INDENT: f32 = 16.0;
/// The sign of a change, or of folding, stands in so much.
const SIGN: f32 = 20.0;

/// The columns of a width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Columns {
    /// All of it.
    pub width: f32,
    /// After stands below before.
    pub narrow: bool,
    /// Where what is there begins.
    pub before: f32,
    /// Where what will be begins.
    pub after: f32,
}

impl Columns {
    /// Those for this width.
    pub fn of(width: f32) -> Self {
        let narrow = width < NARROW;
        let (before, after) = if narrow {
            (SIGN + INDENT, SIGN + INDENT)
        } else {
            (
                (width * 0.32).min(360.0),
                (width * 0.32).min(360.0) + width * 0.32,
            )
        };
        Self {
            width,
            narrow,
            before,
            after,
        }
    }

    /// Where the sign that folds ends.
    pub fn fold(&self, depth: usize) -> f32 {
        self.name(depth)
    }

    /// Where a name begins that is set in so far.
    pub fn name(&self, depth: usize) -> f32 {
        SIGN + INDENT * depth as f32
    }

    /// Room for what is there, with its sign.
    pub fn before_width(&self) -> f32 {
        let end = if self.narrow { self.width } else { self.after };
        (end - self.before - 8.0).max(40.0)
    }

    /// Room for what will be, with its sign.
    pub fn after_width(&self) -> f32 {
        (self.width - self.after - 8.0).max(40.0)
    }
}

/// Where every row begins, from 0; the last is where the last row ends. `letter` is how wide one is.
pub fn tops(rows: &[Row], of: &Difference, columns: &Columns, letter: f32) -> Vec<f32> {
    let mut top = 0.0;
    let mut tops = Vec::with_capacity(rows.len() + 1);
    tops.push(top);
    for row in rows {
        top += height(row, of, columns, letter);
        tops.push(top);
    }
    tops
}

fn height(row: &Row, of: &Difference, columns: &Columns, letter: f32) -> f32 {
    let What::Field(entry, field) = row.what else {
        return ROW;
    };
    let field = of.entries().get(entry).and_then(|e| e.fields.get(field));
    let Some(field) = field else { return ROW };
    let lines = |text: &Option<String>, width: f32| {
        text.as_deref()
            .map_or(0, |text| lines(text, per_line(width, letter)))
    };
    let risk = row.risk.is_some();
    let before = lines(&field.before, columns.before_width());
    let after = lines(&field.after, after_width(columns, risk));
    let more = |lines: usize| lines as f32 * LINE + (ROW - LINE);
    if columns.narrow {
        ROW + more(before + after) - (ROW - LINE) / 2.0
    } else {
        more(before.max(after).max(1))
    }
}

/// Room for what will be, less what the words of a risk take of it.
pub fn after_width(columns: &Columns, risk: bool) -> f32 {
    let all = columns.after_width();
    if risk && !columns.narrow {
        all * 0.55
    } else {
        all
    }
}

/// Letters of a value in one line, after its sign.
pub fn per_line(width: f32, letter: f32) -> usize {
    (((width - 16.0) / letter.max(1.0)) as usize).max(4)
}

/// Lines that a value takes, of those that are shown.
pub fn lines(text: &str, per_line: usize) -> usize {
    let of = |line: &str| wide(line).div_ceil(per_line).max(1);
    let broken = broken(text, per_line);
    broken
        .split('\n')
        .map(of)
        .sum::<usize>()
        .clamp(1, MOST_LINES)
}

/// A value with its lines broken between words, as far as it is shown; only a word longer than a line is left to be broken
/// within.
pub fn broken(text: &str, per_line: usize) -> String {
    let most = (MOST_LINES + 2) * per_line;
    let shown = match text.char_indices().nth(most) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    let mut out = String::with_capacity(shown.len() + MOST_LINES);
    for (number, line) in shown.split('\n').enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let mut used = 0;
        for word in line.split_inclusive(' ') {
            if used > 0 && used + wide(word.trim_end()) > per_line {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                used = 0;
            }
            out.push_str(word);
            used = match used + wide(word) {
                long if long > per_line + 1 => long % per_line,
                short => short,
            };
        }
    }
    out
}

/// Letters of one width that a line takes: those of East Asia take two.
fn wide(line: &str) -> usize {
    line.chars()
        .map(|c| if c >= '\u{1100}' { 2 } else { 1 })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::difference::{View, of_fields};
    use crate::model::plan;

    #[test]
    fn a_value_takes_as_many_lines_as_its_letters_need_up_to_six() {
        assert_eq!(lines("", 10), 1);
        assert_eq!(lines("0123456789", 10), 1);
        assert_eq!(lines("0123456789a", 10), 2);
        assert_eq!(lines("決済を確定する", 10), 2);
        assert_eq!(lines("a\nb", 10), 2);
        assert_eq!(lines(&"x".repeat(1_000), 10), MOST_LINES);
    }

    #[test]
    fn a_value_is_broken_between_words_and_only_a_long_word_within() {
        let text = "thumbnail-resize with its code, configuration, versions";
        let shown = broken(text, 24);
        let lines: Vec<&str> = shown.split('\n').collect();
        let expected = [
            "thumbnail-resize with",
            "its code, configuration,",
            "versions",
        ];
        assert_eq!(lines, expected);
        assert_eq!(super::lines(text, 24), 3);
        assert_eq!(
            broken("arn:aws:lambda:us-east-1", 10),
            "arn:aws:lambda:us-east-1"
        );
        assert_eq!(super::lines("arn:aws:lambda:us-east-1", 10), 3);
    }

    #[test]
    fn narrow_rows_are_higher_because_after_stands_below_before() {
        let difference = of_fields(&[plan::Difference {
            field: "MemorySize".into(),
            before: "128 MB".into(),
            after: "512 MB".into(),
        }]);
        let rows = difference.rows(&View::default());
        let wide = tops(&rows, &difference, &Columns::of(800.0), 7.0);
        let narrow = tops(&rows, &difference, &Columns::of(400.0), 7.0);
        assert_eq!(wide, [0.0, ROW]);
        assert!(narrow[1] > 2.0 * LINE + ROW - 1.0, "{narrow:?}");
    }
}
