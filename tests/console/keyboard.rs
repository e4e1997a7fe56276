//! The window without a pointer: where the keyboard goes from screen to screen.

use egui::{Key, Modifiers, Rect, Role};
use egui_kittest::kittest::{NodeT, Queryable, by};
use sekisho::command::Command;
use sekisho::route::{FunctionTab, Route};

use crate::window::Window;

/// What has the keyboard: its role, its name, where it is.
fn focused(window: &mut Window) -> Option<(Role, String, Rect)> {
    let harness = window.harness();
    let mut found = harness.query_all(by().predicate(|node| node.is_focused()));
    let node = found.next()?;
    let accessible = node.accesskit_node();
    // The root has it where nothing else has.
    let has = !matches!(accessible.role(), Role::Window | Role::Unknown);
    let name = accessible.label().or_else(|| accessible.value());
    has.then(|| (accessible.role(), name.unwrap_or_default(), node.rect()))
}

fn name(window: &mut Window) -> String {
    focused(window).map(|(_, name, _)| name).unwrap_or_default()
}

/// Presses Tab until `wanted` has the keyboard, and gives the names on the way.
#[track_caller]
fn tab_to(window: &mut Window, modifiers: Modifiers, wanted: &str) -> Vec<String> {
    let mut names = Vec::new();
    for _ in 0..80 {
        window.press_with(modifiers, Key::Tab);
        let now = name(window);
        if now == wanted {
            return names;
        }
        names.push(now);
    }
    panic!("Tab does not come to {wanted}: {names:#?}");
}

#[test]
fn a_function_that_is_opened_with_enter_has_the_keyboard_and_escape_leads_back() {
    let (mut window, _live) = Window::over_samples(None);
    window.wait_for_role(Role::Row, "orders-api");
    window.press(Key::Slash);
    window.type_text("orders-api");
    window.wait_until("one row", |window| {
        !window.has_role(Role::Row, "fraud-score")
    });
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    window.wait_until("the part in front", |window| {
        focused(window).is_some_and(|(role, name, _)| role == Role::Tab && name == "Overview")
    });
    window.press(Key::ArrowRight);
    window.wait_for("Event JSON");
    assert_eq!(name(&mut window), "Test");
    window.press(Key::ArrowLeft);
    window.wait_until_gone("Event JSON");
    assert_eq!(name(&mut window), "Overview");
    window.press(Key::Escape);
    window.wait_for_role(Role::Row, "orders-api");
}

#[test]
fn every_stop_of_an_overview_is_in_view_wide_and_narrow() {
    for width in [1440.0, 420.0] {
        let open = Route::function("orders-api");
        let (mut window, _live) = Window::over_samples(Some(open));
        window.harness().set_size(egui::vec2(width, 900.0));
        window.wait_for_role(Role::Tab, "Overview");
        window.wait_for("Facts");
        let tabs = window
            .harness()
            .get_by_role_and_label(Role::Tab, "Overview");
        let top = tabs.rect().bottom();
        tab_to(&mut window, Modifiers::NONE, "Overview");
        let mut below = 0;
        for _ in 0..120 {
            window.press(Key::Tab);
            // What it comes to is scrolled to with the frames after.
            window.settle();
            let Some((role, name, place)) = focused(&mut window) else {
                continue;
            };
            // The parts' own row, and the window's bars once all of it was gone through.
            if place.bottom() <= top {
                match below {
                    0 => continue,
                    _ => break,
                }
            }
            below += 1;
            let seen = place.intersect(Rect::from_x_y_ranges(0.0..=width, top..=900.0));
            let enough = place.height().min(48.0) - 1.0;
            assert!(
                seen.height() >= enough,
                "{width}: {role:?} {name} at {place}"
            );
        }
        assert!(below > 10, "{width}: {below} stops");
    }
}

#[test]
fn after_the_event_tab_comes_to_the_result_and_the_runs() {
    let open = Route::function_tab("orders-api", FunctionTab::Test);
    let (mut window, _live) = Window::over_samples(Some(open));
    window.wait_for("Event JSON");
    window.replace("Event JSON", "{}");
    window.press_with(Modifiers::COMMAND, Key::Enter);
    window.wait_for("Show in Logs");
    assert_eq!(name(&mut window), "Event JSON");
    window.press(Key::Tab);
    assert_eq!(name(&mut window), "Event JSON", "there Tab indents");
    window.press(Key::Escape);
    assert_eq!(focused(&mut window), None);
    let between = tab_to(&mut window, Modifiers::NONE, "Show in Logs");
    assert!(between.len() < 12, "{between:?}");
    assert!(
        !between.contains(&"Search functions and commands".to_owned()),
        "{between:?}"
    );
    tab_to(&mut window, Modifiers::NONE, "Runs");
    tab_to(&mut window, Modifiers::SHIFT, "Event JSON");
}

