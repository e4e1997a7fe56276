//! One function: run it with an event, and see what came of it.
//!
//! Knows no client: it submits an [`Invoke`] and shows its result. What a person wrote, saved and ran is kept between
//! sessions under the function's ARN.

mod compare;
mod event;
mod follow;
mod history;
pub(super) mod kept;
mod outcome;
mod qualifier;

use std::sync::Arc;
use std::time::Duration;

use egui::{Rect, RichText, Ui, UiBuilder, pos2};

use crate::cloud::lambda::function::GetFunction;
use crate::cloud::lambda::invoke::Invoke;
use crate::command::Command;
use crate::model::cli::CliContext;
use crate::model::error::CloudError;
use crate::model::event_templates::suggested;
use crate::model::format;
use crate::model::invoke::{InvocationType, InvokeRequest, InvokeResult, Run};
use crate::route::{FunctionTab, Route};
use crate::store::{Action, ActionId, Ticket};
use crate::ui::cx::{CloudStore, Cx, Message};
use crate::ui::functions::samples::first_event;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::progress::{Progress, progress};
use crate::ui::widgets::state::{Empty, empty_state};
use crate::ui::widgets::toolbar::{Look, Toolbar};

use compare::Comparison;
use event::EventPart;
use follow::Follow;
use history::{HistoryPart, type_word};
use kept::Kept;
use outcome::{Outcome, Pressed};
use qualifier::Qualifiers;

/// Event and result stand side by side from this width on, in points.
const SIDE_BY_SIDE: f32 = 700.0;

/// The height of the runs below, where there is room for it, in points.
const RUNS_HEIGHT: f32 = 76.0 + 32.0 * 4.0;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Test {
    /// The function that all of it belongs to: its ARN, or its name on this connection; and the endpoint it is of.
    key: String,
    name: String,
    kept: Kept,
    event: EventPart,
    /// What the editor began with; anything else was typed.
    began: String,
    history: HistoryPart,
    running: Vec<Running>,
    shown: Shown,
    raw: bool,
    /// What becomes of a queued event, from its log.
    follow: Follow,
    /// The request whose lines are to be shown in the log, with its time.
    to_logs: Option<(String, i64)>,
    /// Something was written or run here.
    worked_in: bool,
    /// The connection refused the last attempt.
    refused: Option<CloudError>,
}

/// What is pressed in the bar.
#[derive(Clone, Copy)]
enum Press {
    Kind(InvocationType),
    Copy,
    Invoke,
}

/// A run that has been sent.
struct Running {
    id: ActionId,
    key: String,
    started: i64,
    action: Arc<Invoke>,
}

/// What the right side shows.
#[derive(Default)]
enum Shown {
    /// Nothing was run yet.
    #[default]
    Nothing,
    /// This one runs.
    Running(ActionId),
    /// A result is being laid out.
    Preparing(i64, Ticket<Outcome>),
    /// A result.
    Done(i64, Box<Outcome>),
    /// The call failed.
    Failed(i64, Arc<CloudError>),
    /// A call that failed in an earlier session.
    FailedBefore(i64, String),
    /// Two runs are being compared.
    Comparing(Ticket<Comparison>),
    /// Two runs beside each other.
    Compared(Box<Comparison>),
}

