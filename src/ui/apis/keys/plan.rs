//! One plan: its limits as a draft, the stages that it opens, its keys with what they used, and where that leads.

use std::sync::Arc;

use egui::{Frame, Grid, Label, Margin, RichText, ScrollArea, Ui};
use jiff::civil::Date;

use super::ask::{Ask, End, What};
use super::chart::Chart;
use super::side::usage_of;
use super::table::{self, OfPlan, Wish};
use super::value::Values;
use crate::cloud::apigateway::apis::ListApis;
use crate::cloud::apigateway::change_plan::ChangePlan;
use crate::cloud::apigateway::key_change::RemoveKey;
use crate::cloud::apigateway::keys::KeyRing;
use crate::command::Command;
use crate::model::api::keys::{ApiKey, STAGES, UsagePlan};
use crate::model::api::stage::Moved;
use crate::model::draft::plan::{PlanField, PlanValues, changes, notes};
use crate::model::format::{counted, number};
use crate::store::Loadable;
use crate::ui::cx::{Cx, Message};
use crate::ui::draft::{Bar, Editor, Place};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::state;
use crate::ui::widgets::table::TableState;
use crate::ui::widgets::toolbar::{Look, Toolbar};

/// What the page keeps between frames.
#[derive(Default)]
pub struct PlanPage {
    /// The plan that is shown.
    of: String,
    editor: Editor<PlanValues>,
    /// The settings are open as a form.
    open: bool,
    ask: Option<Ask>,
    table: TableState,
    chart: Chart,
}

#[derive(Clone, Copy)]
enum Press {
    Key,
    Stage,
    CopyId,
}

impl PlanPage {
    /// What would be lost.
    pub fn unsaved(&self) -> Option<String> {
        self.editor.unsaved("setting", "settings")
    }

