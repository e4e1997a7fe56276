//! Names for the things that can change, so that a write can say which reads it makes stale.

/// A thing that reads depend on and writes touch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The list of functions.
    Functions,
    /// One function: its configuration, code, tags and policies.
    Function(String),
    /// What a function's invocation leaves behind: metrics and logs.
    Invocations(String),
    /// The list of APIs.
    Apis,
    /// One API, by its id: what stands in it, its stages and deployments.
    Api(String),
    /// API keys and usage plans.
    Keys,
    /// The journal of this machine.
    Journal,
}
