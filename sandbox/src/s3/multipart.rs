//! Objects that are uploaded in parts.

use super::{
    checksum::{self, Algorithm, Checksum},
    chunked, completion,
    content::Content,
    copy::{self, Source},
    date, document,
    object::{Meta, Object, Piece, told},
    objects::{Found, bucket_mut, check_bucket, check_key},
    page::part_number,
    range,
    route::{Answer, Call},
    store::{Bucket, Part, S3, Upload, Wanted, new_upload},
    xml,
};
use crate::{error::AwsError, protocol::xml::Writer, request::Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::{Bytes, BytesMut};
use std::collections::BTreeMap;

/// The most parts in a page.
const MOST: usize = 1000;

pub fn create(s3: &S3, call: &Call<'_>) -> Answer {
    check_key(&call.key)?;
    let meta = Meta::of(call)?;
    let checksum = wanted_checksum(call)?;
    let mut out = document("InitiateMultipartUploadResult");
    out.element("Bucket", &call.bucket);
    out.element("Key", &call.key);
    let encryption = meta.encryption();
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    let now = s3.clock.now_ms();
    let id = new_upload(now);
    bucket.put_upload(
        &id,
        Upload {
            key: call.key.clone(),
            meta,
            parts: BTreeMap::new(),
            started_ms: now,
            checksum,
            is_overtaken: false,
        },
    );
    out.element("UploadId", &id);
    let mut response = xml(200, out);
    response.headers.extend(encryption);
    if let Some((algorithm, is_composite)) = checksum {
        response = response
            .with_header("x-amz-checksum-algorithm", algorithm.name())
            .with_header("x-amz-checksum-type", checksum::kind(is_composite));
    }
    Ok(response)
}

/// The checksum that parts are to have, and whether the object gets one of theirs.
fn wanted_checksum(call: &Call<'_>) -> Result<Wanted, AwsError> {
    let kind = call.header("x-amz-checksum-type");
    let refused = |message: String| Err(AwsError::new(400, "InvalidRequest", message));
    let Some(name) = call.header("x-amz-checksum-algorithm") else {
        return match kind {
            Some(_) => refused(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.".into(),
            ),
            None => Ok(None),
        };
    };
    let algorithm = Algorithm::named(name).ok_or_else(copy::unknown_algorithm)?;
    let is_composite = match kind {
        None => algorithm != Algorithm::Crc64nvme,
        Some("COMPOSITE") => true,
        Some("FULL_OBJECT") => false,
        Some(_) => return refused("Value for x-amz-checksum-type header is invalid.".into()),
    };
    let fits = if is_composite {
        algorithm != Algorithm::Crc64nvme
    } else {
        algorithm.is_crc()
    };
    if !fits {
        return refused(format!(
            "The {} checksum type cannot be used with the {} checksum algorithm.",
            checksum::kind(is_composite),
            algorithm.name().to_ascii_lowercase()
        ));
    }
    Ok(Some((algorithm, is_composite)))
}

/// A part as it is kept: with the checksum that its upload asked for, or the one that came.
fn made(
    s3: &S3,
    content: Bytes,
    wanted: Wanted,
    given: Option<Checksum>,
    md5: &[u8],
) -> Result<Part, AwsError> {
    let checksum = match (wanted, given) {
        (Some((wanted, _)), Some(given)) if given.algorithm != wanted => {
            return Err(AwsError::new(
                400,
                "InvalidRequest",
                format!(
                    "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                    wanted.name().to_ascii_lowercase(),
                    given.algorithm.name().to_ascii_lowercase()
                ),
            ));
        }
        (Some((wanted, _)), None) => Some(Checksum::of(wanted, &content)),
        (_, given) => given,
    };
    Ok(Part {
        etag: checksum::etag(md5),
        body: Content::new(s3.store(), content)?,
        modified_ms: s3.clock.now_ms(),
        checksum,
    })
}

/// The number of a part, and what its upload asked for.
fn place(s3: &S3, call: &Call<'_>) -> Result<(u32, Wanted, Meta), AwsError> {
    let number = range::part_number(call.query("partNumber").unwrap_or_default())?;
    check_bucket(s3, &call.bucket)?;
    let buckets = s3.buckets();
    let bucket = buckets.get(&call.bucket);
    let upload = bucket
        .map(|bucket| upload(bucket, call))
        .ok_or_else(|| super::store::no_such_bucket(&call.bucket))??;
    Ok((number, upload.checksum, upload.meta.clone()))
}

pub fn upload_part(s3: &S3, call: &Call<'_>) -> Answer {
    let (number, wanted, meta) = place(s3, call)?;
    let content = chunked::content(call.request)?;
    let (given, md5) = checksum::verified(call, &content.trailers, &content.body)?;
    let part = made(s3, content.body, wanted, given, &md5)?;
    let mut response = Response::empty(200).with_header("etag", part.etag.clone());
    if let Some(sum) = &part.checksum {
        response = response.with_header(&sum.algorithm.header(), sum.value.clone());
    }
    response.headers.extend(meta.encryption());
    keep(s3, call, number, part)?;
    Ok(response)
}

pub fn upload_part_copy(s3: &S3, call: &Call<'_>) -> Answer {
    let (number, wanted, meta) = place(s3, call)?;
    let source = Source::of(call)?;
    let from = match source.find(s3, call)? {
        Found::Object(object) => object,
        Found::Marker(answer) => return Ok(answer),
    };
    let (first, length) = match call.header("x-amz-copy-source-range") {
        Some(text) => range::of_source(text, from.size())?,
        None => (0, from.size()),
    };
    let content = match &from.body {
        Some(body) => body.part(first, length)?,
        None => Bytes::new(),
    };
    let md5 = checksum::md5(&content);
    let part = made(s3, content, wanted, None, &md5)?;
    let mut out = document("CopyPartResult");
    out.element("LastModified", &date(part.modified_ms));
    out.element("ETag", &part.etag);
    if let Some(sum) = &part.checksum {
        out.element(&sum.algorithm.element(), &sum.value);
    }
    keep(s3, call, number, part)?;
    let mut response = xml(200, out);
    response.headers.extend(meta.encryption());
    if let Some(id) = &from.version {
        response = response.with_header("x-amz-copy-source-version-id", id.clone());
    }
    Ok(response)
}

fn keep(s3: &S3, call: &Call<'_>, number: u32, part: Part) -> Result<(), AwsError> {
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    upload(bucket, call)?;
    bucket.put_part(call.query("uploadId").unwrap_or_default(), number, part);
    Ok(())
}

pub fn complete(s3: &S3, call: &Call<'_>) -> Answer {
    let body = chunked::content(call.request)?.body;
    let id = call.query("uploadId").unwrap_or_default();
    let (asked, parts, meta, wanted) = {
        let mut buckets = s3.buckets();
        let bucket = bucket_mut(&mut buckets, &call.bucket)?;
        if let Some(object) = bucket.completed(id, &call.key) {
            // A client that did not hear the first answer asks again.
            return Ok(completed(call, bucket, object));
        }
        let upload = upload(bucket, call)?;
        let asked = completion::Asked::of(call, &body)?;
        let parts = asked.chosen(upload, id)?;
        (asked, parts, upload.meta.clone(), upload.checksum)
    };
    let object = joined(s3, &asked, &parts, meta, wanted)?;
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    let is_overtaken = upload(bucket, call)?.is_overtaken;
    let present = bucket.current(&call.key);
    asked
        .condition
        .check_since(&call.key, present, is_overtaken)?;
    bucket.remove_upload(id);
    let mut kept = object.clone();
    kept.version = bucket.put_object(&call.key, object);
    bucket.complete(id, &call.key, kept.clone());
    Ok(completed(call, bucket, &kept))
}

/// One object of parts.
fn joined(
    s3: &S3,
    asked: &completion::Asked,
    parts: &[(u32, Part)],
    meta: Meta,
    wanted: Wanted,
) -> Result<Object, AwsError> {
    let mut whole = BytesMut::with_capacity(parts.iter().map(|(_, part)| part.body.len()).sum());
    let (mut md5s, mut sums) = (Vec::new(), Vec::new());
    for (_, part) in parts {
        // An ETag of a part is the MD5 of its content.
        md5s.extend(unhex(part.etag.trim_matches('"')));
        if let Some(sum) = &part.checksum {
            sums.extend(BASE64_STANDARD.decode(&sum.value).unwrap_or_default());
        }
        whole.extend_from_slice(&part.body.bytes()?);
    }
    let whole = whole.freeze();
    let sum = match wanted {
        Some((algorithm, true)) => Checksum {
            algorithm,
            value: format!(
                "{}-{}",
                BASE64_STANDARD.encode(algorithm.of(&sums)),
                parts.len()
            ),
            is_composite: true,
        },
        Some((algorithm, false)) => Checksum::of(algorithm, &whole),
        None => Checksum::of(Algorithm::Crc64nvme, &whole),
    };
    asked.check_whole(&sum, whole.len(), wanted)?;
    let md5 = checksum::hex(&checksum::md5(&md5s));
    let pieces = parts.iter().map(|(number, part)| Piece {
        number: *number,
        size: part.body.len(),
        checksum: part.checksum.clone().filter(|_| wanted.is_some()),
    });
    Ok(Object {
        version: None,
        body: Some(Content::new(s3.store(), whole)?),
        etag: format!("\"{md5}-{}\"", parts.len()),
        modified_ms: s3.clock.now_ms(),
        meta,
        checksum: Some(sum),
        parts: pieces.collect(),
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks_exact(2);
    digits
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn completed(call: &Call<'_>, bucket: &Bucket, object: &Object) -> Response {
    let mut out = document("CompleteMultipartUploadResult");
    out.element("Location", &super::location(call, &call.key));
    out.element("Bucket", &call.bucket);
    out.element("Key", &call.key);
    out.element("ETag", &object.etag);
    if let Some(sum) = &object.checksum {
        out.element(&sum.algorithm.element(), &sum.value);
        out.element("ChecksumType", sum.kind());
    }
    let version = bucket.versioning.map(|_| object.id());
    told(xml(200, out), version, &object.meta)
}

pub fn abort(s3: &S3, call: &Call<'_>) -> Answer {
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    upload(bucket, call)?;
    bucket.remove_upload(call.query("uploadId").unwrap_or_default());
    Ok(Response::empty(204))
}

pub fn list_parts(s3: &S3, call: &Call<'_>) -> Answer {
    let number = |name, usual| part_number(name, call.query(name), usual);
    let most = number("max-parts", MOST)?.min(MOST);
    let after = number("part-number-marker", 0)?;
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    let upload = upload(bucket, call)?;
    let rest = || upload.parts.iter().filter(|(n, _)| **n as usize > after);
    let last = rest().take(most).last().map_or(0, |(number, _)| *number);
    let mut out = document("ListPartsResult");
    out.element("Bucket", &call.bucket);
    out.element("Key", &call.key);
    out.element("UploadId", call.query("uploadId").unwrap_or_default());
    people(&mut out, call);
    out.element("StorageClass", upload.meta.class());
    out.element("PartNumberMarker", &after.to_string());
    out.element("NextPartNumberMarker", &last.to_string());
    out.element("MaxParts", &most.to_string());
    let is_truncated = rest().count() > most;
    out.element("IsTruncated", if is_truncated { "true" } else { "false" });
    if let Some((algorithm, is_composite)) = upload.checksum {
        out.element("ChecksumAlgorithm", algorithm.name());
        out.element("ChecksumType", checksum::kind(is_composite));
    }
    for (number, part) in rest().take(most) {
        out.open("Part");
        out.element("PartNumber", &number.to_string());
        out.element("LastModified", &date(part.modified_ms));
        out.element("ETag", &part.etag);
        out.element("Size", &part.body.len().to_string());
        if let (Some(sum), Some(_)) = (&part.checksum, upload.checksum) {
            out.element(&sum.algorithm.element(), &sum.value);
        }
        out.close();
    }
    Ok(xml(200, out))
}

/// Who began an upload, and who owns what it becomes.
pub fn people(out: &mut Writer, call: &Call<'_>) {
    out.open("Initiator");
    out.element("ID", &call.owner());
    out.element("DisplayName", &call.ctx.account);
    out.close();
    out.open("Owner");
    out.element("ID", &call.owner());
    out.close();
}

/// The upload that a request names.
///
/// # Errors
/// `NoSuchUpload`.
pub fn upload<'a>(bucket: &'a Bucket, call: &Call<'_>) -> Result<&'a Upload, AwsError> {
    let id = call.query("uploadId").unwrap_or_default();
    let found = bucket.uploads().get(id);
    found
        .filter(|upload| upload.key == call.key)
        .ok_or_else(|| {
            AwsError::new(
                404,
                "NoSuchUpload",
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
            )
            .with("UploadId", id)
        })
}
