//! Resource policies: who may call a function.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html>.

use super::{
    Answer, Call, Lambda, Target, created,
    destinations::is_destination,
    error::{Violations, conflict, invalid, not_found, revision_mismatch},
    model::{Function, Policy, new_revision},
    name::{is_digits, is_word},
    no_content, ok, value,
};
use crate::{error::AwsError, request::is_account};
use serde_json::{Map, Value, json};

const ARN_PATTERN: &str = r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)";

impl Lambda {
    pub(super) fn add_permission(&self, call: &Call<'_>, name: &str) -> Answer {
        let body = call.body()?;
        let mut wrong = Violations::default();
        check(&body, &mut wrong)?;
        let target = call.checked("AddPermission", name, wrong)?;
        if target.qualifier.as_deref() == Some("$LATEST") {
            // <https://github.com/terraform-aws-modules/terraform-aws-lambda/issues/36>
            return Err(invalid(
                "We currently do not support adding policies for $LATEST.",
            ));
        }
        let id = value::text(&body, "StatementId")?.unwrap_or_default();
        let arn = self.arn(&target.name, target.qualifier.as_deref());
        let statement = statement(&body, id, &arn)?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        self.check_qualifier(function, &target)?;
        check_revision(function, &target, value::text(&body, "RevisionId")?)?;
        let policy = function
            .policies
            .entry(key(&target))
            .or_insert_with(|| Policy {
                revision_id: String::new(),
                statements: Vec::new(),
            });
        if policy
            .statements
            .iter()
            .any(|statement| statement["Sid"] == id)
        {
            return Err(conflict(format!(
                "The statement id ({id}) provided already exists. Please provide a new statement id, or remove the existing statement."
            )));
        }
        policy.statements.push(statement.clone());
        function.renew(target.qualifier.as_deref());
        created(json!({"Statement": statement.to_string()}))
    }

    pub(super) fn remove_permission(&self, call: &Call<'_>, name: &str, statement: &str) -> Answer {
        let mut wrong = Violations::default();
        of_statement(
            statement,
            "([a-zA-Z0-9-_.]+)",
            |c| is_word(c) || c == '.',
            &mut wrong,
        );
        let target = call.checked("RemovePermission", name, wrong)?;
        let mut state = self.state();
        let function = self.function_mut(&mut state, &target)?;
        if !function.policies.contains_key(&key(&target)) {
            return Err(not_found(
                "No policy is associated with the given resource.",
            ));
        }
        check_revision(function, &target, call.query("RevisionId"))?;
        if let Some(policy) = function.policies.get_mut(&key(&target)) {
            policy.remove(statement)?;
            if policy.statements.is_empty() {
                function.policies.remove(&key(&target));
            }
        }
        function.renew(target.qualifier.as_deref());
        no_content()
    }

    pub(super) fn get_policy(&self, call: &Call<'_>, name: &str) -> Answer {
        let target = call.target("GetPolicy", name)?;
        let state = self.state();
        let function = self.function(&state, &target)?;
        let policy = function
            .policies
            .get(&key(&target))
            .ok_or_else(|| not_found("The resource you requested does not exist."))?;
        let revision = function.revision(target.qualifier.as_deref());
        ok(json!({"Policy": policy.document(), "RevisionId": revision}))
    }

    /// # Errors
    /// `ResourceNotFoundException` when a qualifier names no version and no alias.
    pub(super) fn check_qualifier(
        &self,
        function: &Function,
        target: &Target,
    ) -> Result<(), AwsError> {
        match (
            function.resolve(target.qualifier.as_deref()),
            &target.qualifier,
        ) {
            (Some(_), _) => Ok(()),
            (None, Some(qualifier)) if !is_digits(qualifier) => {
                Err(self.no_alias(&target.name, qualifier))
            }
            (None, _) => Err(self.no_function(target)),
        }
    }
}

/// A policy has no revision of its own: it is the function's, the version's or the alias's.
///
/// # Errors
/// `PreconditionFailedException` when another revision is wanted.
fn check_revision(
    function: &Function,
    target: &Target,
    wanted: Option<&str>,
) -> Result<(), AwsError> {
    let current = function.revision(target.qualifier.as_deref());
    match wanted {
        Some(wanted) if current.is_some_and(|current| current != wanted) => {
            Err(revision_mismatch())
        }
        _ => Ok(()),
    }
}

