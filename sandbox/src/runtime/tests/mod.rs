//! Real processes, started as a person's functions are. What a machine lacks (Python, Node, bash) fails these tests by name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Call, FunctionSpec, LogSink, Outcome, Pool, PoolConfig};
use crate::error::AwsError;

mod environments;
mod extensions;
mod faults;
mod languages;
mod places;
mod spares;

/// Writes a ZIP with these files, which everybody may execute.
pub(crate) fn zip_of(directory: &Path, name: &str, files: &[(&str, &str)]) -> PathBuf {
    let files: Vec<_> = files
        .iter()
        .map(|(file, text)| (*file, *text, 0o100_755))
        .collect();
    zip_with_modes(directory, name, &files)
}

/// The same with modes; that of a link is 0120777, and its text where it leads.
pub(crate) fn zip_with_modes(directory: &Path, name: &str, files: &[(&str, &str, u32)]) -> PathBuf {
    let path = directory.join(name);
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    for (file, text, mode) in files {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(mode & 0o777);
        if mode & 0o170_000 == 0o120_000 {
            writer.add_symlink(*file, *text, options).unwrap();
            continue;
        }
        writer.start_file(*file, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    path
}

/// Keeps log lines as (stream, text), without the line feed that each ends with.
#[derive(Default)]
struct Lines(Mutex<Vec<(String, String)>>);

impl LogSink for Lines {
    fn put(&self, _region: &str, _group: &str, stream: &str, events: &[(i64, String)]) {
        let mut lines = self.0.lock().unwrap();
        lines.extend(events.iter().map(|(_, text)| {
            (
                stream.to_owned(),
                text.strip_suffix('\n').unwrap().to_owned(),
            )
        }));
    }
}

/// A pool with its directory and its log.
pub(crate) struct House {
    pool: Arc<Pool>,
    lines: Arc<Lines>,
    directory: TempDir,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut PoolConfig)) -> Self {
        // Not in /tmp: there it could not be a function's own.
        Self::within(Path::new("/var/tmp"), change)
    }

    fn within(parent: &Path, change: impl FnOnce(&mut PoolConfig)) -> Self {
        let directory = tempfile::tempdir_in(parent).unwrap();
        let lines = Arc::new(Lines::default());
        let mut config = PoolConfig::new(directory.path().join("work"), "http://127.0.0.1:4566");
        change(&mut config);
        let pool = Pool::new(config, Arc::clone(&lines) as Arc<dyn LogSink>);
        Self {
            pool,
            lines,
            directory,
        }
    }

    pub(crate) fn function(
        &self,
        runtime: &str,
        handler: &str,
        files: &[(&str, &str)],
    ) -> FunctionSpec {
        let name = format!("f{}", uuid::Uuid::new_v4().simple());
        let code = zip_of(self.directory.path(), &format!("{name}.zip"), files);
        FunctionSpec {
            region: "eu-west-1".into(),
            account: "000000000000".into(),
            arn: format!("arn:aws:lambda:eu-west-1:000000000000:function:{name}:$LATEST"),
            version: "$LATEST".into(),
            runtime: runtime.into(),
            handler: handler.into(),
            memory_mb: 256,
            // No test but those of the timeout itself may depend on how busy the machine is.
            timeout_s: 120,
            ephemeral_mb: 512,
            code: Arc::new(code),
            log_group: format!("/aws/lambda/{name}"),
            architecture: "x86_64".into(),
            code_sha256: format!("sha-{name}"),
            revision: "1".into(),
            name,
            ..FunctionSpec::default()
        }
    }

    fn python(&self, source: &str) -> FunctionSpec {
        self.function("python3.13", "app.handler", &[("app.py", source)])
    }

    fn node(&self, source: &str) -> FunctionSpec {
        self.function("nodejs22.x", "index.handler", &[("index.js", source)])
    }

    fn bash(&self, source: &str) -> FunctionSpec {
        self.function("provided.al2023", "main", &[("bootstrap", source)])
    }

    pub(crate) async fn call(
        &self,
        spec: &FunctionSpec,
        event: Value,
    ) -> Result<Outcome, AwsError> {
        self.send(spec, event, Call::default()).await
    }

    async fn send(
        &self,
        spec: &FunctionSpec,
        event: Value,
        call: Call,
    ) -> Result<Outcome, AwsError> {
        let call = Call {
            request_id: uuid::Uuid::new_v4().to_string(),
            invoked_arn: spec.arn.clone(),
            ..call
        };
        let event = Bytes::from(event.to_string());
        self.pool.invoke(Arc::new(spec.clone()), event, call).await
    }

    async fn ok(&self, spec: &FunctionSpec, event: Value) -> Outcome {
        let outcome = self.call(spec, event).await.unwrap();
        assert_eq!(outcome.function_error, None, "{}", outcome.log_tail);
        outcome
    }

    /// The answer of a call that succeeds.
    async fn answer(&self, spec: &FunctionSpec, event: Value) -> Value {
        value(&self.ok(spec, event).await)
    }

    /// The error of a call that fails.
    async fn error(&self, spec: &FunctionSpec, event: Value) -> (Value, Outcome) {
        let outcome = self.call(spec, event).await.unwrap();
        assert_eq!(
            outcome.function_error.as_deref(),
            Some("Unhandled"),
            "{outcome:?}"
        );
        (value(&outcome), outcome)
    }

    fn log(&self) -> Vec<String> {
        self.lines
            .0
            .lock()
            .unwrap()
            .iter()
            .map(|(_, text)| text.clone())
            .collect()
    }

    fn streams(&self) -> Vec<String> {
        let mut streams: Vec<String> = self
            .lines
            .0
            .lock()
            .unwrap()
            .iter()
            .map(|(stream, _)| stream.clone())
            .collect();
        streams.sort();
        streams.dedup();
        streams
    }
}

fn value(outcome: &Outcome) -> Value {
    serde_json::from_slice(&outcome.payload).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

const ECHO: &str = "def handler(event, context):\n    return event\n";

/// Processes of this machine whose environment holds `mark`, which only one test's function has.
fn processes_with(mark: &str) -> usize {
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| std::fs::read(entry.path().join("environ")).ok())
        .filter(|environ| {
            environ
                .windows(mark.len())
                .any(|window| window == mark.as_bytes())
        })
        .count()
}

async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !holds() {
        assert!(
            std::time::Instant::now() < end,
            "it never came to be that {what}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_echo_comes_back_with_its_log_lines() {
    let house = House::new();
    let function = house.python(ECHO);
    let event = json!({ "n": 1, "text": "関所" });
    let cold = house.ok(&function, event.clone()).await;
    assert_eq!(value(&cold), event);
    assert!(cold.init_ms.is_some_and(|init| init > 1.0));
    assert!(cold.max_memory_mb > 3 && cold.billed_ms >= 1);
    assert_eq!(cold.executed_version, "$LATEST");
    let log = house.log();
    assert!(
        log[0].starts_with("INIT_START Runtime Version: python:3."),
        "{log:?}"
    );
    assert!(log[1].starts_with("START RequestId: ") && log[1].ends_with(" Version: $LATEST"));
    assert!(log[2].starts_with("END RequestId: "));
    assert!(log[3].contains("\tInit Duration: ") && log[3].contains("\tMemory Size: 256 MB\t"));
    assert_eq!(cold.log_tail, format!("{}\n", log[1..].join("\n")));
    let warm = house.ok(&function, event).await;
    assert_eq!(warm.init_ms, None);
    assert_eq!(house.streams().len(), 1);
    house.pool.shutdown().await;
}
