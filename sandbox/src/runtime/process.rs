//! The process of an environment with all that is thrown away with it, and how it is started: the extensions first, then the
//! runtime, which may have been waiting for a function already.
//!
//! It starts processes and never drives them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::api::RuntimeApi;
use super::exit::Failure;
use super::extensions::family::{self, Family};
use super::extensions::{About, Standing};
use super::isolation::Held;
use super::journal::{Journal, record};
use super::memory::Memory;
use super::output::Output;
use super::spec::FunctionSpec;
use super::warden::Kept;
use super::workshop::{Blueprint, Workshop, not_started, service_error};
use crate::error::AwsError;

/// How long extensions have to register.
const REGISTER: Duration = Duration::from_secs(10);
/// How long a room may take to be there.
const ROOM: Duration = Duration::from_secs(10);
/// How often it is looked whether an extension has ended before it registered.
const LOOK: Duration = Duration::from_millis(10);

/// The process and all that is thrown away with it.
pub(super) struct Process {
    pub kept: Kept,
    pub api: RuntimeApi,
    pub output: Output,
    pub memory: Memory,
    pub family: Option<Family>,
}

/// What a process is started from.
pub(super) struct Start<'a> {
    pub workshop: &'a Arc<Workshop>,
    pub spec: &'a FunctionSpec,
    pub blueprint: &'a Blueprint,
    /// The log stream.
    pub stream: &'a str,
    /// What subscribers are told of the beginning; nothing on a second try.
    pub begins: &'a Value,
    /// The room that is there already, or is made here.
    pub held: &'a mut Option<Held>,
}

/// There is no process, and what the log says of the extensions.
pub(super) struct Failed {
    pub failure: Failure,
    standings: Vec<Standing>,
    printed: Vec<String>,
}

type Started = Result<Process, Failed>;

impl Failed {
    fn of(failure: Failure) -> Self {
        Self {
            failure,
            standings: Vec::new(),
            printed: Vec::new(),
        }
    }

    /// Writes what is known of it.
    pub fn tell(&self, journal: &mut Journal) {
        for line in &self.printed {
            journal.line(line.clone());
        }
        for standing in &self.standings {
            journal.line(match journal.json {
                true => record("extension", standing.record()),
                false => standing.line(),
            });
        }
    }
}

