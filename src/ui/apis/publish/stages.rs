//! The stages of an API: what each stands on and how it is set, what came before, and its numbers.

use std::sync::Arc;

use egui::{Frame, Label, Margin, Panel, RichText, ScrollArea, Ui};

use super::super::export::Export;
use super::compared::Behind;
use super::numbers::Numbers;
use super::settings::Settings;
use super::side::heading;
use super::{at, canary, history, lead};
use crate::cloud::apigateway::stage::DeleteStage;
use crate::model::api::{ApiDetail, Stage, stage_url};
use crate::model::draft::stage::{CACHE, CANARY, GENERAL, LOGGING, METHODS, THROTTLING, VARIABLES};
use crate::model::format::counted;
use crate::route::{ApiTab, Route};
use crate::ui::cx::Cx;
use crate::ui::draft::{Section, sections};
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::state::{self, Empty};

/// Headings of what is no form.
pub const NUMBERS: &str = "Numbers";
/// See [`NUMBERS`].
pub const DEPLOYMENTS: &str = "Deployments";
/// See [`NUMBERS`].
pub const EXPORT: &str = "Export";

/// The list of stages shows beside from this width on.
const WIDE: f32 = 820.0;
const LIST: f32 = 208.0;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Stages {
    chosen: Option<String>,
    settings: Settings,
    numbers: Numbers,
    behind: Behind,
    history: history::History,
    export: Export,
}

