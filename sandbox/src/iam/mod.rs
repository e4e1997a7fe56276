//! IAM, as much of it as creates and picks an execution role. It is global, and grants are kept, never enforced.
//!
//! Source of shapes and messages: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>.

mod keep;
mod linked;
mod managed;
mod policies;
mod role_policies;
mod roles;
mod simulate;
mod tags;
mod trust;
mod versions;

use crate::{
    clock::Clock,
    error::AwsError,
    policy::validate::{self, Use},
    protocol::{RpcService, model::Model},
    request::{Ctx, Request},
    services::{Answering, Row, Service, Services, Wire, absent},
    store::{Held, Shelf, Store},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex},
};

/// What a policy document leaves as it is when it is shown.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'*');

/// IAM's row in the table of services.
pub static ROW: Row = Row {
    version: Some("2010-05-08"),
    restore: Some(|services, records| services.global::<Iam>().restore(records)),
    ..Row::new("IAM", "iam", Wire::Query, answer)
};

/// Names' and paths' patterns are IAM's own to check, in words of its own; the rest is the model's. What kind of policy decided
/// is `IAM Policy` in AWS's answers and the kind of a boundary is `Policy`, which are none of the kinds that its model lists.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    Model::load(include_str!("../protocol/model/iam.json"))
        .without_values(&["PolicySourceType", "PermissionsBoundaryAttachmentType"])
        .without_patterns(&[
            "roleNameType",
            "policyNameType",
            "pathType",
            "policyPathType",
        ])
});

fn answer<'a>(services: &'a Services, ctx: &'a Ctx, request: &'a Request) -> Answering<'a> {
    Box::pin(async move {
        let iam = services.global::<Iam>();
        MODEL
            .answer(
                iam.as_ref(),
                &|operation| ROW.lacks(operation),
                ctx,
                request,
            )
            .unwrap_or_else(|| absent::no_operation(ctx, request))
    })
}

/// IAM.
#[derive(Debug)]
pub struct Iam {
    clock: Clock,
    state: Mutex<State>,
    shelf: Shelf,
}

#[derive(Debug)]
struct State {
    roles: BTreeMap<String, Role>,
    /// By ARN.
    policies: BTreeMap<String, Policy>,
    kept: keep::Kept,
}

#[derive(Debug, Serialize, Deserialize)]
struct Role {
    name: String,
    id: String,
    arn: String,
    path: String,
    /// Epoch seconds.
    created: f64,
    trust: String,
    description: String,
    /// Seconds.
    max_session: i64,
    tags: Vec<Value>,
    /// The ARN of the policy that is its permissions boundary.
    #[serde(default)]
    boundary: Option<String>,
    /// ARNs of managed policies.
    attached: Vec<String>,
    inline: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Policy {
    name: String,
    id: String,
    arn: String,
    path: String,
    description: String,
    /// Of the default version.
    document: String,
    /// Epoch seconds.
    created: f64,
    /// Epoch seconds; none before the first change.
    #[serde(default)]
    updated: Option<f64>,
    #[serde(default)]
    tags: Vec<Value>,
    /// Empty as long as there is only the first.
    #[serde(default)]
    versions: Vec<Version>,
    /// The number of the default version; 0 is the first as well.
    #[serde(default)]
    default_version: u32,
    /// The highest number that a version had.
    #[serde(default)]
    last_version: u32,
}

/// A version of a policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Version {
    number: u32,
    document: String,
    /// Epoch seconds.
    created: f64,
}

impl Iam {
    /// IAM with AWS's own policies and nothing else.
    pub fn new(store: &Store, clock: Clock) -> Self {
        Self {
            clock,
            state: Mutex::new(State {
                roles: BTreeMap::new(),
                policies: managed::all(),
                kept: keep::Kept::default(),
            }),
            shelf: store.shelf(keep::SERVICE, ""),
        }
    }

    /// The state; what is changed is kept when it is let go.
    fn state(&self) -> Held<'_, State> {
        Held::new(&self.state, &self.shelf)
    }

    /// The id of a role, which an assumed role's user is named by.
    pub fn role_id(&self, arn: &str) -> Option<String> {
        self.state()
            .roles
            .values()
            .find(|role| role.arn == arn)
            .map(|role| role.id.clone())
    }
}

impl Service for Iam {
    const GLOBAL: bool = true;

    fn make(services: &Services, _region: &str) -> Arc<Self> {
        Arc::new(Self::new(&services.store, services.base.clock.clone()))
    }
}