    /// Draws it; what is asked of a key that is not the page's own to do.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        plan: &UsagePlan,
        ring: &KeyRing,
        values: &Values,
        today: Date,
        cx: &mut Cx<'_>,
    ) -> Option<(Wish, ApiKey)> {
        if self.of != plan.id {
            *self = Self {
                of: plan.id.clone(),
                ..Self::default()
            };
        }
        let applied = self.editor.follow(cx);
        if let Some(made) = applied.and_then(|applied| applied.output::<UsagePlan>()) {
            self.editor.leave();
            self.open = false;
            self.editor
                .bring_up_to_date(&made.name, None, || PlanValues::of(&made));
        }
        self.editor
            .bring_up_to_date(&plan.name, None, || PlanValues::of(plan));
        self.bar(ui, plan, cx);
        let known = cx.store.want(&usage_of(plan, today, false), cx.now);
        let of = OfPlan {
            plan,
            usage: known.shown().map(|usage| &**usage),
            today,
        };
        self.head(ui, plan, cx);
        let mut wish = None;
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let margin = Margin::symmetric(space::L as i8, space::S as i8);
            Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = space::S;
                if let Some(ask) = self.ask.as_mut().filter(|ask| ask.is_of(plan))
                    && ask.ui(ui, plan, ring, cx) == End::Done
                {
                    self.ask = None;
                }
                self.limits(ui, plan, cx);
                stages(ui, plan, cx);
                wish = self.keys(ui, &of, &known, ring, values, cx);
            });
        });
        let (wish, key) = wish?;
        match wish {
            Wish::Extend => {
                let before = of.usage.map(|usage| usage.standing(plan, &key.id, today));
                if let Some(before) = before.and_then(|standing| standing.left) {
                    let text = before.to_string();
                    let what = What::Left { key, before, text };
                    self.ask = Some(Ask::new(plan, what));
                }
                None
            }
            Wish::Remove => {
                cx.review(Arc::new(RemoveKey {
                    plan: (plan.id.clone(), plan.name.clone()),
                    key: (key.id, key.name),
                    context: cx.connection.cli(),
                }));
                None
            }
            other => Some((other, key)),
        }
    }

    fn head(&mut self, ui: &mut Ui, plan: &UsagePlan, cx: &mut Cx<'_>) {
        ui.add_space(10.0);
        let may = cx.may_write();
        let add = Button::new("Add key…").primary().icon(Icon::PLUS);
        let stage = Button::new("Open a stage…").icon(Icon::PLUS);
        let pressed = Toolbar::new("The plan")
            .inset(space::L)
            .heading(plan.name.as_str(), 90.0)
            .text(plan.id.as_str(), Look::Muted)
            .rank(2)
            .button(
                Button::icon_only(Icon::COPY, "Copy the plan's ID"),
                Press::CopyId,
            )
            .rank(2)
            .text(plan.description.as_str(), Look::Muted)
            .rank(1)
            .space()
            .button(stage.available(may), Press::Stage)
            .rank(5)
            .button(add.available(may), Press::Key)
            .stays()
            .show(ui)
            .pressed;
        match pressed {
            Some(Press::Key) => {
                let name = String::new();
                self.ask = Some(Ask::new(plan, What::Key { name }));
            }
            Some(Press::Stage) => self.ask = Some(Ask::new(plan, What::Stage { api: None })),
            Some(Press::CopyId) => ui.ctx().copy_text(plan.id.clone()),
            None => {}
        }
    }

    fn bar(&mut self, ui: &mut Ui, plan: &UsagePlan, cx: &mut Cx<'_>) {
        let dirty = self.editor.draft().is_some_and(|draft| draft.is_dirty());
        if !dirty {
            return;
        }
        let bar = Bar {
            name: "plan",
            place: Place::Bottom,
            note: "hold for every key of the plan",
        };
        let (id, name) = (plan.id.clone(), plan.name.clone());
        let title = format!("Change the plan {name}");
        let context = cx.connection.cli();
        self.editor.bar(ui, &bar, cx, |draft| {
            let moved = changes(draft);
            if moved.is_empty() {
                return Err("Nothing was changed.".to_owned());
            }
            Ok(Arc::new(ChangePlan {
                id,
                name,
                title,
                notes: notes(&moved),
                moved,
                context,
            }))
        });
    }

    fn limits(&mut self, ui: &mut Ui, plan: &UsagePlan, cx: &mut Cx<'_>) {
        if Editor::<PlanValues>::lock(ui, cx.may_write()) {
            cx.messages.push(Message::Run(Command::ToggleReadOnly));
        }
        self.editor.notices(ui);
        let dirty = self.editor.draft().is_some_and(|draft| draft.is_dirty());
        if !self.open && !dirty {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(plan.limits()).font(fonts::medium(size::BODY)));
                ui.label(RichText::new("for each key").color(Theme::of(ui).muted));
                self.open = Button::new("Change…")
                    .name("Change the plan…")
                    .show(ui)
                    .clicked();
            });
            return;
        }
        let enabled = self.editor.running(cx).is_none();
        ui.add_enabled_ui(enabled, |ui| {
            self.editor
                .fields(ui, "the plan's settings", &PlanField::ALL, cx.now);
        });
    }

    fn keys(
        &mut self,
        ui: &mut Ui,
        of: &OfPlan<'_>,
        known: &Loadable<crate::model::api::usage::Usage>,
        ring: &KeyRing,
        values: &Values,
        cx: &Cx<'_>,
    ) -> Option<(Wish, ApiKey)> {
        ui.add_space(space::XS);
        ui.horizontal_wrapped(|ui| {
            let title = format!("Keys {}", of.plan.keys.len());
            ui.label(RichText::new(title).font(fonts::semibold(size::BODY)));
            let words = match &of.plan.quota {
                Some((limit, period)) => format!(
                    "each may call {} times a {}, counted in UTC; API Gateway counts some minutes late",
                    number(f64::from(*limit)),
                    period.to_lowercase()
                ),
                None => "without a quota; what is used is counted all the same".to_owned(),
            };
            ui.label(RichText::new(words).color(Theme::of(ui).muted));
        });
        if let Some(error) = &known.error {
            state::error_line(ui, error);
        }
        if of.plan.keys.is_empty() {
            quiet(ui, "No keys yet: nobody gets in through this plan.");
            return None;
        }
        let keys = &of.plan.keys;
        let table = &mut self.table;
        let wish = table::keys(ui, keys, Some(of), &ring.plans, values, table, cx);
        if let Some(key) = self.table.selected.and_then(|at| keys.get(at)) {
            ui.add_space(space::S);
            self.chart.ui(ui, of, key, cx);
        }
        wish.map(|(wish, key)| (wish, key.clone()))
    }
}

