//! What exists once per region, made when a region is first named. Knows the services, and nothing of HTTP.

use crate::{
    cloudwatch::Metrics,
    lambda::{self, Lambda, Needs},
    logs::Logs,
    request::ACCOUNT_ID,
    store::{Records, StateError},
    tagging::Tagging,
    telemetry::Telemetry,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The state of one region.
#[derive(Debug)]
pub struct Region {
    pub name: String,
    pub lambda: Arc<Lambda>,
    pub logs: Arc<Logs>,
    pub metrics: Arc<Metrics>,
    pub tagging: Tagging,
}

/// Every region that was named so far.
#[derive(Debug)]
pub struct Regions {
    needs: Needs,
    telemetry: Arc<Telemetry>,
    known: Mutex<BTreeMap<String, Arc<Region>>>,
}

impl Regions {
    /// No region yet.
    pub fn new(needs: Needs, telemetry: Arc<Telemetry>) -> Self {
        Self {
            needs,
            telemetry,
            known: Mutex::default(),
        }
    }

    /// Makes the regions that something was kept of.
    ///
    /// # Errors
    /// When a record can't be read.
    pub fn restore(&self, records: &mut Records) -> Result<(), StateError> {
        for name in records.regions(lambda::SERVICE) {
            let region = self.get(&name);
            region
                .lambda
                .restore(records.take(lambda::SERVICE, &name))?;
        }
        Ok(())
    }

    /// The region of a name; any name is a region.
    pub fn get(&self, name: &str) -> Arc<Region> {
        lock(&self.known)
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(self.make(name)))
            .clone()
    }

    fn make(&self, name: &str) -> Region {
        let lambda = Arc::new(Lambda::new(
            name,
            ACCOUNT_ID,
            self.needs.clone(),
            self.telemetry.clone(),
        ));
        let logs = self.telemetry.logs(name);
        Region {
            name: name.to_owned(),
            metrics: self.telemetry.metrics(name),
            tagging: Tagging::new(vec![lambda.clone(), logs.clone()]),
            lambda,
            logs,
        }
    }
}

/// Locks, also after a panic elsewhere: what a panicking request left half done is still better than a dead sandbox.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
