//! A difference as rows, for whoever draws it: groups, things, and their fields, as far as they are unfolded.

use std::collections::HashSet;

use super::{Change, Difference, Entry};

/// What the things at the top stand together under.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// Their kind.
    #[default]
    Kind,
    /// What becomes of them.
    Change,
}

/// How a difference is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// What things stand together under.
    pub grouping: Grouping,
    /// Only what has a risk, with what it stands in.
    pub risky: bool,
    /// What was folded, or unfolded where it is folded at first, by [`Row::key`].
    pub turned: HashSet<String>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it shows.
    pub what: What,
    /// How far it is set in.
    pub depth: usize,
    /// The number of its risk, from 0.
    pub risk: Option<usize>,
    /// Something stands below it: whether that is hidden.
    pub folded: Option<bool>,
    /// What remembers that it was folded.
    pub key: String,
}

/// What a row shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A heading, with how many things stand below it.
    Group(String, usize),
    /// A thing, by its place in [`Difference::entries`].
    Entry(usize),
    /// A field of it.
    Field(usize, usize),
}

impl Row {
    /// A change begins here: a thing that differs, or a field that belongs to the whole.
    pub fn is_change(&self, of: &Difference) -> bool {
        let entry = |entry: usize| of.entries().get(entry);
        match self.what {
            What::Group(..) => false,
            What::Entry(at) => entry(at).is_some_and(|entry| entry.change.is_some()),
            What::Field(at, _) => entry(at).is_some_and(|entry| entry.name.is_empty()),
        }
    }
}

impl Difference {
    /// The rows of a view, from the top.
    pub fn rows(&self, view: &View) -> Vec<Row> {
        let mut rows = Vec::new();
        for (title, tops) in self.groups(view.grouping) {
            let mut own = Vec::new();
            let mut count = 0;
            for top in tops {
                let before = own.len();
                self.thing(view, top, &mut own);
                count += match self.entries[top].name.is_empty() {
                    true => self.entries[top].fields.len(),
                    false => usize::from(own.len() > before),
                };
            }
            if own.is_empty() {
                continue;
            }
            if title.is_empty() {
                rows.append(&mut own);
                continue;
            }
            let key = format!("group {title}");
            let folded = view.turned.contains(&key);
            rows.push(Row {
                what: What::Group(title, count),
                depth: 0,
                risk: None,
                folded: Some(folded),
                key,
            });
            if !folded {
                rows.append(&mut own);
            }
        }
        rows
    }

    /// The headings, each with the things at the top that stand below it.
    fn groups(&self, grouping: Grouping) -> Vec<(String, Vec<usize>)> {
        let tops = |wanted: &dyn Fn(&Entry) -> bool| -> Vec<usize> {
            let all = self.entries.iter().enumerate();
            all.filter(|(_, entry)| entry.depth == 0 && wanted(entry))
                .map(|(at, _)| at)
                .collect()
        };
        if grouping == Grouping::Change {
            let group = |change: Change| {
                let title = match change {
                    Change::Removed => "Removed",
                    Change::Changed => "Changed",
                    Change::Added => "Added",
                };
                let own = tops(&|entry| entry.change.unwrap_or(Change::Changed) == change);
                (title.to_owned(), own)
            };
            return Change::ALL.map(group).into();
        }
        let mut kinds: Vec<&str> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.depth == 0) {
            if !kinds.contains(&entry.kind.as_str()) {
                kinds.push(&entry.kind);
            }
        }
        let group = |kind: &str| (kind.to_owned(), tops(&|entry| entry.kind == kind));
        kinds.into_iter().map(group).collect()
    }

    /// A thing with its fields and what stands below it.
    fn thing(&self, view: &View, at: usize, rows: &mut Vec<Row>) {
        let Some(entry) = self.entries.get(at) else {
            return;
        };
        if view.risky && !self.holds_risk(at) {
            return;
        }
        let own = entry.depth;
        if entry.name.is_empty() {
            self.fields(view, at, own, rows);
            return;
        }
        let children = self.children(at);
        let key = format!("thing {}", entry.path.join("\u{1f}"));
        // What comes or goes as a whole says so in its summary; its fields show when they are asked for.
        let at_first = !entry.summary.is_empty() && entry.change != Some(Change::Changed);
        let folded = at_first != view.turned.contains(&key);
        let holds = !entry.fields.is_empty() || !children.is_empty();
        rows.push(Row {
            what: What::Entry(at),
            depth: own,
            risk: self.risk_at(at, None),
            folded: holds.then_some(folded),
            key,
        });
        if folded {
            return;
        }
        self.fields(view, at, own + 1, rows);
        for child in children {
            self.thing(view, child, rows);
        }
    }

    fn fields(&self, view: &View, at: usize, depth: usize, rows: &mut Vec<Row>) {
        let count = self.entries.get(at).map_or(0, |entry| entry.fields.len());
        for field in 0..count {
            let risk = self.risk_at(at, Some(field));
            if view.risky && risk.is_none() {
                continue;
            }
            rows.push(Row {
                what: What::Field(at, field),
                depth,
                risk,
                folded: None,
                key: String::new(),
            });
        }
    }

    /// What stands right below an entry.
    fn children(&self, at: usize) -> Vec<usize> {
        let depth = self.entries.get(at).map_or(0, |entry| entry.depth);
        let below = self.entries.iter().enumerate().skip(at + 1);
        below
            .take_while(|(_, entry)| entry.depth > depth)
            .filter(|(_, entry)| entry.depth == depth + 1)
            .map(|(at, _)| at)
            .collect()
    }

    fn holds_risk(&self, at: usize) -> bool {
        let Some(entry) = self.entries.get(at) else {
            return false;
        };
        self.risks
            .iter()
            .any(|risk| risk.path.starts_with(&entry.path))
    }
}
