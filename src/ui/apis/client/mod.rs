//! The real client of an API's stages: a request beside its answer, saved as files, signed by the connection, with the way to the log.
//!
//! Sending is a write: a locked connection refuses it, and production is asked before anything that changes. What is typed is kept
//! while another part is in front.

mod answer;
mod bar;
mod command;
mod facts;
mod folder;
mod keep;
mod log;
mod parts;
mod secrets;
mod sent;
mod side;
mod variables;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use egui::{Frame, Label, Margin, Panel as EguiPanel, RichText, ScrollArea, Ui};
use serde::{Deserialize, Serialize};

use crate::cloud::client::SendRequest;
use crate::command::Command;
use crate::model::api::{ApiDetail, Stage, stage_url};
use crate::model::client::answer::Sent;
use crate::model::client::curl::{How, write};
use crate::model::client::environments::Environments;
use crate::model::client::resolve::{Prepared, Problem, Values, resolve};
use crate::model::client::{Auth, Request, changes, url};
use crate::model::error::CloudError;
use crate::model::marks::is_production;
use crate::route::{ApiTab, Route};
use crate::store::{ActionId, Applied};
use crate::ui::cx::{Cx, Followed, Message, Submission};
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::progress::{Progress, progress};
use crate::ui::widgets::segmented::{segmented, segmented_width};
use crate::ui::widgets::state::{self, Empty};

use answer::AnswerView;
use facts::Facts;
use folder::Folder;
use keep::{Naming, Opened};
use parts::{Part, Parts};
use secrets::Vault;
use sent::{History, Kept};
use side::{Asked, List};

/// The lists stand beside from this width on, in points.
const WIDE: f32 = 980.0;
/// How wide they are there.
const SIDE: f32 = 272.0;
/// Request and answer stand beside each other from this width on.
const BESIDE: f32 = 640.0;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Client {
    /// The API that it was begun for.
    of: Option<String>,
    request: Request,
    /// As it was before anybody typed.
    pristine: Request,
    part: Part,
    parts: Parts,
    list: List,
    /// The lists are looked at where they have no room beside.
    lists_open: bool,
    stage: String,
    environment: String,
    own: Environments,
    typed: variables::Typed,
    folder: Folder,
    opened: Option<Opened>,
    naming: Option<Naming>,
    conflict: Option<PathBuf>,
    vault: Vault,
    commands: command::Commands,
    /// What a command that was pasted could not bring along.
    notes: Vec<String>,
    /// What was edited before another request took its place.
    before: Option<(Request, Option<Opened>)>,
    resolved: Option<Resolved>,
    running: Option<Running>,
    failed: Option<Arc<CloudError>>,
    history: History,
    answer: AnswerView,
    focus_url: bool,
}

/// What is kept between sessions, of each API.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Choices {
    folder: Option<PathBuf>,
    stage: String,
    environment: String,
}

/// What the request comes to, for as long as nothing of it changes.
struct Resolved {
    request: Request,
    stage_url: Option<String>,
    variables: BTreeMap<String, String>,
    secrets: u64,
    result: Result<(), Vec<Problem>>,
}

/// A request on its way.
struct Running {
    way: Way,
    request: Request,
    stage: String,
    facts: Facts,
}

enum Way {
    /// Production is asked first.
    Review(Option<Submission>),
    Sent(ActionId),
}

/// What is made anew for each use.
fn made(name: &str) -> Option<String> {
    let now = jiff::Timestamp::now();
    Some(match name {
        "$uuid" | "$guid" | "$random.uuid" => uuid::Uuid::new_v4().to_string(),
        "$timestamp" => now.as_second().to_string(),
        "$isoTimestamp" => now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "$randomInt" => (uuid::Uuid::new_v4().as_u128() % 1_000).to_string(),
        _ => return None,
    })
}

