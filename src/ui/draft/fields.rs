//! The fields of a draft as rows of a form, each drawn as its descriptor says.

use egui::{ScrollArea, TextEdit, Ui};

use super::Editor;
use crate::model::draft::{Descriptor, Draft, Input, Values};
use crate::ui::fonts;
use crate::ui::theme::size;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, checkbox, form};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::steady::steady_id;
use crate::ui::widgets::text_field::TextField;

const NUMBER: f32 = 120.0;
const LIST: f32 = 360.0;

impl<V: Values> Editor<V> {
    /// A form with these fields; `name` sets it apart from others of the panel, `now` is in milliseconds since the epoch.
    pub fn fields(&mut self, ui: &mut Ui, name: &str, fields: &[V::Field], now: i64) {
        let Some(draft) = &mut self.draft else { return };
        form(ui, name, |ui| {
            for field in fields {
                row(ui, draft, field, now);
            }
        });
    }
}

fn row<V: Values>(ui: &mut Ui, draft: &mut Draft<V>, field: &V::Field, now: i64) {
    let descriptor = V::describe(field);
    let was = draft.was(field);
    let wrong = draft.problem(field).unwrap_or_default();
    let note = draft.mine.note(field, now);
    let row = Row::new(&descriptor.label)
        .unit(descriptor.unit)
        .help(note.as_deref().unwrap_or(descriptor.help))
        .was(was.as_deref())
        .wrong(&wrong);
    let output = row.show(ui, |ui| {
        input(
            ui,
            &mut draft.mine,
            field,
            &descriptor,
            !wrong.is_empty(),
            now,
        );
    });
    if output.revert {
        draft.revert(field);
    }
}

fn input<V: Values>(
    ui: &mut Ui,
    values: &mut V,
    field: &V::Field,
    descriptor: &Descriptor,
    wrong: bool,
    now: i64,
) {
    let label = descriptor.label.as_ref();
    let width = match descriptor.input {
        Input::Line(width) => width.min(ui.available_width()).max(NUMBER),
        _ => NUMBER,
    };
    match descriptor.input {
        Input::Line(_) | Input::Number => {
            if let Some(text) = values.typed(field) {
                let field = TextField::new(label, text).width(width).wrong(wrong);
                // Names of things in code are read letter by letter.
                let field = match descriptor.code {
                    true => field.mono(),
                    false => field,
                };
                field.show(ui);
            }
        }
        Input::Paragraph => {
            if let Some(text) = values.typed(field) {
                let edit = TextEdit::multiline(text)
                    .id(steady_id(ui, label))
                    .desired_rows(3)
                    .desired_width(ui.available_width().min(420.0))
                    .font(fonts::body(size::BODY));
                ui.add(edit).accessible_name(label);
            }
        }
        Input::OneOf(choices) => one_of(ui, values, field, label, &choices(now)),
        Input::Segments(choices) => {
            let now = values.get(field).unwrap_or_default();
            let mut chosen = choices.iter().position(|(value, _)| *value == now);
            let words: Vec<(Option<usize>, &str)> = choices
                .iter()
                .enumerate()
                .map(|(at, (_, words))| (Some(at), *words))
                .collect();
            if segmented(ui, label, &mut chosen, &words)
                && let Some((value, _)) = chosen.and_then(|at| choices.get(at))
            {
                values.set(field, Some((*value).to_owned()));
            }
        }
        Input::Tick(words) => {
            let mut on = values.get(field).as_deref() == Some("true");
            if checkbox(ui, &mut on, words).changed() {
                values.set(field, Some(on.to_string()));
            }
        }
        Input::Own => {}
    }
}

fn one_of<V: Values>(
    ui: &mut Ui,
    values: &mut V,
    field: &V::Field,
    label: &str,
    choices: &[crate::model::draft::Choice],
) {
    let now = values.get(field).unwrap_or_default();
    drop_down(ui, label, &now, |ui| {
        ScrollArea::vertical().max_height(LIST).show(ui, |ui| {
            for choice in choices {
                if entry(ui, choice.value == now, &choice.value, &choice.but) {
                    values.set(field, Some(choice.value.clone()));
                }
            }
        });
    });
}
