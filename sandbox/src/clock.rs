//! The one clock of the services: what time it is, and waiting for a time. A test's clock stands still until it is moved,
//! so that waits of minutes and hours are tested in milliseconds. Processes that run functions take real time, and never
//! ask here.

use crate::region::lock;
use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;

/// A clock; clones are the same clock.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<Manual>>);

/// A clock that stands still until it is moved.
#[derive(Debug)]
struct Manual {
    now: watch::Sender<Timestamp>,
    /// What is waited for, told whenever it changes.
    waiting: watch::Sender<()>,
    awaited: Mutex<Vec<Timestamp>>,
}

impl Clock {
    /// The machine's time.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at a time.
    pub fn manual(at: Timestamp) -> Self {
        Self(Some(Arc::new(Manual {
            now: watch::Sender::new(at),
            waiting: watch::Sender::new(()),
            awaited: Mutex::default(),
        })))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            None => Timestamp::now(),
            Some(manual) => *manual.now.borrow(),
        }
    }

    /// Milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        self.now().as_millisecond()
    }

    /// The time that it will be after a wait.
    pub fn after(&self, wait: Duration) -> Timestamp {
        later(self.now(), wait)
    }

    /// How long ago something was; no time for what is still to come.
    pub fn since(&self, at: Timestamp) -> Duration {
        Duration::try_from(self.now().duration_since(at)).unwrap_or_default()
    }

    /// Waits.
    pub async fn sleep(&self, wait: Duration) {
        let Some(manual) = &self.0 else {
            return tokio::time::sleep(wait).await;
        };
        let at = later(self.now(), wait);
        let mut now = manual.now.subscribe();
        let _awaited = Awaited::new(manual, at);
        // The sender lives in this clock, so the wait can't fail.
        let _reached = now.wait_for(|now| *now >= at).await;
    }

    /// Moves a clock of [`Clock::manual`] on; the machine's can't be moved.
    pub fn advance(&self, by: Duration) {
        if let Some(manual) = &self.0 {
            manual.now.send_modify(|now| *now = later(*now, by));
        }
    }

    /// Moves a clock of [`Clock::manual`] to the next time that something waits for, waiting first until there is such a
    /// thing. Gives how far it moved.
    pub async fn skip(&self) -> Duration {
        let Some(manual) = &self.0 else {
            return Duration::ZERO;
        };
        let mut waiting = manual.waiting.subscribe();
        loop {
            let next = lock(&manual.awaited).iter().min().copied();
            if let Some(next) = next.filter(|next| *next > self.now()) {
                let by = Duration::try_from(next.duration_since(self.now())).unwrap_or_default();
                self.advance(by);
                return by;
            }
            if waiting.changed().await.is_err() {
                return Duration::ZERO;
            }
        }
    }
}

/// A wait that somebody is in, until this is dropped.
struct Awaited<'a> {
    manual: &'a Manual,
    at: Timestamp,
}

impl<'a> Awaited<'a> {
    fn new(manual: &'a Manual, at: Timestamp) -> Self {
        lock(&manual.awaited).push(at);
        manual.waiting.send_replace(());
        Self { manual, at }
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        let mut awaited = lock(&self.manual.awaited);
        if let Some(at) = awaited.iter().position(|at| *at == self.at) {
            awaited.swap_remove(at);
        }
        drop(awaited);
        self.manual.waiting.send_replace(());
    }
}

/// A wait that reaches past the calendar's end ends there.
fn later(at: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| at.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[tokio::test]
    async fn hours_pass_when_they_are_skipped_in_the_order_in_which_they_end() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let sleeper = |hours: u64| {
            let clock = clock.clone();
            tokio::spawn(async move {
                clock.sleep(Duration::from_secs(hours * 3600)).await;
                clock.now()
            })
        };
        let (long, short) = (sleeper(6), sleeper(1));
        while lock(&clock.0.as_ref().unwrap().awaited).len() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(clock.skip().await, Duration::from_secs(3600));
        assert_eq!(short.await.unwrap().as_second(), 3600);
        assert_eq!(clock.skip().await, Duration::from_secs(5 * 3600));
        assert_eq!(long.await.unwrap().as_second(), 6 * 3600);
    }

    #[test]
    fn it_stands_still_until_it_is_moved_and_ends_with_the_calendar() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::from_millis(1500));
        assert_eq!(clock.now_ms(), 1500);
        assert_eq!(clock.since(Timestamp::UNIX_EPOCH).as_millis(), 1500);
        assert_eq!(clock.since(Timestamp::MAX), Duration::ZERO);
        assert_eq!(clock.after(Duration::MAX), Timestamp::MAX);
    }
}
