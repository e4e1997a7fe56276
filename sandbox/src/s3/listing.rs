//! Lists: objects in both versions of the call, versions of objects, uploads.

use super::{
    checksum, date, document, invalid_argument, multipart,
    object::Object,
    objects::bucket_mut,
    page::{self, Asked, Last, Page},
    route::{Answer, Call},
    store::{Bucket, S3, Upload, no_such_bucket},
    xml,
};
use crate::protocol::xml::Writer;
use std::ops::Bound;

pub fn v2(s3: &S3, call: &Call<'_>) -> Answer {
    let asked = Asked::of(call, "max-keys")?;
    let token = call.query("continuation-token");
    let after = match token {
        Some(token) => page::end_of(token)?,
        None => call.query("start-after").unwrap_or_default().to_owned(),
    };
    let buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    let page = current(bucket, &asked, &after);
    let mut out = document("ListBucketResult");
    out.element("Name", &call.bucket);
    out.element("Prefix", &asked.encoded(asked.prefix));
    match (token, call.query("start-after")) {
        (Some(token), _) => out.element("ContinuationToken", token),
        (None, Some(after)) => out.element("StartAfter", &asked.encoded(after)),
        (None, None) => {}
    }
    if page.is_truncated {
        let next = page::token(page.end());
        out.element("NextContinuationToken", &next);
    }
    out.element("KeyCount", &page.len().to_string());
    ending(&mut out, call, &asked, page.is_truncated, "MaxKeys");
    let with_owner = call.query("fetch-owner") == Some("true");
    for (key, object) in &page.rows {
        contents(&mut out, call, &asked, key, object, with_owner);
    }
    prefixes(&mut out, &asked, &page.prefixes);
    Ok(xml(200, out))
}

pub fn v1(s3: &S3, call: &Call<'_>) -> Answer {
    let asked = Asked::of(call, "max-keys")?;
    let marker = call.query("marker").unwrap_or_default();
    let buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    let page = current(bucket, &asked, marker);
    let mut out = document("ListBucketResult");
    out.element("Name", &call.bucket);
    out.element("Prefix", &asked.encoded(asked.prefix));
    out.element("Marker", &asked.encoded(marker));
    // Without a delimiter the last key says it.
    if page.is_truncated && asked.delimiter.is_some() {
        out.element("NextMarker", &asked.encoded(page.end()));
    }
    ending(&mut out, call, &asked, page.is_truncated, "MaxKeys");
    for (key, object) in &page.rows {
        contents(&mut out, call, &asked, key, object, true);
    }
    prefixes(&mut out, &asked, &page.prefixes);
    Ok(xml(200, out))
}

pub fn versions(s3: &S3, call: &Call<'_>) -> Answer {
    let asked = Asked::of(call, "max-keys")?;
    let key_marker = call.query("key-marker").unwrap_or_default();
    let marker = call.query("version-id-marker").filter(|id| !id.is_empty());
    if let (Some(id), true) = (marker, key_marker.is_empty()) {
        return Err(invalid_argument(
            "A version-id marker cannot be specified without a key marker.",
            "version-id-marker",
            id,
        ));
    }
    let buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    // Each version, the newest first; whether it is that; how many are newer.
    let rows = bucket.objects().iter().flat_map(|(key, versions)| {
        let newest = versions.0.iter().rev().enumerate();
        newest.map(move |(newer, object)| (key.as_str(), (newer, object)))
    });
    let told = marker.and_then(|id| {
        let versions = bucket.objects().get(key_marker)?;
        versions.0.iter().rev().position(|object| object.id() == id)
    });
    let page = asked.page(rows, |key, row| match (row, marker) {
        (Some((newer, object)), Some(id)) if key == key_marker => match told {
            Some(told) => *newer <= told,
            // The one that the last page ended with is gone; ids of newer ones come later.
            None => object.id() >= id,
        },
        _ => key <= key_marker && !key_marker.is_empty(),
    });
    let mut out = document("ListVersionsResult");
    out.element("Name", &call.bucket);
    out.element("Prefix", &asked.encoded(asked.prefix));
    out.element("KeyMarker", &asked.encoded(key_marker));
    out.element("VersionIdMarker", marker.unwrap_or_default());
    if page.is_truncated {
        out.element("NextKeyMarker", &asked.encoded(page.end()));
        if let (Last::Row, Some((_, (_, object)))) = (&page.last, page.rows.last()) {
            out.element("NextVersionIdMarker", object.id());
        }
    }
    ending(&mut out, call, &asked, page.is_truncated, "MaxKeys");
    for (key, (newer, object)) in &page.rows {
        out.open(if object.is_marker() {
            "DeleteMarker"
        } else {
            "Version"
        });
        out.element("Key", &asked.encoded(key));
        out.element("VersionId", object.id());
        out.element("IsLatest", if *newer == 0 { "true" } else { "false" });
        out.element("LastModified", &date(object.modified_ms));
        if !object.is_marker() {
            figures(&mut out, object);
        }
        owner(&mut out, call);
        if !object.is_marker() {
            out.element("StorageClass", object.meta.class());
        }
        out.close();
    }
    prefixes(&mut out, &asked, &page.prefixes);
    Ok(xml(200, out))
}

