#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::cloud::connection::discover::EndpointKind;
use crate::cloud::connection::profiles::Problem;
use crate::model::connection::ConnColour;
use crate::model::marks::Mark;

fn machine() -> Sources {
    let profile = |name: &str, region: &str| Profile {
        name: name.into(),
        region: Some(region.into()),
        has_keys: true,
        ..Profile::default()
    };
    Sources {
        profiles: Some(Profiles {
            profiles: vec![
                profile("acme-prod", "eu-west-1"),
                profile("acme-dev", "us-east-1"),
            ],
            problems: vec![Problem {
                file: "/h/.aws/config".into(),
                line: 7,
                message: "a property has no equals sign".into(),
            }],
        }),
        found: Some(Vec::new()),
        ..Sources::default()
    }
}

fn titles(sources: &Sources, typed: &str) -> Vec<String> {
    let lines = lines(sources, typed);
    lines
        .iter()
        .filter_map(Line::choice)
        .map(|choice| choice.title.clone())
        .collect()
}

fn notes(sources: &Sources) -> Vec<String> {
    let lines = lines(sources, "");
    let notes = lines.into_iter().filter_map(|line| match line {
        Line::Note(text, _) => Some(text),
        _ => None,
    });
    notes.collect()
}

#[test]
fn words_in_any_order_find_profiles_by_name_region_and_way() {
    let sources = machine();
    for typed in ["prod", "PROD acme", "eu-west acme", "keys prod"] {
        assert_eq!(titles(&sources, typed), ["acme-prod"], "{typed}");
    }
}

#[test]
fn a_broken_line_is_noted_beside_the_profiles_that_are_right() {
    let sources = machine();
    assert!(notes(&sources).iter().any(|note| note.contains("line 7")));
    assert!(titles(&sources, "").contains(&"acme-dev".to_owned()));
}

#[test]
fn a_profile_that_leads_nowhere_does_not_look_healthy() {
    let mut sources = machine();
    if let Some(known) = &mut sources.profiles {
        known.profiles[0].broken = Some("acme-prod needs the profile gone".into());
    }
    let lines = lines(&sources, "acme-prod");
    let choice = lines.iter().find_map(Line::choice).unwrap();
    assert!(choice.warns);
    assert_eq!(choice.tag, "can't sign in");
    assert_eq!(choice.detail, "acme-prod needs the profile gone");
}

#[test]
fn an_address_without_its_scheme_is_offered_as_an_endpoint() {
    let sources = machine();
    assert_eq!(titles(&sources, "127.0.0.1:9999"), ["Custom endpoint"]);
    let lines = lines(&sources, "127.0.0.1:9999");
    let choice = lines.iter().find_map(Line::choice).unwrap();
    assert_eq!(choice.detail, "http://127.0.0.1:9999");
}

#[test]
fn the_sandbox_of_this_window_stands_for_itself_and_others_are_told_apart() {
    let found = |port: u16| {
        let endpoint = format!("http://127.0.0.1:{port}");
        Found {
            kind: EndpointKind::Sandbox,
            version: None,
            needs_trust: false,
            fingerprint: None,
            spec: ConnectionSpec::of_discovered(format!("Sekisho sandbox {port}"), &endpoint),
            endpoint,
        }
    };
    let sources = Sources {
        found: Some(vec![found(40001), found(40002)]),
        own: Some(Own::At("http://127.0.0.1:40001".into())),
        ..machine()
    };
    assert_eq!(
        titles(&sources, "sandbox"),
        ["Sandbox on this machine", "Sekisho sandbox 40002"]
    );
}

#[test]
fn a_machine_without_anything_says_what_to_do() {
    let sources = Sources {
        profiles: Some(Profiles::default()),
        found: Some(Vec::new()),
        ..Sources::default()
    };
    let notes = notes(&sources);
    assert!(notes.iter().any(|note| note.contains("aws configure sso")));
    assert!(notes.iter().any(|note| note.contains("sekisho sandbox")));
    assert_eq!(titles(&sources, ""), ["Standard chain", "Custom endpoint"]);
}

#[test]
fn what_is_still_read_is_said() {
    assert_eq!(notes(&Sources::default()).len(), 2);
}

