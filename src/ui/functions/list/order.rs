//! Which rows are shown, and in which order: derived from the list when something changed, never on every frame.
//!
//! Two steps, so that typing into the filter does not sort: all rows in order, then those of them that pass.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cloud::lambda::functions::FunctionList;
use crate::cloud::tagging::TagsByArn;
use crate::model::format;
use crate::model::function::{self, Filter, Function};
use crate::model::text::natural;

use super::columns::{Key, Metric};
use super::metrics::RowMetrics;

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// As typed.
    pub filter: String,
    /// One runtime; `None` for any.
    pub runtime: Option<String>,
    /// One state, in the words of its cell; `None` for any.
    pub state: Option<String>,
    /// Sorted by.
    pub key: Key,
    /// Largest first.
    pub descending: bool,
    /// The version of the favourites.
    pub favourites: u64,
    /// The version of the metrics, where they are sorted by or filtered for; else 0.
    pub metrics: u64,
}

/// The rows as they are shown.
#[derive(Default)]
pub struct Order {
    /// What it was derived from; held, so that row numbers stay valid.
    pub list: Arc<FunctionList>,
    /// Tags by ARN.
    pub tags: Option<Arc<TagsByArn>>,
    /// Row numbers of `list` in the order of the screen.
    pub shown: Vec<u32>,
    /// Runtimes of the list with how many functions have each.
    pub runtimes: Vec<(String, usize)>,
    /// States of the list, in their cells' words, with how many functions are in each.
    pub states: Vec<(String, usize)>,
    /// Grows whenever `shown` changes.
    pub version: u64,
    sorted: Vec<u32>,
    wish: Wish,
    parsed: Filter,
}

/// What an order is made with besides the rows.
pub struct Context<'a> {
    /// Whether the function is a favourite.
    pub favourite: &'a dyn Fn(&str) -> bool,
    /// What is known of the function's metrics.
    pub metrics: &'a dyn Fn(&str) -> Option<Arc<RowMetrics>>,
}

impl Order {
    /// Takes up what changed; true when the rows on the screen may be others than before.
    pub fn update(
        &mut self,
        list: &Arc<FunctionList>,
        tags: Option<&Arc<TagsByArn>>,
        wish: Wish,
        context: &Context<'_>,
    ) -> bool {
        let new_list = !Arc::ptr_eq(&self.list, list);
        let new_tags = self.tags.as_ref().map(Arc::as_ptr) != tags.map(Arc::as_ptr);
        if !new_list && !new_tags && wish == self.wish {
            return false;
        }
        let resort = new_list
            || (wish.key, wish.descending, wish.metrics)
                != (self.wish.key, self.wish.descending, self.wish.metrics);
        if new_list {
            self.list = list.clone();
            self.count_choices();
        }
        if new_tags {
            self.tags = tags.cloned();
        }
        if wish.filter != self.wish.filter {
            self.parsed = Filter::parse(&wish.filter);
        }
        self.wish = wish;
        if resort {
            self.sort(context);
        }
        self.choose(context);
        self.version += 1;
        true
    }

    /// The function in a row of the screen.
    pub fn row(&self, row: usize) -> Option<&Arc<Function>> {
        self.list.rows.get(*self.shown.get(row)? as usize)
    }

    /// A function's tags.
    pub fn tags_of<'a>(&'a self, function: &'a Function) -> Option<&'a BTreeMap<String, String>> {
        function
            .tags
            .as_ref()
            .or_else(|| self.tags.as_ref()?.tags.get(&function.arn))
    }

    /// The filter asks for tags.
    pub fn needs_tags(&self) -> bool {
        self.parsed.needs_tags()
    }

    /// Something hides rows.
    pub fn is_filtered(&self) -> bool {
        !self.parsed.is_empty() || self.wish.runtime.is_some() || self.wish.state.is_some()
    }

