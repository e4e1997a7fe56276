//! What S3 keeps in the store: a record for each bucket, object, upload and part. Contents are files that they name.

use super::{
    checksum::{Algorithm, Checksum},
    content::{Blob, Content},
    object::{Object, Versions},
    store::{Bucket, Part, S3, Upload},
    tagging,
};
use crate::store::{Change, Keep, Record, Records, Shelf, StateError, Store};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::{Deref, DerefMut},
    sync::Arc,
};

/// What S3's records belong to.
pub const SERVICE: &str = "s3";

const BUCKET: &str = "bucket";
const OBJECT: &str = "object";
const UPLOAD: &str = "upload";
const PART: &str = "part";

/// What an operation may have changed in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touched {
    /// A key with its versions.
    Object(String),
    /// An upload by its id.
    Upload(String),
    /// A part by the upload's id and its number.
    Part(String, u32),
}

/// Every bucket by its name.
#[derive(Debug, Default)]
pub struct Buckets {
    all: BTreeMap<String, Bucket>,
    touched: BTreeSet<String>,
    /// Buckets that are gone, with what is kept of them.
    gone: Vec<(String, Bucket)>,
}

impl Deref for Buckets {
    type Target = BTreeMap<String, Bucket>;

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl DerefMut for Buckets {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.all
    }
}

impl Buckets {
    /// Says that a bucket itself may change now.
    pub fn touch(&mut self, name: &str) {
        self.touched.insert(name.to_owned());
    }

    /// Removes a bucket with its uploads.
    pub fn forget(&mut self, name: &str) {
        if let Some(mut bucket) = self.all.remove(name) {
            let uploads: Vec<String> = bucket.uploads().keys().cloned().collect();
            for id in uploads {
                bucket.remove_upload(&id);
            }
            self.gone.push((name.to_owned(), bucket));
        }
    }
}

impl Keep for Buckets {
    fn keep(&mut self, shelf: &Shelf) {
        let gone = std::mem::take(&mut self.gone);
        let touched = std::mem::take(&mut self.touched);
        let is_kept = shelf.store().is_kept();
        shelf.change(|change| {
            for (name, mut bucket) in gone {
                keep_contents(&name, &mut bucket, change);
                change.remove(BUCKET, &name);
            }
            for name in touched {
                match self.all.get(&name) {
                    Some(bucket) => change.put(BUCKET, &name, bucket, Vec::new()),
                    None => change.remove(BUCKET, &name),
                }
            }
            for (name, bucket) in &mut self.all {
                keep_contents(name, bucket, change);
            }
        });
        if !is_kept {
            self.all
                .values_mut()
                .for_each(|bucket| bucket.touched.clear());
        }
    }
}

fn keep_contents(name: &str, bucket: &mut Bucket, change: &mut Change<'_>) {
    for touched in std::mem::take(&mut bucket.touched) {
        match touched {
            Touched::Object(key) => match bucket.objects().get(&key) {
                Some(versions) => {
                    let bodies = versions.0.iter().filter_map(|object| object.body.as_ref());
                    let files = bodies.flat_map(Content::files).collect();
                    change.put(OBJECT, &format!("{name}/{key}"), versions, files);
                }
                None => change.remove(OBJECT, &format!("{name}/{key}")),
            },
            Touched::Upload(id) => match bucket.uploads().get(&id) {
                Some(upload) => change.put(UPLOAD, &format!("{name}/{id}"), upload, Vec::new()),
                None => change.remove(UPLOAD, &format!("{name}/{id}")),
            },
            Touched::Part(id, number) => {
                let key = format!("{name}/{id}/{number}");
                let upload = bucket.uploads().get(&id);
                match upload.and_then(|upload| upload.parts.get(&number)) {
                    Some(part) => change.put(PART, &key, part, part.body.files()),
                    None => change.remove(PART, &key),
                }
            }
        }
    }
}

impl S3 {
    /// Takes in what was kept.
    ///
    /// # Errors
    /// When a record can't be read.
    pub fn restore(&self, records: &mut Records) -> Result<(), StateError> {
        let mut buckets = self.buckets();
        let mut blobs = HashMap::new();
        // Buckets come first, uploads before their parts.
        let mut all = records.take(SERVICE, "");
        all.sort_by_key(|record| match record.kind.as_str() {
            BUCKET => 0,
            PART => 2,
            _ => 1,
        });
        for record in &all {
            if record.kind == BUCKET {
                let mut bucket: Bucket = record.read()?;
                if let Some(old) = bucket.tags.take() {
                    bucket.tag_set = tagging::of_kept(&old);
                }
                buckets.insert(record.key.clone(), bucket);
                continue;
            }
            let (name, key) = split(record)?;
            let bucket = buckets
                .get_mut(name)
                .ok_or_else(|| record.damaged("there is no such bucket"))?;
            match record.kind.as_str() {
                OBJECT => {
                    let mut versions: Versions = record.read()?;
                    for object in &mut versions.0 {
                        take_old(object);
                        if let Some(body) = &mut object.body {
                            adopt(body, &mut blobs, self.store());
                        }
                    }
                    bucket.restore_object(key, versions);
                }
                UPLOAD => {
                    let upload: Upload = record.read()?;
                    bucket.put_upload(key, upload);
                }
                PART => {
                    let mut part: Part = record.read()?;
                    adopt(&mut part.body, &mut blobs, self.store());
                    let (id, number) = key.split_once('/').unwrap_or_default();
                    let number = number.parse();
                    bucket.put_part(id, number.map_err(|error| record.damaged(error))?, part);
                }
                other => tracing::warn!(other, "a kind of record that S3 does not know"),
            }
        }
        // All of it is on the disk already.
        buckets
            .values_mut()
            .for_each(|bucket| bucket.touched.clear());
        Ok(())
    }
}

/// Checksums were among the headers until they had a place of their own.
fn take_old(object: &mut Object) {
    let old = "x-amz-checksum-";
    let headers = &mut object.meta.headers;
    let found = headers.iter().find_map(|(name, value)| {
        let algorithm = Algorithm::named(name.strip_prefix(old)?)?;
        Some(Checksum {
            algorithm,
            value: value.clone(),
            is_composite: false,
        })
    });
    headers.retain(|(name, _)| !name.starts_with(old));
    if object.checksum.is_none() {
        object.checksum = found;
    }
}

fn split(record: &Record) -> Result<(&str, &str), StateError> {
    let parts = record.key.split_once('/');
    parts.ok_or_else(|| record.damaged("its key names no bucket"))
}

/// Gives a content that was read from a record its file; copies of an object share it.
fn adopt(content: &mut Content, blobs: &mut HashMap<String, Arc<Blob>>, store: &Store) {
    if let Content::File(blob) = content {
        let known = blobs.entry(blob.id.clone());
        *blob = known
            .or_insert_with(|| Arc::new(blob.with_store(store)))
            .clone();
    }
}
