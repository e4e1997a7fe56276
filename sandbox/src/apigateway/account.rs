//! The account's settings: the role that logs are written with, and the account's throttle.

use super::{
    Answer, ApiGateway, Call, error::bad_request, keep::Touched, model::Account, ok, patch::Op,
    shown,
};
use serde_json::{Value, json};

/// Requests a second and at once, of an account in a region.
pub const LIMITS: (f64, i64) = (10_000.0, 5000);

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
                    if role.as_ref().is_some_and(|role| !role.starts_with("arn:")) {
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
        state.touch(Touched::Account);
        ok(described(&state.account))
    }
}
