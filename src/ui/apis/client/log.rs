//! From an answer to its log lines: the function's run is looked for while its lines may still come, and then said to be unknown.

use std::sync::Arc;
use std::time::Duration;

use egui::{RichText, Ui};

use super::sent::Kept;
use crate::cloud::lambda::function::GetFunction;
use crate::cloud::logs::FindRun;
pub use crate::cloud::logs::Logged;
use crate::model::client::answer::Answer;
use crate::model::format;
use crate::route::{ApiTab, FunctionTab, Route};
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size};
use crate::ui::widgets::button::{Button, copy_button};

/// Lines come seconds after an answer; after this time, ms, nobody waits for them.
const PATIENCE_MS: i64 = 30_000;

/// What is kept between frames.
#[derive(Default)]
pub struct LogPart {
    find: Option<FindRun>,
    /// Until when it is asked again.
    until: i64,
}

impl LogPart {
    /// What is known of the request by now; asks on while lines may come.
    pub fn follow(
        &mut self,
        ui: &Ui,
        kept: &Kept,
        answer: &Answer,
        cx: &mut Cx<'_>,
    ) -> Arc<Logged> {
        let group = match &kept.facts.function {
            None => None,
            Some(name) => {
                let known = cx.store.want(&GetFunction::latest(name), cx.now);
                match known.shown() {
                    Some(detail) => Some(detail.function.log_group()),
                    None if known.error.is_some() => Some(format!("/aws/lambda/{name}")),
                    None => return Arc::default(),
                }
            }
        };
        if self.find.is_none() {
            self.find = kept.facts.find(answer, group, kept.sent.at);
            self.until = cx.now + PATIENCE_MS;
        }
        let Some(find) = &self.find else {
            return Arc::default();
        };
        let before = cx.store.peek(find);
        let found = before
            .value
            .as_ref()
            .is_some_and(|of| self.is_complete(kept, of));
        let known = match found || cx.now > self.until {
            true => before,
            false => {
                ui.ctx().request_repaint_after(Duration::from_secs(1));
                cx.store.want(find, cx.now)
            }
        };
        known.value.clone().unwrap_or_default()
    }

    /// Nothing more is to be found.
    fn is_complete(&self, kept: &Kept, logged: &Logged) -> bool {
        let run = kept.facts.function.is_none() || logged.told.run.is_some();
        let lines = !kept.facts.stage_logs() || !logged.lines.is_empty();
        run && lines
    }

    /// The answer's ids, and the ways to what was logged.
    pub fn ids(
        &mut self,
        ui: &mut Ui,
        kept: &Kept,
        answer: &Answer,
        logged: &Logged,
        cx: &mut Cx<'_>,
    ) {
        let theme = Theme::of(ui);
        for (name, id) in [("Request", answer.request_id()), ("Trace", answer.trace())] {
            let Some(id) = id else { continue };
            ui.horizontal(|ui| {
                ui.label(RichText::new(name).color(theme.muted));
                ui.label(RichText::new(id).font(fonts::mono(size::SMALL)));
                copy_button(ui, &format!("{} id", name.to_lowercase()), || id.to_owned());
            });
        }
        let why = self.why_not(kept, answer, logged, cx);
        ui.horizontal_wrapped(|ui| {
            let lines = Button::new("Log lines").icon(Icon::LOGS);
            let lines = lines.hover("The lines of the function's run for this request");
            if lines.available(why.map_or(Ok(()), Err)).show(ui).clicked()
                && let (Some(name), Some(run)) = (&kept.facts.function, &logged.told.run)
            {
                cx.open(Route::Run {
                    name: name.clone(),
                    request: run.clone(),
                    at: kept.sent.at,
                });
            }
            if let Some(name) = &kept.facts.function {
                let words = format!("Log of {name}");
                if logged.told.run.is_none() && Button::new(&words).ghost().show(ui).clicked() {
                    cx.open(Route::function_tab(name, FunctionTab::Logs));
                }
            }
            if let Some(ms) = logged.told.gateway_ms {
                let words = format!("{} by the stage's log", format::duration(ms as f64));
                ui.label(
                    RichText::new(words)
                        .font(fonts::body(size::SMALL))
                        .color(theme.muted),
                );
            }
            if answer.status >= 400 && Button::new("Why this answer?").ghost().show(ui).clicked() {
                // Its secrets are masked, for a route is kept.
                let (verb, url) = kept.sent.target.split_once(' ').unwrap_or_default();
                cx.open(Route::why_of(verb, url, Some(answer.status)));
            }
        });
        let Some(why) = why else { return };
        let words = RichText::new(why).font(fonts::body(size::SMALL));
        ui.add(egui::Label::new(words.color(theme.muted)).wrap());
        if why == UNTOLD
            && Button::new("Look at the stage's logging")
                .ghost()
                .show(ui)
                .clicked()
        {
            cx.open(Route::api_tab(&kept.api, ApiTab::Stages));
        }
    }

    /// Why there is no way to the run's lines.
    fn why_not(
        &self,
        kept: &Kept,
        answer: &Answer,
        logged: &Logged,
        cx: &Cx<'_>,
    ) -> Option<&'static str> {
        if logged.told.run.is_some() {
            return None;
        }
        Some(match &kept.facts.function {
            None if kept.facts.resource.is_empty() => {
                "No method of the API took it, so no function ran"
            }
            None => "The method's integration is no function",
            Some(_) if answer.request_id().is_none() => "The answer names no request id",
            Some(_) if matches!(answer.status, 401 | 403 | 429) => {
                "It was refused before a function ran"
            }
            Some(_) if cx.now <= self.until => "Looking for the run…",
            Some(_) => UNTOLD,
        })
    }
}

/// What is said where no log names the run.
const UNTOLD: &str = "No log names the run: an access log with $context.integration.requestId does, or an execution log with its data";
