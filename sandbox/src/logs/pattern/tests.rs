//! Each row: a pattern, a message, whether the pattern takes it. The examples of AWS's pages are among them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::Pattern;

fn check(rows: &[(&str, &str, bool)]) {
    for (pattern, message, taken) in rows {
        let read = Pattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        assert_eq!(read.matches(message), *taken, "{pattern} on {message}");
    }
}

#[test]
fn the_empty_pattern_takes_everything() {
    check(&[("", "x", true), ("  ", "", true), ("", "{}", true)]);
}

#[test]
fn every_word_must_be_there_in_its_own_case() {
    check(&[
        ("ERROR", "[ERROR 400] BAD REQUEST", true),
        ("ERROR", "[INFO] done", false),
        ("ERROR", "error", false),
        ("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true),
        ("ERROR ARGUMENTS", "[ERROR 400] BAD REQUEST", false),
        ("ERR", "ERROR", true),
        ("関所", "箱根の関所です", true),
    ]);
}

#[test]
fn quoted_phrases_are_taken_as_they_stand() {
    check(&[
        (
            r#""INTERNAL SERVER ERROR""#,
            "[ERROR 500] INTERNAL SERVER ERROR",
            true,
        ),
        (r#""INTERNAL SERVER ERROR""#, "INTERNAL ERROR SERVER", false),
        (r#""[ERROR 400]""#, "[ERROR 400] BAD", true),
        (r#""say \"hi\"""#, r#"they say "hi" again"#, true),
        (r#""a\b""#, r"a\b", true),
        (
            r#""REPORT RequestId:" Duration"#,
            "REPORT RequestId: 1 Duration: 5 ms",
            true,
        ),
    ]);
}

#[test]
fn excluded_words_must_not_be_there() {
    check(&[
        ("ERROR -ARGUMENTS", "[ERROR 400] BAD REQUEST", true),
        ("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", false),
        ("-ERROR", "fine", true),
        (r#"-"BAD REQUEST""#, "[ERROR 400] BAD REQUEST", false),
    ]);
}

#[test]
fn one_of_the_optional_words_is_enough() {
    check(&[
        ("?ERROR ?ARGUMENTS", "[ERROR 400] BAD REQUEST", true),
        ("?ERROR ?ARGUMENTS", "MISSING ARGUMENTS", true),
        ("?ERROR ?ARGUMENTS", "fine", false),
        (r#"?"BAD REQUEST" ?%5\d\d%"#, "code 503", true),
    ]);
}

#[test]
fn optional_words_beside_others_are_ignored_as_on_aws() {
    check(&[
        ("?ERROR ?WARN REQUEST", "[INFO] REQUEST FAILED", true),
        ("?ERROR ?WARN REQUEST", "[WARN] UNAUTHORIZED", false),
        ("?ERROR -REQUEST", "fine", true),
    ]);
}

#[test]
fn regular_expressions_stand_between_percent_signs() {
    check(&[
        (r"%AUTHORIZED%", "UNAUTHORIZED REQUEST", true),
        (r"%^ERROR%", "an ERROR", false),
        (r"%[0-9]{3}-[a-c]+%", "x 123-abc", true),
        (r"%100\%%", "at 100% now", true),
        (r"-%ERR|WARN%", "WARN", false),
        (r"%a b% c", "a b c", true),
    ]);
}

const EVENT: &str = r#"{
  "eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",
  "arrayKey": ["value", "another value"], "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
  "SomeObject": null, "cluster.name": "c", "ms": 120.5, "count": 5, "code": "5", "ok": true, "off": false,
  "latency-ms": 7, "level": "ERROR", "nested": {"deep": {"x": -3}}, "user": {"id": 1e3}
}"#;

#[test]
fn json_selectors_compare_texts_with_wildcards() {
    let rows = [
        (r#"{ $.eventType = "UpdateTrail" }"#, true),
        (r#"{ $.eventType = UpdateTrail }"#, true),
        (r#"{$.eventType="UpdateTrail"}"#, true),
        (r#"{ $.eventType != "UpdateTrail" }"#, false),
        (r#"{ $.eventType = "update*" }"#, false),
        (r#"{ $.eventType = "Update*" }"#, true),
        (r#"{ $.eventType = "*date*ail" }"#, true),
        (r#"{ $.eventType = "*" }"#, true),
        (r#"{ $.eventType = "Up*Trail*Trail" }"#, false),
        (r#"{ $.sourceIPAddress != 123.123.* }"#, true),
        (r#"{ $.sourceIPAddress = 111.111.* }"#, true),
        (r#"{ $.eventType = %Trail$% }"#, true),
        (r#"{ $.eventType = %^Trail% }"#, false),
        (r#"{ $.eventType != %^Trail% }"#, true),
        (r#"{ $.ok = true }"#, true),
        (r#"{ $.off = "true" }"#, false),
    ];
    check(&rows.map(|(pattern, taken)| (pattern, EVENT, taken)));
}

#[test]
fn json_selectors_compare_numbers_as_numbers() {
    let rows = [
        ("{ $.ms > 100 }", true),
        ("{ $.ms > 120.5 }", false),
        ("{ $.ms >= 120.5 }", true),
        ("{ $.ms < 1e3 }", true),
        ("{ $.ms <= 120 }", false),
        ("{ $.ms = 120.50 }", true),
        ("{ $.count != 5 }", false),
        ("{ $.count = 5.0 }", true),
        ("{ $.nested.deep.x < -2 }", true),
        ("{ $.user.id = 1000 }", true),
        ("{ $.latency-ms = 7 }", true),
        ("{ $.count = 5* }", true),
        // A number and a text are different things.
        ("{ $.code = 5 }", false),
        (r#"{ $.code = "5" }"#, true),
        ("{ $.code > 4 }", false),
        ("{ $.eventType > 4 }", false),
    ];
    check(&rows.map(|(pattern, taken)| (pattern, EVENT, taken)));
}

#[test]
fn json_selectors_reach_into_arrays_objects_and_quoted_names() {
    let rows = [
        (r#"{ $.arrayKey[0] = "value" }"#, true),
        (r#"{ $.arrayKey[1] = "value" }"#, false),
        (r#"{ $.arrayKey[9] = "value" }"#, false),
        (r#"{ $.arrayKey[*] = "another*" }"#, true),
        (r#"{ $.objectList[1].id = 2 }"#, true),
        (r#"{ $.objectList[*].name = "b" }"#, true),
        (r#"{ $['cluster.name'] = "c" }"#, true),
        (r#"{ $.['cluster.name'] = "c" }"#, true),
        (r#"{ $["cluster.name"] = "d" }"#, false),
        (r#"{ $.nested.* EXISTS }"#, true),
        // An array or an object is not a value.
        (r#"{ $.arrayKey = "value" }"#, false),
        (r#"{ $.arrayKey != "value" }"#, false),
        (r#"{ $.nested != 1 }"#, false),
    ];
    check(&rows.map(|(pattern, taken)| (pattern, EVENT, taken)));
}

#[test]
fn json_selectors_know_null_true_false_and_absence() {
    let rows = [
        ("{ $.SomeObject IS NULL }", true),
        ("{ $.eventType IS NULL }", false),
        ("{ $.Missing IS NULL }", false),
        ("{ $.Missing NOT EXISTS }", true),
        ("{ $.SomeObject NOT EXISTS }", false),
        ("{ $.ok IS TRUE }", true),
        ("{ $.off is false }", true),
        ("{ $.ok IS FALSE }", false),
        (r#"{ $.Missing != "x" }"#, false),
        ("{ $.eventType EXISTS }", true),
    ];
    check(&rows.map(|(pattern, taken)| (pattern, EVENT, taken)));
}

#[test]
fn json_conditions_combine_with_and_before_or() {
    let rows = [
        (r#"{ $.level = "ERROR" && $.ms > 100 }"#, true),
        (r#"{ ($.level = "ERROR") && ($.ms > 200) }"#, false),
        (r#"{ $.level = "X" || $.ms > 100 }"#, true),
        (r#"{ $.count = 5 || $.level = "X" && $.ms > 900 }"#, true),
        (r#"{ ($.count = 5 || $.level = "X") && $.ms > 900 }"#, false),
        (r#"{($.count=5&&$.ms>1)||$.nope=1}"#, true),
        (
            r#"{ $.Missing NOT EXISTS && ($.level = %ERR% || $.level = WARN) }"#,
            true,
        ),
    ];
    check(&rows.map(|(pattern, taken)| (pattern, EVENT, taken)));
}

#[test]
fn json_patterns_take_only_messages_that_are_json_objects() {
    check(&[
        ("{ $.a = 1 }", r#"{"a":1}"#, true),
        ("{ $.a = 1 }", " {\"a\":1}\n", true),
        ("{ $.a = 1 }", r#"INFO {"a":1}"#, false),
        ("{ $.a = 1 }", r#"{"a":1"#, false),
        ("{ $.a NOT EXISTS }", "[1]", false),
        ("{ $.a NOT EXISTS }", "plain", false),
    ]);
}

const LINE: &str =
    r#"127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534"#;

#[test]
fn fields_between_spaces_are_counted_and_compared() {
    let rows = [
        (
            "[ip, user, username, timestamp, request, status_code, bytes]",
            true,
        ),
        (
            "[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]",
            true,
        ),
        (
            "[ip, user, username, timestamp, request, status_code = 5*, bytes]",
            false,
        ),
        (
            "[ip, user, username, timestamp, request, status_code = 404, bytes > 1000]",
            true,
        ),
        (
            "[ip, user, username, timestamp, request, status_code, bytes > 2000]",
            false,
        ),
        ("[ip, user]", false),
        ("[ip, ...]", true),
        ("[..., bytes]", true),
        ("[..., status_code = 404, bytes]", true),
        ("[ip = 127.*, ..., bytes >= 1534]", true),
        ("[ip != 127.0.0.1, ...]", false),
        (r"[ip = %127\.0\.0\.[1-9]%, ...]", true),
        ("[..., status_code = 410 || status_code = 404, bytes]", true),
        (
            "[..., status_code = 4* && status_code != 404, bytes]",
            false,
        ),
        (r#"[a, b = "Prod", ...]"#, true),
        ("[a, b, c, d, e, f, g, h, ...]", false),
        ("[a,b,c,d=10/Oct*,...]", true),
    ];
    check(&rows.map(|(pattern, taken)| (pattern, LINE, taken)));
    check(&[
        ("[level = ERROR, ...]", "ERROR  two   spaces", true),
        ("[a, b, c]", "ERROR  two   spaces", true),
        ("[a]", "[unclosed", true),
        ("[a, b]", "\"unclosed quote", true),
    ]);
}

#[test]
fn what_cannot_be_read_is_an_invalid_parameter() {
    let deep = format!("{{ {}$.a = 1 }}", "(".repeat(600));
    let long = "a".repeat(1025);
    let bad = [
        "\"open",
        "%open",
        "%(%",
        "a.b",
        "RequestId:",
        "-",
        "?",
        "{",
        "{}",
        "{ $.a }",
        "{ $.a = }",
        "{ $.a = 1",
        "{ a = 1 }",
        "{ $.a = 1 } x",
        "{ $.a[ = 1 }",
        "{ $.a[x] = 1 }",
        "{ $. = 1 }",
        "{ ($.a = 1 }",
        "{ $.a = 1 && }",
        "{ $.a > \"x\" }",
        "{ $.a IS MAYBE }",
        "{ $.a NOT }",
        "{ $.a == 1 = 2 }",
        "[",
        "[]",
        "[a",
        "[a b]",
        "[a = ]",
        "[a = 1 && b = 2]",
        "[..., ...]",
        "[a] x",
        "[a = 1 || a]",
        deep.as_str(),
        long.as_str(),
    ];
    for pattern in bad {
        let error = Pattern::parse(pattern).map(|_| ()).expect_err(pattern);
        assert_eq!(error.code, "InvalidParameterException", "{pattern}");
        assert!(
            error.message.starts_with("Invalid filter pattern"),
            "{pattern}"
        );
    }
}
