//! Two runs beside each other: what was asked, how they went and how long they took, and where responses and events differ.
//! Made once, where it holds nobody up.

use std::borrow::Cow;

use egui::{Align, Layout, RichText, ScrollArea, Ui};

use super::history::{duration, outcome, type_word};
use super::outcome::heading;
use crate::model::difference::{Difference, of_fields};
use crate::model::format::{self, Zone};
use crate::model::invoke::{Run, pretty_json};
use crate::model::plan;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::diff::{self, Change, Compared};
use crate::ui::widgets::difference;

/// The most height of a text, in points.
const TEXT_HEIGHT: f32 = 260.0;

/// Two runs, ready to be drawn.
pub struct Comparison {
    times: [i64; 2],
    facts: Difference,
    texts: [(&'static str, Compared); 3],
}

impl Comparison {
    /// Of the older and the newer run. Linear in their texts.
    pub fn new(older: &Run, newer: &Run) -> Self {
        let facts: Vec<plan::Difference> = facts(older)
            .into_iter()
            .zip(facts(newer))
            .map(|((field, before), (_, after))| plan::Difference {
                field: field.to_owned(),
                before,
                after,
            })
            .filter(|fact| fact.before != fact.after)
            .collect();
        let text = |of: fn(&Run) -> Cow<'_, str>| diff::compare(&of(older), &of(newer));
        Self {
            times: [older.at, newer.at],
            facts: of_fields(&facts),
            texts: [
                ("Response", text(response)),
                ("Event", text(event)),
                ("Log", text(log)),
            ],
        }
    }

    /// Draws it; true when it was closed.
    pub fn ui(&self, ui: &mut Ui, zone: &Zone) -> bool {
        let mut closed = false;
        let sides = self.times.map(|at| format::clock_seconds(at, zone));
        let sides = [sides[0].as_str(), sides[1].as_str()];
        ui.horizontal(|ui| {
            heading(ui, "Two runs", &format!("{} and {}", sides[0], sides[1]));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                closed = Button::icon_only(Icon::X, "Close the comparison")
                    .show(ui)
                    .clicked();
            });
        });
        ui.add_space(space::S);
        ScrollArea::vertical()
            .id_salt("compared runs")
            .auto_shrink(false)
            .show(ui, |ui| {
                ui.set_max_width(ui.available_width() - space::M);
                match self.facts.is_empty() {
                    true => same(ui, "Both went the same way."),
                    false => difference::fields(ui, "Facts of two runs", sides, self.facts.clone()),
                }
                for (title, compared) in &self.texts {
                    ui.add_space(space::M);
                    let changed = changed(compared);
                    let detail = match changed {
                        0 => String::new(),
                        count => format::counted(count, "changed line"),
                    };
                    ui.horizontal(|ui| heading(ui, title, &detail));
                    ui.add_space(space::XS);
                    match (changed, compared.unified.is_empty()) {
                        (_, true) => same(ui, "Neither has one."),
                        (0, false) => same(ui, "The same in both."),
                        _ => diff::side_by_side(ui, title, compared, TEXT_HEIGHT),
                    }
                }
            });
        closed
    }
}

fn same(ui: &mut Ui, words: &str) {
    ui.label(RichText::new(words).color(Theme::of(ui).muted));
}

fn changed(compared: &Compared) -> usize {
    let lines = compared.unified.iter();
    lines.filter(|line| line.change != Change::Same).count()
}

/// What is compared of a run, by name.
fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let result = run.outcome.as_ref().ok();
    let report = result.and_then(|result| result.report.as_ref());
    let time = |ms: Option<f64>| ms.map(format::duration).unwrap_or_default();
    let qualifier = run.request.qualifier.as_deref().unwrap_or("$LATEST");
    let version = result.and_then(|result| result.executed_version.clone());
    let memory = report.and_then(|report| report.max_memory_used_mb);
    vec![
        ("Outcome", outcome(run).1.into_owned()),
        ("Type", type_word(run.request.invocation_type).to_owned()),
        ("Qualifier", qualifier.to_owned()),
        ("Version", version.unwrap_or_default()),
        ("Duration", time(duration(run))),
        ("Billed", time(report.and_then(|report| report.billed_ms))),
        ("Cold start", time(report.and_then(|report| report.init_ms))),
        (
            "Memory used",
            memory.map(|mb| format!("{mb} MB")).unwrap_or_default(),
        ),
    ]
}

fn response(run: &Run) -> Cow<'_, str> {
    match &run.outcome {
        Ok(result) => result.pretty_payload().into(),
        Err(text) => text.as_str().into(),
    }
}

fn event(run: &Run) -> Cow<'_, str> {
    let event = &run.request.payload;
    pretty_json(event).map_or(event.as_str().into(), Cow::Owned)
}

/// The function's own lines: ids, times and the platform's numbers differ in every run.
fn log(run: &Run) -> Cow<'_, str> {
    use crate::model::log::parse::{Platform, text_of, without_escapes};
    let result = run.outcome.as_ref().ok();
    let tail = result.and_then(|result| result.log_tail.as_deref());
    let lines = tail.unwrap_or_default().lines();
    let own = lines.filter(|line| Platform::parse(line).is_none());
    let own: Vec<String> = own
        .map(|line| text_of(&without_escapes(line)).to_owned())
        .collect();
    own.join("\n").into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::invoke::{InvokeRequest, InvokeResult, RunHistory};

    fn run(at: i64, payload: &str, answer: &str, log: &str) -> Run {
        let mut history = RunHistory::default();
        let request = InvokeRequest {
            payload: payload.into(),
            ..InvokeRequest::default()
        };
        let result = InvokeResult {
            status: 200,
            payload: answer.into(),
            log_tail: Some(log.into()),
            round_trip_ms: at as f64,
            ..InvokeResult::default()
        };
        history.push(at, request, Ok(result));
        history.runs.pop_front().unwrap()
    }

    #[test]
    fn two_runs_differ_where_they_do_and_nowhere_else() {
        let id = "79104ad7-1f6b-4b3a-8f3e-0c1d2e3f4a5b";
        let start = format!("START RequestId: {id} Version: 1\n");
        let first = format!("{start}[INFO]\t2026-01-01T00:00:00Z\t{id}\ttook it\n");
        let second =
            "[INFO]\t2026-01-02T00:00:00Z\t89104ad7-1f6b-4b3a-8f3e-0c1d2e3f4a5b\ttook it\n";
        let older = run(5, r#"{"a":1}"#, r#"{"ok":true,"n":1}"#, &first);
        let newer = run(9, r#"{"a":1}"#, r#"{"ok":true,"n":2}"#, second);
        let compared = Comparison::new(&older, &newer);
        let counts: Vec<usize> = compared
            .texts
            .iter()
            .map(|(_, text)| changed(text))
            .collect();
        assert_eq!(
            counts,
            [2, 0, 0],
            "one line of the response, before and after"
        );
        assert!(!compared.facts.is_empty(), "the duration");
        assert!(Comparison::new(&older, &older).facts.is_empty());
    }
}
