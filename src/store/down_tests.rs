#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! An endpoint that is gone and comes back: what counts as an answer, when it is tried again, and that all go on at once.

use std::sync::Mutex;

use super::*;

const A: ConnectionKey = ConnectionKey(1);

struct Nobody;

/// A tail that says of each page what it heard; a read where `live` is false.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asked {
    service: &'static str,
    live: bool,
}

impl Query<Nobody> for Asked {
    type Output = Heard;
    fn service(&self) -> &'static str {
        self.service
    }
    fn is_live(&self) -> bool {
        self.live
    }
    fn heard(page: &Heard) -> Heard {
        page.clone()
    }
    async fn fetch(self, _: Arc<Nobody>, _: Pages<Heard>) -> Result<(), CloudError> {
        Ok(())
    }
}

const TAIL: Asked = Asked {
    service: "logs-tail",
    live: true,
};
const READ: Asked = Asked {
    service: "lambda",
    live: false,
};

#[derive(Default)]
struct Letters(Mutex<VecDeque<Event>>);

impl Outbox for Letters {
    fn send(&self, event: Event) -> BoxFuture<()> {
        self.0.lock().unwrap().push_back(event);
        Box::pin(async {})
    }
}

fn store() -> Store<Nobody> {
    let mut store = Store::new(Arc::new(Letters::default()), Arc::new(|| {}));
    store.connect(A, Arc::new(Nobody), "a".into(), false);
    store.switch(A);
    store
}

fn refused() -> CloudError {
    CloudError {
        source: vec!["tcp connect error: Connection refused (os error 111)".into()],
        ..CloudError::local("List", ErrorKind::Network, "")
    }
}

/// Wants it, as a frame does; the task where it was started.
fn want(store: &mut Store<Nobody>, query: &Asked, now: i64) -> Option<TaskId> {
    let [started] = frame(store, [query], now);
    started
}

/// A frame in which these are wanted.
fn frame<const N: usize>(
    store: &mut Store<Nobody>,
    queries: [&Asked; N],
    now: i64,
) -> [Option<TaskId>; N] {
    let started = queries.map(|query| {
        let _known = store.want(query, now);
        store.take_starts().pop().map(|start| start.task)
    });
    store.end_frame(now);
    started
}

fn page(store: &mut Store<Nobody>, task: TaskId, heard: Heard, now: i64) {
    let body = Body::Page(Box::new(heard));
    store.apply(Event { task, body }, now);
}

fn done(store: &mut Store<Nobody>, task: TaskId, result: Result<(), CloudError>, now: i64) {
    let body = Body::Done(result.map(|()| None));
    store.apply(Event { task, body }, now);
}

fn down_since(store: &Store<Nobody>) -> Option<i64> {
    store.health()?.down().map(|down| down.since)
}

#[test]
fn what_waits_without_any_answer_is_told_from_when_it_began() {
    let mut store = store();
    assert_eq!(store.activity().unanswered_since, None);
    let [read, other] = frame(
        &mut store,
        [
            &READ,
            &Asked {
                service: "logs",
                live: false,
            },
        ],
        1_000,
    );
    assert_eq!(store.activity().unanswered_since, Some(1_000));
    done(&mut store, read.unwrap(), Ok(()), 5_000);
    assert_eq!(
        store.activity().unanswered_since,
        None,
        "somebody answers, and the other takes its time"
    );
    done(&mut store, other.unwrap(), Ok(()), 6_000);
    let _read = want(&mut store, &READ, 400_000);
    let since = store.activity().unanswered_since;
    assert!(since.is_none_or(|at| at == 400_000), "{since:?}");
}

#[test]
fn an_attempt_that_begins_and_a_tail_that_ends_are_no_answer() {
    let mut store = store();
    let read = want(&mut store, &READ, 0).unwrap();
    done(&mut store, read, Err(refused()), 1_000);
    assert_eq!(down_since(&store), Some(1_000));
    let tail = want(&mut store, &TAIL, 2_000).unwrap();
    page(&mut store, tail, Heard::Nothing, 2_000);
    assert_eq!(down_since(&store), Some(1_000), "it only begins");
    page(&mut store, tail, Heard::Failure(Box::new(refused())), 3_000);
    done(&mut store, tail, Ok(()), 4_000);
    assert_eq!(down_since(&store), Some(1_000), "it has ended");
    let again = want(&mut store, &TAIL, 100_000).unwrap();
    page(&mut store, again, Heard::Answer, 100_000);
    assert_eq!(down_since(&store), None);
}

#[test]
fn a_tail_that_brings_something_again_shows_no_error_any_more() {
    let mut store = store();
    let tail = want(&mut store, &TAIL, 0).unwrap();
    done(&mut store, tail, Err(refused()), 1_000);
    assert!(store.peek(&TAIL).error.is_some());
    store.refresh();
    let again = want(&mut store, &TAIL, 2_000).unwrap();
    page(&mut store, again, Heard::Nothing, 2_000);
    assert!(
        store.peek(&TAIL).error.is_some(),
        "nothing was answered yet"
    );
    page(&mut store, again, Heard::Answer, 3_000);
    assert!(store.peek(&TAIL).error.is_none());
}

#[test]
fn on_this_machine_it_is_tried_again_soon_and_at_least_every_ten_seconds() {
    let mut store = store();
    store.set_near(true);
    let mut now = 0;
    let mut waits = Vec::new();
    for _ in 0..6 {
        let task = want(&mut store, &READ, now).unwrap();
        assert_eq!(store.next_try(), None, "it is being tried");
        done(&mut store, task, Err(refused()), now);
        let next = store.next_try().unwrap();
        assert!(want(&mut store, &READ, next - 1).is_none());
        waits.push((next - now) / 1_000);
        now = next;
    }
    assert_eq!(waits, [1, 2, 4, 8, 10, 10]);
    store.set_near(false);
    let task = want(&mut store, &READ, now).unwrap();
    done(&mut store, task, Err(refused()), now);
    assert_eq!(store.next_try(), Some(now + 60_000), "far away as before");
}

#[test]
fn once_somebody_answers_all_that_failed_is_asked_at_once_and_waiting_tails_go_on() {
    let mut store = store();
    let other = Asked {
        service: "monitoring",
        live: false,
    };
    let all = [&READ, &other, &TAIL];
    let [read, slow, tail] = frame(&mut store, all, 0);
    let tail = tail.unwrap();
    done(&mut store, read.unwrap(), Err(refused()), 0);
    done(&mut store, slow.unwrap(), Err(refused()), 0);
    page(&mut store, tail, Heard::Failure(Box::new(refused())), 0);
    assert_eq!(
        frame(&mut store, all, 1_000),
        [None, None, None],
        "they wait for their time"
    );
    store.refresh();
    let [read, slow, _] = frame(&mut store, all, 2_000);
    // The second is refused once more before the first is answered.
    done(&mut store, slow.unwrap(), Err(refused()), 2_000);
    assert_eq!(frame(&mut store, all, 2_000), [None, None, None]);
    page(&mut store, read.unwrap(), Heard::Answer, 3_000);
    done(&mut store, read.unwrap(), Ok(()), 3_000);
    let [_, slow, again] = frame(&mut store, all, 3_000);
    assert!(slow.is_some(), "it is asked at once");
    assert!(again.is_some(), "it does not sleep on");
    assert!(store.take_cancels().contains(&tail));
}
