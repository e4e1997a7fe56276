//! A state in one file, so that a colleague gets the same: a ZIP file with a manifest, the records as they were at one moment,
//! and the files and segments that belong to them. What is loaded is read to its end and found whole before anything is
//! replaced.

use super::{Home, Records, StateError, Store, database, files, segments};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Component, Path, PathBuf},
};
use tokio::sync::mpsc;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

const MANIFEST: &str = "sekisho-state.json";

/// The format of the file itself; that of the records within is the database's.
const FORMAT: i64 = 1;

/// What a file says of itself.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: i64,
    /// The Sekisho that wrote it.
    version: String,
    /// When, as `2026-11-27T18:05:00Z`.
    saved: String,
    /// Files and their bytes.
    files: Vec<(String, u64)>,
}

/// Saves a state that is in use, as it is at one moment.
///
/// # Errors
/// When nothing is kept, or the disk refuses; then `file` is what it was before.
pub async fn save(store: &Store, file: &Path) -> Result<(), StateError> {
    let data = store.data().ok_or(StateError::NotKept)?.to_owned();
    let root = data.parent().unwrap_or(&data);
    let part = tempfile::Builder::new()
        .prefix("part-")
        .tempdir_in(root)
        .map_err(StateError::disk(root))?;
    let records = part.path().join(database::FILE);
    let snapshot = store.snapshot(records.clone()).await?;
    let file = file.to_owned();
    let written = tokio::task::spawn_blocking(move || {
        let written = write(&data, &records, &file);
        // Only now may files go that were named when the snapshot was taken.
        drop(snapshot);
        drop(part);
        written
    });
    written.await.map_err(|_| StateError::Stopped)?
}

/// Saves a state that is in use, and gives the file's content piece by piece.
///
/// # Errors
/// As [`save`].
pub async fn open(store: &Store) -> Result<mpsc::Receiver<Bytes>, StateError> {
    let folder = tempfile::tempdir().map_err(StateError::disk(Path::new("")))?;
    let path = folder.path().join("state.zip");
    save(store, &path).await?;
    let mut file = File::open(&path).map_err(StateError::disk(&path))?;
    let (pieces, body) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        let mut piece = vec![0; 256 * 1024];
        while let Ok(read @ 1..) = file.read(&mut piece) {
            let piece = piece.get(..read).unwrap_or_default();
            // Nobody reads any more.
            if pieces.blocking_send(Bytes::copy_from_slice(piece)).is_err() {
                return;
            }
        }
        drop(folder);
    });
    Ok(body)
}

/// Saves a state that no sandbox is using.
///
/// # Errors
/// When there is none, it can't be used, or the disk refuses.
pub async fn save_stopped(state: &Path, file: &Path) -> Result<(), StateError> {
    if !state.join("data").is_dir() {
        let source = io::Error::new(io::ErrorKind::NotFound, "nothing is kept there");
        return Err(StateError::disk(state)(source));
    }
    let home = Home::take(state)?;
    let (store, _) = Store::open(&home)?;
    let saved = save(&store, file).await;
    store.close().await;
    saved
}

fn write(data: &Path, records: &Path, file: &Path) -> Result<(), StateError> {
    let contents = contents(data, records)?;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let partial = file.with_file_name(name);
    let done = write_archive(&contents, &partial)
        .and_then(|()| fs::rename(&partial, file))
        .map_err(|source| StateError::Disk {
            path: file.to_owned(),
            source,
        });
    if done.is_err() {
        // Half a file would be taken for a whole one.
        let _gone = fs::remove_file(&partial);
    }
    done
}

/// A file with its name in the archive, and how many of its bytes belong to the state.
struct Content {
    name: String,
    path: PathBuf,
    bytes: u64,
}

