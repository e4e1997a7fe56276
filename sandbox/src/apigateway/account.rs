//! The account's settings: the role that logs are written with, and the account's throttle.

use super::{
    Answer, ApiGateway, Call, error::bad_request, keep::Touched, model::Account, ok, patch::Op,
    shown,
};
use crate::region;
use serde_json::{Value, json};

/// Requests a second and at once, of an account in a region.
pub const LIMITS: (f64, i64) = (10_000.0, 5000);

/// Where the service says that it can write logs now, and how.
const WELCOME: (&str, &str) = (
    "/aws/apigateway/welcome",
    "Cloudwatch logs enabled for API Gateway",
);

fn described(account: &Account) -> Value {
    let mut out = shown(account);
    let (rate, burst) = LIMITS;
    out["throttleSettings"] = json!({"burstLimit": burst, "rateLimit": rate});
    out["features"] = json!(["UsagePlans"]);
    out["apiKeyVersion"] = "4".into();
    if let Some(role) = &account.cloudwatch_role_arn {
        out["cloudwatchRoleArn"] = role.as_str().into();
    }
    out
}

impl ApiGateway {
    pub(super) fn get_account(&self) -> Answer {
        ok(described(&self.state().account))
    }

    pub(super) fn update_account(&self, call: &Call<'_>) -> Answer {
        let patches = call.patches("updateAccountInput")?;
        let mut state = self.state();
        for patch in &patches {
            match patch.path() {
                "/cloudwatchRoleArn" => {
                    let role = patch.filled().filter(|_| patch.op != Op::Remove);
                    if role.as_ref().is_some_and(|role| !self.can_log(role)) {
                        return Err(bad_request(
                            "The role ARN does not have required permissions configured. Please grant trust permission for API Gateway and add the required role policy.",
                        ));
                    }
                    state.account.cloudwatch_role_arn = role;
                }
                "/features" => {}
                _ => return Err(patch.no_path()),
            }
        }
        let answer = described(&state.account);
        let is_logging = state.account.cloudwatch_role_arn.is_some();
        state.touch(Touched::Account);
        drop(state);
        if is_logging {
            let stream = uuid::Uuid::new_v4().simple().to_string();
            let line = (self.clock.now_ms(), WELCOME.1.to_owned());
            self.logs.put(WELCOME.0, &stream, &[line]);
        }
        ok(answer)
    }

    /// Whether a role is there, trusts API Gateway and may write to a log.
    fn can_log(&self, role: &str) -> bool {
        let source = self.arn("/account");
        let group = format!("log-group:{}:log-stream:any", WELCOME.0);
        let group = region::arn("logs", &self.region, &self.account, &group);
        self.iam
            .trusts(role, "apigateway.amazonaws.com", &self.account, &source)
            && self.iam.lets(role, "logs:PutLogEvents", &group)
    }

    /// Whether logs can be written: the account has a role that lets it. It may have been deleted meanwhile.
    pub fn logs(&self) -> bool {
        let role = self.state().account.cloudwatch_role_arn.clone();
        role.is_some_and(|role| self.can_log(&role))
    }
}
