//! The package that is deployed: fetched when somebody wants to see, compare or save it, once for each SHA-256, and kept
//! while the panel is open.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use egui::{Context, Ui};

use crate::cloud::lambda::code::deployed_bytes;
use crate::model::error::{CloudError, ErrorKind};
use crate::model::format;
use crate::model::function::Function;
use crate::model::package::{Package, Source};
use crate::store::{Progress, Ticket};
use crate::ui::cx::{CloudStore, Cx};
use crate::ui::widgets::progress::{self, progress};
use crate::ui::widgets::state;

use super::opening::{Opening, progress_of};

/// Up to this many bytes the deployed package is fetched as soon as its files are looked at; above, when asked for.
pub const BY_ITSELF_BYTES: u64 = 3 << 20;

/// The deployed package, as far as it is here.
#[derive(Default)]
pub struct Deployed {
    state: State,
    /// Where it is to be saved once it is here.
    save_to: Option<PathBuf>,
    saving: Option<(PathBuf, Ticket<()>)>,
    /// A fetch whose panel has gone brings nothing back.
    alive: Arc<()>,
}

#[derive(Default)]
enum State {
    #[default]
    Nothing,
    Fetching {
        sha: String,
        ticket: Ticket<Vec<u8>>,
        progress: Arc<Progress>,
        since: i64,
    },
    Opening {
        sha: String,
        opening: Opening,
    },
    Here {
        sha: String,
        package: Arc<Package>,
    },
    Failed {
        sha: String,
        error: Arc<CloudError>,
    },
}

impl Deployed {
    /// The package of this SHA-256, when it is here.
    pub fn package(&self, sha: &str) -> Option<&Arc<Package>> {
        match &self.state {
            State::Here { sha: of, package } if of == sha => Some(package),
            _ => None,
        }
    }

    /// Nothing was asked for yet, or only an earlier package.
    pub fn is_wanted(&self, sha: &str) -> bool {
        match &self.state {
            State::Nothing => false,
            State::Fetching { sha: of, .. }
            | State::Opening { sha: of, .. }
            | State::Here { sha: of, .. }
            | State::Failed { sha: of, .. } => of == sha,
        }
    }

    /// It is on its way.
    pub fn is_busy(&self) -> bool {
        matches!(self.state, State::Fetching { .. } | State::Opening { .. })
    }

    /// Fetches it, unless it is here or on its way.
    pub fn fetch(&mut self, ctx: &Context, function: &Function, cx: &mut Cx<'_>) {
        let failed = matches!(self.state, State::Failed { .. });
        if self.is_wanted(&function.code_sha256) && !failed {
            return;
        }
        let Some(cloud) = cx.store.cloud().cloned() else {
            return;
        };
        self.stop(cx.store);
        let progress = progress_of(ctx);
        let (name, sha) = (function.name.clone(), function.code_sha256.clone());
        let told = progress.clone();
        let wanted: Weak<()> = Arc::downgrade(&self.alive);
        let ticket = cx.store.job(false, async move {
            let bytes = deployed_bytes(&cloud, &name, &sha, &told).await?;
            match wanted.strong_count() {
                0 => Err(CloudError::local(
                    "",
                    ErrorKind::Cancelled,
                    "Not wanted any more",
                )),
                _ => Ok(bytes),
            }
        });
        self.state = State::Fetching {
            sha: function.code_sha256.clone(),
            ticket,
            progress,
            since: cx.now,
        };
    }

    /// Fetches it and then writes it to `path`.
    pub fn save(&mut self, ctx: &Context, function: &Function, path: PathBuf, cx: &mut Cx<'_>) {
        self.save_to = Some(path);
        self.fetch(ctx, function, cx);
    }

    fn stop(&mut self, store: &mut CloudStore) {
        if let State::Fetching { ticket, .. } = &self.state {
            store.cancel_job(ticket);
        }
        self.state = State::Nothing;
    }

    /// Takes up what has come. Called on every frame.
    pub fn follow(&mut self, ctx: &Context, cx: &mut Cx<'_>) {
        self.state = match std::mem::take(&mut self.state) {
            State::Fetching {
                sha,
                ticket,
                progress,
                since,
            } => match cx.store.collect(&ticket) {
                None => State::Fetching {
                    sha,
                    ticket,
                    progress,
                    since,
                },
                Some(Ok(bytes)) => State::Opening {
                    sha,
                    opening: Opening::start(ctx, cx.store, Source::Bytes(bytes.into()), None),
                },
                Some(Err(error)) => self.failed(sha, error),
            },
            State::Opening { sha, opening } => match opening.poll(cx.store) {
                None => State::Opening { sha, opening },
                Some(Ok(package)) => State::Here {
                    sha,
                    package: Arc::new(package),
                },
                Some(Err(problem)) => {
                    let message = format!("The deployed package can't be read: {problem}");
                    let error = CloudError::local("GetFunction", ErrorKind::Other, message);
                    self.failed(sha, error)
                }
            },
            other => other,
        };
        self.write(cx);
    }

