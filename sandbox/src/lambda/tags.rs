//! Tags of functions, event source mappings and code signing configurations.

use super::{
    Answer, Call, Lambda,
    error::{Violations, access_denied, invalid, not_found},
    keep::Touched,
    model::{State, new_revision},
    name::{is_digits, is_region, is_word},
    no_content, ok, signing, value,
};
use crate::{
    error::AwsError,
    region::after_service,
    tagging::{TagSource, Tags},
};
use serde_json::json;
use std::collections::BTreeMap;

/// AWS's own, as it answers it.
const PATTERN: &str = r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|layer:([a-zA-Z0-9-_]+)|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)";

/// What can have tags.
#[derive(Debug, PartialEq, Eq)]
enum Tagged<'a> {
    Function {
        name: &'a str,
        qualified: bool,
    },
    Mapping {
        id: &'a str,
    },
    SigningConfig {
        id: &'a str,
    },
    /// Of which there are none here.
    Absent {
        kind: &'static str,
    },
}

/// Where an ARN says that something is, and what it is.
#[derive(Debug, PartialEq, Eq)]
struct Resource<'a> {
    region: &'a str,
    account: &'a str,
    what: Tagged<'a>,
}

impl<'a> Resource<'a> {
    /// What an ARN names, if it is one of those that can be tagged.
    fn read(arn: &'a str) -> Option<Self> {
        let parts: Vec<&str> = after_service(arn, "lambda")?.split(':').collect();
        let (region, account, rest) = match parts.as_slice() {
            [region, account, rest @ ..] if is_region(region) => (*region, *account, rest),
            _ => return None,
        };
        if account.len() != 12 || !is_digits(account) {
            return None;
        }
        let word = |text: &str| !text.is_empty() && text.chars().all(is_word);
        let what = match rest {
            ["function", name] if word(name) => Tagged::Function {
                name,
                qualified: false,
            },
            ["function", name, qualifier]
                if word(name) && (word(qualifier) || *qualifier == "$LATEST") =>
            {
                Tagged::Function {
                    name,
                    qualified: true,
                }
            }
            ["event-source-mapping", id] if id.len() == 36 && uuid::Uuid::parse_str(id).is_ok() => {
                Tagged::Mapping { id }
            }
            ["code-signing-config", id] if signing::is_id(id) => Tagged::SigningConfig { id },
            ["capacity-provider", name] if word(name) => Tagged::Absent {
                kind: "Capacity provider",
            },
            ["layer", name] if word(name) => Tagged::Absent { kind: "Layer" },
            _ => return None,
        };
        Some(Self {
            region,
            account,
            what,
        })
    }
}

impl Lambda {
    pub(super) fn list_tags(&self, arn: &str) -> Answer {
        let resource = self.resource(arn, Violations::default())?;
        let mut state = self.state();
        ok(json!({"Tags": self.tags_of(&mut state, arn, &resource.what)?}))
    }

    pub(super) fn tag_resource(&self, call: &Call<'_>, arn: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        wrong.required("tags", body.get("Tags"));
        let tags = value::text_map(&body, "Tags")?.unwrap_or_default();
        let resource = self.resource(arn, wrong)?;
        self.add_tags(arn, &resource, tags)?;
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
        let mut wrong = Violations::default();
        if keys.is_empty() {
            wrong.null("tagKeys");
        }
        let resource = self.resource(arn, wrong)?;
        self.take_tags(arn, &resource, &keys)?;
        no_content()
    }

