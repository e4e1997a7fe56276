//! API Gateway's errors, in the service's words.

use crate::{error::AwsError, request::Response, services::absent};

/// The answer of an error.
pub fn respond(error: &AwsError) -> Response {
    absent::plain(error)
}

pub fn bad_request(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "BadRequestException", message)
}

pub fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::new(404, "NotFoundException", message)
}

pub fn conflict(message: impl Into<String>) -> AwsError {
    AwsError::new(409, "ConflictException", message)
}

pub fn serialization(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "SerializationException", message)
}

pub fn no_api(account: &str, id: &str) -> AwsError {
    not_found(format!("Invalid API identifier specified {account}:{id}"))
}

pub fn no_resource() -> AwsError {
    not_found("Invalid Resource identifier specified")
}

pub fn no_method() -> AwsError {
    not_found("Invalid Method identifier specified")
}

pub fn no_integration() -> AwsError {
    not_found("Invalid Integration identifier specified")
}

pub fn no_status() -> AwsError {
    not_found("Invalid Response status code specified")
}

pub fn no_stage() -> AwsError {
    not_found("Invalid stage identifier specified")
}

pub fn no_deployment() -> AwsError {
    not_found("Invalid Deployment identifier specified")
}

pub fn no_validator() -> AwsError {
    not_found("Invalid Request Validator identifier specified")
}

pub fn no_authorizer() -> AwsError {
    not_found("Invalid Authorizer identifier specified")
}

pub fn no_key() -> AwsError {
    not_found("Invalid API Key identifier specified")
}

pub fn no_plan() -> AwsError {
    not_found("Invalid Usage Plan ID specified")
}
