//! The authorizers of an API, each with the methods that it guards; `AWS_IAM` and `NONE` are rows too, so that methods add up.
//! One is made or changed in a form, reviewed as patches.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{RichText, Ui};

use super::{heading, quiet, trial};
use crate::cloud::apigateway::authorizer::{DeleteAuthorizer, GetAuthorizers, Of, PutAuthorizer};
use crate::model::api::ApiDetail;
use crate::model::api::access::authorizer::{AuthorizerForm, guarded};
use crate::model::arn::partition_of;
use crate::model::error::CloudError;
use crate::store::Loadable;
use crate::ui::cx::{Cx, Followed, Message, Submission};
use crate::ui::functions;
use crate::ui::icons::Icon;
use crate::ui::theme::{HEADER_HEIGHT, ROW_HEIGHT, Theme, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::drop_down::{drop_down, entry};
use crate::ui::widgets::form::{Row, form};
use crate::ui::widgets::segmented::segmented;
use crate::ui::widgets::state;
use crate::ui::widgets::table::{Column, Rows, Table, TableState};
use crate::ui::widgets::table_cell::Cell;
use crate::ui::widgets::text_field::TextField;

/// So many are seen at once at most.
const SEEN: usize = 8;

const COLUMNS: [Column; 6] = [
    Column::new("name", "Name", 130.0)
        .min(90.0)
        .unsorted()
        .required(),
    Column::new("kind", "Kind", 90.0)
        .min(70.0)
        .unsorted()
        .priority(5),
    Column::new("asks", "Asks", 180.0)
        .min(80.0)
        .unsorted()
        .priority(8),
    Column::new("reads", "Reads", 170.0)
        .min(80.0)
        .unsorted()
        .priority(6),
    Column::new("kept", "Kept", 64.0)
        .right()
        .unsorted()
        .priority(3),
    Column::new("methods", "Methods", 76.0)
        .right()
        .unsorted()
        .required(),
];

/// What it keeps between frames.
#[derive(Default)]
pub struct Authorizers {
    table: TableState,
    editing: Option<Editing>,
    trials: BTreeMap<String, trial::Trial>,
}

/// One that is made or changed.
struct Editing {
    before: Option<AuthorizerForm>,
    form: AuthorizerForm,
    submission: Option<Submission>,
    failed: Option<Arc<CloudError>>,
}

/// A row: an authorizer, or what stands for methods that have none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Guard {
    /// The id, `AWS_IAM` or `NONE`.
    key: String,
    form: Option<AuthorizerForm>,
    methods: Vec<String>,
}

impl Guard {
    fn name(&self) -> &str {
        self.form.as_ref().map_or(&self.key, |form| &form.name)
    }
}

fn guards(known: &[AuthorizerForm], detail: &ApiDetail) -> Vec<Guard> {
    let mut by = guarded(detail);
    let mut all: Vec<Guard> = known
        .iter()
        .map(|form| Guard {
            key: form.id.clone(),
            form: Some(form.clone()),
            methods: by.remove(&form.id).unwrap_or_default(),
        })
        .collect();
    for key in ["AWS_IAM", "NONE"] {
        all.push(Guard {
            key: key.to_owned(),
            form: None,
            methods: by.remove(key).unwrap_or_default(),
        });
    }
    // What methods name and is not there any more.
    all.extend(by.into_iter().map(|(key, methods)| Guard {
        key: match key.as_str() {
            "" => "no authorizer".to_owned(),
            _ => key,
        },
        form: None,
        methods,
    }));
    all
}

struct GuardRows<'a>(&'a [Guard]);

