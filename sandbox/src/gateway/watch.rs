//! The logs of a stage: the execution log of each request in the group that the service names, and a line of the access log
//! in the stage's own format. Both are written with the account's role, or not at all.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html>.

use super::{behind::Behind, exchange::Exchange};
use crate::{
    apigateway::ApiGateway,
    logs::Logs,
    request::{Body, Response},
    services::Services,
};
use serde_json::{Value, json};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

/// Streams that the logs of a stage are scattered over.
const STREAMS: u64 = 8;

/// Writes what a request's stage wants logged.
pub fn write(
    services: &Services,
    plane: &ApiGateway,
    exchange: &Exchange<'_>,
    response: &Response,
    behind: &Behind,
) {
    // As the service documents it, a request that is too large is in no log.
    if response.status == 413 {
        return;
    }
    let access = access(exchange);
    let lines = executed(exchange, behind);
    if (access.is_none() && lines.is_empty()) || !plane.logs() {
        return;
    }
    let logs = services.get::<Logs>(exchange.region);
    if let Some((group, format)) = access {
        let line = line(format, &told(services, exchange, response, behind));
        let at = services.base.clock.now_ms();
        logs.put(group, &stream(exchange), &[(at, line)]);
    }
    if !lines.is_empty() {
        let group = format!(
            "API-Gateway-Execution-Logs_{}/{}",
            exchange.api(),
            exchange.stage()
        );
        logs.put(&group, &stream(exchange), &lines);
    }
}

/// The group and the format of the access log, if the stage has one that can be written here.
fn access<'a>(exchange: &'a Exchange<'_>) -> Option<(&'a str, &'a str)> {
    let settings = exchange.served.stage.access_log_settings.as_ref()?;
    let format = settings.format.as_deref()?;
    let arn = settings.destination_arn.as_deref()?;
    let Some((_, group)) = arn.split_once(":log-group:") else {
        tracing::info!(arn, "an access log goes to what the sandbox does not have");
        return None;
    };
    Some((group.trim_end_matches(":*"), format))
}

/// The lines of the execution log, each with its request.
fn executed(exchange: &Exchange<'_>, behind: &Behind) -> Vec<(i64, String)> {
    let log = &exchange.log;
    if let Some(id) = &behind.request_id {
        log.info(|| format!("AWS Integration Endpoint RequestId : {id}"));
    }
    log.info(|| format!("X-ray Tracing ID : {}", exchange.trace));
    let id = exchange.visit.request_id;
    let lines = log.lines().into_iter();
    let lines = lines.map(|(at, line)| (at.as_millisecond(), format!("({id}) {line}")));
    lines.collect()
}

/// One of a few streams, by the request. Their names are letters that say nothing.
fn stream(exchange: &Exchange<'_>) -> String {
    let hash = |of: &[&str]| {
        let mut hasher = DefaultHasher::new();
        of.hash(&mut hasher);
        hasher.finish()
    };
    let which = (hash(&[exchange.visit.request_id]) % STREAMS).to_string();
    let (api, stage) = (exchange.api(), exchange.stage());
    let (one, two) = (hash(&[api, stage, &which]), hash(&[&which, stage, api]));
    format!("{one:016x}{two:016x}")
}

/// `$context` of an access log, with what is known only when all is over.
fn told(
    services: &Services,
    exchange: &Exchange<'_>,
    response: &Response,
    behind: &Behind,
) -> Value {
    let ms = |time: Duration| json!(time.as_millis());
    let mut context = exchange.context();
    let length = match &response.body {
        Body::Full(body) => body.len(),
        Body::Stream(_) => 0,
    };
    context["status"] = response.status.into();
    context["responseLength"] = length.into();
    context["responseLatency"] = ms(services.base.clock.since(exchange.now));
    if let Some(took) = behind.took {
        context["integrationLatency"] = ms(took);
        context["integration"]["latency"] = ms(took);
    }
    if let Some(status) = behind.status {
        // Of a function that ran, the status of the call; what the function says of itself is `integration.status`.
        context["integrationStatus"] = status.into();
        context["integration"]["integrationStatus"] = status.into();
        context["integration"]["status"] = status.into();
    }
    if let Some(id) = &behind.request_id {
        context["awsEndpointRequestId"] = id.as_str().into();
        context["integration"]["requestId"] = id.as_str().into();
    }
    if let Some(asked) = &behind.asked {
        let authorizer = &mut context["authorizer"];
        authorizer["latency"] = ms(asked.took);
        authorizer["integrationLatency"] = ms(asked.took);
        authorizer["integrationStatus"] = asked.status.into();
        authorizer["requestId"] = asked.request_id.as_str().into();
        authorizer["status"] = match &behind.refusal {
            Some(refusal) if !refusal.within => response.status.into(),
            _ => 200.into(),
        };
    }
    if let Some(caller) = &exchange.caller {
        context["authenticate"] = json!({"status": 200, "latency": 0});
        context["identity"]["userArn"] = caller.arn.as_str().into();
    }
    if let Some(refusal) = &behind.refusal {
        context["error"] = json!({
            "message": refusal.message,
            "messageString": json!(refusal.message).to_string(),
            "responseType": refusal.kind,
        });
        if refusal.kind == "BAD_REQUEST_BODY" {
            let why = refusal.log.as_deref().and_then(|log| log.split_once(": "));
            context["error"]["validationErrorString"] = why.map(|(_, why)| why).into();
        }
        if refusal.within {
            context["integrationErrorMessage"] = refusal.log.as_deref().into();
            context["integration"]["error"] = refusal.log.as_deref().into();
        } else if behind.asked.is_some() {
            context["authorizer"]["error"] = refusal.message.as_deref().into();
        }
    }
    context
}

/// A line in a format; what is not known is a dash.
fn line(format: &str, context: &Value) -> String {
    let mut out = String::with_capacity(format.len());
    let mut rest = format.trim_end_matches(['\r', '\n']);
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (braced, inner) = match after.strip_prefix('{') {
            Some(inner) => (true, inner),
            None => (false, after),
        };
        let Some(inner) = inner.strip_prefix("context.") else {
            out.push('$');
            rest = after;
            continue;
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let end = inner.find(|c| !is_name(c)).unwrap_or(inner.len());
        let (name, after) = inner.split_at(end);
        // A full stop at its end is the sentence's, not the name's.
        let bare = name.trim_end_matches('.');
        let value = super::exchange::text_at(context, bare).filter(|value| !value.is_empty());
        out.push_str(value.as_deref().unwrap_or("-"));
        out.push_str(&name[bare.len()..]);
        rest = match braced {
            true => after.strip_prefix('}').unwrap_or(after),
            false => after,
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_what_is_known_and_dashes() {
        let context = json!({
            "requestId": "id", "status": 200, "identity": {"sourceIp": "127.0.0.1", "user": null},
            "error": {"messageString": "\"no\""},
        });
        for (format, expected) in [
            ("$context.requestId $context.status", "id 200"),
            ("${context.requestId}x", "idx"),
            (
                r#"{"ip":"$context.identity.sourceIp","user":"$context.identity.user"}"#,
                r#"{"ip":"127.0.0.1","user":"-"}"#,
            ),
            (
                "<r id=\"$context.requestId\">$context.error.messageString</r>\n",
                "<r id=\"id\">\"no\"</r>",
            ),
            ("$context.requestId, $context.nothing.", "id, -."),
            ("$5 $context $input.body", "$5 $context $input.body"),
            (
                "$context.requestId,$context.identity.sourceIp",
                "id,127.0.0.1",
            ),
        ] {
            assert_eq!(line(format, &context), expected, "{format}");
        }
    }
}
