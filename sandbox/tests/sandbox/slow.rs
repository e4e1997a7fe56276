//! Clients that send as slowly as they can: heads byte by byte, bodies that trickle. They keep nobody else waiting, and they do
//! not live for ever.

use crate::{doors::raw, gateway, support::Live};
use sekisho_sandbox::Options;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// How long the sandbox waits here; thirty seconds elsewhere.
const PATIENCE: Duration = Duration::from_millis(400);
/// What a slow client waits after each byte: well below what the sandbox waits for any one of them.
const STEP: Duration = Duration::from_millis(20);
const CLIENTS: usize = 60;

/// Sends a text byte by byte and again from its start, until the other side has had enough; what it said then.
async fn trickle(address: String, at_once: String, slowly: &'static str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(at_once.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let writing = tokio::spawn(async move {
        for byte in slowly.bytes().cycle() {
            if writer.write_all(&[byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(STEP).await;
        }
    });
    let mut said = Vec::new();
    let mut piece = [0; 1024];
    let reading = async {
        // A line that is closed with something unread is reset.
        while let Ok(read @ 1..) = reader.read(&mut piece).await {
            said.extend_from_slice(&piece[..read]);
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(60), reading).await;
    writing.abort();
    assert!(ended.is_ok(), "a slow client lives after a minute");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn slow_clients_keep_nobody_waiting_and_do_not_live_for_ever() {
    let live = Live::start_with(Options {
        patience: PATIENCE,
        ..Options::default()
    })
    .await;
    let client = gateway::client(&live);
    let (api, root) = gateway::create_api(&client, "slow").await;
    gateway::mock(&client, &api, &root, "GET", "here").await;
    gateway::deploy(&client, &api, "s").await;
    let address = live.sandbox.endpoint();
    let address = address.strip_prefix("http://").unwrap().to_owned();
    let path = format!("/_aws/execute-api/{api}/s/");
    // Another header in each line: a head that is never whole.
    let heads = (0..CLIENTS).map(|_| {
        let begun = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n");
        tokio::spawn(trickle(address.clone(), begun, "x-a: b\r\n"))
    });
    let heads: Vec<_> = heads.collect();
    let bodies = (0..CLIENTS).map(|_| {
        let begun = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n"
        );
        tokio::spawn(trickle(address.clone(), begun, "a"))
    });
    let bodies: Vec<_> = bodies.collect();
    let chunks = (0..CLIENTS).map(|_| {
        let begun = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        tokio::spawn(trickle(address.clone(), begun, "1\r\na\r\n"))
    });
    let chunks: Vec<_> = chunks.collect();
    // Whoever comes meanwhile is answered.
    for _ in 0..20 {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        let (status, _, body) = raw(&address, &request).await;
        assert_eq!((status, body.as_str()), (200, "here"));
    }
    for head in heads {
        let said = head.await.unwrap();
        assert!(!said.starts_with("HTTP/1.1 200"), "{said}");
    }
    for body in bodies.into_iter().chain(chunks) {
        let said = body.await.unwrap();
        // It may have been reset before it has read why.
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 408"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_body_that_keeps_coming_may_take_longer_than_the_patience() {
    let live = Live::start_with(Options {
        patience: PATIENCE,
        ..Options::default()
    })
    .await;
    let address = live.sandbox.endpoint();
    let address = address.strip_prefix("http://").unwrap().to_owned();
    let client = gateway::client(&live);
    let (api, root) = gateway::create_api(&client, "steady").await;
    gateway::mock(&client, &api, &root, "POST", "all of it").await;
    gateway::deploy(&client, &api, "s").await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /_aws/execute-api/{api}/s/ HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: 40960\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // Four times as long as anybody may stand still.
    for _ in 0..16 {
        stream.write_all(&[b'a'; 2560]).await.unwrap();
        tokio::time::sleep(PATIENCE / 4).await;
    }
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
    assert!(said.ends_with("all of it"), "{said}");
}
