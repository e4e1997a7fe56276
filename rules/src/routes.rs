//! Which resource and method of a REST API a path means: what is written before what is variable, a variable before the
//! rest of a path, and a method that is named before `ANY`; where the nearest resource lacks the method, the next one is
//! asked. Source: the service's recorded tests.

use std::collections::HashMap;

/// A resource of an API, as its tree is built from.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    pub id: &'a str,
    /// None at the root.
    pub parent: Option<&'a str>,
    /// `pets`, `{id}` or `{proxy+}`; nothing at the root.
    pub path_part: &'a str,
    /// The names of its methods, `ANY` among them.
    pub methods: Vec<&'a str>,
}

/// The resources of an API as a tree.
#[derive(Debug, Default)]
pub struct Routes {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    /// The resource's id.
    resource: String,
    methods: Vec<String>,
    written: HashMap<String, usize>,
    variable: Option<(String, usize)>,
    greedy: Option<(String, usize)>,
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    /// The resource's id.
    pub resource: &'a str,
    /// The method's name as the API has it: the request's own, or `ANY`.
    pub method: &'a str,
    /// The path's parameters as they were sent.
    pub parameters: Vec<(String, String)>,
}

impl Routes {
    /// The tree of these resources, from the one with this id downwards.
    pub fn of(root: &str, parts: &[Part<'_>]) -> Self {
        let mut below: HashMap<&str, Vec<&Part<'_>>> = HashMap::new();
        for part in parts {
            if let Some(parent) = part.parent {
                below.entry(parent).or_default().push(part);
            }
        }
        let mut routes = Self::default();
        if let Some(part) = parts.iter().find(|part| part.id == root) {
            routes.add(part, &below);
        }
        routes
    }

    fn add(&mut self, part: &Part<'_>, below: &HashMap<&str, Vec<&Part<'_>>>) -> usize {
        let at = self.nodes.len();
        self.nodes.push(Node {
            resource: part.id.to_owned(),
            methods: part.methods.iter().map(|&name| name.to_owned()).collect(),
            ..Node::default()
        });
        for part in below.get(part.id).into_iter().flatten() {
            let child = self.add(part, below);
            let Some(node) = self.nodes.get_mut(at) else {
                break;
            };
            let written = part.path_part;
            let inner = written.strip_prefix('{');
            match inner.and_then(|inner| inner.strip_suffix('}')) {
                Some(name) => match name.strip_suffix('+') {
                    Some(name) => node.greedy = Some((name.to_owned(), child)),
                    None => node.variable = Some((name.to_owned(), child)),
                },
                None => {
                    node.written.insert(written.to_owned(), child);
                }
            }
        }
        at
    }

    /// The route of a path within a stage, as it was sent. Slashes at its ends don't count.
    pub fn find(&self, path: &str, verb: &str) -> Option<Found<'_>> {
        let path = path.trim_start_matches('/');
        let path = path.strip_suffix('/').unwrap_or(path);
        let parts: Vec<&str> = match path {
            "" => Vec::new(),
            path => path.split('/').collect(),
        };
        let mut parameters = Vec::new();
        let (resource, method) = self.search(0, &parts, verb, &mut parameters)?;
        Some(Found {
            resource,
            method,
            parameters,
        })
    }

    fn search(
        &self,
        at: usize,
        parts: &[&str],
        verb: &str,
        parameters: &mut Vec<(String, String)>,
    ) -> Option<(&str, &str)> {
        let node = self.nodes.get(at)?;
        let Some((first, rest)) = parts.split_first() else {
            let named = |wanted: &str| node.methods.iter().find(|name| *name == wanted);
            let method = named(verb).or_else(|| named("ANY"))?;
            return Some((&node.resource, method));
        };
        let known = parameters.len();
        if let Some(child) = node.written.get(*first)
            && let Some(found) = self.search(*child, rest, verb, parameters)
        {
            return Some(found);
        }
        parameters.truncate(known);
        if let Some((name, child)) = &node.variable
            && !first.is_empty()
        {
            parameters.push((name.clone(), (*first).to_owned()));
            if let Some(found) = self.search(*child, rest, verb, parameters) {
                return Some(found);
            }
            parameters.truncate(known);
        }
        let (name, child) = node.greedy.as_ref()?;
        parameters.push((name.clone(), parts.join("/")));
        let found = self.search(*child, &[], verb, parameters);
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

    /// An API with these resources, each with its methods; a resource's id is its path.
    fn api(paths: &[(&'static str, &[&'static str])]) -> Routes {
        let part = |(path, methods): &(&'static str, &[&'static str])| {
            let above = path.rsplit_once('/').map(|(above, _)| above);
            let above = above.filter(|above| !above.is_empty()).unwrap_or("/");
            let written = path.rsplit('/').next().unwrap_or_default();
            Part {
                id: path,
                parent: (!written.is_empty()).then_some(above),
                path_part: written,
                methods: methods.to_vec(),
            }
        };
        let parts: Vec<Part<'_>> = paths.iter().map(part).collect();
        Routes::of("/", &parts)
    }

    #[test]
    fn what_is_written_comes_before_what_is_variable_and_the_rest_comes_last() {
        let routes = api(&[
            ("/", &["GET"]),
            ("/pets", &["POST"]),
            ("/pets/{id}", &["GET"]),
            ("/pets/all", &["ANY"]),
            ("/pets/{id}/toys", &["GET"]),
            ("/{proxy+}", &["ANY"]),
        ]);
        let of = |verb: &str, path: &str| {
            routes.find(path, verb).map(|route| {
                let parameters = route.parameters.iter();
                let parameters = parameters.map(|(name, value)| format!("{name}={value}"));
                let all: Vec<String> = parameters.collect();
                format!("{} {} {}", route.resource, route.method, all.join(" "))
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
