//! Tags of buckets and objects, here and in the tagging API.

use super::{
    chunked, document, malformed,
    object::{Object, Tag},
    objects::{bucket_mut, check_version, marker_not_allowed},
    route::{Answer, Call},
    store::{Bucket, S3, no_such_bucket, no_such_key, no_such_version},
    xml,
};
use crate::{
    error::AwsError,
    protocol::xml::{self as document_of, Element, Writer},
    region::after_service,
    request::Response,
    services::Services,
    tagging::{TagSource, Tags},
};
use std::sync::Arc;

const MOST_OF_BUCKET: usize = 50;
const MOST_OF_OBJECT: usize = 10;

pub fn get_bucket(s3: &S3, call: &Call<'_>) -> Answer {
    let buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    if bucket.tag_set.is_empty() {
        return Err(
            AwsError::new(404, "NoSuchTagSet", "The TagSet does not exist")
                .with("BucketName", call.bucket.clone()),
        );
    }
    Ok(xml(200, written(&bucket.tag_set)))
}

pub fn put_bucket(s3: &S3, call: &Call<'_>) -> Answer {
    let tags = of_body(
        call,
        MOST_OF_BUCKET,
        "System tags cannot be added/updated by requester",
    )?;
    change_bucket(s3, call, tags)
}

pub fn delete_bucket(s3: &S3, call: &Call<'_>) -> Answer {
    change_bucket(s3, call, Vec::new())
}

fn change_bucket(s3: &S3, call: &Call<'_>, tags: Vec<Tag>) -> Answer {
    let mut buckets = s3.buckets();
    buckets.touch(&call.bucket);
    bucket_mut(&mut buckets, &call.bucket)?.tag_set = tags;
    Ok(Response::empty(204))
}

pub fn get_object(s3: &S3, call: &Call<'_>) -> Answer {
    let told = with_object(s3, call, |object| xml(200, written(&object.meta.tags)));
    told.map_err(|error| match error.code.as_str() {
        // Here alone AWS tells the bucket with the key.
        "NoSuchKey" => error.with("Key", format!("{}/{}", call.bucket, call.key)),
        _ => error,
    })
}

pub fn put_object(s3: &S3, call: &Call<'_>) -> Answer {
    let tags = of_body(
        call,
        MOST_OF_OBJECT,
        "Your TagKey cannot be prefixed with aws:",
    )?;
    with_object(s3, call, |object| {
        object.meta.tags = tags;
        Response::empty(200)
    })
}

pub fn delete_object(s3: &S3, call: &Call<'_>) -> Answer {
    with_object(s3, call, |object| {
        object.meta.tags = Vec::new();
        Response::empty(204)
    })
}

fn with_object(s3: &S3, call: &Call<'_>, work: impl FnOnce(&mut Object) -> Response) -> Answer {
    let mut buckets = s3.buckets();
    let bucket = bucket_mut(&mut buckets, &call.bucket)?;
    let version = call.version();
    if let Some(id) = version {
        check_version(bucket, id)?;
    }
    let has_versions = bucket.versioning.is_some();
    let found = bucket.version_mut(&call.key, version);
    let object = found.ok_or_else(|| match version {
        Some(id) => no_such_version(&call.key, id),
        None => no_such_key(&call.key),
    })?;
    if object.is_marker() {
        return Err(marker_not_allowed(call));
    }
    let response = work(object);
    if has_versions {
        return Ok(response.with_header("x-amz-version-id", object.id()));
    }
    Ok(response)
}

fn written(tags: &[Tag]) -> Writer {
    let mut out = document("Tagging");
    out.open("TagSet");
    let mut sorted: Vec<&Tag> = tags.iter().collect();
    sorted.sort_by(|one, other| one.key.cmp(&other.key));
    for tag in sorted {
        out.open("Tag");
        out.element("Key", &tag.key);
        out.element("Value", &tag.value);
        out.close();
    }
    out.close();
    out
}

/// The tags in a request's body.
fn of_body(call: &Call<'_>, most: usize, reserved: &str) -> Result<Vec<Tag>, AwsError> {
    let body = chunked::content(call.request)?.body;
    let root = document_of::parse(&body).map_err(|_| malformed())?;
    let set = root.child("TagSet").ok_or_else(malformed)?;
    of_elements(set.children("Tag"), most, reserved)
}

/// The tags in elements.
///
/// # Errors
/// `MalformedXML`, `InvalidTag` or `BadRequest`.
pub fn of_elements<'a>(
    elements: impl Iterator<Item = &'a Element>,
    most: usize,
    reserved: &str,
) -> Result<Vec<Tag>, AwsError> {
    let mut tags: Vec<Tag> = Vec::new();
    for element in elements {
        let text = |name| element.text_of(name).map(str::to_owned);
        let (Some(key), Some(value)) = (text("Key"), text("Value")) else {
            return Err(malformed());
        };
        check(&key, &value, reserved)?;
        if tags.iter().any(|tag| tag.key == key) {
            return Err(
                invalid("Cannot provide multiple Tags with the same key").with("TagKey", key)
            );
        }
        tags.push(Tag { key, value });
    }
    if tags.len() > most {
        let kind = if most == MOST_OF_OBJECT {
            "Object"
        } else {
            "Bucket"
        };
        return Err(AwsError::new(
            400,
            "BadRequest",
            format!("{kind} tags cannot be greater than {most}"),
        ));
    }
    Ok(tags)
}