/// What the plan's keys open, and the limits of single methods.
fn stages(ui: &mut Ui, plan: &UsagePlan, cx: &mut Cx<'_>) {
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        let title = format!("Stages {}", plan.stages.len());
        ui.label(RichText::new(title).font(fonts::semibold(size::BODY)));
        let words = "what the plan's keys open, and limits of single methods";
        ui.label(RichText::new(words).color(Theme::of(ui).muted));
    });
    if plan.stages.is_empty() {
        let words = RichText::new("It opens nothing: it has no stage");
        ui.label(words.color(Theme::of(ui).warn));
        return;
    }
    let apis = cx.store.want(&ListApis {}, cx.now);
    let may = cx.may_write();
    let mut closed = None;
    Grid::new(("stages of", &plan.id))
        .num_columns(5)
        .spacing([space::L, space::XS])
        .show(ui, |ui| {
            for (id, stage) in &plan.stages {
                let rows = apis.shown().into_iter().flat_map(|known| &known.rows);
                let mut rows = rows.filter(|row| row.id == *id);
                let name = rows.next().map_or(id.as_str(), |row| row.name.as_str());
                let own: Vec<_> = plan
                    .methods
                    .iter()
                    .filter(|of| of.stage.0 == *id && of.stage.1 == *stage)
                    .collect();
                let mut lines = vec![("every method".to_owned(), plan.rate, plan.burst)];
                lines.extend(own.iter().map(|of| {
                    (
                        format!("{} {}", of.verb, of.path),
                        Some(of.rate),
                        Some(of.burst),
                    )
                }));
                for (at, (method, rate, burst)) in lines.into_iter().enumerate() {
                    ui.label(if at == 0 { name } else { "" });
                    ui.label(if at == 0 { stage } else { "" });
                    ui.label(RichText::new(method).font(fonts::mono(size::SMALL)));
                    let limits = match (rate, burst) {
                        (Some(rate), Some(burst)) => format!("{} /s, burst {burst}", number(rate)),
                        _ => "the stage's limits".to_owned(),
                    };
                    ui.label(RichText::new(limits).color(Theme::of(ui).muted));
                    let said = format!("Close {name} {stage} to the plan…");
                    if at == 0 && may.is_ok() && icon_button(ui, Icon::X, &said).clicked() {
                        closed = Some((id.clone(), stage.clone(), name.to_owned()));
                    }
                    ui.end_row();
                }
            }
        });
    if let Some((id, stage, name)) = closed {
        cx.review(Arc::new(ChangePlan {
            id: plan.id.clone(),
            name: plan.name.clone(),
            title: format!("Close {name} {stage} to {}", plan.name),
            moved: vec![Moved {
                path: format!("{STAGES}{id}:{stage}"),
                before: Some("opened".to_owned()),
                after: None,
            }],
            notes: vec![format!(
                "{} can no longer call methods of {name} {stage} that require a key.",
                counted(plan.keys.len(), "key")
            )],
            context: cx.connection.cli(),
        }));
    }
}

/// A line that says what is not there.
fn quiet(ui: &mut Ui, words: &str) {
    let text = RichText::new(words).color(Theme::of(ui).muted);
    ui.add(Label::new(text).wrap());
}
