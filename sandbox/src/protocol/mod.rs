//! AWS's wire protocols: how an operation's name and input are read from a request, and how its output or error is
//! written back, in the same protocol that the caller spoke.
//!
//! A service that implements [`RpcService`] never learns which protocol its caller used. The other way round, nothing
//! here knows a service: what a protocol can't tell by itself (that `StartTime` is a timestamp, that `Period` in a form
//! is a number) is listed once in [`shapes`].
//!
//! | protocol | who speaks it | recognised by |
//! |---|---|---|
//! | json 1.0, 1.1 | CloudWatch Logs, tagging, boto3 for CloudWatch | `X-Amz-Target` |
//! | query | IAM, STS, older CLIs for CloudWatch | `Action=` in a form or in the query string |
//! | rpc-v2-cbor | the Rust SDK for CloudWatch | `smithy-protocol`, or the path `/service/X/operation/Y` |
//!
//! rest-json and rest-xml have no shape of their own: Lambda and S3 route by path, and take [`xml`] and
//! [`eventstream`] from here.

pub mod cbor;
pub mod eventstream;
pub mod json;
pub mod model;
pub mod query;
pub mod shapes;
pub mod time;
pub mod xml;

use std::borrow::Cow;
use std::io::Read;

use serde_json::Value;

use crate::error::AwsError;
pub use crate::request::Ctx;
use crate::request::{Request, Response};

/// A service that is called by an operation's name, whichever protocol the client speaks.
pub trait RpcService: Send + Sync {
    /// Answers one call. Timestamps in `Value` are epoch seconds (f64).
    ///
    /// # Errors
    /// What AWS would answer; the protocol gives it its form.
    fn call(&self, ctx: &Ctx, operation: &str, input: Value) -> Result<Value, AwsError>;
}

/// The code of an operation that is not there, in every protocol but query.
pub const UNKNOWN_OPERATION: &str = "UnknownOperationException";

/// Largest body after decompression, in bytes: a gzip bomb ends here. PutMetricData, the only compressed request of the
/// SDKs, is at most 1 MB.
const MAX_DECODED: u64 = 16 * 1024 * 1024;

/// The protocol of one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Protocol {
    /// json 1.0 or 1.1; the version is the minor number.
    Json { minor: u8 },
    /// Form-encoded in, XML out.
    Query,
    /// Smithy RPC v2 with CBOR.
    Cbor,
}

/// Which protocol and which operation a request asks for; `None` when it is none of the RPC protocols.
pub fn recognise(req: &Request) -> Option<(Protocol, String)> {
    if let Some(operation) = cbor_operation(req) {
        return Some((Protocol::Cbor, operation));
    }
    if let Some(target) = req.header("x-amz-target") {
        let operation = target.rsplit_once('.').map_or(target, |(_, name)| name);
        let minor = u8::from(
            !req.header("content-type")
                .is_some_and(|kind| kind.contains("x-amz-json-1.0")),
        );
        return Some((Protocol::Json { minor }, operation.to_owned()));
    }
    let params = query::Params::of(req)?;
    let action = params.get("Action")?.to_owned();
    Some((Protocol::Query, action))
}

/// What names the service in `X-Amz-Target` or in rpc-v2-cbor's path.
pub fn target(req: &Request) -> Option<&str> {
    if let Some(rest) = req.path.strip_prefix("/service/") {
        return rest.split_once("/operation/").map(|(target, _)| target);
    }
    let target = req.header("x-amz-target")?;
    target.rsplit_once('.').map(|(service, _)| service)
}

/// The `Version` of a form, which names the API that is meant.
pub fn query_version(req: &Request) -> Option<String> {
    query::Params::of(req)?.get("Version").map(str::to_owned)
}

/// `/service/GraniteServiceVersion20100801/operation/GetMetricData` names the operation in its last part.
fn cbor_operation(req: &Request) -> Option<String> {
    let (before, operation) = req.path.rsplit_once("/operation/")?;
    let named = before.contains("/service/") && !operation.is_empty();
    named.then(|| operation.trim_end_matches('/').to_owned())
}

/// Answers a request of one of the RPC protocols by calling `service`; `None` when the request is none of them.
pub fn handle_rpc(service: &dyn RpcService, ctx: &Ctx, req: &Request) -> Option<Response> {
    let (protocol, operation) = recognise(req)?;
    let outcome = read_input(&protocol, req).and_then(|input| service.call(ctx, &operation, input));
    Some(respond(&protocol, &operation, ctx, req, outcome))
}

/// The operation's input as JSON, whatever protocol it came in.
///
/// # Errors
/// `SerializationException` (`MalformedInput` in query) when the body is not what its protocol says.
pub fn read_input(protocol: &Protocol, req: &Request) -> Result<Value, AwsError> {
    match protocol {
        Protocol::Json { .. } => json::read(&decoded_body(req)?),
        Protocol::Cbor => cbor::read(&decoded_body(req)?),
        Protocol::Query => query::Params::of(req).unwrap_or_default().to_value(),
    }
}

/// Writes an outcome in `protocol`.
pub fn respond(
    protocol: &Protocol,
    operation: &str,
    ctx: &Ctx,
    req: &Request,
    outcome: Result<Value, AwsError>,
) -> Response {
    let query_mode = req
        .header("x-amzn-query-mode")
        .is_some_and(|mode| mode == "true");
    match (protocol, outcome) {
        (Protocol::Json { minor }, Ok(output)) => json::answer(*minor, ctx, &output),
        (Protocol::Json { minor }, Err(error)) => json::failure(*minor, ctx, &error, query_mode),
        (Protocol::Cbor, Ok(output)) => cbor::answer(ctx, &output),
        (Protocol::Cbor, Err(error)) => cbor::failure(ctx, &error, query_mode),
        (Protocol::Query, outcome) => {
            let version = query_version(req).unwrap_or_default();
            match outcome {
                Ok(output) => query::answer(operation, &version, ctx, &output),
                Err(error) => query::failure(&version, ctx, &error),
            }
        }
    }
}

/// The body without its `Content-Encoding`: the SDKs compress PutMetricData above 10 KB.
///
/// # Errors
/// `SerializationException` for damaged gzip, another encoding, or more than 16 MiB when unpacked.
pub fn decoded_body(req: &Request) -> Result<Cow<'_, [u8]>, AwsError> {
    let encoding = req.header("content-encoding").unwrap_or_default();
    // aws-chunked is a framing of S3 uploads, never of an RPC body.
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(Cow::Borrowed(&req.body)),
        "gzip" => gunzip(&req.body).map(Cow::Owned),
        other => Err(serialization(&format!(
            "Content-Encoding {other} is not supported"
        ))),
    }
}

fn gunzip(body: &[u8]) -> Result<Vec<u8>, AwsError> {
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(body)
        .take(MAX_DECODED + 1)
        .read_to_end(&mut out)
        .map_err(|error| serialization(&format!("the body is not gzip: {error}")))?;
    if out.len() as u64 > MAX_DECODED {
        return Err(serialization("the body is too large when unpacked"));
    }
    Ok(out)
}

/// AWS's error for a body that its protocol can't read.
pub(crate) fn serialization(message: &str) -> AwsError {
    AwsError::new(400, "SerializationException", message)
}

/// `Sender` for the caller's mistakes, `Receiver` for the service's.
pub(crate) fn fault(error: &AwsError) -> &'static str {
    if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    }
}

#[cfg(test)]
mod tests;
