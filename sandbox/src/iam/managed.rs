//! The managed policies of AWS that functions are usually given.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/permissions-managed-policies.html>.

use super::Policy;
use crate::region;
use serde_json::json;
use std::collections::BTreeMap;

const LOGS: [&str; 3] = [
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
];

const VPC: [&str; 7] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
    "ec2:DescribeSecurityGroups",
];

const XRAY: [&str; 5] = [
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:GetSamplingStatisticSummaries",
];

const SQS: [&str; 3] = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
];

const DYNAMODB: [&str; 4] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
];

const KINESIS: [&str; 7] = [
    "kinesis:DescribeStream",
    "kinesis:DescribeStreamSummary",
    "kinesis:GetRecords",
    "kinesis:GetShardIterator",
    "kinesis:ListShards",
    "kinesis:ListStreams",
    "kinesis:SubscribeToShard",
];

/// The partitions that have these policies, each under its own ARNs.
const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];

/// Whether an ARN is of a policy of AWS's own: the account in it is `aws`.
pub fn is_managed(arn: &str) -> bool {
    region::after_service(arn, "iam").is_some_and(|rest| rest.starts_with(":aws:"))
}

/// The policies, by ARN.
pub fn all() -> BTreeMap<String, Policy> {
    let all = PARTITIONS.into_iter().flat_map(of_partition);
    all.map(|policy| (policy.arn.clone(), policy)).collect()
}

fn of_partition(partition: &str) -> Vec<Policy> {
    let policy = |path, name, description, actions: &[&[&str]]| {
        policy(partition, path, name, description, actions)
    };
    let service = "/service-role/";
    [
        policy(service, "AWSLambdaBasicExecutionRole", "Provides write permissions to CloudWatch Logs.", &[&LOGS]),
        policy(
            service,
            "AWSLambdaVPCAccessExecutionRole",
            "Provides minimum permissions for a Lambda function to execute while accessing a resource within a VPC - create, describe, delete network interfaces and write permissions to CloudWatch Logs.",
            &[&LOGS, &VPC],
        ),
        policy(
            service,
            "AWSLambdaSQSQueueExecutionRole",
            "Provides receive message, delete message, and read attribute access to SQS queues, and write permissions to CloudWatch logs.",
            &[&SQS, &LOGS],
        ),
        policy(
            service,
            "AWSLambdaDynamoDBExecutionRole",
            "Provides list and read access to DynamoDB streams and write permissions to CloudWatch logs.",
            &[&DYNAMODB, &LOGS],
        ),
        policy(
            service,
            "AWSLambdaKinesisExecutionRole",
            "Provides list and read access to Kinesis streams and write permissions to CloudWatch logs.",
            &[&KINESIS, &LOGS],
        ),
        policy(
            "/",
            "AWSXRayDaemonWriteAccess",
            "Allow the AWS X-Ray Daemon to relay raw trace segments data to the service's API and retrieve sampling data (rules, targets, etc.) to be used by the X-Ray SDK.",
            &[&XRAY],
        ),
    ]
    .into()
}

fn policy(
    partition: &str,
    path: &str,
    name: &str,
    description: &str,
    actions: &[&[&str]],
) -> Policy {
    let document = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": actions.concat(), "Resource": "*"}],
    });
    Policy {
        name: name.to_owned(),
        id: format!("ANPA{:0>17}", name.len()),
        arn: format!("arn:{partition}:iam::aws:policy{path}{name}"),
        path: path.to_owned(),
        description: description.to_owned(),
        document: document.to_string(),
        // 2015-04-09, when most of them were published.
        created: 1_428_577_463.0,
    }
}
