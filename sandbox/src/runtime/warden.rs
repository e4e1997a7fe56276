//! The warden: a tiny shell that outlives the sandbox by a moment and kills what the sandbox left running.
//!
//! It is told the process groups through its standard input. When the sandbox ends, however it ends (SIGKILL too), that
//! input closes, and the groups that are still on the list die. It needs nothing but `sh`, and no unsafe code here.

use std::collections::HashSet;
use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

const SCRIPT: &str = r#"
groups=' '
while read -r what group; do
  case $what in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="${groups%% $group *} ${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
"#;

/// The process groups that run, and the shell that ends them when this process no longer can.
#[derive(Default)]
pub(super) struct Warden {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    groups: HashSet<u32>,
    shell: Option<(Child, ChildStdin)>,
    closed: bool,
}

impl Warden {
    /// Puts a group on the list, starting the shell the first time. Once all were ended, the group ends at once.
    pub fn watch(&self, group: u32) {
        let mut state = self.state();
        if state.closed {
            kill(group);
            return;
        }
        if state.shell.is_none() {
            match start() {
                Ok(started) => state.shell = Some(started),
                Err(error) => {
                    tracing::warn!(%error, "no shell to watch over the functions' processes")
                }
            }
        }
        state.groups.insert(group);
        state.tell('+', group);
    }

    /// Kills a group and takes it off the list: its number may be used again.
    pub fn end(&self, group: u32) {
        let mut state = self.state();
        // Even when the leader has ended: what it started may still run.
        if state.groups.remove(&group) {
            kill(group);
            state.tell('-', group);
        }
    }

    /// Kills every group, and those that come later.
    pub fn end_all(&self) {
        let mut state = self.state();
        state.closed = true;
        for group in std::mem::take(&mut state.groups) {
            kill(group);
            state.tell('-', group);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell(&mut self, what: char, group: u32) {
        if let Some((_, stdin)) = &mut self.shell
            && let Err(error) = stdin.write_all(format!("{what} {group}\n").as_bytes())
        {
            tracing::warn!(%error, "the shell that watches over the functions' processes is gone");
            self.shell = None;
        }
    }
}

fn kill(group: u32) {
    if let Some(pid) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        // It may have ended meanwhile, which is what is wanted.
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        let shell = self
            .state
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .shell
            .take();
        if let Some((mut child, stdin)) = shell {
            drop(stdin);
            let _ = child.wait();
        }
    }
}

fn start() -> io::Result<(Child, ChildStdin)> {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", SCRIPT])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // In a group of its own: what kills the sandbox's group must not kill the warden with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn()?;
    match child.stdin.take() {
        Some(stdin) => Ok((child, stdin)),
        None => Err(io::Error::other("no standard input")),
    }
}
