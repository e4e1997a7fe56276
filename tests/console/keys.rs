//! Keys and plans through the window, over a live sandbox: what keys used of their quotas, extending one, a plan's limits as a
//! draft, a value on purpose, switching off and deleting, a file of keys. And that an API of three hundred resources is read within
//! what AWS lets an account ask.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::primitives::Blob;
use aws_sdk_apigateway::types::{
    ApiStage, IntegrationType, QuotaPeriodType, QuotaSettings, ThrottleSettings,
};
use egui::Role;
use sekisho::cloud::apigateway::{apis, definition};
use sekisho::cloud::{Cloud, Hooks, Limits};
use sekisho::route::Route;

use crate::window::{Live, Window, runtime};

const VALUE: &str = "value-of-ana-1234567890";

/// A plan of ten a day for `prod` of an API whose `GET /` wants a key, with the keys ana and ben.
struct Gold {
    client: Client,
    api: String,
    plan: String,
    ana: String,
}

async fn gold(live: &Live) -> Gold {
    let cloud = Cloud::new(live.spec("maker"), Hooks::quiet());
    let client = cloud.apigateway().await.unwrap();
    let api = client.create_rest_api().name("shop").send().await.unwrap();
    let (id, root) = (api.id().unwrap(), api.root_resource_id().unwrap());
    let method = client.put_method().rest_api_id(id).resource_id(root);
    let method = method.http_method("GET").authorization_type("NONE");
    method.api_key_required(true).send().await.unwrap();
    let put = client.put_integration().rest_api_id(id).resource_id(root);
    let put = put.http_method("GET").r#type(IntegrationType::Mock);
    let put = put.request_templates("application/json", r#"{"statusCode": 200}"#);
    put.send().await.unwrap();
    let answer = client.put_method_response().rest_api_id(id);
    let answer = answer.resource_id(root).http_method("GET");
    answer.status_code("200").send().await.unwrap();
    let answer = client.put_integration_response().rest_api_id(id);
    let answer = answer.resource_id(root).http_method("GET");
    answer.status_code("200").send().await.unwrap();
    let deploy = client.create_deployment().rest_api_id(id);
    deploy.stage_name("prod").send().await.unwrap();
    let stage = ApiStage::builder().api_id(id).stage("prod").build();
    let throttle = ThrottleSettings::builder().rate_limit(100.0);
    let quota = QuotaSettings::builder().limit(10);
    let plan = client.create_usage_plan().name("gold").api_stages(stage);
    let plan = plan.throttle(throttle.burst_limit(50).build());
    let plan = plan.quota(quota.period(QuotaPeriodType::Day).build());
    let plan = plan.send().await.unwrap().id().unwrap().to_owned();
    let mut keys = Vec::new();
    for (name, value) in [("ana", VALUE), ("ben", "value-of-ben-1234567890")] {
        let key = client.create_api_key().name(name).value(value);
        let key = key.enabled(true).send().await.unwrap();
        let add = client.create_usage_plan_key().usage_plan_id(&plan);
        let add = add.key_id(key.id().unwrap()).key_type("API_KEY");
        add.send().await.unwrap();
        keys.push(key.id().unwrap().to_owned());
    }
    Gold {
        api: id.to_owned(),
        plan,
        ana: keys.remove(0),
        client,
    }
}

/// The status of a request with ana's key.
fn called(endpoint: &str, api: &str) -> u16 {
    let port = endpoint.rsplit_once(':').unwrap().1;
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    let most = Some(Duration::from_secs(60));
    stream.set_read_timeout(most).unwrap();
    let host = format!("{api}.execute-api.localhost:{port}");
    let request = format!(
        "GET /prod HTTP/1.1\r\nHost: {host}\r\nx-api-key: {VALUE}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn use_is_shown_against_the_quota_extended_and_the_plans_rate_is_changed_and_taken_back() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let gold = runtime.block_on(gold(&live));
    for _ in 0..5 {
        assert_eq!(called(&live.endpoint(), &gold.api), 200);
    }
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(Route::Keys));
    // The list says how the worst key of the plan stands.
    let row = "gold, 2 keys, 100 /s · burst 50 · 10 a day, 50 %";
    window.wait_for_role(Role::Button, row);
    window.wait_for_part("What is left");
    window.click_role(Role::Button, "Extend ana…");
    window.wait_for_role(Role::TextInput, "What is left");
    window.replace("What is left", "-1");
    assert!(!window.has_part("aws apigateway update-usage"));
    window.replace("What is left", "95");
    window.click_role(Role::Button, "Review what is left");
    window.wait_for_part("aws apigateway update-usage");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for_part("ana has 95 left of gold");
    // Five of a hundred are used now.
    window.wait_for_role(
        Role::Button,
        "gold, 2 keys, 100 /s · burst 50 · 10 a day, 5 %",
    );

    window.click_role(Role::Button, "Change the plan…");
    window.wait_for_role(Role::TextInput, "Rate");
    window.replace("Rate", "fast");
    window.wait_for_part("is not a number that fits here");
    window.replace("Rate", "20");
    window.click("Review changes");
    window.wait_for_part(r#"{"op":"replace","path":"/throttle/rateLimit","value":"20"}"#);
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for_part("The plan gold is as wanted");
    let rate = || {
        let plan = gold.client.get_usage_plan().usage_plan_id(&gold.plan);
        let plan = runtime.block_on(plan.send()).unwrap();
        plan.throttle().unwrap().rate_limit()
    };
    assert_eq!(rate(), 20.0);
    window.click_role(Role::Button, "Activity");
    let undo = format!("Undo “Change the plan gold” of {}", gold.plan);
    window.click_role(Role::Button, &undo);
    window.wait_for_part("aws apigateway update-usage-plan");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_until("the rate is as before", |_| rate() == 100.0);
}

#[test]
fn a_value_shows_on_purpose_is_copied_unseen_and_a_key_is_switched_off_and_deleted_by_its_name() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let gold = runtime.block_on(gold(&live));
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(Route::Keys));
    window.wait_for_role(Role::Button, "Copy ana");
    assert!(!window.has_part(VALUE));
    window.click_role(Role::Button, "Copy ana");
    window.wait_for_part("The value of ana is copied");
    assert!(!window.has_part(VALUE));
    window.click_role(Role::Button, "Reveal ana");
    window.wait_for_part("hidden again in");
    window.wait_for_part(VALUE);
    window.click_role(Role::Button, "Hide ana");
    window.wait_until("it is hidden", |window| !window.has_part(VALUE));
    let journal = window.core().store.journal();
    let told: Vec<String> = journal.iter().map(|record| record.told()).collect();
    assert_eq!(
        told,
        ["Copied the value of a key", "Revealed the value of a key"]
    );
    assert!(!format!("{journal:?}").contains(VALUE));

    window.click_role(Role::Button, "Switch ana off");
    window.wait_for_part("403 Forbidden");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for_role(Role::Button, "Switch ana on");
    assert_eq!(called(&live.endpoint(), &gold.api), 403);
    window.click_role(Role::Button, "Activity");
    let undo = format!("Undo “Switch the key ana off” of {}", gold.ana);
    window.click_role(Role::Button, &undo);
    window.wait_for_part("aws apigateway update-api-key");
    window.settle();
    window.click_role(Role::Button, "Apply");
    window.wait_for_part("The key ana is on");
    assert_eq!(called(&live.endpoint(), &gold.api), 200);

    window.click_role(Role::Button, "Keys & plans");
    window.wait_for_role(Role::Button, "Switch ana off");
    window.click_role(Role::Button, "More");
    window.click("Delete the key ana…");
    window.wait_for_part("It can't be undone");
    window.replace("Type ana to confirm", "ana");
    window.click_role(Role::Button, "Delete the key");
    window.wait_for_part("The key ana is deleted");
    let key = gold.client.get_api_key().api_key(&gold.ana).send();
    assert!(runtime.block_on(key).is_err());
}

