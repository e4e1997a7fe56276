//! The warden: nothing that a function started outlives its environment, and nothing of a sandbox outlives the sandbox.
//!
//! Three processes stand in a row: the sandbox, its *warden*, and a *keeper* for each environment, whose child is the
//! function. Warden and keepers are this very program, started again, and both are subreapers (Linux): a process that
//! forks twice and leaves with a session of its own becomes a child of its keeper, where it is found again. A keeper kills
//! all below it when the function ends, and when the sandbox closes its socket, which the kernel does however the sandbox
//! dies. The warden does the same for all keepers, kills what a keeper leaves that was itself killed, and removes the
//! sandbox's folder. A warden that is killed takes its environments with it, and the sandbox starts another.
//!
//! A program takes part by calling [`hook`] first thing in `main`. In one that does not (a test's, say) a thread stands in
//! for each keeper: it ends what the function has left in its family, and cannot help when the sandbox is killed.
//! It knows nothing of functions.

mod keeper;
mod kept;
mod kin;
mod office;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::net::UnixStream as Socket;

pub(super) use kept::Kept;

const ROLE: &str = "SEKISHO_SANDBOX_ROLE";
const FOLDER: &str = "SEKISHO_SANDBOX_FOLDER";

/// Whether this program's `main` called [`hook`], and so may be started again as a warden.
static HOOKED: AtomicBool = AtomicBool::new(false);

/// To be called first thing in `main`: when this process was started to be a warden or a keeper, it is that until its work
/// is done, and `main` then returns what this returns. Otherwise it is `None`, and sandboxes of this process get wardens.
#[must_use = "a process that was a warden has nothing else to do"]
pub fn hook() -> Option<ExitCode> {
    match std::env::var(ROLE).as_deref() {
        Ok("warden") => Some(office::run(std::env::var_os(FOLDER).map(PathBuf::from))),
        Ok("keeper") => Some(keeper::run()),
        _ => {
            HOOKED.store(true, Ordering::Relaxed);
            None
        }
    }
}

/// This program once more, in a role, with nothing of this process's environment.
fn myself(role: &str) -> io::Result<Command> {
    // The link holds even when the program was replaced on disk meanwhile.
    let link = Path::new("/proc/self/exe");
    let program = match link.exists() {
        true => link.to_owned(),
        false => std::env::current_exe()?,
    };
    let mut command = Command::new(program);
    command
        .arg0(format!("sekisho-{role}"))
        .env_clear()
        .env(ROLE, role)
        // What is sent to the sandbox's group, Ctrl-C for one, must not end its warden before it.
        .process_group(0);
    Ok(command)
}

/// The process that a keeper is to start.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub program: OsString,
    pub arguments: Vec<OsString>,
    pub environment: BTreeMap<String, String>,
    pub directory: OsString,
}

/// The warden of one pool, and the processes that are kept.
pub(super) struct Warden {
    /// Removed when the sandbox dies.
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: Option<Running>,
    started: u64,
    kept: Vec<Weak<Socket>>,
    closed: bool,
}

struct Running {
    number: u64,
    control: UnixStream,
}

impl Warden {
    /// Watches over `folder` at once where this program may be started again.
    pub fn new(folder: &Path) -> Arc<Self> {
        let warden = Arc::new(Self {
            folder: folder.to_owned(),
            state: Mutex::default(),
        });
        warden.start(&mut warden.state());
        warden
    }

    /// Has a process started and kept; what it prints goes to `output`.
    ///
    /// # Errors
    /// The outer one when there is no keeper, the inner one when the process could not be started.
    pub async fn keep(
        self: &Arc<Self>,
        order: &Order,
        output: OwnedFd,
    ) -> io::Result<io::Result<Kept>> {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let ours = Arc::new(Socket::from_std(ours)?);
        self.hand_over(theirs, output, &ours)?;
        Kept::start(ours, order).await
    }

    /// Ends everything that is kept now or will be.
    pub fn end_all(&self) {
        let mut state = self.state();
        state.closed = true;
        state.end_kept();
    }

    fn hand_over(
        self: &Arc<Self>,
        socket: UnixStream,
        output: OwnedFd,
        ours: &Arc<Socket>,
    ) -> io::Result<()> {
        let mut state = self.state();
        if state.closed {
            return Err(io::Error::other("the sandbox is shutting down"));
        }
        state.kept.retain(|kept| kept.strong_count() > 0);
        state.kept.push(Arc::downgrade(ours));
        // A warden that was killed a moment ago is noticed here; a second one is not to be expected.
        for _ in 0..2 {
            if !self.start(&mut state) {
                break;
            }
            let sent = state
                .running
                .as_ref()
                .map(|running| office::send(&running.control, &socket, &output));
            match sent {
                Some(Ok(())) => return Ok(()),
                Some(Err(error)) => tracing::warn!(%error, "the sandbox's warden is gone"),
                None => break,
            }
            state.running = None;
        }
        drop(state);
        keeper::in_a_thread(socket, output)
    }

    /// Whether a warden runs, which is started if need be.
    fn start(self: &Arc<Self>, state: &mut State) -> bool {
        if state.running.is_some() {
            return true;
        }
        let may = HOOKED.load(Ordering::Relaxed) && tokio::runtime::Handle::try_current().is_ok();
        if !may || state.closed {
            return false;
        }
        match self.spawn(state) {
            Ok(running) => {
                state.running = Some(running);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the sandbox has no warden");
                false
            }
        }
    }

    fn spawn(self: &Arc<Self>, state: &mut State) -> io::Result<Running> {
        let (control, theirs) = UnixStream::pair()?;
        control.set_write_timeout(Some(Duration::from_secs(5)))?;
        let mut command = myself("warden")?;
        command
            .env(FOLDER, &self.folder)
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = tokio::process::Command::from(command).spawn()?;
        state.started += 1;
        let number = state.started;
        let (me, began) = (Arc::downgrade(self), Instant::now());
        tokio::spawn(async move {
            let _ = child.wait().await;
            if let Some(warden) = me.upgrade() {
                warden.died(number, began.elapsed());
            }
        });
        Ok(Running { number, control })
    }

    /// Its environments go with it: a keeper without a warden would have nobody to clean up behind it.
    fn died(self: &Arc<Self>, number: u64, age: Duration) {
        let mut state = self.state();
        let current = state.running.as_ref().map(|running| running.number);
        if state.closed || current.is_some_and(|current| current != number) {
            return;
        }
        tracing::warn!("the sandbox's warden was killed: the functions that run end");
        state.running = None;
        state.end_kept();
        // One that cannot live is not tried again until it is needed.
        if age > Duration::from_secs(1) {
            self.start(&mut state);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn end_kept(&mut self) {
        for socket in self.kept.drain(..).filter_map(|kept| kept.upgrade()) {
            kept::close(&socket);
        }
    }
}
