//! Why a state can't be used, in one line that a person can act on.

use std::path::{Path, PathBuf};

/// What is wrong with a state.
#[derive(Debug)]
pub enum StateError {
    /// Another sandbox works with it.
    InUse { path: PathBuf, pid: Option<u32> },
    /// The folder holds something else than a state.
    Foreign { path: PathBuf, found: String },
    /// There is a state already where one is to be loaded.
    NotEmpty { path: PathBuf },
    /// The file was not saved by a sandbox.
    NotSaved { path: PathBuf },
    /// It can't be read whole.
    Damaged { path: PathBuf, what: String },
    /// A newer Sekisho wrote it.
    Newer { path: PathBuf, format: i64 },
    /// The disk refused.
    Disk {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The sandbox keeps its state in memory alone.
    NotKept,
    /// The sandbox has been stopped, or is being stopped.
    Stopped,
}

impl StateError {
    /// A refusal of the disk.
    pub fn disk(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Disk {
            path: path.to_owned(),
            source,
        }
    }

    /// Damage, told in a few words.
    pub fn damaged(path: &Path, what: impl ToString) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            what: what.to_string(),
        }
    }
}

impl std::fmt::Display for StateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InUse { path, pid } => {
                write!(f, "the state in {} is in use by ", path.display())?;
                match pid {
                    Some(pid) => write!(f, "another sandbox, process {pid}"),
                    None => write!(f, "another sandbox"),
                }
            }
            Self::Foreign { path, found } => write!(
                f,
                "{} is not a folder of Sekisho's state: it holds {found}; name an empty or a new one",
                path.display()
            ),
            Self::NotEmpty { path } => write!(
                f,
                "there is a state in {} already: --fresh replaces it",
                path.display()
            ),
            Self::NotSaved { path } => write!(
                f,
                "{} is not a file that a sandbox saved (sekisho save, or Save sandbox in its window): nothing was loaded",
                path.display()
            ),
            Self::Damaged { path, what } => write!(
                f,
                "the state in {} is damaged and was left as it is: {what}",
                path.display()
            ),
            Self::Newer { path, format } => write!(
                f,
                "the state in {} was written by a newer Sekisho (format {format}, this one reads up to {}) and was left as it is",
                path.display(),
                super::FORMAT
            ),
            Self::Disk { path, source } => {
                write!(f, "the state in {} can't be used: {source}", path.display())
            }
            Self::NotKept => write!(
                f,
                "this sandbox keeps its state in memory alone; start it with --state to keep it"
            ),
            Self::Stopped => write!(f, "the sandbox has been stopped"),
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk { source, .. } => Some(source),
            _ => None,
        }
    }
}
