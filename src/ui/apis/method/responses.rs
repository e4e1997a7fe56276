//! What an answer of the backend becomes, and what a caller may get, status by status.

use std::collections::BTreeMap;

use egui::{Label, RichText, Ui};

use crate::model::api::Method;
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::code::{CodeEditor, Language};
use crate::ui::widgets::kv::{self, Value};

fn muted(ui: &mut Ui, words: &str) {
    let text = RichText::new(words).color(Theme::of(ui).muted);
    ui.add(Label::new(text).wrap());
}

fn status(ui: &mut Ui, status: &str, words: &str) {
    ui.add_space(space::S);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(status).font(fonts::semibold(size::BODY)));
        ui.label(RichText::new(words).color(Theme::of(ui).muted));
    });
}

/// The integration's responses.
pub fn integration(ui: &mut Ui, method: &Method) {
    let Some(of) = &method.integration else {
        muted(ui, "Nothing answers yet.");
        return;
    };
    if of.is_proxy() {
        let words = "With a proxy, status, headers and body are those of the backend.";
        muted(ui, words);
        return;
    }
    if of.responses.is_empty() {
        let words = "There is none: every call fails with 500, Internal server error.";
        muted(ui, words);
    }
    for (code, response) in &of.responses {
        let words = match &response.pattern {
            None => "for all that no other pattern fits".to_owned(),
            Some(_) if of.function_arn().is_some() => "where the error's message fits".to_owned(),
            Some(_) => "where the backend's status fits".to_owned(),
        };
        status(ui, code, &words);
        let mut pairs = Vec::new();
        if let Some(pattern) = &response.pattern {
            pairs.push(("Selection pattern", Value::Code(pattern)));
        }
        if let Some(how) = &response.content_handling {
            pairs.push(("Content handling", Value::Text(how)));
        }
        for (to, from) in &response.parameters {
            let name = to.strip_prefix("method.response.").unwrap_or(to);
            pairs.push((name, Value::Code(from)));
        }
        if !pairs.is_empty() {
            kv::grid(ui, &format!("integration response {code}"), &pairs);
        }
        templates(ui, code, &response.templates);
    }
}

fn templates(ui: &mut Ui, code: &str, all: &BTreeMap<String, String>) {
    for (kind, text) in all {
        let words = match text.is_empty() {
            true => format!("{kind}: an empty template, the body is empty"),
            false => format!("Template {kind}"),
        };
        muted(ui, &words);
        if !text.is_empty() {
            let name = format!("Template {kind} of {code}");
            let lines = text.lines().count().clamp(1, 12) as f32;
            let height = lines * 18.0 + 12.0;
            CodeEditor::default().show_read_only(ui, &name, text, Language::Plain, height);
        }
    }
}

/// The method's responses.
pub fn method(ui: &mut Ui, method: &Method) {
    if method.responses.is_empty() {
        let proxy = method.integration.as_ref().is_some_and(|of| of.is_proxy());
        muted(
            ui,
            match proxy {
                true => "None is declared; with a proxy the caller gets what the backend answers.",
                false => {
                    "None is declared: an answer has nowhere to go, every call fails with 500."
                }
            },
        );
    }
    for (code, response) in &method.responses {
        let words = match response.models.is_empty() && response.parameters.is_empty() {
            true => "no headers, no models",
            false => "",
        };
        status(ui, code, words);
        let mut pairs = Vec::new();
        for (name, always) in &response.parameters {
            let name = name.strip_prefix("method.response.").unwrap_or(name);
            let words = if *always {
                "always there"
            } else {
                "may be there"
            };
            pairs.push((name, Value::Text(words)));
        }
        for (kind, model) in &response.models {
            pairs.push((kind.as_str(), Value::Text(model)));
        }
        if !pairs.is_empty() {
            kv::grid(ui, &format!("method response {code}"), &pairs);
        }
    }
}
