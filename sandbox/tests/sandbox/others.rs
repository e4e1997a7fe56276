//! Tags, resource policies, asynchronous settings, event source mappings, function URLs.

use crate::support::{Live, code, refusal};
use aws_sdk_lambda::types::{
    Cors, DestinationConfig, EventSourcePosition, FunctionUrlAuthType, OnFailure,
};

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:orders";

#[tokio::test]
async fn tags_are_added_listed_and_taken_off() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    live.lambda
        .tag_resource()
        .resource(ARN)
        .tags("team", "shop")
        .tags("stage", "dev")
        .send()
        .await
        .unwrap();
    live.lambda
        .untag_resource()
        .resource(ARN)
        .tag_keys("stage")
        .tag_keys("other")
        .send()
        .await
        .unwrap();
    let tags = live.lambda.list_tags().resource(ARN).send().await.unwrap();
    let tags = tags.tags().unwrap();
    assert_eq!((tags.len(), tags["team"].as_str()), (1, "shop"));
    let many = (0..51).fold(live.lambda.tag_resource().resource(ARN), |request, n| {
        request.tags(format!("k{n}"), "v")
    });
    assert_eq!(code(many.send().await), "InvalidParameterValueException");
    let nowhere = live
        .lambda
        .list_tags()
        .resource(format!("{ARN}x"))
        .send()
        .await;
    assert_eq!(code(nowhere), "ResourceNotFoundException");
}

#[tokio::test]
async fn a_permission_is_added_read_and_removed() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let add = |id: &str| {
        live.lambda
            .add_permission()
            .function_name("orders")
            .statement_id(id)
            .action("lambda:InvokeFunction")
            .principal("s3.amazonaws.com")
            .source_arn("arn:aws:s3:::orders")
            .send()
    };
    let none = live
        .lambda
        .get_policy()
        .function_name("orders")
        .send()
        .await;
    assert_eq!(code(none), "ResourceNotFoundException");
    let statement = add("s3").await.unwrap();
    assert!(
        statement
            .statement()
            .unwrap()
            .contains(r#""Service":"s3.amazonaws.com""#)
    );
    assert_eq!(refusal(add("s3").await).0, "ResourceConflictException");
    let policy = live
        .lambda
        .get_policy()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let document: serde_json::Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    assert_eq!(document["Statement"][0]["Resource"], ARN);
    assert_eq!(
        document["Statement"][0]["Condition"]["ArnLike"]["AWS:SourceArn"],
        "arn:aws:s3:::orders"
    );
    let remove = |revision: &str| {
        live.lambda
            .remove_permission()
            .function_name("orders")
            .statement_id("s3")
            .revision_id(revision)
            .send()
    };
    assert_eq!(code(remove("stale").await), "PreconditionFailedException");
    remove(policy.revision_id().unwrap()).await.unwrap();
    let none = live
        .lambda
        .get_policy()
        .function_name("orders")
        .send()
        .await;
    assert_eq!(code(none), "ResourceNotFoundException");
}

