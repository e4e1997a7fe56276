//! What is in S3: buckets with objects, and uploads that are not complete yet. Plain state without a protocol.

use super::{
    content::Content,
    keep::{Buckets, SERVICE, Touched},
};
use crate::{
    clock::Clock,
    error::AwsError,
    store::{Held, Shelf, Store},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

/// Every bucket.
#[derive(Debug)]
pub struct S3 {
    pub clock: Clock,
    buckets: Mutex<Buckets>,
    shelf: Shelf,
}

/// A bucket.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Bucket {
    pub region: String,
    /// Epoch milliseconds.
    pub created_ms: i64,
    /// Kept in records of their own, as the uploads are.
    #[serde(skip)]
    objects: BTreeMap<String, Object>,
    #[serde(skip)]
    uploads: BTreeMap<String, Upload>,
    pub tags: Option<String>,
    /// What may have changed since it was last kept.
    #[serde(skip)]
    pub touched: BTreeSet<Touched>,
}

/// An object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    pub body: Content,
    /// With its quotes.
    pub etag: String,
    /// Epoch milliseconds.
    pub modified_ms: i64,
    pub content_type: String,
    /// Further headers that were stored with it, as they come back: `x-amz-meta-…`, `cache-control`, checksums.
    pub headers: Vec<(String, String)>,
}

/// A multipart upload that is not complete yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct Upload {
    pub key: String,
    pub content_type: String,
    pub headers: Vec<(String, String)>,
    /// Kept in records of their own.
    #[serde(skip)]
    pub parts: BTreeMap<u32, Part>,
    /// Epoch milliseconds.
    pub started_ms: i64,
}

/// A part of an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    pub body: Content,
    /// With its quotes.
    pub etag: String,
    /// Epoch milliseconds.
    pub modified_ms: i64,
}

impl Bucket {
    /// A bucket with nothing in it.
    pub fn new(region: String, created_ms: i64) -> Self {
        Self {
            region,
            created_ms,
            ..Self::default()
        }
    }

    pub fn objects(&self) -> &BTreeMap<String, Object> {
        &self.objects
    }

    pub fn put_object(&mut self, key: &str, object: Object) {
        self.touched.insert(Touched::Object(key.to_owned()));
        self.objects.insert(key.to_owned(), object);
    }

    pub fn remove_object(&mut self, key: &str) {
        if self.objects.remove(key).is_some() {
            self.touched.insert(Touched::Object(key.to_owned()));
        }
    }

    pub fn uploads(&self) -> &BTreeMap<String, Upload> {
        &self.uploads
    }

    pub fn put_upload(&mut self, id: &str, upload: Upload) {
        self.touched.insert(Touched::Upload(id.to_owned()));
        self.uploads.insert(id.to_owned(), upload);
    }

    pub fn put_part(&mut self, id: &str, number: u32, part: Part) {
        if let Some(upload) = self.uploads.get_mut(id) {
            self.touched.insert(Touched::Part(id.to_owned(), number));
            upload.parts.insert(number, part);
        }
    }

    pub fn remove_upload(&mut self, id: &str) {
        if let Some(upload) = self.uploads.remove(id) {
            let parts = upload.parts.into_keys();
            self.touched
                .extend(parts.map(|number| Touched::Part(id.to_owned(), number)));
            self.touched.insert(Touched::Upload(id.to_owned()));
        }
    }
}

impl S3 {
    /// S3 with nothing in it.
    pub fn new(store: &Store, clock: Clock) -> Self {
        Self {
            clock,
            buckets: Mutex::default(),
            shelf: store.shelf(SERVICE, ""),
        }
    }

    /// Where contents are kept.
    pub fn store(&self) -> &Store {
        self.shelf.store()
    }

    /// The buckets, by name. What is changed is kept when they are let go.
    pub fn buckets(&self) -> Held<'_, Buckets> {
        Held::new(&self.buckets, &self.shelf)
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
        let body = {
            let buckets = self.buckets();
            let bucket = buckets.get(bucket).ok_or_else(|| no_such_bucket(bucket))?;
            let object = bucket.objects.get(key).ok_or_else(|| no_such_key(key))?;
            object.body.clone()
        };
        match version {
            None | Some("" | "null") => body.bytes(),
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
