//! A comparison with a value, as `{ $.a > 5 }` and `[a = 4*]` share it.

use regex_lite::Regex;

use super::scan::Scanner;

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// Takes an operator if one comes next.
    pub fn take(scanner: &mut Scanner<'_>) -> Option<Self> {
        // The longer ones first: `<=` begins with `<`.
        let operators = [
            ("!=", Self::NotEqual),
            ("<=", Self::LessOrEqual),
            (">=", Self::GreaterOrEqual),
            ("=", Self::Equal),
            ("<", Self::Less),
            (">", Self::Greater),
        ];
        operators
            .into_iter()
            .find_map(|(text, operator)| scanner.take(text).then_some(operator))
    }
}

/// The right side of a comparison.
#[derive(Debug)]
pub enum Operand {
    /// A number that was written without quotes.
    Number(f64),
    /// A text, in which `*` stands for anything.
    Text(Vec<String>),
    /// A regular expression.
    Regex(Regex),
}

/// The left side, found in a message.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// A text that is only a text (a JSON string).
    Text(&'a str),
    /// A number with how it was written.
    Number(f64, &'a str),
}

impl Operand {
    /// Takes a value; an unquoted one ends where `ends` says so.
    pub fn take(scanner: &mut Scanner<'_>, ends: impl Fn(char) -> bool) -> Result<Self, String> {
        match scanner.peek() {
            Some('"') => scanner.quoted('"').map(|text| Self::text(&text)),
            Some('%') => scanner.regex().map(Self::Regex),
            _ => {
                let word = scanner.take_while(|c| !c.is_whitespace() && !ends(c));
                if word.is_empty() {
                    return Err(format!("a value is missing before '{}'", scanner.rest()));
                }
                Ok(number(word).map_or_else(|| Self::text(word), Self::Number))
            }
        }
    }

    /// A text taken apart at its asterisks.
    fn text(text: &str) -> Self {
        Self::Text(text.split('*').map(str::to_owned).collect())
    }

    /// Whether an ordering (`<`, `>=`) makes sense with this value.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }

    /// Whether `found operator self` holds. Order is defined between numbers only.
    pub fn compare(&self, operator: Operator, found: Found<'_>) -> bool {
        match operator {
            Operator::Equal => self.equals(found),
            Operator::NotEqual => !self.equals(found),
            _ => match (self, found) {
                (Self::Number(wanted), Found::Number(value, _)) => match operator {
                    Operator::Less => value < *wanted,
                    Operator::LessOrEqual => value <= *wanted,
                    Operator::Greater => value > *wanted,
                    _ => value >= *wanted,
                },
                _ => false,
            },
        }
    }

    fn equals(&self, found: Found<'_>) -> bool {
        match (self, found) {
            (Self::Number(wanted), Found::Number(value, _)) => value == *wanted,
            (Self::Number(_), Found::Text(_)) => false,
            (Self::Text(parts), Found::Text(text) | Found::Number(_, text)) => {
                wildcard(parts, text)
            }
            (Self::Regex(regex), Found::Text(text) | Found::Number(_, text)) => {
                regex.is_match(text)
            }
        }
    }
}

/// A number as patterns write it: digits with a sign, a fraction, an exponent; never `inf` or `nan`.
pub fn number(text: &str) -> Option<f64> {
    let plain = text
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    plain.then(|| text.parse().ok()).flatten()
}

/// Whether `text` consists of `parts` with anything in between.
fn wildcard(parts: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = parts else {
        return parts.first().is_some_and(|only| only == text);
    };
    let Some(rest) = text.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some(mut rest) = rest.strip_suffix(last.as_str()) else {
        return false;
    };
    // Taking each part where it is first found leaves the most for the parts after it.
    for part in middle {
        match rest.find(part.as_str()) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}
