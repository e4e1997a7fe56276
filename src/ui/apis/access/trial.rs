//! Asking an authorizer of a caller that is made up. It really runs the function. Tokens are masked, kept by nobody and written
//! nowhere.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use egui::{Label, RichText, Ui};

use super::quiet;
use crate::cloud::apigateway::authorizer::{Of, TryAuthorizer};
use crate::model::api::access::authorizer::{AuthorizerForm, Verdict};
use crate::model::secret::Secret;
use crate::ui::cx::{Cx, Message, Run};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::progress::{Progress, progress};
use crate::ui::widgets::state;
use crate::ui::widgets::text_field::{TextField, secret_field};

/// What is typed, and what came of it.
#[derive(Default)]
pub struct Trial {
    values: BTreeMap<String, (Secret, bool)>,
    path: String,
    run: Run<Verdict>,
}

impl Trial {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, authorizer: &AuthorizerForm, of: &Of, cx: &mut Cx<'_>) {
        self.run.follow(cx.store);
        let wide = (ui.available_width() - 170.0).clamp(120.0, 320.0);
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Test").font(fonts::semibold(size::BODY)));
            let words = match authorizer.asks_function() {
                true => "really runs the function, as the API is now",
                false => "checks the token, as the API is now",
            };
            ui.label(RichText::new(words).color(Theme::of(ui).muted));
        });
        form(ui, "test of the authorizer", |ui| {
            for name in authorizer.headers() {
                Row::new(&name).show(ui, |ui| {
                    let (value, revealed) = self.values.entry(name.clone()).or_default();
                    let label = format!("Test value of {name}");
                    secret_field(ui, &label, value.reveal_mut(), revealed, wide);
                });
            }
            Row::new("Path").show(ui, |ui| {
                let field = TextField::new("Path of the test", &mut self.path);
                field.mono().hint("/?shop=1").width(wide).show(ui);
            });
        });
        let may = match self.run.running() {
            Some(_) => Err("It is running"),
            None => cx.may_write(),
        };
        let button = Button::new("Test")
            .name("Test the authorizer")
            .icon(Icon::PLAY);
        if button.available(may).show(ui).clicked() {
            self.start(authorizer, of, cx);
        }
        ui.add_space(space::XS);
        self.result(ui, cx);
    }

    fn start(&mut self, authorizer: &AuthorizerForm, of: &Of, cx: &mut Cx<'_>) {
        let headers = authorizer.headers().into_iter();
        let headers = headers.filter_map(|name| {
            let (value, _) = self.values.get(&name)?;
            (!value.is_empty()).then(|| (name, value.clone()))
        });
        let action = TryAuthorizer {
            of: of.clone(),
            id: authorizer.id.clone(),
            authorizer: authorizer.name.clone(),
            headers: headers.collect(),
            path: match self.path.trim() {
                "" => "/".to_owned(),
                path => path.to_owned(),
            },
        };
        self.run.start(Arc::new(action), cx);
    }

    fn result(&self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if let Some(id) = self.run.running() {
            let waiting = Progress {
                title: "Waiting for the authorizer",
                detail: "",
                share: None,
                cancel: Ok(()),
            };
            if progress(ui, &waiting) {
                cx.store.cancel_action(id, cx.now);
            }
            ui.ctx().request_repaint_after(Duration::from_millis(100));
            return;
        }
        match self.run.outcome() {
            None => {}
            Some(Err(error)) => {
                let pressed = state::alert(ui, error, false);
                cx.messages
                    .extend(pressed.sign_in.then_some(Message::SignIn));
            }
            Some(Ok(verdict)) => told(ui, verdict),
        }
    }
}

fn told(ui: &mut Ui, verdict: &Verdict) {
    let theme = Theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        match verdict.is_known() {
            true => chip::state(ui, Tone::Ok, "Known"),
            false => chip::state(ui, Tone::Err, "Refused"),
        };
        let words = format!("{}, in {} ms", verdict.words(), verdict.latency_ms);
        ui.label(RichText::new(words).color(theme.muted));
    });
    let (may, not) = verdict.may();
    let (may, not) = (may.join(", "), not.join(", "));
    let claims: Vec<String> = verdict
        .claims
        .iter()
        .map(|(k, v)| format!("{k}: {v}"))
        .collect();
    let claims = claims.join(", ");
    let mut pairs = Vec::new();
    if verdict.is_known() && !verdict.policy.is_empty() {
        pairs.push((
            "May call",
            match may.as_str() {
                "" => Value::Missing("Its policy allows nothing"),
                may => Value::Code(may),
            },
        ));
        if !not.is_empty() {
            pairs.push(("May not", Value::Code(&not)));
        }
    }
    if !claims.is_empty() {
        pairs.push(("Claims", Value::Text(&claims)));
    }
    if !pairs.is_empty() {
        kv::grid(ui, "what the authorizer said", &pairs);
    }
    if let Some(failed) = verdict.steps.iter().find(|step| step.is_failure()) {
        let words = format!("{}: {}", failed.title, failed.detail_shown());
        ui.add(Label::new(RichText::new(words).color(theme.err)).wrap());
    } else if !verdict.is_known() {
        quiet(ui, "A caller with these headers would be refused so.");
    }
    for step in &verdict.steps {
        let detail = step.detail_shown();
        let words = match detail.as_str() {
            "" => step.title.clone(),
            detail => format!("{}: {detail}", step.title),
        };
        let text = RichText::new(words).font(fonts::mono(size::SMALL));
        ui.add(Label::new(text.color(theme.muted)).wrap());
    }
}
