//! Integrations whose answers go through integration responses: which response is meant, and what becomes of the answer.

use super::{
    exchange::Exchange,
    payload,
    proxy::remapped,
    refusal::Refusal,
    template::{self, Chosen, Scope},
};
use crate::{
    apigateway::model::{Integration, IntegrationResponse},
    request::Response,
};
use bytes::Bytes;
use regex_lite::Regex;
use serde_json::Value;

/// What stood behind a method and answered.
#[derive(Debug, Default)]
pub struct Answered {
    /// What the selection patterns are held against; none where only the response without a pattern can be meant.
    pub selector: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Answered {
    fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter();
        all.find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The request's body as the integration gets it.
///
/// # Errors
/// When its type isn't taken, or the template has no output.
pub fn body(
    integration: &Integration,
    exchange: &Exchange<'_>,
    scope: &mut Scope,
) -> Result<Bytes, Refusal> {
    let kind = exchange.header("content-type");
    let is_binary = kind.is_some_and(|kind| exchange.is_binary(kind));
    let handling = integration.content_handling.as_deref();
    let payload = payload::request(&exchange.request.body, is_binary, handling)?;
    match template::choose(integration, kind) {
        Chosen::Template(text) => {
            scope.body = payload.text()?;
            let rendered = exchange.templates.render(text, scope).map_err(|error| {
                tracing::info!(%error, "a request template has no output");
                Refusal::configuration(&format!("Unable to transform request: {error}"))
            });
            rendered.map(Bytes::from)
        }
        Chosen::Through => Ok(payload.into_bytes()),
        Chosen::Unsupported => Err(Refusal::media_type()),
    }
}

/// `MOCK`: the request's template says which status it is.
///
/// # Errors
/// When it says none, or no integration response is for it.
pub fn mock(exchange: &Exchange<'_>, integration: &Integration) -> Result<Response, Refusal> {
    let mut scope = exchange.scope(exchange.body_text());
    let body = body(integration, exchange, &mut scope)?;
    let status = status(&String::from_utf8_lossy(&body)).ok_or_else(|| {
        Refusal::configuration("statusCode should be an integer which defined in request template")
    })?;
    let answered = Answered {
        selector: Some(status.to_string()),
        ..Answered::default()
    };
    respond(exchange, integration, &answered, scope)
}

/// The status in a mock's body, which need not be quite JSON.
fn status(body: &str) -> Option<u16> {
    if let Ok(value) = serde_json::from_str::<Value>(body) {
        return match value.get("statusCode")? {
            Value::String(text) => text.parse().ok(),
            other => u16::try_from(other.as_u64()?).ok(),
        };
    }
    let (_, after) = body.split_once("statusCode")?;
    let after = after.trim_start_matches(['"', '\'']).trim_start();
    let after = after
        .strip_prefix(':')?
        .trim_start()
        .trim_start_matches('"');
    let digits = after
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(after.len());
    after.get(..digits)?.parse().ok()
}

/// The integration response for an answer: the first whose pattern is all of the selector, else the one without a pattern.
fn select<'a>(
    integration: &'a Integration,
    selector: Option<&str>,
) -> Option<&'a IntegrationResponse> {
    let pattern = |response: &&IntegrationResponse| {
        let pattern = response.selection_pattern.as_deref().unwrap_or_default();
        !pattern.is_empty()
            && Regex::new(&format!("^(?:{pattern})$"))
                .is_ok_and(|known| selector.is_some_and(|selector| known.is_match(selector)))
    };
    let plain = |response: &&IntegrationResponse| {
        response
            .selection_pattern
            .as_deref()
            .unwrap_or_default()
            .is_empty()
    };
    let all = || integration.integration_responses.values();
    all().find(pattern).or_else(|| all().find(plain))
}

/// The answer of the method.
///
/// # Errors
/// When no integration response is for it, or its template has no output.
pub fn respond(
    exchange: &Exchange<'_>,
    integration: &Integration,
    answered: &Answered,
    mut scope: Scope,
) -> Result<Response, Refusal> {
    let chosen = select(integration, answered.selector.as_deref());
    let chosen = chosen.ok_or_else(|| {
        let code = answered.selector.as_deref().unwrap_or("200");
        Refusal::configuration(&format!("No match for output mapping and no default output mapping configured. Endpoint Response Status Code: {code}"))
    })?;
    let (kind, body) = output(exchange, chosen, answered, &mut scope)?;
    let over = &scope.overrides.response;
    let status = over.status.as_ref().unwrap_or(&chosen.status_code);
    let status = status
        .parse()
        .ok()
        .filter(|status| (100..600).contains(status));
    let status = status.ok_or_else(|| Refusal::configuration("Invalid response status code"))?;
    let mut response = Response::new(status, &kind, body);
    for (to, from) in &chosen.response_parameters {
        let Some(name) = to.strip_prefix("method.response.header.") else {
            continue;
        };
        if let Some(value) = from_answer(exchange, answered, from) {
            set(&mut response, name, value);
        }
    }
    for (name, value) in &over.header {
        set(&mut response, name, value.clone());
    }
    Ok(response)
}

