//! Sandboxes of this user that wrote their endpoint down, and whose a listening port is. Anybody on the machine may listen on a port
//! and call it a sandbox: what this console would send there (code, variables, events) is for this user's own alone.
//!
//! Knows files and the system's tables; asks nobody. On systems without `/proc` the folder and the file vouch alone.

use crate::cloud::connection::machine::Machine;
use crate::model::connection::is_loopback_url;
use std::path::{Path, PathBuf};

/// Where to look.
#[derive(Debug, Clone)]
pub(crate) struct Registry {
    /// Where sandboxes write themselves down.
    pub folder: PathBuf,
    /// `/proc`.
    pub processes: PathBuf,
}

impl Registry {
    /// As the sandbox chooses its folder: under `$XDG_RUNTIME_DIR` where that is the user's own and closed.
    pub(crate) fn usual(machine: &Machine) -> Self {
        let runtime = machine.var("XDG_RUNTIME_DIR").map(PathBuf::from);
        let closed = runtime.filter(|folder| folder.is_absolute() && is_own(folder, true));
        let folder = match (closed, user()) {
            (Some(runtime), _) => runtime.join("sekisho"),
            (None, Some(user)) => std::env::temp_dir().join(format!("sekisho-{user}")),
            (None, None) => std::env::temp_dir().join("sekisho"),
        };
        Self {
            folder,
            processes: "/proc".into(),
        }
    }

    /// The endpoints in entries that can be trusted: folder and file are the user's and closed, the process lives and is the
    /// user's, and so is what listens on the port.
    pub(crate) fn endpoints(&self) -> Vec<String> {
        if !is_own(&self.folder, true) {
            return Vec::new();
        }
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let listeners = Listeners::read(&self.processes);
        entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| is_own(path, false) && self.is_alive(path))
            .take(32)
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .filter_map(|text| serde_json::from_str::<serde_json::Value>(&text).ok())
            .filter_map(|value| value["endpoint"].as_str().map(str::to_owned))
            .map(|endpoint| endpoint.trim_end_matches('/').to_owned())
            .filter(|endpoint| endpoint.starts_with("http://") && is_loopback_url(endpoint))
            .filter(|endpoint| listeners.are_own(endpoint))
            .collect()
    }

    /// `sandbox-PID.json` of a process that lives and is the user's, where the system tells.
    fn is_alive(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str());
        let id = name
            .and_then(|name| name.strip_prefix("sandbox-"))
            .and_then(|rest| rest.strip_suffix(".json"))
            .and_then(|id| id.parse::<u32>().ok());
        let Some(id) = id else {
            return false;
        };
        !self.processes.join("self").exists() || {
            let process = self.processes.join(id.to_string());
            process.is_dir() && owner(&process) == user()
        }
    }
}

/// What listens on this machine, with whose it is.
#[derive(Debug)]
pub(crate) struct Listeners {
    /// Port and user; none where the system does not tell.
    known: Option<Vec<(u16, u32)>>,
}

impl Listeners {
    /// Reads the tables of a `/proc`.
    pub(crate) fn read(processes: &Path) -> Self {
        let table = |name: &str| std::fs::read_to_string(processes.join("net").join(name)).ok();
        let known = table("tcp").map(|four| {
            let six = table("tcp6").unwrap_or_default();
            four.lines()
                .chain(six.lines())
                .filter_map(listener)
                .collect()
        });
        Self { known }
    }

    /// Whether everything that listens on an endpoint's port is the user's, and something does.
    pub(crate) fn are_own(&self, endpoint: &str) -> bool {
        let Some(known) = &self.known else {
            return true;
        };
        let port = endpoint
            .rsplit(':')
            .next()
            .and_then(|port| port.parse::<u16>().ok());
        let mut there = known.iter().filter(|(at, _)| Some(*at) == port).peekable();
        there.peek().is_some() && there.all(|(_, whose)| Some(*whose) == user())
    }
}

/// Port and user of a line that shows a listening socket on loopback or on every address.
fn listener(line: &str) -> Option<(u16, u32)> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let (local, state, user) = (fields.get(1)?, fields.get(3)?, fields.get(7)?);
    let (address, port) = local.split_once(':')?;
    // 127.x.y.z ends in 7F on machines that store the low byte first, and begins with it on others.
    let is_near = address.bytes().all(|byte| byte == b'0')
        || address.ends_with("7F")
        || address.starts_with("7F")
        || address.trim_start_matches('0') == "1000000"
        || address.trim_start_matches('0') == "1";
    (*state == "0A" && is_near)
        .then(|| Some((u16::from_str_radix(port, 16).ok()?, user.parse().ok()?)))
        .flatten()
}

/// The user of this process, by number, where users have numbers.
fn user() -> Option<u32> {
    #[cfg(unix)]
    return Some(rustix::process::geteuid().as_raw());
    #[cfg(not(unix))]
    None
}

#[cfg(unix)]
fn owner(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    path.symlink_metadata().ok().map(|facts| facts.uid())
}

#[cfg(not(unix))]
fn owner(_path: &Path) -> Option<u32> {
    None
}

