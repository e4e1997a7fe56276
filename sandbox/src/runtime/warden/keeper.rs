//! A keeper: starts one process, tells how it ended, and ends all that it left behind.
//!
//! It reads one [`Order`] from its socket and answers `started PID` or `failed ERRNO`, and later `exited STATUS`. When the
//! socket closes, or the process has ended, everything goes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, wait};

use super::{Order, kin};

/// This process is a keeper until nothing is left to keep. Its socket is its standard input.
pub(super) fn run() -> ExitCode {
    kin::adopt_orphans("sekisho-keeper");
    let Ok(socket) = io::stdin().as_fd().try_clone_to_owned() else {
        return ExitCode::FAILURE;
    };
    let mut socket = UnixStream::from(socket);
    let Some(child) = start(&mut socket, Stdio::inherit(), Stdio::inherit()) else {
        return ExitCode::FAILURE;
    };
    if let (Some(pid), Ok(side)) = (pid(&child), socket.try_clone()) {
        std::thread::spawn(move || watch(pid, side));
        until_closed(&mut socket);
    }
    kin::end_descendants();
    ExitCode::SUCCESS
}

/// Reaps whatever ends here, and closes the socket once the process itself has.
fn watch(main: Pid, mut socket: UnixStream) {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == main => {
                let _ = writeln!(socket, "exited {}", status.as_raw());
                let _ = socket.shutdown(Shutdown::Read);
            }
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Where there is no process for it, a thread keeps: it does not see what left the family.
pub(super) fn in_a_thread(mut socket: UnixStream, output: OwnedFd) -> io::Result<()> {
    let (stdout, stderr) = (Stdio::from(output.try_clone()?), Stdio::from(output));
    std::thread::Builder::new()
        .name("keeper".into())
        .spawn(move || {
            let Some(child) = start(&mut socket, stdout, stderr) else {
                return;
            };
            let ended = Arc::new(AtomicBool::new(false));
            let (Some(pid), Ok(side)) = (pid(&child), socket.try_clone()) else {
                return;
            };
            let waiter = {
                let ended = Arc::clone(&ended);
                std::thread::spawn(move || wait_for(child, side, &ended))
            };
            until_closed(&mut socket);
            if !ended.load(Ordering::SeqCst) {
                kin::kill_descendants(pid);
            }
            // Even when the leader has ended: what it started may still run in its group.
            let _ = kill_process_group(pid, Signal::KILL);
            let _ = waiter.join();
        })
        .map(|_| ())
}

fn wait_for(mut child: Child, mut socket: UnixStream, ended: &AtomicBool) {
    let status = child.wait();
    ended.store(true, Ordering::SeqCst);
    let raw = status.map_or(9, std::process::ExitStatus::into_raw);
    let _ = writeln!(socket, "exited {raw}");
    let _ = socket.shutdown(Shutdown::Read);
}

/// Starts what the order says in a group of its own; `None` when there is no order, or nothing could be started.
fn start(socket: &mut UnixStream, stdout: Stdio, stderr: Stdio) -> Option<Child> {
    let mut line = String::new();
    // Nothing follows the order, so reading ahead loses nothing.
    BufReader::new(&mut *socket).read_line(&mut line).ok()?;
    let order: Order = serde_json::from_str(&line).ok()?;
    let spawned = Command::new(&order.program)
        .args(&order.arguments)
        .current_dir(&order.directory)
        .env_clear()
        .envs(&order.environment)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .process_group(0)
        .spawn();
    match spawned {
        Ok(child) => {
            writeln!(socket, "started {}", child.id()).ok()?;
            Some(child)
        }
        Err(error) => {
            let number = error.raw_os_error().unwrap_or(0);
            let _ = writeln!(socket, "failed {number}");
            None
        }
    }
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

fn until_closed(socket: &mut UnixStream) {
    let mut some = [0; 64];
    loop {
        match socket.read(&mut some) {
            Ok(0) => return,
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return,
            Ok(_) | Err(_) => {}
        }
    }
}
