//! Packages and layers on disk: each ZIP is unpacked once and shared by every environment that needs it.
//!
//! It knows files and nothing of functions. What is unpacked is only ever read.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use zip::ZipArchive;

use crate::error::AwsError;

/// A package and its layers together, unpacked, in bytes.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_UNPACKED: u64 = 262_144_000;

/// Where unpacked packages are.
pub(super) struct Packages {
    root: PathBuf,
    cells: Mutex<HashMap<String, Arc<OnceCell<PathBuf>>>>,
}

impl Packages {
    /// Keeps its directories under `root`, which is made when it is first needed.
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            cells: Mutex::new(HashMap::new()),
        }
    }

    /// The directory of a function's package: `LAMBDA_TASK_ROOT`.
    pub async fn code(&self, zip: &Arc<PathBuf>, code_sha256: &str) -> Result<PathBuf, AwsError> {
        let key = format!("code-{}", digest([code_sha256.to_owned(), file_key(zip)]));
        self.unpacked(key, vec![Arc::clone(zip)]).await
    }

    /// The merged directory of a set of layers, Lambda's `/opt`; `None` without layers. A later layer wins.
    pub async fn layers(&self, layers: &[Arc<PathBuf>]) -> Result<Option<PathBuf>, AwsError> {
        if layers.is_empty() {
            return Ok(None);
        }
        let key = format!("opt-{}", digest(layers.iter().map(|path| file_key(path))));
        self.unpacked(key, layers.to_vec()).await.map(Some)
    }

    async fn unpacked(&self, key: String, zips: Vec<Arc<PathBuf>>) -> Result<PathBuf, AwsError> {
        let cell = {
            let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key.clone()).or_default())
        };
        let directory = cell
            .get_or_try_init(|| async {
                let root = self.root.clone();
                tokio::task::spawn_blocking(move || unpack_all(&root, &key, &zips))
                    .await
                    .map_err(|error| invalid_zip(&error.to_string()))?
            })
            .await?;
        Ok(directory.clone())
    }
}

/// Two files are the same package when path, length and time are.
fn file_key(path: &Path) -> String {
    let facts = fs::metadata(path).ok().map(|facts| {
        let modified = facts
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        (facts.len(), modified.unwrap_or_default().as_nanos())
    });
    format!("{}:{facts:?}", path.display())
}

fn digest(parts: impl IntoIterator<Item = String>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize()[..16]
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn unpack_all(root: &Path, key: &str, zips: &[Arc<PathBuf>]) -> Result<PathBuf, AwsError> {
    let done = root.join(key);
    let made = (|| {
        fs::create_dir_all(root)?;
        // Unpacked aside and then renamed: a half-unpacked package is never seen.
        let aside = tempfile::Builder::new()
            .prefix("unpack-")
            .tempdir_in(root)?;
        let mut left = MAX_UNPACKED;
        for zip in zips {
            unpack(zip, aside.path(), &mut left)?;
        }
        ensure_executable(&aside.path().join("bootstrap"))?;
        let aside = aside.keep();
        open_to_all(&aside)?;
        match fs::rename(&aside, &done) {
            Err(_) if done.is_dir() => fs::remove_dir_all(&aside),
            other => other,
        }
    })();
    match made {
        Ok(()) => Ok(done),
        Err(error) => Err(invalid_zip(&error.to_string())),
    }
}

fn unpack(zip: &Path, into: &Path, left: &mut u64) -> io::Result<()> {
    let mut archive = ZipArchive::new(io::BufReader::new(File::open(zip)?))?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let Some(name) = entry.enclosed_name() else {
            return Err(io::Error::other(format!(
                "the entry {index} leaves the package"
            )));
        };
        let path = into.join(name);
        // A link that an earlier entry made must not lead this one out of the directory.
        let parent = path.parent().unwrap_or(into);
        fs::create_dir_all(parent)?;
        if !parent.canonicalize()?.starts_with(into.canonicalize()?) {
            return Err(io::Error::other(format!(
                "the entry {index} leaves the package"
            )));
        }
        if entry.is_dir() {
            fs::create_dir_all(&path)?;
        } else if entry.is_symlink() {
            link(&mut entry, &path)?;
        } else {
            let mode = entry.unix_mode();
            write(&mut entry, &path, left)?;
            set_mode(&path, mode)?;
        }
    }
    Ok(())
}

