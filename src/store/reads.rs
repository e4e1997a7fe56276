//! Asking on every frame, fetching once: entries, their age, and what is cancelled or forgotten.

use std::any::TypeId;
use std::collections::{HashMap, HashSet};

use super::entry::{AnyEntry, Entry, Slot};
use super::event::{Start, TaskId};
use super::{ConnectionKey, KEPT_ENTRIES, Loadable, Query, Store, UNWANTED_MS, cancel};
use crate::model::topic::Topic;

impl<C: Send + Sync + 'static> Store<C> {
    /// Says that `query` is wanted in this frame, and gives what is known. `now` is ms since the epoch.
    pub fn want<Q: Query<C>>(&mut self, query: &Q, now: i64) -> Loadable<Q::Output> {
        let Some(key) = self.current else {
            return Loadable::unknown();
        };
        let Some(entry_id) = self.entry_of(key, query) else {
            return Loadable::unknown();
        };
        let frame = self.frame;
        let Some(slot) = self.slots.get_mut(&entry_id) else {
            return Loadable::unknown();
        };
        slot.wanted_frame = frame;
        slot.unwanted_since = None;
        if !slot.fetching && slot.entry.due_at().is_some_and(|due| due <= now) {
            self.begin(entry_id, now);
        }
        self.peek_entry::<Q>(entry_id)
    }

    /// What is known of `query`, asked again only where it was known and something done here has changed it: for what is told
    /// beside the screen, as a count is. `now` is ms since the epoch.
    pub fn follow<Q: Query<C>>(&mut self, query: &Q, now: i64) -> Loadable<Q::Output> {
        let slot = self.known_entry(query).and_then(|id| self.slots.get(&id));
        let changed = slot.is_some_and(|slot| {
            slot.fetching || slot.entry.due_at().is_some_and(|due| due == i64::MIN)
        });
        let known = self.peek(query);
        match changed && known.value.is_some() {
            true => self.want(query, now),
            false => known,
        }
    }

    /// What is known of `query` without wanting it.
    pub fn peek<Q: Query<C>>(&self, query: &Q) -> Loadable<Q::Output> {
        self.known_entry(query)
            .map_or_else(Loadable::unknown, |id| self.peek_entry::<Q>(id))
    }

    fn known_entry<Q: Query<C>>(&self, query: &Q) -> Option<u64> {
        self.current.and_then(|key| {
            let queries = self.index.get(&(key, TypeId::of::<Q>()))?;
            queries
                .downcast_ref::<HashMap<Q, u64>>()?
                .get(query)
                .copied()
        })
    }

    pub(super) fn peek_entry<Q: Query<C>>(&self, entry_id: u64) -> Loadable<Q::Output> {
        self.slots
            .get(&entry_id)
            .and_then(|slot| slot.entry.as_any().downcast_ref::<Entry<C, Q>>())
            .map_or_else(Loadable::unknown, |entry| entry.loadable.clone())
    }

    pub(super) fn entry_of<Q: Query<C>>(&mut self, key: ConnectionKey, query: &Q) -> Option<u64> {
        let queries = self
            .index
            .entry((key, TypeId::of::<Q>()))
            .or_insert_with(|| Box::new(HashMap::<Q, u64>::new()))
            .downcast_mut::<HashMap<Q, u64>>()?;
        if let Some(id) = queries.get(query)
            && self.slots.contains_key(id)
        {
            return Some(*id);
        }
        let id = self.next;
        self.next += 1;
        queries.insert(query.clone(), id);
        let slot = Slot {
            connection: key,
            topics: query.topics(),
            wanted_frame: 0,
            unwanted_since: None,
            generation: 0,
            fetching: false,
            began: 0,
            entry: Box::new(Entry::<C, Q>::new(query.clone())) as Box<dyn AnyEntry<C>>,
        };
        self.slots.insert(id, slot);
        Some(id)
    }

    pub(super) fn begin(&mut self, entry_id: u64, now: i64) {
        let Some(slot) = self.slots.get_mut(&entry_id) else {
            return;
        };
        let Some(connection) = self.connections.get(&slot.connection) else {
            return;
        };
        slot.generation += 1;
        slot.fetching = true;
        slot.began = now;
        let task = TaskId::Fetch {
            entry: entry_id,
            generation: slot.generation,
        };
        let future = slot
            .entry
            .begin(task, connection.cloud.clone(), self.outbox.clone());
        self.starts.push(Start {
            task,
            connection: slot.connection,
            service: slot.entry.service(),
            blocking: slot.entry.blocking(),
            future,
        });
    }

    /// Everything that is on the screen is fetched again (F5). What is already being fetched goes on.
    pub fn refresh(&mut self) {
        let shown = self.frame.saturating_sub(1);
        for slot in self.slots.values_mut() {
            if slot.wanted_frame >= shown && !slot.fetching {
                slot.entry.invalidate();
            }
        }
    }

    /// Somebody is there again: what failed because nobody was is asked at once, and tails that wait go on.
    pub(super) fn try_again(&mut self, key: ConnectionKey) {
        let cancels = &mut self.cancels;
        for (entry, slot) in &mut self.slots {
            if slot.connection != key {
                continue;
            }
            if slot.fetching && slot.entry.is_interrupted() {
                cancel(cancels, *entry, slot);
            } else if !slot.fetching && slot.entry.is_failing() {
                slot.entry.invalidate();
            }
        }
    }

    /// When what is on the screen and failed is tried again, in ms since the epoch; `None` where nothing is, or while it is
    /// being asked.
    pub fn next_try(&self) -> Option<i64> {
        let shown = self.frame.saturating_sub(1);
        let failing = self.slots.values().filter(|slot| {
            slot.wanted_frame >= shown
                && Some(slot.connection) == self.current
                && slot.entry.is_failing()
        });
        let mut next = None;
        for slot in failing {
            let due = slot.entry.due_at().filter(|_| !slot.fetching)?;
            next = Some(next.map_or(due, |other: i64| other.min(due)));
        }
        next
    }

    /// Whatever depends on one of `topics` is stale on the connection; fetches that began before start again.
    pub(super) fn invalidate_on(&mut self, key: ConnectionKey, topics: &[Topic]) {
        let wanted: HashSet<&Topic> = topics.iter().collect();
        for (entry, slot) in &mut self.slots {
            if slot.connection == key && slot.topics.iter().any(|topic| wanted.contains(topic)) {
                if slot.fetching {
                    cancel(&mut self.cancels, *entry, slot);
                }
                slot.entry.invalidate();
            }
        }
    }

    /// Whatever depends on one of `topics` is stale on the current connection.
    pub fn invalidate(&mut self, topics: &[Topic]) {
        if let Some(key) = self.current {
            self.invalidate_on(key, topics);
        }
    }

    /// Ends a frame: cancels what nobody has wanted for two seconds, and forgets what is long unused.
    pub fn end_frame(&mut self, now: i64) {
        let frame = self.frame;
        for (entry, slot) in &mut self.slots {
            if !slot.fetching || slot.wanted_frame == frame {
                slot.unwanted_since = None;
            } else if now - *slot.unwanted_since.get_or_insert(now) >= UNWANTED_MS {
                cancel(&mut self.cancels, *entry, slot);
            }
        }
        self.frame += 1;
        self.forget_oldest();
    }

    pub(super) fn forget_oldest(&mut self) {
        if self.slots.len() <= KEPT_ENTRIES {
            return;
        }
        let mut frames: Vec<u64> = self.slots.values().map(|s| s.wanted_frame).collect();
        let middle = frames.len() / 2;
        let (_, oldest, _) = frames.select_nth_unstable(middle);
        let oldest = (*oldest).min(self.frame.saturating_sub(2));
        self.slots
            .retain(|_, slot| slot.fetching || slot.wanted_frame > oldest);
    }

    /// In how many ms the store needs a frame though nothing happens: a value on the screen gets too old, or an
    /// unwanted fetch is to be cancelled. `None`: never.
    pub fn next_frame_in(&self, now: i64) -> Option<i64> {
        let shown = self.frame.saturating_sub(1);
        let due = self.slots.values().filter_map(|slot| {
            if slot.fetching {
                slot.unwanted_since.map(|since| since + UNWANTED_MS)
            } else if slot.wanted_frame >= shown && Some(slot.connection) == self.current {
                slot.entry.due_at()
            } else {
                None
            }
        });
        due.min().map(|at| at.saturating_sub(now).max(0))
    }
}
