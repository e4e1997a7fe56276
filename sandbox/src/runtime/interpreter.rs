//! Which program of this machine runs a runtime's functions, found once and remembered.
//!
//! It knows AWS's names of runtimes and this machine's `PATH`, and nothing of functions.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::error::AwsError;

/// What starts a runtime.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Interpreter {
    /// A Python with our bootstrap.
    Python { program: PathBuf, version: String },
    /// A Node with our bootstrap.
    Node { program: PathBuf, version: String },
    /// The package's own `bootstrap`.
    Provided,
}

impl Interpreter {
    /// The program on this machine, unless the package brings its own.
    pub fn program(&self) -> Option<&PathBuf> {
        match self {
            Self::Python { program, .. } | Self::Node { program, .. } => Some(program),
            Self::Provided => None,
        }
    }

    /// What `/var/lang/bin` calls it, and where it is.
    pub fn names(&self) -> Vec<(String, PathBuf)> {
        let (program, names) = match self {
            Self::Python { program, version } => {
                let minor: Vec<&str> = version.split('.').take(2).collect();
                let names = [
                    "python".into(),
                    "python3".into(),
                    format!("python{}", minor.join(".")),
                ];
                (program, names.to_vec())
            }
            Self::Node { program, .. } => (program, vec!["node".to_owned()]),
            Self::Provided => return Vec::new(),
        };
        let named = names.into_iter().map(|name| (name, program.clone()));
        named.collect()
    }

    /// What `INIT_START` reports, for example `python:3.13.0`.
    pub fn version(&self, runtime: &str) -> String {
        match self {
            Self::Python { version, .. } => format!("python:{version}"),
            Self::Node { version, .. } => format!("nodejs:{version}"),
            Self::Provided => runtime.replacen('.', ":", 1),
        }
    }
}

type Found = Arc<OnceCell<Interpreter>>;

/// What was found so far: the machine is the same for every pool of this process.
static FOUND: Mutex<BTreeMap<String, Found>> = Mutex::new(BTreeMap::new());

/// The interpreter for a runtime, or an error that says what is missing.
pub(super) async fn find(runtime: &str) -> Result<Interpreter, AwsError> {
    if runtime.starts_with("provided") {
        return Ok(Interpreter::Provided);
    }
    let cell = {
        let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(found.entry(runtime.to_owned()).or_default())
    };
    // Only what was found is remembered: what is missing may be installed meanwhile.
    let found = cell.get_or_try_init(|| search(runtime.to_owned())).await;
    found.cloned().map_err(|message| {
        AwsError::new(502, "InvalidRuntimeException", message).with("Type", "Server")
    })
}

async fn search(runtime: String) -> Result<Interpreter, String> {
    if runtime.starts_with("python") {
        let (program, version) = first_that_runs(
            &[&runtime, "python3", "python"],
            "python",
            &[
                // Without what this machine has installed: only the interpreter itself is asked.
                "-S",
                "-c",
                "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])",
            ],
            |version| version.starts_with('3'),
        )
        .await
        .ok_or_else(|| missing(&runtime, "python3"))?;
        Ok(Interpreter::Python { program, version })
    } else if runtime.starts_with("nodejs") {
        let exact = runtime.replace("nodejs", "node").replace(".x", "");
        let (program, version) = first_that_runs(
            &[&exact, "node", "nodejs"],
            "node",
            &[
                "-e",
                "console.log(process.execPath); console.log(process.versions.node)",
            ],
            |_| true,
        )
        .await
        .ok_or_else(|| missing(&runtime, "node"))?;
        Ok(Interpreter::Node { program, version })
    } else {
        Err(format!(
            "The sandbox keeps functions of the runtime {runtime} but does not run them: it runs python3.*, nodejs* and \
             provided.*"
        ))
    }
}

fn missing(runtime: &str, program: &str) -> String {
    format!(
        "The sandbox can't run {runtime}: no working {program} was found on this machine's PATH"
    )
}

