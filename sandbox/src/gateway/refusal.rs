//! What the gateway answers by itself: each refusal goes through the gateway response of its kind.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>.

use super::{exchange::Exchange, template::Scope};
use crate::{
    apigateway::{model::GatewayResponse, usual_status},
    request::Response,
};
use serde_json::json;

/// Why a request is not answered as its method says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of the gateway response.
    pub kind: &'static str,
    /// What the `x-amzn-errortype` header says.
    pub error: &'static str,
    /// None is said as null.
    pub message: Option<String>,
    /// The status where it isn't the kind's own.
    pub status: Option<u16>,
    /// Whether it is said as `Message`, as refusals by policies are.
    pub capital: bool,
    /// Whether the method was being run by then. The service writes a space before what it says from there.
    pub within: bool,
    /// What the execution log says of it.
    pub log: Option<String>,
}

impl Refusal {
    fn new(kind: &'static str, error: &'static str, message: &str) -> Self {
        Self {
            kind,
            error,
            message: Some(message.to_owned()),
            status: None,
            capital: false,
            within: false,
            log: None,
        }
    }

    /// One of a method that was being run.
    fn run(kind: &'static str, error: &'static str, message: &str) -> Self {
        Self {
            within: true,
            ..Self::new(kind, error, message)
        }
    }

    /// The same, with what the execution log says of it.
    #[must_use]
    pub fn because(self, log: impl Into<String>) -> Self {
        Self {
            log: Some(log.into()),
            ..self
        }
    }

    pub fn no_route() -> Self {
        Self::new(
            "MISSING_AUTHENTICATION_TOKEN",
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        )
    }

    /// The gateway, or what stands behind a method, is set up so that nothing can come of it.
    pub fn configuration(why: &str) -> Self {
        let (kind, error) = ("API_CONFIGURATION_ERROR", "InternalServerErrorException");
        Self::run(kind, error, "Internal server error").because(misconfigured(why))
    }

    /// A function answered what is no answer.
    pub fn malformed() -> Self {
        let (kind, error) = ("DEFAULT_5XX", "InternalServerErrorException");
        Self {
            status: Some(502),
            ..Self::run(kind, error, "Internal server error")
        }
        .because(misconfigured("Malformed Lambda proxy response"))
    }

    /// A function failed.
    pub fn failed(message: &str, request_id: &str) -> Self {
        Self::malformed().because(format!(
            "Lambda execution failed with status 200 due to customer function error: {message}. Lambda request id: {request_id}"
        ))
    }

    pub fn timeout() -> Self {
        let (kind, error) = ("INTEGRATION_TIMEOUT", "InternalServerErrorException");
        Self::run(kind, error, "Endpoint request timed out")
            .because("Execution failed due to a timeout error")
    }

    /// What stands behind a method can't be reached.
    pub fn unreachable(why: &str) -> Self {
        let (kind, error) = ("INTEGRATION_FAILURE", "InternalServerErrorException");
        Self::run(kind, error, "Network error communicating with endpoint").because(format!(
            "Execution failed due to a network error communicating with endpoint: {why}"
        ))
    }

    pub fn too_large() -> Self {
        let (kind, error) = ("REQUEST_TOO_LARGE", "RequestTooLargeException");
        Self::new(kind, error, "Request Too Long")
    }

    pub fn media_type() -> Self {
        let (kind, error) = ("UNSUPPORTED_MEDIA_TYPE", "BadRequestException");
        Self::run(kind, error, "Unsupported Media Type")
    }

    /// An authorizer can't be asked, or said nothing that could be understood.
    pub fn authorizer(why: &str) -> Self {
        Self {
            kind: "AUTHORIZER_CONFIGURATION_ERROR",
            error: "AuthorizerConfigurationException",
            message: None,
            status: None,
            capital: false,
            within: false,
            log: Some(misconfigured(why)),
        }
    }

    pub fn unauthorized() -> Self {
        Self::new("UNAUTHORIZED", "UnauthorizedException", "Unauthorized")
    }

    /// A user pool's token was good before.
    pub fn expired() -> Self {
        let message = "The incoming token has expired";
        Self::new("UNAUTHORIZED", "UnauthorizedException", message).because(message)
    }

    /// An authorizer says no.
    pub fn forbidden(message: &str) -> Self {
        Self::new("ACCESS_DENIED", "AccessDeniedException", message)
    }

