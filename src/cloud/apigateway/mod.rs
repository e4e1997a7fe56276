//! REST APIs of API Gateway: what is read of them, and what is changed.

pub mod account;
pub mod apis;
pub mod authorizer;
pub mod change_plan;
mod convert;
pub mod cors;
pub mod create;
pub mod definition;
pub mod delete;
pub mod deploy;
pub mod documentation;
pub(super) mod empty;
pub mod export;
pub mod import;
pub mod key_change;
pub mod key_file;
pub mod keys;
pub mod method;
mod pages;
pub mod parts;
pub mod permit;
pub mod place;
pub mod plan;
pub mod policy;
pub mod publish_documentation;
mod put;
pub(super) mod queue;
pub mod remove;
mod respond;
pub mod stage;
pub mod standing;
pub mod trial;
pub mod update;
pub mod usage;

use std::borrow::Borrow;

use crate::model::error::CloudError;

/// An error that came after a part of a plan was done: it says what was made and stays.
fn kept<S: Borrow<str>>(mut error: CloudError, made: &[S]) -> CloudError {
    if !made.is_empty() {
        error.message = format!("{} Made and kept: {}.", error.message, made.join(", "));
    }
    error
}
