//! A method of a REST API while it is edited: what a call must have, and what is sent to the backend.

mod changes;
mod check;
mod responses;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Descriptor, Input, Paired, Pairs, Values, pairs};
use crate::model::api::{Integration, Method, TIMEOUT_MS, USUAL_TIMEOUT_MS, timeout};
use crate::model::secret::Secret;
pub use changes::{Changes, ToIntegration};
pub use responses::{ANSWERS, Answer, DECLARED, Declared, Part, Responses, Step};

/// The part of the form with what a call must have.
pub const REQUEST: &str = "Method request";
/// The part of the form with what is sent to the backend.
pub const INTEGRATION: &str = "Integration request";

/// A field of the form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MethodField {
    /// `authorizationType`.
    Authorization,
    /// `authorizerId`.
    Authorizer,
    /// `authorizationScopes`.
    Scopes,
    /// `apiKeyRequired`.
    Key,
    /// `requestValidatorId`.
    Validator,
    /// `operationName`.
    Operation,
    /// One of `requestParameters`, by name: whether it must be given.
    Parameter(String),
    /// The integration's `type`.
    Kind,
    /// Its `uri`.
    Uri,
    /// Its `httpMethod`.
    HttpMethod,
    /// Its `credentials`.
    Credentials,
    /// Its `timeoutInMillis`.
    Timeout,
    /// Its `passthroughBehavior`.
    Passthrough,
    /// One of its `requestTemplates`, by media type.
    Template(String),
    /// One of its `requestParameters`, by name.
    Mapping(String),
    /// Something of what is answered with one status.
    Status(String, Part),
}

impl MethodField {
    const REQUEST: [Self; 6] = [
        Self::Authorization,
        Self::Authorizer,
        Self::Scopes,
        Self::Key,
        Self::Validator,
        Self::Operation,
    ];
    const INTEGRATION: [Self; 6] = [
        Self::Kind,
        Self::Uri,
        Self::HttpMethod,
        Self::Credentials,
        Self::Timeout,
        Self::Passthrough,
    ];

    fn is_of_integration(&self) -> bool {
        Self::INTEGRATION.contains(self) || matches!(self, Self::Template(_) | Self::Mapping(_))
    }
}

/// The values as they stand in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MethodForm {
    /// `NONE`, `AWS_IAM`, `CUSTOM` or `COGNITO_USER_POOLS`.
    pub authorization: String,
    /// The authorizer's id.
    pub authorizer: String,
    /// As typed: separated by commas or spaces.
    pub scopes: String,
    /// A key of a usage plan must be given.
    pub key: bool,
    /// The validator's id; empty for none.
    pub validator: String,
    /// As typed.
    pub operation: String,
    /// As `method.request.header.X`: whether it must be given.
    pub parameters: BTreeMap<String, bool>,
    /// `AWS_PROXY`, `AWS`, `HTTP_PROXY`, `HTTP` or `MOCK`; empty where nothing answers yet.
    pub kind: String,
    /// As typed, or as it follows from the function.
    pub uri: String,
    /// How the backend is called.
    pub http_method: String,
    /// As typed.
    pub credentials: String,
    /// As typed, ms.
    pub timeout: String,
    /// `WHEN_NO_MATCH`, `WHEN_NO_TEMPLATES` or `NEVER`.
    pub passthrough: String,
    /// By media type.
    pub templates: BTreeMap<String, String>,
    /// As `header.X`: what it is taken from.
    pub mappings: Pairs,
    /// What is answered, status by status.
    pub responses: Responses,
}

/// Every name of a mapping begins so, and nobody types it.
const MAPPED: &str = "integration.request.";

fn short(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix(MAPPED).unwrap_or(name)
}

fn whole(name: &str) -> String {
    format!("{MAPPED}{}", short(name))
}

