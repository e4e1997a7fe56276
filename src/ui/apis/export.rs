//! Exporting a stage: what shall be in the document, then to a file or to the clipboard. The ticks are the service's own
//! parameters, and are shown as such.

use std::path::PathBuf;

use egui::{Label, RichText, Ui};

use crate::cloud::apigateway::export::{export, export_to};
use crate::model::api::ApiDetail;
use crate::model::api::export::Wanted;
use crate::model::format;
use crate::store::Ticket;
use crate::ui::cx::{Cx, Message};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::file_dialog::{FileDialog, Request};
use crate::ui::widgets::form::checkbox;
use crate::ui::widgets::segmented::segmented;

/// What the part keeps between frames.
#[derive(Default)]
pub struct Export {
    wanted: Option<Wanted>,
    dialog: FileDialog,
    saving: Option<Ticket<(PathBuf, u64)>>,
    copying: Option<Ticket<Vec<u8>>>,
}

impl Export {
    /// Draws it for a stage that is chosen elsewhere, or for one that is chosen here.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, stage: Option<&str>, cx: &mut Cx<'_>) {
        let there = |name: &str| detail.stages.iter().any(|of| of.name == name);
        let lead = crate::model::api::standing::lead(&detail.stages);
        let Some(name) = stage.or(lead.map(|of| of.name.as_str())) else {
            let words = "Only what a stage answers with can be exported: deploy it first.";
            ui.label(RichText::new(words).color(Theme::of(ui).muted));
            return;
        };
        let same = self.wanted.as_ref().is_some_and(|wanted| {
            wanted.api == detail.api.id
                && there(&wanted.stage)
                && stage.is_none_or(|of| of == wanted.stage)
        });
        if !same {
            let before = self.wanted.take();
            let mut wanted = Wanted::of(&detail.api.id, name);
            if let Some(before) = before {
                wanted = Wanted {
                    api: wanted.api,
                    stage: wanted.stage,
                    ..before
                };
            }
            self.wanted = Some(wanted);
        }
        let Some(wanted) = &mut self.wanted else {
            return;
        };
        choices(ui, detail, wanted, stage.is_none());
        let file = wanted.file_name(&detail.api.name);
        let command = wanted.cli(&file, &cx.connection.cli());
        let words = RichText::new(&command).font(fonts::mono(size::SMALL));
        ui.add(Label::new(words.color(Theme::of(ui).muted)).wrap());
        let busy = match (&self.saving, &self.copying) {
            (None, None) => Ok(()),
            _ => Err("It is being exported"),
        };
        ui.horizontal_wrapped(|ui| {
            let save = Button::new("Save…")
                .name("Save the export…")
                .icon(Icon::DOWNLOAD);
            if save.available(busy).show(ui).clicked() {
                let kind = if wanted.json { "JSON" } else { "YAML" };
                let title = format!("Export {} {}", detail.api.name, wanted.stage);
                self.dialog
                    .open(cx.store, Request::save(&title, kind, &file));
            }
            let copy = Button::new("Copy").name("Copy the export").icon(Icon::COPY);
            if copy.available(busy).show(ui).clicked()
                && let Some(cloud) = cx.store.cloud().cloned()
            {
                let wanted = wanted.clone();
                let work = async move { export(&cloud, &wanted).await };
                self.copying = Some(cx.store.job(false, work));
            }
        });
        self.follow(ui, cx);
    }

    fn follow(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        if let Some(path) = self.dialog.show(ui.ctx(), cx.store)
            && let (Some(wanted), Some(cloud)) = (self.wanted.clone(), cx.store.cloud().cloned())
        {
            self.saving = Some(cx.store.job(false, async move {
                let bytes = export_to(&cloud, &wanted, &path).await?;
                Ok((path, bytes))
            }));
        }
        if let Some(done) = self.saving.as_ref().and_then(|job| cx.store.collect(job)) {
            self.saving = None;
            match done {
                Ok((path, bytes)) => cx.toast(
                    format!("Exported, {}", format::bytes(bytes)),
                    path.display().to_string(),
                ),
                Err(error) => cx.messages.push(Message::Error(error)),
            }
        }
        if let Some(done) = self.copying.as_ref().and_then(|job| cx.store.collect(job)) {
            self.copying = None;
            match done {
                Ok(document) => {
                    let bytes = format::bytes(document.len() as u64);
                    ui.ctx()
                        .copy_text(String::from_utf8_lossy(&document).into_owned());
                    cx.toast(format!("Exported, {bytes}"), "It is on the clipboard");
                }
                Err(error) => cx.messages.push(Message::Error(error)),
            }
        }
    }
}

fn choices(ui: &mut Ui, detail: &ApiDetail, wanted: &mut Wanted, of_any: bool) {
    ui.horizontal_wrapped(|ui| {
        if of_any {
            let mut chosen = None;
            drop_down(ui, "Stage to export", &wanted.stage, |ui| {
                for stage in &detail.stages {
                    if entry(ui, stage.name == wanted.stage, &stage.name, "") {
                        chosen = Some(stage.name.clone());
                    }
                }
            });
            if let Some(stage) = chosen {
                wanted.stage = stage;
            }
        }
        let kinds = [(false, "OpenAPI 3.0"), (true, "Swagger 2.0")];
        segmented(ui, "Kind of document", &mut wanted.swagger, &kinds);
        segmented(
            ui,
            "Written as",
            &mut wanted.json,
            &[(false, "YAML"), (true, "JSON")],
        );
    });
    ui.horizontal_wrapped(|ui| {
        for (on, words) in [
            (&mut wanted.documentation, "Documentation"),
            (&mut wanted.integrations, "Integrations"),
            (&mut wanted.authorizers, "Authorizers"),
            (&mut wanted.apigateway, "API Gateway"),
            (&mut wanted.postman, "Postman"),
        ] {
            checkbox(ui, on, words);
        }
    });
}
