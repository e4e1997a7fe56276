//! Events on their way to one subscriber: gathered for as long and as many as it wants, and posted to it on this machine.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a subscriber may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a subscriber listens. Whatever name it gives, it is in the environment, which is this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// A path at a port, by POST.
    Http { port: u16, path: String },
    /// A port that takes a line for each event.
    Tcp { port: u16 },
}

impl Destination {
    /// As a subscription names it.
    pub fn read(value: &Value) -> Option<Self> {
        match value["protocol"].as_str()? {
            "HTTP" => {
                let uri: http::Uri = value["URI"].as_str()?.parse().ok()?;
                let known = ["sandbox.localdomain", "sandbox", "localhost", "127.0.0.1"];
                let is_known = uri.host().is_some_and(|host| known.contains(&host));
                is_known.then(|| Self::Http {
                    port: uri.port_u16().unwrap_or(80),
                    path: uri
                        .path_and_query()
                        .map_or("/", |path| path.as_str())
                        .to_owned(),
                })
            }
            "TCP" => {
                let port = u16::try_from(value["port"].as_u64()?).ok()?;
                Some(Self::Tcp { port })
            }
            _ => None,
        }
    }
}

/// How much is gathered before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Buffering {
    items: usize,
    bytes: usize,
    wait: Duration,
}

impl Buffering {
    /// Within the bounds that Lambda has.
    pub fn read(value: &Value) -> Self {
        let number = |name: &str, usual: u64, least: u64, most: u64| {
            value[name].as_u64().unwrap_or(usual).clamp(least, most)
        };
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            items: size(number("maxItems", 1_000, 1_000, 10_000)),
            bytes: size(number("maxBytes", 262_144, 262_144, 1_048_576)),
            wait: Duration::from_millis(number("timeoutMs", 1_000, 25, 30_000)),
        }
    }
}

/// Delivers until the environment is gone, and then what is left.
pub(super) async fn deliver(
    mut events: Receiver<Value>,
    destination: Destination,
    buffering: Buffering,
) {
    while let Some(first) = events.recv().await {
        let until = Instant::now() + buffering.wait;
        let mut bytes = first.to_string().len();
        let mut batch = vec![first];
        while batch.len() < buffering.items && bytes < buffering.bytes {
            match timeout_at(until, events.recv()).await {
                Ok(Some(event)) => {
                    bytes += event.to_string().len();
                    batch.push(event);
                }
                Ok(None) | Err(_) => break,
            }
        }
        let sent = timeout(PATIENCE, send(&destination, &batch)).await;
        if !matches!(sent, Ok(Ok(()))) {
            tracing::debug!(
                ?destination,
                events = batch.len(),
                "telemetry could not be delivered"
            );
        }
    }
}

async fn send(destination: &Destination, batch: &[Value]) -> std::io::Result<()> {
    match destination {
        Destination::Http { port, path } => {
            let body = serde_json::to_vec(batch)?;
            let mut stream = TcpStream::connect(("127.0.0.1", *port)).await?;
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: sandbox.localdomain:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await?;
            let mut answer = [0; 64];
            stream.read(&mut answer).await.map(|_| ())
        }
        Destination::Tcp { port } => {
            let mut stream = TcpStream::connect(("127.0.0.1", *port)).await?;
            for event in batch {
                stream.write_all(format!("{event}\n").as_bytes()).await?;
            }
            stream.shutdown().await
        }
    }
}
