//! The directives of a template: `#set`, `#if`, `#foreach` … and macros' calls.

use std::sync::Arc;

use super::ParseError;
use super::ast::{Block, Call, Expr, Macro, Node, Reference};
use super::parser::{Closing, Parser};

impl<'t> Parser<'t> {
    /// The directive behind its name; a macro's definition leaves no node.
    pub(super) fn directive(
        &mut self,
        name: &'t str,
        at: usize,
    ) -> Result<Option<Node>, ParseError> {
        if name == "macro" {
            return self.definition_of_macro(at).map(|()| None);
        }
        self.statement(name, at).map(Some)
    }

    fn statement(&mut self, name: &'t str, at: usize) -> Result<Node, ParseError> {
        match name {
            "if" => self.conditional(),
            "foreach" => self.foreach(),
            "define" => self.define(),
            "evaluate" if self.dialect.has_macros() => {
                self.open()?;
                self.cursor.skip_space();
                if !matches!(self.cursor.peek(), Some(b'$' | b'"' | b'\'')) {
                    return Err(self.cursor.expected("a string or a reference"));
                }
                let argument = self.argument()?;
                self.close()?;
                Ok(Node::Evaluate(argument))
            }
            "stop" => {
                self.arguments()?;
                Ok(Node::Stop)
            }
            "break" => Ok(Node::Break(
                self.arguments()?
                    .and_then(|arguments| arguments.into_iter().next()),
            )),
            "literal" => {
                self.arguments()?;
                let start = self.cursor.at;
                let (_, closing, end) = self.block()?;
                if closing != Closing::End {
                    self.cursor.at = end;
                    return Err(self.cursor.expected("\"#end\""));
                }
                Ok(Node::Text(
                    self.cursor.text.get(start..end).unwrap_or_default().into(),
                ))
            }
            "include" | "parse" => {
                self.arguments()?;
                Ok(Node::Unavailable(name.into()))
            }
            _ => self.call(name, at),
        }
    }

    fn open(&mut self) -> Result<(), ParseError> {
        self.cursor.skip_space();
        if self.cursor.eat("(") {
            Ok(())
        } else {
            Err(self.cursor.expected("\"(\""))
        }
    }

    /// The closing parenthesis, which takes the rest of a blank line with it.
    fn close(&mut self) -> Result<(), ParseError> {
        self.cursor.skip_space();
        if !self.cursor.eat(")") {
            return Err(self.cursor.expected("\")\""));
        }
        self.cursor.gobble_line();
        Ok(())
    }

    pub(super) fn set(&mut self) -> Result<Node, ParseError> {
        while matches!(self.cursor.peek(), Some(b' ' | b'\t')) {
            self.cursor.at += 1;
        }
        if !self.cursor.eat("#set") {
            self.cursor.eat("#{set}");
        }
        self.open()?;
        self.cursor.skip_space();
        let mut target = self.wanted_reference()?;
        // A bug of Velocity 1.7 that templates meet: `#set(${x} = 1)` and `#set($!x = 1)` set nothing that can be read.
        if target.steps.is_empty() && target.literal.strip_prefix('$') != Some(&*target.name) {
            target.name = "{".into();
        }
        self.cursor.skip_space();
        if self.cursor.rest().starts_with("==") || !self.cursor.eat("=") {
            return Err(self.cursor.expected("\"=\""));
        }
        let value = self.expression()?;
        self.close()?;
        Ok(Node::Set { target, value })
    }

    fn wanted_reference(&mut self) -> Result<Reference, ParseError> {
        match self.reference()? {
            Some(reference) => Ok(reference),
            None => Err(self.cursor.expected("a reference")),
        }
    }

    fn conditional(&mut self) -> Result<Node, ParseError> {
        let mut arms = Vec::new();
        let mut otherwise: Block = Arc::from([]);
        loop {
            self.open()?;
            let condition = self.expression()?;
            self.close()?;
            let (body, closing, _) = self.block()?;
            arms.push((condition, body));
            match closing {
                Closing::ElseIf => continue,
                Closing::Else => otherwise = self.body()?,
                Closing::End => {}
                Closing::Text => return Err(self.cursor.expected("\"#end\"")),
            }
            return Ok(Node::If { arms, otherwise });
        }
    }

