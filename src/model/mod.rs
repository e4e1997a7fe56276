//! Plain types and rules of the domain. Names no other module of the project, no SDK, no window, no runtime.

pub mod arn;
pub mod cli;
pub mod connection;
pub mod csv;
pub mod difference;
pub mod draft;
pub mod error;
pub mod event_templates;
pub mod filter;
pub mod format;
pub mod function;
pub mod health;
pub mod invoke;
pub mod limits;
pub mod log;
pub mod marks;
pub mod metric;
pub mod package;
pub mod plan;
pub mod role;
pub mod runtimes;
pub mod secret;
pub mod starter;
pub mod text;
pub mod topic;
pub mod undo;
