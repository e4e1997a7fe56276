//! Two definitions as trees, and what differs between them.

use super::{
    Authorizer, Definition, GatewayResponse, Integration, Method, Place, Texts, Validator, risks,
};
use crate::model::api;
use crate::model::difference::{Difference, Node, compare};

/// The kinds of things, as they stand together.
pub(super) const METHODS: &str = "Methods";
pub(super) const AUTHORIZERS: &str = "Authorizers";
pub(super) const MODELS: &str = "Models";
pub(super) const VALIDATORS: &str = "Request validators";
pub(super) const RESPONSES: &str = "Gateway responses";
pub(super) const WHOLE: &str = "API";
/// The name of what holds for all.
pub(super) const SETTINGS: &str = "Settings";

/// Names of fields that risks stand at.
pub(super) const AUTHORIZATION: &str = "Authorization";
pub(super) const KEY: &str = "API key";
pub(super) const VALIDATOR: &str = "Request validator";
pub(super) const INTEGRATION: &str = "Integration";
pub(super) const RESULT_TTL: &str = "Result cached";
pub(super) const FUNCTION: &str = "Function";
pub(super) const POLICY: &str = "Resource policy";
pub(super) const CHECKS: &str = "Checks";
pub(super) const REQUIRED: &str = "required";

/// What would change, with its risks.
pub fn difference(before: &Definition, after: &Definition) -> Difference {
    let compared = compare(&tree(before, after), &tree(after, before));
    compared.with_risks(risks::risks(before, after))
}

/// Where the method of an entry stands; none for other things.
pub fn place_of(path: &[String]) -> Option<Place> {
    let [kind, name] = path else { return None };
    let (verb, path) = name.split_once(' ').filter(|_| kind == METHODS)?;
    Some(Place {
        path: path.to_owned(),
        verb: verb.to_owned(),
    })
}

/// A definition as a tree. The other side decides how much of an address must be said to tell the two apart.
fn tree(of: &Definition, other: &Definition) -> Vec<Node> {
    let mut nodes = Vec::new();
    // Most methods are the same on both sides: they are not even put into words.
    for (place, one) in &of.methods {
        let theirs = other.methods.get(place);
        if theirs != Some(one) {
            nodes.push(method(place, one, theirs));
        }
    }
    for (name, one) in &of.authorizers {
        nodes.push(authorizer(name, one, other.authorizers.get(name)));
    }
    nodes.extend(of.models.iter().map(|(name, one)| model(name, one)));
    nodes.extend(
        of.validators
            .iter()
            .map(|(name, one)| validator(name, *one)),
    );
    nodes.extend(of.responses.iter().map(|(name, one)| response(name, one)));
    nodes.push(settings(of));
    nodes
}

/// The fields of a map, each under its own name.
fn with_texts(mut node: Node, prefix: &str, texts: &Texts) -> Node {
    for (name, value) in texts {
        node = node.field(&format!("{prefix} {name}"), value.as_str());
    }
    node
}

fn maybe(node: Node, name: &str, value: Option<&String>) -> Node {
    match value {
        Some(value) => node.field(name, value.as_str()),
        None => node,
    }
}

fn method(place: &Place, of: &Method, other: Option<&Method>) -> Node {
    let mut node = Node::new(METHODS, &place.name());
    node.summary = summary(of);
    let mut guard = of.guard();
    if !of.scopes.is_empty() {
        guard = format!("{guard}, scopes {}", of.scopes.join(" "));
    }
    let required = if of.key { "required" } else { "not required" };
    let validator = of.validator.as_deref().unwrap_or("none");
    node = node
        .field(AUTHORIZATION, guard)
        .field(KEY, required)
        .field(VALIDATOR, validator);
    node = maybe(node, "Operation name", of.operation.as_ref());
    for (name, required) in &of.parameters {
        let words = if *required { "required" } else { "optional" };
        node = node.field(&format!("Parameter {name}"), words);
    }
    node = with_texts(node, "Body", &of.models);
    for (status, response) in &of.responses {
        let models = response.models.iter();
        let models = models.map(|(kind, model)| format!("{model} as {kind}"));
        let headers = response.headers.iter().cloned();
        let all: Vec<String> = models.chain(headers).collect();
        let words = match all.is_empty() {
            true => "declared".to_owned(),
            false => all.join(", "),
        };
        node = node.field(&format!("Response {status}"), words);
    }
    match &of.integration {
        Some(one) => integration(
            node,
            one,
            other.and_then(|other| other.integration.as_ref()),
        ),
        None => node.field(INTEGRATION, "none"),
    }
}

/// As people read it: `29,000 ms`.
fn milliseconds(ms: i64) -> String {
    format!("{} ms", crate::model::format::number_exact(ms))
}

/// All of a method in a few words: `Lambda proxy orders-settle:live · IAM`.
pub(super) fn summary(of: &Method) -> String {
    let behind = of.integration.as_ref().map(|of| backend(of, None));
    let mut words = vec![behind.unwrap_or_else(|| "nothing behind it".to_owned())];
    match (of.authorization.as_str(), of.key) {
        ("NONE", false) => words.push("open".to_owned()),
        ("NONE", true) => {}
        _ => words.push(of.guard()),
    }
    if of.key {
        words.push("API key".to_owned());
    }
    words.join(" · ")
}

