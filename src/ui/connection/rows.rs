//! What the picker lists: rows under captions, made from what is known of this machine and what was typed. Draws nothing.

use crate::cloud::connection::discover::Found;
use crate::cloud::connection::pin;
use crate::cloud::connection::profiles::{Profile, Profiles};
use crate::hosted;
use crate::model::connection::{ConnectionSpec, REGIONS, Recents, region_name, typed_endpoint};
use crate::model::format;
use crate::model::marks::Marks;
use crate::ui::icons::Icon;

/// Regions that are offered among the connections while something is typed.
const REGIONS_SHOWN: usize = 6;

/// What the rows are made from.
#[derive(Default)]
pub struct Sources {
    /// The connection that is shown, and who one is on it.
    pub current: Option<(ConnectionSpec, String)>,
    /// Connections that were used, latest first.
    pub recents: Recents,
    /// The profiles of this machine; `None` while they are read.
    pub profiles: Option<Profiles>,
    /// What answers on this machine; `None` while it is asked.
    pub found: Option<Vec<Found>>,
    /// The sandbox of this window: where it runs, or that it can be started.
    pub own: Option<Own>,
    /// What the person calls and colours them.
    pub marks: Marks,
}

/// The sandbox of this window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// It runs.
    At(String),
    /// It can be started.
    CanStart,
}

/// What choosing a row does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Does {
    /// Connects.
    Connect,
    /// Connects to the sandbox of this window, and starts it before where it does not run.
    Sandbox,
    /// Shows the certificate's fingerprint first.
    Trust(String),
    /// Shows the form for an endpoint.
    Custom,
    /// The current connection in this region.
    Region(String),
}

/// A row that can be chosen.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What it does.
    pub does: Does,
    /// See [`Icon`].
    pub icon: &'static str,
    /// Its name.
    pub title: String,
    /// Region, account, endpoint.
    pub detail: String,
    /// A word at the end: SSO, keys, a version.
    pub tag: String,
    /// The connection, with the person's marks on it.
    pub spec: ConnectionSpec,
    /// The tag warns.
    pub warns: bool,
    /// It is what was typed.
    pub always: bool,
}

/// A line of the list; all are of one height.
#[derive(Debug, Clone)]
pub enum Line {
    /// Over a group.
    Caption(&'static str),
    /// What is to be said; with true: something is wrong.
    Note(String, bool),
    /// It can be chosen.
    Choice(Box<Choice>),
}

impl Line {
    /// The row, where it is one.
    pub fn choice(&self) -> Option<&Choice> {
        match self {
            Self::Choice(choice) => Some(choice),
            _ => None,
        }
    }
}

/// The lines for what was typed: every word of it is found in a row's words, in any order.
pub fn lines(sources: &Sources, typed: &str) -> Vec<Line> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let mut lines = Vec::new();
    let mut group = |caption: &'static str, choices: Vec<Choice>, notes: Vec<(String, bool)>| {
        let fitting: Vec<Choice> = choices
            .into_iter()
            .filter(|choice| fits(choice, &words))
            .collect();
        if fitting.is_empty() && notes.is_empty() {
            return;
        }
        lines.push(Line::Caption(caption));
        lines.extend(fitting.into_iter().map(|c| Line::Choice(Box::new(c))));
        lines.extend(notes.into_iter().map(|(text, bad)| Line::Note(text, bad)));
    };
    let quiet = words.is_empty();
    group("Connected", current(sources), Vec::new());
    // Whoever has nothing to connect with begins here.
    let known = sources.profiles.as_ref();
    let no_account = known.is_some_and(|known| known.profiles.is_empty());
    let first = no_account && sources.current.is_none() && sources.recents.iter().next().is_none();
    if first {
        group("Without an account", own(sources), Vec::new());
    }
    group("Recent", recent(sources), Vec::new());
    group("Profiles", profiles(sources), profile_notes(sources, quiet));
    let mut near = if first { Vec::new() } else { own(sources) };
    near.extend(found(sources));
    group("On this machine", near, found_notes(sources, quiet));
    if !words.is_empty() {
        group(
            "Region of this connection",
            regions(sources, &words),
            Vec::new(),
        );
    }
    group("Elsewhere", custom(typed), Vec::new());
    lines
}

fn fits(choice: &Choice, words: &[String]) -> bool {
    if matches!(choice.does, Does::Region(_)) || choice.always {
        return true;
    }
    let text = format!("{} {} {}", choice.title, choice.detail, choice.tag).to_lowercase();
    words.iter().all(|word| text.contains(word))
}

