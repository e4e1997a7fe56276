//! The one door into a function: the API, the queue of asynchronous events and the sandbox's workload all pass here, and
//! what calls functions later (URLs, the gateway, event sources) will. It alone knows which version a call goes to, by an
//! alias's weights too, the limits of requests, and what a call counts as; who calls decides what comes of the outcome.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>.

use super::{
    Lambda, Target,
    error::{conflict, service, too_many},
    limits::CONCURRENT_EXECUTIONS,
    model::{Code, Function, Status, Version},
    settings::LayerUse,
};
use crate::{
    bucket::Bucket,
    clock::Clock,
    error::AwsError,
    region::lock,
    runtime::{self, FunctionSpec, Outcome},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Requests a second for each execution that may be at work at once.
const REQUESTS_PER_EXECUTION: f64 = 10.0;

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// Invoke and InvokeWithResponseStream.
    Api,
    /// The queue of asynchronous events.
    Queue,
    /// A function URL.
    Url,
    /// A service of AWS's, as API Gateway.
    Service,
    /// The sandbox's own workload.
    Workload,
}

/// What a caller sends along with the event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sent {
    pub request_id: String,
    /// JSON text.
    pub client_context: Option<String>,
    pub trace_header: Option<String>,
}

impl Sent {
    /// Nothing but a request id.
    pub fn anew() -> Self {
        Self {
            request_id: uuid::Uuid::new_v4().to_string(),
            client_context: None,
            trace_header: None,
        }
    }
}

/// One call of a function.
#[derive(Debug)]
pub struct Invocation {
    pub caller: Caller,
    /// The function, and the version or alias of it.
    pub target: Target,
    pub payload: Bytes,
    /// Whether the end of the log is wanted.
    pub log_tail: bool,
    pub sent: Sent,
}

/// How a call ended.
#[derive(Debug)]
pub struct Ended {
    pub outcome: Outcome,
    /// Of the version that ran.
    pub arn: String,
}

/// A version of a function, ready to be run.
struct Prepared {
    spec: Arc<FunctionSpec>,
    /// The ARN as the caller named it.
    invoked_arn: String,
    /// The function's name with the qualifier that was called.
    resource: String,
    reserved: Option<u32>,
    /// Keep the packages on disk until the call has ended, even if the function is updated meanwhile.
    _code: Code,
    _layers: Vec<LayerUse>,
}

/// The requests that may still pass.
#[derive(Debug)]
pub struct Rates {
    clock: Clock,
    /// Of all functions without a reservation.
    unreserved: Bucket,
    /// By function, with the reservation that it was made for.
    reserved: Mutex<HashMap<String, (u32, Bucket)>>,
}

impl Rates {
    /// As many as a region's concurrency allows.
    pub fn new(clock: Clock) -> Self {
        Self {
            unreserved: bucket(CONCURRENT_EXECUTIONS, &clock),
            reserved: Mutex::default(),
            clock,
        }
    }

    /// Takes a request of a function.
    ///
    /// # Errors
    /// `TooManyRequestsException` beyond ten requests a second for each concurrent execution.
    fn take(&self, function: &str, reserved: Option<u32>) -> Result<(), AwsError> {
        let Some(reserved) = reserved else {
            lock(&self.reserved).remove(function);
            return match self.unreserved.take() {
                true => Ok(()),
                false => Err(too_many("FunctionInvocationRateLimitExceeded")),
            };
        };
        let mut all = lock(&self.reserved);
        let (made_for, own) = all
            .entry(function.to_owned())
            .or_insert_with(|| (reserved, bucket(reserved, &self.clock)));
        if *made_for != reserved {
            *made_for = reserved;
            let rate = f64::from(reserved) * REQUESTS_PER_EXECUTION;
            own.limit(rate, rate);
        }
        // A reservation of none is a refusal by concurrency, which the pool words.
        if reserved == 0 || own.take() {
            return Ok(());
        }
        Err(too_many("ReservedFunctionInvocationRateLimitExceeded"))
    }
}

