//! REST APIs themselves.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateRestApi.html>.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, no_api},
    keep::Touched,
    model::{Api, Definition, EndpointConfiguration, Resource, RestApi},
    models, new_id, ok,
    patch::{Op, Patch},
    shown, value,
};
use crate::{error::AwsError, lambda::Violations};
pub(crate) use sekisho_rules::execute_api::expanded;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const MAX_COMPRESSION: i64 = 10_485_760;

impl ApiGateway {
    pub(super) fn create_rest_api(&self, call: &Call<'_>) -> Answer {
        let body = call.body()?;
        let endpoint = check(&body)?;
        let description = value::text(&body, "description")?;
        if description.as_deref() == Some("") {
            return Err(bad_request("Description cannot be an empty string"));
        }
        let minimum_compression_size = compression(&body)?;
        let endpoint_configuration = settle(endpoint)?;
        let mut state = self.state();
        let mut now = match value::filled(&body, "cloneFrom")? {
            Some(from) => copy(&self.api(&state, &from)?.now),
            None => bare(),
        };
        let root_resource_id = now.rest.root_resource_id.clone();
        let binary = value::texts(&body, "binaryMediaTypes")?;
        now.rest = RestApi {
            id: new_id(10),
            name: value::text(&body, "name")?.unwrap_or_default(),
            description,
            created_date: self.now(),
            version: value::filled(&body, "version")?,
            binary_media_types: binary.unwrap_or(now.rest.binary_media_types),
            minimum_compression_size,
            api_key_source: value::filled(&body, "apiKeySource")?
                .unwrap_or_else(|| "HEADER".into()),
            endpoint_configuration,
            policy: value::filled(&body, "policy")?,
            disable_execute_api_endpoint: value::flag(&body, "disableExecuteApiEndpoint")
                .unwrap_or(false),
            root_resource_id,
            tags: value::map(&body, "tags")?.unwrap_or_default(),
        };
        let id = now.rest.id.clone();
        let answer = self.shown_api(&now.rest);
        let api = Api {
            now,
            ..Api::default()
        };
        state.apis.insert(id.clone(), api);
        state.touch_all(&id);
        created(answer)
    }

    /// As it is answered: with the policy as the service writes it.
    pub(super) fn shown_api(&self, rest: &RestApi) -> Value {
        let mut out = shown(rest);
        if let Some(policy) = &rest.policy {
            let policy = expanded(policy, &self.region, &self.account, &rest.id);
            let quoted = Value::from(policy).to_string();
            let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
            out["policy"] = inner.into();
        }
        out
    }

    /// As it is answered when it is asked for by its id: with its tags, be there any or none.
    pub(super) fn described(&self, rest: &RestApi) -> Value {
        let mut out = self.shown_api(rest);
        out["tags"] = json!(rest.tags);
        out
    }

    pub(super) fn get_rest_apis(&self, call: &Call<'_>) -> Answer {
        let state = self.state();
        let all = state.apis.iter();
        call.page(all.map(|(id, api)| (id.as_str(), self.shown_api(&api.now.rest))))
    }

    pub(super) fn get_rest_api(&self, id: &str) -> Answer {
        let state = self.state();
        ok(self.described(&self.api(&state, id)?.now.rest))
    }

    pub(super) fn delete_rest_api(&self, id: &str) -> Answer {
        let mut state = self.state();
        if !state.apis.contains_key(id) {
            return Err(no_api(&self.account, id));
        }
        let in_plan = state.plans.values().any(|plan| {
            let mut stages = plan.api_stages.iter();
            stages.any(|stage| stage.api_id == id)
        });
        if in_plan {
            return Err(bad_request(
                "Cannot delete Rest API, there are Usage Plans associated with it. Please detach all Usage Plans from this API first.",
            ));
        }
        state.touch_all(id);
        state.apis.remove(id);
        accepted()
    }

    pub(super) fn update_rest_api(&self, call: &Call<'_>, id: &str) -> Answer {
        let patches = call.patches("updateRestApiInput")?;
        let mut state = self.state();
        let mut rest = self.api(&state, id)?.now.rest.clone();
        for patch in &patches {
            apply(&mut rest, patch)?;
        }
        if rest.endpoint_configuration.types == ["PRIVATE"]
            && rest.endpoint_configuration.ip_address_type == "ipv4"
        {
            return Err(only_dualstack());
        }
        let api = self.api_mut(&mut state, id)?;
        api.now.rest = rest;
        ok(self.described(&api.now.rest))
    }

