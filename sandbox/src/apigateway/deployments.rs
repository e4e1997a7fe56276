//! Deployments: frozen copies of an API.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html>.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, no_deployment, not_found},
    keep::Touched,
    model::{Api, CanarySettings, Definition, Deployment, Stage},
    new_id, ok, stages, value,
};
use crate::error::AwsError;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A deployment as it is answered: what it froze only in short, and only when it is asked for.
fn described(deployment: &Deployment, with_summary: bool) -> Value {
    let mut out = Map::new();
    out.insert("id".into(), deployment.id.as_str().into());
    if let Some(description) = &deployment.description {
        out.insert("description".into(), description.as_str().into());
    }
    out.insert("createdDate".into(), deployment.created_date.into());
    if with_summary {
        out.insert("apiSummary".into(), summary(&deployment.frozen));
    }
    out.into()
}

fn summary(frozen: &Definition) -> Value {
    let mut paths = Map::new();
    for resource in frozen.resources.values() {
        if resource.resource_methods.is_empty() {
            continue;
        }
        let methods = resource.resource_methods.iter().map(|(verb, method)| {
            let said = json!({
                "authorizationType": method.authorization_type,
                "apiKeyRequired": method.api_key_required,
            });
            (verb.clone(), said)
        });
        paths.insert(resource.path.clone(), methods.collect::<Map<_, _>>().into());
    }
    paths.into()
}

impl ApiGateway {
    pub(super) fn get_deployments(&self, call: &Call<'_>, id: &str) -> Answer {
        let summary = call.query("embed") == Some("apisummary");
        let state = self.state();
        let all = self.api(&state, id)?.deployments.iter();
        call.page(all.map(|(id, deployment)| (id.as_str(), described(deployment, summary))))
    }

    pub(super) fn create_deployment(&self, call: &Call<'_>, id: &str) -> Answer {
        let body = call.body()?;
        let mut state = self.state();
        let now = self.now();
        let api = self.api_mut(&mut state, id)?;
        check(&api.now)?;
        let name = value::text(&body, "stageName")?;
        if let Some(canary) = body.get("canarySettings").filter(|given| !given.is_null()) {
            check_canary(api, name.as_deref(), canary)?;
        }
        let made = Deployment {
            id: new_id(6),
            description: value::filled(&body, "description")?,
            created_date: now,
            frozen: Arc::new(api.now.clone()),
        };
        let deployment = made.id.clone();
        let answer = described(&made, false);
        let stage = match name.filter(|name| !name.is_empty()) {
            Some(name) => Some(staged(api, &body, &name, &deployment, now)?),
            None => None,
        };
        api.deployments.insert(deployment.clone(), made);
        let touched = Touched::Deployment(id.to_owned(), deployment);
        if let Some(stage) = stage {
            let name = stage.stage_name.clone();
            api.stages.insert(name.clone(), Arc::new(stage));
            state.touch(Touched::Stage(id.to_owned(), name));
        }
        state.touch(touched);
        created(answer)
    }

    pub(super) fn get_deployment(&self, call: &Call<'_>, id: &str, of: &str) -> Answer {
        let summary = call.query("embed") == Some("apisummary");
        let state = self.state();
        let found = self.api(&state, id)?.deployments.get(of);
        ok(described(found.ok_or_else(no_deployment)?, summary))
    }

    pub(super) fn update_deployment(&self, call: &Call<'_>, id: &str, of: &str) -> Answer {
        let patches = call.patches("updateDeploymentInput")?;
        let mut state = self.state();
        let api = self.api_mut(&mut state, id)?;
        let found = api.deployments.get_mut(of).ok_or_else(no_deployment)?;
        let mut description = found.description.clone();
        for patch in &patches {
            patch.replaces(&["/description"])?;
            description = patch.filled();
        }
        found.description = description;
        let answer = described(found, false);
        state.touch(Touched::Deployment(id.to_owned(), of.to_owned()));
        ok(answer)
    }

    pub(super) fn delete_deployment(&self, id: &str, of: &str) -> Answer {
        let mut state = self.state();
        let api = self.api_mut(&mut state, id)?;
        if !api.deployments.contains_key(of) {
            return Err(no_deployment());
        }
        let in_use = api.stages.values().any(|stage| {
            let canary = stage.canary_settings.as_ref();
            stage.deployment_id == of || canary.is_some_and(|canary| canary.deployment_id == of)
        });
        if in_use {
            return Err(bad_request(
                "Active stages pointing to this deployment must be moved or deleted",
            ));
        }
        api.deployments.remove(of);
        state.touch(Touched::Deployment(id.to_owned(), of.to_owned()));
        accepted()
    }
}

/// # Errors
/// When there is nothing to deploy.
fn check(now: &Definition) -> Result<(), AwsError> {
    let methods: Vec<_> = now
        .resources
        .values()
        .flat_map(|resource| resource.resource_methods.values())
        .collect();
    if methods.is_empty() {
        return Err(bad_request("The REST API doesn't contain any methods"));
    }
    if methods
        .iter()
        .any(|method| method.method_integration.is_none())
    {
        return Err(bad_request("No integration defined for method"));
    }
    Ok(())
}

fn check_canary(api: &Api, name: Option<&str>, _canary: &Value) -> Result<(), AwsError> {
    let wrong = |what: String| {
        Err(bad_request(format!(
            "Invalid deployment content specified.{what}"
        )))
    };
    match name {
        None | Some("") => wrong(format!(
            "Non null and non empty stageName must be provided for canary deployment. Provided value is {}",
            name.unwrap_or("null")
        )),
        Some(name) if !api.stages.contains_key(name) => wrong(format!(
            "Stage {name} must already be created before making a canary release deployment"
        )),
        Some(_) => Ok(()),
    }
}

/// The stage that a new deployment goes to: one that is there is moved, or gets a canary; else it is made.
fn staged(
    api: &Api,
    body: &Value,
    name: &str,
    deployment: &str,
    now: i64,
) -> Result<Stage, AwsError> {
    let canary = body.get("canarySettings").filter(|given| !given.is_null());
    let mut stage = match api.stages.get(name) {
        Some(stage) => Stage::clone(stage),
        None => {
            stages::check_name(name)?;
            stages::bare(name, now)
        }
    };
    stage.last_updated_date = now;
    if let Some(canary) = canary {
        stage.canary_settings = Some(CanarySettings {
            deployment_id: deployment.to_owned(),
            ..stages::canary(canary)?
        });
        return Ok(stage);
    }
    stage.deployment_id = deployment.to_owned();
    if let Some(description) = value::filled(body, "stageDescription")? {
        stage.description = Some(description);
    }
    if let Some(variables) = value::map(body, "variables")? {
        stages::check_variables(&variables)?;
        stage.variables = variables;
    }
    if let Some(traced) = value::flag(body, "tracingEnabled") {
        stage.tracing_enabled = traced;
    }
    if let Some(cached) = value::flag(body, "cacheClusterEnabled") {
        stages::set_cache(&mut stage, cached, value::filled(body, "cacheClusterSize")?);
    }
    Ok(stage)
}

impl Api {
    /// # Errors
    /// When a deployment is not there.
    pub(super) fn check_deployment(&self, id: &str) -> Result<(), AwsError> {
        match self.deployments.contains_key(id) {
            true => Ok(()),
            false => Err(bad_request("Deployment id does not exist")),
        }
    }

    /// # Errors
    /// When a stage is not there.
    pub(super) fn stage(&self, name: &str) -> Result<&Arc<Stage>, AwsError> {
        let stage = self.stages.get(name);
        stage.ok_or_else(|| not_found("Invalid stage identifier specified"))
    }
}
