//! Objects that are uploaded in parts.

use super::{
    checksum, chunked,
    content::Content,
    date, document, invalid_argument, malformed,
    objects::{bucket_mut, content_type, keep, stored_headers},
    route::{Answer, Call},
    store::{Part, S3, Upload, no_such_bucket},
    xml,
};
use crate::{error::AwsError, protocol::xml, request::Response};
use bytes::BytesMut;
use std::collections::BTreeMap;

/// The least that a part may be, except for the last: 5 MB.
const MIN_PART_BYTES: usize = 5 * 1024 * 1024;

pub fn create(s3: &S3, call: &Call<'_>) -> Answer {
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    let id = uuid::Uuid::new_v4().simple().to_string();
    bucket.put_upload(
        &id,
        Upload {
            key: call.key.clone(),
            content_type: content_type(call.request),
            headers: stored_headers(call.request),
            parts: BTreeMap::new(),
            started_ms: s3.clock.now_ms(),
        },
    );
    let mut out = document("InitiateMultipartUploadResult");
    out.element("Bucket", &call.bucket);
    out.element("Key", &call.key);
    out.element("UploadId", &id);
    Ok(xml(200, out))
}

pub fn upload_part(s3: &S3, call: &Call<'_>, id: &str) -> Answer {
    let text = call.query("partNumber").unwrap_or_default();
    let number = text
        .parse::<u32>()
        .ok()
        .filter(|number| (1..=10_000).contains(number))
        .ok_or_else(|| {
            invalid_argument(
                "Part number must be an integer between 1 and 10000, inclusive",
                "partNumber",
                text,
            )
        })?;
    let content = chunked::content(call.request)?;
    let checksums = checksum::verified(call.request, &content.trailers, &content.body)?;
    let part = Part {
        etag: checksum::etag(&content.body),
        body: Content::new(s3.store(), content.body)?,
        modified_ms: s3.clock.now_ms(),
    };
    let mut response = Response::empty(200).with_header("etag", part.etag.clone());
    response.headers.extend(checksums);
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    upload(bucket, &call.key, id)?;
    bucket.put_part(id, number, part);
    Ok(response)
}

pub fn complete(s3: &S3, call: &Call<'_>, id: &str) -> Answer {
    let body = chunked::content(call.request)?.body;
    let root = xml::parse(&body).map_err(|_| malformed())?;
    let (parts, kind, headers) = {
        let mut buckets = s3.buckets();
        let bucket = bucket_mut(&mut buckets, &call.bucket)?;
        let upload = upload(bucket, &call.key, id)?;
        let parts = chosen(upload, &root)?;
        (parts, upload.content_type.clone(), upload.headers.clone())
    };
    let mut whole = BytesMut::with_capacity(parts.iter().map(|part| part.body.len()).sum());
    let mut digests = Vec::new();
    for part in &parts {
        let body = part.body.bytes()?;
        digests.extend_from_slice(&checksum::md5(&body));
        whole.extend_from_slice(&body);
    }
    let etag = format!(
        "\"{}-{}\"",
        checksum::hex(&checksum::md5(&digests)),
        parts.len()
    );
    let whole = Content::new(s3.store(), whole.freeze())?;
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    upload(bucket, &call.key, id)?;
    bucket.remove_upload(id);
    let now = s3.clock.now_ms();
    keep(bucket, &call.key, whole, &etag, kind, headers, now);
    let mut out = document("CompleteMultipartUploadResult");
    out.element(
        "Location",
        &format!("{}/{}/{}", call.ctx.endpoint, call.bucket, call.key),
    );
    out.element("Bucket", &call.bucket);
    out.element("Key", &call.key);
    out.element("ETag", &etag);
    Ok(xml(200, out))
}

/// The parts that a completion names, in its order.
fn chosen(upload: &Upload, root: &xml::Element) -> Result<Vec<Part>, AwsError> {
    let mut parts = Vec::new();
    let mut last = 0;
    for named in root.children("Part") {
        let number: u32 = named
            .text_of("PartNumber")
            .and_then(|text| text.trim().parse().ok())
            .ok_or_else(malformed)?;
        if number <= last {
            return Err(AwsError::new(
                400,
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part number.",
            ));
        }
        last = number;
        let etag = named.text_of("ETag").unwrap_or_default().trim_matches('"');
        let part = upload
            .parts
            .get(&number)
            .filter(|part| part.etag.trim_matches('"') == etag)
            .ok_or_else(|| {
                AwsError::new(
                    400,
                    "InvalidPart",
                    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
                )
            })?;
        parts.push(part.clone());
    }
    let Some((_, all_but_last)) = parts.split_last() else {
        return Err(malformed());
    };
    if all_but_last
        .iter()
        .any(|part| part.body.len() < MIN_PART_BYTES)
    {
        return Err(AwsError::new(
            400,
            "EntityTooSmall",
            "Your proposed upload is smaller than the minimum allowed size",
        ));
    }
    Ok(parts)
}

pub fn abort(s3: &S3, call: &Call<'_>, id: &str) -> Answer {
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    upload(bucket, &call.key, id)?;
    bucket.remove_upload(id);
    Ok(Response::empty(204))
}

pub fn list_parts(s3: &S3, call: &Call<'_>, id: &str) -> Answer {
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    let upload = upload(bucket, &call.key, id)?;
    let mut out = document("ListPartsResult");
    out.element("Bucket", &call.bucket);
    out.element("Key", &call.key);
    out.element("UploadId", id);
    out.element("IsTruncated", "false");
    for (number, part) in &upload.parts {
        out.open("Part");
        out.element("PartNumber", &number.to_string());
        out.element("LastModified", &date(part.modified_ms));
        out.element("ETag", &part.etag);
        out.element("Size", &part.body.len().to_string());
        out.close();
    }
    Ok(xml(200, out))
}

pub fn list_uploads(s3: &S3, call: &Call<'_>) -> Answer {
    let buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    let mut out = document("ListMultipartUploadsResult");
    out.element("Bucket", &call.bucket);
    out.element("IsTruncated", "false");
    for (id, upload) in bucket.uploads() {
        out.open("Upload");
        out.element("Key", &upload.key);
        out.element("UploadId", id);
        out.element("Initiated", &date(upload.started_ms));
        out.close();
    }
    Ok(xml(200, out))
}

fn upload<'a>(
    bucket: &'a super::store::Bucket,
    key: &str,
    id: &str,
) -> Result<&'a Upload, AwsError> {
    bucket
        .uploads()
        .get(id)
        .filter(|upload| upload.key == key)
        .ok_or_else(|| {
            AwsError::new(
                404,
                "NoSuchUpload",
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
            )
            .with("UploadId", id)
        })
}
