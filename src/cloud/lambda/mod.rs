//! Lambda: queries and actions, one file a topic. Makes model values of the SDK's shapes and nothing else.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html>.

pub mod again;
pub mod alias;
pub mod code;
pub mod configuration;
mod convert;
pub mod create;
pub mod delete;
pub mod function;
pub mod functions;
pub mod invoke;
pub mod related;
pub mod settle;
pub mod tags;

pub use convert::function_of;