    fn count_choices(&mut self) {
        let mut runtimes: BTreeMap<&str, usize> = BTreeMap::new();
        let mut states: BTreeMap<String, usize> = BTreeMap::new();
        for function in &self.list.rows {
            *runtimes.entry(runtime_of(function)).or_default() += 1;
            let state = state_of(function);
            match states.get_mut(state.as_ref()) {
                Some(count) => *count += 1,
                None => {
                    states.insert(state.into_owned(), 1);
                }
            }
        }
        let mut runtimes: Vec<_> = runtimes
            .into_iter()
            .map(|(runtime, count)| (runtime.to_owned(), count))
            .collect();
        runtimes.sort_by(|a, b| natural(&a.0, &b.0));
        self.runtimes = runtimes;
        self.states = states.into_iter().collect();
    }

    fn sort(&mut self, context: &Context<'_>) {
        let rows = &self.list.rows;
        let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        self.sorted = (0..count).collect();
        match self.wish.key {
            Key::Of(column) => {
                function::sort(&mut self.sorted, rows, column, self.wish.descending);
            }
            Key::Metric(metric) => self.sort_by_metric(metric, context),
        }
    }

    /// What is not known comes last, whichever way the column goes.
    fn sort_by_metric(&mut self, metric: Metric, context: &Context<'_>) {
        let rows = &self.list.rows;
        let values: Vec<Option<f64>> = rows
            .iter()
            .map(|function| (context.metrics)(&function.name)?.value(metric))
            .collect();
        let descending = self.wish.descending;
        self.sorted.sort_by(|a, b| {
            let (a, b) = (*a as usize, *b as usize);
            let by_value = match (values[a], values[b]) {
                (Some(x), Some(y)) if descending => y.total_cmp(&x),
                (Some(x), Some(y)) => x.total_cmp(&y),
                (x, y) => x.is_none().cmp(&y.is_none()),
            };
            by_value.then_with(|| natural(&rows[a].name, &rows[b].name))
        });
    }

    fn choose(&mut self, context: &Context<'_>) {
        let mut shown = std::mem::take(&mut self.shown);
        shown.clear();
        let passes = |index: &&u32| {
            self.list
                .rows
                .get(**index as usize)
                .is_some_and(|function| self.passes(function))
        };
        shown.extend(self.sorted.iter().filter(passes));
        let is_favourite = |index: &u32| {
            let function = self.list.rows.get(*index as usize);
            function.is_some_and(|function| (context.favourite)(&function.name))
        };
        // Stable, so that both halves keep their order.
        shown.sort_by(|a, b| match (is_favourite(a), is_favourite(b)) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => Ordering::Equal,
        });
        self.shown = shown;
    }

    fn passes(&self, function: &Function) -> bool {
        let runtime = self.wish.runtime.as_deref();
        let state = self.wish.state.as_deref();
        runtime.is_none_or(|runtime| runtime_of(function) == runtime)
            && state.is_none_or(|state| state_of(function) == state)
            && (self.parsed.is_empty()
                || self.parsed.matches_tagged(function, self.tags_of(function)))
    }
}

/// The runtime in the words of its cell.
pub fn runtime_of(function: &Function) -> &str {
    match (&function.runtime, function.package_type) {
        (Some(runtime), _) => runtime,
        (None, function::PackageType::Image) => "container image",
        (None, function::PackageType::Zip) => "–",
    }
}