    /// The API's own policy says no.
    pub fn denied(message: &str) -> Self {
        Self {
            capital: true,
            ..Self::forbidden(message)
        }
    }

    pub fn no_key() -> Self {
        Self::new("INVALID_API_KEY", "ForbiddenException", "Forbidden")
    }

    pub fn throttled() -> Self {
        let (kind, error) = ("THROTTLED", "TooManyRequestsException");
        Self::new(kind, error, "Too Many Requests")
    }

    pub fn quota() -> Self {
        let (kind, error) = ("QUOTA_EXCEEDED", "LimitExceededException");
        Self::new(kind, error, "Limit Exceeded")
    }

    /// A body does not fit its model.
    pub fn body(content_type: &str, why: &str) -> Self {
        let (kind, error) = ("BAD_REQUEST_BODY", "BadRequestException");
        Self::run(kind, error, "Invalid request body").because(format!(
            "Request body does not match model schema for content type {content_type}: [{why}]"
        ))
    }

    pub fn parameters(missing: &[&str]) -> Self {
        let (kind, error) = ("BAD_REQUEST_PARAMETERS", "BadRequestException");
        let missing = missing.join(", ");
        let message = format!("Missing required request parameters: [{missing}]");
        Self::run(kind, error, &message).because(&message)
    }

    /// The answer.
    pub fn respond(&self, exchange: &Exchange<'_>) -> Response {
        let said = exchange.definition().response(self.kind);
        let own = said
            .status_code
            .as_deref()
            .and_then(|code| code.parse().ok());
        let mut scope = exchange.scope(exchange.body_text());
        scope.context["error"] = json!({
            "message": self.message,
            "messageString": json!(self.message).to_string(),
            "responseType": self.kind,
        });
        let (kind, body) = self.body_of(exchange, &said, &mut scope);
        let status = scope.overrides.response.status.as_deref();
        let status = status
            .and_then(|text| text.parse().ok())
            .or(own)
            .or(self.status);
        let status = status.or_else(|| usual_status(self.kind)).unwrap_or(500);
        let mut response = Response::new(status, &kind, body);
        response = response.with_header("x-amzn-errortype", self.error);
        for (name, from) in &said.response_parameters {
            let name = name.strip_prefix("gatewayresponse.header.");
            if let (Some(name), Some(value)) = (name, exchange.mapped(from)) {
                let name = name.to_ascii_lowercase();
                response
                    .headers
                    .retain(|(known, _)| known.to_ascii_lowercase() != name);
                response.headers.push((name, value));
            }
        }
        response
    }

    /// The body and its type: by the template that the caller accepts, else by the one for JSON, else by any.
    fn body_of(
        &self,
        exchange: &Exchange<'_>,
        said: &GatewayResponse,
        scope: &mut Scope,
    ) -> (String, String) {
        let templates = &said.response_templates;
        let accepted = scope.params.header.iter();
        let accepted = accepted
            .filter(|(name, _)| name.eq_ignore_ascii_case("accept"))
            .find_map(|(_, value)| templates.get_key_value(value.as_str()));
        let found = accepted
            .or_else(|| templates.get_key_value("application/json"))
            .or_else(|| templates.iter().next());
        let name = if self.capital { "Message" } else { "message" };
        let plain = || match self.within {
            true => format!("{{\"{name}\": {}}}", json!(self.message)),
            false => json!({name: self.message}).to_string(),
        };
        match found {
            Some((kind, text)) if text != USUAL => {
                let body = exchange
                    .templates
                    .render(text, scope)
                    .unwrap_or_else(|_| plain());
                (kind.clone(), body)
            }
            Some((kind, _)) => (kind.clone(), plain()),
            None => ("application/json".into(), plain()),
        }
    }
}

fn misconfigured(why: &str) -> String {
    format!("Execution failed due to configuration error: {why}")
}

/// The template that every gateway response begins with.
const USUAL: &str = r#"{"message":$context.error.messageString}"#;

/// The answer where there is no API, or no such stage of it.
pub fn nobody() -> Response {
    Response::json(403, &json!({"message": "Forbidden"}))
        .with_header("x-amzn-errortype", "ForbiddenException")
}

/// The answer to headers that are too large, which no gateway response says.
pub fn head_too_large() -> Response {
    let message = "Request Header Fields Too Large";
    Response::json(431, &json!({ "message": message }))
}
