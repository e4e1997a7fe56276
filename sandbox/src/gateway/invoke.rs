//! `AWS` with a function behind it: the request's template makes the event, and the integration responses make the answer,
//! chosen by what the function fails with.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-custom-integrations.html>.

use super::{
    exchange::Exchange,
    function::{self, Function},
    mapped::{self, Answered},
    refusal::Refusal,
};
use crate::{apigateway::model::Integration, request::Response, services::Services};
use serde_json::Value;

/// Calls the function.
///
/// # Errors
/// When it can't be called, or no integration response is for what it answers.
pub async fn run(
    services: &Services,
    exchange: &Exchange<'_>,
    integration: &Integration,
) -> Result<Response, Refusal> {
    let uri = exchange.fill(integration.uri.as_deref().unwrap_or_default());
    let function =
        Function::of(&uri).ok_or_else(|| Refusal::configuration("Invalid lambda function"))?;
    let mut scope = exchange.scope(exchange.body_text());
    let event = mapped::body(integration, exchange, &mut scope)?;
    let event = String::from_utf8_lossy(&event).into_owned();
    let called = function::call(services, exchange, integration, &function, event).await?;
    let body = called.text();
    let selector = called.outcome.function_error.is_some().then(|| {
        let failed: Value = serde_json::from_str(&body).unwrap_or_default();
        failed["errorMessage"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    });
    let answered = Answered {
        selector,
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: called.outcome.payload.clone(),
    };
    let response = mapped::respond(exchange, integration, &answered, scope)?;
    // As the service writes it: first of all.
    let mut response = response;
    let trace = ("X-Amzn-Trace-Id".to_owned(), exchange.trace.clone());
    response.headers.insert(0, trace);
    Ok(response)
}
