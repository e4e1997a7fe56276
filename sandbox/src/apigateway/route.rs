//! Which operation a method and a path mean.

use super::{Answer, ApiGateway, Call, ROW, error::bad_request};
use crate::error::AwsError;
use http::Method;
use percent_encoding::percent_decode_str;

/// Calls the operation.
///
/// # Errors
/// What the operation answers, or that the sandbox doesn't have it.
pub fn dispatch(gateway: &ApiGateway, call: &Call<'_>) -> Answer {
    let path: Vec<String> = call
        .request
        .path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path.as_slice() {
        ["restapis"] => apis(gateway, call),
        ["restapis", id] => api(gateway, call, id),
        ["restapis", id, rest @ ..] => of_api(gateway, call, id, rest),
        ["apikeys", rest @ ..] => keys(gateway, call, rest),
        ["usageplans", rest @ ..] => plans(gateway, call, rest),
        ["tags", arn] => tags(gateway, call, arn),
        ["account"] => account(gateway, call),
        ["clientcertificates", rest @ ..] => certificates(gateway, call, rest),
        ["vpclinks", rest @ ..] => links(gateway, call, rest),
        _ => Err(lacks(call)),
    }
}

fn lacks(call: &Call<'_>) -> AwsError {
    ROW.lacks(&format!("{} {}", call.request.method, call.request.path))
}

/// The SDKs that the service generates.
const SDKS: [&str; 6] = ["android", "ios", "java", "javascript", "objectivec", "ruby"];

/// The refusal of GetSdk: first of what the service refuses itself, then that no SDK is generated here.
fn no_sdk(gateway: &ApiGateway, (api, stage): (&str, &str), kind: &str) -> AwsError {
    let found = {
        let state = gateway.state();
        gateway
            .api(&state, api)
            .and_then(|api| api.stage(stage).map(|_| ()))
    };
    match found {
        Err(error) => error,
        Ok(()) if !SDKS.contains(&kind) => bad_request("Invalid SDK type"),
        Ok(()) => bad_request(
            "The sandbox generates no SDKs. Export the stage as OpenAPI (GetExport), and have a generator make one of it.",
        ),
    }
}

fn apis(gateway: &ApiGateway, call: &Call<'_>) -> Answer {
    match call.request.method {
        Method::GET => gateway.get_rest_apis(call),
        Method::POST if call.query("mode") == Some("import") => gateway.import_rest_api(call),
        Method::POST if call.query("mode").is_none() => gateway.create_rest_api(call),
        _ => Err(lacks(call)),
    }
}

fn api(gateway: &ApiGateway, call: &Call<'_>, id: &str) -> Answer {
    match call.request.method {
        Method::GET => gateway.get_rest_api(id),
        Method::PUT => gateway.put_rest_api(call, id),
        Method::PATCH => gateway.update_rest_api(call, id),
        Method::DELETE => gateway.delete_rest_api(id),
        _ => Err(lacks(call)),
    }
}

fn of_api(gateway: &ApiGateway, call: &Call<'_>, id: &str, rest: &[&str]) -> Answer {
    let method = &call.request.method;
    match (method, rest) {
        (&Method::GET, ["stages", stage, "sdks", kind]) => Err(no_sdk(gateway, (id, stage), kind)),
        (&Method::GET, ["resources"]) => gateway.get_resources(call, id),
        (&Method::POST, ["resources", parent]) => gateway.create_resource(call, id, parent),
        (&Method::GET, ["resources", resource]) => gateway.get_resource(call, id, resource),
        (&Method::PATCH, ["resources", resource]) => gateway.update_resource(call, id, resource),
        (&Method::DELETE, ["resources", resource]) => gateway.delete_resource(id, resource),
        (_, ["resources", resource, "methods", verb, rest @ ..]) => {
            of_method(gateway, call, (id, resource, verb), rest)
        }
        (_, ["deployments", rest @ ..]) => deployments(gateway, call, id, rest),
        (_, ["stages", rest @ ..]) => stages(gateway, call, id, rest),
        (_, ["models", rest @ ..]) => models(gateway, call, id, rest),
        (_, ["requestvalidators", rest @ ..]) => validators(gateway, call, id, rest),
        (_, ["authorizers", rest @ ..]) => authorizers(gateway, call, id, rest),
        (_, ["gatewayresponses", rest @ ..]) => responses(gateway, call, id, rest),
        (_, ["documentation", "parts", rest @ ..]) => parts(gateway, call, id, rest),
        (_, ["documentation", "versions", rest @ ..]) => versions(gateway, call, id, rest),
        _ => Err(lacks(call)),
    }
}

