//! Patch operations as API Gateway takes them.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html>.

use std::collections::BTreeMap;

use serde::Serialize;

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Patch {
    /// `add`, `replace` or `remove`.
    pub op: &'static str,
    /// From `/` on, with the escapes of a JSON Pointer.
    pub path: String,
    /// None where something is taken away, or set back to nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Patch {
    /// Puts a value.
    pub fn replace(path: &str, value: impl Into<String>) -> Self {
        Self {
            op: "replace",
            path: path.to_owned(),
            value: Some(value.into()),
        }
    }

    /// Puts a value, or takes it away where it is empty.
    pub fn replace_or_clear(path: &str, value: &str) -> Self {
        Self {
            op: "replace",
            path: path.to_owned(),
            value: Some(value.to_owned()).filter(|value| !value.is_empty()),
        }
    }

    /// Adds one of several.
    pub fn add(path: &str, value: impl Into<String>) -> Self {
        Self {
            op: "add",
            path: path.to_owned(),
            value: Some(value.into()),
        }
    }

    /// Takes one of several away; some paths name it by its value.
    pub fn remove(path: &str, value: Option<&str>) -> Self {
        Self {
            op: "remove",
            path: path.to_owned(),
            value: value.map(str::to_owned),
        }
    }
}

/// A part of a path: `application~1json`.
pub fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

/// What makes one map of another below a path: what is gone is removed, what is new is added, what differs is replaced.
pub fn of_map<V: PartialEq + ToString>(
    path: &str,
    before: &BTreeMap<String, V>,
    after: &BTreeMap<String, V>,
) -> Vec<Patch> {
    let at = |name: &str| format!("{path}/{}", escape(name));
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let mut patches: Vec<Patch> = gone.map(|name| Patch::remove(&at(name), None)).collect();
    for (name, value) in after {
        match before.get(name) {
            None => patches.push(Patch::add(&at(name), value.to_string())),
            Some(old) if old != value => {
                patches.push(Patch::replace(&at(name), value.to_string()));
            }
            Some(_) => {}
        }
    }
    patches
}

/// As `--patch-operations` takes them.
pub fn json(patches: &[Patch]) -> String {
    serde_json::to_string(patches).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs.map(|(k, v)| ((*k).into(), (*v).into())).collect()
    }

    #[test]
    fn a_map_is_changed_entry_by_entry_with_its_names_escaped() {
        let before = map(&[("text/plain", "a"), ("application/json", "b"), ("x~y", "c")]);
        let after = map(&[
            ("application/json", "B"),
            ("application/xml", "d"),
            ("x~y", "c"),
        ]);
        let patches = of_map("/requestTemplates", &before, &after);
        assert_eq!(
            json(&patches),
            r#"[{"op":"remove","path":"/requestTemplates/text~1plain"},{"op":"replace","path":"/requestTemplates/application~1json","value":"B"},{"op":"add","path":"/requestTemplates/application~1xml","value":"d"}]"#
        );
        assert_eq!(escape("a~/b"), "a~0~1b");
    }

    #[test]
    fn what_becomes_nothing_has_no_value() {
        let cleared = [Patch::replace_or_clear("/requestValidatorId", "")];
        assert_eq!(
            json(&cleared),
            r#"[{"op":"replace","path":"/requestValidatorId"}]"#
        );
    }
}
