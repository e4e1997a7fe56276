//! The sandbox as the SDK's clients see it: every operation over a live endpoint on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cloudwatch;
mod functions;
mod logs;
mod support;
