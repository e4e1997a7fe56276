//! The journal: every write that was tried on this machine, with what was there before and Undo where it is known.

use std::borrow::Cow;

use egui::{RichText, ScrollArea, Ui};

use crate::cloud::undo;
use crate::model::format;
use crate::store::journal::Record;
use crate::ui::cx::{Cx, Submission};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::diff;
use crate::ui::widgets::state::{Empty, empty_state};
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;

const COLUMNS: [Column; 5] = [
    Column::new("when", "When", 130.0).unsorted(),
    Column::new("what", "What", 240.0).unsorted(),
    Column::new("target", "On", 240.0).unsorted(),
    Column::new("outcome", "Outcome", 220.0).unsorted(),
    Column::new("connection", "Connection", 160.0).unsorted(),
];

/// The part's state between frames.
#[derive(Default)]
pub struct Journal {
    table: TableState,
    undoing: Option<Submission>,
}

struct Shown<'a> {
    records: Vec<&'a Record>,
    now: i64,
    zone: &'a format::Zone,
}

impl Rows for Shown<'_> {
    fn count(&self) -> usize {
        self.records.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        let record = self.records[row];
        format!("{} {}", record.title, record.at).into()
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let record = self.records[row];
        match column {
            "when" => cell.muted(&format::ago(record.at, self.now, self.zone)),
            "what" => cell.name(&record.title),
            "target" => cell.mono(last_part(&record.target)),
            "outcome" if record.succeeded() => cell.state(Tone::Ok, "Done"),
            "outcome" => cell.state(Tone::Err, &record.outcome),
            _ => cell.muted(&record.connection),
        }
    }
}

fn last_part(arn: &str) -> &str {
    arn.rsplit([':', '/']).next().unwrap_or(arn)
}

impl Journal {
    /// Draws it: the table, and under it the record that is selected.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if cx.store.journal().is_empty() {
            let empty = Empty {
                icon: Icon::HISTORY,
                title: "The journal is empty",
                advice: "Every change that is made from this window is written down here, with what was there before.",
                action: "",
            };
            empty_state(ui, &empty);
            return;
        }
        let selected = self.table.selected.and_then(|row| {
            let journal = cx.store.journal();
            journal.get(journal.len().checked_sub(row + 1)?).cloned()
        });
        if let Some(record) = selected {
            let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(16, 8));
            egui::Panel::bottom("journal record")
                .default_size(240.0)
                .resizable(true)
                .frame(frame)
                .show(ui, |ui| self.detail(ui, &record, cx));
        }
        let mut rows = Shown {
            records: cx.store.journal().iter().rev().collect(),
            now: cx.now,
            zone: cx.zone,
        };
        Table::new("Journal", &COLUMNS, &mut self.table).show(ui, &mut rows);
    }

    fn detail(&mut self, ui: &mut Ui, record: &Record, cx: &mut Cx<'_>) {
        let theme = Theme::of(ui);
        ui.horizontal_wrapped(|ui| {
            self.undo_button(ui, record, cx);
            ui.label(RichText::new(&record.title).font(fonts::semibold(size::BODY)));
            let at = format::time_exact(record.at, cx.zone);
            ui.label(RichText::new(at).color(theme.muted));
            copy_button(ui, "record", || record.line());
        });
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            let facts = [
                ("Target", record.target.as_str()),
                ("Caller", record.caller.as_str()),
                (
                    "Request id",
                    record.request_id.as_deref().unwrap_or_default(),
                ),
                ("Outcome", record.outcome.as_str()),
            ];
            for (name, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
                ui.horizontal(|ui| {
                    ui.label(RichText::new(name).color(theme.muted));
                    ui.label(RichText::new(value).font(fonts::mono(size::SMALL)));
                });
            }
            if !record.differences.is_empty() {
                diff::fields(ui, "Differences", &record.differences);
            }
        });
    }

    /// Undo, or why there is none.
    fn undo_button(&mut self, ui: &mut Ui, record: &Record, cx: &mut Cx<'_>) {
        if !record.succeeded() {
            return;
        }
        let context = cx.connection.cli();
        let action = record
            .undo
            .as_ref()
            .and_then(|undo| undo::action(undo, record, context));
        let region = format!(":{}:", cx.connection.region);
        let here = record.connection == cx.connection.spec.name && record.target.contains(&region);
        let with_variables = record
            .differences
            .iter()
            .any(|difference| difference.field.starts_with("Environment."));
        let undone = cx
            .store
            .journal()
            .iter()
            .any(|later| takes_back(later, record));
        let available = match &action {
            _ if undone => Err("It was taken back already"),
            None if with_variables => {
                Err("Values of variables are never written down, so this cannot be taken back")
            }
            None => Err("How to take this back is not known"),
            Some(_) if !here => Err("Switch to the connection and region that it was made on"),
            Some(_) => cx.may_write(),
        };
        let button = Button::new("Undo").icon(Icon::UNDO_2).available(available);
        if button.show(ui).clicked()
            && let Some(action) = action
        {
            self.undoing = Some(cx.review(action));
        }
    }
}

/// Whether `later` is the record of an undo of `record`.
fn takes_back(later: &Record, record: &Record) -> bool {
    later.succeeded()
        && later.at > record.at
        && later.target == record.target
        && later.title.starts_with("Undo")
        && later.differences.iter().all(|after| {
            record.differences.iter().any(|before| {
                before.field == after.field
                    && before.after == after.before
                    && before.before == after.after
            })
        })
}
