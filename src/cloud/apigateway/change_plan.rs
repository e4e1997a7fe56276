//! Changing a usage plan: its limits and the stages that it opens. API Gateway has no revision: what a change begins from is
//! read again first.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateUsagePlan.html>.

use std::sync::Arc;

use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::keys::{UsagePlan, named, patches};
use crate::model::api::patch::json;
use crate::model::api::stage::{Flat, Moved, with};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::model::undo::Undo;
use crate::store::{Action, Applied, BoxFuture, Progress};

use super::keys::plan_of;
use super::stage::arn;
use super::update::operations;

/// Changes a usage plan. [`Applied::output`] is the [`UsagePlan`] as it is afterwards, without its keys.
#[derive(Debug, Clone)]
pub struct ChangePlan {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What is done, as "Change the plan".
    pub title: String,
    /// What changes; what it begins from must be there still.
    pub moved: Vec<Moved>,
    /// What callers will feel, a sentence each.
    pub notes: Vec<String>,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl ChangePlan {
    fn before(&self) -> Flat {
        let had = self.moved.iter();
        had.filter_map(|of| Some((of.path.clone(), of.before.clone()?)))
            .collect()
    }
}

impl Action<Cloud> for ChangePlan {
    fn plan(&self) -> Plan {
        let shown = |of: &Moved| Difference {
            field: named(&of.path),
            before: of.before.clone().unwrap_or_default(),
            after: of.after.clone().unwrap_or_default(),
        };
        let before = self.before();
        let patches = patches(&before, &with(&before, &self.moved));
        Plan {
            title: self.title.clone(),
            target: arn(&self.context, &format!("usageplans/{}", self.id)),
            risk: Risk::Changes,
            differences: self.moved.iter().map(shown).collect(),
            cli: Cli::new("apigateway", "update-usage-plan")
                .option("usage-plan-id", &self.id)
                .option("patch-operations", json(&patches))
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
        vec![Topic::Keys]
    }

    fn apply(
        self: Arc<Self>,
        cloud: Arc<Cloud>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.say("Looking whether it is as it was");
            let now = get_plan(&cloud, &self.id).await?.values();
            let other = changed_meanwhile(&self.moved, &now);
            if !other.is_empty() {
                let words = format!("Somebody changed it meanwhile: {}", other.join(", "));
                return Err(CloudError {
                    target: self.name.clone(),
                    ..CloudError::local("UpdateUsagePlan", ErrorKind::Conflict, words)
                });
            }
            progress.say("Changing the plan");
            let patches = patches(&now, &with(&now, &self.moved));
            let client = cloud.apigateway().await?;
            let answer = client
                .update_usage_plan()
                .usage_plan_id(&self.id)
                .set_patch_operations(Some(operations(&patches)))
                .send()
                .await
                .map_err(|error| from_sdk("UpdateUsagePlan", &self.name, error))?;
            let request_id = answer.request_id().map(str::to_owned);
            let made = get_plan(&cloud, &self.id).await?;
            Ok(Applied {
                request_id,
                summary: format!("The plan {} is as wanted", made.name),
                output: Some(Arc::new(made)),
                undo: Some(Undo::Plan {
                    id: self.id.clone(),
                    name: self.name.clone(),
                    moved: self.moved.clone(),
                }),
                ..Applied::default()
            })
        })
    }
}

/// What is not as it was where a change begins, in the service's own terms.
pub fn changed_meanwhile(moved: &[Moved], now: &Flat) -> Vec<String> {
    let other = moved
        .iter()
        .filter(|of| now.get(&of.path) != of.before.as_ref());
    other.map(|of| named(&of.path)).collect()
}

/// A plan as it is now, without its keys.
///
/// # Errors
/// Those of `GetUsagePlan`.
pub async fn get_plan(cloud: &Cloud, id: &str) -> Result<UsagePlan, CloudError> {
    let client = cloud.apigateway().await?;
    let answer = client.get_usage_plan().usage_plan_id(id).send().await;
    let answer = answer.map_err(|error| from_sdk("GetUsagePlan", id, error))?;
    let of_list = aws_sdk_apigateway::types::UsagePlan::builder()
        .set_id(answer.id().map(str::to_owned))
        .set_name(answer.name().map(str::to_owned))
        .set_description(answer.description().map(str::to_owned))
        .set_api_stages(Some(answer.api_stages().to_vec()))
        .set_throttle(answer.throttle().cloned())
        .set_quota(answer.quota().cloned())
        .build();
    Ok(plan_of(&of_list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_its_patches_and_says_what_somebody_else_moved() {
        let moved = vec![Moved {
            path: "/throttle/rateLimit".into(),
            before: Some("200".into()),
            after: Some("250".into()),
        }];
        let change = ChangePlan {
            id: "q2x9f1".into(),
            name: "Partner gold".into(),
            title: "Change the plan".into(),
            moved: moved.clone(),
            notes: Vec::new(),
            context: CliContext::default(),
        };
        let plan = change.plan();
        let patch = r#"[{"op":"replace","path":"/throttle/rateLimit","value":"250"}]"#;
        assert!(plan.cli.contains(patch), "{}", plan.cli);
        let now = |rate: &str| Flat::from([("/throttle/rateLimit".to_owned(), rate.to_owned())]);
        assert!(changed_meanwhile(&moved, &now("200")).is_empty());
        assert_eq!(
            changed_meanwhile(&moved, &now("210")),
            ["throttle.rateLimit"]
        );
    }
}