    /// A block that only `#end` may close.
    fn body(&mut self) -> Result<Block, ParseError> {
        match self.block()? {
            (body, Closing::End, _) => Ok(body),
            (_, _, at) => {
                self.cursor.at = at;
                Err(self.cursor.expected("\"#end\""))
            }
        }
    }

    fn foreach(&mut self) -> Result<Node, ParseError> {
        let at = self.cursor.at;
        let mut arguments = self.arguments()?.unwrap_or_default().into_iter();
        // Between the variable and the list any word will do; with nothing there Velocity loops over nothing.
        let (name, between, list) = (arguments.next(), arguments.next(), arguments.next());
        let (Some(Expr::Reference(name)), Some(_), None) = (name, between, arguments.next()) else {
            return Err(self.cursor.error(at, "A #foreach wants ($item in $list)."));
        };
        if matches!(list, Some(Expr::Null)) {
            return Err(self
                .cursor
                .error(at, "A #foreach cannot go through a word."));
        }
        let body = self.body()?;
        Ok(Node::Foreach {
            name: name.name,
            list: list.unwrap_or(Expr::Null),
            body,
        })
    }

    fn define(&mut self) -> Result<Node, ParseError> {
        self.open()?;
        self.cursor.skip_space();
        let name = self.wanted_reference()?.name;
        self.close()?;
        let body = self.body()?;
        Ok(Node::Define { name, body })
    }

    fn definition_of_macro(&mut self, at: usize) -> Result<(), ParseError> {
        self.open()?;
        self.cursor.skip_space();
        let Some(name) = self.cursor.word() else {
            return Err(self.cursor.error(at, "A macro needs a name."));
        };
        let mut parameters = Vec::new();
        loop {
            self.separator();
            if self.cursor.peek() == Some(b')') {
                break;
            }
            parameters.push(self.wanted_reference()?.name);
        }
        self.close()?;
        let body = self.body()?;
        if self.dialect.has_macros() {
            self.macros
                .insert(name.into(), Arc::new(Macro { parameters, body }));
        }
        Ok(())
    }

    fn separator(&mut self) {
        self.cursor.skip_space();
        if self.cursor.eat(",") {
            self.cursor.skip_space();
        }
    }

    /// The arguments in parentheses, if a parenthesis follows at all.
    fn arguments(&mut self) -> Result<Option<Vec<Expr>>, ParseError> {
        let at = self.cursor.at;
        self.cursor.skip_space();
        if !self.cursor.eat("(") {
            self.cursor.at = at;
            return Ok(None);
        }
        let mut arguments = Vec::new();
        loop {
            self.separator();
            if self.cursor.peek() == Some(b')') {
                break;
            }
            arguments.push(self.argument()?);
        }
        self.close()?;
        Ok(Some(arguments))
    }

    /// One argument of a directive: a literal, a reference, or a bare word.
    fn argument(&mut self) -> Result<Expr, ParseError> {
        let at = self.cursor.at;
        if let Some(word) = self.cursor.word()
            && word != "true"
            && word != "false"
        {
            return Ok(Expr::Null);
        }
        self.cursor.at = at;
        self.nested(|parser| parser.primary(false))
    }

    pub(super) fn call(&mut self, name: &str, at: usize) -> Result<Node, ParseError> {
        let arguments = self.arguments()?.unwrap_or_default();
        let (name, body) = match name.strip_prefix('@') {
            Some(name) => (name, Some(self.body()?)),
            None => (name, None),
        };
        Ok(Node::Call(Box::new(Call {
            name: name.into(),
            arguments: Arc::from(arguments),
            body,
            source: self.cursor.since(at).into(),
        })))
    }
}
