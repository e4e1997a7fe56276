//! From the SDK's errors to [`CloudError`]: what happened, in the terms of what a person can do about it.
//!
//! Everything is decided from a small [`Facts`], so that recorded answers can be put through the same rules in tests.
//! Bodies are read only to recognise answers that are no AWS answers; they are never shown and never logged.

use crate::cloud::connection::asked::host_of_error;
use crate::model::error::{CloudError, ErrorKind, is_not_served};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::event_stream::RawMessage;
use aws_types::request_id::RequestId;
use std::error::Error;

/// A failed call as a [`CloudError`].
///
/// `operation` is AWS's name (`ListFunctions`), `target` an ARN, a name or an endpoint, empty when the whole region was
/// asked.
pub fn from_sdk<E>(operation: &str, target: &str, error: SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    if let Some(known) = known_cause(&error) {
        return at(operation, target, known);
    }
    let raw = error.raw_response();
    let body = raw.and_then(|response| response.body().bytes());
    let metadata = error
        .as_service_error()
        .map(ProvideErrorMetadata::meta)
        .cloned();
    let facts = Facts {
        stage: Stage::of(&error),
        code: metadata
            .as_ref()
            .and_then(|m| m.code())
            .unwrap_or_default()
            .to_owned(),
        message: metadata
            .as_ref()
            .and_then(|m| m.message())
            .unwrap_or_default()
            .to_owned(),
        status: raw.map(|response| response.status().as_u16()),
        content_type: raw
            .and_then(|response| response.headers().get("content-type"))
            .unwrap_or_default()
            .to_owned(),
        body: body.map_or(Body::Unknown, Body::of),
        causes: causes(&error),
        host: host_of_error(&error).map(str::to_owned),
    };
    facts.into_error(operation, target, error.request_id().map(str::to_owned))
}

/// What kept credentials from coming, where it was the network: not the credentials are missing then, and the host is named.
pub(crate) fn network_behind(operation: &str, error: &(dyn Error + 'static)) -> Option<CloudError> {
    let host = host_of_error(error)?.to_owned();
    let facts = Facts {
        stage: Stage::Io,
        causes: causes(error),
        host: Some(host.clone()),
        ..Facts::default()
    };
    Some(facts.into_error(operation, &host, None))
}

/// An error that came inside an event stream, after it had begun.
pub fn from_stream<E>(operation: &str, target: &str, error: SdkError<E, RawMessage>) -> CloudError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let metadata = error
        .as_service_error()
        .map(ProvideErrorMetadata::meta)
        .cloned();
    let facts = Facts {
        stage: Stage::of(&error),
        code: metadata
            .as_ref()
            .and_then(|m| m.code())
            .unwrap_or_default()
            .to_owned(),
        message: metadata
            .as_ref()
            .and_then(|m| m.message())
            .unwrap_or_default()
            .to_owned(),
        causes: causes(&error),
        ..Facts::default()
    };
    facts.into_error(operation, target, None)
}

/// A body that broke while it was read, after a good status.
pub fn from_body(
    operation: &str,
    target: &str,
    error: aws_smithy_types::byte_stream::error::Error,
) -> CloudError {
    let facts = Facts {
        stage: Stage::Io,
        causes: causes(&error),
        ..Facts::default()
    };
    facts.into_error(operation, target, None)
}

/// The same error, told of another operation and target.
pub fn at(operation: &str, target: &str, mut error: CloudError) -> CloudError {
    error.operation = operation.to_owned();
    if error.target.is_empty() {
        error.target = target.to_owned();
    }
    error
}

/// How far a call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Stage {
    /// The request could not even be made.
    Construction,
    /// The time was over.
    Timeout,
    /// No connection, or one that broke.
    Io,
    /// An answer that could not be read.
    Response,
    /// An error in the service's own form.
    #[default]
    Service,
}

