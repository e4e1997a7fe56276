//! Deploying: what would change in the stage, what somebody should know of it, and the deployment itself.

use std::sync::Arc;

use egui::{Align, Frame, Label, Layout, Margin, Panel, RichText, ScrollArea, Ui};

use super::compared::{Compared, Known};
use super::side::Side;
use super::{at, lead, unready};
use crate::cloud::apigateway::deploy::Deploy as Action;
use crate::command::Command;
use crate::model::api::{ApiDetail, Stage, stage_url};
use crate::model::difference::Level;
use crate::model::error::CloudError;
use crate::model::format::{self, counted};
use crate::store::ActionId;
use crate::ui::cx::{CloudStore, Cx, Message};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::difference::Show;
use crate::ui::widgets::glyph::glyph;
use crate::ui::widgets::in_order::in_order;
use crate::ui::widgets::kv::{self, Value};
use crate::ui::widgets::state;
use crate::ui::widgets::text_field::TextField;

/// What is to be said stands beside the difference from this width on.
const BESIDE: f32 = 780.0;
const SIDE: f32 = 340.0;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Deploy {
    side: Side,
    compared: Compared,
    typed: String,
    running: Option<ActionId>,
    failed: Option<Arc<CloudError>>,
    /// The last deployment went well.
    done: bool,
}

