//! What the gateway answers by itself, by the kind of what went wrong.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, not_found},
    model::{Definition, GatewayResponse, Texts},
    ok,
    patch::{Op, Patch},
    shown, value,
};
use crate::{error::AwsError, lambda::Violations};
use serde_json::json;

/// Every kind with its status, in the order in which the service lists them when one is wrong.
const KINDS: [(&str, Option<u16>); 21] = [
    ("REQUEST_TOO_LARGE", Some(413)),
    ("RESOURCE_NOT_FOUND", Some(404)),
    ("AUTHORIZER_CONFIGURATION_ERROR", Some(500)),
    ("MISSING_AUTHENTICATION_TOKEN", Some(403)),
    ("BAD_REQUEST_BODY", Some(400)),
    ("INVALID_SIGNATURE", Some(403)),
    ("INVALID_API_KEY", Some(403)),
    ("BAD_REQUEST_PARAMETERS", Some(400)),
    ("AUTHORIZER_FAILURE", Some(500)),
    ("UNAUTHORIZED", Some(401)),
    ("INTEGRATION_TIMEOUT", Some(504)),
    ("ACCESS_DENIED", Some(403)),
    ("DEFAULT_4XX", None),
    ("DEFAULT_5XX", None),
    ("WAF_FILTERED", Some(403)),
    ("QUOTA_EXCEEDED", Some(429)),
    ("THROTTLED", Some(429)),
    ("API_CONFIGURATION_ERROR", Some(500)),
    ("UNSUPPORTED_MEDIA_TYPE", Some(415)),
    ("INTEGRATION_FAILURE", Some(504)),
    ("EXPIRED_TOKEN", Some(403)),
];

/// The template of a response that nobody changed.
const TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

/// The status that a kind has by itself.
pub(crate) fn usual_status(kind: &str) -> Option<u16> {
    let found = KINDS.iter().find(|(name, _)| *name == kind);
    found.and_then(|(_, status)| *status)
}

fn check_kind(kind: &str) -> Result<(), AwsError> {
    let mut wrong = Violations::default();
    let known: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
    wrong.one_of("responseType", kind, &known);
    wrong.check()
}

/// A response that was imported, with what it does not say.
///
/// # Errors
/// When there is no such kind.
pub(super) fn settled(mut made: GatewayResponse) -> Result<GatewayResponse, AwsError> {
    check_kind(&made.response_type)?;
    let bare = bare(&made.response_type);
    made.status_code = made.status_code.or(bare.status_code);
    if made.response_templates.is_empty() {
        made.response_templates = bare.response_templates;
    }
    Ok(made)
}

fn bare(kind: &str) -> GatewayResponse {
    GatewayResponse {
        response_type: kind.to_owned(),
        status_code: usual_status(kind).map(|status| status.to_string()),
        response_parameters: Texts::new(),
        response_templates: Texts::from([("application/json".into(), TEMPLATE.into())]),
        default_response: true,
    }
}

impl Definition {
    /// The response of a kind: its own, else that of all of its class with a status of its own, else the service's.
    pub fn response(&self, kind: &str) -> GatewayResponse {
        if let Some(own) = self.responses.get(kind) {
            return own.clone();
        }
        let bare = bare(kind);
        let class = match usual_status(kind) {
            Some(400..=499) => "DEFAULT_4XX",
            Some(_) => "DEFAULT_5XX",
            None => return bare,
        };
        match self.responses.get(class) {
            Some(of_class) => GatewayResponse {
                response_type: kind.to_owned(),
                status_code: of_class.status_code.clone().or(bare.status_code),
                default_response: true,
                ..of_class.clone()
            },
            None => bare,
        }
    }
}

impl ApiGateway {
    pub(super) fn get_gateway_responses(&self, id: &str) -> Answer {
        let state = self.state();
        let now = &self.api(&state, id)?.now;
        let mut kinds: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        kinds.sort_unstable();
        let all: Vec<_> = kinds
            .iter()
            .map(|kind| shown(&now.response(kind)))
            .collect();
        ok(json!({ "item": all }))
    }

    pub(super) fn get_gateway_response(&self, id: &str, kind: &str) -> Answer {
        check_kind(kind)?;
        let state = self.state();
        ok(shown(&self.api(&state, id)?.now.response(kind)))
    }

    pub(super) fn put_gateway_response(&self, call: &Call<'_>, id: &str, kind: &str) -> Answer {
        check_kind(kind)?;
        let body = call.body()?;
        let bare = bare(kind);
        let made = GatewayResponse {
            response_type: kind.to_owned(),
            status_code: value::filled(&body, "statusCode")?.or(bare.status_code),
            response_parameters: value::map(&body, "responseParameters")?.unwrap_or_default(),
            response_templates: value::map(&body, "responseTemplates")?
                .filter(|templates| !templates.is_empty())
                .unwrap_or(bare.response_templates),
            default_response: false,
        };
        let mut state = self.state();
        let api = self.api_mut(&mut state, id)?;
        let answer = shown(&made);
        api.now.responses.insert(kind.to_owned(), made);
        created(answer)
    }

    pub(super) fn update_gateway_response(&self, call: &Call<'_>, id: &str, kind: &str) -> Answer {
        check_kind(kind)?;
        let patches = call.patches("updateGatewayResponseInput")?;
        let mut state = self.state();
        let api = self.api_mut(&mut state, id)?;
        let mut changed = api
            .now
            .responses
            .get(kind)
            .cloned()
            .unwrap_or_else(|| bare(kind));
        for patch in &patches {
            apply(&mut changed, patch)?;
        }
        changed.default_response = false;
        let answer = shown(&changed);
        api.now.responses.insert(kind.to_owned(), changed);
        ok(answer)
    }

    pub(super) fn delete_gateway_response(&self, id: &str, kind: &str) -> Answer {
        check_kind(kind)?;
        let mut state = self.state();
        let gone = self.api_mut(&mut state, id)?.now.responses.remove(kind);
        gone.map(|_| accepted())
            .unwrap_or_else(|| Err(not_found("Gateway response type not defined on api")))
    }
}

fn apply(response: &mut GatewayResponse, patch: &Patch) -> Result<(), AwsError> {
    let parts = patch.parts();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["statusCode"] if patch.op == Op::Replace => response.status_code = patch.filled(),
        ["responseParameters", name] => {
            one(
                &mut response.response_parameters,
                name,
                patch,
                "responseParameters",
            )?;
        }
        ["responseTemplates", kind] => {
            one(
                &mut response.response_templates,
                kind,
                patch,
                "responseTemplates",
            )?;
        }
        _ => return Err(patch.no_path()),
    }
    Ok(())
}

fn one(all: &mut Texts, name: &str, patch: &Patch, member: &str) -> Result<(), AwsError> {
    if patch.op != Op::Add && !all.contains_key(name) {
        return Err(not_found("Invalid parameter name specified"));
    }
    if patch.op == Op::Remove {
        all.remove(name);
        return Ok(());
    }
    let empty = || bad_request(format!("Invalid null or empty value in {member}"));
    all.insert(name.to_owned(), patch.filled().ok_or_else(empty)?);
    Ok(())
}
