//! Sessions that an MFA code paid for, kept in memory until they run out, for all regions of a window.
//!
//! Never written anywhere; `Debug` shows no key.

use aws_credential_types::Credentials;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Credentials are renewed this long before they run out, so that a call does not meet the moment.
pub(crate) const MARGIN: Duration = Duration::from_secs(60);

/// Sessions by what they were asked for.
#[derive(Debug, Default)]
pub struct Sessions {
    by_key: Mutex<HashMap<String, Credentials>>,
}

impl Sessions {
    /// A session that is still good.
    pub(crate) fn get(&self, key: &str, now: SystemTime) -> Option<Credentials> {
        let sessions = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(key).filter(|c| is_good(c, now)).cloned()
    }

    pub(crate) fn put(&self, key: String, credentials: Credentials) {
        let mut sessions = self.by_key.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(key, credentials);
    }
}

/// Whether credentials last beyond the margin; those without an end do.
pub(crate) fn is_good(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_none_or(|end| end > now + MARGIN)
}
