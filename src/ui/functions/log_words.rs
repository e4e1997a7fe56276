//! The word and the colour of a log line and what is said of it in one row, the same in the test's tail and in the log.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::model::log::Level;
use crate::model::log::parse::{is_request_id, text_of, timeout_of, without_escapes};
use crate::ui::widgets::chip::Tone;

/// The word that stands before a line of the platform, from its first characters.
pub fn platform_word(message: &str) -> &'static str {
    const WORDS: [&str; 8] = [
        "START",
        "END",
        "REPORT",
        "INIT_START",
        "INIT_REPORT",
        "RESTORE_START",
        "RESTORE_REPORT",
        "EXTENSION",
    ];
    if message.starts_with('{') {
        const TYPES: [(&str, &str); 10] = [
            ("platform.initStart", "INIT_START"),
            ("platform.initReport", "INIT_REPORT"),
            ("platform.initRuntimeDone", "INIT_END"),
            ("platform.start", "START"),
            ("platform.report", "REPORT"),
            ("platform.runtimeDone", "END"),
            ("platform.restoreStart", "RESTORE_START"),
            ("platform.restoreReport", "RESTORE_REPORT"),
            ("platform.restoreRuntimeDone", "RESTORE_END"),
            ("platform.extension", "EXTENSION"),
        ];
        // The type stands within the first members: not the whole line is looked through.
        let head = &message[..message.floor_char_boundary(200)];
        let found = TYPES.iter().find(|(name, _)| head.contains(name));
        return found.map_or("PLATFORM", |(_, word)| word);
    }
    let end = message.find(|c: char| c != '_' && !c.is_ascii_uppercase());
    let first = &message[..end.unwrap_or(message.len())];
    let found = WORDS.iter().find(|word| **word == first);
    found.copied().unwrap_or("PLATFORM")
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

/// The message in a row: without what it holds for a terminal, without what stands in columns beside it, a structured line as
/// its message and its fields, REPORT from its numbers on.
pub fn said<'a>(message: &'a str, word: &str) -> Cow<'a, str> {
    match without_escapes(message) {
        Cow::Borrowed(message) => said_plain(message, word),
        Cow::Owned(message) => said_plain(&message, word).into_owned().into(),
    }
}

fn said_plain<'a>(message: &'a str, word: &str) -> Cow<'a, str> {
    let text = text_of(message);
    if let Some(sentence) = json_sentence(text) {
        return sentence.into();
    }
    // Time and request stand in columns of their own.
    if let Some((id, words)) = timeout_of(text)
        && is_request_id(id)
    {
        return words.into();
    }
    let text = without_word(text, word);
    // The id stands in START and END too; the numbers are what one looks for here.
    match (word, text.split_once('\t')) {
        ("REPORT", Some((id, numbers))) if id.starts_with("RequestId: ") => {
            numbers.trim_end().replace('\t', "  ").into()
        }
        (_, Some(_)) if word.contains('_') => text.replace('\t', "  ").into(),
        _ => text.into(),
    }
}

/// The text without the word that already stands before it, with or without brackets.
fn without_word<'a>(text: &'a str, word: &str) -> &'a str {
    if word.is_empty() {
        return text;
    }
    let bare = text.strip_prefix('[').unwrap_or(text);
    match bare.strip_prefix(word) {
        Some(rest) if !rest.starts_with(|c: char| c.is_alphanumeric()) => {
            rest.trim_start_matches([']', ' ', '\t'])
        }
        _ => text,
    }
}

/// A longer line is shown as it is: this is asked for every line on the screen, on every frame.
const SENTENCE_BYTES: usize = 4_096;

/// A structured line as people read it: its message or its error, then the other fields as `name=value`. None where it is no
/// JSON object.
pub fn json_sentence(line: &str) -> Option<String> {
    if !line.starts_with('{') || line.len() > SENTENCE_BYTES {
        return None;
    }
    let value: Value = serde_json::from_str(line).ok()?;
    let mut fields = value.as_object()?;
    // A platform's event says all in its record.
    let platform = fields
        .get("type")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind.starts_with("platform."));
    if platform && let Some(record) = fields.get("record").and_then(Value::as_object) {
        fields = record;
    }
    let mut sentence = String::new();
    let said = ["message", "msg", "event"];
    let said = said
        .into_iter()
        .find(|name| fields.get(*name).is_some_and(Value::is_string));
    if let Some(text) = said.and_then(|name| fields.get(name)?.as_str()) {
        sentence.push_str(text);
    } else {
        let nested = fields.get("message").and_then(Value::as_object);
        sentence.push_str(&error_words(nested.unwrap_or(fields)));
    }
    for (name, value) in fields {
        let told = said == Some(name.as_str()) || (!platform && shown_elsewhere(name));
        if told || is_of_error(name) || (name == "message" && value.is_object()) {
            continue;
        }
        if !sentence.is_empty() {
            sentence.push_str("  ");
        }
        sentence.push_str(name);
        sentence.push('=');
        match value.as_str() {
            Some(text) => sentence.push_str(text),
            None => sentence.push_str(&value.to_string()),
        }
    }
    (!sentence.is_empty()).then_some(sentence)
}

