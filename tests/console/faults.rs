//! Bad days, each as a person meets it: what is said, where it is said, that nothing hangs and that nothing is lost.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use egui::{Key, Role, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::kittest::Queryable;
use sekisho::cloud::connection::machine::Machine;
use sekisho::cloud::lambda::function::GetFunction;
use sekisho::cloud::lambda::functions::ListFunctions;
use sekisho::cloud::{Cloud, Limits};
use sekisho::core::{Core, Paths};
use sekisho::model::connection::ConnectionSpec;
use sekisho::model::error::ErrorKind;
use sekisho::model::package::{Package, Source, Watch};
use sekisho::route::{FunctionTab, Route};

use crate::faulty::{Fault, Faulty};
use crate::window::{Live, Window, runtime};

/// How many samples the sandbox has.
const SAMPLES: usize = 6;

/// A connection that gives up soon.
fn impatient() -> Limits {
    Limits {
        connect: Duration::from_secs(10),
        read_attempt: Duration::from_secs(60),
        attempts: 2,
        longest_wait: Duration::from_millis(50),
        paced: false,
    }
}

/// A window over a sandbox with the samples, and what can go wrong between them.
struct Bad {
    window: Window,
    faulty: Faulty,
    live: Live,
}

impl Bad {
    fn day(route: Route, limits: Limits, begin: impl FnOnce(&Faulty)) -> Self {
        let runtime = runtime();
        let live = Live::start(&runtime, false);
        let faulty = Faulty::before(&live.endpoint());
        begin(&faulty);
        let window = on(&runtime, faulty.spec("bad"), route, limits);
        Self {
            window,
            faulty,
            live,
        }
    }

    /// How many rows of the list are known, complete or not.
    fn rows(&mut self) -> usize {
        let known = self.window.core().store.peek(&ListFunctions {});
        known.shown().map_or(0, |list| list.rows.len())
    }

    #[track_caller]
    fn wait_for_rows(&mut self, count: usize) {
        self.window.wait_until("the rows", |window| {
            let known = window.core().store.peek(&ListFunctions {});
            known.shown().is_some_and(|list| list.rows.len() == count) && !known.loading
        });
    }

    /// All is well again, the person presses Retry, and everything is there.
    #[track_caller]
    fn retry(&mut self) {
        // Once nothing is on its way, nothing moves under the pointer.
        self.window.wait_until("an end of all calls", |window| {
            window.core().store.activity().in_flight == 0
        });
        self.window.settle();
        self.faulty.heal();
        self.window.click_role(Role::Button, "Retry");
        self.window.wait_until("all rows", |window| {
            let known = window.core().store.peek(&ListFunctions {});
            known.error.is_none() && known.value.is_some_and(|list| list.rows.len() == SAMPLES)
        });
    }
}

/// A window over a connection that sees nothing of this machine's own profiles and variables.
fn on(
    runtime: &Arc<tokio::runtime::Runtime>,
    spec: ConnectionSpec,
    route: Route,
    limits: Limits,
) -> Window {
    Window::new(runtime, Some(route), move |handle, wake| {
        let mut core = Core::new(handle, wake, &Paths::default());
        let hooks = core.session.hooks().clone();
        let cloud = Cloud::on(Machine::of(&[], &[]), spec, hooks).within(limits);
        core.session.adopt(&mut core.store, cloud);
        core
    })
}

fn function(tab: FunctionTab) -> Route {
    Route::function_tab("orders-api", tab)
}

fn denied(action: &str) -> Fault {
    let message = format!(
        "User: arn:aws:iam::000000000000:user/ana is not authorized to perform: {action} on resource: * because no \
         identity-based policy allows the {action} action"
    );
    Fault::Error(403, "AccessDeniedException", message)
}

/// A file as the desktop hands it over.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_file(window: &mut Window, path: &Path) {
    let file = Arc::new(Dropped(path.to_owned()));
    window.harness().input_mut().dropped_files.push(file);
    window.settle();
}

/// The person presses the window's close button; true when the window stays.
fn close(window: &mut Window) -> bool {
    let input = window.harness().input_mut();
    let viewport = input.viewports.entry(ViewportId::ROOT).or_default();
    viewport.events.push(ViewportEvent::Close);
    window.harness().step();
    let output = &window.harness().output().viewport_output;
    let commands = &output[&ViewportId::ROOT].commands;
    commands.contains(&ViewportCommand::CancelClose)
}

// ---- who one is ------------------------------------------------------------------------------------------------

