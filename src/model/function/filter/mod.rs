//! The filter above a table of functions: words, and `key:value` for one property.
//!
//! `orders runtime:python -state:active tag:team=shop memory:>=1024 "two words"`: everything must hold, `-` turns a term
//! around. Reading never fails: what is no known key is looked for as a word, so an ARN can be pasted.

use std::collections::BTreeMap;

use super::super::text::contains;
use super::Function;

/// A filter that was read once and is asked of every row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Word(String),
    Property(Property, String),
    Tag(String, Option<String>),
    Number(Number, Comparison, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    Name,
    Runtime,
    State,
    Architecture,
    Handler,
    Role,
    Description,
    Layer,
    Package,
    Arn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Memory,
    Timeout,
    Size,
    Storage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The keys with an example each, for the filter's tooltip and completion.
pub const KEYS: [(&str, &str); 11] = [
    ("name:", "name:orders"),
    ("runtime:", "runtime:python"),
    ("state:", "state:failed"),
    ("arch:", "arch:arm64"),
    ("tag:", "tag:team=shop"),
    ("role:", "role:orders-role"),
    ("layer:", "layer:tools"),
    ("memory:", "memory:>=1024"),
    ("timeout:", "timeout:>60"),
    ("size:", "size:>1000000"),
    ("package:", "package:image"),
];

impl Filter {
    /// Reads what was typed.
    pub fn parse(text: &str) -> Self {
        let terms = split(text)
            .into_iter()
            .filter_map(|token| Term::parse(&token))
            .collect();
        Self { terms }
    }

    /// Nothing was asked: every row is shown.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether tags must have been read for this filter to be answered.
    pub fn needs_tags(&self) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term.test, Test::Tag(..)))
    }

    /// Whether the row is shown.
    pub fn matches(&self, function: &Function) -> bool {
        self.matches_tagged(function, function.tags.as_ref())
    }

    /// The same with tags from elsewhere: a list comes without them.
    pub fn matches_tagged(
        &self,
        function: &Function,
        tags: Option<&BTreeMap<String, String>>,
    ) -> bool {
        self.terms
            .iter()
            .all(|term| term.test.holds(function, tags) != term.negated)
    }
}

struct Token {
    text: String,
    /// Where the quoted part begins: a colon inside it separates no key.
    quoted_from: Option<usize>,
}

/// Splits at white space outside quotes. An unclosed quote runs to the end, as one does while typing.
fn split(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut current = Token {
        text: String::new(),
        quoted_from: None,
    };
    let mut inside = false;
    for character in text.chars() {
        match character {
            '"' => {
                inside = !inside;
                current.quoted_from.get_or_insert(current.text.len());
            }
            space if space.is_whitespace() && !inside => {
                let token = std::mem::replace(
                    &mut current,
                    Token {
                        text: String::new(),
                        quoted_from: None,
                    },
                );
                tokens.push(token);
            }
            other => current.text.push(other),
        }
    }
    tokens.push(current);
    tokens.retain(|token| !token.text.is_empty());
    tokens
}

impl Term {
    fn parse(token: &Token) -> Option<Self> {
        let text = token.text.as_str();
        let (negated, rest) = match text.strip_prefix('-') {
            Some(rest) if token.quoted_from != Some(0) && !rest.is_empty() => (true, rest),
            _ => (false, text),
        };
        let dropped = text.len() - rest.len();
        let key_end = rest
            .find(':')
            .filter(|at| token.quoted_from.is_none_or(|from| at + dropped < from));
        let test = key_end.and_then(|at| Test::keyed(&rest[..at], &rest[at + 1..]));
        let test = match test {
            Some(Test::Property(_, value)) if value.is_empty() => return None,
            Some(test) => test,
            None => Test::Word(rest.to_lowercase()),
        };
        Some(Self { negated, test })
    }
}

