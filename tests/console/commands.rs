//! What holds for every command of the table, seen through the window.

use egui::{Key, Modifiers, Role};
use sekisho::command::{Command, Screen};
use sekisho::route::Route;

use crate::window::Window;

/// Runs a command from the palette, as a person does who knows its words.
fn run(window: &mut Window, command: Command) {
    window.press_with(Modifiers::COMMAND, Key::K);
    window.wait_for("Search everything");
    window.type_text(command.text());
    window.wait_for_role(Role::ListBoxOption, command.text());
    window.press(Key::Enter);
}

#[test]
fn every_dangerous_command_waits_for_the_resources_name() {
    let dangerous: Vec<Command> = Command::ALL
        .iter()
        .copied()
        .filter(|command| command.is_dangerous())
        .collect();
    assert!(!dangerous.is_empty());
    for command in dangerous {
        let place = match command.spec().screen {
            Screen::Function => Route::function("fraud-score"),
            // `hosted` walks through these, over a window that hosts an endpoint.
            Screen::Anywhere if matches!(command, Command::LoadSandbox | Command::ResetSandbox) => {
                continue;
            }
            screen => panic!("where is {command:?} done, which belongs to {screen:?}?"),
        };
        let (mut window, _live) = Window::over_samples(Some(place));
        window.wait_for_part("CloudWatch Logs, ");
        run(&mut window, command);
        window.wait_for_role(Role::TextInput, "Type fraud-score to confirm");
        // Neither Enter nor the keys of Apply do it before the name stands there.
        window.press(Key::Enter);
        window.press_with(Modifiers::COMMAND, Key::Enter);
        window.type_into("Type fraud-score to confirm", "fraud");
        window.press_with(Modifiers::COMMAND, Key::Enter);
        assert!(window.has_role(Role::TextInput, "Type fraud-score to confirm"));
        assert_eq!(window.core().store.actions().count(), 0, "{command:?}");
    }
}

#[test]
fn the_palette_finds_by_other_words_and_says_what_lacks() {
    let (mut window, _live) = Window::over_samples(Some(Route::Functions));
    window.wait_for("6 functions");
    window.press_with(Modifiers::COMMAND, Key::K);
    window.type_text("discard");
    window.wait_for_role(Role::ListBoxOption, Command::Revert.text());
    // Enter on it does nothing, and the palette stays: the reason stands beside it.
    window.press(Key::Enter);
    assert!(window.has_role(Role::ListBoxOption, Command::Revert.text()));
    window.press(Key::Escape);
    window.press_with(Modifiers::COMMAND, Key::K);
    window.type_text("journl");
    window.press(Key::Enter);
    window.wait_for_role(Role::Tab, "Activity");
}

#[test]
fn the_palette_knows_verbs_and_asks_which_function_and_loads_what_is_not_loaded() {
    // Nothing has asked for the list yet: the palette does.
    let logs = Route::function_tab("session-cleanup", sekisho::route::FunctionTab::Logs);
    let (mut window, _live) = Window::over_samples(Some(logs));
    window.wait_for("Hide the platform's lines");
    window.press_with(Modifiers::COMMAND, Key::K);
    window.type_text("ordrs-apo");
    window.wait_for_role(Role::ListBoxOption, "orders-api");
    window.press(Key::Enter);
    window.wait_for_role(Role::Tab, "orders-api");
    window.press_with(Modifiers::COMMAND, Key::K);
    window.type_text("fraud > conf");
    window.wait_for_role(Role::ListBoxOption, "fraud-score > Configuration");
    window.press(Key::Enter);
    window.wait_for_part("Memory");
    // A command without its function asks for it; its name is still to be typed.
    window.click_role(Role::Button, "Activity");
    window.wait_for_role(Role::Tab, "Journal");
    run(&mut window, Command::DeleteFunction);
    window.type_text("fraud");
    window.wait_for_role(Role::ListBoxOption, "fraud-score");
    window.press(Key::Enter);
    window.wait_for_role(Role::TextInput, "Type fraud-score to confirm");
    window.press(Key::Escape);
    // Opened lately, it stands first before anything is typed.
    window.press_with(Modifiers::COMMAND, Key::K);
    window.wait_for("Recent");
}
