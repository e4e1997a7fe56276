//! Publishing what is written about an API as a version, which stages then show.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDocumentationVersion.html>.

use std::sync::Arc;

use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::patch::{Patch, json};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::format::counted;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::update::operations;

/// Publishes what is written as a version, and points stages at it.
#[derive(Debug, Clone)]
pub struct Publish {
    /// The API's id.
    pub api: String,
    /// The API's name.
    pub name: String,
    /// The version's name.
    pub version: String,
    /// May be empty.
    pub description: String,
    /// Stages that shall show it, with the version that each shows now.
    pub stages: Vec<(String, String)>,
    /// How many parts there are.
    pub parts: usize,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Publish {
    fn patches(&self) -> [Patch; 1] {
        [Patch::replace(
            "/documentationVersion",
            self.version.clone(),
        )]
    }
}

impl Action<Cloud> for Publish {
    fn plan(&self) -> Plan {
        let mut differences = vec![Difference {
            field: "documentationVersion".into(),
            before: String::new(),
            after: format!("{}, with {}", self.version, counted(self.parts, "part")),
        }];
        let of_stage = |(stage, before): &(String, String)| Difference {
            field: format!("{stage} documentationVersion"),
            before: before.clone(),
            after: self.version.clone(),
        };
        differences.extend(self.stages.iter().map(of_stage));
        let described = Some(self.description.clone()).filter(|text| !text.is_empty());
        let mut commands = vec![
            Cli::new("apigateway", "create-documentation-version")
                .option("rest-api-id", &self.api)
                .option("documentation-version", &self.version)
                .maybe("description", described)
                .with(&self.context)
                .lines(),
        ];
        commands.extend(self.stages.iter().map(|(stage, _)| {
            Cli::new("apigateway", "update-stage")
                .option("rest-api-id", &self.api)
                .option("stage-name", stage)
                .option("patch-operations", json(&self.patches()))
                .with(&self.context)
                .lines()
        }));
        Plan {
            title: format!("Publish the documentation of {}", self.name),
            target: self.version.clone(),
            risk: match self.stages.is_empty() {
                true => Risk::Safe,
                false => Risk::Changes,
            },
            differences,
            cli: commands.join("\n"),
        }
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Api(self.api.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Publishing the version");
            let client = cloud.apigateway().await?;
            let described = Some(self.description.clone()).filter(|text| !text.is_empty());
            let call = client.create_documentation_version().rest_api_id(&self.api);
            let call = call.documentation_version(&self.version);
            let answer = call.set_description(described).send().await;
            let answer = answer
                .map_err(|error| from_sdk("CreateDocumentationVersion", &self.version, error))?;
            let mut made = vec![format!("the version {}", self.version)];
            for (stage, _) in &self.stages {
                progress.say(&format!("Pointing {stage} at it"));
                let call = client
                    .update_stage()
                    .rest_api_id(&self.api)
                    .stage_name(stage);
                let call = call.set_patch_operations(Some(operations(&self.patches())));
                call.send()
                    .await
                    .map_err(|error| from_sdk("UpdateStage", stage, error))
                    .map_err(|error| super::kept(error, &made))?;
                made.push(format!("{stage} shows it"));
            }
            Ok(Applied {
                request_id: answer.request_id().map(str::to_owned),
                summary: format!(
                    "The documentation of {} is published as {}",
                    self.name, self.version
                ),
                output: Some(Arc::new(())),
                ..Applied::default()
            })
        })
    }
}
