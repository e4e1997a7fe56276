//! The event: an editor, templates, events that were saved under a name, and files that are too long for an editor.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Align, Layout, RichText, Ui, vec2};

use super::kept::Kept;
use crate::model::error::{CloudError, ErrorKind};
use crate::model::event_templates::event_templates;
use crate::model::format;
use crate::model::invoke::{SavedEvent, check_json, pretty_json};
use crate::model::limits::{self, SYNC_PAYLOAD_BYTES};
use crate::store::Ticket;
use crate::ui::cx::Cx;
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::code::{CodeEditor, Language, MOST_BYTES};
use crate::ui::widgets::drop_down::{drop_down, entry, pop_over};
use crate::ui::widgets::file_dialog::{FileDialog, Request};
use crate::ui::widgets::in_order::in_order;
use crate::ui::widgets::text_field::TextField;
use crate::ui::{
    fonts,
    icons::Icon,
    theme::{CONTROL_HEIGHT, RADIUS, Theme, size, space},
};

/// Letters of a saved event's name that its button shows.
const MOST_OF_A_NAME: usize = 14;

/// The left side of the test.
#[derive(Default)]
pub struct EventPart {
    /// What is in the editor.
    pub text: String,
    /// The event is this file's instead.
    file: Option<FileEvent>,
    /// The saved event that the text began with.
    from: String,
    editor: CodeEditor,
    wrong: Option<String>,
    dialog: FileDialog,
    reading: Option<Ticket<FileEvent>>,
    name: String,
    /// A person typed what is in the editor, and it was neither run nor saved.
    typed: bool,
    renaming: Option<String>,
    /// The field of a name was just opened: it gets the keyboard.
    naming: bool,
    said: Option<Said>,
}

/// A file that is too long to be laid out.
struct FileEvent {
    path: PathBuf,
    text: Arc<str>,
    wrong: Option<String>,
}

/// A word under the editor.
enum Said {
    Wrong(String),
    Deleted(SavedEvent),
    /// A run's event took the place of this text, which nobody had run or saved.
    Replaced(String),
}

impl EventPart {
    /// Begins with a text, for another function or another run.
    pub fn set(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        self.typed = false;
        self.file = None;
        self.from.clear();
        self.said = None;
        self.wrong = check_json(text).err();
    }

    /// Puts the event of a run into the editor. What was typed there and is kept nowhere else can be brought back.
    pub fn show_run(&mut self, text: &str) {
        let before = std::mem::take(&mut self.text);
        let typed = self.typed && self.file.is_none() && before.trim() != text.trim();
        self.set(text);
        if typed {
            self.said = Some(Said::Replaced(before));
        }
    }

    /// The event was run as it stands: it is in the history.
    pub fn ran(&mut self) {
        self.typed = false;
    }

    /// The event as it would be sent.
    pub fn payload(&self) -> &str {
        self.file.as_ref().map_or(&self.text, |file| &file.text)
    }

