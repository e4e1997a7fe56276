//! The rows as the table asks for them: cells on the screen only. And a row as the filter asks for it, by its columns.

use std::borrow::Cow;

use egui::{Context, Ui};

use super::figures::{self, Figures};
use super::order::Order;
use super::{Around, Entry, FAVOURITE, Kind, favourites::Favourites};
use crate::model::filter::Searched;
use crate::model::format::Zone;
use crate::model::text::contains;
use crate::ui::cx::{Cx, Message};
use crate::ui::widgets::table::{Column, Rows};
use crate::ui::widgets::table_cell::Cell;

/// What a person asked of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Show it.
    Open,
    /// Show it in a tab of its own.
    OpenInNewTab,
    /// An entry of the kind's own: group and place.
    Entry(usize, usize),
    /// Show what of it failed.
    Failures,
    /// Mark it, or take the mark away.
    Favourite,
}

impl Action {
    /// Does it.
    pub fn run<K: Kind>(
        self,
        row: &K::Row,
        favourites: Option<&Favourites>,
        ctx: &Context,
        cx: &mut Cx<'_>,
    ) {
        match self {
            Self::Open => {
                if let Some(route) = K::route(row) {
                    cx.open(route);
                }
            }
            Self::OpenInNewTab => cx.messages.extend(K::route(row).map(Message::OpenInNewTab)),
            Self::Failures => {
                if let Some(route) = K::failures(row) {
                    cx.open(route);
                }
            }
            Self::Entry(group, at) => (K::ENTRIES[group][at].act)(row, ctx, cx),
            Self::Favourite => {
                if let Some(favourites) = favourites {
                    favourites.toggle(ctx, cx, &K::key(row));
                }
            }
        }
    }
}

/// What the table draws in one frame.
pub struct Shown<'a, K: Kind> {
    /// What draws cells.
    pub kind: &'a K,
    /// Which rows.
    pub order: &'a Order<K>,
    /// Their metrics.
    pub figures: &'a Figures<K>,
    /// Which are marked.
    pub favourites: Option<&'a Favourites>,
    /// ms since the epoch.
    pub now: i64,
    /// For times.
    pub zone: &'a Zone,
    /// What was asked of which row.
    pub action: Option<(usize, Action)>,
}

impl<K: Kind> Shown<'_, K> {
    fn star(&mut self, at: usize, name: &str, cell: &mut Cell<'_>) {
        let on = self.favourites.is_some_and(|marked| marked.has(name));
        let gold = cell.theme().warn;
        let label = format!("Favourite {name}");
        let sign = if on { "★" } else { "☆" };
        if cell.toggle(sign, on, gold, &label).clicked() {
            self.action = Some((at, Action::Favourite));
        }
    }
}

impl<K: Kind> Rows for Shown<'_, K> {
    fn count(&self) -> usize {
        self.order.shown.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        self.order.row(row).map(K::key).unwrap_or_default()
    }

    fn said(&self, row: usize) -> Cow<'_, str> {
        let row = self.order.row(row);
        row.map(|row| K::said(row, self.zone)).unwrap_or_default()
    }

    fn cell(&mut self, at: usize, column: &'static str, cell: &mut Cell<'_>) {
        let order = self.order;
        let Some(row) = order.row(at) else { return };
        if column == FAVOURITE {
            self.star(at, &K::key(row), cell);
            return;
        }
        let known = match K::MEASURES {
            [] => None,
            _ => self.figures.get(&K::key(row)),
        };
        if let Some(figure) = figures::of_column::<K>(column) {
            let key = K::failures(row).is_some().then(|| K::key(row));
            if figures::draw::<K>(figure, known, key.as_deref(), cell) {
                self.action = Some((at, Action::Failures));
            }
            return;
        }
        let around = Around {
            now: self.now,
            zone: self.zone,
            figures: known,
        };
        self.kind.cell(row, column, cell, &around);
    }

    fn has_menu(&self) -> bool {
        let opens = self.order.row(0).and_then(K::route).is_some();
        opens || !K::ENTRIES.is_empty() || self.favourites.is_some()
    }

    fn menu(&mut self, at: usize, ui: &mut Ui) {
        let Some(row) = self.order.row(at) else {
            return;
        };
        let mut groups: Vec<Vec<(&str, Action)>> = Vec::new();
        if K::route(row).is_some() {
            let open = [
                ("Open", Action::Open),
                ("Open in new tab", Action::OpenInNewTab),
            ];
            groups.push(open.to_vec());
        }
        let own = |(group, entries): (usize, &&[Entry<K::Row>])| {
            let entries = entries.iter().enumerate();
            let entries = entries.map(move |(at, entry)| (entry.text, Action::Entry(group, at)));
            entries.collect()
        };
        groups.extend(K::ENTRIES.iter().enumerate().map(own));
        if let Some(favourites) = self.favourites {
            let text = match favourites.has(&K::key(row)) {
                true => "Remove from favourites",
                false => "Add to favourites",
            };
            groups.push(vec![(text, Action::Favourite)]);
        }
        for (number, group) in groups.into_iter().enumerate() {
            if number > 0 {
                ui.separator();
            }
            for (text, action) in group {
                if ui.button(text).clicked() {
                    self.action = Some((at, action));
                    ui.close();
                }
            }
        }
    }
}

/// A row as the filter sees it where its kind says nothing else: the exact values of its columns.
pub struct ByColumns<'a, K: Kind>(pub &'a K::Row);

impl<K: Kind> Searched for ByColumns<'_, K> {
    fn has_word(&self, word: &str) -> bool {
        let titled = |column: &&Column| !column.title.is_empty();
        let mut columns = K::COLUMNS.iter().filter(titled);
        columns.any(|column| contains(&K::exact(self.0, column.id), word))
    }

    fn has(&self, key: &str, value: &str) -> bool {
        contains(&K::exact(self.0, key), value)
    }

    fn number(&self, key: &str) -> Option<u64> {
        K::exact(self.0, key).parse().ok()
    }
}
