//! Connections as values: which profile, region and endpoint, in which colour, and whether they may change anything.
//!
//! Knows no SDK, no file and no network. Nothing here ever holds a secret, so all of it may be written to disk.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Everything that is needed to open a connection, and nothing that is secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectionSpec {
    /// What a person reads in the chip: the profile's name unless they gave another.
    pub name: String,
    /// A profile of `~/.aws/config`; none for the standard chain (environment first).
    pub profile: Option<String>,
    /// For example `eu-central-1`; none for what the chain says.
    pub region: Option<String>,
    /// An endpoint instead of AWS's own, for example `http://127.0.0.1:4566`.
    pub endpoint: Option<String>,
    /// PEM file with the certificates to trust beside the system's.
    pub ca_bundle: Option<PathBuf>,
    /// SHA-256 of the one certificate to trust for `endpoint`, as lower-case hexadecimal digits.
    pub pinned_certificate: Option<String>,
    /// A credentials file that `endpoint` wrote for itself (AWS Emulator does); only its path is kept.
    pub credentials_file: Option<PathBuf>,
    /// The console found `endpoint` by itself: the person's own credentials are never sent there.
    pub discovered: bool,
    /// The colour of the frame, so that production is recognised before anything is read.
    pub colour: ConnColour,
    /// Refuses every change until the person unlocks it.
    pub read_only: bool,
}

impl Default for ConnectionSpec {
    fn default() -> Self {
        Self {
            name: "default".into(),
            profile: None,
            region: None,
            endpoint: None,
            ca_bundle: None,
            pinned_certificate: None,
            credentials_file: None,
            discovered: false,
            colour: ConnColour::Auto,
            read_only: false,
        }
    }
}

impl ConnectionSpec {
    /// A connection by profile, red and read-only from the start where the name says production.
    pub fn of_profile(profile: impl Into<String>) -> Self {
        let profile = profile.into();
        Self {
            name: profile.clone(),
            profile: Some(profile),
            ..Self::default()
        }
        .guarded()
    }

    /// A connection to an endpoint that a person named.
    pub fn of_endpoint(name: impl Into<String>, endpoint: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            endpoint: Some(endpoint.into()),
            ..Self::default()
        }
        .guarded()
    }

    /// A connection to an endpoint that the console found on this machine: it is only ever given dummy credentials.
    pub fn of_discovered(name: impl Into<String>, endpoint: impl Into<String>) -> Self {
        Self {
            discovered: true,
            ..Self::of_endpoint(name, endpoint)
        }
    }

    /// The same with production's colour and lock, where the name or profile says production.
    pub fn guarded(mut self) -> Self {
        if self.says_production() {
            self.colour = ConnColour::Red;
            self.read_only = true;
        }
        self
    }

    /// Whether the name or the profile says production, see [`is_production_name`].
    pub fn says_production(&self) -> bool {
        is_production_name(&self.name) || self.profile.as_deref().is_some_and(is_production_name)
    }

    /// Whether the endpoint is on this machine.
    pub fn is_local(&self) -> bool {
        self.endpoint.as_deref().is_some_and(is_loopback_url)
    }

    /// The colour to draw: what was chosen, else one that stays the same for the same name.
    pub fn drawn_colour(&self) -> ConnColour {
        match self.colour {
            ConnColour::Auto if self.says_production() => ConnColour::Red,
            ConnColour::Auto if self.is_local() => ConnColour::Green,
            ConnColour::Auto => {
                let calm = [ConnColour::Blue, ConnColour::Teal, ConnColour::Violet];
                let sum: usize = self.name.bytes().map(usize::from).sum();
                calm[sum % calm.len()]
            }
            chosen => chosen,
        }
    }

    /// Whether both would show the same remote things: equal but for name, colour and lock.
    pub fn same_place(&self, other: &Self) -> bool {
        let place = |spec: &Self| Self {
            name: String::new(),
            colour: ConnColour::Auto,
            read_only: false,
            ..spec.clone()
        };
        place(self) == place(other)
    }
}

/// Colours of a connection, by name: the theme says what they look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConnColour {
    /// By the name: red for production, green for this machine, else a calm one.
    #[default]
    Auto,
    /// Production.
    Red,
    Amber,
    Green,
    Teal,
    Blue,
    Violet,
}

impl ConnColour {
    /// In the order of the picker.
    pub const ALL: [Self; 7] = [
        Self::Auto,
        Self::Red,
        Self::Amber,
        Self::Green,
        Self::Teal,
        Self::Blue,
        Self::Violet,
    ];

