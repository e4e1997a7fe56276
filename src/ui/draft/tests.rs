//! The editor over a thing that isn't a function: a stage, with every kind of field, as it will be used for one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::bar::Line;
use super::*;
use crate::model::draft::{Choice, Descriptor, Input, PairProblems, PairWords, Paired, Pairs};

#[derive(Debug, Clone, PartialEq)]
struct Stage {
    fields: [String; 6],
    variables: Pairs,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    One(usize),
    Variable(String),
}

const NAMES: [&str; 6] = [
    "description",
    "rate",
    "cache size",
    "format",
    "traced",
    "note",
];

impl Stage {
    fn new(rate: &str) -> Self {
        let fields = ["prod", rate, "0.5", "JSON", "false", ""].map(str::to_owned);
        Self {
            fields,
            variables: vec![("bankMode".into(), crate::model::secret::Secret::new("live"))],
        }
    }
}

impl Values for Stage {
    type Field = Field;

    fn fields(of: &[&Self]) -> Vec<Field> {
        let rows = of.iter().flat_map(|stage| &stage.variables);
        let names: std::collections::BTreeSet<&String> = rows.map(|(name, _)| name).collect();
        let variables = names.into_iter().cloned().map(Field::Variable);
        (0..6).map(Field::One).chain(variables).collect()
    }

    fn describe(field: &Field) -> Descriptor {
        let at = match field {
            Field::One(at) => *at,
            Field::Variable(name) => {
                return Descriptor {
                    name: name.clone().into(),
                    label: name.clone().into(),
                    section: "Variables",
                    ..Descriptor::line("", "", 0.0)
                };
            }
        };
        let choice = |_| {
            ["0.5", "1.6"]
                .map(|value| Choice {
                    value: value.into(),
                    but: String::new(),
                })
                .to_vec()
        };
        let input = [
            Input::Line(200.0),
            Input::Number,
            Input::OneOf(choice),
            Input::Segments(&[("JSON", "JSON"), ("CLF", "CLF")]),
            Input::Tick("X-Ray"),
            Input::Paragraph,
        ][at];
        Descriptor {
            input,
            unit: if at == 1 { "/s" } else { "" },
            section: if at == 1 { "Throttling" } else { "General" },
            ..Descriptor::line(NAMES[at], NAMES[at], 0.0)
        }
    }

    fn get(&self, field: &Field) -> Option<String> {
        match field {
            Field::One(at) => Some(self.fields[*at].clone()),
            Field::Variable(name) => {
                let found = self.variables.iter().find(|(other, _)| other == name);
                found.map(|(_, value)| value.reveal().to_owned())
            }
        }
    }

    fn set(&mut self, field: &Field, value: Option<String>) {
        match field {
            Field::One(at) => self.fields[*at] = value.unwrap_or_default(),
            Field::Variable(name) => {
                self.variables.retain(|(other, _)| other != name);
                self.variables
                    .extend(value.map(|v| (name.clone(), crate::model::secret::Secret::new(v))));
            }
        }
    }

    fn typed(&mut self, field: &Field) -> Option<&mut String> {
        match field {
            Field::One(at) => self.fields.get_mut(*at),
            Field::Variable(_) => None,
        }
    }

    fn problem(&self, _: &Self, field: &Field) -> Option<String> {
        let wrong = *field == Field::One(1) && self.fields[1].parse::<u32>().is_err();
        wrong.then(|| "A whole number of requests a second".to_owned())
    }
}

impl Paired for Stage {
    const WORDS: PairWords = PairWords {
        one: "variable",
        name: "Name",
        name_hint: "name",
        masked: false,
    };
    fn rows(&self) -> &Pairs {
        &self.variables
    }
    fn rows_mut(&mut self) -> &mut Pairs {
        &mut self.variables
    }
    fn pair(name: &str) -> Field {
        Field::Variable(name.to_owned())
    }
    fn pair_name(field: &Field) -> Option<&str> {
        match field {
            Field::Variable(name) => Some(name),
            Field::One(_) => None,
        }
    }
    fn pair_problems(&self, _: &Self) -> PairProblems {
        PairProblems::default()
    }
}

type State = (Editor<Stage>, Rows);

fn window() -> Harness<'static, State> {
    let mut editor = Editor::default();
    editor.bring_up_to_date("prod", Some("r1"), || Stage::new("5000"));
    let mut harness = Harness::builder()
        .with_size([900.0, 700.0])
        .with_max_steps(60)
        .with_context_setup(crate::ui::dress)
        .build_ui_state(
            |ui, (editor, rows): &mut State| {
                editor.notices(ui);
                editor.fields(ui, "stage", &[0, 1, 2, 3, 4, 5].map(Field::One), 0);
                if let Some(draft) = editor.draft_mut() {
                    rows.ui(ui, draft);
                }
            },
            (editor, Rows::default()),
        );
    harness.run();
    harness
}

fn draft<'a>(harness: &'a Harness<'_, State>) -> &'a Draft<Stage> {
    harness.state().0.draft().unwrap()
}

