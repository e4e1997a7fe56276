//! Methods of resources.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html>.

use super::{
    Answer, ApiGateway, Call, created,
    error::{bad_request, conflict, no_method, no_resource},
    method,
    model::{Definition, Method},
    no_content, ok,
    patch::{Op, Patch},
    resource, resource_mut,
    route::Of,
    shown, value,
};
use crate::error::AwsError;
use std::collections::BTreeMap;

const VERBS: [&str; 8] = [
    "GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY",
];

impl ApiGateway {
    pub(super) fn put_method(&self, call: &Call<'_>, (id, of, verb): Of<'_>) -> Answer {
        let body = call.body()?;
        let mut state = self.state();
        let taken = resource(&state, id, of)?
            .resource_methods
            .contains_key(verb);
        if !VERBS.contains(&verb) {
            return Err(bad_request(format!(
                "Invalid HttpMethod specified. Valid options are {}",
                VERBS.join(",")
            )));
        }
        let made = Method {
            http_method: verb.to_owned(),
            authorization_type: value::filled(&body, "authorizationType")?
                .unwrap_or_else(|| "NONE".into())
                .to_ascii_uppercase(),
            authorizer_id: value::filled(&body, "authorizerId")?,
            authorization_scopes: value::texts(&body, "authorizationScopes")?.unwrap_or_default(),
            api_key_required: value::flag(&body, "apiKeyRequired").unwrap_or(false),
            request_validator_id: value::filled(&body, "requestValidatorId")?,
            operation_name: value::filled(&body, "operationName")?,
            request_parameters: value::flags(&body, "requestParameters")?.unwrap_or_default(),
            request_models: value::map(&body, "requestModels")?.unwrap_or_default(),
            ..Method::default()
        };
        let made = check(&self.api(&state, id)?.now, made)?;
        if taken {
            return Err(conflict("Method already exists for this resource"));
        }
        let answer = shown(&made);
        let resource = resource_mut(&mut state, id, of)?;
        resource.resource_methods.insert(verb.to_owned(), made);
        created(answer)
    }

    pub(super) fn get_method(&self, (id, of, verb): Of<'_>) -> Answer {
        ok(shown(method(&self.state(), id, of, verb)?))
    }

    pub(super) fn delete_method(&self, (id, of, verb): Of<'_>) -> Answer {
        let mut state = self.state();
        let resource = resource_mut(&mut state, id, of)?;
        let gone = resource.resource_methods.remove(verb);
        gone.map(|_| no_content())
            .unwrap_or_else(|| Err(no_method()))
    }

    pub(super) fn update_method(&self, call: &Call<'_>, (id, of, verb): Of<'_>) -> Answer {
        let patches = call.patches("updateMethodInput")?;
        let mut state = self.state();
        let mut changed = method(&state, id, of, verb)?.clone();
        for patch in &patches {
            apply(&mut changed, patch)?;
        }
        let now = &state.apis.get(id).ok_or_else(no_resource)?.now;
        let changed = check(now, changed)?;
        let resource = resource_mut(&mut state, id, of)?;
        resource
            .resource_methods
            .insert(verb.to_owned(), changed.clone());
        ok(shown(&changed))
    }
}

/// # Errors
/// When it names what isn't there.
pub(super) fn check(now: &Definition, mut method: Method) -> Result<Method, AwsError> {
    match method.authorization_type.as_str() {
        "CUSTOM" | "COGNITO_USER_POOLS" => {
            let id = method.authorizer_id.as_deref().unwrap_or_default();
            if !now.authorizers.contains_key(id) {
                return Err(bad_request(
                    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
                ));
            }
        }
        "NONE" | "AWS_IAM" => method.authorizer_id = None,
        _ => {
            return Err(bad_request(
                "Invalid authorization type specified. Valid options are NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS",
            ));
        }
    }
    check_parameters(&method.request_parameters)?;
    if let Some(id) = &method.request_validator_id
        && !now.validators.contains_key(id)
    {
        return Err(bad_request(
            "Invalid Request Validator identifier specified",
        ));
    }
    check_models(now, method.request_models.values())?;
    Ok(method)
}

/// # Errors
/// When a model is not there.
pub(super) fn check_models<'a>(
    now: &Definition,
    mut models: impl Iterator<Item = &'a String>,
) -> Result<(), AwsError> {
    match models.find(|name| !now.models.contains_key(*name)) {
        None => Ok(()),
        Some(name) => Err(bad_request(format!(
            "Invalid model identifier specified: {name}"
        ))),
    }
}

/// The place and the name of a parameter, `method.request.PLACE.NAME`.
pub(crate) fn parameter(expression: &str) -> Option<(&str, &str)> {
    let rest = expression.strip_prefix("method.request.")?;
    let (place, name) = rest.split_once('.')?;
    let places = [
        "path",
        "querystring",
        "header",
        "multivaluequerystring",
        "multivalueheader",
    ];
    (places.contains(&place) && !name.is_empty()).then_some((place, name))
}

fn check_parameters(all: &BTreeMap<String, bool>) -> Result<(), AwsError> {
    let mut names = Vec::new();
    for expression in all.keys() {
        let Some((_, name)) = parameter(expression) else {
            return Err(bad_request(format!(
                "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: {expression}]"
            )));
        };
        if names.contains(&name) {
            return Err(bad_request(
                "Parameter names must be unique across querystring, header and path",
            ));
        }
        names.push(name);
    }
    Ok(())
}

fn apply(method: &mut Method, patch: &Patch) -> Result<(), AwsError> {
    let parts = patch.parts();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["authorizationType"] => {
            patch.only_replace()?;
            method.authorization_type = patch.value();
        }
        ["authorizerId"] => {
            patch.only_replace()?;
            method.authorizer_id = patch.filled();
        }
        ["apiKeyRequired"] => {
            patch.only_replace()?;
            method.api_key_required = patch.is_true();
        }
        ["operationName"] => {
            patch.only_replace()?;
            method.operation_name = patch.filled();
        }
        ["requestValidatorId"] => {
            patch.only_replace()?;
            method.request_validator_id = patch.filled();
        }
        ["requestParameters", name] => match patch.op {
            Op::Remove => {
                if method.request_parameters.remove(*name).is_none() {
                    return Err(super::error::not_found("Invalid parameter name specified"));
                }
            }
            _ => {
                let name = (*name).to_owned();
                method.request_parameters.insert(name, patch.is_true());
            }
        },
        ["requestModels", kind] => match patch.op {
            Op::Remove => {
                if method.request_models.remove(*kind).is_none() {
                    return Err(super::error::not_found(
                        "Content-Type specified was not found",
                    ));
                }
            }
            _ => {
                let kind = (*kind).to_owned();
                method.request_models.insert(kind, patch.value());
            }
        },
        ["authorizationScopes"] => {
            let scope = patch.value();
            method.authorization_scopes.retain(|known| *known != scope);
            if patch.op != Op::Remove {
                method.authorization_scopes.push(scope);
            }
        }
        _ => return Err(patch.no_path()),
    }
    Ok(())
}
