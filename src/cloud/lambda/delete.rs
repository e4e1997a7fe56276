//! Deleting a function with all its versions and aliases. Nothing takes it back.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html>.

use std::sync::Arc;

use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::cli::{self, CliContext};
use crate::model::error::CloudError;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

/// Deletes a function.
pub struct DeleteFunction {
    /// Its name.
    pub name: String,
    /// Its ARN, or its name where that is not known.
    pub arn: String,
    /// How it was called lately, in a sentence; empty where that is not known.
    pub called: String,
    /// The log group, which stays; empty where it is not known.
    pub log_group: String,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Action<Cloud> for DeleteFunction {
    fn plan(&self) -> Plan {
        let what = "code, configuration, versions, aliases";
        Plan {
            title: "Delete the function".into(),
            target: self.arn.clone(),
            risk: Risk::Destroys,
            differences: vec![Difference {
                field: "Function".into(),
                before: format!("{} with its {what}", self.name),
                after: String::new(),
            }],
            cli: cli::delete_function(&self.name, None)
                .with(&self.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let stays = match self.log_group.as_str() {
            "" => String::new(),
            group => format!("Its log group {group} stays, with what was written."),
        };
        ["It can't be undone.".to_owned(), self.called.clone(), stays]
            .into_iter()
            .filter(|note| !note.is_empty())
            .collect()
    }

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Functions, Topic::Function(self.name.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Deleting");
            let client = cloud.lambda().await?;
            let answer = client
                .delete_function()
                .function_name(&self.name)
                .send()
                .await
                .map_err(|error| from_sdk("DeleteFunction", &self.name, error))?;
            Ok(Applied {
                failed: false,
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("{} is deleted", self.name),
                output: None,
                undo: None,
            })
        })
    }
}
