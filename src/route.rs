//! What is on the screen, as a value that prints and parses: deep links, history, restored tabs, `--open`.
//!
//! A name may hold anything, so each is printed with [`escape`] and read with [`unescape`]; a new route does the same.

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
    /// `functions/new`: a function that is not there yet.
    CreateFunction,
    /// `functions/NAME/failures`: the log of one function, at its newest invocation that failed.
    Failures {
        /// Its name.
        name: String,
    },
    /// `functions/NAME/runs/REQUEST/MS`: the log of one function, at one of its runs.
    Run {
        /// Its name.
        name: String,
        /// The function's own name of the run: `RequestId` of its log.
        request: String,
        /// When it began, ms since 1970: the log is read from then on.
        at: i64,
    },
    /// `apis`: every REST API.
    Apis,
    /// `apis/new`: an API that is not there yet.
    CreateApi,
    /// `apis/import`: an OpenAPI document before it is sent.
    ImportApi,
    /// `apis/ID` or `apis/ID/TAB`: one API.
    Api {
        /// Its id.
        id: String,
        /// What of it is shown.
        tab: ApiTab,
    },
    /// `keys`: API keys and usage plans.
    Keys,
    /// `why`, `why/VERB/URL` or `why/VERB/URL/STATUS`: why a request is answered as it is.
    Why {
        /// As `GET`; empty where nothing is asked yet.
        verb: String,
        /// The whole address of the request; may be empty.
        url: String,
        /// The status that it was answered with, where it is known.
        status: Option<u16>,
    },
    /// `activity`: running and finished work, calls, the journal.
    Activity,
    /// `gallery` or `gallery/SECTION`: every widget in every state. Hidden: nothing leads to it but its name.
    Gallery {
        /// One section of it; empty for all.
        section: String,
    },
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

/// The parts of one API's screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ApiTab {
    /// Resources and methods.
    #[default]
    Build,
    /// What would change in a stage, and deploying it.
    Deploy,
    /// Stages, and what each answers with.
    Stages,
    /// Requests that are sent to a stage for real.
    Client,
    /// Its resource policy and its authorizers.
    Access,
    /// What is written about it.
    Document,
}

impl ApiTab {
    /// Every tab, in the order of the screen.
    pub const ALL: [Self; 6] = [
        Self::Build,
        Self::Deploy,
        Self::Stages,
        Self::Client,
        Self::Access,
        Self::Document,
    ];

    /// Its word in a route.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Deploy => "deploy",
            Self::Stages => "stages",
            Self::Client => "client",
            Self::Access => "access",
            Self::Document => "documentation",
        }
    }

    /// Its word on the screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Build => "Build",
            Self::Deploy => "Deploy",
            Self::Stages => "Stages",
            Self::Client => "Client",
            Self::Access => "Access",
            Self::Document => "Documentation",
        }
    }
}

impl Route {
    /// What an API is made of.
    pub fn api(id: &str) -> Self {
        Self::api_tab(id, ApiTab::Build)
    }

    /// A part of an API's screen.
    pub fn api_tab(id: &str, tab: ApiTab) -> Self {
        Self::Api {
            id: id.to_owned(),
            tab,
        }
    }

    /// The API that it is about.
    pub fn api_id(&self) -> Option<&str> {
        match self {
            Self::Api { id, .. } => Some(id),
            _ => None,
        }
    }

    /// Why a request is answered as it is, where nothing is asked yet.
    pub fn why() -> Self {
        Self::why_of("", "", None)
    }

    /// Why this request is answered as it is; `status` where it is known.
    pub fn why_of(verb: &str, url: &str, status: Option<u16>) -> Self {
        Self::Why {
            verb: verb.to_owned(),
            url: url.to_owned(),
            status,
        }
    }

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

    /// The newest failure of a function.
    pub fn failures(name: &str) -> Self {
        Self::Failures {
            name: name.to_owned(),
        }
    }

    /// The function that it is about.
    pub fn function_name(&self) -> Option<&str> {
        match self {
            Self::Function { name, .. } | Self::Failures { name } | Self::Run { name, .. } => {
                Some(name)
            }
            _ => None,
        }
    }

