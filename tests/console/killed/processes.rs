//! What a killed sandbox may have left behind: processes of its functions, and folders.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Processes by their id and the time when they started, so that an id that is used again is another one; and folders.
#[derive(Debug, Default)]
pub struct Left {
    processes: Vec<(u32, String)>,
    folders: Vec<PathBuf>,
}

impl Left {
    /// The functions' processes that carry a mark, and the folders that those and the sandbox work in.
    pub fn of(mark: &str, sandbox: u32) -> Self {
        let mut left = Self::default();
        for id in processes() {
            let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            let environment = String::from_utf8_lossy(&environment).into_owned();
            if !environment.contains(mark) && !is_below(id, sandbox) {
                continue;
            }
            if let Some(start) = start(id) {
                left.processes.push((id, start));
            }
            let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            left.folders.extend(folders(&environment));
            left.folders.extend(folders(&line));
        }
        left.folders.sort();
        left.folders.dedup();
        left
    }

    /// Waits until none of it is there any more.
    pub fn is_gone(&self, round: u64) {
        let begun = Instant::now();
        loop {
            let alive = self.processes.iter().filter(|(id, started)| {
                let zombie = fs::read_to_string(format!("/proc/{id}/stat"))
                    .is_ok_and(|stat| stat.contains(") Z "));
                start(*id).as_ref() == Some(started) && !zombie
            });
            let alive: Vec<_> = alive.collect();
            let there: Vec<_> = self.folders.iter().filter(|path| path.exists()).collect();
            if alive.is_empty() && there.is_empty() {
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "round {round}: still running: {alive:?}, still there: {there:?}"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

fn stat(id: u32, field: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in parentheses, may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(field).map(str::to_owned)
}

fn start(id: u32) -> Option<String> {
    stat(id, 19)
}

fn is_below(id: u32, ancestor: u32) -> bool {
    let mut at = id;
    for _ in 0..64 {
        match stat(at, 1).and_then(|parent| parent.parse().ok()) {
            Some(parent) if parent == ancestor => return true,
            Some(parent) if parent > 1 => at = parent,
            _ => return false,
        }
    }
    false
}

/// The folders of sandboxes that a text names.
fn folders(text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("sekisho-sandbox-") {
        let before = text.get(..at).unwrap_or_default();
        let from = before
            .rfind(|c: char| c == '=' || c == ':' || c == '\0' || c.is_whitespace())
            .map_or(0, |at| at + 1);
        let rest = text.get(at..).unwrap_or_default();
        let to = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
            .map_or(text.len(), |length| at + length);
        if let Some(path) = text.get(from..to).filter(|path| path.starts_with('/')) {
            found.push(PathBuf::from(path));
        }
    }
    found
}
