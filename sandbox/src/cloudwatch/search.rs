//! SEARCH expressions: `{AWS/Lambda,FunctionName} MetricName="Errors" (prod OR NOT test)`.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html>
//!
//! The schema in braces names the namespace and exactly the dimensions that a metric has. Behind it, terms stand together by
//! AND, which is what two terms side by side mean, OR, NOT and parentheses: `Property="value"` exactly, `Property=value` and
//! bare words by their tokens, in any case.

use super::store::MetricId;

/// Most metrics that a search finds.
pub const MAX_FOUND: usize = 500;
/// How deep parentheses may nest.
const MAX_DEPTH: usize = 50;

/// A search that was read.
#[derive(Debug, PartialEq)]
pub struct Search {
    namespace: Option<String>,
    dimensions: Option<Vec<String>>,
    wanted: Option<Wanted>,
}

/// What a metric must be.
#[derive(Debug, PartialEq)]
enum Wanted {
    Term(Term),
    Not(Box<Wanted>),
    All(Vec<Wanted>),
    Any(Vec<Wanted>),
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
            wanted: None,
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
        let mut reader = Reader { rest: rest.trim() };
        if !reader.rest.is_empty() {
            search.wanted = Some(reader.any(None, 0)?);
        }
        match reader.rest {
            "" => Ok(search),
            rest => Err(format!("unexpected '{rest}'")),
        }
    }

    /// Whether the search finds this metric.
    pub fn finds(&self, id: &MetricId) -> bool {
        let namespace = self.namespace.as_ref();
        let schema = self.dimensions.as_ref().is_none_or(|wanted| {
            let held = id.dimensions.iter().map(|(name, _)| name);
            held.eq(wanted)
        });
        let wanted = self.wanted.as_ref();
        namespace.is_none_or(|wanted| *wanted == id.namespace)
            && schema
            && wanted.is_none_or(|wanted| wanted.is(id))
    }
}

impl Wanted {
    fn is(&self, id: &MetricId) -> bool {
        match self {
            Self::Term(term) => term.matches(id),
            Self::Not(inner) => !inner.is(id),
            Self::All(all) => all.iter().all(|one| one.is(id)),
            Self::Any(any) => any.iter().any(|one| one.is(id)),
        }
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

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, expected: &str) -> bool {
        self.skip();
        let Some(rest) = self.rest.strip_prefix(expected) else {
            return false;
        };
        // A keyword ends where it is taken: `ORDERS` is not `OR`.
        let ends = rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || c == '(');
        if expected.starts_with(char::is_alphabetic) && !ends {
            return false;
        }
        self.rest = rest;
        true
    }

    /// `a OR b`; within `Property=( … )` every word is about that property.
    fn any(&mut self, property: Option<&str>, depth: usize) -> Result<Wanted, String> {
        if depth > MAX_DEPTH {
            return Err("parentheses nest too deep".to_owned());
        }
        let mut any = vec![self.all(property, depth)?];
        while self.take("OR") {
            any.push(self.all(property, depth)?);
        }
        Ok(match any.pop() {
            Some(only) if any.is_empty() => only,
            last => Wanted::Any(any.into_iter().chain(last).collect()),
        })
    }

    /// `a b`, `a AND b`, `a NOT b`.
    fn all(&mut self, property: Option<&str>, depth: usize) -> Result<Wanted, String> {
        let mut all = vec![self.one(property, depth)?];
        loop {
            let and = self.take("AND");
            self.skip();
            let ends = self.rest.is_empty() || self.rest.starts_with(')');
            let or = Reader { rest: self.rest }.take("OR");
            if !and && (ends || or) {
                break;
            }
            all.push(self.one(property, depth)?);
        }
        Ok(match all.pop() {
            Some(only) if all.is_empty() => only,
            last => Wanted::All(all.into_iter().chain(last).collect()),
        })
    }

    fn one(&mut self, property: Option<&str>, depth: usize) -> Result<Wanted, String> {
        if self.take("NOT") {
            let inner = self.one(property, depth)?;
            return Ok(Wanted::Not(Box::new(inner)));
        }
        if self.take("(") {
            let inner = self.any(property, depth + 1)?;
            return self.close(inner);
        }
        let (first, exact) = self.word()?;
        if !exact && ["OR", "AND", "NOT"].contains(&first.as_str()) {
            return Err(format!("a word is missing before '{first}'"));
        }
        if property.is_some() || !self.take("=") {
            return Ok(Wanted::Term(Term {
                property: property.map(str::to_owned),
                value: first,
                exact,
            }));
        }
        if self.take("(") {
            let inner = self.any(Some(&first), depth + 1)?;
            return self.close(inner);
        }
        let (value, exact) = self.word()?;
        Ok(Wanted::Term(Term {
            property: Some(first),
            value,
            exact,
        }))
    }

    fn close(&mut self, inner: Wanted) -> Result<Wanted, String> {
        if self.take(")") {
            Ok(inner)
        } else {
            Err("a ( is not closed".to_owned())
        }
    }

    /// A word with whether it was quoted.
    fn word(&mut self) -> Result<(String, bool), String> {
        self.skip();
        if let Some(inner) = self.rest.strip_prefix('"') {
            let (word, rest) = inner
                .split_once('"')
                .ok_or_else(|| "a \" is not closed".to_owned())?;
            self.rest = rest;
            return Ok((word.to_owned(), true));
        }
        let ends = |c: char| c.is_whitespace() || matches!(c, '=' | '(' | ')');
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        if end == 0 {
            return Err(format!("a word is missing before '{}'", self.rest));
        }
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok((word.to_owned(), false))
    }
}
