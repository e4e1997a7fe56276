//! Stages: read, changed by patches, deleted. API Gateway has no revision: what a change begins from is read again first.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html>.

use std::sync::Arc;

use aws_sdk_apigateway::types::{self, Op, PatchOperation};
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::stage::{self, Flat, Moved, Stage};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Progress};

/// Which stage of which API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Where {
    /// The API's id.
    pub id: String,
    /// The API's name.
    pub api: String,
    /// The stage's name.
    pub stage: String,
}

impl Where {
    /// As people name it.
    pub fn name(&self) -> String {
        format!("{}/{}", self.api, self.stage)
    }

    /// Its ARN.
    pub fn arn(&self, context: &CliContext) -> String {
        let Self { id, stage, .. } = self;
        arn(context, &format!("restapis/{id}/stages/{stage}"))
    }
}

/// The ARN of something of API Gateway's, by its path.
pub(super) fn arn(context: &CliContext, path: &str) -> String {
    let region = context.region.as_deref().unwrap_or_default();
    let partition = match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:apigateway:{region}::/{path}")
}

/// Changes a stage. [`Applied::output`] is the [`Stage`] as it is afterwards.
#[derive(Debug, Clone)]
pub struct ChangeStage {
    /// Which.
    pub of: Where,
    /// What is done, as "Go back to 7f3a9c".
    pub title: String,
    /// What changes; what it begins from must be there still.
    pub moved: Vec<Moved>,
    /// What traffic will feel, a sentence each.
    pub notes: Vec<String>,
    /// What came of it, for the journal.
    pub summary: String,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl ChangeStage {
    fn before(&self) -> Flat {
        let had = self.moved.iter();
        had.filter_map(|of| Some((of.path.clone(), of.before.clone()?)))
            .collect()
    }
}

impl Action<Cloud> for ChangeStage {
    fn plan(&self) -> Plan {
        let shown = |of: &Moved| Difference {
            field: stage::named(&of.path),
            before: said(&of.path, of.before.as_deref()),
            after: said(&of.path, of.after.as_deref()),
        };
        let before = self.before();
        let patches = stage::patches(&before, &stage::with(&before, &self.moved));
        Plan {
            title: self.title.clone(),
            target: self.of.arn(&self.context),
            risk: Risk::Changes,
            differences: self.moved.iter().map(shown).collect(),
            cli: Cli::new("apigateway", "update-stage")
                .option("rest-api-id", &self.of.id)
                .option("stage-name", &self.of.stage)
                .option("patch-operations", stage::as_json(&patches))
                .with(&self.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Api(self.of.id.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Looking whether it is as it was");
            let now = get_stage(&cloud, &self.of).await?;
            let other = stage::changed_meanwhile(&self.moved, &now.values);
            if !other.is_empty() {
                let words = format!("Somebody changed it meanwhile: {}", other.join(", "));
                return Err(CloudError {
                    target: self.of.name(),
                    ..CloudError::local("UpdateStage", ErrorKind::Conflict, words)
                });
            }
            progress.say("Changing the stage");
            let after = stage::with(&now.values, &self.moved);
            let operations = stage::patches(&now.values, &after)
                .into_iter()
                .map(|patch| {
                    let operation = PatchOperation::builder().path(patch.path);
                    match patch.removes {
                        true => operation.op(Op::Remove).build(),
                        false => operation.op(Op::Replace).value(patch.value).build(),
                    }
                })
                .collect();
            let client = cloud.apigateway().await?;
            let answer = client
                .update_stage()
                .rest_api_id(&self.of.id)
                .stage_name(&self.of.stage)
                .set_patch_operations(Some(operations))
                .send()
                .await
                .map_err(|error| from_sdk("UpdateStage", &self.of.name(), error))?;
            let request_id = answer.request_id().map(str::to_owned);
            let made = get_stage(&cloud, &self.of).await?;
            Ok(Applied {
                failed: false,
                request_id,
                summary: self.summary.clone(),
                output: Some(Arc::new(made)),
                undo: Some(Undo::Stage {
                    id: self.of.id.clone(),
                    api: self.of.api.clone(),
                    stage: self.of.stage.clone(),
                    moved: self.moved.clone(),
                }),
            })
        })
    }
}

/// A value as it is shown: what takes a limit away is no number.
fn said(path: &str, value: Option<&str>) -> String {
    match value {
        Some("-1") if path.contains("/throttling/") => "the account's".to_owned(),
        Some(value) => value.to_owned(),
        None => String::new(),
    }
}

/// A stage as it is now.
///
/// # Errors
/// Those of `GetStage`.
pub async fn get_stage(cloud: &Cloud, of: &Where) -> Result<Stage, CloudError> {
    let client = cloud.apigateway().await?;
    let call = client.get_stage().rest_api_id(&of.id);
    let answer = call.stage_name(&of.stage).send().await;
    let answer = answer.map_err(|error| from_sdk("GetStage", &of.name(), error))?;
    Ok(stage_of(&types_of(&answer)))
}

/// The answer to one stage has the shape of an entry of the list.
fn types_of(from: &aws_sdk_apigateway::operation::get_stage::GetStageOutput) -> types::Stage {
    types::Stage::builder()
        .set_stage_name(from.stage_name().map(str::to_owned))
        .set_deployment_id(from.deployment_id().map(str::to_owned))
        .set_description(from.description().map(str::to_owned))
        .set_client_certificate_id(from.client_certificate_id().map(str::to_owned))
        .cache_cluster_enabled(from.cache_cluster_enabled())
        .set_cache_cluster_size(from.cache_cluster_size().cloned())
        .set_cache_cluster_status(from.cache_cluster_status().cloned())
        .set_method_settings(from.method_settings().cloned())
        .set_variables(from.variables().cloned())
        .set_documentation_version(from.documentation_version().map(str::to_owned))
        .set_access_log_settings(from.access_log_settings().cloned())
        .set_canary_settings(from.canary_settings().cloned())
        .tracing_enabled(from.tracing_enabled())
        .set_web_acl_arn(from.web_acl_arn().map(str::to_owned))
        .set_last_updated_date(from.last_updated_date().copied())
        .build()
}

/// The SDK's shape as the model's.
pub(super) fn stage_of(from: &types::Stage) -> Stage {
    let text = |from: Option<&str>| from.unwrap_or_default().to_owned();
    let mut values = Flat::new();
    let mut put = |path: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            values.insert(path.to_owned(), value.to_owned());
        }
    };
    put("/deploymentId", from.deployment_id());
    put("/description", from.description());
    put("/clientCertificateId", from.client_certificate_id());
    put("/documentationVersion", from.documentation_version());
    let on = |on: bool| on.then_some("true");
    put("/tracingEnabled", on(from.tracing_enabled()));
    put("/cacheClusterEnabled", on(from.cache_cluster_enabled()));
    let size = from
        .cache_cluster_size()
        .map(types::CacheClusterSize::as_str);
    put("/cacheClusterSize", size);
    for (name, value) in from.variables().into_iter().flatten() {
        values.insert(format!("/variables/{name}"), value.clone());
    }
    if let Some(log) = from.access_log_settings() {
        let both = [
            ("destinationArn", log.destination_arn()),
            ("format", log.format()),
        ];
        for (name, value) in both {
            let value = value.map(str::to_owned);
            values.extend(value.map(|value| (format!("/accessLogSettings/{name}"), value)));
        }
    }
    if let Some(canary) = from.canary_settings() {
        let put = |name: &str, value: String| (format!("/canarySettings/{name}"), value);
        values.extend([
            put("deploymentId", text(canary.deployment_id())),
            put("percentTraffic", canary.percent_traffic().to_string()),
            put("useStageCache", canary.use_stage_cache().to_string()),
        ]);
        let own = canary.stage_variable_overrides().into_iter().flatten();
        values.extend(
            own.map(|(name, value)| put(&format!("stageVariableOverrides/{name}"), value.clone())),
        );
    }
    for (answered, setting) in from.method_settings().into_iter().flatten() {
        let method = stage::method_key(answered);
        for (name, unset) in stage::METHOD_SETTINGS {
            let value = setting_of(setting, name).unwrap_or_else(|| unset.to_owned());
            values.insert(format!("/{method}/{name}"), value);
        }
    }
    Stage {
        name: text(from.stage_name()),
        deployment_id: text(from.deployment_id()),
        updated_at: from.last_updated_date().and_then(|at| at.to_millis().ok()),
        cache_status: from
            .cache_cluster_status()
            .filter(|_| from.cache_cluster_enabled())
            .map(|status| status.as_str().to_owned()),
        web_acl: from.web_acl_arn().map(str::to_owned),
        values,
    }
}

