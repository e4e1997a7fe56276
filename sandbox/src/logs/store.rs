//! Groups, streams and events in memory. Knows no operation and no protocol.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::metric_filters::Filters;

/// Events that a group keeps; beyond it the oldest go.
pub const MAX_EVENTS: usize = 200_000;
/// How many go at once, so that a full group doesn't search for its oldest event on every line.
const EVICT: usize = MAX_EVENTS / 20;
/// A day in milliseconds.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Where an event stands in the order of time; the second part is the order of arrival, unique in a region.
pub type Position = (i64, u64);

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    /// When it happened, in milliseconds since the epoch, as its sender said.
    pub timestamp: i64,
    /// When it arrived, in milliseconds since the epoch.
    pub ingested: i64,
    /// Order of arrival, from 1.
    pub sequence: u64,
    pub message: Arc<str>,
}

impl Event {
    /// Where it stands.
    pub fn position(&self) -> Position {
        (self.timestamp, self.sequence)
    }

    /// AWS's id of an event: 56 digits, which sort as the events do.
    pub fn id(&self) -> String {
        id(self.position())
    }
}

/// 56 digits for a position.
pub fn id((timestamp, sequence): Position) -> String {
    format!("{timestamp:026}{sequence:030}")
}

/// The position that 56 digits stand for.
pub fn position(id: &str) -> Option<Position> {
    if id.len() != 56 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (timestamp, sequence) = id.split_at(26);
    Some((timestamp.parse().ok()?, sequence.parse().ok()?))
}

/// Events that arrived together, as live tails see them.
#[derive(Debug)]
pub struct Arrival {
    pub group: Arc<str>,
    pub stream: Arc<str>,
    pub events: Vec<Event>,
}

/// A stream; its events are sorted by position.
#[derive(Debug)]
pub struct Stream {
    pub name: Arc<str>,
    /// Milliseconds since the epoch.
    pub created: i64,
    pub events: Vec<Event>,
    /// When the last event arrived, in milliseconds since the epoch.
    pub last_ingested: Option<i64>,
}

impl Stream {
    /// The index of the first event at or after a time.
    pub fn from(&self, timestamp: i64) -> usize {
        self.events
            .partition_point(|event| event.timestamp < timestamp)
    }

    /// The index of the first event after a position.
    pub fn after(&self, position: Position) -> usize {
        self.events
            .partition_point(|event| event.position() <= position)
    }

    /// When the newest event happened.
    pub fn last_event(&self) -> Option<i64> {
        self.events.last().map(|event| event.timestamp)
    }
}

/// A group with its streams.
#[derive(Debug)]
pub struct Group {
    pub name: Arc<str>,
    /// Milliseconds since the epoch.
    pub created: i64,
    /// Days after which events go; `None` keeps them.
    pub retention: Option<i64>,
    pub class: String,
    pub tags: BTreeMap<String, String>,
    /// The ARN of the key that it is said to be encrypted with.
    pub kms_key: Option<String>,
    /// Whether it can't be deleted.
    pub is_protected: bool,
    pub filters: Filters,
    pub streams: BTreeMap<Arc<str>, Stream>,
    /// Events in all streams.
    pub total: usize,
    /// Bytes of all messages, each with the 26 bytes that AWS counts on top.
    pub bytes: u64,
}

impl Group {
    /// An empty group.
    pub fn new(name: &str, now: i64) -> Self {
        Self {
            name: Arc::from(name),
            created: now,
            retention: None,
            class: "STANDARD".to_owned(),
            tags: BTreeMap::new(),
            kms_key: None,
            is_protected: false,
            filters: Filters::default(),
            streams: BTreeMap::new(),
            total: 0,
            bytes: 0,
        }
    }

    /// Removes what is older than the retention.
    pub fn expire(&mut self, now: i64) {
        if let Some(days) = self.retention {
            self.drop_before(now - days * DAY_MS);
        }
    }