impl Stage {
    fn of<E, R>(error: &SdkError<E, R>) -> Self {
        match error {
            SdkError::ConstructionFailure(_) => Self::Construction,
            SdkError::TimeoutError(_) => Self::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_timeout() => Self::Timeout,
            SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_other() => Self::Io,
            SdkError::DispatchFailure(_) => Self::Construction,
            SdkError::ResponseError(_) => Self::Response,
            _ => Self::Service,
        }
    }
}

/// What came behind the headers, as far as it tells who answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Body {
    /// It was not read, or is not at hand.
    #[default]
    Unknown,
    /// Nothing, as after every HEAD.
    Empty,
    /// A page for people: moto's and every proxy's way of saying no.
    Page,
    /// Something else.
    Other,
}

impl Body {
    fn of(bytes: &[u8]) -> Self {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            Self::Empty
        } else if looks_like_a_page(bytes) {
            Self::Page
        } else {
            Self::Other
        }
    }
}

/// What is known of a failed call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub stage: Stage,
    /// AWS's code, empty when none came.
    pub code: String,
    pub message: String,
    pub status: Option<u16>,
    pub content_type: String,
    pub body: Body,
    /// Outermost first.
    pub causes: Vec<String>,
    /// Who was asked, where nobody answered.
    pub host: Option<String>,
}

impl Facts {
    pub(crate) fn into_error(
        self,
        operation: &str,
        target: &str,
        request_id: Option<String>,
    ) -> CloudError {
        let kind = self.kind();
        let message = self.sentence(&kind);
        let source = self
            .causes
            .iter()
            .filter(|cause| **cause != message)
            .map(|cause| shorten(cause, 400))
            .collect();
        CloudError {
            operation: operation.to_owned(),
            target: target.to_owned(),
            kind,
            message,
            code: self.code,
            request_id,
            source,
        }
    }

    /// A page for people came, and not an answer of the service. The type alone says little: moto calls everything a page,
    /// its good answers and what has no body too.
    fn is_foreign(&self) -> bool {
        let html = self
            .content_type
            .to_ascii_lowercase()
            .starts_with("text/html");
        match self.body {
            Body::Page => true,
            Body::Empty => false,
            Body::Unknown | Body::Other => html,
        }
    }

    /// The endpoint says, in its own way, that it does not know the operation: ministack's words for it, and those of AWS's
    /// own front door, beside the codes of [`Facts::kind_of_code`].
    fn names_no_operation(&self) -> bool {
        let lower = self.message.to_ascii_lowercase();
        // "Function not found: /2021-07-20/functions/f/…": it took the path for a name, which never begins so.
        let path_as_name = lower
            .strip_prefix("function not found: /")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        path_as_name
            || lower.starts_with("unknown action: ")
            || lower.starts_with("unknown path: /")
            || lower.contains("unable to determine service/operation name")
            || lower.contains("not yet implemented")
            || lower.contains("not been implemented")
            || lower.contains("not yet been emulated")
    }

    fn kind(&self) -> ErrorKind {
        if self.is_foreign() && self.code.is_empty() {
            return self.foreign_kind();
        }
        match self.stage {
            Stage::Timeout => return ErrorKind::Timeout,
            Stage::Construction => return self.kind_of_construction(),
            Stage::Io => return self.kind_of_io(),
            Stage::Response if self.status.is_none_or(|s| s < 300) && self.broke_off() => {
                return ErrorKind::Network;
            }
            Stage::Response | Stage::Service => {}
        }
        self.kind_of_code()
            .or_else(|| self.kind_of_status())
            .unwrap_or(ErrorKind::Other)
    }

    fn foreign_kind(&self) -> ErrorKind {
        match self.status {
            Some(429) => ErrorKind::Throttled,
            Some(502..=504) => ErrorKind::Network,
            _ => ErrorKind::NotServed,
        }
    }

