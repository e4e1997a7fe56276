//! What a package holds: its directory, and its contents inflated into nothing within bounds.

use std::collections::HashSet;
use std::io::{Read, Seek as _, SeekFrom};

use zip::{CompressionMethod, ZipArchive};

use super::{
    Entry, EntryKind, PackageLimits, PackageProblem, ReadSeek, Source, Watch, damaged, paths,
};

/// Entries that a package may have: far above any real one, far below what would fill the memory.
const MAX_ENTRIES: usize = 200_000;

/// Problems with single entries that are told.
const MAX_PROBLEMS: usize = 100;

/// What is gathered while a package is looked at.
#[derive(Default)]
pub(super) struct Found {
    pub(super) entries: Vec<Entry>,
    pub(super) declared: u64,
    pub(super) problems: Vec<PackageProblem>,
    /// The directory's start, where the reader found a name in it twice.
    duplicates: Option<u64>,
}

impl Found {
    /// Reads the directory, and nothing of the contents.
    pub(super) fn list(
        &mut self,
        archive: &mut ZipArchive<Box<dyn ReadSeek>>,
    ) -> Result<(), PackageProblem> {
        if archive.is_empty() {
            return Err(PackageProblem::Empty);
        }
        if archive.len() > MAX_ENTRIES {
            return Err(PackageProblem::TooManyEntries {
                count: archive.len(),
                limit: MAX_ENTRIES,
            });
        }
        self.duplicates = archive
            .has_duplicate_names()
            .then(|| archive.central_directory_start());
        for index in 0..archive.len() {
            let file = archive.by_index_raw(index).map_err(damaged)?;
            let name = match file.name() {
                Ok(name) => name.into_owned(),
                Err(_) => String::from_utf8_lossy(file.name_raw()).into_owned(),
            };
            let opens = matches!(
                file.compression(),
                CompressionMethod::Stored | CompressionMethod::Deflated
            );
            let problem = if file.encrypted() {
                Some(PackageProblem::Encrypted { path: name.clone() })
            } else if !opens {
                Some(PackageProblem::Method {
                    path: name.clone(),
                    method: file.compression().to_string(),
                })
            } else {
                None
            };
            let opens = problem.is_none();
            // The first hundred say enough; a package made to do harm could have a problem for every entry.
            let room = MAX_PROBLEMS.saturating_sub(self.problems.len());
            self.problems
                .extend(paths::escape(&name).into_iter().chain(problem).take(room));
            let kind = if file.is_symlink() {
                EntryKind::Symlink
            } else if file.is_dir() {
                EntryKind::Directory
            } else {
                EntryKind::File
            };
            self.declared = self.declared.saturating_add(file.size());
            self.entries.push(Entry {
                path: paths::normal(&name).to_owned(),
                kind,
                size: file.size(),
                compressed: file.compressed_size(),
                crc32: file.crc32(),
                mode: file.unix_mode(),
                index,
                opens,
            });
        }
        Ok(())
    }

    /// Inflates every entry into nothing: sizes and checksums are those of the contents, not those of a header that may
    /// lie, and no more than the limit is ever inflated.
    pub(super) fn inflate(
        &mut self,
        archive: &mut ZipArchive<Box<dyn ReadSeek>>,
        size: u64,
        limits: PackageLimits,
        watch: &mut Watch<'_>,
    ) -> Result<u64, PackageProblem> {
        let mut unpacked = 0u64;
        let mut buffer = vec![0; 1 << 16];
        let total = size.saturating_add(self.declared);
        for entry in &mut self.entries {
            if entry.kind == EntryKind::Directory || !entry.opens {
                continue;
            }
            let mut file = archive.by_index(entry.index).map_err(damaged)?;
            let mut start = Vec::new();
            let mut inflated = 0u64;
            loop {
                watch.tell(size.saturating_add(unpacked), total)?;
                let count = match file.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) => count,
                    Err(error) => {
                        let path = entry.path.clone();
                        return Err(PackageProblem::DamagedEntry {
                            path,
                            reason: error.to_string(),
                        });
                    }
                };
                if entry.kind == EntryKind::Symlink && start.len() < 4_096 {
                    start.extend_from_slice(&buffer[..count]);
                }
                inflated += count as u64;
                unpacked += count as u64;
                if inflated > entry.size {
                    return Err(PackageProblem::Bomb {
                        path: entry.path.clone(),
                        declared: entry.size,
                    });
                }
                if unpacked > limits.unpacked {
                    return Err(PackageProblem::TooLargeUnpacked {
                        size: unpacked,
                        limit: limits.unpacked,
                    });
                }
            }
            if entry.kind == EntryKind::Symlink && paths::link_escapes(&entry.path, &start) {
                let target = String::from_utf8_lossy(&start).into_owned();
                self.problems.push(PackageProblem::LinkEscapes {
                    path: entry.path.clone(),
                    target,
                });
            }
        }
        Ok(unpacked)
    }

    /// Paths that are there twice, and files that Lambda's user cannot read.
    pub(super) fn judge_names(&mut self, source: &Source) {
        let mut paths: Vec<&str> = self
            .entries
            .iter()
            .map(|entry| entry.path.as_str())
            .collect();
        paths.sort_unstable();
        let twice = paths
            .windows(2)
            .find(|pair| pair[0] == pair[1])
            .map(|pair| pair[0].to_owned());
        // The reader keeps the last of two equal names only, and says that there were two.
        let twice = twice.or_else(|| {
            self.duplicates
                .map(|directory| duplicate_name(source, directory).unwrap_or_default())
        });
        self.problems
            .extend(twice.map(|path| PackageProblem::Duplicate { path }));
        let unreadable = |entry: &&Entry| {
            entry.kind == EntryKind::File
                && entry
                    .mode
                    .is_some_and(|mode| mode & 0o777 != 0 && mode & 0o004 == 0)
        };
        let mut closed = self.entries.iter().filter(unreadable);
        if let Some(first) = closed.next() {
            let path = first.path.clone();
            self.problems.push(PackageProblem::NotReadable {
                path,
                others: closed.count(),
            });
        }
    }
}

/// Goes through the directory once more for the name that is there twice: 46 bytes a header, then name, extra field and
/// comment. Source: APPNOTE 4.3.12.
fn duplicate_name(source: &Source, directory_start: u64) -> Option<String> {
    let (mut reader, _) = source.open().ok()?;
    reader.seek(SeekFrom::Start(directory_start)).ok()?;
    let mut seen = HashSet::new();
    let mut header = [0; 46];
    while reader.read_exact(&mut header).is_ok() && header.starts_with(b"PK\x01\x02") {
        let length = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let mut name = vec![0; length(28)];
        reader.read_exact(&mut name).ok()?;
        reader
            .seek_relative((length(30) + length(32)) as i64)
            .ok()?;
        if seen.contains(&name) {
            return Some(String::from_utf8_lossy(&name).into_owned());
        }
        seen.insert(name);
    }
    None
}
