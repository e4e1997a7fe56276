//! Where environments are made: packages, interpreters, bootstraps and the command that starts a process.
//!
//! It starts processes and never speaks to them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

use super::exit::Failure;
use super::interpreter::{self, Interpreter};
use super::isolation::{self, HELD_BACK, Isolation, Room, Tmp};
use super::package::{Packages, Unpacked};
use super::spare::{Kind, Spares};
use super::spec::{FunctionSpec, LogSink, PoolConfig};
use super::variables::{Places, variables};
use super::warden::{Order, Warden};
use crate::doors::files;
use crate::error::AwsError;

const PYTHON: &str = include_str!("bootstrap/bootstrap.py");
const NODE: &str = include_str!("bootstrap/bootstrap.mjs");

/// What all environments of a pool share.
pub(super) struct Workshop {
    pub config: PoolConfig,
    pub logs: Arc<dyn LogSink>,
    pub warden: Arc<Warden>,
    pub spares: Spares,
    /// Environments that are being ended.
    pub endings: TaskTracker,
    packages: Packages,
    runtime_dir: OnceCell<PathBuf>,
}

/// All that the processes of one environment are started from; a second start needs nothing new.
pub(super) struct Blueprint {
    pub interpreter: Interpreter,
    pub task_root: PathBuf,
    /// The merged layers where they were unpacked, or an empty directory.
    layers: PathBuf,
    /// The merged layers where the function finds them: `/opt`, or where they were unpacked.
    opt: PathBuf,
    runtime_dir: PathBuf,
    /// `/tmp` where it is the function's own, or else the environment's directory.
    tmp: PathBuf,
    entrypoint: Vec<PathBuf>,
    /// Keeps the package and the layers on disk.
    _unpacked: (Unpacked, Option<Unpacked>),
    pub room: Option<(&'static Isolation, Room)>,
    /// The environment's own directory, deleted with the environment.
    home: TempDir,
}

impl Workshop {
    pub fn new(config: PoolConfig, logs: Arc<dyn LogSink>) -> Self {
        Self {
            packages: Packages::new(config.work_dir.join("packages")),
            warden: Warden::new(&config.ephemeral),
            config,
            logs,
            spares: Spares::default(),
            endings: TaskTracker::new(),
            runtime_dir: OnceCell::new(),
        }
    }

    /// Unpacks what has to be unpacked, finds the interpreter and plans the environment's room.
    pub async fn blueprint(&self, spec: &FunctionSpec) -> Result<Blueprint, AwsError> {
        let (interpreter, isolation, code, merged) = tokio::try_join!(
            interpreter::find(&spec.runtime),
            async { Ok(self.isolation().await) },
            self.packages.code(&spec.code, &spec.code_sha256),
            self.packages.layers(&spec.layers),
        )?;
        let task_root = code.path().to_owned();
        let runtime_dir = self.runtime_dir().await?;
        let layers = merged.as_ref().map(|merged| merged.path().to_owned());
        let homes = self.config.work_dir.join("environments");
        let home = files::folder(&homes)
            .and_then(|()| files::temporary("env-", &homes))
            .map_err(|error| service_error(&error))?;
        let room = isolation.map(|isolation| {
            let taken = |place: &str| {
                let needed = [interpreter.program(), Some(&self.config.work_dir)];
                needed
                    .into_iter()
                    .flatten()
                    .any(|path| path.starts_with(place))
            };
            let room = Room {
                code: task_root.clone(),
                opt: layers
                    .clone()
                    .filter(|_| !taken("/opt") && Path::new("/opt").is_dir()),
                tmp: (!taken("/tmp")).then(|| Tmp::of(spec.ephemeral_mb, home.path())),
            };
            (isolation, room)
        });
        let own = |part: fn(&Room) -> bool| room.as_ref().is_some_and(|(_, room)| part(room));
        let unpacked = layers.unwrap_or_else(|| runtime_dir.join("opt"));
        Ok(Blueprint {
            entrypoint: [&task_root, &unpacked]
                .map(|place| place.join("bootstrap"))
                .to_vec(),
            layers: unpacked.clone(),
            opt: if own(|room| room.opt.is_some()) {
                PathBuf::from("/opt")
            } else {
                unpacked
            },
            tmp: if own(|room| room.tmp.is_some()) {
                PathBuf::from("/tmp")
            } else {
                home.path().to_owned()
            },
            interpreter,
            task_root,
            runtime_dir,
            _unpacked: (code, merged),
            room,
            home,
        })
    }

    async fn isolation(&self) -> Option<&'static Isolation> {
        match self.config.isolate {
            true => isolation::find().await,
            false => None,
        }
    }

    /// Finds what a new function will need, and has a process wait for its first call.
    pub async fn prepare(self: &Arc<Self>, spec: &FunctionSpec) {
        let (interpreter, isolation) =
            tokio::join!(interpreter::find(&spec.runtime), self.isolation());
        let (Ok(interpreter), Ok(runtime_dir)) = (interpreter, self.runtime_dir().await) else {
            return;
        };
        let arguments = arguments(&interpreter, &runtime_dir, spec.memory_mb);
        if let Some(kind) = Kind::of(spec, &interpreter, &arguments, isolation, &[]) {
            Spares::refill(self, kind);
        }
    }

    /// Our bootstraps, written once, and an empty directory in the place of layers.
    async fn runtime_dir(&self) -> Result<PathBuf, AwsError> {
        let directory = self.config.work_dir.join("runtime");
        let write = || {
            files::folder(&directory.join("opt"))?;
            files::write(&directory.join("bootstrap.py"), PYTHON.as_bytes())?;
            files::write(&directory.join("warm.cjs"), b"")?;
            files::write(&directory.join("bootstrap.mjs"), NODE.as_bytes())
        };
        let made = self
            .runtime_dir
            .get_or_try_init(|| async { write().map(|()| directory.clone()) })
            .await;
        made.cloned().map_err(|error| service_error(&error))
    }

