//! The only place that spawns. Takes work from the store, gives it permits, brings its events back, and wakes the window.
//!
//! Invariants: the channel is bounded; a panic becomes an error on what was being done; what is cancelled is aborted.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::AbortHandle;

use crate::model::error::{CloudError, ErrorKind};
use crate::store::{Body, BoxFuture, ConnectionKey, Event, Outbox, Start, Store, TaskId, journal};

/// Events that may wait unread; senders wait beyond that.
const WAITING: usize = 1_024;
/// Calls at once per connection and service.
const PERMITS: usize = 8;
/// Events taken up in one frame, so that a flood of pages never holds a frame up.
const PER_FRAME: usize = 256;

pub use crate::store::Wake;

/// Runs the store's work on a tokio runtime.
pub struct Tasks {
    handle: Handle,
    sender: Sender,
    receiver: mpsc::Receiver<Event>,
    running: HashMap<TaskId, AbortHandle>,
    permits: HashMap<(ConnectionKey, &'static str), Arc<Semaphore>>,
    journal: Option<PathBuf>,
}

#[derive(Clone)]
struct Sender {
    channel: mpsc::Sender<Event>,
    wake: Wake,
}

impl Outbox for Sender {
    fn send(&self, event: Event) -> BoxFuture<()> {
        let Self { channel, wake } = self.clone();
        Box::pin(async move {
            // A closed channel means that the window is gone, and with it whoever wanted to know.
            let _closed = channel.send(event).await;
            wake();
        })
    }
}

impl Tasks {
    /// Work runs on `handle`; `wake` is called after each event; records go to the file `journal`.
    pub fn new(handle: Handle, wake: Wake, journal: Option<PathBuf>) -> Self {
        let (channel, receiver) = mpsc::channel(WAITING);
        Self {
            handle,
            sender: Sender { channel, wake },
            receiver,
            running: HashMap::new(),
            permits: HashMap::new(),
            journal,
        }
    }

    /// Where work reports: the store is made with it.
    pub fn outbox(&self) -> Arc<dyn Outbox> {
        Arc::new(self.sender.clone())
    }

    /// Hands the events that have come to the store. Called before each frame.
    pub fn deliver<C: Send + Sync + 'static>(&mut self, store: &mut Store<C>, now: i64) {
        for _ in 0..PER_FRAME {
            let Ok(event) = self.receiver.try_recv() else {
                return;
            };
            if matches!(event.body, Body::Done(_)) {
                self.running.remove(&event.task);
            }
            store.apply(event, now);
        }
        (self.sender.wake)();
    }