    /// Whether it can be sent.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn ready(&self, asynchronous: bool) -> Result<(), String> {
        limits::payload(self.payload().len(), asynchronous)?;
        let wrong = match &self.file {
            Some(file) => &file.wrong,
            None => &self.wrong,
        };
        wrong.clone().map_or(Ok(()), Err)
    }

    /// Draws it over the space of `ui`; true when the text or what is saved changed.
    pub fn ui(&mut self, ui: &mut Ui, kept: &mut Kept, cx: &mut Cx<'_>) -> bool {
        self.files(ui, cx);
        let mut changed = self.controls(ui, kept, cx);
        ui.add_space(space::S);
        let under = if self.said.is_some() { 58.0 } else { 26.0 };
        let height = (ui.available_height() - under).max(80.0);
        if let Some(file) = &self.file {
            if file_card(ui, file) {
                self.file = None;
            }
        } else {
            let output = self
                .editor
                .show(ui, "Event JSON", &mut self.text, Language::Json, height);
            let edited = output.response.is_some_and(|response| response.changed());
            if edited {
                self.typed = true;
                self.wrong = output.problem.err().map(|problem| {
                    format!(
                        "The event is not JSON: {} (line {}, column {})",
                        problem.message, problem.line, problem.column
                    )
                });
                kept.set_draft(&self.text);
            }
            changed |= edited;
        }
        changed | self.word(ui, kept)
    }

    // ---- files -------------------------------------------------------------------------------------------------

    fn files(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        let dropped = ui.input(|input| {
            let files = &input.raw.dropped_files;
            files.first().map(|file| file.path().to_owned())
        });
        let chosen = self.dialog.show(ui.ctx(), cx.store).or(dropped);
        if let Some(path) = chosen {
            self.said = None;
            self.reading = Some(cx.store.job(true, async move { read(path) }));
        }
        let Some(read) = self.reading.as_ref().and_then(|job| cx.store.collect(job)) else {
            return;
        };
        self.reading = None;
        match read {
            Ok(file) if file.text.len() <= MOST_BYTES => self.set(&file.text),
            Ok(file) => self.file = Some(file),
            Err(error) => self.said = Some(Said::Wrong(error.message)),
        }
    }

    // ---- controls ----------------------------------------------------------------------------------------------

    fn controls(&mut self, ui: &mut Ui, kept: &mut Kept, cx: &mut Cx<'_>) -> bool {
        let mut changed = false;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            if ui.available_width() > 440.0 {
                ui.label(RichText::new("Event").font(fonts::semibold(size::BODY)));
            }
            changed |= self.templates(ui, kept);
            changed |= self.saved(ui, kept);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                // The two beside it are icons.
                let narrow = ui.available_width() < 130.0;
                in_order(ui, "with the event", |ui| {
                    ui.spacing_mut().item_spacing.x = space::XS;
                    if icon_button(ui, Icon::BRACES, "Indent the event").clicked()
                        && let Some(text) = pretty_json(&self.text)
                    {
                        self.text = text;
                        kept.set_draft(&self.text);
                        changed = true;
                    }
                    if icon_button(ui, Icon::FOLDER_OPEN, "Take the event from a file").clicked() {
                        let request = Request::pick("Choose an event", "JSON", &["json", "txt"]);
                        self.dialog.open(cx.store, request);
                    }
                    changed |= self.save_button(ui, narrow, kept);
                });
            });
        });
        changed
    }

    fn templates(&mut self, ui: &mut Ui, kept: &mut Kept) -> bool {
        let mut chosen = None;
        drop_down(ui, "Template", "Template", |ui| {
            for template in event_templates() {
                if entry(ui, false, template.title, template.service) {
                    chosen = Some(template);
                }
            }
        });
        if let Some(template) = chosen {
            self.set(template.payload);
            kept.set_draft(template.payload);
        }
        chosen.is_some()
    }

    fn saved(&mut self, ui: &mut Ui, kept: &mut Kept) -> bool {
        let mut chosen = None;
        let mut removed = None;
        let shown = match self.from.char_indices().nth(MOST_OF_A_NAME) {
            _ if self.from.is_empty() => "Saved".to_owned(),
            Some((end, _)) => format!("{}…", &self.from[..end]),
            None => self.from.clone(),
        };
        let button = Button::new(&format!("{shown} {}", Icon::CHEVRON_DOWN))
            .name("Saved events")
            .show(ui);
        let renaming = &mut self.renaming;
        let name = &mut self.name;
        let naming = &mut self.naming;
        let mut renamed = None;
        pop_over(&button, |ui| {
            ui.set_width(280.0);
            if kept.saved.events.is_empty() {
                let text = "None yet. Save keeps the event in the editor under a name.";
                ui.label(RichText::new(text).color(Theme::of(ui).muted));
            }
            for event in &kept.saved.events {
                if renaming.as_ref() == Some(&event.name) {
                    if name_row(ui, name, "Rename", naming) {
                        renamed = Some((event.name.clone(), name.clone()));
                    }
                    continue;
                }
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    let size = format::bytes(event.payload.len() as u64);
                    // What is left of the two icons behind it.
                    let room = vec2(ui.available_width() - 2.0 * CONTROL_HEIGHT, CONTROL_HEIGHT);
                    let line = Layout::left_to_right(Align::Center).with_main_justify(true);
                    ui.allocate_ui_with_layout(room, line, |ui| {
                        if entry(ui, *self.from == event.name, &event.name, &size) {
                            chosen = Some(event.clone());
                        }
                    });
                    let rename = format!("Rename {}", event.name);
                    if icon_button(ui, Icon::PENCIL, &rename).clicked() {
                        *renaming = Some(event.name.clone());
                        *naming = true;
                        name.clone_from(&event.name);
                    }
                    let remove = format!("Delete {}", event.name);
                    if icon_button(ui, Icon::TRASH_2, &remove).clicked() {
                        removed = Some(event.name.clone());
                    }
                });
            }
        });
        let mut changed = chosen.is_some();
        if let Some(event) = chosen {
            self.set(&event.payload);
            kept.set_draft(&event.payload);
            self.from = event.name;
        }
        if let Some((old, new)) = renamed {
            changed |= self.rename(kept, &old, &new);
        }
        if let Some(event) = removed.and_then(|name| kept.saved.remove(&name)) {
            self.said = Some(Said::Deleted(event));
            changed = true;
        }
        changed
    }

    fn rename(&mut self, kept: &mut Kept, old: &str, new: &str) -> bool {
        let new = new.trim();
        self.renaming = None;
        if new.is_empty() || new == old {
            return false;
        }
        if kept.saved.events.iter().any(|event| event.name == new) {
            self.said = Some(Said::Wrong(format!(
                "There is an event called {new} already."
            )));
            return false;
        }
        let Some(event) = kept.saved.remove(old) else {
            return false;
        };
        if self.from == old {
            new.clone_into(&mut self.from);
        }
        // The payload was checked when it was saved.
        kept.saved.save(new, &event.payload).is_ok()
    }

    fn save_button(&mut self, ui: &mut Ui, narrow: bool, kept: &mut Kept) -> bool {
        let available = match (&self.file, &self.wrong) {
            (Some(_), _) => Err("The event is in a file already"),
            (None, Some(_)) => Err("The event is not JSON"),
            (None, None) => Ok(()),
        };
        let button = Button::new("Save")
            .icon(Icon::SAVE)
            .name("Save the event")
            .compact(narrow)
            .available(available)
            .show(ui);
        if button.clicked() {
            self.name.clone_from(&self.from);
            self.renaming = None;
            self.naming = true;
        }
        let mut saved = false;
        let name = &mut self.name;
        let naming = &mut self.naming;
        pop_over(&button, |ui| {
            ui.set_min_width(240.0);
            saved = name_row(ui, name, "Save", naming);
            let exists = kept.saved.events.iter().any(|event| event.name == *name);
            if exists {
                let text = "Replaces the event of that name.";
                ui.label(RichText::new(text).color(Theme::of(ui).warn));
            }
            if saved {
                ui.close();
            }
        });
        if !saved {
            return false;
        }
        match kept.saved.save(&self.name, &self.text) {
            Ok(_) => {
                self.from = self.name.trim().to_owned();
                self.typed = false;
                self.said = None;
                true
            }
            Err(wrong) => {
                self.said = Some(Said::Wrong(wrong));
                false
            }
        }
    }

    /// What is said under the editor; true when a deleted event was brought back.
    fn word(&mut self, ui: &mut Ui, kept: &mut Kept) -> bool {
        let theme = Theme::of(ui);
        let mut undone = false;
        let mut closed = false;
        ui.horizontal(|ui| match &self.said {
            None => {}
            Some(Said::Wrong(text)) => {
                ui.label(RichText::new(text).color(theme.err));
                closed = icon_button(ui, Icon::X, "Close the message").clicked();
            }
            Some(Said::Deleted(event)) => {
                ui.label(format!("Deleted {}", event.name));
                undone = Button::new("Undo").ghost().show(ui).clicked();
                closed = icon_button(ui, Icon::X, "Close the message").clicked();
            }
            Some(Said::Replaced(_)) => {
                ui.label("The run's event took the place of what you typed");
                undone = Button::new("Undo").ghost().show(ui).clicked();
                closed = icon_button(ui, Icon::X, "Close the message").clicked();
            }
        });
        if undone
            && let Some(Said::Replaced(before)) =
                self.said.take_if(|said| matches!(said, Said::Replaced(_)))
        {
            self.set(&before);
            self.typed = true;
            kept.set_draft(&before);
            return true;
        }
        if undone
            && let Some(Said::Deleted(event)) = &self.said
            && kept.saved.save(&event.name, &event.payload).is_err()
        {
            undone = false;
        }
        if undone || closed {
            self.said = None;
        }
        undone
    }
}

