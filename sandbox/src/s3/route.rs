//! Which operation a request means: bucket and key from host and path, the rest from method and query.

use super::{buckets, error_response, listing, multipart, objects, store::S3};
use crate::{
    error::AwsError,
    request::{Ctx, Request, Response},
};
use http::Method;
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// A request with the bucket and the key that it names.
pub struct Call<'a> {
    pub ctx: &'a Ctx,
    pub request: &'a Request,
    pub bucket: String,
    pub key: String,
}

/// What an operation gives.
pub type Answer = Result<Response, AwsError>;

impl Call<'_> {
    pub fn query(&self, name: &str) -> Option<&str> {
        self.request.query_value(name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.request.has_query(name)
    }
}

/// Answers one request. Where contents are files, away from those who serve requests: a disk takes its time.
pub async fn answer(s3: &Arc<S3>, ctx: &Ctx, request: &Request) -> Response {
    if !s3.store().is_kept() {
        return handle(s3, ctx, request);
    }
    let (s3, for_it, request) = (s3.clone(), ctx.clone(), request.clone());
    let work = tokio::task::spawn_blocking(move || handle(&s3, &for_it, &request));
    work.await.unwrap_or_else(|error| {
        let error = AwsError::new(500, "InternalError", error.to_string());
        error_response(&error, &ctx.request_id)
    })
}

fn handle(s3: &S3, ctx: &Ctx, request: &Request) -> Response {
    let (bucket, key) = place(request);
    let call = Call {
        ctx,
        request,
        bucket,
        key,
    };
    dispatch(s3, &call).unwrap_or_else(|error| error_response(&error, &ctx.request_id))
}

/// Bucket and key, from the host (`bucket.localhost`) or from the path.
fn place(request: &Request) -> (String, String) {
    let host = request.header("host").unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let path = request.path.trim_start_matches('/');
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    if let Some(bucket) = bucket_of(host) {
        return (bucket.to_owned(), decode(path));
    }
    match path.split_once('/') {
        Some((bucket, key)) => (decode(bucket), decode(key)),
        None => (decode(path), String::new()),
    }
}

fn bucket_of(host: &str) -> Option<&str> {
    if let Some(bucket) = host
        .strip_suffix(".localhost")
        .or_else(|| host.strip_suffix(".127.0.0.1"))
    {
        return Some(bucket.strip_suffix(".s3").unwrap_or(bucket))
            .filter(|bucket| !bucket.is_empty() && *bucket != "s3");
    }
    let (bucket, _) = host.split_once(".s3.")?;
    host.ends_with(".amazonaws.com").then_some(bucket)
}

fn dispatch(s3: &S3, call: &Call<'_>) -> Answer {
    match (call.bucket.is_empty(), call.key.is_empty()) {
        (true, _) => match call.request.method {
            Method::GET => buckets::list(s3, call),
            _ => Err(method_not_allowed(call)),
        },
        (false, true) => on_bucket(s3, call),
        (false, false) => on_object(s3, call),
    }
}

fn on_bucket(s3: &S3, call: &Call<'_>) -> Answer {
    match call.request.method {
        Method::HEAD => buckets::head(s3, call),
        Method::PUT if call.has("versioning") => Err(not_implemented(call)),
        Method::PUT if call.has("tagging") => buckets::put_tagging(s3, call),
        Method::PUT if call.request.query.is_empty() || call.has("x-id") => {
            buckets::create(s3, call)
        }
        Method::DELETE if call.has("tagging") => buckets::delete_tagging(s3, call),
        Method::DELETE if call.request.query.is_empty() || call.has("x-id") => {
            buckets::delete(s3, call)
        }
        Method::POST if call.has("delete") => objects::delete_many(s3, call),
        Method::GET if call.has("location") => buckets::location(s3, call),
        Method::GET if call.has("versioning") => buckets::versioning(s3, call),
        Method::GET if call.has("tagging") => buckets::get_tagging(s3, call),
        Method::GET if call.has("uploads") => multipart::list_uploads(s3, call),
        Method::GET if call.query("list-type") == Some("2") => listing::list_v2(s3, call),
        Method::GET if is_plain_list(call) => listing::list_v1(s3, call),
        _ => Err(not_implemented(call)),
    }
}

/// ListObjects has nothing in its query that says so; the other operations on a bucket name a subresource.
fn is_plain_list(call: &Call<'_>) -> bool {
    let known = [
        "prefix",
        "delimiter",
        "marker",
        "max-keys",
        "encoding-type",
        "x-id",
    ];
    let own = |name: &str| known.contains(&name) || name.starts_with("X-Amz-");
    call.request.query.iter().all(|(name, _)| own(name))
}

fn on_object(s3: &S3, call: &Call<'_>) -> Answer {
    let upload = call.query("uploadId");
    match (&call.request.method, upload) {
        (&Method::PUT, Some(id)) => multipart::upload_part(s3, call, id),
        (&Method::POST, Some(id)) => multipart::complete(s3, call, id),
        (&Method::DELETE, Some(id)) => multipart::abort(s3, call, id),
        (&Method::GET, Some(id)) => multipart::list_parts(s3, call, id),
        (&Method::POST, None) if call.has("uploads") => multipart::create(s3, call),
        _ if [
            "acl",
            "tagging",
            "attributes",
            "retention",
            "legal-hold",
            "torrent",
            "restore",
            "select",
        ]
        .iter()
        .any(|name| call.has(name)) =>
        {
            Err(not_implemented(call))
        }
        (&Method::PUT, None) if call.request.headers.contains_key("x-amz-copy-source") => {
            objects::copy(s3, call)
        }
        (&Method::PUT, None) => objects::put(s3, call),
        (&Method::GET | &Method::HEAD, None) => objects::get(s3, call),
        (&Method::DELETE, None) => objects::delete(s3, call),
        _ => Err(method_not_allowed(call)),
    }
}

fn method_not_allowed(call: &Call<'_>) -> AwsError {
    AwsError::new(
        405,
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
    )
    .with("Method", call.request.method.as_str())
}

/// S3's own code for what it does not do.
fn not_implemented(call: &Call<'_>) -> AwsError {
    let subresource = call.request.query.first().map_or("", |(name, _)| name);
    AwsError::new(
        501,
        "NotImplemented",
        format!(
            "The sandbox's S3 has no {} {}?{subresource}.",
            call.request.method, call.request.path
        ),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_bucket_is_named_by_the_host_or_by_the_path() {
        for (host, bucket) in [
            ("orders.localhost", Some("orders")),
            ("orders.s3.localhost", Some("orders")),
            ("orders.s3.eu-west-1.amazonaws.com", Some("orders")),
            ("127.0.0.1", None),
            ("localhost", None),
            ("s3.localhost", None),
            ("a.b.127.0.0.1", Some("a.b")),
        ] {
            assert_eq!(bucket_of(host), bucket, "{host}");
        }
    }
}