#[test]
fn a_file_of_keys_is_checked_line_by_line_before_anything_is_sent() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let gold = runtime.block_on(gold(&live));
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.csv");
    let secret = "secret-secret-secret-1";
    let text = format!(
        "Name,Key,UsagePlanIds\ncid,{secret},nosuch\ndan,short,{}\n",
        gold.plan
    );
    std::fs::write(&bad, text).unwrap();
    let good = folder.path().join("good.csv");
    let text = format!(
        "Name,Key,UsagePlanIds\ncid,{secret},{plan}\nana,{secret}-2,{plan}\n",
        plan = gold.plan
    );
    std::fs::write(&good, text).unwrap();
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(Route::Keys));
    window.wait_for_role(Role::Button, "Copy ana");
    window.click_role(Role::Button, "Import CSV…");
    window.wait_for_role(Role::TextInput, "Path");
    window.replace("Path", &bad.display().to_string());
    window.click_role(Role::Button, "Open");
    window.wait_for("Line 2: There is no usage plan with the id nosuch");
    window.wait_for("Line 3: The value has 5 characters, and needs at least 20");
    window.click_role(Role::Button, "Choose file…");
    window.wait_for_role(Role::TextInput, "Path");
    window.replace("Path", &good.display().to_string());
    window.click_role(Role::Button, "Open");
    window.wait_for("Line 3: There is a key called ana already");
    window.click("Review and import");
    window.wait_for_part("aws apigateway import-api-keys");
    assert!(!window.has_part(secret), "values are never shown");
    window.settle();
    window.click_role(Role::Button, "Import 2 keys");
    window.wait_for("2 keys imported");
    window.click_role(Role::Button, "Done");
    window.wait_for_part("gold, 4 keys");
    let keys = gold.client.get_usage_plan_keys().usage_plan_id(&gold.plan);
    let keys = runtime.block_on(keys.send()).unwrap();
    assert_eq!(keys.items().len(), 4);
}

