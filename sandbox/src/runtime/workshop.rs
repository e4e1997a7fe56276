//! Where environments are made: packages, interpreters, bootstraps and the command that starts a process.
//!
//! It starts processes and never speaks to them.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tempfile::TempDir;
use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

use super::exit::Failure;
use super::interpreter::{self, Interpreter};
use super::isolation::{self, HELD_BACK, Held, Isolation, RUNTIME, Room, Shell, Tmp};
use super::package::{self, Packages, Unpacked};
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
    /// The bare rooms of interpreters, by the program.
    shells: Mutex<HashMap<Option<PathBuf>, Shell>>,
}

/// All that the processes of one environment are started from; a second start needs nothing new.
pub(super) struct Blueprint {
    pub interpreter: Interpreter,
    /// The package and the merged layers where they were unpacked.
    unpacked: (Unpacked, Option<Unpacked>),
    pub places: Places,
    runtime_dir: PathBuf,
    pub room: Option<(&'static Isolation, Room)>,
    /// What of Lambda's places this machine can't give, to be told in the log.
    pub lacks: Vec<String>,
    /// The environment's own directory, deleted with the environment.
    home: TempDir,
}

impl Workshop {
    pub fn new(config: PoolConfig, logs: Arc<dyn LogSink>) -> Self {
        Self {
            packages: Packages::new(config.work_dir.join(package::PLACE)),
            warden: Warden::new(&config.ephemeral),
            config,
            logs,
            spares: Spares::default(),
            endings: TaskTracker::new(),
            runtime_dir: OnceCell::new(),
            shells: Mutex::default(),
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
        let runtime_dir = self.runtime_dir().await?;
        let homes = self.config.work_dir.join("environments");
        let made = files::folder(&homes).and_then(|()| {
            let home = files::temporary("env-", &homes)?;
            files::new_folder(&home.path().join("tmp"))?;
            Ok(home)
        });
        let home = made.map_err(|error| service_error(&error))?;
        let opt = match &merged {
            Some(merged) => merged.path().to_owned(),
            None => runtime_dir.join("opt"),
        };
        let tmp = home.path().join("tmp");
        let mut places = Places {
            task_root: code.path().to_owned(),
            opt: opt.clone(),
            runtime_dir: runtime_dir.clone(),
            tmp: tmp.clone(),
            room: false,
        };
        let mut lacks = Vec::new();
        let mut room = None;
        if let Some(isolation) = isolation {
            let shell = self.shell(isolation, &interpreter, &runtime_dir)?;
            places.move_in(&shell, &mut lacks);
            let own = Room {
                shell,
                code: code.path().to_owned(),
                opt,
                tmp: Tmp::of(spec.ephemeral_mb, &tmp),
                home: home.path().to_owned(),
            };
            room = Some((isolation, own));
        }
        Ok(Blueprint {
            interpreter,
            unpacked: (code, merged),
            places,
            runtime_dir,
            room,
            lacks,
            home,
        })
    }

    /// The bare room of an interpreter, made when it is first needed.
    fn shell(
        &self,
        isolation: &Isolation,
        interpreter: &Interpreter,
        runtime_dir: &Path,
    ) -> Result<Shell, AwsError> {
        let mut shells = self.shells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shell) = shells.get(&interpreter.program().cloned()) {
            return Ok(shell.clone());
        }
        let shell = isolation
            .shell(interpreter, runtime_dir, &self.config.work_dir)
            .map_err(|error| service_error(&error))?;
        shells.insert(interpreter.program().cloned(), shell.clone());
        Ok(shell)
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
        let room = match isolation {
            Some(isolation) => match self.shell(isolation, &interpreter, &runtime_dir) {
                Ok(shell) => Some((isolation, shell)),
                Err(_) => return,
            },
            None => None,
        };
        let seen = room.as_ref().map_or(&*runtime_dir, |_| Path::new(RUNTIME));
        let arguments = arguments(&interpreter, seen, spec.memory_mb);
        if let Some(kind) = Kind::of(spec, &interpreter, &arguments, room, &[]) {
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
        variables(
            spec,
            &blueprint.places,
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
        held: Option<&Held>,
    ) -> Result<Order, Failure> {
        let mut all = self.variables(spec, blueprint, runtime_api, log_stream);
        let mut line = blueprint.command_line(spec)?;
        if let Some(wrapper) = all.get("AWS_LAMBDA_EXEC_WRAPPER") {
            line.insert(0, blueprint.places.of_lambda(wrapper).into());
        }
        if let Some((isolation, room)) = &blueprint.room {
            let again = held.and_then(|held| isolation.enter(held, line.clone()));
            line = match again {
                Some(line) => line,
                None => isolation.wrap(room, line).map_err(|error| {
                    Failure::entrypoint(format!("the environment could not be made: {error}"))
                })?,
            };
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
            directory: blueprint.unpacked.0.path().into(),
        })
    }
}

impl Workshop {
    /// What makes an environment's room and then does nothing. None where there are no rooms.
    pub fn empty_room(&self, blueprint: &Blueprint) -> io::Result<Option<Order>> {
        let Some((isolation, room)) = &blueprint.room else {
            return Ok(None);
        };
        let wait = ["/bin/sh", "-c", "echo; while :; do sleep 3600; done"];
        let mut line = isolation.wrap(room, wait.map(OsString::from).to_vec())?;
        Ok(Some(Order {
            program: line.remove(0),
            arguments: line,
            environment: BTreeMap::new(),
            directory: blueprint.code().into(),
        }))
    }

