//! What is written about an API: parts by what they are of, what each thing has of its own or from above, and what nobody has
//! described.
//!
//! A part at a path holds for everything below it, one with `*` for every method or status, unless something nearer says
//! otherwise.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api-content-representation.html>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ApiDetail, Method};

/// What a part is of.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Location {
    /// Empty where the kind has none; else from `/` on.
    pub path: String,
    /// `*` for all; empty where the kind has none.
    pub method: String,
    /// `METHOD`, `QUERY_PARAMETER` and so on.
    pub kind: String,
    /// `*` for all; empty where the kind has none.
    pub status: String,
    /// Of a parameter, a header, a model, an authorizer; else empty.
    pub name: String,
}

impl Location {
    /// As it is called: `QUERY_PARAMETER page of GET /orders`.
    pub fn words(&self) -> String {
        let mut words = self.kind.clone();
        for part in [&self.status, &self.name] {
            if !part.is_empty() && part != "*" {
                words.push(' ');
                words.push_str(part);
            }
        }
        match (self.method.as_str(), self.path.as_str()) {
            ("", "") => words,
            ("" | "*", path) => format!("{words} of {path}"),
            (method, path) => format!("{words} of {method} {path}"),
        }
    }

    /// Whether a part here says something about `of`, which is a thing that is there.
    fn covers(&self, of: &Self) -> bool {
        let any = |mine: &str, other: &str| mine.is_empty() || mine == "*" || mine == other;
        let path = self.path.is_empty()
            || self.path == "/"
            || self.path == of.path
            || of
                .path
                .strip_prefix(&self.path)
                .is_some_and(|rest| rest.starts_with('/'));
        self.kind == of.kind
            && self.name == of.name
            && path
            && any(&self.method, &of.method)
            && any(&self.status, &of.status)
    }

    /// How near it is to what it covers: the longest path first, then the method, then the status.
    fn nearness(&self) -> (usize, bool, bool) {
        let exact = |part: &str| !part.is_empty() && part != "*";
        (self.path.len(), exact(&self.method), exact(&self.status))
    }
}

/// One part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Six letters and digits.
    pub id: String,
    /// What it is of.
    pub location: Location,
    /// JSON.
    pub properties: String,
}

/// A version that was published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    /// Its name.
    pub version: String,
    /// May be empty.
    pub description: String,
    /// ms since 1970.
    pub created_at: Option<i64>,
}

/// Everything that is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Documentation {
    /// In the order of their locations.
    pub parts: Vec<Part>,
    /// The newest first.
    pub versions: Vec<Version>,
    /// The models' names.
    pub models: Vec<String>,
    /// The authorizers' names.
    pub authorizers: Vec<String>,
}

/// Where a group of things stands in the tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The API as a whole.
    Api,
    /// A resource itself.
    Resource(String),
    /// A method: path and verb.
    Method(String, String),
    /// All models.
    Models,
    /// All authorizers.
    Authorizers,
    /// What is written about things that are gone.
    Gone,
}

/// A thing that can be described, and what says something about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// What it is.
    pub location: Location,
    /// The part that describes it: of its own, or the nearest above.
    pub part: Option<Part>,
    /// Nobody needs to describe it for the count: a resource speaks through its methods.
    pub optional: bool,
}

impl Thing {
    /// The part is of this thing and no other.
    pub fn is_own(&self) -> bool {
        self.part
            .as_ref()
            .is_some_and(|part| part.location == self.location)
    }

    /// It counts, and nobody has described it.
    pub fn is_gap(&self) -> bool {
        self.part.is_none() && !self.optional
    }

    /// Where the part stands: `here`, or the path that it comes from.
    pub fn origin(&self) -> &str {
        match &self.part {
            None => "",
            Some(_) if self.is_own() => "here",
            Some(part) if part.location.path.is_empty() => "API",
            Some(part) => &part.location.path,
        }
    }
}

/// The tree: each place with its things, in the order of the screen.
pub type Tree = BTreeMap<Place, Vec<Thing>>;

/// How many of the things that count are described, and how many there are.
pub fn counted<'a>(things: impl IntoIterator<Item = &'a Thing>) -> (usize, usize) {
    let (mut described, mut all) = (0, 0);
    for thing in things.into_iter().filter(|thing| !thing.optional) {
        all += 1;
        described += usize::from(thing.part.is_some());
    }
    (described, all)
}

/// Everything of an API that can be described.
pub fn tree(detail: &ApiDetail, of: &Documentation) -> Tree {
    let mut tree = Tree::new();
    let mut put = |place: Place, location: Location, optional: bool| {
        let part = of
            .parts
            .iter()
            .filter(|part| part.location.covers(&location))
            .max_by_key(|part| part.location.nearness())
            .cloned();
        tree.entry(place).or_default().push(Thing {
            location,
            part,
            optional,
        });
    };
    let api = Location {
        kind: "API".into(),
        ..Location::default()
    };
    put(Place::Api, api, false);
    for resource in &detail.resources {
        let at = Location {
            path: resource.path.clone(),
            kind: "RESOURCE".into(),
            ..Location::default()
        };
        put(Place::Resource(resource.path.clone()), at, true);
        for (verb, method) in &resource.methods {
            for location in of_method(&resource.path, verb, method) {
                let place = Place::Method(resource.path.clone(), verb.clone());
                put(place, location, false);
            }
        }
    }
    for (place, kind, names) in [
        (Place::Models, "MODEL", &of.models),
        (Place::Authorizers, "AUTHORIZER", &of.authorizers),
    ] {
        for name in names {
            let at = Location {
                kind: kind.into(),
                name: name.clone(),
                ..Location::default()
            };
            put(place.clone(), at, false);
        }
    }
    let gone = of.parts.iter().filter(|part| is_gone(detail, of, part));
    let gone: Vec<Thing> = gone
        .map(|part| Thing {
            location: part.location.clone(),
            part: Some(part.clone()),
            optional: true,
        })
        .collect();
    if !gone.is_empty() {
        tree.insert(Place::Gone, gone);
    }
    tree
}

