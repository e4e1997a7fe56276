//! What is known about one remote thing, all at once: the value, the pages so far, the fetch, the error.

use std::sync::Arc;

use crate::model::error::CloudError;

/// A snapshot of one query's state, cheap to take on every frame.
///
/// A failed refresh never erases `value`; `partial` holds the pages of a first load as they arrive.
#[derive(Debug)]
pub struct Loadable<T> {
    /// The last complete value.
    pub value: Option<Arc<T>>,
    /// The pages of the load that is under way (or broke off) when there was no complete value before.
    pub partial: Option<Arc<T>>,
    /// A fetch is in flight.
    pub loading: bool,
    /// Why the last fetch failed; cleared when one succeeds.
    pub error: Option<Arc<CloudError>>,
    /// When `value` was completed, in milliseconds since the epoch.
    pub fetched_at: Option<i64>,
}

impl<T> Loadable<T> {
    /// Nothing is known and nothing has been asked.
    pub fn unknown() -> Self {
        Self {
            value: None,
            partial: None,
            loading: false,
            error: None,
            fetched_at: None,
        }
    }

    /// It is here in full: something of this machine, which nobody has to be asked for.
    pub fn local(value: Arc<T>) -> Self {
        Self {
            value: Some(value),
            ..Self::unknown()
        }
    }

    /// What can be shown now: the complete value, or else the pages that have come.
    pub fn shown(&self) -> Option<&Arc<T>> {
        self.value.as_ref().or(self.partial.as_ref())
    }

    /// It has come, or has failed and is not being asked again: waiting longer brings nothing.
    pub fn is_settled(&self) -> bool {
        self.value.is_some() || (self.error.is_some() && !self.loading)
    }

    /// Nothing to show yet and something is on its way: draw a skeleton.
    pub fn is_first_load(&self) -> bool {
        self.shown().is_none() && self.error.is_none()
    }
}

impl<T> Clone for Loadable<T> {
    fn clone(&self) -> Self {
        Self {
            value: self.value.clone(),
            partial: self.partial.clone(),
            loading: self.loading,
            error: self.error.clone(),
            fetched_at: self.fetched_at,
        }
    }
}
