//! Who else may use a layer version.

use super::{
    Answer, Call, Lambda, created,
    error::{Violations, conflict, not_found, revision_mismatch},
    keep::Touched,
    layers::{layer_name, layer_number},
    model::{Policy, new_revision},
    name::is_partition,
    no_content, ok,
    policy::check_members,
    value,
};
use crate::{error::AwsError, region::global_arn, request::is_account};
use serde_json::{Map, Value, json};

const NO_POLICY: &str = "No policy is associated with the given resource.";

impl Lambda {
    pub(super) fn add_layer_version_permission(
        &self,
        call: &Call<'_>,
        name: &str,
        number: &str,
    ) -> Answer {
        let name = layer_name(name)?;
        let number = layer_number(number)?;
        let body = call.body()?;
        check(&body)?;
        let id = value::text(&body, "StatementId")?
            .unwrap_or_default()
            .to_owned();
        let statement = self.layer_statement(&body, &id, &name, number)?;
        let mut state = self.state();
        state.touch(Touched::Layer(name.clone(), number));
        let version = state
            .layers
            .get_mut(&name)
            .and_then(|layer| layer.versions.get_mut(&number))
            .ok_or_else(|| self.no_such_layer(&name, number))?;
        if let (Some(wanted), Some(policy)) = (call.query("RevisionId"), &version.policy)
            && wanted != policy.revision_id
        {
            return Err(revision_mismatch());
        }
        let policy = version.policy.get_or_insert_with(|| Policy {
            revision_id: new_revision(),
            statements: Vec::new(),
        });
        if policy
            .statements
            .iter()
            .any(|statement| statement["Sid"] == id.as_str())
        {
            return Err(conflict(format!(
                "The statement id ({id}) provided already exists. Please provide a new statement id, or remove the existing statement."
            )));
        }
        policy.statements.push(statement.clone());
        policy.revision_id = new_revision();
        let revision = policy.revision_id.clone();
        created(json!({"Statement": statement.to_string(), "RevisionId": revision}))
    }

    /// The error of a version whose policy is asked for.
    fn no_such_layer(&self, name: &str, number: u64) -> AwsError {
        not_found(format!(
            "Layer version {}:{number} does not exist.",
            self.layer_arn(name)
        ))
    }

    fn layer_statement(
        &self,
        body: &Value,
        id: &str,
        name: &str,
        number: u64,
    ) -> Result<Value, AwsError> {
        let principal = value::text(body, "Principal")?.unwrap_or_default();
        let mut out = Map::new();
        out.insert("Sid".into(), id.into());
        out.insert("Effect".into(), "Allow".into());
        let shown = if principal == "*" {
            json!("*")
        } else if principal.starts_with("arn:") {
            json!({"AWS": principal})
        } else {
            json!({"AWS": global_arn("iam", &self.region, principal, "root")})
        };
        out.insert("Principal".into(), shown);
        out.insert(
            "Action".into(),
            value::text(body, "Action")?.unwrap_or_default().into(),
        );
        out.insert(
            "Resource".into(),
            format!("{}:{number}", self.layer_arn(name)).into(),
        );
        if let Some(organization) = value::text(body, "OrganizationId")? {
            out.insert(
                "Condition".into(),
                json!({"StringEquals": {"aws:PrincipalOrgID": organization}}),
            );
        }
        Ok(out.into())
    }

    pub(super) fn get_layer_version_policy(&self, name: &str, number: &str) -> Answer {
        let name = layer_name(name)?;
        let number = layer_number(number)?;
        let state = self.state();
        let version = self
            .layer_version(&state, &name, number)
            .map_err(|_| self.no_such_layer(&name, number))?;
        let policy = version
            .policy
            .as_ref()
            .ok_or_else(|| not_found(NO_POLICY))?;
        ok(json!({"Policy": policy.document(), "RevisionId": policy.revision_id}))
    }

    pub(super) fn remove_layer_version_permission(
        &self,
        call: &Call<'_>,
        name: &str,
        number: &str,
        statement: &str,
    ) -> Answer {
        let name = layer_name(name)?;
        let number = layer_number(number)?;
        let mut state = self.state();
        state.touch(Touched::Layer(name.clone(), number));
        let version = state
            .layers
            .get_mut(&name)
            .and_then(|layer| layer.versions.get_mut(&number))
            .ok_or_else(|| self.no_such_layer(&name, number))?;
        let policy = version
            .policy
            .as_mut()
            .ok_or_else(|| not_found(NO_POLICY))?;
        if call
            .query("RevisionId")
            .is_some_and(|wanted| wanted != policy.revision_id)
        {
            return Err(revision_mismatch());
        }
        policy.remove(statement)?;
        if policy.statements.is_empty() {
            version.policy = None;
        }
        no_content()
    }
}

/// What the API's front door checks of a permission.
fn check(body: &Value) -> Result<(), AwsError> {
    let mut wrong = Violations::default();
    check_members(body, &mut wrong)?;
    if let Some(action) = value::text(body, "Action")? {
        let only = "lambda:GetLayerVersion";
        wrong.pattern("action", action, action == only, only);
    }
    if let Some(principal) = value::text(body, "Principal")? {
        let root = match principal.split(':').collect::<Vec<_>>().as_slice() {
            ["arn", partition, "iam", "", account, "root"] => {
                is_partition(partition) && is_account(account)
            }
            _ => false,
        };
        let fits = principal == "*" || is_account(principal) || root;
        let pattern = r"\d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root";
        wrong.pattern("principal", principal, fits, pattern);
    }
    wrong.check()
}
