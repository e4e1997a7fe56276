//! Roles.

use super::{
    Iam, Input, Role, State, exists, invalid, new_id, no_such, nothing, seconds, shown_document,
    tags,
};
use crate::{error::AwsError, policy::validate::Use, region::global_arn, request::Ctx};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Answer = Result<Value, AwsError>;

impl Iam {
    pub(super) fn create_role(&self, ctx: &Ctx, input: &Input<'_>) -> Answer {
        let name = input.name("RoleName")?;
        let path = input.path()?;
        let trust = input.document("AssumeRolePolicyDocument", Use::Trust)?;
        let max_session = input.number("MaxSessionDuration").unwrap_or(3600);
        let tags = tags::given(input)?;
        let mut state = self.state();
        let boundary = state.boundary(input)?;
        if state.roles.contains_key(name) {
            return Err(exists(format!("Role with name {name} already exists.")));
        }
        let role = Role {
            name: name.to_owned(),
            id: new_id("AROA"),
            arn: global_arn(
                "iam",
                &ctx.region,
                &ctx.account,
                &format!("role{path}{name}"),
            ),
            path: path.to_owned(),
            created: seconds(&self.clock),
            trust: trust.to_owned(),
            description: input.text("Description").unwrap_or_default().to_owned(),
            max_session,
            tags,
            boundary,
            attached: Vec::new(),
            inline: BTreeMap::new(),
        };
        let shown = role.show_created();
        state.roles.insert(name.to_owned(), role);
        Ok(json!({"Role": shown}))
    }

    pub(super) fn get_role(&self, input: &Input<'_>) -> Answer {
        let state = self.state();
        let mut shown = state.role(input)?.show();
        shown["RoleLastUsed"] = json!({});
        Ok(json!({"Role": shown}))
    }

    pub(super) fn list_roles(&self, input: &Input<'_>) -> Answer {
        let prefix = input.text("PathPrefix").unwrap_or("/");
        let state = self.state();
        let rows = state
            .roles
            .values()
            .filter(|role| role.path.starts_with(prefix))
            .map(|role| (role.name.clone(), role.show_listed()));
        input.page("Roles", rows)
    }

    pub(super) fn update_role(&self, input: &Input<'_>) -> Answer {
        let max_session = input.number("MaxSessionDuration");
        let mut state = self.state();
        let role = state.role_mut(input)?;
        role.check_modifiable()?;
        if let Some(description) = input.text("Description") {
            role.description = description.to_owned();
        }
        role.max_session = max_session.unwrap_or(role.max_session);
        nothing()
    }

    pub(super) fn update_assume_role_policy(&self, input: &Input<'_>) -> Answer {
        let document = input.document("PolicyDocument", Use::Trust)?;
        let mut state = self.state();
        let role = state.role_mut(input)?;
        role.check_modifiable()?;
        role.trust = document.to_owned();
        nothing()
    }

    pub(super) fn delete_role(&self, input: &Input<'_>) -> Answer {
        let mut state = self.state();
        let role = state.role(input)?;
        role.check_modifiable()?;
        let conflict = |message| AwsError::new(409, "DeleteConflict", message);
        if !role.attached.is_empty() {
            return Err(conflict(
                "Cannot delete entity, must detach all policies first.",
            ));
        }
        if !role.inline.is_empty() {
            return Err(conflict(
                "Cannot delete entity, must delete policies first.",
            ));
        }
        let name = role.name.clone();
        state.roles.remove(&name);
        nothing()
    }

    pub(super) fn put_role_boundary(&self, input: &Input<'_>) -> Answer {
        let mut state = self.state();
        let boundary = state.boundary(input)?;
        let role = state.role_mut(input)?;
        role.check_modifiable()?;
        role.boundary = boundary;
        nothing()
    }

    pub(super) fn delete_role_boundary(&self, input: &Input<'_>) -> Answer {
        let mut state = self.state();
        let role = state.role_mut(input)?;
        role.check_modifiable()?;
        role.boundary = None;
        nothing()
    }
}

impl State {
    /// The policy that is to be a boundary: one that there is.
    fn boundary(&self, input: &Input<'_>) -> Result<Option<String>, AwsError> {
        let Some(arn) = input.text("PermissionsBoundary") else {
            return Ok(None);
        };
        if !arn.starts_with("arn:") {
            return Err(invalid(format!(
                "Value ({arn}) for parameter PermissionsBoundary is invalid."
            )));
        }
        if !self.policies.contains_key(arn) {
            return Err(no_such(format!(
                "Scope ARN: {arn} does not exist or is not attachable."
            )));
        }
        Ok(Some(arn.to_owned()))
    }

    /// The role that an operation names.
    pub(super) fn role(&self, input: &Input<'_>) -> Result<&Role, AwsError> {
        let name = input.required("RoleName");
        self.roles.get(name).ok_or_else(|| no_role(name))
    }

    /// The same, to be changed.
    pub(super) fn role_mut(&mut self, input: &Input<'_>) -> Result<&mut Role, AwsError> {
        let name = input.required("RoleName");
        self.roles.get_mut(name).ok_or_else(|| no_role(name))
    }
}

impl Role {
    /// As GetRole shows it.
    fn show(&self) -> Value {
        let mut out = self.show_listed();
        if !self.tags.is_empty() {
            out["Tags"] = self.tags.clone().into();
        }
        if let Some(arn) = &self.boundary {
            out["PermissionsBoundary"] = json!({
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": arn,
            });
        }
        out
    }

    /// As CreateRole shows it: AWS says nothing there of the longest session.
    pub(super) fn show_created(&self) -> Value {
        let mut out = self.show();
        if let Some(members) = out.as_object_mut() {
            members.remove("MaxSessionDuration");
        }
        out
    }

    /// As ListRoles shows it: without tags, boundary and last use.
    fn show_listed(&self) -> Value {
        let mut out = json!({
            "Path": self.path,
            "RoleName": self.name,
            "RoleId": self.id,
            "Arn": self.arn,
            "CreateDate": self.created,
            "AssumeRolePolicyDocument": shown_document(&self.trust),
            "MaxSessionDuration": self.max_session,
        });
        if !self.description.is_empty() {
            out["Description"] = self.description.clone().into();
        }
        out
    }
}

fn no_role(name: &str) -> AwsError {
    no_such(format!("The role with name {name} cannot be found."))
}
