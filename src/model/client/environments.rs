//! Environments: sets of variables by name, in the JSON file that other HTTP clients read too (`http-client.env.json`).
//!
//! The file is kept in its own order with all that stands in it; what is no text is a variable in its JSON form. Secrets do not
//! belong there: they are known by name alone.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The file's name in the folder of the requests.
pub const FILE: &str = "http-client.env.json";
/// The set whose variables hold in every environment.
const SHARED: &str = "$shared";

/// Environments as the file has them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Environments(Map<String, Value>);

impl Environments {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it breaks off, or that it has another shape.
    pub fn read(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| {
            format!(
                "{FILE}: line {}, column {}: {error}",
                error.line(),
                error.column()
            )
        })?;
        let Value::Object(map) = value else {
            return Err(format!("{FILE} holds no object of environments"));
        };
        for (name, set) in &map {
            if !set.is_object() {
                return Err(format!("{FILE}: {name} is no object of variables"));
            }
        }
        Ok(Self(map))
    }

    /// The text of the file.
    pub fn write(&self) -> String {
        let text = serde_json::to_string_pretty(&self.0).unwrap_or_default();
        format!("{text}\n")
    }

    /// Their names, in the file's order.
    pub fn names(&self) -> Vec<&str> {
        let names = self.0.keys().map(String::as_str);
        names.filter(|name| *name != SHARED).collect()
    }

    /// The variables of one, with those that hold everywhere.
    pub fn variables(&self, name: &str) -> BTreeMap<String, String> {
        let sets = [SHARED, name].into_iter();
        let sets = sets.filter_map(|name| self.0.get(name)?.as_object());
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        sets.flatten()
            .map(|(name, value)| (name.clone(), text(value)))
            .collect()
    }

    /// The variables of one as lines, as they are typed.
    pub fn lines(&self, name: &str) -> String {
        let set = self.0.get(name).and_then(Value::as_object);
        let mut lines = String::new();
        for (name, value) in set.into_iter().flatten() {
            let value = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            lines.push_str(&format!("{name}={value}\n"));
        }
        lines
    }

    /// Takes lines for one, `name=value` each; what keeps its text keeps its kind.
    ///
    /// # Errors
    /// The line that is none.
    pub fn set_lines(&mut self, name: &str, lines: &str) -> Result<(), String> {
        let mut set = Map::new();
        let old = self.0.get(name).and_then(Value::as_object);
        for (at, line) in lines
            .lines()
            .enumerate()
            .filter(|(_, of)| !of.trim().is_empty())
        {
            let Some((variable, value)) = line.split_once('=') else {
                return Err(format!("Line {} is not name=value", at + 1));
            };
            let variable = variable.trim();
            let fits = |c: char| c.is_alphanumeric() || "-_.".contains(c);
            if variable.is_empty() || !variable.chars().all(fits) {
                return Err(format!(
                    "Line {}: a variable's name has letters, digits and - _ .",
                    at + 1
                ));
            }
            let value = value.trim();
            let same = |of: &&Value| {
                let text = of.to_string();
                text == value
            };
            let kept = old.and_then(|old| old.get(variable)).filter(same);
            let value = kept
                .cloned()
                .unwrap_or_else(|| Value::String(value.to_owned()));
            set.insert(variable.to_owned(), value);
        }
        self.0.insert(name.to_owned(), Value::Object(set));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_environment_has_its_variables_and_the_shared_ones() {
        let text = r#"{"$shared": {"page": 20, "who": "all"}, "dev": {"who": "ana"}, "prod": {}}"#;
        let all = Environments::read(text).unwrap();
        assert_eq!(all.names(), ["dev", "prod"]);
        let dev = all.variables("dev");
        assert_eq!((dev["page"].as_str(), dev["who"].as_str()), ("20", "ana"));
        assert_eq!(all.variables("prod")["who"], "all");
        assert_eq!(Environments::read(&all.write()).unwrap(), all);
    }

    #[test]
    fn lines_are_taken_up_and_numbers_stay_numbers() {
        let mut all = Environments::read(r#"{"dev": {"page": 20, "a": "x"}}"#).unwrap();
        assert_eq!(all.lines("dev"), "page=20\na=x\n");
        all.set_lines("dev", "page=20\na=x=y\nb= z ").unwrap();
        assert!(all.write().contains("\"page\": 20"), "{}", all.write());
        assert_eq!(all.variables("dev")["a"], "x=y");
        assert_eq!(all.variables("dev")["b"], "z");
        assert_eq!(
            all.set_lines("dev", "x").unwrap_err(),
            "Line 1 is not name=value"
        );
        assert!(all.set_lines("dev", "a b=1").is_err());
    }

    #[test]
    fn a_file_of_another_shape_is_told() {
        for (text, why) in [
            ("{", "line 1"),
            ("[]", "no object"),
            (r#"{"dev": 1}"#, "dev is no object"),
        ] {
            assert!(
                Environments::read(text).unwrap_err().contains(why),
                "{text}"
            );
        }
    }
}
