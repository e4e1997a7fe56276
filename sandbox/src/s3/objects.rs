//! Objects are put and read.

use super::{
    checksum::{self, Algorithm, Checksum},
    chunked,
    conditions::{self, Reading, Writing},
    content::Content,
    error_response, invalid_argument,
    object::{Meta, Object, told},
    range::{self, Span},
    route::{Answer, Call},
    store::{Bucket, S3, is_version, no_such_bucket, no_such_key, no_such_version},
};
use crate::{
    error::AwsError,
    protocol::time,
    request::{Body, Response},
};
use bytes::Bytes;
use http::Method;

/// The longest key, in bytes.
const LONGEST_KEY: usize = 1024;

/// Classes whose objects are to be restored before they are read.
const FROZEN: [&str; 2] = ["GLACIER", "DEEP_ARCHIVE"];

/// Parameters that say how an answer's headers are to be.
const OVERRIDES: [&str; 6] = [
    "content-type",
    "content-language",
    "expires",
    "cache-control",
    "content-disposition",
    "content-encoding",
];

/// An object that is to be kept.
pub struct New {
    pub content: Bytes,
    pub md5: [u8; 16],
    pub checksum: Option<Checksum>,
    pub meta: Meta,
    pub condition: Writing,
}

pub fn put(s3: &S3, call: &Call<'_>) -> Answer {
    check_key(&call.key)?;
    let condition = Writing::of(call)?;
    let meta = Meta::of(call)?;
    check_bucket(s3, &call.bucket)?;
    let content = chunked::content(call.request)?;
    let (checksum, md5) = checksum::verified(call, &content.trailers, &content.body)?;
    let new = New {
        content: content.body,
        md5,
        checksum,
        meta,
        condition,
    };
    keep(s3, &call.bucket, &call.key, new)
}

/// Keeps a whole object, and answers as PutObject does.
pub fn keep(s3: &S3, bucket: &str, key: &str, new: New) -> Answer {
    let checksum = new
        .checksum
        .unwrap_or_else(|| Checksum::of(Algorithm::Crc64nvme, &new.content));
    let etag = checksum::etag(&new.md5);
    let body = Content::new(s3.store(), new.content)?;
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, bucket)?;
    new.condition.check(key, bucket.current(key))?;
    let object = Object {
        version: None,
        body: Some(body),
        etag: etag.clone(),
        modified_ms: s3.clock.now_ms(),
        meta: new.meta.clone(),
        checksum: Some(checksum.clone()),
        parts: Vec::new(),
    };
    let version = bucket.put_object(key, object);
    let response = Response::empty(200).with_header("etag", etag);
    let response = with_checksum(response, &checksum);
    Ok(told(response, version.as_deref(), &new.meta))
}

pub fn get(s3: &S3, call: &Call<'_>) -> Answer {
    let object = match find(s3, call, &call.bucket, &call.key, call.version())? {
        Found::Object(object) => object,
        Found::Marker(answer) => return Ok(answer),
    };
    if conditions::on_reading(call, &object)? == Reading::NotModified {
        let mut answer = Response::empty(304);
        answer.headers = object.headers();
        answer
            .headers
            .retain(|(name, _)| ["etag", "last-modified"].contains(&name.as_str()));
        return Ok(answer);
    }
    let span = range::of(call, &object)?;
    let is_head = call.request.method == Method::HEAD;
    if !is_head && FROZEN.contains(&object.meta.class()) {
        return Err(AwsError::new(
            403,
            "InvalidObjectState",
            "The operation is not valid for the object's storage class",
        )
        .with("StorageClass", object.meta.class()));
    }
    let mut response = answer(&object, span, is_head)?;
    if let Some(id) = version_told(s3, &call.bucket, &object) {
        response = response.with_header("x-amz-version-id", id);
    }
    let wants_checksum = call
        .header("x-amz-checksum-mode")
        .is_some_and(|mode| mode.eq_ignore_ascii_case("ENABLED"));
    if wants_checksum && let Some(checksum) = checksum_of(&object, span) {
        response = with_checksum(response, &checksum);
    }
    for header in OVERRIDES {
        let Some(value) = call.query(&format!("response-{header}")) else {
            continue;
        };
        if !value.chars().all(|c| u32::from(c) < 256) {
            return Err(invalid_argument(
                "Header value cannot be represented using ISO-8859-1.",
                &format!("response-{header}"),
                value,
            ));
        }
        response.headers.retain(|(name, _)| name != header);
        response = response.with_header(header, value);
    }
    Ok(response)
}

fn answer(object: &Object, span: Span, is_head: bool) -> Answer {
    let total = object.size();
    let (status, first, length) = match span {
        Span::Whole => (200, 0, total),
        Span::Some { first, length } | Span::Part { first, length, .. } => (206, first, length),
    };
    let body = match &object.body {
        Some(body) if !is_head => body.part(first, length)?,
        _ => Bytes::new(),
    };
    let mut response = Response {
        status,
        headers: object.headers(),
        body: Body::Full(body),
    };
    if is_head {
        response = response.with_header("content-length", length.to_string());
    }
    if span != Span::Whole && length > 0 {
        let last = first + length - 1;
        response = response.with_header("content-range", format!("bytes {first}-{last}/{total}"));
    }
    if matches!(span, Span::Part { .. }) && !object.parts.is_empty() {
        response = response.with_header("x-amz-mp-parts-count", object.parts.len().to_string());
    }
    Ok(response)
}

