#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

const A: &str = "aaaaaaaa-0000-0000-0000-000000000001";
const B: &str = "bbbbbbbb-0000-0000-0000-000000000002";

fn event<'a>(time: i64, stream: &'a str, message: &'a str) -> LogEvent<'a> {
    LogEvent {
        time,
        ingestion: time + 5,
        stream,
        message,
        event_id: None,
    }
}

fn buffer_of(messages: &[&str]) -> LogBuffer {
    let mut buffer = LogBuffer::default();
    buffer.extend(
        messages
            .iter()
            .enumerate()
            .map(|(at, message)| event(at as i64, "s", message)),
    );
    buffer
}

fn shown(buffer: &LogBuffer, filter: &str) -> Vec<u64> {
    let mut view = FilteredView::new(LogFilter::parse(filter));
    assert_eq!(view.update(buffer.lines(), usize::MAX), 0);
    (0..view.len(buffer.lines()))
        .map(|row| view.row(buffer.lines(), row).unwrap().number)
        .collect()
}

#[test]
fn lines_come_back_as_they_were_added() {
    let messages: Vec<String> = (0..5_000)
        .map(|n| format!("line {n} 日本 {}", "x".repeat(n % 50)))
        .collect();
    let mut buffer = LogBuffer::default();
    for (at, message) in messages.iter().enumerate() {
        buffer.push(&event(
            at as i64,
            if at % 3 == 0 { "a" } else { "b" },
            &format!("{message}\n"),
        ));
    }
    for (at, message) in messages.iter().enumerate() {
        let line = buffer.lines().get(at as u64).unwrap();
        assert_eq!(
            (line.message, line.time, line.ingestion),
            (message.as_str(), at as i64, at as i64 + 5)
        );
        assert_eq!(line.stream, if at % 3 == 0 { "a" } else { "b" });
    }
    assert!(buffer.lines().get(5_000).is_none());
    assert_eq!(
        buffer.lines().bytes(),
        messages.iter().map(String::len).sum::<usize>()
    );
}

#[test]
fn the_oldest_lines_go_first_and_are_counted() {
    let mut buffer = LogBuffer::new(3_000, usize::MAX);
    for at in 0..10_000 {
        buffer.push(&event(at, "s", &format!("line {at}")));
        assert!(buffer.lines().len() <= 3_000);
    }
    let first = buffer.dropped();
    assert!(first >= 7_000 && first < 7_000 + CHUNK as u64);
    assert!(buffer.lines().get(first - 1).is_none());
    assert_eq!(
        buffer.lines().get(first).unwrap().message,
        format!("line {first}")
    );
    assert_eq!(buffer.lines().get(9_999).unwrap().message, "line 9999");
}

#[test]
fn long_lines_are_bounded_in_bytes_too() {
    let mut buffer = LogBuffer::new(1_000_000, 4 << 20);
    let long = "x".repeat(2_000);
    for at in 0..8_000 {
        buffer.push(&event(at, "s", &long));
    }
    assert!(buffer.lines().bytes() <= (4 << 20) + 2_000 * CHUNK);
    assert_eq!(buffer.lines().len() * 2_000, buffer.lines().bytes());
    let mut buffer = LogBuffer::default();
    buffer.push(&event(0, "s", &"日".repeat(1_000_000)));
    assert!(buffer.lines().bytes() <= MESSAGE_BYTES);
}

#[test]
fn an_event_that_was_seen_is_not_added_again() {
    let mut buffer = LogBuffer::default();
    let with_id = |id| LogEvent {
        event_id: Some(id),
        ..event(1, "s", "same")
    };
    assert_eq!(buffer.extend([with_id("1"), with_id("2"), with_id("1")]), 2);
    assert_eq!(buffer.extend([with_id("2"), with_id("3")]), 1);
    assert_eq!(
        buffer.extend([event(1, "s", "same"), event(1, "s", "same")]),
        2,
        "without ids both are lines"
    );
    assert_eq!(buffer.lines().len(), 5);
    assert_eq!(buffer.latest(), Some(1));
}

#[test]
fn what_is_remembered_of_ids_is_bounded() {
    let mut buffer = LogBuffer::new(1_000, usize::MAX);
    for at in 0..(SEEN + 5_000) {
        let id = at.to_string();
        buffer.push(&LogEvent {
            event_id: Some(&id),
            ..event(at as i64, "s", "x")
        });
    }
    assert_eq!((buffer.seen.len(), buffer.seen_order.len()), (SEEN, SEEN));
}

