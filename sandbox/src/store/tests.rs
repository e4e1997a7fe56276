#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::segments::{self, Found, Journal};
use super::*;
use serde_json::{Value, json};
use std::{fs, io::Write, path::Path};

fn open(root: &Path) -> (Home, Store, Records) {
    let home = Home::take(root).unwrap();
    let (store, records) = Store::open(&home).unwrap();
    (home, store, records)
}

/// What is kept of a service, as `kind key = value`.
fn all(records: &mut Records, service: &str, region: &str) -> Vec<String> {
    let found = records.take(service, region).into_iter();
    found
        .map(|record| {
            let value: Value = record.read().unwrap();
            format!("{} {} = {value}", record.kind, record.key)
        })
        .collect()
}

#[tokio::test]
async fn what_was_settled_is_there_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (home, store, records) = open(folder.path());
    assert!(records.is_fresh);
    let shelf = store.shelf("lambda", "us-east-1");
    shelf.put("function", "a", &json!({"memory": 128}));
    shelf.put("function", "b", &json!(1));
    shelf.put("function", "a", &json!({"memory": 256}));
    store.settled().await.unwrap();
    shelf.remove("function", "b");
    store.shelf("iam", "").put("role", "r", &json!("x"));
    store.close().await;
    drop((home, store));
    let (_home, _store, mut records) = open(folder.path());
    assert!(!records.is_fresh);
    assert_eq!(records.regions("lambda"), ["us-east-1"]);
    assert_eq!(
        all(&mut records, "lambda", "us-east-1"),
        [r#"function a = {"memory":256}"#]
    );
    assert_eq!(all(&mut records, "iam", ""), [r#"role r = "x""#]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_change_at_once_are_all_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (home, store, _) = open(folder.path());
    let mut work = tokio::task::JoinSet::new();
    for at in 0..200 {
        let store = store.clone();
        work.spawn(async move {
            let shelf = store.shelf("s3", "");
            shelf.put("object", &format!("k{at:03}"), &at);
            store.settled().await.unwrap();
        });
    }
    work.join_all().await;
    let mut records = as_after_a_kill(&home);
    assert_eq!(all(&mut records, "s3", "").len(), 200);
}

/// What another process reads of what is on the disk: nothing is closed, and the file itself is locked by its writer.
fn as_after_a_kill(home: &Home) -> database::Records {
    let copy = tempfile::tempdir().unwrap();
    for name in [database::FILE, "state.sqlite-wal"] {
        match fs::copy(home.data().join(name), copy.path().join(name)) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{name}"),
        }
    }
    database::read(&copy.path().join(database::FILE)).unwrap()
}

#[tokio::test]
async fn changes_held_together_are_committed_together() {
    let folder = tempfile::tempdir().unwrap();
    let (home, store, _) = open(folder.path());
    let together = store.together();
    let shelf = store.shelf("lambda", "r");
    shelf.put("function", "a", &1);
    // Room for a writer that does not wait.
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let mut records = as_after_a_kill(&home);
    assert_eq!(all(&mut records, "lambda", "r"), Vec::<String>::new());
    shelf.put("function", "b", &2);
    drop(together);
    store.settled().await.unwrap();
    let mut records = as_after_a_kill(&home);
    assert_eq!(all(&mut records, "lambda", "r").len(), 2);
}

#[tokio::test]
async fn a_file_goes_only_after_the_last_record_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let (home, store, _) = open(folder.path());
    let name = format!("packages/{}.zip", uuid::Uuid::new_v4());
    files::write(&home.data(), &name, b"code").unwrap();
    let path = home.data().join(&name);
    let shelf = store.shelf("lambda", "r");
    shelf.change(|change| {
        change.put("function", "a", &1, vec![name.clone()]);
        change.put("version", "a:1", &1, vec![name.clone()]);
    });
    store.settled().await.unwrap();
    store.release(&name);
    shelf.remove("function", "a");
    store.settled().await.unwrap();
    assert!(path.exists(), "a version names it still");
    shelf.remove("version", "a:1");
    store.close().await;
    assert!(!path.exists());
}

