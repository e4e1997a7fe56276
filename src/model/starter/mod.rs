//! Code that a new function begins with: it runs as it is, logs what it got and answers.

use super::runtimes::{Runtime, RuntimeFamily, runtimes};

/// One file and how Lambda is told to call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starter {
    /// Its name within the package.
    pub file: &'static str,
    /// As the runtime reads it.
    pub handler: &'static str,
    /// The file.
    pub text: &'static str,
    /// Lambda starts it as a program.
    pub executable: bool,
    /// An event that it understands, JSON.
    pub event: &'static str,
}

/// Whom to greet.
const EVENT: &str = "{\n  \"name\": \"Ana\"\n}";

const PYTHON: Starter = Starter {
    file: "app.py",
    handler: "app.handler",
    text: include_str!("app.py"),
    executable: false,
    event: EVENT,
};

const NODE: Starter = Starter {
    file: "index.mjs",
    handler: "index.handler",
    text: include_str!("index.mjs"),
    executable: false,
    event: EVENT,
};

const PROVIDED: Starter = Starter {
    file: "bootstrap",
    handler: "bootstrap",
    text: include_str!("bootstrap"),
    executable: true,
    event: EVENT,
};

/// What a function of this runtime begins with; none where a package has to be built first.
pub fn starter(runtime: &str) -> Option<Starter> {
    match RuntimeFamily::of(runtime) {
        RuntimeFamily::Python => Some(PYTHON),
        RuntimeFamily::Node => Some(NODE),
        RuntimeFamily::Provided => Some(PROVIDED),
        _ => None,
    }
}

/// The runtimes that have one and get security patches on the day of `now` (ms since 1970), newest of each language first.
pub fn with_starter(now: i64) -> impl Iterator<Item = &'static Runtime> {
    let today = jiff::Timestamp::from_millisecond(now)
        .map(|time| time.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default();
    runtimes().iter().filter(move |runtime| {
        // Without a date it is either too new for the list of dates, or on its way out.
        let dated = runtime.deprecated.is_some() && !runtime.is_deprecated(&today);
        dated && starter(runtime.id).is_some()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_offered_is_current_and_has_code() {
        // 2026-11-27.
        let ids: Vec<&str> = with_starter(1_795_737_600_000).map(|r| r.id).collect();
        assert_eq!(
            ids,
            [
                "python3.14",
                "python3.13",
                "python3.12",
                "nodejs24.x",
                "nodejs22.x",
                "provided.al2023"
            ]
        );
        assert_eq!(starter("java21"), None);
        let bash = starter("provided.al2023").unwrap();
        assert!(bash.text.starts_with("#!/bin/bash") && bash.executable);
        for runtime in with_starter(1_795_737_600_000) {
            let event: serde_json::Value =
                serde_json::from_str(starter(runtime.id).unwrap().event).unwrap();
            assert!(event["name"].is_string(), "its code greets by name");
        }
    }
}
