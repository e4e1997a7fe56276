//! What is typed for a plan: what a key has left, which key comes into it, which stage it opens. One at a time, within the page.

use std::sync::Arc;

use egui::{RichText, ScrollArea, Ui};

use crate::cloud::apigateway::apis::{GetApi, ListApis};
use crate::cloud::apigateway::change_plan::ChangePlan;
use crate::cloud::apigateway::key_change::AddKey;
use crate::cloud::apigateway::keys::KeyRing;
use crate::cloud::apigateway::usage::ExtendUsage;
use crate::model::api::keys::{ApiKey, STAGES, UsagePlan};
use crate::model::api::stage::Moved;
use crate::model::format::number_exact;
use crate::ui::cx::{Cx, Followed, Submission};
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::whole_number;
use crate::ui::widgets::state;
use crate::ui::widgets::text_field::TextField;

/// What is asked.
pub enum What {
    /// What a key has left of this period.
    Left {
        /// The key.
        key: ApiKey,
        /// As it stands.
        before: i64,
        /// As typed.
        text: String,
    },
    /// A key: a new one by its name, or one that is there.
    Key {
        /// The new one's name.
        name: String,
    },
    /// A stage that the plan shall open.
    Stage {
        /// The API's id and name.
        api: Option<(String, String)>,
    },
}

/// What is asked, for which plan.
pub struct Ask {
    plan: String,
    what: What,
    begun: bool,
    submission: Option<Submission>,
    failed: Option<Arc<crate::model::error::CloudError>>,
}

/// Where it stands.
#[derive(PartialEq, Eq)]
pub enum End {
    /// It is being filled in, or sent.
    Open,
    /// It was left, or is done.
    Done,
}

impl Ask {
    /// Asks it for a plan.
    pub fn new(plan: &UsagePlan, what: What) -> Self {
        Self {
            plan: plan.id.clone(),
            what,
            begun: false,
            submission: None,
            failed: None,
        }
    }

    /// It is asked for this plan.
    pub fn is_of(&self, plan: &UsagePlan) -> bool {
        self.plan == plan.id
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, plan: &UsagePlan, ring: &KeyRing, cx: &mut Cx<'_>) -> End {
        match Submission::follow(&mut self.submission, cx.store) {
            Followed::Done(_) => return End::Done,
            Followed::Failed(error) => self.failed = Some(error),
            Followed::Waiting | Followed::Dismissed | Followed::Running => {}
        }
        if let Some(error) = &self.failed {
            state::alert(ui, error, false);
        }
        let busy = self.submission.is_some();
        let first = !std::mem::replace(&mut self.begun, true);
        let mut end = End::Open;
        let mut action = None;
        ui.add_enabled_ui(!busy, |ui| {
            ui.horizontal_wrapped(|ui| {
                action = match &mut self.what {
                    What::Left { key, before, text } => {
                        left(ui, plan, key, *before, text, first, cx)
                    }
                    What::Key { name } => key(ui, plan, ring, name, first, cx),
                    What::Stage { api } => stage(ui, plan, api, cx),
                };
                if Button::new("Cancel").ghost().show(ui).clicked() {
                    end = End::Done;
                }
            });
        });
        if let Some(action) = action {
            self.failed = None;
            self.submission = Some(cx.review(action));
        }
        ui.add_space(space::S);
        end
    }
}

type Made = Option<Arc<dyn crate::store::Action<crate::cloud::Cloud>>>;

fn title(ui: &mut Ui, words: &str) {
    ui.label(RichText::new(words).font(fonts::semibold(size::BODY)));
}

