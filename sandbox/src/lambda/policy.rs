//! Resource policies: who may call a function.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html>.

use super::{
    Answer, Call, Lambda, Target, created,
    error::{Violations, conflict, not_found, revision_mismatch},
    model::{Function, Policy, new_revision},
    no_content, ok, value,
};
use crate::error::AwsError;
use serde_json::{Map, Value, json};

impl Lambda {
    pub(super) fn add_permission(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let body = call.body()?;
        let id = required(&body, "StatementId")?;
        let arn = self.arn(&target.name, target.qualifier.as_deref());
        let statement = statement(&body, &id, &arn)?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        self.check_qualifier(function, &target)?;
        let policy = function
            .policies
            .entry(key(&target))
            .or_insert_with(|| Policy {
                revision_id: function.latest.revision_id.clone(),
                statements: Vec::new(),
            });
        if let Some(revision) = value::text(&body, "RevisionId")?
            && revision != policy.revision_id
        {
            return Err(revision_mismatch());
        }
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
        created(json!({"Statement": statement.to_string()}))
    }

    pub(super) fn remove_permission(&self, call: &Call<'_>, name: &str, statement: &str) -> Answer {
        let target = call.target(name)?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        let policy = function
            .policies
            .get_mut(&key(&target))
            .ok_or_else(|| not_found("No policy is associated with the given resource."))?;
        if call
            .query("RevisionId")
            .is_some_and(|wanted| wanted != policy.revision_id)
        {
            return Err(revision_mismatch());
        }
        policy.remove(statement)?;
        if policy.statements.is_empty() {
            function.policies.remove(&key(&target));
        }
        no_content()
    }

    pub(super) fn get_policy(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target(name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        let policy = function
            .policies
            .get(&key(&target))
            .ok_or_else(|| not_found("The resource you requested does not exist."))?;
        ok(json!({"Policy": policy.document(), "RevisionId": policy.revision_id}))
    }

    /// # Errors
    /// `ResourceNotFoundException` when a qualifier names no version and no alias.
    pub(super) fn check_qualifier(
        &self,
        function: &Function,
        target: &Target,
    ) -> Result<(), AwsError> {
        match function.resolve(target.qualifier.as_deref()) {
            Some(_) => Ok(()),
            None => Err(self.no_function(target)),
        }
    }
}

impl Policy {
    /// Takes a statement away.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when it is not there.
    pub fn remove(&mut self, id: &str) -> Result<(), AwsError> {
        let before = self.statements.len();
        self.statements.retain(|statement| statement["Sid"] != id);
        if self.statements.len() == before {
            return Err(not_found(format!(
                "Statement {id} is not found in resource policy."
            )));
        }
        self.revision_id = new_revision();
        Ok(())
    }
}

fn key(target: &Target) -> String {
    target
        .qualifier
        .clone()
        .filter(|qualifier| qualifier != "$LATEST")
        .unwrap_or_default()
}

fn required(body: &Value, member: &str) -> Result<String, AwsError> {
    if let Some(text) = value::text(body, member)? {
        return Ok(text.to_owned());
    }
    let mut violations = Violations::default();
    let mut name = member.to_owned();
    name[..1].make_ascii_lowercase();
    violations.add(&name, "null", "Member must not be null");
    violations.check()?;
    Ok(String::new())
}

fn statement(body: &Value, id: &str, arn: &str) -> Result<Value, AwsError> {
    let action = required(body, "Action")?;
    let principal = required(body, "Principal")?;
    let mut violations = Violations::default();
    let known = action == "*" || action.starts_with("lambda:");
    violations.pattern(
        "action",
        &action,
        known,
        r"(lambda:[*]|lambda:[a-zA-Z]+|[*])",
    );
    violations.check()?;
    let mut out = Map::new();
    out.insert("Sid".into(), id.into());
    out.insert("Effect".into(), "Allow".into());
    out.insert("Principal".into(), show_principal(&principal));
    out.insert("Action".into(), action.into());
    out.insert("Resource".into(), arn.into());
    let mut conditions: Map<String, Value> = Map::new();
    let mut condition = |operator: &str, key: &str, value: Option<&str>| {
        if let Some(value) = value {
            let entry = conditions.entry(operator).or_insert_with(|| json!({}));
            entry[key] = value.into();
        }
    };
    condition(
        "StringEquals",
        "AWS:SourceAccount",
        value::text(body, "SourceAccount")?,
    );
    condition("ArnLike", "AWS:SourceArn", value::text(body, "SourceArn")?);
    condition(
        "StringEquals",
        "aws:PrincipalOrgID",
        value::text(body, "PrincipalOrgID")?,
    );
    condition(
        "StringEquals",
        "lambda:EventSourceToken",
        value::text(body, "EventSourceToken")?,
    );
    condition(
        "StringEquals",
        "lambda:FunctionUrlAuthType",
        value::text(body, "FunctionUrlAuthType")?,
    );
    if value::flag(body, "InvokedViaFunctionUrl") {
        condition("Bool", "lambda:InvokedViaFunctionUrl", Some("true"));
    }
    if !conditions.is_empty() {
        out.insert("Condition".into(), conditions.into());
    }
    Ok(out.into())
}

fn show_principal(principal: &str) -> Value {
    if principal == "*" {
        json!("*")
    } else if principal.contains(".amazonaws.com") || principal.contains(".amazon.com") {
        json!({"Service": principal})
    } else if principal.starts_with("arn:") {
        json!({"AWS": principal})
    } else {
        json!({"AWS": format!("arn:aws:iam::{principal}:root")})
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_statement_says_who_may_do_what_and_under_which_conditions() {
        let body = json!({
            "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
            "SourceArn": "arn:aws:s3:::orders",
            "SourceAccount": "000000000000",
        });
        let statement = statement(&body, "s3", "arn:x").unwrap();
        assert_eq!(
            statement["Principal"],
            json!({"Service": "s3.amazonaws.com"})
        );
        assert_eq!(
            statement["Condition"]["ArnLike"]["AWS:SourceArn"],
            "arn:aws:s3:::orders"
        );
        assert_eq!(
            statement["Condition"]["StringEquals"]["AWS:SourceAccount"],
            "000000000000"
        );
    }

    #[test]
    fn an_account_as_principal_is_its_root() {
        assert_eq!(
            show_principal("111122223333"),
            json!({"AWS": "arn:aws:iam::111122223333:root"})
        );
    }

    #[test]
    fn what_is_missing_is_named_in_lower_case_first() {
        let error = required(&json!({}), "StatementId").unwrap_err();
        assert!(
            error.message.contains("Value 'null' at 'statementId'"),
            "{error}"
        );
    }
}
