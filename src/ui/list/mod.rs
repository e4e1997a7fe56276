//! One list: filter line, choices, sorting, chosen columns, favourites, metrics of the rows, CSV, and what shows while there
//! is nothing to show. It is told by a [`Kind`] what a row is, and knows no service; a screen with rows is a kind of its own
//! and nothing else.

mod around;
mod bar;
mod export;
pub mod favourites;
mod figures;
mod order;
mod rows;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use egui::{Key, Modifiers, Ui};
use serde::{Deserialize, Serialize};

use crate::command::Command;
use crate::model::error::CloudError;
use crate::model::filter::{self, Filter};
use crate::model::format;
use crate::model::metric::MetricQuery;
use crate::model::text::natural;
use crate::model::topic::Topic;
use crate::route::Route;
use crate::settings::Settings;
use crate::store::Loadable;
use crate::ui::cx::{CloudStore, Cx, Message, Panel};
use crate::ui::icons::Icon;
use crate::ui::widgets::state::{self, Empty};
use crate::ui::widgets::table::{Column, Sort, Table, TableState};
use crate::ui::widgets::table_cell::Cell;

pub use around::Around;
pub use figures::{Figure, Measure, RowFigures, Show};

use favourites::Favourites;
use figures::Figures;
use order::{Order, Wish};

/// While pages come, rows are put in order again no more often than this, in ms.
const REORDER_MS: i64 = 250;
/// The column of the star.
pub const FAVOURITE: &str = "favourite";

/// The list's own words.
pub struct Texts {
    /// What is kept of it in the settings stands under this.
    pub key: &'static str,
    /// What a screen reader says, as "Functions"; unique on the panel.
    pub name: &'static str,
    /// As "function".
    pub one: &'static str,
    /// As "functions".
    pub many: &'static str,
    /// What the empty filter says, as "name, runtime, tag:team=shop".
    pub hint: &'static str,
}

/// A drop-down that leaves the rows of one value.
pub struct Choice<R> {
    /// Stands for it in the settings.
    pub id: &'static str,
    /// As "Runtime".
    pub title: &'static str,
    /// A row's value, in the words of its cell.
    pub of: fn(&R) -> Cow<'_, str>,
}

impl<R> Choice<R> {
    /// A choice kept under `id`.
    pub const fn new(id: &'static str, title: &'static str, of: fn(&R) -> Cow<'_, str>) -> Self {
        Self { id, title, of }
    }
}

/// A switch that leaves the rows of which something holds.
pub struct Chip<K: Kind> {
    /// Stands for it in the settings.
    pub id: &'static str,
    /// As "Not deployed"; how many rows there are follows it.
    pub title: &'static str,
    /// See [`Icon`].
    pub icon: &'static str,
    /// Why one would press it.
    pub hover: &'static str,
    /// Whether it holds of a row; none while that is not known.
    pub holds: fn(&K, &K::Row) -> Option<bool>,
}

/// An entry of a row's menu, after Open and before Favourite.
pub struct Entry<R> {
    /// As "Copy ARN".
    pub text: &'static str,
    /// What it does.
    pub act: fn(&R, &egui::Context, &mut Cx<'_>),
}

impl<R> Entry<R> {
    /// An entry with these words.
    pub const fn new(text: &'static str, act: fn(&R, &egui::Context, &mut Cx<'_>)) -> Self {
        Self { text, act }
    }
}

/// What the list says where there are no rows.
pub struct Nothing {
    /// See [`Icon`].
    pub icon: &'static str,
    /// As "No functions in eu-west-1".
    pub title: String,
    /// What to do next.
    pub advice: &'static str,
    /// The button that does it.
    pub command: Option<Command>,
}

/// What lacks on the list and why, in one quiet line; the rows stay.
pub struct Note {
    /// As "Metrics are not shown".
    pub what: &'static str,
    /// Why.
    pub error: Arc<CloudError>,
    /// What is asked again by its button.
    pub again: Topic,
}

