//! Tags of functions and event source mappings.

use super::{
    Answer, Call, Lambda,
    error::{Violations, invalid},
    no_content, ok, value,
};
use crate::{
    error::AwsError,
    region::after_service,
    tagging::{TagSource, Tags},
};
use serde_json::json;
use std::collections::BTreeMap;

impl Lambda {
    pub(super) fn list_tags(&self, arn: &str) -> Answer {
        let target = self.target_of_arn(arn)?;
        let state = self.state();
        ok(json!({"Tags": self.function(&state, &target)?.tags}))
    }

    pub(super) fn tag_resource(&self, call: &Call<'_>, arn: &str) -> Answer {
        let tags = value::text_map(&call.body()?, "Tags")?.unwrap_or_default();
        self.set_tags(arn, tags)?;
        no_content()
    }

    pub(super) fn untag_resource(&self, call: &Call<'_>, arn: &str) -> Answer {
        let keys: Vec<&str> = call
            .request
            .query
            .iter()
            .filter(|(name, _)| name == "tagKeys")
            .map(|(_, key)| key.as_str())
            .collect();
        self.remove_tags(arn, &keys)?;
        no_content()
    }

    /// Adds tags to a function named by its ARN.
    ///
    /// # Errors
    /// What Lambda answers.
    pub fn set_tags(&self, arn: &str, tags: BTreeMap<String, String>) -> Result<(), AwsError> {
        let target = self.target_of_arn(arn)?;
        self.check_untargeted(&target)?;
        check_tags(&tags)?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        let mut next = function.tags.clone();
        next.extend(tags);
        if next.len() > 50 {
            return Err(invalid("Number of tags exceeds resource tag limit."));
        }
        function.tags = next;
        Ok(())
    }

    /// Takes tags off a function named by its ARN.
    ///
    /// # Errors
    /// What Lambda answers.
    pub fn remove_tags(&self, arn: &str, keys: &[&str]) -> Result<(), AwsError> {
        let target = self.target_of_arn(arn)?;
        self.check_untargeted(&target)?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        function.tags.retain(|key, _| !keys.contains(&key.as_str()));
        Ok(())
    }

    /// Every function's ARN with its tags, in the order of their names.
    pub fn tagged(&self) -> Vec<(String, BTreeMap<String, String>)> {
        self.state()
            .functions
            .values()
            .map(|function| (self.arn(&function.name, None), function.tags.clone()))
            .collect()
    }

    fn check_untargeted(&self, target: &super::Target) -> Result<(), AwsError> {
        match target.qualifier {
            None => Ok(()),
            Some(_) => Err(invalid(
                "Tags on function aliases and versions are not supported. Please specify either a function or an event source mapping.",
            )),
        }
    }
}

impl TagSource for Lambda {
    fn tagged(&self) -> Vec<(String, Tags)> {
        Lambda::tagged(self)
    }

    fn owns(&self, arn: &str) -> bool {
        after_service(arn, "lambda").is_some()
    }

    fn set_tags(&self, arn: &str, tags: Tags) -> Result<(), AwsError> {
        Lambda::set_tags(self, arn, tags)
    }

    fn remove_tags(&self, arn: &str, keys: &[&str]) -> Result<(), AwsError> {
        Lambda::remove_tags(self, arn, keys)
    }
}

/// # Errors
/// When there are too many tags, or one is malformed.
pub fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), AwsError> {
    if tags.len() > 50 {
        return Err(invalid("Number of tags exceeds resource tag limit."));
    }
    let mut violations = Violations::default();
    for (key, value) in tags {
        if key.is_empty() {
            violations.add("tags", "", "Map keys must satisfy constraint: [Member must have length greater than or equal to 1]");
        }
        violations.length("tags", key, 128);
        violations.length("tags", value, 256);
        if key.starts_with("aws:") && !key.starts_with("aws:cloudformation:") {
            return Err(invalid(format!(
                "Tag key {key} is reserved: aws: prefixed tag key names are not allowed for external use."
            )));
        }
    }
    violations.check()
}
