//! How much memory an environment uses: its process and all that it started, from `/proc`.
//!
//! On a system without `/proc` it reads 0 and nothing is ever over its limit.

use std::fs;

/// Resident memory of a process and its descendants, sampled.
#[derive(Debug)]
pub(super) struct Memory {
    root: u32,
    processes: Vec<u32>,
    samples: u32,
    peak_kb: u64,
}

impl Memory {
    /// Watches a process.
    pub fn of(root: u32) -> Self {
        Self {
            root,
            processes: vec![root],
            samples: 0,
            peak_kb: 0,
        }
    }

    /// Measures now and returns KB. Every fifth sample also looks for new descendants.
    pub fn sample(&mut self) -> u64 {
        if self.samples.is_multiple_of(5) {
            self.processes = family(self.root);
        }
        self.samples = self.samples.wrapping_add(1);
        let now = self
            .processes
            .iter()
            .map(|pid| status_kb(*pid, "VmRSS:"))
            .sum();
        self.peak_kb = self.peak_kb.max(now);
        now
    }

    /// The most so far, in MB, at least 1: the kernel's own high-water mark, or what was sampled if that is more.
    pub fn peak_mb(&mut self) -> u32 {
        let marks: Vec<u64> = self
            .processes
            .iter()
            .map(|pid| status_kb(*pid, "VmHWM:"))
            .collect();
        // The marks of several processes were not reached at the same moment, so they are not added up.
        self.peak_kb = self.peak_kb.max(marks.into_iter().max().unwrap_or(0));
        u32::try_from(self.peak_kb.div_ceil(1024))
            .unwrap_or(u32::MAX)
            .max(1)
    }
}

/// A process with its descendants.
fn family(root: u32) -> Vec<u32> {
    let mut all = vec![root];
    let mut index = 0;
    while let Some(pid) = all.get(index).copied() {
        index += 1;
        let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
            continue;
        };
        for thread in threads.flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            all.extend(
                children
                    .split_ascii_whitespace()
                    .filter_map(|pid| pid.parse::<u32>().ok()),
            );
        }
        // A function that starts processes without end must not keep us here.
        if all.len() > 1000 {
            break;
        }
    }
    all
}

/// A field of `/proc/PID/status` that is in KB; 0 when the process is gone.
fn status_kb(pid: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .and_then(|value| value.trim().split(' ').next()?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_process_is_measured_together_with_its_children() {
        let mut child = std::process::Command::new("sh")
            .args(["-c", "sleep 5 & echo ready; wait"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = [0; 6];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut ready).unwrap();
        let found = family(child.id());
        for pid in found.iter().skip(1) {
            let pid = rustix::process::Pid::from_raw(i32::try_from(*pid).unwrap()).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        let mut memory = Memory::of(std::process::id());
        assert!(memory.sample() > 1000 && memory.peak_mb() > 1);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found.len(), 2);
    }
}
