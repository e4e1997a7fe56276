//! The console's integration tests, one binary: the house's invariants, queries and actions over a live sandbox, faults,
//! and walks through the window.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

mod access;
mod access_policy;
mod apis;
mod apis_flow;
mod apis_responses;
mod client;
mod code;
mod code_window;
mod commands;
mod connections;
#[cfg(unix)]
mod doors;
mod faults;
mod faulty;
mod first;
mod functions;
mod hosted;
mod invariants;
mod keyboard;
mod keys;
mod killed;
mod links;
mod narrow;
mod orphans;
mod peers;
mod publish;
mod runs;
mod scripted;
mod standing;
mod triage;
mod walk;
mod why;
#[allow(dead_code, reason = "each test uses some of it")]
mod window;
