//! How a stage is set, edited as a draft by the one editor of drafts: a draft for each stage, so that looking at another one
//! loses nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{RichText, Ui};

use super::stages::quiet;
use super::{at, role};
use crate::cloud::apigateway::stage::ChangeStage;
use crate::command::Command;
use crate::model::api::stage::{key_of, method_name};
use crate::model::api::{ApiDetail, Stage};
use crate::model::draft::stage::{
    self as draft, CACHE, GENERAL, LOGGING, METHODS, Of, StageField, StageSettings, THROTTLING,
    VARIABLES,
};
use crate::model::draft::{Draft, Values};
use crate::ui::cx::{Cx, Message};
use crate::ui::draft::{Bar, Editor, Place, Rows};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{size, space};
use crate::ui::widgets::button::{Button, icon_button};

/// Lines of an access log as people begin with them.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html>.
const FORMATS: [(&str, &str); 2] = [
    (
        "JSON",
        r#"{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","status":"$context.status","responseLatency":"$context.responseLatency","integrationLatency":"$context.integrationLatency"}"#,
    ),
    (
        "CLF",
        r#"$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId"#,
    ),
];

#[derive(Default)]
struct One {
    editor: Editor<StageSettings>,
    variables: Rows,
}

/// What this part keeps between frames.
#[derive(Default)]
pub struct Settings {
    of: BTreeMap<String, One>,
}

impl Settings {
    /// Follows what became of a stage, and what was applied to it.
    pub fn begin(&mut self, stage: &Stage, cx: &Cx<'_>) {
        let one = self.of.entry(stage.name.clone()).or_default();
        let applied = one.editor.follow(cx);
        if let Some(made) = applied.and_then(|applied| applied.output::<Stage>()) {
            one.editor
                .start(Draft::of(&made.name, None, StageSettings::of(&made)));
            one.variables = Rows::default();
        }
        one.editor
            .bring_up_to_date(&stage.name, None, || StageSettings::of(stage));
    }

    /// The bar at the bottom.
    pub fn bar(&mut self, ui: &mut Ui, detail: &ApiDetail, stage: &Stage, cx: &mut Cx<'_>) {
        let Some(one) = self.of.get_mut(&stage.name) else {
            return;
        };
        let bar = Bar {
            name: "stage",
            place: Place::Bottom,
            note: "act at once, without a deployment",
        };
        let (of, context) = (at(detail, &stage.name), cx.connection.cli());
        let reverted = one.editor.bar(ui, &bar, cx, |draft| {
            let moved = draft::changes(draft, stage);
            if moved.is_empty() {
                return Err("Nothing was changed.".to_owned());
            }
            Ok(Arc::new(ChangeStage {
                title: "Change the stage".to_owned(),
                notes: draft::notes(&moved),
                summary: format!("The stage {} is set as wanted", stage.name),
                of,
                moved,
                context,
            }))
        });
        if reverted {
            one.variables = Rows::default();
        }
    }

    /// What would be lost.
    pub fn unsaved(&self) -> Option<String> {
        let mut all = self.of.values();
        all.find_map(|one| one.editor.unsaved("setting", "settings"))
    }

    /// How many fields of a stage differ.
    pub fn changed(&self, stage: &str) -> usize {
        let draft = self.of.get(stage).and_then(|one| one.editor.draft());
        draft.map_or(0, |draft| draft.changed().len())
    }

    /// How many fields of a part differ, and how many of them are wrong.
    pub fn state_of(&self, stage: &str, section: &str) -> (usize, usize) {
        let one = self.of.get(stage);
        one.map_or((0, 0), |one| one.editor.state_of(section))
    }

    /// Brings a part into view.
    pub fn jump_to(&mut self, stage: &str, section: &'static str) {
        if let Some(one) = self.of.get_mut(stage) {
            one.editor.jump_to(section);
        }
    }

    /// The heading of a part.
    pub fn heading(&mut self, ui: &mut Ui, stage: &str, section: &'static str) {
        if let Some(one) = self.of.get_mut(stage) {
            one.editor.heading(ui, section);
        }
    }

    /// What somebody else changed meanwhile, what went wrong, and that nothing can be applied.
    pub fn notices(&mut self, ui: &mut Ui, stage: &str, cx: &mut Cx<'_>) {
        if Editor::<StageSettings>::lock(ui, cx.may_write()) {
            cx.messages.push(Message::Run(Command::ToggleReadOnly));
        }
        if let Some(one) = self.of.get_mut(stage) {
            one.editor.notices(ui);
        }
    }

    /// The form.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, stage: &Stage, cx: &mut Cx<'_>) {
        let Some(one) = self.of.get_mut(&stage.name) else {
            return;
        };
        let enabled = one.editor.running(cx).is_none();
        ui.push_id(&stage.name, |ui| {
            ui.add_enabled_ui(enabled, |ui| one.form(ui, detail, cx));
        });
    }
}

