#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may wait and fail"
)]

use super::*;
use crate::route::{FunctionTab, Route};
use std::time::Instant;

fn visit(name: &str) -> Visit {
    Visit {
        link: Link::from(Route::function_tab(name, FunctionTab::Logs)),
        word: Word::Outside,
    }
}

struct Served {
    visits: Visits,
    door: Door,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Served {
    fn of(listening: Listening, hosts: bool) -> Self {
        let (visits, door) = (listening.visits(), listening.door());
        let wake: Wake = Arc::new(|| {});
        let thread = std::thread::spawn(move || listening.serve(hosts, &wake));
        Self {
            visits,
            door,
            thread: Some(thread),
        }
    }

    fn next(&self) -> Visit {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(visit) = self.visits.take() {
                return visit;
            }
            assert!(Instant::now() < end, "no visit came");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.door.close();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn first(folder: &Path, display: &str) -> Listening {
    match start_in(folder, display, Some(&visit("first")), false).unwrap() {
        Start::First(listening) => listening,
        Start::Taken => panic!("somebody took it"),
        Start::Alone => panic!("somebody refused it"),
    }
}

#[test]
fn a_second_start_hands_its_link_over_and_the_third_is_first_again_once_the_window_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::of(first(folder.path(), "_1"), false);
    let second = start_in(
        folder.path(),
        "_1",
        Some(&visit("orders/api $LATEST")),
        false,
    )
    .unwrap();
    assert!(matches!(second, Start::Taken));
    assert_eq!(served.next(), visit("orders/api $LATEST"));
    assert_eq!(served.visits.take(), None);
    drop(served);
    assert!(!folder.path().join("window-_1.sock").exists());
    Served::of(first(folder.path(), "_1"), false);
}

#[test]
fn another_display_has_a_window_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let _one = Served::of(first(folder.path(), "_1"), false);
    let _two = Served::of(first(folder.path(), "_2"), false);
}

#[test]
fn a_start_that_wants_a_sandbox_is_taken_only_by_a_window_that_has_one() {
    let folder = tempfile::tempdir().unwrap();
    for hosts in [false, true] {
        let _served = Served::of(first(folder.path(), "_1"), hosts);
        let second = start_in(folder.path(), "_1", Some(&visit("a")), true).unwrap();
        assert_eq!(matches!(second, Start::Taken), hosts);
        assert_eq!(matches!(second, Start::Alone), !hosts);
    }
}

#[test]
fn a_dead_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    // A killed process leaves its socket: here the listener goes and its file stays.
    drop(first(folder.path(), "_1"));
    assert!(folder.path().join("window-_1.sock").exists());
    let served = Served::of(first(folder.path(), "_1"), false);
    let second = start_in(folder.path(), "_1", Some(&visit("a")), false).unwrap();
    assert!(matches!(second, Start::Taken));
    assert_eq!(served.next(), visit("a"));
}

#[test]
fn of_many_that_start_at_once_one_is_first_and_has_all_the_links() {
    let folder = tempfile::tempdir().unwrap();
    let starts: Vec<_> = (0..8)
        .map(|n| {
            let folder = folder.path().to_owned();
            std::thread::spawn(move || {
                match start_in(&folder, "_1", Some(&visit(&format!("f{n}"))), false).unwrap() {
                    Start::First(listening) => Some(Served::of(listening, false)),
                    Start::Taken => None,
                    Start::Alone => panic!("nobody took it"),
                }
            })
        })
        .collect();
    let firsts: Vec<Served> = starts
        .into_iter()
        .filter_map(|start| start.join().unwrap())
        .collect();
    assert_eq!(firsts.len(), 1);
    for _ in 0..7 {
        firsts[0].next();
    }
    assert_eq!(firsts[0].visits.take(), None);
}

#[cfg(unix)]
#[test]
fn what_is_no_request_is_refused_and_the_next_one_taken() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::of(first(folder.path(), "_1"), false);
    let path = folder.path().join("window-_1.sock");
    for line in [
        "\n".to_owned(),
        "{}\n".to_owned(),
        format!("{}\n", "x".repeat(100_000)),
        "{\"link\":\"sekisho://functions?unlock=1\",\"word\":\"Person\",\"sandbox\":false}\n"
            .to_owned(),
    ] {
        let mut stream = Stream::connect(name(&path, "_1").unwrap()).unwrap();
        // A line that is too long is not read to its end.
        let _cut = stream.write_all(line.as_bytes());
        let mut answer = String::new();
        let _reset = stream.read_to_string(&mut answer);
        assert!(!answer.contains("true"), "{answer}");
    }
    assert_eq!(served.visits.take(), None);
    let second = start_in(folder.path(), "_1", Some(&visit("a")), false).unwrap();
    assert!(matches!(second, Start::Taken));
}

#[cfg(unix)]
#[test]
fn only_this_user_can_enter_the_folder() {
    use std::os::unix::fs::PermissionsExt;
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("sekisho");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    let _served = Served::of(first(&folder, "_1"), false);
    let mode = std::fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let elsewhere = base.path().join("link");
    std::os::unix::fs::symlink(&folder, &elsewhere).unwrap();
    assert!(start_in(&elsewhere, "_1", Some(&visit("a")), false).is_err());
}