/// Time, level and request stand in columns of their own.
fn shown_elsewhere(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "level"
            | "log_level"
            | "time"
            | "timestamp"
            | "requestid"
            | "awsrequestid"
            | "aws_request_id"
            | "request_id"
    )
}

fn is_of_error(name: &str) -> bool {
    matches!(name, "errorType" | "errorMessage" | "stackTrace")
}

/// `Type: message`, as the runtimes write an error; empty where it is none.
fn error_words(fields: &Map<String, Value>) -> String {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    match (text("errorType"), text("errorMessage")) {
        (kind, "") => kind.to_owned(),
        ("", message) => message.to_owned(),
        (kind, message) => format!("{kind}: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "79104ad7-1f6b-4b3a-8f3e-0c1d2e3f4a5b";

    #[test]
    fn a_structured_line_is_a_sentence_with_its_fields() {
        let cases = [
            (
                r#"{"level": "INFO", "message": "注文を確定しました", "orderId": "ord-1", "total": 4900, "requestId": "8f1c"}"#.to_owned(),
                "注文を確定しました  orderId=ord-1  total=4900",
            ),
            (r#"{"statusCode": 200}"#.to_owned(), "statusCode=200"),
            ("plain".to_owned(), "plain"),
            (
                format!("2026-11-27T10:00:00.000Z\t{ID}\tWARN\t{{\"level\":\"warn\",\"msg\":\"slow\",\"backlog\":3544}}"),
                "slow  backlog=3544",
            ),
            (
                r#"{"level":"ERROR","message":{"errorType":"TypeError","errorMessage":"no","stackTrace":["a"]}}"#.to_owned(),
                "TypeError: no",
            ),
            (
                r#"{"time":"2026-01-01T00:00:00Z","type":"platform.start","record":{"requestId":"1","version":"$LATEST"}}"#.to_owned(),
                "requestId=1  version=$LATEST",
            ),
        ];
        for (line, words) in cases {
            assert_eq!(said(&line, "WARN"), words);
        }
    }

    #[test]
    fn a_report_begins_with_its_numbers_and_escapes_are_not_drawn() {
        let report = format!("REPORT RequestId: {ID}\tDuration: 5.00 ms\tBilled Duration: 6 ms\t");
        assert_eq!(
            said(&report, "REPORT"),
            "Duration: 5.00 ms  Billed Duration: 6 ms"
        );
        assert_eq!(said("\u{1b}[31mERROR\u{1b}[0m red", ""), "ERROR red");
        assert_eq!(said("ERRORS: 3", "ERROR"), "ERRORS: 3");
        let timeout = format!("2026-11-27T10:00:00.000Z {ID} Task timed out after 3.00 seconds");
        assert_eq!(said(&timeout, "ERROR"), "Task timed out after 3.00 seconds");
        let words = "2026-11-27 10:00 Task timed out after 3 tries";
        assert_eq!(said(words, ""), words, "a program's own words");
    }

    #[test]
    fn lines_of_the_platform_have_their_word_in_text_and_in_json() {
        let words = [
            "START RequestId: 1 Version: 2",
            "REPORT RequestId: 1\tDuration: 1 ms",
            "INIT_START Runtime Version: python:3.13",
            "INIT_REPORT Init Duration: 9908.09 ms",
            "RESTORE_REPORT Restore Duration: 518.30 ms",
            "RESTORE_START Runtime Version: java:21",
            r#"{"time":"2026-01-01T00:00:00Z","type":"platform.report","record":{}}"#,
            r#"{"time":"2026-01-01T00:00:00Z","type":"platform.restoreReport","record":{}}"#,
            r#"{"time":"2026-01-01T00:00:00Z","type":"platform.logsDropped"}"#,
        ]
        .map(platform_word);
        let expected = [
            "START",
            "REPORT",
            "INIT_START",
            "INIT_REPORT",
            "RESTORE_REPORT",
            "RESTORE_START",
            "REPORT",
            "RESTORE_REPORT",
            "PLATFORM",
        ];
        assert_eq!(words, expected);
    }
}
