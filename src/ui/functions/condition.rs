//! How a function is, for the list's cell and the head of its screen.

use std::borrow::Cow;

use crate::model::format::Zone;
use crate::model::function::{Column, Function, LastUpdateStatus, State};
use crate::ui::widgets::chip::Tone;

/// How a function is: its colour, its words, and the reason for the hover.
pub fn condition(function: &Function) -> (Tone, Cow<'_, str>, Option<&str>) {
    let cell = Column::State.cell(function, 0, &Zone::Utc);
    let (tone, reason) = match (&function.state, function.last_update_status) {
        (State::Failed, _) => (Tone::Err, &function.state_reason),
        (State::Active, LastUpdateStatus::Failed) => {
            (Tone::Err, &function.last_update_status_reason)
        }
        (State::Active, LastUpdateStatus::InProgress) => {
            (Tone::Accent, &function.last_update_status_reason)
        }
        (State::Pending, _) => (Tone::Accent, &function.state_reason),
        (State::Other(_), _) => (Tone::Warn, &function.state_reason),
        (State::Inactive | State::Active, _) => (Tone::Muted, &function.state_reason),
    };
    (tone, cell.text, reason.as_deref())
}
