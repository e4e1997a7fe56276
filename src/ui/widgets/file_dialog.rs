//! Choosing a file of this machine: with the system's own dialog, or by a typed path where that does not open.
//!
//! On Linux the system's dialog comes from a portal or from zenity; where neither is there, `rfd` answers as if the person
//! had cancelled, at once. Such an answer is therefore followed by the typed one. Nothing here waits: the dialog and every
//! look at the disk run as jobs of the store.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::{Context, Key, RichText, Ui};

use super::button::Button;
use super::confirm::{dialog, footer, left};
use super::text_field::TextField;
use crate::model::error::CloudError;
use crate::store::{Store, Ticket};
use crate::ui::{
    fonts,
    theme::{Theme, size, space},
};

/// An answer that comes sooner than this was given by no person.
const SOONEST: Duration = Duration::from_millis(600);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    title: String,
    kind: &'static str,
    extensions: Vec<String>,
    save_as: Option<String>,
    folder: bool,
}

impl Request {
    /// A folder that exists: its dialog's title.
    pub fn folder(title: &str) -> Self {
        Self {
            folder: true,
            ..Self::pick(title, "", &[])
        }
    }

    /// A file that exists: its dialog's title, what such files are called ("ZIP archive"), and their endings without dot.
    pub fn pick(title: &str, kind: &'static str, extensions: &[&str]) -> Self {
        Self {
            title: title.to_owned(),
            kind,
            extensions: extensions.iter().map(|e| (*e).to_owned()).collect(),
            save_as: None,
            folder: false,
        }
    }

    /// A file to be written, with the name that is proposed.
    pub fn save(title: &str, kind: &'static str, file_name: &str) -> Self {
        let ending = Path::new(file_name).extension();
        Self {
            title: title.to_owned(),
            kind,
            extensions: ending
                .map(|e| e.to_string_lossy().into_owned())
                .into_iter()
                .collect(),
            save_as: Some(file_name.to_owned()),
            folder: false,
        }
    }
}

/// A dialog's state between frames; one for each thing that a panel asks for.
#[derive(Default)]
pub struct FileDialog {
    state: State,
    /// The folder of the last answer, where the next dialog begins.
    folder: Option<PathBuf>,
}

#[derive(Default)]
enum State {
    #[default]
    Closed,
    System(Request, Ticket<SystemAnswer>),
    Typed(Typed),
}

struct SystemAnswer {
    path: Option<PathBuf>,
    took: Duration,
}

struct Typed {
    request: Request,
    path: String,
    said: Option<Said>,
    checking: Option<Ticket<Checked>>,
    /// It has just opened: the keyboard is still where the button was pressed.
    fresh: bool,
}

/// What the disk says of a typed path.
enum Checked {
    Good(PathBuf),
    Exists(PathBuf),
    Wrong(String),
}

/// What is said beside the field.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Wrong(String),
    Exists(PathBuf),
}

impl FileDialog {
    /// Opens it, unless it is open already.
    pub fn open<C: Send + Sync + 'static>(&mut self, store: &mut Store<C>, request: Request) {
        if self.is_open() {
            return;
        }
        if !system_has_one() {
            self.state = State::Typed(Typed::new(request, self.folder.as_deref()));
            return;
        }
        let asked = system_dialog(request.clone(), self.folder.clone());
        self.state = State::System(request, store.job(false, asked));
    }

    /// It waits for an answer.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed)
    }

    /// To be called on every frame; gives the chosen path once.
    pub fn show<C: Send + Sync + 'static>(
        &mut self,
        ctx: &Context,
        store: &mut Store<C>,
    ) -> Option<PathBuf> {
        let chosen = match std::mem::take(&mut self.state) {
            State::Closed => None,
            State::System(request, ticket) => self.system(store, request, ticket),
            State::Typed(typed) => self.typed(ctx, store, typed),
        };
        if let Some(path) = &chosen {
            self.folder = path.parent().map(Path::to_owned);
        }
        chosen
    }

    fn system<C: Send + Sync + 'static>(
        &mut self,
        store: &mut Store<C>,
        request: Request,
        ticket: Ticket<SystemAnswer>,
    ) -> Option<PathBuf> {
        match store.collect(&ticket) {
            None => self.state = State::System(request, ticket),
            Some(Ok(answer)) if answer.path.is_some() => return answer.path,
            Some(Ok(answer)) if answer.took > SOONEST => {}
            Some(_) => self.state = State::Typed(Typed::new(request, self.folder.as_deref())),
        }
        None
    }

    fn typed<C: Send + Sync + 'static>(
        &mut self,
        ctx: &Context,
        store: &mut Store<C>,
        mut typed: Typed,
    ) -> Option<PathBuf> {
        if let Some(checked) = typed.checking.as_ref().and_then(|t| store.collect(t)) {
            typed.checking = None;
            match checked {
                Ok(Checked::Good(path)) => return Some(path),
                Ok(Checked::Exists(path)) => typed.said = Some(Said::Exists(path)),
                Ok(Checked::Wrong(why)) => typed.said = Some(Said::Wrong(why)),
                Err(error) => typed.said = Some(Said::Wrong(error.message)),
            }
        }
        match typed.ask(ctx) {
            Answer::None => {}
            Answer::Cancel => return None,
            Answer::Replace(path) => return Some(path),
            Answer::Ok => {
                let (path, request) = (typed.path.clone(), typed.request.clone());
                let check = async move { Ok::<_, CloudError>(looked_at(&path, &request)) };
                typed.said = None;
                typed.checking = Some(store.job(true, check));
            }
        }
        self.state = State::Typed(typed);
        None
    }
}

