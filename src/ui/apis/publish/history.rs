//! What was deployed when, which stages stand on it, and going back to it.

use std::sync::Arc;

use egui::{Label, RichText, Ui, vec2};

use super::at;
use super::stages::quiet;
use crate::cloud::apigateway::stage::ChangeStage;
use crate::model::api::stage::moved;
use crate::model::api::{ApiDetail, Deployment, Stage};
use crate::model::format;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip;

/// So many are shown at first.
const FIRST: usize = 5;

/// What this part keeps between frames.
#[derive(Default)]
pub struct History {
    all: bool,
}

impl History {
    /// Draws it for a stage.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, stage: &Stage, cx: &mut Cx<'_>) {
        if detail.deployments.is_empty() {
            quiet(ui, "None is left.");
            return;
        }
        let count = detail.deployments.len();
        let most = if self.all { count } else { FIRST };
        let stands = detail
            .deployments
            .iter()
            .position(|of| of.id == stage.deployment_id);
        for (place, deployment) in detail.deployments.iter().enumerate() {
            // What the stage stands on is always shown.
            if place < most || Some(place) == stands {
                let newer = stands.is_some_and(|stands| place < stands);
                row(ui, detail, stage, deployment, newer, cx);
            }
        }
        if count > most {
            let words = format!("Show all {count}");
            if Button::new(&words).ghost().show(ui).clicked() {
                self.all = true;
            }
        }
    }
}

fn row(
    ui: &mut Ui,
    detail: &ApiDetail,
    stage: &Stage,
    deployment: &Deployment,
    newer: bool,
    cx: &mut Cx<'_>,
) {
    let theme = Theme::of(ui);
    let stands = deployment.id == stage.deployment_id;
    ui.push_id(&deployment.id, |ui| {
        ui.horizontal(|ui| {
            ui.set_min_height(CONTROL_HEIGHT);
            ui.spacing_mut().item_spacing.x = space::S;
            let (dot, _) = ui.allocate_exact_size(vec2(10.0, 10.0), egui::Sense::hover());
            match stands {
                true => ui.painter().circle_filled(dot.center(), 4.0, theme.accent),
                false => ui.painter().circle_stroke(
                    dot.center(),
                    3.5,
                    egui::Stroke::new(1.0, theme.outline),
                ),
            };
            ui.label(RichText::new(&deployment.id).font(fonts::mono(size::BODY)));
            let on = detail
                .stages
                .iter()
                .filter(|of| of.deployment_id == deployment.id);
            for of in on {
                chip::tag(ui, &of.name);
            }
            for of in &detail.stages {
                if of
                    .canary()
                    .is_some_and(|canary| canary.deployment_id == deployment.id)
                {
                    chip::tag(ui, &format!("{} canary", of.name));
                }
            }
            if let Some(time) = deployment.created_at {
                let ago = RichText::new(format::ago(time, cx.now, cx.zone)).color(theme.muted);
                ui.label(ago)
                    .on_hover_text(format::time_exact(time, cx.zone));
            }
            let room = (ui.available_width() - 130.0).max(40.0);
            if !deployment.description.is_empty() {
                ui.scope(|ui| {
                    ui.set_max_width(room);
                    ui.add(Label::new(&deployment.description).truncate());
                });
            }
            if stands {
                return;
            }
            let (words, name) = match newer {
                true => (
                    "Move to it…",
                    format!("Move {} to {}…", stage.name, deployment.id),
                ),
                false => ("Go back…", format!("Go back to {}…", deployment.id)),
            };
            let button = Button::new(words).icon(Icon::HISTORY).name(&name);
            if button.available(cx.may_write()).show(ui).clicked() {
                cx.review(Arc::new(action(detail, stage, deployment, newer, cx)));
            }
        });
    });
}

fn action(
    detail: &ApiDetail,
    stage: &Stage,
    deployment: &Deployment,
    newer: bool,
    cx: &Cx<'_>,
) -> ChangeStage {
    let (name, id) = (&stage.name, &deployment.id);
    let mut after = stage.values.clone();
    after.insert("/deploymentId".into(), id.clone());
    let said = match deployment.description.as_str() {
        "" => String::new(),
        said => format!(" ({said})"),
    };
    let mut notes = vec![format!(
        "Every request to {name} is answered by {id}{said} from then on. The stage's settings and variables stay."
    )];
    if stage.canary().is_some() {
        notes.push("The canary stays as it is.".to_owned());
    }
    ChangeStage {
        of: at(detail, name),
        title: match newer {
            true => format!("Move to deployment {id}"),
            false => format!("Go back to deployment {id}"),
        },
        moved: moved(&stage.values, &after),
        notes,
        summary: format!("{name} answers with deployment {id}"),
        context: cx.connection.cli(),
    }
}
