//! Lines as the log's widget asks for them, and as text for a file.

use std::borrow::Cow;

use crate::model::format;
use crate::model::log::parse::{text_of, without_escapes};
use crate::model::log::{FilteredView, Level, Line, Lines, fields};
use crate::ui::functions::log_words::{self, level_word, platform_word};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::log_view::{LogRow, LogRows, LogTone, Offers};

/// The lines that a filter leaves.
pub struct FilteredRows<'a> {
    /// All lines.
    pub lines: &'a Lines,
    /// Which of them are shown.
    pub view: &'a FilteredView,
    /// A word to be marked.
    pub marked: &'a str,
    /// The filter hides lines.
    pub filtered: bool,
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
        log_words::said(row.message, row.word)
    }

    fn copied<'a>(&self, row: &LogRow<'a>) -> Cow<'a, str> {
        without_escapes(row.message)
    }

    fn fields(&self, row: &LogRow<'_>) -> Vec<(String, String)> {
        fields_of(row)
    }

    fn offers(&self, row: &LogRow<'_>) -> Offers {
        let line = self.lines.get(row.number);
        Offers {
            request: line.is_some_and(|line| line.invocation.is_some()),
            around: self.filtered,
            filter: true,
        }
    }
}

/// The fields of a line for its menu, its level before them.
fn fields_of(row: &LogRow<'_>) -> Vec<(String, String)> {
    let message = without_escapes(row.message);
    let text = text_of(&message);
    let mut found = fields::of(text);
    let told = found
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("level"));
    if !told && Level::parse(row.word).is_some() {
        found.insert(0, ("level".to_owned(), row.word.to_owned()));
    }
    found
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
        log_words::said(row.message, row.word)
    }

    fn copied<'a>(&self, row: &LogRow<'a>) -> Cow<'a, str> {
        without_escapes(row.message)
    }
}

fn row(line: Line<'_>) -> LogRow<'_> {
    let (tone, word) = if line.platform {
        // What the platform says of a failure is as red as what the function says.
        let tone = match line.level {
            Some(Level::Error | Level::Fatal) => LogTone::Error,
            _ => LogTone::Platform,
        };
        (tone, platform_word(line.message))
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
            filtered: false,
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
    fn the_platforms_lines_of_a_failure_are_marked() {
        let buffer = buffer(&[
            "RESTORE_REPORT Restore Duration: 518.30 ms",
            "RESTORE_REPORT Restore Duration: 10012.34 ms\tStatus: timeout",
            "INIT_REPORT Init Duration: 9908.09 ms",
            "INIT_REPORT Init Duration: 1.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError",
        ]);
        let rows: Vec<_> = buffer.lines().from(0).map(row).collect();
        let marked: Vec<bool> = rows.iter().map(|row| row.tone == LogTone::Error).collect();
        assert_eq!(marked, [false, true, false, true]);
        let words: Vec<&str> = rows.iter().map(|row| row.word).collect();
        let (restore, init) = ("RESTORE_REPORT", "INIT_REPORT");
        assert_eq!(words, [restore, restore, init, init]);
    }

    #[test]
    fn escapes_stay_in_what_is_saved_and_a_lines_end_stands_once() {
        let buffer = buffer(&["\u{1b}[31mERROR\u{1b}[0m red\n", "next\n"]);
        let view = FilteredView::default();
        let (text, _) = as_text(buffer.lines(), &view);
        assert!(
            text.contains("\ts\t\u{1b}[31mERROR\u{1b}[0m red\n1970"),
            "{text:?}"
        );
        let rows = FilteredRows {
            lines: buffer.lines(),
            view: &view,
            marked: "",
            filtered: false,
        };
        assert_eq!(rows.text(&rows.row(0).unwrap()), "ERROR red");
    }

    #[test]
    fn a_lines_menu_has_its_fields_and_its_level() {
        let buffer = buffer(&[
            "2026-11-27T10:00:00.000Z\t79104ad7-1f6b-4b3a-8f3e-0c1d2e3f4a5b\tWARN\tslow {\"backlog\":3544}",
            "plain",
        ]);
        let fields: Vec<_> = buffer
            .lines()
            .from(0)
            .map(|line| fields_of(&row(line)))
            .collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(fields[0], [pair("level", "WARN"), pair("backlog", "3544")]);
        assert_eq!(fields[1], []);
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