impl Rows for GuardRows<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn name(&self, row: usize) -> Cow<'_, str> {
        self.0.get(row).map_or("", Guard::name).into()
    }

    fn said(&self, row: usize) -> Cow<'_, str> {
        let Some(of) = self.0.get(row) else {
            return "".into();
        };
        let count = crate::model::format::counted(of.methods.len(), "method");
        format!("{}, {count}", of.name()).into()
    }

    fn cell(&mut self, row: usize, column: &'static str, cell: &mut Cell<'_>) {
        let Some(of) = self.0.get(row) else { return };
        let warn = cell.theme().warn;
        match (column, &of.form) {
            ("name", Some(form)) => cell.name(&form.name),
            ("name", None) if of.key == "NONE" && !of.methods.is_empty() => {
                cell.colored("NONE", warn);
            }
            ("name", None) => cell.name(&of.key),
            ("methods", _) => {
                cell.text(&of.methods.len().to_string());
                let methods = of.methods.join("\n");
                cell.hover(|| methods);
            }
            ("kind", Some(form)) => cell.muted(form.kind_words()),
            ("asks", Some(form)) => cell.text(&form.asks()),
            ("reads", Some(form)) => cell.mono(&form.reads()),
            ("kept", Some(form)) => cell.text(&form.kept()),
            ("kind", None) if of.key == "AWS_IAM" => cell.muted("SigV4"),
            ("asks", None) if of.key == "AWS_IAM" => cell.text("the caller's own policies"),
            ("asks", None) if of.key == "NONE" => cell.text("nobody"),
            ("asks", None) => cell.colored("it is not there", warn),
            ("reads", None) if of.key == "AWS_IAM" => cell.muted("signature"),
            _ => cell.muted("–"),
        }
    }
}

impl Authorizers {
    /// What would be lost.
    pub fn unsaved(&self) -> Option<String> {
        let of = self.editing.as_ref()?;
        let changed = match &of.before {
            Some(before) => of.form != *before,
            None => !of.form.name.trim().is_empty(),
        };
        changed.then(|| match of.form.name.trim() {
            "" => "an authorizer".to_owned(),
            name => format!("the authorizer {name}"),
        })
    }

    fn known(detail: &ApiDetail, cx: &mut Cx<'_>) -> Loadable<Vec<AuthorizerForm>> {
        let api = detail.api.id.clone();
        cx.store.want(&GetAuthorizers { api }, cx.now)
    }

    /// The list.
    pub fn list(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        self.follow(cx);
        let known = Self::known(detail, cx);
        let methods = detail.methods().0;
        ui.horizontal_wrapped(|ui| {
            let words = format!("of {}", crate::model::format::counted(methods, "method"));
            heading(ui, "Authorizers", &words);
            let may = match &self.editing {
                Some(_) => Err("One is being edited"),
                None => Ok(()),
            };
            let button = Button::new("Authorizer")
                .icon(Icon::PLUS)
                .name("Add an authorizer");
            if button.available(may).show(ui).clicked() {
                self.editing = Some(Editing {
                    before: None,
                    form: AuthorizerForm::new(),
                    submission: None,
                    failed: None,
                });
            }
        });
        if let Some(error) = &known.error {
            let pressed = state::error_line(ui, error);
            if pressed.sign_in {
                cx.messages.push(Message::SignIn);
            }
            if pressed.retry {
                cx.store.refresh();
            }
        }
        let Some(forms) = known.shown() else {
            if known.error.is_none() {
                state::skeleton(ui, "authorizers", 3);
            }
            return;
        };
        let guards = guards(forms, detail);
        let height = HEADER_HEIGHT + ROW_HEIGHT * guards.len().min(SEEN) as f32 + 2.0;
        let table = Table::new("Authorizers", &COLUMNS, &mut self.table);
        let mut rows = GuardRows(&guards);
        let output = table.secondary().height(height).show(ui, &mut rows);
        if let Some(row) = output.selected.or(output.activated)
            && let Some(of) = guards.get(row)
        {
            self.table.selected = Some(row);
            self.table.selected_name = of.name().to_owned();
        }
        let open = guards.iter().find(|of| of.key == "NONE");
        if let Some(open) = open.filter(|of| !of.methods.is_empty()) {
            let some: Vec<&str> = open.methods.iter().take(4).map(String::as_str).collect();
            let more = open
                .methods
                .len()
                .checked_sub(some.len())
                .filter(|more| *more > 0);
            let more = more.map_or(String::new(), |more| format!(" and {more} more"));
            quiet(ui, &format!("NONE: {}{more}", some.join(", ")));
        }
    }

