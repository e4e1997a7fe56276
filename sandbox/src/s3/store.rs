//! What is in S3: buckets with objects, and uploads that are not complete yet. Plain state without a protocol.

use crate::{error::AwsError, region::lock};
use bytes::Bytes;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

/// Every bucket.
#[derive(Debug, Default)]
pub struct S3 {
    buckets: Mutex<BTreeMap<String, Bucket>>,
}

/// A bucket.
#[derive(Debug)]
pub struct Bucket {
    pub region: String,
    /// Epoch milliseconds.
    pub created_ms: i64,
    pub objects: BTreeMap<String, Object>,
    pub uploads: BTreeMap<String, Upload>,
    pub tags: Option<String>,
}

/// An object.
#[derive(Debug, Clone)]
pub struct Object {
    pub body: Bytes,
    /// With its quotes.
    pub etag: String,
    /// Epoch milliseconds.
    pub modified_ms: i64,
    pub content_type: String,
    /// Further headers that were stored with it, as they come back: `x-amz-meta-…`, `cache-control`, checksums.
    pub headers: Vec<(String, String)>,
}

/// A multipart upload that is not complete yet.
#[derive(Debug)]
pub struct Upload {
    pub key: String,
    pub content_type: String,
    pub headers: Vec<(String, String)>,
    pub parts: BTreeMap<u32, Part>,
    /// Epoch milliseconds.
    pub started_ms: i64,
}

/// A part of an upload.
#[derive(Debug, Clone)]
pub struct Part {
    pub body: Bytes,
    /// With its quotes.
    pub etag: String,
    /// Epoch milliseconds.
    pub modified_ms: i64,
}

impl S3 {
    /// The buckets, by name.
    pub fn buckets(&self) -> MutexGuard<'_, BTreeMap<String, Bucket>> {
        lock(&self.buckets)
    }

    /// The content of an object, as Lambda fetches a package.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey` or `NoSuchVersion`.
    pub fn object(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Bytes, AwsError> {
        let buckets = self.buckets();
        let bucket = buckets.get(bucket).ok_or_else(|| no_such_bucket(bucket))?;
        let object = bucket.objects.get(key).ok_or_else(|| no_such_key(key))?;
        match version {
            None | Some("" | "null") => Ok(object.body.clone()),
            Some(version) => Err(AwsError::new(
                404,
                "NoSuchVersion",
                "The specified version does not exist.",
            )
            .with("Key", key)
            .with("VersionId", version)),
        }
    }
}

/// `NoSuchBucket`.
pub fn no_such_bucket(bucket: &str) -> AwsError {
    AwsError::new(404, "NoSuchBucket", "The specified bucket does not exist")
        .with("BucketName", bucket)
}

/// `NoSuchKey`.
pub fn no_such_key(key: &str) -> AwsError {
    AwsError::new(404, "NoSuchKey", "The specified key does not exist.").with("Key", key)
}
