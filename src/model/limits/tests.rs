#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

#[test]
fn numbers_are_accepted_at_the_edges_and_refused_beyond() {
    for (text, value) in [
        ("128", 128),
        ("10240", 10_240),
        ("10,240", 10_240),
        (" 512 ", 512),
    ] {
        assert_eq!(memory(text).unwrap(), value);
    }
    for text in [
        "127",
        "10241",
        "-1",
        "0",
        "99999999999",
        "1.5",
        "abc",
        "",
        "１２８",
        "1e3",
    ] {
        assert!(memory(text).is_err(), "{text}");
    }
    assert!(timeout("1").is_ok() && timeout("900").is_ok() && timeout("901").is_err());
    assert!(ephemeral_storage("512").is_ok() && ephemeral_storage("511").is_err());
}

#[test]
fn messages_speak_of_the_field_and_its_range() {
    assert_eq!(
        memory("64").unwrap_err(),
        "Memory is 128 to 10,240 MB, not 64."
    );
    assert_eq!(
        timeout("soon").unwrap_err(),
        "The timeout is a whole number of seconds, not “soon”."
    );
    assert_eq!(
        memory("").unwrap_err(),
        "Memory is needed: 128 to 10,240 MB."
    );
    assert!(memory(&"9a".repeat(10_000)).unwrap_err().len() < 100);
}

#[test]
fn names_follow_lambdas_pattern() {
    assert!(function_name("a-b_C9").is_ok());
    assert!(function_name(&"a".repeat(64)).is_ok());
    for name in ["", "a b", "ö", "a.b", &"a".repeat(65)] {
        assert!(function_name(name).is_err(), "{name}");
    }
    assert!(alias_name("PROD").is_ok() && alias_name("v1").is_ok());
    assert!(alias_name("12").is_err() && alias_name("").is_err() && alias_name("a:b").is_err());
}

#[test]
fn a_handler_fits_its_runtime() {
    for (text, runtime) in [
        ("app.handler", "python3.13"),
        ("src/app.handler", "python3.13"),
        ("pkg.app.handler", "python3.13"),
        ("index.handler", "nodejs22.x"),
        ("com.example.Handler::handle", "java21"),
        ("com.example.Handler", "java21"),
        ("A::B.C::D", "dotnet8"),
        ("Assembly", "dotnet8"),
        ("app.Shop.handler", "ruby3.4"),
        ("bootstrap", "provided.al2023"),
        ("anything", "cobol1"),
    ] {
        assert!(handler(text, runtime).is_ok(), "{text} {runtime}");
    }
    for (text, runtime) in [
        ("", "python3.13"),
        ("app", "python3.13"),
        (".handler", "python3.13"),
        ("app.", "nodejs22.x"),
        ("app. handler", "nodejs22.x"),
        ("a.b/c", "nodejs22.x"),
        ("src/.handler", "python3.13"),
        ("A::B", "dotnet8"),
        ("A::B::C", "java21"),
    ] {
        assert!(handler(text, runtime).is_err(), "{text} {runtime}");
    }
    assert!(handler(&format!("{}.h", "a".repeat(127)), "python3.13").is_err());
    assert!(handler("app", "python3.13").unwrap_err().contains("app.py"));
}

#[test]
fn a_description_counts_characters_and_not_bytes() {
    assert!(description(&"日".repeat(256)).is_ok());
    assert!(description(&"a".repeat(257)).is_err());
}

#[test]
fn a_role_is_an_arn_of_iam() {
    assert!(role("arn:aws:iam::123456789012:role/service-role/x").is_ok());
    for text in [
        "",
        "x",
        "arn:aws:iam::123:role/x",
        "arn:aws:iam::123456789012:user/x",
        "arn:aws:iam::123456789012:role/",
    ] {
        assert!(role(text).is_err(), "{text}");
    }
}

fn rows(pairs: &[(&str, &str)]) -> Vec<(String, Secret)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)))
        .collect()
}

#[test]
fn variables_are_checked_by_row() {
    let problems = environment(&rows(&[
        ("OK", "1"),
        ("AWS_REGION", "x"),
        ("1A", ""),
        ("A-B", ""),
        ("OK", "2"),
        ("", ""),
        ("A", ""),
    ]));
    let at: Vec<usize> = problems.rows.iter().map(|(row, _)| *row).collect();
    assert_eq!(at, [1, 2, 3, 4, 5, 6]);
    assert!(problems.rows[0].1.contains("set by Lambda itself"));
    assert!(environment(&rows(&[("DB_URL", "x")])).is_empty());
}

#[test]
fn the_environment_is_measured_as_json() {
    assert_eq!(environment_bytes(&[]), 2);
    assert_eq!(
        environment_bytes(&rows(&[("AB", "c\"d")])),
        r#"{"AB":"c\"d"}"#.len()
    );
    assert_eq!(
        environment_bytes(&rows(&[("AB", "c"), ("CD", "é")])),
        r#"{"AB":"c","CD":"é"}"#.len()
    );
    let fits = "x".repeat(ENVIRONMENT_BYTES - r#"{"AB":""}"#.len());
    assert!(environment(&rows(&[("AB", &fits)])).is_empty());
    let over = environment(&rows(&[("AB", &format!("{fits}x"))]));
    assert!(over.total.unwrap().contains("4,097 bytes"));
}

#[test]
fn an_event_of_six_megabytes_is_the_last_that_fits() {
    assert!(payload(6_291_456, false).is_ok());
    let message = payload(6_291_457, false).unwrap_err();
    assert_eq!(
        message,
        "The event has 6,291,457 bytes; a synchronous invocation takes at most 6,291,456 (6 MB)."
    );
    assert!(
        payload(1_048_577, true)
            .unwrap_err()
            .contains("an asynchronous")
    );
}
