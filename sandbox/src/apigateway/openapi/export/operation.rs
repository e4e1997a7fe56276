//! A method as an operation, with its integration.

use super::{
    super::{
        super::model::{Integration, IntegrationResponse, Method, MethodResponse, Resource},
        document::{Document, Map},
        order::hashed,
    },
    Export, Kind, name,
    notes::Place,
    security, texts,
};
use std::collections::{BTreeMap, BTreeSet};

/// Milliseconds that an integration may take unless it says otherwise.
const USUAL_TIMEOUT: i64 = 29_000;

pub fn write(export: &Export<'_>, resource: &Resource, method: &Method) -> Map {
    let of = Of {
        export,
        resource,
        method,
    };
    let mut out = export.notes.of(of.place("METHOD")).unwrap_or_default();
    out.put_some("operationId", method.operation_name.as_deref());
    if export.wanted.kind == Kind::Swagger {
        out.put_filled("consumes", of.consumes());
        out.put_filled("produces", of.produces());
    }
    out.put_filled("parameters", of.parameters());
    if export.wanted.kind == Kind::OpenApi {
        out.put_filled("requestBody", of.body());
    }
    out.put("responses", of.responses());
    out.put_filled("security", security::required(export, method));
    let now = export.source.definition;
    let validator = method.request_validator_id.as_ref();
    let validator = validator.and_then(|id| now.validators.get(id));
    if let (true, Some(validator)) = (export.wanted.settings, validator) {
        let said = validator.name.as_ref().unwrap_or(&validator.id);
        out.put(&name("request-validator"), said);
    }
    if let (true, Some(integration)) = (export.wanted.integrations, &method.method_integration) {
        out.put(&name("integration"), integrated(resource, integration));
    }
    out
}

struct Of<'a> {
    export: &'a Export<'a>,
    resource: &'a Resource,
    method: &'a Method,
}

/// Keys of maps, each once.
fn keys<'a>(all: impl Iterator<Item = &'a String>) -> Vec<Document> {
    let keys: BTreeSet<&String> = all.collect();
    keys.into_iter().map(Document::from).collect()
}

impl<'a> Of<'a> {
    fn place(&self, kind: &'static str) -> Place<'a> {
        Place::new(kind)
            .at(&self.resource.path)
            .of(&self.method.http_method)
    }

    fn consumes(&self) -> Vec<Document> {
        let integration = self.method.method_integration.iter();
        let templates = integration.flat_map(|integration| integration.request_templates.keys());
        keys(self.method.request_models.keys().chain(templates))
    }

    fn produces(&self) -> Vec<Document> {
        let responses = self.method.method_responses.values();
        let models = responses.flat_map(|response| response.response_models.iter().flatten());
        let integration = self.method.method_integration.iter();
        let answers =
            integration.flat_map(|integration| integration.integration_responses.values());
        let templates = answers.flat_map(|answer| answer.response_templates.keys());
        keys(models.map(|(kind, _)| kind).chain(templates))
    }

    fn parameters(&self) -> Vec<Document> {
        let all = self.method.request_parameters.iter();
        let all = all.map(|(name, required)| (name.as_str(), *required));
        let all = hashed(all).into_iter();
        let mut out: Vec<Document> = all
            .filter_map(|(name, required)| self.parameter(name, required))
            .map(Document::from)
            .collect();
        if self.export.wanted.kind == Kind::Swagger
            && let Some((_, model)) = self.method.request_models.first_key_value()
        {
            let mut body = Map::default();
            body.put("in", "body");
            body.put("name", model);
            if let Some(note) = self.export.notes.of(self.place("REQUEST_BODY")) {
                body.merge(note);
            }
            body.put("required", true);
            body.put("schema", self.export.model(model));
            out.push(body.into());
        }
        out
    }

    /// `method.request.PLACE.NAME`.
    fn parameter(&self, expression: &str, required: bool) -> Option<Map> {
        let (place, name) = expression
            .strip_prefix("method.request.")?
            .split_once('.')?;
        let (place, kind) = match place {
            "path" => ("path", "PATH_PARAMETER"),
            "querystring" | "multivaluequerystring" => ("query", "QUERY_PARAMETER"),
            "header" | "multivalueheader" => ("header", "REQUEST_HEADER"),
            _ => return None,
        };
        let required = required || place == "path";
        let mut out = Map::default();
        out.put("name", name);
        out.put("in", place);
        if let Some(note) = self.export.notes.of(self.place(kind).named(name)) {
            out.merge(note);
        }
        let mut text = Map::default();
        text.put("type", "string");
        match self.export.wanted.kind {
            Kind::Swagger => {
                out.put("required", required);
                out.merge(text);
            }
            Kind::OpenApi => {
                if required {
                    out.put("required", true);
                }
                out.put("schema", text);
            }
        }
        Some(out)
    }

    fn body(&self) -> Map {
        if self.method.request_models.is_empty() {
            return Map::default();
        }
        let mut body = self
            .export
            .notes
            .of(self.place("REQUEST_BODY"))
            .unwrap_or_default();
        body.put("content", self.content(self.method.request_models.iter()));
        body.put("required", true);
        body
    }

    fn content<'b>(&self, models: impl Iterator<Item = (&'b String, &'b String)>) -> Map {
        let all = hashed(models.map(|(kind, model)| (kind.as_str(), model))).into_iter();
        let all = all.map(|(kind, model)| {
            let mut media = Map::default();
            media.put("schema", self.export.model(model));
            (kind.to_owned(), media.into())
        });
        all.collect()
    }

