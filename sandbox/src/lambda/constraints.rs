//! What Lambda checks of a function's settings before it takes them.
//! Sources: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html> and
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.

use super::{
    error::{Violations, invalid},
    name::{is_digits, is_lambda_arn, is_partition, is_word},
    value,
};
use crate::error::AwsError;
use serde_json::Value;

const RESERVED_KEYS: [&str; 15] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
];

const ROLE_PATTERN: &str = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+";

/// The most that the environment may measure, as JSON text.
const MAX_ENVIRONMENT_BYTES: usize = 4096;

const KMS_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()";

const LAYER_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)";

/// The constraints that the API checks before Lambda sees the request.
///
/// # Errors
/// `SerializationException` for a member of the wrong type; what breaks a constraint is added to the others.
pub fn check_constraints(body: &Value, violations: &mut Violations) -> Result<(), AwsError> {
    if let Some(description) = value::text(body, "Description")? {
        violations.length("description", description, 256);
    }
    if let Some(role) = value::text(body, "Role")? {
        violations.pattern("role", role, is_role(role), ROLE_PATTERN);
    }
    if let Some(handler) = value::text(body, "Handler")? {
        violations.length("handler", handler, 128);
        let plain = !handler.is_empty() && !handler.contains(char::is_whitespace);
        violations.pattern("handler", handler, plain, r"[^\s]+");
    }
    if let Some(memory) = value::number(body, "MemorySize")? {
        violations.range("memorySize", memory, 128, 10_240);
    }
    if let Some(timeout) = value::number(body, "Timeout")? {
        violations.range("timeout", timeout, 1, 900);
    }
    if let Some(storage) = body.get("EphemeralStorage")
        && let Some(size) = value::number(storage, "Size")?
    {
        violations.range("ephemeralStorage.size", size, 512, 10_240);
    }
    check_enum(
        violations,
        body,
        ["TracingConfig", "Mode"],
        "tracingConfig.mode",
        &["Active", "PassThrough"],
    )?;
    check_enum(
        violations,
        body,
        ["SnapStart", "ApplyOn"],
        "snapStart.applyOn",
        &["PublishedVersions", "None"],
    )?;
    check_enum(
        violations,
        body,
        ["LoggingConfig", "LogFormat"],
        "loggingConfig.logFormat",
        &["JSON", "Text"],
    )?;
    if let Some(key) = value::text(body, "KMSKeyArn")? {
        violations.pattern("kMSKeyArn", key, is_key(key), KMS_PATTERN);
    }
    if let Some(list) = value::texts(body, "Architectures")? {
        check_architectures(&list, violations);
    }
    if let Some(layers) = value::texts(body, "Layers")?
        && !layers.iter().all(|arn| is_layer_version(arn))
    {
        let constraint = format!(
            "Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: {LAYER_PATTERN}, Member must not be null]"
        );
        violations.add("layers", &listed(&layers), &constraint);
    }
    check_vpc(body, violations)?;
    check_environment_keys(body, violations)
}

fn listed(items: &[String]) -> String {
    format!("[{}]", items.join(", "))
}

fn is_key(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(4, ':').collect();
    let service = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
    };
    match parts.as_slice() {
        [""] => true,
        ["arn", partition, name, _] => is_partition(partition) && service(name),
        _ => false,
    }
}

/// Whether a text has the form of a layer version's ARN.
pub fn is_layer_version(arn: &str) -> bool {
    let word = |text: &str| !text.is_empty() && text.chars().all(is_word);
    is_lambda_arn(arn, |rest| match rest {
        ["layer", name, number] => word(name) && is_digits(number),
        _ => false,
    }) || matches!(arn.split(':').collect::<Vec<_>>().as_slice(),
        ["arn", _, "lambda", "", "", "awslayer", name] if word(name))
}

