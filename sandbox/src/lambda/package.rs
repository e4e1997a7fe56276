//! Deployment packages: ZIP files checked, kept on disk and removed when nothing refers to them any more.

use super::error::{invalid, service};
use crate::error::AwsError;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::{io::Cursor, path::PathBuf, sync::Arc};

/// The most that a package may be when unpacked, layers included: 250 MB.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub const MAX_UNZIPPED_BYTES: u64 = 262_144_000;

/// The most that a package may be when it is sent in a request: 50 MB.
pub const MAX_ZIPPED_BYTES: usize = 52_428_800;

/// A ZIP file on disk. It is removed with the last reference.
#[derive(Debug)]
pub struct Package {
    /// Names it in the address from which it can be downloaded.
    pub id: String,
    pub path: Arc<PathBuf>,
    /// Bytes as a ZIP file.
    pub size: u64,
    /// Bytes when unpacked.
    pub unzipped: u64,
    /// Base64, as Lambda shows it.
    pub sha256: String,
}

impl Drop for Package {
    fn drop(&mut self) {
        // The directory goes with the sandbox at the latest, so a failure here loses nothing.
        if let Err(error) = std::fs::remove_file(self.path.as_path()) {
            tracing::debug!(%error, "a package could not be removed");
        }
    }
}

/// Where packages are kept.
#[derive(Debug, Clone)]
pub struct Packages {
    directory: PathBuf,
}

impl Packages {
    /// Keeps packages in a directory that exists.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// Checks a ZIP file and keeps it.
    ///
    /// # Errors
    /// `InvalidParameterValueException` in Lambda's words when it is no usable ZIP file.
    pub async fn store(&self, bytes: Bytes) -> Result<Arc<Package>, AwsError> {
        let directory = self.directory.clone();
        // Hashing and writing 50 MB takes long enough to hold up the other requests.
        tokio::task::spawn_blocking(move || write(directory, &bytes))
            .await
            .map_err(|error| service(format!("The package could not be stored: {error}")))?
    }

    /// The file of a package, for a download. Only names that this store gives can be asked for.
    pub fn file(&self, id: &str) -> Option<PathBuf> {
        uuid::Uuid::parse_str(id).ok()?;
        Some(self.directory.join(format!("{id}.zip"))).filter(|path| path.is_file())
    }
}

fn write(directory: PathBuf, bytes: &Bytes) -> Result<Arc<Package>, AwsError> {
    let unzipped = unzipped_size(bytes)?;
    let id = uuid::Uuid::new_v4().to_string();
    let path = directory.join(format!("{id}.zip"));
    std::fs::write(&path, bytes)
        .map_err(|error| service(format!("The package could not be stored: {error}")))?;
    Ok(Arc::new(Package {
        id,
        path: Arc::new(path),
        size: bytes.len() as u64,
        unzipped,
        sha256: BASE64_STANDARD.encode(Sha256::digest(bytes)),
    }))
}

/// What the archive's directory says it unpacks to.
fn unzipped_size(bytes: &Bytes) -> Result<u64, AwsError> {
    let broken = || {
        invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
    };
    if bytes.is_empty() {
        return Err(invalid("Uploaded file must be a non-empty zip"));
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.as_ref())).map_err(|_| broken())?;
    if archive.is_empty() {
        return Err(invalid("Uploaded file must be a non-empty zip"));
    }
    let mut total: u64 = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|_| broken())?;
        // A path that leaves the package's directory has no place in it.
        if entry.enclosed_name().is_none() {
            return Err(broken());
        }
        total = total.saturating_add(entry.size());
    }
    check_unzipped(total)?;
    Ok(total)
}

/// # Errors
/// `InvalidParameterValueException` when packages and layers unpack to more than Lambda takes.
pub fn check_unzipped(bytes: u64) -> Result<(), AwsError> {
    if bytes > MAX_UNZIPPED_BYTES {
        return Err(invalid(format!(
            "Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::io::Write;

    fn zip_of(name: &str, content: &[u8]) -> Bytes {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap().into_inner().into()
    }

    #[tokio::test]
    async fn a_stored_package_is_on_disk_until_its_last_reference_goes() {
        let directory = tempfile::tempdir().unwrap();
        let packages = Packages::new(directory.path().to_owned());
        let package = packages.store(zip_of("index.py", b"x = 1")).await.unwrap();
        assert_eq!(package.unzipped, 5);
        assert!(packages.file(&package.id).is_some());
        let id = package.id.clone();
        drop(package);
        assert!(packages.file(&id).is_none());
    }

    #[test]
    fn what_is_no_zip_is_refused_in_lambdas_words() {
        let error = unzipped_size(&Bytes::from_static(b"not a zip")).unwrap_err();
        assert_eq!(error.code, "InvalidParameterValueException");
        assert_eq!(
            error.message,
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        );
    }

    #[test]
    fn a_path_that_leaves_the_package_is_refused() {
        assert!(unzipped_size(&zip_of("../evil.py", b"x")).is_err());
    }

    #[test]
    fn a_bomb_is_refused_by_what_its_directory_says() {
        let mut bytes = zip_of("zeros", b"00000").to_vec();
        let entry = bytes
            .windows(4)
            .position(|four| four == b"PK\x01\x02")
            .unwrap();
        // The uncompressed size in the archive's directory.
        bytes[entry + 24..entry + 28].copy_from_slice(&262_144_001_u32.to_le_bytes());
        let error = unzipped_size(&bytes.into()).unwrap_err();
        assert_eq!(
            error.message,
            "Unzipped size must be smaller than 262144000 bytes"
        );
    }

    #[test]
    fn only_names_of_packages_can_be_downloaded() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("secret.zip"), b"x").unwrap();
        let packages = Packages::new(directory.path().to_owned());
        assert_eq!(packages.file("secret"), None);
        assert_eq!(packages.file("../secret"), None);
    }
}