fn bucket(concurrency: u32, clock: &Clock) -> Bucket {
    let rate = f64::from(concurrency) * REQUESTS_PER_EXECUTION;
    Bucket::new(rate, rate, clock.clone())
}

impl Lambda {
    /// Calls a function and waits for what comes of it. The call goes on to its end, and is counted, also when its caller
    /// goes away.
    ///
    /// # Errors
    /// What Invoke would answer.
    pub(super) async fn enter(self: &Arc<Self>, invocation: Invocation) -> Result<Ended, AwsError> {
        let prepared = self.prepare(&invocation.target)?;
        let lambda = self.clone();
        let work = self
            .needs
            .tasks
            .spawn(async move { lambda.run(&prepared, invocation).await });
        work.await
            .unwrap_or_else(|error| Err(service(format!("The call ended unexpectedly: {error}"))))
    }

    /// Whether a call could go in now, as a dry run asks.
    ///
    /// # Errors
    /// What Invoke would answer.
    pub(super) fn could_enter(&self, target: &Target) -> Result<(), AwsError> {
        self.prepare(target).map(|_| ())
    }

    /// Calls a function from within the sandbox, as its workload does.
    ///
    /// # Errors
    /// What Invoke would answer.
    pub async fn call(self: &Arc<Self>, name: &str, event: Bytes) -> Result<Outcome, AwsError> {
        let invocation = Invocation {
            caller: Caller::Workload,
            target: Target::within(name, &self.region, &self.account)?,
            payload: event,
            log_tail: false,
            sent: Sent::anew(),
        };
        self.enter(invocation).await.map(|ended| ended.outcome)
    }

    /// Runs a prepared version once and measures it.
    async fn run(&self, prepared: &Prepared, invocation: Invocation) -> Result<Ended, AwsError> {
        let name = &prepared.spec.name;
        tracing::debug!(function = name, caller = ?invocation.caller, "invocation");
        let at_work = self.running.begin(name);
        let outcome = match self.rates.take(name, prepared.reserved) {
            Ok(()) => self.at_pool(prepared, &invocation).await,
            Err(error) => Err(error),
        };
        self.measure(&at_work, &prepared.resource, &outcome);
        let mut outcome = outcome?;
        if !invocation.log_tail {
            outcome.log_tail.clear();
        }
        Ok(Ended {
            outcome,
            arn: prepared.spec.arn.clone(),
        })
    }

    async fn at_pool(
        &self,
        prepared: &Prepared,
        invocation: &Invocation,
    ) -> Result<Outcome, AwsError> {
        // As in AWS: a call without a payload gets an empty object.
        let event = if invocation.payload.is_empty() {
            Bytes::from_static(b"{}")
        } else {
            invocation.payload.clone()
        };
        let sent = &invocation.sent;
        let call = runtime::Call {
            request_id: sent.request_id.clone(),
            client_context: sent.client_context.clone(),
            trace_header: sent.trace_header.clone(),
            invoked_arn: prepared.invoked_arn.clone(),
        };
        let pool = &self.needs.pool;
        pool.invoke(prepared.spec.clone(), event, call).await
    }

    /// The error of a version that is not there; what is called without a qualifier is `$LATEST`.
    pub(super) fn nothing_to_invoke(&self, target: &Target) -> AwsError {
        let qualifier = target.qualifier.as_deref().unwrap_or("$LATEST");
        self.no_version(&target.name, qualifier)
    }

