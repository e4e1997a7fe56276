//! The package that a person chose: checked, compared, uploaded. It stays until it has arrived or is dropped, so that a
//! failed upload is tried again with one click.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Context, Label, RichText, Ui};

use crate::cloud::lambda::code::{S3Target, UploadCode, Uploaded};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::format;
use crate::model::function::{Architecture, Function};
use crate::model::limits::{self, ZIP_DIRECT_BYTES};
use crate::model::package::{Package, PackageProblem, Severity, Source};
use crate::ui::cx::{Cx, Followed, Submission};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::progress::{self, progress};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::state;
use crate::ui::widgets::text_field::TextField;

use super::changes::Changes;
use super::deployed::{Deployed, amount, share};
use super::opening::Opening;

/// Problems that are listed; the rest is counted.
const MOST_PROBLEMS: usize = 8;

/// A package that was chosen.
pub struct Chosen {
    path: PathBuf,
    /// The path while it is mended.
    typed: String,
    name: String,
    check: Check,
    changes: Option<Changes>,
    publish: bool,
    description: String,
    architecture: Option<Architecture>,
    bucket: String,
    key: String,
    submission: Option<Submission>,
    dry_run: bool,
    failed: Option<Arc<CloudError>>,
}

enum Check {
    Running(Opening),
    Refused(PackageProblem),
    Good(Arc<Package>),
}

/// What becomes of it after a frame.
#[derive(PartialEq, Eq)]
pub enum Next {
    /// It stays.
    Stay,
    /// It was dropped.
    Done,
    /// It has arrived: the SHA-256 of what is deployed now.
    Arrived(String),
}

impl Chosen {
    /// Begins with the check.
    pub fn new(ctx: &Context, path: PathBuf, function: &Function, cx: &mut Cx<'_>) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.into_owned();
        let opening = Opening::start(ctx, cx.store, Source::File(path.clone()), Some(function));
        Self {
            key: name.clone(),
            typed: path.display().to_string(),
            name,
            path,
            check: Check::Running(opening),
            changes: None,
            publish: false,
            description: String::new(),
            architecture: None,
            bucket: String::new(),
            submission: None,
            dry_run: false,
            failed: None,
        }
    }

    /// The file's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// It is going up, or its review is open.
    pub fn is_busy(&self) -> bool {
        self.submission.is_some()
    }

    /// Takes up what came of the check and of the upload. Called on every frame.
    pub fn follow(&mut self, function: &Function, deployed: &Deployed, cx: &mut Cx<'_>) -> Next {
        if let Check::Running(opening) = &self.check
            && let Some(opened) = opening.poll(cx.store)
        {
            self.check = match opened {
                Ok(package) => Check::Good(Arc::new(package)),
                Err(problem) => Check::Refused(problem),
            };
        }
        if let (Check::Good(new), Some(old)) =
            (&self.check, deployed.package(&function.code_sha256))
            && !self.changes.as_ref().is_some_and(|c| c.is_of(old, new))
        {
            self.changes = Some(Changes::of(old, new));
        }
        self.follow_upload(cx)
    }

    fn follow_upload(&mut self, cx: &mut Cx<'_>) -> Next {
        match Submission::follow(&mut self.submission, cx.store) {
            Followed::Waiting | Followed::Dismissed | Followed::Running => {}
            Followed::Done(applied) => {
                self.failed = None;
                if let Some(uploaded) = applied.output::<Uploaded>() {
                    return Next::Arrived(uploaded.function.code_sha256.clone());
                }
            }
            Followed::Failed(error) => self.failed = Some(error),
        }
        Next::Stay
    }

