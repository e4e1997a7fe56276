//! The logs and metrics of every region, which functions write to while they run. They exist before the regions do,
//! because the pool of processes serves all of them.

use crate::{
    cloudwatch::{self, Metrics},
    lambda::MetricSink,
    logs::{self, Logs},
    region::lock,
    request::ACCOUNT_ID,
    runtime::LogSink,
    store::{
        StateError, Store,
        segments::{self, Journal},
    },
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// Where functions' lines and numbers go.
#[derive(Debug, Default)]
pub struct Telemetry {
    store: Store,
    logs: Mutex<BTreeMap<String, Arc<Logs>>>,
    metrics: Mutex<BTreeMap<String, Arc<Metrics>>>,
}

impl Telemetry {
    /// Logs and metrics with what was kept of them.
    ///
    /// # Errors
    /// When a segment is damaged.
    pub fn restore(store: &Store) -> Result<Self, StateError> {
        let telemetry = Self {
            store: store.clone(),
            ..Self::default()
        };
        let mut states: BTreeMap<String, logs::State> = BTreeMap::new();
        let journals = segments::replay(store, logs::SERVICE, |region, segment, found| {
            let state = states.entry(region.to_owned()).or_default();
            state.replay(segment, found);
            Ok(())
        })?;
        for journal in journals {
            let region = journal.region().to_owned();
            let state = states.remove(&region).unwrap_or_default();
            let logs = Logs::kept(&region, ACCOUNT_ID, journal, state);
            lock(&telemetry.logs).insert(region, Arc::new(logs));
        }
        let mut stores: BTreeMap<String, cloudwatch::Store> = BTreeMap::new();
        let journals = segments::replay(store, cloudwatch::SERVICE, |region, _, found| {
            let metrics = stores.entry(region.to_owned()).or_default();
            metrics.replay(found);
            Ok(())
        })?;
        for journal in journals {
            let region = journal.region().to_owned();
            let metrics = stores.remove(&region).unwrap_or_default();
            let metrics = Metrics::kept(journal, metrics);
            lock(&telemetry.metrics).insert(region, Arc::new(metrics));
        }
        Ok(telemetry)
    }

    /// CloudWatch Logs of a region.
    pub fn logs(&self, region: &str) -> Arc<Logs> {
        lock(&self.logs)
            .entry(region.to_owned())
            .or_insert_with(|| {
                let journal = Journal::new(&self.store, logs::SERVICE, region);
                let state = logs::State::default();
                Arc::new(Logs::kept(region, ACCOUNT_ID, journal, state))
            })
            .clone()
    }

    /// CloudWatch metrics of a region.
    pub fn metrics(&self, region: &str) -> Arc<Metrics> {
        lock(&self.metrics)
            .entry(region.to_owned())
            .or_insert_with(|| {
                let journal = Journal::new(&self.store, cloudwatch::SERVICE, region);
                Arc::new(Metrics::kept(journal, cloudwatch::Store::default()))
            })
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
