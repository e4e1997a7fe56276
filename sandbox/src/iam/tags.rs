//! Tags of roles and policies: at most 50, keys without regard to case, the rest of their bounds being the model's.

use super::{Iam, Input, nothing};
use crate::error::AwsError;
use serde_json::Value;
use std::collections::BTreeSet;

type Answer = Result<Value, AwsError>;

/// Most tags of a resource.
const MAX_TAGS: usize = 50;

fn key(tag: &Value) -> String {
    tag["Key"].as_str().unwrap_or_default().to_lowercase()
}

/// The tags that a resource is made with.
///
/// # Errors
/// `InvalidInput` when a key comes twice.
pub fn given(input: &Input<'_>) -> Result<Vec<Value>, AwsError> {
    let tags = input.list("Tags");
    let mut seen = BTreeSet::new();
    if tags.iter().all(|tag| seen.insert(key(tag))) {
        return Ok(tags.to_vec());
    }
    Err(AwsError::new(
        400,
        "InvalidInput",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ))
}

/// Adds tags. A key that is there in whatever case keeps its place and its case, and gets the value.
fn add(known: &mut Vec<Value>, added: Vec<Value>) -> Result<(), AwsError> {
    let mut tags = known.clone();
    for tag in added {
        match tags.iter_mut().find(|held| key(held) == key(&tag)) {
            Some(held) => held["Value"] = tag["Value"].clone(),
            None => tags.push(tag),
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(AwsError::new(
            409,
            "LimitExceeded",
            "The number of tags has reached the maximum limit.",
        ));
    }
    *known = tags;
    Ok(())
}

fn remove(known: &mut Vec<Value>, input: &Input<'_>) {
    let keys: BTreeSet<String> = input
        .list("TagKeys")
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_lowercase)
        .collect();
    known.retain(|tag| !keys.contains(&key(tag)));
}

/// A page of them, in the order in which they were added.
fn list(tags: &[Value], input: &Input<'_>) -> Answer {
    let rows = tags.iter().enumerate();
    input.page(
        "Tags",
        rows.map(|(at, tag)| (format!("{at:04}"), tag.clone())),
    )
}

impl Iam {
    pub(super) fn tag_role(&self, input: &Input<'_>) -> Answer {
        let added = given(input)?;
        add(&mut self.state().role_mut(input)?.tags, added)?;
        nothing()
    }

    pub(super) fn untag_role(&self, input: &Input<'_>) -> Answer {
        remove(&mut self.state().role_mut(input)?.tags, input);
        nothing()
    }

    pub(super) fn list_role_tags(&self, input: &Input<'_>) -> Answer {
        list(&self.state().role(input)?.tags, input)
    }

    pub(super) fn tag_policy(&self, input: &Input<'_>) -> Answer {
        let added = given(input)?;
        add(&mut self.state().own_policy_mut(input)?.tags, added)?;
        nothing()
    }

    pub(super) fn untag_policy(&self, input: &Input<'_>) -> Answer {
        remove(&mut self.state().own_policy_mut(input)?.tags, input);
        nothing()
    }

    pub(super) fn list_policy_tags(&self, input: &Input<'_>) -> Answer {
        list(&self.state().policy(input)?.tags, input)
    }
}