fn check_vpc(body: &Value, violations: &mut Violations) -> Result<(), AwsError> {
    let Some(vpc) = body.get("VpcConfig").filter(|vpc| vpc.is_object()) else {
        return Ok(());
    };
    for (member, at, prefix, pattern) in [
        (
            "SubnetIds",
            "vpcConfig.subnetIds",
            "subnet-",
            "subnet-[0-9a-z]*",
        ),
        (
            "SecurityGroupIds",
            "vpcConfig.securityGroupIds",
            "sg-",
            "sg-[0-9a-zA-Z]*",
        ),
    ] {
        let ids = value::texts(vpc, member)?.unwrap_or_default();
        let fits = |id: &String| {
            let rest = id.strip_prefix(prefix);
            rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphanumeric()))
        };
        if !ids.iter().all(fits) {
            let constraint = format!(
                "Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: {pattern}]"
            );
            violations.add(at, &listed(&ids), &constraint);
        }
    }
    Ok(())
}

/// AWS does not repeat what is wrong with them: the values are secrets.
/// <https://github.com/trek10inc/serverless-secrets/issues/39>
fn check_environment_keys(body: &Value, violations: &mut Violations) -> Result<(), AwsError> {
    let environment = body.get("Environment").unwrap_or(&Value::Null);
    let variables = value::text_map(environment, "Variables")?.unwrap_or_default();
    let fits = |key: &String| {
        let starts = key.starts_with(|c: char| c.is_ascii_alphabetic());
        let rest = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        starts && rest && key.len() >= 2
    };
    if !variables.keys().all(fits) {
        violations.hidden("environment.variables", "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]");
    }
    Ok(())
}

fn check_enum(
    violations: &mut Violations,
    body: &Value,
    [outer, inner]: [&str; 2],
    member: &str,
    allowed: &[&str],
) -> Result<(), AwsError> {
    if let Some(object) = body.get(outer)
        && let Some(text) = value::text(object, inner)?
    {
        violations.one_of(member, text, allowed);
    }
    Ok(())
}

fn is_role(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts.as_slice() else {
        return false;
    };
    *arn == "arn"
        && partition.starts_with("aws")
        && *service == "iam"
        && region.is_empty()
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && resource.strip_prefix("role/").is_some_and(|name| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "+=,.@-_/".contains(c))
        })
}

/// # Errors
/// `InvalidParameterValueException` when keys are reserved, or the environment measures over 4 KB. It is measured, and
/// repeated, in the order in which it was sent.
pub fn check_environment(sent: &Value) -> Result<(), AwsError> {
    let Some(variables) = sent.as_object() else {
        return Ok(());
    };
    let prefix = "Lambda was unable to configure your environment variables because the environment variables you have provided";
    let reserved: Vec<&str> = variables
        .keys()
        .map(String::as_str)
        .filter(|key| RESERVED_KEYS.contains(key))
        .collect();
    if !reserved.is_empty() {
        return Err(invalid(format!(
            "{prefix} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    let measured = sent.to_string();
    if !variables.is_empty() && measured.len() > MAX_ENVIRONMENT_BYTES {
        return Err(invalid(format!(
            "{prefix} exceeded the 4KB limit. String measured: {measured}"
        )));
    }
    Ok(())
}

/// What AWS says of a list in which an architecture is unknown.
pub const ARCHITECTURES: &str = "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]";

/// Whether every architecture of a list is one.
pub fn are_architectures(list: &[String]) -> bool {
    list.iter().all(|one| one == "x86_64" || one == "arm64")
}

/// A function has one architecture.
pub fn check_architectures(list: &[String], violations: &mut Violations) {
    if !are_architectures(list) {
        violations.add("architectures", &listed(list), ARCHITECTURES);
    }
    match list {
        [_] => {}
        [] => violations.add(
            "architectures",
            "[]",
            "Member must have length greater than or equal to 1",
        ),
        more => violations.add(
            "architectures",
            &listed(more),
            "Member must have length less than or equal to 1",
        ),
    }
}