    /// What an external extension is started with.
    pub fn extension(
        &self,
        blueprint: &Blueprint,
        name: &str,
        environment: BTreeMap<String, String>,
        held: Option<&Held>,
    ) -> Order {
        let path = blueprint.places.opt.join("extensions").join(name);
        let mut line = vec![path.into_os_string()];
        if let (Some((isolation, _)), Some(held)) = (&blueprint.room, held)
            && let Some(entered) = isolation.enter(held, line.clone())
        {
            line = entered;
        }
        Order {
            program: line.remove(0),
            arguments: line,
            environment,
            directory: blueprint.code().into(),
        }
    }
}

/// The program of an order could not be started.
pub(super) fn not_started(order: &Order, error: &io::Error) -> Failure {
    let (program, error) = (order.program.display(), plain(error));
    Failure::entrypoint(format!("fork/exec {program}: {error}"))
}

impl Blueprint {
    /// What of the environment's `/tmp` is on disk.
    pub fn tmp_on_disk(&self) -> PathBuf {
        self.home.path().join("tmp")
    }

    fn code(&self) -> &Path {
        self.unpacked.0.path()
    }

    /// Where the merged layers were unpacked.
    pub fn layers(&self) -> Option<&Path> {
        self.unpacked.1.as_ref().map(|layers| layers.path())
    }

    /// Whether it has external extensions.
    pub fn is_extended(&self) -> bool {
        self.layers()
            .is_some_and(|layers| layers.join("extensions").is_dir())
    }

    /// The spare process that could become this environment's, if any could.
    pub fn kind(&self, spec: &FunctionSpec) -> Option<Kind> {
        let mut libraries = vec![self.code().to_owned(), self.code().join("lib")];
        libraries.extend(self.layers().map(|layers| layers.join("lib")));
        let room = self.room.as_ref();
        let room = room.map(|(isolation, room)| (*isolation, room.shell.clone()));
        let arguments = arguments(&self.interpreter, &self.places.runtime_dir, spec.memory_mb);
        Kind::of(spec, &self.interpreter, &arguments, room, &libraries)
    }

    fn command_line(&self, spec: &FunctionSpec) -> Result<Vec<OsString>, Failure> {
        let program = match self.interpreter.program() {
            Some(program) => program.clone(),
            None => self.bootstrap()?,
        };
        let mut line = vec![program.into()];
        line.extend(arguments(
            &self.interpreter,
            &self.places.runtime_dir,
            spec.memory_mb,
        ));
        Ok(line)
    }

    /// The function's own runtime. What could not be started is found out here: a shell would try to run anything.
    fn bootstrap(&self) -> Result<PathBuf, Failure> {
        let names = ["/var/task/bootstrap", "/opt/bootstrap"];
        let layers = self.layers().unwrap_or(&self.runtime_dir);
        let unpacked = [self.code(), layers].map(|place| place.join("bootstrap"));
        let found = unpacked.iter().zip(names).find(|(path, _)| path.is_file());
        let Some((path, name)) = found else {
            let reason = format!("Couldn't find valid bootstrap(s): [{}]", names.join(" "));
            return Err(Failure::entrypoint(reason));
        };
        match why_not(path) {
            None => Ok(self.places.of_lambda(name)),
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
    let mode = path
        .metadata()
        .map_or(0, |facts| facts.permissions().mode());
    if mode & 0o100 == 0 {
        return Some("permission denied");
    }
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