    fn kind_of_construction(&self) -> ErrorKind {
        let text = self.causes.join(" ").to_ascii_lowercase();
        if text.contains("region") && text.contains("missing") || text.contains("invalid region") {
            ErrorKind::Invalid
        } else if text.contains("credential") || text.contains("identity") {
            ErrorKind::SignIn {
                sso: text.contains("sso"),
                expired: text.contains("expired"),
            }
        } else if text.contains("when serializing") || text.contains("missing required") {
            ErrorKind::Invalid
        } else {
            ErrorKind::Other
        }
    }

    fn kind_of_io(&self) -> ErrorKind {
        let text = self.causes.join(" ").to_ascii_lowercase();
        if text.contains("timed out") || text.contains("timeout") {
            ErrorKind::Timeout
        } else if text.contains("no credentials") || text.contains("identity resolver") {
            self.kind_of_construction()
        } else {
            ErrorKind::Network
        }
    }

    fn broke_off(&self) -> bool {
        let text = self.causes.join(" ").to_ascii_lowercase();
        let signs = [
            "incomplete",
            "connection reset",
            "closed before",
            "end of file",
            "broken pipe",
            "body",
            "throughput",
            "eof",
        ];
        signs.iter().any(|sign| text.contains(sign))
    }

    fn kind_of_code(&self) -> Option<ErrorKind> {
        let code = self.code.rsplit('#').next().unwrap_or_default();
        let lower = self.message.to_ascii_lowercase();
        let sign_in = |expired| ErrorKind::SignIn {
            sso: false,
            expired,
        };
        Some(match code {
            _ if self.names_no_operation() => ErrorKind::NotServed,
            "" => return None,
            "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => ErrorKind::Clock,
            "InvalidSignatureException" | "SignatureDoesNotMatch" | "AuthFailure"
                if names_the_clock(&lower) =>
            {
                ErrorKind::Clock
            }
            "ExpiredToken"
            | "ExpiredTokenException"
            | "TokenRefreshRequired"
            | "CredentialsExpired" => sign_in(true),
            "AccessDeniedException" | "AccessDenied" if lower.contains("token has expired") => {
                sign_in(true)
            }
            "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidAccessKeyId"
            | "AuthFailure"
            | "InvalidSignatureException"
            | "SignatureDoesNotMatch"
            | "MissingAuthenticationToken"
            | "MissingAuthenticationTokenException"
            | "IncompleteSignature"
            | "IncompleteSignatureException"
            | "InvalidToken" => sign_in(lower.contains("expired")),
            _ if is_not_served(code) => ErrorKind::NotServed,
            _ if is_denied(code) => {
                let (action, resource) = missing_permission(&self.message);
                ErrorKind::Permission { action, resource }
            }
            _ if is_throttled(code) => ErrorKind::Throttled,
            "ResourceConflictException"
            | "ResourceInUseException"
            | "PreconditionFailedException"
            | "PreconditionFailed"
            | "ConflictException"
            | "OperationAbortedException"
            | "OperationAborted"
            | "ConcurrentModificationException"
            | "ConcurrentModification"
            | "EntityAlreadyExists"
            | "ResourceAlreadyExistsException"
            | "BucketAlreadyExists"
            | "BucketAlreadyOwnedByYou"
            | "DeleteConflict"
            | "ResourceNotReadyException" => ErrorKind::Conflict,
            _ if is_not_found(code) => ErrorKind::NotFound,
            _ if is_invalid(code) => ErrorKind::Invalid,
            "RequestTimeout" | "RequestTimeoutException" => ErrorKind::Timeout,
            _ => return None,
        })
    }

