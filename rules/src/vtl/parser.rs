//! The statements of a template: text, printed references, escapes, comments. Directives are in `directive.rs`.
//!
//! Velocity's grammar is a tokenizer with states; what a template's author sees of them is kept: which whitespace a
//! directive drops, and which mistakes are errors and which are text.

use std::collections::HashMap;
use std::sync::Arc;

use super::ast::{Block, Macro, Node, Reference, Step};
use super::lexer::Cursor;
use super::{Dialect, ParseError};

/// How deep blocks and expressions may nest: the tree is walked by recursion.
const DEEPEST: usize = 64;

/// Names that a backslash escapes besides those of the macros.
const DIRECTIVES: [&str; 14] = [
    "if", "elseif", "else", "end", "set", "foreach", "define", "macro", "evaluate", "include",
    "parse", "stop", "break", "literal",
];

pub(super) struct Parser<'t> {
    pub(super) cursor: Cursor<'t>,
    pub(super) dialect: Dialect,
    /// The macros so far: Velocity knows them before it renders, whatever stands around their definitions.
    pub(super) macros: Macros,
    depth: usize,
    /// The place right behind a `#` or `$` that is text: a backslash there escapes no reference.
    lone: usize,
}

pub(super) type Macros = HashMap<Box<str>, Arc<Macro>>;

/// What ended a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    Text,
    End,
    Else,
    ElseIf,
}

/// Parses a text that begins on `first_line` of the template and stands `depth` levels deep in it.
pub(super) fn parse(
    text: &str,
    dialect: Dialect,
    first_line: usize,
    depth: usize,
) -> Result<(Block, Macros), ParseError> {
    let mut parser = Parser {
        cursor: Cursor::new(text, first_line),
        dialect,
        macros: Macros::new(),
        depth,
        lone: usize::MAX,
    };
    match parser.block()? {
        (block, Closing::Text, _) => Ok((block, parser.macros)),
        (_, _, at) => {
            parser.cursor.at = at;
            Err(parser.cursor.expected("the rest of the template"))
        }
    }
}

