//! Words of a shell's command line, as a POSIX shell and bash cut them. Nothing is run: `$NAME` becomes the variable `{{NAME}}`.
//!
//! Source: <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html>, section 2.2; `$'…'` as bash has it.

use std::iter::Peekable;
use std::str::Chars;

/// What a command line holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The words of the first command.
    pub words: Vec<String>,
    /// What was left out, a sentence each.
    pub notes: Vec<String>,
}

struct Cutter<'a> {
    signs: Peekable<Chars<'a>>,
    out: Words,
    word: String,
    /// A word has begun, even an empty one in quotes.
    begun: bool,
}

/// Cuts a command line.
///
/// # Errors
/// A quote that does not end, or the quoting of another shell.
pub fn words(text: &str) -> Result<Words, String> {
    let cmd = text.contains("^\"") || text.contains("^\n") || text.contains("^\r\n");
    if cmd {
        return Err("This is quoted for cmd.exe: copy it as cURL for bash".into());
    }
    let mut cutter = Cutter {
        signs: text.chars().peekable(),
        out: Words::default(),
        word: String::new(),
        begun: false,
    };
    cutter.run()?;
    Ok(cutter.out)
}

impl Cutter<'_> {
    fn run(&mut self) -> Result<(), String> {
        while let Some(sign) = self.signs.next() {
            match sign {
                '\'' => self.single()?,
                '"' => self.double()?,
                '$' if self.signs.peek() == Some(&'\'') => {
                    self.signs.next();
                    self.ansi()?;
                }
                '$' => self.variable(),
                '`' => self.command('`')?,
                '\\' => match self.signs.next() {
                    // Lines that go on, of both kinds of line ends.
                    Some('\n') | None => {}
                    Some('\r') if self.signs.peek() == Some(&'\n') => {
                        self.signs.next();
                    }
                    Some(other) => self.push(other),
                },
                '#' if !self.begun => while self.signs.next_if(|sign| *sign != '\n').is_some() {},
                '\n' if self.is_done() => {
                    self.end();
                    self.rest("what stands on the next line");
                    return Ok(());
                }
                ' ' | '\t' | '\r' | '\n' => self.end(),
                ';' | '|' | '&' | '<' | '>' => {
                    self.end();
                    self.rest(&format!("what follows {sign}"));
                    return Ok(());
                }
                other => self.push(other),
            }
        }
        self.end();
        Ok(())
    }

    fn push(&mut self, sign: char) {
        self.begun = true;
        self.word.push(sign);
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.begun) {
            self.out.words.push(std::mem::take(&mut self.word));
        }
    }

    /// A line's end ends the command, once there is one.
    fn is_done(&self) -> bool {
        self.begun || !self.out.words.is_empty()
    }

    fn rest(&mut self, what: &str) {
        if self.signs.clone().any(|sign| !sign.is_whitespace()) {
            self.out
                .notes
                .push(format!("One curl command is read: {what} is left out"));
        }
    }

    fn single(&mut self) -> Result<(), String> {
        self.begun = true;
        loop {
            match self.signs.next() {
                Some('\'') => return Ok(()),
                Some(sign) => self.word.push(sign),
                None => return Err("A ' is opened and not closed".into()),
            }
        }
    }

    fn double(&mut self) -> Result<(), String> {
        self.begun = true;
        loop {
            match self.signs.next() {
                Some('"') => return Ok(()),
                Some('\\') => match self.signs.next() {
                    Some('\n') => {}
                    Some(sign @ ('$' | '`' | '"' | '\\')) => self.word.push(sign),
                    Some(other) => self.word.extend(['\\', other]),
                    None => break,
                },
                Some('$') => self.variable(),
                Some('`') => self.command('`')?,
                Some(sign) => self.word.push(sign),
                None => break,
            }
        }
        Err("A \" is opened and not closed".into())
    }

    /// `$NAME`, `${NAME}` and `$(uuidgen)`.
    fn variable(&mut self) {
        self.begun = true;
        let rest: String = self.signs.clone().collect();
        let (name, length) = match rest.strip_prefix('{') {
            Some(inside) => {
                let name = inside.split('}').next().unwrap_or_default();
                (name, name.chars().count() + 2)
            }
            None => {
                let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
                (&rest[..end], end)
            }
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if rest.starts_with("(uuidgen)") {
            self.skip("(uuidgen)".len());
            self.word.push_str("{{$uuid}}");
        } else if !name.is_empty()
            && name.chars().all(plain)
            && !name.starts_with(|c: char| c.is_ascii_digit())
        {
            self.word.push_str(&format!("{{{{{name}}}}}"));
            self.skip(length);
        } else {
            if rest.starts_with('(') {
                self.out
                    .notes
                    .push("$(…) is not run: it stands as it is".into());
            }
            self.word.push('$');
        }
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.signs.next();
        }
    }

    fn command(&mut self, end: char) -> Result<(), String> {
        self.begun = true;
        let mut inside = String::new();
        loop {
            match self.signs.next() {
                Some(sign) if sign == end => break,
                Some(sign) => inside.push(sign),
                None => return Err("A ` is opened and not closed".into()),
            }
        }
        if inside.trim() == "uuidgen" {
            self.word.push_str("{{$uuid}}");
        } else {
            self.out
                .notes
                .push("`…` is not run: it stands as it is".into());
            self.word.push_str(&format!("`{inside}`"));
        }
        Ok(())
    }

    /// `$'…'`, in which browsers write what holds quotes and line ends.
    fn ansi(&mut self) -> Result<(), String> {
        self.begun = true;
        let mut bytes: Vec<u8> = Vec::new();
        let mut buffer = [0; 4];
        loop {
            match self.signs.next() {
                Some('\'') => {
                    self.word.push_str(&String::from_utf8_lossy(&bytes));
                    return Ok(());
                }
                Some('\\') => self.escape(&mut bytes),
                Some(sign) => bytes.extend_from_slice(sign.encode_utf8(&mut buffer).as_bytes()),
                None => return Err("A $' is opened and not closed".into()),
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) {
        let mut buffer = [0; 4];
        let Some(sign) = self.signs.next() else {
            return;
        };
        let byte = match sign {
            'n' => b'\n',
            't' => b'\t',
            'r' => b'\r',
            'a' => 7,
            'b' => 8,
            'e' | 'E' => 27,
            'f' => 12,
            'v' => 11,
            'x' => self.digits(16, 2) as u8,
            'u' | 'U' => {
                let code = self.digits(16, if sign == 'u' { 4 } else { 8 });
                let sign = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                bytes.extend_from_slice(sign.encode_utf8(&mut buffer).as_bytes());
                return;
            }
            '0'..='7' => {
                let first = sign.to_digit(8).unwrap_or_default();
                (first << 6 | self.digits_padded(8, 2, first)) as u8
            }
            other => {
                bytes.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes());
                return;
            }
        };
        bytes.push(byte);
    }

    fn digits(&mut self, radix: u32, most: usize) -> u32 {
        let mut value = 0;
        for _ in 0..most {
            let Some(digit) = self.signs.peek().and_then(|sign| sign.to_digit(radix)) else {
                break;
            };
            value = value * radix + digit;
            self.signs.next();
        }
        value
    }

    /// Octal escapes have one to three digits: gives what is to be joined to `first` moved by two digits.
    fn digits_padded(&mut self, radix: u32, most: usize, first: u32) -> u32 {
        let before = self.signs.clone().count();
        let value = self.digits(radix, most);
        let read = before - self.signs.clone().count();
        // Whole value less what the caller adds.
        let whole = first * radix.pow(read as u32) + value;
        whole.wrapping_sub(first << 6)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_are_cut_as_a_shell_cuts_them() {
        for (text, wanted) in [
            ("a b  c", vec!["a", "b", "c"]),
            ("a 'b c' \"d e\"", vec!["a", "b c", "d e"]),
            ("a'b'\"c\"d", vec!["abcd"]),
            ("'' \"\"", vec!["", ""]),
            ("'a\\b\"c'", vec!["a\\b\"c"]),
            ("\"a\\\"b\\\\c\\$d\\n\"", vec!["a\"b\\c$d\\n"]),
            ("a\\ b \\'c", vec!["a b", "'c"]),
            ("a \\\n  b \\\r\n c", vec!["a", "b", "c"]),
            ("'it'\\''s'", vec!["it's"]),
            ("$'a\\n\\'b\\u8336\\x41\\101\\e'", vec!["a\n'b茶AA\u{1b}"]),
            ("\"$TOKEN\" ${A}b '$C'", vec!["{{TOKEN}}", "{{A}}b", "$C"]),
            (
                "\"ops-$(uuidgen)\" `uuidgen`",
                vec!["ops-{{$uuid}}", "{{$uuid}}"],
            ),
            ("\n\n# a comment\na b # more", vec!["a", "b"]),
            ("\"100$\" $5", vec!["100$", "$5"]),
            ("\"a\nb\"", vec!["a\nb"]),
        ] {
            assert_eq!(words(text).unwrap().words, wanted, "{text}");
        }
    }

    #[test]
    fn what_is_not_curl_is_left_out_and_told() {
        for text in [
            "curl x | jq .",
            "curl x > out",
            "curl x && y",
            "curl x; y",
            "curl x\ncurl y",
        ] {
            let cut = words(text).unwrap();
            assert_eq!(cut.words, ["curl", "x"], "{text}");
            assert_eq!(cut.notes.len(), 1, "{text}: {:?}", cut.notes);
        }
        assert!(words("curl x\n\n").unwrap().notes.is_empty());
        assert_eq!(words("a $(cat b)").unwrap().notes.len(), 1);
    }

    #[test]
    fn a_quote_that_does_not_end_is_told() {
        for text in ["'a", "\"a", "$'a", "`a", "\"a\\"] {
            assert!(words(text).unwrap_err().contains("not closed"), "{text}");
        }
        assert!(
            words("curl ^\"https://x^\"")
                .unwrap_err()
                .contains("cmd.exe")
        );
    }
}
