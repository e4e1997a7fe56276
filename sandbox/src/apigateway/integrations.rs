//! What a method has behind it.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>.

use super::{
    Answer, ApiGateway, Call, created,
    error::{bad_request, no_integration, not_found},
    method, method_mut,
    model::{Integration, Texts},
    no_content, ok,
    patch::{Op, Patch},
    route::Of,
    shown, value,
};
use crate::{error::AwsError, lambda::Violations};
use serde_json::Value;
use std::collections::BTreeMap;

const KINDS: [&str; 5] = ["HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"];
/// Milliseconds that an integration may take unless it says otherwise.
const TIMEOUT_MS: i64 = 29_000;

impl ApiGateway {
    pub(super) fn put_integration(&self, call: &Call<'_>, (id, of, verb): Of<'_>) -> Answer {
        let body = call.body()?;
        let made = read(&body, of)?;
        let mut state = self.state();
        method(&state, id, of, verb)?;
        check(&made)?;
        let answer = shown(&made);
        method_mut(&mut state, id, of, verb)?.method_integration = Some(made);
        created(answer)
    }

    pub(super) fn get_integration(&self, (id, of, verb): Of<'_>) -> Answer {
        let state = self.state();
        let found = &method(&state, id, of, verb)?.method_integration;
        ok(shown(found.as_ref().ok_or_else(no_integration)?))
    }

    pub(super) fn delete_integration(&self, (id, of, verb): Of<'_>) -> Answer {
        let mut state = self.state();
        let method = method_mut(&mut state, id, of, verb)?;
        let gone = method.method_integration.take();
        gone.map(|_| no_content())
            .unwrap_or_else(|| Err(no_integration()))
    }

    pub(super) fn update_integration(&self, call: &Call<'_>, (id, of, verb): Of<'_>) -> Answer {
        let patches = call.patches("updateIntegrationInput")?;
        let mut state = self.state();
        let found = &method(&state, id, of, verb)?.method_integration;
        let mut changed = found.clone().ok_or_else(no_integration)?;
        for patch in &patches {
            apply(&mut changed, patch)?;
        }
        check(&changed)?;
        method_mut(&mut state, id, of, verb)?.method_integration = Some(changed.clone());
        ok(shown(&changed))
    }
}

fn read(body: &Value, of: &str) -> Result<Integration, AwsError> {
    let kind = value::text(body, "type")?.unwrap_or_default();
    let mut wrong = Violations::default();
    let mut one_of = |member: &str, known: &[&str]| -> Result<Option<String>, AwsError> {
        let given = value::filled(body, member)?;
        if let Some(given) = &given {
            wrong.one_of(&format!("putIntegrationInput.{member}"), given, known);
        }
        Ok(given)
    };
    one_of("type", &KINDS)?;
    let connection_type = one_of("connectionType", &["INTERNET", "VPC_LINK"])?;
    let content_handling = one_of("contentHandling", &["CONVERT_TO_BINARY", "CONVERT_TO_TEXT"])?;
    let mode = one_of("responseTransferMode", &["BUFFERED", "STREAM"])?;
    wrong.check()?;
    // A mock asks nobody, and so by no method.
    let is_mock = kind == "MOCK";
    Ok(Integration {
        kind,
        http_method: value::filled(body, "httpMethod")?.filter(|_| !is_mock),
        uri: value::filled(body, "uri")?,
        connection_type,
        connection_id: value::filled(body, "connectionId")?,
        credentials: value::filled(body, "credentials")?,
        request_parameters: value::map(body, "requestParameters")?.unwrap_or_default(),
        request_templates: templates(body, "requestTemplates")?,
        passthrough_behavior: value::filled(body, "passthroughBehavior")?
            .unwrap_or_else(|| "WHEN_NO_MATCH".into()),
        content_handling,
        timeout_in_millis: value::number(body, "timeoutInMillis")?.unwrap_or(TIMEOUT_MS),
        cache_namespace: value::filled(body, "cacheNamespace")?.unwrap_or_else(|| of.to_owned()),
        cache_key_parameters: value::texts(body, "cacheKeyParameters")?.unwrap_or_default(),
        tls_config: body.get("tlsConfig").filter(|tls| !tls.is_null()).cloned(),
        response_transfer_mode: mode,
        integration_responses: BTreeMap::new(),
    })
}

