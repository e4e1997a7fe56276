//! REST APIs of API Gateway: what is read of them, and what is changed.

pub mod apis;
mod convert;
pub mod create;
pub mod delete;
pub mod deploy;
pub mod keys;
pub mod method;
pub mod plan;
