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
async fn send(host: &str, request: &str) -> (u16, String, Vec<u8>) {
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

#[tokio::test]
async fn an_unknown_operation_is_answered_as_such() {
    let live = Live::start().await;
    let endpoint = live.sandbox.endpoint();
    let host = endpoint.trim_start_matches("http://");
    for service in ["lambda", "quantum"] {
        let (status, head, _) = send(
            host,
            &format!(
                "GET /2015-03-31/nothing HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nauthorization: AWS4-HMAC-SHA256 Credential=A/20261123/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n"
            ),
        )
        .await;
        assert_eq!(status, 404);
        assert!(
            head.contains("x-amzn-errortype: unknownoperationexception"),
            "{head}"
        );
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
