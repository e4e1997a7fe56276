//! `kill -9` at any moment loses nothing that was answered, and leaves nothing running and no folder behind: a sandbox that
//! keeps its state is loaded from several sides, killed at a random moment, started again and asked for everything.
//!
//! Six rounds in a usual run; `SEKISHO_KILLS=200` makes 200, and `SEKISHO_SEED` repeats what a run has printed.

mod check;
mod load;
mod processes;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_lambda::config::Credentials;

/// How many load the sandbox at once.
const WORKERS: u64 = 4;

/// Numbers that look random, the same ones for the same seed.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// A number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    /// Bytes.
    pub fn bytes(&mut self, length: u64) -> Vec<u8> {
        let words = (0..length / 8 + 1).flat_map(|_| self.below(u64::MAX).to_le_bytes());
        words.take(usize::try_from(length).unwrap()).collect()
    }
}

/// What is known of a value: what it is for certain, and what it may be since a change was not answered.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Absent when nothing is there.
    pub certain: Option<String>,
    pub maybe: Option<Option<String>>,
}

/// What one worker has been answered. Its names are its own, so that nobody else changes them.
#[derive(Debug, Clone)]
pub struct Worker {
    pub id: u64,
    pub chance: Chance,
    /// By `kind/name`.
    pub known: BTreeMap<String, Known>,
    /// Log lines that must be there, by group.
    pub lines: BTreeMap<String, Vec<String>>,
    /// Events that were accepted: their lines must come.
    pub events: Vec<String>,
    /// Values that were put into its metric and answered, and those that were not answered.
    pub values: (u64, u64),
    /// Invocations that were answered, by function.
    pub invocations: BTreeMap<String, u64>,
    /// Changes that were answered.
    pub answered: u64,
    /// Changes that the sandbox did not live to answer.
    pub unanswered: u64,
    pub count: u64,
}

impl Worker {
    fn new(id: u64, seed: u64) -> Self {
        Self {
            id,
            chance: Chance((seed ^ (id + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1),
            known: BTreeMap::new(),
            lines: BTreeMap::new(),
            events: Vec::new(),
            values: (0, 0),
            invocations: BTreeMap::new(),
            answered: 0,
            unanswered: 0,
            count: 0,
        }
    }
}

/// The clients of one worker.
#[derive(Debug, Clone)]
pub struct Clients {
    pub lambda: aws_sdk_lambda::Client,
    pub s3: aws_sdk_s3::Client,
    pub iam: aws_sdk_iam::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub metrics: aws_sdk_cloudwatch::Client,
}

impl Clients {
    fn new(endpoint: &str) -> Self {
        let patience = aws_config::timeout::TimeoutConfig::builder()
            .operation_timeout(Duration::from_secs(60))
            .build();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(endpoint)
            .credentials_provider(
                aws_credential_types::provider::SharedCredentialsProvider::new(Credentials::new(
                    "test", "test", None, None, "test",
                )),
            )
            // What was not answered must not be sent again: nobody would know what it did.
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .timeout_config(patience)
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true);
        Self {
            lambda: aws_sdk_lambda::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            iam: aws_sdk_iam::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            metrics: aws_sdk_cloudwatch::Client::new(&config),
        }
    }
}

/// The real program, killed when this goes.
pub struct Running {
    pub process: Child,
    pub endpoint: String,
}

impl Running {
    fn start(state: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sekisho"))
            .args(["sandbox", "--port", "0", "--empty", "--state"])
            .arg(state)
            .env("XDG_RUNTIME_DIR", state.parent().unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut endpoint = String::new();
        let mut lines = BufReader::new(process.stdout.take().unwrap());
        lines.read_line(&mut endpoint).unwrap();
        if endpoint.is_empty() {
            let output = process.wait_with_output().unwrap();
            panic!(
                "it did not start: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        // Nobody reads what it warns of; a full pipe must not stop it.
        let errors = process.stderr.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                println!("  sandbox: {line}");
            }
        });
        Self {
            process,
            endpoint: endpoint.trim().to_owned(),
        }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn what_was_answered_outlives_kill_9_at_any_moment() {
    let rounds = number("SEKISHO_KILLS").unwrap_or(6);
    let seed = number("SEKISHO_SEED").unwrap_or_else(|| {
        let now = jiff::Timestamp::now().as_nanosecond();
        u64::try_from(now & 0xffff_ffff).unwrap()
    });
    println!("SEKISHO_SEED={seed} SEKISHO_KILLS={rounds}");
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mark = uuid::Uuid::new_v4().to_string();
    let mut chance = Chance(seed | 1);
    let mut workers: Vec<Worker> = (0..WORKERS).map(|id| Worker::new(id, seed)).collect();
    let mut checked = 0;
    let mut before = processes::Left::default();
    for round in 0..=rounds {
        let sandbox = Running::start(&state);
        before.is_gone(round);
        let clients = Clients::new(&sandbox.endpoint);
        runtime.block_on(load::execution_role(&clients));
        checked += runtime.block_on(check::all(&mut workers, &clients));
        if round == rounds {
            runtime.block_on(check::events(&workers, &clients));
            break;
        }
        workers = runtime.block_on(async {
            let mut work = tokio::task::JoinSet::new();
            for worker in workers {
                work.spawn(load::run(worker, clients.clone(), mark.clone()));
            }
            tokio::time::sleep(Duration::from_millis(100 + chance.below(1400))).await;
            before = processes::Left::of(&mark, sandbox.process.id());
            sandbox.kill();
            work.join_all().await
        });
        if (round + 1).is_multiple_of(10) {
            let answered: u64 = workers.iter().map(|worker| worker.answered).sum();
            println!(
                "{} kills, {answered} changes answered, {checked} checks",
                round + 1
            );
        }
    }
    let answered: u64 = workers.iter().map(|worker| worker.answered).sum();
    let unanswered: u64 = workers.iter().map(|worker| worker.unanswered).sum();
    println!(
        "{rounds} kills: {answered} changes were answered, {unanswered} were not, {checked} values compared"
    );
    assert!(answered > 0);
}
