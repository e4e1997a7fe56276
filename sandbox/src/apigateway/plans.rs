//! Usage plans, and the keys in them.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateUsagePlan.html>.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, conflict, no_key, no_plan, not_found},
    keep::Touched,
    model::{ApiKey, ApiStage, Quota, State, Throttle, UsagePlan},
    new_id, ok,
    patch::{Op, Patch},
    shown, value,
};
use crate::error::AwsError;
use serde_json::{Value, json};

fn described(plan: &UsagePlan, with_tags: bool) -> Value {
    let mut out = shown(plan);
    if let Some(members) = out.as_object_mut() {
        members.remove("keys");
    }
    if with_tags {
        out["tags"] = json!(plan.tags);
    }
    out
}

fn key_shown(key: &ApiKey) -> Value {
    let mut out = json!({"id": key.id, "type": "API_KEY", "value": key.value});
    if let Some(name) = &key.name {
        out["name"] = name.as_str().into();
    }
    out
}

fn throttle(given: &Value) -> Throttle {
    Throttle {
        burst_limit: given["burstLimit"].as_i64().unwrap_or(0),
        rate_limit: given["rateLimit"].as_f64().unwrap_or(0.0),
    }
}

fn there<'a>(body: &'a Value, member: &str) -> Option<&'a Value> {
    body.get(member).filter(|given| !given.is_null())
}

fn check_quota(quota: &Quota) -> Result<(), AwsError> {
    if !["DAY", "WEEK", "MONTH"].contains(&quota.period.as_str()) {
        return Err(bad_request(
            "Usage plan quota period is invalid. Valid values are DAY, WEEK, MONTH",
        ));
    }
    if quota.limit < 0 || quota.offset < 0 {
        return Err(bad_request("Usage Plan quota limit must be positive"));
    }
    Ok(())
}

/// # Errors
/// When there is no such stage.
fn check_stage(state: &State, plan: &str, api: &str, stage: &str) -> Result<(), AwsError> {
    let found = state.apis.get(api);
    match found.is_some_and(|found| found.stages.contains_key(stage)) {
        true => Ok(()),
        false => Err(not_found(format!(
            "Invalid API Stage {{api: {api}, stage: {stage}}} specified for usageplan {plan}"
        ))),
    }
}

impl ApiGateway {
    pub(super) fn create_usage_plan(&self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let mut state = self.state();
        let mut made = UsagePlan {
            id: new_id(6),
            name: value::text(&body, "name")?.unwrap_or_default(),
            description: value::filled(&body, "description")?,
            throttle: there(&body, "throttle").map(throttle),
            tags: value::map(&body, "tags")?.unwrap_or_default(),
            ..UsagePlan::default()
        };
        for given in body["apiStages"].as_array().into_iter().flatten() {
            let api_id = value::text(given, "apiId")?.unwrap_or_default();
            let stage = value::text(given, "stage")?.unwrap_or_default();
            check_stage(&state, &made.id, &api_id, &stage)?;
            let methods = given["throttle"].as_object().into_iter().flatten();
            let methods = methods.map(|(at, given)| (at.clone(), throttle(given)));
            let throttle = methods.collect();
            made.api_stages.push(ApiStage {
                api_id,
                stage,
                throttle,
            });
        }
        if let Some(given) = there(&body, "quota") {
            let quota = Quota {
                limit: value::number(given, "limit")?.unwrap_or(0),
                offset: value::number(given, "offset")?.unwrap_or(0),
                period: value::text(given, "period")?.unwrap_or_default(),
            };
            check_quota(&quota)?;
            made.quota = Some(quota);
        }
        let answer = described(&made, false);
        state.touch(Touched::Plan(made.id.clone()));
        state.plans.insert(made.id.clone(), made);
        created(answer)
    }

    pub(super) fn get_usage_plans(&self, call: &Call<'_>) -> Answer {
        let key = call.query("keyId");
        let state = self.state();
        let all = state.plans.iter();
        let all = all.filter(|(_, plan)| key.is_none_or(|key| plan.keys.contains(key)));
        call.page(all.map(|(id, plan)| (id.as_str(), described(plan, false))))
    }

