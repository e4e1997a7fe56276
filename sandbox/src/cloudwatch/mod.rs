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

mod data;
mod distribution;
mod input;
mod keep;
mod list;
mod math;
mod put;
mod scope;
mod search;
mod stat;
mod statistics;
mod store;

use std::sync::{Mutex, MutexGuard};

use serde_json::Value;

use crate::error::AwsError;
use crate::protocol::{self, Ctx, RpcService, time};
use crate::region::lock;

pub use keep::{Entry, SERVICE};
pub use store::Store;

use crate::store::segments::Journal;
use distribution::Distribution;
use store::MetricId;

/// CloudWatch metrics of one region.
#[derive(Debug)]
pub struct Metrics {
    store: Mutex<Store>,
    journal: Journal,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::kept(Journal::none(), Store::default())
    }
}

impl Metrics {
    /// An empty service that keeps nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A service with what was kept, which goes on in a journal.
    pub fn kept(journal: Journal, store: Store) -> Self {
        Self {
            store: Mutex::new(store),
            journal,
        }
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
        let now = time::now_ms();
        let mut store = self.store();
        if let Err(error) = self.note(&id, unit, at_ms, &values, now) {
            tracing::error!(name, %error, "a value could not be kept");
        }
        store.add(id, unit, at_ms, &values, now);
        self.roll(&store);
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }
}

impl RpcService for Metrics {
    fn call(&self, _ctx: &Ctx, operation: &str, input: Value) -> Result<Value, AwsError> {
        match operation {
            "PutMetricData" => put::put(self, &input),
            "ListMetrics" => list::list(self, &input),
            "GetMetricStatistics" => statistics::get(self, &input),
            "GetMetricData" => data::get(self, &input),
            other => Err(protocol::unknown_operation(other)),
        }
    }
}

#[cfg(test)]
mod tests;
