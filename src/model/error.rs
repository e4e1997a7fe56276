//! What went wrong with a remote call, in the terms of what a person can do about it.
//!
//! Knows nothing of any SDK: `cloud::error` makes these from the SDK's errors, panels only show them.

use std::fmt;

/// A failed call: where, what kind, in whose words, and the id to give to support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudError {
    /// AWS's operation name, for example `ListFunctions`.
    pub operation: String,
    /// What it was asked of: an ARN, a name or an endpoint; empty when the whole region was asked.
    pub target: String,
    /// What a person can do about it.
    pub kind: ErrorKind,
    /// The service's message, or ours where none came.
    pub message: String,
    /// AWS's code as it came, for example `ResourceNotFoundException`; empty when no answer came.
    pub code: String,
    /// `x-amzn-requestid`, where an answer came.
    pub request_id: Option<String>,
    /// The chain of causes, innermost last, for the copied report.
    pub source: Vec<String>,
}

/// Errors sorted by what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// No credentials were found, or they have expired: sign in again.
    SignIn {
        /// The profile's SSO session can be renewed from the window.
        sso: bool,
        /// Credentials existed and ran out, as opposed to none being found.
        expired: bool,
    },
    /// The caller may not do this: the missing action and resource, as far as AWS names them.
    Permission {
        /// For example `lambda:ListFunctions`.
        action: Option<String>,
        /// The ARN that was refused.
        resource: Option<String>,
    },
    /// Too many requests, after the SDK's own retries.
    Throttled,
    /// The input was refused: fix it where it was typed.
    Invalid,
    /// A file or a setting of this machine keeps the connection from coming about: correct it there.
    Configuration,
    /// It is not here: perhaps in another region or account, or deleted meanwhile.
    NotFound,
    /// It changed or is busy: RevisionId mismatch, update in progress, name taken.
    Conflict,
    /// No answer within the time.
    Timeout,
    /// The endpoint could not be reached, or the connection broke.
    Network,
    /// This machine's clock differs from the service's by too much.
    Clock,
    /// The endpoint does not know the operation, or answered something that is not this protocol: no fault, and nothing that
    /// asking again at once would change.
    NotServed,
    /// The person, or a closed panel, stopped it.
    Cancelled,
    /// Refused by this console: the connection is read-only.
    ReadOnly,
    /// Everything else: report it.
    Other,
}

impl ErrorKind {
    /// A short title, as the alert's first line.
    pub fn title(&self) -> &'static str {
        match self {
            Self::SignIn { expired: true, .. } => "The session has expired",
            Self::SignIn { .. } => "No credentials were found",
            Self::Permission { .. } => "Not permitted",
            Self::Throttled => "Too many requests",
            Self::Invalid => "The input was refused",
            Self::Configuration => "The connection is not set up right",
            Self::NotFound => "Not found",
            Self::Conflict => "It changed or is busy",
            Self::Timeout => "No answer in time",
            Self::Network => "The endpoint could not be reached",
            Self::Clock => "This machine's clock is off",
            Self::NotServed => "Not served by this endpoint",
            Self::Cancelled => "Cancelled",
            Self::ReadOnly => "The connection is read-only",
            Self::Other => "The call failed",
        }
    }

    /// What a person can do next, as the alert's last line; empty when nothing more can be said.
    pub fn advice(&self) -> String {
        match self {
            Self::SignIn { sso: true, .. } => {
                "Sign in again; what you were doing goes on where it was.".into()
            }
            Self::SignIn { .. } => {
                "Choose another connection, or give this one credentials and retry.".into()
            }
            Self::Configuration => {
                "Correct it there and retry, or choose another connection.".into()
            }
            Self::Permission { action, resource } => match (action, resource) {
                (Some(action), Some(resource)) => format!("Ask for {action} on {resource}."),
                (Some(action), None) => format!("Ask for {action}."),
                _ => "Ask your administrator for the permission that the message names.".into(),
            },
            Self::Throttled => "AWS asked to slow down. Wait a little, then refresh.".into(),
            Self::NotFound => {
                "It may be in another region or account, or was deleted meanwhile.".into()
            }
            Self::Conflict => "Refresh to see what is there now, then try again.".into(),
            Self::Timeout | Self::Network => {
                "Check the network, the endpoint and the proxy, then refresh.".into()
            }
            Self::Clock => "Set this machine's clock, then refresh.".into(),
            Self::ReadOnly => "Unlock the connection in the top bar to change things.".into(),
            Self::Invalid | Self::NotServed | Self::Cancelled | Self::Other => String::new(),
        }
    }
}

/// Whether AWS's code says that the operation is not known there, in whatever protocol.
pub fn is_not_served(code: &str) -> bool {
    matches!(
        code,
        "UnknownOperationException"
            | "UnknownOperation"
            | "InvalidAction"
            | "NotImplemented"
            | "NotImplementedException"
            | "UnknownService"
    )
}

impl CloudError {
    /// Whether it may well go by itself: asking again later is worth it, whatever else changes.
    pub fn passes_by_itself(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Throttled | ErrorKind::Timeout | ErrorKind::Network
        )
    }

    /// An error that never reached a service.
    pub fn local(operation: &str, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            operation: operation.to_owned(),
            target: String::new(),
            kind,
            message: message.into(),
            code: String::new(),
            request_id: None,
            source: Vec::new(),
        }
    }

    /// The first line of its place on the screen; what an endpoint does not serve is named.
    pub fn headline(&self) -> String {
        let title = self.kind.title();
        match self.kind {
            ErrorKind::NotServed if !self.operation.is_empty() => {
                format!("{title}: {}", self.operation)
            }
            _ => title.to_owned(),
        }
    }

    /// Something is wrong, as opposed to an endpoint that does not have the operation.
    pub fn is_fault(&self) -> bool {
        self.kind != ErrorKind::NotServed
    }

    /// The whole error as text, for the clipboard: it holds no credentials and no environment values.
    pub fn report(&self) -> String {
        let mut lines = vec![
            format!("{}: {}", self.kind.title(), self.message),
            format!("operation: {}", self.operation),
        ];
        let rows = [
            ("target", self.target.as_str()),
            ("code", self.code.as_str()),
            ("request id", self.request_id.as_deref().unwrap_or_default()),
        ];
        lines.extend(
            rows.iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| format!("{name}: {value}")),
        );
        lines.extend(
            self.source
                .iter()
                .map(|cause| format!("caused by: {cause}")),
        );
        lines.join("\n")
    }
}

impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.message)
    }
}

impl std::error::Error for CloudError {}