impl Test {
    fn keyed(key: &str, value: &str) -> Option<Self> {
        let property = match key.to_ascii_lowercase().as_str() {
            "name" => Property::Name,
            "runtime" => Property::Runtime,
            "state" | "status" => Property::State,
            "arch" | "architecture" => Property::Architecture,
            "handler" => Property::Handler,
            "role" => Property::Role,
            "description" => Property::Description,
            "layer" => Property::Layer,
            "package" => Property::Package,
            "arn" if !value.starts_with("aws") => Property::Arn,
            "tag" => {
                let (name, value) = match value.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_lowercase())),
                    None => (value, None),
                };
                return Some(Self::Tag(name.to_lowercase(), value));
            }
            "memory" => return Self::number(Number::Memory, value),
            "timeout" => return Self::number(Number::Timeout, value),
            "size" => return Self::number(Number::Size, value),
            "storage" => return Self::number(Number::Storage, value),
            _ => return None,
        };
        Some(Self::Property(property, value.to_lowercase()))
    }

    fn number(number: Number, value: &str) -> Option<Self> {
        let (comparison, digits) = [
            (">=", Comparison::GreaterOrEqual),
            ("<=", Comparison::LessOrEqual),
            (">", Comparison::Greater),
            ("<", Comparison::Less),
            ("=", Comparison::Equal),
            ("", Comparison::Equal),
        ]
        .into_iter()
        .find_map(|(sign, comparison)| Some((comparison, value.strip_prefix(sign)?)))?;
        Some(Self::Number(number, comparison, digits.parse().ok()?))
    }

    fn holds(&self, function: &Function, tags: Option<&BTreeMap<String, String>>) -> bool {
        match self {
            Self::Word(word) => has_word(function, tags, word),
            Self::Property(property, value) => has_property(function, *property, value),
            Self::Tag(name, value) => tags.into_iter().flatten().any(|(tag, text)| {
                tag.to_lowercase() == *name
                    && value
                        .as_ref()
                        .is_none_or(|value| text.to_lowercase() == *value)
            }),
            Self::Number(number, comparison, wanted) => {
                let have = match number {
                    Number::Memory => u64::from(function.memory_mb),
                    Number::Timeout => u64::from(function.timeout_s),
                    Number::Size => function.code_size,
                    Number::Storage => u64::from(function.ephemeral_mb),
                };
                match comparison {
                    Comparison::Equal => have == *wanted,
                    Comparison::Less => have < *wanted,
                    Comparison::LessOrEqual => have <= *wanted,
                    Comparison::Greater => have > *wanted,
                    Comparison::GreaterOrEqual => have >= *wanted,
                }
            }
        }
    }
}

fn has_word(function: &Function, tags: Option<&BTreeMap<String, String>>, word: &str) -> bool {
    let own = [
        function.name.as_str(),
        &function.description,
        &function.arn,
        &function.role,
        function.runtime.as_deref().unwrap_or_default(),
        function.handler.as_deref().unwrap_or_default(),
        function.state.as_str(),
        function.architecture.as_str(),
    ];
    own.iter().any(|text| contains(text, word))
        || tags
            .into_iter()
            .flatten()
            .any(|(name, value)| contains(name, word) || contains(value, word))
        // Names of variables, never their values: a value is a secret, and a filter that finds it would tell it.
        || function.environment.iter().any(|(name, _)| contains(name, word))
}

fn has_property(function: &Function, property: Property, value: &str) -> bool {
    match property {
        Property::Name => contains(&function.name, value),
        Property::Runtime => contains(
            function.runtime.as_deref().unwrap_or("container image"),
            value,
        ),
        Property::State => {
            contains(function.state.as_str(), value)
                || contains(function.last_update_status.as_str(), value)
        }
        Property::Architecture => contains(function.architecture.as_str(), value),
        Property::Handler => contains(function.handler.as_deref().unwrap_or_default(), value),
        Property::Role => contains(&function.role, value),
        Property::Description => contains(&function.description, value),
        Property::Layer => function
            .layers
            .iter()
            .any(|layer| contains(&layer.arn, value)),
        Property::Package => {
            let kind = match function.package_type {
                super::PackageType::Zip => "zip",
                super::PackageType::Image => "image",
            };
            kind == value
        }
        Property::Arn => contains(&function.arn, value),
    }
}

#[cfg(test)]
mod tests;
