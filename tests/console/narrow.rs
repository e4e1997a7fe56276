//! Every screen in panes of every width, down to what a divider dragged to the edge leaves: it comes to rest, for a window that
//! draws itself anew in every frame takes a core for as long as it is open.

use std::time::{Duration, Instant};

use egui::{Key, Modifiers, Role, pos2, vec2};
use sekisho::route::{FunctionTab, Route};

use crate::triage::{DECLINED, invoke};
use crate::window::Window;

/// How wide a pane is left, in points; the rail of icons comes on top.
const WIDTHS: [f32; 6] = [24.0, 60.0, 120.0, 220.0, 300.0, 372.0];
const RAIL: f32 = 48.0;
/// A screen at one width moves no longer than this.
const MOST: Duration = Duration::from_secs(20);
/// A frame that is wanted sooner than this is wanted at once.
const SOON: Duration = Duration::from_millis(10);

fn screens() -> Vec<Route> {
    let name = "orders-api";
    let parts = FunctionTab::ALL.into_iter();
    let mut screens: Vec<_> = parts.map(|part| Route::function_tab(name, part)).collect();
    screens.extend([
        Route::failures(name),
        Route::Functions,
        Route::Activity,
        Route::CreateFunction,
    ]);
    screens
}

/// Draws frames until none is asked for at once; gives what asks for more where that does not end.
fn unrest(window: &mut Window) -> Option<String> {
    let end = Instant::now() + MOST;
    loop {
        let why = match window.harness().try_run() {
            Err(error) => error.to_string(),
            Ok(_) => {
                let left = delay(window);
                if left >= SOON {
                    return None;
                }
                format!("the next frame is wanted in {left:?}")
            }
        };
        if Instant::now() > end {
            return Some(why);
        }
        // Answers come in: each is a frame.
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// In how long the next frame is wanted.
fn delay(window: &mut Window) -> Duration {
    let outputs = &window.harness().output().viewport_output;
    outputs[&egui::ViewportId::ROOT].repaint_delay
}

fn unrest_at_every_width(window: &mut Window, what: &str) -> Vec<String> {
    let mut restless = Vec::new();
    for height in [900.0, 160.0, 124.0, 110.0, 60.0] {
        for width in WIDTHS {
            let size = vec2(RAIL + width, height);
            window.harness().set_size(size);
            // With the pointer outside, and on what is in the middle.
            for at in [pos2(-10.0, -10.0), pos2(RAIL + width / 2.0, height * 0.6)] {
                window.harness().hover_at(at);
                let why = unrest(window);
                restless
                    .extend(why.map(|why| format!("{what} at {size:?}, pointer at {at:?}: {why}")));
            }
        }
    }
    window.harness().set_size(vec2(1200.0, 900.0));
    restless
}

#[test]
fn every_screen_comes_to_rest_at_every_width() {
    let (mut window, live) = Window::over_samples(None);
    window.wait_for_role(Role::Row, "orders-api");
    invoke(&window, &live, "orders-api", DECLINED, 2);
    window.wait_for_part("2 errors in 15 min of orders-api");
    let mut restless = Vec::new();
    for screen in screens() {
        window.go_to(&format!("sekisho://{screen}"));
        window.settle();
        window.wait_until("an end of loading", |window| !window.has_part("Loading"));
        restless.extend(unrest_at_every_width(&mut window, &screen.to_string()));
    }
    // What is pressed for first.
    for (link, label) in [
        ("functions/orders-api/code", "Versions"),
        ("functions/orders-api/code", "New package"),
        ("functions/orders-api/test", "Invoke"),
        ("activity", "Calls"),
        ("activity", "Journal"),
    ] {
        window.go_to(&format!("sekisho://{link}"));
        window.settle();
        window.click(label);
        restless.extend(unrest_at_every_width(
            &mut window,
            &format!("{label} of {link}"),
        ));
    }
    // Side by side, each with half of that.
    window.press_with(Modifiers::COMMAND, Key::Backslash);
    restless.extend(unrest_at_every_width(&mut window, "two panes"));
    assert!(restless.is_empty(), "{restless:#?}");
}
