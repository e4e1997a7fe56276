//! Deploying: the API as it is now is frozen, and a stage answers with it from then on.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html>.

use std::sync::Arc;

use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

/// Deploys an API to a stage, which is made where it is not there.
#[derive(Debug, Clone)]
pub struct Deploy {
    /// The API's id.
    pub id: String,
    /// The API's name.
    pub name: String,
    /// The stage's name.
    pub stage: String,
    /// What the stage answers with now; none where there is no such stage.
    pub before: Option<String>,
    /// May be empty.
    pub description: String,
    /// Where the stage answers.
    pub url: String,
    /// Methods that anybody may call.
    pub open: usize,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Deploy {
    fn described(&self) -> Option<String> {
        Some(self.description.clone()).filter(|text| !text.is_empty())
    }
}

impl Action<Cloud> for Deploy {
    fn plan(&self) -> Plan {
        let mut differences = vec![Difference {
            field: format!("Stage {}", self.stage),
            before: self.before.clone().unwrap_or_default(),
            after: "a new deployment of the API as it is now".into(),
        }];
        if let Some(after) = self.described() {
            differences.push(Difference {
                field: "description".into(),
                before: String::new(),
                after,
            });
        }
        Plan {
            title: format!("Deploy {} to {}", self.name, self.stage),
            target: format!("{}/{}", self.name, self.stage),
            risk: match self.before {
                Some(_) => Risk::Changes,
                None => Risk::Safe,
            },
            differences,
            cli: Cli::new("apigateway", "create-deployment")
                .option("rest-api-id", &self.id)
                .option("stage-name", &self.stage)
                .maybe("description", self.described())
                .with(&self.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!("It answers at {}", self.url)];
        if self.open > 0 {
            let of = crate::model::format::counted(self.open, "method");
            notes.push(format!(
                "{of} can be called by anybody: no authorizer, no signature and no key is asked for."
            ));
        }
        notes
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Api(self.id.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Deploying");
            let client = cloud.apigateway().await?;
            let answer = client
                .create_deployment()
                .rest_api_id(&self.id)
                .stage_name(&self.stage)
                .set_description(self.described())
                .send()
                .await
                .map_err(|error| from_sdk("CreateDeployment", &self.name, error))?;
            let id = answer.id().unwrap_or_default();
            Ok(Applied {
                failed: false,
                request_id: answer.request_id().map(str::to_owned),
                summary: format!(
                    "{} answers with deployment {id} at {}",
                    self.stage, self.url
                ),
                output: None,
                undo: None,
            })
        })
    }
}