/// The thing that a part is of is not in the API.
fn is_gone(detail: &ApiDetail, of: &Documentation, part: &Part) -> bool {
    let at = &part.location;
    match at.kind.as_str() {
        "API" => false,
        "MODEL" => !of.models.contains(&at.name),
        "AUTHORIZER" => !of.authorizers.contains(&at.name),
        _ if at.path.is_empty() => false,
        _ => match detail.resource(&at.path) {
            None => true,
            Some(resource) => {
                !at.method.is_empty()
                    && at.method != "*"
                    && !resource.methods.contains_key(&at.method)
            }
        },
    }
}

/// What of a method can be described.
fn of_method(path: &str, verb: &str, method: &Method) -> Vec<Location> {
    let at = |kind: &str, status: &str, name: &str| Location {
        path: path.to_owned(),
        method: verb.to_owned(),
        kind: kind.to_owned(),
        status: status.to_owned(),
        name: name.to_owned(),
    };
    let mut all = vec![at("METHOD", "", "")];
    for place in method.parameters.keys() {
        let place = place.strip_prefix("method.request.").unwrap_or(place);
        let (kind, name) = match place.split_once('.') {
            Some(("path", name)) => ("PATH_PARAMETER", name),
            Some(("querystring", name)) => ("QUERY_PARAMETER", name),
            Some(("header", name)) => ("REQUEST_HEADER", name),
            _ => continue,
        };
        all.push(at(kind, "", name));
    }
    if !method.models.is_empty() {
        all.push(at("REQUEST_BODY", "", ""));
    }
    for (status, response) in &method.responses {
        all.push(at("RESPONSE", status, ""));
        for header in response.parameters.keys() {
            let name = header
                .strip_prefix("method.response.header.")
                .unwrap_or(header);
            all.push(at("RESPONSE_HEADER", status, name));
        }
        if !response.models.is_empty() {
            all.push(at("RESPONSE_BODY", status, ""));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{MethodResponse, Resource};
    use super::*;

    fn part(path: &str, method: &str, kind: &str, status: &str, name: &str) -> Part {
        let [path, method, kind, status, name] =
            [path, method, kind, status, name].map(str::to_owned);
        Part {
            id: String::new(),
            location: Location {
                path,
                method,
                kind,
                status,
                name,
            },
            properties: "{}".into(),
        }
    }

    fn detail() -> ApiDetail {
        let get = Method {
            parameters: [("method.request.querystring.page".to_owned(), false)].into(),
            responses: [
                ("200".to_owned(), MethodResponse::default()),
                ("404".to_owned(), MethodResponse::default()),
            ]
            .into(),
            ..Method::default()
        };
        let resource = |path: &str, methods: &[(&str, &Method)]| Resource {
            path: path.into(),
            methods: methods
                .iter()
                .map(|(verb, of)| ((*verb).to_owned(), (*of).clone()))
                .collect(),
            ..Resource::default()
        };
        ApiDetail {
            resources: vec![resource("/", &[]), resource("/orders", &[("GET", &get)])],
            ..ApiDetail::default()
        }
    }

    #[test]
    fn a_thing_has_a_part_of_its_own_or_the_nearest_above_it() {
        let of = Documentation {
            parts: vec![
                part("/", "*", "RESPONSE", "404", ""),
                part("/", "*", "RESPONSE", "*", ""),
                part("/orders", "GET", "METHOD", "", ""),
                part("/orders", "GET", "RESPONSE", "200", ""),
                part("/ord", "*", "QUERY_PARAMETER", "", "page"),
            ],
            ..Documentation::default()
        };
        let tree = tree(&detail(), &of);
        let things = &tree[&Place::Method("/orders".into(), "GET".into())];
        let told: Vec<_> = things
            .iter()
            .map(|of| {
                (
                    of.location.kind.as_str(),
                    of.location.status.as_str(),
                    of.origin(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("METHOD", "", "here"),
                ("QUERY_PARAMETER", "", ""),
                ("RESPONSE", "200", "here"),
                ("RESPONSE", "404", "/"),
            ]
        );
        assert_eq!(counted(things), (3, 4));
        assert!(things[1].is_gap());
    }

    #[test]
    fn what_is_written_about_what_is_gone_is_kept_apart() {
        let of = Documentation {
            parts: vec![
                part("/old", "GET", "METHOD", "", ""),
                part("/orders", "POST", "METHOD", "", ""),
                part("", "", "MODEL", "", "Refund"),
                part("", "", "API", "", ""),
            ],
            ..Documentation::default()
        };
        let tree = tree(&detail(), &of);
        assert_eq!(tree[&Place::Gone].len(), 3);
        assert_eq!(counted(&tree[&Place::Api]), (1, 1));
        assert_eq!(counted(tree.values().flatten()), (1, 5));
    }

    #[test]
    fn a_part_is_called_by_what_it_is_of() {
        let words = |part: Part| part.location.words();
        assert_eq!(
            words(part("/orders", "GET", "RESPONSE_HEADER", "201", "location")),
            "RESPONSE_HEADER 201 location of GET /orders"
        );
        assert_eq!(words(part("/", "*", "RESPONSE", "*", "")), "RESPONSE of /");
        assert_eq!(words(part("", "", "API", "", "")), "API");
    }
}
