//! One running window: a second start hands its link to the first, which shows it.
//!
//! They meet at a local socket in a folder that only this user can enter, one a display; both ends check that the other
//! process is the same user's. What is handed over names a place and nothing else: no secret, no change. Knows no window
//! and spawns nothing: `tasks` gives [`Listening::serve`] its thread.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use directories::ProjectDirs;
use interprocess::local_socket::{Listener, ListenerOptions, Name, Stream, prelude::*};
use serde::{Deserialize, Serialize};

use crate::link::Link;
use crate::store::Wake;

/// How long either side waits for the other's line.
const PATIENCE: Duration = Duration::from_secs(5);
/// A longer line is nobody's request.
const LONGEST: u64 = 16 * 1024;
/// Visits that may wait for the window; more are refused.
const WAITING: usize = 16;

/// Who named the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// The person, on the command line.
    Person,
    /// Perhaps a stranger: any web page can open a link.
    Outside,
}

/// A place that is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The place.
    pub link: Link,
    /// Who named it.
    pub word: Word,
}

/// A request, as a line of JSON.
#[derive(Serialize, Deserialize)]
struct Request {
    link: String,
    word: Word,
    /// Only a window that hosts a sandbox of its own will do.
    sandbox: bool,
}

/// The answer, as a line of JSON.
#[derive(Serialize, Deserialize)]
struct Answer {
    taken: bool,
}

/// Visits on their way from the socket to the window.
#[derive(Clone, Default)]
pub struct Visits(Arc<Mutex<VecDeque<Visit>>>);

impl Visits {
    /// The next one.
    pub fn take(&self) -> Option<Visit> {
        self.0.lock().ok()?.pop_front()
    }

    fn put(&self, visit: Visit) -> bool {
        let Ok(mut waiting) = self.0.lock() else {
            return false;
        };
        let room = waiting.len() < WAITING;
        if room {
            waiting.push_back(visit);
        }
        room
    }
}

/// What a start has come to.
pub enum Start {
    /// A running window shows it: this process has nothing more to do.
    Taken,
    /// This is the first one, and others may come to it.
    First(Listening),
    /// There is another window that does not take this, or none can be asked.
    Alone,
}

/// Hands `visit` to the window that runs, where there is one that takes it; `None` hands nothing over. `sandbox`: the window
/// must host one.
pub fn start(visit: Option<&Visit>, sandbox: bool) -> Start {
    let Some(folder) = folder() else {
        return Start::Alone;
    };
    match start_in(&folder, &display(), visit, sandbox) {
        Ok(start) => start,
        Err(error) => {
            tracing::warn!(%error, folder = %folder.display(), "no other window can be asked or told");
            Start::Alone
        }
    }
}

/// The same with a folder and a display of one's own.
///
/// # Errors
/// The folder can't be made, is another user's, or its path is too long for a socket.
pub fn start_in(
    folder: &Path,
    display: &str,
    visit: Option<&Visit>,
    sandbox: bool,
) -> io::Result<Start> {
    make_private(folder)?;
    // One that ends between the question and its answer is replaced.
    for _ in 0..2 {
        // Who looks and who binds are told apart: two that start at once must not both be first.
        let lock = File::create(folder.join(format!("window-{display}.lock")))?;
        lock.lock()?;
        let path = folder.join(format!("window-{display}.sock"));
        let stream = match Stream::connect(name(&path, display)?) {
            Ok(stream) => stream,
            Err(error) if nobody_listens(&error) => return bind(path, display).map(Start::First),
            Err(error) => return Err(error),
        };
        drop(lock);
        let Some(visit) = visit else {
            return Ok(Start::Alone);
        };
        match ask(&stream, visit, sandbox) {
            Ok(true) => return Ok(Start::Taken),
            Ok(false) => return Ok(Start::Alone),
            Err(error) => tracing::debug!(%error, "the running window did not answer"),
        }
    }
    Ok(Start::Alone)
}

fn nobody_listens(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}

/// The folder for the sockets: of this session, else in this person's own files.
fn folder() -> Option<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    match runtime.filter(|folder| folder.is_absolute()) {
        Some(runtime) => Some(runtime.join("sekisho")),
        None => Some(
            ProjectDirs::from("", "", "sekisho")?
                .data_local_dir()
                .join("run"),
        ),
    }
}

/// What tells apart the displays that one person has windows on.
fn display() -> String {
    let names = ["WAYLAND_DISPLAY", "DISPLAY"].map(|name| std::env::var(name).unwrap_or_default());
    let shown = names.into_iter().find(|name| !name.is_empty());
    let shown = shown.unwrap_or_else(|| "main".into());
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    shown.chars().map(plain).take(40).collect()
}

