//! An API's resource policy: changed by one patch. API Gateway has no revision: what is there is read again first, and what
//! somebody else has put there meanwhile refuses the change.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateRestApi.html>.

use std::sync::Arc;

use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::access::compact;
use crate::model::api::patch::{Patch, json};
use crate::model::arn::partition_of;
use crate::model::cli::{Cli, CliContext};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::update::operations;

const OPERATION: &str = "UpdateRestApi";
const FIELD: &str = "policy";

/// Puts a resource policy. [`Applied::output`] is its text as the service has it then.
#[derive(Debug, Clone)]
pub struct UpdatePolicy {
    /// The API's id.
    pub api: String,
    /// Its name.
    pub name: String,
    /// The policy that the change began from; empty where there was none.
    pub before: String,
    /// The policy that is to be there; empty for none.
    pub after: String,
    /// Whom it shuts out for good, in a sentence: the name is typed then.
    pub danger: Option<String>,
    /// It takes an earlier change back.
    pub undoing: bool,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl UpdatePolicy {
    fn patches(&self) -> Vec<Patch> {
        vec![Patch::replace("/policy", compact(&self.after))]
    }
}

/// The policy as the service has it now.
///
/// # Errors
/// Those of `GetRestApi`.
pub async fn policy_now(cloud: &Cloud, api: &str) -> Result<String, CloudError> {
    let client = cloud.apigateway().await?;
    let answer = client.get_rest_api().rest_api_id(api).send().await;
    let answer = answer.map_err(|error| from_sdk("GetRestApi", api, error))?;
    Ok(answer.policy().unwrap_or_default().to_owned())
}

impl Action<Cloud> for UpdatePolicy {
    fn plan(&self) -> Plan {
        let region = self.context.region.as_deref().unwrap_or_default();
        let title = match (self.undoing, self.after.trim().is_empty()) {
            (true, _) => "Undo: change the resource policy",
            (false, true) => "Remove the resource policy",
            (false, false) => "Change the resource policy",
        };
        let shown = |text: &str| crate::model::api::access::pretty(text);
        let partition = partition_of(region);
        let target = match self.danger {
            // What is typed is the name that people know, and not an id.
            Some(_) => format!(
                "arn:{partition}:apigateway:{region}::/restapis/{}/{}",
                self.api, self.name
            ),
            None => format!(
                "arn:{partition}:apigateway:{region}::/restapis/{}",
                self.api
            ),
        };
        Plan {
            title: title.to_owned(),
            target,
            risk: match self.danger {
                Some(_) => Risk::Destroys,
                None => Risk::Changes,
            },
            differences: vec![Difference {
                field: FIELD.to_owned(),
                before: shown(&self.before),
                after: shown(&self.after),
            }],
            cli: Cli::new("apigateway", "update-rest-api")
                .option("rest-api-id", &self.api)
                .option("patch-operations", json(&self.patches()))
                .with(&self.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self.danger.iter().cloned().collect();
        let waits = "It is in force in a stage only once the API is deployed to it.";
        notes.push(waits.to_owned());
        notes
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
            progress.say("Reading it again");
            let now = policy_now(&cloud, &self.api).await?;
            if compact(&now) != compact(&self.before) {
                let words = "Somebody else has changed the policy meanwhile. Nothing was applied: look at it again.";
                return Err(CloudError {
                    target: self.name.clone(),
                    ..CloudError::local(OPERATION, ErrorKind::Conflict, words)
                });
            }
            progress.say("Changing the policy");
            let client = cloud.apigateway().await?;
            let answer = client
                .update_rest_api()
                .rest_api_id(&self.api)
                .set_patch_operations(Some(operations(&self.patches())))
                .send()
                .await
                .map_err(|error| from_sdk(OPERATION, &self.name, error))?;
            let made = answer.policy().unwrap_or_default().to_owned();
            Ok(Applied {
                failed: false,
                request_id: answer.request_id().map(str::to_owned),
                summary: format!(
                    "The policy of {} is changed, and in force once it is deployed",
                    self.name
                ),
                output: Some(Arc::new(made.clone())),
                undo: Some(Undo::ApiPolicy {
                    api: self.api.clone(),
                    name: self.name.clone(),
                    before: compact(&now),
                    made: compact(&made),
                }),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_one_patch_and_one_that_shuts_out_needs_the_name() {
        let action = UpdatePolicy {
            api: "b4t8nz1q6e".into(),
            name: "backoffice".into(),
            before: String::new(),
            after: "{\n  \"Version\": \"2012-10-17\"\n}".into(),
            danger: None,
            undoing: false,
            context: CliContext::default(),
        };
        let plan = action.plan();
        assert!(
            plan.cli.contains(r#""op":"replace","path":"/policy""#),
            "{}",
            plan.cli
        );
        assert!(plan.cli.contains("update-rest-api"), "{}", plan.cli);
        assert_eq!(plan.risk, Risk::Changes);
        let shuts = UpdatePolicy {
            danger: Some("Nobody gets in.".into()),
            ..action
        };
        let plan = shuts.plan();
        assert_eq!(
            (plan.risk, plan.target_name()),
            (Risk::Destroys, "backoffice")
        );
        assert_eq!(shuts.notes()[0], "Nobody gets in.");
    }
}
