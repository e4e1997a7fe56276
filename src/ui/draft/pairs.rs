//! Rows of names and values: checked while they are typed, masked where they are secret, each with a way back.

use egui::{RichText, Ui, vec2};

use crate::model::draft::{Draft, PairProblems, Paired};
use crate::model::secret::Secret;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, size};
use crate::ui::widgets::button::{Button, icon_button};
use crate::ui::widgets::text_field::{TextField, secret_field};

const NAME: f32 = 240.0;
/// Buttons and gaps take so much of a row beside the fields.
const REST: f32 = 170.0;

/// What the rows keep between frames.
#[derive(Debug, Default)]
pub struct Rows {
    revealed: Vec<bool>,
    /// The row whose value is seen because it is being typed for the first time, and not because somebody asked to see it.
    fresh: Option<usize>,
    /// The row that was just added gets the keyboard.
    added: bool,
}

/// What was pressed in a row.
#[derive(Default)]
struct Pressed {
    remove: bool,
    revert: bool,
    /// Enter in its value: another row.
    another: bool,
}

impl Rows {
    /// Draws the rows of the draft, what is taken away, and the button that adds one.
    pub fn ui<V: Paired>(&mut self, ui: &mut Ui, draft: &mut Draft<V>) {
        let theme = Theme::of(ui);
        let problems = draft.mine.pair_problems(draft.base());
        let count = draft.mine.rows().len();
        self.revealed.resize(count, false);
        let mut add = false;
        let (mut gone, mut back) = (None, None);
        if count == 0 {
            let text = RichText::new(format!("No {}s", V::WORDS.one));
            ui.label(text.color(theme.muted));
        }
        for row in 0..count {
            let pressed = self.row(ui, draft, row, problems.of_row(row));
            add |= pressed.another && row + 1 == count;
            if pressed.remove {
                gone = Some(row);
            }
            if pressed.revert {
                back = Some(V::pair(&draft.mine.rows()[row].0));
            }
        }
        if let Some(row) = gone {
            draft.mine.rows_mut().remove(row);
            self.revealed.remove(row);
            self.fresh = None;
        }
        if let Some(field) = back {
            draft.revert(&field);
        }
        self.removed(ui, draft);
        add |= foot::<V>(ui, &problems);
        if add {
            let row = (String::new(), Secret::default());
            draft.mine.rows_mut().push(row);
            self.revealed.push(true);
            self.fresh = Some(count);
            self.added = true;
        }
    }

    fn row<V: Paired>(
        &mut self,
        ui: &mut Ui,
        draft: &mut Draft<V>,
        row: usize,
        problem: Option<&str>,
    ) -> Pressed {
        let theme = Theme::of(ui);
        let words = V::WORDS;
        let name = draft.mine.rows()[row].0.clone();
        let was = match name.as_str() {
            "" => None,
            name => draft.was(&V::pair(name)),
        };
        let mut pressed = Pressed::default();
        let called = match name.as_str() {
            "" => format!("{} {}", words.one, row + 1),
            name => name.to_owned(),
        };
        ui.push_id((words.one, row), |ui| {
            let row = |ui: &mut Ui| {
                ui.set_min_height(CONTROL_HEIGHT);
                pressed.another = self.inputs(ui, draft, row, problem.is_some());
                let remove = icon_button(ui, Icon::TRASH_2, &format!("Remove {called}"));
                pressed.remove = remove.clicked();
                if let Some(was) = &was {
                    let (dot, _) = ui.allocate_exact_size(vec2(6.0, 6.0), egui::Sense::hover());
                    ui.painter().circle_filled(dot.center(), 3.0, theme.accent);
                    if !words.masked {
                        let text = if was.is_empty() { "new" } else { "was" };
                        let text = RichText::new(format!("{text} {was}"));
                        let text = text.font(fonts::body(size::SMALL)).color(theme.accent);
                        ui.add(egui::Label::new(text).truncate());
                    }
                    pressed.revert = revert(ui, &name);
                }
            };
            // Name and value stand below each other where they have no room beside each other.
            if is_narrow(ui) {
                ui.horizontal_wrapped(row);
            } else {
                ui.horizontal(row);
            }
            if let Some(problem) = problem {
                let words = format!("▲ {problem}");
                let words = RichText::new(words).font(fonts::body(size::SMALL));
                ui.add(egui::Label::new(words.color(theme.err)).wrap());
            }
        });
        pressed
    }

