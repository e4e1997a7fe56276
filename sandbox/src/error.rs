//! The one error type of the sandbox: what AWS would answer, before a protocol has given it its form.

use serde_json::{Map, Value};

/// An error as AWS answers it.
#[derive(Debug, Clone, PartialEq)]
pub struct AwsError {
    /// HTTP status, for example 404.
    pub status: u16,
    /// AWS's code, for example `ResourceNotFoundException`.
    pub code: String,
    /// AWS's message, in AWS's words.
    pub message: String,
    /// Further members of the error's shape, for example `Type` or `Reason` of Lambda's errors.
    pub members: Map<String, Value>,
}

impl AwsError {
    /// An error without further members.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            members: Map::new(),
        }
    }

    /// The same error with one more member, as Lambda's `Type: User`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }
}

impl std::fmt::Display for AwsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status, self.message)
    }
}

impl std::error::Error for AwsError {}
