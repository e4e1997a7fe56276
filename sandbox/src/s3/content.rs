//! The content of an object or a part: bytes in memory, or a file where state is kept.

use crate::{
    error::AwsError,
    store::{Store, files},
};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    io::{Read as _, Seek as _, SeekFrom},
    path::PathBuf,
    sync::Arc,
};

/// A content that never changes.
#[derive(Debug, Clone)]
pub enum Content {
    Memory(Bytes),
    File(Arc<Blob>),
}

/// A file with a content. It is removed after the last record and the last reader of it.
#[derive(Debug)]
pub struct Blob {
    pub id: String,
    length: usize,
    /// None of one that was read from a record and has not got its file yet.
    store: Option<Store>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    id: String,
    length: usize,
}

impl Content {
    /// Keeps bytes where the store says; when this returns, they are on the disk. It may block.
    ///
    /// # Errors
    /// `InternalError` when the disk refuses.
    pub fn new(store: &Store, bytes: Bytes) -> Result<Self, AwsError> {
        let Some(data) = store.data() else {
            return Ok(Self::Memory(bytes));
        };
        let blob = Blob {
            id: uuid::Uuid::new_v4().to_string(),
            length: bytes.len(),
            store: Some(store.clone()),
        };
        files::write(data, &blob.file_name(), &bytes).map_err(disk)?;
        Ok(Self::File(Arc::new(blob)))
    }

    /// Bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::File(blob) => blob.length,
        }
    }

    /// The bytes themselves. It may block.
    ///
    /// # Errors
    /// `InternalError` when the disk refuses.
    pub fn bytes(&self) -> Result<Bytes, AwsError> {
        match self {
            Self::Memory(bytes) => Ok(bytes.clone()),
            Self::File(blob) => {
                let read = std::fs::read(blob.path());
                read.map(Bytes::from).map_err(disk)
            }
        }
    }

    /// Some of the bytes. It may block.
    ///
    /// # Errors
    /// `InternalError` when the disk refuses.
    pub fn part(&self, first: usize, length: usize) -> Result<Bytes, AwsError> {
        match self {
            Self::Memory(bytes) => {
                let end = first.saturating_add(length).min(bytes.len());
                Ok(bytes.slice(first.min(end)..end))
            }
            Self::File(blob) if first == 0 && length >= blob.length => self.bytes(),
            Self::File(blob) => {
                let mut read = vec![0; length.min(blob.length.saturating_sub(first))];
                let mut file = std::fs::File::open(blob.path()).map_err(disk)?;
                file.seek(SeekFrom::Start(first as u64)).map_err(disk)?;
                file.read_exact(&mut read).map_err(disk)?;
                Ok(read.into())
            }
        }
    }

    /// The file that a record of this names.
    pub fn files(&self) -> Vec<String> {
        match self {
            Self::Memory(_) => Vec::new(),
            Self::File(blob) => vec![blob.file_name()],
        }
    }
}

impl Blob {
    fn file_name(&self) -> String {
        format!("{}/{}", files::OBJECTS, self.id)
    }

    fn path(&self) -> PathBuf {
        let data = self.store.as_ref().and_then(Store::data);
        let path = data.map(|data| data.join(self.file_name()));
        path.unwrap_or_default()
    }

    /// The same with its file, of one that was read from a record.
    pub fn with_store(&self, store: &Store) -> Self {
        Self {
            id: self.id.clone(),
            length: self.length,
            store: Some(store.clone()),
        }
    }
}

impl Drop for Blob {
    fn drop(&mut self) {
        if let Some(store) = &self.store {
            store.release(&self.file_name());
        }
    }
}

fn disk(error: std::io::Error) -> AwsError {
    AwsError::new(
        500,
        "InternalError",
        format!("The object's content could not be kept or read: {error}"),
    )
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Memory(_) => Err(serde::ser::Error::custom("it is in memory alone")),
            Self::File(blob) => Record {
                id: blob.id.clone(),
                length: blob.length,
            }
            .serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = Record::deserialize(deserializer)?;
        Ok(Self::File(Arc::new(Blob {
            id: record.id,
            length: record.length,
            store: None,
        })))
    }
}
