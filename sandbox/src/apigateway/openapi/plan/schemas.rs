//! Schemas as models.

use super::{
    super::{
        super::model::Model,
        document::{Document, Map},
        model_reference,
    },
    Kind, Reading, below,
};
use std::collections::HashSet;

const JSON: &str = "application/json";

fn model(name: &str, schema: &Document) -> Model {
    Model {
        name: name.to_owned(),
        description: schema.get("description").and_then(Document::scalar),
        schema: Some(schema.to_json()),
        content_type: JSON.into(),
        ..Model::default()
    }
}

/// The schema of a component that a reference means, in either language.
fn component(reference: &str) -> Option<&str> {
    let start = ["#/definitions/", "#/components/schemas/"];
    start.iter().find_map(|start| reference.strip_prefix(start))
}

impl<'a> Reading<'a> {
    fn schemas(&self) -> Option<&'a Document> {
        self.component("definitions", "schemas")
    }

    pub(super) fn models(&mut self) {
        let Some(all) = self.schemas() else { return };
        let known: HashSet<&str> = all.members().map(|(name, _)| name).collect();
        let at = match self.kind {
            Kind::Swagger => "/definitions",
            Kind::OpenApi => "/components/schemas",
        };
        for (name, schema) in all.members() {
            let at = below(at, name);
            if self.follow(schema, &at).is_none() {
                continue;
            }
            let schema = self.referring(schema, &known, &at);
            self.plan.models.push(model(name, &schema));
        }
    }

    /// A schema whose references are the service's own.
    fn referring(&mut self, schema: &Document, known: &HashSet<&str>, at: &str) -> Document {
        match schema {
            Document::Map(map) => {
                let members = map.iter().map(|(name, value)| {
                    let target = value
                        .as_text()
                        .filter(|_| name == "$ref")
                        .and_then(component);
                    let value = match target {
                        Some(target) if known.contains(target) => {
                            model_reference(&self.options.api, target).into()
                        }
                        Some(target) => {
                            let message =
                                format!("Reference to model '{target}' not found. Ignoring.");
                            self.notes.warn(at, message);
                            value.clone()
                        }
                        None => self.referring(value, known, &below(at, name)),
                    };
                    (name.to_owned(), value)
                });
                Document::Map(members.collect::<Map>())
            }
            Document::List(items) => {
                let items = items.iter().enumerate();
                let items =
                    items.map(|(n, item)| self.referring(item, known, &format!("{at}/{n}")));
                Document::List(items.collect())
            }
            other => other.clone(),
        }
    }

    /// The model of a schema that stands in a place: the one that it refers to, else one that is made of it.
    pub(super) fn model_of(&mut self, schema: &'a Document, at: &str) -> Option<String> {
        if let Some(reference) = schema.get("$ref").and_then(Document::as_text) {
            let target = component(reference).unwrap_or(reference);
            if self.plan.models.iter().any(|model| model.name == target) {
                return Some(target.to_owned());
            }
            let message = format!("Reference to model '{target}' not found. Ignoring.");
            self.notes.warn(at, message);
            return None;
        }
        let all = self.schemas().into_iter().flat_map(Document::members);
        let known = all.map(|(name, _)| name).collect();
        let schema = self.referring(schema, &known, at);
        let text = schema.to_json();
        if let Some((_, name)) = self.inline.iter().find(|(known, _)| *known == text) {
            return Some(name.clone());
        }
        let name = format!("MODEL{:06x}", hash(&text) & 0xff_ffff);
        self.inline.push((text, name.clone()));
        self.plan.models.push(model(&name, &schema));
        Some(name)
    }
}

/// FNV-1a: the same schema has the same name whenever it is read.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
