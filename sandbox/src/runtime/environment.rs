//! One execution environment: a process, its Runtime API, its output, its memory and its log.
//!
//! Whoever holds it drives it, one call at a time. It knows nothing of other environments, of limits per function or of the
//! protocol that the call came in.

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::api::{Invocation, Said};
use super::exit::Failure;
use super::extensions::SHUTDOWN;
use super::extensions::family::Family;
use super::isolation::Held;
use super::journal::{Journal, now_ms, record};
use super::process::{Process, Start};
use super::spare::Spares;
use super::spec::{Call, FunctionSpec};
use super::telemetry::Stream;
use super::trace::Trace;
use super::workshop::{Blueprint, Workshop};
use crate::error::AwsError;
use crate::region;

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
    /// Every extension has done what it was told.
    Idle,
    /// An extension can't go on.
    Extension(Failure),
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
    /// The room of a process that was initialised once, for the next process.
    held: Option<Held>,
    /// Why the process ended in a call, in the word that extensions are told: the next call begins with a new one in the
    /// same environment.
    reset: Option<&'static str>,
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
        let begins = init_start(&mut journal, spec, &blueprint);
        for lack in &blueprint.lacks {
            journal.untailed(format!("[WARN]\tSandbox: {lack}"));
        }
        let began = Instant::now();
        let mut held = None;
        let mut start = Start {
            workshop,
            spec,
            blueprint: &blueprint,
            stream: &journal.stream,
            begins: &begins,
            held: &mut held,
        };
        let process = match start.take_spare().await {
            Some(started) => started,
            None => start.anew().await?,
        };
        let process = match process {
            Ok(process) => process,
            Err(failed) => {
                failed.tell(&mut journal);
                return Ok(Err((journal, failed.failure)));
            }
        };
        journal.tell(&process.api.telemetry);
        Ok(Ok(Self {
            spec: Arc::clone(spec),
            journal,
            init_ms: None,
            blueprint,
            workshop: Arc::clone(workshop),
            process,
            began,
            ended: false,
            held,
            reset: None,
        }))
    }

    /// Replaces the process by a new one in the same environment, as Lambda does after a failed initialisation and after a
    /// call in which the process ended. What is in `/tmp` stays.
    pub async fn restart(&mut self) -> Result<Result<(), Failure>, AwsError> {
        let reset = self.reset.take();
        self.farewell(reset.unwrap_or("failure")).await;
        self.end_all();
        self.process.kept.gone().await;
        let begins = match reset {
            Some(_) => init_start(&mut self.journal, &self.spec, &self.blueprint),
            None => Value::Null,
        };
        let mut start = Start {
            workshop: &self.workshop,
            spec: &self.spec,
            blueprint: &self.blueprint,
            stream: &self.journal.stream,
            begins: &begins,
            held: &mut self.held,
        };
        match start.anew().await? {
            Ok(process) => {
                self.journal.tell(&process.api.telemetry);
                self.process = process;
                self.ended = false;
                Ok(Ok(()))
            }
            Err(failed) => {
                failed.tell(&mut self.journal);
                Ok(Err(failed.failure))
            }
        }
    }

    /// Waits until the runtime asks for its first invocation, and its extensions for their first event.
    pub async fn init(&mut self, limit: Duration) -> Result<(), Failure> {
        let began = Instant::now();
        let deadline = began + limit;
        let mut done = false;
        let outcome = loop {
            match self.wait(deadline, done).await {
                Event::Said(Said::Next) if self.process.memory.peak_mb() > self.spec.memory_mb => {
                    break Err(Failure::out_of_memory());
                }
                Event::Said(Said::Next) => {
                    done = true;
                    self.initialised("initRuntimeDone", &json!({"status": "success"}));
                    if self.process.api.extensions.is_empty() {
                        break Ok(());
                    }
                }
                Event::Idle => break Ok(()),
                Event::Said(Said::InitError { kind, body }) => {
                    break Err(Failure::reported(kind, body));
                }
                Event::Said(_) => {}
                Event::Exited(status) => break Err(Failure::exit(status)),
                Event::TimedOut => break Err(Failure::timeout(limit.as_secs_f64())),
                Event::OutOfMemory => break Err(Failure::out_of_memory()),
                Event::Extension(failure) => break Err(failure),
            }
        };
        self.drain();
        self.tell_extensions();
        match &outcome {
            // Not before: two starts at once would take longer than one.
            Ok(()) => {
                let duration = began.elapsed().as_secs_f64() * 1000.0;
                self.initialised("initReport", &json!({"metrics": {"durationMs": duration}}));
                if self.blueprint.room.is_some() && self.held.is_none() {
                    self.held = Held::of(self.process.kept.pid).ok();
                }
                if let Some(kind) = self.blueprint.kind(&self.spec) {
                    Spares::refill(&self.workshop, kind);
                }
            }
            Err(_) => self.end(),
        }
        self.process.api.telemetry.close();
        outcome
    }

    fn initialised(&self, kind: &str, more: &Value) {
        let mut record = json!({
            "initializationType": self.spec.initialization(),
            "phase": "init",
        });
        if let (Some(record), Some(more)) = (record.as_object_mut(), more.as_object()) {
            record.extend(more.clone());
        }
        self.journal.platform(kind, &record);
    }

    /// A line of the log for each extension, which is registered by now or never will be.
    fn tell_extensions(&mut self) {
        for standing in self.process.api.extensions.close() {
            self.journal.platform("extension", &standing.record());
            let line = match self.journal.json {
                true => record("extension", standing.record()),
                false => standing.line(),
            };
            self.journal.untailed(line);
        }
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
        let told = json!({
            "eventType": "INVOKE",
            "deadlineMs": invocation.deadline_ms,
            "requestId": invocation.request_id,
            "invokedFunctionArn": invocation.invoked_arn,
            "tracing": { "type": "X-Amzn-Trace-Id", "value": invocation.trace },
        });
        let began = Instant::now();
        self.process.api.extensions.invoke(&told);
        self.process.api.deliver(invocation);
        let answer = self.answer(&call.request_id, deadline, began).await;
        self.drain();
        if let Answer::Failure(failure) = &answer {
            let (status, ended) = (failure.status, failure.status == "timeout");
            self.runtime_done(&call.request_id, status, began, 0);
            self.end();
            self.reset = Some(if ended { "timeout" } else { "failure" });
        }
        answer
    }

    fn runtime_done(&self, id: &str, status: &str, began: Instant, bytes: usize) {
        let duration = began.elapsed().as_secs_f64() * 1000.0;
        let record = json!({
            "requestId": id,
            "status": status,
            "metrics": { "durationMs": duration, "producedBytes": bytes },
        });
        self.journal.platform("runtimeDone", &record);
    }

    /// Whether a call has to begin with a new process.
    pub fn needs_restart(&self) -> bool {
        self.reset.is_some()
    }

    /// A call is over when the function has answered, its runtime asks for the next one and its extensions for their next event.
    async fn answer(&mut self, id: &str, deadline: Instant, began: Instant) -> Answer {
        let mut answer = None;
        let mut done = false;
        loop {
            match self.wait(deadline, done).await {
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
                Event::Said(Said::Next) if answer.is_some() => {
                    done = true;
                    let (status, bytes) = match &answer {
                        Some(Answer::Payload(payload)) => ("success", payload.len()),
                        _ => ("error", 0),
                    };
                    self.runtime_done(id, status, began, bytes);
                    if self.process.api.extensions.is_empty()
                        && let Some(answer) = answer.take()
                    {
                        return self.within_memory(answer);
                    }
                }
                Event::Idle => {
                    if let Some(answer) = answer.take() {
                        return self.within_memory(answer);
                    }
                }
                Event::Extension(failure) => return Answer::Failure(failure),
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

    /// Waits for what happens next; that extensions have done what they were told only when `for_idle`.
    async fn wait(&mut self, deadline: Instant, for_idle: bool) -> Event {
        let limit_kb = u64::from(self.spec.memory_mb) * 1024;
        let mut ticks = interval_at(Instant::now() + TICK, TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let Process {
            kept,
            api,
            output,
            memory,
            family,
        } = &mut self.process;
        let journal = &mut self.journal;
        let extensions = Arc::clone(&api.extensions);
        let extended = !extensions.is_empty();
        let mut lines_left = LINES_PER_TICK;
        loop {
            // In this order: a function that prints without end must not keep its own deadline from being seen.
            tokio::select! {
                biased;
                Some(said) = api.said() => return Event::Said(said),
                failure = extensions.failed(), if extended => return Event::Extension(failure),
                () = extensions.idle(), if for_idle => return Event::Idle,
                () = sleep_until(deadline) => return Event::TimedOut,
                _ = ticks.tick() => {
                    if memory.sample() > limit_kb {
                        return Event::OutOfMemory;
                    }
                    if let Some(family) = family
                        && let Some(failure) = family.crashed().await
                    {
                        return Event::Extension(failure);
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
                        journal.printed(Stream::Function, line);
                    });
                    // Timers only advance when this task lets the runtime look at them.
                    tokio::task::yield_now().await;
                }
                () = printed(family.as_ref()), if lines_left > 0 => {
                    if let Some(family) = family {
                        family.output.read_some(|line| {
                            lines_left -= 1;
                            journal.printed(Stream::Extension, line);
                        });
                    }
                    tokio::task::yield_now().await;
                }
            }
        }
    }

    /// Everything that was printed before now goes into the log.
    fn drain(&mut self) {
        let journal = &mut self.journal;
        let output = &mut self.process.output;
        output.read_all(|line| journal.printed(Stream::Function, line));
        output.flush(|line| journal.printed(Stream::Function, line));
        if let Some(family) = &mut self.process.family {
            family
                .output
                .read_all(|line| journal.printed(Stream::Extension, line));
        }
    }

    /// Tells extensions that the environment ends, and the runtime too where there are any, and waits a moment for them.
    async fn farewell(&mut self, reason: &'static str) {
        let Some(family) = &mut self.process.family else {
            return;
        };
        let until = Instant::now() + SHUTDOWN;
        let deadline_ms = u64::try_from(now_ms()).unwrap_or(0) + SHUTDOWN.as_millis() as u64;
        let told = self.process.api.extensions.shutdown(reason, deadline_ms);
        let runs = !self.ended && self.process.kept.runs();
        if runs && let Some(pid) = i32::try_from(self.process.kept.pid).ok() {
            let pid = rustix::process::Pid::from_raw(pid);
            let terminate = |pid| rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            let _ = pid.map(terminate);
        }
        let ends = async {
            if told {
                family.all_ended().await;
            }
            if runs {
                self.process.kept.exited().await;
            }
        };
        let _ = tokio::time::timeout_at(until, ends).await;
        self.drain();
        self.journal.flush();
    }

    fn end_all(&mut self) {
        self.end();
        if let Some(family) = self.process.family.take() {
            let gone = family.gone();
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                self.workshop.endings.spawn_on(gone, &runtime);
            }
        }
    }

    /// The most memory that it has used, in MB, never more than it may.
    pub fn max_memory_mb(&mut self) -> u32 {
        self.process.memory.peak_mb().min(self.spec.memory_mb)
    }

    /// The size of what its `/tmp` holds on disk, in bytes.
    pub fn tmp_bytes(&self) -> u64 {
        size_of(&self.blueprint.tmp_on_disk())
    }

    /// Kills the process with all that it started.
    pub fn end(&mut self) {
        self.ended = true;
        self.process.kept.end();
    }

    /// Ends it and waits until nothing of it is left.
    pub async fn close(mut self) {
        self.farewell("spindown").await;
        self.end_all();
        self.process.kept.gone().await;
    }

    /// Ends it, at once where nobody has to be told.
    pub fn leave(self) {
        if self.process.family.is_none() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let endings = self.workshop.endings.clone();
            endings.spawn_on(self.close(), &runtime);
        }
    }

    /// Whether it can take a call: its process runs, or another is to be started in its place.
    pub fn alive(&mut self) -> bool {
        if self.reset.is_some() {
            return true;
        }
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
        let family = self.process.family.as_ref().map(Family::gone);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let ending = async move {
                gone.await;
                if let Some(family) = family {
                    family.await;
                }
                drop(blueprint);
            };
            self.workshop.endings.spawn_on(ending, &runtime);
        }
    }
}

/// What extensions print; nothing where there are none.
async fn printed(family: Option<&Family>) {
    match family {
        Some(family) => family.output.readable().await,
        None => std::future::pending().await,
    }
}

/// Writes that initialisation begins, and gives what subscribers are told of it.
fn init_start(journal: &mut Journal, spec: &FunctionSpec, blueprint: &Blueprint) -> Value {
    let version = blueprint.interpreter.version(&spec.runtime);
    let id = uuid::Uuid::new_v4().simple();
    let arn = region::arn("lambda", &spec.region, "", &format!("runtime:{id}"));
    let fields = json!({
        "initializationType": spec.initialization(),
        "phase": "init",
        "runtimeVersion": version,
        "runtimeVersionArn": arn,
        "functionName": spec.name,
        "functionVersion": spec.version,
    });
    journal.untailed(match spec.log_json {
        true => record("initStart", fields.clone()),
        false => {
            format!("INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}")
        }
    });
    fields
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