impl MethodForm {
    /// Those of a method.
    pub fn of(method: &Method) -> Self {
        let nothing = Integration::default();
        let there = method.integration.as_ref();
        let integration = there.unwrap_or(&nothing);
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mappings = integration.parameters.iter();
        Self {
            authorization: method.authorization.clone(),
            authorizer: text(&method.authorizer_id),
            scopes: method.scopes.join(", "),
            key: method.api_key_required,
            validator: text(&method.validator_id),
            operation: text(&method.operation_name),
            parameters: method.parameters.clone(),
            kind: integration.kind.clone(),
            uri: text(&integration.uri),
            http_method: text(&integration.http_method),
            credentials: text(&integration.credentials),
            timeout: integration
                .timeout_ms
                .map_or(USUAL_TIMEOUT_MS, i64::from)
                .to_string(),
            passthrough: match integration.passthrough.as_str() {
                "" => "WHEN_NO_MATCH".to_owned(),
                how => how.to_owned(),
            },
            templates: integration.request_templates.clone(),
            mappings: mappings
                .map(|(to, from)| (short(to).to_owned(), Secret::new(from.clone())))
                .collect(),
            responses: Responses::of(method),
        }
    }

    /// Somebody else is asked whether a caller gets in.
    pub fn asks_authorizer(&self) -> bool {
        matches!(self.authorization.as_str(), "CUSTOM" | "COGNITO_USER_POOLS")
    }

    /// Something is called: all but a mock, and nothing.
    pub fn calls(&self) -> bool {
        !matches!(self.kind.as_str(), "" | "MOCK")
    }

    /// What is sent and what comes back is passed on as it is.
    pub fn is_proxy(&self) -> bool {
        self.kind.ends_with("_PROXY")
    }

    /// The scopes, each once and in their order.
    pub fn scope_list(&self) -> Vec<String> {
        let words = self.scopes.split([',', ' ', '\n']);
        let mut scopes: Vec<String> = Vec::new();
        for word in words.filter(|word| !word.is_empty()) {
            if !scopes.iter().any(|known| known == word) {
                scopes.push(word.to_owned());
            }
        }
        scopes
    }

    /// What is sent is taken from this, by name.
    pub fn mapping(&self) -> BTreeMap<String, String> {
        let rows = self.mappings.iter().filter(|row| pairs::counts(row));
        rows.map(|(to, from)| (whole(to), from.reveal().trim().to_owned()))
            .collect()
    }
}

impl Values for MethodForm {
    type Field = MethodField;

    fn fields(of: &[&Self]) -> Vec<MethodField> {
        fn names<'a, V: 'a>(maps: impl Iterator<Item = &'a BTreeMap<String, V>>) -> Vec<String> {
            let mut names: Vec<String> = maps.flat_map(|map| map.keys().cloned()).collect();
            names.sort();
            names.dedup();
            names
        }
        let parameters = names(of.iter().map(|form| &form.parameters));
        let templates = names(of.iter().map(|form| &form.templates));
        let mappings = pairs::names(of.iter().map(|form| &form.mappings));
        let mappings = mappings.into_iter().map(str::to_owned);
        MethodField::REQUEST
            .into_iter()
            .chain(parameters.into_iter().map(MethodField::Parameter))
            .chain(MethodField::INTEGRATION)
            .chain(mappings.map(MethodField::Mapping))
            .chain(templates.into_iter().map(MethodField::Template))
            .chain(Responses::fields(
                &of.iter().map(|form| &form.responses).collect::<Vec<_>>(),
            ))
            .collect()
    }

