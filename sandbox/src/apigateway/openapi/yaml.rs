//! Documents as YAML: read with the places where things stand, written as the service writes them.

use super::document::{Document, Map};
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::Number;
use std::{borrow::Cow, collections::HashMap};

/// Deeper than this nothing is read, as of JSON.
const DEPTH: usize = 128;
/// More values than this aliases may not make of a document.
const VALUES: usize = 2_000_000;

/// Reads the first document of a text.
///
/// # Errors
/// When it is no YAML, or would be too large once its aliases are written out: what is wrong, and on which line.
pub fn read(text: &str) -> Result<Document, (String, usize)> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        values: 0,
        line: 1,
    };
    loop {
        match reader.next()? {
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
            Event::StreamEnd | Event::DocumentEnd => return Ok(Document::Null),
            first => {
                let document = reader.value(first, 0)?;
                // What follows must be YAML as well.
                while !matches!(reader.next()?, Event::StreamEnd | Event::DocumentStart(_)) {}
                return Ok(document);
            }
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    anchors: HashMap<usize, (Document, usize)>,
    values: usize,
    line: usize,
}

type Wrong = (String, usize);

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Event<'a>, Wrong> {
        match self.parser.next() {
            Some(Ok((event, span))) => {
                self.line = span.start.line();
                Ok(event)
            }
            Some(Err(error)) => Err((error.info().to_owned(), error.marker().line())),
            None => Ok(Event::StreamEnd),
        }
    }

    fn count(&mut self, values: usize) -> Result<(), Wrong> {
        self.values = self.values.saturating_add(values);
        match self.values > VALUES {
            true => Err(("its aliases make it too large".to_owned(), self.line)),
            false => Ok(()),
        }
    }

    fn value(&mut self, event: Event<'a>, depth: usize) -> Result<Document, Wrong> {
        if depth > DEPTH {
            return Err(("it is nested too deeply".to_owned(), self.line));
        }
        let before = self.values;
        self.count(1)?;
        let (document, anchor) = match event {
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                let (document, values) =
                    known.ok_or_else(|| ("unknown alias".to_owned(), self.line))?;
                self.count(values)?;
                return Ok(document);
            }
            Event::Scalar(text, style, anchor, tag) => {
                (scalar(text, style, tag.as_deref()), anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        Event::SequenceEnd => break,
                        event => items.push(self.value(event, depth + 1)?),
                    }
                }
                (tagged(Document::List(items), tag.as_deref()), anchor)
            }
            Event::MappingStart(anchor, tag) => (tagged(self.map(depth)?, tag.as_deref()), anchor),
            _ => return Err(("a value is missing".to_owned(), self.line)),
        };
        if anchor > 0 {
            let values = self.values - before;
            self.anchors.insert(anchor, (document.clone(), values));
        }
        Ok(document)
    }

    fn map(&mut self, depth: usize) -> Result<Document, Wrong> {
        let (mut pairs, mut merged) = (Vec::new(), Vec::new());
        loop {
            let name = match self.next()? {
                Event::MappingEnd => break,
                event => self.value(event, depth + 1)?,
            };
            let event = self.next()?;
            let value = self.value(event, depth + 1)?;
            match (name.scalar(), value) {
                (Some(name), Document::Map(map)) if name == "<<" => merged.extend(map),
                (Some(name), Document::List(maps)) if name == "<<" => {
                    for map in maps.into_iter().rev() {
                        if let Document::Map(map) = map {
                            merged.extend(map);
                        }
                    }
                }
                (Some(name), value) => pairs.push((name, value)),
                (None, value) if name == Document::Null => pairs.push(("null".to_owned(), value)),
                (None, _) => return Err(("a name is no text".to_owned(), self.line)),
            }
        }
        merged.extend(pairs);
        Ok(Document::Map(Map::from_pairs(merged)))
    }
}

/// CloudFormation's short forms as its long ones: `!Sub x` is `{"Fn::Sub": x}`.
fn tagged(document: Document, tag: Option<&Tag>) -> Document {
    let Some(tag) = tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty()) else {
        return document;
    };
    let name = match tag.suffix.as_str() {
        "Ref" | "Condition" => tag.suffix.clone(),
        other => format!("Fn::{other}"),
    };
    Map::from_pairs(vec![(name, document)]).into()
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Document {
    if let Some(tag) = tag {
        return match (tag.handle.as_str(), tag.suffix.as_str()) {
            ("!", _) => tagged(Document::Text(text.into_owned()), Some(tag)),
            (_, "str") => Document::Text(text.into_owned()),
            _ => plain(&text),
        };
    }
    match style {
        ScalarStyle::Plain => plain(&text),
        _ => Document::Text(text.into_owned()),
    }
}

/// What a word without quotes means.
fn plain(text: &str) -> Document {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Document::Null,
        "true" | "True" | "TRUE" => return true.into(),
        "false" | "False" | "FALSE" => return false.into(),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let numeric = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || b".eE+-".contains(&b));
    if numeric {
        if let Ok(whole) = text.parse::<i64>() {
            return whole.into();
        }
        if let Some(number) = text.parse().ok().and_then(Number::from_f64) {
            return Document::Number(number);
        }
    }
    text.into()
}

