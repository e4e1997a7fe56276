//! What S3 says of a bucket for which nothing was set: what tools read when they look at one. Setting any of it is not here.

use super::{
    buckets::with,
    document,
    objects::{Found, find},
    route::{Answer, Call},
    store::S3,
    xml,
};
use crate::{error::AwsError, protocol::xml::Writer};

/// A document with a root and what is in it.
fn says(s3: &S3, call: &Call<'_>, root: &str, write: impl FnOnce(&mut Writer)) -> Answer {
    with(s3, call, |_| {
        let mut out = document(root);
        write(&mut out);
        xml(200, out)
    })
}

/// The error that nothing was set.
fn lacks(s3: &S3, call: &Call<'_>, code: &str, message: &str) -> Answer {
    with(s3, call, |_| crate::request::Response::empty(404))?;
    Err(AwsError::new(404, code, message).with("BucketName", call.bucket.clone()))
}

fn owners_alone(out: &mut Writer, call: &Call<'_>) {
    out.open("Owner");
    out.element("ID", &call.owner());
    out.close();
    out.open("AccessControlList");
    out.open("Grant");
    out.open_with(
        "Grantee",
        &[
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
            ("xsi:type", "CanonicalUser"),
        ],
    );
    out.element("ID", &call.owner());
    out.close();
    out.element("Permission", "FULL_CONTROL");
    out.close();
    out.close();
}

pub fn bucket_acl(s3: &S3, call: &Call<'_>) -> Answer {
    says(s3, call, "AccessControlPolicy", |out| {
        owners_alone(out, call)
    })
}

pub fn object_acl(s3: &S3, call: &Call<'_>) -> Answer {
    match find(s3, call, &call.bucket, &call.key, call.version())? {
        Found::Object(_) => bucket_acl(s3, call),
        Found::Marker(answer) => Ok(answer),
    }
}

pub fn encryption(s3: &S3, call: &Call<'_>) -> Answer {
    says(s3, call, "ServerSideEncryptionConfiguration", |out| {
        out.open("Rule");
        out.open("ApplyServerSideEncryptionByDefault");
        out.element("SSEAlgorithm", "AES256");
        out.close();
        out.element("BucketKeyEnabled", "false");
        out.close();
    })
}

pub fn ownership(s3: &S3, call: &Call<'_>) -> Answer {
    says(s3, call, "OwnershipControls", |out| {
        out.open("Rule");
        out.element("ObjectOwnership", "BucketOwnerEnforced");
        out.close();
    })
}

pub fn public_access(s3: &S3, call: &Call<'_>) -> Answer {
    says(s3, call, "PublicAccessBlockConfiguration", |out| {
        for name in [
            "BlockPublicAcls",
            "IgnorePublicAcls",
            "BlockPublicPolicy",
            "RestrictPublicBuckets",
        ] {
            out.element(name, "true");
        }
    })
}

pub fn logging(s3: &S3, call: &Call<'_>) -> Answer {
    says(s3, call, "BucketLoggingStatus", |_| {})
}

pub fn accelerate(s3: &S3, call: &Call<'_>) -> Answer {
    says(s3, call, "AccelerateConfiguration", |_| {})
}

pub fn notification(s3: &S3, call: &Call<'_>) -> Answer {
    says(s3, call, "NotificationConfiguration", |_| {})
}

pub fn payment(s3: &S3, call: &Call<'_>) -> Answer {
    says(s3, call, "RequestPaymentConfiguration", |out| {
        out.element("Payer", "BucketOwner");
    })
}

pub fn policy(s3: &S3, call: &Call<'_>) -> Answer {
    lacks(
        s3,
        call,
        "NoSuchBucketPolicy",
        "The bucket policy does not exist",
    )
}

pub fn policy_status(s3: &S3, call: &Call<'_>) -> Answer {
    policy(s3, call)
}

pub fn cors(s3: &S3, call: &Call<'_>) -> Answer {
    lacks(
        s3,
        call,
        "NoSuchCORSConfiguration",
        "The CORS configuration does not exist",
    )
}

pub fn website(s3: &S3, call: &Call<'_>) -> Answer {
    lacks(
        s3,
        call,
        "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration",
    )
}

pub fn lifecycle(s3: &S3, call: &Call<'_>) -> Answer {
    lacks(
        s3,
        call,
        "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist",
    )
}

pub fn replication(s3: &S3, call: &Call<'_>) -> Answer {
    lacks(
        s3,
        call,
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
    )
}

pub fn object_lock(s3: &S3, call: &Call<'_>) -> Answer {
    lacks(
        s3,
        call,
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    )
}
