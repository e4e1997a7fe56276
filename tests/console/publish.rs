//! Publishing an API through the window, over a live sandbox: what would change and which of it is dangerous, deploying, going
//! back and taking that back, a stage's settings beside somebody else's, a canary to its end, deleting a stage.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::types::{IntegrationType, Op, PatchOperation};
use egui::Role;
use sekisho::route::{ApiTab, Route};

use crate::faulty::{Fault, Faulty};
use crate::window::{Live, Window, runtime};

/// A client of the sandbox, as another program has one.
fn client(endpoint: &str) -> Client {
    use aws_sdk_apigateway::config::{BehaviorVersion, Config, Credentials, Region};
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}

fn replace(path: &str, value: &str) -> PatchOperation {
    let patch = PatchOperation::builder().op(Op::Replace);
    patch.path(path).value(value).build()
}

/// A method that answers by itself with a text.
async fn mocked(client: &Client, api: &str, resource: &str, verb: &str, guard: &str, text: &str) {
    let call = client.put_method().rest_api_id(api).resource_id(resource);
    let call = call.http_method(verb).authorization_type(guard);
    call.send().await.unwrap();
    client
        .put_integration()
        .rest_api_id(api)
        .resource_id(resource)
        .http_method(verb)
        .r#type(IntegrationType::Mock)
        .request_templates("application/json", r#"{"statusCode": 200}"#)
        .send()
        .await
        .unwrap();
    let call = client.put_method_response().rest_api_id(api);
    let call = call.resource_id(resource).http_method(verb);
    call.status_code("200").send().await.unwrap();
    client
        .put_integration_response()
        .rest_api_id(api)
        .resource_id(resource)
        .http_method(verb)
        .status_code("200")
        .response_templates("application/json", text)
        .send()
        .await
        .unwrap();
}

/// An API whose `GET /orders` is signed and whose `GET /legacy` is open, deployed to `prod`.
struct Shop {
    api: String,
    orders: String,
    legacy: String,
}

async fn shop(client: &Client) -> Shop {
    let api = client.create_rest_api().name("shop").send().await.unwrap();
    let (id, root) = (api.id().unwrap(), api.root_resource_id().unwrap());
    let mut made = Vec::new();
    for part in ["orders", "legacy"] {
        let call = client.create_resource().rest_api_id(id).parent_id(root);
        let resource = call.path_part(part).send().await.unwrap();
        made.push(resource.id().unwrap().to_owned());
    }
    mocked(client, id, &made[0], "GET", "AWS_IAM", "orders").await;
    mocked(client, id, &made[1], "GET", "NONE", "legacy").await;
    let call = client.create_deployment().rest_api_id(id);
    let call = call.stage_name("prod").description("first");
    call.variables("bank", "live").send().await.unwrap();
    Shop {
        api: id.to_owned(),
        orders: made.remove(0),
        legacy: made.remove(0),
    }
}

/// The signature is no longer asked for, `GET /legacy` is gone and `PUT /orders` new.
async fn changed(client: &Client, shop: &Shop) {
    let call = client.update_method().rest_api_id(&shop.api);
    let call = call.resource_id(&shop.orders).http_method("GET");
    let call = call.patch_operations(replace("/authorizationType", "NONE"));
    call.send().await.unwrap();
    let call = client.delete_method().rest_api_id(&shop.api);
    let call = call.resource_id(&shop.legacy).http_method("GET");
    call.send().await.unwrap();
    mocked(client, &shop.api, &shop.orders, "PUT", "AWS_IAM", "put").await;
}

async fn stage(
    client: &Client,
    api: &str,
) -> aws_sdk_apigateway::operation::get_stage::GetStageOutput {
    let call = client.get_stage().rest_api_id(api).stage_name("prod");
    call.send().await.unwrap()
}

/// What the stage answers to a request without a signature: status and body.
fn get(endpoint: &str, api: &str, path: &str) -> (u16, String) {
    let port = endpoint.rsplit_once(':').unwrap().1;
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let most = Some(Duration::from_secs(60));
    stream.set_read_timeout(most).unwrap();
    let host = format!("{api}.execute-api.localhost:{port}");
    let request = format!("GET /prod{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

#[test]
fn what_would_change_is_told_with_its_dangers_deployed_gone_back_from_and_taken_back() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let endpoint = live.endpoint();
    let sdk = client(&endpoint);
    let shop = runtime.block_on(shop(&sdk));
    let open = Route::api_tab(&shop.api, ApiTab::Deploy);
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(open));
    // Nothing was changed, and that is what is said.
    window.wait_for("prod has what the API has");
    window.wait_for_part("Nothing to deploy to prod");
    runtime.block_on(changed(&sdk, &shop));
    window.click_role(Role::Button, "Refresh this API");
    window.wait_for("3 changes not deployed to prod");
    for row in [
        "changed GET /orders, Mock · open",
        "Authorization, was IAM, will be none, danger 1: open to the world",
        "added PUT /orders, Mock · IAM",
        "removed GET /legacy, Mock · open, warning 2: gone",
    ] {
        window.wait_for_role(Role::TreeItem, row);
    }
    window.wait_for("GET /orders loses its IAM authorization: anybody may call it.");
    // It waits for the stage's name.
    window.wait_for("1 danger: type the stage's name");
    assert_eq!(get(&endpoint, &shop.api, "/orders").0, 403);
    window.click_role(Role::Button, "Deploy to prod");
    window.settle();
    assert_eq!(get(&endpoint, &shop.api, "/orders").0, 403);
    // The service tells when a deployment was made to the second, and makes but one in five: which is earlier is told so.
    let first = runtime.block_on(stage(&sdk, &shop.api));
    let made = first.created_date().unwrap().secs();
    window.wait_until("another second", |_| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.unwrap().as_secs() > u64::try_from(made).unwrap() + 1
    });
    window.replace("Type prod to confirm", "prod");
    window.replace("Description", "orders for everybody");
    window.wait_for_part("--description 'orders for everybody'");
    window.click_role(Role::Button, "Deploy to prod");
    window.wait_for("prod has what the API has");
    assert_eq!(
        get(&endpoint, &shop.api, "/orders"),
        (200, "orders".to_owned())
    );
    let now = runtime.block_on(stage(&sdk, &shop.api));
    let second = now.deployment_id().unwrap().to_owned();

    // The history says what was deployed, and goes back to it.
    window.click_role(Role::Tab, "Stages");
    window.wait_for("orders for everybody");
    let back = |window: &Window| {
        let mut names = window.names().into_iter();
        names.find(|name| name.starts_with("Go back to "))
    };
    window.wait_until("an earlier deployment", |window| back(window).is_some());
    let back = back(&window).unwrap();
    window.click_role(Role::Button, &back);
    window.wait_for_part("aws apigateway update-stage");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for("3 changes not deployed to prod");
    assert_eq!(get(&endpoint, &shop.api, "/orders").0, 403);

    // And that is taken back too.
    window.click_role(Role::Button, "Activity");
    let undo = |window: &Window| {
        let mut names = window.names().into_iter();
        names.find(|name| name.starts_with("Undo “Go back"))
    };
    window.wait_until("the way back", |window| undo(window).is_some());
    let undo = undo(&window).unwrap();
    window.click_role(Role::Button, &undo);
    window.wait_for_part("aws apigateway update-stage");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for("The stage prod is as it was before");
    let now = runtime.block_on(stage(&sdk, &shop.api));
    assert_eq!(now.deployment_id(), Some(second.as_str()));
}

