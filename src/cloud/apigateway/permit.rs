//! Whether a function lets a method call it, and the statement that makes it do so.
//!
//! An alias and a version have policies of their own, so that the policy is asked for with the qualifier that the method calls.

use std::sync::Arc;

use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::permission::{ApiPlace, statement_id};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Pages, Progress, Query};

/// The policy of a function as a qualifier has it; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyOf {
    /// The function's name.
    pub function: String,
    /// The alias or version that is called.
    pub qualifier: Option<String>,
}

impl Query<Cloud> for PolicyOf {
    type Output = String;

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Function(self.function.clone())]
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<String>) -> Result<(), CloudError> {
        let client = cloud.lambda().await?;
        let call = client.get_policy().function_name(&self.function);
        let answer = call.set_qualifier(self.qualifier.clone()).send().await;
        let answer = answer.map_err(|error| from_sdk("GetPolicy", &self.function, error));
        let document = match answer {
            Ok(answer) => answer.policy().unwrap_or_default().to_owned(),
            // A function without a policy is told as one that is not found.
            Err(error) if error.kind == ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        pages.send(document).await;
        Ok(())
    }
}

/// Lets a method of an API call a function.
#[derive(Debug, Clone)]
pub struct AddPermission {
    /// The API.
    pub place: ApiPlace,
    /// As `GET`; `ANY` for all.
    pub verb: String,
    /// From `/`.
    pub path: String,
    /// The function's name.
    pub function: String,
    /// The alias or version that is called.
    pub qualifier: Option<String>,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl AddPermission {
    fn source_arn(&self) -> String {
        self.place.source_arn(&self.verb, &self.path)
    }

    fn statement(&self) -> String {
        statement_id(&self.place.api, &self.verb, &self.path)
    }

    /// The function with its qualifier.
    fn called(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", self.function),
            None => self.function.clone(),
        }
    }

    /// The AWS CLI command of it.
    pub fn command(&self) -> String {
        Cli::new("lambda", "add-permission")
            .option("function-name", &self.function)
            .maybe("qualifier", self.qualifier.clone())
            .option("statement-id", self.statement())
            .option("action", "lambda:InvokeFunction")
            .option("principal", "apigateway.amazonaws.com")
            .option("source-arn", self.source_arn())
            .with(&self.context)
            .lines()
    }

    /// What it changes.
    pub fn difference(&self) -> Difference {
        Difference {
            field: format!("Policy of {}", self.called()),
            before: String::new(),
            after: format!(
                "apigateway.amazonaws.com may invoke it for {}",
                self.source_arn()
            ),
        }
    }

    /// Adds the statement; one of that name that is there already stays.
    ///
    /// # Errors
    /// Those of `AddPermission`.
    pub async fn add(&self, cloud: &Cloud) -> Result<Option<String>, CloudError> {
        let client = cloud.lambda().await?;
        let answer = client
            .add_permission()
            .function_name(&self.function)
            .set_qualifier(self.qualifier.clone())
            .statement_id(self.statement())
            .action("lambda:InvokeFunction")
            .principal("apigateway.amazonaws.com")
            .source_arn(self.source_arn())
            .send()
            .await;
        match answer.map_err(|error| from_sdk("AddPermission", &self.function, error)) {
            // The same statement is there from before: the method was made, removed and made again. One of that name for
            // something else is none.
            Err(error) if error.code == "ResourceConflictException" => {
                let policy = client.get_policy().function_name(&self.function);
                let policy = policy.set_qualifier(self.qualifier.clone()).send().await;
                let policy =
                    policy.map_err(|error| from_sdk("GetPolicy", &self.function, error))?;
                let quoted = format!("\"{}\"", self.source_arn());
                match policy.policy().unwrap_or_default().contains(&quoted) {
                    true => Ok(None),
                    false => Err(error),
                }
            }
            Err(error) => Err(error),
            Ok(answer) => Ok(answer.request_id().map(str::to_owned)),
        }
    }
}

impl Action<Cloud> for AddPermission {
    fn plan(&self) -> Plan {
        Plan {
            title: format!("Let {} {} call {}", self.verb, self.path, self.called()),
            target: self.called(),
            risk: Risk::Safe,
            differences: vec![self.difference()],
            cli: self.command(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec!["It holds at once, for every stage that has the method.".to_owned()]
    }

    fn service(&self) -> &'static str {
        "lambda"
    }

    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Function(self.function.clone())]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Letting API Gateway call the function");
            let request_id = self.add(&cloud).await?;
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!("{} {} may call {}", self.verb, self.path, self.called()),
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
    fn the_statement_names_the_method_and_the_qualifier_that_it_calls() {
        let add = AddPermission {
            place: ApiPlace {
                partition: "aws".into(),
                region: "eu-west-1".into(),
                account: "482177391105".into(),
                api: "k3v9qp2xw1".into(),
            },
            verb: "GET".into(),
            path: "/orders/{id}".into(),
            function: "orders-api".into(),
            qualifier: Some("live".into()),
            context: CliContext::default(),
        };
        let plan = add.plan();
        for part in [
            "--qualifier live",
            "--principal apigateway.amazonaws.com",
            "k3v9qp2xw1/*/GET/orders/*",
        ] {
            assert!(plan.cli.contains(part), "{part}: {}", plan.cli);
        }
        assert_eq!(plan.title, "Let GET /orders/{id} call orders-api:live");
    }
}
