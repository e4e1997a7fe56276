//! SimulateCustomPolicy and SimulatePrincipalPolicy: what policies allow, by the one evaluator.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>

use super::{Iam, Input, Role, State, invalid, no_such};
use crate::{
    error::AwsError,
    policy::{
        Context, Decision, Document, Outcome, Policies, Position, Principal, Request, decide,
    },
    request::Ctx,
};
use serde_json::{Value, json};

type Answer = Result<Value, AwsError>;

/// The documents that a simulation goes by.
struct Given {
    identity: Vec<Document>,
    boundary: Option<Vec<Document>>,
    resource: Option<Document>,
    principal: Principal,
}

impl Iam {
    pub(super) fn simulate_custom_policy(&self, ctx: &Ctx, input: &Input<'_>) -> Answer {
        let identity = documents(input, "PolicyInputList")?;
        simulate(ctx, input, identity, None, None)
    }

    pub(super) fn simulate_principal_policy(&self, ctx: &Ctx, input: &Input<'_>) -> Answer {
        let source = input.required("PolicySourceArn");
        let state = self.state();
        let mut bound = None;
        let identity = if source == crate::sts::user_arn(ctx) {
            // The sandbox's user is refused nothing, which is what this policy says.
            vec![everything()]
        } else {
            let role = state.roles.values().find(|role| role.arn == source);
            let role = role
                .ok_or_else(|| no_such(format!("The entity with ARN {source} cannot be found.")))?;
            bound = state.boundary_of(role);
            state.documents(role)
        };
        drop(state);
        let mut identity = identity;
        identity.extend(documents(input, "PolicyInputList")?);
        simulate(ctx, input, identity, bound, Some(source))
    }
}

impl State {
    /// The document that bounds what a role may do.
    pub(super) fn boundary_of(&self, role: &Role) -> Option<Document> {
        let policy = self.policies.get(role.boundary.as_ref()?)?;
        Document::parse(&policy.name, &policy.document)
    }

    /// Everything that a role may do, by attached and own policies.
    pub(super) fn documents(&self, role: &Role) -> Vec<Document> {
        let attached = role.attached.iter().filter_map(|arn| {
            let policy = self.policies.get(arn)?;
            Document::parse(&policy.name, &policy.document)
        });
        let inline = role.inline.iter().filter_map(|(name, text)| {
            Document::parse(&format!("role_{}_{name}", role.name), text)
        });
        attached.chain(inline).collect()
    }
}

fn everything() -> Document {
    let text = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    });
    Document::parse("AdministratorAccess", &text.to_string()).unwrap_or(Document {
        name: String::new(),
        variables: false,
        statements: Vec::new(),
    })
}

fn documents(input: &Input<'_>, member: &str) -> Result<Vec<Document>, AwsError> {
    let texts = input.list(member).iter().filter_map(Value::as_str);
    texts
        .enumerate()
        .map(|(at, text)| {
            let name = format!("{member}.{}", at + 1);
            Document::parse(&name, text).ok_or_else(|| unreadable(&name))
        })
        .collect()
}

fn unreadable(name: &str) -> AwsError {
    AwsError::new(
        400,
        "InvalidInput",
        format!("Invalid Input Policy {name}: Syntax errors in policy."),
    )
}

