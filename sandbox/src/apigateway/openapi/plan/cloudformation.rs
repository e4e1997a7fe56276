//! What a template's author left in a document for CloudFormation: understood where it can be, and told with its line.

use super::{
    super::document::{Document, Map},
    Notes, Options, below,
};

const FUNCTIONS: [&str; 12] = [
    "Fn::Sub",
    "Fn::If",
    "Fn::GetAtt",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::FindInMap",
    "Fn::ImportValue",
    "Fn::Base64",
    "Fn::Transform",
    "Fn::Length",
    "Ref",
];

/// The document with every function replaced by what it says.
pub fn resolve(document: Document, options: &Options, notes: &mut Notes) -> Document {
    let resolving = Resolving { options };
    resolving
        .walk(document, "", notes)
        .unwrap_or(Document::Null)
}

struct Resolving<'a> {
    options: &'a Options,
}

/// The function that a map is, if it is one.
fn function(document: &Document) -> Option<(&str, &Document)> {
    let map = document.as_map().filter(|map| map.len() == 1)?;
    let (name, argument) = map.iter().next()?;
    FUNCTIONS.contains(&name).then_some((name, argument))
}

impl Resolving<'_> {
    fn walk(&self, document: Document, at: &str, notes: &mut Notes) -> Option<Document> {
        // Instances of a schema may well have a member of such a name.
        if at.ends_with("/properties") || at.ends_with("/example") {
            return Some(self.inner(document, at, notes));
        }
        if let Some((name, argument)) = function(&document) {
            let value = self.call(name, argument);
            let read = match &value {
                None => "left out".to_owned(),
                Some(value) => match value.scalar() {
                    Some(text) => format!("read as '{text}'"),
                    None => "read as what it names first".to_owned(),
                },
            };
            let message = format!("CloudFormation's {name} is not evaluated on import: {read}");
            notes.hint(at, message);
            return value.map(|value| self.inner(value, at, notes));
        }
        Some(self.inner(document, at, notes))
    }

    fn inner(&self, document: Document, at: &str, notes: &mut Notes) -> Document {
        match document {
            Document::Map(map) => {
                let members = map.into_iter().filter_map(|(name, value)| {
                    let value = self.walk(value, &below(at, &name), notes)?;
                    Some((name, value))
                });
                Document::Map(members.collect::<Map>())
            }
            Document::List(items) => {
                let items = items.into_iter().enumerate();
                let items =
                    items.filter_map(|(n, item)| self.walk(item, &format!("{at}/{n}"), notes));
                Document::List(items.collect())
            }
            other => other,
        }
    }

    /// What a function gives, as far as a document alone can say; `AWS::NoValue` gives nothing.
    fn call(&self, name: &str, argument: &Document) -> Option<Document> {
        match name {
            "Ref" => match argument.as_text() {
                Some("AWS::NoValue") => None,
                Some(name) => Some(self.parameter(name).unwrap_or_else(|| hole(name)).into()),
                None => Some(hole("Ref").into()),
            },
            "Fn::Sub" => Some(self.substitute(argument).into()),
            "Fn::GetAtt" => {
                let parts = argument.items().iter().filter_map(Document::scalar);
                let parts: Vec<String> = parts.collect();
                let name = argument.scalar().unwrap_or_else(|| parts.join("."));
                Some(hole(&name).into())
            }
            "Fn::If" => self.value(argument.items().get(1)?),
            "Fn::Join" => {
                let between = argument.items().first().and_then(Document::scalar);
                let parts = argument
                    .items()
                    .get(1)
                    .map(Document::items)
                    .unwrap_or_default();
                let parts = parts.iter().filter_map(|part| self.value(part)?.scalar());
                let parts: Vec<String> = parts.collect();
                Some(parts.join(&between.unwrap_or_default()).into())
            }
            other => {
                let name = argument.scalar();
                Some(hole(name.as_deref().unwrap_or(other)).into())
            }
        }
    }

    /// A value with the function that it may be called.
    fn value(&self, document: &Document) -> Option<Document> {
        match function(document) {
            Some((name, argument)) => self.call(name, argument),
            None => Some(document.clone()),
        }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let options = self.options;
        Some(match name {
            "AWS::Region" => options.region.clone(),
            "AWS::AccountId" => options.account.clone(),
            "AWS::Partition" => options.partition.clone(),
            "AWS::URLSuffix" => match options.partition.as_str() {
                "aws-cn" => "amazonaws.com.cn".to_owned(),
                _ => "amazonaws.com".to_owned(),
            },
            _ => return None,
        })
    }

    /// `${Name}` within a text, or within the first of a list whose second gives names.
    fn substitute(&self, argument: &Document) -> String {
        let (text, own) = match argument.items() {
            [text, own, ..] => (text.scalar(), own.as_map()),
            [text] => (text.scalar(), None),
            [] => (argument.scalar(), None),
        };
        let text = text.unwrap_or_default();
        let (mut out, mut rest) = (String::new(), text.as_str());
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                out.push_str("${");
                rest = after;
                continue;
            };
            let value = own.and_then(|own| self.value(own.get(name)?)?.scalar());
            let value = value.or_else(|| self.parameter(name));
            out.push_str(&value.unwrap_or_else(|| hole(name.trim_start_matches('!'))));
            rest = after;
        }
        out + rest
    }
}

/// What stands where nobody knows the value.
fn hole(name: &str) -> String {
    format!("${{{name}}}")
}
