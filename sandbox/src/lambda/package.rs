//! Deployment packages: ZIP files checked, kept on disk and removed when nothing refers to them any more.

use super::error::{invalid, service};
use crate::doors::{
    self,
    signature::{Keys, presign_from_now},
};
use crate::error::AwsError;
use crate::{
    region::lock,
    store::{Store, files},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    io::Cursor,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, Weak},
};

/// The most that a package may be when unpacked, layers included: 250 MB.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub const MAX_UNZIPPED_BYTES: u64 = 262_144_000;

/// The most that a package may be when it is sent in a request: 50 MB.
pub const MAX_ZIPPED_BYTES: usize = 52_428_800;

/// A ZIP file on disk. It is removed with the last reference, and where state is kept, after the last record of it.
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
    /// None of one that was read from a record and has not got its file yet.
    store: Option<Store>,
}

impl Package {
    /// The file's name within a state.
    pub fn file_name(&self) -> String {
        format!("{}/{}.zip", files::PACKAGES, self.id)
    }
}

impl Drop for Package {
    fn drop(&mut self) {
        match &self.store {
            None => {}
            Some(store) if store.is_kept() => store.release(&self.file_name()),
            // The directory goes with the sandbox at the latest, so a failure here loses nothing.
            Some(_) => {
                if let Err(error) = std::fs::remove_file(self.path.as_path()) {
                    tracing::debug!(%error, "a package could not be removed");
                }
            }
        }
    }
}

/// How a package is kept in a record: all but its file, which [`Packages::adopt`] gives it.
pub mod kept {
    use super::Package;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::sync::Arc;

    #[derive(Serialize, Deserialize)]
    struct Record {
        id: String,
        size: u64,
        unzipped: u64,
        sha256: String,
    }

    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        package: &Arc<Package>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let record = Record {
            id: package.id.clone(),
            size: package.size,
            unzipped: package.unzipped,
            sha256: package.sha256.clone(),
        };
        record.serialize(serializer)
    }

    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Arc<Package>, D::Error> {
        let record = Record::deserialize(deserializer)?;
        Ok(Arc::new(Package {
            id: record.id,
            path: Arc::default(),
            size: record.size,
            unzipped: record.unzipped,
            sha256: record.sha256,
            store: None,
        }))
    }
}

/// Where packages are kept.
#[derive(Debug, Clone)]
pub struct Packages {
    /// Holds the folder of packages.
    data: PathBuf,
    store: Store,
    /// Those that were read from records: functions share them.
    adopted: Arc<Mutex<HashMap<String, Weak<Package>>>>,
    keys: Option<Keys>,
}

impl Packages {
    /// Keeps packages in a folder within a directory that exists.
    pub fn new(data: PathBuf, store: Store) -> Self {
        Self {
            data,
            store,
            adopted: Arc::default(),
            keys: None,
        }
    }

    /// The same, with addresses that are presigned.
    #[must_use]
    pub fn signing(self, keys: Keys) -> Self {
        Self {
            keys: Some(keys),
            ..self
        }
    }

    /// Where a package can be downloaded for ten minutes, at the endpoint that the caller used.
    pub fn address(&self, endpoint: &str, id: &str) -> String {
        let path = format!("/_sekisho/packages/{id}");
        let host = endpoint.trim_start_matches("http://");
        let query = match &self.keys {
            Some(keys) => presign_from_now(keys, host, &path, 600),
            None => "X-Amz-Expires=600".to_owned(),
        };
        format!("{endpoint}{path}?{query}")
    }

    /// The package with its file, of one that was read from a record.
    pub fn adopt(&self, read: &Package) -> Arc<Package> {
        let mut adopted = lock(&self.adopted);
        if let Some(known) = adopted.get(&read.id).and_then(Weak::upgrade) {
            return known;
        }
        let package = Arc::new(Package {
            id: read.id.clone(),
            path: Arc::new(self.data.join(read.file_name())),
            size: read.size,
            unzipped: read.unzipped,
            sha256: read.sha256.clone(),
            store: Some(self.store.clone()),
        });
        adopted.insert(read.id.clone(), Arc::downgrade(&package));
        package
    }

