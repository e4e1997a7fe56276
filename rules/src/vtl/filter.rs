//! Filters of JSONPath: `[?(@.price < 10 && @.kind == 'a')]`.

use std::cmp::Ordering;

use regex_lite::Regex;

use super::number::compare;
use super::path::{Path, PathReader};
use super::query::{Budget, single};
use super::value::{Effort, ListKind, Value};

/// How deep a filter's parentheses may nest.
const DEEPEST: usize = 32;

#[derive(Debug)]
pub(super) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    Exists(Operand),
    Compare(Operand, Comparison, Operand),
}

#[derive(Debug)]
pub(super) enum Operand {
    /// A path from the value that the filter looks at.
    Here(Path),
    /// A path from the document's root.
    Root(Path),
    Literal(Literal),
    Pattern(Regex),
}

#[derive(Debug)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i128),
    Double(f64),
    Text(String),
    List(Vec<Literal>),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    Contains,
    Size,
    Empty,
}

const COMPARISONS: [(&str, Comparison); 12] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("=~", Comparison::Matches),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("in ", Comparison::In),
    ("nin ", Comparison::NotIn),
    ("contains ", Comparison::Contains),
    ("size ", Comparison::Size),
    ("empty ", Comparison::Empty),
];

impl PathReader<'_> {
    /// The filter behind `?`, its parentheses included.
    pub(super) fn filter(&mut self) -> Result<Filter, String> {
        if !self.eat("(") || self.depth >= DEEPEST {
            return Err(self.wrong());
        }
        self.depth += 1;
        let filter = self.any()?;
        self.depth -= 1;
        self.skip();
        if self.eat(")") {
            Ok(filter)
        } else {
            Err(self.wrong())
        }
    }

    fn any(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.all()?];
        loop {
            self.skip();
            if !self.eat("||") {
                return Ok(Filter::Or(parts));
            }
            parts.push(self.all()?);
        }
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.part()?];
        loop {
            self.skip();
            if !self.eat("&&") {
                return Ok(Filter::And(parts));
            }
            parts.push(self.part()?);
        }
    }

    fn part(&mut self) -> Result<Filter, String> {
        self.skip();
        match self.peek() {
            Some('(') => return self.filter(),
            Some('!') if self.depth < DEEPEST => {
                self.at += 1;
                self.depth += 1;
                let inner = self.part()?;
                self.depth -= 1;
                return Ok(Filter::Not(Box::new(inner)));
            }
            _ => {}
        }
        let left = self.operand()?;
        self.skip();
        let rest = self.rest();
        let Some((name, comparison)) = COMPARISONS.iter().find(|(name, _)| rest.starts_with(name))
        else {
            return Ok(Filter::Exists(left));
        };
        self.at += name.len();
        self.skip();
        Ok(Filter::Compare(left, *comparison, self.operand()?))
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.peek() {
            Some('@') => {
                self.at += 1;
                self.path(true).map(Operand::Here)
            }
            Some('$') => {
                self.at += 1;
                self.path(true).map(Operand::Root)
            }
            Some('/') => self.pattern(),
            _ => self.literal(0).map(Operand::Literal),
        }
    }

    fn pattern(&mut self) -> Result<Operand, String> {
        self.at += 1;
        let rest = self.rest();
        let Some(end) = rest.find('/') else {
            return Err(self.wrong());
        };
        let source = rest.get(..end).unwrap_or_default().to_owned();
        self.at += end + 1;
        let flags = if self.eat("i") { "(?i)" } else { "" };
        Regex::new(&format!("^{flags}(?:{source})$"))
            .map(Operand::Pattern)
            .map_err(|error| error.to_string())
    }

    fn literal(&mut self, depth: usize) -> Result<Literal, String> {
        match self.peek() {
            Some('\'' | '"') => return self.quoted().map(Literal::Text),
            Some('[') if depth < DEEPEST => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.skip();
                    if self.eat("]") {
                        return Ok(Literal::List(items));
                    }
                    if !items.is_empty() && !self.eat(",") {
                        return Err(self.wrong());
                    }
                    self.skip();
                    items.push(self.literal(depth + 1)?);
                }
            }
            _ => {}
        }
        let stop = |c: char| {
            c.is_whitespace() || matches!(c, ')' | ',' | ']' | '&' | '|' | '=' | '<' | '>' | '!')
        };
        let word = self
            .rest()
            .split(stop)
            .next()
            .unwrap_or_default()
            .to_owned();
        self.at += word.len();
        match word.as_str() {
            "null" => Ok(Literal::Null),
            "true" => Ok(Literal::Bool(true)),
            "false" => Ok(Literal::Bool(false)),
            _ => match (word.parse(), word.parse()) {
                (Ok(integer), _) => Ok(Literal::Int(integer)),
                (_, Ok(double)) => Ok(Literal::Double(double)),
                _ => Err(self.wrong()),
            },
        }
    }
}

