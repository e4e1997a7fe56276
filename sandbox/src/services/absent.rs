//! What isn't there, answered in the protocol of the service that was meant, naming it.
//!
//! - A service that the sandbox lacks is `501 NotImplemented`. It is the sandbox's lack and not the caller's mistake, as
//!   LocalStack says it too; and 501 is the one server error that no SDK tries again (they retry 500, 502, 503, 504).
//! - An operation that a service of the sandbox lacks is what AWS says of an operation that doesn't exist
//!   (`UnknownOperationException`, `InvalidAction` in query): Terraform and others step around it by this code.
//!
//! Which services there are in AWS is data: `aws/names.tsv`, made by `packaging/shapes.py`.

use super::{Row, Wire};
use crate::{
    error::AwsError,
    protocol::{self, xml::Writer},
    request::{Ctx, Request, Response},
};

/// Signing name, service, wire, target prefix, API version; a line each.
const NAMES: &str = include_str!("aws/names.tsv");

/// A service of AWS's, by its names alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    pub signing: &'static str,
    pub service: &'static str,
    pub wire: Wire,
    pub target: &'static str,
    pub version: &'static str,
}

/// Every service of AWS.
pub fn names() -> impl Iterator<Item = Name> {
    NAMES.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        Some(Name {
            signing: columns.next()?,
            service: columns.next()?,
            wire: wire(columns.next()?)?,
            target: columns.next()?,
            version: columns.next()?,
        })
    })
}

fn wire(name: &str) -> Option<Wire> {
    Some(match name {
        "json1.0" => Wire::Json10,
        "json1.1" => Wire::Json11,
        "query" => Wire::Query,
        "ec2" => Wire::Ec2,
        "rest-json" => Wire::RestJson,
        "rest-xml" => Wire::RestXml,
        "cbor" => Wire::Cbor,
        _ => return None,
    })
}

/// The service of AWS that a request means: where several share a signing name, the one whose target or version it is.
fn meant(request: &Request) -> Option<Name> {
    let target = protocol::target(request);
    let version = protocol::query_version(request);
    let scope = request.service();
    names()
        .map(|name| {
            let same_target = target.is_some_and(|target| target == name.target);
            let same_version = version.as_deref() == Some(name.version);
            let same_scope = scope.as_deref() == Some(name.signing);
            let fits = 4 * u8::from(same_target)
                + 2 * u8::from(same_scope)
                + u8::from(same_version && (same_scope || scope.is_none()));
            (fits, name)
        })
        // The first of the best: max_by_key would take the last.
        .fold(None, |best: Option<(u8, Name)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        })
        .filter(|(fits, _)| *fits > 0)
        .map(|(_, name)| name)
}

/// The answer when the sandbox has no such service.
pub fn no_service(ctx: &Ctx, request: &Request) -> Response {
    let name = meant(request);
    let asked = asked(request);
    let message = match (&name, request.service()) {
        (Some(name), _) => format!(
            "The sandbox has no {} ({}), so it can't answer {asked}.",
            name.service, name.signing
        ),
        (None, Some(scope)) => {
            format!("The sandbox has no service called {scope}, so it can't answer {asked}.")
        }
        (None, None) => format!("No service is known by this request: {asked}."),
    };
    let error = AwsError::new(501, "NotImplemented", message);
    let wire = name.map_or(Wire::RestJson, |name| name.wire);
    refuse(wire, ctx, request, &error)
}

/// The answer to a request that one of the sandbox's services can't read an operation from.
pub fn no_operation(ctx: &Ctx, request: &Request) -> Response {
    match super::find(request) {
        Some(row) => refuse(row.wire, ctx, request, &row.lacks(&asked(request))),
        None => no_service(ctx, request),
    }
}