    /// What belongs to the one that is chosen: its form while it is edited, else its test.
    pub fn side(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        if self.editing.is_some() {
            self.edit(ui, detail, cx);
            return;
        }
        let known = Self::known(detail, cx);
        let Some(forms) = known.shown() else { return };
        let chosen = forms.iter().find(|of| of.name == self.table.selected_name);
        let Some(form) = chosen.filter(|_| self.table.selected.is_some()) else {
            let words = match forms.is_empty() {
                true => "No authorizer yet: add one, then name it in a method's request in Build.",
                false => "Choose an authorizer to test or change it.",
            };
            quiet(ui, words);
            return;
        };
        let guards_methods = guarded(detail).contains_key(&form.id);
        ui.horizontal_wrapped(|ui| {
            heading(ui, &form.name, form.kind_words());
            if Button::new("Edit")
                .name("Edit the authorizer")
                .show(ui)
                .clicked()
            {
                self.editing = Some(Editing {
                    before: Some(form.clone()),
                    form: form.clone(),
                    submission: None,
                    failed: None,
                });
            }
            let may = match guards_methods {
                true => Err("Methods name it: give them another one first"),
                false => cx.may_write(),
            };
            let button = Button::new("Delete…")
                .name("Delete the authorizer…")
                .ghost();
            if button.available(may).show(ui).clicked() {
                cx.review(Arc::new(DeleteAuthorizer {
                    of: of(detail, cx),
                    form: form.clone(),
                }));
            }
        });
        ui.add_space(space::XS);
        let trial = self.trials.entry(form.id.clone()).or_default();
        trial.ui(ui, form, &of(detail, cx), cx);
    }

    fn follow(&mut self, cx: &mut Cx<'_>) {
        let Some(editing) = &mut self.editing else {
            return;
        };
        match Submission::follow(&mut editing.submission, cx.store) {
            Followed::Done(_) => {
                self.table.selected_name = editing.form.name.trim().to_owned();
                self.editing = None;
            }
            Followed::Failed(error) => editing.failed = Some(error),
            Followed::Waiting | Followed::Dismissed | Followed::Running => {}
        }
    }

    fn edit(&mut self, ui: &mut Ui, detail: &ApiDetail, cx: &mut Cx<'_>) {
        let Some(editing) = &mut self.editing else {
            return;
        };
        let title = match &editing.before {
            Some(before) => format!("Change {}", before.name),
            None => "New authorizer".to_owned(),
        };
        ui.horizontal_wrapped(|ui| heading(ui, &title, ""));
        if let Some(error) = editing.failed.clone() {
            let pressed = state::error_line(ui, &error);
            if pressed.sign_in {
                cx.messages.push(Message::SignIn);
            }
            if pressed.retry {
                editing.failed = None;
            }
        }
        let running = editing.submission.is_some();
        ui.add_enabled_ui(!running, |ui| fields(ui, editing, cx));
        let problem = editing.form.problem();
        let changed = editing.before.as_ref() != Some(&editing.form);
        let available = match (&problem, changed, running) {
            (_, _, true) => Err("It is being reviewed already".to_owned()),
            (Some((field, why)), ..) => Err(format!("{field}: {why}")),
            (None, false, _) => Err("Nothing was changed".to_owned()),
            (None, true, _) => Ok(()),
        };
        let (mut review, mut cancel) = (false, false);
        ui.horizontal(|ui| {
            let may = available.as_ref().copied().map_err(String::as_str);
            let button = Button::new("Review")
                .name("Review the authorizer")
                .primary();
            review = button.available(may).show(ui).clicked();
            let button = Button::new("Cancel")
                .name("Leave the authorizer as it is")
                .ghost();
            cancel = button.show(ui).clicked();
        });
        if review {
            let action = PutAuthorizer {
                of: of(detail, cx),
                before: editing.before.clone(),
                after: editing.form.clone(),
            };
            editing.failed = None;
            editing.submission = Some(cx.review(Arc::new(action)));
        }
        if cancel {
            self.editing = None;
        }
    }
}

fn of(detail: &ApiDetail, cx: &Cx<'_>) -> Of {
    Of {
        api: detail.api.id.clone(),
        name: detail.api.name.clone(),
        context: cx.connection.cli(),
    }
}

