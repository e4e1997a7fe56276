//! The profiles of this machine, as the picker lists them: what they are and how they sign in, never a secret.

use crate::cloud::connection::machine::{AwsFile, Machine};
use crate::cloud::connection::names::{self, Header, fitting};
use aws_runtime::env_config::section::EnvConfigSections;
use std::collections::{BTreeMap, BTreeSet};

/// A profile of `~/.aws/config` or `~/.aws/credentials`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    pub name: String,
    pub region: Option<String>,
    pub sso_session: Option<String>,
    pub sso_start_url: Option<String>,
    pub sso_account_id: Option<String>,
    pub sso_role_name: Option<String>,
    pub role_arn: Option<String>,
    pub source_profile: Option<String>,
    pub credential_source: Option<String>,
    pub mfa_serial: Option<String>,
    pub endpoint_url: Option<String>,
    /// A program gives the credentials; its command line may hold secrets and is not kept.
    pub has_credential_process: bool,
    /// Keys are written in a file; they are not kept.
    pub has_keys: bool,
    /// A token in a file stands for the role, as in a cluster.
    pub web_identity: bool,
    /// The console session that `aws login` signed in: an ARN.
    pub login_session: Option<String>,
    /// Why it can't give credentials, as far as the files say; see [`Profiles`].
    pub broken: Option<String>,
}

impl Profile {
    /// How it signs in, in a word or two for the list.
    pub fn way(&self) -> &'static str {
        if self.sso_session.is_some() || self.sso_start_url.is_some() {
            "SSO"
        } else if self.mfa_serial.is_some() && self.role_arn.is_some() {
            "role with MFA"
        } else if self.role_arn.is_some() {
            "role"
        } else if self.has_credential_process {
            "program"
        } else if self.has_keys {
            "keys"
        } else if self.login_session.is_some() {
            "console sign-in"
        } else {
            "no credentials"
        }
    }
}

/// Something in a file that can't be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file's path.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    pub message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}: {}", self.file, self.line, self.message)
    }
}

/// What was found on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profiles {
    /// By name; `default` first.
    pub profiles: Vec<Profile>,
    /// What is wrong in the files: the profiles that are right are listed all the same.
    pub problems: Vec<Problem>,
}

/// Reads both files. Missing files are no error: there are no profiles then.
pub async fn list(machine: &Machine) -> Profiles {
    let mut found = BTreeMap::new();
    let mut problems = Vec::new();
    let mut sessions = BTreeSet::new();
    for file in [AwsFile::Config, AwsFile::Credentials] {
        let Some(text) = machine.read(file).await else {
            continue;
        };
        let path = machine.path(file);
        let shown = path.map(|p| p.display().to_string()).unwrap_or_default();
        let mut reading = Reading {
            found: &mut found,
            sessions: &mut sessions,
            problems: &mut problems,
        };
        parse(file, &shown, &text, &mut reading);
    }
    let broken: Vec<(String, String)> = found
        .keys()
        .filter_map(|name| Some((name.clone(), why_broken(&found, &sessions, name)?)))
        .collect();
    for (name, why) in broken {
        if let Some(profile) = found.get_mut(&name) {
            profile.broken = Some(why);
        }
    }
    let mut profiles: Vec<Profile> = found.into_values().collect();
    profiles.sort_by_key(|profile| (profile.name != "default", profile.name.clone()));
    Profiles { profiles, problems }
}

