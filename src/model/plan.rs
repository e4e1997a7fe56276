//! What a write would do, before it is done.

use serde::{Deserialize, Serialize};

/// How much harm a write can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Nothing that exists changes.
    Safe,
    /// Something that exists becomes different.
    Changes,
    /// Something is gone afterwards: the resource's name must be typed.
    Destroys,
}

/// One field's difference. Secrets stand here masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// AWS's name of the field, for example `MemorySize`.
    pub field: String,
    /// What is there, with its unit; empty when there is nothing.
    pub before: String,
    /// What will be there; empty when it is removed.
    pub after: String,
}

/// A write, for the review dialog and the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What is done, as "Update configuration".
    pub title: String,
    /// To what exactly: an ARN.
    pub target: String,
    /// How much harm it can do.
    pub risk: Risk,
    /// Field by field.
    pub differences: Vec<Difference>,
    /// The same as an AWS CLI command, with secrets masked.
    pub cli: String,
}

/// What is made of what, in a line: "MemorySize 256 MB → 1,769 MB, Environment.TOKEN".
pub fn changes(differences: &[Difference]) -> String {
    let one = |made: &Difference| match (made.before.as_str(), made.after.as_str()) {
        (before, after) if before == after => made.field.clone(),
        (before, after) if before.len().max(after.len()) > 40 => made.field.clone(),
        ("", after) => format!("{} {after}", made.field),
        (before, "") => format!("{} no longer {before}", made.field),
        (before, after) => format!("{} {before} → {after}", made.field),
    };
    let all: Vec<String> = differences.iter().map(one).collect();
    all.join(", ")
}

impl Plan {
    /// What it makes of what, in a short line; see [`changes`]. Nothing where nothing was there before.
    pub fn changes(&self) -> String {
        const MOST: usize = 4;
        let all = &self.differences;
        if all.iter().all(|made| made.before.is_empty()) && all.len() > MOST {
            return String::new();
        }
        match all.len().checked_sub(MOST) {
            None | Some(0) => changes(all),
            Some(more) => format!("{} and {more} more", changes(&all[..MOST])),
        }
    }

    /// The resource's name, which must be typed before something is destroyed: the last part of the ARN.
    pub fn target_name(&self) -> &str {
        self.target
            .rsplit([':', '/'])
            .next()
            .unwrap_or(&self.target)
    }
}