impl Stages {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        let there = |name: &String| detail.stages.iter().any(|stage| stage.name == *name);
        if !self.chosen.as_ref().is_some_and(there) {
            self.chosen = lead(detail).map(|stage| stage.name.clone());
        }
        let chosen = self.chosen.clone().unwrap_or_default();
        let Some(stage) = detail.stages.iter().find(|stage| stage.name == chosen) else {
            let empty = Empty {
                icon: Icon::LAYERS,
                title: "No stages",
                advice: "The first deployment makes one: an address that answers with the API as it is then.",
                action: "Deploy…",
            };
            if state::empty_state(ui, &empty) {
                cx.open(Route::api_tab(&detail.api.id, ApiTab::Deploy));
            }
            return;
        };
        let behind = self.behind.stage(detail, stage, cx);
        self.settings.begin(stage, cx);
        self.settings.bar(ui, detail, stage, cx);
        let wide = ui.available_width() >= WIDE;
        if wide {
            self.list(ui, detail, stage);
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = Margin::symmetric(space::L as i8, space::M as i8);
            Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = space::S;
                if !wide {
                    let mut at = detail.stages.iter().position(|of| of.name == stage.name);
                    let names = detail.stages.iter().enumerate();
                    let names: Vec<_> =
                        names.map(|(at, of)| (Some(at), of.name.as_str())).collect();
                    ScrollArea::horizontal().id_salt("stages").show(ui, |ui| {
                        if segmented(ui, "Stage", &mut at, &names) {
                            self.chosen = at.map(|at| detail.stages[at].name.clone());
                        }
                    });
                }
                self.page(ui, detail, stage, behind, cx);
            });
        });
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        self.settings.unsaved()
    }

    fn list(&mut self, ui: &mut Ui, detail: &ApiDetail, stage: &Stage) {
        let frame = Frame::new()
            .fill(Theme::of(ui).bg)
            .inner_margin(Margin::same(space::S as i8));
        let panel = Panel::left("stages").exact_size(LIST).resizable(false);
        panel.frame(frame).show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                let title = format!("Stages {}", detail.stages.len());
                ui.horizontal(|ui| {
                    heading(ui, &title);
                });
                for one in &detail.stages {
                    let on = one.name == stage.name;
                    let row = Section {
                        title: "",
                        value: one.deployment_id.clone(),
                        changed: self.settings.changed(&one.name),
                        wrong: 0,
                    };
                    if stage_row(ui, &one.name, &row, on) {
                        self.chosen = Some(one.name.clone());
                    }
                }
                ui.add_space(space::M);
                let parts = self.parts(detail, stage);
                if let Some(section) = sections(ui, &parts, None) {
                    self.settings.jump_to(&stage.name, section);
                }
            });
        });
    }

    fn parts(&self, detail: &ApiDetail, stage: &Stage) -> Vec<Section> {
        let own = stage.own_methods().len();
        let canary = stage.canary();
        let size = stage.get("/cacheClusterSize").unwrap_or_default();
        let rate = stage
            .get("/*/*/throttling/rateLimit")
            .filter(|rate| *rate != "-1");
        let cached = stage.get("/cacheClusterEnabled") == Some("true");
        let values = [
            (NUMBERS, String::new()),
            (DEPLOYMENTS, detail.deployments.len().to_string()),
            (
                CANARY,
                canary.map_or_else(
                    || "none".to_owned(),
                    |canary| format!("{} %", canary.percent),
                ),
            ),
            (GENERAL, String::new()),
            (VARIABLES, stage.variables().count().to_string()),
            (
                THROTTLING,
                rate.map_or_else(|| "the account's".to_owned(), |rate| format!("{rate} /s")),
            ),
            (METHODS, own.to_string()),
            (
                LOGGING,
                stage
                    .get("/*/*/logging/loglevel")
                    .unwrap_or("OFF")
                    .to_lowercase(),
            ),
            (
                CACHE,
                if cached {
                    format!("{size} GB")
                } else {
                    "off".to_owned()
                },
            ),
            (EXPORT, String::new()),
        ];
        let part = |(title, value): (&'static str, String)| {
            let (changed, wrong) = self.settings.state_of(&stage.name, title);
            Section {
                title,
                value,
                changed,
                wrong,
            }
        };
        values.map(part).into()
    }

    fn page(
        &mut self,
        ui: &mut Ui,
        detail: &ApiDetail,
        stage: &Stage,
        behind: Option<usize>,
        cx: &mut Cx<'_>,
    ) {
        let endpoint = cx.connection.spec.endpoint.as_deref();
        let url = stage_url(&detail.api.id, &cx.connection.region, &stage.name, endpoint);
        let mut pairs = vec![
            ("URL", Value::Code(url.as_str())),
            ("Deployment", Value::Code(&stage.deployment_id)),
        ];
        let words = super::deploy::deployed_words(detail, &stage.deployment_id, cx);
        if !words.is_empty() {
            pairs.push(("Deployed", Value::Text(&words)));
        }
        if let Some(acl) = &stage.web_acl {
            pairs.push(("Web ACL", Value::Code(acl)));
        }
        kv::grid(ui, &format!("stage {}", stage.name), &pairs);
        if let Some(count) = behind.filter(|count| *count > 0) {
            ui.horizontal_wrapped(|ui| {
                let words = format!(
                    "{} not deployed to {}",
                    counted(count, "change"),
                    stage.name
                );
                ui.label(RichText::new(words).color(Theme::of(ui).warn));
                let look = Button::new("What would change");
                if look.show(ui).clicked() {
                    cx.open(Route::api_tab(&detail.api.id, ApiTab::Deploy));
                }
            });
        }
        let delete = Button::new("Delete stage…").icon(Icon::TRASH_2);
        if delete.available(cx.may_write()).show(ui).clicked() {
            delete_it(detail, stage, cx);
        }
        self.settings.notices(ui, &stage.name, cx);
        ui.add_space(space::S);
        self.settings.heading(ui, &stage.name, NUMBERS);
        self.numbers.ui(ui, &detail.api.name, &stage.name, cx);
        ui.add_space(space::M);
        self.settings.heading(ui, &stage.name, DEPLOYMENTS);
        self.history.ui(ui, detail, stage, cx);
        ui.add_space(space::M);
        self.settings.heading(ui, &stage.name, CANARY);
        canary::ui(ui, detail, stage, cx);
        self.settings.ui(ui, detail, stage, cx);
        ui.add_space(space::M);
        self.settings.heading(ui, &stage.name, EXPORT);
        self.export.ui(ui, detail, Some(&stage.name), cx);
        ui.add_space(space::XL);
    }
}

/// A stage in the list; true where it was pressed.
fn stage_row(ui: &mut Ui, name: &str, row: &Section, on: bool) -> bool {
    let changed = match row.changed {
        0 => String::new(),
        count => format!("  {}", counted(count, "change")),
    };
    let words = format!("{name}  {}{changed}", row.value);
    let button = Button::new(&words)
        .ghost()
        .selected(on)
        .width(LIST - 2.0 * space::S);
    let label = format!("Stage {name}");
    button.name(&label).show(ui).clicked()
}

fn delete_it(detail: &ApiDetail, stage: &Stage, cx: &mut Cx<'_>) {
    let endpoint = cx.connection.spec.endpoint.as_deref();
    let url = stage_url(&detail.api.id, &cx.connection.region, &stage.name, endpoint);
    cx.review(Arc::new(DeleteStage {
        of: at(detail, &stage.name),
        deployment: stage.deployment_id.clone(),
        url,
        context: cx.connection.cli(),
    }));
}

/// A line that says what is not there.
pub fn quiet(ui: &mut Ui, words: &str) {
    let text = RichText::new(words).color(Theme::of(ui).muted);
    ui.add(Label::new(text).wrap());
}
