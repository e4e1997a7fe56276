#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

const TAIL: &str = "START RequestId: 8f5 Version: 3\nhi\nEND RequestId: 8f5\nREPORT RequestId: 8f5\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 100.5 ms\t\n";

fn base64(text: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn a_result_takes_its_numbers_from_the_tail() {
    let tail = base64(TAIL.as_bytes());
    let result = InvokeResult::parse(&RawInvokeResult {
        status: 200,
        log_result: Some(&tail),
        executed_version: Some("3"),
        trace_id: Some("Root=1-5e1b4151-5ac6c58f;Parent=1;Sampled=0"),
        payload: b"{\"b\":1,\"a\":2}",
        ..RawInvokeResult::default()
    });
    let report = result.report.clone().unwrap();
    assert_eq!(report.duration_ms, Some(12.34));
    assert_eq!(report.billed_ms, Some(13.0));
    assert_eq!(report.init_ms, Some(100.5));
    assert_eq!(
        (report.memory_size_mb, report.max_memory_used_mb),
        (Some(128), Some(36))
    );
    assert_eq!(result.request_id.as_deref(), Some("8f5"));
    assert_eq!(result.trace_id.as_deref(), Some("1-5e1b4151-5ac6c58f"));
    assert_eq!(result.headline(), "Succeeded");
    assert_eq!(result.pretty_payload(), "{\n  \"b\": 1,\n  \"a\": 2\n}");
}

#[test]
fn errors_of_each_runtime_are_understood() {
    let python = FunctionError::parse(
        "Unhandled",
        r#"{"errorMessage":"'x'","errorType":"KeyError","requestId":"1","stackTrace":["  File \"/var/task/app.py\", line 3, in handler\n    x\n"]}"#,
    );
    assert_eq!(
        (python.error_type.as_str(), python.message.as_str()),
        ("KeyError", "'x'")
    );
    assert_eq!(python.stack_trace.len(), 1);
    let node = FunctionError::parse(
        "Unhandled",
        r#"{"errorType":"Error","errorMessage":"no","trace":["Error: no","    at handler (/var/task/index.js:1:1)"]}"#,
    );
    assert_eq!(node.stack_trace.len(), 2);
    let timeout = FunctionError::parse(
        "Unhandled",
        r#"{"errorMessage":"2026-01-01T00:00:00Z 8f5 Task timed out after 3.00 seconds"}"#,
    );
    assert_eq!(timeout.error_type, "Sandbox.Timedout");
    let old = FunctionError::parse(
        "Handled",
        r#"{"errorMessage":"m","errorType":"E","stackTrace":[["a.py",3,"f","x()"]]}"#,
    );
    assert_eq!(old.stack_trace, ["a.py:3 f x()"]);
    assert_eq!(
        FunctionError::parse("Unhandled", "not json").message,
        "not json"
    );
    assert_eq!(
        FunctionError::parse("Unhandled", "{\"errorMessage\":5}").message,
        ""
    );
}

#[test]
fn statuses_read_as_words() {
    let headline = |status| {
        InvokeResult {
            status,
            ..InvokeResult::default()
        }
        .headline()
    };
    assert_eq!(
        [200, 202, 204, 500].map(headline),
        ["Succeeded", "Queued", "Would be permitted", "Status 500"]
    );
}

#[test]
fn bytes_and_tails_that_are_no_text_do_no_harm() {
    let tail = base64(&[0xac, b'a', b'\n']);
    let result = InvokeResult::parse(&RawInvokeResult {
        payload: &[0xff, 0xfe],
        log_result: Some(&tail),
        ..RawInvokeResult::default()
    });
    assert_eq!(result.log_tail.as_deref(), Some("a\n"));
    assert_eq!(result.payload.chars().count(), 2);
    assert!(decode_tail("!!").is_none());
}

#[test]
fn json_of_six_megabytes_is_checked_and_told_from_what_is_no_json() {
    let mut payload = String::from("[");
    while payload.len() < 6_000_000 {
        payload.push_str("{\"id\":12345,\"name\":\"日本\"},");
    }
    let broken = payload.clone();
    payload.push_str("0]");
    let request = |payload| InvokeRequest {
        payload,
        ..InvokeRequest::default()
    };
    assert!(request(payload).check().is_ok());
    assert!(
        request(broken)
            .check()
            .unwrap_err()
            .contains("line 1 column")
    );
    assert!(
        request("1".repeat(6_291_457))
            .check()
            .unwrap_err()
            .contains("6,291,456")
    );
    assert!(
        check_json(" \n").is_ok() && check_json("{\n \"a\": }").unwrap_err().contains("line 2")
    );
}

#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    assert!(check_json(&"[".repeat(200_000)).is_err());
    assert!(pretty_json(&"[".repeat(200_000)).is_none());
}

#[test]
fn saved_events_are_kept_by_name_and_in_order() {
    let mut saved = SavedEvents::default();
    for (name, payload) in [("b", "1"), ("a", "2"), (" b ", "3")] {
        saved.save(name, payload).unwrap();
    }
    let rows: Vec<_> = saved
        .events
        .iter()
        .map(|event| (event.name.as_str(), event.payload.as_str()))
        .collect();
    assert_eq!(rows, [("a", "2"), ("b", "3")]);
    assert!(saved.save("", "1").is_err() && saved.save("c", "{").is_err());
    assert_eq!(saved.remove("a").unwrap().payload, "2");
    assert!(saved.remove("a").is_none());
}

#[test]
fn the_history_is_bounded_and_survives_a_restart() {
    let mut history = RunHistory::default();
    for at in 0..60 {
        let long = InvokeRequest {
            payload: "日".repeat(50_000),
            ..InvokeRequest::default()
        };
        let result = InvokeResult {
            payload: "é".repeat(70_000),
            ..InvokeResult::default()
        };
        history.push(
            at,
            long,
            if at % 2 == 0 {
                Ok(result)
            } else {
                Err("no answer".into())
            },
        );
    }
    assert_eq!(history.runs.len(), HISTORY);
    assert_eq!(history.runs[0].at, 59);
    assert!(history.runs[0].payload_dropped && history.runs[0].request.payload.is_empty());
    let text = serde_json::to_string(&history).unwrap();
    assert!(text.len() < 5_000_000);
    assert_eq!(serde_json::from_str::<RunHistory>(&text).unwrap(), history);
}

#[test]
fn a_queued_event_is_followed_to_its_end() {
    let queued = InvokeResult {
        status: 202,
        request_id: Some("id".into()),
        ..InvokeResult::default()
    };
    let mut history = RunHistory::default();
    history.push(1, InvokeRequest::default(), Ok(queued.clone()));
    let mut result = queued;
    assert_eq!(result.headline(), "Queued");
    let at = |outcome, tries| Followed { outcome, tries };
    assert!(result.follow(at(Outcome::Running, 1), None, "START"));
    assert!(
        !result.follow(at(Outcome::Running, 1), None, "START"),
        "nothing new"
    );
    assert_eq!(result.headline(), "Running");
    assert!(history.follow(&result) && !history.follow(&result));
    result.follow(at(Outcome::Failed, 2), None, "START");
    assert_eq!(result.headline(), "Failed, try 2");
    result.follow(at(Outcome::Succeeded, 1), None, "START");
    assert_eq!(result.headline(), "Done");
}