fn check(key: &str, value: &str, reserved: &str) -> Result<(), AwsError> {
    let is_plain = |text: &str| {
        text.chars()
            .all(|c| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c))
    };
    if key.is_empty() || key.chars().count() > 128 || !is_plain(key) {
        return Err(invalid("The TagKey you have provided is invalid").with("TagKey", key));
    }
    if key.starts_with("aws:") {
        return Err(invalid(reserved).with("TagKey", key));
    }
    if value.chars().count() > 256 || !is_plain(value) {
        return Err(invalid("The TagValue you have provided is invalid")
            .with("TagKey", key)
            .with("TagValue", value));
    }
    Ok(())
}

fn invalid(message: &str) -> AwsError {
    AwsError::new(400, "InvalidTag", message)
}

/// The tags of `x-amz-tagging`: as a query is written.
///
/// # Errors
/// `InvalidArgument`.
pub fn of_header(text: &str) -> Result<Vec<Tag>, AwsError> {
    let malformed = || {
        super::invalid_argument(
            "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
            "x-amz-tagging",
            text,
        )
    };
    let mut tags: Vec<Tag> = Vec::new();
    for (key, value) in form_urlencoded::parse(text.as_bytes()).into_owned() {
        if key.is_empty() || tags.iter().any(|tag| tag.key == key) {
            return Err(malformed());
        }
        if check(&key, &value, "").is_err() {
            return Err(malformed());
        }
        tags.push(Tag { key, value });
    }
    if tags.len() > MOST_OF_OBJECT {
        return Err(AwsError::new(
            400,
            "BadRequest",
            format!("Object tags cannot be greater than {MOST_OF_OBJECT}"),
        ));
    }
    Ok(tags)
}

/// The tags in a document that was kept.
pub fn of_kept(document: &str) -> Vec<Tag> {
    let root = document_of::parse(document.as_bytes()).unwrap_or_default();
    let set = root.child("TagSet");
    let tags = set.into_iter().flat_map(|set| set.children("Tag"));
    tags.filter_map(|tag| {
        Some(Tag {
            key: tag.text_of("Key")?.to_owned(),
            value: tag.text_of("Value").unwrap_or_default().to_owned(),
        })
    })
    .collect()
}

/// Buckets as the tagging API sees them: those of its region.
struct Buckets {
    s3: Arc<S3>,
    region: String,
}

/// Lends the buckets of a region.
pub fn lend(services: &Services, region: &str) -> Arc<dyn TagSource> {
    Arc::new(Buckets {
        s3: services.global::<S3>(),
        region: region.to_owned(),
    })
}

/// The bucket that an ARN means.
fn named(arn: &str) -> Option<&str> {
    let name = after_service(arn, "s3")?.strip_prefix("::")?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

impl Buckets {
    fn change(&self, arn: &str, work: impl FnOnce(&mut Bucket)) -> Result<(), AwsError> {
        let name = named(arn).unwrap_or_default();
        let mut buckets = self.s3.buckets();
        buckets.touch(name);
        work(bucket_mut(&mut buckets, name)?);
        Ok(())
    }
}

impl TagSource for Buckets {
    fn tagged(&self) -> Vec<(String, Tags)> {
        let buckets = self.s3.buckets();
        let here = buckets
            .iter()
            .filter(|(_, bucket)| bucket.region == self.region);
        here.map(|(name, bucket)| {
            let tags = bucket.tag_set.iter();
            let tags = tags.map(|tag| (tag.key.clone(), tag.value.clone()));
            (super::buckets::arn(bucket, name), tags.collect())
        })
        .collect()
    }

    fn owns(&self, arn: &str) -> bool {
        named(arn).is_some()
    }

    fn set_tags(&self, arn: &str, tags: Tags) -> Result<(), AwsError> {
        for (key, value) in &tags {
            check(
                key,
                value,
                "System tags cannot be added/updated by requester",
            )?;
        }
        self.change(arn, |bucket| {
            bucket.tag_set.retain(|tag| !tags.contains_key(&tag.key));
            let new = tags.into_iter();
            bucket
                .tag_set
                .extend(new.map(|(key, value)| Tag { key, value }));
        })
    }

    fn remove_tags(&self, arn: &str, keys: &[&str]) -> Result<(), AwsError> {
        self.change(arn, |bucket| {
            bucket
                .tag_set
                .retain(|tag| !keys.contains(&tag.key.as_str()));
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_header_s_tags_are_a_query_s_without_duplicates() {
        let tags = of_header("a=1&b%20c=x+y&d").unwrap();
        let pairs: Vec<_> = tags
            .iter()
            .map(|t| (t.key.as_str(), t.value.as_str()))
            .collect();
        assert_eq!(pairs, [("a", "1"), ("b c", "x y"), ("d", "")]);
        for wrong in ["a=1&a=2", "=x", "key1=val1,key2=val2"] {
            assert_eq!(
                of_header(wrong).unwrap_err().code,
                "InvalidArgument",
                "{wrong}"
            );
        }
    }
}
