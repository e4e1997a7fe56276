//! What CloudWatch keeps in segments, and how it is read back: each value that arrives, and all of them together when a
//! segment begins.

use super::{
    Metrics, Store,
    distribution::Distribution,
    store::{MetricId, Series},
};
use crate::services::Services;
use crate::store::{
    StateError,
    segments::{self, Found},
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

/// What the segments of metrics are called.
pub const SERVICE: &str = "metrics";

/// Values that arrived. The members are few letters: there are a dozen of these for each invocation.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry<'a> {
    #[serde(rename = "m")]
    id: Cow<'a, MetricId>,
    #[serde(rename = "u")]
    unit: Cow<'a, str>,
    /// When they were measured, in milliseconds since the epoch.
    #[serde(rename = "t")]
    at_ms: i64,
    /// When they arrived.
    #[serde(rename = "n")]
    now_ms: i64,
    #[serde(rename = "v")]
    values: Cow<'a, Distribution>,
}

/// Every metric with all its values.
pub type Snapshot = Vec<(MetricId, Series)>;

impl Metrics {
    /// Metrics of every region with what was kept of them.
    ///
    /// # Errors
    /// When a segment is damaged.
    pub(super) fn restore(services: &Services) -> Result<(), StateError> {
        let mut stores: BTreeMap<String, Store> = BTreeMap::new();
        let journals = segments::replay(&services.store, SERVICE, |region, _, found| {
            let metrics = stores.entry(region.to_owned()).or_default();
            metrics.replay(found);
            Ok(())
        })?;
        for journal in journals {
            let region = journal.region().to_owned();
            let store = stores.remove(&region).unwrap_or_default();
            let metrics = Self::kept(services.base.clock.clone(), journal, store);
            services.put(&region, Arc::new(metrics));
        }
        Ok(())
    }

    /// Notes values. They outlive this process when this returns.
    pub(super) fn note(
        &self,
        id: &MetricId,
        unit: &str,
        at_ms: i64,
        values: &Distribution,
        now_ms: i64,
    ) -> std::io::Result<()> {
        if !self.journal.is_kept() {
            return Ok(());
        }
        let entry = Entry {
            id: Cow::Borrowed(id),
            unit: unit.into(),
            at_ms,
            now_ms,
            values: Cow::Borrowed(values),
        };
        self.journal.append(&entry, false)
    }

    /// Begins a new segment when this one is full; none of those before it is needed then.
    pub(super) fn roll(&self, store: &Store) {
        if !self.journal.is_full() {
            return;
        }
        let all: Vec<_> = store.after(None).collect();
        if let Err(error) = self.journal.roll(&all, |_| false) {
            tracing::error!(%error, "a new segment of metrics could not be begun");
        }
    }
}

impl Store {
    /// Takes in what was kept, in its order.
    pub fn replay(&mut self, found: Found<Entry<'static>, Snapshot>) {
        match found {
            Found::Snapshot(all) => {
                *self = Self::default();
                for (id, series) in all {
                    self.set(id, series);
                }
            }
            Found::Record(entry) => {
                let id = entry.id.into_owned();
                self.add(id, &entry.unit, entry.at_ms, &entry.values, entry.now_ms);
            }
        }
    }
}
