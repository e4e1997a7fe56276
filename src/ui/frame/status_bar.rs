//! The status bar: calls in flight, throttling, the age of what is shown, the endpoint, the version.

use std::time::Duration;

use egui::Ui;

use crate::model::format::{self, Zone};
use crate::store::Activity;
use crate::ui::theme::space;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::toolbar::{Look, Toolbar};

/// A wait of so long without any answer is told, in ms.
const SILENT_MS: i64 = 6_000;
/// Why calls wait.
const QUEUED: &str = "AWS lets an account ask API Gateway ten times a second in all, and some operations far less. What a person waits for goes first.";

/// What the bar shows.
pub struct StatusBar<'a> {
    /// Fetches, actions, the age of what is shown.
    pub activity: Activity,
    /// Services that asked to slow down within the last seconds.
    pub throttled: &'a [String],
    /// What waits here for its turn at a service, in words; empty for nothing.
    pub queued: &'a str,
    /// The endpoint instead of AWS's own.
    pub endpoint: Option<&'a str>,
    /// What it really is, where it is a sandbox: one line.
    pub kept: Option<&'a str>,
    /// Milliseconds since the epoch.
    pub now: i64,
    /// The zone that times are shown in.
    pub zone: &'a Zone,
}

impl StatusBar<'_> {
    /// Draws it.
    pub fn ui(&self, ui: &mut Ui) {
        let calls = match self.activity.in_flight {
            0 => "No calls in flight".to_owned(),
            1 => "1 call in flight".to_owned(),
            n => format!("{n} calls in flight"),
        };
        let silent = self.activity.unanswered_since.map(|at| self.now - at);
        let silent = silent.filter(|waited| *waited >= SILENT_MS && self.queued.is_empty());
        let (calls, look) = match silent {
            Some(waited) => (
                format!("{calls}, waiting for {} s", waited / 1_000),
                Look::State(Tone::Warn),
            ),
            None => (calls, Look::Small),
        };
        if self.activity.unanswered_since.is_some() {
            ui.ctx().request_repaint_after(Duration::from_secs(1));
        }
        let mut bar = Toolbar::<()>::new("Status")
            .inset(space::M)
            .gap(20.0)
            .text(calls, look)
            .rank(if silent.is_some() { 6 } else { 4 });
        if !self.throttled.is_empty() {
            let words = format!("slowed down by {}", self.throttled.join(", "));
            bar = bar
                .text(words, Look::State(Tone::Warn))
                .rank(5)
                .hover("The service answered 429; calls are sent more slowly and tried again.");
        }
        if !self.queued.is_empty() {
            bar = bar
                .text(self.queued, Look::State(Tone::Accent))
                .rank(5)
                .hover(QUEUED);
        }
        if let Some(at) = self.activity.oldest_shown {
            let words = format!("Oldest shown {}", format::ago(at, self.now, self.zone));
            bar = bar.text(words, Look::Small).least(60.0).hover(format!(
                "Nothing on this screen was read before {}",
                format::time_exact(at, self.zone)
            ));
        }
        let version = env!("CARGO_PKG_VERSION");
        let whence = match (self.endpoint, self.kept) {
            (Some(endpoint), Some(_)) => format!("a sandbox on this machine, {endpoint}"),
            (Some(endpoint), None) => endpoint.to_owned(),
            (None, _) => "AWS".to_owned(),
        };
        bar.space()
            .text(format!("v{version} · {whence}"), Look::Small)
            .rank(2)
            .hover(match self.kept {
                Some(kept) => format!("{kept}\n{}", env!("SEKISHO_BUILD")),
                None => env!("SEKISHO_BUILD").to_owned(),
            })
            .show(ui);
    }
}
