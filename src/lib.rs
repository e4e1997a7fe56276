//! Sekisho: a desktop console for AWS Lambda and API Gateway.

pub mod app;
pub mod arguments;
pub mod cloud;
pub mod command;
pub mod core;
pub mod model;
pub mod route;
pub mod session;
pub mod settings;
pub mod store;
pub mod tasks;
pub mod ui;
