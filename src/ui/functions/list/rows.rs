//! The list's rows as the table asks for them: cells on the screen only.

use std::borrow::Cow;

use egui::Ui;

use crate::model::format::{self, Zone};
use crate::model::function::{Column, Function, LastUpdateStatus, State};
use crate::route::FunctionTab;
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::table::Rows;
use crate::ui::widgets::table_cell::Cell;

use super::super::favourites::Favourites;
use super::columns::property;
use super::metrics::{RowMetrics, RowsMetrics};
use super::order::Order;

/// What a person asked of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowAction {
    /// Show this part of it.
    Open(FunctionTab),
    /// Show it in a tab of its own.
    OpenInNewTab,
    /// Put its name on the clipboard.
    CopyName,
    /// Put its ARN on the clipboard.
    CopyArn,
    /// Mark it, or take the mark away.
    Favourite,
}

/// What the table draws in one frame.
pub struct FunctionRows<'a> {
    /// Which rows.
    pub order: &'a Order,
    /// Their metrics.
    pub metrics: &'a RowsMetrics,
    /// Which are marked.
    pub favourites: &'a Favourites,
    /// ms since the epoch.
    pub now: i64,
    /// For times.
    pub zone: &'a Zone,
    /// What was asked of which row.
    pub action: Option<(usize, RowAction)>,
}

/// How a function is: its colour, its words, and the reason for the hover.
pub fn condition(function: &Function) -> (Tone, Cow<'_, str>, Option<&str>) {
    let cell = Column::State.cell(function, 0, &Zone::Utc);
    let (tone, reason) = match (&function.state, function.last_update_status) {
        (State::Failed, _) => (Tone::Err, &function.state_reason),
        (State::Active, LastUpdateStatus::Failed) => {
            (Tone::Err, &function.last_update_status_reason)
        }
        (State::Active, LastUpdateStatus::InProgress) => {
            (Tone::Accent, &function.last_update_status_reason)
        }
        (State::Pending, _) => (Tone::Accent, &function.state_reason),
        (State::Other(_), _) => (Tone::Warn, &function.state_reason),
        (State::Inactive | State::Active, _) => (Tone::Muted, &function.state_reason),
    };
    (tone, cell.text, reason.as_deref())
}