    /// Draws it.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        function: &Arc<Function>,
        deployed: &mut Deployed,
        cx: &mut Cx<'_>,
    ) -> Next {
        ui.spacing_mut().item_spacing.y = space::S;
        if self.head(ui) {
            if let Some(id) = self.submission.as_ref().and_then(Submission::action) {
                cx.store.cancel_action(id, cx.now);
            }
            return Next::Done;
        }
        if self.upload_progress(ui, cx) {
            return Next::Stay;
        }
        if let Some(error) = &self.failed {
            failure(ui, error);
        }
        match &self.check {
            Check::Running(opening) => {
                let (done, total) = opening.progress.amount();
                let stopped = progress(
                    ui,
                    &progress::Progress {
                        title: "Checking the package",
                        detail: &amount(done, total, 0),
                        share: share(done, total),
                        cancel: Ok(()),
                    },
                );
                if stopped {
                    return Next::Done;
                }
            }
            Check::Refused(problem) => {
                let text = problem.to_string();
                problem_line(ui, Severity::Refuse, &text);
                let advice = "It is not uploaded. Correct the path, or choose another package.";
                ui.label(RichText::new(advice).color(Theme::of(ui).muted));
                if let Some(path) = self.other_path(ui) {
                    *self = Self::new(ui.ctx(), path, function, cx);
                }
            }
            Check::Good(package) => {
                let package = package.clone();
                self.checked(ui, &package, function, deployed, cx);
            }
        }
        Next::Stay
    }

    /// The path, to be mended where it stands; another one once it was entered.
    fn other_path(&mut self, ui: &mut Ui) -> Option<PathBuf> {
        let mut entered = false;
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 90.0).clamp(160.0, 520.0);
            let field = TextField::new("Path of the package", &mut self.typed)
                .mono()
                .width(width)
                .show(ui);
            let enter = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            let changed = self.path.as_os_str() != self.typed.trim();
            let available = match changed {
                true => Ok(()),
                false => Err("It was checked as it stands"),
            };
            let button = Button::new("Check").name("Check the corrected path");
            let pressed = button.available(available).show(ui).clicked();
            entered = (enter || pressed) && changed;
        });
        entered.then(|| PathBuf::from(self.typed.trim()))
    }

    /// Name, size and where it lies; true when it is to be dropped.
    fn head(&self, ui: &mut Ui) -> bool {
        let theme = Theme::of(ui);
        let mut dropped = false;
        ui.horizontal(|ui| {
            glyph(ui, Icon::FILE_ARCHIVE, 18.0, theme.muted);
            ui.label(RichText::new(&self.name).font(fonts::semibold(size::HEADING)))
                .on_hover_text(self.path.display().to_string());
            if let Check::Good(package) = &self.check {
                let files = package.files().count();
                let count = format::number_exact(i64::try_from(files).unwrap_or(i64::MAX));
                let word = if files == 1 { "file" } else { "files" };
                let text = format!(
                    "{}, {count} {word}, {} unpacked",
                    format::bytes(package.size),
                    format::bytes(package.unpacked)
                );
                ui.add(Label::new(RichText::new(text).color(theme.muted)).truncate())
                    .on_hover_text(format::bytes_exact(package.size));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let available = match self.is_busy() {
                    true => Err("It is being uploaded: cancel that first"),
                    false => Ok(()),
                };
                dropped = Button::new("Discard")
                    .name("Discard the chosen package")
                    .available(available)
                    .show(ui)
                    .clicked();
            });
        });
        dropped
    }

    /// True while it goes up.
    fn upload_progress(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        let Some(id) = self.submission.as_ref().and_then(Submission::action) else {
            return false;
        };
        let Some(action) = cx.store.action(id) else {
            return false;
        };
        let (done, total) = action.progress.amount();
        let label = action.progress.label();
        let title = match label.as_str() {
            "" => format!("Uploading {}", self.name),
            label => format!("{label}: {}", self.name),
        };
        let cancelled = progress(
            ui,
            &progress::Progress {
                title: &title,
                detail: &amount(done, total, cx.now - action.started_at),
                share: share(done, total),
                cancel: Ok(()),
            },
        );
        if cancelled {
            cx.store.cancel_action(id, cx.now);
        }
        let words =
            "You may leave: it goes on in Activity. What has arrived completely stays deployed.";
        ui.label(RichText::new(words).color(Theme::of(ui).muted));
        true
    }

    fn checked(
        &mut self,
        ui: &mut Ui,
        package: &Arc<Package>,
        function: &Arc<Function>,
        deployed: &mut Deployed,
        cx: &mut Cx<'_>,
    ) {
        problems(ui, package);
        passed(ui, package, function);
        self.options(ui, package, function);
        self.buttons(ui, package, function, cx);
        heading(ui, "What changes");
        if package.code_sha256 == function.code_sha256 {
            let text = "This very package is deployed already: nothing would change.";
            ui.label(RichText::new(text).color(Theme::of(ui).warn));
            return;
        }
        if let Some(changes) = &mut self.changes
            && deployed.package(&function.code_sha256).is_some()
        {
            ui.label(RichText::new(&changes.summary).color(Theme::of(ui).muted));
            changes.ui(ui, cx);
            return;
        }
        let asked = deployed.is_wanted(&function.code_sha256);
        if asked {
            deployed.ui(ui, function, cx);
        } else if function.code_size <= super::deployed::BY_ITSELF_BYTES {
            deployed.fetch(ui.ctx(), function, cx);
        } else {
            let text = format!(
                "Comparing takes the deployed package, {}, from AWS.",
                format::bytes(function.code_size)
            );
            ui.label(RichText::new(text).color(Theme::of(ui).muted));
            if Button::new("Download and compare").show(ui).clicked() {
                deployed.fetch(ui.ctx(), function, cx);
            }
        }
    }

    fn options(&mut self, ui: &mut Ui, package: &Package, function: &Function) {
        form(ui, "upload options", |ui| {
            if package.size > ZIP_DIRECT_BYTES {
                let help =
                    "A bucket in the function's region that you may write to and Lambda may read.";
                Row::new("S3 bucket").help(help).show(ui, |ui| {
                    TextField::new("S3 bucket", &mut self.bucket)
                        .mono()
                        .width(300.0)
                        .show(ui)
                });
                Row::new("S3 key").show(ui, |ui| {
                    TextField::new("S3 key", &mut self.key)
                        .mono()
                        .width(300.0)
                        .show(ui)
                });
            }
            let help = "For other native code the package must hold what fits.";
            Row::new("Architecture").help(help).show(ui, |ui| {
                let mut chosen = self.architecture.unwrap_or(function.architecture);
                let choices = Architecture::ALL.map(|of| (of, of.as_str()));
                if segmented(ui, "Architecture of the new package", &mut chosen, &choices) {
                    self.architecture = Some(chosen).filter(|of| *of != function.architecture);
                }
            });
            let help = "Freezes the new code as a numbered version when it has settled.";
            Row::new("Version").help(help).show(ui, |ui| {
                ui.checkbox(&mut self.publish, "Publish a version");
            });
            if self.publish {
                let problem = limits::description(&self.description)
                    .err()
                    .unwrap_or_default();
                Row::new("Description").wrong(&problem).show(ui, |ui| {
                    TextField::new("Description of the version", &mut self.description)
                        .hint("What is new in it")
                        .width(360.0)
                        .wrong(!problem.is_empty())
                        .show(ui)
                });
            }
        });
    }

    fn ready(&self, package: &Package, function: &Function, cx: &Cx<'_>) -> Result<(), String> {
        cx.may_write().map_err(str::to_owned)?;
        function.can_upload_zip()?;
        if !package.can_upload() {
            return Err("The problems above keep it from being uploaded".into());
        }
        if package.size > ZIP_DIRECT_BYTES && self.bucket.trim().is_empty() {
            return Err(format!(
                "Above {} it goes up through S3: name a bucket",
                format::bytes(ZIP_DIRECT_BYTES)
            ));
        }
        if package.size > ZIP_DIRECT_BYTES && self.key.trim().is_empty() {
            return Err("Name the object's key".into());
        }
        if self.publish {
            limits::description(&self.description)?;
        }
        if self.is_busy() {
            return Err("The review is open".into());
        }
        Ok(())
    }

    fn buttons(
        &mut self,
        ui: &mut Ui,
        package: &Arc<Package>,
        function: &Arc<Function>,
        cx: &mut Cx<'_>,
    ) {
        let ready = self.ready(package, function, cx);
        let may = ready.as_ref().copied().map_err(String::as_str);
        let (mut upload, mut check) = (false, false);
        let review = cx.take(crate::command::Command::Review);
        ui.horizontal(|ui| {
            let word = match self.failed.is_some() {
                true => "Retry the upload",
                false => "Review and upload",
            };
            let button = Button::new(word)
                .icon(Icon::UPLOAD)
                .primary()
                .shortcut("Ctrl+S")
                .available(may);
            upload = button.show(ui).clicked();
            let hover = "AWS checks package and permissions, and changes nothing";
            let button = Button::new("Dry run").hover(hover).available(may);
            check = button.show(ui).clicked();
            if let Err(reason) = &ready {
                let text = RichText::new(reason).color(Theme::of(ui).muted);
                ui.add(Label::new(text).truncate());
            }
        });
        if (upload || check || review) && ready.is_ok() {
            self.dry_run = check;
            self.submit(package, function, cx);
        }
    }

    fn submit(&mut self, package: &Arc<Package>, function: &Arc<Function>, cx: &mut Cx<'_>) {
        let via = (package.size > ZIP_DIRECT_BYTES).then(|| S3Target {
            bucket: self.bucket.trim().to_owned(),
            key: self.key.trim().to_owned(),
        });
        let action = UploadCode {
            function: function.clone(),
            package: package.clone(),
            path: self.path.clone(),
            changes: match &self.changes {
                Some(changes) => changes.summary.clone(),
                None => String::new(),
            },
            publish: self.publish.then(|| self.description.trim().to_owned()),
            architecture: self.architecture,
            via,
            dry_run: self.dry_run,
            keep: cx.settings.packages(),
            context: cx.connection.cli(),
        };
        self.failed = None;
        self.submission = Some(cx.review(Arc::new(action)));
    }
}

fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(space::XS);
    ui.label(RichText::new(text).font(fonts::semibold(size::BODY)));
}

fn problems(ui: &mut Ui, package: &Package) {
    for problem in package.problems.iter().take(MOST_PROBLEMS) {
        problem_line(ui, problem.severity(), &problem.to_string());
    }
    let more = package.problems.len().saturating_sub(MOST_PROBLEMS);
    if more > 0 {
        let text = format!("and {more} more of these");
        ui.label(RichText::new(text).color(Theme::of(ui).muted));
    }
}

/// What was looked at and is as it should be, so that one can tell that it was.
fn passed(ui: &mut Ui, package: &Package, function: &Function) {
    let theme = Theme::of(ui);
    let handler = function.handler.as_deref().unwrap_or_default();
    let of_handler = |problem: &PackageProblem| {
        matches!(
            problem,
            PackageProblem::HandlerMissing { .. }
                | PackageProblem::NameMissing { .. }
                | PackageProblem::InsideFolder { .. }
                | PackageProblem::NotExecutable { .. }
        )
    };
    let mut words = vec!["opened and read whole".to_owned()];
    if !handler.is_empty() && !package.problems.iter().any(of_handler) {
        words.push(format!("{handler} is there"));
    }
    if package.can_upload() {
        words.push(format!(
            "{} unpacked, within the limits",
            format::bytes(package.unpacked)
        ));
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        glyph(ui, Icon::CIRCLE_CHECK, 15.0, theme.ok);
        let text = RichText::new(format!("Checked: {}", words.join(", ")));
        ui.label(text.color(theme.muted));
    });
}

