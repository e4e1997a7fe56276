//! The sandbox as the SDK's clients see it: every operation over a live endpoint on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod aliases;
mod asynchronous;
mod cloudwatch;
mod concurrency;
mod doors;
mod endpoint;
mod functions;
mod gateway;
mod gateway_behind;
mod gateway_cache;
mod gateway_callers;
mod gateway_guard;
mod gateway_logs;
mod gateway_streams;
mod gateway_trial;
mod iam;
mod invoke;
mod kept;
mod layers;
mod logs;
mod openapi;
mod openapi_import;
mod others;
mod partitions;
mod pools;
mod recorded;
mod roles;
mod s3;
mod s3_buckets;
mod s3_parts;
mod s3_signed;
mod s3_versions;
mod slow;
mod sts;
mod support;
mod updates;
mod urls;
mod validation;
mod versions;
