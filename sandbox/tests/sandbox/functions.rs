//! Functions: created, listed, read, updated, invoked and deleted.

use crate::support::{ECHO, Live, ROLE, package, until};
use aws_sdk_lambda::{
    error::ProvideErrorMetadata,
    primitives::Blob,
    types::{FunctionCode, LastUpdateStatus, LogType, Runtime, State},
};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_python_function_is_created_pending_becomes_active_and_answers() {
    let live = Live::start().await;
    let created = live
        .lambda
        .create_function()
        .function_name("orders")
        .runtime(Runtime::Python312)
        .handler("index.handler")
        .role(ROLE)
        .memory_size(256)
        .environment(
            aws_sdk_lambda::types::Environment::builder()
                .variables("MODE", "test")
                .build(),
        )
        .code(
            FunctionCode::builder()
                .zip_file(package(&[("index.py", ECHO)]))
                .build(),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(created.state(), Some(&State::Pending));
    assert_eq!(created.memory_size(), Some(256));
    live.settled("orders").await;
    let out = live
        .lambda
        .invoke()
        .function_name("orders")
        .log_type(LogType::Tail)
        .payload(Blob::new(json!({"n": 1}).to_string()))
        .send()
        .await
        .unwrap();
    assert_eq!(out.function_error(), None);
    assert_eq!(out.executed_version(), Some("$LATEST"));
    let answer: serde_json::Value =
        serde_json::from_slice(out.payload().unwrap().as_ref()).unwrap();
    assert_eq!(
        answer,
        json!({
            "event": {"n": 1},
            "version": "$LATEST",
            "arn": "arn:aws:lambda:us-east-1:000000000000:function:orders",
            "mode": "test",
        })
    );
    use base64::Engine;
    let log = base64::prelude::BASE64_STANDARD
        .decode(out.log_result().unwrap())
        .unwrap();
    let log = String::from_utf8(log).unwrap();
    assert!(log.contains("hello from orders"), "{log}");
    assert!(
        log.contains("REPORT RequestId:") && log.contains("Memory Size: 256 MB"),
        "{log}"
    );
    live.sandbox.shutdown().await;
}
