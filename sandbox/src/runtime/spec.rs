//! What the pool is told and what it answers: plain types between the control plane and the processes.
//!
//! Nothing here knows a protocol, a process or a file format.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

/// Where the lines that functions write go: CloudWatch Logs, in the sandbox.
pub trait LogSink: Send + Sync {
    /// Appends `events` (milliseconds since 1970, text) to a stream; the group and the stream are created when missing.
    fn put(&self, region: &str, group: &str, stream: &str, events: &[(i64, String)]);
}

/// How a pool runs.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// Where packages are unpacked and environments have their `/tmp`. The pool may delete what it put there.
    pub work_dir: PathBuf,
    /// What is removed when the sandbox is killed: `work_dir`, or a folder around it. Nothing that is kept may be in it.
    pub ephemeral: PathBuf,
    /// The sandbox's own endpoint, given to functions as `AWS_ENDPOINT_URL`, for example `http://127.0.0.1:4566`.
    pub endpoint: String,
    /// How many processes this machine runs at once; callers beyond it wait.
    pub max_processes: usize,
    /// How many idle environments are kept for the next call.
    pub max_idle: usize,
    /// How long those beyond are kept: who called so many at once is likely to do it again at once.
    pub surplus_for: Duration,
    /// How long an idle environment is kept.
    pub idle_for: Duration,
    /// Lambda's account limit of concurrent executions, 1,000 by default; beyond it `TooManyRequestsException`.
    pub account_concurrency: u32,
    /// Whether environments get namespaces of their own where the machine allows it. `/tmp` can only be a function's own
    /// when `work_dir` is somewhere else.
    pub isolate: bool,
}

/// Where a `work_dir` had best be: not in `/tmp`, which could then not be a function's own.
pub fn roomy_directory() -> PathBuf {
    let outside = PathBuf::from("/var/tmp");
    if outside.is_dir() {
        outside
    } else {
        std::env::temp_dir()
    }
}

impl PoolConfig {
    /// The usual limits: 64 processes, 16 of them idle for at most 5 minutes, 1,000 concurrent executions.
    pub fn new(work_dir: impl Into<PathBuf>, endpoint: impl Into<String>) -> Self {
        let work_dir = work_dir.into();
        Self {
            ephemeral: work_dir.clone(),
            work_dir,
            endpoint: endpoint.into(),
            max_processes: 64,
            max_idle: 16,
            surplus_for: Duration::from_secs(15),
            idle_for: Duration::from_secs(300),
            account_concurrency: 1000,
            isolate: true,
        }
    }
}

/// Temporary credentials of a function's role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    pub access_key: String,
    pub secret: String,
    pub token: String,
}

/// One function in one version, with all that its environment is made from.
#[derive(Debug, Clone, Default)]
pub struct FunctionSpec {
    /// The region that the function lives in.
    pub region: String,
    /// The account, twelve digits.
    pub account: String,
    /// Qualified ARN.
    pub arn: String,
    /// The function's name.
    pub name: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// AWS's name of the runtime, for example `python3.13`.
    pub runtime: String,
    /// The handler, as the runtime reads it.
    pub handler: String,
    /// Memory in MB.
    pub memory_mb: u32,
    /// Timeout in seconds.
    pub timeout_s: u32,
    /// Size of `/tmp` in MB.
    pub ephemeral_mb: u32,
    /// The function's own variables.
    pub environment: BTreeMap<String, String>,
    /// The package, a ZIP on disk.
    pub code: Arc<PathBuf>,
    /// The layers in order, each a ZIP on disk; a later one wins.
    pub layers: Vec<Arc<PathBuf>>,
    /// The log group that the function writes to.
    pub log_group: String,
    /// Whether `TracingConfig` is `Active`.
    pub tracing_active: bool,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// Base64 of the package's SHA-256, as AWS reports it.
    pub code_sha256: String,
    /// Changes whenever environments must be replaced.
    pub revision: String,
    /// Whether `LogFormat` is `JSON`.
    pub log_json: bool,
    /// `ApplicationLogLevel`, for the runtimes that filter by it; only with JSON.
    pub log_level: Option<String>,
    /// Reserved concurrency, if any.
    pub max_concurrency: Option<u32>,
    /// What the function signs its calls with.
    pub credentials: Credentials,
    /// Whether its environments are those of provisioned concurrency.
    pub provisioned: bool,
}

impl FunctionSpec {
    /// The ARN without its qualifier: `arn:aws:lambda:region:account:function:name`.
    pub fn name_arn(&self) -> &str {
        unqualified(&self.arn)
    }

    /// How its environments are initialised, in Lambda's word.
    pub fn initialization(&self) -> &'static str {
        match self.provisioned {
            true => "provisioned-concurrency",
            false => "on-demand",
        }
    }
}

/// An ARN of a function without its qualifier.
pub(super) fn unqualified(arn: &str) -> &str {
    match arn.match_indices(':').nth(6) {
        Some((at, _)) => &arn[..at],
        None => arn,
    }
}

/// One call of a function.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// The request id, a UUID.
    pub request_id: String,
    /// The client context as JSON, already decoded from Base64.
    pub client_context: Option<String>,
    /// The caller's `X-Amzn-Trace-Id`.
    pub trace_header: Option<String>,
    /// The ARN that was called, with the alias if there was one.
    pub invoked_arn: String,
}

/// What came of a call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The function's answer, or the error as JSON.
    pub payload: Bytes,
    /// `Unhandled` when the function failed.
    pub function_error: Option<String>,
    /// The last 4 KB of this call's log.
    pub log_tail: String,
    /// The version that ran.
    pub executed_version: String,
    /// Milliseconds in the handler.
    pub duration_ms: f64,
    /// Milliseconds billed, initialisation included.
    pub billed_ms: u64,
    /// Milliseconds of initialisation, on a cold start.
    pub init_ms: Option<f64>,
    /// The most memory that the environment has used so far, in MB.
    pub max_memory_mb: u32,
    /// The trace's id, when the call is traced.
    pub trace_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::unqualified;

    #[test]
    fn the_qualifier_of_an_arn_is_taken_off() {
        let plain = "arn:aws:lambda:eu-west-1:123456789012:function:orders";
        assert_eq!(unqualified(plain), plain);
        assert_eq!(unqualified(&format!("{plain}:$LATEST")), plain);
        assert_eq!(unqualified(&format!("{plain}:3")), plain);
    }
}