#[test]
fn without_credentials_the_window_says_so_and_what_to_do() {
    let spec = ConnectionSpec {
        name: "nothing".into(),
        region: Some("eu-west-1".into()),
        ..ConnectionSpec::default()
    };
    let mut window = on(&runtime(), spec, Route::Functions, impatient());
    window.wait_for("No credentials were found");
    assert!(
        window.has_part("give this one credentials"),
        "{:#?}",
        window.names()
    );
    assert!(window.has_role(Role::Button, "Retry"));
}

#[test]
fn an_expired_token_leaves_the_rows_and_is_said_beside_them_until_it_is_renewed() {
    let mut day = Bad::day(Route::Functions, impatient(), |_| {});
    day.wait_for_rows(SAMPLES);
    let expired = "The security token included in the request is expired";
    day.faulty.always(
        "*",
        Fault::Error(403, "ExpiredTokenException", expired.into()),
    );
    day.window.press(Key::F5);
    day.window.wait_for("The session has expired");
    assert!(day.window.has_part("orders-api"), "the rows have gone");
    assert_eq!(day.rows(), SAMPLES);
    day.retry();
    day.window.wait_until("the end of every error", |window| {
        !window.has_part("The session has expired")
    });
}

#[test]
fn a_token_that_was_expired_from_the_start_is_no_endless_skeleton() {
    let mut day = Bad::day(Route::Functions, impatient(), |faulty| {
        let text = "The security token included in the request is expired";
        faulty.always("*", Fault::Error(403, "ExpiredTokenException", text.into()));
    });
    day.window.wait_for("The session has expired");
    day.retry();
}

#[test]
fn a_clock_that_is_off_by_an_hour_is_put_right_where_the_service_tells_its_time() {
    let mut day = Bad::day(Route::Functions, impatient(), |faulty| {
        faulty.always("*", Fault::Clock(3_600, true));
    });
    day.wait_for_rows(SAMPLES);
    assert!(!day.window.has_part("clock"), "{:#?}", day.window.names());
}

#[test]
fn a_clock_that_is_off_by_an_hour_is_told_as_the_clock_where_it_cannot_be_put_right() {
    let mut day = Bad::day(Route::Functions, impatient(), |faulty| {
        faulty.always("*", Fault::Clock(3_600, false));
    });
    day.window.wait_for("This machine's clock is off");
    assert!(day.window.has_part("Set this machine's clock"));
    day.retry();
}

// ---- where and whether one may ---------------------------------------------------------------------------------

#[test]
fn a_function_of_another_region_is_said_to_be_perhaps_there() {
    let runtime = runtime();
    let live = Live::start(&runtime, false);
    let spec = ConnectionSpec {
        region: Some("eu-west-1".into()),
        ..ConnectionSpec::of_discovered("elsewhere", live.endpoint())
    };
    let mut window = on(&runtime, spec, function(FunctionTab::Overview), impatient());
    window.wait_for_part("There is no function orders-api in eu-west-1");
    assert!(window.has_part("another region"));
}

#[test]
fn a_denied_page_leaves_the_pages_before_it_and_names_the_missing_action() {
    let mut day = Bad::day(Route::Functions, impatient(), |faulty| {
        faulty.pages_of(2);
        faulty.always("ListFunctions+", denied("lambda:ListFunctions"));
    });
    day.window.wait_for("Not permitted");
    assert!(day.window.has_part("lambda:ListFunctions"));
    assert_eq!(day.rows(), 2, "the first page has gone");
    day.retry();
    day.window.wait_until_gone("Not permitted");
}

#[test]
fn a_denied_policy_on_the_overview_leaves_the_rest_of_it() {
    let mut day = Bad::day(function(FunctionTab::Overview), impatient(), |faulty| {
        faulty.always("GetPolicy", denied("lambda:GetPolicy"));
    });
    day.window.wait_for_part("lambda:GetPolicy");
    day.window.wait_for("Facts");
    day.window.wait_for_part("python3.13");
    day.window.wait_for_part("team = shop");
    day.window.wait_for_part("live");
}

#[test]
fn denied_metrics_leave_the_list_whole() {
    let mut day = Bad::day(Route::Functions, impatient(), |faulty| {
        faulty.always("GetMetricData", denied("cloudwatch:GetMetricData"));
    });
    day.wait_for_rows(SAMPLES);
    day.window.wait_for_part("orders-api");
    day.window.wait_until("the denied call", |window| {
        let calls = window.core().session.hooks().calls.since(0);
        calls.iter().any(|call| call.operation == "GetMetricData")
    });
    day.window.settle();
    assert!(day.window.has_part("fraud-score"));
}

