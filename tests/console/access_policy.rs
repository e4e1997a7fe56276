//! Access of an API in the window, over a live sandbox: a resource policy in words and as JSON, who gets in, a policy that locks
//! out, and authorizers; and the account's logging role.

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::types::{AuthorizerType, IntegrationType};
use egui::Role;
use sekisho::cloud::{Cloud, Hooks};
use sekisho::route::{ApiTab, Route};
use tokio::runtime::Runtime;

use crate::apis_flow::uri_of;
use crate::window::{Live, Window, runtime};

/// An API with `GET /orders`, deployed to prod.
fn shop(runtime: &Runtime, live: &Live) -> (Client, String) {
    let cloud = Cloud::new(live.spec("maker"), Hooks::quiet());
    runtime.block_on(async move {
        let client = cloud.apigateway().await.unwrap();
        let api = client.create_rest_api().name("shop").send().await.unwrap();
        let (id, root) = (api.id().unwrap(), api.root_resource_id().unwrap());
        let call = client.create_resource().rest_api_id(id).parent_id(root);
        let resource = call.path_part("orders").send().await.unwrap();
        let resource = resource.id().unwrap();
        let call = client.put_method().rest_api_id(id).resource_id(resource);
        let call = call.http_method("GET").authorization_type("NONE");
        call.send().await.unwrap();
        let call = client
            .put_integration()
            .rest_api_id(id)
            .resource_id(resource);
        let call = call.http_method("GET").r#type(IntegrationType::Mock);
        let call = call.request_templates("application/json", r#"{"statusCode": 200}"#);
        call.send().await.unwrap();
        let call = client.create_deployment().rest_api_id(id);
        call.stage_name("prod").send().await.unwrap();
        (client, id.to_owned())
    })
}

fn policy(window: &Window, client: &Client, api: &str) -> String {
    let call = client.get_rest_api().rest_api_id(api).send();
    let answer = window.block_on(call).unwrap();
    answer.policy().unwrap_or_default().replace("\\\"", "\"")
}

fn open(runtime: &std::sync::Arc<Runtime>, live: &Live, api: &str, tab: ApiTab) -> Window {
    let route = Route::api_tab(api, tab);
    Window::connected(runtime, live.spec("sandbox"), Some(route))
}

#[test]
fn a_policy_is_written_in_words_reviewed_as_a_patch_and_taken_back() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let (client, api) = shop(&runtime, &live);
    let mut window = open(&runtime, &live, &api, ApiTab::Access);
    window.wait_for("There is none: methods and their authorizers decide alone.");
    window.click("Add a statement: Statement");
    window.click("Everyone may call");
    window.wait_for("Allowed by statement 1.");
    window.click("Add a statement: Statement");
    window.click("These addresses may not call");
    window.wait_for("Not known: statement 2 depends on aws:SourceIp: 192.0.2.0/24.");
    // Words write the JSON.
    window.replace("Values of the condition", "198.51.100.0/24");
    window.wait_until("the block in the JSON", |window| {
        window
            .value("Resource policy as JSON")
            .contains("198.51.100.0/24")
    });
    // Who gets in is worked out for a caller.
    window.type_into("Address of the caller", "198.51.100.7");
    window.wait_for("Denied by statement 2: 198.51.100.7 is in 198.51.100.0/24.");
    window.replace("Address of the caller", "203.0.113.5");
    window.wait_for("Allowed by statement 1.");
    // JSON writes the words; what breaks off says where.
    let text = window.value("Resource policy as JSON");
    window.replace(
        "Resource policy as JSON",
        &text.replace("198.51.100.0/24", "203.0.113.0/24"),
    );
    window.wait_for("Denied by statement 2: 203.0.113.5 is in 203.0.113.0/24.");
    window.replace("Resource policy as JSON", "{\n  \"Version\": x");
    window.wait_for_part("Line 2, column ");
    window.replace("Resource policy as JSON", &text);
    window.wait_for("Allowed by statement 1.");
    window.click("Review changes");
    window.wait_for_part("aws apigateway update-rest-api");
    window.wait_for_part("\"path\":\"/policy\"");
    window.wait_for_part("only once the API is deployed");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_until("the policy in the API", |window| {
        policy(window, &client, &api).contains("198.51.100.0/24")
    });
    window.wait_until_gone("1 change");
    // And it is taken back.
    window.click_role(Role::Button, "Activity");
    window.click_role(Role::Tab, "Journal");
    let is_row = |name: &String| name.starts_with("Changed the resource policy");
    window.wait_until("the change in the journal", |window| {
        window.names().iter().any(is_row)
    });
    let row = window.names().into_iter().find(is_row).unwrap();
    window.click_role(Role::Row, &row);
    window.click_role(Role::Button, "Undo");
    window.wait_for_part("aws apigateway update-rest-api");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_until("no policy", |window| {
        policy(window, &client, &api).is_empty()
    });
}

