//! Function URLs as their callers see them, programs and pages: with AWS's values.

use crate::{
    doors::raw,
    support::{Live, until},
};
use aws_sdk_lambda::types::{Cors, FunctionUrlAuthType, InvokeMode, Runtime};
use serde_json::{Value, json};

const SHOW: &str = "
import json
def handler(event, context):
    if event.get('rawPath') == '/fail':
        raise ValueError('x')
    if event.get('rawPath') == '/plain':
        return {'hello': 'world'}
    return {'statusCode': 203, 'headers': {'My-Header': 'Custom', 'access-control-allow-origin': 'https://of.function'},
            'cookies': ['a=1', 'b=2'], 'body': json.dumps([event, context.aws_request_id])}
";

/// A function with a URL that everybody may call; gives the URL's host.
async fn with_url(
    live: &Live,
    name: &str,
    auth: FunctionUrlAuthType,
    cors: Option<Cors>,
) -> String {
    live.create(
        name,
        Runtime::Python312,
        "index.handler",
        &[("index.py", SHOW)],
    )
    .await;
    let config = live.lambda.create_function_url_config();
    let config = config
        .function_name(name)
        .auth_type(auth)
        .set_cors(cors)
        .send()
        .await
        .unwrap();
    host(config.function_url())
}

fn host(url: &str) -> String {
    let rest = url.strip_prefix("https://").unwrap();
    rest.strip_suffix('/').unwrap().to_owned()
}

async fn permit(live: &Live, name: &str) {
    let permission = live.lambda.add_permission();
    permission
        .function_name(name)
        .statement_id("urlPermission")
        .action("lambda:InvokeFunctionUrl")
        .principal("*")
        .function_url_auth_type(FunctionUrlAuthType::None)
        .send()
        .await
        .unwrap();
}

fn address(live: &Live) -> String {
    live.sandbox.endpoint().replace("http://", "")
}

fn request(line: &str, host: &str, headers: &[&str], body: &str) -> String {
    let mut all = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for header in headers {
        all.push_str(header);
        all.push_str("\r\n");
    }
    all.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    all
}

fn has(head: &str, header: &str) -> bool {
    let lines = head.lines();
    let mut lines = lines.map(str::to_ascii_lowercase);
    lines.any(|line| line == header.to_ascii_lowercase())
}

