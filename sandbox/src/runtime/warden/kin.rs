//! Who descends from a process, from `/proc`, and how all of that is ended. Where there is no `/proc`, nobody does.
#![allow(
    clippy::disallowed_methods,
    reason = "wardens and keepers are processes, or threads, of their own, and nobody waits for their naps"
)]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

/// A process that cannot be killed (in the middle of a disk's failure, say) is left after this long.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes this process the parent of whatever its descendants leave behind, and shows what it is in `ps` and `top`.
pub(super) fn adopt_orphans(name: &str) {
    // What it was started as would be `exe`; where it can't be said, nothing else depends on it.
    let _ = std::fs::write("/proc/self/comm", name);
    #[cfg(target_os = "linux")]
    // It can only fail on a kernel older than 3.4.
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// All children by their parent.
fn children() -> HashMap<i32, Vec<i32>> {
    let mut all: HashMap<i32, Vec<i32>> = HashMap::new();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    for entry in entries {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let stat = std::fs::read(entry.path().join("stat")).unwrap_or_default();
        // The name comes before, in parentheses, and may hold anything.
        let after = stat.iter().rposition(|byte| *byte == b')').unwrap_or(0);
        let rest = String::from_utf8_lossy(&stat[after..]);
        if let Some(parent) = rest.split(' ').nth(2).and_then(|text| text.parse().ok()) {
            all.entry(parent).or_default().push(pid);
        }
    }
    all
}

/// The children of a process.
pub(super) fn children_of(of: Pid) -> Vec<Pid> {
    let of = children().remove(&of.as_raw_nonzero().get());
    of.into_iter().flatten().filter_map(Pid::from_raw).collect()
}

/// Kills all that descends from a process, and not the process.
pub(super) fn kill_descendants(of: Pid) {
    let all = children();
    let mut families = vec![of.as_raw_nonzero().get()];
    let mut index = 0;
    while let Some(parent) = families.get(index).copied() {
        index += 1;
        families.extend(all.get(&parent).into_iter().flatten());
    }
    for pid in families.into_iter().skip(1).filter_map(Pid::from_raw) {
        kill(pid);
    }
}

pub(super) fn kill(pid: Pid) {
    // It may have ended meanwhile, which is what is wanted.
    let _ = kill_process(pid, Signal::KILL);
}

/// Kills all that descends from this process until nothing does: whatever lost its parent is then this one's own child.
pub(super) fn end_descendants() {
    let began = Instant::now();
    let mut nap = Duration::from_millis(1);
    while began.elapsed() < PATIENCE {
        kill_descendants(rustix::process::getpid());
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        std::thread::sleep(nap);
        nap = (nap * 2).min(Duration::from_millis(50));
    }
}
