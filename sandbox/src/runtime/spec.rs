//! What is to be run, one call of it, and what came of it.

use bytes::Bytes;
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// One version of a function with everything that its execution environments are made from.
#[derive(Debug, Clone)]
pub struct FunctionSpec {
    pub region: String,
    pub account: String,
    /// The qualified ARN.
    pub arn: String,
    pub name: String,
    /// `$LATEST` or a number.
    pub version: String,
    pub runtime: String,
    pub handler: String,
    pub memory_mb: u32,
    pub timeout_s: u32,
    pub ephemeral_mb: u32,
    pub environment: BTreeMap<String, String>,
    /// A ZIP file on disk.
    pub code: Arc<PathBuf>,
    /// The layers' ZIP files, in the order in which they are laid over each other.
    pub layers: Vec<Arc<PathBuf>>,
    pub log_group: String,
    pub tracing_active: bool,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    pub code_sha256: String,
    /// Changes when the environments made from an earlier one must be replaced.
    pub revision: String,
    /// Reserved concurrency.
    pub max_concurrency: Option<u32>,
}

/// One invocation.
#[derive(Debug, Clone)]
pub struct Call {
    pub request_id: String,
    /// The client context as JSON text, already decoded from Base64.
    pub client_context: Option<String>,
    pub trace_header: Option<String>,
    /// The ARN as the caller named it: with the alias, the version, or neither.
    pub invoked_arn: String,
}

/// What an invocation gave.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub payload: Bytes,
    /// `Unhandled` when the function failed.
    pub function_error: Option<String>,
    /// The last 4 KB of the log.
    pub log_tail: String,
    pub executed_version: String,
    pub duration_ms: f64,
    pub billed_ms: u64,
    /// Only on a cold start.
    pub init_ms: Option<f64>,
    pub max_memory_mb: u32,
    pub trace_id: Option<String>,
}