#[tokio::test]
async fn a_url_passes_the_request_on_and_gives_the_answer_back() {
    let live = Live::start().await;
    let host = with_url(&live, "shop", FunctionUrlAuthType::None, None).await;
    let at = address(&live);
    let ask = async |line: &str, headers: &[&str], body: &str| {
        raw(&at, &request(line, &host, headers, body)).await
    };
    let (status, head, body) = ask("GET /", &[], "").await;
    assert_eq!(
        (status, body.as_str()),
        (
            403,
            r#"{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}"#
        )
    );
    assert!(
        has(&head, "x-amzn-ErrorType: AccessDeniedException"),
        "{head}"
    );
    permit(&live, "shop").await;
    let headers = [
        "Content-Type: text/plain",
        "ExTrA-HeadErs: With WeiRd CapS",
        "User-Agent: test/echo",
        "Cookie: a=1; b=2",
    ];
    let line = "POST /pa2%25Fth/1?q=query&multiQuery=foo&multiQuery=%2Fbar";
    let (status, head, body) = ask(line, &headers, "text").await;
    assert_eq!(status, 203, "{body}");
    assert!(
        has(&head, "My-Header: Custom") && has(&head, "content-type: application/json"),
        "{head}"
    );
    assert!(
        has(&head, "set-cookie: a=1") && has(&head, "set-cookie: b=2"),
        "{head}"
    );
    // Without CORS of the URL's own, what the function says counts.
    assert!(
        has(&head, "access-control-allow-origin: https://of.function"),
        "{head}"
    );
    let answer: Value = serde_json::from_str(&body).unwrap();
    let (event, request_id) = (&answer[0], answer[1].as_str().unwrap());
    assert!(
        has(&head, &format!("x-amzn-requestid: {request_id}")),
        "{head}"
    );
    let id = host.split('.').next().unwrap();
    let expected = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/pa2%Fth/1",
        "rawQueryString": "q=query&multiQuery=foo&multiQuery=%2Fbar",
        "cookies": ["a=1", "b=2"],
        "queryStringParameters": {"q": "query", "multiQuery": "foo,/bar"},
        "body": "text",
        "isBase64Encoded": false,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&event[name], value, "{name}");
    }
    let headers = &event["headers"];
    for (name, value) in [
        ("extra-headers", "With WeiRd CapS"),
        ("content-length", "4"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-for", "127.0.0.1"),
        ("host", &host),
    ] {
        assert_eq!(headers[name], value, "{name}");
    }
    let context = &event["requestContext"];
    for (name, value) in [
        ("accountId", "anonymous"),
        ("apiId", id),
        ("domainName", &host),
        ("domainPrefix", id),
        ("requestId", request_id),
        ("routeKey", "$default"),
        ("stage", "$default"),
    ] {
        assert_eq!(context[name], value, "{name}");
    }
    assert_eq!(
        context["http"],
        json!({"method": "POST", "path": "/pa2%Fth/1", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test/echo"})
    );
    let (status, head, body) = ask("POST /plain", &[], "{'key':'value'}").await;
    assert_eq!((status, body.as_str()), (200, r#"{"hello":"world"}"#));
    assert!(has(&head, "content-length: 17"), "{head}");
    let (_, _, body) = ask(
        "POST /",
        &["Content-Type: multipart/form-data; boundary=x"],
        "bin",
    )
    .await;
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&answer[0]["body"], &answer[0]["isBase64Encoded"]),
        (&json!("Ymlu"), &json!(true))
    );
    let (status, _, body) = ask("GET /fail", &[], "").await;
    assert_eq!((status, body.as_str()), (502, "Internal Server Error"));
    let local = request(
        "GET /plain",
        &format!("{id}.lambda-url.us-east-1.localhost:4566"),
        &[],
        "",
    );
    assert_eq!(raw(&at, &local).await.0, 200);
    let nobody = "0123456789abcdefghijklmnopqrstuv.lambda-url.us-east-1.on.aws";
    let (status, head, body) = raw(&at, &request("GET /", nobody, &[], "")).await;
    assert_eq!((status, body.as_str()), (403, r#"{"Message":null}"#));
    assert!(
        has(&head, "x-amzn-ErrorType: AccessDeniedException")
            && has(&head, "content-type: application/json"),
        "{head}"
    );
}

#[tokio::test]
async fn a_url_with_iam_takes_those_who_signed_and_says_who_they_are() {
    let live = Live::start().await;
    let host = with_url(&live, "shop", FunctionUrlAuthType::AwsIam, None).await;
    let at = address(&live);
    let (status, _, body) = raw(&at, &request("GET /", &host, &[], "")).await;
    assert_eq!(status, 403, "{body}");
    let signed = "Authorization: AWS4-HMAC-SHA256 Credential=AKIDHILL/20261127/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0";
    let (status, _, body) = raw(&at, &request("GET /", &host, &[signed], "")).await;
    assert_eq!(status, 203, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    let context = &answer[0]["requestContext"];
    assert_eq!(context["accountId"], "000000000000");
    let iam = &context["authorizer"]["iam"];
    assert_eq!(iam["accessKey"], "AKIDHILL");
    assert_eq!(iam["userArn"], "arn:aws:iam::000000000000:user/sekisho");
}

#[tokio::test]
async fn a_page_may_call_a_url_by_the_urls_own_cors_rules() {
    let live = Live::start().await;
    let cors = Cors::builder()
        .allow_origins("https://shop.example")
        .allow_methods("POST")
        .allow_headers("x-custom")
        .expose_headers("my-header")
        .max_age(300)
        .build();
    let host = with_url(&live, "shop", FunctionUrlAuthType::None, Some(cors)).await;
    permit(&live, "shop").await;
    let at = address(&live);
    let page = "Origin: https://shop.example";
    let asks = [
        page,
        "Access-Control-Request-Method: POST",
        "Access-Control-Request-Headers: x-custom",
        "Sec-Fetch-Site: cross-site",
    ];
    let (status, head, body) = raw(&at, &request("OPTIONS /", &host, &asks, "")).await;
    assert_eq!((status, body.as_str()), (200, ""));
    for header in [
        "access-control-allow-origin: https://shop.example",
        "access-control-allow-methods: POST",
        "access-control-allow-headers: x-custom",
        "access-control-max-age: 300",
    ] {
        assert!(has(&head, header), "{header}: {head}");
    }
    let (status, head, _) = raw(&at, &request("POST /", &host, &[page], "")).await;
    assert_eq!(status, 203);
    assert!(
        has(&head, "access-control-allow-origin: https://shop.example"),
        "{head}"
    );
    assert!(
        has(&head, "access-control-expose-headers: my-header"),
        "{head}"
    );
    assert!(!head.contains("https://of.function"), "{head}");
    let (status, head, _) = raw(
        &at,
        &request("POST /", &host, &["Origin: https://other.example"], ""),
    )
    .await;
    assert_eq!(status, 203);
    assert!(
        !head
            .to_ascii_lowercase()
            .contains("access-control-allow-origin"),
        "{head}"
    );
    // The APIs beside it are still for no page.
    let (status, _, _) = raw(
        &at,
        &request("GET /2015-03-31/functions/", "localhost", &[page], ""),
    )
    .await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn a_url_that_streams_gives_what_the_function_writes_and_goes_with_its_alias() {
    let live = Live::start().await;
    let source = "exports.handler = awslambda.streamifyResponse(async (event, stream) => {
        stream = awslambda.HttpResponseStream.from(stream, { statusCode: 203, headers: { 'Content-Type': 'text/html' } });
        stream.write('Hello,'); stream.write(' world!'); stream.end();
    });";
    live.create(
        "stream",
        Runtime::Nodejs22x,
        "index.handler",
        &[("index.js", source)],
    )
    .await;
    let version = live
        .lambda
        .publish_version()
        .function_name("stream")
        .send()
        .await
        .unwrap();
    let version = version.version().unwrap();
    let alias = live.lambda.create_alias();
    alias
        .function_name("stream")
        .name("live")
        .function_version(version)
        .send()
        .await
        .unwrap();
    let config = live.lambda.create_function_url_config();
    let config = config
        .function_name("stream")
        .qualifier("live")
        .auth_type(FunctionUrlAuthType::None)
        .invoke_mode(InvokeMode::ResponseStream)
        .send()
        .await
        .unwrap();
    let host = host(config.function_url());
    let permission = live.lambda.add_permission();
    permission
        .function_name("stream")
        .qualifier("live")
        .statement_id("url")
        .action("lambda:InvokeFunctionUrl")
        .principal("*")
        .function_url_auth_type(FunctionUrlAuthType::None)
        .send()
        .await
        .unwrap();
    let at = address(&live);
    until(|| async { raw(&at, &request("GET /", &host, &[], "")).await.0 == 203 }).await;
    let (_, head, body) = raw(&at, &request("GET /", &host, &[], "")).await;
    assert!(
        body.contains("Hello,") && body.contains(" world!"),
        "{body}"
    );
    assert!(has(&head, "content-type: text/html"), "{head}");
    live.lambda
        .delete_alias()
        .function_name("stream")
        .name("live")
        .send()
        .await
        .unwrap();
    assert_eq!(raw(&at, &request("GET /", &host, &[], "")).await.0, 403);
}

#[tokio::test]
async fn a_function_is_a_session_of_its_role_with_credentials_of_its_own() {
    let live = Live::start().await;
    let source = "
import hashlib, os
def handler(event, context):
    return [os.environ[name] for name in ('AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN')]
";
    let mut seen = Vec::new();
    for name in ["one", "two"] {
        live.create(
            name,
            Runtime::Python312,
            "index.handler",
            &[("index.py", source)],
        )
        .await;
        let keys = live.invoke(name, json!({})).await;
        let keys: Vec<String> = serde_json::from_value(keys).unwrap();
        assert!(
            keys[0].starts_with("ASIA") && keys[1] != keys[2],
            "{}",
            keys[0]
        );
        let config = live.config.to_builder();
        let credentials = aws_sdk_lambda::config::Credentials::new(
            &keys[0],
            &keys[1],
            Some(keys[2].clone()),
            None,
            "function",
        );
        let config = config
            .credentials_provider(aws_sdk_lambda::config::SharedCredentialsProvider::new(
                credentials,
            ))
            .build();
        let identity = aws_sdk_sts::Client::new(&config);
        let identity = identity.get_caller_identity().send().await.unwrap();
        assert_eq!(
            identity.arn().unwrap(),
            format!("arn:aws:sts::000000000000:assumed-role/sekisho/{name}")
        );
        assert!(identity.user_id().unwrap().ends_with(&format!(":{name}")));
        seen.push(keys);
    }
    assert_ne!(seen[0], seen[1]);
}
