//! Selectors on messages that are JSON objects: `{ ($.level = "ERROR" || $.ms > 100) && $.user NOT EXISTS }`.

use serde_json::Value;

use super::scan::Scanner;
use super::value::{Found, Operand, Operator};

/// How deep parentheses may nest.
const MAX_DEPTH: usize = 50;

/// A condition on a JSON object.
#[derive(Debug)]
pub enum Condition {
    /// Both hold.
    And(Box<Condition>, Box<Condition>),
    /// One of them holds.
    Or(Box<Condition>, Box<Condition>),
    /// A member compares so with a value.
    Compare(Selector, Operator, Operand),
    /// A member is exactly this: `IS NULL`, `IS TRUE`, `IS FALSE`.
    Is(Selector, Value),
    /// There is no such member.
    NotExists(Selector),
    /// There is such a member.
    Exists(Selector),
}

/// Where a member is.
#[derive(Debug)]
pub struct Selector {
    steps: Vec<Step>,
    /// As it was written.
    written: String,
}

#[derive(Debug)]
enum Step {
    Member(String),
    Item(usize),
    /// `[*]` and `.*`: any of them.
    Any,
}

impl Condition {
    /// Reads a whole pattern with its braces.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut scanner = Scanner::new(text);
        scanner.take("{");
        let condition = any(&mut scanner, 0)?;
        scanner.skip_spaces();
        if !scanner.take("}") {
            return Err(format!("'}}' expected before '{}'", scanner.rest()));
        }
        scanner.skip_spaces();
        if !scanner.is_at_end() {
            return Err(format!("nothing may follow '}}': '{}'", scanner.rest()));
        }
        Ok(condition)
    }

    /// The fields that it asks about, as they are written, with what a message has there.
    pub fn extracted(&self, message: &str) -> Vec<(String, String)> {
        let mut out = Vec::new();
        if let Ok(root) = serde_json::from_str::<Value>(message.trim()) {
            self.selectors(&mut |selector| {
                let text = selector.first(&root).and_then(text);
                out.extend(text.map(|text| (selector.written.clone(), text)));
            });
        }
        out
    }

    fn selectors(&self, each: &mut dyn FnMut(&Selector)) {
        match self {
            Self::And(left, right) | Self::Or(left, right) => {
                left.selectors(each);
                right.selectors(each);
            }
            Self::Compare(selector, ..)
            | Self::Is(selector, _)
            | Self::NotExists(selector)
            | Self::Exists(selector) => each(selector),
        }
    }

    /// A message that is no JSON object is never taken.
    pub fn matches(&self, message: &str) -> bool {
        let message = message.trim();
        if !message.starts_with('{') {
            return false;
        }
        serde_json::from_str::<Value>(message).is_ok_and(|value| self.holds(&value))
    }

    fn holds(&self, root: &Value) -> bool {
        match self {
            Self::And(left, right) => left.holds(root) && right.holds(root),
            Self::Or(left, right) => left.holds(root) || right.holds(root),
            Self::Compare(selector, operator, operand) => {
                selector.any(root, &|value| compare(value, *operator, operand))
            }
            Self::Is(selector, wanted) => selector.any(root, &|value| value == wanted),
            Self::NotExists(selector) => !selector.any(root, &|_| true),
            Self::Exists(selector) => selector.any(root, &|_| true),
        }
    }
}

