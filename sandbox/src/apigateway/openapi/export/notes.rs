//! What an API's documentation says of a place in it: of all parts that may mean the place, the nearest one.

use super::super::{
    super::model::DocumentationVersion,
    document::{Document, Map},
};
use std::collections::BTreeMap;

/// A thing that can be written about.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    kind: &'static str,
    path: &'a str,
    method: &'a str,
    status: &'a str,
    name: &'a str,
}

impl<'a> Place<'a> {
    pub fn new(kind: &'static str) -> Self {
        Self {
            kind,
            path: "/",
            method: "*",
            status: "*",
            name: "",
        }
    }

    pub fn at(self, path: &'a str) -> Self {
        Self { path, ..self }
    }

    pub fn of(self, method: &'a str) -> Self {
        Self { method, ..self }
    }

    pub fn answering(self, status: &'a str) -> Self {
        Self { status, ..self }
    }

    pub fn named(self, name: &'a str) -> Self {
        Self { name, ..self }
    }
}

struct Note {
    path: String,
    method: String,
    status: String,
    name: String,
    properties: Map,
}

/// The parts of a version by their type.
pub struct Notes(BTreeMap<String, Vec<Note>>);

impl Notes {
    pub fn new(version: Option<&DocumentationVersion>) -> Self {
        let mut all: BTreeMap<String, Vec<Note>> = BTreeMap::new();
        for part in version
            .into_iter()
            .flat_map(|version| version.parts.values())
        {
            let said = |member: &str, otherwise: &str| {
                let said = part.location.get(member).and_then(|said| said.as_str());
                said.unwrap_or(otherwise).to_owned()
            };
            let Ok(Document::Map(properties)) = serde_json::from_str(&part.properties) else {
                continue;
            };
            all.entry(said("type", "")).or_default().push(Note {
                path: said("path", "/"),
                method: said("method", "*"),
                status: said("statusCode", "*"),
                name: said("name", ""),
                properties,
            });
        }
        Self(all)
    }

    /// What is said of a place: by the part with the longest path, then the one that names the method, then the status.
    pub fn of(&self, place: Place<'_>) -> Option<Map> {
        let all = self.0.get(place.kind)?.iter();
        let fits = |said: &str, is: &str| said == "*" || said == is;
        all.filter(|note| {
            let below = note.path == "/"
                || place
                    .path
                    .strip_prefix(note.path.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            below
                && fits(&note.method, place.method)
                && fits(&note.status, place.status)
                && note.name == place.name
        })
        .max_by_key(|note| (note.path.len(), note.method != "*", note.status != "*"))
        .map(|note| note.properties.clone())
    }
}
