//! What is in S3: buckets with objects in their versions, and uploads that are not complete yet. Plain state without a protocol.

use super::{
    checksum::{Algorithm, Checksum},
    content::Content,
    keep::{Buckets, SERVICE, Touched},
    object::{Meta, Object, Tag, Versions},
};
use crate::{
    clock::Clock,
    error::AwsError,
    store::{Held, Shelf, Store},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
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
    /// Whether it was made with the old name `EU` of eu-west-1.
    #[serde(default)]
    pub is_eu: bool,
    /// None of a bucket that never had any.
    #[serde(default)]
    pub tag_set: Vec<Tag>,
    /// None until it is said for the first time.
    #[serde(default)]
    pub versioning: Option<Versioning>,
    /// Kept in records of their own, as the uploads are.
    #[serde(skip)]
    objects: BTreeMap<String, Versions>,
    #[serde(skip)]
    uploads: BTreeMap<String, Upload>,
    /// What uploads have become, the newest last: their completion may be asked for again.
    #[serde(skip)]
    completed: VecDeque<(String, String, Object)>,
    /// Tags as they were kept before [`Self::tag_set`]: the document that set them.
    #[serde(default, skip_serializing)]
    pub tags: Option<String>,
    /// What may have changed since it was last kept.
    #[serde(skip)]
    pub touched: BTreeSet<Touched>,
}

/// Whether what is put over an object leaves it as an earlier version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    Enabled,
    Suspended,
}

/// The checksum that parts are to have, and whether the object gets one of theirs.
pub type Wanted = Option<(Algorithm, bool)>;

/// A multipart upload that is not complete yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct Upload {
    pub key: String,
    #[serde(flatten)]
    pub meta: Meta,
    /// Kept in records of their own.
    #[serde(skip)]
    pub parts: BTreeMap<u32, Part>,
    /// Epoch milliseconds.
    pub started_ms: i64,
    /// The checksum that parts have, and whether the object gets one of theirs.
    #[serde(default)]
    pub checksum: Wanted,
    /// Whether its key was put or deleted since it began.
    #[serde(default)]
    pub is_overtaken: bool,
}

/// A part of an upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    pub body: Content,
    /// With its quotes.
    pub etag: String,
    /// Epoch milliseconds.
    pub modified_ms: i64,
    #[serde(default)]
    pub checksum: Option<Checksum>,
}

/// What a deletion has done.
#[derive(Debug, Default, PartialEq)]
pub struct Deleted {
    /// The version that was removed or, of a marker that was made, the marker's.
    pub version: Option<String>,
    /// Whether a marker was made or removed.
    pub is_marker: bool,
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

    /// Every key with its versions.
    pub fn objects(&self) -> &BTreeMap<String, Versions> {
        &self.objects
    }

    /// The newest version of a key, unless that says that it was deleted.
    pub fn current(&self, key: &str) -> Option<&Object> {
        self.objects.get(key).and_then(Versions::current)
    }

    /// Puts an object over a key: beside its earlier versions, or in place of the one that has no id. Gives the id that it got.
    pub fn put_object(&mut self, key: &str, mut object: Object) -> Option<String> {
        self.change(key);
        object.version =
            (self.versioning == Some(Versioning::Enabled)).then(|| new_version(object.modified_ms));
        let id = object.version.clone();
        let versions = self.objects.entry(key.to_owned()).or_default();
        if id.is_none() {
            versions.take(None);
        }
        versions.0.push(object);
        id
    }

    /// What was kept of a key.
    pub fn restore_object(&mut self, key: &str, versions: Versions) {
        self.objects.insert(key.to_owned(), versions);
    }

    /// A version of a key, for changing it.
    pub fn version_mut(&mut self, key: &str, version: Option<&str>) -> Option<&mut Object> {
        self.touched.insert(Touched::Object(key.to_owned()));
        let versions = self.objects.get_mut(key)?;
        match version {
            None => versions.0.last_mut(),
            Some(id) => versions.0.iter_mut().find(|object| object.id() == id),
        }
    }

    /// Deletes a key as a request without a version does.
    pub fn delete_object(&mut self, key: &str, now_ms: i64) -> Deleted {
        let Some(versioning) = self.versioning else {
            if self.objects.remove(key).is_some() {
                self.change(key);
            }
            return Deleted::default();
        };
        self.change(key);
        let mut marker = Object::marker(now_ms);
        let versions = self.objects.entry(key.to_owned()).or_default();
        match versioning {
            Versioning::Enabled => marker.version = Some(new_version(now_ms)),
            Versioning::Suspended => {
                versions.take(None);
            }
        }
        let id = marker.id().to_owned();
        versions.0.push(marker);
        Deleted {
            version: Some(id),
            is_marker: true,
        }
    }