fn fields(ui: &mut Ui, editing: &mut Editing, cx: &mut Cx<'_>) {
    let problem = editing.form.problem();
    // An empty form is not wrong yet.
    let begun = editing.before.is_some() || !editing.form.name.trim().is_empty();
    let wrong = |field: &str| match &problem {
        Some((of, why)) if *of == field && begun => why.as_str(),
        _ => "",
    };
    let wide = (ui.available_width() - 160.0).clamp(120.0, 360.0);
    let is_new = editing.before.is_none();
    let of = &mut editing.form;
    form(ui, "authorizer", |ui| {
        Row::new("Name").wrong(wrong("Name")).show(ui, |ui| {
            TextField::new("Name of the authorizer", &mut of.name)
                .width(wide)
                .show(ui);
        });
        Row::new("Kind").show(ui, |ui| {
            let mut kind = of.kind.clone();
            let choices = [
                ("TOKEN", "Token"),
                ("REQUEST", "Request"),
                ("COGNITO_USER_POOLS", "Cognito"),
            ];
            let mut at = choices.iter().position(|(known, _)| *known == kind);
            let words: Vec<(Option<usize>, &str)> = choices
                .iter()
                .enumerate()
                .map(|(at, (_, words))| (Some(at), *words))
                .collect();
            ui.add_enabled_ui(is_new, |ui| {
                if segmented(ui, "Kind of the authorizer", &mut at, &words)
                    && let Some((chosen, _)) = at.and_then(|at| choices.get(at))
                {
                    (*chosen).clone_into(&mut kind);
                }
            });
            of.kind = kind;
        });
        if of.asks_function() {
            Row::new("Function")
                .wrong(wrong("Function"))
                .show(ui, |ui| function(ui, of, cx));
        } else {
            let help = "ARNs, separated by commas";
            let row = Row::new("User pools").help(help).wrong(wrong("User pools"));
            row.show(ui, |ui| {
                TextField::new("User pools", &mut of.providers)
                    .mono()
                    .width(wide)
                    .show(ui);
            });
        }
        let help = "As method.request.header.Authorization; several with commas";
        Row::new("Reads")
            .help(help)
            .wrong(wrong("Reads"))
            .show(ui, |ui| {
                TextField::new("Identity sources", &mut of.identity)
                    .mono()
                    .width(wide)
                    .show(ui);
            });
        if of.kind == "TOKEN" {
            let help = "A token of another form is refused with 401, and nobody is asked";
            Row::new("Token's form").help(help).show(ui, |ui| {
                let field = TextField::new("Validation expression", &mut of.expression);
                field.mono().hint("any").width(wide).show(ui);
            });
        }
        let row = Row::new("Kept for").unit("s").wrong(wrong("Kept for"));
        row.help("0 asks anew for each request").show(ui, |ui| {
            TextField::new("Kept for", &mut of.ttl).width(90.0).show(ui);
        });
    });
}

fn function(ui: &mut Ui, of: &mut AuthorizerForm, cx: &mut Cx<'_>) {
    let (known, note) = functions::wanted(cx.store, cx.now);
    let shown = match of.function() {
        Some(_) => of.asks(),
        None => "Choose".to_owned(),
    };
    let region = cx.connection.region.clone();
    drop_down(ui, "Function of the authorizer", &shown, |ui| {
        if !note.is_empty() {
            ui.label(RichText::new(&note).color(Theme::of(ui).muted));
        }
        for row in known.iter().flat_map(|known| &known.rows) {
            if entry(ui, of.function() == Some(row.arn.as_str()), &row.name, "") {
                let partition = partition_of(&region);
                of.uri = format!(
                    "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{}/invocations",
                    row.arn
                );
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::{Method, Resource};

    #[test]
    fn rows_add_up_to_all_methods_also_where_an_authorizer_is_gone() {
        let method = |authorization: &str, id: Option<&str>| Method {
            authorization: authorization.into(),
            authorizer_id: id.map(str::to_owned),
            ..Method::default()
        };
        let methods = [
            ("GET", method("CUSTOM", Some("a"))),
            ("POST", method("CUSTOM", Some("gone"))),
            ("PUT", method("NONE", None)),
        ];
        let detail = ApiDetail {
            resources: vec![Resource {
                path: "/x".into(),
                methods: methods.map(|(verb, of)| (verb.to_owned(), of)).into(),
                ..Resource::default()
            }],
            ..ApiDetail::default()
        };
        let form = AuthorizerForm {
            id: "a".into(),
            name: "tokens".into(),
            ..AuthorizerForm::new()
        };
        let all = guards(&[form], &detail);
        let told: Vec<(&str, usize)> = all.iter().map(|of| (of.name(), of.methods.len())).collect();
        assert_eq!(
            told,
            [("tokens", 1), ("AWS_IAM", 0), ("NONE", 1), ("gone", 1)]
        );
    }
}
