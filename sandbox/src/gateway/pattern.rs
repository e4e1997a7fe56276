//! Patterns of models that the engine here can't read as they are. Models are JSON Schema of draft 4, whose patterns are those of
//! JavaScript (ECMA-262); the service runs them in such an engine. Rust's has no look-ahead. What people write most, `^(?=.*\d)(?!.*
//! ).{8,}$`, says the same as several patterns that must all hold, and becomes these. What can't be said so (back references,
//! look-ahead elsewhere) is left out: a body is not refused for a pattern that nobody here can read.

use boon::{Compiler, Draft, Schemas};
use serde_json::{Map, Value, json};

/// Members of a schema that hold values and no schemas.
const VALUES: [&str; 4] = ["enum", "default", "example", "examples"];

/// A schema with its patterns in a form that can be read here.
pub fn readable(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if !VALUES.contains(&name.as_str()) {
                    readable(member);
                }
            }
            one(members);
        }
        Value::Array(all) => all.iter_mut().for_each(readable),
        _ => {}
    }
}

fn one(schema: &mut Map<String, Value>) {
    let Some(pattern) = schema.get("pattern").and_then(Value::as_str) else {
        return;
    };
    if is_readable(pattern) {
        return;
    }
    let parts = split(pattern).filter(|parts| parts.iter().all(|part| is_readable(&part.text)));
    let Some(parts) = parts else {
        tracing::info!(
            pattern,
            "a pattern of a model can't be read here: it is not asked for"
        );
        schema.remove("pattern");
        return;
    };
    schema.remove("pattern");
    let all = schema.entry("allOf").or_insert_with(|| json!([]));
    let all = all.as_array_mut().into_iter();
    for list in all {
        list.extend(parts.iter().map(|part| match part.holds {
            true => json!({ "pattern": part.text }),
            // What is no text has no pattern to break.
            false => json!({"not": {"type": "string", "pattern": part.text}}),
        }));
    }
}

/// Whether a pattern can be read as it is.
fn is_readable(pattern: &str) -> bool {
    let (mut compiler, place) = (Compiler::new(), "https://sekisho.invalid/pattern");
    compiler.set_default_draft(Draft::V4);
    let added = compiler.add_resource(place, json!({ "pattern": pattern }));
    added.is_ok() && compiler.compile(place, &mut Schemas::new()).is_ok()
}

/// A pattern that must hold, or must not.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    text: String,
    holds: bool,
}

/// The patterns that one with look-ahead at its start comes to; none where it has none there.
fn split(pattern: &str) -> Option<Vec<Part>> {
    let mut rest = pattern.strip_prefix('^')?;
    let mut parts = Vec::new();
    loop {
        let (after, holds) = match (rest.strip_prefix("(?="), rest.strip_prefix("(?!")) {
            (Some(after), _) => (after, true),
            (_, Some(after)) => (after, false),
            _ => break,
        };
        let end = closing(after)?;
        let text = format!("^(?:{})", &after[..end]);
        parts.push(Part { text, holds });
        rest = &after[end + 1..];
    }
    // A choice would be between all of it and the rest.
    if parts.is_empty() || has_choice(rest)? {
        return None;
    }
    parts.push(Part {
        text: format!("^{rest}"),
        holds: true,
    });
    Some(parts)
}

/// Where the bracket that is open closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, letter) in bare(text) {
        match letter {
            '(' => depth += 1,
            ')' if depth == 0 => return Some(at),
            ')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether there is a choice outside of all brackets; none where they don't match.
fn has_choice(text: &str) -> Option<bool> {
    let (mut depth, mut found) = (0_usize, false);
    for (_, letter) in bare(text) {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            '|' if depth == 0 => found = true,
            _ => {}
        }
    }
    (depth == 0).then_some(found)
}

/// The letters that are no escapes and in no class.
fn bare(text: &str) -> impl Iterator<Item = (usize, char)> {
    let (mut escaped, mut in_class) = (false, false);
    text.char_indices().filter(move |(_, letter)| {
        if escaped {
            escaped = false;
            return false;
        }
        match (letter, in_class) {
            ('\\', _) => escaped = true,
            ('[', false) => in_class = true,
            (']', true) => in_class = false,
            (_, is) => return !is,
        }
        false
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    /// Whether a value fits a schema once it can be read.
    fn fits(schema: &Value, value: &Value) -> bool {
        let mut schema = schema.clone();
        readable(&mut schema);
        let (mut compiler, mut schemas) = (Compiler::new(), Schemas::new());
        compiler.set_default_draft(Draft::V4);
        compiler
            .add_resource("https://x.invalid/s", schema)
            .unwrap();
        let index = compiler
            .compile("https://x.invalid/s", &mut schemas)
            .unwrap();
        schemas.validate(value, index).is_ok()
    }

    #[test]
    fn look_ahead_at_the_start_is_several_patterns() {
        let password = json!({"pattern": r"^(?=.*[A-Z(])(?=.*\d)(?!.*\s)[\w!(]{8,}$"});
        for (text, good) in [
            ("Abcdefg1", true),
            ("(bcdefg1", true),
            ("abcdefg1", false),
            ("Abcdefgh", false),
            ("Abc efg1", false),
            ("Abcdef1", false),
        ] {
            assert_eq!(fits(&password, &json!(text)), good, "{text}");
        }
        // A pattern asks nothing of what is no text.
        assert!(fits(&password, &json!(7)));
        let not = json!({"properties": {"a": {"type": "string", "pattern": "^(?!admin$)", "allOf": [{"maxLength": 6}]}}});
        assert!(fits(&not, &json!({"a": "admins"})));
        assert!(!fits(&not, &json!({"a": "admin"})));
        assert!(!fits(&not, &json!({"a": "nobody-else"})));
    }

    #[test]
    fn what_cannot_be_read_refuses_nobody() {
        for pattern in [
            r"^(a|b)\1$",
            "^a(?!b)",
            "(?=a)b",
            "^(?=a)b|c",
            "^(?=(a)\\1)b",
            "^(?=a",
        ] {
            let schema = json!({"properties": {"a": {"pattern": pattern, "maxLength": 3}}});
            assert!(fits(&schema, &json!({"a": "xyz"})), "{pattern}");
            assert!(!fits(&schema, &json!({"a": "wxyz"})), "{pattern}");
        }
    }

    #[test]
    fn what_can_be_read_stays_as_it_is() {
        let schema = json!({
            "pattern": r"^\d{3}-\cA?[[:alpha:]]+$", "enum": [{"pattern": "(?=a)"}],
            "properties": {"pattern": {"type": "string"}},
        });
        let mut read = schema.clone();
        readable(&mut read);
        assert_eq!(read, schema);
    }
}