fn parts(gateway: &ApiGateway, call: &Call<'_>, id: &str, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_documentation_parts(call, id),
        (&Method::POST, []) => gateway.create_documentation_part(call, id),
        (&Method::PUT, []) => gateway.import_documentation_parts(call, id),
        (&Method::GET, [one]) => gateway.get_documentation_part(id, one),
        (&Method::PATCH, [one]) => gateway.update_documentation_part(call, id, one),
        (&Method::DELETE, [one]) => gateway.delete_documentation_part(id, one),
        _ => Err(lacks(call)),
    }
}

fn versions(gateway: &ApiGateway, call: &Call<'_>, id: &str, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_documentation_versions(call, id),
        (&Method::POST, []) => gateway.create_documentation_version(call, id),
        (&Method::GET, [name]) => gateway.get_documentation_version(id, name),
        (&Method::PATCH, [name]) => gateway.update_documentation_version(call, id, name),
        (&Method::DELETE, [name]) => gateway.delete_documentation_version(id, name),
        _ => Err(lacks(call)),
    }
}

/// A method by its API, its resource and its verb.
pub type Of<'a> = (&'a str, &'a str, &'a str);

fn of_method(gateway: &ApiGateway, call: &Call<'_>, of: Of<'_>, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::PUT, []) => gateway.put_method(call, of),
        (&Method::GET, []) => gateway.get_method(of),
        (&Method::PATCH, []) => gateway.update_method(call, of),
        (&Method::DELETE, []) => gateway.delete_method(of),
        (&Method::PUT, ["integration"]) => gateway.put_integration(call, of),
        (&Method::GET, ["integration"]) => gateway.get_integration(of),
        (&Method::PATCH, ["integration"]) => gateway.update_integration(call, of),
        (&Method::DELETE, ["integration"]) => gateway.delete_integration(of),
        (&Method::PUT, ["integration", "responses", code]) => {
            gateway.put_integration_response(call, of, code)
        }
        (&Method::GET, ["integration", "responses", code]) => {
            gateway.get_integration_response(of, code)
        }
        (&Method::PATCH, ["integration", "responses", code]) => {
            gateway.update_integration_response(call, of, code)
        }
        (&Method::DELETE, ["integration", "responses", code]) => {
            gateway.delete_integration_response(of, code)
        }
        (&Method::PUT, ["responses", code]) => gateway.put_method_response(call, of, code),
        (&Method::GET, ["responses", code]) => gateway.get_method_response(of, code),
        (&Method::PATCH, ["responses", code]) => gateway.update_method_response(call, of, code),
        (&Method::DELETE, ["responses", code]) => gateway.delete_method_response(of, code),
        _ => Err(lacks(call)),
    }
}

fn deployments(gateway: &ApiGateway, call: &Call<'_>, id: &str, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_deployments(call, id),
        (&Method::POST, []) => gateway.create_deployment(call, id),
        (&Method::GET, [one]) => gateway.get_deployment(call, id, one),
        (&Method::PATCH, [one]) => gateway.update_deployment(call, id, one),
        (&Method::DELETE, [one]) => gateway.delete_deployment(id, one),
        _ => Err(lacks(call)),
    }
}

fn stages(gateway: &ApiGateway, call: &Call<'_>, id: &str, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_stages(call, id),
        (&Method::POST, []) => gateway.create_stage(call, id),
        (&Method::GET, [stage]) => gateway.get_stage(id, stage),
        (&Method::PATCH, [stage]) => gateway.update_stage(call, id, stage),
        (&Method::DELETE, [stage]) => gateway.delete_stage(id, stage),
        (&Method::GET, [stage, "exports", kind]) => gateway.get_export(call, id, stage, kind),
        _ => Err(lacks(call)),
    }
}

fn models(gateway: &ApiGateway, call: &Call<'_>, id: &str, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_models(call, id),
        (&Method::POST, []) => gateway.create_model(call, id),
        (&Method::GET, [name]) => gateway.get_model(call, id, name),
        (&Method::PATCH, [name]) => gateway.update_model(call, id, name),
        (&Method::DELETE, [name]) => gateway.delete_model(id, name),
        _ => Err(lacks(call)),
    }
}

