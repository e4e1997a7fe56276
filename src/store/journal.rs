//! The journal: every write that was tried, as append-only JSON lines. Holds no secret.

use serde::{Deserialize, Serialize};

use crate::model::plan::Difference;
use crate::model::undo::Undo;

/// One write, as kept on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When it ended, in milliseconds since the epoch.
    pub at: i64,
    /// The connection as shown: profile and region.
    pub connection: String,
    /// Who did it, as an ARN; empty when it was not known yet.
    pub caller: String,
    /// What was done.
    pub title: String,
    /// To what, as an ARN.
    pub target: String,
    /// Field by field; environment values are masked.
    pub differences: Vec<Difference>,
    /// AWS's id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// `ok`, or why not.
    pub outcome: String,
    /// How to take it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
}

impl Record {
    /// One line of the journal, without its line end.
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// It was applied.
    pub fn succeeded(&self) -> bool {
        self.outcome == "ok"
    }
}

/// The records of a journal file, oldest first; lines that are not records are left out and counted.
pub fn parse(text: &str) -> (Vec<Record>, usize) {
    let mut broken = 0;
    let mut records = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(record) => records.push(record),
            Err(_) => broken += 1,
        }
    }
    (records, broken)
}
