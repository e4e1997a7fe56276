//! The list in every state: loading, growing, rows, refreshed, failed, empty, nothing matches; and errors of every kind.

use std::borrow::Cow;
use std::sync::Arc;

use egui::{RichText, Ui};

use crate::command::Command;
use crate::model::error::{CloudError, ErrorKind};
use crate::settings::Settings;
use crate::store::Loadable;
use crate::ui::cx::{CloudStore, Cx};
use crate::ui::icons::Icon;
use crate::ui::list::{Around, Choice, Entry, FAVOURITE, Kind, List, Nothing, Texts};
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::state;
use crate::ui::widgets::table::Column;
use crate::ui::widgets::table_cell::Cell;

const HEIGHT: f32 = 236.0;

/// A made-up row.
pub struct Sample {
    name: &'static str,
    runtime: &'static str,
    memory_mb: u32,
    errors: f32,
}

const SAMPLES: [Sample; 5] = {
    const fn of(name: &'static str, runtime: &'static str, memory_mb: u32, errors: f32) -> Sample {
        Sample {
            name,
            runtime,
            memory_mb,
            errors,
        }
    }
    [
        of("orders-api", "python3.13", 256, 0.0),
        of("payments-webhook", "java21", 2_048, 3.8),
        of(
            "a-function-with-a-name-that-is-longer-than-most-columns",
            "nodejs22.x",
            512,
            0.0,
        ),
        of("注文を受け付ける", "python3.13", 128, 0.0),
        of("fraud-score", "provided.al2023", 1_024, 12.4),
    ]
};

/// A list in the state with this number; see [`STATES`].
#[derive(Default)]
pub struct Shown<const STATE: usize>;

const ROWS: usize = 0;
const LOADING: usize = 1;
const GROWING: usize = 2;
const REFRESHING: usize = 3;
const FAILED: usize = 4;
const EMPTY: usize = 5;
const NO_MATCH: usize = 6;

const STATES: [&str; 7] = [
    "Rows",
    "Loading for the first time",
    "Growing page by page",
    "Refreshed, the rows stay",
    "A refresh failed, the rows stay",
    "Empty",
    "Nothing matches",
];

impl<const STATE: usize> Kind for Shown<STATE> {
    type Row = Sample;
    type Source = Vec<Sample>;

    const TEXTS: Texts = Texts {
        key: STATES[STATE],
        name: STATES[STATE],
        one: "sample",
        many: "samples",
        hint: "name, runtime",
    };
    const COLUMNS: &'static [Column] = &[
        Column::icon(FAVOURITE, 36.0),
        Column::new("name", "Name", 220.0).min(140.0).required(),
        Column::new("runtime", "Runtime", 132.0).priority(4),
        Column::new("memory", "Memory", 92.0).right().priority(3),
        Column::new("errors", "Errors, 3 h", 124.0)
            .min(84.0)
            .priority(8),
        Column::new("state", "State", 124.0).min(96.0).priority(9),
    ];
    const SORT: (&'static str, bool) = ("name", false);
    const CHOICES: &'static [Choice<Sample>] = &[Choice::new("runtime", "Runtime", |row| {
        Cow::Borrowed(row.runtime)
    })];
    const ENTRIES: &'static [&'static [Entry<Sample>]] =
        &[&[Entry::new("Copy name", |row, ctx, _| {
            ctx.copy_text(row.name.to_owned());
        })]];
    const FAVOURITES: Option<&'static str> = Some("favourite-samples");

    fn want(&mut self, _cx: &mut Cx<'_>) -> Loadable<Vec<Sample>> {
        let mut known = Loadable::unknown();
        let rows = || Some(all());
        match STATE {
            LOADING => known.loading = true,
            GROWING => (known.loading, known.partial) = (true, rows()),
            REFRESHING => (known.loading, known.value) = (true, rows()),
            FAILED => (known.error, known.value) = (Some(Arc::new(error(NETWORK))), rows()),
            EMPTY => known.value = Some(Arc::default()),
            _ => known.value = rows(),
        }
        known
    }

    fn settled(&self, _store: &CloudStore) -> bool {
        true
    }

    fn rows(source: &Vec<Sample>) -> &[Sample] {
        source
    }

    fn key(row: &Sample) -> Cow<'_, str> {
        Cow::Borrowed(row.name)
    }

    fn exact<'a>(row: &'a Sample, column: &str) -> Cow<'a, str> {
        match column {
            "name" => Cow::Borrowed(row.name),
            "runtime" => Cow::Borrowed(row.runtime),
            "memory" => row.memory_mb.to_string().into(),
            "errors" => row.errors.to_string().into(),
            _ => Cow::Borrowed("Active"),
        }
    }

    fn cell(&self, row: &Sample, column: &str, cell: &mut Cell<'_>, _around: &Around<'_>) {
        let theme = cell.theme();
        match column {
            "name" => {
                cell.name(row.name);
                cell.tag("stack media");
            }
            "runtime" => cell.mono(row.runtime),
            "memory" => cell.text(&format!("{} MB", row.memory_mb)),
            "errors" => {
                let line: Vec<f32> = (0..40).map(|at| (at % 7) as f32 * row.errors).collect();
                let color = if row.errors > 0.0 {
                    theme.err
                } else {
                    theme.muted
                };
                cell.sparkline(&line, color, &format!("{} % errors", row.errors));
            }
            _ if row.errors > 0.0 => cell.state(Tone::Err, &format!("{} % errors", row.errors)),
            _ => cell.muted("Active"),
        }
    }

    fn nothing(_cx: &Cx<'_>) -> Nothing {
        Nothing {
            icon: Icon::INBOX,
            title: "No samples".to_owned(),
            advice: "What is to be done next stands here, in a sentence or two.",
            command: Some(Command::Connect),
        }
    }
}

