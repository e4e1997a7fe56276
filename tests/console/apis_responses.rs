//! What a method answers, edited in the window: statuses, patterns, headers, templates; applied step by step, served, taken back.

use egui::{Key, Modifiers, Role};

use crate::apis_flow::ready;
use crate::window::Window;

fn answers(window: &Window, shop: &crate::apis_flow::Shop) -> Vec<(String, Option<String>)> {
    let method = shop.method(window, "POST");
    let integration = method.method_integration().cloned().unwrap();
    let responses = integration.integration_responses().cloned();
    let mut all: Vec<(String, Option<String>)> = responses
        .unwrap_or_default()
        .into_iter()
        .map(|(code, of)| (code, of.selection_pattern().map(str::to_owned)))
        .collect();
    all.sort();
    all
}

fn applied(window: &Window) -> Option<String> {
    let mut names = window.names().into_iter();
    names.find(|name| name.starts_with("Changed POST /orders/{id}"))
}

#[test]
fn a_status_is_added_with_its_header_and_body_answered_and_taken_back() {
    let (mut window, _live, shop) = ready();
    crate::apis_flow::Shop::choose(&mut window, "POST");
    window.press_with(Modifiers::ALT, Key::Num4);
    window.wait_for("Status of a new answer");
    window.replace("Status of a new answer", "99");
    window.wait_for_part("Add answer");
    window.replace("Status of a new answer", "404");
    window.click("Add answer: Status of a new answer");
    window.wait_for("Pattern of 404");
    window.replace("Pattern of 404", "4\\d{2}");
    window.replace("Header that 404 sets", "X-Why");
    window.click("Set a header: Header that 404 sets");
    window.wait_for_part("is taken from integration.response.header");
    window.replace("header.X-Why of 404 from", "'nothing there'");
    window.replace("Media type of a template of 404", "application/json");
    window.click("Add template: Media type of a template of 404");
    window.wait_for("Template application/json of 404");
    window.replace("Template application/json of 404", "{\"why\": \"gone\"}");
    // What answers is declared by itself.
    window.press_with(Modifiers::ALT, Key::Num5);
    window.wait_for("header.X-Why");
    window.press_with(Modifiers::COMMAND, Key::S);
    window.wait_for_part("aws apigateway put-method-response");
    window.wait_for_part("aws apigateway put-integration-response");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_until("the answer", |window| answers(window, &shop).len() == 2);
    assert_eq!(
        answers(&window, &shop),
        [
            ("200".to_owned(), None),
            ("404".to_owned(), Some("4\\d{2}".to_owned()))
        ]
    );
    // A mock whose template says 404 is answered so.
    let tried = window.block_on(async {
        let call = shop.client.update_integration().rest_api_id(&shop.api);
        let patch = aws_sdk_apigateway::types::PatchOperation::builder()
            .op(aws_sdk_apigateway::types::Op::Replace)
            .path("/requestTemplates/application~1json")
            .value("{\"statusCode\": 404}");
        let call = call.resource_id(&shop.resource).http_method("POST");
        call.patch_operations(patch.build()).send().await.unwrap();
        let call = shop.client.test_invoke_method().rest_api_id(&shop.api);
        let call = call.resource_id(&shop.resource).http_method("POST");
        call.path_with_query_string("/orders/7")
            .body("{}")
            .send()
            .await
            .unwrap()
    });
    assert_eq!(tried.status(), 404);
    assert_eq!(tried.body(), Some("{\"why\": \"gone\"}"));
    let headers = tried.headers().unwrap();
    assert_eq!(headers["X-Why"], "nothing there");
    window.click_role(Role::Button, "Activity");
    window.click_role(Role::Tab, "Journal");
    window.wait_until("the change in the journal", |window| {
        applied(window).is_some()
    });
    let row = applied(&window).unwrap();
    window.click_role(Role::Row, &row);
    window.click_role(Role::Button, "Undo");
    window.wait_for_part("aws apigateway delete-integration-response");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_until("the answer gone", |window| {
        answers(window, &shop).len() == 1
    });
    window.wait_until("the status not declared", |window| {
        let method = shop.method(window, "POST");
        method.method_responses().is_some_and(|all| all.len() == 1)
    });
}

#[test]
fn a_status_that_answers_need_is_not_taken_away_and_what_goes_can_be_brought_back() {
    let (mut window, _live, shop) = ready();
    crate::apis_flow::Shop::choose(&mut window, "POST");
    window.press_with(Modifiers::ALT, Key::Num5);
    window.click("Remove status 200");
    window.wait_for("Bring back status 200");
    window.press_with(Modifiers::ALT, Key::Num4);
    window.wait_for("200 is not declared in the method response");
    window.click("Remove answer 200");
    window.wait_for("Bring back answer 200");
    window.click("Bring back answer 200");
    window.wait_for("Remove answer 200");
    window.press_with(Modifiers::ALT, Key::Num5);
    window.click("Bring back status 200");
    window.wait_until_gone("Review changes");
    assert_eq!(answers(&window, &shop).len(), 1);
}
