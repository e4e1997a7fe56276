//! Expressions and references of a template.

use super::ParseError;
use super::ast::{Expr, Operator, Reference, Step};
use super::lexer::{Number, unescape};
use super::parser::{Parser, parse};

/// The operators by how tightly they bind, the loosest first; of two that begin alike the longer stands first.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or), ("or", Operator::Or)],
    &[("&&", Operator::And), ("and", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("eq", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("ne", Operator::NotEqual),
    ],
    &[
        ("<=", Operator::LessOrEqual),
        ("le", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("ge", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        ("lt", Operator::Less),
        (">", Operator::Greater),
        ("gt", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[
        ("*", Operator::Multiply),
        ("/", Operator::Divide),
        ("%", Operator::Remainder),
    ],
];

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Result<Expr, ParseError> {
        self.nested(|parser| parser.level(0))
    }

    fn level(&mut self, level: usize) -> Result<Expr, ParseError> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            let right = self.level(level + 1)?;
            left = Expr::Binary(operator, Box::new((left, right)));
        }
        Ok(left)
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        self.cursor.skip_space();
        // `3 -1` is two numbers side by side in Velocity 1.7, and so a mistake.
        if self.cursor.peek() == Some(b'-') && self.cursor.starts_number() {
            return None;
        }
        let rest = self.cursor.rest();
        let (name, operator) = operators.iter().find(|(name, _)| {
            let word = name.starts_with(|c: char| c.is_ascii_alphabetic());
            rest.strip_prefix(name).is_some_and(|rest| {
                !word || !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            })
        })?;
        self.cursor.at += name.len();
        Some(*operator)
    }

    fn unary(&mut self) -> Result<Expr, ParseError> {
        self.cursor.skip_space();
        let rest = self.cursor.rest();
        let word = rest
            .strip_prefix("not")
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
        if word || (rest.starts_with('!') && !rest.starts_with("!=")) {
            self.cursor.at += if word { 3 } else { 1 };
            let operand = self.nested(Self::unary)?;
            return Ok(Expr::Not(Box::new(operand)));
        }
        if self.cursor.eat("(") {
            let inner = self.expression()?;
            self.cursor.skip_space();
            return if self.cursor.eat(")") {
                Ok(inner)
            } else {
                Err(self.cursor.expected("\")\""))
            };
        }
        self.nested(|parser| parser.primary(false))
    }

    /// A literal or a reference. Among a method's arguments a bare word is a reference without a value.
    pub(super) fn primary(&mut self, in_method: bool) -> Result<Expr, ParseError> {
        self.cursor.skip_space();
        match self.cursor.peek() {
            Some(b'"' | b'\'') => self.text(),
            Some(b'$') => match self.reference()? {
                Some(reference) => Ok(Expr::Reference(Box::new(reference))),
                None => Err(self.cursor.expected("a reference")),
            },
            Some(b'[') => self.list(in_method),
            Some(b'{') => self.map(in_method),
            _ if self.cursor.starts_number() => match self.cursor.number()? {
                Number::Integer(integer) => Ok(Expr::Integer(integer)),
                Number::Double(double) => Ok(Expr::Double(double)),
            },
            _ => {
                let at = self.cursor.at;
                let word = if in_method {
                    self.cursor.identifier()
                } else {
                    self.cursor.word()
                };
                match word {
                    Some("true") => Ok(Expr::Bool(true)),
                    Some("false") => Ok(Expr::Bool(false)),
                    Some(_) if in_method => Ok(Expr::Null),
                    _ => {
                        self.cursor.at = at;
                        Err(self.cursor.expected("a value"))
                    }
                }
            }
        }
    }

    fn text(&mut self) -> Result<Expr, ParseError> {
        let at = self.cursor.at;
        let (quote, text) = self.cursor.string()?;
        if quote == '\'' {
            return Ok(Expr::Text(text.into()));
        }
        let mut text = unescape(&text);
        if !text.contains(['$', '#']) {
            return Ok(Expr::Text(text.into()));
        }
        // A blank keeps a `$` at the end from being a mistake; a comment would swallow it.
        let chop = !text.contains("##");
        if chop {
            text.push(' ');
        }
        let (line, depth) = (self.cursor.line(at), self.depth());
        let (block, macros) = parse(&text, self.dialect, line, depth + 1).map_err(|error| {
            self.cursor
                .error(at, format!("In this string: {}", error.message))
        })?;
        self.macros.extend(macros);
        Ok(Expr::Interpolated { block, chop })
    }

    fn list(&mut self, in_method: bool) -> Result<Expr, ParseError> {
        self.cursor.at += 1;
        let mut items = Vec::new();
        loop {
            self.cursor.skip_space();
            if items.is_empty() && self.cursor.eat("]") {
                return Ok(Expr::List(items));
            }
            items.push(self.nested(|parser| parser.primary(in_method))?);
            self.cursor.skip_space();
            if items.len() == 1 && self.cursor.eat("..") {
                return self.range(items);
            }
            if self.cursor.eat("]") {
                return Ok(Expr::List(items));
            }
            if !self.cursor.eat(",") {
                return Err(self.cursor.expected("\",\" or \"]\""));
            }
        }
    }

    fn range(&mut self, mut items: Vec<Expr>) -> Result<Expr, ParseError> {
        let to = self.nested(|parser| parser.primary(false))?;
        self.cursor.skip_space();
        let bound = |expr: &Expr| matches!(expr, Expr::Reference(_) | Expr::Integer(_));
        match items.pop() {
            Some(from) if bound(&from) && bound(&to) && self.cursor.eat("]") => {
                Ok(Expr::Range(Box::new((from, to))))
            }
            _ => Err(self.cursor.expected("the end of a range of whole numbers")),
        }
    }

    fn map(&mut self, in_method: bool) -> Result<Expr, ParseError> {
        self.cursor.at += 1;
        let mut entries = Vec::new();
        loop {
            self.cursor.skip_space();
            if entries.is_empty() && self.cursor.eat("}") {
                return Ok(Expr::Map(entries));
            }
            let key = self.nested(|parser| parser.primary(in_method))?;
            self.cursor.skip_space();
            if !self.cursor.eat(":") {
                return Err(self.cursor.expected("\":\""));
            }
            let value = self.nested(|parser| parser.primary(in_method))?;
            entries.push((key, value));
            self.cursor.skip_space();
            if self.cursor.eat("}") {
                return Ok(Expr::Map(entries));
            }
            if !self.cursor.eat(",") {
                return Err(self.cursor.expected("\",\" or \"}\""));
            }
        }
    }

    /// The reference at a `$`, or nothing, and the cursor where it was, when no name follows.
    pub(super) fn reference(&mut self) -> Result<Option<Reference>, ParseError> {
        let start = self.cursor.at;
        if !self.cursor.eat("$") {
            return Ok(None);
        }
        // The line is counted before what follows is, so that counting never goes back.
        let line = self.cursor.line(start);
        let quiet = self.cursor.eat("!");
        let formal = self.cursor.eat("{");
        let Some(name) = self.cursor.identifier() else {
            self.cursor.at = start;
            return Ok(None);
        };
        let steps = self.nested(Self::steps)?;
        if formal && !self.cursor.eat("}") {
            return Err(self.cursor.expected("\"}\""));
        }
        Ok(Some(Reference {
            name: name.into(),
            quiet,
            steps,
            literal: self.cursor.since(start).into(),
            line,
        }))
    }

    fn steps(&mut self) -> Result<Vec<Step>, ParseError> {
        let mut steps = Vec::new();
        loop {
            match self.cursor.peek() {
                Some(b'[') => {
                    self.cursor.at += 1;
                    let index = self.nested(|parser| parser.primary(false))?;
                    self.cursor.skip_space();
                    let fits = !matches!(
                        index,
                        Expr::Double(_) | Expr::List(_) | Expr::Map(_) | Expr::Range(_)
                    );
                    if !fits || !self.cursor.eat("]") {
                        return Err(self.cursor.expected("\"]\""));
                    }
                    steps.push(Step::Index(index));
                }
                Some(b'.')
                    if self
                        .cursor
                        .peek_at(1)
                        .is_some_and(|c| c.is_ascii_alphabetic()) =>
                {
                    self.cursor.at += 1;
                    let Some(name) = self.cursor.identifier() else {
                        return Ok(steps);
                    };
                    let step = match self.method_arguments()? {
                        Some(arguments) => Step::Method(name.into(), arguments),
                        None => Step::Property(name.into()),
                    };
                    steps.push(step);
                }
                _ => return Ok(steps),
            }
        }
    }

    /// The arguments of a method, if a parenthesis follows its name.
    fn method_arguments(&mut self) -> Result<Option<Vec<Expr>>, ParseError> {
        if !self.cursor.eat("(") {
            return Ok(None);
        }
        let mut arguments = Vec::new();
        self.cursor.skip_space();
        while !self.cursor.eat(")") {
            if !arguments.is_empty() && !self.cursor.eat(",") {
                return Err(self.cursor.expected("\",\" or \")\""));
            }
            arguments.push(self.nested(|parser| parser.primary(true))?);
            self.cursor.skip_space();
        }
        Ok(Some(arguments))
    }
}
