//! Which operation a method and a path mean.

use super::{Answer, Call, Lambda, ROW, error};
use crate::protocol::UNKNOWN_OPERATION;
use http::Method;
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// Whether a path begins as Lambda's do, with the date of a version of its API: `/2015-03-31/functions`.
pub fn is_versioned(path: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let date = segments.next().unwrap_or_default();
    let is_date = date.len() == 10 && date.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    is_date && segments.next().is_some()
}

/// Calls the operation.
///
/// # Errors
/// What the operation answers, or `UnknownOperationException` with what was asked for.
pub async fn dispatch(lambda: &Arc<Lambda>, call: &Call<'_>) -> Answer {
    operation(lambda, call).await.map_err(|error| {
        if error.code == UNKNOWN_OPERATION {
            let mut named = ROW.lacks(&format!("{} {}", call.request.method, call.request.path));
            named.status = error.status;
            return named;
        }
        error
    })
}

async fn operation(lambda: &Arc<Lambda>, call: &Call<'_>) -> Answer {
    let path: Vec<String> = call
        .request
        .path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let Some((_date, path)) = path.split_first() else {
        return Err(error::unknown_operation());
    };
    match path {
        ["functions"] => functions(lambda, call).await,
        ["functions", name] => function(lambda, call, name),
        ["functions", name, "aliases"] => aliases(lambda, call, name),
        ["functions", name, "aliases", alias] => one_alias(lambda, call, name, alias),
        ["functions", name, rest @ ..] => of_function(lambda, call, name, rest).await,
        ["layers", rest @ ..] => layers(lambda, call, rest).await,
        ["event-source-mappings", rest @ ..] => mappings(lambda, call, rest),
        ["code-signing-configs", rest @ ..] => signing(lambda, call, rest),
        ["tags", arn] => tags(lambda, call, arn),
        ["account-settings"] if call.request.method == Method::GET => lambda.get_account_settings(),
        _ => Err(error::unknown_operation()),
    }
}

async fn functions(lambda: &Arc<Lambda>, call: &Call<'_>) -> Answer {
    match call.request.method {
        Method::GET => lambda.list_functions(call),
        Method::POST => lambda.create_function(call).await,
        _ => Err(error::unknown_operation()),
    }
}

fn function(lambda: &Arc<Lambda>, call: &Call<'_>, name: &str) -> Answer {
    match call.request.method {
        Method::GET => lambda.get_function(call, name),
        Method::DELETE => lambda.delete_function(call, name),
        _ => Err(error::unknown_operation()),
    }
}

fn aliases(lambda: &Arc<Lambda>, call: &Call<'_>, name: &str) -> Answer {
    match call.request.method {
        Method::GET => lambda.list_aliases(call, name),
        Method::POST => lambda.create_alias(call, name),
        _ => Err(error::unknown_operation()),
    }
}

fn one_alias(lambda: &Arc<Lambda>, call: &Call<'_>, name: &str, alias: &str) -> Answer {
    match call.request.method {
        Method::GET => lambda.get_alias(call, name, alias),
        Method::PUT => lambda.update_alias(call, name, alias),
        Method::DELETE => lambda.delete_alias(call, name, alias),
        _ => Err(error::unknown_operation()),
    }
}

async fn of_function(lambda: &Arc<Lambda>, call: &Call<'_>, name: &str, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, ["configuration"]) => lambda.get_function_configuration(call, name),
        (&Method::PUT, ["configuration"]) => lambda.update_function_configuration(call, name),
        (&Method::PUT, ["code"]) => lambda.update_function_code(call, name).await,
        (&Method::GET, ["versions"]) => lambda.list_versions_by_function(call, name),
        (&Method::POST, ["versions"]) => lambda.publish_version(call, name),
        (&Method::POST, ["invocations"]) => lambda.invoke(call, name).await,
        (&Method::POST, ["response-streaming-invocations"]) => {
            lambda.invoke_with_response_stream(call, name).await
        }
        (&Method::POST, ["invoke-async"]) => lambda.invoke_async(call, name),
        (&Method::GET, ["policy"]) => lambda.get_policy(call, name),
        (&Method::POST, ["policy"]) => lambda.add_permission(call, name),
        (&Method::DELETE, ["policy", statement]) => lambda.remove_permission(call, name, statement),
        (&Method::GET, ["concurrency"]) => lambda.get_function_concurrency(call, name),
        (&Method::PUT, ["concurrency"]) => lambda.put_function_concurrency(call, name),
        (&Method::DELETE, ["concurrency"]) => lambda.delete_function_concurrency(call, name),
        (_, ["provisioned-concurrency"]) => provisioned(lambda, call, name),
        (_, ["event-invoke-config", rest @ ..]) => event_invoke(lambda, call, name, rest),
        (&Method::GET, ["urls"]) => lambda.list_function_url_configs(call, name),
        (_, ["url"]) => url(lambda, call, name),
        (_, ["code-signing-config"]) => function_signing(lambda, call, name),
        (&Method::GET, ["runtime-management-config"]) => {
            lambda.get_runtime_management_config(call, name)
        }
        (&Method::GET, ["recursion-config"]) => lambda.get_function_recursion_config(call, name),
        (&Method::PUT, ["recursion-config"]) => lambda.put_function_recursion_config(call, name),
        _ => Err(error::unknown_operation()),
    }
}

