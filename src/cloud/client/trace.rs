//! Which step a request is at and how long each took, readable also when the time is up.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Broken;
use crate::cloud::Cloud;
use crate::model::client::answer::{Step, Timings};
use crate::store::Progress;

/// A request on its way.
pub struct Trace<'a> {
    progress: &'a Progress,
    state: Mutex<State>,
}

struct State {
    step: Step,
    since: Instant,
    timings: Timings,
}

impl<'a> Trace<'a> {
    /// One that begins now.
    pub fn new(progress: &'a Progress) -> Self {
        let state = State {
            step: Step::Dns,
            since: Instant::now(),
            timings: Timings::default(),
        };
        Self {
            progress,
            state: Mutex::new(state),
        }
    }

    /// A step begins.
    pub fn begin(&self, step: Step) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.step = step;
        state.since = Instant::now();
        drop(state);
        self.progress.say(match step {
            Step::Dns => "Looking for the host",
            Step::Connect => "Connecting",
            Step::Tls => "Making the connection safe",
            Step::Wait => "Waiting for the answer",
            Step::Download => "Reading the answer",
        });
    }

    /// The step is done.
    pub fn end(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (step, ms) = (state.step, state.since.elapsed().as_secs_f64() * 1_000.0);
        state.timings.set(step, ms);
    }

    /// So much of the body has come, in bytes.
    pub fn came(&self, bytes: usize, total: u64) {
        self.progress.set(bytes as u64, total);
    }

    /// How long the steps took so far.
    pub fn timings(&self) -> Timings {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .timings
    }

    /// The time is up: says at which step, and for how long that was waited.
    pub fn late(&self, longest: Duration, cloud: &Cloud) -> Broken {
        self.end();
        let step = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .step;
        let most = longest.as_secs_f64();
        let text = match step {
            Step::Dns => format!("The host's name was not answered for within {most} s"),
            Step::Connect => format!("Nobody took the connection within {most} s"),
            Step::Tls => format!("The TLS handshake did not end within {most} s"),
            Step::Wait => format!("No answer came within {most} s"),
            Step::Download => format!("The answer did not end within {most} s"),
        };
        let proxy = ["HTTPS_PROXY", "https_proxy"].iter();
        let proxy = proxy.filter_map(|name| cloud.machine().var(name)).next();
        let advice = match (step, proxy) {
            (Step::Connect, Some(_)) => {
                "This machine reaches others through a proxy (HTTPS_PROXY), which the client does not use"
            }
            (Step::Connect, None) => "A firewall may stand between, or the API is private",
            (Step::Wait, _) => "The backend may still be at work: what it does is not stopped",
            _ => "",
        };
        (step, text, advice.to_owned())
    }
}
