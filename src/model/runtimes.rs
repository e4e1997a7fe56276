//! The runtimes that Lambda has or had.
//!
//! Identifiers as in the SDK's model; dates from <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>.
//! A date stands here only where it is known; AWS moves projected ones back now and then.

/// A runtime's identifier and what is known about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runtime {
    /// For example `python3.13`.
    pub id: &'static str,
    /// For example `Python 3.13`.
    pub title: &'static str,
    /// The day from which it gets no more security patches, `YYYY-MM-DD`; `None` where it is not known here.
    pub deprecated: Option<&'static str>,
}

impl Runtime {
    /// Whether it was deprecated by the day `today`, `YYYY-MM-DD`.
    pub fn is_deprecated(&self, today: &str) -> bool {
        self.deprecated.is_some_and(|day| day <= today)
    }

    /// In a word: "deprecated" from that day on, the day itself within the half year before it, else nothing.
    pub fn word(&self, now: i64) -> String {
        let today = jiff::Timestamp::from_millisecond(now)
            .map(|time| time.strftime("%Y-%m-%d").to_string())
            .unwrap_or_default();
        match (self.deprecated, self.warning(now)) {
            _ if self.is_deprecated(&today) => "deprecated".to_owned(),
            (Some(date), Some(_)) => format!("until {date}"),
            _ => String::new(),
        }
    }

    /// A warning where it is deprecated, or will be within half a year; `now` in ms since 1970.
    pub fn warning(&self, now: i64) -> Option<String> {
        let day = |ms: i64| {
            jiff::Timestamp::from_millisecond(ms)
                .ok()
                .map(|time| time.strftime("%Y-%m-%d").to_string())
        };
        let date = self.deprecated?;
        if date <= day(now)?.as_str() {
            return Some(format!(
                "{} is deprecated since {date}: no more security patches, and AWS blocks updates some time after.",
                self.title
            ));
        }
        let half_a_year = 183 * 86_400_000;
        (date <= day(now.saturating_add(half_a_year))?.as_str())
            .then(|| format!("{} will be deprecated on {date}.", self.title))
    }
}

/// Languages, as far as they differ in what a package must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum RuntimeFamily {
    Python,
    Node,
    Ruby,
    Java,
    DotNet,
    Go,
    /// `provided.*`: the package brings its own `bootstrap`.
    Provided,
    Other,
}

impl RuntimeFamily {
    /// The family of an identifier, also of one that is not known here.
    pub fn of(id: &str) -> Self {
        let families = [
            ("python", Self::Python),
            ("nodejs", Self::Node),
            ("ruby", Self::Ruby),
            ("java", Self::Java),
            ("dotnet", Self::DotNet),
            ("go", Self::Go),
            ("provided", Self::Provided),
        ];
        families
            .into_iter()
            .find(|(prefix, _)| id.starts_with(prefix))
            .map_or(Self::Other, |(_, family)| family)
    }
}

const fn runtime_of(
    id: &'static str,
    title: &'static str,
    deprecated: Option<&'static str>,
) -> Runtime {
    Runtime {
        id,
        title,
        deprecated,
    }
}

