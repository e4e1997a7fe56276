//! Endpoints on this machine, found by themselves: a running `sekisho sandbox`, LocalStack, ministack, moto, AWS Emulator.
//!
//! Only loopback is asked, only with a harmless GET or a bare handshake, and for no longer than [`MOST`] each. What is found
//! gets dummy keys or the keys that it wrote for itself, never the person's.

use crate::cloud::connection::machine::Machine;
use crate::cloud::connection::registry::{Listeners, Registry};
use crate::cloud::connection::{pin, tls};
use crate::model::connection::ConnectionSpec;
use futures_util::future::join_all;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// How long one server may take to answer: most do in milliseconds, on a machine that is building something in a second.
const MOST: Duration = Duration::from_secs(3);
/// How much of an answer is read.
const LARGEST: u64 = 64 * 1024;

/// Who answers at an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndpointKind {
    /// `sekisho sandbox`, of this or another process.
    Sandbox,
    AwsEmulator,
    LocalStack,
    MiniStack,
    Moto,
}

impl EndpointKind {
    /// As its makers write it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Sandbox => "Sekisho sandbox",
            Self::AwsEmulator => "AWS Emulator",
            Self::LocalStack => "LocalStack",
            Self::MiniStack => "ministack",
            Self::Moto => "moto",
        }
    }
}

/// An endpoint that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub kind: EndpointKind,
    /// For example `http://127.0.0.1:4566`.
    pub endpoint: String,
    /// Where it says so.
    pub version: Option<String>,
    /// Nothing vouches for its certificate: the person is to compare `fingerprint` and trust exactly that one.
    pub needs_trust: bool,
    /// SHA-256 of its certificate, as lower-case hexadecimal digits; none without TLS.
    pub fingerprint: Option<String>,
    /// How to connect to it; with [`Found::trusted`] where trust is needed.
    pub spec: ConnectionSpec,
}

impl Found {
    /// The connection for somebody who has compared the fingerprint.
    pub fn trusted(&self) -> ConnectionSpec {
        ConnectionSpec {
            pinned_certificate: self.fingerprint.clone(),
            ca_bundle: None,
            ..self.spec.clone()
        }
    }
}

/// Where to look.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// Ports for the sandbox, LocalStack and ministack.
    pub stacks: Vec<u16>,
    pub moto: Vec<u16>,
    pub emulator: Vec<u16>,
    /// Where running sandboxes leave their endpoints.
    pub registry: Option<Registry>,
    /// `~/.aws/emulator`, where AWS Emulator keeps certificate and keys by port.
    pub emulator_files: Option<PathBuf>,
}

impl Places {
    /// The ports that these programs take by default.
    pub(crate) fn usual(machine: &Machine) -> Self {
        Self {
            stacks: vec![4566],
            moto: vec![5000],
            emulator: vec![9297],
            registry: Some(Registry::usual(machine)),
            emulator_files: machine.home().map(|home| home.join(".aws/emulator")),
        }
    }
}

/// Everything that answers on this machine now: the sandbox first, each endpoint once.
pub async fn discover(machine: &Machine) -> Vec<Found> {
    discover_at(machine, Places::usual(machine)).await
}

pub(crate) async fn discover_at(machine: &Machine, places: Places) -> Vec<Found> {
    let registry = places.registry.as_ref();
    let mut endpoints = registry.map(Registry::endpoints).unwrap_or_default();
    endpoints.extend(places.stacks.iter().map(|port| local(*port)));
    endpoints.sort();
    endpoints.dedup();
    let mut emulators = places.emulator.clone();
    emulators.extend(ports_of(places.emulator_files.as_deref()));
    emulators.sort_unstable();
    emulators.dedup();
    let motos: Vec<String> = places.moto.iter().map(|port| local(*port)).collect();
    let files = places.emulator_files.as_deref();
    let (stacks, motos, emulators) = tokio::join!(
        join_all(endpoints.iter().map(|endpoint| stack(endpoint))),
        join_all(motos.iter().map(|endpoint| moto(endpoint))),
        join_all(emulators.iter().map(|port| emulator(machine, *port, files))),
    );
    let listeners = Listeners::read(Path::new("/proc"));
    let mut found: Vec<Found> = stacks
        .into_iter()
        .chain(motos)
        .chain(emulators)
        .flatten()
        // Another user's sandbox would not let this one in: what answers for one is something else.
        .filter(|f| f.kind != EndpointKind::Sandbox || listeners.are_own(&f.endpoint))
        .collect();
    found.sort_by(|a, b| (a.kind, &a.endpoint).cmp(&(b.kind, &b.endpoint)));
    found
}

