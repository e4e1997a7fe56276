//! What S3 keeps in the store: a record for each bucket, object, upload and part. Contents are files that they name.

use super::{
    content::{Blob, Content},
    store::{Bucket, Object, Part, S3, Upload},
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
    /// An object by its key.
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
                Some(object) => {
                    let files = object.body.files();
                    change.put(OBJECT, &format!("{name}/{key}"), object, files);
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
                buckets.insert(record.key.clone(), record.read()?);
                continue;
            }
            let (name, key) = split(record)?;
            let bucket = buckets
                .get_mut(name)
                .ok_or_else(|| record.damaged("there is no such bucket"))?;
            match record.kind.as_str() {
                OBJECT => {
                    let mut object: Object = record.read()?;
                    adopt(&mut object.body, &mut blobs, self.store());
                    bucket.put_object(key, object);
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
