//! A file of keys before it is sent: what comes in, and what is wrong on which line. Values are not shown.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Label, RichText, ScrollArea, Ui};

use super::super::import::file::{file_name, text};
use crate::cloud::apigateway::key_file::{ImportKeys, Imported};
use crate::cloud::apigateway::keys::KeyRing;
use crate::model::api::key_file::{KeyFile, MOST_BYTES, read};
use crate::model::error::CloudError;
use crate::model::format::counted;
use crate::store::Ticket;
use crate::ui::cx::{Cx, Followed, Submission};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::file_dialog::{FileDialog, Request};
use crate::ui::widgets::form::checkbox;
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::state;

/// What the part keeps between frames.
pub struct Import {
    dialog: FileDialog,
    reading: Option<Ticket<(PathBuf, crate::model::secret::Secret)>>,
    opened: Option<Opened>,
    strict: bool,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
    done: Option<Arc<Imported>>,
}

struct Opened {
    name: String,
    text: crate::model::secret::Secret,
    file: Arc<KeyFile>,
    /// What it was checked against.
    against: Arc<KeyRing>,
}

impl Import {
    /// Asks for a file.
    pub fn new(cx: &mut Cx<'_>) -> Self {
        let mut this = Self {
            dialog: FileDialog::default(),
            reading: None,
            opened: None,
            strict: true,
            submission: None,
            failed: None,
            done: None,
        };
        this.choose(cx);
        this
    }

    fn choose(&mut self, cx: &mut Cx<'_>) {
        let request = Request::pick("Import API keys", "Comma-separated values", &["csv"]);
        self.dialog.open(cx.store, request);
    }

    /// What would be lost.
    pub fn unsaved(&self) -> Option<String> {
        let opened = self.opened.as_ref().filter(|_| self.done.is_none())?;
        Some(format!("the import of {}", opened.name))
    }

    /// Draws it; true where it was left or all is done.
    pub fn ui(&mut self, ui: &mut Ui, ring: &Arc<KeyRing>, cx: &mut Cx<'_>) -> bool {
        self.follow(ui, ring, cx);
        let mut left = false;
        ui.label(RichText::new("Import keys").font(fonts::semibold(size::HEADING)));
        let words = "A CSV file with the columns Name and Key, and perhaps Description, Enabled and UsagePlanIds. It is read and checked here first.";
        ui.add(Label::new(RichText::new(words).color(Theme::of(ui).muted)).wrap());
        ui.add_space(space::S);
        if let Some(error) = &self.failed {
            state::alert(ui, error, false);
        }
        if let Some(done) = self.done.clone() {
            let words = format!("{} imported", counted(done.count, "key"));
            ui.label(RichText::new(words).color(Theme::of(ui).ok));
            for warning in &done.warnings {
                remark(ui, warning, false);
            }
            return Button::new("Done").primary().show(ui).clicked();
        }
        let running = self.submission.is_some();
        let available = match (&self.opened, running) {
            (_, true) => Err("It is being reviewed".to_owned()),
            (None, _) => Err("Choose a file first".to_owned()),
            (Some(opened), _) => opened
                .file
                .can_send()
                .and_then(|()| cx.may_write().map_err(str::to_owned)),
        };
        let mut go = false;
        ui.horizontal_wrapped(|ui| {
            let choose = Button::new("Choose file…").icon(Icon::UPLOAD);
            if choose.show(ui).clicked() {
                self.choose(cx);
            }
            if let Some(opened) = &self.opened {
                ui.label(RichText::new(&opened.name).font(fonts::mono(size::SMALL)));
                ui.label(counted(opened.file.entries.len(), "key"));
            }
            checkbox(
                ui,
                &mut self.strict,
                "Import nothing where API Gateway warns",
            );
            let review = Button::new("Review and import").primary();
            let may = available.as_ref().copied().map_err(String::as_str);
            go = review.available(may).show(ui).clicked();
            left = Button::new("Cancel").ghost().show(ui).clicked();
        });
        if let (true, Some(opened)) = (go, &self.opened) {
            self.failed = None;
            self.submission = Some(cx.review(Arc::new(ImportKeys {
                name: opened.name.clone(),
                file: opened.file.clone(),
                fail_on_warnings: self.strict,
                context: cx.connection.cli(),
            })));
        }
        if let Some(opened) = &self.opened {
            ui.add_space(space::S);
            preview(ui, &opened.file, ring);
        }
        left
    }

