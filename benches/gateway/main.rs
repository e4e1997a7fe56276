//! What a stage of the sandbox's gateway answers, side by side with others in the same run: requests a second of a mock and of
//! Lambda proxies in Node and Python, with 1, 8 and 64 callers, beside ministack (PyPI) and serverless-offline (npm) with the
//! same functions; a mapping template of 4 KB; import and export of an API of 300 resources and 1,200 methods.
//!
//!     packaging/peers.sh                  # installs the peers, once
//!     cargo bench --bench gateway         # or parts of it: `-- template large sandbox ministack serverless`
//!
//! A peer that is not installed is skipped with a word. Nothing here asserts a time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../lambda/mod.rs"]
mod lambda;
mod large;
#[path = "../peers/mod.rs"]
mod peers;
mod routes;
mod template;

use std::process::ExitCode;
use std::time::Duration;

use common::load::{Target, load};
use common::{machine, say};
use sekisho_sandbox::{Options, Sandbox};

/// Callers at once.
const CALLERS: [usize; 3] = [1, 8, 64];
/// How many times the rate of each peer is wanted.
const GOAL: f64 = 10.0;
/// How long it counts.
const COUNTED: Duration = match cfg!(debug_assertions) {
    true => Duration::from_secs(1),
    false => Duration::from_secs(5),
};

/// Answers a second, by who gave them to how many.
struct Rate {
    whose: &'static str,
    what: &'static str,
    callers: usize,
    a_second: f64,
}

fn main() -> ExitCode {
    // The sandbox's warden is this program, started again.
    if let Some(code) = sekisho_sandbox::warden::hook() {
        return code;
    }
    tokio::runtime::Runtime::new().unwrap().block_on(measure());
    ExitCode::SUCCESS
}

/// Whether a part is measured: those that are named on the command line, else all.
fn wants(part: &str) -> bool {
    let parts = ["template", "large", "sandbox", "ministack", "serverless"];
    let named: Vec<String> = std::env::args().skip(1).collect();
    let is_named = |part: &str| named.iter().any(|named| named == part);
    is_named(part) || !parts.into_iter().any(is_named)
}

async fn measure() {
    machine();
    if wants("template") {
        template::measure();
    }
    let mut rates = Vec::new();
    if wants("large") || wants("sandbox") {
        sandbox(&mut rates).await;
    }
    if wants("ministack") {
        match peers::ministack().await {
            Ok((_peer, port)) => match routes::make(&format!("http://127.0.0.1:{port}")).await {
                Ok(made) => routes_of("ministack", made, &mut rates).await,
                Err(why) => say("ministack", &format!("not measured: {why}")),
            },
            Err(why) => say("ministack", &why),
        }
    }
    if wants("serverless") {
        let folder = tempfile::tempdir().unwrap();
        match peers::serverless_offline(folder.path(), routes::NODE, routes::PYTHON).await {
            Ok((_peer, port)) => {
                let own = routes::of_serverless(port);
                routes_of("serverless-offline", own, &mut rates).await;
                say("serverless-offline: mock", "it has no mock routes");
            }
            Err(why) => say("serverless-offline", &why),
        }
    }
    beside(&rates);
}

/// The sandbox's own part.
async fn sandbox(rates: &mut Vec<Rate>) {
    let options = Options {
        port: 0,
        empty: true,
        workload: false,
        settle: Duration::from_millis(1),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let endpoint = sandbox.endpoint();
    if wants("large") {
        large::measure(&endpoint).await;
    }
    if wants("sandbox") {
        let made = routes::make(&endpoint).await;
        routes_of("sekisho sandbox", made.unwrap(), rates).await;
    }
    sandbox.shutdown().await;
}

/// Each route with each number of callers.
async fn routes_of(
    whose: &'static str,
    routes: Vec<(&'static str, Target)>,
    rates: &mut Vec<Rate>,
) {
    for (what, target) in &routes {
        for callers in CALLERS {
            let name = format!("{whose}: {what}, callers: {callers}");
            let figures = match load(target, callers, COUNTED).await {
                Ok(figures) => figures,
                Err(why) => {
                    say(&name, &format!("not measured: {why}"));
                    continue;
                }
            };
            let failed = match figures.failed {
                0 => String::new(),
                failed => format!(", {failed} not answered"),
            };
            let told = format!(
                "{:.0} requests/s, p50 {:.2} ms, p99 {:.2} ms{failed}",
                figures.a_second, figures.p50_ms, figures.p99_ms
            );
            say(&name, &told);
            rates.push(Rate {
                whose,
                what,
                callers,
                a_second: figures.a_second,
            });
        }
    }
}

/// The sandbox's rates beside those of each peer.
fn beside(rates: &[Rate]) {
    let (own, theirs): (Vec<&Rate>, Vec<&Rate>) = rates
        .iter()
        .partition(|rate| rate.whose.contains("sekisho"));
    for peer in theirs {
        let same = |rate: &&&Rate| rate.what == peer.what && rate.callers == peer.callers;
        let Some(own) = own.iter().find(same) else {
            continue;
        };
        let times = own.a_second / peer.a_second;
        let met = if times >= GOAL { "met" } else { "missed" };
        let name = format!("{}: {}, callers: {}", peer.whose, peer.what, peer.callers);
        say(
            &name,
            &format!("the sandbox has {times:.1} times its rate; goal {GOAL}: {met}"),
        );
    }
}