/// `bound` is the boundary that the principal has, unless the caller brings another.
fn simulate(
    ctx: &Ctx,
    input: &Input<'_>,
    identity: Vec<Document>,
    bound: Option<Document>,
    source: Option<&str>,
) -> Answer {
    let mut boundary = documents(input, "PermissionsBoundaryPolicyInputList")?;
    if boundary.is_empty() {
        boundary.extend(bound);
    }
    let resource = input
        .text("ResourcePolicy")
        .map(|text| {
            Document::parse("ResourcePolicy", text).ok_or_else(|| unreadable("ResourcePolicy"))
        })
        .transpose()?;
    let caller = input.text("CallerArn").or(source);
    let principal = match caller {
        Some(arn) => Principal::of_arn(arn).ok_or_else(|| {
            AwsError::new(400, "InvalidInput", format!("Invalid Entity Arn: {arn}"))
        })?,
        None => Principal::User {
            arn: crate::sts::user_arn(ctx),
        },
    };
    if resource.is_some() && caller.is_none() {
        return Err(AwsError::new(
            400,
            "InvalidInput",
            "CallerArn is required when ResourcePolicy is specified.",
        ));
    }
    let actions: Vec<&str> = texts(input, "ActionNames");
    if let Some(action) = actions.iter().find(|action| !action.contains(':')) {
        return Err(invalid(format!("Invalid Action: {action}")));
    }
    let mut resources = texts(input, "ResourceArns");
    let named = !resources.is_empty();
    if resources.is_empty() {
        resources.push("*");
    }
    let context = context(&principal, input);
    let given = Given {
        identity,
        boundary: (!boundary.is_empty()).then_some(boundary),
        resource,
        principal,
    };
    let rows = actions
        .iter()
        .flat_map(|action| resources.iter().map(move |resource| (*action, *resource)))
        .enumerate()
        .map(|(at, (action, resource))| {
            let owner = input.text("ResourceOwner");
            let row = given.result(action, resource, named, &context, owner);
            (format!("{at:06}"), row)
        });
    input.page("EvaluationResults", rows)
}

fn texts<'a>(input: &Input<'a>, member: &str) -> Vec<&'a str> {
    input
        .list(member)
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

fn context(principal: &Principal, input: &Input<'_>) -> Context {
    let mut context = Context::of(principal);
    for entry in input.list("ContextEntries") {
        let values = entry["ContextKeyValues"].as_array();
        let values = values.into_iter().flatten().filter_map(Value::as_str);
        if let Some(key) = entry["ContextKeyName"].as_str() {
            context.set(key, values.map(str::to_owned).collect());
        }
    }
    context
}

impl Given {
    fn result(
        &self,
        action: &str,
        resource: &str,
        named: bool,
        context: &Context,
        owner: Option<&str>,
    ) -> Value {
        let request = Request {
            principal: &self.principal,
            action,
            resource,
            context,
        };
        // The owner comes as an account or as an ARN; a resource names its account unless it is of S3's kind.
        let account = owner.unwrap_or(resource).split(':').nth(4).or(owner);
        let policies = Policies {
            identity: &self.identity,
            boundary: self.boundary.as_deref(),
            resource: self.resource.as_ref(),
            owner: account.filter(|account| !account.is_empty() && *account != "*"),
            ..Policies::default()
        };
        let outcome = decide(&request, &policies);
        shown(action, resource, named, &outcome)
    }
}

/// `named` says whether the caller named the resource: then AWS tells of it once more by itself.
fn shown(action: &str, resource: &str, named: bool, outcome: &Outcome<'_>) -> Value {
    let position = |at: Position| json!({"Line": at.line, "Column": at.column});
    let matched: Vec<Value> = outcome
        .matched
        .iter()
        .map(|(document, statement)| {
            json!({
                "SourcePolicyId": document.name,
                "SourcePolicyType": "IAM Policy",
                "StartPosition": position(statement.place.start),
                "EndPosition": position(statement.place.end),
            })
        })
        .collect();
    let mut out = json!({
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": outcome.decision.name(),
        "MatchedStatements": matched,
        "MissingContextValues": outcome.missing,
        "OrganizationsDecisionDetail": {"AllowedByOrganizations": true},
        "EvalDecisionDetails": {},
    });
    if named {
        out["ResourceSpecificResults"] = json!([{
            "EvalResourceName": resource,
            "EvalResourceDecision": outcome.decision.name(),
            "MatchedStatements": out["MatchedStatements"],
            "MissingContextValues": outcome.missing,
        }]);
    }
    if let Some(boundary) = outcome.boundary {
        out["PermissionsBoundaryDecisionDetail"] =
            json!({"AllowedByPermissionsBoundary": boundary == Decision::Allowed});
    }
    out
}
