//! Whose turn it is. Pure: time is a parameter, from any beginning.
//!
//! The total is a bucket of forty that ten a second flow into. An operation with a quota of its own may go so many times in any
//! window of its length: that holds whichever way the service counts. A place further back that may go does not wait for one
//! before it that may not, but never takes what that one is about to need.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Calls a second, all together.
const RATE: f64 = 10.0;
/// Calls at once, after a rest.
const BURST: f64 = 40.0;
/// So many of the burst are left to a person by what goes on in the background.
const LEFT: f64 = 10.0;
/// The first wait after a 429; each further one in a row is twice as long.
const SETBACK: Duration = Duration::from_secs(1);
/// But never longer than this.
const LONGEST_SETBACK: Duration = Duration::from_secs(20);

/// For whom a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Somebody waits for it.
    Foreground,
    /// It is worked out beside.
    Background,
}

/// What is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// AWS's name where it has a quota of its own.
    pub name: &'static str,
    /// So many in such a time.
    pub quota: Option<(u32, Duration)>,
}

/// When a call may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Now; its place is given up.
    Now,
    /// Not before then, as far as can be known.
    At(Duration),
}

#[derive(Debug)]
struct Place {
    ticket: u64,
    operation: Operation,
    class: Class,
    since: Duration,
}

/// Who waits, and what was sent.
#[derive(Debug)]
pub struct Turns {
    /// The quotas of AWS hold.
    paced: bool,
    tokens: f64,
    /// When `tokens` was true.
    counted: Duration,
    sent: BTreeMap<&'static str, VecDeque<Duration>>,
    /// Nothing goes before then.
    held: Duration,
    /// An operation does not go before then.
    held_each: BTreeMap<&'static str, Duration>,
    /// 429s in a row.
    setbacks: u32,
    /// In the order of their turns.
    places: Vec<Place>,
    next: u64,
}

impl Turns {
    /// Nobody waits and nothing was sent.
    pub fn new(paced: bool) -> Self {
        Self {
            paced,
            tokens: BURST,
            counted: Duration::ZERO,
            sent: BTreeMap::new(),
            held: Duration::ZERO,
            held_each: BTreeMap::new(),
            setbacks: 0,
            places: Vec::new(),
            next: 0,
        }
    }

    /// Takes a place: behind all of its class, before the background where it is in front.
    pub fn enter(&mut self, operation: &Operation, class: Class, now: Duration) -> u64 {
        let ticket = self.next;
        self.next += 1;
        let at = self.places.partition_point(|place| place.class <= class);
        self.places.insert(
            at,
            Place {
                ticket,
                operation: operation.clone(),
                class,
                since: now,
            },
        );
        ticket
    }

    /// Gives a place up.
    pub fn leave(&mut self, ticket: u64) {
        self.places.retain(|place| place.ticket != ticket);
    }

    /// Whether it is the turn of `ticket`; one that is not in the queue may go.
    pub fn ask(&mut self, ticket: u64, now: Duration) -> Turn {
        let Some(at) = self.places.iter().position(|place| place.ticket == ticket) else {
            return Turn::Now;
        };
        self.flow(now);
        let (before, rest) = self.places.split_at(at);
        let place = &rest[0];
        let same = before
            .iter()
            .filter(|of| of.operation.name == place.operation.name);
        let same = u32::try_from(same.count()).unwrap_or(u32::MAX);
        let own = self.ready(&place.operation, place.class, same, now);
        // Those before it whose own turn has come take theirs first.
        let ready = |of: &&Place| self.ready(&of.operation, of.class, 0, now) <= now;
        let ahead = before.iter().filter(ready).count() as f64;
        let left = match place.class {
            Class::Background => LEFT,
            Class::Foreground => 0.0,
        };
        let lacks = ahead + 1.0 + left - self.tokens;
        let total = match self.paced && lacks > 0.0 {
            // A hair more, so that the sum holds when it is asked then.
            true => now + Duration::from_secs_f64(lacks / RATE + 1e-6),
            false => now,
        };
        let when = own.max(total).max(self.held);
        if when > now {
            return Turn::At(when);
        }
        let place = self.places.remove(at);
        if self.paced {
            self.tokens -= 1.0;
            if place.operation.quota.is_some() {
                let sent = self.sent.entry(place.operation.name).or_default();
                sent.push_back(now);
            }
        }
        Turn::Now
    }

    /// What has flowed in since it was counted last.
    fn flow(&mut self, now: Duration) {
        let since = now.saturating_sub(self.counted).as_secs_f64();
        self.tokens = (self.tokens + since * RATE).min(BURST);
        self.counted = now;
    }

