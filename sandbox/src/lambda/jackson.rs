//! What is wrong with JSON in the words of Jackson, whose messages Lambda passes on. It reads as Jackson's
//! `UTF8StreamJsonParser` does, so that place and wording are the same; what is right is not kept.
//! Source: <https://github.com/FasterXML/jackson-core/blob/2.18/src/main/java/com/fasterxml/jackson/core/json/UTF8StreamJsonParser.java>.

const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// How deep Jackson reads.
const MAX_DEPTH: usize = 1000;

/// Reads one value.
///
/// # Errors
/// Jackson's message.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let mut reader = Reader {
        bytes,
        at: 0,
        line: 1,
        row: 0,
        open: Vec::new(),
    };
    reader.document()
}

/// An array or an object that has begun.
struct Open {
    array: bool,
    line: usize,
    column: usize,
}

struct Reader<'a> {
    bytes: &'a [u8],
    /// How much is read.
    at: usize,
    line: usize,
    /// Where the line begins.
    row: usize,
    open: Vec<Open>,
}

type Read<T> = Result<T, String>;

fn source(line: usize, column: usize) -> String {
    format!(
        "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {line}, column: {column}]"
    )
}

/// A character as Jackson shows it.
fn shown(c: char) -> String {
    let code = u32::from(c);
    if c.is_control() {
        format!("(CTRL-CHAR, code {code})")
    } else if code > 255 {
        format!("'{c}' (code {code} / 0x{code:x})")
    } else {
        format!("'{c}' (code {code})")
    }
}

