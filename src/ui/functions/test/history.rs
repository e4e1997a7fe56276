//! The runs of a function, newest first: look at one, run it again, compare two.

use std::borrow::Cow;

use egui::{Align, Layout, Ui};

use super::outcome::heading;
use crate::model::format::{self, Zone};
use crate::model::invoke::{InvocationType, Run, RunHistory};
use crate::model::log::Outcome as How;
use crate::ui::icons::Icon;
use crate::ui::theme::space;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::in_order::in_order;
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;

const COLUMNS: [Column; 6] = [
    Column::new("time", "Time", 150.0)
        .min(104.0)
        .unsorted()
        .priority(9)
        .required(),
    Column::new("type", "Type", 130.0)
        .min(118.0)
        .unsorted()
        .priority(4),
    Column::new("qualifier", "Qualifier", 110.0)
        .min(90.0)
        .unsorted()
        .priority(5),
    Column::new("outcome", "Outcome", 220.0)
        .min(120.0)
        .whole(160.0)
        .unsorted()
        .priority(9),
    Column::new("duration", "Duration", 90.0)
        .unsorted()
        .right()
        .priority(7),
    Column::new("event", "Event", 80.0)
        .unsorted()
        .right()
        .priority(3),
];

/// What is kept between frames.
#[derive(Default)]
pub struct HistoryPart {
    table: TableState,
    /// The run that the next one is compared with.
    marked: Option<usize>,
}

/// What a person chose, by position in the history.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Show what came of it.
    pub show: Option<usize>,
    /// Run it again as it was.
    pub again: Option<usize>,
    /// Compare it with another one, the older first.
    pub compare: Option<(usize, usize)>,
}

struct RunRows<'a> {
    history: &'a RunHistory,
    now: i64,
    zone: &'a Zone,
    may_run: Result<(), &'a str>,
    selected: Option<usize>,
    chosen: Chosen,
}

impl HistoryPart {
    /// Draws it over the space of `ui`.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        history: &RunHistory,
        now: i64,
        zone: &Zone,
        may_run: Result<(), &str>,
    ) -> Chosen {
        let mut chosen = Chosen::default();
        let count = history.runs.len();
        let selected = self.table.selected.filter(|row| *row < count);
        let run = selected.and_then(|row| history.runs.get(row));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let detail = match (count, self.marked) {
                (0, _) => "none yet".to_owned(),
                (_, Some(_)) => "pick the run to compare it with".to_owned(),
                (count, None) => format!("the last {count}"),
            };
            heading(ui, "Runs", &detail);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                in_order(ui, "with the run", |ui| {
                    ui.spacing_mut().item_spacing.x = space::S;
                    let compare = Button::new("Compare…")
                        .icon(Icon::GIT_COMPARE)
                        .hover("Compares this run with the one that is picked next")
                        .selected(self.marked.is_some())
                        .available(may_compare(count, selected))
                        .show(ui);
                    if compare.clicked() {
                        self.marked = match self.marked {
                            Some(_) => None,
                            None => selected,
                        };
                    }
                    let again = Button::new("Run again")
                        .icon(Icon::ROTATE_CCW)
                        .available(has_event(run).and(may_run))
                        .show(ui);
                    if again.clicked() {
                        chosen.again = selected;
                    }
                });
            });
        });
        ui.add_space(space::XS);
        let mut rows = RunRows {
            history,
            now,
            zone,
            may_run,
            selected,
            chosen,
        };
        let output = Table::new("Runs", &COLUMNS, &mut self.table)
            .secondary()
            .height(ui.available_height())
            .show(ui, &mut rows);
        let mut chosen = rows.chosen;
        chosen.show = output.selected.or(output.activated);
        if let (Some(marked), Some(other)) = (self.marked, chosen.show)
            && marked != other
        {
            chosen.show = None;
            chosen.compare = Some((marked.max(other), marked.min(other)));
        }
        if chosen.compare.is_some() {
            self.marked = None;
        }
        chosen
    }

    /// A new run came in at the top.
    pub fn moved_down(&mut self) {
        self.table.selected = None;
        self.marked = None;
    }
}

fn may_compare(count: usize, selected: Option<usize>) -> Result<(), &'static str> {
    match (count, selected) {
        (0 | 1, _) => Err("There is no other run"),
        (_, None) => Err("Select a run"),
        (_, Some(_)) => Ok(()),
    }
}

fn has_event(run: Option<&Run>) -> Result<(), &'static str> {
    match run {
        None => Err("Select a run"),
        Some(run) if run.payload_dropped => Err("Its event is longer than 64 KB and was not kept"),
        Some(_) => Ok(()),
    }
}

