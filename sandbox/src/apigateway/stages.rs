//! Stages: names for deployments, with what holds for their callers.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html>.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, conflict},
    keep::Touched,
    model::{Api, CanarySettings, Stage, Texts},
    ok,
    patch::{Op, Patch},
    settings, shown, value,
};
use crate::error::AwsError;
use serde_json::{Value, json};
use std::sync::Arc;

/// A stage with nothing set.
pub(super) fn bare(name: &str, now: i64) -> Stage {
    Stage {
        stage_name: name.to_owned(),
        cache_cluster_status: "NOT_AVAILABLE".into(),
        created_date: now,
        last_updated_date: now,
        ..Stage::default()
    }
}

/// # Errors
/// When a name has what none can have.
pub(super) fn check_name(name: &str) -> Result<(), AwsError> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    match !name.is_empty() && name.len() <= 128 && name.bytes().all(fits) {
        true => Ok(()),
        false => Err(bad_request("Stage name only allows a-zA-Z0-9_-")),
    }
}

/// # Errors
/// When a variable has a name or a value that none can have.
pub(super) fn check_variables(all: &Texts) -> Result<(), AwsError> {
    let in_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let in_value = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#&=,".contains(&b);
    for (name, value) in all {
        if name.is_empty() || !name.bytes().all(in_name) || !value.bytes().all(in_value) {
            return Err(bad_request(
                "Invalid stage variable value: null. Please use values with alphanumeric characters and the symbols ' ',-._~:/?#&=,",
            ));
        }
    }
    Ok(())
}

pub(super) fn set_cache(stage: &mut Stage, enabled: bool, size: Option<String>) {
    stage.cache_cluster_enabled = enabled;
    if let Some(size) = size {
        stage.cache_cluster_size = Some(size);
    } else if enabled && stage.cache_cluster_size.is_none() {
        stage.cache_cluster_size = Some("0.5".into());
    }
    let status = if enabled {
        "AVAILABLE"
    } else {
        "NOT_AVAILABLE"
    };
    stage.cache_cluster_status = status.into();
}

/// A canary as a request sets it.
///
/// # Errors
/// When a member has the wrong type.
pub(super) fn canary(given: &Value) -> Result<CanarySettings, AwsError> {
    let percent = &given["percentTraffic"];
    Ok(CanarySettings {
        percent_traffic: percent.as_f64().unwrap_or(0.0),
        deployment_id: value::filled(given, "deploymentId")?.unwrap_or_default(),
        stage_variable_overrides: value::map(given, "stageVariableOverrides")?.unwrap_or_default(),
        use_stage_cache: value::flag(given, "useStageCache").unwrap_or(false),
    })
}

impl ApiGateway {
    pub(super) fn get_stages(&self, call: &Call<'_>, id: &str) -> Answer {
        let state = self.state();
        let wanted = call.query("deploymentId");
        let all = self.api(&state, id)?.stages.values();
        let all: Vec<Value> = all
            .filter(|stage| wanted.is_none_or(|wanted| stage.deployment_id == wanted))
            .map(|stage| shown(stage.as_ref()))
            .collect();
        ok(json!({ "item": all }))
    }

    pub(super) fn create_stage(&self, call: &Call<'_>, id: &str) -> Answer {
        let body = call.body()?;
        let name = value::text(&body, "stageName")?.unwrap_or_default();
        let mut state = self.state();
        let now = self.now();
        let api = self.api_mut(&mut state, id)?;
        check_name(&name)?;
        if api.stages.contains_key(&name) {
            return Err(conflict("Stage already exists"));
        }
        let mut stage = bare(&name, now);
        stage.deployment_id = value::text(&body, "deploymentId")?.unwrap_or_default();
        if stage.deployment_id.is_empty() {
            return Err(bad_request("DeploymentId cannot be empty"));
        }
        api.check_deployment(&stage.deployment_id)?;
        stage.description = value::filled(&body, "description")?;
        stage.variables = value::map(&body, "variables")?.unwrap_or_default();
        check_variables(&stage.variables)?;
        stage.documentation_version = value::filled(&body, "documentationVersion")?;
        stage.tracing_enabled = value::flag(&body, "tracingEnabled").unwrap_or(false);
        stage.tags = value::map(&body, "tags")?.unwrap_or_default();
        let cached = value::flag(&body, "cacheClusterEnabled").unwrap_or(false);
        set_cache(
            &mut stage,
            cached,
            value::filled(&body, "cacheClusterSize")?,
        );
        if let Some(given) = body.get("canarySettings").filter(|given| !given.is_null()) {
            let mut canary = canary(given)?;
            if canary.deployment_id.is_empty() {
                canary.deployment_id.clone_from(&stage.deployment_id);
            }
            api.check_deployment(&canary.deployment_id)?;
            stage.canary_settings = Some(canary);
        }
        let answer = shown(&stage);
        api.stages.insert(name.clone(), Arc::new(stage));
        state.touch(Touched::Stage(id.to_owned(), name));
        created(answer)
    }

