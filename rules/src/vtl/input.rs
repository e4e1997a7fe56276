//! `$input`: the payload and the request's parameters.

use super::json::{Style, read_json, write_json};
use super::methods::Called;
use super::path::parse_path;
use super::query::find;
use super::render::Renderer;
use super::scope::Params;
use super::value::Value;

/// The payload that the gateway puts in the place of an empty one.
const EMPTY: &str = "{}";

pub(super) struct Input<'s> {
    body: &'s str,
    params: &'s Params,
    /// The payload as read when a template first asks for a part of it.
    document: Option<Value>,
}

impl<'s> Input<'s> {
    pub(super) fn new(body: &'s str, params: &'s Params) -> Self {
        Input {
            body: if body.trim().is_empty() { EMPTY } else { body },
            params,
            document: None,
        }
    }

    /// The value at a path, and how many steps it took to find it.
    fn find(&mut self, path: &str) -> Result<(Option<Value>, usize), String> {
        let path = parse_path(path)?;
        let document = match self.document.take() {
            Some(document) => document,
            None => read_json(self.body)?,
        };
        let found = find(&path, &document);
        self.document = Some(document);
        found
    }
}

impl Renderer<'_> {
    pub(super) fn input_property(&mut self, name: &str) -> Value {
        if name == "body" {
            Value::text(self.input.body)
        } else {
            Value::Null
        }
    }

    /// The value at a path of the payload.
    fn found(&mut self, path: &str) -> Result<Option<Value>, String> {
        let (found, steps) = self.input.find(path)?;
        self.spend(steps * size_of::<Value>())
            .map_err(|error| error.message)?;
        Ok(found)
    }

    pub(super) fn input_method(&mut self, name: &str, arguments: &[Value]) -> Called {
        let limit = self.limits.output_bytes;
        let found = match (name, arguments) {
            ("path", [Value::Text(path)]) => match self.found(path)? {
                Some(value) => {
                    // What a template changes in its value must not change the payload.
                    let mut count = 0;
                    let copy = value.copied(&mut count);
                    self.spend(count * size_of::<Value>())
                        .map_err(|error| error.message)?;
                    Some(copy)
                }
                None => None,
            },
            ("json", [Value::Text(path)]) => {
                let mut text = String::new();
                match self.found(path)? {
                    Some(value) => write_json(&value, Style::Document, &mut text, limit),
                    None => {
                        self.absent = true;
                        text.push_str("\"\"");
                    }
                }
                Some(Value::text(text))
            }
            ("params", []) => Some(self.input.params.value()),
            ("params", [Value::Text(name)]) => {
                let found = self.input.params.find(name);
                self.absent |= found.is_none();
                Some(Value::text(found.unwrap_or_default()))
            }
            ("getBody", []) => Some(Value::text(self.input.body)),
            _ => None,
        };
        Ok(found)
    }
}
