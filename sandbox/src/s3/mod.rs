//! S3, as much of it as holds a deployment package: buckets, objects, multipart uploads. Knows rest-xml; buckets are
//! global. Contents are in memory, or in files where state is kept.
//!
//! Source of paths, shapes and messages: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html>.

mod buckets;
mod checksum;
mod chunked;
mod content;
mod keep;
mod listing;
mod multipart;
mod objects;
mod route;
mod store;

pub use store::S3;

use crate::{
    error::AwsError,
    protocol::xml::Writer,
    request::{Ctx, Request, Response},
    services::{Answering, Row, Service, Services, Wire},
};
use std::sync::Arc;

/// S3's row in the table of services.
pub static ROW: Row = Row {
    restore: Some(|services, records| services.global::<S3>().restore(records)),
    ..Row::new("S3", "s3", Wire::S3, answer)
};

fn answer<'a>(services: &'a Services, ctx: &'a Ctx, request: &'a Request) -> Answering<'a> {
    Box::pin(async move { route::answer(&services.global::<S3>(), ctx, request).await })
}

impl Service for S3 {
    const GLOBAL: bool = true;

    fn make(services: &Services, _region: &str) -> Arc<Self> {
        Arc::new(Self::new(&services.store, services.base.clock.clone()))
    }
}

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A document of S3's, begun with its root.
fn document(root: &str) -> Writer {
    let mut out = Writer::new();
    out.open_with(root, &[("xmlns", NAMESPACE)]);
    out
}

fn xml(status: u16, out: Writer) -> Response {
    Response::new(status, "application/xml", out.finish())
}

/// An error as S3 writes it: without a wrapper.
pub fn error_response(error: &AwsError, request_id: &str) -> Response {
    let mut out = Writer::new();
    out.open("Error");
    out.element("Code", &error.code);
    out.element("Message", &error.message);
    for (name, value) in &error.members {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        out.element(name, &text);
    }
    out.element("RequestId", request_id);
    xml(error.status, out)
}

fn invalid_argument(message: &str, name: &str, value: &str) -> AwsError {
    AwsError::new(400, "InvalidArgument", message)
        .with("ArgumentName", name)
        .with("ArgumentValue", value)
}

fn malformed() -> AwsError {
    AwsError::new(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

/// `2026-11-23T15:32:00.123Z`, as S3 writes dates in XML.
fn date(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}
