//! What an answer of the backend becomes, and what a caller may get, status by status, while it is edited.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::super::{Descriptor, Input};
use super::MethodField;
use crate::model::api::patch::{Patch, of_map};
use crate::model::api::{IntegrationResponse, Method, MethodResponse};

/// The part of the form with what an answer of the backend becomes.
pub const ANSWERS: &str = "Integration response";
/// The part of the form with what a caller may get.
pub const DECLARED: &str = "Method response";

/// What every header that an answer sets begins with, and nobody types.
const SET: &str = "method.response.";
const TAKEN_FROM: &str = "It is taken from integration.response.header.NAME, integration.response.body, context.…, \
                          stageVariables.…, or is a text in single quotes";
const SOURCES: [&str; 5] = [
    "integration.response.header.",
    "integration.response.multivalueheader.",
    "integration.response.body.",
    "context.",
    "stageVariables.",
];
const THERE: &str = "there";

/// A field of one status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// The status is declared for callers.
    Declared,
    /// One of its headers, as `header.X`: whether it is always there.
    Header(String),
    /// The model of its body, by media type.
    Model(String),
    /// An answer of the backend becomes this status.
    Answer,
    /// Its `selectionPattern`.
    Pattern,
    /// Its `contentHandling`.
    Content,
    /// One of the headers that it sets, as `header.X`: what it is taken from.
    Set(String),
    /// One of its `responseTemplates`, by media type.
    Template(String),
}

impl Part {
    /// It is of what an answer becomes, and not of what is declared.
    pub fn is_of_answer(&self) -> bool {
        !matches!(self, Self::Declared | Self::Header(_) | Self::Model(_))
    }
}

/// What an answer becomes, as it stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// As typed; empty for all that no other pattern fits.
    pub pattern: String,
    /// `CONVERT_TO_BINARY`, `CONVERT_TO_TEXT` or empty.
    pub content: String,
    /// As `header.X`: what it is taken from.
    pub sets: BTreeMap<String, String>,
    /// By media type.
    pub templates: BTreeMap<String, String>,
}

impl Answer {
    /// As the service has it.
    pub fn response(&self) -> IntegrationResponse {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let sets = self.sets.iter();
        IntegrationResponse {
            pattern: given(self.pattern.trim()),
            content_handling: given(&self.content),
            parameters: sets
                .map(|(name, from)| (format!("{SET}{name}"), from.trim().to_owned()))
                .collect(),
            templates: self.templates.clone(),
        }
    }

    fn of(there: &IntegrationResponse) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let sets = there.parameters.iter();
        Self {
            pattern: text(&there.pattern),
            content: text(&there.content_handling),
            sets: sets
                .map(|(name, from)| (short(name), from.clone()))
                .collect(),
            templates: there.templates.clone(),
        }
    }
}

fn short(name: &str) -> String {
    name.strip_prefix(SET).unwrap_or(name).to_owned()
}

/// What is declared of a status, as it stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// As `header.X`: whether it is always there.
    pub headers: BTreeMap<String, bool>,
    /// By media type.
    pub models: BTreeMap<String, String>,
}

impl Declared {
    /// As the service has it.
    pub fn response(&self) -> MethodResponse {
        let headers = self.headers.iter();
        MethodResponse {
            parameters: headers
                .map(|(name, always)| (format!("{SET}{name}"), *always))
                .collect(),
            models: self.models.clone(),
        }
    }

    fn of(there: &MethodResponse) -> Self {
        let headers = there.parameters.iter();
        Self {
            headers: headers
                .map(|(name, always)| (short(name), *always))
                .collect(),
            models: there.models.clone(),
        }
    }
}

/// All statuses of a method.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Responses {
    /// What answers of the backend become.
    pub answers: BTreeMap<String, Answer>,
    /// What callers may get.
    pub declared: BTreeMap<String, Declared>,
}

impl Responses {
    /// Those of a method.
    pub fn of(method: &Method) -> Self {
        let answers = method.integration.iter().flat_map(|of| &of.responses);
        let declared = method.responses.iter();
        Self {
            answers: answers
                .map(|(code, there)| (code.clone(), Answer::of(there)))
                .collect(),
            declared: declared
                .map(|(code, there)| (code.clone(), Declared::of(there)))
                .collect(),
        }
    }

