//! The one store that state is kept in: records in a SQLite file, large contents as files beside it, and what comes in
//! streams (logs, metrics) in segments. It knows no service: a record is a service, a region, a kind, a key and a JSON value.
//!
//! **What is promised.** A change is on the disk (fsync) before it is answered: [`Store::answering`] holds an answer back
//! until everything that was changed so far is. Changes that come together share one fsync. A synchronous invocation waits
//! for none of that: its log lines and metrics are handed to the system before it is answered, so that `kill -9` loses
//! nothing, and are on the disk within a second, so that a power cut may lose that second of them. A file that a record
//! names is on the disk before the record is, and goes only after the last record that names it has gone.
//!
//! Without a folder a [`Store`] keeps nothing and costs nothing.
//!
//! | module | what it is for |
//! |---|---|
//! | `home` | the folder: its layout, who has it, forgetting and replacing all of it at once |
//! | `database` | the SQLite file: format, damage, reading all, committing a batch |
//! | `writer` | the thread that commits |
//! | `held` | a service's state while an operation works on it |
//! | `files` | files that are whole or not there |
//! | `segments` | append-only records with a checksum each |
//! | `archive` | a state in one file |
//! | `error` | why a state can't be used |

pub mod archive;
mod database;
mod error;
pub mod files;
mod held;
mod home;
pub mod segments;
mod writer;

#[cfg(test)]
mod tests;

pub use database::{FORMAT, Record, Records};
pub use error::StateError;
pub use held::{Differences, Held, Keep};
pub use home::Home;

use crate::{error::AwsError, request::Response};
use segments::Written;
use serde::Serialize;
use std::{
    borrow::Cow,
    cell::Cell,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
};
use writer::Writer;

/// What names a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Place {
    service: Cow<'static, str>,
    /// Empty for what is global.
    region: String,
    kind: Cow<'static, str>,
    key: String,
}

/// A record's value.
#[derive(Debug, Clone)]
struct Row {
    value: Vec<u8>,
    /// Files that the record names, relative to the state: `packages/ID.zip`.
    files: Vec<String>,
}

/// Where state is kept, or nowhere. Clones mean the same store.
#[derive(Debug, Clone, Default)]
pub struct Store(Option<Arc<Kept>>);

#[derive(Debug)]
struct Kept {
    data: PathBuf,
    writer: Writer,
}

tokio::task_local! {
    /// Whether the request that is being answered waits for what was changed.
    static WAITS: Cell<bool>;
}

/// Says that the request being answered changes nothing: it need not wait for the changes of others.
pub fn changes_nothing() {
    // Outside a request there is nobody to wait.
    let _outside = WAITS.try_with(|waits| waits.set(false));
}

impl Store {
    /// A store that keeps nothing.
    pub fn none() -> Self {
        Self(None)
    }

    /// Opens the state in a folder, made if need be, and reads all of it.
    ///
    /// # Errors
    /// When it is damaged or newer; then nothing was changed.
    pub fn open(home: &Home) -> Result<(Self, Records), StateError> {
        let data = home.data();
        let (database, records) = database::open(&data)?;
        files::sweep(&data, &records)?;
        let writer = Writer::start(database, data.clone(), records.files().clone())
            .map_err(StateError::disk(&data))?;
        Ok((Self(Some(Arc::new(Kept { data, writer }))), records))
    }

    /// Whether anything is kept.
    pub fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// The folder of the data.
    pub fn data(&self) -> Option<&Path> {
        self.0.as_ref().map(|kept| kept.data.as_path())
    }

    /// The records of one service in one region.
    pub fn shelf(&self, service: &'static str, region: &str) -> Shelf {
        Shelf {
            store: self.clone(),
            service,
            region: region.to_owned(),
        }
    }

    /// A segment has got a record: it is to be on the disk with the next commit, or within a second.
    fn written(&self, written: &Written, durable: bool) {
        let Some(kept) = &self.0 else { return };
        if durable {
            kept.writer.sync(written.clone());
        } else if !written.dirty.swap(true, Ordering::SeqCst) {
            kept.writer.sync_soon(written.clone());
        }
    }

    /// Segments that go when the one that takes their place is on the disk.
    fn retire(&self, by: &Written, gone: Vec<PathBuf>) {
        if let Some(kept) = &self.0 {
            kept.writer.retire(by.clone(), gone);
        }
    }

    /// A file is used by nobody any more: it goes when no record names it. `name` is relative to the state.
    pub fn release(&self, name: &str) {
        if let Some(kept) = &self.0 {
            kept.writer.release(name.to_owned());
        }
    }

