//! The lines of a log that are selected: from the one where it began to the one that it was led to, by number, so that it
//! stays on its lines when others come and go.

use std::ops::RangeInclusive;

use super::{LogRows, LogView};
use crate::model::format::{self, Zone};

/// Rows that are copied at most: a clipboard of more is no help to anybody.
const MOST_COPIED: usize = 100_000;

/// From where to where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Selection {
    /// Where it began.
    pub anchor: u64,
    /// Where the last click or key led.
    pub lead: u64,
}

impl Selection {
    /// One line.
    pub fn of(number: u64) -> Self {
        Self {
            anchor: number,
            lead: number,
        }
    }

    /// Led to another line, or begun there where it is not to be extended.
    pub fn led(current: Option<Self>, number: u64, extend: bool) -> Self {
        match current {
            Some(current) if extend => Self {
                lead: number,
                ..current
            },
            _ => Self::of(number),
        }
    }

    /// All lines from the upper to the lower, by number.
    pub fn numbers(self) -> RangeInclusive<u64> {
        self.anchor.min(self.lead)..=self.anchor.max(self.lead)
    }

    /// It holds the line.
    pub fn holds(self, number: u64) -> bool {
        self.numbers().contains(&number)
    }
}

impl LogView {
    /// The rows that are selected and on view, by index.
    pub(super) fn selected_rows(&self, rows: &impl LogRows) -> std::ops::Range<usize> {
        let Some(selection) = self.selection else {
            return 0..0;
        };
        let numbers = selection.numbers();
        let end = rows.index_of(numbers.end().saturating_add(1));
        rows.index_of(*numbers.start())..end.min(rows.len())
    }

    /// What is copied: the selected messages, with their times where they are asked for.
    pub(super) fn copied_text(&self, rows: &impl LogRows, times: Option<&Zone>) -> String {
        let mut text = String::new();
        for index in self.selected_rows(rows).take(MOST_COPIED) {
            let Some(row) = rows.row(index) else { break };
            if !text.is_empty() {
                text.push('\n');
            }
            if let Some(zone) = times {
                text.push_str(&format::time_exact(row.time, zone));
                text.push(' ');
            }
            text.push_str(&rows.copied(&row));
        }
        text
    }
}
