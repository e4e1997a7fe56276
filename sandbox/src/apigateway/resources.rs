//! Resources: the tree of paths of an API.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_Resource.html>.

use super::{
    Answer, ApiGateway, Call, accepted, created,
    error::{bad_request, conflict, no_resource},
    keep::Touched,
    model::{Definition, Resource},
    new_id, ok, resource, shown, value,
};
use crate::error::AwsError;
use serde_json::{Value, json};

/// A resource as it is answered: methods are empty objects unless they are asked for.
fn described(resource: &Resource, with_methods: bool) -> Value {
    let mut out = shown(resource);
    if !with_methods
        && let Some(methods) = out
            .get_mut("resourceMethods")
            .and_then(Value::as_object_mut)
    {
        for method in methods.values_mut() {
            *method = json!({});
        }
    }
    out
}

impl ApiGateway {
    pub(super) fn get_resources(&self, call: &Call<'_>, id: &str) -> Answer {
        let embed = embeds_methods(call);
        let state = self.state();
        let all = self.api(&state, id)?.now.resources.iter();
        call.page(all.map(|(id, resource)| (id.as_str(), described(resource, embed))))
    }

    pub(super) fn get_resource(&self, call: &Call<'_>, id: &str, of: &str) -> Answer {
        let state = self.state();
        ok(described(resource(&state, id, of)?, embeds_methods(call)))
    }

    pub(super) fn create_resource(&self, call: &Call<'_>, id: &str, parent: &str) -> Answer {
        let part = value::text(&call.body()?, "pathPart")?.unwrap_or_default();
        let mut state = self.state();
        let above = resource(&state, id, parent)?.clone();
        let api = state.apis.get_mut(id).ok_or_else(no_resource)?;
        check_part(&part)?;
        check_place(&api.now, &above, &part, None)?;
        let made = Resource {
            id: new_id(6),
            parent_id: Some(parent.to_owned()),
            path: join(&above.path, &part),
            path_part: Some(part),
            ..Resource::default()
        };
        let answer = described(&made, false);
        let touched = Touched::Resource(id.to_owned(), made.id.clone());
        api.now.resources.insert(made.id.clone(), made);
        state.touch(touched);
        created(answer)
    }

    pub(super) fn update_resource(&self, call: &Call<'_>, id: &str, of: &str) -> Answer {
        let patches = call.patches("updateResourceInput")?;
        let mut state = self.state();
        let mut changed = resource(&state, id, of)?.clone();
        let api = state.apis.get_mut(id).ok_or_else(no_resource)?;
        for patch in &patches {
            let path = patch.replaces(&["/parentId", "/pathPart"])?;
            if changed.parent_id.is_none() {
                let member = path.trim_start_matches('/');
                return Err(bad_request(format!(
                    "Root resource cannot update its {member}."
                )));
            }
            if path == "/pathPart" {
                let part = patch.value();
                check_part(&part)?;
                changed.path_part = Some(part);
            } else {
                let parent = patch.value();
                if !api.now.resources.contains_key(&parent) {
                    return Err(no_resource());
                }
                if is_within(&api.now, &parent, of) {
                    return Err(bad_request("Resources cannot be cyclical."));
                }
                changed.parent_id = Some(parent);
            }
            let parent = changed.parent_id.clone().unwrap_or_default();
            let above = api.now.resources.get(&parent).ok_or_else(no_resource)?;
            let part = changed.path_part.clone().unwrap_or_default();
            check_place(&api.now, above, &part, Some(of))?;
            changed.path = join(&above.path, &part);
        }
        api.now.resources.insert(of.to_owned(), changed.clone());
        write_paths(&mut api.now, of);
        self.touch_resources(&mut state, id);
        ok(described(&changed, false))
    }

    pub(super) fn delete_resource(&self, id: &str, of: &str) -> Answer {
        let mut state = self.state();
        if resource(&state, id, of)?.parent_id.is_none() {
            return Err(bad_request("Root resource cannot be deleted"));
        }
        let api = state.apis.get_mut(id).ok_or_else(no_resource)?;
        let gone: Vec<String> = api
            .now
            .resources
            .keys()
            .filter(|one| is_within(&api.now, one, of))
            .cloned()
            .collect();
        let mut touched = Vec::new();
        for one in gone {
            api.now.resources.remove(&one);
            touched.push(Touched::Resource(id.to_owned(), one));
        }
        state.touched.extend(touched);
        accepted()
    }
}

fn embeds_methods(call: &Call<'_>) -> bool {
    let mut query = call.request.query.iter();
    query.any(|(name, value)| name == "embed" && value == "methods")
}

/// Whether a resource is another one, or below it.
fn is_within(now: &Definition, id: &str, of: &str) -> bool {
    let mut at = Some(id);
    while let Some(id) = at {
        if id == of {
            return true;
        }
        let resource = now.resources.get(id);
        at = resource.and_then(|resource| resource.parent_id.as_deref());
    }
    false
}

/// Writes the paths of everything below a resource anew.
fn write_paths(now: &mut Definition, of: &str) {
    let Some(above) = now.resources.get(of).map(|resource| resource.path.clone()) else {
        return;
    };
    let below: Vec<String> = now
        .resources
        .values()
        .filter(|resource| resource.parent_id.as_deref() == Some(of))
        .map(|resource| resource.id.clone())
        .collect();
    for id in below {
        if let Some(resource) = now.resources.get_mut(&id) {
            resource.path = join(&above, resource.path_part.as_deref().unwrap_or_default());
        }
        write_paths(now, &id);
    }
}

fn join(above: &str, part: &str) -> String {
    format!("{}/{part}", above.trim_end_matches('/'))
}

fn is_variable(part: &str) -> bool {
    part.starts_with('{')
}

/// # Errors
/// When a part of a path has what none can have.
pub(super) fn check_part(part: &str) -> Result<(), AwsError> {
    let is_word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-:".contains(&b))
    };
    let variable = part
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .map(|name| name.strip_suffix('+').unwrap_or(name));
    if is_word(variable.unwrap_or(part)) {
        return Ok(());
    }
    Err(bad_request(
        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end.",
    ))
}

/// # Errors
/// When something stands in a resource's place, `but` not being in its own way.
pub(super) fn check_place(
    now: &Definition,
    above: &Resource,
    part: &str,
    but: Option<&str>,
) -> Result<(), AwsError> {
    if let Some(greedy) = above
        .path_part
        .as_deref()
        .filter(|part| part.ends_with("+}"))
    {
        return Err(bad_request(format!(
            "Cannot create a child of a resource with a greedy path variable: {greedy}"
        )));
    }
    let siblings = now.resources.values().filter(|resource| {
        resource.parent_id.as_deref() == Some(&above.id) && but != Some(resource.id.as_str())
    });
    for sibling in siblings {
        let name = sibling.path_part.as_deref().unwrap_or_default();
        if name == part {
            return Err(conflict(format!(
                "Another resource with the same parent already has this name: {part}"
            )));
        }
        if is_variable(name) && is_variable(part) {
            return Err(bad_request(format!(
                "A sibling ({name}) of this resource already has a variable path part -- only one is allowed"
            )));
        }
    }
    Ok(())
}