    fn describe(field: &MethodField) -> Descriptor {
        let section = match field.is_of_integration() {
            true => INTEGRATION,
            false => REQUEST,
        };
        let own = |name: &'static str, label: &'static str| Descriptor {
            section,
            input: Input::Own,
            ..Descriptor::line(name, label, 0.0)
        };
        let named = |name: String, label: &str| Descriptor {
            name: name.into(),
            label: label.to_owned().into(),
            code: true,
            ..own("", "")
        };
        match field {
            MethodField::Authorization => own("authorizationType", "Authorization"),
            MethodField::Authorizer => own("authorizerId", "Authorizer"),
            MethodField::Scopes => Descriptor {
                help: "A token must hold one of them; separated by commas. Without any, identity tokens are taken.",
                section,
                code: true,
                ..Descriptor::line("authorizationScopes", "Scopes", 360.0)
            },
            MethodField::Key => Descriptor {
                input: Input::Tick("Required"),
                help: "Of a usage plan, in the header x-api-key",
                ..own("apiKeyRequired", "API key")
            },
            MethodField::Validator => own("requestValidatorId", "Validator"),
            MethodField::Operation => Descriptor {
                help: "The name in a generated client; may be empty",
                section,
                code: true,
                ..Descriptor::line("operationName", "Operation name", 260.0)
            },
            MethodField::Parameter(name) => named(name.clone(), name),
            MethodField::Kind => own("type", "Type"),
            MethodField::Uri => Descriptor {
                code: true,
                ..own("uri", "Leads to")
            },
            MethodField::HttpMethod => own("integrationHttpMethod", "Called with"),
            MethodField::Credentials => Descriptor {
                help: "The ARN of a role that API Gateway takes; empty where the function's own policy lets it in",
                section,
                code: true,
                ..Descriptor::line("credentials", "Called as", 420.0)
            },
            MethodField::Timeout => Descriptor {
                unit: "ms",
                help: "50 to 29,000 ms; then the caller gets 504",
                input: Input::Number,
                ..own("timeoutInMillis", "Timeout")
            },
            MethodField::Passthrough => own("passthroughBehavior", "No match"),
            MethodField::Template(kind) => Descriptor {
                code: true,
                ..named(
                    format!("requestTemplates.{kind}"),
                    &format!("Template {kind}"),
                )
            },
            MethodField::Mapping(name) => named(whole(name), name),
            MethodField::Status(code, part) => responses::describe(code, part),
        }
    }

    fn get(&self, field: &MethodField) -> Option<String> {
        let there = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let integrated = !self.kind.is_empty();
        match field {
            MethodField::Authorization => Some(self.authorization.clone()),
            MethodField::Authorizer => there(&self.authorizer).filter(|_| self.asks_authorizer()),
            MethodField::Scopes => there(&self.scope_list().join(", "))
                .filter(|_| self.authorization == "COGNITO_USER_POOLS"),
            MethodField::Key => Some(self.key.to_string()),
            MethodField::Validator => there(&self.validator),
            MethodField::Operation => there(&self.operation),
            MethodField::Parameter(name) => self.parameters.get(name).map(bool::to_string),
            MethodField::Kind => there(&self.kind),
            MethodField::Uri => there(&self.uri).filter(|_| self.calls()),
            MethodField::HttpMethod => there(&self.http_method).filter(|_| self.calls()),
            MethodField::Credentials => there(&self.credentials).filter(|_| integrated),
            MethodField::Timeout => {
                let text = timeout(&self.timeout)
                    .map_or_else(|_| self.timeout.trim().to_owned(), |ms| ms.to_string());
                Some(text).filter(|_| integrated)
            }
            MethodField::Passthrough => there(&self.passthrough).filter(|_| integrated),
            MethodField::Template(kind) => self.templates.get(kind).cloned(),
            MethodField::Mapping(name) => pairs::get(&self.mappings, name),
            MethodField::Status(_, part) if part.is_of_answer() && self.is_proxy() => None,
            MethodField::Status(code, part) => self.responses.get(code, part),
        }
    }

