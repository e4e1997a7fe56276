//! One execution environment: a process, its Runtime API, its output, its memory and its log.
//!
//! Whoever holds it drives it, one call at a time. It knows nothing of other environments, of limits per function or of the
//! protocol that the call came in.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::api::{Invocation, RuntimeApi, Said};
use super::exit::Failure;
use super::journal::{Journal, now_ms, record};
use super::memory::Memory;
use super::output::Output;
use super::spare::Spares;
use super::spec::{Call, FunctionSpec};
use super::trace::Trace;
use super::warden::Kept;
use super::workshop::{Blueprint, Workshop, not_started, service_error};
use crate::error::AwsError;

/// How often memory is measured while a function runs, and how often its lines go to the log.
const TICK: Duration = Duration::from_millis(20);

/// How many lines a function may print between two ticks; then its pipe fills up and it waits. That is 100,000 a second,
/// more than anybody reads, and little enough that a function which prints without end does not fill the machine's memory.
const LINES_PER_TICK: i64 = 2_000;

/// What happened while waiting for a function.
enum Event {
    Said(Said),
    Exited(ExitStatus),
    TimedOut,
    OutOfMemory,
}

/// An environment whose process runs.
pub(super) struct Environment {
    pub spec: Arc<FunctionSpec>,
    pub journal: Journal,
    /// Milliseconds that initialisation took, until a call has reported it.
    pub init_ms: Option<f64>,
    blueprint: Arc<Blueprint>,
    workshop: Arc<Workshop>,
    process: Process,
    /// When its process began to be started, or to be assigned.
    began: Instant,
    ended: bool,
}

/// The process and all that is thrown away with it.
struct Process {
    kept: Kept,
    api: RuntimeApi,
    output: Output,
    memory: Memory,
}

/// What the function made of a call.
pub(super) enum Answer {
    /// It answered.
    Payload(Bytes),
    /// Its runtime reported an error, and is well.
    Error(Bytes),
    /// Its process is gone.
    Failure(Failure),
}

impl Environment {
    /// Starts a process with a new log stream; it is not initialised yet.
    pub async fn start(
        workshop: &Arc<Workshop>,
        spec: &Arc<FunctionSpec>,
    ) -> Result<Result<Self, (Journal, Failure)>, AwsError> {
        let blueprint = Arc::new(workshop.blueprint(spec).await?);
        let mut journal = Journal::new(Arc::clone(&workshop.logs), spec);
        journal.untailed(init_start(spec, &blueprint));
        let began = Instant::now();
        let process = match Process::from_spare(workshop, spec, &blueprint, &journal).await {
            Some(process) => process,
            None => match Process::start(workshop, spec, &blueprint, &journal).await? {
                Ok(process) => process,
                Err(failure) => return Ok(Err((journal, failure))),
            },
        };
        Ok(Ok(Self {
            spec: Arc::clone(spec),
            journal,
            init_ms: None,
            blueprint,
            workshop: Arc::clone(workshop),
            process,
            began,
            ended: false,
        }))
    }

