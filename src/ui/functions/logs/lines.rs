//! Lines as the log's widget asks for them, and as text for a file.

use std::borrow::Cow;

use crate::model::format;
use crate::model::log::parse::text_of;
use crate::model::log::{FilteredView, Line, Lines};
use crate::ui::functions::log_words::{json_sentence, level_word, platform_word, without_word};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::log_view::{LogRow, LogRows, LogTone};

/// The lines that a filter leaves.
pub struct FilteredRows<'a> {
    /// All lines.
    pub lines: &'a Lines,
    /// Which of them are shown.
    pub view: &'a FilteredView,
    /// A word to be marked.
    pub marked: &'a str,
}

impl LogRows for FilteredRows<'_> {
    fn len(&self) -> usize {
        self.view.len(self.lines)
    }

    fn row(&self, index: usize) -> Option<LogRow<'_>> {
        self.view.row(self.lines, index).map(row)
    }

    fn index_of(&self, number: u64) -> usize {
        self.view.row_of(self.lines, number)
    }

    fn marked(&self) -> &str {
        self.marked
    }

    fn text<'a>(&self, row: &LogRow<'a>) -> Cow<'a, str> {
        said(row)
    }
}

/// Chosen lines, by their numbers in rising order.
pub struct ChosenRows<'a> {
    /// All lines.
    pub lines: &'a Lines,
    /// Those that are shown.
    pub numbers: &'a [u64],
}

impl LogRows for ChosenRows<'_> {
    fn len(&self) -> usize {
        self.numbers.len()
    }

    fn row(&self, index: usize) -> Option<LogRow<'_>> {
        self.lines.get(*self.numbers.get(index)?).map(row)
    }

    fn text<'a>(&self, row: &LogRow<'a>) -> Cow<'a, str> {
        said(row)
    }
}

/// The message without what the columns beside it say; JSON as a sentence with its fields.
fn said<'a>(row: &LogRow<'a>) -> Cow<'a, str> {
    if let Some(sentence) = json_sentence(row.message) {
        return sentence.into();
    }
    without_word(text_of(row.message), row.word).into()
}

fn row(line: Line<'_>) -> LogRow<'_> {
    let (tone, word) = if line.platform {
        (LogTone::Platform, platform_word(line.message))
    } else {
        let (tone, word) = level_word(line.level);
        (log_tone(tone), word)
    };
    LogRow {
        number: line.number,
        time: line.time,
        tone,
        word,
        message: line.message,
    }
}

fn log_tone(tone: Tone) -> LogTone {
    match tone {
        Tone::Plain | Tone::Ok => LogTone::Plain,
        Tone::Muted => LogTone::Quiet,
        Tone::Accent => LogTone::Info,
        Tone::Warn => LogTone::Warn,
        Tone::Err => LogTone::Error,
    }
}

/// The shown lines with their times and streams, and how many they are.
pub fn as_text(lines: &Lines, view: &FilteredView) -> (String, usize) {
    let mut text = String::new();
    let mut count = 0;
    let rows = (0..view.len(lines)).filter_map(|row| view.row(lines, row));
    for line in rows {
        text.push_str(&format::time_iso(line.time));
        text.push('\t');
        text.push_str(line.stream);
        text.push('\t');
        text.push_str(line.message);
        text.push('\n');
        count += 1;
    }
    (text, count)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::model::log::{LogBuffer, LogEvent, LogFilter};

    fn buffer(messages: &[&str]) -> LogBuffer {
        let mut buffer = LogBuffer::default();
        buffer.extend(messages.iter().enumerate().map(|(at, message)| LogEvent {
            time: at as i64 * 1_000,
            stream: "s",
            message,
            ..LogEvent::default()
        }));
        buffer
    }

    #[test]
    fn a_row_does_not_say_its_word_twice_and_keeps_the_whole_message() {
        let buffer = buffer(&[
            "START RequestId: 1 Version: 2",
            "[ERROR] KeyError: no such order",
        ]);
        let view = FilteredView::default();
        let rows = FilteredRows {
            lines: buffer.lines(),
            view: &view,
            marked: "",
        };
        let first = rows.row(0).unwrap();
        assert_eq!(
            (first.word, &*rows.text(&first)),
            ("START", "RequestId: 1 Version: 2")
        );
        assert_eq!(first.message, "START RequestId: 1 Version: 2");
        let second = rows.row(1).unwrap();
        assert_eq!(
            (second.word, &*rows.text(&second)),
            ("ERROR", "KeyError: no such order")
        );
        assert!(second.tone == LogTone::Error);
    }

    #[test]
    fn what_the_filter_leaves_is_what_is_saved() {
        let buffer = buffer(&["keep one", "drop", "keep two"]);
        let mut view = FilteredView::new(LogFilter::parse("keep"));
        view.update(buffer.lines(), 100);
        let (text, count) = as_text(buffer.lines(), &view);
        assert_eq!(count, 2);
        assert!(text.starts_with("1970-01-01T00:00:00"), "{text}");
        assert!(
            text.contains("\ts\tkeep one\n") && !text.contains("drop"),
            "{text}"
        );
    }
}
