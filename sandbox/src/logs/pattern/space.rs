//! Fields between spaces: `[ip, user, ..., status = 4* && status != 404, bytes > 1000]`.

use super::scan::Scanner;
use super::value::{Found, Operand, Operator, number};

/// Conditions on the fields of a line, in order.
#[derive(Debug)]
pub struct Fields {
    before: Vec<Field>,
    /// Conditions after an ellipsis, if there is one; they count from the line's end.
    after: Option<Vec<Field>>,
}

/// A field's alternatives: one of them must hold in all its parts. None at all: any text will do.
#[derive(Debug, Default)]
struct Field {
    name: String,
    alternatives: Vec<Vec<(Operator, Operand)>>,
}

impl Fields {
    /// Reads a whole pattern with its brackets.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut scanner = Scanner::new(text);
        scanner.take("[");
        let mut fields = Self {
            before: Vec::new(),
            after: None,
        };
        loop {
            scanner.skip_spaces();
            if scanner.take("...") {
                if fields.after.is_some() {
                    return Err("only one ellipsis is allowed".to_owned());
                }
                fields.after = Some(Vec::new());
            } else {
                let field = field(&mut scanner)?;
                fields
                    .after
                    .as_mut()
                    .unwrap_or(&mut fields.before)
                    .push(field);
            }
            scanner.skip_spaces();
            if scanner.take("]") {
                break;
            }
            if !scanner.take(",") {
                return Err(format!("',' or ']' expected before '{}'", scanner.rest()));
            }
        }
        scanner.skip_spaces();
        if scanner.is_at_end() {
            Ok(fields)
        } else {
            Err(format!("nothing may follow ']': '{}'", scanner.rest()))
        }
    }

    /// Without an ellipsis, a line must have exactly as many fields as the pattern.
    pub fn matches(&self, message: &str) -> bool {
        let line = split(message);
        let after = self.after.as_deref().unwrap_or_default();
        let wanted = self.before.len() + after.len();
        if line.len() < wanted || (self.after.is_none() && line.len() != wanted) {
            return false;
        }
        let tail = &line[line.len() - after.len()..];
        let holds = |(field, text): (&Field, &&str)| field.holds(text);
        self.before.iter().zip(&line).all(holds) && after.iter().zip(tail).all(holds)
    }
}

impl Fields {
    /// The fields of a line by their names.
    pub fn extracted(&self, message: &str) -> Vec<(String, String)> {
        let line = split(message);
        let after = self.after.as_deref().unwrap_or_default();
        let tail = line.len().saturating_sub(after.len());
        let named = |(field, text): (&Field, &&str)| (field.name.clone(), (*text).to_owned());
        let first = self.before.iter().zip(&line).map(named);
        let last = after.iter().zip(line.iter().skip(tail)).map(named);
        first.chain(last).collect()
    }
}

impl Field {
    fn holds(&self, text: &str) -> bool {
        let found = match number(text) {
            Some(value) => Found::Number(value, text),
            None => Found::Text(text),
        };
        self.alternatives.is_empty()
            || self.alternatives.iter().any(|parts| {
                parts
                    .iter()
                    .all(|(operator, operand)| operand.compare(*operator, found))
            })
    }
}

/// `name`, or `name = value` with more conditions on the same name after `&&` and `||`.
fn field(scanner: &mut Scanner<'_>) -> Result<Field, String> {
    let name = field_name(scanner)?;
    scanner.skip_spaces();
    let mut field = Field {
        name: name.to_owned(),
        ..Field::default()
    };
    let Some(first) = comparison(scanner)? else {
        return Ok(field);
    };
    field.alternatives.push(vec![first]);
    loop {
        scanner.skip_spaces();
        let or = scanner.take("||");
        if !or && !scanner.take("&&") {
            return Ok(field);
        }
        scanner.skip_spaces();
        let again = field_name(scanner)?;
        if again != name {
            return Err(format!("'{again}' is another field than '{name}'"));
        }
        scanner.skip_spaces();
        let part = comparison(scanner)?
            .ok_or_else(|| format!("an operator is missing before '{}'", scanner.rest()))?;
        match field.alternatives.last_mut() {
            Some(last) if !or => last.push(part),
            _ => field.alternatives.push(vec![part]),
        }
    }
}

fn field_name<'a>(scanner: &mut Scanner<'a>) -> Result<&'a str, String> {
    let name = scanner.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if name.is_empty() {
        Err(format!(
            "a field's name is missing before '{}'",
            scanner.rest()
        ))
    } else {
        Ok(name)
    }
}

fn comparison(scanner: &mut Scanner<'_>) -> Result<Option<(Operator, Operand)>, String> {
    let Some(operator) = Operator::take(scanner) else {
        return Ok(None);
    };
    scanner.skip_spaces();
    let operand = Operand::take(scanner, |c| matches!(c, ',' | ']' | '&' | '|'))?;
    Ok(Some((operator, operand)))
}

/// A line's fields: what is between spaces, between quotes or between brackets.
fn split(line: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let close = match rest.as_bytes()[0] {
            b'"' => Some('"'),
            b'[' => Some(']'),
            _ => None,
        };
        let inner = close.and_then(|close| {
            let end = rest[1..].find(close)?;
            Some((&rest[1..=end], &rest[end + 2..]))
        });
        let (field, after) = inner.unwrap_or_else(|| match rest.find(char::is_whitespace) {
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        });
        fields.push(field);
        rest = after.trim_start();
    }
    fields
}
