//! GetObjectAttributes: what is known of an object without its content.

use super::{
    document, invalid_argument,
    object::Object,
    objects::{Found, find, version_told},
    page::part_number,
    route::{Answer, Call},
    store::S3,
    xml,
};
use crate::{
    error::AwsError,
    protocol::{time, xml::Writer},
};

pub fn get(s3: &S3, call: &Call<'_>) -> Answer {
    let object = match find(s3, call, &call.bucket, &call.key, call.version())? {
        Found::Object(object) => object,
        Found::Marker(answer) => return Ok(answer),
    };
    let asked: Vec<&str> = call
        .request
        .headers
        .get_all("x-amz-object-attributes")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if asked.is_empty() {
        return Err(invalid_argument(
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
            "x-amz-object-attributes",
            "",
        ));
    }
    let known = [
        "ETag",
        "Checksum",
        "ObjectParts",
        "StorageClass",
        "ObjectSize",
    ];
    if let Some(other) = asked.iter().find(|name| !known.contains(name)) {
        return Err(invalid_argument(
            "Invalid attribute name specified.",
            "x-amz-object-attributes",
            other,
        ));
    }
    let mut out = document("GetObjectAttributesResponse");
    if asked.contains(&"ETag") {
        out.element("ETag", object.etag.trim_matches('"'));
    }
    if asked.contains(&"Checksum")
        && let Some(sum) = &object.checksum
    {
        let value = sum
            .value
            .split_once('-')
            .map_or(sum.value.as_str(), |(value, _)| value);
        out.open("Checksum");
        out.element(&sum.algorithm.element(), value);
        out.element("ChecksumType", sum.kind());
        out.close();
    }
    if asked.contains(&"ObjectParts") && !object.parts.is_empty() {
        parts(&mut out, call, &object)?;
    }
    if asked.contains(&"StorageClass") {
        out.element("StorageClass", object.meta.class());
    }
    if asked.contains(&"ObjectSize") {
        out.element("ObjectSize", &object.size().to_string());
    }
    let mut response = xml(200, out).with_header(
        "last-modified",
        time::http_date(object.modified_ms as f64 / 1000.0),
    );
    if let Some(id) = version_told(s3, &call.bucket, &object) {
        response = response.with_header("x-amz-version-id", id);
    }
    Ok(response)
}

/// A part is told only if it has a checksum of its own in what the whole's is made of.
fn parts(out: &mut Writer, call: &Call<'_>, object: &Object) -> Result<(), AwsError> {
    out.open("ObjectParts");
    out.element("PartsCount", &object.parts.len().to_string());
    if object.checksum.as_ref().is_some_and(|sum| sum.is_composite) {
        let number = |name, usual| part_number(name, call.header(name), usual);
        let most = number("x-amz-max-parts", 1000)?.min(1000);
        let after = number("x-amz-part-number-marker", 0)?;
        let rest = || {
            object
                .parts
                .iter()
                .filter(|part| part.number as usize > after)
        };
        let last = rest().take(most).last().map_or(0, |part| part.number);
        out.element("PartNumberMarker", &after.to_string());
        out.element("NextPartNumberMarker", &last.to_string());
        out.element("MaxParts", &most.to_string());
        out.element(
            "IsTruncated",
            if rest().count() > most {
                "true"
            } else {
                "false"
            },
        );
        for part in rest().take(most) {
            out.open("Part");
            if let Some(sum) = &part.checksum {
                out.element(&sum.algorithm.element(), &sum.value);
            }
            out.element("PartNumber", &part.number.to_string());
            out.element("Size", &part.size.to_string());
            out.close();
        }
    }
    out.close();
    Ok(())
}
