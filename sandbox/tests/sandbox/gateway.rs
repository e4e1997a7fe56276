//! REST APIs from an empty sandbox to a stage that answers: the control plane as the SDK sees it, the stage as its callers do.

use crate::{
    doors::raw,
    support::{Live, refusal, until},
};
use aws_sdk_apigateway::{
    Client,
    types::{IntegrationType, Op, PatchOperation},
};
use aws_sdk_lambda::types::Runtime;
use serde_json::{Value, json};

/// Answers with its event, or with what the event's body says.
const PROXY: &str = "
import json
def handler(event, context):
    body = event.get('body')
    if body and body.startswith('answer:'):
        return json.loads(body[7:])
    if body == 'raise':
        raise ValueError('x')
    return {'statusCode': 203, 'headers': {'My-Header': 'a'}, 'body': json.dumps(event)}
";

/// The SDK's client of a sandbox.
pub fn client(live: &Live) -> Client {
    Client::new(&live.config)
}

pub fn patch(op: Op, path: &str, value: &str) -> PatchOperation {
    let patch = PatchOperation::builder().op(op).path(path);
    patch.value(value).build()
}

/// An API with its id and the id of its root.
pub async fn create_api(client: &Client, name: &str) -> (String, String) {
    let api = client.create_rest_api().name(name).send().await.unwrap();
    let root = api.root_resource_id().unwrap();
    (api.id().unwrap().to_owned(), root.to_owned())
}

pub async fn create_resource(client: &Client, api: &str, parent: &str, part: &str) -> String {
    let made = client.create_resource().rest_api_id(api);
    let made = made.parent_id(parent).path_part(part).send().await;
    made.unwrap().id().unwrap().to_owned()
}

/// A method that answers by itself with a status and a body.
pub async fn mock(client: &Client, api: &str, resource: &str, verb: &str, body: &str) {
    let method = client.put_method().rest_api_id(api).resource_id(resource);
    method
        .http_method(verb)
        .authorization_type("NONE")
        .send()
        .await
        .unwrap();
    mocked(client, api, resource, verb, body).await;
}

