#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! The store without a window and without a network: futures are polled by hand.

use std::future::poll_fn;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::*;
use crate::model::plan::{Plan, Risk};
use crate::model::topic::Topic;

/// Answers each page number with a fixed page; a page of `None` fails.
struct Paper(Vec<Option<Vec<u32>>>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Numbers(&'static str);

impl Query<Paper> for Numbers {
    type Output = Vec<u32>;
    fn service(&self) -> &'static str {
        "paper"
    }
    fn topics(&self) -> Vec<Topic> {
        vec![Topic::Functions]
    }
    fn append(so_far: &mut Vec<u32>, page: Vec<u32>) {
        so_far.extend(page);
    }
    async fn fetch(self, cloud: Arc<Paper>, pages: Pages<Vec<u32>>) -> Result<(), CloudError> {
        for page in &cloud.0 {
            match page {
                Some(page) => pages.send(page.clone()).await,
                None => return Err(CloudError::local("List", ErrorKind::Network, "it broke")),
            }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Tail;

impl Query<Paper> for Tail {
    type Output = Vec<u32>;
    fn service(&self) -> &'static str {
        "paper"
    }
    fn is_live(&self) -> bool {
        true
    }
    fn append(so_far: &mut Vec<u32>, page: Vec<u32>) {
        so_far.extend(page);
    }
    async fn fetch(self, _: Arc<Paper>, pages: Pages<Vec<u32>>) -> Result<(), CloudError> {
        let from = pages.resume().map_or(0, |seen| seen.len());
        pages.send(vec![u32::try_from(from).unwrap()]).await;
        poll_fn(|_| Poll::<()>::Pending).await;
        Ok(())
    }
}

struct Write(Result<(), ErrorKind>);

impl Action<Paper> for Write {
    fn plan(&self) -> Plan {
        Plan {
            title: "Update configuration".into(),
            target: "arn:aws:lambda:eu-west-1:1:function:f".into(),
            risk: Risk::Changes,
            differences: Vec::new(),
            cli: String::new(),
        }
    }
    fn service(&self) -> &'static str {
        "paper"
    }
    fn invalidates(&self) -> Vec<Topic> {
        vec![Topic::Functions]
    }
    fn apply(
        self: Arc<Self>,
        _: Arc<Paper>,
        progress: Arc<Progress>,
    ) -> BoxFuture<Result<Applied, CloudError>> {
        Box::pin(async move {
            progress.set(1, 2);
            match &self.0 {
                Ok(()) => Ok(Applied {
                    request_id: Some("r-1".into()),
                    ..Applied::default()
                }),
                Err(kind) => Err(CloudError::local("Update", kind.clone(), "no")),
            }
        })
    }
}

#[derive(Default)]
struct Letters(Mutex<VecDeque<Event>>);

impl Outbox for Letters {
    fn send(&self, event: Event) -> BoxFuture<()> {
        self.0.lock().unwrap().push_back(event);
        Box::pin(async {})
    }
}

struct World {
    store: Store<Paper>,
    letters: Arc<Letters>,
    running: Vec<Start>,
}

const A: ConnectionKey = ConnectionKey(1);
const B: ConnectionKey = ConnectionKey(2);

fn world(pages: Vec<Option<Vec<u32>>>) -> World {
    let letters = Arc::new(Letters::default());
    let mut store = Store::new(letters.clone(), Arc::new(|| {}));
    store.connect(A, Arc::new(Paper(pages)), "a".into(), false);
    store.switch(A);
    World {
        store,
        letters,
        running: Vec::new(),
    }
}

impl World {
    /// Runs all that can run, and hands `limit` events to the store.
    fn run(&mut self, limit: usize, now: i64) {
        self.running.extend(self.store.take_starts());
        let cancels = self.store.take_cancels();
        self.running.retain(|start| !cancels.contains(&start.task));
        let mut context = Context::from_waker(Waker::noop());
        self.running
            .retain_mut(|start| start.future.as_mut().poll(&mut context).is_pending());
        for _ in 0..limit {
            let Some(event) = self.letters.0.lock().unwrap().pop_front() else {
                return;
            };
            self.store.apply(event, now);
        }
    }
}

#[test]
fn a_query_wanted_on_every_frame_is_fetched_once() {
    let mut w = world(vec![Some(vec![1]), Some(vec![2])]);
    assert!(w.store.want(&Numbers("x"), 0).is_first_load());
    assert!(w.store.want(&Numbers("x"), 0).loading);
    w.running = w.store.take_starts();
    assert_eq!(w.running.len(), 1);
    w.run(99, 5);
    let known = w.store.want(&Numbers("x"), 6);
    assert_eq!(*known.value.unwrap(), vec![1, 2]);
    assert!(!known.loading);
    assert_eq!(known.fetched_at, Some(5));
    assert!(w.store.take_starts().is_empty());
}

#[test]
fn pages_of_a_first_load_show_as_they_arrive() {
    let mut w = world(vec![Some(vec![1]), Some(vec![2])]);
    w.store.want(&Numbers("x"), 0);
    w.run(1, 0);
    let known = w.store.peek(&Numbers("x"));
    assert_eq!(**known.shown().unwrap(), vec![1]);
    assert!(known.value.is_none() && known.loading);
}

#[test]
fn a_load_that_breaks_off_keeps_its_pages_beside_the_error() {
    let mut w = world(vec![Some(vec![1]), None]);
    w.store.want(&Numbers("x"), 0);
    w.run(99, 0);
    let known = w.store.want(&Numbers("x"), 1);
    assert_eq!(**known.shown().unwrap(), vec![1]);
    assert_eq!(known.error.unwrap().message, "it broke");
    assert!(!known.loading, "it is not tried again on every frame");
}

#[test]
fn a_failed_refresh_never_erases_good_rows() {
    let mut w = world(vec![Some(vec![1])]);
    w.store.want(&Numbers("x"), 0);
    w.run(99, 0);
    w.store.connections.get_mut(&A).unwrap().cloud = Arc::new(Paper(vec![Some(vec![9]), None]));
    w.store.end_frame(0);
    w.store.refresh();
    assert!(w.store.want(&Numbers("x"), 1).loading);
    w.run(99, 2);
    let known = w.store.want(&Numbers("x"), 3);
    assert_eq!(*known.value.unwrap(), vec![1]);
    assert!(known.error.is_some());
}

#[test]
fn a_value_on_the_screen_is_fetched_again_when_its_time_is_over() {
    let mut w = world(vec![Some(vec![1])]);
    w.store.want(&Numbers("x"), 0);
    w.run(99, 0);
    w.store.end_frame(0);
    assert_eq!(w.store.next_frame_in(10_000), Some(50_000));
    assert!(!w.store.want(&Numbers("x"), 59_999).loading);
    assert!(w.store.want(&Numbers("x"), 60_000).loading);
}

#[test]
fn what_is_told_beside_the_screen_is_asked_again_only_where_it_was_changed_from_here() {
    let mut w = world(vec![Some(vec![1])]);
    assert!(w.store.follow(&Numbers("x"), 0).value.is_none());
    assert!(w.store.take_starts().is_empty(), "nobody had asked for it");
    w.store.want(&Numbers("x"), 0);
    w.run(99, 0);
    assert!(
        !w.store.follow(&Numbers("x"), 999_999).loading,
        "old is not changed"
    );
    w.store.invalidate(&[Topic::Functions]);
    assert!(w.store.follow(&Numbers("x"), 1_000_000).loading);
    w.store.end_frame(1_000_000);
    assert!(
        w.store.follow(&Numbers("x"), 1_005_000).loading,
        "it is wanted while it is fetched"
    );
    w.run(99, 1_005_000);
    let known = w.store.follow(&Numbers("x"), 1_006_000);
    assert!(!known.loading && known.fetched_at == Some(1_005_000));
}

#[test]
fn an_answer_of_an_earlier_generation_is_dropped() {
    let mut w = world(vec![Some(vec![1])]);
    w.store.want(&Numbers("x"), 0);
    w.run(0, 0);
    w.store.invalidate(&[Topic::Functions]);
    w.store.want(&Numbers("x"), 0);
    w.run(2, 0);
    let known = w.store.peek(&Numbers("x"));
    assert!(
        known.value.is_none(),
        "both events were of the first generation"
    );
    w.run(99, 0);
    assert!(w.store.peek(&Numbers("x")).value.is_some());
}

#[test]
fn nobody_wanting_it_for_two_seconds_cancels_a_fetch_but_an_idle_window_does_not() {
    let mut w = world(vec![]);
    w.store.want(&Tail, 0);
    w.run(99, 0);
    w.store.end_frame(0);
    assert_eq!(w.store.next_frame_in(0), None, "idle while a tail is open");
    w.store.want(&Tail, 60_000);
    w.store.end_frame(60_000);
    assert!(w.store.peek(&Tail).loading);
    w.store.end_frame(60_100);
    assert_eq!(w.store.next_frame_in(60_100), Some(2_000));
    w.store.end_frame(62_100);
    assert!(!w.store.peek(&Tail).loading);
    assert_eq!(w.store.take_cancels().len(), 1);
}

#[test]
fn a_tail_goes_on_from_what_it_had() {
    let mut w = world(vec![]);
    w.store.want(&Tail, 0);
    w.run(99, 0);
    w.store.end_frame(0);
    w.store.end_frame(1);
    w.store.end_frame(2_001);
    w.store.want(&Tail, 3_000);
    w.run(99, 3_000);
    assert_eq!(*w.store.peek(&Tail).value.unwrap(), vec![0, 1]);
}

#[test]
fn rows_of_one_connection_never_show_under_another() {
    let mut w = world(vec![Some(vec![1])]);
    w.store
        .connect(B, Arc::new(Paper(vec![Some(vec![2])])), "b".into(), false);
    w.store.want(&Numbers("x"), 0);
    w.run(0, 0);
    w.store.switch(B);
    assert!(w.store.want(&Numbers("x"), 0).is_first_load());
    w.run(99, 0);
    assert_eq!(*w.store.want(&Numbers("x"), 0).value.unwrap(), vec![2]);
    w.store.switch(A);
    assert!(w.store.want(&Numbers("x"), 0).value.is_none());
    w.run(99, 0);
    assert_eq!(*w.store.want(&Numbers("x"), 0).value.unwrap(), vec![1]);
}

#[test]
fn a_read_only_connection_refuses_every_action() {
    let mut w = world(vec![]);
    w.store.set_read_only(true);
    let refused = w.store.submit(Arc::new(Write(Ok(()))), 0).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::ReadOnly);
    assert!(w.store.take_starts().is_empty());
    assert!(w.store.may_write().is_err());
}

#[test]
fn an_applied_action_makes_its_reads_stale_and_is_recorded() {
    let mut w = world(vec![Some(vec![1])]);
    w.store.set_caller("arn:aws:iam::1:user/me");
    w.store.want(&Numbers("x"), 0);
    w.run(99, 0);
    let id = w.store.submit(Arc::new(Write(Ok(()))), 7).unwrap();
    assert!(w.store.action(id).unwrap().is_running());
    w.run(99, 9);
    assert!(!w.store.action(id).unwrap().is_running());
    assert!(w.store.want(&Numbers("x"), 9).loading);
    let record = &w.store.take_unwritten()[0];
    assert_eq!((record.at, record.outcome.as_str()), (9, "ok"));
    assert_eq!(record.caller, "arn:aws:iam::1:user/me");
    assert_eq!(record.request_id.as_deref(), Some("r-1"));
    assert_eq!(w.store.take_ended(), vec![id]);
    let (read, broken) = journal::parse(&format!("{}\nnot json\n", record.line()));
    assert_eq!((&read[0], broken), (record, 1));
}

#[test]
fn a_failed_action_is_recorded_with_its_reason() {
    let mut w = world(vec![]);
    let id = w
        .store
        .submit(Arc::new(Write(Err(ErrorKind::Conflict))), 0)
        .unwrap();
    w.run(99, 1);
    let state = w.store.action(id).unwrap();
    assert!(matches!(&state.result, Some(Err(e)) if e.kind == ErrorKind::Conflict));
    assert!(!w.store.journal()[0].succeeded());
}

#[test]
fn a_cancelled_action_ends_at_once_and_its_late_answer_changes_nothing() {
    let mut w = world(vec![]);
    let id = w.store.submit(Arc::new(Write(Ok(()))), 0).unwrap();
    w.run(0, 0);
    w.store.cancel_action(id, 1);
    w.run(99, 2);
    let state = w.store.action(id).unwrap();
    assert!(matches!(&state.result, Some(Err(e)) if e.kind == ErrorKind::Cancelled));
    assert_eq!(w.store.journal().len(), 1);
}

#[test]
fn a_job_is_collected_once() {
    let mut w = world(vec![]);
    let ticket = w.store.job(false, async { Ok(41) });
    assert!(w.store.collect(&ticket).is_none());
    w.run(99, 0);
    assert_eq!(w.store.collect(&ticket), Some(Ok(41)));
    assert!(w.store.collect(&ticket).is_none());
}

#[test]
fn long_unused_entries_are_forgotten() {
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    struct Many(usize);
    impl Query<Paper> for Many {
        type Output = usize;
        fn service(&self) -> &'static str {
            "paper"
        }
        fn ttl(&self) -> Duration {
            Duration::from_secs(1)
        }
        async fn fetch(self, _: Arc<Paper>, pages: Pages<usize>) -> Result<(), CloudError> {
            pages.send(self.0).await;
            Ok(())
        }
    }
    let mut w = world(vec![]);
    for n in 0..KEPT_ENTRIES + 10 {
        w.store.want(&Many(n), 0);
        w.run(99, 0);
        w.store.end_frame(0);
    }
    assert!(w.store.slots.len() <= KEPT_ENTRIES);
    assert_eq!(w.store.peek(&Many(0)).value, None);
    assert!(w.store.peek(&Many(KEPT_ENTRIES + 9)).value.is_some());
}
