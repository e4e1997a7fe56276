//! What the account may use, and what it uses.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.

use super::{Answer, Lambda, model::State, ok};
use serde_json::json;

/// Concurrent executions of an account in a region.
pub const CONCURRENT_EXECUTIONS: u32 = 1000;

/// What must stay for functions without a reservation.
pub const MINIMUM_UNRESERVED: u32 = 100;

/// Concurrent executions that no function has reserved.
pub fn unreserved(state: &State, except: &str) -> u32 {
    let reserved: u32 = state
        .functions
        .values()
        .filter(|function| function.name != except)
        .filter_map(|function| function.reserved)
        .sum();
    CONCURRENT_EXECUTIONS.saturating_sub(reserved)
}

impl Lambda {
    pub(super) fn get_account_settings(&self) -> Answer {
        let state = self.state();
        let functions: u64 = state
            .functions
            .values()
            .map(super::Function::code_size)
            .sum();
        let layers: u64 = state
            .layers
            .values()
            .flat_map(|layer| layer.versions.values())
            .map(|version| version.package.size)
            .sum();
        ok(json!({
            "AccountLimit": {
                "TotalCodeSize": 80_530_636_800_u64,
                "CodeSizeUnzipped": super::package::MAX_UNZIPPED_BYTES,
                "CodeSizeZipped": super::package::MAX_ZIPPED_BYTES,
                "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
                "UnreservedConcurrentExecutions": unreserved(&state, ""),
            },
            "AccountUsage": {
                "TotalCodeSize": functions + layers,
                "FunctionCount": state.functions.len(),
            },
        }))
    }
}