/// What the API's front door checks of a permission.
fn check(body: &Value, wrong: &mut Violations) -> Result<(), AwsError> {
    check_members(body, wrong)?;
    let mut of = |member: &str, at: &str, fits: &dyn Fn(&str) -> bool, pattern: &str| {
        if let Some(text) = value::text(body, member)? {
            wrong.pattern(at, text, fits(text), pattern);
        }
        Ok::<_, AwsError>(())
    };
    let action = |text: &str| {
        let name = text.strip_prefix("lambda:");
        text == "*"
            || name == Some("*")
            || name.is_some_and(|name| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic())
            })
    };
    of(
        "Action",
        "action",
        &action,
        r"(lambda:[*]|lambda:[a-zA-Z]+|[*])",
    )?;
    let principal = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    of("Principal", "principal", &principal, r"[^\s]+")?;
    of("SourceAccount", "sourceAccount", &is_account, r"\d{12}")?;
    let arn = |text: &str| text.starts_with("arn:") && is_destination(text);
    of("SourceArn", "sourceArn", &arn, ARN_PATTERN)?;
    let organization = |text: &str| {
        text.strip_prefix("o-").is_some_and(|rest| {
            (10..=32).contains(&rest.len())
                && rest
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
    };
    of(
        "PrincipalOrgID",
        "principalOrgID",
        &organization,
        "o-[a-z0-9]{10,32}",
    )?;
    if let Some(kind) = value::text(body, "FunctionUrlAuthType")? {
        wrong.one_of("functionUrlAuthType", kind, &["NONE", "AWS_IAM"]);
    }
    Ok(())
}

/// What permissions of functions and of layer versions have in common.
pub(super) fn check_members(body: &Value, wrong: &mut Violations) -> Result<(), AwsError> {
    for (member, at) in [
        ("StatementId", "statementId"),
        ("Action", "action"),
        ("Principal", "principal"),
    ] {
        wrong.required(at, body.get(member));
    }
    if let Some(id) = value::text(body, "StatementId")? {
        of_statement(id, "([a-zA-Z0-9-_]+)", is_word, wrong);
    }
    Ok(())
}

fn of_statement(id: &str, pattern: &str, fits: impl Fn(char) -> bool, wrong: &mut Violations) {
    wrong.pattern(
        "statementId",
        id,
        !id.is_empty() && id.chars().all(fits),
        pattern,
    );
    wrong.length("statementId", id, 100);
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

fn statement(body: &Value, id: &str, arn: &str) -> Result<Value, AwsError> {
    let action = value::text(body, "Action")?.unwrap_or_default();
    let principal = value::text(body, "Principal")?.unwrap_or_default();
    let mut out = Map::new();
    out.insert("Sid".into(), id.into());
    out.insert("Effect".into(), "Allow".into());
    out.insert(
        "Principal".into(),
        show_principal(principal, arn.split(':').nth(1).unwrap_or("aws"))?,
    );
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

/// # Errors
/// `InvalidParameterValueException` for what is neither a service nor an account, nor somebody in one.
fn show_principal(principal: &str, partition: &str) -> Result<Value, AwsError> {
    if principal == "*" {
        Ok(json!("*"))
    } else if is_account(principal) {
        Ok(json!({"AWS": format!("arn:{partition}:iam::{principal}:root")}))
    } else if principal.starts_with("arn:") {
        Ok(json!({"AWS": principal}))
    } else if principal.contains('.') {
        Ok(json!({"Service": principal}))
    } else {
        Err(invalid(
            "The provided principal was invalid. Please check the principal and try again.",
        ))
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
            show_principal("111122223333", "aws").unwrap(),
            json!({"AWS": "arn:aws:iam::111122223333:root"})
        );
        assert!(show_principal("somebody", "aws").is_err());
    }

    fn wrong(body: Value) -> String {
        let mut wrong = Violations::default();
        check(&body, &mut wrong).unwrap();
        wrong.check().unwrap_err().message
    }

    #[test]
    fn what_is_missing_or_malformed_is_told_in_one_message() {
        assert_eq!(
            wrong(json!({"StatementId": "example.com", "Action": "lambda:*"})),
            "2 validation errors detected: Value null at 'principal' failed to satisfy constraint: Member must not be null; Value 'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"
        );
        let whole = |member: &str, value: &str| {
            let mut body = json!({"StatementId": "s", "Action": "*", "Principal": "*"});
            body[member] = value.into();
            body
        };
        for (member, value) in [
            ("Action", "s3:GetObject"),
            ("Principal", "a b"),
            ("SourceAccount", "12"),
            ("SourceArn", "orders"),
            ("PrincipalOrgID", "o-1"),
            ("FunctionUrlAuthType", "open"),
        ] {
            let message = wrong(whole(member, value));
            assert!(
                message.starts_with("1 validation error detected"),
                "{message}"
            );
        }
    }
}
