//! What the methods of an API point at: authorizers and validators. Each is a query of its own, so that a permission that lacks
//! for one empties only that one's place.

use std::sync::Arc;

use crate::cloud::Cloud;
use crate::model::api::{Authorizer, Validator};
use crate::model::error::CloudError;
use crate::model::topic::Topic;
use crate::store::{Pages, Query};

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
        let all = super::pages::authorizers(&cloud.apigateway().await?, &self.api).await?;
        let one = |from: &aws_sdk_apigateway::types::Authorizer| Authorizer {
            id: from.id().unwrap_or_default().to_owned(),
            name: from.name().unwrap_or_default().to_owned(),
            kind: from
                .r#type()
                .map(|kind| kind.as_str().to_owned())
                .unwrap_or_default(),
        };
        pages.send(all.iter().map(one).collect()).await;
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
        let all = super::pages::validators(&cloud.apigateway().await?, &self.api).await?;
        let one = |from: &aws_sdk_apigateway::types::RequestValidator| Validator {
            id: from.id().unwrap_or_default().to_owned(),
            name: from.name().unwrap_or_default().to_owned(),
            body: from.validate_request_body(),
            parameters: from.validate_request_parameters(),
        };
        pages.send(all.iter().map(one).collect()).await;
        Ok(())
    }
}