    /// Removes a stream; `false` when there was none.
    pub fn remove_stream(&mut self, name: &str) -> bool {
        let Some(stream) = self.streams.remove(name) else {
            return false;
        };
        self.total -= stream.events.len();
        self.bytes -= stream.events.iter().map(weight).sum::<u64>();
        true
    }

    fn drop_before(&mut self, timestamp: i64) {
        for stream in self.streams.values_mut() {
            let gone = stream.from(timestamp);
            self.total -= gone;
            self.bytes -= stream.events.drain(..gone).map(|e| weight(&e)).sum::<u64>();
        }
    }

    /// Keeps the group within its bound.
    fn evict(&mut self) {
        if self.total <= MAX_EVENTS {
            return;
        }
        let excess = self.total - MAX_EVENTS + EVICT;
        let mut times: Vec<i64> = self
            .streams
            .values()
            .flat_map(|stream| stream.events.iter().map(|event| event.timestamp))
            .collect();
        let (_, oldest_kept, _) = times.select_nth_unstable(excess);
        let oldest_kept = *oldest_kept;
        self.drop_before(oldest_kept);
        if self.total > MAX_EVENTS {
            // All of them happened in the same millisecond: order of arrival decides.
            self.drop_first_arrivals(excess);
        }
    }

    fn drop_first_arrivals(&mut self, mut excess: usize) {
        for stream in self.streams.values_mut() {
            let gone = stream.events.len().min(excess);
            excess -= gone;
            self.total -= gone;
            self.bytes -= stream.events.drain(..gone).map(|e| weight(&e)).sum::<u64>();
        }
    }
}

fn weight(event: &Event) -> u64 {
    event.message.len() as u64 + 26
}

/// All groups of a region.
#[derive(Debug, Default)]
pub struct State {
    pub groups: BTreeMap<String, Group>,
    pub sequence: u64,
    /// The last event before each segment, by the segment's number.
    pub begins: BTreeMap<u64, u64>,
}

impl State {
    /// Makes a group and a stream when they are missing; `true` when one was.
    pub fn ensure(&mut self, group: &str, stream: &str, now: i64) -> bool {
        let group = self
            .groups
            .entry(group.to_owned())
            .or_insert_with(|| Group::new(group, now));
        let is_missing = !group.streams.contains_key(stream);
        if is_missing {
            add_stream(group, stream, now);
        }
        is_missing
    }

    /// Adds events to a stream that is there; `None` when it isn't.
    pub fn append(
        &mut self,
        group: &str,
        stream: &str,
        events: &[(i64, String)],
        now: i64,
    ) -> Option<Arrival> {
        let group = self.groups.get_mut(group)?;
        let kept = group.streams.get_mut(stream)?;
        let mut added = Vec::with_capacity(events.len());
        for (timestamp, message) in events {
            self.sequence += 1;
            added.push(Event {
                timestamp: *timestamp,
                ingested: now,
                sequence: self.sequence,
                message: Arc::from(message.as_str()),
            });
        }
        group.total += added.len();
        group.bytes += added.iter().map(weight).sum::<u64>();
        kept.last_ingested = Some(now);
        let known = kept.events.len();
        kept.events.extend(added.iter().cloned());
        // Events nearly always arrive in order; a late one puts its stream in order again.
        if !kept.events[known.saturating_sub(1)..].is_sorted_by_key(Event::position) {
            kept.events.sort_by_key(Event::position);
        }
        let arrival = Arrival {
            group: group.name.clone(),
            stream: kept.name.clone(),
            events: added,
        };
        group.expire(now);
        group.evict();
        Some(arrival)
    }
}

/// Adds a stream that isn't there yet.
pub fn add_stream(group: &mut Group, name: &str, now: i64) {
    let name: Arc<str> = Arc::from(name);
    let stream = Stream {
        name: name.clone(),
        created: now,
        events: Vec::new(),
        last_ingested: None,
    };
    group.streams.insert(name, stream);
}
