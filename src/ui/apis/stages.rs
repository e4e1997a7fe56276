//! The stages of an API: what each answers with and where; and deploying to one.

use std::sync::Arc;

use egui::{Frame, RichText, ScrollArea, Ui};

use crate::cloud::apigateway::deploy::Deploy;
use crate::command::Command;
use crate::model::api::{ApiDetail, Stage, stage_url};
use crate::model::error::CloudError;
use crate::model::format;
use crate::ui::cx::{Cx, Message, Submission, SubmissionState};
use crate::ui::fonts;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::state;
use crate::ui::widgets::text_field::TextField;

/// API Gateway's limit, in characters.
const NAME_CHARS: usize = 128;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Stages {
    /// The stage as it was typed; none follows the API.
    stage: Option<String>,
    description: String,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
}

impl Stages {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        self.follow(cx);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = egui::Margin::symmetric(space::L as i8, space::M as i8);
            Frame::new().inner_margin(margin).show(ui, |ui| {
                self.deploy(ui, detail, cx);
                ui.add_space(space::L);
                ui.label(RichText::new("Stages").font(fonts::semibold(size::HEADING)));
                ui.add_space(space::XS);
                if detail.stages.is_empty() {
                    let words = "None yet: the first deployment makes one.";
                    ui.label(RichText::new(words).color(Theme::of(ui).muted));
                }
                for stage in &detail.stages {
                    one_stage(ui, stage, detail, cx);
                    ui.add_space(space::S);
                }
            });
        });
    }

    fn follow(&mut self, cx: &mut Cx<'_>) {
        let state = self.submission.as_ref().map(Submission::state);
        match state {
            None | Some(SubmissionState::Reviewing) => return,
            Some(SubmissionState::Dismissed) => {}
            Some(SubmissionState::Refused(error)) => self.failed = Some(Arc::new(error)),
            Some(SubmissionState::Submitted(id)) => {
                let result = cx.store.action(id).and_then(|action| action.result.clone());
                match result {
                    None => return,
                    Some(Ok(_)) => self.description.clear(),
                    Some(Err(error)) => self.failed = Some(error),
                }
            }
        }
        self.submission = None;
    }

    /// The stage that is deployed to: as it was typed, else the only one there is, else `prod`.
    fn name(&self, detail: &ApiDetail) -> String {
        match (&self.stage, detail.stages.as_slice()) {
            (Some(typed), _) => typed.trim().to_owned(),
            (None, [only]) => only.name.clone(),
            (None, _) => "prod".to_owned(),
        }
    }

    fn deploy(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        let name = self.name(detail);
        let wrong = name_problem(&name);
        let running = self.submission.is_some();
        ui.label(RichText::new("Deploy").font(fonts::semibold(size::HEADING)));
        let words = "Freezes the API as it is now; the stage answers with it from then on.";
        ui.label(RichText::new(words).color(Theme::of(ui).muted));
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
        let there = detail.stages.iter().find(|stage| stage.name == name);
        let help = match there {
            Some(stage) => format!("It answers with deployment {} now", stage.deployment_id),
            None => "It is made".to_owned(),
        };
        ui.add_enabled_ui(!running, |ui| {
            form(ui, "deploy", |ui| {
                let told = wrong.as_deref().unwrap_or_default();
                Row::new("Stage").help(&help).wrong(told).show(ui, |ui| {
                    let mut text = self.stage.clone().unwrap_or_else(|| name.clone());
                    let field = TextField::new("Stage", &mut text).mono().width(200.0);
                    if field.wrong(wrong.is_some()).show(ui).changed() {
                        self.stage = Some(text);
                    }
                });
                Row::new("Description").show(ui, |ui| {
                    let field = TextField::new("Description", &mut self.description);
                    field.hint("what changed").width(320.0).show(ui);
                });
            });
        });
        ui.add_space(space::S);
        let unready = unready(detail);
        let available = match (running, &wrong, &unready) {
            (true, ..) => Err("It is being deployed"),
            (_, Some(why), _) | (_, _, Some(why)) => Err(why.as_str()),
            _ => cx.may_write(),
        };
        let button = Button::new("Review and deploy").primary();
        let button = button.shortcut(Command::Review.keys_text());
        let mut go = cx.take(Command::Review);
        go |= button.available(available).show(ui).clicked();
        if let Some(why) = &unready {
            ui.label(RichText::new(why).color(Theme::of(ui).warn));
        }
        if go && available.is_ok() {
            self.failed = None;
            let endpoint = cx.connection.spec.endpoint.as_deref();
            let action = Deploy {
                id: detail.api.id.clone(),
                name: detail.api.name.clone(),
                before: there.map(|stage| format!("deployment {}", stage.deployment_id)),
                url: stage_url(&detail.api.id, &cx.connection.region, &name, endpoint),
                stage: name,
                description: self.description.trim().to_owned(),
                open: detail.methods().1,
                context: cx.connection.cli(),
            };
            self.submission = Some(cx.review(Arc::new(action)));
        }
    }
}

