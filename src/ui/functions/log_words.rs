//! The word and the colour of a log line, the same in the test's tail and in the log.

use crate::model::log::Level;
use crate::ui::widgets::chip::Tone;

/// The word that stands before a line of the platform, from its first characters.
pub fn platform_word(message: &str) -> &'static str {
    const WORDS: [(&str, &str); 6] = [
        ("START", "START"),
        ("END", "END"),
        ("REPORT", "REPORT"),
        ("INIT_START", "INIT_START"),
        ("RESTORE", "RESTORE"),
        ("EXTENSION", "EXTENSION"),
    ];
    if message.starts_with('{') {
        const TYPES: [(&str, &str); 5] = [
            ("platform.initStart", "INIT_START"),
            ("platform.start", "START"),
            ("platform.report", "REPORT"),
            ("platform.runtimeDone", "END"),
            ("platform.restore", "RESTORE"),
        ];
        // The type stands within the first members: not the whole line is looked through.
        let head = &message[..message.floor_char_boundary(200)];
        let found = TYPES.iter().find(|(name, _)| head.contains(name));
        return found.map_or("PLATFORM", |(_, word)| word);
    }
    let found = WORDS.iter().find(|(start, _)| message.starts_with(start));
    found.map_or("PLATFORM", |(_, word)| word)
}

/// The word and the colour of a line by its level.
pub fn level_word(level: Option<Level>) -> (Tone, &'static str) {
    match level {
        None => (Tone::Plain, ""),
        Some(level @ (Level::Fatal | Level::Error)) => (Tone::Err, level.as_str()),
        Some(level @ Level::Warn) => (Tone::Warn, level.as_str()),
        Some(level @ Level::Info) => (Tone::Accent, level.as_str()),
        Some(level @ (Level::Debug | Level::Trace)) => (Tone::Muted, level.as_str()),
    }
}

/// The text without the word that already stands before it, with or without brackets.
pub fn without_word<'a>(text: &'a str, word: &str) -> &'a str {
    if word.is_empty() {
        return text;
    }
    let bare = text.strip_prefix('[').unwrap_or(text);
    match bare.strip_prefix(word) {
        Some(rest) => rest.trim_start_matches([']', ' ', '\t']),
        None => text,
    }
}

/// A longer line is shown as it is: this is asked for every line on the screen, on every frame.
const SENTENCE_BYTES: usize = 4_096;

/// A structured line as people read it: its message, then the other fields as `name=value`. None where it is no JSON
/// object with a message.
pub fn json_sentence(line: &str) -> Option<String> {
    if !line.starts_with('{') || line.len() > SENTENCE_BYTES {
        return None;
    }
    let value: serde_json::Value = serde_json::from_str(line).ok()?;
    let fields = value.as_object()?;
    let said = ["message", "msg", "event"];
    let said = said
        .into_iter()
        .find(|name| fields.get(*name).is_some_and(|v| v.is_string()))?;
    // Time, level and request stand in columns of their own.
    let shown_elsewhere = |name: &str| {
        let name = name.to_ascii_lowercase();
        matches!(
            name.as_str(),
            "level"
                | "time"
                | "timestamp"
                | "requestid"
                | "awsrequestid"
                | "aws_request_id"
                | "request_id"
        )
    };
    let mut sentence = fields.get(said)?.as_str()?.to_owned();
    for (name, value) in fields {
        if name == said || shown_elsewhere(name) {
            continue;
        }
        sentence.push_str("  ");
        sentence.push_str(name);
        sentence.push('=');
        match value.as_str() {
            Some(text) => sentence.push_str(text),
            None => sentence.push_str(&value.to_string()),
        }
    }
    Some(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_structured_line_is_a_sentence_with_its_fields() {
        let line = r#"{"level": "INFO", "message": "注文を確定しました", "orderId": "ord-1", "total": 4900, "requestId": "8f1c"}"#;
        let said = "注文を確定しました  orderId=ord-1  total=4900";
        assert_eq!(json_sentence(line).as_deref(), Some(said));
        assert_eq!(json_sentence(r#"{"statusCode": 200}"#), None);
        assert_eq!(json_sentence("plain"), None);
    }

    #[test]
    fn lines_of_the_platform_have_their_word_in_text_and_in_json() {
        let words = [
            "START RequestId: 1 Version: 2",
            "REPORT RequestId: 1\tDuration: 1 ms",
            "INIT_START Runtime Version: python:3.13",
            r#"{"time":"2026-01-01T00:00:00Z","type":"platform.report","record":{}}"#,
            r#"{"time":"2026-01-01T00:00:00Z","type":"platform.logsDropped"}"#,
        ]
        .map(platform_word);
        assert_eq!(
            words,
            ["START", "REPORT", "INIT_START", "REPORT", "PLATFORM"]
        );
    }
}
