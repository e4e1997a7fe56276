//! "Why this answer?" over a live sandbox: for each cause a request that really gets this answer, and the explanation in the
//! window that names the same cause.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::types::{
    ApiStage, AuthorizerType, IntegrationType, Op, PatchOperation, QuotaPeriodType, QuotaSettings,
};
use egui::Role;
use sekisho::cloud::{Cloud, Hooks};
use sekisho::model::api::why::Cause;
use sekisho::route::Route;

use crate::apis_flow::uri_of;
use crate::window::{Live, Window, runtime};

/// A request, and what it comes to.
struct Case {
    api: String,
    stage: &'static str,
    verb: &'static str,
    path: &'static str,
    headers: String,
    /// What is told of the caller's address.
    from: &'static str,
    /// How often it is sent before the answer that counts.
    before: usize,
    body: &'static str,
    cause: Cause,
    /// The answer is needed to know it.
    answer: bool,
    /// What stands in the explanation too.
    says: &'static str,
}

/// Sends it, and gives the whole answer.
fn send(endpoint: &str, case: &Case) -> String {
    let port = endpoint.rsplit_once(':').unwrap().1;
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let headers: String = case
        .headers
        .lines()
        .map(|line| format!("{line}\r\n"))
        .collect();
    let head = format!(
        "{} /{}{} HTTP/1.1\r\nHost: {}.execute-api.localhost:{port}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{}",
        case.verb,
        case.stage,
        case.path,
        case.api,
        case.body.len(),
        case.body
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.replace("\r\n", "\n")
}

/// What the cases are sent to.
struct House {
    client: Client,
    api: String,
    guarded: String,
    narrow: String,
    off: String,
    /// Values of keys: good for a call a day, off, in no plan, in a plan of another API.
    keys: [String; 4],
}

/// A method of a resource of its own below the root.
struct Making<'a> {
    client: &'a Client,
    api: &'a str,
    root: &'a str,
}

impl Making<'_> {
    async fn resource(&self, part: &str) -> String {
        let call = self.client.create_resource().rest_api_id(self.api);
        let made = call.parent_id(self.root).path_part(part).send().await;
        made.unwrap().id().unwrap().to_owned()
    }

    /// A method that a mock answers.
    async fn mock(&self, part: &str, verb: &str, guard: &str, key: bool) -> String {
        let resource = self.resource(part).await;
        let call = self.client.put_method().rest_api_id(self.api);
        let call = call.resource_id(&resource).http_method(verb);
        let call = call.authorization_type(guard).api_key_required(key);
        call.send().await.unwrap();
        let call = self.client.put_integration().rest_api_id(self.api);
        let call = call.resource_id(&resource).http_method(verb);
        let call = call.r#type(IntegrationType::Mock);
        let call = call.request_templates("application/json", r#"{"statusCode": 200}"#);
        call.passthrough_behavior("NEVER").send().await.unwrap();
        let call = self.client.put_method_response().rest_api_id(self.api);
        let call = call.resource_id(&resource).http_method(verb);
        call.status_code("200").send().await.unwrap();
        let call = self.client.put_integration_response().rest_api_id(self.api);
        let call = call.resource_id(&resource).http_method(verb);
        call.status_code("200").send().await.unwrap();
        resource
    }

    /// A method with a function behind it.
    async fn proxy(&self, part: &str, function: &str, timeout: i32) {
        let resource = self.resource(part).await;
        let call = self.client.put_method().rest_api_id(self.api);
        let call = call.resource_id(&resource).http_method("GET");
        call.authorization_type("NONE").send().await.unwrap();
        let call = self.client.put_integration().rest_api_id(self.api);
        let call = call.resource_id(&resource).http_method("GET");
        let call = call.r#type(IntegrationType::AwsProxy).uri(uri_of(function));
        let call = call
            .integration_http_method("POST")
            .timeout_in_millis(timeout);
        call.send().await.unwrap();
    }

    async fn deploy(&self) {
        let call = self.client.create_deployment().rest_api_id(self.api);
        call.stage_name("prod").send().await.unwrap();
    }

    async fn update(&self, resource: &str, values: &[(&str, &str)]) {
        let mut call = self.client.update_method().rest_api_id(self.api);
        call = call.resource_id(resource).http_method("GET");
        for (path, value) in values {
            let patch = PatchOperation::builder().op(Op::Replace);
            call = call.patch_operations(patch.path(*path).value(*value).build());
        }
        call.send().await.unwrap();
    }
}