#[tokio::test]
async fn what_an_interrupted_write_left_is_swept_and_a_missing_file_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let (home, store, _) = open(folder.path());
    let name = format!("objects/{}", uuid::Uuid::new_v4());
    files::write(&home.data(), &name, b"content").unwrap();
    let shelf = store.shelf("s3", "");
    shelf.change(|change| change.put("object", "b/k", &1, vec![name.clone()]));
    store.close().await;
    let data = home.data();
    drop((home, store));
    // Killed after the file and before the record; and before the file was whole.
    let orphan = data.join(format!("packages/{}.zip", uuid::Uuid::new_v4()));
    let partial = data.join(format!("objects/{}.part", uuid::Uuid::new_v4()));
    let foreign = data.join("packages/notes.txt");
    for path in [&orphan, &partial, &foreign] {
        fs::write(path, "x").unwrap();
    }
    let (home, store, _) = open(folder.path());
    assert!(!orphan.exists() && !partial.exists());
    assert!(foreign.exists(), "it is not ours");
    assert!(data.join(&name).exists());
    store.close().await;
    drop((home, store));
    fs::remove_file(data.join(&name)).unwrap();
    let home = Home::take(folder.path()).unwrap();
    let error = Store::open(&home).unwrap_err().to_string();
    assert!(error.contains("is missing"), "{error}");
}

#[test]
fn a_second_sandbox_on_the_same_state_is_refused_with_the_first_ones_process() {
    let folder = tempfile::tempdir().unwrap();
    let first = Home::take(folder.path()).unwrap();
    let error = Home::take(folder.path()).unwrap_err().to_string();
    let wanted = format!("another sandbox, process {}", std::process::id());
    assert!(error.ends_with(&wanted), "{error}");
    drop(first);
    Home::take(folder.path()).unwrap();
}

