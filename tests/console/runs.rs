//! A function is run, and what it leaves behind is read: its result, its metrics, its log; over a live sandbox, through
//! connections that break, and in the window as a person does it.

#![allow(clippy::disallowed_methods, reason = "a test waits on its own thread")]

use std::fmt::Debug;
use std::io::Write as _;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime as SdkRuntime};
use egui::Role;
use egui_kittest::kittest::Queryable;
use sekisho::cloud::Cloud;
use sekisho::cloud::cloudwatch::Metrics;
use sekisho::cloud::lambda::invoke::Invoke;
use sekisho::cloud::logs::{LogSearch, LogTail, Mode, Tail};
use sekisho::core::{Core, Paths};
use sekisho::model::cli::CliContext;
use sekisho::model::error::CloudError;
use sekisho::model::invoke::{InvocationType, InvokeRequest, InvokeResult};
use sekisho::model::metric::{MetricQuery, TimeRange};
use sekisho::route::{FunctionTab, Route};
use sekisho::store::{Loadable, Query};
use tokio::runtime::Runtime;

use crate::window::{Live, Window, runtime};

const CODE: &str = r#"
import time

def handler(event, context):
    for line in event.get("say", []):
        print(line)
    if event.get("fail"):
        raise KeyError("id")
    time.sleep(event.get("sleep", 0))
    return {"echo": event}
"#;

/// A bare sandbox with one function in it, and the core without a window.
struct Bench {
    core: Core,
    runtime: Arc<Runtime>,
    _live: Live,
}

impl Bench {
    fn start() -> Self {
        Self::through(60, |live| live.endpoint())
    }

    /// The console reaches the sandbox by the endpoint that `way` gives.
    fn through(timeout_s: i32, way: impl FnOnce(&Live) -> String) -> Self {
        let runtime = runtime();
        let live = Live::start(&runtime, true);
        let mut core = Core::new(runtime.handle().clone(), Arc::new(|| {}), &Paths::default());
        let mut spec = live.spec("bench");
        spec.endpoint = Some(way(&live));
        core.connect(spec);
        let mut bench = Self {
            core,
            runtime,
            _live: live,
        };
        bench.make(timeout_s);
        bench
    }

