//! Spare processes: an interpreter that has started, with our bootstrap in it, before it is known for which function.
//!
//! An interpreter takes ten times longer to start than a small function to load. So after a cold start the next process of
//! that interpreter is started in the background, never more than one; it waits for its assignment, is a function's from
//! then on, and never another's. It is in a room without a package yet, which is put there when it is assigned. One that
//! nobody needs ends like an idle environment. It knows nothing of calls.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use super::api::{RuntimeApi, Said};
use super::interpreter::Interpreter;
use super::isolation::{Isolation, Shell};
use super::output::Output;
use super::spec::FunctionSpec;
use super::variables::spare_variables;
use super::warden::{Kept, Order};
use super::workshop::Workshop;

/// How long a process may take to become ready before a new one is tried instead.
const READY: Duration = Duration::from_secs(10);

/// A function that sets one of these (or, at the end `*`, one that begins so) needs a process that starts with it.
const READ_AT_START: [&str; 11] = [
    "AWS_LAMBDA_EXEC_WRAPPER",
    "GLIBC_*",
    "LANG*",
    "LC_*",
    "LD_*",
    "MALLOC_*",
    "NODE_*",
    "OPENSSL_*",
    "PYTHON*",
    "SSL_*",
    "UV_*",
];

/// What a spare process was started as; it serves only what would have been started the same.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kind {
    pub program: PathBuf,
    pub python: bool,
    pub arguments: Vec<OsString>,
    pub room: Option<(&'static Isolation, Shell)>,
}

impl Kind {
    /// What would be started for a function; `None` when it has to be started with what only this function has.
    /// `libraries` are the directories that its loader would be told of.
    pub fn of(
        spec: &FunctionSpec,
        interpreter: &Interpreter,
        arguments: &[OsString],
        room: Option<(&'static Isolation, Shell)>,
        libraries: &[PathBuf],
    ) -> Option<Self> {
        let program = interpreter.program()?.clone();
        let own = spec.environment.keys().any(|name| is_read_at_start(name));
        let enters = room
            .as_ref()
            .is_none_or(|(isolation, _)| isolation.can_be_entered());
        if own || !enters || libraries.iter().any(|folder| has_libraries(folder)) {
            return None;
        }
        Some(Self {
            program,
            python: matches!(interpreter, Interpreter::Python { .. }),
            arguments: arguments.to_vec(),
            room,
        })
    }
}

fn is_read_at_start(name: &str) -> bool {
    // The exception is in everybody's function, and Node itself does not look at it.
    name != "NODE_ENV"
        && READ_AT_START
            .iter()
            .any(|known| match known.strip_suffix('*') {
                Some(beginning) => name.starts_with(beginning),
                None => name == *known,
            })
}

fn has_libraries(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .into_iter()
        .any(|entry| entry.file_name().to_string_lossy().contains(".so"))
}

/// A process that waits for its assignment.
pub(super) struct Spare {
    pub kept: Kept,
    pub api: RuntimeApi,
    pub output: Output,
    since: Instant,
}

impl Spare {
    async fn start(workshop: &Workshop, kind: &Kind) -> io::Result<Self> {
        let runtime_dir = workshop.config.work_dir.join("runtime");
        let api = RuntimeApi::start().await?;
        let mut line = vec![kind.program.clone().into()];
        line.extend(kind.arguments.iter().cloned());
        if let Some((isolation, shell)) = &kind.room {
            line = isolation.wrap_bare(shell, line);
        }
        let order = Order {
            program: line.remove(0),
            arguments: line,
            environment: spare_variables(&api.address, kind.python && kind.room.is_none()),
            directory: runtime_dir.into(),
        };
        let (output, writer) = Output::new()?;
        Ok(Self {
            kept: workshop.warden.keep(&order, writer).await??,
            api,
            output,
            since: Instant::now(),
        })
    }

