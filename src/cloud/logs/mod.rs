//! CloudWatch Logs: a group's log as a tail that goes on, and a search on the server.
//!
//! Knows no panel. What was read is a [`LogBuffer`], which knows levels and invocations.

mod read;
mod run;
mod search;
mod tail;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

pub use run::{FindRun, Logged};
pub use search::{Found, LogSearch};
pub use tail::{LogTail, Mode, POLL, Tail};

use crate::model::log::{LogBuffer, LogEvent};

/// Events that go to the window at once: they are sorted into their invocations there, between two frames.
const EVENTS_A_PAGE: usize = 500;

/// An event on its way to the window.
#[derive(Debug, Clone)]
struct Event {
    time: i64,
    ingestion: i64,
    stream: String,
    message: String,
    /// See [`Identities`].
    identity: String,
}

/// Adds events to a buffer, which leaves out those that it has seen.
fn add(buffer: &mut LogBuffer, events: &[Event]) -> usize {
    buffer.extend(events.iter().map(|event| LogEvent {
        time: event.time,
        ingestion: event.ingestion,
        stream: &event.stream,
        message: &event.message,
        event_id: Some(&event.identity),
    }))
}

/// Names the events of one pass over a log, so that the same event has the same name in every pass.
///
/// Live Tail gives no event ids, and FilterLogEvents does; so an event is named by what both give: stream, time and
/// message, and its place among those that are equal in all three. A pass begins at a time, never within a millisecond,
/// so that equal events are counted from the first of them each time.
#[derive(Default)]
struct Identities {
    seen: HashMap<u64, u32>,
}

/// Names that a pass remembers. A live session may last for hours; what it forgets can't come again by then.
const REMEMBERED: usize = 100_000;

impl Identities {
    /// An event as a service tells it, with its name. Without a time of arrival it came when it was written.
    fn event(
        &mut self,
        stream: Option<&str>,
        message: Option<&str>,
        time: Option<i64>,
        ingestion: Option<i64>,
    ) -> Event {
        let (stream, message) = (stream.unwrap_or_default(), message.unwrap_or_default());
        let time = time.unwrap_or_default();
        Event {
            time,
            ingestion: ingestion.unwrap_or(time),
            stream: stream.to_owned(),
            message: message.to_owned(),
            identity: self.name(stream, time, message),
        }
    }

    fn name(&mut self, stream: &str, time: i64, message: &str) -> String {
        let mut hasher = DefaultHasher::new();
        // Services differ in whether they keep the line's end.
        (stream, time, message.trim_end_matches(['\n', '\r'])).hash(&mut hasher);
        let hash = hasher.finish();
        if self.seen.len() >= REMEMBERED {
            self.seen.clear();
        }
        let place = self.seen.entry(hash).or_default();
        let name = format!("{hash:x}.{place}");
        *place += 1;
        name
    }
}

#[cfg(test)]
mod tests;