impl Literal {
    fn value(&self) -> Value {
        match self {
            Literal::Null => Value::Null,
            Literal::Bool(bool) => Value::Bool(*bool),
            Literal::Int(number) => Value::Int(*number),
            Literal::Double(number) => Value::Double(*number),
            Literal::Text(text) => Value::text(text),
            Literal::List(items) => {
                Value::list(ListKind::Json, items.iter().map(Literal::value).collect())
            }
        }
    }
}

impl Filter {
    pub(super) fn accepts(
        &self,
        here: &Value,
        root: &Value,
        budget: &mut Budget,
    ) -> Result<bool, String> {
        budget.step()?;
        match self {
            Filter::Or(parts) => parts.iter().try_fold(false, |so_far, part| {
                Ok(so_far || part.accepts(here, root, budget)?)
            }),
            Filter::And(parts) => parts.iter().try_fold(true, |so_far, part| {
                Ok(so_far && part.accepts(here, root, budget)?)
            }),
            Filter::Not(part) => Ok(!part.accepts(here, root, budget)?),
            Filter::Exists(operand) => Ok(operand.value(here, root, budget)?.is_some()),
            Filter::Compare(left, Comparison::Matches, Operand::Pattern(pattern)) => {
                Ok(match left.value(here, root, budget)? {
                    Some(Value::Text(text)) => pattern.is_match(&text),
                    _ => false,
                })
            }
            Filter::Compare(left, comparison, right) => {
                let left = left.value(here, root, budget)?;
                let right = right.value(here, root, budget)?;
                Ok(match (left, right) {
                    (Some(left), Some(right)) => holds(*comparison, &left, &right),
                    // What is not there equals only what is not there either.
                    (left, right) => match comparison {
                        Comparison::Equal => left.is_none() && right.is_none(),
                        Comparison::NotEqual => left.is_some() || right.is_some(),
                        _ => false,
                    },
                })
            }
        }
    }
}

impl Operand {
    fn value(
        &self,
        here: &Value,
        root: &Value,
        budget: &mut Budget,
    ) -> Result<Option<Value>, String> {
        match self {
            Operand::Here(path) => single(path, here, root, budget),
            Operand::Root(path) => single(path, root, root, budget),
            Operand::Literal(literal) => Ok(Some(literal.value())),
            Operand::Pattern(_) => Ok(None),
        }
    }
}

fn holds(comparison: Comparison, left: &Value, right: &Value) -> bool {
    let order = match (left, right) {
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        _ => compare(left, right),
    };
    match comparison {
        Comparison::Equal => same(left, right),
        Comparison::NotEqual => !same(left, right),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Comparison::In => has(right, left),
        Comparison::NotIn => !has(right, left),
        Comparison::Contains => match (left, right) {
            (Value::Text(left), Value::Text(right)) => left.contains(right.as_ref()),
            _ => has(left, right),
        },
        Comparison::Size => size(left).is_some_and(|size| same(&Value::int(size as u64), right)),
        Comparison::Empty => {
            size(left).is_some_and(|size| matches!(right, Value::Bool(b) if *b == (size == 0)))
        }
        Comparison::Matches => false,
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match compare(left, right) {
        Some(order) => order == Ordering::Equal,
        None => left.equals(right, &mut Effort::default()),
    }
}

fn has(list: &Value, item: &Value) -> bool {
    matches!(list, Value::List(list) if list.items.borrow().iter().any(|other| same(other, item)))
}

fn size(value: &Value) -> Option<usize> {
    match value {
        Value::List(list) => Some(list.items.borrow().len()),
        Value::Text(text) => Some(text.chars().count()),
        Value::Map(map) => Some(map.len()),
        _ => None,
    }
}
