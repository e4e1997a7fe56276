//! The endpoint itself: who may ask, what it says of itself, how it starts and ends.

use crate::support::{Live, config};
use sekisho_sandbox::{Options, Sandbox, StartError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A plain GET without a signature: the status and the body.
pub async fn get(address: &str) -> (u16, Vec<u8>) {
    let (_, rest) = address.split_once("//").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let (status, _, body) = send(
        host,
        &format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"),
    )
    .await;
    (status, body)
}

/// Sends a request as it is: the status, the head and the body of what comes back.
pub async fn send(host: &str, request: &str) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..end].to_vec())
        .unwrap()
        .to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head, answer[end + 4..].to_vec())
}

#[tokio::test]
async fn it_says_what_it_is_to_whoever_asks() {
    let live = Live::start().await;
    let (status, body) = get(&format!("{}/_sekisho/health", live.sandbox.endpoint())).await;
    assert_eq!(status, 200);
    let health: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(health["service"], "sekisho-sandbox");
    assert!(health["version"].is_string());
}

#[tokio::test]
async fn a_request_without_a_signature_is_refused_as_aws_does() {
    let live = Live::start().await;
    let endpoint = live.sandbox.endpoint();
    let host = endpoint.trim_start_matches("http://");
    let (status, head, _) = send(
        host,
        &format!(
            "GET /2015-03-31/functions/ HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        ),
    )
    .await;
    assert_eq!(status, 403);
    assert!(
        head.contains("x-amzn-errortype: missingauthenticationtokenexception"),
        "{head}"
    );
    assert!(head.contains("x-amzn-requestid: "), "{head}");
}

/// Sends a signed request: the status, the head and the body of what comes back.
async fn signed(
    endpoint: &str,
    line: &str,
    scope: &str,
    headers: &str,
    body: &str,
) -> (u16, String, String) {
    let host = endpoint.trim_start_matches("http://");
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}authorization: AWS4-HMAC-SHA256 Credential=A/20261123/us-east-1/{scope}/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}"
    );
    let (status, head, body) = send(host, &request).await;
    // cbor is no text, but its strings are.
    (status, head, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn an_operation_that_is_not_there_is_answered_with_awss_code_and_named() {
    let live = Live::start().await;
    let endpoint = live.sandbox.endpoint();
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let json = |target: &str| {
        format!("x-amz-target: {target}\r\ncontent-type: application/x-amz-json-1.1\r\n")
    };
    let rows = [
        (
            "GET /2015-03-31/nothing",
            "lambda",
            String::new(),
            "",
            404,
            "The sandbox's Lambda has no GET /2015-03-31/nothing.",
        ),
        (
            "POST /",
            "logs",
            json("Logs_20140328.PutDestination"),
            "{}",
            400,
            "The sandbox's CloudWatch Logs has no PutDestination.",
        ),
        (
            "POST /",
            "tagging",
            json("ResourceGroupsTaggingAPI_20170126.StartReportCreation"),
            "{}",
            400,
            "has no StartReportCreation.",
        ),
        (
            "POST /",
            "iam",
            form.into(),
            "Action=CreateUser&Version=2010-05-08",
            400,
            "<Code>InvalidAction</Code><Message>The sandbox's IAM has no CreateUser.",
        ),
        (
            "POST /",
            "sts",
            form.into(),
            "Action=DecodeAuthorizationMessage&Version=2011-06-15",
            400,
            "<Code>InvalidAction</Code><Message>The sandbox's STS has no DecodeAuthorizationMessage.",
        ),
        (
            "PUT /bucket?acl",
            "s3",
            String::new(),
            "",
            501,
            "<Code>NotImplemented</Code><Message>The sandbox's S3 has no PutBucketAcl.",
        ),
        (
            "GET /",
            "monitoring",
            String::new(),
            "",
            404,
            "The sandbox's CloudWatch has no GET /.",
        ),
    ];
    for (line, scope, headers, body, status, message) in rows {
        let answer = signed(&endpoint, line, scope, &headers, body).await;
        let said = answer.2.replace("&apos;", "'");
        assert_eq!(answer.0, status, "{line} {scope}: {said}");
        assert!(said.contains(message), "{line} {scope}: {said}");
        if scope == "lambda" {
            assert!(
                answer
                    .1
                    .contains("x-amzn-errortype: unknownoperationexception"),
                "{}",
                answer.1
            );
        }
    }
    let (status, _, body) = signed(&endpoint, "GET /v1/apis", "appsync", "", "").await;
    assert_eq!(status, 501);
    assert!(body.contains("The sandbox has no AppSync"), "{body}");
}

#[tokio::test]
async fn everything_belongs_to_the_account_that_was_given() {
    let sandbox = Sandbox::start(Options {
        port: 0,
        workload: false,
        account: Some("123456789012".into()),
        ..Options::default()
    })
    .await
    .unwrap();
    let config = config(&sandbox.endpoint(), "us-east-1");
    let me = aws_sdk_sts::Client::new(&config)
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(me.account(), Some("123456789012"));
    assert_eq!(me.arn(), Some("arn:aws:iam::123456789012:user/sekisho"));
    let lambda = aws_sdk_lambda::Client::new(&config);
    let functions = lambda.list_functions().send().await.unwrap();
    assert!(functions.functions().len() >= 3);
    let mut seen = format!("{functions:?}");
    for function in functions.functions() {
        let arn = function.function_arn().unwrap();
        assert!(arn.contains(":123456789012:function:"), "{arn}");
        assert!(function.role().unwrap().contains("::123456789012:role/"));
        let tags = lambda.list_tags().resource(arn).send().await.unwrap();
        seen.push_str(&format!("{tags:?}"));
    }
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    logs.create_log_group()
        .log_group_name("g")
        .send()
        .await
        .unwrap();
    seen.push_str(&format!(
        "{:?}",
        logs.describe_log_groups().send().await.unwrap()
    ));
    let iam = aws_sdk_iam::Client::new(&config);
    seen.push_str(&format!("{:?}", iam.list_roles().send().await.unwrap()));
    assert!(!seen.contains("000000000000"), "{seen}");
    assert!(!seen.contains("{account}"), "{seen}");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn what_is_no_account_is_told() {
    for given in ["", "12345678901", "12345678901x", "1234567890123"] {
        let started = Sandbox::start(Options {
            port: 0,
            account: Some(given.into()),
            ..Options::default()
        })
        .await;
        let Err(error @ StartError::Account { .. }) = started else {
            panic!("{given} is an account");
        };
        assert!(error.to_string().contains("twelve digits"), "{error}");
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id() {
    use aws_sdk_lambda::operation::RequestId;
    let live = Live::start().await;
    let list = live.lambda.list_functions().send().await.unwrap();
    assert!(list.request_id().is_some());
}

#[tokio::test]
async fn it_is_ready_with_the_samples_in_it() {
    let sandbox = Sandbox::start(Options {
        port: 0,
        workload: false,
        ..Options::default()
    })
    .await
    .unwrap();
    let lambda = aws_sdk_lambda::Client::new(&config(&sandbox.endpoint(), "us-east-1"));
    let functions = lambda.list_functions().send().await.unwrap();
    assert!(functions.functions().len() >= 3);
    // How long that took is benches/endpoint.rs's to say.
    let alias = lambda
        .get_alias()
        .function_name("orders-api")
        .name("live")
        .send()
        .await
        .unwrap();
    assert_eq!(alias.function_version(), Some("2"));
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let live = Live::start().await;
    let port: u16 = live
        .sandbox
        .endpoint()
        .rsplit_once(':')
        .unwrap()
        .1
        .parse()
        .unwrap();
    let second = Sandbox::start(Options {
        port,
        empty: true,
        ..Options::default()
    })
    .await;
    let Err(error @ StartError::Bind { .. }) = second else {
        panic!("a second sandbox got the same port");
    };
    assert!(error.to_string().contains(&port.to_string()));
}

#[tokio::test]
async fn after_shutdown_nothing_answers_and_nothing_is_left() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    live.invoke("orders", serde_json::json!({})).await;
    let endpoint = live.sandbox.endpoint();
    live.sandbox.shutdown().await;
    assert!(
        TcpStream::connect(endpoint.trim_start_matches("http://"))
            .await
            .is_err()
    );
}
