//! The SDK's shapes as the model's.

use std::collections::BTreeMap;

use aws_sdk_apigateway::types;
use aws_smithy_types::DateTime;

use crate::model::api::{Deployment, Integration, Method, Resource, RestApi, Stage};

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

fn method_of(from: &types::Method) -> Method {
    let responses = from.method_responses().into_iter().flatten();
    let responses: BTreeMap<_, _> = responses.collect();
    Method {
        authorization: text(from.authorization_type()),
        authorizer_id: from.authorizer_id().map(str::to_owned),
        api_key_required: from.api_key_required().unwrap_or_default(),
        validator_id: from.request_validator_id().map(str::to_owned),
        integration: from.method_integration().map(integration_of),
        responses: responses.into_keys().cloned().collect(),
    }
}

fn integration_of(from: &types::Integration) -> Integration {
    let templates = from.request_templates().into_iter().flatten();
    let responses = from.integration_responses().into_iter().flatten();
    Integration {
        kind: from
            .r#type()
            .map(|kind| kind.as_str().to_owned())
            .unwrap_or_default(),
        uri: from.uri().map(str::to_owned),
        http_method: from.http_method().map(str::to_owned),
        timeout_ms: (from.timeout_in_millis() > 0).then(|| from.timeout_in_millis()),
        credentials: from.credentials().map(str::to_owned),
        connection: from.connection_type().map(|kind| kind.as_str().to_owned()),
        request_templates: templates
            .map(|(kind, text)| (kind.clone(), text.clone()))
            .collect(),
        responses: responses
            .map(|(status, of)| (status.clone(), of.selection_pattern().map(str::to_owned)))
            .collect(),
    }
}

pub(super) fn stage_of(from: &types::Stage) -> Stage {
    let variables = from.variables().into_iter().flatten();
    let cached = from.cache_cluster_enabled();
    Stage {
        name: text(from.stage_name()),
        deployment_id: text(from.deployment_id()),
        description: text(from.description()),
        updated_at: ms(from.last_updated_date()),
        tracing: from.tracing_enabled(),
        cache_gb: from
            .cache_cluster_size()
            .filter(|_| cached)
            .map(|size| size.as_str().to_owned()),
        variables: variables
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    }
}

pub(super) fn deployment_of(from: &types::Deployment) -> Deployment {
    Deployment {
        id: text(from.id()),
        description: text(from.description()),
        created_at: ms(from.created_date()),
    }
}
