//! What was sent in this session, newest first.

use std::sync::Arc;

use super::facts::Facts;
use crate::model::client::Request;
use crate::model::client::answer::Sent;

/// Requests that are remembered.
const MOST: usize = 100;

/// A request that was sent, and what came of it.
pub struct Kept {
    /// As it was written.
    pub request: Request,
    /// The API's id.
    pub api: String,
    /// The stage's name.
    pub stage: String,
    /// What came of it.
    pub sent: Arc<Sent>,
    /// What was known of its method.
    pub facts: Facts,
}

/// All of them.
#[derive(Default)]
pub struct History {
    all: Vec<Kept>,
    /// The one that is looked at, by its place.
    shown: usize,
}

impl History {
    /// Another one came back.
    pub fn add(&mut self, kept: Kept) {
        self.all.insert(0, kept);
        self.all.truncate(MOST);
        self.shown = 0;
    }

    /// The one that is looked at.
    pub fn shown(&self) -> Option<&Kept> {
        self.all.get(self.shown)
    }

    /// Its place.
    pub fn place(&self) -> usize {
        self.shown
    }

    /// Looks at another.
    pub fn show(&mut self, at: usize) -> Option<&Kept> {
        self.shown = at;
        self.all.get(at)
    }

    /// Newest first.
    pub fn all(&self) -> &[Kept] {
        &self.all
    }
}
