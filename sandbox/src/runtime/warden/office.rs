//! The warden's own process: it starts keepers for the sandbox, and cleans up when the sandbox is gone.

use std::collections::HashSet;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use rustix::process::{Pid, WaitOptions, getpid, wait};

use super::{kin, myself};
use crate::runtime::scratch;

/// Hands a keeper's socket and the pipe for its process's output to the warden.
pub(super) fn send(control: &UnixStream, socket: &UnixStream, output: &OwnedFd) -> io::Result<()> {
    let ends = [socket.as_fd(), output.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    let mut message = SendAncillaryBuffer::new(&mut space);
    message.push(SendAncillaryMessage::ScmRights(&ends));
    // NOSIGNAL: a warden that is gone is an error to be handled, as everywhere in Rust.
    sendmsg(
        control,
        &[IoSlice::new(b"k")],
        &mut message,
        SendFlags::NOSIGNAL,
    )?;
    Ok(())
}

/// `None` when the sandbox is gone.
fn receive(control: &UnixStream) -> Option<Vec<OwnedFd>> {
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
    loop {
        let mut message = RecvAncillaryBuffer::new(&mut space);
        let mut data = [IoSliceMut::new(&mut byte)];
        #[cfg(target_os = "linux")]
        let flags = RecvFlags::CMSG_CLOEXEC;
        #[cfg(not(target_os = "linux"))]
        let flags = RecvFlags::empty();
        match recvmsg(control, &mut data, &mut message, flags) {
            Ok(received) if received.bytes > 0 => {
                let rights = message.drain().filter_map(|message| match message {
                    RecvAncillaryMessage::ScmRights(rights) => Some(rights),
                    _ => None,
                });
                return Some(rights.flatten().collect());
            }
            Err(Errno::INTR) => {}
            Ok(_) | Err(_) => return None,
        }
    }
}

/// The keepers that run, and who waits for one to be started.
#[derive(Default)]
struct Keepers {
    running: Mutex<HashSet<Pid>>,
    started: Condvar,
}

impl Keepers {
    fn running(&self) -> MutexGuard<'_, HashSet<Pid>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, mut ends: Vec<OwnedFd>) -> io::Result<()> {
        let (Some(output), Some(socket)) = (ends.pop(), ends.pop()) else {
            return Err(io::Error::other("a message without its pipes"));
        };
        // Held while it starts: until it is on the list it would be taken for a stranger.
        let mut running = self.running();
        let child = myself("keeper")?
            .current_dir("/")
            .stdin(Stdio::from(socket))
            .stdout(Stdio::from(output.try_clone()?))
            .stderr(Stdio::from(output))
            .spawn()?;
        running.extend(i32::try_from(child.id()).ok().and_then(Pid::from_raw));
        self.started.notify_all();
        Ok(())
    }

    /// Reaps keepers. What a keeper left that was itself killed has become this process's child, and is killed.
    fn reap(&self) {
        loop {
            match wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) => {
                    let mut running = self.running();
                    if !running.remove(&pid) || status.exit_status().is_none() {
                        let strangers = kin::children_of(getpid());
                        for stranger in strangers.into_iter().filter(|pid| !running.contains(pid)) {
                            kin::kill(stranger);
                            kin::kill_descendants(stranger);
                        }
                    }
                }
                Err(Errno::CHILD) => {
                    let running = self.running();
                    drop(
                        self.started
                            .wait_while(running, |running| running.is_empty())
                            .unwrap_or_else(PoisonError::into_inner),
                    );
                }
                Ok(None) | Err(_) => {}
            }
        }
    }
}

/// This process is a warden until the sandbox is gone. Its socket is its standard input.
pub(super) fn run(folder: Option<PathBuf>) -> ExitCode {
    kin::adopt_orphans("sekisho-warden");
    let Ok(control) = io::stdin().as_fd().try_clone_to_owned() else {
        return ExitCode::FAILURE;
    };
    let control = UnixStream::from(control);
    let keepers = Arc::new(Keepers::default());
    let reaper = Arc::clone(&keepers);
    std::thread::spawn(move || reaper.reap());
    while let Some(ends) = receive(&control) {
        // Without its keeper the sandbox's end of the socket is closed, which tells it.
        let _ = keepers.start(ends);
    }
    kin::end_descendants();
    if let Some(folder) = folder {
        scratch::remove(&folder);
    }
    ExitCode::SUCCESS
}
