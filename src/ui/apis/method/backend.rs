//! What answers a method: the function with what is known of it, an address, a service, or the gateway itself.

use egui::{Label, RichText, Ui};

use crate::cloud::lambda::function::GetFunction;
use crate::model::api::permission::resolved;
use crate::model::api::stage_url;
use crate::route::Route;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, copy_button};
use crate::ui::widgets::chip::Tone;
use crate::ui::widgets::kv::{self, Value};

use super::{Shown, permission};

/// A function of this region that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answering {
    /// Its name.
    pub name: String,
    /// The alias or version that is called.
    pub qualifier: Option<String>,
    /// The stages at which it answers; all where no variable of a stage says which it is.
    pub stages: Vec<String>,
}

impl Answering {
    /// Its name with its qualifier.
    pub fn target(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Name and qualifier of a function of this region.
fn named(arn: &str, region: &str) -> Option<(String, Option<String>)> {
    let mut parts = arn.splitn(8, ':').skip(3);
    let (at, _, _) = (parts.next()?, parts.next()?, parts.next()?);
    let (name, qualifier) = (parts.next()?, parts.next());
    (at == region).then(|| (name.to_owned(), qualifier.map(str::to_owned)))
}

/// The functions that answer, and what of a stage lacks for it to be known which does.
pub fn functions(shown: &Shown<'_>, region: &str) -> (Vec<Answering>, Vec<String>) {
    let arn = shown.method.integration.as_ref();
    let Some(arn) = arn.and_then(|of| of.function_arn()) else {
        return (Vec::new(), Vec::new());
    };
    let stages = &shown.detail.stages;
    if !arn.contains("${stageVariables.") {
        let all = stages.iter().map(|stage| stage.name.clone()).collect();
        let one = named(arn, region).map(|(name, qualifier)| Answering {
            name,
            qualifier,
            stages: all,
        });
        return (one.into_iter().collect(), Vec::new());
    }
    let (mut found, mut lacks): (Vec<Answering>, Vec<String>) = (Vec::new(), Vec::new());
    for stage in stages {
        let arn = match resolved(arn, &stage.variable_map()) {
            Ok(arn) => arn,
            Err(variable) => {
                lacks.push(format!("{} lacks the variable {variable}", stage.name));
                continue;
            }
        };
        let Some((name, qualifier)) = named(&arn, region) else {
            continue;
        };
        let same = |of: &&mut Answering| of.name == name && of.qualifier == qualifier;
        match found.iter_mut().find(same) {
            Some(of) => of.stages.push(stage.name.clone()),
            None => found.push(Answering {
                name,
                qualifier,
                stages: vec![stage.name.clone()],
            }),
        }
    }
    (found, lacks)
}

/// What the box of the backend says of its functions.
pub fn lines(shown: &Shown<'_>, cx: &mut Cx<'_>) -> Vec<(String, Tone)> {
    let (functions, lacks) = functions(shown, &cx.connection.region);
    let mut lines = match functions.as_slice() {
        [] => Vec::new(),
        [one] => vec![facts(&one.name, cx)],
        many => many
            .iter()
            .map(|of| {
                (
                    format!("{}: {}", of.stages.join(", "), of.target()),
                    Tone::Muted,
                )
            })
            .collect(),
    };
    lines.extend(lacks.into_iter().map(|words| (words, Tone::Warn)));
    if !functions.is_empty() {
        lines.extend(permission::of(shown, cx).line());
    }
    lines
}

fn facts(name: &str, cx: &mut Cx<'_>) -> (String, Tone) {
    let known = cx.store.want(&GetFunction::latest(name), cx.now);
    match (known.shown(), &known.error) {
        (Some(detail), _) => {
            let function = &detail.function;
            let runtime = function.runtime.as_deref().unwrap_or("container image");
            let facts = format!(
                "{runtime} · {} MB · {} s",
                function.memory_mb, function.timeout_s
            );
            (facts, Tone::Muted)
        }
        (None, Some(error)) => (error.headline(), Tone::Warn),
        (None, None) => ("Loading…".to_owned(), Tone::Muted),
    }
}

/// Draws it.
pub fn ui(ui: &mut Ui, shown: &Shown<'_>, cx: &mut Cx<'_>) {
    let theme = Theme::of(ui);
    let Some(of) = &shown.method.integration else {
        ui.label(RichText::new("Nothing answers yet.").color(theme.muted));
        return;
    };
    let (target, words) = (of.target(), of.words());
    let mut pairs = vec![
        ("Kind", Value::Text(words)),
        ("Answered by", Value::Text(&target)),
    ];
    if let Some(uri) = &of.uri {
        pairs.push(("URI", Value::Code(uri)));
    }
    if let Some(role) = &of.credentials {
        pairs.push(("Called as", Value::Code(role)));
    }
    let (functions, lacks) = functions(shown, &cx.connection.region);
    let told: Vec<(String, String)> = functions
        .iter()
        .map(|of| {
            let label = match functions.len() {
                1 => "Function".to_owned(),
                _ => format!("At {}", of.stages.join(", ")),
            };
            (
                label,
                format!("{} · {}", of.target(), facts(&of.name, cx).0),
            )
        })
        .collect();
    pairs.extend(
        told.iter()
            .map(|(label, words)| (label.as_str(), Value::Text(words))),
    );
    kv::grid(ui, "the backend", &pairs);
    for words in lacks {
        let words = format!("▲ {words}: every call of it fails with 500");
        ui.add(Label::new(RichText::new(words).color(theme.warn)).wrap());
    }
    if !functions.is_empty() {
        ui.add_space(space::S);
        let permission = permission::of(shown, cx);
        permission::ui(ui, &permission, cx);
        ui.add_space(space::S);
    }
    ui.horizontal_wrapped(|ui| {
        for of in &functions {
            let said = format!("Open {}", of.name);
            let button = Button::new(&said).icon(Icon::SQUARE_FUNCTION);
            if button.show(ui).clicked() {
                cx.open(Route::function(&of.name));
            }
        }
    });
    if of.kind == "MOCK" {
        let words = "The gateway answers by itself: the request's template says which status selects the response.";
        ui.add(Label::new(RichText::new(words).color(theme.muted)).wrap());
    }
    urls(ui, shown, cx);
}

fn urls(ui: &mut Ui, shown: &Shown<'_>, cx: &Cx<'_>) {
    ui.add_space(space::L);
    ui.label(RichText::new("Where it answers").font(fonts::semibold(size::BODY)));
    let detail = shown.detail;
    if detail.stages.is_empty() {
        let words = "Nowhere yet: deploy the API to a stage.";
        ui.label(RichText::new(words).color(Theme::of(ui).muted));
    }
    for stage in &detail.stages {
        let endpoint = cx.connection.spec.endpoint.as_deref();
        let base = stage_url(&detail.api.id, &cx.connection.region, &stage.name, endpoint);
        let url = format!("{base}{}", shown.resource.path.trim_end_matches('/'));
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(&stage.name).color(Theme::of(ui).muted));
            ui.label(RichText::new(&url).font(fonts::mono(size::SMALL)));
            copy_button(ui, &format!("URL in {}", stage.name), || url.clone());
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::{ApiDetail, Integration, Method, Resource, Stage};

    fn told(function: &str) -> (Vec<(String, Vec<String>)>, Vec<String>) {
        let stage = |name: &str, variables: &[(&str, &str)]| Stage {
            name: name.into(),
            values: variables
                .iter()
                .map(|(k, v)| (format!("/variables/{k}"), (*v).to_owned()))
                .collect(),
            ..Stage::default()
        };
        let detail = ApiDetail {
            stages: vec![
                stage("beta", &[("alias", "next")]),
                stage("dev", &[]),
                stage("prod", &[("alias", "live")]),
            ],
            ..ApiDetail::default()
        };
        let arn = format!("arn:aws:lambda:eu-west-1:1:function:{function}");
        let method = Method {
            integration: Some(Integration {
                kind: "AWS_PROXY".into(),
                uri: Some(format!(
                    "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations"
                )),
                ..Integration::default()
            }),
            ..Method::default()
        };
        let shown = Shown {
            detail: &detail,
            resource: &Resource::default(),
            verb: "GET",
            method: &method,
        };
        let (functions, lacks) = functions(&shown, "eu-west-1");
        let functions = functions.into_iter();
        (
            functions.map(|of| (of.target(), of.stages)).collect(),
            lacks,
        )
    }

    #[test]
    fn each_stage_calls_the_function_that_its_variables_name() {
        let (functions, lacks) = told("pay:${stageVariables.alias}");
        let words = |text: &str| vec![text.to_owned()];
        assert_eq!(
            functions,
            [
                ("pay:next".to_owned(), words("beta")),
                ("pay:live".to_owned(), words("prod"))
            ]
        );
        assert_eq!(lacks, ["dev lacks the variable alias"]);
        let (functions, lacks) = told("pay");
        assert_eq!(functions.len(), 1);
        assert_eq!(functions[0].1, ["beta", "dev", "prod"]);
        assert!(lacks.is_empty());
    }
}
