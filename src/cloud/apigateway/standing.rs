//! How an API stands, worked out beside whatever somebody waits for: some ten calls an API, each in its turn behind all others.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::definition::Definition;
use crate::model::api::standing::{Standing, standing};
use crate::model::error::CloudError;
use crate::model::topic::Topic;
use crate::store::{Pages, Query};

use super::convert::deployment_of;
use super::definition::{deployed, whole};
use super::pages::PAGE;
use super::stage::stage_of;

/// How one API stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GetStanding {
    /// Its id.
    pub id: String,
}

impl Query<Cloud> for GetStanding {
    type Output = Standing;

    fn service(&self) -> &'static str {
        "apigateway-beside"
    }

    fn ttl(&self) -> Duration {
        Duration::from_mins(10)
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Api(self.id.clone())]
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Standing>) -> Result<(), CloudError> {
        let client = cloud.apigateway_beside().await?;
        let id = &self.id;
        let now = whole(&client, id).await?;
        let stages = client.get_stages().rest_api_id(id).send().await;
        let stages = stages.map_err(|error| from_sdk("GetStages", id, error))?;
        let call = client.get_deployments().rest_api_id(id).limit(PAGE);
        let mut answers = call.into_paginator().send();
        let mut deployments = Vec::new();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("GetDeployments", id, error))?;
            deployments.extend(answer.items().iter().map(deployment_of));
        }
        // Stages that stand on one deployment are one question.
        let mut frozen: BTreeMap<String, Result<Definition, String>> = BTreeMap::new();
        let mut all = Vec::new();
        for stage in stages.item().iter().map(stage_of) {
            if !frozen.contains_key(&stage.deployment_id) {
                let read = deployed(&client, id, &stage.name).await;
                let read = read.map_err(|error| error.message);
                frozen.insert(stage.deployment_id.clone(), read);
            }
            let read = frozen.get(&stage.deployment_id).cloned();
            all.push((stage, read.unwrap_or_else(|| Err(String::new()))));
        }
        pages.send(standing(&now, all, &deployments)).await;
        Ok(())
    }
}