    fn failed(&mut self, sha: String, error: CloudError) -> State {
        self.save_to = None;
        State::Failed {
            sha,
            error: Arc::new(error),
        }
    }

    fn write(&mut self, cx: &mut Cx<'_>) {
        if let State::Here { package, .. } = &self.state
            && let Some(path) = self.save_to.take()
        {
            let (package, to) = (package.clone(), path.clone());
            let job = async move { write_package(&package, &to) };
            self.saving = Some((path, cx.store.job(true, job)));
        }
        let Some((path, ticket)) = &self.saving else {
            return;
        };
        match cx.store.collect(ticket) {
            None => return,
            Some(Ok(())) => cx.toast("Package saved", path.display().to_string()),
            Some(Err(error)) => cx.messages.push(crate::ui::cx::Message::Error(error)),
        }
        self.saving = None;
    }

    /// Draws how far it is, or why it is not here; nothing where it is.
    pub fn ui(&mut self, ui: &mut Ui, function: &Function, cx: &mut Cx<'_>) {
        let (mut cancel, mut retry, mut sign_in) = (false, false, false);
        match &self.state {
            State::Fetching {
                progress: at,
                since,
                ..
            } => {
                let (done, total) = at.amount();
                cancel = progress(
                    ui,
                    &progress::Progress {
                        title: "Downloading the deployed package",
                        detail: &amount(done, total, cx.now - since),
                        share: share(done, total),
                        cancel: Ok(()),
                    },
                );
            }
            State::Opening { opening, .. } => {
                let (done, total) = opening.progress.amount();
                cancel = progress(
                    ui,
                    &progress::Progress {
                        title: "Opening the deployed package",
                        detail: "",
                        share: share(done, total),
                        cancel: Ok(()),
                    },
                );
            }
            State::Failed { error, .. } => {
                let pressed = state::alert(ui, error, false);
                (retry, sign_in) = (pressed.retry, pressed.sign_in);
            }
            State::Nothing | State::Here { .. } => {}
        }
        if cancel {
            self.save_to = None;
            self.stop(cx.store);
            let message = "The download was stopped";
            let error = CloudError::local("GetFunction", ErrorKind::Cancelled, message);
            self.state = self.failed(function.code_sha256.clone(), error);
        }
        if retry {
            self.fetch(ui.ctx(), function, cx);
        }
        if sign_in {
            cx.messages.push(crate::ui::cx::Message::SignIn);
        }
    }
}

/// Written beside it first, so that a half-written package never has the whole one's name.
fn write_package(package: &Package, path: &Path) -> Result<(), CloudError> {
    let failed = |why: String| {
        let message = format!("{} can't be written: {why}", path.display());
        CloudError::local("Save the package", ErrorKind::Other, message)
    };
    let bytes = package.bytes().map_err(|error| failed(error.to_string()))?;
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let written = std::fs::write(&part, &bytes).and_then(|()| std::fs::rename(&part, path));
    written.map_err(|error| {
        let _gone = std::fs::remove_file(&part);
        failed(error.to_string())
    })
}

/// From 0.0 to 1.0.
pub fn share(done: u64, total: u64) -> Option<f32> {
    (total > 0).then(|| (done as f64 / total as f64) as f32)
}

/// As "12.4 MB of 48 MB · 20 s left"; `ms` is how long it has taken so far.
pub fn amount(done: u64, total: u64, ms: i64) -> String {
    match (done, total) {
        (0, 0) => String::new(),
        (done, 0) => format::bytes(done),
        (done, total) => {
            let text = format!("{} of {}", format::bytes(done), format::bytes(total));
            // In the first second nobody can say.
            if ms < 1_000 || done == 0 || done >= total {
                return text;
            }
            let left = ms as f64 * (total - done) as f64 / done as f64;
            format!("{text} · {} left", format::duration(left))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::model::package::Watch;
    use std::io::Write as _;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn what_is_left_is_told_once_it_can_be_known() {
        assert_eq!(amount(0, 0, 5_000), "");
        assert_eq!(amount(1_048_576, 0, 5_000), "1 MB");
        assert_eq!(amount(1 << 20, 4 << 20, 200), "1 MB of 4 MB");
        assert_eq!(amount(1 << 20, 4 << 20, 2_000), "1 MB of 4 MB · 6 s left");
        assert_eq!(amount(4 << 20, 4 << 20, 2_000), "4 MB of 4 MB");
    }

    #[test]
    fn a_package_is_saved_whole_or_not_at_all() {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("a", zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(b"1").unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        let mut watch = Watch {
            cancel: &AtomicBool::new(false),
            progress: &mut |_| {},
        };
        let package = Package::open(Source::Bytes(bytes.clone().into()), &mut watch).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        write_package(&package, &path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let error = write_package(&package, &folder.path().join("no/a.zip")).unwrap_err();
        assert!(error.message.contains("can't be written"), "{error}");
    }
}
