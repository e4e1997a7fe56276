//! Models: JSON Schemas by name.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_CreateModel.html>.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, conflict, not_found},
    model::{Definition, Model},
    new_id, ok, shown, value,
};
use crate::error::AwsError;
use boon::{Compiler, Draft, SchemaIndex, Schemas};
use serde_json::Value;
use std::{collections::BTreeMap, sync::LazyLock};

fn no_model(name: &str) -> AwsError {
    not_found(format!("Invalid model name specified: {name}"))
}

/// The models that every API begins with.
pub(super) fn given() -> BTreeMap<String, Model> {
    let one = |name: &str, description: &str, schema: &str| {
        let model = Model {
            id: new_id(6),
            name: name.into(),
            description: Some(description.into()),
            schema: Some(schema.into()),
            content_type: "application/json".into(),
        };
        (name.to_owned(), model)
    };
    BTreeMap::from([
        one(
            "Empty",
            "This is a default empty schema model",
            "{\n  \"$schema\": \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Empty Schema\",\n  \"type\" : \"object\"\n}",
        ),
        one(
            "Error",
            "This is a default error schema model",
            "{\n  \"$schema\" : \"http://json-schema.org/draft-04/schema#\",\n  \"title\" : \"Error Schema\",\n  \"type\" : \"object\",\n  \"properties\" : {\n    \"message\" : { \"type\" : \"string\" }\n  }\n}",
        ),
    ])
}

impl ApiGateway {
    pub(super) fn get_models(&self, call: &Call<'_>, id: &str) -> Answer {
        let state = self.state();
        let all = self.api(&state, id)?.now.models.iter();
        call.page(all.map(|(name, model)| (name.as_str(), shown(model))))
    }

    pub(super) fn create_model(&self, call: &Call<'_>, id: &str) -> Answer {
        let body = call.body()?;
        let mut state = self.state();
        let models = &mut self.api_mut(&mut state, id)?.now.models;
        let name = value::text(&body, "name")?.unwrap_or_default();
        check_name(&name)?;
        if models.contains_key(&name) {
            return Err(conflict("Model name already exists for this REST API"));
        }
        let made = Model {
            id: new_id(6),
            description: value::filled(&body, "description")?,
            schema: Some(check(value::text(&body, "schema")?.as_deref())?),
            content_type: value::filled(&body, "contentType")?
                .unwrap_or_else(|| "application/json".into()),
            name: name.clone(),
        };
        let answer = shown(&made);
        models.insert(name, made);
        created(answer)
    }

    pub(super) fn get_model(&self, call: &Call<'_>, id: &str, name: &str) -> Answer {
        let state = self.state();
        let api = state.apis.get(id);
        let model = api.and_then(|api| api.now.models.get(name));
        let model = model.ok_or_else(|| no_model(name))?;
        let mut out = shown(model);
        if call.query("flatten") == Some("true")
            && let (Some(api), Some(schema)) = (api, &model.schema)
            && let Ok(mut schema) = serde_json::from_str(schema)
        {
            flatten(&api.now, &mut schema, 0);
            out["schema"] = schema.to_string().into();
        }
        ok(out)
    }

    pub(super) fn update_model(&self, call: &Call<'_>, id: &str, name: &str) -> Answer {
        let patches = call.patches("updateModelInput")?;
        let mut state = self.state();
        let api = self.api_mut(&mut state, id).map_err(|_| no_model(name))?;
        let model = api.now.models.get_mut(name).ok_or_else(|| no_model(name))?;
        let mut changed = model.clone();
        for patch in &patches {
            match patch.replaces(&["/description", "/schema"])?.as_str() {
                "/schema" => changed.schema = Some(check(patch.value.as_deref())?),
                _ => changed.description = patch.filled(),
            }
        }
        model.clone_from(&changed);
        ok(shown(&changed))
    }