/// The same ones in every frame: made anew, they would be other rows.
fn all() -> Arc<Vec<Sample>> {
    static ALL: std::sync::OnceLock<Arc<Vec<Sample>>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| Arc::new(SAMPLES.into())).clone()
}

/// One list in each state.
pub struct Lists {
    rows: List<Shown<ROWS>>,
    loading: List<Shown<LOADING>>,
    growing: List<Shown<GROWING>>,
    refreshing: List<Shown<REFRESHING>>,
    failed: List<Shown<FAILED>>,
    empty: List<Shown<EMPTY>>,
    no_match: List<Shown<NO_MATCH>>,
}

impl Lists {
    pub fn new() -> Self {
        let mut settings = Settings::in_memory();
        let typed = serde_json::json!({ "filter": "nothing-is-called-this" });
        settings.set(STATES[NO_MATCH], &typed);
        let settings = &settings;
        Self {
            rows: List::new(settings),
            loading: List::new(settings),
            growing: List::new(settings),
            refreshing: List::new(settings),
            failed: List::new(settings),
            empty: List::new(settings),
            no_match: List::new(settings),
        }
    }

    pub fn show(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        one(&mut self.rows, ui, cx);
        one(&mut self.loading, ui, cx);
        one(&mut self.growing, ui, cx);
        one(&mut self.refreshing, ui, cx);
        one(&mut self.failed, ui, cx);
        one(&mut self.empty, ui, cx);
        one(&mut self.no_match, ui, cx);
    }
}

fn one<const STATE: usize>(list: &mut List<Shown<STATE>>, ui: &mut Ui, cx: &mut Cx<'_>) {
    let theme = Theme::of(ui);
    ui.label(RichText::new(STATES[STATE]).color(theme.muted));
    let wanted = egui::vec2(ui.available_width(), HEIGHT);
    let (rect, _) = ui.allocate_exact_size(wanted, egui::Sense::hover());
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).id_salt(STATE));
    child.shrink_clip_rect(rect);
    list.show(&mut child, cx);
    let edge = egui::StrokeKind::Inside;
    ui.painter().rect_stroke(rect, 0, theme.stroke(), edge);
    ui.add_space(space::M);
}

const NETWORK: ErrorKind = ErrorKind::Network;

fn error(kind: ErrorKind) -> CloudError {
    CloudError {
        operation: "ListFunctions".to_owned(),
        target: "eu-west-1".to_owned(),
        kind,
        message: "The service's own words, which can be long: User arn:aws:iam::482177391105:user/ana is not authorized to \
                  perform lambda:ListFunctions on resource * because no identity-based policy allows it"
            .to_owned(),
        code: "AccessDeniedException".to_owned(),
        request_id: Some("8f1c22e4-71b0-4a0c-9d3e-51c0a7de0b12".to_owned()),
        source: Vec::new(),
    }
}

pub fn errors(ui: &mut Ui) {
    let permission = ErrorKind::Permission {
        action: Some("lambda:ListFunctions".to_owned()),
        resource: Some("*".to_owned()),
    };
    let sign_in = |sso, expired| ErrorKind::SignIn { sso, expired };
    for kind in [
        sign_in(true, true),
        sign_in(false, false),
        permission,
        ErrorKind::Throttled,
        ErrorKind::Invalid,
        ErrorKind::NotFound,
        ErrorKind::Conflict,
        ErrorKind::Timeout,
        NETWORK,
        ErrorKind::Clock,
        ErrorKind::NotServed,
        ErrorKind::Cancelled,
        ErrorKind::ReadOnly,
        ErrorKind::Other,
    ] {
        let _pressed = state::alert(ui, &error(kind), false);
    }
}
