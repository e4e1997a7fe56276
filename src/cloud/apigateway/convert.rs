//! The SDK's shapes as the model's.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_apigateway::types;
use aws_smithy_types::DateTime;

use crate::model::api::{
    Deployment, Integration, IntegrationResponse, Method, MethodResponse, Resource, RestApi,
};

fn ms(time: Option<&DateTime>) -> Option<i64> {
    time.and_then(|time| time.to_millis().ok())
}

fn text(from: Option<&str>) -> String {
    from.unwrap_or_default().to_owned()
}

pub(super) fn api_of(from: &types::RestApi) -> RestApi {
    let endpoint = from.endpoint_configuration();
    RestApi {
        id: text(from.id()),
        name: text(from.name()),
        description: text(from.description()),
        created_at: ms(from.created_date()),
        endpoint_types: endpoint
            .map(|endpoint| endpoint.types())
            .unwrap_or_default()
            .iter()
            .map(|kind| kind.as_str().to_owned())
            .collect(),
        root_resource_id: from.root_resource_id().map(str::to_owned),
        binary_media_types: from.binary_media_types().to_vec(),
        default_endpoint_disabled: from.disable_execute_api_endpoint(),
        policy: text(from.policy()),
    }
}

pub(super) fn resource_of(from: &types::Resource) -> Resource {
    let methods = from.resource_methods().into_iter().flatten();
    Resource {
        id: text(from.id()),
        parent_id: from.parent_id().map(str::to_owned),
        path_part: from.path_part().map(str::to_owned),
        path: text(from.path()),
        methods: methods
            .map(|(verb, method)| (verb.clone(), method_of(method)))
            .collect(),
    }
}

fn map<V: Clone>(from: Option<&HashMap<String, V>>) -> BTreeMap<String, V> {
    let pairs = from.into_iter().flatten();
    pairs.map(|(k, v)| (k.clone(), v.clone())).collect()
}

pub(super) fn method_of(from: &types::Method) -> Method {
    let responses = from.method_responses().into_iter().flatten();
    Method {
        authorization: text(from.authorization_type()),
        authorizer_id: from.authorizer_id().map(str::to_owned),
        scopes: from.authorization_scopes().to_vec(),
        api_key_required: from.api_key_required().unwrap_or_default(),
        validator_id: from.request_validator_id().map(str::to_owned),
        operation_name: from.operation_name().map(str::to_owned),
        parameters: map(from.request_parameters()),
        models: map(from.request_models()),
        integration: from.method_integration().map(integration_of),
        responses: responses
            .map(|(status, of)| (status.clone(), method_response_of(of)))
            .collect(),
    }
}

fn method_response_of(from: &types::MethodResponse) -> MethodResponse {
    MethodResponse {
        parameters: map(from.response_parameters()),
        models: map(from.response_models()),
    }
}

fn integration_of(from: &types::Integration) -> Integration {
    let responses = from.integration_responses().into_iter().flatten();
    let word = |word: &str| word.to_owned();
    Integration {
        kind: from
            .r#type()
            .map(|kind| kind.as_str().to_owned())
            .unwrap_or_default(),
        uri: from.uri().map(word),
        http_method: from.http_method().map(word),
        timeout_ms: (from.timeout_in_millis() > 0).then(|| from.timeout_in_millis()),
        credentials: from.credentials().map(word),
        connection: from.connection_type().map(|kind| word(kind.as_str())),
        connection_id: from.connection_id().map(word),
        passthrough: text(from.passthrough_behavior()),
        content_handling: from.content_handling().map(|how| word(how.as_str())),
        parameters: map(from.request_parameters()),
        request_templates: map(from.request_templates()),
        cache_keys: from.cache_key_parameters().to_vec(),
        cache_namespace: from.cache_namespace().map(word),
        insecure_tls: from
            .tls_config()
            .is_some_and(|tls| tls.insecure_skip_verification()),
        transfer_mode: from
            .response_transfer_mode()
            .map(|mode| word(mode.as_str())),
        responses: responses
            .map(|(status, of)| (status.clone(), integration_response_of(of)))
            .collect(),
    }
}

fn integration_response_of(from: &types::IntegrationResponse) -> IntegrationResponse {
    let pattern = from
        .selection_pattern()
        .filter(|pattern| !pattern.is_empty());
    IntegrationResponse {
        pattern: pattern.map(str::to_owned),
        parameters: map(from.response_parameters()),
        templates: map(from.response_templates()),
        content_handling: from.content_handling().map(|how| how.as_str().to_owned()),
    }
}

pub(super) fn deployment_of(from: &types::Deployment) -> Deployment {
    Deployment {
        id: text(from.id()),
        description: text(from.description()),
        created_at: ms(from.created_date()),
    }
}
