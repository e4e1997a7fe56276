//! Which resource and method of a frozen definition a path means, by the routes' own rules (`sekisho_rules::routes`).

use crate::apigateway::model::{Definition, Method, Resource};
use sekisho_rules::routes::Part;

pub use sekisho_rules::routes::Routes;

/// Where a request goes.
#[derive(Debug, Clone)]
pub struct Route<'a> {
    pub resource: &'a Resource,
    pub method: &'a Method,
    /// The path's parameters as they were sent.
    pub parameters: Vec<(String, String)>,
}

/// The tree of a definition's resources.
pub fn of(definition: &Definition) -> Routes {
    let resources = definition.resources.values();
    let parts: Vec<Part<'_>> = resources
        .map(|resource| Part {
            id: &resource.id,
            parent: resource.parent_id.as_deref(),
            path_part: resource.path_part.as_deref().unwrap_or_default(),
            methods: resource
                .resource_methods
                .keys()
                .map(String::as_str)
                .collect(),
        })
        .collect();
    Routes::of(&definition.rest.root_resource_id, &parts)
}

/// The route of a path within a stage, as it was sent.
pub fn find<'a>(
    routes: &Routes,
    definition: &'a Definition,
    path: &str,
    verb: &str,
) -> Option<Route<'a>> {
    let found = routes.find(path, verb)?;
    let resource = definition.resources.get(found.resource)?;
    let method = resource.resource_methods.get(found.method)?;
    Some(Route {
        resource,
        method,
        parameters: found.parameters,
    })
}
