//! What a cell is drawn with besides its row, and the cells that lists have in common: an age, and how a row is.

use super::RowFigures;
use crate::model::format::{self, Zone};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::table_cell::Cell;

/// What a cell is drawn with besides its row.
pub struct Around<'a> {
    /// ms since the epoch.
    pub now: i64,
    /// For times.
    pub zone: &'a Zone,
    /// What is known of the row's metrics.
    pub figures: Option<&'a RowFigures>,
}

impl Around<'_> {
    /// How long it has been, as "4 min" under a header that says since what; the exact time on hover.
    pub fn age(&self, at: i64, cell: &mut Cell<'_>) {
        cell.muted(&format::age(at, self.now, self.zone));
        cell.hover(|| format::time_exact(at, self.zone));
    }

    /// When it was, as "4 min ago"; the exact time on hover.
    pub fn ago(&self, at: i64, cell: &mut Cell<'_>) {
        cell.muted(&format::ago(at, self.now, self.zone));
        cell.hover(|| format::time_exact(at, self.zone));
    }

    /// How a row is: the service's word and its reason. Where that word is a quiet one, the trouble that the row's metrics
    /// tell of stands in its place: a function that is active may fail all the time.
    pub fn state(&self, (tone, word, reason): (Tone, &str, Option<&str>), cell: &mut Cell<'_>) {
        let trouble = self.figures.and_then(|known| known.trouble.as_deref());
        match trouble {
            Some(trouble) if tone == Tone::Muted => {
                cell.state(Tone::Err, trouble);
                let span = self.figures.map(|known| known.span).unwrap_or_default();
                cell.hover(|| format!("{word}; {trouble} in the last {}", span.words()));
            }
            _ => {
                cell.state(tone, word);
                if let Some(reason) = reason {
                    cell.hover(|| reason.to_owned());
                }
            }
        }
    }
}
