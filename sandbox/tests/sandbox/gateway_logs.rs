//! What a stage writes of its requests: execution logs and access logs, with the account's role or not at all.

use crate::{
    gateway::{call, client, create_api, deploy, mock, patch, permit, proxied},
    support::{Live, refusal},
};
use aws_sdk_apigateway::{
    Client,
    types::{Op, PatchOperation},
};
use serde_json::Value;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const PUSH: &str = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs";

fn iam(live: &Live) -> aws_sdk_iam::Client {
    aws_sdk_iam::Client::new(&live.config)
}

/// Makes a role that API Gateway may take on; gives its ARN.
async fn role(live: &Live, name: &str) -> String {
    let made = iam(live).create_role().role_name(name);
    let made = made.assume_role_policy_document(TRUST).send().await;
    made.unwrap().role().unwrap().arn().to_owned()
}

/// The account writes logs with a role of its own.
pub async fn logging(live: &Live, client: &Client) {
    let role = role(live, "push").await;
    let push = iam(live).attach_role_policy().role_name("push");
    push.policy_arn(PUSH).send().await.unwrap();
    let account = client.update_account();
    let account = account.patch_operations(patch(Op::Replace, "/cloudwatchRoleArn", &role));
    account.send().await.unwrap();
}

async fn update(
    client: &Client,
    api: &str,
    patches: &[(&str, &str)],
) -> Result<(), (String, String)> {
    let patches: Vec<PatchOperation> = patches
        .iter()
        .map(|(path, value)| patch(Op::Replace, path, value))
        .collect();
    let stage = client.update_stage().rest_api_id(api).stage_name("s");
    match stage.set_patch_operations(Some(patches)).send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(refusal::<(), _>(Err(error))),
    }
}

/// What a group has, in order.
async fn lines(live: &Live, group: &str) -> Vec<String> {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&live.config);
    let all = logs.filter_log_events().log_group_name(group).send().await;
    let Ok(all) = all else { return Vec::new() };
    let all = all.events().iter();
    all.map(|event| event.message().unwrap().to_owned())
        .collect()
}

/// The lines of an execution log without their request.
async fn executed(live: &Live, api: &str) -> Vec<String> {
    let all = lines(live, &format!("API-Gateway-Execution-Logs_{api}/s")).await;
    all.iter()
        .map(|line| {
            let (id, said) = line.split_once(") ").unwrap();
            said.replace(id.trim_start_matches('('), "ID")
        })
        .collect()
}

#[tokio::test]
async fn logs_need_a_role_of_the_account_that_is_there_and_lets_the_gateway_write() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    mock(&client, &api, &root, "GET", "{}").await;
    deploy(&client, &api, "s").await;
    let group = "arn:aws:logs:us-east-1:000000000000:log-group:access";
    let refused = Err((
        "BadRequestException".to_owned(),
        "CloudWatch Logs role ARN must be set in account settings to enable logging".to_owned(),
    ));
    for (path, value) in [
        ("/*/*/logging/loglevel", "INFO"),
        ("/~1/GET/logging/loglevel", "ERROR"),
        ("/accessLogSettings/destinationArn", group),
    ] {
        assert_eq!(update(&client, &api, &[(path, value)]).await, refused);
    }
    let off = [("/*/*/logging/loglevel", "OFF")];
    assert_eq!(update(&client, &api, &off).await, Ok(()));

    let set = async |role: &str| {
        let account = client.update_account();
        account
            .patch_operations(patch(Op::Replace, "/cloudwatchRoleArn", role))
            .send()
            .await
    };
    let other = aws_sdk_iam::Client::new(&live.config);
    let trusts_lambda = TRUST.replace("apigateway", "lambda");
    let other = other.create_role().role_name("other");
    let other = other.assume_role_policy_document(trusts_lambda);
    let other = other.send().await.unwrap();
    let bare = role(&live, "bare").await;
    for arn in [
        "arn:aws:iam::000000000000:role/nobody",
        other.role().unwrap().arn(),
        &bare,
    ] {
        let (code, message) = refusal(set(arn).await);
        assert_eq!(code, "BadRequestException", "{arn}");
        assert!(
            message.starts_with("The role ARN does not have required permissions configured."),
            "{message}"
        );
    }
    logging(&live, &client).await;
    assert_eq!(
        lines(&live, "/aws/apigateway/welcome").await,
        ["Cloudwatch logs enabled for API Gateway"]
    );
    let info = [("/*/*/logging/loglevel", "INFO")];
    assert_eq!(update(&client, &api, &info).await, Ok(()));
    assert_eq!(call(&live, &api, "GET /s", &[], "").await.0, 200);
    let written = executed(&live, &api).await.len();
    assert!(written > 0);

    // Somebody deletes the role: the stage answers, and nothing is written any more.
    let iam = iam(&live);
    let detach = iam.detach_role_policy().role_name("push");
    detach.policy_arn(PUSH).send().await.unwrap();
    iam.delete_role().role_name("push").send().await.unwrap();
    assert_eq!(call(&live, &api, "GET /s", &[], "").await.0, 200);
    assert_eq!(executed(&live, &api).await.len(), written);
}

