//! The sandbox: an AWS-compatible endpoint on loopback, in AWS's own protocols, which really runs functions.
//!
//! It shares no code with the console and never learns that the console exists: they meet over HTTP alone.
//!
//! | module | what it is for |
//! |---|---|
//! | `error` | what AWS would answer when something is wrong |
//! | `request` | one request and one answer, as every service sees them |
//! | `http` | the listener |
//! | `doors` | who gets in, and files that nobody else reads |
//! | `sandbox`, `engine` | a running sandbox from start to end |
//! | `store` | where state is kept, if it is |
//! | `clock`, `bucket` | what time it is, and how many a second may pass |
//! | `services` | the table of services, and what isn't there |
//! | `cloudwatch` | CloudWatch metrics |
//! | `logs` | CloudWatch Logs |
//! | `lambda` | Lambda's API, and function URLs |
//! | `apigateway` | API Gateway's API: REST APIs, their deployments and stages, keys and plans |
//! | `gateway` | requests to stages of REST APIs |
//! | `s3` | buckets and objects |
//! | `iam`, `sts` | roles and policies, who the caller is |
//! | `cognito` | user pools, and the tokens that they give out |
//! | `policy` | whether policies allow something (the crate `sekisho_rules`) |
//! | `tagging` | Resource Groups Tagging |
//! | `telemetry` | the logs and metrics that functions write to |
//! | `protocol` | the wire protocols of the RPC services |
//! | `runtime` | child processes that run functions and extensions, and the APIs that they speak: Runtime, Extensions, Telemetry |
//! | `registry` | where a running sandbox is written down, so that it can be found on any port |
//! | `samples`, `workload` | the functions that a sandbox starts with, and who calls them |

pub mod apigateway;
mod bucket;
pub mod clock;
pub mod cloudwatch;
pub mod cognito;
pub mod doors;
mod engine;
pub mod error;
pub mod gateway;
pub mod http;
pub mod iam;
pub mod lambda;
pub mod logs;
pub use sekisho_rules::policy;
mod populate;
pub mod protocol;
pub mod region;
pub mod registry;
pub mod request;
pub mod runtime;
pub mod s3;
pub mod samples;
mod sandbox;
pub mod services;
pub mod store;
pub mod sts;
pub mod tagging;
mod telemetry;
pub mod workload;

use clock::Clock;
use runtime::Scratch;
pub use runtime::warden;
pub use sandbox::Sandbox;
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};
pub use store::StateError;

/// How a sandbox starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any that is free.
    pub port: u16,
    /// Where it listens beside 127.0.0.1; who comes over it from another machine signs with the sandbox's own keys.
    pub listen: Option<IpAddr>,
    /// Names that requests may call it by, beside loopback's and AWS's own.
    pub hosts: Vec<String>,
    /// The account that everything in it belongs to: twelve digits. Without one it is that of the state, else
    /// `000000000000`.
    pub account: Option<String>,
    /// The time, as services see it.
    pub clock: Clock,
    /// Without the sample functions.
    pub empty: bool,
    /// Whether the samples are called now and then, so that charts and logs live.
    pub workload: bool,
    /// Where packages are kept while the sandbox runs; a temporary directory when there is none.
    pub data_dir: Option<PathBuf>,
    /// The folder that the state is kept in; without one it goes with the sandbox.
    pub state: Option<PathBuf>,
    /// Forget first what is kept there.
    pub fresh: bool,
    /// A saved state to start with.
    pub load: Option<PathBuf>,
    /// How long a function stays `Pending` or `InProgress`.
    pub settle: Duration,
    /// The waits before an asynchronous invocation that failed is tried again. AWS waits one minute, then two.
    pub retry_delays: [Duration; 2],
    /// Where VPC links lead, which there is no VPC for: by a link's name or id, an address such as `127.0.0.1:8080`.
    pub vpc_links: BTreeMap<String, String>,
    /// How long a client may take to send a request's head, and how long its body may stand still.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 4566,
            listen: None,
            hosts: Vec::new(),
            account: None,
            clock: Clock::system(),
            empty: false,
            workload: true,
            data_dir: None,
            state: None,
            fresh: false,
            load: None,
            settle: Duration::from_millis(500),
            retry_delays: [Duration::from_secs(60), Duration::from_secs(120)],
            vpc_links: BTreeMap::new(),
            patience: doors::PATIENCE,
        }
    }
}

/// Why a sandbox could not start.
#[derive(Debug)]
pub enum StartError {
    /// The port is taken, or may not be bound.
    Bind {
        address: SocketAddr,
        source: std::io::Error,
    },
    /// A name that it is to be called by is none.
    Host { name: String },
    /// The system has no random numbers for its keys.
    Keys { source: std::io::Error },
    /// The account is not twelve digits.
    Account { given: String },
    /// The state belongs to another account than the one that was given.
    OtherAccount { given: String, kept: String },
    /// The directory for packages could not be made.
    Directory { source: std::io::Error },
    /// The state can't be used.
    State(StateError),
}

impl From<StateError> for StartError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bind { address, source } => {
                let (port, address) = (address.port(), address.ip());
                write!(f, "port {port} on {address} can't be used: {source}")
            }
            Self::Host { name } => {
                write!(
                    f,
                    "{name} is no host name such as sekisho.lan or *.sekisho.lan"
                )
            }
            Self::Keys { source } => {
                write!(f, "the sandbox's keys can't be made: {source}")
            }
            Self::Account { given } => {
                write!(f, "an account id has twelve digits; {given:?} has not")
            }
            Self::OtherAccount { given, kept } => write!(
                f,
                "the state belongs to the account {kept}: leave --account {given} out, or start anew with --fresh"
            ),
            Self::Directory { source } => {
                write!(f, "the sandbox's directory can't be made: {source}")
            }
            Self::State(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bind { source, .. } | Self::Keys { source } | Self::Directory { source } => {
                Some(source)
            }
            Self::State(error) => Some(error),
            Self::Account { .. } | Self::OtherAccount { .. } | Self::Host { .. } => None,
        }
    }
}

/// Where packages are while nothing is kept. What is kept is never in the sandbox's scratch folder.
fn data_directory(kept: Option<&Path>, scratch: &Scratch) -> Result<PathBuf, StartError> {
    let path = kept.unwrap_or(scratch.path()).to_owned();
    doors::files::folder(&path.join(store::files::PACKAGES))
        .map_err(|source| StartError::Directory { source })?;
    Ok(path)
}