    /// What a function finds in its environment.
    pub fn variables(
        &self,
        spec: &FunctionSpec,
        blueprint: &Blueprint,
        runtime_api: &str,
        log_stream: &str,
    ) -> BTreeMap<String, String> {
        let places = Places {
            task_root: &blueprint.task_root,
            opt: &blueprint.opt,
            runtime_dir: &blueprint.runtime_dir,
            tmp: &blueprint.tmp,
        };
        variables(
            spec,
            &places,
            &self.config.endpoint,
            runtime_api,
            log_stream,
        )
    }

    /// What a process of this environment is started with.
    pub fn order(
        &self,
        spec: &FunctionSpec,
        blueprint: &Blueprint,
        runtime_api: &str,
        log_stream: &str,
    ) -> Result<Order, Failure> {
        let mut all = self.variables(spec, blueprint, runtime_api, log_stream);
        let mut line = blueprint.command_line(spec)?;
        if let Some(wrapper) = all.get("AWS_LAMBDA_EXEC_WRAPPER") {
            let opt = blueprint.opt.to_string_lossy();
            line.insert(0, wrapper.replacen("/opt", &opt, 1).into());
        }
        if let Some((isolation, room)) = &blueprint.room {
            line = isolation.wrap(Some(room), line);
            for (name, held) in HELD_BACK {
                if let Some(value) = all.remove(name) {
                    all.insert(held.to_owned(), value);
                }
            }
        }
        Ok(Order {
            program: line.remove(0),
            arguments: line,
            environment: all,
            directory: blueprint.task_root.clone().into(),
        })
    }
}

/// The program of an order could not be started.
pub(super) fn not_started(order: &Order, error: &io::Error) -> Failure {
    let (program, error) = (order.program.display(), plain(error));
    Failure::entrypoint(format!("fork/exec {program}: {error}"))
}

impl Blueprint {
    /// What of the environment's `/tmp` is on disk.
    pub fn tmp_on_disk(&self) -> &Path {
        self.home.path()
    }

    /// The spare process that could become this environment's, if any could.
    pub fn kind(&self, spec: &FunctionSpec) -> Option<Kind> {
        let libraries = [
            self.task_root.clone(),
            self.task_root.join("lib"),
            self.layers.join("lib"),
        ];
        let isolation = self.room.as_ref().map(|(isolation, _)| *isolation);
        let arguments = arguments(&self.interpreter, &self.runtime_dir, spec.memory_mb);
        Kind::of(spec, &self.interpreter, &arguments, isolation, &libraries)
    }

    fn command_line(&self, spec: &FunctionSpec) -> Result<Vec<OsString>, Failure> {
        let program = match self.interpreter.program() {
            Some(program) => program.clone(),
            None => self.bootstrap()?,
        };
        let mut line = vec![program.into()];
        let (runtime_dir, memory_mb) = (&self.runtime_dir, spec.memory_mb);
        line.extend(arguments(&self.interpreter, runtime_dir, memory_mb));
        Ok(line)
    }

    /// The function's own runtime. What could not be started is found out here: a shell would try to run anything.
    fn bootstrap(&self) -> Result<PathBuf, Failure> {
        let names = ["/var/task/bootstrap", "/opt/bootstrap"];
        let found = self
            .entrypoint
            .iter()
            .zip(names)
            .find(|(path, _)| path.is_file());
        let Some((path, name)) = found else {
            let reason = format!("Couldn't find valid bootstrap(s): [{}]", names.join(" "));
            return Err(Failure::entrypoint(reason));
        };
        match why_not(path) {
            None => Ok(path.clone()),
            Some(reason) => Err(Failure::entrypoint(format!("fork/exec {name}: {reason}"))),
        }
    }
}

/// What an interpreter is started with.
fn arguments(interpreter: &Interpreter, runtime_dir: &Path, memory_mb: u32) -> Vec<OsString> {
    match interpreter {
        Interpreter::Python { .. } => vec![runtime_dir.join("bootstrap.py").into()],
        Interpreter::Node { .. } => {
            // Lambda gives the heap what the function's memory leaves it.
            let heap = (memory_mb * 9 / 10).max(64);
            let bootstrap = runtime_dir.join("bootstrap.mjs");
            vec![
                format!("--max-old-space-size={heap}").into(),
                bootstrap.into(),
            ]
        }
        Interpreter::Provided => Vec::new(),
    }
}

/// Why the kernel would not start a file, in its own words.
fn why_not(path: &Path) -> Option<&'static str> {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(256).read_to_end(&mut start));
    if read.is_err() {
        return Some("permission denied");
    }
    if start.starts_with(b"\x7fELF") {
        return None;
    }
    let Some(line) = start.strip_prefix(b"#!") else {
        return Some("exec format error");
    };
    let line =
        String::from_utf8_lossy(line.split(|byte| *byte == b'\n').next().unwrap_or_default());
    // A carriage return counts as part of the name, as many an author of scripts has found.
    let interpreter = line
        .trim_matches([' ', '\t'])
        .split([' ', '\t'])
        .next()
        .unwrap_or_default();
    (!Path::new(interpreter).is_file()).then_some("no such file or directory")
}

/// An error of the system in its own words, without Rust's `(os error 8)`.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error")
        .next()
        .unwrap_or(&text)
        .to_lowercase()
}

/// What Lambda answers when the fault is its own.
pub(super) fn service_error(error: &io::Error) -> AwsError {
    AwsError::new(
        500,
        "ServiceException",
        format!("The sandbox could not prepare an environment: {error}"),
    )
    .with("Type", "Service")
}