    pub(super) fn get_stage(&self, id: &str, name: &str) -> Answer {
        let state = self.state();
        ok(shown(self.api(&state, id)?.stage(name)?.as_ref()))
    }

    pub(super) fn delete_stage(&self, id: &str, name: &str) -> Answer {
        let mut state = self.state();
        self.api(&state, id)?.stage(name)?;
        let in_plan = state.plans.values().any(|plan| {
            let mut stages = plan.api_stages.iter();
            stages.any(|stage| stage.api_id == id && stage.stage == name)
        });
        if in_plan {
            return Err(bad_request(
                "Cannot delete stage, there are Usage Plans associated with it. Please detach all Usage Plans from this stage first.",
            ));
        }
        state.touch(Touched::Stage(id.to_owned(), name.to_owned()));
        self.api_mut(&mut state, id)?.stages.remove(name);
        accepted()
    }

    pub(super) fn update_stage(&self, call: &Call<'_>, id: &str, name: &str) -> Answer {
        let patches = call.patches("updateStageInput")?;
        let mut state = self.state();
        let now = self.now();
        let certificates: Vec<String> = state.certificates.keys().cloned().collect();
        let has_role = state.account.cloudwatch_role_arn.is_some();
        let api = self.api_mut(&mut state, id)?;
        let mut stage = Stage::clone(api.stage(name)?);
        for patch in &patches {
            apply(api, &certificates, &mut stage, patch)?;
        }
        if !has_role && patches.iter().any(begins_logging) {
            return Err(bad_request(
                "CloudWatch Logs role ARN must be set in account settings to enable logging",
            ));
        }
        stage.last_updated_date = now;
        let answer = shown(&stage);
        api.stages.insert(name.to_owned(), Arc::new(stage));
        state.touch(Touched::Stage(id.to_owned(), name.to_owned()));
        ok(answer)
    }
}

fn apply(
    api: &Api,
    certificates: &[String],
    stage: &mut Stage,
    patch: &Patch,
) -> Result<(), AwsError> {
    if patch.op == Op::Copy {
        return promote(stage, patch);
    }
    let parts = patch.parts();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let removed = patch.op == Op::Remove;
    match parts.as_slice() {
        ["deploymentId"] => {
            patch.only_replace()?;
            api.check_deployment(&patch.value())?;
            stage.deployment_id = patch.value();
        }
        ["description"] => stage.description = patch.filled().filter(|_| !removed),
        ["clientCertificateId"] => {
            if let Some(id) = patch
                .filled()
                .filter(|id| !removed && !certificates.contains(id))
            {
                return Err(bad_request(format!("Invalid client certificate id: {id}")));
            }
            stage.client_certificate_id = patch.filled().filter(|_| !removed);
        }
        ["documentationVersion"] => {
            stage.documentation_version = patch.filled().filter(|_| !removed);
        }
        ["tracingEnabled"] => stage.tracing_enabled = patch.is_true() && !removed,
        ["cacheClusterEnabled"] => set_cache(stage, patch.is_true(), None),
        ["cacheClusterSize"] => stage.cache_cluster_size = patch.filled(),
        ["variables", name] if removed => {
            stage.variables.remove(*name);
        }
        ["variables", name] => {
            let one = Texts::from([((*name).to_owned(), patch.value())]);
            check_variables(&one)?;
            stage.variables.extend(one);
        }
        ["accessLogSettings", rest @ ..] => access_log(stage, patch, rest)?,
        ["canarySettings", rest @ ..] => change_canary(api, stage, patch, rest)?,
        _ => settings::apply(stage, patch, &parts)?,
    }
    Ok(())
}

