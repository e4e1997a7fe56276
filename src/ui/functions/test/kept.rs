//! What is kept of a function's tests between sessions: saved events, the runs, the event in the editor, the choices.

use serde::{Deserialize, Serialize};

use crate::model::invoke::{HISTORY_PAYLOAD_BYTES, InvocationType, RunHistory, SavedEvents};
use crate::settings::Settings;

/// Kept under the function's ARN and its endpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// Events by name.
    pub saved: SavedEvents,
    /// What was run, newest first.
    pub history: RunHistory,
    /// The event in the editor, where it is short enough; `None` until one was written.
    pub draft: Option<String>,
    /// How it is invoked.
    pub invocation_type: InvocationType,
    /// A version or an alias; `None` for `$LATEST`.
    pub qualifier: Option<String>,
}

impl Kept {
    /// What was kept of the function.
    pub fn load(settings: &Settings, function: &str) -> Self {
        settings.get(&key(function)).unwrap_or_default()
    }

    /// Keeps it.
    pub fn save(&self, settings: &mut Settings, function: &str) {
        settings.set(&key(function), self);
    }

    /// A function was just made: it begins with this event, whatever one of its name had before.
    pub fn begin(settings: &mut Settings, function: &str, event: &str) {
        let mut kept = Self::default();
        kept.set_draft(event);
        kept.save(settings, function);
    }

    /// Takes the editor's text; a long one is not kept.
    pub fn set_draft(&mut self, text: &str) {
        self.draft = (text.len() <= HISTORY_PAYLOAD_BYTES).then(|| text.to_owned());
    }
}

fn key(function: &str) -> String {
    format!("test/{function}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_function_that_was_just_made_begins_with_its_event_and_nothing_of_an_earlier_one() {
        let mut settings = Settings::in_memory();
        let mut earlier = Kept::default();
        earlier.saved.save("first", "{}").unwrap();
        earlier.save(&mut settings, "arn:a");
        Kept::begin(&mut settings, "arn:a", "{\"name\": \"Ana\"}");
        let begun = Kept::load(&settings, "arn:a");
        assert_eq!(begun.draft.as_deref(), Some("{\"name\": \"Ana\"}"));
        assert_eq!(begun.saved, SavedEvents::default());
    }

    #[test]
    fn each_function_has_its_own_and_a_long_event_is_not_kept() {
        let mut settings = Settings::in_memory();
        let mut kept = Kept::load(&settings, "arn:a");
        kept.saved.save("first", "{}").unwrap();
        kept.set_draft("{\"a\": 1}");
        kept.save(&mut settings, "arn:a");
        assert_eq!(Kept::load(&settings, "arn:a"), kept);
        assert_eq!(Kept::load(&settings, "arn:b"), Kept::default());
        kept.set_draft(&"x".repeat(HISTORY_PAYLOAD_BYTES + 1));
        assert_eq!(kept.draft, None);
    }
}
