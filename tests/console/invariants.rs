//! The invariants of the house: what may name what. A break fails here, with the file and the line.

use std::path::{Path, PathBuf};

struct Line {
    file: PathBuf,
    number: usize,
    text: String,
}

/// The code of `src` without its tests and comments.
fn lines(of: &str) -> Vec<Line> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(of);
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(!files.is_empty(), "nothing under {of}");
    files.iter().flat_map(|file| code_of(file)).collect()
}

fn collect(at: &Path, files: &mut Vec<PathBuf>) {
    if at.is_file() {
        files.push(at.to_owned());
        return;
    }
    for entry in std::fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_test = name == "tests.rs"
            || name == "tests"
            || name == "testing.rs"
            || name.ends_with("_tests.rs");
        if !is_test && (path.is_dir() || name.ends_with(".rs")) {
            collect(&path, files);
        }
    }
}

fn code_of(file: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(file).unwrap();
    let relative = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
    let mut lines = Vec::new();
    let mut waiting = false;
    let mut depth: Option<i32> = None;
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let code_start = code.trim_start();
        if code_start.starts_with("#[cfg(test)]") || code_start.starts_with("#[cfg(all(test,") {
            waiting = true;
            continue;
        }
        if waiting || depth.is_some() {
            let opened = code.matches('{').count() as i32 - code.matches('}').count() as i32;
            let now = depth.unwrap_or(0) + opened;
            if waiting && !code.contains('{') && !code.trim_end().ends_with(';') {
                continue;
            }
            waiting = false;
            depth = (now > 0).then_some(now);
            continue;
        }
        lines.push(Line {
            file: relative.to_owned(),
            number: number + 1,
            text: code.to_owned(),
        });
    }
    lines
}

/// Fails with every line that names one of `words`, unless its file is allowed.
fn never(what: &str, of: &str, words: &[&str], allowed: &[&str]) {
    let broken: Vec<String> = lines(of)
        .into_iter()
        .filter(|line| !allowed.iter().any(|a| line.file.starts_with(a)))
        .filter(|line| words.iter().any(|word| names(&line.text, word)))
        .map(|line| {
            format!(
                "{}:{}: {}",
                line.file.display(),
                line.number,
                line.text.trim()
            )
        })
        .collect();
    assert!(broken.is_empty(), "{what}\n{}", broken.join("\n"));
}