/// A folder or a file that is the user's and closed to all others; no link.
fn is_own(path: &Path, is_folder: bool) -> bool {
    let Ok(facts) = path.symlink_metadata() else {
        return false;
    };
    #[cfg(unix)]
    let is_closed = std::os::unix::fs::MetadataExt::mode(&facts) & 0o077 == 0;
    #[cfg(not(unix))]
    let is_closed = true;
    let is_kind = if is_folder {
        facts.is_dir()
    } else {
        facts.is_file()
    };
    is_kind && is_closed && owner(path) == user()
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    /// A registry with one entry of a process that lives, and a `/proc` that shows it.
    struct Made {
        home: tempfile::TempDir,
        registry: Registry,
    }

    const ENTRY: &str = r#"{"endpoint":"http://127.0.0.1:4599"}"#;

    fn made() -> Made {
        let home = tempfile::tempdir().unwrap();
        let registry = Registry {
            folder: home.path().join("sekisho"),
            processes: home.path().join("proc"),
        };
        std::fs::create_dir(&registry.folder).unwrap();
        for inner in ["self", "77", "net"] {
            std::fs::create_dir_all(registry.processes.join(inner)).unwrap();
        }
        let made = Made { home, registry };
        made.mode("sekisho", 0o700);
        made.entry("sandbox-77.json", ENTRY);
        made.listens(user().unwrap());
        made
    }

    impl Made {
        fn mode(&self, name: &str, mode: u32) {
            let path = self.home.path().join(name);
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        }

        fn entry(&self, name: &str, text: &str) {
            std::fs::write(self.registry.folder.join(name), text).unwrap();
            self.mode(&format!("sekisho/{name}"), 0o600);
        }

        /// 4599 is 11F7.
        fn listens(&self, whose: u32) {
            let table = format!(
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:11F7 00000000:0000 0A 00000000:00000000 00:00000000 00000000 {whose:>5}        0 1 1 0 100 0 0 10 0\n"
            );
            std::fs::write(self.registry.processes.join("net/tcp"), table).unwrap();
        }

        fn trusted(&self) -> usize {
            self.registry.endpoints().len()
        }
    }

    #[test]
    fn an_entry_is_trusted_when_all_of_it_is_the_users() {
        let made = made();
        assert_eq!(made.registry.endpoints(), ["http://127.0.0.1:4599"]);
        made.entry("other.json", ENTRY);
        made.entry("sandbox-x.json", ENTRY);
        made.entry("sandbox-78.json", ENTRY);
        assert_eq!(made.trusted(), 1);
        made.entry(
            "sandbox-77.json",
            r#"{"endpoint":"http://198.51.100.1:4599"}"#,
        );
        assert_eq!(made.trusted(), 0);
        made.entry("sandbox-77.json", "not json");
        assert_eq!(made.trusted(), 0);
    }

    #[test]
    fn a_folder_or_a_file_that_others_could_have_written_is_not_trusted() {
        for (name, mode) in [
            ("sekisho", 0o777),
            ("sekisho", 0o755),
            ("sekisho/sandbox-77.json", 0o666),
            ("sekisho/sandbox-77.json", 0o644),
        ] {
            let made = made();
            made.mode(name, mode);
            assert_eq!(made.trusted(), 0, "{name} {mode:o}");
        }
        let linked = made();
        let (real, folder) = (linked.home.path().join("real"), &linked.registry.folder);
        std::fs::rename(folder, &real).unwrap();
        std::os::unix::fs::symlink(&real, folder).unwrap();
        assert_eq!(linked.trusted(), 0);
        let linked = made();
        let (real, entry) = (
            linked.home.path().join("real"),
            linked.registry.folder.join("sandbox-77.json"),
        );
        std::fs::rename(&entry, &real).unwrap();
        std::os::unix::fs::symlink(&real, &entry).unwrap();
        assert_eq!(linked.trusted(), 0);
    }

    #[test]
    fn a_port_that_nobody_or_somebody_else_listens_on_is_not_trusted() {
        let made = made();
        made.listens(user().unwrap() + 1);
        assert_eq!(made.trusted(), 0);
        std::fs::write(made.registry.processes.join("net/tcp"), "").unwrap();
        assert_eq!(made.trusted(), 0);
        // Where the system has no such table, folder, file and process vouch.
        std::fs::remove_file(made.registry.processes.join("net/tcp")).unwrap();
        assert_eq!(made.trusted(), 1);
    }

    #[test]
    fn a_process_that_is_gone_is_not_trusted() {
        let made = made();
        std::fs::remove_dir(made.registry.processes.join("77")).unwrap();
        assert_eq!(made.trusted(), 0);
    }

    /// Only root can make something somebody else's.
    #[test]
    fn what_is_another_users_is_not_trusted() {
        for name in ["sekisho", "sekisho/sandbox-77.json", "proc/77"] {
            let made = made();
            let path = made.home.path().join(name);
            if std::os::unix::fs::chown(path, Some(65534), None).is_err() {
                println!("skipped: only root can try this");
                return;
            }
            assert_eq!(made.trusted(), 0, "{name}");
        }
    }

    #[test]
    fn listening_sockets_are_told_from_others() {
        let line = |local: &str, state: &str| {
            format!("0: {local} 00000000:0000 {state} 0:0 00:0 0 1000 0 1 1")
        };
        let of = |local: &str, state: &str| listener(&line(local, state));
        let found = Some((4566, 1000));
        assert_eq!(of("0100007F:11D6", "0A"), found);
        assert_eq!(of("00000000:11D6", "0A"), found);
        assert_eq!(of("00000000000000000000000000000000:11D6", "0A"), found);
        assert_eq!(of("00000000000000000000000001000000:11D6", "0A"), found);
        assert_eq!(of("0100007F:11D6", "01"), None);
        assert_eq!(of("0101A8C0:11D6", "0A"), None);
        assert_eq!(listener("  sl  local_address rem_address   st"), None);
    }
}