/// The checksum that goes with some of an object: its own with all of it, a part's with a part.
fn checksum_of(object: &Object, span: Span) -> Option<Checksum> {
    let whole = object.checksum.clone();
    match span {
        Span::Whole => whole,
        Span::Some { length, .. } => whole.filter(|_| length == object.size()),
        Span::Part { number, .. } => {
            let part = object.parts.iter().find(|part| part.number == number);
            match part {
                Some(part) if whole.as_ref().is_some_and(|sum| sum.is_composite) => {
                    let sum = part.checksum.clone()?;
                    Some(Checksum {
                        is_composite: true,
                        ..sum
                    })
                }
                _ => whole.filter(|_| object.parts.len() <= 1),
            }
        }
    }
}

/// What a key and a version name.
pub enum Found {
    Object(Box<Object>),
    /// The answer that there is none any more: a deletion has left its marker.
    Marker(Response),
}

/// The object that a request names.
///
/// # Errors
/// `NoSuchBucket`, `NoSuchKey`, `NoSuchVersion` or what is malformed.
pub fn find(
    s3: &S3,
    call: &Call<'_>,
    name: &str,
    key: &str,
    version: Option<&str>,
) -> Result<Found, AwsError> {
    let buckets = s3.buckets();
    let bucket = buckets.get(name).ok_or_else(|| no_such_bucket(name))?;
    if let Some(id) = version {
        check_version(bucket, id)?;
    }
    let versions = bucket.objects().get(key);
    let object = match version {
        None => versions.and_then(|versions| versions.0.last()),
        Some(id) => Some(
            versions
                .and_then(|versions| versions.get(id))
                .ok_or_else(|| no_such_version(key, id))?,
        ),
    };
    let object = object.ok_or_else(|| no_such_key(key))?;
    if !object.is_marker() {
        return Ok(Found::Object(Box::new(object.clone())));
    }
    let error = match version {
        None => no_such_key(key),
        Some(_) => marker_not_allowed(call),
    };
    let mut answer = error_response(&error, &call.ctx.request_id)
        .with_header("x-amz-delete-marker", "true")
        .with_header("x-amz-version-id", object.id());
    if version.is_some() {
        answer = answer.with_header("allow", "DELETE").with_header(
            "last-modified",
            time::http_date(object.modified_ms as f64 / 1000.0),
        );
    }
    Ok(Found::Marker(answer))
}

/// What only objects do is not for a marker.
pub fn marker_not_allowed(call: &Call<'_>) -> AwsError {
    AwsError::new(
        405,
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
    )
    .with("Method", call.request.method.as_str())
    .with("ResourceType", "DeleteMarker")
}

/// Whether an id can be a version's in a bucket at all.
///
/// # Errors
/// `InvalidArgument`.
pub fn check_version(bucket: &Bucket, id: &str) -> Result<(), AwsError> {
    if id == super::store::NULL || (is_version(id) && bucket.versioning.is_some()) {
        return Ok(());
    }
    let message = if id.is_empty() {
        "Version id cannot be the empty string"
    } else {
        "Invalid version id specified"
    };
    Err(invalid_argument(message, "versionId", id))
}

/// The version of an object that answers tell: none in a bucket that never had versions.
pub fn version_told(s3: &S3, bucket: &str, object: &Object) -> Option<String> {
    let buckets = s3.buckets();
    let has_versions = buckets
        .get(bucket)
        .is_some_and(|bucket| bucket.versioning.is_some());
    (has_versions || object.version.is_some()).then(|| object.id().to_owned())
}

/// # Errors
/// `KeyTooLongError`.
pub fn check_key(key: &str) -> Result<(), AwsError> {
    if key.len() <= LONGEST_KEY {
        return Ok(());
    }
    Err(
        AwsError::new(400, "KeyTooLongError", "Your key is too long")
            .with("MaxSizeAllowed", LONGEST_KEY.to_string())
            .with("Size", key.len().to_string()),
    )
}

/// # Errors
/// `NoSuchBucket`.
pub fn check_bucket(s3: &S3, name: &str) -> Result<(), AwsError> {
    let is_there = s3.buckets().contains_key(name);
    is_there.then_some(()).ok_or_else(|| no_such_bucket(name))
}

/// A bucket by its name.
///
/// # Errors
/// `NoSuchBucket`.
pub fn bucket_mut<'a>(
    buckets: &'a mut std::collections::BTreeMap<String, Bucket>,
    name: &str,
) -> Result<&'a mut Bucket, AwsError> {
    buckets.get_mut(name).ok_or_else(|| no_such_bucket(name))
}

/// An answer that tells a checksum.
pub fn with_checksum(response: Response, sum: &Checksum) -> Response {
    response
        .with_header(&sum.algorithm.header(), sum.value.clone())
        .with_header("x-amz-checksum-type", sum.kind())
}
