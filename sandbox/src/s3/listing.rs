//! ListObjects in both versions.

use super::{
    date, document, invalid_argument,
    route::{Answer, Call},
    store::{Object, S3, no_such_bucket},
    xml,
};
use crate::{error::AwsError, protocol::xml::Writer};
use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;

/// The most keys in a page.
const MAX_KEYS: usize = 1000;

/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'/')
    .remove(b'*');

/// One page of a bucket.
struct Page<'a> {
    contents: Vec<(&'a String, &'a Object)>,
    prefixes: Vec<String>,
    /// Where the next page begins.
    next: Option<String>,
}

pub fn list_v2(s3: &S3, call: &Call<'_>) -> Answer {
    let buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    let token = call.query("continuation-token");
    let after = match token {
        Some(token) => decode(token)?,
        None => call.query("start-after").unwrap_or_default().to_owned(),
    };
    let max = max_keys(call)?;
    let page = page(bucket.objects(), call, &after, max);
    let mut out = document("ListBucketResult");
    heading(&mut out, call, max);
    out.element(
        "KeyCount",
        &(page.contents.len() + page.prefixes.len()).to_string(),
    );
    out.element(
        "IsTruncated",
        if page.next.is_some() { "true" } else { "false" },
    );
    if let Some(token) = token {
        out.element("ContinuationToken", token);
    }
    if let Some(after) = call.query("start-after") {
        out.element("StartAfter", &encoded(call, after));
    }
    if let Some(next) = &page.next {
        out.element("NextContinuationToken", &BASE64_STANDARD.encode(next));
    }
    rows(&mut out, call, &page);
    Ok(xml(200, out))
}

pub fn list_v1(s3: &S3, call: &Call<'_>) -> Answer {
    let buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    let marker = call.query("marker").unwrap_or_default();
    let max = max_keys(call)?;
    let page = page(bucket.objects(), call, marker, max);
    let mut out = document("ListBucketResult");
    heading(&mut out, call, max);
    out.element("Marker", &encoded(call, marker));
    out.element(
        "IsTruncated",
        if page.next.is_some() { "true" } else { "false" },
    );
    if let Some(next) = &page.next {
        out.element("NextMarker", &encoded(call, next));
    }
    rows(&mut out, call, &page);
    Ok(xml(200, out))
}

fn page<'a>(
    objects: &'a BTreeMap<String, Object>,
    call: &Call<'_>,
    after: &str,
    max: usize,
) -> Page<'a> {
    let prefix = call.query("prefix").unwrap_or_default();
    let delimiter = call.query("delimiter").filter(|text| !text.is_empty());
    let mut page = Page {
        contents: Vec::new(),
        prefixes: Vec::new(),
        next: None,
    };
    let mut last = String::new();
    for (key, object) in objects.range(prefix.to_owned()..) {
        let Some(rest) = key.strip_prefix(prefix) else {
            break;
        };
        let common = delimiter
            .and_then(|delimiter| rest.find(delimiter).map(|at| at + delimiter.len()))
            .map(|end| key[..prefix.len() + end].to_owned());
        let mark = common.as_ref().unwrap_or(key);
        // A prefix that an earlier page ended with stands for all keys below it.
        if mark.as_str() <= after || (common.is_some() && page.prefixes.last() == common.as_ref()) {
            continue;
        }
        if page.contents.len() + page.prefixes.len() >= max {
            page.next = (max > 0).then_some(last);
            break;
        }
        last.clone_from(mark);
        match common {
            Some(common) => page.prefixes.push(common),
            None => page.contents.push((key, object)),
        }
    }
    page
}

fn heading(out: &mut Writer, call: &Call<'_>, max: usize) {
    out.element("Name", &call.bucket);
    out.element(
        "Prefix",
        &encoded(call, call.query("prefix").unwrap_or_default()),
    );
    if let Some(delimiter) = call.query("delimiter") {
        out.element("Delimiter", &encoded(call, delimiter));
    }
    out.element("MaxKeys", &max.to_string());
    if call.query("encoding-type") == Some("url") {
        out.element("EncodingType", "url");
    }
}

fn rows(out: &mut Writer, call: &Call<'_>, page: &Page<'_>) {
    for (key, object) in &page.contents {
        out.open("Contents");
        out.element("Key", &encoded(call, key));
        out.element("LastModified", &date(object.modified_ms));
        out.element("ETag", &object.etag);
        out.element("Size", &object.body.len().to_string());
        out.element("StorageClass", "STANDARD");
        out.close();
    }
    for prefix in &page.prefixes {
        out.open("CommonPrefixes");
        out.element("Prefix", &encoded(call, prefix));
        out.close();
    }
}

fn encoded(call: &Call<'_>, text: &str) -> String {
    if call.query("encoding-type") == Some("url") {
        utf8_percent_encode(text, PLAIN).to_string()
    } else {
        text.to_owned()
    }
}

fn max_keys(call: &Call<'_>) -> Result<usize, AwsError> {
    let Some(text) = call.query("max-keys") else {
        return Ok(MAX_KEYS);
    };
    text.parse::<usize>()
        .map(|number| number.min(MAX_KEYS))
        .map_err(|_| {
            invalid_argument(
                "Provided max-keys not an integer or within integer range",
                "max-keys",
                text,
            )
        })
}

fn decode(token: &str) -> Result<String, AwsError> {
    BASE64_STANDARD
        .decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            invalid_argument(
                "The continuation token provided is incorrect",
                "continuation-token",
                token,
            )
        })
}
