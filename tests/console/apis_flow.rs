//! A method of an API in the window: the way of a request through it, its forms, what happens when somebody else changes it
//! meanwhile, and taking it away.

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::types::{AuthorizerType, IntegrationType, Op, PatchOperation};
use egui::{Key, Modifiers, Role};
use sekisho::cloud::{Cloud, Hooks};
use sekisho::route::Route;
use tokio::runtime::Runtime;

use crate::window::{Live, Window, runtime};

/// What a test makes before somebody looks.
pub struct Shop {
    pub client: Client,
    pub api: String,
    pub resource: String,
}

/// The URI by which API Gateway calls a function.
pub fn uri_of(function: &str) -> String {
    format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations")
}

/// An API with GET /orders/{id}, whose template shapes what a function gets, and OPTIONS, which a mock with an empty template
/// answers.
pub fn shop(runtime: &Runtime, live: &Live) -> Shop {
    let cloud = Cloud::new(live.spec("maker"), Hooks::quiet());
    runtime.block_on(async move {
        let client = cloud.apigateway().await.unwrap();
        let functions = cloud.lambda().await.unwrap().list_functions().send().await;
        let functions = functions.unwrap();
        let named = |name| {
            functions
                .functions()
                .iter()
                .find(|of| of.function_name() == Some(name))
        };
        let function = named("inventory-sync")
            .unwrap()
            .function_arn()
            .unwrap()
            .to_owned();
        let api = client.create_rest_api().name("shop").send().await.unwrap();
        let (id, root) = (api.id().unwrap(), api.root_resource_id().unwrap());
        let part = |parent: &str, part: &str| {
            let call = client.create_resource().rest_api_id(id);
            call.parent_id(parent).path_part(part).send()
        };
        let orders = part(root, "orders").await.unwrap();
        let resource = part(orders.id().unwrap(), "{id}").await.unwrap();
        let resource = resource.id().unwrap().to_owned();
        for verb in ["GET", "OPTIONS", "POST"] {
            let method = client.put_method().rest_api_id(id).resource_id(&resource);
            let method = method.http_method(verb).authorization_type("NONE");
            method.send().await.unwrap();
            let put = client
                .put_integration()
                .rest_api_id(id)
                .resource_id(&resource);
            let put = put.http_method(verb);
            let put = match verb {
                "GET" => put
                    .r#type(IntegrationType::Aws)
                    .integration_http_method("POST")
                    .uri(uri_of(&function))
                    .request_templates("application/json", "{\"id\": 1}"),
                "POST" => put
                    .r#type(IntegrationType::Mock)
                    .request_templates("application/json", "{\"statusCode\": 200}"),
                _ => put
                    .r#type(IntegrationType::Mock)
                    .request_templates("application/json", ""),
            };
            put.send().await.unwrap();
            let response = client.put_method_response().rest_api_id(id);
            let response = response.resource_id(&resource).http_method(verb);
            response.status_code("200").send().await.unwrap();
            let response = client.put_integration_response().rest_api_id(id);
            let response = response.resource_id(&resource).http_method(verb);
            let template =
                "{\"got\": \"$input.params('id')\", \"table\": \"$stageVariables.table\"}";
            let response = response.response_templates("application/json", template);
            response.status_code("200").send().await.unwrap();
        }
        client
            .create_authorizer()
            .rest_api_id(id)
            .name("tokens")
            .r#type(AuthorizerType::Token)
            .authorizer_uri(uri_of(&function))
            .identity_source("method.request.header.Authorization")
            .send()
            .await
            .unwrap();
        Shop {
            api: id.to_owned(),
            resource,
            client,
        }
    })
}

impl Shop {
    /// Chooses a method of it.
    pub fn choose(window: &mut Window, verb: &str) {
        let name = format!("{verb} /orders/{{id}}");
        window.wait_for_role(Role::TreeItem, &name);
        window.click_role(Role::TreeItem, &name);
        window.wait_for_part("Method request, NONE: open to everybody");
    }

    /// One of its methods, as it is now.
    pub fn method(
        &self,
        window: &Window,
        verb: &str,
    ) -> aws_sdk_apigateway::operation::get_method::GetMethodOutput {
        window.block_on(async {
            let call = self.client.get_method().rest_api_id(&self.api);
            let call = call.resource_id(&self.resource).http_method(verb);
            call.send().await.unwrap()
        })
    }

    fn timeout(&self, window: &Window) -> i32 {
        let method = self.method(window, "GET");
        method.method_integration().unwrap().timeout_in_millis()
    }
}

/// A window on the shop's GET.
pub fn ready() -> (Window, Live, Shop) {
    let runtime = runtime();
    let live = Live::start(&runtime, false);
    let shop = shop(&runtime, &live);
    let route = Route::api(&shop.api);
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(route));
    Shop::choose(&mut window, "GET");
    (window, live, shop)
}

