//! Every REST API of the region, as a [`List`]: what a row is, and nothing of how a list works.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use egui::{Label, RichText, Ui};

use crate::cloud::apigateway::apis::{ApiList, ListApis};
use crate::cloud::apigateway::standing::GetStanding;
use crate::command::Command;
use crate::model::api::RestApiRow;
use crate::model::api::standing::{Behind, StageLine, Standing};
use crate::model::error::CloudError;
use crate::model::format::counted;
use crate::model::metric::MetricQuery;
use crate::route::{ApiTab, Route};
use crate::store::Loadable;
use crate::ui::cx::{CloudStore, Cx};
use crate::ui::icons::Icon;
use crate::ui::list::{
    Around, Chip, Choice, Entry, FAVOURITE, Figure, Kind, List, Measure, Nothing, Show, Texts,
};
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::table::Column;
use crate::ui::widgets::table_cell::Cell;

use super::into;

/// The APIs of the region, as a screen.
pub type ApisPanel = List<Apis>;

/// So many APIs are worked out at once, beside whatever somebody waits for.
const AT_ONCE: usize = 2;

/// What a row of APIs is.
#[derive(Default)]
pub struct Apis {
    /// How each stands, as far as that is worked out; else why it could not be read.
    standings: HashMap<String, Known>,
    /// Grows with them.
    version: usize,
    /// What of the row's stages is looked into.
    into: into::Into,
}

/// How an API stands, or why that could not be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// It is worked out.
    Is(Arc<Standing>),
    /// It could not be read.
    Unread(Arc<CloudError>),
}

impl Apis {
    fn standing(&self, row: &RestApiRow) -> Option<&Standing> {
        match self.standings.get(&row.id)? {
            Known::Is(standing) => Some(standing),
            Known::Unread(_) => None,
        }
    }

    /// Works out how the APIs stand, a few at a time; those that are known stay so.
    fn work_out(&mut self, rows: &[RestApiRow], cx: &mut Cx<'_>) {
        let mut running = 0;
        for row in rows {
            let query = GetStanding { id: row.id.clone() };
            let known = cx.store.peek(&query);
            let is_known = known.value.is_some() || known.error.is_some();
            if !is_known && running >= AT_ONCE {
                continue;
            }
            let known = cx.store.want(&query, cx.now);
            running += usize::from(known.loading && known.value.is_none());
            let now = match (known.value, known.error) {
                (Some(standing), _) => Known::Is(standing),
                (None, Some(error)) => Known::Unread(error),
                (None, None) => continue,
            };
            let before = self.standings.get(&row.id);
            let same = match (before, &now) {
                (Some(Known::Is(before)), Known::Is(now)) => Arc::ptr_eq(before, now),
                (Some(Known::Unread(before)), Known::Unread(now)) => Arc::ptr_eq(before, now),
                _ => false,
            };
            if !same {
                self.standings.insert(row.id.clone(), now);
                self.version += 1;
            }
        }
    }

    /// A cell of what is worked out beside: `…` until it is known.
    fn standing_cell(
        &self,
        row: &RestApiRow,
        column: &str,
        cell: &mut Cell<'_>,
        around: &Around<'_>,
    ) {
        let standing = match self.standings.get(&row.id) {
            None => return cell.muted("…"),
            Some(Known::Unread(error)) => {
                cell.muted("not read");
                return cell.hover(|| format!("{}: {}", error.headline(), error.message));
            }
            Some(Known::Is(standing)) => standing,
        };
        match column {
            "stages" => stages_cell(standing, cell),
            "behind" => match standing.most_behind() {
                _ if standing.stages.is_empty() => cell.muted("no stage"),
                None => {
                    cell.muted("not read");
                    cell.hover(|| standing.unread().unwrap_or_default());
                }
                Some(0) => cell.muted("–"),
                Some(count) => {
                    let warn = cell.theme().warn;
                    cell.colored(&format!("± {}", counted(count, "change")), warn);
                    cell.hover(|| behind_words(standing));
                }
            },
            "open" => match (standing.open.len(), standing.methods) {
                (0, 0) => cell.muted("no methods"),
                (0, _) => cell.muted("–"),
                (open, all) => {
                    cell.text(&format!("{open} of {all}"));
                    cell.hover(|| "Methods that anybody may call".to_owned());
                }
            },
            _ => match standing.deployed_at {
                Some(at) => around.age(at, cell),
                None => cell.muted("never"),
            },
        }
    }
}

/// The stages, those first that matter most; an amber dot where one is behind the API.
fn stages_cell(standing: &Standing, cell: &mut Cell<'_>) {
    for stage in &standing.stages {
        match stage.count() {
            Some(0) => cell.tag(&stage.name),
            Some(_) => {
                let warn = cell.theme().warn;
                cell.colored("●", warn);
                cell.tag(&stage.name);
            }
            None => cell.tag(&format!("{} ?", stage.name)),
        }
    }
    cell.hover(|| behind_words(standing));
}

