//! STS: who the caller is, and temporary credentials. Every key is accepted; those that were given out here are known
//! by the role that they were given out for.
//!
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html>.

use crate::{
    error::AwsError,
    iam::Iam,
    protocol::{self, RpcService},
    region::lock,
    request::{Ctx, Request, Response},
};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

/// The user that every key belongs to that was not given out here.
pub const USER: &str = "sekisho";

/// The user's unique id.
pub const USER_ID: &str = "AIDASEKISHO0000000000";

/// How many sessions are remembered; the oldest are forgotten first.
const MAX_SESSIONS: usize = 1000;

/// The user's ARN.
pub fn user_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:user/{USER}")
}

/// STS.
#[derive(Debug)]
pub struct Sts {
    iam: Arc<Iam>,
    sessions: Mutex<VecDeque<Session>>,
}

/// Who temporary credentials were given out to.
#[derive(Debug, Clone)]
struct Session {
    access_key: String,
    arn: String,
    user_id: String,
}

impl Sts {
    /// No session yet.
    pub fn new(iam: Arc<Iam>) -> Self {
        Self {
            iam,
            sessions: Mutex::default(),
        }
    }

    /// Answers one request; none when it is in no protocol of STS.
    pub fn handle(&self, ctx: &Ctx, request: &Request) -> Option<Response> {
        let caller = Caller {
            sts: self,
            access_key: request.access_key().unwrap_or_default(),
        };
        protocol::handle_rpc(&caller, ctx, request)
    }

    fn session(&self, access_key: &str) -> Option<Session> {
        lock(&self.sessions)
            .iter()
            .find(|session| session.access_key == access_key)
            .cloned()
    }

    /// Gives out credentials.
    fn grant(&self, arn: String, user_id: String, seconds: i64) -> Value {
        let random = || uuid::Uuid::new_v4().simple().to_string();
        let access_key = format!("ASIA{}", random()[..16].to_ascii_uppercase());
        let mut sessions = lock(&self.sessions);
        if sessions.len() >= MAX_SESSIONS {
            sessions.pop_front();
        }
        sessions.push_back(Session {
            access_key: access_key.clone(),
            arn,
            user_id,
        });
        json!({
            "AccessKeyId": access_key,
            "SecretAccessKey": format!("{}{}", random(), &random()[..8]),
            "SessionToken": format!("{}{}", random(), random()),
            "Expiration": jiff::Timestamp::now().as_second() + seconds,
        })
    }
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
                let seconds = duration(&input, 43_200, 129_600)?;
                let (arn, user_id) = self.identity(ctx);
                Ok(json!({"Credentials": self.sts.grant(arn, user_id, seconds)}))
            }
            "GetAccessKeyInfo" => Ok(json!({"Account": ctx.account})),
            other => Err(protocol::unknown_operation(other)),
        }
    }
}

impl Caller<'_> {
    fn identity(&self, ctx: &Ctx) -> (String, String) {
        match self.sts.session(&self.access_key) {
            Some(session) => (session.arn, session.user_id),
            None => (user_arn(&ctx.account), USER_ID.to_owned()),
        }
    }

    fn assume_role(&self, ctx: &Ctx, input: &Value) -> Result<Value, AwsError> {
        let role = required(input, "RoleArn")?;
        let name = required(input, "RoleSessionName")?;
        check_mfa(input)?;
        let seconds = duration(input, 3600, 43_200)?;
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
        let arn = format!(
            "arn:aws:sts::{}:assumed-role/{role_name}/{name}",
            ctx.account
        );
        let user_id = format!("{role_id}:{name}");
        Ok(json!({
            "Credentials": self.sts.grant(arn.clone(), user_id.clone(), seconds),
            "AssumedRoleUser": {"AssumedRoleId": user_id, "Arn": arn},
        }))
    }
}

fn invalid(message: String) -> AwsError {
    AwsError::new(400, "ValidationError", message)
}

fn required<'a>(input: &'a Value, member: &str) -> Result<&'a str, AwsError> {
    input[member].as_str().filter(|text| !text.is_empty()).ok_or_else(|| {
        let mut name = member.to_owned();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        invalid(format!(
            "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

fn duration(input: &Value, usual: i64, most: i64) -> Result<i64, AwsError> {
    let seconds = input["DurationSeconds"].as_i64().unwrap_or(usual);
    if (900..=most).contains(&seconds) {
        return Ok(seconds);
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and {most}"
    )))
}

/// A device's code has six digits; which six is not known here.
fn check_mfa(input: &Value) -> Result<(), AwsError> {
    let serial = input["SerialNumber"].as_str();
    let code = input["TokenCode"].as_str();
    match (serial, code) {
        (None, None) => Ok(()),
        (Some(_), Some(code)) if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) => {
            Ok(())
        }
        (Some(_), Some(_)) => Err(AwsError::new(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
        )),
        _ => Err(AwsError::new(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        )),
    }
}
