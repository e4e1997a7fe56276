//! The folder of a state: its layout, who has it, and how all of it is forgotten or replaced at once.
//!
//! ```text
//! DIR/lock          held by the sandbox that works with it; its process id
//! DIR/data/         state.sqlite, packages/, objects/, segments/
//! DIR/data.next/    a loaded state that takes the place of data/
//! DIR/gone-…/       what was there before, until it is removed
//! DIR/part-…/       a state that is being loaded
//! ```

use super::{StateError, files};
use std::{
    fs::{self, File},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

const LOCK: &str = "lock";
const DATA: &str = "data";
const NEXT: &str = "data.next";
const GONE: &str = "gone-";
const PART: &str = "part-";
/// How long this process waits for what it has let go of itself.
const LETTING_GO: Duration = Duration::from_secs(2);

/// What data/ may hold: anything else was put there by somebody else, and is never removed.
const KNOWN: [&str; 7] = [
    super::database::FILE,
    "state.sqlite-wal",
    "state.sqlite-shm",
    "state.sqlite-journal",
    files::PACKAGES,
    files::OBJECTS,
    files::SEGMENTS,
];

/// A folder that this process works with and no other.
#[derive(Debug)]
pub struct Home {
    root: PathBuf,
    /// The lock goes with the file.
    _lock: File,
}

impl Home {
    /// Takes a folder, made if need be.
    ///
    /// # Errors
    /// When another sandbox has it, or it holds something else.
    pub fn take(root: &Path) -> Result<Self, StateError> {
        if root.exists() && !root.join(DATA).exists() && !root.join(NEXT).exists() {
            check_empty(root)?;
        }
        files::make_private(root).map_err(StateError::disk(root))?;
        // Told to others, and used when the folder we are in changes: from the root.
        let root = &fs::canonicalize(root).map_err(StateError::disk(root))?;
        let lock = lock(root)?;
        let home = Self {
            root: root.clone(),
            _lock: lock,
        };
        home.finish_replacing()?;
        home.remove_leftovers();
        Ok(home)
    }

    /// The folder as it was named.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the data are.
    pub fn data(&self) -> PathBuf {
        self.root.join(DATA)
    }

    /// Forgets all data, at once.
    ///
    /// # Errors
    /// When there is something among the data that is not Sekisho's, or the disk refuses.
    pub fn forget(&self) -> Result<(), StateError> {
        let data = self.data();
        if !data.exists() {
            return Ok(());
        }
        check_known(&data)?;
        let gone = self.root.join(format!("{GONE}{}", uuid::Uuid::new_v4()));
        fs::rename(&data, &gone)
            .and_then(|()| files::sync_folder(&self.root))
            .map_err(StateError::disk(&data))?;
        self.remove_leftovers();
        Ok(())
    }

    /// # Errors
    /// When something is kept here: nobody asked for it to be replaced.
    pub fn check_vacant(&self) -> Result<(), StateError> {
        if self.data().join(super::database::FILE).exists() {
            return Err(StateError::NotEmpty {
                path: self.root.clone(),
            });
        }
        Ok(())
    }

    /// A new folder beside the data, for a state that is to be loaded.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn part(&self) -> Result<PathBuf, StateError> {
        let path = self.root.join(format!("{PART}{}", uuid::Uuid::new_v4()));
        files::make_private(&path).map_err(StateError::disk(&path))?;
        Ok(path)
    }

    /// Puts a folder made by [`Home::part`] in the place of the data, wholly or not at all.
    ///
    /// # Errors
    /// When there is something among the data that is not Sekisho's, or the disk refuses.
    pub fn replace(&self, part: &Path) -> Result<(), StateError> {
        let data = self.data();
        if data.exists() {
            check_known(&data)?;
        }
        fs::rename(part, self.root.join(NEXT))
            .and_then(|()| files::sync_folder(&self.root))
            .map_err(StateError::disk(part))?;
        self.finish_replacing()?;
        self.remove_leftovers();
        Ok(())
    }

    fn finish_replacing(&self) -> Result<(), StateError> {
        let (data, next) = (self.data(), self.root.join(NEXT));
        if !next.exists() {
            return Ok(());
        }
        let step = || {
            if data.exists() {
                let gone = self.root.join(format!("{GONE}{}", uuid::Uuid::new_v4()));
                fs::rename(&data, gone)?;
            }
            fs::rename(&next, &data)?;
            files::sync_folder(&self.root)
        };
        step().map_err(StateError::disk(&data))
    }

    /// Removes what was forgotten or not loaded to its end.
    fn remove_leftovers(&self) {
        for entry in fs::read_dir(&self.root).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if (name.starts_with(GONE) || name.starts_with(PART))
                && let Err(error) = fs::remove_dir_all(entry.path())
            {
                tracing::warn!(%error, name, "what was forgotten could not be removed");
            }
        }
    }
}

fn lock(root: &Path) -> Result<File, StateError> {
    let path = root.join(LOCK);
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(StateError::disk(root))?;
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(fs::TryLockError::WouldBlock) => {
                let mut text = String::new();
                file.rewind().map_err(StateError::disk(root))?;
                let read = file.read_to_string(&mut text);
                let pid = read.ok().and_then(|_| text.trim().parse().ok());
                // Who has just let go of it: a child that is being started holds what its parent had, until it has begun.
                if pid == Some(std::process::id()) && begun.elapsed() < LETTING_GO {
                    std::thread::park_timeout(Duration::from_millis(10));
                    continue;
                }
                return Err(StateError::InUse {
                    path: root.to_owned(),
                    pid,
                });
            }
            Err(fs::TryLockError::Error(source)) => return Err(StateError::disk(root)(source)),
        }
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(StateError::disk(root))?;
    Ok(file)
}

/// # Errors
/// When a folder that is no state yet holds anything: files would get lost among others.
fn check_empty(root: &Path) -> Result<(), StateError> {
    for entry in fs::read_dir(root).map_err(StateError::disk(root))? {
        let entry = entry.map_err(StateError::disk(root))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != LOCK && !name.starts_with(GONE) && !name.starts_with(PART) {
            return Err(StateError::Foreign {
                path: root.to_owned(),
                found: name,
            });
        }
    }
    Ok(())
}

fn check_known(data: &Path) -> Result<(), StateError> {
    for entry in fs::read_dir(data).map_err(StateError::disk(data))? {
        let entry = entry.map_err(StateError::disk(data))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !KNOWN.contains(&name.as_str()) {
            return Err(StateError::Foreign {
                path: data.to_owned(),
                found: name,
            });
        }
    }
    Ok(())
}
