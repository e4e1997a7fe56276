//! Managed policies: AWS's own, and the account's.

use super::{
    Iam, Input, Policy, State, exists, managed, new_id, no_such, nothing, seconds, shown_document,
};
use crate::{
    error::AwsError,
    policy::validate::Use,
    region::{global_arn, partition},
    request::Ctx,
};
use serde_json::{Value, json};

type Answer = Result<Value, AwsError>;

/// Policies have one version here.
const VERSION: &str = "v1";

impl Iam {
    pub(super) fn create_policy(&self, ctx: &Ctx, input: &Input<'_>) -> Answer {
        let name = input.name("PolicyName")?;
        let path = input.path()?;
        let document = input.document("PolicyDocument", Use::Identity)?;
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
        };
        let shown = state.show(&policy);
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
        Ok(json!({"Policy": shown}))
    }

    pub(super) fn get_policy_version(&self, input: &Input<'_>) -> Answer {
        let state = self.state();
        let policy = state.policy(input)?;
        let version = input.required("VersionId");
        if version != VERSION {
            return Err(no_such(format!(
                "Policy {} version {version} does not exist or is not attachable.",
                policy.arn
            )));
        }
        Ok(json!({"PolicyVersion": {
            "Document": shown_document(&policy.document),
            "VersionId": VERSION,
            "IsDefaultVersion": true,
            "CreateDate": policy.created,
        }}))
    }

    pub(super) fn list_policy_versions(&self, input: &Input<'_>) -> Answer {
        let state = self.state();
        let policy = state.policy(input)?;
        Ok(json!({
            "Versions": [{"VersionId": VERSION, "IsDefaultVersion": true, "CreateDate": policy.created}],
            "IsTruncated": false,
        }))
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
        if state.users(&arn) > 0 {
            return Err(AwsError::new(
                409,
                "DeleteConflict",
                "Cannot delete a policy attached to entities.",
            ));
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
    fn policy(&self, input: &Input<'_>) -> Result<&Policy, AwsError> {
        let arn = input.required("PolicyArn");
        self.policies
            .get(arn)
            .ok_or_else(|| no_such(format!("Policy {arn} was not found.")))
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
            "DefaultVersionId": VERSION,
            "AttachmentCount": self.users(&policy.arn),
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": true,
            "CreateDate": policy.created,
            "UpdateDate": policy.created,
        })
    }
}