impl Client {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        self.begin(detail, cx);
        self.follow(ui, detail, cx);
        let Some(stage) = detail.stages.iter().find(|of| of.name == self.stage) else {
            return no_stages(ui, detail, cx);
        };
        let endpoint = cx.connection.spec.endpoint.as_deref();
        let stage_url = stage_url(&detail.api.id, &cx.connection.region, &stage.name, endpoint);
        self.work_out(&stage_url);
        let ready = self.ready(cx);
        let send = cx.take(Command::Invoke);
        if cx.take(Command::Review) {
            self.save(cx);
        }
        let wide = ui.available_width() >= WIDE;
        if wide {
            let margin = Margin::symmetric(space::M as i8, space::S as i8);
            let frame = Frame::new().inner_margin(margin);
            let panel = EguiPanel::left("beside the client")
                .exact_size(SIDE)
                .resizable(false);
            panel.frame(frame).show(ui, |ui| self.lists(ui, detail, cx));
        }
        let margin = Margin::symmetric(space::L as i8, space::S as i8);
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::S;
            let pressed = self.head(ui, detail, &ready, wide, cx);
            if !wide && self.lists_open {
                return self.lists(ui, detail, cx);
            }
            let shown = (detail, stage_url.as_str());
            self.halves(ui, shown, cx);
            if (send || pressed) && ready.is_ok() {
                self.send(detail, stage, &stage_url, cx);
            }
        });
        self.remember(cx);
    }

    /// Puts the keyboard into the URL.
    pub fn go_to_url(&mut self) {
        self.focus_url = true;
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        self.unsaved_words()
    }

    /// Takes up the choices of an earlier session, and a method to begin with.
    fn begin(&mut self, detail: &ApiDetail, cx: &mut Cx<'_>) {
        if self.of.as_ref() != Some(&detail.api.id) {
            *self = Self::default();
            self.of = Some(detail.api.id.clone());
            let kept: Choices = cx.settings.get(&self.key(cx)).unwrap_or_default();
            self.folder.open(kept.folder);
            self.stage = kept.stage;
            self.environment = kept.environment;
            if self.folder.path.is_some() {
                self.list = List::Saved;
            }
            let first = detail.resources.iter().find_map(|resource| {
                let (verb, method) = resource
                    .methods
                    .get_key_value("GET")
                    .or_else(|| resource.methods.first_key_value())?;
                Some(facts::request_to(resource, verb, method))
            });
            self.request = first.unwrap_or_default();
            self.pristine = self.request.clone();
            self.parts.begin(&self.request);
        }
        if !detail.stages.iter().any(|of| of.name == self.stage) {
            let lead = super::publish::lead(detail);
            self.stage = lead.map(|of| of.name.clone()).unwrap_or_default();
        }
    }

    fn key(&self, cx: &Cx<'_>) -> String {
        let api = self.of.as_deref().unwrap_or_default();
        cx.connection.key(&format!("client/{api}"))
    }

    fn remember(&self, cx: &mut Cx<'_>) {
        let choices = Choices {
            folder: self.folder.path.clone(),
            stage: self.stage.clone(),
            environment: self.environment.clone(),
        };
        let key = self.key(cx);
        cx.settings.set(&key, &choices);
    }

    /// Another request takes the place of the one that is edited, which can be had back.
    fn take(&mut self, request: Request, opened: Option<Opened>) {
        let before = std::mem::replace(&mut self.request, request);
        let opened_before = self.opened.take();
        // Only what a person has worked at is worth the way back.
        if before != self.pristine {
            self.before = Some((before, opened_before));
        }
        self.pristine = self.request.clone();
        self.opened = opened;
        self.naming = None;
        self.conflict = None;
        self.notes.clear();
        self.parts.begin(&self.request);
        self.lists_open = false;
    }

    /// What is typed in the URL may be a command, or lead to a stage of this API.
    fn settle_url(&mut self, detail: &ApiDetail, cx: &Cx<'_>) {
        if self.request.url.trim_start().starts_with("curl ") {
            let text = std::mem::take(&mut self.request.url);
            self.request.url = "/".to_owned();
            return self.paste(&text);
        }
        let endpoint = cx.connection.spec.endpoint.as_deref();
        for stage in &detail.stages {
            let base = stage_url(&detail.api.id, &cx.connection.region, &stage.name, endpoint);
            if let Some(path) = url::within(&self.request.url, &base) {
                let path = match path.starts_with('?') {
                    true => format!("/{path}"),
                    false => path.to_owned(),
                };
                self.stage.clone_from(&stage.name);
                self.request.url = path;
                break;
            }
        }
        self.request.settle_query();
        self.request.settle_parameters();
    }

    /// Works out what the request comes to, where something of it has changed.
    fn work_out(&mut self, stage_url: &str) {
        let variables = self.environments().variables(&self.environment);
        let same = self.resolved.as_ref().is_some_and(|of| {
            of.request == self.request
                && of.stage_url.as_deref() == Some(stage_url)
                && of.variables == variables
                && of.secrets == self.vault.revision()
        });
        if same {
            return;
        }
        let result = self.prepared(stage_url).map(|_| ());
        self.resolved = Some(Resolved {
            request: self.request.clone(),
            stage_url: Some(stage_url.to_owned()),
            variables,
            secrets: self.vault.revision(),
            result,
        });
    }

    /// What names stand for, beside these variables.
    fn values<'a>(
        &'a self,
        stage_url: Option<&'a str>,
        variables: &'a BTreeMap<String, String>,
    ) -> Values<'a> {
        Values {
            stage_url,
            variables,
            secrets: self.vault.values(),
            made: &made,
        }
    }

    fn prepared(&self, stage_url: &str) -> Result<Prepared, Vec<Problem>> {
        let variables = self.environments().variables(&self.environment);
        let values = self.values(Some(stage_url), &variables);
        resolve(&self.request, &values)
    }

    fn problems(&self) -> &[Problem] {
        match self.resolved.as_ref().map(|of| &of.result) {
            Some(Err(problems)) => problems,
            _ => &[],
        }
    }

    /// Why nothing can be sent now.
    fn ready(&self, cx: &Cx<'_>) -> Result<(), String> {
        match &self.running {
            Some(Running {
                way: Way::Sent(_), ..
            }) => return Err("It is on its way".to_owned()),
            Some(_) => return Err("It is being asked about".to_owned()),
            None => {}
        }
        if let Some(problem) = self.problems().first() {
            return Err(problem.text.clone());
        }
        cx.may_write().map_err(str::to_owned)
    }

    fn send(&mut self, detail: &ApiDetail, stage: &Stage, stage_url: &str, cx: &mut Cx<'_>) {
        self.settle_url(detail, cx);
        let Ok(request) = self.prepared(stage_url) else {
            return;
        };
        let facts = Facts::of(detail, stage, stage_url, &request);
        let variables = self.environments().variables(&self.environment);
        let values = self.values(Some(stage_url), &variables);
        let how = How {
            region: &cx.connection.region,
            revealed: false,
        };
        let path = facts::within_stage(stage_url, &request.url);
        let account = cx
            .connection
            .identity
            .as_ref()
            .map_or("", |of| of.account.as_str());
        let arn = format!(
            "arn:aws:execute-api:{}:{account}:{}/{}/{}{}",
            cx.connection.region,
            detail.api.id,
            stage.name,
            request.method,
            path.as_deref().unwrap_or("/*")
        );
        let action = Arc::new(SendRequest {
            words: format!(
                "{} {}",
                request.method,
                path.as_deref().unwrap_or(&request.url.path)
            ),
            arn,
            curl: write(&self.request, &values, how).unwrap_or_default(),
            request,
        });
        let asks = is_production(&cx.connection.spec) && changes(&self.request.method);
        let way = match asks {
            true => Way::Review(Some(cx.review(action))),
            false => match cx.submit(action) {
                Ok(id) => Way::Sent(id),
                Err(error) => {
                    self.failed = Some(Arc::new(error));
                    return;
                }
            },
        };
        self.failed = None;
        self.running = Some(Running {
            way,
            request: self.request.clone(),
            stage: stage.name.clone(),
            facts,
        });
    }

    fn follow(&mut self, ui: &Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        self.folder.follow(ui.ctx(), cx);
        self.follow_writing(cx);
        self.vault.follow(cx);
        let Some(running) = &mut self.running else {
            return;
        };
        let ended = match &mut running.way {
            Way::Review(submission) => match Submission::follow(submission, cx.store) {
                Followed::Waiting | Followed::Running => return,
                Followed::Dismissed => None,
                Followed::Done(applied) => Some(Ok(*applied)),
                Followed::Failed(error) => Some(Err(error)),
            },
            Way::Sent(id) => match cx.store.action(*id).map(|of| of.result.clone()) {
                Some(None) => return,
                Some(Some(result)) => Some(result),
                None => None,
            },
        };
        let Some(running) = self.running.take() else {
            return;
        };
        match ended {
            None => {}
            Some(Ok(applied)) => self.came(&applied, running, detail),
            Some(Err(error)) => self.failed = Some(error),
        }
    }

    fn came(&mut self, applied: &Applied, running: Running, detail: &ApiDetail) {
        if let Some(sent) = applied.output::<Sent>() {
            self.history.add(Kept {
                request: running.request,
                api: detail.api.id.clone(),
                stage: running.stage,
                sent,
                facts: running.facts,
            });
        }
    }

    fn lists(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        let opened = self.opened.as_ref().map(|of| of.path.clone());
        let asked = side::ui(
            ui,
            &mut self.list,
            detail,
            &self.folder,
            opened.as_deref(),
            &self.history,
        );
        match asked {
            None => {}
            Some(Asked::Open(path)) => self.open_saved(&path),
            Some(Asked::New) => self.take(Request::default(), None),
            Some(Asked::Choose) => self.folder.choose(cx),
            Some(Asked::Method(path, verb)) => {
                let resource = detail.resource(&path);
                let method = resource.and_then(|of| Some((of, of.methods.get(&verb)?)));
                if let Some((resource, method)) = method {
                    self.take(facts::request_to(resource, &verb, method), None);
                }
            }
            Some(Asked::Sent(at)) => {
                let kept = self
                    .history
                    .show(at)
                    .map(|of| (of.request.clone(), of.stage.clone()));
                if let Some((request, stage)) = kept {
                    if request != self.request {
                        self.take(request, None);
                    }
                    self.stage = stage;
                }
            }
        }
    }

    /// The line above, and what is to be known of the request; true where Send was pressed.
    fn head(
        &mut self,
        ui: &mut Ui,
        detail: &ApiDetail,
        ready: &Result<(), String>,
        wide: bool,
        cx: &mut Cx<'_>,
    ) -> bool {
        let theme = Theme::of(ui);
        let focus = std::mem::take(&mut self.focus_url);
        let ready = ready.as_ref().copied().map_err(String::as_str);
        let output = bar::ui(ui, detail, &mut self.request, &self.stage, ready, focus);
        if let Some(stage) = output.stage {
            self.stage = stage;
        }
        if output.typed {
            self.request.settle_parameters();
        }
        if output.left {
            self.settle_url(detail, cx);
        }
        if output.save {
            self.save(cx);
        }
        if self.request.url.contains("://") {
            let words = match self.request.auth {
                Auth::None => "Another address than this API's",
                _ => "Another address than this API's: what proves you goes there",
            };
            ui.label(RichText::new(words).color(theme.warn));
        }
        self.keeping(ui, cx);
        self.told(ui);
        if !wide {
            let button = Button::new("Requests")
                .icon(Icon::PANEL_LEFT)
                .selected(self.lists_open);
            if button.show(ui).clicked() {
                self.lists_open = !self.lists_open;
            }
        }
        output.send
    }

    /// What a pasted command left out, and the way back to what was edited before.
    fn told(&mut self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        for note in &self.notes {
            ui.add(Label::new(RichText::new(note).color(theme.warn)).wrap());
        }
        let Some((before, _)) = &self.before else {
            return;
        };
        let words = format!("Back to {}", before.words());
        let back = Button::new(&words)
            .icon(Icon::UNDO_2)
            .ghost()
            .known_as("Back to the request before");
        if back.show(ui).clicked()
            && let Some((request, opened)) = self.before.take()
        {
            self.take(request, opened);
        }
    }

    fn halves(&mut self, ui: &mut Ui, shown: (&ApiDetail, &str), cx: &mut Cx<'_>) {
        if ui.available_width() < BESIDE {
            ScrollArea::vertical()
                .id_salt("client")
                .auto_shrink(false)
                .show(ui, |ui| {
                    self.editing(ui, shown, cx);
                    ui.separator();
                    self.came_back(ui, cx);
                });
            return;
        }
        let half = (ui.available_width() - space::XL) / 2.0;
        let height = ui.available_height();
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(half);
                ui.set_height(height);
                ScrollArea::vertical()
                    .id_salt("request")
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        self.editing(ui, shown, cx);
                    });
            });
            ui.add_space(space::S);
            ui.vertical(|ui| {
                ui.set_width(half);
                ui.set_height(height);
                ScrollArea::vertical()
                    .id_salt("answer")
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        self.came_back(ui, cx);
                    });
            });
        });
    }

    fn editing(&mut self, ui: &mut Ui, (_, stage_url): (&ApiDetail, &str), cx: &mut Cx<'_>) {
        ui.spacing_mut().item_spacing.y = space::S;
        // The scroll bar lies over the contents.
        ui.set_max_width(ui.available_width() - space::S);
        self.choose_part(ui);
        match self.part {
            Part::Variables => return self.variables(ui, cx),
            Part::Curl => return self.command(ui, Some(stage_url), cx),
            _ => {}
        }
        let problems = self.problems().to_vec();
        let last = self.history.shown();
        let edited = (&mut self.request, &mut self.vault);
        self.parts.ui(ui, self.part, edited, &problems, last, cx);
    }

    fn choose_part(&mut self, ui: &mut Ui) {
        let count = |word: &str, count: usize| match count {
            0 => word.to_owned(),
            count => format!("{word} {count}"),
        };
        let of = &self.request;
        let on = |fields: &[crate::model::client::Field]| fields.iter().filter(|of| of.on).count();
        let query = count("Params", of.path.len() + on(&of.query));
        let headers = count("Headers", on(&of.headers));
        let expect = count("Expect", of.expect.len());
        let choices = [
            (Part::Query, query.as_str()),
            (Part::Headers, headers.as_str()),
            (Part::Body, "Body"),
            (Part::Auth, "Auth"),
            (Part::Expect, expect.as_str()),
            (Part::Variables, "Env"),
            (Part::Curl, "cURL"),
        ];
        let shown = choices
            .iter()
            .map(|(part, words)| (*words, *part == self.part));
        if segmented_width(ui, shown) <= ui.available_width() {
            segmented(ui, "Part of the request", &mut self.part, &choices);
            return;
        }
        // Where there is no room for all, they are in a menu.
        let words = choices.iter().find(|(part, _)| *part == self.part);
        let words = words.map_or("", |(_, words)| *words);
        drop_down(ui, "Part of the request", words, |ui| {
            for (part, words) in choices {
                if entry(ui, part == self.part, words, "") {
                    self.part = part;
                }
            }
        });
    }

    /// What came back, or that it is on its way.
    fn came_back(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        ui.set_max_width(ui.available_width() - space::S);
        if let Some(Running {
            way: Way::Sent(id), ..
        }) = &self.running
        {
            return on_its_way(ui, *id, cx);
        }
        if let Some(error) = self.failed.clone() {
            if state::alert(ui, &error, false).sign_in {
                cx.messages.push(Message::SignIn);
            }
            return;
        }
        let Some(kept) = self.history.shown() else {
            let words = "Nothing was sent yet. Send really calls the stage, with its authorizers, keys and limits in force.";
            let words = RichText::new(words).color(Theme::of(ui).muted);
            ui.add(Label::new(words).wrap());
            return;
        };
        self.answer.ui(ui, kept, cx);
    }
}

fn on_its_way(ui: &mut Ui, id: ActionId, cx: &mut Cx<'_>) {
    let state = cx.store.action(id);
    let started = state.map_or(cx.now, |of| of.started_at);
    let label = state.map(|of| of.progress.label()).unwrap_or_default();
    let seconds = format!("{:.1} s", (cx.now - started).max(0) as f64 / 1_000.0);
    let waiting = Progress {
        title: if label.is_empty() { "Sending" } else { &label },
        detail: &seconds,
        share: None,
        cancel: Ok(()),
    };
    if progress(ui, &waiting) {
        cx.store.cancel_action(id, cx.now);
    }
    ui.ctx().request_repaint_after(Duration::from_millis(100));
}

fn no_stages(ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
    let empty = Empty {
        icon: Icon::SEND,
        title: "No stage to send to",
        advice: "The first deployment makes one: an address that answers with the API as it is then.",
        action: "Deploy…",
    };
    if state::empty_state(ui, &empty) {
        cx.open(Route::api_tab(&detail.api.id, ApiTab::Deploy));
    }
}