/// What a row is. Everything but `want` is a pure function of rows; state is only what `want` has brought.
pub trait Kind: Default + 'static {
    /// One row, cheap to point at.
    type Row: Send + Sync + 'static;
    /// All of them.
    type Source: Default + Send + Sync + 'static;

    /// Its words.
    const TEXTS: Texts;
    /// Every column, in the order of the screen; the first with a title is the row's name.
    const COLUMNS: &'static [Column];
    /// Sorted by this at first; true for largest first.
    const SORT: (&'static str, bool);
    /// Drop-downs beside the filter.
    const CHOICES: &'static [Choice<Self::Row>] = &[];
    /// Switches beside the filter.
    const CHIPS: &'static [Chip<Self>] = &[];
    /// Entries of a row's menu; a divider stands before each group.
    const ENTRIES: &'static [&'static [Entry<Self::Row>]] = &[];
    /// What is read of CloudWatch for each row that is on the screen.
    const MEASURES: &'static [Measure] = &[];
    /// The columns that show it.
    const FIGURES: &'static [Figure] = &[];
    /// Columns of what is worked out beside the rows: no part of a row, and so not of CSV.
    const BESIDE: &'static [&'static str] = &[];
    /// Favourites are kept in the settings under this, by account and region.
    const FAVOURITES: Option<&'static str> = None;
    /// Makes a new one.
    const CREATE: Option<Command> = None;
    /// For the filter's help.
    const EXAMPLES: &'static [(&'static str, &'static str)] = &[];

    /// Asks for the rows, and for what cells need besides; on every frame.
    fn want(&mut self, cx: &mut Cx<'_>) -> Loadable<Self::Source>;

    /// Draws what stands above the rows, where something does; on every frame.
    fn above(&mut self, _ui: &mut Ui, _source: &Self::Source, _cx: &mut Cx<'_>) {}

    /// What the selected row is made of, below the rows; so high, in points. None where there is nothing to look into.
    const BELOW: Option<f32> = None;

    /// Draws what the selected row is made of.
    fn below(&mut self, _ui: &mut Ui, _row: &Self::Row, _around: &Around<'_>, _cx: &mut Cx<'_>) {}

    /// Everything that the first rows need has come, or has failed to.
    fn settled(&self, store: &CloudStore) -> bool;

    /// Grows or changes with what cells and filter need besides the rows.
    fn version(&self) -> usize {
        0
    }

    /// The rows.
    fn rows(source: &Self::Source) -> &[Self::Row];

    /// What a row is found by; unique.
    fn key(row: &Self::Row) -> Cow<'_, str>;

    /// Its name for screen readers.
    fn said<'a>(row: &'a Self::Row, _zone: &format::Zone) -> Cow<'a, str> {
        Self::key(row)
    }

    /// The exact value of a cell, as CSV has it.
    fn exact<'a>(row: &'a Self::Row, column: &str) -> Cow<'a, str>;

    /// The header in CSV, with the unit.
    fn csv_title(column: &Column) -> &'static str {
        column.title
    }

    /// The order of two rows by this column alone, ascending.
    fn compare(column: &str, a: &Self::Row, b: &Self::Row) -> Ordering {
        natural(&Self::exact(a, column), &Self::exact(b, column))
    }

    /// Draws a cell; stars and figures are drawn by the list.
    fn cell(&self, row: &Self::Row, column: &str, cell: &mut Cell<'_>, around: &Around<'_>);

    /// The key of a filter, as it is typed before the colon: by default a column's id.
    fn filter_key(typed: &str) -> Option<(&'static str, filter::Sort)> {
        let column = Self::COLUMNS.iter().find(|column| column.id == typed)?;
        let sort = match column.right {
            true => filter::Sort::Number,
            false => filter::Sort::Text,
        };
        Some((column.id, sort))
    }

    /// Whether the row passes: by default a word may stand in any column.
    fn passes(&self, row: &Self::Row, filter: &Filter) -> bool {
        filter.holds(&rows::ByColumns::<Self>(row))
    }

    /// What lacks besides the rows themselves.
    fn note(&self, _filter: &Filter, _store: &CloudStore) -> Option<Note> {
        None
    }

    /// What the list says where there are no rows.
    fn nothing(cx: &Cx<'_>) -> Nothing;

    /// What a row opens; none for a row that is only looked at.
    fn route(_row: &Self::Row) -> Option<Route> {
        None
    }

    /// What the failures of a row lead to; none where nothing tells of them.
    fn failures(_row: &Self::Row) -> Option<Route> {
        None
    }

    /// The query of a row's measure.
    fn measured(_row: &Self::Row, _measure: &Measure, _id: String) -> Option<MetricQuery> {
        None
    }
}

