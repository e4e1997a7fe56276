//! S3, as much of it as holds a deployment package and what clients do around it: buckets, objects in versions, multipart
//! uploads, tags, presigned addresses and forms. Knows rest-xml; buckets are global. Contents are in memory, or in files where
//! state is kept.
//!
//! | module | what it is for |
//! |---|---|
//! | `route`, `host` | which operation on what; everything else is refused by its name |
//! | `auth`, `form`, `policy` | what lets a request in, and objects in forms |
//! | `buckets`, `defaults`, `tagging` | operations on buckets |
//! | `objects`, `attributes`, `range`, `conditions`, `versions`, `copy` | operations on objects |
//! | `multipart`, `completion` | objects in parts |
//! | `listing`, `page` | lists |
//! | `object`, `metadata`, `checksum`, `chunked` | what a request says of an object |
//! | `store`, `content`, `keep` | the state, and how it is kept |
//!
//! Source of paths, shapes and messages: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html>.

mod attributes;
mod auth;
mod buckets;
mod checksum;
mod chunked;
mod completion;
mod conditions;
mod content;
mod copy;
mod defaults;
mod form;
mod host;
mod keep;
mod listing;
mod metadata;
mod multipart;
mod object;
mod objects;
mod page;
mod policy;
mod range;
mod route;
mod store;
mod tagging;
mod versions;

pub use host::bucket_of;
pub use store::S3;

use crate::{
    error::AwsError,
    protocol::xml::Writer,
    request::{Ctx, Request, Response},
    services::{Answering, Row, Service, Services, Wire},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// S3's row in the table of services.
pub static ROW: Row = Row {
    restore: Some(|services, records| services.global::<S3>().restore(records)),
    tags: Some(tagging::lend),
    means: route::means,
    lets_in: true,
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
    out.element("HostId", &host_id(request_id));
    xml(error.status, out).with_header("x-amz-id-2", host_id(request_id))
}

/// What S3 tells beside a request's id.
fn host_id(request_id: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(request_id))
}

/// The canonical id of an account: S3 names owners by one, not by the account's number.
fn owner(account: &str) -> String {
    checksum::hex(&Sha256::digest(account))
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

/// `2026-11-23T15:32:00.000Z`: S3 writes dates in XML with milliseconds, and keeps none.
fn date(ms: i64) -> String {
    jiff::Timestamp::from_second(ms.div_euclid(1000))
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%S.000Z")
        .to_string()
}

/// What an address of a key leaves as it is.
const IN_ADDRESS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// Where an object is, in the style in which its bucket was named.
fn location(call: &route::Call<'_>, key: &str) -> String {
    let key = utf8_percent_encode(key, IN_ADDRESS);
    match call.header("host").filter(|_| call.is_virtual) {
        Some(host) => format!("http://{host}/{key}"),
        None => format!("{}/{}/{key}", call.ctx.endpoint, call.bucket),
    }
}
