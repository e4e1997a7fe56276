#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use std::io::Write as _;

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

fn zip_with(build: impl FnOnce(&mut ZipWriter<Cursor<Vec<u8>>>)) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    build(&mut writer);
    writer.finish().unwrap().into_inner()
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().unix_permissions(0o644)
}

fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    zip_with(|writer| {
        for (path, contents) in files {
            writer.start_file(*path, options()).unwrap();
            writer.write_all(contents.as_bytes()).unwrap();
        }
    })
}

fn open_within(bytes: Vec<u8>, limits: PackageLimits) -> Result<Package, PackageProblem> {
    let cancel = AtomicBool::new(false);
    let mut watch = Watch {
        cancel: &cancel,
        progress: &mut |_| {},
    };
    Package::open_within(Source::Bytes(bytes.into()), limits, &mut watch)
}

fn open(bytes: Vec<u8>) -> Result<Package, PackageProblem> {
    open_within(bytes, PackageLimits::default())
}

fn handler_problems(files: &[(&str, &str)], runtime: &str, handler: &str) -> Vec<String> {
    let package = open(zip_of(files)).unwrap();
    check_handler(&package, runtime, handler)
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// Replaces a field in the local header and in the directory, as whoever means harm would.
fn patch(zip: &mut [u8], local: usize, central: usize, bytes: &[u8]) {
    let find =
        |zip: &[u8], magic: &[u8]| zip.windows(4).position(|window| window == magic).unwrap();
    let at = find(zip, b"PK\x03\x04") + local;
    zip[at..at + bytes.len()].copy_from_slice(bytes);
    let at = find(zip, b"PK\x01\x02") + central;
    zip[at..at + bytes.len()].copy_from_slice(bytes);
}

#[test]
fn a_package_is_listed_with_sizes_and_its_hash() {
    let bytes = zip_of(&[
        ("b/日本.py", "x = 1\n"),
        ("app.py", "def handler(event, context): pass\n"),
    ]);
    let expected = code_sha256(&bytes);
    let package = open(bytes).unwrap();
    assert_eq!(package.code_sha256, expected);
    assert_eq!(
        package
            .entries
            .iter()
            .map(|e| (e.path.as_str(), e.size))
            .collect::<Vec<_>>(),
        [("app.py", 34), ("b/日本.py", 6)]
    );
    assert_eq!(package.unpacked, 40);
    assert!(package.problems.is_empty() && package.can_upload());
    assert_eq!(package.text("b/日本.py").unwrap().unwrap(), "x = 1\n");
    assert!(package.text("gone").unwrap().is_none());
}

#[test]
fn the_hash_is_lambdas() {
    assert_eq!(
        code_sha256(b""),
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    );
}

#[test]
fn what_is_no_zip_is_told_by_what_it_is() {
    let text = |bytes: &[u8]| open(bytes.to_vec()).unwrap_err().to_string();
    assert_eq!(
        text(b"\x1f\x8b\x08 more"),
        "It is a gzip archive, not a ZIP archive."
    );
    assert_eq!(text(b"hello"), "It is not a ZIP archive.");
    assert_eq!(text(b""), "It holds no files.");
    let mut tar = vec![b'a'; 512];
    tar[257..262].copy_from_slice(b"ustar");
    assert_eq!(text(&tar), "It is a tar archive, not a ZIP archive.");
    assert_eq!(text(&zip_with(|_| {})), "It holds no files.");
}

#[test]
fn a_cut_or_broken_zip_is_damaged_and_nothing_worse() {
    let bytes = zip_of(&[("app.py", &"x = 1\n".repeat(500)), ("b.py", "y")]);
    for end in (4..bytes.len()).step_by(7) {
        assert!(open(bytes[..end].to_vec()).is_err(), "cut at {end}");
    }
    let mut seed = 1u64;
    for _ in 0..2_000 {
        let mut broken = bytes.clone();
        for _ in 0..3 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (seed >> 33) as usize % broken.len();
            broken[at] ^= (seed >> 25) as u8 | 1;
        }
        let _ = open(broken).map(|package| package.text("app.py"));
    }
}