/// What a message has at a selector as `$.a.b`, as text; nothing where that is no text, number or flag.
pub fn field(message: &str, selector: &str) -> Option<String> {
    let mut scanner = Scanner::new(selector);
    let selector = Selector::take(&mut scanner).ok()?;
    let root: Value = serde_json::from_str(message.trim()).ok()?;
    selector.first(&root).and_then(text)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Objects, arrays, null and a member that isn't there compare with nothing, not even as unequal.
fn compare(value: &Value, operator: Operator, operand: &Operand) -> bool {
    match value {
        Value::String(text) => operand.compare(operator, Found::Text(text)),
        Value::Number(number) => {
            let written = number.to_string();
            let number = number.as_f64().unwrap_or(f64::NAN);
            operand.compare(operator, Found::Number(number, &written))
        }
        Value::Bool(flag) => {
            operand.compare(operator, Found::Text(if *flag { "true" } else { "false" }))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

impl Selector {
    /// `$.a.b[0]['with.dots'].c`; a bare `$` is the object itself.
    fn take(scanner: &mut Scanner<'_>) -> Result<Self, String> {
        let before = scanner.rest();
        if !scanner.take("$") {
            return Err(format!(
                "a selector must begin with $: '{}'",
                scanner.rest()
            ));
        }
        let mut steps = Vec::new();
        loop {
            if scanner.take("[") {
                steps.push(bracket(scanner)?);
            } else if scanner.take(".") {
                // AWS also takes a dot before a bracket: $.['cluster.name'].
                if scanner.peek() == Some('[') {
                    continue;
                }
                if scanner.take("*") {
                    steps.push(Step::Any);
                    continue;
                }
                let name = scanner.take_while(|c| {
                    c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '#' | ':' | '/')
                });
                if name.is_empty() {
                    return Err(format!("a name is missing before '{}'", scanner.rest()));
                }
                steps.push(Step::Member(name.to_owned()));
            } else {
                let written = &before[..before.len() - scanner.rest().len()];
                return Ok(Self {
                    steps,
                    written: written.to_owned(),
                });
            }
        }
    }

    fn any(&self, root: &Value, holds: &dyn Fn(&Value) -> bool) -> bool {
        walk(&self.steps, root, holds)
    }

    /// The first of what is there.
    fn first<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(root, |value, step| match step {
            Step::Member(name) => value.get(name),
            Step::Item(at) => value.get(at),
            Step::Any => match value {
                Value::Array(items) => items.first(),
                Value::Object(members) => members.values().next(),
                _ => None,
            },
        })
    }
}

fn walk(steps: &[Step], value: &Value, holds: &dyn Fn(&Value) -> bool) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        return holds(value);
    };
    match step {
        Step::Member(name) => value
            .as_object()
            .and_then(|members| members.get(name))
            .is_some_and(|value| walk(rest, value, holds)),
        Step::Item(at) => value
            .as_array()
            .and_then(|items| items.get(*at))
            .is_some_and(|value| walk(rest, value, holds)),
        Step::Any => match value {
            Value::Array(items) => items.iter().any(|value| walk(rest, value, holds)),
            Value::Object(members) => members.values().any(|value| walk(rest, value, holds)),
            _ => false,
        },
    }
}

/// What stands between brackets, the opening one being taken.
fn bracket(scanner: &mut Scanner<'_>) -> Result<Step, String> {
    let step = match scanner.peek() {
        Some(quote @ ('\'' | '"')) => Step::Member(scanner.quoted(quote)?),
        Some('*') => {
            scanner.take("*");
            Step::Any
        }
        _ => {
            let digits = scanner.take_while(|c| c.is_ascii_digit());
            let at = digits.parse();
            Step::Item(at.map_err(|_| format!("an index is missing before '{}'", scanner.rest()))?)
        }
    };
    if scanner.take("]") {
        Ok(step)
    } else {
        Err(format!("']' expected before '{}'", scanner.rest()))
    }
}

/// `a || b || c`.
fn any(scanner: &mut Scanner<'_>, depth: usize) -> Result<Condition, String> {
    let mut left = all(scanner, depth)?;
    loop {
        scanner.skip_spaces();
        if !scanner.take("||") {
            return Ok(left);
        }
        left = Condition::Or(Box::new(left), Box::new(all(scanner, depth)?));
    }
}

/// `a && b && c`, which binds closer.
fn all(scanner: &mut Scanner<'_>, depth: usize) -> Result<Condition, String> {
    let mut left = one(scanner, depth)?;
    loop {
        scanner.skip_spaces();
        if !scanner.take("&&") {
            return Ok(left);
        }
        left = Condition::And(Box::new(left), Box::new(one(scanner, depth)?));
    }
}

fn one(scanner: &mut Scanner<'_>, depth: usize) -> Result<Condition, String> {
    scanner.skip_spaces();
    if scanner.take("(") {
        if depth >= MAX_DEPTH {
            return Err("parentheses nest too deep".to_owned());
        }
        let inner = any(scanner, depth + 1)?;
        scanner.skip_spaces();
        return if scanner.take(")") {
            Ok(inner)
        } else {
            Err(format!("')' expected before '{}'", scanner.rest()))
        };
    }
    let selector = Selector::take(scanner)?;
    scanner.skip_spaces();
    if let Some(operator) = Operator::take(scanner) {
        scanner.skip_spaces();
        let operand = Operand::take(scanner, |c| matches!(c, ')' | '}' | '&' | '|'))?;
        let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
        if ordered && !operand.is_number() {
            return Err("<, <=, > and >= compare with numbers only".to_owned());
        }
        return Ok(Condition::Compare(selector, operator, operand));
    }
    keyword(scanner, selector)
}

fn keyword(scanner: &mut Scanner<'_>, selector: Selector) -> Result<Condition, String> {
    if scanner.take_word("NOT") {
        scanner.skip_spaces();
        if scanner.take_word("EXISTS") {
            return Ok(Condition::NotExists(selector));
        }
    } else if scanner.take_word("EXISTS") {
        return Ok(Condition::Exists(selector));
    } else if scanner.take_word("IS") {
        scanner.skip_spaces();
        for (word, value) in [
            ("NULL", Value::Null),
            ("TRUE", Value::Bool(true)),
            ("FALSE", Value::Bool(false)),
        ] {
            if scanner.take_word(word) {
                return Ok(Condition::Is(selector, value));
            }
        }
    }
    Err(format!(
        "an operator is missing before '{}'",
        scanner.rest()
    ))
}
