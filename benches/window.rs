//! The real window under Xvfb: from start to the first frame, and how many frames an idle window draws in ten seconds.
//!
//!     cargo bench --bench window       (needs Xvfb: apt install xvfb)
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use common::{machine, percentile, say};

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The frames of a window, by when their lines came.
struct Window {
    _process: Killed,
    started: Instant,
    frames: Receiver<Instant>,
}

fn open(display: &str, route: &str) -> Window {
    let started = Instant::now();
    let folder = std::env::temp_dir().join(format!("sekisho-bench-{}", std::process::id()));
    let mut process = Command::new(env!("CARGO_BIN_EXE_sekisho"))
        .args(["--sandbox", "--open", route])
        .env("DISPLAY", display)
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env("SEKISHO_LOG", "sekisho=debug")
        .env("XDG_CONFIG_HOME", &folder)
        .env("XDG_DATA_HOME", &folder)
        .env_remove("WAYLAND_DISPLAY")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stderr.take().unwrap());
    let (sender, frames) = sync_channel(10_000);
    std::thread::spawn(move || {
        for line in lines.lines().map_while(Result::ok) {
            if line.contains("frame") && line.contains("number") {
                let _ = sender.send(Instant::now());
            }
        }
    });
    Window {
        _process: Killed(process),
        started,
        frames,
    }
}

fn main() {
    machine();
    let display = format!(":{}", 200 + std::process::id() % 700);
    let server = Command::new("Xvfb")
        .args([&display, "-screen", "0", "1440x900x24"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(server) = server else {
        say("window", "Xvfb is not installed: apt install xvfb");
        return;
    };
    let _server = Killed(server);
    std::thread::sleep(Duration::from_secs(2));
    let mut firsts = Vec::new();
    for _ in 0..5 {
        let window = open(&display, "functions");
        let first = window
            .frames
            .recv_timeout(Duration::from_secs(30))
            .expect("no frame in 30 s");
        firsts.push(first.duration_since(window.started).as_secs_f64() * 1_000.0);
    }
    let all: Vec<String> = firsts.iter().map(|ms| format!("{ms:.0}")).collect();
    let median = percentile(&mut firsts, 50.0);
    say(
        "start to first frame, sandbox included",
        &format!("median {median:.0} ms ({} ms)", all.join(", ")),
    );
    for route in ["functions", "functions/orders-api/configuration"] {
        let window = open(&display, route);
        // Long enough for everything on the screen to be loaded and for the skeletons to be gone.
        std::thread::sleep(Duration::from_secs(8));
        while window.frames.try_recv().is_ok() {}
        std::thread::sleep(Duration::from_secs(10));
        let frames = window.frames.try_iter().count();
        say(
            &format!("idle on {route}"),
            &format!("{frames} frames in 10 s"),
        );
    }
}