#[test]
fn contents_that_do_not_match_their_checksum_are_damaged() {
    let mut bytes = zip_with(|writer| {
        writer
            .start_file(
                "app.py",
                options().compression_method(CompressionMethod::Stored),
            )
            .unwrap();
        writer.write_all(b"print('good')").unwrap();
    });
    let at = bytes
        .windows(4)
        .position(|window| window == b"good")
        .unwrap();
    bytes[at] = b'w';
    let problem = open(bytes).unwrap_err();
    assert!(
        problem.to_string().starts_with("app.py is damaged"),
        "{problem}"
    );
}

#[test]
fn three_hundred_megabytes_are_refused_by_size_alone() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(300 << 20).unwrap();
    let cancel = AtomicBool::new(false);
    let mut calls = 0;
    let mut progress = |_| calls += 1;
    let mut watch = Watch {
        cancel: &cancel,
        progress: &mut progress,
    };
    let problem = Package::open(Source::File(file.path().to_owned()), &mut watch).unwrap_err();
    assert!(
        problem
            .to_string()
            .starts_with("It has 300 MB: more than the 250 MB"),
        "{problem}"
    );
    assert_eq!(calls, 0, "nothing was read");
}

#[test]
fn a_folder_and_a_file_that_is_gone_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let cancel = AtomicBool::new(false);
    for path in [folder.path().to_owned(), folder.path().join("gone.zip")] {
        let mut watch = Watch {
            cancel: &cancel,
            progress: &mut |_| {},
        };
        let problem = Package::open(Source::File(path), &mut watch).unwrap_err();
        assert!(
            matches!(problem, PackageProblem::Unreadable { .. }),
            "{problem}"
        );
    }
}

#[test]
fn a_large_package_needs_s3_and_can_still_be_looked_at() {
    let limits = PackageLimits {
        direct: 100,
        ..PackageLimits::default()
    };
    let package = open_within(zip_of(&[("app.py", "x")]), limits).unwrap();
    assert!(
        package.problems[0]
            .to_string()
            .contains("through an S3 bucket")
    );
    assert!(package.can_upload());
}

#[test]
fn a_declared_size_beyond_the_limit_is_refused_before_anything_is_inflated() {
    let mut bytes = zip_of(&[("app.py", "x")]);
    patch(&mut bytes, 22, 24, &(1_000_000_000u32).to_le_bytes());
    let problem = open(bytes).unwrap_err();
    assert!(
        problem
            .to_string()
            .contains("at least 953.7 MB; Lambda allows 250 MB"),
        "{problem}"
    );
}

#[test]
fn a_bomb_that_lies_about_its_size_is_stopped_where_the_lie_shows() {
    let mut bytes = zip_of(&[("bomb", &"0".repeat(5_000_000))]);
    patch(&mut bytes, 22, 24, &(10u32).to_le_bytes());
    let problem = open(bytes).unwrap_err();
    let stopped = matches!(
        problem,
        PackageProblem::Bomb { .. } | PackageProblem::DamagedEntry { .. }
    );
    assert!(stopped, "{problem:?}");
    assert_eq!(problem.severity(), Severity::Refuse);
}

#[test]
fn many_files_are_bounded_together() {
    let limits = PackageLimits {
        unpacked: 100_000,
        ..PackageLimits::default()
    };
    let file = "0".repeat(30_000);
    let bytes = zip_of(&[("a", &file), ("b", &file), ("c", &file), ("d", &file)]);
    let problem = open_within(bytes, limits).unwrap_err();
    assert!(
        matches!(
            problem,
            PackageProblem::TooLargeUnpacked { size: 120_000, .. }
        ),
        "{problem:?}"
    );
}

#[test]
fn a_high_ratio_is_noted() {
    let zeros = "0".repeat(11 << 20);
    let package = open(zip_of(&[("app.py", "x"), ("zeros", &zeros)])).unwrap();
    assert!(
        matches!(package.problems.as_slice(), [PackageProblem::Ratio { ratio }] if *ratio >= 100)
    );
    assert!(package.can_upload());
}

