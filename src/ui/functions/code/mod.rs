//! One function: its code. What is deployed, to read and to save; a new package, checked and compared before it goes up;
//! the versions.

mod aliases;
mod changes;
mod chosen;
mod deployed;
pub(super) mod facts;
mod opening;
mod source;
mod versions;

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Align, Align2, Frame, Layout, Margin, RichText, ScrollArea, Ui, vec2};

use crate::cloud::lambda::function::{FunctionDetail, GetFunction};
use crate::command::Command;
use crate::model::format;
use crate::model::function::{Function, PackageType};
use crate::store::ActionState;
use crate::ui::cx::{CloudStore, Cx, Message};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{RADIUS, Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::file_dialog::{FileDialog, Request};
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::state::{self, Empty};
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::toolbar::Toolbar;

use chosen::{Chosen, Next};
use deployed::{BY_ITSELF_BYTES, Deployed};

/// Which part is shown beside the facts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum View {
    #[default]
    Files,
    New,
    Versions,
    /// What stands beside the others where there is room for it.
    Facts,
}

/// Whether the facts beside the code were folded away, in the settings.
const FOLDED: &str = "code.facts_folded";

/// Where the package's facts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Facts {
    /// Beside the other parts, unless they were folded away.
    Beside { folded: bool },
    /// One of the parts that are chosen, where there is no room beside.
    InTheChoice,
}

/// The facts stand beside the other parts from this width on, in points.
const FACTS_BESIDE: f32 = 820.0;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Code {
    view: View,
    deployed: Deployed,
    chosen: Option<Chosen>,
    source: source::SourceView,
    versions: versions::Versions,
    open: FileDialog,
    save: FileDialog,
    typed: String,
    /// Asked for while another part was in front.
    pending: Option<Command>,
    /// Of the package that the person has seen; another one was deployed by somebody else.
    seen: Option<String>,
    /// What was deployed before our own upload: an answer from before it is no news.
    stale: Option<String>,
    function: String,
}

impl Code {
    /// Does this as soon as the function is known: it was asked for while another part was in front.
    pub fn later(&mut self, command: Command) {
        self.pending = Some(command);
    }

    /// Draws it for the function `name`.
    pub fn ui(&mut self, ui: &mut Ui, name: &str, cx: &mut Cx<'_>) {
        name.clone_into(&mut self.function);
        let known = cx.store.want(&GetFunction::latest(name), cx.now);
        let empty = Empty {
            icon: Icon::CODE,
            title: "No code",
            advice: "",
            action: "",
        };
        let shown = state::show(
            ui,
            "the code",
            &known,
            &empty,
            |_| false,
            |ui, detail| {
                self.work(ui, &detail.function, cx);
                self.contents(ui, detail, cx);
            },
        );
        if shown.retry {
            cx.store.refresh();
        }
        if shown.sign_in {
            cx.messages.push(Message::SignIn);
        }
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        let chosen = self.chosen.as_ref()?;
        Some(format!(
            "the package {} that was not uploaded to {}",
            chosen.name(),
            self.function
        ))
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, name: &str, store: &CloudStore) -> bool {
        let known = store.peek(&GetFunction::latest(name));
        (known.value.is_some() || known.error.is_some()) && !self.deployed.is_busy()
    }

    /// Takes up what has come, and does what was asked for.
    fn work(&mut self, ui: &mut Ui, function: &Arc<Function>, cx: &mut Cx<'_>) {
        let ctx = ui.ctx().clone();
        self.deployed.follow(&ctx, cx);
        if let Some(chosen) = &mut self.chosen
            && let Next::Arrived(sha) = chosen.follow(function, &self.deployed, cx)
        {
            self.chosen = None;
            self.seen = Some(sha);
            self.stale = Some(function.code_sha256.clone());
            self.view = View::Files;
        }
        let may = upload_allowed(function, cx);
        if (cx.take(Command::UploadZip) || self.pending == Some(Command::UploadZip)) && may.is_ok()
        {
            self.ask(cx);
        }
        if cx.take(Command::DownloadPackage) || self.pending == Some(Command::DownloadPackage) {
            self.ask_where(function, cx);
        }
        self.pending = None;
        let dropped = if cx.active { dropped(ui) } else { None };
        let path = self.open.show(&ctx, cx.store).or(dropped);
        if let Some(path) = path {
            self.choose(ui, path, function, cx);
        }
        if let Some(path) = self.save.show(&ctx, cx.store) {
            self.deployed.save(&ctx, function, path, cx);
        }
    }