#[test]
fn a_folder_of_something_else_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "x").unwrap();
    let error = Home::take(folder.path()).unwrap_err();
    assert!(matches!(error, StateError::Foreign { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// A state with a record, closed; the path of its file.
fn closed_state(root: &Path) -> std::path::PathBuf {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (home, store, _) = open(root);
    for at in 0..50 {
        let value = json!({"text": "a value that can be found in the file"});
        store
            .shelf("lambda", "r")
            .put("function", &format!("f{at}"), &value);
    }
    runtime.block_on(store.close());
    home.data().join(database::FILE)
}

/// Opening is refused, and the file is what it was.
fn refused(root: &Path, file: &Path) -> StateError {
    let before = fs::read(file).unwrap();
    let home = Home::take(root).unwrap();
    let error = Store::open(&home).unwrap_err();
    assert_eq!(fs::read(file).unwrap(), before, "it was left alone");
    error
}

#[test]
fn a_newer_format_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = closed_state(folder.path());
    let mut bytes = fs::read(&file).unwrap();
    bytes[60..64].copy_from_slice(&2_i32.to_be_bytes());
    fs::write(&file, bytes).unwrap();
    let error = refused(folder.path(), &file).to_string();
    assert!(error.contains("newer Sekisho (format 2"), "{error}");
}

#[test]
fn what_is_no_state_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = closed_state(folder.path());
    let whole = fs::read(&file).unwrap();
    let mut foreign = whole.clone();
    foreign[68..72].copy_from_slice(&[0; 4]);
    let mut flipped = whole.clone();
    let at = whole.windows(5).rposition(|five| five == b"found").unwrap();
    flipped[at] ^= 1;
    let mut torn = whole.clone();
    torn.truncate(whole.len() - 5000);
    let cases: [(&[u8], &str); 6] = [
        (b"", "too short"),
        (b"hello", "too short"),
        (&[b'x'; 4096], "no SQLite file"),
        (&foreign, "another program"),
        (&flipped, "wrong checksum"),
        (&torn, "damaged"),
    ];
    for (bytes, word) in cases {
        fs::write(&file, bytes).unwrap();
        let error = refused(folder.path(), &file).to_string();
        assert!(error.contains(word), "{word}: {error}");
    }
}

#[test]
fn forgetting_removes_a_state_and_never_what_is_not_ours() {
    let folder = tempfile::tempdir().unwrap();
    closed_state(folder.path());
    let home = Home::take(folder.path()).unwrap();
    fs::write(home.data().join("notes.txt"), "x").unwrap();
    let error = home.forget().unwrap_err();
    assert!(matches!(error, StateError::Foreign { .. }), "{error}");
    fs::remove_file(home.data().join("notes.txt")).unwrap();
    home.forget().unwrap();
    assert!(!home.data().exists());
    home.forget().unwrap();
}

#[test]
fn a_replacement_that_was_interrupted_is_finished_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    closed_state(folder.path());
    let root = folder.path();
    let marker = |folder: &str| root.join(folder).join("objects");
    fs::create_dir_all(marker("data.next")).unwrap();
    fs::create_dir_all(root.join("part-1")).unwrap();
    Home::take(root).unwrap();
    assert!(marker("data").is_dir() && !root.join("data/state.sqlite").exists());
    let names = fs::read_dir(root).unwrap().flatten();
    let names: Vec<_> = names.map(|entry| entry.file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

/// What a journal holds, with the snapshots as `[…]`.
fn read(store: &Store) -> (Vec<String>, Vec<Journal>) {
    let mut found = Vec::new();
    let journals = segments::replay::<Value>(store, "logs", |region, _, one| {
        found.push(match one {
            Found::Snapshot(value) => format!("{region} [{value}]"),
            Found::Record(text) => format!("{region} {}", String::from_utf8_lossy(text)),
        });
        Ok(())
    });
    (found, journals.unwrap())
}

fn only_segment(home: &Home) -> std::path::PathBuf {
    let entries = fs::read_dir(home.data().join(files::SEGMENTS)).unwrap();
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    assert_eq!(paths.len(), 1, "{paths:?}");
    paths.remove(0)
}

#[tokio::test]
async fn a_torn_end_is_cut_off_wherever_it_was_torn_and_what_comes_then_follows() {
    let folder = tempfile::tempdir().unwrap();
    let (home, store, _) = open(folder.path());
    let journal = Journal::new(&store, "logs", "us-east-1");
    for text in ["one", "two", "three"] {
        journal.append(&text, false).unwrap();
    }
    let path = only_segment(&home);
    let whole = fs::read(&path).unwrap();
    let before = whole.len() - (8 + "\"three\"".len());
    for cut in before..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let (found, journals) = read(&store);
        assert_eq!(found, ["us-east-1 \"one\"", "us-east-1 \"two\""], "{cut}");
        journals[0].append(&"four", true).unwrap();
        store.settled().await.unwrap();
        let (found, _) = read(&store);
        assert_eq!(found.last().unwrap(), "us-east-1 \"four\"", "{cut}");
    }
    // Power that went while the file grew: zeros, and a record whose bytes never came.
    let mut zeros = whole.clone();
    zeros.extend([0; 300]);
    fs::write(&path, &zeros).unwrap();
    assert_eq!(read(&store).0.len(), 3);
    let mut flipped = whole;
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(&path, &flipped).unwrap();
    assert_eq!(read(&store).0.len(), 2);
}

#[tokio::test]
async fn a_new_segment_begins_with_a_snapshot_and_older_ones_go() {
    let folder = tempfile::tempdir().unwrap();
    let (home, store, _) = open(folder.path());
    let journal = Journal::new(&store, "logs", "r");
    journal.append(&"old", false).unwrap();
    journal.roll(&"known", |_| false).unwrap();
    journal.append(&"new", true).unwrap();
    store.close().await;
    only_segment(&home);
    drop((journal, store, home));
    let (home, store, _) = open(folder.path());
    let (found, journals) = read(&store);
    assert_eq!(found, ["r [\"known\"]", "r \"new\""]);
    // One that still counts stays, and is read first.
    journals[0].roll(&"later", |_| true).unwrap();
    journals[0].append(&"newest", true).unwrap();
    store.settled().await.unwrap();
    let (found, _) = read(&store);
    assert_eq!(
        found,
        [
            "r [\"known\"]",
            "r \"new\"",
            "r [\"later\"]",
            "r \"newest\""
        ]
    );
    // It was full, and on the disk, before the newer one began: what is wrong with it is damage.
    let entries = fs::read_dir(home.data().join(files::SEGMENTS)).unwrap();
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut file = fs::OpenOptions::new().append(true).open(&paths[0]).unwrap();
    file.write_all(b"xx").unwrap();
    let damaged = segments::replay::<Value>(&store, "logs", |_, _, _| Ok(()));
    assert!(matches!(damaged, Err(StateError::Damaged { .. })));
}

/// Where the middle of each entry's bytes is in a saved state: around them are names and times, which nothing depends on.
fn middles(file: &std::path::Path, whole: &[u8]) -> Vec<(String, usize)> {
    fs::write(file, whole).unwrap();
    let mut archive = zip::ZipArchive::new(fs::File::open(file).unwrap()).unwrap();
    let found: Vec<_> = (0..archive.len())
        .map(|at| {
            let entry = archive.by_index_raw(at).unwrap();
            let middle = entry.data_start().unwrap() + entry.compressed_size() / 2;
            (
                entry.name().unwrap().into_owned(),
                usize::try_from(middle).unwrap(),
            )
        })
        .collect();
    assert!(found.len() > 2, "{found:?}");
    found
}

#[tokio::test]
async fn a_saved_state_is_loaded_and_what_is_not_whole_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (home, store, _) = open(&folder.path().join("a"));
    let name = format!("objects/{}", uuid::Uuid::new_v4());
    files::write(&home.data(), &name, &[7; 100_000]).unwrap();
    let shelf = store.shelf("s3", "");
    shelf.change(|change| change.put("object", "b/k", &1, vec![name.clone()]));
    Journal::new(&store, "logs", "r")
        .append(&"line", false)
        .unwrap();
    let file = folder.path().join("saved.zip");
    archive::save(&store, &file).await.unwrap();

    let (other, gone, _) = open(&folder.path().join("b"));
    gone.close().await;
    let whole = fs::read(&file).unwrap();
    let empty = |home: &Home| {
        let names = fs::read_dir(home.root()).unwrap().flatten();
        names
            .filter(|e| e.file_name().to_string_lossy().starts_with("part-"))
            .count()
            == 0
    };
    for cut in [0, 10, whole.len() / 2, whole.len() - 1] {
        fs::write(&file, &whole[..cut]).unwrap();
        let error = archive::unpack(&file, &other).unwrap_err();
        // What does not even begin as one is no saved state; what ends too soon is a damaged one.
        let expected = match cut {
            0 => matches!(error, StateError::NotSaved { .. }),
            _ => matches!(error, StateError::Damaged { .. }),
        };
        assert!(expected, "{cut}: {error}");
        assert!(empty(&other), "nothing is left of it");
    }
    for (name, middle) in middles(&file, &whole) {
        let mut flipped = whole.clone();
        flipped[middle] ^= 0xff;
        fs::write(&file, &flipped).unwrap();
        assert!(archive::unpack(&file, &other).is_err(), "{name}");
        assert!(empty(&other), "nothing is left of it");
    }
    fs::write(&file, &whole).unwrap();
    let part = archive::unpack(&file, &other).unwrap();
    other.replace(&part).unwrap();
    let (store, mut records) = Store::open(&other).unwrap();
    assert_eq!(all(&mut records, "s3", ""), ["object b/k = 1"]);
    assert_eq!(fs::read(other.data().join(&name)).unwrap(), [7; 100_000]);
    assert_eq!(read(&store).0, ["r \"line\""]);
}