    fn responses(&self) -> Map {
        let all = self.method.method_responses.iter();
        let all = hashed(all.map(|(code, response)| (code.as_str(), response))).into_iter();
        all.map(|(code, response)| (code.to_owned(), self.response(code, response).into()))
            .collect()
    }

    fn response(&self, code: &str, response: &MethodResponse) -> Map {
        let place = self.place("RESPONSE").answering(code);
        let mut out = self.export.notes.of(place).unwrap_or_default();
        if out.get("description").is_none() {
            out.put("description", format!("{code} response"));
        }
        let models = response.response_models.iter().flatten();
        let headers = self.headers(code, response);
        match self.export.wanted.kind {
            Kind::Swagger => {
                // One schema is all that this language has for a status.
                if let Some((_, model)) = models.into_iter().next() {
                    out.put("schema", self.export.model(model));
                }
                out.put_filled("headers", headers);
            }
            Kind::OpenApi => {
                out.put_filled("headers", headers);
                out.put("content", self.content(models));
            }
        }
        out
    }

    fn headers(&self, code: &str, response: &MethodResponse) -> Map {
        let names = response.response_parameters.iter().flatten();
        let names = names.filter_map(|(name, _)| name.strip_prefix("method.response.header."));
        let names = hashed(names.map(|name| (name, ()))).into_iter();
        let headers = names.map(|(name, ())| {
            let mut text = Map::default();
            text.put("type", "string");
            let mut header = match self.export.wanted.kind {
                Kind::Swagger => text,
                Kind::OpenApi => [("schema".to_owned(), text.into())].into_iter().collect(),
            };
            let place = self.place("RESPONSE_HEADER").answering(code).named(name);
            if let Some(note) = self.export.notes.of(place) {
                header.merge(note);
            }
            (name.to_owned(), header.into())
        });
        headers.collect()
    }
}

/// Templates; one that is empty is an empty text.
fn templates(all: &BTreeMap<String, Option<String>>) -> Map {
    let all = hashed(all.iter().map(|(kind, text)| (kind.as_str(), text))).into_iter();
    let text = |text: &Option<String>| Document::from(text.as_deref().unwrap_or_default());
    all.map(|(kind, template)| (kind.to_owned(), text(template)))
        .collect()
}

fn integrated(resource: &Resource, made: &Integration) -> Map {
    let mut out = Map::default();
    out.put("type", made.kind.to_ascii_lowercase());
    if made.connection_type.as_deref() == Some("VPC_LINK") {
        out.put("connectionType", "VPC_LINK");
        out.put_some("connectionId", made.connection_id.as_deref());
    }
    out.put_some("credentials", made.credentials.as_deref());
    out.put_some("httpMethod", made.http_method.as_deref());
    out.put_some("uri", made.uri.as_deref());
    out.put_filled("responses", answers(made));
    out.put_filled("requestParameters", texts(&made.request_parameters));
    out.put_filled("requestTemplates", templates(&made.request_templates));
    out.put(
        "passthroughBehavior",
        made.passthrough_behavior.to_ascii_lowercase(),
    );
    out.put_some("contentHandling", made.content_handling.as_deref());
    if made.timeout_in_millis != USUAL_TIMEOUT {
        out.put("timeoutInMillis", made.timeout_in_millis);
    }
    if made.cache_namespace != resource.id {
        out.put("cacheNamespace", &made.cache_namespace);
    }
    out.put_filled("cacheKeyParameters", made.cache_key_parameters.clone());
    out.put_some("tlsConfig", made.tls_config.as_ref());
    let mode = made.response_transfer_mode.as_deref();
    out.put_some("responseTransferMode", mode);
    out
}

/// Answers by the pattern that selects each of them.
fn answers(made: &Integration) -> Map {
    let mut all: Vec<(&str, &IntegrationResponse)> = Vec::new();
    for answer in made.integration_responses.values() {
        let pattern = answer.selection_pattern.as_deref().unwrap_or_default();
        let key = if pattern.is_empty() {
            "default"
        } else {
            pattern
        };
        if !all.iter().any(|(known, _)| *known == key) {
            all.push((key, answer));
        }
    }
    let all = hashed(all.into_iter()).into_iter().map(|(key, answer)| {
        let mut out = Map::default();
        out.put("statusCode", &answer.status_code);
        out.put_filled("responseParameters", texts(&answer.response_parameters));
        out.put_filled("responseTemplates", templates(&answer.response_templates));
        out.put_some("contentHandling", answer.content_handling.as_deref());
        (key.to_owned(), out.into())
    });
    all.collect()
}
