//! The form of a usage plan that is not there yet, with a key of its own.

use std::sync::Arc;

use egui::{RichText, ScrollArea, Ui};

use crate::cloud::apigateway::apis::{GetApi, ListApis};
use crate::cloud::apigateway::plan::CreatePlan;
use crate::command::Command;
use crate::model::api::keys::Limits;
use crate::model::error::CloudError;
use crate::ui::cx::{Cx, Followed, Message, Submission};
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::state;
use crate::ui::widgets::text_field::TextField;

/// What the form keeps between frames.
pub struct PlanForm {
    name: String,
    /// Id and name of the API.
    api: (String, String),
    stage: String,
    rate: String,
    burst: String,
    quota: String,
    period: &'static str,
    key: String,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
    begun: bool,
}

impl Default for PlanForm {
    fn default() -> Self {
        Self {
            name: String::new(),
            api: Default::default(),
            stage: String::new(),
            rate: "10".into(),
            burst: "5".into(),
            quota: String::new(),
            period: "DAY",
            key: String::new(),
            submission: None,
            failed: None,
            begun: false,
        }
    }
}

/// Where the form stands.
#[derive(PartialEq, Eq)]
pub enum End {
    /// It is being filled in, or sent.
    Open,
    /// It was left, or all is made.
    Done,
}

impl PlanForm {
    /// What would be lost if it were closed now.
    pub fn unsaved(&self) -> Option<String> {
        let name = self.name.trim();
        (!name.is_empty()).then(|| format!("the new usage plan {name}"))
    }

    fn follow(&mut self, cx: &mut Cx<'_>) -> End {
        match Submission::follow(&mut self.submission, cx.store) {
            Followed::Waiting | Followed::Dismissed | Followed::Running => {}
            Followed::Done(_) => return End::Done,
            Followed::Failed(error) => self.failed = Some(error),
        }
        End::Open
    }

    fn wrong(&self) -> Result<Limits, (&'static str, String)> {
        if self.name.trim().is_empty() {
            return Err(("Name", "Give the plan a name".into()));
        }
        if self.api.0.is_empty() {
            return Err(("API", "Choose an API".into()));
        }
        if self.stage.is_empty() {
            return Err(("Stage", "Choose a stage".into()));
        }
        Limits::read(&self.rate, &self.burst, &self.quota)
    }