#[test]
fn a_file_of_a_newer_sekisho_or_with_paths_of_its_own_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::take(&folder.path().join("home")).unwrap();
    let file = folder.path().join("f.zip");
    let write = |manifest: &Value, names: &[&str]| {
        let mut writer = zip::ZipWriter::new(fs::File::create(&file).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file("sekisho-state.json", options).unwrap();
        writer.write_all(manifest.to_string().as_bytes()).unwrap();
        for name in names {
            writer.start_file(*name, options).unwrap();
            writer.write_all(b"x").unwrap();
        }
        writer.finish().unwrap();
    };
    write(&json!({"format": 2}), &[]);
    let error = archive::unpack(&file, &home).unwrap_err();
    assert!(matches!(error, StateError::Newer { .. }), "{error}");
    for name in [
        "../evil",
        "/etc/evil",
        "packages/../../evil",
        "packages/a/b",
        "lock",
    ] {
        let manifest = json!({"format": 1, "version": "0", "saved": "", "files": [[name, 1]]});
        write(&manifest, &[name]);
        let error = archive::unpack(&file, &home).unwrap_err().to_string();
        assert!(error.contains("has no place"), "{name}: {error}");
    }
    write(&json!({"other": 1}), &[]);
    assert!(archive::unpack(&file, &home).is_err());
}
