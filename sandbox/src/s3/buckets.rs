//! Buckets are created, listed and deleted.

use super::{
    auth, chunked, date, document, invalid_argument, malformed,
    object::{Tag, not_done},
    page,
    route::{Answer, Call},
    store::{Bucket, S3, no_such_bucket},
    tagging, xml,
};
use crate::{
    error::AwsError,
    protocol::xml::{self, Element},
    region::partition,
    request::{DEFAULT_REGION, Response},
};

/// The regions that S3 has. Source: <https://docs.aws.amazon.com/general/latest/gr/s3.html>.
const REGIONS: [&str; 37] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// What a client of us-east-1 may say for eu-west-1.
const EU: &str = "EU";

/// The most buckets in a page.
const MOST: usize = 10_000;

pub fn list(s3: &S3, call: &Call<'_>) -> Answer {
    let most = match call.query("max-buckets") {
        None => MOST,
        Some(text) => text
            .parse()
            .ok()
            .filter(|most| (1..=MOST).contains(most))
            .ok_or_else(|| {
                invalid_argument(
                    "Argument max-buckets must be an integer between 1 and 10000",
                    "max-buckets",
                    text,
                )
            })?,
    };
    let region = call.query("bucket-region");
    if let Some(name) = region.filter(|name| !REGIONS.contains(name)) {
        return Err(AwsError::new(
            400,
            "InvalidArgument",
            format!("Argument value {name} is not a valid AWS Region"),
        )
        .with("ArgumentName", "bucket-region"));
    }
    let prefix = call.query("prefix");
    let token = call.query("continuation-token");
    let after = match token.filter(|token| !token.is_empty()) {
        Some(token) => page::end_of(token)?,
        None => String::new(),
    };
    let buckets = s3.buckets();
    let mut rest = buckets.iter().filter(|(name, bucket)| {
        name.starts_with(prefix.unwrap_or_default())
            && region.is_none_or(|region| bucket.region == region)
            && name.as_str() > after.as_str()
    });
    let mut out = document("ListAllMyBucketsResult");
    out.open("Owner");
    out.element("ID", &call.owner());
    out.close();
    out.open("Buckets");
    let mut last = "";
    for (name, bucket) in rest.by_ref().take(most) {
        out.open("Bucket");
        out.element("Name", name);
        out.element("CreationDate", &date(bucket.created_ms));
        out.element("BucketRegion", &bucket.region);
        out.element("BucketArn", &arn(bucket, name));
        out.close();
        last = name;
    }
    out.close();
    if rest.next().is_some() {
        out.element("ContinuationToken", &page::token(last));
    }
    if let Some(prefix) = prefix {
        out.element("Prefix", prefix);
    }
    Ok(xml(200, out))
}

/// A bucket's ARN, which names neither its region nor its account.
pub fn arn(bucket: &Bucket, name: &str) -> String {
    format!("arn:{}:s3:::{name}", partition(&bucket.region))
}

pub fn create(s3: &S3, call: &Call<'_>) -> Answer {
    check_name(&call.bucket)?;
    check_ownership(call)?;
    let body = chunked::content(call.request)?.body;
    let root = match body.is_empty() {
        true => Element::default(),
        false => xml::parse(&body).map_err(|_| malformed())?,
    };
    let (region, is_eu) = wanted_region(call, &root)?;
    let tags = wanted_tags(&root)?;
    let mut buckets = s3.buckets();
    if let Some(bucket) = buckets.get(&call.bucket) {
        // As in AWS: us-east-1 alone takes a second creation for a success.
        if bucket.region != DEFAULT_REGION || region != DEFAULT_REGION || !tags.is_empty() {
            return Err(AwsError::new(
                409,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            )
            .with("BucketName", call.bucket.clone()));
        }
    } else {
        buckets.touch(&call.bucket);
        let mut bucket = Bucket::new(region.clone(), s3.clock.now_ms());
        bucket.is_eu = is_eu;
        bucket.tag_set = tags;
        buckets.insert(call.bucket.clone(), bucket);
    }
    let arn = buckets
        .get(&call.bucket)
        .map(|bucket| arn(bucket, &call.bucket))
        .unwrap_or_default();
    let location = if region == DEFAULT_REGION {
        format!("/{}", call.bucket)
    } else {
        format!("http://{}.s3.amazonaws.com/", call.bucket)
    };
    Ok(Response::empty(200)
        .with_header("location", location)
        .with_header("x-amz-bucket-arn", arn))
}

/// The region of a new bucket, and whether it is said in its old name. The one that signs decides where no other may be.
fn wanted_region(call: &Call<'_>, root: &Element) -> Result<(String, bool), AwsError> {
    let here = call.ctx.region.as_str();
    let said = root
        .text_of("LocationConstraint")
        .filter(|text| !text.is_empty());
    let meant = match said {
        Some(EU) => Some("eu-west-1"),
        other => other,
    };
    if here == DEFAULT_REGION {
        return match meant {
            None => Ok((DEFAULT_REGION.to_owned(), false)),
            Some(name) if name != DEFAULT_REGION && REGIONS.contains(&name) => {
                Ok((name.to_owned(), said == Some(EU)))
            }
            Some(name) => Err(AwsError::new(
                400,
                "InvalidLocationConstraint",
                "The specified location-constraint is not valid",
            )
            .with("LocationConstraint", name)),
        };
    }
    if meant == Some(here) {
        return Ok((here.to_owned(), said == Some(EU)));
    }
    Err(AwsError::new(
        400,
        "IllegalLocationConstraintException",
        format!(
            "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
            said.unwrap_or("unspecified")
        ),
    ))
}

