//! The fields of a line: of its JSON, wherever in the line that stands, and those that text lines write as `name=value` or
//! `name: value`.

use std::borrow::Cow;

use serde_json::Value;

use super::parse::JSON_BYTES;

/// Fields of one line that are told; nobody reads a menu that is longer.
const MOST_FIELDS: usize = 24;

/// The JSON object of a line: the whole of it, or what stands behind other words, as Node writes it. It need not parse.
pub fn json_part(message: &str) -> Option<&str> {
    let message = message.trim_end();
    if !message.ends_with('}') || message.len() > JSON_BYTES {
        return None;
    }
    message.find('{').map(|at| &message[at..])
}

/// A field by its name, or by a path of names and positions with dots between them.
pub fn at<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    root.get(path).or_else(|| {
        path.split('.').try_fold(root, |node, step| match node {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            node => node.get(step),
        })
    })
}

/// What a text line says of a field: `name=value`, `name: value`, the value in quotes or up to the next space.
pub fn in_text<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.match_indices(name).find_map(|(at, _)| {
        let before = message[..at].chars().next_back();
        if before.is_some_and(is_of_name) {
            return None;
        }
        let rest = &message[at + name.len()..];
        let rest = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
        let rest = rest.strip_prefix('=').or_else(|| rest.strip_prefix(": "))?;
        let value = match rest.chars().next()? {
            quote @ ('"' | '\'') => rest[1..].split(quote).next()?,
            _ => rest.split(is_end).next()?,
        };
        (!value.is_empty()).then_some(value)
    })
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '$' | '@')
}

fn is_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, ',' | ';' | ')' | ']' | '}')
}

/// The fields of a line with their values, for a menu: those of its JSON down to the second level, else `name=value` in its
/// text. What is no text, number or switch is left out, and so is what is too long to be looked for.
pub fn of(message: &str) -> Vec<(String, String)> {
    let json = json_part(message).and_then(|part| serde_json::from_str::<Value>(part).ok());
    let mut found = Vec::new();
    match json {
        Some(Value::Object(fields)) => {
            for (name, value) in &fields {
                match value {
                    Value::Object(inner) => {
                        for (below, value) in inner {
                            push(&mut found, format!("{name}.{below}"), value);
                        }
                    }
                    value => push(&mut found, name.clone(), value),
                }
            }
        }
        _ => {
            for word in message.split_whitespace() {
                let Some((name, value)) = word.split_once('=') else {
                    continue;
                };
                let value = value.trim_matches(['"', '\'', ',', ';']);
                if !name.is_empty() && name.chars().all(is_of_name) && !value.is_empty() {
                    push(&mut found, name.to_owned(), &Value::from(value));
                }
            }
        }
    }
    found.truncate(MOST_FIELDS);
    found
}

fn push(found: &mut Vec<(String, String)>, name: String, value: &Value) {
    let value: Cow<'_, str> = match value {
        Value::String(text) => text.into(),
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        _ => return,
    };
    let is_name = !name.is_empty() && name.chars().all(is_of_name);
    if is_name && !value.is_empty() && value.len() <= 120 && !value.contains(['"', '\n']) {
        found.push((name, value.into_owned()));
    }
}

/// The filter that leaves the lines with that field and value, or those without.
pub fn as_filter(name: &str, value: &str, without: bool) -> String {
    let sign = if without { "-" } else { "" };
    match value.contains(char::is_whitespace) {
        true => format!("{sign}{name}=\"{value}\""),
        false => format!("{sign}{name}={value}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn fields_are_found_wherever_they_stand() {
        let node = "2026-11-27T10:00:00.000Z\t79104ad7-1f6b-4b3a-8f3e-0c1d2e3f4a5b\tWARN\tslow {\"backlog\":3544,\"a\":{\"b\":[7]}}";
        let json: Value = serde_json::from_str(json_part(node).unwrap()).unwrap();
        assert_eq!(at(&json, "backlog"), Some(&Value::from(3544)));
        assert_eq!(at(&json, "a.b.0"), Some(&Value::from(7)));
        assert_eq!(
            of(node),
            [("backlog".to_owned(), "3544".to_owned())],
            "lists are left out"
        );
        let dotted: Value = serde_json::from_str(r#"{"http.status": 500}"#).unwrap();
        assert_eq!(at(&dotted, "http.status"), Some(&Value::from(500)));
        assert_eq!(json_part("{ not closed"), None);
    }

    #[test]
    fn text_lines_have_fields_too() {
        let line = "took ms=432 path=\"/a b\", user: 'kai', ok=true;";
        assert_eq!(in_text(line, "ms"), Some("432"));
        assert_eq!(in_text(line, "path"), Some("/a b"));
        assert_eq!(in_text(line, "user"), Some("kai"));
        assert_eq!(in_text(line, "ok"), Some("true"));
        assert_eq!(in_text("items=3", "ms"), None, "the end of another name");
        assert_eq!(
            in_text("REPORT RequestId: 1\tDuration: 5.50 ms", "Duration"),
            Some("5.50")
        );
        assert_eq!(
            of("took ms=432 path=/a"),
            [("ms", "432"), ("path", "/a")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
    }

    #[test]
    fn a_field_becomes_the_filter_that_finds_it() {
        assert_eq!(as_filter("a.b", "x", false), "a.b=x");
        assert_eq!(as_filter("msg", "two words", true), "-msg=\"two words\"");
    }
}
