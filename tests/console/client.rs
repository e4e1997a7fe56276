//! The client of a stage: in the window over a live sandbox with a function, a key and a plan; signatures that are verified for
//! real; saved requests on the disk.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::types::{
    ApiStage, IntegrationType, Op, PatchOperation, QuotaPeriodType, QuotaSettings,
};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime as SdkRuntime};
use egui::{Key, Modifiers, Role};
use sekisho::cloud::client::SendRequest;
use sekisho::cloud::connection::machine::Machine;
use sekisho::cloud::{Cloud, Hooks};
use sekisho::model::client::answer::Sent;
use sekisho::model::client::resolve::{Values, resolve};
use sekisho::model::client::{Auth, Field, Request};
use sekisho::model::connection::ConnectionSpec;
use sekisho::route::{ApiTab, Route};
use sekisho::store::{Action, Progress};
use sekisho_sandbox::{Options, Sandbox};

use crate::apis_flow::uri_of;
use crate::window::{Live, Window, runtime};

/// Answers with what it was asked for, and says in its log which request that was.
const CODE: &str = r#"
import json

def handler(event, context):
    print("order", event["pathParameters"]["id"], "for", event["requestContext"]["requestId"])
    body = {"id": event["pathParameters"]["id"], "query": event["queryStringParameters"], "lines": [{"sku": "tea-01"}]}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}
"#;

struct Shop {
    client: Client,
    api: String,
    plan: String,
}

