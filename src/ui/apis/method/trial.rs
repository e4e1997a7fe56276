//! Trying a method without a stage: what is sent on one side, what came back and how it came to that on the other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use egui::{Label, RichText, TextEdit, Ui};

use crate::cloud::apigateway::trial::TryMethod;
use crate::command::Command;
use crate::model::api::trial::{
    self, Step, TrialAnswer, TrialRequest, headers, parameters, path_with_query,
};
use crate::ui::cx::{Cx, Message, Run};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::code::{CodeEditor, Language};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::progress::{Progress, progress};
use crate::ui::widgets::state;
use crate::ui::widgets::steady::steady_id;
use crate::ui::widgets::text_field::TextField;

use super::Shown;
use super::permission::{self, Permission};

/// Request and answer stand side by side from this width on, in points.
const BESIDE: f32 = 760.0;
const BODY: f32 = 120.0;
const ANSWER: f32 = 180.0;
/// So much of a step stands behind its title, in characters.
const SHORT: usize = 40;

/// What is typed, and what came of it.
#[derive(Default)]
pub struct Trial {
    values: BTreeMap<String, String>,
    query: String,
    headers: String,
    body: String,
    variables: String,
    editor: CodeEditor,
    answer: CodeEditor,
    run: Run<TrialAnswer>,
}

