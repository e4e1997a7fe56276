//! Runs functions: child processes that speak Lambda's Runtime API. Knows nothing of HTTP requests to AWS.

pub mod spec;

pub use spec::{Call, FunctionSpec, Outcome};