fn package() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o644);
    zip.start_file("app.py", options).unwrap();
    zip.write_all(CODE.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

async fn function(cloud: &Cloud) -> String {
    let lambda = cloud.lambda().await.unwrap();
    let iam = cloud.iam().await.unwrap();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let role = iam.create_role().role_name("orders");
    role.assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let made = lambda
        .create_function()
        .function_name("orders")
        .runtime(SdkRuntime::Python313)
        .handler("app.handler")
        .role("arn:aws:iam::000000000000:role/orders")
        .code(
            FunctionCode::builder()
                .zip_file(Blob::new(package()))
                .build(),
        )
        .send()
        .await
        .unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = lambda
            .get_function_configuration()
            .function_name("orders")
            .send()
            .await;
        if answer.unwrap().state().map(|state| state.as_str()) == Some("Active") {
            break;
        }
        assert!(Instant::now() < end, "the function does not become active");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let let_in = lambda
        .add_permission()
        .function_name("orders")
        .statement_id("api");
    let let_in = let_in
        .action("lambda:InvokeFunction")
        .principal("apigateway.amazonaws.com");
    let_in.send().await.unwrap();
    made.function_arn().unwrap().to_owned()
}

/// GET /orders/{id} with a function behind it, for whom has a key; deployed to prod, with a plan and a key in it.
async fn shop(live: &Live) -> Shop {
    let cloud = Cloud::new(live.spec("maker"), Hooks::quiet());
    let client = cloud.apigateway().await.unwrap();
    let function = function(&cloud).await;
    let made = client.create_rest_api().name("shop").send().await.unwrap();
    let (api, root) = (made.id().unwrap(), made.root_resource_id().unwrap());
    let part = |parent: &str, part: &str| {
        let call = client.create_resource().rest_api_id(api);
        call.parent_id(parent).path_part(part).send()
    };
    let orders = part(root, "orders").await.unwrap();
    let order = part(orders.id().unwrap(), "{id}").await.unwrap();
    let order = order.id().unwrap();
    let method = client
        .put_method()
        .rest_api_id(api)
        .resource_id(order)
        .http_method("GET");
    method
        .authorization_type("NONE")
        .api_key_required(true)
        .send()
        .await
        .unwrap();
    let put = client
        .put_integration()
        .rest_api_id(api)
        .resource_id(order)
        .http_method("GET");
    let put = put
        .r#type(IntegrationType::AwsProxy)
        .integration_http_method("POST");
    put.uri(uri_of(&function)).send().await.unwrap();
    let deploy = client
        .create_deployment()
        .rest_api_id(api)
        .stage_name("prod");
    deploy.send().await.unwrap();
    let key = client
        .create_api_key()
        .name("partner")
        .enabled(true)
        .send()
        .await
        .unwrap();
    let plan = client.create_usage_plan().name("partners");
    let stage = ApiStage::builder().api_id(api).stage("prod").build();
    let quota = QuotaSettings::builder()
        .limit(100)
        .period(QuotaPeriodType::Day)
        .build();
    let plan = plan.api_stages(stage).quota(quota).send().await.unwrap();
    let plan = plan.id().unwrap();
    let add = client.create_usage_plan_key().usage_plan_id(plan);
    add.key_id(key.id().unwrap())
        .key_type("API_KEY")
        .send()
        .await
        .unwrap();
    Shop {
        api: api.to_owned(),
        plan: plan.to_owned(),
        client,
    }
}

impl Shop {
    fn patch_plan(&self, window: &Window, patches: &[(Op, &str, &str)]) {
        let one = |(op, path, value): &(Op, &str, &str)| {
            let patch = PatchOperation::builder().op(op.clone()).path(*path);
            patch.value(*value).build()
        };
        let call = self.client.update_usage_plan().usage_plan_id(&self.plan);
        let call = call.set_patch_operations(Some(patches.iter().map(one).collect()));
        window.block_on(call.send()).unwrap();
    }
}

fn open(shop: &Shop) -> Route {
    Route::api_tab(&shop.api, ApiTab::Client)
}

fn send(window: &mut Window) {
    window.wait_until("Send can be pressed", |window| {
        window.has_role(Role::Button, "Send")
    });
    window.click_role(Role::Button, "Send");
}

#[test]
fn a_key_a_rate_and_a_quota_are_met_in_the_window_and_the_answer_leads_to_its_log() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let shop = runtime.block_on(shop(&live));
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(open(&shop)));
    window.wait_for_role(Role::TextInput, "URL of the request");
    assert_eq!(window.value("URL of the request"), "/orders/{id}");
    window.replace("Path parameter id", "88 41");
    // The method asks for a key, and so the request does; without one it goes out only where the person says so.
    window.click_role(Role::Button, "Auth: API key");
    window.click("No auth");
    send(&mut window);
    window.wait_for_part("403 Forbidden");
    window.wait_for("The method asks for an API key and none was sent");
    window.wait_for("It was refused before a function ran");

    window.click_role(Role::RadioButton, "Auth");
    window.click_role(Role::Button, "Auth: No auth");
    window.click("API key");
    window.click_role(Role::Button, "API key of the account: Take a key's value");
    window.click("partner");
    window.wait_until("the key's value is known", |window| {
        !window.has_part("has no value on this machine")
    });
    send(&mut window);
    window.wait_for_part("200 OK");
    window.click_role(Role::RadioButton, "Text");
    // A function gets a path's parameter as it was sent.
    window.wait_for_part("\"id\": \"88%2041\"");

    // Over its rate, and over its quota.
    shop.patch_plan(
        &window,
        &[
            (Op::Replace, "/throttle/rateLimit", "0"),
            (Op::Replace, "/throttle/burstLimit", "0"),
        ],
    );
    send(&mut window);
    window.wait_for_part("429 Too Many Requests");
    window.wait_for_part("Too Many Requests\"");
    window.wait_for_part("More requests than a limit allows");
    shop.patch_plan(
        &window,
        &[
            (Op::Replace, "/throttle/rateLimit", "100"),
            (Op::Replace, "/throttle/burstLimit", "100"),
            (Op::Replace, "/quota/limit", "1"),
        ],
    );
    // The rate's bucket fills from the first request on that meets the new rate.
    window.wait_until("the quota is met", |window| {
        if window.has_part("Limit Exceeded") {
            return true;
        }
        window.press_with(Modifiers::COMMAND, Key::Enter);
        false
    });
    window.wait_for("The key's quota in its usage plan is used up until the next period");

    // What was sent before is looked at again, and leads to the lines of the function's run.
    let sent = |name: &String| {
        let count = name.strip_prefix("Sent ");
        count.is_some_and(|count| count.parse::<u32>().is_ok())
    };
    let sent = window.names().into_iter().find(sent).unwrap();
    window.click_role(Role::RadioButton, &sent);
    window.wait_until("the answer of before", |window| {
        window
            .names()
            .iter()
            .any(|name| name.starts_with("200 GET /orders/{id}"))
    });
    let name = window
        .names()
        .into_iter()
        .find(|name| name.starts_with("200 GET /orders/{id}"));
    window.click(&name.unwrap());
    window.wait_for_part("200 OK");
    window.wait_until_gone("Looking for the run…");
    window.click_role(Role::Button, "Log lines");
    window.wait_for_part("order 88%2041 for ");
}