#[test]
fn a_dialog_gives_the_keyboard_back_and_the_list_of_keys_begins_inside() {
    let open = Route::function_tab("orders-api", FunctionTab::Configuration);
    let (mut window, _live) = Window::over_samples(Some(open));
    window.wait_for("Memory");
    window.replace("Memory", "320");
    window.wait_for("1 change");
    let memory = name(&mut window);
    for (key, modifiers, inside) in [
        (Key::F1, Modifiers::NONE, "Close"),
        (Key::S, Modifiers::COMMAND, "Cancel"),
        (Key::K, Modifiers::COMMAND, "Search everything"),
        (Key::W, Modifiers::COMMAND, "Stay"),
        (
            Key::P,
            Modifiers::COMMAND | Modifiers::SHIFT,
            "Search connections",
        ),
    ] {
        window.press_with(modifiers, key);
        window.wait_until(inside, |window| {
            let name = name(window);
            name == inside || key == Key::F1 && name == "Commands and their keys"
        });
        window.press(Key::Escape);
        window.wait_until("the field again", |window| name(window) == memory);
    }
}

#[test]
fn a_key_leads_from_pane_to_pane_and_the_tabs_of_one_go_round_in_it() {
    let (mut window, _live) = Window::over_samples(None);
    for (function, other) in [("orders-api", "fraud-score"), ("fraud-score", "orders-api")] {
        window.wait_for_role(Role::Row, "orders-api");
        window.press(Key::Slash);
        window.press_with(Modifiers::COMMAND, Key::A);
        window.type_text(function);
        window.wait_until("one row", |window| {
            window.has_role(Role::Row, function) && !window.has_role(Role::Row, other)
        });
        window.press(Key::ArrowDown);
        window.press(Key::Enter);
        window.wait_for_role(Role::Tab, function);
        // It is more than a look.
        window.press_with(Modifiers::ALT, Key::Num3);
        window.wait_for("Memory");
        if function == "orders-api" {
            window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
        }
    }
    window.press_with(Modifiers::COMMAND, Key::Backslash);
    window.settle();
    let pane = |window: &mut Window, key, modifiers| {
        window.press_with(modifiers, key);
        window.settle();
        name(window)
    };
    // Left are the list and one function, right is the other.
    let left = pane(&mut window, Key::F6, Modifiers::NONE);
    assert_ne!(left, "fraud-score");
    let right = pane(&mut window, Key::F6, Modifiers::NONE);
    assert_eq!(right, "fraud-score");
    assert_eq!(pane(&mut window, Key::F6, Modifiers::SHIFT), left);
    // And the commands of the tabs act on that side alone.
    for _ in 0..3 {
        window.press_with(Modifiers::COMMAND, Key::PageDown);
        window.settle();
        let tab = window
            .harness()
            .get_by_role_and_label(Role::Tab, "fraud-score");
        let in_front = egui::accesskit::Toggled::True;
        assert_eq!(tab.accesskit_node().toggled(), Some(in_front));
    }
}

#[test]
fn the_list_of_keys_has_those_that_lead_from_pane_to_pane() {
    let keys = |command: Command| command.keys_text();
    assert_eq!(keys(Command::NextPane), "F6");
    assert_eq!(keys(Command::PreviousPane), "Shift+F6");
}

#[test]
fn no_sign_of_the_icon_font_is_read_out() {
    let (mut window, _live) = Window::over_samples(None);
    window.wait_for_role(Role::Row, "orders-api");
    let read = |window: &mut Window, place: &str| {
        let signs = |name: &String| name.chars().any(|c| ('\u{e000}'..='\u{f8ff}').contains(&c));
        let found: Vec<String> = window.names().into_iter().filter(signs).collect();
        let found: Vec<String> = found
            .iter()
            .map(|name| name.escape_unicode().to_string())
            .collect();
        assert!(found.is_empty(), "{place}: {found:?}");
    };
    read(&mut window, "the list");
    window.click("orders-api");
    for part in FunctionTab::ALL {
        window.click_role(Role::Tab, part.title());
        window.settle();
        read(&mut window, part.title());
    }
    window.press(Key::F1);
    read(&mut window, "the keys");
    window.press(Key::Escape);
    window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    window.wait_for("Search connections");
    read(&mut window, "the connections");
}
