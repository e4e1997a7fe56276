//! What an answer of the backend becomes, and what a caller may get, status by status.

use std::collections::{BTreeMap, BTreeSet};

use egui::{Label, RichText, Ui};

use crate::model::api::function_arn;
use crate::model::draft::method::{self, MethodField, MethodForm, Part};
use crate::model::draft::{Draft, Values};
use crate::ui::cx::Cx;
use crate::ui::draft::Editor;
use crate::ui::fonts;
use crate::ui::icons::Icon;
use crate::ui::theme::{Theme, size, space};
use crate::ui::widgets::button::icon_button;
use crate::ui::widgets::code::{CodeEditor, Language};
use crate::ui::widgets::form::{checkbox, form};
use crate::ui::widgets::text_field::TextField;

use super::row::{adds, own};

/// What this part keeps between frames.
#[derive(Default)]
pub struct Responses {
    /// The status that is being added, of answers and of what is declared.
    new: [String; 2],
    /// By status: the header and the media type that are being added.
    headers: BTreeMap<(bool, String), String>,
    kinds: BTreeMap<(bool, String), String>,
    /// By status and media type.
    editors: BTreeMap<(String, String), CodeEditor>,
}

fn muted(ui: &mut Ui, words: &str) {
    let text = RichText::new(words).color(Theme::of(ui).muted);
    ui.add(Label::new(text).wrap());
}

fn status_problem(code: &str) -> Result<(), &'static str> {
    let number = code.parse::<u16>().ok().filter(|_| code.len() == 3);
    match number {
        _ if code.is_empty() => Err("Type a status, as 404"),
        Some(number) if (100..600).contains(&number) => Ok(()),
        _ => Err("A status is a number from 100 to 599"),
    }
}

fn kind_problem(kind: &str) -> Result<(), &'static str> {
    match kind.contains('/') && !kind.contains(char::is_whitespace) {
        true => Ok(()),
        false => Err("As application/json"),
    }
}

fn header_problem(name: &str) -> Result<(), &'static str> {
    let odd = |c: char| c.is_whitespace() || matches!(c, ':' | '/');
    match name {
        "" => Err("Type its name"),
        name if name.contains(odd) => Err("A name has no spaces, no : and no /"),
        _ => Ok(()),
    }
}

/// The statuses of one side, of the draft and of the API.
fn codes(draft: &Draft<MethodForm>, answers: bool) -> BTreeSet<String> {
    match answers {
        true => names(draft, |of| Some(of.answers.keys())),
        false => names(draft, |of| Some(of.declared.keys())),
    }
}

/// The names that one status has in the draft or in the API, each once.
fn names<'a, I>(
    draft: &'a Draft<MethodForm>,
    of: impl Fn(&'a method::Responses) -> Option<I>,
) -> BTreeSet<String>
where
    I: Iterator<Item = &'a String>,
{
    let both = [&draft.mine.responses, &draft.base().responses];
    both.into_iter().filter_map(of).flatten().cloned().collect()
}

/// The head of one status: its number, its words, and taking it away or bringing it back. Whether it is there.
fn head(
    ui: &mut Ui,
    draft: &mut Draft<MethodForm>,
    code: &str,
    answers: bool,
    words: &str,
) -> bool {
    let theme = Theme::of(ui);
    let part = if answers {
        Part::Answer
    } else {
        Part::Declared
    };
    let what = if answers { "answer" } else { "status" };
    let field = MethodField::Status(code.to_owned(), part);
    let there = draft.mine.get(&field).is_some();
    let is_new = there && draft.differs(&field);
    ui.add_space(space::S);
    ui.horizontal_wrapped(|ui| {
        let number = RichText::new(code).font(fonts::semibold(size::BODY));
        match there {
            true => ui.label(number),
            false => ui.label(number.strikethrough().color(theme.muted)),
        };
        if is_new {
            ui.label(RichText::new("new").color(theme.accent));
        }
        match there {
            true => {
                ui.label(RichText::new(words).color(theme.muted));
                if icon_button(ui, Icon::TRASH_2, &format!("Remove {what} {code}")).clicked() {
                    draft.mine.set(&field, None);
                }
            }
            false => {
                ui.label(RichText::new("will be removed").color(theme.muted));
                if icon_button(ui, Icon::UNDO_2, &format!("Bring back {what} {code}")).clicked() {
                    bring_back(draft, code, answers);
                }
            }
        }
    });
    if let Some(problem) = draft.problem(&field) {
        let words = RichText::new(problem).color(theme.err);
        ui.add(Label::new(words).wrap());
    }
    there
}

fn bring_back(draft: &mut Draft<MethodForm>, code: &str, answers: bool) {
    for field in draft.changed() {
        if let MethodField::Status(of, part) = &field
            && of == code
            && part.is_of_answer() == answers
        {
            draft.revert(&field);
        }
    }
}