    /// The word beside the colour: state is never shown by colour alone.
    pub fn label(self) -> &'static str {
        match self {
            Self::Auto => "Automatic",
            Self::Red => "Red",
            Self::Amber => "Amber",
            Self::Green => "Green",
            Self::Teal => "Teal",
            Self::Blue => "Blue",
            Self::Violet => "Violet",
        }
    }
}

/// Who the credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// For example `arn:aws:sts::123456789012:assumed-role/Deploy/ana`.
    pub arn: String,
    /// AWS's unique id of the caller.
    pub user_id: String,
    /// The account's alias, where it has one and the caller may read it.
    pub alias: Option<String>,
}

impl Identity {
    /// The part of the ARN that a person knows: `Deploy/ana`, `ana`, `root`.
    pub fn caller(&self) -> &str {
        let resource = self.arn.splitn(6, ':').nth(5).unwrap_or(&self.arn);
        resource.split_once('/').map_or(resource, |(_, name)| name)
    }

    /// The alias, else the account's number.
    pub fn account_label(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.account)
    }
}

/// Whether a name means production: one of its words is `prod`, `prd` or `production`, perhaps with digits behind.
///
/// Words end where letters end or where a capital follows a small letter, so `acme-prod`, `PROD2` and `acmeProd` are
/// meant, `product` and `reproduce` are not.
pub fn is_production_name(name: &str) -> bool {
    words(name).iter().any(|word| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        matches!(word, "prod" | "prd" | "production")
    })
}

/// Lower-case words of a name, divided at signs and at humps.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_small = false;
    for c in name.chars() {
        let hump = c.is_uppercase() && previous_small;
        if !c.is_alphanumeric() || hump {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        previous_small = c.is_lowercase();
    }
    words
}

/// Whether a URL's host is this machine.
pub fn is_loopback_url(url: &str) -> bool {
    let host = host_of(url);
    host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

/// The host of a URL, without port, user and brackets; empty where there is none.
pub fn host_of(url: &str) -> &str {
    let authority = authority_of(url);
    match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Host and port of a URL as they stand there, without user and path; empty where there is none.
pub fn authority_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
}

/// Why a typed endpoint can't be used, or nothing.
pub fn endpoint_problem(endpoint: &str) -> Option<&'static str> {
    let lower = endpoint.trim().to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return Some("An endpoint starts with http:// or https://.");
    }
    if host_of(endpoint.trim()).is_empty() {
        return Some("The endpoint has no host.");
    }
    if endpoint.trim().contains(char::is_whitespace) {
        return Some("An endpoint holds no spaces.");
    }
    if endpoint.contains(['?', '#']) {
        return Some(
            "An endpoint has no ? and no #: leave out what comes behind the host and its path.",
        );
    }
    if lower.starts_with("http://") && !is_near(host_of(&lower)) {
        return Some("Use https:// for an endpoint on the internet.");
    }
    None
}

/// The endpoint that somebody means who typed this into a search; a scheme that is missing is the usual one there. None where
/// it looks like no address: names of profiles and regions have neither a port nor a scheme.
pub fn typed_endpoint(typed: &str) -> Option<String> {
    let typed = typed.trim();
    if typed.contains(char::is_whitespace) {
        return None;
    }
    let lower = typed.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Some(typed.to_owned());
    }
    if typed.contains("://") {
        return None;
    }
    let authority = authority_of(typed);
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    let has_port = port.is_some_and(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if host_of(typed).is_empty() || !has_port && !is_loopback_url(typed) {
        return None;
    }
    let scheme = match is_near(host_of(typed)) {
        true => "http",
        false => "https",
    };
    Some(format!("{scheme}://{typed}"))
}

/// Whether a host is on this machine or in its own network, where plain HTTP is usual: names without a dot are those of
/// containers beside this one.
fn is_near(host: &str) -> bool {
    use std::net::IpAddr;
    match host.parse() {
        Ok(IpAddr::V4(v4)) => {
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified()
        }
        Ok(IpAddr::V6(v6)) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
        Err(_) => {
            !host.contains('.')
                || [".localhost", ".internal", ".local", ".test"]
                    .iter()
                    .any(|end| host.ends_with(end))
        }
    }
}

/// A region of AWS and the place it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// For example `eu-central-1`.
    pub id: &'static str,
    /// For example `Europe (Frankfurt)`.
    pub name: &'static str,
    /// Whose rules hold there.
    pub partition: Partition,
}

/// AWS's partitions: accounts and credentials of one don't work in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// `aws`
    Commercial,
    /// `aws-us-gov`
    GovCloud,
    /// `aws-cn`
    China,
    /// `aws-eusc`
    EuropeanSovereign,
}

