//! ARNs, and which partition of AWS a region belongs to, which every ARN begins with.

/// Partitions by what the names of their regions begin with.
/// Source: `partitions.json` of botocore, `regionRegex`.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
    ("eusc-", "aws-eusc"),
];

/// The partition that a region belongs to, as its ARNs name it: `aws`, `aws-cn`, `aws-us-gov` …
pub fn partition(region: &str) -> &'static str {
    PARTITIONS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("aws", |(_, partition)| partition)
}

/// The ARN of a service's resource in a region: `arn:aws-cn:lambda:cn-north-1:123456789012:function:orders`.
pub fn arn(service: &str, region: &str, account: &str, resource: &str) -> String {
    format!(
        "arn:{}:{service}:{region}:{account}:{resource}",
        partition(region)
    )
}

/// The ARN of a resource of a service that has no regions, as seen from one: `arn:aws-cn:iam::123456789012:role/orders`.
pub fn global_arn(service: &str, region: &str, account: &str, resource: &str) -> String {
    format!("arn:{}:{service}::{account}:{resource}", partition(region))
}

/// What follows the partition of an ARN of a service: `cn-north-1:123456789012:function:orders`.
pub fn after_service<'a>(arn: &'a str, service: &str) -> Option<&'a str> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
    if partition != "aws" && !partition.starts_with("aws-") {
        return None;
    }
    rest.strip_prefix(service)?.strip_prefix(':')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn an_arn_begins_with_the_partition_of_its_region() {
        for (region, expected) in [
            ("us-east-1", "aws"),
            ("eu-central-1", "aws"),
            ("cn-northwest-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-iso-east-1", "aws-iso"),
            ("us-isob-east-1", "aws-iso-b"),
            ("eu-isoe-west-1", "aws-iso-e"),
            ("us-isof-south-1", "aws-iso-f"),
            ("eusc-de-east-1", "aws-eusc"),
        ] {
            assert_eq!(partition(region), expected, "{region}");
        }
        assert_eq!(
            arn("lambda", "cn-north-1", "000000000000", "function:orders"),
            "arn:aws-cn:lambda:cn-north-1:000000000000:function:orders"
        );
        assert_eq!(
            global_arn("iam", "us-gov-east-1", "000000000000", "role/orders"),
            "arn:aws-us-gov:iam::000000000000:role/orders"
        );
    }

    #[test]
    fn an_arn_of_any_partition_belongs_to_its_service() {
        assert_eq!(
            after_service("arn:aws-us-gov:lambda:us-gov-west-1:1:function:f", "lambda"),
            Some("us-gov-west-1:1:function:f")
        );
        assert_eq!(after_service("arn:aws:lambda:x", "logs"), None);
        assert_eq!(after_service("arn:azure:lambda:x", "lambda"), None);
    }
}