fn wanted_tags(root: &Element) -> Result<Vec<Tag>, AwsError> {
    let reserved = "User-defined tag keys can't start with \"aws:\". This prefix is reserved for system tags. Remove \"aws:\" from your tag keys and try again.";
    let set = root.child("Tags");
    let tags = set.into_iter().flat_map(|set| set.children("Tag"));
    tagging::of_elements(tags, 50, reserved).map_err(|mut error| {
        if error.message == reserved {
            error.members.clear();
        }
        error
    })
}

/// Buckets belong to their owner with everything in them; nothing else is done here.
fn check_ownership(call: &Call<'_>) -> Result<(), AwsError> {
    let name = "x-amz-object-ownership";
    match call.header(name) {
        None | Some("BucketOwnerEnforced") => {}
        Some("BucketOwnerPreferred" | "ObjectWriter") => return Err(not_done(name)),
        Some(other) => {
            return Err(AwsError::new(
                400,
                "InvalidArgument",
                format!("Invalid {name} header: {other}"),
            )
            .with("ArgumentName", name));
        }
    }
    let lock = "x-amz-bucket-object-lock-enabled";
    if call
        .header(lock)
        .is_some_and(|text| text.eq_ignore_ascii_case("true"))
    {
        return Err(not_done(lock));
    }
    if call.header("x-amz-acl").is_some_and(|acl| acl != "private") {
        return Err(AwsError::new(
            400,
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        ));
    }
    Ok(())
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
fn check_name(name: &str) -> Result<(), AwsError> {
    let fits = (3..=63).contains(&name.len());
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
    let ends = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bounded = ends(name.as_bytes().first()) && ends(name.as_bytes().last());
    let reserved = name.starts_with("xn--")
        || name.starts_with("sthree-")
        || ["-s3alias", "--ol-s3", "--x-s3"]
            .iter()
            .any(|end| name.ends_with(end))
        || name.parse::<std::net::Ipv4Addr>().is_ok();
    if fits && plain && bounded && !name.contains("..") && !reserved {
        return Ok(());
    }
    Err(AwsError::new(
        400,
        "InvalidBucketName",
        "The specified bucket is not valid.",
    )
    .with("BucketName", name))
}

/// # Errors
/// When a request says that somebody else owns the bucket.
pub fn check_owner(call: &Call<'_>) -> Result<(), AwsError> {
    for name in [
        "x-amz-expected-bucket-owner",
        "x-amz-source-expected-bucket-owner",
    ] {
        let Some(owner) = call.header(name) else {
            continue;
        };
        if !crate::request::is_account(owner) {
            return Err(AwsError::new(
                400,
                "InvalidBucketOwnerAWSAccountID",
                format!(
                    "The value of the expected bucket owner parameter must be an AWS Account ID... [{owner}]"
                ),
            ));
        }
        if owner != call.ctx.account {
            return Err(auth::denied("Access Denied"));
        }
    }
    Ok(())
}

pub fn head(s3: &S3, call: &Call<'_>) -> Answer {
    with(s3, call, |bucket| {
        Response::empty(200)
            .with_header("content-type", "application/xml")
            .with_header("x-amz-bucket-region", bucket.region.clone())
            .with_header("x-amz-bucket-arn", arn(bucket, &call.bucket))
            .with_header("x-amz-access-point-alias", "false")
    })
}

pub fn location(s3: &S3, call: &Call<'_>) -> Answer {
    with(s3, call, |bucket| {
        let mut out = document("LocationConstraint");
        if bucket.is_eu {
            out.text(EU);
        } else if bucket.region != DEFAULT_REGION {
            out.text(&bucket.region);
        }
        xml(200, out)
    })
}

pub fn delete(s3: &S3, call: &Call<'_>) -> Answer {
    let mut buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
        .ok_or_else(|| no_such_bucket(&call.bucket))?;
    if !bucket.objects().is_empty() {
        let message = match bucket.versioning {
            None => "The bucket you tried to delete is not empty",
            Some(_) => {
                "The bucket you tried to delete is not empty. You must delete all versions in the bucket."
            }
        };
        return Err(
            AwsError::new(409, "BucketNotEmpty", message).with("BucketName", call.bucket.clone())
        );
    }
    buckets.forget(&call.bucket);
    Ok(Response::empty(204))
}

/// An answer that a bucket gives.
///
/// # Errors
/// `NoSuchBucket`.
pub fn with(s3: &S3, call: &Call<'_>, answer: impl FnOnce(&Bucket) -> Response) -> Answer {
    let buckets = s3.buckets();
    let bucket = buckets
        .get(&call.bucket)
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
            "192.168.5.4",
            "xn--orders",
            "orders-s3alias",
            &"x".repeat(64),
        ] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
