//! CloudWatch Logs of one region: groups, streams and events, in memory and bounded; where state is kept, in segments too.
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/>
//!
//! Knows nothing of Lambda: whoever runs functions hands their lines to [`Logs::put`]. What events measure goes to CloudWatch
//! when they arrive, never again when they are read back from the disk.
//!
//! | module | what it is for |
//! |---|---|
//! | `store` | groups, streams, events; order, bounds, retention |
//! | `input` | reading an operation's input, with AWS's validation messages |
//! | `groups`, `streams`, `tags` | the operations on them |
//! | `events` | PutLogEvents, GetLogEvents |
//! | `emf` | measurements in the embedded metric format |
//! | `metric_filters` | metric filters, and what they count |
//! | `filter` | FilterLogEvents |
//! | `pattern` | filter patterns |
//! | `tail` | StartLiveTail |
//! | `insights` | StartQuery and GetQueryResults, a small part of the language |

mod emf;
mod events;
mod filter;
mod groups;
mod input;
mod insights;
mod keep;
mod metric_filters;
pub mod pattern;
mod store;
mod streams;
mod tags;
mod tail;

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::clock::Clock;
use crate::cloudwatch::Metrics;
use crate::error::AwsError;
use crate::protocol::{self, Ctx, RpcService};
use crate::region::{arn, lock};
use crate::request::{Request, Response};
use crate::services::{Answering, Row, Service, Services, Wire, absent};
use crate::store::segments::Journal;

use keep::SERVICE;
pub use keep::{Entry, Snapshot};
pub use store::State;

use store::Arrival;

/// How many batches of events a live tail may fall behind before it samples.
const LIVE_BACKLOG: usize = 1024;

/// CloudWatch Logs' row in the table of services.
pub static ROW: Row = Row {
    target: Some("Logs_20140328"),
    tags: Some(|services, region| services.get::<Logs>(region)),
    restore: Some(|services, _| Logs::restore(services)),
    ..Row::new("CloudWatch Logs", "logs", Wire::Json11, answer)
};

fn answer<'a>(services: &'a Services, ctx: &'a Ctx, request: &'a Request) -> Answering<'a> {
    Box::pin(async move {
        services
            .get::<Logs>(&ctx.region)
            .handle(ctx, request)
            .unwrap_or_else(|| absent::no_operation(ctx, request))
    })
}

impl Service for Logs {
    fn make(services: &Services, region: &str) -> Arc<Self> {
        let journal = Journal::new(&services.store, SERVICE, region);
        Arc::new(Self::made(services, region, journal, State::default()))
    }
}

/// CloudWatch Logs of one region.
#[derive(Debug)]
pub struct Logs {
    region: String,
    account: String,
    clock: Clock,
    state: Mutex<State>,
    queries: Mutex<insights::Queries>,
    live: broadcast::Sender<Arc<Arrival>>,
    pace: tail::Pace,
    journal: Journal,
    /// Where what events measure goes.
    metrics: Arc<Metrics>,
}

impl Logs {
    fn made(services: &Services, region: &str, journal: Journal, state: State) -> Self {
        let base = &services.base;
        let metrics = services.get::<Metrics>(region);
        Self::kept(
            region,
            &base.account,
            base.clock.clone(),
            journal,
            state,
            metrics,
        )
    }

    /// An empty service that keeps nothing.
    #[cfg(test)]
    fn new(region: &str, account: &str, clock: Clock) -> Self {
        let metrics = Arc::new(Metrics::new(clock.clone()));
        let (journal, state) = (Journal::none(), State::default());
        Self::kept(region, account, clock, journal, state, metrics)
    }