    /// Waits until it asks what it is to become. False when it never will.
    pub async fn ready(&mut self) -> bool {
        let asked = async {
            tokio::select! {
                said = self.api.said() => matches!(said, Some(Said::Spare)),
                _ = self.kept.exited() => false,
            }
        };
        timeout(READY, asked).await.unwrap_or(false)
    }
}

/// The spare processes of a pool, one for each interpreter at most.
#[derive(Default)]
pub(super) struct Spares {
    state: Mutex<State>,
    /// Told when one that was being started is there, or is not to be.
    put: Notify,
}

#[derive(Default)]
struct State {
    all: HashMap<PathBuf, (Kind, Option<Spare>)>,
    closed: bool,
}

impl Spares {
    /// A process of that kind, which is then the caller's. One that is being started is waited for: it is ahead.
    pub async fn take(&self, kind: &Kind) -> Option<Spare> {
        loop {
            let put = self.put.notified();
            {
                let mut state = self.state();
                let known = state.all.get_mut(&kind.program);
                let (_, spare) = known.filter(|(known, _)| known == kind)?;
                if let Some(spare) = spare.take() {
                    state.all.remove(&kind.program);
                    return Some(spare);
                }
            }
            put.await;
        }
    }

    /// Starts the next one in the background, in the place of one of another kind.
    pub fn refill(workshop: &Arc<Workshop>, kind: Kind) {
        let replaced = {
            let mut state = workshop.spares.state();
            let same = |(known, _): &(Kind, Option<Spare>)| *known == kind;
            if state.closed || state.all.get(&kind.program).is_some_and(same) {
                return;
            }
            state.all.insert(kind.program.clone(), (kind.clone(), None))
        };
        drop(replaced);
        workshop.spares.put.notify_waiters();
        let workshop = Arc::clone(workshop);
        tokio::spawn(async move {
            let started = Spare::start(&workshop, &kind).await;
            if let Err(error) = &started {
                tracing::debug!(%error, "no spare process could be started");
            }
            let surplus = workshop.spares.put(&kind, started.ok());
            workshop.spares.put.notify_waiters();
            drop(surplus);
        });
    }

    /// Returns what is not wanted, to be dropped outside the lock.
    fn put(&self, kind: &Kind, spare: Option<Spare>) -> Option<Spare> {
        let mut state = self.state();
        let wanted = state
            .all
            .get(&kind.program)
            .is_some_and(|(known, spare)| known == kind && spare.is_none());
        match spare {
            Some(spare) if wanted && !state.closed => {
                state
                    .all
                    .insert(kind.program.clone(), (kind.clone(), Some(spare)));
                None
            }
            other => {
                if wanted {
                    state.all.remove(&kind.program);
                }
                other
            }
        }
    }

    /// Ends what nobody has needed for so long.
    pub fn expire(&self, idle_for: Duration) {
        let old = |_: &PathBuf, (_, spare): &mut (Kind, Option<Spare>)| {
            spare
                .as_ref()
                .is_some_and(|spare| spare.since.elapsed() >= idle_for)
        };
        let ended: Vec<_> = self.state().all.extract_if(old).collect();
        drop(ended);
    }

    /// Ends all, and those that are being started.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        let ended = std::mem::take(&mut state.all);
        drop(state);
        self.put.notify_waiters();
        drop(ended);
    }

    /// The processes that wait.
    #[cfg(test)]
    pub fn waiting(&self) -> Vec<u32> {
        let state = self.state();
        let spares = state.all.values().filter_map(|(_, spare)| spare.as_ref());
        spares.map(|spare| spare.kept.pid).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::is_read_at_start;

    #[test]
    fn what_an_interpreter_reads_when_it_starts_needs_a_start_of_its_own() {
        for name in [
            "PYTHONPATH",
            "NODE_OPTIONS",
            "LD_PRELOAD",
            "LANG",
            "AWS_LAMBDA_EXEC_WRAPPER",
        ] {
            assert!(is_read_at_start(name), "{name}");
        }
        for name in ["NODE_ENV", "STAGE", "TZ", "AWS_LAMBDA_LOG_LEVEL", "MY_LANG"] {
            assert!(!is_read_at_start(name), "{name}");
        }
    }
}
