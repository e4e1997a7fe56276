//! Lambda's errors in Lambda's words, and their rest-json form.

use crate::{error::AwsError, request::Response};
use serde_json::{Map, Value};

/// `InvalidParameterValueException`: one of the parameters in the request is not valid.
pub fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidParameterValueException", message).with("Type", "User")
}

/// `InvalidParameterValueException` of a limit: AWS does not say there whose fault it is.
pub fn untyped(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "InvalidParameterValueException", message)
}

/// `AccessDeniedException`, which sometimes has nothing to say.
pub fn access_denied(message: Option<String>) -> AwsError {
    let said = message.is_some();
    let error = AwsError::new(403, "AccessDeniedException", message.unwrap_or_default());
    match said {
        true => error,
        false => error.with("Message", Value::Null),
    }
}

/// `ResourceNotFoundException`: the resource specified in the request does not exist.
pub fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::new(404, "ResourceNotFoundException", message).with("Type", "User")
}

/// `ResourceConflictException`: the resource already exists, or another operation is in progress.
pub fn conflict(message: impl Into<String>) -> AwsError {
    AwsError::new(409, "ResourceConflictException", message).with("Type", "User")
}

/// `PreconditionFailedException`: the RevisionId provided does not match the latest one.
pub fn revision_mismatch() -> AwsError {
    AwsError::new(
        412,
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    )
    .with("Type", "User")
}

/// `RequestEntityTooLargeException` of CreateFunction and its like: the request is too large to be read at all.
pub fn entity_too_large(message: impl Into<String>) -> AwsError {
    AwsError::new(413, "RequestEntityTooLargeException", message)
}

/// `TooManyRequestsException`, with Lambda's reason.
pub fn too_many(reason: &str) -> AwsError {
    AwsError::new(429, "TooManyRequestsException", "Rate Exceeded.")
        .with("Reason", reason)
        .with("Type", "User")
}

/// `SerializationException`: the body is no JSON, or a member has the wrong type.
pub fn serialization(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "SerializationException", message).with("Type", "User")
}

/// `UnknownOperationException`: no operation has this method and path.
pub fn unknown_operation() -> AwsError {
    AwsError::new(404, "UnknownOperationException", "")
}

/// `ServiceException`: the sandbox itself failed.
pub fn service(message: impl Into<String>) -> AwsError {
    AwsError::new(500, "ServiceException", message).with("Type", "Service")
}

/// An error as rest-json writes it: the code in a header, the members in the body.
pub fn respond(error: &AwsError) -> Response {
    let mut body: Map<String, Value> = error.members.clone();
    // The member's case is part of each error's shape in Lambda's model.
    let member = match error.code.as_str() {
        "AccessDeniedException"
        | "CodeSigningConfigNotFoundException"
        | "InvalidRuntimeException"
        | "ResourceNotFoundException"
        | "ServiceException" => "Message",
        _ => "message",
    };
    // What is there already is an error that says nothing.
    body.entry(member)
        .or_insert_with(|| error.message.clone().into());
    let response = Response::json(error.status, &Value::Object(body))
        .with_header("x-amzn-errortype", error.code.clone());
    if error.code == "TooManyRequestsException" {
        return response.with_header("retry-after", "1");
    }
    response
}

/// Collects what is wrong with a request, in the form of the API's front door:
/// `1 validation error detected: Value '64' at 'memorySize' failed to satisfy constraint: …`.
#[derive(Debug, Default)]
pub struct Violations(Vec<String>);

impl Violations {
    /// One more constraint that a member breaks.
    pub fn add(&mut self, member: &str, value: &str, constraint: &str) {
        self.0.push(format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        ));
    }

    /// A member that must be there and is not.
    pub fn null(&mut self, member: &str) {
        self.0.push(format!(
            "Value null at '{member}' failed to satisfy constraint: Member must not be null"
        ));
    }

    /// The same, of a member of a body.
    pub fn required(&mut self, member: &str, value: Option<&Value>) {
        if value.is_none_or(Value::is_null) {
            self.null(member);
        }
    }

    /// A text that is none of a few.
    pub fn one_of(&mut self, member: &str, value: &str, allowed: &[&str]) {
        if !allowed.contains(&value) {
            let allowed = allowed.join(", ");
            let constraint = format!("Member must satisfy enum value set: [{allowed}]");
            self.add(member, value, &constraint);
        }
    }

    /// Something that AWS keeps to itself, as the values of environment variables.
    pub fn hidden(&mut self, member: &str, constraint: &str) {
        self.0.push(format!(
            "Value at '{member}' failed to satisfy constraint: {constraint}"
        ));
    }

    /// What else is wrong.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// A number outside its bounds.
    pub fn range(&mut self, member: &str, value: i64, least: i64, most: i64) {
        if value < least {
            let constraint = format!("Member must have value greater than or equal to {least}");
            self.add(member, &value.to_string(), &constraint);
        } else if value > most {
            let constraint = format!("Member must have value less than or equal to {most}");
            self.add(member, &value.to_string(), &constraint);
        }
    }

    /// A text longer than allowed.
    pub fn length(&mut self, member: &str, value: &str, most: usize) {
        if value.chars().count() > most {
            let constraint = format!("Member must have length less than or equal to {most}");
            self.add(member, value, &constraint);
        }
    }

    /// A text shorter than allowed.
    pub fn least(&mut self, member: &str, value: &str, least: usize) {
        if value.chars().count() < least {
            let constraint = format!("Member must have length greater than or equal to {least}");
            self.add(member, value, &constraint);
        }
    }

    /// A text that does not match the pattern; the check itself is the caller's.
    pub fn pattern(&mut self, member: &str, value: &str, matches: bool, pattern: &str) {
        if !matches {
            let constraint = format!("Member must satisfy regular expression pattern: {pattern}");
            self.add(member, value, &constraint);
        }
    }

    /// # Errors
    /// `ValidationException` when anything was added.
    pub fn check(self) -> Result<(), AwsError> {
        let (count, noun) = match self.0.len() {
            0 => return Ok(()),
            1 => (1, "error"),
            n => (n, "errors"),
        };
        Err(AwsError::new(
            400,
            "ValidationException",
            format!("{count} validation {noun} detected: {}", self.0.join("; ")),
        ))
    }
}