    fn kind_of_status(&self) -> Option<ErrorKind> {
        Some(match self.status? {
            401 => ErrorKind::SignIn {
                sso: false,
                expired: false,
            },
            403 => {
                let (action, resource) = missing_permission(&self.message);
                ErrorKind::Permission { action, resource }
            }
            // Without a code no AWS service has spoken: something else listens there, or, where the service is not known
            // (ministack), nobody. A HEAD has no body, so that its 400 says nothing.
            404 | 405 | 501 if self.code.is_empty() => ErrorKind::NotServed,
            400 if self.code.is_empty() && self.body == Body::Other => ErrorKind::NotServed,
            404 => ErrorKind::NotFound,
            409 | 412 => ErrorKind::Conflict,
            429 => ErrorKind::Throttled,
            501 => ErrorKind::NotServed,
            400 | 413 | 422 if !self.code.is_empty() => ErrorKind::Invalid,
            // A good status and no way to read what came: not this protocol.
            200..=299 => ErrorKind::NotServed,
            502..=504 if self.code.is_empty() => ErrorKind::Network,
            400..=499 if self.stage == Stage::Response => ErrorKind::NotServed,
            _ => return None,
        })
    }

    /// The service's own message where there is one, else ours, never a page.
    fn sentence(&self, kind: &ErrorKind) -> String {
        if self.is_foreign() && self.code.is_empty() {
            return self.foreign_sentence();
        }
        if !self.message.trim().is_empty() && !looks_like_a_page(self.message.as_bytes()) {
            return shorten(self.message.trim(), 1000);
        }
        let text = self.causes.join(" ").to_ascii_lowercase();
        match (self.stage, kind) {
            (Stage::Timeout, _) | (Stage::Io, ErrorKind::Timeout) => {
                let whom = self.host.as_deref();
                if text.contains("connect") {
                    let whom = whom.unwrap_or("The endpoint");
                    format!("{whom} did not accept a connection in time.")
                } else {
                    let whom = whom.map(|host| format!(" from {host}"));
                    format!("No answer came{} in time.", whom.unwrap_or_default())
                }
            }
            (Stage::Io, _) => io_sentence(&text, self.host.as_deref()),
            (Stage::Response, ErrorKind::Network) => {
                "The connection broke in the middle of the answer.".into()
            }
            (Stage::Response, _) => self.foreign_sentence(),
            (Stage::Service, _) if !self.code.is_empty() => {
                format!("{}, without a message.", self.code)
            }
            (Stage::Service, _) if self.status.is_some() => self.foreign_sentence(),
            _ => match (self.causes.last(), self.status) {
                (Some(cause), _) if !cause.is_empty() => shorten(cause, 400),
                (_, Some(status)) => format!("HTTP {status} without a message."),
                _ => "The call failed without a message.".into(),
            },
        }
    }

    fn foreign_sentence(&self) -> String {
        let what = if self.is_foreign() {
            "with a web page"
        } else {
            "in a form that is not this service's"
        };
        match self.status {
            Some(status) => format!("The endpoint answered HTTP {status} {what}."),
            None => format!("The endpoint answered {what}."),
        }
    }
}

fn io_sentence(text: &str, host: Option<&str>) -> String {
    let the = host.map_or("The endpoint's".to_owned(), |host| format!("{host}'s"));
    let at = host.unwrap_or("the endpoint");
    let name = match host {
        Some(host) => format!("The name {host} is not known"),
        None => "The endpoint's name is not known".to_owned(),
    };
    let signs: [(&[&str], String); 6] = [
        (
            &[
                "dns error",
                "failed to lookup",
                "name or service not known",
                "no such host",
                "nodename nor servname",
            ],
            format!("{name}: check the region and the network."),
        ),
        (
            &["connection refused"],
            format!("Nothing listens at {at}: the connection was refused."),
        ),
        (
            &["certificate", "unknownissuer", "invalidcertificate"],
            format!("{the} certificate is not trusted."),
        ),
        (
            &["network is unreachable", "no route to host"],
            format!("There is no way through the network to {at}."),
        ),
        (
            &["tls", "handshake"],
            format!("No encrypted connection with {at} could be agreed on."),
        ),
        (
            &["minimum throughput", "stalled"],
            "The transfer stood still and was given up.".to_owned(),
        ),
    ];
    signs
        .into_iter()
        .find(|(signs, _)| signs.iter().any(|sign| text.contains(sign)))
        .map_or_else(
            || format!("The connection with {at} broke before an answer came."),
            |(_, sentence)| sentence,
        )
}

