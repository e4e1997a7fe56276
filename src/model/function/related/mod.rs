//! What stands around a function: aliases, versions, layers, triggers and destinations.

use serde_json::Value;

use super::super::arn::Arn;
use super::Architecture;

/// A name for a version, with an optional second version that takes part of the traffic.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alias {
    /// The alias, without the function.
    pub name: String,
    /// The full ARN, which callers use.
    pub arn: String,
    /// The version's number.
    pub version: String,
    /// The second version and its share, above 0 and at most 1.
    pub additional: Option<(String, f64)>,
    /// The person's own words.
    pub description: String,
    /// What a conditional write names.
    pub revision_id: Option<String>,
}

impl Alias {
    /// Where the calls go, for a cell: `3`, or `3 90 % · 4 10 %`.
    pub fn routing(&self) -> String {
        match &self.additional {
            None => self.version.clone(),
            Some((second, share)) => {
                let percent = |share: f64| {
                    let text = format!("{:.1}", share * 100.0);
                    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
                };
                format!(
                    "{} {} % · {second} {} %",
                    self.version,
                    percent(1.0 - share),
                    percent(*share)
                )
            }
        }
    }
}

/// The newest published version.
pub fn newest(versions: &[Version]) -> Option<&Version> {
    let number = |version: &&Version| version.version.parse::<u64>().ok();
    versions
        .iter()
        .filter(|version| number(version).is_some())
        .max_by_key(number)
}

impl Alias {
    /// The newest version, where callers of this alias don't get it.
    pub fn misses<'a>(&self, versions: &'a [Version]) -> Option<&'a Version> {
        let newest = newest(versions)?;
        let second = self.additional.as_ref().map(|(version, _)| version);
        let has = self.version == newest.version
            || second == Some(&newest.version)
            || self.version == "$LATEST";
        (!has).then_some(newest)
    }
}

/// A frozen, numbered copy of a function.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    /// The number, or `$LATEST`.
    pub version: String,
    /// The full ARN.
    pub arn: String,
    /// The person's own words.
    pub description: String,
    /// ms since 1970.
    pub last_modified: Option<i64>,
    /// SHA-256 in base64.
    pub code_sha256: String,
    /// Bytes, zipped.
    pub code_size: u64,
    /// The runtime's identifier.
    pub runtime: Option<String>,
}

/// A version of a layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    /// The layer's name.
    pub name: String,
    /// The layer's ARN, without version.
    pub arn: String,
    /// The layer version's ARN, which functions name.
    pub version_arn: String,
    /// The number.
    pub version: i64,
    /// The person's own words.
    pub description: String,
    /// ms since 1970.
    pub created: Option<i64>,
    /// The runtimes that it says it suits.
    pub runtimes: Vec<String>,
    /// The architectures that it says it suits.
    pub architectures: Vec<Architecture>,
    /// SPDX, URL or text.
    pub license: Option<String>,
}

/// What makes a function run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trigger {
    /// The service, as AWS abbreviates it in ARNs: `sqs`, `s3`, `apigateway`, `events`…
    pub service: String,
    /// The queue's, stream's, bucket's or API's ARN, where it is known.
    pub source_arn: Option<String>,
    /// What a person calls the source: the queue's name, or the service's where no source is named.
    pub source: String,
    /// The qualifier of the function that it triggers.
    pub qualifier: Option<String>,
    /// The event source mapping's id; `None` for a permission in the resource policy.
    pub mapping_id: Option<String>,
    /// The permission's statement id; `None` for an event source mapping.
    pub statement_id: Option<String>,
    /// Whether it is on.
    pub state: TriggerState,
    /// The mapping's last result, for example `PROBLEM: Function call failed`.
    pub last_result: Option<String>,
    /// Records a batch at most, for a mapping.
    pub batch_size: Option<i32>,
}

