//! Reading an expression.

/// How deep an expression may nest.
const MAX_DEPTH: usize = 100;

/// An expression as a tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    Number(f64),
    Text(String),
    /// The id of another query, or a keyword as `REPEAT`.
    Name(String),
    Negative(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Call(String, Vec<Expression>),
    List(Vec<Expression>),
}

/// What stands between two operands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
}

/// Operators by how closely they bind, the loosest first; longer ones before those they begin with.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or), ("OR", Operator::Or)],
    &[("&&", Operator::And), ("AND", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[("*", Operator::Multiply), ("/", Operator::Divide)],
    &[("^", Operator::Power)],
];

/// Reads a whole expression.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse(text: &str) -> Result<Expression, String> {
    let mut reader = Reader { rest: text };
    let expression = reader.level(0, 0)?;
    reader.skip();
    if reader.rest.is_empty() {
        Ok(expression)
    } else {
        Err(format!("unexpected '{}'", reader.rest))
    }
}

impl Expression {
    /// The names that it refers to.
    pub fn names<'a>(&'a self, into: &mut Vec<&'a str>) {
        match self {
            Self::Name(name) => into.push(name),
            Self::Negative(inner) => inner.names(into),
            Self::Binary(_, left, right) => {
                left.names(into);
                right.names(into);
            }
            Self::Call(_, inner) | Self::List(inner) => {
                for expression in inner {
                    expression.names(into);
                }
            }
            Self::Number(_) | Self::Text(_) => {}
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, expected: &str) -> bool {
        self.skip();
        let Some(rest) = self.rest.strip_prefix(expected) else {
            return false;
        };
        // A word must end where it is taken: `ORDERS` is not `OR`.
        let word = expected.starts_with(char::is_alphabetic);
        if word && rest.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return false;
        }
        self.rest = rest;
        true
    }

    fn demand(&mut self, expected: &str) -> Result<(), String> {
        if self.take(expected) {
            Ok(())
        } else {
            Err(format!("'{expected}' expected before '{}'", self.rest))
        }
    }

    fn level(&mut self, level: usize, depth: usize) -> Result<Expression, String> {
        if depth > MAX_DEPTH {
            return Err("it nests too deep".to_owned());
        }
        let Some(operators) = LEVELS.get(level) else {
            return self.operand(depth);
        };
        let mut left = self.level(level + 1, depth)?;
        while let Some((_, operator)) = operators.iter().find(|(text, _)| self.take(text)) {
            let right = self.level(level + 1, depth)?;
            left = Expression::Binary(*operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn operand(&mut self, depth: usize) -> Result<Expression, String> {
        if self.take("-") {
            let inner = self.level(LEVELS.len(), depth + 1)?;
            return Ok(Expression::Negative(Box::new(inner)));
        }
        if self.take("(") {
            let inner = self.level(0, depth + 1)?;
            return self.demand(")").map(|()| inner);
        }
        if self.take("[") {
            return self.list("]", depth).map(Expression::List);
        }
        self.skip();
        match self.rest.chars().next() {
            Some(quote @ ('\'' | '"')) => self.text(quote),
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() => {
                let name = self.word();
                if self.take("(") {
                    let arguments = self.list(")", depth)?;
                    return Ok(Expression::Call(name.to_ascii_uppercase(), arguments));
                }
                Ok(Expression::Name(name.to_owned()))
            }
            _ => Err(format!("an operand is missing before '{}'", self.rest)),
        }
    }

    fn list(&mut self, end: &str, depth: usize) -> Result<Vec<Expression>, String> {
        let mut items = Vec::new();
        if self.take(end) {
            return Ok(items);
        }
        loop {
            items.push(self.level(0, depth + 1)?);
            if self.take(end) {
                return Ok(items);
            }
            self.demand(",")?;
        }
    }

    fn word(&mut self) -> &'a str {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn text(&mut self, quote: char) -> Result<Expression, String> {
        let inner = &self.rest[1..];
        let end = inner
            .find(quote)
            .ok_or_else(|| format!("a {quote} is not closed"))?;
        self.rest = &inner[end + 1..];
        Ok(Expression::Text(inner[..end].to_owned()))
    }

    /// `5`, `.5`, `1e3`, `2.5E-1`.
    fn number(&mut self) -> Result<Expression, String> {
        let mut end = 0;
        let mut before = ' ';
        for (at, c) in self.rest.char_indices() {
            let sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E');
            if !(c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E') || sign) {
                break;
            }
            before = c;
            end = at + 1;
        }
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        digits
            .parse()
            .map(Expression::Number)
            .map_err(|_| format!("'{digits}' is not a number"))
    }
}
