//! Who is let in to a stage, and what they must send: keys, plans, throttles, quotas, validators, authorizers and policies.

use crate::{
    gateway::{call, client, create_api, create_resource, deploy, mock, patch},
    support::{Live, refusal},
};
use aws_sdk_apigateway::{
    Client,
    types::{
        ApiStage, AuthorizerType, GatewayResponseType, IntegrationType, Op, QuotaPeriodType,
        QuotaSettings, ThrottleSettings,
    },
};
use aws_sdk_lambda::types::Runtime;
use jiff::Timestamp;
use sekisho_sandbox::{Options, clock::Clock};
use std::time::Duration;

/// An API with a mock at its root that wants a key, deployed as `s`.
async fn locked(client: &Client) -> String {
    let (api, root) = create_api(client, "shop").await;
    mock(client, &api, &root, "GET", r#"{"in": true}"#).await;
    let method = client.update_method().rest_api_id(&api).resource_id(&root);
    let wanted = patch(Op::Replace, "/apiKeyRequired", "true");
    let method = method.http_method("GET").patch_operations(wanted);
    method.send().await.unwrap();
    deploy(client, &api, "s").await;
    api
}

/// A key in a plan of the stage `s`; gives its id, its value and the plan.
async fn key(
    client: &Client,
    api: &str,
    throttle: Option<ThrottleSettings>,
    quota: Option<QuotaSettings>,
) -> (String, String, String) {
    let stage = ApiStage::builder().api_id(api).stage("s").build();
    let plan = client.create_usage_plan().name("plan").api_stages(stage);
    let plan = plan.set_throttle(throttle).set_quota(quota).send().await;
    let plan = plan.unwrap().id().unwrap().to_owned();
    let made = client.create_api_key().name("key").enabled(true);
    let made = made.send().await.unwrap();
    let (id, value) = (made.id().unwrap(), made.value().unwrap());
    let into = client.create_usage_plan_key().usage_plan_id(&plan);
    into.key_id(id).key_type("API_KEY").send().await.unwrap();
    (id.to_owned(), value.to_owned(), plan)
}

async fn ask(live: &Live, api: &str, key: &str) -> (u16, String) {
    let header = format!("x-api-key: {key}");
    let (status, _, body) = call(live, api, "GET /s", &[&header], "").await;
    (status, body)
}

fn said(status: u16, message: &str) -> (u16, String) {
    (status, format!(r#"{{"message":"{message}"}}"#))
}

/// What the service says once a method is being run, with its space.
fn said_within(status: u16, message: &str) -> (u16, String) {
    (status, format!(r#"{{"message": "{message}"}}"#))
}

#[tokio::test]
async fn a_key_lets_in_only_where_its_plan_does_and_while_it_is_switched_on() {
    let live = Live::start().await;
    let client = client(&live);
    let api = locked(&client).await;
    let forbidden = said(403, "Forbidden");
    let (status, head, body) = call(&live, &api, "GET /s", &[], "").await;
    assert_eq!((status, body), forbidden);
    assert!(
        head.contains("x-amzn-errortype: forbiddenexception"),
        "{head}"
    );
    let other = client.create_api_key().name("other").enabled(true);
    let other = other.send().await.unwrap();
    assert_eq!(ask(&live, &api, other.value().unwrap()).await, forbidden);
    let (id, value, _) = key(&client, &api, None, None).await;
    assert_eq!(value.len(), 40);
    assert_eq!(
        ask(&live, &api, &value).await,
        (200, r#"{"in": true}"#.into())
    );
    let off = client.update_api_key().api_key(&id);
    let off = off.patch_operations(patch(Op::Replace, "/enabled", "false"));
    off.send().await.unwrap();
    assert_eq!(ask(&live, &api, &value).await, forbidden);
}

#[tokio::test]
async fn a_quota_ends_with_its_period_is_counted_by_day_and_can_be_extended() {
    let clock = Clock::manual("2026-11-28T22:00:00Z".parse::<Timestamp>().unwrap());
    let live = Live::start_with(Options {
        clock: clock.clone(),
        ..Options::default()
    })
    .await;
    let client = client(&live);
    let api = locked(&client).await;
    let quota = QuotaSettings::builder()
        .limit(1)
        .period(QuotaPeriodType::Day);
    let (id, value, plan) = key(&client, &api, None, Some(quota.build())).await;
    let fine = (200, r#"{"in": true}"#.to_owned());
    let over = said(429, "Limit Exceeded");
    assert_eq!(ask(&live, &api, &value).await, fine);
    assert_eq!(ask(&live, &api, &value).await, over);
    let more = client.update_usage().usage_plan_id(&plan).key_id(&id);
    let more = more.patch_operations(patch(Op::Replace, "/remaining", "2"));
    more.send().await.unwrap();
    assert_eq!(ask(&live, &api, &value).await, fine);
    assert_eq!(ask(&live, &api, &value).await, fine);
    assert_eq!(ask(&live, &api, &value).await, over);
    clock.advance(Duration::from_secs(2 * 3600));
    assert_eq!(ask(&live, &api, &value).await, fine, "a new day");
    let usage = client.get_usage().usage_plan_id(&plan);
    let usage = usage.start_date("2026-11-27").end_date("2026-11-29");
    let usage = usage.send().await.unwrap();
    let days = usage.items().unwrap()[&id].clone();
    assert_eq!(days, [vec![0, 1], vec![3, 0], vec![1, 0]]);
}

#[tokio::test]
async fn a_plan_and_a_stage_let_through_so_many_a_second() {
    let clock = Clock::manual("2026-11-28T12:00:00Z".parse::<Timestamp>().unwrap());
    let live = Live::start_with(Options {
        clock: clock.clone(),
        ..Options::default()
    })
    .await;
    let client = client(&live);
    let api = locked(&client).await;
    let throttle = ThrottleSettings::builder().rate_limit(1.0).burst_limit(2);
    let (_, value, _) = key(&client, &api, Some(throttle.build()), None).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(ask(&live, &api, &value).await.0);
    }
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(
        ask(&live, &api, &value).await,
        said(429, "Too Many Requests")
    );
    clock.advance(Duration::from_secs(1));
    assert_eq!(ask(&live, &api, &value).await.0, 200);
    clock.advance(Duration::from_secs(60));
    let none = client.update_stage().rest_api_id(&api).stage_name("s");
    none.patch_operations(patch(Op::Replace, "/*/*/throttling/burstLimit", "0"))
        .patch_operations(patch(Op::Replace, "/*/*/throttling/rateLimit", "0"))
        .send()
        .await
        .unwrap();
    let (status, head, body) =
        call(&live, &api, "GET /s", &[&format!("x-api-key: {value}")], "").await;
    assert_eq!((status, body), said(429, "Too Many Requests"));
    assert!(
        head.contains("x-amzn-errortype: toomanyrequestsexception"),
        "{head}"
    );
}

#[tokio::test]
async fn a_validator_wants_what_the_method_requires_and_a_body_that_fits_its_model() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    let model = |name: &str, schema: String| {
        let model = client.create_model().rest_api_id(&api).name(name);
        model.content_type("application/json").schema(schema).send()
    };
    let order = r#"{"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 1}}}"#;
    model("Order", order.into()).await.unwrap();
    let list = format!(
        r#"{{"type": "array", "items": {{"$ref": "https://apigateway.amazonaws.com/restapis/{api}/models/Order"}}}}"#
    );
    model("Orders", list).await.unwrap();
    let validator = client.create_request_validator().rest_api_id(&api);
    let validator = validator
        .name("all")
        .validate_request_body(true)
        .validate_request_parameters(true);
    let validator = validator.send().await.unwrap();
    mock(&client, &api, &root, "POST", "{}").await;
    let method = client.update_method().rest_api_id(&api).resource_id(&root);
    method
        .http_method("POST")
        .patch_operations(patch(
            Op::Replace,
            "/requestValidatorId",
            validator.id().unwrap(),
        ))
        .patch_operations(patch(Op::Add, "/requestModels/application~1json", "Orders"))
        .patch_operations(patch(
            Op::Add,
            "/requestParameters/method.request.querystring.q",
            "true",
        ))
        .send()
        .await
        .unwrap();
    deploy(&client, &api, "s").await;
    let missing = said_within(400, "Missing required request parameters: [q]");
    let invalid = said_within(400, "Invalid request body");
    for (line, body, expected) in [
        ("POST /s", r#"[{"n": 1}]"#, missing.clone()),
        ("POST /s?q=", r#"[{"n": 1}]"#, missing.clone()),
        ("POST /s?q=1", r#"[{"n": 1}, {"n": 2}]"#, (200, "{}".into())),
        ("POST /s?q=1", r#"[{"n": 0}]"#, invalid.clone()),
        ("POST /s?q=1", r#"[{}]"#, invalid.clone()),
        ("POST /s?q=1", "no json", invalid.clone()),
    ] {
        let (status, _, said) = call(&live, &api, line, &[], body).await;
        assert_eq!((status, said), expected, "{line} {body}");
    }
    let used = client.delete_model().rest_api_id(&api).model_name("Orders");
    assert_eq!(
        refusal(used.send().await),
        (
            "ConflictException".into(),
            "Cannot delete model 'Orders', is referenced in method request: //POST".into()
        )
    );
}

#[tokio::test]
async fn a_refusal_goes_through_the_gateway_response_of_its_kind() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    mock(&client, &api, &root, "GET", "{}").await;
    let own = client.put_gateway_response().rest_api_id(&api);
    own.response_type(GatewayResponseType::MissingAuthenticationToken)
        .status_code("404")
        .response_parameters("gatewayresponse.header.Access-Control-Allow-Origin", "'*'")
        .response_parameters(
            "gatewayresponse.header.asked",
            "method.request.querystring.q",
        )
        .response_templates("application/json", r#"{"nothing": "here"}"#)
        .send()
        .await
        .unwrap();
    deploy(&client, &api, "s").await;
    let (status, head, body) = call(&live, &api, "GET /s/x?q=why", &[], "").await;
    assert_eq!((status, body.as_str()), (404, r#"{"nothing": "here"}"#));
    assert!(head.contains("access-control-allow-origin: *"), "{head}");
    assert!(head.contains("asked: why"), "{head}");
}

/// Lets `GET /alpha` be called with any token but those that say what else is to come of it.
pub const AUTHORIZER: &str = "
def handler(event, context):
    print('asked for', event['authorizationToken'])
    token = event['authorizationToken']
    if token == 'nobody':
        raise Exception('Unauthorized')
    if token == 'v':
        return {'principalId': 'p'}
    arn = event['methodArn'].rsplit('/', 1)[0] + '/alpha'
    return {'principalId': 'p', 'context': {'n': 1}, 'policyDocument': {'Version': '2012-10-17', 'Statement': [
        {'Action': 'execute-api:Invoke', 'Effect': 'Allow', 'Resource': arn}]}}
";

#[tokio::test]
async fn what_an_authorizer_said_of_a_token_is_judged_anew_for_each_method_and_asked_once() {
    let live = Live::start().await;
    let client = client(&live);
    let files = [("index.py", AUTHORIZER)];
    live.create("judge", Runtime::Python312, "index.handler", &files)
        .await;
    let (api, root) = create_api(&client, "shop").await;
    let permission = live.lambda.add_permission().function_name("judge");
    permission
        .statement_id("api")
        .action("lambda:InvokeFunction")
        .principal("apigateway.amazonaws.com")
        .source_arn(format!(
            "arn:aws:execute-api:us-east-1:000000000000:{api}/authorizers/*"
        ))
        .send()
        .await
        .unwrap();
    let authorizer = client.create_authorizer().rest_api_id(&api).name("judge");
    let authorizer = authorizer
        .r#type(AuthorizerType::Token)
        .authorizer_uri("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:judge/invocations")
        .identity_source("method.request.header.Auth")
        .identity_validation_expression("[a-z]+")
        .authorizer_result_ttl_in_seconds(300)
        .send()
        .await
        .unwrap();
    for part in ["alpha", "beta"] {
        let resource = create_resource(&client, &api, &root, part).await;
        mock(&client, &api, &resource, "GET", "{}").await;
        let method = client.update_method().rest_api_id(&api);
        method
            .resource_id(&resource)
            .http_method("GET")
            .patch_operations(patch(Op::Replace, "/authorizationType", "CUSTOM"))
            .patch_operations(patch(
                Op::Replace,
                "/authorizerId",
                authorizer.id().unwrap(),
            ))
            .send()
            .await
            .unwrap();
    }
    deploy(&client, &api, "s").await;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&live.config);
    let asked = async || {
        let all = logs.filter_log_events().log_group_name("/aws/lambda/judge");
        let all = all.filter_pattern("\"asked for\"").send().await;
        all.map_or(0, |all| all.events().len())
    };
    let ask = async |path: &str, token: &str| {
        let header = format!("Auth: {token}");
        let line = format!("GET /s/{path}");
        let (status, head, body) = call(&live, &api, &line, &[&header], "").await;
        (status, head, body)
    };
    let (status, head, body) = call(&live, &api, "GET /s/alpha", &[], "").await;
    assert_eq!((status, body), said(401, "Unauthorized"));
    assert!(
        head.contains("x-amzn-errortype: unauthorizedexception"),
        "{head}"
    );
    assert_eq!(ask("alpha", "UPPER").await.0, 401);
    assert_eq!(
        asked().await,
        0,
        "what is missing or malformed is not asked about"
    );
    assert_eq!(ask("alpha", "t").await.0, 200);
    let (status, _, body) = ask("beta", "t").await;
    assert_eq!(
        (status, body),
        said(403, "User is not authorized to access this resource")
    );
    assert_eq!(ask("alpha", "t").await.0, 200);
    assert_eq!(asked().await, 1);
    assert_eq!(ask("alpha", "u").await.0, 200);
    assert_eq!(asked().await, 2);
    for _ in 0..2 {
        let (status, head, body) = ask("alpha", "v").await;
        assert_eq!((status, body.as_str()), (500, r#"{"message":null}"#));
        let error = "x-amzn-errortype: authorizerconfigurationexception";
        assert!(head.contains(error), "{head}");
    }
    assert_eq!(
        asked().await,
        4,
        "what could not be understood is not remembered"
    );
    assert_eq!(ask("alpha", "nobody").await.0, 401);
}

#[tokio::test]
async fn the_apis_own_policy_says_who_may_call() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    mock(&client, &api, &root, "GET", "{}").await;
    for (effect, address, expected) in [
        ("Allow", "127.0.0.1/32", 200),
        ("Allow", "10.0.0.0/8", 403),
        ("Deny", "127.0.0.1/32", 403),
    ] {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "{effect}", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*", "Condition": {{"IpAddress": {{"aws:SourceIp": "{address}"}}}}}}]}}"#
        );
        let update = client.update_rest_api().rest_api_id(&api);
        let update = update.patch_operations(patch(Op::Replace, "/policy", &policy));
        update.send().await.unwrap();
        deploy(&client, &api, "s").await;
        let (status, _, body) = call(&live, &api, "GET /s", &[], "").await;
        assert_eq!(status, expected, "{effect} {address} {body}");
        if expected == 403 {
            let start = format!(
                r#"{{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:{api}/s/GET/"#
            );
            assert!(body.starts_with(&start), "{body}");
            assert_eq!(body.contains("explicit deny"), effect == "Deny");
        }
    }
}

#[tokio::test]
async fn a_backend_over_http_gets_the_request_and_gives_the_answer() {
    let live = Live::start().await;
    let client = client(&live);
    // Another stage of the sandbox stands for the backend.
    let (behind, root) = create_api(&client, "behind").await;
    let item = create_resource(&client, &behind, &root, "item").await;
    mock(&client, &behind, &item, "POST", r#"{"behind": 1}"#).await;
    deploy(&client, &behind, "b").await;
    let (api, root) = create_api(&client, "front").await;
    let proxy = create_resource(&client, &api, &root, "{proxy+}").await;
    let method = client.put_method().rest_api_id(&api).resource_id(&proxy);
    let method = method.http_method("ANY").authorization_type("NONE");
    let path = "method.request.path.proxy";
    method.request_parameters(path, true).send().await.unwrap();
    let integration = client
        .put_integration()
        .rest_api_id(&api)
        .resource_id(&proxy);
    integration
        .http_method("ANY")
        .r#type(IntegrationType::HttpProxy)
        .integration_http_method("ANY")
        .uri(format!(
            "{}/_aws/execute-api/{behind}/b/{{proxy}}",
            live.sandbox.endpoint()
        ))
        .request_parameters("integration.request.path.proxy", path)
        .send()
        .await
        .unwrap();
    deploy(&client, &api, "s").await;
    let (status, _, body) = call(&live, &api, "POST /s/item", &[], "{}").await;
    assert_eq!((status, body.as_str()), (200, r#"{"behind": 1}"#));
    let (status, _, body) = call(&live, &api, "GET /s/item", &[], "").await;
    assert_eq!((status, body), said(403, "Missing Authentication Token"));
    // AWS's own name of a stage means the sandbox's.
    let named = format!("https://{behind}.execute-api.us-east-1.amazonaws.com/b/{{proxy}}");
    let update = client.update_integration().rest_api_id(&api);
    let update = update.resource_id(&proxy).http_method("ANY");
    let update = update.patch_operations(patch(Op::Replace, "/uri", &named));
    update.send().await.unwrap();
    deploy(&client, &api, "s").await;
    let (status, _, body) = call(&live, &api, "POST /s/item", &[], "{}").await;
    assert_eq!((status, body.as_str()), (200, r#"{"behind": 1}"#));
}

/// Fails with what it is told to fail with.
const FAILING: &str = "
def handler(event, context):
    if event.get('fail'):
        raise Exception(event['fail'])
    return {'got': event}
";

#[tokio::test]
async fn what_a_function_fails_with_chooses_the_answer_where_templates_stand_between() {
    let live = Live::start().await;
    let client = client(&live);
    let files = [("index.py", FAILING)];
    live.create("plain", Runtime::Python312, "index.handler", &files)
        .await;
    let permission = live.lambda.add_permission().function_name("plain");
    let permission = permission
        .statement_id("api")
        .action("lambda:InvokeFunction");
    let permission = permission.principal("apigateway.amazonaws.com");
    permission.send().await.unwrap();
    let (api, root) = create_api(&client, "shop").await;
    let method = client.put_method().rest_api_id(&api).resource_id(&root);
    let method = method.http_method("POST").authorization_type("NONE");
    method.send().await.unwrap();
    let integration = client
        .put_integration()
        .rest_api_id(&api)
        .resource_id(&root);
    integration
        .http_method("POST")
        .r#type(IntegrationType::Aws)
        .integration_http_method("POST")
        .uri("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:plain/invocations")
        .send()
        .await
        .unwrap();
    for (code, pattern) in [("200", ""), ("404", "no such .*"), ("500", "boom")] {
        let response = client.put_integration_response().rest_api_id(&api);
        let response = response.resource_id(&root).http_method("POST");
        let mut response = response.status_code(code).selection_pattern(pattern);
        if code == "500" {
            response = response.response_templates("application/json", r#"{"broken": true}"#);
        }
        response.send().await.unwrap();
    }
    deploy(&client, &api, "s").await;
    let (status, _, body) = call(&live, &api, "POST /s", &[], r#"{"a": 1}"#).await;
    let got: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, got), (200, serde_json::json!({"got": {"a": 1}})));
    let (status, _, body) = call(&live, &api, "POST /s", &[], r#"{"fail": "no such pet"}"#).await;
    assert_eq!(status, 404);
    assert!(body.contains(r#""errorMessage""#), "{body}");
    let (status, _, body) = call(&live, &api, "POST /s", &[], r#"{"fail": "boom"}"#).await;
    assert_eq!((status, body.as_str()), (500, r#"{"broken": true}"#));
    let (status, _, _) = call(&live, &api, "POST /s", &[], r#"{"fail": "boom!"}"#).await;
    assert_eq!(status, 200, "a pattern must be all of it");
}

#[tokio::test]
async fn templates_are_rendered_with_the_request_and_may_say_the_status() {
    let live = Live::start().await;
    let client = client(&live);
    let sent = r#"{"json":{"place":"Hakone","stops":[{"km":3}]}}"#;
    let files = [(
        "index.py",
        "def handler(event, context):\n    return event\n",
    )];
    live.create("back", Runtime::Python312, "index.handler", &files)
        .await;
    let permission = live.lambda.add_permission().function_name("back");
    let permission = permission
        .statement_id("api")
        .action("lambda:InvokeFunction");
    let permission = permission.principal("apigateway.amazonaws.com");
    permission.send().await.unwrap();
    let (api, root) = create_api(&client, "shop").await;
    let mut lines = Vec::new();
    for (at, (template, expected)) in [
        (
            "$input.path('$.json')",
            "{place=Hakone, stops=[{\"km\":3}]}",
        ),
        ("#set($s=$input.path('$.json.stops'))$s[0]", "{km=3}"),
        (
            "#foreach($k in $input.params().querystring.keySet())$k#if($foreach.hasNext),#end#end",
            "a,b",
        ),
        ("$util.urlEncode(\"a b+c\")", "a+b%2Bc"),
        (
            "\"$util.escapeJavaScript($input.params('b'))\"",
            "\"it\\'s\"",
        ),
        (
            "$stageVariables.color $context.stage $context.resourcePath",
            " s /t6",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let resource = create_resource(&client, &api, &root, &format!("t{}", at + 1)).await;
        templated(&client, &api, &resource, template).await;
        lines.push((format!("POST /s/t{}?a=1&b=it's", at + 1), expected));
    }
    let over = create_resource(&client, &api, &root, "over").await;
    templated(
        &client,
        &api,
        &over,
        "#set($context.responseOverride.status = 444)x",
    )
    .await;
    let broken = create_resource(&client, &api, &root, "broken").await;
    templated(&client, &api, &broken, "#if(").await;
    deploy(&client, &api, "s").await;
    for (line, expected) in lines {
        let (status, _, body) = call(&live, &api, &line, &[], sent).await;
        assert_eq!((status, body.as_str()), (200, expected), "{line}");
    }
    let (status, _, body) = call(&live, &api, "POST /s/over", &[], sent).await;
    assert_eq!((status, body.trim()), (444, "x"));
    let answer = call(&live, &api, "POST /s/broken", &[], sent).await;
    assert_eq!(
        (answer.0, answer.2),
        said_within(500, "Internal server error")
    );
}

/// A method whose function gives the request's body back, through a template.
async fn templated(client: &Client, api: &str, resource: &str, template: &str) {
    let method = client.put_method().rest_api_id(api).resource_id(resource);
    let method = method.http_method("POST").authorization_type("NONE");
    method.send().await.unwrap();
    let made = client.put_integration().rest_api_id(api);
    made.resource_id(resource)
        .http_method("POST")
        .r#type(IntegrationType::Aws)
        .integration_http_method("POST")
        .uri("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:back/invocations")
        .send()
        .await
        .unwrap();
    let answer = client.put_integration_response().rest_api_id(api);
    let answer = answer.resource_id(resource).http_method("POST");
    answer
        .status_code("200")
        .response_templates("application/json", template)
        .send()
        .await
        .unwrap();
}
