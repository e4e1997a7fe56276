//! What IAM refuses as `MalformedPolicyDocument`, in its words and in its order: syntax, version, unique ids, actions,
//! resources, and of trust policies which actions and elements they may have.
//!
//! The sentences are AWS's own, as moto's tests against AWS hold them
//! (<https://github.com/getmoto/moto/blob/master/tests/test_iam/test_iam_policies.py>).

use super::condition::is_operator;
use super::document::{statements, texts};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// What an identity may do.
    Identity,
    /// Who may assume a role.
    Trust,
}

const SYNTAX: &str = "Syntax errors in policy.";

/// # Errors
/// IAM's message.
pub fn check(text: &str, of: Use) -> Result<(), String> {
    let document: Value = serde_json::from_str(text).map_err(|_| match of {
        Use::Identity => SYNTAX.to_owned(),
        Use::Trust => "This policy contains invalid Json".to_owned(),
    })?;
    let listed = syntax(&document).ok_or(SYNTAX)?;
    if of == Use::Identity && document["Version"] != "2012-10-17" {
        return Err("Policy document must be version 2012-10-17 or greater.".to_owned());
    }
    unique_sids(listed)?;
    for statement in listed {
        let actions = named(statement, "Action", "NotAction");
        if actions.is_empty() {
            return Err("Policy statement must contain actions.".to_owned());
        }
        actions.iter().try_for_each(|action| vendor(action))?;
    }
    match of {
        Use::Identity => listed.iter().try_for_each(identity),
        Use::Trust => listed.iter().try_for_each(trust),
    }
}

/// The statements, where the grammar holds.
fn syntax(document: &Value) -> Option<&[Value]> {
    let known = ["Version", "Id", "Statement"];
    let top = document.as_object()?;
    let fits = top.keys().all(|key| known.contains(&key.as_str()))
        && top.get("Version").is_none_or(|version| {
            ["2012-10-17", "2008-10-17"].contains(&version.as_str().unwrap_or_default())
        })
        && top.get("Id").is_none_or(Value::is_string);
    let listed = statements(document)?;
    let each = !listed.is_empty()
        && listed
            .iter()
            .all(|one| one.as_object().is_some_and(statement));
    (fits && each).then_some(listed)
}

fn statement(statement: &Map<String, Value>) -> bool {
    let known = [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    let has = |name: &str| statement.contains_key(name);
    let twice = [
        ("Action", "NotAction"),
        ("Resource", "NotResource"),
        ("Principal", "NotPrincipal"),
    ];
    statement.keys().all(|key| known.contains(&key.as_str()))
        && ["Allow", "Deny"].contains(
            &statement
                .get("Effect")
                .and_then(Value::as_str)
                .unwrap_or(""),
        )
        && statement.get("Sid").is_none_or(Value::is_string)
        && !twice.iter().any(|(one, other)| has(one) && has(other))
        && ["Action", "NotAction", "Resource", "NotResource"]
            .iter()
            .all(|name| statement.get(*name).is_none_or(is_texts))
        && statement.get("Condition").is_none_or(conditions)
}

fn is_texts(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(list) => list.iter().all(Value::is_string),
        _ => false,
    }
}

fn conditions(value: &Value) -> bool {
    value.as_object().is_some_and(|operators| {
        operators.iter().all(|(operator, keys)| {
            is_operator(operator)
                && keys.as_object().is_some_and(|keys| {
                    keys.values().all(|values| {
                        values.is_string()
                            || values.is_boolean()
                            || values.is_number()
                            || values.is_array()
                    })
                })
        })
    })
}

fn unique_sids(listed: &[Value]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let sids = listed.iter().filter_map(|one| one["Sid"].as_str());
    for sid in sids.filter(|sid| !sid.is_empty()) {
        if !seen.insert(sid) {
            return Err("Statement IDs (SID) in a single policy must be unique.".to_owned());
        }
    }
    Ok(())
}

fn named(statement: &Value, these: &str, others: &str) -> Vec<String> {
    let value = statement.get(these).or_else(|| statement.get(others));
    value.map(texts).unwrap_or_default()
}

fn vendor(action: &str) -> Result<(), String> {
    if action == "*" {
        return Ok(());
    }
    let parts: Vec<&str> = action.split(':').collect();
    let [vendor, _] = parts[..] else {
        return Err(if parts.len() == 1 {
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned()
        } else {
            "Actions/Condition can contain only one colon.".to_owned()
        });
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if vendor != "*" && !vendor.chars().all(plain) {
        return Err(format!("Vendor {vendor} is not valid"));
    }
    Ok(())
}

fn identity(statement: &Value) -> Result<(), String> {
    if statement.get("Principal").is_some() || statement.get("NotPrincipal").is_some() {
        return Err("Policy document should not specify a principal.".to_owned());
    }
    let resources = named(statement, "Resource", "NotResource");
    if resources.is_empty() {
        return Err("Policy statement must contain resources.".to_owned());
    }
    resources.iter().try_for_each(|name| resource(name))
}

fn resource(name: &str) -> Result<(), String> {
    if name == "*" {
        return Ok(());
    }
    let mut parts = name.split(':');
    let (Some("arn"), Some(partition)) = (parts.next(), parts.next()) else {
        return Err(format!("Resource {name} must be in ARN format or \"*\"."));
    };
    if !(partition.starts_with("aws") || partition.contains(['*', '$', '?'])) {
        let mut rest: Vec<&str> = name.splitn(6, ':').skip(2).collect();
        rest.resize(4, "*");
        return Err(format!(
            "Partition \"{partition}\" is not valid for resource \"arn:{partition}:{}\".",
            rest.join(":")
        ));
    }
    if parts.next().is_none() {
        return Err(
            "Resource vendor must be fully qualified and cannot contain regexes.".to_owned(),
        );
    }
    Ok(())
}

fn trust(statement: &Value) -> Result<(), String> {
    if statement.get("Resource").is_some() || statement.get("NotResource").is_some() {
        return Err("Has prohibited field Resource.".to_owned());
    }
    let known = [
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:SetContext",
        "sts:SetSourceIdentity",
        "sts:TagSession",
    ];
    let actions = named(statement, "Action", "NotAction");
    let fits = |action: &String| {
        action == "sts:*"
            || action == "*"
            || known.iter().any(|one| one.eq_ignore_ascii_case(action))
    };
    if !actions.iter().all(fits) {
        return Err("Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  and sts:AssumeRoleWithWebIdentity".to_owned());
    }
    if statement.get("Principal").is_none() && statement.get("NotPrincipal").is_none() {
        return Err("Missing required field Principal".to_owned());
    }
    Ok(())
}
