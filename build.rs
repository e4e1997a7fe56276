//! Stamps version, commit and build date, and the icon on Windows.

use std::process::Command;

fn main() {
    // Every commit and checkout writes there; in a worktree it lies elsewhere than in `.git`.
    let moved = ["logs/HEAD", "HEAD"]
        .iter()
        .filter_map(|name| output("git", &["rev-parse", "--git-path", name]))
        .find(|path| std::path::Path::new(path).exists());
    if let Some(path) = moved {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let commit =
        output("git", &["rev-parse", "--short=10", "HEAD"]).unwrap_or_else(|| "unknown".into());
    let date = build_date();
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    println!("cargo::rustc-env=SEKISHO_BUILD={version} ({commit}, {date})");
    icon();
}

/// The icon that Windows shows for the program's file.
#[cfg(windows)]
fn icon() {
    println!("cargo::rerun-if-changed=assets/icon.ico");
    if let Err(error) = winresource::WindowsResource::new()
        .set_icon("assets/icon.ico")
        .compile()
    {
        println!("cargo::warning=the icon could not be embedded: {error}");
    }
}

#[cfg(not(windows))]
fn icon() {}

/// The day of the build, or of `SOURCE_DATE_EPOCH` for builds that must be the same again.
fn build_date() -> String {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok();
    let seconds = epoch
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or_else(|| {
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |since| since.as_secs())
        });
    let (year, month, day) = civil(seconds / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days since 1970 as a date of the Gregorian calendar (Howard Hinnant's `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let era = z / 146_097;
    let doe = z % 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + u64::from(month <= 2), month, day)
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output
        .status
        .success()
        .then(|| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}
