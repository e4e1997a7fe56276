//! The road from a list to the reason of a failure: which function fails most, its newest failure, the line that says why.

use egui::{Key, Role};
use sekisho::route::{FunctionTab, Route};

use crate::window::{Live, Window};

/// Invokes a sample of the sandbox, `times` over.
pub fn invoke(window: &Window, live: &Live, name: &str, event: &str, times: usize) {
    let credentials = aws_sdk_lambda::config::Credentials::new("test", "test", None, None, "test");
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(aws_sdk_lambda::config::BehaviorVersion::latest())
        .region(aws_sdk_lambda::config::Region::new("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(live.endpoint())
        .build();
    let client = aws_sdk_lambda::Client::from_conf(config);
    for _ in 0..times {
        let payload = aws_sdk_lambda::primitives::Blob::new(event.as_bytes().to_vec());
        let call = client.invoke().function_name(name).payload(payload).send();
        window.block_on(call).unwrap();
    }
}

/// An order whose card is declined.
pub const DECLINED: &str =
    r#"{"body": "{\"lines\": [{\"sku\": \"tea-01\"}], \"card\": \"40000000\"}"}"#;

/// A window over samples of which one has failed twice.
fn failing() -> (Window, Live) {
    let (mut window, live) = Window::over_samples(None);
    window.wait_for_role(Role::Row, "orders-api");
    invoke(&window, &live, "orders-api", DECLINED, 2);
    (window, live)
}

#[test]
fn three_steps_lead_from_the_list_to_the_line_that_says_why() {
    let (mut window, _live) = failing();
    // The list says by itself how many failed and which share that is, within seconds.
    window.wait_for("Errors: 2 · 100 %, 2 errors in 15 min");
    window.click("With errors");
    window.wait_until("one row", |window| {
        window.has_role(Role::Row, "orders-api") && !window.has_role(Role::Row, "fraud-score")
    });
    window.click_role(
        Role::Link,
        "2 errors in 15 min of orders-api, show the newest",
    );
    window.wait_for("Lines of this request");
    window.wait_for_part("card ending in 0000 was declined");
    assert_eq!(window.value("Filter lines"), "error");
}

#[test]
fn a_key_leads_from_the_selected_row_to_its_newest_failure() {
    let (mut window, _live) = failing();
    window.wait_for_part("2 errors in 15 min of orders-api");
    // Nothing is selected: that is said, and nothing opens.
    window.press(Key::E);
    window.wait_for("No function is selected");
    window.press(Key::Slash);
    window.type_text("orders");
    window.wait_until("one row", |window| {
        !window.has_role(Role::Row, "fraud-score")
    });
    window.press(Key::ArrowDown);
    window.press(Key::E);
    window.wait_for_part("card ending in 0000 was declined");
}

#[test]
fn a_link_leads_to_the_newest_failure_and_its_part_is_the_log() {
    let runtime = crate::window::runtime();
    let live = Live::start(&runtime, false);
    let spec = live.spec("sandbox");
    let open = Some(Route::failures("orders-api"));
    let mut window = Window::connected(&runtime, spec, open);
    invoke(&window, &live, "orders-api", DECLINED, 1);
    window.wait_for("Lines of this request");
    window.click_role(Role::Tab, FunctionTab::Monitor.title());
    window.wait_for_part("Success rate");
}

#[test]
fn cells_are_heard_with_their_column() {
    let (mut window, _live) = Window::over_samples(None);
    window.wait_for_role(Role::Row, "session-cleanup");
    for cell in [
        "Name: session-cleanup, sample",
        "Timeout: 2 s",
        "Memory: 256 MB",
        "Runtime: python3.12",
    ] {
        window.wait_for_role(Role::Cell, cell);
    }
}

#[test]
fn a_log_whose_endpoint_is_down_says_so_and_is_read_again_once_that_is_up() {
    let (mut window, mut live) = Window::over_samples(Some(Route::function("orders-api")));
    window.wait_for("Facts");
    let port = live.endpoint().rsplit(':').next().unwrap().parse().unwrap();
    live.stop();
    window.go_to("sekisho://functions/orders-api/logs");
    window.wait_for_part("Not read: log");
    assert!(!window.has_part("Loading log"));
    // Asked again while nobody is there, it says so again.
    window.click_role(Role::Button, "Read log");
    window.wait_for_part("Not read: log");
    assert!(!window.has_part("Loading log"));
    // Once somebody is, it goes on by itself: the button may be gone before it is pressed.
    let runtime = crate::window::runtime();
    let _again = Live::start_at(&runtime, false, port);
    window.wait_for("No log yet");
}

#[test]
fn a_samples_first_test_has_an_event_that_it_understands() {
    let (mut window, _live) = Window::over_samples(None);
    window.wait_for_role(Role::Row, "inventory-sync");
    for name in ["inventory-sync", "thumbnail-resize"] {
        window.go_to(&format!("sekisho://functions/{name}/test"));
        window.wait_until("its event", |window| {
            window.value("Event JSON").contains("Records")
        });
        window.click_role(Role::Button, "Invoke");
        window.wait_for("Succeeded");
    }
}