#[test]
fn an_export_that_is_refused_is_told_and_never_read_as_no_changes() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let sdk = client(&live.endpoint());
    let shop = runtime.block_on(shop(&sdk));
    let proxy = Faulty::before(&live.endpoint());
    let export = format!("GET /restapis/{}/stages/prod/exports/oas30", shop.api);
    let refused = "JSON body models are not found".to_owned();
    proxy.always(&export, Fault::Error(400, "BadRequestException", refused));
    let open = Route::api_tab(&shop.api, ApiTab::Deploy);
    let mut window = Window::connected(&runtime, proxy.spec("faulty"), Some(open));
    window
        .wait_for("What would change is not known: what the stage answers with could not be read.");
    window.wait_for("JSON body models are not found");
    assert!(!window.has("prod has what the API has"));
    assert!(!window.has_part("not deployed to prod"));
    // It can be deployed all the same, and says what that means.
    window.wait_for_part("Not compared: all of the API goes to prod");
}

#[test]
fn what_nobody_looked_at_is_not_deployed() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let sdk = client(&live.endpoint());
    let shop = runtime.block_on(shop(&sdk));
    let open = Route::api_tab(&shop.api, ApiTab::Deploy);
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(open));
    window.wait_for("prod has what the API has");
    let before = runtime.block_on(stage(&sdk, &shop.api));
    runtime.block_on(changed(&sdk, &shop));
    window.click_role(Role::Button, "Deploy to prod");
    window.wait_for_part("The API was changed since this was shown");
    let now = runtime.block_on(stage(&sdk, &shop.api));
    assert_eq!(now.deployment_id(), before.deployment_id());
    window.wait_for("1 danger: type the stage's name");
}