fn problem_line(ui: &mut Ui, severity: Severity, text: &str) {
    let theme = Theme::of(ui);
    let (icon, word, color) = match severity {
        Severity::Refuse => (Icon::CIRCLE_X, "Refused", theme.err),
        Severity::Warn => (Icon::TRIANGLE_ALERT, "Warning", theme.warn),
    };
    let response = ui
        .horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            glyph(ui, icon, 15.0, color);
            ui.label(
                RichText::new(word)
                    .font(fonts::medium(size::BODY))
                    .color(color),
            );
            ui.label(text);
        })
        .response;
    let id = response.id.with("alert");
    let alert = ui.interact(response.rect, id, egui::Sense::hover());
    alert.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Alert, true, format!("{word}: {text}"))
    });
}

/// Why the upload did not arrive. The package is kept; the button under it tries again.
fn failure(ui: &mut Ui, error: &CloudError) {
    let theme = Theme::of(ui);
    let text = match error.kind {
        ErrorKind::Cancelled => "The upload was stopped".to_owned(),
        _ => format!("{}: {}", error.kind.title(), error.message),
    };
    problem_line(ui, Severity::Refuse, &text);
    ui.horizontal(|ui| {
        let id = match &error.request_id {
            Some(id) => format!("{} · request id {id}", error.operation),
            None => error.operation.clone(),
        };
        let words = format!("The package is kept. {id}");
        ui.label(RichText::new(words).color(theme.muted));
        crate::ui::widgets::button::copy_button(ui, "error", || error.report());
    });
}

/// Before anything was chosen: what to do, or why nothing can be. True when a file is to be chosen.
pub fn nothing(ui: &mut Ui, may: &Result<(), String>) -> bool {
    let advice = "Or choose one, or type its path. It is opened, checked and compared with what is deployed before \
                  anything is sent.";
    let empty = match may {
        Ok(()) => state::Empty {
            icon: Icon::UPLOAD,
            title: "Drop a ZIP here",
            advice,
            action: "Choose a ZIP…",
        },
        Err(reason) => state::Empty {
            icon: Icon::LOCK,
            title: "No package can be uploaded now",
            advice: reason,
            action: "",
        },
    };
    state::empty_state(ui, &empty)
}
