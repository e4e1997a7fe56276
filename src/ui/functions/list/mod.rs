//! Every function of the region, as a table.

mod columns;
mod export;
mod metrics;
mod order;
mod rows;
mod toolbar;

use std::sync::Arc;

use egui::{Key, Modifiers, Ui};
use serde::{Deserialize, Serialize};

use crate::cloud::lambda::functions::{FunctionList, ListFunctions};
use crate::cloud::tagging::FunctionTags;
use crate::command::Command;
use crate::route::{FunctionTab, Route};
use crate::settings::Settings;
use crate::store::Loadable;
use crate::ui::cx::{CloudStore, Cx, Message, Panel};
use crate::ui::icons::Icon;
use crate::ui::widgets::state::{self, Empty};
use crate::ui::widgets::table::{Sort, Table, TableState};

use super::favourites::Favourites;
use metrics::RowsMetrics;
use order::{Order, Wish};
pub use rows::condition;
use rows::{FunctionRows, RowAction};

const KEY: &str = "functions.list";
/// While pages come, rows are put in order again no more often than this, in ms.
const REORDER_MS: i64 = 250;

/// What is kept between sessions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    table: TableState,
    filter: String,
    runtime: Option<String>,
    state: Option<String>,
}

/// The list's state between frames.
pub struct List {
    kept: Kept,
    saved: Kept,
    order: Order,
    ordered_at: i64,
    metrics: RowsMetrics,
    export: export::Export,
}

impl List {
    /// With what the person chose before.
    pub fn new(settings: &Settings) -> Self {
        let mut kept: Kept = settings.get(KEY).unwrap_or_default();
        kept.table.sort.get_or_insert_with(|| Sort {
            column: "name".to_owned(),
            descending: false,
        });
        Self {
            saved: kept.clone(),
            kept,
            order: Order::default(),
            ordered_at: 0,
            metrics: RowsMetrics::default(),
            export: export::Export::default(),
        }
    }

    fn reorder(
        &mut self,
        ui: &Ui,
        list: &Loadable<FunctionList>,
        favourites: &Favourites,
        cx: &mut Cx<'_>,
    ) {
        let tags = cx.store.want(&FunctionTags {}, cx.now);
        let Some(rows) = list.shown() else {
            // Another connection: its rows must not show under this one's name, not even for a frame.
            self.order = Order::default();
            return;
        };
        let same_list = Arc::ptr_eq(rows, &self.order.list);
        let waited = cx.now - self.ordered_at;
        if !same_list && list.value.is_none() && waited < REORDER_MS && !self.order.shown.is_empty()
        {
            let left = u64::try_from(REORDER_MS - waited).unwrap_or_default();
            ui.ctx()
                .request_repaint_after(std::time::Duration::from_millis(left));
            return;
        }
        let (key, descending) = columns::sorting(self.kept.table.sort.as_ref());
        let wish = Wish {
            filter: self.kept.filter.clone(),
            runtime: self.kept.runtime.clone(),
            state: self.kept.state.clone(),
            key,
            descending,
            favourites: favourites.version,
            metrics: match key {
                columns::Key::Metric(_) => self.metrics.version,
                columns::Key::Of(_) => 0,
            },
        };
        let metrics = &self.metrics;
        let context = order::Context {
            favourite: &|name| favourites.has(name),
            metrics: &|name| metrics.get(name).cloned(),
        };
        if self.order.update(rows, tags.value.as_ref(), wish, &context) && !same_list {
            self.ordered_at = cx.now;
        }
    }

    fn table(&mut self, ui: &mut Ui, favourites: &Favourites, cx: &mut Cx<'_>) {
        let mut rows = FunctionRows {
            order: &self.order,
            metrics: &self.metrics,
            favourites,
            now: cx.now,
            zone: cx.zone,
            action: None,
        };
        let output = Table::new("Functions", &columns::COLUMNS, &mut self.kept.table)
            .open_on_click()
            .show(ui, &mut rows);
        let action = rows.action.take();
        self.ask_metrics(ui, output.visible, cx);
        if let Some(row) = output.activated
            && let Some(function) = self.order.row(row)
        {
            let route = Route::function(&function.name);
            if ui.input(|input| input.modifiers.command) {
                cx.messages.push(Message::OpenInNewTab(route));
            } else {
                cx.open(route);
            }
        }
        if let Some((row, action)) = action {
            self.act(ui, row, action, favourites, cx);
        }
        let escape = !self.kept.filter.is_empty()
            && cx.active
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        if escape {
            self.kept.filter.clear();
        }
    }

