//! The one token bucket: so many a second, and a burst beyond that. The clock is the caller's.

use crate::{clock::Clock, region::lock};
use jiff::Timestamp;
use std::sync::Mutex;

/// Tokens that come back at a rate, up to a burst.
#[derive(Debug)]
pub struct Bucket {
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Tokens a second.
    rate: f64,
    burst: f64,
    tokens: f64,
    at: Timestamp,
}

impl Bucket {
    /// A full bucket. Rate in tokens a second.
    pub fn new(rate: f64, burst: f64, clock: Clock) -> Self {
        let at = clock.now();
        Self {
            clock,
            state: Mutex::new(State {
                rate,
                burst,
                tokens: burst,
                at,
            }),
        }
    }

    /// Changes the limits; tokens beyond the new burst are lost.
    pub fn limit(&self, rate: f64, burst: f64) {
        let mut state = self.filled();
        state.rate = rate;
        state.burst = burst;
        state.tokens = state.tokens.min(burst);
    }

    /// Takes a token, if there is one.
    pub fn take(&self) -> bool {
        let mut state = self.filled();
        let there = state.tokens >= 1.0;
        if there {
            state.tokens -= 1.0;
        }
        there
    }

    fn filled(&self) -> std::sync::MutexGuard<'_, State> {
        let mut state = lock(&self.state);
        let now = self.clock.now();
        // A clock that was set back gives nothing, and takes nothing away.
        let passed = now.duration_since(state.at).as_secs_f64().max(0.0);
        state.tokens = (state.tokens + passed * state.rate).min(state.burst);
        state.at = now;
        state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn taken(bucket: &Bucket, wanted: usize) -> usize {
        (0..wanted).filter(|_| bucket.take()).count()
    }

    #[test]
    fn a_burst_goes_through_at_once_and_then_the_rate() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let bucket = Bucket::new(10.0, 20.0, clock.clone());
        assert_eq!(taken(&bucket, 50), 20);
        clock.advance(Duration::from_millis(500));
        assert_eq!(taken(&bucket, 50), 5);
        clock.advance(Duration::from_secs(3600));
        assert_eq!(taken(&bucket, 50), 20, "never more than the burst");
    }

    #[test]
    fn a_new_limit_holds_from_then_on() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let bucket = Bucket::new(10.0, 10.0, clock.clone());
        bucket.limit(1.0, 2.0);
        assert_eq!(taken(&bucket, 50), 2);
        clock.advance(Duration::from_secs(1));
        assert_eq!(taken(&bucket, 50), 1);
        bucket.limit(0.0, 0.0);
        clock.advance(Duration::from_secs(9));
        assert_eq!(taken(&bucket, 50), 0);
    }
}
