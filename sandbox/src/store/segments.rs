//! Append-only records with a checksum each, in segments: for logs and metrics, which are many, small and never changed.
//! A record has been handed to the system when [`Journal::append`] returns, so that it outlives this process; it is on the
//! disk within a second, or with the next commit when it is to be durable. It knows no service.
//!
//! A segment is eight bytes of magic and then records: the length and the CRC-32 of the payload, four bytes each, little
//! endian, and the payload, which is JSON. The first record names the region and holds a snapshot of what its service knew
//! when the segment began, so that older segments may go. What was being written when the power went is cut off at the next
//! start.

use super::{StateError, Store, files};
use crate::region::lock;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

const MAGIC: &[u8; 8] = b"SEKISEG1";
const SUFFIX: &str = "seg";

/// When a segment is full, in bytes.
pub const FULL: u64 = 16 * 1024 * 1024;

/// The most that a record may be: a snapshot is the largest. More is a sign of damage.
const MOST: usize = 1 << 30;

/// The first record of a segment.
#[derive(Serialize, Deserialize)]
struct Head<S> {
    region: String,
    snapshot: Option<S>,
}

/// A file that has something which is not on the disk yet.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub file: Arc<File>,
    pub dirty: Arc<AtomicBool>,
}

/// The segments of one service in one region, being written.
#[derive(Debug)]
pub struct Journal {
    store: Store,
    kind: &'static str,
    region: String,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    segment: Option<Segment>,
    /// The number of the newest segment.
    number: u64,
    /// Those before it.
    older: Vec<u64>,
}

#[derive(Debug)]
struct Segment {
    written: Written,
    size: u64,
    /// What it began with: a snapshot that is nearly a segment itself must not make every record begin a new one.
    began: u64,
}

impl Journal {
    /// A journal that keeps nothing.
    pub fn none() -> Self {
        Self::new(&Store::none(), "", "")
    }

    /// A journal of a service in a region; nothing is written before there is something to write.
    pub fn new(store: &Store, kind: &'static str, region: &str) -> Self {
        Self {
            store: store.clone(),
            kind,
            region: region.to_owned(),
            open: Mutex::default(),
        }
    }

    /// Whether anything is kept.
    pub fn is_kept(&self) -> bool {
        self.store.is_kept()
    }

    /// Appends a record. `durable` has it on the disk before what tells of it is answered.
    ///
    /// # Errors
    /// When the disk refuses; then nothing was appended.
    pub fn append(&self, record: &impl Serialize, durable: bool) -> io::Result<()> {
        if !self.is_kept() {
            return Ok(());
        }
        self.append_json(&serde_json::to_vec(record)?, durable)
    }

    /// The same with a record that is JSON already.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn append_json(&self, payload: &[u8], durable: bool) -> io::Result<()> {
        let Some(data) = self.store.data() else {
            return Ok(());
        };
        let mut open = lock(&self.open);
        if open.segment.is_none() {
            let begun = self.begin::<()>(data, open.number + 1, None)?;
            open.number += 1;
            open.segment = Some(begun);
        }
        if let Some(segment) = &mut open.segment {
            segment.append(payload)?;
            self.store.written(&segment.written, durable);
        }
        Ok(())
    }

    /// Whether the segment is full, so that [`Journal::roll`] is to be called.
    pub fn is_full(&self) -> bool {
        let open = lock(&self.open);
        let segment = open.segment.as_ref();
        segment.is_some_and(|segment| segment.size > FULL.max(2 * segment.began))
    }

    /// Begins a new segment with a snapshot of what is known now. Older segments go once it is on the disk: those of which
    /// `is_needed` does not say that something in them still counts, told by their numbers.
    ///
    /// # Errors
    /// When the disk refuses; then the old segment goes on.
    pub fn roll(
        &self,
        snapshot: &impl Serialize,
        mut is_needed: impl FnMut(u64) -> bool,
    ) -> io::Result<()> {
        let Some(data) = self.store.data() else {
            return Ok(());
        };
        let mut open = lock(&self.open);
        let number = open.number + 1;
        if let Some(segment) = &open.segment {
            // Only the end of the newest segment may ever be torn. Once in sixteen megabytes, a writer waits for a disk.
            segment.written.sync()?;
        }
        let begun = self.begin(data, number, Some(snapshot))?;
        let mut older = std::mem::take(&mut open.older);
        older.push(open.number);
        let (kept, gone) = older.into_iter().partition(|number| is_needed(*number));
        open.older = kept;
        open.number = number;
        let gone: Vec<u64> = gone;
        let gone = gone.iter().map(|number| self.path(data, *number));
        self.store.retire(&begun.written, gone.collect());
        open.segment = Some(begun);
        Ok(())
    }

    /// The number of the segment that is being written.
    pub fn number(&self) -> u64 {
        let open = lock(&self.open);
        open.number + u64::from(open.segment.is_none())
    }

    fn path(&self, data: &Path, number: u64) -> PathBuf {
        let plain: String = self
            .region
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
            .take(40)
            .collect();
        // Two regions whose names differ elsewhere have files of their own.
        let sum = crc32fast::hash(self.region.as_bytes());
        let name = format!("{}-{plain}-{sum:08x}-{number:08}.{SUFFIX}", self.kind);
        data.join(files::SEGMENTS).join(name)
    }

    /// A new segment with its first record. It gets its name when it is whole.
    fn begin<S: Serialize>(
        &self,
        data: &Path,
        number: u64,
        snapshot: Option<&S>,
    ) -> io::Result<Segment> {
        let path = self.path(data, number);
        let partial = path.with_extension("part");
        files::make_private(&data.join(files::SEGMENTS))?;
        let mut file = files::create_private(&partial)?;
        file.write_all(MAGIC)?;
        let mut segment = Segment {
            written: Written {
                file: Arc::new(file),
                dirty: Arc::default(),
            },
            size: MAGIC.len() as u64,
            began: 0,
        };
        let head = serde_json::to_vec(&Head {
            region: self.region.clone(),
            snapshot,
        })?;
        segment.append(&head)?;
        segment.began = segment.size;
        fs::rename(&partial, &path)?;
        Ok(segment)
    }
}

