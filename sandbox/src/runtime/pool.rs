//! The pool: which environment takes a call, how many there may be, and when they end.
//!
//! It knows nothing of what happens in an environment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::environment::Environment;
use super::run;
use super::spec::{Call, FunctionSpec, LogSink, Outcome, PoolConfig, unqualified};
use super::workshop::Workshop;
use crate::error::AwsError;

/// How long a shutdown waits for processes that are being killed.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// The execution environments of one sandbox.
///
/// Every process ends with the pool: on [`Pool::shutdown`], when it is dropped, and when the sandbox dies.
pub struct Pool {
    workshop: Arc<Workshop>,
    state: Mutex<State>,
    /// Told when a place for a process, or an idle environment, may have become free.
    freed: Notify,
    me: Weak<Pool>,
}

#[derive(Default)]
struct State {
    /// Longest idle first.
    idle: Vec<Idle>,
    /// Processes, idle ones included.
    processes: usize,
    /// Calls at work or waiting, by the function's ARN without qualifier.
    calls: HashMap<String, u32>,
    /// Functions whose environments older than this number must end.
    retired: HashMap<String, u64>,
    /// Counts acquisitions, so that an environment knows whether it is older than a retirement.
    clock: u64,
    closed: bool,
    reaping: bool,
}

pub(super) struct Idle {
    environment: Environment,
    since: Instant,
    born: u64,
}

/// What a call got to run in.
enum Place {
    Warm(Box<Environment>, u64),
    /// A place for a process, to be given back.
    Cold(u64),
}