    fn ask(&mut self, cx: &mut Cx<'_>) {
        let request = Request::pick("Choose a package", "ZIP archive", &["zip", "jar"]);
        self.open.open(cx.store, request);
    }

    fn ask_where(&mut self, function: &Function, cx: &mut Cx<'_>) {
        if function.package_type == PackageType::Image {
            cx.toast("Nothing to download", "It runs from a container image.");
            return;
        }
        let name = format!("{}.zip", function.name);
        let request = Request::save("Save the deployed package", "ZIP archive", &name);
        self.save.open(cx.store, request);
    }

    fn choose(&mut self, ui: &Ui, path: PathBuf, function: &Arc<Function>, cx: &mut Cx<'_>) {
        if let Err(reason) = upload_allowed(function, cx) {
            cx.toast("Not uploaded", reason);
            return;
        }
        if self.chosen.as_ref().is_some_and(Chosen::is_busy) {
            cx.toast(
                "Not taken",
                "Another package is going up: cancel that first.",
            );
            return;
        }
        self.chosen = Some(Chosen::new(ui.ctx(), path, function, cx));
        self.view = View::New;
    }

    fn contents(&mut self, ui: &mut Ui, detail: &FunctionDetail, cx: &mut Cx<'_>) {
        let function = detail.function.clone();
        self.changed_elsewhere(ui, &function, cx);
        let whole = ui.available_rect_before_wrap();
        let roomy = whole.width() >= FACTS_BESIDE;
        let folded: bool = cx.settings.get(FOLDED).unwrap_or_default();
        let image = function.package_type == PackageType::Image;
        let beside = roomy && (!folded || image);
        let side = if whole.width() < 900.0 { 250.0 } else { 320.0 };
        if beside {
            egui::Panel::left("package facts")
                .resizable(false)
                .exact_size(side)
                .frame(Frame::new().inner_margin(Margin::symmetric(16, 12)))
                .show(ui, |ui| package_facts(ui, detail, cx));
        }
        if roomy && self.view == View::Facts {
            self.view = View::Files;
        }
        egui::CentralPanel::no_frame().show(ui, |ui| {
            if image {
                if beside {
                    container(ui, detail);
                } else {
                    padded(ui, |ui| package_facts(ui, detail, cx));
                }
                return;
            }
            let facts = match (roomy, folded) {
                (false, _) => Facts::InTheChoice,
                (true, folded) => Facts::Beside { folded },
            };
            self.bar(ui, &function, facts, cx);
            match self.view {
                View::Files => self.files(ui, &function, cx),
                View::New => self.new_package(ui, &function, cx),
                View::Facts => padded(ui, |ui| package_facts(ui, detail, cx)),
                View::Versions => {
                    padded(ui, |ui| self.versions.ui(ui, &function, cx));
                }
            }
        });
        if cx.active && function.package_type == PackageType::Zip {
            drop_target(ui, whole, upload_allowed(&function, cx));
        }
    }

