//! query: operation and input as a form (or a query string), XML out.
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::xml::Writer;
use super::{fault, shapes, time};
use crate::error::AwsError;
use crate::request::{Body, Ctx, Request, Response};

/// The parameters of a form or a query string, in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// The parameters of a request, when it has an `Action`: from its query string, and from its body when that is a form.
    pub fn of(req: &Request) -> Option<Self> {
        let mut pairs = req.query.clone();
        let kind = req.header("content-type").unwrap_or_default();
        if kind.starts_with("application/x-www-form-urlencoded") {
            let body = super::decoded_body(req).ok()?;
            pairs.extend(form_urlencoded::parse(&body).into_owned());
        }
        let params = Self(pairs);
        params.get("Action").is_some().then_some(params)
    }

    /// Parameters from pairs, for tests and for callers with a form of their own.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The value of one parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether there is no parameter at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The parameters under a name, without it: `Tags.member.1` under `Tags` is `member.1`, and `Name` under itself is the
    /// empty name.
    #[must_use]
    pub fn under(&self, name: &str) -> Self {
        let rest = |key: &str| {
            let rest = key.strip_prefix(name)?;
            match rest.strip_prefix('.') {
                Some(rest) => Some(rest.to_owned()),
                None => rest.is_empty().then(String::new),
            }
        };
        let held = self.0.iter();
        Self(
            held.filter_map(|(key, value)| Some((rest(key)?, value.clone())))
                .collect(),
        )
    }

    /// The items of a list by their numbers, which stand behind `wrapper` where there is one.
    pub fn numbered(&self, wrapper: &str) -> Vec<Self> {
        let within = if wrapper.is_empty() {
            self.clone()
        } else {
            self.under(wrapper)
        };
        let mut items: BTreeMap<u32, Vec<(String, String)>> = BTreeMap::new();
        for (key, value) in within.0 {
            let (number, rest) = key.split_once('.').unwrap_or((&key, ""));
            if let Ok(number) = number.parse() {
                items
                    .entry(number)
                    .or_default()
                    .push((rest.to_owned(), value));
            }
        }
        items.into_values().map(Self).collect()
    }

    /// The values of a list of strings: `Name.member.1`, `Name.member.2`… in the order of their numbers.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.structs(name)
            .iter()
            .filter_map(|item| item.get("").map(str::to_owned))
            .collect()
    }

    /// The parameters of each item of a list of structures, without the part that names the item:
    /// `Tags.member.1.Key` is `Key` of the first.
    pub fn structs(&self, name: &str) -> Vec<Params> {
        let mut items: BTreeMap<u32, Vec<(String, String)>> = BTreeMap::new();
        for (key, value) in &self.0 {
            let Some(rest) = key.strip_prefix(name).and_then(|key| key.strip_prefix('.')) else {
                continue;
            };
            let rest = rest.strip_prefix("member.").unwrap_or(rest);
            let (number, member) = rest.split_once('.').unwrap_or((rest, ""));
            if let Ok(number) = number.parse() {
                let item = items.entry(number).or_default();
                item.push((member.to_owned(), value.clone()));
            }
        }
        items.into_values().map(Params).collect()
    }

    /// The whole input as JSON, with strings turned into what their path stands for (see [`shapes::kind`]).
    ///
    /// # Errors
    /// `MalformedInput` when a parameter can't be read as what it stands for.
    pub fn to_value(&self) -> Result<Value, AwsError> {
        let mut root = Node::default();
        for (key, value) in &self.0 {
            if key != "Action" && key != "Version" {
                root.insert(key, value);
            }
        }
        match root.into_value("")? {
            Value::Null => Ok(Value::Object(Map::new())),
            value => Ok(value),
        }
    }
}

/// A parameter's name taken apart at its dots.
#[derive(Default)]
struct Node {
    text: Option<String>,
    children: Vec<(String, Node)>,
}

impl Node {
    fn insert(&mut self, path: &str, text: &str) {
        let mut node = self;
        // Deeper than any shape of AWS means a mistake or an attack: the rest is kept as one name.
        for part in path.splitn(32, '.') {
            let at = node.children.iter().position(|(name, _)| name == part);
            let at = at.unwrap_or_else(|| {
                node.children.push((part.to_owned(), Node::default()));
                node.children.len() - 1
            });
            node = &mut node.children[at].1;
        }
        node.text = Some(text.to_owned());
    }

    fn into_value(self, path: &str) -> Result<Value, AwsError> {
        if self.children.is_empty() {
            return match self.text {
                Some(text) => shapes::coerce(path, &text),
                None => Ok(Value::Null),
            };
        }
        if self.is_wrapper() {
            let inner = self.children.into_iter().next().map(|(_, node)| node);
            return inner.unwrap_or_default().into_value(path);
        }
        if self.is_list() {
            return list(self.children, path);
        }
        let mut members = Map::new();
        for (name, node) in self.children {
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            members.insert(name, node.into_value(&path)?);
        }
        Ok(Value::Object(members))
    }