/// Three hundred resources with four methods each.
fn large() -> String {
    let mut text = String::from("openapi: 3.0.1\ninfo: {title: large, version: '1'}\npaths:\n");
    for at in 0..300 {
        text.push_str(&format!("  /r{at}:\n"));
        for verb in ["get", "post", "put", "delete"] {
            text.push_str(&format!(
                "    {verb}: {{responses: {{200: {{description: ok}}}}, x-amazon-apigateway-integration: {{type: mock, requestTemplates: {{application/json: '{{\"statusCode\": 200}}'}}, responses: {{default: {{statusCode: 200}}}}}}}}\n"
            ));
        }
    }
    text
}

#[test]
fn an_api_of_three_hundred_resources_opens_without_waiting_for_a_turn() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let hooks = Hooks::quiet();
    let maker = Cloud::new(live.spec("maker"), Hooks::quiet());
    let paced = Limits {
        paced: true,
        ..Limits::default()
    };
    let cloud = Cloud::new(live.spec("reader"), hooks.clone()).within(paced);
    runtime.block_on(async {
        let client = maker.apigateway().await.unwrap();
        let call = client.import_rest_api().body(Blob::new(large()));
        let api = call.send().await.unwrap();
        let id = api.id().unwrap();
        let detail = apis::read(&cloud, id).await.unwrap();
        assert_eq!(detail.methods().0, 1_200);
        let whole = definition::now(&cloud, id).await.unwrap();
        assert_eq!(whole.methods.len(), 1_200);
    });
    // A burst of forty, and five GetResources in two seconds: nothing of it had to wait.
    let calls = hooks.calls.since(0);
    let resources = calls.iter().filter(|call| call.operation == "GetResources");
    assert_eq!(resources.count(), 2);
    assert!(calls.len() <= 12, "{} calls", calls.len());
    assert!(calls.iter().all(|call| call.attempts == 1));
}
