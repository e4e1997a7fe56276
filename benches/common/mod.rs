//! What the benchmarks share: the machine's facts, percentiles, one line a figure.
#![allow(dead_code, clippy::print_stdout)]

pub mod load;
pub mod shop;

/// Prints what the figures were measured on.
pub fn machine() {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = memory
        .lines()
        .next()
        .unwrap_or_default()
        .replace("MemTotal:", "");
    say(
        "machine",
        &format!("{name}, {cores} cores, {} of memory", memory.trim()),
    );
    say(
        "load before",
        load.split(' ')
            .take(3)
            .collect::<Vec<_>>()
            .join(" ")
            .as_str(),
    );
    say(
        "processor before",
        &format!("{:.0} ms for a fixed sum: shared processors vary", sum_ms()),
    );
    say(
        "profile",
        if cfg!(debug_assertions) {
            "dev (figures are for release)"
        } else {
            "release"
        },
    );
}

/// What a hundred million steps of one sum take now, each of which waits for the one before.
fn sum_ms() -> f64 {
    let started = std::time::Instant::now();
    let step = |sum: u64, i: u64| (sum ^ i).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    std::hint::black_box((0..100_000_000_u64).fold(1, step));
    started.elapsed().as_secs_f64() * 1_000.0
}

/// One figure.
pub fn say(what: &str, figure: &str) {
    println!("{what:<52} {figure}");
}

/// The p-th percentile, by the nearest rank.
pub fn percentile(values: &mut [f64], p: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = ((p / 100.0) * values.len() as f64).ceil() as usize;
    values[rank.clamp(1, values.len()) - 1]
}
