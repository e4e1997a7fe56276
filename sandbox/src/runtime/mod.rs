//! Execution environments: functions as child processes that speak Lambda's Runtime API.
//!
//! It knows no protocol of the sandbox and no other service: a [`FunctionSpec`] and an event come in, an [`Outcome`] goes
//! out, and log lines go to a [`LogSink`].
//!
//! | module | what it is for |
//! |---|---|
//! | `spec` | what the pool is told and what it answers |
//! | `pool` | which environment takes a call, and how many there may be |
//! | `run` | one call from beginning to end, cold or warm |
//! | `environment`, `process` | one process, driven by whoever holds it |
//! | `extensions`, `telemetry` | programs beside it, and what they are told |
//! | `spare` | interpreters that have started before they are needed |
//! | `workshop` | what environments are made from |
//! | `api` | the Runtime API of one environment |
//! | `output`, `journal` | what a function prints, and the log it becomes |
//! | `memory`, `exit`, `trace`, `variables` | small rules of Lambda's |
//! | `package`, `interpreter` | packages unpacked, programs found |
//! | `isolation` | a room of its own for each environment |
//! | `scratch` | the folder that goes with the sandbox |
//! | `warden` | nothing outlives its environment, nor the sandbox |

mod api;
mod environment;
mod exit;
mod extensions;
mod interpreter;
mod isolation;
mod journal;
mod memory;
mod output;
mod package;
mod pool;
mod process;
mod run;
mod scratch;
mod spare;
pub mod spec;
mod telemetry;
mod trace;
mod variables;
pub mod warden;
mod workshop;

#[cfg(test)]
pub(crate) mod tests;

pub use pool::Pool;
pub use scratch::Scratch;
pub use spec::{Call, Credentials, FunctionSpec, LogSink, Outcome, PoolConfig, roomy_directory};