/// Templates by content type; one that is empty is null.
///
/// # Errors
/// When a content type is none.
pub(super) fn templates(
    body: &Value,
    member: &str,
) -> Result<BTreeMap<String, Option<String>>, AwsError> {
    let all = value::map(body, member)?.unwrap_or_default();
    check_kinds(all.keys())?;
    let all = all.into_iter();
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok(all.map(|(kind, text)| (kind, filled(text))).collect())
}

/// # Errors
/// When an integration that no front door has seen can't be one.
pub(super) fn check_imported(made: &Integration) -> Result<(), AwsError> {
    if !KINDS.contains(&made.kind.as_str()) {
        return Err(bad_request(format!(
            "Enumeration value for Integration Type must be one of: [{}]",
            KINDS.join(", ")
        )));
    }
    check_kinds(made.request_templates.keys())?;
    for answer in made.integration_responses.values() {
        check_kinds(answer.response_templates.keys())?;
    }
    check(made)
}

impl Integration {
    /// Whether its answer goes on to the caller as it comes.
    pub fn streams(&self) -> bool {
        self.response_transfer_mode.as_deref() == Some("STREAM")
    }
}

/// # Errors
/// When the integration can't be one.
fn check(made: &Integration) -> Result<(), AwsError> {
    if made.kind != "MOCK" && made.http_method.is_none() {
        return Err(bad_request(
            "Enumeration value for HttpMethod must be non-empty",
        ));
    }
    let uri = made.uri.as_deref().unwrap_or_default();
    match made.kind.as_str() {
        "HTTP" | "HTTP_PROXY" => {
            let at = uri
                .strip_prefix("http://")
                .or_else(|| uri.strip_prefix("https://"));
            let is_variable = uri.starts_with("${stageVariables.");
            if at.is_none_or(str::is_empty) && !is_variable {
                return Err(bad_request("Invalid HTTP endpoint specified for URI"));
            }
        }
        "AWS" | "AWS_PROXY" => check_arn(uri, made.kind == "AWS_PROXY")?,
        _ => {}
    }
    if made.streams() && !made.kind.ends_with("_PROXY") {
        return Err(bad_request(
            "Response transfer mode STREAM is only supported for HTTP_PROXY and AWS_PROXY integrations",
        ));
    }
    let most = if made.streams() { 900_000 } else { 300_000 };
    if !(50..=most).contains(&made.timeout_in_millis) {
        return Err(bad_request("Timeout should be between 50 ms and 29000 ms"));
    }
    check_mappings(&made.request_parameters, "integration.request.")
}

/// `arn:aws:apigateway:REGION:SERVICE:path/…` or `…:action/…`; through a proxy only functions and Firehose can be reached.
fn check_arn(uri: &str, is_proxy: bool) -> Result<(), AwsError> {
    let parts: Vec<&str> = uri.splitn(6, ':').collect();
    let (Some(&"arn"), Some(place), Some(service)) = (parts.first(), parts.get(5), parts.get(4))
    else {
        return Err(bad_request("Invalid ARN specified in the request"));
    };
    if !place.starts_with("path/") && !place.starts_with("action/") {
        return Err(bad_request(
            "AWS ARN for integration must contain path or action",
        ));
    }
    if parts.get(2) != Some(&"apigateway") {
        return Err(bad_request("Invalid ARN specified in the request"));
    }
    let function = place
        .strip_prefix("path/2015-03-31/functions/")
        .is_some_and(|rest| rest.ends_with("/invocations") || rest.ends_with("-invocations"));
    let proxied = match *service {
        "lambda" => function || place.contains("/response-streaming-invocations"),
        "firehose" => *place == "action/PutRecord",
        _ => false,
    };
    if is_proxy && !proxied {
        return Err(bad_request(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
        ));
    }
    Ok(())
}

