//! An OpenAPI document before it is sent: what it would do to which API, and what of it will not be taken.

pub(super) mod file;
mod preview;

use std::sync::Arc;

use egui::{Frame, Margin, RichText, ScrollArea, Ui};

use crate::cloud::apigateway::apis::{GetApi, ListApis};
use crate::cloud::apigateway::import::{Destination, ImportApi, Imported};
use crate::command::Command;
use crate::model::api::document::{Base, Document, Touched};
use crate::model::error::CloudError;
use crate::model::format;
use crate::route::Route;
use crate::store::Ticket;
use crate::ui::cx::{CloudStore, Cx, Followed, Message, Panel, Submission};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::file_dialog::{FileDialog, Request};
use crate::ui::widgets::form::{Row, checkbox, form};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::state;

use self::file::{Opened, file_name, read};

/// How the document is put together with what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Mode {
    #[default]
    New,
    Merge,
    Overwrite,
}

/// What the preview was worked out of: when none of it changed, it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Basis {
    opened: u64,
    mode: Mode,
    base: Base,
    target: Option<String>,
    known: Option<usize>,
}

/// What the screen keeps between frames.
#[derive(Default)]
pub struct ImportPanel {
    dialog: FileDialog,
    reading: Option<Ticket<Opened>>,
    opened: Option<Opened>,
    /// Counts the files that were read.
    count: u64,
    mode: Mode,
    base: Base,
    strict: bool,
    /// The id and the name of the API that it goes into.
    target: Option<(String, String)>,
    basis: Basis,
    changes: Vec<Touched>,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
    done: Option<Arc<Imported>>,
}

impl Panel for ImportPanel {
    fn ui(&mut self, ui: &mut Ui, _route: &Route, cx: &mut Cx<'_>) {
        let running = self.follow(cx);
        self.files(ui, cx);
        self.work_out(cx);
        let margin = Margin::symmetric(space::L as i8, space::M as i8);
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new("Import OpenAPI").font(fonts::semibold(size::HEADING)));
                let words = "OpenAPI 3.0 or Swagger 2.0, JSON or YAML, up to 6 MB";
                ui.label(RichText::new(words).color(Theme::of(ui).muted));
            });
            ui.add_space(space::S);
            self.error(ui, cx);
            if let Some(done) = self.done.clone() {
                self.result(ui, &done, cx);
                return;
            }
            ui.add_enabled_ui(!running, |ui| self.fields(ui, cx));
            ui.add_space(space::S);
            self.foot(ui, running, cx);
            ui.add_space(space::M);
            if let Some(Ok(document)) = self.opened.as_ref().map(|opened| &opened.read) {
                preview::ui(ui, document, &self.changes);
            }
        });
    }

    fn unsaved(&self) -> Option<String> {
        let opened = self.opened.as_ref().filter(|_| self.done.is_none())?;
        Some(format!("the import of {}", file_name(&opened.path)))
    }

    fn settled(&self, _route: &Route, _store: &CloudStore) -> bool {
        self.reading.is_none()
    }
}

impl ImportPanel {
    /// A file that was chosen or dropped.
    fn files(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        let dropped = ui.input(|input| {
            let files = &input.raw.dropped_files;
            files.first().map(|file| file.path().to_owned())
        });
        let chosen = self.dialog.show(ui.ctx(), cx.store).or(dropped);
        if let Some(path) = chosen {
            self.failed = None;
            self.done = None;
            self.reading = Some(cx.store.job(true, async move { read(path) }));
        }
        let Some(read) = self.reading.as_ref().and_then(|job| cx.store.collect(job)) else {
            return;
        };
        self.reading = None;
        match read {
            Ok(opened) => {
                self.opened = Some(opened);
                self.count += 1;
            }
            Err(error) => {
                self.opened = None;
                self.failed = Some(Arc::new(error));
            }
        }
    }

    /// Works out anew what the import would do, where something that it depends on has changed.
    fn work_out(&mut self, cx: &mut Cx<'_>) {
        let target = self.target.clone().filter(|_| self.mode != Mode::New);
        let detail = target.as_ref().map(|(id, _)| {
            let query = GetApi { id: id.clone() };
            cx.store.want(&query, cx.now)
        });
        let detail = detail.as_ref().and_then(|loaded| loaded.shown());
        let basis = Basis {
            opened: self.count,
            mode: self.mode,
            base: self.base,
            target: target.map(|(id, _)| id),
            known: detail.map(|detail| detail.methods().0),
        };
        if basis == self.basis {
            return;
        }
        self.basis = basis;
        self.changes.clear();
        let read = self.opened.as_ref().map(|opened| &opened.read);
        let there = detail.map(|detail| detail.resources.as_slice());
        if let Some(Ok(document)) = read
            && (self.mode == Mode::New || there.is_some())
        {
            let overwrite = self.mode == Mode::Overwrite;
            self.changes = document.changes(self.base, there.unwrap_or_default(), overwrite);
        }
    }