/// An API with one open method, and with a policy.
async fn with_policy(client: &Client, policy: Option<&str>, off: bool) -> String {
    let call = client.create_rest_api().name("guarded");
    let call = call.set_policy(policy.map(str::to_owned));
    let api = call.disable_execute_api_endpoint(off).send().await.unwrap();
    let (id, root) = (api.id().unwrap(), api.root_resource_id().unwrap());
    let making = Making {
        client,
        api: id,
        root,
    };
    making.mock("orders", "GET", "NONE", false).await;
    making.deploy().await;
    id.to_owned()
}

async fn key(client: &Client, name: &str, on: bool) -> (String, String) {
    let call = client.create_api_key().name(name).enabled(on);
    let made = call.send().await.unwrap();
    (
        made.id().unwrap().to_owned(),
        made.value().unwrap().to_owned(),
    )
}

async fn plan(client: &Client, api: &str, stage: &str, keys: &[&str]) {
    let of = ApiStage::builder().api_id(api).stage(stage).build();
    let quota = QuotaSettings::builder().limit(1);
    let quota = quota.period(QuotaPeriodType::Day).build();
    let call = client.create_usage_plan().name(format!("of {api}"));
    let made = call.api_stages(of).quota(quota).send().await.unwrap();
    for key in keys {
        let call = client.create_usage_plan_key().key_type("API_KEY");
        let call = call.usage_plan_id(made.id().unwrap()).key_id(*key);
        call.send().await.unwrap();
    }
}

async fn permit(lambda: &aws_sdk_lambda::Client, function: &str, api: &str) {
    let call = lambda.add_permission().function_name(function);
    let call = call.statement_id("shop").action("lambda:InvokeFunction");
    let call = call.principal("apigateway.amazonaws.com");
    let arn = format!("arn:aws:execute-api:us-east-1:000000000000:{api}/*");
    call.source_arn(arn).send().await.unwrap();
}

async fn house(live: &Live) -> House {
    let cloud = Cloud::new(live.spec("maker"), Hooks::quiet());
    let client = cloud.apigateway().await.unwrap();
    let lambda = cloud.lambda().await.unwrap();
    let function = |name: &str| format!("arn:aws:lambda:us-east-1:000000000000:function:{name}");
    let api = client.create_rest_api().name("shop").send().await.unwrap();
    let (id, root) = (api.id().unwrap(), api.root_resource_id().unwrap());
    let making = Making {
        client: &client,
        api: id,
        root,
    };
    making.mock("orders", "GET", "NONE", false).await;
    making.mock("signed", "GET", "AWS_IAM", false).await;
    making.mock("keyed", "GET", "NONE", true).await;
    making.mock("slow", "GET", "NONE", false).await;
    let checked = making.mock("checked", "GET", "NONE", false).await;
    let call = client.create_authorizer().rest_api_id(id).name("tokens");
    let call = call.r#type(AuthorizerType::Token);
    let call = call.authorizer_uri(uri_of(&function("guard-that-is-gone")));
    let call = call.identity_source("method.request.header.X-Token");
    let made = call.identity_validation_expression("k-[0-9]+").send().await;
    let made = made.unwrap();
    let token = making.mock("token", "GET", "NONE", false).await;
    let guard = [
        ("/authorizationType", "CUSTOM"),
        ("/authorizerId", made.id().unwrap()),
    ];
    making.update(&token, &guard).await;
    let call = client
        .create_request_validator()
        .rest_api_id(id)
        .name("all");
    let call = call
        .validate_request_parameters(true)
        .validate_request_body(true);
    let validator = call.send().await.unwrap();
    let validator = validator.id().unwrap();
    let call = client.create_model().rest_api_id(id).name("Order");
    let schema = r#"{"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": ["a"]}"#;
    let call = call.content_type("application/json").schema(schema);
    call.send().await.unwrap();
    let checks = [
        ("/requestValidatorId", validator),
        ("/requestParameters/method.request.querystring.page", "true"),
        ("/requestModels/application~1json", "Order"),
    ];
    making.update(&checked, &checks).await;
    making
        .proxy("closed", &function("inventory-sync"), 29_000)
        .await;
    making.proxy("gone", &function("nobody"), 29_000).await;
    making.proxy("odd", &function("fraud-score"), 29_000).await;
    making.proxy("late", &function("report-nightly"), 50).await;
    for name in ["fraud-score", "report-nightly"] {
        permit(&lambda, name, id).await;
    }
    making.deploy().await;
    let patch = |path: &str, value: &str| {
        let patch = PatchOperation::builder().op(Op::Replace);
        patch.path(path).value(value).build()
    };
    let call = client.update_stage().rest_api_id(id).stage_name("prod");
    let call = call.patch_operations(patch("/~1slow/GET/throttling/rateLimit", "0"));
    let call = call.patch_operations(patch("/~1slow/GET/throttling/burstLimit", "0"));
    call.send().await.unwrap();
    let statement = |effect: &str, more: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"{more}}}"#
        )
    };
    let document = |all: &str| format!(r#"{{"Version": "2012-10-17", "Statement": [{all}]}}"#);
    let denies = document(&format!(
        "{}, {}",
        statement("Allow", ""),
        statement("Deny", "")
    ));
    let condition = r#", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#;
    let narrow = document(&statement("Allow", condition));
    let guarded = with_policy(&client, Some(&denies), false).await;
    let narrow = with_policy(&client, Some(&narrow), false).await;
    let off = with_policy(&client, None, true).await;
    let good = key(&client, "good", true).await;
    let switched_off = key(&client, "off", false).await;
    let loose = key(&client, "loose", true).await;
    let other = key(&client, "other", true).await;
    plan(&client, id, "prod", &[&good.0, &switched_off.0]).await;
    plan(&client, &guarded, "prod", &[&other.0]).await;
    House {
        api: id.to_owned(),
        guarded,
        narrow,
        off,
        keys: [good.1, switched_off.1, loose.1, other.1],
        client,
    }
}

