//! What becomes of a queued event: the function's log is read from when it was sent, and the lines with its request id tell.

use super::outcome::Outcome;
use crate::cloud::lambda::function::GetFunction;
use crate::cloud::logs::LogTail;
use crate::model::invoke::Followed;
use crate::model::log::LogBuffer;
use crate::ui::cx::Cx;

/// Lambda gives up an event after six hours at most.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>.
const LONGEST_MS: i64 = 6 * 3_600_000;
/// Clocks differ: the log is read from a little before the event was sent, ms.
const BEFORE_MS: i64 = 60_000;

/// What is kept between frames: what was looked at.
#[derive(Default)]
pub struct Follow {
    request: String,
    end: u64,
    outcome_at: i64,
}

impl Follow {
    /// Reads on for the event that `outcome` shows; true when something new was told.
    pub fn look(&mut self, name: &str, at: i64, outcome: &mut Outcome, cx: &mut Cx<'_>) -> bool {
        let result = outcome.result();
        if !result.is_queued() || cx.now - at > LONGEST_MS {
            return false;
        }
        let Some(request) = result.request_id.clone() else {
            return false;
        };
        let known = cx.store.want(&GetFunction::latest(name), cx.now);
        let group = match known.shown() {
            Some(detail) => detail.function.log_group(),
            None if known.error.is_some() => format!("/aws/lambda/{name}"),
            None => return false,
        };
        let from = at - BEFORE_MS;
        let tail = LogTail {
            group,
            since: from - from.rem_euclid(60_000),
            live_tail: cx.connection.spec.is_local(),
        };
        let known = cx.store.want(&tail, cx.now);
        let Some(shown) = known.shown() else {
            return false;
        };
        // A run that goes on for too long without its end is looked at again now and then.
        let end = shown.buffer.lines().end();
        let seen = self.request == request && self.end == end;
        if seen && cx.now - self.outcome_at < 5_000 {
            return false;
        }
        (self.request, self.end, self.outcome_at) = (request, end, cx.now);
        let Some((followed, lines)) = told(&shown.buffer, &self.request, cx.now) else {
            return false;
        };
        let report = shown
            .buffer
            .invocations()
            .by_request_id(&self.request)
            .and_then(|invocation| invocation.report.as_deref().cloned());
        outcome.follow(followed, report, &lines)
    }
}

/// What the log tells of a request: how its last try went, and all of its lines.
fn told(buffer: &LogBuffer, request: &str, now: i64) -> Option<(Followed, String)> {
    let tries: Vec<_> = buffer
        .invocations()
        .iter()
        .filter(|invocation| &*invocation.request_id == request)
        .collect();
    let last = tries.last()?;
    let followed = Followed {
        outcome: last.outcome(now, false),
        tries: tries.len(),
    };
    let lines: Vec<&str> = tries
        .iter()
        .flat_map(|invocation| buffer.lines_of(invocation))
        .map(|line| line.message)
        .collect();
    Some((followed, lines.join("\n")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::log::{LogEvent, Outcome as How};

    #[test]
    fn the_log_tells_of_each_try() {
        let id = "79104ad7-1f6b-4b3a-8f3e-0c1d2e3f4a5b";
        let mut buffer = LogBuffer::default();
        let add = |buffer: &mut LogBuffer, message: String| {
            buffer.push(&LogEvent {
                stream: "s",
                message: &message,
                ..LogEvent::default()
            });
        };
        assert!(told(&buffer, id, 0).is_none());
        add(&mut buffer, format!("START RequestId: {id} Version: 1"));
        let (followed, _) = told(&buffer, id, 0).unwrap();
        assert_eq!((followed.outcome, followed.tries), (How::Running, 1));
        add(
            &mut buffer,
            format!("REPORT RequestId: {id}\tDuration: 5 ms\tStatus: error"),
        );
        assert_eq!(told(&buffer, id, 0).unwrap().0.outcome, How::Failed);
        add(&mut buffer, format!("START RequestId: {id} Version: 1"));
        add(&mut buffer, format!("END RequestId: {id}"));
        let (followed, lines) = told(&buffer, id, 0).unwrap();
        assert_eq!((followed.outcome, followed.tries), (How::Succeeded, 2));
        assert_eq!(lines.lines().count(), 4);
    }
}