enum Answer {
    None,
    Ok,
    Replace(PathBuf),
    Cancel,
}

impl Typed {
    fn new(request: Request, folder: Option<&Path>) -> Self {
        let path = match &request.save_as {
            None => String::new(),
            Some(name) => {
                let home = folder.map(Path::to_owned).or_else(home).unwrap_or_default();
                home.join(name).to_string_lossy().into_owned()
            }
        };
        Self {
            request,
            path,
            said: None,
            checking: None,
            fresh: true,
        }
    }

    fn ask(&mut self, ctx: &Context) -> Answer {
        let theme = Theme::of_ctx(ctx);
        let mut answer = Answer::None;
        let modal = dialog(ctx, "file", theme, |ui| {
            ui.set_width(super::confirm::width(ui, 520.0));
            ui.spacing_mut().item_spacing.y = space::S;
            ui.label(RichText::new(&self.request.title).font(fonts::semibold(size::HEADING)));
            let advice = match self.request.folder {
                true => "The system has no dialog to show: type the folder's path.",
                false => "The system has no file dialog to show: type the file's path.",
            };
            ui.label(RichText::new(advice).color(theme.muted));
            answer = self.field(ui, theme);
            self.buttons(ui, &mut answer);
        });
        if matches!(answer, Answer::None) && left(&modal) {
            return Answer::Cancel;
        }
        answer
    }

    fn field(&mut self, ui: &mut Ui, theme: &Theme) -> Answer {
        let width = ui.available_width();
        let wrong = matches!(self.said, Some(Said::Wrong(_)));
        let hint = match self.request.extensions.first() {
            None if self.request.folder => "/path/to/folder".to_owned(),
            Some(ending) => format!("/path/to/file.{ending}"),
            None => "/path/to/file".to_owned(),
        };
        let field = TextField::new("Path", &mut self.path)
            .mono()
            .width(width)
            .hint(&hint)
            .wrong(wrong)
            .show(ui);
        // Before the keyboard is given back to the field: then it would not have lost it.
        let enter = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if std::mem::take(&mut self.fresh) || ui.memory(|memory| memory.focused().is_none()) {
            field.request_focus();
        }
        if field.changed() {
            self.said = None;
        }
        match &self.said {
            Some(Said::Wrong(why)) => {
                ui.label(RichText::new(why).color(theme.err));
            }
            Some(Said::Exists(_)) => {
                let text = "A file of that name exists. Replace it?";
                ui.label(RichText::new(text).color(theme.warn));
            }
            None => {}
        }
        if enter && self.ready().is_ok() && self.said.is_none() {
            Answer::Ok
        } else {
            Answer::None
        }
    }

    fn ready(&self) -> Result<(), &'static str> {
        if self.path.trim().is_empty() {
            return Err("Type a path first");
        }
        if self.checking.is_some() {
            return Err("The path is being looked at");
        }
        Ok(())
    }

    fn buttons(&self, ui: &mut Ui, answer: &mut Answer) {
        footer(ui, |ui| {
            if Button::new("Cancel").show(ui).clicked() {
                *answer = Answer::Cancel;
            }
            if let Some(Said::Exists(path)) = &self.said {
                if Button::new("Replace").danger().show(ui).clicked() {
                    *answer = Answer::Replace(path.clone());
                }
            } else {
                let word = match self.request.save_as {
                    Some(_) => "Save",
                    None => "Open",
                };
                let button = Button::new(word).primary().available(self.ready());
                if button.show(ui).clicked() {
                    *answer = Answer::Ok;
                }
            }
        });
    }
}