impl Pool {
    /// A pool without any environment yet. What functions write goes to `logs`.
    pub fn new(config: PoolConfig, logs: Arc<dyn LogSink>) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            workshop: Arc::new(Workshop::new(config, logs)),
            state: Mutex::default(),
            freed: Notify::new(),
            me: me.clone(),
        })
    }

    /// Makes ready in the background what the first call of a function will need, as Lambda does while one is `Pending`. Of
    /// the function it looks at the runtime, the memory and the variables.
    pub fn prepare(&self, spec: FunctionSpec) {
        self.reap_in_background();
        let workshop = Arc::clone(&self.workshop);
        tokio::spawn(async move { workshop.prepare(&spec).await });
    }

    /// Runs a call and waits for what comes of it. Dropping the future does not end the call, as in Lambda.
    ///
    /// # Errors
    /// `TooManyRequestsException` past a concurrency limit, `InvalidRuntimeException` when this machine can't run the
    /// runtime, `InvalidZipFileException` for a broken package, `ServiceException` when no process can be made.
    pub async fn invoke(
        &self,
        spec: Arc<FunctionSpec>,
        event: Bytes,
        call: Call,
    ) -> Result<Outcome, AwsError> {
        let pool = self.me.upgrade().ok_or_else(closed)?;
        let admitted = Admitted::new(pool, &spec)?;
        let work = tokio::spawn(async move {
            let outcome = admitted.pool.run(&spec, event, &call).await;
            drop(admitted);
            outcome
        });
        work.await.unwrap_or_else(|error| {
            Err(AwsError::new(
                500,
                "ServiceException",
                format!("The call ended unexpectedly: {error}"),
            ))
        })
    }

    async fn run(
        &self,
        spec: &Arc<FunctionSpec>,
        event: Bytes,
        call: &Call,
    ) -> Result<Outcome, AwsError> {
        self.reap_in_background();
        let (slot, run) = match self.place(spec).await? {
            Place::Warm(environment, born) => {
                let slot = Slot { pool: self, born };
                (slot, run::warm(*environment, event, call).await?)
            }
            Place::Cold(born) => {
                let slot = Slot { pool: self, born };
                (slot, run::cold(&self.workshop, spec, event, call).await?)
            }
        };
        if let Some(environment) = run.environment {
            slot.keep(environment);
        }
        Ok(run.outcome)
    }

    /// Waits until there is an environment or a place for one.
    async fn place(&self, spec: &FunctionSpec) -> Result<Place, AwsError> {
        loop {
            let freed = self.freed.notified();
            let (place, ended) = self.try_place(spec)?;
            for idle in ended {
                idle.environment.leave();
            }
            if let Some(place) = place {
                return Ok(place);
            }
            freed.await;
        }
    }

    /// The most recently used environment of this revision; else a place for a new one, made by ending the longest idle of
    /// another function if need be. Environments that ended are returned, to be left outside the lock.
    fn try_place(&self, spec: &FunctionSpec) -> Result<(Option<Place>, Vec<Idle>), AwsError> {
        let mut state = self.state();
        let mut ended = Vec::new();
        if state.closed {
            return Err(closed());
        }
        while let Some(at) = state
            .idle
            .iter()
            .rposition(|idle| same(&idle.environment.spec, spec))
        {
            let mut idle = state.idle.remove(at);
            if idle.environment.alive() {
                return Ok((
                    Some(Place::Warm(Box::new(idle.environment), idle.born)),
                    ended,
                ));
            }
            state.processes -= 1;
            ended.push(idle);
        }
        let superseded = |idle: &mut Idle| idle.environment.spec.arn == spec.arn;
        let old: Vec<Idle> = state.idle.extract_if(.., superseded).collect();
        state.processes -= old.len();
        ended.extend(old);
        if state.processes >= self.workshop.config.max_processes && !state.idle.is_empty() {
            ended.push(state.idle.remove(0));
            state.processes -= 1;
        }
        if state.processes >= self.workshop.config.max_processes {
            return Ok((None, ended));
        }
        state.processes += 1;
        state.clock += 1;
        Ok((Some(Place::Cold(state.clock)), ended))
    }

    /// Ends the environments of a function, given its ARN without qualifier: idle ones now, busy ones after their call.
    pub async fn retire(&self, name_arn: &str) {
        let ended: Vec<Idle> = {
            let mut state = self.state();
            let now = state.clock;
            state.retired.insert(name_arn.to_owned(), now);
            let of_function = |idle: &mut Idle| idle.environment.spec.name_arn() == name_arn;
            let ended: Vec<Idle> = state.idle.extract_if(.., of_function).collect();
            state.processes -= ended.len();
            ended
        };
        self.finish(ended).await;
    }

    /// Ends every process and refuses calls from now on. Calls at work fail when their process is gone.
    pub async fn shutdown(&self) {
        let ended = {
            let mut state = self.state();
            state.closed = true;
            let ended = std::mem::take(&mut state.idle);
            state.processes -= ended.len();
            ended
        };
        self.workshop.spares.close();
        self.finish(ended).await;
        self.workshop.warden.end_all();
        self.freed.notify_waiters();
        self.workshop.endings.close();
        // The calls at work notice by themselves.
        let all_gone = async {
            while self.running() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.workshop.endings.wait().await;
        };
        if tokio::time::timeout(SHUTDOWN, all_gone).await.is_err() {
            tracing::warn!("functions are still ending; the warden sees to it");
        }
    }

    /// How many processes there are, idle ones included.
    pub fn running(&self) -> usize {
        self.state().processes
    }

    /// How many processes wait for a function.
    #[cfg(test)]
    pub(super) fn spare(&self) -> usize {
        self.spare_processes().len()
    }

    #[cfg(test)]
    pub(super) fn spare_processes(&self) -> Vec<u32> {
        self.workshop.spares.waiting()
    }

    async fn finish(&self, ended: Vec<Idle>) {
        let closing = ended.into_iter().map(|idle| {
            let closing = idle.environment.close();
            self.workshop.endings.spawn(closing)
        });
        // All are begun before the first is waited for: one with extensions takes its time.
        for closing in closing.collect::<Vec<_>>() {
            let _ = closing.await;
            self.freed.notify_one();
        }
    }

    /// Ends what has been idle for too long; the task itself ends with the pool.
    fn reap_in_background(&self) {
        if std::mem::replace(&mut self.state().reaping, true) {
            return;
        }
        let pool = self.me.clone();
        let config = &self.workshop.config;
        let (idle_for, surplus_for) = (config.idle_for, config.surplus_for);
        tokio::spawn(async move {
            let every = (idle_for / 4).min(surplus_for);
            let every = every.clamp(Duration::from_millis(50), Duration::from_secs(15));
            loop {
                tokio::time::sleep(every).await;
                let Some(pool) = pool.upgrade() else { return };
                pool.workshop.spares.expire(idle_for);
                let ended = pool.reap(idle_for);
                pool.finish(ended).await;
            }
        });
    }

    /// Takes out what has been idle for so long, what is more than is kept, or has ended by itself.
    pub(super) fn reap(&self, idle_for: Duration) -> Vec<Idle> {
        let mut state = self.state();
        let too_long =
            |idle: &mut Idle| idle.since.elapsed() >= idle_for || !idle.environment.alive();
        let mut ended: Vec<Idle> = state.idle.extract_if(.., too_long).collect();
        let config = &self.workshop.config;
        let surplus = state.idle.len().saturating_sub(config.max_idle);
        let is_over = |idle: &&Idle| idle.since.elapsed() >= config.surplus_for;
        let surplus = state.idle.iter().take(surplus).take_while(is_over).count();
        ended.extend(state.idle.drain(..surplus));
        state.processes -= ended.len();
        ended
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an environment serves a call.
fn same(of: &FunctionSpec, call: &FunctionSpec) -> bool {
    of.arn == call.arn && of.revision == call.revision && of.provisioned == call.provisioned
}

/// A place for a process, given back when this is dropped.
struct Slot<'a> {
    pool: &'a Pool,
    born: u64,
}