impl Start<'_> {
    /// A process that has started already and becomes this function's now. `None` when there is none, or it failed.
    pub async fn take_spare(&mut self) -> Option<Started> {
        let (workshop, blueprint) = (self.workshop, self.blueprint);
        let mut spare = workshop.spares.take(&blueprint.kind(self.spec)?).await?;
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
        if blueprint.is_extended() && blueprint.room.is_some() {
            *self.held = Held::of(spare.kept.pid).ok();
        }
        let family = match self.extensions(&spare.api).await.ok()? {
            Ok(family) => family,
            Err(failed) => return Some(Err(failed)),
        };
        let variables = workshop.variables(self.spec, blueprint, &spare.api.address, self.stream);
        let variables = serde_json::to_vec(&variables).ok()?;
        spare.api.assign(Bytes::from(variables)).then(|| {
            Ok(Process {
                memory: Memory::of(spare.kept.pid),
                kept: spare.kept,
                api: spare.api,
                output: spare.output,
                family,
            })
        })
    }

    /// A process that starts as this function's.
    pub async fn anew(&mut self) -> Result<Started, AwsError> {
        let (workshop, blueprint) = (self.workshop, self.blueprint);
        let api = RuntimeApi::start()
            .await
            .map_err(|error| service_error(&error))?;
        if blueprint.is_extended() && self.held.is_none() {
            self.make_room()
                .await
                .map_err(|error| service_error(&error))?;
        }
        let family = match self.extensions(&api).await? {
            Ok(family) => family,
            Err(failed) => return Ok(Err(failed)),
        };
        let order = match workshop.order(
            self.spec,
            blueprint,
            &api.address,
            self.stream,
            self.held.as_ref(),
        ) {
            Ok(order) => order,
            Err(failure) => return Ok(Err(Failed::of(failure))),
        };
        let (output, writer) = Output::new().map_err(|error| service_error(&error))?;
        let kept = workshop.warden.keep(&order, writer).await;
        let kept = match kept.map_err(|error| service_error(&error))? {
            Ok(kept) => kept,
            Err(error) => return Ok(Err(Failed::of(not_started(&order, &error)))),
        };
        Ok(Ok(Process {
            memory: Memory::of(kept.pid),
            kept,
            api,
            output,
            family,
        }))
    }

    /// Makes the room before anything runs in it: a process that does nothing, until what is to run has entered.
    async fn make_room(&mut self) -> std::io::Result<()> {
        let Some(order) = self.workshop.empty_room(self.blueprint)? else {
            return Ok(());
        };
        let (output, writer) = Output::new()?;
        let kept = self.workshop.warden.keep(&order, writer).await??;
        timeout(ROOM, output.readable()).await?;
        *self.held = Some(Held::of(kept.pid)?);
        Ok(())
    }

    /// Starts the external extensions and waits until they have registered. The outer error is the sandbox's own.
    async fn extensions(
        &self,
        api: &RuntimeApi,
    ) -> Result<Result<Option<Family>, Failed>, AwsError> {
        let (spec, blueprint) = (self.spec, self.blueprint);
        if !self.begins.is_null() {
            api.telemetry.platform("initStart", self.begins);
        }
        let found = blueprint.layers().map(family::found).unwrap_or_default();
        let about = About {
            name: spec.name.clone(),
            version: spec.version.clone(),
            handler: spec.handler.clone(),
            account: spec.account.clone(),
        };
        let names = found.iter().map(|(name, _)| name.clone()).collect();
        api.extensions.open(about, names);
        if found.is_empty() {
            return Ok(Ok(None));
        }
        if let Some((name, _)) = found.iter().find(|(_, runs)| !runs) {
            return Ok(Err(unlaunched(
                name,
                "permission denied",
                "PermissionDenied",
            )));
        }
        let (output, writer) = Output::new().map_err(|error| service_error(&error))?;
        let mut family = Family {
            members: Vec::new(),
            output,
        };
        let mut all = self
            .workshop
            .variables(spec, blueprint, &api.address, self.stream);
        all.retain(|name, _| !NOT_FOR_EXTENSIONS.contains(&name.as_str()));
        for (name, _) in found {
            let order = self
                .workshop
                .extension(blueprint, &name, all.clone(), self.held.as_ref());
            let writer = writer.try_clone().map_err(|error| service_error(&error))?;
            let kept = self.workshop.warden.keep(&order, writer).await;
            match kept.map_err(|error| service_error(&error))? {
                Ok(kept) => family.members.push((name, kept)),
                Err(_) => return Ok(Err(unlaunched(&name, "exec format error", "UnknownError"))),
            }
        }
        drop(writer);
        Ok(register(api, family).await.map(Some))
    }
}

/// Waits until every extension has registered, or one is known not to.
async fn register(api: &RuntimeApi, mut family: Family) -> Result<Family, Failed> {
    let until = Instant::now() + REGISTER;
    let failure = loop {
        tokio::select! {
            biased;
            () = api.extensions.registered() => return Ok(family),
            failure = api.extensions.failed() => break failure,
            () = sleep(LOOK) => {
                if let Some(failure) = family.crashed().await {
                    break failure;
                }
                if Instant::now() >= until {
                    break Failure::timeout(REGISTER.as_secs_f64());
                }
            }
        }
    };
    let mut standings = api.extensions.close();
    for (name, _) in &family.members {
        if !api.extensions.is_registered(name) {
            standings.push(Standing::unregistered(name, "Started", &failure.kind));
        }
    }
    let mut printed = Vec::new();
    family.output.read_all(|line| printed.push(line));
    Err(Failed {
        failure,
        standings,
        printed,
    })
}

fn unlaunched(name: &str, why: &str, kind: &str) -> Failed {
    Failed {
        failure: Failure::launch(format!("fork/exec /opt/extensions/{name}: {why}")),
        standings: vec![Standing::unregistered(name, "LaunchError", kind)],
        printed: Vec::new(),
    }
}

/// What extensions do not see of the runtime's variables.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api-b>
const NOT_FOR_EXTENSIONS: [&str; 12] = [
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_XRAY_CONTEXT_MISSING",
    "AWS_XRAY_DAEMON_ADDRESS",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_AWS_XRAY_DAEMON_ADDRESS",
    "_AWS_XRAY_DAEMON_PORT",
    "_HANDLER",
    "PWD",
    "SHLVL",
];