#[test]
fn a_snapshot_stays_as_it_was_while_lines_come() {
    let mut buffer = buffer_of(&["one", "two"]);
    let snapshot = buffer.lines().clone();
    buffer.extend([event(3, "t", "three")]);
    assert_eq!(
        snapshot
            .from(0)
            .map(|line| line.message)
            .collect::<Vec<_>>(),
        ["one", "two"]
    );
    assert_eq!(
        buffer
            .lines()
            .from(1)
            .map(|line| line.message)
            .collect::<Vec<_>>(),
        ["two", "three"]
    );
}

#[test]
fn clearing_goes_on_counting() {
    let mut buffer = buffer_of(&["one", "two", "three"]);
    let mut view = FilteredView::new(LogFilter::parse("o"));
    view.update(buffer.lines(), 10);
    buffer.clear();
    assert!(buffer.lines().is_empty() && buffer.lines().get(1).is_none());
    for at in 0..3_000 {
        buffer.push(&event(at, "s", &format!("o{at}")));
    }
    assert_eq!(buffer.lines().get(3).unwrap().message, "o0");
    assert_eq!(buffer.lines().get(3_002).unwrap().message, "o2999");
    view.update(buffer.lines(), usize::MAX);
    assert_eq!(view.len(buffer.lines()), 3_000);
}

#[test]
fn lines_are_grouped_by_invocation_across_streams() {
    let mut buffer = LogBuffer::default();
    let start_a = format!("START RequestId: {A} Version: 3");
    let start_b = format!("START RequestId: {B} Version: 3");
    let end_a = format!("END RequestId: {A}");
    let report_a = format!(
        "REPORT RequestId: {A}\tDuration: 5.5 ms\tBilled Duration: 6 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\tInit Duration: 90 ms"
    );
    let timeout_b = format!("2024-01-01T00:00:00Z {B} Task timed out after 3.00 seconds");
    buffer.extend([
        event(1, "s1", "INIT_START Runtime Version: x"),
        event(2, "s1", &start_a),
        event(3, "s2", &start_b),
        event(4, "s1", "print of a"),
        event(5, "s2", "print of b"),
        event(6, "s1", "[ERROR]\t2024\tx\tlogged, not failed"),
        event(7, "s1", &end_a),
        event(8, "s1", &report_a),
        event(9, "s1", "of nobody"),
        event(10, "s2", &timeout_b),
    ]);
    let invocations = buffer.invocations();
    assert_eq!(invocations.len(), 2);
    let a = invocations.by_request_id(A).unwrap();
    let b = invocations.by_request_id(B).unwrap();
    assert!(a.cold && a.ended && !a.failed);
    assert_eq!(
        (a.lines, a.duration_ms(), a.level, a.started),
        (5, Some(5.5), Some(Level::Error), 2)
    );
    assert_eq!(a.version.as_deref(), Some("3"));
    assert!(b.failed && !b.ended && !b.cold);
    let numbers = |invocation| {
        buffer
            .lines_of(invocation)
            .map(|line| line.number)
            .collect::<Vec<_>>()
    };
    assert_eq!(numbers(a), [1, 3, 5, 6, 7]);
    assert_eq!(numbers(b), [2, 4, 9]);
    assert_eq!(buffer.lines().get(8).unwrap().invocation, None);
}

