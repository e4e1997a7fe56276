//! Deleting a REST API with all that stands in it.

use std::sync::Arc;

use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

/// Deletes an API.
#[derive(Debug, Clone)]
pub struct DeleteApi {
    /// Its id.
    pub id: String,
    /// Its name, which is typed first.
    pub name: String,
    /// How many methods it has.
    pub methods: usize,
    /// The stages that stop answering.
    pub stages: Vec<String>,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Action<Cloud> for DeleteApi {
    fn plan(&self) -> Plan {
        let gone = |field: &str, before: String| Difference {
            field: field.to_owned(),
            before,
            after: String::new(),
        };
        Plan {
            title: "Delete the API".into(),
            target: self.name.clone(),
            risk: Risk::Destroys,
            differences: vec![
                gone("Methods", self.methods.to_string()),
                gone("Stages", self.stages.join(", ")),
            ],
            cli: Cli::new("apigateway", "delete-rest-api")
                .option("rest-api-id", &self.id)
                .with(&self.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec!["It can't be undone.".to_owned()];
        if !self.stages.is_empty() {
            notes.push(format!(
                "Whoever calls {} gets an error from then on.",
                self.stages.join(", ")
            ));
        }
        notes
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Apis, Topic::Api(self.id.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Deleting the API");
            let client = cloud.apigateway().await?;
            let answer = client.delete_rest_api().rest_api_id(&self.id).send().await;
            let answer = answer.map_err(|error| from_sdk("DeleteRestApi", &self.id, error))?;
            Ok(Applied {
                failed: false,
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("{} is gone", self.name),
                output: None,
                undo: None,
            })
        })
    }
}
