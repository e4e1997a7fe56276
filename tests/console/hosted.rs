//! The sandbox of a window: it is saved, loaded and reset from it, destroying asks for its name, and what closing would
//! throw away is said. What hosts it is a stand-in here: the window knows no more of it than this.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use egui::{Key, Role};
use sekisho::hosted::Hosted;
use sekisho::route::{FunctionTab, Route};
use sekisho::store::BoxFuture;

use crate::window::{Live, Window};

/// What was asked of it, and where it keeps its state.
#[derive(Clone)]
struct StandIn {
    endpoint: String,
    folder: Option<PathBuf>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    fn ask(&self, what: String, answer: Result<(), String>) -> BoxFuture<Result<(), String>> {
        self.asked.lock().unwrap().push(what);
        Box::pin(async move { answer })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Hosted for StandIn {
    fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn folder(&self) -> Option<PathBuf> {
        self.folder.clone()
    }

    fn save(&self, file: PathBuf) -> BoxFuture<Result<(), String>> {
        self.ask(format!("save {}", file.display()), Ok(()))
    }

    fn load(&self, file: PathBuf) -> BoxFuture<Result<(), String>> {
        let why = "it is of a newer Sekisho".to_owned();
        self.ask(format!("load {}", file.display()), Err(why))
    }

    fn reset(&self) -> BoxFuture<Result<(), String>> {
        self.ask("reset".into(), Ok(()))
    }
}

fn hosted(kept: bool) -> (Window, Live, StandIn) {
    let (mut window, live) = Window::over_samples(Some(Route::Functions));
    let own = StandIn {
        endpoint: live.endpoint(),
        folder: kept.then(|| PathBuf::from("/home/ana/.local/share/sekisho/sandbox")),
        asked: Arc::default(),
    };
    window.wait_for_role(Role::Row, "orders-api");
    window.core().hosted = Some(Arc::new(own.clone()));
    (window, live, own)
}

/// Runs a command as people find it.
fn run(window: &mut Window, words: &str) {
    window.press_with(egui::Modifiers::COMMAND, Key::K);
    window.settle();
    window.type_text(words);
    window.settle();
    window.press(Key::Enter);
    window.settle();
}

#[test]
fn resetting_the_sandbox_says_what_goes_and_waits_for_its_name() {
    let (mut window, _live, own) = hosted(true);
    run(&mut window, "Reset the sandbox…");
    window.wait_for_part("Functions, packages, logs, metrics, roles, buckets");
    window.wait_for_part("/home/ana/.local/share/sekisho/sandbox");
    window.click_role(Role::Button, "Reset the sandbox");
    window.settle();
    assert_eq!(own.asked(), Vec::<String>::new());
    window.type_into("Type sandbox to confirm", "sandbox");
    window.click_role(Role::Button, "Reset the sandbox");
    window.wait_for_part("The sandbox is as new");
    assert_eq!(own.asked(), ["reset"]);
}

#[test]
fn a_file_that_is_refused_is_said_and_a_saved_one_named() {
    let (mut window, _live, own) = hosted(true);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.sekisho");
    run(&mut window, "Save the sandbox to a file…");
    window.wait_for_role(Role::TextInput, "Path");
    window.replace("Path", &file.display().to_string());
    window.click_role(Role::Button, "Save");
    window.wait_for_part("The sandbox is saved");
    std::fs::write(&file, "of a newer one").unwrap();
    run(&mut window, "Load a sandbox from a file…");
    window.wait_for_role(Role::TextInput, "Path");
    window.replace("Path", &file.display().to_string());
    window.click_role(Role::Button, "Open");
    window.type_into("Type sandbox to confirm", "sandbox");
    window.click_role(Role::Button, "Load the sandbox");
    window.wait_for_part("The sandbox was not loaded");
    window.wait_for_part("it is of a newer Sekisho");
    let path = file.display();
    assert_eq!(
        own.asked(),
        [format!("save {path}"), format!("load {path}")]
    );
}

#[test]
fn a_window_without_a_sandbox_says_so() {
    let (mut window, _live) = Window::over_samples(Some(Route::Functions));
    window.wait_for_role(Role::Row, "orders-api");
    run(&mut window, "Reset the sandbox…");
    assert!(!window.has_part("Type sandbox to confirm"));
}

#[test]
fn a_copied_link_names_the_place_the_part_and_its_range_and_leads_there_again() {
    let (mut window, _live, _own) = hosted(true);
    let there = Route::function_tab("orders-api", FunctionTab::Monitor);
    let link = "sekisho://functions/orders-api/monitor?sandbox&region=us-east-1&last=12h";
    window.go_to(link);
    window.wait_for_role(Role::Button, "Save as CSV");
    run(&mut window, "Copy a link to this screen");
    window.wait_for("The link is copied");
    window.wait_for(link);
    assert!(link.contains(&there.to_string()));
}