fn local(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// The ports that AWS Emulator has files for.
fn ports_of(folder: Option<&Path>) -> Vec<u16> {
    let Some(entries) = folder.and_then(|folder| std::fs::read_dir(folder).ok()) else {
        return Vec::new();
    };
    let names = entries.flatten().map(|entry| entry.file_name());
    names
        .filter_map(|name| name.to_str().and_then(|name| name.parse().ok()))
        .take(16)
        .collect()
}

/// The sandbox, ministack or LocalStack: each says who it is at a path of its own. ministack answers LocalStack's path too,
/// so that its own is asked as well.
async fn stack(endpoint: &str) -> Option<Found> {
    let (ours, mini, stack) = tokio::join!(
        get(endpoint, "/_sekisho/health"),
        get(endpoint, "/_ministack/health"),
        get(endpoint, "/_localstack/health"),
    );
    let version = |value: &serde_json::Value| value["version"].as_str().map(str::to_owned);
    if let Some(value) = ours.filter(|value| value["service"] == "sekisho-sandbox") {
        return Some(plain(EndpointKind::Sandbox, endpoint, version(&value)));
    }
    if let Some(value) = mini.filter(|value| value["services"].is_object()) {
        return Some(plain(EndpointKind::MiniStack, endpoint, version(&value)));
    }
    let value = stack.filter(|value| value["services"].is_object())?;
    Some(plain(EndpointKind::LocalStack, endpoint, version(&value)))
}

async fn moto(endpoint: &str) -> Option<Found> {
    // Its settings: `{"batch": {"use_docker": true}, "lambda": {"use_docker": true}}`.
    let value = get(endpoint, "/moto-api/config").await?;
    value["batch"]
        .is_object()
        .then(|| plain(EndpointKind::Moto, endpoint, None))
}

fn plain(kind: EndpointKind, endpoint: &str, version: Option<String>) -> Found {
    Found {
        kind,
        endpoint: endpoint.to_owned(),
        version,
        needs_trust: false,
        fingerprint: None,
        spec: spec(kind, endpoint),
    }
}

fn spec(kind: EndpointKind, endpoint: &str) -> ConnectionSpec {
    let port = endpoint.rsplit(':').next().unwrap_or_default();
    let spec = ConnectionSpec::of_discovered(format!("{} {port}", kind.label()), endpoint);
    match kind {
        // Its samples live there, whatever the environment says of AWS.
        EndpointKind::Sandbox => ConnectionSpec {
            region: Some("us-east-1".into()),
            ..spec
        },
        _ => spec,
    }
}

/// AWS Emulator speaks HTTPS with a certificate that it makes on every start, and leaves the authority's certificate and
/// the only keys that it takes under `~/.aws/emulator/<port>/`
/// (<https://docs.aws.amazon.com/emulator/latest/userguide/cli-reference.html>). Those files are the person's own: what they
/// vouch for needs no asking.
async fn emulator(machine: &Machine, port: u16, files: Option<&Path>) -> Option<Found> {
    let shown = pin::look(port, MOST).await?;
    let endpoint = format!("https://127.0.0.1:{port}");
    let folder = files.map(|files| files.join(port.to_string()));
    let bundle = folder.as_ref().map(|folder| folder.join("ca.pem"));
    let roots = match &bundle {
        Some(path) => tls::certificates(machine, path).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let vouched = shown.is_vouched_for_by(roots, "127.0.0.1");
    let keys = folder
        .map(|folder| folder.join("emulator_credentials"))
        .filter(|path| path.is_file());
    let kind = EndpointKind::AwsEmulator;
    let spec = ConnectionSpec {
        ca_bundle: bundle.filter(|_| vouched),
        credentials_file: keys,
        ..spec(kind, &endpoint)
    };
    Some(Found {
        kind,
        endpoint,
        version: None,
        needs_trust: !vouched,
        fingerprint: shown.fingerprint(),
        spec,
    })
}

/// One GET over plain HTTP on loopback; its JSON where the answer is a good one.
async fn get(endpoint: &str, path: &str) -> Option<serde_json::Value> {
    let authority = endpoint.strip_prefix("http://")?;
    let asked = async {
        let mut stream = TcpStream::connect(authority).await.ok()?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {authority}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        // A server that keeps the line open is cut off by the time limit, and then had nothing to say.
        stream.take(LARGEST).read_to_end(&mut answer).await.ok()?;
        Some(answer)
    };
    let answer = tokio::time::timeout(MOST, asked).await.ok()??;
    json_of(&answer)
}

/// The JSON of a good answer, in one piece or in chunks.
fn json_of(answer: &[u8]) -> Option<serde_json::Value> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?;
    // moto answers its settings with 201.
    if !matches!(status, "200" | "201") {
        return None;
    }
    let start = body.find(['{', '['])?;
    let end = body.rfind(['}', ']'])?;
    let chunked = head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked");
    let body = body.get(start..=end)?;
    if !chunked {
        return serde_json::from_str(body).ok();
    }
    // Sizes stand on lines of their own between the pieces.
    let whole: String = body
        .split("\r\n")
        .filter(|line| !(line.is_empty() || line.chars().all(|c| c.is_ascii_hexdigit())))
        .collect();
    serde_json::from_str(&whole).ok()
}

#[cfg(test)]
#[path = "discover_tests.rs"]
mod tests;
