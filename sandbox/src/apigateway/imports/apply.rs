//! A plan put into an API: names become ids, and everything is checked as if it were made by hand.

use crate::apigateway::{
    authorizers, gateway_responses, integrations, methods,
    model::{
        Api, Authorizer, Definition, Documentation, DocumentationPart, Method, Resource, RestApi,
    },
    models, new_id,
    openapi::plan::{Head, Note, Plan, PlannedPath},
    resources,
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// The ids of what was there, which what takes its place under the same name keeps.
struct Before {
    /// By path.
    resources: HashMap<String, String>,
    models: BTreeMap<String, String>,
    validators: BTreeMap<String, String>,
    authorizers: BTreeMap<String, String>,
}

impl Before {
    fn of(now: &Definition) -> Self {
        let resources = now.resources.values();
        let validators = now.validators.values();
        let authorizers = now.authorizers.values();
        Self {
            resources: resources
                .map(|one| (one.path.clone(), one.id.clone()))
                .collect(),
            models: now
                .models
                .values()
                .map(|one| (one.name.clone(), one.id.clone()))
                .collect(),
            validators: validators
                .filter_map(|one| Some((one.name.clone()?, one.id.clone())))
                .collect(),
            authorizers: authorizers
                .map(|one| (one.name.clone(), one.id.clone()))
                .collect(),
        }
    }
}

/// Applies a plan, to what is there or in its place. What went wrong is returned; the API is then not to be used.
pub fn apply(api: &mut Api, plan: Plan, overwrite: bool) -> Vec<Note> {
    let before = Before::of(&api.now);
    head(&mut api.now.rest, plan.head, overwrite);
    if overwrite {
        clear(&mut api.now);
        if !plan.leaves_documentation {
            api.documentation.parts.clear();
        }
    }
    let mut errors = Vec::new();
    let now = &mut api.now;
    for mut model in plan.models {
        model.id = id(before.models.get(&model.name), 6);
        let checked = models::check_name(&model.name)
            .and_then(|()| models::check(model.schema.as_deref()).map(|_| ()));
        if let Err(error) = checked {
            let message = format!(
                "Unable to create model for '{}': {}",
                model.name, error.message
            );
            errors.push(Note::found(message));
        }
        now.models.insert(model.name.clone(), model);
    }
    for mut validator in plan.validators {
        let name = validator.name.clone().unwrap_or_default();
        validator.id = id(before.validators.get(&name), 6);
        now.validators.insert(validator.id.clone(), validator);
    }
    for made in plan.authorizers {
        errors.extend(authorizer(now, made, &before));
    }
    for response in plan.responses {
        let kind = response.response_type.clone();
        match gateway_responses::settled(response) {
            Ok(response) => {
                now.responses.insert(kind, response);
            }
            Err(error) => errors.push(Note::found(format!(
                "Unable to put gateway response '{kind}': {}",
                error.message
            ))),
        }
    }
    let mut places = Places::of(now, &before);
    for planned in plan.paths {
        path(now, &mut places, (planned, overwrite), &mut errors);
    }
    documentation(&mut api.documentation, plan.documentation);
    errors
}

fn id(known: Option<&String>, length: usize) -> String {
    known.cloned().unwrap_or_else(|| new_id(length))
}

/// Leaves the root without methods, and nothing else.
fn clear(now: &mut Definition) {
    let root = now.resources.remove(&now.rest.root_resource_id);
    let mut root = root.unwrap_or_default();
    root.resource_methods.clear();
    now.resources = BTreeMap::from([(root.id.clone(), root)]);
    now.models.clear();
    now.validators.clear();
    now.authorizers.clear();
    now.responses.clear();
}

fn head(rest: &mut RestApi, head: Head, overwrite: bool) {
    if !head.name.is_empty() {
        rest.name = head.name;
    }
    if overwrite {
        rest.description = None;
        rest.version = None;
        rest.binary_media_types.clear();
        rest.minimum_compression_size = None;
        rest.api_key_source = "HEADER".into();
        rest.policy = None;
    }
    rest.description = head.description.or(rest.description.take());
    rest.version = head.version.or(rest.version.take());
    for kind in head.binary_media_types.unwrap_or_default() {
        if !rest.binary_media_types.contains(&kind) {
            rest.binary_media_types.push(kind);
        }
    }
    rest.minimum_compression_size = head
        .minimum_compression_size
        .or(rest.minimum_compression_size);
    if let Some(source) = head.api_key_source {
        rest.api_key_source = source;
    }
    rest.policy = head.policy.or(rest.policy.take());
    if let Some(ids) = head.vpc_endpoint_ids {
        rest.endpoint_configuration.vpc_endpoint_ids = ids;
    }
    if let Some(disabled) = head.disable_execute_api_endpoint {
        rest.disable_execute_api_endpoint = disabled;
    }
    rest.tags.extend(head.tags);
}

fn authorizer(now: &mut Definition, mut made: Authorizer, before: &Before) -> Option<Note> {
    made.id = id(before.authorizers.get(&made.name), 6);
    let error = authorizers::check(&made).err();
    let name = made.name.clone();
    now.authorizers.insert(made.id.clone(), made);
    let message = error?.message;
    Some(Note::found(format!(
        "Unable to create authorizer '{name}': {message}"
    )))
}

/// Resources by their paths while more are made.
struct Places {
    now: HashMap<String, String>,
    before: HashMap<String, String>,
}

impl Places {
    fn of(now: &Definition, before: &Before) -> Self {
        let resources = now.resources.values();
        Self {
            now: resources
                .map(|one| (one.path.clone(), one.id.clone()))
                .collect(),
            before: before.resources.clone(),
        }
    }

    /// The resource at a path, with all above it.
    fn at(&mut self, now: &mut Definition, path: &str) -> Result<String, String> {
        if let Some(id) = self.now.get(path) {
            return Ok(id.clone());
        }
        let (above, part) = path.rsplit_once('/').unwrap_or(("", path));
        let above = if above.is_empty() { "/" } else { above };
        let above = self.at(now, above)?;
        let told = |message: &str| format!("Unable to create resource at path '{path}': {message}");
        let above = now
            .resources
            .get(&above)
            .ok_or_else(|| told("its parent is gone"))?;
        resources::check_part(part)
            .and_then(|()| resources::check_place(now, above, part, None))
            .map_err(|error| told(&error.message))?;
        let made = Resource {
            id: id(self.before.get(path), 6),
            parent_id: Some(above.id.clone()),
            path_part: Some(part.to_owned()),
            path: path.to_owned(),
            ..Resource::default()
        };
        let id = made.id.clone();
        now.resources.insert(id.clone(), made);
        self.now.insert(path.to_owned(), id.clone());
        Ok(id)
    }
}

fn path(
    now: &mut Definition,
    places: &mut Places,
    (planned, overwrite): (PlannedPath, bool),
    errors: &mut Vec<Note>,
) {
    // Under an id that was kept the service counts its caches anew.
    let is_kept = overwrite && places.before.contains_key(&planned.path);
    let resource = match places.at(now, &planned.path) {
        Ok(resource) => resource,
        Err(message) => {
            errors.push(Note::at(&planned.pointer, message));
            return;
        }
    };
    let namespace = if is_kept { new_id(6) } else { resource.clone() };
    for method in planned.methods {
        let verb = method.http_method.clone();
        match settled(now, &planned.path, &namespace, method) {
            Ok(method) => {
                if let Some(resource) = now.resources.get_mut(&resource) {
                    resource.resource_methods.insert(verb, method);
                }
            }
            Err(message) => errors.push(Note::at(&planned.pointer, message)),
        }
    }
}

/// A method with ids in the place of names.
fn settled(
    now: &Definition,
    path: &str,
    namespace: &str,
    mut method: Method,
) -> Result<Method, String> {
    let verb = method.http_method.clone();
    if let Some(name) = method.authorizer_id.take() {
        let mut all = now.authorizers.values();
        let found = all.find(|authorizer| authorizer.name == name);
        method.authorizer_id = found.map(|authorizer| authorizer.id.clone());
    }
    if let Some(name) = method.request_validator_id.take() {
        let mut all = now.validators.values();
        let found = all.find(|validator| validator.name.as_ref() == Some(&name));
        method.request_validator_id = found.map(|validator| validator.id.clone());
    }
    let mut method = methods::check(now, method).map_err(|error| {
        let message = error.message;
        format!("Unable to put method '{verb}' on resource at path '{path}': {message}")
    })?;
    if let Some(integration) = &mut method.method_integration {
        if integration.cache_namespace.is_empty() {
            integration.cache_namespace = namespace.to_owned();
        }
        integrations::check_imported(integration).map_err(|error| {
            let message = error.message;
            format!(
                "Unable to put integration on '{verb}' for resource at path '{path}': {message}"
            )
        })?;
    }
    Ok(method)
}

/// Puts parts in, each in the place of one that says of the same; returns their ids. Ids ascend as the parts come, so
/// that a list of them, which is in the order of ids, has the document's order.
pub fn documentation(all: &mut Documentation, parts: Vec<(Value, String)>) -> Vec<String> {
    let mut ids: Vec<String> = parts.iter().map(|_| new_id(6)).collect();
    ids.sort_unstable();
    let mut made = Vec::new();
    for ((location, properties), fresh) in parts.into_iter().zip(ids) {
        let known = all.parts.values().find(|part| part.location == location);
        let id = known.map_or(fresh, |part| part.id.clone());
        let part = DocumentationPart::imported(id.clone(), location, properties);
        all.parts.insert(id.clone(), part);
        made.push(id);
    }
    made
}