/// Whether a trigger is on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TriggerState {
    /// A permission is always on.
    #[default]
    Enabled,
    /// Switched off by a person.
    Disabled,
    /// In between, or in trouble: AWS's own word.
    Other(String),
}

impl TriggerState {
    /// From the `State` of an event source mapping.
    pub fn parse(text: &str) -> Self {
        match text {
            "Enabled" => Self::Enabled,
            "Disabled" => Self::Disabled,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Trigger {
    /// A trigger by the ARN of its source.
    pub fn from_source(arn: &str) -> Self {
        match arn.parse::<Arn>() {
            Ok(parsed) => Self {
                service: parsed.service.clone(),
                source: source_name(&parsed),
                source_arn: Some(arn.to_owned()),
                ..Self::default()
            },
            // A self-managed Kafka cluster has broker addresses rather than an ARN.
            Err(_) => Self {
                service: "kafka".into(),
                source: arn.to_owned(),
                ..Self::default()
            },
        }
    }

    /// The service's name for people.
    pub fn service_title(&self) -> &str {
        service_title(&self.service)
    }
}

/// What a person calls a source: of an API's method its verb and path, as `GET /orders`.
fn source_name(arn: &Arn) -> String {
    let mut parts = arn.resource.splitn(4, '/');
    let (_api, stage, verb, path) = (parts.next(), parts.next(), parts.next(), parts.next());
    match (arn.service.as_str(), verb) {
        ("execute-api", Some(id)) if stage == Some("authorizers") => format!("authorizer {id}"),
        ("execute-api", Some(verb)) => {
            let verb = if verb == "*" { "ANY" } else { verb };
            format!("{verb} /{}", path.unwrap_or_default())
        }
        _ => arn.name().to_owned(),
    }
}

/// A service's name for people, from its abbreviation in ARNs and actions; the abbreviation where it is not known.
pub fn service_title(service: &str) -> &str {
    match service {
        "apigateway" | "execute-api" => "API Gateway",
        "cloudformation" => "CloudFormation",
        "cloudwatch" => "CloudWatch",
        "cognito-idp" => "Cognito",
        "dynamodb" => "DynamoDB",
        "ec2" => "EC2",
        "ecr" => "ECR",
        "elasticfilesystem" => "EFS",
        "elasticloadbalancing" => "Load Balancer",
        "events" => "EventBridge",
        "iam" => "IAM",
        "iot" => "IoT",
        "kafka" => "Kafka",
        "kinesis" => "Kinesis",
        "kms" => "KMS",
        "lambda" => "Lambda",
        "logs" => "CloudWatch Logs",
        "rds" => "RDS",
        "s3" => "S3",
        "scheduler" => "EventBridge Scheduler",
        "secretsmanager" => "Secrets Manager",
        "ses" => "SES",
        "sns" => "SNS",
        "sqs" => "SQS",
        "ssm" => "Systems Manager",
        "states" => "Step Functions",
        "sts" => "STS",
        "xray" => "X-Ray",
        "*" => "Every service",
        other => other,
    }
}

/// Who may invoke a function by its resource policy: one trigger for each allowing statement.
///
/// # Errors
/// The policy is not JSON, or not a policy.
pub fn triggers_of_policy(policy: &str) -> Result<Vec<Trigger>, String> {
    let policy: Value = serde_json::from_str(policy)
        .map_err(|error| format!("The resource policy is not JSON: {error}"))?;
    let statements = match policy.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement @ Value::Object(_)) => std::slice::from_ref(statement),
        _ => return Err("The resource policy has no Statement".to_owned()),
    };
    let allowing = |statement: &&Value| statement["Effect"] == "Allow";
    Ok(statements
        .iter()
        .filter(allowing)
        .flat_map(triggers_of_statement)
        .collect())
}

fn triggers_of_statement(statement: &Value) -> Vec<Trigger> {
    let sources = condition_values(statement, "aws:sourcearn");
    let qualifier = statement["Resource"]
        .as_str()
        .and_then(|resource| resource.parse::<super::super::arn::FunctionRef>().ok())
        .and_then(|reference| reference.qualifier);
    let statement_id = statement["Sid"].as_str().map(str::to_owned);
    let with_ids = |trigger: Trigger| Trigger {
        qualifier: qualifier.clone(),
        statement_id: statement_id.clone(),
        ..trigger
    };
    principals(&statement["Principal"])
        .into_iter()
        .flat_map(|principal| {
            let service = principal
                .strip_suffix(".amazonaws.com.cn")
                .or(principal.strip_suffix(".amazonaws.com"));
            let Some(service) = service else {
                return vec![with_ids(account_trigger(&principal))];
            };
            // Principals are sometimes regional, as in logs.eu-west-1.amazonaws.com.
            let service = service.split('.').next().unwrap_or(service);
            if sources.is_empty() {
                let source = service_title(service).to_owned();
                return vec![with_ids(Trigger {
                    service: service.to_owned(),
                    source,
                    ..Trigger::default()
                })];
            }
            let from_source = |source: &String| {
                with_ids(Trigger {
                    service: service.to_owned(),
                    ..Trigger::from_source(source)
                })
            };
            sources.iter().map(from_source).collect()
        })
        .collect()
}

fn account_trigger(principal: &str) -> Trigger {
    let source = match principal {
        "*" => "anyone".to_owned(),
        other => other
            .parse::<Arn>()
            .map_or(other.to_owned(), |arn| match arn.resource.as_str() {
                "root" => format!("account {}", arn.account),
                _ => format!("{} of account {}", arn.name(), arn.account),
            }),
    };
    Trigger {
        service: "iam".into(),
        source,
        ..Trigger::default()
    }
}

fn principals(principal: &Value) -> Vec<String> {
    match principal {
        Value::String(text) => vec![text.clone()],
        Value::Object(kinds) => kinds.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

/// The values of a condition key under any operator; keys of conditions have no case.
fn condition_values(statement: &Value, key: &str) -> Vec<String> {
    let operators = statement["Condition"]
        .as_object()
        .into_iter()
        .flat_map(|operators| operators.values());
    operators
        .filter_map(Value::as_object)
        .flat_map(|keys| keys.iter())
        .filter(|(name, _)| name.eq_ignore_ascii_case(key))
        .flat_map(|(_, value)| strings(value))
        .collect()
}

/// A string or an array of strings, as policies allow either.
pub(crate) fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// Where results of asynchronous or stream invocations go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// On which outcome.
    pub kind: DestinationKind,
    /// The queue's, topic's, bus's, bucket's or function's ARN.
    pub arn: String,
    /// The qualifier, or the mapping's id, that it belongs to.
    pub of: Option<String>,
}

/// On which outcome something is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DestinationKind {
    /// An asynchronous invocation succeeded.
    OnSuccess,
    /// An asynchronous invocation, or a batch of a stream, failed for good.
    OnFailure,
    /// The older dead-letter queue.
    DeadLetter,
}

impl Destination {
    /// The target's name for people.
    pub fn name(&self) -> String {
        self.arn
            .parse::<Arn>()
            .map_or_else(|_| self.arn.clone(), |arn| arn.name().to_owned())
    }

    /// The target's service, as in ARNs; empty where it is no ARN.
    pub fn service(&self) -> String {
        self.arn
            .parse::<Arn>()
            .map_or_else(|_| String::new(), |arn| arn.service)
    }
}

/// How asynchronous invocations are treated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventInvokeConfig {
    /// The qualifier it holds for.
    pub qualifier: Option<String>,
    /// 0–2.
    pub maximum_retry_attempts: Option<i32>,
    /// 60–21,600 s.
    pub maximum_event_age_s: Option<i32>,
    /// Where results go.
    pub destinations: Vec<Destination>,
}

#[cfg(test)]
mod tests;
