//! A deployment package, opened and checked before it goes up, and compared with what is deployed.
//!
//! Nothing is unpacked to disk and nothing is run. Everything here blocks: run it on a task for blocking work.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html>.

mod compare;
mod handler;
mod paths;
mod problem;
mod scan;

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;
use zip::result::ZipError;

use super::limits;
pub use compare::{Change, Comparison, FileChange, compare};
pub use handler::check_handler;
pub use problem::{PackageProblem, Severity};

/// A text up to this many bytes is shown as a difference.
pub const TEXT_BYTES: u64 = 262_144;

/// A package that unpacks to this many times its size is worth a word.
const RATIO: u64 = 100;
/// Below this size, unpacked, it is not.
const RATIO_BYTES: u64 = 10 << 20;

/// Where a package's bytes are.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file that was chosen or dropped.
    File(PathBuf),
    /// One that was downloaded.
    Bytes(Arc<[u8]>),
}

/// What a package may have; Lambda's own by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackageLimits {
    /// Bytes that can be sent in the request.
    pub direct: u64,
    /// Bytes, unpacked. A ZIP that is itself larger is refused by its size alone.
    pub unpacked: u64,
}

impl Default for PackageLimits {
    fn default() -> Self {
        Self {
            direct: limits::ZIP_DIRECT_BYTES,
            unpacked: limits::UNPACKED_BYTES,
        }
    }
}

/// How far the check is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes done.
    pub done: u64,
    /// Bytes in all: the ZIP once for its hash, and its contents once.
    pub total: u64,
}

/// Whom the check tells of its progress, and who can stop it.
pub struct Watch<'a> {
    /// Set to stop; looked at every 64 KB.
    pub cancel: &'a AtomicBool,
    /// Called every 64 KB at most.
    pub progress: &'a mut dyn FnMut(Progress),
}

impl Watch<'_> {
    fn tell(&mut self, done: u64, total: u64) -> Result<(), PackageProblem> {
        (self.progress)(Progress {
            done: done.min(total),
            total,
        });
        if self.cancel.load(Ordering::Relaxed) {
            Err(PackageProblem::Cancelled)
        } else {
            Ok(())
        }
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum EntryKind {
    File,
    Directory,
    Symlink,
}

/// An entry of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path with `/`, without `./` before it or `/` behind it.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes, unpacked.
    pub size: u64,
    /// Bytes in the ZIP.
    pub compressed: u64,
    /// The checksum of the contents.
    pub crc32: u32,
    /// Unix permission bits, where the ZIP was made on a Unix.
    pub mode: Option<u32>,
    index: usize,
    /// Its contents can be looked at: neither encrypted nor compressed in a way that is not understood.
    opens: bool,
}

impl Entry {
    /// Whether it may be run; `None` where the ZIP does not say.
    pub fn is_executable(&self) -> Option<bool> {
        self.mode.map(|mode| mode & 0o111 != 0)
    }
}

/// A package that could be opened.
#[derive(Debug, Clone)]
pub struct Package {
    source: Source,
    /// Bytes of the ZIP.
    pub size: u64,
    /// As Lambda gives it in `CodeSha256`: SHA-256 in base64.
    pub code_sha256: String,
    /// In order of path.
    pub entries: Vec<Entry>,
    /// Bytes of all files, unpacked.
    pub unpacked: u64,
    /// What was found, without the handler: see [`check_handler`].
    pub problems: Vec<PackageProblem>,
}

trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

impl Source {
    fn open(&self) -> io::Result<(Box<dyn ReadSeek>, u64)> {
        match self {
            Self::File(path) => {
                let file = File::open(path)?;
                let metadata = file.metadata()?;
                if !metadata.is_file() {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidInput,
                        "it is not a file",
                    ));
                }
                Ok((
                    Box::new(BufReader::with_capacity(1 << 16, file)),
                    metadata.len(),
                ))
            }
            Self::Bytes(bytes) => {
                Ok((Box::new(Cursor::new(Arc::clone(bytes))), bytes.len() as u64))
            }
        }
    }
}

impl Package {
    /// Opens and checks a package by Lambda's limits.
    ///
    /// # Errors
    /// It is no ZIP, cannot be read, or is so large that looking further makes no sense. What can be looked at further
    /// is returned, with its `problems`.
    pub fn open(source: Source, watch: &mut Watch<'_>) -> Result<Self, PackageProblem> {
        Self::open_within(source, PackageLimits::default(), watch)
    }

