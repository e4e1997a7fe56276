//! The rows that are shown, saved as CSV: the text is made and written by a job, off the frame path.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::Context;

use crate::cloud::lambda::functions::FunctionList;
use crate::model::csv;
use crate::model::error::{CloudError, ErrorKind};
use crate::model::function::{Column as Property, Function};
use crate::store::Ticket;
use crate::ui::cx::{Cx, Message};
use crate::ui::widgets::file_dialog::{FileDialog, Request};
use crate::ui::widgets::table::TableState;

use super::columns::{COLUMNS, property};
use super::metrics::{RowMetrics, RowsMetrics};
use super::order::Order;

/// What is saved: taken when the button was pressed, so that it is what was on the screen.
pub struct Rows {
    list: Arc<FunctionList>,
    order: Vec<u32>,
    metrics: HashMap<String, Arc<RowMetrics>>,
    columns: Vec<&'static str>,
}

impl Rows {
    /// The rows and columns that are shown.
    pub fn of(order: &Order, metrics: &RowsMetrics, table: &TableState) -> Self {
        let shown = COLUMNS.iter().filter(|column| table.shows(column));
        let rows = (0..order.shown.len()).filter_map(|row| order.row(row));
        Self {
            list: order.list.clone(),
            order: order.shown.clone(),
            metrics: rows
                .filter_map(|function| {
                    let known = metrics.get(&function.name)?;
                    Some((function.name.clone(), known.clone()))
                })
                .collect(),
            columns: shown
                .map(|column| column.id)
                // The rate is the invocations again.
                .filter(|id| !matches!(*id, "favourite" | "rate"))
                .collect(),
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        csv::push_row(&mut text, self.columns.iter().map(|id| title(id)));
        let rows = self.order.iter();
        for function in rows.filter_map(|row| self.list.rows.get(*row as usize)) {
            let cells = self.columns.iter().map(|id| self.cell(id, function));
            csv::push_row(&mut text, cells);
        }
        text
    }

    fn cell(&self, id: &str, function: &Function) -> String {
        if let Some(property) = property(id) {
            return property.exact(function).into_owned();
        }
        let metrics = self.metrics.get(&function.name);
        let value = metrics.and_then(|metrics| match id {
            "invocations" => metrics.invocation_count,
            "errors" => metrics.error_count,
            _ => metrics.p99_ms,
        });
        value.map(|value| value.to_string()).unwrap_or_default()
    }
}

fn title(id: &str) -> &'static str {
    match id {
        "invocations" => "Invocations in 3 h",
        "errors" => "Errors in 3 h",
        "p99" => "Duration p99 in 3 h (ms)",
        _ => property(id).map_or("", Property::csv_title),
    }
}

/// An export under way.
#[derive(Default)]
pub struct Export {
    dialog: FileDialog,
    rows: Option<Rows>,
    writing: Option<Ticket<(PathBuf, usize)>>,
}

impl Export {
    /// Asks where to.
    pub fn open(&mut self, cx: &mut Cx<'_>, rows: Rows) {
        self.rows = Some(rows);
        let region = &cx.connection.region;
        let name = format!("functions-{region}.csv");
        self.dialog
            .open(cx.store, Request::save("Export functions", "CSV", &name));
    }

    /// It asks or writes.
    pub fn is_busy(&self) -> bool {
        self.dialog.is_open() || self.writing.is_some()
    }

    /// To be called on every frame.
    pub fn show(&mut self, ctx: &Context, cx: &mut Cx<'_>) {
        if let Some(path) = self.dialog.show(ctx, cx.store)
            && let Some(rows) = self.rows.take()
        {
            let write = async move { save(&path, &rows).map(|()| (path, rows.order.len())) };
            self.writing = Some(cx.store.job(true, write));
        }
        let Some(done) = self.writing.as_ref().and_then(|t| cx.store.collect(t)) else {
            return;
        };
        self.writing = None;
        match done {
            Ok((path, count)) => {
                let title = match count {
                    1 => "1 function saved".to_owned(),
                    _ => format!("{count} functions saved"),
                };
                cx.toast(title, path.display().to_string());
            }
            Err(error) => cx.messages.push(Message::Error(error)),
        }
    }
}

fn save(path: &Path, rows: &Rows) -> Result<(), CloudError> {
    std::fs::write(path, rows.text()).map_err(|error| {
        let message = format!("{} could not be written: {error}", path.display());
        CloudError::local("Export CSV", ErrorKind::Other, message)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn rows_are_saved_as_they_are_shown_with_exact_values() {
        let function = |name: &str| {
            Arc::new(Function {
                name: name.into(),
                runtime: Some("python3.13".into()),
                memory_mb: 256,
                timeout_s: 10,
                ..Function::default()
            })
        };
        let known = RowMetrics {
            invocation_count: Some(1080.0),
            error_count: Some(41.0),
            p99_ms: Some(829.5),
            ..RowMetrics::default()
        };
        let rows = Rows {
            list: Arc::new(FunctionList {
                rows: vec![function("a"), function("b")],
            }),
            order: vec![1, 0],
            metrics: [("b".to_owned(), Arc::new(known))].into(),
            columns: vec![
                "name",
                "runtime",
                "memory",
                "invocations",
                "errors",
                "p99",
                "state",
            ],
        };
        assert_eq!(
            rows.text(),
            "Name,Runtime,Memory (MB),Invocations in 3 h,Errors in 3 h,Duration p99 in 3 h (ms),State\r\n\
             b,python3.13,256,1080,41,829.5,Active\r\n\
             a,python3.13,256,,,,Active\r\n"
        );
    }
}
