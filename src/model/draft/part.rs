//! What is written about one thing, while it is edited: as fields, or as the JSON that it is.
//!
//! Summary and description are fields of their own; whatever else the JSON has is kept as it is.

use serde_json::{Map, Value};

use super::{Descriptor, Draft, Input, Values};

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum PartField {
    Summary,
    Description,
    /// All other members, as JSON.
    Rest,
}

/// The properties as they stand in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartValues {
    summary: String,
    description: String,
    rest: String,
    /// The JSON as it is typed, while it is typed as such.
    raw: Option<String>,
    /// What is wrong with it.
    wrong: Option<String>,
}

/// An object of JSON, or what is wrong with the text.
fn object(text: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("An object is needed: { … }".to_owned()),
        Err(error) => {
            let words = error.to_string();
            let words = words.split(" at line ").next().unwrap_or(&words).to_owned();
            Err(format!(
                "Line {}, column {}: {words}",
                error.line(),
                error.column()
            ))
        }
    }
}

impl PartValues {
    /// Those of a part; none where there is no part.
    pub fn of(properties: Option<&str>) -> Self {
        let Some(text) = properties else {
            return Self::default();
        };
        match object(text) {
            Ok(members) => {
                let mut this = Self::default();
                this.take(members);
                this
            }
            // What is no object is edited as it stands.
            Err(_) => Self {
                rest: text.to_owned(),
                ..Self::default()
            },
        }
    }

    fn take(&mut self, mut members: Map<String, Value>) {
        let mut text = |name: &str| match members.get(name) {
            Some(Value::String(_)) => match members.remove(name) {
                Some(Value::String(text)) => text,
                _ => String::new(),
            },
            _ => String::new(),
        };
        self.summary = text("summary");
        self.description = text("description");
        self.rest = match members.is_empty() {
            true => String::new(),
            false => Value::Object(members).to_string(),
        };
    }

    /// The properties as they are sent; none where nothing is written.
    pub fn json(&self) -> Option<String> {
        let mut members = match self.rest.trim() {
            "" => Map::new(),
            rest => match object(rest) {
                Ok(members) => members,
                Err(_) => return Some(rest.to_owned()),
            },
        };
        for (name, text) in [
            ("summary", &self.summary),
            ("description", &self.description),
        ] {
            if !text.is_empty() {
                members.insert(name.to_owned(), Value::String(text.clone()));
            }
        }
        (!members.is_empty()).then(|| Value::Object(members).to_string())
    }

    /// The JSON to be typed into, which begins with what stands in the fields.
    pub fn raw_mut(&mut self) -> &mut String {
        let begin = || {
            let members = self
                .json()
                .and_then(|text| object(&text).ok())
                .unwrap_or_default();
            serde_json::to_string_pretty(&Value::Object(members)).unwrap_or_default()
        };
        if self.raw.is_none() {
            self.raw = Some(begin());
        }
        self.raw.get_or_insert_default()
    }

    /// Takes up what was typed as JSON.
    pub fn read_raw(&mut self) {
        let Some(raw) = &self.raw else { return };
        match object(raw) {
            Ok(members) => {
                self.take(members);
                self.wrong = None;
            }
            Err(words) => self.wrong = Some(words),
        }
    }

    /// Leaves the JSON; what is wrong with it is dropped.
    pub fn leave_raw(&mut self) {
        self.raw = None;
        self.wrong = None;
    }

    /// What is wrong with the JSON as it is typed.
    pub fn wrong(&self) -> Option<&str> {
        self.wrong.as_deref()
    }

    /// The line under the summary in a preview.
    pub fn texts(&self) -> (&str, &str) {
        (&self.summary, &self.description)
    }
}

/// The properties that a draft makes; none takes the part away.
pub fn after(draft: &Draft<PartValues>) -> Option<String> {
    draft.mine.json()
}

impl Values for PartValues {
    type Field = PartField;

    fn fields(_: &[&Self]) -> Vec<PartField> {
        vec![PartField::Summary, PartField::Description, PartField::Rest]
    }

    fn describe(field: &PartField) -> Descriptor {
        match field {
            PartField::Summary => Descriptor::line("summary", "Summary", 420.0),
            PartField::Description => Descriptor {
                input: Input::Paragraph,
                ..Descriptor::line("description", "Description", 0.0)
            },
            PartField::Rest => Descriptor {
                input: Input::Own,
                code: true,
                ..Descriptor::line("properties", "Other members", 0.0)
            },
        }
    }

    fn get(&self, field: &PartField) -> Option<String> {
        let text = match field {
            PartField::Summary => &self.summary,
            PartField::Description => &self.description,
            PartField::Rest => &self.rest,
        };
        Some(text.clone())
    }

    fn set(&mut self, field: &PartField, value: Option<String>) {
        let value = value.unwrap_or_default();
        match field {
            PartField::Summary => self.summary = value,
            PartField::Description => self.description = value,
            PartField::Rest => self.rest = value,
        }
        self.leave_raw();
    }

    fn typed(&mut self, field: &PartField) -> Option<&mut String> {
        match field {
            PartField::Summary => Some(&mut self.summary),
            PartField::Description => Some(&mut self.description),
            PartField::Rest => None,
        }
    }

    fn problem(&self, _: &Self, field: &PartField) -> Option<String> {
        match field {
            PartField::Rest => self.wrong.clone(),
            _ => None,
        }
    }

    fn is_unfinished(&self, _: &Self) -> bool {
        self.wrong.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_json_are_one_and_what_else_is_there_stays() {
        let text = r#"{"summary":"Take","tags":["orders"],"description":"Takes an order."}"#;
        let mut draft = Draft::of("x", None, PartValues::of(Some(text)));
        draft
            .mine
            .set(&PartField::Summary, Some("Take an order".into()));
        let json = after(&draft).unwrap_or_default();
        let value: Value = serde_json::from_str(&json).unwrap_or_default();
        assert_eq!(value["summary"], "Take an order");
        assert_eq!(value["tags"][0], "orders");
        *draft.mine.raw_mut() = r#"{"description": "Only this"}"#.to_owned();
        draft.mine.read_raw();
        assert_eq!(draft.mine.texts(), ("", "Only this"));
        assert_eq!(
            draft.mine.json().as_deref(),
            Some(r#"{"description":"Only this"}"#)
        );
    }

    #[test]
    fn json_is_checked_as_it_is_typed_and_nothing_is_lost_meanwhile() {
        let mut draft = Draft::of("x", None, PartValues::of(None));
        assert_eq!(after(&draft), None);
        draft.mine.set(&PartField::Description, Some("a".into()));
        *draft.mine.raw_mut() = "{\n \"a\": \n}".to_owned();
        draft.mine.read_raw();
        assert_eq!(draft.mine.wrong(), Some("Line 3, column 1: expected value"));
        assert!(draft.can_apply().is_err());
        assert_eq!(draft.mine.texts().1, "a");
        draft.mine.leave_raw();
        assert!(draft.can_apply().is_ok());
        *draft.mine.raw_mut() = "[1]".to_owned();
        draft.mine.read_raw();
        assert_eq!(draft.mine.wrong(), Some("An object is needed: { … }"));
    }
}