impl FunctionRows<'_> {
    fn name_cell(&self, function: &Function, cell: &mut Cell<'_>) {
        cell.name(&function.name);
        let stack = self
            .order
            .tags_of(function)
            .and_then(|tags| tags.get("aws:cloudformation:stack-name"));
        if let Some(stack) = stack {
            cell.tag(&format!("stack {stack}"));
        }
    }

    fn star(&mut self, row: usize, function: &Function, cell: &mut Cell<'_>) {
        let on = self.favourites.has(&function.name);
        let name = format!("Favourite {}", function.name);
        let gold = cell.theme().warn;
        if cell.toggle("★", on, gold, &name).clicked() {
            self.action = Some((row, RowAction::Favourite));
        }
    }

    fn state_cell(&self, function: &Function, metrics: Option<&RowMetrics>, cell: &mut Cell<'_>) {
        let (tone, words, reason) = condition(function);
        let trouble = metrics.and_then(|metrics| metrics.trouble.as_deref());
        match trouble {
            Some(trouble) if tone == Tone::Muted => {
                cell.state(Tone::Err, trouble);
                cell.hover(|| format!("{words}; {trouble} in the last three hours"));
            }
            _ => {
                cell.state(tone, &words);
                if let Some(reason) = reason {
                    cell.hover(|| reason.to_owned());
                }
            }
        }
    }

    fn metric_cell(&self, id: &str, metrics: Option<&RowMetrics>, cell: &mut Cell<'_>) {
        let Some(metrics) = metrics else {
            cell.muted("–");
            return;
        };
        let theme = cell.theme();
        match id {
            "invocations" if metrics.invocation_count.is_some() => {
                let label = &metrics.invocations_label;
                cell.sparkline(&metrics.invocations, theme.accent, label);
                cell.hover(|| label.clone());
            }
            "errors" if metrics.error_count.is_some() => {
                let color = if metrics.trouble.is_some() {
                    theme.err
                } else {
                    theme.muted
                };
                let label = &metrics.errors_label;
                cell.sparkline(&metrics.errors, color, label);
                cell.hover(|| label.clone());
            }
            "rate" if metrics.rate_per_s.is_some() => {
                cell.text(&metrics.rate);
                cell.hover(|| metrics.invocations_label.clone());
            }
            "p99" if metrics.p99_ms.is_some() => {
                cell.text(&metrics.p99);
                cell.hover(|| format::duration_exact(metrics.p99_ms.unwrap_or_default()));
            }
            _ => cell.muted("–"),
        }
    }

    fn property_cell(&self, column: Column, function: &Function, cell: &mut Cell<'_>) {
        match column {
            Column::Runtime => cell.mono(&column.cell(function, self.now, self.zone).text),
            Column::Memory => cell.text(&format::megabytes(i64::from(function.memory_mb))),
            Column::EphemeralStorage => {
                cell.text(&format::megabytes(i64::from(function.ephemeral_mb)));
            }
            Column::Timeout => cell.text(&format!("{} s", function.timeout_s)),
            Column::CodeSize => {
                cell.text(&format::bytes(function.code_size));
                cell.hover(|| format::bytes_exact(function.code_size));
            }
            Column::LastModified => match function.last_modified {
                Some(at) => {
                    cell.muted(&format::age(at, self.now, self.zone));
                    cell.hover(|| format::time_exact(at, self.zone));
                }
                None => cell.muted("–"),
            },
            Column::Handler => cell.mono(&column.cell(function, self.now, self.zone).text),
            _ => {
                let content = column.cell(function, self.now, self.zone);
                cell.muted(&content.text);
                if let Some(exact) = content.exact {
                    cell.hover(|| exact);
                }
            }
        }
    }
}

impl Rows for FunctionRows<'_> {
    fn count(&self) -> usize {
        self.order.shown.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        match self.order.row(row) {
            Some(function) => Cow::Borrowed(&function.name),
            None => Cow::Borrowed(""),
        }
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let order = self.order;
        let Some(function) = order.row(row) else {
            return;
        };
        let metrics = self.metrics.get(&function.name).map(|row| row.as_ref());
        match column {
            "favourite" => self.star(row, function, cell),
            "name" => self.name_cell(function, cell),
            "state" => self.state_cell(function, metrics, cell),
            _ => match property(column) {
                Some(property) => self.property_cell(property, function, cell),
                None => self.metric_cell(column, metrics, cell),
            },
        }
    }

    fn has_menu(&self) -> bool {
        true
    }

    fn menu(&mut self, row: usize, ui: &mut Ui) {
        let Some(function) = self.order.row(row) else {
            return;
        };
        let favourite = if self.favourites.has(&function.name) {
            "Remove from favourites"
        } else {
            "Add to favourites"
        };
        let entries = [
            Some(("Open", RowAction::Open(FunctionTab::Overview))),
            Some(("Open in new tab", RowAction::OpenInNewTab)),
            None,
            Some(("Invoke…", RowAction::Open(FunctionTab::Test))),
            Some(("Logs", RowAction::Open(FunctionTab::Logs))),
            Some(("Charts", RowAction::Open(FunctionTab::Monitor))),
            None,
            Some(("Copy name", RowAction::CopyName)),
            Some(("Copy ARN", RowAction::CopyArn)),
            None,
            Some((favourite, RowAction::Favourite)),
        ];
        for entry in entries {
            match entry {
                None => {
                    ui.separator();
                }
                Some((text, action)) => {
                    if ui.button(text).clicked() {
                        self.action = Some((row, action));
                        ui.close();
                    }
                }
            }
        }
    }
}
