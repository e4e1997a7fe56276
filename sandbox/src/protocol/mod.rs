//! The wire protocols of the RPC services. Knows how a call is written, and nothing of what it means.

use crate::error::AwsError;
pub use crate::request::Ctx;
use serde_json::Value;

/// A service that is called by an operation's name, whichever protocol the client speaks.
pub trait RpcService: Send + Sync {
    /// Answers one call. Timestamps in `Value` are epoch seconds (f64).
    ///
    /// # Errors
    /// What AWS would answer; the protocol gives it its form.
    fn call(&self, ctx: &Ctx, operation: &str, input: Value) -> Result<Value, AwsError>;
}