#[test]
fn a_second_try_under_the_same_id_is_another_invocation() {
    let (start, end) = (
        format!("START RequestId: {A} Version: 1"),
        format!("END RequestId: {A}"),
    );
    let failed = format!("2024-01-01T00:00:00Z {A} Task timed out after 3.00 seconds");
    let mut buffer = buffer_of(&[&start, &failed, &end, &start, "fine", &end]);
    let tries: Vec<_> = buffer
        .invocations()
        .iter()
        .map(|i| (i.lines, i.failed))
        .collect();
    assert_eq!(tries, [(3, true), (3, false)]);
    let first = buffer.invocations().get(0).unwrap();
    assert_eq!(
        buffer
            .lines_of(first)
            .map(|line| line.number)
            .collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert_eq!(buffer.invocations().by_request_id(A).unwrap().number, 1);
    buffer.clear();
    assert!(buffer.invocations().is_empty() && buffer.invocations().by_request_id(A).is_none());
}

#[test]
fn many_streams_keep_their_names() {
    let mut buffer = LogBuffer::default();
    for at in 0..20_000i64 {
        buffer.push(&event(at, &format!("stream-{}", at % 5_000), "x"));
    }
    for number in [0, 4_999, 5_000, 19_999] {
        assert_eq!(
            buffer.lines().get(number).unwrap().stream,
            format!("stream-{}", number % 5_000)
        );
    }
}

#[test]
fn invocations_go_with_their_lines() {
    let mut buffer = LogBuffer::new(2_048, usize::MAX);
    for at in 0..5_000u32 {
        let id = format!("{at:08x}-0000-0000-0000-000000000000");
        buffer.push(&event(0, "s", &format!("START RequestId: {id} Version: 1")));
        buffer.push(&event(0, "s", &format!("END RequestId: {id}")));
    }
    assert_eq!(buffer.invocations().len(), buffer.lines().len() / 2);
    let newest = buffer.invocations().iter().next_back().unwrap();
    assert_eq!(buffer.lines_of(newest).count(), 2);
    let oldest = buffer.invocations().get(0).unwrap();
    assert_eq!(oldest.first, buffer.lines().first());
    assert_eq!(buffer.invocations().by_id.len(), buffer.invocations().len());
}

#[test]
fn words_exclusions_and_quotes_filter_text() {
    let buffer = buffer_of(&[
        "GET /orders 200",
        "POST /orders 500",
        "get /Health 200",
        "日本 error",
    ]);
    assert_eq!(shown(&buffer, "get"), [0, 2]);
    assert_eq!(shown(&buffer, "get -health"), [0]);
    assert_eq!(shown(&buffer, "\"orders 500\""), [1]);
    assert_eq!(shown(&buffer, "日本"), [3]);
    assert_eq!(shown(&buffer, ""), [0, 1, 2, 3]);
    assert_eq!(
        shown(&buffer, "-"),
        [0, 1, 2, 3],
        "typed halfway, it hides nothing"
    );
}

#[test]
fn fields_of_json_lines_are_compared() {
    let buffer = buffer_of(&[
        r#"{"level":"ERROR","msg":"No","code":500,"user":{"id":"u-1"},"ok":false}"#,
        r#"{"level":"INFO","msg":"yes","code":200,"user":{"id":"u-2"},"ok":true}"#,
        "plain code=500 text",
        "[ERROR]\t2024\tx\toops",
    ]);
    assert_eq!(shown(&buffer, "level=error"), [0, 3]);
    assert_eq!(shown(&buffer, "level>=info"), [0, 1, 3]);
    assert_eq!(shown(&buffer, "-level=error"), [1, 2]);
    assert_eq!(shown(&buffer, "code=500"), [0, 2]);
    assert_eq!(shown(&buffer, "code>=300"), [0, 2], "text has fields too");
    assert_eq!(shown(&buffer, "$.user.id=u-2"), [1]);
    assert_eq!(shown(&buffer, "ok=true"), [1]);
    assert_eq!(shown(&buffer, "msg=\"no\""), [0]);
    assert_eq!(shown(&buffer, "user.name=x"), [] as [u64; 0]);
    assert_eq!(shown(&buffer, "msg!=no level>=info"), [1]);
    assert_eq!(shown(&buffer, "@stream=S"), [0, 1, 2, 3]);
}

#[test]
fn a_level_from_the_menu_joins_what_was_typed() {
    let buffer = buffer_of(&["[ERROR] A: x", "[INFO]\tx", "x"]);
    let mut view = FilteredView::new(LogFilter::parse("x").with_level(Some(Level::Warn)));
    view.update(buffer.lines(), 100);
    assert_eq!(view.len(buffer.lines()), 1);
    assert_eq!(
        LogFilter::parse("a -b c=d").words().collect::<Vec<_>>(),
        ["a"]
    );
}

#[test]
fn a_view_keeps_up_within_its_budget_and_agrees_with_looking_at_everything() {
    let mut buffer = LogBuffer::new(4_096, usize::MAX);
    let mut view = FilteredView::new(LogFilter::parse("7 -77"));
    let mut seed = 5u64;
    let mut next = |bound: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % bound
    };
    let mut at = 0;
    for _ in 0..300 {
        for _ in 0..next(80) {
            at += 1;
            buffer.push(&event(at, "s", &format!("n{at}")));
        }
        let before = view.next.max(buffer.lines().first());
        let left = view.update(buffer.lines(), 50);
        assert!(view.next - before <= 50);
        assert_eq!(left as u64, buffer.lines().end() - view.next);
    }
    while view.update(buffer.lines(), 50) > 0 {}
    let rows: Vec<u64> = (0..view.len(buffer.lines()))
        .map(|row| view.row(buffer.lines(), row).unwrap().number)
        .collect();
    let plain: Vec<u64> = buffer
        .lines()
        .from(0)
        .filter(|line| line.message.contains('7') && !line.message.contains("77"))
        .map(|line| line.number)
        .collect();
    assert_eq!(rows, plain);
    assert_eq!(view.row_of(buffer.lines(), rows[3]), 3);
    assert_eq!(view.row_of(buffer.lines(), rows[3] + 1), 4);
}

