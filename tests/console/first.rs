//! The first minute: what is real, what to try, a function of one's own, and the sandbox that needs no account.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Key, Role};
use sekisho::cloud::connection::machine::Machine;
use sekisho::core::{Core, Paths};
use sekisho::hosted::{Host, Hosted};
use sekisho::route::Route;
use sekisho::store::BoxFuture;

use crate::window::{Live, Window, runtime};

const REAL: &str = "This is a sandbox on your machine: nothing here reaches AWS.";

#[test]
fn the_list_says_what_is_real_and_leads_to_a_failure_and_its_reason() {
    let (mut window, _live) = Window::over_samples(Some(Route::Functions));
    window.wait_for(REAL);
    window.wait_for("Name: session-cleanup, sample");
    window.click("Break one and find why");
    // It runs for the two seconds of its timeout, and what opens says why that was too little.
    window.wait_for("Lines of this request");
    window.wait_for_part("Running out of time");
    window.wait_for_part("Task timed out after 2.00 seconds");
}

#[test]
fn an_event_that_works_is_ready_and_what_a_person_wrote_stays() {
    let (mut window, _live) = Window::over_samples(Some(Route::Functions));
    window.wait_for(REAL);
    window.click("Invoke one");
    window.wait_until("the event", |window| {
        window.value("Event JSON").contains("my-first-order")
    });
    window.click("Invoke");
    window.wait_for("Succeeded");
    window.wait_for_part("201");
}

#[test]
fn what_was_put_away_stays_away() {
    let (mut window, _live) = Window::over_samples(Some(Route::Functions));
    window.wait_for(REAL);
    window.click("Put this away for good");
    window.wait_until_gone(REAL);
    let kept: serde_json::Value = window.core().settings.get("guide").unwrap();
    assert_eq!(kept["away"], true);
}

#[test]
fn an_empty_sandbox_is_no_dead_end() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(Route::Functions));
    window.wait_for("No functions in us-east-1");
    assert!(!window.has(REAL), "there are no samples");
    window.click_role(Role::Button, "Create a function…");
    window.wait_for_role(Role::TextInput, "Name");
    // A wrong name is told while typing, and can't be reviewed.
    window.type_into("Name", "a b");
    window.wait_for_part("letters, digits, - and _ only");
    window.replace("Name", "greeter");
    window.wait_for("Free in us-east-1.");
    window.click("Review and create");
    window.wait_for_part("greeter-role: Lambda may assume it");
    window.wait_for_part("aws lambda create-function");
    window.settle();
    window.click_role(Role::Button, "Create the function");
    // It is shown where it can be tried, and runs.
    window.wait_for_role(Role::Tab, "greeter");
    window.wait_until("the event's editor", |window| {
        window.has_role(Role::MultilineTextInput, "Event JSON")
    });
    assert!(
        !window.has_role(Role::Tab, "Create function"),
        "it has done what it was for"
    );
    // Typed before it is known which function this is, and while the rest of the screen comes: nothing of it is lost.
    window.replace("Event JSON", r#"{"name": "An"#);
    window.wait_for("Active");
    window.settle();
    window.type_text(r#"a"}"#);
    assert_eq!(window.value("Event JSON"), r#"{"name": "Ana"}"#);
    window.click("Invoke");
    window.wait_for("Succeeded");
    window.wait_for_part("Hello, Ana");
}

/// What runs in this process, as the window may know it.
struct StandIn(String);

impl Hosted for StandIn {
    fn endpoint(&self) -> &str {
        &self.0
    }

    fn folder(&self) -> Option<PathBuf> {
        None
    }

    fn save(&self, _file: PathBuf) -> BoxFuture<Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    fn load(&self, _file: PathBuf) -> BoxFuture<Result<(), String>> {
        Box::pin(async { Ok(()) })
    }

    fn reset(&self) -> BoxFuture<Result<(), String>> {
        Box::pin(async { Ok(()) })
    }
}

/// Starts it, or says why not.
struct Starts(Result<String, String>);

impl Host for Starts {
    fn start(&self) -> BoxFuture<Result<Arc<dyn Hosted>, String>> {
        let started = self.0.clone();
        Box::pin(
            async move { started.map(|endpoint| Arc::new(StandIn(endpoint)) as Arc<dyn Hosted>) },
        )
    }
}

/// A window on a machine without any profile, connected to nothing.
fn without_account(host: Starts) -> Window {
    Window::new(&runtime(), None, move |handle, wake| {
        let machine = Machine::of(&[("HOME", "/nowhere")], &[]);
        let mut core = Core::on(machine, handle, wake, &Paths::default());
        core.host = Some(Arc::new(host));
        core
    })
}

#[test]
fn without_an_account_enter_opens_the_sandbox() {
    let live = Live::start(&runtime(), false);
    let mut window = without_account(Starts(Ok(live.endpoint())));
    window.wait_for_role(Role::Heading, "Without an account");
    window.wait_for_role(Role::ListBoxOption, "Sandbox on this machine");
    window.settle();
    window.press(Key::Enter);
    window.wait_for_part("Connection sandbox sekisho-sandbox");
    assert!(window.core().hosted.is_some());
}

#[test]
fn the_palette_starts_it_too_and_a_sandbox_that_cannot_start_says_why() {
    let why = "the state is in use by process 7";
    let mut window = without_account(Starts(Err(why.into())));
    window.wait_for_role(Role::ListBoxOption, "Sandbox on this machine");
    window.press(Key::Escape);
    window.press_with(egui::Modifiers::COMMAND, Key::K);
    window.wait_for("Search everything");
    window.type_text("playground");
    window.wait_for_role(Role::ListBoxOption, "Open the sandbox of this machine");
    window.press(Key::Enter);
    window.wait_for("The sandbox could not be started");
    window.wait_for_part(why);
}