    /// Replaces the process by a new one in the same environment, as Lambda does after a failed initialisation.
    pub async fn restart(&mut self) -> Result<Result<(), Failure>, AwsError> {
        self.ended = true;
        self.process.kept.gone().await;
        match Process::start(&self.workshop, &self.spec, &self.blueprint, &self.journal).await? {
            Ok(process) => {
                self.process = process;
                self.ended = false;
                Ok(Ok(()))
            }
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// Waits until the runtime asks for its first invocation.
    pub async fn init(&mut self, limit: Duration) -> Result<(), Failure> {
        let deadline = Instant::now() + limit;
        let outcome = loop {
            match self.wait(deadline).await {
                Event::Said(Said::Next) if self.process.memory.peak_mb() > self.spec.memory_mb => {
                    break Err(Failure::out_of_memory());
                }
                Event::Said(Said::Next) => break Ok(()),
                Event::Said(Said::InitError { kind, body }) => {
                    break Err(Failure::reported(kind, body));
                }
                Event::Said(_) => {}
                Event::Exited(status) => break Err(Failure::exit(status)),
                Event::TimedOut => break Err(Failure::timeout(limit.as_secs_f64())),
                Event::OutOfMemory => break Err(Failure::out_of_memory()),
            }
        };
        self.drain();
        match &outcome {
            // Not before: two starts at once would take longer than one.
            Ok(()) => {
                if let Some(kind) = self.blueprint.kind(&self.spec) {
                    Spares::refill(&self.workshop, kind);
                }
            }
            Err(_) => self.end(),
        }
        outcome
    }

    /// When initialisation began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Has the function handle an event. Afterwards the environment may have ended.
    pub async fn handle(
        &mut self,
        event: Bytes,
        call: &Call,
        trace: &Trace,
        deadline: Instant,
    ) -> Answer {
        // Whatever an earlier call left unheard is no answer to this one.
        while self.process.api.heard().is_some() {}
        let left = deadline.saturating_duration_since(Instant::now());
        let invocation = Invocation {
            request_id: call.request_id.clone(),
            event,
            deadline_ms: u64::try_from(now_ms()).unwrap_or(0)
                + u64::try_from(left.as_millis()).unwrap_or(0),
            invoked_arn: call.invoked_arn.clone(),
            trace: trace.header(),
            client_context: call.client_context.clone(),
        };
        self.process.api.deliver(invocation);
        let answer = self.answer(&call.request_id, deadline).await;
        self.drain();
        if matches!(answer, Answer::Failure(_)) {
            self.end();
        }
        answer
    }

    /// A call is over when the function has answered and its runtime asks for the next one.
    async fn answer(&mut self, id: &str, deadline: Instant) -> Answer {
        let mut answer = None;
        loop {
            match self.wait(deadline).await {
                Event::Said(Said::Response { request_id, body }) if request_id == id => {
                    answer = Some(Answer::Payload(body));
                }
                Event::Said(Said::Error {
                    request_id, body, ..
                }) if request_id == id => {
                    answer = Some(Answer::Error(body));
                }
                Event::Said(Said::TooLarge { request_id }) if request_id == id => {
                    answer = Some(Answer::Error(too_large()));
                }
                Event::Said(Said::Next) => {
                    if let Some(answer) = answer.take() {
                        return self.within_memory(answer);
                    }
                }
                Event::Said(_) => {}
                Event::Exited(status) => {
                    self.ended = true;
                    return answer.unwrap_or_else(|| Answer::Failure(Failure::exit(status)));
                }
                Event::TimedOut => {
                    return Answer::Failure(Failure::timeout(f64::from(self.spec.timeout_s)));
                }
                Event::OutOfMemory => return Answer::Failure(Failure::out_of_memory()),
            }
        }
    }

    /// A peak between two measurements is over the limit all the same.
    fn within_memory(&mut self, answer: Answer) -> Answer {
        if self.process.memory.peak_mb() > self.spec.memory_mb {
            Answer::Failure(Failure::out_of_memory())
        } else {
            answer
        }
    }

    async fn wait(&mut self, deadline: Instant) -> Event {
        let limit_kb = u64::from(self.spec.memory_mb) * 1024;
        let mut ticks = interval_at(Instant::now() + TICK, TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let Process {
            kept,
            api,
            output,
            memory,
            ..
        } = &mut self.process;
        let journal = &mut self.journal;
        let mut lines_left = LINES_PER_TICK;
        loop {
            // In this order: a function that prints without end must not keep its own deadline from being seen.
            tokio::select! {
                biased;
                Some(said) = api.said() => return Event::Said(said),
                () = sleep_until(deadline) => return Event::TimedOut,
                _ = ticks.tick() => {
                    if memory.sample() > limit_kb {
                        return Event::OutOfMemory;
                    }
                    journal.flush();
                    lines_left = (lines_left + LINES_PER_TICK).min(LINES_PER_TICK);
                }
                status = kept.exited() => {
                    // What it said before it ended still counts.
                    if let Some(said) = api.heard() {
                        return Event::Said(said);
                    }
                    return Event::Exited(status);
                }
                () = output.readable(), if lines_left > 0 => {
                    output.read_some(|line| {
                        lines_left -= 1;
                        journal.line(line);
                    });
                    // Timers only advance when this task lets the runtime look at them.
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    /// Everything that was printed before now goes into the log.
    fn drain(&mut self) {
        let journal = &mut self.journal;
        self.process.output.read_all(|line| journal.line(line));
        self.process.output.flush(|line| journal.line(line));
    }

    /// The most memory that it has used, in MB, never more than it may.
    pub fn max_memory_mb(&mut self) -> u32 {
        self.process.memory.peak_mb().min(self.spec.memory_mb)
    }

    /// The size of what its `/tmp` holds on disk, in bytes.
    pub fn tmp_bytes(&self) -> u64 {
        size_of(self.blueprint.tmp_on_disk())
    }

    /// Kills the process with all that it started.
    pub fn end(&mut self) {
        self.ended = true;
        self.process.kept.end();
    }

    /// Ends it and waits until nothing of it is left.
    pub async fn close(mut self) {
        self.ended = true;
        self.process.kept.gone().await;
    }

    /// Whether its process still runs.
    pub fn alive(&mut self) -> bool {
        if !self.ended && !self.process.kept.runs() {
            self.end();
        }
        !self.ended
    }
}

impl Drop for Environment {
    /// Its directory stays until the last of its processes, which may be writing there, is gone.
    fn drop(&mut self) {
        let (gone, blueprint) = (self.process.kept.gone(), Arc::clone(&self.blueprint));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let ending = async move {
                gone.await;
                drop(blueprint);
            };
            self.workshop.endings.spawn_on(ending, &runtime);
        }
    }
}

impl Process {
    /// A process that has started already and becomes this function's now. `None` when there is none, or it failed.
    async fn from_spare(
        workshop: &Workshop,
        spec: &FunctionSpec,
        blueprint: &Blueprint,
        journal: &Journal,
    ) -> Option<Self> {
        let mut spare = workshop.spares.take(&blueprint.kind(spec)?).await?;
        if !spare.kept.runs() || !spare.ready().await {
            tracing::warn!("a spare process did not become ready");
            return None;
        }
        if let Some((isolation, room)) = &blueprint.room
            && !isolation.furnish(spare.kept.pid, room).await
        {
            tracing::warn!("a spare process's room could not be furnished");
            return None;
        }
        let variables = workshop.variables(spec, blueprint, &spare.api.address, &journal.stream);
        let variables = serde_json::to_vec(&variables).ok()?;
        spare.api.assign(Bytes::from(variables)).then(|| Self {
            memory: Memory::of(spare.kept.pid),
            kept: spare.kept,
            api: spare.api,
            output: spare.output,
        })
    }

    async fn start(
        workshop: &Workshop,
        spec: &FunctionSpec,
        blueprint: &Blueprint,
        journal: &Journal,
    ) -> Result<Result<Self, Failure>, AwsError> {
        let api = RuntimeApi::start()
            .await
            .map_err(|error| service_error(&error))?;
        let order = match workshop.order(spec, blueprint, &api.address, &journal.stream) {
            Ok(order) => order,
            Err(failure) => return Ok(Err(failure)),
        };
        let (output, writer) = Output::new().map_err(|error| service_error(&error))?;
        let kept = workshop.warden.keep(&order, writer).await;
        let kept = match kept.map_err(|error| service_error(&error))? {
            Ok(kept) => kept,
            Err(error) => return Ok(Err(not_started(&order, &error))),
        };
        Ok(Ok(Self {
            memory: Memory::of(kept.pid),
            kept,
            api,
            output,
        }))
    }
}

fn init_start(spec: &FunctionSpec, blueprint: &Blueprint) -> String {
    let version = blueprint.interpreter.version(&spec.runtime);
    let id = uuid::Uuid::new_v4().simple();
    let arn = format!("arn:aws:lambda:{}::runtime:{id}", spec.region);
    if spec.log_json {
        let fields = serde_json::json!({
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": version,
            "runtimeVersionArn": arn,
            "functionName": spec.name,
            "functionVersion": spec.version,
        });
        return record("initStart", fields);
    }
    format!("INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}")
}

fn too_large() -> Bytes {
    let message = "Response payload size exceeded maximum allowed payload size (6291556 bytes).";
    let error = serde_json::json!({ "errorMessage": message, "errorType": "Function.ResponseSizeTooLarge" });
    Bytes::from(error.to_string())
}

fn size_of(directory: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(facts) if facts.is_dir() => size_of(&entry.path()),
            Ok(facts) => facts.len(),
            Err(_) => 0,
        })
        .sum()
}