    /// An answer becomes this status from now on, which is declared too: nothing could be given otherwise.
    pub fn add_answer(&mut self, code: &str) {
        self.answers.entry(code.to_owned()).or_default();
        self.declared.entry(code.to_owned()).or_default();
    }

    /// An answer sets this header (`header.X`) from now on, which is declared too.
    pub fn add_header(&mut self, code: &str, name: &str) {
        if let Some(answer) = self.answers.get_mut(code) {
            answer.sets.entry(name.to_owned()).or_default();
        }
        let declared = self.declared.entry(code.to_owned()).or_default();
        declared.headers.entry(name.to_owned()).or_insert(false);
    }

    pub(super) fn fields(of: &[&Self]) -> Vec<MethodField> {
        let mut all = BTreeSet::new();
        for responses in of {
            for (code, declared) in &responses.declared {
                let headers = declared.headers.keys().cloned().map(Part::Header);
                let models = declared.models.keys().cloned().map(Part::Model);
                let parts = [Part::Declared].into_iter().chain(headers).chain(models);
                all.extend(parts.map(|part| (code.clone(), part)));
            }
            for (code, answer) in &responses.answers {
                let sets = answer.sets.keys().cloned().map(Part::Set);
                let templates = answer.templates.keys().cloned().map(Part::Template);
                let own = [Part::Answer, Part::Pattern, Part::Content].into_iter();
                let parts = own.chain(sets).chain(templates);
                all.extend(parts.map(|part| (code.clone(), part)));
            }
        }
        let of = |(code, part)| MethodField::Status(code, part);
        all.into_iter().map(of).collect()
    }

    pub(super) fn get(&self, code: &str, part: &Part) -> Option<String> {
        let declared = || self.declared.get(code);
        let answer = || self.answers.get(code);
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        match part {
            Part::Declared => declared().map(|_| THERE.to_owned()),
            Part::Header(name) => declared()?.headers.get(name).map(bool::to_string),
            Part::Model(kind) => declared()?.models.get(kind).cloned(),
            Part::Answer => answer().map(|_| THERE.to_owned()),
            Part::Pattern => given(&answer()?.pattern),
            Part::Content => given(&answer()?.content),
            Part::Set(name) => answer()?.sets.get(name).map(|from| from.trim().to_owned()),
            Part::Template(kind) => answer()?.templates.get(kind).cloned(),
        }
    }

    pub(super) fn set(&mut self, code: &str, part: &Part, value: Option<String>) {
        let key = code.to_owned();
        if value.is_none() {
            return self.take(code, part);
        }
        let text = value.unwrap_or_default();
        if part.is_of_answer() {
            let answer = self.answers.entry(key).or_default();
            match part {
                Part::Pattern => answer.pattern = text,
                Part::Content => answer.content = text,
                Part::Set(name) => drop(answer.sets.insert(name.clone(), text)),
                Part::Template(kind) => drop(answer.templates.insert(kind.clone(), text)),
                _ => {}
            }
            return;
        }
        let declared = self.declared.entry(key).or_default();
        match part {
            Part::Header(name) => drop(declared.headers.insert(name.clone(), text == "true")),
            Part::Model(kind) => drop(declared.models.insert(kind.clone(), text)),
            _ => {}
        }
    }

    fn take(&mut self, code: &str, part: &Part) {
        match part {
            Part::Declared => drop(self.declared.remove(code)),
            Part::Answer => drop(self.answers.remove(code)),
            _ => {}
        }
        if let Some(declared) = self.declared.get_mut(code) {
            match part {
                Part::Header(name) => drop(declared.headers.remove(name)),
                Part::Model(kind) => drop(declared.models.remove(kind)),
                _ => {}
            }
        }
        if let Some(answer) = self.answers.get_mut(code) {
            match part {
                Part::Pattern => answer.pattern.clear(),
                Part::Content => answer.content.clear(),
                Part::Set(name) => drop(answer.sets.remove(name)),
                Part::Template(kind) => drop(answer.templates.remove(kind)),
                _ => {}
            }
        }
    }

    pub(super) fn typed(&mut self, code: &str, part: &Part) -> Option<&mut String> {
        match part {
            Part::Model(kind) => self.declared.get_mut(code)?.models.get_mut(kind),
            Part::Pattern => Some(&mut self.answers.get_mut(code)?.pattern),
            Part::Set(name) => self.answers.get_mut(code)?.sets.get_mut(name),
            Part::Template(kind) => self.answers.get_mut(code)?.templates.get_mut(kind),
            _ => None,
        }
    }

