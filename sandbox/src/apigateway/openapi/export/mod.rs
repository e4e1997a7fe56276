//! An API as a Swagger 2.0 or an OpenAPI 3.0 document, laid out as the service lays its exports out.
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html> and exports that were recorded.

mod notes;
mod operation;
mod security;

use super::{
    super::model::{Definition, DocumentationVersion, Model, Resource},
    EXTENSION,
    document::{Document, Map},
    order::hashed,
};
use notes::{Notes, Place};
use std::collections::BTreeSet;

/// The language of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Swagger,
    OpenApi,
}

/// What an export is to hold beyond what the language itself says.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub kind: Kind,
    pub integrations: bool,
    pub authorizers: bool,
    /// Validators, gateway responses and what else an API has besides.
    pub settings: bool,
    pub documentation: bool,
}

/// What is exported.
#[derive(Debug)]
pub struct Source<'a> {
    pub definition: &'a Definition,
    pub stage: &'a str,
    pub host: &'a str,
    /// The API's version, or the moment at which it was made.
    pub version: &'a str,
    /// The resource policy with its short names written out.
    pub policy: Option<String>,
    /// The version of the documentation that the stage shows, and when it was made.
    pub documentation: Option<(&'a DocumentationVersion, String)>,
}

/// Writes the document.
pub fn export(source: &Source<'_>, wanted: Wanted) -> Document {
    let notes = Notes::new(source.documentation.as_ref().map(|(version, _)| *version));
    let export = Export {
        source,
        wanted,
        notes,
    };
    export.write().into()
}

/// An export under way.
struct Export<'a> {
    source: &'a Source<'a>,
    wanted: Wanted,
    notes: Notes,
}

