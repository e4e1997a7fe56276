//! An integration put anew: whole, with what a form does not hold of it. Putting one forgets what its answers become: those are
//! put again after it (`respond`).
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html>.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_apigateway::types::{
    ConnectionType, ContentHandlingStrategy, IntegrationType, ResponseTransferMode, TlsConfig,
};
use aws_types::request_id::RequestId;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::{Integration, IntegrationResponse, Method, timeout};
use crate::model::cli::{Cli, CliContext};
use crate::model::draft::Values;
use crate::model::draft::method::{MethodField, MethodForm};
use crate::model::error::CloudError;

use super::place::MethodPlace;

/// What the form does not hold, and what holds for its new type.
fn kept<'a>(form: &MethodForm, there: &'a Method, nothing: &'a Integration) -> &'a Integration {
    let same = |integration: &&Integration| integration.kind == form.kind;
    // Another type begins with nothing but what is in the form.
    there.integration.as_ref().filter(same).unwrap_or(nothing)
}

fn json(map: &BTreeMap<String, String>) -> Option<String> {
    (!map.is_empty()).then(|| serde_json::to_string(map).unwrap_or_default())
}

/// The AWS CLI command of it.
pub(super) fn command(
    place: &MethodPlace,
    form: &MethodForm,
    there: &Method,
    context: &CliContext,
) -> String {
    let nothing = Integration::default();
    let rest = kept(form, there, &nothing);
    let get = |field| form.get(&field);
    let mut first = place
        .cli("put-integration")
        .option("type", &form.kind)
        .maybe("integration-http-method", get(MethodField::HttpMethod))
        .maybe("uri", get(MethodField::Uri))
        .maybe("credentials", get(MethodField::Credentials))
        .maybe("timeout-in-millis", get(MethodField::Timeout))
        .maybe("passthrough-behavior", get(MethodField::Passthrough))
        .maybe("request-parameters", json(&form.mapping()))
        .maybe("request-templates", json(&form.templates))
        .maybe("connection-type", rest.connection.clone())
        .maybe("connection-id", rest.connection_id.clone())
        .maybe("content-handling", rest.content_handling.clone())
        .maybe("cache-namespace", rest.cache_namespace.clone());
    if !rest.cache_keys.is_empty() {
        let keys = serde_json::to_string(&rest.cache_keys).unwrap_or_default();
        first = first.option("cache-key-parameters", keys);
    }
    if rest.insecure_tls {
        first = first.option("tls-config", "insecureSkipVerification=true");
    }
    first = first.maybe("response-transfer-mode", rest.transfer_mode.clone());
    first.with(context).lines()
}

/// The AWS CLI command of one response.
pub(super) fn response_command(
    place: &MethodPlace,
    status: &str,
    response: &IntegrationResponse,
) -> Cli {
    place
        .cli("put-integration-response")
        .option("status-code", status)
        .maybe("selection-pattern", response.pattern.clone())
        .maybe("response-parameters", json(&response.parameters))
        .maybe("response-templates", json(&response.templates))
        .maybe("content-handling", response.content_handling.clone())
}

fn map(from: &BTreeMap<String, String>) -> Option<HashMap<String, String>> {
    let pairs = from.iter().map(|(k, v)| (k.clone(), v.clone()));
    (!from.is_empty()).then(|| pairs.collect())
}

/// Puts it.
pub(super) async fn put(
    cloud: &Cloud,
    place: &MethodPlace,
    form: &MethodForm,
    there: &Method,
) -> Result<Option<String>, CloudError> {
    let nothing = Integration::default();
    let rest = kept(form, there, &nothing);
    let get = |field| form.get(&field);
    let ms = timeout(&form.timeout)
        .ok()
        .and_then(|ms| i32::try_from(ms).ok());
    let client = cloud.apigateway().await?;
    let tls = TlsConfig::builder()
        .insecure_skip_verification(true)
        .build();
    let answer = client
        .put_integration()
        .rest_api_id(&place.api)
        .resource_id(&place.resource)
        .http_method(&place.verb)
        .r#type(IntegrationType::from(form.kind.as_str()))
        .set_integration_http_method(get(MethodField::HttpMethod))
        .set_uri(get(MethodField::Uri))
        .set_credentials(get(MethodField::Credentials))
        .set_timeout_in_millis(ms)
        .set_passthrough_behavior(get(MethodField::Passthrough))
        .set_request_parameters(map(&form.mapping()))
        .set_request_templates(map(&form.templates))
        .set_connection_type(rest.connection.as_deref().map(ConnectionType::from))
        .set_connection_id(rest.connection_id.clone())
        .set_content_handling(
            rest.content_handling
                .as_deref()
                .map(ContentHandlingStrategy::from),
        )
        .set_cache_namespace(rest.cache_namespace.clone())
        .set_cache_key_parameters(Some(rest.cache_keys.clone()).filter(|keys| !keys.is_empty()))
        .set_tls_config(rest.insecure_tls.then_some(tls))
        .set_response_transfer_mode(
            rest.transfer_mode
                .as_deref()
                .map(ResponseTransferMode::from),
        )
        .send()
        .await
        .map_err(|error| from_sdk("PutIntegration", &place.words(), error))?;
    Ok(answer.request_id().map(str::to_owned))
}

/// Puts one response of an integration.
pub(super) async fn put_response(
    cloud: &Cloud,
    place: &MethodPlace,
    status: &str,
    response: &IntegrationResponse,
) -> Result<(), CloudError> {
    let handling = response.content_handling.as_deref();
    cloud
        .apigateway()
        .await?
        .put_integration_response()
        .rest_api_id(&place.api)
        .resource_id(&place.resource)
        .http_method(&place.verb)
        .status_code(status)
        .set_selection_pattern(response.pattern.clone())
        .set_response_parameters(map(&response.parameters))
        .set_response_templates(map(&response.templates))
        .set_content_handling(handling.map(ContentHandlingStrategy::from))
        .send()
        .await
        .map_err(|error| from_sdk("PutIntegrationResponse", &place.words(), error))?;
    Ok(())
}
