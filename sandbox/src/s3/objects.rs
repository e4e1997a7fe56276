//! Objects are put, read, copied and deleted.

use super::{
    checksum, chunked,
    content::Content,
    date, document, malformed,
    route::{Answer, Call},
    store::{Bucket, Object, S3, no_such_bucket, no_such_key},
    xml,
};
use crate::{
    error::AwsError,
    protocol::{time, xml},
    request::{Body, Request, Response},
};
use percent_encoding::percent_decode_str;

/// Headers that are stored with an object and come back with it.
const STORED: [&str; 5] = [
    "cache-control",
    "content-disposition",
    "content-language",
    "expires",
    "x-amz-website-redirect-location",
];

pub fn put(s3: &S3, call: &Call<'_>) -> Answer {
    let content = chunked::content(call.request)?;
    let checksums = checksum::verified(call.request, &content.trailers, &content.body)?;
    let etag = checksum::etag(&content.body);
    let body = Content::new(s3.store(), content.body)?;
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    check_write(call.request, bucket.objects().get(&call.key))?;
    let mut headers = stored_headers(call.request);
    headers.extend(checksums.iter().cloned());
    let object = Object {
        body,
        etag: etag.clone(),
        modified_ms: s3.clock.now_ms(),
        content_type: content_type(call.request),
        headers,
    };
    bucket.put_object(&call.key, object);
    let mut response = Response::empty(200).with_header("etag", etag);
    response.headers.extend(checksums);
    Ok(response)
}

pub fn get(s3: &S3, call: &Call<'_>) -> Answer {
    let object = find(s3, &call.bucket, &call.key)?;
    if let Some(answer) = not_this_one(call.request, &object)? {
        return Ok(answer);
    }
    let total = object.body.len();
    let range = call
        .request
        .header("range")
        .map(|text| range(text, total))
        .transpose()?;
    let whole = object.body.bytes()?;
    let (status, body) = match range.flatten() {
        Some((first, last)) => (206, whole.slice(first..=last)),
        None => (200, whole),
    };
    let mut response = Response {
        status,
        headers: object_headers(&object),
        body: Body::Full(body),
    };
    if let Some((first, last)) = range.flatten() {
        response = response.with_header("content-range", format!("bytes {first}-{last}/{total}"));
    }
    let wants_checksums =
        call.request.header("x-amz-checksum-mode") == Some("ENABLED") && status == 200;
    if !wants_checksums {
        response
            .headers
            .retain(|(name, _)| !name.starts_with("x-amz-checksum-"));
    }
    for (parameter, header) in [
        ("response-content-type", "content-type"),
        ("response-content-disposition", "content-disposition"),
        ("response-cache-control", "cache-control"),
    ] {
        if let Some(value) = call.query(parameter) {
            response.headers.retain(|(name, _)| name != header);
            response = response.with_header(header, value);
        }
    }
    Ok(response)
}

pub fn delete(s3: &S3, call: &Call<'_>) -> Answer {
    let mut buckets = s3.buckets();
    // As in AWS: deleting what is not there succeeds.
    bucket_mut(&mut buckets, &call.bucket)?.remove_object(&call.key);
    Ok(Response::empty(204))
}

pub fn delete_many(s3: &S3, call: &Call<'_>) -> Answer {
    let content = chunked::content(call.request)?;
    checksum::verified(call.request, &content.trailers, &content.body)?;
    let root = xml::parse(&content.body).map_err(|_| malformed())?;
    let quiet = root.text_of("Quiet") == Some("true");
    let keys: Vec<&str> = root
        .children("Object")
        .filter_map(|object| object.text_of("Key"))
        .collect();
    if keys.is_empty() || keys.len() > 1000 {
        return Err(malformed());
    }
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    let mut out = document("DeleteResult");
    for key in keys {
        bucket.remove_object(key);
        if !quiet {
            out.open("Deleted");
            out.element("Key", key);
            out.close();
        }
    }
    Ok(xml(200, out))
}

pub fn copy(s3: &S3, call: &Call<'_>) -> Answer {
    let source = call.request.header("x-amz-copy-source").unwrap_or_default();
    let source = percent_decode_str(source).decode_utf8_lossy().into_owned();
    let source = source.split("?versionId=").next().unwrap_or_default();
    let (bucket, key) = source
        .trim_start_matches('/')
        .split_once('/')
        .ok_or_else(|| {
            super::invalid_argument(
                "Copy Source must mention the source bucket and key",
                "x-amz-copy-source",
                source,
            )
        })?;
    let mut object = find(s3, bucket, key)?;
    object.modified_ms = s3.clock.now_ms();
    if call.request.header("x-amz-metadata-directive") == Some("REPLACE") {
        object.content_type = content_type(call.request);
        object.headers = stored_headers(call.request);
    }
    let mut out = document("CopyObjectResult");
    out.element("LastModified", &date(object.modified_ms));
    out.element("ETag", &object.etag);
    let mut buckets = s3.buckets();
    bucket_mut(&mut buckets, &call.bucket)?.put_object(&call.key, object);
    Ok(xml(200, out))
}