impl Segment {
    fn append(&mut self, payload: &[u8]) -> io::Result<()> {
        let mut frame = Vec::with_capacity(payload.len() + 8);
        let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
        frame.extend_from_slice(&length.to_le_bytes());
        frame.extend_from_slice(&crc32fast::hash(payload).to_le_bytes());
        frame.extend_from_slice(payload);
        let mut file = self.written.file.as_ref();
        if let Err(error) = file.write_all(&frame) {
            // Half a record would hide those after it.
            file.set_len(self.size)?;
            file.seek(SeekFrom::Start(self.size))?;
            return Err(error);
        }
        self.size += frame.len() as u64;
        Ok(())
    }
}

/// Reads the journals of a service: for each region what `make` gives it and what `take_snapshot` and `take_record` make of
/// it. They are told the number of the segment that they read.
///
/// # Errors
/// When a segment is damaged elsewhere than at its end.
pub fn replay<S: DeserializeOwned>(
    store: &Store,
    kind: &'static str,
    mut take: impl FnMut(&str, u64, Found<'_, S>) -> serde_json::Result<()>,
) -> Result<Vec<Journal>, StateError> {
    let Some(data) = store.data() else {
        return Ok(Vec::new());
    };
    let folder = data.join(files::SEGMENTS);
    files::make_private(&folder).map_err(StateError::disk(&folder))?;
    let mut series: BTreeMap<String, BTreeMap<u64, PathBuf>> = BTreeMap::new();
    for entry in fs::read_dir(&folder)
        .map_err(StateError::disk(&folder))?
        .flatten()
    {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{kind}-")) && name.ends_with(".part") {
            fs::remove_file(&path).map_err(StateError::disk(&path))?;
        }
        if let Some((name, number)) = read_name(&name, kind) {
            series.entry(name).or_default().insert(number, path);
        }
    }
    let mut journals = Vec::new();
    for (_, segments) in series {
        if let Some(journal) = replay_one(store, kind, segments, &mut take)? {
            journals.push(journal);
        }
    }
    Ok(journals)
}

/// What is found in a segment.
pub enum Found<'a, S> {
    /// What was known when it began.
    Snapshot(S),
    /// What happened then, as JSON.
    Record(&'a [u8]),
}

/// The series that a segment belongs to, and its number.
fn read_name(name: &str, kind: &str) -> Option<(String, u64)> {
    let stem = name.strip_suffix(&format!(".{SUFFIX}"))?;
    let (series, number) = stem.rsplit_once('-')?;
    series
        .starts_with(&format!("{kind}-"))
        .then_some((series.to_owned(), number.parse().ok()?))
}

