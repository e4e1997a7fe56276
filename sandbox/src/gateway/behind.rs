//! What is known of a request beside what it says: what stood behind its method, and whether it is a test.

use super::refusal::Refusal;
use std::time::Duration;

/// What is known of what stood behind a method.
#[derive(Debug, Clone, Default)]
pub struct Behind {
    pub status: Option<u16>,
    /// Its own name of the request.
    pub request_id: Option<String>,
    /// How long the integration took.
    pub took: Option<Duration>,
    /// Whether the answer was kept, where it could be.
    pub cached: Option<bool>,
    /// Why nothing came of the request.
    pub refusal: Option<Refusal>,
    /// What the authorizer's function did, where it was asked.
    pub asked: Option<Asked>,
}

/// How an authorizer's function was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub status: u16,
    pub request_id: String,
    pub took: Duration,
}

/// A test of a method or an authorizer, of which there is no caller but the one who tests.
#[derive(Debug)]
pub struct Trial {
    pub user_agent: Option<String>,
    /// The stage that an authorizer is told.
    pub told_stage: &'static str,
}