    /// Its resources are kept one by one.
    pub(super) fn touch_resources(&self, state: &mut super::State, id: &str) {
        let all = state.apis.get(id).into_iter();
        let all = all.flat_map(|api| api.now.resources.keys());
        let touched: Vec<_> = all
            .map(|resource| Touched::Resource(id.to_owned(), resource.clone()))
            .collect();
        state.touched.extend(touched);
    }
}

fn only_dualstack() -> AwsError {
    bad_request("Only dualstack ipAddressType is supported for Private APIs.")
}

/// An API with nothing but its root and the models that every one begins with.
pub(super) fn bare() -> Definition {
    let root = Resource {
        id: new_id(10),
        path: "/".into(),
        ..Resource::default()
    };
    let mut now = Definition::default();
    now.rest.root_resource_id = root.id.clone();
    now.resources.insert(root.id.clone(), root);
    now.models = models::given();
    now
}

/// The same, with ids of its own.
fn copy(of: &Definition) -> Definition {
    let mut now = of.clone();
    let ids: BTreeMap<&String, String> = of
        .resources
        .values()
        .map(|resource| (&resource.id, new_id(resource.id.len())))
        .collect();
    let other = |id: &String| ids.get(id).cloned().unwrap_or_default();
    now.resources = of
        .resources
        .values()
        .map(|resource| {
            let mut resource = resource.clone();
            resource.id = other(&resource.id);
            resource.parent_id = resource.parent_id.as_ref().map(other);
            (resource.id.clone(), resource)
        })
        .collect();
    now.rest.root_resource_id = other(&of.rest.root_resource_id);
    now
}

/// What the front door checks.
pub(super) fn check(body: &Value) -> Result<EndpointConfiguration, AwsError> {
    let empty = json!({});
    let given = body
        .get("endpointConfiguration")
        .filter(|given| !given.is_null());
    let endpoint = given.unwrap_or(&empty);
    let types = value::texts(endpoint, "types")?;
    let ip = value::filled(endpoint, "ipAddressType")?;
    let mut wrong = Violations::default();
    let known = ["PRIVATE", "EDGE", "REGIONAL"];
    if let Some(types) = &types
        && types.iter().any(|kind| !known.contains(&kind.as_str()))
    {
        let constraint = format!(
            "Member must satisfy constraint: [Member must satisfy enum value set: [{}]]",
            known.join(", ")
        );
        wrong.add(
            "createRestApiInput.endpointConfiguration.types",
            &format!("[{}]", types.join(", ")),
            &constraint,
        );
    }
    if let Some(ip) = &ip {
        let member = "createRestApiInput.endpointConfiguration.ipAddressType";
        wrong.one_of(member, ip, &["ipv4", "dualstack"]);
    }
    if let Some(source) = value::filled(body, "apiKeySource")? {
        wrong.one_of(
            "createRestApiInput.apiKeySource",
            &source,
            &["HEADER", "AUTHORIZER"],
        );
    }
    wrong.check()?;
    Ok(EndpointConfiguration {
        types: types.unwrap_or_else(|| vec!["EDGE".into()]),
        ip_address_type: ip.unwrap_or_default(),
        vpc_endpoint_ids: value::texts(endpoint, "vpcEndpointIds")?.unwrap_or_default(),
    })
}

/// What the service checks of an endpoint, and what it takes for granted.
pub(super) fn settle(
    mut endpoint: EndpointConfiguration,
) -> Result<EndpointConfiguration, AwsError> {
    let kind = match endpoint.types.as_slice() {
        [] => {
            return Err(bad_request(
                "REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.",
            ));
        }
        [kind] => kind,
        _ => {
            return Err(bad_request(
                "Cannot create an api with multiple Endpoint Types.",
            ));
        }
    };
    let is_private = kind == "PRIVATE";
    match endpoint.ip_address_type.as_str() {
        "ipv4" if is_private => return Err(only_dualstack()),
        "" if is_private => endpoint.ip_address_type = "dualstack".into(),
        "" => endpoint.ip_address_type = "ipv4".into(),
        _ => {}
    }
    Ok(endpoint)
}

