//! Regions: how state is locked there, and which partition of AWS one belongs to, which every ARN begins with.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a panic elsewhere: what a panicking request left half done is still better than a dead sandbox.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub use sekisho_rules::arn::{after_service, arn, global_arn, partition};
