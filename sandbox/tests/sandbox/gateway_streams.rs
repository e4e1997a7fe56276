//! Answers that go on to the caller as they come, backends behind VPC links, and SDKs that nobody generates here.

use crate::{
    doors::raw,
    gateway::{client, create_api, create_resource, deploy, permit},
    support::{Live, refusal},
};
use aws_sdk_apigateway::{
    Client,
    types::{ConnectionType, IntegrationType, ResponseTransferMode},
};
use aws_sdk_lambda::types::Runtime;
use sekisho_sandbox::Options;
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// Streams a head with a status of its own, a cookie, and what follows; or answers as a proxy that is waited for.
const STREAMS: &str = "
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.path === '/whole') { stream.write(JSON.stringify({statusCode: 200, body: 'whole'})); stream.end(); return; }
  const out = awslambda.HttpResponseStream.from(stream, {statusCode: 201, headers: {'Content-Type': 'text/plain', 'X-A': 'b'}, cookies: ['c=1', 'd=2']});
  out.write('one ');
  out.write('two');
  out.end();
});
";

fn address(live: &Live) -> String {
    live.sandbox.endpoint().replace("http://", "")
}

fn path(api: &str, rest: &str) -> String {
    format!("/_aws/execute-api/{api}/s/{rest}")
}

async fn get(live: &Live, path: &str) -> (u16, String, String) {
    let at = address(live);
    let request = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n");
    raw(&at, &request).await
}

async fn open(client: &Client, api: &str, resource: &str) {
    let method = client.put_method().rest_api_id(api).resource_id(resource);
    let method = method.http_method("GET").authorization_type("NONE");
    method.send().await.unwrap();
}

/// Reads a request's head, and gives its lines.
async fn head_of(stream: &mut BufReader<TcpStream>) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        match line.trim_end() {
            "" => return lines,
            line => lines.push(line.to_owned()),
        }
    }
}

#[tokio::test]
async fn an_answer_that_streams_is_there_before_it_is_whole() {
    let live = Live::start().await;
    let client = client(&live);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let backend = listener.local_addr().unwrap();
    let (go_on, wait) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        head_of(&mut stream).await;
        let begin = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n";
        stream.get_mut().write_all(begin.as_bytes()).await.unwrap();
        wait.await.unwrap();
        let end = "6\r\nsecond\r\n0\r\n\r\n";
        stream.get_mut().write_all(end.as_bytes()).await.unwrap();
    });
    let (api, root) = create_api(&client, "stream").await;
    open(&client, &api, &root).await;
    let made = client.put_integration().rest_api_id(&api);
    made.resource_id(&root)
        .http_method("GET")
        .r#type(IntegrationType::HttpProxy)
        .integration_http_method("GET")
        .uri(format!("http://{backend}/"))
        .response_transfer_mode(ResponseTransferMode::Stream)
        .send()
        .await
        .unwrap();
    deploy(&client, &api, "s").await;
    let at = address(&live);
    let mut stream = TcpStream::connect(&at).await.unwrap();
    let path = path(&api, "");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut said = String::new();
    let mut until = async |what: &str| {
        let mut piece = [0; 1024];
        while !said.contains(what) {
            let reading = stream.read(&mut piece);
            let read = tokio::time::timeout(Duration::from_secs(60), reading).await;
            let read = read.unwrap().unwrap();
            assert!(read > 0, "{said}");
            said.push_str(std::str::from_utf8(&piece[..read]).unwrap());
        }
        said.clone()
    };
    // The backend has not said the rest yet.
    let begun = until("first").await;
    assert!(begun.starts_with("HTTP/1.1 200"), "{begun}");
    assert!(!begun.contains("second"));
    go_on.send(()).unwrap();
    until("second").await;
    serving.await.unwrap();
}

