//! Resource Groups Tagging of one region: what is tagged how, across services.
//! <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/>
//!
//! Knows no service: each lends its tags as a [`TagSource`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::error::AwsError;
use crate::protocol::{Ctx, RpcService};
use crate::services::{Row, SERVED, Service, Services, Wire, rpc};

/// Tagging's row in the table of services.
pub static ROW: Row = Row {
    target: Some("ResourceGroupsTaggingAPI_20170126"),
    ..Row::new(
        "Resource Groups Tagging",
        "tagging",
        Wire::Json11,
        rpc::<Tagging>,
    )
};

/// Resources of a page unless the caller says otherwise.
const PAGE: usize = 50;
/// Tag keys and values of a page.
const TAG_PAGE: usize = 1000;

/// The tags of a resource.
pub type Tags = BTreeMap<String, String>;

/// A service whose resources have tags.
pub trait TagSource: Send + Sync {
    /// Every resource's ARN with its tags.
    fn tagged(&self) -> Vec<(String, Tags)>;

    /// Whether an ARN means one of this service's resources, be it there or not.
    fn owns(&self, arn: &str) -> bool;

    /// Adds tags to a resource.
    ///
    /// # Errors
    /// When there is no such resource, or the tags are not allowed.
    fn set_tags(&self, arn: &str, tags: Tags) -> Result<(), AwsError>;

    /// Takes tags off a resource.
    ///
    /// # Errors
    /// When there is no such resource.
    fn remove_tags(&self, arn: &str, keys: &[&str]) -> Result<(), AwsError>;
}

/// Tagging over some services.
pub struct Tagging {
    sources: Vec<Arc<dyn TagSource>>,
}

impl std::fmt::Debug for Tagging {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tagging of {} services", self.sources.len())
    }
}

impl Tagging {
    /// Tagging over these services.
    pub fn new(sources: Vec<Arc<dyn TagSource>>) -> Self {
        Self { sources }
    }

    /// Tagged resources in the order of their ARNs; what has no tags isn't known here, as on AWS.
    fn tagged(&self) -> BTreeMap<String, Tags> {
        let all = self.sources.iter().flat_map(|source| source.tagged());
        all.filter(|(_, tags)| !tags.is_empty()).collect()
    }

    fn get_resources(&self, input: &Value) -> Result<Value, AwsError> {
        let arns = texts(input, "ResourceARNList");
        let kinds = texts(input, "ResourceTypeFilters");
        let filters = tag_filters(input)?;
        let filtered = !kinds.is_empty() || !filters.is_empty();
        if filtered && !arns.is_empty() {
            return Err(invalid(
                "You can't specify ResourceARNList together with TagFilters or ResourceTypeFilters.",
            ));
        }
        let most = match input.get("ResourcesPerPage").and_then(Value::as_u64) {
            None => PAGE,
            Some(most @ 1..=100) => most as usize,
            Some(_) => return Err(invalid("ResourcesPerPage must be between 1 and 100")),
        };
        let after = token(input);
        let tagged = self.tagged();
        let mut found = tagged.iter().filter(|(arn, tags)| {
            arn.as_str() > after
                && (arns.is_empty() || arns.contains(&arn.as_str()))
                && (kinds.is_empty() || kinds.iter().any(|kind| is_of_kind(arn, kind)))
                && filters.iter().all(|filter| filter.takes(tags))
        });
        let page: Vec<_> = found.by_ref().take(most).collect();
        let last = page.last().map(|(arn, _)| arn.as_str());
        let next = found.next().and(last).unwrap_or_default();
        let described: Vec<_> = page
            .iter()
            .map(|(arn, tags)| json!({"ResourceARN": arn, "Tags": tag_list(tags)}))
            .collect();
        Ok(json!({"ResourceTagMappingList": described, "PaginationToken": next}))
    }

    fn get_tag_keys(&self, input: &Value) -> Value {
        let tagged = self.tagged();
        let keys = tagged.values().flat_map(Tags::keys).cloned().collect();
        let (page, next) = page(&keys, token(input));
        json!({"TagKeys": page, "PaginationToken": next})
    }

    fn get_tag_values(&self, input: &Value) -> Result<Value, AwsError> {
        let key = input.get("Key").and_then(Value::as_str).unwrap_or_default();
        if key.is_empty() {
            return Err(invalid("Key is required"));
        }
        let tagged = self.tagged();
        let values = tagged.values().filter_map(|tags| tags.get(key)).cloned();
        let values = values.collect();
        let (page, next) = page(&values, token(input));
        Ok(json!({"TagValues": page, "PaginationToken": next}))
    }