/// Whether the word stands in the text and is not the end of a longer one.
fn names(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[test]
fn the_sdk_is_named_only_under_cloud() {
    never(
        "aws_sdk_* outside src/cloud",
        "src",
        &["aws_sdk_", "aws_config", "aws_smithy"],
        &["src/cloud"],
    );
}

#[test]
fn egui_is_named_only_in_the_window() {
    never(
        "egui outside src/app.rs, src/main.rs and src/ui",
        "src",
        &["egui", "eframe"],
        &["src/app.rs", "src/main.rs", "src/ui"],
    );
}

#[test]
fn the_window_the_model_and_the_store_never_name_tokio() {
    for part in ["src/ui", "src/model", "src/store"] {
        never(
            "tokio is for tasks, cloud, session and core",
            part,
            &["tokio"],
            &[],
        );
    }
}

#[test]
fn only_tasks_spawns() {
    never(
        "spawning outside src/tasks.rs",
        "src",
        &["spawn(", "spawn_blocking(", "thread::spawn", "JoinSet"],
        &["src/tasks.rs"],
    );
}

#[test]
fn the_model_names_no_other_module() {
    never(
        "src/model names another module",
        "src/model",
        &[
            "crate::cloud",
            "crate::store",
            "crate::ui",
            "crate::tasks",
            "crate::core",
            "crate::route",
            "crate::session",
        ],
        &[],
    );
}

#[test]
fn the_store_names_only_the_model() {
    never(
        "src/store names more than the model",
        "src/store",
        &[
            "crate::cloud",
            "crate::ui",
            "crate::tasks",
            "crate::core",
            "crate::route",
            "crate::session",
        ],
        &[],
    );
}

#[test]
fn the_cloud_names_only_model_and_store() {
    never(
        "src/cloud names more than model and store",
        "src/cloud",
        &[
            "crate::ui",
            "crate::tasks",
            "crate::core",
            "crate::route",
            "crate::session",
            "crate::command",
        ],
        &[],
    );
}

#[test]
fn the_console_names_the_sandbox_only_where_it_starts_it() {
    never(
        "sekisho_sandbox outside src/main.rs",
        "src",
        &["sekisho_sandbox"],
        &["src/main.rs"],
    );
}

#[test]
fn a_function_is_called_through_one_door() {
    never(
        "a call is put together elsewhere than in the door",
        "sandbox/src",
        &["invoked_arn", "pool.invoke"],
        &["sandbox/src/lambda/door.rs", "sandbox/src/runtime"],
    );
}

#[test]
fn services_take_the_time_from_the_one_clock() {
    never(
        "the time was asked for beside the clock; processes, the disk and the listener take real time",
        "sandbox/src",
        &[
            "Timestamp::now",
            "Instant::now",
            "SystemTime::now",
            "tokio::time",
        ],
        &[
            "sandbox/src/clock.rs",
            "sandbox/src/runtime",
            "sandbox/src/store",
            "sandbox/src/workload.rs",
            "sandbox/src/http.rs",
            "sandbox/src/registry.rs",
            "sandbox/src/doors",
        ],
    );
}

#[test]
fn the_sandbox_never_learns_of_the_console() {
    never(
        "the sandbox names the console",
        "sandbox/src",
        &["sekisho::"],
        &[],
    );
}

#[test]
fn rules_are_worked_out_from_what_is_given_alone() {
    never(
        "the rules name a side of the house, or ask the network, the disk or a clock",
        "rules/src",
        &[
            "sekisho_sandbox",
            "sekisho::",
            "tokio",
            "std::fs",
            "std::net::TcpStream",
            "Timestamp::now",
            "SystemTime::now",
            "Instant::now",
        ],
        &[],
    );
}

#[test]
fn nothing_panics_on_purpose() {
    let words = [
        ".unwrap()",
        ".expect(",
        "panic!(",
        "todo!(",
        "unimplemented!(",
        "dbg!(",
    ];
    for of in ["src", "sandbox/src", "rules/src"] {
        never("a panic ends somebody's session", of, &[], &[]);
        let broken: Vec<String> = lines(of)
            .into_iter()
            .filter(|line| words.iter().any(|word| line.text.contains(word)))
            .map(|line| {
                format!(
                    "{}:{}: {}",
                    line.file.display(),
                    line.number,
                    line.text.trim()
                )
            })
            .collect();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }
}

#[test]
fn colours_have_one_home() {
    never(
        "a colour literal outside theme.rs",
        "src",
        &[
            "Color32::from_",
            "Color32::RED",
            "Color32::GREEN",
            "Color32::BLUE",
            "Color32::WHITE",
            "Color32::BLACK",
            "Color32::GRAY",
            "Rgba::from",
        ],
        &["src/ui/theme.rs"],
    );
}

#[test]
fn every_channel_is_bounded() {
    for of in ["src", "sandbox/src", "rules/src"] {
        never(
            "an unbounded channel",
            of,
            &["unbounded_channel", "mpsc::channel()", "flume::unbounded"],
            &[],
        );
    }
}

#[test]
fn spinners_have_one_home() {
    never(
        "a raw spinner",
        "src",
        &["Spinner", "spinner()"],
        &["src/ui/widgets/state.rs"],
    );
}

#[test]
fn a_name_is_found_as_a_word_and_tests_are_left_out() {
    assert!(names("use tokio::net", "tokio"));
    assert!(!names("use my_tokio::net", "tokio"));
    let all = lines("src/store");
    assert!(all.iter().all(|line| !line.text.contains("#[test]")));
}

#[test]
fn a_module_with_parts_is_a_folder_with_a_mod_file() {
    fn twins(at: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.with_extension("rs").is_file() {
                    found.push(path.with_extension("rs"));
                }
                twins(&path, found);
            }
        }
    }
    let mut found = Vec::new();
    for of in ["src", "sandbox/src", "rules/src", "tests", "benches"] {
        twins(&Path::new(env!("CARGO_MANIFEST_DIR")).join(of), &mut found);
    }
    assert!(
        found.is_empty(),
        "`x.rs` beside `x/`, not `x/mod.rs`: {found:?}"
    );
}
