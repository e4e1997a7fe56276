//! What answers a method: the function with what is known of it, an address, a service, or the gateway itself.

use egui::{Label, RichText, Ui};

use crate::cloud::lambda::function::GetFunction;
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

/// The function that answers: name and qualifier, where it is one of this region.
pub fn function(shown: &Shown<'_>, cx: &Cx<'_>) -> Option<(String, Option<String>)> {
    let arn = shown.method.integration.as_ref()?.function_arn()?;
    let mut parts = arn.splitn(8, ':').skip(3);
    let (region, _, _) = (parts.next()?, parts.next()?, parts.next()?);
    let (name, qualifier) = (parts.next()?, parts.next());
    let here = region == cx.connection.region && !name.contains('$');
    here.then(|| (name.to_owned(), qualifier.map(str::to_owned)))
}

/// What the box of the backend says of a function.
pub fn lines(shown: &Shown<'_>, cx: &mut Cx<'_>) -> Vec<(String, Tone)> {
    let Some((name, _)) = function(shown, cx) else {
        return Vec::new();
    };
    let known = cx.store.want(&GetFunction::latest(&name), cx.now);
    match (known.shown(), &known.error) {
        (Some(detail), _) => {
            let function = &detail.function;
            let runtime = function.runtime.as_deref().unwrap_or("container image");
            let facts = format!(
                "{runtime} · {} MB · {} s",
                function.memory_mb, function.timeout_s
            );
            let permission = permission::of(shown, cx).line();
            [Some((facts, Tone::Muted)), permission]
                .into_iter()
                .flatten()
                .collect()
        }
        (None, Some(error)) => vec![(error.headline(), Tone::Warn)],
        (None, None) => vec![("Loading…".to_owned(), Tone::Muted)],
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
    let function = function(shown, cx);
    let facts = lines(shown, cx);
    if let Some((facts, _)) = facts.first() {
        pairs.push(("Function", Value::Text(facts)));
    }
    kv::grid(ui, "the backend", &pairs);
    if function.is_some() {
        ui.add_space(space::S);
        let permission = permission::of(shown, cx);
        permission::ui(ui, &permission, shown, cx);
    }
    if let Some((name, _)) = &function {
        ui.add_space(space::S);
        let said = format!("Open {name}");
        let button = Button::new(&said).icon(Icon::SQUARE_FUNCTION);
        if button.show(ui).clicked() {
            cx.open(Route::function(name));
        }
    }
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
