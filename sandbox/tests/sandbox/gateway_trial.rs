//! Methods and authorizers that are tried without a stage: TestInvokeMethod and TestInvokeAuthorizer with their logs.

use crate::{
    gateway::{client, create_api, create_resource, mock, permit, proxied},
    gateway_guard::AUTHORIZER,
    support::{Live, refusal},
};
use aws_sdk_apigateway::{
    Client,
    operation::test_invoke_method::TestInvokeMethodOutput,
    types::{AuthorizerType, IntegrationType},
};
use aws_sdk_lambda::types::Runtime;
use serde_json::Value;

/// The lines of a log without their times, after the first, which names the request.
fn lines(log: &str) -> Vec<String> {
    let mut all = log.lines();
    let first = all.next().unwrap();
    assert!(first.starts_with("Execution log for request "), "{first}");
    let id = first.rsplit(' ').next().unwrap();
    let said = |line: &str| {
        let (at, said) = line.split_once(" : ").unwrap();
        // `Sat Nov 28 05:07:09 UTC 2026`
        let at: Vec<&str> = at.split(' ').collect();
        assert_eq!((at.len(), at[4]), (6, "UTC"), "{line}");
        said.replace(id, "ID")
    };
    all.map(said).collect()
}

async fn tried(
    client: &Client,
    api: &str,
    resource: &str,
    verb: &str,
    path: Option<&str>,
    body: Option<&str>,
) -> TestInvokeMethodOutput {
    let trial = client.test_invoke_method().rest_api_id(api);
    let trial = trial.resource_id(resource).http_method(verb);
    let trial = trial.set_path_with_query_string(path.map(str::to_owned));
    let trial = trial.set_body(body.map(str::to_owned));
    trial.send().await.unwrap()
}

#[tokio::test]
async fn a_method_is_tried_as_it_is_now_and_its_log_is_the_services() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    let pets = create_resource(&client, &api, &root, "pets").await;
    let pet = create_resource(&client, &api, &pets, "{petId}").await;
    let body = r#"{"petId": "$input.params('petId')", "stage": "$context.stage", "v": "$stageVariables.v"}"#;
    mock(&client, &api, &pet, "POST", body).await;
    let told = client.test_invoke_method().rest_api_id(&api);
    let told = told.resource_id(&pet).http_method("POST");
    let told = told
        .path_with_query_string("/pets/123?foo=bar&q=a%20b")
        .headers("content-type", "application/json")
        .headers("Authorization", "Bearer 0123456789")
        .stage_variables("v", "7")
        .body(r#"{"foo": "bar"}"#);
    let told = told.send().await.unwrap();
    let answer = r#"{"petId": "123", "stage": "test-invoke-stage", "v": "7"}"#;
    assert_eq!((told.status(), told.body()), (200, Some(answer)));
    assert_eq!(
        lines(told.log().unwrap()),
        [
            "Starting execution for request: ID",
            "HTTP Method: POST, Resource Path: /pets/123",
            "Method request path: {petId=123}",
            "Method request query string: {foo=bar, q=a b}",
            "Method request headers: {Authorization=***********456789, content-type=application/json}",
            r#"Method request body before transformations: {"foo": "bar"}"#,
            &format!("Method response body after transformations: {answer}"),
            "Method response headers: {Content-Type=application/json}",
            "Successfully completed execution",
            "Method completed with status: 200",
        ]
    );
    let headers = told.headers().unwrap();
    assert_eq!(headers.len(), 1);
    assert_eq!(headers["Content-Type"], "application/json");
    let lists = told.multi_value_headers().unwrap();
    assert_eq!(lists["Content-Type"], ["application/json"]);

    let bare = tried(&client, &api, &pet, "POST", None, None).await;
    assert_eq!(
        lines(bare.log().unwrap())[1..3],
        [
            "HTTP Method: POST, Resource Path: /pets/{petId}",
            "Method request path: {petId={petId}}"
        ]
    );
    let elsewhere = tried(&client, &api, &pet, "POST", Some("/random/test"), None).await;
    assert_eq!(
        lines(elsewhere.log().unwrap())[1..3],
        [
            "HTTP Method: POST, Resource Path: /random/test",
            "Method request path: {}"
        ]
    );
    for (resource, verb, expected) in [
        (pet.as_str(), "HEAD", "Invalid Method identifier specified"),
        ("nowhere", "POST", "Invalid Resource identifier specified"),
    ] {
        let trial = client.test_invoke_method().rest_api_id(&api);
        let trial = trial.resource_id(resource).http_method(verb).send().await;
        let refused = ("NotFoundException".to_owned(), expected.to_owned());
        assert_eq!(refusal(trial), refused);
    }
}

