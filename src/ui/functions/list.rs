//! Every function of the region, as a [`List`]: what a row is, and nothing of how a list works.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::sync::Arc;

use egui::Ui;

use crate::cloud::lambda::functions::{FunctionList, ListFunctions};
use crate::cloud::tagging::{FunctionTags, TagsByArn};
use crate::command::Command;
use crate::model::filter::{self, Filter};
use crate::model::format::Zone;
use crate::model::function::{
    self, Column as Property, FILTER_KEYS, Function, FunctionRow, Tagged,
};
use crate::model::metric::MetricQuery;
use crate::model::topic::Topic;
use crate::route::{FunctionTab, Route};
use crate::store::Loadable;
use crate::ui::cx::{CloudStore, Cx};
use crate::ui::icons::Icon;
use crate::ui::list::{
    Around, Choice, Entry, FAVOURITE, Figure, Kind, List, Measure, Note, Nothing, Show, Texts,
};
use crate::ui::widgets::table::Column;
use crate::ui::widgets::table_cell::Cell;

use super::condition::condition;
use super::guide::Guide;
use super::samples::SAMPLE;

/// Where the settings keep the favourites.
pub const FAVOURITES: &str = "favourites";

/// The functions of the region, as a screen.
pub type FunctionsPanel = List<Functions>;

/// What a row of functions is; keeps the tags, which come from a service of their own.
#[derive(Default)]
pub struct Functions {
    tags: Option<Arc<TagsByArn>>,
    guide: Guide,
    /// Whether these tags tell of samples; they are held, so that they can be told from others by their place.
    samples: Option<(Arc<TagsByArn>, bool)>,
}

const MEASURES: [Measure; 3] = [
    Measure::new("Invocations", "Sum", 60),
    Measure::new("Errors", "Sum", 60),
    Measure::new("Duration", "p99", 3_600),
];

const FIGURES: [Figure; 4] = [
    Figure::new(
        "invocations",
        0,
        Show::Line("invocation"),
        "Invocations in {}",
    ),
    Figure::new("rate", 0, Show::Rate("invocation"), ""),
    Figure::new("errors", 1, Show::Failures("error", 0), "Errors in {}"),
    Figure::new("p99", 2, Show::MostMs, "Duration p99 in {} (ms)"),
];