fn check_kinds<'a>(mut kinds: impl Iterator<Item = &'a String>) -> Result<(), AwsError> {
    match kinds.find(|kind| !kind.contains('/') && *kind != "$default") {
        None => Ok(()),
        Some(kind) => Err(bad_request(format!(
            "Validation Result: warnings : [], errors : [Invalid content type specified: {kind}]"
        ))),
    }
}

/// # Errors
/// When what is mapped can't be, or what it is mapped from is nothing.
fn check_mappings(all: &Texts, start: &str) -> Result<(), AwsError> {
    for (to, from) in all {
        let known = ["method.request.", "context.", "stageVariables."]
            .iter()
            .any(|start| from.starts_with(start))
            || (from.len() >= 2 && from.starts_with('\'') && from.ends_with('\''));
        let wrong = match (to.starts_with(start), known) {
            (true, true) => continue,
            (false, _) => to,
            (true, false) => from,
        };
        return Err(bad_request(format!(
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: {wrong}]"
        )));
    }
    Ok(())
}

fn apply(made: &mut Integration, patch: &Patch) -> Result<(), AwsError> {
    let parts = patch.parts();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let removed = patch.op == Op::Remove;
    match parts.as_slice() {
        ["requestParameters", name] => {
            let gone = || not_found("Invalid parameter name specified");
            change(
                &mut made.request_parameters,
                name,
                patch,
                patch.value(),
                gone,
            )?;
        }
        ["requestTemplates", kind] => {
            let gone = || not_found("Content-Type specified was not found");
            change(
                &mut made.request_templates,
                kind,
                patch,
                patch.filled(),
                gone,
            )?;
        }
        ["cacheKeyParameters", name] => {
            made.cache_key_parameters.retain(|known| known != name);
            if !removed {
                made.cache_key_parameters.push((*name).to_owned());
            }
        }
        ["type"] => made.kind = patch.value(),
        ["httpMethod"] => made.http_method = patch.filled(),
        ["uri"] => made.uri = patch.filled(),
        ["credentials"] => made.credentials = patch.filled().filter(|_| !removed),
        ["connectionType"] => made.connection_type = patch.filled(),
        ["connectionId"] => made.connection_id = patch.filled().filter(|_| !removed),
        ["passthroughBehavior"] => made.passthrough_behavior = patch.value(),
        ["contentHandling"] => made.content_handling = patch.filled().filter(|_| !removed),
        ["cacheNamespace"] => made.cache_namespace = patch.value(),
        ["responseTransferMode"] => made.response_transfer_mode = patch.filled(),
        ["timeoutInMillis"] => {
            let value = patch.value();
            made.timeout_in_millis = value
                .parse()
                .map_err(|_| bad_request("Timeout should be between 50 ms and 29000 ms"))?;
        }
        ["tlsConfig", "insecureSkipVerification"] => {
            made.tls_config =
                Some(serde_json::json!({"insecureSkipVerification": patch.is_true()}));
        }
        _ => return Err(patch.no_path()),
    }
    Ok(())
}

/// Puts or removes one of several things; what isn't there can't be removed.
pub(super) fn change<T>(
    all: &mut BTreeMap<String, T>,
    name: &str,
    patch: &Patch,
    value: T,
    gone: impl Fn() -> AwsError,
) -> Result<(), AwsError> {
    match patch.op {
        Op::Remove => all.remove(name).map(|_| ()).ok_or_else(gone),
        _ => {
            all.insert(name.to_owned(), value);
            Ok(())
        }
    }
}