#[test]
fn a_typed_region_is_offered_for_the_connection_that_is_shown() {
    let spec = ConnectionSpec::of_profile("acme-dev");
    let sources = Sources {
        current: Some((spec, String::new())),
        ..machine()
    };
    let lines = lines(&sources, "frankfurt");
    let choice = lines.iter().find_map(Line::choice).unwrap();
    assert_eq!(choice.does, Does::Region("eu-central-1".into()));
    assert_eq!(choice.spec.profile.as_deref(), Some("acme-dev"));
    assert_eq!(choice.spec.region.as_deref(), Some("eu-central-1"));
}

#[test]
fn the_current_connection_stands_first_and_not_among_the_recent_ones() {
    let spec = ConnectionSpec::of_profile("acme-dev");
    let mut sources = machine();
    sources.recents.used(&ConnectionSpec::of_profile("old"));
    sources.recents.used(&spec);
    sources.current = Some((spec, "4821 · ana".into()));
    assert_eq!(&titles(&sources, "")[..2], ["acme-dev", "old"]);
}

#[test]
fn marks_name_and_colour_the_rows_and_the_profile_is_still_found_by_its_own_name() {
    let mut sources = machine();
    let mark = Mark {
        name: "Sandbox of Ana".into(),
        colour: ConnColour::Violet,
        read_only: true,
    };
    sources
        .marks
        .set(&ConnectionSpec::of_profile("acme-dev"), mark);
    let lines = lines(&sources, "acme-dev");
    let choice = lines.iter().find_map(Line::choice).unwrap();
    assert_eq!(choice.title, "Sandbox of Ana");
    assert!(choice.spec.read_only);
    assert_eq!(choice.spec.drawn_colour(), ConnColour::Violet);
}

#[test]
fn an_endpoint_that_nothing_vouches_for_is_trusted_by_its_fingerprint_alone() {
    let endpoint = "https://127.0.0.1:9297";
    let found = Found {
        kind: EndpointKind::AwsEmulator,
        endpoint: endpoint.into(),
        version: None,
        needs_trust: true,
        fingerprint: Some("ab12".into()),
        spec: ConnectionSpec::of_discovered("AWS Emulator 9297", endpoint),
    };
    let sources = Sources {
        found: Some(vec![found]),
        ..machine()
    };
    let lines = lines(&sources, "emulator");
    let choice = lines.iter().find_map(Line::choice).unwrap();
    assert_eq!(choice.does, Does::Trust("AB:12".into()));
    assert_eq!(choice.spec.pinned_certificate.as_deref(), Some("ab12"));
}

#[test]
fn a_connections_own_region_comes_first_then_those_used_lately_each_once() {
    let recent = ["us-west-2".to_owned(), "eu-west-1".to_owned()];
    let regions = regions_of(Some("eu-west-1"), &recent, "");
    let ids: Vec<&str> = regions.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(&ids[..3], ["eu-west-1", "us-west-2", "us-east-1"]);
    assert_eq!(ids.iter().filter(|id| **id == "eu-west-1").count(), 1);
    assert_eq!(regions_of(None, &[], "tokyo")[0].0, "ap-northeast-1");
}

#[test]
fn a_region_that_aws_has_opened_since_can_be_typed() {
    assert_eq!(regions_of(None, &[], "xx-north-9")[0].0, "xx-north-9");
    assert!(regions_of(None, &[], "nowhere").is_empty());
    for wrong in ["eu", "eu-west", "EU-WEST-1", "a.b-c-1", ""] {
        assert!(!is_region_like(wrong), "{wrong}");
    }
}

#[test]
fn whoever_has_no_account_is_offered_the_sandbox_first() {
    let mut sources = Sources {
        profiles: Some(Profiles::default()),
        found: Some(Vec::new()),
        own: Some(Own::CanStart),
        ..Sources::default()
    };
    assert_eq!(titles(&sources, "")[0], "Sandbox on this machine");
    // With profiles it stands among what is on this machine, and is found by its name.
    sources.profiles = machine().profiles;
    assert_eq!(titles(&sources, "")[0], "acme-prod");
    assert_eq!(titles(&sources, "sandbox"), ["Sandbox on this machine"]);
    // Whoever is on it is not led there again.
    let endpoint = "http://127.0.0.1:41000";
    sources.own = Some(Own::At(endpoint.into()));
    sources.current = Some((hosted::connection(endpoint), String::new()));
    assert_eq!(titles(&sources, "sample"), [""; 0]);
}
