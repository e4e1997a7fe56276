//! Packages and layers on disk: each ZIP is unpacked once and shared by every environment that needs it.
//!
//! It knows files and nothing of functions. What is unpacked is only ever read.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use tempfile::TempDir;
use tokio::sync::OnceCell;
use zip::ZipArchive;

use crate::doors::files;
use crate::error::AwsError;

/// A package and its layers together, unpacked, in bytes.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const MAX_UNPACKED: u64 = 262_144_000;

/// The folder of the pool's that packages are unpacked in.
pub(super) const PLACE: &str = "packages";

/// How many unpacked packages are kept for the next environment.
const KEPT: usize = 32;

/// A package or a set of layers, unpacked; deleted when the last environment and the cache let go of it.
pub(super) type Unpacked = Arc<TempDir>;

/// The packages that are unpacked, most recently used last.
pub(super) struct Packages {
    root: PathBuf,
    cells: Mutex<Vec<(String, Arc<OnceCell<Unpacked>>)>>,
}

impl Packages {
    /// Keeps its directories under `root`, which is made when it is first needed.
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            cells: Mutex::default(),
        }
    }

    /// A function's package: `LAMBDA_TASK_ROOT`.
    pub async fn code(&self, zip: &Arc<PathBuf>, code_sha256: &str) -> Result<Unpacked, AwsError> {
        let key = format!("code {code_sha256} {}", file_key(zip));
        self.unpacked(key, vec![Arc::clone(zip)]).await
    }

    /// A set of layers in one directory, Lambda's `/opt`; `None` without layers. A later layer wins.
    pub async fn layers(&self, layers: &[Arc<PathBuf>]) -> Result<Option<Unpacked>, AwsError> {
        if layers.is_empty() {
            return Ok(None);
        }
        let keys: Vec<String> = layers.iter().map(|path| file_key(path)).collect();
        let key = format!("opt {}", keys.join(" "));
        self.unpacked(key, layers.to_vec()).await.map(Some)
    }

    async fn unpacked(&self, key: String, zips: Vec<Arc<PathBuf>>) -> Result<Unpacked, AwsError> {
        let cell = self.cell(key);
        let directory = cell
            .get_or_try_init(|| async {
                let root = self.root.clone();
                tokio::task::spawn_blocking(move || unpack_all(&root, &zips))
                    .await
                    .map_err(|error| invalid_zip(&error.to_string()))?
            })
            .await?;
        Ok(Arc::clone(directory))
    }

    fn cell(&self, key: String) -> Arc<OnceCell<Unpacked>> {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let known = cells.iter().position(|(other, _)| *other == key);
        let entry = match known {
            Some(at) => cells.remove(at),
            None => (key, Arc::default()),
        };
        let cell = Arc::clone(&entry.1);
        cells.push(entry);
        if cells.len() > KEPT {
            cells.remove(0);
        }
        cell
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

fn unpack_all(root: &Path, zips: &[Arc<PathBuf>]) -> Result<Unpacked, AwsError> {
    let unpack_into_new = || {
        files::folder(root)?;
        let directory = files::temporary("p-", root)?;
        let mut left = MAX_UNPACKED;
        for zip in zips {
            unpack(zip, directory.path(), &mut left)?;
        }
        Ok(Arc::new(directory))
    };
    unpack_into_new().map_err(|error: io::Error| invalid_zip(&error.to_string()))
}

fn unpack(zip: &Path, into: &Path, left: &mut u64) -> io::Result<()> {
    let mut archive = ZipArchive::new(io::BufReader::new(File::open(zip)?))?;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let leaves = || io::Error::other(format!("the entry {index} leaves the package"));
        let name = entry.name().map_err(io::Error::other)?;
        let is_folder = name.ends_with('/');
        let path = into.join(place(&name).ok_or_else(leaves)?);
        // A link that an earlier entry made must not lead this one out of the directory.
        let parent = path.parent().unwrap_or(into);
        files::new_folder(parent)?;
        if !parent.canonicalize()?.starts_with(into.canonicalize()?) {
            return Err(leaves());
        }
        if is_folder || path == into {
            files::new_folder(&path)?;
        } else if entry.is_symlink() {
            link(&mut entry, &path)?;
        } else {
            let mode = others(entry.unix_mode());
            write(&mut entry, &path, left, mode)?;
        }
    }
    Ok(())
}

