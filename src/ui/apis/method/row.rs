//! A row of the form that is drawn by hand: its mark, its way back, what is wrong with it.

use egui::{Key, Ui};

use crate::model::draft::method::{MethodField, MethodForm};
use crate::model::draft::{Draft, Values};
use crate::ui::icons::Icon;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::form::Row;
use crate::ui::widgets::text_field::TextField;

/// Draws one for `fields`, which are shown and put back as one; `said` has the server's value in words.
pub fn own(
    ui: &mut Ui,
    draft: &mut Draft<MethodForm>,
    label: &str,
    fields: &[MethodField],
    help: &str,
    said: impl FnOnce(&MethodForm) -> String,
    input: impl FnOnce(&mut Ui, &mut Draft<MethodForm>),
) -> bool {
    let differs = fields.iter().any(|field| draft.differs(field));
    let was = differs.then(|| said(draft.base()));
    let wrong = fields.iter().find_map(|field| draft.problem(field));
    let output = Row::new(label)
        .help(help)
        .was(was.as_deref())
        .wrong(wrong.as_deref().unwrap_or_default())
        .show(ui, |ui| input(ui, draft));
    if output.revert {
        for field in fields {
            draft.revert(field);
        }
    }
    output.revert
}

/// A choice of one field's value from a list that opens: value and words.
pub fn choice(
    ui: &mut Ui,
    draft: &mut Draft<MethodForm>,
    field: &MethodField,
    help: &str,
    choices: &[(&str, &str)],
) {
    let label = MethodForm::describe(field).label;
    let words = |form: &MethodForm| {
        let value = form.get(field).unwrap_or_default();
        let found = choices.iter().find(|(one, _)| *one == value);
        found.map_or(value.clone(), |(_, words)| (*words).to_owned())
    };
    let now = draft.mine.get(field).unwrap_or_default();
    let shown = match words(&draft.mine) {
        words if words.is_empty() => "Choose".to_owned(),
        words => words,
    };
    own(
        ui,
        draft,
        &label,
        std::slice::from_ref(field),
        help,
        words,
        |ui, draft| {
            crate::ui::widgets::drop_down::drop_down(ui, &label, &shown, |ui| {
                for (value, words) in choices {
                    if crate::ui::widgets::drop_down::entry(ui, *value == now, words, "") {
                        draft.mine.set(field, Some((*value).to_owned()));
                    }
                }
            });
        },
    );
}

/// A line to add something by its name, with Enter or the button; what was added. `check` says why it can't be.
pub fn adds(
    ui: &mut Ui,
    label: &str,
    hint: &str,
    text: &mut String,
    button: &str,
    check: impl Fn(&str) -> Result<(), &'static str>,
) -> Option<String> {
    let mut added = None;
    ui.horizontal_wrapped(|ui| {
        let field = TextField::new(label, text).mono().hint(hint).width(180.0);
        let entered = field.show(ui);
        let name = text.trim().to_owned();
        let may = check(&name);
        let named = format!("{button}: {label}");
        let button = Button::new(button).icon(Icon::PLUS).name(&named);
        let pressed = button.available(may).show(ui).clicked();
        let enter = entered.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if (pressed || enter) && may.is_ok() {
            text.clear();
            added = Some(name);
        }
    });
    added
}