    fn set(&mut self, field: &MethodField, value: Option<String>) {
        let text = value.clone().unwrap_or_default();
        match field {
            MethodField::Authorization => self.authorization = text,
            MethodField::Authorizer => self.authorizer = text,
            MethodField::Scopes => self.scopes = text,
            MethodField::Key => self.key = text == "true",
            MethodField::Validator => self.validator = text,
            MethodField::Operation => self.operation = text,
            MethodField::Parameter(name) => match value {
                Some(value) => drop(self.parameters.insert(name.clone(), value == "true")),
                None => drop(self.parameters.remove(name)),
            },
            MethodField::Kind => self.kind = text,
            MethodField::Uri => self.uri = text,
            MethodField::HttpMethod => self.http_method = text,
            MethodField::Credentials => self.credentials = text,
            MethodField::Timeout => self.timeout = text,
            MethodField::Passthrough => self.passthrough = text,
            MethodField::Template(kind) => match value {
                Some(value) => drop(self.templates.insert(kind.clone(), value)),
                None => drop(self.templates.remove(kind)),
            },
            MethodField::Mapping(name) => pairs::set(&mut self.mappings, name, value),
            MethodField::Status(code, part) => self.responses.set(code, part, value),
        }
    }

    fn typed(&mut self, field: &MethodField) -> Option<&mut String> {
        match field {
            MethodField::Scopes => Some(&mut self.scopes),
            MethodField::Operation => Some(&mut self.operation),
            MethodField::Uri => Some(&mut self.uri),
            MethodField::Credentials => Some(&mut self.credentials),
            MethodField::Timeout => Some(&mut self.timeout),
            MethodField::Template(kind) => self.templates.get_mut(kind),
            MethodField::Status(code, part) => self.responses.typed(code, part),
            _ => None,
        }
    }

    fn problem(&self, base: &Self, field: &MethodField) -> Option<String> {
        let same = |field: &MethodField| self.get(field) == base.get(field);
        match field {
            MethodField::Authorizer if self.asks_authorizer() => {
                let untouched = same(field) && same(&MethodField::Authorization);
                (self.authorizer.is_empty() && !untouched)
                    .then(|| "Choose an authorizer".to_owned())
            }
            MethodField::Uri if !(same(field) && same(&MethodField::Kind)) => self.uri_problem(),
            MethodField::HttpMethod if self.calls() && self.http_method.is_empty() => {
                Some("Choose how it is called".to_owned())
            }
            MethodField::Timeout if !same(field) => timeout(&self.timeout).err(),
            MethodField::Credentials if !same(field) => {
                let text = self.credentials.trim();
                let named = text.is_empty() || text.starts_with("arn:") || text.contains("${");
                (!named).then(|| "It is the ARN of a role".to_owned())
            }
            MethodField::Mapping(name) => {
                let row = self.mappings.iter().position(|(other, _)| other == name)?;
                self.pair_problems(base).of_row(row).map(str::to_owned)
            }
            MethodField::Status(_, part) if part.is_of_answer() && self.is_proxy() => None,
            MethodField::Status(code, part) if self.responses != base.responses => {
                self.responses.problem(code, part)
            }
            _ => None,
        }
    }

    fn problems(&self, base: &Self) -> Vec<(String, String)> {
        let fields = Self::fields(&[base, self]).into_iter();
        let mut all: Vec<(String, String)> = fields
            .filter(|field| !matches!(field, MethodField::Mapping(_)))
            .filter_map(|field| {
                let words = self.problem(base, &field)?;
                Some((Self::describe(&field).label.into_owned(), words))
            })
            .collect();
        let rows = self.pair_problems(base).rows.into_iter();
        all.extend(rows.map(|(row, words)| {
            let name = self.mappings.get(row).map(|(name, _)| name.clone());
            (name.unwrap_or_default(), words)
        }));
        all
    }

    fn note(&self, field: &MethodField, _now: i64) -> Option<String> {
        let long = || timeout(&self.timeout).is_ok_and(|ms| ms > USUAL_TIMEOUT_MS);
        (*field == MethodField::Timeout && long()).then(|| {
            let most = crate::model::format::number_exact(TIMEOUT_MS);
            format!("Over 29,000 ms only where AWS has raised the account's quota, at most {most} ms, and not on edge-optimized APIs")
        })
    }

    fn is_unfinished(&self, _base: &Self) -> bool {
        let empty = |(name, value): &(String, Secret)| name.is_empty() && !value.is_empty();
        self.mappings.iter().any(empty)
    }
}