    fn ask_metrics(&mut self, ui: &Ui, visible: std::ops::Range<usize>, cx: &mut Cx<'_>) {
        if !columns::shows_metrics(&self.kept.table) {
            return;
        }
        let order = &self.order;
        let (key, _) = columns::sorting(self.kept.table.sort.as_ref());
        // To sort by a metric one must know it of every row; of more than one call's worth one does not.
        let all =
            matches!(key, columns::Key::Metric(_)) && order.shown.len() <= metrics::MOST_A_BATCH;
        let (visible, version) = if all {
            (0..order.shown.len(), 0)
        } else {
            (visible, order.version)
        };
        let names = || {
            let rows = visible.clone().filter_map(|row| order.row(row));
            rows.map(|function| function.name.as_str()).collect()
        };
        if let Some(wait) = self.metrics.ask(cx, version, visible.clone(), names) {
            let wait = std::time::Duration::from_millis(u64::try_from(wait).unwrap_or_default());
            ui.ctx().request_repaint_after(wait);
        }
    }

    fn act(
        &self,
        ui: &Ui,
        row: usize,
        action: RowAction,
        favourites: &Favourites,
        cx: &mut Cx<'_>,
    ) {
        let Some(function) = self.order.row(row) else {
            return;
        };
        let name = &function.name;
        match action {
            RowAction::Open(tab) => cx.open(Route::function_tab(name, tab)),
            RowAction::OpenInNewTab => {
                let route = Route::function_tab(name, FunctionTab::Overview);
                cx.messages.push(Message::OpenInNewTab(route));
            }
            RowAction::CopyName => ui.ctx().copy_text(name.clone()),
            RowAction::CopyArn => ui.ctx().copy_text(function.arn.clone()),
            RowAction::Favourite => favourites.toggle(ui.ctx(), cx, name),
        }
    }

    fn nothing_matches(&mut self, ui: &mut Ui) {
        let empty = Empty {
            icon: Icon::LIST_FILTER,
            title: "No function matches",
            advice: "The filter or a choice beside it hides every function of the region.",
            action: "Show all",
        };
        if state::empty_state(ui, &empty) {
            self.kept.filter.clear();
            self.kept.runtime = None;
            self.kept.state = None;
        }
    }
}

impl Panel for List {
    fn ui(&mut self, ui: &mut Ui, _route: &Route, cx: &mut Cx<'_>) {
        let favourites = Favourites::of(ui.ctx(), cx);
        let list = cx.store.want(&ListFunctions {}, cx.now);
        self.toolbar(ui, &list, cx);
        self.reorder(ui, &list, &favourites, cx);
        self.notes(ui, cx);
        let title = format!("No functions in {}", cx.connection.region);
        let empty = Empty {
            icon: Icon::SQUARE_FUNCTION,
            title: &title,
            advice: "Functions that a stack, the AWS CLI or another tool creates show here. Another region or profile is \
                     chosen in the top bar.",
            action: "Switch connection",
        };
        let no_rows = |list: &FunctionList| list.rows.is_empty();
        let shown = state::show(ui, "functions", &list, &empty, no_rows, |ui, _| {
            if self.order.shown.is_empty() && self.order.is_filtered() {
                self.nothing_matches(ui);
            } else {
                self.table(ui, &favourites, cx);
            }
        });
        if shown.retry {
            // Whatever made the list fail (a session, a network) made its metrics and tags fail too.
            cx.store.refresh();
        }
        if shown.sign_in {
            cx.messages.push(Message::SignIn);
        }
        if shown.action {
            cx.messages.push(Message::Run(Command::Connect));
        }
        self.export.show(ui.ctx(), cx);
        if self.kept != self.saved && !ui.input(|input| input.pointer.any_down()) {
            self.saved = self.kept.clone();
            cx.settings.set(KEY, &self.kept);
        }
    }

    fn settled(&self, _route: &Route, store: &CloudStore) -> bool {
        let list = store.peek(&ListFunctions {});
        let listed = match &list.value {
            Some(list) => list.rows.is_empty() || self.metrics.settled(store),
            None => false,
        };
        listed || (list.error.is_some() && !list.loading)
    }
}
