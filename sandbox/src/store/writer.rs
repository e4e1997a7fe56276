//! The thread that commits: what comes while it is at work is its next batch, so that many changes share one fsync and
//! nobody who serves requests ever waits for a disk. It knows no service.

use super::{Place, Row, StateError, database, files, segments::Written};
use crate::region::lock;
use rusqlite::Connection;
use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::sync::{oneshot, watch};

/// How long the writer waits before it tries again what the disk refused.
const RETRY: Duration = Duration::from_secs(1);
/// How long what need not be durable at once may stay off the disk.
const SOON: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub struct Writer {
    shared: Arc<Shared>,
    progress: watch::Receiver<Progress>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    pending: Mutex<Pending>,
    wake: Condvar,
}

/// What the next batch is made of. Only the last value of a record counts, so it is never more than the state itself.
#[derive(Debug, Default)]
struct Pending {
    rows: HashMap<Place, Option<Row>>,
    syncs: Vec<Written>,
    soon: Vec<Written>,
    soon_since: Option<Instant>,
    retired: Vec<(Written, Vec<PathBuf>)>,
    released: Vec<String>,
    snapshots: Vec<(PathBuf, oneshot::Sender<rusqlite::Result<()>>)>,
    resumed: u32,
    /// Grows with every change.
    sequence: u64,
    /// How many hold the batch back.
    held: u32,
    closing: bool,
}

impl Pending {
    fn is_late(&self) -> bool {
        self.soon_since.is_some_and(|since| since.elapsed() >= SOON)
    }

    fn is_due(&self) -> bool {
        let something = !self.rows.is_empty()
            || !self.syncs.is_empty()
            || !self.retired.is_empty()
            || !self.released.is_empty()
            || !self.snapshots.is_empty()
            || self.resumed > 0;
        self.closing || (something && self.held == 0)
    }
}

/// How far the writer has come.
#[derive(Debug, Clone, Default)]
struct Progress {
    /// All changes up to here are on the disk.
    committed: u64,
    /// The disk refused, and what was said about changes up to which.
    refused: Option<(u64, Arc<str>)>,
    closed: bool,
}

impl Writer {
    /// Starts the thread.
    pub fn start(
        connection: Connection,
        data: PathBuf,
        by_place: HashMap<Place, Vec<String>>,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            pending: Mutex::default(),
            wake: Condvar::new(),
        });
        let mut named = HashMap::new();
        for name in by_place.values().flatten() {
            *named.entry(name.clone()).or_default() += 1;
        }
        let (told, progress) = watch::channel(Progress::default());
        let work = Work {
            shared: shared.clone(),
            connection,
            told,
            files: Files {
                data,
                named,
                by_place,
                released: HashSet::new(),
                retired: Vec::new(),
                paused: 0,
            },
        };
        let thread = std::thread::Builder::new()
            .name("sekisho-store".into())
            .spawn(move || work.run())?;
        Ok(Self {
            shared,
            progress,
            thread: Mutex::new(Some(thread)),
        })
    }

    fn with(&self, change: impl FnOnce(&mut Pending)) {
        let mut pending = lock(&self.shared.pending);
        change(&mut pending);
        self.shared.wake.notify_one();
    }

    pub fn write(&self, rows: Vec<(Place, Option<Row>)>) {
        self.with(|pending| {
            pending.sequence += 1;
            pending.rows.extend(rows);
        });
    }

    pub fn sync(&self, written: Written) {
        self.with(|pending| {
            pending.sequence += 1;
            let twice = |known: &Written| Arc::ptr_eq(&known.file, &written.file);
            if !pending.syncs.iter().any(twice) {
                pending.syncs.push(written);
            }
        });
    }

    pub fn sync_soon(&self, written: Written) {
        self.with(|pending| {
            pending.soon.push(written);
            pending.soon_since.get_or_insert_with(Instant::now);
        });
    }

    pub fn retire(&self, by: Written, gone: Vec<PathBuf>) {
        self.with(|pending| pending.retired.push((by, gone)));
    }

    pub fn release(&self, name: String) {
        self.with(|pending| pending.released.push(name));
    }

    pub fn hold(&self) {
        self.with(|pending| pending.held += 1);
    }

    pub fn let_go(&self) {
        self.with(|pending| pending.held -= 1);
    }

    pub fn resume_removals(&self) {
        self.with(|pending| pending.resumed += 1);
    }

    pub async fn snapshot(&self, to: PathBuf) -> Result<(), StateError> {
        let (tell, told) = oneshot::channel();
        self.with(|pending| pending.snapshots.push((to.clone(), tell)));
        match told.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(StateError::disk(&to)(std::io::Error::other(error))),
            Err(_) => Err(StateError::Stopped),
        }
    }

    pub async fn settled(&self) -> Result<(), String> {
        let target = lock(&self.shared.pending).sequence;
        let mut progress = self.progress.clone();
        let done = |progress: &Progress| {
            progress.committed >= target
                || progress.closed
                || progress
                    .refused
                    .as_ref()
                    .is_some_and(|(upto, _)| *upto >= target)
        };
        let found = progress.wait_for(done).await.map(|found| found.clone());
        match found {
            Ok(progress) if progress.committed >= target => Ok(()),
            Ok(Progress {
                refused: Some((_, what)),
                ..
            }) => Err(what.to_string()),
            _ => Err(StateError::Stopped.to_string()),
        }
    }

    /// Commits what is left and ends the thread. It blocks until that has happened.
    pub fn close(&self) {
        self.with(|pending| pending.closing = true);
        if let Some(thread) = lock(&self.thread).take()
            && thread.join().is_err()
        {
            tracing::error!("the store's thread ended in a panic");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The thread commits what is left and ends by itself: it may be this very thread that drops the store.
        self.with(|pending| pending.closing = true);
    }
}