impl Export<'_> {
    fn write(&self) -> Map {
        let mut root = self.head();
        root.put("paths", self.paths());
        let (schemes, schemas) = (security::schemes(self), self.schemas());
        match self.wanted.kind {
            Kind::Swagger => {
                root.put_filled("securityDefinitions", schemes);
                root.put_filled("definitions", schemas);
            }
            Kind::OpenApi => {
                let mut components = Map::default();
                components.put_filled("schemas", schemas);
                components.put_filled("securitySchemes", schemes);
                root.put("components", components);
            }
        }
        if self.wanted.settings {
            self.settings(&mut root);
        }
        if self.wanted.documentation {
            self.documentation(&mut root);
        }
        if let Some(note) = self.notes.of(Place::new("API")) {
            root.merge(note);
        }
        root
    }

    fn head(&self) -> Map {
        let source = self.source;
        let rest = &source.definition.rest;
        let (mut root, mut info) = (Map::default(), Map::default());
        match self.wanted.kind {
            Kind::Swagger => {
                root.put("swagger", "2.0");
                info.put_some("description", rest.description.as_deref());
                info.put("version", source.version);
                info.put("title", &rest.name);
                root.put("info", info);
                root.put("host", source.host);
                root.put("basePath", format!("/{}", source.stage));
                root.put("schemes", vec!["https"]);
            }
            Kind::OpenApi => {
                root.put("openapi", "3.0.1");
                info.put("title", &rest.name);
                info.put_some("description", rest.description.as_deref());
                info.put("version", source.version);
                root.put("info", info);
                root.put("servers", vec![self.server()]);
            }
        }
        root
    }

    fn server(&self) -> Map {
        let (mut server, mut base, mut variables) =
            (Map::default(), Map::default(), Map::default());
        base.put("default", self.source.stage);
        variables.put("basePath", base);
        server.put("url", format!("https://{}/{{basePath}}", self.source.host));
        server.put("variables", variables);
        if self.wanted.settings {
            server.put_filled(&name("endpoint-configuration"), self.endpoint());
        }
        server
    }

    fn paths(&self) -> Map {
        let mut resources: Vec<&Resource> = self.source.definition.resources.values().collect();
        resources.retain(|resource| !resource.resource_methods.is_empty());
        resources.sort_by(|one, other| one.path.cmp(&other.path));
        let mut paths = Map::default();
        for resource in resources {
            let mut item = Map::default();
            if self.wanted.kind == Kind::OpenApi {
                let place = Place::new("RESOURCE").at(&resource.path);
                item = self.notes.of(place).unwrap_or_default();
            }
            for verb in [
                "GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "ANY",
            ] {
                if let Some(method) = resource.resource_methods.get(verb) {
                    let member = match verb {
                        "ANY" => name("any-method"),
                        verb => verb.to_ascii_lowercase(),
                    };
                    item.put(&member, operation::write(self, resource, method));
                }
            }
            paths.put(&resource.path, item);
        }
        paths
    }

    /// Where a model of this document is found.
    fn model(&self, model: &str) -> Document {
        let mut reference = Map::default();
        let place = match self.wanted.kind {
            Kind::Swagger => "definitions",
            Kind::OpenApi => "components/schemas",
        };
        reference.put("$ref", format!("#/{place}/{model}"));
        reference.into()
    }

    /// The models that anything refers to, and those that somebody made.
    fn schemas(&self) -> Map {
        let models = &self.source.definition.models;
        let parsed: Vec<(&str, Document)> = models
            .values()
            .filter_map(|model| Some((model.name.as_str(), schema(model)?)))
            .collect();
        let mut open = self.used();
        open.extend(
            models
                .values()
                .filter(|model| !is_given(model))
                .map(|model| model.name.clone()),
        );
        let mut wanted = BTreeSet::new();
        while let Some(next) = open.pop() {
            let found = parsed.iter().find(|(name, _)| *name == next);
            if let Some((_, schema)) = found
                && wanted.insert(next)
            {
                references(schema, &mut open);
            }
        }
        let kept = parsed
            .into_iter()
            .filter(|(name, _)| wanted.contains(*name));
        let schemas = hashed(kept).into_iter().map(|(name, schema)| {
            let mut schema = self.referring(schema);
            if let (Document::Map(map), Some(note)) =
                (&mut schema, self.notes.of(Place::new("MODEL").named(name)))
            {
                map.merge(note);
            }
            (name.to_owned(), schema)
        });
        schemas.collect()
    }

    /// The models that methods name.
    fn used(&self) -> Vec<String> {
        let resources = self.source.definition.resources.values();
        let methods = resources.flat_map(|resource| resource.resource_methods.values());
        methods
            .flat_map(|method| {
                let responses = method.method_responses.values();
                let responses =
                    responses.flat_map(|response| response.response_models.iter().flatten());
                method
                    .request_models
                    .values()
                    .chain(responses.map(|(_, model)| model))
            })
            .cloned()
            .collect()
    }

    /// A schema with the references that this document has.
    fn referring(&self, schema: Document) -> Document {
        match schema {
            Document::Map(map) => {
                let members = map.into_iter().filter(|(name, _)| name != "$schema");
                let members = members.map(|(name, value)| match (name.as_str(), value.as_text()) {
                    ("$ref", Some(reference)) => match model_of(reference) {
                        Some(model) => {
                            let place = self.model(model);
                            (name, place.get("$ref").cloned().unwrap_or(Document::Null))
                        }
                        None => (name, value),
                    },
                    _ => (name, self.referring(value)),
                });
                Document::Map(members.collect())
            }
            Document::List(items) => items
                .into_iter()
                .map(|item| self.referring(item))
                .collect::<Vec<_>>()
                .into(),
            other => other,
        }
    }

    fn settings(&self, root: &mut Map) {
        let (now, rest) = (self.source.definition, &self.source.definition.rest);
        root.put_filled(&name("request-validators"), validators(now));
        root.put_filled(&name("gateway-responses"), responses(now));
        let policy = self.source.policy.as_deref();
        let policy = policy.and_then(|policy| serde_json::from_str::<Document>(policy).ok());
        root.put_some(&name("policy"), policy);
        if rest.api_key_source != "HEADER" {
            root.put(&name("api-key-source"), &rest.api_key_source);
        }
        root.put_some(
            &name("minimum-compression-size"),
            rest.minimum_compression_size,
        );
        if self.wanted.kind == Kind::Swagger {
            root.put_filled(&name("endpoint-configuration"), self.endpoint());
        }
        root.put_filled(&name("binary-media-types"), rest.binary_media_types.clone());
    }

    fn endpoint(&self) -> Map {
        let rest = &self.source.definition.rest;
        let mut endpoint = Map::default();
        endpoint.put_filled(
            "vpcEndpointIds",
            rest.endpoint_configuration.vpc_endpoint_ids.clone(),
        );
        if rest.disable_execute_api_endpoint {
            endpoint.put("disableExecuteApiEndpoint", true);
        }
        endpoint
    }

    fn documentation(&self, root: &mut Map) {
        let Some((version, created)) = &self.source.documentation else {
            return;
        };
        let parts = version.parts.values().map(|part| {
            let mut out = Map::default();
            out.put("location", &part.location);
            let properties = serde_json::from_str::<Document>(&part.properties);
            out.put("properties", properties.unwrap_or(Document::Null));
            out
        });
        let parts: Vec<Map> = parts.collect();
        let mut documentation = Map::default();
        documentation.put("version", &version.version);
        documentation.put("createdDate", created);
        documentation.put("documentationParts", parts);
        root.put(&name("documentation"), documentation);
    }
}

