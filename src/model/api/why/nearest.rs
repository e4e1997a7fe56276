//! What somebody may have meant who called a path that is not there.

use sekisho_rules::routes::Routes;

use super::super::definition::Definition;
use super::super::{ApiDetail, VERBS, steps_of};
use super::Address;

/// So many are named.
const MOST: usize = 3;

/// Other verbs of the path, a path that differs by little, and the nearest ones.
pub(super) fn of(path: &str, verb: &str, routes: &Routes, definition: &Definition) -> Vec<String> {
    let others = VERBS
        .iter()
        .filter(|other| **other != verb && **other != "ANY");
    let mut there: Vec<&str> = Vec::new();
    let mut resource = String::new();
    for other in others {
        if let Some(found) = routes.find(path, other) {
            found.resource.clone_into(&mut resource);
            there.push(other);
        }
    }
    if !there.is_empty() {
        return vec![format!(
            "{resource} is there, without {verb}: it has {}.",
            there.join(", ")
        )];
    }
    let mut paths: Vec<&str> = definition
        .methods
        .keys()
        .map(|place| place.path.as_str())
        .collect();
    paths.dedup();
    let mut near: Vec<(usize, &str)> = paths
        .into_iter()
        .map(|of| (likeness(path, of), of))
        .collect();
    near.sort_by_key(|(score, of)| (std::cmp::Reverse(*score), of.len()));
    let near = near.into_iter().filter(|(score, _)| *score > 0).take(MOST);
    let near = near.map(|(_, of)| {
        let verbs = definition.methods.keys().filter(|place| place.path == of);
        let verbs: Vec<&str> = verbs.map(|place| place.verb.as_str()).collect();
        format!("Near it: {} {of}", verbs.join(", "))
    });
    near.collect()
}

/// How like a path is to a resource's: parts that are the same count most, then beginnings.
fn likeness(path: &str, resource: &str) -> usize {
    let parts = |path: &str| -> Vec<String> {
        let parts = path.split('/').filter(|part| !part.is_empty());
        parts.map(str::to_ascii_lowercase).collect()
    };
    let (asked, there) = (parts(path), parts(resource));
    let mut score = 0;
    for (one, other) in asked.iter().zip(&there) {
        if one == other {
            score += 10;
            continue;
        }
        if other.starts_with('{') {
            score += 4;
            continue;
        }
        let same = one.chars().zip(other.chars());
        let same = same.take_while(|(a, b)| a == b).count();
        return score
            + if same * 2 > other.len() {
                same.min(9)
            } else {
                0
            };
    }
    score
}

/// The first part of the path is no stage but a resource: the stage was left out.
pub(super) fn without_stage(address: &Address, detail: &ApiDetail) -> Option<String> {
    let first = format!("/{}", address.stage);
    let begins = |path: &str| {
        steps_of(path)
            .first()
            .is_some_and(|step| step.path == first)
    };
    let stage = detail.stages.first()?;
    let resource = detail.resources.iter().any(|of| begins(&of.path));
    resource.then(|| {
        let rest = match address.path.as_str() {
            "/" => "",
            path => path,
        };
        format!(
            "{first} is a resource: the stage was left out. Try /{}{first}{rest}.",
            stage.name
        )
    })
}
