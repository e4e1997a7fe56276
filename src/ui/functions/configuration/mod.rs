//! One function: its configuration, edited as a draft. What differs from the server is marked field by field; Review shows
//! the difference and the AWS CLI command; what changed meanwhile is merged or asked about.

mod conflicts;
mod environment;
mod general;

use std::sync::Arc;

use egui::{Margin, Panel, RichText, ScrollArea, Ui};

use super::code::facts;
use crate::cloud::lambda::configuration::UpdateConfiguration;
use crate::cloud::lambda::function::{FunctionDetail, GetFunction};
use crate::command::Command;
use crate::model::draft::Draft;
use crate::model::error::CloudError;
use crate::model::function::{Function, PackageType};
use crate::ui::cx::{CloudStore, Cx, Submission, SubmissionState};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::state::{self, Empty};

/// What this part keeps between frames.
#[derive(Default)]
pub struct Configuration {
    draft: Option<Draft>,
    environment: environment::Rows,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
    /// What the last merge took over without asking, in words.
    merged: Option<String>,
}

impl Configuration {
    /// Draws it for the function `name`.
    pub fn ui(&mut self, ui: &mut Ui, name: &str, cx: &mut Cx<'_>) {
        let query = GetFunction::latest(name);
        let known = cx.store.want(&query, cx.now);
        self.follow(cx);
        if let Some(detail) = known.value.as_deref() {
            self.bring_up_to_date(&detail.function);
        }
        let empty = Empty {
            icon: Icon::SETTINGS,
            title: "No configuration",
            advice: "",
            action: "",
        };
        let shown = state::show(
            ui,
            "configuration",
            &known,
            &empty,
            |_| false,
            |ui, detail| {
                self.form(ui, detail, cx);
            },
        );
        if shown.retry {
            cx.store.refresh();
        }
        if shown.sign_in {
            cx.messages.push(crate::ui::cx::Message::SignIn);
        }
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        let draft = self.draft.as_ref().filter(|draft| draft.is_dirty())?;
        let count = draft.changed().len().max(1);
        let word = if count == 1 { "setting" } else { "settings" };
        Some(format!(
            "{count} changed {word} of {}",
            draft.function_name()
        ))
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, name: &str, store: &CloudStore) -> bool {
        let known = store.peek(&GetFunction::latest(name));
        known.value.is_some() || known.error.is_some()
    }

    /// Takes up what became of the last review.
    fn follow(&mut self, cx: &Cx<'_>) {
        let Some(submission) = &self.submission else {
            return;
        };
        match submission.state() {
            SubmissionState::Reviewing => {}
            SubmissionState::Dismissed => self.submission = None,
            SubmissionState::Refused(error) => {
                self.failed = Some(Arc::new(error));
                self.submission = None;
            }
            SubmissionState::Submitted(id) => {
                let Some(result) = cx.store.action(id).and_then(|state| state.result.clone())
                else {
                    return;
                };
                match result {
                    Ok(applied) => {
                        if let Some(function) = applied.output::<Function>() {
                            self.draft = Some(Draft::new(&function));
                            self.environment = environment::Rows::default();
                        }
                        self.failed = None;
                        self.merged = None;
                    }
                    Err(error) => self.failed = Some(error),
                }
                self.submission = None;
            }
        }
    }

    /// Another revision came: an untouched draft follows it, a touched one is merged.
    fn bring_up_to_date(&mut self, function: &Function) {
        let busy = self
            .submission
            .as_ref()
            .and_then(Submission::action)
            .is_some();
        match &mut self.draft {
            None => self.draft = Some(Draft::new(function)),
            Some(draft) if draft.revision_id() == function.revision_id.as_deref() || busy => {}
            Some(draft) if !draft.is_dirty() => *draft = Draft::new(function),
            Some(draft) => {
                let merge = draft.rebase(function);
                let names: Vec<String> = merge.taken.iter().map(|field| field.aws_name()).collect();
                self.merged = Some(if names.is_empty() {
                    "The function was changed elsewhere; your changes still stand.".into()
                } else {
                    format!("Changed elsewhere and taken over: {}.", names.join(", "))
                });
            }
        }
    }

