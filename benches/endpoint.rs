//! What the sandbox and the console's client cost, side by side with others in the same run: all pages of 10,000 functions
//! beside the AWS CLI, and cold and warm invocations of echoes in Python and Node beside ministack (PyPI).
//!
//!     cargo bench --bench endpoint
//!
//! The AWS CLI is used where it is on the PATH (`pip install awscli`), ministack where it is there or in `target/peers`; where
//! they are not, the line says so. Nothing here asserts a time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

mod common;
mod lambda;
mod peers;

use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::Runtime;
use common::{machine, percentile, say};
use lambda::{WaitActive, client, create_in, package};
use sekisho_sandbox::{Options, Sandbox};

const FUNCTIONS: usize = 10_000;
const WARM: usize = 1_000;
const COLD: usize = 12;
const CALLERS: usize = 8;
const PER_CALLER: usize = 250;

fn main() -> ExitCode {
    // The sandbox's warden is this program, started again.
    if let Some(code) = sekisho_sandbox::warden::hook() {
        return code;
    }
    tokio::runtime::Runtime::new().unwrap().block_on(measure());
    ExitCode::SUCCESS
}

async fn measure() {
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
    cold("sekisho sandbox", &endpoint).await;
    invocations("sekisho sandbox", &endpoint).await;
    kept().await;
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

/// The same with a state that is kept: an invocation must not wait for a disk, and a list comes from memory.
async fn kept() {
    let folder = tempfile::tempdir().unwrap();
    let options = |empty| Options {
        port: 0,
        empty,
        workload: false,
        settle: Duration::from_millis(1),
        state: Some(folder.path().to_owned()),
        ..Options::default()
    };
    let started = Instant::now();
    let sandbox = Sandbox::start(options(false)).await.unwrap();
    let first = ms(started);
    let endpoint = sandbox.endpoint();
    invocations("sekisho sandbox, state kept", &endpoint).await;
    let client = client(&endpoint).await;
    let package = echo();
    let started = Instant::now();
    for n in 0..200 {
        create(&client, &format!("kept-{n}"), &package).await;
    }
    let each = ms(started) / 200.0;
    sandbox.shutdown().await;
    // It holds the folder as long as it lives.
    drop(sandbox);
    let started = Instant::now();
    let sandbox = Sandbox::start(options(false)).await.unwrap();
    let again = ms(started);
    sandbox.shutdown().await;
    say(
        "sandbox with a state, from start to answering",
        &format!("{first:.1} ms new with samples, {again:.1} ms with what is kept"),
    );
    say(
        "a function created and on the disk",
        &format!("{each:.1} ms each, one after another"),
    );
}

fn echo() -> Vec<u8> {
    package("app.py", "def handler(event, context):\n    return event\n")
}

async fn create(client: &aws_sdk_lambda::Client, name: &str, package: &[u8]) {
    create_in(client, name, Runtime::Python312, package).await;
}

async fn invoke(client: &aws_sdk_lambda::Client) -> f64 {
    try_invoke(client, "echo").await.unwrap()
}

/// The milliseconds that it took, or what the function answered instead of its event.
async fn try_invoke(client: &aws_sdk_lambda::Client, name: &str) -> Result<f64, String> {
    let started = Instant::now();
    let answer = client
        .invoke()
        .function_name(name)
        .payload(Blob::new(br#"{"n":1}"#))
        .send()
        .await
        .map_err(|error| error.to_string())?;
    let took = ms(started);
    let said = answer.payload().map(|payload| payload.as_ref().to_vec());
    let said = String::from_utf8_lossy(&said.unwrap_or_default()).into_owned();
    if answer.function_error().is_none() && said.starts_with("{\"n\"") {
        Ok(took)
    } else {
        Err(said)
    }
}

/// The first invocation of one new function after another, in each language. The very first one is told apart: it finds
/// what the others find ready.
async fn cold(whose: &str, endpoint: &str) {
    let python = package("app.py", "def handler(event, context):\n    return event\n");
    let node = package("app.js", "exports.handler = async (event) => event;\n");
    let languages = [
        ("Python", Runtime::Python312, python),
        ("Node", Runtime::Nodejs20x, node),
    ];
    let client = client(endpoint).await;
    for (language, runtime, package) in languages {
        let mut took = Vec::with_capacity(COLD);
        for n in 0..=COLD {
            let name = format!("cold-{}-{n}", language.to_lowercase());
            create_in(&client, &name, runtime.clone(), &package).await;
            client.wait_until_active(&name).await;
            match try_invoke(&client, &name).await {
                Ok(ms) => took.push(ms),
                Err(said) => {
                    say(
                        &format!("{whose}: cold start, {language}"),
                        &format!("not run: {said}"),
                    );
                    break;
                }
            }
        }
        if took.len() <= COLD {
            continue;
        }
        let first = took.remove(0);
        let figures = format!(
            "p50 {:.1} ms, worst {:.1} ms ({COLD} functions); the very first {first:.1} ms",
            percentile(&mut took, 50.0),
            percentile(&mut took, 100.0),
        );
        say(&format!("{whose}: cold start, {language}"), &figures);
    }
}

/// Warm invocations one after another, then with eight callers at once.
async fn invocations(whose: &str, endpoint: &str) {
    let client = client(endpoint).await;
    create(&client, "echo", &echo()).await;
    client.wait_until_active("echo").await;
    invoke(&client).await;
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

async fn ministack() {
    let (_peer, port) = match peers::ministack().await {
        Ok(peer) => peer,
        Err(why) => return say("ministack", &why),
    };
    let endpoint = format!("http://127.0.0.1:{port}");
    cold("ministack", &endpoint).await;
    invocations("ministack", &endpoint).await;
}