    /// The words of its tab.
    pub fn title(&self) -> String {
        match self {
            Self::Functions => "Functions".into(),
            Self::CreateFunction => "Create function".into(),
            Self::Function { name, .. } | Self::Failures { name } | Self::Run { name, .. } => {
                name.clone()
            }
            Self::Apis => "APIs".into(),
            Self::CreateApi => "Create API".into(),
            Self::ImportApi => "Import OpenAPI".into(),
            Self::Api { id, .. } => id.clone(),
            Self::Keys => "Keys & plans".into(),
            Self::Why { .. } => "Why this answer?".into(),
            Self::Activity => "Activity".into(),
            Self::Gallery { .. } => "Gallery".into(),
        }
    }

    /// Whether two routes share a tab of the window: the parts of one function do.
    pub fn same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Gallery { .. }, Self::Gallery { .. }) | (Self::Why { .. }, Self::Why { .. }) => {
                true
            }
            (Self::Api { id: a, .. }, Self::Api { id: b, .. }) => a == b,
            _ => match (self.function_name(), other.function_name()) {
                (Some(a), Some(b)) => a == b,
                _ => self == other,
            },
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Functions => f.write_str("functions"),
            Self::CreateFunction => write!(f, "functions/{NEW}"),
            // A function may have the name that stands for a new one.
            Self::Function { name, tab } if *tab == FunctionTab::Overview && name != NEW => {
                write!(f, "functions/{}", escape(name))
            }
            Self::Function { name, tab } => {
                write!(f, "functions/{}/{}", escape(name), tab.slug())
            }
            Self::Failures { name } => write!(f, "functions/{}/{FAILURES}", escape(name)),
            Self::Run { name, request, at } => {
                write!(
                    f,
                    "functions/{}/{RUNS}/{}/{at}",
                    escape(name),
                    escape(request)
                )
            }
            Self::Apis => f.write_str("apis"),
            Self::CreateApi => write!(f, "apis/{NEW}"),
            Self::ImportApi => write!(f, "apis/{IMPORT}"),
            Self::Api { id, tab } if *tab == ApiTab::Build => write!(f, "apis/{}", escape(id)),
            Self::Api { id, tab } => write!(f, "apis/{}/{}", escape(id), tab.slug()),
            Self::Keys => f.write_str("keys"),
            Self::Why { url, .. } if url.is_empty() => f.write_str(WHY),
            Self::Why { verb, url, status } => {
                write!(f, "{WHY}/{}/{}", escape(verb), escape(url))?;
                match status {
                    Some(status) => write!(f, "/{status}"),
                    None => Ok(()),
                }
            }
            Self::Activity => f.write_str("activity"),
            Self::Gallery { section } if section.is_empty() => f.write_str("gallery"),
            Self::Gallery { section } => write!(f, "gallery/{}", escape(section)),
        }
    }
}

/// The word of a function that is not there yet in a route.
const NEW: &str = "new";
/// The word of a request that is asked about in a route.
const WHY: &str = "why";
/// The word of a document that is to become an API.
const IMPORT: &str = "import";
/// The word of a function's newest failure in a route.
const FAILURES: &str = "failures";
/// The word of a function's run in a route.
const RUNS: &str = "runs";

