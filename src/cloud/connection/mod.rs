//! How a connection comes to be: profiles, region, endpoint, trust, credentials, and what runs on this machine.
//!
//! Knows no service's operations but those of signing in (STS, SSO) and no store.

pub(crate) mod asked;
pub mod chain;
pub mod discover;
pub mod identity;
pub mod keyring;
pub mod machine;
pub mod mfa;
mod names;
pub mod pin;
pub mod profiles;
mod registry;
pub mod sessions;
pub mod sso;
pub mod tls;
