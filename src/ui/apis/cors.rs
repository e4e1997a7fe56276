//! The form that lets pages of other origins call a resource.

use std::sync::Arc;

use egui::{Label, RichText, Ui};

use crate::cloud::apigateway::cors::EnableCors;
use crate::cloud::apigateway::place::MethodPlace;
use crate::command::Command;
use crate::model::api::cors::Cors;
use crate::model::api::{ApiDetail, Resource, VERBS};
use crate::model::arn::partition_of;
use crate::model::error::CloudError;
use crate::ui::cx::{Cx, Followed, Message, Submission};
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::form::{Row, checkbox, form};
use crate::ui::widgets::state;
use crate::ui::widgets::text_field::TextField;

/// What the form keeps between frames.
pub struct CorsForm {
    /// The resource's path.
    pub path: String,
    cors: Cors,
    began: Cors,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
}

impl CorsForm {
    /// A form for a resource.
    pub fn of(resource: &Resource) -> Self {
        let cors = Cors::of(resource);
        Self {
            path: resource.path.clone(),
            began: cors.clone(),
            cors,
            submission: None,
            failed: None,
        }
    }

    /// What would be lost if it were closed now.
    pub fn unsaved(&self) -> Option<String> {
        (self.cors != self.began).then(|| format!("the form of CORS on {}", self.path))
    }

    /// What became of what was sent; true where it was applied.
    pub fn follow(&mut self, cx: &mut Cx<'_>) -> bool {
        match Submission::follow(&mut self.submission, cx.store) {
            Followed::Waiting | Followed::Dismissed | Followed::Running => {}
            Followed::Done(_) => return true,
            Followed::Failed(error) => self.failed = Some(error),
        }
        false
    }

    /// Draws it; true where it was left.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        resource: &Resource,
        detail: &ApiDetail,
        cx: &mut Cx<'_>,
    ) -> bool {
        let running = self.submission.is_some();
        let title = format!("CORS on {}", self.path);
        ui.label(RichText::new(title).font(fonts::semibold(size::HEADING)));
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
        let wrong = self.cors.problem(resource);
        ui.add_enabled_ui(!running, |ui| self.fields(ui));
        if let Some(wrong) = &wrong {
            let words = RichText::new(format!("▲ {wrong}")).color(Theme::of(ui).err);
            ui.add(Label::new(words).wrap());
        }
        let proxies = Cors::left_to_backends(resource);
        if !proxies.is_empty() {
            let words = format!(
                "{}: the backend's answer is passed on as it is, so that it must say Access-Control-Allow-Origin itself.",
                proxies.join(", ")
            );
            ui.add(Label::new(RichText::new(words).color(Theme::of(ui).muted)).wrap());
        }
        ui.add_space(space::M);
        let available = match (running, &wrong) {
            (true, _) => Err("It is being applied"),
            (false, Some(why)) => Err(why.as_str()),
            (false, None) => cx.may_write(),
        };
        let mut go = cx.take(Command::Review);
        let mut leave = false;
        ui.horizontal(|ui| {
            let button = Button::new("Review and enable").primary();
            let button = button.shortcut(Command::Review.keys_text());
            go |= button.available(available).show(ui).clicked();
            leave = Button::new("Cancel").ghost().show(ui).clicked();
        });
        if go && available.is_ok() {
            self.failed = None;
            self.submission = Some(cx.review(Arc::new(self.action(resource, detail, cx))));
        }
        leave
    }

    fn fields(&mut self, ui: &mut Ui) {
        let cors = &mut self.cors;
        let wide = (ui.available_width() - 190.0).clamp(140.0, 420.0);
        form(ui, "cors", |ui| {
            let help = "* for every origin, or one: https://shop.example";
            Row::new("Origin").help(help).show(ui, |ui| {
                let field = TextField::new("Origin", &mut cors.origin);
                field.mono().width(wide.min(280.0)).show(ui);
            });
            Row::new("Verbs").show(ui, |ui| {
                ui.horizontal_wrapped(|ui| {
                    let all = VERBS
                        .iter()
                        .filter(|verb| !["ANY", "OPTIONS"].contains(*verb));
                    for verb in all {
                        let mut on = cors.verbs.iter().any(|one| one == verb);
                        if checkbox(ui, &mut on, verb).changed() {
                            toggle(&mut cors.verbs, verb, on);
                        }
                    }
                });
            });
            let help = "What a page may send; separated by commas";
            Row::new("Headers").help(help).show(ui, |ui| {
                let field = TextField::new("Headers that a page may send", &mut cors.headers);
                field.mono().width(wide).show(ui);
            });
            Row::new("Credentials").show(ui, |ui| {
                checkbox(
                    ui,
                    &mut cors.credentials,
                    "Cookies and signatures go with a call",
                )
            });
            let help = "Seconds for which a browser remembers the answer; may be empty";
            Row::new("Max age").help(help).unit("s").show(ui, |ui| {
                TextField::new("Max age", &mut cors.max_age)
                    .width(90.0)
                    .show(ui);
            });
            let help = "Else a page sees no more of a refusal than that there was one; holds for the whole API";
            Row::new("Gateway responses").help(help).show(ui, |ui| {
                checkbox(
                    ui,
                    &mut cors.gateway,
                    "DEFAULT_4XX and DEFAULT_5XX say it too",
                )
            });
        });
    }

    fn action(&self, resource: &Resource, detail: &ApiDetail, cx: &Cx<'_>) -> EnableCors {
        let region = cx.connection.region.clone();
        EnableCors {
            place: MethodPlace {
                api: detail.api.id.clone(),
                name: detail.api.name.clone(),
                resource: resource.id.clone(),
                path: resource.path.clone(),
                verb: String::new(),
                partition: partition_of(&region).to_owned(),
                region,
            },
            resource: resource.clone(),
            cors: self.cors.clone(),
            context: cx.connection.cli(),
        }
    }
}

/// Puts a verb in its place, or takes it away.
fn toggle(verbs: &mut Vec<String>, verb: &str, on: bool) {
    verbs.retain(|one| one != verb);
    if on {
        verbs.push(verb.to_owned());
        let place = |verb: &String| VERBS.iter().position(|one| one == verb);
        verbs.sort_by_key(place);
    }
}
