//! Aliases and the weights of their traffic.

use crate::support::{Live, code, package, refusal};
use aws_sdk_lambda::types::AliasRoutingConfiguration;
use serde_json::json;

/// A function with versions 1 and 2 that answer their number.
async fn two_versions(live: &Live) {
    live.create_echo("orders").await;
    for n in 1..=2 {
        live.lambda
            .update_function_code()
            .function_name("orders")
            .zip_file(package(&[(
                "index.py",
                &format!("def handler(e, c): return {n}"),
            )]))
            .publish(true)
            .send()
            .await
            .unwrap();
        live.settled("orders").await;
    }
}

fn weights(version: &str, weight: f64) -> AliasRoutingConfiguration {
    AliasRoutingConfiguration::builder()
        .additional_version_weights(version, weight)
        .build()
}

#[tokio::test]
async fn an_alias_is_created_read_moved_listed_and_deleted() {
    let live = Live::start().await;
    two_versions(&live).await;
    let created = live
        .lambda
        .create_alias()
        .function_name("orders")
        .name("live")
        .description("what callers use")
        .function_version("1")
        .send()
        .await
        .unwrap();
    assert!(
        created
            .alias_arn()
            .unwrap()
            .ends_with(":function:orders:live")
    );
    assert_eq!(live.invoke("orders:live", json!({})).await, json!(1));
    let moved = live
        .lambda
        .update_alias()
        .function_name("orders")
        .name("live")
        .function_version("2")
        .revision_id(created.revision_id().unwrap())
        .send()
        .await
        .unwrap();
    assert_ne!(moved.revision_id(), created.revision_id());
    assert_eq!(moved.description(), Some("what callers use"));
    assert_eq!(live.invoke("orders:live", json!({})).await, json!(2));
    let stale = live
        .lambda
        .update_alias()
        .function_name("orders")
        .name("live")
        .function_version("1")
        .revision_id(created.revision_id().unwrap())
        .send()
        .await;
    assert_eq!(code(stale), "PreconditionFailedException");
    let read = live
        .lambda
        .get_alias()
        .function_name("orders")
        .name("live")
        .send()
        .await
        .unwrap();
    assert_eq!(read.function_version(), Some("2"));
    let list = |version: &str| {
        live.lambda
            .list_aliases()
            .function_name("orders")
            .function_version(version)
            .send()
    };
    assert_eq!(list("2").await.unwrap().aliases().len(), 1);
    assert_eq!(list("1").await.unwrap().aliases().len(), 0);
    live.lambda
        .delete_alias()
        .function_name("orders")
        .name("live")
        .send()
        .await
        .unwrap();
    let (name, message) = refusal(
        live.lambda
            .get_alias()
            .function_name("orders")
            .name("live")
            .send()
            .await,
    );
    assert_eq!(name, "ResourceNotFoundException");
    assert_eq!(
        message,
        "Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:orders:live"
    );
}

#[tokio::test]
async fn weights_send_part_of_the_calls_to_the_second_version() {
    let live = Live::start().await;
    two_versions(&live).await;
    live.lambda
        .create_alias()
        .function_name("orders")
        .name("live")
        .function_version("1")
        .routing_config(weights("2", 0.5))
        .send()
        .await
        .unwrap();
    let mut seen = [0, 0];
    for _ in 0..40 {
        let out = live
            .lambda
            .invoke()
            .function_name("orders:live")
            .send()
            .await
            .unwrap();
        let version: usize = out.executed_version().unwrap().parse().unwrap();
        seen[version - 1] += 1;
    }
    // That one of the two gets none of forty calls happens once in 500 billion runs.
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    let all = live
        .lambda
        .update_alias()
        .function_name("orders")
        .name("live")
        .routing_config(
            AliasRoutingConfiguration::builder()
                .set_additional_version_weights(Some(Default::default()))
                .build(),
        )
        .send()
        .await
        .unwrap();
    assert!(all.routing_config().is_none());
}

#[tokio::test]
async fn what_an_alias_may_not_be_is_refused() {
    let live = Live::start().await;
    two_versions(&live).await;
    let create = |name: &str, version: &str| {
        live.lambda
            .create_alias()
            .function_name("orders")
            .name(name)
            .function_version(version)
    };
    assert_eq!(code(create("12", "1").send().await), "ValidationException");
    assert_eq!(
        code(create("live", "9").send().await),
        "ResourceNotFoundException"
    );
    let latest = create("live", "$LATEST")
        .routing_config(weights("1", 0.1))
        .send()
        .await;
    assert_eq!(
        refusal(latest).1,
        "$LATEST is not supported for an alias pointing to more than 1 version"
    );
    let heavy = create("live", "1")
        .routing_config(weights("2", 1.5))
        .send()
        .await;
    assert_eq!(code(heavy), "ValidationException");
    create("live", "1").send().await.unwrap();
    let (name, message) = refusal(create("live", "2").send().await);
    assert_eq!(name, "ResourceConflictException");
    assert!(message.starts_with("Alias already exists: arn:aws:lambda:"));
}