    pub(super) fn get_usage_plan(&self, id: &str) -> Answer {
        let state = self.state();
        ok(described(state.plans.get(id).ok_or_else(no_plan)?, true))
    }

    pub(super) fn update_usage_plan(&self, call: &Call<'_>, id: &str) -> Answer {
        let patches = call.patches("updateUsagePlanInput")?;
        let mut state = self.state();
        let mut changed = state.plans.get(id).ok_or_else(no_plan)?.clone();
        for patch in &patches {
            apply(&state, &mut changed, patch)?;
        }
        if let Some(quota) = &changed.quota {
            check_quota(quota)?;
        }
        let answer = described(&changed, true);
        state.touch(Touched::Plan(id.to_owned()));
        let limit =
            |plan: Option<&UsagePlan>| plan.and_then(|plan| Some(plan.quota.as_ref()?.limit));
        let before = limit(state.plans.get(id));
        if let (Some(before), Some(after)) = (before, limit(Some(&changed))) {
            state.move_limit(id, after - before);
        }
        state.plans.insert(id.to_owned(), changed);
        ok(answer)
    }

    pub(super) fn delete_usage_plan(&self, id: &str) -> Answer {
        let mut state = self.state();
        state.plans.remove(id).ok_or_else(no_plan)?;
        state.touch(Touched::Plan(id.to_owned()));
        let used: Vec<_> = state
            .usage
            .keys()
            .filter(|(plan, _)| plan == id)
            .cloned()
            .collect();
        for (plan, key) in used {
            state.usage.remove(&(plan.clone(), key.clone()));
            state.touch(Touched::Usage(plan, key));
        }
        accepted()
    }

    pub(super) fn get_usage_plan_keys(&self, call: &Call<'_>, id: &str) -> Answer {
        let name = call.query("name").unwrap_or_default();
        let state = self.state();
        // As recorded: a plan that is not there has no keys.
        let keys = state.plans.get(id).map(|plan| &plan.keys);
        let all = keys
            .into_iter()
            .flatten()
            .filter_map(|id| state.keys.get(id));
        let all = all.filter(|key| key.name.as_deref().unwrap_or_default().starts_with(name));
        call.page(all.map(|key| (key.id.as_str(), key_shown(key))))
    }

    pub(super) fn create_usage_plan_key(&self, call: &Call<'_>, id: &str) -> Answer {
        let body = call.body()?;
        let key = value::text(&body, "keyId")?.unwrap_or_default();
        let mut state = self.state();
        let answer = key_shown(state.keys.get(&key).ok_or_else(no_key)?);
        if value::text(&body, "keyType")?.as_deref() != Some("API_KEY") {
            return Err(bad_request("Invalid key type. Valid values are API_KEY"));
        }
        let stages = state.plans.get(id).ok_or_else(no_plan)?.api_stages.clone();
        let elsewhere = state.plans.values().any(|plan| {
            plan.id != id
                && plan.keys.contains(&key)
                && plan.api_stages.iter().any(|one| {
                    let mut all = stages.iter();
                    all.any(|other| other.api_id == one.api_id && other.stage == one.stage)
                })
        });
        if elsewhere {
            return Err(conflict(format!(
                "API Key {key} is already subscribed to a usage plan with one of its stages"
            )));
        }
        let plan = state.plans.get_mut(id).ok_or_else(no_plan)?;
        if !plan.keys.insert(key.clone()) {
            return Err(conflict(format!("Usage Plan Key {key} already exists")));
        }
        state.touch(Touched::Plan(id.to_owned()));
        created(answer)
    }

    pub(super) fn get_usage_plan_key(&self, id: &str, key: &str) -> Answer {
        let state = self.state();
        let plan = state.plans.get(id).ok_or_else(no_plan)?;
        let key = plan.keys.get(key).and_then(|key| state.keys.get(key));
        ok(key_shown(key.ok_or_else(no_key)?))
    }