#[test]
fn a_request_is_saved_without_its_secret_read_again_and_changes_on_the_disk_are_told() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let shop = runtime.block_on(shop(&live));
    let folder = tempfile::tempdir().unwrap();
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(open(&shop)));
    window.wait_for_role(Role::TextInput, "URL of the request");
    // A command that was pasted becomes the request; what proves its caller stays here.
    let command = "curl 'https://h.example/orders/7?expand=lines' -H 'x-api-key: hunter2' -H 'accept: application/json' -k";
    window.replace("URL of the request", command);
    window.press(Key::Enter);
    window.wait_until("the command became the request", |window| {
        window.value("URL of the request") == "https://h.example/orders/7"
    });
    window.wait_for("Certificates are always checked here (-k)");
    window.wait_for_part("Another address than this API's");
    window.replace("URL of the request", "/orders/{id}");
    window.replace("Path parameter id", "7");
    // Ctrl+S asks for a folder first, and then for a name.
    window.press_with(Modifiers::COMMAND, Key::S);
    window.wait_for_role(Role::TextInput, "Path");
    window.replace("Path", &folder.path().display().to_string());
    window.click_role(Role::Button, "Open");
    window.wait_for("Nothing is saved here yet: Save keeps the request that is edited");
    window.press_with(Modifiers::COMMAND, Key::S);
    window.wait_for_role(Role::TextInput, "Name of the request");
    window.replace("Name of the request", "Orders/one");
    window.press(Key::Enter);
    let path = folder.path().join("Orders/one.http");
    window.wait_until("the file", |_| path.exists());
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(
        text,
        "# @auth api-key key\n# @path id = 7\nGET {{stageUrl}}/orders/{id}\n    ?expand=lines\naccept: application/json\n"
    );
    window.wait_for("Saved one");
    // Somebody else's change is told, and not written over.
    let theirs = text.replace("expand=lines", "expand=none");
    std::fs::write(&path, &theirs).unwrap();
    window.wait_for("one was changed on the disk");
    window.replace("Path parameter id", "8");
    window.press_with(Modifiers::COMMAND, Key::S);
    window.wait_for_part("exists already, or was changed on the disk");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), theirs);
    window.click_role(Role::Button, "Keep it");
    window.click_role(Role::Button, "Reload");
    window.wait_until("what is on the disk", |window| {
        window.value("Value of query 1") == "none" && window.value("Path parameter id") == "7"
    });
}

#[test]
fn a_locked_connection_does_not_send_and_production_is_asked_before_what_changes() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let shop = runtime.block_on(shop(&live));
    let spec = ConnectionSpec {
        name: "shop-prod".into(),
        ..live.spec("shop-prod")
    };
    let mut window = Window::connected(&runtime, spec.guarded(), Some(open(&shop)));
    window.wait_for_role(Role::TextInput, "URL of the request");
    window.replace("Path parameter id", "7");
    window.click_role(Role::Button, "Auth: API key");
    window.click("No auth");
    window.press_with(Modifiers::COMMAND, Key::Enter);
    window.settle();
    assert!(window.has_part("Nothing was sent yet"));
    window.press_with(Modifiers::COMMAND | Modifiers::SHIFT, Key::L);
    window.wait_for_role(Role::Button, "Unlock");
    window.type_into("Type shop-prod to unlock", "shop-prod");
    window.click_role(Role::Button, "Unlock");
    window.wait_for("Unlocked");
    // What only reads goes out at once; what changes is asked about.
    window.press_with(Modifiers::COMMAND, Key::Enter);
    window.wait_for_part("403 Forbidden");
    window.click_role(Role::Button, "Method: GET");
    window.click("DELETE");
    window.press_with(Modifiers::COMMAND, Key::Enter);
    window.wait_for("Send DELETE /orders/7");
    window.wait_for_part("-X DELETE");
    window.press(Key::Escape);
    window.wait_until_gone("Send DELETE /orders/7");
    assert!(window.has_part("403 Forbidden"), "nothing was sent");
}

