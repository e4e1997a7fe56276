//! The environment's variables: masked until revealed one by one, checked while typing.

use egui::{RichText, Ui};

use crate::cloud::lambda::function::FunctionDetail;
use crate::model::draft::{Draft, Field};
use crate::model::format::number_exact;
use crate::model::function::Secret;
use crate::model::limits::ENVIRONMENT_BYTES;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, size, space};
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::text_field::{TextField, secret_field};

/// Which rows are revealed.
#[derive(Default)]
pub struct Rows {
    revealed: Vec<bool>,
    /// The variable that was just added gets the keyboard.
    added: bool,
}

impl Rows {
    /// Draws the variables of the draft.
    pub fn ui(&mut self, ui: &mut Ui, draft: &mut Draft, detail: &FunctionDetail) {
        let theme = Theme::of(ui);
        if let Some(reason) = &detail.function.environment_error {
            let words =
                format!("▲ The variables can't be read, and so can't be changed here: {reason}");
            ui.label(RichText::new(words).color(theme.warn));
            return;
        }
        let problems = draft.environment_problems();
        self.revealed.resize(draft.mine.environment.len(), false);
        let mut gone = None;
        if draft.mine.environment.is_empty() {
            ui.label(RichText::new("No variables.").color(theme.muted));
        }
        for row in 0..draft.mine.environment.len() {
            let problem = problems
                .rows
                .iter()
                .find(|(at, _)| *at == row)
                .map(|(_, words)| words.as_str());
            if self.row(ui, draft, row, problem) {
                gone = Some(row);
            }
        }
        if let Some(row) = gone {
            draft.mine.environment.remove(row);
            self.revealed.remove(row);
        }
        self.removed(ui, draft);
        ui.horizontal(|ui| {
            if Button::new("Add variable")
                .icon(Icon::PLUS)
                .show(ui)
                .clicked()
            {
                draft
                    .mine
                    .environment
                    .push((String::new(), Secret::default()));
                self.revealed.push(true);
                self.added = true;
            }
            let used = format!(
                "{} of {} bytes",
                number_exact(i64::try_from(problems.bytes).unwrap_or(i64::MAX)),
                number_exact(i64::try_from(ENVIRONMENT_BYTES).unwrap_or(i64::MAX))
            );
            let color = if problems.total.is_some() {
                theme.err
            } else {
                theme.muted
            };
            ui.label(
                RichText::new(used)
                    .font(fonts::body(size::SMALL))
                    .color(color),
            );
        });
        if let Some(words) = &problems.total {
            ui.label(RichText::new(format!("▲ {words}")).color(theme.err));
        }
    }

    /// One variable; true when it is to be removed.
    fn row(&mut self, ui: &mut Ui, draft: &mut Draft, row: usize, problem: Option<&str>) -> bool {
        let theme = Theme::of(ui);
        let field = Field::Environment(draft.mine.environment[row].0.clone());
        let changed = !draft.mine.environment[row].0.is_empty() && draft.differs(&field);
        let mut remove = false;
        let mut revert = false;
        let count = draft.mine.environment.len();
        // Name, buttons and gaps take the rest of a narrow pane.
        let width = (ui.available_width() - 240.0 - 170.0).clamp(120.0, 320.0);
        ui.push_id(("variable", row), |ui| {
            ui.horizontal(|ui| {
                ui.set_min_height(CONTROL_HEIGHT);
                let (dot, _) = ui.allocate_exact_size(egui::vec2(6.0, 6.0), egui::Sense::hover());
                if changed {
                    ui.painter().circle_filled(dot.center(), 3.0, theme.accent);
                }
                let (name, value) = &mut draft.mine.environment[row];
                let label = format!("Name of variable {}", row + 1);
                let field = TextField::new(&label, name)
                    .hint("NAME")
                    .mono()
                    .width(240.0)
                    .wrong(problem.is_some())
                    .show(ui);
                if self.added && row + 1 == count {
                    field.request_focus();
                    self.added = false;
                }
                let label = if name.is_empty() {
                    format!("Value of variable {}", row + 1)
                } else {
                    format!("Value of {name}")
                };
                secret_field(
                    ui,
                    &label,
                    value.reveal_mut(),
                    &mut self.revealed[row],
                    width,
                );
                let name = draft.mine.environment[row].0.clone();
                remove = icon_button(ui, Icon::TRASH_2, &format!("Remove {name}")).clicked();
                if changed {
                    let name = format!("Revert {name}");
                    revert = Button::new("Revert")
                        .ghost()
                        .icon(Icon::UNDO_2)
                        .name(&name)
                        .show(ui)
                        .clicked();
                }
            });
            if let Some(problem) = problem {
                ui.horizontal(|ui| {
                    ui.add_space(space::M);
                    let words =
                        RichText::new(format!("▲ {problem}")).font(fonts::body(size::SMALL));
                    ui.label(words.color(theme.err));
                });
            }
        });
        if revert {
            draft.revert(&field);
        }
        remove
    }

    /// Variables that the server has and the draft has not, each with a way back.
    fn removed(&mut self, ui: &mut Ui, draft: &mut Draft) {
        let theme = Theme::of(ui);
        let gone: Vec<Field> = draft
            .changed()
            .into_iter()
            .filter(|field| match field {
                Field::Environment(name) => !draft
                    .mine
                    .environment
                    .iter()
                    .any(|(other, _)| other == name),
                _ => false,
            })
            .collect();
        for field in gone {
            let Field::Environment(name) = &field else {
                continue;
            };
            ui.horizontal(|ui| {
                ui.add_space(space::M);
                let words = RichText::new(format!("− {name} will be removed"))
                    .font(fonts::mono(size::SMALL));
                ui.label(words.color(theme.muted));
                let label = format!("Revert {name}");
                if Button::new("Revert")
                    .ghost()
                    .icon(Icon::UNDO_2)
                    .name(&label)
                    .show(ui)
                    .clicked()
                {
                    draft.revert(&field);
                    self.revealed.push(false);
                }
            });
        }
    }
}