#[tokio::test]
async fn a_function_that_is_tried_gets_the_event_of_a_test_and_its_call_is_in_the_log() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    proxied(&live, &client, &api, &root, "echo").await;
    let denied = tried(&client, &api, &root, "GET", None, None).await;
    let denied_log = lines(denied.log().unwrap());
    assert_eq!(
        denied_log[denied_log.len() - 2..],
        [
            "Execution failed due to configuration error: Invalid permissions on Lambda function",
            "Method completed with status: 500"
        ]
    );
    assert_eq!(denied.status(), 500);
    permit(&live, "echo", &api).await;
    let told = tried(&client, &api, &root, "GET", Some("/?a=1"), None).await;
    assert_eq!(told.status(), 203);
    assert_eq!(told.headers().unwrap()["My-Header"], "a");
    let event: Value = serde_json::from_str(told.body().unwrap()).unwrap();
    assert_eq!(event["headers"], Value::Null);
    assert_eq!(event["queryStringParameters"]["a"], "1");
    let context = &event["requestContext"];
    for (pointer, expected) in [
        ("/stage", "test-invoke-stage"),
        ("/path", "/"),
        ("/domainName", "testPrefix.testDomainName"),
        ("/domainPrefix", "testPrefix"),
        ("/identity/sourceIp", "test-invoke-source-ip"),
        ("/identity/apiKey", "test-invoke-api-key"),
        ("/identity/apiKeyId", "test-invoke-api-key-id"),
        ("/identity/accountId", "000000000000"),
    ] {
        assert_eq!(context.pointer(pointer).unwrap(), expected, "{pointer}");
    }
    let log = lines(told.log().unwrap());
    let url = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:echo/invocations";
    for (at, start) in [
        (6, format!("Endpoint request URI: {url}")),
        (7, "Endpoint request headers: {x-amzn-lambda-integration-tag=ID, Authorization=****".into()),
        (8, r#"Endpoint request body after transformations: {"resource":"/","path":"/","httpMethod":"GET","#.into()),
        (9, format!("Sending request to {url}")),
        (10, "Received response. Status: 200, Integration latency: ".into()),
        (11, "Endpoint response headers: {Date=".into()),
        (12, "Endpoint response body before transformations: {".into()),
        (13, "Method response body after transformations: {".into()),
        (14, "Method response headers: {My-Header=a".into()),
        (15, "Successfully completed execution".into()),
        (16, "Method completed with status: 203".into()),
    ] {
        assert!(log[at].starts_with(&start), "{at}: {}", log[at]);
    }
    assert!(log[7].ends_with(" [TRUNCATED]"), "{}", log[7]);
    assert!(
        log[7].contains(&format!("X-Amz-Source-Arn=arn:aws:execute-api:us-east-1:000000000000:{api}/test-invoke-stage/ANY/, ")),
        "{}",
        log[7]
    );
    let failed = tried(&client, &api, &root, "POST", None, Some("raise")).await;
    let log = lines(failed.log().unwrap());
    assert!(
        log[log.len() - 2].starts_with("Lambda execution failed with status 200 due to customer function error: x. Lambda request id: "),
        "{log:?}"
    );
    assert_eq!(log[log.len() - 1], "Method completed with status: 502");
    assert_eq!(
        failed.body(),
        Some(r#"{"message": "Internal server error"}"#)
    );
    let odd = tried(&client, &api, &root, "POST", None, Some("answer:7")).await;
    let log = lines(odd.log().unwrap());
    assert_eq!(
        log[log.len() - 3..],
        [
            "Endpoint response body before transformations: 7",
            "Execution failed due to configuration error: Malformed Lambda proxy response",
            "Method completed with status: 502"
        ]
    );
}

#[tokio::test]
async fn a_backend_that_is_no_address_fails_a_trial_as_the_service_says() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    let method = client.put_method().rest_api_id(&api).resource_id(&root);
    let method = method.http_method("ANY").authorization_type("NONE");
    method.send().await.unwrap();
    let made = client.put_integration().rest_api_id(&api);
    let made = made.resource_id(&root).http_method("ANY");
    made.r#type(IntegrationType::HttpProxy)
        .integration_http_method("ANY")
        .uri("https://${stageVariables.testHost}")
        .send()
        .await
        .unwrap();
    let told = tried(&client, &api, &root, "GET", None, None).await;
    assert_eq!(told.status(), 500);
    let headers = told.headers().unwrap();
    assert_eq!(headers.len(), 1, "{headers:?}");
    assert_eq!(headers["x-amzn-ErrorType"], "InternalServerErrorException");
    assert_eq!(
        lines(told.log().unwrap())[6..],
        [
            "Execution failed due to configuration error: Invalid endpoint address",
            "Method completed with status: 500"
        ]
    );
}