    fn form(&mut self, ui: &mut Ui, detail: &FunctionDetail, cx: &mut Cx<'_>) {
        let running = self
            .submission
            .as_ref()
            .and_then(Submission::action)
            .and_then(|id| cx.store.action(id))
            .map(|state| state.progress.label());
        self.bar(ui, detail, running.as_deref(), cx);
        let Some(draft) = &mut self.draft else { return };
        let margin = egui::Frame::new().inner_margin(Margin::symmetric(16, 12));
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            margin.show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = space::S;
                if let Some(words) = &self.merged {
                    let theme = Theme::of(ui);
                    ui.label(RichText::new(format!("{} {words}", "▲")).color(theme.warn));
                }
                conflicts::ui(ui, draft);
                if let Some(error) = &self.failed {
                    state::alert(ui, error, false);
                }
                ui.add_enabled_ui(running.is_none(), |ui| {
                    heading(ui, "General");
                    general::ui(ui, draft, detail, cx);
                    let image = detail.function.package_type == PackageType::Image;
                    facts::architecture(ui, &detail.function, image, cx);
                    ui.add_space(space::L);
                    heading(ui, "Environment");
                    self.environment.ui(ui, draft, detail);
                });
            });
        });
    }

    /// The bar under the form: what is changed, Revert, Review.
    fn bar(
        &mut self,
        ui: &mut Ui,
        detail: &FunctionDetail,
        running: Option<&str>,
        cx: &mut Cx<'_>,
    ) {
        let Some(draft) = &mut self.draft else { return };
        let theme = Theme::of(ui);
        let frame = egui::Frame::new()
            .fill(theme.panel)
            .inner_margin(Margin::symmetric(16, 8));
        let count = draft.changed().len();
        let words = match (running, count) {
            (Some(label), _) => label.to_owned(),
            (None, 0) if draft.is_dirty() => "An unfinished variable".to_owned(),
            (None, 0) => "No changes".to_owned(),
            (None, 1) => "1 change".to_owned(),
            (None, n) => format!("{n} changes"),
        };
        let busy = running.map_or(Ok(()), |_| Err("An update is running".to_owned()));
        let available = busy
            .and_then(|()| cx.may_write().map_err(str::to_owned))
            .and_then(|()| draft.can_apply());
        let (mut review, mut revert) = (cx.take(Command::Review), cx.take(Command::Revert));
        Panel::bottom("configuration bar")
            .exact_size(44.0)
            .frame(frame)
            .show(ui, |ui| {
                ui.horizontal_centered(|ui| {
                    ui.label(RichText::new(&words).color(if count > 0 {
                        theme.accent
                    } else {
                        theme.muted
                    }));
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        let button = Button::new("Review changes").primary().shortcut("Ctrl+S");
                        let available = available.as_ref().copied().map_err(String::as_str);
                        review |= button.available(available).show(ui).clicked();
                        let can_revert = if draft.is_dirty() {
                            Ok(())
                        } else {
                            Err("Nothing was changed")
                        };
                        revert |= Button::new("Revert all")
                            .available(can_revert)
                            .show(ui)
                            .clicked();
                    });
                });
            });
        if revert {
            draft.revert_all();
            self.environment = environment::Rows::default();
            self.failed = None;
            self.merged = None;
        }
        if review && available.is_ok() {
            match UpdateConfiguration::of(draft, &detail.function.arn, cx.connection.cli()) {
                Ok(action) => {
                    self.failed = None;
                    self.submission = Some(cx.review(Arc::new(action)));
                }
                Err(reason) => cx.toast("Nothing to review", reason),
            }
        }
    }
}

fn heading(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(fonts::semibold(size::BODY)));
}