impl Deploy {
    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        self.follow(cx);
        if self
            .side
            .begin(lead(detail).map(|stage| stage.name.as_str()))
        {
            self.typed.clear();
        }
        let name = self.side.stage().to_owned();
        let stage = detail.stages.iter().find(|stage| stage.name == name);
        let known = self.compared.update(detail, stage, cx);
        let action = self.action(detail, stage, &known, cx);
        self.foot(ui, &action, &known, detail, cx);
        let cli = action.cli().lines();
        if ui.available_width() >= BESIDE {
            let frame = Frame::new()
                .fill(Theme::of(ui).panel)
                .inner_margin(Margin::same(space::M as i8));
            let side = Panel::right("deploy to").exact_size(SIDE).resizable(false);
            side.frame(frame).show(ui, |ui| {
                ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                    // The bar that scrolls lies over what is widest.
                    ui.set_max_width(ui.available_width() - space::S);
                    self.beside(ui, detail, &known, &cli, cx);
                });
            });
            let margin = Margin::symmetric(space::L as i8, space::S as i8);
            Frame::new().inner_margin(margin).show(ui, |ui| {
                self.changes(ui, stage, &known, None, cx);
            });
        } else {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                let margin = Margin::symmetric(space::M as i8, space::S as i8);
                Frame::new().inner_margin(margin).show(ui, |ui| {
                    self.beside(ui, detail, &known, &cli, cx);
                    ui.add_space(space::M);
                    self.changes(ui, stage, &known, Some(420.0), cx);
                });
            });
        }
    }

    /// What would be lost if the tab were closed now.
    pub fn unsaved(&self) -> Option<String> {
        let typed = self.side.description.trim();
        (!typed.is_empty() && self.running.is_none())
            .then(|| "the deployment's description".to_owned())
    }

    /// All that it shows has been loaded, or has failed to.
    pub fn settled(&self, detail: &ApiDetail, store: &CloudStore) -> bool {
        use crate::cloud::apigateway::definition::{GetDefinition, GetDeployed};
        let id = detail.api.id.clone();
        let stage = detail
            .stages
            .iter()
            .find(|stage| stage.name == self.side.stage());
        let deployed = stage.is_none_or(|stage| {
            store
                .peek(&GetDeployed {
                    id: id.clone(),
                    stage: stage.name.clone(),
                    deployment: stage.deployment_id.clone(),
                })
                .is_settled()
        });
        deployed && store.peek(&GetDefinition { id }).is_settled()
    }

    fn follow(&mut self, cx: &mut Cx<'_>) {
        let Some(id) = self.running else { return };
        let result = cx.store.action(id).and_then(|action| action.result.clone());
        match result {
            None => return,
            Some(Ok(_)) => {
                self.side.description.clear();
                self.typed.clear();
                self.done = true;
            }
            Some(Err(error)) => self.failed = Some(error),
        }
        self.running = None;
    }

    fn action(
        &self,
        detail: &ApiDetail,
        stage: Option<&Stage>,
        known: &Known,
        cx: &Cx<'_>,
    ) -> Action {
        let name = self.side.stage();
        let endpoint = cx.connection.spec.endpoint.as_deref();
        let ready = matches!(known, Known::Ready);
        let difference = self.compared.difference();
        Action {
            of: at(detail, name),
            before: stage.map(|stage| stage.deployment_id.clone()),
            description: self.side.description.trim().to_owned(),
            canary: self.side.canary(stage.is_some()),
            seen: self.compared.seen().filter(|_| ready),
            changes: match ready {
                true => counted(difference.counts().all(), "change"),
                false => String::new(),
            },
            risks: match ready {
                true => difference
                    .risks()
                    .iter()
                    .map(|risk| risk.words.clone())
                    .collect(),
                false => Vec::new(),
            },
            url: stage_url(&detail.api.id, &cx.connection.region, name, endpoint),
            context: cx.connection.cli(),
        }
    }

    /// Dangers that the stage's name is typed for.
    fn dangers(&self, known: &Known) -> usize {
        if !matches!(known, Known::Ready) {
            return 0;
        }
        let risks = self.compared.difference().risks().iter();
        risks.filter(|risk| risk.level == Level::Danger).count()
    }

    /// Why it can't be deployed now.
    fn available(
        &self,
        action: &Action,
        known: &Known,
        detail: &ApiDetail,
        cx: &Cx<'_>,
    ) -> Result<(), String> {
        if self.running.is_some() {
            return Err("It is being deployed".to_owned());
        }
        cx.may_write().map_err(str::to_owned)?;
        if let Some(why) = self.side.problem() {
            return Err(why);
        }
        if let Some(why) = unready(detail) {
            return Err(why);
        }
        if matches!(known, Known::Loading) {
            return Err("What would change is not known yet".to_owned());
        }
        if self.dangers(known) > 0 && self.typed.trim() != action.of.stage {
            return Err(format!("Type {} to confirm", action.of.stage));
        }
        Ok(())
    }

    /// The line at the bottom: what changes for whom, and the button.
    fn foot(
        &mut self,
        ui: &mut Ui,
        action: &Action,
        known: &Known,
        detail: &ApiDetail,
        cx: &mut Cx<'_>,
    ) {
        let theme = Theme::of(ui);
        let dangers = self.dangers(known);
        let available = self.available(action, known, detail, cx);
        let words = self.words(action, known, detail, cx);
        let asked = cx.take(Command::Review) && dangers == 0;
        let mut go = asked;
        let narrow = ui.available_width() < 620.0;
        let frame = Frame::new()
            .fill(theme.panel)
            .inner_margin(Margin::symmetric(16, 8));
        let panel = Panel::bottom("deploy bar").exact_size(44.0).frame(frame);
        panel.show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let typed = &mut self.typed;
                    in_order(ui, "deploy", |ui| {
                        if dangers > 0 {
                            let label = format!("Type {} to confirm", action.of.stage);
                            let field = TextField::new(&label, typed).mono();
                            field.hint(&action.of.stage).width(110.0).show(ui);
                        }
                        let title = format!("Deploy to {}", action.of.stage);
                        let mut button = match dangers {
                            0 => Button::new(&title)
                                .primary()
                                .shortcut(Command::Review.keys_text()),
                            _ => Button::new(&title).danger(),
                        };
                        if let Err(why) = &available {
                            button = button.available(Err(why));
                        }
                        go |= button.show(ui).clicked();
                    });
                    if dangers > 0 && !narrow {
                        let words =
                            format!("{}: type the stage's name", counted(dangers, "danger"));
                        ui.label(RichText::new(words).color(theme.err));
                        glyph(ui, Icon::CIRCLE_ALERT, 15.0, theme.err);
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        let label = Label::new(RichText::new(&words)).truncate();
                        ui.add(label).on_hover_text(&words);
                    });
                });
            });
        });
        if go && available.is_ok() {
            self.failed = None;
            self.done = false;
            match cx.submit(Arc::new(action.clone())) {
                Ok(id) => self.running = Some(id),
                Err(error) => self.failed = Some(Arc::new(error)),
            }
        }
    }

    fn words(&self, action: &Action, known: &Known, detail: &ApiDetail, cx: &Cx<'_>) -> String {
        if let Some(id) = self.running {
            let state = cx.store.action(id);
            return state.map_or_else(String::new, |state| state.progress.label());
        }
        if let Some(why) = unready(detail) {
            return why;
        }
        let stage = &action.of.stage;
        let what = match (known, self.compared.difference().counts().all()) {
            (Known::Ready, 0) => format!("Nothing to deploy to {stage}"),
            (Known::Ready, count) => format!("{} to {stage}", counted(count, "change")),
            (Known::Loading, _) => "Comparing…".to_owned(),
            (Known::Failed(..), _) => format!("Not compared: all of the API goes to {stage}"),
        };
        match (&action.canary, &action.before) {
            (Some(canary), Some(_)) => format!("{what}, for {} % of its requests", canary.percent),
            (None, Some(before)) => format!("{what}; {before} stays, and Stages goes back to it"),
            (_, None) => format!("{what}, which is made"),
        }
    }

    /// Where to, how, and what to know.
    fn beside(
        &mut self,
        ui: &mut Ui,
        detail: &ApiDetail,
        known: &Known,
        cli: &str,
        cx: &mut Cx<'_>,
    ) {
        if let Some(error) = self.failed.clone() {
            let pressed = state::alert(ui, &error, false);
            if pressed.sign_in {
                cx.messages.push(Message::SignIn);
            }
            if pressed.retry {
                self.failed = None;
                cx.store.refresh();
            }
        }
        let enabled = self.running.is_none();
        let behind = match known {
            Known::Ready => Some(self.compared.difference().counts().all()),
            _ => None,
        };
        ui.add_enabled_ui(enabled, |ui| {
            if self.side.ui(ui, detail, behind, cx) {
                self.typed.clear();
                self.failed = None;
                self.done = false;
            }
        });
        if matches!(known, Known::Ready) {
            let risk = super::side::risks(ui, self.compared.difference());
            if let Some(number) = risk {
                self.compared.tree.go_to_risk(number);
            }
        }
        super::side::command(ui, cli);
    }

    /// What would change, or why that is not known.
    fn changes(
        &mut self,
        ui: &mut Ui,
        stage: Option<&Stage>,
        known: &Known,
        height: Option<f32>,
        cx: &mut Cx<'_>,
    ) {
        match known {
            Known::Loading => {
                state::skeleton(ui, "what would change", 8);
            }
            Known::Failed(what, error) => {
                let words = format!("What would change is not known: {what} could not be read.");
                let words = RichText::new(words).color(Theme::of(ui).warn);
                ui.add(Label::new(words).wrap());
                let pressed = state::alert(ui, error, false);
                if pressed.retry {
                    cx.store.refresh();
                }
                if pressed.sign_in {
                    cx.messages.push(Message::SignIn);
                }
            }
            Known::Ready if self.compared.difference().is_empty() => self.nothing(ui, stage),
            Known::Ready => {
                let before = match stage {
                    Some(stage) => format!("{} now", stage.name),
                    None => "Now".to_owned(),
                };
                let mut how =
                    Show::new("What would change").sides(&before, "After this deployment");
                if let Some(height) = height {
                    how = how.height(height);
                }
                self.compared.tree.show(ui, &how);
            }
        }
    }

    fn nothing(&self, ui: &mut Ui, stage: Option<&Stage>) {
        let name = stage.map_or("It", |stage| stage.name.as_str());
        ui.add_space(space::XL);
        ui.vertical_centered(|ui| {
            let theme = Theme::of(ui);
            glyph(ui, Icon::CIRCLE_CHECK, 24.0, theme.ok);
            let words = format!("{name} has what the API has");
            ui.label(RichText::new(words).font(fonts::semibold(size::HEADING)));
            if let Some(stage) = stage {
                let words = format!("Deployment {}", stage.deployment_id);
                ui.label(RichText::new(words).color(theme.muted));
            }
        });
    }
}

/// When and why a stage was deployed, as "34 min ago, capture: back".
pub fn deployed_words(detail: &ApiDetail, deployment: &str, cx: &Cx<'_>) -> String {
    let found = detail.deployments.iter().find(|of| of.id == deployment);
    let Some(found) = found else {
        return String::new();
    };
    let ago = found.created_at.map(|at| format::ago(at, cx.now, cx.zone));
    let said = Some(found.description.clone()).filter(|text| !text.is_empty());
    let words: Vec<String> = ago.into_iter().chain(said).collect();
    words.join(", ")
}

/// The address of a stage, with a way to copy it.
pub fn address(ui: &mut Ui, url: &str) {
    kv::grid(ui, &format!("address {url}"), &[("URL", Value::Code(url))]);
}
