//! The logs and metrics of every region, which functions write to while they run. They exist before the regions do,
//! because the pool of processes serves all of them.

use crate::{
    cloudwatch::Metrics, lambda::MetricSink, logs::Logs, region::lock, request::ACCOUNT_ID,
    runtime::LogSink,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// Where functions' lines and numbers go.
#[derive(Debug, Default)]
pub struct Telemetry {
    logs: Mutex<BTreeMap<String, Arc<Logs>>>,
    metrics: Mutex<BTreeMap<String, Arc<Metrics>>>,
}

impl Telemetry {
    /// CloudWatch Logs of a region.
    pub fn logs(&self, region: &str) -> Arc<Logs> {
        lock(&self.logs)
            .entry(region.to_owned())
            .or_insert_with(|| Arc::new(Logs::new(region, ACCOUNT_ID)))
            .clone()
    }

    /// CloudWatch metrics of a region.
    pub fn metrics(&self, region: &str) -> Arc<Metrics> {
        lock(&self.metrics)
            .entry(region.to_owned())
            .or_default()
            .clone()
    }
}

impl LogSink for Telemetry {
    fn put(&self, region: &str, group: &str, stream: &str, events: &[(i64, String)]) {
        self.logs(region).put(group, stream, events);
    }
}

impl MetricSink for Telemetry {
    fn put(
        &self,
        region: &str,
        namespace: &str,
        name: &str,
        dims: &[(&str, &str)],
        unit: &str,
        value: f64,
        at_ms: i64,
    ) {
        self.metrics(region)
            .put(namespace, name, dims, unit, value, at_ms);
    }
}
