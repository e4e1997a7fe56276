//! What is on the screen, as a value that prints and parses: deep links, history, restored tabs, `--open`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A screen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Route {
    /// `functions`: the list.
    Functions,
    /// `functions/NAME` or `functions/NAME/TAB`: one function.
    Function {
        /// Its name.
        name: String,
        /// What of it is shown.
        tab: FunctionTab,
    },
    /// `activity`: running and finished work, calls, the journal.
    Activity,
}

/// The parts of one function's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FunctionTab {
    /// Triggers, permissions, destinations, facts.
    #[default]
    Overview,
    /// Invoke it.
    Test,
    /// General settings and environment.
    Configuration,
    /// The package.
    Code,
    /// Charts.
    Monitor,
    /// The log's tail.
    Logs,
}

impl FunctionTab {
    /// Every tab, in the order of the screen.
    pub const ALL: [Self; 6] = [
        Self::Overview,
        Self::Test,
        Self::Configuration,
        Self::Code,
        Self::Monitor,
        Self::Logs,
    ];

    /// Its word in a route.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Test => "test",
            Self::Configuration => "configuration",
            Self::Code => "code",
            Self::Monitor => "monitor",
            Self::Logs => "logs",
        }
    }

    /// Its word on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Test => "Test",
            Self::Configuration => "Configuration",
            Self::Code => "Code",
            Self::Monitor => "Monitor",
            Self::Logs => "Logs",
        }
    }
}

impl Route {
    /// The overview of a function.
    pub fn function(name: &str) -> Self {
        Self::function_tab(name, FunctionTab::Overview)
    }

    /// A part of a function's screen.
    pub fn function_tab(name: &str, tab: FunctionTab) -> Self {
        Self::Function {
            name: name.to_owned(),
            tab,
        }
    }

    /// The words of its tab.
    pub fn title(&self) -> String {
        match self {
            Self::Functions => "Functions".into(),
            Self::Function { name, .. } => name.clone(),
            Self::Activity => "Activity".into(),
        }
    }

    /// Whether two routes share a tab of the window: the parts of one function do.
    pub fn same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Function { name: a, .. }, Self::Function { name: b, .. }) => a == b,
            _ => self == other,
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Functions => f.write_str("functions"),
            Self::Function { name, tab } if *tab == FunctionTab::Overview => {
                write!(f, "functions/{name}")
            }
            Self::Function { name, tab } => write!(f, "functions/{name}/{}", tab.slug()),
            Self::Activity => f.write_str("activity"),
        }
    }
}

impl FromStr for Route {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.trim().trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["functions"] => Ok(Self::Functions),
            ["activity"] => Ok(Self::Activity),
            ["functions", name] if !name.is_empty() => Ok(Self::function(name)),
            ["functions", name, tab] if !name.is_empty() => FunctionTab::ALL
                .into_iter()
                .find(|known| known.slug() == *tab)
                .map(|tab| Self::function_tab(name, tab))
                .ok_or_else(|| {
                    let known: Vec<_> = FunctionTab::ALL.iter().map(|t| t.slug()).collect();
                    format!(
                        "a function has no part '{tab}'; it has {}",
                        known.join(", ")
                    )
                }),
            _ => Err(format!(
                "'{text}' is not a route; routes are functions, functions/NAME, functions/NAME/PART and activity"
            )),
        }
    }
}

impl Serialize for Route {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Route {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_route_parses_back_from_what_it_prints() {
        let mut routes = vec![Route::Functions, Route::Activity];
        routes.extend(FunctionTab::ALL.map(|tab| Route::function_tab("orders-api", tab)));
        for route in routes {
            assert_eq!(route.to_string().parse::<Route>().unwrap(), route);
        }
    }

    #[test]
    fn a_wrong_route_says_what_there_is() {
        assert!("x".parse::<Route>().unwrap_err().contains("functions/NAME"));
        assert!(
            "functions/f/nope"
                .parse::<Route>()
                .unwrap_err()
                .contains("monitor")
        );
    }

    #[test]
    fn the_parts_of_a_function_share_a_tab() {
        let test = Route::function_tab("a", FunctionTab::Test);
        assert!(Route::function("a").same_place(&test));
        assert!(!Route::function("b").same_place(&test));
    }
}