/// Java's `Character.isJavaIdentifierStart`, nearly.
fn begins_word(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

fn continues_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    /// A message with the place that was read to.
    fn fault(&self, message: &str) -> String {
        let column = self.at - self.row + 1;
        format!("{message}\n at {}", source(self.line, column))
    }

    /// A character that does not belong there, with its own place.
    fn unexpected(&self, c: char, expected: &str) -> String {
        let message = format!("Unexpected character ({}): {expected}", shown(c));
        let column = self.at - self.row;
        format!("{message}\n at {}", source(self.line, column))
    }

    fn end_of_input(&self, how: &str) -> String {
        self.fault(&format!("Unexpected end-of-input{how}"))
    }

    /// The next byte that is no white space.
    fn after_space(&mut self) -> Read<Option<u8>> {
        while let Some(byte) = self.next() {
            match byte {
                b' ' | b'\t' | b'\r' => {}
                b'\n' => {
                    self.line += 1;
                    self.row = self.at;
                }
                byte if byte < b' ' => {
                    return Err(self.fault(&format!(
                        "Illegal character ({}): only regular white space (\\r, \\n, \\t) is allowed between tokens",
                        shown(char::from(byte))
                    )));
                }
                byte => return Ok(Some(byte)),
            }
        }
        Ok(None)
    }

    /// The same within an array or an object, where something must come.
    fn within(&mut self) -> Read<u8> {
        let byte = self.after_space()?;
        let kind = match self.open.last() {
            Some(Open { array: true, .. }) => "Array",
            Some(_) => "Object",
            None => "root",
        };
        byte.ok_or_else(|| self.end_of_input(&format!(" within/between {kind} entries")))
    }

    fn document(&mut self) -> Read<()> {
        let Some(first) = self.after_space()? else {
            return Err(self.fault("No content to map due to end-of-input"));
        };
        self.value(first)?;
        while !self.open.is_empty() {
            self.entry()?;
        }
        match self.after_space()? {
            None => Ok(()),
            // Another value may follow for Jackson, but not for Lambda.
            Some(byte) => {
                self.value(byte)?;
                Err(self.fault("Trailing token found after value"))
            }
        }
    }

    /// What comes next in the innermost array or object: its end, or another entry.
    fn entry(&mut self) -> Read<()> {
        let Some(open) = self.open.last() else {
            return Ok(());
        };
        let (array, line, column) = (open.array, open.line, open.column);
        let kind = if array { "Array" } else { "Object" };
        let Some(mut byte) = self.after_space()? else {
            let start = source(line, column);
            return Err(self.end_of_input(&format!(
                ": expected close marker for {kind} (start marker at {start})"
            )));
        };
        if byte == b']' || byte == b'}' {
            let own = if array { b']' } else { b'}' };
            if byte != own {
                let start = source(line, column);
                return Err(self.fault(&format!(
                    "Unexpected close marker '{}': expected '{}' (for {kind} starting at {start})",
                    char::from(byte),
                    char::from(own)
                )));
            }
            self.open.pop();
            return Ok(());
        }
        let first = self.bytes[..self.at - 1]
            .iter()
            .rev()
            .find(|byte| !byte.is_ascii_whitespace())
            .is_some_and(|byte| matches!(byte, b'[' | b'{'));
        if !first {
            if byte != b',' {
                let c = self.decode(byte)?;
                let expected = format!("was expecting comma to separate {kind} entries");
                return Err(self.unexpected(c, &expected));
            }
            byte = self.within()?;
        }
        if array {
            return self.value(byte);
        }
        if byte != b'"' {
            let c = self.decode(byte)?;
            return Err(self.unexpected(c, "was expecting double-quote to start field name"));
        }
        self.string(true)?;
        let colon = self.within()?;
        if colon != b':' {
            let c = self.decode(colon)?;
            let expected = "was expecting a colon to separate field name and value";
            return Err(self.unexpected(c, expected));
        }
        let byte = self.within()?;
        self.value(byte)
    }

    fn value(&mut self, byte: u8) -> Read<()> {
        match byte {
            b'"' => self.string(false),
            b'[' | b'{' => {
                let column = self.at - self.row;
                self.open.push(Open {
                    array: byte == b'[',
                    line: self.line,
                    column,
                });
                if self.open.len() > MAX_DEPTH {
                    let depth = self.open.len();
                    return Err(self.fault(&format!(
                        "Document nesting depth ({depth}) exceeds the maximum allowed ({MAX_DEPTH}, from `StreamReadConstraints.getMaxNestingDepth()`)"
                    )));
                }
                Ok(())
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            b'-' | b'0'..=b'9' => self.number(byte),
            b'}' | b',' => Err(self.unexpected(char::from(byte), "expected a value")),
            b']' if !self.open.is_empty() => Err(self.unexpected(']', "expected a value")),
            b'N' => self.nonstandard("NaN"),
            b'I' => self.nonstandard("Infinity"),
            // A byte beyond ASCII stands for itself here: it is not decoded yet.
            byte if begins_word(char::from(byte)) => {
                Err(self.unknown_word(char::from(byte).to_string()))
            }
            byte => {
                let expected = format!("expected a valid value {VALUES}");
                Err(self.unexpected(char::from(byte), &expected))
            }
        }
    }

    fn word(&mut self, word: &'static str) -> Read<()> {
        for (index, expected) in word.bytes().enumerate().skip(1) {
            if self.peek() != Some(expected) {
                return Err(self.unknown_word(word[..index].to_owned()));
            }
            self.at += 1;
        }
        match self.peek() {
            Some(byte) if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' => {
                Err(self.unknown_word(word.to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn nonstandard(&mut self, word: &'static str) -> Read<()> {
        self.word(word)?;
        Err(self.fault(&format!(
            "Non-standard token '{word}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
        )))
    }

    /// A word that means nothing. The character after it is read too.
    fn unknown_word(&mut self, mut read: String) -> String {
        while let Some(byte) = self.next() {
            let c = match self.decode(byte) {
                Ok(c) => c,
                Err(fault) => return fault,
            };
            if !continues_word(c) {
                break;
            }
            read.push(c);
            if read.chars().count() >= 256 {
                read.push_str("...");
                break;
            }
        }
        self.fault(&format!(
            "Unrecognized token '{read}': was expecting {VALUES}"
        ))
    }

    fn number(&mut self, first: u8) -> Read<()> {
        let mut byte = Some(first);
        if first == b'-' {
            byte = self.next();
            if !byte.is_some_and(|byte| byte.is_ascii_digit()) {
                let expected = "expected digit (0-9) to follow minus sign, for valid numeric value";
                return Err(self.in_number(byte, expected));
            }
        }
        if byte == Some(b'0') && self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
            return Err(self.fault("Invalid numeric value: Leading zeroes not allowed"));
        }
        self.digits();
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                let byte = self.next();
                return Err(self.in_number(byte, "Decimal point not followed by a digit"));
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                let byte = self.next();
                return Err(self.in_number(byte, "Exponent indicator not followed by a digit"));
            }
            self.digits();
        }
        match self.peek() {
            Some(byte) if self.open.is_empty() && !byte.is_ascii_whitespace() => {
                self.at += 1;
                let c = char::from(byte);
                Err(self.unexpected(c, "Expected space separating root-level values"))
            }
            _ => Ok(()),
        }
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn in_number(&self, byte: Option<u8>, expected: &str) -> String {
        let Some(byte) = byte else {
            return self.end_of_input(" in VALUE_NUMBER_INT");
        };
        let message = format!(
            "Unexpected character ({}) in numeric value: {expected}",
            shown(char::from(byte))
        );
        self.fault(&message)
    }

    fn string(&mut self, name: bool) -> Read<()> {
        let what = if name { "name" } else { "string value" };
        loop {
            let Some(byte) = self.next() else {
                return Err(self.end_of_input(match name {
                    true => ": was expecting closing '\"' for name",
                    false => " in VALUE_STRING",
                }));
            };
            match byte {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                byte if byte < b' ' => {
                    return Err(self.fault(&format!(
                        "Illegal unquoted character ({}): has to be escaped using backslash to be included in {what}",
                        shown(char::from(byte))
                    )));
                }
                byte => {
                    self.decode(byte)?;
                }
            }
        }
    }

    fn escape(&mut self) -> Read<()> {
        let inside = " in character escape sequence";
        match self.next() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
            Some(b'u') => {
                for _ in 0..4 {
                    let Some(byte) = self.next() else {
                        return Err(self.end_of_input(inside));
                    };
                    if !byte.is_ascii_hexdigit() {
                        let expected = "expected a hex-digit for character escape sequence";
                        return Err(self.unexpected(char::from(byte), expected));
                    }
                }
                Ok(())
            }
            Some(byte) => {
                let c = self.decode(byte)?;
                Err(self.fault(&format!("Unrecognized character escape {}", shown(c))))
            }
            None => Err(self.end_of_input(inside)),
        }
    }

    /// The character that begins with a byte, of which the rest is read.
    fn decode(&mut self, first: u8) -> Read<char> {
        let (more, mut code) = match first {
            0..=0x7f => return Ok(char::from(first)),
            0xc0..=0xdf => (1, u32::from(first & 0x1f)),
            0xe0..=0xef => (2, u32::from(first & 0x0f)),
            0xf0..=0xf7 => (3, u32::from(first & 0x07)),
            _ => {
                return Err(self.fault(&format!("Invalid UTF-8 start byte 0x{first:02x}")));
            }
        };
        for _ in 0..more {
            let Some(byte) = self.next() else {
                return Err(self.end_of_input(" in VALUE_STRING"));
            };
            if byte & 0xc0 != 0x80 {
                return Err(self.fault(&format!("Invalid UTF-8 middle byte 0x{byte:02x}")));
            }
            code = (code << 6) | u32::from(byte & 0x3f);
        }
        Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn told(bytes: &[u8]) -> (String, String) {
        let message = check(bytes).unwrap_err();
        let (message, place) = message
            .rsplit_once("\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); ")
            .unwrap();
        (message.to_owned(), place.trim_end_matches(']').to_owned())
    }

    #[test]
    fn what_is_json_is_taken() {
        for text in [
            "{}",
            " [1, -2.5e+3, 0, true, false, null, \"\u{e9} \\u00e9 \\n\"] ",
            "\"text\"",
            "0",
            "{\"a\": {\"b\": [[], {}]}, \"c\": 1}",
        ] {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
        let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        assert_eq!(check(deep.as_bytes()), Ok(()));
        assert!(check(format!("[{deep}]").as_bytes()).is_err());
    }

    /// The two that AWS was asked itself.
    #[test]
    fn bytes_that_are_no_text_are_told_as_aws_tells_them() {
        assert_eq!(
            told(b"n\x87r\x9e\xe9\xb5\xd7I\xee\x9bmt"),
            (
                "Invalid UTF-8 start byte 0x87".into(),
                "line: 1, column: 3".into()
            )
        );
        assert_eq!(
            told(b"\x99\xeb,j\x07\xa1zYh"),
            (
                format!(
                    "Unexpected character ((CTRL-CHAR, code 153)): expected a valid value {VALUES}"
                ),
                "line: 1, column: 1".into()
            )
        );
    }

    #[test]
    fn mistakes_are_told_in_jacksons_words_with_their_place() {
        for (text, message, place) in [
            (
                "hello",
                format!("Unrecognized token 'hello': was expecting {VALUES}"),
                "line: 1, column: 6",
            ),
            (
                "{\"a\": tru}",
                format!("Unrecognized token 'tru': was expecting {VALUES}"),
                "line: 1, column: 11",
            ),
            (
                "{a: 1}",
                "Unexpected character ('a' (code 97)): was expecting double-quote to start field name".into(),
                "line: 1, column: 2",
            ),
            (
                "{'a': 1}",
                "Unexpected character (''' (code 39)): was expecting double-quote to start field name".into(),
                "line: 1, column: 2",
            ),
            (
                "{\"a\" 1}",
                "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value".into(),
                "line: 1, column: 6",
            ),
            (
                "{\"a\": 1 \"b\": 2}",
                "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries".into(),
                "line: 1, column: 9",
            ),
            (
                "{\"a\": 1,}",
                "Unexpected character ('}' (code 125)): was expecting double-quote to start field name".into(),
                "line: 1, column: 9",
            ),
            (
                "[1,]",
                "Unexpected character (']' (code 93)): expected a value".into(),
                "line: 1, column: 4",
            ),
            (
                "{\n  \"a\": 1",
                "Unexpected end-of-input: expected close marker for Object (start marker at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])".into(),
                "line: 2, column: 9",
            ),
            (
                "{\"a\": \"b",
                "Unexpected end-of-input in VALUE_STRING".into(),
                "line: 1, column: 9",
            ),
            (
                "[1}",
                "Unexpected close marker '}': expected ']' (for Array starting at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])".into(),
                "line: 1, column: 4",
            ),
            (
                "01",
                "Invalid numeric value: Leading zeroes not allowed".into(),
                "line: 1, column: 3",
            ),
            (
                "\"\\x\"",
                "Unrecognized character escape 'x' (code 120)".into(),
                "line: 1, column: 4",
            ),
            (
                "(x)",
                format!("Unexpected character ('(' (code 40)): expected a valid value {VALUES}"),
                "line: 1, column: 1",
            ),
        ] {
            assert_eq!(told(text.as_bytes()), (message, place.to_owned()), "{text}");
        }
    }

    #[test]
    fn nothing_and_what_follows_a_value_are_mistakes() {
        assert!(check(b"  ").is_err());
        assert!(check(b"{} {}").is_err());
        assert!(check(b"1x").is_err());
        assert!(check(b"\"a\nb\"").is_err());
    }
}
