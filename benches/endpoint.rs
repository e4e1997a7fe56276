//! What the sandbox and the console's client cost, side by side with others in the same run: all pages of 10,000 functions
//! beside the AWS CLI, and warm invocations of a Python echo beside ministack (PyPI).
//!
//!     cargo bench --bench endpoint
//!
//! The AWS CLI and ministack are used where they are on the PATH (`pip install awscli 'ministack[full]'`); where they are
//! not, the line says so. Nothing here asserts a time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

mod common;

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, Runtime};
use common::{machine, percentile, say};
use sekisho_sandbox::{Options, Sandbox};

const FUNCTIONS: usize = 10_000;
const WARM: usize = 1_000;
const CALLERS: usize = 8;
const PER_CALLER: usize = 250;

#[tokio::main]
async fn main() {
    machine();
    let options = Options {
        port: 0,
        empty: true,
        workload: false,
        settle: Duration::from_millis(1),
        ..Options::default()
    };
    let started = Instant::now();
    let sandbox = Sandbox::start(options).await.unwrap();
    say(
        "sandbox, from start to answering (empty)",
        &format!("{:.1} ms", ms(started)),
    );
    let endpoint = sandbox.endpoint();
    samples().await;
    invocations("sekisho sandbox", &endpoint).await;
    ministack().await;
    listing(&endpoint).await;
    sandbox.shutdown().await;
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}

async fn samples() {
    let options = Options {
        port: 0,
        workload: false,
        ..Options::default()
    };
    let started = Instant::now();
    let sandbox = Sandbox::start(options).await.unwrap();
    say(
        "sandbox, from start to answering (samples)",
        &format!("{:.1} ms", ms(started)),
    );
    sandbox.shutdown().await;
}

async fn client(endpoint: &str) -> aws_sdk_lambda::Client {
    let credentials = aws_sdk_lambda::config::Credentials::new("test", "test", None, None, "bench");
    let config = aws_sdk_lambda::Config::builder()
        .behavior_version(aws_sdk_lambda::config::BehaviorVersion::latest())
        .region(aws_sdk_lambda::config::Region::new("us-east-1"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint)
        .build();
    aws_sdk_lambda::Client::from_conf(config)
}

fn echo() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("app.py", options).unwrap();
    writer
        .write_all(b"def handler(event, context):\n    return event\n")
        .unwrap();
    writer.finish().unwrap().into_inner()
}

async fn create(client: &aws_sdk_lambda::Client, name: &str, package: &[u8]) {
    let code = FunctionCode::builder().zip_file(Blob::new(package)).build();
    client
        .create_function()
        .function_name(name)
        .runtime(Runtime::Python312)
        .role("arn:aws:iam::000000000000:role/bench")
        .handler("app.handler")
        .code(code)
        .send()
        .await
        .unwrap();
}

async fn invoke(client: &aws_sdk_lambda::Client) -> f64 {
    let started = Instant::now();
    let answer = client
        .invoke()
        .function_name("echo")
        .payload(Blob::new(br#"{"n":1}"#))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.function_error(), None);
    assert!(
        answer
            .payload()
            .is_some_and(|p| p.as_ref().starts_with(b"{\"n\""))
    );
    ms(started)
}

/// Warm invocations one after another, then with eight callers at once.
async fn invocations(whose: &str, endpoint: &str) {
    let client = client(endpoint).await;
    create(&client, "echo", &echo()).await;
    client.wait_until_active(Duration::from_secs(60)).await;
    let cold = invoke(&client).await;
    say(
        &format!("{whose}: first invocation (cold)"),
        &format!("{cold:.1} ms"),
    );
    for _ in 0..50 {
        invoke(&client).await;
    }
    let mut took = Vec::with_capacity(WARM);
    for _ in 0..WARM {
        took.push(invoke(&client).await);
    }
    let figures = format!(
        "p50 {:.2} ms, p99 {:.2} ms ({WARM} invocations)",
        percentile(&mut took, 50.0),
        percentile(&mut took, 99.0)
    );
    say(&format!("{whose}: warm invocation, one caller"), &figures);
    let started = Instant::now();
    let callers = (0..CALLERS).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            for _ in 0..PER_CALLER {
                invoke(&client).await;
            }
        })
    });
    let callers: Vec<_> = callers.collect();
    for caller in callers {
        caller.await.unwrap();
    }
    let all = (CALLERS * PER_CALLER) as f64;
    let rate = all / started.elapsed().as_secs_f64();
    say(
        &format!("{whose}: {CALLERS} callers"),
        &format!("{rate:.0} invocations/s"),
    );
}