fn left(
    ui: &mut Ui,
    plan: &UsagePlan,
    key: &ApiKey,
    before: i64,
    text: &mut String,
    first: bool,
    cx: &Cx<'_>,
) -> Made {
    title(ui, &format!("{} has left", key.name));
    let wrong = whole_number(text, &(0..=i64::from(i32::MAX)), "requests");
    let field = TextField::new("What is left", text).width(130.0);
    let response = field.wrong(wrong.is_err()).show(ui);
    if first {
        response.request_focus();
    }
    let muted = Theme::of(ui).muted;
    let words = format!("of this period; {} as it stands", number_exact(before));
    ui.label(RichText::new(words).color(muted));
    let available = match &wrong {
        Err(why) => Err(why.as_str()),
        Ok(after) if *after == before => Err("It is so already"),
        Ok(_) => cx.may_write(),
    };
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let button = Button::new("Review")
        .name("Review what is left")
        .available(available);
    let pressed = button.show(ui).clicked() || (entered && available.is_ok());
    let after = wrong.ok().filter(|_| pressed)?;
    Some(Arc::new(ExtendUsage {
        plan: plan.id.clone(),
        plan_name: plan.name.clone(),
        key: key.id.clone(),
        name: key.name.clone(),
        before,
        after,
        context: cx.connection.cli(),
    }))
}

fn key(
    ui: &mut Ui,
    plan: &UsagePlan,
    ring: &KeyRing,
    name: &mut String,
    first: bool,
    cx: &Cx<'_>,
) -> Made {
    title(ui, "Add a key");
    let response = TextField::new("Name of the new key", name)
        .hint("name")
        .width(200.0)
        .show(ui);
    if first {
        response.request_focus();
    }
    let available = match name.trim().is_empty() {
        true => Err("Give the key a name"),
        false => cx.may_write(),
    };
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let button = Button::new("Make and add").available(available);
    let mut chosen = None;
    if button.show(ui).clicked() || (entered && available.is_ok()) {
        chosen = Some((None, name.trim().to_owned()));
    }
    let there = |key: &&ApiKey| plan.keys.iter().any(|of| of.id == key.id);
    let others: Vec<&ApiKey> = ring.keys.iter().filter(|key| !there(key)).collect();
    if !others.is_empty() && cx.may_write().is_ok() {
        drop_down(ui, "A key that is there", "or one that is there", |ui| {
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for key in others {
                    if entry(ui, false, &key.name, &key.id) {
                        chosen = Some((Some(key.id.clone()), key.name.clone()));
                    }
                }
            });
        });
    }
    let (id, name) = chosen?;
    Some(Arc::new(AddKey {
        plan: (plan.id.clone(), plan.name.clone()),
        id,
        name,
        context: cx.connection.cli(),
    }))
}

fn stage(
    ui: &mut Ui,
    plan: &UsagePlan,
    api: &mut Option<(String, String)>,
    cx: &mut Cx<'_>,
) -> Made {
    title(ui, "Open a stage");
    let known = cx.store.want(&ListApis {}, cx.now);
    let words = api
        .as_ref()
        .map_or("API", |(_, name)| name.as_str())
        .to_owned();
    drop_down(ui, "API", &words, |ui| {
        ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for row in known.shown().into_iter().flat_map(|known| &known.rows) {
                if entry(ui, false, &row.name, &row.id) {
                    *api = Some((row.id.clone(), row.name.clone()));
                }
            }
        });
    });
    let (id, name) = api.clone()?;
    let detail = cx.store.want(&GetApi { id: id.clone() }, cx.now);
    let opened = |stage: &str| plan.stages.contains(&(id.clone(), stage.to_owned()));
    let mut chosen = None;
    drop_down(ui, "Stage", "Stage", |ui| match detail.shown() {
        None => {
            ui.label("Reading the stages…");
        }
        Some(detail) => {
            let mut none = true;
            for stage in detail.stages.iter().filter(|stage| !opened(&stage.name)) {
                none = false;
                if entry(ui, false, &stage.name, "") {
                    chosen = Some(stage.name.clone());
                }
            }
            if none {
                ui.label("It has no other stage");
            }
        }
    });
    let stage = chosen?;
    Some(Arc::new(ChangePlan {
        id: plan.id.clone(),
        name: plan.name.clone(),
        title: format!("Open {name} {stage} with {}", plan.name),
        moved: vec![Moved {
            path: format!("{STAGES}{id}:{stage}"),
            before: None,
            after: Some("opened".to_owned()),
        }],
        notes: vec!["A key opens a stage through one plan only.".to_owned()],
        context: cx.connection.cli(),
    }))
}