    pub(super) fn delete_model(&self, id: &str, name: &str) -> Answer {
        let mut state = self.state();
        let api = self.api_mut(&mut state, id).map_err(|_| no_model(name))?;
        if !api.now.models.contains_key(name) {
            return Err(no_model(name));
        }
        if let Some(place) = used(&api.now, name) {
            return Err(conflict(format!(
                "Cannot delete model '{name}', is referenced in method {place}"
            )));
        }
        api.now.models.remove(name);
        accepted()
    }
}

/// Where a model is used: `request: /pets/GET`.
fn used(now: &Definition, name: &str) -> Option<String> {
    let mut resources: Vec<_> = now.resources.values().collect();
    // The service tells of the one that took the model last; here the deepest stands for it.
    resources.sort_by_key(|resource| std::cmp::Reverse(resource.path.clone()));
    resources.into_iter().find_map(|resource| {
        resource.resource_methods.iter().find_map(|(verb, method)| {
            let path = &resource.path;
            if method.request_models.values().any(|model| model == name) {
                return Some(format!("request: {path}/{verb}"));
            }
            let mut responses = method.method_responses.values();
            responses
                .any(|response| {
                    let mut models = response.response_models.iter().flatten();
                    models.any(|(_, model)| model == name)
                })
                .then(|| format!("response: {path}/{verb}"))
        })
    })
}

/// # Errors
/// When no model can have the name.
pub(super) fn check_name(name: &str) -> Result<(), AwsError> {
    if name.is_empty() {
        return Err(bad_request("Model name must be non-empty"));
    }
    match name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        true => Ok(()),
        false => Err(bad_request(format!(
            "Model name must be alphanumeric: {name}"
        ))),
    }
}

/// What JSON Schema says of schemas, draft 4.
static DRAFT: LazyLock<Option<(Schemas, SchemaIndex)>> = LazyLock::new(|| {
    let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
    compiler.set_default_draft(Draft::V4);
    let index = compiler.compile("http://json-schema.org/draft-04/schema", &mut schemas);
    Some((schemas, index.ok()?))
});

/// Whether it is a schema. What stands in patterns is not looked at: other engines than ours read them.
fn is_schema(schema: &Value) -> bool {
    let mut schema = schema.clone();
    blank_patterns(&mut schema);
    match &*DRAFT {
        Some((schemas, index)) => schemas.validate(&schema, *index).is_ok(),
        None => true,
    }
}

fn blank_patterns(schema: &mut Value) {
    match schema {
        Value::Object(all) => {
            for (name, value) in all.iter_mut() {
                match value {
                    Value::String(text) if name == "pattern" => text.clear(),
                    other => blank_patterns(other),
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(blank_patterns),
        _ => {}
    }
}

/// # Errors
/// When it is no schema.
pub(super) fn check(schema: Option<&str>) -> Result<String, AwsError> {
    let empty = || bad_request("Model schema must have at least 1 property or array items defined");
    let schema = schema
        .filter(|schema| !schema.is_empty())
        .ok_or_else(empty)?;
    match serde_json::from_str::<Value>(schema) {
        Ok(found) if found.is_object() && is_schema(&found) => Ok(schema.to_owned()),
        _ => Err(bad_request(
            "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified]",
        )),
    }
}

/// The name of the model that a reference means.
pub(crate) fn referenced(reference: &str) -> Option<&str> {
    reference.rsplit_once("/models/").map(|(_, name)| name)
}

/// Puts what is referred to in the place of each reference.
fn flatten(now: &Definition, schema: &mut Value, depth: usize) {
    if depth > 16 {
        return;
    }
    let reference = schema.get("$ref").and_then(Value::as_str);
    if let Some(model) = reference
        .and_then(referenced)
        .and_then(|name| now.models.get(name))
        && let Some(text) = &model.schema
        && let Ok(other) = serde_json::from_str(text)
    {
        *schema = other;
    }
    match schema {
        Value::Object(all) => all
            .values_mut()
            .for_each(|one| flatten(now, one, depth + 1)),
        Value::Array(all) => all.iter_mut().for_each(|one| flatten(now, one, depth + 1)),
        _ => {}
    }
}