impl One {
    fn form(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        let now = cx.now;
        let all = StageField::all;
        let Some(draft) = self.editor.draft() else {
            return;
        };
        let mut canary = draft.mine.canary_variables();
        if draft.mine.has_canary() {
            canary.insert(0, StageField::Of(Of::CanaryCache));
            canary.insert(0, StageField::Of(Of::Share));
            self.editor.fields(ui, "canary", &canary, now);
        }
        ui.add_space(space::M);
        self.editor.heading(ui, GENERAL);
        let general = [Of::Description, Of::Certificate].map(StageField::Of);
        self.editor.fields(ui, "general", &general, now);
        ui.add_space(space::M);
        self.editor.heading(ui, VARIABLES);
        if let Some(draft) = self.editor.draft_mut() {
            self.variables.ui(ui, draft);
        }
        ui.add_space(space::M);
        self.editor.heading(ui, THROTTLING);
        let limits = [all("throttling/rateLimit"), all("throttling/burstLimit")];
        self.editor.fields(ui, "throttling", &limits, now);
        ui.add_space(space::M);
        self.editor.heading(ui, METHODS);
        self.methods(ui, detail, now);
        ui.add_space(space::M);
        self.editor.heading(ui, LOGGING);
        role::ui(ui, detail, self.logs(), cx);
        let logging = [
            all("logging/loglevel"),
            all("logging/dataTrace"),
            all("metrics/enabled"),
            StageField::Of(Of::Tracing),
            StageField::Of(Of::LogTo),
            StageField::Of(Of::LogFormat),
        ];
        self.editor.fields(ui, "logging", &logging, now);
        self.formats(ui);
        ui.add_space(space::M);
        self.editor.heading(ui, CACHE);
        let cache = [
            StageField::Of(Of::CacheOn),
            StageField::Of(Of::CacheSize),
            all("caching/enabled"),
            all("caching/ttlInSeconds"),
            all("caching/dataEncrypted"),
        ];
        self.editor.fields(ui, "cache", &cache, now);
        ui.add_space(space::XL);
    }

    /// Something of the stage is to be logged.
    fn logs(&self) -> bool {
        let Some(draft) = self.editor.draft() else {
            return false;
        };
        let get = |field: StageField| draft.mine.get(&field).unwrap_or_default();
        let level = get(StageField::all("logging/loglevel"));
        let to = get(StageField::Of(Of::LogTo));
        !matches!(level.as_str(), "" | "OFF") || !to.is_empty()
    }

    /// Fills in a line of the access log.
    fn formats(&mut self, ui: &mut Ui) {
        let Some(draft) = self.editor.draft_mut() else {
            return;
        };
        ui.horizontal_wrapped(|ui| {
            ui.label("Fill in the format as");
            for (name, format) in FORMATS {
                let label = format!("Access log as {name}");
                if Button::new(name).name(&label).show(ui).clicked()
                    && let Some(text) = draft.mine.format_mut()
                {
                    format.clone_into(text);
                }
            }
        });
    }

    /// Methods with settings of their own, and those that may get some.
    fn methods(&mut self, ui: &mut Ui, detail: &ApiDetail, now: i64) {
        let Some(draft) = self.editor.draft() else {
            return;
        };
        let own = draft.mine.own_methods();
        let gone: Vec<String> = draft
            .base()
            .own_methods()
            .into_iter()
            .filter(|method| !own.contains(method))
            .collect();
        if own.is_empty() && gone.is_empty() {
            quiet(
                ui,
                "None: the settings above and below hold for every method.",
            );
        }
        let mut dropped = None;
        for method in &own {
            let name = method_name(method);
            ui.horizontal(|ui| {
                ui.label(RichText::new(&name).font(fonts::mono(size::BODY)));
                let remove = format!("Remove the settings of {name}");
                if icon_button(ui, Icon::TRASH_2, &remove).clicked() {
                    dropped = Some(method.clone());
                }
            });
            let fields = [
                "throttling/rateLimit",
                "throttling/burstLimit",
                "logging/loglevel",
                "caching/enabled",
                "caching/ttlInSeconds",
            ];
            let fields = fields.map(|setting| StageField::own(method, setting));
            self.editor.fields(ui, method, &fields, now);
        }
        let mut back = None;
        for method in &gone {
            let name = method_name(method);
            ui.horizontal(|ui| {
                quiet(
                    ui,
                    &format!("− {name}: what holds for every method holds for it"),
                );
                if icon_button(ui, Icon::UNDO_2, &format!("Revert {name}")).clicked() {
                    back = Some(method.clone());
                }
            });
        }
        let added = add_method(ui, detail, &own);
        let Some(draft) = self.editor.draft_mut() else {
            return;
        };
        if let Some(method) = dropped {
            draft.mine.drop_method(&method);
        }
        if let Some(method) = added {
            draft.mine.add_method(&method);
        }
        if let Some(method) = back {
            draft::restore_method(draft, &method);
        }
    }
}

/// Chooses a method of the API that has no settings of its own; it as it stands in paths.
fn add_method(ui: &mut Ui, detail: &ApiDetail, own: &[String]) -> Option<String> {
    let all = detail.resources.iter().flat_map(|resource| {
        let verbs = resource.methods.keys();
        verbs.map(|verb| key_of(&resource.path, verb))
    });
    let rest: Vec<String> = all.filter(|method| !own.contains(method)).collect();
    if rest.is_empty() {
        return None;
    }
    let mut chosen = None;
    egui::ComboBox::new("add a method", "")
        .width(240.0)
        .height(360.0)
        .selected_text("Give a method its own…")
        .show_ui(ui, |ui| {
            for method in rest {
                if ui.selectable_label(false, method_name(&method)).clicked() {
                    chosen = Some(method);
                }
            }
        });
    chosen
}
