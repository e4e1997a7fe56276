//! The REST APIs of a region, and one with all that stands in it.
//!
//! One call brings 500 resources with their methods; [`super::queue`] says when it may go out.

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::{ApiDetail, Resource, RestApiRow};
use crate::model::error::CloudError;
use crate::model::topic::Topic;
use crate::store::{Pages, Query};

use super::convert::{api_of, deployment_of, resource_of};
use super::pages::{self, PAGE};
use super::stage::stage_of;

/// Every REST API of the region, page by page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListApis {}

/// The APIs, in the service's order.
#[derive(Debug, Clone, Default)]
pub struct ApiList {
    /// One pointer an API.
    pub rows: Vec<RestApiRow>,
}

impl Query<Cloud> for ListApis {
    type Output = ApiList;

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Apis]
    }

    fn append(so_far: &mut ApiList, page: ApiList) {
        so_far.rows.extend(page.rows);
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<ApiList>) -> Result<(), CloudError> {
        let client = cloud.apigateway().await?;
        let call = client.get_rest_apis().limit(PAGE);
        let mut answers = call.into_paginator().send();
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| from_sdk("GetRestApis", "", error))?;
            let rows = answer.items().iter().map(|from| Arc::new(api_of(from)));
            pages
                .send(ApiList {
                    rows: rows.collect(),
                })
                .await;
        }
        Ok(())
    }
}

/// One API with its resources, methods, stages and deployments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GetApi {
    /// Its id.
    pub id: String,
}

impl Query<Cloud> for GetApi {
    type Output = ApiDetail;

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Api(self.id.clone())]
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<ApiDetail>) -> Result<(), CloudError> {
        pages.send(read(&cloud, &self.id).await?).await;
        Ok(())
    }
}

/// Reads an API whole.
///
/// # Errors
/// Those of the calls.
pub async fn read(cloud: &Cloud, id: &str) -> Result<ApiDetail, CloudError> {
    let client = cloud.apigateway().await?;
    let api = client.get_rest_api().rest_api_id(id).send().await;
    let api = api.map_err(|error| from_sdk("GetRestApi", id, error))?;
    let api = api_of(&types_of(&api));
    let resources = resources_of(cloud, id).await?;
    let stages = client.get_stages().rest_api_id(id).send().await;
    let stages = stages.map_err(|error| from_sdk("GetStages", id, error))?;
    let mut stages: Vec<_> = stages.item().iter().map(stage_of).collect();
    stages.sort_by(|one, other| one.name.cmp(&other.name));
    let mut deployments = Vec::new();
    let call = client.get_deployments().rest_api_id(id).limit(PAGE);
    let mut answers = call.into_paginator().send();
    while let Some(answer) = answers.next().await {
        let answer = answer.map_err(|error| from_sdk("GetDeployments", id, error))?;
        deployments.extend(answer.items().iter().map(deployment_of));
    }
    deployments.sort_by_key(|of| std::cmp::Reverse(of.created_at));
    Ok(ApiDetail {
        api,
        resources,
        stages,
        deployments,
    })
}

/// All resources with their methods, in the order of their paths.
///
/// # Errors
/// Those of `GetResources`.
pub async fn resources_of(cloud: &Cloud, id: &str) -> Result<Vec<Resource>, CloudError> {
    let client = cloud.apigateway().await?;
    let all = pages::resources(&client, id).await?;
    let mut resources: Vec<Resource> = all.iter().map(resource_of).collect();
    resources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(resources)
}

/// The answer to one API has the shape of an entry of the list.
fn types_of(
    from: &aws_sdk_apigateway::operation::get_rest_api::GetRestApiOutput,
) -> aws_sdk_apigateway::types::RestApi {
    aws_sdk_apigateway::types::RestApi::builder()
        .set_id(from.id().map(str::to_owned))
        .set_name(from.name().map(str::to_owned))
        .set_description(from.description().map(str::to_owned))
        .set_created_date(from.created_date().copied())
        .set_endpoint_configuration(from.endpoint_configuration().cloned())
        .set_root_resource_id(from.root_resource_id().map(str::to_owned))
        .set_binary_media_types(Some(from.binary_media_types().to_vec()))
        .disable_execute_api_endpoint(from.disable_execute_api_endpoint())
        .set_policy(from.policy().map(str::to_owned))
        .build()
}