#[test]
fn a_million_lines_are_added_filtered_and_found() {
    let mut buffer = LogBuffer::default();
    let mut message = String::new();
    for at in 0..1_050_000u32 {
        use std::fmt::Write as _;
        message.clear();
        write!(message, "request {at} took {} ms", at % 977).unwrap();
        buffer.push(&event(i64::from(at), "2024/01/01/[$LATEST]abc", &message));
    }
    let lines = buffer.lines();
    assert!(lines.len() <= 1_000_000 && lines.len() > 1_000_000 - 2 * CHUNK);
    assert_eq!(lines.end(), 1_050_000);
    let mut view = FilteredView::new(LogFilter::parse("\"took 13 ms\""));
    view.update(lines, usize::MAX);
    let expected = (lines.first()..lines.end())
        .filter(|number| number % 977 == 13)
        .count();
    assert_eq!(view.len(lines), expected);
    // The frame's own cost: nothing to look at again.
    assert_eq!(view.update(lines, 0), 0);
}

#[test]
fn only_the_platform_decides_whether_a_call_failed() {
    let mut lines = Vec::new();
    for n in 1..4 {
        let id = format!("aaaaaaaa-0000-0000-0000-00000000000{n}");
        lines.push(format!("START RequestId: {id} Version: $LATEST\n"));
        lines.push(format!("[ERROR] Payment: try {n} of 3\n"));
        lines.push(format!(
            "2026-11-27T10:00:00.000Z\t{id}\tERROR\tInvoke Error \tis what we log\n"
        ));
        lines.push("2026-11-27 10:00 Task timed out after 3 tries\n".to_owned());
        lines.push(format!("END RequestId: {id}\n"));
        lines.push(format!("REPORT RequestId: {id}\tDuration: 5.00 ms\t\n"));
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let buffer = buffer_of(&lines);
    let went: Vec<Outcome> = buffer
        .invocations()
        .iter()
        .map(|call| call.outcome(0, false))
        .collect();
    assert_eq!(went, [Outcome::LoggedAnError; 3]);
    let failing = [
        "[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  File \"app.py\"",
        "[ERROR] Runtime.ImportModuleError: no\rTraceback (most recent call last):\r",
        "2026-11-27T10:00:00.000Z\taaaaaaaa-0000-0000-0000-000000000001\tERROR\tInvoke Error \t{\"errorType\":\"Error\"}",
        "2026-11-27T10:00:00.000Z aaaaaaaa-0000-0000-0000-000000000001 Task timed out after 3.00 seconds",
        "Error raised from handler method\n{\"errorType\":\"Function<X>\"}",
        "{\"errorMessage\":\"no\",\"errorType\":\"X\",\"stackTrace\":[]}",
    ];
    for line in failing {
        let start = format!("START RequestId: {A} Version: 1");
        let end = format!("END RequestId: {A}");
        let buffer = buffer_of(&[&start, line, &end]);
        let call = buffer.invocations().get(0).unwrap();
        assert_eq!(call.outcome(0, false), Outcome::Failed, "{line}");
    }
}

#[test]
fn what_a_search_left_out_is_not_known_and_nothing_runs_for_ever() {
    let start = format!("START RequestId: {A} Version: 1");
    let said = format!("[INFO]\t2026-11-27T10:00:00Z\t{A}\thello");
    let end = format!("END RequestId: {A}");
    let outcome = |lines: &[&str], now, partial| {
        let buffer = buffer_of(lines);
        let call = buffer.invocations().get(0).unwrap();
        (call.outcome(now, partial), call.warm(partial))
    };
    let minute = 60_000;
    assert_eq!(outcome(&[&said], 0, true), (Outcome::Unknown, None));
    assert_eq!(outcome(&[&start], 0, true), (Outcome::Unknown, None));
    assert_eq!(outcome(&[&end], 0, true), (Outcome::Unknown, None));
    assert_eq!(
        outcome(&[&said], 0, false),
        (Outcome::Unknown, None),
        "no START is written"
    );
    assert_eq!(
        outcome(&[&start, &said], minute, false),
        (Outcome::Running, Some(true))
    );
    assert_eq!(
        outcome(&[&start, &said], 20 * minute, false).0,
        Outcome::Unknown
    );
    assert_eq!(outcome(&[&start, &end], 0, false).0, Outcome::Succeeded);
    let report = |status: &str| {
        format!(
            r#"{{"type":"platform.report","record":{{"requestId":"{A}","metrics":{{}},"status":"{status}"}}}}"#
        )
    };
    assert_eq!(
        outcome(&[&report("success")], 0, true).0,
        Outcome::Succeeded
    );
    assert_eq!(outcome(&[&report("timeout")], 0, true).0, Outcome::TimedOut);
}

#[test]
fn a_start_from_a_snapshot_is_a_cold_start() {
    let start = format!("START RequestId: {A} Version: 1");
    let report = format!(
        "REPORT RequestId: {A}\tDuration: 5 ms\tRestore Duration: 518.30 ms\tBilled Restore Duration: 218 ms\t"
    );
    let buffer = buffer_of(&["RESTORE_START Runtime Version: java:21", &start, &report]);
    let call = buffer.invocations().get(0).unwrap();
    assert!(call.cold && !call.failed);
    assert_eq!(call.report.as_ref().unwrap().restore_ms, Some(518.3));
}

#[test]
fn fields_are_found_in_nodes_lines_and_in_plain_text() {
    let node = |rest: &str| format!("2026-11-27T10:00:00.000Z\t{A}\tWARN\t{rest}\n");
    let first = node(r#"{"level":"warn","backlog":3544,"source":"aws.events"}"#);
    let second = node(r#"cleaned {"removed":25000,"http.status":500,"items":[{"id":"x"}]}"#);
    let buffer = buffer_of(&[
        &first,
        &second,
        "took ms=432 path=/a",
        "\u{1b}[31mERR\u{1b}[0mOR red",
    ]);
    assert_eq!(shown(&buffer, "backlog=3544"), [0]);
    assert_eq!(shown(&buffer, "source=aws.events"), [0]);
    assert_eq!(shown(&buffer, "removed>24000"), [1]);
    assert_eq!(shown(&buffer, "removed>26000"), [] as [u64; 0]);
    assert_eq!(shown(&buffer, "http.status=500"), [1]);
    assert_eq!(shown(&buffer, "items.0.id=x"), [1]);
    assert_eq!(shown(&buffer, "ms>=400"), [2]);
    assert_eq!(shown(&buffer, "ms>=500"), [] as [u64; 0]);
    assert_eq!(shown(&buffer, "error"), [3], "escapes do not part words");
}

#[test]
fn the_platforms_routine_can_be_left_out_but_not_its_failures() {
    let start = format!("START RequestId: {A} Version: 1");
    let fine = format!("REPORT RequestId: {A}\tDuration: 5 ms\t");
    let failed = format!("REPORT RequestId: {A}\tDuration: 5 ms\tStatus: timeout");
    let buffer = buffer_of(&[&start, "hello", &fine, &failed]);
    let mut view = FilteredView::new(LogFilter::parse("").without_platform(true));
    view.update(buffer.lines(), usize::MAX);
    let rows =
        (0..view.len(buffer.lines())).map(|row| view.row(buffer.lines(), row).unwrap().number);
    assert_eq!(rows.collect::<Vec<_>>(), [1, 3]);
}
