//! Two trees compared: by kind and name, field by field.

use std::collections::HashMap;

use super::{Change, Difference, Entry, Field, FieldChange, Node, Value};
use crate::model::plan;
use crate::model::secret::MASK;

/// What differs between what is there and what will be. What comes or goes stands where its siblings are: new things in the
/// order in which they will be, gone ones behind them. Not for the frame path: call it when a tree changed.
pub fn compare(before: &[Node], after: &[Node]) -> Difference {
    let mut difference = Difference::default();
    siblings(&mut difference, before, after, &[]);
    difference
}

/// A setting's name as its form says it, where AWS has another word: one thing has one name in the window.
fn told(name: &str) -> &str {
    match name {
        "MemorySize" => "Memory",
        "EphemeralStorage" => "Ephemeral storage",
        "Architectures" => "Architecture",
        name => name,
    }
}

/// The fields of a plan as a difference of the whole. A field whose name has a dot, as `Environment.REGION`, belongs to the
/// thing before the dot.
pub fn of_fields(fields: &[plan::Difference]) -> Difference {
    let mut difference = Difference::default();
    let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    for field in fields {
        let (thing, name) = match field.field.split_once('.') {
            Some((thing, name)) if is_thing(thing) && !name.is_empty() => (thing, name),
            _ => ("", field.field.as_str()),
        };
        let found = difference.entries.iter_mut().find(|e| e.name == thing);
        let change = FieldChange {
            name: told(name).to_owned(),
            before: text(&field.before),
            after: text(&field.after),
        };
        if let Some(entry) = found {
            entry.fields.push(change);
            continue;
        }
        difference.entries.push(Entry {
            path: vec![String::new(), thing.to_owned()],
            depth: 0,
            change: (!thing.is_empty()).then_some(Change::Changed),
            kind: String::new(),
            name: thing.to_owned(),
            detail: String::new(),
            summary: String::new(),
            fields: vec![change],
        });
    }
    // What belongs to the whole has no head of its own, and so comes before whatever has.
    difference
        .entries
        .sort_by_key(|entry| !entry.name.is_empty());
    difference
}

/// A word in AWS's own spelling of fields: what stands before a file's extension is not one.
fn is_thing(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Compares what stands on one level; true where something differs.
fn siblings(difference: &mut Difference, before: &[Node], after: &[Node], path: &[String]) -> bool {
    let by_key = |nodes| {
        let nodes: &[Node] = nodes;
        nodes
            .iter()
            .map(|node| (key(node), node))
            .collect::<HashMap<_, _>>()
    };
    let (there, then) = (by_key(before), by_key(after));
    let mut any = false;
    for kind in kinds(before, after) {
        for node in after.iter().filter(|node| node.kind == kind) {
            any |= pair(difference, there.get(&key(node)).copied(), Some(node), path);
        }
        let gone = |node: &&Node| node.kind == kind && !then.contains_key(&key(node));
        for node in before.iter().filter(gone) {
            any |= pair(difference, Some(node), None, path);
        }
    }
    any
}

fn key(node: &Node) -> (&str, &str) {
    (&node.kind, &node.name)
}

/// The kinds in the order in which they will stand, and those that go.
fn kinds<'a>(before: &'a [Node], after: &'a [Node]) -> Vec<&'a str> {
    let mut kinds: Vec<&str> = Vec::new();
    for node in after.iter().chain(before) {
        if !kinds.contains(&node.kind.as_str()) {
            kinds.push(&node.kind);
        }
    }
    kinds
}

/// Compares one thing with itself; true where it differs or holds what does.
fn pair(
    difference: &mut Difference,
    before: Option<&Node>,
    after: Option<&Node>,
    above: &[String],
) -> bool {
    let Some(node) = after.or(before) else {
        return false;
    };
    let none = Vec::new();
    let fields = fields(
        before.map_or(&none, |node| &node.fields),
        after.map_or(&none, |node| &node.fields),
    );
    let change = match (before, after) {
        (None, _) => Some(Change::Added),
        (_, None) => Some(Change::Removed),
        _ if fields.is_empty() => None,
        _ => Some(Change::Changed),
    };
    let mut path = above.to_vec();
    if path.is_empty() {
        path.push(node.kind.clone());
    }
    path.push(node.name.clone());
    let at = difference.entries.len();
    difference.entries.push(Entry {
        path: path.clone(),
        // The kind is the path's first part, and the thing itself its last.
        depth: path.len() - 2,
        change,
        kind: node.kind.clone(),
        name: node.name.clone(),
        detail: node.detail.clone(),
        summary: node.summary.clone(),
        fields,
    });
    let children = |node: Option<&Node>| node.map_or(Vec::new(), |node| node.children.clone());
    let below = siblings(difference, &children(before), &children(after), &path);
    if change.is_none() && !below {
        difference.entries.truncate(at);
        difference.same += 1;
        return false;
    }
    true
}

fn fields(before: &[Field], after: &[Field]) -> Vec<FieldChange> {
    let find = |fields: &[Field], name: &str| {
        let found = fields.iter().find(|field| field.name == name);
        found.map(|field| field.value.clone())
    };
    let mut names: Vec<&str> = after.iter().map(|field| field.name.as_str()).collect();
    for field in before {
        if !names.contains(&field.name.as_str()) {
            names.push(&field.name);
        }
    }
    let differs = |name: &str| {
        let (before, after) = (find(before, name), find(after, name));
        (before != after).then(|| FieldChange {
            name: name.to_owned(),
            before: before.map(shown),
            after: after.map(shown),
        })
    };
    names.into_iter().filter_map(differs).collect()
}

fn shown(value: Value) -> String {
    match value {
        Value::Plain(text) => text,
        Value::Masked(_) => MASK.to_owned(),
    }
}
