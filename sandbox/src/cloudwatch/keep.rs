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

/// What the number of a timeline means from here on.
#[derive(Debug, Serialize, Deserialize)]
struct Called<'a> {
    number: u32,
    id: MetricId,
    unit: Cow<'a, str>,
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
            metrics.replay(found)
        })?;
        for journal in journals {
            let region = journal.region().to_owned();
            let mut store = stores.remove(&region).unwrap_or_default();
            store.all_read();
            let base = &services.base;
            let metrics = Self::kept(&region, &base.account, base.clock.clone(), journal, store);
            services.put(&region, Arc::new(metrics));
        }
        Ok(())
    }

    /// Notes one value by the number of its timeline, and what that is when it is new. There are a dozen of these for each
    /// invocation: a record is a few numbers.
    pub(super) fn note_value(
        &self,
        number: u32,
        named: Option<(MetricId, &str)>,
        at_ms: i64,
        now_ms: i64,
        value: f64,
    ) -> std::io::Result<()> {
        if !self.journal.is_kept() {
            return Ok(());
        }
        if let Some((id, unit)) = named {
            self.journal.append(
                &Called {
                    number,
                    id,
                    unit: unit.into(),
                },
                false,
            )?;
        }
        let text = format!("[{number},{at_ms},{now_ms},{value}]");
        self.journal.append_json(text.as_bytes(), false)
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
    ///
    /// # Errors
    /// When a record can't be read.
    pub fn replay(&mut self, found: Found<'_, Snapshot>) -> serde_json::Result<()> {
        match found {
            Found::Snapshot(all) => {
                *self = Self::default();
                for (id, series) in all {
                    self.set(id, series);
                }
            }
            Found::Record(text) if text.starts_with(b"[") => {
                let (number, at_ms, now_ms, value) = serde_json::from_slice(text)?;
                let called = self.called.get(&number).cloned();
                let Some((id, unit)) = called else {
                    return Err(serde::de::Error::custom(format!(
                        "nothing is called {number}"
                    )));
                };
                let mut values = Distribution::default();
                values.add(value, 1.0);
                if let Some(timeline) = self.add(id, &unit, at_ms, &values, now_ms) {
                    timeline.number = number;
                    timeline.is_named = true;
                }
            }
            Found::Record(text) if text.starts_with(b"{\"number\"") => {
                let called: Called<'static> = serde_json::from_slice(text)?;
                self.call(called.number, called.id, &called.unit);
            }
            Found::Record(text) => {
                let entry: Entry<'static> = serde_json::from_slice(text)?;
                let id = entry.id.into_owned();
                self.add(id, &entry.unit, entry.at_ms, &entry.values, entry.now_ms);
            }
        }
        Ok(())
    }
}