/// The integration's responses.
pub fn integration(
    ui: &mut Ui,
    editor: &mut Editor<MethodForm>,
    view: &mut Responses,
    cx: &Cx<'_>,
) {
    let Some(draft) = editor.draft_mut() else {
        return;
    };
    if draft.mine.kind.is_empty() {
        return muted(ui, "Nothing answers yet: choose it in Integration request.");
    }
    if draft.mine.is_proxy() {
        let words = "With a proxy, status, headers and body are those of the backend.";
        return muted(ui, words);
    }
    if draft.mine.responses.answers.is_empty() {
        let words = "There is none: every call fails with 500, Internal server error.";
        muted(ui, words);
    }
    let function = function_arn(&draft.mine.uri).is_some();
    for code in codes(draft, true) {
        let Some(draft) = editor.draft_mut() else {
            return;
        };
        let pattern = draft.mine.responses.answers.get(&code);
        let words = match pattern.map(|answer| answer.pattern.trim()) {
            None | Some("") => "for all that no other pattern fits",
            Some(_) if function => "where the error's message fits",
            Some(_) => "where the backend's status fits",
        };
        if !head(ui, draft, &code, true, words) {
            continue;
        }
        let of = |part| MethodField::Status(code.clone(), part);
        let fields = [of(Part::Pattern), of(Part::Content)];
        editor.fields(ui, &format!("answer {code}"), &fields, cx.now);
        let Some(draft) = editor.draft_mut() else {
            return;
        };
        sets(ui, draft, &code, view);
        templates(ui, draft, &code, view);
    }
    let Some(draft) = editor.draft_mut() else {
        return;
    };
    ui.add_space(space::M);
    let taken = |code: &str| match draft.mine.responses.answers.contains_key(code) {
        true => Err("It is there already"),
        false => status_problem(code),
    };
    let [new, _] = &mut view.new;
    if let Some(code) = adds(
        ui,
        "Status of a new answer",
        "404",
        new,
        "Add answer",
        taken,
    ) {
        draft.mine.responses.add_answer(&code);
    }
}

/// The headers that an answer sets.
fn sets(ui: &mut Ui, draft: &mut Draft<MethodForm>, code: &str, view: &mut Responses) {
    let names = names(draft, |of| Some(of.answers.get(code)?.sets.keys()));
    form(ui, &format!("headers of answer {code}"), |ui| {
        for name in names {
            let field = MethodField::Status(code.to_owned(), Part::Set(name.clone()));
            let said = |form: &MethodForm| form.get(&field).unwrap_or_else(|| "not set".to_owned());
            let fields = std::slice::from_ref(&field);
            own(ui, draft, &name, fields, "", said, |ui, draft| {
                let Some(answer) = draft.mine.responses.answers.get_mut(code) else {
                    return;
                };
                match answer.sets.get_mut(&name) {
                    None => {
                        muted(ui, "will not be set any more");
                    }
                    Some(from) => {
                        let label = format!("{name} of {code} from");
                        let hint = "integration.response.header.X";
                        let text = TextField::new(&label, from).mono().hint(hint);
                        text.width(320.0).show(ui);
                        let gone = icon_button(
                            ui,
                            Icon::TRASH_2,
                            &format!("Stop setting {name} of {code}"),
                        );
                        if gone.clicked() {
                            answer.sets.remove(&name);
                        }
                    }
                }
            });
        }
    });
    let key = (true, code.to_owned());
    let new = view.headers.entry(key).or_default();
    let label = format!("Header that {code} sets");
    if let Some(name) = adds(ui, &label, "X-Name", new, "Set a header", header_problem) {
        let responses = &mut draft.mine.responses;
        responses.add_header(code, &format!("header.{name}"));
    }
}

/// The templates that make an answer's body.
fn templates(ui: &mut Ui, draft: &mut Draft<MethodForm>, code: &str, view: &mut Responses) {
    let kinds = names(draft, |of| Some(of.answers.get(code)?.templates.keys()));
    for kind in kinds {
        let field = MethodField::Status(code.to_owned(), Part::Template(kind.clone()));
        let differs = draft.differs(&field);
        let theme = Theme::of(ui);
        ui.horizontal_wrapped(|ui| {
            muted(ui, &format!("Template {kind}"));
            let answers = &mut draft.mine.responses.answers;
            let answer = answers.get_mut(code);
            match answer {
                Some(answer) if answer.templates.contains_key(&kind) => {
                    let name = format!("Remove the template {kind} of {code}");
                    if icon_button(ui, Icon::TRASH_2, &name).clicked() {
                        answer.templates.remove(&kind);
                    }
                }
                _ => {
                    ui.label(RichText::new("will be removed").color(theme.muted));
                }
            }
            if differs {
                ui.label(RichText::new("changed").color(theme.accent));
                let name = format!("Revert the template {kind} of {code}");
                if icon_button(ui, Icon::UNDO_2, &name).clicked() {
                    draft.revert(&field);
                }
            }
        });
        let answer = draft.mine.responses.answers.get_mut(code);
        if let Some(text) = answer.and_then(|answer| answer.templates.get_mut(&kind)) {
            let name = format!("Template {kind} of {code}");
            let lines = text.lines().count().clamp(4, 12) as f32;
            let editor = view.editors.entry((code.to_owned(), kind)).or_default();
            editor.show(ui, &name, text, Language::Plain, lines * 18.0 + 12.0);
        }
    }
    let new = view.kinds.entry((true, code.to_owned())).or_default();
    let label = format!("Media type of a template of {code}");
    let added = adds(
        ui,
        &label,
        "application/json",
        new,
        "Add template",
        kind_problem,
    );
    if let Some(kind) = added
        && let Some(answer) = draft.mine.responses.answers.get_mut(code)
    {
        answer.templates.entry(kind).or_default();
    }
}

