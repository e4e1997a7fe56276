//! What a method answers, status by status: declared, set and taken away, one call each.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethodResponse.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateIntegrationResponse.html>.

use std::collections::BTreeMap;

use crate::cloud::Cloud;
use crate::cloud::error::from_sdk;
use crate::model::api::patch::json;
use crate::model::cli::CliContext;
use crate::model::draft::method::Step;
use crate::model::error::CloudError;

use super::place::MethodPlace;
use super::put;
use super::update::operations;

/// What a step did, for whoever is told that a later one failed.
pub(super) fn words(step: &Step) -> String {
    match step {
        Step::DropAnswer(code) | Step::PutAnswer(code, _) | Step::PatchAnswer(code, _) => {
            format!("the integration response {code}")
        }
        Step::Declare(code, _) | Step::PatchDeclared(code, _) | Step::DropDeclared(code) => {
            format!("the method response {code}")
        }
    }
}

fn text<V: serde::Serialize>(map: &BTreeMap<String, V>) -> Option<String> {
    (!map.is_empty()).then(|| serde_json::to_string(map).unwrap_or_default())
}

/// The AWS CLI commands of these steps.
pub(super) fn commands(place: &MethodPlace, steps: &[Step], context: &CliContext) -> Vec<String> {
    let of = |operation: &str, code: &str| place.cli(operation).option("status-code", code);
    let command = |step: &Step| match step {
        Step::DropAnswer(code) => of("delete-integration-response", code),
        Step::Declare(code, response) => of("put-method-response", code)
            .maybe("response-parameters", text(&response.parameters))
            .maybe("response-models", text(&response.models)),
        Step::PatchDeclared(code, patches) => {
            of("update-method-response", code).option("patch-operations", json(patches))
        }
        Step::PutAnswer(code, response) => put::response_command(place, code, response),
        Step::PatchAnswer(code, patches) => {
            of("update-integration-response", code).option("patch-operations", json(patches))
        }
        Step::DropDeclared(code) => of("delete-method-response", code),
    };
    let all = steps.iter();
    all.map(|step| command(step).with(context).lines())
        .collect()
}

/// Does one step.
pub(super) async fn apply(
    cloud: &Cloud,
    place: &MethodPlace,
    step: &Step,
) -> Result<(), CloudError> {
    let client = cloud.apigateway().await?;
    let target = place.words();
    let (api, resource, verb) = (&place.api, &place.resource, &place.verb);
    match step {
        Step::DropAnswer(code) => {
            let call = client.delete_integration_response().rest_api_id(api);
            let call = call.resource_id(resource).http_method(verb);
            let sent = call.status_code(code).send().await;
            sent.map_err(|error| from_sdk("DeleteIntegrationResponse", &target, error))?;
        }
        Step::Declare(code, response) => {
            let call = client.put_method_response().rest_api_id(api);
            let call = call.resource_id(resource).http_method(verb);
            let parameters = response.parameters.clone().into_iter().collect();
            let models = response.models.clone().into_iter().collect();
            let call = call
                .status_code(code)
                .set_response_parameters(Some(parameters))
                .set_response_models(Some(models));
            let sent = call.send().await;
            sent.map_err(|error| from_sdk("PutMethodResponse", &target, error))?;
        }
        Step::PatchDeclared(code, patches) => {
            let call = client.update_method_response().rest_api_id(api);
            let call = call.resource_id(resource).http_method(verb);
            let call = call.set_patch_operations(Some(operations(patches)));
            let sent = call.status_code(code).send().await;
            sent.map_err(|error| from_sdk("UpdateMethodResponse", &target, error))?;
        }
        Step::PutAnswer(code, response) => put::put_response(cloud, place, code, response).await?,
        Step::PatchAnswer(code, patches) => {
            let call = client.update_integration_response().rest_api_id(api);
            let call = call.resource_id(resource).http_method(verb);
            let call = call.set_patch_operations(Some(operations(patches)));
            let sent = call.status_code(code).send().await;
            sent.map_err(|error| from_sdk("UpdateIntegrationResponse", &target, error))?;
        }
        Step::DropDeclared(code) => {
            let call = client.delete_method_response().rest_api_id(api);
            let call = call.resource_id(resource).http_method(verb);
            let sent = call.status_code(code).send().await;
            sent.map_err(|error| from_sdk("DeleteMethodResponse", &target, error))?;
        }
    }
    Ok(())
}