/// Whether the standard chain has anything to go by without the network's help: variables, a `default` profile, or a
/// machine of EC2. Where it has not, asking it would only lead to an error.
pub async fn has_standard_chain(machine: &Machine) -> bool {
    const VARIABLES: [&str; 8] = [
        "AWS_ACCESS_KEY_ID",
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_LAMBDA",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    ];
    if VARIABLES.iter().any(|name| machine.var(name).is_some()) {
        return true;
    }
    let known = list(machine).await;
    let default = known.profiles.iter().find(|p| p.name == "default");
    if default.is_some_and(|p| p.way() != "no credentials" || p.endpoint_url.is_some()) {
        return true;
    }
    let vendor = std::path::Path::new("/sys/devices/virtual/dmi/id/sys_vendor");
    let vendor = machine.read_path(vendor).await.unwrap_or_default();
    String::from_utf8_lossy(&vendor).contains("Amazon EC2")
}

/// The first thing that is wrong in the files, with its line.
pub(crate) async fn first_problem(machine: &Machine) -> Option<String> {
    list(machine)
        .await
        .problems
        .first()
        .map(ToString::to_string)
}

/// Where profiles are looked for, for a sentence.
pub(crate) fn places(machine: &Machine) -> String {
    let paths = [AwsFile::Config, AwsFile::Credentials]
        .into_iter()
        .filter_map(|file| machine.path(file))
        .map(|path| path.display().to_string());
    paths.collect::<Vec<_>>().join(" or ")
}

/// Whether a profile says how to get credentials.
pub(crate) fn has_credentials(sections: &EnvConfigSections, name: &str) -> bool {
    const KEYS: [&str; 6] = [
        "aws_access_key_id",
        "credential_process",
        "role_arn",
        "sso_session",
        "sso_start_url",
        "login_session",
    ];
    sections
        .get_profile(&fitting(name))
        .is_some_and(|profile| KEYS.iter().any(|key| profile.get(key).is_some()))
}

/// Whether a profile's credentials come from an SSO session in the end.
pub(crate) fn signs_in_by_sso(sections: &EnvConfigSections, name: &str) -> bool {
    base_of(sections, name)
        .and_then(|base| sections.get_profile(&base))
        .is_some_and(|p| p.get("sso_session").is_some() || p.get("sso_start_url").is_some())
}

/// The profile with a `login_session` that a profile's credentials come from in the end, as the person wrote its name.
pub(crate) fn signs_in_by_login(sections: &EnvConfigSections, name: &str) -> Option<String> {
    let base = base_of(sections, name)?;
    let profile = sections.get_profile(&base)?;
    // Everything else that gives credentials is asked before it.
    let others = ["sso_session", "sso_start_url", "aws_access_key_id"];
    let others = others.iter().any(|key| profile.get(key).is_some());
    (!others && profile.get("login_session").is_some()).then(|| names::told(&base).into_owned())
}

/// What keeps a profile from giving credentials, where the files alone tell it.
fn why_broken(
    found: &BTreeMap<String, Profile>,
    sessions: &BTreeSet<String>,
    name: &str,
) -> Option<String> {
    let mut seen = Vec::new();
    let mut at = name;
    loop {
        let profile = found.get(at)?;
        if let Some(session) = &profile.sso_session
            && profile.role_arn.is_none()
            && !sessions.contains(session)
        {
            return Some(format!(
                "{at} needs the sso-session {session}, which is not there"
            ));
        }
        profile.role_arn.as_ref()?;
        seen.push(at);
        match (&profile.source_profile, &profile.credential_source) {
            (Some(_), Some(_)) => {
                return Some(format!(
                    "{at} names both source_profile and credential_source"
                ));
            }
            (Some(source), None) if source == at => return None,
            (Some(source), None) if !found.contains_key(source) => {
                return Some(format!(
                    "{at} needs the profile {source}, which is not there"
                ));
            }
            (Some(source), None) if seen.contains(&source.as_str()) => {
                return (!found.get(source)?.has_keys)
                    .then(|| format!("{at} and {source} need each other"));
            }
            (Some(source), None) => at = source,
            (None, _) if profile.web_identity => return None,
            (None, Some(_)) => return None,
            (None, None) => {
                return Some(format!(
                    "{at} names a role but neither source_profile nor credential_source"
                ));
            }
        }
    }
}

/// The profile at the end of the chain of `source_profile`; none for a loop.
pub(crate) fn base_of(sections: &EnvConfigSections, name: &str) -> Option<String> {
    let mut name = fitting(name).into_owned();
    for _ in 0..50 {
        let profile = sections.get_profile(&name)?;
        match profile.get("source_profile") {
            Some(next) if profile.get("role_arn").is_some() && next != name => {
                name = next.to_owned();
            }
            _ => return Some(name),
        }
    }
    None
}

/// Where a line belongs.
enum Section {
    Profile(String),
    /// `sso-session`, `services` and whatever else is not a profile.
    Other,
}

/// What the files have told so far.
struct Reading<'a> {
    found: &'a mut BTreeMap<String, Profile>,
    sessions: &'a mut BTreeSet<String>,
    problems: &'a mut Vec<Problem>,
}