/// Each stage with what it lacks, a line each.
fn behind_words(standing: &Standing) -> String {
    let one = |stage: &StageLine| match &stage.behind {
        Behind::By(lines) if lines.is_empty() => format!("{}: what the API has", stage.name),
        Behind::By(lines) => format!(
            "{}: {} not deployed",
            stage.name,
            counted(lines.len(), "change")
        ),
        Behind::Unread(why) => format!("{}: not read: {why}", stage.name),
    };
    let all: Vec<String> = standing.stages.iter().map(one).collect();
    all.join("\n")
}

const MEASURES: [Measure; 4] = [
    Measure::new("Count", "Sum", 60),
    Measure::new("5XXError", "Sum", 60),
    Measure::new("4XXError", "Sum", 60),
    Measure::new("Latency", "p99", 3_600),
];

const FIGURES: [Figure; 4] = [
    Figure::new("requests", 0, Show::Line("request"), "Requests in {}"),
    Figure::new("5xx", 1, Show::Failures("5XX", 0), "5XX in {}"),
    Figure::new("4xx", 2, Show::Line("4XX"), "4XX in {}"),
    Figure::new("p99", 3, Show::MostMs, "Latency p99 in {} (ms)"),
];

/// Every column, in the order of the screen.
const COLUMNS: [Column; 14] = [
    Column::icon(FAVOURITE, 36.0),
    Column::new("name", "Name", 220.0).min(140.0).required(),
    Column::new("id", "ID", 116.0)
        .min(110.0)
        .priority(3)
        .hidden(),
    Column::new("endpoint", "Endpoint", 92.0).priority(4),
    Column::new("stages", "Stages", 190.0)
        .min(120.0)
        .priority(6)
        .unsorted()
        .hint("An amber dot: the stage is behind the API"),
    Column::new("behind", "Not deployed", 128.0)
        .min(124.0)
        .priority(8)
        .unsorted()
        .hint("The most changes that a stage lacks; worked out in the background"),
    Column::new("requests", "Requests", 140.0)
        .min(98.0)
        .largest_first()
        .hint("A line of the time that is said above; sorts by their sum"),
    Column::new("4xx", "4XX", 120.0)
        .min(88.0)
        .priority(5)
        .largest_first()
        .hint("Answers that say that the caller was wrong: no key, no such path, too many"),
    Column::new("5xx", "5XX", 176.0)
        .min(104.0)
        .priority(9)
        .largest_first()
        .hint("Answers that say that the API or what stands behind it failed; sorts by the share"),
    Column::new("p99", "p99", 76.0)
        .right()
        .hint("Latency: the largest of the hourly 99th percentiles"),
    Column::new("open", "Open", 84.0)
        .right()
        .priority(7)
        .unsorted()
        .hint("Methods that anybody may call"),
    Column::new("deployed", "Last deployment", 140.0)
        .min(136.0)
        .priority(6)
        .unsorted(),
    Column::new("created", "Created", 88.0)
        .right()
        .priority(2)
        .hidden(),
    Column::new("description", "Description", 240.0).priority(1),
];

impl Kind for Apis {
    type Row = RestApiRow;
    type Source = ApiList;

