//! `AWS_PROXY`: a function gets the request as an event, and its answer is the answer.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>.

use super::{
    exchange::{Exchange, maps},
    function::{self, Function},
    refusal::Refusal,
};
use crate::{
    apigateway::model::Integration,
    lambda::url::head_of_stream,
    request::{Body, Response},
    services::Services,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// Headers that are the front's own, which AWS passes on under another name.
const REMAPPED: [&str; 14] = [
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "date",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "trailer",
    "upgrade",
    "user-agent",
    "www-authenticate",
];

/// Calls the function.
///
/// # Errors
/// When it can't be called, or answers what is no answer.
pub async fn run(
    services: &Services,
    exchange: &Exchange<'_>,
    integration: &Integration,
) -> Result<Response, Refusal> {
    if integration.http_method.as_deref() != Some("POST") {
        return Err(Refusal::configuration("Unable to execute HTTP request"));
    }
    let uri = exchange.fill(integration.uri.as_deref().unwrap_or_default());
    let function =
        Function::of(&uri).ok_or_else(|| Refusal::configuration("Invalid lambda function"))?;
    let payload = event(exchange).to_string();
    let called = function::call(services, exchange, integration, &function, payload).await?;
    let outcome = &called.outcome;
    if outcome.function_error.is_some() {
        let answer: Value = serde_json::from_slice(&outcome.payload).unwrap_or_default();
        let message = answer["errorMessage"].as_str().unwrap_or_default();
        return Err(Refusal::failed(message, &called.request_id));
    }
    let response = match integration.streams() {
        true => streamed(&outcome.payload),
        false => read(exchange, &outcome.payload),
    };
    let response = response.ok_or_else(Refusal::malformed)?;
    Ok(response.with_header("X-Amzn-Trace-Id", exchange.trace.clone()))
}

/// The event that the function gets. As recorded, what the integration maps is not in it.
pub fn event(exchange: &Exchange<'_>) -> Value {
    let headers = exchange.headers();
    let (path, resource) = match &exchange.route {
        Some(route) => (route.parameters.clone(), route.resource.path.as_str()),
        None => (Vec::new(), ""),
    };
    let (header, header_lists) = maps(&headers);
    let (queried, query_lists) = maps(&exchange.request.query);
    let (path, _) = maps(&path);
    let (body, is_base64) = exchange.payload();
    let variables = match exchange.variables.is_empty() {
        true => Value::Null,
        false => json!(exchange.variables),
    };
    json!({
        "resource": resource,
        "path": exchange.path,
        "httpMethod": exchange.verb(),
        "headers": header,
        "multiValueHeaders": header_lists,
        "queryStringParameters": queried,
        "multiValueQueryStringParameters": query_lists,
        "pathParameters": path,
        "stageVariables": variables,
        "requestContext": exchange.request_context(),
        "body": body,
        "isBase64Encoded": is_base64,
    })
}

/// What a function streamed: a head, and after it the body as it is, bytes or text. Functions here give their answer when it is
/// whole, so that the caller gets it at once.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html>.
fn streamed(payload: &Bytes) -> Option<Response> {
    let (head, body) = head_of_stream(payload)?;
    let known = ["statusCode", "headers", "multiValueHeaders", "cookies"];
    if head.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    let mut response = Response::empty(status(&head)?);
    response.headers = headers(&head)?;
    for cookie in head
        .get("cookies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        response = response.with_header("Set-Cookie", cookie.as_str()?);
    }
    response.body = Body::Full(body);
    if !response.has_header("content-type") {
        response = response.with_header("Content-Type", "application/json");
    }
    Some(response)
}

/// The status of an answer.
fn status(answer: &Map<String, Value>) -> Option<u16> {
    let status = match answer.get("statusCode") {
        None | Some(Value::Null) => 200,
        Some(Value::Number(number)) => u16::try_from(number.as_u64()?).ok()?,
        Some(Value::String(text)) => text.parse().ok()?,
        Some(_) => return None,
    };
    Some(status).filter(|status| (100..600).contains(status))
}

/// What a function answered; none when it is no answer.
fn read(exchange: &Exchange<'_>, payload: &[u8]) -> Option<Response> {
    let answer: Map<String, Value> = serde_json::from_slice(payload).ok()?;
    let known = [
        "statusCode",
        "headers",
        "multiValueHeaders",
        "body",
        "isBase64Encoded",
    ];
    if answer.is_empty() || answer.keys().any(|key| !known.contains(&key.as_str())) {
        return None;
    }
    let mut response = Response::empty(status(&answer)?);
    response.headers = headers(&answer)?;
    response.body = Body::Full(body(exchange, &answer)?);
    if !response.has_header("content-type") {
        response = response.with_header("Content-Type", "application/json");
    }
    Some(response)
}

/// The headers: those with several values, and the others where they say something else.
fn headers(answer: &Map<String, Value>) -> Option<Vec<(String, String)>> {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| {
        let is_known = all
            .iter()
            .any(|(known, said)| known.eq_ignore_ascii_case(name) && *said == value);
        if !is_known {
            all.push((name.to_owned(), value));
        }
    };
    match answer.get("multiValueHeaders") {
        None | Some(Value::Null) => {}
        Some(Value::Object(lists)) => {
            for (name, list) in lists {
                for value in list.as_array()? {
                    put(name, text(value)?);
                }
            }
        }
        Some(_) => return None,
    }
    match answer.get("headers") {
        None | Some(Value::Null) => {}
        Some(Value::Object(headers)) => {
            for (name, value) in headers {
                if !value.is_null() {
                    put(name, text(value)?);
                }
            }
        }
        Some(_) => return None,
    }
    for (name, _) in &mut all {
        if let Some(other) = remapped(name) {
            *name = other;
        }
    }
    Some(all)
}

/// The other name of a header that is the front's own.
pub fn remapped(name: &str) -> Option<String> {
    let own = REMAPPED.contains(&name.to_ascii_lowercase().as_str());
    own.then(|| format!("x-amzn-Remapped-{name}"))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// The body: bytes where the answer is base64 and the caller takes them, else the text as it is.
fn body(exchange: &Exchange<'_>, answer: &Map<String, Value>) -> Option<Bytes> {
    let text = match answer.get("body") {
        None | Some(Value::Null) => return Some(Bytes::new()),
        Some(Value::String(text)) => text.clone(),
        Some(_) => return None,
    };
    let is_base64 = match answer.get("isBase64Encoded") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        Some(_) => return None,
    };
    let accepted = exchange.header("accept").unwrap_or("*/*");
    if is_base64 && exchange.is_binary(accepted) {
        return BASE64_STANDARD.decode(text).ok().map(Bytes::from);
    }
    Some(text.into())
}
