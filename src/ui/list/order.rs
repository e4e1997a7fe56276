//! Which rows are shown, and in which order: derived from the rows when something changed, never on every frame.
//!
//! Two steps, so that typing into the filter does not sort: all rows in order, then those of them that pass.

use std::cmp::Ordering;
use std::sync::Arc;

use super::favourites::Favourites;
use super::figures::{self, Figures};
use super::{Choice, Kind};
use crate::model::filter::Filter;
use crate::model::text::natural;

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// As typed.
    pub filter: String,
    /// One value of each choice; `None` for any.
    pub choices: Vec<Option<String>>,
    /// Sorted by this column.
    pub column: &'static str,
    /// Largest first.
    pub descending: bool,
    /// The version of the favourites.
    pub favourites: u64,
    /// The places of the switches that are on.
    pub chips: Vec<usize>,
    /// Only rows of which something failed.
    pub failing: bool,
    /// The version of the figures, where rows are sorted or chosen by them; else 0.
    pub figures: u64,
    /// The version of what cells and filter need besides.
    pub besides: usize,
}

/// The rows as they are shown.
pub struct Order<K: Kind> {
    /// Row numbers of the source in the order of the screen.
    pub shown: Vec<u32>,
    /// The same before those without failures were left out; empty where that is not asked for.
    pub candidates: Vec<u32>,
    /// Each choice's values, with how many rows have each.
    pub choices: Vec<Vec<(String, usize)>>,
    /// Grows whenever `shown` changes.
    pub version: u64,
    /// What was typed, as it was read.
    pub filter: Filter,
    /// What it was derived from; held, so that row numbers stay valid.
    source: Arc<K::Source>,
    sorted: Vec<u32>,
    wish: Wish,
}

impl<K: Kind> Default for Order<K> {
    fn default() -> Self {
        Self {
            shown: Vec::new(),
            candidates: Vec::new(),
            choices: Vec::new(),
            version: 0,
            filter: Filter::default(),
            source: Arc::default(),
            sorted: Vec::new(),
            wish: Wish::default(),
        }
    }
}

/// What an order is made with besides the rows.
pub struct Context<'a, K: Kind> {
    /// What filters.
    pub kind: &'a K,
    /// Which rows stand first.
    pub favourites: Option<&'a Favourites>,
    /// What is known of metrics.
    pub figures: &'a Figures<K>,
}

impl<K: Kind> Order<K> {
    /// Takes up what changed; true when the rows on the screen may be others than before.
    pub fn update(
        &mut self,
        source: &Arc<K::Source>,
        wish: Wish,
        context: &Context<'_, K>,
    ) -> bool {
        let new = !self.is_of(source);
        if !new && wish == self.wish {
            return false;
        }
        let by = |wish: &Wish| {
            let by_figure = figures::of_column::<K>(wish.column).is_some();
            let figures = if by_figure { wish.figures } else { 0 };
            (wish.column, wish.descending, figures)
        };
        let resort = new || by(&wish) != by(&self.wish);
        if new {
            self.source = source.clone();
            let rows = K::rows(source);
            self.choices = K::CHOICES.iter().map(|of| values(rows, of)).collect();
        }
        if wish.filter != self.wish.filter {
            self.filter = Filter::parse(&wish.filter, K::filter_key);
        }
        self.wish = wish;
        if resort {
            self.sort(context);
        }
        self.choose(context);
        self.version += 1;
        true
    }

    /// It was derived from these rows.
    pub fn is_of(&self, source: &Arc<K::Source>) -> bool {
        Arc::ptr_eq(&self.source, source)
    }

    /// The row in this place of the screen.
    pub fn row(&self, row: usize) -> Option<&K::Row> {
        K::rows(&self.source).get(*self.shown.get(row)? as usize)
    }

    /// The row in this place of those whose failures are to be known.
    pub fn candidate(&self, row: usize) -> Option<&K::Row> {
        K::rows(&self.source).get(*self.candidates.get(row)? as usize)
    }