#[test]
fn a_method_is_told_as_its_flow_and_a_box_opens_by_its_key() {
    let (mut window, _live, _shop) = ready();
    window.wait_for_part("Integration request, Lambda · 29 s, 1 template");
    window.wait_for_part("Integration response, default → 200");
    window.wait_for_part("Backend: inventory-sync");
    window.press_with(Modifiers::ALT, Key::Num2);
    window.wait_for("what is sent to the backend");
    window.wait_for("Function: inventory-sync");
    window.press_with(Modifiers::ALT, Key::Num3);
    window.wait_for("Where it answers");
    window.press_with(Modifiers::ALT, Key::Num4);
    window.wait_for("for all that no other pattern fits");
    window.press_with(Modifiers::ALT, Key::Num5);
    window.wait_for("what a caller may get");
    window.press_with(Modifiers::ALT, Key::Num1);
    window.wait_for("Authorization: None: anybody");
    // An empty template is null on the wire, which the SDK alone refuses to read.
    window.click_role(Role::TreeItem, "OPTIONS /orders/{id}");
    window.wait_for_part("Backend: Mock");
}

fn row(window: &Window) -> Option<String> {
    let mut names = window.names().into_iter();
    names.find(|name| name.starts_with("Changed GET /orders/{id}"))
}

#[test]
fn a_draft_of_a_method_is_reviewed_applied_as_patches_and_taken_back() {
    let (mut window, _live, shop) = ready();
    window.click("Authorization: None: anybody");
    window.click("tokens");
    window.click("Required");
    window.press_with(Modifiers::ALT, Key::Num2);
    window.replace("Timeout", "20");
    window.wait_for("Between 50 and 29,000 ms");
    window.replace("Timeout", "10,000");
    window.replace(
        "Template for application/json",
        "{\"id\": \"$input.params('id')\"}",
    );
    window.wait_for_part("5 fields in draft");
    // Ctrl+S leads to the review here as it does on a function.
    window.press_with(Modifiers::COMMAND, Key::S);
    window.wait_for_part("aws apigateway update-method");
    window.wait_for_part("/timeoutInMillis");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for_part("Lambda authorizer tokens");
    window.wait_until_gone("5 fields in draft");
    let method = shop.method(&window, "GET");
    assert_eq!(method.authorization_type(), Some("CUSTOM"));
    assert_eq!(method.api_key_required(), Some(true));
    let integration = method.method_integration().unwrap();
    assert_eq!(integration.timeout_in_millis(), 10_000);
    let template = &integration.request_templates().unwrap()["application/json"];
    assert!(template.contains("$input.params"), "{template}");
    // What its answers become was not touched.
    assert_eq!(integration.integration_responses().unwrap().len(), 1);
    window.click_role(Role::Button, "Activity");
    window.click_role(Role::Tab, "Journal");
    window.wait_until("the change in the journal", |window| row(window).is_some());
    let row = row(&window).unwrap();
    window.click_role(Role::Row, &row);
    window.click_role(Role::Button, "Undo");
    window.wait_for_part("aws apigateway update-integration");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_until("the method as it was", |window| {
        shop.timeout(window) == 29_000
    });
    window.wait_until("its authorization as it was", |window| {
        shop.method(window, "GET").authorization_type() == Some("NONE")
    });
}

#[test]
fn what_somebody_else_changed_meanwhile_refuses_the_draft_and_is_told() {
    let (mut window, _live, shop) = ready();
    window.press_with(Modifiers::ALT, Key::Num2);
    window.replace("Timeout", "10000");
    window.click("Review changes");
    window.wait_for_part("/timeoutInMillis");
    window.block_on(async {
        let patch = PatchOperation::builder().op(Op::Replace);
        let patch = patch.path("/timeoutInMillis").value("5000").build();
        let call = shop.client.update_integration().rest_api_id(&shop.api);
        let call = call.resource_id(&shop.resource).http_method("GET");
        call.patch_operations(patch).send().await.unwrap();
    });
    window.click_role(Role::Button, "Apply");
    window.wait_for_part("Changed elsewhere while you were editing");
    assert_eq!(shop.timeout(&window), 5_000, "nothing was applied");
    window.click("Keep mine: timeoutInMillis");
    window.click("Review changes");
    window.wait_for_part("5000 ms");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_until("mine", |window| shop.timeout(window) == 10_000);
}

