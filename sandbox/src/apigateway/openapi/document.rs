//! A document as ordered data: JSON or YAML in, JSON or YAML out, its members where its author put them.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
    ser::{SerializeMap as _, SerializeSeq as _},
};
use serde_json::{Number, Value};
use std::{collections::HashMap, fmt};

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
        write_json(self, 0, &mut out);
        out
    }
}

fn indent(depth: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn write_json(document: &Document, depth: usize, out: &mut String) {
    match document {
        Document::Map(map) if map.is_empty() => out.push_str("{ }"),
        Document::List(items) if items.is_empty() => out.push_str("[ ]"),
        Document::Map(map) => {
            out.push('{');
            for (at, (name, value)) in map.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                indent(depth + 1, out);
                out.push_str(&quoted(name));
                out.push_str(" : ");
                write_json(value, depth + 1, out);
            }
            indent(depth, out);
            out.push('}');
        }
        Document::List(items) => {
            out.push_str("[ ");
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write_json(item, depth, out);
            }
            out.push_str(" ]");
        }
        Document::Null => out.push_str("null"),
        Document::Flag(flag) => out.push_str(&flag.to_string()),
        Document::Number(number) => out.push_str(&number.to_string()),
        Document::Text(text) => out.push_str(&quoted(text)),
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

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members.iter() {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Document, E> {
        Ok(Document::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Document, E> {
        Ok(Document::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Document, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Document, E> {
        Ok(Document::Number(number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Document, E> {
        let number = Number::from_f64(number);
        number
            .map(Document::Number)
            .ok_or_else(|| E::custom("no number"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Document, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Document, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Document, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Document::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Document, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = members.next_entry()? {
            pairs.push(pair);
        }
        Ok(Document::Map(Map::from_pairs(pairs)))
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