    fn bar(&mut self, ui: &mut Ui, function: &Arc<Function>, facts: Facts, cx: &mut Cx<'_>) {
        #[derive(Clone, Copy)]
        enum Press {
            View(View),
            Upload,
            Download,
            Fold,
        }
        let may = upload_allowed(function, cx);
        let may = may.as_ref().copied().map_err(String::as_str);
        let new = match &self.chosen {
            Some(_) => "New package ●",
            None => "New package",
        };
        let views = [
            (View::Files, "Files"),
            (View::New, new),
            (View::Versions, "Versions"),
            (View::Facts, "Package"),
        ];
        let views = views
            .into_iter()
            .filter(|(view, _)| facts == Facts::InTheChoice || *view != View::Facts);
        let available = match self.deployed.is_busy() {
            true => Err("It is being downloaded"),
            false => Ok(()),
        };
        let download = Button::new("Download")
            .icon(Icon::DOWNLOAD)
            .name("Download the package")
            .hover(Command::DownloadPackage.tooltip())
            .available(available);
        let upload = Button::new("Upload ZIP…")
            .icon(Icon::UPLOAD)
            .name("Upload a ZIP")
            .hover(Command::UploadZip.tooltip())
            .shortcut(Command::UploadZip.keys_text())
            .available(may);
        // One step is the next one: on a new package's page that is its own button.
        let upload = match (&self.chosen, self.view) {
            (None, View::Files | View::Versions | View::Facts) => upload.primary(),
            _ => upload,
        };
        ui.add_space(space::S);
        let mut bar = Toolbar::new("Above the code").inset(space::M);
        if let Facts::Beside { folded } = facts {
            let name = match folded {
                true => "Show the package's facts",
                false => "Hide the package's facts",
            };
            let fold = Button::icon_only(Icon::PANEL_LEFT, name).known_as("the fold");
            bar = bar.button(fold, Press::Fold).rank(3);
        }
        let output = bar
            .choice("Part of the code", &self.view, views, Press::View)
            .rank(7)
            .space()
            .button(download, Press::Download)
            .button(upload, Press::Upload)
            .stays()
            .show(ui);
        ui.add_space(space::S);
        let line = Theme::of(ui).stroke();
        ui.painter()
            .hline(ui.max_rect().x_range(), ui.cursor().top(), line);
        ui.add_space(1.0);
        match output.pressed {
            Some(Press::View(view)) => self.view = view,
            Some(Press::Upload) => self.ask(cx),
            Some(Press::Download) => self.ask_where(function, cx),
            Some(Press::Fold) => {
                let folded: bool = cx.settings.get(FOLDED).unwrap_or_default();
                cx.settings.set(FOLDED, &!folded);
            }
            None => {}
        }
    }

    fn files(&mut self, ui: &mut Ui, function: &Arc<Function>, cx: &mut Cx<'_>) {
        let sha = &function.code_sha256;
        if let Some(package) = self.deployed.package(sha).cloned() {
            let handler = function.handler.as_deref().unwrap_or_default();
            ui.spacing_mut().item_spacing.y = 0.0;
            self.source.ui(ui, &package, handler, cx);
            return;
        }
        if self.deployed.is_wanted(sha) {
            padded(ui, |ui| self.deployed.ui(ui, function, cx));
            return;
        }
        if function.code_size <= BY_ITSELF_BYTES && function.is_settled() {
            self.deployed.fetch(ui.ctx(), function, cx);
            state::skeleton(ui, "the package", 6);
            return;
        }
        let title = format!("The package has {}", format::bytes(function.code_size));
        let empty = Empty {
            icon: Icon::PACKAGE,
            title: &title,
            advice: "Its files are shown once it is downloaded. It stays in memory while this tab is open.",
            action: "Download and show",
        };
        if state::empty_state(ui, &empty) {
            self.deployed.fetch(ui.ctx(), function, cx);
        }
    }

    fn new_package(&mut self, ui: &mut Ui, function: &Arc<Function>, cx: &mut Cx<'_>) {
        let Some(chosen) = &mut self.chosen else {
            self.nothing_chosen(ui, function, cx);
            return;
        };
        let deployed = &mut self.deployed;
        let next = ScrollArea::vertical()
            .id_salt("new package")
            .auto_shrink(false)
            .show(ui, |ui| {
                padded(ui, |ui| chosen.ui(ui, function, deployed, cx))
            });
        if next.inner == Next::Done {
            self.chosen = None;
        }
    }

