//! The form of a method that is not there yet: path, verb, and the function that answers.

use std::sync::Arc;

use egui::{RichText, ScrollArea, Ui};

use crate::cloud::apigateway::method::AddMethod;
use crate::command::Command;
use crate::model::api::{ApiDetail, VERBS, missing, path_problem};
use crate::model::arn::partition_of;
use crate::model::error::CloudError;
use crate::ui::cx::{Cx, Followed, Message, Submission};
use crate::ui::fonts;
use crate::ui::functions;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, checkbox, form};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::state;
use crate::ui::widgets::text_field::TextField;

/// What became of the form.
pub enum Outcome {
    /// It is being filled in, or sent.
    Open,
    /// The method is there: its path and verb.
    Made(String, String),
}

/// What the form keeps between frames.
pub struct Add {
    path: String,
    /// The path as the form began.
    began: String,
    verb: &'static str,
    /// The ARN of the function.
    function: String,
    authorization: &'static str,
    key: bool,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
    begun: bool,
}

impl Add {
    /// A form that begins at a path.
    pub fn at(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            began: path.to_owned(),
            verb: "GET",
            function: String::new(),
            authorization: "NONE",
            key: false,
            submission: None,
            failed: None,
            begun: false,
        }
    }

    /// What would be lost if it were closed now.
    pub fn unsaved(&self) -> Option<String> {
        let typed = self.path != self.began || !self.function.is_empty();
        typed.then(|| format!("the new method {} {}", self.verb, self.path))
    }

    /// What became of what was sent.
    pub fn follow(&mut self, cx: &mut Cx<'_>) -> Outcome {
        match Submission::follow(&mut self.submission, cx.store) {
            Followed::Waiting | Followed::Dismissed | Followed::Running => {}
            Followed::Done(_) => {
                return Outcome::Made(self.path.trim().to_owned(), self.verb.to_owned());
            }
            Followed::Failed(error) => self.failed = Some(error),
        }
        Outcome::Open
    }

    fn path_wrong(&self, detail: &ApiDetail) -> Option<String> {
        let path = self.path.trim();
        if path != "/" && path.ends_with('/') {
            return Some("It ends without /".into());
        }
        if let Some(why) = path_problem(path, &detail.resources) {
            return Some(why);
        }
        let there = detail.resource(path);
        let taken = there.is_some_and(|resource| resource.methods.contains_key(self.verb));
        taken.then(|| format!("{} {path} is there already", self.verb))
    }

    /// Draws it; true where it was left.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) -> bool {
        let running = self.submission.is_some();
        ui.label(RichText::new("Add a method").font(fonts::semibold(size::HEADING)));
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
        let wrong = self.path_wrong(detail);
        ui.add_enabled_ui(!running, |ui| self.fields(ui, detail, wrong.as_deref(), cx));
        self.begun = true;
        ui.add_space(space::M);
        let available = match (running, &wrong, self.function.is_empty()) {
            (true, ..) => Err("It is being made"),
            (_, Some(why), _) => Err(why.as_str()),
            (_, _, true) => Err("Choose the function that answers"),
            _ => cx.may_write(),
        };
        let mut go = cx.take(Command::Review);
        let mut leave = false;
        ui.horizontal(|ui| {
            let button = Button::new("Review and add").primary();
            let button = button.shortcut(Command::Review.keys_text());
            go |= button.available(available).show(ui).clicked();
            leave = Button::new("Cancel").ghost().show(ui).clicked();
        });
        if go && available.is_ok() {
            self.failed = None;
            let action = Arc::new(self.action(detail, cx));
            self.submission = Some(cx.review(action));
        }
        leave
    }

    fn fields(&mut self, ui: &mut Ui, detail: &ApiDetail, wrong: Option<&str>, cx: &mut Cx<'_>) {
        let lacking = missing(self.path.trim(), &detail.resources);
        let makes: Vec<&str> = lacking.iter().map(|step| step.path.as_str()).collect();
        let help = match makes.as_slice() {
            [] => "Braces make a parameter: /orders/{id}; {proxy+} takes the rest".to_owned(),
            makes => format!("Makes {}", makes.join(", ")),
        };
        form(ui, "new method", |ui| {
            let told = wrong.unwrap_or_default();
            Row::new("Path").help(&help).wrong(told).show(ui, |ui| {
                let field = TextField::new("Path", &mut self.path).mono().width(280.0);
                let response = field.wrong(wrong.is_some()).show(ui);
                if !self.begun {
                    response.request_focus();
                }
            });
            Row::new("Method").show(ui, |ui| {
                drop_down(ui, "Method", self.verb, |ui| {
                    for verb in VERBS {
                        if entry(ui, verb == self.verb, verb, "") {
                            self.verb = verb;
                        }
                    }
                });
            });
            let help =
                "Gets the request as an event and gives the answer back as it is (Lambda proxy)";
            Row::new("Function")
                .help(help)
                .show(ui, |ui| self.functions(ui, cx));
            Row::new("Authorization").show(ui, |ui| {
                let choices = [("NONE", "None"), ("AWS_IAM", "AWS_IAM")];
                segmented(ui, "Authorization", &mut self.authorization, &choices);
            });
            let help = "Of a usage plan, in the header x-api-key";
            Row::new("API key")
                .help(help)
                .show(ui, |ui| checkbox(ui, &mut self.key, "Required"));
        });
    }

    fn functions(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let (known, note) = functions::wanted(cx.store, cx.now);
        let words = match self.function.rsplit(':').next() {
            Some(name) if !name.is_empty() => name.to_owned(),
            _ => "Choose".to_owned(),
        };
        let mut chosen = None;
        drop_down(ui, "Function", &words, |ui| {
            ui.set_max_width(340.0);
            if !note.is_empty() {
                ui.label(RichText::new(&note).color(Theme::of(ui).muted));
            }
            let rows = known.iter().flat_map(|known| &known.rows);
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for row in rows {
                    let runtime = row.runtime.as_deref().unwrap_or_default();
                    if entry(ui, row.arn == self.function, &row.name, runtime) {
                        chosen = Some(row.arn.clone());
                    }
                }
            });
        });
        if let Some(arn) = chosen {
            self.function = arn;
        }
    }

    fn action(&self, detail: &ApiDetail, cx: &Cx<'_>) -> AddMethod {
        let region = cx.connection.region.clone();
        let identity = cx.connection.identity.as_ref();
        AddMethod {
            api: detail.api.id.clone(),
            name: detail.api.name.clone(),
            path: self.path.trim().to_owned(),
            verb: self.verb.to_owned(),
            function: self.function.clone(),
            authorization: self.authorization,
            api_key_required: self.key,
            resources: detail.resources.clone(),
            account: identity
                .map(|identity| identity.account.clone())
                .unwrap_or_default(),
            partition: partition_of(&region).to_owned(),
            region,
            context: cx.connection.cli(),
        }
    }
}