/// The method's responses.
pub fn declared(ui: &mut Ui, draft: &mut Draft<MethodForm>, view: &mut Responses) {
    if draft.mine.responses.declared.is_empty() {
        muted(
            ui,
            match draft.mine.is_proxy() {
                true => "None is declared; with a proxy the caller gets what the backend answers.",
                false => {
                    "None is declared: an answer has nowhere to go, every call fails with 500."
                }
            },
        );
    }
    for code in codes(draft, false) {
        let declared = draft.mine.responses.declared.get(&code);
        let bare = declared.is_none_or(|of| of.headers.is_empty() && of.models.is_empty());
        let words = if bare { "no headers, no models" } else { "" };
        if head(ui, draft, &code, false, words) {
            headers(ui, draft, &code, view);
            models(ui, draft, &code, view);
        }
    }
    ui.add_space(space::M);
    let taken = |code: &str| match draft.mine.responses.declared.contains_key(code) {
        true => Err("It is there already"),
        false => status_problem(code),
    };
    let [_, new] = &mut view.new;
    if let Some(code) = adds(
        ui,
        "Status that is declared",
        "404",
        new,
        "Declare status",
        taken,
    ) {
        draft.mine.responses.declared.entry(code).or_default();
    }
}

fn headers(ui: &mut Ui, draft: &mut Draft<MethodForm>, code: &str, view: &mut Responses) {
    let names = names(draft, |of| Some(of.declared.get(code)?.headers.keys()));
    form(ui, &format!("headers of status {code}"), |ui| {
        for name in names {
            let field = MethodField::Status(code.to_owned(), Part::Header(name.clone()));
            let said = |form: &MethodForm| match form.get(&field) {
                None => "not declared".to_owned(),
                Some(always) if always == "true" => "always there".to_owned(),
                Some(_) => "may be there".to_owned(),
            };
            let fields = std::slice::from_ref(&field);
            own(ui, draft, &name, fields, "", said, |ui, draft| {
                let Some(declared) = draft.mine.responses.declared.get_mut(code) else {
                    return;
                };
                match declared.headers.get_mut(&name) {
                    None => muted(ui, "will not be declared any more"),
                    Some(always) => {
                        checkbox(ui, always, "always there");
                        let label = format!("Remove {name} of {code}");
                        if icon_button(ui, Icon::TRASH_2, &label).clicked() {
                            declared.headers.remove(&name);
                        }
                    }
                }
            });
        }
    });
    let new = view.headers.entry((false, code.to_owned())).or_default();
    let label = format!("Header of {code}");
    if let Some(name) = adds(
        ui,
        &label,
        "X-Name",
        new,
        "Declare a header",
        header_problem,
    ) && let Some(declared) = draft.mine.responses.declared.get_mut(code)
    {
        let header = declared.headers.entry(format!("header.{name}"));
        header.or_insert(false);
    }
}

fn models(ui: &mut Ui, draft: &mut Draft<MethodForm>, code: &str, view: &mut Responses) {
    let kinds = names(draft, |of| Some(of.declared.get(code)?.models.keys()));
    form(ui, &format!("models of status {code}"), |ui| {
        for kind in kinds {
            let field = MethodField::Status(code.to_owned(), Part::Model(kind.clone()));
            let said = |form: &MethodForm| form.get(&field).unwrap_or_else(|| "none".to_owned());
            let fields = std::slice::from_ref(&field);
            own(ui, draft, &kind, fields, "", said, |ui, draft| {
                let Some(declared) = draft.mine.responses.declared.get_mut(code) else {
                    return;
                };
                match declared.models.get_mut(&kind) {
                    None => muted(ui, "will have no model any more"),
                    Some(model) => {
                        let label = format!("Model of {code} for {kind}");
                        let text = TextField::new(&label, model).mono().hint("Empty");
                        text.width(220.0).show(ui);
                        let label = format!("Remove the model of {code} for {kind}");
                        if icon_button(ui, Icon::TRASH_2, &label).clicked() {
                            declared.models.remove(&kind);
                        }
                    }
                }
            });
        }
    });
    let new = view.kinds.entry((false, code.to_owned())).or_default();
    let label = format!("Media type of a model of {code}");
    if let Some(kind) = adds(
        ui,
        &label,
        "application/json",
        new,
        "Add model",
        kind_problem,
    ) && let Some(declared) = draft.mine.responses.declared.get_mut(code)
    {
        let model = declared.models.entry(kind);
        model.or_insert_with(|| "Empty".to_owned());
    }
}