/// What is kept between sessions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    table: TableState,
    filter: String,
    /// Only rows of which something failed.
    failing: bool,
    /// The switches that are on.
    chips: Vec<String>,
    /// What the selected row is made of is not wanted.
    shut: bool,
    /// By the choice's id.
    #[serde(flatten)]
    choices: BTreeMap<String, Option<String>>,
}

/// The list's state between frames.
pub struct List<K: Kind> {
    kind: K,
    kept: Kept,
    saved: Kept,
    order: Order<K>,
    ordered_at: i64,
    figures: Figures<K>,
    export: export::Export<K>,
}

impl<K: Kind> List<K> {
    /// With what the person chose before.
    pub fn new(settings: &Settings) -> Self {
        let mut kept: Kept = settings.get(K::TEXTS.key).unwrap_or_default();
        kept.table.sort.get_or_insert_with(|| Sort {
            column: K::SORT.0.to_owned(),
            descending: K::SORT.1,
        });
        for choice in K::CHOICES {
            kept.choices.entry(choice.id.to_owned()).or_default();
        }
        Self {
            kind: K::default(),
            saved: kept.clone(),
            kept,
            order: Order::default(),
            ordered_at: 0,
            figures: Figures::default(),
            export: export::Export::default(),
        }
    }

    /// The row that is selected.
    pub fn selected(&self) -> Option<&K::Row> {
        self.order.row(self.kept.table.selected?)
    }

    /// Draws it over what is left of the panel.
    pub fn show(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let favourites = K::FAVOURITES.map(|key| Favourites::of(ui.ctx(), cx, key));
        let favourites = favourites.as_deref();
        let source = self.kind.want(cx);
        let entered = self.bar(ui, &source, cx);
        self.reorder(ui, &source, favourites, cx);
        if entered {
            self.enter(ui);
        }
        self.notes(ui, cx);
        if let Some(rows) = source.shown() {
            self.kind.above(ui, rows, cx);
        }
        let nothing = K::nothing(cx);
        let empty = Empty {
            icon: nothing.icon,
            title: &nothing.title,
            advice: nothing.advice,
            action: nothing.command.map_or("", Command::text),
        };
        let no_rows = |source: &K::Source| K::rows(source).is_empty();
        self.look_into(ui, cx);
        let shown = state::show(ui, K::TEXTS.many, &source, &empty, no_rows, |ui, _| {
            if self.order.shown.is_empty() && self.order.is_filtered() {
                self.nothing_matches(ui);
                self.ask_figures(ui, 0..0, cx);
            } else {
                self.table(ui, favourites, cx);
            }
        });
        if shown.retry {
            // Whatever made the list fail (a session, a network) made what stands beside its rows fail too.
            cx.store.refresh();
        }
        if shown.sign_in {
            cx.messages.push(Message::SignIn);
        }
        if let (true, Some(command)) = (shown.action, nothing.command) {
            cx.messages.push(Message::Run(command));
        }
        self.export.show(ui.ctx(), cx);
        if self.kept != self.saved && !ui.input(|input| input.pointer.any_down()) {
            self.saved = self.kept.clone();
            cx.settings.set(K::TEXTS.key, &self.kept);
        }
    }

