//! What Logs keeps in segments, and how it is read back: everything that happens, in its order.

use super::{
    Logs, State,
    metric_filters::{Filter, Filters},
    store::{Group, add_stream},
};
use crate::services::Services;
use crate::store::{
    StateError,
    segments::{self, Found},
};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What the segments of logs are called.
pub const SERVICE: &str = "logs";

/// What happened.
#[derive(Debug, Serialize, Deserialize)]
pub enum Entry<'a> {
    /// Events arrived.
    Events {
        group: Cow<'a, str>,
        stream: Cow<'a, str>,
        /// When, in milliseconds since the epoch.
        at: i64,
        /// The sequence of the first.
        first: u64,
        events: Cow<'a, [(i64, String)]>,
    },
    /// A stream was made, and its group if need be.
    Ensured {
        group: Cow<'a, str>,
        stream: Cow<'a, str>,
        at: i64,
    },
    /// A group was made or changed.
    Group(Settings),
    GroupDeleted {
        group: Cow<'a, str>,
    },
    StreamDeleted {
        group: Cow<'a, str>,
        stream: Cow<'a, str>,
    },
}

/// A group without its streams.
#[derive(Debug, Serialize, Deserialize)]
pub struct Settings {
    name: String,
    created: i64,
    retention: Option<i64>,
    class: String,
    tags: BTreeMap<String, String>,
    #[serde(default)]
    kms_key: Option<String>,
    #[serde(default)]
    is_protected: bool,
    #[serde(default)]
    filters: Vec<Filter>,
}

/// Everything but the events.
#[derive(Debug, Serialize, Deserialize)]
pub struct Snapshot {
    sequence: u64,
    groups: Vec<(Settings, Vec<Stream>)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Stream {
    name: String,
    created: i64,
    last_ingested: Option<i64>,
}

impl Settings {
    fn of(group: &Group) -> Self {
        Self {
            name: group.name.to_string(),
            created: group.created,
            retention: group.retention,
            class: group.class.clone(),
            tags: group.tags.clone(),
            kms_key: group.kms_key.clone(),
            is_protected: group.is_protected,
            filters: group.filters.kept(),
        }
    }
}

impl Logs {
    /// Logs of every region with what was kept of them.
    ///
    /// # Errors
    /// When a segment is damaged.
    pub(super) fn restore(services: &Services) -> Result<(), StateError> {
        let mut states: BTreeMap<String, State> = BTreeMap::new();
        let journals = segments::replay(&services.store, SERVICE, |region, segment, found| {
            let state = states.entry(region.to_owned()).or_default();
            state.replay(segment, found)
        })?;
        for journal in journals {
            let region = journal.region().to_owned();
            let state = states.remove(&region).unwrap_or_default();
            let logs = Self::made(services, &region, journal, state);
            services.put(&region, Arc::new(logs));
        }
        Ok(())
    }

    /// Notes what happened. `durable` has it on the disk before it is answered.
    pub(super) fn note(&self, state: &mut State, entry: &Entry<'_>, durable: bool) {
        if let Err(error) = self.journal.append(entry, durable) {
            tracing::error!(%error, "a change of logs could not be kept");
        }
        self.roll(state);
    }

    /// Notes that a group was made or changed.
    pub(super) fn note_group(&self, state: &mut State, name: &str) {
        let Some(group) = state.groups.get(name).filter(|_| self.journal.is_kept()) else {
            return;
        };
        let entry = Entry::Group(Settings::of(group));
        self.note(state, &entry, true);
    }

    pub(super) fn journal_events(
        &self,
        state: &mut State,
        group: &str,
        stream: &str,
        events: &[(i64, String)],
        now: i64,
    ) -> std::io::Result<()> {
        if !self.journal.is_kept() {
            return Ok(());
        }
        let before = state.sequence;
        state.begins.entry(self.journal.number()).or_insert(before);
        let entry = Entry::Events {
            group: group.into(),
            stream: stream.into(),
            at: now,
            first: before + 1,
            events: events.into(),
        };
        self.journal.append(&entry, false)
    }

