//! The file of a document.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::model::api::document::{self, Document, LARGEST_BYTES};
use crate::model::error::{CloudError, ErrorKind};

/// A file that was read.
pub struct Opened {
    pub path: PathBuf,
    pub text: Arc<str>,
    pub read: Result<Arc<Document>, String>,
}

pub fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// The text of a file; one that is larger than `most` bytes is not read, and `takes` says of what the limit is.
///
/// # Errors
/// When it can't be read.
pub fn text(path: &Path, most: u64, doing: &str, takes: &str) -> Result<String, CloudError> {
    let wrong = |text: String| CloudError::local(doing, ErrorKind::Invalid, text);
    let told = |error: std::io::Error| wrong(format!("{}: {error}", path.display()));
    let bytes = std::fs::metadata(path).map_err(told)?.len();
    if bytes > most {
        let size = bytes / (1024 * 1024);
        return Err(wrong(format!("{} has {size} MB; {takes}", file_name(path))));
    }
    std::fs::read_to_string(path).map_err(told)
}

/// Reads a document.
///
/// # Errors
/// When it can't be read. What is wrong with its text is in it.
pub fn read(path: PathBuf) -> Result<Opened, CloudError> {
    let most = LARGEST_BYTES as u64;
    let text = text(
        &path,
        most,
        "Reading the document",
        "API Gateway takes 6 MB",
    )?;
    let read = document::read(&text).map(Arc::new);
    Ok(Opened {
        path,
        text: text.into(),
        read,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_is_read_with_what_is_wrong_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("a.yaml");
        std::fs::write(&good, "openapi: 3.0.1\ninfo: {title: shop}\n").unwrap();
        let opened = read(good).unwrap();
        assert_eq!(opened.read.unwrap().title, "shop");
        let bad = folder.path().join("b.json");
        std::fs::write(&bad, "{\"a\": 1}").unwrap();
        assert!(read(bad).unwrap().read.is_err());
        let large = folder.path().join("c.yaml");
        std::fs::write(&large, vec![b'#'; 12 * 1024 * 1024]).unwrap();
        let wrong = read(large).err().unwrap();
        assert_eq!(wrong.message, "c.yaml has 12 MB; API Gateway takes 6 MB");
        assert!(read(folder.path().join("none")).is_err());
    }
}
