//! What exists once per region, made when a region is first named. Knows the services, and nothing of HTTP.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The state of one region.
#[derive(Debug)]
pub struct Region {
    pub name: String,
}

impl Region {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
        }
    }
}

/// Every region that was named so far.
#[derive(Debug, Default)]
pub struct Regions {
    known: Mutex<BTreeMap<String, Arc<Region>>>,
}

impl Regions {
    /// The region of a name; any name is a region.
    pub fn get(&self, name: &str) -> Arc<Region> {
        lock(&self.known)
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(Region::new(name)))
            .clone()
    }
}

/// Locks, also after a panic elsewhere: what a panicking request left half done is still better than a dead sandbox.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
