//! Published versions.

use crate::support::{Live, code, package, refusal};
use serde_json::json;

async fn publish(live: &Live, description: &str) -> String {
    let published = live
        .lambda
        .publish_version()
        .function_name("orders")
        .description(description)
        .send()
        .await
        .unwrap();
    published.version().unwrap().to_owned()
}

async fn change(live: &Live, answer: &str) {
    live.lambda
        .update_function_code()
        .function_name("orders")
        .zip_file(package(&[(
            "index.py",
            &format!("def handler(e, c): return '{answer}'"),
        )]))
        .send()
        .await
        .unwrap();
    live.settled("orders").await;
}

#[tokio::test]
async fn a_version_is_a_frozen_copy_and_nothing_new_gives_no_new_number() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    change(&live, "one").await;
    assert_eq!(publish(&live, "first").await, "1");
    assert_eq!(publish(&live, "again").await, "1");
    change(&live, "two").await;
    assert_eq!(publish(&live, "second").await, "2");
    change(&live, "three").await;
    for (qualifier, answer) in [("1", "one"), ("2", "two"), ("$LATEST", "three")] {
        assert_eq!(
            live.invoke(&format!("orders:{qualifier}"), json!({})).await,
            json!(answer)
        );
    }
    let versions = live
        .lambda
        .list_versions_by_function()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let shown: Vec<(&str, &str)> = versions
        .versions()
        .iter()
        .map(|v| (v.version().unwrap(), v.description().unwrap()))
        .collect();
    assert_eq!(shown, [("$LATEST", ""), ("1", "first"), ("2", "second")]);
}

#[tokio::test]
async fn versions_come_in_pages() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    for n in 0..3 {
        change(&live, &n.to_string()).await;
        publish(&live, "").await;
    }
    let pages = live
        .lambda
        .list_versions_by_function()
        .function_name("orders")
        .into_paginator()
        .page_size(3)
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    let numbers: Vec<Vec<&str>> = pages
        .iter()
        .map(|page| {
            page.versions()
                .iter()
                .map(|v| v.version().unwrap())
                .collect()
        })
        .collect();
    assert_eq!(numbers, [vec!["$LATEST", "1", "2"], vec!["3"]]);
}

#[tokio::test]
async fn publishing_other_code_than_expected_is_refused() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let (code, message) = refusal(
        live.lambda
            .publish_version()
            .function_name("orders")
            .code_sha256("bm90IGl0")
            .send()
            .await,
    );
    assert_eq!(code, "InvalidParameterValueException");
    assert!(
        message.contains("is different from current CodeSHA256 in $LATEST"),
        "{message}"
    );
}

#[tokio::test]
async fn a_version_is_deleted_unless_an_alias_names_it_and_numbers_are_not_used_again() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    publish(&live, "").await;
    live.lambda
        .create_alias()
        .function_name("orders")
        .name("live")
        .function_version("1")
        .send()
        .await
        .unwrap();
    let delete = |qualifier: &str| {
        live.lambda
            .delete_function()
            .function_name("orders")
            .qualifier(qualifier)
            .send()
    };
    assert_eq!(code(delete("1").await), "ResourceConflictException");
    assert_eq!(
        code(delete("$LATEST").await),
        "InvalidParameterValueException"
    );
    live.lambda
        .delete_alias()
        .function_name("orders")
        .name("live")
        .send()
        .await
        .unwrap();
    delete("1").await.unwrap();
    delete("1").await.unwrap();
    change(&live, "x").await;
    assert_eq!(publish(&live, "").await, "2");
}

#[tokio::test]
async fn a_function_can_be_published_as_it_is_created() {
    let live = Live::start().await;
    let created = live
        .lambda
        .create_function()
        .function_name("orders")
        .runtime(aws_sdk_lambda::types::Runtime::Python312)
        .handler("index.handler")
        .role(crate::support::ROLE)
        .publish(true)
        .code(
            aws_sdk_lambda::types::FunctionCode::builder()
                .zip_file(package(&[("index.py", crate::support::ECHO)]))
                .build(),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(created.version(), Some("1"));
    live.settled("orders").await;
    assert_eq!(live.invoke("orders:1", json!({})).await["version"], "1");
}
