//! A policy document as it is judged: statements with what they are about.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>

use super::{condition::Condition, place};
use serde_json::Value;

/// A policy.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it is called where its statements are shown.
    pub name: String,
    /// Whether `${…}` means a variable: since version 2012-10-17.
    pub variables: bool,
    pub statements: Vec<Statement>,
}

/// One statement of a policy.
#[derive(Debug, Clone)]
pub struct Statement {
    pub allows: bool,
    /// Only resource policies have one.
    pub principal: Option<Whom>,
    pub actions: Named,
    /// None means the resource that the policy belongs to.
    pub resources: Option<Named>,
    pub conditions: Vec<Condition>,
    /// Where it stands in the document's text.
    pub place: place::Place,
}

/// What an element lists, or all but that.
#[derive(Debug, Clone)]
pub struct Named {
    pub patterns: Vec<String>,
    /// `NotAction`, `NotResource`.
    pub inverted: bool,
}

/// Whom a statement is about.
#[derive(Debug, Clone)]
pub struct Whom {
    /// Kind (`AWS`, `Service`, `Federated`, `CanonicalUser`) and name; everybody is `*` of no kind.
    pub principals: Vec<(String, String)>,
    /// `NotPrincipal`.
    pub inverted: bool,
}

impl Document {
    /// Reads a document; none when it is no policy.
    pub fn parse(name: &str, text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let places = place::statements(text);
        let listed = statements(&value)?;
        let statements = listed
            .iter()
            .enumerate()
            .map(|(at, value)| {
                let place = places.get(at).copied().unwrap_or_default();
                Statement::read(value, place)
            })
            .collect::<Option<_>>()?;
        Some(Self {
            name: name.to_owned(),
            variables: value["Version"] == "2012-10-17",
            statements,
        })
    }
}

/// The statements of a document: one, or a list of them.
pub fn statements(document: &Value) -> Option<&[Value]> {
    match document.get("Statement")? {
        Value::Array(list) => Some(list),
        one @ Value::Object(_) => Some(std::slice::from_ref(one)),
        _ => None,
    }
}

/// A text, or a list of texts.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Bool(flag) => vec![flag.to_string()],
        Value::Number(number) => vec![number.to_string()],
        _ => Vec::new(),
    }
}

impl Statement {
    fn read(value: &Value, place: place::Place) -> Option<Self> {
        let conditions = match value.get("Condition") {
            Some(Value::Object(operators)) => operators
                .iter()
                .flat_map(|(operator, keys)| {
                    let keys = keys.as_object().into_iter().flatten();
                    keys.map(|(key, values)| Condition::read(operator, key, texts(values)))
                })
                .collect::<Option<_>>()?,
            _ => Vec::new(),
        };
        Some(Self {
            allows: value["Effect"] == "Allow",
            principal: Whom::read(value),
            actions: named(value, "Action", "NotAction")?,
            resources: named(value, "Resource", "NotResource"),
            conditions,
            place,
        })
    }
}

fn named(statement: &Value, these: &str, others: &str) -> Option<Named> {
    let of = |element: &str, inverted| {
        statement.get(element).map(|value| Named {
            patterns: texts(value),
            inverted,
        })
    };
    of(these, false).or_else(|| of(others, true))
}

impl Whom {
    fn read(statement: &Value) -> Option<Self> {
        let (value, inverted) = match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (Some(value), _) => (value, false),
            (None, Some(value)) => (value, true),
            (None, None) => return None,
        };
        let principals = match value {
            Value::Object(kinds) => kinds
                .iter()
                .flat_map(|(kind, names)| texts(names).into_iter().map(|name| (kind.clone(), name)))
                .collect(),
            one => texts(one)
                .into_iter()
                .map(|name| (String::new(), name))
                .collect(),
        };
        Some(Self {
            principals,
            inverted,
        })
    }
}
