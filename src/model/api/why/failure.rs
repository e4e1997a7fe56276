//! What the gateway itself answers, and why: one row for each cause.
//!
//! Sources: <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>, and what the
//! service answered in recorded tests.

use super::super::definition::Definition;
use super::answer::Answer;

/// Why a request is not answered as its method says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// No such API in this region.
    UnknownApi,
    /// No such stage.
    UnknownStage,
    /// Its own name under `execute-api` does not answer.
    DefaultEndpointOff,
    /// No resource, or no method of it, for the path.
    NoRoute,
    /// A signature is asked for and there is none.
    NotSigned,
    /// The caller's own policies, or the signature, say no.
    SignatureRefused,
    /// A statement of the resource policy denies it.
    PolicyDenies,
    /// No statement of the resource policy allows it.
    PolicyAllowsNot,
    /// What the authorizer looks at is not there, or is not of its form.
    NoToken,
    /// The authorizer says that the caller is nobody.
    TokenRefused,
    /// The authorizer says that the caller may not.
    AuthorizerDenies,
    /// The authorizer's function can't be called.
    AuthorizerFails,
    /// No key was given.
    KeyMissing,
    /// No key has this value.
    KeyUnknown,
    /// The key is off.
    KeyOff,
    /// The key is in no plan.
    KeyWithoutPlan,
    /// No plan of the key has the stage.
    PlanWithoutStage,
    /// Too much at once.
    Throttled,
    /// Too much in the plan's period.
    QuotaExceeded,
    /// Too many bytes.
    TooLarge,
    /// Too many bytes in the head.
    HeadTooLarge,
    /// A parameter is missing.
    ParameterMissing,
    /// The body does not fit its model.
    BodyInvalid,
    /// No template for the body's media type.
    MediaType,
    /// Nothing, or nothing that can be called, stands behind the method.
    NotConfigured,
    /// The function does not let the API call it.
    NotPermitted,
    /// The function is not there.
    FunctionGone,
    /// The function answers what is no answer.
    Malformed,
    /// It took too long.
    TimedOut,
    /// What stands behind can't be reached.
    Unreachable,
    /// It comes from what stands behind the method.
    Backend,
}

/// What a cause comes to for the caller.
struct Row {
    cause: Cause,
    /// The gateway response that says it; empty where none does.
    kind: &'static str,
    status: u16,
    error: &'static str,
    message: &'static str,
}

const fn row(
    cause: Cause,
    kind: &'static str,
    status: u16,
    error: &'static str,
    message: &'static str,
) -> Row {
    Row {
        cause,
        kind,
        status,
        error,
        message,
    }
}

const FORBIDDEN: &str = "ForbiddenException";
const DENIED: &str = "AccessDeniedException";
const INTERNAL: &str = "InternalServerErrorException";
const CONFIGURATION: &str = "API_CONFIGURATION_ERROR";
const NOT_AUTHORIZED: &str = "is not authorized to perform";
const NOT_TO_ACCESS: &str = "User is not authorized to access this resource";
const SERVER: &str = "Internal server error";