/// Whether there is any hope that the system shows a dialog: elsewhere than on Linux there always is one.
fn system_has_one() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let in_path = |name: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
    };
    set("DBUS_SESSION_BUS_ADDRESS") || in_path("zenity")
}

async fn system_dialog(
    request: Request,
    folder: Option<PathBuf>,
) -> Result<SystemAnswer, CloudError> {
    let began = Instant::now();
    let endings = &request.extensions;
    let mut dialog = rfd::AsyncFileDialog::new().set_title(&request.title);
    if !endings.is_empty() {
        dialog = dialog.add_filter(request.kind, endings);
    }
    if !request.folder {
        dialog = dialog.add_filter("All files", &["*"]);
    }
    if let Some(folder) = folder {
        dialog = dialog.set_directory(folder);
    }
    let handle = match request.save_as {
        None if request.folder => dialog.pick_folder().await,
        Some(name) => dialog.set_file_name(name).save_file().await,
        None => dialog.pick_file().await,
    };
    Ok(SystemAnswer {
        path: handle.map(|handle| handle.path().to_owned()),
        took: began.elapsed(),
    })
}

fn home() -> Option<PathBuf> {
    directories::UserDirs::new().map(|dirs| dirs.home_dir().to_owned())
}

/// Looks at a typed path for what is asked.
fn looked_at(typed: &str, request: &Request) -> Checked {
    if !request.folder {
        return check(typed, request.save_as.is_some());
    }
    let path = meant(typed);
    match path.is_dir() {
        true => Checked::Good(path),
        false => Checked::Wrong(format!("There is no folder {}", path.display())),
    }
}

/// Looks at a typed path. `~` is the person's home; a relative path is seen from there too, for a window has no folder
/// that a person could know of.
fn check(typed: &str, saves: bool) -> Checked {
    let path = meant(typed);
    if path.is_dir() {
        return Checked::Wrong("That is a folder".to_owned());
    }
    if !saves {
        return match std::fs::metadata(&path) {
            Ok(_) => Checked::Good(path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Checked::Wrong(format!("There is no file {}", path.display()))
            }
            Err(error) => Checked::Wrong(format!("{}: {error}", path.display())),
        };
    }
    match path.parent() {
        Some(folder) if folder.is_dir() => {}
        Some(folder) => return Checked::Wrong(format!("There is no folder {}", folder.display())),
        None => return Checked::Wrong("A file's name is needed".to_owned()),
    }
    if path.exists() {
        return Checked::Exists(path);
    }
    Checked::Good(path)
}

fn meant(typed: &str) -> PathBuf {
    let typed = typed.trim().trim_matches('"');
    let relative = typed.strip_prefix("~/").unwrap_or(typed);
    match home() {
        Some(home) => home.join(relative),
        None => PathBuf::from(relative),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_folder_is_asked_for_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let request = Request::folder("Choose a folder");
        let looked = |path: &Path| looked_at(&path.to_string_lossy(), &request);
        assert!(matches!(looked(folder.path()), Checked::Good(path) if path == folder.path()));
        assert!(
            matches!(looked(&folder.path().join("none")), Checked::Wrong(why) if why.contains("no folder"))
        );
    }

    fn said(typed: &Path, saves: bool) -> String {
        match check(&typed.to_string_lossy(), saves) {
            Checked::Good(path) => format!("good {}", path.display()),
            Checked::Exists(_) => "exists".to_owned(),
            Checked::Wrong(why) => why,
        }
    }

    #[test]
    fn a_typed_path_is_looked_at_before_it_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.zip");
        std::fs::write(&file, "x").unwrap();
        assert_eq!(said(&file, false), format!("good {}", file.display()));
        assert_eq!(said(&file, true), "exists");
        let other = folder.path().join("b.csv");
        assert!(said(&other, false).starts_with("There is no file"));
        assert_eq!(said(&other, true), format!("good {}", other.display()));
        assert!(said(&folder.path().join("no/b.csv"), true).starts_with("There is no folder"));
        assert_eq!(said(folder.path(), false), "That is a folder");
    }

    #[test]
    fn a_file_to_be_saved_keeps_the_ending_of_its_name() {
        let request = Request::save("Export", "CSV", "functions.csv");
        assert_eq!(request.extensions, ["csv"]);
        let typed = Typed::new(request, Some(Path::new("/tmp")));
        assert_eq!(typed.path, "/tmp/functions.csv");
    }
}
