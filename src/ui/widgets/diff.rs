//! A difference of two texts, line by line. Signs say what colours say. Fields are for [`super::difference`].

use egui::{Rect, ScrollArea, Ui, pos2, vec2};
use similar::{ChangeTag, TextDiff};

use crate::ui::{
    fonts,
    theme::{Theme, size},
};

const LINE: f32 = 18.0;
/// Two texts stand side by side from this width on, in points; under it, one under the other.
const BESIDE: f32 = 640.0;

/// What happened to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is in both.
    Same,
    /// It is only in the text before.
    Removed,
    /// It is only in the text after.
    Added,
}

/// One line of a difference of two texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// What happened to it.
    pub change: Change,
    /// Its number in the text before, from 1.
    pub before: Option<usize>,
    /// Its number in the text after, from 1.
    pub after: Option<usize>,
    /// Without the line's end.
    pub text: String,
}

/// Two texts compared, once; drawn as often as is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// One line under the other, as `diff -u` has them.
    pub unified: Vec<DiffLine>,
    /// Pairs side by side, by their index in `unified`.
    pub pairs: Vec<(Option<usize>, Option<usize>)>,
}

/// Compares two texts line by line. Not for the frame path: call it when a text changed.
pub fn compare(before: &str, after: &str) -> Compared {
    let diff = TextDiff::from_lines(before, after);
    let unified: Vec<DiffLine> = diff
        .iter_all_changes()
        .map(|change| DiffLine {
            change: match change.tag() {
                ChangeTag::Equal => Change::Same,
                ChangeTag::Delete => Change::Removed,
                ChangeTag::Insert => Change::Added,
            },
            before: change.old_index().map(|index| index + 1),
            after: change.new_index().map(|index| index + 1),
            text: change.value().trim_end_matches(['\n', '\r']).to_owned(),
        })
        .collect();
    let pairs = pair_up(&unified);
    Compared { unified, pairs }
}

/// Removed and added lines that follow each other stand side by side.
fn pair_up(lines: &[DiffLine]) -> Vec<(Option<usize>, Option<usize>)> {
    let mut pairs = Vec::with_capacity(lines.len());
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    let flush = |removed: &mut Vec<usize>, added: &mut Vec<usize>, pairs: &mut Vec<_>| {
        for place in 0..removed.len().max(added.len()) {
            pairs.push((removed.get(place).copied(), added.get(place).copied()));
        }
        removed.clear();
        added.clear();
    };
    for (index, line) in lines.iter().enumerate() {
        match line.change {
            Change::Removed => removed.push(index),
            Change::Added => added.push(index),
            Change::Same => {
                flush(&mut removed, &mut added, &mut pairs);
                pairs.push((Some(index), Some(index)));
            }
        }
    }
    flush(&mut removed, &mut added, &mut pairs);
    pairs
}

/// One text under the other with − and +; only the lines on screen are drawn.
pub fn unified(ui: &mut Ui, name: &str, compared: &Compared, height: f32) {
    rows(ui, name, compared.unified.len(), height, |ui, rect, row| {
        let Some(line) = compared.unified.get(row) else {
            return;
        };
        paint_line(ui, rect, line, true);
    });
}

/// The text before on the left, the text after on the right; only the lines on screen are drawn.
pub fn side_by_side(ui: &mut Ui, name: &str, compared: &Compared, height: f32) {
    if ui.available_width() < BESIDE {
        unified(ui, name, compared, height);
        return;
    }
    rows(ui, name, compared.pairs.len(), height, |ui, rect, row| {
        let Some((left, right)) = compared.pairs.get(row) else {
            return;
        };
        let (a, b) = rect.split_left_right_at_fraction(0.5);
        for (place, index) in [(a, left), (b, right)] {
            let line = index.and_then(|index| compared.unified.get(index));
            if let Some(line) = line {
                paint_line(ui, place, line, false);
            }
        }
        let line = Theme::of(ui).stroke();
        ui.painter().vline(rect.center().x, rect.y_range(), line);
    });
}

fn rows(
    ui: &mut Ui,
    name: &str,
    count: usize,
    height: f32,
    mut paint: impl FnMut(&mut Ui, Rect, usize),
) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical()
            .id_salt(name)
            .max_height(height)
            .auto_shrink([false, true])
            .show_rows(ui, LINE, count, |ui, range| {
                for row in range {
                    let width = ui.available_width();
                    let wanted = vec2(width, LINE);
                    let (rect, _) = ui.allocate_exact_size(wanted, egui::Sense::hover());
                    paint(ui, rect, row);
                }
            });
    });
}

fn paint_line(ui: &Ui, rect: Rect, line: &DiffLine, both_numbers: bool) {
    let theme = Theme::of(ui);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let (sign, ground, color) = match line.change {
        Change::Same => (" ", None, theme.text),
        Change::Removed => ("−", Some(theme.removed), theme.err),
        Change::Added => ("+", Some(theme.added), theme.ok),
    };
    if let Some(ground) = ground {
        painter.rect_filled(rect, 0, ground);
    }
    let font = fonts::mono(size::SMALL);
    let middle = rect.center().y;
    let number = |at: f32, number: Option<usize>| {
        if let Some(number) = number {
            let align = egui::Align2::RIGHT_CENTER;
            let place = pos2(rect.left() + at, middle);
            painter.text(place, align, number, font.clone(), theme.muted);
        }
    };
    let text_at = if both_numbers {
        number(40.0, line.before);
        number(84.0, line.after);
        96.0
    } else {
        number(
            40.0,
            line.before
                .filter(|_| line.change != Change::Added)
                .or(line.after),
        );
        52.0
    };
    let align = egui::Align2::LEFT_CENTER;
    let x = rect.left() + text_at;
    painter.text(pos2(x, middle), align, sign, font.clone(), color);
    // A line is cut where nobody reads on; the whole is in the text itself.
    let shown: String = line.text.chars().take(400).collect();
    painter.text(pos2(x + 16.0, middle), align, shown, font, theme.text);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn lines_keep_their_numbers_in_both_texts() {
        let compared = compare("a\nb\nc\n", "a\nx\nc\n");
        let seen: Vec<_> = compared
            .unified
            .iter()
            .map(|line| (line.change, line.before, line.after, line.text.as_str()))
            .collect();
        let expected = [
            (Change::Same, Some(1), Some(1), "a"),
            (Change::Removed, Some(2), None, "b"),
            (Change::Added, None, Some(2), "x"),
            (Change::Same, Some(3), Some(3), "c"),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_changed_line_stands_beside_what_it_was() {
        let compared = compare("a\nb\n", "a\nx\ny\n");
        assert_eq!(
            compared.pairs,
            [(Some(0), Some(0)), (Some(1), Some(2)), (None, Some(3))]
        );
    }

    #[test]
    fn equal_texts_have_no_change() {
        let compared = compare("same\n", "same\n");
        assert!(compared.unified.iter().all(|l| l.change == Change::Same));
    }
}