    fn key_name(&self) -> String {
        match self.key.trim() {
            "" => format!("{}-key", self.name.trim()),
            typed => typed.to_owned(),
        }
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> End {
        if self.follow(cx) == End::Done {
            return End::Done;
        }
        let running = self.submission.is_some();
        ui.label(RichText::new("Usage plan with a key").font(fonts::semibold(size::HEADING)));
        ui.add_space(space::S);
        if let Some(error) = self.failed.clone() {
            let pressed = state::error_line(ui, &error);
            if pressed.sign_in {
                cx.messages.push(Message::SignIn);
            }
            if pressed.retry {
                self.failed = None;
            }
            ui.add_space(space::S);
        }
        let wrong = self.wrong();
        ui.add_enabled_ui(!running, |ui| self.fields(ui, &wrong, cx));
        self.begun = true;
        ui.add_space(space::M);
        let available = match (running, &wrong) {
            (true, _) => Err("It is being made"),
            (_, Err((_, why))) => Err(why.as_str()),
            (_, Ok(_)) => cx.may_write(),
        };
        let mut go = cx.take(Command::Review);
        let mut end = End::Open;
        ui.horizontal(|ui| {
            let button = Button::new("Review and create").primary();
            let button = button.shortcut(Command::Review.keys_text());
            go |= button.available(available).show(ui).clicked();
            if Button::new("Cancel").ghost().show(ui).clicked() {
                end = End::Done;
            }
        });
        if let (true, Ok(()), Ok(limits)) = (go, available, &wrong) {
            self.failed = None;
            self.submission = Some(cx.review(Arc::new(CreatePlan {
                name: self.name.trim().to_owned(),
                stage: (self.api.0.clone(), self.stage.clone()),
                api: self.api.1.clone(),
                limits: *limits,
                period: self.period,
                key: self.key_name(),
                context: cx.connection.cli(),
            })));
        }
        end
    }

    fn fields(
        &mut self,
        ui: &mut Ui,
        wrong: &Result<Limits, (&'static str, String)>,
        cx: &mut Cx<'_>,
    ) {
        let told = |field: &str| match wrong {
            Err((name, why)) if *name == field && field != "Name" => why.as_str(),
            _ => "",
        };
        form(ui, "new usage plan", |ui| {
            Row::new("Name").show(ui, |ui| {
                let field = TextField::new("Name", &mut self.name).hint("basic");
                let response = field.width(240.0).show(ui);
                if !self.begun {
                    response.request_focus();
                }
            });
            Row::new("API").show(ui, |ui| self.apis(ui, cx));
            Row::new("Stage").show(ui, |ui| self.stages(ui, cx));
            let rows = [
                (
                    "Rate",
                    "a second, for each key; empty: no limit",
                    &mut self.rate,
                ),
                ("Burst", "at once", &mut self.burst),
                ("Quota", "empty: none", &mut self.quota),
            ];
            for (label, help, text) in rows {
                let why = told(label);
                Row::new(label).help(help).wrong(why).show(ui, |ui| {
                    let field = TextField::new(label, text).width(120.0);
                    field.wrong(!why.is_empty()).show(ui);
                });
            }
            Row::new("Quota's period").show(ui, |ui| {
                let choices = [("DAY", "Day"), ("WEEK", "Week"), ("MONTH", "Month")];
                segmented(ui, "Quota's period", &mut self.period, &choices);
            });
            let follows = self.key_name();
            let help = "Its value is made by API Gateway and shown only when asked for";
            Row::new("Key's name").help(help).show(ui, |ui| {
                let field = TextField::new("Key's name", &mut self.key).hint(&follows);
                field.width(240.0).show(ui);
            });
        });
    }

    fn apis(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let known = cx.store.want(&ListApis {}, cx.now);
        let words = match self.api.1.as_str() {
            "" => "Choose",
            name => name,
        };
        let mut chosen = None;
        drop_down(ui, "API", words, |ui| {
            let rows = known.shown().into_iter().flat_map(|known| &known.rows);
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                let mut none = true;
                for row in rows {
                    none = false;
                    if entry(ui, row.id == self.api.0, &row.name, &row.id) {
                        chosen = Some((row.id.clone(), row.name.clone()));
                    }
                }
                if none {
                    let words = RichText::new("There are no APIs yet");
                    ui.label(words.color(Theme::of(ui).muted));
                }
            });
        });
        if let Some(api) = chosen {
            self.stage.clear();
            self.api = api;
        }
    }

    fn stages(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if self.api.0.is_empty() {
            ui.label(RichText::new("the API's").color(Theme::of(ui).muted));
            return;
        }
        let query = GetApi {
            id: self.api.0.clone(),
        };
        let known = cx.store.want(&query, cx.now);
        let Some(detail) = known.shown() else {
            ui.label(RichText::new("Reading the stages…").color(Theme::of(ui).muted));
            return;
        };
        if let ([only], true) = (detail.stages.as_slice(), self.stage.is_empty()) {
            self.stage.clone_from(&only.name);
        }
        if detail.stages.is_empty() {
            let words = RichText::new("It has none yet: deploy it first");
            ui.label(words.color(Theme::of(ui).warn));
            return;
        }
        let words = match self.stage.as_str() {
            "" => "Choose",
            name => name,
        };
        let mut chosen = None;
        drop_down(ui, "Stage", words, |ui| {
            for stage in &detail.stages {
                if entry(ui, stage.name == self.stage, &stage.name, "") {
                    chosen = Some(stage.name.clone());
                }
            }
        });
        if let Some(stage) = chosen {
            self.stage = stage;
        }
    }
}