/// What the thread works with.
struct Work {
    shared: Arc<Shared>,
    connection: Connection,
    told: watch::Sender<Progress>,
    files: Files,
}

impl Work {
    fn run(mut self) {
        loop {
            let mut batch = self.next();
            let upto = batch.sequence;
            let closing = batch.closing;
            match self.commit(&batch) {
                Ok(()) => {
                    self.files.apply(&batch.rows);
                    self.told.send_modify(|progress| {
                        progress.committed = upto;
                        progress.refused = None;
                    });
                }
                Err(what) => {
                    tracing::error!(what, "a change could not be kept");
                    let rows = std::mem::take(&mut batch.rows);
                    let syncs = std::mem::take(&mut batch.syncs);
                    self.take_back(rows, syncs);
                    let refused = Some((upto, Arc::from(what)));
                    self.told.send_modify(|progress| progress.refused = refused);
                    if !closing {
                        std::thread::park_timeout(RETRY);
                    }
                }
            }
            for (by, gone) in batch.retired {
                self.files.retire(&by, gone);
            }
            for (to, tell) in batch.snapshots {
                let copied = database::copy(&self.connection, &to);
                self.files.paused += u32::from(copied.is_ok());
                // Nobody waits for it any more: then nobody resumes either.
                if let Err(Ok(())) = tell.send(copied) {
                    self.files.paused -= 1;
                }
            }
            self.files.paused = self.files.paused.saturating_sub(batch.resumed);
            self.files.released.extend(batch.released);
            self.files.remove_released();
            if closing {
                break;
            }
        }
        self.told.send_modify(|progress| progress.closed = true);
        if let Err((_, error)) = self.connection.close() {
            tracing::warn!(%error, "the state's file did not close in order");
        }
    }

    /// The next batch, when there is one.
    fn next(&self) -> Pending {
        let mut pending = lock(&self.shared.pending);
        let mut late = false;
        while !pending.is_due() && !late {
            pending = match pending.soon_since {
                None => self
                    .shared
                    .wake
                    .wait(pending)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(since) => {
                    let rest = SOON.saturating_sub(since.elapsed());
                    let waited = self.shared.wake.wait_timeout(pending, rest);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
            late = pending.is_late();
        }
        // A change that somebody waits for does not wait for what may take its time.
        let (soon, since) = (std::mem::take(&mut pending.soon), pending.soon_since.take());
        let mut batch = Pending {
            sequence: self.told.borrow().committed,
            ..Pending::default()
        };
        if pending.is_due() {
            batch = std::mem::take(&mut *pending);
            pending.sequence = batch.sequence;
            pending.held = batch.held;
            pending.closing = batch.closing;
        }
        if late || batch.closing {
            batch.soon = soon;
        } else {
            (pending.soon, pending.soon_since) = (soon, since);
        }
        batch
    }

    fn commit(&mut self, batch: &Pending) -> Result<(), String> {
        for written in &batch.syncs {
            written.sync().map_err(|error| error.to_string())?;
        }
        for written in &batch.soon {
            written.sync().map_err(|error| error.to_string())?;
        }
        if batch.rows.is_empty() {
            return Ok(());
        }
        database::commit(&mut self.connection, &batch.rows).map_err(|error| error.to_string())
    }

    /// Puts back what could not be written; what changed meanwhile is newer.
    fn take_back(&self, rows: HashMap<Place, Option<Row>>, syncs: Vec<Written>) {
        let mut pending = lock(&self.shared.pending);
        for (place, row) in rows {
            pending.rows.entry(place).or_insert(row);
        }
        pending.syncs.extend(syncs);
    }
}

/// Which files records name. A file goes when it has been released and no record on the disk names it any more.
struct Files {
    data: PathBuf,
    named: HashMap<String, u32>,
    by_place: HashMap<Place, Vec<String>>,
    released: HashSet<String>,
    retired: Vec<PathBuf>,
    /// How many are copying files.
    paused: u32,
}

impl Files {
    fn apply(&mut self, rows: &HashMap<Place, Option<Row>>) {
        for (place, row) in rows {
            let new = row
                .as_ref()
                .map(|row| row.files.clone())
                .unwrap_or_default();
            for name in &new {
                *self.named.entry(name.clone()).or_default() += 1;
            }
            let old = if new.is_empty() {
                self.by_place.remove(place)
            } else {
                self.by_place.insert(place.clone(), new)
            };
            for name in old.into_iter().flatten() {
                if let Some(count) = self.named.get_mut(&name) {
                    *count -= 1;
                    if *count == 0 {
                        self.named.remove(&name);
                    }
                }
            }
        }
    }

    /// Removes segments when the one in their place is on the disk.
    fn retire(&mut self, by: &Written, gone: Vec<PathBuf>) {
        let synced = by
            .sync()
            .and_then(|()| files::sync_folder(&self.data.join(files::SEGMENTS)));
        match synced {
            Ok(()) => self.retired.extend(gone),
            // They are read again at the next start, before the one in their place.
            Err(error) => tracing::warn!(%error, "a segment is not on the disk"),
        }
    }

    fn remove_released(&mut self) {
        if self.paused > 0 {
            return;
        }
        for path in std::mem::take(&mut self.retired) {
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::debug!(%error, path = %path.display(), "a segment could not be removed");
            }
        }
        let free: Vec<String> = self
            .released
            .iter()
            .filter(|name| !self.named.contains_key(*name))
            .cloned()
            .collect();
        for name in free {
            self.released.remove(&name);
            // What can't be removed now is swept at the next start.
            if let Err(error) = std::fs::remove_file(self.data.join(&name)) {
                tracing::debug!(%error, name, "a file could not be removed");
            }
        }
    }
}