/// The table.
fn cases(house: &House) -> Vec<Case> {
    use Cause::*;
    let case = |path: &'static str, cause: Cause, says: &'static str| Case {
        api: house.api.clone(),
        stage: "prod",
        verb: "GET",
        path,
        headers: String::new(),
        from: "",
        before: 0,
        body: "",
        cause,
        answer: false,
        says,
    };
    let with = |headers: &str, case: Case| Case {
        headers: headers.to_owned(),
        ..case
    };
    let key = |at: usize, case: Case| with(&format!("x-api-key: {}", house.keys[at]), case);
    let answered = |case: Case| Case {
        answer: true,
        ..case
    };
    vec![
        Case {
            api: "nosuchapi0".into(),
            ..case("/orders", UnknownApi, "There is no REST API nosuchapi0")
        },
        Case {
            stage: "dev",
            ..case(
                "/orders",
                UnknownStage,
                "shop has no stage dev. It has prod.",
            )
        },
        Case {
            stage: "orders",
            ..case("", UnknownStage, "Try /prod/orders.")
        },
        Case {
            api: house.off.clone(),
            ..case("/orders", DefaultEndpointOff, "switched off")
        },
        case("/order", NoRoute, "Near it: GET /orders"),
        Case {
            verb: "PUT",
            ..case(
                "/orders",
                NoRoute,
                "/orders is there, without PUT: it has GET.",
            )
        },
        with(
            "Authorization: Bearer abc",
            case("/nothing", NoRoute, "missing equal-sign"),
        ),
        Case {
            api: house.guarded.clone(),
            ..case("/orders", PolicyDenies, "Denied by statement 2")
        },
        Case {
            api: house.narrow.clone(),
            from: "127.0.0.1",
            ..case("/orders", PolicyAllowsNot, "127.0.0.1 is not in 10.0.0.0/8")
        },
        answered(Case {
            api: house.narrow.clone(),
            ..case("/orders", PolicyAllowsNot, "depends on aws:SourceIp")
        }),
        case("/signed", NotSigned, "wants a signature (AWS_IAM)"),
        case("/token", NoToken, "header X-Token"),
        with("X-Token: x", case("/token", NoToken, "k-[0-9]+")),
        with(
            "X-Token: k-7",
            case("/token", AuthorizerFails, "guard-that-is-gone is not there"),
        ),
        case("/keyed", KeyMissing, "x-api-key"),
        with(
            "x-api-key: nobodys-key-of-twenty-letters",
            case("/keyed", KeyUnknown, "No key of this account"),
        ),
        key(1, case("/keyed", KeyOff, "The key off is switched off")),
        key(
            2,
            case(
                "/keyed",
                KeyWithoutPlan,
                "The key loose is in no usage plan",
            ),
        ),
        key(
            3,
            case("/keyed", PlanWithoutStage, "does not have the stage prod"),
        ),
        answered(Case {
            before: 1,
            ..key(0, case("/keyed", QuotaExceeded, "1 a day"))
        }),
        case("/slow", Throttled, "prod lets nothing through"),
        case("/checked", ParameterMissing, "[page]"),
        answered(with(
            "Content-Type: application/json",
            Case {
                body: "{}",
                ..case("/checked?page=1", BodyInvalid, "against Order")
            },
        )),
        with(
            "Content-Type: text/plain",
            case("/orders", MediaType, "No template is for text/plain"),
        ),
        case(
            "/closed",
            NotPermitted,
            "No statement of inventory-sync lets this call through",
        ),
        case("/gone", FunctionGone, "nobody is not there"),
        answered(case("/odd", Malformed, "becomes 502")),
        answered(case("/late", TimedOut, "waits 50 ms")),
    ]
}