#[cfg(unix)]
fn name<'a>(path: &'a Path, _display: &str) -> io::Result<Name<'a>> {
    path.to_fs_name::<interprocess::local_socket::GenericFilePath>()
}

/// A pipe that only its user and administrators may write to, as the system makes it unless told otherwise.
#[cfg(not(unix))]
fn name<'a>(_path: &'a Path, display: &str) -> io::Result<Name<'a>> {
    let user = std::env::var("USERNAME").unwrap_or_default();
    format!("sekisho-{user}-{display}")
        .to_ns_name::<interprocess::local_socket::GenericNamespaced>()
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let is = std::fs::symlink_metadata(folder)?;
    if !is.is_dir() || is.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("the folder is not this user's own"));
    }
    if is.mode() & 0o077 != 0 {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Whether the process at the other end is this user's.
#[cfg(unix)]
fn is_ours(stream: &Stream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream
        .peer_creds()
        .is_ok_and(|peer| peer.euid() == Some(own))
}

#[cfg(not(unix))]
fn is_ours(_stream: &Stream) -> bool {
    true
}

fn bind(path: PathBuf, display: &str) -> io::Result<Listening> {
    #[cfg(unix)]
    if path.exists() {
        // Nobody listens there: it was left by a process that was killed.
        std::fs::remove_file(&path)?;
    }
    let options = ListenerOptions::new()
        .name(name(&path, display)?)
        .reclaim_name(false);
    let listener = options.create_sync()?;
    Ok(Listening {
        listener,
        visits: Visits::default(),
        door: Door {
            path,
            display: display.to_owned(),
            closed: Arc::default(),
        },
    })
}

fn ask(stream: &Stream, visit: &Visit, sandbox: bool) -> io::Result<bool> {
    if !is_ours(stream) {
        return Err(io::Error::other("the socket is another user's"));
    }
    let request = Request {
        link: visit.link.to_string(),
        word: visit.word,
        sandbox,
    };
    say(stream, &request)?;
    Ok(hear::<Answer>(stream)?.taken)
}

fn say(mut stream: &Stream, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_string(what).map_err(io::Error::other)?;
    line.push('\n');
    stream.write_all(line.as_bytes())
}

fn hear<T: for<'de> Deserialize<'de>>(stream: &Stream) -> io::Result<T> {
    // Where the system has no such timeout, the other side's end is waited for.
    let _unsupported = stream.set_recv_timeout(Some(PATIENCE));
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut line)?;
    serde_json::from_str(&line).map_err(io::Error::other)
}

/// The socket of the first window, before it is served.
pub struct Listening {
    listener: Listener,
    visits: Visits,
    door: Door,
}

impl Listening {
    /// Where the window finds the visits.
    pub fn visits(&self) -> Visits {
        self.visits.clone()
    }

    /// Closes the socket when it goes.
    pub fn door(&self) -> Door {
        self.door.clone()
    }

    /// Takes visits until the door is closed: for a thread of its own. `hosts`: the window has a sandbox of its own.
    pub fn serve(self, hosts: bool, wake: &Wake) {
        for stream in self.listener.incoming() {
            if self.door.closed.load(Ordering::SeqCst) {
                return;
            }
            let taken = stream.and_then(|stream| self.receive(&stream, hosts));
            match taken {
                Ok(true) => wake(),
                Ok(false) => {}
                Err(error) => tracing::debug!(%error, "a visit that could not be read"),
            }
        }
    }

    fn receive(&self, stream: &Stream, hosts: bool) -> io::Result<bool> {
        if !is_ours(stream) {
            return Err(io::Error::other("another user's process"));
        }
        let request: Request = hear(stream)?;
        let link: Link = request.link.parse().map_err(io::Error::other)?;
        let word = request.word;
        let taken = (hosts || !request.sandbox) && self.visits.put(Visit { link, word });
        say(stream, &Answer { taken })?;
        Ok(taken)
    }
}

/// Closes the socket: the thread ends, and the next start is the first.
#[derive(Clone)]
pub struct Door {
    path: PathBuf,
    display: String,
    closed: Arc<AtomicBool>,
}

impl Door {
    /// Nobody is let in any more.
    pub fn close(&self) {
        if self.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        // The thread waits for a visit, and sees then that the door is closed.
        let _woken = name(&self.path, &self.display).and_then(Stream::connect);
        #[cfg(unix)]
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the socket was gone");
        }
    }
}

#[cfg(test)]
#[path = "instance_tests.rs"]
mod tests;
