//! The rows that are shown, saved as CSV: the text is made and written by a job, off the frame path.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::Context;

use super::figures::{self, Figures, RowFigures};
use super::order::Order;
use super::{FAVOURITE, Kind};
use crate::model::csv;
use crate::model::error::{CloudError, ErrorKind};
use crate::model::metric::Span;
use crate::store::Ticket;
use crate::ui::cx::{Cx, Message};
use crate::ui::widgets::file_dialog::{FileDialog, Request};
use crate::ui::widgets::table::{Column, TableState};

/// What is saved: taken when the button was pressed, so that it is what was on the screen.
pub struct Rows<K: Kind> {
    source: Arc<K::Source>,
    order: Vec<u32>,
    figures: HashMap<String, Arc<RowFigures>>,
    columns: Vec<&'static Column>,
    span: Span,
}

impl<K: Kind> Rows<K> {
    /// The rows and columns that are shown.
    pub fn of(order: &Order<K>, figures: &Figures<K>, table: &TableState) -> Self {
        let rows = (0..order.shown.len()).filter_map(|row| order.row(row));
        let known = |row: &K::Row| {
            let key = K::key(row);
            Some((key.clone().into_owned(), figures.shared(&key)?.clone()))
        };
        let worth = |column: &&Column| {
            let figure = figures::of_column::<K>(column.id);
            let told_elsewhere = figure.is_some_and(|at| K::FIGURES[at].csv.is_empty());
            let beside = column.id == FAVOURITE || K::BESIDE.contains(&column.id);
            table.shows(column) && !beside && !told_elsewhere
        };
        Self {
            source: order.source().clone(),
            order: order.shown.clone(),
            figures: rows.filter_map(known).collect(),
            columns: K::COLUMNS.iter().filter(worth).collect(),
            span: figures.span.unwrap_or_default(),
        }
    }

    /// The whole file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        csv::push_row(
            &mut text,
            self.columns.iter().map(|column| self.title(column)),
        );
        let rows = K::rows(&self.source);
        for row in self.order.iter().filter_map(|row| rows.get(*row as usize)) {
            let known = self.figures.get(K::key(row).as_ref());
            let cells =
                self.columns
                    .iter()
                    .map(|column| match figures::of_column::<K>(column.id) {
                        Some(figure) => known
                            .and_then(|known| known.value(figure))
                            .map(|value| value.to_string())
                            .unwrap_or_default()
                            .into(),
                        None => K::exact(row, column.id),
                    });
            csv::push_row(&mut text, cells);
        }
        text
    }

    /// As "Errors in 3 h".
    fn title(&self, column: &Column) -> Cow<'static, str> {
        match figures::of_column::<K>(column.id) {
            Some(figure) => K::FIGURES[figure]
                .csv
                .replace("{}", self.span.words())
                .into(),
            None => K::csv_title(column).into(),
        }
    }
}

/// An export under way.
pub struct Export<K: Kind> {
    dialog: FileDialog,
    rows: Option<Rows<K>>,
    writing: Option<Ticket<(PathBuf, usize)>>,
}

impl<K: Kind> Default for Export<K> {
    fn default() -> Self {
        Self {
            dialog: FileDialog::default(),
            rows: None,
            writing: None,
        }
    }
}

impl<K: Kind> Export<K> {
    /// Asks where to.
    pub fn open(&mut self, cx: &mut Cx<'_>, rows: Rows<K>) {
        self.rows = Some(rows);
        let (many, region) = (K::TEXTS.many, &cx.connection.region);
        let name = format!("{}-{region}.csv", many.replace(' ', "-"));
        let title = format!("Export {many}");
        self.dialog
            .open(cx.store, Request::save(&title, "CSV", &name));
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
                    1 => format!("1 {} saved", K::TEXTS.one),
                    _ => format!("{count} {} saved", K::TEXTS.many),
                };
                cx.toast(title, path.display().to_string());
            }
            Err(error) => cx.messages.push(Message::Error(error)),
        }
    }
}

fn save<K: Kind>(path: &Path, rows: &Rows<K>) -> Result<(), CloudError> {
    std::fs::write(path, rows.text()).map_err(|error| {
        let message = format!("{} could not be written: {error}", path.display());
        CloudError::local("Export CSV", ErrorKind::Other, message)
    })
}
