//! Deploying: the API as it is now is frozen, and a stage answers with it from then on, to all requests or to a share.
//!
//! What is frozen is what is there at that moment. Where a comparison was looked at before, the API is read once more: a
//! change that nobody looked at is not deployed.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html>.

use std::sync::Arc;

use aws_sdk_apigateway::types::DeploymentCanarySettings;
use aws_types::request_id::RequestId;

use super::definition::now;
use super::stage::{Where, get_stage};
use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::Canary;
use crate::model::api::definition::Definition;
use crate::model::api::stage::moved;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Progress};

/// Deploys an API to a stage, which is made where it is not there.
#[derive(Debug, Clone)]
pub struct Deploy {
    /// Where to.
    pub of: Where,
    /// The deployment that the stage stands on now; none where there is no such stage.
    pub before: Option<String>,
    /// May be empty.
    pub description: String,
    /// The share of requests that it gets, where it is tried first. [`Canary::deployment_id`] is yet to be known.
    pub canary: Option<Canary>,
    /// The API as the person saw it.
    pub seen: Option<Arc<Definition>>,
    /// What changes, as "10 changes".
    pub changes: String,
    /// What should be known, a sentence each.
    pub risks: Vec<String>,
    /// Where the stage answers.
    pub url: String,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Deploy {
    fn described(&self) -> Option<String> {
        Some(self.description.clone()).filter(|text| !text.is_empty())
    }

    /// The command that does the same.
    pub fn cli(&self) -> Cli {
        let canary = self.canary.as_ref().map(|canary| {
            let mut words = format!("percentTraffic={}", canary.percent);
            if !canary.own_cache {
                words.push_str(",useStageCache=true");
            }
            let own: Vec<String> = canary
                .variables
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            if !own.is_empty() {
                words.push_str(&format!(",stageVariableOverrides={{{}}}", own.join(",")));
            }
            words
        });
        Cli::new("apigateway", "create-deployment")
            .option("rest-api-id", &self.of.id)
            .option("stage-name", &self.of.stage)
            .maybe("description", self.described())
            .maybe("canary-settings", canary)
            .with(&self.context)
    }
}

impl Action<Cloud> for Deploy {
    fn plan(&self) -> Plan {
        let mut differences = vec![Difference {
            field: match self.canary {
                Some(_) => "Canary.deploymentId".into(),
                None => "deploymentId".into(),
            },
            before: self.before.clone().unwrap_or_default(),
            after: match self.changes.as_str() {
                "" => "a new deployment of the API as it is now".into(),
                changes => format!("a new deployment: {changes}"),
            },
        }];
        if let Some(canary) = &self.canary {
            differences.push(Difference {
                field: "Canary.percentTraffic".into(),
                before: String::new(),
                after: canary.percent.to_string(),
            });
        }
        if let Some(after) = self.described() {
            differences.push(Difference {
                field: "description".into(),
                before: String::new(),
                after,
            });
        }
        Plan {
            title: format!("Deploy {} to {}", self.of.api, self.of.stage),
            target: self.of.arn(&self.context),
            risk: match self.before {
                Some(_) => Risk::Changes,
                None => Risk::Safe,
            },
            differences,
            cli: self.cli().lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!("It answers at {}", self.url)];
        notes.extend(self.risks.iter().cloned());
        notes
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
            if let Some(seen) = &self.seen {
                progress.say("Looking whether the API is as it was shown");
                if now(&cloud, &self.of.id).await? != **seen {
                    let words =
                        "The API was changed since this was shown: look at what would change now";
                    return Err(CloudError {
                        target: self.of.name(),
                        ..CloudError::local(
                            "CreateDeployment",
                            ErrorKind::Conflict,
                            words.to_owned(),
                        )
                    });
                }
            }
            let before = match self.before {
                Some(_) => Some(get_stage(&cloud, &self.of).await?),
                None => None,
            };
            progress.say("Deploying");
            let client = cloud.apigateway().await?;
            let canary = self.canary.as_ref().map(|canary| {
                let own = canary.variables.clone().into_iter().collect();
                DeploymentCanarySettings::builder()
                    .percent_traffic(canary.percent)
                    .use_stage_cache(!canary.own_cache)
                    .set_stage_variable_overrides(
                        Some(own).filter(|_| !canary.variables.is_empty()),
                    )
                    .build()
            });
            let answer = client
                .create_deployment()
                .rest_api_id(&self.of.id)
                .stage_name(&self.of.stage)
                .set_description(self.described())
                .set_canary_settings(canary)
                .send()
                .await
                .map_err(|error| from_sdk("CreateDeployment", &self.of.name(), error))?;
            let id = answer.id().unwrap_or_default();
            let undo = match before {
                Some(before) => {
                    let after = get_stage(&cloud, &self.of).await?;
                    Some(Undo::Stage {
                        id: self.of.id.clone(),
                        api: self.of.api.clone(),
                        stage: self.of.stage.clone(),
                        moved: moved(&before.values, &after.values),
                    })
                }
                None => None,
            };
            let share = match &self.canary {
                Some(canary) => format!(" to {} % of its requests", canary.percent),
                None => String::new(),
            };
            Ok(Applied {
                failed: false,
                request_id: answer.request_id().map(str::to_owned),
                summary: format!(
                    "{} answers with deployment {id}{share} at {}",
                    self.of.stage, self.url
                ),
                output: None,
                undo,
            })
        })
    }
}