    fn resource<'a>(&self, arn: &'a str, mut wrong: Violations) -> Result<Resource<'a>, AwsError> {
        let resource = Resource::read(arn);
        wrong.pattern("resource", arn, resource.is_some(), PATTERN);
        wrong.check()?;
        let resource = resource.ok_or_else(|| invalid("The resource is not valid."))?;
        if resource.account != self.account {
            return Err(access_denied(None));
        }
        if resource.region != self.region {
            return Err(not_found(format!(
                "Functions from '{}' are not reachable in this region ('{}')",
                resource.region, self.region
            )));
        }
        if let Tagged::Function {
            qualified: true, ..
        } = resource.what
        {
            return Err(invalid(
                "Tags on function aliases and versions are not supported. Please specify a function ARN.",
            ));
        }
        Ok(resource)
    }

    /// The tags of what is there.
    fn tags_of<'a>(
        &self,
        state: &'a mut State,
        arn: &str,
        what: &Tagged<'_>,
    ) -> Result<&'a mut Tags, AwsError> {
        let absent = |kind: &str| not_found(format!("{kind} not found: {arn}"));
        match what {
            Tagged::Function { name, .. } => match state.functions.get_mut(*name) {
                Some(function) => Ok(&mut function.tags),
                None => Err(absent("Function")),
            },
            Tagged::Mapping { id } => match state.mappings.get(*id) {
                Some(_) => Ok(state.mapping_tags.entry((*id).to_owned()).or_default()),
                None => Err(absent("Event source mapping")),
            },
            Tagged::SigningConfig { id } => match state.signing.get_mut(*id) {
                Some(config) => Ok(&mut config.tags),
                None => Err(absent("Code signing config")),
            },
            Tagged::Absent { kind } => Err(absent(kind)),
        }
    }

    fn add_tags(&self, arn: &str, resource: &Resource<'_>, tags: Tags) -> Result<(), AwsError> {
        let mut state = self.state();
        let known = self.tags_of(&mut state, arn, &resource.what)?;
        if tags.is_empty() {
            return Err(invalid(
                "An error occurred and the request cannot be processed.",
            ));
        }
        check_tags(&tags)?;
        let mut next = known.clone();
        next.extend(tags);
        if next.len() > 50 {
            return Err(invalid("Number of tags exceeds resource tag limit."));
        }
        *known = next;
        touch(&mut state, &resource.what);
        Ok(())
    }

    fn take_tags(&self, arn: &str, resource: &Resource<'_>, keys: &[&str]) -> Result<(), AwsError> {
        let mut state = self.state();
        let known = self.tags_of(&mut state, arn, &resource.what)?;
        known.retain(|key, _| !keys.contains(&key.as_str()));
        touch(&mut state, &resource.what);
        Ok(())
    }
}

/// Says what changed. As in AWS, a function with other tags is another revision of it.
fn touch(state: &mut State, what: &Tagged<'_>) {
    match what {
        Tagged::Function { name, .. } => {
            if let Some(function) = state.functions.get_mut(*name) {
                function.latest.revision_id = new_revision();
            }
            state.touch(Touched::Function((*name).to_owned()));
        }
        Tagged::Mapping { id } => state.touch(Touched::Mapping((*id).to_owned())),
        Tagged::SigningConfig { id } => state.touch(Touched::Signing((*id).to_owned())),
        Tagged::Absent { .. } => {}
    }
}

impl TagSource for Lambda {
    fn tagged(&self) -> Vec<(String, Tags)> {
        let state = self.state();
        let functions = state.functions.values();
        let functions =
            functions.map(|function| (self.arn(&function.name, None), function.tags.clone()));
        let mappings = state.mapping_tags.iter();
        let mappings = mappings.map(|(id, tags)| (self.mapping_arn(id), tags.clone()));
        let signing = state.signing.values();
        let signing = signing.map(|config| (config.arn.clone(), config.tags.clone()));
        functions.chain(mappings).chain(signing).collect()
    }

    fn owns(&self, arn: &str) -> bool {
        after_service(arn, "lambda").is_some()
    }

    fn set_tags(&self, arn: &str, tags: Tags) -> Result<(), AwsError> {
        let resource = self.resource(arn, Violations::default())?;
        self.add_tags(arn, &resource, tags)
    }

    fn remove_tags(&self, arn: &str, keys: &[&str]) -> Result<(), AwsError> {
        let resource = self.resource(arn, Violations::default())?;
        self.take_tags(arn, &resource, keys)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn what_can_be_tagged_is_told_by_its_arn() {
        let read = |resource: &str| {
            let arn = format!("arn:aws:lambda:us-east-1:000000000000:{resource}");
            Resource::read(&arn).map(|resource| format!("{:?}", resource.what))
        };
        assert!(read("function:f").unwrap().contains("qualified: false"));
        assert!(
            read("function:f:$LATEST")
                .unwrap()
                .contains("qualified: true")
        );
        assert!(read("event-source-mapping:0b9f3b2e-1111-4222-8333-444444444444").is_some());
        assert!(read("code-signing-config:csc-0123456789abcdefg").is_some());
        assert!(read("capacity-provider:fast").is_some());
        for none in [
            "foobar:f",
            "function",
            "event-source-mapping:1:alias",
            "capacity-provider:fast:alias",
            "code-signing-config:csc-1",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
        assert_eq!(Resource::read("arn:aws:something"), None);
    }
}
