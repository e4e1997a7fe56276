//! The folder of one sandbox for what it need not keep: environments, unpacked packages. It goes with the sandbox.
//!
//! A sandbox that was killed together with its warden leaves its folder; the next one to start sweeps it. Numbers of
//! processes are used again, so a lock that the kernel holds for the living tells whose sandbox is dead.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::roomy_directory;
use crate::doors::files;

const PREFIX: &str = "sekisho-sandbox-";
const LOCK: &str = ".lock";

/// A folder that only its user may enter, removed when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    _lock: File,
}

impl Scratch {
    /// A new folder where there is room; those of dead sandboxes of the same user go.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn new() -> io::Result<Self> {
        Self::within(&roomy_directory())
    }

    fn within(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        // One that starts at the same moment may have taken the empty folder for a dead sandbox's.
        for _ in 0..8 {
            if let Some(scratch) = Self::attempt(parent)? {
                return Ok(scratch);
            }
        }
        Err(io::Error::other("every new folder was swept away at once"))
    }

    fn attempt(parent: &Path) -> io::Result<Option<Self>> {
        let path = parent.join(format!("{PREFIX}{}", uuid::Uuid::new_v4().simple()));
        directory(&path)?;
        let lock = match files::create_new(&path.join(LOCK), false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            lock => lock?,
        };
        let held = lock.try_lock().is_ok() && path.join(LOCK).exists();
        Ok(held.then_some(Self { path, _lock: lock }))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Makes a folder that only its user may enter.
pub(super) fn directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Removes what dead sandboxes of this user have left.
fn sweep(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries {
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let path = entry.path();
        // Never through a link, which somebody else may have put there.
        let own = fs::symlink_metadata(&path).is_ok_and(|facts| {
            facts.is_dir() && facts.uid() == rustix::process::geteuid().as_raw()
        });
        if !named || !own {
            continue;
        }
        match File::open(path.join(LOCK)) {
            Ok(lock) if lock.try_lock().is_ok() => remove(&path),
            Ok(_) => {}
            // Killed before it had its lock; only an empty folder goes.
            Err(_) => drop(fs::remove_dir(&path)),
        }
    }
}

/// Removes a folder with all that is in it, also what a function closed to everybody. Others may be removing it too.
pub(super) fn remove(path: &Path) {
    for _ in 0..3 {
        match fs::remove_dir_all(path) {
            Ok(()) => return,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(_) => open(path),
        }
    }
    if path.exists() {
        tracing::warn!(path = %path.display(), "a folder could not be removed");
    }
}

fn open(directory: &Path) {
    // What can't be opened is told when it can't be removed.
    let _ = fs::set_permissions(directory, Permissions::from_mode(0o700));
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_folder_is_its_users_own_and_goes_with_its_sandbox() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::within(parent.path()).unwrap();
        let path = scratch.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        let closed = path.join("environments/env-1/closed");
        fs::create_dir_all(closed.join("in")).unwrap();
        fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn only_folders_of_dead_sandboxes_are_swept() {
        let parent = tempfile::tempdir().unwrap();
        let living = Scratch::within(parent.path()).unwrap();
        let dead = parent.path().join("sekisho-sandbox-dead");
        let empty = parent.path().join("sekisho-sandbox-empty");
        let before = parent.path().join("sekisho-sandbox-of-an-older-version");
        let other = parent.path().join("something");
        let link = parent.path().join("sekisho-sandbox-link");
        for folder in [&dead, &empty, &before, &other] {
            fs::create_dir(folder).unwrap();
        }
        fs::write(dead.join(LOCK), "").unwrap();
        fs::write(before.join("kept"), "").unwrap();
        fs::write(other.join(LOCK), "").unwrap();
        std::os::unix::fs::symlink(&other, &link).unwrap();
        let another = Scratch::within(parent.path()).unwrap();
        assert!(living.path().exists() && another.path().exists());
        assert!(!dead.exists() && !empty.exists());
        assert!(before.exists() && other.join(LOCK).exists() && link.exists());
    }
}