/// The same, of a method that is there.
pub async fn mocked(client: &Client, api: &str, resource: &str, verb: &str, body: &str) {
    let made = client.put_integration().rest_api_id(api);
    made.resource_id(resource)
        .http_method(verb)
        .r#type(IntegrationType::Mock)
        .request_templates("application/json", r#"{"statusCode": 200}"#)
        .send()
        .await
        .unwrap();
    let method = client.put_method_response().rest_api_id(api);
    let method = method.resource_id(resource).http_method(verb);
    method.status_code("200").send().await.unwrap();
    let answer = client.put_integration_response().rest_api_id(api);
    let answer = answer.resource_id(resource).http_method(verb);
    answer
        .status_code("200")
        .response_templates("application/json", body)
        .send()
        .await
        .unwrap();
}

/// A method with a function behind it.
pub async fn proxied(live: &Live, client: &Client, api: &str, resource: &str, function: &str) {
    let method = client.put_method().rest_api_id(api).resource_id(resource);
    let method = method.http_method("ANY").authorization_type("NONE");
    method.send().await.unwrap();
    let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{function}");
    let uri =
        format!("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations");
    let made = client.put_integration().rest_api_id(api);
    made.resource_id(resource)
        .http_method("ANY")
        .r#type(IntegrationType::AwsProxy)
        .integration_http_method("POST")
        .uri(uri)
        .send()
        .await
        .unwrap();
    let files = [("index.py", PROXY)];
    live.create(function, Runtime::Python312, "index.handler", &files)
        .await;
}

pub async fn permit(live: &Live, function: &str, api: &str) {
    let permission = live.lambda.add_permission().function_name(function);
    permission
        .statement_id("api")
        .action("lambda:InvokeFunction")
        .principal("apigateway.amazonaws.com")
        .source_arn(format!(
            "arn:aws:execute-api:us-east-1:000000000000:{api}/*/*/*"
        ))
        .send()
        .await
        .unwrap();
}

pub async fn deploy(client: &Client, api: &str, stage: &str) -> String {
    let deployment = client.create_deployment().rest_api_id(api);
    let deployment = deployment.stage_name(stage).send().await.unwrap();
    deployment.id().unwrap().to_owned()
}

/// Calls a stage by its host.
pub async fn call(
    live: &Live,
    api: &str,
    line: &str,
    headers: &[&str],
    body: &str,
) -> (u16, String, String) {
    let host = format!("{api}.execute-api.us-east-1.amazonaws.com");
    call_at(live, &host, line, headers, body).await
}

async fn call_at(
    live: &Live,
    host: &str,
    line: &str,
    headers: &[&str],
    body: &str,
) -> (u16, String, String) {
    let mut all = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for header in headers {
        all.push_str(header);
        all.push_str("\r\n");
    }
    let length = body.len();
    all.push_str(&format!("Content-Length: {length}\r\n\r\n{body}"));
    raw(&live.sandbox.endpoint().replace("http://", ""), &all).await
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn an_api_is_built_from_nothing_and_shown_as_the_service_shows_it() {
    let live = Live::start().await;
    let client = client(&live);
    let made = client.create_rest_api().name("shop").send().await.unwrap();
    let id = made.id().unwrap();
    assert_eq!((id.len(), made.root_resource_id().unwrap().len()), (10, 10));
    let endpoint = made.endpoint_configuration().unwrap();
    assert_eq!(endpoint.types()[0].as_str(), "EDGE");
    assert_eq!(made.api_key_source().unwrap().as_str(), "HEADER");
    let root = made.root_resource_id().unwrap();
    let pets = create_resource(&client, id, root, "pets").await;
    assert_eq!(pets.len(), 6);
    let pet = create_resource(&client, id, &pets, "{pet}").await;
    let twice = client.create_resource().rest_api_id(id).parent_id(root);
    assert_eq!(
        refusal(twice.path_part("pets").send().await),
        (
            "ConflictException".into(),
            "Another resource with the same parent already has this name: pets".into()
        )
    );
    mock(&client, id, &pet, "GET", "{}").await;
    let moved = client.update_resource().rest_api_id(id).resource_id(&pets);
    let moved = moved.patch_operations(patch(Op::Replace, "/pathPart", "dogs"));
    assert_eq!(moved.send().await.unwrap().path(), Some("/dogs"));
    let all = client.get_resources().rest_api_id(id).embed("methods");
    let all = all.send().await.unwrap();
    let of = |path: &str| {
        let mut all = all.items().iter();
        all.find(|one| one.path() == Some(path)).cloned()
    };
    let below = of("/dogs/{pet}").expect("what is below it has moved with it");
    let method = &below.resource_methods().unwrap()["GET"];
    let integration = method.method_integration().unwrap();
    assert_eq!(integration.timeout_in_millis(), 29_000);
    assert_eq!(integration.cache_namespace(), Some(pet.as_str()));
    assert!(method.method_responses().unwrap().contains_key("200"));
    let gone = client.delete_resource().rest_api_id(id).resource_id(&pets);
    gone.send().await.unwrap();
    let left = client.get_resources().rest_api_id(id).send().await.unwrap();
    assert_eq!(left.items().len(), 1);
    client
        .delete_rest_api()
        .rest_api_id(id)
        .send()
        .await
        .unwrap();
    let gone = client.get_rest_api().rest_api_id(id).send().await;
    assert_eq!(
        refusal(gone),
        (
            "NotFoundException".into(),
            format!("Invalid API identifier specified 000000000000:{id}")
        )
    );
}

#[tokio::test]
async fn pages_end_where_the_next_begins() {
    let live = Live::start().await;
    let client = client(&live);
    for at in 0..5 {
        create_api(&client, &format!("api{at}")).await;
    }
    let mut names = Vec::new();
    let mut position = None;
    loop {
        let page = client.get_rest_apis().limit(2).set_position(position);
        let page = page.send().await.unwrap();
        assert!(page.items().len() <= 2);
        let page_names = page
            .items()
            .iter()
            .map(|api| api.name().unwrap().to_owned());
        names.extend(page_names);
        position = page.position().map(str::to_owned);
        if position.is_none() {
            break;
        }
    }
    names.sort();
    assert_eq!(names, ["api0", "api1", "api2", "api3", "api4"]);
}

#[tokio::test]
async fn a_stage_serves_what_was_deployed_and_not_what_was_built_since() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    let empty = client.create_deployment().rest_api_id(&api).send().await;
    assert_eq!(refusal(empty).1, "The REST API doesn't contain any methods");
    mock(&client, &api, &root, "GET", r#"{"version": 1}"#).await;
    let first = deploy(&client, &api, "prod").await;
    let ask = async || call(&live, &api, "GET /prod", &[], "").await;
    let (status, head, body) = ask().await;
    assert_eq!(
        (status, body.as_str()),
        (200, r#"{"version": 1}"#),
        "{head}"
    );
    assert_eq!(header(&head, "content-type"), Some("application/json"));
    assert!(header(&head, "x-amzn-requestid").is_some_and(|id| id.len() == 36));
    assert!(header(&head, "x-amz-apigw-id").is_some_and(|id| id.ends_with('=')));
    let changed = client.update_integration_response().rest_api_id(&api);
    let template = patch(
        Op::Replace,
        "/responseTemplates/application~1json",
        r#"{"version": 2}"#,
    );
    let changed = changed.resource_id(&root).http_method("GET");
    let changed = changed.status_code("200").patch_operations(template);
    changed.send().await.unwrap();
    assert_eq!(ask().await.2, r#"{"version": 1}"#);
    let second = deploy(&client, &api, "prod").await;
    assert_eq!(ask().await.2, r#"{"version": 2}"#);
    // Going back is pointing the stage at the earlier deployment.
    let back = client.update_stage().rest_api_id(&api).stage_name("prod");
    let back = back.patch_operations(patch(Op::Replace, "/deploymentId", &first));
    back.send().await.unwrap();
    assert_eq!(ask().await.2, r#"{"version": 1}"#);
    let used = client.delete_deployment().rest_api_id(&api);
    assert_eq!(
        refusal(used.deployment_id(&first).send().await),
        (
            "BadRequestException".into(),
            "Active stages pointing to this deployment must be moved or deleted".into()
        )
    );
    let unused = client.delete_deployment().rest_api_id(&api);
    unused.deployment_id(&second).send().await.unwrap();
}

#[tokio::test]
async fn a_stage_is_reached_by_every_name_and_nothing_else_is() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    mock(&client, &api, &root, "GET", "{}").await;
    deploy(&client, &api, "s").await;
    let here = "localhost";
    for (host, path, expected) in [
        (
            format!("{api}.execute-api.localhost:4566"),
            "/s".into(),
            200,
        ),
        (
            format!("{api}.execute-api.us-east-1.localhost:1"),
            "/s/".into(),
            200,
        ),
        (
            format!("{api}.execute-api.us-east-1.amazonaws.com"),
            "/s".into(),
            200,
        ),
        (here.into(), format!("/_aws/execute-api/{api}/s/"), 200),
        (
            format!("{api}.execute-api.eu-west-1.amazonaws.com"),
            "/s".into(),
            403,
        ),
        (here.into(), format!("/_aws/execute-api/{api}/other"), 403),
        (here.into(), "/_aws/execute-api/nothing000/s".into(), 403),
    ] {
        let line = format!("GET {path}");
        let (status, head, body) = call_at(&live, &host, &line, &[], "").await;
        assert_eq!(status, expected, "{host}{path} {body}");
        if expected == 403 {
            assert_eq!(body, r#"{"message":"Forbidden"}"#);
            assert_eq!(
                header(&head, "x-amzn-errortype"),
                Some("forbiddenexception")
            );
        }
    }
    // A page may call a stage: what it may read is the API's matter.
    let page = ["Origin: https://shop.example", "Sec-Fetch-Site: cross-site"];
    let (status, _, _) = call(&live, &api, "GET /s", &page, "").await;
    assert_eq!(status, 200);
    for line in ["GET /s/nothing", "POST /s"] {
        let (status, head, body) = call(&live, &api, line, &[], "").await;
        assert_eq!(
            (status, body.as_str()),
            (403, r#"{"message":"Missing Authentication Token"}"#),
            "{line}"
        );
        let error = header(&head, "x-amzn-errortype");
        assert_eq!(error, Some("missingauthenticationtokenexception"));
    }
}

#[tokio::test]
async fn a_function_gets_the_request_as_the_service_gives_it() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    let rest = create_resource(&client, &api, &root, "{proxy+}").await;
    let hard = create_resource(&client, &api, &root, "hard").await;
    proxied(&live, &client, &api, &rest, "echo").await;
    proxied_again(&client, &api, &hard, "echo").await;
    let deployment = deploy(&client, &api, "s").await;
    let (status, head, body) = call(&live, &api, "GET /s/a", &[], "").await;
    assert_eq!(
        (status, body.as_str()),
        (500, r#"{"message": "Internal server error"}"#),
        "without a permission the function can't be called"
    );
    let error = header(&head, "x-amzn-errortype");
    assert_eq!(error, Some("internalservererrorexception"));
    permit(&live, "echo", &api).await;
    let line = "GET /s/a/b%2Bc@x.example/d+e/?when=2026-01-02T03:04:05+09:00&p=a%2Bb&p=c%20d";
    let sent = ["tEsT-HeaDeR: aValUE", "Accept: */*", "Accept: text/html"];
    let (status, head, body) = call(&live, &api, line, &sent, "").await;
    assert_eq!(status, 203, "{body}");
    assert_eq!(header(&head, "my-header"), Some("a"));
    assert!(header(&head, "x-amzn-trace-id").is_some_and(|trace| trace.starts_with("root=1-")));
    let event: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(event["path"], "/a/b%2Bc@x.example/d+e/");
    assert_eq!(event["resource"], "/{proxy+}");
    assert_eq!(
        event["pathParameters"],
        json!({"proxy": "a/b%2Bc@x.example/d+e"})
    );
    assert_eq!(
        event["queryStringParameters"],
        json!({"when": "2026-01-02T03:04:05 09:00", "p": "c d"})
    );
    assert_eq!(
        event["multiValueQueryStringParameters"]["p"],
        json!(["a+b", "c d"])
    );
    assert_eq!(event["headers"]["tEsT-HeaDeR"], "aValUE");
    assert_eq!(
        event["multiValueHeaders"]["Accept"],
        json!(["*/*", "text/html"])
    );
    assert_eq!(event["headers"]["X-Forwarded-Proto"], "https");
    assert_eq!(
        (&event["body"], &event["stageVariables"]),
        (&Value::Null, &Value::Null)
    );
    let context = &event["requestContext"];
    assert_eq!(context["path"], "/s/a/b%2Bc@x.example/d+e/");
    for (member, expected) in [
        ("accountId", "000000000000"),
        ("apiId", &api),
        ("deploymentId", &deployment),
        (
            "domainName",
            &format!("{api}.execute-api.us-east-1.amazonaws.com"),
        ),
        ("domainPrefix", &api),
        ("httpMethod", "GET"),
        ("protocol", "HTTP/1.1"),
        ("resourceId", &rest),
        ("resourcePath", "/{proxy+}"),
        ("stage", "s"),
    ] {
        assert_eq!(context[member], expected, "{member}");
    }
    assert_eq!(context["identity"]["sourceIp"], "127.0.0.1");
    let id = context["requestId"].as_str().unwrap();
    assert_eq!(header(&head, "x-amzn-requestid"), Some(id));
    let (_, _, body) = call(&live, &api, "GET /s//hard", &[], "").await;
    let event: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(event["path"], "/hard");
    assert_eq!(event["requestContext"]["path"], "/s//hard");
    assert_eq!(event["queryStringParameters"], Value::Null);
    assert_eq!(event["multiValueQueryStringParameters"], Value::Null);
    assert_eq!(event["pathParameters"], Value::Null);
}

/// A method with a function that is there already.
async fn proxied_again(client: &Client, api: &str, resource: &str, function: &str) {
    let method = client.put_method().rest_api_id(api).resource_id(resource);
    let method = method.http_method("ANY").authorization_type("NONE");
    method.send().await.unwrap();
    let uri = format!(
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:{function}/invocations"
    );
    let made = client.put_integration().rest_api_id(api).uri(uri);
    made.resource_id(resource)
        .http_method("ANY")
        .r#type(IntegrationType::AwsProxy)
        .integration_http_method("POST")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn what_a_function_answers_is_the_answer_or_a_502() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    proxied(&live, &client, &api, &root, "echo").await;
    permit(&live, "echo", &api).await;
    deploy(&client, &api, "s").await;
    let wrong = (502, r#"{"message": "Internal server error"}"#.to_owned());
    let fine = |body: &str| (200, body.to_owned());
    for (answer, expected) in [
        (json!({"statusCode": 200, "other": 1}), wrong.clone()),
        (json!({}), wrong.clone()),
        (json!("text"), wrong.clone()),
        (json!(null), wrong.clone()),
        (json!({"multiValueHeaders": {"a": "b"}}), wrong.clone()),
        (json!({"statusCode": "wrong"}), wrong.clone()),
        (json!({"statusCode": 200, "body": {"a": 1}}), wrong.clone()),
        (json!({"statusCode": "200"}), fine("")),
        (json!({"statusCode": 200, "headers": null}), fine("")),
        (json!({"headers": {"a": true}}), fine("")),
        (
            json!({"isBase64Encoded": true, "body": "aGk="}),
            fine("aGk="),
        ),
    ] {
        let body = format!("answer:{answer}");
        let (status, _, body) = call(&live, &api, "POST /s", &[], &body).await;
        assert_eq!((status, body), expected, "{answer}");
    }
    let (status, head, _) = call(&live, &api, "POST /s", &[], "raise").await;
    assert_eq!(status, 502);
    let error = header(&head, "x-amzn-errortype");
    assert_eq!(error, Some("internalservererrorexception"));
    let lists = r#"answer:{"headers": {"m": "b", "t": true}, "multiValueHeaders": {"m": ["a"]}}"#;
    let (_, head, _) = call(&live, &api, "POST /s", &[], lists).await;
    let all: Vec<&str> = head
        .lines()
        .filter_map(|line| line.strip_prefix("m: "))
        .collect();
    assert_eq!(all, ["a", "b"]);
    assert_eq!(header(&head, "t"), Some("true"));
    assert_eq!(header(&head, "content-type"), Some("application/json"));
}

#[tokio::test]
async fn every_request_is_measured_by_api_and_stage() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    mock(&client, &api, &root, "GET", "{}").await;
    deploy(&client, &api, "s").await;
    for line in ["GET /s", "GET /s", "GET /s/nothing"] {
        call(&live, &api, line, &[], "").await;
    }
    let metrics = aws_sdk_cloudwatch::Client::new(&live.config);
    let sum = async |name: &str, stage: Option<&str>| {
        let dimension = |name: &str, value: &str| {
            let dimension = aws_sdk_cloudwatch::types::Dimension::builder();
            dimension.name(name).value(value).build()
        };
        let now = std::time::SystemTime::now();
        let hour = std::time::Duration::from_secs(3600);
        let asked = metrics
            .get_metric_statistics()
            .namespace("AWS/ApiGateway")
            .metric_name(name)
            .dimensions(dimension("ApiName", "shop"))
            .set_dimensions(
                stage
                    .map(|stage| vec![dimension("ApiName", "shop"), dimension("Stage", stage)])
                    .or_else(|| Some(vec![dimension("ApiName", "shop")])),
            )
            .start_time((now - hour).into())
            .end_time((now + hour).into())
            .period(7200)
            .statistics(aws_sdk_cloudwatch::types::Statistic::Sum);
        let points = asked.send().await.unwrap();
        points
            .datapoints()
            .iter()
            .filter_map(|point| point.sum())
            .sum::<f64>()
    };
    until(|| async { sum("Count", None).await >= 3.0 }).await;
    assert_eq!(sum("Count", Some("s")).await, 3.0);
    assert_eq!(sum("4XXError", Some("s")).await, 1.0);
    assert_eq!(sum("5XXError", Some("s")).await, 0.0);
}

#[tokio::test]
async fn an_api_with_its_stage_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || sekisho_sandbox::Options {
        state: Some(folder.path().join("state")),
        ..sekisho_sandbox::Options::default()
    };
    let live = Live::start_with(options()).await;
    let made = client(&live);
    let (api, root) = create_api(&made, "shop").await;
    mock(&made, &api, &root, "GET", r#"{"kept": true}"#).await;
    deploy(&made, &api, "s").await;
    let (other, _) = create_api(&made, "gone").await;
    made.delete_rest_api()
        .rest_api_id(&other)
        .send()
        .await
        .unwrap();
    let extra = create_resource(&made, &api, &root, "gone").await;
    let gone = made.delete_resource().rest_api_id(&api).resource_id(extra);
    gone.send().await.unwrap();
    live.sandbox.shutdown().await;
    drop(live);
    let live = Live::start_with(options()).await;
    let kept = client(&live);
    let all = kept.get_rest_apis().send().await.unwrap();
    assert_eq!(all.items().len(), 1);
    let resources = kept.get_resources().rest_api_id(&api).send().await.unwrap();
    assert_eq!(resources.items().len(), 1);
    let (status, _, body) = call(&live, &api, "GET /s", &[], "").await;
    assert_eq!((status, body.as_str()), (200, r#"{"kept": true}"#));
}

#[tokio::test]
async fn documentation_is_written_by_parts_and_frozen_in_versions() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, _) = create_api(&client, "shop").await;
    let location = aws_sdk_apigateway::types::DocumentationPartLocation::builder()
        .r#type(aws_sdk_apigateway::types::DocumentationPartType::Api)
        .build()
        .unwrap();
    let create = || {
        let part = client.create_documentation_part().rest_api_id(&api);
        part.location(location.clone())
            .properties(r#"{"description": "a shop"}"#)
            .send()
    };
    let part = create().await.unwrap();
    assert_eq!(refusal(create().await).0, "ConflictException");
    let update = client.update_documentation_part().rest_api_id(&api);
    let update = update.documentation_part_id(part.id().unwrap());
    let wrong = update
        .clone()
        .patch_operations(patch(Op::Add, "/properties", "{}"));
    assert_eq!(
        refusal(wrong.send().await).1,
        "Invalid patch path  '/properties' specified for op 'add'. Please choose supported operations"
    );
    let update = update.patch_operations(patch(Op::Replace, "/properties", "{}"));
    assert_eq!(update.send().await.unwrap().properties(), Some("{}"));
    let version = client.create_documentation_version().rest_api_id(&api);
    let version = version.documentation_version("v1").send().await.unwrap();
    assert_eq!(version.version(), Some("v1"));
    let all = client.get_documentation_versions().rest_api_id(&api);
    assert_eq!(all.send().await.unwrap().items().len(), 1);
}