    /// Starts and stops what the store wants started and stopped. Called after each frame.
    pub fn run<C: Send + Sync + 'static>(&mut self, store: &mut Store<C>) {
        for task in store.take_cancels() {
            if let Some(running) = self.running.remove(&task) {
                running.abort();
            }
        }
        for start in store.take_starts() {
            self.start(start);
        }
        let records = store.take_unwritten();
        if let (false, Some(path)) = (records.is_empty(), self.journal.clone()) {
            self.handle.spawn_blocking(move || {
                if let Err(error) = append(&path, &records) {
                    tracing::error!(%error, path = %path.display(), "the journal could not be written");
                }
            });
        }
    }

    /// Sets the flag that comes back when the system asks the program to end, and wakes the window.
    pub fn watch_for_end(&self) -> Arc<AtomicBool> {
        let asked = Arc::new(AtomicBool::new(false));
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let _inside = self.handle.enter();
            let signals = [SignalKind::terminate(), SignalKind::hangup()];
            for waiting in signals.into_iter().filter_map(|kind| signal(kind).ok()) {
                let (asked, wake) = (asked.clone(), self.sender.wake.clone());
                let mut waiting = waiting;
                self.handle.spawn(async move {
                    waiting.recv().await;
                    asked.store(true, Ordering::SeqCst);
                    wake();
                });
            }
        }
        asked
    }

    /// Writes the settings without holding a frame up.
    pub fn save(&self, path: PathBuf, text: String) {
        self.handle.spawn_blocking(move || {
            if let Err(error) = crate::settings::write(&path, &text) {
                tracing::error!(%error, path = %path.display(), "the settings could not be written");
            }
        });
    }

    /// Gives the first window's socket a thread of its own, which ends when its door is closed; the visits wake the window.
    pub fn serve_visits(&self, listening: crate::instance::Listening, hosts: bool) {
        let wake = self.sender.wake.clone();
        let thread = std::thread::Builder::new().name("visits".into());
        if let Err(error) = thread.spawn(move || listening.serve(hosts, &wake)) {
            tracing::warn!(%error, "later starts can't hand their links over");
        }
    }

    fn start(&mut self, start: Start) {
        let permits = self
            .permits
            .entry((start.connection, start.service))
            .or_insert_with(|| Arc::new(Semaphore::new(PERMITS)))
            .clone();
        let handle = self.handle.clone();
        let outbox = self.sender.clone();
        let task = start.task;
        let blocking = start.blocking;
        let work = start.future;
        let inner = async move {
            // The semaphore is never closed, so that waiting for it cannot fail.
            let _permit = permits.acquire().await;
            work.await;
        };
        let guarded = async move {
            let joined = if blocking {
                let block_on = handle.clone();
                AbortOnDrop(handle.spawn_blocking(move || block_on.block_on(inner)))
                    .await_it()
                    .await
            } else {
                AbortOnDrop(handle.spawn(inner)).await_it().await
            };
            if let Err(error) = joined
                && error.is_panic()
            {
                let message = "An internal error stopped this (a panic, see the log)";
                let error = CloudError::local("", ErrorKind::Other, message);
                outbox
                    .send(Event {
                        task,
                        body: Body::Done(Err(error)),
                    })
                    .await;
            }
        };
        let running = self.handle.spawn(guarded);
        self.running.insert(task, running.abort_handle());
        self.running.retain(|_, handle| !handle.is_finished());
    }

    /// Fetches, actions and jobs that run now.
    pub fn running(&self) -> usize {
        self.running
            .values()
            .filter(|handle| !handle.is_finished())
            .count()
    }

    /// The runtime, for what lives beside the store, such as the sandbox of this process.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// Aborting the outer task must abort the inner one, which a dropped `JoinHandle` does not.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl AbortOnDrop {
    async fn await_it(mut self) -> Result<(), tokio::task::JoinError> {
        (&mut self.0).await
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn append(path: &Path, records: &[journal::Record]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut text = String::new();
    for record in records {
        text.push_str(&record.line());
        text.push('\n');
    }
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::disallowed_methods
    )]
    use super::*;
    use crate::store::{Pages, Query};
    use std::time::{Duration, Instant};

    struct Nothing(AtomicBool);

    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    enum Ask {
        Panic,
        Hang,
        Block,
    }

    struct Ended(Arc<Nothing>);
    impl Drop for Ended {
        fn drop(&mut self) {
            self.0.0.store(true, Ordering::SeqCst);
        }
    }

    impl Query<Nothing> for Ask {
        type Output = u32;
        fn service(&self) -> &'static str {
            "none"
        }
        fn is_blocking(&self) -> bool {
            *self == Self::Block
        }
        async fn fetch(self, cloud: Arc<Nothing>, pages: Pages<u32>) -> Result<(), CloudError> {
            match self {
                Self::Panic => panic!("on purpose"),
                Self::Hang => {
                    let _ended = Ended(cloud);
                    tokio::time::sleep(Duration::from_secs(600)).await;
                    Ok(())
                }
                Self::Block => {
                    std::thread::sleep(Duration::from_millis(20));
                    pages.send(7).await;
                    Ok(())
                }
            }
        }
    }

    fn house(rt: &tokio::runtime::Runtime) -> (Tasks, Store<Nothing>, Arc<Nothing>) {
        let tasks = Tasks::new(rt.handle().clone(), Arc::new(|| {}), None);
        let mut store = Store::new(tasks.outbox(), Arc::new(|| {}));
        let cloud = Arc::new(Nothing(AtomicBool::new(false)));
        store.connect(ConnectionKey(1), cloud.clone(), "n".into(), false);
        store.switch(ConnectionKey(1));
        (tasks, store, cloud)
    }

    fn until(what: &str, mut holds: impl FnMut() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < Duration::from_secs(10), "never: {what}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    #[test]
    fn a_panic_in_a_fetch_becomes_an_error_on_what_was_asked() {
        let rt = tokio::runtime::Runtime::new().unwrap();
        let (mut tasks, mut store, _) = house(&rt);
        until("an error", || {
            let known = store.want(&Ask::Panic, 0);
            tasks.run(&mut store);
            tasks.deliver(&mut store, 1);
            known.error.is_some_and(|e| e.kind == ErrorKind::Other)
        });
        assert!(!store.peek(&Ask::Panic).loading);
    }

    #[test]
    fn a_fetch_that_nobody_wants_is_aborted() {
        let rt = tokio::runtime::Runtime::new().unwrap();
        let (mut tasks, mut store, cloud) = house(&rt);
        store.want(&Ask::Hang, 0);
        tasks.run(&mut store);
        std::thread::sleep(Duration::from_millis(30));
        store.end_frame(0);
        store.end_frame(10);
        store.end_frame(3_000);
        tasks.run(&mut store);
        until("it ended", || cloud.0.load(Ordering::SeqCst));
        until("nothing runs", || tasks.running() == 0);
    }

    #[test]
    fn what_blocks_runs_beside_and_answers() {
        let rt = tokio::runtime::Runtime::new().unwrap();
        let (mut tasks, mut store, _) = house(&rt);
        until("an answer", || {
            let known = store.want(&Ask::Block, 0);
            tasks.run(&mut store);
            tasks.deliver(&mut store, 1);
            known.value.is_some_and(|v| *v == 7)
        });
    }

    #[test]
    fn the_journal_is_appended_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/journal.jsonl");
        let record = journal::Record {
            at: 1,
            connection: "c".into(),
            caller: String::new(),
            title: "t".into(),
            target: "x".into(),
            differences: Vec::new(),
            request_id: None,
            outcome: "ok".into(),
            undo: None,
        };
        append(&path, std::slice::from_ref(&record)).unwrap();
        append(&path, std::slice::from_ref(&record)).unwrap();
        let (read, broken) = journal::parse(&std::fs::read_to_string(&path).unwrap());
        assert_eq!((read.len(), broken), (2, 0));
    }
}