fn where_to(spec: &ConnectionSpec) -> String {
    let parts = [spec.region.as_deref(), spec.endpoint.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}

fn current(sources: &Sources) -> Vec<Choice> {
    let row = sources.current.as_ref().map(|(spec, who)| Choice {
        does: Does::Connect,
        warns: false,
        always: false,
        icon: Icon::CIRCLE_CHECK,
        title: spec.name.clone(),
        detail: if who.is_empty() {
            where_to(spec)
        } else {
            who.clone()
        },
        tag: "connected".into(),
        spec: spec.clone(),
    });
    row.into_iter().collect()
}

fn recent(sources: &Sources) -> Vec<Choice> {
    let here = sources.current.as_ref().map(|(spec, _)| spec);
    sources
        .recents
        .iter()
        .filter(|spec| here.is_none_or(|here| !here.same_place(spec)))
        .map(|spec| {
            let spec = sources.marks.marked(spec.clone());
            Choice {
                does: Does::Connect,
                warns: false,
                always: false,
                icon: Icon::HISTORY,
                title: spec.name.clone(),
                detail: where_to(&spec),
                tag: String::new(),
                spec,
            }
        })
        .collect()
}

fn profiles(sources: &Sources) -> Vec<Choice> {
    let Some(known) = &sources.profiles else {
        return Vec::new();
    };
    let mut rows: Vec<Choice> = known.profiles.iter().map(|p| profile(sources, p)).collect();
    let spec = sources.marks.marked(ConnectionSpec::default());
    rows.push(Choice {
        does: Does::Connect,
        warns: false,
        always: false,
        icon: Icon::KEY_ROUND,
        title: "Standard chain".into(),
        detail: "environment, default profile, container and instance roles".into(),
        tag: String::new(),
        spec,
    });
    rows
}

fn profile(sources: &Sources, profile: &Profile) -> Choice {
    let spec = sources
        .marks
        .marked(ConnectionSpec::of_profile(&profile.name));
    let account = profile
        .sso_account_id
        .clone()
        .or_else(|| account_of(profile.role_arn.as_deref()));
    let named = (spec.name != profile.name).then(|| profile.name.clone());
    let parts = [
        named,
        profile.region.clone(),
        account,
        profile.sso_role_name.clone(),
        profile.endpoint_url.clone(),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    Choice {
        does: Does::Connect,
        warns: profile.broken.is_some(),
        always: false,
        icon: Icon::USER,
        title: spec.name.clone(),
        detail: match &profile.broken {
            Some(why) => why.clone(),
            None => parts.join(" · "),
        },
        tag: match profile.broken {
            Some(_) => "can't sign in".into(),
            None => profile.way().into(),
        },
        spec: ConnectionSpec {
            region: profile.region.clone(),
            ..spec
        },
    }
}

fn account_of(arn: Option<&str>) -> Option<String> {
    let account = arn?.split(':').nth(4)?;
    (!account.is_empty()).then(|| account.to_owned())
}

fn profile_notes(sources: &Sources, quiet: bool) -> Vec<(String, bool)> {
    let Some(known) = &sources.profiles else {
        return vec![("Reading the profiles of this machine…".into(), false)];
    };
    let mut notes: Vec<(String, bool)> = known
        .problems
        .iter()
        .take(4)
        .map(|problem| (problem.to_string(), true))
        .collect();
    if known.problems.len() > 4 {
        notes.push((
            format!(
                "and {} that can't be read",
                format::counted(known.problems.len() - 4, "more line")
            ),
            true,
        ));
    }
    if quiet && known.profiles.is_empty() {
        notes.push((
            "No profiles on this machine yet: aws configure sso makes one.".into(),
            false,
        ));
    }
    notes
}

fn found(sources: &Sources) -> Vec<Choice> {
    let found = sources.found.as_deref().unwrap_or_default();
    // The sandbox of this window has a row of its own.
    let own = |found: &&Found| match &sources.own {
        Some(Own::At(endpoint)) => *endpoint == found.endpoint,
        _ => false,
    };
    let rows = found.iter().filter(|found| !own(found)).map(|found| {
        let does = match (&found.fingerprint, found.needs_trust) {
            (Some(fingerprint), true) => Does::Trust(pin::shown(fingerprint)),
            _ => Does::Connect,
        };
        let spec = if found.needs_trust {
            found.trusted()
        } else {
            found.spec.clone()
        };
        let version = found.version.as_deref().map(|v| format!("v{v}"));
        let spec = sources.marks.marked(spec);
        Choice {
            tag: match &does {
                Does::Trust(_) => "certificate not trusted yet".into(),
                _ => version.unwrap_or_default(),
            },
            does,
            warns: found.needs_trust,
            always: false,
            icon: Icon::SERVER,
            // As it is called once it is connected.
            title: spec.name.clone(),
            detail: found.endpoint.clone(),
            spec,
        }
    });
    rows.collect()
}

fn found_notes(sources: &Sources, quiet: bool) -> Vec<(String, bool)> {
    match &sources.found {
        None => vec![("Looking for endpoints on this machine…".into(), false)],
        Some(found) if found.is_empty() && quiet => {
            let text = match sources.own {
                Some(_) => "No other endpoint answers",
                None => "Nothing answers. Without an account, start one: sekisho sandbox",
            };
            vec![(text.into(), false)]
        }
        Some(_) => Vec::new(),
    }
}

/// The sandbox of this window, where one is not on it already.
fn own(sources: &Sources) -> Vec<Choice> {
    let Some(own) = &sources.own else {
        return Vec::new();
    };
    let (spec, tag) = match own {
        Own::At(endpoint) => (hosted::connection(endpoint), "this window's"),
        Own::CanStart => (hosted::connection(""), "starts here"),
    };
    let here = sources.current.as_ref().map(|(spec, _)| spec);
    if here.is_some_and(|here| here.same_place(&spec)) {
        return Vec::new();
    }
    vec![Choice {
        does: Does::Sandbox,
        warns: false,
        always: false,
        icon: Icon::FLASK_CONICAL,
        title: "Sandbox on this machine".into(),
        detail: "sample functions that really run; nothing reaches AWS".into(),
        tag: tag.into(),
        spec,
    }]
}

fn regions(sources: &Sources, words: &[String]) -> Vec<Choice> {
    let Some((spec, _)) = &sources.current else {
        return Vec::new();
    };
    let fitting = REGIONS.iter().filter(|region| {
        let text = format!("{} {}", region.id, region.name).to_lowercase();
        words.iter().all(|word| text.contains(word))
    });
    fitting
        .take(REGIONS_SHOWN)
        .map(|region| Choice {
            does: Does::Region(region.id.into()),
            warns: false,
            always: false,
            icon: Icon::GLOBE,
            title: region.id.into(),
            detail: region.name.into(),
            tag: String::new(),
            spec: ConnectionSpec {
                region: Some(region.id.into()),
                ..spec.clone()
            },
        })
        .collect()
}

/// The form, which also takes up a URL that was typed into the search.
fn custom(typed: &str) -> Vec<Choice> {
    let typed = typed.trim();
    let url = typed_endpoint(typed);
    vec![Choice {
        does: Does::Custom,
        warns: false,
        always: url.is_some(),
        icon: Icon::PLUG,
        title: "Custom endpoint".into(),
        detail: url.unwrap_or_else(|| "a URL of your own, with your own CA bundle".into()),
        tag: String::new(),
        spec: ConnectionSpec::default(),
    }]
}

/// Regions for a connection: its own first, then those used lately, then all others; those whose id or place holds every
/// word typed. An id that AWS has opened since is offered as it was typed.
pub fn regions_of(
    own: Option<&str>,
    recent: &[String],
    typed: &str,
) -> Vec<(String, &'static str)> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let mut ids: Vec<&str> = own.into_iter().collect();
    ids.extend(recent.iter().map(String::as_str));
    ids.extend(REGIONS.iter().map(|region| region.id));
    let mut seen = Vec::new();
    for id in ids {
        let name = region_name(id).unwrap_or_default();
        let text = format!("{id} {name}").to_lowercase();
        let fits = words.iter().all(|word| text.contains(word));
        if fits && !seen.iter().any(|(known, _)| known == id) {
            seen.push((id.to_owned(), name));
        }
    }
    let typed = typed.trim();
    if seen.is_empty() && is_region_like(typed) {
        seen.push((typed.to_owned(), "not in the list; used as typed"));
    }
    seen
}

/// Whether a text has the form of a region: `xx-yyyy-1`.
pub fn is_region_like(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.len() <= 40
        && text.split('-').filter(|part| !part.is_empty()).count() >= 3
        && text.chars().all(fits)
        && text.ends_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
