//! XML, as much of it as AWS's answers and S3's requests use: elements, attributes, text.

use std::fmt::Write as _;

use xmlparser::{ElementEnd, Token, Tokenizer};

/// How deep a document may nest. S3's deepest request has six levels.
const MAX_DEPTH: usize = 64;

/// Writes a document from the outside in.
#[derive(Debug)]
pub struct Writer {
    out: String,
    open: Vec<String>,
}

impl Default for Writer {
    fn default() -> Self {
        Self::new()
    }
}

impl Writer {
    /// A document with its declaration.
    pub fn new() -> Self {
        Self {
            out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
            open: Vec::new(),
        }
    }

    /// A piece of a document, without a declaration.
    pub fn fragment() -> Self {
        Self {
            out: String::new(),
            open: Vec::new(),
        }
    }

    /// Opens an element.
    pub fn open(&mut self, name: &str) {
        self.open_with(name, &[]);
    }

    /// Opens an element with attributes.
    pub fn open_with(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let _ = write!(self.out, "<{name}");
        for (key, value) in attributes {
            let _ = write!(self.out, " {key}=\"{}\"", escape(value));
        }
        self.out.push('>');
        self.open.push(name.to_owned());
    }

    /// Writes what is XML already.
    pub fn written(&mut self, xml: &str) {
        self.out.push_str(xml);
    }

    /// Writes text inside the open element.
    pub fn text(&mut self, text: &str) {
        self.out.push_str(&escape(text));
    }

    /// Closes the innermost open element.
    pub fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            let _ = write!(self.out, "</{name}>");
        }
    }

    /// A whole element with text.
    pub fn element(&mut self, name: &str, text: &str) {
        let _ = write!(self.out, "<{name}>{}</{name}>", escape(text));
    }

    /// The document; what is still open is closed.
    pub fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }
}

/// Text as XML may hold it. Characters that XML 1.0 forbids become U+FFFD: S3's keys may contain them, parsers may not.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' => out.push(character),
            control if control < ' ' || control == '\u{fffe}' || control == '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            other => out.push(other),
        }
    }
    out
}

/// An element of a document that was read; names are without their prefix.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Element {
    /// Its name, without a namespace's prefix.
    pub name: String,
    /// Attributes, names without a prefix, declarations of namespaces left out.
    pub attributes: Vec<(String, String)>,
    /// Elements inside, in order.
    pub children: Vec<Element>,
    /// All text directly inside.
    pub text: String,
}

impl Element {
    /// The first element inside with this name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All elements inside with this name.
    pub fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first element inside with this name.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Malformed(pub String);

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

/// Reads a document. Entities beyond the five of XML are not expanded, so no document grows by being read.
///
/// # Errors
/// When it isn't well-formed or nests deeper than 64 elements.
pub fn parse(document: &[u8]) -> Result<Element, Malformed> {
    let text = std::str::from_utf8(document).map_err(|error| Malformed(error.to_string()))?;
    let mut stack: Vec<Element> = Vec::new();
    let mut root: Option<Element> = None;
    for token in Tokenizer::from(text) {
        match token.map_err(|error| Malformed(error.to_string()))? {
            Token::ElementStart { local, .. } => {
                if stack.len() >= MAX_DEPTH || (stack.is_empty() && root.is_some()) {
                    return Err(Malformed("too deep, or more than one root".to_owned()));
                }
                stack.push(Element {
                    name: local.as_str().to_owned(),
                    ..Element::default()
                });
            }
            Token::Attribute {
                prefix,
                local,
                value,
                ..
            } if prefix.as_str() != "xmlns" && local.as_str() != "xmlns" => {
                let value = unescape(value.as_str())?;
                if let Some(element) = stack.last_mut() {
                    element.attributes.push((local.as_str().to_owned(), value));
                }
            }
            Token::ElementEnd { end, .. } => end_element(&end, &mut stack, &mut root)?,
            Token::Text { text } => {
                if let Some(element) = stack.last_mut() {
                    element.text.push_str(&unescape(text.as_str())?);
                }
            }
            Token::Cdata { text, .. } => {
                if let Some(element) = stack.last_mut() {
                    element.text.push_str(text.as_str());
                }
            }
            _ => {}
        }
    }
    match root {
        Some(root) if stack.is_empty() => Ok(root),
        _ => Err(Malformed("the document ends too early".to_owned())),
    }
}

fn end_element(
    end: &ElementEnd<'_>,
    stack: &mut Vec<Element>,
    root: &mut Option<Element>,
) -> Result<(), Malformed> {
    if matches!(end, ElementEnd::Open) {
        return Ok(());
    }
    let element = stack
        .pop()
        .ok_or_else(|| Malformed("an end without a start".to_owned()))?;
    if let ElementEnd::Close(_, local) = end
        && local.as_str() != element.name
    {
        return Err(Malformed(format!("{} is closed by {local}", element.name)));
    }
    match stack.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
    Ok(())
}

fn unescape(text: &str) -> Result<String, Malformed> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let end = after
            .find(';')
            .ok_or_else(|| Malformed("an entity without its end".to_owned()))?;
        out.push(entity(&after[..end])?);
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn entity(name: &str) -> Result<char, Malformed> {
    let unknown = || Malformed(format!("unknown entity {name}"));
    let number = |digits: &str, radix| {
        u32::from_str_radix(digits, radix)
            .ok()
            .and_then(char::from_u32)
            .ok_or_else(unknown)
    };
    match name {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => match name.strip_prefix("#x").or(name.strip_prefix("#X")) {
            Some(digits) => number(digits, 16),
            None => number(name.strip_prefix('#').ok_or_else(unknown)?, 10),
        },
    }
}