    /// Deletes one version for good; none if there is no such version.
    pub fn delete_version(&mut self, key: &str, id: &str) -> Option<Deleted> {
        let versions = self.objects.get_mut(key)?;
        let gone = versions.take((id != NULL).then_some(id))?;
        if versions.0.is_empty() {
            self.objects.remove(key);
        }
        self.change(key);
        Some(Deleted {
            is_marker: gone.is_marker(),
            version: Some(id.to_owned()),
        })
    }

    /// Says that a key has another object now, or none.
    fn change(&mut self, key: &str) {
        self.touched.insert(Touched::Object(key.to_owned()));
        for (id, upload) in &mut self.uploads {
            if upload.key == key && !upload.is_overtaken {
                upload.is_overtaken = true;
                self.touched.insert(Touched::Upload(id.clone()));
            }
        }
    }

    /// What an upload of a key has become.
    pub fn completed(&self, id: &str, key: &str) -> Option<&Object> {
        let mut all = self.completed.iter();
        let found = all.find(|(upload, of, _)| upload == id && of == key)?;
        Some(&found.2)
    }

    /// Remembers what an upload has become, for a while; not its content.
    pub fn complete(&mut self, id: &str, key: &str, mut object: Object) {
        object.body = None;
        if self.completed.len() >= REMEMBERED {
            self.completed.pop_front();
        }
        self.completed
            .push_back((id.to_owned(), key.to_owned(), object));
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

/// How many completed uploads of a bucket are remembered.
const REMEMBERED: usize = 100;

/// What stands for the version of an object that has no id.
pub const NULL: &str = "null";

/// A version's id. Newer ones come later in the alphabet, so that a page of versions can begin where one was that is gone.
fn new_version(now_ms: i64) -> String {
    let mut id = format!("{}{}", moment(now_ms), tail());
    id.truncate(CHECKED);
    let check = check_of(&id);
    id.push_str(&check);
    id
}

/// Whether an id can be a version's: its end follows from the rest, so that one that was made up is told from one that is gone.
pub fn is_version(id: &str) -> bool {
    id.len() == CHECKED + 4
        && id
            .get(..CHECKED)
            .is_some_and(|rest| id.ends_with(&check_of(rest)))
}

/// How much of a version's id its end follows from.
const CHECKED: usize = 28;

fn check_of(rest: &str) -> String {
    format!("{:04x}", crc32fast::hash(rest.as_bytes()) & 0xffff)
}

/// An upload's id. Uploads of a key are listed in the order in which they began.
pub fn new_upload(now_ms: i64) -> String {
    format!("{}{}{}", moment(now_ms), tail(), tail())
}

/// A time that no other id has, later than that of every id before: ids of one millisecond are counted.
fn moment(now_ms: i64) -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = u64::try_from(now_ms).unwrap_or_default() << 16;
    let next = |last: u64| Some(now.max(last + 1));
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    format!("{:016x}", now.max(last.unwrap_or_default() + 1))
}

fn tail() -> String {
    let mut random = uuid::Uuid::new_v4().simple().to_string();
    random.truncate(16);
    random
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
            let version = version.filter(|version| !version.is_empty());
            let object = match version {
                None => bucket.current(key).ok_or_else(|| no_such_key(key))?,
                Some(id) => bucket
                    .objects
                    .get(key)
                    .and_then(|versions| versions.get(id))
                    .ok_or_else(|| no_such_version(key, id))?,
            };
            object.body.clone().ok_or_else(|| no_such_key(key))?
        };
        body.bytes()
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

/// `NoSuchVersion`.
pub fn no_such_version(key: &str, id: &str) -> AwsError {
    AwsError::new(
        404,
        "NoSuchVersion",
        "The specified version does not exist.",
    )
    .with("Key", key)
    .with("VersionId", id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn ids_of_versions_come_in_their_order_and_none_can_be_made_up() {
        let (one, other) = (
            new_version(1_795_000_000_000),
            new_version(1_795_000_000_000),
        );
        assert!(one < other && one.len() == 32);
        assert!(is_version(&one) && is_version(&other));
        for made_up in ["", "null", "HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD", &one[..31]] {
            assert!(!is_version(made_up), "{made_up}");
        }
        assert!(!is_version(&format!("{}zzzz", &one[..28])));
    }
}
