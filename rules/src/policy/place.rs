//! Where a policy's statements stand in its text, for the simulation's `StartPosition` and `EndPosition`. The text is JSON:
//! whoever calls has read it already.

/// Lines and columns, both from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// From where to where a statement stands. As AWS tells it, one in a list begins where the token before it ended, and one
/// that is no list's behind its own brace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    pub start: Position,
    pub end: Position,
}

/// The places of the statements of a document.
pub fn statements(text: &str) -> Vec<Place> {
    let mut places = Vec::new();
    let mut depth = 0_u32;
    let mut key = String::new();
    let mut within: Option<u32> = None;
    let mut before = Position { line: 1, column: 1 };
    let mut start = before;
    let mut reader = Reader::new(text);
    while let Some(character) = reader.next() {
        let inside = within.is_some_and(|at| depth == at);
        match character {
            '"' => {
                let string = reader.string();
                if depth == 1 {
                    key = string;
                }
            }
            ':' if depth == 1 && key == "Statement" => {
                // The value is a list of statements, or one.
                let list = reader.peek_past_space() == Some('[');
                within = Some(if list { 2 } else { 1 });
            }
            '{' | '[' => {
                if inside && character == '{' {
                    start = if depth == 1 { reader.at } else { before };
                }
                depth += 1;
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                match within {
                    Some(at) if depth == at && character == '}' => places.push(Place {
                        start,
                        end: reader.at,
                    }),
                    Some(at) if depth < at => within = None,
                    _ => {}
                }
                if within == Some(1) && depth == 1 {
                    within = None;
                }
            }
            _ => {}
        }
        if !character.is_whitespace() {
            before = reader.at;
        }
    }
    places
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    at: Position,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            rest: text.chars().peekable(),
            at: Position { line: 1, column: 1 },
        }
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest.next()?;
        if character == '\n' {
            self.at.line += 1;
            self.at.column = 1;
        } else {
            self.at.column += 1;
        }
        Some(character)
    }

    /// The rest of a string whose first quote was taken. Escapes are kept: no key that matters has any.
    fn string(&mut self) -> String {
        let mut out = String::new();
        while let Some(character) = self.next() {
            match character {
                '"' => break,
                '\\' => {
                    self.next();
                }
                other => out.push(other),
            }
        }
        out
    }

    fn peek_past_space(&mut self) -> Option<char> {
        self.rest.clone().find(|c| !c.is_whitespace())
    }
}