    /// `member` stands between a list's name and its numbers.
    fn is_wrapper(&self) -> bool {
        matches!(&self.children[..], [(name, node)] if name == "member" && node.is_list())
    }

    fn is_list(&self) -> bool {
        !self.children.is_empty()
            && self
                .children
                .iter()
                .all(|(name, _)| name.parse::<u32>().is_ok())
    }
}

/// The items of a list in the order of their numbers; holes are closed, as AWS does.
fn list(mut items: Vec<(String, Node)>, path: &str) -> Result<Value, AwsError> {
    items.sort_by_key(|(number, _)| number.parse::<u32>().unwrap_or(u32::MAX));
    items
        .into_iter()
        .map(|(_, node)| node.into_value(path))
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

/// The answer of an operation that went well: `<OpResponse><OpResult>…</OpResult><ResponseMetadata>…`.
pub fn answer(operation: &str, version: &str, ctx: &Ctx, output: &Value) -> Response {
    let mut out = Writer::new();
    out.open_with(
        &format!("{operation}Response"),
        &[("xmlns", shapes::namespace(version))],
    );
    // An operation without an output has no result element.
    if output
        .as_object()
        .is_some_and(|members| !members.is_empty())
    {
        out.open(&format!("{operation}Result"));
        members(&mut out, output);
        out.close();
    }
    out.open("ResponseMetadata");
    out.element("RequestId", &ctx.request_id);
    out.close();
    response(200, ctx, out)
}

/// The same with members that are written already; none for an operation without an output.
pub fn result(operation: &str, namespace: &str, ctx: &Ctx, members: Option<String>) -> Response {
    let mut out = Writer::new();
    out.open_with(&format!("{operation}Response"), &[("xmlns", namespace)]);
    if let Some(members) = members {
        out.open(&format!("{operation}Result"));
        out.written(&members);
        out.close();
    }
    out.open("ResponseMetadata");
    out.element("RequestId", &ctx.request_id);
    out.close();
    response(200, ctx, out)
}

/// An error's answer.
pub fn failure(version: &str, ctx: &Ctx, error: &AwsError) -> Response {
    failure_in(shapes::namespace(version), ctx, error)
}

/// The same in a namespace.
pub fn failure_in(namespace: &str, ctx: &Ctx, error: &AwsError) -> Response {
    let mut out = Writer::new();
    out.open_with("ErrorResponse", &[("xmlns", namespace)]);
    out.open("Error");
    out.element("Type", fault(error));
    out.element("Code", code(error));
    out.element("Message", &error.message);
    out.close();
    out.element("RequestId", &ctx.request_id);
    response(error.status, ctx, out)
}

/// Query has a name of its own for an operation that isn't there.
pub fn code(error: &AwsError) -> &str {
    match error.code.as_str() {
        super::UNKNOWN_OPERATION => "InvalidAction",
        code => code,
    }
}

fn response(status: u16, ctx: &Ctx, out: Writer) -> Response {
    Response {
        status,
        headers: vec![
            ("content-type".to_owned(), "text/xml".to_owned()),
            ("x-amzn-requestid".to_owned(), ctx.request_id.clone()),
        ],
        body: Body::Full(Bytes::from(out.finish())),
    }
}

/// Writes the members of a structure, lists as `<member>`, timestamps (found by name) as ISO 8601.
pub fn members(out: &mut Writer, value: &Value) {
    let Some(members) = value.as_object() else {
        return;
    };
    for (name, value) in members {
        member(out, name, value, shapes::is_timestamp(name));
    }
}

fn member(out: &mut Writer, name: &str, value: &Value, timestamp: bool) {
    match value {
        Value::Null => {}
        Value::Object(entries) if shapes::is_map(name) => {
            out.open(name);
            for (key, value) in entries {
                out.open("entry");
                out.element("key", key);
                member(out, "value", value, false);
                out.close();
            }
            out.close();
        }
        Value::Object(_) => {
            out.open(name);
            members(out, value);
            out.close();
        }
        Value::Array(items) => {
            out.open(name);
            for item in items {
                member(out, "member", item, timestamp);
            }
            out.close();
        }
        Value::String(text) => out.element(name, text),
        Value::Bool(flag) => out.element(name, if *flag { "true" } else { "false" }),
        Value::Number(number) if timestamp => {
            out.element(name, &time::iso8601(number.as_f64().unwrap_or_default()));
        }
        Value::Number(number) => out.element(name, &number.to_string()),
    }
}
