//! Amazon Resource Names and the forms in which Lambda lets a function be named.
//!
//! Knows nothing of a connection: region and account are parameters.
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html> and the `FunctionName` parameter of
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.

use std::fmt;
use std::str::FromStr;

/// `arn:partition:service:region:account:resource`; the resource may hold colons and slashes of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`…
    pub partition: String,
    /// `lambda`, `iam`, `sqs`…
    pub service: String,
    /// Empty for global services.
    pub region: String,
    /// Twelve digits; empty where the service leaves it out (S3).
    pub account: String,
    /// Everything after the fifth colon.
    pub resource: String,
}

/// A text that is no ARN, or no name of a function, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArnError(String);

impl fmt::Display for ArnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ArnError {}

impl FromStr for Arn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let mut parts = text.trim().splitn(6, ':');
        let mut next = || parts.next().unwrap_or_default().to_owned();
        let (head, arn) = (
            next(),
            Self {
                partition: next(),
                service: next(),
                region: next(),
                account: next(),
                resource: next(),
            },
        );
        if head != "arn" {
            return Err(ArnError(format!(
                "“{text}” is not an ARN: it does not begin with arn:"
            )));
        }
        if arn.partition.is_empty() || arn.service.is_empty() || arn.resource.is_empty() {
            return Err(ArnError(format!(
                "“{text}” is not an ARN: it needs arn:partition:service:region:account:resource"
            )));
        }
        Ok(arn)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            partition,
            service,
            region,
            account,
            resource,
        } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

impl Arn {
    /// The kind of the resource: `function` of `function:name`, `role` of `role/path/name`; empty where there is none.
    pub fn kind(&self) -> &str {
        self.resource
            .find([':', '/'])
            .map_or("", |at| &self.resource[..at])
    }

    /// What a person calls it: the last piece of the resource (a queue's name, a role's name without its path, a
    /// function's name without its qualifier, a stream's table).
    pub fn name(&self) -> &str {
        let resource = self.resource.as_str();
        match (self.service.as_str(), self.kind()) {
            ("lambda", "function" | "layer" | "event-source-mapping") => {
                resource.split(':').nth(1).unwrap_or(resource)
            }
            ("dynamodb", "table") => resource.split('/').nth(1).unwrap_or(resource),
            ("logs", "log-group") => resource
                .strip_prefix("log-group:")
                .map_or(resource, |name| name.trim_end_matches(":*")),
            ("s3", _) => resource,
            _ => resource.rsplit([':', '/']).next().unwrap_or(resource),
        }
    }

    /// The ARN of a role, whose account and partition are those of the caller.
    pub fn role(partition: &str, account: &str, name: &str) -> Self {
        Self {
            partition: partition.to_owned(),
            service: "iam".to_owned(),
            region: String::new(),
            account: account.to_owned(),
            resource: format!("role/{name}"),
        }
    }
}

/// The partition that a region belongs to, from its prefix.
pub fn partition_of(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 8] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
        ("", "aws"),
    ];
    PREFIXES
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("aws", |(_, partition)| partition)
}

/// A function as Lambda lets one name it, with what was left out as `None`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FunctionRef {
    /// From a full ARN only.
    pub partition: Option<String>,
    /// From a full ARN only.
    pub region: Option<String>,
    /// From a full or partial ARN.
    pub account: Option<String>,
    /// The function's own name.
    pub name: String,
    /// A version's number, an alias or `$LATEST`.
    pub qualifier: Option<String>,
}

impl FromStr for FunctionRef {
    type Err = ArnError;

    /// Reads `name`, `name:qualifier`, `account:function:name[:qualifier]`, `function:name[:qualifier]` and full ARNs.
    fn from_str(text: &str) -> Result<Self, ArnError> {
        let text = text.trim();
        let mut reference = Self {
            partition: None,
            region: None,
            account: None,
            name: String::new(),
            qualifier: None,
        };
        let rest = if text.starts_with("arn:") {
            let arn: Arn = text.parse()?;
            if arn.service != "lambda" || arn.kind() != "function" {
                return Err(ArnError(format!(
                    "“{text}” is an ARN, but not a Lambda function's"
                )));
            }
            reference.partition = Some(arn.partition);
            reference.region = Some(arn.region);
            reference.account = Some(arn.account);
            arn.resource["function:".len()..].to_owned()
        } else if let Some(rest) = text.strip_prefix("function:") {
            rest.to_owned()
        } else if let Some((account, rest)) = text.split_once(":function:") {
            if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(ArnError(format!(
                    "“{account}” is not an account id of twelve digits"
                )));
            }
            reference.account = Some(account.to_owned());
            rest.to_owned()
        } else {
            text.to_owned()
        };
        let (name, qualifier) = match rest.split_once(':') {
            Some((name, qualifier)) => (name.to_owned(), Some(qualifier.to_owned())),
            None => (rest, None),
        };
        let bad_name = name.is_empty() || !name.bytes().all(is_name_byte);
        let bad_qualifier = qualifier.as_ref().is_some_and(|qualifier| {
            let bytes = qualifier.strip_prefix('$').unwrap_or(qualifier);
            bytes.is_empty() || !bytes.bytes().all(is_name_byte)
        });
        if bad_name || bad_qualifier {
            return Err(ArnError(format!(
                "“{text}” does not name a function: use a name, name:qualifier or an ARN"
            )));
        }
        reference.name = name;
        reference.qualifier = qualifier;
        Ok(reference)
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

impl FunctionRef {
    /// The full ARN, with region and account of the connection where this does not say them itself.
    pub fn arn(&self, region: &str, account: &str) -> Arn {
        let region = self.region.as_deref().unwrap_or(region);
        let resource = match &self.qualifier {
            Some(qualifier) => format!("function:{}:{qualifier}", self.name),
            None => format!("function:{}", self.name),
        };
        Arn {
            partition: self
                .partition
                .clone()
                .unwrap_or_else(|| partition_of(region).to_owned()),
            service: "lambda".to_owned(),
            region: region.to_owned(),
            account: self.account.clone().unwrap_or_else(|| account.to_owned()),
            resource,
        }
    }

