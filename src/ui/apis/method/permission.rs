//! Whether the function that answers lets the API call it, and the button that makes it do so.

use std::sync::Arc;

use egui::{Frame, Label, Margin, RichText, Stroke, Ui};

use crate::cloud::apigateway::permit::{AddPermission, PolicyOf};
use crate::model::api::permission::ApiPlace;
use crate::model::arn::partition_of;
use crate::ui::cx::Cx;
use crate::ui::icons::Icon;
use crate::ui::theme::{RADIUS, Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::glyph::glyph;

use super::Shown;
use super::backend::functions;

/// A function that refuses.
#[derive(Debug, Clone)]
pub struct Refused {
    target: String,
    stages: Vec<String>,
    add: AddPermission,
}

/// What is known of it.
#[derive(Debug, Clone)]
pub enum Permission {
    /// Nothing is asked: no function of this region answers, or a role calls it.
    NotAsked,
    /// It is being read.
    Loading,
    /// Why it is not known.
    Unknown(String),
    /// Every stage may call it.
    Allowed,
    /// What would let it through, each with the function and the stages that may not; no stage where the API has none.
    Refused(Vec<Refused>),
}

impl Permission {
    /// What the box of the backend says.
    pub fn line(&self) -> Option<(String, Tone)> {
        match self {
            Self::NotAsked | Self::Loading | Self::Unknown(_) => None,
            Self::Allowed => Some(("may be called".to_owned(), Tone::Muted)),
            Self::Refused(_) => Some(("may not be called yet".to_owned(), Tone::Warn)),
        }
    }
}

/// Asks for it.
pub fn of(shown: &Shown<'_>, cx: &mut Cx<'_>) -> Permission {
    let role = shown.method.integration.as_ref();
    let Some(identity) = cx.connection.identity.clone() else {
        return Permission::NotAsked;
    };
    if role.is_some_and(|of| of.credentials.is_some()) {
        return Permission::NotAsked;
    }
    let region = cx.connection.region.clone();
    let place = ApiPlace {
        partition: partition_of(&region).to_owned(),
        account: identity.account.clone(),
        api: shown.detail.api.id.clone(),
        region,
    };
    let (functions, _) = functions(shown, &place.region);
    if functions.is_empty() {
        return Permission::NotAsked;
    }
    let mut refusals = Vec::new();
    for of in functions {
        let policy = PolicyOf {
            function: of.name.clone(),
            qualifier: of.qualifier.clone(),
        };
        let known = cx.store.want(&policy, cx.now);
        let document = match (known.shown(), &known.error) {
            (Some(document), _) => document.clone(),
            (None, Some(error)) => return Permission::Unknown(error.headline()),
            (None, None) => return Permission::Loading,
        };
        let stages: Vec<&str> = of.stages.iter().map(String::as_str).collect();
        let method = (shown.verb, shown.resource.path.as_str());
        match place.refused(&document, &stages, method) {
            Ok(refused) if refused.is_empty() => {}
            Ok(refused) => refusals.push(Refused {
                target: of.target(),
                stages: if stages.is_empty() {
                    Vec::new()
                } else {
                    refused
                },
                add: AddPermission {
                    place: place.clone(),
                    verb: shown.verb.to_owned(),
                    path: shown.resource.path.clone(),
                    function: of.name,
                    qualifier: of.qualifier,
                    context: cx.connection.cli(),
                },
            }),
            Err(why) => return Permission::Unknown(why),
        }
    }
    match refusals.is_empty() {
        true => Permission::Allowed,
        false => Permission::Refused(refusals),
    }
}

/// Draws it.
pub fn ui(ui: &mut Ui, permission: &Permission, cx: &mut Cx<'_>) {
    let theme = Theme::of(ui);
    match permission {
        Permission::NotAsked | Permission::Loading => {}
        Permission::Unknown(why) => {
            let words = format!("Whether the function may be called is not known: {why}");
            ui.add(Label::new(RichText::new(words).color(theme.muted)).wrap());
        }
        Permission::Allowed => {
            let words = "The function's policy lets this method call it";
            chip::state(ui, Tone::Ok, words);
        }
        Permission::Refused(refusals) => {
            for refused in refusals {
                one(ui, refused, refusals.len() > 1, cx);
            }
        }
    }
}

/// One function that refuses; its button says which where there are `several`.
fn one(ui: &mut Ui, refused: &Refused, several: bool, cx: &mut Cx<'_>) {
    let theme = Theme::of(ui);
    let target = &refused.target;
    let words = match refused.stages.as_slice() {
        [] => format!("{target} has no statement that lets this method call it: 500"),
        stages => format!(
            "{target} has no statement that lets this method call it in {}: 500",
            stages.join(", ")
        ),
    };
    let name = match several {
        true => format!("Add permission to {target}"),
        false => "Add permission".to_owned(),
    };
    Frame::new()
        .fill(theme.panel)
        .stroke(Stroke::new(1.0, theme.warn))
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(space::M as i8, space::S as i8))
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                glyph(ui, Icon::SHIELD_ALERT, 15.0, theme.warn);
                ui.add(Label::new(&words).wrap());
                let button = Button::new("Add permission").name(&name);
                if button.available(cx.may_write()).show(ui).clicked() {
                    cx.review(Arc::new(refused.add.clone()));
                }
            });
        });
}
