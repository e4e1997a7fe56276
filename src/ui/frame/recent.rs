//! The functions that were opened lately, of each connection, for the palette. Kept between sessions.

use std::collections::BTreeMap;

use crate::settings::Settings;

const KEY: &str = "recent.functions";
/// Names that are kept of a connection.
const MOST: usize = 6;
/// Connections whose names are kept.
const CONNECTIONS: usize = 20;

/// Names by connection, newest first.
#[derive(Default)]
pub struct Recent(BTreeMap<String, Vec<String>>);

impl Recent {
    /// As they were kept.
    pub fn restore(settings: &Settings) -> Self {
        Self(settings.get(KEY).unwrap_or_default())
    }

    /// A function is in front.
    pub fn seen(&mut self, settings: &mut Settings, connection: &str, name: &str) {
        let names = self.0.entry(connection.to_owned()).or_default();
        if names.first().is_some_and(|first| first == name) {
            return;
        }
        names.retain(|known| known != name);
        names.insert(0, name.to_owned());
        names.truncate(MOST);
        while self.0.len() > CONNECTIONS {
            let other = self.0.keys().find(|key| *key != connection).cloned();
            other.map(|key| self.0.remove(&key));
        }
        settings.set(KEY, &self.0);
    }

    /// Those of a connection.
    pub fn of(&self, connection: &str) -> &[String] {
        self.0.get(connection).map_or(&[][..], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stands_first_each_once_and_each_connection_has_its_own() {
        let mut settings = Settings::in_memory();
        let mut recent = Recent::default();
        for name in ["a", "b", "a", "c"] {
            recent.seen(&mut settings, "prod", name);
        }
        recent.seen(&mut settings, "dev", "z");
        assert_eq!(recent.of("prod"), ["c", "a", "b"]);
        assert_eq!(Recent::restore(&settings).of("dev"), ["z"]);
        assert!(recent.of("none").is_empty());
    }
}
