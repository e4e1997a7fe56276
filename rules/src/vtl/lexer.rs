//! The characters of a template: a cursor that knows the tokens of Velocity's grammar and where it stands.

use super::ParseError;

pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// A place and its line, so that lines are counted once and not from the start for each reference.
    counted: (usize, usize),
    first_line: usize,
}

pub(super) enum Number {
    Integer(i128),
    Double(f64),
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, first_line: usize) -> Self {
        Cursor {
            text,
            at: 0,
            counted: (0, first_line),
            first_line,
        }
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn done(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    pub(super) fn since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    pub(super) fn skip_space(&mut self) {
        while self
            .peek()
            .is_some_and(|c| matches!(c, b' ' | b'\t' | b'\n' | b'\r'))
        {
            self.at += 1;
        }
    }

    /// The rest of the line if it is blank: Velocity drops it behind a directive.
    pub(super) fn gobble_line(&mut self) {
        let rest = self.rest();
        let line = rest.trim_start_matches([' ', '\t']);
        let end = if line.starts_with("\r\n") {
            2
        } else {
            usize::from(line.starts_with(['\n', '\r']))
        };
        if end > 0 {
            self.at += rest.len() - line.len() + end;
        }
    }

    fn run(&mut self, start: fn(u8) -> bool, more: fn(u8) -> bool) -> Option<&'t str> {
        if !self.peek().is_some_and(start) {
            return None;
        }
        let from = self.at;
        while self.peek().is_some_and(more) {
            self.at += 1;
        }
        Some(self.since(from))
    }

    /// A reference's or property's name; a hyphen belongs to it.
    pub(super) fn identifier(&mut self) -> Option<&'t str> {
        self.run(
            |c| c.is_ascii_alphabetic() || c == b'_',
            |c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-',
        )
    }

    /// A directive's name.
    pub(super) fn word(&mut self) -> Option<&'t str> {
        self.run(
            |c| c.is_ascii_alphabetic() || c == b'_' || c == b'@',
            |c| c.is_ascii_alphanumeric() || c == b'_' || c == b'@',
        )
    }

    /// The name behind a `#`, bare or in braces, without moving when there is none.
    pub(super) fn directive_name(&mut self) -> Option<&'t str> {
        let from = self.at;
        let braced = self.eat("{");
        let name = self.word().filter(|name| !braced || !name.contains('@'));
        if name.is_none() || (braced && !self.eat("}")) {
            self.at = from;
            return None;
        }
        name
    }

    pub(super) fn starts_number(&self) -> bool {
        let sign = usize::from(self.peek() == Some(b'-'));
        let digit = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_digit());
        digit(self.peek_at(sign))
            || (self.peek_at(sign) == Some(b'.') && digit(self.peek_at(sign + 1)))
    }

    pub(super) fn number(&mut self) -> Result<Number, ParseError> {
        let from = self.at;
        let digits = |cursor: &mut Self| {
            let start = cursor.at;
            while cursor.peek().is_some_and(|c| c.is_ascii_digit()) {
                cursor.at += 1;
            }
            cursor.at > start
        };
        self.eat("-");
        digits(self);
        let mut fraction = false;
        // `1..3` is a range: its first bound ends before the dots.
        if self.peek() == Some(b'.') && self.peek_at(1) != Some(b'.') {
            self.at += 1;
            digits(self);
            fraction = true;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            let before = self.at;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if digits(self) {
                fraction = true;
            } else {
                self.at = before;
            }
        }
        let image = self.since(from);
        if !fraction && let Ok(integer) = image.parse() {
            return Ok(Number::Integer(integer));
        }
        image
            .parse()
            .map(Number::Double)
            .map_err(|_| self.error(from, format!("\"{image}\" is not a number.")))
    }

    /// A quoted string without its quotes, a doubled quote made one. A backslash does not escape a quote in
    /// Velocity 1.7.
    pub(super) fn string(&mut self) -> Result<(char, String), ParseError> {
        let from = self.at;
        let quote = if self.peek() == Some(b'"') { '"' } else { '\'' };
        self.at += 1;
        let mut value = String::new();
        loop {
            let Some(end) = self.rest().find(quote) else {
                return Err(self.error(
                    from,
                    format!("The string that begins with {quote} has no end."),
                ));
            };
            value.push_str(self.rest().get(..end).unwrap_or_default());
            self.at += end + 1;
            if !self.rest().starts_with(quote) {
                return Ok((quote, value));
            }
            value.push(quote);
            self.at += 1;
        }
    }

    pub(super) fn error(&self, at: usize, message: impl Into<String>) -> ParseError {
        let before = self.text.get(..at.min(self.text.len())).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        ParseError {
            line,
            column,
            message: message.into(),
        }
    }

    pub(super) fn line(&mut self, at: usize) -> usize {
        let (from, line) = if at < self.counted.0 {
            (0, self.first_line)
        } else {
            self.counted
        };
        let between = self.text.as_bytes().get(from..at).unwrap_or_default();
        self.counted = (at, line + between.iter().filter(|c| **c == b'\n').count());
        self.counted.1
    }

    /// The error at the cursor, which names what stands there and what the grammar wants.
    pub(super) fn expected(&self, wanted: &str) -> ParseError {
        let found: String = self
            .rest()
            .split(char::is_whitespace)
            .next()
            .unwrap_or_default()
            .chars()
            .take(20)
            .collect();
        let found = match (self.done(), found.is_empty()) {
            (true, _) => "the template's end".to_owned(),
            (false, true) => "a blank".to_owned(),
            (false, false) => format!("\"{found}\""),
        };
        self.error(
            self.at,
            format!("Encountered {found} where {wanted} was expected."),
        )
    }
}

/// The value of `\uXXXX` in a double-quoted string, the only escape that Velocity 1.7 knows.
pub(super) fn unescape(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("\\u") {
        let code = rest
            .get(at + 2..at + 6)
            .and_then(|hex| u16::from_str_radix(hex, 16).ok());
        let (before, after) = rest.split_at(at);
        if !before.is_empty() {
            value.push_str(&String::from_utf16_lossy(&units));
            units.clear();
            value.push_str(before);
        }
        match code {
            Some(unit) => {
                units.push(unit);
                rest = after.get(6..).unwrap_or_default();
            }
            None => {
                value.push_str(&String::from_utf16_lossy(&units));
                units.clear();
                value.push_str("\\u");
                rest = after.get(2..).unwrap_or_default();
            }
        }
    }
    value.push_str(&String::from_utf16_lossy(&units));
    value.push_str(rest);
    value
}
