//! What the console's calls are doing: how many are in flight, which services ask to slow down, and the last calls with
//! their request ids. Also the two small corrections that every call needs: the host prefix and the upload's progress.
//!
//! Sees requests and answers from inside the SDK, and keeps of them only the service, the operation, the path, the status,
//! the code and the request id: never a body, never a header that signs.

use crate::cloud::error::is_throttled;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_types::request_id::RequestId;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub use crate::store::Wake;

/// A finished call, as Activity shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// Counts up from 1 over all calls of this window.
    pub number: u64,
    /// AWS's name of the service, for example `Lambda`.
    pub service: String,
    /// For example `ListFunctions`.
    pub operation: String,
    /// Milliseconds since 1970, by this machine's clock.
    pub started_ms: u64,
    /// Retries and waiting included.
    pub duration_ms: u64,
    /// HTTP status of the last attempt, where an answer came.
    pub status: Option<u16>,
    pub request_id: Option<String>,
    /// How many requests were sent.
    pub attempts: u32,
    /// AWS's code, or `Cancelled`, or what the connection did.
    pub error_code: Option<String>,
    /// The path that was asked, without its query.
    pub target: Option<String>,
}

/// What goes on at one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServiceStats {
    /// Calls that have begun and not ended.
    pub in_flight: u32,
    /// Of these, how many wait before they try again.
    pub waiting: u32,
    /// Calls that have ended.
    pub finished: u64,
    /// Requests that were sent, retries included.
    pub attempts: u64,
    /// Answers that asked to slow down.
    pub throttles: u64,
    /// When the last of them came: milliseconds since 1970.
    pub last_throttle_ms: Option<u64>,
}

/// Calls that wait here for their turn, so that a service is not asked too fast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// What has waited longest.
    pub operation: &'static str,
    /// Since when: milliseconds since 1970.
    pub since_ms: u64,
    /// How many wait.
    pub count: usize,
}

/// The numbers of all services at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallStats {
    pub services: BTreeMap<String, ServiceStats>,
    /// Services whose calls wait for their turn for more than a moment.
    pub queued: BTreeMap<String, Queued>,
}

impl CallStats {
    /// Calls of all services that have begun and not ended.
    pub fn in_flight(&self) -> u32 {
        self.services.values().map(|s| s.in_flight).sum()
    }

    /// Services that asked to slow down less than `within_ms` ago and whose calls wait, or did so just now.
    pub fn throttled(&self, now_ms: u64, within_ms: u64) -> impl Iterator<Item = &str> {
        self.services
            .iter()
            .filter(move |(_, stats)| {
                stats
                    .last_throttle_ms
                    .is_some_and(|at| now_ms.saturating_sub(at) <= within_ms)
            })
            .map(|(name, _)| name.as_str())
    }
}

/// The calls of a window: numbers by service, and the last ones in full. Shared by all connections.
pub struct CallLog {
    inner: Mutex<Inner>,
    revision: AtomicU64,
    wake: Wake,
}

#[derive(Default)]
struct Inner {
    ring: VecDeque<CallRecord>,
    stats: CallStats,
    number: u64,
}

impl fmt::Debug for CallLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallLog").finish_non_exhaustive()
    }
}

impl CallLog {
    /// How many finished calls are kept.
    pub const KEPT: usize = 500;

