//! The journal: every write that was tried, as append-only JSON lines. Holds no secret.

use serde::{Deserialize, Serialize};

use crate::model::plan::{Difference, changes};
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

    /// What was done, in the past where it is past: "Updated the configuration"; what failed stays what was tried.
    pub fn told(&self) -> String {
        const PAST: [(&str, &str); 14] = [
            ("Undo: ", "Took back: "),
            ("Update configuration", "Updated the configuration"),
            ("Upload code", "Uploaded code"),
            ("Delete ", "Deleted "),
            ("Publish ", "Published "),
            ("Change ", "Changed "),
            ("Move ", "Moved "),
            ("Deploy ", "Deployed "),
            ("Invoke ", "Invoked "),
            ("Invoke", "Invoked"),
            ("Check ", "Checked "),
            ("Create ", "Created "),
            ("Copy ", "Copied "),
            ("Reveal ", "Revealed "),
        ];
        let past = PAST.iter().filter(|_| self.succeeded());
        let found = past.filter_map(|(now, then)| Some((then, self.title.strip_prefix(now)?)));
        found
            .map(|(then, rest)| format!("{then}{rest}"))
            .next()
            .unwrap_or_else(|| self.title.clone())
    }

    /// What it made of what, in a line: "MemorySize 256 MB → 1,769 MB, Environment.TOKEN".
    pub fn summary(&self) -> String {
        changes(&self.differences)
    }

    /// It changed nothing: a function was run, a package was looked at.
    pub fn is_run(&self) -> bool {
        self.title.starts_with("Invoke") || self.title.starts_with("Check ")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn record(title: &str, outcome: &str) -> Record {
        let of = |field: &str, before: &str, after: &str| Difference {
            field: field.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
        };
        Record {
            at: 0,
            connection: String::new(),
            caller: String::new(),
            title: title.to_owned(),
            target: String::new(),
            differences: vec![
                of("MemorySize", "256 MB", "1,769 MB"),
                of("Environment.TOKEN", "***", "***"),
                of("Environment.NEW", "", "***"),
                of("Handler", "a.b", ""),
            ],
            request_id: None,
            outcome: outcome.to_owned(),
            undo: None,
        }
    }

    #[test]
    fn what_is_past_is_told_as_past_and_what_failed_as_tried() {
        let rows = [
            ("Update configuration", "Updated the configuration"),
            ("Delete the function", "Deleted the function"),
            (
                "Undo: update configuration",
                "Took back: update configuration",
            ),
            ("Invoke", "Invoked"),
            ("Copy the value of a key", "Copied the value of a key"),
            ("Frobnicate", "Frobnicate"),
        ];
        for (title, told) in rows {
            assert_eq!(record(title, "ok").told(), told);
            assert_eq!(record(title, "Not permitted: no").told(), title);
        }
    }

    #[test]
    fn a_summary_says_from_what_to_what() {
        assert_eq!(
            record("x", "ok").summary(),
            "MemorySize 256 MB → 1,769 MB, Environment.TOKEN, Environment.NEW ***, Handler no longer a.b"
        );
    }
}