/// One file by AWS's rules (<https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>), line by line, so that what
/// is wrong can be named by its line and the rest is listed all the same.
fn parse(file: AwsFile, path: &str, text: &str, reading: &mut Reading<'_>) {
    let Reading {
        found,
        sessions,
        problems,
    } = reading;
    let mut section = None;
    let mut in_property = false;
    for (index, line) in text.lines().enumerate() {
        let mut wrong = |message: &str| {
            problems.push(Problem {
                file: path.to_owned(),
                line: index + 1,
                message: message.to_owned(),
            });
        };
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if trimmed.starts_with('[') {
            in_property = false;
            section = match names::between_brackets(trimmed) {
                Some(inside) => match names::header(file, inside) {
                    Header::Profile(name) => Some(profile_of(name, found)),
                    Header::Unreadable(why) => {
                        wrong(why);
                        Some(Section::Other)
                    }
                    Header::Named(kind, name) => {
                        if kind == "sso-session" {
                            sessions.insert(name);
                        }
                        Some(Section::Other)
                    }
                    Header::Other => Some(Section::Other),
                },
                None => {
                    wrong("the section's name has no closing bracket");
                    Some(Section::Other)
                }
            };
            continue;
        }
        if line.starts_with([' ', '\t']) {
            if !in_property {
                wrong("an indented line continues no property");
            }
            continue;
        }
        let Some((key, value)) = trimmed.split_once('=') else {
            wrong("a property has no equals sign");
            continue;
        };
        let key = key.trim().to_ascii_lowercase();
        if key.is_empty() {
            wrong("a property has no name");
            continue;
        }
        in_property = true;
        match &section {
            Some(Section::Profile(name)) => {
                if let Some(profile) = found.get_mut(name) {
                    set(profile, &key, names::without_comment(value).to_owned());
                }
            }
            Some(Section::Other) => {}
            None => wrong("a property stands before the first section"),
        }
    }
}

/// The profile of this name, which is there from now on.
fn profile_of(name: String, found: &mut BTreeMap<String, Profile>) -> Section {
    found.entry(name.clone()).or_insert_with(|| Profile {
        name: name.clone(),
        ..Profile::default()
    });
    Section::Profile(name)
}

fn set(profile: &mut Profile, key: &str, value: String) {
    let given = (!value.is_empty()).then_some(value);
    match key {
        "region" => profile.region = given,
        "sso_session" => profile.sso_session = given,
        "sso_start_url" => profile.sso_start_url = given,
        "sso_account_id" => profile.sso_account_id = given,
        "sso_role_name" => profile.sso_role_name = given,
        "role_arn" => profile.role_arn = given,
        "source_profile" => profile.source_profile = given,
        "credential_source" => profile.credential_source = given,
        "mfa_serial" => profile.mfa_serial = given,
        "endpoint_url" => profile.endpoint_url = given,
        "credential_process" => profile.has_credential_process = given.is_some(),
        "aws_access_key_id" => profile.has_keys = given.is_some(),
        "login_session" => profile.login_session = given,
        "web_identity_token_file" => profile.web_identity = given.is_some(),
        _ => {}
    }
}

#[cfg(test)]
#[path = "profiles_tests.rs"]
mod tests;
