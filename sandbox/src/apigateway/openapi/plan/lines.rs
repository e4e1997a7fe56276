//! On which line of a text the places stand that notes point to.

use super::{Note, below};
use saphyr_parser::{Event, Parser};
use std::collections::HashMap;

/// A map or a list that is open: where it is, and what in it comes next.
enum Open {
    Map { at: String, name: Option<String> },
    List { at: String, next: usize },
}

/// Writes the lines into the notes. JSON is YAML enough for this. A place that was made by an alias has its map's line.
pub fn find<'a>(text: &str, notes: impl Iterator<Item = &'a mut Note>) {
    let notes: Vec<&mut Note> = notes.collect();
    if notes.is_empty() {
        return;
    }
    let lines = lines(text);
    for note in notes {
        let mut at = note.pointer.as_str();
        // What is not in the text itself stands for what it is in.
        while note.line.is_none() {
            note.line = lines.get(at).copied();
            match at.rfind('/') {
                Some(end) => at = &at[..end],
                None => break,
            }
        }
    }
}

fn lines(text: &str) -> HashMap<String, usize> {
    let (mut lines, mut open) = (HashMap::new(), Vec::new());
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        let line = span.start.line();
        match event {
            Event::Scalar(text, ..) => {
                if let Some(Open::Map { name, at }) = open.last_mut()
                    && name.is_none()
                {
                    lines.insert(below(at, &text), line);
                    *name = Some(text.into_owned());
                    continue;
                }
                if let Some((at, is_item)) = place(&mut open)
                    && is_item
                {
                    lines.insert(at, line);
                }
            }
            Event::Alias(_) => {
                place(&mut open);
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                let (at, is_item) = place(&mut open).unwrap_or_default();
                if is_item || at.is_empty() {
                    lines.insert(at.clone(), line);
                }
                open.push(match event {
                    Event::MappingStart(..) => Open::Map { at, name: None },
                    _ => Open::List { at, next: 0 },
                });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
            }
            _ => {}
        }
    }
    lines
}

/// Where the next value stands, and whether it is an item of a list.
fn place(open: &mut [Open]) -> Option<(String, bool)> {
    match open.last_mut()? {
        Open::Map { at, name } => Some((below(at, &name.take().unwrap_or_default()), false)),
        Open::List { at, next } => {
            *next += 1;
            Some((format!("{at}/{}", *next - 1), true))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_line_in_json_and_in_yaml() {
        let yaml = "a:\n  b/c:\n    - x\n    - y: 1\n";
        let json = "{\n \"a\": {\n  \"b/c\": [\n   \"x\",\n   {\"y\": 1}]}}";
        for (text, expected) in [(yaml, [1, 2, 3, 4]), (json, [2, 3, 4, 5])] {
            let lines = lines(text);
            let places = ["/a", "/a/b~1c", "/a/b~1c/0", "/a/b~1c/1/y"];
            let got = places.map(|place| lines.get(place).copied().unwrap_or_default());
            assert_eq!(got, expected, "{text}");
        }
    }
}
