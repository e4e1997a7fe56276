//! Where a running sandbox writes down its endpoint, so that it is found on whatever port it took:
//! `sandbox-<pid>.json` in `sekisho` under `$XDG_RUNTIME_DIR`, or under the directory for temporary files.

use std::path::{Path, PathBuf};

/// What was written down; removed with this.
#[derive(Debug)]
#[must_use = "the endpoint is struck out when this goes"]
pub struct Registered {
    path: Option<PathBuf>,
}

/// Writes an endpoint down for this process. A disk that refuses is no reason not to start.
pub fn register(endpoint: &str) -> Registered {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty());
    let base = runtime.map_or_else(std::env::temp_dir, PathBuf::from);
    register_in(&base.join("sekisho"), endpoint)
}

fn register_in(folder: &Path, endpoint: &str) -> Registered {
    let path = folder.join(format!("sandbox-{}.json", std::process::id()));
    let text = serde_json::json!({ "endpoint": endpoint }).to_string();
    let written = std::fs::create_dir_all(folder).and_then(|()| {
        remove_dead(folder);
        std::fs::write(&path, text)
    });
    if let Err(error) = &written {
        tracing::warn!(%error, path = %path.display(), "the sandbox could not be written down");
    }
    Registered {
        path: written.is_ok().then_some(path),
    }
}

/// What killed sandboxes have left, where the system tells which processes live.
fn remove_dead(folder: &Path) {
    let processes = Path::new("/proc");
    if !processes.join("self").exists() {
        return;
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let id = name
            .strip_prefix("sandbox-")
            .and_then(|rest| rest.strip_suffix(".json"))
            .and_then(|id| id.parse::<u32>().ok());
        if id.is_some_and(|id| !processes.join(id.to_string()).exists()) {
            // Another sandbox that starts now may have been quicker.
            let _gone = std::fs::remove_file(entry.path());
        }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            let _gone = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn the_endpoint_stands_there_while_the_sandbox_runs_and_what_dead_ones_left_goes() {
        let folder = tempfile::tempdir().unwrap();
        let dead = folder.path().join("sandbox-4294967295.json");
        std::fs::write(&dead, "{}").unwrap();
        let registered = register_in(folder.path(), "http://127.0.0.1:4999");
        let path = registered.path.clone().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, r#"{"endpoint":"http://127.0.0.1:4999"}"#);
        assert_eq!(dead.exists(), !Path::new("/proc/self").exists());
        drop(registered);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(register_in(&file, "http://127.0.0.1:1").path.is_none());
    }
}