/// The state in the words of its cell.
pub fn state_of(function: &Function) -> std::borrow::Cow<'_, str> {
    function::Column::State
        .cell(function, 0, &format::Zone::Utc)
        .text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::model::function::{Column, LastUpdateStatus};

    fn function(name: &str, memory_mb: u32) -> Arc<Function> {
        Arc::new(Function {
            name: name.into(),
            arn: format!("arn:aws:lambda:eu-west-1:1:function:{name}"),
            runtime: Some(
                if memory_mb > 128 {
                    "nodejs22.x"
                } else {
                    "python3.13"
                }
                .into(),
            ),
            memory_mb,
            ..Function::default()
        })
    }

    fn list(rows: Vec<Arc<Function>>) -> Arc<FunctionList> {
        Arc::new(FunctionList { rows })
    }

    fn update(
        order: &mut Order,
        list: &Arc<FunctionList>,
        wish: Wish,
        favourites: &[&str],
    ) -> bool {
        let favourite = |name: &str| favourites.contains(&name);
        let metrics = |name: &str| {
            let errors = match name {
                "a" => 7.0,
                "c" => 2.0,
                _ => return None,
            };
            Some(Arc::new(RowMetrics {
                error_count: Some(errors),
                ..RowMetrics::default()
            }))
        };
        let context = Context {
            favourite: &favourite,
            metrics: &metrics,
        };
        let tags = order.tags.clone();
        order.update(list, tags.as_ref(), wish, &context)
    }

    fn names(order: &Order) -> Vec<&str> {
        (0..order.shown.len())
            .filter_map(|row| order.row(row))
            .map(|function| function.name.as_str())
            .collect()
    }

    #[test]
    fn favourites_stand_first_in_the_order_of_the_column() {
        let list = list(vec![
            function("b", 128),
            function("a", 512),
            function("c", 256),
        ]);
        let mut order = Order::default();
        let wish = Wish {
            key: Key::Of(Column::Memory),
            descending: true,
            ..Wish::default()
        };
        assert!(update(&mut order, &list, wish.clone(), &["b", "c"]));
        assert_eq!(names(&order), ["c", "b", "a"]);
        assert!(!update(&mut order, &list, wish, &[]), "nothing changed");
    }

    #[test]
    fn filter_and_choices_hold_together() {
        let mut rows = vec![function("orders", 128), function("orders-2", 512)];
        rows.push(Arc::new(Function {
            last_update_status: LastUpdateStatus::InProgress,
            ..(*function("x", 128)).clone()
        }));
        let list = list(rows);
        let mut order = Order::default();
        update(&mut order, &list, Wish::default(), &[]);
        assert_eq!(
            order.runtimes,
            [("nodejs22.x".into(), 1), ("python3.13".into(), 2)]
        );
        assert_eq!(order.states, [("Active".into(), 2), ("Updating".into(), 1)]);
        let wish = Wish {
            filter: "orders".into(),
            runtime: Some("python3.13".into()),
            ..Wish::default()
        };
        update(&mut order, &list, wish, &[]);
        assert_eq!(names(&order), ["orders"]);
        let wish = Wish {
            state: Some("Updating".into()),
            ..Wish::default()
        };
        update(&mut order, &list, wish, &[]);
        assert_eq!(names(&order), ["x"]);
        assert!(order.is_filtered());
    }

    #[test]
    fn tags_from_the_tagging_service_are_filtered_by() {
        let rows = list(vec![function("a", 128), function("b", 128)]);
        let tags = BTreeMap::from([("team".to_owned(), "shop".to_owned())]);
        let mut order = Order {
            tags: Some(Arc::new(TagsByArn {
                tags: [(rows.rows[1].arn.clone(), tags)].into(),
            })),
            ..Order::default()
        };
        let wish = Wish {
            filter: "tag:team=shop".into(),
            ..Wish::default()
        };
        update(&mut order, &rows, wish, &[]);
        assert_eq!(names(&order), ["b"]);
        assert!(order.needs_tags());
    }

    #[test]
    fn what_has_no_metrics_comes_last_both_ways() {
        let list = list(vec![function("a", 1), function("b", 1), function("c", 1)]);
        let mut order = Order::default();
        for (descending, expected) in [(true, ["a", "c", "b"]), (false, ["c", "a", "b"])] {
            let wish = Wish {
                key: Key::Metric(Metric::Errors),
                descending,
                ..Wish::default()
            };
            update(&mut order, &list, wish, &[]);
            assert_eq!(names(&order), expected);
        }
    }

    #[test]
    fn ten_thousand_rows_are_filtered_without_being_sorted_again() {
        let rows = (0..10_000).map(|n| function(&format!("f-{n}"), 128 + n % 900));
        let list = list(rows.collect());
        let mut order = Order::default();
        update(&mut order, &list, Wish::default(), &[]);
        assert_eq!(order.shown.len(), 10_000);
        let sorted = order.sorted.as_ptr();
        let wish = Wish {
            filter: "f-99".into(),
            ..Wish::default()
        };
        update(&mut order, &list, wish, &[]);
        assert_eq!(order.shown.len(), 111);
        assert_eq!(order.sorted.as_ptr(), sorted);
    }
}