fn names_the_clock(lower: &str) -> bool {
    [
        "signature not yet current",
        "signature expired",
        "time skewed",
        "too skewed",
        "is now earlier than",
        "is still later than",
    ]
    .iter()
    .any(|sign| lower.contains(sign))
}

fn is_denied(code: &str) -> bool {
    code.starts_with("AccessDenied")
        || matches!(
            code,
            "UnauthorizedOperation"
                | "UnauthorizedException"
                | "Forbidden"
                | "ForbiddenException"
                | "NotAuthorized"
                | "AuthorizationError"
                | "AuthorizationErrorException"
                | "AllAccessDisabled"
                | "OptInRequired"
                | "UnauthorizedAccess"
        )
}

/// The codes of <https://docs.aws.amazon.com/general/latest/gr/api-retries.html>, as `aws-runtime` lists them.
pub(crate) fn is_throttled(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottledException"
            | "RequestThrottled"
            | "TooManyRequestsException"
            | "TooManyRequests"
            | "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "BandwidthLimitExceeded"
            | "LimitExceededException"
            | "SlowDown"
            | "PriorRequestNotComplete"
            | "EC2ThrottledException"
            | "TransactionInProgressException"
    )
}

fn is_not_found(code: &str) -> bool {
    code.contains("NotFound") || code.starts_with("NoSuch")
}

fn is_invalid(code: &str) -> bool {
    code.starts_with("Invalid")
        || code.starts_with("Malformed")
        || code.starts_with("Validation")
        || code.starts_with("Missing")
        || code.contains("TooLarge")
        || matches!(
            code,
            "BadRequestException"
                | "BadRequest"
                | "SerializationException"
                | "ServiceQuotaExceededException"
                | "CodeStorageExceededException"
                | "CodeVerificationFailedException"
                | "PolicyLengthExceededException"
                | "UnsupportedMediaTypeException"
                | "UnprocessableEntityException"
                | "AuthorizationHeaderMalformed"
                | "PermanentRedirect"
                | "IllegalLocationConstraintException"
                | "LimitExceeded"
                | "UnknownParameter"
                | "UnsupportedOperation"
                | "UnsupportedOperationException"
        )
}

/// The action and the resource of AWS's sentence: "User: … is not authorized to perform: lambda:ListFunctions on resource:
/// arn:… because …".
pub(crate) fn missing_permission(message: &str) -> (Option<String>, Option<String>) {
    let after = |mark: &str| {
        message
            .split_once(mark)
            .map(|(_, rest)| rest)
            .and_then(|rest| rest.split_whitespace().next())
            .map(|word| word.trim_matches(['"', '\'', '(', ')', ',', ';']))
            .map(|word| word.trim_end_matches('.').to_owned())
            .filter(|word| !word.is_empty())
    };
    let action = after("to perform:").or_else(|| after("perform action:"));
    let resource = after("on resource:").or_else(|| after("on the resource:"));
    (action.filter(|a| a.contains(':')), resource)
}

/// A body that is a page for people: moto's and every proxy's way of saying no.
fn looks_like_a_page(body: &[u8]) -> bool {
    let start: Vec<u8> = body
        .iter()
        .skip_while(|byte| byte.is_ascii_whitespace())
        .take(15)
        .map(u8::to_ascii_lowercase)
        .collect();
    start.starts_with(b"<!doctype") || start.starts_with(b"<html")
}

/// The chain of causes, outermost first, without repeats.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = next {
        let text = cause.to_string();
        if causes.last() != Some(&text) && !looks_like_a_page(text.as_bytes()) {
            causes.push(text);
        }
        next = cause.source();
    }
    causes
}

/// An error of ours that went through the SDK and came back: credentials that could not be had, for example.
fn known_cause(error: &(dyn Error + 'static)) -> Option<CloudError> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(known) = cause.downcast_ref::<CloudError>() {
            return Some(known.clone());
        }
        next = cause.source();
    }
    None
}

fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
