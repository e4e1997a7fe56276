//! A service's state while an operation works on it: what was changed is kept when the operation lets go of it, while the
//! lock is still held, so that records come in the order of the changes.

use super::Shelf;
use crate::region::lock;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    ops::{Deref, DerefMut},
    sync::{Mutex, MutexGuard},
};

/// A state that knows how to keep itself.
pub trait Keep {
    /// Keeps what may have changed since it was last called.
    fn keep(&mut self, shelf: &Shelf);
}

/// A state that is locked.
pub struct Held<'a, T: Keep> {
    state: MutexGuard<'a, T>,
    shelf: &'a Shelf,
    changed: bool,
}

impl<'a, T: Keep> Held<'a, T> {
    /// Locks a state whose records are on a shelf.
    pub fn new(state: &'a Mutex<T>, shelf: &'a Shelf) -> Self {
        Self {
            state: lock(state),
            shelf,
            changed: false,
        }
    }
}

impl<T: Keep> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.state
    }
}

impl<T: Keep> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.changed = true;
        &mut self.state
    }
}

impl<T: Keep> Drop for Held<'_, T> {
    fn drop(&mut self) {
        if self.changed {
            self.state.keep(self.shelf);
        }
    }
}

/// Finds what differs from what is kept, for states that are small enough to be looked through after each change.
#[derive(Debug, Default)]
pub struct Differences {
    /// A checksum of each record's value, by its key.
    kept: BTreeMap<String, u32>,
}

impl Differences {
    /// Keeps the records of a kind that have changed, and forgets those that are gone.
    pub fn keep<'a, T: Serialize + 'a>(
        &mut self,
        shelf: &Shelf,
        kind: &'static str,
        all: impl Iterator<Item = (&'a String, &'a T)>,
    ) {
        if !shelf.store().is_kept() {
            return;
        }
        let mut gone = std::mem::take(&mut self.kept);
        shelf.change(|change| {
            for (key, value) in all {
                let sum = crc32fast::hash(&serde_json::to_vec(value).unwrap_or_default());
                if gone.remove(key) != Some(sum) {
                    change.put(kind, key, value, Vec::new());
                }
                self.kept.insert(key.clone(), sum);
            }
            for key in gone.keys() {
                change.remove(kind, key);
            }
        });
    }
}
