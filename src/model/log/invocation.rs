//! Lines grouped by the invocation that wrote them, as they come.

use std::collections::{HashMap, HashSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::parse::{Classified, Level, Platform, Report};

/// One invocation, as far as its lines have come.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    /// What its lines carry in [`super::Line::invocation`].
    pub number: u32,
    /// Lambda's id.
    pub request_id: Box<str>,
    /// Number of its first line.
    pub first: u64,
    /// Number of its last line so far.
    pub last: u64,
    /// Lines so far.
    pub lines: u32,
    /// The time of its first line, ms since 1970.
    pub started: i64,
    /// The version that ran, from START.
    pub version: Option<Box<str>>,
    /// Its numbers, once they have come.
    pub report: Option<Box<Report>>,
    /// It failed: the platform says so, it ran out of time, or its error was unhandled.
    pub failed: bool,
    /// It started an execution environment.
    pub cold: bool,
    /// The gravest level of its lines.
    pub level: Option<Level>,
    /// END or REPORT has come.
    pub ended: bool,
}

/// How an invocation went, as far as the lines that were read tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It has begun and has not ended.
    Running,
    /// It has ended, and nothing tells of a failure.
    Succeeded,
    /// The same, and the function logged an error of its own.
    LoggedAnError,
    /// The platform or the runtime says that it failed.
    Failed,
    /// The platform stopped it at its time limit.
    TimedOut,
    /// The lines that would tell were not read, or are not written here.
    Unknown,
}

/// Lambda stops what runs longer; a minute more for clocks that differ, ms.
const LONGEST_MS: i64 = 16 * 60_000;

impl Invocation {
    /// How it went, at `now` in ms since 1970. `partial`: only lines that match something were read, so that what is missing
    /// may have been written all the same.
    pub fn outcome(&self, now: i64, partial: bool) -> Outcome {
        let status = self
            .report
            .as_ref()
            .and_then(|report| report.status.as_deref());
        if self.failed {
            return match status {
                Some("timeout") => Outcome::TimedOut,
                _ => Outcome::Failed,
            };
        }
        let logged = self.level >= Some(Level::Error);
        match (partial, status) {
            // A REPORT in text says nothing of an error that the function threw: that stands in another line.
            (true, Some("success")) | (false, _) if self.ended => match logged {
                true => Outcome::LoggedAnError,
                false => Outcome::Succeeded,
            },
            (false, _) if self.version.is_some() && now - self.started < LONGEST_MS => {
                Outcome::Running
            }
            _ => Outcome::Unknown,
        }
    }

    /// Whether it ran in an environment that was there already; `None` where the lines that would tell were not read.
    pub fn warm(&self, partial: bool) -> Option<bool> {
        let told = self.cold || self.report.is_some() || (self.version.is_some() && !partial);
        told.then_some(!self.cold)
    }

    /// ms, once REPORT has come.
    pub fn duration_ms(&self) -> Option<f64> {
        self.report.as_ref()?.duration_ms
    }
}

/// The invocations of a buffer, in order of their first lines.
#[derive(Debug, Clone, Default)]
pub struct Invocations {
    list: VecDeque<Invocation>,
    /// The number of the first in `list`: those before it were dropped with their lines.
    base: u32,
    pub(super) by_id: HashMap<Box<str>, u32>,
    /// What runs on each stream: an execution environment runs one invocation at a time.
    running: HashMap<u32, u32>,
    /// Streams whose environment was just started.
    fresh: HashSet<u32>,
}

impl Invocations {
    /// How many are known.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// None are known.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// By position, oldest first.
    pub fn get(&self, index: usize) -> Option<&Invocation> {
        self.list.get(index)
    }

    /// All, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Invocation> + ExactSizeIterator {
        self.list.iter()
    }

    /// By the number that a line carries.
    pub fn by_number(&self, number: u32) -> Option<&Invocation> {
        self.list.get(number.checked_sub(self.base)? as usize)
    }

    /// By request id; the last one, where Lambda tried again under the same id.
    pub fn by_request_id(&self, request_id: &str) -> Option<&Invocation> {
        self.by_number(*self.by_id.get(request_id)?)
    }

    /// Takes a line in and says which invocation it belongs to.
    pub(super) fn add(
        &mut self,
        line: u64,
        time: i64,
        stream: u32,
        what: &Classified,
    ) -> Option<u32> {
        if what.platform == Some(Platform::InitStart) {
            self.fresh.insert(stream);
            return None;
        }
        let starts = matches!(what.platform, Some(Platform::Start { .. }));
        let number = match &what.request_id {
            Some(id) => self.find_or_begin(id, line, time, stream, starts),
            None => *self.running.get(&stream)?,
        };
        if starts {
            self.running.insert(stream, number);
        }
        let ends = matches!(
            what.platform,
            Some(Platform::End { .. } | Platform::Report(_))
        );
        if ends && self.running.get(&stream) == Some(&number) {
            self.running.remove(&stream);
        }
        let index = number.checked_sub(self.base)? as usize;
        let invocation = self.list.get_mut(index)?;
        invocation.last = line;
        invocation.lines = invocation.lines.saturating_add(1);
        invocation.failed |= what.failed;
        invocation.level = invocation.level.max(what.level);
        invocation.ended |= ends;
        match &what.platform {
            Some(Platform::Start { version, .. }) => {
                invocation.version = Some(version.as_str().into());
                invocation.cold |= self.fresh.remove(&stream);
            }
            Some(Platform::Report(report)) => {
                invocation.cold |= report.init_ms.is_some() || report.restore_ms.is_some();
                invocation.report = Some(report.clone());
            }
            _ => {}
        }
        Some(number)
    }

    fn find_or_begin(&mut self, id: &str, line: u64, time: i64, stream: u32, starts: bool) -> u32 {
        if let Some(number) = self.by_id.get(id) {
            // Lambda tries an asynchronous event again under the same id: that is another invocation.
            let again = starts
                && self
                    .by_number(*number)
                    .is_some_and(|invocation| invocation.ended);
            if !again {
                return *number;
            }
        }
        let number = self.base.wrapping_add(self.list.len() as u32);
        self.list.push_back(Invocation {
            number,
            request_id: id.into(),
            first: line,
            last: line,
            lines: 0,
            started: time,
            version: None,
            report: None,
            failed: false,
            cold: false,
            level: None,
            ended: false,
        });
        self.by_id.insert(id.into(), number);
        // Logs whose beginning was not read have no START.
        self.running.entry(stream).or_insert(number);
        number
    }

    /// Forgets the invocations whose lines are all gone.
    pub(super) fn drop_before(&mut self, first_line: u64) {
        while self
            .list
            .front()
            .is_some_and(|oldest| oldest.last < first_line)
        {
            let Some(oldest) = self.list.pop_front() else {
                break;
            };
            let number = self.base;
            if self.by_id.get(&oldest.request_id) == Some(&number) {
                self.by_id.remove(&oldest.request_id);
            }
            self.running.retain(|_, running| *running != number);
            self.base = self.base.wrapping_add(1);
        }
    }
}
