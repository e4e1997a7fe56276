//! The filter above a list: words, and `key:value` for one property.
//!
//! `orders runtime:python -state:active tag:team=shop memory:>=1024 "two words"`: everything must hold, `-` turns a term
//! around. Reading never fails: what is no known key is looked for as a word, so an ARN can be pasted.

use std::collections::BTreeMap;

/// A filter that was read once and is asked of every row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    terms: Vec<Term>,
}

/// What a key looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A text that holds the value, whatever its case.
    Text,
    /// A whole number, compared with `>`, `>=`, `<`, `<=` or `=`.
    Number,
    /// A tag: `name`, or `name=value`.
    Tag,
}

/// A row, as far as a filter asks.
pub trait Searched {
    /// Whether the word, in lower case, stands anywhere.
    fn has_word(&self, word: &str) -> bool;

    /// Whether the property under this key holds the value, which is in lower case.
    fn has(&self, key: &str, value: &str) -> bool;

    /// The number under this key.
    fn number(&self, _key: &str) -> Option<u64> {
        None
    }

    /// The row's tags, as far as they are known.
    fn tags(&self) -> Option<&BTreeMap<String, String>> {
        None
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Word(String),
    Property(&'static str, String),
    Tag(String, Option<String>),
    Number(&'static str, Comparison, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Filter {
    /// Reads what was typed. `key` knows what may stand before a colon, in lower case.
    pub fn parse(text: &str, key: impl Fn(&str) -> Option<(&'static str, Sort)>) -> Self {
        let terms = split(text)
            .into_iter()
            .filter_map(|token| Term::parse(&token, &key))
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
    pub fn holds(&self, row: &impl Searched) -> bool {
        self.terms
            .iter()
            .all(|term| term.test.holds(row) != term.negated)
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
    fn parse(token: &Token, key: impl Fn(&str) -> Option<(&'static str, Sort)>) -> Option<Self> {
        let text = token.text.as_str();
        let (negated, rest) = match text.strip_prefix('-') {
            Some(rest) if token.quoted_from != Some(0) && !rest.is_empty() => (true, rest),
            _ => (false, text),
        };
        let dropped = text.len() - rest.len();
        let key_end = rest
            .find(':')
            .filter(|at| token.quoted_from.is_none_or(|from| at + dropped < from));
        let keyed = key_end.and_then(|at| {
            let typed = rest[..at].to_ascii_lowercase();
            let (key, sort) = key(&typed)?;
            Test::keyed(key, sort, &rest[at + 1..])
        });
        let test = match keyed {
            Some(Test::Property(_, value)) if value.is_empty() => return None,
            Some(test) => test,
            None => Test::Word(rest.to_lowercase()),
        };
        Some(Self { negated, test })
    }
}

impl Test {
    fn keyed(key: &'static str, sort: Sort, value: &str) -> Option<Self> {
        match sort {
            // A pasted ARN is looked for whole.
            Sort::Text if key == "arn" && value.starts_with("aws") => None,
            Sort::Text => Some(Self::Property(key, value.to_lowercase())),
            Sort::Tag => {
                let (name, value) = match value.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_lowercase())),
                    None => (value, None),
                };
                Some(Self::Tag(name.to_lowercase(), value))
            }
            Sort::Number => Self::number(key, value),
        }
    }

    fn number(key: &'static str, value: &str) -> Option<Self> {
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
        Some(Self::Number(key, comparison, digits.parse().ok()?))
    }

    fn holds(&self, row: &impl Searched) -> bool {
        match self {
            Self::Word(word) => {
                // Values of tags are found as well as their names.
                row.has_word(word)
                    || row.tags().into_iter().flatten().any(|(name, value)| {
                        super::text::contains(name, word) || super::text::contains(value, word)
                    })
            }
            Self::Property(key, value) => row.has(key, value),
            Self::Tag(name, value) => row.tags().into_iter().flatten().any(|(tag, text)| {
                tag.to_lowercase() == *name
                    && value
                        .as_ref()
                        .is_none_or(|value| text.to_lowercase() == *value)
            }),
            Self::Number(key, comparison, wanted) => {
                row.number(key).is_some_and(|have| match comparison {
                    Comparison::Equal => have == *wanted,
                    Comparison::Less => have < *wanted,
                    Comparison::LessOrEqual => have <= *wanted,
                    Comparison::Greater => have > *wanted,
                    Comparison::GreaterOrEqual => have >= *wanted,
                })
            }
        }
    }
}
