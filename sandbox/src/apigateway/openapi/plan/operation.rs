//! Operations as methods.

use super::{
    super::{
        super::model::{Method, MethodResponse, Texts},
        document::Document,
    },
    Kind, Reading, below,
    settings::texts,
};

const JSON: &str = "application/json";

/// The names of the variables of a path.
fn variables(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        Some(name.strip_suffix('+').unwrap_or(name))
    })
}

impl<'a> Reading<'a> {
    pub(super) fn operation(
        &mut self,
        path: &str,
        verb: &str,
        item: &'a Document,
        (operation, at): (&'a Document, &str),
    ) -> Method {
        let mut method = Method {
            http_method: verb.to_owned(),
            operation_name: operation.get("operationId").and_then(Document::scalar),
            ..Method::default()
        };
        for name in variables(path) {
            let name = format!("method.request.path.{name}");
            method.request_parameters.insert(name, true);
        }
        // What an operation says of a parameter comes after what its path says.
        let above = at.rsplit_once('/').map_or("", |(above, _)| above);
        for (of, at) in [(item, above), (operation, at)] {
            let at = below(at, "parameters");
            let all = of
                .get("parameters")
                .map(Document::items)
                .unwrap_or_default();
            for (n, parameter) in all.iter().enumerate() {
                let at = format!("{at}/{n}");
                if let Some(parameter) = self.follow(parameter, &at) {
                    self.parameter(&mut method, operation, (path, parameter, &at));
                }
            }
        }
        if let Some(body) = operation.get("requestBody") {
            let at = below(at, "requestBody");
            if let Some(body) = self.follow(body, &at) {
                method.request_models = self.content(body, &at);
            }
        }
        self.responses(&mut method, path, operation, at);
        self.secure(operation, at, &mut method);
        method.request_validator_id = self.validator(operation, at);
        method.method_integration = self.integration(path, verb, operation, at);
        method
    }

    fn parameter(
        &mut self,
        method: &mut Method,
        operation: &'a Document,
        (path, parameter, at): (&str, &'a Document, &str),
    ) {
        let name = parameter
            .get("name")
            .and_then(Document::scalar)
            .unwrap_or_default();
        let place = match parameter.get("in").and_then(Document::as_text) {
            Some("query") => "querystring",
            Some("header") => "header",
            Some("path") => "path",
            Some("body") => {
                let Some(schema) = parameter.get("schema") else {
                    return;
                };
                if let Some(model) = self.model_of(schema, &below(at, "schema")) {
                    let kinds = self.kinds(operation, "consumes");
                    let kinds = kinds.into_iter().map(|kind| (kind, model.clone()));
                    method.request_models = kinds.collect();
                }
                return;
            }
            other => {
                let message = format!(
                    "Parameter '{name}' of type '{}' of method '{}' on resource at path '{path}' is not supported. Ignoring.",
                    other.unwrap_or("null"),
                    method.http_method
                );
                self.notes.warn(at, message);
                return;
            }
        };
        let required = parameter
            .get("required")
            .and_then(Document::flag)
            .unwrap_or(false);
        let name = format!("method.request.{place}.{name}");
        let required = required || place == "path";
        method.request_parameters.insert(name, required);
    }

    /// The content types of an operation, its own or those of all.
    fn kinds(&self, operation: &Document, member: &str) -> Vec<String> {
        let said = operation.get(member).or_else(|| self.document.get(member));
        let kinds = said.map(texts).unwrap_or_default();
        match kinds.is_empty() {
            true => vec![JSON.to_owned()],
            false => kinds,
        }
    }

    /// Models by content type.
    fn content(&mut self, of: &'a Document, at: &str) -> Texts {
        let mut models = Texts::new();
        let all = of.get("content").into_iter().flat_map(Document::members);
        for (kind, media) in all {
            let at = below(&below(&below(at, "content"), kind), "schema");
            if let Some(schema) = media.get("schema")
                && let Some(model) = self.model_of(schema, &at)
            {
                models.insert(kind.to_owned(), model);
            }
        }
        models
    }

    fn responses(&mut self, method: &mut Method, path: &str, operation: &'a Document, at: &str) {
        let all = operation
            .get("responses")
            .into_iter()
            .flat_map(Document::members);
        for (code, response) in all {
            let at = below(&below(at, "responses"), code);
            if code.starts_with("x-") {
                continue;
            }
            if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_digit()) {
                let message = format!(
                    "Response '{code}' of method '{}' on resource at path '{path}' is not supported. Ignoring.",
                    method.http_method
                );
                self.notes.warn(&at, message);
                continue;
            }
            if let Some(response) = self.follow(response, &at) {
                let made = self.response(code, operation, response, &at);
                method.method_responses.insert(code.to_owned(), made);
            }
        }
    }

    fn response(
        &mut self,
        code: &str,
        operation: &'a Document,
        response: &'a Document,
        at: &str,
    ) -> MethodResponse {
        let headers = response
            .get("headers")
            .into_iter()
            .flat_map(Document::members);
        let headers = headers.map(|(name, _)| (format!("method.response.header.{name}"), false));
        let headers = Some(headers.collect())
            .filter(|all: &std::collections::BTreeMap<_, _>| !all.is_empty());
        let models = match self.kind {
            Kind::OpenApi => self.content(response, at),
            Kind::Swagger => {
                let schema = response.get("schema");
                let at = below(at, "schema");
                let model = schema.and_then(|schema| self.model_of(schema, &at));
                let kinds = self.kinds(operation, "produces").into_iter();
                let kinds = kinds.filter_map(|kind| Some((kind, model.clone()?)));
                kinds.collect()
            }
        };
        MethodResponse {
            status_code: code.to_owned(),
            response_parameters: headers,
            response_models: Some(models).filter(|models| !models.is_empty()),
        }
    }
}