    fn error(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let Some(error) = self.failed.clone() else {
            return;
        };
        let pressed = state::error_line(ui, &error);
        if pressed.sign_in {
            cx.messages.push(Message::SignIn);
        }
        if pressed.retry {
            self.failed = None;
        }
        ui.add_space(space::S);
    }

    fn fields(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let wrong = match self.opened.as_ref().map(|opened| &opened.read) {
            Some(Err(why)) => why.clone(),
            _ => String::new(),
        };
        let document = self.document();
        let help = match (&self.opened, &document) {
            (Some(opened), Some(document)) => {
                let name = file_name(&opened.path);
                let size = format::bytes(opened.text.len() as u64);
                format!("{name}: {} {}, {size}", document.language, document.title)
            }
            (Some(opened), None) => file_name(&opened.path),
            (None, _) => "Or drop it on the window".to_owned(),
        };
        form(ui, "import", |ui| {
            Row::new("Document")
                .help(&help)
                .wrong(&wrong)
                .show(ui, |ui| {
                    let button = Button::new("Choose file…").icon(Icon::FOLDER_OPEN);
                    if button.show(ui).clicked() {
                        let endings = ["yaml", "yml", "json"];
                        let request =
                            Request::pick("Choose an OpenAPI document", "OpenAPI", &endings);
                        self.dialog.open(cx.store, request);
                    }
                });
            let help = match self.mode {
                Mode::New => "Makes an API of its own",
                Mode::Merge => {
                    "Adds what is new and replaces what the document says; the rest stays"
                }
                Mode::Overwrite => "The API becomes what the document says; the rest goes",
            };
            Row::new("Import").help(help).show(ui, |ui| {
                let choices = [
                    (Mode::New, "New API"),
                    (Mode::Merge, "Merge into"),
                    (Mode::Overwrite, "Overwrite"),
                ];
                segmented(ui, "Import", &mut self.mode, &choices);
            });
            if self.mode != Mode::New {
                Row::new("API").show(ui, |ui| self.apis(ui, cx));
            }
            let path = document.as_ref().map(|document| document.base.as_str());
            let help = match (path, self.base) {
                (None, _) => "What is done with the path of the document's own address".to_owned(),
                (Some(""), _) => "The document's address has no path".to_owned(),
                (Some(path), Base::Ignore) => format!("{path} is left out"),
                (Some(path), Base::Prepend) => format!("{path} stands before every path"),
                (Some(path), Base::Split) => {
                    format!("{path} without its first part stands before every path")
                }
            };
            Row::new("Base path").help(&help).show(ui, |ui| {
                let choices = [
                    (Base::Ignore, "Ignore"),
                    (Base::Prepend, "Prepend"),
                    (Base::Split, "Split"),
                ];
                segmented(ui, "Base path", &mut self.base, &choices);
            });
            let help = "Where API Gateway would leave something out, nothing is imported";
            Row::new("Warnings").help(help).show(ui, |ui| {
                checkbox(ui, &mut self.strict, "Stop at warnings");
            });
        });
    }

