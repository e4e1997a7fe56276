//! What the import of a document does to an API that is there.

use std::collections::BTreeSet;

use super::super::{Integration, Resource};
use super::{Base, Document};

/// What an import does to a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It goes.
    Removed,
    /// It is made anew as the document says.
    Replaced,
    /// It comes.
    Added,
}

/// A method that an import touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// What happens to it.
    pub change: Change,
    /// The whole path.
    pub path: String,
    /// Its verb.
    pub verb: String,
    /// Where the document says it.
    pub line: Option<usize>,
    /// What answers.
    pub target: String,
}

impl Document {
    /// A path as the API will have it.
    pub fn whole(&self, path: &str, base: Base) -> String {
        let before = match base {
            Base::Ignore => "",
            Base::Prepend => &self.base,
            Base::Split => match self.base.get(1..).and_then(|rest| rest.find('/')) {
                Some(at) => &self.base[at + 1..],
                None => "",
            },
        };
        let parts = path.split('/').filter(|part| !part.is_empty());
        let path: String = parts.map(|part| format!("/{part}")).collect();
        match format!("{before}{path}") {
            whole if whole.is_empty() => "/".to_owned(),
            whole => whole,
        }
    }

    /// How many methods anybody may call; a browser's question before the real one is meant to be open.
    pub fn open(&self) -> usize {
        let methods = self.methods.iter();
        methods
            .filter(|one| one.open && one.verb != "OPTIONS")
            .count()
    }

    /// What an import would do to an API that has these resources: removed first, then replaced, then added, each in the
    /// order of the paths. Nothing is removed unless the document takes the place of all.
    pub fn changes(&self, base: Base, there: &[Resource], overwrite: bool) -> Vec<Touched> {
        let mut said = BTreeSet::new();
        let mut all: Vec<Touched> = Vec::new();
        for method in &self.methods {
            let path = self.whole(&method.path, base);
            let mut known = there.iter().filter(|resource| resource.path == path);
            let known = known.any(|resource| resource.methods.contains_key(method.verb));
            said.insert((path.clone(), method.verb.to_owned()));
            all.push(Touched {
                change: if known {
                    Change::Replaced
                } else {
                    Change::Added
                },
                path,
                verb: method.verb.to_owned(),
                line: Some(method.line),
                target: method.target.clone(),
            });
        }
        for resource in there.iter().filter(|_| overwrite) {
            for (verb, method) in &resource.methods {
                let place = (resource.path.clone(), verb.clone());
                if said.contains(&place) {
                    continue;
                }
                let integration = method.integration.as_ref();
                all.push(Touched {
                    change: Change::Removed,
                    path: place.0,
                    verb: place.1,
                    line: None,
                    target: integration.map(Integration::target).unwrap_or_default(),
                });
            }
        }
        all.sort_by(|one, other| {
            let key = |of: &Touched| (of.change, of.path.clone(), of.verb.clone());
            key(one).cmp(&key(other))
        });
        all
    }
}
