//! What a role may do: managed policies attached to it, and policies of its own.

use super::{Iam, Input, invalid, no_such, nothing, shown_document};
use crate::{error::AwsError, policy::validate::Use};
use serde_json::{Value, json};

type Answer = Result<Value, AwsError>;

impl Iam {
    pub(super) fn attach_role_policy(&self, input: &Input<'_>) -> Answer {
        let arn = input.required("PolicyArn");
        if !arn.starts_with("arn:") {
            return Err(invalid("Invalid ARN:  Could not be parsed!"));
        }
        let mut state = self.state();
        if !state.policies.contains_key(arn) {
            return Err(no_such(format!(
                "Policy {arn} does not exist or is not attachable."
            )));
        }
        let role = state.role_mut(input)?;
        role.check_modifiable()?;
        if !role.attached.iter().any(|attached| attached == arn) {
            role.attached.push(arn.to_owned());
        }
        nothing()
    }

    pub(super) fn detach_role_policy(&self, input: &Input<'_>) -> Answer {
        let arn = input.required("PolicyArn");
        let mut state = self.state();
        let role = state.role_mut(input)?;
        role.check_modifiable()?;
        let before = role.attached.len();
        role.attached.retain(|attached| attached != arn);
        if role.attached.len() == before {
            return Err(no_such(format!("Policy {arn} was not found.")));
        }
        nothing()
    }

    pub(super) fn list_attached_role_policies(&self, input: &Input<'_>) -> Answer {
        let state = self.state();
        let mut arns = state.role(input)?.attached.clone();
        arns.sort();
        let rows = arns.into_iter().map(|arn| {
            // Policies that only services use are not here to be read, but every ARN ends in its policy's name.
            let name = arn.rsplit('/').next().unwrap_or_default();
            let row = json!({"PolicyName": name, "PolicyArn": arn});
            (arn, row)
        });
        input.page("AttachedPolicies", rows)
    }

    pub(super) fn put_role_policy(&self, input: &Input<'_>) -> Answer {
        let name = input.name("PolicyName")?;
        let document = input.document("PolicyDocument", Use::Identity)?;
        let mut state = self.state();
        let role = state.role_mut(input)?;
        role.check_modifiable()?;
        role.inline.insert(name.to_owned(), document.to_owned());
        nothing()
    }

    pub(super) fn get_role_policy(&self, input: &Input<'_>) -> Answer {
        let name = input.required("PolicyName");
        let state = self.state();
        let role = state.role(input)?;
        let document = role.inline.get(name).ok_or_else(|| no_policy(name))?;
        Ok(json!({
            "RoleName": role.name,
            "PolicyName": name,
            "PolicyDocument": shown_document(document),
        }))
    }

    pub(super) fn delete_role_policy(&self, input: &Input<'_>) -> Answer {
        let name = input.required("PolicyName");
        let mut state = self.state();
        let role = state.role_mut(input)?;
        role.check_modifiable()?;
        role.inline.remove(name).ok_or_else(|| no_policy(name))?;
        nothing()
    }

    pub(super) fn list_role_policies(&self, input: &Input<'_>) -> Answer {
        let state = self.state();
        let rows = state
            .role(input)?
            .inline
            .keys()
            .map(|name| (name.clone(), Value::from(name.clone())));
        input.page("PolicyNames", rows)
    }
}

fn no_policy(name: &str) -> AwsError {
    no_such(format!("The role policy with name {name} cannot be found."))
}