    /// The page of this function in the AWS console; `None` in partitions whose console has no public address.
    pub fn console_link(&self, region: &str) -> Option<String> {
        let region = self.region.as_deref().unwrap_or(region);
        let host = match partition_of(region) {
            "aws" => "console.aws.amazon.com",
            "aws-cn" => "console.amazonaws.cn",
            "aws-us-gov" => "console.amazonaws-us-gov.com",
            _ => return None,
        };
        let place = match self.qualifier.as_deref() {
            None | Some("$LATEST") => String::new(),
            Some(number) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("/versions/{number}")
            }
            Some(alias) => format!("/aliases/{alias}"),
        };
        let name = &self.name;
        Some(format!(
            "https://{region}.{host}/lambda/home?region={region}#/functions/{name}{place}"
        ))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const FULL: &str = "arn:aws:lambda:eu-west-1:123456789012:function:orders";

    #[test]
    fn an_arn_prints_as_it_was_read() {
        for text in [
            FULL,
            "arn:aws:lambda:eu-west-1:123456789012:function:orders:PROD",
            "arn:aws-cn:iam::123456789012:role/service-role/orders",
            "arn:aws:s3:::bucket/key:with:colons",
            "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2024-01-01T00:00:00.000",
        ] {
            assert_eq!(text.parse::<Arn>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_arn_is_refused() {
        for text in [
            "",
            "arn",
            "arn:aws",
            "arn:aws:lambda:::",
            "arn::lambda:r:a:x",
            "urn:aws:lambda:r:a:x",
        ] {
            assert!(text.parse::<Arn>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_resource_is_what_a_person_calls_it() {
        for (text, name) in [
            (FULL, "orders"),
            (
                "arn:aws:lambda:eu-west-1:123456789012:function:orders:PROD",
                "orders",
            ),
            (
                "arn:aws:lambda:eu-west-1:123456789012:layer:tools:7",
                "tools",
            ),
            (
                "arn:aws:iam::123456789012:role/service-role/orders",
                "orders",
            ),
            ("arn:aws:sqs:eu-west-1:123456789012:jobs", "jobs"),
            (
                "arn:aws:dynamodb:eu-west-1:1:table/orders/stream/2024-01-01T00:00:00.000",
                "orders",
            ),
            (
                "arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/orders:*",
                "/aws/lambda/orders",
            ),
            ("arn:aws:s3:::bucket", "bucket"),
        ] {
            assert_eq!(text.parse::<Arn>().unwrap().name(), name);
        }
    }

    #[test]
    fn every_form_of_naming_a_function_is_read() {
        for (text, account, name, qualifier) in [
            ("orders", None, "orders", None),
            (" orders ", None, "orders", None),
            ("orders:PROD", None, "orders", Some("PROD")),
            ("orders:$LATEST", None, "orders", Some("$LATEST")),
            ("function:orders:3", None, "orders", Some("3")),
            (
                "123456789012:function:orders",
                Some("123456789012"),
                "orders",
                None,
            ),
            (
                "123456789012:function:orders:3",
                Some("123456789012"),
                "orders",
                Some("3"),
            ),
            (FULL, Some("123456789012"), "orders", None),
        ] {
            let reference: FunctionRef = text.parse().unwrap();
            assert_eq!(reference.account.as_deref(), account, "{text}");
            assert_eq!(reference.name, name, "{text}");
            assert_eq!(reference.qualifier.as_deref(), qualifier, "{text}");
        }
    }

    #[test]
    fn what_does_not_name_a_function_is_refused() {
        for text in [
            "",
            "a b",
            "orders:",
            "orders:a:b",
            "12:function:orders",
            "arn:aws:sqs:r:1:q",
            "ö",
            "../x",
            "orders:$",
        ] {
            assert!(text.parse::<FunctionRef>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_becomes_an_arn_in_the_regions_partition() {
        let arn = |name: &str, region| {
            name.parse::<FunctionRef>()
                .unwrap()
                .arn(region, "123456789012")
                .to_string()
        };
        assert_eq!(arn("orders", "eu-west-1"), FULL);
        assert_eq!(arn(FULL, "us-east-1"), FULL);
        assert_eq!(
            arn("orders:2", "cn-north-1"),
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:orders:2"
        );
        assert_eq!(partition_of("us-gov-west-1"), "aws-us-gov");
        assert_eq!(partition_of("us-isob-east-1"), "aws-iso-b");
    }

    #[test]
    fn the_console_link_leads_to_the_qualifier() {
        let link = |text: &str, region| text.parse::<FunctionRef>().unwrap().console_link(region);
        let base = "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/orders";
        assert_eq!(link("orders", "eu-west-1").unwrap(), base);
        assert_eq!(link("orders:$LATEST", "eu-west-1").unwrap(), base);
        assert_eq!(
            link("orders:12", "eu-west-1").unwrap(),
            format!("{base}/versions/12")
        );
        assert_eq!(
            link("orders:PROD", "eu-west-1").unwrap(),
            format!("{base}/aliases/PROD")
        );
        assert!(link("orders", "us-iso-east-1").is_none());
    }
}