#[test]
fn paths_that_leave_the_package_are_refused() {
    for path in ["../evil.py", "/etc/passwd", "a/../../evil.py"] {
        let package = open(zip_of(&[("app.py", "x"), (path, "y")])).unwrap();
        assert!(!package.can_upload(), "{path}");
        assert_eq!(
            package.problems[0].to_string(),
            format!("{path} leads out of the package.")
        );
    }
    for path in ["src\\app.py", "..\\evil.py"] {
        let package = open(zip_of(&[(path, "x")])).unwrap();
        assert!(
            package.problems[0]
                .to_string()
                .contains("Pack it again with /"),
            "{path}"
        );
    }
}

#[test]
fn a_name_as_on_windows_is_a_word_about_the_name() {
    let package = open(zip_of(&[("app.py", "x"), ("C:data.txt", "y")])).unwrap();
    assert!(package.can_upload());
    assert_eq!(
        package.problems[0].to_string(),
        "C:data.txt is named as on a drive of Windows, which Linux takes for part of the name."
    );
}

#[test]
fn links_that_leave_the_package_are_let_through_with_a_word() {
    let package = open(zip_with(|writer| {
        writer.start_file("app.py", options()).unwrap();
        writer
            .add_symlink("in", "app.py", SimpleFileOptions::default())
            .unwrap();
        writer
            .add_symlink(
                "node_modules",
                "/opt/nodejs/node_modules",
                SimpleFileOptions::default(),
            )
            .unwrap();
        writer
            .add_symlink(
                "venv/bin/python",
                "/usr/bin/python3",
                SimpleFileOptions::default(),
            )
            .unwrap();
    }))
    .unwrap();
    assert!(package.can_upload());
    assert_eq!(package.problems.len(), 2, "{:?}", package.problems);
    assert_eq!(
        package.problems[0].to_string(),
        "The link node_modules leads out of the package: in Lambda it is what /opt/nodejs/node_modules is there."
    );
    assert_eq!(package.entry("in").unwrap().kind, EntryKind::Symlink);
}

#[test]
fn one_path_twice_is_refused() {
    let mut bytes = zip_of(&[("app.py", "good"), ("bpp.py", "evil")]);
    let at: Vec<usize> = bytes
        .windows(6)
        .enumerate()
        .filter(|(_, w)| *w == b"bpp.py")
        .map(|(at, _)| at)
        .collect();
    for at in at {
        bytes[at] = b'a';
    }
    let package = open(bytes).unwrap();
    assert!(!package.can_upload());
    assert_eq!(
        package.problems[0].to_string(),
        "app.py is in it twice: which one would run is not certain."
    );
    let package = open(zip_of(&[("app.py", "good"), ("./app.py", "evil")])).unwrap();
    assert!(matches!(
        &package.problems[..],
        [PackageProblem::Duplicate { .. }]
    ));
}

#[test]
fn encrypted_entries_and_other_compressions_are_refused() {
    let mut bytes = zip_of(&[("app.py", "x")]);
    patch(&mut bytes, 6, 8, &1u16.to_le_bytes());
    let package = open(bytes).unwrap();
    assert_eq!(
        package.problems[0].to_string(),
        "app.py is encrypted; Lambda can't unpack it."
    );
    let mut bytes = zip_of(&[("app.py", "x")]);
    patch(&mut bytes, 8, 10, &93u16.to_le_bytes());
    let package = open(bytes).unwrap();
    assert!(
        package.problems[0]
            .to_string()
            .contains("Lambda unpacks Deflate and Stored"),
        "{:?}",
        package.problems
    );
    assert!(!package.can_upload());
}

#[test]
fn a_zip64_package_is_read() {
    let package = open(zip_with(|writer| {
        writer
            .start_file("app.py", options().large_file(true))
            .unwrap();
        writer.write_all(b"x = 1").unwrap();
    }))
    .unwrap();
    assert_eq!((package.unpacked, package.problems.len()), (5, 0));
    assert_eq!(package.text("app.py").unwrap().unwrap(), "x = 1");
}

