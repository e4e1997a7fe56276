//! A usage plan for a stage with a key of its own, as one plan.
//!
//! The steps run in order. What fails leaves the rest as it is, and the error says what was made.

use std::sync::Arc;

use aws_sdk_apigateway::types::{ApiStage, QuotaPeriodType, QuotaSettings, ThrottleSettings};
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::keys::{Limits, UsagePlan};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Progress};

/// Makes a usage plan and a key for it.
#[derive(Debug, Clone)]
pub struct CreatePlan {
    /// The plan's name.
    pub name: String,
    /// The API and the stage that it opens.
    pub stage: (String, String),
    /// The API's name.
    pub api: String,
    /// What each key may call.
    pub limits: Limits,
    /// `DAY`, `WEEK` or `MONTH`.
    pub period: &'static str,
    /// The key's name.
    pub key: String,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl CreatePlan {
    fn as_plan(&self) -> UsagePlan {
        UsagePlan {
            rate: self.limits.rate,
            burst: self.limits.burst,
            quota: self
                .limits
                .quota
                .map(|limit| (limit, self.period.to_owned())),
            ..UsagePlan::default()
        }
    }

    fn commands(&self) -> [String; 3] {
        let (api, stage) = &self.stage;
        let Limits { rate, burst, quota } = self.limits;
        let throttle = rate
            .zip(burst)
            .map(|(rate, burst)| format!("rateLimit={rate},burstLimit={burst}"));
        let quota = quota.map(|limit| format!("limit={limit},period={}", self.period));
        [
            Cli::new("apigateway", "create-usage-plan")
                .option("name", &self.name)
                .option("api-stages", format!("apiId={api},stage={stage}"))
                .maybe("throttle", throttle)
                .maybe("quota", quota)
                .with(&self.context)
                .lines(),
            Cli::new("apigateway", "create-api-key")
                .option("name", &self.key)
                .flag("enabled", true)
                .with(&self.context)
                .lines(),
            Cli::new("apigateway", "create-usage-plan-key")
                .option("usage-plan-id", "ID of the plan")
                .option("key-id", "ID of the key")
                .option("key-type", "API_KEY")
                .with(&self.context)
                .lines(),
        ]
    }

    async fn make(
        &self,
        cloud: &Cloud,
        progress: &Progress,
        made: &mut Vec<String>,
    ) -> Result<Option<String>, CloudError> {
        let client = cloud.apigateway().await?;
        let (api, stage) = &self.stage;
        let Limits { rate, burst, quota } = self.limits;
        let throttle = rate.zip(burst).map(|(rate, burst)| {
            let throttle = ThrottleSettings::builder().rate_limit(rate);
            throttle.burst_limit(burst).build()
        });
        let quota = quota.map(|limit| {
            let quota = QuotaSettings::builder().limit(limit);
            quota.period(QuotaPeriodType::from(self.period)).build()
        });
        progress.say("Making the usage plan");
        let plan = client
            .create_usage_plan()
            .name(&self.name)
            .api_stages(ApiStage::builder().api_id(api).stage(stage).build())
            .set_throttle(throttle)
            .set_quota(quota)
            .send()
            .await
            .map_err(|error| from_sdk("CreateUsagePlan", &self.name, error))?;
        made.push(format!("the usage plan {}", self.name));
        progress.say("Making the key");
        let key = client.create_api_key().name(&self.key).enabled(true).send();
        let key = key.await;
        let key = key.map_err(|error| from_sdk("CreateApiKey", &self.key, error))?;
        made.push(format!("the key {}", self.key));
        client
            .create_usage_plan_key()
            .usage_plan_id(plan.id().unwrap_or_default())
            .key_id(key.id().unwrap_or_default())
            .key_type("API_KEY")
            .send()
            .await
            .map_err(|error| from_sdk("CreateUsagePlanKey", &self.key, error))?;
        Ok(plan.request_id().map(str::to_owned))
    }
}

impl Action<Cloud> for CreatePlan {
    fn plan(&self) -> Plan {
        let made = |field: &str, after: String| Difference {
            field: field.to_owned(),
            before: String::new(),
            after,
        };
        Plan {
            title: "Create the plan and its key".into(),
            target: self.name.clone(),
            risk: Risk::Safe,
            differences: vec![
                made("Usage plan", self.name.clone()),
                made("Opens", format!("{} {}", self.api, self.stage.1)),
                made("Limits of each key", self.as_plan().limits()),
                made(
                    "API key",
                    format!("{}, with a value that API Gateway makes", self.key),
                ),
            ],
            cli: self.commands().join("\n"),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec!["Only methods on which a key is required ask for it.".to_owned()]
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
            let mut made = Vec::new();
            let request_id = self.make(&cloud, &progress, &mut made).await;
            let request_id = request_id.map_err(|error| super::kept(error, &made))?;
            Ok(Applied {
                failed: false,
                request_id,
                summary: format!("The key {} opens {} {}", self.key, self.api, self.stage.1),
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
    fn the_review_names_limits_and_commands_and_no_value() {
        let create = CreatePlan {
            name: "basic".into(),
            stage: ("k3v9qp2xw1".into(), "prod".into()),
            api: "shop".into(),
            limits: Limits {
                rate: Some(1.0),
                burst: Some(2),
                quota: Some(5),
            },
            period: "DAY",
            key: "ana".into(),
            context: CliContext::default(),
        };
        let plan = create.plan();
        assert_eq!(plan.differences[2].after, "1 a second, 2 at once, 5 a day");
        for part in [
            "--api-stages apiId=k3v9qp2xw1,stage=prod",
            "--throttle rateLimit=1,burstLimit=2",
            "--quota limit=5,period=DAY",
            "create-usage-plan-key",
        ] {
            assert!(plan.cli.contains(part), "{part}: {}", plan.cli);
        }
    }
}
