//! Expressions of a query and their values in a record.

use std::cmp::Ordering;

use regex_lite::Regex;

/// A value; what isn't there is `Null`.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Null,
    Number(f64),
    Text(String),
}

impl Item {
    /// As a number, also from a text that is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            Self::Null => None,
        }
    }

    /// As a text; nothing is the empty text.
    pub fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    fn truth(holds: bool) -> Self {
        Self::Number(f64::from(u8::from(holds)))
    }

    fn holds(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => text == "true" || text == "1",
        }
    }

    /// Numbers by size, also as texts; other texts by letters; nothing comes first.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            _ => match (self.number(), other.number()) {
                (Some(left), Some(right)) => left.total_cmp(&right),
                _ => self.text().cmp(&other.text()),
            },
        }
    }
}

/// What stands between two operands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// The functions of expressions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Function {
    Bin,
    Abs,
    Ceil,
    Floor,
    Length,
    Lower,
    Upper,
    Trim,
    Concat,
    Contains,
    IsPresent,
    IsEmpty,
    IsBlank,
    Coalesce,
}

impl Function {
    /// By its name in any case.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "bin" => Self::Bin,
            "abs" => Self::Abs,
            "ceil" => Self::Ceil,
            "floor" => Self::Floor,
            "strlen" => Self::Length,
            "tolower" => Self::Lower,
            "toupper" => Self::Upper,
            "trim" => Self::Trim,
            "concat" => Self::Concat,
            "strcontains" => Self::Contains,
            "ispresent" => Self::IsPresent,
            "isempty" => Self::IsEmpty,
            "isblank" => Self::IsBlank,
            "coalesce" => Self::Coalesce,
            _ => return None,
        })
    }
}

/// An expression.
#[derive(Debug, Clone)]
pub enum Expression {
    Number(f64),
    Text(String),
    Field(String),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// `like "text"`, by its letters.
    Contains(Box<Expression>, String),
    /// `like /regex/` and `=~ /regex/`.
    Matches(Box<Expression>, Regex),
    /// `in [1, "two"]`.
    In(Box<Expression>, Vec<Expression>),
    Call(Function, Vec<Expression>),
}

/// Where fields get their values.
pub trait Fields {
    fn field(&self, name: &str) -> Item;
}

impl Expression {
    /// Its value in a record.
    pub fn value(&self, fields: &dyn Fields) -> Item {
        match self {
            Self::Number(number) => Item::Number(*number),
            Self::Text(text) => Item::Text(text.clone()),
            Self::Field(name) => fields.field(name),
            Self::Not(inner) => Item::truth(!inner.holds(fields)),
            Self::Negative(inner) => match inner.value(fields).number() {
                Some(number) => Item::Number(-number),
                None => Item::Null,
            },
            Self::Binary(operator, left, right) => binary(*operator, left, right, fields),
            Self::Contains(inner, part) => match inner.value(fields) {
                Item::Null => Item::truth(false),
                value => Item::truth(value.text().contains(part.as_str())),
            },
            Self::Matches(inner, regex) => match inner.value(fields) {
                Item::Null => Item::truth(false),
                value => Item::truth(regex.is_match(&value.text())),
            },
            Self::In(inner, items) => {
                let value = inner.value(fields);
                let known = value != Item::Null;
                Item::truth(known && items.iter().any(|item| equal(&value, &item.value(fields))))
            }
            Self::Call(function, arguments) => call(*function, arguments, fields),
        }
    }

    /// Whether it holds in a record.
    pub fn holds(&self, fields: &dyn Fields) -> bool {
        self.value(fields).holds()
    }
}

fn equal(left: &Item, right: &Item) -> bool {
    left.order(right) == Ordering::Equal
}

fn binary(operator: Operator, left: &Expression, right: &Expression, fields: &dyn Fields) -> Item {
    match operator {
        Operator::Or => return Item::truth(left.holds(fields) || right.holds(fields)),
        Operator::And => return Item::truth(left.holds(fields) && right.holds(fields)),
        _ => {}
    }
    let (left, right) = (left.value(fields), right.value(fields));
    // What isn't there compares with nothing, but it is unequal to everything.
    if left == Item::Null || right == Item::Null {
        return match operator {
            Operator::NotEqual => Item::truth(left != right),
            _ => Item::Null,
        };
    }
    let order = left.order(&right);
    let numbers = || Some((left.number()?, right.number()?));
    let arithmetic = |apply: fn(f64, f64) -> f64| match numbers() {
        Some((left, right)) => {
            let result = apply(left, right);
            if result.is_finite() {
                Item::Number(result)
            } else {
                Item::Null
            }
        }
        None => Item::Null,
    };
    match operator {
        Operator::Equal => Item::truth(order == Ordering::Equal),
        Operator::NotEqual => Item::truth(order != Ordering::Equal),
        Operator::Less => Item::truth(order == Ordering::Less),
        Operator::LessOrEqual => Item::truth(order != Ordering::Greater),
        Operator::Greater => Item::truth(order == Ordering::Greater),
        Operator::GreaterOrEqual => Item::truth(order != Ordering::Less),
        Operator::Add => arithmetic(|left, right| left + right),
        Operator::Subtract => arithmetic(|left, right| left - right),
        Operator::Multiply => arithmetic(|left, right| left * right),
        Operator::Divide => arithmetic(|left, right| left / right),
        Operator::Remainder => arithmetic(|left, right| left % right),
        Operator::Or | Operator::And => Item::Null,
    }
}

fn call(function: Function, arguments: &[Expression], fields: &dyn Fields) -> Item {
    let argument = |at: usize| {
        arguments
            .get(at)
            .map_or(Item::Null, |argument| argument.value(fields))
    };
    let first = argument(0);
    let number = |change: fn(f64) -> f64| match first.number() {
        Some(number) => Item::Number(change(number)),
        None => Item::Null,
    };
    let text = |change: fn(&str) -> String| match &first {
        Item::Null => Item::Null,
        value => Item::Text(change(&value.text())),
    };
    match function {
        // The period is in milliseconds; the parser made it so.
        Function::Bin => {
            let at = fields.field("@timestamp").number().unwrap_or_default() as i64;
            let period = (first.number().unwrap_or(1.0) as i64).max(1);
            Item::Text(super::run::instant(at - at.rem_euclid(period)))
        }
        Function::Abs => number(f64::abs),
        Function::Ceil => number(f64::ceil),
        Function::Floor => number(f64::floor),
        Function::Length => Item::Number(first.text().chars().count() as f64),
        Function::Lower => text(str::to_lowercase),
        Function::Upper => text(str::to_uppercase),
        Function::Trim => text(|text| text.trim().to_owned()),
        Function::Concat => {
            let texts = arguments
                .iter()
                .map(|argument| argument.value(fields).text());
            Item::Text(texts.collect())
        }
        Function::Contains => Item::truth(first.text().contains(&argument(1).text())),
        Function::IsPresent => Item::truth(first != Item::Null),
        Function::IsEmpty => Item::truth(first.text().is_empty()),
        Function::IsBlank => Item::truth(first.text().trim().is_empty()),
        Function::Coalesce => arguments
            .iter()
            .map(|argument| argument.value(fields))
            .find(|value| *value != Item::Null)
            .unwrap_or(Item::Null),
    }
}