impl Slot<'_> {
    /// Leaves the process running for the next call, unless it is no longer wanted.
    fn keep(self, environment: Environment) {
        let mut state = self.pool.state();
        let retired = state
            .retired
            .get(environment.spec.name_arn())
            .is_some_and(|at| self.born <= *at);
        if state.closed || retired {
            drop(state);
            environment.leave();
            return;
        }
        state.idle.push(Idle {
            environment,
            since: Instant::now(),
            born: self.born,
        });
        // This place stays taken, by the idle environment.
        state.processes += 1;
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.pool.state().processes -= 1;
        self.pool.freed.notify_one();
    }
}

/// A call that is within the limits of concurrency, until this is dropped.
struct Admitted {
    pool: Arc<Pool>,
    name_arn: String,
}

impl Admitted {
    fn new(pool: Arc<Pool>, spec: &FunctionSpec) -> Result<Self, AwsError> {
        let name_arn = unqualified(&spec.arn).to_owned();
        {
            let mut state = pool.state();
            let all: u32 = state.calls.values().sum();
            let own = state.calls.get(&name_arn).copied().unwrap_or(0);
            if spec.max_concurrency.is_some_and(|limit| own >= limit) {
                return Err(throttled(
                    "ReservedFunctionConcurrentInvocationLimitExceeded",
                ));
            }
            if all >= pool.workshop.config.account_concurrency {
                return Err(throttled("ConcurrentInvocationLimitExceeded"));
            }
            state.calls.insert(name_arn.clone(), own + 1);
        }
        Ok(Self { pool, name_arn })
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut state = self.pool.state();
        if let Some(calls) = state.calls.get_mut(&self.name_arn) {
            *calls = calls.saturating_sub(1);
            if *calls == 0 {
                state.calls.remove(&self.name_arn);
            }
        }
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors>
fn throttled(reason: &str) -> AwsError {
    AwsError::new(429, "TooManyRequestsException", "Rate Exceeded.")
        .with("Reason", reason)
        .with("Type", "User")
}

fn closed() -> AwsError {
    AwsError::new(
        503,
        "ServiceUnavailableException",
        "The sandbox is shutting down.",
    )
    .with("Type", "Service")
}