/// Why API Gateway would refuse the deployment, where that can be seen here.
fn unready(detail: &ApiDetail) -> Option<String> {
    let mut methods = 0;
    for resource in &detail.resources {
        for (verb, method) in &resource.methods {
            methods += 1;
            if method.integration.is_none() {
                return Some(format!("Nothing answers {verb} {} yet", resource.path));
            }
        }
    }
    (methods == 0).then(|| "The API has no methods yet".to_owned())
}

/// Letters, digits, `-` and `_`.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html>.
fn name_problem(name: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match name.chars().count() {
        0 => Some("Give it a name".into()),
        count if count > NAME_CHARS => Some(format!(
            "The name has {count} characters; {NAME_CHARS} are allowed"
        )),
        _ if !name.chars().all(fits) => Some("Letters, digits, - and _ only".into()),
        _ => None,
    }
}

fn one_stage(ui: &mut Ui, stage: &Stage, detail: &ApiDetail, cx: &Cx<'_>) {
    let theme = Theme::of(ui);
    let endpoint = cx.connection.spec.endpoint.as_deref();
    let url = stage_url(&detail.api.id, &cx.connection.region, &stage.name, endpoint);
    let deployment = detail
        .deployments
        .iter()
        .find(|of| of.id == stage.deployment_id);
    let at = deployment.and_then(|of| of.created_at);
    let when = at
        .map(|at| format::ago(at, cx.now, cx.zone))
        .unwrap_or_default();
    let exact = at
        .map(|at| format::time_exact(at, cx.zone))
        .unwrap_or_default();
    let said = deployment
        .map(|of| of.description.as_str())
        .unwrap_or_default();
    Frame::new()
        .fill(theme.panel)
        .stroke(theme.stroke())
        .corner_radius(RADIUS)
        .inner_margin(space::M)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(&stage.name).font(fonts::semibold(size::BODY)));
            ui.add_space(space::XS);
            let mut pairs = vec![
                ("URL", Value::Code(url.as_str())),
                ("Deployment", Value::Code(&stage.deployment_id)),
            ];
            if !when.is_empty() {
                pairs.push(("Deployed", Value::Exact(&when, &exact)));
            }
            if !said.is_empty() {
                pairs.push(("Description", Value::Text(said)));
            }
            if let Some(size) = &stage.cache_gb {
                pairs.push(("Cache (GB)", Value::Text(size)));
            }
            if stage.tracing {
                pairs.push(("X-Ray tracing", Value::Text("on")));
            }
            for (name, value) in &stage.variables {
                pairs.push((name, Value::Text(value)));
            }
            kv::grid(ui, &format!("stage {}", stage.name), &pairs);
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::{Integration, Method, Resource};

    #[test]
    fn what_api_gateway_would_refuse_is_told_before() {
        let mut detail = ApiDetail::default();
        assert_eq!(
            unready(&detail).as_deref(),
            Some("The API has no methods yet")
        );
        let mut resource = Resource {
            path: "/orders".into(),
            ..Resource::default()
        };
        resource.methods.insert("GET".into(), Method::default());
        detail.resources.push(resource);
        assert_eq!(
            unready(&detail).as_deref(),
            Some("Nothing answers GET /orders yet")
        );
        let method = Method {
            integration: Some(Integration::default()),
            ..Method::default()
        };
        detail.resources[0].methods.insert("GET".into(), method);
        assert_eq!(unready(&detail), None);
    }

    #[test]
    fn the_only_stage_is_offered_and_prod_where_there_is_none() {
        let mut detail = ApiDetail::default();
        let stages = Stages::default();
        assert_eq!(stages.name(&detail), "prod");
        detail.stages.push(Stage {
            name: "dev".into(),
            ..Stage::default()
        });
        assert_eq!(stages.name(&detail), "dev");
        assert!(name_problem("a b").is_some());
        assert_eq!(name_problem("v1_a-b"), None);
    }
}