    /// Name and value; true where Enter asks for another row.
    fn inputs<V: Paired>(
        &mut self,
        ui: &mut Ui,
        draft: &mut Draft<V>,
        row: usize,
        wrong: bool,
    ) -> bool {
        let words = V::WORDS;
        let rows = draft.mine.rows_mut();
        let last = row + 1 == rows.len();
        let Some((name, value)) = rows.get_mut(row) else {
            return false;
        };
        let narrow = is_narrow(ui);
        let room = ui.max_rect().width();
        let name_width = match narrow {
            true => (room - 24.0).clamp(100.0, NAME),
            false if room < NAME + REST + 160.0 => 160.0,
            false => NAME,
        };
        let width = match narrow {
            true => (room - 120.0).clamp(100.0, 320.0),
            false => (room - name_width - REST).clamp(100.0, 320.0),
        };
        let number = row + 1;
        let label = format!("{} of {} {number}", words.name, words.one);
        let field = TextField::new(&label, name)
            .hint(words.name_hint)
            .mono()
            .width(name_width)
            .wrong(wrong)
            .show(ui);
        if self.added && last {
            field.request_focus();
            self.added = false;
        }
        if narrow {
            // A field with buttons of its own does not wrap by itself.
            ui.end_row();
        }
        if words.masked {
            let label = match name.as_str() {
                "" => format!("Value of {} {number}", words.one),
                name => format!("Value of {name}"),
            };
            let revealed = &mut self.revealed[row];
            let field = secret_field(ui, &label, value.reveal_mut(), revealed, width);
            // What was typed is hidden with the next step: a dialog may be photographed.
            if self.fresh == Some(row) && field.lost_focus() {
                *revealed = false;
                self.fresh = None;
            }
            return false;
        }
        let label = format!("Value of {} {number}", words.one);
        let field = TextField::new(&label, value.reveal_mut())
            .hint("value")
            .width(width)
            .show(ui);
        field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))
    }

    /// Rows that the server has and the draft has not, each with a way back.
    fn removed<V: Paired>(&mut self, ui: &mut Ui, draft: &mut Draft<V>) {
        let theme = Theme::of(ui);
        let there = |name: &str| draft.mine.rows().iter().any(|(other, _)| other == name);
        let gone: Vec<V::Field> = draft
            .changed()
            .into_iter()
            .filter(|field| V::pair_name(field).is_some_and(|name| !there(name)))
            .collect();
        for field in gone {
            let Some(name) = V::pair_name(&field) else {
                continue;
            };
            ui.horizontal(|ui| {
                let words = RichText::new(format!("− {name} will be removed"));
                ui.label(words.font(fonts::mono(size::SMALL)).color(theme.muted));
                if revert(ui, name) {
                    draft.revert(&field);
                    self.revealed.push(false);
                }
            });
        }
    }
}

/// Names and values don't stand beside each other.
fn is_narrow(ui: &Ui) -> bool {
    ui.max_rect().width() < 160.0 + REST + 100.0
}

fn revert(ui: &mut Ui, name: &str) -> bool {
    icon_button(ui, Icon::UNDO_2, &format!("Revert {name}")).clicked()
}

/// The button that adds a row, and how much of the room is taken; true where it was pressed.
fn foot<V: Paired>(ui: &mut Ui, problems: &PairProblems) -> bool {
    let theme = Theme::of(ui);
    let mut add = false;
    ui.horizontal_wrapped(|ui| {
        let text = format!("Add {}", V::WORDS.one);
        add = Button::new(&text).icon(Icon::PLUS).show(ui).clicked();
        let color = match problems.total {
            Some(_) => theme.err,
            None => theme.muted,
        };
        let used = RichText::new(&problems.used).font(fonts::body(size::SMALL));
        ui.label(used.color(color));
    });
    if let Some(words) = &problems.total {
        ui.label(RichText::new(format!("▲ {words}")).color(theme.err));
    }
    add
}