const fn region(id: &'static str, name: &'static str) -> Region {
    let partition = Partition::Commercial;
    Region {
        id,
        name,
        partition,
    }
}

/// Regions as <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html> lists them.
pub const REGIONS: &[Region] = &[
    region("us-east-1", "US East (N. Virginia)"),
    region("us-east-2", "US East (Ohio)"),
    region("us-west-1", "US West (N. California)"),
    region("us-west-2", "US West (Oregon)"),
    region("af-south-1", "Africa (Cape Town)"),
    region("ap-east-1", "Asia Pacific (Hong Kong)"),
    region("ap-east-2", "Asia Pacific (Taipei)"),
    region("ap-northeast-1", "Asia Pacific (Tokyo)"),
    region("ap-northeast-2", "Asia Pacific (Seoul)"),
    region("ap-northeast-3", "Asia Pacific (Osaka)"),
    region("ap-south-1", "Asia Pacific (Mumbai)"),
    region("ap-south-2", "Asia Pacific (Hyderabad)"),
    region("ap-southeast-1", "Asia Pacific (Singapore)"),
    region("ap-southeast-2", "Asia Pacific (Sydney)"),
    region("ap-southeast-3", "Asia Pacific (Jakarta)"),
    region("ap-southeast-4", "Asia Pacific (Melbourne)"),
    region("ap-southeast-5", "Asia Pacific (Malaysia)"),
    region("ap-southeast-6", "Asia Pacific (New Zealand)"),
    region("ap-southeast-7", "Asia Pacific (Thailand)"),
    region("ca-central-1", "Canada (Central)"),
    region("ca-west-1", "Canada West (Calgary)"),
    region("eu-central-1", "Europe (Frankfurt)"),
    region("eu-central-2", "Europe (Zurich)"),
    region("eu-north-1", "Europe (Stockholm)"),
    region("eu-south-1", "Europe (Milan)"),
    region("eu-south-2", "Europe (Spain)"),
    region("eu-west-1", "Europe (Ireland)"),
    region("eu-west-2", "Europe (London)"),
    region("eu-west-3", "Europe (Paris)"),
    region("il-central-1", "Israel (Tel Aviv)"),
    region("me-central-1", "Middle East (UAE)"),
    region("me-south-1", "Middle East (Bahrain)"),
    region("mx-central-1", "Mexico (Central)"),
    region("sa-east-1", "South America (São Paulo)"),
    Region {
        partition: Partition::GovCloud,
        ..region("us-gov-east-1", "AWS GovCloud (US-East)")
    },
    Region {
        partition: Partition::GovCloud,
        ..region("us-gov-west-1", "AWS GovCloud (US-West)")
    },
    Region {
        partition: Partition::China,
        ..region("cn-north-1", "China (Beijing)")
    },
    Region {
        partition: Partition::China,
        ..region("cn-northwest-1", "China (Ningxia)")
    },
    Region {
        partition: Partition::EuropeanSovereign,
        ..region("eusc-de-east-1", "EU Sovereign Cloud (Germany)")
    },
];

/// The place of a region, where it is known: AWS opens new ones, so an unknown id is not an error.
pub fn region_name(id: &str) -> Option<&'static str> {
    REGIONS.iter().find(|r| r.id == id).map(|r| r.name)
}

/// Connections that were used, latest first: bounded, and each place once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recents(Vec<ConnectionSpec>);

impl Recents {
    /// How many are kept.
    pub const MAX: usize = 12;

    /// Puts a connection first; an older entry of the same place goes.
    pub fn used(&mut self, spec: &ConnectionSpec) {
        self.0.retain(|old| !old.same_place(spec));
        self.0.insert(0, spec.clone());
        self.0.truncate(Self::MAX);
    }

    /// Forgets a connection.
    pub fn forget(&mut self, spec: &ConnectionSpec) {
        self.0.retain(|old| !old.same_place(spec));
    }

    /// Latest first.
    pub fn iter(&self) -> impl Iterator<Item = &ConnectionSpec> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_address_is_recognised_without_its_scheme() {
        let rows = [
            ("127.0.0.1:9999", Some("http://127.0.0.1:9999")),
            ("localhost", Some("http://localhost")),
            ("[::1]:4566", Some("http://[::1]:4566")),
            ("stack:4566", Some("http://stack:4566")),
            (
                "vpce-1.example.com:443",
                Some("https://vpce-1.example.com:443"),
            ),
            ("https://a.example/x", Some("https://a.example/x")),
            ("acme-prod", None),
            ("eu-west-1", None),
            ("acme:dev", None),
            ("ftp://host:21", None),
            ("two words:1", None),
        ];
        for (typed, expected) in rows {
            assert_eq!(typed_endpoint(typed).as_deref(), expected, "{typed}");
        }
        assert!(endpoint_problem("http://127.0.0.1:4566/lambda?x").is_some());
        assert!(endpoint_problem("http://127.0.0.1:4566/lambda").is_none());
    }

