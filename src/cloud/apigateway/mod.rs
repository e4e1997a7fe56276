//! REST APIs of API Gateway: what is read of them, and what is changed.

pub mod account;
pub mod apis;
pub mod authorizer;
mod convert;
pub mod cors;
pub mod create;
pub mod definition;
pub mod delete;
pub mod deploy;
pub(super) mod empty;
pub mod import;
pub mod keys;
pub mod method;
pub mod parts;
pub mod permit;
pub mod place;
pub mod plan;
pub mod policy;
mod put;
pub mod remove;
mod respond;
pub mod stage;
pub mod trial;
pub mod update;

use std::borrow::Borrow;

use crate::model::error::CloudError;

/// An error that came after a part of a plan was done: it says what was made and stays.
fn kept<S: Borrow<str>>(mut error: CloudError, made: &[S]) -> CloudError {
    if !made.is_empty() {
        error.message = format!("{} Made and kept: {}.", error.message, made.join(", "));
    }
    error
}