    fn reorder(
        &mut self,
        ui: &Ui,
        source: &Loadable<K::Source>,
        favourites: Option<&Favourites>,
        cx: &Cx<'_>,
    ) {
        let Some(rows) = source.shown() else {
            // Another connection: its rows must not show under this one's name, not even for a frame.
            self.order = Order::default();
            return;
        };
        let same = self.order.is_of(rows);
        let waited = cx.now - self.ordered_at;
        let growing = !same && source.value.is_none() && !self.order.shown.is_empty();
        if growing && waited < REORDER_MS {
            let left = u64::try_from(REORDER_MS - waited).unwrap_or_default();
            ui.ctx().request_repaint_after(Duration::from_millis(left));
            return;
        }
        let (column, descending) = self.sorting();
        let choice = |choice: &Choice<K::Row>| self.kept.choices.get(choice.id).cloned().flatten();
        let wish = Wish {
            filter: self.kept.filter.clone(),
            choices: K::CHOICES.iter().map(choice).collect(),
            column,
            descending,
            favourites: favourites.map_or(0, |favourites| favourites.version),
            chips: self.chips_on(),
            failing: self.kept.failing,
            figures: match figures::of_column::<K>(column) {
                None if !self.kept.failing => 0,
                _ => self.figures.version,
            },
            besides: self.kind.version(),
        };
        let context = order::Context {
            kind: &self.kind,
            favourites,
            figures: &self.figures,
        };
        if self.order.update(rows, wish, &context) && !same {
            self.ordered_at = cx.now;
        }
    }

    /// The places of the switches that are on.
    fn chips_on(&self) -> Vec<usize> {
        let on = |chip: &Chip<K>| self.kept.chips.iter().any(|id| id == chip.id);
        let all = K::CHIPS.iter().enumerate();
        all.filter(|(_, chip)| on(chip)).map(|(at, _)| at).collect()
    }

