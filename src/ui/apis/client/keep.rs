//! Saving the request that is edited, opening another, and what is told of files that changed on the disk.

use std::path::{Path, PathBuf};

use egui::{Key, RichText, Ui};

use super::Client;
use super::folder::{Changed, Known, Written, place};
use super::side::List;
use crate::model::client::environments;
use crate::model::client::file;
use crate::model::client::resolve::without_secrets;
use crate::ui::cx::{Cx, Message};
use crate::ui::theme::Theme;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::text_field::TextField;

/// The file that the request came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Where it lies.
    pub path: PathBuf,
    /// What stood in it.
    pub text: String,
}

impl Opened {
    /// Its name as people say it.
    pub fn name(&self) -> String {
        stem(&self.path)
    }
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// A name that is being typed.
#[derive(Default)]
pub struct Naming {
    name: String,
    fresh: bool,
}

impl Client {
    /// What differs from the file.
    pub(super) fn unsaved_words(&self) -> Option<String> {
        let opened = self.opened.as_ref()?;
        (file::write(&self.request) != opened.text)
            .then(|| format!("the request {}", opened.name()))
    }

    /// Saves the request: where it came from, or under a name that is asked for.
    pub(super) fn save(&mut self, cx: &mut Cx<'_>) {
        if let Some(why) = self.parts.wrong() {
            return cx.toast("Not saved", why);
        }
        self.list = List::Saved;
        if self.folder.path.is_none() {
            return self.folder.choose(cx);
        }
        match self.opened.clone() {
            Some(opened) => self.write(opened.path, Known::Text(opened.text), cx),
            None => {
                self.naming = Some(Naming {
                    fresh: true,
                    ..Naming::default()
                });
            }
        }
    }

    /// Writes it, without what proves its caller: that stays here, under its name.
    fn write(&mut self, path: PathBuf, known: Known, cx: &mut Cx<'_>) {
        let (request, taken) = without_secrets(&self.request, self.vault.values());
        for (name, value) in taken {
            self.vault.put(&name, value);
        }
        self.request = request;
        self.folder
            .write(path, file::write(&self.request), known, cx);
    }

    /// Takes up what became of writing.
    pub(super) fn follow_writing(&mut self, cx: &mut Cx<'_>) {
        match self.folder.written(cx) {
            None => {}
            Some(Ok(Written::Done(path, text))) if !is_request(&path) => drop((path, text)),
            Some(Ok(Written::Done(path, text))) => {
                self.conflict = None;
                self.naming = None;
                cx.toast(format!("Saved {}", stem(&path)), path.display().to_string());
                self.opened = Some(Opened { path, text });
            }
            Some(Ok(Written::Conflict(path))) if !is_request(&path) => {
                let words = "It was changed on the disk meanwhile: look at it again";
                cx.toast(format!("{} is not saved", environments::FILE), words);
            }
            Some(Ok(Written::Conflict(path))) => self.conflict = Some(path),
            Some(Err(error)) => cx.messages.push(Message::Error(error)),
        }
    }

    /// Opens a saved request; what was edited can be had back.
    pub(super) fn open_saved(&mut self, path: &Path) {
        let Some(saved) = self.folder.saved(path) else {
            return;
        };
        let Ok(request) = saved.request.clone() else {
            return;
        };
        let opened = Opened {
            path: path.to_owned(),
            text: saved.text.clone(),
        };
        self.take(request, Some(opened));
    }

    /// A name that is asked for, and what changed on the disk.
    pub(super) fn keeping(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        self.name_it(ui, cx);
        let theme = Theme::of(ui);
        if let Some(path) = self.conflict.clone() {
            let words = format!("{} exists already, or was changed on the disk", stem(&path));
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(words).color(theme.warn));
                if Button::new("Write over it").danger().show(ui).clicked() {
                    self.conflict = None;
                    self.write(path.clone(), Known::Any, cx);
                }
                if Button::new("Keep it").show(ui).clicked() {
                    self.conflict = None;
                }
            });
            return;
        }
        let Some(opened) = self.opened.clone() else {
            return;
        };
        match self.folder.changed(&opened.path, &opened.text) {
            None => {}
            Some(Changed::Gone) => {
                let words = format!(
                    "{} is no longer on the disk: Save writes it again",
                    opened.name()
                );
                ui.label(RichText::new(words).color(theme.warn));
            }
            Some(Changed::Text) => {
                let words = format!("{} was changed on the disk", opened.name());
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new(words).color(theme.warn));
                    if Button::new("Reload").show(ui).clicked() {
                        self.open_saved(&opened.path);
                    }
                });
            }
        }
    }

    fn name_it(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let (Some(naming), Some(folder)) = (&mut self.naming, self.folder.path.clone()) else {
            return;
        };
        let at = place(&folder, &naming.name);
        let (mut save, mut cancel) = (false, false);
        ui.horizontal_wrapped(|ui| {
            let wide = (ui.available_width() - 160.0).clamp(120.0, 320.0);
            let field = TextField::new("Name of the request", &mut naming.name);
            let field = field
                .hint("Orders/one, with its lines")
                .width(wide)
                .show(ui);
            let enter = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if std::mem::take(&mut naming.fresh) {
                field.request_focus();
            }
            let may = at.as_ref().map(|_| ()).map_err(String::as_str);
            save = Button::new("Save")
                .primary()
                .available(may)
                .show(ui)
                .clicked()
                || enter;
            cancel = Button::new("Cancel").show(ui).clicked();
        });
        if cancel {
            self.naming = None;
        } else if save && let Ok(path) = at {
            self.write(path, Known::New, cx);
        }
    }
}

fn is_request(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending == file::ENDING)
}
