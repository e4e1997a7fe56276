//! Others that the sandbox is measured beside: ministack (PyPI) and serverless-offline (npm), as `packaging/peers.sh`
//! installs them into `target/peers`, or from the PATH.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A process that ends with this, and what it started with it.
pub struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = Command::new("pkill")
            .args(["-TERM", "-P", &self.0.id().to_string()])
            .status();
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where peers are installed.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers")
}

/// The installed program, else the one on the PATH.
fn program(within: &str, name: &str) -> PathBuf {
    let own = installed().join(within).join(name);
    if own.exists() { own } else { name.into() }
}

/// A port of loopback that is free now.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Starts one and waits until it answers on its port.
///
/// # Errors
/// Why it does not run.
async fn start(mut command: Command, port: u16, advice: &str) -> Result<Peer, String> {
    let started = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let mut peer = Peer(started.map_err(|_| format!("not installed: {advice}"))?);
    let until = Instant::now() + Duration::from_secs(60);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if let Ok(Some(status)) = peer.0.try_wait() {
            return Err(format!("ended before it answered: {status}"));
        }
        if Instant::now() > until {
            return Err("did not answer within a minute".to_owned());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(peer)
}

/// ministack, and the port that it answers on.
///
/// # Errors
/// Why it does not run.
pub async fn ministack() -> Result<(Peer, u16), String> {
    let port = free_port();
    let mut command = Command::new(program("bin", "ministack"));
    command
        .env("GATEWAY_PORT", port.to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .current_dir(std::env::temp_dir());
    let advice = "packaging/peers.sh, or pip install 'ministack[full]' cbor2";
    Ok((start(command, port, advice).await?, port))
}

/// The service of serverless-offline: a Node and a Python function, each behind a route of its own.
const SERVICE: &str = "service: bench
frameworkVersion: '3'
provider: {name: aws, runtime: nodejs20.x, stage: prod}
plugins: [serverless-offline]
custom:
  serverless-offline: {host: 127.0.0.1, httpPort: HTTP, lambdaPort: LAMBDA, noAuth: true}
functions:
  node: {handler: app.handler, events: [{http: {path: node, method: get}}]}
  python: {handler: app.handler, runtime: python3.12, events: [{http: {path: python, method: get}}]}
";

#[cfg(unix)]
fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(from, to)
}

#[cfg(not(unix))]
fn link(_from: &Path, _to: &Path) -> std::io::Result<()> {
    Err(std::io::Error::other("measured on Unix alone"))
}

/// serverless-offline with these two sources in a folder, and the port that it answers on. It has no mock routes.
///
/// # Errors
/// Why it does not run.
pub async fn serverless_offline(
    folder: &Path,
    node: &str,
    python: &str,
) -> Result<(Peer, u16), String> {
    let modules = installed().join("node_modules");
    let program = modules.join("serverless/bin/serverless.js");
    if !program.exists() || !modules.join("serverless-offline").exists() {
        return Err("not installed: packaging/peers.sh".to_owned());
    }
    let (http, lambda) = (free_port(), free_port());
    let service = SERVICE.replace("HTTP", &http.to_string());
    let service = service.replace("LAMBDA", &lambda.to_string());
    for (name, text) in [
        ("serverless.yml", service.as_str()),
        ("app.js", node),
        ("app.py", python),
    ] {
        std::fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
    }
    // The framework looks for its plugins where the service is.
    link(&modules, &folder.join("node_modules")).map_err(|error| error.to_string())?;
    let mut command = Command::new("node");
    command
        .arg(program)
        .args(["offline", "start"])
        .current_dir(folder)
        .env("SLS_TELEMETRY_DISABLED", "1")
        .env("SLS_NOTIFICATIONS_MODE", "off")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    Ok((start(command, http, "node").await?, http))
}
