//! A document as ordered data: JSON or YAML in, JSON or YAML out, its members where its author put them.

mod serial;

use serde_json::{Number, Value};
use std::collections::HashMap;

/// One value of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    List(Vec<Document>),
    Map(Map),
}

/// Members in their order; no name stands twice.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Map(Vec<(String, Document)>);

impl Map {
    /// Of a name that stands more than once the last value holds, in the place of the first.
    pub fn from_pairs(pairs: Vec<(String, Document)>) -> Self {
        let mut places = HashMap::with_capacity(pairs.len());
        for (name, _) in &pairs {
            *places.entry(name.clone()).or_insert(0_usize) += 1;
        }
        if places.len() == pairs.len() {
            return Self(pairs);
        }
        let mut map = Self::default();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (name, value) in pairs {
            match places.get(&name) {
                Some(place) => map.0[*place].1 = value,
                None => {
                    places.insert(name.clone(), map.0.len());
                    map.0.push((name, value));
                }
            }
        }
        map
    }

    pub fn get(&self, name: &str) -> Option<&Document> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Document)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Sets a member, where it stands or at the end.
    pub fn put(&mut self, name: &str, value: impl Into<Document>) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value.into(),
            None => self.0.push((name.to_owned(), value.into())),
        }
    }

    /// Sets a member when there is something to set.
    pub fn put_some(&mut self, name: &str, value: Option<impl Into<Document>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// Sets a member unless it would be empty.
    pub fn put_filled(&mut self, name: &str, value: impl Into<Document>) {
        let value = value.into();
        if !value.is_empty() {
            self.put(name, value);
        }
    }

    /// Members of another map, theirs over one's own; maps within maps likewise.
    pub fn merge(&mut self, other: Self) {
        for (name, value) in other.0 {
            match (self.0.iter_mut().find(|(known, _)| *known == name), value) {
                (Some((_, Document::Map(own))), Document::Map(theirs)) => own.merge(theirs),
                (Some((_, own)), theirs) => *own = theirs,
                (None, theirs) => self.0.push((name, theirs)),
            }
        }
    }
}

impl IntoIterator for Map {
    type Item = (String, Document);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl FromIterator<(String, Document)> for Map {
    fn from_iter<I: IntoIterator<Item = (String, Document)>>(pairs: I) -> Self {
        Self::from_pairs(pairs.into_iter().collect())
    }
}

impl Document {
    /// A member of a map.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.as_map()?.get(name)
    }

    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The items of a list; none when it is something else.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The members of a map; none when it is something else.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.as_map().into_iter().flat_map(Map::iter)
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text, or a number or a truth value as text.
    pub fn scalar(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            Self::Flag(flag) => Some(flag.to_string()),
            _ => None,
        }
    }

    /// A truth value, or a text that says one.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A whole number, or a text that is one.
    pub fn whole(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(map) => map.is_empty(),
            _ => false,
        }
    }

    /// The same as JSON data, whose members have no order of their own.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Flag(flag) => (*flag).into(),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Map(map) => map
                .iter()
                .map(|(name, value)| (name, value.to_value()))
                .collect(),
        }
    }

    /// JSON as the service writes it: ` : ` between name and value, lists of texts on one line.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        serial::write_json(self, 0, &mut out);
        out
    }
}

impl From<&str> for Document {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Document {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Document {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<bool> for Document {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<i64> for Document {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<Map> for Document {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Document {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl From<&Value> for Document {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(all) => {
                let all = all
                    .iter()
                    .map(|(name, value)| (name.clone(), Self::from(value)));
                Self::Map(all.collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn members_keep_their_order_and_the_last_of_two_holds() {
        let read: Document = serde_json::from_str(r#"{"z":1,"a":[true,null],"z":2.5}"#).unwrap();
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"{"z":2.5,"a":[true,null]}"#
        );
        assert_eq!(
            read.to_json(),
            "{\n  \"z\" : 2.5,\n  \"a\" : [ true, null ]\n}"
        );
    }
}
