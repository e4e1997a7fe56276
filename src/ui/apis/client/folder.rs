//! The folder of saved requests: what is in it, kept in step with the disk, and writing one. Everything that touches the disk runs
//! as a job.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui::Context;

use crate::model::client::Request;
use crate::model::client::environments::{self, Environments};
use crate::model::client::file::{self, ENDING, MOST_BYTES};
use crate::model::error::{CloudError, ErrorKind};
use crate::store::Ticket;
use crate::ui::cx::Cx;
use crate::ui::widgets::file_dialog::{FileDialog, Request as Ask};

/// Requests that are read at most.
const MOST: usize = 500;
/// How often the disk is looked at while the screen is seen, ms.
const EVERY_MS: i64 = 3_000;

/// A saved request.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    /// Its file.
    pub path: PathBuf,
    /// The folder below the chosen one; empty where it lies in that itself.
    pub group: String,
    /// The file's name without its ending.
    pub name: String,
    /// What stands in it.
    pub text: String,
    /// What that means, or why it can't be read.
    pub request: Result<Request, String>,
}

/// What is in the folder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listed {
    /// By group, then by name.
    pub files: Vec<Saved>,
    /// There are more.
    pub cut: bool,
    /// None where there is no file of them.
    pub environments: Option<Result<Environments, String>>,
    /// The text of that file.
    pub environments_text: Option<String>,
}

/// What became of writing.
#[derive(Debug, PartialEq)]
pub enum Written {
    /// It is on the disk.
    Done(PathBuf, String),
    /// Somebody else has written it meanwhile.
    Conflict(PathBuf),
}

/// The folder's state between frames.
#[derive(Default)]
pub struct Folder {
    /// None until one was chosen.
    pub path: Option<PathBuf>,
    /// What was last seen in it.
    pub listed: Arc<Listed>,
    /// Why it could not be read.
    pub failed: Option<String>,
    dialog: FileDialog,
    listing: Option<Ticket<Listed>>,
    writing: Option<Ticket<Written>>,
    next: i64,
    /// What is listed is younger than the last thing written here.
    fresh: bool,
}

impl Folder {
    /// Asks for another folder.
    pub fn choose(&mut self, cx: &mut Cx<'_>) {
        let ask = Ask::folder("Choose a folder for requests");
        self.dialog.open(cx.store, ask);
    }

    /// Takes another folder.
    pub fn open(&mut self, path: Option<PathBuf>) {
        self.path = path;
        self.listed = Arc::default();
        self.look_again();
    }

    /// The disk is looked at in this frame.
    pub fn look_again(&mut self) {
        self.listing = None;
        self.next = 0;
        self.fresh = false;
    }

    /// To be called on every frame; gives a folder that was chosen just now.
    pub fn follow(&mut self, ctx: &Context, cx: &mut Cx<'_>) -> Option<PathBuf> {
        let chosen = self.dialog.show(ctx, cx.store);
        if let Some(path) = &chosen {
            self.open(Some(path.clone()));
        }
        if let Some(listed) = self.listing.as_ref().and_then(|job| cx.store.collect(job)) {
            self.listing = None;
            self.next = cx.now + EVERY_MS;
            self.fresh = true;
            match listed {
                Ok(listed) => {
                    self.failed = None;
                    if *self.listed != listed {
                        self.listed = Arc::new(listed);
                    }
                }
                Err(error) => self.failed = Some(error.message),
            }
        }
        if let Some(path) = self.path.clone() {
            if self.listing.is_none() && cx.now >= self.next {
                self.listing = Some(cx.store.job(true, async move { list(&path) }));
            }
            let left = u64::try_from(self.next - cx.now).unwrap_or_default();
            ctx.request_repaint_after(Duration::from_millis(left.max(50)));
        }
        chosen
    }

    /// Writes a file, unless it is another than `known` by now.
    pub fn write(&mut self, path: PathBuf, text: String, known: Known, cx: &mut Cx<'_>) {
        let work = async move { write(path, text, &known) };
        self.writing = Some(cx.store.job(true, work));
    }

    /// What became of writing, once.
    pub fn written(&mut self, cx: &mut Cx<'_>) -> Option<Result<Written, CloudError>> {
        let written = self
            .writing
            .as_ref()
            .and_then(|job| cx.store.collect(job))?;
        self.writing = None;
        self.look_again();
        Some(written)
    }

    /// The environments of the folder.
    pub fn environments(&self) -> Option<&Environments> {
        self.listed.environments.as_ref()?.as_ref().ok()
    }

    /// Shows other environments until the disk is read again.
    pub fn take_environments(&mut self, environments: Environments) {
        Arc::make_mut(&mut self.listed).environments = Some(Ok(environments));
    }

    /// What the disk has of a file that was opened as `text`, where that is another by now.
    pub fn changed(&self, path: &Path, text: &str) -> Option<Changed> {
        if !self.fresh || self.failed.is_some() || self.writing.is_some() {
            return None;
        }
        match self.saved(path) {
            Some(saved) if saved.text == text => None,
            Some(_) => Some(Changed::Text),
            None if self.listed.cut => None,
            None => Some(Changed::Gone),
        }
    }

    /// A saved request.
    pub fn saved(&self, path: &Path) -> Option<&Saved> {
        self.listed.files.iter().find(|saved| saved.path == path)
    }
}

/// What happened to a file that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// Another text stands in it.
    Text,
    /// It is not there any more.
    Gone,
}

/// What is thought to be on the disk.
pub enum Known {
    /// Nothing.
    New,
    /// This.
    Text(String),
    /// Whatever it is, it may go.
    Any,
}

fn wrong(path: &Path, error: &std::io::Error) -> CloudError {
    let text = format!("{}: {error}", path.display());
    CloudError::local("Saved requests", ErrorKind::Other, text)
}

