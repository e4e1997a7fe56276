//! The way of a request through a method, as values: what each box says. Draws nothing.

use crate::model::api::{ApiDetail, Authorizer, Integration, Method, MethodPart, Validator};
use crate::model::format::{counted, number};
use crate::ui::icons::Icon;
use crate::ui::widgets::chip::Tone;

/// One box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it opens; none for the client.
    pub part: Option<MethodPart>,
    /// See [`Icon`]; may be empty.
    pub icon: &'static str,
    /// The first line.
    pub title: String,
    /// Under it, each with how it is.
    pub lines: Vec<(String, Tone)>,
    /// Something in it is in the draft.
    pub draft: bool,
}

impl Node {
    fn new(part: MethodPart) -> Self {
        Self {
            part: Some(part),
            icon: "",
            title: part.title().to_owned(),
            lines: Vec::new(),
            draft: false,
        }
    }

    fn line(mut self, words: impl Into<String>, tone: Tone) -> Self {
        let words = words.into();
        if !words.is_empty() {
            self.lines.push((words, tone));
        }
        self
    }

    /// What a screen reader says.
    pub fn name(&self) -> String {
        let lines = self.lines.iter().map(|(words, _)| words.as_str());
        let all: Vec<&str> = std::iter::once(self.title.as_str()).chain(lines).collect();
        all.join(", ")
    }
}

/// What is known beside the method itself.
pub struct Known<'a> {
    /// The API.
    pub detail: &'a ApiDetail,
    /// Its authorizers, as far as they could be read.
    pub authorizers: &'a [Authorizer],
    /// Its validators, as far as they could be read.
    pub validators: &'a [Validator],
    /// More lines of the backend: of the function, and whether it may be called.
    pub backend: Vec<(String, Tone)>,
    /// The boxes that the draft has changed.
    pub drafts: [bool; 4],
}

/// The boxes: the client, then those of [`MethodPart::ALL`].
pub fn nodes(method: &Method, known: &Known<'_>) -> Vec<Node> {
    let mut request = request(method, known);
    request.draft = known.drafts[0];
    let mut integration = integration(method);
    integration.draft = known.drafts[1];
    vec![
        client(known.detail),
        request,
        integration,
        backend(method, known),
        Node {
            draft: known.drafts[2],
            ..integration_response(method)
        },
        Node {
            draft: known.drafts[3],
            ..response(method)
        },
    ]
}

fn client(detail: &ApiDetail) -> Node {
    let stages: Vec<&str> = detail.stages.iter().map(|of| of.name.as_str()).collect();
    let node = Node {
        part: None,
        icon: Icon::GLOBE,
        title: "Client".to_owned(),
        lines: Vec::new(),
        draft: false,
    };
    match stages.as_slice() {
        [] => node.line("no stage yet", Tone::Muted),
        stages => node.line(format!("at {}", stages.join(", ")), Tone::Muted),
    }
}

/// Who gets in, in a few words.
pub fn authorization(method: &Method, authorizers: &[Authorizer]) -> (String, Tone) {
    let id = method.authorizer_id.as_deref().unwrap_or_default();
    let name = authorizers.iter().find(|of| of.id == id);
    let name = name.map_or(id, |of| of.name.as_str());
    match method.authorization.as_str() {
        "NONE" if method.is_open() => ("NONE: open to everybody".to_owned(), Tone::Warn),
        "NONE" => ("NONE, but an API key".to_owned(), Tone::Plain),
        "AWS_IAM" => ("AWS_IAM: signed requests".to_owned(), Tone::Plain),
        "CUSTOM" => (format!("Lambda authorizer {name}"), Tone::Plain),
        "COGNITO_USER_POOLS" => (format!("Cognito {name}"), Tone::Plain),
        other => (other.to_owned(), Tone::Plain),
    }
}

/// The validator in a few words; empty where there is none.
pub fn validator(method: &Method, validators: &[Validator]) -> String {
    let Some(id) = &method.validator_id else {
        return String::new();
    };
    let found = validators.iter().find(|of| of.id == *id);
    match found {
        Some(found) => format!("checks {}", found.words()),
        None => format!("validator {id}"),
    }
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// So many of something; nothing for none.
fn some(count: usize, one: &str) -> String {
    match count {
        0 => String::new(),
        count => counted(count, one),
    }
}

fn request(method: &Method, known: &Known<'_>) -> Node {
    let (words, tone) = authorization(method, known.authorizers);
    let key = match method.api_key_required && method.authorization != "NONE" {
        true => "API key",
        false => "",
    };
    let rest = joined([
        validator(method, known.validators),
        some(method.parameters.len(), "parameter"),
        some(method.models.len(), "model"),
        key.to_owned(),
    ]);
    let mut node = Node::new(MethodPart::Request).line(words, tone);
    if tone == Tone::Warn {
        node.icon = Icon::GLOBE;
    }
    node.line(rest, Tone::Muted)
}

/// Seconds or milliseconds, as they are read.
fn time(ms: i32) -> String {
    match ms % 1_000 {
        0 => format!("{} s", ms / 1_000),
        _ => format!("{} ms", number(f64::from(ms))),
    }
}

fn integration(method: &Method) -> Node {
    let node = Node::new(MethodPart::Integration);
    let Some(of) = &method.integration else {
        return node.line("nothing answers yet", Tone::Warn);
    };
    let timeout = of.timeout_ms.filter(|_| of.kind != "MOCK").map(time);
    let node = node.line(
        joined([of.words().to_owned(), timeout.unwrap_or_default()]),
        Tone::Plain,
    );
    let shaped = joined([
        some(of.request_templates.len(), "template"),
        some(of.parameters.len(), "parameter"),
    ]);
    let passed = of.is_proxy() && shaped.is_empty();
    node.line(
        if passed {
            "passed on as it is"
        } else {
            &shaped
        },
        Tone::Muted,
    )
}

fn backend(method: &Method, known: &Known<'_>) -> Node {
    let mut node = Node::new(MethodPart::Backend);
    let Some(of) = &method.integration else {
        return node.line("none", Tone::Muted);
    };
    node.icon = icon(of);
    node.title = match of.kind.as_str() {
        "MOCK" => "Mock".to_owned(),
        _ => of.target(),
    };
    node.lines.clone_from(&known.backend);
    if node.lines.is_empty() {
        let words = match of.kind.as_str() {
            "MOCK" => "the gateway itself",
            _ => of.words(),
        };
        node = node.line(words, Tone::Muted);
    }
    node
}

/// The sign of what answers.
pub fn icon(of: &Integration) -> &'static str {
    match of.kind.as_str() {
        "MOCK" => Icon::CIRCLE_DASHED,
        _ if of.function_arn().is_some() => Icon::SQUARE_FUNCTION,
        "AWS" | "AWS_PROXY" => Icon::CLOUD,
        _ => Icon::GLOBE,
    }
}