fn provisioned(lambda: &Arc<Lambda>, call: &Call<'_>, name: &str) -> Answer {
    match call.request.method {
        Method::GET if call.query("List").is_some() => {
            lambda.list_provisioned_concurrency_configs(call, name)
        }
        Method::GET => lambda.get_provisioned_concurrency_config(call, name),
        Method::PUT => lambda.put_provisioned_concurrency_config(call, name),
        Method::DELETE => lambda.delete_provisioned_concurrency_config(call, name),
        _ => Err(error::unknown_operation()),
    }
}

fn event_invoke(lambda: &Arc<Lambda>, call: &Call<'_>, name: &str, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, ["list"]) => lambda.list_function_event_invoke_configs(call, name),
        (&Method::GET, []) => lambda.get_function_event_invoke_config(call, name),
        (&Method::PUT, []) => lambda.put_function_event_invoke_config(call, name),
        (&Method::POST, []) => lambda.update_function_event_invoke_config(call, name),
        (&Method::DELETE, []) => lambda.delete_function_event_invoke_config(call, name),
        _ => Err(error::unknown_operation()),
    }
}

fn url(lambda: &Arc<Lambda>, call: &Call<'_>, name: &str) -> Answer {
    match call.request.method {
        Method::GET => lambda.get_function_url_config(call, name),
        Method::POST => lambda.create_function_url_config(call, name),
        Method::PUT => lambda.update_function_url_config(call, name),
        Method::DELETE => lambda.delete_function_url_config(call, name),
        _ => Err(error::unknown_operation()),
    }
}

async fn layers(lambda: &Arc<Lambda>, call: &Call<'_>, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) if call.query("find") == Some("LayerVersion") => {
            lambda.get_layer_version_by_arn(call)
        }
        (&Method::GET, []) => lambda.list_layers(call),
        (&Method::GET, [name, "versions"]) => lambda.list_layer_versions(call, name),
        (&Method::POST, [name, "versions"]) => lambda.publish_layer_version(call, name).await,
        (&Method::GET, [name, "versions", number]) => lambda.get_layer_version(call, name, number),
        (&Method::DELETE, [name, "versions", number]) => lambda.delete_layer_version(name, number),
        (&Method::GET, [name, "versions", number, "policy"]) => {
            lambda.get_layer_version_policy(name, number)
        }
        (&Method::POST, [name, "versions", number, "policy"]) => {
            lambda.add_layer_version_permission(call, name, number)
        }
        (&Method::DELETE, [name, "versions", number, "policy", statement]) => {
            lambda.remove_layer_version_permission(call, name, number, statement)
        }
        _ => Err(error::unknown_operation()),
    }
}

fn mappings(lambda: &Arc<Lambda>, call: &Call<'_>, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => lambda.list_event_source_mappings(call),
        (&Method::POST, []) => lambda.create_event_source_mapping(call),
        (&Method::GET, [id]) => lambda.get_event_source_mapping(id),
        (&Method::PUT, [id]) => lambda.update_event_source_mapping(call, id),
        (&Method::DELETE, [id]) => lambda.delete_event_source_mapping(id),
        _ => Err(error::unknown_operation()),
    }
}

fn function_signing(lambda: &Arc<Lambda>, call: &Call<'_>, name: &str) -> Answer {
    match call.request.method {
        Method::GET => lambda.get_function_code_signing_config(call, name),
        Method::PUT => lambda.put_function_code_signing_config(call, name),
        Method::DELETE => lambda.delete_function_code_signing_config(call, name),
        _ => Err(error::unknown_operation()),
    }
}

fn signing(lambda: &Arc<Lambda>, call: &Call<'_>, rest: &[&str]) -> Answer {
    match (&call.request.method, rest) {
        (&Method::GET, []) => lambda.list_code_signing_configs(call),
        (&Method::POST, []) => lambda.create_code_signing_config(call),
        (&Method::GET, [arn]) => lambda.get_code_signing_config(arn),
        (&Method::PUT, [arn]) => lambda.update_code_signing_config(call, arn),
        (&Method::DELETE, [arn]) => lambda.delete_code_signing_config(arn),
        (&Method::GET, [arn, "functions"]) => {
            lambda.list_functions_by_code_signing_config(call, arn)
        }
        _ => Err(error::unknown_operation()),
    }
}

fn tags(lambda: &Arc<Lambda>, call: &Call<'_>, arn: &str) -> Answer {
    match call.request.method {
        Method::GET => lambda.list_tags(arn),
        Method::POST => lambda.tag_resource(call, arn),
        Method::DELETE => lambda.untag_resource(call, arn),
        _ => Err(error::unknown_operation()),
    }
}
