//! A request's execution log: what each step did, in the service's words. Knows nothing of where it is read: a test of a
//! method answers with it, a stage writes it to a log group.
//! Source: the service's recorded tests, and logs that people published.

use crate::{apigateway::model::MethodSetting, clock::Clock, region::lock};
use jiff::Timestamp;
use std::{fmt::Write, sync::Mutex};

/// Bytes of a line; more is cut.
const MOST: usize = 1024;
/// Letters that a hidden value ends with.
const SHOWN: usize = 6;
/// Headers that no log shows.
const HIDDEN: [&str; 2] = ["authorization", "x-api-key"];

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Off,
    Error,
    Info,
}

/// The lines of one request so far.
#[derive(Debug)]
pub struct Log {
    clock: Clock,
    level: Level,
    /// Whether what was sent and answered is logged, too.
    traced: bool,
    lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    all: Vec<(Timestamp, String)>,
    has_failed: bool,
}

impl Log {
    /// Everything, as a test of a method shows it.
    pub fn whole(clock: Clock) -> Self {
        Self::new(clock, Level::Info, true)
    }

    /// As a stage's settings for a method want it.
    pub fn of(clock: Clock, setting: Option<&MethodSetting>) -> Self {
        let level = setting.and_then(|setting| setting.logging_level.as_deref());
        let level = match level {
            Some("INFO") => Level::Info,
            Some("ERROR") => Level::Error,
            _ => Level::Off,
        };
        let traced = setting.is_some_and(|setting| setting.data_trace_enabled);
        Self::new(clock, level, traced)
    }

    fn new(clock: Clock, level: Level, traced: bool) -> Self {
        Self {
            clock,
            level,
            traced,
            lines: Mutex::default(),
        }
    }

    fn put(&self, line: &str) {
        let now = self.clock.now();
        lock(&self.lines).all.push((now, cut(line)));
    }

    /// What happens.
    pub fn info(&self, line: impl FnOnce() -> String) {
        if self.level == Level::Info {
            self.put(&line());
        }
    }

    /// What is sent or answered.
    pub fn data(&self, line: impl FnOnce() -> String) {
        if self.traced {
            self.info(line);
        }
    }

    /// Why nothing comes of the request.
    pub fn failed(&self, line: &str) {
        if self.level >= Level::Error {
            self.put(line);
            lock(&self.lines).has_failed = true;
        }
    }

    /// How the request ended.
    pub fn completed(&self, status: u16) {
        let is_told = self.level == Level::Info || lock(&self.lines).has_failed;
        if is_told {
            self.put(&format!("Method completed with status: {status}"));
        }
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<(Timestamp, String)> {
        lock(&self.lines).all.clone()
    }

    /// The lines as a test of a method shows them.
    pub fn text(&self, request_id: &str) -> String {
        let mut out = format!("Execution log for request {request_id}\n");
        for (at, line) in self.lines() {
            let at = at.strftime("%a %b %d %H:%M:%S UTC %Y");
            // A String takes everything that is written to it.
            let _ = writeln!(out, "{at} : {line}");
        }
        out
    }
}

fn cut(line: &str) -> String {
    if line.len() <= MOST {
        return line.to_owned();
    }
    let mut end = MOST;
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    format!("{} [TRUNCATED]", &line[..end])
}

/// A value of which only the end is shown.
pub fn hidden(value: &str) -> String {
    let letters = value.chars().count();
    let stars = letters.saturating_sub(SHOWN);
    let shown = if stars == 0 { 0 } else { SHOWN };
    let stars = "*".repeat(letters - shown);
    value
        .chars()
        .skip(letters - shown)
        .fold(stars, |mut out, letter| {
            out.push(letter);
            out
        })
}

/// Names and values as a log shows them: `{a=b, c=d}`.
pub fn map<'a>(all: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let all = all.into_iter().map(|(name, value)| {
        let is_hidden = HIDDEN.iter().any(|known| known.eq_ignore_ascii_case(name));
        match is_hidden {
            true => format!("{name}={}", hidden(value)),
            false => format!("{name}={value}"),
        }
    });
    format!("{{{}}}", all.collect::<Vec<_>>().join(", "))
}

/// The same of a list.
pub fn pairs(all: &[(String, String)]) -> String {
    map(all
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Clock {
        Clock::manual(text.parse().unwrap_or_default())
    }

    #[test]
    fn a_line_is_cut_at_a_kilobyte_of_its_own() {
        let log = Log::whole(at("2026-11-28T05:07:09Z"));
        log.info(|| "a".repeat(1024));
        log.data(|| format!("{}é", "a".repeat(1023)));
        let text = log.text("id");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Execution log for request id");
        assert_eq!(
            lines[1],
            format!("Sat Nov 28 05:07:09 UTC 2026 : {}", "a".repeat(1024))
        );
        assert!(lines[2].ends_with("a [TRUNCATED]"), "{}", lines[2]);
        assert!(text.ends_with('\n'));
    }

    #[test]
    fn secrets_show_their_end_alone() {
        assert_eq!(hidden("aaaaaaaabbbbbb"), "********bbbbbb");
        assert_eq!(hidden("short"), "*****");
        assert_eq!(hidden(""), "");
        assert_eq!(
            map([("Accept", "*/*"), ("X-Api-Key", "1234567890")]),
            "{Accept=*/*, X-Api-Key=****567890}"
        );
    }

    #[test]
    fn a_level_says_what_is_told() {
        let told = |level: &str, traced: bool, fails: bool| {
            let setting = MethodSetting {
                logging_level: Some(level.to_owned()),
                data_trace_enabled: traced,
                ..MethodSetting::default()
            };
            let log = Log::of(at("2026-11-28T05:07:09Z"), Some(&setting));
            log.info(|| "info".into());
            log.data(|| "data".into());
            if fails {
                log.failed("failed");
            }
            log.completed(500);
            let lines = log.lines();
            let lines: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
            lines.join("|")
        };
        let end = "Method completed with status: 500";
        assert_eq!(told("OFF", true, true), "");
        assert_eq!(told("ERROR", true, false), "");
        assert_eq!(told("ERROR", true, true), format!("failed|{end}"));
        assert_eq!(told("INFO", false, false), format!("info|{end}"));
        assert_eq!(told("INFO", true, true), format!("info|data|failed|{end}"));
    }
}
