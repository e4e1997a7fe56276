//! The logs and metrics of every region, which functions write to while they run. The pool of processes
//! serves all regions, so it finds a region's logs when it writes.

use crate::{
    cloudwatch::Metrics, lambda::MetricSink, logs::Logs, runtime::LogSink, services::Services,
};
use std::sync::{Arc, Weak};

/// Where functions' lines and numbers go.
#[derive(Debug)]
pub struct Telemetry {
    services: Weak<Services>,
}

impl Telemetry {
    /// Into the logs and metrics of these services.
    pub fn new(services: Weak<Services>) -> Self {
        Self { services }
    }

    /// None once the sandbox has stopped: then nobody could read them any more.
    fn services(&self) -> Option<Arc<Services>> {
        self.services.upgrade()
    }
}

impl LogSink for Telemetry {
    fn put(&self, region: &str, group: &str, stream: &str, events: &[(i64, String)]) {
        if let Some(services) = self.services() {
            services.get::<Logs>(region).put(group, stream, events);
        }
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
        if let Some(services) = self.services() {
            services
                .get::<Metrics>(region)
                .put(namespace, name, dims, unit, value, at_ms);
        }
    }
}