trait WaitActive {
    async fn wait_until_active(&self, most: Duration);
}

impl WaitActive for aws_sdk_lambda::Client {
    async fn wait_until_active(&self, most: Duration) {
        let until = Instant::now() + most;
        while Instant::now() < until {
            let answer = self
                .get_function_configuration()
                .function_name("echo")
                .send()
                .await
                .unwrap();
            if answer.state().is_none_or(|s| s.as_str() == "Active") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("echo did not become active");
    }
}

/// All pages of 10,000 functions: by the SDK as the console asks, and by the AWS CLI, in the same run.
async fn listing(endpoint: &str) {
    let client = client(endpoint).await;
    let package = echo();
    let started = Instant::now();
    for n in 0..FUNCTIONS {
        create(&client, &format!("function-{n:05}"), &package).await;
    }
    say(
        &format!("creating {FUNCTIONS} functions"),
        &format!("{:.1} s", started.elapsed().as_secs_f64()),
    );
    for turn in 1..=3 {
        let started = Instant::now();
        let mut pages = client.list_functions().into_paginator().send();
        let (mut rows, mut first) = (0, None);
        while let Some(page) = pages.next().await {
            rows += page.unwrap().functions().len();
            first.get_or_insert_with(|| ms(started));
        }
        let figures = format!(
            "{rows} rows in {:.0} ms, the first page after {:.1} ms",
            ms(started),
            first.unwrap()
        );
        say(
            &format!("console's client, all pages, turn {turn}"),
            &figures,
        );
    }
    let mut command = Command::new("aws");
    command
        .args([
            "--endpoint-url",
            endpoint,
            "--region",
            "us-east-1",
            "lambda",
            "list-functions",
        ])
        .args(["--query", "length(Functions)", "--output", "text"])
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test");
    for turn in 1..=3 {
        let started = Instant::now();
        match command.output() {
            Ok(output) if output.status.success() => {
                // With --output text the query is answered once a page.
                let counts = String::from_utf8_lossy(&output.stdout);
                let rows: usize = counts
                    .split_whitespace()
                    .filter_map(|n| n.parse::<usize>().ok())
                    .sum();
                let figures = format!("{rows} rows in {:.0} ms, its start included", ms(started));
                say(&format!("AWS CLI, all pages, turn {turn}"), &figures);
            }
            Ok(output) => say("AWS CLI", &String::from_utf8_lossy(&output.stderr)),
            Err(_) => {
                say("AWS CLI", "not on the PATH: pip install awscli");
                return;
            }
        }
    }
}

struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = Command::new("pkill")
            .args(["-TERM", "-P", &self.0.id().to_string()])
            .status();
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn ministack() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let started = Command::new("ministack")
        .env("GATEWAY_PORT", port.to_string())
        .env("BIND_HOST", "127.0.0.1")
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .current_dir(std::env::temp_dir())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(child) = started else {
        say(
            "ministack",
            "not on the PATH: pip install 'ministack[full]' cbor2",
        );
        return;
    };
    let _peer = Peer(child);
    let until = Instant::now() + Duration::from_secs(60);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > until {
            say("ministack", "did not answer within a minute");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    invocations("ministack", &format!("http://127.0.0.1:{port}")).await;
}
