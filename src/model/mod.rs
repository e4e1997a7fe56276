//! Plain types and rules of the domain. Names no other module of the project, no SDK, no window, no runtime.

pub mod connection;
pub mod error;
pub mod plan;
pub mod topic;
pub mod undo;