    /// What the selected row is made of, where that is wanted and there is room; Space opens and shuts it.
    fn look_into(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let Some(height) = K::BELOW.filter(|_| self.selected().is_some()) else {
            return;
        };
        let free = cx.active && ui.ctx().memory(|memory| memory.focused().is_none());
        if free && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space)) {
            self.kept.shut = !self.kept.shut;
        }
        let row = self.kept.table.selected.and_then(|at| self.order.row(at));
        if let Some(row) = row.filter(|_| !self.kept.shut && ui.available_height() > height + 200.0)
        {
            let around = Around {
                now: cx.now,
                zone: cx.zone,
                figures: self.figures.get(&K::key(row)),
            };
            let kind = &mut self.kind;
            let frame = egui::Frame::new()
                .fill(crate::ui::theme::Theme::of(ui).panel)
                .inner_margin(egui::Margin::symmetric(16, 10));
            egui::Panel::bottom(format!("into {}", K::TEXTS.one))
                .exact_size(height)
                .frame(frame)
                .show(ui, |ui| kind.below(ui, row, &around, cx));
        }
    }

    /// Enter in the filter opens the row that is selected, else the only one that is left, else it leads to the first.
    fn enter(&mut self, ui: &Ui) {
        if self.selected().is_some() {
            return;
        }
        let Some(first) = self.order.row(0) else {
            return;
        };
        self.kept.table.select(0, &K::key(first));
        if self.order.shown.len() > 1 {
            ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        }
    }

    /// By which column, and whether largest first.
    fn sorting(&self) -> (&'static str, bool) {
        let sort = self.kept.table.sort.as_ref();
        let known = sort.and_then(|sort| {
            let mut columns = K::COLUMNS.iter();
            let column = columns.find(|column| column.id == sort.column)?;
            Some((column.id, sort.descending))
        });
        known.unwrap_or(K::SORT)
    }

    /// The failures of the selected row, on a key.
    fn newest_failure(&self, cx: &mut Cx<'_>) {
        if !figures::can_fail::<K>() || !cx.take(Command::NewestFailure) {
            return;
        }
        match self.selected().and_then(K::failures) {
            Some(route) => cx.open(route),
            None => cx.toast(
                format!("No {} is selected", K::TEXTS.one),
                "Choose one with the arrows or the pointer, then press the key again",
            ),
        }
    }

    fn table(&mut self, ui: &mut Ui, favourites: Option<&Favourites>, cx: &mut Cx<'_>) {
        let mut shown = rows::Shown {
            kind: &self.kind,
            order: &self.order,
            figures: &self.figures,
            favourites,
            now: cx.now,
            zone: cx.zone,
            action: None,
        };
        let mut table = Table::new(K::TEXTS.name, K::COLUMNS, &mut self.kept.table);
        let opens = |order: &Order<K>| order.row(0).is_some_and(|row| K::route(row).is_some());
        if opens(&self.order) {
            table = table.open_on_click();
        }
        let output = table.show(ui, &mut shown);
        let action = shown.action.take();
        self.ask_figures(ui, output.visible, cx);
        self.newest_failure(cx);
        if let Some(route) = output
            .activated
            .and_then(|row| K::route(self.order.row(row)?))
        {
            if ui.input(|input| input.modifiers.command) {
                cx.messages.push(Message::OpenInNewTab(route));
            } else {
                cx.open(route);
            }
        }
        if let Some((row, action)) = action
            && let Some(row) = self.order.row(row)
        {
            action.run::<K>(row, favourites, ui.ctx(), cx);
        }
        let escape = !self.kept.filter.is_empty()
            && cx.active
            && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        if escape {
            self.kept.filter.clear();
        }
    }

    fn ask_figures(&mut self, ui: &Ui, visible: std::ops::Range<usize>, cx: &mut Cx<'_>) {
        if !figures::are_shown::<K>(&self.kept.table) && !self.kept.failing {
            return;
        }
        let order = &self.order;
        let by_figure = figures::of_column::<K>(self.sorting().0).is_some();
        let most = figures::most_a_batch::<K>();
        // To sort or to choose by a metric one must know it of every row; of more than one call's worth one does not.
        let (visible, version) = match (self.kept.failing, by_figure) {
            (true, _) => (0..order.candidates.len().min(most), 0),
            (false, true) if order.shown.len() <= most => (0..order.shown.len(), 0),
            _ => (visible, order.version),
        };
        let row = |at: usize| match self.kept.failing {
            true => order.candidate(at),
            false => order.row(at),
        };
        let rows = || visible.clone().filter_map(row).collect();
        if let Some(wait) = self.figures.ask(cx, version, visible.clone(), rows) {
            let wait = Duration::from_millis(u64::try_from(wait).unwrap_or_default());
            ui.ctx().request_repaint_after(wait);
        }
    }

    fn nothing_matches(&mut self, ui: &mut Ui) {
        let (one, many) = (K::TEXTS.one, K::TEXTS.many);
        let (title, advice) = match (self.kept.failing, self.figures.span) {
            (true, None) => return drop(state::skeleton(ui, many, 6)),
            (true, Some(span)) => (
                format!("No {one} with errors in the last {}", span.words()),
                format!(
                    "What else is filtered holds too. All {many} show again without the filter."
                ),
            ),
            (false, _) => (
                format!("No {one} matches"),
                format!("The filter or a choice beside it hides every {one}."),
            ),
        };
        let empty = Empty {
            icon: Icon::LIST_FILTER,
            title: &title,
            advice: &advice,
            action: "Show all",
        };
        if state::empty_state(ui, &empty) {
            self.kept.filter.clear();
            self.kept.failing = false;
            self.kept.chips.clear();
            self.kept
                .choices
                .values_mut()
                .for_each(|chosen| *chosen = None);
        }
    }
}

impl<K: Kind> Panel for List<K> {
    fn ui(&mut self, ui: &mut Ui, _route: &Route, cx: &mut Cx<'_>) {
        self.show(ui, cx);
    }

    fn settled(&self, _route: &Route, store: &CloudStore) -> bool {
        let rows = !self.order.shown.is_empty() && !K::MEASURES.is_empty();
        self.kind.settled(store) && (!rows || self.figures.settled(store))
    }
}
