//! STS: who the caller is, and temporary credentials. Every key is accepted; those that were given out here are known
//! by the role that they were given out for.
//!
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html>.

use crate::{
    clock::Clock,
    error::AwsError,
    iam::Iam,
    protocol::{RpcService, model::Model},
    region::{global_arn, lock},
    request::{Ctx, Request},
    runtime::Credentials,
    services::{Answering, Row, Service, Services, Wire, absent},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, LazyLock, Mutex},
};

/// STS's row in the table of services.
pub static ROW: Row = Row {
    version: Some("2011-06-15"),
    ..Row::new("STS", "sts", Wire::Query, answer)
};

static MODEL: LazyLock<Model> =
    LazyLock::new(|| Model::load(include_str!("../protocol/model/sts.json")));

fn answer<'a>(services: &'a Services, ctx: &'a Ctx, request: &'a Request) -> Answering<'a> {
    Box::pin(async move {
        let caller = Caller {
            sts: &services.global::<Sts>(),
            access_key: request.access_key().unwrap_or_default(),
        };
        MODEL
            .answer(&caller, &|operation| ROW.lacks(operation), ctx, request)
            .unwrap_or_else(|| absent::no_operation(ctx, request))
    })
}

impl Service for Sts {
    const GLOBAL: bool = true;

    fn make(services: &Services, _region: &str) -> Arc<Self> {
        Arc::new(Self::new(services.global(), services.base.clock.clone()))
    }
}

/// The user that every key belongs to that was not given out here.
pub const USER: &str = "sekisho";

/// The user's unique id.
pub const USER_ID: &str = "AIDASEKISHO0000000000";

/// How many sessions are remembered; the oldest are forgotten first.
const MAX_SESSIONS: usize = 1000;

/// The user's ARN.
pub fn user_arn(ctx: &Ctx) -> String {
    own_arn(&ctx.region, &ctx.account)
}

fn own_arn(region: &str, account: &str) -> String {
    global_arn("iam", region, account, &format!("user/{USER}"))
}

/// STS.
#[derive(Debug)]
pub struct Sts {
    clock: Clock,
    iam: Arc<Iam>,
    sessions: Mutex<VecDeque<Session>>,
    /// What functions sign with, by their ARN and their role.
    functions: Mutex<HashMap<(String, String), (Session, Credentials)>>,
}

/// Who an access key belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub access_key: String,
    pub account: String,
    pub arn: String,
    pub user_id: String,
}

/// Who temporary credentials were given out to.
#[derive(Debug, Clone)]
struct Session {
    access_key: String,
    arn: String,
    user_id: String,
    /// Keys of the tags that sessions which follow from it have as well, in small letters.
    transitive: BTreeSet<String>,
}

impl Sts {
    /// No session yet.
    pub fn new(iam: Arc<Iam>, clock: Clock) -> Self {
        Self {
            clock,
            iam,
            sessions: Mutex::default(),
            functions: Mutex::default(),
        }
    }

    fn session(&self, access_key: &str) -> Option<Session> {
        let known = lock(&self.sessions)
            .iter()
            .find(|session| session.access_key == access_key)
            .cloned();
        known.or_else(|| {
            let functions = lock(&self.functions);
            let mut sessions = functions.values().map(|(session, _)| session);
            sessions
                .find(|session| session.access_key == access_key)
                .cloned()
        })
    }

    /// Who an access key belongs to: every one that was not given out here is the user's.
    pub fn identity(&self, region: &str, account: &str, access_key: &str) -> Identity {
        let (arn, user_id) = match self.session(access_key) {
            Some(session) => (session.arn, session.user_id),
            None => (own_arn(region, account), USER_ID.to_owned()),
        };
        Identity {
            access_key: access_key.to_owned(),
            account: account.to_owned(),
            arn,
            user_id,
        }
    }

    /// The credentials of a function's environments: those of its role, in a session named after the function.
    pub fn of_function(&self, account: &str, function_arn: &str, role: &str) -> Credentials {
        let mut parts = function_arn.split(':');
        let region = parts.nth(3).unwrap_or_default();
        let name = parts.next_back().unwrap_or_default();
        let key = (function_arn.to_owned(), role.to_owned());
        let mut functions = lock(&self.functions);
        let (_, credentials) = functions.entry(key).or_insert_with(|| {
            let access_key = access_key();
            let role_name = role.rsplit('/').next().unwrap_or_default();
            let role_id = self.iam.role_id(role);
            let role_id = role_id.unwrap_or_else(|| "AROASEKISHO0000000000".to_owned());
            let session = Session {
                access_key: access_key.clone(),
                arn: global_arn(
                    "sts",
                    region,
                    account,
                    &format!("assumed-role/{role_name}/{name}"),
                ),
                user_id: format!("{role_id}:{name}"),
                transitive: BTreeSet::new(),
            };
            let credentials = Credentials {
                access_key,
                secret: secret(),
                token: token(),
            };
            (session, credentials)
        });
        credentials.clone()
    }

    /// A function that is gone has none.
    pub fn forget_function(&self, function_arn: &str) {
        lock(&self.functions).retain(|(arn, _), _| arn != function_arn);
    }

    /// Gives out credentials.
    fn grant(
        &self,
        (arn, user_id): (String, String),
        seconds: i64,
        transitive: BTreeSet<String>,
    ) -> Value {
        let access_key = access_key();
        let mut sessions = lock(&self.sessions);
        if sessions.len() >= MAX_SESSIONS {
            sessions.pop_front();
        }
        sessions.push_back(Session {
            access_key: access_key.clone(),
            arn,
            user_id,
            transitive,
        });
        json!({
            "AccessKeyId": access_key,
            "SecretAccessKey": secret(),
            "SessionToken": token(),
            "Expiration": self.clock.now().as_second() + seconds,
        })
    }
}

fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn access_key() -> String {
    format!("ASIA{}", random()[..16].to_ascii_uppercase())
}

fn secret() -> String {
    format!("{}{}", random(), &random()[..8])
}

fn token() -> String {
    format!("{}{}", random(), random())
}

/// STS as one caller sees it.
struct Caller<'a> {
    sts: &'a Sts,
    access_key: String,
}

impl RpcService for Caller<'_> {
    fn call(&self, ctx: &Ctx, operation: &str, input: Value) -> Result<Value, AwsError> {
        match operation {
            "GetCallerIdentity" => {
                let (arn, user_id) = self.identity(ctx);
                Ok(json!({"Arn": arn, "UserId": user_id, "Account": ctx.account}))
            }
            "AssumeRole" => self.assume_role(ctx, &input),
            "GetSessionToken" => {
                check_mfa(&input)?;
                let seconds = input["DurationSeconds"].as_i64().unwrap_or(43_200);
                let passed = self.transitive();
                Ok(json!({"Credentials": self.sts.grant(self.identity(ctx), seconds, passed)}))
            }
            "GetFederationToken" => self.federate(ctx, &input),
            "GetAccessKeyInfo" => Ok(json!({"Account": ctx.account})),
            other => Err(ROW.lacks(other)),
        }
    }
}

impl Caller<'_> {
    fn identity(&self, ctx: &Ctx) -> (String, String) {
        let identity = self
            .sts
            .identity(&ctx.region, &ctx.account, &self.access_key);
        (identity.arn, identity.user_id)
    }

    /// The tags that the caller's session passes on.
    fn transitive(&self) -> BTreeSet<String> {
        let session = self.sts.session(&self.access_key);
        session
            .map(|session| session.transitive)
            .unwrap_or_default()
    }

    /// GetFederationToken: credentials under a name that the caller gives.
    fn federate(&self, ctx: &Ctx, input: &Value) -> Result<Value, AwsError> {
        check_tags(input)?;
        let name = input["Name"].as_str().unwrap_or_default();
        let seconds = input["DurationSeconds"].as_i64().unwrap_or(43_200);
        let user = format!("federated-user/{name}");
        let arn = global_arn("sts", &ctx.region, &ctx.account, &user);
        let id = format!("{}:{name}", ctx.account);
        Ok(json!({
            "Credentials": self.sts.grant((arn.clone(), id.clone()), seconds, BTreeSet::new()),
            "FederatedUser": {"FederatedUserId": id, "Arn": arn},
            "PackedPolicySize": 0,
        }))
    }

    fn assume_role(&self, ctx: &Ctx, input: &Value) -> Result<Value, AwsError> {
        let role = input["RoleArn"].as_str().unwrap_or_default();
        let name = input["RoleSessionName"].as_str().unwrap_or_default();
        if !is_arn(role) {
            return Err(AwsError::new(
                400,
                "ValidationError",
                format!("{role} is invalid"),
            ));
        }
        let (tags, mut transitive) = check_tags(input)?;
        let passed = self.transitive();
        if tags.iter().any(|key| passed.contains(key)) {
            return Err(wrong(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
            ));
        }
        transitive.extend(passed);
        check_mfa(input)?;
        let seconds = input["DurationSeconds"].as_i64().unwrap_or(3600);
        let Some(role_id) = self.sts.iam.role_id(role) else {
            let (caller, _) = self.identity(ctx);
            return Err(AwsError::new(
                403,
                "AccessDenied",
                format!(
                    "User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role}"
                ),
            ));
        };
        let role_name = role.rsplit('/').next().unwrap_or_default();
        let arn = global_arn(
            "sts",
            &ctx.region,
            &ctx.account,
            &format!("assumed-role/{role_name}/{name}"),
        );
        let user_id = format!("{role_id}:{name}");
        Ok(json!({
            "Credentials": self.sts.grant((arn.clone(), user_id.clone()), seconds, transitive),
            "AssumedRoleUser": {"AssumedRoleId": user_id, "Arn": arn},
        }))
    }
}

/// Whether a text is as an ARN is: six parts, with a partition, a service and a resource.
fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", partition, service, _, _, resource]
        if !partition.is_empty() && !service.is_empty() && !resource.is_empty())
}

fn wrong(message: &str) -> AwsError {
    AwsError::new(400, "InvalidParameterValue", message)
}

/// The keys of the tags, and of those that are passed on, in small letters: keys have no case, and only tags that are there
/// can be passed on.
fn check_tags(input: &Value) -> Result<(BTreeSet<String>, BTreeSet<String>), AwsError> {
    let tags = input["Tags"].as_array();
    let keys = tags
        .into_iter()
        .flatten()
        .filter_map(|tag| tag["Key"].as_str());
    let mut known = BTreeSet::new();
    for key in keys {
        if !known.insert(key.to_lowercase()) {
            return Err(wrong(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
    }
    let transitive = input["TransitiveTagKeys"].as_array();
    let transitive = transitive.into_iter().flatten().filter_map(Value::as_str);
    let transitive: BTreeSet<String> = transitive.map(str::to_lowercase).collect();
    if !transitive.is_subset(&known) {
        return Err(wrong(
            "The specified transitive tag key must be included in the requested tags.",
        ));
    }
    Ok((known, transitive))
}

/// Which code a device shows is not known here: any of six digits is right, and the shape holds it to six.
fn check_mfa(input: &Value) -> Result<(), AwsError> {
    let serial = input["SerialNumber"].as_str();
    let code = input["TokenCode"].as_str();
    match (serial, code) {
        (None, None) => Ok(()),
        (Some(_), Some(_)) => Ok(()),
        _ => Err(AwsError::new(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        )),
    }
}