fn integration_response(method: &Method) -> Node {
    let node = Node::new(MethodPart::IntegrationResponse);
    let Some(of) = &method.integration else {
        return node.line("none", Tone::Muted);
    };
    if of.is_proxy() {
        return node.line("passed on as it is", Tone::Muted);
    }
    if of.responses.is_empty() {
        return node.line("none: every call fails with 500", Tone::Warn);
    }
    let mapped = of.responses.iter().map(|(status, of)| {
        let pattern = of.pattern.as_deref().unwrap_or("default");
        format!("{pattern} → {status}")
    });
    let templates: usize = of.responses.values().map(|of| of.templates.len()).sum();
    let headers: usize = of.responses.values().map(|of| of.parameters.len()).sum();
    node.line(joined(mapped), Tone::Plain).line(
        joined([some(headers, "header"), some(templates, "template")]),
        Tone::Muted,
    )
}

fn response(method: &Method) -> Node {
    let node = Node::new(MethodPart::Response);
    if method.responses.is_empty() {
        let proxy = method
            .integration
            .as_ref()
            .is_some_and(Integration::is_proxy);
        return node.line(
            match proxy {
                true => "whatever the backend answers",
                false => "nothing declared",
            },
            Tone::Muted,
        );
    }
    let statuses = method.responses.iter().map(|(status, of)| {
        let model = of.models.values().next().map_or("", String::as_str);
        joined_words(status, model)
    });
    let headers: usize = method
        .responses
        .values()
        .map(|of| of.parameters.len())
        .sum();
    node.line(joined(statuses), Tone::Plain)
        .line(some(headers, "header"), Tone::Muted)
}

fn joined_words(status: &str, model: &str) -> String {
    match model {
        "" => status.to_owned(),
        model => format!("{status} {model}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::api::{IntegrationResponse, MethodResponse, Stage};

    fn told(method: &Method) -> Vec<String> {
        let mut detail = ApiDetail::default();
        detail.stages.push(Stage {
            name: "prod".into(),
            ..Stage::default()
        });
        let known = Known {
            detail: &detail,
            authorizers: &[Authorizer {
                id: "a1b2c3".into(),
                name: "tokens".into(),
                kind: "TOKEN".into(),
            }],
            validators: &[],
            backend: Vec::new(),
            drafts: [false; 4],
        };
        nodes(method, &known).iter().map(Node::name).collect()
    }

    #[test]
    fn a_method_without_anything_says_what_lacks() {
        let method = Method {
            authorization: "NONE".into(),
            ..Method::default()
        };
        assert_eq!(
            told(&method),
            [
                "Client, at prod",
                "Method request, NONE: open to everybody",
                "Integration request, nothing answers yet",
                "Backend, none",
                "Integration response, none",
                "Method response, nothing declared",
            ]
        );
    }

    #[test]
    fn a_method_that_shapes_what_passes_is_told_box_by_box() {
        let answer = |pattern: Option<&str>| IntegrationResponse {
            pattern: pattern.map(str::to_owned),
            templates: [("application/json".to_owned(), "{}".to_owned())].into(),
            ..IntegrationResponse::default()
        };
        let method = Method {
            authorization: "CUSTOM".into(),
            authorizer_id: Some("a1b2c3".into()),
            api_key_required: true,
            parameters: [("method.request.path.id".to_owned(), true)].into(),
            integration: Some(Integration {
                kind: "AWS".into(),
                uri: Some("arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:pay:live/invocations".into()),
                timeout_ms: Some(10_000),
                request_templates: [("application/json".to_owned(), "{}".to_owned())].into(),
                responses: [
                    ("200".to_owned(), answer(None)),
                    ("402".to_owned(), answer(Some(".*declined.*"))),
                ]
                .into(),
                ..Integration::default()
            }),
            responses: [(
                "200".to_owned(),
                MethodResponse {
                    models: [("application/json".to_owned(), "Capture".to_owned())].into(),
                    ..MethodResponse::default()
                },
            )]
            .into(),
            ..Method::default()
        };
        assert_eq!(
            told(&method)[1..],
            [
                "Method request, Lambda authorizer tokens, 1 parameter · API key",
                "Integration request, Lambda · 10 s, 1 template",
                "pay:live, Lambda",
                "Integration response, default → 200 · .*declined.* → 402, 2 templates",
                "Method response, 200 Capture",
            ]
        );
    }
}
