//! Where environments are made: packages, interpreters, bootstraps and the command that starts a process.
//!
//! It starts processes and never speaks to them.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

use super::exit::Failure;
use super::interpreter::{self, Interpreter};
use super::output::Output;
use super::package::Packages;
use super::spec::{FunctionSpec, LogSink, PoolConfig};
use super::variables::{Places, variables};
use super::warden::Warden;
use crate::error::AwsError;

const PYTHON: &str = include_str!("bootstrap/bootstrap.py");
const NODE: &str = include_str!("bootstrap/bootstrap.mjs");

/// What all environments of a pool share.
pub(super) struct Workshop {
    pub config: PoolConfig,
    pub logs: Arc<dyn LogSink>,
    pub warden: Arc<Warden>,
    packages: Packages,
    runtime_dir: OnceCell<PathBuf>,
}

/// All that the processes of one environment are started from; a second start needs nothing new.
pub(super) struct Blueprint {
    pub interpreter: Interpreter,
    task_root: PathBuf,
    opt: PathBuf,
    runtime_dir: PathBuf,
    /// The environment's own directory, `/tmp` for the function; deleted with the environment.
    home: TempDir,
}

impl Workshop {
    pub fn new(config: PoolConfig, logs: Arc<dyn LogSink>) -> Self {
        Self {
            packages: Packages::new(config.work_dir.join("packages")),
            config,
            logs,
            warden: Arc::new(Warden::default()),
            runtime_dir: OnceCell::new(),
        }
    }

    /// Unpacks what has to be unpacked and finds the interpreter.
    pub async fn blueprint(&self, spec: &FunctionSpec) -> Result<Blueprint, AwsError> {
        let interpreter = interpreter::find(&spec.runtime).await?;
        let task_root = self.packages.code(&spec.code, &spec.code_sha256).await?;
        let runtime_dir = self.runtime_dir().await?;
        let opt = match self.packages.layers(&spec.layers).await? {
            Some(opt) => opt,
            None => runtime_dir.join("opt"),
        };
        let homes = self.config.work_dir.join("environments");
        let home = std::fs::create_dir_all(&homes)
            .and_then(|()| tempfile::Builder::new().prefix("env-").tempdir_in(&homes))
            .map_err(|error| service_error(&error))?;
        Ok(Blueprint {
            interpreter,
            task_root,
            opt,
            runtime_dir,
            home,
        })
    }

    /// Our bootstraps, written once, and an empty directory in the place of layers.
    async fn runtime_dir(&self) -> Result<PathBuf, AwsError> {
        let directory = self.config.work_dir.join("runtime");
        let write = || {
            std::fs::create_dir_all(directory.join("opt"))?;
            std::fs::write(directory.join("bootstrap.py"), PYTHON)?;
            std::fs::write(directory.join("bootstrap.mjs"), NODE)
        };
        let made = self
            .runtime_dir
            .get_or_try_init(|| async { write().map(|()| directory.clone()) })
            .await;
        made.cloned().map_err(|error| service_error(&error))
    }

    /// Starts a process in a group of its own.
    pub fn spawn(
        &self,
        spec: &FunctionSpec,
        blueprint: &Blueprint,
        runtime_api: &str,
        log_stream: &str,
    ) -> Result<(Child, Output), Failure> {
        let places = Places {
            task_root: &blueprint.task_root,
            opt: &blueprint.opt,
            runtime_dir: &blueprint.runtime_dir,
            tmp: blueprint.home.path(),
        };
        let all = variables(
            spec,
            &places,
            &self.config.endpoint,
            runtime_api,
            log_stream,
        );
        let mut line = blueprint.command_line(spec)?;
        if let Some(wrapper) = all.get("AWS_LAMBDA_EXEC_WRAPPER") {
            line.insert(
                0,
                PathBuf::from(wrapper.replacen("/opt", &blueprint.opt.to_string_lossy(), 1)),
            );
        }
        let program = line.remove(0);
        let cannot = |error: io::Error| {
            Failure::entrypoint(format!(
                "fork/exec {}: {}",
                program.display(),
                plain(&error)
            ))
        };
        let (output, stdout, stderr) = Output::new().map_err(cannot)?;
        let mut command = Command::new(&program);
        command
            .args(&line)
            .current_dir(&blueprint.task_root)
            .env_clear()
            .envs(&all)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .process_group(0)
            .kill_on_drop(true);
        let child = command.spawn().map_err(cannot)?;
        Ok((child, output))
    }
}

impl Blueprint {
    /// The environment's `/tmp`.
    pub fn tmp(&self) -> &Path {
        self.home.path()
    }

    fn command_line(&self, spec: &FunctionSpec) -> Result<Vec<PathBuf>, Failure> {
        match &self.interpreter {
            Interpreter::Python { program, .. } => {
                Ok(vec![program.clone(), self.runtime_dir.join("bootstrap.py")])
            }
            Interpreter::Node { program, .. } => {
                // Lambda gives the heap what the function's memory leaves it.
                let heap = (spec.memory_mb * 9 / 10).max(64);
                Ok(vec![
                    program.clone(),
                    PathBuf::from(format!("--max-old-space-size={heap}")),
                    PathBuf::from("--enable-source-maps"),
                    self.runtime_dir.join("bootstrap.mjs"),
                ])
            }
            Interpreter::Provided => [&self.task_root, &self.opt]
                .map(|directory| directory.join("bootstrap"))
                .into_iter()
                .find(|path| path.is_file())
                .map(|path| vec![path])
                .ok_or_else(|| {
                    Failure::entrypoint(
                        "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
                            .to_owned(),
                    )
                }),
        }
    }
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