/// The name of an extension.
fn name(of: &str) -> String {
    format!("{EXTENSION}{of}")
}

/// The name of the model that a reference in a schema means.
fn model_of(reference: &str) -> Option<&str> {
    reference.rsplit_once("/models/").map(|(_, name)| name)
}

/// Whether it is a model that every API begins with, as it was then.
fn is_given(model: &Model) -> bool {
    let description = model.description.as_deref().unwrap_or_default();
    match model.name.as_str() {
        "Empty" => description == "This is a default empty schema model",
        "Error" => description == "This is a default error schema model",
        _ => false,
    }
}

fn schema(model: &Model) -> Option<Document> {
    serde_json::from_str(model.schema.as_deref()?).ok()
}

/// The names of the models that a schema refers to.
pub(super) fn references(schema: &Document, found: &mut Vec<String>) {
    for (name, value) in schema.members() {
        match (name, value.as_text().and_then(model_of)) {
            ("$ref", Some(model)) => found.push(model.to_owned()),
            _ => references(value, found),
        }
    }
    for item in schema.items() {
        references(item, found);
    }
}

fn validators(now: &Definition) -> Map {
    let all = now.validators.values().map(|validator| {
        let name = validator.name.as_deref().unwrap_or(&validator.id);
        (name, validator)
    });
    let all = hashed(all).into_iter().map(|(name, validator)| {
        let mut out = Map::default();
        out.put(
            "validateRequestParameters",
            validator.validate_request_parameters,
        );
        out.put("validateRequestBody", validator.validate_request_body);
        (name.to_owned(), out.into())
    });
    all.collect()
}

fn responses(now: &Definition) -> Map {
    let all = now
        .responses
        .iter()
        .map(|(kind, response)| (kind.as_str(), response));
    let all = hashed(all).into_iter().map(|(kind, response)| {
        let mut out = Map::default();
        let status = response.status_code.as_deref();
        out.put_some(
            "statusCode",
            status.and_then(|status| status.parse::<i64>().ok()),
        );
        out.put_filled("responseParameters", texts(&response.response_parameters));
        out.put_filled("responseTemplates", texts(&response.response_templates));
        (kind.to_owned(), out.into())
    });
    all.collect()
}

fn texts(all: &super::super::model::Texts) -> Map {
    let all = all.iter().map(|(name, value)| (name.as_str(), value));
    let all = hashed(all).into_iter();
    all.map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}