/// Where in the package an entry belongs. Only `/` parts names in a ZIP: a backslash or a colon is a letter like any other, as
/// for Lambda, where `lib\util.py` is one file with a long name.
fn place(name: &str) -> Option<PathBuf> {
    let parts = name
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    let mut path = PathBuf::new();
    for part in parts {
        if part == ".." || part.contains('\0') {
            return None;
        }
        path.push(part);
    }
    (!name.starts_with('/')).then_some(path)
}

/// What a function may do with a file. In Lambda the package is root's and the function another user, so that the modes for
/// others hold; here it is the owner of the files, and gets the same. A package that was made where there are no modes (on
/// Windows, say) has files that everybody may read and nobody may execute.
fn others(mode: Option<u32>) -> u32 {
    let mode = mode.filter(|mode| mode & 0o777 != 0).unwrap_or(0o644);
    (mode & 0o5) << 6
}

fn write(entry: &mut impl io::Read, path: &Path, left: &mut u64, mode: u32) -> io::Result<()> {
    let mut file = files::create(path)?;
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
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))?;
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

    use super::*;
    use crate::runtime::tests::zip_of;

    #[tokio::test]
    async fn a_package_is_unpacked_once() {
        let dir = tempfile::tempdir().unwrap();
        let zip = Arc::new(zip_of(
            dir.path(),
            "p.zip",
            &[("bootstrap", "#!/bin/sh"), ("lib/a.txt", "a")],
        ));
        let packages = Packages::new(dir.path().join("cache"));
        let first = packages.code(&zip, "sha").await.unwrap();
        let second = packages.code(&zip, "sha").await.unwrap();
        assert_eq!(first.path(), second.path());
        assert_eq!(
            fs::read_to_string(first.path().join("lib/a.txt")).unwrap(),
            "a"
        );
    }

    #[test]
    fn the_modes_for_others_are_what_the_function_gets() {
        let given = [
            (Some(0o100_755), 0o500),
            (Some(0o100_644), 0o400),
            (Some(0o100_600), 0),
            (Some(0o100_711), 0o100),
            (Some(0), 0o400),
            (None, 0o400),
        ];
        for (mode, gets) in given {
            assert_eq!(others(mode), gets, "{mode:?}");
        }
    }

    #[test]
    fn only_slashes_part_names() {
        let path = |name| place(name).map(|path| path.display().to_string());
        assert_eq!(path("lib/./util.py").unwrap(), "lib/util.py");
        assert_eq!(path(r"lib\util.py").unwrap(), r"lib\util.py");
        assert_eq!(path("C:data.txt").unwrap(), "C:data.txt");
        for outside in ["../x", "a/../../x", "/etc/passwd", "a\0b"] {
            assert_eq!(place(outside), None, "{outside}");
        }
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
        assert_eq!(
            fs::read_to_string(opt.path().join("python/m.py")).unwrap(),
            "2"
        );
        assert_eq!(
            fs::read_to_string(opt.path().join("python/a.py")).unwrap(),
            "a"
        );
        assert!(packages.layers(&[]).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_package_is_deleted_when_it_is_old_and_nobody_uses_it() {
        let dir = tempfile::tempdir().unwrap();
        let zip = Arc::new(zip_of(dir.path(), "p.zip", &[("a.txt", "a")]));
        let packages = Packages::new(dir.path().join("cache"));
        let (used, unused) = (
            packages.code(&zip, "used").await.unwrap(),
            packages.code(&zip, "unused").await.unwrap(),
        );
        let path = unused.path().to_owned();
        drop(unused);
        assert!(path.exists());
        for n in 0..KEPT {
            packages.code(&zip, &n.to_string()).await.unwrap();
        }
        assert!(used.path().join("a.txt").exists() && !path.exists());
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