    pub(super) fn problem(&self, code: &str, part: &Part) -> Option<String> {
        let answer = self.answers.get(code);
        let declared = self.declared.get(code);
        match part {
            Part::Answer if answer.is_some() && declared.is_none() => {
                Some(format!("{code} is not declared in the method response"))
            }
            Part::Pattern => {
                let pattern = answer?.pattern.trim();
                let open = pattern.matches('(').count() != pattern.matches(')').count();
                (open && !pattern.contains('\\')).then(|| "A bracket is not closed".to_owned())
            }
            Part::Set(name) => {
                let from = answer?.sets.get(name)?.trim();
                if !declared?.headers.contains_key(name) {
                    let words = format!("{name} of {code} is not declared in the method response");
                    return Some(words);
                }
                (!is_source(from)).then(|| TAKEN_FROM.to_owned())
            }
            Part::Model(kind) => {
                let name = declared?.models.get(kind)?.trim();
                name.is_empty().then(|| "Name a model".to_owned())
            }
            _ => None,
        }
    }

    /// Nothing of what answers become holds, as behind a proxy.
    pub(super) fn without_answers(&self) -> Self {
        Self {
            answers: BTreeMap::new(),
            declared: self.declared.clone(),
        }
    }
}

fn is_source(from: &str) -> bool {
    let fixed = from.len() >= 2 && from.starts_with('\'') && from.ends_with('\'');
    let body = "integration.response.body";
    let named = SOURCES.iter().any(|start| {
        let rest = from.strip_prefix(start);
        rest.is_some_and(|rest| !rest.is_empty())
    });
    fixed || named || from == body
}

pub(super) fn describe(code: &str, part: &Part) -> Descriptor {
    let own = |name: String, label: String| Descriptor {
        name: name.into(),
        label: label.into(),
        section: if part.is_of_answer() {
            ANSWERS
        } else {
            DECLARED
        },
        input: Input::Own,
        code: true,
        ..Descriptor::line("", "", 0.0)
    };
    let answers = |rest: &str| format!("integrationResponses.{code}{rest}");
    let declares = |rest: &str| format!("methodResponses.{code}{rest}");
    match part {
        Part::Declared => own(declares(""), format!("Status {code}")),
        Part::Header(name) => own(
            declares(&format!(".responseParameters.{name}")),
            format!("{name} of {code}"),
        ),
        Part::Model(kind) => own(
            declares(&format!(".responseModels.{kind}")),
            format!("Model of {code} for {kind}"),
        ),
        Part::Answer => own(answers(""), format!("Answer {code}")),
        Part::Pattern => Descriptor {
            input: Input::Line(320.0),
            help: "A regular expression over the error's message of a function, or over the status of another backend; empty \
                   for all that no other fits",
            ..own(answers(".selectionPattern"), format!("Pattern of {code}"))
        },
        Part::Content => Descriptor {
            input: Input::Segments(&[
                ("", "As it is"),
                ("CONVERT_TO_TEXT", "To text"),
                ("CONVERT_TO_BINARY", "To bytes"),
            ]),
            code: false,
            ..own(answers(".contentHandling"), format!("Body of {code}"))
        },
        Part::Set(name) => Descriptor {
            input: Input::Line(320.0),
            ..own(
                answers(&format!(".responseParameters.{name}")),
                format!("{name} of {code} from"),
            )
        },
        Part::Template(kind) => own(
            answers(&format!(".responseTemplates.{kind}")),
            format!("Template {kind} of {code}"),
        ),
    }
}

/// One thing that is done to a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// No answer becomes this status any more.
    DropAnswer(String),
    /// The status is declared.
    Declare(String, MethodResponse),
    /// What is declared of it is patched.
    PatchDeclared(String, Vec<Patch>),
    /// An answer becomes this status; what was there before is replaced.
    PutAnswer(String, IntegrationResponse),
    /// What an answer becomes is patched.
    PatchAnswer(String, Vec<Patch>),
    /// The status is not declared any more.
    DropDeclared(String),
}

