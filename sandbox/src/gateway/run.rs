//! Running a method: from what came in to what its integration answers, and what the execution log says at both ends.
//! Whether the caller may is settled before.

use super::{
    Gateway, Prepared, exchange::Exchange, headers, http, invoke, log, mapped, proxy,
    refusal::Refusal, routes::Route, service, validate,
};
use crate::{
    iam::Iam,
    request::{Body, Response},
    services::Services,
};

/// Runs the method.
///
/// # Errors
/// Why nothing comes of it.
pub async fn run(
    services: &Services,
    gateway: &Gateway,
    prepared: &Prepared,
    exchange: &Exchange<'_>,
    route: &Route<'_>,
) -> Result<Response, Refusal> {
    begin(exchange, route);
    validate::check(&prepared.models, exchange)?;
    let integration = route.method.method_integration.as_ref();
    let integration =
        integration.ok_or_else(|| Refusal::configuration("No integration defined for method"))?;
    headers::check(integration)?;
    let iam = services.global::<Iam>();
    // What streams is never whole, and so is not kept.
    let place = match integration.streams() {
        true => None,
        false => gateway.place(&iam, exchange, integration)?,
    };
    if let Some(place) = &place {
        let kept = gateway.kept(exchange, place);
        exchange.behind(|behind| behind.cached = Some(kept.is_some()));
        if let Some(kept) = kept {
            return Ok(place.told(kept));
        }
    }
    let began = gateway.clock.now();
    let response = match integration.kind.as_str() {
        "MOCK" => mapped::mock(exchange, integration),
        "AWS_PROXY" => proxy::run(services, exchange, integration).await,
        "HTTP" | "HTTP_PROXY" => http::run(services, exchange, integration).await,
        "AWS" => match integration.uri.as_deref().unwrap_or_default() {
            uri if uri.contains(":lambda:path/") => {
                invoke::run(services, exchange, integration).await
            }
            _ => service::run(services, exchange, integration).await,
        },
        _ => Err(Refusal::configuration("Invalid integration type")),
    };
    let took = gateway.clock.since(began);
    exchange.behind(|behind| behind.took = Some(took));
    let response = response?;
    Ok(match place {
        Some(place) => {
            gateway.keep(&place, &response);
            place.told(response)
        }
        None => response,
    })
}

fn begin(exchange: &Exchange<'_>, route: &Route<'_>) {
    let (log, id) = (&exchange.log, exchange.visit.request_id);
    log.info(|| format!("Starting execution for request: {id}"));
    log.info(|| {
        let (verb, path) = (exchange.verb(), &exchange.path);
        format!("HTTP Method: {verb}, Resource Path: {path}")
    });
    if let Some((value, _)) = &exchange.key {
        log.info(|| format!("API Key: {}", log::hidden(value)));
    }
    log.data(|| format!("Method request path: {}", log::pairs(&route.parameters)));
    log.data(|| {
        let query = log::pairs(&exchange.request.query);
        format!("Method request query string: {query}")
    });
    log.data(|| {
        let headers = log::pairs(&exchange.headers());
        format!("Method request headers: {headers}")
    });
    log.data(|| {
        let body = exchange.body_text();
        format!("Method request body before transformations: {body}")
    });
}

/// The answer of a request, be it refused or not, with what the log says of it.
pub fn end(exchange: &Exchange<'_>, came: Result<Response, Refusal>) -> Response {
    let log = &exchange.log;
    match came {
        Ok(response) => {
            if let Body::Full(body) = &response.body {
                log.data(|| {
                    let body = String::from_utf8_lossy(body);
                    format!("Method response body after transformations: {body}")
                });
            }
            log.data(|| {
                let all = response.headers.iter();
                let all = all.map(|(name, value)| (spelled(name), value.as_str()));
                format!("Method response headers: {}", log::map(all))
            });
            log.info(|| "Successfully completed execution".to_owned());
            log.completed(response.status);
            response
        }
        Err(refusal) => {
            if let Some(line) = &refusal.log {
                log.failed(line);
            }
            exchange.behind(|behind| behind.refusal = Some(refusal.clone()));
            let response = refusal.respond(exchange);
            // Who was not let in has run no method.
            if refusal.within || response.status == 429 {
                log.completed(response.status);
            } else if refusal.kind == "AUTHORIZER_CONFIGURATION_ERROR" {
                log.failed(refusal.error);
            }
            response
        }
    }
}

/// A header's name as the service spells it.
pub fn spelled(name: &str) -> &str {
    match name {
        "content-type" => "Content-Type",
        "x-amzn-errortype" => "x-amzn-ErrorType",
        name => name,
    }
}
