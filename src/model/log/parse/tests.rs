#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

const ID: &str = "79104ad7-1f6b-4b3a-8f3e-0c1d2e3f4a5b";

#[test]
fn a_report_is_read_with_every_number() {
    let line = format!(
        "REPORT RequestId: {ID}\tDuration: 3000.00 ms\tBilled Duration: 3100 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 99.05 ms\tStatus: timeout\nXRAY TraceId: 1-5e1b4151-43a0\tSegmentId: 6f\tSampled: true\t\n"
    );
    let Some(Platform::Report(report)) = Platform::parse(&line) else {
        panic!("{line}")
    };
    assert_eq!(report.request_id, ID);
    assert_eq!(
        (report.duration_ms, report.billed_ms, report.init_ms),
        (Some(3000.0), Some(3100.0), Some(99.05))
    );
    assert_eq!(
        (report.memory_size_mb, report.max_memory_used_mb),
        (Some(128), Some(36))
    );
    assert_eq!(report.trace_id.as_deref(), Some("1-5e1b4151-43a0"));
    assert!(report.failed());
    assert_eq!(report.memory_share(), Some(0.28125));
}

#[test]
fn platform_events_in_json_say_the_same() {
    let line = format!(
        r#"{{"time":"2024-01-01T00:00:00Z","type":"platform.report","record":{{"requestId":"{ID}","metrics":{{"durationMs":12.5,"billedDurationMs":13,"memorySizeMB":256,"maxMemoryUsedMB":64,"initDurationMs":80.25}},"tracing":{{"type":"X-Amzn-Trace-Id","value":"Root=1-a-b;Parent=c;Sampled=1"}},"status":"success"}}}}"#
    );
    let Some(Platform::Report(report)) = Platform::parse(&line) else {
        panic!("{line}")
    };
    assert_eq!(
        (report.duration_ms, report.init_ms, report.memory_size_mb),
        (Some(12.5), Some(80.25), Some(256))
    );
    assert_eq!(report.trace_id.as_deref(), Some("1-a-b"));
    assert!(!report.failed());
    let start = format!(
        r#"{{"type":"platform.start","record":{{"requestId":"{ID}","version":"$LATEST"}}}}"#
    );
    assert_eq!(
        Platform::parse(&start),
        Some(Platform::Start {
            request_id: ID.into(),
            version: "$LATEST".into()
        })
    );
    let done = format!(
        r#"{{"type":"platform.runtimeDone","record":{{"requestId":"{ID}","status":"timeout"}}}}"#
    );
    assert!(classify(&done).failed);
}

#[test]
fn start_and_end_name_their_invocation() {
    assert_eq!(
        Platform::parse(&format!("START RequestId: {ID} Version: $LATEST\n")),
        Some(Platform::Start {
            request_id: ID.into(),
            version: "$LATEST".into()
        })
    );
    assert_eq!(
        Platform::parse(&format!("END RequestId: {ID}\n")),
        Some(Platform::End {
            request_id: ID.into()
        })
    );
    assert_eq!(
        Platform::parse("INIT_START Runtime Version: python:3.13.v1"),
        Some(Platform::InitStart)
    );
    for line in [
        "START of the day",
        "END",
        "REPORT of sales",
        "Error",
        "",
        "{",
        "{}",
        "Ok",
    ] {
        assert_eq!(Platform::parse(line), None, "{line}");
    }
}

