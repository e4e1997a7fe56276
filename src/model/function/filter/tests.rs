#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::super::super::filter::Filter;
use super::super::{Architecture, Secret, State};
use super::*;
use std::collections::BTreeMap;

fn orders() -> Function {
    Function {
        name: "Orders-API".into(),
        arn: "arn:aws:lambda:eu-west-1:123456789012:function:Orders-API".into(),
        runtime: Some("python3.13".into()),
        architecture: Architecture::Arm64,
        memory_mb: 1024,
        timeout_s: 30,
        state: State::Failed,
        description: "Takes orders from the Café: 日本語".into(),
        environment: vec![("DB_URL".into(), Secret::new("postgres://hunter2"))],
        tags: Some(BTreeMap::from([
            ("Team".into(), "Shop".into()),
            ("tier".into(), "gold card".into()),
        ])),
        ..Function::default()
    }
}

fn holds(text: &str) -> bool {
    let function = orders();
    let tags = function.tags.as_ref();
    Filter::parse(text, key).holds(&Tagged {
        function: &function,
        tags,
    })
}

#[test]
fn words_are_found_anywhere_whatever_their_case() {
    for text in [
        "",
        "  ",
        "orders",
        "API orders",
        "PYTHON",
        "café",
        "日本",
        "db_url",
        "\"takes orders\"",
        "shop",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in ["billing", "orders billing", "\"orders takes\""] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn keys_look_at_one_property() {
    for text in [
        "runtime:python",
        "Runtime:Python3.13",
        "state:failed",
        "arch:arm",
        "tag:team=shop",
        "tag:team",
        "tag:tier=\"gold card\"",
        "name:api",
        "memory:1024",
        "memory:>=1024",
        "timeout:<60",
        "package:zip",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in [
        "runtime:node",
        "name:python",
        "tag:team=sho",
        "tag:owner",
        "memory:>1024",
        "package:image",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn a_minus_turns_a_term_around() {
    assert!(holds("orders -runtime:node"));
    assert!(!holds("orders -runtime:python"));
    assert!(!holds("-orders"));
    assert!(
        holds("-"),
        "a minus that is being typed hides nothing that a hyphen would not"
    );
    assert!(!holds("\"-orders\""), "quoted, it is a minus");
}

#[test]
fn what_is_typed_halfway_hides_nothing() {
    for text in ["runtime:", "\"orders", "\"", "state:", "name:"] {
        assert!(holds(text), "{text}");
    }
}

#[test]
fn an_arn_can_be_pasted_and_a_quoted_colon_is_a_colon() {
    assert!(holds(
        "arn:aws:lambda:eu-west-1:123456789012:function:Orders-API"
    ));
    assert!(holds("\"café: 日本\""));
    assert!(!holds("\"runtime:python\""));
    assert!(!holds("unknown:python"));
}

#[test]
fn values_of_variables_are_never_found() {
    assert!(!holds("hunter2"));
}

#[test]
fn tags_are_asked_for_only_where_the_filter_needs_them() {
    assert!(Filter::parse("a tag:team=x", key).needs_tags());
    assert!(!Filter::parse("a team", key).needs_tags());
}
