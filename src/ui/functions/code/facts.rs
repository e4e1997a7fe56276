//! What is known of the package without opening it, and the architecture, which is changed here because AWS changes it with
//! the code alone.

use std::sync::Arc;

use egui::{RichText, Ui};

use crate::cloud::lambda::code::ChangeArchitecture;
use crate::cloud::lambda::function::FunctionDetail;
use crate::model::format;
use crate::model::function::{Architecture, Function, PackageType};
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::segmented::segmented;

/// Draws the facts.
pub fn ui(ui: &mut Ui, detail: &FunctionDetail, cx: &mut Cx<'_>) {
    let function = &detail.function;
    let image = function.package_type == PackageType::Image;
    ui.spacing_mut().item_spacing.y = space::S;
    ui.label(RichText::new("Deployed package").font(fonts::semibold(size::BODY)));
    let bytes = format::bytes(function.code_size);
    let exact = format::bytes_exact(function.code_size);
    let (ago, at) = match function.last_modified {
        Some(at) => (
            format::ago(at, cx.now, cx.zone),
            format::time_exact(at, cx.zone),
        ),
        None => (String::new(), String::new()),
    };
    let missing = Value::Missing("The endpoint does not say");
    let code = |text: &'static str, value: Option<&str>| match value {
        Some("") | None => Value::Missing(text),
        Some(_) => missing,
    };
    let mut pairs = vec![(
        "Type",
        Value::Text(match image {
            true => "Container image",
            false => "ZIP archive",
        }),
    )];
    if image {
        for (name, value) in [
            ("Image", &detail.code.image),
            ("Resolved", &detail.code.resolved_image),
        ] {
            let value = value.as_deref();
            pairs.push((name, value.map_or(code("", value), Value::Code)));
        }
    } else {
        pairs.push(("Size", Value::Exact(&bytes, &exact)));
    }
    pairs.push((
        "SHA-256",
        match function.code_sha256.as_str() {
            "" => missing,
            sha => Value::Code(sha),
        },
    ));
    pairs.push((
        "Function changed",
        match ago.as_str() {
            "" => missing,
            ago => Value::Exact(ago, &at),
        },
    ));
    if !image {
        for (name, value) in [
            ("Runtime", &function.runtime),
            ("Handler", &function.handler),
        ] {
            pairs.push((name, value.as_deref().map_or(missing, Value::Text)));
        }
    }
    pairs.push(("Architecture", Value::Text(function.architecture.as_str())));
    kv::grid(ui, "package", &pairs);
    layers(ui, function);
}

/// The architecture, and its change through a review of its own: it goes with the code.
pub fn architecture(ui: &mut Ui, function: &Arc<Function>, image: bool, cx: &mut Cx<'_>) {
    let may = cx
        .may_write()
        .map_err(str::to_owned)
        .and_then(|()| match image {
            true => Err("A container image has the architecture that it was built for".to_owned()),
            false => function.can_update(),
        });
    let help = match &may {
        Ok(()) => "Choosing another one opens its own review: it deploys the same package again.",
        Err(reason) => reason.as_str(),
    };
    let mut chosen = function.architecture;
    let mut changed = false;
    form(ui, "architecture", |ui| {
        Row::new("Architecture").help(help).show(ui, |ui| {
            let choices = Architecture::ALL.map(|of| (of, of.as_str()));
            let row = ui.add_enabled_ui(may.is_ok(), |ui| {
                segmented(ui, "Architecture of the function", &mut chosen, &choices)
            });
            changed = row.inner;
            if let Err(reason) = &may {
                row.response.on_disabled_hover_text(reason);
            }
        });
    });
    if changed && may.is_ok() && chosen != function.architecture {
        let action = ChangeArchitecture {
            function: function.clone(),
            to: chosen,
            undoing: false,
            context: cx.connection.cli(),
        };
        cx.review(Arc::new(action));
    }
}

fn layers(ui: &mut Ui, function: &Function) {
    ui.add_space(space::S);
    ui.label(RichText::new("Layers").font(fonts::semibold(size::BODY)));
    if function.layers.is_empty() {
        ui.label(RichText::new("None").color(Theme::of(ui).muted));
        return;
    }
    let named: Vec<(String, &str)> = function
        .layers
        .iter()
        .enumerate()
        .map(|(at, layer)| (format!("{}", at + 1), layer.arn.as_str()))
        .collect();
    let pairs: Vec<(&str, Value<'_>)> = named
        .iter()
        .map(|(at, arn)| (at.as_str(), Value::Code(arn)))
        .collect();
    kv::grid(ui, "layers", &pairs);
}