    /// An empty log which calls `wake` whenever something changed that a person may see.
    pub fn new(wake: Wake) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::default(),
            revision: AtomicU64::new(0),
            wake,
        })
    }

    /// Counts every change: the same number means that nothing new is to be read.
    pub fn revision(&self) -> u64 {
        self.revision.load(Relaxed)
    }

    /// The numbers now.
    pub fn stats(&self) -> CallStats {
        self.lock().stats.clone()
    }

    /// Finished calls that came after `number`, oldest first; 0 for all that are kept.
    pub fn since(&self, number: u64) -> Vec<CallRecord> {
        let inner = self.lock();
        let fresh = inner.ring.iter().filter(|record| record.number > number);
        fresh.cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, service: &str, change: impl FnOnce(&mut ServiceStats)) {
        {
            let mut inner = self.lock();
            match inner.stats.services.get_mut(service) {
                Some(stats) => change(stats),
                None => change(inner.stats.services.entry(service.to_owned()).or_default()),
            }
        }
        self.revision.fetch_add(1, Relaxed);
        (self.wake)();
    }

    /// Says who waits for a turn at a service, or that nobody does any more.
    pub fn queued(&self, service: &str, queued: Option<Queued>) {
        {
            let all = &mut self.lock().stats.queued;
            match queued {
                Some(queued) => drop(all.insert(service.to_owned(), queued)),
                None => drop(all.remove(service)),
            }
        }
        self.revision.fetch_add(1, Relaxed);
        (self.wake)();
    }

    fn finish(&self, mut record: CallRecord, was_waiting: bool) {
        {
            let mut inner = self.lock();
            inner.number += 1;
            record.number = inner.number;
            let stats = inner
                .stats
                .services
                .entry(record.service.clone())
                .or_default();
            stats.in_flight = stats.in_flight.saturating_sub(1);
            stats.waiting = stats.waiting.saturating_sub(u32::from(was_waiting));
            stats.finished += 1;
            if inner.ring.len() == Self::KEPT {
                inner.ring.pop_front();
            }
            inner.ring.push_back(record);
        }
        self.revision.fetch_add(1, Relaxed);
        (self.wake)();
    }
}

/// Milliseconds since 1970, by this machine's clock.
pub fn now_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// Writes every call of a client into a [`CallLog`].
#[derive(Debug, Clone)]
pub struct Observer {
    log: Arc<CallLog>,
}

impl Observer {
    pub fn new(log: Arc<CallLog>) -> Self {
        Self { log }
    }
}

/// A call that has begun: it lives in the SDK's bag of this call, so that it is dropped with a call that is cancelled.
#[derive(Debug)]
struct Call {
    log: Arc<CallLog>,
    service: String,
    operation: String,
    started: Instant,
    started_ms: u64,
    state: Mutex<CallState>,
}

#[derive(Debug, Default)]
struct CallState {
    attempts: u32,
    waiting: bool,
    finished: bool,
    status: Option<u16>,
    request_id: Option<String>,
    error_code: Option<String>,
    target: Option<String>,
}

impl Storable for Call {
    type Storer = StoreReplace<Self>;
}

impl Call {
    fn begin(log: &Arc<CallLog>, metadata: &Metadata) -> Self {
        log.change(metadata.service(), |stats| stats.in_flight += 1);
        Self {
            log: log.clone(),
            service: metadata.service().to_owned(),
            operation: metadata.name().to_owned(),
            started: Instant::now(),
            started_ms: now_ms(),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, CallState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn attempt(&self) {
        let mut state = self.state();
        state.attempts += 1;
        let was_waiting = std::mem::take(&mut state.waiting);
        self.log.change(&self.service, |stats| {
            stats.attempts += 1;
            stats.waiting = stats.waiting.saturating_sub(u32::from(was_waiting));
        });
    }

    fn answered(&self, response: Option<&HttpResponse>, failed: bool) {
        let mut state = self.state();
        state.status = response.map(|r| r.status().as_u16());
        state.request_id = response.and_then(|r| r.request_id()).map(str::to_owned);
        state.error_code = match response {
            Some(response) if failed => error_code(response),
            _ => None,
        };
        let throttled = state.status == Some(429)
            || failed && state.error_code.as_deref().is_some_and(is_throttled);
        // Whether another attempt follows is decided later: a call that ends here takes itself off again.
        state.waiting = failed;
        self.log.change(&self.service, |stats| {
            stats.waiting += u32::from(failed);
            if throttled {
                stats.throttles += 1;
                stats.last_throttle_ms = Some(now_ms());
            }
        });
    }

    fn end(&self, outcome: Option<String>) {
        let mut state = self.state();
        if std::mem::replace(&mut state.finished, true) {
            return;
        }
        let was_waiting = std::mem::take(&mut state.waiting);
        let duration = self.started.elapsed().as_millis();
        let record = CallRecord {
            number: 0,
            service: self.service.clone(),
            operation: self.operation.clone(),
            started_ms: self.started_ms,
            duration_ms: u64::try_from(duration).unwrap_or(u64::MAX),
            status: state.status,
            request_id: state.request_id.take(),
            attempts: state.attempts,
            error_code: outcome,
            target: state.target.take(),
        };
        drop(state);
        self.log.finish(record, was_waiting);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.end(Some("Cancelled".into()));
    }
}

#[dyn_dispatch_hint]
impl Intercept for Observer {
    fn name(&self) -> &'static str {
        "SekishoObserver"
    }

    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(metadata) = bag.load::<Metadata>() {
            let call = Call::begin(&self.log, metadata);
            bag.interceptor_state().store_put(call);
        }
        Ok(())
    }

