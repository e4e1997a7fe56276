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

use super::{Shown, backend};

/// What is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permission {
    /// Nothing is asked: no function of this region, or a role that calls it.
    NotAsked,
    /// It is being read.
    Loading,
    /// Why it is not known.
    Unknown(String),
    /// Every stage may call it.
    Allowed,
    /// The stages that may not; none of them is there where the API has no stage.
    Refused(Vec<String>),
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

fn action(shown: &Shown<'_>, cx: &Cx<'_>) -> Option<AddPermission> {
    let (function, qualifier) = backend::function(shown, cx)?;
    let account = cx.connection.identity.as_ref()?.account.clone();
    let region = cx.connection.region.clone();
    Some(AddPermission {
        place: ApiPlace {
            partition: partition_of(&region).to_owned(),
            region,
            account,
            api: shown.detail.api.id.clone(),
        },
        verb: shown.verb.to_owned(),
        path: shown.resource.path.clone(),
        function,
        qualifier,
        context: cx.connection.cli(),
    })
}

/// Asks for it.
pub fn of(shown: &Shown<'_>, cx: &mut Cx<'_>) -> Permission {
    let role = shown.method.integration.as_ref();
    if role.is_some_and(|of| of.credentials.is_some()) {
        return Permission::NotAsked;
    }
    let Some(add) = action(shown, cx) else {
        return Permission::NotAsked;
    };
    let policy = PolicyOf {
        function: add.function.clone(),
        qualifier: add.qualifier.clone(),
    };
    let known = cx.store.want(&policy, cx.now);
    let document = match (known.shown(), &known.error) {
        (Some(document), _) => document.clone(),
        (None, Some(error)) => return Permission::Unknown(error.headline()),
        (None, None) => return Permission::Loading,
    };
    let stages: Vec<&str> = shown
        .detail
        .stages
        .iter()
        .map(|of| of.name.as_str())
        .collect();
    let method = (shown.verb, shown.resource.path.as_str());
    match add.place.refused(&document, &stages, method) {
        Ok(refused) if refused.is_empty() => Permission::Allowed,
        Ok(refused) if stages.is_empty() => {
            drop(refused);
            Permission::Refused(Vec::new())
        }
        Ok(refused) => Permission::Refused(refused),
        Err(why) => Permission::Unknown(why),
    }
}

/// Draws it.
pub fn ui(ui: &mut Ui, permission: &Permission, shown: &Shown<'_>, cx: &mut Cx<'_>) {
    let theme = Theme::of(ui);
    let stages = match permission {
        Permission::NotAsked | Permission::Loading => return,
        Permission::Unknown(why) => {
            let words = format!("Whether the function may be called is not known: {why}");
            ui.add(Label::new(RichText::new(words).color(theme.muted)).wrap());
            return;
        }
        Permission::Allowed => {
            chip::state(
                ui,
                Tone::Ok,
                "The function's policy lets this method call it",
            );
            return;
        }
        Permission::Refused(stages) => stages,
    };
    let Some(add) = action(shown, cx) else { return };
    let target = shown.method.integration.as_ref().map(|of| of.target());
    let target = target.unwrap_or_default();
    let words = match stages.as_slice() {
        [] => format!("{target} has no statement that lets this method call it: 500"),
        stages => format!(
            "{target} has no statement that lets this method call it in {}: 500",
            stages.join(", ")
        ),
    };
    Frame::new()
        .fill(theme.raised)
        .stroke(Stroke::new(1.0, theme.warn))
        .corner_radius(RADIUS)
        .inner_margin(Margin::symmetric(space::M as i8, space::S as i8))
        .show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                glyph(ui, Icon::SHIELD_ALERT, 15.0, theme.warn);
                ui.add(Label::new(&words).wrap());
                let button = Button::new("Add permission").available(cx.may_write());
                if button.show(ui).clicked() {
                    cx.review(Arc::new(add));
                }
            });
        });
}
