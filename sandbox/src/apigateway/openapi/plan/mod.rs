//! A document read into a plan of an API: what would be there, by name and without ids, with what is wrong and where.

mod cloudformation;
mod documentation;
mod integration;
mod lines;
mod operation;
mod paths;
mod schemas;
mod security;
mod settings;
#[cfg(test)]
mod tests;

use super::{
    super::model::{Authorizer, GatewayResponse, Method, Model, RequestValidator, Texts},
    document::Document,
    yaml,
};
use serde_json::Value;

/// The largest document that is read, in bytes.
pub const LARGEST: usize = 6 * 1024 * 1024;

/// What is done with the path of a document's own address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BasePath {
    #[default]
    Ignore,
    Prepend,
    /// Its first part is thought of as the stage, the rest is prepended.
    Split,
}

/// How a document is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub base_path: BasePath,
    pub without_documentation: bool,
    /// The API's id, which references between models name.
    pub api: String,
    pub region: String,
    pub account: String,
    pub partition: String,
}

/// Something to be said about a place of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The place as a JSON pointer.
    pub pointer: String,
    /// Counted from one.
    pub line: Option<usize>,
    message: String,
    /// Whether the message is to name the line; the service's own messages do not.
    says_line: bool,
}

impl Note {
    /// Something of the API as a whole.
    pub fn found(message: String) -> Self {
        note("", message, false)
    }

    /// Something of a place, in the service's words.
    pub fn at(pointer: &str, message: String) -> Self {
        note(pointer, message, false)
    }

    /// The message, with the line where it names one.
    pub fn told(&self) -> String {
        match self.line.filter(|_| self.says_line) {
            Some(line) => format!("{} (line {line})", self.message),
            None => self.message.clone(),
        }
    }
}

/// Why nothing can be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    NotOpenApi,
    TooLarge(usize),
}

/// One path with its methods, whose authorizer and validator are named instead of identified.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlannedPath {
    pub path: String,
    pub pointer: String,
    pub methods: Vec<Method>,
}

/// What a document says of the API as a whole; what it does not say is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Head {
    pub name: String,
    pub description: Option<String>,
    pub version: Option<String>,
    pub binary_media_types: Option<Vec<String>>,
    pub minimum_compression_size: Option<i64>,
    pub api_key_source: Option<String>,
    pub policy: Option<String>,
    pub vpc_endpoint_ids: Option<Vec<String>>,
    pub disable_execute_api_endpoint: Option<bool>,
    pub tags: Texts,
}

/// What an import would make.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub head: Head,
    pub models: Vec<Model>,
    pub validators: Vec<RequestValidator>,
    pub authorizers: Vec<Authorizer>,
    pub responses: Vec<GatewayResponse>,
    pub paths: Vec<PlannedPath>,
    /// Parts of the documentation: where, and what (JSON text).
    pub documentation: Vec<(Value, String)>,
    /// Whether the documentation that is there is left alone.
    pub leaves_documentation: bool,
    pub warnings: Vec<Note>,
    pub errors: Vec<Note>,
}

/// Reads a document.
///
/// # Errors
/// When it is none, or too large to be read.
pub fn read(text: &[u8], options: &Options) -> Result<Plan, Refused> {
    if text.len() > LARGEST {
        return Err(Refused::TooLarge(text.len()));
    }
    let text = std::str::from_utf8(text).map_err(|_| Refused::NotOpenApi)?;
    let text = text.trim_start_matches('\u{feff}');
    let document = parse(text).ok_or(Refused::NotOpenApi)?;
    let kind = kind(&document).ok_or(Refused::NotOpenApi)?;
    let mut notes = Notes::default();
    let document = cloudformation::resolve(document, options, &mut notes);
    let mut reading = Reading {
        document: &document,
        kind,
        options,
        plan: Plan::default(),
        notes,
        inline: Vec::new(),
    };
    reading.all();
    let (mut plan, notes) = (reading.plan, reading.notes);
    plan.leaves_documentation = options.without_documentation;
    (plan.warnings, plan.errors) = (notes.warnings, notes.errors);
    let all = plan.warnings.iter_mut().chain(&mut plan.errors);
    lines::find(text, all);
    Ok(plan)
}