    #[test]
    fn production_is_recognised_by_whole_words_in_any_case() {
        for name in [
            "prod",
            "PROD",
            "acme-prod",
            "prod_eu",
            "Production",
            "acme.prd.admin",
            "prod2",
            "acmeProd",
            "eu/production/admin",
        ] {
            assert!(is_production_name(name), "{name}");
        }
        for name in [
            "product",
            "reproduce",
            "products-dev",
            "nonproductive",
            "dev",
            "",
            "prodigy",
        ] {
            assert!(!is_production_name(name), "{name}");
        }
    }

    #[test]
    fn a_production_profile_starts_red_and_read_only_and_others_do_not() {
        let prod = ConnectionSpec::of_profile("acme-prod");
        assert_eq!(
            (prod.drawn_colour(), prod.read_only),
            (ConnColour::Red, true)
        );
        let dev = ConnectionSpec::of_profile("acme-dev");
        assert!(!dev.read_only);
        assert_ne!(dev.drawn_colour(), ConnColour::Red);
    }

    #[test]
    fn an_unlocked_production_connection_stays_unlocked_when_read_back() {
        let mut spec = ConnectionSpec::of_profile("prod");
        spec.read_only = false;
        let text = serde_json::to_string(&spec).unwrap();
        let back: ConnectionSpec = serde_json::from_str(&text).unwrap();
        assert_eq!(back, spec);
    }

    #[test]
    fn only_this_machine_is_local() {
        for url in [
            "http://127.0.0.1:4566",
            "https://localhost:9297/x",
            "http://[::1]:80",
            "http://s3.localhost:1",
            "http://127.9.9.9",
        ] {
            assert!(is_loopback_url(url), "{url}");
        }
        for url in [
            "https://lambda.us-east-1.amazonaws.com",
            "http://localhost.evil.example",
            "http://localhost@evil.example",
            "http://10.0.0.1",
            "",
        ] {
            assert!(!is_loopback_url(url), "{url}");
        }
    }

    #[test]
    fn endpoints_say_what_is_wrong_with_them() {
        assert_eq!(endpoint_problem("http://127.0.0.1:4566"), None);
        assert_eq!(endpoint_problem("https://vpce-1.example.com"), None);
        for near in [
            "http://localstack:4566",
            "http://192.168.1.4:4566",
            "http://host.docker.internal:4566",
        ] {
            assert_eq!(endpoint_problem(near), None, "{near}");
        }
        for wrong in [
            "127.0.0.1:4566",
            "http://",
            "https://a b",
            "http://example.com",
            "",
        ] {
            assert!(endpoint_problem(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn recents_are_bounded_and_hold_each_place_once_latest_first() {
        let mut recents = Recents::default();
        for n in 0..20 {
            recents.used(&ConnectionSpec::of_profile(format!("p{n}")));
        }
        let mut again = ConnectionSpec::of_profile("p15");
        again.colour = ConnColour::Teal;
        recents.used(&again);
        assert_eq!(recents.iter().count(), Recents::MAX);
        assert_eq!(recents.iter().next(), Some(&again));
        let times = recents.iter().filter(|spec| spec.same_place(&again));
        assert_eq!(times.count(), 1);
    }

    #[test]
    fn the_caller_is_the_name_a_person_knows() {
        let identity = |arn: &str| Identity {
            account: "123456789012".into(),
            arn: arn.into(),
            user_id: "A".into(),
            alias: None,
        };
        for (arn, caller) in [
            (
                "arn:aws:sts::123456789012:assumed-role/Deploy/ana",
                "Deploy/ana",
            ),
            ("arn:aws:iam::123456789012:user/ana", "ana"),
            ("arn:aws:iam::123456789012:root", "root"),
        ] {
            assert_eq!(identity(arn).caller(), caller);
        }
    }

    #[test]
    fn region_ids_are_unique_and_named() {
        let mut ids: Vec<_> = REGIONS.iter().map(|r| r.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), REGIONS.len());
        assert_eq!(region_name("eu-central-1"), Some("Europe (Frankfurt)"));
    }
}
