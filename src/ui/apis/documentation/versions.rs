//! The versions that were published, which stages show them, and publishing another.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{Grid, RichText, Ui};

use crate::cloud::apigateway::publish_documentation::Publish;
use crate::model::api::ApiDetail;
use crate::model::api::documentation::Documentation;
use crate::model::error::CloudError;
use crate::model::format;
use crate::ui::cx::{Cx, Followed, Submission};
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::form::checkbox;
use crate::ui::widgets::state;
use crate::ui::widgets::text_field::TextField;

/// What the part keeps between frames.
#[derive(Default)]
pub struct Versions {
    name: String,
    description: String,
    stages: BTreeSet<String>,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
}

impl Versions {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, of: &Documentation, cx: &mut Cx<'_>) {
        match Submission::follow(&mut self.submission, cx.store) {
            Followed::Done(_) => *self = Self::default(),
            Followed::Failed(error) => self.failed = Some(error),
            Followed::Waiting | Followed::Dismissed | Followed::Running => {}
        }
        let theme = Theme::of(ui);
        super::super::publish::heading(ui, &format!("Versions {}", of.versions.len()));
        let shows = |version: &str| {
            let all = detail.stages.iter();
            let all = all.filter(|stage| stage.get("/documentationVersion") == Some(version));
            let names: Vec<&str> = all.map(|stage| stage.name.as_str()).collect();
            names.join(", ")
        };
        if of.versions.is_empty() {
            let words = "None yet: readers and exports see nothing of what is written.";
            ui.label(RichText::new(words).color(theme.muted));
        }
        Grid::new("documentation versions")
            .num_columns(4)
            .spacing([space::L, space::XS])
            .show(ui, |ui| {
                for version in &of.versions {
                    ui.label(&version.version);
                    let stages = shows(&version.version);
                    let none = stages.is_empty();
                    ui.label(
                        RichText::new(if none { "no stage" } else { &stages }).color(theme.muted),
                    );
                    ui.label(&version.description);
                    let age = version
                        .created_at
                        .map(|at| format::ago(at, cx.now, cx.zone));
                    ui.label(RichText::new(age.unwrap_or_default()).color(theme.muted));
                    ui.end_row();
                }
            });
        if let Some(error) = &self.failed {
            state::alert(ui, error, false);
        }
        let busy = self.submission.is_some();
        ui.add_enabled_ui(!busy, |ui| self.form(ui, detail, of, cx));
    }

    fn form(&mut self, ui: &mut Ui, detail: &ApiDetail, of: &Documentation, cx: &mut Cx<'_>) {
        let name = self.name.trim().to_owned();
        let available = match () {
            () if of.parts.is_empty() => Err("Nothing is written yet"),
            () if name.is_empty() => Err("Give the version a name"),
            () if of.versions.iter().any(|version| version.version == name) => {
                Err("There is a version of this name already")
            }
            () => cx.may_write(),
        };
        let mut go = false;
        ui.horizontal_wrapped(|ui| {
            TextField::new("Name of the version", &mut self.name)
                .hint("version")
                .width(130.0)
                .show(ui);
            TextField::new("What the version is about", &mut self.description)
                .hint("description, may be empty")
                .width(220.0)
                .show(ui);
            for stage in &detail.stages {
                let mut on = self.stages.contains(&stage.name);
                if checkbox(ui, &mut on, &format!("{} shows it", stage.name)).changed() {
                    match on {
                        true => self.stages.insert(stage.name.clone()),
                        false => self.stages.remove(&stage.name),
                    };
                }
            }
            go = Button::new("Publish…")
                .available(available)
                .show(ui)
                .clicked();
        });
        if !go {
            return;
        }
        self.failed = None;
        let stages = detail
            .stages
            .iter()
            .filter(|stage| self.stages.contains(&stage.name));
        let shown = |stage: &crate::model::api::Stage| {
            let before = stage.get("/documentationVersion").unwrap_or_default();
            (stage.name.clone(), before.to_owned())
        };
        self.submission = Some(cx.review(Arc::new(Publish {
            api: detail.api.id.clone(),
            name: detail.api.name.clone(),
            version: name,
            description: self.description.trim().to_owned(),
            stages: stages.map(shown).collect(),
            parts: of.parts.len(),
            context: cx.connection.cli(),
        })));
    }
}
