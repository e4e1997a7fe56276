//! Links in the window: they lead to the place, they ask before they connect anywhere, and a second start's link is shown
//! in the window that runs.

use egui::Role;
use sekisho::instance::{Visit, Word};
use sekisho::route::Route;

use crate::window::{Live, Window, runtime};

fn outside(link: &str) -> Visit {
    Visit {
        link: link.parse().unwrap(),
        word: Word::Outside,
    }
}

impl Window {
    /// Follows a link from elsewhere.
    pub fn go_to(&mut self, link: &str) {
        self.arrive(outside(link));
    }

    fn arrive(&mut self, visit: Visit) {
        let app = self.harness().state_mut().as_mut().unwrap();
        app.arrive(visit);
    }

    fn endpoint_shown(&mut self) -> Option<String> {
        let core = self.core();
        let spec = core.session.spec(&core.store)?;
        spec.endpoint.clone()
    }
}

#[test]
fn a_link_to_the_connection_that_is_shown_leads_to_the_part_and_its_range() {
    let (mut window, live) = Window::over_samples(Some(Route::Functions));
    window.wait_for_role(Role::Row, "orders-api");
    let link = format!(
        "sekisho://functions/orders-api/monitor?endpoint={}&region=us-east-1&last=12h",
        live.endpoint()
    );
    window.arrive(outside(&link));
    window.wait_for_role(Role::Tab, "orders-api");
    window.wait_until("the monitor, without a question", |window| {
        !window.has_part("A link wants") && window.has_role(Role::Button, "Save as CSV")
    });
}

#[test]
fn a_copied_link_names_the_place_the_part_and_its_range() {
    let (mut window, live) = Window::over_samples(Some(Route::Functions));
    window.wait_for_role(Role::Row, "orders-api");
    let endpoint = sekisho::route::escape(&live.endpoint());
    let link = format!(
        "sekisho://functions/orders-api/monitor?endpoint={endpoint}&region=us-east-1&last=12h"
    );
    window.arrive(outside(&link));
    window.wait_for_role(Role::Button, "Save as CSV");
    window.press_with(egui::Modifiers::COMMAND, egui::Key::K);
    window.settle();
    window.type_text("Copy a link to this screen");
    window.settle();
    window.press(egui::Key::Enter);
    window.wait_for("The link is copied");
    window.wait_for(&link);
}

#[test]
fn a_link_to_an_unknown_endpoint_asks_and_is_not_followed_unless_the_person_says_so() {
    let (mut window, live) = Window::over_samples(Some(Route::Functions));
    let other = Live::start(&runtime(), true);
    window.wait_for_role(Role::Row, "orders-api");
    let link = format!("sekisho://functions?endpoint={}", other.endpoint());
    let title = format!("A link wants to connect to {}", other.endpoint());

    window.arrive(outside(&link));
    window.wait_for(&title);
    window.wait_for("None of your keys is sent there.");
    window.click_role(Role::Button, "Don't");
    window.wait_until_gone(&title);
    assert_eq!(window.endpoint_shown(), Some(live.endpoint()));

    window.arrive(outside(&link));
    window.wait_for(&title);
    // Another link does not take the question's place.
    window.arrive(outside("sekisho://functions?endpoint=https://evil.example"));
    window.settle();
    window.wait_for(&title);
    window.click_role(Role::Button, "Connect");
    window.wait_until("the other endpoint", |window| {
        window.endpoint_shown() == Some(other.endpoint())
    });
    window.wait_for("A link wants to connect to https://evil.example");
    window.click_role(Role::Button, "Don't");
    window.settle();
    assert_eq!(window.endpoint_shown(), Some(other.endpoint()));
}