#[test]
fn each_answer_of_the_sandbox_is_explained_by_the_cause_that_it_has() {
    let runtime = runtime();
    let live = Live::start(&runtime, false);
    let endpoint = live.endpoint();
    let house = runtime.block_on(house(&live));
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(Route::why()));
    let port = endpoint.rsplit_once(':').unwrap().1;
    for case in cases(&house) {
        for _ in 0..case.before {
            send(&endpoint, &case);
        }
        let answer = send(&endpoint, &case);
        let told = format!("{} {} {:?}: {answer}", case.verb, case.path, case.cause);
        // The sandbox really refuses it so.
        let status = answer.split(' ').nth(1).unwrap();
        assert_eq!(status, case.cause.status(None).to_string(), "{told}");
        let kind = format!("x-amzn-errortype: {}", case.cause.error());
        let named = answer.lines().any(|line| line.eq_ignore_ascii_case(&kind));
        assert!(named, "{told}");

        window.click_role(Role::Button, "Clear");
        window.wait_for("Paste the address of a request, or the answer that it got");
        let url = format!(
            "http://{}.execute-api.localhost:{port}/{}{}",
            case.api, case.stage, case.path
        );
        window.type_into("Address of the request", &url);
        if case.verb != "GET" {
            window.click("Method of the request: GET");
            window.click(case.verb);
        }
        window.type_into("Headers of the request", &case.headers);
        window.type_into("Address of the caller", case.from);
        if case.answer {
            window.type_into("Answer that came", &answer);
        }
        window.click_role(Role::Button, "Explain");
        window.wait_for(case.cause.title());
        window.wait_for_part(case.says);
    }
    // Where nothing stands in the way, nothing is said to.
    window.click_role(Role::Button, "Clear");
    let url = format!(
        "http://{}.execute-api.localhost:{port}/prod/orders",
        house.api
    );
    window.type_into("Address of the request", &url);
    window.click_role(Role::Button, "Explain");
    window.wait_for("Nothing that can be seen from outside stands in its way");
    drop(house.client);
}

#[test]
fn a_route_brings_a_request_and_its_status_with_it() {
    let runtime = runtime();
    let live = Live::start(&runtime, true);
    let port = live.endpoint().rsplit_once(':').unwrap().1.to_owned();
    let url = format!("http://nosuchapi0.execute-api.localhost:{port}/prod/x");
    let route = Route::why_of("POST", &url, Some(403));
    let mut window = Window::connected(&runtime, live.spec("sandbox"), Some(route));
    window.wait_for(Cause::UnknownApi.title());
    assert_eq!(window.value("Address of the request"), url);
    assert_eq!(window.value("Answer that came"), "403");
    assert!(window.has("Method of the request: POST"));
}