impl Rows for RunRows<'_> {
    fn count(&self) -> usize {
        self.history.runs.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        let run = self.history.runs.get(row);
        run.map_or(Cow::Borrowed(""), |run| {
            format::time_exact(run.at, self.zone).into()
        })
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let Some(run) = self.history.runs.get(row) else {
            return;
        };
        match column {
            "time" => {
                cell.text(&format::ago(run.at, self.now, self.zone));
            }
            "type" => cell.muted(type_word(run.request.invocation_type)),
            "qualifier" => cell.mono(run.request.qualifier.as_deref().unwrap_or("$LATEST")),
            "outcome" => {
                let (tone, word) = outcome(run);
                cell.state(tone, &word);
            }
            "duration" => {
                if let Some(ms) = duration(run) {
                    cell.text(&format::duration(ms));
                }
            }
            _ => match run.payload_dropped {
                true => cell.muted("not kept"),
                false => cell.muted(&format::bytes(run.request.payload.len() as u64)),
            },
        }
    }

    fn menu(&mut self, row: usize, ui: &mut Ui) {
        let has = has_event(self.history.runs.get(row));
        let again = ui.add_enabled(
            has.and(self.may_run).is_ok(),
            egui::Button::new("Run again"),
        );
        if again.clicked() {
            self.chosen.again = Some(row);
            ui.close();
        }
        let other = self.selected.filter(|selected| *selected != row);
        let compare = ui.add_enabled(
            other.is_some(),
            egui::Button::new("Compare with the selected run"),
        );
        if compare.clicked() {
            self.chosen.compare = other.map(|other| (other.max(row), other.min(row)));
            ui.close();
        }
    }

    fn has_menu(&self) -> bool {
        true
    }
}

/// The word of a way to invoke, for people.
pub fn type_word(kind: InvocationType) -> &'static str {
    match kind {
        InvocationType::RequestResponse => "Synchronous",
        InvocationType::Event => "Asynchronous",
        InvocationType::DryRun => "Dry run",
    }
}

/// How a run went, in its colour.
pub fn outcome(run: &Run) -> (Tone, Cow<'_, str>) {
    match &run.outcome {
        Err(text) => (Tone::Warn, text.as_str().into()),
        Ok(result) => {
            let ended = result.followed.as_ref().map(|followed| followed.outcome);
            let tone = match (&result.error, result.status) {
                (Some(_), _) => Tone::Err,
                (None, 202) => match ended {
                    Some(How::Failed | How::TimedOut) => Tone::Err,
                    Some(How::LoggedAnError) => Tone::Warn,
                    Some(How::Succeeded) => Tone::Ok,
                    _ => Tone::Accent,
                },
                (None, 200..=299) => Tone::Ok,
                _ => Tone::Warn,
            };
            (tone, result.headline().into())
        }
    }
}

/// What REPORT says, or else how long the call took; that of a queued event says nothing of its run.
pub fn duration(run: &Run) -> Option<f64> {
    let result = run.outcome.as_ref().ok()?;
    let report = result.report.as_ref().and_then(|report| report.duration_ms);
    match result.status {
        202 | 204 => report,
        _ => Some(report.unwrap_or(result.round_trip_ms)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::model::invoke::{FunctionError, InvokeRequest, InvokeResult};

    fn run(outcome: Result<InvokeResult, String>) -> Run {
        let mut history = RunHistory::default();
        history.push(1, InvokeRequest::default(), outcome);
        history.runs.pop_front().unwrap()
    }

    #[test]
    fn an_outcome_has_its_tone_and_its_word() {
        let failed = InvokeResult {
            status: 200,
            error: Some(FunctionError {
                error_type: "KeyError".into(),
                ..FunctionError::default()
            }),
            ..InvokeResult::default()
        };
        let failed = run(Ok(failed));
        assert_eq!(outcome(&failed), (Tone::Err, "Failed: KeyError".into()));
        let refused = run(Err("Rate exceeded".into()));
        assert_eq!(outcome(&refused), (Tone::Warn, "Rate exceeded".into()));
        assert_eq!(duration(&refused), None);
        let queued = run(Ok(InvokeResult {
            status: 202,
            round_trip_ms: 2.7,
            ..InvokeResult::default()
        }));
        assert_eq!(duration(&queued), None, "the round trip is not the run");
        assert_eq!(may_compare(2, Some(0)), Ok(()));
        assert!(may_compare(1, Some(0)).is_err() && may_compare(3, None).is_err());
    }

    #[test]
    fn a_run_whose_event_was_not_kept_cannot_be_run_again_and_says_why() {
        let mut run = run(Err(String::new()));
        assert_eq!(has_event(Some(&run)), Ok(()));
        run.payload_dropped = true;
        assert!(has_event(Some(&run)).unwrap_err().contains("64 KB"));
        assert!(has_event(None).is_err());
    }
}
