//! The mapping templates of an integration request: one a media type, each with what it makes of a sample beside it.

use egui::{Label, RichText, Ui};

use crate::model::draft::Draft;
use crate::model::draft::method::{MethodField, MethodForm};
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::code::{CodeEditor, Language, Marks};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::text_field::TextField;

use super::Shown;
use super::tester::Tester;

/// How high the editor is, in points.
pub const HEIGHT: f32 = 220.0;
/// Template, sample and output stand side by side from this width on, in points.
const BESIDE: f32 = 720.0;

/// What this part keeps between frames.
#[derive(Default)]
pub struct Template {
    /// The media type in front.
    chosen: String,
    /// The media type that is being added.
    new: Option<String>,
    editor: CodeEditor,
}

impl Template {
    /// Draws it; with `tester` also what a template makes of a sample.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        draft: &mut Draft<MethodForm>,
        tester: Option<&mut Tester>,
        shown: &Shown<'_>,
    ) {
        let theme = Theme::of(ui);
        if !draft.mine.templates.contains_key(&self.chosen) {
            let first = draft.mine.templates.keys().next();
            self.chosen = first.cloned().unwrap_or_default();
        }
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new("Template").font(fonts::semibold(size::BODY)));
            self.choose(ui, draft);
            let add = icon_button(ui, Icon::PLUS, "Add a template");
            if add.clicked() {
                let taken = draft.mine.templates.contains_key("application/json");
                let usual = if taken { "" } else { "application/json" };
                self.new = Some(usual.to_owned());
            }
            if !self.chosen.is_empty() {
                let name = format!("Remove the template for {}", self.chosen);
                if icon_button(ui, Icon::TRASH_2, &name).clicked() {
                    draft.mine.templates.remove(&self.chosen);
                }
            }
            let field = MethodField::Template(self.chosen.clone());
            if draft.differs(&field) {
                let words = match draft.base().templates.contains_key(&self.chosen) {
                    true => "changed",
                    false => "new",
                };
                ui.label(RichText::new(words).color(theme.accent));
                if icon_button(ui, Icon::UNDO_2, "Revert the template").clicked() {
                    draft.revert(&field);
                }
            }
        });
        self.add(ui, draft);
        gone(ui, draft);
        if let Some(text) = draft.mine.templates.get_mut(&self.chosen) {
            let name = format!("Template for {}", self.chosen);
            match tester {
                Some(tester) => self.tested(ui, &name, text, tester, shown),
                None => {
                    let words = "Not used: a proxy passes the request on as it is.";
                    ui.label(RichText::new(words).color(theme.warn));
                    self.editor.mark(Marks::default());
                    self.editor
                        .show(ui, &name, text, Language::Template, HEIGHT);
                }
            }
        } else if self.new.is_none() {
            let words = "None: a body is passed on, or refused, as No match says.";
            ui.add(Label::new(RichText::new(words).color(theme.muted)).wrap());
        }
    }

    /// The template, the sample and what comes of them.
    fn tested(
        &mut self,
        ui: &mut Ui,
        name: &str,
        text: &mut String,
        tester: &mut Tester,
        shown: &Shown<'_>,
    ) {
        tester.begin(shown);
        self.editor.mark(tester.render(text));
        if ui.available_width() < BESIDE {
            self.editor.show(ui, name, text, Language::Template, HEIGHT);
            tester.sample(ui, shown);
            tester.output(ui);
            return;
        }
        let room = ui.available_width() - 2.0 * space::M;
        let part = |ui: &mut Ui, share: f32, draw: &mut dyn FnMut(&mut Ui)| {
            ui.vertical(|ui| {
                ui.set_width(room * share);
                ui.spacing_mut().item_spacing.x = space::S;
                ui.spacing_mut().item_spacing.y = space::XS;
                draw(ui);
            });
        };
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            part(ui, 0.42, &mut |ui| {
                super::tester::title(ui, "Template", "VTL");
                self.editor.show(ui, name, text, Language::Template, HEIGHT);
            });
            part(ui, 0.28, &mut |ui| tester.sample(ui, shown));
            part(ui, 0.30, &mut |ui| tester.output(ui));
        });
    }

    fn choose(&mut self, ui: &mut Ui, draft: &Draft<MethodForm>) {
        if draft.mine.templates.is_empty() {
            return;
        }
        let shown = self.chosen.clone();
        drop_down(ui, "Media type", &shown, |ui| {
            for kind in draft.mine.templates.keys() {
                if entry(ui, *kind == self.chosen, kind, "") {
                    self.chosen.clone_from(kind);
                }
            }
        });
    }

    /// The media type of another template.
    fn add(&mut self, ui: &mut Ui, draft: &mut Draft<MethodForm>) {
        let Some(kind) = &mut self.new else { return };
        let mut close = false;
        ui.horizontal_wrapped(|ui| {
            let field = TextField::new("Media type of the template", kind);
            let entered = field.mono().hint("application/json").width(220.0).show(ui);
            let trimmed = kind.trim();
            let available = match trimmed {
                "$default" => Ok(()),
                _ if !trimmed.contains('/') => Err("As application/json, or $default"),
                _ if draft.mine.templates.contains_key(trimmed) => Err("It is there already"),
                _ => Ok(()),
            };
            let pressed = Button::new("Add").name("Add this template");
            let pressed = pressed.available(available).show(ui).clicked();
            let enter = entered.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            if (pressed || enter) && available.is_ok() {
                trimmed.clone_into(&mut self.chosen);
                let template = draft.mine.templates.entry(self.chosen.clone());
                template.or_default();
                close = true;
            }
            close |= Button::new("Cancel")
                .name("Add no template")
                .ghost()
                .show(ui)
                .clicked();
        });
        if close {
            self.new = None;
        }
    }
}

/// Templates that the API has and the draft has not, each with a way back.
fn gone(ui: &mut Ui, draft: &mut Draft<MethodForm>) {
    let there = &draft.mine.templates;
    let gone = draft.base().templates.keys();
    let gone: Vec<String> = gone
        .filter(|kind| !there.contains_key(*kind))
        .cloned()
        .collect();
    for kind in gone {
        ui.horizontal(|ui| {
            let words = RichText::new(format!("− {kind} will be removed"));
            ui.label(
                words
                    .font(fonts::mono(size::SMALL))
                    .color(Theme::of(ui).muted),
            );
            let name = format!("Bring back the template for {kind}");
            if icon_button(ui, Icon::UNDO_2, &name).clicked() {
                draft.revert(&MethodField::Template(kind.clone()));
            }
        });
    }
}