#[tokio::test]
async fn a_stage_writes_each_step_of_a_request_as_far_as_its_method_wants_it() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    proxied(&live, &client, &api, &root, "echo").await;
    permit(&live, "echo", &api).await;
    deploy(&client, &api, "s").await;
    logging(&live, &client).await;
    let error = [("/*/*/logging/loglevel", "ERROR")];
    update(&client, &api, &error).await.unwrap();
    let fine = r#"answer:{"statusCode": 200}"#;
    assert_eq!(call(&live, &api, "POST /s", &[], fine).await.0, 200);
    assert_eq!(executed(&live, &api).await, [""; 0]);
    assert_eq!(call(&live, &api, "POST /s", &[], "answer:7").await.0, 502);
    assert_eq!(
        executed(&live, &api).await,
        [
            "Execution failed due to configuration error: Malformed Lambda proxy response",
            "Method completed with status: 502",
        ]
    );

    let info = [("/*/*/logging/loglevel", "INFO")];
    update(&client, &api, &info).await.unwrap();
    assert_eq!(call(&live, &api, "POST /s", &[], fine).await.0, 200);
    let all = executed(&live, &api).await;
    let url = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:echo/invocations";
    for (at, start) in [
        "Extended Request Id: ",
        &format!("Verifying Usage Plan for request: ID. API Key:  API Stage: {api}/s"),
        "API Key  authorized because method 'ANY /' does not require API Key. Request will not contribute to throttle or quota limits",
        &format!("Usage Plan check succeeded for API Key  and API Stage {api}/s"),
        "Starting execution for request: ID",
        "HTTP Method: POST, Resource Path: /",
        &format!("Sending request to {url}"),
        "Received response. Status: 200, Integration latency: ",
        "Successfully completed execution",
        "Method completed with status: 200",
        "AWS Integration Endpoint RequestId : ",
        "X-ray Tracing ID : Root=1-",
    ]
    .iter()
    .enumerate()
    {
        assert!(all[at + 2].starts_with(start), "{}", all[at + 2]);
    }
    assert_eq!(all.len(), 14);

    let traced = [("/*/*/logging/dataTrace", "true")];
    update(&client, &api, &traced).await.unwrap();
    let long = format!(r#"answer:{{"body": "{}"}}"#, "x".repeat(2000));
    assert_eq!(
        call(&live, &api, "POST /s", &["X-Api-Key: 0123456789"], &long)
            .await
            .0,
        200
    );
    let all = executed(&live, &api).await;
    let has = |start: &str| all.iter().find(|line| line.starts_with(start)).unwrap();
    let headers = has("Method request headers: {");
    assert!(headers.contains("X-Api-Key=****456789"), "{headers}");
    let body = has("Method request body before transformations: answer:");
    assert_eq!(body.len(), 1024 + " [TRUNCATED]".len());
    assert!(body.ends_with("x [TRUNCATED]"));
    has("Endpoint request headers: {x-amzn-lambda-integration-tag=ID, ");
    has("Method response headers: {");
}