    /// A service with what was kept, which goes on in a journal.
    pub fn kept(
        region: &str,
        account: &str,
        clock: Clock,
        journal: Journal,
        state: State,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            clock,
            journal,
            state: Mutex::new(state),
            queries: Mutex::default(),
            live: broadcast::channel(LIVE_BACKLOG).0,
            pace: tail::PACE,
            metrics,
        }
    }

    /// Adds events (milliseconds since the epoch, message) and makes the group and the stream when they are missing.
    pub fn put(&self, group: &str, stream: &str, events: &[(i64, String)]) {
        let now = self.clock.now_ms();
        let mut state = self.state();
        self.ensure_in(&mut state, group, stream, now);
        if let Err(error) = self.append(&mut state, group, stream, events, now) {
            tracing::error!(group, %error, "lines of a log could not be kept");
        }
    }

    /// Makes the group and the stream when they are missing, as an environment does before its first line.
    pub fn ensure(&self, group: &str, stream: &str) {
        self.ensure_in(&mut self.state(), group, stream, self.clock.now_ms());
    }

    fn ensure_in(&self, state: &mut State, group: &str, stream: &str, now: i64) {
        if state.ensure(group, stream, now) {
            let entry = Entry::Ensured {
                group: group.into(),
                stream: stream.into(),
                at: now,
            };
            self.note(state, &entry, false);
        }
    }

    /// Answers a request that is meant for this service, whatever host it was sent to: the SDKs put a prefix before the
    /// host for StartLiveTail. `None` when it isn't an RPC request.
    pub fn handle(self: &Arc<Self>, ctx: &Ctx, req: &Request) -> Option<Response> {
        match protocol::recognise(req) {
            Some((protocol, operation)) if operation == "StartLiveTail" => {
                Some(tail::start(self, &protocol, ctx, req))
            }
            _ => protocol::handle_rpc(self.as_ref(), ctx, req),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn append(
        &self,
        state: &mut State,
        group: &str,
        stream: &str,
        events: &[(i64, String)],
        now: i64,
    ) -> std::io::Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let written = self.journal_events(state, group, stream, events, now);
        let Some(arrival) = state.append(group, stream, events, now) else {
            return written;
        };
        self.measure(state, group, events);
        self.roll(state);
        // Nobody listening is the usual case and no error.
        if self.live.receiver_count() > 0 {
            let _ = self.live.send(Arc::new(arrival));
        }
        written
    }

    /// Hands on what events measure: by the embedded format, and by the group's metric filters. Groups of infrequent access
    /// have neither.
    fn measure(&self, state: &mut State, group: &str, events: &[(i64, String)]) {
        let Some(group) = state.groups.get_mut(group) else {
            return;
        };
        if group.class != "STANDARD" {
            return;
        }
        for (namespace, data) in group.filters.count(events, &self.account, &self.region) {
            self.metrics.take(&namespace, &data);
        }
        for (_, message) in events {
            for embedded in emf::read(message) {
                self.metrics.take(&embedded.namespace, &embedded.data);
            }
        }
    }

    /// The ARN of a group, without the `:*` that stands for its streams.
    fn group_arn(&self, name: &str) -> String {
        arn(
            "logs",
            &self.region,
            &self.account,
            &format!("log-group:{name}"),
        )
    }
}

impl RpcService for Logs {
    fn call(&self, _ctx: &Ctx, operation: &str, input: Value) -> Result<Value, AwsError> {
        match operation {
            "CreateLogGroup" => groups::create(self, &input),
            "DeleteLogGroup" => groups::delete(self, &input),
            "DescribeLogGroups" => groups::describe(self, &input),
            "PutRetentionPolicy" => groups::put_retention(self, &input),
            "ListLogGroups" => groups::list(self, &input),
            "AssociateKmsKey" => groups::associate_key(self, &input),
            "DisassociateKmsKey" => groups::disassociate_key(self, &input),
            "PutLogGroupDeletionProtection" => groups::protect(self, &input),
            "PutMetricFilter" => metric_filters::put(self, &input),
            "DescribeMetricFilters" => metric_filters::describe(self, &input),
            "DeleteMetricFilter" => metric_filters::delete(self, &input),
            "DeleteRetentionPolicy" => groups::delete_retention(self, &input),
            "CreateLogStream" => streams::create(self, &input),
            "DeleteLogStream" => streams::delete(self, &input),
            "DescribeLogStreams" => streams::describe(self, &input),
            "PutLogEvents" => events::put(self, &input),
            "GetLogEvents" => events::get(self, &input),
            "FilterLogEvents" => filter::filter(self, &input),
            "TestMetricFilter" => filter::test(&input),
            "TagResource" => tags::tag_resource(self, &input),
            "UntagResource" => tags::untag_resource(self, &input),
            "ListTagsForResource" => tags::list_for_resource(self, &input),
            "TagLogGroup" => tags::tag_group(self, &input),
            "UntagLogGroup" => tags::untag_group(self, &input),
            "ListTagsLogGroup" => tags::list_group(self, &input),
            "StartQuery" => insights::start(self, &input),
            "GetQueryResults" => insights::results(self, &input),
            "StopQuery" => insights::stop(self, &input),
            "DescribeQueries" => insights::describe(self, &input),
            other => Err(ROW.lacks(other)),
        }
    }
}

/// A page of rows in the order of their keys. Tokens hold the last key of the page before: what comes or goes meanwhile
/// neither repeats nor hides another.
fn page(
    member: &str,
    rows: impl Iterator<Item = (String, Value)>,
    token: Option<&str>,
    limit: usize,
) -> Result<Value, AwsError> {
    let after = token.map(input::read_token).transpose()?;
    let mut rest = rows.skip_while(|(key, _)| {
        after
            .as_ref()
            .is_some_and(|after| key.as_str() <= after.as_str())
    });
    let page: Vec<(String, Value)> = rest.by_ref().take(limit).collect();
    let more = rest.next().is_some();
    let last = page.last().map(|(key, _)| input::write_token(key));
    let shown: Vec<Value> = page.into_iter().map(|(_, value)| value).collect();
    let mut output = json!({member: shown});
    if let (true, Some(last)) = (more, last) {
        output["nextToken"] = last.into();
    }
    Ok(output)
}

#[cfg(test)]
mod tests;
