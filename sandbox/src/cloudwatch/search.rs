//! SEARCH expressions: `{AWS/Lambda,FunctionName} MetricName="Errors" prod`.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html>
//!
//! The schema in braces names the namespace and exactly the dimensions that a metric has. Behind it, every term must
//! match: `Property="value"` exactly, `Property=value` and bare words by their tokens, in any case. OR, NOT and
//! parentheses are not known and answer an error.

use super::store::MetricId;

/// Most metrics that a search finds.
pub const MAX_FOUND: usize = 500;

/// A search that was read.
#[derive(Debug, PartialEq)]
pub struct Search {
    namespace: Option<String>,
    dimensions: Option<Vec<String>>,
    terms: Vec<Term>,
}

#[derive(Debug, PartialEq)]
struct Term {
    property: Option<String>,
    value: String,
    exact: bool,
}

impl Search {
    /// Reads a search.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let mut search = Self {
            namespace: None,
            dimensions: None,
            terms: Vec::new(),
        };
        let mut rest = text;
        if let Some(inner) = text.strip_prefix('{') {
            let (schema, after) = inner
                .split_once('}')
                .ok_or_else(|| "a { is not closed".to_owned())?;
            let mut names = schema
                .split(',')
                .map(|name| name.trim().trim_matches('"').to_owned());
            search.namespace = names.next().filter(|name| !name.is_empty());
            let mut dimensions: Vec<String> = names.collect();
            dimensions.sort();
            search.dimensions = Some(dimensions);
            rest = after;
        }
        rest = rest.trim();
        while !rest.is_empty() {
            let (term, after) = term(rest)?;
            search.terms.push(term);
            rest = after.trim_start();
        }
        Ok(search)
    }

    /// Whether the search finds this metric.
    pub fn finds(&self, id: &MetricId) -> bool {
        let namespace = self.namespace.as_ref();
        let schema = self.dimensions.as_ref().is_none_or(|wanted| {
            let held = id.dimensions.iter().map(|(name, _)| name);
            held.eq(wanted)
        });
        namespace.is_none_or(|wanted| *wanted == id.namespace)
            && schema
            && self.terms.iter().all(|term| term.matches(id))
    }
}

impl Term {
    fn matches(&self, id: &MetricId) -> bool {
        let holds = |text: &str| {
            if self.exact {
                text == self.value
            } else {
                tokens(&self.value).all(|wanted| tokens(text).any(|held| held == wanted))
            }
        };
        match self.property.as_deref() {
            Some("Namespace") => holds(&id.namespace),
            Some("MetricName") => holds(&id.name),
            Some(dimension) => id.dimension(dimension).is_some_and(holds),
            None => {
                let values = id.dimensions.iter().map(|(_, value)| value.as_str());
                let mut all = values.chain([id.name.as_str(), id.namespace.as_str()]);
                all.any(holds)
            }
        }
    }
}

/// CloudWatch's tokens: runs of letters or of digits, without regard to case, also where the case changes.
fn tokens(text: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in text.chars() {
        let breaks = (before.is_lowercase() && c.is_uppercase())
            || (before.is_alphabetic() != c.is_alphabetic())
            || !c.is_alphanumeric();
        if breaks {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.into_iter().filter(|word| !word.is_empty())
}

fn term(text: &str) -> Result<(Term, &str), String> {
    let (first, after) = word(text)?;
    if matches!(first.0.as_str(), "OR" | "NOT" | "(" | ")") || first.0.starts_with('(') {
        return Err(format!("'{}' is not supported in a search", first.0));
    }
    if let Some(rest) = after.trim_start().strip_prefix('=') {
        let (value, after) = word(rest.trim_start())?;
        let term = Term {
            property: Some(first.0),
            value: value.0,
            exact: value.1,
        };
        return Ok((term, after));
    }
    let (value, exact) = first;
    if value == "AND" {
        return term(after.trim_start());
    }
    let term = Term {
        property: None,
        value,
        exact,
    };
    Ok((term, after))
}

/// A word with whether it was quoted, and what is left.
fn word(text: &str) -> Result<((String, bool), &str), String> {
    if let Some(inner) = text.strip_prefix('"') {
        let (word, rest) = inner
            .split_once('"')
            .ok_or_else(|| "a \" is not closed".to_owned())?;
        return Ok(((word.to_owned(), true), rest));
    }
    let end = text
        .find(|c: char| c.is_whitespace() || c == '=')
        .unwrap_or(text.len());
    if end == 0 {
        return Err(format!("a word is missing before '{text}'"));
    }
    let (word, rest) = text.split_at(end);
    Ok(((word.to_owned(), false), rest))
}