#[test]
fn a_stages_settings_are_reviewed_applied_and_kept_apart_from_somebody_elses() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let sdk = client(&live.endpoint());
    let shop = runtime.block_on(shop(&sdk));
    let open = Route::api_tab(&shop.api, ApiTab::Stages);
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(open));
    window.wait_for_role(Role::TextInput, "Rate");
    window.replace("Rate", "fast");
    window.wait_for_part("A number of requests a second");
    window.replace("Rate", "50");
    window.replace("Value of variable 1", "test");
    window.click("Review changes");
    window.wait_for_part("A stage's settings act at once");
    window.wait_for_part("429 Too Many Requests");
    window.wait_for_part(r#""path":"/*/*/throttling/rateLimit","value":"50""#);
    // Meanwhile somebody changes the same variable.
    let call = sdk.update_stage().rest_api_id(&shop.api).stage_name("prod");
    let call = call.patch_operations(replace("/variables/bank", "theirs"));
    runtime.block_on(call.send()).unwrap();
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for_part("which value holds?");
    let now = runtime.block_on(stage(&sdk, &shop.api));
    assert!(
        now.method_settings().is_none_or(|all| all.is_empty()),
        "nothing was applied"
    );
    window.click_role(Role::Button, "Keep mine: Variables.bank");
    window.click("Review changes");
    window.wait_for_part("A stage's settings act at once");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for("The stage prod is set as wanted");
    let now = runtime.block_on(stage(&sdk, &shop.api));
    assert_eq!(now.variables().unwrap()["bank"], "test");
    let all = now.method_settings().unwrap();
    assert_eq!(all["*/*"].throttling_rate_limit(), 50.0);
}

#[test]
fn a_canary_gets_its_share_is_promoted_and_a_stage_is_deleted_by_its_name() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let sdk = client(&live.endpoint());
    let shop = runtime.block_on(shop(&sdk));
    runtime.block_on(changed(&sdk, &shop));
    let first = runtime.block_on(stage(&sdk, &shop.api));
    let first = first.deployment_id().unwrap().to_owned();
    let open = Route::api_tab(&shop.api, ApiTab::Deploy);
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(open));
    window.wait_for("1 danger: type the stage's name");
    window.click_role(Role::RadioButton, "Canary");
    window.replace("Share", "101");
    window.wait_for("0 to 100");
    window.replace("Share", "25");
    window.replace("bank in the canary", "test");
    window.wait_for_part("percentTraffic=25,stageVariableOverrides={bank=test}");
    window.replace("Type prod to confirm", "prod");
    window.click_role(Role::Button, "Deploy to prod");
    window.wait_for_part("gets 25 % of the requests");
    let now = runtime.block_on(stage(&sdk, &shop.api));
    assert_eq!(now.deployment_id(), Some(first.as_str()));
    let canary = now.canary_settings().unwrap();
    assert_eq!(canary.percent_traffic(), 25.0);
    let second = canary.deployment_id().unwrap().to_owned();

    window.click_role(Role::Tab, "Stages");
    window.click_role(Role::Button, "Promote to 100 %…");
    window.wait_for_part("aws apigateway update-stage");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for("None: every request is answered by the stage's deployment.");
    let now = runtime.block_on(stage(&sdk, &shop.api));
    assert_eq!(now.deployment_id(), Some(second.as_str()));
    assert_eq!(now.variables().unwrap()["bank"], "test");
    assert!(now.canary_settings().is_none());

    window.click_role(Role::Button, "Delete stage…");
    window.wait_for_part("It can't be undone");
    window.replace("Type prod to confirm", "prod");
    window.click_role(Role::Button, "Delete the stage");
    window.wait_for("No stages");
}
