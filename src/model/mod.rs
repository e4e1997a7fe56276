//! Plain types and rules of the domain. Names no other module of the project, no SDK, no window, no runtime.

pub mod arn;
pub mod connection;
pub mod csv;
pub mod error;
pub mod format;
pub mod function;
pub mod plan;
pub mod secret;
pub mod topic;
pub mod undo;
