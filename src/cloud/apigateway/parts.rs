//! What the methods of an API point at: authorizers and validators. Each is a query of its own, so that a permission that lacks
//! for one empties only that one's place.

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::{Authorizer, Validator};
use crate::model::error::CloudError;
use crate::model::topic::Topic;
use crate::store::{Pages, Query};

/// The most that a page may hold.
const PAGE: i32 = 500;

/// The authorizers of an API.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListAuthorizers {
    /// The API's id.
    pub api: String,
}

impl Query<Cloud> for ListAuthorizers {
    type Output = Vec<Authorizer>;

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Api(self.api.clone())]
    }

    async fn fetch(
        self,
        cloud: Arc<Cloud>,
        pages: Pages<Vec<Authorizer>>,
    ) -> Result<(), CloudError> {
        let client = cloud.apigateway().await?;
        let mut all = Vec::new();
        let mut position = None;
        loop {
            let call = client.get_authorizers().rest_api_id(&self.api).limit(PAGE);
            let answer = call.set_position(position).send().await;
            let answer = answer.map_err(|error| from_sdk("GetAuthorizers", &self.api, error))?;
            all.extend(answer.items().iter().map(|from| {
                Authorizer {
                    id: from.id().unwrap_or_default().to_owned(),
                    name: from.name().unwrap_or_default().to_owned(),
                    kind: from
                        .r#type()
                        .map(|kind| kind.as_str().to_owned())
                        .unwrap_or_default(),
                }
            }));
            position = answer.position().map(str::to_owned);
            if position.is_none() {
                break;
            }
        }
        pages.send(all).await;
        Ok(())
    }
}

/// The request validators of an API.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ListValidators {
    /// The API's id.
    pub api: String,
}

impl Query<Cloud> for ListValidators {
    type Output = Vec<Validator>;

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Api(self.api.clone())]
    }

    async fn fetch(
        self,
        cloud: Arc<Cloud>,
        pages: Pages<Vec<Validator>>,
    ) -> Result<(), CloudError> {
        let client = cloud.apigateway().await?;
        let mut all = Vec::new();
        let mut position = None;
        loop {
            let call = client.get_request_validators().rest_api_id(&self.api);
            let answer = call.limit(PAGE).set_position(position).send().await;
            let answer =
                answer.map_err(|error| from_sdk("GetRequestValidators", &self.api, error))?;
            all.extend(answer.items().iter().map(|from| Validator {
                id: from.id().unwrap_or_default().to_owned(),
                name: from.name().unwrap_or_default().to_owned(),
                body: from.validate_request_body(),
                parameters: from.validate_request_parameters(),
            }));
            position = answer.position().map(str::to_owned);
            if position.is_none() {
                break;
            }
        }
        pages.send(all).await;
        Ok(())
    }
}