    fn nothing_chosen(&mut self, ui: &mut Ui, function: &Arc<Function>, cx: &mut Cx<'_>) {
        let may = upload_allowed(function, cx);
        if chosen::nothing(ui, &may) {
            self.ask(cx);
        }
        let mut typed = None;
        ui.add_space(space::M);
        ui.vertical_centered(|ui| {
            ui.allocate_ui(vec2(420.0, 28.0), |ui| {
                ui.horizontal(|ui| {
                    let field = TextField::new("Path of a ZIP", &mut self.typed)
                        .hint("/path/to/package.zip")
                        .mono()
                        .width(330.0)
                        .enabled(may.is_ok())
                        .show(ui);
                    let entered =
                        field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
                    let available = match (&may, self.typed.trim()) {
                        (Err(reason), _) => Err(reason.as_str()),
                        (Ok(()), "") => Err("Type a path first"),
                        (Ok(()), _) => Ok(()),
                    };
                    let button = Button::new("Check").name("Check the typed path");
                    let pressed = button.available(available).show(ui).clicked();
                    if (pressed || entered) && available.is_ok() {
                        typed = Some(PathBuf::from(self.typed.trim()));
                    }
                });
            });
        });
        if let Some(path) = typed {
            self.typed.clear();
            self.choose(ui, path, function, cx);
        }
    }

    /// Somebody deployed other code since the person first saw it here.
    fn changed_elsewhere(&mut self, ui: &mut Ui, function: &Function, cx: &Cx<'_>) {
        let seen = self
            .seen
            .get_or_insert_with(|| function.code_sha256.clone());
        let mut is_ours = self.chosen.as_ref().is_some_and(Chosen::is_busy);
        if *seen != function.code_sha256 {
            match deployed_here(cx.store.actions(), function) {
                Some(Here::Deployed) => function.code_sha256.clone_into(seen),
                Some(Here::Deploying) => is_ours = true,
                None => {}
            }
        }
        if *seen == function.code_sha256 {
            self.stale = None;
            return;
        }
        if is_ours || self.stale.as_ref() == Some(&function.code_sha256) {
            return;
        }
        let theme = Theme::of(ui);
        let mut noted = false;
        let frame = Frame::new()
            .fill(theme.raised)
            .inner_margin(Margin::symmetric(16, 6));
        frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.set_width(ui.available_width());
                glyph(ui, Icon::TRIANGLE_ALERT, 15.0, theme.warn);
                let text = "The deployed code changed elsewhere since you opened this.";
                ui.label(RichText::new(text).font(fonts::medium(size::BODY)));
                let digest = format!("{} → {}", short(seen), short(&function.code_sha256));
                ui.label(RichText::new(digest).font(fonts::mono(size::SMALL)));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let button = Button::new("Understood").name("Dismiss: code changed elsewhere");
                    noted = button.show(ui).clicked();
                });
            });
        });
        if noted {
            self.seen = Some(function.code_sha256.clone());
        }
    }
}

/// How this window had to do with what is deployed.
#[derive(Debug, PartialEq, Eq)]
enum Here {
    /// It put it there: by an upload, by taking one back, or by deploying a version again.
    Deployed,
    /// It is putting something there, so that what is there may be either.
    Deploying,
}

/// Whether an action of this window made what is deployed, whichever part of it began it.
fn deployed_here<'a>(
    actions: impl DoubleEndedIterator<Item = &'a ActionState>,
    function: &Function,
) -> Option<Here> {
    let made = |state: &ActionState| {
        let mut differences = state.plan.differences.iter();
        differences.any(|made| made.field == "CodeSha256" && made.after == function.code_sha256)
    };
    let mut deploying = false;
    for state in actions.rev() {
        let concerns = state.plan.target == function.arn;
        let code = || {
            let mut differences = state.plan.differences.iter();
            differences.any(|made| made.field == "CodeSha256" || made.field == "Architectures")
        };
        match &state.result {
            None => deploying |= concerns && code(),
            Some(Ok(_)) if concerns && made(state) => return Some(Here::Deployed),
            Some(_) => {}
        }
    }
    deploying.then_some(Here::Deploying)
}

fn package_facts(ui: &mut Ui, detail: &FunctionDetail, cx: &mut Cx<'_>) {
    ScrollArea::vertical()
        .id_salt("facts")
        .auto_shrink(false)
        .show(ui, |ui| facts::ui(ui, detail, cx));
}

