//! What Lambda keeps in the store, and how it is read back: a record for each function, version, layer, version of a layer,
//! event source mapping and event on its way. Operations only say what they touched; it is written when they let go of
//! the state, so that records come in the order of the changes.

use super::{
    Lambda,
    model::{Code, Function, Layer, LayerVersion, State, Status, Version},
    package::Packages,
    settings::Settings,
    signing::SigningConfig,
};
use crate::store::{Change, Keep, Record, Shelf, StateError};
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc};

/// What Lambda's records belong to.
pub const SERVICE: &str = "lambda";

const FUNCTION: &str = "function";
const VERSION: &str = "version";
const LAYER: &str = "layer";
const LAYER_VERSION: &str = "layer-version";
const MAPPING: &str = "mapping";
const MAPPING_TAGS: &str = "mapping-tags";
const SIGNING: &str = "code-signing-config";
pub(super) const EVENT: &str = "event";

/// What an operation may have changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touched {
    /// A function by its name, with its versions.
    Function(String),
    /// A version of a layer.
    Layer(String, u64),
    /// An event source mapping by its id.
    Mapping(String),
    /// A code signing configuration by its id.
    Signing(String),
}

impl Keep for State {
    fn keep(&mut self, shelf: &Shelf) {
        let touched = std::mem::take(&mut self.touched);
        shelf.change(|change| {
            for one in &touched {
                match one {
                    Touched::Function(name) => keep_function(self, name, change),
                    Touched::Layer(name, number) => keep_layer(self, name, *number, change),
                    Touched::Mapping(id) => {
                        match self.mappings.get(id) {
                            Some(mapping) => change.put(MAPPING, id, mapping, Vec::new()),
                            None => change.remove(MAPPING, id),
                        }
                        match self.mapping_tags.get(id) {
                            Some(tags) => change.put(MAPPING_TAGS, id, tags, Vec::new()),
                            None => change.remove(MAPPING_TAGS, id),
                        }
                    }
                    Touched::Signing(id) => match self.signing.get(id) {
                        Some(config) => change.put(SIGNING, id, config, Vec::new()),
                        None => change.remove(SIGNING, id),
                    },
                }
            }
        });
    }
}

fn keep_function(state: &mut State, name: &str, change: &mut Change<'_>) {
    let Some(function) = state.functions.get(name) else {
        change.remove(FUNCTION, name);
        for number in state.kept_versions.remove(name).unwrap_or_default().keys() {
            change.remove(VERSION, &key(name, *number));
        }
        return;
    };
    let files = files_of(&function.latest.code, &function.latest.settings);
    change.put(FUNCTION, name, function, files);
    // A version has a new revision with every change, so those that are on the disk already are told by it.
    let kept = state.kept_versions.entry(name.to_owned()).or_default();
    kept.retain(|number, _| {
        let stays = function.versions.contains_key(number);
        if !stays {
            change.remove(VERSION, &key(name, *number));
        }
        stays
    });
    for (number, version) in &function.versions {
        if kept.get(number) != Some(&version.revision_id) {
            let files = files_of(&version.code, &version.settings);
            change.put(VERSION, &key(name, *number), version, files);
            kept.insert(*number, version.revision_id.clone());
        }
    }
}

fn keep_layer(state: &State, name: &str, number: u64, change: &mut Change<'_>) {
    let Some(layer) = state.layers.get(name) else {
        return;
    };
    change.put(LAYER, name, &layer.last_number, Vec::new());
    match layer.versions.get(&number) {
        Some(version) => {
            let files = vec![version.package.file_name()];
            change.put(LAYER_VERSION, &key(name, number), version, files);
        }
        None => change.remove(LAYER_VERSION, &key(name, number)),
    }
}

fn key(name: &str, number: u64) -> String {
    format!("{name}:{number}")
}

fn split(key: &str) -> Option<(&str, u64)> {
    let (name, number) = key.rsplit_once(':')?;
    Some((name, number.parse().ok()?))
}

fn files_of(code: &Code, settings: &Settings) -> Vec<String> {
    let code = match code {
        Code::Zip(package) => Some(package.file_name()),
        Code::Image { .. } => None,
    };
    let layers = settings
        .layers
        .iter()
        .map(|layer| layer.package.file_name());
    code.into_iter().chain(layers).collect()
}

