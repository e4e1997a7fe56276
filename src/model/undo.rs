//! How to take a change back, as a value that the journal can keep. Never holds a secret.

use serde::{Deserialize, Serialize};

/// The inverse of a change that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Undo {
    /// Set these fields of a function's configuration back to what they were.
    Configuration {
        /// Name of the function.
        function: String,
        /// Pairs of AWS's member name and the JSON value before; the environment is never among them.
        before: serde_json::Map<String, serde_json::Value>,
    },
    /// Set tags back: those that were changed or removed with their values, and the keys that were added.
    Tags {
        /// ARN of the resource.
        resource: String,
        /// Key and value before.
        set: Vec<(String, String)>,
        /// Keys that did not exist before.
        remove: Vec<String>,
    },
}