#[test]
fn more_than_65535_entries_are_read() {
    let package = open(zip_with(|writer| {
        let stored = options().compression_method(CompressionMethod::Stored);
        for at in 0..66_000 {
            writer.start_file(format!("f{at:05}"), stored).unwrap();
        }
    }))
    .unwrap();
    assert_eq!(package.entries.len(), 66_000);
    assert!(package.entry("f65999").is_some());
}

#[test]
fn files_that_only_their_owner_may_read_are_noted() {
    let package = open(zip_with(|writer| {
        for path in ["a.py", "b.py"] {
            writer
                .start_file(path, SimpleFileOptions::default().unix_permissions(0o600))
                .unwrap();
        }
    }))
    .unwrap();
    assert!(
        package.problems[0]
            .to_string()
            .starts_with("a.py and 1 other are not readable for everyone (chmod 644): ")
    );
    assert!(package.can_upload());
}

#[test]
fn checking_can_be_stopped_and_tells_how_far_it_is() {
    let bytes: Arc<[u8]> = zip_of(&[("a", &"0123456789abcdef".repeat(50_000))]).into();
    let cancel = AtomicBool::new(false);
    let mut seen = Vec::new();
    let mut progress = |at: Progress| seen.push(at);
    let mut watch = Watch {
        cancel: &cancel,
        progress: &mut progress,
    };
    Package::open(Source::Bytes(Arc::clone(&bytes)), &mut watch).unwrap();
    assert!(seen.len() > 3 && seen.iter().all(|at| at.done <= at.total));
    cancel.store(true, Ordering::Relaxed);
    let mut watch = Watch {
        cancel: &cancel,
        progress: &mut |_| {},
    };
    assert_eq!(
        Package::open(Source::Bytes(bytes), &mut watch).unwrap_err(),
        PackageProblem::Cancelled
    );
}

#[test]
fn the_handlers_file_is_found_where_its_runtime_looks() {
    for (path, runtime, handler) in [
        ("app.py", "python3.13", "app.handler"),
        ("src/app.py", "python3.13", "src/app.handler"),
        ("src/app.py", "python3.13", "src.app.handler"),
        ("app/__init__.py", "python3.13", "app.handler"),
        ("index.mjs", "nodejs22.x", "index.handler"),
        ("index.js", "nodejs22.x", "index.nested.handler"),
        ("dist/index.cjs", "nodejs22.x", "dist/index.handler"),
        ("app.rb", "ruby3.4", "app.Shop.handler"),
        (
            "com/example/Handler.class",
            "java21",
            "com.example.Handler::handle",
        ),
        ("lib/all.jar", "java21", "com.example.Handler::handle"),
        ("Shop.dll", "dotnet8", "Shop::Shop.Function::Handle"),
        ("x", "cobol1", "whatever"),
    ] {
        assert_eq!(
            handler_problems(&[(path, "x")], runtime, handler),
            [] as [String; 0],
            "{path} {handler}"
        );
    }
}

#[test]
fn a_missing_handler_says_what_was_looked_for_and_what_is_there() {
    assert_eq!(
        handler_problems(
            &[("main.py", "x"), ("src/app.py", "y")],
            "python3.13",
            "app.handler"
        ),
        [
            "The handler app.handler needs app.py or app/__init__.py or app.pyc or app.so in the package. There is src/app.py."
        ]
    );
    assert_eq!(
        handler_problems(&[("a.py", "")], "nodejs22.x", "index.handler").len(),
        1
    );
}

