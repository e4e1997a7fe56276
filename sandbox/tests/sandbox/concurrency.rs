//! Reserved and provisioned concurrency, and the account's limits.

use crate::support::{Live, code, refusal, until};
use aws_sdk_lambda::types::ProvisionedConcurrencyStatusEnum as Status;

#[tokio::test]
async fn a_reservation_of_none_throttles_every_call() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let reserve = |n: i32| {
        live.lambda
            .put_function_concurrency()
            .function_name("orders")
            .reserved_concurrent_executions(n)
            .send()
    };
    reserve(0).await.unwrap();
    let error = live
        .lambda
        .invoke()
        .function_name("orders")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let aws_sdk_lambda::operation::invoke::InvokeError::TooManyRequestsException(error) = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(
        error.reason().unwrap().as_str(),
        "ReservedFunctionConcurrentInvocationLimitExceeded"
    );
    assert_eq!(error.message(), Some("Rate Exceeded."));
    let read = live
        .lambda
        .get_function_concurrency()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(read.reserved_concurrent_executions(), Some(0));
    let settings = live.lambda.get_account_settings().send().await.unwrap();
    assert_eq!(
        settings.account_limit().unwrap().concurrent_executions(),
        1000
    );
    reserve(200).await.unwrap();
    let settings = live.lambda.get_account_settings().send().await.unwrap();
    assert_eq!(
        settings
            .account_limit()
            .unwrap()
            .unreserved_concurrent_executions(),
        Some(800)
    );
    assert_eq!(settings.account_usage().unwrap().function_count(), 1);
    assert!(settings.account_usage().unwrap().total_code_size() > 0);
    let (name, message) = refusal(reserve(901).await);
    assert_eq!(name, "InvalidParameterValueException");
    assert!(
        message.ends_with("below its minimum value of [100]."),
        "{message}"
    );
    live.lambda
        .delete_function_concurrency()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let read = live
        .lambda
        .get_function_concurrency()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert_eq!(read.reserved_concurrent_executions(), None);
    live.lambda
        .invoke()
        .function_name("orders")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn provisioned_concurrency_belongs_to_a_version_and_takes_a_moment() {
    let live = Live::start().await;
    live.create_echo("orders").await;
    let put = |qualifier: &str| {
        live.lambda
            .put_provisioned_concurrency_config()
            .function_name("orders")
            .qualifier(qualifier)
            .provisioned_concurrent_executions(2)
            .send()
    };
    assert_eq!(code(put("$LATEST").await), "InvalidParameterValueException");
    assert_eq!(code(put("1").await), "ResourceNotFoundException");
    live.lambda
        .publish_version()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    let read = || {
        live.lambda
            .get_provisioned_concurrency_config()
            .function_name("orders")
            .qualifier("1")
            .send()
    };
    assert_eq!(
        code(read().await),
        "ProvisionedConcurrencyConfigNotFoundException"
    );
    let begun = put("1").await.unwrap();
    assert_eq!(begun.status(), Some(&Status::InProgress));
    until(|| async { read().await.unwrap().status() == Some(&Status::Ready) }).await;
    assert_eq!(
        read()
            .await
            .unwrap()
            .available_provisioned_concurrent_executions(),
        Some(2)
    );
    let list = live
        .lambda
        .list_provisioned_concurrency_configs()
        .function_name("orders")
        .send()
        .await
        .unwrap();
    assert!(
        list.provisioned_concurrency_configs()[0]
            .function_arn()
            .unwrap()
            .ends_with(":orders:1")
    );
    live.lambda
        .delete_provisioned_concurrency_config()
        .function_name("orders")
        .qualifier("1")
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(read().await),
        "ProvisionedConcurrencyConfigNotFoundException"
    );
}