    const TEXTS: Texts = Texts {
        key: "apis.list",
        name: "APIs",
        one: "API",
        many: "APIs",
        hint: "name, id, description",
    };
    const COLUMNS: &'static [Column] = &COLUMNS;
    const SORT: (&'static str, bool) = ("name", false);
    const CHOICES: &'static [Choice<RestApiRow>] = &[Choice::new("endpoint", "Endpoint", |row| {
        Cow::Borrowed(row.endpoint())
    })];
    const CHIPS: &'static [Chip<Self>] = &[
        Chip {
            id: "behind",
            title: "Not deployed",
            icon: Icon::UPLOAD,
            hover: "Only APIs with changes that a stage lacks",
            holds: |kind, row| Some(kind.standing(row)?.most_behind()? > 0),
        },
        Chip {
            id: "open",
            title: "Open",
            icon: Icon::GLOBE,
            hover: "Only APIs with methods that anybody may call",
            holds: |kind, row| Some(!kind.standing(row)?.open.is_empty()),
        },
    ];
    const BESIDE: &'static [&'static str] = &["stages", "behind", "open", "deployed"];
    const BELOW: Option<f32> = Some(172.0);
    const ENTRIES: &'static [&'static [Entry<RestApiRow>]] = &[
        &[Entry::new("Stages", |row, _, cx| {
            cx.open(Route::api_tab(&row.id, ApiTab::Stages));
        })],
        &[
            Entry::new("Copy ID", |row, ctx, _| ctx.copy_text(row.id.clone())),
            Entry::new("Copy name", |row, ctx, _| ctx.copy_text(row.name.clone())),
        ],
    ];
    const MEASURES: &'static [Measure] = &MEASURES;
    const FIGURES: &'static [Figure] = &FIGURES;
    const FAVOURITES: Option<&'static str> = Some("apis.favourites");
    const CREATE: Option<Command> = Some(Command::CreateApi);

    fn want(&mut self, cx: &mut Cx<'_>) -> Loadable<ApiList> {
        let known = cx.store.want(&ListApis {}, cx.now);
        if let Some(known) = known.shown() {
            self.work_out(&known.rows, cx);
        }
        known
    }

    fn version(&self) -> usize {
        self.version
    }

    fn below(&mut self, ui: &mut Ui, row: &RestApiRow, around: &Around<'_>, cx: &mut Cx<'_>) {
        let standing = self.standings.get(&row.id);
        self.into.ui(ui, row, standing, around, cx);
    }

    /// CloudWatch counts an API by its name: of two that are called alike it knows only the sum.
    fn above(&mut self, ui: &mut Ui, source: &ApiList, _cx: &mut Cx<'_>) {
        let Some(words) = shared_names(&source.rows) else {
            return;
        };
        ui.horizontal(|ui| {
            ui.add_space(space::L);
            ui.spacing_mut().item_spacing.x = space::S;
            glyph(ui, Icon::INFO, 14.0, Theme::of(ui).muted);
            ui.add(Label::new(RichText::new(words).color(Theme::of(ui).muted)).wrap());
        });
        ui.add_space(space::XS);
    }

    fn settled(&self, store: &CloudStore) -> bool {
        store.peek(&ListApis {}).is_settled()
    }

    fn rows(source: &ApiList) -> &[RestApiRow] {
        &source.rows
    }

    fn key(row: &RestApiRow) -> Cow<'_, str> {
        Cow::Borrowed(&row.id)
    }

    fn exact<'a>(row: &'a RestApiRow, column: &str) -> Cow<'a, str> {
        match column {
            "name" => Cow::Borrowed(&row.name),
            "id" => Cow::Borrowed(&row.id),
            "endpoint" => Cow::Borrowed(row.endpoint()),
            "description" => Cow::Borrowed(&row.description),
            "created" => Cow::Owned(row.created_at.map(iso).unwrap_or_default()),
            _ => Cow::Borrowed(""),
        }
    }

    fn compare(column: &str, a: &RestApiRow, b: &RestApiRow) -> Ordering {
        match column {
            "created" => a.created_at.cmp(&b.created_at),
            _ => crate::model::text::natural(&Self::exact(a, column), &Self::exact(b, column)),
        }
    }

    fn cell(&self, row: &RestApiRow, column: &str, cell: &mut Cell<'_>, around: &Around<'_>) {
        match (column, row.created_at) {
            ("name", _) => cell.name(&row.name),
            ("id", _) => cell.mono(&row.id),
            ("created", Some(at)) => around.age(at, cell),
            ("stages" | "behind" | "open" | "deployed", _) => {
                self.standing_cell(row, column, cell, around);
            }
            _ => cell.muted(&Self::exact(row, column)),
        }
    }

    fn nothing(cx: &Cx<'_>) -> Nothing {
        Nothing {
            icon: Icon::NETWORK,
            title: format!("No APIs in {}", cx.connection.region),
            advice: "Create one here: a path, a method, a function behind it, and a stage that answers.",
            command: Some(Command::CreateApi),
        }
    }

    fn route(row: &RestApiRow) -> Option<Route> {
        Some(Route::api(&row.id))
    }

    fn measured(row: &RestApiRow, measure: &Measure, id: String) -> Option<MetricQuery> {
        Some(measure.of_api(id, &row.name))
    }
}

/// What is to be known of the figures where APIs are called alike.
fn shared_names(rows: &[RestApiRow]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(&row.name).or_default() += 1;
    }
    let shared = counts.iter().filter(|(_, count)| **count > 1);
    let shared: Vec<String> = shared
        .map(|(name, count)| format!("{count} are called {name}"))
        .collect();
    (!shared.is_empty()).then(|| {
        format!(
            "CloudWatch counts an API by its name: {}, and each of them shows the figures of all.",
            shared.join(", ")
        )
    })
}

/// As CSV has times.
fn iso(at: i64) -> String {
    crate::model::format::time_exact(at, &crate::model::format::Zone::Utc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::RestApi;

    fn row(name: &str, created_at: Option<i64>) -> RestApiRow {
        Arc::new(RestApi {
            name: name.into(),
            created_at,
            ..RestApi::default()
        })
    }

    #[test]
    fn numbers_in_names_and_times_are_in_their_order() {
        let (two, ten) = (row("api-2", Some(20)), row("api-10", Some(3)));
        assert_eq!(Apis::compare("name", &two, &ten), Ordering::Less);
        assert_eq!(Apis::compare("created", &two, &ten), Ordering::Greater);
    }

    #[test]
    fn names_that_are_shared_are_told() {
        let rows = [row("shop", None), row("pay", None), row("shop", None)];
        let words = shared_names(&rows).unwrap_or_default();
        assert!(words.contains(": 2 are called shop, and"), "{words}");
        assert_eq!(shared_names(&rows[..2]), None);
    }
}
