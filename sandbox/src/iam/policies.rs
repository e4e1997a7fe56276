//! Managed policies: AWS's own, and the account's.

use super::{Iam, Input, Policy, State, exists, managed, new_id, no_such, nothing, seconds, tags};
use crate::{
    error::AwsError,
    policy::validate::Use,
    region::{global_arn, partition},
    request::Ctx,
};
use serde_json::{Value, json};

pub(super) type Answer = Result<Value, AwsError>;

impl Iam {
    pub(super) fn create_policy(&self, ctx: &Ctx, input: &Input<'_>) -> Answer {
        let name = input.name("PolicyName")?;
        let path = input.path()?;
        let document = input.document("PolicyDocument", Use::Identity)?;
        let tags = tags::given(input)?;
        let arn = global_arn(
            "iam",
            &ctx.region,
            &ctx.account,
            &format!("policy{path}{name}"),
        );
        let mut state = self.state();
        if state.policies.contains_key(&arn) {
            return Err(exists(format!(
                "A policy called {name} already exists. Duplicate names are not allowed."
            )));
        }
        let policy = Policy {
            name: name.to_owned(),
            id: new_id("ANPA"),
            arn: arn.clone(),
            path: path.to_owned(),
            description: input.text("Description").unwrap_or_default().to_owned(),
            document: document.to_owned(),
            created: seconds(&self.clock),
            updated: None,
            tags,
            versions: Vec::new(),
            default_version: 1,
            last_version: 1,
        };
        let mut shown = state.show(&policy);
        if !policy.tags.is_empty() {
            shown["Tags"] = policy.tags.clone().into();
        }
        state.policies.insert(arn, policy);
        Ok(json!({"Policy": shown}))
    }

    pub(super) fn get_policy(&self, input: &Input<'_>) -> Answer {
        let state = self.state();
        let policy = state.policy(input)?;
        let mut shown = state.show(policy);
        if !policy.description.is_empty() {
            shown["Description"] = policy.description.clone().into();
        }
        shown["Tags"] = policy.tags.clone().into();
        Ok(json!({"Policy": shown}))
    }

    pub(super) fn delete_policy(&self, input: &Input<'_>) -> Answer {
        let mut state = self.state();
        let arn = state.policy(input)?.arn.clone();
        if managed::is_managed(&arn) {
            return Err(AwsError::new(
                403,
                "AccessDenied",
                "AWS managed policies cannot be deleted.",
            ));
        }
        let conflict = |message| Err(AwsError::new(409, "DeleteConflict", message));
        if state.users(&arn) > 0 || state.bounds(&arn) > 0 {
            return conflict("Cannot delete a policy attached to entities.");
        }
        if state.policy(input)?.versions.len() > 1 {
            return conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
            );
        }
        state.policies.remove(&arn);
        nothing()
    }

    pub(super) fn list_policies(&self, ctx: &Ctx, input: &Input<'_>) -> Answer {
        let scope = input.text("Scope").unwrap_or("All");
        let prefix = input.text("PathPrefix").unwrap_or("/");
        let attached = input
            .0
            .get("OnlyAttached")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        // Each partition is a world of its own, and has AWS's policies under its own ARNs.
        let own = format!("arn:{}:", partition(&ctx.region));
        let state = self.state();
        let rows = state
            .policies
            .values()
            .filter(|policy| policy.arn.starts_with(&own))
            .filter(|policy| match scope {
                "AWS" => managed::is_managed(&policy.arn),
                "Local" => !managed::is_managed(&policy.arn),
                _ => true,
            })
            .filter(|policy| policy.path.starts_with(prefix))
            .filter(|policy| !attached || state.users(&policy.arn) > 0)
            .map(|policy| (policy.arn.clone(), state.show(policy)));
        input.page("Policies", rows)
    }
}

impl State {
    pub(super) fn policy(&self, input: &Input<'_>) -> Result<&Policy, AwsError> {
        let arn = input.required("PolicyArn");
        self.policies
            .get(arn)
            .ok_or_else(|| no_such(format!("Policy {arn} was not found.")))
    }

    /// The policy that an operation names, to be changed, which AWS's own can't be.
    pub(super) fn own_policy_mut(&mut self, input: &Input<'_>) -> Result<&mut Policy, AwsError> {
        let arn = input.required("PolicyArn");
        if managed::is_managed(arn) {
            return Err(AwsError::new(
                403,
                "AccessDenied",
                "AWS managed policies cannot be changed.",
            ));
        }
        self.policies
            .get_mut(arn)
            .ok_or_else(|| no_such(format!("Policy {arn} was not found.")))
    }

    /// How many roles a policy bounds.
    fn bounds(&self, arn: &str) -> usize {
        let roles = self.roles.values();
        roles
            .filter(|role| role.boundary.as_deref() == Some(arn))
            .count()
    }

    /// How many roles a policy is attached to.
    fn users(&self, arn: &str) -> usize {
        self.roles
            .values()
            .filter(|role| role.attached.iter().any(|attached| attached == arn))
            .count()
    }

    fn show(&self, policy: &Policy) -> Value {
        json!({
            "PolicyName": policy.name,
            "PolicyId": policy.id,
            "Arn": policy.arn,
            "Path": policy.path,
            "DefaultVersionId": policy.default_version(),
            "AttachmentCount": self.users(&policy.arn),
            "PermissionsBoundaryUsageCount": self.bounds(&policy.arn),
            "IsAttachable": true,
            "CreateDate": policy.created,
            "UpdateDate": policy.updated.unwrap_or(policy.created),
        })
    }
}
