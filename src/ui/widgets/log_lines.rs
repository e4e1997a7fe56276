//! An opened line of a log: JSON laid out with its indents, or the whole message cut into lines.

use egui::{Rect, Ui, pos2, text::LayoutJob, text::TextFormat, vec2};

use crate::model::log::parse::without_escapes;
use crate::ui::{
    fonts,
    theme::{Theme, size, space},
};

/// Opened lines at once; the oldest closes for one more.
pub(super) const MOST_OPENED: usize = 50;
/// Lines that an opened line may have; the rest is counted.
const MOST_LINES: usize = 400;
/// What stands under an opened line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Opened {
    pub lines: Vec<String>,
}

impl Opened {
    /// Unfolds JSON wherever the message has it, else breaks the message; in lines that are `wide` letters wide.
    pub fn new(message: &str, wide: usize) -> Self {
        let message = without_escapes(message);
        let text = unfold(&message).unwrap_or_else(|| message.into_owned());
        let mut lines = Vec::new();
        // Lambda's runtimes write a carriage return alone where their own text has a line's end.
        for line in text
            .split('\n')
            .flat_map(|line| line.trim_end_matches('\r').split('\r'))
        {
            break_into(&mut lines, line, wide);
            if lines.len() > MOST_LINES {
                break;
            }
        }
        if lines.len() > MOST_LINES {
            lines.truncate(MOST_LINES);
            lines.push("… more; copy the message to see the rest".to_owned());
        }
        Self { lines }
    }

    pub fn paint(&self, ui: &Ui, place: Rect, line: usize) {
        let theme = Theme::of(ui);
        let Some(text) = self.lines.get(line) else {
            return;
        };
        let ground = place.with_min_x(place.left() - space::S);
        ui.painter().rect_filled(ground, 0, theme.raised);
        let font = fonts::mono(size::SMALL);
        let at = pos2(place.left(), place.center().y);
        let galley = ui.painter().layout_no_wrap(text.clone(), font, theme.text);
        let at = at - vec2(0.0, galley.size().y / 2.0);
        ui.painter().galley(at, galley, theme.text);
    }
}

/// Cuts a line into pieces of so many letters; those of East Asia take the room of two.
fn break_into(lines: &mut Vec<String>, line: &str, wide: usize) {
    let (mut piece, mut taken) = (String::new(), 0);
    for letter in line.chars() {
        if lines.len() > MOST_LINES {
            return;
        }
        let room = if letter < '\u{1100}' { 1 } else { 2 };
        if taken + room > wide && !piece.is_empty() {
            lines.push(std::mem::take(&mut piece));
            taken = 0;
        }
        piece.push(letter);
        taken += room;
    }
    lines.push(piece);
}

/// The message with its JSON on lines of its own; None where there is none.
fn unfold(message: &str) -> Option<String> {
    let start = message.find(['{', '['])?;
    let (before, json) = message.split_at(start);
    let value: serde_json::Value = serde_json::from_str(json.trim()).ok()?;
    if !value.is_object() && !value.is_array() {
        return None;
    }
    let pretty = serde_json::to_string_pretty(&value).ok()?;
    Some(if before.trim().is_empty() {
        pretty
    } else {
        format!("{}\n{pretty}", before.trim_end())
    })
}

/// Appends a text, with every place where `marked` stands in it in another format. Case is not looked at.
pub(super) fn append_marked(
    job: &mut LayoutJob,
    text: &str,
    marked: &str,
    plain: &TextFormat,
    mark: &TextFormat,
) {
    if marked.is_empty() {
        job.append(text, 0.0, plain.clone());
        return;
    }
    let mut rest = text;
    while let Some(at) = find(rest, marked) {
        if at > 0 {
            job.append(&rest[..at], 0.0, plain.clone());
        }
        job.append(&rest[at..at + marked.len()], 0.0, mark.clone());
        rest = &rest[at + marked.len()..];
    }
    job.append(rest, 0.0, plain.clone());
}

fn find(text: &str, marked: &str) -> Option<usize> {
    text.as_bytes()
        .windows(marked.len())
        .position(|window| window.eq_ignore_ascii_case(marked.as_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn json_is_unfolded_also_after_other_words() {
        let opened = Opened::new("order {\"id\": 8841, \"yen\": 12800}", 160);
        assert_eq!(
            opened.lines,
            ["order", "{", "  \"id\": 8841,", "  \"yen\": 12800", "}"]
        );
    }

    #[test]
    fn what_is_not_json_keeps_its_own_lines() {
        let opened = Opened::new("Traceback {most recent}\r  File \"app.py\"", 160);
        assert_eq!(
            opened.lines,
            ["Traceback {most recent}", "  File \"app.py\""]
        );
    }

    #[test]
    fn an_endless_message_is_bounded() {
        let opened = Opened::new(&"x".repeat(1_000_000), 160);
        assert_eq!(opened.lines.len(), MOST_LINES + 1);
        assert_eq!(opened.lines[0].len(), 160);
        let japanese = Opened::new("\u{1b}[1m関所を通る\u{1b}[0m", 6);
        assert_eq!(japanese.lines, ["関所を", "通る"]);
    }

    #[test]
    fn marked_words_stand_apart_whatever_their_case() {
        let mut job = LayoutJob::default();
        let plain = TextFormat::default();
        let mark = TextFormat {
            italics: true,
            ..TextFormat::default()
        };
        let text = "Bank timeout, bank closed";
        append_marked(&mut job, text, "bank", &plain, &mark);
        assert_eq!(job.text, "Bank timeout, bank closed");
        assert_eq!(job.sections.len(), 4, "Bank, timeout, bank, closed");
        let mut job = LayoutJob::default();
        append_marked(&mut job, "関所 Bank 🚧 閉", "bank", &plain, &mark);
        assert_eq!(job.sections.len(), 3);
    }
}