/// A field for a name and its button; true when it was given. It gets the keyboard when it was just opened.
fn name_row(ui: &mut Ui, name: &mut String, button: &str, opened: &mut bool) -> bool {
    ui.horizontal(|ui| {
        let field = TextField::new("Name of the event", name)
            .hint("Name")
            .width(150.0)
            .show(ui);
        if std::mem::take(opened) {
            field.request_focus();
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let available = match name.trim() {
            "" => Err("It needs a name"),
            _ => Ok(()),
        };
        let pressed = Button::new(button).available(available).show(ui).clicked();
        available.is_ok() && (pressed || entered)
    })
    .inner
}

/// Says what the file holds; true when it is let go.
fn file_card(ui: &mut Ui, file: &FileEvent) -> bool {
    let theme = Theme::of(ui);
    let mut dropped = false;
    egui::Frame::new()
        .fill(theme.panel)
        .stroke(theme.stroke())
        .corner_radius(RADIUS)
        .inner_margin(space::L)
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let name = file.path.file_name().unwrap_or_default().to_string_lossy();
            ui.label(RichText::new(name).font(fonts::medium(size::BODY)))
                .on_hover_text(file.path.display().to_string());
            let bytes = file.text.len() as u64;
            ui.label(format!("{}, taken as it is", format::bytes(bytes)))
                .on_hover_text(format::bytes_exact(bytes));
            match &file.wrong {
                Some(wrong) => ui.label(RichText::new(wrong).color(theme.err)),
                None => ui.label(RichText::new("✓ JSON").color(theme.ok)),
            };
            ui.add_space(space::S);
            dropped = Button::new("Back to the editor").show(ui).clicked();
        });
    dropped
}