    /// When an operation may go by its own quota, with `before` others of it going first. The background leaves one of several
    /// to a person.
    fn ready(&self, operation: &Operation, class: Class, before: u32, now: Duration) -> Duration {
        let held = self.held_each.get(operation.name).copied();
        let held = held.unwrap_or_default();
        let Some((count, window)) = operation.quota.filter(|_| self.paced) else {
            return held;
        };
        let count = match class {
            Class::Background if count > 1 => count - 1,
            _ => count,
        };
        // When those before it go, and then it: each as soon as the one that is a whole quota back is out of the window.
        let sent = self.sent.get(operation.name).into_iter().flatten().copied();
        let mut times: Vec<Duration> = sent.filter(|at| *at + window > now).collect();
        for _ in 0..=before {
            let back = times.len().checked_sub(count as usize);
            let free = back.and_then(|at| times.get(at));
            times.push(free.map_or(now, |at| (*at + window).max(now)));
        }
        let free = times.last().copied().unwrap_or(now);
        held.max(free)
    }

    /// The service asked to slow down: all wait, and the operation as long as its quota is.
    pub fn put_back(&mut self, operation: &Operation, after: Option<Duration>, now: Duration) {
        let wait = after.unwrap_or_else(|| SETBACK * (1 << self.setbacks.min(5)));
        let wait = wait.min(LONGEST_SETBACK);
        self.setbacks += 1;
        self.held = self.held.max(now + wait);
        if let Some((_, window)) = operation.quota {
            self.held_each
                .insert(operation.name, now + window.max(wait));
        }
        // Somebody else has used up what was thought to be left.
        self.flow(now);
        self.tokens = self.tokens.min(1.0);
    }

    /// An answer came that did not ask to slow down.
    pub fn went_well(&mut self) {
        self.setbacks = 0;
        self.sent.retain(|_, sent| {
            let over = sent.len().saturating_sub(16);
            sent.drain(..over);
            !sent.is_empty()
        });
    }

