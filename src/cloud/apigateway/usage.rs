//! What keys use of their plans: read by day, and a key's remainder of this period set anew.
//!
//! Sources: <https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateUsage.html>.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_types::request_id::RequestId;
use jiff::civil::Date;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::patch::{Patch, json};
use crate::model::api::usage::{Day, Usage};
use crate::model::cli::{Cli, CliContext};
use crate::model::error::CloudError;
use crate::model::format::number_exact;
use crate::model::plan::{Difference, Plan, Risk};
use crate::model::topic::Topic;
use crate::store::{Action, Applied, BoxFuture, Pages, Progress, Query};

use super::pages::PAGE;
use super::update::operations;

/// What the keys of a plan used, day by day.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GetUsage {
    /// The plan's id.
    pub plan: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Nobody looks at it yet: it waits behind what somebody waits for.
    pub beside: bool,
}

impl Query<Cloud> for GetUsage {
    type Output = Usage;

    fn service(&self) -> &'static str {
        match self.beside {
            true => "apigateway-beside",
            false => "apigateway",
        }
    }

    /// API Gateway counts some minutes late; behind many plans a shorter time would only cost calls.
    fn ttl(&self) -> Duration {
        Duration::from_secs(if self.beside { 600 } else { 60 })
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Keys]
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Usage>) -> Result<(), CloudError> {
        let client = match self.beside {
            true => cloud.apigateway_beside().await?,
            false => cloud.apigateway().await?,
        };
        let call = client.get_usage().usage_plan_id(&self.plan);
        let call = call.start_date(self.from.to_string());
        let call = call.end_date(self.to.to_string()).limit(PAGE);
        let mut answers = call.into_paginator().send();
        let mut keys = BTreeMap::new();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("GetUsage", &self.plan, error))?;
            for (key, days) in answer.items.unwrap_or_default() {
                let at = |day: &[i64], at: usize| day.get(at).copied().unwrap_or_default();
                let day = |day: &Vec<i64>| Day {
                    used: at(day, 0),
                    left: at(day, 1),
                };
                keys.insert(key, days.iter().map(day).collect());
            }
        }
        pages
            .send(Usage {
                from: self.from,
                keys,
            })
            .await;
        Ok(())
    }
}

/// Sets what a key has left of this period.
#[derive(Debug, Clone)]
pub struct ExtendUsage {
    /// The plan's id.
    pub plan: String,
    /// The plan's name.
    pub plan_name: String,
    /// The key's id.
    pub key: String,
    /// The key's name.
    pub name: String,
    /// What is left as it was shown.
    pub before: i64,
    /// What is left then.
    pub after: i64,
    /// What the connection adds to the AWS CLI command.
    pub context: CliContext,
}

impl ExtendUsage {
    fn patches(&self) -> [Patch; 1] {
        [Patch::replace("/remaining", self.after.to_string())]
    }
}

impl Action<Cloud> for ExtendUsage {
    fn plan(&self) -> Plan {
        Plan {
            title: format!("Change what {} has left of {}", self.name, self.plan_name),
            target: self.name.clone(),
            risk: Risk::Changes,
            differences: vec![Difference {
                field: "remaining".into(),
                before: number_exact(self.before),
                after: number_exact(self.after),
            }],
            cli: Cli::new("apigateway", "update-usage")
                .option("usage-plan-id", &self.plan)
                .option("key-id", &self.key)
                .option("patch-operations", json(&self.patches()))
                .with(&self.context)
                .lines(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "It holds for the period that runs; the next one begins with the plan's quota."
                .to_owned(),
            "Requests go on being counted meanwhile, and API Gateway counts some minutes late."
                .to_owned(),
        ];
        if self.after == 0 {
            notes.push("With nothing left, its requests get 429 Limit Exceeded.".to_owned());
        }
        notes
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
            progress.say("Setting what is left");
            let client = cloud.apigateway().await?;
            let answer = client
                .update_usage()
                .usage_plan_id(&self.plan)
                .key_id(&self.key)
                .set_patch_operations(Some(operations(&self.patches())))
                .send()
                .await
                .map_err(|error| from_sdk("UpdateUsage", &self.name, error))?;
            let left = number_exact(self.after);
            Ok(Applied {
                request_id: answer.request_id().map(str::to_owned),
                summary: format!("{} has {left} left of {}", self.name, self.plan_name),
                ..Applied::default()
            })
        })
    }
}
