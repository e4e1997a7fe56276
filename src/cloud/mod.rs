//! The only place that names `aws_sdk_*`: the connection, errors, and one module a service.
//!
//! A [`Cloud`] is one connection in one region: what a fetch is given. It is cheap to make and reads nothing until the
//! first client is asked for; then it resolves region, endpoint, trust and credentials once, asks for an MFA code where one
//! is needed, and hands out clients that share all of it. It knows no store of results and no window.

pub mod apigateway;
pub mod client;
pub mod cloudwatch;
pub mod connection;
pub mod download;
pub mod error;
pub mod iam;
pub mod lambda;
pub mod logging;
pub mod logs;
pub mod observe;
pub mod progress;
pub mod tagging;
pub mod undo;
pub mod whoami;

use crate::model::connection::ConnectionSpec;
use crate::model::error::CloudError;
use apigateway::queue::{Behind, Class, Queues};
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use connection::chain::Resolved;
use connection::keyring::ForgetExpired;
use connection::machine::Machine;
use connection::sessions::Sessions;
use observe::{CallLog, Observer, Wake};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

pub use crate::store::BoxFuture;

/// Something that only the person knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    /// The six digits of a device.
    MfaCode {
        /// ARN or serial number of the device.
        serial: String,
        /// The profile that asks for it.
        profile: String,
        /// Why it is asked again, where the last code was refused.
        refused: Option<String>,
    },
}

/// Asks the person and waits; none when they would rather not.
pub type AskFn = Arc<dyn Fn(Prompt) -> BoxFuture<Option<String>> + Send + Sync>;

/// What the connection needs of the window. Cloned into every connection of it.
#[derive(Clone)]
pub struct Hooks {
    /// How to ask for an MFA code; without it, profiles that need one say so as an error.
    pub ask: Option<AskFn>,
    /// Draws the window again.
    pub wake: Wake,
    /// Where every call is written.
    pub calls: Arc<CallLog>,
    /// MFA sessions of this window, in memory only: one code serves all regions.
    pub sessions: Arc<Sessions>,
    /// Where calls to API Gateway wait for their turn.
    pub queues: Arc<Queues>,
}

impl Hooks {
    /// Hooks of a window.
    pub fn new(ask: Option<AskFn>, wake: Wake) -> Self {
        Self {
            ask,
            calls: CallLog::new(wake.clone()),
            wake,
            sessions: Arc::default(),
            queues: Arc::default(),
        }
    }

    /// Nobody to ask and nothing to draw.
    pub fn quiet() -> Self {
        Self::new(None, Arc::new(|| {}))
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("asks", &self.ask.is_some())
            .finish_non_exhaustive()
    }
}

/// How long a connection to an endpoint may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long one attempt of a read may take, from its first byte out to its last byte in.
const READ_ATTEMPT: Duration = Duration::from_secs(30);
/// Lambda's longest run is 15 minutes (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>); the
/// margin is for a cold start and the way there and back.
const INVOKE_ATTEMPT: Duration = Duration::from_secs(15 * 60 + 60);
/// How long a package of 50 MB may take on a slow line.
const UPLOAD_ATTEMPT: Duration = Duration::from_secs(15 * 60);

/// One connection in one region.
pub struct Cloud {
    spec: ConnectionSpec,
    hooks: Hooks,
    machine: Machine,
    limits: Limits,
    resolved: OnceCell<Resolved>,
    /// Whom the client of stages trusts; read once, for it takes a while.
    client_trust: OnceCell<Arc<rustls::ClientConfig>>,
}

/// How patient a connection is; tests are less so.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a connection to an endpoint may take.
    pub connect: Duration,
    /// How long one attempt of a read may take, from its first byte out to its last byte in.
    pub read_attempt: Duration,
    /// How often a call is sent before it has failed.
    pub attempts: u32,
    /// The longest wait between two of them.
    pub longest_wait: Duration,
    /// API Gateway is asked no faster than AWS allows an account.
    pub paced: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: CONNECT,
            read_attempt: READ_ATTEMPT,
            attempts: 6,
            longest_wait: Duration::from_secs(20),
            paced: true,
        }
    }
}

impl Limits {
    /// How patient a connection is by itself. What refuses on this machine refuses again a second later: the person is told, and
    /// it is tried again from outside.
    fn of(spec: &ConnectionSpec) -> Self {
        match spec.is_local() {
            true => Self {
                attempts: 3,
                longest_wait: Duration::from_secs(1),
                paced: false,
                ..Self::default()
            },
            false => Self::default(),
        }
    }
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cloud")
            .field("spec", &self.spec)
            .finish_non_exhaustive()
    }
}

