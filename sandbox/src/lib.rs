//! The sandbox: an AWS-compatible endpoint on loopback, in AWS's own protocols, which really runs functions.
//!
//! It shares no code with the console and never learns that the console exists: they meet over HTTP alone.
//!
//! | module | what it is for |
//! |---|---|
//! | `error` | what AWS would answer when something is wrong |
//! | `request` | one request and one answer, as every service sees them |
//! | `http` | the listener, and which service a request means |
//! | `region` | what exists once per region |
//! | `cloudwatch` | CloudWatch metrics |
//! | `logs` | CloudWatch Logs |
//! | `lambda` | Lambda's API |
//! | `s3` | buckets and objects |
//! | `iam`, `sts` | roles and policies, who the caller is |
//! | `tagging` | Resource Groups Tagging |
//! | `telemetry` | the logs and metrics that functions write to |
//! | `protocol` | the wire protocols of the RPC services |
//! | `runtime` | child processes that run functions, and the Runtime API that they speak |
//! | `registry` | where a running sandbox is written down, so that it can be found on any port |
//! | `samples`, `workload` | the functions that a sandbox starts with, and who calls them |

pub mod cloudwatch;
pub mod error;
pub mod http;
pub mod iam;
pub mod lambda;
pub mod logs;
mod populate;
pub mod protocol;
pub mod region;
pub mod registry;
pub mod request;
pub mod runtime;
pub mod s3;
pub mod samples;
pub mod sts;
pub mod tagging;
mod telemetry;
pub mod workload;

use iam::Iam;
use lambda::Packages;
use region::Regions;
pub use runtime::warden;
use runtime::{Pool, PoolConfig, Scratch};
use s3::S3;
use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use sts::Sts;
use telemetry::Telemetry;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How a sandbox starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any that is free.
    pub port: u16,
    /// Without the sample functions.
    pub empty: bool,
    /// Whether the samples are called now and then, so that charts and logs live.
    pub workload: bool,
    /// Where packages are kept while the sandbox runs; a temporary directory when there is none.
    pub data_dir: Option<PathBuf>,
    /// How long a function stays `Pending` or `InProgress`.
    pub settle: Duration,
    /// The waits before an asynchronous invocation that failed is tried again. AWS waits one minute, then two.
    pub retry_delays: [Duration; 2],
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 4566,
            empty: false,
            workload: true,
            data_dir: None,
            settle: Duration::from_millis(500),
            retry_delays: [Duration::from_secs(60), Duration::from_secs(120)],
        }
    }
}

/// Why a sandbox could not start.
#[derive(Debug)]
pub enum StartError {
    /// The port is taken, or may not be bound.
    Bind { port: u16, source: std::io::Error },
    /// The directory for packages could not be made.
    Directory { source: std::io::Error },
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bind { port, source } => {
                write!(f, "port {port} on 127.0.0.1 can't be used: {source}")
            }
            Self::Directory { source } => {
                write!(f, "the sandbox's directory can't be made: {source}")
            }
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bind { source, .. } | Self::Directory { source } => Some(source),
        }
    }
}

/// A sandbox that answers. Dropping it stops it; [`Sandbox::shutdown`] also waits until it has stopped.
pub struct Sandbox {
    endpoint: String,
    stop: CancellationToken,
    tasks: TaskTracker,
    pool: Arc<Pool>,
    workload: watch::Sender<bool>,
    /// Removed with the sandbox. It is declared last so that nothing uses it any more when it goes.
    _scratch: Scratch,
}

impl Sandbox {
    /// Starts a sandbox on the current tokio runtime. When this returns, it answers.
    ///
    /// # Errors
    /// When the port can't be bound or the directory for packages can't be made.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let bind = |source| StartError::Bind {
            port: options.port,
            source,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))
            .await
            .map_err(bind)?;
        let endpoint = format!("http://{}", listener.local_addr().map_err(bind)?);
        let scratch = Scratch::new().map_err(|source| StartError::Directory { source })?;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let telemetry = Arc::new(Telemetry::default());
        let config = PoolConfig {
            ephemeral: scratch.path().to_owned(),
            ..PoolConfig::new(scratch.path().join("environments"), &endpoint)
        };
        let pool = Pool::new(config, telemetry.clone());
        let packages = packages_directory(options.data_dir.as_deref(), &scratch)?;
        let packages = Packages::new(packages);
        let s3 = Arc::new(S3::default());
        let iam = Arc::new(Iam::default());
        let needs = lambda::Needs {
            packages: packages.clone(),
            s3: s3.clone(),
            pool: pool.clone(),
            settle: options.settle,
            retry_delays: options.retry_delays,
            tasks: tasks.clone(),
            stop: stop.clone(),
        };
        let regions = Regions::new(needs, telemetry);
        let (workload, on) = watch::channel(options.workload);
        if !options.empty {
            let lambda = regions.get(populate::REGION).lambda.clone();
            populate::samples(&iam, &lambda, &endpoint).await;
            tasks.spawn(populate::workload(lambda, on, stop.clone()));
        }
        let services = Arc::new(http::Services {
            endpoint: endpoint.clone(),
            packages,
            s3,
            sts: Sts::new(iam.clone()),
            iam,
            regions,
        });
        tasks.spawn(http::serve(listener, services, stop.clone(), tasks.clone()));
        Ok(Self {
            endpoint,
            stop,
            tasks,
            pool,
            workload,
            _scratch: scratch,
        })
    }

    /// Where it answers, for example `http://127.0.0.1:4566`.
    pub fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    /// Switches the workload that calls the samples on or off. It calls nothing in a sandbox that started empty.
    pub fn set_workload(&self, on: bool) {
        self.workload.send_replace(on);
    }

    /// Stops answering, ends every child process and waits until all of it is gone.
    pub async fn shutdown(self) {
        self.stop.cancel();
        self.pool.shutdown().await;
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// The directory for packages, made if need be. What is kept is never in the sandbox's scratch folder.
fn packages_directory(kept: Option<&Path>, scratch: &Scratch) -> Result<PathBuf, StartError> {
    let path = kept.unwrap_or(scratch.path()).join("packages");
    std::fs::create_dir_all(&path).map_err(|source| StartError::Directory { source })?;
    Ok(path)
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
