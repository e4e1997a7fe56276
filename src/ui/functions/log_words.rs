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

#[cfg(test)]
mod tests {
    use super::*;

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