    fn apis(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let known = cx.store.want(&ListApis {}, cx.now);
        let words = self.target.as_ref().map_or("Choose", |(_, name)| name);
        let words = words.to_owned();
        let mut chosen = None;
        drop_down(ui, "API", &words, |ui| {
            let rows = known.shown().map(|list| list.rows.as_slice());
            ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for row in rows.unwrap_or_default() {
                    let on = self.target.as_ref().is_some_and(|(id, _)| *id == row.id);
                    if entry(ui, on, &row.name, &row.id) {
                        chosen = Some((row.id.clone(), row.name.clone()));
                    }
                }
            });
        });
        if chosen.is_some() {
            self.target = chosen;
        }
    }

    fn document(&self) -> Option<Arc<Document>> {
        let read = &self.opened.as_ref()?.read;
        read.as_ref().ok().cloned()
    }

    fn unready(&self) -> Option<&'static str> {
        if self.opened.is_none() {
            return Some("Choose a document first");
        }
        if self.document().is_none() {
            return Some("The document can't be imported");
        }
        match (self.mode, &self.target, self.basis.known) {
            (Mode::New, ..) => None,
            (_, None, _) => Some("Choose the API that it goes into"),
            (_, _, None) => Some("The API is being read"),
            _ => None,
        }
    }

    fn foot(&mut self, ui: &mut Ui, running: bool, cx: &mut Cx<'_>) {
        let available = match (running, self.unready()) {
            (true, _) => Err("It is being imported"),
            (_, Some(why)) => Err(why),
            _ => cx.may_write(),
        };
        let mut go = cx.take(Command::Review);
        ui.horizontal(|ui| {
            let button = Button::new("Review and import").primary();
            let button = button.shortcut(Command::Review.keys_text());
            go |= button.available(available).show(ui).clicked();
            if Button::new("Cancel").ghost().show(ui).clicked() {
                *self = Self::default();
                cx.open(Route::Apis);
            }
        });
        if !go || available.is_err() {
            return;
        }
        let (Some(opened), Some(document)) = (&self.opened, self.document()) else {
            return;
        };
        let into = match (self.mode, self.target.clone()) {
            (Mode::Merge, Some((id, name))) => Destination::Merge(id, name),
            (Mode::Overwrite, Some((id, name))) => Destination::Overwrite(id, name),
            _ => Destination::New,
        };
        self.failed = None;
        self.submission = Some(cx.review(Arc::new(ImportApi {
            into,
            text: opened.text.clone(),
            file: opened.path.display().to_string(),
            document,
            base: self.base,
            strict: self.strict,
            changes: self.changes.clone(),
            context: cx.connection.cli(),
        })));
    }

    /// What became of the last submission; true while it runs. Where nothing was left out, the API is shown at once.
    fn follow(&mut self, cx: &mut Cx<'_>) -> bool {
        match Submission::follow(&mut self.submission, cx.store) {
            Followed::Waiting | Followed::Dismissed => {}
            Followed::Running => return true,
            Followed::Done(applied) => match applied.output::<Imported>() {
                Some(imported) if imported.warnings.is_empty() => {
                    let route = Route::api(&imported.id);
                    *self = Self::default();
                    cx.open(route);
                }
                Some(imported) => self.done = Some(imported),
                None => {}
            },
            Followed::Failed(error) => self.failed = Some(error),
        }
        false
    }

    /// What was imported with warnings: they are the service's, and read here.
    fn result(&mut self, ui: &mut Ui, done: &Imported, cx: &mut Cx<'_>) {
        let count = format::counted(done.warnings.len(), "warning");
        let words = format!("{} is imported, with {count}", done.name);
        ui.label(RichText::new(words).font(fonts::semibold(size::BODY)));
        ui.add_space(space::S);
        ui.horizontal(|ui| {
            let open = format!("Open {}", done.name);
            if Button::new(&open).primary().show(ui).clicked() {
                cx.open(Route::api(&done.id));
            }
            if Button::new("Import another").show(ui).clicked() {
                *self = Self::default();
            }
        });
        ui.add_space(space::S);
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for warning in &done.warnings {
                ui.label(RichText::new(warning).color(Theme::of(ui).warn));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::document;

    #[test]
    fn what_lacks_is_said_in_turn() {
        let mut panel = ImportPanel::default();
        assert_eq!(panel.unready(), Some("Choose a document first"));
        panel.opened = Some(Opened {
            path: "a.yaml".into(),
            text: "".into(),
            read: Err("It is empty".into()),
        });
        assert_eq!(panel.unready(), Some("The document can't be imported"));
        let text = "openapi: 3.0.1\ninfo: {title: shop}\n";
        panel.opened = Some(Opened {
            path: "a.yaml".into(),
            text: text.into(),
            read: document::read(text).map(Arc::new),
        });
        assert_eq!(panel.unready(), None);
        panel.mode = Mode::Merge;
        assert_eq!(panel.unready(), Some("Choose the API that it goes into"));
        panel.target = Some(("id".into(), "shop".into()));
        assert_eq!(panel.unready(), Some("The API is being read"));
        panel.basis.known = Some(0);
        assert_eq!(panel.unready(), None);
        assert_eq!(panel.unsaved().as_deref(), Some("the import of a.yaml"));
    }
}
