//! CloudWatch metrics of one region: put, listed, read back with statistics, percentiles and metric math.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/>
//!
//! Knows nothing of Lambda: whoever runs functions hands their measurements to [`Metrics::put`].
//!
//! | module | what it is for |
//! |---|---|
//! | `distribution` | values that were measured in one stretch of time, and every statistic of them |
//! | `stat` | a statistic by its name: `Sum`, `p99`, `TM(10%:90%)` |
//! | `store` | metrics and their values over time, bounded |
//! | `input` | reading an operation's input, with AWS's validation messages |
//! | `put`, `list`, `statistics`, `data` | PutMetricData, ListMetrics, GetMetricStatistics, GetMetricData |
//! | `scope` | what the queries of one call are |
//! | `math` | metric math |
//! | `search` | SEARCH expressions |
//! | `select` | Metrics Insights queries |
//! | `label` | what lines are called |

mod data;
mod distribution;
mod input;
mod keep;
mod label;
mod list;
mod math;
mod put;
mod scope;
mod search;
mod select;
mod stat;
mod statistics;
mod store;

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::error::AwsError;
use crate::protocol::{Ctx, RpcService};
use crate::region::lock;
use crate::services::{Row, Service, Services, Wire, rpc};

pub use keep::Entry;
use keep::SERVICE;
pub use store::Store;

use crate::store::segments::Journal;
use distribution::Distribution;
use store::MetricId;

/// CloudWatch's row in the table of services.
pub static ROW: Row = Row {
    target: Some("GraniteServiceVersion20100801"),
    version: Some("2010-08-01"),
    restore: Some(|services, _| Metrics::restore(services)),
    ..Row::new("CloudWatch", "monitoring", Wire::Cbor, rpc::<Metrics>)
};

/// CloudWatch metrics of one region.
#[derive(Debug)]
pub struct Metrics {
    region: String,
    account: String,
    store: Mutex<Store>,
    clock: Clock,
    journal: Journal,
}

impl Metrics {
    /// A service with what was kept, which goes on in a journal.
    pub fn kept(region: &str, account: &str, clock: Clock, journal: Journal, store: Store) -> Self {
        Self {
            region: region.to_owned(),
            account: account.to_owned(),
            store: Mutex::new(store),
            clock,
            journal,
        }
    }

    /// An empty service that keeps nothing.
    #[cfg(test)]
    pub(crate) fn new(clock: Clock) -> Self {
        let (journal, store) = (Journal::none(), Store::default());
        Self::kept("us-east-1", "000000000000", clock, journal, store)
    }

    /// Adds one measurement, made at `at_ms` (milliseconds since the epoch), in one of CloudWatch's units.
    pub fn put(
        &self,
        namespace: &str,
        name: &str,
        dims: &[(&str, &str)],
        unit: &str,
        value: f64,
        at_ms: i64,
    ) {
        if !value.is_finite() {
            return;
        }
        let id = MetricId::new(namespace, name, dims);
        let mut values = Distribution::default();
        values.add(value, 1.0);
        let now = self.clock.now_ms();
        let mut store = self.store();
        let Some((number, is_new)) = store.add_called(id, unit, at_ms, &values, now) else {
            return;
        };
        let id = is_new.then(|| MetricId::new(namespace, name, dims));
        if let Err(error) = self.note_value(number, id.map(|id| (id, unit)), at_ms, now, value) {
            tracing::error!(name, %error, "a value could not be kept");
        }
        self.roll(&store);
    }

    /// Takes measurements in the form of PutMetricData, each for itself: one that AWS would refuse leaves the others.
    pub fn take(&self, namespace: &str, data: &[Value]) {
        for datum in data {
            let input = json!({"Namespace": namespace, "MetricData": [datum]});
            if let Err(error) = put::put(self, &input) {
                tracing::debug!(namespace, %error, "a measurement in a log is not taken");
            }
        }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }
}

impl Service for Metrics {
    fn make(services: &Services, region: &str) -> Arc<Self> {
        let journal = Journal::new(&services.store, SERVICE, region);
        let base = &services.base;
        Arc::new(Self::kept(
            region,
            &base.account,
            base.clock.clone(),
            journal,
            Store::default(),
        ))
    }
}

impl RpcService for Metrics {
    fn call(&self, _ctx: &Ctx, operation: &str, input: Value) -> Result<Value, AwsError> {
        match operation {
            "PutMetricData" => put::put(self, &input),
            "ListMetrics" => list::list(self, &input),
            "GetMetricStatistics" => statistics::get(self, &input),
            "GetMetricData" => data::get(self, &input),
            other => Err(ROW.lacks(other)),
        }
    }
}

#[cfg(test)]
mod tests;
