//! Folders and files that nobody else can read: 0700 and 0600 from the moment they are made, whatever the umask says.
//!
//! On systems without modes the user's own folders already are that.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io,
    path::Path,
};
use tempfile::TempDir;

/// Makes a folder and what is missing above it. One that is there already is closed, if it is this user's.
///
/// # Errors
/// When it can't be made, or is no folder.
pub fn folder(path: &Path) -> io::Result<()> {
    new_folder(path)?;
    close(path)
}

/// Makes a folder and what is missing above it; what is there already is left as it is.
///
/// # Errors
/// When it can't be made, or is no folder.
pub fn new_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(unix)]
fn close(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let facts = folder.symlink_metadata()?;
    if facts.is_dir() && facts.mode() & 0o077 != 0 && Some(facts.uid()) == user() {
        return std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700));
    }
    Ok(())
}

#[cfg(not(unix))]
fn close(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether a folder is this user's and closed to all others. A link is none.
pub fn is_own(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        folder.symlink_metadata().is_ok_and(|facts| {
            facts.is_dir() && facts.mode() & 0o077 == 0 && Some(facts.uid()) == user()
        })
    }
    #[cfg(not(unix))]
    folder.is_dir()
}

/// The user of this process, by number, where users have numbers.
pub fn user() -> Option<u32> {
    super::owner::own_user()
}

/// A new folder with a name of its own, deleted with what is returned.
///
/// # Errors
/// When it can't be made.
pub fn temporary(prefix: &str, inside: &Path) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir_in(inside)
}

/// A new file to write to. What was at its place is gone: nobody who had it open sees what is written, and a link is not followed.
///
/// # Errors
/// When it can't be made.
pub fn create(path: &Path) -> io::Result<File> {
    create_with(path, false)
}

/// A new file that its user may also execute.
///
/// # Errors
/// When it can't be made.
pub fn create_executable(path: &Path) -> io::Result<File> {
    create_with(path, true)
}

fn create_with(path: &Path, executable: bool) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    create_new(path, executable)
}

/// A new file at a place where there is none.
///
/// # Errors
/// When it can't be made, or there is one already.
pub fn create_new(path: &Path, executable: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, if executable { 0o700 } else { 0o600 });
    #[cfg(not(unix))]
    let _ = executable;
    options.open(path)
}

/// Writes a whole file.
///
/// # Errors
/// When it can't be made or written.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    io::Write::write_all(&mut create(path)?, bytes)
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        path.symlink_metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folders_and_files_are_closed_from_the_start() {
        let home = tempfile::tempdir().unwrap();
        let inner = home.path().join("a/b");
        folder(&inner).unwrap();
        assert_eq!((mode(&home.path().join("a")), mode(&inner)), (0o700, 0o700));
        let file = inner.join("f");
        write(&file, b"x").unwrap();
        assert_eq!(mode(&file), 0o600);
        create_executable(&file).unwrap();
        assert_eq!(mode(&file), 0o700);
        let made = temporary("t-", &inner).unwrap();
        assert_eq!(mode(made.path()), 0o700);
    }

    #[test]
    fn what_was_open_before_is_closed_and_a_link_is_replaced_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let open = home.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, PermissionsExt::from_mode(0o755)).unwrap();
        folder(&open).unwrap();
        assert_eq!(mode(&open), 0o700);
        let (target, link) = (home.path().join("target"), home.path().join("link"));
        std::fs::write(&target, "kept").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        write(&link, b"secret").unwrap();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "kept");
        assert_eq!(mode(&link), 0o600);
    }
}
