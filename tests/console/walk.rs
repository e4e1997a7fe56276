//! The walk that the product is for, as a person does it: connect, find, change the memory, upload, invoke, read the log.

use std::io::Write as _;

use egui::{Key, Modifiers, Role};
use sekisho::route::{FunctionTab, Route};

use crate::window::Window;

fn latest(
    window: &Window,
    endpoint: &str,
    name: &str,
) -> aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput {
    let credentials = aws_sdk_lambda::config::Credentials::new("test", "test", None, None, "test");
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(aws_sdk_lambda::config::BehaviorVersion::latest())
        .region(aws_sdk_lambda::config::Region::new("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .build();
    let client = aws_sdk_lambda::Client::from_conf(config);
    let call = client
        .get_function_configuration()
        .function_name(name)
        .send();
    window.block_on(call).unwrap()
}

/// A package whose function answers with what the walk looks for.
fn package(folder: &std::path::Path) -> std::path::PathBuf {
    let path = folder.join("orders.zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    writer
        .start_file("app.py", zip::write::SimpleFileOptions::default())
        .unwrap();
    let code = "def handler(event, context):\n    print('walked by', event['who'])\n    return {'walked': True, 'memory': context.memory_limit_in_mb}\n";
    writer.write_all(code.as_bytes()).unwrap();
    writer.finish().unwrap();
    path
}

#[test]
fn a_person_finds_a_function_changes_its_memory_uploads_a_zip_invokes_it_and_reads_its_log() {
    let (mut window, live) = Window::over_samples(None);

    // Connect: who one is stands in the bar before anything else.
    window.wait_for_part("Connection sandbox sekisho-sandbox 0000-0000-0000 · us-east-1");

    // Find: the filter leaves one row, Enter opens it.
    window.wait_for_role(Role::Row, "orders-api");
    window.press(Key::Slash);
    window.type_text("orders");
    window.wait_until("one row", |window| {
        !window.has_role(Role::Row, "fraud-score")
    });
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    window.wait_for_role(Role::Tab, "orders-api");

    // Change the memory: a wrong value is told at once, a right one is reviewed and applied.
    window.click_role(Role::Tab, "Configuration");
    window.replace("Memory", "64");
    window.wait_for_part("128 to 10,240 MB");
    window.replace("Memory", "320");
    window.wait_for("1 change");
    window.click("Review changes");
    window.wait_for_part("--memory-size 320");
    window.click("Apply");
    window.wait_for("orders-api has the new configuration");
    let configuration = latest(&window, &live.endpoint(), "orders-api");
    assert_eq!(configuration.memory_size(), Some(320));

    // Upload: the package is checked, compared with what is deployed, and goes up.
    let folder = tempfile::tempdir().unwrap();
    let zip = package(folder.path());
    let before = configuration.code_sha256().unwrap().to_owned();
    upload(&mut window, &zip);
    let configuration = latest(&window, &live.endpoint(), "orders-api");
    assert_ne!(configuration.code_sha256().unwrap(), before);

    // Invoke: what comes back is what that package does, with the memory that was set.
    window.click_role(Role::Tab, "Test");
    window.replace("Event JSON", r#"{"who": "a person"}"#);
    window.press_with(Modifiers::COMMAND, Key::Enter);
    window.wait_for("Succeeded");
    window.wait_for_part("320 MB");

    // Read the log: the function's own line and the report stand in it.
    window.click_role(Role::Tab, "Logs");
    window.wait_for_part("walked by a person");
    window.wait_for_part("REPORT");

    // And all of it is written down.
    window.click_role(Role::Button, "Activity");
    window.click_role(Role::Tab, "Journal");
    window.wait_for_part("Updated the configuration");
}

/// Through the Code part: choose by a typed path, look at what changes, review, apply.
fn upload(window: &mut Window, zip: &std::path::Path) {
    window.click_role(Role::Tab, "Code");
    window.click_role(Role::RadioButton, "New package");
    window.replace("Path of a ZIP", zip.to_str().unwrap());
    window.press(Key::Enter);
    window.wait_for_part("1 changed");
    window.click("Review and upload");
    window.wait_for_part("update-function-code");
    // The dialog takes its size over the first frames.
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for_part("runs the new package");
}

#[test]
fn a_locked_connection_drafts_and_reviews_but_does_not_apply() {
    let open = Route::function_tab("orders-api", FunctionTab::Configuration);
    let (mut window, _live) = Window::over_samples(Some(open));
    window.wait_for("Memory");
    window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::L);
    window.wait_for("Locked · read-only");
    window.replace("Memory", "320");
    window.wait_for("1 change");
    window.wait_for("Read-only: draft and review, but not apply.");
    window.press_with(Modifiers::COMMAND, Key::S);
    window.wait_for_part("--memory-size 320");
    window.settle();
    window.press_with(Modifiers::COMMAND, Key::Enter);
    window.settle();
    assert!(window.has("Cancel"), "the review stays: nothing was sent");
    assert!(!window.has("orders-api has the new configuration"));
    window.click("Cancel");
    window.click("Unlock, to apply changes");
    window.wait_until_gone("Read-only: draft and review, but not apply.");
}

#[test]
fn a_dirty_form_is_asked_about_before_its_tab_closes() {
    let open = Route::function_tab("orders-api", FunctionTab::Configuration);
    let (mut window, _live) = Window::over_samples(Some(open));
    window.replace("Memory", "320");
    window.wait_for("1 change");
    window.press_with(Modifiers::COMMAND, Key::W);
    window.wait_for("Close the tab?");
    window.click("Stay");
    assert_eq!(window.value("Memory"), "320");
    window.press_with(Modifiers::COMMAND, Key::W);
    window.click("Close and lose it");
    window.wait_until_gone("Revert all");
}

#[test]
fn the_palette_jumps_to_a_function_by_fuzzy_name() {
    let (mut window, _live) = Window::over_samples(None);
    window.wait_for_role(Role::Row, "orders-api");
    window.press_with(Modifiers::COMMAND, Key::K);
    window.type_text("thmbrsz");
    window.press(Key::Enter);
    window.wait_for_role(Role::Tab, "thumbnail-resize");
}

#[test]
fn a_tab_split_to_the_side_shows_both_screens_at_once() {
    let (mut window, _live) = Window::over_samples(None);
    window.wait_for_role(Role::Row, "orders-api");
    window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::A);
    window.wait_for_role(Role::Tab, "Journal");
    assert!(!window.has_role(Role::Row, "orders-api"));
    window.press_with(Modifiers::COMMAND, Key::Backslash);
    window.wait_for_role(Role::Row, "orders-api");
    window.wait_for_role(Role::Tab, "Journal");
}

#[test]
fn a_change_of_the_memory_is_taken_back_from_the_journal_once() {
    let open = Route::function_tab("orders-api", FunctionTab::Configuration);
    let (mut window, live) = Window::over_samples(Some(open));
    window.replace("Memory", "320");
    window.click("Review changes");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for("orders-api has the new configuration");
    window.click_role(Role::Button, "Activity");
    // Work says what it changed, and offers the same.
    window.wait_for_part("256 MB → 320 MB");
    window.click_role(Role::Button, "Undo “Update configuration” of orders-api");
    window.wait_for_part("--memory-size 256");
    window.settle();
    window.click_role(Role::Button, "Cancel");
    window.click_role(Role::Tab, "Journal");
    window.wait_for_part("Updated the configuration, orders-api, ");
    let names = window.names();
    let row = names
        .iter()
        .find(|name| name.starts_with("Updated the configuration, orders-api, "));
    let row = row.unwrap().clone();
    window.click_role(Role::Row, &row);
    window.click_role(Role::Button, "Undo");
    window.wait_for_part("--memory-size 256");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for("orders-api has its earlier configuration again");
    assert_eq!(
        latest(&window, &live.endpoint(), "orders-api").memory_size(),
        Some(256)
    );
    window.click_role(Role::Row, &row);
    window.click_role(Role::Button, "Undo");
    assert!(!window.has("Apply"), "it is offered once");
}

#[test]
fn a_look_takes_the_place_of_the_last_one_and_what_is_looked_at_further_stays() {
    let (mut window, _live) = Window::over_samples(None);
    window.click_role(Role::Row, "orders-api");
    window.wait_for_role(Role::Tab, "orders-api");
    window.click_role(Role::Tab, "Functions");
    window.click_role(Role::Row, "thumbnail-resize");
    window.wait_for_role(Role::Tab, "thumbnail-resize");
    assert!(!window.has_role(Role::Tab, "orders-api"));
    window.click_role(Role::Tab, "Configuration");
    window.click_role(Role::Tab, "Functions");
    window.click_role(Role::Row, "orders-api");
    window.wait_for_role(Role::Tab, "orders-api");
    assert!(window.has_role(Role::Tab, "thumbnail-resize"));
}

#[test]
fn a_change_is_taken_back_from_its_message_and_its_values_are_seen_only_when_asked_for() {
    let open = Route::function_tab("orders-api", FunctionTab::Configuration);
    let (mut window, live) = Window::over_samples(Some(open));
    window.replace("Memory", "320");
    window.click("Add variable");
    let names = window.names();
    let name = names
        .iter()
        .find(|name| name.starts_with("Name of variable"));
    let number = names
        .iter()
        .filter(|name| name.starts_with("Name of variable"))
        .count();
    assert!(name.is_some());
    window.type_into(&format!("Name of variable {number}"), "SECRET_CODE");
    window.type_into("Value of SECRET_CODE", "s3same");
    window.click("Review changes");
    window.wait_for_part("ask_line SECRET_CODE");
    assert!(!window.has_part("s3same"));
    window.click_role(Role::Button, "Show values");
    window.wait_for_part("s3same");
    window.click_role(Role::Button, "Hide values");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for("orders-api has the new configuration");
    window.click_role(Role::Button, "Undo: Update configuration");
    window.wait_for_part("--memory-size 256");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for("orders-api has its earlier configuration again");
    let now = latest(&window, &live.endpoint(), "orders-api");
    assert_eq!(now.memory_size(), Some(256));
    let there = now.environment().and_then(|e| e.variables());
    assert!(there.is_none_or(|all| !all.contains_key("SECRET_CODE")));
}