fn replay_one<S: DeserializeOwned>(
    store: &Store,
    kind: &'static str,
    segments: BTreeMap<u64, PathBuf>,
    take: &mut impl FnMut(&str, u64, Found<'_, S>) -> serde_json::Result<()>,
) -> Result<Option<Journal>, StateError> {
    let last = segments.keys().next_back().copied().unwrap_or_default();
    let mut region = None;
    let mut open = Open::default();
    for (number, path) in segments {
        let frames = frames(&path, number == last)?;
        let payloads = frames.payloads();
        let Some((head, records)) = payloads.split_first() else {
            // It was begun when the power went; those before it are still there.
            fs::remove_file(&path).map_err(StateError::disk(&path))?;
            continue;
        };
        let damaged = |error: serde_json::Error| StateError::damaged(&path, error);
        let head: Head<S> = serde_json::from_slice(head).map_err(damaged)?;
        if let Some(snapshot) = head.snapshot {
            take(&head.region, number, Found::Snapshot(snapshot)).map_err(damaged)?;
        }
        for record in records {
            take(&head.region, number, Found::Record(record)).map_err(damaged)?;
        }
        region = Some(head.region);
        open.older.push(number);
        open.number = number;
        open.segment = (number == last)
            .then(|| reopen(&path, frames.whole))
            .transpose()
            .map_err(StateError::disk(&path))?;
    }
    // The segment that goes on is not one of those before it.
    if open.segment.is_some() {
        open.older.pop();
    }
    Ok(region.map(|region| Journal {
        store: store.clone(),
        kind,
        region,
        open: Mutex::new(open),
    }))
}

impl Journal {
    /// The region that it is of.
    pub fn region(&self) -> &str {
        &self.region
    }
}

/// Goes on with a segment after its last whole record.
fn reopen(path: &Path, whole: u64) -> io::Result<Segment> {
    let mut file = fs::OpenOptions::new().read(true).write(true).open(path)?;
    if file.metadata()?.len() > whole {
        file.set_len(whole)?;
        file.sync_all()?;
    }
    file.seek(SeekFrom::Start(whole))?;
    Ok(Segment {
        written: Written {
            file: Arc::new(file),
            dirty: Arc::new(AtomicBool::new(false)),
        },
        size: whole,
        began: 0,
    })
}

/// Reads all segments of a state without changing any.
///
/// # Errors
/// When one is damaged elsewhere than at its end.
pub fn check(data: &Path) -> Result<(), StateError> {
    let entries = fs::read_dir(data.join(files::SEGMENTS));
    for entry in entries.into_iter().flatten().flatten() {
        frames(&entry.path(), true)?;
    }
    Ok(())
}

/// The records of a segment.
struct Frames {
    bytes: Vec<u8>,
    /// Where each payload begins and ends.
    spans: Vec<(usize, usize)>,
    /// How far the whole records go, in bytes.
    whole: u64,
}

impl Frames {
    fn payloads(&self) -> Vec<&[u8]> {
        self.spans
            .iter()
            .filter_map(|(from, to)| self.bytes.get(*from..*to))
            .collect()
    }
}

/// Reads a segment. Only the end of the last one may be torn.
fn frames(path: &Path, is_last: bool) -> Result<Frames, StateError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|mut file| file.read_to_end(&mut bytes))
        .map_err(StateError::disk(path))?;
    let torn = |at: usize| {
        if is_last {
            tracing::warn!(path = %path.display(), at, "a torn end is cut off");
            return Ok(());
        }
        let what = format!("the segment is not whole after byte {at}");
        Err(StateError::damaged(path, what))
    };
    let mut spans = Vec::new();
    if !bytes.starts_with(MAGIC) {
        if bytes.len() >= MAGIC.len() && bytes.iter().any(|byte| *byte != 0) {
            return Err(StateError::damaged(path, "it is no segment of this format"));
        }
        torn(0)?;
        return Ok(Frames {
            bytes,
            spans,
            whole: 0,
        });
    }
    let mut at = MAGIC.len();
    while at < bytes.len() {
        let Some(span) = frame(&bytes, at) else {
            torn(at)?;
            break;
        };
        at = span.1;
        spans.push(span);
    }
    Ok(Frames {
        bytes,
        spans,
        whole: at as u64,
    })
}

/// Where the payload of the record at a place is, if the record is whole.
fn frame(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let word = |at: usize| -> Option<u32> {
        let four = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes(four.try_into().ok()?))
    };
    let length = usize::try_from(word(at)?).ok()?;
    let sum = word(at + 4)?;
    let (from, to) = (at + 8, at + 8 + length);
    // Zeros, which a file has where nothing was written, are no record.
    let payload = (1..=MOST)
        .contains(&length)
        .then(|| bytes.get(from..to))??;
    (crc32fast::hash(payload) == sum).then_some((from, to))
}

impl Written {
    /// Has all that was written so far on the disk.
    pub fn sync(&self) -> io::Result<()> {
        self.dirty.store(false, Ordering::SeqCst);
        self.file.sync_data()
    }
}
