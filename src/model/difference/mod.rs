//! One difference of two trees: what is there, what will be, and what somebody should know before it is so.
//!
//! A deployment, an import, a version against a version, a policy and the review of a write are all told as a [`Difference`];
//! `ui::widgets::difference` draws it. Pure: it knows neither AWS nor the window. Masked values are compared by what they are
//! and shown as a mask.

mod compare;
mod rows;

pub use compare::{compare, of_fields};
pub use rows::{Grouping, Row, View, What};

use super::secret::Secret;

/// A named thing with fields, in what is there or in what will be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Of what kind it is: things of one kind stand together under it, as "Methods". It counts at the top of the tree alone.
    pub kind: String,
    /// What it is called, which sets it apart from its siblings of the same kind.
    pub name: String,
    /// More words beside the name; no difference by themselves.
    pub detail: String,
    /// All of it in a few words, for where it comes or goes as a whole; may be empty.
    pub summary: String,
    /// What it consists of.
    pub fields: Vec<Field>,
    /// What stands below it.
    pub children: Vec<Node>,
}

/// One field of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// A field's value as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Shown as it is.
    Plain(String),
    /// Compared, and never shown.
    Masked(Secret),
}

impl Node {
    /// A thing of this kind and name.
    pub fn new(kind: &str, name: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// With a field.
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push(Field {
            name: name.to_owned(),
            value: Value::Plain(value.into()),
        });
        self
    }

    /// With a field whose value is not shown.
    pub fn masked(mut self, name: &str, value: Secret) -> Self {
        self.fields.push(Field {
            name: name.to_owned(),
            value: Value::Masked(value),
        });
        self
    }

    /// With a thing below it.
    pub fn child(mut self, child: Node) -> Self {
        self.children.push(child);
        self
    }
}

/// What becomes of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// It will be gone.
    Removed,
    /// It will be different.
    Changed,
    /// It will be new.
    Added,
}

impl Change {
    /// All, in the order in which they are grouped.
    pub const ALL: [Self; 3] = [Self::Removed, Self::Changed, Self::Added];

    /// What stands before it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Removed => "−",
            Self::Changed => "~",
            Self::Added => "+",
        }
    }

    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Added => "added",
        }
    }
}

/// A thing that differs, or that holds something which does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// How it is found again when the trees are compared anew: kind and names from the top.
    pub path: Vec<String>,
    /// How far down it stands; 0 at the top.
    pub depth: usize,
    /// What becomes of it; `None` where only what it holds differs.
    pub change: Option<Change>,
    /// See [`Node::kind`].
    pub kind: String,
    /// See [`Node::name`]; empty for fields that belong to the whole.
    pub name: String,
    /// See [`Node::detail`].
    pub detail: String,
    /// See [`Node::summary`].
    pub summary: String,
    /// The fields that differ; all of them where it comes or goes as a whole.
    pub fields: Vec<FieldChange>,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name.
    pub name: String,
    /// What is there; `None` where nothing is.
    pub before: Option<String>,
    /// What will be there; `None` where nothing will.
    pub after: Option<String>,
}

impl FieldChange {
    /// What becomes of it.
    pub fn change(&self) -> Change {
        match (&self.before, &self.after) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            _ => Change::Changed,
        }
    }
}

/// How much harm a difference does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The name is typed before it is done.
    Danger,
    /// Somebody should know.
    Warning,
}

/// Something to know before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// How bad it is.
    pub level: Level,
    /// The entry that it stands at, by its [`Entry::path`].
    pub path: Vec<String>,
    /// The field that it stands at; empty for the entry itself.
    pub field: String,
    /// In two or three words, on the row: "open to the world".
    pub short: String,
    /// In a sentence.
    pub words: String,
}

/// What differs between two trees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Everything that differs or holds what does, from the top down: what stands below an entry follows it.
    entries: Vec<Entry>,
    /// The worst first; their number is their place, from 1.
    risks: Vec<Risk>,
    /// Things that are the same in both.
    pub same: usize,
}

/// How much becomes new, different and gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Counts {
    pub added: usize,
    pub changed: usize,
    pub removed: usize,
}

impl Counts {
    /// All together.
    pub fn all(self) -> usize {
        self.added + self.changed + self.removed
    }

    /// Of one sort.
    pub fn of(self, change: Change) -> usize {
        match change {
            Change::Added => self.added,
            Change::Changed => self.changed,
            Change::Removed => self.removed,
        }
    }

    fn count(&mut self, change: Change) {
        *match change {
            Change::Added => &mut self.added,
            Change::Changed => &mut self.changed,
            Change::Removed => &mut self.removed,
        } += 1;
    }
}

impl Difference {
    /// Everything that differs or holds what does.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What to know, the worst first.
    pub fn risks(&self) -> &[Risk] {
        &self.risks
    }

    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// With these risks, numbered from 1: dangers first, and then as their rows stand.
    pub fn with_risks(mut self, risks: Vec<Risk>) -> Self {
        self.risks = risks;
        let place = |risk: &Risk| self.entries.iter().position(|e| e.path == risk.path);
        let mut ordered: Vec<_> = self
            .risks
            .iter()
            .map(|risk| (risk.level, place(risk), risk.clone()))
            .collect();
        ordered.sort_by_key(|(level, place, _)| (*level, *place));
        self.risks = ordered.into_iter().map(|(_, _, risk)| risk).collect();
        self
    }

    /// The number of the risk that stands at an entry, or at a field of it.
    pub fn risk_at(&self, entry: usize, field: Option<usize>) -> Option<usize> {
        let entry = self.entries.get(entry)?;
        let field = match field {
            Some(field) => entry.fields.get(field)?.name.as_str(),
            None => "",
        };
        let here = |risk: &Risk| risk.path == entry.path && risk.field == field;
        self.risks.iter().position(here)
    }

    /// How much differs: things with a name, and fields that belong to the whole.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for entry in &self.entries {
            if entry.name.is_empty() {
                for field in &entry.fields {
                    counts.count(field.change());
                }
            } else if let Some(change) = entry.change {
                counts.count(change);
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests;