impl RpcService for Iam {
    fn call(&self, ctx: &Ctx, operation: &str, input: Value) -> Result<Value, AwsError> {
        let input = Input(&input);
        match operation {
            "CreateRole" => self.create_role(ctx, &input),
            "GetRole" => self.get_role(&input),
            "ListRoles" => self.list_roles(&input),
            "UpdateRole" => self.update_role(&input),
            "UpdateAssumeRolePolicy" => self.update_assume_role_policy(&input),
            "DeleteRole" => self.delete_role(&input),
            "TagRole" => self.tag_role(&input),
            "UntagRole" => self.untag_role(&input),
            "ListRoleTags" => self.list_role_tags(&input),
            "PutRolePermissionsBoundary" => self.put_role_boundary(&input),
            "DeleteRolePermissionsBoundary" => self.delete_role_boundary(&input),
            "CreateServiceLinkedRole" => self.create_service_linked_role(ctx, &input),
            "DeleteServiceLinkedRole" => self.delete_service_linked_role(&input),
            "GetServiceLinkedRoleDeletionStatus" => self.deletion_status(&input),
            "AttachRolePolicy" => self.attach_role_policy(&input),
            "DetachRolePolicy" => self.detach_role_policy(&input),
            "ListAttachedRolePolicies" => self.list_attached_role_policies(&input),
            "PutRolePolicy" => self.put_role_policy(&input),
            "GetRolePolicy" => self.get_role_policy(&input),
            "DeleteRolePolicy" => self.delete_role_policy(&input),
            "ListRolePolicies" => self.list_role_policies(&input),
            "CreatePolicy" => self.create_policy(ctx, &input),
            "GetPolicy" => self.get_policy(&input),
            "GetPolicyVersion" => self.get_policy_version(&input),
            "ListPolicyVersions" => self.list_policy_versions(&input),
            "CreatePolicyVersion" => self.create_policy_version(&input),
            "DeletePolicyVersion" => self.delete_policy_version(&input),
            "SetDefaultPolicyVersion" => self.set_default_policy_version(&input),
            "TagPolicy" => self.tag_policy(&input),
            "UntagPolicy" => self.untag_policy(&input),
            "ListPolicyTags" => self.list_policy_tags(&input),
            "DeletePolicy" => self.delete_policy(&input),
            "ListPolicies" => self.list_policies(ctx, &input),
            "SimulateCustomPolicy" => self.simulate_custom_policy(ctx, &input),
            "SimulatePrincipalPolicy" => self.simulate_principal_policy(ctx, &input),
            "ListAccountAliases" => {
                Ok(json!({"AccountAliases": ["sekisho-sandbox"], "IsTruncated": false}))
            }
            "GetUser" => Ok(get_user(ctx)),
            other => Err(ROW.lacks(other)),
        }
    }
}

fn get_user(ctx: &Ctx) -> Value {
    json!({"User": {
        "Path": "/",
        "UserName": crate::sts::USER,
        "UserId": crate::sts::USER_ID,
        "Arn": crate::sts::user_arn(ctx),
        "CreateDate": 1_767_225_600.0,
    }})
}

/// An operation's members.
struct Input<'a>(&'a Value);

impl<'a> Input<'a> {
    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_str()
    }

    /// A member that the model requires; what a caller within the sandbox leaves out is empty.
    fn required(&self, name: &str) -> &'a str {
        self.text(name).unwrap_or_default()
    }

    fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    fn list(&self, name: &str) -> &'a [Value] {
        self.0
            .get(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// A name of letters, digits and `+=,.@_-`.
    fn name(&self, member: &str) -> Result<&'a str, AwsError> {
        let text = self.required(member);
        let plain = text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c));
        if plain {
            return Ok(text);
        }
        Err(invalid(format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        )))
    }

    /// A path that begins and ends with a slash.
    fn path(&self) -> Result<&'a str, AwsError> {
        match self.text("Path") {
            None => Ok("/"),
            Some(path) if path.starts_with('/') && path.ends_with('/') => Ok(path),
            Some(_) => Err(invalid(
                "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
            )),
        }
    }

    /// A policy document for a use, checked as IAM checks it.
    fn document(&self, member: &str, of: Use) -> Result<&'a str, AwsError> {
        let text = self.required(member);
        match validate::check(text, of) {
            Ok(()) => Ok(text),
            Err(message) => Err(AwsError::new(400, "MalformedPolicyDocument", message)),
        }
    }

    /// A page of rows that come in the order of their keys.
    fn page(
        &self,
        member: &str,
        rows: impl Iterator<Item = (String, Value)>,
    ) -> Result<Value, AwsError> {
        let most = self.number("MaxItems").unwrap_or(100);
        let after = self.text("Marker");
        let mut rest = rows.skip_while(|(key, _)| after.is_some_and(|after| key.as_str() <= after));
        let mut shown = Vec::new();
        let mut last = None;
        for (key, row) in rest.by_ref().take(usize::try_from(most).unwrap_or(100)) {
            shown.push(row);
            last = Some(key);
        }
        let more = rest.next().is_some();
        let mut out = Map::new();
        out.insert(member.to_owned(), shown.into());
        out.insert("IsTruncated".into(), more.into());
        if let Some(last) = last.filter(|_| more) {
            out.insert("Marker".into(), last.into());
        }
        Ok(out.into())
    }
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::new(400, "ValidationError", message)
}

fn no_such(message: impl Into<String>) -> AwsError {
    AwsError::new(404, "NoSuchEntity", message)
}

/// What is said of a service-linked role that is there.
fn exists_already(name: &str) -> String {
    format!(
        "Service role name {name} has been taken in this account, please try a different suffix."
    )
}

fn exists(message: impl Into<String>) -> AwsError {
    AwsError::new(409, "EntityAlreadyExists", message)
}

fn nothing() -> Result<Value, AwsError> {
    Ok(json!({}))
}

/// A document as IAM shows it: percent-encoded.
fn shown_document(document: &str) -> String {
    utf8_percent_encode(document, PLAIN).to_string()
}

/// An id with its prefix, for example `AROA` of roles.
fn new_id(prefix: &str) -> String {
    let random = uuid::Uuid::new_v4()
        .simple()
        .to_string()
        .to_ascii_uppercase();
    format!("{prefix}{}", &random[..17])
}

/// Whole seconds, as IAM keeps them.
fn seconds(clock: &Clock) -> f64 {
    clock.now().as_second() as f64
}