    fn read_before_attempt(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(call) = bag.load::<Call>() {
            call.state().target = path_of(context.request().uri());
            call.attempt();
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(call) = bag.load::<Call>() {
            let failed = context.output_or_error().is_none_or(|r| r.is_err());
            call.answered(context.response(), failed);
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(call) = bag.load::<Call>() {
            let outcome = match context.output_or_error() {
                Some(Ok(_)) => None,
                Some(Err(error)) => {
                    let code = call.state().error_code.clone();
                    Some(code.unwrap_or_else(|| {
                        if error.is_timeout_error() {
                            "Timeout".into()
                        } else if error.is_connector_error() {
                            "NoConnection".into()
                        } else {
                            "Failed".into()
                        }
                    }))
                }
                None => Some("Failed".into()),
            };
            call.end(outcome);
        }
        Ok(())
    }
}

/// The path of a URL without its query; none for the bare host.
fn path_of(uri: &str) -> Option<String> {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let (_, path) = rest.split_once('/')?;
    let path = path.split('?').next().unwrap_or_default();
    (!path.is_empty()).then(|| format!("/{path}"))
}

/// AWS's code in an answer of any of its protocols, without reading the body as a whole.
pub(crate) fn error_code(response: &HttpResponse) -> Option<String> {
    let plain = |code: &str| {
        let code = code.split([':', ';']).next().unwrap_or_default();
        let code = code.rsplit('#').next().unwrap_or_default().trim();
        (!code.is_empty() && code.len() < 100).then(|| code.to_owned())
    };
    let headers = response.headers();
    if let Some(code) = headers
        .get("x-amzn-errortype")
        .or_else(|| headers.get("x-amzn-query-error"))
    {
        return plain(code);
    }
    let body = response.body().bytes()?;
    let text = std::str::from_utf8(body.get(..body.len().min(4096))?).ok()?;
    if let Some((_, rest)) = text.split_once("<Code>") {
        return plain(rest.split('<').next().unwrap_or_default());
    }
    let (_, rest) = text
        .split_once("\"__type\"")
        .or_else(|| text.split_once("\"code\""))?;
    let value = rest.trim_start_matches([':', ' ', '"']);
    plain(
        &value
            .split('"')
            .next()
            .unwrap_or_default()
            .replace(':', "#"),
    )
}

/// Takes the prefix off again that some operations (`StartLiveTail`: `stream-`) put before the host of a custom
/// endpoint, where `stream-127.0.0.1` is no host. It runs before signing, so that the signature is over the real host.
#[derive(Debug, Clone, Copy, Default)]
pub struct HostPrefix;

#[dyn_dispatch_hint]
impl Intercept for HostPrefix {
    fn name(&self) -> &'static str {
        "SekishoHostPrefix"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        use aws_smithy_runtime_api::client::endpoint::EndpointPrefix;
        let Some(prefix) = bag.load::<EndpointPrefix>() else {
            return Ok(());
        };
        if let Some(uri) = without_prefix(context.request().uri(), prefix.as_str()) {
            context.request_mut().set_uri(uri)?;
        }
        Ok(())
    }
}

/// The URL without the prefix, where its host has one and is not AWS's.
fn without_prefix(uri: &str, prefix: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once("://")?;
    let bare = rest.strip_prefix(prefix)?;
    let host = crate::model::connection::host_of(uri);
    (!is_aws_host(host)).then(|| format!("{scheme}://{bare}"))
}

/// The suffixes of AWS's own endpoints, as the SDK's partitions list them.
fn is_aws_host(host: &str) -> bool {
    const SUFFIXES: [&str; 6] = [
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".api.aws",
        ".api.amazonwebservices.com.cn",
        ".on.aws",
        ".amazonaws.eu",
    ];
    SUFFIXES.iter().any(|suffix| host.ends_with(suffix))
}

#[cfg(test)]
#[path = "observe_tests.rs"]
mod tests;
