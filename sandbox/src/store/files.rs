//! Files that are whole or not there: written under another name, on the disk, then renamed.

use super::{Records, StateError};
use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// Where deployment packages are, within a state.
pub const PACKAGES: &str = "packages";
/// Where the contents of objects are.
pub const OBJECTS: &str = "objects";
/// Where segments are.
pub const SEGMENTS: &str = "segments";

/// Makes a folder for its owner alone.
pub fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Opens a file for its owner alone, to be written.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file that is whole and on the disk when this returns. `name` is relative to `data`.
pub fn write(data: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let path = data.join(name);
    let partial = path.with_extension("part");
    let mut file = create_private(&partial)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&partial, &path)?;
    sync_folder(path.parent().unwrap_or(data))
}

/// Has a folder's entries on the disk.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    // Elsewhere a folder can't be opened, and a rename is as durable as it gets.
    if cfg!(unix) {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}

/// Removes what interrupted writes have left: files that no record names.
///
/// # Errors
/// When a file is missing that a record names.
pub fn sweep(data: &Path, records: &Records) -> Result<(), StateError> {
    let named: HashSet<&String> = records.files().values().flatten().collect();
    for folder in [PACKAGES, OBJECTS] {
        let path = data.join(folder);
        make_private(&path).map_err(StateError::disk(&path))?;
        for entry in fs::read_dir(&path)
            .map_err(StateError::disk(&path))?
            .flatten()
        {
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            // What has no name of ours was put there by somebody else.
            let stem = entry
                .path()
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned());
            let ours = stem.is_some_and(|stem| uuid::Uuid::parse_str(&stem).is_ok());
            if ours && !named.contains(&name) {
                fs::remove_file(entry.path()).map_err(StateError::disk(&path))?;
            }
        }
    }
    check_named(data, records)
}

/// # Errors
/// When a file is missing that a record names.
pub fn check_named(data: &Path, records: &Records) -> Result<(), StateError> {
    let mut named = records.files().values().flatten();
    let missing = named.find(|name| !data.join(name).is_file());
    match missing {
        Some(name) => Err(StateError::damaged(
            data,
            format!("the file {name} is missing"),
        )),
        None => Ok(()),
    }
}
