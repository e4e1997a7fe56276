//! What a person has chosen, kept between sessions as one JSON file. Holds no secret.

use std::path::{Path, PathBuf};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// Endpoints whose own choices are kept.
const PLACES: usize = 20;
/// Which those are, latest first.
const PLACES_KEY: &str = "places";

/// The key of what belongs to one place alone. AWS itself, whose place is empty, has the plain key: an ARN or an account says
/// there what is meant. Every endpoint has its own, for the same ARN is another function there.
pub fn key_at(key: &str, place: &str) -> String {
    match place {
        "" => key.to_owned(),
        place => format!("{key}@{place}"),
    }
}

/// Choices by name. Panels read theirs once, when they are made, and write them when they change.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    values: Map<String, Value>,
    path: Option<PathBuf>,
    /// Where this machine keeps what is larger than a choice.
    data: Option<PathBuf>,
    changed: bool,
}

impl Settings {
    /// Settings that are kept nowhere, for tests and pictures.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// The settings in `path`. A file that cannot be read is set aside as `settings.broken.json`, so that nothing is lost.
    pub fn load(path: &Path) -> Self {
        let values = match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).unwrap_or_else(|error| {
                tracing::warn!(%error, path = %path.display(), "the settings are broken and were set aside");
                if let Err(error) = std::fs::rename(path, path.with_extension("broken.json")) {
                    tracing::warn!(%error, "they could not be set aside");
                }
                Map::new()
            }),
            Err(_) => Map::new(),
        };
        Self {
            values,
            path: Some(path.to_owned()),
            data: None,
            changed: false,
        }
    }

    /// The same, with a folder for what is larger than a choice.
    #[must_use]
    pub fn with_data(mut self, folder: Option<&Path>) -> Self {
        self.data = folder.map(Path::to_owned);
        self
    }

    /// Where copies of packages are kept that an upload replaces; none where nothing is kept.
    pub fn packages(&self) -> Option<PathBuf> {
        Some(self.data.as_ref()?.join("packages"))
    }

    /// The value under `key`, where there is one of this shape.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.values.get(key)?;
        T::deserialize(value).ok()
    }

    /// Puts a value under `key`.
    pub fn set<T: Serialize>(&mut self, key: &str, value: &T) {
        if let Ok(value) = serde_json::to_value(value)
            && self.values.get(key) != Some(&value)
        {
            self.values.insert(key.to_owned(), value);
            self.changed = true;
        }
    }

    /// An endpoint is shown: what was kept of those that were not for the longest time is forgotten, as ports come and go.
    pub fn visited(&mut self, place: &str) {
        let mut places: Vec<String> = self.get(PLACES_KEY).unwrap_or_default();
        if place.is_empty() || places.first().is_some_and(|first| first == place) {
            return;
        }
        places.retain(|known| known != place);
        places.insert(0, place.to_owned());
        for gone in places.split_off(places.len().min(PLACES)) {
            let end = format!("@{gone}");
            self.values.retain(|key, _| !key.ends_with(&end));
        }
        self.set(PLACES_KEY, &places);
    }

    /// What is to be written where, when something changed since the last call.
    pub fn take_unsaved(&mut self) -> Option<(PathBuf, String)> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let text = serde_json::to_string_pretty(&self.values).ok()?;
        Some((self.path.clone()?, text))
    }
}

/// Writes a settings file whole or not at all.
///
/// # Errors
/// Whatever the disk says.
pub fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new.json");
    std::fs::write(&beside, text)?;
    std::fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_set_is_there_in_the_next_session() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s/settings.json");
        let mut settings = Settings::load(&path);
        settings.set("favourites", &vec!["a", "b"]);
        let (to, text) = settings.take_unsaved().unwrap();
        write(&to, &text).unwrap();
        assert!(settings.take_unsaved().is_none());
        let again = Settings::load(&path);
        assert_eq!(again.get::<Vec<String>>("favourites").unwrap(), ["a", "b"]);
        assert_eq!(again.get::<u32>("favourites"), None);
    }

    #[test]
    fn each_endpoint_has_its_own_and_those_not_seen_for_long_are_forgotten() {
        let mut settings = Settings::in_memory();
        settings.set(&key_at("tabs", ""), &"aws");
        for port in 0..=PLACES {
            let place = format!("http://127.0.0.1:{port}");
            settings.visited(&place);
            settings.set(&key_at("tabs", &place), &port);
        }
        let at = |place: &str| settings.get::<usize>(&key_at("tabs", place));
        assert_eq!(settings.get::<String>("tabs").unwrap(), "aws");
        assert_eq!(at("http://127.0.0.1:0"), None);
        assert_eq!(at("http://127.0.0.1:1"), Some(1));
        assert_eq!(at("http://127.0.0.1:20"), Some(20));
    }

    #[test]
    fn a_broken_file_is_set_aside_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        std::fs::write(&path, "{ not json").unwrap();
        assert_eq!(Settings::load(&path).get::<u32>("x"), None);
        let kept = std::fs::read_to_string(folder.path().join("settings.broken.json")).unwrap();
        assert_eq!(kept, "{ not json");
    }
}
