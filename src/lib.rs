//! Sekisho: a desktop console for AWS Lambda and API Gateway.

pub mod cloud;
pub mod command;
pub mod model;
pub mod route;
pub mod settings;
pub mod store;
pub mod tasks;
pub mod ui;
