//! One method of one API: where it is, its ARN, and how it is read again.

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::Method;
use crate::model::cli::Cli;
use crate::model::error::CloudError;

use super::convert::method_of;

/// Where a method is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MethodPlace {
    /// The API's id.
    pub api: String,
    /// The API's name.
    pub name: String,
    /// The resource's id.
    pub resource: String,
    /// The resource's path.
    pub path: String,
    /// As `GET`.
    pub verb: String,
    /// For ARNs.
    pub region: String,
    /// For ARNs.
    pub partition: String,
}

impl MethodPlace {
    /// As `GET /orders`.
    pub fn words(&self) -> String {
        format!("{} {}", self.verb, self.path)
    }

    /// Its ARN as IAM knows it.
    pub fn arn(&self) -> String {
        let Self {
            partition,
            region,
            api,
            resource,
            verb,
            ..
        } = self;
        format!(
            "arn:{partition}:apigateway:{region}::/restapis/{api}/resources/{resource}/methods/{verb}"
        )
    }

    /// A command that names it.
    pub fn cli(&self, operation: &str) -> Cli {
        Cli::new("apigateway", operation)
            .option("rest-api-id", &self.api)
            .option("resource-id", &self.resource)
            .option("http-method", &self.verb)
    }

    /// The method as it is now.
    ///
    /// # Errors
    /// Those of `GetMethod`.
    pub async fn read(&self, cloud: &Cloud) -> Result<Method, CloudError> {
        let client = cloud.apigateway().await?;
        let answer = client
            .get_method()
            .rest_api_id(&self.api)
            .resource_id(&self.resource)
            .http_method(&self.verb)
            .send()
            .await
            .map_err(|error| from_sdk("GetMethod", &self.words(), error))?;
        Ok(method_of(&types_of(&answer)))
    }
}

/// The answer to one method has the shape of an entry of a resource.
fn types_of(
    from: &aws_sdk_apigateway::operation::get_method::GetMethodOutput,
) -> aws_sdk_apigateway::types::Method {
    aws_sdk_apigateway::types::Method::builder()
        .set_http_method(from.http_method().map(str::to_owned))
        .set_authorization_type(from.authorization_type().map(str::to_owned))
        .set_authorizer_id(from.authorizer_id().map(str::to_owned))
        .set_api_key_required(from.api_key_required())
        .set_request_validator_id(from.request_validator_id().map(str::to_owned))
        .set_operation_name(from.operation_name().map(str::to_owned))
        .set_request_parameters(from.request_parameters().cloned())
        .set_request_models(from.request_models().cloned())
        .set_method_responses(from.method_responses().cloned())
        .set_method_integration(from.method_integration().cloned())
        .set_authorization_scopes(Some(from.authorization_scopes().to_vec()))
        .build()
}