    /// Who has waited longest, for how long, and how many wait in all.
    pub fn longest(&self, now: Duration) -> Option<(&'static str, Duration, usize)> {
        let first = self.places.iter().min_by_key(|place| place.since)?;
        let waited = now.saturating_sub(first.since);
        Some((first.operation.name, waited, self.places.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: Operation = Operation {
        name: "GetResources",
        quota: Some((5, Duration::from_secs(2))),
    };
    const DEPLOY: Operation = Operation {
        name: "CreateDeployment",
        quota: Some((1, Duration::from_secs(5))),
    };
    const READ: Operation = Operation {
        name: "a read",
        quota: None,
    };

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Lets everything go that comes at its time, by a clock that jumps; gives back what went when, in ms.
    fn play(turns: &mut Turns, mut comes: Vec<(u64, Operation, Class)>) -> Vec<(u64, usize)> {
        comes.sort_by_key(|(at, ..)| *at);
        let (mut waiting, mut went) = (Vec::new(), Vec::new());
        let (mut now, mut next) = (Duration::ZERO, 0);
        while next < comes.len() || !waiting.is_empty() {
            while let Some((at, operation, class)) = comes.get(next) {
                if ms(*at) > now {
                    break;
                }
                waiting.push((turns.enter(operation, *class, now), next));
                next += 1;
            }
            let mut wake = comes.get(next).map_or(Duration::MAX, |(at, ..)| ms(*at));
            let mut moved = false;
            waiting.retain(|(ticket, which)| match turns.ask(*ticket, now) {
                Turn::Now => {
                    went.push((u64::try_from(now.as_millis()).unwrap_or_default(), *which));
                    moved = true;
                    false
                }
                Turn::At(at) => {
                    assert!(at > now, "it says when, and that is later");
                    wake = wake.min(at);
                    true
                }
            });
            if !moved && wake < Duration::MAX {
                now = now.max(wake);
            }
        }
        went
    }

    fn many(count: usize, operation: &Operation, class: Class) -> Vec<(u64, Operation, Class)> {
        vec![(0, operation.clone(), class); count]
    }

    #[test]
    fn forty_go_at_once_and_then_ten_a_second() {
        let went = play(&mut Turns::new(true), many(60, &READ, Class::Foreground));
        assert_eq!(went.iter().filter(|(at, _)| *at == 0).count(), 40);
        let (last, _) = went[59];
        assert!((1_990..=2_010).contains(&last), "{last}");
    }

    #[test]
    fn in_no_window_goes_more_than_an_operation_may() {
        let went = play(&mut Turns::new(true), many(23, &GET, Class::Foreground));
        for pair in went.windows(6) {
            assert!(pair[5].0 - pair[0].0 >= 2_000, "{pair:?}");
        }
        assert_eq!(went[4].0, 0);
        assert_eq!(went[22].0, 8_000);
        let went = play(&mut Turns::new(true), many(3, &DEPLOY, Class::Foreground));
        let times: Vec<u64> = went.iter().map(|(at, _)| *at).collect();
        assert_eq!(times, [0, 5_000, 10_000]);
    }

    #[test]
    fn what_may_go_does_not_wait_for_what_may_not() {
        let mut comes = many(2, &DEPLOY, Class::Foreground);
        comes.extend(many(3, &READ, Class::Foreground));
        let went = play(&mut Turns::new(true), comes);
        let reads: Vec<u64> = went
            .iter()
            .filter(|(_, of)| *of >= 2)
            .map(|(at, _)| *at)
            .collect();
        assert_eq!(reads, [0, 0, 0]);
    }

    #[test]
    fn a_person_never_waits_for_the_background() {
        let mut comes = many(40, &GET, Class::Background);
        comes.extend(many(60, &READ, Class::Background));
        comes.push((3_100, GET, Class::Foreground));
        comes.push((3_100, READ, Class::Foreground));
        let went = play(&mut Turns::new(true), comes);
        for which in [100, 101] {
            let at = went.iter().find(|(_, of)| *of == which).map(|(at, _)| *at);
            assert_eq!(at, Some(3_100));
        }
        // Four of five in two seconds are the background's.
        let gets = went.iter().filter(|(_, of)| *of < 40);
        let last = gets.map(|(at, _)| *at).max().unwrap_or_default();
        assert!((18_000..=22_000).contains(&last), "{last}");
    }

    #[test]
    fn a_429_puts_the_queue_back_longer_each_time_until_one_goes_well() {
        let mut turns = Turns::new(true);
        let at = |turns: &mut Turns, operation: &Operation, now| {
            let ticket = turns.enter(operation, Class::Foreground, now);
            let turn = turns.ask(ticket, now);
            turns.leave(ticket);
            turn
        };
        turns.put_back(&DEPLOY, None, ms(0));
        assert_eq!(at(&mut turns, &READ, ms(0)), Turn::At(ms(1_000)));
        assert_eq!(at(&mut turns, &DEPLOY, ms(0)), Turn::At(ms(5_000)));
        turns.put_back(&READ, None, ms(1_000));
        assert_eq!(at(&mut turns, &READ, ms(1_000)), Turn::At(ms(3_000)));
        turns.put_back(&READ, Some(ms(7_000)), ms(3_000));
        assert_eq!(at(&mut turns, &READ, ms(3_000)), Turn::At(ms(10_000)));
        for _ in 0..9 {
            turns.put_back(&READ, None, ms(10_000));
        }
        assert_eq!(at(&mut turns, &READ, ms(10_000)), Turn::At(ms(30_000)));
        turns.went_well();
        turns.put_back(&READ, None, ms(40_000));
        assert_eq!(at(&mut turns, &READ, ms(40_000)), Turn::At(ms(41_000)));
    }

    #[test]
    fn what_is_dropped_gives_its_place_up() {
        let mut turns = Turns::new(true);
        let first = turns.enter(&DEPLOY, Class::Foreground, ms(0));
        assert_eq!(turns.ask(first, ms(0)), Turn::Now);
        let dropped = turns.enter(&DEPLOY, Class::Foreground, ms(0));
        let last = turns.enter(&DEPLOY, Class::Foreground, ms(0));
        assert_eq!(turns.ask(last, ms(0)), Turn::At(ms(10_000)));
        turns.leave(dropped);
        assert_eq!(turns.ask(last, ms(0)), Turn::At(ms(5_000)));
        assert_eq!(
            turns.longest(ms(700)),
            Some(("CreateDeployment", ms(700), 1))
        );
    }

    #[test]
    fn on_this_machine_only_a_429_holds_anything_up() {
        let mut turns = Turns::new(false);
        let went = play(&mut turns, many(300, &DEPLOY, Class::Background));
        assert_eq!(went.iter().map(|(at, _)| *at).max(), Some(0));
        turns.put_back(&READ, None, ms(0));
        let ticket = turns.enter(&READ, Class::Foreground, ms(0));
        assert_eq!(turns.ask(ticket, ms(0)), Turn::At(ms(1_000)));
    }
}