pub fn uploads(s3: &S3, call: &Call<'_>) -> Answer {
    let asked = Asked::of(call, "max-uploads")?;
    let key_marker = call.query("key-marker").unwrap_or_default();
    // Alone it says nothing.
    let marker = call
        .query("upload-id-marker")
        .filter(|id| !id.is_empty() && !key_marker.is_empty());
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    if let Some(id) = marker
        && bucket
            .uploads()
            .get(id)
            .is_none_or(|upload| upload.key != key_marker)
    {
        return Err(invalid_argument(
            "Invalid uploadId marker",
            "upload-id-marker",
            id,
        ));
    }
    let mut all: Vec<(&str, (&String, &Upload))> = bucket
        .uploads()
        .iter()
        .map(|(id, upload)| (upload.key.as_str(), (id, upload)))
        .collect();
    all.sort_by_key(|(key, (id, _))| (*key, *id));
    let page = asked.page(all.into_iter(), |key, row| match (row, marker) {
        (Some((id, _)), Some(marker)) if key == key_marker => id.as_str() <= marker,
        _ => key <= key_marker && !key_marker.is_empty(),
    });
    let last = page.rows.last().filter(|_| page.last == Last::Row);
    let mut out = document("ListMultipartUploadsResult");
    out.element("Bucket", &call.bucket);
    out.element("KeyMarker", &asked.encoded(key_marker));
    out.element("UploadIdMarker", marker.unwrap_or_default());
    out.element(
        "NextKeyMarker",
        &last.map_or(String::new(), |(key, _)| asked.encoded(key)),
    );
    out.element(
        "NextUploadIdMarker",
        last.map_or("", |(_, (id, _))| id.as_str()),
    );
    if call.has("prefix") {
        out.element("Prefix", &asked.encoded(asked.prefix));
    }
    ending(&mut out, call, &asked, page.is_truncated, "MaxUploads");
    for (key, (id, upload)) in &page.rows {
        out.open("Upload");
        out.element("Key", &asked.encoded(key));
        out.element("UploadId", id);
        multipart::people(&mut out, call);
        out.element("StorageClass", upload.meta.class());
        out.element("Initiated", &date(upload.started_ms));
        if let Some((algorithm, is_composite)) = upload.checksum {
            out.element("ChecksumAlgorithm", algorithm.name());
            out.element("ChecksumType", checksum::kind(is_composite));
        }
        out.close();
    }
    prefixes(&mut out, &asked, &page.prefixes);
    Ok(xml(200, out))
}

/// The newest versions that are there.
fn current<'a>(bucket: &'a Bucket, asked: &Asked<'_>, after: &str) -> Page<'a, &'a Object> {
    let start = asked.prefix.max(after);
    let rows = bucket
        .objects()
        .range::<str, _>((Bound::Included(start), Bound::Unbounded))
        .take_while(|(key, _)| key.as_str() < asked.prefix || key.starts_with(asked.prefix))
        .filter_map(|(key, versions)| Some((key.as_str(), versions.current()?)));
    asked.page(rows, |key, _| key <= after && !after.is_empty())
}

/// What every list says of itself before its rows.
fn ending(out: &mut Writer, call: &Call<'_>, asked: &Asked<'_>, is_truncated: bool, most: &str) {
    out.element(most, &asked.most.to_string());
    if let Some(delimiter) = call.query("delimiter").filter(|text| !text.is_empty()) {
        out.element("Delimiter", &asked.encoded(delimiter));
    }
    if asked.is_encoded() {
        out.element("EncodingType", "url");
    }
    out.element("IsTruncated", if is_truncated { "true" } else { "false" });
}

fn contents(
    out: &mut Writer,
    call: &Call<'_>,
    asked: &Asked<'_>,
    key: &str,
    object: &Object,
    with_owner: bool,
) {
    out.open("Contents");
    out.element("Key", &asked.encoded(key));
    out.element("LastModified", &date(object.modified_ms));
    figures(out, object);
    if with_owner {
        owner(out, call);
    }
    out.element("StorageClass", object.meta.class());
    out.close();
}

fn figures(out: &mut Writer, object: &Object) {
    out.element("ETag", &object.etag);
    if let Some(sum) = &object.checksum {
        out.element("ChecksumAlgorithm", sum.algorithm.name());
        out.element("ChecksumType", sum.kind());
    }
    out.element("Size", &object.size().to_string());
}

fn owner(out: &mut Writer, call: &Call<'_>) {
    out.open("Owner");
    out.element("ID", &call.owner());
    out.close();
}

fn prefixes(out: &mut Writer, asked: &Asked<'_>, all: &[String]) {
    for prefix in all {
        out.open("CommonPrefixes");
        out.element("Prefix", &asked.encoded(prefix));
        out.close();
    }
}
