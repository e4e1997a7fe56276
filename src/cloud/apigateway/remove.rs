//! Taking a method, or a resource with all below it, out of an API. Stages answer as before until they are deployed.

use std::sync::Arc;

use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::place::MethodPlace;

/// Deletes a method, or the resource itself where no method is named.
#[derive(Debug, Clone)]
pub struct Remove {
    /// Where; its verb is empty for the resource.
    pub place: MethodPlace,
    /// What goes with it: methods with what answers them, resources below it.
    pub with: Vec<(String, String)>,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl Remove {
    fn is_method(&self) -> bool {
        !self.place.verb.is_empty()
    }
}

impl Action<Cloud> for Remove {
    fn plan(&self) -> Plan {
        let gone = |(field, before): &(String, String)| Difference {
            field: field.clone(),
            before: before.clone(),
            after: String::new(),
        };
        let (title, target, cli) = match self.is_method() {
            true => (
                format!("Delete {}", self.place.words()),
                self.place.arn(),
                self.place.cli("delete-method"),
            ),
            false => (
                format!("Delete {}", self.place.path),
                format!("{}{}", self.place.name, self.place.path),
                Cli::new("apigateway", "delete-resource")
                    .option("rest-api-id", &self.place.api)
                    .option("resource-id", &self.place.resource),
            ),
        };
        Plan {
            title,
            target,
            risk: Risk::Destroys,
            differences: self.with.iter().map(gone).collect(),
            cli: cli.with(&self.context).lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec![
            "It can't be undone.".to_owned(),
            "Stages answer as before until they are deployed.".to_owned(),
        ]
    }

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Api(self.place.api.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            let client = cloud.apigateway().await?;
            let MethodPlace {
                api,
                resource,
                path,
                verb,
                ..
            } = &self.place;
            let (request_id, what) = if self.is_method() {
                progress.say("Deleting the method");
                let call = client.delete_method().rest_api_id(api);
                let answer = call.resource_id(resource).http_method(verb).send().await;
                let words = self.place.words();
                let answer = answer.map_err(|error| from_sdk("DeleteMethod", &words, error))?;
                (answer.request_id().map(str::to_owned), words)
            } else {
                progress.say("Deleting the resource");
                let call = client.delete_resource().rest_api_id(api);
                let answer = call.resource_id(resource).send().await;
                let answer = answer.map_err(|error| from_sdk("DeleteResource", path, error))?;
                (answer.request_id().map(str::to_owned), path.clone())
            };
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!("{what} is gone from the API"),
                output: None,
                undo: None,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_is_typed_is_the_verb_or_the_last_part_of_the_path() {
        let remove = |verb: &str| Remove {
            place: MethodPlace {
                api: "k3v9qp2xw1".into(),
                name: "shop".into(),
                resource: "abc123".into(),
                path: "/orders/{id}".into(),
                verb: verb.into(),
                region: "eu-west-1".into(),
                partition: "aws".into(),
            },
            with: Vec::new(),
            context: CliContext::default(),
        };
        let method = remove("GET").plan();
        assert_eq!(method.target_name(), "GET");
        assert!(method.cli.contains("delete-method") && method.cli.contains("--http-method GET"));
        let resource = remove("").plan();
        assert_eq!(resource.target_name(), "{id}");
        assert!(resource.cli.contains("delete-resource"), "{}", resource.cli);
    }
}
