//! Where a running sandbox writes down its endpoint, so that it is found on whatever port it took:
//! `sandbox-<pid>.json` in a folder that only its user can write, or else another user could send consoles to an endpoint of his:
//! `sekisho` under `$XDG_RUNTIME_DIR` where that is the user's and closed to others, else `sekisho-<user>` in the directory for
//! temporary files.

use crate::doors::files;
use std::{
    io,
    path::{Path, PathBuf},
};

/// What was written down; removed with this.
#[derive(Debug)]
#[must_use = "the endpoint is struck out when this goes"]
pub struct Registered {
    path: Option<PathBuf>,
}

/// Writes an endpoint down for this process. A disk that refuses is no reason not to start.
pub fn register(endpoint: &str) -> Registered {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    register_in(&folder(runtime, &std::env::temp_dir()), endpoint)
}

/// Where sandboxes of this user are written down.
fn folder(runtime: Option<PathBuf>, temporary: &Path) -> PathBuf {
    let closed = runtime.filter(|folder| folder.is_absolute() && files::is_own(folder));
    match (closed, files::user()) {
        (Some(runtime), _) => runtime.join("sekisho"),
        (None, Some(user)) => temporary.join(format!("sekisho-{user}")),
        // Elsewhere the directory for temporary files is the user's own.
        (None, None) => temporary.join("sekisho"),
    }
}

fn register_in(folder: &Path, endpoint: &str) -> Registered {
    let path = folder.join(format!("sandbox-{}.json", std::process::id()));
    let text = serde_json::json!({ "endpoint": endpoint }).to_string();
    let written = files::folder(folder).and_then(|()| {
        if !files::is_own(folder) {
            return Err(io::Error::other(
                "the folder is not this user's, or others may write in it",
            ));
        }
        remove_dead(folder);
        files::write(&path, text.as_bytes())
    });
    if let Err(error) = &written {
        tracing::warn!(%error, path = %path.display(), "the sandbox could not be written down: windows will not find it by themselves");
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

    #[cfg(unix)]
    #[test]
    fn only_a_folder_that_nobody_else_can_write_is_written_in() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let user = files::user().unwrap();
        let own = home.path().join(format!("sekisho-{user}"));
        let (open, closed) = (home.path().join("open"), home.path().join("closed"));
        for (path, mode) in [(&open, 0o755), (&closed, 0o700)] {
            std::fs::create_dir(path).unwrap();
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        }
        assert_eq!(
            folder(Some(closed.clone()), home.path()),
            closed.join("sekisho")
        );
        assert_eq!(folder(Some(open), home.path()), own);
        assert_eq!(folder(Some("relative".into()), home.path()), own);
        assert_eq!(folder(None, home.path()), own);
        // A link that somebody laid in the place of the folder is not followed.
        std::os::unix::fs::symlink(&closed, &own).unwrap();
        assert!(register_in(&own, "http://127.0.0.1:1").path.is_none());
        assert_eq!(std::fs::read_dir(&closed).unwrap().count(), 0);
    }

    /// Only root can make a folder somebody else's.
    #[cfg(unix)]
    #[test]
    fn a_folder_that_another_user_made_first_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let theirs = home.path().join("sekisho");
        std::fs::create_dir(&theirs).unwrap();
        if std::os::unix::fs::chown(&theirs, Some(65534), None).is_err() {
            println!("skipped: only root can try this");
            return;
        }
        assert!(register_in(&theirs, "http://127.0.0.1:1").path.is_none());
        assert_eq!(std::fs::read_dir(&theirs).unwrap().count(), 0);
    }
}
