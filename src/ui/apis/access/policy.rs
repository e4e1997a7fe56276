//! A resource policy in words and as JSON. Both write the same draft: what is changed in one stands in the other at once.

use std::borrow::Cow;

use egui::Ui;

use super::{edit, heading, quiet};
use crate::model::api::ApiDetail;
use crate::model::api::access::{
    Judged, MOST_BYTES, Row, add, compact, lines_of, remove, rows, template, write,
};
use crate::model::draft::Draft;
use crate::model::draft::policy::{PolicyField, PolicyForm};
use crate::model::format;
use crate::ui::icons::Icon;
use crate::ui::theme::{HEADER_HEIGHT, ROW_HEIGHT, Theme, space};
use crate::ui::widgets::button::{Button, copy_button, icon_button};
use crate::ui::widgets::chip::{self, Tone};
use crate::ui::widgets::code::{CodeEditor, Language, Marks};
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;

/// How high the JSON is, in points.
const JSON: f32 = 380.0;
/// So many statements are seen at once at most.
const SEEN: usize = 8;

const COLUMNS: [Column; 5] = [
    Column::new("number", "#", 36.0)
        .min(30.0)
        .unsorted()
        .required(),
    Column::new("effect", "Effect", 86.0)
        .min(70.0)
        .unsorted()
        .required(),
    Column::new("who", "Who", 190.0)
        .min(90.0)
        .unsorted()
        .priority(9),
    Column::new("what", "May or may not call", 210.0)
        .min(100.0)
        .unsorted()
        .priority(8),
    Column::new("when", "When", 220.0)
        .min(90.0)
        .unsorted()
        .priority(7),
];

/// Statements that people begin with.
const TEMPLATES: [(&str, &str, &str); 5] = [
    ("everyone", "Everyone may call", "any method of any stage"),
    (
        "addresses",
        "These addresses may call",
        "a block of addresses",
    ),
    (
        "deny addresses",
        "These addresses may not call",
        "whatever else allows them",
    ),
    ("endpoint", "Through a VPC endpoint", "for private APIs"),
    (
        "account",
        "Another account may call",
        "signed; its own policies count too",
    ),
];

/// What it keeps between frames.
#[derive(Default)]
pub struct Policy {
    table: TableState,
    editor: CodeEditor,
}

struct StatementRows<'a> {
    rows: &'a [Row],
    judged: Option<&'a Judged>,
}

impl StatementRows<'_> {
    fn decides(&self, row: usize) -> bool {
        let of = self.judged.and_then(|judged| judged.statements.get(row));
        of.is_some_and(|said| said.decides)
    }
}

impl Rows for StatementRows<'_> {
    fn count(&self) -> usize {
        self.rows.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        format!("Statement {}", row + 1).into()
    }

    fn said(&self, row: usize) -> Cow<'_, str> {
        let Some(of) = self.rows.get(row) else {
            return "".into();
        };
        let effect = if of.allows { "Allow" } else { "Deny" };
        format!(
            "Statement {}: {effect}, {}, {}, {}",
            row + 1,
            of.who,
            of.what,
            of.when
        )
        .into()
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let decides = self.decides(row);
        let Some(of) = self.rows.get(row) else { return };
        match column {
            "number" => match decides {
                true => cell.name(&(row + 1).to_string()),
                false => cell.muted(&(row + 1).to_string()),
            },
            "effect" => match of.allows {
                true => cell.state(Tone::Ok, "Allow"),
                false => cell.state(Tone::Err, "Deny"),
            },
            "who" => cell.text(&of.who),
            "what" => cell.text(&of.what),
            _ => cell.text(&of.when),
        }
    }
}