#[test]
fn levels_and_ids_of_each_runtime_are_found() {
    let id = Some(ID.to_owned());
    for (line, level, request_id, failed) in [
        (
            format!("[INFO]\t2024-01-01T00:00:00.000Z\t{ID}\thello"),
            Some(Level::Info),
            id.clone(),
            false,
        ),
        (
            format!("[ERROR]\t2024-01-01T00:00:00.000Z\t{ID}\tlogged: x"),
            Some(Level::Error),
            id.clone(),
            false,
        ),
        (
            "[ERROR] KeyError: 'x'\nTraceback (most recent call last):".to_owned(),
            Some(Level::Error),
            None,
            true,
        ),
        (
            format!("2024-01-01T00:00:00.000Z\t{ID}\tWARN\thello"),
            Some(Level::Warn),
            id.clone(),
            false,
        ),
        (
            format!(
                "2024-01-01T00:00:00.000Z\t{ID}\tERROR\tInvoke Error \t{{\"errorType\":\"Error\"}}"
            ),
            Some(Level::Error),
            id.clone(),
            true,
        ),
        (
            "2024-01-01T00:00:00.000Z\tundefined\tINFO\tcold".to_owned(),
            Some(Level::Info),
            None,
            false,
        ),
        (
            format!("2024-01-01T00:00:00.000Z {ID} Task timed out after 3.00 seconds"),
            Some(Level::Error),
            id.clone(),
            true,
        ),
        (
            format!("RequestId: {ID} Error: Runtime exited with error: exit status 1"),
            Some(Level::Error),
            id.clone(),
            true,
        ),
        (
            format!(r#"{{"level":"warning","requestId":"{ID}"}}"#),
            Some(Level::Warn),
            id.clone(),
            false,
        ),
        (
            r#"{"level":50,"msg":"pino"}"#.to_owned(),
            Some(Level::Error),
            None,
            false,
        ),
        (
            r#"{"level":{"a":1},"requestId":7}"#.to_owned(),
            None,
            None,
            false,
        ),
        ("[1, 2, 3]".to_owned(), None, None, false),
        ("[".to_owned(), None, None, false),
        ("2024 was a good year".to_owned(), None, None, false),
        ("日本語".to_owned(), None, None, false),
        (String::new(), None, None, false),
    ] {
        let found = classify(&line);
        assert_eq!(
            (found.level, found.request_id, found.failed),
            (level, request_id, failed),
            "{line}"
        );
    }
}

#[test]
fn the_text_of_a_line_leaves_out_what_the_columns_show() {
    assert_eq!(
        text_of(&format!("[INFO]\t2024-01-01T00:00:00Z\t{ID}\thello\tworld")),
        "hello\tworld"
    );
    assert_eq!(
        text_of(&format!("2024-01-01T00:00:00Z\t{ID}\tINFO\thello")),
        "hello"
    );
    for line in ["plain", "[INFO]\ta\tb\tc", "2024\ta\tb\tc", "{}", ""] {
        assert_eq!(text_of(line), line);
    }
}

#[test]
fn a_huge_or_deep_line_is_only_text() {
    assert_eq!(
        classify(&format!("{{\"a\":\"{}\"}}", "x".repeat(JSON_BYTES))),
        Classified::default()
    );
    assert_eq!(classify(&"{\"a\":".repeat(50_000)), Classified::default());
}

#[test]
fn no_text_upsets_the_reader() {
    let pieces = [
        "[",
        "]",
        "{",
        "}",
        "ERROR",
        "\t",
        ": ",
        "REPORT RequestId: ",
        "START RequestId: ",
        "END RequestId: ",
        "RequestId: ",
        "日",
        " ",
        "2",
        ID,
        "\n",
        "Duration: x ms",
        "\"type\":\"platform.report\"",
    ];
    let mut seed = 11u64;
    for _ in 0..20_000 {
        let mut line = String::new();
        for _ in 0..6 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            line.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
        }
        let _ = (classify(&line), Platform::parse(&line), text_of(&line));
    }
}

#[test]
fn json_is_json_even_where_a_key_is_there_twice() {
    let twice = classify(&format!(
        r#"{{"level":"WARN","severity":"INFO","requestId":"{ID}","request_id":7}}"#
    ));
    assert_eq!(
        (twice.json, twice.level, twice.request_id.as_deref()),
        (true, Some(Level::Warn), Some(ID))
    );
    assert!(classify(r#"{"a":1}"#).json && !classify(r#"{"a":1"#).json && !classify("{a}").json);
}

#[test]
fn a_word_before_a_colon_is_a_level() {
    let level = |message: &str| classify(message).level;
    assert_eq!(level("ERROR: 2026-02-30 is no day"), Some(Level::Error));
    assert_eq!(level("warning: disk is full"), Some(Level::Warn));
    assert_eq!(level("orders: 12"), None);
    assert_eq!(level("INFORMATIONAL: x"), None);
    assert_eq!(level("エラー: x"), None);
    assert!(
        !classify("ERROR: 2026-02-30 is no day").failed,
        "a function may log any words"
    );
}
