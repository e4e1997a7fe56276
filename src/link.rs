//! A link to an exact place: a connection, a region, a screen and a range of time, as `sekisho://` that prints and parses.
//!
//! It names a place and nothing else: it holds no secret, changes nothing and says nothing about locks. Whether a window
//! goes there without asking is [`core`](crate::core)'s to decide. Knows `route` and `model`, and no window.
//!
//! ```text
//! sekisho://functions/orders-api/logs?profile=acme-dev&region=eu-west-1&last=3h
//! sekisho://functions?endpoint=http%3A%2F%2F127.0.0.1%3A4566&region=us-east-1
//! sekisho://functions/orders-api/monitor?sandbox&from=2026-11-27T17:00:00Z&to=2026-11-27T18:00:00Z
//! ```

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::model::connection::{ConnectionSpec, endpoint_problem, host_of};
use crate::model::metric::TimeRange;
use crate::route::{Route, escape, unescape};

/// What every link begins with.
pub const SCHEME: &str = "sekisho:";
/// A longer link is nonsense: browsers and shells carry no longer ones either.
const LONGEST: usize = 4_096;
/// What a link may say, for the message that refuses another word.
const WORDS: &str = "profile, endpoint, sandbox, default, region, last, from, to";
const LASTS: [(&str, TimeRange); 6] = [
    ("15min", TimeRange::QuarterHour),
    ("1h", TimeRange::Hour),
    ("3h", TimeRange::ThreeHours),
    ("12h", TimeRange::TwelveHours),
    ("1d", TimeRange::Day),
    ("1w", TimeRange::Week),
];

/// Whose functions are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The standard chain of the machine that opens it.
    Default,
    /// A profile of the machine that opens it.
    Profile(String),
    /// An endpoint, perhaps with a profile's keys.
    Endpoint {
        /// As `http://127.0.0.1:4566`.
        url: String,
        /// Whose keys are used there.
        profile: Option<String>,
    },
    /// The sandbox of the window that opens it.
    Sandbox,
}

/// A place on the screen. What isn't said stays as it is in the window that opens it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// The connection.
    pub place: Option<Place>,
    /// For example `eu-west-1`.
    pub region: Option<String>,
    /// The screen.
    pub route: Option<Route>,
    /// The range of time that its plots show.
    pub range: Option<TimeRange>,
}

impl Place {
    /// The place of a connection. `hosted` is the endpoint of this window's own sandbox.
    pub fn of(spec: &ConnectionSpec, hosted: Option<&str>) -> Self {
        match (&spec.endpoint, &spec.profile) {
            (Some(url), _) if hosted == Some(url.as_str()) => Self::Sandbox,
            (Some(url), profile) => Self::Endpoint {
                url: without_user(url),
                profile: profile.clone(),
            },
            (None, Some(profile)) => Self::Profile(profile.clone()),
            (None, None) => Self::Default,
        }
    }

    /// The connection that leads there, locked where the name says production. An endpoint without a profile is given dummy
    /// keys alone. `None` where the window has no sandbox.
    pub fn spec(&self, hosted: Option<&str>) -> Option<ConnectionSpec> {
        Some(match self {
            Self::Default => ConnectionSpec::default(),
            Self::Profile(profile) => ConnectionSpec::of_profile(profile),
            Self::Endpoint { url, profile: None } => {
                ConnectionSpec::of_discovered(host_of(url), url)
            }
            Self::Endpoint {
                url,
                profile: Some(profile),
            } => ConnectionSpec {
                endpoint: Some(url.clone()),
                ..ConnectionSpec::of_profile(profile)
            },
            Self::Sandbox => ConnectionSpec::of_discovered("sandbox", hosted?),
        })
    }

    /// Whether `spec` leads to this place, in whatever region.
    pub fn is_of(&self, spec: &ConnectionSpec, hosted: Option<&str>) -> bool {
        *self == Self::of(spec, hosted)
    }
}

impl From<Route> for Link {
    fn from(route: Route) -> Self {
        Self {
            route: Some(route),
            ..Self::default()
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sekisho://")?;
        if let Some(route) = &self.route {
            write!(f, "{route}")?;
        }
        let mut sign = '?';
        let mut word = |text: String| {
            let sign = std::mem::replace(&mut sign, '&');
            write!(f, "{sign}{text}")
        };
        match &self.place {
            None => {}
            Some(Place::Default) => word("default".into())?,
            Some(Place::Sandbox) => word("sandbox".into())?,
            Some(Place::Profile(profile)) => word(format!("profile={}", escape(profile)))?,
            Some(Place::Endpoint { url, profile }) => {
                word(format!("endpoint={}", escape(url)))?;
                if let Some(profile) = profile {
                    word(format!("profile={}", escape(profile)))?;
                }
            }
        }
        if let Some(region) = &self.region {
            word(format!("region={}", escape(region)))?;
        }
        match self.range {
            None => Ok(()),
            Some(TimeRange::Custom(from, to)) => {
                word(format!("from={}", time(from)))?;
                word(format!("to={}", time(to)))
            }
            Some(range) => match LASTS.iter().find(|(_, known)| *known == range) {
                Some((text, _)) => word(format!("last={text}")),
                None => Ok(()),
            },
        }
    }
}

impl FromStr for Link {
    type Err = String;

