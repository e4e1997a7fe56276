//! The form of an API that is not there yet.

use std::sync::Arc;

use egui::{Frame, Margin, RichText, Ui};

use crate::cloud::apigateway::create::CreateApi;
use crate::command::Command;
use crate::model::api::RestApi;
use crate::model::error::CloudError;
use crate::route::Route;
use crate::ui::cx::{CloudStore, Cx, Followed, Message, Panel, Submission};
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::state;
use crate::ui::widgets::text_field::TextField;

/// API Gateway's limit, in characters.
const NAME_CHARS: usize = 1024;

/// What the screen keeps between frames.
pub struct CreateApiPanel {
    name: String,
    description: String,
    endpoint: &'static str,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
    begun: bool,
}

impl Default for CreateApiPanel {
    fn default() -> Self {
        Self {
            name: String::new(),
            description: String::new(),
            endpoint: "REGIONAL",
            submission: None,
            failed: None,
            begun: false,
        }
    }
}

impl Panel for CreateApiPanel {
    fn ui(&mut self, ui: &mut Ui, _route: &Route, cx: &mut Cx<'_>) {
        let running = self.follow(cx);
        let margin = Margin::symmetric(space::L as i8, space::M as i8);
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new("Create API").font(fonts::semibold(size::HEADING)));
                let words = "a REST API; its paths, methods and stages come next";
                ui.label(RichText::new(words).color(Theme::of(ui).muted));
            });
            ui.add_space(space::M);
            self.error(ui, cx);
            ui.add_enabled_ui(!running, |ui| self.fields(ui));
            ui.add_space(space::M);
            self.foot(ui, running, cx);
        });
        self.begun = true;
    }

    fn unsaved(&self) -> Option<String> {
        let name = self.name.trim();
        (!name.is_empty()).then(|| format!("the new API {name}"))
    }

    fn settled(&self, _route: &Route, _store: &CloudStore) -> bool {
        self.begun
    }
}

impl CreateApiPanel {
    fn wrong(&self) -> Option<String> {
        let name = self.name.trim();
        match name.chars().count() {
            0 => Some("Give it a name".into()),
            count if count > NAME_CHARS => Some(format!(
                "The name has {count} characters; {NAME_CHARS} are allowed"
            )),
            _ => None,
        }
    }

    fn error(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let Some(error) = self.failed.clone() else {
            return;
        };
        let pressed = state::error_line(ui, &error);
        if pressed.sign_in {
            cx.messages.push(Message::SignIn);
        }
        if pressed.retry {
            self.failed = None;
        }
        ui.add_space(space::S);
    }

    fn fields(&mut self, ui: &mut Ui) {
        form(ui, "new API", |ui| {
            let help = "For people: another API may have the same";
            Row::new("Name").help(help).show(ui, |ui| {
                let field = TextField::new("Name", &mut self.name).hint("shop");
                let response = field.width(280.0).show(ui);
                if !self.begun {
                    response.request_focus();
                }
            });
            Row::new("Description").show(ui, |ui| {
                TextField::new("Description", &mut self.description)
                    .width(280.0)
                    .show(ui);
            });
            let help = match self.endpoint {
                "EDGE" => "Callers reach it through CloudFront, near to where they are",
                "PRIVATE" => "Only from a VPC, through an endpoint, and by a resource policy",
                _ => "Callers reach it in this region",
            };
            Row::new("Endpoint").help(help).show(ui, |ui| {
                let choices = [
                    ("REGIONAL", "Regional"),
                    ("EDGE", "Edge"),
                    ("PRIVATE", "Private"),
                ];
                segmented(ui, "Endpoint", &mut self.endpoint, &choices);
            });
        });
    }

    fn foot(&mut self, ui: &mut Ui, running: bool, cx: &mut Cx<'_>) {
        let wrong = self.wrong();
        let available = match (running, &wrong) {
            (true, _) => Err("It is being made"),
            (_, Some(why)) => Err(why.as_str()),
            (_, None) => cx.may_write(),
        };
        let mut create = cx.take(Command::Review);
        ui.horizontal(|ui| {
            let button = Button::new("Review and create").primary();
            let button = button.shortcut(Command::Review.keys_text());
            create |= button.available(available).show(ui).clicked();
            if Button::new("Cancel").ghost().show(ui).clicked() {
                *self = Self::default();
                cx.open(Route::Apis);
            }
            let import = Button::new("Import OpenAPI…").ghost();
            if import.hover("From a document instead").show(ui).clicked() {
                cx.open(Route::ImportApi);
            }
        });
        if create && available.is_ok() {
            self.failed = None;
            self.submission = Some(cx.review(Arc::new(CreateApi {
                name: self.name.trim().to_owned(),
                description: self.description.trim().to_owned(),
                endpoint: self.endpoint,
                context: cx.connection.cli(),
            })));
        }
    }

    /// What became of the last submission; true while it runs. Once it is made, it is shown.
    fn follow(&mut self, cx: &mut Cx<'_>) -> bool {
        match Submission::follow(&mut self.submission, cx.store) {
            Followed::Waiting | Followed::Dismissed => {}
            Followed::Running => return true,
            Followed::Done(applied) => {
                *self = Self::default();
                if let Some(api) = applied.output::<RestApi>() {
                    let made = Route::api(&api.id);
                    cx.messages.push(Message::OpenInNewTab(made));
                    cx.messages.push(Message::Close(Route::CreateApi));
                }
            }
            Followed::Failed(error) => self.failed = Some(error),
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_needed_and_has_an_end() {
        let mut panel = CreateApiPanel::default();
        assert_eq!(panel.wrong().as_deref(), Some("Give it a name"));
        panel.name = "店".repeat(NAME_CHARS);
        assert_eq!(panel.wrong(), None);
        panel.name.push('x');
        assert!(panel.wrong().is_some_and(|why| why.contains("1025")));
    }
}
