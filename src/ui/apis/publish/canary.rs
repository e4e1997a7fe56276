//! A canary of a stage: what it answers with, and its two ends. Its share and variables are fields of the stage's draft.

use std::sync::Arc;

use egui::{RichText, Ui};

use super::at;
use super::deploy::deployed_words;
use super::stages::quiet;
use crate::cloud::apigateway::stage::ChangeStage;
use crate::model::api::stage::moved;
use crate::model::api::{ApiDetail, Canary, Stage};
use crate::route::{ApiTab, Route};
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size};
use crate::ui::widgets::button::Button;

/// The stage as it is once its canary is all of it, or none of it.
fn after(stage: &Stage, canary: &Canary, promotes: bool) -> Stage {
    let mut after = stage.clone();
    after
        .values
        .retain(|path, _| !path.starts_with("/canarySettings/"));
    if promotes {
        let id = canary.deployment_id.clone();
        after.values.insert("/deploymentId".into(), id);
        for (name, value) in &canary.variables {
            after
                .values
                .insert(format!("/variables/{name}"), value.clone());
        }
    }
    after
}

fn action(
    detail: &ApiDetail,
    stage: &Stage,
    canary: &Canary,
    promotes: bool,
    cx: &Cx<'_>,
) -> ChangeStage {
    let (name, id) = (&stage.name, &canary.deployment_id);
    let title = if promotes {
        "Promote the canary"
    } else {
        "Drop the canary"
    };
    ChangeStage {
        of: at(detail, name),
        title: title.to_owned(),
        moved: moved(&stage.values, &after(stage, canary, promotes).values),
        notes: vec![match promotes {
            true => format!(
                "Every request to {name} is answered by {id} from then on, with the canary's variables."
            ),
            false => format!(
                "Every request to {name} is answered by {} again.",
                stage.deployment_id
            ),
        }],
        summary: match promotes {
            true => format!("{name} answers with deployment {id}, which was its canary"),
            false => format!("{name} has no canary any more"),
        },
        context: cx.connection.cli(),
    }
}

/// Draws it.
pub fn ui(ui: &mut Ui, detail: &ApiDetail, stage: &Stage, cx: &mut Cx<'_>) {
    let Some(canary) = stage.canary() else {
        quiet(
            ui,
            "None: every request is answered by the stage's deployment.",
        );
        let begin = Button::new("Deploy to a share…").available(cx.may_write());
        if begin.show(ui).clicked() {
            cx.open(Route::api_tab(&detail.api.id, ApiTab::Deploy));
        }
        return;
    };
    let theme = Theme::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(&canary.deployment_id).font(fonts::mono(size::BODY)));
        let words = deployed_words(detail, &canary.deployment_id, cx);
        ui.label(RichText::new(words).color(theme.muted));
        let words = format!("answers {} % of the requests", canary.percent);
        ui.label(RichText::new(words).color(theme.accent));
    });
    ui.horizontal_wrapped(|ui| {
        let may = cx.may_write();
        let promote = Button::new("Promote to 100 %…")
            .icon(Icon::CHECK)
            .available(may);
        if promote.show(ui).clicked() {
            cx.review(Arc::new(action(detail, stage, &canary, true, cx)));
        }
        let drop = Button::new("Drop…")
            .icon(Icon::X)
            .name("Drop the canary…")
            .available(may);
        if drop.show(ui).clicked() {
            cx.review(Arc::new(action(detail, stage, &canary, false, cx)));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::stage::patches;

    #[test]
    fn a_canary_becomes_the_stage_or_goes() {
        let stage = Stage {
            deployment_id: "a".into(),
            values: [
                ("/deploymentId", "a"),
                ("/variables/bank", "live"),
                ("/canarySettings/deploymentId", "b"),
                ("/canarySettings/percentTraffic", "10"),
                ("/canarySettings/stageVariableOverrides/bank", "new"),
            ]
            .map(|(path, value)| (path.to_owned(), value.to_owned()))
            .into(),
            ..Stage::default()
        };
        let canary = stage.canary().unwrap_or_default();
        let told = |promotes| {
            let after = after(&stage, &canary, promotes);
            let patches = patches(&stage.values, &after.values);
            let one = |patch: &crate::model::api::stage::Patch| {
                format!(
                    "{}{}={}",
                    if patch.removes { "-" } else { "" },
                    patch.path,
                    patch.value
                )
            };
            patches.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(told(false), ["-/canarySettings="]);
        assert_eq!(
            told(true),
            [
                "-/canarySettings=",
                "/deploymentId=b",
                "/variables/bank=new"
            ]
        );
    }
}