impl FromStr for Route {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let trimmed = text.trim().trim_matches('/');
        let parts: Vec<String> = trimmed
            .split('/')
            .map(unescape)
            .collect::<Result<_, _>>()
            .map_err(|why| format!("'{text}' is not a route: {why}"))?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match parts.as_slice() {
            ["functions"] => Ok(Self::Functions),
            ["activity"] => Ok(Self::Activity),
            ["keys"] => Ok(Self::Keys),
            [WHY] => Ok(Self::why()),
            [WHY, verb, url] => Ok(Self::why_of(verb, url, None)),
            [WHY, verb, url, status] => match status.parse() {
                Ok(status) => Ok(Self::why_of(verb, url, Some(status))),
                Err(_) => Err(format!("'{status}' is not a status")),
            },
            ["apis"] => Ok(Self::Apis),
            ["apis", NEW] => Ok(Self::CreateApi),
            ["apis", IMPORT] => Ok(Self::ImportApi),
            ["apis", id] if !id.is_empty() => Ok(Self::api(id)),
            ["apis", id, tab] if !id.is_empty() => ApiTab::ALL
                .into_iter()
                .find(|known| known.slug() == *tab)
                .map(|tab| Self::api_tab(id, tab))
                .ok_or_else(|| {
                    let known: Vec<_> = ApiTab::ALL.iter().map(|t| t.slug()).collect();
                    format!("an API has no part '{tab}'; it has {}", known.join(", "))
                }),
            ["gallery"] => Ok(Self::Gallery {
                section: String::new(),
            }),
            ["gallery", section] => Ok(Self::Gallery {
                section: (*section).to_owned(),
            }),
            ["functions", NEW] => Ok(Self::CreateFunction),
            ["functions", name] if !name.is_empty() => Ok(Self::function(name)),
            ["functions", name, FAILURES] if !name.is_empty() => Ok(Self::failures(name)),
            ["functions", name, RUNS, request, at] if !name.is_empty() => {
                let at = at
                    .parse()
                    .map_err(|_| format!("'{at}' is no time in ms since 1970"))?;
                Ok(Self::Run {
                    name: (*name).to_owned(),
                    request: (*request).to_owned(),
                    at,
                })
            }
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
                "'{text}' is not a route; routes are functions, functions/NAME, functions/NAME/PART, apis, apis/ID, apis/ID/PART, keys, why and activity"
            )),
        }
    }
}

/// A name as it stands between the slashes of a route and in a link: all but letters, digits, `-`, `.`, `_` and `~` as the
/// hexadecimal digits of its UTF-8 (RFC 3986, section 2), so that neither a shell nor a mail program cuts it.
pub fn escape(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// The name that [`escape`] has printed. What stands there unescaped is taken as it is.
///
/// # Errors
/// A `%` without two hexadecimal digits, bytes that are no UTF-8, or signs that can't be seen.
pub fn unescape(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
            return Err("two hexadecimal digits follow a %".into());
        };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    let name = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if name.chars().any(is_unseen) {
        return Err("it holds signs that can't be seen".into());
    }
    Ok(name)
}

/// Control characters, and those that turn the direction of what follows: a name with them would look like another.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
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
        routes.extend(["", "lists"].map(|section| Route::Gallery {
            section: section.to_owned(),
        }));
        routes.extend(FunctionTab::ALL.map(|tab| Route::function_tab("orders-api", tab)));
        routes.push(Route::failures("orders api"));
        routes.push(Route::Run {
            name: "a/b".into(),
            request: "79104ad7-1f6b-4b3a-8f3e-0c1d2e3f4a5b".into(),
            at: 1_795_000_000_000,
        });
        routes.push(Route::CreateFunction);
        routes.push(Route::function("new"));
        routes.extend([Route::Apis, Route::CreateApi, Route::ImportApi, Route::Keys]);
        routes.push(Route::why());
        let url = "http://abc.execute-api.localhost:4566/prod/a%2Fb?q=1&r=関";
        routes.push(Route::why_of("POST", url, None));
        routes.push(Route::why_of("GET", url, Some(403)));
        routes.extend(ApiTab::ALL.map(|tab| Route::api_tab("k3v9qp2xw1", tab)));
        for route in routes {
            assert_eq!(route.to_string().parse::<Route>().unwrap(), route);
        }
    }

    #[test]
    fn odd_names_come_back_whole() {
        for name in [
            "a/b",
            "orders api",
            "$LATEST",
            "関所",
            "50%",
            "a?b#c&d=e",
            "/aws/lambda/x",
            "\"'\\",
        ] {
            let route = Route::function_tab(name, FunctionTab::Logs);
            let text = route.to_string();
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
            assert!(text.chars().all(plain), "{text}");
            assert_eq!(text.parse::<Route>().unwrap(), route, "{text}");
        }
        let typed: Route = "functions/orders api/logs".parse().unwrap();
        assert_eq!(typed, Route::function_tab("orders api", FunctionTab::Logs));
    }

    #[test]
    fn what_cannot_be_seen_or_read_is_refused() {
        for text in [
            "functions/a%",
            "functions/a%2",
            "functions/a%zz",
            "functions/%ff",
            "functions/a%0Ab",
            "functions/%E2%80%AEgpj",
        ] {
            assert!(text.parse::<Route>().is_err(), "{text}");
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
        assert!(Route::failures("a").same_place(&test));
        assert!(!Route::function("b").same_place(&test));
    }
}