/// JSON or YAML.
fn parse(text: &str) -> Option<Document> {
    if text.trim_start().starts_with('{')
        && let Ok(document) = serde_json::from_str(text)
    {
        return Some(document);
    }
    yaml::read(text).ok()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Swagger,
    OpenApi,
}

/// The language, when it is one of the two that the service reads.
fn kind(document: &Document) -> Option<Kind> {
    let said = |member: &str| document.get(member).and_then(Document::scalar);
    match (said("swagger"), said("openapi")) {
        (Some(version), _) if version.starts_with("2.") || version == "2" => Some(Kind::Swagger),
        (None, Some(version)) if version.starts_with("3.0") || version == "3" => {
            Some(Kind::OpenApi)
        }
        _ => None,
    }
}

#[derive(Debug, Default)]
struct Notes {
    warnings: Vec<Note>,
    errors: Vec<Note>,
}

fn note(pointer: &str, message: String, says_line: bool) -> Note {
    Note {
        pointer: pointer.to_owned(),
        line: None,
        message,
        says_line,
    }
}

impl Notes {
    /// A warning in the service's words.
    fn warn(&mut self, pointer: &str, message: impl Into<String>) {
        self.warnings.push(note(pointer, message.into(), false));
    }

    /// A warning that the service does not give, with its line.
    fn hint(&mut self, pointer: &str, message: impl Into<String>) {
        self.warnings.push(note(pointer, message.into(), true));
    }

    fn error(&mut self, pointer: &str, message: impl Into<String>) {
        self.errors.push(note(pointer, message.into(), false));
    }
}

/// A document being read.
struct Reading<'a> {
    document: &'a Document,
    kind: Kind,
    options: &'a Options,
    plan: Plan,
    notes: Notes,
    /// Schemas that stand in place, which have become models: the schema as text, and the model.
    inline: Vec<(String, String)>,
}

impl<'a> Reading<'a> {
    fn all(&mut self) {
        self.head();
        self.models();
        self.validators();
        self.gateway_responses();
        self.authorizers();
        self.paths();
        if !self.options.without_documentation {
            self.documentation();
        }
    }

    /// A part of the document by its name in either language: `definitions` or `components/schemas`.
    fn component(&self, swagger: &str, openapi: &str) -> Option<&'a Document> {
        match self.kind {
            Kind::Swagger => self.document.get(swagger),
            Kind::OpenApi => self.document.get("components")?.get(openapi),
        }
    }

    /// Follows `$ref` within the document. What leads nowhere or round in a circle is told.
    fn follow(&mut self, mut at: &'a Document, pointer: &str) -> Option<&'a Document> {
        let mut seen = Vec::new();
        while let Some(reference) = at.get("$ref").and_then(Document::as_text) {
            if seen.contains(&reference) {
                self.notes.error(
                    pointer,
                    format!("Unable to resolve reference '{reference}': it is circular"),
                );
                return None;
            }
            seen.push(reference);
            match reach(self.document, reference) {
                Some(found) => at = found,
                None => {
                    let message = format!("Reference '{reference}' not found. Ignoring.");
                    self.notes.warn(pointer, message);
                    return None;
                }
            }
        }
        Some(at)
    }
}

/// What a reference within a document (`#/a/b`) means.
fn reach<'a>(document: &'a Document, reference: &str) -> Option<&'a Document> {
    let mut at = document;
    for part in reference.strip_prefix("#/")?.split('/') {
        let part = percent_encoding::percent_decode_str(part).decode_utf8_lossy();
        at = at.get(&part.replace("~1", "/").replace("~0", "~"))?;
    }
    Some(at)
}

/// A JSON pointer to a member.
fn below(pointer: &str, member: &str) -> String {
    format!("{pointer}/{}", member.replace('~', "~0").replace('/', "~1"))
}
