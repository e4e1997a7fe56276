//! Layers: published, listed, used, shared.

use crate::support::{Live, ROLE, code, package, refusal, zipped};
use aws_sdk_lambda::{
    primitives::Blob,
    types::{Architecture, FunctionCode, LayerVersionContentInput, Runtime},
};
use serde_json::json;

async fn publish(live: &Live, name: &str, text: &str) -> String {
    live.lambda
        .publish_layer_version()
        .layer_name(name)
        .description(text)
        .compatible_runtimes(Runtime::Python312)
        .compatible_architectures(Architecture::X8664)
        .license_info("MIT")
        .content(
            LayerVersionContentInput::builder()
                .zip_file(Blob::new(zipped(&[(
                    "python/shared.py",
                    &format!("TEXT = '{text}'"),
                )])))
                .build(),
        )
        .send()
        .await
        .unwrap()
        .layer_version_arn()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_function_finds_its_layers_code() {
    let live = Live::start().await;
    let arn = publish(&live, "shared", "from the layer").await;
    live.lambda
        .create_function()
        .function_name("orders")
        .runtime(Runtime::Python312)
        .handler("index.handler")
        .role(ROLE)
        .layers(&arn)
        .code(
            FunctionCode::builder()
                .zip_file(package(&[(
                    "index.py",
                    "import shared\ndef handler(e, c): return shared.TEXT",
                )]))
                .build(),
        )
        .send()
        .await
        .unwrap();
    live.settled("orders").await;
    assert_eq!(
        live.invoke("orders", json!({})).await,
        json!("from the layer")
    );
    // A deleted version stays with the functions that use it.
    live.lambda
        .delete_layer_version()
        .layer_name("shared")
        .version_number(1)
        .send()
        .await
        .unwrap();
    let configuration = live
        .lambda
        .get_function_configuration()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(configuration.layers()[0].arn(), Some(arn.as_str()));
}

#[tokio::test]
async fn versions_of_a_layer_are_read_and_listed_newest_first() {
    let live = Live::start().await;
    publish(&live, "shared", "one").await;
    let second = publish(&live, "shared", "two").await;
    publish(&live, "another", "x").await;
    assert_eq!(
        second,
        "arn:aws:lambda:us-east-1:000000000000:layer:shared:2"
    );
    let layers = live.lambda.list_layers().send().await.unwrap();
    let shown: Vec<(&str, i64)> = layers
        .layers()
        .iter()
        .map(|l| {
            (
                l.layer_name().unwrap(),
                l.latest_matching_version().unwrap().version(),
            )
        })
        .collect();
    assert_eq!(shown, [("another", 1), ("shared", 2)]);
    let pages = live
        .lambda
        .list_layer_versions()
        .layer_name("shared")
        .into_paginator()
        .page_size(1)
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    let descriptions: Vec<&str> = pages.iter().map(|v| v.description().unwrap()).collect();
    assert_eq!(descriptions, ["two", "one"]);
    let read = live
        .lambda
        .get_layer_version()
        .layer_name("shared")
        .version_number(1)
        .send()
        .await
        .unwrap();
    assert_eq!(read.license_info(), Some("MIT"));
    assert_eq!(read.compatible_runtimes(), [Runtime::Python312]);
    let location = read.content().unwrap().location().unwrap();
    assert_eq!(crate::endpoint::get(location).await.0, 200);
    let by_arn = live
        .lambda
        .get_layer_version_by_arn()
        .arn(&second)
        .send()
        .await
        .unwrap();
    assert_eq!(by_arn.version(), 2);
    let none = live
        .lambda
        .list_layers()
        .compatible_runtime(Runtime::Nodejs22x)
        .send()
        .await
        .unwrap();
    assert!(none.layers().is_empty());
}

#[tokio::test]
async fn a_deleted_version_is_gone_and_its_number_is_not_used_again() {
    let live = Live::start().await;
    publish(&live, "shared", "one").await;
    live.lambda
        .delete_layer_version()
        .layer_name("shared")
        .version_number(1)
        .send()
        .await
        .unwrap();
    let gone = live
        .lambda
        .get_layer_version()
        .layer_name("shared")
        .version_number(1)
        .send()
        .await;
    assert_eq!(code(gone), "ResourceNotFoundException");
    assert!(publish(&live, "shared", "two").await.ends_with(":shared:2"));
}

#[tokio::test]
async fn a_layer_version_is_shared_by_its_policy() {
    let live = Live::start().await;
    publish(&live, "shared", "one").await;
    let add = || {
        live.lambda
            .add_layer_version_permission()
            .layer_name("shared")
            .version_number(1)
            .statement_id("all")
            .action("lambda:GetLayerVersion")
            .principal("*")
            .send()
    };
    let added = add().await.unwrap();
    assert!(
        added
            .statement()
            .unwrap()
            .contains("lambda:GetLayerVersion")
    );
    assert_eq!(refusal(add().await).0, "ResourceConflictException");
    let policy = live
        .lambda
        .get_layer_version_policy()
        .layer_name("shared")
        .version_number(1)
        .send()
        .await
        .unwrap();
    assert_eq!(policy.revision_id(), added.revision_id());
    live.lambda
        .remove_layer_version_permission()
        .layer_name("shared")
        .version_number(1)
        .statement_id("all")
        .send()
        .await
        .unwrap();
    let gone = live
        .lambda
        .get_layer_version_policy()
        .layer_name("shared")
        .version_number(1)
        .send()
        .await;
    assert_eq!(code(gone), "ResourceNotFoundException");
}