const ROWS: [Row; 31] = {
    use Cause::*;
    [
        row(UnknownApi, "", 403, FORBIDDEN, "Forbidden"),
        row(UnknownStage, "", 403, FORBIDDEN, "Forbidden"),
        row(DefaultEndpointOff, "", 403, FORBIDDEN, "Forbidden"),
        row(
            NoRoute,
            "MISSING_AUTHENTICATION_TOKEN",
            403,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        row(
            NotSigned,
            "MISSING_AUTHENTICATION_TOKEN",
            403,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        row(
            SignatureRefused,
            "ACCESS_DENIED",
            403,
            DENIED,
            NOT_AUTHORIZED,
        ),
        row(PolicyDenies, "ACCESS_DENIED", 403, DENIED, NOT_AUTHORIZED),
        row(
            PolicyAllowsNot,
            "ACCESS_DENIED",
            403,
            DENIED,
            NOT_AUTHORIZED,
        ),
        row(
            NoToken,
            "UNAUTHORIZED",
            401,
            "UnauthorizedException",
            "Unauthorized",
        ),
        row(
            TokenRefused,
            "UNAUTHORIZED",
            401,
            "UnauthorizedException",
            "Unauthorized",
        ),
        row(
            AuthorizerDenies,
            "ACCESS_DENIED",
            403,
            DENIED,
            NOT_TO_ACCESS,
        ),
        row(
            AuthorizerFails,
            "AUTHORIZER_CONFIGURATION_ERROR",
            500,
            "AuthorizerConfigurationException",
            "",
        ),
        row(KeyMissing, "INVALID_API_KEY", 403, FORBIDDEN, "Forbidden"),
        row(KeyUnknown, "INVALID_API_KEY", 403, FORBIDDEN, "Forbidden"),
        row(KeyOff, "INVALID_API_KEY", 403, FORBIDDEN, "Forbidden"),
        row(
            KeyWithoutPlan,
            "INVALID_API_KEY",
            403,
            FORBIDDEN,
            "Forbidden",
        ),
        row(
            PlanWithoutStage,
            "INVALID_API_KEY",
            403,
            FORBIDDEN,
            "Forbidden",
        ),
        row(
            Throttled,
            "THROTTLED",
            429,
            "TooManyRequestsException",
            "Too Many Requests",
        ),
        row(
            QuotaExceeded,
            "QUOTA_EXCEEDED",
            429,
            "LimitExceededException",
            "Limit Exceeded",
        ),
        row(
            TooLarge,
            "REQUEST_TOO_LARGE",
            413,
            "RequestTooLargeException",
            "Request Too Long",
        ),
        row(HeadTooLarge, "", 431, "", "Request Header Fields Too Large"),
        row(
            ParameterMissing,
            "BAD_REQUEST_PARAMETERS",
            400,
            "BadRequestException",
            "Missing required request parameters",
        ),
        row(
            BodyInvalid,
            "BAD_REQUEST_BODY",
            400,
            "BadRequestException",
            "Invalid request body",
        ),
        row(
            MediaType,
            "UNSUPPORTED_MEDIA_TYPE",
            415,
            "BadRequestException",
            "Unsupported Media Type",
        ),
        row(NotConfigured, CONFIGURATION, 500, INTERNAL, SERVER),
        row(NotPermitted, CONFIGURATION, 500, INTERNAL, SERVER),
        row(FunctionGone, CONFIGURATION, 500, INTERNAL, SERVER),
        row(Malformed, "DEFAULT_5XX", 502, INTERNAL, SERVER),
        row(
            TimedOut,
            "INTEGRATION_TIMEOUT",
            504,
            INTERNAL,
            "Endpoint request timed out",
        ),
        row(
            Unreachable,
            "INTEGRATION_FAILURE",
            504,
            INTERNAL,
            "Network error communicating with endpoint",
        ),
        row(Backend, "", 0, "", ""),
    ]
};

impl Cause {
    fn row(self) -> &'static Row {
        let found = ROWS.iter().find(|row| row.cause == self);
        found.unwrap_or(&ROWS[ROWS.len() - 1])
    }

    /// The status that the caller gets: the API may have another one for it.
    pub fn status(self, definition: Option<&Definition>) -> u16 {
        let row = self.row();
        let class = match row.status {
            400..=499 => "DEFAULT_4XX",
            _ => "DEFAULT_5XX",
        };
        let own = |kind: &str| {
            let responses = &definition?.responses;
            responses.get(kind)?.status.as_ref()?.parse().ok()
        };
        let other = (!row.kind.is_empty()).then(|| own(row.kind).or_else(|| own(class)));
        other.flatten().unwrap_or(row.status)
    }

    /// What `x-amzn-errortype` says.
    pub fn error(self) -> &'static str {
        self.row().error
    }

    /// What the body says, or what of it is always the same.
    pub fn message(self) -> &'static str {
        self.row().message
    }

    /// The gateway response that a body and headers of one's own are set for.
    pub fn kind(self) -> &'static str {
        self.row().kind
    }

    /// The API says it in words of its own.
    fn is_reworded(self, definition: Option<&Definition>) -> bool {
        let responses = definition.map(|of| &of.responses);
        let own = responses.and_then(|all| all.get(self.kind()));
        own.is_some_and(|own| !own.templates.is_empty())
    }

    /// An answer may have this cause.
    pub fn fits(self, answer: &Answer, definition: Option<&Definition>) -> bool {
        if self == Self::Backend {
            return answer.is_of_backend();
        }
        let status = answer.status;
        if status.is_some_and(|status| status != self.status(definition)) {
            return false;
        }
        let error = answer.error.as_deref();
        if answer.whole && !self.error().is_empty() && error != Some(self.error()) {
            return self == Self::NoRoute && error == Some("IncompleteSignatureException");
        }
        match &answer.message {
            _ if self.is_reworded(definition) => true,
            // The service says null.
            None => true,
            Some(said) => {
                !self.message().is_empty()
                    && said.contains(self.message())
                    && (self.message() != NOT_AUTHORIZED
                        || said.contains("explicit deny") == (self == Self::PolicyDenies))
                    || (self == Self::NoRoute && said.contains("in Authorization header"))
            }
        }
    }

    /// All that an answer alone can have for its cause, in the order of the steps.
    pub fn of_answer(answer: &Answer) -> Vec<Self> {
        let causes = ROWS.iter().map(|row| row.cause);
        causes.filter(|cause| cause.fits(answer, None)).collect()
    }

    /// In a few words.
    pub fn title(self) -> &'static str {
        match self {
            Self::UnknownApi => "There is no such API here",
            Self::UnknownStage => "The API has no such stage",
            Self::DefaultEndpointOff => "The API's default address is switched off",
            Self::NoRoute => "No method answers this path",
            Self::NotSigned => "The request is not signed",
            Self::SignatureRefused => "The signer may not call it",
            Self::PolicyDenies => "The resource policy denies it",
            Self::PolicyAllowsNot => "Nothing in the resource policy allows it",
            Self::NoToken => "What the authorizer reads is missing",
            Self::TokenRefused => "The authorizer does not know the caller",
            Self::AuthorizerDenies => "The authorizer says no",
            Self::AuthorizerFails => "The authorizer can't be asked",
            Self::KeyMissing => "The API key is missing",
            Self::KeyUnknown => "No API key has this value",
            Self::KeyOff => "The API key is switched off",
            Self::KeyWithoutPlan => "The API key is in no usage plan",
            Self::PlanWithoutStage => "The key's usage plan lacks this stage",
            Self::Throttled => "Too many requests at once",
            Self::QuotaExceeded => "The usage plan's quota is used up",
            Self::TooLarge => "The body is too large",
            Self::HeadTooLarge => "The headers are too large",
            Self::ParameterMissing => "A required parameter is missing",
            Self::BodyInvalid => "The body does not fit its model",
            Self::MediaType => "No template is for this media type",
            Self::NotConfigured => "What stands behind the method can't be called",
            Self::NotPermitted => "The function does not let the API call it",
            Self::FunctionGone => "The function is not there",
            Self::Malformed => "The function's answer is malformed",
            Self::TimedOut => "It took longer than the integration may",
            Self::Unreachable => "What stands behind can't be reached",
            Self::Backend => "What stands behind the method answered this itself",
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::super::definition::GatewayResponse;
    use super::*;

    fn causes(text: &str) -> Vec<Cause> {
        Cause::of_answer(&Answer::of(text))
    }

    #[test]
    fn an_answer_alone_says_what_may_have_caused_it() {
        use Cause::*;
        let head = |error: &str| format!("HTTP/1.1 403\nx-amzn-errortype: {error}\n\n");
        let token = head("MissingAuthenticationTokenException");
        assert_eq!(causes(&token), [NoRoute, NotSigned]);
        let signed = "403\n{\"message\": \"'a' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer a'.\"}";
        assert_eq!(causes(signed), [NoRoute]);
        let explicit = "{\"Message\":\"User: anonymous is not authorized to perform: execute-api:Invoke on resource: x with an explicit deny\"}";
        assert_eq!(causes(explicit), [PolicyDenies]);
        let implicit = explicit.replace(" with an explicit deny", "");
        assert_eq!(causes(&implicit), [SignatureRefused, PolicyAllowsNot]);
        let forbidden = causes("403\n{\"message\":\"Forbidden\"}");
        assert!(forbidden.contains(&UnknownStage) && forbidden.contains(&KeyMissing));
        assert!(!forbidden.contains(&NoRoute));
        assert_eq!(
            causes("429\n{\"message\":\"Limit Exceeded\"}"),
            [QuotaExceeded]
        );
        assert_eq!(causes("502"), [Malformed]);
        assert_eq!(causes("504"), [TimedOut, Unreachable]);
        assert_eq!(causes("HTTP/1.1 404 x\ncontent-type: a\n\n{}"), [Backend]);
    }

    #[test]
    fn an_api_may_answer_with_other_statuses_and_words() {
        let mut definition = Definition::default();
        let own = GatewayResponse {
            status: Some("404".into()),
            templates: [("application/json".to_owned(), "{}".to_owned())].into(),
            ..GatewayResponse::default()
        };
        let kind = "MISSING_AUTHENTICATION_TOKEN";
        definition.responses.insert(kind.to_owned(), own);
        let of = Some(&definition);
        assert_eq!(Cause::NoRoute.status(of), 404);
        assert_eq!(Cause::KeyMissing.status(of), 403);
        let answer = Answer::of("404\n{\"message\":\"no\"}");
        assert!(Cause::NoRoute.fits(&answer, of));
        assert!(!Cause::NoRoute.fits(&answer, None));
    }
}