    fn make(&mut self, timeout_s: i32) {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file("app.py", options).unwrap();
        zip.write_all(CODE.as_bytes()).unwrap();
        let zip = zip.finish().unwrap().into_inner();
        let cloud = self.core.cloud().unwrap().clone();
        self.runtime.block_on(async {
            let lambda = cloud.lambda().await.unwrap();
            let iam = cloud.iam().await.unwrap();
            let role = iam.create_role().role_name("bench");
            let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
            role.assume_role_policy_document(trust).send().await.unwrap();
            lambda
                .create_function()
                .function_name("bench")
                .runtime(SdkRuntime::Python313)
                .handler("app.handler")
                .role("arn:aws:iam::000000000000:role/bench")
                .timeout(timeout_s)
                .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
                .send()
                .await
                .unwrap();
            for _ in 0..1_200 {
                let answer = lambda.get_function_configuration().function_name("bench");
                let answer = answer.send().await.unwrap();
                if answer.state().map(|state| state.as_str()) == Some("Active") {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            panic!("the function does not become active");
        });
    }

    /// Wants a query until what is known of it is enough.
    #[track_caller]
    fn ask<Q: Query<Cloud> + Debug>(
        &mut self,
        query: &Q,
        mut enough: impl FnMut(&Loadable<Q::Output>) -> bool,
    ) -> Loadable<Q::Output> {
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            self.core.receive();
            let now = self.core.now();
            let known = self.core.store.want(query, now);
            self.core.dispatch();
            if enough(&known) {
                return known;
            }
            assert!(
                Instant::now() < end,
                "not enough of {query:?}: {:?}",
                known.error
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[track_caller]
    fn invoke(&mut self, payload: &str) -> Result<Arc<InvokeResult>, Arc<CloudError>> {
        let action = Invoke {
            request: InvokeRequest {
                function: "bench".into(),
                qualifier: None,
                invocation_type: InvocationType::RequestResponse,
                payload: payload.into(),
                log_tail: true,
            },
            target: "bench".into(),
            context: CliContext::default(),
        };
        let now = self.core.now();
        let id = self.core.store.submit(Arc::new(action), now).unwrap();
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            self.core.receive();
            self.core.dispatch();
            if let Some(result) = &self.core.store.action(id).unwrap().result {
                return result
                    .clone()
                    .map(|applied| applied.output::<InvokeResult>().unwrap());
            }
            assert!(Instant::now() < end, "the run does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn tail(&self, live_tail: bool) -> LogTail {
        LogTail {
            group: "/aws/lambda/bench".into(),
            since: self.core.now() - 60_000,
            live_tail,
        }
    }
}

fn said(tail: &Tail) -> Vec<String> {
    let lines = tail.buffer.lines().from(0);
    let said = lines.filter(|line| line.message.starts_with("line "));
    said.map(|line| line.message.to_owned()).collect()
}

fn has(known: &Loadable<Tail>, line: &str) -> bool {
    known
        .value
        .as_ref()
        .is_some_and(|tail| said(tail).iter().any(|said| said == line))
}

/// Passes connections on, and cuts those that are open when it is told to.
struct Faulty {
    open: Arc<Mutex<Vec<TcpStream>>>,
    address: String,
}

impl Faulty {
    fn before(endpoint: &str) -> Self {
        let to = endpoint.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let open: Arc<Mutex<Vec<TcpStream>>> = Arc::default();
        let kept = open.clone();
        std::thread::spawn(move || {
            for from in listener.incoming() {
                let (Ok(from), Ok(to)) = (from, TcpStream::connect(&to)) else {
                    return;
                };
                let ends = [from.try_clone().unwrap(), to.try_clone().unwrap()];
                kept.lock().unwrap().extend(ends);
                pass(from.try_clone().unwrap(), to.try_clone().unwrap());
                pass(to, from);
            }
        });
        Self { open, address }
    }

    /// Every connection that is open breaks.
    fn cut(&self) {
        for end in self.open.lock().unwrap().drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream) {
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}

#[test]
fn a_run_brings_its_result_an_error_its_type_and_a_timeout_its_words() {
    let mut bench = Bench::through(5, |live| live.endpoint());
    let result = bench.invoke(r#"{"say": ["hello"]}"#).unwrap();
    assert_eq!(result.headline(), "Succeeded");
    assert_eq!(result.payload, r#"{"echo": {"say": ["hello"]}}"#);
    let report = result.report.as_ref().unwrap();
    assert!(report.init_ms.is_some(), "the first run starts cold");
    assert!(result.log_tail.as_ref().unwrap().contains("hello"));
    let failed = bench.invoke(r#"{"fail": true}"#).unwrap();
    let error = failed.error.as_ref().unwrap();
    assert_eq!(error.error_type, "KeyError");
    assert!(!error.stack_trace.is_empty());
    let warm = failed.report.as_ref().unwrap();
    assert_eq!(warm.init_ms, None, "the second is warm");
    let timeout = bench.invoke(r#"{"sleep": 60}"#).unwrap();
    let error = timeout.error.as_ref().unwrap();
    assert!(
        error.message.contains("timed out after 5"),
        "{}",
        error.message
    );
}

#[test]
fn a_run_is_counted_within_the_next_read_of_its_metrics() {
    let mut bench = Bench::start();
    bench.invoke(r#"{"fail": true}"#).unwrap();
    bench.invoke("{}").unwrap();
    let query = |id: &str, name| MetricQuery::of_function(id, name, "bench", "Sum", 60);
    let queries = vec![query("i", "Invocations"), query("e", "Errors")];
    let metrics = Metrics::new(queries, TimeRange::Hour);
    let known = bench.ask(&metrics, |known| known.value.is_some());
    let data = known.value.unwrap();
    let sum = |id: &str| data.get(id).unwrap().summary().unwrap().sum;
    assert_eq!((sum("i"), sum("e")), (2.0, 1.0));
}

#[test]
fn a_live_tail_follows_and_a_cut_of_its_stream_loses_and_repeats_nothing() {
    let proxy = Arc::new(Mutex::new(None));
    let kept = proxy.clone();
    let mut bench = Bench::through(60, move |live| {
        let faulty = Faulty::before(&live.endpoint());
        let address = faulty.address.clone();
        *kept.lock().unwrap() = Some(faulty);
        address
    });
    bench.invoke(r#"{"say": ["line 1", "line 1"]}"#).unwrap();
    let tail = bench.tail(true);
    let live = |known: &Loadable<Tail>| {
        let tail = known.value.as_ref();
        tail.is_some_and(|tail| tail.mode == Mode::LiveTail)
    };
    bench.ask(&tail, |known| live(known) && has(known, "line 1"));
    bench.invoke(r#"{"say": ["line 2"]}"#).unwrap();
    bench.ask(&tail, |known| has(known, "line 2"));
    proxy.lock().unwrap().as_ref().unwrap().cut();
    // An Invoke is never sent twice: the client must have seen that its idle connections are gone.
    std::thread::sleep(Duration::from_millis(500));
    // Written while nobody listens.
    bench.invoke(r#"{"say": ["line 3"]}"#).unwrap();
    bench.ask(&tail, |known| has(known, "line 3"));
    bench.ask(&tail, live);
    bench.invoke(r#"{"say": ["line 4"]}"#).unwrap();
    let known = bench.ask(&tail, |known| has(known, "line 4"));
    let expected = ["line 1", "line 1", "line 2", "line 3", "line 4"];
    assert_eq!(said(&known.value.unwrap()), expected);
}

#[test]
fn what_live_tail_leaves_out_of_a_burst_is_read_after_in_order_and_none_twice() {
    let mut bench = Bench::start();
    bench.invoke(r#"{"say": ["line 0"]}"#).unwrap();
    let tail = bench.tail(true);
    bench.ask(&tail, |known| {
        let tail = known.value.as_ref();
        has(known, "line 0") && tail.is_some_and(|tail| tail.mode == Mode::LiveTail)
    });
    let lines: Vec<String> = (1..=3_000).map(|n| format!("line {n}")).collect();
    let event = serde_json::json!({ "say": lines });
    bench.invoke(&event.to_string()).unwrap();
    let mut left_out = false;
    let known = bench.ask(&tail, |known| {
        let sampled = known.value.as_ref().is_some_and(|tail| tail.sampled);
        left_out |= sampled;
        left_out && !sampled
    });
    let said = said(&known.value.unwrap());
    assert_eq!(said.len(), 3_001);
    assert_eq!(said[1..], lines);
}

#[test]
fn polling_follows_too_and_groups_lines_by_their_invocation() {
    let mut bench = Bench::start();
    let tail = bench.tail(false);
    let missing = |known: &Loadable<Tail>| {
        let tail = known.value.as_ref();
        tail.is_some_and(|tail| tail.mode == Mode::Missing)
    };
    bench.ask(&tail, missing);
    bench.invoke(r#"{"say": ["line 1"]}"#).unwrap();
    bench.ask(&tail, |known| has(known, "line 1"));
    bench
        .invoke(r#"{"say": ["line 2"], "fail": true}"#)
        .unwrap();
    let known = bench.ask(&tail, |known| {
        let tail = known.value.as_ref();
        has(known, "line 2")
            && tail.is_some_and(|tail| {
                let invocations = tail.buffer.invocations();
                invocations.iter().all(|invocation| invocation.ended)
            })
    });
    let tail = known.value.unwrap();
    assert_eq!((tail.mode, tail.note.as_str()), (Mode::Polling, ""));
    let runs: Vec<(bool, bool)> = tail
        .buffer
        .invocations()
        .iter()
        .map(|run| (run.failed, run.cold))
        .collect();
    assert_eq!(runs, [(false, true), (true, false)]);
}

#[test]
fn a_search_finds_by_cloudwatchs_pattern() {
    let mut bench = Bench::start();
    bench
        .invoke(r#"{"say": ["line 1 apple", "line 2 pear"]}"#)
        .unwrap();
    let now = bench.core.now();
    let search = LogSearch {
        group: "/aws/lambda/bench".into(),
        pattern: "pear".into(),
        start: now - 600_000,
        end: now + 60_000,
    };
    let known = bench.ask(&search, |known| {
        known.value.is_some() || known.error.is_some()
    });
    let found = known.value.unwrap();
    let lines: Vec<_> = found
        .buffer
        .lines()
        .from(0)
        .map(|line| line.message)
        .collect();
    assert_eq!(lines, ["line 2 pear"]);
}

#[test]
fn a_person_runs_a_function_reads_its_log_and_sees_it_counted() {
    let route = Route::function_tab("orders-api", FunctionTab::Test);
    let (mut window, _live) = Window::over_samples(Some(route));
    window.wait_for("Not run yet");
    window.click_role(Role::Button, "Invoke");
    window.wait_for("Succeeded");
    window.wait_for("Response");
    assert!(window.has_part("statusCode"));
    window.wait_for("Cold start");
    window.click_role(Role::Button, "Show in Logs");
    window.wait_for_part("REPORT Duration");
    window.wait_for_part("How it follows: Live Tail");
    window.click_role(Role::RadioButton, "Invocations");
    window.wait_for_role(Role::ColumnHeader, "Request ID");
    window.click_role(Role::Tab, "Monitor");
    window.wait_for_part("Invocations: 1");
}

#[test]
fn an_asynchronous_run_is_followed_to_its_end_and_two_runs_are_compared() {
    let route = Route::function_tab("orders-api", FunctionTab::Test);
    let (mut window, _live) = Window::over_samples(Some(route));
    window.wait_for("Not run yet");
    window.click_role(Role::RadioButton, "Asynchronous");
    window.click_role(Role::Button, "Invoke");
    // From the log, by its request id: also what REPORT says of it.
    window.wait_for("Done");
    window.wait_for("Billed");
    window.click_role(Role::RadioButton, "Synchronous");
    window.replace("Event JSON", r#"{"another": "event"}"#);
    window.click_role(Role::Button, "Invoke");
    window.wait_for("Response");
    // Picking the first run brings its event with it.
    let runs = |window: &mut Window| {
        let rows = window.harness().query_all_by_role(Role::Row);
        let rows = rows.map(|row| row.rect().center());
        rows.collect::<Vec<_>>()
    };
    window.wait_until("both runs are listed", |window| runs(window).len() >= 2);
    let last = runs(&mut window).pop().unwrap();
    window.click_at(last);
    window.wait_until("the event of the run is back", |window| {
        !window.value("Event JSON").contains("another")
    });
    window.click_role(Role::Button, "Compare…");
    let rows = runs(&mut window);
    window.click_at(rows[rows.len() - 2]);
    window.wait_for("Two runs");
    window.wait_for_part("changed line");
}

#[test]
fn an_event_that_is_no_json_is_told_while_typing_and_cannot_be_sent() {
    let route = Route::function_tab("orders-api", FunctionTab::Test);
    let (mut window, _live) = Window::over_samples(Some(route));
    window.wait_for("Not run yet");
    window.wait_for("python3.13");
    window.replace("Event JSON", "{\"a\": }");
    window.wait_for_part("line 1, column");
    let invoke = |window: &mut Window| {
        let harness = window.harness();
        let node = harness.get_by_role_and_label(Role::Button, "Invoke");
        egui_kittest::kittest::NodeT::accesskit_node(&node).is_disabled()
    };
    assert!(invoke(&mut window));
    window.replace("Event JSON", "{\"a\": 1}");
    window.wait_until("the event can be sent", |window| !invoke(window));
}

#[test]
fn a_locked_connection_runs_nothing_and_says_why() {
    let route = Route::function_tab("orders-api", FunctionTab::Test);
    let (mut window, _live) = Window::over_samples(Some(route));
    window.wait_for("Not run yet");
    window.core().store.set_read_only(true);
    window.wait_for_part("read-only");
}