/// Every column, in the order of the screen.
const COLUMNS: [Column; 20] = [
    Column::icon(FAVOURITE, 36.0),
    Column::new("name", "Name", 220.0)
        .min(140.0)
        .whole(196.0)
        .required(),
    Column::new("runtime", "Runtime", 132.0)
        .min(132.0)
        .priority(4),
    Column::new("memory", "Memory", 92.0).right().priority(3),
    Column::new("timeout", "Timeout", 76.0).right().priority(2),
    Column::new("invocations", "Invocations", 124.0)
        .min(98.0)
        .largest_first()
        .hint("A line of the time that is said above, as far back as there is data; sorts by their sum"),
    Column::new("rate", "Rate", 88.0)
        .right()
        .priority(6)
        .hint("Invocations a minute, as the mean of the last 15 minutes"),
    Column::new("errors", "Errors", 176.0)
        .min(104.0)
        .priority(9)
        .largest_first()
        .hint("How many invocations failed and which share that is; red from two on, and from one in a hundred. Sorts by the share"),
    Column::new("p99", "p99", 72.0)
        .right()
        .hint("Duration: the largest of the hourly 99th percentiles of the time that is said above"),
    Column::new("state", "State", 124.0).min(96.0).priority(8),
    Column::new("changed", "Changed", 88.0)
        .right()
        .priority(3)
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
fn property(id: &str) -> Option<Property> {
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

impl Kind for Functions {
    type Row = FunctionRow;
    type Source = FunctionList;

    const TEXTS: Texts = Texts {
        key: "functions.list",
        name: "Functions",
        one: "function",
        many: "functions",
        hint: "name, runtime, tag:team=shop",
    };
    const COLUMNS: &'static [Column] = &COLUMNS;
    const SORT: (&'static str, bool) = ("name", false);
    const CHOICES: &'static [Choice<FunctionRow>] = &[
        Choice::new("runtime", "Runtime", |row| words(Property::Runtime, row)),
        Choice::new("state", "State", |row| words(Property::State, row)),
    ];
    const ENTRIES: &'static [&'static [Entry<FunctionRow>]] = &[
        &[
            Entry::new("Invoke…", |row, _, cx| open(row, FunctionTab::Test, cx)),
            Entry::new("Logs", |row, _, cx| open(row, FunctionTab::Logs, cx)),
            Entry::new("Newest failure", |row, _, cx| {
                cx.open(Route::failures(&row.name))
            }),
            Entry::new("Charts", |row, _, cx| open(row, FunctionTab::Monitor, cx)),
        ],
        &[
            Entry::new("Copy name", |row, ctx, _| ctx.copy_text(row.name.clone())),
            Entry::new("Copy ARN", |row, ctx, _| ctx.copy_text(row.arn.clone())),
        ],
    ];
    const MEASURES: &'static [Measure] = &MEASURES;
    const FIGURES: &'static [Figure] = &FIGURES;
    const FAVOURITES: Option<&'static str> = Some(FAVOURITES);
    const CREATE: Option<Command> = Some(Command::CreateFunction);
    const EXAMPLES: &'static [(&'static str, &'static str)] = &FILTER_KEYS;

    fn want(&mut self, cx: &mut Cx<'_>) -> Loadable<FunctionList> {
        self.tags = cx.store.want(&FunctionTags {}, cx.now).value;
        cx.store.want(&ListFunctions {}, cx.now)
    }

    fn above(&mut self, ui: &mut Ui, source: &FunctionList, cx: &mut Cx<'_>) {
        if self.guide.is_wanted(cx) && self.has_samples() {
            self.guide.ui(ui, source, cx);
        }
    }

    fn settled(&self, store: &CloudStore) -> bool {
        store.peek(&ListFunctions {}).is_settled()
    }

    fn version(&self) -> usize {
        self.tags
            .as_ref()
            .map_or(0, |tags| Arc::as_ptr(tags).addr())
    }

    fn rows(source: &FunctionList) -> &[FunctionRow] {
        &source.rows
    }

    fn key(row: &FunctionRow) -> Cow<'_, str> {
        Cow::Borrowed(&row.name)
    }

    fn exact<'a>(row: &'a FunctionRow, column: &str) -> Cow<'a, str> {
        property(column).map_or(Cow::Borrowed(""), |property| property.exact(row))
    }

    fn csv_title(column: &Column) -> &'static str {
        property(column.id).map_or("", Property::csv_title)
    }

    fn compare(column: &str, a: &FunctionRow, b: &FunctionRow) -> Ordering {
        property(column).map_or(Ordering::Equal, |property| property.compare(a, b))
    }

    fn cell(&self, row: &FunctionRow, column: &str, cell: &mut Cell<'_>, around: &Around<'_>) {
        match property(column) {
            Some(Property::Name) => {
                let tags = self.tags_of(row);
                match tags.is_some_and(|tags| tags.contains_key(SAMPLE)) {
                    true => cell.tagged_name(&row.name, "sample"),
                    false => cell.name(&row.name),
                }
                if let Some(stack) = tags.and_then(|tags| tags.get(STACK)) {
                    cell.tag(&format!("stack {stack}"));
                }
            }
            Some(Property::State) => {
                let (tone, word, reason) = condition(row);
                around.state((tone, &word, reason), cell);
            }
            Some(property) => property_cell(property, row, cell, around),
            None => {}
        }
    }

    fn filter_key(typed: &str) -> Option<(&'static str, filter::Sort)> {
        function::filter_key(typed)
    }

    fn passes(&self, row: &FunctionRow, filter: &Filter) -> bool {
        let tags = self.tags_of(row);
        filter.holds(&Tagged {
            function: row,
            tags,
        })
    }

    fn note(&self, filter: &Filter, store: &CloudStore) -> Option<Note> {
        let tags = store.peek(&FunctionTags {});
        let lacks = filter.needs_tags() && tags.value.is_none();
        Some(Note {
            what: "The filter asks for tags, which could not be read",
            error: tags.error.filter(|_| lacks)?,
            again: Topic::Functions,
        })
    }

    fn nothing(cx: &Cx<'_>) -> Nothing {
        Nothing {
            icon: Icon::SQUARE_FUNCTION,
            title: format!("No functions in {}", cx.connection.region),
            advice: "Create one here, with code that runs as it is. What a stack, the AWS CLI or another tool creates shows here \
                     too; another region or profile is chosen in the top bar.",
            command: Some(Command::CreateFunction),
        }
    }

    fn route(row: &FunctionRow) -> Option<Route> {
        Some(Route::function(&row.name))
    }

    fn failures(row: &FunctionRow) -> Option<Route> {
        Some(Route::failures(&row.name))
    }

    fn measured(row: &FunctionRow, measure: &Measure, id: String) -> Option<MetricQuery> {
        Some(measure.of_function(id, &row.name))
    }
}

/// A property in the words of its cell.
fn words(of: Property, function: &Function) -> Cow<'_, str> {
    of.cell(function, 0, &Zone::Utc).text
}

fn open(function: &Function, tab: FunctionTab, cx: &mut Cx<'_>) {
    cx.open(Route::function_tab(&function.name, tab));
}

const STACK: &str = "aws:cloudformation:stack-name";

impl Functions {
    fn has_samples(&mut self) -> bool {
        let Some(tags) = &self.tags else { return false };
        let known = self
            .samples
            .as_ref()
            .filter(|(held, _)| Arc::ptr_eq(held, tags));
        if let Some((_, has)) = known {
            return *has;
        }
        let has = tags.tags.values().any(|tags| tags.contains_key(SAMPLE));
        self.samples = Some((tags.clone(), has));
        has
    }

    fn tags_of<'a>(
        &'a self,
        function: &'a Function,
    ) -> Option<&'a std::collections::BTreeMap<String, String>> {
        let known = || self.tags.as_ref()?.tags.get(&function.arn);
        function.tags.as_ref().or_else(known)
    }
}

fn property_cell(of: Property, function: &Function, cell: &mut Cell<'_>, around: &Around<'_>) {
    match (of, function.last_modified) {
        // A column of numbers reads better when all of them have one unit.
        (Property::Timeout, _) => cell.text(&format!("{} s", function.timeout_s)),
        (Property::LastModified, Some(at)) => around.age(at, cell),
        _ => {
            let content = of.cell(function, around.now, around.zone);
            match of {
                Property::Runtime | Property::Handler => cell.mono(&content.text),
                Property::Memory | Property::EphemeralStorage | Property::CodeSize => {
                    cell.text(&content.text);
                }
                _ => cell.muted(&content.text),
            }
            if let Some(exact) = content.exact {
                cell.hover(|| exact);
            }
        }
    }
}
