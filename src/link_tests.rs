#![allow(clippy::unwrap_used)]

use super::*;
use crate::route::FunctionTab;

/// A small generator, so that a failure can be seen again: xorshift with a fixed seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn name(&mut self) -> String {
        let signs: Vec<char> = "abzABZ019-_.~/ $%?&=#+:;,@!'\"\\|<>[]{}^`*()äß関所🚃é\u{301}"
            .chars()
            .collect();
        let length = 1 + self.roll(24);
        (0..length)
            .map(|_| signs[self.roll(signs.len())])
            .collect::<String>()
    }

    /// A name that is more than blanks.
    fn profile(&mut self) -> String {
        format!("p{}", self.name())
    }

    fn place(&mut self) -> Option<Place> {
        let ports = [80, 443, 4566];
        let url = format!("http://127.0.0.1:{}", ports[self.roll(3)]);
        match self.roll(6) {
            0 => None,
            1 => Some(Place::Default),
            2 => Some(Place::Sandbox),
            3 => Some(Place::Profile(self.profile())),
            4 => Some(Place::Endpoint { url, profile: None }),
            _ => Some(Place::Endpoint {
                url: "https://example.com/a%20b".into(),
                profile: Some(self.profile()),
            }),
        }
    }

    fn route(&mut self) -> Option<Route> {
        match self.roll(5) {
            0 => None,
            1 => Some(Route::Functions),
            2 => Some(Route::Activity),
            _ => {
                let tab = FunctionTab::ALL[self.roll(FunctionTab::ALL.len())];
                Some(Route::function_tab(&self.name(), tab))
            }
        }
    }

    fn range(&mut self) -> Option<TimeRange> {
        match self.roll(4) {
            0 => None,
            1 => {
                let from = self.roll(4_000_000_000_000) as i64;
                Some(TimeRange::Custom(from, from + 1 + self.roll(9_000) as i64))
            }
            _ => Some(TimeRange::PRESETS[self.roll(TimeRange::PRESETS.len())]),
        }
    }

    fn link(&mut self) -> Link {
        let regions = ["eu-west-1", "us-gov-east-1", "eusc-de-east-1"];
        Link {
            place: self.place(),
            region: (self.roll(2) == 1).then(|| regions[self.roll(3)].to_owned()),
            route: self.route(),
            range: self.range(),
        }
    }
}

#[test]
fn twenty_thousand_generated_links_come_back_as_they_were() {
    let mut dice = Dice(0x5EC1_5401);
    for _ in 0..20_000 {
        let link = dice.link();
        let text = link.to_string();
        assert!(text.is_ascii() && !text.contains([' ', '"', '\'', '$', '<']));
        assert_eq!(text.parse::<Link>().as_ref(), Ok(&link), "{text}");
    }
}

#[test]
fn a_link_reads_as_people_would_write_it() {
    let text = "sekisho://functions/orders-api/logs?profile=acme-dev&region=eu-west-1&last=3h";
    let link: Link = text.parse().unwrap();
    assert_eq!(link.place, Some(Place::Profile("acme-dev".into())));
    assert_eq!(link.region.as_deref(), Some("eu-west-1"));
    assert_eq!(link.range, Some(TimeRange::ThreeHours));
    assert_eq!(link.to_string(), text);
    for same in [
        "SEKISHO://functions/a?sandbox",
        "sekisho:functions/a?sandbox",
        "sekisho:///functions/a/?sandbox=&",
    ] {
        let link: Link = same.parse().unwrap();
        assert_eq!(link.to_string(), "sekisho://functions/a?sandbox", "{same}");
    }
    let link: Link =
        "sekisho://functions/a/monitor?from=2026-11-27T17:00:00Z&to=2026-11-27T18:00:00%2B00:00"
            .parse()
            .unwrap();
    assert_eq!(
        link.range,
        Some(TimeRange::Custom(1_795_798_800_000, 1_795_802_400_000))
    );
    let route: Link = "functions/orders-api".parse().unwrap();
    assert_eq!(route, Link::from(Route::function("orders-api")));
}

#[test]
fn nonsense_is_refused_and_says_why() {
    let long = format!("sekisho://functions/{}", "a".repeat(5_000));
    let rows = [
        ("sekisho://nowhere", "is not a route"),
        ("https://example.com", "is not a route"),
        ("sekisho://functions/a/b/c/d", "is not a route"),
        ("sekisho://functions/a?unlock=1", "does not say 'unlock'"),
        (
            "sekisho://functions/a?action=delete",
            "does not say 'action'",
        ),
        ("sekisho://functions?profile=a&profile=b", "once"),
        ("sekisho://functions?profile=", "empty"),
        ("sekisho://functions?profile=a&sandbox", "one connection"),
        ("sekisho://functions?profile=a%0Ab", "can't be seen"),
        ("sekisho://functions?region=evil.example", "not a region"),
        ("sekisho://functions?region=EU-WEST-1", "not a region"),
        ("sekisho://functions?endpoint=file:///etc/passwd", "http"),
        ("sekisho://functions?endpoint=http://example.com", "https"),
        (
            "sekisho://functions?endpoint=https://key:secret@example.com",
            "no password",
        ),
        ("sekisho://functions?endpoint=https://e.com/?a", "its path"),
        ("sekisho://functions?last=2h", "1h, 3h"),
        ("sekisho://functions?from=2026-11-27T17:00:00Z", "together"),
        ("sekisho://functions?from=x&to=y", "a moment"),
        (
            "sekisho://functions?from=2026-11-27T17:00:00Z&to=2026-11-27T16:00:00Z",
            "not before",
        ),
        (
            "sekisho://functions?last=1h&from=2026-11-27T17:00:00Z&to=2026-11-27T18:00:00Z",
            "last, or",
        ),
        ("sekisho://functions#x", "#"),
        (long.as_str(), "4096"),
    ];
    for (text, said) in rows {
        let why = text.parse::<Link>().unwrap_err();
        assert!(why.contains(said), "{text}: {why}");
    }
}

#[test]
fn a_link_of_a_connection_holds_no_password_and_leads_back_to_it() {
    let mut spec = ConnectionSpec::of_endpoint("e", "https://key:secret@example.com/x");
    spec.read_only = true;
    let place = Place::of(&spec, None);
    assert!(!format!("{place:?}").contains("secret"));
    let hosted = Some("http://127.0.0.1:40001");
    let sandbox = ConnectionSpec::of_discovered("sandbox", "http://127.0.0.1:40001");
    assert_eq!(Place::of(&sandbox, hosted), Place::Sandbox);
    assert_eq!(Place::Sandbox.spec(None), None);
    for spec in [
        ConnectionSpec::of_profile("acme-dev"),
        ConnectionSpec::default(),
        sandbox,
        ConnectionSpec::of_endpoint("e", "http://127.0.0.1:4566"),
    ] {
        let place = Place::of(&spec, hosted);
        assert!(
            place.is_of(&place.spec(hosted).unwrap(), hosted),
            "{place:?}"
        );
    }
}

#[test]
fn a_stranger_s_endpoint_gets_dummy_keys_alone_and_production_starts_locked() {
    let link: Link = "sekisho://functions?endpoint=https://example.com"
        .parse()
        .unwrap();
    assert!(link.place.unwrap().spec(None).unwrap().discovered);
    let link: Link = "sekisho://functions?profile=acme-prod".parse().unwrap();
    assert!(link.place.unwrap().spec(None).unwrap().read_only);
}
