//! JSON as API Gateway's library (json-smart) reads it, which forgives much, and as it writes it.

use std::rc::Rc;

use super::map::Map;
use super::value::{DEEPEST, ListKind, Value};

/// How deep a document may nest, which is json-smart's own limit.
const NESTED: usize = 400;

/// How a value is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// By `$input.json`.
    Document,
    /// By printing a list of `$input.path`: a slash is escaped there.
    Printed,
}

pub(super) fn write_json(value: &Value, style: Style, out: &mut String, limit: usize) {
    write_at(value, style, out, limit, 0);
}

fn write_at(value: &Value, style: Style, out: &mut String, limit: usize, depth: usize) {
    if out.len() > limit || depth > DEEPEST {
        return;
    }
    match value {
        Value::Text(text) => write_text(text, style, out),
        Value::List(list) => {
            out.push('[');
            for (at, item) in list.items.borrow().iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write_at(item, style, out, limit, depth + 1);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (at, (key, value)) in map.entries().iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write_text(&key.to_text(limit), style, out);
                out.push(':');
                write_at(value, style, out, limit, depth + 1);
            }
            out.push('}');
        }
        Value::Double(number) if number.is_infinite() => out.push_str("null"),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Double(_) => {
            value.write(out, usize::MAX)
        }
        other => write_text(&other.to_text(limit), style, out),
    }
}

fn write_text(text: &str, style: Style, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '/' if style == Style::Printed => out.push_str("\\/"),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2000}'..='\u{20ff}' => {
                out.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// Reads a document; the error says what is wrong and where.
pub(super) fn read_json(text: &str) -> Result<Value, String> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
    };
    reader.skip();
    match reader.peek() {
        None => Err("The text is empty.".to_owned()),
        Some(b':' | b'}' | b']') => Err(reader.unexpected()),
        // Text that is no JSON at all is one string, up to the end.
        Some(_) => reader.value(&[]),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self) {
        while self
            .peek()
            .is_some_and(|c| matches!(c, b' ' | b'\t' | b'\n' | b'\r'))
        {
            self.at += 1;
        }
    }

    fn unexpected(&self) -> String {
        match self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            Some(found) => format!("Unexpected character ({found}) at position {}.", self.at),
            None => format!("Unexpected End Of File position {}.", self.at),
        }
    }

    fn value(&mut self, stops: &[u8]) -> Result<Value, String> {
        self.skip();
        match self.peek() {
            Some(b'{') => self.deeper(Self::object),
            Some(b'[') => self.deeper(Self::array),
            Some(quote @ (b'"' | b'\'')) => self.quoted(quote).map(Value::text),
            Some(_) => {
                let text = self.bare(stops).to_owned();
                if text.is_empty() {
                    Err(self.unexpected())
                } else {
                    Ok(bare_value(&text))
                }
            }
            None => Err(self.unexpected()),
        }
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Result<Value, String>) -> Result<Value, String> {
        if self.depth >= NESTED {
            return Err(format!(
                "Malicious payload, having non natural depths, at position {}.",
                self.at
            ));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value, String> {
        let map = Map::default();
        loop {
            self.skip();
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Map(Rc::new(map)));
                }
                Some(b',') => self.at += 1,
                Some(b':' | b']' | b'[' | b'{') | None => return Err(self.unexpected()),
                Some(quote) => {
                    let key = match quote {
                        b'"' | b'\'' => self.quoted(quote)?,
                        _ => self.bare(b":").to_owned(),
                    };
                    self.skip();
                    if self.peek() != Some(b':') {
                        return Err(self.unexpected());
                    }
                    self.at += 1;
                    let value = self.value(b",}")?;
                    map.put(Value::text(key), value);
                    self.after(b'}')?;
                }
            }
        }
    }

    fn array(&mut self) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            self.skip();
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::list(ListKind::Json, items));
                }
                Some(b',') => self.at += 1,
                Some(b':' | b'}') | None => return Err(self.unexpected()),
                Some(_) => {
                    items.push(self.value(b",]")?);
                    self.after(b']')?;
                }
            }
        }
    }

    /// Behind a member a comma or the end must stand.
    fn after(&mut self, end: u8) -> Result<(), String> {
        self.skip();
        match self.peek() {
            Some(c) if c == b',' || c == end => Ok(()),
            _ => Err(self.unexpected()),
        }
    }

    fn bare(&mut self, stops: &[u8]) -> &str {
        let start = self.at;
        while self.peek().is_some_and(|c| !stops.contains(&c)) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default().trim()
    }

    fn quoted(&mut self, quote: u8) -> Result<String, String> {
        self.at += 1;
        let mut value = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(length) = rest.bytes().position(|c| c == quote || c == b'\\') else {
                self.at = self.text.len();
                return Err(self.unexpected());
            };
            value.push_str(rest.get(..length).unwrap_or_default());
            self.at += length + 1;
            if rest.as_bytes().get(length) == Some(&quote) {
                return Ok(value);
            }
            self.escape(&mut value)?;
        }
    }

    fn escape(&mut self, value: &mut String) -> Result<(), String> {
        let Some(c) = self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        else {
            return Err(self.unexpected());
        };
        self.at += c.len_utf8();
        match c {
            'n' => value.push('\n'),
            'r' => value.push('\r'),
            't' => value.push('\t'),
            'b' => value.push('\u{8}'),
            'f' => value.push('\u{c}'),
            'u' => {
                let mut units = vec![self.unit(4)?];
                // A pair of surrogates is one character.
                if units
                    .first()
                    .is_some_and(|unit| (0xd800..0xdc00).contains(unit))
                    && self
                        .text
                        .get(self.at..)
                        .is_some_and(|rest| rest.starts_with("\\u"))
                {
                    self.at += 2;
                    units.push(self.unit(4)?);
                }
                value.push_str(&String::from_utf16_lossy(&units));
            }
            'x' => {
                let unit = self.unit(2)?;
                value.push_str(&String::from_utf16_lossy(&[unit]));
            }
            '"' | '\'' | '\\' | '/' => value.push(c),
            // json-smart drops an escape that it does not know.
            _ => {}
        }
        Ok(())
    }

    fn unit(&mut self, length: usize) -> Result<u16, String> {
        let digits = self.text.get(self.at..self.at + length);
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        self.at += length;
        unit.ok_or_else(|| self.unexpected())
    }
}

/// What stands without quotes: a number, a word of JSON, or a string all the same.
fn bare_value(text: &str) -> Value {
    match text {
        "null" => return Value::Null,
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        "NaN" => return Value::Double(f64::NAN),
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let number = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .bytes()
            .all(|c| matches!(c, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if number {
        if let Ok(integer) = text.parse() {
            return Value::Int(integer);
        }
        if let Ok(double) = text.parse() {
            return Value::Double(double);
        }
    }
    Value::text(text)
}
