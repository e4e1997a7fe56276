//! The integration request: what is sent, and to what.

use egui::{RichText, ScrollArea, Ui};

use crate::cloud::lambda::related::ListAliases;
use crate::model::api::{Integration, VERBS, function_arn, target_of};
use crate::model::arn::partition_of;
use crate::model::draft::Draft;
use crate::model::draft::method::{MethodField, MethodForm};
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::functions;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, checkbox, form};
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::text_field::TextField;

use super::row::{choice, own};
use super::{Shown, State};

/// What people tell apart; the service has other words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A function.
    Lambda,
    /// An address.
    Http,
    /// Another service of AWS.
    Service,
    /// The gateway itself.
    Mock,
}

/// The shape that a form has; `asked` where a person has just chosen it, and nothing it leads to yet.
fn shape_of(form: &MethodForm, asked: Option<Shape>) -> Option<Shape> {
    match form.kind.as_str() {
        "" => None,
        "MOCK" => Some(Shape::Mock),
        "HTTP" | "HTTP_PROXY" => Some(Shape::Http),
        _ => match asked {
            Some(shape @ (Shape::Lambda | Shape::Service)) => Some(shape),
            _ if function_arn(&form.uri).is_some() => Some(Shape::Lambda),
            _ => Some(Shape::Service),
        },
    }
}

/// The type that a shape has.
fn kind_of(shape: Shape, proxy: bool) -> &'static str {
    match (shape, proxy) {
        (Shape::Lambda, true) => "AWS_PROXY",
        (Shape::Lambda | Shape::Service, _) => "AWS",
        (Shape::Http, true) => "HTTP_PROXY",
        (Shape::Http, false) => "HTTP",
        (Shape::Mock, _) => "MOCK",
    }
}

/// Takes up another shape, with what follows from it.
fn take(form: &mut MethodForm, base: &MethodForm, shape: Shape, proxy: bool) {
    kind_of(shape, proxy).clone_into(&mut form.kind);
    let fits = match shape {
        Shape::Lambda => function_arn(&form.uri).is_some(),
        Shape::Http => !form.uri.starts_with("arn:"),
        Shape::Service => form.uri.starts_with("arn:") && function_arn(&form.uri).is_none(),
        Shape::Mock => true,
    };
    if !fits {
        let back = form.kind == base.kind;
        form.uri = if back {
            base.uri.clone()
        } else {
            String::new()
        };
    }
    match shape {
        Shape::Lambda => "POST".clone_into(&mut form.http_method),
        Shape::Mock => {}
        _ if form.http_method.is_empty() => "GET".clone_into(&mut form.http_method),
        _ => {}
    }
}

/// Draws it.
pub fn ui(ui: &mut Ui, state: &mut State, shown: &Shown<'_>, cx: &mut Cx<'_>) {
    let Some(draft) = state.editor.draft_mut() else {
        return;
    };
    let mut shape = shape_of(&draft.mine, state.shape);
    form(ui, "integration request", |ui| {
        let asked = kind(ui, draft, shape);
        if asked.is_some() {
            state.shape = asked;
            shape = asked;
        }
        match shape {
            Some(Shape::Lambda) => function(ui, draft, cx),
            Some(Shape::Http) => address(ui, draft, "URL", "https://orders.example/{id}"),
            Some(Shape::Service) => {
                address(
                    ui,
                    draft,
                    "URI",
                    "arn:aws:apigateway:REGION:sqs:path/ACCOUNT/QUEUE",
                );
            }
            Some(Shape::Mock) | None => {}
        }
    });
    let Some(shape) = shape else { return };
    let called = [MethodField::Credentials, MethodField::Timeout];
    let fields = match shape {
        Shape::Mock => &[][..],
        Shape::Http => &called[1..],
        Shape::Lambda | Shape::Service => &called[..],
    };
    state.editor.fields(ui, "how it is called", fields, cx.now);
    let Some(draft) = state.editor.draft_mut() else {
        return;
    };
    let proxy = draft.mine.is_proxy();
    if !proxy {
        form(ui, "no match", |ui| passthrough(ui, draft));
    }
    // A function that gets the request as it is gets no headers of its own.
    let mapped = draft.mine.kind != "AWS_PROXY" || !draft.mine.mappings.is_empty();
    if mapped {
        form(ui, "mapped parameters", |ui| {
            Row::new("Parameters").show(ui, |ui| {
                ui.vertical(|ui| state.mappings.ui(ui, draft));
            });
        });
    }
    if !proxy || !draft.mine.templates.is_empty() {
        ui.add_space(space::S);
        let tester = (!proxy).then_some(&mut state.tester);
        state.template.ui(ui, draft, tester, shown);
    }
    facts(ui, shown.method.integration.as_ref());
}

