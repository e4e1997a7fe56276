//! The table of services: what names a service in a request, and who answers it. A service is a folder and a row here;
//! nothing else knows a service by name.
//!
//! Source of which service a request means: the signature's scope names it in nearly every request; else the target's
//! prefix, the API version of a form, or the path.

pub mod absent;
mod made;

pub use made::{Base, Service, Services};

use crate::{
    error::AwsError,
    protocol::{self, RpcService},
    request::{Ctx, Request, Response},
    store::{Records, StateError},
    tagging::TagSource,
};
use std::{future::Future, pin::Pin, sync::Arc};

/// The services that the sandbox has. What was kept is restored in this order, and Lambda takes events up again when it is:
/// so what functions write to comes before it, and what logs measure before logs.
pub static SERVED: &[&Row] = &[
    &crate::cloudwatch::ROW,
    &crate::logs::ROW,
    &crate::iam::ROW,
    &crate::sts::ROW,
    &crate::s3::ROW,
    &crate::tagging::ROW,
    &crate::cognito::ROW,
    &crate::apigateway::ROW,
    &crate::lambda::ROW,
];

/// An answer on its way.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

/// What answers a request of a service.
pub type Answer = for<'a> fn(&'a Services, &'a Ctx, &'a Request) -> Answering<'a>;

/// What lends a service's tags in a region.
pub type Lend = fn(&Services, &str) -> Arc<dyn TagSource>;

/// What takes in what was kept of a service.
pub type Restore = fn(&Services, &mut Records) -> Result<(), StateError>;

/// One service: how requests name it, and what answers them.
pub struct Row {
    /// As AWS calls it.
    pub name: &'static str,
    /// What a signature's scope calls it.
    pub signing: &'static str,
    /// What stands before the operation in `X-Amz-Target` and in `/service/…/operation/…`.
    pub target: Option<&'static str>,
    /// The API's version in a form (`Version=`), when no other service has the same.
    pub version: Option<&'static str>,
    /// Whether a path that names no service otherwise is this one's.
    pub path: fn(&str) -> bool,
    /// Whether a request is this one's that no signature, target, version or path gives to any.
    pub means: fn(&Request) -> bool,
    /// Whether it says itself what becomes of a request that is not signed in its head.
    pub lets_in: bool,
    /// The form of its errors where the request does not tell.
    pub wire: Wire,
    /// Answers one request.
    pub answer: Answer,
    /// Its resources' tags in a region, as the tagging API shows them.
    pub tags: Option<Lend>,
    /// Takes in what was kept of it.
    pub restore: Option<Restore>,
}

impl Row {
    /// A service that is recognised by its signature alone, with no tags.
    pub const fn new(
        name: &'static str,
        signing: &'static str,
        wire: Wire,
        answer: Answer,
    ) -> Self {
        Self {
            name,
            signing,
            target: None,
            version: None,
            path: |_| false,
            means: |_| false,
            lets_in: false,
            wire,
            answer,
            tags: None,
            restore: None,
        }
    }

    /// The error for an operation that this service of the sandbox does not have: AWS's own code, because that is what
    /// SDKs and tools know to step around, and a sentence that says whose lack it is.
    pub fn lacks(&self, operation: &str) -> AwsError {
        AwsError::new(
            400,
            protocol::UNKNOWN_OPERATION,
            format!("The sandbox's {} has no {operation}.", self.name),
        )
    }
}

/// A protocol on the wire, as AWS's service models name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Json10,
    Json11,
    Query,
    Ec2,
    RestJson,
    RestXml,
    /// rest-xml without a wrapper around errors: S3.
    S3,
    Cbor,
}

/// The service that a request means, if the sandbox has it.
pub fn find(request: &Request) -> Option<&'static Row> {
    if let Some(scope) = request.service() {
        return SERVED.iter().copied().find(|row| row.signing == scope);
    }
    let by = |wanted: &dyn Fn(&Row) -> bool| SERVED.iter().copied().find(|row| wanted(row));
    // Whatever else it says: that signature does not cover what other services are told in a body.
    if request.has_old_s3_signature() {
        return by(&|row| row.wire == Wire::S3);
    }
    if let Some(target) = protocol::target(request) {
        return by(&|row| row.target == Some(target));
    }
    if let Some(version) = protocol::query_version(request) {
        return by(&|row| row.version == Some(version.as_str()));
    }
    by(&|row| (row.path)(&request.path)).or_else(|| by(&|row| (row.means)(request)))
}

/// Answers a request: by the service that it means, or by saying that there is none.
pub async fn answer(services: &Services, ctx: &Ctx, request: &Request) -> Response {
    let row = find(request);
    let service = row.map_or("none", |row| row.name);
    tracing::debug!(method = %request.method, path = request.path, region = ctx.region, service, "request");
    let is_signed = request.is_signed();
    match row {
        Some(row) if is_signed || row.lets_in => (row.answer)(services, ctx, request).await,
        None if is_signed => absent::no_service(ctx, request),
        _ => absent::unsigned(row, ctx, request),
    }
}

/// Takes in what was kept of every service.
///
/// # Errors
/// When any of it can't be read.
pub fn restore(services: &Services, records: &mut Records) -> Result<(), StateError> {
    let mut restoring = SERVED.iter().filter_map(|row| row.restore);
    restoring.try_for_each(|restore| restore(services, records))
}

/// How a service that is called by operations' names answers.
pub fn rpc<'a, S: Service + RpcService>(
    services: &'a Services,
    ctx: &'a Ctx,
    request: &'a Request,
) -> Answering<'a> {
    Box::pin(async move {
        let service = services.get::<S>(&ctx.region);
        protocol::handle_rpc(service.as_ref(), ctx, request)
            .unwrap_or_else(|| absent::no_operation(ctx, request))
    })
}

#[cfg(test)]
mod tests;
