//! The managed policies of AWS that functions and gateways are usually given.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/permissions-managed-policies.html>.

use super::Policy;
use crate::region;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const LOGS: [&str; 3] = [
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
];

const API_LOGS: [&str; 7] = [
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "logs:GetLogEvents",
    "logs:FilterLogEvents",
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

const MSK: [&str; 9] = [
    "kafka:DescribeCluster",
    "kafka:DescribeClusterV2",
    "kafka:GetBootstrapBrokers",
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
];

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
        policy(
            service,
            "AWSLambdaRole",
            "Default policy for AWS Lambda service role.",
            &[&["lambda:InvokeFunction"]],
        ),
        policy(
            service,
            "AWSLambdaENIManagementAccess",
            "Provides minimum permissions for a Lambda function to manage ENIs (create, describe, delete) used by a VPC-enabled Lambda Function.",
            &[&VPC],
        ),
        policy(
            service,
            "AWSLambdaMSKExecutionRole",
            "Provides permissions required to access MSK Cluster within a VPC, manage ENIs (create, describe, delete) in the VPC and write permissions to CloudWatch Logs.",
            &[&MSK, &LOGS],
        ),
        policy(
            service,
            "AmazonAPIGatewayPushToCloudWatchLogs",
            "Allows API Gateway to push logs to user's account.",
            &[&API_LOGS],
        ),
        policy(
            "/",
            "AdministratorAccess",
            "Provides full access to AWS services and resources.",
            &[&["*"]],
        ),
        of_statements(
            partition,
            "/",
            "AWSLambdaExecute",
            "Provides Put, Get access to S3 and full access to CloudWatch Logs.",
            &json!([
                {"Effect": "Allow", "Action": ["logs:*"], "Resource": format!("arn:{partition}:logs:*:*:*")},
                {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": format!("arn:{partition}:s3:::*")},
            ]),
        ),
        of_statements(
            partition,
            "/",
            "CloudWatchLambdaInsightsExecutionRolePolicy",
            "Policy required for the Lambda Insights Extension",
            &json!([
                {"Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": "*"},
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": format!("arn:{partition}:logs:*:*:log-group:/aws/lambda-insights:*"),
                },
            ]),
        ),
    ]
    .into()
}

/// One that allows actions on everything.
fn policy(
    partition: &str,
    path: &str,
    name: &str,
    description: &str,
    actions: &[&[&str]],
) -> Policy {
    let statement = json!([{"Effect": "Allow", "Action": actions.concat(), "Resource": "*"}]);
    of_statements(partition, path, name, description, &statement)
}

fn of_statements(
    partition: &str,
    path: &str,
    name: &str,
    description: &str,
    statements: &Value,
) -> Policy {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    Policy {
        name: name.to_owned(),
        id: id(name),
        arn: format!("arn:{partition}:iam::aws:policy{path}{name}"),
        path: path.to_owned(),
        description: description.to_owned(),
        document: document.to_string(),
        // 2015-04-09, when most of them were published.
        created: 1_428_577_463.0,
        updated: None,
        tags: Vec::new(),
        versions: Vec::new(),
        default_version: 1,
        last_version: 1,
    }
}

/// An id that is always the same for a name.
fn id(name: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(name.as_bytes());
    let digits: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("ANPA{}", &digits[..17])
}