// ---- slow and broken -------------------------------------------------------------------------------------------

#[test]
fn being_slowed_down_is_seen_in_the_status_bar_and_the_rows_come_in_the_end() {
    let limits = Limits {
        attempts: 8,
        ..impatient()
    };
    let mut day = Bad::day(Route::Functions, limits, |faulty| {
        let busy = Fault::Busy(429, "TooManyRequestsException", 1);
        faulty.times(4, "ListFunctions", busy);
    });
    day.window.wait_for_part("slowed down by Lambda");
    day.wait_for_rows(SAMPLES);
    let stats = day.window.core().session.hooks().calls.stats();
    let lambda = stats.services["Lambda"];
    assert_eq!(lambda.throttles, 4);
    assert_eq!(lambda.waiting, 0);
    assert_eq!(day.faulty.count("ListFunctions"), 5);
}

#[test]
fn being_slowed_down_for_too_long_is_said_and_nothing_that_was_there_is_lost() {
    let mut day = Bad::day(Route::Functions, impatient(), |_| {});
    day.wait_for_rows(SAMPLES);
    let busy = Fault::Busy(429, "TooManyRequestsException", 1);
    day.faulty.always("ListFunctions", busy);
    day.window.press(Key::F5);
    day.window.wait_for("Too many requests");
    assert_eq!(day.rows(), SAMPLES);
    assert!(day.window.has_part("orders-api"));
    day.retry();
}

#[test]
fn a_connection_that_hangs_ends_in_time_and_the_window_goes_on_drawing() {
    let limits = Limits {
        read_attempt: Duration::from_millis(1_500),
        ..impatient()
    };
    let mut day = Bad::day(Route::Functions, limits, |_| {});
    day.faulty.always("ListFunctions", Fault::Hang);
    let faulty = &day.faulty;
    day.window
        .wait_until("the call", |_| faulty.count("ListFunctions") > 0);
    // While nothing comes, frames are drawn and what is pressed has its effect.
    day.window.press(Key::F1);
    day.window.wait_for("Keyboard shortcuts");
    day.window.settle();
    day.window.click_role(Role::Button, "Close");
    day.window.wait_until_gone("Keyboard shortcuts");
    day.window.wait_for("No answer in time");
    day.retry();
}

#[test]
fn a_connection_that_drops_in_the_middle_of_a_page_keeps_the_pages_before_and_a_retry_works() {
    let mut day = Bad::day(Route::Functions, impatient(), |faulty| {
        faulty.pages_of(4);
        faulty.always("ListFunctions+", Fault::Break);
    });
    day.window.wait_for("The endpoint could not be reached");
    assert_eq!(day.rows(), 4);
    let known = day.window.core().store.peek(&ListFunctions {});
    assert_eq!(known.error.unwrap().kind, ErrorKind::Network);
    day.retry();
}

#[test]
fn a_connection_that_drops_between_two_pages_is_taken_up_again_without_a_word() {
    let mut day = Bad::day(Route::Functions, impatient(), |faulty| {
        faulty.pages_of(2);
        faulty.times(1, "ListFunctions+", Fault::Close);
    });
    day.wait_for_rows(SAMPLES);
    assert!(
        day.window
            .core()
            .store
            .peek(&ListFunctions {})
            .error
            .is_none()
    );
    assert_eq!(day.faulty.count("ListFunctions"), 4);
}

#[test]
fn an_endpoint_that_goes_away_leaves_the_rows_and_says_that_it_cannot_be_reached() {
    let mut day = Bad::day(Route::Functions, impatient(), |_| {});
    day.wait_for_rows(SAMPLES);
    day.live.stop();
    day.window.press(Key::F5);
    day.window.wait_for_part("Down since");
    assert_eq!(day.rows(), SAMPLES);
}