    /// A link, or a route alone, as people write it after `--open`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(format!("a link has at most {LONGEST} characters"));
        }
        let Some(rest) = strip_scheme(text) else {
            return text.parse::<Route>().map(Self::from);
        };
        if rest.contains('#') {
            return Err("a link has no part behind a #".into());
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.trim_matches('/');
        let route = if path.is_empty() {
            None
        } else {
            Some(path.parse::<Route>()?)
        };
        let words = Words::read(query)?;
        Ok(Self {
            place: words.place()?,
            region: words.region()?,
            range: words.range()?,
            route,
        })
    }
}

/// What stands behind the question mark.
#[derive(Default)]
struct Words(Vec<(String, String)>);

impl Words {
    fn read(query: &str) -> Result<Self, String> {
        let mut words = Self::default();
        for word in query.split('&').filter(|word| !word.is_empty()) {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            if !WORDS.split(", ").any(|known| known == name) {
                return Err(format!("a link does not say '{name}'; it says {WORDS}"));
            }
            if words.get(name).is_some() {
                return Err(format!("a link says '{name}' once"));
            }
            let value = unescape(value).map_err(|why| format!("{name}: {why}"))?;
            words.0.push((name.to_owned(), value));
        }
        Ok(words)
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value of a word that needs one.
    fn filled(&self, name: &str) -> Result<Option<&str>, String> {
        match self.get(name) {
            Some(value) if value.trim().is_empty() => Err(format!("{name} of the link is empty")),
            value => Ok(value),
        }
    }

    fn place(&self) -> Result<Option<Place>, String> {
        let profile = self.filled("profile")?.map(str::to_owned);
        let endpoint = self.filled("endpoint")?.map(checked_endpoint).transpose()?;
        let flags = [("sandbox", Place::Sandbox), ("default", Place::Default)];
        let mut places: Vec<Place> = flags
            .into_iter()
            .filter(|(name, _)| self.get(name).is_some())
            .map(|(_, place)| place)
            .collect();
        match (endpoint, profile) {
            (Some(url), profile) => places.push(Place::Endpoint { url, profile }),
            (None, Some(profile)) => places.push(Place::Profile(profile)),
            (None, None) => {}
        }
        if places.len() > 1 {
            return Err("a link leads to one connection".into());
        }
        Ok(places.pop())
    }

    fn region(&self) -> Result<Option<String>, String> {
        let Some(region) = self.filled("region")? else {
            return Ok(None);
        };
        // It becomes a part of a host's name.
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if region.len() > 32 || !region.chars().all(plain) || !region.contains('-') {
            return Err(format!("'{region}' is not a region such as eu-west-1"));
        }
        Ok(Some(region.to_owned()))
    }

    fn range(&self) -> Result<Option<TimeRange>, String> {
        let last = self.filled("last")?;
        match (last, self.filled("from")?, self.filled("to")?) {
            (None, None, None) => Ok(None),
            (Some(last), None, None) => LASTS
                .iter()
                .find(|(text, _)| *text == last)
                .map(|(_, range)| Some(*range))
                .ok_or_else(|| {
                    let known: Vec<_> = LASTS.iter().map(|(text, _)| *text).collect();
                    format!("last is one of {}, not '{last}'", known.join(", "))
                }),
            (None, Some(from), Some(to)) => {
                let (from, to) = (moment("from", from)?, moment("to", to)?);
                if to <= from {
                    return Err("from of the link is not before to".into());
                }
                Ok(Some(TimeRange::Custom(from, to)))
            }
            (Some(_), ..) => Err("a link says last, or from and to".into()),
            _ => Err("from and to of a link stand together".into()),
        }
    }
}

/// What follows `sekisho:`, in whatever case a browser has left it.
fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(rest)
}

fn checked_endpoint(url: &str) -> Result<String, String> {
    if let Some(problem) = endpoint_problem(url) {
        return Err(format!("endpoint of the link: {problem}"));
    }
    if without_user(url) != url {
        return Err("an endpoint in a link has no user and no password".into());
    }
    if url.contains(['?', '#']) {
        return Err("an endpoint in a link ends with its path".into());
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// A URL without `user:password@`.
pub(crate) fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
    format!("{scheme}://{host}{path}")
}

fn time(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |at| at.to_string())
}

fn moment(name: &str, text: &str) -> Result<i64, String> {
    let at = text.parse::<Timestamp>().map_err(|_| {
        format!("{name} of the link is a moment such as 2026-11-27T17:00:00Z, not '{text}'")
    })?;
    Ok(at.as_millisecond())
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