impl Lambda {
    /// Takes in what was kept: functions that were being changed when the sandbox ended have settled, and events that were
    /// accepted and not done with are on their way again.
    ///
    /// # Errors
    /// When a record can't be read.
    pub fn restore(self: &Arc<Self>, records: Vec<Record>) -> Result<(), StateError> {
        let packages = &self.needs.packages;
        let mut events = Vec::new();
        {
            let mut state = self.state();
            let mut versions: BTreeMap<String, BTreeMap<u64, Version>> = BTreeMap::new();
            for record in records {
                match record.kind.as_str() {
                    FUNCTION => {
                        let mut function: Function = record.read()?;
                        function.adopt(packages);
                        state.functions.insert(record.key, function);
                    }
                    VERSION => {
                        let mut version: Version = record.read()?;
                        version.adopt(packages);
                        let (name, number) = named(&record)?;
                        versions.entry(name).or_default().insert(number, version);
                    }
                    LAYER => {
                        let last_number = record.read()?;
                        let layer: &mut Layer = state.layers.entry(record.key).or_default();
                        layer.last_number = last_number;
                    }
                    LAYER_VERSION => {
                        let mut version: LayerVersion = record.read()?;
                        version.package = packages.adopt(&version.package);
                        let (name, number) = named(&record)?;
                        let layer = state.layers.entry(name).or_default();
                        layer.versions.insert(number, version);
                    }
                    MAPPING => {
                        let mapping = record.read()?;
                        state.mappings.insert(record.key, mapping);
                    }
                    MAPPING_TAGS => {
                        let tags = record.read()?;
                        state.mapping_tags.insert(record.key, tags);
                    }
                    SIGNING => {
                        let config: SigningConfig = record.read()?;
                        state.signing.insert(record.key, config);
                    }
                    EVENT => events.push(record),
                    other => tracing::warn!(other, "a kind of record that Lambda does not know"),
                }
            }
            give_versions(&mut state, versions, self.needs.clock.now());
        }
        events.iter().try_for_each(|event| self.take_up(event))
    }
}

fn named(record: &Record) -> Result<(String, u64), StateError> {
    split(&record.key)
        .map(|(name, number)| (name.to_owned(), number))
        .ok_or_else(|| record.damaged("its key has no number"))
}

fn give_versions(
    state: &mut State,
    versions: BTreeMap<String, BTreeMap<u64, Version>>,
    now: Timestamp,
) {
    for (name, versions) in versions {
        let revisions = versions
            .iter()
            .map(|(number, version)| (*number, version.revision_id.clone()));
        let revisions = revisions.collect();
        if let Some(function) = state.functions.get_mut(&name) {
            function.versions = versions;
            state.kept_versions.insert(name, revisions);
        }
    }
    let unsettled: Vec<String> = state
        .functions
        .values()
        .filter(|function| {
            let mut all = function.versions.values().chain([&function.latest]);
            all.any(|version| version.status != Status::Settled)
        })
        .map(|function| function.name.clone())
        .collect();
    for name in unsettled {
        state.settle_at(&name, now);
    }
}

impl Function {
    /// Gives the packages that were read from records their files.
    fn adopt(&mut self, packages: &Packages) {
        self.latest.adopt(packages);
    }
}

impl Version {
    fn adopt(&mut self, packages: &Packages) {
        if let Code::Zip(package) = &mut self.code {
            *package = packages.adopt(package);
        }
        for layer in &mut self.settings.layers {
            layer.package = packages.adopt(&layer.package);
        }
    }
}

/// How a status is kept: without its moment, which means nothing to another process. Its time has come at the next start.
pub mod status {
    use super::Status;
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(status: &Status, serializer: S) -> Result<S::Ok, S::Error> {
        let word = match status {
            Status::Creating(_) => "creating",
            Status::Updating(_) => "updating",
            Status::Settled => "settled",
        };
        word.serialize(serializer)
    }

    /// # Errors
    /// Those of the deserializer.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Status, D::Error> {
        let word = String::deserialize(deserializer)?;
        match word.as_str() {
            "creating" => Ok(Status::Creating(Timestamp::MIN)),
            "updating" => Ok(Status::Updating(Timestamp::MIN)),
            "settled" => Ok(Status::Settled),
            other => Err(serde::de::Error::custom(format!(
                "no status is called {other}"
            ))),
        }
    }
}