fn contents(data: &Path, records: &Path) -> Result<Vec<Content>, StateError> {
    let read = database::read(records)?;
    let mut names: Vec<String> = read.files().values().flatten().cloned().collect();
    names.sort();
    names.dedup();
    let folder = data.join(files::SEGMENTS);
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut segments: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| Path::new(name).extension().is_some_and(|e| e == "seg"))
        .map(|name| format!("{}/{name}", files::SEGMENTS))
        .collect();
    // In their order: what one of them grows by while the others are read, nobody misses.
    segments.sort();
    let mut paths = vec![(database::FILE.to_owned(), records.to_owned())];
    for name in names.into_iter().chain(segments) {
        let path = data.join(&name);
        paths.push((name, path));
    }
    let sized = paths.into_iter().map(|(name, path)| {
        let bytes = fs::metadata(&path).map_err(StateError::disk(&path))?.len();
        Ok(Content { name, path, bytes })
    });
    sized.collect()
}

fn write_archive(contents: &[Content], to: &Path) -> io::Result<()> {
    let mut writer = ZipWriter::new(files::create_private(to)?);
    let deflated = SimpleFileOptions::default().large_file(true);
    let stored = deflated.compression_method(CompressionMethod::Stored);
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        saved: jiff::Timestamp::now()
            .strftime("%Y-%m-%dT%H:%M:%SZ")
            .to_string(),
        files: contents
            .iter()
            .map(|content| (content.name.clone(), content.bytes))
            .collect(),
    };
    writer.start_file(MANIFEST, deflated)?;
    writer.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
    for content in contents {
        // Packages are compressed already.
        let is_package = content.name.starts_with(files::PACKAGES);
        let options = if is_package { stored } else { deflated };
        writer.start_file(content.name.as_str(), options)?;
        let mut part = File::open(&content.path)?.take(content.bytes);
        if io::copy(&mut part, &mut writer)? != content.bytes {
            return Err(io::Error::other(format!("{} became shorter", content.name)));
        }
    }
    writer.finish()?.sync_all()
}

/// Unpacks a file beside the data of a folder, and finds it whole. [`Home::replace`] puts it in their place.
///
/// # Errors
/// When it is no state, damaged or newer. Then nothing is left of it.
pub fn unpack(file: &Path, home: &Home) -> Result<PathBuf, StateError> {
    let part = home.part()?;
    let unpacked = unpack_to(file, &part);
    if let Err(error) = unpacked {
        // What can't be removed now goes at the next start.
        let _gone = fs::remove_dir_all(&part);
        return Err(error);
    }
    Ok(part)
}

fn unpack_to(file: &Path, part: &Path) -> Result<(), StateError> {
    let damaged = |what: &dyn std::fmt::Display| StateError::damaged(file, what);
    let opened = File::open(file).map_err(StateError::disk(file))?;
    let mut archive = match ZipArchive::new(opened) {
        Ok(archive) => archive,
        Err(zip::result::ZipError::Io(error)) => return Err(StateError::disk(file)(error)),
        // Whatever the reader of archives calls it: it was cut off on its way, or never was one.
        Err(_) if begins_as_archive(file) => {
            return Err(damaged(&"it was cut off or changed on its way"));
        }
        Err(_) => return Err(not_saved(file)),
    };
    let manifest = manifest(file, &mut archive)?;
    for (name, bytes) in &manifest.files {
        if !is_ours(name) {
            return Err(damaged(&format!("{name} has no place in a state")));
        }
        let path = part.join(name);
        let folder = path.parent().unwrap_or(part);
        files::make_private(folder).map_err(StateError::disk(folder))?;
        let entry = archive.by_name(name).map_err(|error| damaged(&error))?;
        let mut to = files::create_private(&path).map_err(StateError::disk(&path))?;
        // One byte more than there should be shows that there are more.
        let copied = io::copy(&mut entry.take(bytes + 1), &mut to);
        let copied = copied.map_err(|error| damaged(&format!("{name}: {error}")))?;
        if copied != *bytes {
            return Err(damaged(&format!("{name} is not as long as it was")));
        }
        to.sync_all().map_err(StateError::disk(&path))?;
    }
    check(part)?;
    for folder in [files::PACKAGES, files::OBJECTS, files::SEGMENTS, ""] {
        let folder = part.join(folder);
        if folder.is_dir() {
            files::sync_folder(&folder).map_err(StateError::disk(&folder))?;
        }
    }
    Ok(())
}