#[tokio::test]
async fn an_access_log_has_a_line_a_request_in_the_stages_format() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    proxied(&live, &client, &api, &root, "echo").await;
    permit(&live, "echo", &api).await;
    deploy(&client, &api, "s").await;
    logging(&live, &client).await;
    let group = "arn:aws:logs:us-east-1:000000000000:log-group:access";
    let format = async |format: &str| {
        let patches = [
            ("/accessLogSettings/destinationArn", group),
            ("/accessLogSettings/format", format),
        ];
        update(&client, &api, &patches).await
    };
    for (given, expected) in [
        (
            "$context.status",
            "Access Log format must include either $context.requestId or $context.extendedRequestId : '$context.status'",
        ),
        (
            "$context.requestId\n$context.status",
            "Access Log format must be single line, new line character is allowed only at end of the format: '$context.requestId\n$context.status'",
        ),
    ] {
        let refused = ("BadRequestException".to_owned(), expected.to_owned());
        assert_eq!(format(given).await, Err(refused));
    }
    let json = r#"{"id":"$context.requestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","verb":"$context.httpMethod","path":"$context.path","resource":"$context.resourcePath","status":"$context.status","length":"$context.responseLength","ms":"$context.responseLatency","behind":"$context.integrationStatus","behindMs":"$context.integrationLatency","their":"$context.awsEndpointRequestId","error":"$context.error.message","type":"$context.error.responseType","why":"$context.integrationErrorMessage","agent":"$context.identity.userAgent","stage":"$context.stage","trace":"$context.xrayTraceId"}"#;
    format(json).await.unwrap();
    let agent = ["User-Agent: test/1"];
    let (status, head, _) = call(
        &live,
        &api,
        "POST /s?q=1",
        &agent,
        r#"answer:{"body": "hello"}"#,
    )
    .await;
    assert_eq!(status, 200);
    let told: Value = serde_json::from_str(&lines(&live, "access").await[0]).unwrap();
    for (name, expected) in [
        ("ip", "127.0.0.1"),
        ("caller", "-"),
        ("verb", "POST"),
        ("path", "/s"),
        ("resource", "/"),
        ("status", "200"),
        ("length", "5"),
        ("behind", "200"),
        ("error", "-"),
        ("why", "-"),
        ("agent", "test/1"),
        ("stage", "s"),
    ] {
        assert_eq!(told[name], expected, "{name}");
    }
    let id = format!("x-amzn-requestid: {}", told["id"].as_str().unwrap());
    assert!(head.contains(&id), "{head}");
    assert!(told["ms"].as_str().unwrap().parse::<u64>().is_ok());
    assert_eq!(told["their"].as_str().unwrap().len(), 36);
    assert!(told["trace"].as_str().unwrap().starts_with("1-"));

    assert_eq!(call(&live, &api, "POST /s", &[], "raise").await.0, 502);
    assert_eq!(call(&live, &api, "POST /s/nothing", &[], "").await.0, 403);
    let all = lines(&live, "access").await;
    let told: Value = serde_json::from_str(&all[1]).unwrap();
    assert_eq!(told["error"], "Internal server error");
    let why = told["why"].as_str().unwrap();
    assert!(
        why.starts_with(
            "Lambda execution failed with status 200 due to customer function error: x."
        ),
        "{why}"
    );
    let told: Value = serde_json::from_str(&all[2]).unwrap();
    assert_eq!(told["type"], "MISSING_AUTHENTICATION_TOKEN");
    assert_eq!(
        (&told["resource"], &told["behind"]),
        (&"-".into(), &"-".into())
    );

    // CLF, XML and CSV are formats like any other.
    let clf = r#"$context.identity.sourceIp $context.identity.caller $context.identity.user "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.extendedRequestId"#;
    let xml = r#"<request id="$context.requestId"><status>$context.status</status></request>"#;
    let csv = "$context.identity.sourceIp,$context.status,$context.requestId";
    for given in [clf, xml, csv] {
        format(given).await.unwrap();
        call(&live, &api, "POST /s", &[], r#"answer:{"body": "hello"}"#).await;
    }
    let all = lines(&live, "access").await;
    assert!(
        all[3].starts_with(r#"127.0.0.1 - - "POST / HTTP/1.1" 200 5 "#),
        "{}",
        all[3]
    );
    assert!(
        all[4].ends_with("\"><status>200</status></request>"),
        "{}",
        all[4]
    );
    assert!(all[5].starts_with("127.0.0.1,200,"), "{}", all[5]);
}
