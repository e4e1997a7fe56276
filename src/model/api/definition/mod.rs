//! What an API answers with, as one plain value: as it is being built, and as a deployment has frozen it.
//!
//! A stage's deployment can be read as an OpenAPI document alone ([`export`]); the API as it is now comes in parts
//! ([`Parts`]). Both become a [`Definition`] that is compared field by field ([`difference`]). What the document does not
//! tell, and what no answer depends on, is left out of both: unused models, authorizers and validators, descriptions,
//! parameters of the path. Pure: knows no client.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html>.

mod export;
mod nodes;
mod normal;
mod risks;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use export::export;
pub use nodes::{difference, place_of};
pub use normal::policy_of;

/// How long a backend may take where nothing else is said, in milliseconds.
pub const TIMEOUT_MS: i64 = 29_000;
/// How long an authorizer's answer is kept where nothing else is said, in seconds.
pub const AUTHORIZER_TTL_S: i64 = 300;

/// A map of texts.
pub type Texts = BTreeMap<String, String>;

/// What an API answers with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Definition {
    /// What holds for all of it.
    pub settings: Settings,
    /// By path and verb.
    pub methods: BTreeMap<Place, Method>,
    /// By name.
    pub authorizers: BTreeMap<String, Authorizer>,
    /// By name.
    pub validators: BTreeMap<String, Validator>,
    /// By name: the schema's own keys with their JSON.
    pub models: BTreeMap<String, Texts>,
    /// By type, those that were changed.
    pub responses: BTreeMap<String, GatewayResponse>,
}

/// Where a method stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// From `/`.
    pub path: String,
    /// In capitals; `ANY` for all.
    pub verb: String,
}

impl Place {
    /// As it is called: `GET /orders`.
    pub fn name(&self) -> String {
        format!("{} {}", self.verb, self.path)
    }
}

/// What holds for all of an API and waits for a deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// The resource policy, in one form.
    pub policy: Option<String>,
    /// In their order.
    pub binary_media_types: Vec<String>,
    /// Bytes.
    pub minimum_compression: Option<i64>,
    /// Keys are read from what the authorizer answers, and not from the header.
    pub key_from_authorizer: bool,
    /// Its own name under `execute-api` does not answer.
    pub default_endpoint_disabled: bool,
}

/// A method.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Method {
    /// `NONE`, `AWS_IAM`, `CUSTOM` or `COGNITO_USER_POOLS`.
    pub authorization: String,
    /// The authorizer's name.
    pub authorizer: Option<String>,
    /// What a token must allow.
    pub scopes: Vec<String>,
    /// A key must be given.
    pub key: bool,
    /// The validator's name.
    pub validator: Option<String>,
    /// What SDKs call it.
    pub operation: Option<String>,
    /// `querystring.page` and `header.X-Id`: whether they must be given.
    pub parameters: BTreeMap<String, bool>,
    /// By media type: the model's name.
    pub models: Texts,
    /// By status.
    pub responses: BTreeMap<String, Response>,
    /// What answers.
    pub integration: Option<Integration>,
}

impl Method {
    /// Anybody may call it.
    pub fn is_open(&self) -> bool {
        self.authorization == "NONE" && !self.key
    }

    /// What it asks of a caller, in words.
    pub fn guard(&self) -> String {
        let of = |word: &str| match &self.authorizer {
            Some(name) => format!("{word} {name}"),
            None => word.to_owned(),
        };
        match self.authorization.as_str() {
            "AWS_IAM" => "IAM".to_owned(),
            "CUSTOM" => of("Authorizer"),
            "COGNITO_USER_POOLS" => of("Cognito"),
            "NONE" => "none".to_owned(),
            other => of(other),
        }
    }
}

/// An answer as it is declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The headers' names, in their order.
    pub headers: Vec<String>,
    /// By media type: the model's name.
    pub models: Texts,
}

/// What stands behind a method.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Integration {
    /// `AWS_PROXY`, `AWS`, `HTTP_PROXY`, `HTTP` or `MOCK`.
    pub kind: String,
    /// Where it leads.
    pub uri: Option<String>,
    /// How the backend is called.
    pub verb: Option<String>,
    /// The VPC link; none goes over the internet.
    pub link: Option<String>,
    /// The role that calls it.
    pub credentials: Option<String>,
    /// Milliseconds.
    pub timeout_ms: i64,
    /// `WHEN_NO_MATCH`, `WHEN_NO_TEMPLATES` or `NEVER`.
    pub passthrough: String,
    /// `CONVERT_TO_TEXT` or `CONVERT_TO_BINARY`.
    pub content_handling: Option<String>,
    /// The backend's certificate is not checked.
    pub insecure: bool,
    /// Answers are passed on as they come.
    pub streams: bool,
    /// In their order.
    pub cache_keys: Vec<String>,
    /// By place in the backend's request.
    pub parameters: Texts,
    /// By media type.
    pub templates: Texts,
    /// By the pattern that selects them; `default` for the rest.
    pub responses: BTreeMap<String, IntegrationResponse>,
}

/// What becomes of a backend's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntegrationResponse {
    /// The status that a caller gets.
    pub status: String,
    /// By header.
    pub parameters: Texts,
    /// By media type.
    pub templates: Texts,
    /// `CONVERT_TO_TEXT` or `CONVERT_TO_BINARY`.
    pub content_handling: Option<String>,
}

/// Who says whether a caller may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorizer {
    /// `TOKEN`, `REQUEST` or `COGNITO_USER_POOLS`.
    pub kind: String,
    /// The function's address.
    pub uri: Option<String>,
    /// The role that calls it.
    pub credentials: Option<String>,
    /// Where a caller's identity is read.
    pub identity: String,
    /// A pattern for it.
    pub expression: Option<String>,
    /// Seconds.
    pub ttl_s: i64,
    /// User pools, in their order.
    pub providers: Vec<String>,
}

/// What is checked of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Validator {
    /// The body, against the model.
    pub body: bool,
    /// That what must be given is there.
    pub parameters: bool,
}

impl Validator {
    /// In words.
    pub fn words(self) -> &'static str {
        match (self.body, self.parameters) {
            (true, true) => "body and parameters",
            (true, false) => "body",
            (false, true) => "parameters",
            (false, false) => "nothing",
        }
    }
}

/// What a refusal looks like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GatewayResponse {
    /// The status, where it is another.
    pub status: Option<String>,
    /// By header.
    pub parameters: Texts,
    /// By media type.
    pub templates: Texts,
}

/// An API as its parts are read: methods name authorizers and validators by their ids.
#[derive(Debug, Clone, Default)]
pub struct Parts {
    /// What was read. [`Method::authorizer`] and [`Method::validator`] are ids.
    pub read: Definition,
    /// The names of authorizers, by id.
    pub authorizers: Texts,
    /// The names of validators, by id.
    pub validators: Texts,
}

impl Parts {
    /// The whole, in the form that is compared.
    pub fn whole(self) -> Definition {
        let mut read = self.read;
        let named = |id: &mut Option<String>, names: &Texts| {
            if let Some(name) = id.as_ref().and_then(|id| names.get(id)) {
                *id = Some(name.clone());
            }
        };
        for method in read.methods.values_mut() {
            named(&mut method.authorizer, &self.authorizers);
            named(&mut method.validator, &self.validators);
        }
        normal::normal(read)
    }

    /// A model's schema, from its JSON text.
    pub fn schema(text: &str) -> Texts {
        normal::schema_text(text)
    }
}