fn begins_as_archive(file: &Path) -> bool {
    let mut first = [0; 4];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && first == *b"PK\x03\x04"
}

/// A file that never was a state.
fn not_saved(file: &Path) -> StateError {
    StateError::NotSaved {
        path: file.to_owned(),
    }
}

fn manifest(file: &Path, archive: &mut ZipArchive<File>) -> Result<Manifest, StateError> {
    let damaged = |what: &dyn std::fmt::Display| StateError::damaged(file, what);
    let mut text = String::new();
    let entry = archive.by_name(MANIFEST).map_err(|_| not_saved(file))?;
    entry
        .take(64 * 1024 * 1024)
        .read_to_string(&mut text)
        .map_err(|error| damaged(&error))?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| damaged(&error))?;
    // The format first: a newer manifest may have other members.
    match value["format"].as_i64() {
        Some(FORMAT) => serde_json::from_value(value).map_err(|error| damaged(&error)),
        Some(format) if format > FORMAT => Err(StateError::Newer {
            path: file.to_owned(),
            format,
        }),
        _ => Err(damaged(&"it does not say its format")),
    }
}

/// A name that a state may have: one of its files, nothing above or beside it.
fn is_ours(name: &str) -> bool {
    let path = Path::new(name);
    let plain = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let parts: Vec<&str> = name.split('/').collect();
    plain
        && match parts.as_slice() {
            [file] => *file == database::FILE,
            [folder, file] => {
                [files::PACKAGES, files::OBJECTS, files::SEGMENTS].contains(folder)
                    && !file.is_empty()
            }
            _ => false,
        }
}

/// Reads all that was unpacked.
fn check(part: &Path) -> Result<Records, StateError> {
    let records = database::read(&part.join(database::FILE))?;
    files::check_named(part, &records)?;
    segments::check(part)?;
    Ok(records)
}

/// Saves the state of a sandbox that runs, through its endpoint. It blocks.
///
/// # Errors
/// When the sandbox can't be reached or keeps nothing, or what came is not whole.
pub fn fetch(endpoint: &str, file: &Path) -> Result<(), String> {
    let host = endpoint
        .strip_prefix("http://")
        .ok_or("the endpoint of a sandbox begins with http://")?
        .trim_end_matches('/');
    let failed = |error: io::Error| format!("{endpoint} can't be read: {error}");
    let mut stream = std::net::TcpStream::connect(host).map_err(failed)?;
    // HTTP/1.0: the answer ends with the connection, and is not cut into pieces.
    write!(
        stream,
        "GET /_sekisho/state HTTP/1.0\r\nHost: {host}\r\n\r\n"
    )
    .map_err(failed)?;
    let mut reader = io::BufReader::new(stream);
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < 64 * 1024 {
        let mut byte = [0];
        reader.read_exact(&mut byte).map_err(failed)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    if head.split(' ').nth(1) != Some("200") {
        let mut why = String::new();
        reader.take(4096).read_to_string(&mut why).map_err(failed)?;
        let why = if why.is_empty() {
            head.lines().next().unwrap_or_default().to_owned()
        } else {
            why
        };
        return Err(format!("{endpoint} did not give its state: {why}"));
    }
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let partial = file.with_file_name(name);
    let unwritten = |error: io::Error| format!("{} can't be written: {error}", file.display());
    let mut to = files::create_private(&partial).map_err(unwritten)?;
    let copied = io::copy(&mut reader, &mut to).and_then(|_| to.sync_all());
    let whole = copied.map_err(unwritten).and_then(|()| {
        // A connection that broke off has left half a file, which has no end.
        let opened = File::open(&partial).map_err(unwritten)?;
        let archive = ZipArchive::new(opened).map_err(|error| error.to_string());
        archive.map(drop)
    });
    match whole {
        Ok(()) => fs::rename(&partial, file).map_err(unwritten),
        Err(what) => {
            let _gone = fs::remove_file(&partial);
            Err(what)
        }
    }
}
