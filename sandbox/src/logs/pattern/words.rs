//! Words: all of `A B`, any of `?A ?B`, none of `-A`; each a word, a `"phrase"` or a `%regular expression%`.

use regex_lite::Regex;

use super::scan::Scanner;

/// What a message must contain.
#[derive(Debug, Default)]
pub struct Words {
    all: Vec<Term>,
    any: Vec<Term>,
    none: Vec<Term>,
}

#[derive(Debug)]
enum Term {
    Text(String),
    Regex(Regex),
}

impl Term {
    /// Words are found anywhere and in their own case.
    fn is_in(&self, message: &str) -> bool {
        match self {
            Self::Text(text) => message.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(message),
        }
    }
}

impl Words {
    /// Reads the words of a pattern that isn't empty.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut scanner = Scanner::new(text);
        let mut words = Self::default();
        scanner.skip_spaces();
        while !scanner.is_at_end() {
            if scanner.take("-") {
                words.none.push(term(&mut scanner)?);
            } else if scanner.take("?") {
                words.any.push(term(&mut scanner)?);
            } else {
                words.all.push(term(&mut scanner)?);
            }
            scanner.skip_spaces();
        }
        Ok(words)
    }

    /// AWS's page: "?" can't be combined with other terms; where it is, the terms with "?" are ignored.
    pub fn matches(&self, message: &str) -> bool {
        let only_any = self.all.is_empty() && self.none.is_empty();
        if only_any {
            return self.any.iter().any(|term| term.is_in(message));
        }
        self.all.iter().all(|term| term.is_in(message))
            && !self.none.iter().any(|term| term.is_in(message))
    }
}

fn term(scanner: &mut Scanner<'_>) -> Result<Term, String> {
    match scanner.peek() {
        Some('"') => scanner.quoted('"').map(Term::Text),
        Some('%') => scanner.regex().map(Term::Regex),
        _ => {
            let word = scanner.take_while(|c| !c.is_whitespace());
            // AWS's page: a term with other than alphanumeric characters and underscores must be quoted.
            if word.is_empty() || !word.chars().all(|c| c.is_alphanumeric() || c == '_') {
                return Err(format!("Invalid character(s) in term '{word}'"));
            }
            Ok(Term::Text(word.to_owned()))
        }
    }
}