    /// Begins a new segment when this one is full; those that hold no event any more which is still there go.
    pub(super) fn roll(&self, state: &mut State) {
        if !self.journal.is_full() {
            return;
        }
        let needed = state.needed_segments();
        let rolled = self
            .journal
            .roll(&state.snapshot(), |number| needed.contains(&number));
        match rolled {
            Ok(()) => {
                let number = self.journal.number();
                state.begins.retain(|known, _| needed.contains(known));
                state.begins.insert(number, state.sequence);
            }
            Err(error) => tracing::error!(%error, "a new segment of logs could not be begun"),
        }
    }
}

impl State {
    fn snapshot(&self) -> Snapshot {
        let groups = self.groups.values().map(|group| {
            let streams = group.streams.values().map(|stream| Stream {
                name: stream.name.to_string(),
                created: stream.created,
                last_ingested: stream.last_ingested,
            });
            (Settings::of(group), streams.collect())
        });
        Snapshot {
            sequence: self.sequence,
            groups: groups.collect(),
        }
    }

    /// The segments that hold an event which is still there.
    fn needed_segments(&self) -> BTreeSet<u64> {
        let begins: Vec<(u64, u64)> = self
            .begins
            .iter()
            .map(|(number, before)| (*before, *number))
            .collect();
        let streams = self
            .groups
            .values()
            .flat_map(|group| group.streams.values());
        streams
            .flat_map(|stream| &stream.events)
            .filter_map(|event| {
                let after = begins.partition_point(|(before, _)| *before < event.sequence);
                begins.get(after.checked_sub(1)?).map(|(_, number)| *number)
            })
            .collect()
    }

    /// Takes in what was kept, in its order.
    ///
    /// # Errors
    /// When a record can't be read.
    pub fn replay(&mut self, segment: u64, found: Found<'_, Snapshot>) -> serde_json::Result<()> {
        let before = self.sequence;
        self.begins.entry(segment).or_insert(before);
        match found {
            Found::Snapshot(snapshot) => self.replay_snapshot(snapshot),
            Found::Record(text) => self.replay_entry(serde_json::from_slice(text)?),
        }
        Ok(())
    }

    fn replay_entry(&mut self, entry: Entry<'static>) {
        match entry {
            Entry::Events {
                group,
                stream,
                at,
                first,
                events,
            } => {
                self.sequence = first.saturating_sub(1);
                // What was deleted while the events were on their way is not made again.
                let _added = self.append(&group, &stream, &events, at);
                self.sequence = first.saturating_sub(1) + events.len() as u64;
            }
            Entry::Ensured { group, stream, at } => {
                self.ensure(&group, &stream, at);
            }
            Entry::Group(settings) => self.set_group(settings),
            Entry::GroupDeleted { group } => {
                self.groups.remove(group.as_ref());
            }
            Entry::StreamDeleted { group, stream } => {
                if let Some(group) = self.groups.get_mut(group.as_ref()) {
                    group.remove_stream(&stream);
                }
            }
        }
    }

    fn set_group(&mut self, settings: Settings) {
        let group = self
            .groups
            .entry(settings.name.clone())
            .or_insert_with(|| Group::new(&settings.name, settings.created));
        group.retention = settings.retention;
        group.class = settings.class;
        group.tags = settings.tags;
        group.kms_key = settings.kms_key;
        group.is_protected = settings.is_protected;
        group.filters = Filters::new(settings.filters);
    }

    /// Older segments may be gone: then this is where groups and streams come from.
    fn replay_snapshot(&mut self, snapshot: Snapshot) {
        for (settings, streams) in snapshot.groups {
            let name = settings.name.clone();
            self.set_group(settings);
            let Some(group) = self.groups.get_mut(&name) else {
                continue;
            };
            for stream in streams {
                if !group.streams.contains_key(stream.name.as_str()) {
                    add_stream(group, &stream.name, stream.created);
                }
                if let Some(known) = group.streams.get_mut(stream.name.as_str()) {
                    known.last_ingested = stream.last_ingested;
                }
            }
        }
        self.sequence = self.sequence.max(snapshot.sequence);
    }
}