impl Test {
    /// Draws it for the function `name`.
    pub fn ui(&mut self, ui: &mut Ui, name: &str, cx: &mut Cx<'_>) {
        self.begin(name, cx);
        self.settle(cx);
        self.follow(name, cx);
        let may_run = self.may_run(name, cx);
        let mut invoke = cx.take(Command::Invoke) && may_run.is_ok();
        let margin = egui::Margin::symmetric(space::L as i8, space::M as i8);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            invoke |= self.bar(ui, name, cx, &may_run);
            ui.add_space(space::M);
            let whole = ui.available_rect_before_wrap();
            // The same height whatever was run, so that nothing moves with a run.
            let below = RUNS_HEIGHT.min(whole.height() * 0.36);
            let top = whole.with_max_y(whole.bottom() - below);
            let middle = (whole.center().x).round();
            let line = Theme::of(ui).stroke();
            // Where there is little room, the result stands under the event.
            let (left, right) = if whole.width() < SIDE_BY_SIDE {
                let half = top.center().y.round();
                ui.painter().hline(top.x_range(), half + 0.5, line);
                (
                    top.with_max_y(half - space::M),
                    top.with_min_y(half + space::M),
                )
            } else {
                ui.painter().vline(middle + 0.5, top.y_range(), line);
                (
                    top.with_max_x(middle - space::L),
                    top.with_min_x(middle + space::L),
                )
            };
            let mut changed = false;
            inside(ui, "event", left, |ui| {
                changed = self.event.ui(ui, &mut self.kept, cx);
            });
            if changed {
                self.worked_in = true;
                self.kept.save(cx.settings, &self.key);
            }
            inside(ui, "result", right, |ui| {
                invoke |= self.result(ui, name, cx);
            });
            let rect = Rect::from_min_max(pos2(whole.left(), top.bottom() + space::M), whole.max);
            let may_run = may_run.as_ref().copied().map_err(String::as_str);
            inside(ui, "runs", rect, |ui| self.runs(ui, name, cx, may_run));
            ui.allocate_rect(whole, egui::Sense::hover());
        });
        if invoke {
            self.invoke(name, cx);
        }
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        let text = &self.event.text;
        let lost =
            self.kept.draft.is_none() && text.len() > crate::model::invoke::HISTORY_PAYLOAD_BYTES;
        let size = format::bytes(text.len() as u64);
        lost.then(|| format!("an event of {size} for {}", self.name))
    }

    /// Something was written or run here.
    pub fn is_worked_in(&self) -> bool {
        self.worked_in
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, name: &str, store: &CloudStore) -> bool {
        let known = store.peek(&GetFunction::latest(name));
        let preparing = matches!(
            self.shown,
            Shown::Preparing(..) | Shown::Running(_) | Shown::Comparing(_)
        );
        !preparing && (known.value.is_some() || known.error.is_some())
    }

    /// A request whose lines are to be shown in the log, with its time in ms; once.
    pub fn take_request(&mut self) -> Option<(String, i64)> {
        self.to_logs.take()
    }

    // ---- state -------------------------------------------------------------------------------------------------

    /// Takes up what was kept of the function, once it is known which it is.
    fn begin(&mut self, name: &str, cx: &mut Cx<'_>) {
        let known = cx.store.want(&GetFunction::latest(name), cx.now);
        let key = match (known.shown(), &known.error) {
            (Some(detail), _) if !detail.function.arn.is_empty() => {
                cx.connection.key(&detail.function.arn)
            }
            (Some(_), _) | (None, Some(_)) => {
                let connection = &cx.connection;
                let name = format!("{}/{}/{name}", connection.spec.name, connection.region);
                connection.key(&name)
            }
            (None, None) => String::new(),
        };
        let other = self.name != name || (!key.is_empty() && self.key != key);
        if !other {
            return;
        }
        // Whoever types before it is known which function this is goes on typing.
        let typed = self.name == name
            && !self.key.starts_with("arn:")
            && self.event.payload() != self.began;
        name.clone_into(&mut self.name);
        self.kept = if key.is_empty() {
            Kept::default()
        } else {
            Kept::load(cx.settings, &key)
        };
        self.key = key;
        self.shown = Shown::Nothing;
        self.refused = None;
        self.history = HistoryPart::default();
        match &self.kept.draft {
            _ if typed => self.kept.set_draft(&self.event.text),
            Some(draft) => {
                let draft = draft.clone();
                self.event.set(&draft);
            }
            None => {
                let detail = known.shown();
                let own = detail.and_then(|detail| first_event(&detail.function));
                self.event.set(own.unwrap_or(suggested([]).payload));
            }
        }
        if !typed {
            self.event.payload().clone_into(&mut self.began);
        }
    }

    /// Takes in the runs that have ended, whichever function they were of.
    fn settle(&mut self, cx: &mut Cx<'_>) {
        let mut still = Vec::new();
        for running in std::mem::take(&mut self.running) {
            let state = cx.store.action(running.id);
            let Some(result) = state.and_then(|state| state.result.clone()) else {
                if state.is_some() {
                    still.push(running);
                }
                continue;
            };
            let result = match result {
                Ok(applied) => match applied.output::<InvokeResult>() {
                    Some(result) => Ok(result),
                    None => continue,
                },
                Err(error) => Err(error),
            };
            self.remember(&running, &result, cx);
            let is_shown = matches!(self.shown, Shown::Running(id) if id == running.id);
            if running.key == self.key && is_shown {
                self.shown = match result {
                    Ok(result) => prepare(running.started, (*result).clone(), cx),
                    Err(error) => Shown::Failed(running.started, error),
                };
            }
        }
        self.running = still;
        if let Shown::Preparing(at, ticket) = &self.shown
            && let Some(outcome) = cx.store.collect(ticket)
        {
            self.shown = match outcome {
                Ok(outcome) => Shown::Done(*at, Box::new(outcome)),
                Err(error) => Shown::Failed(*at, Arc::new(error)),
            };
        }
        if let Shown::Comparing(ticket) = &self.shown
            && let Some(compared) = cx.store.collect(ticket)
        {
            self.shown = match compared {
                Ok(compared) => Shown::Compared(Box::new(compared)),
                Err(error) => Shown::Failed(cx.now, Arc::new(error)),
            };
        }
    }

    /// Looks for what becomes of the queued event that is shown.
    fn follow(&mut self, name: &str, cx: &mut Cx<'_>) {
        let Shown::Done(at, outcome) = &mut self.shown else {
            return;
        };
        if self.follow.look(name, *at, outcome, cx) && self.kept.history.follow(outcome.result()) {
            self.kept.save(cx.settings, &self.key);
        }
    }

    fn remember(
        &mut self,
        running: &Running,
        result: &Result<Arc<InvokeResult>, Arc<CloudError>>,
        cx: &mut Cx<'_>,
    ) {
        let outcome = match result {
            Ok(result) => Ok((**result).clone()),
            Err(error) => Err(error.kind.title().to_owned() + ": " + &error.message),
        };
        let request = running.action.request.clone();
        if running.key == self.key {
            self.kept.history.push(running.started, request, outcome);
            self.kept.save(cx.settings, &self.key);
            self.history.moved_down();
        } else {
            let mut kept = Kept::load(cx.settings, &running.key);
            kept.history.push(running.started, request, outcome);
            kept.save(cx.settings, &running.key);
        }
    }

    /// Whether the function can be run with what is in the editor.
    fn may_run(&self, name: &str, cx: &mut Cx<'_>) -> Result<(), String> {
        cx.may_write().map_err(str::to_owned)?;
        if !self.running.is_empty() && matches!(self.shown, Shown::Running(_)) {
            return Err("It is running; wait for the result, or press Cancel".to_owned());
        }
        let known = cx.store.peek(&GetFunction::latest(name));
        if let Some(detail) = known.shown() {
            detail.function.can_invoke()?;
        }
        self.event
            .ready(self.kept.invocation_type == InvocationType::Event)
    }

    fn invoke(&mut self, name: &str, cx: &mut Cx<'_>) {
        let request = InvokeRequest {
            function: name.to_owned(),
            qualifier: self.kept.qualifier.clone(),
            invocation_type: self.kept.invocation_type,
            payload: self.event.payload().to_owned(),
            log_tail: true,
        };
        self.send(request, cx);
    }

    fn send(&mut self, request: InvokeRequest, cx: &mut Cx<'_>) {
        let action = Arc::new(self.action(request, cx));
        match cx.submit(action.clone()) {
            Ok(id) => {
                self.refused = None;
                self.worked_in = true;
                self.event.ran();
                self.shown = Shown::Running(id);
                self.running.push(Running {
                    id,
                    key: self.key.clone(),
                    started: cx.now,
                    action,
                });
            }
            Err(error) => self.refused = Some(error),
        }
    }

    fn action(&self, request: InvokeRequest, cx: &Cx<'_>) -> Invoke {
        let known = cx.store.peek(&GetFunction::latest(&request.function));
        let arn = known.shown().map(|detail| detail.function.arn.clone());
        let spec = &cx.connection.spec;
        Invoke {
            target: arn.unwrap_or_else(|| request.function.clone()),
            context: CliContext {
                profile: spec.profile.clone(),
                region: Some(cx.connection.region.clone()).filter(|region| !region.is_empty()),
                endpoint_url: spec.endpoint.clone(),
            },
            request,
        }
    }

    // ---- the bar -----------------------------------------------------------------------------------------------

    /// How it is invoked, and the button; true when it was pressed.
    fn bar(
        &mut self,
        ui: &mut Ui,
        name: &str,
        cx: &mut Cx<'_>,
        may_run: &Result<(), String>,
    ) -> bool {
        let kinds = InvocationType::ALL.map(|kind| (kind, type_word(kind)));
        let kind = self.kept.invocation_type;
        let qualifier = self.kept.qualifier.clone();
        let qualifiers = Qualifiers::of(name, qualifier.as_deref(), cx);
        let reason = match may_run {
            Err(reason) if !matches!(self.shown, Shown::Running(_)) => reason.as_str(),
            _ => "",
        };
        let invoke = Button::new("Invoke")
            .icon(Icon::PLAY)
            .primary()
            .available(may_run.as_ref().copied().map_err(String::as_str))
            .shortcut(Command::Invoke.keys_text());
        let copy = Button::new("AWS CLI")
            .icon(Icon::TERMINAL)
            .ghost()
            .name("Copy as AWS CLI")
            .hover("Copies the command that does the same");
        let mut chosen = None;
        let output = Toolbar::new("How it is invoked")
            .choice("How the function is invoked", &kind, kinds, Press::Kind)
            .rank(4)
            .menu(
                "Qualifier",
                qualifier.as_deref().unwrap_or("$LATEST"),
                |ui| {
                    chosen = qualifiers.menu(ui);
                    None
                },
            )
            .rank(7)
            .space()
            .text(reason, Look::Muted)
            .least(60.0)
            .hover(reason)
            .button(copy, Press::Copy)
            .button(invoke, Press::Invoke)
            .rank(9)
            .stays()
            .show(ui);
        if let Some(qualifier) = chosen {
            self.kept.qualifier = qualifier;
            self.kept.save(cx.settings, &self.key);
        }
        match output.pressed {
            Some(Press::Kind(kind)) => {
                self.kept.invocation_type = kind;
                self.kept.save(cx.settings, &self.key);
            }
            Some(Press::Copy) => {
                let request = InvokeRequest {
                    function: name.to_owned(),
                    qualifier: self.kept.qualifier.clone(),
                    invocation_type: self.kept.invocation_type,
                    payload: self.event.payload().to_owned(),
                    log_tail: true,
                };
                ui.ctx().copy_text(self.action(request, cx).plan().cli);
                cx.toast("Copied", "The AWS CLI command is on the clipboard.");
            }
            Some(Press::Invoke) => return true,
            None => {}
        }
        false
    }

    // ---- result and history ------------------------------------------------------------------------------------

    /// The right side; true when it is to be run again.
    fn result(&mut self, ui: &mut Ui, name: &str, cx: &mut Cx<'_>) -> bool {
        let when = |at: i64| format::ago(at, cx.now, cx.zone);
        let pressed = match (&mut self.shown, &self.refused) {
            (_, Some(error)) => outcome::call_failed(ui, error, ""),
            (Shown::Nothing, None) => {
                let ran = !self.kept.history.runs.is_empty();
                let empty = Empty {
                    icon: Icon::PLAY,
                    title: if ran {
                        "No run is shown"
                    } else {
                        "Not run yet"
                    },
                    advice: match ran {
                        true => "Pick a run below to see what came of it, or press Invoke.",
                        false => {
                            "Write an event or take a template, then press Invoke. It really runs."
                        }
                    },
                    action: "",
                };
                empty_state(ui, &empty);
                Pressed::default()
            }
            (Shown::Running(id), None) => {
                let id = *id;
                self.waiting(ui, name, id, cx);
                Pressed::default()
            }
            (Shown::Preparing(..), None) => Pressed::default(),
            (Shown::Done(at, outcome), None) => outcome.ui(ui, &mut self.raw, &when(*at)),
            (Shown::Failed(at, error), None) => outcome::call_failed(ui, error, &when(*at)),
            (Shown::FailedBefore(at, text), None) => {
                ui.label(RichText::new(when(*at)).color(Theme::of(ui).muted));
                ui.label(RichText::new(&*text).color(Theme::of(ui).warn));
                Pressed::default()
            }
            (Shown::Comparing(_), None) => Pressed::default(),
            (Shown::Compared(compared), None) => {
                let closed = compared.ui(ui, cx.zone);
                if closed {
                    self.shown = Shown::Nothing;
                }
                Pressed::default()
            }
        };
        if pressed.logs {
            match &self.shown {
                Shown::Done(at, outcome) if outcome.result().request_id.is_some() => {
                    let request = outcome.result().request_id.clone();
                    self.to_logs = request.map(|request| (request, *at));
                }
                _ => cx.open(Route::function_tab(name, FunctionTab::Logs)),
            }
            ui.ctx().request_repaint();
        }
        if pressed.sign_in {
            cx.messages.push(Message::SignIn);
        }
        pressed.again
    }

    fn waiting(&self, ui: &mut Ui, name: &str, id: ActionId, cx: &mut Cx<'_>) {
        let started = cx.store.action(id).map_or(cx.now, |state| state.started_at);
        let elapsed = (cx.now - started).max(0);
        let known = cx.store.peek(&GetFunction::latest(name));
        let timeout = known.shown().map(|detail| detail.function.timeout_s);
        let seconds = format!("{:.1} s", elapsed as f64 / 1_000.0);
        let detail = match timeout {
            Some(timeout) => format!("{seconds} of at most {timeout} s"),
            None => seconds,
        };
        let shown = Progress {
            title: "Running",
            detail: &detail,
            share: None,
            cancel: Ok(()),
        };
        if progress(ui, &shown) {
            cx.store.cancel_action(id, cx.now);
        }
        let text = "Cancel stops waiting for the answer. The function goes on running.";
        ui.label(RichText::new(text).color(Theme::of(ui).muted));
        ui.ctx().request_repaint_after(Duration::from_millis(100));
    }

    fn runs(&mut self, ui: &mut Ui, name: &str, cx: &mut Cx<'_>, may_run: Result<(), &str>) {
        // What is in the editor does not matter for a run that was sent before.
        let may_run = match cx.may_write() {
            Err(reason) => Err(reason),
            Ok(()) if matches!(self.shown, Shown::Running(_)) => may_run,
            Ok(()) => Ok(()),
        };
        let history = &self.kept.history;
        let chosen = self.history.ui(ui, history, cx.now, cx.zone, may_run);
        let run = |row: Option<usize>| history.runs.get(row?).cloned();
        let (show, again) = (run(chosen.show), run(chosen.again));
        if let Some((older, newer)) = chosen.compare
            && let (Some(older), Some(newer)) = (run(Some(older)), run(Some(newer)))
        {
            self.refused = None;
            let work = async move { Ok::<_, CloudError>(Comparison::new(&older, &newer)) };
            self.shown = Shown::Comparing(cx.store.job(true, work));
        }
        if let Some(run) = show {
            self.refused = None;
            // A run stands beside the event that it was of, with what is needed to run it again.
            if !run.payload_dropped {
                self.event.show_run(&run.request.payload);
                self.kept.set_draft(&run.request.payload);
                self.kept.invocation_type = run.request.invocation_type;
                self.kept.qualifier = run.request.qualifier.clone();
                self.kept.save(cx.settings, &self.key);
            }
            self.shown = show_run(run, cx);
        }
        if let Some(run) = again {
            let mut request = run.request;
            name.clone_into(&mut request.function);
            self.send(request, cx);
        }
    }
}

fn show_run(run: Run, cx: &mut Cx<'_>) -> Shown {
    match run.outcome {
        Ok(result) => prepare(run.at, result, cx),
        Err(text) => Shown::FailedBefore(run.at, text),
    }
}

/// Lays a result out beside the frame path: a response may have 6 MB.
fn prepare(at: i64, result: InvokeResult, cx: &mut Cx<'_>) -> Shown {
    let work = async move { Ok::<_, CloudError>(Outcome::new(result)) };
    Shown::Preparing(at, cx.store.job(true, work))
}

fn inside(ui: &mut Ui, name: &str, rect: Rect, contents: impl FnOnce(&mut Ui)) {
    let mut child = ui.new_child(UiBuilder::new().id_salt(name).max_rect(rect));
    child.set_clip_rect(rect.expand(2.0).intersect(ui.clip_rect()));
    contents(&mut child);
}
