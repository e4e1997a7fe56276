//! The columns of the list: those of a function's own properties, and those of its metrics.

use crate::model::function::Column as Property;
use crate::ui::widgets::table::{Column, Sort, TableState};

/// What is read of CloudWatch for a row, over three hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// How often it ran.
    Invocations,
    /// How often it runs, of late.
    Rate,
    /// How often it failed.
    Errors,
    /// The 99th percentile of Duration.
    P99,
}

/// What rows are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// A property of the function.
    Of(Property),
    /// A metric.
    Metric(Metric),
}

impl Default for Key {
    fn default() -> Self {
        Self::Of(Property::Name)
    }
}

/// Every column, in the order of the screen.
pub const COLUMNS: [Column; 20] = [
    Column::icon("favourite", 36.0),
    Column::new("name", "Name", 220.0).min(160.0).required(),
    Column::new("runtime", "Runtime", 132.0).min(132.0),
    Column::new("memory", "Memory", 92.0).right(),
    Column::new("timeout", "Timeout", 76.0).right(),
    Column::new("invocations", "Invocations, 3 h", 124.0)
        .min(88.0)
        .hint("A line of the last three hours; sorts by their sum"),
    Column::new("rate", "Rate", 88.0)
        .right()
        .hint("Invocations, as the mean of the last 15 minutes"),
    Column::new("errors", "Errors, 3 h", 124.0)
        .min(84.0)
        .hint("A line of the last three hours; sorts by their sum"),
    Column::new("p99", "p99", 72.0)
        .right()
        .hint("Duration: the largest of the hourly 99th percentiles of the last three hours"),
    Column::new("state", "State", 124.0).min(96.0),
    Column::new("changed", "Changed", 88.0)
        .right()
        .hint("When code or configuration was last changed"),
    Column::new("size", "Code size", 88.0).right().hidden(),
    Column::new("architecture", "Architecture", 100.0).hidden(),
    Column::new("package", "Package type", 100.0).hidden(),
    Column::new("handler", "Handler", 180.0).hidden(),
    Column::new("description", "Description", 240.0).hidden(),
    Column::new("role", "Role", 160.0).hidden(),
    Column::new("storage", "Ephemeral storage", 130.0)
        .right()
        .hidden(),
    Column::new("layers", "Layers", 72.0).right().hidden(),
    Column::new("tracing", "Tracing", 100.0).hidden(),
];

/// The property that a column shows; `None` for a metric and for the star.
pub fn property(id: &str) -> Option<Property> {
    Some(match id {
        "name" => Property::Name,
        "runtime" => Property::Runtime,
        "memory" => Property::Memory,
        "timeout" => Property::Timeout,
        "state" => Property::State,
        "changed" => Property::LastModified,
        "size" => Property::CodeSize,
        "architecture" => Property::Architecture,
        "package" => Property::PackageType,
        "handler" => Property::Handler,
        "description" => Property::Description,
        "role" => Property::Role,
        "storage" => Property::EphemeralStorage,
        "layers" => Property::Layers,
        "tracing" => Property::Tracing,
        _ => return None,
    })
}

/// The metric that a column shows.
pub fn metric(id: &str) -> Option<Metric> {
    Some(match id {
        "invocations" => Metric::Invocations,
        "rate" => Metric::Rate,
        "errors" => Metric::Errors,
        "p99" => Metric::P99,
        _ => return None,
    })
}

/// By what and in which direction the table's header says to sort.
pub fn sorting(sort: Option<&Sort>) -> (Key, bool) {
    let Some(sort) = sort else {
        return (Key::default(), false);
    };
    let key = property(&sort.column)
        .map(Key::Of)
        .or_else(|| metric(&sort.column).map(Key::Metric));
    // "Changed" reads as an age: the most recent change is the one that is asked for first.
    (key.unwrap_or_default(), sort.descending)
}

/// Whether any column on the screen needs metrics.
pub fn shows_metrics(state: &TableState) -> bool {
    let shown = |column: &&Column| state.shows(column);
    // The state's cell tells of errors too, but is worth no call of its own.
    COLUMNS
        .iter()
        .filter(shown)
        .any(|column| metric(column.id).is_some())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_column_shows_something_of_its_own() {
        let ids: HashSet<_> = COLUMNS.iter().map(|column| column.id).collect();
        assert_eq!(ids.len(), COLUMNS.len());
        for column in COLUMNS.iter().filter(|column| !column.title.is_empty()) {
            let known = property(column.id).is_some() || metric(column.id).is_some();
            assert!(known, "{}", column.id);
        }
    }

    #[test]
    fn hiding_every_metric_column_asks_for_none() {
        let mut state = TableState::default();
        assert!(shows_metrics(&state));
        for column in COLUMNS.iter().filter(|column| metric(column.id).is_some()) {
            state.set_shown(column, false);
        }
        assert!(!shows_metrics(&state));
    }
}