/// Reads an event; a file that is beyond every limit is not read at all.
fn read(path: PathBuf) -> Result<FileEvent, CloudError> {
    let wrong = |text: String| CloudError::local("Reading the event", ErrorKind::Invalid, text);
    let name = |path: &Path| path.display().to_string();
    let bytes = std::fs::metadata(&path)
        .map_err(|error| wrong(format!("{}: {error}", name(&path))))?
        .len();
    if bytes > SYNC_PAYLOAD_BYTES as u64 {
        let text = limits::payload(usize::try_from(bytes).unwrap_or(usize::MAX), false);
        return Err(wrong(text.err().unwrap_or_default()));
    }
    let text = std::fs::read_to_string(&path)
        .map_err(|error| wrong(format!("{}: {error}", name(&path))))?;
    let problem = check_json(&text).err();
    Ok(FileEvent {
        path,
        text: text.into(),
        wrong: problem,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_file_beyond_the_limit_is_refused_with_the_number_and_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big.json");
        let file = std::fs::File::create(&path).unwrap();
        file.set_len(300 << 20).unwrap();
        let error = read(path).err().unwrap();
        assert!(error.message.contains("314,572,800"), "{}", error.message);
        assert!(error.message.contains("6 MB"), "{}", error.message);
    }

    #[test]
    fn a_file_of_six_megabytes_is_the_event_without_passing_through_the_editor() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("six.json");
        let text = format!("\"{}\"", "x".repeat(SYNC_PAYLOAD_BYTES - 2));
        std::fs::write(&path, &text).unwrap();
        let part = EventPart {
            file: Some(read(path).unwrap()),
            ..EventPart::default()
        };
        assert_eq!(part.payload().len(), SYNC_PAYLOAD_BYTES);
        assert_eq!(part.ready(false), Ok(()));
        let wrong = part.ready(true).unwrap_err();
        assert!(wrong.contains("1 MB"), "{wrong}");
    }

    #[test]
    fn what_is_no_json_cannot_be_sent() {
        let mut part = EventPart::default();
        part.set("{\"a\": }");
        assert!(part.ready(false).unwrap_err().contains("line 1"));
        part.set("");
        assert_eq!(part.ready(false), Ok(()));
    }
}