/// Asks each candidate where it really is and which version it is: a shim on `PATH` may exist and yet not work.
async fn first_that_runs(
    candidates: &[&str],
    family: &str,
    arguments: &[&str],
    accept: impl Fn(&str) -> bool,
) -> Option<(PathBuf, String)> {
    for candidate in candidates {
        let found = match itself(candidate, family) {
            Some(path) => version_of(path).await,
            None => asked(candidate, arguments).await,
        };
        if let Some((program, version)) = found
            && accept(&version)
        {
            return Some((program, version));
        }
    }
    None
}

/// Where a candidate is on `PATH`, when that is the interpreter itself and not a shim that looks for it.
fn itself(candidate: &str, family: &str) -> Option<PathBuf> {
    let places = std::env::var_os("PATH")?;
    let path = std::env::split_paths(&places)
        .map(|place| place.join(candidate))
        .find(|path| path.is_absolute() && path.is_file())?;
    let real = path.canonicalize().ok()?;
    let mut start = [0; 4];
    let read = File::open(&real).and_then(|mut file| file.read_exact(&mut start));
    let named = real.file_name()?.to_string_lossy().starts_with(family);
    // The path as it is, and not where it leads: a virtual environment is known by it.
    (read.is_ok() && start == *b"\x7fELF" && named).then_some(path)
}

/// An interpreter prints its version before it starts anything, and so in a fraction of the time.
async fn version_of(program: PathBuf) -> Option<(PathBuf, String)> {
    let text = output_of(program.as_os_str(), &["--version"]).await?;
    // `Python 3.11.7` and `v20.20.2`.
    let version = text.split_whitespace().last()?.trim_start_matches('v');
    let version = version.to_owned();
    Some((program, version))
}

async fn asked(candidate: &str, arguments: &[&str]) -> Option<(PathBuf, String)> {
    let text = output_of(OsStr::new(candidate), arguments).await?;
    let mut lines = text.lines();
    Some((PathBuf::from(lines.next()?), lines.next()?.to_owned()))
}

async fn output_of(program: &OsStr, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(20), command.output()).await;
    let output = output.ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then_some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::path::Path;

    use super::*;

    #[tokio::test]
    async fn the_interpreters_that_the_sandbox_needs_are_on_this_machine() {
        let python = find("python3.13").await.unwrap();
        assert!(
            matches!(&python, Interpreter::Python { program, .. } if program.is_absolute()),
            "{python:?}"
        );
        let node = find("nodejs22.x").await.unwrap();
        assert!(
            matches!(&node, Interpreter::Node { program, .. } if program.is_absolute()),
            "{node:?}"
        );
        assert_eq!(
            find("provided.al2023").await.unwrap(),
            Interpreter::Provided
        );
    }

    #[tokio::test]
    async fn what_an_interpreter_says_of_itself_is_what_it_is() {
        let node = find("nodejs22.x").await.unwrap();
        let program = node.program().unwrap().to_string_lossy().into_owned();
        let said = asked(
            &program,
            &["-p", "process.execPath + '\\n' + process.versions.node"],
        );
        let (path, version) = said.await.unwrap();
        assert_eq!(node.version(""), format!("nodejs:{version}"));
        assert_eq!(Path::new(&program).canonicalize().unwrap(), path);
        // A shim, which is a script or has another name, is asked where it leads.
        assert_eq!(itself("sh", "node"), None);
        assert_eq!(itself("nothing-of-that-name", "node"), None);
    }

    #[tokio::test]
    async fn a_runtime_that_is_kept_but_not_run_says_so() {
        for runtime in ["java21", "dotnet8", "ruby3.3", "go1.x"] {
            let error = find(runtime).await.unwrap_err();
            assert_eq!(
                (error.status, error.code.as_str()),
                (502, "InvalidRuntimeException")
            );
            assert!(error.message.contains(runtime), "{error}");
        }
    }
}