/// Type, and whether all is passed on; what was asked for, where it changed.
fn kind(ui: &mut Ui, draft: &mut Draft<MethodForm>, shape: Option<Shape>) -> Option<Shape> {
    let mut asked = None;
    let words = |form: &MethodForm| {
        let of = Integration {
            kind: form.kind.clone(),
            uri: Some(form.uri.clone()),
            ..Integration::default()
        };
        match of.words() {
            "" => "nothing".to_owned(),
            words => words.to_owned(),
        }
    };
    let fields = [MethodField::Kind, MethodField::Uri, MethodField::HttpMethod];
    let only = match draft.differs(&MethodField::Kind) {
        true => &fields[..],
        false => &fields[..1],
    };
    let help = match shape {
        None => "Nothing answers: an API with such a method can't be deployed",
        Some(Shape::Lambda | Shape::Http) if draft.mine.is_proxy() => {
            "Request and answer are passed on as they are; templates are for integrations without proxy"
        }
        _ => "",
    };
    let reverted = own(ui, draft, "Type", only, help, words, |ui, draft| {
        ui.horizontal_wrapped(|ui| {
            let choices = [
                (Some(Shape::Lambda), "Lambda"),
                (Some(Shape::Http), "HTTP"),
                (Some(Shape::Service), "AWS service"),
                (Some(Shape::Mock), "Mock"),
            ];
            let mut chosen = shape;
            let mut proxy = draft.mine.is_proxy();
            if segmented(ui, "Type", &mut chosen, &choices) {
                asked = chosen;
                // What is new is passed on as it is, until somebody wants to shape it.
                proxy = proxy || shape.is_none();
            }
            let can = matches!(chosen, Some(Shape::Lambda | Shape::Http));
            let toggled = can && checkbox(ui, &mut proxy, "Proxy").changed();
            if let (Some(shape), true) = (chosen, asked.is_some() || toggled) {
                let base = draft.base().clone();
                take(&mut draft.mine, &base, shape, proxy);
                asked = Some(shape);
            }
        });
    });
    match reverted {
        true => shape_of(draft.base(), None),
        false => asked,
    }
}

fn function(ui: &mut Ui, draft: &mut Draft<MethodForm>, cx: &mut Cx<'_>) {
    let said = |form: &MethodForm| target_of(&form.uri);
    let (arn, qualifier) = match function_arn(&draft.mine.uri).map(split) {
        Some((arn, qualifier)) => (arn.to_owned(), qualifier.to_owned()),
        None => (String::new(), String::new()),
    };
    let name = arn.rsplit(':').next().unwrap_or_default().to_owned();
    let mut to = None;
    own(
        ui,
        draft,
        "Function",
        &[MethodField::Uri],
        "",
        said,
        |ui, _| {
            ui.horizontal_wrapped(|ui| {
                if let Some(arn) = functions_menu(ui, &arn, cx) {
                    to = Some(arn);
                }
                if !name.is_empty()
                    && !name.starts_with("${")
                    && let Some(qualifier) = qualifiers(ui, &name, &qualifier, cx)
                {
                    to = Some(match qualifier.as_str() {
                        "" => arn.clone(),
                        qualifier => format!("{arn}:{qualifier}"),
                    });
                }
            });
        },
    );
    if let Some(to) = to {
        let region = &cx.connection.region;
        let partition = partition_of(region);
        draft.mine.uri = format!(
            "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{to}/invocations"
        );
        "POST".clone_into(&mut draft.mine.http_method);
    }
}

/// A function's ARN without its qualifier, and the qualifier.
fn split(arn: &str) -> (&str, &str) {
    let mut colons = arn.match_indices(':').map(|(at, _)| at);
    match colons.nth(6) {
        Some(at) => (&arn[..at], &arn[at + 1..]),
        None => (arn, ""),
    }
}

fn functions_menu(ui: &mut Ui, arn: &str, cx: &mut Cx<'_>) -> Option<String> {
    let (known, note) = functions::wanted(cx.store, cx.now);
    let words = match arn.rsplit(':').next() {
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
                if entry(ui, row.arn == arn, &row.name, runtime) {
                    chosen = Some(row.arn.clone());
                }
            }
        });
    });
    chosen
}

/// Which of the function's states is called.
fn qualifiers(ui: &mut Ui, name: &str, now: &str, cx: &mut Cx<'_>) -> Option<String> {
    let name = name.to_owned();
    let aliases = cx.store.want(&ListAliases { name }, cx.now);
    let shown = match now {
        "" => "$LATEST",
        now => now,
    };
    let mut chosen = None;
    drop_down(ui, "Version or alias", shown, |ui| {
        if entry(ui, now.is_empty(), "$LATEST", "unqualified") {
            chosen = Some(String::new());
        }
        for alias in aliases.shown().into_iter().flat_map(|all| all.iter()) {
            if entry(ui, now == alias.name, &alias.name, &alias.routing()) {
                chosen = Some(alias.name.clone());
            }
        }
        if let Some(error) = &aliases.error {
            let words = format!("The aliases could not be read: {}", error.message);
            ui.label(RichText::new(words).color(Theme::of(ui).muted));
        }
    });
    chosen
}