fn validators(gateway: &ApiGateway, call: &Call<'_>, id: &str, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_request_validators(call, id),
        (&Method::POST, []) => gateway.create_request_validator(call, id),
        (&Method::GET, [one]) => gateway.get_request_validator(id, one),
        (&Method::PATCH, [one]) => gateway.update_request_validator(call, id, one),
        (&Method::DELETE, [one]) => gateway.delete_request_validator(id, one),
        _ => Err(lacks(call)),
    }
}

fn authorizers(gateway: &ApiGateway, call: &Call<'_>, id: &str, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_authorizers(call, id),
        (&Method::POST, []) => gateway.create_authorizer(call, id),
        (&Method::GET, [one]) => gateway.get_authorizer(id, one),
        (&Method::PATCH, [one]) => gateway.update_authorizer(call, id, one),
        (&Method::DELETE, [one]) => gateway.delete_authorizer(id, one),
        _ => Err(lacks(call)),
    }
}

fn responses(gateway: &ApiGateway, call: &Call<'_>, id: &str, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_gateway_responses(id),
        (&Method::GET, [kind]) => gateway.get_gateway_response(id, kind),
        (&Method::PUT, [kind]) => gateway.put_gateway_response(call, id, kind),
        (&Method::PATCH, [kind]) => gateway.update_gateway_response(call, id, kind),
        (&Method::DELETE, [kind]) => gateway.delete_gateway_response(id, kind),
        _ => Err(lacks(call)),
    }
}

fn keys(gateway: &ApiGateway, call: &Call<'_>, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_api_keys(call),
        (&Method::POST, []) if call.query("mode") == Some("import") => {
            gateway.import_api_keys(call)
        }
        (&Method::POST, []) => gateway.create_api_key(call),
        (&Method::GET, [id]) => gateway.get_api_key(call, id),
        (&Method::PATCH, [id]) => gateway.update_api_key(call, id),
        (&Method::DELETE, [id]) => gateway.delete_api_key(id),
        _ => Err(lacks(call)),
    }
}

fn plans(gateway: &ApiGateway, call: &Call<'_>, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_usage_plans(call),
        (&Method::POST, []) => gateway.create_usage_plan(call),
        (&Method::GET, [id]) => gateway.get_usage_plan(id),
        (&Method::PATCH, [id]) => gateway.update_usage_plan(call, id),
        (&Method::DELETE, [id]) => gateway.delete_usage_plan(id),
        (&Method::GET, [id, "keys"]) => gateway.get_usage_plan_keys(call, id),
        (&Method::POST, [id, "keys"]) => gateway.create_usage_plan_key(call, id),
        (&Method::GET, [id, "keys", key]) => gateway.get_usage_plan_key(id, key),
        (&Method::DELETE, [id, "keys", key]) => gateway.delete_usage_plan_key(id, key),
        (&Method::PATCH, [id, "keys", key, "usage"]) => gateway.update_usage(call, id, key),
        (&Method::GET, [id, "usage"]) => gateway.get_usage(call, id),
        _ => Err(lacks(call)),
    }
}

fn certificates(gateway: &ApiGateway, call: &Call<'_>, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_client_certificates(call),
        (&Method::POST, []) => gateway.generate_client_certificate(call),
        (&Method::GET, [id]) => gateway.get_client_certificate(id),
        (&Method::PATCH, [id]) => gateway.update_client_certificate(call, id),
        (&Method::DELETE, [id]) => gateway.delete_client_certificate(id),
        _ => Err(lacks(call)),
    }
}

fn links(gateway: &ApiGateway, call: &Call<'_>, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => gateway.get_vpc_links(call),
        (&Method::POST, []) => gateway.create_vpc_link(call),
        (&Method::GET, [id]) => gateway.get_vpc_link(id),
        (&Method::PATCH, [id]) => gateway.update_vpc_link(call, id),
        (&Method::DELETE, [id]) => gateway.delete_vpc_link(id),
        _ => Err(lacks(call)),
    }
}

fn tags(gateway: &ApiGateway, call: &Call<'_>, arn: &str) -> Answer {
    match call.request.method {
        Method::GET => gateway.get_tags(arn),
        Method::PUT => gateway.tag_resource(call, arn),
        Method::DELETE => gateway.untag_resource(call, arn),
        _ => Err(lacks(call)),
    }
}

fn account(gateway: &ApiGateway, call: &Call<'_>) -> Answer {
    match call.request.method {
        Method::GET => gateway.get_account(),
        Method::PATCH => gateway.update_account(call),
        _ => Err(lacks(call)),
    }
}