async fn authorizer(client: &Client, api: &str, kind: AuthorizerType, source: &str) -> String {
    let made = client.create_authorizer().rest_api_id(api);
    let made = made.name(kind.as_str()).r#type(kind);
    let made = made
        .authorizer_uri("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:judge/invocations")
        .identity_source(source)
        .send()
        .await
        .unwrap();
    made.id().unwrap().to_owned()
}

#[tokio::test]
async fn an_authorizer_is_tried_with_a_token_and_says_its_policy_or_why_not() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, _) = create_api(&client, "shop").await;
    let files = [("index.py", AUTHORIZER)];
    live.create("judge", Runtime::Python312, "index.handler", &files)
        .await;
    let source = "method.request.header.Auth";
    let id = authorizer(&client, &api, AuthorizerType::Token, source).await;
    let ask = async |token: Option<&str>| {
        let trial = client.test_invoke_authorizer().rest_api_id(&api);
        let trial = trial.authorizer_id(&id);
        let trial = match token {
            Some(token) => trial.headers("Auth", token),
            None => trial,
        };
        trial.send().await.unwrap()
    };
    let denied = ask(Some("t")).await;
    assert_eq!(denied.client_status(), 500);
    let log = lines(denied.log().unwrap());
    assert_eq!(
        log[log.len() - 2..],
        [
            "Execution failed due to configuration error: Invalid permissions on Lambda function",
            "AuthorizerConfigurationException"
        ]
    );
    let permission = live.lambda.add_permission().function_name("judge");
    permission
        .statement_id("api")
        .action("lambda:InvokeFunction")
        .principal("apigateway.amazonaws.com")
        .send()
        .await
        .unwrap();
    let told = ask(Some("somebody-known")).await;
    let log = lines(told.log().unwrap());
    assert_eq!(told.client_status(), 0, "{log:?}");
    assert!(told.policy().unwrap().contains("execute-api:Invoke"));
    assert!(told.principal_id().is_some());
    assert_eq!(log[0], format!("Starting authorizer: {id} for request: ID"));
    assert_eq!(log[1], "Incoming identity: ********-known");
    assert!(
        log[4].contains(&format!(r#""methodArn":"arn:aws:execute-api:us-east-1:000000000000:{api}/ESTestInvoke-stage/GET/""#)),
        "{}",
        log[4]
    );
    assert!(
        log[6].starts_with("Authorizer result body before parsing: {"),
        "{log:?}"
    );
    assert!(
        log[7].starts_with("Using valid authorizer policy for principal: *"),
        "{log:?}"
    );
    assert_eq!(log[8], "Successfully completed authorizer execution");
    assert_eq!(log.len(), 9);

    for token in [None, Some("nobody")] {
        let refused = ask(token).await;
        let log = lines(refused.log().unwrap());
        assert_eq!(refused.client_status(), 401);
        assert_eq!(
            log[log.len() - 2..],
            ["Unauthorized request: ID", "Unauthorized"]
        );
    }
    let trial = client.test_invoke_authorizer().rest_api_id(&api);
    let refused = refusal(trial.authorizer_id("none").send().await);
    assert_eq!(refused.1, "Invalid Authorizer identifier specified");
}