#[test]
fn a_policy_that_locks_everybody_out_waits_for_the_name_and_somebody_elses_is_not_overwritten() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let (client, api) = shop(&runtime, &live);
    let mut window = open(&runtime, &live, &api, ApiTab::Access);
    window.click("Add a statement: Statement");
    window.click("These addresses may not call");
    window.wait_for_part("No statement allows anything: nobody gets in.");
    window.click("Review changes");
    window.wait_for_role(Role::TextInput, "Type shop to confirm");
    // Somebody else is faster.
    let theirs = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}"#;
    let patch = aws_sdk_apigateway::types::PatchOperation::builder()
        .op(aws_sdk_apigateway::types::Op::Replace)
        .path("/policy")
        .value(theirs)
        .build();
    let call = client
        .update_rest_api()
        .rest_api_id(&api)
        .patch_operations(patch);
    window.block_on(call.send()).unwrap();
    window.type_into("Type shop to confirm", "shop");
    window.click_role(Role::Button, "Change the resource policy");
    window.wait_for_part("which value holds?");
    assert!(
        policy(&window, &client, &api).contains("Allow"),
        "nothing was applied"
    );
}

#[test]
fn an_authorizer_is_made_tested_changed_and_deleted_and_methods_add_up() {
    let runtime = runtime();
    let live = Live::start(&runtime, false);
    let (client, api) = shop(&runtime, &live);
    let made = runtime.block_on(async {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:fraud-score";
        let call = client.create_authorizer().rest_api_id(&api).name("tokens");
        let call = call
            .r#type(AuthorizerType::Token)
            .authorizer_uri(uri_of(arn));
        let call = call.identity_source("method.request.header.Authorization");
        call.send().await.unwrap()
    });
    assert!(made.id().is_some());
    let mut window = open(&runtime, &live, &api, ApiTab::Access);
    window.wait_for("of 1 method");
    window.wait_for_role(Role::Row, "tokens, 0 methods");
    window.wait_for_role(Role::Row, "NONE, 1 method");
    window.click_role(Role::Row, "tokens, 0 methods");
    // Without a permission the function can't be asked, and with no token nobody is.
    window.click_role(Role::Button, "Test the authorizer");
    window.wait_for_part("the caller gets 401");
    window.click("Test value of Authorization");
    window.type_text("hunter2");
    window.click_role(Role::Button, "Test the authorizer");
    window.wait_for_part("the caller gets 500");
    assert!(!window.has_part("hunter2"), "tokens are masked");
    window.click_role(Role::Button, "Edit the authorizer");
    window.replace("Kept for", "4000");
    window.wait_for("0 to 3600 seconds");
    window.replace("Kept for", "60");
    window.click_role(Role::Button, "Review the authorizer");
    window.wait_for_part("/authorizerResultTtlInSeconds");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_until("the change", |window| {
        let call = client.get_authorizer().rest_api_id(&api);
        let call = call.authorizer_id(made.id().unwrap()).send();
        let now = window.block_on(call).unwrap();
        now.authorizer_result_ttl_in_seconds() == Some(60)
    });
    // Another one is made from nothing.
    window.click_role(Role::Button, "Add an authorizer");
    window.type_into("Name of the authorizer", "second");
    window.click("Function of the authorizer: Choose");
    window.click("inventory-sync");
    window.click_role(Role::Button, "Review the authorizer");
    window.wait_for_part("aws apigateway create-authorizer");
    window.settle();
    window.click_role(Role::Button, "Create the authorizer second");
    window.wait_for_role(Role::Row, "second, 0 methods");
    window.click_role(Role::Row, "second, 0 methods");
    window.click_role(Role::Button, "Delete the authorizer…");
    window.type_into("Type second to confirm", "second");
    window.click_role(Role::Button, "Delete the authorizer second");
    window.wait_until("it to go", |window| {
        !window.has_role(Role::Row, "second, 0 methods")
    });
}

#[test]
fn an_account_without_a_logging_role_gets_one_in_one_plan_that_names_the_other_apis() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let (client, api) = shop(&runtime, &live);
    let call = client.create_rest_api().name("billing").send();
    runtime.block_on(call).unwrap();
    let mut window = open(&runtime, &live, &api, ApiTab::Stages);
    let lacks = "API Gateway may not write logs: the account has no role for it in this region.";
    window.wait_for(lacks);
    window.click_role(Role::Button, "Let API Gateway write logs…");
    window.wait_for_part("AmazonAPIGatewayPushToCloudWatchLogs");
    window.wait_for_part("begin to write too: billing.");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_until_gone(lacks);
    let account = window.block_on(client.get_account().send()).unwrap();
    let role = account.cloudwatch_role_arn().unwrap();
    assert!(role.ends_with(":role/api-gateway-logs"), "{role}");
}