fn address(ui: &mut Ui, draft: &mut Draft<MethodForm>, label: &str, hint: &str) {
    let said = |form: &MethodForm| form.uri.clone();
    own(
        ui,
        draft,
        label,
        &[MethodField::Uri],
        "",
        said,
        |ui, draft| {
            let width = ui.available_width().clamp(160.0, 460.0);
            let wrong = draft.problem(&MethodField::Uri).is_some();
            let field = TextField::new(label, &mut draft.mine.uri);
            field.mono().hint(hint).width(width).wrong(wrong).show(ui);
        },
    );
    let verbs = VERBS.map(|verb| (verb, verb));
    choice(ui, draft, &MethodField::HttpMethod, "", &verbs);
}

fn passthrough(ui: &mut Ui, draft: &mut Draft<MethodForm>) {
    let help = "What becomes of a body whose media type has no template";
    let choices = [
        ("WHEN_NO_MATCH", "Pass it on (WHEN_NO_MATCH)"),
        (
            "WHEN_NO_TEMPLATES",
            "Pass it on where there is no template at all (WHEN_NO_TEMPLATES)",
        ),
        ("NEVER", "Refuse with 415 (NEVER)"),
    ];
    choice(ui, draft, &MethodField::Passthrough, help, &choices);
}

/// What the service tells besides, and what is not edited here.
fn facts(ui: &mut Ui, integration: Option<&Integration>) {
    let Some(of) = integration else { return };
    let keys = of.cache_keys.join(", ");
    let mut pairs = Vec::new();
    if let Some(uri) = &of.uri {
        pairs.push(("URI", Value::Code(uri)));
    }
    if let Some(how) = &of.content_handling {
        pairs.push(("Content handling", Value::Text(how)));
    }
    if let Some(connection) = &of.connection_id {
        pairs.push(("VPC link", Value::Code(connection)));
    }
    if !keys.is_empty() {
        pairs.push(("Cache keys", Value::Text(&keys)));
    }
    if let Some(namespace) = &of.cache_namespace {
        pairs.push(("Cache namespace", Value::Code(namespace)));
    }
    if of.insecure_tls {
        let words = "Not checked: any certificate is taken";
        let tone = crate::ui::widgets::chip::Tone::Warn;
        pairs.push(("Certificate", Value::State(tone, words)));
    }
    if let Some(mode) = of
        .transfer_mode
        .as_deref()
        .filter(|mode| *mode != "BUFFERED")
    {
        pairs.push(("Transfer mode", Value::Text(mode)));
    }
    if pairs.is_empty() {
        return;
    }
    ui.add_space(space::M);
    ui.label(RichText::new("In the API now").font(fonts::semibold(size::BODY)));
    kv::grid(ui, "integration facts", &pairs);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::draft::Values;

    const URI: &str = "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:f:live/invocations";

    #[test]
    fn a_shape_has_the_services_type_and_leads_only_where_it_can() {
        let base = MethodForm {
            kind: "AWS_PROXY".into(),
            uri: URI.into(),
            http_method: "POST".into(),
            ..MethodForm::default()
        };
        assert_eq!(shape_of(&base, None), Some(Shape::Lambda));
        let mut form = base.clone();
        take(&mut form, &base, Shape::Http, true);
        assert_eq!((form.kind.as_str(), form.uri.as_str()), ("HTTP_PROXY", ""));
        take(&mut form, &base, Shape::Lambda, true);
        assert_eq!(
            form.get(&MethodField::Uri).as_deref(),
            Some(URI),
            "it is put back"
        );
        take(&mut form, &base, Shape::Lambda, false);
        assert_eq!((form.kind.as_str(), form.uri.as_str()), ("AWS", URI));
        take(&mut form, &base, Shape::Service, false);
        assert_eq!((form.kind.as_str(), form.uri.as_str()), ("AWS", ""));
        assert_eq!(shape_of(&form, Some(Shape::Service)), Some(Shape::Service));
        take(&mut form, &base, Shape::Mock, false);
        assert_eq!(form.get(&MethodField::HttpMethod), None);
    }

    #[test]
    fn an_arn_is_told_from_its_qualifier() {
        let arn = "arn:aws:lambda:r:1:function:f";
        assert_eq!(split(arn), (arn, ""));
        assert_eq!(split(&format!("{arn}:live")), (arn, "live"));
    }
}