/// Whether a patch has logs written.
fn begins_logging(patch: &Patch) -> bool {
    let path = patch.path();
    let is_level = path.ends_with("/logging/loglevel") && patch.value() != "OFF";
    patch.op != Op::Remove && (is_level || path.starts_with("/accessLogSettings/"))
}

/// # Errors
/// When a line in this format would be several, or would not say which request it is of.
fn check_format(format: &str) -> Result<(), AwsError> {
    if format.trim_end_matches(['\r', '\n']).contains(['\r', '\n']) {
        return Err(bad_request(format!(
            "Access Log format must be single line, new line character is allowed only at end of the format: '{format}'"
        )));
    }
    match format.contains("context.requestId") || format.contains("context.extendedRequestId") {
        true => Ok(()),
        false => Err(bad_request(format!(
            "Access Log format must include either $context.requestId or $context.extendedRequestId : '{format}'"
        ))),
    }
}

fn access_log(stage: &mut Stage, patch: &Patch, rest: &[&str]) -> Result<(), AwsError> {
    if patch.op == Op::Remove {
        if !rest.is_empty() || stage.access_log_settings.is_none() {
            return Err(settings::nothing_to_remove(patch));
        }
        stage.access_log_settings = None;
        return Ok(());
    }
    let mut logged = stage.access_log_settings.clone().unwrap_or_default();
    let place = match rest {
        ["destinationArn"] => &mut logged.destination_arn,
        ["format"] => &mut logged.format,
        _ => {
            return Err(bad_request(
                "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]",
            ));
        }
    };
    let empty = || bad_request("Access Log value must not be empty");
    let value = patch.filled().ok_or_else(empty)?;
    if rest == ["format"] {
        check_format(&value)?;
    }
    *place = Some(value);
    stage.access_log_settings = Some(logged);
    Ok(())
}

fn change_canary(
    api: &Api,
    stage: &mut Stage,
    patch: &Patch,
    rest: &[&str],
) -> Result<(), AwsError> {
    if patch.op == Op::Remove && !matches!(rest, ["stageVariableOverrides", _]) {
        if !rest.is_empty() || stage.canary_settings.is_none() {
            return Err(settings::nothing_to_remove(patch));
        }
        stage.canary_settings = None;
        return Ok(());
    }
    let mut canary = stage
        .canary_settings
        .clone()
        .unwrap_or_else(|| CanarySettings {
            deployment_id: stage.deployment_id.clone(),
            ..CanarySettings::default()
        });
    match rest {
        ["stageVariableOverrides", name] if patch.op == Op::Remove => {
            canary.stage_variable_overrides.remove(*name);
        }
        ["stageVariableOverrides", name] => {
            let one = Texts::from([((*name).to_owned(), patch.value())]);
            check_variables(&one)?;
            canary.stage_variable_overrides.extend(one);
        }
        ["deploymentId" | "percentTraffic" | "useStageCache"] if patch.op != Op::Replace => {
            return Err(bad_request(format!(
                "Invalid {} operation with path: {}",
                patch.op.word(),
                patch.path()
            )));
        }
        ["deploymentId"] => {
            api.check_deployment(&patch.value())?;
            canary.deployment_id = patch.value();
        }
        ["percentTraffic"] => canary.percent_traffic = patch.value().parse().unwrap_or(0.0),
        ["useStageCache"] => canary.use_stage_cache = patch.is_true(),
        _ => return Err(settings::no_path(patch)),
    }
    stage.canary_settings = Some(canary);
    Ok(())
}

/// Takes over what the canary has.
fn promote(stage: &mut Stage, patch: &Patch) -> Result<(), AwsError> {
    let (path, from) = (patch.path(), patch.from.as_deref().unwrap_or("null"));
    let canary = stage.canary_settings.clone();
    let there = || bad_request("Promotion not available. Canary does not exist.");
    match (path, from) {
        ("/deploymentId", "/canarySettings/deploymentId") => {
            stage.deployment_id = canary.ok_or_else(there)?.deployment_id;
        }
        ("/variables", "/canarySettings/stageVariableOverrides") => {
            let canary = canary.ok_or_else(there)?;
            stage.variables.extend(canary.stage_variable_overrides);
        }
        _ => {
            return Err(bad_request(format!(
                "Invalid copy operation with path: {path} and from {from}. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]"
            )));
        }
    }
    Ok(())
}
