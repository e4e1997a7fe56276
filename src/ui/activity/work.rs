//! Actions of this session: running ones with progress and Cancel, finished ones with their outcome.

use egui::{Label, RichText, ScrollArea, Ui};

use super::undo::Undoing;
use super::undo_button;
use crate::model::format;
use crate::store::ActionState;
use crate::ui::cx::Cx;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, copy_button, icon_button};
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::in_order::in_order;
use crate::ui::widgets::state::{Empty, empty_state};

/// The part's state between frames.
#[derive(Default)]
pub struct Work {}

impl Work {
    /// Draws it, newest first.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>, undoing: &mut Option<Undoing>) {
        let mut cancel = None;
        let count = cx.store.actions().count();
        if count == 0 {
            let empty = Empty {
                icon: Icon::ACTIVITY,
                title: "Nothing was done yet",
                advice: "Changes, uploads and invocations of this session show here, with their progress.",
                action: "",
            };
            empty_state(ui, &empty);
            return;
        }
        ScrollArea::vertical()
            .auto_shrink(false)
            .show_rows(ui, 52.0, count, |ui, range| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let shown = cx.store.actions().rev().skip(range.start);
                let shown: Vec<ActionState> = shown.take(range.len()).cloned().collect();
                for action in &shown {
                    if row(ui, action, cx, undoing) {
                        cancel = Some(action.id);
                    }
                }
            });
        if let Some(id) = cancel {
            cx.store.cancel_action(id, cx.now);
        }
    }
}

fn outcome(action: &ActionState) -> (Tone, String) {
    match &action.result {
        None => {
            let label = action.progress.label();
            (
                Tone::Accent,
                if label.is_empty() {
                    "Running".to_owned()
                } else {
                    label
                },
            )
        }
        Some(Ok(applied)) if applied.failed => (Tone::Err, applied.summary.clone()),
        Some(Ok(applied)) if applied.summary.is_empty() => (Tone::Ok, "Done".to_owned()),
        Some(Ok(applied)) => (Tone::Ok, applied.summary.clone()),
        Some(Err(error)) => {
            let tone = if error.is_fault() {
                Tone::Err
            } else {
                Tone::Muted
            };
            (tone, format!("{}: {}", error.headline(), error.message))
        }
    }
}

/// One action; true when Cancel was pressed.
fn row(ui: &mut Ui, action: &ActionState, cx: &mut Cx<'_>, undoing: &mut Option<Undoing>) -> bool {
    let theme = Theme::of(ui);
    let (now, zone) = (cx.now, cx.zone);
    let mut cancel = false;
    let (tone, words) = outcome(action);
    let record = cx.store.record_of(action).cloned();
    // What it changed says more than that it is done.
    let words = match record.as_ref().filter(|record| record.succeeded()) {
        Some(record) if !record.summary().is_empty() => record.summary(),
        _ => words,
    };
    let row = ui.allocate_ui_with_layout(
        egui::vec2(ui.available_width(), 52.0),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.add_space(space::L);
            ui.vertical(|ui| {
                ui.add_space(6.0);
                ui.spacing_mut().item_spacing.y = 2.0;
                ui.set_width((ui.available_width() - 220.0).max(200.0));
                ui.horizontal(|ui| {
                    ui.label(RichText::new(&action.plan.title).font(fonts::medium(size::BODY)));
                    let target =
                        RichText::new(action.plan.target_name()).font(fonts::mono(size::SMALL));
                    ui.label(target.color(theme.muted));
                });
                ui.horizontal(|ui| {
                    chip::state(ui, tone, "");
                    ui.add(Label::new(RichText::new(&words).color(theme.muted)).truncate())
                        .on_hover_text(&words);
                });
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add_space(space::L);
                in_order(ui, "with the work", |ui| {
                    if action.is_running() {
                        let name = format!("Cancel {}", action.plan.title);
                        cancel = Button::new("Cancel").name(&name).show(ui).clicked();
                    }
                    if let Some(record) = record.as_ref().filter(|record| record.undo.is_some()) {
                        let of = action.plan.target_name();
                        let name = format!("Undo “{}” of {of}", action.plan.title);
                        undo_button(ui, record, &name, undoing, cx);
                    }
                    if let Some(Ok(applied)) = &action.result
                        && let Some(id) = &applied.request_id
                    {
                        copy_button(ui, "request id", || id.clone()).on_hover_text(id);
                    }
                    if icon_button(ui, Icon::TERMINAL, "Copy AWS CLI command").clicked() {
                        ui.ctx().copy_text(action.plan.cli.clone());
                    }
                });
                if action.is_running() {
                    let (done, total) = action.progress.amount();
                    if total > 0 {
                        let share = done as f32 / total as f32;
                        ui.add(
                            egui::ProgressBar::new(share)
                                .desired_width(90.0)
                                .show_percentage(),
                        );
                    }
                }
                let when = match action.finished_at {
                    Some(at) => format!(
                        "{} · {}",
                        format::duration((at - action.started_at) as f64),
                        format::ago(at, now, zone)
                    ),
                    None => format!("since {}", format::clock(action.started_at, zone)),
                };
                ui.label(
                    RichText::new(when)
                        .font(fonts::body(size::SMALL))
                        .color(theme.muted),
                );
            });
        },
    );
    let rect = row.response.rect;
    ui.painter().hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        egui::Stroke::new(1.0, theme.row_line),
    );
    cancel
}