/// A bucket by its name.
pub fn bucket_mut<'a>(
    buckets: &'a mut std::collections::BTreeMap<String, Bucket>,
    name: &str,
) -> Result<&'a mut Bucket, AwsError> {
    buckets.get_mut(name).ok_or_else(|| no_such_bucket(name))
}

/// Headers of a request that are stored with an object.
pub fn stored_headers(request: &Request) -> Vec<(String, String)> {
    let mut kept: Vec<(String, String)> = request
        .headers
        .iter()
        .filter(|(name, _)| {
            name.as_str().starts_with("x-amz-meta-") || STORED.contains(&name.as_str())
        })
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect();
    let encoding: Vec<&str> = request
        .header("content-encoding")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty() && *part != "aws-chunked")
        .collect();
    if !encoding.is_empty() {
        kept.push(("content-encoding".into(), encoding.join(",")));
    }
    kept
}

/// The content type of a request's object.
pub fn content_type(request: &Request) -> String {
    request
        .header("content-type")
        .filter(|text| !text.is_empty())
        .unwrap_or("binary/octet-stream")
        .to_owned()
}

fn find(s3: &S3, bucket: &str, key: &str) -> Result<Object, AwsError> {
    let buckets = s3.buckets();
    let bucket = buckets.get(bucket).ok_or_else(|| no_such_bucket(bucket))?;
    bucket
        .objects()
        .get(key)
        .cloned()
        .ok_or_else(|| no_such_key(key))
}

fn object_headers(object: &Object) -> Vec<(String, String)> {
    let mut headers = vec![
        ("content-type".to_owned(), object.content_type.clone()),
        ("etag".to_owned(), object.etag.clone()),
        (
            "last-modified".to_owned(),
            time::http_date(object.modified_ms as f64 / 1000.0),
        ),
        ("accept-ranges".to_owned(), "bytes".to_owned()),
    ];
    headers.extend(object.headers.iter().cloned());
    headers
}

/// Conditions on writing.
fn check_write(request: &Request, present: Option<&Object>) -> Result<(), AwsError> {
    let unless = request.header("if-none-match") == Some("*") && present.is_some();
    let only = request.header("if-match").is_some_and(|etag| {
        present.is_none_or(|object| object.etag.trim_matches('"') != etag.trim_matches('"'))
    });
    if unless || only {
        return Err(precondition_failed(if unless {
            "If-None-Match"
        } else {
            "If-Match"
        }));
    }
    Ok(())
}

/// Conditions on reading: an answer when the object is not wanted.
fn not_this_one(request: &Request, object: &Object) -> Result<Option<Response>, AwsError> {
    let is = |etag: &str| etag == "*" || etag.trim_matches('"') == object.etag.trim_matches('"');
    if request.header("if-match").is_some_and(|etag| !is(etag)) {
        return Err(precondition_failed("If-Match"));
    }
    if request.header("if-none-match").is_some_and(is) {
        return Ok(Some(
            Response::empty(304).with_header("etag", object.etag.clone()),
        ));
    }
    Ok(None)
}

fn precondition_failed(condition: &str) -> AwsError {
    AwsError::new(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    )
    .with("Condition", condition)
}

/// The first and the last byte of a range; none for a text that is no range of bytes, which is then ignored.
fn range(text: &str, total: usize) -> Result<Option<(usize, usize)>, AwsError> {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Ok(None);
    };
    let span = match (first.parse::<usize>(), last.parse::<usize>()) {
        (Ok(first), Ok(last)) if first <= last => Some((first, last.min(total.saturating_sub(1)))),
        (Ok(first), Err(_)) if last.is_empty() => Some((first, total.saturating_sub(1))),
        (Err(_), Ok(suffix)) if first.is_empty() && suffix > 0 => {
            Some((total.saturating_sub(suffix), total.saturating_sub(1)))
        }
        _ => return Ok(None),
    };
    match span {
        Some((first, last)) if first < total => Ok(Some((first, last))),
        _ => Err(AwsError::new(
            416,
            "InvalidRange",
            "The requested range is not satisfiable",
        )
        .with("RangeRequested", text)
        .with("ActualObjectSize", total.to_string())),
    }
}

/// Keeps an object that was put together from parts.
pub fn keep(
    bucket: &mut Bucket,
    key: &str,
    body: Content,
    etag: &str,
    content_type: String,
    headers: Vec<(String, String)>,
    modified_ms: i64,
) {
    bucket.put_object(
        key,
        Object {
            body,
            etag: etag.to_owned(),
            modified_ms,
            content_type,
            headers,
        },
    );
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_range_is_cut_to_what_is_there() {
        assert_eq!(range("bytes=0-3", 10).unwrap(), Some((0, 3)));
        assert_eq!(range("bytes=4-", 10).unwrap(), Some((4, 9)));
        assert_eq!(range("bytes=-3", 10).unwrap(), Some((7, 9)));
        assert_eq!(range("bytes=-30", 10).unwrap(), Some((0, 9)));
        assert_eq!(range("bytes=5-99", 10).unwrap(), Some((5, 9)));
        assert_eq!(range("lines=1-2", 10).unwrap(), None);
        assert_eq!(range("bytes=10-", 10).unwrap_err().status, 416);
        assert_eq!(range("bytes=0-0", 0).unwrap_err().status, 416);
    }
}