/// Which texts stand in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// All values, after `---`: Swagger 2.0.
    All,
    /// Those that would mean something else without: OpenAPI 3.0.
    Needed,
}

/// Writes a document.
pub fn write(document: &Document, quotes: Quotes) -> String {
    let mut out = String::new();
    if quotes == Quotes::All {
        out.push_str("---\n");
    }
    match document {
        Document::Map(map) if !map.is_empty() => members(map, 0, quotes, &mut out),
        Document::List(all) if !all.is_empty() => items(all, 0, quotes, &mut out),
        other => {
            inline(other, quotes, &mut out);
            out.push('\n');
        }
    }
    out
}

fn pad(depth: usize, out: &mut String) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn members(map: &Map, depth: usize, quotes: Quotes, out: &mut String) {
    for (at, (name, value)) in map.iter().enumerate() {
        // The first member of an item of a list stands beside its dash.
        if at > 0 || !out.ends_with("- ") {
            pad(depth, out);
        }
        out.push_str(&word(name, Quotes::Needed));
        out.push(':');
        match value {
            Document::Map(map) if !map.is_empty() => {
                out.push('\n');
                members(map, depth + 1, quotes, out);
            }
            Document::List(all) if !all.is_empty() => {
                out.push('\n');
                items(all, depth, quotes, out);
            }
            other => {
                out.push(' ');
                inline(other, quotes, out);
                out.push('\n');
            }
        }
    }
}

fn items(all: &[Document], depth: usize, quotes: Quotes, out: &mut String) {
    for (at, item) in all.iter().enumerate() {
        if at > 0 || !out.ends_with("- ") {
            pad(depth, out);
        }
        out.push_str("- ");
        match item {
            Document::Map(map) if !map.is_empty() => members(map, depth + 1, quotes, out),
            Document::List(all) if !all.is_empty() => items(all, depth + 1, quotes, out),
            other => {
                inline(other, quotes, out);
                out.push('\n');
            }
        }
    }
}

fn inline(document: &Document, quotes: Quotes, out: &mut String) {
    match document {
        Document::Map(_) => out.push_str("{}"),
        Document::List(_) => out.push_str("[]"),
        Document::Text(text) => out.push_str(&word(text, quotes)),
        other => out.push_str(&other.scalar().unwrap_or_else(|| "null".into())),
    }
}

fn word(text: &str, quotes: Quotes) -> String {
    let safe = quotes == Quotes::Needed
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '$')
        && text.chars().all(|c| c.is_ascii_graphic() || c == ' ')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([' ', ':'])
        && plain(text) == Document::Text(text.to_owned())
        && !["y", "n", "yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str());
    if safe {
        return text.to_owned();
    }
    // JSON's escapes are YAML's.
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn json(text: &str) -> String {
        serde_json::to_string(&read(text).unwrap()).unwrap()
    }

    #[test]
    fn words_mean_what_yaml_says() {
        assert_eq!(
            json("b: 200\na: '200'\nc: [1.0, true, ~, 1e3, 2018-01-01, on]\n200: x\n"),
            r#"{"b":200,"a":"200","c":[1.0,true,null,1000.0,"2018-01-01","on"],"200":"x"}"#
        );
        assert_eq!(
            json("a: &x {k: 1}\nb: {<<: *x, m: 2}\n"),
            r#"{"a":{"k":1},"b":{"k":1,"m":2}}"#
        );
        assert_eq!(
            json("a: !Sub '${x}'\nb: !GetAtt a.b\nc: !If [c, !Ref d, e]\n"),
            r#"{"a":{"Fn::Sub":"${x}"},"b":{"Fn::GetAtt":"a.b"},"c":{"Fn::If":["c",{"Ref":"d"},"e"]}}"#
        );
    }

    #[test]
    fn what_is_no_yaml_is_told_with_its_line_and_bombs_do_not_go_off() {
        assert_eq!(read("a: 1\nb: [\n").unwrap_err().1, 3);
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..9 {
            let before = format!("*a{},", n - 1).repeat(10);
            bomb += &format!("a{n}: &a{n} [{before}]\n");
        }
        assert!(read(&bomb).unwrap_err().0.contains("too large"));
        assert!(read(&"[".repeat(5000)).is_err());
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        let text = r##"{"swagger":"2.0","n":1,"f":false,"nothing":null,"e":{},"l":[],"paths":{"/":{"get":{"tags":["a","b: c","#d"],
            "list":[{"in":"body","x":[1,{"y":"no"}]},[["z"],"200"]],"text":"two\nlines \"quoted\"","200":" x ","'a'":"- b","true":"~"}}}}"##;
        let document: Document = serde_json::from_str(text).unwrap();
        for quotes in [Quotes::All, Quotes::Needed] {
            let written = write(&document, quotes);
            assert_eq!(read(&written).unwrap(), document, "{written}");
        }
        assert_eq!(
            write(&document, Quotes::Needed).lines().next(),
            Some("swagger: \"2.0\"")
        );
    }
}