/// What makes `mine` of `base`, in an order in which each step holds: what is set is declared before, and is not set any more
/// before it goes.
pub(super) fn steps(base: &Responses, mine: &Responses) -> Vec<Step> {
    let mut steps = Vec::new();
    let gone = base.answers.keys();
    let gone = gone.filter(|code| !mine.answers.contains_key(*code));
    steps.extend(gone.map(|code| Step::DropAnswer(code.clone())));
    let mut undeclared = Vec::new();
    for (code, after) in &mine.declared {
        let after = after.response();
        let Some(before) = base.declared.get(code).map(Declared::response) else {
            steps.push(Step::Declare(code.clone(), after));
            continue;
        };
        let headers = of_map("/responseParameters", &before.parameters, &after.parameters);
        let (gone, mut patches): (Vec<Patch>, Vec<Patch>) =
            headers.into_iter().partition(|patch| patch.op == "remove");
        patches.extend(of_map("/responseModels", &before.models, &after.models));
        if !patches.is_empty() {
            steps.push(Step::PatchDeclared(code.clone(), patches));
        }
        if !gone.is_empty() {
            undeclared.push(Step::PatchDeclared(code.clone(), gone));
        }
    }
    for (code, answer) in &mine.answers {
        let before = base.answers.get(code).map(Answer::response);
        steps.extend(of_answer(code, before, answer.response()));
    }
    steps.extend(undeclared);
    let gone = base.declared.keys();
    let gone = gone.filter(|code| !mine.declared.contains_key(*code));
    steps.extend(gone.map(|code| Step::DropDeclared(code.clone())));
    steps
}

