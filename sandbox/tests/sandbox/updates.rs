//! Code and configuration are updated: the states between, the guard by RevisionId, code from S3.

use crate::support::{Live, code, package, refusal, zipped};
use aws_sdk_lambda::types::{
    Architecture, Environment, LastUpdateStatus, LogFormat, LoggingConfig, State, TracingConfig,
    TracingMode,
};
use sekisho_sandbox::Options;
use serde_json::json;
use std::time::Duration;

const SECOND: &str = "def handler(event, context): return 'second'";

#[tokio::test]
async fn an_update_is_in_progress_until_it_settles_and_refuses_others_meanwhile() {
    let live = Live::start_with(Options {
        settle: Duration::from_millis(250),
        ..Options::default()
    })
    .await;
    live.create_echo("orders").await;
    let before = live
        .lambda
        .get_function_configuration()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let updated = live
        .lambda
        .update_function_configuration()
        .function_name("orders")
        .memory_size(512)
        .revision_id(before.revision_id().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(updated.memory_size(), Some(512));
    assert_eq!(updated.state(), Some(&State::Active));
    assert_eq!(
        updated.last_update_status(),
        Some(&LastUpdateStatus::InProgress)
    );
    assert_ne!(updated.revision_id(), before.revision_id());
    let (code, message) = refusal(
        live.lambda
            .update_function_configuration()
            .function_name("orders")
            .memory_size(1024)
            .send()
            .await,
    );
    assert_eq!(code, "ResourceConflictException");
    assert_eq!(
        message,
        "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:us-east-1:000000000000:function:orders"
    );
    live.settled("orders").await;
    let after = live
        .lambda
        .get_function_configuration()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(
        after.last_update_status(),
        Some(&LastUpdateStatus::Successful)
    );
    assert_ne!(
        after.revision_id(),
        updated.revision_id(),
        "settling is a revision of its own"
    );
    assert_eq!(after.memory_size(), Some(512));
}

#[tokio::test]
async fn an_update_onto_something_that_changed_meanwhile_is_refused() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let stale = "11111111-2222-3333-4444-555555555555";
    let configuration = live
        .lambda
        .update_function_configuration()
        .function_name("orders")
        .timeout(9)
        .revision_id(stale)
        .send()
        .await;
    assert_eq!(code(configuration), "PreconditionFailedException");
    let (name, message) = refusal(
        live.lambda
            .update_function_code()
            .function_name("orders")
            .zip_file(package(&[("index.py", SECOND)]))
            .revision_id(stale)
            .send()
            .await,
    );
    assert_eq!(name, "PreconditionFailedException");
    assert!(message.starts_with("The Revision Id provided does not match the latest Revision Id."));
    let version = live
        .lambda
        .publish_version()
        .function_name("orders")
        .revision_id(stale)
        .send()
        .await;
    assert_eq!(code(version), "PreconditionFailedException");
}

#[tokio::test]
async fn new_code_and_new_variables_are_what_runs_next() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    assert_eq!(live.invoke("orders", json!({})).await["mode"], json!(null));
    live.lambda
        .update_function_configuration()
        .function_name("orders")
        .environment(Environment::builder().variables("MODE", "new").build())
        .send()
        .await
        .unwrap();
    live.settled("orders").await;
    assert_eq!(live.invoke("orders", json!({})).await["mode"], "new");
    live.lambda
        .update_function_code()
        .function_name("orders")
        .zip_file(package(&[("index.py", SECOND)]))
        .architectures(Architecture::Arm64)
        .send()
        .await
        .unwrap();
    live.settled("orders").await;
    assert_eq!(live.invoke("orders", json!({})).await, json!("second"));
    let now = live
        .lambda
        .get_function_configuration()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(now.architectures(), [Architecture::Arm64]);
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let before = live
        .lambda
        .get_function_configuration()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let dry = live
        .lambda
        .update_function_code()
        .function_name("orders")
        .zip_file(package(&[("index.py", SECOND)]))
        .dry_run(true)
        .send()
        .await
        .unwrap();
    assert_ne!(dry.code_sha256(), before.code_sha256());
    let after = live
        .lambda
        .get_function_configuration()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(after.code_sha256(), before.code_sha256());
    assert_eq!(after.revision_id(), before.revision_id());
}

#[tokio::test]
async fn code_is_published_with_the_update_when_asked_for() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let published = live
        .lambda
        .update_function_code()
        .function_name("orders")
        .zip_file(package(&[("index.py", SECOND)]))
        .publish(true)
        .send()
        .await
        .unwrap();
    assert_eq!(published.version(), Some("1"));
    assert!(published.function_arn().unwrap().ends_with(":orders:1"));
    live.settled("orders").await;
    assert_eq!(live.invoke("orders:1", json!({})).await, json!("second"));
}

#[tokio::test]
async fn code_comes_from_s3_and_what_is_missing_there_is_told() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let s3 = crate::s3::client(&live);
    s3.create_bucket().bucket("packages").send().await.unwrap();
    s3.put_object()
        .bucket("packages")
        .key("orders/second.zip")
        .body(zipped(&[("index.py", SECOND)]).into())
        .send()
        .await
        .unwrap();
    let update = |key: &str| {
        live.lambda
            .update_function_code()
            .function_name("orders")
            .s3_bucket("packages")
            .s3_key(key)
            .send()
    };
    update("orders/second.zip").await.unwrap();
    live.settled("orders").await;
    assert_eq!(live.invoke("orders", json!({})).await, json!("second"));
    let (code, message) = refusal(update("orders/third.zip").await);
    assert_eq!(code, "InvalidParameterValueException");
    assert_eq!(
        message,
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist."
    );
}

#[tokio::test]
async fn the_configurations_other_members_are_kept_and_shown() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let updated = live
        .lambda
        .update_function_configuration()
        .function_name("orders")
        .description("now with traces")
        .tracing_config(TracingConfig::builder().mode(TracingMode::Active).build())
        .logging_config(
            LoggingConfig::builder()
                .log_format(LogFormat::Json)
                .log_group("/shop/orders")
                .build(),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(updated.description(), Some("now with traces"));
    assert_eq!(
        updated.tracing_config().unwrap().mode(),
        Some(&TracingMode::Active)
    );
    let logging = updated.logging_config().unwrap();
    assert_eq!(logging.log_group(), Some("/shop/orders"));
    assert_eq!(logging.application_log_level().unwrap().as_str(), "INFO");
    assert_eq!(
        updated.timeout(),
        Some(60),
        "what was not given stays as it was"
    );
    assert_eq!(updated.handler(), Some("index.handler"));
}