#[test]
fn another_type_puts_the_integration_anew_and_a_method_goes_after_its_name_was_typed() {
    let (mut window, _live, shop) = ready();
    window.press_with(Modifiers::ALT, Key::Num2);
    window.click("Proxy");
    window.click("Review changes");
    window.wait_for_part("aws apigateway put-integration");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for_part("Integration request, Lambda proxy");
    let method = shop.method(&window, "GET");
    let integration = method.method_integration().unwrap();
    assert_eq!(integration.r#type(), Some(&IntegrationType::AwsProxy));
    window.click_role(Role::Button, "More");
    window.click("Delete method…");
    window.wait_for_part("aws apigateway delete-method");
    window.type_into("Type GET to confirm", "GET");
    window.click_role(Role::Button, "Delete GET /orders/{id}");
    window.wait_until("no method", |window| {
        !window.has_role(Role::TreeItem, "GET /orders/{id}")
    });
    window.click_role(Role::TreeItem, "/orders/{id}");
    window.click("Delete resource…");
    window.wait_for_part("aws apigateway delete-resource");
    window.type_into("Type {id} to confirm", "{id}");
    window.click_role(Role::Button, "Delete /orders/{id}");
    window.wait_until("no resource", |window| {
        !window.has_role(Role::TreeItem, "/orders/{id}")
    });
}

#[test]
fn a_method_is_tried_without_a_stage_and_says_how_it_came_to_its_answer() {
    let (mut window, _live, _shop) = ready();
    Shop::choose(&mut window, "POST");
    window.click_role(Role::Button, "Test");
    window.type_into("Path parameter id", "7");
    window.type_into("Headers", "nothing");
    window.wait_for_part("Line 1 is not Name: value");
    window.replace("Headers", "X-A: 1");
    window.type_into("Stage variables", "table=orders");
    window.press_with(Modifiers::COMMAND, Key::Enter);
    window.wait_for_part("Method completed with status");
    window.wait_for("200");
    let body = window.value("Body of the answer");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body, serde_json::json!({ "got": "7", "table": "orders" }));
    window.wait_for_part("{id=7}");
    // It calls the backend, so that a locked connection refuses it.
    window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::L);
    window.wait_for("Locked · read-only");
    window.press_with(Modifiers::COMMAND, Key::Enter);
    assert!(!window.has("Waiting for the answer"));
    window.press_with(Modifiers::ALT, Key::Num1);
    window.wait_for("Read-only: draft and review, but not apply.");
}

#[test]
fn a_function_that_may_not_be_called_is_told_and_let_through() {
    let (mut window, _live, _shop) = ready();
    window.wait_for_part("may not be called yet");
    window.press_with(Modifiers::ALT, Key::Num3);
    window.wait_for_part("has no statement that lets this method call it");
    window.click_role(Role::Button, "Add permission");
    window.wait_for_part("aws lambda add-permission");
    window.wait_for_part("/*/GET/orders/*");
    window.settle();
    window.click_role(Role::Button, "Let GET /orders/{id} call inventory-sync");
    window.wait_for("The function's policy lets this method call it");
    window.wait_for_part("may be called");
}

#[test]
fn cors_is_one_plan_of_options_headers_and_the_gateways_own_responses() {
    let (mut window, _live, shop) = ready();
    window.click_role(Role::TreeItem, "/orders/{id}");
    window.click_role(Role::Button, "CORS…");
    window.replace("Origin", "shop.example");
    window.wait_for_part("Type *, or an origin as https://shop.example");
    window.replace("Origin", "https://shop.example");
    window.click("Review and enable");
    window.wait_for_part("aws apigateway put-gateway-response");
    window.wait_for_part("changes for the whole API");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for("Resource ID");
    let header = "method.response.header.Access-Control-Allow-Origin";
    for verb in ["OPTIONS", "GET", "POST"] {
        let method = shop.method(&window, verb);
        let declared = method.method_responses().unwrap()["200"].response_parameters();
        assert!(declared.unwrap().contains_key(header), "{verb}");
        let answers = method.method_integration().unwrap().integration_responses();
        let mapped = answers.unwrap()["200"].response_parameters().unwrap();
        assert_eq!(mapped[header], "'https://shop.example'", "{verb}");
    }
    let post = shop.method(&window, "POST");
    let answers = post.method_integration().unwrap().integration_responses();
    let template = answers.unwrap()["200"].response_templates().unwrap();
    assert!(template["application/json"].contains("got"), "it stays");
    let refused = window.block_on(async {
        let call = shop.client.get_gateway_response().rest_api_id(&shop.api);
        let kind = aws_sdk_apigateway::types::GatewayResponseType::Default4Xx;
        call.response_type(kind).send().await.unwrap()
    });
    let name = "gatewayresponse.header.Access-Control-Allow-Origin";
    assert_eq!(
        refused.response_parameters().unwrap()[name],
        "'https://shop.example'"
    );
}