    /// Changes the resources of `ResourceARNList` one by one; those that fail are listed, the others are changed.
    fn change(
        &self,
        input: &Value,
        change: impl Fn(&dyn TagSource, &str) -> Result<(), AwsError>,
    ) -> Result<Value, AwsError> {
        let arns = texts(input, "ResourceARNList");
        if arns.is_empty() || arns.len() > 20 {
            return Err(invalid("ResourceARNList must have between 1 and 20 items"));
        }
        let mut failed = Map::new();
        for arn in arns {
            let owner = self.sources.iter().find(|source| source.owns(arn));
            let changed = match owner {
                Some(source) => change(source.as_ref(), arn),
                None => Err(invalid(&format!("The resource {arn} is not supported."))),
            };
            if let Err(error) = changed {
                let code = if error.status < 500 {
                    "InvalidParameterException"
                } else {
                    "InternalServiceException"
                };
                failed.insert(
                    arn.to_owned(),
                    json!({"StatusCode": error.status, "ErrorCode": code, "ErrorMessage": error.message}),
                );
            }
        }
        Ok(json!({"FailedResourcesMap": failed}))
    }

    fn tag(&self, input: &Value) -> Result<Value, AwsError> {
        let given = input.get("Tags").and_then(Value::as_object);
        let tags: Tags = given
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
            .collect();
        if tags.is_empty() || tags.len() > 50 {
            return Err(invalid("Tags must have between 1 and 50 items"));
        }
        self.change(input, |source, arn| source.set_tags(arn, tags.clone()))
    }

    fn untag(&self, input: &Value) -> Result<Value, AwsError> {
        let keys = texts(input, "TagKeys");
        if keys.is_empty() || keys.len() > 50 {
            return Err(invalid("TagKeys must have between 1 and 50 items"));
        }
        self.change(input, |source, arn| source.remove_tags(arn, &keys))
    }
}

impl Service for Tagging {
    fn make(services: &Services, region: &str) -> Arc<Self> {
        let lenders = SERVED.iter().filter_map(|row| row.tags);
        Arc::new(Self::new(
            lenders.map(|tags| tags(services, region)).collect(),
        ))
    }
}

impl RpcService for Tagging {
    fn call(&self, _ctx: &Ctx, operation: &str, input: Value) -> Result<Value, AwsError> {
        match operation {
            "GetResources" => self.get_resources(&input),
            "GetTagKeys" => Ok(self.get_tag_keys(&input)),
            "GetTagValues" => self.get_tag_values(&input),
            "TagResources" => self.tag(&input),
            "UntagResources" => self.untag(&input),
            other => Err(ROW.lacks(other)),
        }
    }
}

/// A tag that must be there, with one of some values or any.
struct TagFilter<'a> {
    key: &'a str,
    values: Vec<&'a str>,
}

impl TagFilter<'_> {
    fn takes(&self, tags: &Tags) -> bool {
        tags.get(self.key)
            .is_some_and(|held| self.values.is_empty() || self.values.contains(&held.as_str()))
    }
}

fn tag_filters(input: &Value) -> Result<Vec<TagFilter<'_>>, AwsError> {
    let items = input.get("TagFilters").and_then(Value::as_array);
    let items = items.map(Vec::as_slice).unwrap_or_default();
    if items.len() > 50 {
        return Err(invalid("TagFilters must have at most 50 items"));
    }
    items
        .iter()
        .map(|item| {
            let key = item.get("Key").and_then(Value::as_str);
            Ok(TagFilter {
                key: key.ok_or_else(|| invalid("A TagFilter must have a Key"))?,
                values: texts(item, "Values"),
            })
        })
        .collect()
}

/// `lambda` takes every resource of a service, `lambda:function` those of one type.
fn is_of_kind(arn: &str, kind: &str) -> bool {
    let mut parts = arn.splitn(6, ':');
    let service = parts.nth(2).unwrap_or_default();
    let resource = parts.nth(2).unwrap_or_default();
    let (wanted_service, wanted_type) = match kind.split_once(':') {
        Some((service, kind)) => (service, Some(kind)),
        None => (kind, None),
    };
    // An ARN such as a bucket's names no type: its service has but one.
    let held_type = resource.split_once([':', '/']).map(|(held, _)| held);
    let is_type = |wanted| held_type.is_none_or(|held| held == wanted);
    service == wanted_service && wanted_type.is_none_or(is_type)
}

/// Tokens are the last item of the page before; the empty one means that nothing follows.
fn page<'a>(all: &'a BTreeSet<String>, after: &str) -> (Vec<&'a str>, &'a str) {
    let mut rest = all.iter().map(String::as_str).filter(|item| *item > after);
    let page: Vec<&str> = rest.by_ref().take(TAG_PAGE).collect();
    let next = rest.next().and(page.last().copied()).unwrap_or_default();
    (page, next)
}

fn token(input: &Value) -> &str {
    let token = input.get("PaginationToken").and_then(Value::as_str);
    token.unwrap_or_default()
}

fn texts<'a>(input: &'a Value, name: &str) -> Vec<&'a str> {
    let items = input.get(name).and_then(Value::as_array);
    let items = items.into_iter().flatten();
    items.filter_map(Value::as_str).collect()
}

fn tag_list(tags: &Tags) -> Vec<Value> {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

fn invalid(message: &str) -> AwsError {
    AwsError::new(400, "InvalidParameterException", message)
}

#[cfg(test)]
mod tests;
