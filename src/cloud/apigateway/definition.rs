//! What an API answers with: as it is being built, and as the deployment of a stage has frozen it.
//!
//! The API now takes six calls; a deployment one, `GetExport`, and never again: a deployment does not change.
//! Sources: <https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html> and the `Get*` calls beside it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_apigateway::{Client, types};

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::definition::{
    self, AUTHORIZER_TTL_S, Authorizer, Definition, GatewayResponse, Integration,
    IntegrationResponse, Method, Parts, Place, Response, Settings, Texts, Validator,
};
use crate::model::error::{CloudError, ErrorKind};
use crate::model::topic::Topic;
use crate::store::{Pages, Query};

use super::pages::{self, PAGE};

/// An API as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GetDefinition {
    /// Its id.
    pub id: String,
}

impl Query<Cloud> for GetDefinition {
    type Output = Definition;

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Api(self.id.clone())]
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Definition>) -> Result<(), CloudError> {
        pages.send(now(&cloud, &self.id).await?).await;
        Ok(())
    }
}

/// What a deployment froze, by a stage that stands on it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GetDeployed {
    /// The API's id.
    pub id: String,
    /// The stage that it is asked of.
    pub stage: String,
    /// The deployment that the stage stands on: another one is another question.
    pub deployment: String,
}

impl Query<Cloud> for GetDeployed {
    type Output = Definition;

    fn service(&self) -> &'static str {
        "apigateway"
    }

    fn ttl(&self) -> Duration {
        Duration::from_hours(24)
    }

    async fn fetch(self, cloud: Arc<Cloud>, pages: Pages<Definition>) -> Result<(), CloudError> {
        let client = cloud.apigateway().await?;
        let read = deployed(&client, &self.id, &self.stage).await?;
        pages.send(read).await;
        Ok(())
    }
}

/// Reads what the deployment of a stage froze.
///
/// # Errors
/// Those of `GetExport`, and where its answer can't be read.
pub(super) async fn deployed(
    client: &Client,
    id: &str,
    stage: &str,
) -> Result<Definition, CloudError> {
    let answer = client
        .get_export()
        .rest_api_id(id)
        .stage_name(stage)
        .export_type("oas30")
        .parameters("extensions", "integrations,authorizers,apigateway")
        .accepts("application/json")
        .send()
        .await
        .map_err(|error| from_sdk("GetExport", stage, error))?;
    let body = answer.body().map(AsRef::as_ref).unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    definition::export(&text).map_err(|why| CloudError {
        target: stage.to_owned(),
        ..CloudError::local("GetExport", ErrorKind::NotServed, why)
    })
}

/// Reads an API as it is now.
///
/// # Errors
/// Those of the calls.
pub async fn now(cloud: &Cloud, id: &str) -> Result<Definition, CloudError> {
    whole(&cloud.apigateway().await?, id).await
}

/// The same, by a client that goes in its own turn.
pub(super) async fn whole(client: &Client, id: &str) -> Result<Definition, CloudError> {
    let api = client.get_rest_api().rest_api_id(id).send().await;
    let api = api.map_err(|error| from_sdk("GetRestApi", id, error))?;
    let mut parts = Parts::default();
    let read = &mut parts.read;
    read.settings = Settings {
        policy: api.policy().and_then(definition::policy_of),
        binary_media_types: api.binary_media_types().to_vec(),
        minimum_compression: api.minimum_compression_size().map(i64::from),
        key_from_authorizer: api.api_key_source() == Some(&types::ApiKeySourceType::Authorizer),
        default_endpoint_disabled: api.disable_execute_api_endpoint(),
    };
    for resource in pages::resources(client, id).await? {
        let path = resource.path().unwrap_or_default();
        for (verb, method) in resource.resource_methods().into_iter().flatten() {
            let place = Place {
                path: path.to_owned(),
                verb: verb.clone(),
            };
            read.methods.insert(place, method_of(method));
        }
    }
    let mut answers = client
        .get_models()
        .rest_api_id(id)
        .limit(PAGE)
        .into_paginator()
        .send();
    while let Some(answer) = answers.next().await {
        let answer = answer.map_err(|error| from_sdk("GetModels", id, error))?;
        for model in answer.items() {
            let schema = Parts::schema(model.schema().unwrap_or("{}"));
            read.models.insert(text(model.name()), schema);
        }
    }
    let answer = client.get_gateway_responses().rest_api_id(id).limit(PAGE);
    let answer = answer.send().await;
    let answer = answer.map_err(|error| from_sdk("GetGatewayResponses", id, error))?;
    for one in answer.items().iter().filter(|one| !one.default_response()) {
        let kind = one.response_type().map(types::GatewayResponseType::as_str);
        let response = GatewayResponse {
            status: one.status_code().map(str::to_owned),
            parameters: texts(one.response_parameters()),
            templates: texts(one.response_templates()),
        };
        read.responses.insert(text(kind), response);
    }
    guards(client, id, &mut parts).await?;
    Ok(parts.whole())
}

