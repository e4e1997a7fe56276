//! JSON or YAML as a tree in which everything knows its line.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, Span, StrInput};

/// Deeper than this nothing is read.
const DEPTH: usize = 128;
/// More values than this aliases may not make.
const VALUES: usize = 2_000_000;

/// A value with its line, counted from one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub line: usize,
    pub value: Value,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Word(String),
    List(Vec<Node>),
    /// Members with the lines of their names.
    Map(Vec<(String, usize, Node)>),
}

impl Node {
    /// A member of a map.
    pub fn get(&self, name: &str) -> Option<&Node> {
        let mut members = self.members();
        let found = members.find(|(known, ..)| known == name);
        found.map(|(_, _, node)| node)
    }

    /// The members of a map.
    pub fn members(&self) -> impl Iterator<Item = &(String, usize, Node)> {
        let members = match &self.value {
            Value::Map(members) => members.as_slice(),
            _ => &[],
        };
        members.iter()
    }

    /// The items of a list.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// A word.
    pub fn word(&self) -> Option<&str> {
        match &self.value {
            Value::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The first word in it, however deep.
    pub fn first_word(&self) -> Option<&str> {
        match &self.value {
            Value::Word(word) => Some(word),
            Value::List(items) => items.iter().find_map(Node::first_word),
            Value::Map(members) => members.iter().find_map(|(_, _, node)| node.first_word()),
        }
    }
}

/// Reads a text.
///
/// # Errors
/// What is wrong, with its line.
pub fn read(text: &str) -> Result<Node, String> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        values: 0,
    };
    loop {
        match reader.next()? {
            (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
            (Event::StreamEnd | Event::DocumentEnd, _) => return Err("The file is empty".into()),
            first => return reader.node(first, 0),
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, (Node, usize)>,
    values: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), String> {
        match self.parser.next() {
            Some(Ok(next)) => Ok(next),
            Some(Err(error)) => Err(format!(
                "It is neither JSON nor YAML: {} (line {})",
                error.info(),
                error.marker().line()
            )),
            None => Err("It ends too early".into()),
        }
    }

    fn node(&mut self, (event, span): (Event<'a>, Span), depth: usize) -> Result<Node, String> {
        let (line, before) = (span.start.line(), self.values);
        self.values += 1;
        if depth > DEPTH {
            return Err(format!("It is nested too deeply (line {line})"));
        }
        let (value, anchor, tag) = match event {
            Event::Scalar(text, _, anchor, tag) => (Value::Word(text.into_owned()), anchor, tag),
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                let (node, values) = known.ok_or_else(|| format!("Unknown alias (line {line})"))?;
                self.values = self.values.saturating_add(values);
                if self.values > VALUES {
                    return Err(format!("Its aliases make it too large (line {line})"));
                }
                return Ok(node);
            }
            Event::SequenceStart(anchor, tag) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        next => items.push(self.node(next, depth + 1)?),
                    }
                }
                (Value::List(items), anchor, tag)
            }
            Event::MappingStart(anchor, tag) => (self.map(depth)?, anchor, tag),
            _ => return Err(format!("A value is missing (line {line})")),
        };
        let mut node = Node { line, value };
        if let Some(tag) = tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty()) {
            // CloudFormation's short form: `!Sub x`.
            let name = match tag.suffix.as_str() {
                "Ref" => "Ref".to_owned(),
                other => format!("Fn::{other}"),
            };
            let value = Value::Map(vec![(name, line, node)]);
            node = Node { line, value };
        }
        if anchor > 0 {
            self.anchors
                .insert(anchor, (node.clone(), self.values - before));
        }
        Ok(node)
    }

    fn map(&mut self, depth: usize) -> Result<Value, String> {
        let mut members = Vec::new();
        loop {
            let (line, name) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Value::Map(members)),
                (Event::Scalar(name, ..), span) => (span.start.line(), name.into_owned()),
                (_, span) => return Err(format!("A name is no text (line {})", span.start.line())),
            };
            let next = self.next()?;
            members.push((name, line, self.node(next, depth + 1)?));
        }
    }
}
