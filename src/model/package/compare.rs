//! Two packages, file by file.

use super::{Entry, EntryKind, Package, TEXT_BYTES};

/// What happens to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Change {
    Added,
    Removed,
    /// Other contents.
    Changed,
    /// The same contents, executable or not.
    Mode,
}

/// A file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Its path.
    pub path: String,
    /// What happens to it.
    pub change: Change,
    /// Bytes in the old package.
    pub before: Option<u64>,
    /// Bytes in the new package.
    pub after: Option<u64>,
}

impl FileChange {
    /// Short enough on both sides for [`Package::text`] to be asked for a difference.
    pub fn may_be_text(&self) -> bool {
        [self.before, self.after]
            .into_iter()
            .flatten()
            .all(|size| size <= TEXT_BYTES)
    }
}

/// What differs between two packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// In order of path.
    pub changes: Vec<FileChange>,
    /// Files that are the same.
    pub unchanged: usize,
}

impl Comparison {
    /// One line: `2 added, 1 changed, 14 the same`.
    pub fn summary(&self) -> String {
        let count = |change: Change| {
            self.changes
                .iter()
                .filter(|file| file.change == change)
                .count()
        };
        let parts = [
            (count(Change::Added), "added"),
            (count(Change::Removed), "removed"),
            (count(Change::Changed), "changed"),
            (count(Change::Mode), "with other permissions"),
            (self.unchanged, "the same"),
        ];
        let told: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        told.join(", ")
    }
}

/// Compares by size and checksum; both were taken from the contents when the packages were opened.
pub fn compare(old: &Package, new: &Package) -> Comparison {
    let is_file = |entry: &&Entry| entry.kind != EntryKind::Directory;
    let mut before = old.entries.iter().filter(is_file).peekable();
    let mut after = new.entries.iter().filter(is_file).peekable();
    let mut comparison = Comparison::default();
    loop {
        let order = match (before.peek(), after.peek()) {
            (None, None) => return comparison,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(a), Some(b)) => a.path.cmp(&b.path),
        };
        let a = order.is_le().then(|| before.next()).flatten();
        let b = order.is_ge().then(|| after.next()).flatten();
        match change(a, b) {
            Some(change) => comparison.changes.push(change),
            None => comparison.unchanged += 1,
        }
    }
}

fn change(before: Option<&Entry>, after: Option<&Entry>) -> Option<FileChange> {
    let path = before.or(after)?.path.clone();
    let change = match (before, after) {
        (Some(a), Some(b)) if (a.size, a.crc32, a.kind) != (b.size, b.crc32, b.kind) => {
            Change::Changed
        }
        (Some(a), Some(b)) => match (a.is_executable(), b.is_executable()) {
            (Some(a), Some(b)) if a != b => Change::Mode,
            _ => return None,
        },
        (Some(_), None) => Change::Removed,
        _ => Change::Added,
    };
    Some(FileChange {
        path,
        change,
        before: before.map(|entry| entry.size),
        after: after.map(|entry| entry.size),
    })
}