/// Authorizers and validators.
async fn guards(client: &Client, id: &str, parts: &mut Parts) -> Result<(), CloudError> {
    for one in pages::authorizers(client, id).await? {
        let name = text(one.name());
        parts.authorizers.insert(text(one.id()), name.clone());
        parts.read.authorizers.insert(name, authorizer_of(&one));
    }
    for one in pages::validators(client, id).await? {
        let name = text(one.name());
        parts.validators.insert(text(one.id()), name.clone());
        let validator = Validator {
            body: one.validate_request_body(),
            parameters: one.validate_request_parameters(),
        };
        parts.read.validators.insert(name, validator);
    }
    Ok(())
}

fn text(from: Option<&str>) -> String {
    from.unwrap_or_default().to_owned()
}

fn texts(from: Option<&HashMap<String, String>>) -> Texts {
    let from = from.into_iter().flatten();
    from.map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fn authorizer_of(from: &types::Authorizer) -> Authorizer {
    let ttl = from.authorizer_result_ttl_in_seconds();
    Authorizer {
        kind: text(from.r#type().map(types::AuthorizerType::as_str)),
        uri: from.authorizer_uri().map(str::to_owned),
        credentials: from.authorizer_credentials().map(str::to_owned),
        identity: text(from.identity_source()),
        expression: from.identity_validation_expression().map(str::to_owned),
        ttl_s: ttl.map_or(AUTHORIZER_TTL_S, i64::from),
        providers: from.provider_arns().to_vec(),
    }
}

fn method_of(from: &types::Method) -> Method {
    // A place of the request, without what all of them begin with.
    let parameters = from.request_parameters().into_iter().flatten();
    let parameter = |(place, required): (&String, &bool)| {
        let place = place.strip_prefix("method.request.").unwrap_or(place);
        (place.to_owned(), *required)
    };
    let responses = from.method_responses().into_iter().flatten();
    let response = |(status, of): (&String, &types::MethodResponse)| {
        let headers = of.response_parameters().into_iter().flatten();
        let header = |(place, _): (&String, &bool)| {
            let name = place.strip_prefix("method.response.header.");
            name.unwrap_or(place).to_owned()
        };
        let response = Response {
            headers: headers.map(header).collect(),
            models: texts(of.response_models()),
        };
        (status.clone(), response)
    };
    Method {
        authorization: text(from.authorization_type()),
        authorizer: from.authorizer_id().map(str::to_owned),
        scopes: from.authorization_scopes().to_vec(),
        key: from.api_key_required().unwrap_or_default(),
        validator: from.request_validator_id().map(str::to_owned),
        operation: from.operation_name().map(str::to_owned),
        parameters: parameters.map(parameter).collect(),
        models: texts(from.request_models()),
        responses: responses.map(response).collect(),
        integration: from.method_integration().map(integration_of),
    }
}

fn integration_of(from: &types::Integration) -> Integration {
    let responses = from.integration_responses().into_iter().flatten();
    let response = |(status, of): (&String, &types::IntegrationResponse)| {
        let pattern = of.selection_pattern().filter(|pattern| !pattern.is_empty());
        let response = IntegrationResponse {
            status: of.status_code().unwrap_or(status).to_owned(),
            parameters: texts(of.response_parameters()),
            templates: texts(of.response_templates()),
            content_handling: of.content_handling().map(|how| how.as_str().to_owned()),
        };
        (pattern.unwrap_or("default").to_owned(), response)
    };
    let tls = from.tls_config();
    let mode = from.response_transfer_mode();
    Integration {
        kind: text(from.r#type().map(types::IntegrationType::as_str)),
        uri: from.uri().map(str::to_owned),
        verb: from.http_method().map(str::to_owned),
        link: from.connection_id().map(str::to_owned),
        credentials: from.credentials().map(str::to_owned),
        timeout_ms: match from.timeout_in_millis() {
            0 => definition::TIMEOUT_MS,
            ms => i64::from(ms),
        },
        passthrough: text(from.passthrough_behavior()),
        content_handling: from.content_handling().map(|how| how.as_str().to_owned()),
        insecure: tls.is_some_and(types::TlsConfig::insecure_skip_verification),
        streams: mode == Some(&types::ResponseTransferMode::Stream),
        cache_keys: from.cache_key_parameters().to_vec(),
        parameters: texts(from.request_parameters()),
        templates: texts(from.request_templates()),
        responses: responses.map(response).collect(),
    }
}