#[test]
fn a_mistyped_function_is_told_with_what_the_file_defines() {
    let python = "import os\n\ndef handler(event, context):\n    return 1\n";
    assert_eq!(
        handler_problems(&[("app.py", python)], "python3.13", "app.handel"),
        ["app.py is there, but handel is not in it. It defines handler."]
    );
    let node = "const x = 1;\nexports.handler = async () => x;\n";
    assert_eq!(
        handler_problems(&[("index.js", node)], "nodejs22.x", "index.main"),
        ["index.js is there, but main is not in it. It defines handler."]
    );
    // What is made elsewhere, or only while it runs, can't be seen: then nothing is said.
    for (text, handler) in [
        (python, "app.handler"),
        ("from shop import *\ndef other(): pass\n", "app.handler"),
        ("handler = make()\ndef other(): pass\n", "app.handler"),
        ("class A:\n    def other(self): pass\n", "app.handler"),
    ] {
        let problems = handler_problems(&[("app.py", text)], "python3.13", handler);
        assert!(problems.is_empty(), "{problems:?}");
    }
}

#[test]
fn everything_inside_one_folder_is_the_common_mistake() {
    let files = [
        ("shop/app.py", "x"),
        ("shop/lib/a.py", "y"),
        ("__MACOSX/shop/._app.py", "z"),
    ];
    assert_eq!(
        handler_problems(&files, "python3.13", "app.handler"),
        ["Everything is inside the folder shop: pack what is in it, so that app.py is at the top."]
    );
}

#[test]
fn a_bootstrap_must_be_executable() {
    let with_mode = |options: SimpleFileOptions| {
        let package = open(zip_with(|writer| {
            writer.start_file("bootstrap", options).unwrap()
        }))
        .unwrap();
        check_handler(&package, "provided.al2023", "bootstrap")
    };
    assert!(with_mode(SimpleFileOptions::default().unix_permissions(0o755)).is_empty());
    let problems = with_mode(options());
    assert_eq!(
        problems[0].to_string(),
        "bootstrap is not executable (chmod 755)."
    );
}

#[test]
fn two_packages_are_compared_file_by_file() {
    let old = open(zip_of(&[
        ("app.py", "a"),
        ("gone.py", "b"),
        ("same.py", "c"),
        ("swap.py", "12"),
    ]))
    .unwrap();
    let new = open(zip_of(&[
        ("app.py", "aa"),
        ("new.py", "n"),
        ("same.py", "c"),
        ("swap.py", "21"),
    ]))
    .unwrap();
    let comparison = compare(&old, &new);
    let rows: Vec<_> = comparison
        .changes
        .iter()
        .map(|c| (c.path.as_str(), c.change, c.before, c.after))
        .collect();
    assert_eq!(
        rows,
        [
            ("app.py", Change::Changed, Some(1), Some(2)),
            ("gone.py", Change::Removed, Some(1), None),
            ("new.py", Change::Added, None, Some(1)),
            ("swap.py", Change::Changed, Some(2), Some(2)),
        ]
    );
    assert_eq!(
        comparison.summary(),
        "1 added, 1 removed, 2 changed, 1 the same"
    );
    assert!(compare(&old, &old).changes.is_empty());
}

#[test]
fn only_short_texts_are_given_for_a_difference() {
    let long = "x".repeat(TEXT_BYTES as usize + 1);
    let package = open(zip_of(&[
        ("long.txt", &long),
        ("binary", "a\0b"),
        ("text", "é"),
    ]))
    .unwrap();
    assert_eq!(package.text("long.txt").unwrap(), None);
    assert_eq!(package.text("binary").unwrap(), None);
    assert_eq!(package.text("text").unwrap().as_deref(), Some("é"));
}

#[test]
fn a_file_that_changed_after_the_check_is_not_sent() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&zip_of(&[("app.py", "x")])).unwrap();
    let cancel = AtomicBool::new(false);
    let mut watch = Watch {
        cancel: &cancel,
        progress: &mut |_| {},
    };
    let package = Package::open(Source::File(file.path().to_owned()), &mut watch).unwrap();
    assert_eq!(package.bytes().unwrap().len() as u64, package.size);
    file.write_all(b"more").unwrap();
    assert_eq!(package.bytes().unwrap_err(), PackageProblem::Changed);
    assert_eq!(package.text("app.py").unwrap_err(), PackageProblem::Changed);
}