/// What is in a folder and in the folders in it.
fn list(folder: &Path) -> Result<Listed, CloudError> {
    let mut listed = Listed::default();
    let mut below = Vec::new();
    read_folder(folder, "", &mut listed, Some(&mut below))?;
    for (path, name) in below {
        // A folder that can't be read is nobody's whole list.
        let _ = read_folder(&path, &name, &mut listed, None);
    }
    listed
        .files
        .sort_by(|a, b| (&a.group, &a.name).cmp(&(&b.group, &b.name)));
    let file = folder.join(environments::FILE);
    listed.environments_text = std::fs::read_to_string(file).ok();
    listed.environments = listed.environments_text.as_deref().map(Environments::read);
    Ok(listed)
}

fn read_folder(
    folder: &Path,
    group: &str,
    listed: &mut Listed,
    mut below: Option<&mut Vec<(PathBuf, String)>>,
) -> Result<(), CloudError> {
    let entries = std::fs::read_dir(folder).map_err(|error| wrong(folder, &error))?;
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(about) = std::fs::metadata(&path) else {
            continue;
        };
        if about.is_dir() {
            if let Some(below) = below.as_mut().filter(|_| !name.starts_with('.')) {
                below.push((path, name));
            }
            continue;
        }
        if path.extension().is_none_or(|ending| ending != ENDING) {
            continue;
        }
        if listed.files.len() >= MOST {
            listed.cut = true;
            return Ok(());
        }
        let (text, request) = match about.len() > MOST_BYTES {
            true => (String::new(), Err("It is larger than 12 MB".to_owned())),
            false => match std::fs::read_to_string(&path) {
                Ok(text) => {
                    let request = file::read(&text);
                    (text, request)
                }
                Err(error) => (String::new(), Err(error.to_string())),
            },
        };
        let stem = path.file_stem().unwrap_or_default();
        listed.files.push(Saved {
            name: stem.to_string_lossy().into_owned(),
            group: group.to_owned(),
            path,
            text,
            request,
        });
    }
    Ok(())
}

/// Writes a file whole or not at all.
fn write(path: PathBuf, text: String, known: &Known) -> Result<Written, CloudError> {
    let there = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(wrong(&path, &error)),
    };
    let conflict = match (known, &there) {
        (Known::Any, _) | (_, None) => false,
        (Known::New, Some(there)) => *there != text,
        (Known::Text(known), Some(there)) => there != known && *there != text,
    };
    if conflict {
        return Ok(Written::Conflict(path));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| wrong(folder, &error))?;
    }
    let beside = path.with_extension("new");
    let put = std::fs::write(&beside, &text).and_then(|()| std::fs::rename(&beside, &path));
    put.map_err(|error| wrong(&path, &error))?;
    Ok(Written::Done(path, text))
}

/// Where a request of this name goes: `Orders/one` into the folder `Orders`.
///
/// # Errors
/// That the name can't be one.
pub fn place(folder: &Path, name: &str) -> Result<PathBuf, String> {
    match name.split_once('/') {
        Some((group, name)) => {
            let group = file::file_name(group)?;
            let group = group.trim_end_matches(&format!(".{ENDING}")).to_owned();
            Ok(folder.join(group).join(file::file_name(name)?))
        }
        None => Ok(folder.join(file::file_name(name)?)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_is_listed_by_groups_with_what_can_not_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("health.http", "GET {{stageUrl}}/health\n");
        put("Orders/one.http", "GET {{stageUrl}}/orders/{id}\n");
        put("Orders/broken.http", "nonsense");
        put("Orders/deeper/no.http", "GET /x\n");
        put("README.md", "no request");
        put(environments::FILE, "{\"dev\": {\"id\": \"1\"}}");
        let listed = list(folder.path()).unwrap();
        let told: Vec<_> = listed
            .files
            .iter()
            .map(|of| (of.group.as_str(), of.name.as_str(), of.request.is_ok()))
            .collect();
        assert_eq!(
            told,
            [
                ("", "health", true),
                ("Orders", "broken", false),
                ("Orders", "one", true)
            ]
        );
        let environments = listed.environments.unwrap().unwrap();
        assert_eq!(environments.names(), ["dev"]);
        assert!(list(&folder.path().join("none")).is_err());
    }

    #[test]
    fn what_somebody_else_wrote_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = place(folder.path(), "Orders/one").unwrap();
        let wrote =
            |text: &str, known: Known| write(path.clone(), text.to_owned(), &known).unwrap();
        assert_eq!(
            wrote("a", Known::New),
            Written::Done(path.clone(), "a".into())
        );
        assert_eq!(wrote("b", Known::New), Written::Conflict(path.clone()));
        assert_eq!(
            wrote("b", Known::Text("a".into())),
            Written::Done(path.clone(), "b".into())
        );
        std::fs::write(&path, "theirs").unwrap();
        assert_eq!(
            wrote("c", Known::Text("b".into())),
            Written::Conflict(path.clone())
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "theirs");
        assert_eq!(
            wrote("c", Known::Any),
            Written::Done(path.clone(), "c".into())
        );
        assert_eq!(
            std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1
        );
    }

    #[test]
    fn a_name_does_not_lead_out_of_the_folder() {
        let at = |name: &str| place(Path::new("/r"), name);
        assert_eq!(at("a b").unwrap(), Path::new("/r/a b.http"));
        assert_eq!(at("Orders/one").unwrap(), Path::new("/r/Orders/one.http"));
        assert!(at("../x").is_err());
        assert_eq!(
            at("a/../../x").unwrap(),
            Path::new("/r/a/..-..-x.http").with_file_name("-..-x.http")
        );
        assert!(at("/x").is_err());
    }
}