fn no_compression() -> AwsError {
    bad_request(format!(
        "Invalid minimum compression size, must be between 0 and {MAX_COMPRESSION}"
    ))
}

fn compression(body: &Value) -> Result<Option<i64>, AwsError> {
    match body.get("minimumCompressionSize") {
        None | Some(Value::Null) => Ok(None),
        Some(given) => given
            .as_i64()
            .filter(|size| (0..=MAX_COMPRESSION).contains(size))
            .map(Some)
            .ok_or_else(no_compression),
    }
}

fn apply(rest: &mut RestApi, patch: &Patch) -> Result<(), AwsError> {
    let parts = patch.parts();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["name"] => {
            patch.only_replace()?;
            rest.name = patch.value();
        }
        ["description"] => match patch.op {
            Op::Remove => rest.description = None,
            _ => rest.description = patch.filled(),
        },
        ["policy"] => match patch.op {
            Op::Remove => rest.policy = None,
            _ => rest.policy = patch.filled(),
        },
        ["version"] => rest.version = patch.filled(),
        ["apiKeySource"] => {
            patch.only_replace()?;
            let source = patch.value();
            if source != "HEADER" && source != "AUTHORIZER" {
                return Err(bad_request(
                    "Invalid API key source. Valid values are HEADER, AUTHORIZER",
                ));
            }
            rest.api_key_source = source;
        }
        ["disableExecuteApiEndpoint"] => {
            patch.only_replace()?;
            rest.disable_execute_api_endpoint = patch.is_true();
        }
        ["minimumCompressionSize"] => {
            patch.only_replace()?;
            rest.minimum_compression_size = match patch.filled() {
                None => None,
                Some(size) => Some(
                    size.parse()
                        .ok()
                        .filter(|size| (0..=MAX_COMPRESSION).contains(size))
                        .ok_or_else(no_compression)?,
                ),
            };
        }
        ["binaryMediaTypes", kind] => binary(rest, patch, kind),
        ["endpointConfiguration", rest_of @ ..] => {
            return endpoint(&mut rest.endpoint_configuration, patch, rest_of);
        }
        _ => return Err(patch.no_path()),
    }
    Ok(())
}

fn binary(rest: &mut RestApi, patch: &Patch, kind: &str) {
    let all = &mut rest.binary_media_types;
    let added = match patch.op {
        Op::Remove => {
            all.retain(|known| known != kind);
            return;
        }
        Op::Replace => {
            all.retain(|known| known != kind);
            patch.value()
        }
        _ => kind.to_owned(),
    };
    if !all.contains(&added) {
        all.push(added);
    }
}

fn endpoint(
    endpoint: &mut EndpointConfiguration,
    patch: &Patch,
    path: &[&str],
) -> Result<(), AwsError> {
    match path {
        ["ipAddressType"] => {
            patch.only_replace()?;
            let kind = patch.value();
            if kind != "ipv4" && kind != "dualstack" {
                return Err(bad_request(
                    "ipAddressType must be either ipv4 or dualstack.",
                ));
            }
            endpoint.ip_address_type = kind;
        }
        ["types"] | ["types", _] => {
            if !matches!(patch.op, Op::Add | Op::Replace) {
                return Err(bad_request(
                    "Invalid patch operation specified. Must be 'add'|'remove'|'replace'",
                ));
            }
            let kind = patch.value();
            if !["REGIONAL", "EDGE", "PRIVATE"].contains(&kind.as_str()) {
                return Err(bad_request(
                    "Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE",
                ));
            }
            if kind == "PRIVATE" && endpoint.types != ["PRIVATE"] {
                endpoint.ip_address_type = "dualstack".into();
            }
            endpoint.types = vec![kind];
        }
        ["vpcEndpointIds"] | ["vpcEndpointIds", _] => {
            let id = match path {
                [_, id] if patch.value.is_none() => (*id).to_owned(),
                _ => patch.value(),
            };
            endpoint.vpc_endpoint_ids.retain(|known| *known != id);
            if patch.op != Op::Remove {
                endpoint.vpc_endpoint_ids.push(id);
            }
        }
        _ => return Err(patch.no_path()),
    }
    Ok(())
}
