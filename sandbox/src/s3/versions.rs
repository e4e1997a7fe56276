//! Versions of objects: whether a bucket has them, and deleting, which depends on it.

use super::{
    checksum, chunked,
    conditions::Writing,
    document, malformed,
    object::not_done,
    objects::{bucket_mut, check_version},
    route::{Answer, Call},
    store::{Bucket, Deleted, NULL, S3, Versioning, no_such_bucket, no_such_version},
    xml,
};
use crate::{
    error::AwsError,
    protocol::xml::{self as document_of, Element, Writer},
    request::Response,
};

/// The most objects that one request may delete.
const MOST: usize = 1000;

pub fn get(s3: &S3, call: &Call<'_>) -> Answer {
    let buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    let mut out = document("VersioningConfiguration");
    match bucket.versioning {
        Some(Versioning::Enabled) => out.element("Status", "Enabled"),
        Some(Versioning::Suspended) => out.element("Status", "Suspended"),
        None => {}
    }
    Ok(xml(200, out))
}

pub fn put(s3: &S3, call: &Call<'_>) -> Answer {
    let body = chunked::content(call.request)?.body;
    let root = document_of::parse(&body).map_err(|_| malformed())?;
    let mut buckets = s3.buckets();
    buckets.touch(&call.bucket);
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    bucket.versioning = Some(match root.text_of("Status") {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") => Versioning::Suspended,
        Some(_) => return Err(malformed()),
        None => {
            return Err(AwsError::new(
                400,
                "IllegalVersioningConfigurationException",
                "The Versioning element must be specified",
            ));
        }
    });
    Ok(Response::empty(200))
}

pub fn delete(s3: &S3, call: &Call<'_>) -> Answer {
    // For directory buckets alone, as in AWS.
    for name in ["x-amz-if-match-last-modified-time", "x-amz-if-match-size"] {
        if call.header(name).is_some() {
            return Err(not_done(name));
        }
    }
    check_bypass(call)?;
    let mut buckets = s3.buckets();
    let now = s3.clock.now_ms();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    if let Some(etag) = call.header("if-match") {
        Writing::IfThis(etag.to_owned()).check(&call.key, bucket.current(&call.key))?;
    }
    let deleted = match call.version() {
        None => bucket.delete_object(&call.key, now),
        Some(id) => {
            check_version(bucket, id)?;
            // As in AWS: deleting what is not there succeeds.
            bucket
                .delete_version(&call.key, id)
                .unwrap_or_else(|| Deleted {
                    version: Some(id.to_owned()),
                    is_marker: false,
                })
        }
    };
    let mut response = Response::empty(204);
    if let Some(id) = deleted.version {
        response = response.with_header("x-amz-version-id", id);
    }
    if deleted.is_marker {
        response = response.with_header("x-amz-delete-marker", "true");
    }
    Ok(response)
}

/// No bucket here locks its objects.
fn check_bypass(call: &Call<'_>) -> Result<(), AwsError> {
    let bypass = "x-amz-bypass-governance-retention";
    if call.header(bypass).is_some() {
        return Err(AwsError::new(
            400,
            "InvalidArgument",
            format!("{bypass} is only applicable to Object Lock enabled buckets."),
        )
        .with("ArgumentName", bypass));
    }
    Ok(())
}

pub fn delete_many(s3: &S3, call: &Call<'_>) -> Answer {
    check_bypass(call)?;
    let content = chunked::content(call.request)?;
    let (sum, _) = checksum::verified(call, &content.trailers, &content.body)?;
    if sum.is_none() && call.header("content-md5").is_none() {
        return Err(AwsError::new(
            400,
            "InvalidRequest",
            "Missing required header for this request: Content-MD5",
        ));
    }
    let root = document_of::parse(&content.body).map_err(|_| malformed())?;
    let quiet = root.text_of("Quiet") == Some("true");
    let objects: Vec<&Element> = root.children("Object").collect();
    let has_key = |object: &&Element| object.text_of("Key").is_some_and(|key| !key.is_empty());
    if objects.is_empty() || objects.len() > MOST || !objects.iter().all(has_key) {
        return Err(malformed());
    }
    let mut buckets = s3.buckets();
    let now = s3.clock.now_ms();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    let mut out = document("DeleteResult");
    for object in objects {
        let key = object.text_of("Key").unwrap_or_default();
        let version = object.text_of("VersionId");
        match delete_one(bucket, object, key, version, now) {
            Ok(_) if quiet => {}
            Ok(deleted) => tell(&mut out, key, version, &deleted),
            Err(error) => {
                out.open("Error");
                out.element("Key", key);
                if let Some(id) = version {
                    out.element("VersionId", id);
                }
                out.element("Code", &error.code);
                out.element("Message", &error.message);
                out.close();
            }
        }
    }
    Ok(xml(200, out))
}

fn delete_one(
    bucket: &mut Bucket,
    object: &Element,
    key: &str,
    version: Option<&str>,
    now: i64,
) -> Result<Deleted, AwsError> {
    if let Some(etag) = object.text_of("ETag") {
        Writing::IfThis(etag.to_owned()).check(key, bucket.current(key))?;
    }
    match version {
        None => Ok(bucket.delete_object(key, now)),
        Some(id) => bucket
            .delete_version(key, id)
            .or_else(|| (id == NULL).then(Deleted::default))
            .ok_or_else(|| no_such_version(key, id)),
    }
}

fn tell(out: &mut Writer, key: &str, version: Option<&str>, deleted: &Deleted) {
    out.open("Deleted");
    out.element("Key", key);
    if let Some(id) = version {
        out.element("VersionId", id);
    }
    if deleted.is_marker {
        out.element("DeleteMarker", "true");
        let id = deleted.version.as_deref().unwrap_or_default();
        out.element("DeleteMarkerVersionId", id);
    }
    out.close();
}