#[test]
fn every_kind_of_field_marks_what_differs_and_goes_back_alone() {
    let mut harness = window();
    assert!(!draft(&harness).is_dirty());
    harness
        .get_by_role_and_label(Role::TextInput, "rate")
        .focus();
    harness.run();
    harness.event(egui::Event::Text("1".into()));
    harness.run();
    harness
        .get_by_role_and_label(Role::RadioButton, "CLF")
        .click();
    harness.run();
    harness.get_by_label("X-Ray").click();
    harness.run();
    assert_eq!(draft(&harness).changed().len(), 3);
    harness.get_by_label("was 5000 /s");
    harness.get_by_label("was JSON");
    harness.get_by_label("Revert format").click();
    harness.run();
    assert_eq!(draft(&harness).changed(), [Field::One(1), Field::One(4)]);
}

#[test]
fn what_is_wrong_is_told_beside_the_field_and_its_part_of_the_form_says_so() {
    let mut harness = window();
    harness
        .get_by_role_and_label(Role::TextInput, "rate")
        .focus();
    harness.run();
    harness.event(egui::Event::Text("x".into()));
    harness.run();
    harness.get_by_label("A whole number of requests a second");
    let editor = &harness.state().0;
    assert_eq!(editor.state_of("Throttling"), (1, 1));
    assert_eq!(editor.state_of("General"), (0, 0));
    assert_eq!(draft(&harness).wrong_fields(), ["rate"]);
    assert!(draft(&harness).can_apply().is_err());
}

#[test]
fn rows_are_added_removed_and_put_back() {
    let mut harness = window();
    harness.get_by_label("Add variable").click();
    harness.run();
    harness
        .get_by_label("Name of variable 2")
        .type_text("stockNlb");
    harness.run();
    harness.get_by_label("Remove bankMode").click();
    harness.run();
    assert_eq!(draft(&harness).changed().len(), 2);
    harness.get_by_label("− bankMode will be removed");
    harness.get_by_label("Revert bankMode").click();
    harness.run();
    let added = Field::Variable("stockNlb".into());
    assert_eq!(draft(&harness).changed(), [added]);
}

#[test]
fn somebody_elses_change_is_taken_or_asked_about_in_place() {
    let mut harness = window();
    let (editor, _) = harness.state_mut();
    editor.draft_mut().unwrap().mine.fields[1] = "1000".into();
    let mut theirs = Stage::new("2000");
    theirs.fields[3] = "CLF".into();
    editor.bring_up_to_date("prod", Some("r2"), || theirs);
    harness.run();
    harness.get_by_label("▲ Changed elsewhere and taken over: format.");
    assert!(draft(&harness).can_apply().is_err(), "which rate holds?");
    harness.get_by_label("Take theirs: rate").click();
    harness.run();
    assert!(!draft(&harness).is_dirty());
    assert_eq!(draft(&harness).mine.fields[1], "2000");
}

#[test]
fn after_a_conflict_it_is_said_that_nothing_was_applied_and_why_it_can_t_be_reviewed() {
    let mut harness = window();
    let (editor, _) = harness.state_mut();
    editor.draft_mut().unwrap().mine.fields[1] = "1000".into();
    let conflict = CloudError::local("Update", ErrorKind::Conflict, "The revision is another");
    editor.failed = Some(Arc::new(conflict));
    editor.bring_up_to_date("prod", Some("r2"), || Stage::new("2000"));
    harness.run();
    harness
        .get_by_label("▲ Nothing was applied. It was changed elsewhere; your changes still stand.");
    let line = Line::of(draft(&harness), None, "");
    let why = "1 field was changed elsewhere: decide above which value holds";
    assert_eq!(line.wrong, why);
    harness.get_by_label("Keep mine: rate").click();
    harness.run();
    assert_eq!(Line::of(draft(&harness), None, "").wrong, "");
}

#[test]
fn an_untouched_draft_follows_and_the_same_revision_is_not_read_again() {
    let mut editor: Editor<Stage> = Editor::default();
    editor.bring_up_to_date("prod", Some("r1"), || Stage::new("1"));
    editor.bring_up_to_date("prod", Some("r1"), || panic!("it is the same"));
    editor.bring_up_to_date("prod", Some("r2"), || Stage::new("2"));
    assert_eq!(editor.draft().unwrap().base().fields[1], "2");
    assert_eq!(editor.unsaved("setting", "settings"), None);
    // Without revisions the values say whether it is another.
    editor.draft_mut().unwrap().mine.fields[0] = "mine".into();
    editor.bring_up_to_date("prod", None, || Stage::new("3"));
    let unsaved = editor.unsaved("setting", "settings");
    assert_eq!(unsaved.as_deref(), Some("1 changed setting of prod"));
    assert_eq!(editor.draft().unwrap().mine.fields[1], "3");
}

#[test]
fn the_gallery_shows_what_is_wrong_what_was_and_what_somebody_else_changed() {
    let mut harness = Harness::builder()
        .with_size([900.0, 1_400.0])
        .with_max_steps(60)
        .with_context_setup(crate::ui::dress)
        .build_ui(gallery);
    harness.run();
    harness.get_by_label("was 29 s");
    harness.get_by_label("− BANK_RETRIES will be removed");
    harness.get_by_label("Take theirs: MemorySize");
    harness.get_by_label("▲ Timeout is to be corrected");
    harness.get_by_label("General: 1 wrong");
}
