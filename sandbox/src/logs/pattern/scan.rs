//! Reading a pattern's text from left to right, as all three languages need it.

use regex_lite::Regex;

/// What is left to read.
#[derive(Debug, Clone)]
pub struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Passes over spaces.
    pub fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Whether nothing is left.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next character, which stays.
    pub fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Takes `expected` if it comes next.
    pub fn take(&mut self, expected: &str) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes a word in any case if it comes next and ends there.
    pub fn take_word(&mut self, word: &str) -> bool {
        let Some((head, tail)) = self.rest.split_at_checked(word.len()) else {
            return false;
        };
        let ends = !tail
            .chars()
            .next()
            .is_some_and(|next| next.is_alphanumeric() || next == '_');
        if ends && head.eq_ignore_ascii_case(word) {
            self.rest = tail;
            return true;
        }
        false
    }

    /// Takes characters as long as `keep` wants them.
    pub fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Takes a quoted text, its opening quote being next; a backslash keeps the character after it.
    ///
    /// # Errors
    /// When the closing quote is missing.
    pub fn quoted(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices();
        characters.next();
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some((_, escaped)) if escaped == quote || escaped == '\\' => text.push(escaped),
                    Some((_, other)) => {
                        text.push('\\');
                        text.push(other);
                    }
                    None => break,
                },
                end if end == quote => {
                    self.rest = &self.rest[at + end.len_utf8()..];
                    return Ok(text);
                }
                other => text.push(other),
            }
        }
        Err(format!("a {quote} is not closed"))
    }

    /// Takes a regular expression between percent signs, the first being next.
    ///
    /// # Errors
    /// When it isn't closed, or isn't a regular expression.
    pub fn regex(&mut self) -> Result<Regex, String> {
        let mut source = String::new();
        let mut characters = self.rest.char_indices();
        characters.next();
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some((_, '%')) => source.push('%'),
                    Some((_, other)) => {
                        source.push('\\');
                        source.push(other);
                    }
                    None => break,
                },
                '%' => {
                    self.rest = &self.rest[at + 1..];
                    return Regex::new(&source).map_err(|error| format!("%{source}%: {error}"));
                }
                other => source.push(other),
            }
        }
        Err("a % is not closed".to_owned())
    }

    /// What is left, for messages.
    pub fn rest(&self) -> &'a str {
        self.rest
    }
}
