//! Every call of this window, newest first: what, how long, how it ended, its request id, its AWS CLI form.

use egui::Ui;

use crate::cloud::observe::CallRecord;
use crate::model::format;
use crate::ui::cx::Cx;
use crate::ui::icons::Icon;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::state::{Empty, empty_state};
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;

const COLUMNS: [Column; 7] = [
    Column::new("time", "Time", 110.0).unsorted(),
    Column::new("operation", "Operation", 240.0).unsorted(),
    Column::new("target", "Asked", 260.0).unsorted(),
    Column::new("status", "Outcome", 170.0).unsorted(),
    Column::new("attempts", "Attempts", 70.0).right().unsorted(),
    Column::new("duration", "Duration", 90.0).right().unsorted(),
    Column::new("request", "Request id", 280.0).unsorted(),
];

/// The part's state between frames.
#[derive(Default)]
pub struct Calls {
    table: TableState,
    seen: u64,
    revision: u64,
    calls: Vec<CallRecord>,
}

struct Shown<'a> {
    calls: &'a [CallRecord],
    zone: &'a format::Zone,
}

impl Shown<'_> {
    fn call(&self, row: usize) -> Option<&CallRecord> {
        self.calls.get(self.calls.len().checked_sub(row + 1)?)
    }
}

impl Rows for Shown<'_> {
    fn count(&self) -> usize {
        self.calls.len()
    }

    fn name(&self, row: usize) -> std::borrow::Cow<'_, str> {
        self.call(row)
            .map(|call| format!("{} {}", call.operation, call.number))
            .unwrap_or_default()
            .into()
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let Some(call) = self.call(row) else { return };
        match column {
            "time" => {
                let at = i64::try_from(call.started_ms).unwrap_or_default();
                cell.muted(&format::clock(at, self.zone));
            }
            "operation" => cell.name(&format!("{} {}", call.service, call.operation)),
            "target" => cell.mono(call.target.as_deref().unwrap_or_default()),
            "status" => match &call.error_code {
                Some(code) => cell.state(Tone::Err, code),
                None => cell.state(
                    Tone::Ok,
                    &call.status.map_or_else(String::new, |s| s.to_string()),
                ),
            },
            "attempts" => cell.muted(&call.attempts.to_string()),
            "duration" => cell.text(&format::duration(call.duration_ms as f64)),
            _ => cell.mono(call.request_id.as_deref().unwrap_or_default()),
        }
    }
}

impl Calls {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if let Some(cloud) = cx.store.cloud() {
            let log = &cloud.hooks().calls;
            if log.revision() != self.revision {
                self.revision = log.revision();
                self.calls.extend(log.since(self.seen));
                self.seen = self.calls.last().map_or(self.seen, |call| call.number);
                let over = self
                    .calls
                    .len()
                    .saturating_sub(crate::cloud::observe::CallLog::KEPT);
                self.calls.drain(..over);
            }
        }
        if self.calls.is_empty() {
            let empty = Empty {
                icon: Icon::SEND,
                title: "No calls yet",
                advice: "Every call to AWS shows here with its duration and request id.",
                action: "",
            };
            empty_state(ui, &empty);
            return;
        }
        let mut rows = Shown {
            calls: &self.calls,
            zone: cx.zone,
        };
        Table::new("Calls", &COLUMNS, &mut self.table).show(ui, &mut rows);
    }
}