fn setting_of(from: &types::MethodSetting, name: &str) -> Option<String> {
    Some(match name {
        "throttling/rateLimit" => from.throttling_rate_limit().to_string(),
        "throttling/burstLimit" => from.throttling_burst_limit().to_string(),
        "logging/loglevel" => from.logging_level()?.to_owned(),
        "logging/dataTrace" => from.data_trace_enabled().to_string(),
        "metrics/enabled" => from.metrics_enabled().to_string(),
        "caching/enabled" => from.caching_enabled().to_string(),
        "caching/ttlInSeconds" => from.cache_ttl_in_seconds().to_string(),
        "caching/dataEncrypted" => from.cache_data_encrypted().to_string(),
        _ => return None,
    })
}

/// Deletes a stage.
#[derive(Debug, Clone)]
pub struct DeleteStage {
    /// Which.
    pub of: Where,
    /// What it stands on.
    pub deployment: String,
    /// Where it answers.
    pub url: String,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Action<Cloud> for DeleteStage {
    fn plan(&self) -> Plan {
        let gone = |field: &str, before: &str| Difference {
            field: field.to_owned(),
            before: before.to_owned(),
            after: String::new(),
        };
        Plan {
            title: "Delete the stage".into(),
            target: self.of.arn(&self.context),
            risk: Risk::Destroys,
            differences: vec![
                gone("URL", &self.url),
                gone("deploymentId", &self.deployment),
            ],
            cli: Cli::new("apigateway", "delete-stage")
                .option("rest-api-id", &self.of.id)
                .option("stage-name", &self.of.stage)
                .with(&self.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec![
            "It can't be undone: its settings and variables are gone.".to_owned(),
            format!("Whoever calls {} gets an error from then on.", self.url),
            format!("Deployment {} stays.", self.deployment),
        ]
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Api(self.of.id.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Deleting the stage");
            let client = cloud.apigateway().await?;
            let answer = client
                .delete_stage()
                .rest_api_id(&self.of.id)
                .stage_name(&self.of.stage)
                .send()
                .await
                .map_err(|error| from_sdk("DeleteStage", &self.of.name(), error))?;
            Ok(Applied {
                failed: false,
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("The stage {} is gone", self.of.stage),
                output: None,
                undo: None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn going_back() -> ChangeStage {
        let moved = Moved {
            path: "/deploymentId".into(),
            before: Some("b".into()),
            after: Some("a".into()),
        };
        ChangeStage {
            of: Where {
                id: "k3v9qp2xw1".into(),
                api: "shop".into(),
                stage: "prod".into(),
            },
            title: "Go back to a".into(),
            moved: vec![moved],
            notes: Vec::new(),
            summary: String::new(),
            context: CliContext {
                region: Some("eu-west-1".into()),
                ..CliContext::default()
            },
        }
    }

    #[test]
    fn going_back_is_told_field_by_field_and_as_a_command() {
        let plan = going_back().plan();
        let arn = "arn:aws:apigateway:eu-west-1::/restapis/k3v9qp2xw1/stages/prod";
        assert_eq!((plan.target.as_str(), plan.target_name()), (arn, "prod"));
        assert_eq!(plan.differences[0].field, "deploymentId");
        assert!(plan.cli.contains("update-stage"), "{}", plan.cli);
        let patch = r#"[{"op":"replace","path":"/deploymentId","value":"a"}]"#;
        assert!(plan.cli.contains(patch), "{}", plan.cli);
    }

    #[test]
    fn a_stage_is_read_as_its_values_by_path() {
        let setting = types::MethodSetting::builder()
            .throttling_rate_limit(50.0)
            .throttling_burst_limit(20)
            .cache_ttl_in_seconds(300)
            .build();
        let from = types::Stage::builder()
            .stage_name("prod")
            .deployment_id("a")
            .variables("bank", "live")
            .method_settings("orders/{id}/GET", setting)
            .build();
        let stage = stage_of(&from);
        assert_eq!(stage.get("/variables/bank"), Some("live"));
        let rate = "/~1orders~1{id}/GET/throttling/rateLimit";
        assert_eq!(stage.get(rate), Some("50"));
        assert_eq!(stage.get("/tracingEnabled"), None);
        assert!(stage.canary().is_none());
    }
}
