//! What the methods of an API point at by an id, and the boxes that a method is shown as.

use serde::{Deserialize, Serialize};

/// Who decides whether a caller gets in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorizer {
    /// Six letters and digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `TOKEN`, `REQUEST` or `COGNITO_USER_POOLS`.
    pub kind: String,
}

impl Authorizer {
    /// The authorization type of the methods that ask it.
    pub fn authorization(&self) -> &'static str {
        match self.kind.as_str() {
            "COGNITO_USER_POOLS" => "COGNITO_USER_POOLS",
            _ => "CUSTOM",
        }
    }
}

/// What a request is checked for before anything is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validator {
    /// Six letters and digits.
    pub id: String,
    /// May be empty.
    pub name: String,
    /// The body, by its model.
    pub body: bool,
    /// That the parameters are there that must be.
    pub parameters: bool,
}

impl Validator {
    /// What it checks.
    pub fn words(&self) -> &'static str {
        match (self.body, self.parameters) {
            (true, true) => "body and parameters",
            (true, false) => "body",
            (false, true) => "parameters",
            (false, false) => "nothing",
        }
    }
}

/// A box of the way that a request takes through a method.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum MethodPart {
    /// What a call must have.
    #[default]
    Request,
    /// What is sent to the backend.
    Integration,
    /// What answers.
    Backend,
    /// What an answer of the backend becomes.
    IntegrationResponse,
    /// What a caller may get.
    Response,
}

impl MethodPart {
    /// In the order of the way there and back.
    pub const ALL: [Self; 5] = [
        Self::Request,
        Self::Integration,
        Self::Backend,
        Self::IntegrationResponse,
        Self::Response,
    ];

    /// The box's heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Request => "Method request",
            Self::Integration => "Integration request",
            Self::Backend => "Backend",
            Self::IntegrationResponse => "Integration response",
            Self::Response => "Method response",
        }
    }

    /// What it is, behind the heading.
    pub fn words(self) -> &'static str {
        match self {
            Self::Request => "what a call must have",
            Self::Integration => "what is sent to the backend",
            Self::Backend => "what answers",
            Self::IntegrationResponse => "what an answer of the backend becomes",
            Self::Response => "what a caller may get",
        }
    }
}