impl<'t> Parser<'t> {
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Runs a step of the grammar one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        step: impl FnOnce(&mut Self) -> Result<T, ParseError>,
    ) -> Result<T, ParseError> {
        if self.depth >= DEEPEST {
            return Err(self
                .cursor
                .error(self.cursor.at, "The template nests too deep."));
        }
        self.depth += 1;
        let result = step(self);
        self.depth -= 1;
        result
    }

    /// The nodes up to the directive that closes them, that directive, and where it stands.
    pub(super) fn block(&mut self) -> Result<(Block, Closing, usize), ParseError> {
        let mut nodes = Vec::new();
        while !self.cursor.done() {
            let at = self.cursor.at;
            if self.set_here() {
                let node = self.set()?;
                nodes.push(node);
                continue;
            }
            match self.cursor.peek() {
                Some(b'#') => {
                    if let Some(closing) = self.hash(&mut nodes)? {
                        return Ok((merged(nodes), closing, at));
                    }
                }
                Some(b'$') => self.dollar(&mut nodes, 0)?,
                Some(b'\\') => self.backslashes(&mut nodes)?,
                _ => {
                    let rest = self.cursor.rest();
                    let length = match nodes.last() {
                        // A brace right behind a reference is a token of its own, and a `#set` may follow it.
                        Some(Node::Reference { reference, .. })
                            if rest.starts_with(['{', '}'])
                                && !reference.literal.ends_with('}') =>
                        {
                            1
                        }
                        _ => rest.find(['$', '#', '\\']).unwrap_or(rest.len()),
                    };
                    self.cursor.at += length;
                    push_text(&mut nodes, self.cursor.since(at));
                }
            }
        }
        Ok((merged(nodes), Closing::Text, self.cursor.at))
    }

    /// Whether `#set(` stands here, with the blanks before it: Velocity drops those where a token begins with them.
    fn set_here(&self) -> bool {
        let line = self.cursor.rest().trim_start_matches([' ', '\t']);
        line.strip_prefix("#set")
            .or_else(|| line.strip_prefix("#{set}"))
            .is_some_and(|rest| rest.trim_start_matches(' ').starts_with('('))
    }

    fn hash(&mut self, nodes: &mut Vec<Node>) -> Result<Option<Closing>, ParseError> {
        let at = self.cursor.at;
        if self.cursor.eat("##") {
            let rest = self.cursor.rest();
            let end = rest.find(['\n', '\r']);
            self.cursor.at += end.unwrap_or(rest.len());
            if !self.cursor.eat("\r\n") && end.is_some() {
                self.cursor.at += 1;
            }
            return Ok(None);
        }
        if self.cursor.eat("#*") {
            // A comment that nothing closes takes the rest of the template.
            let rest = self.cursor.rest();
            self.cursor.at += rest.find("*#").map_or(rest.len(), |length| length + 2);
            return Ok(None);
        }
        if self.cursor.eat("#[[") {
            let rest = self.cursor.rest();
            let Some(length) = rest.find("]]#") else {
                return Err(self.cursor.error(at, "Nothing closes this with \"]]#\"."));
            };
            self.cursor.at += length + 3;
            push_text(nodes, rest.get(..length).unwrap_or_default());
            return Ok(None);
        }
        self.cursor.at += 1;
        if self.cursor.done() {
            return Err(self.cursor.error(at, "A \"#\" ends the template."));
        }
        let Some(name) = self.cursor.directive_name() else {
            push_text(nodes, if self.set_here() { "" } else { "#" });
            self.lone = self.cursor.at;
            return Ok(None);
        };
        match name {
            "end" => {
                self.cursor.gobble_line();
                Ok(Some(Closing::End))
            }
            "else" => {
                self.cursor.gobble_line();
                Ok(Some(Closing::Else))
            }
            "elseif" => Ok(Some(Closing::ElseIf)),
            _ => {
                nodes.extend(self.nested(|parser| parser.directive(name, at))?);
                Ok(None)
            }
        }
    }

    /// A `$` and, when a name follows, the reference that it begins.
    fn dollar(&mut self, nodes: &mut Vec<Node>, slashes: usize) -> Result<(), ParseError> {
        if let Some(text) = self.escaped_bang() {
            push_text(nodes, &"\\".repeat(slashes));
            push_text(nodes, &text);
            return Ok(());
        }
        if let Some(reference) = self.reference()? {
            let open = !reference.literal.ends_with('}') && ends_in_property(&reference);
            nodes.push(Node::Reference { reference, slashes });
            // Right behind a property the tokenizer does not know comments yet: the first `#` is text.
            let rest = self.cursor.rest();
            if open && rest.starts_with("##") && !rest.starts_with("###") {
                self.cursor.at += 1;
                push_text(nodes, if self.swallows() { "" } else { "#" });
            }
            return Ok(());
        }
        push_text(nodes, &"\\".repeat(slashes));
        self.lone_dollar(nodes)
    }

    /// A `$` that begins no reference.
    fn lone_dollar(&mut self, nodes: &mut Vec<Node>) -> Result<(), ParseError> {
        let at = self.cursor.at;
        self.cursor.at = at + 1;
        let bang = self.cursor.eat("!");
        let next = self.cursor.peek();
        if next.is_none() {
            return Err(self.cursor.error(at, "A \"$\" ends the template."));
        }
        // What is left of a `$` that begins no reference depends on what the tokenizer of Velocity makes of the rest.
        if next == Some(b'#') && !bang && !self.swallows() {
            self.cursor.at += 1;
            if self.cursor.directive_name().is_some() {
                // `$#foreach(…)` is the call of a macro with that name, which there cannot be.
                let call = self.nested(|parser| parser.call("$", at))?;
                nodes.push(call);
                return Ok(());
            }
            self.cursor.at -= 1;
        }
        let text = match next {
            _ if self.swallows() => "",
            Some(c @ (b'.' | b'[')) if !bang || c == b'[' => {
                self.cursor.at += 1;
                self.cursor.since(at)
            }
            Some(b'.')
                if bang
                    && self
                        .cursor
                        .peek_at(1)
                        .is_some_and(|c| c.is_ascii_alphabetic()) =>
            {
                ""
            }
            Some(b'{' | b'[' | b'$' | b'#') if bang => "$!",
            _ => "$",
        };
        push_text(nodes, text);
        if text.ends_with('$') {
            self.lone = self.cursor.at;
        }
        Ok(())
    }

    /// Whether what stands here takes a lone `$` before it away: a condition, a `#set`, a comment.
    fn swallows(&mut self) -> bool {
        let at = self.cursor.at;
        let condition = self.cursor.eat("#")
            && (self.cursor.peek() == Some(b'*')
                || matches!(
                    self.cursor.directive_name(),
                    Some("if" | "elseif" | "else" | "end")
                ));
        self.cursor.at = at;
        condition || self.set_here()
    }

    /// `$\!x` prints itself with one backslash less.
    fn escaped_bang(&mut self) -> Option<String> {
        let rest = self.cursor.rest();
        let tail = rest.strip_prefix('$')?;
        let bang = tail.trim_start_matches('\\');
        let slashes = tail.len() - bang.len();
        if slashes == 0 || !bang.starts_with('!') {
            return None;
        }
        self.cursor.at += slashes + 2;
        Some(format!("${}!", "\\".repeat(slashes - 1)))
    }

    /// Backslashes escape only what follows them directly and would mean something: a reference or a directive.
    fn backslashes(&mut self, nodes: &mut Vec<Node>) -> Result<(), ParseError> {
        let rest = self.cursor.rest();
        let slashes = rest.len() - rest.trim_start_matches('\\').len();
        self.cursor.at += slashes;
        match self.cursor.peek() {
            Some(b'$') if self.lone.checked_add(slashes) == Some(self.cursor.at) => {
                push_text(nodes, &"\\".repeat(slashes));
                return self.dollar(nodes, 0);
            }
            Some(b'$') => return self.dollar(nodes, slashes),
            Some(b'#') => {}
            _ => {
                push_text(nodes, &"\\".repeat(slashes));
                return Ok(());
            }
        }
        let at = self.cursor.at;
        self.cursor.at += 1;
        let name = self.cursor.directive_name();
        let source = self.cursor.since(at);
        self.cursor.at = at;
        let known = name.is_some_and(|name| {
            // Two backslashes become one before a condition, or before the bare name of a directive or a macro.
            let bare = slashes % 2 == 1 || (!source.contains('{') && name != "set");
            let condition = matches!(name, "if" | "elseif" | "else" | "end");
            condition || (bare && (DIRECTIVES.contains(&name) || self.macros.contains_key(name)))
        });
        push_text(
            nodes,
            &"\\".repeat(if known { slashes / 2 } else { slashes }),
        );
        if name.is_some() && slashes % 2 == 1 {
            push_text(nodes, source);
            self.cursor.at += source.len();
        }
        Ok(())
    }
}

/// Whether the reference's last name is a property, maybe with indexes behind it.
fn ends_in_property(reference: &Reference) -> bool {
    let last = reference
        .steps
        .iter()
        .rev()
        .find(|step| !matches!(step, Step::Index(_)));
    matches!(last, Some(Step::Property(_)))
}

fn push_text(nodes: &mut Vec<Node>, text: &str) {
    if !text.is_empty() {
        nodes.push(Node::Text(text.into()));
    }
}

/// Neighbouring texts become one node.
fn merged(nodes: Vec<Node>) -> Block {
    let mut block: Vec<Node> = Vec::with_capacity(nodes.len());
    for node in nodes {
        match (block.last_mut(), node) {
            (Some(Node::Text(before)), Node::Text(text)) => {
                let mut joined = std::mem::take(before).into_string();
                joined.push_str(&text);
                *before = joined.into();
            }
            (_, node) => block.push(node),
        }
    }
    Arc::from(block)
}