#[test]
fn a_connection_that_is_down_is_told_once_for_all_panes_and_retry_brings_it_back() {
    let runtime = runtime();
    let mut live = Live::start(&runtime, false);
    let place = live.endpoint().trim_start_matches("http://").to_owned();
    let spec = live.spec("gone");
    let overview = function(FunctionTab::Overview);
    let mut window = on(&runtime, spec, overview, impatient());
    window.wait_for_part("CloudWatch Logs, ");
    window.wait_for_part("team = shop");
    live.stop();
    window.press(Key::F5);
    window.wait_for_part("Down since");
    window.wait_until("the end of all calls", |window| {
        window.core().store.activity().in_flight == 0
    });
    window.settle();
    assert!(
        window.has_part(&format!("connection refused by {place}")),
        "{:#?}",
        window.names()
    );
    assert!(window.has_part("down since"), "the chip says so too");
    assert!(window.has_part("team = shop"), "what was known stays");
    let alerts = window.harness().query_all_by_role(Role::Alert).count();
    assert_eq!(alerts, 1, "{:#?}", window.names());
    let port = place.rsplit(':').next().unwrap().parse().unwrap();
    let _again = Live::start_at(&runtime, false, port);
    window.click_role(Role::Button, "Retry");
    window.wait_until("an answer", |window| !window.has_part("Down since"));
    assert!(!window.has_part("down since"));
}

#[test]
fn a_web_page_in_place_of_metrics_is_no_answer_and_is_never_shown() {
    let mut day = Bad::day(Route::Functions, impatient(), |faulty| {
        faulty.always("GetMetricData", Fault::Html(404));
    });
    day.wait_for_rows(SAMPLES);
    day.window.wait_until("the answered call", |window| {
        let calls = window.core().session.hooks().calls.since(0);
        calls.iter().any(|call| call.operation == "GetMetricData")
    });
    day.window.settle();
    assert!(!day.window.has_part("<html"), "{:#?}", day.window.names());
    assert!(!day.window.has_part("requested URL"));
}

// ---- things in the person's hands ------------------------------------------------------------------------------

#[test]
fn a_function_that_is_deleted_while_it_is_open_leaves_its_draft_readable() {
    let mut day = Bad::day(function(FunctionTab::Configuration), impatient(), |_| {});
    day.window.wait_for_role(Role::TextInput, "Memory");
    day.window.replace("Memory", "1769");
    let cloud = day.window.core().cloud().unwrap().clone();
    day.window.block_on(async {
        let lambda = cloud.lambda().await.unwrap();
        let call = lambda.delete_function().function_name("orders-api");
        call.send().await.unwrap();
    });
    day.window.press(Key::F5);
    day.window
        .wait_for_part("orders-api was deleted while it was open");
    assert_eq!(day.window.value("Memory"), "1769");
    let known = day
        .window
        .core()
        .store
        .peek(&GetFunction::latest("orders-api"));
    assert!(known.value.is_some());
    // Leaving it still asks.
    assert!(close(&mut day.window));
    day.window.wait_for("Close Sekisho?");
}

#[test]
fn an_event_of_six_megabytes_is_run_and_one_byte_more_is_refused_with_the_numbers() {
    let mut day = Bad::day(function(FunctionTab::Test), impatient(), |_| {});
    day.window.wait_for_role(Role::Button, "Invoke");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("six.json");
    let most = 6 * 1_024 * 1_024;
    let event = |bytes: usize| format!("{{\"x\":\"{}\"}}", "x".repeat(bytes - 8));

    std::fs::write(&path, event(most + 1)).unwrap();
    drop_file(&mut day.window, &path);
    day.window.wait_for_part("6,291,457 bytes");

    std::fs::write(&path, event(most)).unwrap();
    drop_file(&mut day.window, &path);
    day.window.wait_for_part("taken as it is");
    day.window.click_role(Role::Button, "Invoke");
    day.window.wait_until("the run's end", |window| {
        let actions: Vec<_> = window.core().store.actions().collect();
        actions.len() == 1 && !actions[0].is_running()
    });
    let core = day.window.core();
    let action = core.store.actions().next().unwrap();
    assert!(matches!(action.result, Some(Ok(_))), "the call failed");
}

#[test]
fn a_window_that_is_closed_while_something_runs_asks_and_goes_on_if_one_stays() {
    let mut day = Bad::day(function(FunctionTab::Test), impatient(), |faulty| {
        faulty.always("Invoke", Fault::Hold);
    });
    day.window.click_role(Role::Button, "Invoke");
    let faulty = &day.faulty;
    day.window
        .wait_until("the call", |_| faulty.count("Invoke") == 1);
    assert!(close(&mut day.window), "the window closed");
    day.window.wait_for("Close Sekisho?");
    assert!(day.window.has_part("is still running on orders-api"));
    day.window.click_role(Role::Button, "Stay");
    day.window.wait_until_gone("Close Sekisho?");
    day.faulty.release();
    day.window.wait_until("the end", |window| {
        let actions: Vec<_> = window.core().store.actions().collect();
        matches!(actions[0].result, Some(Ok(_)))
    });
    assert!(!close(&mut day.window), "nothing runs, and yet it asks");
}