    pub(super) fn delete_usage_plan_key(&self, id: &str, key: &str) -> Answer {
        let mut state = self.state();
        let plan = state.plans.get_mut(id).ok_or_else(no_plan)?;
        if !plan.keys.remove(key) {
            return Err(no_key());
        }
        state.touch(Touched::Plan(id.to_owned()));
        accepted()
    }
}

fn apply(state: &State, plan: &mut UsagePlan, patch: &Patch) -> Result<(), AwsError> {
    let parts = patch.parts();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let removed = patch.op == Op::Remove;
    match parts.as_slice() {
        ["name"] => plan.name = patch.value(),
        ["description"] => plan.description = patch.filled().filter(|_| !removed),
        ["productCode"] => plan.product_code = patch.filled().filter(|_| !removed),
        ["throttle"] if removed => plan.throttle = None,
        ["throttle", name] => {
            set(plan.throttle.get_or_insert_default(), name, patch)?;
        }
        ["quota"] if removed => plan.quota = None,
        ["quota", name] => {
            let quota = plan.quota.get_or_insert_with(|| Quota {
                period: "DAY".into(),
                ..Quota::default()
            });
            let number = || patch.value().parse().map_err(|_| not_number(patch));
            match *name {
                "limit" => quota.limit = number()?,
                "offset" => quota.offset = number()?,
                "period" => quota.period = patch.value(),
                _ => return Err(patch.no_path()),
            }
        }
        ["apiStages"] => stage(state, plan, patch)?,
        ["apiStages", of, "throttle"] if removed => {
            stage_mut(plan, of)?.throttle.clear();
        }
        ["apiStages", of, "throttle", method] if removed => {
            stage_mut(plan, of)?.throttle.remove(*method);
        }
        ["apiStages", of, "throttle", method, name] => {
            let all = &mut stage_mut(plan, of)?.throttle;
            set(all.entry((*method).to_owned()).or_default(), name, patch)?;
        }
        _ => return Err(patch.no_path()),
    }
    Ok(())
}

fn not_number(patch: &Patch) -> AwsError {
    bad_request(format!(
        "Invalid value for {}: {}",
        patch.path(),
        patch.value()
    ))
}

fn set(throttle: &mut Throttle, name: &str, patch: &Patch) -> Result<(), AwsError> {
    let value = patch.value();
    match name {
        "rateLimit" => throttle.rate_limit = value.parse().map_err(|_| not_number(patch))?,
        "burstLimit" => throttle.burst_limit = value.parse().map_err(|_| not_number(patch))?,
        _ => return Err(patch.no_path()),
    }
    Ok(())
}

fn no_stage() -> AwsError {
    bad_request("Invalid API Stage specified")
}

fn stage_mut<'a>(plan: &'a mut UsagePlan, of: &str) -> Result<&'a mut ApiStage, AwsError> {
    let (api, name) = of.split_once(':').ok_or_else(no_stage)?;
    let mut all = plan.api_stages.iter_mut();
    let found = all.find(|stage| stage.api_id == api && stage.stage == name);
    found.ok_or_else(no_stage)
}

/// Adds or takes away `API:STAGE`.
fn stage(state: &State, plan: &mut UsagePlan, patch: &Patch) -> Result<(), AwsError> {
    let value = patch.value();
    let (api, name) = value.split_once(':').ok_or_else(no_stage)?;
    let is_it = |stage: &ApiStage| stage.api_id == api && stage.stage == name;
    if patch.op == Op::Remove {
        let before = plan.api_stages.len();
        plan.api_stages.retain(|stage| !is_it(stage));
        return match plan.api_stages.len() < before {
            true => Ok(()),
            false => Err(no_stage()),
        };
    }
    check_stage(state, &plan.id, api, name)?;
    if !plan.api_stages.iter().any(is_it) {
        plan.api_stages.push(ApiStage {
            api_id: api.to_owned(),
            stage: name.to_owned(),
            ..ApiStage::default()
        });
    }
    Ok(())
}
