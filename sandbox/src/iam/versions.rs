//! Versions of managed policies: at most five, one of them the default, whose document is what the policy says.

use super::policies::Answer;
use super::{Iam, Input, Policy, Version, no_such, nothing, seconds, shown_document};
use crate::{error::AwsError, policy::validate::Use};
use serde_json::{Value, json};

/// Most versions of a policy.
const MAX_VERSIONS: usize = 5;

impl Policy {
    /// All versions, the oldest first. A policy that was kept before there were versions has its first.
    fn all_versions(&self) -> Vec<Version> {
        if !self.versions.is_empty() {
            return self.versions.clone();
        }
        vec![Version {
            number: 1,
            document: self.document.clone(),
            created: self.created,
        }]
    }

    /// What the default version is called.
    pub(super) fn default_version(&self) -> String {
        format!("v{}", self.default_version.max(1))
    }

    fn version(&self, id: &str) -> Result<Version, AwsError> {
        let versions = self.all_versions().into_iter();
        let mut found = versions.filter(|version| id == version.id());
        found.next().ok_or_else(|| {
            no_such(format!(
                "Policy {} version {id} does not exist or is not attachable.",
                self.arn
            ))
        })
    }

    fn show_version(&self, version: &Version, with_document: bool) -> Value {
        let mut shown = json!({
            "VersionId": version.id(),
            "IsDefaultVersion": version.id() == self.default_version(),
            "CreateDate": version.created,
        });
        if with_document {
            shown["Document"] = shown_document(&version.document).into();
        }
        shown
    }

    fn set_default(&mut self, version: &Version, now: f64) {
        self.default_version = version.number;
        self.document = version.document.clone();
        self.updated = Some(now);
    }
}

impl Version {
    fn id(&self) -> String {
        format!("v{}", self.number)
    }
}

impl Iam {
    pub(super) fn create_policy_version(&self, input: &Input<'_>) -> Answer {
        let document = input.document("PolicyDocument", Use::Identity)?.to_owned();
        let now = seconds(&self.clock);
        let mut state = self.state();
        let policy = state.own_policy_mut(input)?;
        let mut versions = policy.all_versions();
        if versions.len() >= MAX_VERSIONS {
            return Err(AwsError::new(
                409,
                "LimitExceeded",
                format!(
                    "A managed policy can have up to {MAX_VERSIONS} versions. Before you create a new version, you must delete an existing version."
                ),
            ));
        }
        let last = versions.iter().map(|version| version.number).max();
        let version = Version {
            // A number is never used again, even when its version is gone.
            number: last.max(Some(policy.last_version)).unwrap_or_default() + 1,
            document,
            created: now,
        };
        versions.push(version.clone());
        policy.last_version = version.number;
        policy.versions = versions;
        if input.flag("SetAsDefault") {
            policy.set_default(&version, now);
        }
        Ok(json!({"PolicyVersion": policy.show_version(&version, false)}))
    }

    pub(super) fn get_policy_version(&self, input: &Input<'_>) -> Answer {
        let state = self.state();
        let policy = state.policy(input)?;
        let version = policy.version(input.required("VersionId"))?;
        Ok(json!({"PolicyVersion": policy.show_version(&version, true)}))
    }

    /// The newest first, as AWS has them.
    pub(super) fn list_policy_versions(&self, input: &Input<'_>) -> Answer {
        let state = self.state();
        let policy = state.policy(input)?;
        let versions = policy.all_versions().into_iter().rev().enumerate();
        let rows = versions
            .map(|(at, version)| (format!("{at:02}"), policy.show_version(&version, false)));
        input.page("Versions", rows)
    }

    pub(super) fn delete_policy_version(&self, input: &Input<'_>) -> Answer {
        let mut state = self.state();
        let policy = state.own_policy_mut(input)?;
        let version = policy.version(input.required("VersionId"))?;
        if version.id() == policy.default_version() {
            return Err(AwsError::new(
                409,
                "DeleteConflict",
                "Cannot delete the default version of a policy.",
            ));
        }
        let versions = policy.all_versions().into_iter();
        policy.versions = versions
            .filter(|held| held.number != version.number)
            .collect();
        nothing()
    }

    pub(super) fn set_default_policy_version(&self, input: &Input<'_>) -> Answer {
        let now = seconds(&self.clock);
        let mut state = self.state();
        let policy = state.own_policy_mut(input)?;
        let version = policy.version(input.required("VersionId"))?;
        policy.set_default(&version, now);
        nothing()
    }
}