fn write(entry: &mut impl io::Read, path: &Path, left: &mut u64) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        fs::remove_file(path)?;
    }
    let mut file = File::create(path)?;
    // Counted while unpacking: the sizes that the ZIP declares are only what it claims.
    let written = io::copy(&mut io::Read::take(entry, *left + 1), &mut file)?;
    match left.checked_sub(written) {
        Some(rest) => *left = rest,
        None => {
            return Err(io::Error::other(format!(
                "Unzipped size must be smaller than {MAX_UNPACKED} bytes"
            )));
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(entry: &mut impl io::Read, path: &Path) -> io::Result<()> {
    let mut target = String::new();
    io::Read::read_to_string(&mut io::Read::take(entry, 4096), &mut target)?;
    if path.symlink_metadata().is_ok() {
        fs::remove_file(path)?;
    }
    std::os::unix::fs::symlink(target, path)
}

/// Everyone may read, whatever the ZIP says: packages made without modes would not be readable in Lambda either way.
#[cfg(unix)]
fn set_mode(path: &Path, mode: Option<u32>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let executable = mode.is_none_or(|mode| mode & 0o111 != 0);
    fs::set_permissions(
        path,
        fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 }),
    )
}

#[cfg(unix)]
fn ensure_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if path.is_file() {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(unix)]
fn open_to_all(directory: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755))
}

fn invalid_zip(reason: &str) -> AwsError {
    tracing::warn!(reason, "a package could not be unpacked");
    AwsError::new(
        502,
        "InvalidZipFileException",
        format!("Lambda could not unzip the deployment package: {reason}"),
    )
    .with("Type", "Server")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::runtime::tests::zip_of;

    #[tokio::test]
    async fn a_package_is_unpacked_once_and_its_bootstrap_may_run() {
        let dir = tempfile::tempdir().unwrap();
        let zip = Arc::new(zip_of(
            dir.path(),
            "p.zip",
            &[("bootstrap", "#!/bin/sh"), ("lib/a.txt", "a")],
        ));
        let packages = Packages::new(dir.path().join("cache"));
        let first = packages.code(&zip, "sha").await.unwrap();
        let second = packages.code(&zip, "sha").await.unwrap();
        assert_eq!(first, second);
        assert_eq!(fs::read_to_string(first.join("lib/a.txt")).unwrap(), "a");
        let mode = fs::metadata(first.join("bootstrap"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o755);
    }

    #[tokio::test]
    async fn a_later_layer_wins_over_an_earlier_one() {
        let dir = tempfile::tempdir().unwrap();
        let one = Arc::new(zip_of(
            dir.path(),
            "1.zip",
            &[("python/m.py", "1"), ("python/a.py", "a")],
        ));
        let two = Arc::new(zip_of(dir.path(), "2.zip", &[("python/m.py", "2")]));
        let packages = Packages::new(dir.path().join("cache"));
        let opt = packages.layers(&[one, two]).await.unwrap().unwrap();
        assert_eq!(fs::read_to_string(opt.join("python/m.py")).unwrap(), "2");
        assert_eq!(fs::read_to_string(opt.join("python/a.py")).unwrap(), "a");
        assert_eq!(packages.layers(&[]).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_entry_that_leaves_the_package_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let zip = Arc::new(zip_of(dir.path(), "p.zip", &[("../escaped.txt", "x")]));
        let packages = Packages::new(dir.path().join("cache"));
        let error = packages.code(&zip, "sha").await.unwrap_err();
        assert_eq!(
            (error.status, error.code.as_str()),
            (502, "InvalidZipFileException")
        );
        assert!(
            !dir.path().join("escaped.txt").exists()
                && !dir.path().join("cache/escaped.txt").exists()
        );
    }

    #[tokio::test]
    async fn a_file_that_is_no_zip_is_refused_and_may_be_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.zip");
        fs::write(&path, "no zip").unwrap();
        let packages = Packages::new(dir.path().join("cache"));
        let zip = Arc::new(path);
        assert!(packages.code(&zip, "sha").await.is_err());
        zip_of(dir.path(), "p.zip", &[("a.py", "")]);
        assert!(packages.code(&zip, "sha").await.is_ok());
    }
}
