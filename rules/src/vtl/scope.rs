//! What a template is rendered with, and what it may leave behind: the overrides of request and response.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::map::Map;
use super::value::Value;

/// The caller's data of one rendering.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// The payload as text; an empty one counts as `{}`, as on the gateway.
    pub body: String,
    pub params: Params,
    /// The members of `$context`, `requestOverride` and `responseOverride` excepted.
    pub context: serde_json::Value,
    pub stage_variables: BTreeMap<String, String>,
    /// Read and written by the template: the response's template still sees what the request's template has set.
    pub overrides: Overrides,
    pub limits: Limits,
}

/// The request's parameters by where they stand, each in the request's order; of a name given twice the last one
/// counts.
#[derive(Debug, Clone, Default)]
pub struct Params {
    pub path: Vec<(String, String)>,
    pub querystring: Vec<(String, String)>,
    pub header: Vec<(String, String)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    pub request: RequestOverride,
    pub response: ResponseOverride,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestOverride {
    pub path: Vec<(String, String)>,
    pub querystring: Vec<(String, String)>,
    pub header: Vec<(String, String)>,
    /// Members of other names, which change nothing but are handed on too.
    pub other: Vec<(String, String)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseOverride {
    /// As the template set it, number or text; whether it is a status is the caller's question.
    pub status: Option<String>,
    pub header: Vec<(String, String)>,
    /// Members of other names, which change nothing but are handed on too.
    pub other: Vec<(String, String)>,
}

/// The ends of a rendering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How often one `#foreach` turns; it then stops without an error, as Velocity's `directive.foreach.maxloops` does.
    pub iterations: usize,
    /// How many nodes and calls a rendering may run.
    pub steps: usize,
    /// How long the output, and any one text within, may become.
    pub output_bytes: usize,
    /// How many bytes a rendering may build or look through in all.
    pub work_bytes: usize,
}

impl Default for Limits {
    /// The gateway's quota for iterations (1,000: "Quotas for configuring and running a REST API"). The rest is the
    /// sandbox's own, well above a payload's 10 MB.
    fn default() -> Self {
        Limits {
            iterations: 1_000,
            steps: 2_000_000,
            output_bytes: 16 << 20,
            work_bytes: 1 << 30,
        }
    }
}

impl Params {
    /// `$input.params()`.
    pub(super) fn value(&self) -> Value {
        Value::map([
            (Value::text("path"), pairs(&self.path)),
            (Value::text("querystring"), pairs(&self.querystring)),
            (Value::text("header"), pairs(&self.header)),
        ])
    }

    /// `$input.params(name)`: the path first, then the query string, then the headers, whose case does not count.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        let exact = [&self.path, &self.querystring, &self.header]
            .into_iter()
            .find_map(|list| list.iter().rev().find(|(key, _)| key == name));
        let any_case = || {
            self.header
                .iter()
                .rev()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
        };
        exact.or_else(any_case).map(|(_, value)| value.as_str())
    }
}

pub(super) fn pairs<'p>(list: impl IntoIterator<Item = &'p (String, String)>) -> Value {
    Value::map(
        list.into_iter()
            .map(|(key, value)| (Value::text(key), Value::text(value))),
    )
}

/// `$context` with its overrides in it.
pub(super) fn context(scope: &Scope) -> Value {
    let context = match Value::from_json(&scope.context) {
        Value::Map(map) => map,
        _ => Rc::new(Map::default()),
    };
    let set = |value: &Value, name: &str, part: Value| {
        if let Value::Map(map) = value {
            map.put(Value::text(name), part);
        }
    };
    let request = pairs(&scope.overrides.request.other);
    set(&request, "header", pairs(&scope.overrides.request.header));
    set(&request, "path", pairs(&scope.overrides.request.path));
    set(
        &request,
        "querystring",
        pairs(&scope.overrides.request.querystring),
    );
    let response = pairs(&scope.overrides.response.other);
    set(&response, "header", pairs(&scope.overrides.response.header));
    if let Some(status) = &scope.overrides.response.status {
        let status = status
            .parse()
            .map_or_else(|_| Value::text(status), Value::Int);
        set(&response, "status", status);
    }
    context.put(Value::text("requestOverride"), request);
    context.put(Value::text("responseOverride"), response);
    Value::Map(context)
}

/// What stands in `$context` after a rendering.
pub(super) fn overrides(context: &Value, limit: usize) -> Overrides {
    let request = member(context, "requestOverride");
    let response = member(context, "responseOverride");
    let texts = |value: &Value, leave: &[&str]| match value {
        Value::Map(map) => {
            let entries = map.entries().into_iter();
            entries
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.to_text(limit), value.to_text(limit)))
                .filter(|(key, _)| !leave.contains(&key.as_str()))
                .collect()
        }
        _ => Vec::new(),
    };
    let status = member(&response, "status");
    Overrides {
        request: RequestOverride {
            path: texts(&member(&request, "path"), &[]),
            querystring: texts(&member(&request, "querystring"), &[]),
            header: texts(&member(&request, "header"), &[]),
            other: texts(&request, &["path", "querystring", "header"]),
        },
        response: ResponseOverride {
            status: Some(status)
                .filter(|status| !status.is_null())
                .map(|status| status.to_text(limit)),
            header: texts(&member(&response, "header"), &[]),
            other: texts(&response, &["status", "header"]),
        },
    }
}

fn member(value: &Value, name: &str) -> Value {
    match value {
        Value::Map(map) => map.get_text(name).unwrap_or_default(),
        _ => Value::Null,
    }
}