// ---- packages that do harm -------------------------------------------------------------------------------------

/// A ZIP with one entry.
fn zip_of(path: &str, contents: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o644);
    zip.start_file(path, options).unwrap();
    zip.write_all(contents).unwrap();
    zip.finish().unwrap().into_inner()
}

/// Writes another unpacked size into the entry's own header and into the directory.
fn claim(zip: &mut [u8], size: u32) {
    for (magic, offset) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
        let at = zip.windows(4).position(|window| window == magic).unwrap() + offset;
        zip[at..at + 4].copy_from_slice(&size.to_le_bytes());
    }
}

/// The files that nobody should be able to send, each with what is said of it.
fn harmful(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let huge = folder.join("huge.zip");
    let file = std::fs::File::create(&huge).unwrap();
    // Sparse: it takes no room on the disk, and nothing may read it to its end.
    file.set_len(300 << 20).unwrap();

    let zeros = vec![0; 3 << 20];
    let bomb = folder.join("bomb.zip");
    let mut bytes = zip_of("app.py", &zeros);
    claim(&mut bytes, 1_000);
    std::fs::write(&bomb, bytes).unwrap();

    let honest = folder.join("honest-bomb.zip");
    let mut bytes = zip_of("app.py", &zeros);
    claim(&mut bytes, 2_000_000_000);
    std::fs::write(&honest, bytes).unwrap();

    let escapes = folder.join("escapes.zip");
    std::fs::write(&escapes, zip_of("../evil.py", b"x = 1\n")).unwrap();
    vec![
        (huge, "It has 300 MB: more than the 250 MB"),
        (bomb, "larger than its declared uncompressed size"),
        (honest, "Unpacked it has at least"),
        (escapes, "../evil.py leads out of the package"),
    ]
}

#[test]
fn what_is_too_large_a_bomb_or_leads_out_of_the_package_is_refused_in_words_and_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for (path, expected) in harmful(folder.path()) {
        let began = Instant::now();
        let mut watch = Watch {
            cancel: &AtomicBool::new(false),
            progress: &mut |_| {},
        };
        let said = match Package::open(Source::File(path.clone()), &mut watch) {
            Err(problem) => problem.to_string(),
            Ok(package) => {
                assert!(!package.can_upload(), "{} may go up", path.display());
                let words: Vec<_> = package.problems.iter().map(ToString::to_string).collect();
                words.join("\n")
            }
        };
        assert!(said.contains(expected), "{}: {said}", path.display());
        assert!(began.elapsed() < Duration::from_secs(60));
    }
}
#[test]
fn a_harmful_package_that_is_dropped_on_the_window_is_refused_there_and_never_sent() {
    let mut day = Bad::day(function(FunctionTab::Code), impatient(), |_| {});
    day.window.wait_for_role(Role::Button, "Upload a ZIP");
    let folder = tempfile::tempdir().unwrap();
    for (path, expected) in harmful(folder.path()) {
        drop_file(&mut day.window, &path);
        day.window.wait_for_part(expected);
    }
    assert_eq!(day.faulty.count("UpdateFunctionCode"), 0);
}

#[test]
fn a_window_that_is_closed_while_an_upload_runs_asks_and_the_upload_arrives_if_one_stays() {
    let mut day = Bad::day(function(FunctionTab::Code), impatient(), |faulty| {
        faulty.always("UpdateFunctionCode", Fault::Hold);
    });
    day.window.wait_for_role(Role::Button, "Upload a ZIP");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.zip");
    let code = b"def handler(event, context):\n    return 'new'\n";
    std::fs::write(&path, zip_of("app.py", code)).unwrap();
    drop_file(&mut day.window, &path);
    day.window.click_role(Role::Button, "Review and upload");
    day.window.click_role(Role::Button, "Apply");
    let faulty = &day.faulty;
    day.window
        .wait_until("the upload", |_| faulty.count("UpdateFunctionCode") == 1);
    assert!(close(&mut day.window), "the window closed");
    day.window.wait_for("Close Sekisho?");
    assert!(day.window.has_part("is still running on orders-api"));
    day.window.click_role(Role::Button, "Stay");
    day.faulty.release();
    day.window.wait_until("the end", |window| {
        let actions: Vec<_> = window.core().store.actions().cloned().collect();
        matches!(actions[0].result, Some(Ok(_)))
    });
}
