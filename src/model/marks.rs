//! How a person marks their connections: a name, a colour, and whether each starts read-only. Kept by profile or endpoint,
//! so that a mark holds in every region. Holds no secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::connection::{ConnColour, ConnectionSpec};

/// The mark of one profile or endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mark {
    /// What the chip shows; empty for the profile's own name.
    pub name: String,
    /// The colour that was chosen.
    pub colour: ConnColour,
    /// It starts read-only. Production always does, whatever stands here.
    pub read_only: bool,
}

/// All marks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(BTreeMap<String, Mark>);

/// What a mark is kept under: the endpoint, the profile, or both; the same in every region.
pub fn key_of(spec: &ConnectionSpec) -> String {
    match (&spec.endpoint, &spec.profile) {
        (Some(endpoint), Some(profile)) => format!("{profile} at {endpoint}"),
        (Some(endpoint), None) => format!("at {endpoint}"),
        (None, Some(profile)) => profile.clone(),
        // A profile's name holds no brackets, so that this is nobody else's key.
        (None, None) => "[standard chain]".to_owned(),
    }
}

impl Marks {
    /// The mark of a connection; the plain one where it has none.
    pub fn of(&self, spec: &ConnectionSpec) -> Mark {
        self.0.get(&key_of(spec)).cloned().unwrap_or_default()
    }

    /// Keeps a mark; one that says nothing is forgotten.
    pub fn set(&mut self, spec: &ConnectionSpec, mark: Mark) {
        if mark == Mark::default() {
            self.0.remove(&key_of(spec));
        } else {
            self.0.insert(key_of(spec), mark);
        }
    }

    /// The connection with its mark on it. Production starts red unless another colour was chosen, and always locked.
    pub fn marked(&self, mut spec: ConnectionSpec) -> ConnectionSpec {
        let mark = self.of(&spec);
        let own = !mark.name.trim().is_empty();
        if own {
            mark.name.trim().clone_into(&mut spec.name);
        }
        spec.read_only |= mark.read_only;
        let mut spec = spec.guarded();
        if mark.colour != ConnColour::Auto {
            spec.colour = mark.colour;
        }
        spec
    }
}

/// Whether changing something here may hurt customers: the name says production, or a person has marked it red.
pub fn is_production(spec: &ConnectionSpec) -> bool {
    spec.says_production() || spec.drawn_colour() == ConnColour::Red
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn marked(spec: ConnectionSpec, mark: Mark) -> ConnectionSpec {
        let mut marks = Marks::default();
        marks.set(&spec, mark);
        marks.marked(spec)
    }

    #[test]
    fn a_mark_holds_in_every_region_and_for_no_other_profile() {
        let mut marks = Marks::default();
        let spec = ConnectionSpec::of_profile("billing");
        let mark = Mark {
            name: "Billing".into(),
            colour: ConnColour::Teal,
            read_only: true,
        };
        marks.set(&spec, mark);
        let elsewhere = ConnectionSpec {
            region: Some("eu-west-1".into()),
            ..spec
        };
        let there = marks.marked(elsewhere);
        assert_eq!(there.name, "Billing");
        assert_eq!((there.colour, there.read_only), (ConnColour::Teal, true));
        let other = marks.marked(ConnectionSpec::of_profile("orders"));
        assert_eq!(other, ConnectionSpec::of_profile("orders"));
    }

    #[test]
    fn production_starts_locked_under_every_name_and_colour() {
        let mark = Mark {
            name: "harmless".into(),
            colour: ConnColour::Amber,
            read_only: false,
        };
        let spec = marked(ConnectionSpec::of_profile("acme-prod"), mark);
        assert!(spec.read_only && is_production(&spec));
        assert_eq!(spec.drawn_colour(), ConnColour::Amber);
    }

    #[test]
    fn a_connection_that_is_named_production_becomes_red_and_locked() {
        let mark = Mark {
            name: "shop production".into(),
            ..Mark::default()
        };
        let spec = marked(ConnectionSpec::of_profile("acme-1"), mark);
        assert!(spec.read_only);
        assert_eq!(spec.drawn_colour(), ConnColour::Red);
    }

    #[test]
    fn a_mark_that_says_nothing_is_not_kept() {
        let mut marks = Marks::default();
        let spec = ConnectionSpec::of_profile("dev");
        marks.set(
            &spec,
            Mark {
                read_only: true,
                ..Mark::default()
            },
        );
        marks.set(&spec, Mark::default());
        assert_eq!(marks, Marks::default());
    }

    #[test]
    fn endpoints_and_profiles_have_marks_of_their_own() {
        let profile = ConnectionSpec::of_profile("dev");
        let endpoint = ConnectionSpec::of_endpoint("dev", "http://127.0.0.1:4566");
        let both = ConnectionSpec {
            endpoint: endpoint.endpoint.clone(),
            ..profile.clone()
        };
        let keys = [&profile, &endpoint, &both, &ConnectionSpec::default()].map(key_of);
        let mut unique = keys.to_vec();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), keys.len());
    }
}