    /// Opens and checks a package by other limits.
    ///
    /// # Errors
    /// See [`Package::open`].
    pub fn open_within(
        source: Source,
        limits: PackageLimits,
        watch: &mut Watch<'_>,
    ) -> Result<Self, PackageProblem> {
        let (mut reader, size) = source.open()?;
        if size > limits.unpacked {
            return Err(PackageProblem::TooLarge {
                size,
                limit: limits.unpacked,
            });
        }
        check_magic(&mut reader)?;
        // The total is not known before the directory is read: the ZIP itself counts first.
        let code_sha256 = hash(&mut reader, size, watch)?;
        let mut archive = ZipArchive::new(reader).map_err(damaged)?;
        let mut found = scan::Found::default();
        if size > limits.direct {
            found.problems.push(PackageProblem::NeedsS3 {
                size,
                limit: limits.direct,
            });
        }
        found.list(&mut archive)?;
        if found.declared > limits.unpacked {
            return Err(PackageProblem::TooLargeUnpacked {
                size: found.declared,
                limit: limits.unpacked,
            });
        }
        let unpacked = found.inflate(&mut archive, size, limits, watch)?;
        if unpacked > RATIO_BYTES && unpacked / size.max(1) >= RATIO {
            found.problems.push(PackageProblem::Ratio {
                ratio: unpacked / size.max(1),
            });
        }
        found.judge_names(&source);
        found.entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self {
            source,
            size,
            code_sha256,
            entries: found.entries,
            unpacked,
            problems: found.problems,
        })
    }

    /// Whether nothing stands against sending it; add the handler's problems first.
    pub fn can_upload(&self) -> bool {
        self.problems
            .iter()
            .all(|problem| problem.severity() != Severity::Refuse)
    }

    /// The entry of that path.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        let at = self
            .entries
            .binary_search_by(|entry| entry.path.as_str().cmp(path))
            .ok()?;
        self.entries.get(at)
    }

    /// Files alone, without directories and links.
    pub fn files(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::File)
    }

    /// The contents of a file as text; `None` where it is longer than [`TEXT_BYTES`] or is no text.
    ///
    /// # Errors
    /// The package has gone or was changed meanwhile.
    pub fn text(&self, path: &str) -> Result<Option<String>, PackageProblem> {
        let Some(entry) = self
            .entry(path)
            .filter(|entry| entry.size <= TEXT_BYTES && entry.opens)
        else {
            return Ok(None);
        };
        let (reader, size) = self.source.open()?;
        if size != self.size {
            return Err(PackageProblem::Changed);
        }
        let mut archive = ZipArchive::new(reader).map_err(damaged)?;
        let mut bytes = Vec::with_capacity(entry.size as usize);
        let file = archive.by_index(entry.index).map_err(damaged)?;
        file.take(TEXT_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > TEXT_BYTES || bytes.contains(&0) {
            return Ok(None);
        }
        Ok(String::from_utf8(bytes).ok())
    }

    /// The bytes of the ZIP, for sending.
    ///
    /// # Errors
    /// It has gone, or is not the file any more that was checked.
    pub fn bytes(&self) -> Result<Arc<[u8]>, PackageProblem> {
        let bytes: Arc<[u8]> = match &self.source {
            Source::Bytes(bytes) => Arc::clone(bytes),
            Source::File(_) => {
                let (reader, size) = self.source.open()?;
                if size != self.size {
                    return Err(PackageProblem::Changed);
                }
                let mut bytes = Vec::with_capacity(size as usize);
                reader.take(self.size + 1).read_to_end(&mut bytes)?;
                bytes.into()
            }
        };
        if code_sha256(&bytes) == self.code_sha256 {
            Ok(bytes)
        } else {
            Err(PackageProblem::Changed)
        }
    }
}

/// SHA-256 in base64, as Lambda's `CodeSha256`.
pub fn code_sha256(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(bytes))
}

fn damaged(error: ZipError) -> PackageProblem {
    match error {
        ZipError::Io(error) => error.into(),
        other => PackageProblem::Damaged {
            reason: other.to_string(),
        },
    }
}

/// A ZIP begins with a local header or, if empty, with the end of its directory. What else people choose is named.
fn check_magic(reader: &mut Box<dyn ReadSeek>) -> Result<(), PackageProblem> {
    let mut start = Vec::with_capacity(512);
    reader.by_ref().take(512).read_to_end(&mut start)?;
    reader.seek(SeekFrom::Start(0))?;
    if start.starts_with(b"PK\x03\x04") {
        return Ok(());
    }
    if start.is_empty() || start.starts_with(b"PK\x05\x06") {
        return Err(PackageProblem::Empty);
    }
    let kinds: [(&[u8], &str); 8] = [
        (b"\x1f\x8b", "a gzip archive"),
        (b"7z\xbc\xaf", "a 7-Zip archive"),
        (b"Rar!", "a RAR archive"),
        (b"BZh", "a bzip2 archive"),
        (b"\xfd7zXZ", "an xz archive"),
        (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
        (b"\x7fELF", "an executable"),
        (b"%PDF", "a PDF document"),
    ];
    let found = kinds
        .into_iter()
        .find(|(magic, _)| start.starts_with(magic))
        .map(|(_, name)| name);
    let found = found.or((start.get(257..262) == Some(b"ustar")).then_some("a tar archive"));
    Err(PackageProblem::NotZip { found })
}

fn hash(
    reader: &mut Box<dyn ReadSeek>,
    size: u64,
    watch: &mut Watch<'_>,
) -> Result<String, PackageProblem> {
    let mut sha = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut done = 0;
    loop {
        watch.tell(done, size.saturating_mul(2))?;
        match reader.read(&mut buffer)? {
            0 => break,
            count => {
                sha.update(&buffer[..count]);
                done += count as u64;
            }
        }
    }
    reader.seek(SeekFrom::Start(0))?;
    Ok(base64::engine::general_purpose::STANDARD.encode(sha.finalize()))
}

#[cfg(test)]
mod tests;