/// What answers, in words. Two backends that the same few words would name are told by their whole addresses.
pub(super) fn backend(of: &Integration, other: Option<&Integration>) -> String {
    let said = |of: &Integration| {
        let plain = api::Integration {
            kind: of.kind.clone(),
            uri: of.uri.clone(),
            ..api::Integration::default()
        };
        let verb = match (plain.function_arn(), of.kind.as_str()) {
            (Some(_), _) | (None, "MOCK") => String::new(),
            _ => of.verb.clone().unwrap_or_default(),
        };
        let target = match of.kind.as_str() {
            "MOCK" => String::new(),
            _ => plain.target(),
        };
        let words = [plain.words(), verb.as_str(), target.as_str()];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        words.join(" ")
    };
    let words = said(of);
    match other {
        Some(other) if said(other) == words && other.uri != of.uri => {
            of.uri.clone().unwrap_or(words)
        }
        _ => words,
    }
}

fn integration(node: Node, of: &Integration, other: Option<&Integration>) -> Node {
    let mut node = node
        .field(INTEGRATION, backend(of, other))
        .field("Timeout", milliseconds(of.timeout_ms));
    // A function is always asked with POST; anything else is said.
    if other.is_some_and(|other| other.verb != of.verb) {
        node = maybe(node, "Backend's method", of.verb.as_ref());
    }
    node = maybe(node, "VPC link", of.link.as_ref());
    node = maybe(node, "Role", of.credentials.as_ref());
    if of.passthrough != "WHEN_NO_MATCH" {
        node = node.field("Passthrough", of.passthrough.as_str());
    }
    node = maybe(node, "Body conversion", of.content_handling.as_ref());
    if of.insecure {
        node = node.field("Backend's certificate", "not checked");
    }
    if of.streams {
        node = node.field("Response transfer", "streamed");
    }
    if !of.cache_keys.is_empty() {
        node = node.field("Cache key", of.cache_keys.join(", "));
    }
    node = with_texts(node, "Sends", &of.parameters);
    node = with_texts(node, "Request template", &of.templates);
    for (pattern, response) in &of.responses {
        let name = format!("Answer {pattern}");
        node = node.field(&name, response.status.as_str());
        node = with_texts(node, &name, &response.parameters);
        node = with_texts(node, &format!("{name} template"), &response.templates);
        let conversion = response.content_handling.as_ref();
        node = maybe(node, &format!("{name} conversion"), conversion);
    }
    node
}

fn authorizer(name: &str, of: &Authorizer, other: Option<&Authorizer>) -> Node {
    let as_integration = |of: &Authorizer| Integration {
        kind: "AWS".into(),
        uri: of.uri.clone(),
        ..Integration::default()
    };
    let mut node = Node::new(AUTHORIZERS, name);
    node.detail.clone_from(&of.kind);
    node = node.field("Kind", of.kind.as_str());
    if of.uri.is_some() {
        let other = other.map(as_integration);
        let words = backend(&as_integration(of), other.as_ref());
        let words = words.strip_prefix("Lambda ").unwrap_or(&words);
        node.summary = format!("{} {words}", of.kind);
        node = node.field(FUNCTION, words);
    }
    if !of.providers.is_empty() {
        node = node.field("User pools", of.providers.join(", "));
    }
    node = maybe(node, "Role", of.credentials.as_ref());
    if !of.identity.is_empty() {
        node = node.field("Identity", of.identity.as_str());
    }
    node = maybe(node, "Validation", of.expression.as_ref());
    let ttl = match of.ttl_s {
        0 => "never".to_owned(),
        seconds => format!("{seconds} s"),
    };
    node.field(RESULT_TTL, ttl)
}

fn model(name: &str, of: &Texts) -> Node {
    let mut node = Node::new(MODELS, name);
    node.summary = "a JSON schema".to_owned();
    for (key, value) in of {
        node = node.field(key, value.as_str());
    }
    node
}

fn validator(name: &str, of: Validator) -> Node {
    let mut node = Node::new(VALIDATORS, name);
    node.summary = of.words().to_owned();
    node.field(CHECKS, of.words())
}

fn response(kind: &str, of: &GatewayResponse) -> Node {
    let mut node = Node::new(RESPONSES, kind);
    node.summary = of.status.clone().unwrap_or_else(|| "of its own".to_owned());
    node = maybe(node, "Status", of.status.as_ref());
    node = with_texts(node, "Header", &of.parameters);
    with_texts(node, "Template", &of.templates)
}

fn settings(of: &Definition) -> Node {
    let of = &of.settings;
    let mut node = Node::new(WHOLE, SETTINGS);
    node = maybe(node, POLICY, of.policy.as_ref());
    if !of.binary_media_types.is_empty() {
        node = node.field("Binary media types", of.binary_media_types.join(", "));
    }
    if let Some(bytes) = of.minimum_compression {
        node = node.field("Compressed from", format!("{bytes} bytes"));
    }
    let source = match of.key_from_authorizer {
        true => "authorizer",
        false => "header",
    };
    let endpoint = match of.default_endpoint_disabled {
        true => "does not answer",
        false => "answers",
    };
    node.field("API keys from", source)
        .field("Default endpoint", endpoint)
}