fn set(response: &mut Response, name: &str, value: String) {
    // A length or a connection of somebody else's would break this one.
    let other = remapped(name);
    let name = other.as_deref().unwrap_or(name);
    response
        .headers
        .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    response.headers.push((name.to_owned(), value));
}

/// The body and its type.
fn output(
    exchange: &Exchange<'_>,
    chosen: &IntegrationResponse,
    answered: &Answered,
    scope: &mut Scope,
) -> Result<(String, Bytes), Refusal> {
    let told = answered.header("content-type");
    let is_binary = told.is_some_and(|kind| exchange.is_binary(kind));
    let templates = &chosen.response_templates;
    let accepted = exchange.header("accept").unwrap_or_default();
    let accepted = accepted.split([',', ';']).next().unwrap_or_default().trim();
    let takes_bytes = exchange.is_binary(accepted);
    let handling = chosen.content_handling.as_deref();
    let payload = payload::response(&answered.body, is_binary, takes_bytes, handling)?;
    let found = templates
        .get_key_value(accepted)
        .or_else(|| templates.get_key_value("application/json"))
        .or_else(|| templates.iter().next());
    match found {
        Some((kind, Some(text))) => {
            scope.body = payload.text()?;
            let body = exchange.templates.render(text, scope).map_err(|error| {
                tracing::info!(%error, "a response template has no output");
                Refusal::configuration(&format!("Unable to transform response: {error}"))
            })?;
            Ok((kind.clone(), body.into()))
        }
        Some((kind, None)) => Ok((kind.clone(), payload.into_bytes())),
        None => {
            let kind = told.unwrap_or("application/json");
            Ok((kind.to_owned(), payload.into_bytes()))
        }
    }
}

/// What an expression of a response's mapping is.
fn from_answer(exchange: &Exchange<'_>, answered: &Answered, from: &str) -> Option<String> {
    let Some(rest) = from.strip_prefix("integration.response.") else {
        return exchange.mapped(from);
    };
    if let Some(name) = rest.strip_prefix("header.") {
        return answered.header(name).map(str::to_owned);
    }
    let path = rest.strip_prefix("body")?;
    match path.strip_prefix('.') {
        None => Some(String::from_utf8_lossy(&answered.body).into_owned()),
        Some(path) => {
            let body: Value = serde_json::from_slice(&answered.body).ok()?;
            super::exchange::text_at(&body, path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mock_says_its_status_in_what_is_nearly_json() {
        for (body, expected) in [
            (r#"{"statusCode": 200}"#, Some(200)),
            (r#"{"statusCode": "404", "a": 1}"#, Some(404)),
            ("{statusCode: 201}", Some(201)),
            (r#"{"statusCode": 200,}"#, Some(200)),
            ("{}", None),
            ("", None),
        ] {
            assert_eq!(status(body), expected, "{body}");
        }
    }

    #[test]
    fn a_pattern_must_be_all_of_what_it_is_held_against() {
        let mut integration = Integration::default();
        for (code, pattern) in [
            ("200", None),
            ("404", Some("4\\d{2}")),
            ("500", Some("5.*")),
        ] {
            let response = IntegrationResponse {
                status_code: code.into(),
                selection_pattern: pattern.map(str::to_owned),
                ..IntegrationResponse::default()
            };
            integration
                .integration_responses
                .insert(code.into(), response);
        }
        let of = |selector: &str| {
            select(&integration, Some(selector)).map(|one| one.status_code.as_str())
        };
        assert_eq!(of("200"), Some("200"));
        assert_eq!(of("404"), Some("404"));
        assert_eq!(of("4040"), Some("200"));
        assert_eq!(of("503"), Some("500"));
    }

    #[test]
    fn a_mapped_header_never_breaks_the_connection_that_answers() {
        let mut response = Response::new(200, "text/plain", "four".to_owned());
        set(&mut response, "Content-Length", "9".to_owned());
        set(&mut response, "X-Own", "a".to_owned());
        let named = |name: &str| {
            let mut all = response.headers.iter();
            all.any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        assert!(!named("Content-Length"));
        assert!(named("x-amzn-Remapped-Content-Length") && named("x-own"));
    }
}