#[tokio::test]
async fn a_function_that_streams_says_its_head_first() {
    let live = Live::start().await;
    let client = client(&live);
    let files = [("index.js", STREAMS)];
    live.create("streams", Runtime::Nodejs20x, "index.handler", &files)
        .await;
    let (api, root) = create_api(&client, "stream").await;
    permit(&live, "streams", &api).await;
    let function = "arn:aws:lambda:us-east-1:000000000000:function:streams";
    let uri = format!(
        "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{function}/response-streaming-invocations"
    );
    for part in ["parts", "whole"] {
        let resource = create_resource(&client, &api, &root, part).await;
        open(&client, &api, &resource).await;
        let made = client.put_integration().rest_api_id(&api);
        made.resource_id(&resource)
            .http_method("GET")
            .r#type(IntegrationType::AwsProxy)
            .integration_http_method("POST")
            .uri(&uri)
            .response_transfer_mode(ResponseTransferMode::Stream)
            .timeout_in_millis(60_000)
            .send()
            .await
            .unwrap();
    }
    deploy(&client, &api, "s").await;
    let (status, head, body) = get(&live, &path(&api, "parts")).await;
    assert_eq!((status, body.as_str()), (201, "one two"), "{head}");
    for line in [
        "x-a: b",
        "set-cookie: c=1",
        "set-cookie: d=2",
        "content-type: text/plain",
    ] {
        assert!(head.contains(line), "{head}");
    }
    // An answer of a proxy that is waited for has no head of its own.
    let (status, _, body) = get(&live, &path(&api, "whole")).await;
    assert_eq!(status, 502, "{body}");
}

#[tokio::test]
async fn only_a_proxy_streams() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "stream").await;
    open(&client, &api, &root).await;
    let made = client.put_integration().rest_api_id(&api);
    let made = made
        .resource_id(&root)
        .http_method("GET")
        .r#type(IntegrationType::Mock)
        .response_transfer_mode(ResponseTransferMode::Stream);
    let (code, message) = refusal(made.send().await);
    assert_eq!(code, "BadRequestException");
    assert!(message.contains("STREAM"), "{message}");
}

#[tokio::test]
async fn an_integration_through_a_vpc_link_asks_the_address_that_was_given_for_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let backend = listener.local_addr().unwrap();
    let live = Live::start_with(Options {
        vpc_links: BTreeMap::from([("internal".to_owned(), backend.to_string())]),
        ..Options::default()
    })
    .await;
    let client = client(&live);
    let balancer = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/shop/1";
    let link = client.create_vpc_link().name("internal");
    let link = link.target_arns(balancer).send().await.unwrap();
    let link = link.id().unwrap();
    let (api, root) = create_api(&client, "shop").await;
    for (part, id) in [("there", "${stageVariables.link}"), ("gone", "nolink")] {
        let resource = create_resource(&client, &api, &root, part).await;
        open(&client, &api, &resource).await;
        let made = client.put_integration().rest_api_id(&api);
        made.resource_id(&resource)
            .http_method("GET")
            .r#type(IntegrationType::HttpProxy)
            .integration_http_method("GET")
            .uri("http://shop.internal.example/orders")
            .connection_type(ConnectionType::VpcLink)
            .connection_id(id)
            .send()
            .await
            .unwrap();
    }
    let deployed = client.create_deployment().rest_api_id(&api);
    let deployed = deployed.stage_name("s").variables("link", link);
    deployed.send().await.unwrap();
    let serving = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let head = head_of(&mut stream).await;
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\ninside";
        stream.get_mut().write_all(answer.as_bytes()).await.unwrap();
        head
    });
    let (status, _, body) = get(&live, &path(&api, "there")).await;
    assert_eq!((status, body.as_str()), (200, "inside"));
    let head = serving.await.unwrap();
    assert_eq!(head[0], "GET /orders HTTP/1.1");
    assert!(
        head.iter()
            .any(|line| line == "host: shop.internal.example"),
        "{head:?}"
    );
    let (status, _, _) = get(&live, &path(&api, "gone")).await;
    assert_eq!(status, 500);
}

#[tokio::test]
async fn an_sdk_is_refused_in_words_that_say_what_to_do() {
    let live = Live::start().await;
    let client = client(&live);
    let (api, root) = create_api(&client, "shop").await;
    crate::gateway::mock(&client, &api, &root, "GET", "here").await;
    deploy(&client, &api, "s").await;
    let ask = async |stage: &str, kind: &str| {
        let sdk = client.get_sdk().rest_api_id(&api).stage_name(stage);
        refusal(sdk.sdk_type(kind).send().await)
    };
    let (code, message) = ask("s", "javascript").await;
    assert_eq!(code, "BadRequestException");
    assert!(message.contains("GetExport"), "{message}");
    let (code, _) = ask("none", "javascript").await;
    assert_eq!(code, "NotFoundException");
    let (_, message) = ask("s", "cobol").await;
    assert_eq!(message, "Invalid SDK type");
}
