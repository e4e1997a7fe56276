#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::*;

const RESOURCES: &str = "https://apigateway.eu-west-1.amazonaws.com/restapis/a1/resources";

/// Answers at once, the first `refused` with 429, and counts.
#[derive(Debug, Default)]
struct Counting {
    count: AtomicUsize,
    refused: usize,
}

#[derive(Debug, Clone)]
struct Counted(Arc<Counting>);

impl HttpConnector for Counted {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let count = self.0.count.fetch_add(1, Ordering::SeqCst);
        let status = if count < self.0.refused { 429 } else { 200 };
        let status = StatusCode::try_from(status).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::empty())))
    }
}

fn door(refused: usize, paced: bool) -> (Arc<Door>, Arc<Counting>, Arc<CallLog>) {
    let counting = Arc::new(Counting {
        refused,
        ..Counting::default()
    });
    let calls = CallLog::new(Arc::new(|| {}));
    let door = Door {
        inner: SharedHttpConnector::new(Counted(counting.clone())),
        queue: Queues::default().of("a", paced, &calls),
        class: Class::Foreground,
    };
    (Arc::new(door), counting, calls)
}

fn request() -> HttpRequest {
    let mut request = HttpRequest::empty();
    request.set_uri(RESOURCES).unwrap();
    request
}

#[tokio::test]
async fn the_sixth_waits_for_the_window_is_told_and_leaves_when_it_is_dropped() {
    let (door, counting, calls) = door(0, true);
    let began = std::time::Instant::now();
    for _ in 0..5 {
        door.call(request()).await.unwrap();
    }
    // Two wait; one of them is dropped, and the other goes as if it had never been there.
    let dropped = tokio::spawn({
        let door = door.clone();
        async move { door.call(request()).await.map(|_| ()) }
    });
    tokio::task::yield_now().await;
    let last = tokio::spawn({
        let door = door.clone();
        async move { door.call(request()).await.map(|_| ()) }
    });
    let told = loop {
        let stats = calls.stats();
        match stats.queued.get(SERVICE) {
            Some(told) => break told.clone(),
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert_eq!((told.operation, told.count), ("GetResources", 2));
    assert_eq!(counting.count.load(Ordering::SeqCst), 5);
    dropped.abort();
    last.await.unwrap().unwrap();
    assert!(began.elapsed() >= Duration::from_secs(2));
    assert_eq!(counting.count.load(Ordering::SeqCst), 6);
    assert!(calls.stats().queued.is_empty(), "nobody waits any more");
}

#[tokio::test]
async fn a_429_holds_up_whoever_comes_next() {
    let (door, counting, _) = door(1, false);
    let began = std::time::Instant::now();
    assert_eq!(door.call(request()).await.unwrap().status().as_u16(), 429);
    assert_eq!(door.call(request()).await.unwrap().status().as_u16(), 200);
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(counting.count.load(Ordering::SeqCst), 2);
}

#[test]
fn an_account_and_region_have_one_queue() {
    let (queues, calls) = (Queues::default(), CallLog::new(Arc::new(|| {})));
    let one = queues.of("1234/eu-west-1", true, &calls);
    assert!(Arc::ptr_eq(
        &one,
        &queues.of("1234/eu-west-1", true, &calls)
    ));
    assert!(!Arc::ptr_eq(
        &one,
        &queues.of("1234/us-east-1", true, &calls)
    ));
}