/// An address of this machine that is not loopback's; what is sent there does not leave the machine.
fn own_address() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    // Connecting a datagram socket sends nothing: it only chooses the address.
    socket.connect("203.0.113.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}

/// The value of a line in a credentials file.
fn of_file(text: &str, name: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_once(" = ").unwrap().1.to_owned()
}

/// A stage whose one method is called by signed requests alone and answers with the path that it got.
async fn signed_stage(endpoint: &str) -> String {
    let spec = ConnectionSpec {
        region: Some("us-east-1".into()),
        ..ConnectionSpec::of_discovered("maker", endpoint)
    };
    let client = Cloud::new(spec, Hooks::quiet()).apigateway().await.unwrap();
    let made = client
        .create_rest_api()
        .name("signed")
        .send()
        .await
        .unwrap();
    let (api, root) = (made.id().unwrap(), made.root_resource_id().unwrap());
    let proxy = client.create_resource().rest_api_id(api).parent_id(root);
    let proxy = proxy.path_part("{proxy+}").send().await.unwrap();
    let resource = proxy.id().unwrap();
    let method = client
        .put_method()
        .rest_api_id(api)
        .resource_id(resource)
        .http_method("ANY");
    method.authorization_type("AWS_IAM").send().await.unwrap();
    let put = client
        .put_integration()
        .rest_api_id(api)
        .resource_id(resource)
        .http_method("ANY");
    let put = put.r#type(IntegrationType::Mock);
    let put = put.request_templates("application/json", "{\"statusCode\": 200}");
    put.send().await.unwrap();
    let response = client
        .put_method_response()
        .rest_api_id(api)
        .resource_id(resource);
    response
        .http_method("ANY")
        .status_code("200")
        .send()
        .await
        .unwrap();
    let response = client
        .put_integration_response()
        .rest_api_id(api)
        .resource_id(resource);
    let response = response.http_method("ANY").status_code("200");
    let response = response.response_templates("application/json", "$context.path");
    response.send().await.unwrap();
    let deploy = client.create_deployment().rest_api_id(api).stage_name("s");
    deploy.send().await.unwrap();
    api.to_owned()
}

/// Who comes from another address of the machine must sign with the sandbox's own keys, and the signature is verified over what
/// arrived: the method, the path, the query, the signed headers and the body.
#[test]
fn what_is_signed_is_exactly_what_is_sent() {
    let Some(ip) = own_address() else {
        println!("skipped: this machine has no address but loopback's");
        return;
    };
    let runtime = runtime();
    runtime.block_on(async {
        let options = Options {
            listen: Some("0.0.0.0".parse().unwrap()),
            empty: true,
            workload: false,
            ..Options::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let endpoint = sandbox.endpoint();
        let api = signed_stage(&endpoint).await;
        let port = endpoint.rsplit_once(':').unwrap().1.parse().unwrap();
        let base = format!(
            "http://{}/_aws/execute-api/{api}/s",
            SocketAddr::new(ip, port)
        );
        let file = std::fs::read_to_string(sandbox.credentials_file().unwrap()).unwrap();
        let (key, secret) = (
            of_file(&file, "aws_access_key_id"),
            of_file(&file, "aws_secret_access_key"),
        );
        let cloud = |secret: &str| {
            let vars = [
                ("AWS_ACCESS_KEY_ID", key.as_str()),
                ("AWS_SECRET_ACCESS_KEY", secret),
            ];
            let spec = ConnectionSpec {
                region: Some("us-east-1".into()),
                ..ConnectionSpec::default()
            };
            Cloud::on(Machine::of(&vars, &[]), spec, Hooks::quiet())
        };
        for (method, path, query, headers, body) in [
            ("GET", "/orders", vec![], vec![], ""),
            ("GET", "/a b/c%2Fd/e+f@g:h,i;j=k~l", vec![], vec![], ""),
            ("GET", "/抹茶/100%", vec![("é", "ü ?/")], vec![], ""),
            (
                "GET",
                "/x",
                vec![("b", "2"), ("a", "1"), ("a", "0"), ("", "x"), ("flag", "")],
                vec![],
                "",
            ),
            (
                "GET",
                "/x",
                vec![("q", "a&b=c#d%20e"), ("r", "it's (so)*!$'"), ("B", "x:y/z")],
                vec![],
                "",
            ),
            ("GET", "/x/../y/./z", vec![], vec![], ""),
            ("GET", "/x//y/", vec![], vec![], ""),
            (
                "POST",
                "/x",
                vec![],
                vec![
                    ("content-type", "application/json"),
                    ("X-Odd", "  a   b  "),
                    ("x-two", "1"),
                    ("x-two", "2"),
                ],
                "{\"a\": \"茶\"}",
            ),
            (
                "DELETE",
                "/x",
                vec![("when", "2026-01-02T03:04:05+09:00")],
                vec![],
                "",
            ),
        ] {
            let request = Request {
                method: method.into(),
                url: path.into(),
                query: query
                    .into_iter()
                    .map(|(name, value)| Field::new(name, value))
                    .collect(),
                headers: headers
                    .into_iter()
                    .map(|(name, value)| Field::new(name, value))
                    .collect(),
                body: body.into(),
                auth: Auth::SigV4,
                ..Request::default()
            };
            let sent = go_out(&base, &request, cloud(&secret)).await;
            let answer = sent.result.as_ref().unwrap();
            assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
            // The same with another secret is refused: so it was verified.
            let sent = go_out(&base, &request, cloud("another")).await;
            let answer = sent.result.as_ref().unwrap();
            assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
            assert!(
                answer.text().contains("signature we calculated"),
                "{}",
                answer.text()
            );
        }
        sandbox.shutdown().await;
    });
}

async fn go_out(base: &str, request: &Request, cloud: Cloud) -> Arc<Sent> {
    let values = Values {
        stage_url: Some(base),
        variables: &BTreeMap::new(),
        secrets: &BTreeMap::new(),
        made: &|_| None,
    };
    let action = SendRequest {
        request: resolve(request, &values).unwrap(),
        words: request.words(),
        arn: String::new(),
        curl: String::new(),
    };
    let progress = Arc::new(Progress::new(Arc::new(|| {})));
    let applied = Arc::new(action)
        .apply(Arc::new(cloud), progress)
        .await
        .unwrap();
    applied.output::<Sent>().unwrap()
}