/// The answer to a request without a signature.
pub fn unsigned(row: Option<&Row>, ctx: &Ctx, request: &Request) -> Response {
    let wire = row
        .map(|row| row.wire)
        .or_else(|| meant(request).map(|name| name.wire))
        .unwrap_or(Wire::RestJson);
    let rpc = protocol::recognise(request).map(|(protocol, _)| protocol);
    let (code, message) = match (wire, rpc) {
        (_, Some(protocol::Protocol::Query)) => (
            "MissingAuthenticationToken",
            "Request is missing Authentication Token",
        ),
        (Wire::S3, _) => ("AccessDenied", "Access Denied"),
        _ => (
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
    };
    refuse(wire, ctx, request, &AwsError::new(403, code, message))
}

/// The answer to a request that the doors turn away, by its head alone. S3's clients read no JSON.
pub fn turned_away(head: &Request, request_id: &str, error: &AwsError) -> Response {
    if super::find(head).is_none_or(|row| row.wire != Wire::S3) {
        return plain(error);
    }
    let code = match error.code.as_str() {
        "AccessDeniedException" | "MissingAuthenticationTokenException" => "AccessDenied",
        "InvalidSignatureException" => "SignatureDoesNotMatch",
        "UnrecognizedClientException" => "InvalidAccessKeyId",
        "IncompleteSignatureException" => "AuthorizationHeaderMalformed",
        other => other,
    };
    let told = AwsError {
        code: code.to_owned(),
        ..error.clone()
    };
    crate::s3::error_response(&told, request_id).with_header("x-amzn-errortype", error.code.clone())
}

/// What a request asks for, as exactly as can be said without knowing the service: an operation, else method and path.
pub fn asked(request: &Request) -> String {
    match protocol::recognise(request) {
        Some((_, operation)) => operation,
        None => format!("{} {}", request.method, request.path),
    }
}

/// An error in the form of the request's protocol, else in that of the service that it means.
fn refuse(wire: Wire, ctx: &Ctx, request: &Request, error: &AwsError) -> Response {
    if wire == Wire::Ec2 {
        return ec2(ctx, error);
    }
    if let Some((protocol, operation)) = protocol::recognise(request) {
        return protocol::respond(&protocol, &operation, ctx, request, Err(error.clone()));
    }
    match wire {
        Wire::Query => protocol::query::failure("", ctx, error),
        Wire::RestXml => rest_xml(ctx, error),
        Wire::S3 => crate::s3::error_response(error, &ctx.request_id),
        Wire::Cbor => protocol::cbor::failure(ctx, error, false),
        Wire::Json10 => protocol::json::failure(0, ctx, error, false),
        Wire::Json11 => protocol::json::failure(1, ctx, error, false),
        Wire::RestJson | Wire::Ec2 => plain(error),
    }
}

/// An error as rest-json writes it, which json clients understand as well: the form where no service is known.
pub fn plain(error: &AwsError) -> Response {
    let mut body = error.members.clone();
    body.insert("__type".into(), error.code.clone().into());
    body.insert("message".into(), error.message.clone().into());
    let status = match error.code.as_str() {
        protocol::UNKNOWN_OPERATION => 404,
        _ => error.status,
    };
    Response::json(status, &body.into()).with_header("x-amzn-errortype", error.code.clone())
}

/// <https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html#operation-error-serialization>
fn ec2(ctx: &Ctx, error: &AwsError) -> Response {
    let mut out = Writer::new();
    out.open("Response");
    out.open("Errors");
    out.open("Error");
    out.element("Code", protocol::query::code(error));
    out.element("Message", &error.message);
    out.close();
    out.close();
    out.element("RequestID", &ctx.request_id);
    Response::new(error.status, "text/xml;charset=UTF-8", out.finish())
}

/// <https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html#operation-error-serialization>
fn rest_xml(ctx: &Ctx, error: &AwsError) -> Response {
    let mut out = Writer::new();
    out.open("ErrorResponse");
    out.open("Error");
    out.element("Type", protocol::fault(error));
    out.element("Code", &error.code);
    out.element("Message", &error.message);
    out.close();
    out.element("RequestId", &ctx.request_id);
    Response::new(error.status, "text/xml", out.finish())
}