    /// Nothing is committed until what this gives is dropped: then everything is, at once.
    pub fn together(&self) -> Together {
        if let Some(kept) = &self.0 {
            kept.writer.hold();
        }
        Together(self.clone())
    }

    /// Waits until everything that was changed so far is on the disk.
    ///
    /// # Errors
    /// When the disk refuses. What could not be written is tried again with the next change.
    pub async fn settled(&self) -> Result<(), String> {
        match &self.0 {
            Some(kept) => kept.writer.settled().await,
            None => Ok(()),
        }
    }

    /// Answers a request: the answer is given when what it tells of is on the disk.
    pub async fn answering(&self, answer: impl Future<Output = Response>) -> Response {
        if self.0.is_none() {
            return answer.await;
        }
        let work = async {
            let response = answer.await;
            (response, WAITS.with(Cell::get))
        };
        let (response, waits) = WAITS.scope(Cell::new(true), work).await;
        if !waits {
            return response;
        }
        match self.settled().await {
            Ok(()) => response,
            Err(what) => crate::services::absent::plain(&AwsError::new(
                500,
                "InternalFailure",
                format!("The change could not be kept: {what}"),
            )),
        }
    }

    /// Writes a copy of the records as they are at one moment. Files are not removed until what this gives is dropped.
    ///
    /// # Errors
    /// When the disk refuses, or the store has been closed.
    pub async fn snapshot(&self, to: PathBuf) -> Result<Snapshot, StateError> {
        let kept = self.0.as_ref().ok_or(StateError::NotKept)?;
        kept.writer.snapshot(to).await?;
        Ok(Snapshot(self.clone()))
    }

    /// Commits what is left and closes the file. What is changed afterwards is lost, and said to be.
    pub async fn close(&self) {
        if let Some(kept) = self.0.clone() {
            let joined = tokio::task::spawn_blocking(move || kept.writer.close()).await;
            if let Err(error) = joined {
                tracing::warn!(%error, "the store did not close in order");
            }
        }
    }
}

/// See [`Store::together`].
#[derive(Debug)]
#[must_use = "changes are held back while this lives"]
pub struct Together(Store);

impl Drop for Together {
    fn drop(&mut self) {
        if let Some(kept) = &self.0.0 {
            kept.writer.let_go();
        }
    }
}

/// See [`Store::snapshot`].
#[derive(Debug)]
#[must_use = "files may be removed when this goes"]
pub struct Snapshot(Store);

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Some(kept) = &self.0.0 {
            kept.writer.resume_removals();
        }
    }
}

/// The records of one service in one region.
#[derive(Debug, Clone)]
pub struct Shelf {
    store: Store,
    service: &'static str,
    region: String,
}

impl Shelf {
    /// The store that it belongs to.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Makes several changes as one. Call it while the service's own lock is held, so that changes come in their order.
    pub fn change(&self, make: impl FnOnce(&mut Change<'_>)) {
        let Some(kept) = &self.store.0 else { return };
        let mut change = Change {
            shelf: self,
            rows: Vec::new(),
        };
        make(&mut change);
        if !change.rows.is_empty() {
            kept.writer.write(change.rows);
        }
    }

    /// Keeps one record.
    pub fn put(&self, kind: &'static str, key: &str, value: &impl Serialize) {
        self.change(|change| change.put(kind, key, value, Vec::new()));
    }

    /// Forgets one record.
    pub fn remove(&self, kind: &'static str, key: &str) {
        self.change(|change| change.remove(kind, key));
    }
}

/// Changes that are made as one.
#[derive(Debug)]
pub struct Change<'a> {
    shelf: &'a Shelf,
    rows: Vec<(Place, Option<Row>)>,
}

impl Change<'_> {
    /// Keeps a record that names files.
    pub fn put(
        &mut self,
        kind: &'static str,
        key: &str,
        value: &impl Serialize,
        files: Vec<String>,
    ) {
        match serde_json::to_vec(value) {
            Ok(value) => self
                .rows
                .push((self.place(kind, key), Some(Row { value, files }))),
            // Only a map with keys that are no text can't be written, and there is none.
            Err(error) => tracing::error!(kind, key, %error, "a record can't be written as JSON"),
        }
    }

    /// Forgets a record.
    pub fn remove(&mut self, kind: &'static str, key: &str) {
        self.rows.push((self.place(kind, key), None));
    }

    fn place(&self, kind: &'static str, key: &str) -> Place {
        Place {
            service: self.shelf.service.into(),
            region: self.shelf.region.clone(),
            kind: kind.into(),
            key: key.to_owned(),
        }
    }
}
