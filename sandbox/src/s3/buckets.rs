//! Buckets are created, listed and deleted.

use super::{
    date, document, malformed,
    route::{Answer, Call},
    store::{Bucket, S3, no_such_bucket},
    xml,
};
use crate::{
    error::AwsError,
    protocol::xml,
    request::{DEFAULT_REGION, Response},
};

pub fn list(s3: &S3, call: &Call<'_>) -> Answer {
    let mut out = document("ListAllMyBucketsResult");
    out.open("Owner");
    out.element("ID", &call.ctx.account);
    out.close();
    out.open("Buckets");
    for (name, bucket) in s3.buckets().iter() {
        out.open("Bucket");
        out.element("Name", name);
        out.element("CreationDate", &date(bucket.created_ms));
        out.element("BucketRegion", &bucket.region);
        out.close();
    }
    out.close();
    Ok(xml(200, out))
}

pub fn create(s3: &S3, call: &Call<'_>) -> Answer {
    check_name(&call.bucket)?;
    let region = wanted_region(call)?;
    let mut buckets = s3.buckets();
    if let Some(bucket) = buckets.get(&call.bucket) {
        // As in AWS: us-east-1 alone takes a second creation for a success.
        if bucket.region != DEFAULT_REGION || region != DEFAULT_REGION {
            return Err(AwsError::new(
                409,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            )
            .with("BucketName", call.bucket.clone()));
        }
    } else {
        buckets.touch(&call.bucket);
        let now = s3.clock.now_ms();
        buckets.insert(call.bucket.clone(), Bucket::new(region, now));
    }
    Ok(Response::empty(200).with_header("location", format!("/{}", call.bucket)))
}

fn wanted_region(call: &Call<'_>) -> Result<String, AwsError> {
    if call.request.body.is_empty() {
        return Ok(call.ctx.region.clone());
    }
    let root = xml::parse(&call.request.body).map_err(|_| malformed())?;
    Ok(root
        .text_of("LocationConstraint")
        .filter(|text| !text.is_empty())
        .unwrap_or(&call.ctx.region)
        .to_owned())
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
fn check_name(name: &str) -> Result<(), AwsError> {
    let fits = (3..=63).contains(&name.len());
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
    let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bounded = ends(name.as_bytes().first()) && ends(name.as_bytes().last());
    if fits && plain && bounded && !name.contains("..") {
        return Ok(());
    }
    Err(AwsError::new(
        400,
        "InvalidBucketName",
        "The specified bucket is not valid.",
    )
    .with("BucketName", name))
}

pub fn head(s3: &S3, call: &Call<'_>) -> Answer {
    with(s3, call, |bucket| {
        Response::empty(200).with_header("x-amz-bucket-region", bucket.region.clone())
    })
}

pub fn location(s3: &S3, call: &Call<'_>) -> Answer {
    with(s3, call, |bucket| {
        let mut out = document("LocationConstraint");
        if bucket.region != DEFAULT_REGION {
            out.text(&bucket.region);
        }
        xml(200, out)
    })
}

/// Objects have no versions here.
pub fn versioning(s3: &S3, call: &Call<'_>) -> Answer {
    with(s3, call, |_| xml(200, document("VersioningConfiguration")))
}

pub fn delete(s3: &S3, call: &Call<'_>) -> Answer {
    let mut buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    if !bucket.objects().is_empty() {
        return Err(AwsError::new(
            409,
            "BucketNotEmpty",
            "The bucket you tried to delete is not empty",
        )
        .with("BucketName", call.bucket.clone()));
    }
    buckets.forget(&call.bucket);
    Ok(Response::empty(204))
}

pub fn put_tagging(s3: &S3, call: &Call<'_>) -> Answer {
    let body = super::chunked::content(call.request)?.body;
    xml::parse(&body).map_err(|_| malformed())?;
    let text = String::from_utf8(body.to_vec()).map_err(|_| malformed())?;
    with_mut(s3, call, |bucket| {
        bucket.tags = Some(text);
        Response::empty(204)
    })
}

pub fn get_tagging(s3: &S3, call: &Call<'_>) -> Answer {
    let tags = with(s3, call, |bucket| match &bucket.tags {
        Some(tags) => Response::new(200, "application/xml", tags.clone()),
        None => Response::empty(404),
    })?;
    if tags.status == 404 {
        return Err(
            AwsError::new(404, "NoSuchTagSet", "The TagSet does not exist")
                .with("BucketName", call.bucket.clone()),
        );
    }
    Ok(tags)
}

pub fn delete_tagging(s3: &S3, call: &Call<'_>) -> Answer {
    with_mut(s3, call, |bucket| {
        bucket.tags = None;
        Response::empty(204)
    })
}

fn with(s3: &S3, call: &Call<'_>, answer: impl Fn(&Bucket) -> Response) -> Answer {
    let buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    Ok(answer(bucket))
}

fn with_mut(s3: &S3, call: &Call<'_>, answer: impl FnOnce(&mut Bucket) -> Response) -> Answer {
    let mut buckets = s3.buckets();
    buckets.touch(&call.bucket);
    let bucket = buckets
        .get_mut(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    Ok(answer(bucket))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn bucket_names_follow_the_rules() {
        for good in ["orders", "or-ders.2026", "abc"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in [
            "ab",
            "Orders",
            "-orders",
            "or..ders",
            "or_ders",
            &"x".repeat(64),
        ] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
