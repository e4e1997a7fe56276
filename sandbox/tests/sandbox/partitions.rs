//! What ARNs begin with: the partition of the region that was called.

use crate::support::{Live, config, package};
use aws_sdk_lambda::types::{FunctionCode, Runtime};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// The role's ARN as IAM gives it, and the function's, its layer's and its log group's.
async fn arns(live: &Live, region: &str) -> Vec<String> {
    let config = config(&live.sandbox.endpoint(), region);
    let iam = aws_sdk_iam::Client::new(&config);
    let name = format!("orders-{region}");
    let role = iam
        .create_role()
        .role_name(&name)
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .unwrap();
    let role = role.role().unwrap().arn().to_owned();
    let managed = iam
        .list_policies()
        .scope(aws_sdk_iam::types::PolicyScopeType::Aws)
        .send()
        .await
        .unwrap();
    let managed: Vec<String> = managed
        .policies()
        .iter()
        .map(|policy| policy.arn().unwrap().to_owned())
        .collect();
    assert_eq!(managed.len(), 13, "{managed:?}");
    iam.attach_role_policy()
        .role_name(&name)
        .policy_arn(&managed[0])
        .send()
        .await
        .unwrap();
    let lambda = aws_sdk_lambda::Client::new(&config);
    let function = lambda
        .create_function()
        .function_name("orders")
        .runtime(Runtime::Python312)
        .handler("index.handler")
        .role(&role)
        .code(
            FunctionCode::builder()
                .zip_file(package(&[("index.py", "x = 1")]))
                .build(),
        )
        .send()
        .await
        .unwrap();
    let layer = lambda
        .publish_layer_version()
        .layer_name("tools")
        .content(
            aws_sdk_lambda::types::LayerVersionContentInput::builder()
                .zip_file(package(&[("tools.py", "x = 1")]))
                .build(),
        )
        .send()
        .await
        .unwrap();
    let logs = aws_sdk_cloudwatchlogs::Client::new(&config);
    logs.create_log_group()
        .log_group_name("orders")
        .send()
        .await
        .unwrap();
    let groups = logs.describe_log_groups().send().await.unwrap();
    let caller = aws_sdk_sts::Client::new(&config)
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    let runtime = function.runtime_version_config().unwrap();
    vec![
        role,
        managed[0].clone(),
        function.function_arn().unwrap().to_owned(),
        runtime.runtime_version_arn().unwrap().to_owned(),
        layer.layer_version_arn().unwrap().to_owned(),
        groups.log_groups()[0].arn().unwrap().to_owned(),
        caller.arn().unwrap().to_owned(),
    ]
}

#[tokio::test]
async fn the_partition_of_every_arn_is_that_of_its_region() {
    let live = Live::start().await;
    for (region, partition) in [
        ("eu-central-1", "aws"),
        ("cn-northwest-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
    ] {
        for arn in arns(&live, region).await {
            let of = arn.split(':').nth(1).unwrap_or_default();
            assert_eq!(of, partition, "{arn}");
        }
    }
}