const RUNTIMES: [Runtime; 47] = [
    runtime_of("python3.15", "Python 3.15", None),
    runtime_of("python3.14", "Python 3.14", Some("2029-06-30")),
    runtime_of("python3.13", "Python 3.13", Some("2029-06-30")),
    runtime_of("python3.12", "Python 3.12", Some("2028-10-31")),
    runtime_of("python3.11", "Python 3.11", None),
    runtime_of("python3.10", "Python 3.10", None),
    runtime_of("nodejs26.x", "Node.js 26", None),
    runtime_of("nodejs24.x", "Node.js 24", Some("2028-04-30")),
    runtime_of("nodejs22.x", "Node.js 22", Some("2027-04-30")),
    runtime_of("nodejs20.x", "Node.js 20", Some("2026-04-30")),
    runtime_of("java25", "Java 25", Some("2029-06-30")),
    runtime_of("java21", "Java 21", Some("2029-06-30")),
    runtime_of("java17", "Java 17", None),
    runtime_of("java17.al2023", "Java 17 (Amazon Linux 2023)", None),
    runtime_of("java11", "Java 11", None),
    runtime_of("java11.al2023", "Java 11 (Amazon Linux 2023)", None),
    runtime_of("java8.al2", "Java 8 (Amazon Linux 2)", None),
    runtime_of("java8.al2023", "Java 8 (Amazon Linux 2023)", None),
    runtime_of("dotnet10", ".NET 10", Some("2028-11-14")),
    runtime_of("dotnet8", ".NET 8", Some("2026-11-10")),
    runtime_of("ruby4.0", "Ruby 4.0", None),
    runtime_of("ruby3.4", "Ruby 3.4", Some("2028-03-31")),
    runtime_of("ruby3.3", "Ruby 3.3", Some("2027-03-31")),
    runtime_of("ruby3.2", "Ruby 3.2", Some("2026-03-31")),
    runtime_of(
        "provided.al2023",
        "OS only (Amazon Linux 2023)",
        Some("2029-06-30"),
    ),
    runtime_of("provided.al2", "OS only (Amazon Linux 2)", None),
    runtime_of("python3.9", "Python 3.9", Some("2025-12-15")),
    runtime_of("nodejs18.x", "Node.js 18", Some("2025-09-01")),
    runtime_of("dotnet6", ".NET 6", Some("2024-12-20")),
    runtime_of("python3.8", "Python 3.8", Some("2024-10-14")),
    runtime_of("nodejs16.x", "Node.js 16", Some("2024-06-12")),
    runtime_of("java8", "Java 8 (Amazon Linux 1)", Some("2024-01-08")),
    runtime_of("go1.x", "Go 1.x", Some("2024-01-08")),
    runtime_of("provided", "OS only (Amazon Linux 1)", Some("2024-01-08")),
    runtime_of("ruby2.7", "Ruby 2.7", Some("2023-12-07")),
    runtime_of("nodejs14.x", "Node.js 14", Some("2023-12-04")),
    runtime_of("python3.7", "Python 3.7", Some("2023-12-04")),
    runtime_of("dotnetcore3.1", ".NET Core 3.1", Some("2023-04-03")),
    runtime_of("nodejs12.x", "Node.js 12", Some("2023-03-31")),
    runtime_of("python3.6", "Python 3.6", Some("2022-07-18")),
    runtime_of("dotnetcore2.1", ".NET Core 2.1", Some("2022-01-05")),
    runtime_of("nodejs10.x", "Node.js 10", Some("2021-07-30")),
    runtime_of("ruby2.5", "Ruby 2.5", Some("2021-07-30")),
    runtime_of("python2.7", "Python 2.7", Some("2021-07-15")),
    runtime_of("nodejs8.10", "Node.js 8.10", Some("2020-03-06")),
    runtime_of("nodejs6.10", "Node.js 6.10", Some("2019-08-12")),
    runtime_of("nodejs4.3", "Node.js 4.3", Some("2020-03-06")),
];

/// Every runtime, current ones first.
pub fn runtimes() -> &'static [Runtime] {
    &RUNTIMES
}

/// What is known about an identifier; `None` for one that is newer than this program.
pub fn runtime(id: &str) -> Option<&'static Runtime> {
    RUNTIMES.iter().find(|runtime| runtime.id == id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn identifiers_are_unique_and_of_a_known_family() {
        let mut seen = std::collections::HashSet::new();
        for runtime in runtimes() {
            assert!(seen.insert(runtime.id), "{}", runtime.id);
            assert_ne!(
                RuntimeFamily::of(runtime.id),
                RuntimeFamily::Other,
                "{}",
                runtime.id
            );
        }
    }

    #[test]
    fn dates_are_dates() {
        for date in runtimes().iter().filter_map(|runtime| runtime.deprecated) {
            assert!(date.parse::<jiff::civil::Date>().is_ok(), "{date}");
        }
    }

    #[test]
    fn a_warning_comes_half_a_year_before_deprecation() {
        let at = |day: &str| {
            format!("{day}T00:00:00Z")
                .parse::<jiff::Timestamp>()
                .unwrap()
                .as_millisecond()
        };
        let node = runtime("nodejs22.x").unwrap();
        assert!(node.warning(at("2026-01-01")).is_none());
        assert!(
            node.warning(at("2027-01-01"))
                .unwrap()
                .contains("will be deprecated on 2027-04-30")
        );
        assert!(
            node.warning(at("2027-04-30"))
                .unwrap()
                .contains("is deprecated since")
        );
        assert!(runtime("python3.9").unwrap().is_deprecated("2026-01-01"));
        assert_eq!(node.word(at("2026-01-01")), "");
        assert_eq!(node.word(at("2027-04-29")), "until 2027-04-30");
        assert_eq!(node.word(at("2027-04-30")), "deprecated");
        assert!(runtime("cobol1").is_none());
    }
}