impl Policy {
    /// The statements in words, and the one that is chosen as a form.
    pub fn words(
        &mut self,
        ui: &mut Ui,
        draft: &mut Draft<PolicyForm>,
        detail: &ApiDetail,
        judged: Option<&Judged>,
    ) {
        let private = detail.api.endpoint() == "Private";
        let there = rows(&draft.mine.text).len();
        let bytes = compact(&draft.mine.text).len() as u64;
        ui.horizontal_wrapped(|ui| {
            let words = match there {
                0 => String::new(),
                count => format!(
                    "{}, {} of {}",
                    format::counted(count, "statement"),
                    format::bytes(bytes),
                    format::bytes(MOST_BYTES as u64)
                ),
            };
            heading(ui, "Resource policy", &words);
            match (draft.problem(&PolicyField), there == 0) {
                (Some(_), _) => drop(chip::state(ui, Tone::Err, "not valid")),
                (None, false) => drop(chip::state(ui, Tone::Ok, "valid")),
                (None, true) => {}
            }
            if draft.differs(&PolicyField) {
                ui.label(egui::RichText::new("changed").color(Theme::of(ui).accent));
                if icon_button(ui, Icon::UNDO_2, "Revert the policy").clicked() {
                    draft.revert(&PolicyField);
                }
            }
            drop_down(ui, "Add a statement", "Statement", |ui| {
                for (name, words, hint) in TEMPLATES {
                    if entry(ui, false, words, hint)
                        && let Some(words) = template(name, private)
                    {
                        draft.mine.text = add(&draft.mine.text, &words);
                        self.table
                            .select(there, &format!("Statement {}", there + 1));
                    }
                }
            });
        });
        // As it is after what was just added.
        let rows = rows(&draft.mine.text);
        if let Some(why) = draft.problem(&PolicyField) {
            let text = egui::RichText::new(why).color(Theme::of(ui).err);
            ui.add(egui::Label::new(text).wrap());
        }
        if rows.is_empty() {
            quiet(ui, nothing(&draft.mine.text, private));
            return;
        }
        let height = HEADER_HEIGHT + ROW_HEIGHT * rows.len().min(SEEN) as f32 + 2.0;
        let mut drawn = StatementRows {
            rows: &rows,
            judged,
        };
        let table = Table::new("Statements", &COLUMNS, &mut self.table);
        let output = table.secondary().height(height).show(ui, &mut drawn);
        if let Some(row) = output.selected.or(output.activated) {
            self.table.selected = Some(row);
            self.table.selected_name = format!("Statement {}", row + 1);
        }
        self.chosen(ui, draft, &rows, private);
    }

    fn chosen(&mut self, ui: &mut Ui, draft: &mut Draft<PolicyForm>, rows: &[Row], private: bool) {
        let Some(at) = self.table.selected.filter(|at| *at < rows.len()) else {
            quiet(ui, "Choose a statement to edit it in words.");
            return;
        };
        ui.add_space(space::S);
        let mut gone = false;
        ui.horizontal(|ui| {
            heading(ui, &format!("Statement {}", at + 1), "");
            let button = Button::new("Remove").icon(Icon::TRASH_2).ghost();
            let name = format!("Remove statement {}", at + 1);
            gone = button.name(&name).show(ui).clicked();
        });
        if gone {
            draft.mine.text = remove(&draft.mine.text, at);
            self.table.selected = None;
            return;
        }
        match &rows[at].words {
            None => quiet(ui, "Words can't say this one: it is edited as JSON."),
            Some(words) => {
                let mut edited = words.clone();
                edit::ui(ui, &mut edited, private);
                if edited != *words {
                    draft.mine.text = write(&draft.mine.text, at, &edited);
                }
            }
        }
    }

    /// The same as JSON; lit is the statement that decides, else the one that is chosen.
    pub fn json(&mut self, ui: &mut Ui, draft: &mut Draft<PolicyForm>, judged: Option<&Judged>) {
        ui.horizontal(|ui| {
            heading(ui, "JSON", "as it would be sent");
            copy_button(ui, "policy", || draft.mine.text.clone());
        });
        let deciding =
            judged.and_then(|judged| judged.statements.iter().position(|said| said.decides));
        let lit = self.table.selected.or(deciding);
        let look = lit.map_or_else(Vec::new, |at| lines_of(&draft.mine.text, at));
        self.editor.mark(Marks { wrong: None, look });
        let text = &mut draft.mine.text;
        self.editor
            .show(ui, "Resource policy as JSON", text, Language::Json, JSON);
    }
}

fn nothing(text: &str, private: bool) -> &'static str {
    match (text.trim().is_empty(), private) {
        (true, true) => "There is none, so nobody gets in: a private API needs one.",
        (true, false) => "There is none: methods and their authorizers decide alone.",
        (false, _) => "No statement can be read yet.",
    }
}