impl Trial {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, shown: &Shown<'_>, cx: &mut Cx<'_>) {
        self.run.follow(cx.store);
        ui.spacing_mut().item_spacing.y = space::S;
        let request = self.request(shown);
        let ready = match (&request, self.run.running()) {
            (_, Some(_)) => Err("It is running".to_owned()),
            (Err(why), _) => Err(why.clone()),
            (Ok(_), None) => cx.may_write().map_err(str::to_owned),
        };
        let mut run = cx.take(Command::Invoke);
        if ui.available_width() >= BESIDE {
            let half = (ui.available_width() - space::XL) / 2.0;
            ui.horizontal_top(|ui| {
                let side = |ui: &mut Ui, draw: &mut dyn FnMut(&mut Ui)| {
                    ui.vertical(|ui| {
                        ui.set_width(half);
                        ui.spacing_mut().item_spacing.y = space::S;
                        draw(ui);
                    });
                };
                side(ui, &mut |ui| run |= self.fields(ui, shown, &ready));
                ui.add_space(space::S);
                side(ui, &mut |ui| self.result(ui, shown, cx));
            });
        } else {
            run |= self.fields(ui, shown, &ready);
            ui.add_space(space::M);
            self.result(ui, shown, cx);
        }
        if run
            && ready.is_ok()
            && let Ok(request) = request
        {
            self.start(request, shown, cx);
        }
    }

    fn request(&self, shown: &Shown<'_>) -> Result<TrialRequest, String> {
        let path = &shown.resource.path;
        Ok(TrialRequest {
            path_with_query: path_with_query(path, &self.values, &self.query),
            headers: headers(&self.headers).map_err(|why| format!("Headers: {why}"))?,
            body: Some(self.body.clone()).filter(|body| !body.is_empty()),
            variables: trial::variables(&self.variables)
                .map_err(|why| format!("Stage variables: {why}"))?,
        })
    }

    fn start(&mut self, request: TrialRequest, shown: &Shown<'_>, cx: &mut Cx<'_>) {
        let action = TryMethod {
            place: shown.place(cx),
            request,
            context: cx.connection.cli(),
        };
        self.run.start(Arc::new(action), cx);
    }

    /// What is sent; true where it is to be sent now.
    fn fields(&mut self, ui: &mut Ui, shown: &Shown<'_>, ready: &Result<(), String>) -> bool {
        let wide = (ui.available_width() - 170.0).clamp(120.0, 360.0);
        form(ui, "what is sent", |ui| {
            for name in parameters(&shown.resource.path) {
                let label = format!("{{{name}}}");
                Row::new(&label).show(ui, |ui| {
                    let value = self.values.entry(name.to_owned()).or_default();
                    let said = format!("Path parameter {name}");
                    TextField::new(&said, value).mono().width(wide).show(ui);
                });
            }
            Row::new("Query").show(ui, |ui| {
                let field = TextField::new("Query string", &mut self.query);
                field.mono().hint("page=2&size=10").width(wide).show(ui);
            });
            let wrong = headers(&self.headers).err().unwrap_or_default();
            Row::new("Headers").wrong(&wrong).show(ui, |ui| {
                lines(
                    ui,
                    "Headers",
                    &mut self.headers,
                    "Accept: application/json",
                    wide,
                );
            });
            let wrong = trial::variables(&self.variables).err().unwrap_or_default();
            Row::new("Stage variables").wrong(&wrong).show(ui, |ui| {
                ui.vertical(|ui| {
                    let name = "Stage variables";
                    lines(ui, name, &mut self.variables, "table=orders", wide);
                    self.fill(ui, shown);
                });
            });
        });
        if !matches!(shown.verb, "GET" | "HEAD" | "OPTIONS") {
            ui.label(RichText::new("Body").color(Theme::of(ui).muted));
            let language = match self.body.trim_start().starts_with(['{', '[']) {
                true => Language::Json,
                false => Language::Plain,
            };
            self.editor
                .show(ui, "Body of the request", &mut self.body, language, BODY);
        }
        let button = Button::new("Send").icon(Icon::PLAY).primary();
        let button = button.shortcut(Command::Invoke.keys_text());
        let available = ready.as_ref().copied().map_err(String::as_str);
        let pressed = button.available(available).show(ui).clicked();
        let words = "It really calls the backend; authorizers and API keys are not asked.";
        ui.add(Label::new(RichText::new(words).color(Theme::of(ui).muted)).wrap());
        if let Err(why) = available
            && why.contains("Line")
        {
            ui.label(RichText::new(why).color(Theme::of(ui).err));
        }
        pressed
    }

    /// Takes the variables of a stage.
    fn fill(&mut self, ui: &mut Ui, shown: &Shown<'_>) {
        let stages = &shown.detail.stages;
        let mut filled = stages
            .iter()
            .filter(|stage| stage.variables().next().is_some());
        if filled.clone().next().is_none() {
            return;
        }
        let mut chosen = None;
        drop_down(ui, "Variables of a stage", "Take from a stage", |ui| {
            for stage in filled.by_ref() {
                if entry(ui, false, &stage.name, "") {
                    chosen = Some(stage);
                }
            }
        });
        if let Some(stage) = chosen {
            let lines = stage.variables();
            let lines: Vec<String> = lines.map(|(k, v)| format!("{k}={v}")).collect();
            self.variables = lines.join("\n");
        }
    }

    fn result(&mut self, ui: &mut Ui, shown: &Shown<'_>, cx: &mut Cx<'_>) {
        if let Some(id) = self.run.running() {
            let started = cx.store.action(id).map_or(cx.now, |state| state.started_at);
            let seconds = format!("{:.1} s", (cx.now - started).max(0) as f64 / 1_000.0);
            let waiting = Progress {
                title: "Waiting for the answer",
                detail: &seconds,
                share: None,
                cancel: Ok(()),
            };
            if progress(ui, &waiting) {
                cx.store.cancel_action(id, cx.now);
            }
            ui.ctx().request_repaint_after(Duration::from_millis(100));
            return;
        }
        match self.run.outcome().cloned() {
            None => {
                let words = "Nothing was sent yet. The method is tried as it is in the API, without a stage.";
                let words = RichText::new(words).color(Theme::of(ui).muted);
                ui.add(Label::new(words).wrap());
            }
            Some(Err(error)) => {
                if state::alert(ui, &error, false).sign_in {
                    cx.messages.push(Message::SignIn);
                }
            }
            Some(Ok(answer)) => {
                if answer.status >= 500 {
                    let permission = permission::of(shown, cx);
                    if matches!(permission, Permission::Refused(_)) {
                        permission::ui(ui, &permission, cx);
                    }
                }
                self.told(ui, &answer);
            }
        }
    }

    fn told(&mut self, ui: &mut Ui, answer: &TrialAnswer) {
        let theme = Theme::of(ui);
        let tone = match answer.status {
            500.. => Tone::Err,
            400..=499 => Tone::Warn,
            _ => Tone::Ok,
        };
        ui.horizontal_wrapped(|ui| {
            chip::state(ui, tone, &answer.status.to_string());
            let words = format!("in {} ms", answer.latency_ms);
            ui.label(RichText::new(words).color(theme.muted));
            copy_button(ui, "answer", || answer.body.clone());
        });
        // What went wrong first: it stands near the end of the steps.
        if let Some(failed) = answer.steps.iter().find(|step| step.is_failure()) {
            let words = match failed.detail.as_str() {
                "" => failed.title.clone(),
                detail => format!("{}: {detail}", failed.title),
            };
            let words = RichText::new(words).color(theme.err);
            ui.add(Label::new(words).wrap());
        }
        for (name, value) in &answer.headers {
            ui.horizontal_wrapped(|ui| {
                let name = RichText::new(format!("{name}:")).font(fonts::mono(size::SMALL));
                ui.label(name.color(theme.muted));
                ui.label(RichText::new(value).font(fonts::mono(size::SMALL)));
            });
        }
        if answer.body.is_empty() {
            ui.label(RichText::new("The body is empty").color(theme.muted));
        } else {
            let (text, language) = readable(&answer.body);
            let lines = text.lines().count().clamp(1, 9) as f32;
            let height = (lines * 18.0 + 14.0).min(ANSWER);
            self.answer
                .show_read_only(ui, "Body of the answer", &text, language, height);
        }
        ui.add_space(space::S);
        ui.label(RichText::new("Steps").font(fonts::semibold(size::BODY)));
        if answer.steps.is_empty() {
            ui.label(RichText::new("The service sent no log").color(theme.muted));
        }
        ui.spacing_mut().item_spacing.y = 2.0;
        // Rows of words alone are as high as their words.
        ui.spacing_mut().interact_size.y = 16.0;
        for row in &answer.steps {
            step(ui, row);
        }
    }
}