    /// Checks a ZIP file and keeps it.
    ///
    /// # Errors
    /// `InvalidParameterValueException` in Lambda's words when it is no usable ZIP file.
    pub async fn store(&self, bytes: Bytes) -> Result<Arc<Package>, AwsError> {
        let (data, store) = (self.data.clone(), self.store.clone());
        // Hashing and writing 50 MB takes long enough to hold up the other requests.
        tokio::task::spawn_blocking(move || write(&data, store, &bytes))
            .await
            .map_err(|error| service(format!("The package could not be stored: {error}")))?
    }

    /// The file of a package, for a download. Only names that this store gives can be asked for.
    pub fn file(&self, id: &str) -> Option<PathBuf> {
        uuid::Uuid::parse_str(id).ok()?;
        let folder = self.data.join(files::PACKAGES);
        Some(folder.join(format!("{id}.zip"))).filter(|path| path.is_file())
    }
}

fn write(data: &Path, store: Store, bytes: &Bytes) -> Result<Arc<Package>, AwsError> {
    let unzipped = unzipped_size(bytes)?;
    let id = uuid::Uuid::new_v4().to_string();
    let name = format!("{}/{id}.zip", files::PACKAGES);
    let written = if store.is_kept() {
        files::write(data, &name, bytes)
    } else {
        doors::files::write(&data.join(&name), bytes)
    };
    written.map_err(|error| service(format!("The package could not be stored: {error}")))?;
    Ok(Arc::new(Package {
        id,
        path: Arc::new(data.join(&name)),
        size: bytes.len() as u64,
        unzipped,
        sha256: BASE64_STANDARD.encode(Sha256::digest(bytes)),
        store: Some(store),
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
        // What Lambda could not unpack is refused now rather than when the function is called.
        let method = entry.compression();
        if !matches!(
            method,
            zip::CompressionMethod::Stored | zip::CompressionMethod::Deflated
        ) {
            return Err(broken());
        }
        total = total.saturating_add(entry.size());
    }
    check_unzipped(total)?;
    Ok(total)
}

/// # Errors
/// `InvalidParameterValueException` when a package unpacks to as much as the limit: it is to be smaller, as recorded on AWS.
fn check_unzipped(bytes: u64) -> Result<(), AwsError> {
    if bytes >= MAX_UNZIPPED_BYTES {
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
        std::fs::create_dir(directory.path().join(files::PACKAGES)).unwrap();
        let packages = Packages::new(directory.path().to_owned(), Store::none());
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
    fn entries_that_are_packed_in_another_way_are_refused() {
        for method in [12_u16, 14, 93] {
            let mut bytes = zip_of("index.py", b"x = 1").to_vec();
            for (signature, at) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
                let entry = bytes.windows(4).position(|four| four == signature).unwrap();
                bytes[entry + at..entry + at + 2].copy_from_slice(&method.to_le_bytes());
            }
            let error = unzipped_size(&bytes.into()).unwrap_err();
            assert_eq!(
                error.message,
                "Could not unzip uploaded file. Please check your file, then try to upload again."
            );
        }
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
        bytes[entry + 24..entry + 28].copy_from_slice(&262_144_000_u32.to_le_bytes());
        let error = unzipped_size(&bytes.into()).unwrap_err();
        assert_eq!(
            error.message,
            "Unzipped size must be smaller than 262144000 bytes"
        );
    }

    #[test]
    fn only_names_of_packages_can_be_downloaded() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join(files::PACKAGES);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("secret.zip"), b"x").unwrap();
        let packages = Packages::new(directory.path().to_owned(), Store::none());
        assert_eq!(packages.file("secret"), None);
        assert_eq!(packages.file("../secret"), None);
    }
}
