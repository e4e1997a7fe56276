//! A gentle workload: it calls the samples now and then, so that charts and logs live.
//!
//! It chooses functions and events, and knows nothing of how a function is called: that is a closure that it is given. What
//! it calls really runs, so no number that results from it is made up.

use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The most calls at once: a person's machine has other work.
const MOST: usize = 3;

/// A call that the workload makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// The sample's name.
    pub function: &'static str,
    /// An alias, or `None` for `$LATEST`.
    pub qualifier: Option<&'static str>,
    /// The event.
    pub event: Value,
}

/// Calls samples until `stop`, about one every two and a half seconds while `on` says so.
///
/// At most three calls run at once; when they are slow, the workload is slower, and never queues.
pub async fn run<F, C>(call: C, seed: u64, on: watch::Receiver<bool>, stop: CancellationToken)
where
    C: Fn(Visit) -> F + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    run_faster(1, call, seed, on, stop).await;
}

/// The same at a multiple of its pace, for tests.
async fn run_faster<F, C>(
    times: u32,
    call: C,
    seed: u64,
    mut on: watch::Receiver<bool>,
    stop: CancellationToken,
) where
    C: Fn(Visit) -> F + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let mut chance = Chance::new(seed);
    let mut calls = JoinSet::new();
    let work = async {
        loop {
            // The sender is gone: nobody can switch it any more, so it ends.
            if on.wait_for(|on| *on).await.is_err() {
                return;
            }
            tokio::time::sleep(chance.pause() / times).await;
            while calls.try_join_next().is_some() {}
            if *on.borrow() && calls.len() < MOST {
                calls.spawn(call(chance.visit()));
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}

/// Numbers that look random: a linear congruential generator (Knuth's MMIX constants).
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T], fallback: T) -> T {
        let at = self.below(choices.len().max(1) as u64);
        usize::try_from(at)
            .ok()
            .and_then(|at| choices.get(at))
            .copied()
            .unwrap_or(fallback)
    }

    /// Mostly a second to four; now and then the next call follows at once, so that some overlap.
    fn pause(&mut self) -> Duration {
        if self.one_in(6) {
            Duration::from_millis(40 + self.below(80))
        } else {
            Duration::from_millis(1_200 + self.below(3_200))
        }
    }

    fn visit(&mut self) -> Visit {
        let visit = |function, qualifier, event| Visit {
            function,
            qualifier,
            event,
        };
        match self.below(100) {
            0..=41 => visit("orders-api", Some("live"), self.order()),
            42..=59 => visit("fraud-score", Some("live"), self.payment()),
            60..=76 => visit("inventory-sync", None, self.movements()),
            77..=88 => visit("thumbnail-resize", None, self.upload()),
            89..=95 => visit("session-cleanup", None, self.schedule()),
            _ => visit("report-nightly", None, self.day()),
        }
    }

    fn order(&mut self) -> Value {
        const SKUS: &[&str] = &["tea-01", "tea-02", "cup-07", "fan-12", "ink-03", "brush-05"];
        let lines: Vec<Value> = (0..=self.below(4))
            .map(|_| json!({ "sku": self.of(SKUS, "tea-01"), "quantity": 1 + self.below(5) }))
            .collect();
        let lines = if self.one_in(25) {
            json!([{ "sku": "gone-99", "quantity": 1 }])
        } else {
            json!(lines)
        };
        let card = if self.one_in(30) {
            "4000000000000000".to_owned()
        } else {
            format!("400000000000{:04}", 1 + self.below(9_000))
        };
        let body = json!({ "id": format!("ord-{:06}", self.below(1_000_000)), "lines": lines, "card": card });
        json!({
            "version": "2.0",
            "routeKey": "POST /orders",
            "rawPath": "/orders",
            "headers": { "content-type": "application/json" },
            "requestContext": { "http": { "method": "POST", "path": "/orders", "sourceIp": "192.0.2.10" } },
            "body": body.to_string(),
            "isBase64Encoded": false,
        })
    }

    fn payment(&mut self) -> Value {
        json!({
            "customer": format!("customer-{:05}", self.below(60_000)),
            "amount": 500 + self.below(200_000),
            "hour": self.below(24),
            "distance_km": self.below(500),
            "attempts": self.below(6),
        })
    }

    fn movements(&mut self) -> Value {
        let records: Vec<Value> = (0..=self.below(6))
            .map(|_| {
                let change = i64::try_from(self.below(30)).unwrap_or(0) - 12;
                let body = match self.one_in(40) {
                    true => "not JSON".to_owned(),
                    false => json!({ "sku": format!("sku-{}", self.below(12)), "change": change }).to_string(),
                };
                json!({ "messageId": format!("m-{:08}", self.below(100_000_000)), "body": body, "eventSource": "aws:sqs" })
            })
            .collect();
        json!({ "Records": records })
    }

    fn upload(&mut self) -> Value {
        const SIZES: &[&str] = &["640x480", "800x600", "1280x720", "1600x1200"];
        let suffix = if self.one_in(20) { "pdf" } else { "png" };
        let key = format!(
            "photos/{}/fuji-{}.{suffix}",
            self.of(SIZES, "800x600"),
            self.below(1_000)
        );
        json!({ "Records": [{
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": { "bucket": { "name": "uploads" }, "object": { "key": key } },
        }] })
    }

    fn schedule(&mut self) -> Value {
        let backlog = if self.one_in(7) {
            40_000
        } else {
            250 + self.below(6_000)
        };
        json!({ "source": "aws.events", "detail-type": "Scheduled Event", "detail": { "backlog": backlog } })
    }

    fn day(&mut self) -> Value {
        let day = 1 + self.below(28);
        let day = if self.one_in(12) {
            "2026-02-30".to_owned()
        } else {
            format!("2026-11-{day:02}")
        };
        json!({ "day": day })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn every_sample_is_visited_and_only_with_aliases_that_it_has() {
        let mut chance = Chance::new(1);
        let visits: Vec<Visit> = (0..2_000).map(|_| chance.visit()).collect();
        let names: BTreeSet<&str> = visits.iter().map(|visit| visit.function).collect();
        assert_eq!(
            names,
            crate::samples::ALL
                .iter()
                .map(|sample| sample.name)
                .collect()
        );
        for visit in visits {
            let sample = crate::samples::ALL
                .iter()
                .find(|sample| sample.name == visit.function)
                .unwrap();
            let known = visit
                .qualifier
                .is_none_or(|alias| sample.aliases.iter().any(|known| known.name == alias));
            assert!(known, "{visit:?}");
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_calls_and_another_makes_others() {
        let visits = |seed| {
            let mut chance = Chance::new(seed);
            (0..20).map(|_| chance.visit()).collect::<Vec<_>>()
        };
        assert_eq!(visits(1), visits(1));
        assert_ne!(visits(1), visits(2));
    }

    #[test]
    fn it_calls_about_every_two_to_three_seconds() {
        let mut chance = Chance::new(5);
        let all: Duration = (0..1_000).map(|_| chance.pause()).sum();
        assert!((2_000..3_000).contains(&all.as_secs()), "{all:?}");
    }

    #[tokio::test]
    async fn it_calls_only_while_it_is_on_and_ends_when_told() {
        let calls = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&calls);
        let (switch, on) = watch::channel(true);
        let stop = CancellationToken::new();
        let call = move |_| {
            *counted.lock().unwrap() += 1;
            std::future::ready(())
        };
        let work = tokio::spawn(run_faster(100, call, 3, on, stop.clone()));
        tokio::time::sleep(Duration::from_millis(600)).await;
        let made = *calls.lock().unwrap();
        assert!(
            (5..=40).contains(&made),
            "{made} calls in what stands for 60 s"
        );
        switch.send(false).unwrap();
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(*calls.lock().unwrap() <= made + 1);
        stop.cancel();
        work.await.unwrap();
    }

    #[tokio::test]
    async fn slow_functions_are_never_called_by_more_than_three_at_once() {
        let calls = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&calls);
        let (_switch, on) = watch::channel(true);
        let stop = CancellationToken::new();
        let call = move |_| {
            *counted.lock().unwrap() += 1;
            std::future::pending()
        };
        let work = tokio::spawn(run_faster(100, call, 3, on, stop.clone()));
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(*calls.lock().unwrap(), MOST);
        stop.cancel();
        work.await.unwrap();
    }
}
