//! Connections through the window: who one is, switching, the picker, marks and locks.

use sekisho::route::Route;

use crate::window::Window;

#[test]
fn the_window_says_who_one_is_and_lists_the_samples() {
    let (mut window, _live) = Window::over_samples(Some(Route::Functions));
    window.wait_for_part("Connection sandbox");
    window.wait_for_part("0000");
}