/// A getter of a client: its configuration is the connection's, with what that service needs besides.
macro_rules! client {
    ($(#[$doc:meta])* $name:ident, $sdk:ident, $limits:expr $(, $extra:expr)?) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// Where region, endpoint, trust or credentials can't be resolved.
        pub async fn $name(&self) -> Result<$sdk::Client, CloudError> {
            let resolved = self.ready().await?;
            let limits: CallLimits = $limits;
            let builder = $sdk::config::Builder::from(&resolved.config)
                .retry_partition($sdk::config::retry::RetryPartition::new(
                    self.partition(stringify!($sdk), resolved),
                ))
                .retry_config(limits.retry(&self.limits))
                .timeout_config(limits.timeouts(&self.limits))
                .stalled_stream_protection(limits.stalls())
                .interceptor(observe::HostPrefix)
                .interceptor(ForgetExpired(resolved.keyring.clone()))
                .interceptor(Observer::new(self.hooks.calls.clone()));
            $(let builder = ($extra)(self, builder, resolved);)?
            Ok($sdk::Client::from_conf(builder.build()))
        }
    };
}

impl Cloud {
    /// A connection on this machine. Reads and asks nothing yet.
    pub fn new(spec: ConnectionSpec, hooks: Hooks) -> Self {
        Self::on(Machine::real(), spec, hooks)
    }

    /// A connection with another environment and other files than this process's.
    pub fn on(machine: Machine, spec: ConnectionSpec, hooks: Hooks) -> Self {
        Self {
            limits: Limits::of(&spec),
            spec,
            hooks,
            machine,
            resolved: OnceCell::new(),
            client_trust: OnceCell::new(),
        }
    }

    /// The same connection with another patience.
    pub fn within(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What it was made from.
    pub fn spec(&self) -> &ConnectionSpec {
        &self.spec
    }

    /// The hooks that it was made with.
    pub fn hooks(&self) -> &Hooks {
        &self.hooks
    }

    /// The machine that it reads its configuration from.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// The region that calls go to.
    ///
    /// # Errors
    /// Where none is configured, or the configuration can't be read.
    pub async fn region(&self) -> Result<String, CloudError> {
        Ok(self.resolve().await?.region.clone())
    }

    /// The endpoint instead of AWS's own, where one is configured for all services or for Lambda.
    ///
    /// # Errors
    /// Where the configuration can't be read.
    pub async fn endpoint(&self) -> Result<Option<String>, CloudError> {
        Ok(self.resolve().await?.endpoint.clone())
    }

    /// What signs: the same credentials that all calls are made with.
    ///
    /// # Errors
    /// Where there are none, or none that are good.
    async fn credentials(&self) -> Result<aws_credential_types::Credentials, CloudError> {
        self.resolve().await?.keyring.credentials().await
    }

    /// Whom the client of stages trusts at `host`: the connection's pinned certificate on this machine, else the system's
    /// certificates and the connection's bundle.
    ///
    /// # Errors
    /// Where they can't be read.
    async fn trusted_by_client(&self, host: &str) -> Result<Arc<rustls::ClientConfig>, CloudError> {
        let here = host == "localhost" || host.ends_with(".localhost");
        if let Some(fingerprint) = self.spec.pinned_certificate.as_ref().filter(|_| here) {
            return connection::pin::trust(fingerprint).map_err(connection::chain::invalid);
        }
        let read = || connection::tls::client_trust(&self.machine, &self.spec);
        self.client_trust.get_or_try_init(read).await.cloned()
    }

    /// Asks again for what the person declined before (an MFA code), and forgets credentials that failed or ran out.
    /// To be called when the person signs in again.
    pub async fn sign_in_again(&self) {
        if let Some(resolved) = self.resolved.get() {
            resolved.keyring.forget().await;
        }
    }

    /// Resolves everything, credentials included, so that the first error is clear and comes before any call.
    async fn ready(&self) -> Result<&Resolved, CloudError> {
        let resolved = self.resolve().await?;
        resolved.keyring.credentials().await?;
        Ok(resolved)
    }

    async fn resolve(&self) -> Result<&Resolved, CloudError> {
        self.resolved
            .get_or_try_init(|| {
                connection::chain::resolve(&self.machine, &self.spec, &self.hooks, &self.limits)
            })
            .await
    }

    /// Retries and the rate limiter of the adaptive mode are counted per connection, region and service: production that
    /// throttles must not slow the sandbox down.
    fn partition(&self, service: &str, resolved: &Resolved) -> String {
        format!(
            "{service}/{}/{}/{}",
            self.spec.profile.as_deref().unwrap_or_default(),
            resolved.region,
            resolved.endpoint.as_deref().unwrap_or_default()
        )
    }

    /// A client of API Gateway's, whose calls wait for their turn.
    fn queued(
        &self,
        builder: aws_sdk_apigateway::config::Builder,
        resolved: &Resolved,
        class: Class,
    ) -> aws_sdk_apigateway::config::Builder {
        let builder = builder.interceptor(apigateway::empty::EmptyForNull);
        let Some(http) = resolved.config.http_client() else {
            return builder;
        };
        let place = self.partition("apigateway", resolved);
        let queue = self
            .hooks
            .queues
            .of(&place, self.limits.paced, &self.hooks.calls);
        builder.http_client(Behind::new(http, queue, class))
    }

    client!(
        /// Lambda, for reads and short writes.
        lambda,
        aws_sdk_lambda,
        CallLimits::Read
    );
    client!(
        /// Lambda, for `Invoke` and nothing else: waits as long as a function may run and never sends twice.
        lambda_for_invoke,
        aws_sdk_lambda,
        CallLimits::Invoke
    );
    client!(
        /// Lambda, for calls that carry a package.
        lambda_for_upload,
        aws_sdk_lambda,
        CallLimits::Upload
    );
    client!(
        /// API Gateway's REST APIs, for what somebody waits for.
        apigateway,
        aws_sdk_apigateway,
        CallLimits::Queued,
        |cloud: &Self, builder, resolved| cloud.queued(builder, resolved, Class::Foreground)
    );
    client!(
        /// API Gateway's REST APIs, for what is worked out beside: it never holds up what somebody waits for.
        apigateway_beside,
        aws_sdk_apigateway,
        CallLimits::Queued,
        |cloud: &Self, builder, resolved| cloud.queued(builder, resolved, Class::Background)
    );
    client!(
        /// API Gateway, for tries of a method and nothing else: waits as long as one may take and never sends twice.
        apigateway_for_test,
        aws_sdk_apigateway,
        CallLimits::Invoke,
        |cloud: &Self, builder, resolved| cloud.queued(builder, resolved, Class::Foreground)
    );
    client!(
        /// CloudWatch metrics and alarms.
        cloudwatch,
        aws_sdk_cloudwatch,
        CallLimits::Read
    );
    client!(
        /// CloudWatch Logs, for all but Live Tail.
        logs,
        aws_sdk_cloudwatchlogs,
        CallLimits::Read
    );
    client!(
        /// CloudWatch Logs, for `StartLiveTail`: silence on the stream is no fault.
        logs_for_tail,
        aws_sdk_cloudwatchlogs,
        CallLimits::Stream
    );
    client!(
        /// STS: who the caller is.
        sts,
        aws_sdk_sts,
        CallLimits::Read
    );
    client!(
        /// IAM: roles, and the account's alias.
        iam,
        aws_sdk_iam,
        CallLimits::Read
    );
    client!(
        /// S3, with the bucket in the path at endpoints that are not AWS's.
        s3,
        aws_sdk_s3,
        CallLimits::Upload,
        |_: &Self, builder: aws_sdk_s3::config::Builder, resolved: &Resolved| {
            builder.force_path_style(resolved.endpoint.is_some() || resolved.has_s3_endpoint)
        }
    );
    client!(
        /// Resource Groups Tagging: what carries which tag.
        tagging,
        aws_sdk_resourcegroupstagging,
        CallLimits::Read
    );
}

/// How long a call may take, by what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallLimits {
    Read,
    /// As a read, behind a queue that paces and gives way by itself.
    Queued,
    Upload,
    Invoke,
    Stream,
}

impl CallLimits {
    fn retry(self, limits: &Limits) -> RetryConfig {
        match self {
            // A second Invoke would run the function twice.
            Self::Invoke => RetryConfig::disabled(),
            // The adaptive mode would pace a second time what the queue has let go.
            Self::Queued => RetryConfig::standard()
                .with_max_attempts(limits.attempts)
                .with_initial_backoff(Duration::from_millis(100).min(limits.longest_wait))
                .with_max_backoff(limits.longest_wait),
            _ => RetryConfig::adaptive()
                .with_max_attempts(limits.attempts)
                .with_initial_backoff(Duration::from_millis(500).min(limits.longest_wait))
                .with_max_backoff(limits.longest_wait),
        }
    }

    fn timeouts(self, limits: &Limits) -> TimeoutConfig {
        let attempt = match self {
            Self::Read => Some(limits.read_attempt),
            // Its turn in the queue is part of an attempt; from its turn on, the time to the first byte is limited.
            Self::Queued => None,
            Self::Upload => Some(UPLOAD_ATTEMPT),
            Self::Invoke => Some(INVOKE_ATTEMPT),
            // Only until the stream begins: what comes later is not part of the attempt.
            Self::Stream => Some(limits.read_attempt),
        };
        let mut timeouts = TimeoutConfig::builder().connect_timeout(limits.connect);
        timeouts.set_operation_attempt_timeout(attempt);
        if self == Self::Queued {
            timeouts.set_read_timeout(Some(limits.read_attempt));
        }
        timeouts.build()
    }

    /// Transfers that stand still are given up; where standing still is normal (a function that runs, a quiet log) not.
    fn stalls(self) -> StalledStreamProtectionConfig {
        match self {
            Self::Invoke | Self::Stream => StalledStreamProtectionConfig::disabled(),
            Self::Read | Self::Queued | Self::Upload => StalledStreamProtectionConfig::enabled()
                .grace_period(Duration::from_secs(20))
                .build(),
        }
    }
}

#[cfg(test)]
mod not_served_tests;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
