//! Request validators: whether the parameters that a method requires are there, and whether the body fits its model.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html>.

use super::{exchange::Exchange, pattern, refusal::Refusal};
use crate::{
    apigateway::{model::Definition, parameter},
    region::lock,
};
use boon::{Compiler, Draft, ErrorKind, SchemaIndex, Schemas, UrlLoader, ValidationError};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// A model, ready to be held against bodies.
type Compiled = Arc<(Schemas, SchemaIndex)>;

/// The models of a deployment, each made ready when it is first needed; none for one that can't be.
#[derive(Default)]
pub struct Models(Mutex<HashMap<String, Option<Compiled>>>);

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} models", lock(&self.0).len())
    }
}

impl Models {
    fn get(&self, definition: &Definition, name: &str) -> Option<Compiled> {
        if let Some(known) = lock(&self.0).get(name) {
            return known.clone();
        }
        let made = compile(definition, name);
        lock(&self.0).insert(name.to_owned(), made.clone());
        made
    }
}

/// What a schema refers to is a model of the API, or nothing: no file is read and nobody is asked.
struct Nowhere;

impl UrlLoader for Nowhere {
    fn load(&self, url: &str) -> Result<Value, Box<dyn std::error::Error>> {
        Err(format!("{url} is no model of the API").into())
    }
}

fn compile(definition: &Definition, name: &str) -> Option<Compiled> {
    let place = |name: &str| {
        let api = &definition.rest.id;
        format!("https://apigateway.amazonaws.com/restapis/{api}/models/{name}")
    };
    let mut compiler = Compiler::new();
    compiler.set_default_draft(Draft::V4);
    compiler.use_loader(Box::new(Nowhere));
    for model in definition.models.values() {
        let schema = model.schema.as_deref().unwrap_or("{}");
        let mut schema = serde_json::from_str(schema).ok()?;
        pattern::readable(&mut schema);
        compiler.add_resource(&place(&model.name), schema).ok()?;
    }
    let mut schemas = Schemas::new();
    let index = compiler.compile(&place(name), &mut schemas);
    let index = index.inspect_err(|error| tracing::info!(name, %error, "a model is no schema"));
    Some(Arc::new((schemas, index.ok()?)))
}

/// Holds a request against the method's validator, if it has one.
///
/// # Errors
/// What is wrong with the request.
pub fn check(models: &Models, exchange: &Exchange<'_>) -> Result<(), Refusal> {
    let Some(route) = &exchange.route else {
        return Ok(());
    };
    let definition = exchange.definition();
    let id = route.method.request_validator_id.as_deref();
    let Some(validator) = id.and_then(|id| definition.validators.get(id)) else {
        return Ok(());
    };
    if validator.validate_request_parameters {
        let required = route.method.request_parameters.iter();
        let required = required.filter(|(_, required)| **required);
        let missing: Vec<&str> = required
            .filter_map(|(expression, _)| parameter(expression))
            .filter(|(place, name)| {
                let given = exchange.given(place, name);
                given.is_none_or(|given| given.trim().is_empty())
            })
            .map(|(_, name)| name)
            .collect();
        if !missing.is_empty() {
            return Err(Refusal::parameters(&missing));
        }
    }
    if validator.validate_request_body {
        check_body(models, exchange, definition)?;
    }
    Ok(())
}

fn check_body(
    models: &Models,
    exchange: &Exchange<'_>,
    definition: &Definition,
) -> Result<(), Refusal> {
    let kind = exchange.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let kind = if kind.is_empty() {
        "application/json"
    } else {
        kind
    };
    let route = exchange.route.iter();
    let mut known = route.flat_map(|route| &route.method.request_models);
    let Some((_, name)) = known.find(|(known, _)| known.eq_ignore_ascii_case(kind)) else {
        return Ok(());
    };
    let body = &exchange.request.body;
    let body = match body.is_empty() {
        true => json!({}),
        false => serde_json::from_slice(body)
            .map_err(|_| Refusal::body(kind, "Unknown error parsing request body"))?,
    };
    let model = models.get(definition, name);
    let model = model.ok_or_else(|| Refusal::body(kind, "Unknown error parsing request body"))?;
    match model.0.validate(&body, model.1) {
        Ok(()) => Ok(()),
        Err(error) => {
            let mut all = Vec::new();
            explain(&error, &mut all);
            Err(Refusal::body(kind, &all.join(", ")))
        }
    }
}

/// What does not fit, as the service's log says it where that is known.
fn explain(error: &ValidationError<'_, '_>, all: &mut Vec<String>) {
    for cause in &error.causes {
        explain(cause, all);
    }
    if !error.causes.is_empty() {
        return;
    }
    all.push(match &error.kind {
        ErrorKind::Required { want } => {
            let mut want = want.clone();
            want.sort_unstable();
            format!("object has missing required properties ({})", json!(want))
        }
        ErrorKind::AdditionalProperties { got } => format!(
            "object instance has properties which are not allowed by the schema: {}",
            json!(got)
        ),
        ErrorKind::Type { got, want } => {
            let want: Vec<String> = want.iter().map(|want| want.to_string()).collect();
            format!(
                "instance type ({got}) does not match any allowed primitive type (allowed: {})",
                json!(want)
            )
        }
        ErrorKind::Enum { want } => {
            format!(
                "instance value not found in enum (possible values: {})",
                json!(want)
            )
        }
        ErrorKind::Pattern { got, want } => {
            format!("ECMA 262 regex \"{want}\" does not match input string \"{got}\"")
        }
        ErrorKind::MinLength { got, want } => {
            format!("string is too short (length: {got}, required minimum: {want})")
        }
        ErrorKind::MaxLength { got, want } => {
            format!("string is too long (length: {got}, maximum allowed: {want})")
        }
        other => other.to_string(),
    });
}
