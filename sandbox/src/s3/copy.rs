//! Objects are copied, and what a copy says of its source.

use super::{
    checksum::{self, Algorithm, Checksum},
    conditions::{self, Writing},
    content::Content,
    date, document, invalid_argument,
    object::{Meta, Object, REDIRECT, told},
    objects::{Found, bucket_mut, check_bucket, check_key, find},
    route::{Answer, Call},
    store::S3,
    xml,
};
use crate::{error::AwsError, protocol::xml::Writer};
use percent_encoding::percent_decode_str;

/// What a copy is made of.
pub struct Source {
    pub bucket: String,
    pub key: String,
    pub version: Option<String>,
}

impl Source {
    /// The source that a request names.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub fn of(call: &Call<'_>) -> Result<Self, AwsError> {
        let name = "x-amz-copy-source";
        let header = call.header(name).unwrap_or_default();
        let (path, version) = match header.split_once("?versionId=") {
            Some((path, version)) => (path, Some(version.to_owned())),
            None => (header, None),
        };
        // Some clients encode a space as forms do.
        let path = path.replace('+', " ");
        let path = percent_decode_str(&path).decode_utf8_lossy();
        // AWS takes an address as well, and looks at its path.
        let path = path
            .split_once("://")
            .and_then(|(_, rest)| rest.split_once('/'))
            .map_or(path.as_ref(), |(_, path)| path);
        let path = path.strip_prefix('/').unwrap_or(path);
        match path.split_once('/') {
            Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok(Self {
                bucket: bucket.to_owned(),
                key: key.to_owned(),
                version,
            }),
            _ => Err(invalid_argument(
                "Invalid copy source object key",
                name,
                name,
            )),
        }
    }

    /// The source itself; the answer that there is none if it was deleted.
    ///
    /// # Errors
    /// When it is not there, or not the one that is meant.
    pub fn find(&self, s3: &S3, call: &Call<'_>) -> Result<Found, AwsError> {
        let found = find(s3, call, &self.bucket, &self.key, self.version.as_deref())?;
        match &found {
            Found::Object(object) => conditions::on_copying(call, object)?,
            Found::Marker(_) if self.version.is_some() => {
                return Err(AwsError::new(
                    400,
                    "InvalidRequest",
                    "The source of a copy request may not specifically refer to a delete marker by version id.",
                ));
            }
            Found::Marker(_) => {}
        }
        Ok(found)
    }
}

pub fn object(s3: &S3, call: &Call<'_>) -> Answer {
    check_key(&call.key)?;
    let condition = Writing::of(call)?;
    let asked = Meta::of(call)?;
    let replaces = directive(call, "metadata")?;
    let retags = directive(call, "tagging")?;
    let algorithm = algorithm(call)?;
    check_bucket(s3, &call.bucket)?;
    let source = Source::of(call)?;
    let from = match source.find(s3, call)? {
        Found::Object(object) => object,
        Found::Marker(answer) => return Ok(answer),
    };
    check_changes(call, &source, &from, &asked, replaces)?;
    let meta = copied(asked, &from.meta, replaces, retags);
    let made = made(&from, algorithm)?;
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    condition.check(&call.key, bucket.current(&call.key))?;
    let copy = Object {
        version: None,
        modified_ms: s3.clock.now_ms(),
        meta,
        ..made
    };
    let mut out = document("CopyObjectResult");
    result(&mut out, &copy);
    let meta = copy.meta.clone();
    let id = bucket.put_object(&call.key, copy);
    let version = bucket
        .versioning
        .map(|_| id.unwrap_or_else(|| super::store::NULL.to_owned()));
    let mut response = told(xml(200, out), version.as_deref(), &meta);
    if let Some(id) = &from.version {
        response = response.with_header("x-amz-copy-source-version-id", id.clone());
    }
    Ok(response)
}

/// The copy's content and what follows from it: one whole, whatever its source was put together from.
fn made(from: &Object, algorithm: Option<Algorithm>) -> Result<Object, AwsError> {
    let mut made = Object {
        parts: Vec::new(),
        ..from.clone()
    };
    let kept = from.checksum.as_ref();
    let wanted = algorithm
        .or(kept.map(|sum| sum.algorithm))
        .unwrap_or(Algorithm::Crc64nvme);
    let is_kept = kept.is_some_and(|sum| sum.algorithm == wanted && !sum.is_composite);
    if is_kept && from.parts.is_empty() {
        return Ok(made);
    }
    let content = from.body.as_ref().map(Content::bytes).transpose()?;
    let content = content.unwrap_or_default();
    if !is_kept {
        made.checksum = Some(Checksum::of(wanted, &content));
    }
    made.etag = checksum::etag(&checksum::md5(&content));
    Ok(made)
}

/// What both copies tell of what they made.
pub fn result(out: &mut Writer, object: &Object) {
    out.element("LastModified", &date(object.modified_ms));
    out.element("ETag", &object.etag);
    if let Some(sum) = &object.checksum {
        out.element(&sum.algorithm.element(), &sum.value);
        out.element("ChecksumType", sum.kind());
    }
}

/// What is kept beside the copy's content. Storage class, encryption and redirection are never the source's.
fn copied(mut asked: Meta, from: &Meta, replaces: bool, retags: bool) -> Meta {
    if !replaces {
        let redirect = asked
            .headers
            .into_iter()
            .filter(|(name, _)| name == REDIRECT);
        let kept = from.headers.iter().filter(|(name, _)| name != REDIRECT);
        asked.headers = kept.cloned().chain(redirect).collect();
        asked.content_type.clone_from(&from.content_type);
    }
    if !retags {
        asked.tags.clone_from(&from.tags);
    }
    asked
}

/// Whether a directive says REPLACE.
fn directive(call: &Call<'_>, of: &str) -> Result<bool, AwsError> {
    let name = format!("x-amz-{of}-directive");
    match call.header(&name) {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(other) => Err(invalid_argument(
            &format!("Unknown {of} directive."),
            &name,
            other,
        )),
    }
}

/// The checksum that the copy is to have.
fn algorithm(call: &Call<'_>) -> Result<Option<Algorithm>, AwsError> {
    let Some(name) = call.header("x-amz-checksum-algorithm") else {
        return Ok(None);
    };
    Algorithm::named(name)
        .map(Some)
        .ok_or_else(unknown_algorithm)
}

/// What S3 says of an algorithm that it does not know.
pub fn unknown_algorithm() -> AwsError {
    AwsError::new(
        400,
        "InvalidRequest",
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    )
}

/// A copy onto itself is to change something.
fn check_changes(
    call: &Call<'_>,
    source: &Source,
    from: &Object,
    asked: &Meta,
    replaces: bool,
) -> Result<(), AwsError> {
    let is_itself = source.bucket == call.bucket && source.key == call.key;
    let says = |name: &str| call.header(name).is_some();
    if !is_itself
        || source.version.is_some()
        || replaces
        || says("x-amz-storage-class")
        || says("x-amz-server-side-encryption")
        || says(REDIRECT)
        || asked.kms != from.meta.kms
    {
        return Ok(());
    }
    Err(AwsError::new(
        400,
        "InvalidRequest",
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    ))
}