    fn follow(&mut self, ui: &Ui, ring: &Arc<KeyRing>, cx: &mut Cx<'_>) {
        if let Some(path) = self.dialog.show(ui.ctx(), cx.store) {
            self.failed = None;
            self.reading = Some(cx.store.job(true, async move {
                let takes = "a file of keys has 10 MB at most";
                let text = text(&path, MOST_BYTES, "Reading the keys", takes)?;
                Ok((path, crate::model::secret::Secret::new(text)))
            }));
        }
        match self.reading.as_ref().and_then(|job| cx.store.collect(job)) {
            None => {}
            Some(Ok((path, text))) => {
                self.reading = None;
                self.opened = Some(Opened {
                    name: file_name(&path),
                    file: Arc::new(read(text.reveal(), &ring.keys, &ring.plans)),
                    text,
                    against: ring.clone(),
                });
            }
            Some(Err(error)) => {
                self.reading = None;
                self.opened = None;
                self.failed = Some(Arc::new(error));
            }
        }
        // Keys and plans may have come or gone meanwhile.
        if let Some(opened) = self
            .opened
            .as_mut()
            .filter(|of| !Arc::ptr_eq(&of.against, ring))
        {
            opened.file = Arc::new(read(opened.text.reveal(), &ring.keys, &ring.plans));
            opened.against = ring.clone();
        }
        match Submission::follow(&mut self.submission, cx.store) {
            Followed::Done(applied) => self.done = applied.output::<Imported>(),
            Followed::Failed(error) => self.failed = Some(error),
            Followed::Waiting | Followed::Dismissed | Followed::Running => {}
        }
    }
}

fn remark(ui: &mut Ui, words: &str, wrong: bool) {
    let theme = Theme::of(ui);
    let (icon, color) = match wrong {
        true => (Icon::CIRCLE_ALERT, theme.err),
        false => (Icon::TRIANGLE_ALERT, theme.warn),
    };
    ui.horizontal(|ui| {
        glyph(ui, icon, 14.0, color);
        ui.add(Label::new(words).wrap());
    });
}

/// What is to be known of each line, and then what comes.
fn preview(ui: &mut Ui, file: &KeyFile, ring: &KeyRing) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for of in &file.remarks {
            remark(ui, &format!("Line {}: {}", of.line, of.words), of.wrong);
        }
        ui.add_space(space::S);
        egui::Grid::new("keys of the file")
            .num_columns(4)
            .spacing([space::L, space::XS])
            .striped(false)
            .show(ui, |ui| {
                let muted = Theme::of(ui).muted;
                for head in ["Line", "Key", "Plans", ""] {
                    ui.label(RichText::new(head).color(muted));
                }
                ui.end_row();
                for entry in &file.entries {
                    ui.label(RichText::new(entry.line.to_string()).color(muted));
                    ui.label(&entry.name);
                    let name = |id: &String| {
                        let known = ring.plans.iter().find(|plan| plan.id == *id);
                        known.map_or_else(|| id.clone(), |plan| plan.name.clone())
                    };
                    let plans: Vec<String> = entry.plans.iter().map(name).collect();
                    ui.label(RichText::new(plans.join(", ")).color(muted));
                    ui.label(RichText::new(if entry.enabled { "" } else { "off" }).color(muted));
                    ui.end_row();
                }
            });
    });
}
