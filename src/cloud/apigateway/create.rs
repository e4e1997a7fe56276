//! Creating a REST API that is empty but for its root.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html>.

use std::sync::Arc;

use aws_sdk_apigateway::types::{EndpointConfiguration, EndpointType};
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::RestApi;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

/// Creates an API. [`Applied::output`] is a [`RestApi`].
#[derive(Debug, Clone)]
pub struct CreateApi {
    /// Its name; others may have the same.
    pub name: String,
    /// May be empty.
    pub description: String,
    /// `REGIONAL`, `EDGE` or `PRIVATE`.
    pub endpoint: &'static str,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Action<Cloud> for CreateApi {
    fn plan(&self) -> Plan {
        let made = |field: &str, after: &str| Difference {
            field: field.to_owned(),
            before: String::new(),
            after: after.to_owned(),
        };
        let mut differences = vec![made("name", &self.name)];
        if !self.description.is_empty() {
            differences.push(made("description", &self.description));
        }
        differences.push(made("endpointConfiguration/types", self.endpoint));
        let description = Some(self.description.clone()).filter(|text| !text.is_empty());
        Plan {
            title: "Create the API".into(),
            target: self.name.clone(),
            risk: Risk::Safe,
            differences,
            cli: Cli::new("apigateway", "create-rest-api")
                .option("name", &self.name)
                .maybe("description", description)
                .option("endpoint-configuration", format!("types={}", self.endpoint))
                .with(&self.context)
                .lines(),
        }
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Apis]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Creating the API");
            let client = cloud.apigateway().await?;
            let endpoint = EndpointConfiguration::builder()
                .types(EndpointType::from(self.endpoint))
                .build();
            let description = Some(self.description.clone()).filter(|text| !text.is_empty());
            let answer = client
                .create_rest_api()
                .name(&self.name)
                .set_description(description)
                .endpoint_configuration(endpoint)
                .send()
                .await
                .map_err(|error| from_sdk("CreateRestApi", &self.name, error))?;
            let api = RestApi {
                id: answer.id().unwrap_or_default().to_owned(),
                name: self.name.clone(),
                root_resource_id: answer.root_resource_id().map(str::to_owned),
                ..RestApi::default()
            };
            Ok(Applied {
                failed: false,
                request_id: answer.request_id().map(str::to_owned),
                summary: format!(
                    "{} is there, with the resource / and nothing else",
                    self.name
                ),
                output: Some(Arc::new(api)),
                undo: None,
            })
        })
    }
}
