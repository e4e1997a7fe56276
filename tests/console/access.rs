//! Who gets in and why a request is answered as it is, in the window: the template tester, "Why this answer?", resource
//! policies and authorizers.

use egui::{Key, Modifiers, Role};
use sekisho::route::Route;

use crate::apis_flow::{Shop, shop};
use crate::window::{Live, Window, runtime};

#[test]
fn a_template_is_rendered_as_it_is_typed_against_a_sample_of_its_own() {
    let runtime = runtime();
    let live = Live::start(&runtime, false);
    let shop = shop(&runtime, &live);
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(Route::api(&shop.api)));
    Shop::choose(&mut window, "GET");
    window.press_with(Modifiers::ALT, Key::Num2);
    window.wait_for("Template for application/json");
    window.wait_until("the output", |window| {
        window.value("Output of the template") == "{\"id\": 1}"
    });
    let typed = "{\"id\": \"$input.params('id')\", \"who\": \"$context.authorizer.principalId\"}";
    window.replace("Template for application/json", typed);
    window.wait_for("line 1: $input.params('id') has no value");
    window.wait_for("line 1: $context.authorizer.principalId has no value");
    window.click_role(Role::RadioButton, "Params");
    window.type_into("Sample path parameter id", "8841");
    window.wait_until("the value in the output", |window| {
        window.value("Output of the template") == "{\"id\": \"8841\", \"who\": \"\"}"
    });
    assert!(!window.has("line 1: $input.params('id') has no value"));
    // What is no template says where, and the output stays as it was.
    window.replace("Template for application/json", "{\n#if($a\n}");
    window.wait_for_part("Line 3, column ");
    assert_eq!(
        window.value("Output of the template"),
        "{\"id\": \"8841\", \"who\": \"\"}"
    );
    // What would never end is stopped.
    let endless =
        "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#end#end#end";
    window.replace("Template for application/json", endless);
    window.wait_for_part("The template ran more than 100000 steps.");
    // Another method has a sample of its own, and this one's is remembered.
    window.click_role(Role::TreeItem, "POST /orders/{id}");
    window.wait_for_part("Method request, NONE");
    window.press_with(Modifiers::ALT, Key::Num2);
    window.click_role(Role::RadioButton, "Params");
    window.wait_until("an empty sample", |window| {
        window.has("Sample path parameter id")
            && window.value("Sample path parameter id").is_empty()
    });
    window.click_role(Role::TreeItem, "GET /orders/{id}");
    window.wait_until("the sample", |window| {
        window.value("Sample path parameter id") == "8841"
    });
}