/// JSON with its lines, or the text as it is.
fn readable(body: &str) -> (String, Language) {
    match serde_json::from_str::<serde_json::Value>(body) {
        Ok(value) => {
            let pretty = serde_json::to_string_pretty(&value);
            (pretty.unwrap_or_else(|_| body.to_owned()), Language::Json)
        }
        Err(_) => (body.to_owned(), Language::Plain),
    }
}

fn step(ui: &mut Ui, step: &Step) {
    let theme = Theme::of(ui);
    let (icon, color) = match (step.is_failure(), step.title.as_str()) {
        (true, _) => (Icon::CIRCLE_X, theme.err),
        (false, title) if title.starts_with("Successfully") => (Icon::CIRCLE_CHECK, theme.ok),
        (false, title) if title.starts_with("Endpoint request") => (Icon::ARROW_RIGHT, theme.muted),
        (false, title) if title.contains("response") => (Icon::ARROW_LEFT, theme.muted),
        (false, title) if title.contains("request") => (Icon::ARROW_RIGHT, theme.muted),
        _ => (Icon::DOT, theme.muted),
    };
    let words = match step.is_failure() {
        true => theme.err,
        false => theme.text,
    };
    let detail = step.detail_shown();
    let response = ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        glyph(ui, icon, 13.0, color);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let code = RichText::new(&detail).font(fonts::mono(size::SMALL));
            let code = code.color(theme.muted);
            let title = RichText::new(&step.title).font(fonts::body(size::SMALL));
            let title = title.color(words);
            // What is short stands behind its title, the rest below it.
            if detail.len() < SHORT && !detail.contains('\n') {
                ui.horizontal_wrapped(|ui| {
                    ui.label(title);
                    if !detail.is_empty() {
                        ui.label(code);
                    }
                });
            } else {
                ui.label(title);
                ui.add(Label::new(code).wrap());
            }
        });
    });
    if !step.at.is_empty() {
        response.response.on_hover_text(&step.at);
    }
}

/// A field of a few lines.
fn lines(ui: &mut Ui, name: &str, text: &mut String, hint: &str, width: f32) {
    let field = TextEdit::multiline(text)
        .id(steady_id(ui, name))
        .font(fonts::mono(size::SMALL))
        .margin(egui::Margin::symmetric(10, 6))
        .hint_text(hint)
        .desired_rows(2)
        .desired_width(width);
    ui.add(field).accessible_name(name);
}