fn short(sha: &str) -> &str {
    sha.get(..8).unwrap_or(sha)
}

fn upload_allowed(function: &Function, cx: &Cx<'_>) -> Result<(), String> {
    cx.may_write().map_err(str::to_owned)?;
    function.can_upload_zip()
}

fn padded<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    Frame::new()
        .inner_margin(Margin::symmetric(12, 10))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            add(ui)
        })
        .inner
}

/// The first file that was dropped on the window in this frame.
fn dropped(ui: &Ui) -> Option<PathBuf> {
    ui.input(|input| {
        let first = input.raw.dropped_files.first();
        first.map(|file| file.path().to_owned())
    })
}

/// While a file hovers over the window.
fn drop_target(ui: &Ui, whole: egui::Rect, may: Result<(), String>) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let theme = Theme::of(ui);
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop target"));
    let painter = ui.ctx().layer_painter(layer).with_clip_rect(whole);
    let place = whole.shrink(space::M);
    painter.rect_filled(whole, 0, theme.bg.gamma_multiply(0.92));
    let (text, color) = match &may {
        Ok(()) => ("Drop the ZIP to check and compare it", theme.accent),
        Err(reason) => (reason.as_str(), theme.muted),
    };
    let stroke = egui::Stroke::new(2.0, color);
    painter.rect_stroke(place, RADIUS, stroke, egui::StrokeKind::Inside);
    let middle = place.center();
    let above = middle - vec2(0.0, 26.0);
    let icon = fonts::icon(28.0);
    painter.text(above, Align2::CENTER_CENTER, Icon::UPLOAD, icon, color);
    let font = fonts::semibold(size::HEADING);
    painter.text(
        middle + vec2(0.0, 10.0),
        Align2::CENTER_CENTER,
        text,
        font,
        theme.text,
    );
}

/// A function that runs from an image has no ZIP.
fn container(ui: &mut Ui, detail: &FunctionDetail) {
    let image = detail.code.image.as_deref().unwrap_or("its image");
    let advice = format!(
        "The code is in {image}. Push a new image to the registry and deploy it from there; there is no ZIP to show or to replace."
    );
    let empty = Empty {
        icon: Icon::CONTAINER,
        title: "It runs from a container image",
        advice: &advice,
        action: "",
    };
    state::empty_state(ui, &empty);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::plan::{Difference, Plan, Risk};
    use crate::store::{ActionId, Applied, Progress};

    fn action(target: &str, from: &str, to: &str, done: bool) -> ActionState {
        let made = Difference {
            field: "CodeSha256".into(),
            before: from.into(),
            after: to.into(),
        };
        ActionState {
            id: ActionId(1),
            plan: Plan {
                title: "Upload code".into(),
                target: target.into(),
                risk: Risk::Changes,
                differences: vec![made],
                cli: String::new(),
            },
            connection: String::new(),
            started_at: 0,
            finished_at: done.then_some(1),
            progress: Arc::new(Progress::new(Arc::new(|| {}))),
            result: done.then(|| Ok(Applied::default())),
        }
    }

    #[test]
    fn what_this_window_deployed_was_not_deployed_elsewhere_be_it_by_undo() {
        let there = |sha: &str| Function {
            arn: "arn:f".into(),
            code_sha256: sha.into(),
            ..Function::default()
        };
        let mut actions = vec![action("arn:f", "old", "new", true)];
        let how = |actions: &[ActionState], sha: &str| deployed_here(actions.iter(), &there(sha));
        assert_eq!(how(&actions, "new"), Some(Here::Deployed));
        assert_eq!(how(&actions, "old"), None, "somebody put it back");
        actions.push(action("arn:f", "new", "old", false));
        assert_eq!(
            how(&actions, "old"),
            Some(Here::Deploying),
            "our undo is on its way"
        );
        actions.pop();
        actions.push(action("arn:f", "new", "old", true));
        assert_eq!(how(&actions, "old"), Some(Here::Deployed));
        assert_eq!(how(&[action("arn:g", "new", "old", true)], "old"), None);
    }
}
