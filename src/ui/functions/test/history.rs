//! The runs of a function, newest first: run one again, or take its event.

use std::borrow::Cow;

use egui::{Align, Layout, Ui};

use super::outcome::heading;
use crate::model::format::{self, Zone};
use crate::model::invoke::{InvocationType, Run, RunHistory};
use crate::ui::icons::Icon;
use crate::ui::theme::space;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;

const COLUMNS: [Column; 6] = [
    Column::new("time", "Time", 150.0).unsorted().required(),
    Column::new("type", "Type", 130.0).unsorted(),
    Column::new("qualifier", "Qualifier", 110.0).unsorted(),
    Column::new("outcome", "Outcome", 220.0).unsorted(),
    Column::new("duration", "Duration", 90.0).unsorted().right(),
    Column::new("event", "Event", 80.0).unsorted().right(),
];

/// What is kept between frames.
#[derive(Default)]
pub struct HistoryPart {
    table: TableState,
}

/// What a person chose, by position in the history.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Show what came of it.
    pub show: Option<usize>,
    /// Run it again as it was.
    pub again: Option<usize>,
    /// Put its event into the editor.
    pub load: Option<usize>,
}

struct RunRows<'a> {
    history: &'a RunHistory,
    now: i64,
    zone: &'a Zone,
    may_run: Result<(), &'a str>,
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
            heading(ui, "Runs", &format!("the last {count}"));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                let load = Button::new("Load event").available(has_event(run)).show(ui);
                if load.clicked() {
                    chosen.load = selected;
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
        ui.add_space(space::XS);
        let mut rows = RunRows {
            history,
            now,
            zone,
            may_run,
            chosen,
        };
        let output = Table::new("Runs", &COLUMNS, &mut self.table)
            .secondary()
            .height(ui.available_height())
            .show(ui, &mut rows);
        let mut chosen = rows.chosen;
        chosen.show = output.selected.or(output.activated);
        chosen
    }

    /// A new run came in at the top.
    pub fn moved_down(&mut self) {
        self.table.selected = None;
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
        let load = ui.add_enabled(has.is_ok(), egui::Button::new("Load event"));
        if load.clicked() {
            self.chosen.load = Some(row);
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

fn outcome(run: &Run) -> (Tone, Cow<'_, str>) {
    match &run.outcome {
        Err(text) => (Tone::Warn, text.as_str().into()),
        Ok(result) => {
            let tone = match (&result.error, result.status) {
                (Some(_), _) => Tone::Err,
                (None, 202) => Tone::Accent,
                (None, 200..=299) => Tone::Ok,
                _ => Tone::Warn,
            };
            (tone, result.headline().into())
        }
    }
}

/// What REPORT says, or else how long the call took.
fn duration(run: &Run) -> Option<f64> {
    let result = run.outcome.as_ref().ok()?;
    let report = result.report.as_ref().and_then(|report| report.duration_ms);
    Some(report.unwrap_or(result.round_trip_ms))
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