#[tokio::test]
async fn asynchronous_settings_are_put_updated_listed_and_deleted() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    live.create_echo("orders-failed").await;
    let read = || {
        live.lambda
            .get_function_event_invoke_config()
            .function_name("orders")
            .send()
    };
    assert_eq!(code(read().await), "ResourceNotFoundException");
    live.lambda
        .put_function_event_invoke_config()
        .function_name("orders")
        .maximum_retry_attempts(1)
        .maximum_event_age_in_seconds(60)
        .destination_config(
            DestinationConfig::builder()
                .on_failure(
                    OnFailure::builder()
                        .destination(format!("{ARN}-failed"))
                        .build(),
                )
                .build(),
        )
        .send()
        .await
        .unwrap();
    live.lambda
        .update_function_event_invoke_config()
        .function_name("orders")
        .maximum_retry_attempts(0)
        .send()
        .await
        .unwrap();
    let config = read().await.unwrap();
    assert_eq!(config.maximum_retry_attempts(), Some(0));
    assert_eq!(config.maximum_event_age_in_seconds(), Some(60));
    assert!(config.last_modified().unwrap().secs() > 1_700_000_000);
    let failure = config.destination_config().unwrap().on_failure().unwrap();
    assert_eq!(
        failure.destination(),
        Some(format!("{ARN}-failed").as_str())
    );
    let list = live
        .lambda
        .list_function_event_invoke_configs()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(list.function_event_invoke_configs().len(), 1);
    let too_many = live
        .lambda
        .put_function_event_invoke_config()
        .function_name("orders")
        .maximum_retry_attempts(3)
        .send()
        .await;
    assert_eq!(code(too_many), "ValidationException");
    live.lambda
        .delete_function_event_invoke_config()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(code(read().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn a_mapping_is_created_listed_updated_and_deleted() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let queue = "arn:aws:sqs:us-east-1:000000000000:orders";
    let create = |source: &str| {
        live.lambda
            .create_event_source_mapping()
            .function_name("orders")
            .event_source_arn(source)
    };
    let created = create(queue).send().await.unwrap();
    assert_eq!(created.state(), Some("Creating"));
    assert_eq!(created.batch_size(), Some(10), "what SQS begins with");
    assert_eq!(
        code(create(queue).send().await),
        "ResourceConflictException"
    );
    let stream = "arn:aws:kinesis:us-east-1:000000000000:stream/orders";
    let second = create(stream)
        .starting_position(EventSourcePosition::Latest)
        .send()
        .await
        .unwrap();
    assert_eq!(second.maximum_retry_attempts(), Some(-1));
    let id = created.uuid().unwrap();
    let updated = live
        .lambda
        .update_event_source_mapping()
        .uuid(id)
        .batch_size(5)
        .enabled(false)
        .send()
        .await
        .unwrap();
    assert_eq!(updated.batch_size(), Some(5));
    let read = live
        .lambda
        .get_event_source_mapping()
        .uuid(id)
        .send()
        .await
        .unwrap();
    assert_eq!(read.state(), Some("Disabled"));
    let list = live
        .lambda
        .list_event_source_mappings()
        .function_name("orders")
        .into_paginator()
        .page_size(1)
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    assert_eq!(list.len(), 2);
    let of_queue = live
        .lambda
        .list_event_source_mappings()
        .event_source_arn(queue)
        .send()
        .await
        .unwrap();
    assert_eq!(of_queue.event_source_mappings().len(), 1);
    live.lambda
        .delete_event_source_mapping()
        .uuid(id)
        .send()
        .await
        .unwrap();
    let gone = live.lambda.get_event_source_mapping().uuid(id).send().await;
    assert_eq!(code(gone), "ResourceNotFoundException");
}

#[tokio::test]
async fn a_function_url_is_created_read_updated_listed_and_deleted() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let create = || {
        live.lambda
            .create_function_url_config()
            .function_name("orders")
            .auth_type(FunctionUrlAuthType::AwsIam)
            .send()
    };
    let created = create().await.unwrap();
    assert!(
        created
            .function_url()
            .contains(".lambda-url.us-east-1.on.aws")
    );
    assert_eq!(code(create().await), "ResourceConflictException");
    live.lambda
        .update_function_url_config()
        .function_name("orders")
        .auth_type(FunctionUrlAuthType::None)
        .cors(Cors::builder().allow_origins("*").build())
        .send()
        .await
        .unwrap();
    let read = live
        .lambda
        .get_function_url_config()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(read.auth_type(), &FunctionUrlAuthType::None);
    assert_eq!(read.cors().unwrap().allow_origins(), ["*"]);
    let list = live
        .lambda
        .list_function_url_configs()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(list.function_url_configs().len(), 1);
    live.lambda
        .delete_function_url_config()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let gone = live
        .lambda
        .get_function_url_config()
        .function_name("orders")
        .send()
        .await;
    assert_eq!(code(gone), "ResourceNotFoundException");
}
