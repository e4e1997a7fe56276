//! What Lambda checks of a function's settings before it takes them.
//! Sources: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html> and
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>.

use super::{
    error::{Violations, invalid},
    value,
};
use crate::error::AwsError;
use serde_json::{Value, json};
use std::collections::BTreeMap;

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

/// The constraints that the API checks before Lambda sees the request.
pub fn check_constraints(body: &Value) -> Result<(), AwsError> {
    let mut violations = Violations::default();
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
        &mut violations,
        body,
        ["TracingConfig", "Mode"],
        "tracingConfig.mode",
        &["Active", "PassThrough"],
    )?;
    check_enum(
        &mut violations,
        body,
        ["SnapStart", "ApplyOn"],
        "snapStart.applyOn",
        &["PublishedVersions", "None"],
    )?;
    check_enum(
        &mut violations,
        body,
        ["LoggingConfig", "LogFormat"],
        "loggingConfig.logFormat",
        &["JSON", "Text"],
    )?;
    violations.check()
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
        && !allowed.contains(&text)
    {
        let constraint = format!(
            "Member must satisfy enum value set: [{}]",
            allowed.join(", ")
        );
        violations.add(member, text, &constraint);
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
/// `InvalidParameterValueException` when keys are reserved or malformed, or the environment measures over 4 KB.
pub fn check_environment(variables: &BTreeMap<String, String>) -> Result<(), AwsError> {
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
    let mut violations = Violations::default();
    for key in variables.keys() {
        let starts = key.starts_with(|c: char| c.is_ascii_alphabetic());
        let rest = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !(starts && rest && key.len() >= 2) {
            let constraint = "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]";
            violations.add(
                "environment.variables",
                &format!("{{{key}=***}}"),
                constraint,
            );
        }
    }
    violations.check()?;
    let measured = json!(variables).to_string();
    if !variables.is_empty() && measured.len() > MAX_ENVIRONMENT_BYTES {
        return Err(invalid(format!(
            "{prefix} exceeded the 4KB limit. String measured: {measured}"
        )));
    }
    Ok(())
}

/// The one architecture of a list.
///
/// # Errors
/// `ValidationException` when it is not one, or is unknown.
pub fn architecture(list: &[String]) -> Result<String, AwsError> {
    let mut violations = Violations::default();
    match list {
        [one] if one == "x86_64" || one == "arm64" => return Ok(one.clone()),
        [one] => violations.add(
            "architectures",
            &format!("[{one}]"),
            "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]",
        ),
        [] => violations.add(
            "architectures",
            "[]",
            "Member must have length greater than or equal to 1",
        ),
        more => violations.add(
            "architectures",
            &format!("[{}]", more.join(", ")),
            "Member must have length less than or equal to 1",
        ),
    }
    violations.check()?;
    Ok("x86_64".into())
}
