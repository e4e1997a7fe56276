//! JSONPath in the dialect of Jayway's library, which API Gateway uses: its grammar.

use super::filter::Filter;

#[derive(Debug)]
pub(super) enum Token {
    Property(String),
    /// `['a','b']`: an object with these members where it ends the path, else each member in turn.
    Properties(Vec<String>),
    Index(i64),
    Indexes(Vec<i64>),
    Slice(Option<i64>, Option<i64>),
    Wildcard,
    /// `..`: the next token on the value and on everything in it.
    Deep,
    Filter(Filter),
    Function(Function),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Function {
    Length,
    Min,
    Max,
    Average,
    Sum,
    Keys,
}

#[derive(Debug)]
pub(super) struct Path {
    pub(super) tokens: Vec<Token>,
}

impl Path {
    /// How many tokens at the start name at most one value. A path of only such tokens gives the value itself, another
    /// one a list.
    pub(super) fn certain(&self) -> usize {
        let last = self.tokens.len().saturating_sub(1);
        let one = |(at, token): (usize, &Token)| match token {
            Token::Property(_) | Token::Index(_) | Token::Function(_) => true,
            Token::Properties(_) => at == last,
            _ => false,
        };
        self.tokens
            .iter()
            .enumerate()
            .take_while(|token| one(*token))
            .count()
    }
}

/// Reads a path; one that begins with neither `$` nor `@` is taken from the root.
pub(super) fn parse_path(text: &str) -> Result<Path, String> {
    let text = text.trim();
    let mut reader = PathReader {
        text,
        at: 0,
        depth: 0,
    };
    if !reader.eat("$") && !reader.eat("@") {
        let rooted = format!("$.{text}");
        let mut reader = PathReader {
            text: &rooted,
            at: 1,
            depth: 0,
        };
        return reader.path(false);
    }
    reader.path(false)
}

pub(super) struct PathReader<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) depth: usize,
}

impl PathReader<'_> {
    pub(super) fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    pub(super) fn skip(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    pub(super) fn wrong(&self) -> String {
        match self.peek() {
            Some(found) => format!(
                "Could not parse the path {} at '{found}', position {}",
                self.text, self.at
            ),
            None => format!("Path must not end here: {}", self.text),
        }
    }

    /// The tokens behind `$` or `@`. Within a filter the path ends where something else begins.
    pub(super) fn path(&mut self, in_filter: bool) -> Result<Path, String> {
        let mut tokens = Vec::new();
        loop {
            match self.peek() {
                None => return Ok(Path { tokens }),
                Some('.') => {
                    if self.eat("..") {
                        tokens.push(Token::Deep);
                        if self.peek() == Some('[') {
                            continue;
                        }
                    } else {
                        self.at += 1;
                    }
                    tokens.push(self.dotted()?);
                }
                Some('[') => tokens.push(self.bracket()?),
                Some(_) if in_filter => return Ok(Path { tokens }),
                Some(_) => return Err(self.wrong()),
            }
        }
    }

    fn dotted(&mut self) -> Result<Token, String> {
        if self.peek() == Some('[') {
            return self.bracket();
        }
        if self.eat("*") {
            return Ok(Token::Wildcard);
        }
        let rest = self.rest();
        let stop = |c: char| {
            matches!(
                c,
                '.' | '[' | '(' | ')' | ' ' | '=' | '<' | '>' | '!' | '&' | '|' | ',' | ']'
            )
        };
        let name = rest.split(stop).next().unwrap_or_default().to_owned();
        if name.is_empty() {
            return Err(self.wrong());
        }
        self.at += name.len();
        if !self.eat("(") {
            return Ok(Token::Property(name));
        }
        self.skip();
        let function = match name.as_str() {
            "length" | "size" => Function::Length,
            "min" => Function::Min,
            "max" => Function::Max,
            "avg" => Function::Average,
            "sum" => Function::Sum,
            "keys" => Function::Keys,
            _ => return Err(format!("Function with name: {name} does not exist.")),
        };
        if self.eat(")") {
            Ok(Token::Function(function))
        } else {
            Err(self.wrong())
        }
    }

    fn bracket(&mut self) -> Result<Token, String> {
        self.at += 1;
        self.skip();
        let token = match self.peek() {
            Some('\'' | '"') => self.names()?,
            Some('*') => {
                self.at += 1;
                Token::Wildcard
            }
            Some('?') => {
                self.at += 1;
                self.skip();
                Token::Filter(self.filter()?)
            }
            _ => self.places()?,
        };
        self.skip();
        if self.eat("]") {
            Ok(token)
        } else {
            Err(self.wrong())
        }
    }

    fn names(&mut self) -> Result<Token, String> {
        let mut names = vec![self.quoted()?];
        loop {
            self.skip();
            if !self.eat(",") {
                break;
            }
            self.skip();
            names.push(self.quoted()?);
        }
        Ok(match names.pop() {
            Some(name) if names.is_empty() => Token::Property(name),
            last => Token::Properties(names.into_iter().chain(last).collect()),
        })
    }

    pub(super) fn quoted(&mut self) -> Result<String, String> {
        let Some(quote @ ('\'' | '"')) = self.peek() else {
            return Err(self.wrong());
        };
        self.at += 1;
        let mut value = String::new();
        let mut escaped = false;
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                _ if escaped => {
                    value.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                _ if c == quote => return Ok(value),
                _ => value.push(c),
            }
        }
        Err(self.wrong())
    }

    fn places(&mut self) -> Result<Token, String> {
        let first = self.integer()?;
        self.skip();
        if self.eat(":") {
            self.skip();
            return Ok(Token::Slice(first, self.integer()?));
        }
        let mut indexes = vec![first.ok_or_else(|| self.wrong())?];
        while self.eat(",") {
            self.skip();
            indexes.push(self.integer()?.ok_or_else(|| self.wrong())?);
            self.skip();
        }
        match indexes.as_slice() {
            [index] => Ok(Token::Index(*index)),
            _ => Ok(Token::Indexes(indexes)),
        }
    }

    fn integer(&mut self) -> Result<Option<i64>, String> {
        let rest = self.rest();
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let length =
            digits.bytes().take_while(u8::is_ascii_digit).count() + rest.len() - digits.len();
        let number = rest.get(..length).unwrap_or_default();
        if number.is_empty() {
            return Ok(None);
        }
        let value = number.parse().map_err(|_| self.wrong())?;
        self.at += length;
        Ok(Some(value))
    }
}
