//! json 1.0 and 1.1: the operation in `X-Amz-Target`, JSON in and out.
//! <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>

use bytes::Bytes;
use serde_json::{Map, Value};

use super::{fault, serialization, shapes};
use crate::error::AwsError;
use crate::request::{Body, Ctx, Response};

/// The input of an operation; an empty body is an empty input, as AWS reads it.
///
/// # Errors
/// `SerializationException` for anything but a JSON object.
pub fn read(body: &[u8]) -> Result<Value, AwsError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_slice(body) {
        Ok(input @ Value::Object(_)) => Ok(input),
        Ok(_) => Err(serialization(
            "Start of structure or map found where not expected.",
        )),
        Err(error) => Err(serialization(&format!("The body is not JSON: {error}"))),
    }
}

/// The answer of an operation that went well.
pub fn answer(minor: u8, ctx: &Ctx, output: &Value) -> Response {
    // An operation without an output answers nothing at all in json 1.1 and an empty object in json 1.0.
    let body = if output.is_null() {
        Bytes::from_static(if minor == 0 { b"{}" } else { b"" })
    } else {
        Bytes::from(output.to_string())
    };
    Response {
        status: 200,
        headers: headers(minor, ctx),
        body: Body::Full(body),
    }
}

/// An error's answer; with `query_mode` also the code that query would have used.
pub fn failure(minor: u8, ctx: &Ctx, error: &AwsError, query_mode: bool) -> Response {
    let mut headers = headers(minor, ctx);
    let mut kind = error.code.as_str();
    if query_mode {
        kind = shapes::error_shape(&error.code);
        headers.push(query_error(error));
    }
    if minor == 0 {
        headers.push(("x-amzn-errortype".to_owned(), kind.to_owned()));
    }
    Response {
        status: error.status,
        headers,
        body: Body::Full(Bytes::from(error_object(kind, error).to_string())),
    }
}

/// `__type`, `message` and the error's own members.
pub(crate) fn error_object(kind: &str, error: &AwsError) -> Value {
    let mut object = Map::new();
    object.insert("__type".to_owned(), Value::from(kind));
    object.insert("message".to_owned(), Value::from(error.message.as_str()));
    object.extend(error.members.clone());
    Value::Object(object)
}

/// The header that keeps the codes of query for callers that used to speak it
/// (<https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait>).
pub(crate) fn query_error(error: &AwsError) -> (String, String) {
    (
        "x-amzn-query-error".to_owned(),
        format!("{};{}", error.code, fault(error)),
    )
}

fn headers(minor: u8, ctx: &Ctx) -> Vec<(String, String)> {
    vec![
        (
            "content-type".to_owned(),
            format!("application/x-amz-json-1.{minor}"),
        ),
        ("x-amzn-requestid".to_owned(), ctx.request_id.clone()),
    ]
}