/// No patch takes a pattern or a handling away: such an answer is put whole.
fn of_answer(
    code: &str,
    before: Option<IntegrationResponse>,
    after: IntegrationResponse,
) -> Option<Step> {
    let Some(before) = before else {
        return Some(Step::PutAnswer(code.to_owned(), after));
    };
    let cleared =
        |before: &Option<String>, after: &Option<String>| before.is_some() && after.is_none();
    if cleared(&before.pattern, &after.pattern)
        || cleared(&before.content_handling, &after.content_handling)
    {
        return Some(Step::PutAnswer(code.to_owned(), after));
    }
    let mut patches = Vec::new();
    for (path, before, after) in [
        ("/selectionPattern", &before.pattern, &after.pattern),
        (
            "/contentHandling",
            &before.content_handling,
            &after.content_handling,
        ),
    ] {
        if let Some(value) = after.as_ref().filter(|_| before != after) {
            patches.push(Patch::replace(path, value));
        }
    }
    patches.extend(of_map(
        "/responseParameters",
        &before.parameters,
        &after.parameters,
    ));
    patches.extend(of_map(
        "/responseTemplates",
        &before.templates,
        &after.templates,
    ));
    (!patches.is_empty()).then(|| Step::PatchAnswer(code.to_owned(), patches))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::super::{Draft, Values};
    use super::super::MethodForm;
    use super::*;
    use crate::model::api::Integration;
    use crate::model::api::patch::json;

    fn draft(kind: &str) -> Draft<MethodForm> {
        let method = Method {
            authorization: "NONE".into(),
            integration: Some(Integration {
                kind: kind.into(),
                responses: [
                    ("200".to_owned(), IntegrationResponse::default()),
                    (
                        "404".to_owned(),
                        IntegrationResponse {
                            pattern: Some("404".into()),
                            parameters: [(
                                "method.response.header.X-Why".to_owned(),
                                "'gone'".to_owned(),
                            )]
                            .into(),
                            templates: [("application/json".to_owned(), "{}".to_owned())].into(),
                            content_handling: None,
                        },
                    ),
                ]
                .into(),
                ..Integration::default()
            }),
            responses: [
                ("200".to_owned(), MethodResponse::default()),
                (
                    "404".to_owned(),
                    MethodResponse {
                        parameters: [("method.response.header.X-Why".to_owned(), false)].into(),
                        ..MethodResponse::default()
                    },
                ),
            ]
            .into(),
            ..Method::default()
        };
        Draft::of("GET /orders", None, MethodForm::of(&method))
    }

    fn told(draft: &Draft<MethodForm>) -> Vec<String> {
        let steps = draft.changes().unwrap().responses.into_iter();
        let told = steps.map(|step| match step {
            Step::DropAnswer(code) => format!("drop answer {code}"),
            Step::Declare(code, _) => format!("declare {code}"),
            Step::PatchDeclared(code, patches) => format!("declared {code} {}", json(&patches)),
            Step::PutAnswer(code, of) => format!("answer {code} {:?}", of.pattern),
            Step::PatchAnswer(code, patches) => format!("answered {code} {}", json(&patches)),
            Step::DropDeclared(code) => format!("drop {code}"),
        });
        told.collect()
    }

    #[test]
    fn an_untouched_form_has_nothing_to_send() {
        assert!(draft("MOCK").changed().is_empty());
    }

    #[test]
    fn a_status_is_declared_before_an_answer_becomes_it_and_goes_after_none_does() {
        let mut draft = draft("MOCK");
        let responses = &mut draft.mine.responses;
        responses.add_answer("402");
        responses.add_header("402", "header.X-Why");
        let answer = responses.answers.get_mut("402").unwrap();
        answer.pattern = "402".into();
        assert_eq!(
            draft.can_apply().unwrap_err(),
            TAKEN_FROM,
            "a header is taken from something"
        );
        let answer = draft.mine.responses.answers.get_mut("402").unwrap();
        answer.sets.insert("header.X-Why".into(), "'unpaid'".into());
        draft.mine.responses.answers.remove("404");
        draft.mine.responses.declared.remove("404");
        assert_eq!(
            told(&draft),
            [
                "drop answer 404",
                "declare 402",
                "answer 402 Some(\"402\")",
                "drop 404"
            ]
        );
    }

    #[test]
    fn what_can_be_patched_is_patched_and_a_pattern_that_goes_is_put() {
        let mut draft = draft("MOCK");
        let answer = draft.mine.responses.answers.get_mut("404").unwrap();
        answer.pattern = "4\\d{2}".into();
        answer
            .templates
            .insert("application/json".into(), "{\"a\":1}".into());
        answer.sets.clear();
        draft
            .mine
            .responses
            .declared
            .get_mut("404")
            .unwrap()
            .headers
            .clear();
        assert_eq!(
            told(&draft),
            [
                r#"answered 404 [{"op":"replace","path":"/selectionPattern","value":"4\\d{2}"},{"op":"remove","path":"/responseParameters/method.response.header.X-Why"},{"op":"replace","path":"/responseTemplates/application~1json","value":"{\"a\":1}"}]"#,
                r#"declared 404 [{"op":"remove","path":"/responseParameters/method.response.header.X-Why"}]"#,
            ],
            "a header is not declared any more once nothing sets it"
        );
        let answer = draft.mine.responses.answers.get_mut("404").unwrap();
        answer.pattern.clear();
        assert_eq!(told(&draft)[0], "answer 404 None");
    }

    #[test]
    fn what_an_answer_needs_must_be_declared() {
        let mut draft = draft("MOCK");
        draft.mine.responses.declared.remove("200");
        assert_eq!(
            draft.can_apply().unwrap_err(),
            "200 is not declared in the method response"
        );
        draft.mine.responses.answers.remove("200");
        assert_eq!(told(&draft), ["drop answer 200", "drop 200"]);
    }

    #[test]
    fn what_is_put_anew_gets_its_answers_again_and_behind_a_proxy_there_are_none() {
        let mut draft = draft("MOCK");
        draft.mine.kind = "HTTP".into();
        draft.mine.uri = "http://127.0.0.1/".into();
        draft.mine.http_method = "GET".into();
        assert_eq!(
            told(&draft),
            ["answer 200 None", "answer 404 Some(\"404\")"]
        );
        draft.mine.kind = "HTTP_PROXY".into();
        assert!(told(&draft).is_empty(), "putting it forgets them");
    }

    #[test]
    fn what_was_changed_is_put_back_field_by_field() {
        let mut draft = draft("MOCK");
        draft.mine.responses.answers.remove("404");
        draft.mine.responses.declared.remove("404");
        draft.mine.responses.add_answer("500");
        let changed = draft.changed();
        assert!(changed.len() > 5, "{changed:?}");
        for field in changed {
            draft.revert(&field);
        }
        assert_eq!(draft.mine, *draft.base());
        let field = MethodField::Status("404".into(), Part::Pattern);
        assert_eq!(
            MethodForm::describe(&field).name,
            "integrationResponses.404.selectionPattern"
        );
    }
}