    /// Finds the version that a call goes to.
    fn prepare(&self, target: &Target) -> Result<Prepared, AwsError> {
        let state = self.state();
        let function = state.functions.get(&target.name);
        let (function, version) = function
            .and_then(|function| {
                let version = choose(function, target.qualifier.as_deref())?;
                Some((function, version))
            })
            .ok_or_else(|| self.nothing_to_invoke(target))?;
        if matches!(version.status, Status::Creating(_)) {
            return Err(conflict(
                "The operation cannot be performed at this time. The function is currently in the following state: Pending",
            ));
        }
        let Code::Zip(package) = &version.code else {
            return Err(AwsError::new(
                502,
                "InvalidRuntimeException",
                "The sandbox runs functions from ZIP packages; it does not run container images.",
            ));
        };
        let settings = &version.settings;
        let qualifier = target.qualifier.as_deref();
        let spec = FunctionSpec {
            region: self.region.clone(),
            account: self.account.clone(),
            arn: self.arn(&function.name, Some(&version.number)),
            name: function.name.clone(),
            version: version.number.clone(),
            runtime: settings.runtime.clone().unwrap_or_default(),
            handler: settings.handler.clone().unwrap_or_default(),
            memory_mb: settings.memory_mb,
            timeout_s: settings.timeout_s,
            ephemeral_mb: settings.ephemeral_mb,
            environment: settings.environment.clone(),
            code: package.path.clone(),
            layers: settings
                .layers
                .iter()
                .map(|layer| layer.package.path.clone())
                .collect(),
            log_group: settings.log_group(&function.name),
            log_json: settings.logging.format.as_deref() == Some("JSON"),
            log_level: settings.logging.application_level.clone(),
            tracing_active: settings.tracing == "Active",
            architecture: settings.architecture.clone(),
            code_sha256: package.sha256.clone(),
            revision: version.deployment.clone(),
            max_concurrency: function.reserved,
            credentials: self.needs.sts.of_function(
                &self.account,
                &self.arn(&function.name, None),
                &settings.role,
            ),
            provisioned: function.is_provisioned(&version.number, self.needs.clock.now()),
        };
        Ok(Prepared {
            spec: Arc::new(spec),
            invoked_arn: self.arn(&function.name, qualifier),
            resource: match qualifier {
                Some(qualifier) => format!("{}:{qualifier}", function.name),
                None => function.name.clone(),
            },
            reserved: function.reserved,
            _code: version.code.clone(),
            _layers: settings.layers.clone(),
        })
    }
}

/// The version that a qualifier names; of an alias with weights, one of the two by chance.
fn choose<'a>(function: &'a Function, qualifier: Option<&str>) -> Option<&'a Version> {
    match qualifier.and_then(|qualifier| function.aliases.get(qualifier)) {
        Some(alias) => function.version(alias.choose(chance())),
        None => function.resolve(qualifier),
    }
}

/// A number between 0 and 1.
fn chance() -> f64 {
    let random = uuid::Uuid::new_v4().as_u128() as u32;
    f64::from(random) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use jiff::Timestamp;
    use std::time::Duration;

    #[test]
    fn a_chance_is_between_zero_and_one() {
        assert!(
            (0..1000)
                .map(|_| chance())
                .all(|drawn| (0.0..1.0).contains(&drawn))
        );
    }

    fn passing(rates: &Rates, reserved: Option<u32>, wanted: usize) -> usize {
        (0..wanted)
            .filter(|_| rates.take("f", reserved).is_ok())
            .count()
    }

    fn reason(rates: &Rates, reserved: Option<u32>) -> serde_json::Value {
        let error = rates.take("f", reserved).unwrap_err();
        assert_eq!(
            (error.status, error.code.as_str()),
            (429, "TooManyRequestsException")
        );
        error.members["Reason"].clone()
    }

    #[test]
    fn ten_requests_a_second_pass_for_each_execution_that_a_function_has_reserved() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let rates = Rates::new(clock.clone());
        assert_eq!(passing(&rates, Some(2), 50), 20);
        assert_eq!(
            reason(&rates, Some(2)),
            "ReservedFunctionInvocationRateLimitExceeded"
        );
        clock.advance(Duration::from_millis(500));
        assert_eq!(passing(&rates, Some(2), 50), 10);
        clock.advance(Duration::from_secs(60));
        assert_eq!(
            passing(&rates, Some(1), 50),
            10,
            "a smaller reservation holds at once"
        );
    }

    #[test]
    fn functions_without_a_reservation_share_ten_thousand_a_second() {
        let rates = Rates::new(Clock::manual(Timestamp::UNIX_EPOCH));
        assert_eq!(passing(&rates, None, 10_500), 10_000);
        assert_eq!(reason(&rates, None), "FunctionInvocationRateLimitExceeded");
        assert_eq!(passing(&rates, Some(1), 50), 10, "a reservation is its own");
    }
}