    /// What it was derived from.
    pub fn source(&self) -> &Arc<K::Source> {
        &self.source
    }

    /// Where the sorted rows are: another place after they were sorted again.
    #[cfg(test)]
    pub fn sorted_at(&self) -> *const u32 {
        self.sorted.as_ptr()
    }

    /// Something hides rows.
    pub fn is_filtered(&self) -> bool {
        let chosen = self.wish.choices.iter().any(Option::is_some);
        let chips = !self.wish.chips.is_empty();
        !self.filter.is_empty() || chosen || chips || self.wish.failing
    }

    fn sort(&mut self, context: &Context<'_, K>) {
        let rows = K::rows(&self.source);
        let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let mut sorted: Vec<u32> = (0..count).collect();
        let (column, descending) = (self.wish.column, self.wish.descending);
        let keys: Vec<_> = rows.iter().map(K::key).collect();
        let by_name = |a: usize, b: usize| natural(&keys[a], &keys[b]);
        // Among equals the names stay ascending, whichever way the column goes.
        match figures::of_column::<K>(column) {
            Some(figure) => {
                let value = |key: &std::borrow::Cow<'_, str>| context.figures.weight(key, figure);
                let values: Vec<Option<f64>> = keys.iter().map(value).collect();
                sorted.sort_by(|a, b| {
                    let (a, b) = (*a as usize, *b as usize);
                    known_first(values[a], values[b], descending).then_with(|| by_name(a, b))
                });
            }
            None => sorted.sort_by(|a, b| {
                let (a, b) = (*a as usize, *b as usize);
                let order = K::compare(column, &rows[a], &rows[b]);
                let order = if descending { order.reverse() } else { order };
                order.then_with(|| by_name(a, b))
            }),
        }
        self.sorted = sorted;
    }

    fn choose(&mut self, context: &Context<'_, K>) {
        let rows = K::rows(&self.source);
        let mut shown = std::mem::take(&mut self.shown);
        shown.clear();
        let passes = |index: &u32| {
            let row = rows.get(*index as usize);
            row.is_some_and(|row| self.passes(row, context.kind))
        };
        shown.extend(self.sorted.iter().copied().filter(passes));
        self.candidates.clear();
        if self.wish.failing {
            self.candidates.clone_from(&shown);
            shown.retain(|index| {
                let key = rows.get(*index as usize).map(K::key);
                let known = key.and_then(|key| context.figures.get(&key));
                known.is_some_and(|known| known.failing)
            });
        }
        if let Some(favourites) = context.favourites {
            let is_one = |index: &u32| {
                let row = rows.get(*index as usize);
                row.is_some_and(|row| favourites.has(&K::key(row)))
            };
            // Stable, so that both halves keep their order.
            shown.sort_by_cached_key(|index| !is_one(index));
        }
        self.shown = shown;
    }

    fn passes(&self, row: &K::Row, kind: &K) -> bool {
        let mut chosen = K::CHOICES.iter().zip(&self.wish.choices);
        chosen.all(|(choice, wanted)| {
            let is = |wanted: &String| (choice.of)(row) == wanted.as_str();
            wanted.as_ref().is_none_or(is)
        }) && self.wish.chips.iter().all(|chip| {
            let chip = K::CHIPS.get(*chip);
            chip.is_none_or(|chip| (chip.holds)(kind, row) == Some(true))
        }) && (self.filter.is_empty() || kind.passes(row, &self.filter))
    }
}

/// What is not known comes last, whichever way the column goes.
fn known_first(a: Option<f64>, b: Option<f64>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

fn values<R>(rows: &[R], choice: &Choice<R>) -> Vec<(String, usize)> {
    let mut counts: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for row in rows {
        let value = (choice.of)(row);
        match counts.get_mut(value.as_ref()) {
            Some(count) => *count += 1,
            None => {
                counts.insert(value.into_owned(), 1);
            }
        }
    }
    let mut values: Vec<_> = counts.into_iter().collect();
    values.sort_by(|a, b| natural(&a.0, &b.0));
    values
}
