//! Which resource and method a path means: what is written before what is variable, a variable before the rest of a path,
//! and a method that is named before `ANY`; where the nearest resource lacks the method, the next one is asked.
//! Source: the service's recorded tests.

use crate::apigateway::model::{Definition, Method, Resource};
use std::collections::HashMap;

/// The resources of a deployment as a tree.
#[derive(Debug, Default)]
pub struct Routes {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// The resource's id.
    resource: String,
    written: HashMap<String, usize>,
    variable: Option<(String, usize)>,
    greedy: Option<(String, usize)>,
}

/// Where a request goes.
#[derive(Debug, Clone)]
pub struct Route<'a> {
    pub resource: &'a Resource,
    pub method: &'a Method,
    /// The path's parameters as they were sent.
    pub parameters: Vec<(String, String)>,
}

impl Routes {
    /// The tree of a definition's resources.
    pub fn of(definition: &Definition) -> Self {
        let mut routes = Self::default();
        routes.add(definition, &definition.rest.root_resource_id);
        routes
    }

    fn add(&mut self, definition: &Definition, id: &str) -> usize {
        let at = self.nodes.len();
        self.nodes.push(Node {
            resource: id.to_owned(),
            ..Node::default()
        });
        let below = definition.resources.values();
        let below: Vec<_> = below
            .filter(|resource| resource.parent_id.as_deref() == Some(id))
            .collect();
        for resource in below {
            let child = self.add(definition, &resource.id);
            let part = resource.path_part.clone().unwrap_or_default();
            let Some(node) = self.nodes.get_mut(at) else {
                break;
            };
            let inner = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'));
            match inner {
                Some(name) => match name.strip_suffix('+') {
                    Some(name) => node.greedy = Some((name.to_owned(), child)),
                    None => node.variable = Some((name.to_owned(), child)),
                },
                None => {
                    node.written.insert(part, child);
                }
            }
        }
        at
    }

    /// The route of a path within a stage, as it was sent. Slashes at its ends don't count.
    pub fn find<'a>(
        &self,
        definition: &'a Definition,
        path: &str,
        verb: &str,
    ) -> Option<Route<'a>> {
        let path = path.trim_start_matches('/');
        let path = path.strip_suffix('/').unwrap_or(path);
        let parts: Vec<&str> = match path {
            "" => Vec::new(),
            path => path.split('/').collect(),
        };
        let mut parameters = Vec::new();
        let (resource, method) = self.search(definition, 0, &parts, verb, &mut parameters)?;
        Some(Route {
            resource,
            method,
            parameters,
        })
    }

    fn search<'a>(
        &self,
        definition: &'a Definition,
        at: usize,
        parts: &[&str],
        verb: &str,
        parameters: &mut Vec<(String, String)>,
    ) -> Option<(&'a Resource, &'a Method)> {
        let node = self.nodes.get(at)?;
        let Some((first, rest)) = parts.split_first() else {
            let resource = definition.resources.get(&node.resource)?;
            let methods = &resource.resource_methods;
            let method = methods.get(verb).or_else(|| methods.get("ANY"))?;
            return Some((resource, method));
        };
        let known = parameters.len();
        if let Some(child) = node.written.get(*first)
            && let Some(found) = self.search(definition, *child, rest, verb, parameters)
        {
            return Some(found);
        }
        parameters.truncate(known);
        if let Some((name, child)) = &node.variable
            && !first.is_empty()
        {
            parameters.push((name.clone(), (*first).to_owned()));
            if let Some(found) = self.search(definition, *child, rest, verb, parameters) {
                return Some(found);
            }
            parameters.truncate(known);
        }
        let (name, child) = node.greedy.as_ref()?;
        parameters.push((name.clone(), parts.join("/")));
        let found = self.search(definition, *child, &[], verb, parameters);
        if found.is_none() {
            parameters.truncate(known);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// An API with these resources, each with its methods.
    fn api(paths: &[(&str, &[&str])]) -> Definition {
        let mut definition = Definition::default();
        definition.rest.root_resource_id = "/".into();
        for (path, verbs) in paths {
            let above = path.rsplit_once('/').map(|(above, _)| above);
            let above = above.filter(|above| !above.is_empty()).unwrap_or("/");
            let part = path.rsplit('/').next().filter(|part| !part.is_empty());
            let methods = verbs.iter().map(|verb| {
                let method = Method {
                    http_method: (*verb).into(),
                    ..Method::default()
                };
                ((*verb).to_owned(), method)
            });
            let resource = Resource {
                id: (*path).into(),
                parent_id: part.map(|_| above.to_owned()),
                path_part: part.map(str::to_owned),
                path: (*path).into(),
                resource_methods: methods.collect(),
            };
            definition.resources.insert((*path).into(), resource);
        }
        definition
    }

    #[test]
    fn what_is_written_comes_before_what_is_variable_and_the_rest_comes_last() {
        let api = api(&[
            ("/", &["GET"]),
            ("/pets", &["POST"]),
            ("/pets/{id}", &["GET"]),
            ("/pets/all", &["ANY"]),
            ("/pets/{id}/toys", &["GET"]),
            ("/{proxy+}", &["ANY"]),
        ]);
        let routes = Routes::of(&api);
        let of = |verb: &str, path: &str| {
            routes.find(&api, path, verb).map(|route| {
                let parameters = route.parameters.iter();
                let parameters = parameters.map(|(name, value)| format!("{name}={value}"));
                let all: Vec<String> = parameters.collect();
                format!(
                    "{} {} {}",
                    route.resource.path,
                    route.method.http_method,
                    all.join(" ")
                )
            })
        };
        for (verb, path, expected) in [
            ("GET", "", "/ GET "),
            ("GET", "/", "/ GET "),
            ("POST", "/pets", "/pets POST "),
            ("GET", "/pets", "/{proxy+} ANY proxy=pets"),
            ("GET", "/pets/7", "/pets/{id} GET id=7"),
            ("GET", "/pets/7/", "/pets/{id} GET id=7"),
            ("GET", "/pets/all", "/pets/all ANY "),
            ("GET", "//pets/all", "/pets/all ANY "),
            ("GET", "/pets/all/toys", "/pets/{id}/toys GET id=all"),
            ("PUT", "/pets/7", "/{proxy+} ANY proxy=pets/7"),
            ("GET", "/a//b/", "/{proxy+} ANY proxy=a//b"),
            ("GET", "/a%2Fb", "/{proxy+} ANY proxy=a%2Fb"),
        ] {
            assert_eq!(of(verb, path).as_deref(), Some(expected), "{verb} {path}");
        }
        assert_eq!(of("POST", "/"), None, "the rest of a path is never nothing");
    }
}
