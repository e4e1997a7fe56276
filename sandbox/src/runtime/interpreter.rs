//! Which program of this machine runs a runtime's functions, found once and remembered.
//!
//! It knows AWS's names of runtimes and this machine's `PATH`, and nothing of functions.

use std::collections::BTreeMap;
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
            &[
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
    arguments: &[&str],
    accept: impl Fn(&str) -> bool,
) -> Option<(PathBuf, String)> {
    for candidate in candidates {
        let mut command = Command::new(candidate);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let output = tokio::time::timeout(Duration::from_secs(5), command.output()).await;
        let Ok(Ok(output)) = output else { continue };
        let text = String::from_utf8_lossy(&output.stdout);
        let mut lines = text.lines();
        if let (true, Some(program), Some(version)) =
            (output.status.success(), lines.next(), lines.next())
            && accept(version)
        {
            return Some((PathBuf::from(program), version.to_owned()));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

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
